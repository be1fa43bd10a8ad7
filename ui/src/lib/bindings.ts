// Generated from src-tauri/src/views.rs and commands.rs. Do not edit:
// `CHECKSTAND_WRITE_BINDINGS=1 cargo test -p checkstand bindings` rewrites it, and a test fails when it is stale.

export type AccessName = "allowed" | "approval_required" | "denied";

export type AccessView = { role: RoleName, permission: PermissionName, access: AccessName, };

export type ActivityLine = { number: number, at_ms: number, operator: string, 
/**
 * A word of the journal.
 */
what: string, fields: Record<string, string>, payment: string | null, };

export type ActivityPage = { lines: Array<ActivityLine>, next: number | null, };

export type AnchorPoint = { number: number, hash: string, };

export type AnchorView = { number: number, hash: string, kept_in: "keychain" | "file", at_ms: number, };

export type Approver = { name: string, pin: string, };

export type BackupView = { file: string, at_ms: number, bytes: number, 
/**
 * The last line in it.
 */
number: number | null, };

export type BrokenView = { number: number, detail: string, };

export type Can = { check: boolean, stop: boolean, cancel: boolean, check_number: boolean, customer_says: boolean, acknowledge: boolean, refund: boolean, settle: boolean, 
/**
 * A MultiPay refund whose outcome is not known: the same once more.
 */
ask_again: boolean, };

export type CarriedView = { payment: string, reference: string, state: StateName, money: MoneyView, opened_at_ms: number, };

export type CodeRule = { digits_min: number, digits_max: number, };

export type CurrencyCode = "SAR" | "NOK" | "SEK" | "EUR" | "USD";

export type FindingState = "well" | "warning" | "failed" | "skipped";

export type FindingView = { check: string, state: FindingState, 
/**
 * Empty where all is well.
 */
code: string, 
/**
 * The till's own words, for a technician.
 */
what: string, todo: string, took_ms: number, };

export type FlagName = "mismatch" | "orphan" | "late" | "contradicted" | "by_hand";

export type HintName = "connecting" | "customer_scans" | "sending" | "still_contacting" | "customer_acts" | "prompt_customer" | "stale" | "receipt_due" | "stopping" | "listening" | "not_known" | "ask_customer" | "call_manager" | "none";

export type HistoryChoices = { operators: Array<string>, terminals: Array<string>, currencies: Array<CurrencyCode>, today: string, first_day: string | null, };

export type HistoryPage = { rows: Array<HistoryRow>, 
/**
 * Goes on; none at the end.
 */
next: string | null, 
/**
 * Fewer rows than a page were found so far: ask on with `next`.
 */
searching: boolean, 
/**
 * Of everything that matches, with the first page only.
 */
count: number | null, sums: Array<SumView> | null, };

export type HistoryQuery = { search: string, 
/**
 * `2026-11-22`
 */
from_day: string | null, to_day: string | null, state: StateName | "attention" | null, provider: ProviderName | null, operator: string | null, currency: CurrencyCode | null, terminal: string | null, };

export type HistoryRow = { id: string, seq: number, kind: KindWord, refund_of: string | null, provider: ProviderName, money: MoneyView, counted: MoneyView | null, reference: string, operator: string, terminal: string, opened_at_ms: number, day: string, state: StateName, reason: ReasonName | null, flags: Array<FlagName>, needs_attention: boolean, receipt: string | null, };

export type HourView = { from_ms: number, operator: string, paid: MoneyView, };

export type JobView = { id: number, kind: "export" | "verify" | "backup", state: "running" | "done" | "cancelled" | "failed", done: number, 
/**
 * 0 while nobody knows.
 */
total: number, 
/**
 * What it made.
 */
file: string | null, problem: Problem | null, };

export type JournalState = "checking" | "sound" | "broken";

export type JournalView = { entries: number, hash: string, anchor: AnchorView | null, checked_through: number, 
/**
 * The last line that a manager accepted as it is: checks begin behind it.
 */
accepted: number | null, 
/**
 * The lists do not say what the journal says; the next start makes them anew.
 */
lists_differ: boolean, state: JournalState, broken: BrokenView | null, backups: Array<BackupView>, };

export type KindWord = "sale" | "refund";

export type KnownHost = { mode: Mode, 
/**
 * `mispay.base_url`
 */
setting: string, url: string, };

export type LimitView = { currency: CurrencyCode, each: MoneyView, shift: MoneyView, };

