//! What every provider machine is to the till: it is asked for sales, refunds and cancels, hears signals from the wire,
//! and reports. Providers report, the payment decides.

use crate::book::{Book, Entry, Fact, PaymentFact};
use crate::message::{Act, Now, Signal};
use crate::money::{Currency, Money};
use crate::payment::{Event, Opening, Payment, PaymentId, ProviderName};
use crate::problem::Problem;
use crate::secret::Secret;
use std::borrow::Cow;
use std::collections::BTreeMap;

pub mod mispay;
pub mod multipay;
pub mod patience;

/// A provider's protocol machine. What it holds is volatile (token, socket, timers): it may be dropped at any moment and
/// [`Provider::recover`] builds it again from the payments.
pub trait Provider {
    /// The currencies that it takes.
    fn currencies(&self) -> &'static [Currency];
    /// Whether it could take a sale now, with this code.
    ///
    /// # Errors
    /// The problem that the cashier or a technician must mend first.
    fn accepts(&self, code: Option<&Secret<String>>) -> Result<(), Problem>;
    /// Starts a sale that has just been opened in `out`.
    fn sell(&mut self, payment: PaymentId, code: Option<Secret<String>>, now: Now, out: &mut Out<'_>);
    /// Starts a refund that has just been opened in `out`.
    fn refund(&mut self, payment: PaymentId, now: Now, out: &mut Out<'_>);
    /// A person wants the payment stopped; `CancelAsked` has been recorded where the provider can cancel.
    fn cancel(&mut self, payment: PaymentId, now: Now, out: &mut Out<'_>);
    /// A person wants to know now: ask at once instead of at the next turn.
    fn check(&mut self, payment: PaymentId, now: Now, out: &mut Out<'_>);
    /// Called once for each payment of its own after a start, and after a step that could not be recorded.
    fn recover(&mut self, payment: PaymentId, now: Now, out: &mut Out<'_>);
    /// Gets token and socket ready, before anybody asks.
    fn warm(&mut self, now: Now, out: &mut Out<'_>);
    /// Something came from the wire, or the clock.
    fn receive(&mut self, signal: Signal, now: Now, out: &mut Out<'_>);
    /// Lets go of a payment, as if it had never been asked for.
    fn drop_payment(&mut self, payment: PaymentId);
    /// When it wants to be woken (boot clock, ms).
    fn wake_at_ms(&self) -> Option<i64>;
    /// How its line to the provider is.
    fn line(&self) -> Line;
    /// How long the customer has been acting (ms), where it is known.
    fn age_ms(&self, payment: PaymentId, now: Now) -> Option<i64>;
    /// How long customers usually have to act (ms). The cashier is told when it is over; no payment ends by it.
    fn window_ms(&self) -> i64;
    /// Closes what is open to the provider, before the machine goes away.
    fn hang_up(&mut self, out: &mut Out<'_>);
    /// What it has numbered.
    fn given(&self) -> Given;
}

/// The numbers that a machine has given to its requests and connections. One that takes its place counts on from there, so
/// that nothing meant for the one before is taken for its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The last request.
    pub calls: u64,
    /// The last connection.
    pub connections: u64,
}

/// How the line to a provider is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Being set up.
    Connecting,
    /// Token, or token and socket, are there.
    Ready,
    /// Refused or unreachable at the last try; tries go on.
    Trouble,
}

/// A till-level fact that is no payment: shown until it is over. Kept in memory only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its text is in the catalogue.
    pub code: &'static str,
    /// Which provider it is about.
    pub provider: ProviderName,
    /// Since when (UTC ms).
    pub since_ms: i64,
}

/// What a step will record and do. It holds a scratch copy of each payment it touches, so that one step can record
/// several facts in a row and each is judged after the one before.
pub struct Out<'a> {
    book: &'a Book,
    scratch: BTreeMap<PaymentId, Payment>,
    operator: &'a str,
    now: Now,
    /// In the order in which they are judged.
    pub record: Vec<Entry>,
    /// Done only after everything in `record` is durable.
    pub act: Vec<Act>,
    /// Raised by this step.
    pub notices: Vec<(ProviderName, &'static str, bool)>,
    /// Something that is only shown has changed.
    pub repaint: bool,
}

impl<'a> Out<'a> {
    /// An empty step over a book.
    pub fn new(book: &'a Book, operator: &'a str, now: Now) -> Out<'a> {
        Out {
            book,
            scratch: BTreeMap::new(),
            operator,
            now,
            record: Vec::new(),
            act: Vec::new(),
            notices: Vec::new(),
            repaint: false,
        }
    }

    /// A payment as this step leaves it so far.
    pub fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.scratch.get(&id).or_else(|| self.book.payment(id))
    }

    /// The same, to be kept while this step goes on: copied only where the step has already changed it.
    pub fn payment_so_far(&self, id: PaymentId) -> Option<Cow<'a, Payment>> {
        match self.scratch.get(&id) {
            Some(changed) => Some(Cow::Owned(changed.clone())),
            None => self.book.payment(id).map(Cow::Borrowed),
        }
    }

    /// The book before this step.
    pub fn book(&self) -> &'a Book {
        self.book
    }

    /// Opens a payment.
    pub fn open(&mut self, id: PaymentId, opening: Opening) {
        let payment = Payment::open(id, opening.clone(), self.operator, self.now.utc_ms);
        self.note(&payment, Event::Opened(opening));
        self.scratch.insert(id, payment);
    }

    /// Reports a fact. Records it where it changes something; says whether it did.
    pub fn report(&mut self, id: PaymentId, event: Event) -> bool {
        let Some(next) = self.payment(id).and_then(|payment| payment.after(&event, self.now.utc_ms)) else {
            return false;
        };
        self.note(&next, event);
        self.scratch.insert(id, next);
        true
    }

    /// Raises a till-level notice.
    pub fn raise(&mut self, provider: ProviderName, code: &'static str) {
        self.notices.push((provider, code, true));
    }

    /// Ends a till-level notice.
    pub fn lower(&mut self, provider: ProviderName, code: &'static str) {
        self.notices.push((provider, code, false));
    }

    fn note(&mut self, payment: &Payment, event: Event) {
        self.record.push(Entry {
            at_ms: self.now.utc_ms,
            operator: self.operator.to_owned(),
            fact: Fact::Payment(PaymentFact {
                payment: payment.id,
                event,
                state: payment.state,
                flags: payment.flags.clone(),
            }),
        });
    }
}

/// Whether what the provider reports is exactly what was asked.
pub fn same_money(asked: Money, reported: Option<Money>) -> bool {
    reported == Some(asked)
}
