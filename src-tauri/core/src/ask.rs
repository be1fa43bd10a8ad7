//! What a person can ask of the till. None of it can set a state: the payment decides.

use crate::message::Signal;
use crate::money::Money;
use crate::payment::{Approval, PaymentId, ProviderName, Verdict};
use crate::secret::Secret;

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
    /// The wire or the clock has news.
    Heard {
        /// For whom.
        provider: ProviderName,
        /// What.
        signal: Signal,
    },
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
    /// The store's number of the sale; without one the till numbers it.
    pub reference: Option<String>,
    /// The customer's payment code (MIS Pay).
    pub code: Option<Secret<String>>,
    /// Allows a second attempt on a sale that has one.
    pub override_by: Option<Approval>,
    /// The open payment of the same amount that belongs to somebody else.
    pub not_same_as: Option<PaymentId>,
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
}
