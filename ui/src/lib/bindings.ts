// Generated from src-tauri/src/views.rs and commands.rs. Do not edit:
// `CHECKSTAND_WRITE_BINDINGS=1 cargo test -p checkstand bindings` rewrites it, and a test fails when it is stale.

export type Can = { check: boolean, stop: boolean, cancel: boolean, check_number: boolean, customer_says: boolean, acknowledge: boolean, };

export type CodeRule = { digits_min: number, digits_max: number, };

export type CurrencyCode = "SAR" | "NOK" | "SEK" | "EUR" | "USD";

export type FlagName = "mismatch" | "orphan" | "late" | "contradicted" | "by_hand";

export type HintName = "connecting" | "customer_scans" | "sending" | "still_contacting" | "customer_acts" | "prompt_customer" | "stale" | "receipt_due" | "stopping" | "listening" | "not_known" | "ask_customer" | "call_manager" | "none";

export type KindWord = "sale" | "refund";

export type LineName = "off" | "connecting" | "ready" | "trouble";

export type MispaySettingsForm = { base_url: string, refund_verb: VerbWord, code_digits_min: number, code_digits_max: number, code_life_min: number, details_only_when_completed: boolean, };

export type MispaySettingsView = { base_url: string, app_id_stored: boolean, app_secret_stored: boolean, refund_verb: VerbWord, code_digits_min: number, code_digits_max: number, code_life_min: number, details_only_when_completed: boolean, };

export type Mode = "training" | "test" | "live";

export type MoneyView = { minor: string, currency: CurrencyCode, };

export type MultipaySettingsForm = { token_url: string, socket_url: string, terminal_id: string, flow: VerbWord, amount_unit: UnitWord, partial_refunds: boolean, };

export type MultipaySettingsView = { token_url: string, socket_url: string, terminal_id: string, client_id_stored: boolean, client_secret_stored: boolean, flow: VerbWord, amount_unit: UnitWord, partial_refunds: boolean, };

export type NoticeView = { code: string, provider: ProviderName | null, since_ms: number, fields: Record<string, string>, };

export type NumberCheckView = { number: string, result: "asking" | "ours" | "not_ours" | "not_found" | "failed", };

export type PaymentView = { id: string, kind: KindWord, refund_of: string | null, provider: ProviderName, money: MoneyView, 
/**
 * What the provider finally reports, where it was read.
 */
final_money: MoneyView | null, reference: string, state: StateName, reason: ReasonName | null, hint: HintName, flags: Array<FlagName>, needs_attention: boolean, parked: boolean, opened_at_ms: number, changed_at_ms: number, 
/**
 * The provider's own number: purchase id or receipt id; always text.
 */
receipt: string | null, 
/**
 * Text of the QR code that the customer scans.
 */
qr: string | null, number_check: NumberCheckView | null, 
/**
 * Until when the customer's code may still work (MIS Pay, not known).
 */
code_expires_at_ms: number | null, can: Can, };

export type PhoneView = { payment: string, provider: ProviderName, money: MoneyView, merchant: string, shows: "asks" | "paid" | "canceled" | "walked_away", };

export type ProviderName = "mispay" | "multipay";

export type ProviderView = { name: ProviderName, line: LineName, currencies: Array<CurrencyCode>, 
/**
 * Set where the cashier types the customer's code.
 */
code: CodeRule | null, 
/**
 * What keeps it from being used in this mode.
 */
missing: Array<string>, 
/**
 * GET-flow: a customer has scanned, and the sale waits for the cashier's press.
 */
customer_scanned: boolean, };

export type SaleRequest = { 
/**
 * UUID made by the view at the click.
 */
id: string, provider: ProviderName, 
/**
 * As typed, or normalised: `201.05`.
 */
amount: string, currency: CurrencyCode, reference: string | null, 
/**
 * The customer's payment code.
 */
code: string | null, 
/**
 * A person's answer to `sale_open` and `sale_paid`.
 */
override: { reason: string } | null, 
/**
 * A person's answer to `same_customer`: that payment belongs to somebody else.
 */
not_same_customer_as: string | null, };

export type SettingsForm = { mode: Mode, store: string, terminal: string, mispay: MispaySettingsForm, multipay: MultipaySettingsForm, };

export type SettingsView = { mode: Mode, store: string, terminal: string, mispay: MispaySettingsView, multipay: MultipaySettingsView, 
/**
 * Set when secrets could not be looked up.
 */
vault: Problem | null, };

export type Snapshot = { revision: number, mode: Mode, terminal: string, now_ms: number, providers: Array<ProviderView>, 
/**
 * Today's payments and every one that needs somebody, newest first.
 */
payments: Array<PaymentView>, attention: number, notices: Array<NoticeView>, storage: StorageView, 
/**
 * From this amount on, a charge is confirmed once more.
 */
large_amount: MoneyView | null, };

export type StateName = "opened" | "sent" | "waiting" | "cancelling" | "unknown" | "declined" | "paid" | "reversed";

export type StorageView = { state: "ok" | "failing", unsaved_paid: Array<UnsavedPaid>, };

export type UnitWord = "minor" | "decimal";

export type UnsavedPaid = { receipt: string, money: MoneyView, };

export type VerbWord = "get" | "post";

/** Why a payment ended without money, or why its outcome is not known. */
export type ReasonName =
  | "never_sent" | "configuration" | "token_refused" | "code_not_accepted" | "canceled" | "failed" | "timed_out" | "refused" | "duplicate" | "superseded" | "not_charged_by_hand"
  | "answer_lost" | "no_answer" | "unclear_answer" | "connection_lost" | "provider_error" | "receipt_missing" | "cancel_unconfirmed" | "restarted" | "too_old";

/** What went wrong, as a code with fields. Its text is in the message catalogue. */
export type Problem = { code: string; fields: Record<string, string> };

export type SecretName = "mispay_app_id" | "mispay_app_secret" | "multipay_client_id" | "multipay_client_secret";

export type Answer<T> = { ok: true; value: T } | { ok: false; problem: Problem };

/** The commands of the shell. Every call answers; none of them can set a state. */
export interface Commands {
  /** Calls back with each new revision number; the view then pulls a snapshot. */
  watch(onRevision: (revision: number) => void): Promise<void>;
  /** Rejects with a Problem where the till could not be opened. */
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
  /** Starts the till anew, with the saved settings. */
  restart(): Promise<Answer<null>>;
  phones(): Promise<PhoneView[]>;
  phoneAct(payment: string, act: "approve" | "cancel" | "walk_away"): Promise<Answer<null>>;
}
