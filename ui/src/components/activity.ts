// What somebody did, as a sentence. A line's fields are the journal's event as text, one level deep, so money stands there
// as minor units and an answer as "true" or "false". A word that this view does not know is shown as it is.
import type { AccessName, ActivityLine, PermissionName, RoleName } from "../lib/bindings";
import * as m from "../messages/paraglide/messages";
import { minuteOfDay, moneyText } from "./format";
import { accessName, permissionName, personName, roleName } from "./people";
import { recordedReason } from "./reasons";
import { missingWords, providerName } from "./words";

type Fields = Record<string, string>;
type Sentence = (fields: Fields) => string;

const of = (fields: Fields, name: string) => fields[name] ?? "–";
const named = (fields: Fields) => personName(of(fields, "name"));
// A role, permission or currency from a newer till keeps its own word.
const role = (fields: Fields) => roleName(of(fields, "role") as RoleName) ?? of(fields, "role");
const permission = (fields: Fields) =>
  permissionName(of(fields, "permission") as PermissionName) ?? of(fields, "permission");
const access = (fields: Fields) =>
  accessName(of(fields, "access") as AccessName) ?? of(fields, "access");

function amount(fields: Fields, name = "minor"): string {
  const minor = fields[name] ?? "";
  return /^-?\d+$/.test(minor) ? moneyText(minor, of(fields, "currency")) : "–";
}

function opened(fields: Fields): string {
  const given = { amount: amount(fields) };
  return fields["of"] === undefined ? m.did_opened_sale(given) : m.did_opened_refund(given);
}

function calendar(fields: Fields): string {
  const time = minuteOfDay(Number(fields["cutoff_min"] ?? 0));
  return m.did_calendar_set({ zone: of(fields, "zone"), time });
}

function exported(fields: Fields): string {
  const file = of(fields, "file");
  switch (fields["list"]) {
    case "report":
      return m.did_exported_report({ file });
    case "settings":
      return m.did_exported_settings({ file });
    case "support":
      return m.did_exported_support({ file });
    default:
      return m.did_exported({ file, rows: Number(fields["rows"] ?? 0) });
  }
}

function secret(fields: Fields) {
  const name = of(fields, "name");
  const provider = name.startsWith("mispay_")
    ? providerName("mispay")
    : name.startsWith("multipay_")
      ? providerName("multipay")
      : m.provider_any();
  return { provider, name: missingWords(name) };
}

function cause(fields: Fields): string {
  switch (fields["why"]) {
    case "idle":
      return m.did_signed_out_idle();
    case "followed":
      return m.did_signed_out_followed();
    case "changed":
      return m.did_signed_out_changed();
    default:
      return m.did_signed_out();
  }
}

const SENTENCES: Record<string, Sentence> = {
  operator_added: (f) => m.did_operator_added({ name: named(f), role: role(f) }),
  role_set: (f) => m.did_role_set({ name: named(f), role: role(f) }),
  operator_removed: (f) => m.did_operator_removed({ name: named(f) }),
  pin_set: (f) => m.did_pin_set({ name: named(f) }),
  pin_tried: (f) =>
    f["purpose"] === "approve"
      ? m.did_pin_tried_approve({ name: named(f) })
      : m.did_pin_tried({ name: named(f) }),
  pin_unlocked: (f) => m.did_pin_unlocked({ name: named(f) }),
  manager_recovered: (f) => m.did_manager_recovered({ name: named(f) }),
  signed_in: () => m.did_signed_in(),
  signed_out: cause,
  approved: (f) => m.did_approved({ name: personName(of(f, "by")), what: permission(f) }),
  access_set: (f) => m.did_access_set({ role: role(f), what: permission(f), access: access(f) }),
  refund_limit_set: (f) =>
    m.did_refund_limit_set({ each: amount(f, "each_minor"), shift: amount(f, "shift_minor") }),
  calendar_set: calendar,
  shift_opened: (f) => m.did_shift_opened({ number: of(f, "number") }),
  shift_closed: (f) => m.did_shift_closed({ number: of(f, "number") }),
  printed: (f) =>
    f["paper"] === "report"
      ? m.did_printed_report({ number: of(f, "about") })
      : m.did_printed_slip(),
  exported,
  settings_changed: () => m.did_settings_changed(),
  secret_stored: (f) => m.did_secret_stored(secret(f)),
  secret_forgotten: (f) => m.did_secret_forgotten(secret(f)),
  backed_up: (f) => m.did_backed_up({ file: of(f, "file") }),
  restored: (f) =>
    f["from"] === "as_it_is" ? m.did_restored_as_it_is() : m.did_restored({ file: of(f, "from") }),
  payments_removed: (f) => m.did_payments_removed({ count: Number(f["payments"] ?? 0) }),
  journal_broken: (f) => m.did_journal_broken({ number: of(f, "number") }),
  opened,
  sent: () => m.did_sent(),
  cancel_asked: () => m.did_cancel_asked(),
  parked: () => m.did_parked(),
  number_checked: (f) =>
    f["ours"] === "true"
      ? m.did_number_ours({ number: of(f, "number") })
      : m.did_number_not_ours({ number: of(f, "number") }),
  settled: (f) =>
    f["verdict"] === "charged" ? m.did_settled_charged() : m.did_settled_not_charged(),
  acknowledged: () => m.did_acknowledged(),
};

export const ACTIVITY_WORDS = Object.keys(SENTENCES);

/** One plain sentence. */
export function activityText(line: Pick<ActivityLine, "what" | "fields">): string {
  const sentence = SENTENCES[line.what];
  if (sentence) return sentence(line.fields);
  const told = Object.entries(line.fields).map(([name, value]) => `${name}: ${value}`);
  return [line.what, ...told].join(", ");
}

/** Who else answers for it; null where nobody does. */
export function activityApproval(line: Pick<ActivityLine, "what" | "fields">): string | null {
  if (line.what !== "opened") return null;
  const { approved_by, override_by } = line.fields;
  if (approved_by !== undefined) return m.line_approved_by({ name: personName(approved_by) });
  return override_by === undefined ? null : m.line_override_by({ name: personName(override_by) });
}

/** Why, in the person's own words; for a broken journal, what was found. Null where nobody said. */
export function activityReason(line: Pick<ActivityLine, "what" | "fields">): string | null {
  if (SENTENCES[line.what] === undefined) return null;
  const reason = line.fields["reason"] ?? line.fields["detail"];
  return reason === undefined ? null : recordedReason(reason);
}
