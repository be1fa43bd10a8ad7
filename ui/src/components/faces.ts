// Words and tone of each face. The tone is how full it is: full is paid, empty is not.
import type { StateName } from "../lib/bindings";
import type { FaceName } from "../lib/face";
import * as m from "../messages/paraglide/messages";

export type Tone = "full" | "empty" | "pale" | "hatched";

export function toneOf(face: FaceName): Tone {
  switch (face) {
    case "paid":
    case "paid_late":
    case "refunded":
      return "full";
    case "not_paid":
    case "not_refunded":
    case "returned":
      return "empty";
    case "waiting":
    case "stopping":
      return "pale";
    case "not_known":
    case "check_amount":
    case "check_payment":
      return "hatched";
  }
}

/** The one big word, in capitals where the language has them. */
export function stageWord(face: FaceName): string {
  switch (face) {
    case "paid":
      return m.word_paid();
    case "paid_late":
      return m.word_paid_late();
    case "refunded":
      return m.word_refunded();
    case "not_paid":
      return m.word_not_paid();
    case "not_refunded":
      return m.word_not_refunded();
    case "returned":
      return m.word_returned();
    case "waiting":
      return m.word_waiting();
    case "stopping":
      return m.word_stopping();
    case "not_known":
      return m.word_not_known();
    case "check_amount":
      return m.word_check_amount();
    case "check_payment":
      return m.word_check_payment();
  }
}

export function pillWord(face: FaceName): string {
  switch (face) {
    case "paid":
      return m.pill_paid();
    case "paid_late":
      return m.pill_paid_late();
    case "refunded":
      return m.pill_refunded();
    case "not_paid":
      return m.pill_not_paid();
    case "not_refunded":
      return m.pill_not_refunded();
    case "returned":
      return m.pill_returned();
    case "waiting":
      return m.pill_waiting();
    case "stopping":
      return m.pill_stopping();
    case "not_known":
      return m.pill_not_known();
    case "check_amount":
      return m.pill_check_amount();
    case "check_payment":
      return m.pill_check_payment();
  }
}

/** The face of a sale of which only the state is known. */
export function faceOfState(state: StateName): FaceName {
  switch (state) {
    case "opened":
    case "sent":
    case "waiting":
      return "waiting";
    case "cancelling":
      return "stopping";
    case "unknown":
      return "not_known";
    case "declined":
      return "not_paid";
    case "paid":
      return "paid";
    case "reversed":
      return "returned";
  }
}
