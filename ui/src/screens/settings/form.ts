// The form behind the settings: what the till gave, as a person may change it.
import type { SettingsForm, SettingsView } from "../../lib/bindings";
import { westernDigits } from "../../lib/amount";

export function formOf(view: SettingsView): SettingsForm {
  const {
    base_url,
    refund_verb,
    code_digits_min,
    code_digits_max,
    code_life_min,
    details_only_when_completed,
  } = view.mispay;
  const { token_url, socket_url, terminal_id, flow, amount_unit, partial_refunds } = view.multipay;
  return {
    mode: view.mode,
    store: view.store,
    terminal: view.terminal,
    zone: view.zone,
    day_cutoff_min: view.day_cutoff_min,
    lock_after_min: view.lock_after_min,
    mispay: {
      base_url,
      refund_verb,
      code_digits_min,
      code_digits_max,
      code_life_min,
      details_only_when_completed,
    },
    multipay: { token_url, socket_url, terminal_id, flow, amount_unit, partial_refunds },
  };
}

/** A whole number as typed; anything else is 0, which the till refuses with its reason. */
export function wholeNumber(text: string): number {
  const digits = westernDigits(text).trim();
  return /^[0-9]{1,4}$/.test(digits) ? Number(digits) : 0;
}

/** More than any setting takes, so that the till refuses it. */
const NO_NUMBER = 9999;

/** Minutes as typed, where 0 has a meaning of its own: what cannot be read must not become it. */
export function minutes(text: string): number {
  const digits = westernDigits(text).trim();
  return digits === "" || /^[0-9]{1,4}$/.test(digits) ? Number(digits) : NO_NUMBER;
}
