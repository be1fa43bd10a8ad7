// The rows below a payment's face in the history.
import { personName } from "../../components/people";
import type { Fact } from "../../components/Facts.svelte";
import { fullDate, hourMinuteSecond } from "../../components/format";
import { providerName, reasonText } from "../../components/words";
import type { PaymentView } from "../../lib/bindings";
import * as m from "../../messages/paraglide/messages";
import { recordedReason } from "../../components/reasons";

function optional(name: string, text: string | null, code = false): Fact[] {
  return text === null || text === "" ? [] : [{ name, text, code }];
}

/** Everything by which a person finds this payment again, here or in the provider's panel. */
export function detailFacts(payment: PaymentView): Fact[] {
  const { final_money: final, money, provider } = payment;
  const differs =
    final !== null && (final.minor !== money.minor || final.currency !== money.currency);
  return [
    { name: m.fact_with(), text: providerName(provider) },
    { name: m.reference(), text: payment.reference, code: true },
    ...optional(provider === "mispay" ? m.fact_purchase() : m.receipt(), payment.receipt, true),
    ...(differs && final ? [{ name: m.fact_reported(), money: final }] : []),
    ...optional(m.col_why(), reasonText(payment.reason, providerName(provider))),
    ...optional(
      m.fact_refund_reason(),
      payment.refund_reason === null ? null : recordedReason(payment.refund_reason),
    ),
    ...optional(m.fact_approved_by(), payment.approved_by),
    { name: m.cashier(), text: personName(payment.operator) },
    { name: m.setting_terminal(), text: payment.terminal },
    { name: m.fact_day(), text: fullDate(payment.opened_at_ms) },
    { name: m.fact_started(), text: hourMinuteSecond(payment.opened_at_ms) },
    { name: m.fact_order(), text: payment.id, code: true },
  ];
}

/** What is known of a payment whose outcome is not. */
export function settleFacts(payment: PaymentView): Fact[] {
  const provider = providerName(payment.provider);
  return [
    { name: m.fact_with(), text: provider },
    { name: m.reference(), text: payment.reference, code: true },
    ...optional(
      payment.provider === "mispay" ? m.fact_purchase() : m.receipt(),
      payment.receipt,
      true,
    ),
    { name: m.fact_day(), text: fullDate(payment.opened_at_ms) },
    { name: m.fact_sent(), text: hourMinuteSecond(payment.opened_at_ms) },
    ...optional(m.fact_answer(), reasonText(payment.reason, provider)),
    { name: m.cashier(), text: personName(payment.operator) },
    { name: m.fact_order(), text: payment.id, code: true },
  ];
}
