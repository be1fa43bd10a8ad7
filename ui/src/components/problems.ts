// Problems and notices in words: what happened, was money taken, what to do now. Unknown codes have their words too.
import * as m from "../messages/paraglide/messages";
import { settingName } from "./words";
import { type Entry, type Fields, PEOPLE_PROBLEMS } from "./problems-people";
import { SETUP_PROBLEMS } from "./problems-setup";

export type Words = { what: string; money: string; todo: string };
type Text = (fields: Fields) => string;

const no = m.money_no;
const notKnown = m.money_not_known;

/** Says which setting, and its bounds, where the till does; of a file, what is wrong with it. */
function settingsInvalid({ field, min, max, detail }: Fields): string {
  if (field === undefined)
    return detail ? m.problem_settings_unreadable({ detail }) : m.problem_settings_invalid();
  const name = settingName(field);
  return min !== undefined && max !== undefined
    ? m.problem_setting_bounds({ name, min, max })
    : m.problem_setting_invalid({ name });
}

const PROBLEMS: Record<string, Entry> = {
  amount_zero: [m.problem_amount_zero, no, m.todo_type_amount],
  amount_invalid: [m.problem_amount_invalid, no, m.todo_type_amount],
  amount_too_large: [m.problem_amount_too_large, no, m.todo_amount_limit],
  amount_too_precise: [m.problem_amount_too_precise, no, m.todo_type_amount],
  currency_not_supported: [m.problem_currency_not_supported, no, m.todo_other_currency],
  provider_unknown: [m.problem_provider_unknown, no, m.todo_other_provider],
  code_missing: [m.problem_code_missing, no, m.todo_scan_code],
  code_invalid: [m.problem_code_invalid, no, m.todo_scan_code],
  reference_invalid: [m.problem_reference_invalid, no, m.todo_change_reference],
  id_invalid: [m.problem_id_invalid, no, m.todo_charge_again],
  id_reused: [m.problem_id_reused, notKnown, m.todo_look_in_history],
  sale_open: [m.problem_sale_open, notKnown, m.todo_look_at_that_payment],
  sale_paid: [m.problem_sale_paid, m.money_before, m.todo_look_at_that_payment],
  same_customer: [m.problem_same_customer, no, m.todo_answer_question],
  payment_not_found: [m.problem_payment_not_found, notKnown, m.todo_look_in_history],
  not_allowed_in_state: [m.problem_not_allowed_in_state, m.money_unchanged, m.todo_look_again],
  refund_exceeds: [m.problem_refund_exceeds, m.money_none_returned, m.todo_smaller_refund],
  refund_in_flight: [m.problem_refund_in_flight, m.money_none_returned, m.todo_wait_for_refund],
  refund_not_possible: [m.problem_refund_not_possible, m.money_none_returned, m.todo_call_manager],
  provider_not_configured: [m.problem_provider_not_configured, no, m.todo_settings_or_other],
  secret_missing: [m.problem_secret_missing, no, m.todo_enter_secret],
  secret_invalid: [m.problem_secret_invalid, no, m.todo_enter_secret],
  keychain_locked: [m.problem_keychain_locked, no, m.todo_unlock_keychain],
  keychain_missing: [m.problem_keychain_missing, no, m.todo_technician],
  keychain_slow: [m.problem_keychain_slow, no, m.todo_wait_and_repeat],
  keychain_failed: [m.problem_keychain_failed, no, m.todo_technician],
  storage_failed: [m.problem_storage_failed, no, m.todo_storage],
  storage_unknown: [m.problem_storage_unknown, notKnown, m.todo_look_in_history],
  settings_invalid: [settingsInvalid, m.money_unchanged, m.todo_check_settings],
  waiting_for_scan: [m.problem_waiting_for_scan, no, m.todo_look_at_that_payment],
  refund_only_full: [m.problem_refund_only_full, m.money_none_returned, m.todo_call_manager],
  reason_missing: [m.problem_reason_missing, m.money_unchanged, m.todo_give_reason],
  amount_unit_unconfirmed: [m.problem_amount_unit_unconfirmed, no, m.todo_confirm_unit],
  ledger_in_use: [m.problem_ledger_in_use, no, m.todo_close_other_till],
  ledger_other: [m.problem_ledger_other, no, m.todo_technician],
  ledger_newer: [m.problem_ledger_newer, no, m.todo_install_newer],
  wire_failed: [m.problem_wire_failed, no, m.todo_technician],
  search_too_long: [m.problem_search_too_long, m.money_unchanged, m.todo_search_shorter],
  internal: [m.problem_internal, notKnown, m.todo_look_in_history],
  ...PEOPLE_PROBLEMS,
  ...SETUP_PROBLEMS,
};

type Told = { provider: string } & Fields;

function paidTwice({ count = "1", references = "–" }: Told): string {
  const more = Number(count) > references.split(", ").length;
  return m.notice_two_paid_on_one_sale({
    count: Number(count),
    references: more ? `${references} …` : references,
  });
}

const NOTICES: Record<string, [what: (given: Told) => string, todo: Text]> = {
  configuration_refused: [m.notice_configuration_refused, m.todo_technician],
  terminal_in_use: [m.notice_terminal_in_use, m.todo_terminal_in_use],
  clock_skew: [m.notice_clock_skew, m.todo_clock],
  two_paid_on_one_sale: [paidTwice, m.todo_two_paid],
  line_down: [m.notice_line_down, m.todo_line_down],
  keychain_locked: [m.notice_keychain_locked, m.todo_unlock_keychain],
  keychain_missing: [m.notice_keychain_missing, m.todo_technician],
  keychain_slow: [m.notice_keychain_slow, m.todo_wait_and_repeat],
  secret_missing: [m.notice_secret_missing, m.todo_enter_secret],
  orphan_receipt: [m.notice_orphan_receipt, m.todo_call_manager],
  refund_amount_strange: [m.notice_refund_amount_strange, m.todo_call_manager],
  provider_problem: [m.notice_provider_problem, m.todo_provider_problem],
  anchor_missing: [m.notice_anchor_missing, m.todo_anchor_missing],
  anchor_failing: [m.notice_anchor_failing, m.todo_anchor_failing],
  chain_broken: [m.notice_chain_broken, m.todo_chain_broken],
  refunded_elsewhere: [m.notice_refunded_elsewhere, m.todo_call_manager],
};

/** Words for a refused command. */
export function problemWords(code: string, fields: Fields = {}): Words {
  const [what, money, todo] = PROBLEMS[code] ?? [m.problem_other, notKnown, m.todo_look_in_history];
  return { what: what(fields), money: money(fields), todo: todo(fields) };
}

/** Words for a fact about the till itself; `provider` is its name, or empty. */
export function noticeWords(
  code: string,
  provider: string,
  fields: Fields = {},
): { what: string; todo: string } {
  const [what, todo] = NOTICES[code] ?? [m.notice_other, m.todo_call_manager];
  return {
    what: what({ ...fields, provider: provider === "" ? m.provider_any() : provider }),
    todo: todo({}),
  };
}

export const PROBLEM_CODES = Object.keys(PROBLEMS);
export const NOTICE_CODES = Object.keys(NOTICES);
