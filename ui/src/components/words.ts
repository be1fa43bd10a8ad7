// Names and reasons in words. Closed sets: a new one breaks the build here.
import type { Mode, ProviderName, ReasonName, StateName } from "../lib/bindings";
import type { AmountFault } from "../lib/amount";
import * as m from "../messages/paraglide/messages";

export function providerName(provider: ProviderName): string {
  switch (provider) {
    case "mispay":
      return m.provider_mispay();
    case "multipay":
      return m.provider_multipay();
  }
}

/** A state as a filter; the face of one payment says more. */
export function stateName(state: StateName): string {
  switch (state) {
    case "opened":
    case "sent":
    case "waiting":
      return m.pill_waiting();
    case "cancelling":
      return m.pill_stopping();
    case "unknown":
      return m.pill_not_known();
    case "declined":
      return m.pill_not_paid();
    case "paid":
      return m.pill_paid();
    case "reversed":
      return m.pill_returned();
  }
}

/** Why it ended without money, or why it is not known: one sentence. */
export function reasonText(reason: ReasonName | null, provider: string): string {
  switch (reason) {
    case null:
      return "";
    case "never_sent":
      return m.reason_never_sent({ provider });
    case "configuration":
      return m.reason_configuration({ provider });
    case "token_refused":
      return m.reason_token_refused({ provider });
    case "code_not_accepted":
      return m.reason_code_not_accepted({ provider });
    case "canceled":
      return m.reason_canceled();
    case "failed":
      return m.reason_failed({ provider });
    case "timed_out":
      return m.reason_timed_out();
    case "refused":
      return m.reason_refused({ provider });
    case "duplicate":
      return m.reason_duplicate({ provider });
    case "superseded":
      return m.reason_superseded();
    case "not_charged_by_hand":
      return m.reason_not_charged_by_hand();
    case "answer_lost":
      return m.reason_answer_lost({ provider });
    case "no_answer":
      return m.reason_no_answer({ provider });
    case "unclear_answer":
      return m.reason_unclear_answer({ provider });
    case "connection_lost":
      return m.reason_connection_lost({ provider });
    case "provider_error":
      return m.reason_provider_error({ provider });
    case "receipt_missing":
      return m.reason_receipt_missing({ provider });
    case "cancel_unconfirmed":
      return m.reason_cancel_unconfirmed({ provider });
    case "restarted":
      return m.reason_restarted();
    case "too_old":
      return m.reason_too_old({ provider });
  }
}

/** What a cashier does next after NOT PAID. */
export function nextStep(reason: ReasonName | null, asksForCode: boolean): string {
  switch (reason) {
    case "configuration":
    case "token_refused":
      return m.next_other_way_and_manager();
    case "never_sent":
      return m.next_again_or_other_way();
    default:
      return asksForCode ? m.next_new_code_or_other_way() : m.next_again_or_other_way();
  }
}

export function modeName(mode: Mode): string {
  switch (mode) {
    case "training":
      return m.mode_training();
    case "test":
      return m.mode_test();
    case "live":
      return m.mode_live();
  }
}

/** What a provider still needs, by the name of the setting; an unknown name is shown as it is. */
export function missingWords(name: string): string {
  switch (name) {
    case "mispay_base_url":
    case "base_url":
      return m.setting_address();
    case "mispay_app_id":
      return m.setting_app_id();
    case "mispay_app_secret":
      return m.setting_app_secret();
    case "multipay_token_url":
    case "token_url":
      return m.setting_token_url();
    case "multipay_socket_url":
    case "socket_url":
      return m.setting_socket_url();
    case "multipay_terminal_id":
    case "terminal_id":
      return m.setting_terminal_id();
    case "multipay_client_id":
      return m.setting_client_id();
    case "multipay_client_secret":
      return m.setting_client_secret();
    case "extra_root_ca":
      return m.setting_extra_root_ca();
    default:
      return name;
  }
}

/** One of a currency's three limits; undefined for a word that is none of them. */
export function limitName(limit: string | undefined): string | undefined {
  switch (limit) {
    case "min":
      return m.sale_limit_min();
    case "max":
      return m.sale_limit_max();
    case "confirm_above":
      return m.sale_limit_confirm();
    default:
      return undefined;
  }
}

/** A setting's label by its place in the settings file; an unknown one is shown as it is. */
export function settingName(field: string): string {
  const name = field.replace(".", "_");
  const [part, currency = "", limit] = field.split(".");
  const limited = part === "limits" ? limitName(limit) : undefined;
  if (limited !== undefined) return m.setting_limit({ currency, limit: limited });
  switch (field) {
    case "store":
      return m.setting_store();
    case "terminal":
      return m.setting_terminal();
    case "zone":
      return m.setting_zone();
    case "day_cutoff_min":
      return m.setting_day_cutoff();
    case "lock_after_min":
      return m.setting_lock_after();
    case "mode":
      return m.setting_mode();
    case "language":
      return m.setting_language();
    case "limits":
      return m.sale_limits_title();
    case "extra_root_ca":
      return m.setting_extra_root_ca();
    case "record_wire":
      return m.setting_record_wire();
    case "mispay.window_min":
    case "multipay.window_min":
      return m.setting_window();
    case "mispay.contract":
      return m.setting_contract();
    case "mispay.refund_verb":
      return m.setting_refund_verb();
    case "mispay.details_only_when_completed":
      return m.setting_details_only();
    case "multipay.currency":
      return m.setting_multipay_currency();
    case "multipay.heartbeat_s":
      return m.setting_heartbeat();
    case "multipay.flow":
      return m.setting_flow();
    case "multipay.amount_unit":
      return m.setting_amount_unit();
    case "multipay.amount_unit_confirmed":
      return m.setting_unit_confirmed();
    case "multipay.partial_refunds":
      return m.setting_partial_refunds();
    case "mispay.code_digits_min":
      return m.setting_code_min();
    case "mispay.code_digits_max":
      return m.setting_code_max();
    case "mispay.code_life_min":
      return m.setting_code_life();
    default:
      return missingWords(name) === name ? field : missingWords(name);
  }
}

/** The mode as the rail and the sign-in screen tag it. */
export function modeTag(mode: Mode): string {
  switch (mode) {
    case "training":
      return m.mode_tag_training();
    case "test":
      return m.mode_tag_test();
    case "live":
      return m.mode_tag_live();
  }
}

/** A language in its own words; an unknown code is shown as it is. */
export function languageName(language: string): string {
  if (language === "") return "–";
  return new Intl.DisplayNames(language, { type: "language", fallback: "code" }).of(language) ?? "";
}

/** What is wrong with a typed amount; null while there is none. */
export function faultWords(fault: AmountFault): string | null {
  switch (fault) {
    case "empty":
      return null;
    case "invalid":
      return m.fault_invalid();
    case "ambiguous":
      return m.fault_ambiguous();
    case "too_precise":
      return m.fault_too_precise();
    case "too_large":
      return m.fault_too_large();
  }
}
