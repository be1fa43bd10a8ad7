// The views that the till in memory starts from. Not in the till's build.
import type {
  KnownHost,
  Mode,
  PaymentView,
  ProviderView,
  SaleRequest,
  SecretName,
  SettingsView,
} from "./bindings";

const nothing = {
  check: false,
  stop: false,
  cancel: false,
  check_number: false,
  customer_says: false,
  acknowledge: false,
  refund: false,
  settle: false,
  ask_again: false,
};
let counted = 100;

const KNOWN_HOSTS: KnownHost[] = [
  { mode: "test", setting: "mispay.base_url", url: "https://sandbox.mispay.example/v1/in-store" },
  { mode: "test", setting: "multipay.token_url", url: "https://auth.test.multipay.example/token" },
  { mode: "test", setting: "multipay.socket_url", url: "wss://mtm.test.multipay.example/ws" },
  { mode: "live", setting: "mispay.base_url", url: "https://api.mispay.example/v1/in-store" },
];

/** As a machine has it that never had a till. */
export function neverSaved(settings: SettingsView): SettingsView {
  return {
    ...settings,
    is_new: true,
    store: "",
    terminal: "1",
    zone: "",
    limits: {},
    mispay: { ...settings.mispay, base_url: "" },
    multipay: { ...settings.multipay, token_url: "", socket_url: "", terminal_id: "" },
  };
}

export function blankPayment(id: string, openedAtMs: number): PaymentView {
  return {
    id,
    kind: "sale",
    refund_of: null,
    provider: "mispay",
    money: { minor: "20105", currency: "SAR" },
    final_money: null,
    reference: "10484",
    state: "opened",
    reason: null,
    hint: "connecting",
    flags: [],
    needs_attention: false,
    parked: false,
    opened_at_ms: openedAtMs,
    changed_at_ms: openedAtMs,
    receipt: null,
    qr: null,
    number_check: null,
    code_expires_at_ms: null,
    can: { ...nothing },
    operator: "Sara",
    terminal: "02",
    counted: null,
    left: null,
    refund_reason: null,
    approved_by: null,
    retry_of: null,
  };
}

export function newPayment(sale: SaleRequest, minor: string): PaymentView {
  counted += 1;
  return {
    ...blankPayment(sale.id, Date.now()),
    provider: sale.provider,
    money: { minor, currency: sale.currency },
    reference: sale.reference ?? `T-${counted}`,
  };
}

export function missingOf(mode: Mode, needed: SecretName[], stored: Set<SecretName>): string[] {
  return mode === "training" ? [] : needed.filter((name) => !stored.has(name));
}

export function providersOf(mode: Mode, stored: Set<SecretName>): ProviderView[] {
  return [
    {
      name: "mispay",
      line: "ready",
      currencies: ["SAR"],
      code: { digits_min: 4, digits_max: 12 },
      missing: missingOf(mode, ["mispay_app_id", "mispay_app_secret"], stored),
      customer_scanned: false,
    },
    {
      name: "multipay",
      line: "ready",
      currencies: ["EUR", "NOK", "SEK"],
      code: null,
      missing: missingOf(mode, ["multipay_client_id", "multipay_client_secret"], stored),
      customer_scanned: false,
    },
  ];
}

export function emptySettings(mode: Mode, terminal: string): SettingsView {
  return {
    mode,
    store: "Al Noor Market",
    terminal,
    zone: "Asia/Riyadh",
    day_cutoff_min: 0,
    lock_after_min: 5,
    language: "en",
    languages: ["en"],
    extra_root_ca: "",
    record_wire: false,
    recordings: "/var/lib/checkstand/test/recordings",
    limits: { EUR: { min: "1.00", max: "2500.00", confirm_above: "1000.00" } },
    known_hosts: KNOWN_HOSTS,
    is_new: false,
    restart_needed: false,
    mispay: {
      contract: "instore-2023",
      base_url: `https://${mode === "test" ? "sandbox" : "api"}.mispay.example/v1/in-store`,
      app_id_stored: false,
      app_secret_stored: false,
      refund_verb: "get",
      code_digits_min: 4,
      code_digits_max: 12,
      code_life_min: 15,
      window_min: 3,
      details_only_when_completed: false,
    },
    multipay: {
      token_url: "https://auth.multipay.example/token",
      socket_url: "wss://mtm.multipay.example/ws",
      terminal_id: "90114402",
      client_id_stored: false,
      client_secret_stored: false,
      currency: "EUR",
      flow: "post",
      amount_unit: "minor",
      unit_confirmed: mode === "live",
      partial_refunds: false,
      window_min: 3,
      heartbeat_s: 10,
    },
    vault: null,
  };
}
