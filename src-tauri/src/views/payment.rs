//! One payment for the window: what it is, where it stands, and what can be asked about it.

use super::snapshot::Frame;
use super::{MoneyView, ProviderWord};
use checkstand_core::money::Money;
use checkstand_core::payment::{Flag, Flags, Kind, Payment, PaymentId, ProviderName, State};
use checkstand_core::provider::mispay::NumberQuestion;
use checkstand_core::till::Hint;
use checkstand_engine::engine::Scene;
use serde::Serialize;

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

impl StateWord {
    /// The state behind its word, as it stands in the ledger; a word that is none counts as not known.
    pub fn parse(word: &str) -> StateWord {
        match word {
            "opened" => StateWord::Opened,
            "sent" => StateWord::Sent,
            "waiting" => StateWord::Waiting,
            "cancelling" => StateWord::Cancelling,
            "declined" => StateWord::Declined,
            "paid" => StateWord::Paid,
            "reversed" => StateWord::Reversed,
            _ => StateWord::Unknown,
        }
    }

    /// On paper.
    pub fn label(&self) -> &'static str {
        match self {
            StateWord::Opened | StateWord::Sent | StateWord::Waiting => "waiting",
            StateWord::Cancelling => "stopping",
            StateWord::Unknown => "NOT KNOWN",
            StateWord::Declined => "not paid",
            StateWord::Paid => "paid, to be looked at",
            StateWord::Reversed => "returned",
        }
    }
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
    refund: bool,
    settle: bool,
    /// A MultiPay refund whose outcome is not known: the same once more.
    ask_again: bool,
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
    /// What it counts for in every sum.
    counted: Option<MoneyView>,
    /// What may still be refunded.
    left: Option<MoneyView>,
    reference: String,
    operator: String,
    pub(crate) terminal: String,
    refund_reason: Option<String>,
    approved_by: Option<String>,
    retry_of: Option<String>,
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

impl PaymentView {
    /// One payment, if there is one of this id.
    pub fn of(scene: &Scene<'_>, frame: &Frame, id: PaymentId) -> Option<PaymentView> {
        scene.till.book().payment(id).map(|payment| payment_view(scene, frame, payment))
    }
}

pub(super) fn payment_view(scene: &Scene<'_>, frame: &Frame, payment: &Payment) -> PaymentView {
    let facts = &payment.facts;
    let (is_mispay, is_sale) = (payment.opening.provider == ProviderName::Mispay, payment.opening.kind == Kind::Sale);
    let unknown = matches!(payment.state, State::Unknown(_));
    let reason = match payment.state {
        State::Unknown(doubt) => Some(word(&doubt)),
        State::Declined(ending) => Some(word(&ending)),
        State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Paid | State::Reversed => None,
    };
    let final_money = facts.details.as_ref().and_then(|details| details.money);
    let book = scene.till.book();
    let left_minor = book.refundable_minor(payment);
    let sale = payment.refund_of().and_then(|sale| book.payment(sale));
    let is_whole_refund = sale.is_some_and(|sale| sale.opening.money == payment.opening.money);
    let code_may_live = is_mispay && is_sale && unknown && facts.track.is_none();
    PaymentView {
        id: payment.id.to_string(),
        kind: if is_sale { KindWord::Sale } else { KindWord::Refund },
        refund_of: payment.refund_of().map(|id| id.to_string()),
        provider: payment.opening.provider.into(),
        money: payment.opening.money.into(),
        final_money: final_money.or(facts.receipts.iter().find_map(|receipt| receipt.money)).map(MoneyView::from),
        counted: payment.counted().map(MoneyView::from),
        left: payment.is_refundable().then(|| Money::new(left_minor, payment.opening.money.currency).into()),
        reference: payment.opening.reference.clone(),
        operator: payment.opened_by.clone(),
        terminal: frame.terminal.clone(),
        refund_reason: payment.opening.refund.as_ref().map(|cause| cause.reason.clone()),
        approved_by: payment.opening.refund.as_ref().and_then(|cause| cause.approved_by.clone()),
        retry_of: match payment.opening.kind {
            Kind::Sale => None,
            Kind::Refund { retry_of, .. } => retry_of.map(|id| id.to_string()),
        },
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
            refund: left_minor > 0 && !book.refunds_of(payment.id).any(Payment::is_open),
            settle: unknown,
            ask_again: !is_mispay && !is_sale && unknown && is_whole_refund && !book.is_taken_over(payment),
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
pub(super) fn word(reason: &impl Serialize) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(word)) => word,
        _ => "unclear_answer".to_owned(),
    }
}

pub(super) fn state_word(state: State) -> StateWord {
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

pub(super) fn flag_words(flags: &Flags) -> Vec<FlagWord> {
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
