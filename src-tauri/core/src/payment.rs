//! One payment: the facts heard about it, and the one function that says what state those facts make.
//!
//! Facts only add up. [`Facts`] looks at all of them at once, so the order in which two messages arrive cannot
//! change where a payment ends (invariants I8 and I14), and weaker evidence can never replace stronger.

use crate::money::Money;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

mod facts;

pub use facts::Facts;

/// Made at the click, before anything else exists. It is also the order id at the provider, so it is never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaymentId(pub Uuid);

impl std::fmt::Display for PaymentId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// The two far ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderName {
    /// MIS Pay In-Store: REST and polling, Saudi riyal.
    Mispay,
    /// PayEx MultiPay APM: a WebSocket, Nordic currencies.
    Multipay,
}

impl ProviderName {
    /// As it stands in the journal and on the wires of this till.
    pub fn name(self) -> &'static str {
        match self {
            ProviderName::Mispay => "mispay",
            ProviderName::Multipay => "multipay",
        }
    }
}

/// Which way the money goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// From the customer to the store.
    Sale,
    /// Back to the customer, from a paid sale.
    Refund {
        /// The sale.
        of: PaymentId,
        /// The unknown refund that this one asks about again and whose reserve it takes over.
        retry_of: Option<PaymentId>,
    },
}

/// Where a payment stands. The meanings and the ways out are the table *States* in docs/ARCHITECTURE.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// In the ledger; nothing about money has left.
    Opened,
    /// The money request is about to leave, or gone; no word back.
    Sent,
    /// The provider has it; the customer acts.
    Waiting,
    /// We asked to stop; not yet confirmed.
    Cancelling,
    /// Money may or may not have moved.
    Unknown(Doubt),
    /// Money certainly did not move.
    Declined(Ending),
    /// Money moved.
    Paid,
    /// Money moved and was returned by the provider.
    Reversed,
}

impl State {
    /// The state's word, without its reason.
    pub fn name(self) -> &'static str {
        match self {
            State::Opened => "opened",
            State::Sent => "sent",
            State::Waiting => "waiting",
            State::Cancelling => "cancelling",
            State::Unknown(_) => "unknown",
            State::Declined(_) => "declined",
            State::Paid => "paid",
            State::Reversed => "reversed",
        }
    }
}

/// Why an outcome is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// The connection broke after the request may have left.
    AnswerLost,
    /// No answer within the time that providers need.
    NoAnswer,
    /// An answer that proves nothing either way.
    UnclearAnswer,
    /// The socket closed; a receipt may still come.
    ConnectionLost,
    /// The provider reported an error of its own.
    ProviderError,
    /// The provider said paid, but sent no receipt.
    ReceiptMissing,
    /// Our cancel was never confirmed.
    CancelUnconfirmed,
    /// The till restarted while the request was on its way.
    Restarted,
    /// Nobody decided for a day.
    TooOld,
}

/// Why money certainly did not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// Nothing left this till.
    NeverSent,
    /// The provider does not accept this till's set-up.
    Configuration,
    /// The access token was refused and could not be renewed in time.
    TokenRefused,
    /// The customer's code is wrong, used or expired.
    CodeNotAccepted,
    /// Called off, by the customer or by a confirmed cancel.
    Canceled,
    /// The provider says that it failed.
    Failed,
    /// The customer's time ran out, by the provider's word.
    TimedOut,
    /// The provider refused the refund.
    Refused,
    /// A refund that had been done already, by the payment it repeats.
    Duplicate,
    /// An unknown refund whose repetition was carried out.
    Superseded,
    /// A manager found that no money moved.
    NotChargedByHand,
}

/// What else must be said beside the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// Amount, currency or id differ from what was asked.
    Mismatch,
    /// A receipt for a payment that this till does not know.
    Orphan,
    /// Proof came after the payment had been ended, or after another attempt.
    Late,
    /// The provider said two things that cannot both be true.
    Contradicted,
    /// A manager decided.
    ByHand,
}

/// A set of flags.
pub type Flags = BTreeSet<Flag>;

/// A person who takes responsibility, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// In their words; never empty.
    pub reason: String,
}

/// How a payment came to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// Sale or refund.
    pub kind: Kind,
    /// Through whom.
    pub provider: ProviderName,
    /// How much was asked.
    pub money: Money,
    /// The store's own number of the sale.
    pub reference: String,
    /// Made from a receipt that nobody here asked for.
    pub orphan: bool,
    /// Who allowed a second attempt on this sale.
    pub override_by: Option<Approval>,
    /// The open payment of the same amount that the cashier says belongs to another customer.
    pub not_same_as: Option<PaymentId>,
    /// Why money goes back, and who allowed it where that was somebody else: refunds only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund: Option<RefundCause>,
}

