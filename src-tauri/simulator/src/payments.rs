//! The payments that the far end knows, found by every number that a caller may hold.

use crate::agenda::Slot;
use crate::phone::{Provider, Shows};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The far end's own number of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PaymentKey(u64);

/// How many decided payments a phone still shows.
pub(crate) const RECENT_MAX: usize = 32;

#[derive(Clone, Debug)]
pub(crate) struct Payment {
    pub(crate) provider: Provider,
    /// The till's own id: orderId or paymentId.
    pub(crate) id: String,
    pub(crate) amount_minor: i64,
    pub(crate) currency: String,
    /// MIS Pay's purchaseId; MultiPay's receipt id, told once it is paid.
    pub(crate) reference: String,
    pub(crate) created_at_ms: i64,
    pub(crate) changed_at_ms: i64,
    pub(crate) shows: Shows,
    /// Nothing about it ever reaches the till.
    pub(crate) muted: bool,
    /// The customer put the phone away: the script goes no further.
    pub(crate) walked_away: bool,
    /// A cancel of the till's was confirmed: no late approval any more.
    pub(crate) fenced: bool,
    pub(crate) session_end: Option<Slot>,
    pub(crate) mispay: MisPaySide,
    pub(crate) multipay: MultiPaySide,
}

/// What only MIS Pay keeps of a payment.
#[derive(Clone, Debug, Default)]
pub(crate) struct MisPaySide {
    /// Whether the last status answer was a false one.
    pub(crate) flapped: bool,
    /// Its purchaseId is never told in /status.
    pub(crate) nameless: bool,
    /// Its details are not to be had.
    pub(crate) without_details: bool,
}

/// What only MultiPay keeps of a payment.
#[derive(Clone, Debug, Default)]
pub(crate) struct MultiPaySide {
    pub(crate) terminal_id: String,
    pub(crate) customer_order_id: String,
    pub(crate) sale_transaction_id: String,
    /// When PAYMENT_INIT_RESPONSE leaves.
    pub(crate) init_response_due_ms: i64,
    pub(crate) cancels_heard: u32,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Payments {
    all: BTreeMap<PaymentKey, Payment>,
    by_id: BTreeMap<(Provider, String), Vec<PaymentKey>>,
    by_reference: BTreeMap<(Provider, String), PaymentKey>,
    by_track_id: BTreeMap<String, PaymentKey>,
    open: BTreeSet<PaymentKey>,
    recent: VecDeque<PaymentKey>,
}

impl Payments {
    pub(crate) fn open(&mut self, payment: Payment) -> PaymentKey {
        let key = PaymentKey(self.all.len() as u64);
        self.by_id.entry((payment.provider, payment.id.clone())).or_default().push(key);
        self.by_reference.insert((payment.provider, payment.reference.clone()), key);
        self.all.insert(key, payment);
        self.open.insert(key);
        key
    }

    pub(crate) fn track(&mut self, track_id: &str, key: PaymentKey) {
        self.by_track_id.insert(track_id.to_owned(), key);
    }

    pub(crate) fn get(&self, key: PaymentKey) -> &Payment {
        self.all.get(&key).expect("payments are never removed")
    }

    pub(crate) fn get_mut(&mut self, key: PaymentKey) -> &mut Payment {
        self.all.get_mut(&key).expect("payments are never removed")
    }

    /// The newest payment under one of the till's ids.
    pub(crate) fn by_id(&self, provider: Provider, id: &str) -> Option<PaymentKey> {
        self.by_id.get(&(provider, id.to_owned()))?.last().copied()
    }

    /// Every payment under one of the till's ids, of whichever provider, oldest first.
    pub(crate) fn all_by_id(&self, id: &str) -> Vec<PaymentKey> {
        let of = |provider| self.by_id.get(&(provider, id.to_owned())).into_iter().flatten().copied();
        of(Provider::MisPay).chain(of(Provider::MultiPay)).collect()
    }

    pub(crate) fn by_reference(&self, provider: Provider, reference: &str) -> Option<PaymentKey> {
        self.by_reference.get(&(provider, reference.to_owned())).copied()
    }

    pub(crate) fn by_track_id(&self, track_id: &str) -> Option<PaymentKey> {
        self.by_track_id.get(track_id).copied()
    }

    /// Moves a payment on. A late approval moves one that was decided before.
    pub(crate) fn decide(&mut self, key: PaymentKey, shows: Shows, at_ms: i64) {
        let payment = self.get_mut(key);
        payment.shows = shows;
        payment.changed_at_ms = at_ms;
        self.open.remove(&key);
        self.recent.retain(|other| *other != key);
        self.recent.push_back(key);
        if self.recent.len() > RECENT_MAX {
            self.recent.pop_front();
        }
    }

    /// Those that a phone shows: every open one, then the recently decided, newest last.
    pub(crate) fn shown(&self) -> impl Iterator<Item = PaymentKey> {
        self.open.iter().chain(&self.recent).copied()
    }
}