export type LimitsView = { 
/**
 * Decimal text; empty: none.
 */
min: string, max: string, confirm_above: string, };

export type LineName = "off" | "connecting" | "ready" | "trouble";

export type MeView = { name: string, role: RoleName, practising: boolean, access: Record<PermissionName, AccessName>, };

export type MispaySettingsForm = { base_url: string, refund_verb: VerbWord, code_digits_min: number, code_digits_max: number, code_life_min: number, window_min: number, details_only_when_completed: boolean, };

export type MispaySettingsView = { contract: string, base_url: string, app_id_stored: boolean, app_secret_stored: boolean, refund_verb: VerbWord, code_digits_min: number, code_digits_max: number, code_life_min: number, window_min: number, details_only_when_completed: boolean, };

export type Mode = "training" | "test" | "live";

export type MoneyView = { minor: string, currency: CurrencyCode, };

export type MultipaySettingsForm = { token_url: string, socket_url: string, terminal_id: string, currency: CurrencyCode, flow: VerbWord, amount_unit: UnitWord, partial_refunds: boolean, window_min: number, heartbeat_s: number, };

export type MultipaySettingsView = { token_url: string, socket_url: string, terminal_id: string, client_id_stored: boolean, client_secret_stored: boolean, currency: CurrencyCode, flow: VerbWord, amount_unit: UnitWord, 
/**
 * A person has seen on a phone that this unit is right.
 */
unit_confirmed: boolean, partial_refunds: boolean, window_min: number, heartbeat_s: number, };

export type NoticeView = { code: string, provider: ProviderName | null, since_ms: number, fields: Record<string, string>, };

export type NumberCheckView = { number: string, result: "asking" | "ours" | "not_ours" | "not_found" | "failed", };

export type PaymentDetail = { payment: PaymentView, timeline: Array<TimelineLine>, refunds: Array<HistoryRow>, sale: HistoryRow | null, copies: number, };

export type PaymentView = { id: string, kind: KindWord, refund_of: string | null, provider: ProviderName, money: MoneyView, 
/**
 * What the provider finally reports, where it was read.
 */
final_money: MoneyView | null, 
/**
 * What it counts for in every sum.
 */
counted: MoneyView | null, 
/**
 * What may still be refunded.
 */
left: MoneyView | null, reference: string, operator: string, terminal: string, refund_reason: string | null, approved_by: string | null, retry_of: string | null, state: StateName, reason: ReasonName | null, hint: HintName, flags: Array<FlagName>, needs_attention: boolean, parked: boolean, opened_at_ms: number, changed_at_ms: number, 
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

export type PeopleView = { people: Array<PersonView>, access: Array<AccessView>, limits: Array<LimitView>, };

export type PermissionName = "refund_within_limit" | "refund_above_limit" | "settle" | "override" | "acknowledge" | "export" | "close_shift" | "journal" | "settings" | "operators";

export type PersonView = { name: string, role: RoleName, has_pin: boolean, tries_left: number, locked_until_ms: number | null, };

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

export type RefundRequest = { 
/**
 * UUID made by the view at the click.
 */
id: string, sale: string, 
/**
 * As typed, or normalised: `201.05`.
 */
amount: string, reason: string, retry_of: string | null, };

export type RemovableView = { payments: number, 
/**
 * As old, but they stay: somebody may need them yet.
 */
kept: number, 
/**
 * `YYYY-MM-DD`, where there is any.
 */
first_day: string | null, last_day: string | null, };

export type RemovalView = { phase: "check" | "copy" | "remove" | "lists" | "pack", done: number, 
/**
 * 0 while nobody knows.
 */
total: number, };

export type ReportHead = { number: number, opened_at_ms: number, closed_at_ms: number, closed_by: string, carried: number, };

export type ReportRowView = { provider: ProviderName, currency: CurrencyCode, operator: string, paid_count: number, paid: MoneyView, refunded_count: number, refunded: MoneyView, returned_count: number, returned: MoneyView, net: MoneyView, };

export type ReportView = { number: number, store: string, terminal: string, mode: Mode, opened_at_ms: number, opened_by: string, closed_at_ms: number | null, closed_by: string | null, rows: Array<ReportRowView>, sums: Array<SumView>, carried: Array<CarriedView>, running: Array<MoneyView>, hours: Array<HourView>, anchor: AnchorPoint | null, };

export type RoleName = "cashier" | "manager";

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
not_same_customer_as: string | null, 
/**
 * A person's answer to `amount_unconfirmed`: so much is meant.
 */
confirmed: boolean, };

