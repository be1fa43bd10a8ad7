// Which face a payment wears. The state is the till's; this only chooses the word and the colour for it.
import type { FlagName, HintName, KindWord, PaymentView, StateName } from "./bindings";

export type FaceName =
  | "waiting"
  | "stopping"
  | "paid"
  | "paid_late"
  | "not_paid"
  | "not_known"
  | "check_amount"
  | "check_payment"
  | "returned"
  | "refunded"
  | "not_refunded";

/** What a face depends on: a payment, or its row in the history, which has no hint. */
export type Faced = {
  state: StateName;
  kind: KindWord;
  flags: readonly FlagName[];
  hint?: HintName;
};

/** Never "paid" while a flag says that a person has to look first. */
function paidFace(payment: Faced): FaceName {
  if (payment.flags.includes("mismatch")) return "check_amount";
  if (payment.flags.includes("contradicted") || payment.flags.includes("orphan"))
    return "check_payment";
  if (payment.kind === "refund") return "refunded";
  return payment.flags.includes("late") ? "paid_late" : "paid";
}

export function faceOf(payment: Faced): FaceName {
  switch (payment.state) {
    case "opened":
    case "sent":
    case "waiting":
      return "waiting";
    case "cancelling":
      return "stopping";
    case "unknown":
      // For a moment after a lost line the receipt is still to be expected: not yet the big word.
      return payment.hint === "listening" ? "waiting" : "not_known";
    case "declined":
      return payment.kind === "refund" ? "not_refunded" : "not_paid";
    case "paid":
      return paidFace(payment);
    case "reversed":
      return "returned";
  }
}

/** Whether money may still move without anybody touching the till. */
export function isOpen(payment: Pick<PaymentView, "state">): boolean {
  switch (payment.state) {
    case "opened":
    case "sent":
    case "waiting":
    case "cancelling":
    case "unknown":
      return true;
    case "declined":
    case "paid":
    case "reversed":
      return false;
  }
}

/** Whether it is on its way: it ends, or becomes not known, without anybody touching the till. */
export function isUnderWay(payment: Pick<PaymentView, "state"> | undefined): boolean {
  switch (payment?.state) {
    case "opened":
    case "sent":
    case "waiting":
    case "cancelling":
      return true;
    case undefined:
    case "unknown":
    case "declined":
    case "paid":
    case "reversed":
      return false;
  }
}

/** Faces that say trouble and sound again until somebody touched the till. */
export function isAlarm(face: FaceName): boolean {
  switch (face) {
    case "not_known":
    case "check_amount":
    case "check_payment":
    case "paid_late":
      return true;
    case "waiting":
    case "stopping":
    case "paid":
    case "not_paid":
    case "returned":
    case "refunded":
    case "not_refunded":
      return false;
  }
}
