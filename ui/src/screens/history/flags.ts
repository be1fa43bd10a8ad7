// What a flag means, and what a person does next. Also why a payment cannot be refunded.
import { moneyText } from "../../components/format";
import { providerName } from "../../components/words";
import type { FlagName, PaymentDetail, PaymentView } from "../../lib/bindings";
import * as m from "../../messages/paraglide/messages";

export type FlagWords = { what: string; must: string; todo: string };

export function flagWords(flag: FlagName, payment: PaymentView): FlagWords {
  const provider = providerName(payment.provider);
  switch (flag) {
    case "late":
      return { what: m.paid_late_say(), must: m.paid_late_more(), todo: m.flag_late_todo() };
    case "orphan":
      return {
        what: m.orphan_what({ provider }),
        must: m.flag_orphan_must(),
        todo: m.flag_orphan_todo(),
      };
    case "mismatch": {
      const asked = moneyText(payment.money.minor, payment.money.currency);
      const final = payment.final_money;
      return {
        what: m.check_amount_what({ provider }),
        must: final
          ? m.flag_mismatch_differs({ asked, found: moneyText(final.minor, final.currency) })
          : m.flag_mismatch_unread({ asked }),
        todo: m.flag_mismatch_todo({ provider }),
      };
    }
    case "contradicted":
      return {
        what: m.contradicted_what({ provider }),
        must: m.contradicted_must(),
        todo: m.flag_contradicted_todo({ provider }),
      };
    case "by_hand":
      return { what: m.flag_by_hand_what(), must: m.flag_by_hand_must(), todo: "" };
  }
}

/** Why there is nothing to refund here; null where a refund is possible. */
export function noRefundBecause({ payment, refunds }: PaymentDetail): string | null {
  if (payment.can.refund) return null;
  switch (payment.state) {
    case "opened":
    case "sent":
    case "waiting":
    case "cancelling":
      return m.no_refund_open();
    case "unknown":
      return m.no_refund_unknown();
    case "declined":
      return m.no_refund_declined();
    case "reversed":
      return m.no_refund_returned();
    case "paid":
      if (payment.flags.includes("mismatch")) return m.no_refund_mismatch();
      if (payment.receipt === null) return m.no_refund_no_receipt();
      if (refunds.some((refund) => refund.state === "unknown")) return m.no_refund_unknown_refund();
      if (payment.left?.minor === "0") return m.no_refund_all_back();
      return m.no_refund_under_way();
  }
}