export type SettingChange = { name: string, from: string, to: string, };

export type SettingsForm = { mode: Mode, store: string, terminal: string, zone: string, day_cutoff_min: number, lock_after_min: number, language: string, extra_root_ca: string, record_wire: boolean, limits: Record<string, LimitsView>, mispay: MispaySettingsForm, multipay: MultipaySettingsForm, };

export type SettingsView = { mode: Mode, store: string, terminal: string, 
/**
 * IANA name; empty: the machine's.
 */
zone: string, day_cutoff_min: number, 
/**
 * 0: never.
 */
lock_after_min: number, language: string, languages: Array<string>, 
/**
 * A path; empty: none.
 */
extra_root_ca: string, record_wire: boolean, 
/**
 * The folder in which the recorder writes.
 */
recordings: string, 
/**
 * By currency; only those that have some.
 */
limits: Record<string, LimitsView>, known_hosts: Array<KnownHost>, mispay: MispaySettingsView, multipay: MultipaySettingsView, 
/**
 * No settings were ever saved: the very first start.
 */
is_new: boolean, 
/**
 * Something was saved that counts from the next start.
 */
restart_needed: boolean, 
/**
 * Set when secrets could not be looked up.
 */
vault: Problem | null, };

export type SettleRequest = { payment: string, verdict: "charged" | "not_charged", evidence: string, };

export type ShiftHead = { number: number, opened_at_ms: number, opened_by: string, };

export type Snapshot = { revision: number, mode: Mode, store: string, terminal: string, now_ms: number, 
/**
 * Whoever is signed in.
 */
me: MeView | null, people: Array<PersonView>, 
/**
 * Nobody works here yet.
 */
first_start: boolean, 
/**
 * The manager who may choose a new PIN, on an administrator's word.
 */
recovery: string | null, shift: ShiftHead | null, 
/**
 * Sign out after so long without a touch; 0: never.
 */
lock_after_ms: number, jobs: Array<JobView>, journal: JournalState, providers: Array<ProviderView>, 
/**
 * Today's payments and every one that needs somebody, newest first.
 */
payments: Array<PaymentView>, attention: number, notices: Array<NoticeView>, storage: StorageView, 
/**
 * More than this is confirmed once more before it is charged; one a currency.
 */
large_amounts: Array<MoneyView>, 
/**
 * When the till stopped by a mistake of its own, until somebody has read it.
 */
crashed_at_ms: number | null, };

export type StateName = "opened" | "sent" | "waiting" | "cancelling" | "unknown" | "declined" | "paid" | "reversed";

export type StorageView = { state: "ok" | "failing", unsaved_paid: Array<UnsavedPaid>, };

export type SumView = { currency: CurrencyCode, paid_count: number, paid: MoneyView, refunded_count: number, refunded: MoneyView, net: MoneyView, };