/// Why money goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefundCause {
    /// A word of the catalogue, or the person's own words.
    pub reason: String,
    /// Who allowed it, where that was somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<String>,
}

impl RefundCause {
    /// A reason that needed nobody's approval.
    pub fn because(reason: &str) -> RefundCause {
        RefundCause { reason: reason.to_owned(), approved_by: None }
    }
}

/// Proof that money moved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Receipt {
    /// Amount, currency or an id differ from what was asked. First, so that an agreeing receipt sorts before others.
    pub differs: bool,
    /// The provider's number: purchase id (MIS Pay), receipt id (MultiPay). Text, for it may exceed 2^53.
    pub id: Option<String>,
    /// What it says was paid, where it can be read.
    pub money: Option<Money>,
}

/// The final word of MIS Pay's purchase details.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Details {
    /// The purchase that was read.
    pub purchase_id: String,
    /// Amount and currency, where the currency is one that the till knows.
    pub money: Option<Money>,
    /// Order id, amount or currency differ from what was asked.
    pub differs: bool,
}

/// What a manager found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Money moved.
    Charged,
    /// It did not.
    NotCharged,
}

/// A purchase number that a person entered, and what the provider's books say of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberCheck {
    /// As entered.
    pub number: String,
    /// Order id, amount and currency are ours. No proof of payment.
    pub ours: bool,
}

/// What happened to a payment. Written to the journal, never changed, so variants are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Event {
    /// It exists.
    Opened(Opening),
    /// The money request is about to leave.
    Sent {
        /// The id under which the provider knows it, where the provider made one (GET-flow).
        wire_id: Option<String>,
        /// MIS Pay refunds: the purchase amount before, in minor units.
        baseline_minor: Option<i64>,
    },
    /// It is about to leave once more, after a definite token refusal.
    SentAgain,
    /// Certain that no money moved by this request.
    Refused {
        /// Why.
        ending: Ending,
    },
    /// The provider has it under a reference.
    Accepted {
        /// MIS Pay's track id.
        track: Option<String>,
        /// What the customer scans.
        qr: Option<String>,
        /// Another attempt had followed when this was heard.
        followed: bool,
        /// It may have been said before the connection was lost: it ends no doubt.
        stale: bool,
    },
    /// The outcome cannot be told for now.
    Doubted {
        /// Why.
        doubt: Doubt,
    },
    /// The provider's word that it ended without money.
    Ended {
        /// How.
        ending: Ending,
    },
    /// The provider says paid; the receipt is due.
    SaidComplete,
    /// The provider says that something went wrong on its side.
    SaidError,
    /// Proof.
    Captured(Receipt),
    /// The purchase details after the proof.
    DetailsRead(Details),
    /// The provider keeps no details that could be read.
    DetailsMissing,
    /// The provider returned the money.
    Returned,
    /// A person wants it stopped.
    CancelAsked,
    /// The provider answered our cancel of a payment that is paid: it stands as it is.
    CancelAnswered,
    /// Our cancel of a payment that is paid was never answered: the provider may have returned the money.
    CancelUnanswered,
    /// The cashier serves the next customer; the watch goes on.
    Parked,
    /// A purchase number was checked.
    NumberChecked(NumberCheck),
    /// A refund's purchase shows an amount that fits neither before nor after.
    StrangeAmount {
        /// What the details said, in minor units.
        minor: i64,
    },
    /// A manager decided.
    Settled {
        /// What was found.
        verdict: Verdict,
        /// Who, and on what evidence.
        approval: Approval,
    },
    /// A person has read the flags.
    Acknowledged,
    /// The provider's details were seen to fall by exactly this acknowledged refund.
    DropSeen,
}

impl Event {
    /// Evidence that can be read again from the provider at any time: its commit need not wait for the disk.
    pub fn can_be_read_again(&self) -> bool {
        matches!(self, Event::DetailsRead(Details { differs: false, .. }) | Event::DropSeen)
    }
}

/// One payment: what was asked, what was heard, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Made at the click.
    pub id: PaymentId,
    /// What was asked.
    pub opening: Opening,
    /// Who opened it.
    pub opened_by: String,
    /// When it was opened (UTC ms).
    pub opened_at_ms: i64,
    /// When its state or evidence last changed (UTC ms).
    pub changed_at_ms: i64,
    /// What was heard.
    pub facts: Facts,
    /// Where it stands, as recorded.
    pub state: State,
    /// What must be said beside, as recorded.
    pub flags: Flags,
}

