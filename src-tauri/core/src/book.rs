//! All payments of this till, with the questions that decisions ask of them. Changed by entries only.

use crate::payment::{Ending, Event, Flags, Kind, Opening, Payment, PaymentId, State};
use crate::shift::Movement;
use crate::store::StoreEvent;
use std::collections::{BTreeMap, BTreeSet};

/// One line of the journal as the core sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Wall clock, UTC milliseconds.
    pub at_ms: i64,
    /// Who was at the till; `till` for what the till found out by itself.
    pub operator: String,
    /// What happened.
    pub fact: Fact,
}

/// What an entry is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A payment.
    Payment(PaymentFact),
    /// The store: its people, its shifts, its files.
    Store(StoreEvent),
}

/// A fact about a payment, and what the payment became by it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentFact {
    /// Whose fact it is.
    pub payment: PaymentId,
    /// The fact.
    pub event: Event,
    /// The state after it.
    pub state: State,
    /// The flags after it.
    pub flags: Flags,
}

impl Entry {
    /// The fact about a payment, where it is one.
    pub fn of_payment(&self) -> Option<&PaymentFact> {
        match &self.fact {
            Fact::Payment(fact) => Some(fact),
            Fact::Store(_) => None,
        }
    }

    /// The fact about the store, where it is one.
    pub fn of_store(&self) -> Option<&StoreEvent> {
        match &self.fact {
            Fact::Payment(_) => None,
            Fact::Store(event) => Some(event),
        }
    }
}

/// The fold of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Book {
    payments: BTreeMap<PaymentId, Payment>,
    by_reference: BTreeMap<String, Vec<PaymentId>>,
    by_wire_id: BTreeMap<String, PaymentId>,
    refunds: BTreeMap<PaymentId, Vec<PaymentId>>,
    open: BTreeSet<PaymentId>,
    attention: BTreeSet<PaymentId>,
    drop_seen: bool,
    /// Every payment there ever was, in this book or only in the journal.
    count: usize,
}

impl Book {
    /// Takes in a fact about a payment, fresh or replayed, and says what money it moved. `operator` and `at_ms` are its entry's.
    ///
    /// # Panics
    /// Where it speaks of a payment that was never opened: the journal is then not ours.
    pub fn apply(&mut self, fact: &PaymentFact, operator: &str, at_ms: i64) -> Option<Movement> {
        let before = self.payments.get(&fact.payment).and_then(Payment::counted);
        if let Event::Opened(opening) = &fact.event {
            self.count += 1;
            self.open_payment(fact.payment, opening, operator, at_ms);
        }
        let payment = self.payments.get_mut(&fact.payment).expect("the journal opens a payment before it speaks of it");
        payment.apply(&fact.event, fact.state, &fact.flags, at_ms);
        let keep = |set: &mut BTreeSet<PaymentId>, holds: bool| {
            if holds { set.insert(fact.payment) } else { set.remove(&fact.payment) }
        };
        keep(&mut self.open, payment.is_open());
        keep(&mut self.attention, payment.needs_attention());
        if let Some(wire_id) = &payment.facts.wire_id {
            self.by_wire_id.insert(wire_id.clone(), fact.payment);
        }
        self.drop_seen |= payment.facts.drop_seen;
        Movement::between(before, payment)
    }

    /// Takes in the whole stories of payments that a journal holds and this book does not, with all that share their
    /// references. They have been counted before.
    pub fn recall(&mut self, entries: &[Entry]) {
        let known: BTreeSet<PaymentId> = self.payments.keys().copied().collect();
        let count = self.count;
        for entry in entries {
            if let Some(fact) = entry.of_payment().filter(|fact| !known.contains(&fact.payment)) {
                _ = self.apply(fact, &entry.operator, entry.at_ms);
            }
        }
        self.count = count;
    }

    /// Says what the journal holds beside the payments in this book: how many payments there are in all, and whether a
    /// fall of the details was ever seen. From here on this book may be asked for payments that it does not hold.
    pub(crate) fn stand(&mut self, count: usize, drop_seen: bool) {
        self.count = count;
        self.drop_seen |= drop_seen;
    }

    fn open_payment(&mut self, id: PaymentId, opening: &Opening, operator: &str, at_ms: i64) {
        self.by_reference.entry(opening.reference.clone()).or_default().push(id);
        self.by_wire_id.insert(id.to_string(), id);
        if let Kind::Refund { of, .. } = opening.kind {
            self.refunds.entry(of).or_default().push(id);
        }
        self.payments.insert(id, Payment::open(id, opening.clone(), operator, at_ms));
    }