export type TimelineLine = { number: number, at_ms: number, operator: string, 
/**
 * A word of the journal.
 */
what: string, state: StateName, fields: Record<string, string>, };

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
  /** Calls back when somebody wants to close the window while a payment is under way. The page asks, and answers by
   *  `stay` or `leave`; a second wish closes the window without it. */
  watchClosing(onAsked: () => void): Promise<void>;
  stay(): Promise<Answer<null>>;
  leave(): Promise<Answer<null>>;
  startSale(sale: SaleRequest, approver: Approver | null): Promise<Answer<PaymentView>>;
  checkNow(payment: string): Promise<Answer<null>>;
  stopWaiting(payment: string): Promise<Answer<null>>;
  cancelPayment(payment: string): Promise<Answer<null>>;
  customerSays(payment: string, said: "paid" | "not_paid"): Promise<Answer<null>>;
  checkNumber(payment: string, number: string): Promise<Answer<null>>;
  acknowledge(payment: string, approver: Approver | null): Promise<Answer<null>>;
  refund(refund: RefundRequest, approver: Approver | null): Promise<Answer<PaymentView>>;
  settle(settle: SettleRequest, approver: Approver | null): Promise<Answer<null>>;

  signIn(name: string, pin: string): Promise<Answer<null>>;
  signOut(cause: "asked" | "idle"): Promise<Answer<null>>;
  /** Training only: as the trainee, without a PIN, with a manager's permissions. */
  practise(): Promise<Answer<null>>;
  /** Only while nobody works here; signs them in. */
  firstManager(name: string, pin: string): Promise<Answer<null>>;
  /** Only while `snapshot.recovery` names somebody. */
  recoverManager(pin: string): Promise<Answer<null>>;

  people(): Promise<Answer<PeopleView>>;
  addOperator(name: string, role: RoleName, pin: string, approver: Approver | null): Promise<Answer<null>>;
  setRole(name: string, role: RoleName, approver: Approver | null): Promise<Answer<null>>;
  setPin(name: string, pin: string, approver: Approver | null): Promise<Answer<null>>;
  removeOperator(name: string, approver: Approver | null): Promise<Answer<null>>;
  unlockOperator(name: string, approver: Approver | null): Promise<Answer<null>>;
  setAccess(role: RoleName, permission: PermissionName, access: AccessName, approver: Approver | null): Promise<Answer<null>>;
  setLimit(currency: CurrencyCode, each: string, shift: string, approver: Approver | null): Promise<Answer<null>>;

  history(query: HistoryQuery, from: string | null): Promise<Answer<HistoryPage>>;
  historyChoices(): Promise<Answer<HistoryChoices>>;
  paymentDetail(payment: string): Promise<Answer<PaymentDetail>>;
  /** Writes everything that matches to a file; the job is in the snapshot. Answers its id. */
  exportHistory(query: HistoryQuery, format: "csv" | "json", approver: Approver | null): Promise<Answer<number>>;
  cancelJob(job: number): Promise<Answer<null>>;
  /** Records that a slip or a report was printed. */
  printed(paper: "slip" | "report", about: string): Promise<Answer<null>>;

  openShift(approver: Approver | null): Promise<Answer<null>>;
  closeShift(approver: Approver | null): Promise<Answer<ReportView>>;
  /** null: the interim report of the open shift. */
  report(number: number | null): Promise<Answer<ReportView>>;
  reports(): Promise<Answer<ReportHead[]>>;
  /** Answers the path of the file. */
  exportReport(number: number | null, format: "html" | "json", approver: Approver | null): Promise<Answer<string>>;

  activity(from: number | null, operator: string | null): Promise<Answer<ActivityPage>>;
  journal(): Promise<Answer<JournalView>>;
  verify(): Promise<Answer<number>>;
  backup(approver: Approver | null): Promise<Answer<number>>;
  /** Puts a checked copy in place of a broken ledger and starts the till anew. */
  restore(file: string, reason: string, approver: Approver | null): Promise<Answer<null>>;
  /** What would go if payments were removed that nothing has happened to for so many years. */
  removable(years: number): Promise<Answer<RemovableView>>;
  /** Closes the till, removes them, and starts it anew. Where it fails after the closing, the till answers no more. */
  removeOld(years: number, reason: string, approver: Approver | null, onStep: (step: RemovalView) => void): Promise<Answer<null>>;
  /** Goes on with a broken ledger as it is and starts the till anew. */
  acceptAsItIs(reason: string, approver: Approver | null): Promise<Answer<null>>;

  settings(): Promise<SettingsView>;
  saveSettings(form: SettingsForm): Promise<Answer<SettingsView>>;
  putSecret(name: SecretName, value: string): Promise<Answer<SettingsView>>;
  forgetSecret(name: SecretName): Promise<Answer<SettingsView>>;
  /** Starts the till anew, with the saved settings. */
  restart(): Promise<Answer<null>>;
  /** Looks for everything that keeps the till from working. Calls back with each finding as it comes. */
  examine(onFinding: (finding: FindingView) => void): Promise<Answer<FindingView[]>>;
  /** Every harmless step towards a provider, with the saved settings and the stored secrets; told as each is done. */
  testConnection(provider: ProviderName, onStep: (step: FindingView) => void): Promise<Answer<FindingView[]>>;
  /** What the customer's phone showed for a test sale of exactly 1.00 on MultiPay. */
  confirmAmountUnit(shown: string): Promise<Answer<SettingsView>>;
  /** Answers the path of the file. */
  supportBundle(): Promise<Answer<string>>;
  /** Settings without secrets, to a file; answers its path. */
  exportSettings(): Promise<Answer<string>>;
  /** What an import of this file's text would change; nothing is changed yet. */
  readSettings(text: string): Promise<Answer<SettingChange[]>>;
  importSettings(text: string): Promise<Answer<SettingsView>>;
  /** The crash report was seen. */
  crashSeen(): Promise<Answer<null>>;
  phones(): Promise<PhoneView[]>;
  phoneAct(payment: string, act: "approve" | "cancel" | "walk_away"): Promise<Answer<null>>;
}
