//! One picture of the till. It is made inside the loop, from applied entries only.

use super::{CurrencyCode, ModeWord, MoneyView, ProviderWord};
use checkstand_core::payment::{Flag, Flags, Kind, Payment, PaymentId, ProviderName, State};
use checkstand_core::problem::Problem;
use checkstand_core::provider::Line;
use checkstand_core::provider::mispay::NumberQuestion;
use checkstand_core::till::Hint;
use checkstand_engine::engine::Scene;
use checkstand_simulator::phone::{Phone, Provider as PhoneOf, Shows};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use std::collections::BTreeMap;

/// What a picture needs beside the till itself.
#[derive(Clone, Debug)]
pub struct Frame {
    pub mode: ModeWord,
    pub terminal: String,
    pub code_digits: (u32, u32),
    pub code_life_ms: i64,
    pub missing: BTreeMap<ProviderName, Vec<&'static str>>,
    pub vault: Option<Problem>,
    pub started_ms: i64,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "StateName"))]
#[serde(rename_all = "snake_case")]
pub enum StateWord {
    Opened,
    Sent,
    Waiting,
    Cancelling,
    Unknown,
    Declined,
    Paid,
    Reversed,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "FlagName"))]
#[serde(rename_all = "snake_case")]
pub enum FlagWord {
    Mismatch,
    Orphan,
    Late,
    Contradicted,
    ByHand,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "HintName"))]
#[serde(rename_all = "snake_case")]
pub enum HintWord {
    Connecting,
    CustomerScans,
    Sending,
    StillContacting,
    CustomerActs,
    PromptCustomer,
    Stale,
    ReceiptDue,
    Stopping,
    Listening,
    NotKnown,
    AskCustomer,
    CallManager,
    None,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
pub enum KindWord {
    Sale,
    Refund,
}

/// What the till can be asked about a payment now.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Can {
    check: bool,
    stop: bool,
    cancel: bool,
    check_number: bool,
    customer_says: bool,
    acknowledge: bool,
}

/// A purchase number that a person entered.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NumberCheckView {
    number: String,
    #[cfg_attr(test, ts(type = "\"asking\" | \"ours\" | \"not_ours\" | \"not_found\" | \"failed\""))]
    result: &'static str,
}

/// One payment.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PaymentView {
    id: String,
    kind: KindWord,
    refund_of: Option<String>,
    provider: ProviderWord,
    money: MoneyView,
    /// What the provider finally reports, where it was read.
    final_money: Option<MoneyView>,
    reference: String,
    state: StateWord,
    #[cfg_attr(test, ts(type = "ReasonName | null"))]
    reason: Option<String>,
    hint: HintWord,
    flags: Vec<FlagWord>,
    needs_attention: bool,
    parked: bool,
    #[cfg_attr(test, ts(type = "number"))]
    opened_at_ms: i64,
    #[cfg_attr(test, ts(type = "number"))]
    changed_at_ms: i64,
    /// The provider's own number: purchase id or receipt id; always text.
    receipt: Option<String>,
    /// Text of the QR code that the customer scans.
    qr: Option<String>,
    number_check: Option<NumberCheckView>,
    /// Until when the customer's code may still work (MIS Pay, not known).
    #[cfg_attr(test, ts(type = "number | null"))]
    code_expires_at_ms: Option<i64>,
    can: Can,
}

/// A till-level fact that is no payment.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct NoticeView {
    code: String,
    provider: Option<ProviderWord>,
    #[cfg_attr(test, ts(type = "number"))]
    since_ms: i64,
    #[cfg_attr(test, ts(type = "Record<string, string>"))]
    fields: BTreeMap<&'static str, String>,
}

/// How many digits a payment code has.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CodeRule {
    digits_min: u32,
    digits_max: u32,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "LineName"))]
#[serde(rename_all = "snake_case")]
pub enum LineWord {
    Off,
    Connecting,
    Ready,
    Trouble,
}

/// One provider.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ProviderView {
    name: ProviderWord,
    line: LineWord,
    currencies: Vec<CurrencyCode>,
    /// Set where the cashier types the customer's code.
    code: Option<CodeRule>,
    /// What keeps it from being used in this mode.
    missing: Vec<String>,
    /// GET-flow: a customer has scanned, and the sale waits for the cashier's press.
    customer_scanned: bool,
}

/// Money that a provider reports paid and this till cannot save.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct UnsavedPaid {
    receipt: String,
    money: MoneyView,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct StorageView {
    #[cfg_attr(test, ts(type = "\"ok\" | \"failing\""))]
    state: &'static str,
    unsaved_paid: Vec<UnsavedPaid>,
}

/// Everything the window shows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    #[cfg_attr(test, ts(type = "number"))]
    revision: u64,
    mode: ModeWord,
    terminal: String,
    #[cfg_attr(test, ts(type = "number"))]
    now_ms: i64,
    providers: Vec<ProviderView>,
    /// Today's payments and every one that needs somebody, newest first.
    payments: Vec<PaymentView>,
    #[cfg_attr(test, ts(type = "number"))]
    attention: usize,
    notices: Vec<NoticeView>,
    storage: StorageView,
    /// From this amount on, a charge is confirmed once more.
    large_amount: Option<MoneyView>,
}

