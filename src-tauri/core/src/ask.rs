//! What a person can ask of the till. None of it can set a state: the payment decides.

use crate::message::Signal;
use crate::money::{Currency, Money};
use crate::payment::{Approval, PaymentId, ProviderName, RefundCause, Verdict};
use crate::people::{Access, Permission, PinDigest, RefundLimit, Role};
use crate::secret::Secret;
use crate::store::{SignOutCause, StoreEvent};

/// Everything that makes the till decide.
#[derive(Clone, Debug)]
pub enum Input {
    /// A person wants something.
    Asked {
        /// Who is at the till.
        operator: String,
        /// What.
        ask: Ask,
    },
    /// A person at the till wants something: their permission is asked first.
    Wished(Wish),
    /// The engine has to record something about the store, for somebody who was allowed to do it.
    Noted {
        /// Who.
        operator: String,
        /// What.
        event: StoreEvent,
    },
    /// A PIN was checked, outside the loop.
    PinChecked {
        /// The number that [`crate::message::Act::CheckPin`] bore.
        job: u64,
        /// How it ended.
        check: PinCheck,
    },
    /// A PIN was hashed, outside the loop.
    PinHashed {
        /// The number that [`crate::message::Act::HashPin`] bore.
        job: u64,
        /// `None` where the hash could not be kept.
        digest: Option<PinDigest>,
    },
    /// The wire or the clock has news.
    Heard {
        /// For whom.
        provider: ProviderName,
        /// What.
        signal: Signal,
    },
}

/// How the check of a PIN ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PinCheck {
    /// It is theirs.
    Right,
    /// It is not.
    Wrong,
    /// The hash is gone, or is not the one that the journal speaks of.
    Unusable,
}

/// What a person at the till wants.
#[derive(Clone, Debug)]
pub enum Wish {
    /// The first manager of a store in which nobody works yet; signs them in.
    FirstManager {
        /// Who.
        name: String,
        /// Their PIN.
        pin: Secret<String>,
    },
    /// A manager's new PIN, on the word of somebody with the machine's administrator rights; signs them in.
    Recover {
        /// The manager.
        name: String,
        /// What the administrator left.
        token: String,
        /// The new PIN.
        pin: Secret<String>,
    },
    /// To practise, in training only.
    Practise,
    /// To work.
    SignIn {
        /// Who.
        name: String,
        /// Their PIN.
        pin: Secret<String>,
    },
    /// To go.
    SignOut(SignOutCause),
    /// To do something, in the name of whoever is signed in.
    Do {
        /// What.
        deed: Deed,
        /// Who takes responsibility, where their own permission does not go so far.
        approver: Option<Approver>,
    },
    /// To have something written down that needs no permission, or was allowed before.
    Note(StoreEvent),
}

/// Somebody who approves. Identified first, then asked for the PIN; who is signed in does not change.
#[derive(Clone, Debug)]
pub struct Approver {
    /// Who.
    pub name: String,
    /// Their PIN.
    pub pin: Secret<String>,
}

/// What the signed-in person may do, or may need approval for.
#[derive(Clone, Debug)]
pub enum Deed {
    /// Something about payments. Names of people in it are put in by the till.
    Ask(Ask),
    /// Begin a shift.
    OpenShift,
    /// End it.
    CloseShift,
    /// Let somebody work here.
    AddOperator {
        /// Who.
        name: String,
        /// As what.
        role: Role,
        /// Their first PIN.
        pin: Secret<String>,
    },
    /// Change what somebody is here for.
    SetRole {
        /// Who.
        name: String,
        /// From now on.
        role: Role,
    },
    /// Give somebody a new PIN.
    SetPin {
        /// Who.
        name: String,
        /// From now on.
        pin: Secret<String>,
    },
    /// Let somebody work here no more.
    RemoveOperator {
        /// Who.
        name: String,
    },
    /// Let somebody try their PIN again.
    UnlockOperator {
        /// Who.
        name: String,
    },
    /// Change what a role may do.
    SetAccess {
        /// Whose.
        role: Role,
        /// What.
        permission: Permission,
        /// From now on.
        access: Access,
    },
    /// Change how much may be refunded before it is *above the limit*.
    SetLimit {
        /// In this currency.
        currency: Currency,
        /// From now on.
        limit: RefundLimit,
    },
    /// Something that the till itself does not do: a file is written, settings are saved. It is noted when it is done.
    Permit(Permission),
}

/// A wish. Ids come from the click, so that the same click twice is one wish.
#[derive(Clone, Debug)]
pub enum Ask {
    /// Take a payment.
    Sell(Sale),
    /// Give money back.
    Refund(Refund),
    /// Stop it, where the provider can.
    Cancel(PaymentId),
    /// Serve the next customer; the watch goes on.
    Park(PaymentId),
    /// Ask the provider at once.
    CheckNow(PaymentId),
    /// Look a purchase number up (MIS Pay).
    CheckNumber {
        /// The payment in doubt.
        payment: PaymentId,
        /// As read from the customer's app or the merchant panel.
        number: String,
    },
    /// What the customer's phone shows for a payment in doubt (MultiPay).
    CustomerSays {
        /// The payment in doubt.
        payment: PaymentId,
        /// Whether it shows "paid".
        paid: bool,
    },
    /// A manager's decision about an unknown outcome.
    Settle {
        /// The payment in doubt.
        payment: PaymentId,
        /// What was found.
        verdict: Verdict,
        /// By whom, on what evidence.
        approval: Approval,
    },
    /// The flags have been read.
    Acknowledge(PaymentId),
    /// The machine woke up or the window came to the front: look at everything at once.
    LookNow,
}

/// A sale as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Made at the click.
    pub id: PaymentId,
    /// Through whom.
    pub provider: ProviderName,
    /// How much.
    pub money: Money,
    /// Whether a person was asked about so much money.
    pub size: Size,
    /// The store's number of the sale; without one the till numbers it.
    pub reference: Option<String>,
    /// The customer's payment code (MIS Pay).
    pub code: Option<Secret<String>>,
    /// Allows a second attempt on a sale that has one.
    pub override_by: Option<Approval>,
    /// The open payment of the same amount that belongs to somebody else.
    pub not_same_as: Option<PaymentId>,
}

/// Whether a large amount is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// Nobody was asked.
    AsTyped,
    /// A person has said that it is.
    Confirmed,
}

/// A refund as asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Made at the click.
    pub id: PaymentId,
    /// The paid sale.
    pub sale: PaymentId,
    /// How much.
    pub money: Money,
    /// The unknown refund that is asked about again (MultiPay, full refunds).
    pub retry_of: Option<PaymentId>,
    /// Why, and who allowed it.
    pub cause: RefundCause,
}
