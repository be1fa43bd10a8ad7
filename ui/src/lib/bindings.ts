// Generated from src-tauri/src/views.rs and commands.rs. Do not edit: `cargo test -p checkstand bindings` rewrites it or fails when it is stale.

export type Mode = "training" | "test" | "live";
export type ProviderName = "mispay" | "multipay";
export type CurrencyCode = "SAR" | "NOK" | "SEK" | "EUR" | "USD";
export type StateName = "opened" | "sent" | "waiting" | "cancelling" | "unknown" | "declined" | "paid" | "reversed";
export type FlagName = "mismatch" | "orphan" | "late" | "contradicted" | "by_hand";

/** Minor units as decimal text: money never crosses as a float. */
export type MoneyView = { minor: string; currency: CurrencyCode };

/** Why a payment ended without money, or why its outcome is not known. */
export type ReasonName =
  | "never_sent" | "configuration" | "token_refused" | "code_not_accepted" | "canceled" | "failed" | "timed_out" | "refused" | "duplicate" | "superseded" | "not_charged_by_hand"
  | "answer_lost" | "no_answer" | "unclear_answer" | "connection_lost" | "provider_error" | "receipt_missing" | "cancel_unconfirmed" | "restarted" | "too_old";

/** What the cashier should be told beside the state; the sentence is the view's. */
export type HintName =
  | "connecting"        // opened: token or line not there yet
  | "customer_scans"    // opened, GET-flow: the customer scans the till's own code
  | "sending"           // sent
  | "still_contacting"  // sent for 8 s: do not take another code
  | "customer_acts"     // waiting
  | "prompt_customer"   // waiting for 3 min
  | "stale"             // waiting for 15 min, read each minute
  | "receipt_due"       // the provider says paid, its receipt is missing
  | "stopping"          // cancelling
  | "listening"         // unknown for a moment: connection lost, still listening
  | "not_known"         // unknown: the big word
  | "ask_customer"      // unknown, MultiPay, 30 s after logon: "customer says paid" / "not paid"
  | "call_manager"      // unknown for long, or a flag that needs a person
  | "none";

export type PaymentView = {
  id: string;
  kind: "sale" | "refund";
  refund_of: string | null;
  provider: ProviderName;
  money: MoneyView;
  /** What the provider finally reports, where it was read. */
  final_money: MoneyView | null;
  reference: string;
  state: StateName;
  reason: ReasonName | null;
  hint: HintName;
  flags: FlagName[];
  needs_attention: boolean;
  parked: boolean;
  opened_at_ms: number;
  changed_at_ms: number;
  /** The provider's own reference: purchase id (MIS Pay) or receipt id (MultiPay); digits and letters, always text. */
  receipt: string | null;
  /** Text of the QR code the customer scans, where the provider sent one. */
  qr: string | null;
  /** The last purchase number a person entered, and whether it is ours. It is no proof of payment. */
  number_check: { number: string; result: "asking" | "ours" | "not_ours" | "not_found" | "failed" } | null;
  /** Until when the customer's code may still work, for the countdown in NOT KNOWN (MIS Pay). */
  code_expires_at_ms: number | null;
  can: { check: boolean; stop: boolean; cancel: boolean; check_number: boolean; customer_says: boolean; acknowledge: boolean };
};

export type LineName = "off" | "connecting" | "ready" | "trouble";
/** A till-level fact that is no payment; `code` has its text in the catalogue. */
export type NoticeView = { code: string; provider: ProviderName | null; since_ms: number; fields: Record<string, string> };

export type ProviderView = {
  name: ProviderName;
  line: LineName;
  currencies: CurrencyCode[];
  /** Whether the cashier types the customer's code. */
  code: { digits_min: number; digits_max: number } | null;
  /** What is missing before it can be used in this mode; empty in training. */
  missing: string[];
  /** MultiPay only: whether a customer has scanned and the sale waits for the cashier's press. */
  customer_scanned: boolean;
};

