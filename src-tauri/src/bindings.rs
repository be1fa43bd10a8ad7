//! Writes the TypeScript side of the commands. The committed file must be what this makes: a test fails when it is stale.
//!
//! `CHECKSTAND_WRITE_BINDINGS=1 cargo test -p checkstand bindings` writes it anew.

#[cfg(test)]
mod tests {
    use crate::views::{
        ActivityPage, ApproverRequest, FindingView, HistoryChoices, HistoryPage, HistoryQuery, JournalView, LimitsView,
        PaymentDetail, PaymentView, PeopleView, PhoneView, RefundRequest, RemovableView, RemovalView, ReportHead,
        ReportView, SaleRequest, SettingChange, SettingsForm, SettingsView, SettleRequest, Snapshot,
    };
    use std::collections::{BTreeMap, BTreeSet};
    use std::path::Path;
    use ts_rs::{Config, TS, TypeVisitor};

    const FILE: &str = "ui/src/lib/bindings.ts";

    const HEAD: &str = "// Generated from src-tauri/src/views.rs and commands.rs. Do not edit:
// `CHECKSTAND_WRITE_BINDINGS=1 cargo test -p checkstand bindings` rewrites it, and a test fails when it is stale.
";

    /// Names that Rust keeps as text: the reasons of the journal, the secrets of the vault, and what a command answers.
    const TAIL: &str = r#"
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
"#;

    /// Collects the declarations of a type and of everything in it, by name: the order of the walk is not stable.
    struct Declarations {
        text: BTreeMap<String, String>,
        config: Config,
    }

    impl TypeVisitor for Declarations {
        fn visit<T: TS + 'static + ?Sized>(&mut self) {
            let name = T::ident(&self.config);
            if T::output_path().is_none() || self.text.contains_key(&name) {
                return;
            }
            self.text.insert(name, format!("export {}", T::decl(&self.config)));
            T::visit_dependencies(self);
        }
    }

    fn generated() -> String {
        let mut all = Declarations { text: BTreeMap::new(), config: Config::default() };
        all.visit::<Snapshot>();
        all.visit::<PaymentView>();
        all.visit::<SaleRequest>();
        all.visit::<SettingsView>();
        all.visit::<SettingsForm>();
        // A map hides what is in it.
        all.visit::<LimitsView>();
        all.visit::<PhoneView>();
        all.visit::<ApproverRequest>();
        all.visit::<RefundRequest>();
        all.visit::<SettleRequest>();
        all.visit::<PeopleView>();
        all.visit::<HistoryQuery>();
        all.visit::<HistoryPage>();
        all.visit::<HistoryChoices>();
        all.visit::<PaymentDetail>();
        all.visit::<ReportView>();
        all.visit::<ReportHead>();
        all.visit::<ActivityPage>();
        all.visit::<JournalView>();
        all.visit::<RemovableView>();
        all.visit::<RemovalView>();
        all.visit::<FindingView>();
        all.visit::<SettingChange>();
        format!("{HEAD}\n{}\n{TAIL}", all.text.into_values().collect::<Vec<_>>().join("\n\n"))
    }

    #[test]
    fn bindings_are_fresh() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
        let fresh = generated();
        if std::env::var_os("CHECKSTAND_WRITE_BINDINGS").is_some() {
            std::fs::write(&path, &fresh).expect("the bindings can be written");
        }
        let committed = std::fs::read_to_string(&path).expect("the bindings are there");
        assert!(
            committed == fresh,
            "{FILE} is stale: run CHECKSTAND_WRITE_BINDINGS=1 cargo test -p checkstand bindings"
        );
    }

    #[test]
    fn the_permission_file_lists_exactly_the_commands() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let read = |path: &str| std::fs::read_to_string(root.join(path)).expect("it is there");
        let commands = read("src-tauri/src/commands.rs");
        let listed = |text: &str, begin: &str, end: &str| -> BTreeSet<String> {
            let inside = text.split_once(begin).expect("the list begins").1.split_once(end).expect("the list ends").0;
            inside
                .split(',')
                .map(|name| name.trim().trim_matches('"').rsplit("::").next().unwrap_or_default().to_owned())
                .filter(|name| !name.is_empty())
                .collect()
        };
        let registered = listed(&commands, "generate_handler![", "]");
        let permitted = listed(&read("src-tauri/permissions/till.toml"), "commands.allow = [", "]");
        let folder = std::fs::read_dir(root.join("src-tauri/src/commands")).expect("it is there");
        let texts = folder.map(|file| std::fs::read_to_string(file.expect("a file").path()).expect("text"));
        let written: usize = texts.map(|text| text.matches("#[tauri::command]").count()).sum();
        assert_eq!(registered, permitted);
        assert_eq!(registered.len(), written, "a command is written but not registered");
    }
}
