// The form behind the settings: what the till gave, as a person may change it. Shared by set-up and settings.
import type {
  CurrencyCode,
  KnownHost,
  LimitsView,
  Mode,
  ProviderName,
  ProviderView,
  SecretName,
  SettingsForm,
  SettingsView,
} from "./bindings";
import { westernDigits } from "./amount";

export const NO_LIMITS: LimitsView = { min: "", max: "", confirm_above: "" };

/** The currencies that MultiPay's paper names. */
export const MULTIPAY_CURRENCIES: CurrencyCode[] = ["NOK", "SEK", "EUR", "USD"];
const MISPAY_CURRENCY: CurrencyCode = "SAR";

export function formOf(view: SettingsView): SettingsForm {
  const { base_url, refund_verb, code_digits_min, code_digits_max, code_life_min } = view.mispay;
  const { token_url, socket_url, terminal_id, currency, flow, amount_unit } = view.multipay;
  return {
    mode: view.mode,
    store: view.store,
    terminal: view.terminal,
    zone: view.zone,
    day_cutoff_min: view.day_cutoff_min,
    lock_after_min: view.lock_after_min,
    language: view.language,
    extra_root_ca: view.extra_root_ca,
    record_wire: view.record_wire,
    limits: structuredClone(view.limits),
    mispay: {
      base_url,
      refund_verb,
      code_digits_min,
      code_digits_max,
      code_life_min,
      window_min: view.mispay.window_min,
      details_only_when_completed: view.mispay.details_only_when_completed,
    },
    multipay: {
      token_url,
      socket_url,
      terminal_id,
      currency,
      flow,
      amount_unit,
      partial_refunds: view.multipay.partial_refunds,
      window_min: view.multipay.window_min,
      heartbeat_s: view.multipay.heartbeat_s,
    },
  };
}

/** As it is sent: a currency without limits is left out. */
export function cleaned(form: SettingsForm): SettingsForm {
  const limits = Object.entries(form.limits)
    .map(([currency, each]): [string, LimitsView] => [
      currency,
      {
        min: decimalTyped(each.min),
        max: decimalTyped(each.max),
        confirm_above: decimalTyped(each.confirm_above),
      },
    ])
    .filter(([, each]) => Object.values(each).some((text) => text !== ""));
  return { ...form, limits: Object.fromEntries(limits) };
}

/**
 * A decimal as typed on any keyboard; what is wrong with it is the till's to say. A comma with three digits behind it may
 * be a thousand, so only one that can be nothing but a decimal sign is read as one.
 */
function decimalTyped(text: string): string {
  return westernDigits(text)
    .trim()
    .replace("٫", ".")
    .replace(/^([0-9]*),([0-9]{1,2})$/, "$1.$2");
}

/** Whether both say the same. */
export function isSame(one: SettingsForm, other: SettingsForm): boolean {
  return inOrder(one) === inOrder(other);
}

/** Whether something was typed that the till does not have yet. */
export function differs(form: SettingsForm, view: SettingsView): boolean {
  return !isSame(cleaned(form), cleaned(formOf(view)));
}

/** Whether a provider is reached in the same way with both, so that a test of it stays true. */
export function isReachedAlike(
  one: SettingsView,
  other: SettingsView,
  provider: ProviderName,
): boolean {
  const way = ({ mode, extra_root_ca, mispay, multipay }: SettingsView) => {
    const to =
      provider === "mispay"
        ? [mispay.base_url]
        : [multipay.token_url, multipay.socket_url, multipay.terminal_id];
    return [mode, extra_root_ca, ...to].join("\n");
  };
  return way(one) === way(other);
}

/** The same text for the same settings, in whatever order their names come. */
function inOrder(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === "object" && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
      : part,
  );
}

/** Whether an empty address means the one that is known. In Live it means none. */
export function isKnownUsed(mode: Mode): boolean {
  return mode === "test";
}

/** The addresses that are known for a setting in a mode. */
export function knownOf(hosts: KnownHost[], mode: Mode, setting: string): string[] {
  return hosts.filter((host) => host.mode === mode && host.setting === setting).map((h) => h.url);
}

