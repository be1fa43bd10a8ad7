//! What became of a payment, as the last word of a command: plainly whether money was moved, and what to do now.

use crate::following::End;
use crate::say::{self, Ending};
use checkstand_core::payment::{Doubt, Ending as Ended, Flag, Kind, Payment, ProviderName, State};
use checkstand_core::till::Hint;
use checkstand_engine::settings::Mode;
use serde::Serialize;

/// Somebody wants to leave while the money request is under way.
pub const ANSWER_COMES_FIRST: &str = "nothing is stopped. MIS Pay has not answered yet, and without its answer nobody may ever \
     learn what became of the payment: this waits for it, for two minutes at most. Ctrl-C ends it at once";
/// Somebody has left all the same.
pub const HUNG_UP: &str = "ended before MIS Pay's answer: whether money moves is not known, and may stay so until a manager \
     settles it";

/// Whether money was moved: taken by a sale, given back by a refund.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Moved {
    Yes,
    No,
    NotKnown,
}

/// The answer.
#[derive(Serialize)]
pub struct Outcome {
    mode: &'static str,
    payment: String,
    /// `sale` or `refund`.
    kind: &'static str,
    provider: ProviderName,
    reference: String,
    amount: String,
    currency: &'static str,
    state: &'static str,
    /// Why it is unknown or declined.
    reason: Option<String>,
    flags: Vec<Flag>,
    money_moved: Moved,
    /// The provider's number of the proof.
    receipt: Option<String>,
    /// What to do now.
    next: String,
    /// It was stopped watching by Ctrl-C, or because the time was up.
    left_open: bool,
    #[serde(skip)]
    ending: Ending,
}

impl Outcome {
    pub fn of(payment: &Payment, end: End, mode: Mode) -> Outcome {
        let money = payment.opening.money;
        let is_sale = payment.opening.kind == Kind::Sale;
        Outcome {
            mode: mode.name(),
            payment: payment.id.to_string(),
            kind: if is_sale { "sale" } else { "refund" },
            provider: payment.opening.provider,
            reference: payment.opening.reference.clone(),
            amount: money.decimal(),
            currency: money.currency.code(),
            state: payment.state.name(),
            reason: reason(payment.state),
            flags: payment.flags.iter().copied().collect(),
            money_moved: moved(payment.state),
            receipt: payment.receipt_id().map(str::to_owned),
            next: next(payment, is_sale),
            left_open: end != End::Told,
            ending: ending(payment),
        }
    }

    /// Says it, and answers how the command ended.
    pub fn say(&self, json: bool) -> Ending {
        if json {
            say::answer(self);
        } else {
            self.tell();
        }
        self.ending
    }

    fn tell(&self) {
        let (provider, is_sale) = (provider_name(self.provider), self.kind == "sale");
        let way = if is_sale { "with" } else { "back through" };
        let reason = self.reason.as_deref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        say::line(self.kind, format!("{} {} {way} {provider}", self.amount, self.currency));
        say::line("state", format!("{}{reason}", self.state));
        let moved = match (self.money_moved, is_sale) {
            (Moved::Yes, true) => "YES, the customer was charged",
            (Moved::Yes, false) => "YES, the money went back",
            (Moved::No, true) if self.state == "reversed" => "NO, the provider returned it to the customer",
            (Moved::No, true) => "NO, the customer was not charged",
            (Moved::No, false) => "NO, the money did not go back",
            (Moved::NotKnown, true) => "NOT KNOWN whether the customer was or will be charged",
            (Moved::NotKnown, false) => "NOT KNOWN whether the money went or goes back",
        };
        say::line("money", moved);
        if !self.flags.is_empty() {
            let flags: Vec<String> = self.flags.iter().map(word).collect();
            say::line("flags", format!("{}: a manager must look at this payment", flags.join(", ")));
        }
        say::line("payment", &self.payment);
        say::line("reference", &self.reference);
        if let Some(receipt) = &self.receipt {
            say::line("receipt", receipt);
        }
        say::line("mode", self.mode);
        say::line("now", &self.next);
    }
}

/// Whether money was moved by a payment in this state.
pub fn moved(state: State) -> Moved {
    match state {
        State::Paid => Moved::Yes,
        State::Declined(_) | State::Reversed => Moved::No,
        State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Unknown(_) => Moved::NotKnown,
    }
}

/// How a command ends that has told of this payment.
fn ending(payment: &Payment) -> Ending {
    match moved(payment.state) {
        Moved::NotKnown => Ending::NotKnown,
        // Whoever goes by the exit code must not hand goods over, or charge again, on what cannot be relied on.
        Moved::Yes | Moved::No if is_strange(payment) => Ending::NotKnown,
        Moved::Yes => Ending::Well,
        Moved::No => Ending::NotPaid,
    }
}

