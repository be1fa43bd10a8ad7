// Older payments and the stories of payments for the till in memory: made up, the same every time.
import type { PaymentView, StateName, TimelineLine } from "./bindings";
import { blankPayment } from "./fake-views";

const DAY_MS = 24 * 60 * 60_000;
const PER_DAY = 24;
const DAYS = 60;

/** The local day, as `2026-11-24`. */
export function dayOf(atMs: number): string {
  const at = new Date(atMs);
  const two = (count: number) => String(count).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Whether a payment counts in sums: money certainly moved, and nobody has to look first. */
export function counts(payment: PaymentView): boolean {
  const flagged = payment.flags.includes("contradicted") || payment.flags.includes("orphan");
  return payment.state === "paid" && !flagged;
}

/** Payments of the days before today, newest first. */
export function pastPayments(nowMs: number): PaymentView[] {
  const noon = new Date(nowMs);
  noon.setHours(20, 0, 0, 0);
  return Array.from({ length: DAYS * PER_DAY }, (_, at) => {
    const day = Math.floor(at / PER_DAY) + 1;
    const openedAtMs = noon.getTime() - day * DAY_MS - (at % PER_DAY) * 27 * 60_000;
    const number = 10_400 - at;
    const multipay = at % 3 === 1;
    const declined = at % 7 === 3;
    const id = `0192a000-0000-7000-8000-${String(100_000 - at).padStart(12, "0")}`;
    return {
      ...blankPayment(id, openedAtMs),
      provider: multipay ? "multipay" : "mispay",
      money: {
        minor: String(1_000 + ((at * 7_919) % 90_000)),
        currency: multipay ? (at % 2 === 0 ? "NOK" : "EUR") : "SAR",
      },
      reference: at === 40 ? `O'Neil "50%" ☕` : String(number),
      state: declined ? "declined" : "paid",
      reason: declined ? "canceled" : null,
      hint: "none",
      changed_at_ms: openedAtMs + 41_000,
      receipt: declined ? null : multipay ? `35581746${10_000_000 + at}` : String(88_100_000 - at),
      operator: at % 4 === 0 ? "Omar" : "Sara",
      terminal: at % 5 === 0 ? "01" : "02",
    } satisfies PaymentView;
  });
}

/** A verdict's: who asked, who answers for it, and what was seen. */
export type Evidence = { operator: string; by: string; text: string };

/** What the journal would hold of this payment, in short. */
export function timelineOf(payment: PaymentView, evidence: Evidence | null): TimelineLine[] {
  const lines: TimelineLine[] = [];
  const add = (
    atMs: number,
    what: string,
    state: StateName,
    fields: Record<string, string> = {},
    operator = "",
  ) => lines.push({ number: 4_000 + lines.length, at_ms: atMs, operator, what, state, fields });
  const from = payment.opened_at_ms;
  const opening: Record<string, string> = {
    provider: payment.provider,
    minor: payment.money.minor,
    currency: payment.money.currency,
    reference: payment.reference,
    orphan: "false",
    ...(payment.refund_of === null ? { kind: "sale" } : { of: payment.refund_of }),
  };
  if (payment.refund_reason !== null) opening["reason"] = payment.refund_reason;
  if (payment.approved_by !== null) opening["approved_by"] = payment.approved_by;
  add(from, "opened", "opened", opening, payment.operator);
  if (payment.state === "opened") return lines;
  add(from + 40, "sent", "sent");
  const accepted = payment.kind === "sale" && !["sent", "unknown"].includes(payment.state);
  if (accepted)
    add(
      from + 900,
      "accepted",
      "waiting",
      payment.provider === "mispay" ? { track: "T-5590317" } : { qr: "https://pay.example/q/1" },
    );
  if (payment.parked) add(from + 60_000, "parked", payment.state, {}, payment.operator);
  if (payment.state === "unknown" || payment.flags.includes("by_hand"))
    add(payment.changed_at_ms, "doubted", "unknown", { doubt: payment.reason ?? "answer_lost" });
  if (payment.number_check?.result === "ours" || payment.number_check?.result === "not_ours")
    add(payment.changed_at_ms, "number_checked", payment.state, {
      number: payment.number_check.number,
      ours: String(payment.number_check.result === "ours"),
    });
  if (evidence)
    add(
      payment.changed_at_ms,
      "settled",
      payment.state,
      {
        verdict: payment.state === "paid" ? "charged" : "not_charged",
        approval: evidence.by,
        by: evidence.by,
        reason: evidence.text,
      },
      evidence.operator,
    );
  else if (payment.state === "declined")
    add(payment.changed_at_ms, "ended", "declined", { ending: payment.reason ?? "failed" });
  else if (payment.state === "paid")
    add(payment.changed_at_ms, "captured", "paid", {
      differs: String(payment.flags.includes("mismatch")),
      ...(payment.receipt === null ? {} : { id: payment.receipt }),
      ...(payment.final_money ?? payment.money),
    });
  else if (payment.state === "reversed") add(payment.changed_at_ms, "returned", "reversed");
  return lines;
}