/// Takes the picture.
pub fn picture(scene: &Scene<'_>, frame: Frame) -> Snapshot {
    let book = scene.till.book();
    let midnight_ms = midnight_ms(scene.now.utc_ms);
    let mut shown: Vec<&Payment> =
        book.payments().filter(|p| p.opened_at_ms >= midnight_ms || p.is_open() || p.needs_attention()).collect();
    shown.sort_by_key(|payment| std::cmp::Reverse((payment.opened_at_ms, payment.id)));
    Snapshot {
        revision: scene.revision,
        mode: frame.mode,
        terminal: frame.terminal.clone(),
        now_ms: scene.now.utc_ms,
        providers: [ProviderName::Mispay, ProviderName::Multipay].map(|name| provider_view(scene, &frame, name)).into(),
        payments: shown.into_iter().map(|payment| payment_view(scene, &frame, payment)).collect(),
        attention: book.attention(),
        notices: notices(scene, &frame),
        storage: StorageView {
            state: if scene.storage.failing { "failing" } else { "ok" },
            unsaved_paid: scene
                .storage
                .unsaved_paid
                .iter()
                .map(|(receipt, money)| UnsavedPaid { receipt: receipt.clone(), money: (*money).into() })
                .collect(),
        },
        large_amount: None,
    }
}

fn midnight_ms(now_ms: i64) -> i64 {
    let now = Timestamp::from_millisecond(now_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    let day = now.to_zoned(TimeZone::system()).start_of_day();
    day.map_or(now_ms - 24 * 3_600_000, |start| start.timestamp().as_millisecond())
}

fn notices(scene: &Scene<'_>, frame: &Frame) -> Vec<NoticeView> {
    let of_till = scene.till.notices().map(|notice| NoticeView {
        code: notice.code.to_owned(),
        provider: Some(notice.provider.into()),
        since_ms: notice.since_ms,
        fields: BTreeMap::new(),
    });
    let twice = scene.till.book().paid_twice().map(|reference| NoticeView {
        code: "two_paid_on_one_sale".to_owned(),
        provider: None,
        since_ms: scene.now.utc_ms,
        fields: BTreeMap::from([("reference", reference.to_owned())]),
    });
    let vault = frame.vault.iter().map(|problem| NoticeView {
        code: problem.code.to_owned(),
        provider: None,
        since_ms: frame.started_ms,
        fields: problem.fields.clone(),
    });
    vault.chain(of_till).chain(twice).collect()
}

fn provider_view(scene: &Scene<'_>, frame: &Frame, name: ProviderName) -> ProviderView {
    let currencies = match name {
        ProviderName::Mispay => vec![CurrencyCode::Sar],
        ProviderName::Multipay => vec![CurrencyCode::Nok, CurrencyCode::Sek, CurrencyCode::Eur, CurrencyCode::Usd],
    };
    let (digits_min, digits_max) = frame.code_digits;
    ProviderView {
        name: name.into(),
        line: match scene.till.line(name) {
            None => LineWord::Off,
            Some(Line::Connecting) => LineWord::Connecting,
            Some(Line::Ready) => LineWord::Ready,
            Some(Line::Trouble) => LineWord::Trouble,
        },
        currencies,
        code: (name == ProviderName::Mispay).then_some(CodeRule { digits_min, digits_max }),
        missing: frame.missing.get(&name).into_iter().flatten().map(|name| (*name).to_owned()).collect(),
        customer_scanned: name == ProviderName::Multipay && scene.till.multipay().is_some_and(|m| m.customer_scanned()),
    }
}

impl PaymentView {
    /// One payment, if there is one of this id.
    pub fn of(scene: &Scene<'_>, frame: &Frame, id: PaymentId) -> Option<PaymentView> {
        scene.till.book().payment(id).map(|payment| payment_view(scene, frame, payment))
    }
}

fn payment_view(scene: &Scene<'_>, frame: &Frame, payment: &Payment) -> PaymentView {
    let facts = &payment.facts;
    let (is_mispay, is_sale) = (payment.opening.provider == ProviderName::Mispay, payment.opening.kind == Kind::Sale);
    let unknown = matches!(payment.state, State::Unknown(_));
    let reason = match payment.state {
        State::Unknown(doubt) => Some(word(&doubt)),
        State::Declined(ending) => Some(word(&ending)),
        State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Paid | State::Reversed => None,
    };
    let final_money = facts.details.as_ref().and_then(|details| details.money);
    let code_may_live = is_mispay && is_sale && unknown && facts.track.is_none();
    PaymentView {
        id: payment.id.to_string(),
        kind: if is_sale { KindWord::Sale } else { KindWord::Refund },
        refund_of: payment.refund_of().map(|id| id.to_string()),
        provider: payment.opening.provider.into(),
        money: payment.opening.money.into(),
        final_money: final_money.or(facts.receipts.iter().find_map(|receipt| receipt.money)).map(MoneyView::from),
        reference: payment.opening.reference.clone(),
        state: state_word(payment.state),
        reason,
        hint: hint_word(scene.till.hint(payment, scene.now)),
        flags: flag_words(&payment.flags),
        needs_attention: payment.needs_attention(),
        parked: facts.parked,
        opened_at_ms: payment.opened_at_ms,
        changed_at_ms: payment.changed_at_ms,
        receipt: payment.receipt_id().map(str::to_owned),
        qr: facts.qr.clone(),
        number_check: number_check(scene, payment),
        code_expires_at_ms: code_may_live
            .then(|| facts.sent_at_ms.unwrap_or(payment.opened_at_ms) + frame.code_life_ms),
        can: Can {
            check: payment.is_open() && (!is_mispay || facts.track.is_some() || !is_sale),
            stop: payment.is_open() && !facts.parked,
            cancel: match payment.state {
                State::Opened => true,
                State::Sent | State::Waiting | State::Unknown(_) => !is_mispay && is_sale,
                State::Cancelling | State::Declined(_) | State::Paid | State::Reversed => false,
            },
            check_number: is_mispay && is_sale && unknown,
            customer_says: !is_mispay && is_sale && unknown,
            acknowledge: !payment.flags.is_subset(&facts.acknowledged),
        },
    }
}

fn number_check(scene: &Scene<'_>, payment: &Payment) -> Option<NumberCheckView> {
    let question = scene.till.mispay().and_then(|machine| machine.number_question(payment.id));
    match (question, &payment.facts.number_check) {
        (Some(NumberQuestion::Asking(number)), _) => Some(NumberCheckView { number: number.clone(), result: "asking" }),
        (Some(NumberQuestion::NotFound(number)), _) => {
            Some(NumberCheckView { number: number.clone(), result: "not_found" })
        }
        (Some(NumberQuestion::Failed(number)), _) => Some(NumberCheckView { number: number.clone(), result: "failed" }),
        (None, Some(check)) => {
            Some(NumberCheckView { number: check.number.clone(), result: if check.ours { "ours" } else { "not_ours" } })
        }
        (None, None) => None,
    }
}

/// The word of a doubt or an ending, as it stands in the journal.
fn word(reason: &impl Serialize) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "unclear_answer".to_owned(),
    }
}