/// Whether what the provider said does not fit what was asked, or itself, and no manager has read that yet. A payment that was
/// returned is not paid, whatever else was said of it.
fn is_strange(payment: &Payment) -> bool {
    let unread = |flag: &&Flag| !payment.facts.acknowledged.contains(flag);
    let is_strange = |flag: &Flag| match flag {
        Flag::Mismatch | Flag::Orphan | Flag::Contradicted => true,
        Flag::Late | Flag::ByHand => false,
    };
    payment.state != State::Reversed && payment.flags.iter().filter(unread).any(is_strange)
}

fn reason(state: State) -> Option<String> {
    match state {
        State::Unknown(doubt) => Some(word::<Doubt>(&doubt)),
        State::Declined(ending) => Some(word::<Ended>(&ending)),
        State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Paid | State::Reversed => None,
    }
}

/// A word of the journal.
fn word<T: Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

fn next(payment: &Payment, is_sale: bool) -> String {
    let id = payment.id;
    match (payment.state, is_sale) {
        (State::Paid, true) if is_strange(payment) => {
            "check before handing over: a manager looks at it, and at the provider's books".to_owned()
        }
        (State::Paid | State::Declined(_), _) if is_strange(payment) => {
            "a manager looks at it, and at the provider's books, before anything else is done about it".to_owned()
        }
        (State::Paid, true) => "give the goods".to_owned(),
        (State::Paid, false) => "nothing".to_owned(),
        (State::Declined(_), true) => "charge again, if the customer wants to".to_owned(),
        (State::Declined(_), false) => "the refund may be made again".to_owned(),
        (State::Reversed, _) => "give no goods for it".to_owned(),
        (State::Unknown(_), true) => format!(
            "do not charge again and take no cash yet. Look at the customer's phone and the provider's books; \
             checkstand-cli check {id} asks the provider, a manager settles it with checkstand-cli settle {id}"
        ),
        (State::Unknown(_), false) => format!(
            "do not refund again. checkstand-cli check {id} asks the provider, a manager settles it with \
             checkstand-cli settle {id}"
        ),
        (State::Opened | State::Sent | State::Waiting | State::Cancelling, _) => format!(
            "it stays open as it is; nothing was stopped. Nobody watches it until the till's window is opened, or \
             checkstand-cli check {id} asks the provider"
        ),
    }
}

/// How it stands, in a line while somebody watches.
pub fn progress(payment: &Payment, hint: Hint, awaits_answer: bool, failing: bool) -> String {
    let provider = provider_name(payment.opening.provider);
    let doing = match hint {
        Hint::Connecting => format!("the line to {provider} is being made"),
        Hint::CustomerScans => "the customer scans the till's code".to_owned(),
        Hint::Sending => format!("{provider} is being asked"),
        Hint::StillContacting => format!("{provider} has not answered yet; do not take another code"),
        Hint::CustomerActs => match (&payment.opening.kind, &payment.facts.qr) {
            (Kind::Sale, Some(qr)) => format!("the customer scans {qr} and approves"),
            (Kind::Sale, None) => "the customer approves on the phone".to_owned(),
            (Kind::Refund { .. }, _) => format!("{provider} has the refund"),
        },
        Hint::PromptCustomer => "ask the customer to look at the phone".to_owned(),
        Hint::Stale => "the customer takes very long; the provider is asked each minute".to_owned(),
        Hint::ReceiptDue => format!("{provider} says paid; its receipt is on the way"),
        Hint::Stopping => format!("{provider} was asked to stop it"),
        Hint::Listening => "the connection was lost for a moment; the outcome may still come".to_owned(),
        Hint::NotKnown | Hint::AskCustomer | Hint::CallManager if awaits_answer => {
            format!("the outcome is not known yet; {provider} may still answer")
        }
        Hint::NotKnown | Hint::AskCustomer | Hint::CallManager => "the outcome is not known".to_owned(),
        Hint::None => String::new(),
    };
    let failing = if failing { "; THE LEDGER TAKES NO ENTRIES: free the disk" } else { "" };
    let doing = if doing.is_empty() { doing } else { format!(": {doing}") };
    format!("payment {} {}{doing}{failing}", payment.id, payment.state.name())
}

/// As its customers know it.
pub fn provider_name(provider: ProviderName) -> &'static str {
    match provider {
        ProviderName::Mispay => "MIS Pay",
        ProviderName::Multipay => "MultiPay",
    }
}
