// Problems about people, shifts, files and the journal, in words. Merged into the table of problems.ts.
import type { PermissionName } from "../lib/bindings";
import * as m from "../messages/paraglide/messages";
import { hourMinute } from "./format";
import { permissionName } from "./people";

export type Fields = Record<string, string>;
type Text = (fields: Fields) => string;
export type Entry = [what: Text, money: Text, todo: Text];

const same = m.money_unchanged;
const known = (fields: Fields) => permissionName(fields["permission"] as PermissionName);

/** A permission that this view does not know has no name; then the sentence does without. */
function withPermission(named: (given: { what: string }) => string, plain: () => string): Text {
  return (fields) => {
    const what = fields["permission"] === undefined ? undefined : known(fields);
    return what === undefined ? plain() : named({ what });
  };
}

function withTime(named: (given: { time: string }) => string, plain: () => string): Text {
  return (fields) => {
    const untilMs = Number(fields["until_ms"]);
    return untilMs > 0 ? named({ time: hourMinute(untilMs) }) : plain();
  };
}

export const PEOPLE_PROBLEMS: Record<string, Entry> = {
  not_signed_in: [m.problem_not_signed_in, same, m.todo_sign_in],
  not_allowed: [
    withPermission(m.problem_not_allowed_what, m.problem_not_allowed),
    same,
    m.todo_ask_manager,
  ],
  approval_required: [
    withPermission(m.problem_approval_required_what, m.problem_approval_required),
    same,
    m.todo_approve,
  ],
  approver_invalid: [m.problem_approver_invalid, same, m.todo_other_approver],
  pin_wrong: [
    m.problem_pin_wrong,
    same,
    (fields) => (fields["left"] ? m.todo_pin_left({ count: fields["left"] }) : m.todo_pin_again()),
  ],
  pin_locked: [
    withTime(m.problem_pin_locked_until, m.problem_pin_locked),
    same,
    m.todo_wait_or_unlock,
  ],
  pin_invalid: [m.problem_pin_invalid, same, m.todo_pin_digits],
  pin_too_simple: [m.problem_pin_too_simple, same, m.todo_pin_other],
  pin_unusable: [m.problem_pin_unusable, same, m.todo_new_pin],
  name_invalid: [m.problem_name_invalid, same, m.todo_name_shorter],
  name_taken: [m.problem_name_taken, same, m.todo_name_other],
  operator_unknown: [m.problem_operator_unknown, same, m.todo_look_at_people],
  last_manager: [m.problem_last_manager, same, m.todo_other_manager_first],
  shift_open: [m.problem_shift_open, same, m.todo_close_shift_first],
  shift_not_open: [m.problem_shift_not_open, same, m.todo_open_shift],
  report_not_found: [
    (fields) => m.problem_report_not_found({ number: fields["number"] ?? "–" }),
    same,
    m.todo_choose_report,
  ],
  verdict_unknown: [m.problem_verdict_unknown, same, m.todo_look_again],
  journal_checking: [m.problem_journal_checking, m.money_no, m.todo_wait_and_repeat],
  chain_broken: [
    (fields) =>
      fields["number"]
        ? m.problem_chain_broken_at({ number: fields["number"], detail: fields["detail"] ?? "–" })
        : m.problem_chain_broken(),
    m.money_no,
    // Without a number the till did not even open, so that nobody gets to Settings.
    (fields) => (fields["number"] ? m.todo_chain_broken() : m.todo_chain_broken_shut()),
  ],
  restore_half_done: [
    (fields) => [m.problem_restore_half_done(), fields["detail"] ?? ""].join(" ").trim(),
    same,
    m.todo_restore_half_done,
  ],
  export_failed: [m.problem_export_failed, same, m.todo_export_failed],
  backup_foreign: [m.problem_backup_foreign, same, m.todo_other_backup],
  backup_broken: [m.problem_backup_broken, same, m.todo_other_backup],
  restore_not_needed: [m.problem_restore_not_needed, same, m.todo_restore_not_needed],
  years_out_of_range: [
    (fields) => m.problem_years_out_of_range({ min: fields["min"] ?? "–" }),
    same,
    m.todo_other_years,
  ],
  nothing_to_remove: [m.problem_nothing_to_remove, same, m.todo_other_years],
  payments_under_way: [
    (fields) => m.problem_payments_under_way({ count: Number(fields["count"] ?? 0) }),
    same,
    m.todo_finish_payments,
  ],
  busy: [m.problem_busy, same, m.todo_wait_and_repeat],
};
