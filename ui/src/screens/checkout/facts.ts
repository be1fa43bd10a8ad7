// The rows beside a face.
import type { Fact } from "../../components/Facts.svelte";
import { hourMinuteSecond, shortId } from "../../components/format";
import { providerName } from "../../components/words";
import type { PaymentView, ProviderView, Snapshot } from "../../lib/bindings";
import type { FaceName } from "../../lib/face";
import * as m from "../../messages/paraglide/messages";

function lineWord(line: ProviderView["line"]): string {
  switch (line) {
    case "off":
      return m.line_off();
    case "connecting":
      return m.line_connecting();
    case "ready":
      return m.line_ready();
    case "trouble":
      return m.line_trouble();
  }
}

export function factsOf(payment: PaymentView, face: FaceName, snapshot: Snapshot): Fact[] {
  const id: Fact = { name: m.fact_payment(), text: shortId(payment.id), code: true };
  const sent: Fact = { name: m.fact_started(), text: hourMinuteSecond(payment.opened_at_ms) };
  const ended: Fact = { name: m.fact_at(), text: hourMinuteSecond(payment.changed_at_ms) };
  const receipt: Fact[] =
    payment.receipt === null
      ? []
      : [
          {
            name: payment.provider === "mispay" ? m.fact_purchase() : m.receipt(),
            text: payment.receipt,
            code: true,
          },
        ];
  switch (face) {
    case "paid":
    case "paid_late":
    case "refunded":
    case "returned":
      return [
        {
          name: face === "refunded" ? m.fact_refunded() : m.fact_charged(),
          money: payment.final_money ?? payment.money,
        },
        { name: m.fact_with(), text: providerName(payment.provider) },
        ...receipt,
        { name: m.reference(), text: payment.reference, code: true },
        ended,
        id,
      ];
    case "check_amount":
    case "check_payment":
      return [
        { name: m.fact_asked(), money: payment.money },
        ...(payment.final_money === null
          ? []
          : [{ name: m.fact_reported(), money: payment.final_money }]),
        ...receipt,
        id,
        ended,
      ];
    case "not_paid":
    case "not_refunded":
      return [id, sent, ended];
    case "waiting":
    case "stopping":
    case "not_known": {
      const line = snapshot.providers.find((provider) => provider.name === payment.provider)?.line;
      const lineFact: Fact[] =
        payment.provider === "multipay" && line
          ? [{ name: m.fact_line(), text: lineWord(line) }]
          : [];
      return [id, ...lineFact, sent];
    }
  }
}
