// Why money goes back: words of the catalogue, or the person's own.
import * as m from "../messages/paraglide/messages";

export type ReasonWord = "item_returned" | "wrong_price" | "charged_twice" | "other";
export const REASONS: ReasonWord[] = ["item_returned", "wrong_price", "charged_twice", "other"];

export function reasonWord(reason: ReasonWord): string {
  switch (reason) {
    case "item_returned":
      return m.refund_item_returned();
    case "wrong_price":
      return m.refund_wrong_price();
    case "charged_twice":
      return m.refund_charged_twice();
    case "other":
      return m.refund_other();
  }
}

/** A recorded reason: its words where it is one of ours, else as it was typed. */
export function recordedReason(reason: string): string {
  const known = REASONS.find((word) => word === reason && word !== "other");
  return known === undefined ? reason : reasonWord(known);
}
