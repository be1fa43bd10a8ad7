//! The truth: what the far end has captured and given back, and how often it was asked. The till's
//! ledger is judged by it.

use crate::payments::PaymentKey;
use crate::phone::Provider;
use std::collections::BTreeMap;

/// Money that moved from a customer to the merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Whose books it stands in.
    pub provider: Provider,
    /// The till's own id: MIS Pay's orderId, MultiPay's paymentId.
    pub id: String,
    /// What was captured, in minor units.
    pub amount_minor: i64,
    /// Three letters.
    pub currency: String,
    /// MIS Pay's purchaseId, MultiPay's receipt id.
    pub reference: String,
    /// UTC milliseconds.
    pub captured_at_ms: i64,
    /// What went back, in the order it went.
    pub refunds: Vec<RefundBooked>,
    /// When the provider gave all of it back by itself, or on a cancel; UTC milliseconds.
    pub reversed_at_ms: Option<i64>,
}

impl Capture {
    /// What went back by refunds, in minor units.
    pub fn refunded_minor(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.amount_minor).sum()
    }

    /// What the merchant still holds of it, in minor units.
    pub fn net_minor(&self) -> i64 {
        if self.reversed_at_ms.is_some() { 0 } else { self.amount_minor - self.refunded_minor() }
    }
}

/// Money that went back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundBooked {
    /// The refund's own paymentId. MIS Pay's refund has none.
    pub id: Option<String>,
    /// The refund's own receipt id at MultiPay.
    pub reference: Option<String>,
    /// Minor units.
    pub amount_minor: i64,
    /// UTC milliseconds.
    pub refunded_at_ms: i64,
}

/// The requests that can move money, or stop it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RequestKind {
    /// MIS Pay POST /purchase, counted under its orderId.
    Purchase,
    /// MIS Pay /refund, counted under the orderId of the sale; MultiPay REFUND, under the refund's
    /// own paymentId.
    Refund,
    /// MultiPay PAYMENT_INIT_REQUEST, under its paymentId.
    Init,
    /// MultiPay STATUS_UPDATE, under the paymentId it would stop.
    Cancel,
}

/// How often one request was made for one id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Received {
    /// All that came in and named the id, refused or not.
    pub total: u32,
    /// Those refused for their token alone.
    pub token_refused: u32,
    /// Those that were carried out.
    pub executed: u32,
}

/// The far end's books.
#[derive(Clone, Debug, Default)]
pub struct Books {
    captures: BTreeMap<PaymentKey, Capture>,
    by_id: BTreeMap<(Provider, String), Vec<PaymentKey>>,
    received: BTreeMap<(String, RequestKind), Received>,
}

impl Books {
    /// Every capture, in the order in which the payments were opened.
    pub fn captures(&self) -> impl Iterator<Item = &Capture> {
        self.captures.values()
    }

    /// The captures under one id of the till's. More than one only where an order id may be used
    /// twice.
    pub fn captures_of(&self, provider: Provider, id: &str) -> Vec<&Capture> {
        let keys = self.by_id.get(&(provider, id.to_owned()));
        keys.into_iter().flatten().filter_map(|key| self.captures.get(key)).collect()
    }

    /// What came in for one id.
    pub fn received(&self, id: &str, kind: RequestKind) -> Received {
        self.received.get(&(id.to_owned(), kind)).copied().unwrap_or_default()
    }

    /// Everything that came in, by id and kind.
    pub fn received_all(&self) -> impl Iterator<Item = (&str, RequestKind, Received)> {
        self.received.iter().map(|((id, kind), received)| (id.as_str(), *kind, *received))
    }

    /// What the merchant holds in one currency by one provider, in minor units.
    pub fn net_minor(&self, provider: Provider, currency: &str) -> i64 {
        let of_interest = |capture: &&Capture| capture.provider == provider && capture.currency == currency;
        self.captures.values().filter(of_interest).map(Capture::net_minor).sum()
    }

    pub(crate) fn capture(&mut self, key: PaymentKey, capture: Capture) {
        self.by_id.entry((capture.provider, capture.id.clone())).or_default().push(key);
        let twice = self.captures.insert(key, capture);
        assert!(twice.is_none(), "one payment is captured once");
    }

    pub(crate) fn of(&self, key: PaymentKey) -> Option<&Capture> {
        self.captures.get(&key)
    }

    pub(crate) fn refund(&mut self, key: PaymentKey, refund: RefundBooked) {
        let capture = self.captures.get_mut(&key).expect("only a captured payment is refunded");
        assert!(
            refund.amount_minor > 0 && refund.amount_minor <= capture.net_minor(),
            "no more goes back than came in"
        );
        capture.refunds.push(refund);
    }

    pub(crate) fn reverse(&mut self, key: PaymentKey, at_ms: i64) {
        let capture = self.captures.get_mut(&key).expect("only a captured payment is reversed");
        capture.reversed_at_ms.get_or_insert(at_ms);
    }

    pub(crate) fn count(&mut self, id: &str, kind: RequestKind) -> &mut Received {
        let received = self.received.entry((id.to_owned(), kind)).or_default();
        received.total += 1;
        received
    }

    /// After [`Books::count`]: the request just counted was carried out.
    pub(crate) fn count_executed(&mut self, id: &str, kind: RequestKind) {
        self.received.entry((id.to_owned(), kind)).or_default().executed += 1;
    }
}
