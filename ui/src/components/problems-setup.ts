// Problems of setting a till up, of its limits, and what a test or a look at the till may find, in words. Merged into
// the table of problems.ts.
import * as m from "../messages/paraglide/messages";
import type { Entry, Fields } from "./problems-people";
import { limitName, settingName } from "./words";

type Text = (fields: Fields) => string;

const no = m.money_no;
const same = m.money_unchanged;

/** With what the till says of it, where it says something. */
function withDetail(plain: () => string): Text {
  return ({ detail }) => (detail ? `${plain()} (${detail})` : plain());
}

/** Why the till takes no such address, and what mends that. */
function addressTodo({ why }: Fields): string {
  switch (why) {
    case "credentials":
      return m.todo_url_credentials();
    case "query":
      return m.todo_url_query();
    case "test_host":
      return m.todo_url_test_host();
    case "live_host":
      return m.todo_url_live_host();
    case "not_a_url":
      return m.todo_url_whole();
    default:
      return m.todo_https();
  }
}

function modeWhat({ why }: Fields): string {
  switch (why) {
    case "training":
      return m.problem_not_in_training();
    case "test_only":
      return m.problem_in_test_only();
    default:
      return m.problem_mode_not_allowed();
  }
}

function modeTodo({ why }: Fields): string {
  switch (why) {
    case "training":
      return m.todo_leave_training();
    case "test_only":
      return m.todo_start_in_test();
    default:
      return m.todo_technician();
  }
}

/** What a test of the connection may find. Nothing of it has moved money. */
const TESTED: Record<string, Entry> = {
  dns_failed: [m.problem_dns_failed, no, m.todo_dns],
  connect_failed: [m.problem_connect_failed, no, m.todo_connect],
  proxy_failed: [m.problem_proxy_failed, no, m.todo_proxy],
  tls_expired: [m.problem_tls_expired, no, m.todo_tls_provider],
  tls_not_yet_valid: [m.problem_tls_not_yet_valid, no, m.todo_clock],
  tls_wrong_name: [m.problem_tls_wrong_name, no, m.todo_address],
  tls_untrusted: [m.problem_tls_untrusted, no, m.todo_tls_untrusted],
  tls_failed: [m.problem_tls_failed, no, m.todo_tls_failed],
  clock_off: [m.problem_clock_off, no, m.todo_clock],
  credentials_refused: [m.problem_credentials_refused, no, m.todo_secrets_again],
  token_refused: [m.problem_token_refused, no, m.todo_no_answer],
  secret_wrong: [m.problem_secret_wrong, no, m.todo_secret],
  token_unreadable: [m.problem_token_unreadable, no, m.todo_token_unreadable],
  provider_failing: [m.problem_provider_failing, no, m.todo_no_answer],
  not_the_provider: [m.problem_not_the_provider, no, m.todo_address],
  socket_refused: [m.problem_socket_refused, no, m.todo_socket_refused],
  socket_failed: [m.problem_socket_failed, no, m.todo_socket_failed],
  logon_missing: [m.problem_logon_missing, no, m.todo_logon_missing],
  no_answer: [m.problem_no_answer, no, m.todo_no_answer],
};

/** What a look at the whole till may find, beside what stops a sale. */
const EXAMINED: Record<string, Entry> = {
  disk_low: [m.problem_disk_low, no, m.todo_disk],
  disk_full: [m.problem_disk_full, no, m.todo_disk],
  zone_unknown: [m.problem_zone_unknown, no, m.todo_zone],
  anchor_missing: [m.notice_anchor_missing, no, m.todo_anchor_missing],
  anchor_failing: [m.notice_anchor_failing, no, m.todo_anchor_failing],
  clock_behind: [m.problem_clock_behind, no, m.todo_clock],
  webview_old: [m.problem_webview_old, no, m.todo_webview],
  printer_none: [m.problem_printer_none, no, m.todo_printer],
};

export const SETUP_PROBLEMS: Record<string, Entry> = {
  amount_below_min: [
    (fields) => m.problem_amount_below_min({ min: fields["min"] ?? "–" }),
    no,
    m.todo_amount_larger,
  ],
  amount_above_max: [
    (fields) => m.problem_amount_above_max({ max: fields["max"] ?? "–" }),
    no,
    m.todo_amount_limit,
  ],
  amount_unconfirmed: [
    (fields) => m.problem_amount_unconfirmed({ above: fields["above"] ?? "–" }),
    no,
    m.todo_answer_question,
  ],
  limits_invalid: [
    ({ limit, currency }) =>
      m.problem_limits_invalid({
        name: limitName(limit) ?? m.currency(),
        currency: currency ?? "–",
      }),
    same,
    m.todo_limits,
  ],
  not_in_live: [
    ({ field }) => m.problem_not_in_live({ name: settingName(field ?? "–") }),
    same,
    m.todo_not_in_live,
  ],
  url_not_allowed: [
    ({ field }) =>
      field ? m.problem_url_of({ name: settingName(field) }) : m.problem_url_not_allowed(),
    same,
    addressTodo,
  ],
  mode_not_allowed: [modeWhat, same, modeTodo],
  settings_newer: [withDetail(m.problem_settings_newer), same, m.todo_settings_newer],
  root_ca_unreadable: [withDetail(m.problem_root_ca_unreadable), no, m.todo_root_ca],
  tls_unavailable: [withDetail(m.problem_tls_unavailable), no, m.todo_technician],
  secret_too_long: [m.problem_secret_too_long, same, m.todo_secret],
  unit_not_tested: [m.problem_unit_not_tested, same, m.todo_unit_not_tested],
  unit_differs: [
    ({ shown }) => m.problem_unit_differs({ shown: shown ?? "–" }),
    same,
    m.todo_unit_differs,
  ],
  bundle_failed: [withDetail(m.problem_bundle_failed), same, m.todo_bundle_failed],
  ...TESTED,
  ...EXAMINED,
};