/**
 * The form in another mode. A known address of another mode gives way to the one of this mode, or to none. In Live it is
 * always none: what leads to real money is chosen by a person.
 */
export function inMode(form: SettingsForm, mode: Mode, hosts: KnownHost[]): SettingsForm {
  const fitting = (setting: string, url: string) => {
    const isOther = hosts.some(
      (host) => host.setting === setting && host.url === url && host.mode !== mode,
    );
    const here = knownOf(hosts, mode, setting);
    // The same address may be known in both.
    if (!isOther || mode === "training" || here.includes(url)) return url;
    return isKnownUsed(mode) ? (here[0] ?? "") : "";
  };
  const { mispay, multipay } = form;
  return {
    ...form,
    mode,
    mispay: { ...mispay, base_url: fitting("mispay.base_url", mispay.base_url) },
    multipay: {
      ...multipay,
      token_url: fitting("multipay.token_url", multipay.token_url),
      socket_url: fitting("multipay.socket_url", multipay.socket_url),
    },
  };
}

/** The currencies whose limits can be set: those in use here, and those that have some. */
export function limitCurrencies(
  form: SettingsForm,
  providers: readonly Pick<ProviderView, "name">[],
): CurrencyCode[] {
  const used = providers.map(({ name }) =>
    name === "mispay" ? MISPAY_CURRENCY : form.multipay.currency,
  );
  return [...new Set([...used, ...(Object.keys(form.limits) as CurrencyCode[])])];
}

/** Whether anything about MultiPay has been entered. */
export function hasMultipay(form: SettingsForm): boolean {
  const { token_url, socket_url, terminal_id } = form.multipay;
  return [token_url, socket_url, terminal_id].some((text) => text.trim() !== "");
}

/** A secret by its name, and whether there is one in the keychain of the mode that is saved. */
export type Kept = { name: SecretName; stored: boolean };

export function secretsOf(view: SettingsView, provider: ProviderName): Kept[] {
  return provider === "mispay"
    ? [
        { name: "mispay_app_id", stored: view.mispay.app_id_stored },
        { name: "mispay_app_secret", stored: view.mispay.app_secret_stored },
      ]
    : [
        { name: "multipay_client_id", stored: view.multipay.client_id_stored },
        { name: "multipay_client_secret", stored: view.multipay.client_secret_stored },
      ];
}

export type Barred = "unsaved" | "training";

/**
 * Why no secret can be put in now. Each mode has secrets of its own, and the till keeps them for the mode that is saved:
 * one typed under another would replace the wrong one.
 */
export function secretsBarred(view: SettingsView, form: SettingsForm): Barred | null {
  if (form.mode !== view.mode) return "unsaved";
  return view.mode === "training" ? "training" : null;
}

/**
 * What a provider still needs before it can be used, by the name of the setting. An address that is known and used is not
 * lacking; of the secrets of a mode that is not saved nothing is known. Training needs nothing.
 */
export function lacks(
  view: SettingsView,
  form: SettingsForm,
  provider: ProviderName,
): { address: string[]; secrets: string[] } {
  if (form.mode === "training") return { address: [], secrets: [] };
  const known = (setting: string) =>
    isKnownUsed(form.mode) && knownOf(view.known_hosts, form.mode, setting).length > 0;
  const needed = (setting: string, value: string) =>
    value.trim() === "" && !known(setting) ? [setting.replace(".", "_")] : [];
  const { mispay, multipay } = form;
  const address =
    provider === "mispay"
      ? needed("mispay.base_url", mispay.base_url)
      : [
          ...needed("multipay.terminal_id", multipay.terminal_id),
          ...needed("multipay.token_url", multipay.token_url),
          ...needed("multipay.socket_url", multipay.socket_url),
        ];
  const kept = form.mode === view.mode ? secretsOf(view, provider) : [];
  return { address, secrets: kept.filter((each) => !each.stored).map((each) => each.name) };
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
