// What the cashier reads while the customer acts. Says of each moment that it is not paid yet.
import type { PaymentView } from "../../lib/bindings";
import * as m from "../../messages/paraglide/messages";

export type WaitingWords = { say: string; more: string };

/** `practising`: in training the cashier plays the customer on the phone beside. */
export function waitingWords(
  payment: PaymentView,
  provider: string,
  practising: boolean,
): WaitingWords {
  const keepGoods = m.not_paid_yet();
  switch (payment.hint) {
    case "connecting":
      return { say: m.hint_connecting({ provider }), more: keepGoods };
    case "customer_scans":
      return { say: m.hint_customer_scans(), more: keepGoods };
    case "sending":
      return { say: m.hint_sending({ provider }), more: keepGoods };
    case "still_contacting":
      return { say: m.hint_still_contacting({ provider }), more: m.hint_no_other_code() };
    case "prompt_customer":
      return { say: m.hint_prompt_customer(), more: keepGoods };
    case "stale":
      return { say: m.hint_stale({ provider }), more: m.hint_stale_more() };
    case "receipt_due":
      return { say: m.hint_receipt_due({ provider }), more: m.hint_receipt_due_more() };
    case "stopping":
      return { say: m.hint_stopping({ provider }), more: m.hint_stopping_more() };
    case "listening":
      return { say: m.hint_listening({ provider }), more: keepGoods };
    case "call_manager":
      return { say: m.hint_call_manager({ provider }), more: keepGoods };
    case "customer_acts":
    case "not_known":
    case "ask_customer":
    case "none":
      if (practising) return { say: m.hint_play_customer(), more: keepGoods };
      return {
        say: payment.qr === null ? m.hint_customer_acts() : m.hint_scan_qr(),
        more: keepGoods,
      };
  }
}