fn state_word(state: State) -> StateWord {
    match state {
        State::Opened => StateWord::Opened,
        State::Sent => StateWord::Sent,
        State::Waiting => StateWord::Waiting,
        State::Cancelling => StateWord::Cancelling,
        State::Unknown(_) => StateWord::Unknown,
        State::Declined(_) => StateWord::Declined,
        State::Paid => StateWord::Paid,
        State::Reversed => StateWord::Reversed,
    }
}

fn flag_words(flags: &Flags) -> Vec<FlagWord> {
    let word = |flag: &Flag| match flag {
        Flag::Mismatch => FlagWord::Mismatch,
        Flag::Orphan => FlagWord::Orphan,
        Flag::Late => FlagWord::Late,
        Flag::Contradicted => FlagWord::Contradicted,
        Flag::ByHand => FlagWord::ByHand,
    };
    flags.iter().map(word).collect()
}

fn hint_word(hint: Hint) -> HintWord {
    match hint {
        Hint::Connecting => HintWord::Connecting,
        Hint::CustomerScans => HintWord::CustomerScans,
        Hint::Sending => HintWord::Sending,
        Hint::StillContacting => HintWord::StillContacting,
        Hint::CustomerActs => HintWord::CustomerActs,
        Hint::PromptCustomer => HintWord::PromptCustomer,
        Hint::Stale => HintWord::Stale,
        Hint::ReceiptDue => HintWord::ReceiptDue,
        Hint::Stopping => HintWord::Stopping,
        Hint::Listening => HintWord::Listening,
        Hint::NotKnown => HintWord::NotKnown,
        Hint::AskCustomer => HintWord::AskCustomer,
        Hint::CallManager => HintWord::CallManager,
        Hint::None => HintWord::None,
    }
}

/// Training: what one customer's phone shows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PhoneView {
    payment: String,
    provider: ProviderWord,
    money: MoneyView,
    merchant: String,
    #[cfg_attr(test, ts(type = "\"asks\" | \"paid\" | \"canceled\" | \"walked_away\""))]
    shows: &'static str,
}

impl PhoneView {
    /// A phone; `None` before it shows an amount.
    pub fn of(phone: &Phone, merchant: &str) -> Option<PhoneView> {
        let currency = checkstand_core::money::Currency::parse(&phone.currency)?;
        Some(PhoneView {
            payment: phone.id.clone(),
            provider: match phone.provider {
                PhoneOf::MisPay => ProviderWord::Mispay,
                PhoneOf::MultiPay => ProviderWord::Multipay,
            },
            money: checkstand_core::money::Money::new(phone.amount_minor, currency).into(),
            merchant: merchant.to_owned(),
            shows: match phone.shows {
                Shows::Scanned | Shows::Asking => "asks",
                Shows::Paid => "paid",
                Shows::Canceled | Shows::Failed | Shows::TimedOut | Shows::Reversed => "canceled",
            },
        })
    }
}
