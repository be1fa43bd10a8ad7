//! What a customer sees: one entry per payment that asks, or was decided a short while ago.

/// Which contract a payment belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// MIS Pay In-Store.
    MisPay,
    /// PayEx MultiPay APM.
    MultiPay,
}

/// Where a payment stands, from the customer's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shows {
    /// GET-flow: the customer has scanned the till's code; no amount is known yet.
    Scanned,
    /// The customer is asked to approve.
    Asking,
    /// Approved: the money is captured.
    Paid,
    /// The customer or the till stopped it.
    Canceled,
    /// The provider could not do it.
    Failed,
    /// Nobody acted in time.
    TimedOut,
    /// Captured, and given back by the provider.
    Reversed,
}

/// One payment on one customer's screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phone {
    /// The till's own id: MIS Pay's orderId, MultiPay's paymentId.
    pub id: String,
    /// Whose app it is.
    pub provider: Provider,
    /// What is asked, or what was paid, in minor units.
    pub amount_minor: i64,
    /// What went back to the customer by refunds, in minor units.
    pub refunded_minor: i64,
    /// Three letters; empty while [`Shows::Scanned`].
    pub currency: String,
    /// Where it stands.
    pub shows: Shows,
    /// The purchase number that the customer can read out: MIS Pay's purchaseId, MultiPay's receipt
    /// id; there once paid. In a world with `readable_before_paid` the purchaseId is there from the
    /// start.
    pub reference: Option<String>,
    /// When it last changed, UTC milliseconds.
    pub changed_at_ms: i64,
}