export type Snapshot = {
  revision: number;
  mode: Mode;
  terminal: string;
  now_ms: number;
  providers: ProviderView[];
  /** Today's payments and every unsettled one, newest first. */
  payments: PaymentView[];
  attention: number;
  notices: NoticeView[];
  /** `failing`: nothing new can be charged; `unsaved_paid` names payments that the provider reports paid and this till cannot save. */
  storage: { state: "ok" | "failing"; unsaved_paid: { receipt: string; money: MoneyView }[] };
  /** From settings; null where none is set. In minor units. */
  large_amount: MoneyView | null;
};

export type SaleRequest = {
  /** UUID made by the view at the click. */
  id: string;
  provider: ProviderName;
  /** Decimal text as typed and normalised, e.g. "201.05". */
  amount: string;
  currency: CurrencyCode;
  reference: string | null;
  code: string | null;
  /** A person's answers to the questions `sale_open`, `sale_paid` and `same_customer`. */
  override: { reason: string } | null;
  not_same_customer_as: string | null;
};

/** What went wrong, as a code with fields. Its text is in the message catalogue. */
export type Problem = { code: string; fields: Record<string, string> };

export type SettingsView = {
  mode: Mode;
  store: string;
  terminal: string;
  mispay: { base_url: string; app_id_stored: boolean; app_secret_stored: boolean; refund_verb: "get" | "post"; code_digits_min: number; code_digits_max: number; code_life_min: number; details_only_when_completed: boolean };
  multipay: { token_url: string; socket_url: string; terminal_id: string; client_id_stored: boolean; client_secret_stored: boolean; flow: "post" | "get"; amount_unit: "minor" | "decimal"; partial_refunds: boolean };
  /** Set when secrets could not be looked up: `keychain_locked`, `keychain_missing`, `keychain_slow`. */
  vault: Problem | null;
};
export type SettingsForm = {
  mode: Mode;
  store: string;
  terminal: string;
  mispay: { base_url: string; refund_verb: "get" | "post"; code_digits_min: number; code_digits_max: number; code_life_min: number; details_only_when_completed: boolean };
  multipay: { token_url: string; socket_url: string; terminal_id: string; flow: "post" | "get"; amount_unit: "minor" | "decimal"; partial_refunds: boolean };
};
export type SecretName = "mispay_app_id" | "mispay_app_secret" | "multipay_client_id" | "multipay_client_secret";

/** Training only: what one customer's phone shows. */
export type PhoneView = { payment: string; provider: ProviderName; money: MoneyView; merchant: string; shows: "asks" | "paid" | "canceled" | "walked_away" };

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** The commands of the shell. Every call answers; none of them can set a state. */
export interface Commands {
  /** Calls back with each new revision number; the view then pulls a snapshot. */
  watch(onRevision: (revision: number) => void): Promise<void>;
  snapshot(): Promise<Snapshot>;
  startSale(sale: SaleRequest): Promise<Answer<PaymentView>>;
  checkNow(payment: string): Promise<Answer<null>>;
  stopWaiting(payment: string): Promise<Answer<null>>;
  cancelPayment(payment: string): Promise<Answer<null>>;
  customerSays(payment: string, said: "paid" | "not_paid"): Promise<Answer<null>>;
  checkNumber(payment: string, number: string): Promise<Answer<null>>;
  acknowledge(payment: string): Promise<Answer<null>>;
  settings(): Promise<SettingsView>;
  saveSettings(form: SettingsForm): Promise<Answer<SettingsView>>;
  putSecret(name: SecretName, value: string): Promise<Answer<SettingsView>>;
  forgetSecret(name: SecretName): Promise<Answer<SettingsView>>;
  phones(): Promise<PhoneView[]>;
  phoneAct(payment: string, act: "approve" | "cancel" | "walk_away"): Promise<Answer<null>>;
}
