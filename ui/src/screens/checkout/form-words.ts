// The words and figures of the sale form.
import { moneyText, plateDigits } from "../../components/format";
import { providerName } from "../../components/words";
import { type Amount, westernDigits } from "../../lib/amount";
import type { ProviderView, Snapshot } from "../../lib/bindings";
import * as m from "../../messages/paraglide/messages";
import type { Draft } from "./draft.svelte";

/** The number on the plate: as typed while there is one term, the sum when there are several. */
export function plateText(typed: string, amount: Amount): string {
  const text = westernDigits(typed);
  if (text === "") return "0.00";
  if (text.includes("+"))
    return amount.ok ? plateDigits(amount.text) : text.slice(text.lastIndexOf("+") + 1);
  return /^\d+[.,٫]?\d{0,2}$/.test(text) ? plateDigits(text) : text;
}

/** The primary button: what it does, or what it waits for. */
export function chargeWords(draft: Draft, snapshot: Snapshot): string {
  const provider = providerName(draft.provider);
  const amount = draft.amount();
  const rule = draft.view(snapshot)?.code ?? null;
  if (draft.sending) return m.charge_sending({ provider });
  switch (draft.missing(snapshot)) {
    case null:
      return amount.ok
        ? m.charge({ amount: moneyText(amount.minor.toString(), draft.currency) })
        : "";
    case "journal":
      return m.want_journal();
    case "storage":
      return m.want_storage();
    case "provider_setup":
      return m.want_setup({ provider });
    case "amount":
      return m.want_amount();
    case "amount_fault":
      return m.want_amount_again();
    case "code":
      return draft.codeAgain || draft.problem ? m.want_code_again() : m.want_code();
    case "code_fault":
      return rule ? m.want_code_digits({ min: rule.digits_min, max: rule.digits_max }) : "";
  }
}

/** The small line on a provider's tile: what it needs from the customer, or what is wrong with it. */
export function providerCaption(view: ProviderView): string {
  if (view.missing.length > 0) return m.tile_not_set_up();
  if (view.customer_scanned) return m.tile_customer_scanned();
  switch (view.line) {
    case "connecting":
      return m.tile_connecting();
    case "trouble":
      return m.tile_no_line();
    case "off":
    case "ready":
      return view.code ? m.tile_code() : m.tile_qr();
  }
}