    /// One payment.
    pub fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.get(&id)
    }

    /// Every payment in this book, by id.
    pub fn payments(&self) -> impl DoubleEndedIterator<Item = &Payment> {
        self.payments.values()
    }

    /// How many there ever were.
    pub fn count(&self) -> usize {
        self.count
    }

    /// Those that have not ended.
    pub fn open(&self) -> impl Iterator<Item = &Payment> {
        self.open.iter().filter_map(|id| self.payments.get(id))
    }

    /// Those that have not ended or that a person must look at.
    pub fn unsettled(&self) -> impl Iterator<Item = &Payment> {
        self.open.union(&self.attention).filter_map(|id| self.payments.get(id))
    }

    /// How many a person must look at.
    pub fn attention(&self) -> usize {
        self.attention.len()
    }

    /// The payment that the provider knows under this id.
    pub fn by_wire_id(&self, wire_id: &str) -> Option<PaymentId> {
        self.by_wire_id.get(wire_id).copied()
    }

    /// All attempts on one sale, oldest first.
    pub fn attempts(&self, reference: &str) -> impl Iterator<Item = &Payment> {
        let ids = self.by_reference.get(reference).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.payments.get(id)).filter(|payment| payment.opening.kind == Kind::Sale)
    }

    /// Whether another attempt on the same sale was opened after this one.
    pub fn was_followed(&self, payment: &Payment) -> bool {
        self.attempts(&payment.opening.reference).skip_while(|attempt| attempt.id != payment.id).count() > 1
    }

    /// All refunds of a sale, oldest first.
    pub fn refunds_of(&self, sale: PaymentId) -> impl Iterator<Item = &Payment> {
        let ids = self.refunds.get(&sale).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(|id| self.payments.get(id))
    }

    /// What may still be refunded of a sale, in minor units: paid, less every refund that is not certain to have failed.
    /// An unknown refund that is being asked about again counts once.
    pub fn refundable_minor(&self, sale: &Payment) -> i64 {
        if !sale.is_refundable() {
            return 0;
        }
        let reserved: i64 = self
            .refunds_of(sale.id)
            .filter(|refund| !matches!(refund.state, State::Declined(_)) && !self.is_taken_over(refund))
            .map(|refund| refund.opening.money.minor)
            .sum();
        (sale.opening.money.minor - reserved).max(0)
    }

    /// Whether another refund asks again about this unknown one and has its reserve.
    pub fn is_taken_over(&self, refund: &Payment) -> bool {
        let sale = refund.refund_of();
        let others = sale.into_iter().flat_map(|sale| self.refunds_of(sale));
        others.filter(|other| other.repeats(refund.id)).any(|other| !matches!(other.state, State::Declined(_)))
    }

    /// Whether the provider's details were ever seen to fall by a refund of ours (MIS Pay).
    pub fn drop_seen(&self) -> bool {
        self.drop_seen
    }

    /// The number the till gives a sale without a reference: one more than all sales so far.
    pub fn next_reference(&self) -> String {
        let mut number = self.count + 1;
        while self.by_reference.contains_key(&format!("S-{number:06}")) {
            number += 1;
        }
        format!("S-{number:06}")
    }

    /// References on which the store holds more than one payment: one of them should go back.
    pub fn paid_twice(&self) -> impl Iterator<Item = &str> {
        let went_back = |sale: &Payment| self.refunds_of(sale.id).any(|refund| refund.state == State::Paid);
        let is_paid = move |payment: &&Payment| payment.state == State::Paid && !went_back(payment);
        self.by_reference.iter().filter(|(_, ids)| ids.len() > 1).filter_map(move |(reference, _)| {
            (self.attempts(reference).filter(is_paid).count() > 1).then_some(reference.as_str())
        })
    }

    /// The unknown or by-hand-refused full refund of a sale, which an "already refunded" proves to have happened.
    pub fn doubted_full_refund(&self, sale: &Payment, but: PaymentId) -> Option<PaymentId> {
        let doubted = |state: State| matches!(state, State::Unknown(_) | State::Declined(Ending::NotChargedByHand));
        self.refunds_of(sale.id)
            .find(|r| r.id != but && doubted(r.state) && r.opening.money == sale.opening.money)
            .map(|r| r.id)
    }
}
