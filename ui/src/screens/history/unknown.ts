// What stands under a refund whose outcome is not known: it stays reserved, and nothing is sent again by itself.
import { moneyText } from "../../components/format";
import { providerName, reasonText } from "../../components/words";
import type { PaymentView } from "../../lib/bindings";
import * as m from "../../messages/paraglide/messages";

export function unknownRefundWords(refund: PaymentView | null): string[] {
  if (refund === null) return [];
  const provider = providerName(refund.provider);
  const amount = moneyText(refund.money.minor, refund.money.currency);
  return [
    m.refund_unknown_what({ provider }),
    reasonText(refund.reason, provider),
    m.refund_unknown_reserved({ amount }),
    m.refund_unknown_not_resent(),
  ].filter((words) => words !== "");
}