impl Payment {
    /// A payment at its first event.
    pub fn open(id: PaymentId, opening: Opening, opened_by: &str, at_ms: i64) -> Payment {
        let mut payment = Payment {
            id,
            opening,
            opened_by: opened_by.to_owned(),
            opened_at_ms: at_ms,
            changed_at_ms: at_ms,
            facts: Facts::default(),
            state: State::Opened,
            flags: Flags::new(),
        };
        (payment.state, payment.flags) = payment.judge();
        payment
    }

    /// The payment as it stands after an event, or `None` where the event changes nothing: then nothing is recorded.
    pub fn after(&self, event: &Event, at_ms: i64) -> Option<Payment> {
        let mut next = self.clone();
        next.fold(event, at_ms);
        if next.facts == self.facts {
            return None;
        }
        next.changed_at_ms = at_ms;
        (next.state, next.flags) = next.judge();
        Some(next)
    }

    /// Takes in what the journal holds. State and flags are those of the record: a later version of this code must not rewrite the past.
    pub fn apply(&mut self, event: &Event, state: State, flags: &Flags, at_ms: i64) {
        self.fold(event, at_ms);
        self.changed_at_ms = at_ms;
        self.state = state;
        self.flags.clone_from(flags);
    }

    fn fold(&mut self, event: &Event, at_ms: i64) {
        match event {
            Event::Acknowledged => self.facts.acknowledged.extend(&self.flags),
            // Nobody here asked for an orphan, so only money is news about it.
            Event::Captured(_) | Event::Returned => self.facts.fold(event, at_ms),
            _ if self.opening.orphan => {}
            _ => self.facts.fold(event, at_ms),
        }
    }

    fn judge(&self) -> (State, Flags) {
        (self.facts.state(), self.facts.flags(self.opening.orphan))
    }

    /// The id under which the provider knows it.
    pub fn wire_id(&self) -> String {
        self.facts.wire_id.clone().unwrap_or_else(|| self.id.to_string())
    }

    /// The sale that this refund belongs to.
    pub fn refund_of(&self) -> Option<PaymentId> {
        match self.opening.kind {
            Kind::Sale => None,
            Kind::Refund { of, .. } => Some(of),
        }
    }

    /// The provider's number of the proof: purchase id or receipt id.
    pub fn receipt_id(&self) -> Option<&str> {
        let facts = &self.facts;
        let from_details = facts.details.as_ref().map(|details| details.purchase_id.as_str());
        let from_person = facts.number_check.as_ref().filter(|check| check.ours).map(|check| check.number.as_str());
        facts.receipts.iter().find_map(|receipt| receipt.id.as_deref()).or(from_details).or(from_person)
    }

    /// The money that it counts for in every sum: what the provider finally reports, else what its proof says, else what was
    /// asked. `None` while nothing is known to have moved, and after it was returned.
    pub fn counted(&self) -> Option<Money> {
        let details = self.facts.details.as_ref().and_then(|details| details.money);
        let proof = || self.facts.receipts.iter().find_map(|receipt| receipt.money);
        (self.state == State::Paid).then(|| details.or_else(proof).unwrap_or(self.opening.money))
    }

    /// Whether money may still move, or have moved, without this till knowing.
    pub fn is_open(&self) -> bool {
        match self.state {
            State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Unknown(_) => true,
            State::Declined(_) | State::Paid | State::Reversed => false,
        }
    }

    /// Whether it is a refund that asks again about this one.
    pub fn repeats(&self, other: PaymentId) -> bool {
        matches!(self.opening.kind, Kind::Refund { retry_of, .. } if retry_of == Some(other))
    }

    /// Whether it is on its way: it ends, or becomes not known, without anybody touching the till.
    pub fn is_under_way(&self) -> bool {
        match self.state {
            State::Opened | State::Sent | State::Waiting | State::Cancelling => true,
            State::Unknown(_) | State::Declined(_) | State::Paid | State::Reversed => false,
        }
    }

    /// Whether a person must look at it: not known, or flags that nobody has acknowledged.
    pub fn needs_attention(&self) -> bool {
        matches!(self.state, State::Unknown(_)) || !self.flags.is_subset(&self.facts.acknowledged)
    }

    /// Whether refunds may be made from it.
    pub fn is_refundable(&self) -> bool {
        self.opening.kind == Kind::Sale
            && self.state == State::Paid
            && !self.flags.contains(&Flag::Mismatch)
            && self.receipt_id().is_some()
    }
}

#[cfg(test)]
#[path = "payment_tests.rs"]
mod tests;
