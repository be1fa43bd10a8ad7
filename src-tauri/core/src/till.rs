//! The till: takes an input, decides what to record and what to do, and changes only by applying what was recorded.

use crate::ask::Input;
use crate::book::{Book, Entry, Fact};
use crate::limits::Limits;
use crate::message::{Act, Now, Reply, Signal};
use crate::money::{Currency, Money};
use crate::payment::{Doubt, Ending, Event, Payment, PaymentId, ProviderName, State};
use crate::people::Operator;
use crate::problem::Problem;
use crate::provider::mispay::{self, MisPay};
use crate::provider::multipay::{self, MultiPay};
use crate::provider::{Given, Line, Notice, Out, Provider};
use crate::shift::Totals;
use crate::store::Store;
use desk::{Desk, Noting};
use std::collections::{BTreeMap, BTreeSet};

mod counter;
mod deeds;
mod desk;
mod exchange;
mod hint;
mod wants;

pub use desk::Session;
pub use hint::Hint;
pub use wants::{Standing, Want};

/// The longest reference, in characters.
pub const REFERENCE_CHARS_MAX: usize = 64;
/// The longest reason or evidence text, in characters.
pub const REASON_CHARS_MAX: usize = 1_000;
/// Who recorded what the till found out by itself.
pub const TILL_OPERATOR: &str = "till";

/// What one decision comes to. Everything in `record` must be durable before anything in `act` is done.
#[derive(Debug, Default)]
pub struct Step {
    /// To be appended in one transaction, then applied.
    pub record: Vec<Entry>,
    /// To be done after that.
    pub act: Vec<Act>,
    /// Why nothing was done, where a person asked.
    pub problem: Option<Problem>,
    /// The payment that a person's wish opens here.
    pub opens: Option<PaymentId>,
    /// The wish waits for this job: its answer comes with a later step.
    pub waits: Option<u64>,
    /// Answers for those who waited, to be given once `record` is durable.
    pub answers: Vec<(u64, Result<(), Problem>)>,
    /// Something changed that is only shown.
    pub repaint: bool,
}

/// The accounts of this till, `None` where a provider is not set up, and the store's limits. [`Till::set_up`] exchanges them.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// MIS Pay.
    pub mispay: Option<mispay::Account>,
    /// MultiPay.
    pub multipay: Option<multipay::Account>,
    /// Training: somebody may practise without a PIN.
    pub practice: bool,
    /// How much a sale may be, where the store has said so.
    pub limits: BTreeMap<Currency, Limits>,
}

/// On which terms new money is taken. Volatile.
#[derive(Default)]
struct Terms {
    limits: BTreeMap<Currency, Limits>,
    /// Set up no longer; here for their open payments only.
    leaving: BTreeSet<ProviderName>,
    /// Why none is taken.
    fault: Option<Problem>,
}

/// The whole till. The book is durable; the machines are volatile.
pub struct Till {
    book: Book,
    store: Store,
    mispay: Option<MisPay>,
    multipay: Option<MultiPay>,
    notices: BTreeMap<(ProviderName, &'static str), i64>,
    desk: Desk,
    practice: bool,
    terms: Terms,
    /// What machines that went away had numbered.
    given: BTreeMap<ProviderName, Given>,
}

impl Till {
    /// A till with an empty book.
    pub fn new(setup: Setup) -> Till {
        Till {
            book: Book::default(),
            store: Store::default(),
            mispay: setup.mispay.map(|account| MisPay::after(Given::default(), account)),
            multipay: setup.multipay.map(|account| MultiPay::after(Given::default(), account)),
            notices: BTreeMap::new(),
            desk: Desk::default(),
            practice: setup.practice,
            terms: Terms { limits: setup.limits, ..Terms::default() },
            given: BTreeMap::new(),
        }
    }

    /// Takes in entries that are durable: fresh ones after their commit, or a whole journal at start.
    pub fn apply(&mut self, entries: &[Entry]) {
        for entry in entries {
            match &entry.fact {
                Fact::Payment(fact) => {
                    if let Some(movement) = self.book.apply(fact, &entry.operator, entry.at_ms) {
                        self.store.moved(&movement);
                    }
                }
                Fact::Store(event) => {
                    self.store.apply(event, &entry.operator, entry.at_ms);
                    let people = &self.store.people;
                    self.desk.apply(event, |name| people.find(name).map(|operator| operator.role));
                }
            }
        }
    }

    /// Takes in old payments that were left in the journal at the start: whole stories, with all that share their references.
    pub fn recall(&mut self, entries: &[Entry]) {
        self.book.recall(entries);
    }

    /// Takes over what an engine knows of a journal that it does not replay as a whole. Called once, after every fact
    /// about the store was applied and before anything is decided.
    pub fn stand(&mut self, standing: Standing) {
        let Standing { payments, drop_seen, shift, running } = standing;
        self.book.stand(payments, drop_seen);
        self.store.stand(&running, Totals::from_rows(shift));
    }

    /// The payments that deciding this input may ask for. Whoever keeps some only in the journal looks each of them up,
    /// recalls what it finds, and asks again until nothing new is found.
    pub fn wants(&self, input: &Input) -> Vec<Want> {
        wants::of(input, &self.book, &self.desk)
    }

    /// Called once after the journal was replayed: says what a restart means for each payment, and takes up the watch.
    pub fn resume(&mut self, now: Now) -> Step {
        self.clear_desk(now);
        self.terms.fault = self.store.broken.as_ref().map(|(number, detail)| chain_broken(*number, detail));
        let ids: Vec<PaymentId> = self.book.payments().map(|payment| payment.id).collect();
        let Till { book, mispay, multipay, .. } = self;
        let mut out = Out::new(book, TILL_OPERATOR, now);
        for id in ids {
            restart(id, &mut out);
        }
        for provider in [ProviderName::Mispay, ProviderName::Multipay] {
            if let Some(machine) = machine(mispay, multipay, provider) {
                take_up(machine, provider, now, &mut out);
            }
        }
        let (step, notices) = finish(out, None);
        self.note(notices, now);
        step
    }

    /// Decides. Nothing durable changes here: that is for [`Till::apply`], after the append.
    pub fn decide(&mut self, input: Input, now: Now) -> Step {
        let Till { book, mispay, multipay, terms, .. } = self;
        let (step, notices) = match input {
            Input::Wished(wish) => return self.wished(wish, now),
            Input::PinChecked { job, check } => return self.pin_checked(job, check, now),
            Input::PinHashed { job, digest } => return self.pin_hashed(job, digest, now),
            Input::Noted { operator, event } => {
                let mut noting = Noting::default();
                noting.note(&operator, event, now);
                return Step { record: noting.record, repaint: true, ..Step::default() };
            }
            Input::Asked { operator, ask } => {
                let mut out = Out::new(book, &operator, now);
                let problem = counter::answer(ask, terms, mispay, multipay, now, &mut out).err();
                finish(out, problem)
            }
            Input::Heard { provider, signal } => return self.heard(provider, signal, now),
        };
        self.note(notices, now);
        step
    }

    fn heard(&mut self, provider: ProviderName, signal: Signal, now: Now) -> Step {
        let Till { book, mispay, multipay, .. } = self;
        let mut out = Out::new(book, TILL_OPERATOR, now);
        if let Some(machine) = machine(mispay, multipay, provider) {
            machine.receive(signal, now, &mut out);
        }
        let (step, notices) = finish(out, None);
        self.note(notices, now);
        step
    }

    /// A person's step was not recorded, or too late to be carried out: what it opened has certainly not left, and
    /// none of its requests has. Returns what follows from that.
    pub fn undo(&mut self, step: Step, opens: Option<PaymentId>, now: Now) -> Step {
        if let Some(job) = step.waits {
            drop(self.desk.take_job(job));
        }
        let Till { book, mispay, multipay, .. } = self;
        let mut out = Out::new(book, TILL_OPERATOR, now);
        // A machine that was to call off what had not left has let go of it: there it ends, though nobody could write it down.
        let ends =
            step.record.iter().filter_map(Entry::of_payment).filter(|fact| matches!(fact.state, State::Declined(_)));
        let called_off = ends.map(|fact| fact.payment).filter(|id| out.payment(*id).is_some_and(is_unsent));
        let dropped: BTreeSet<PaymentId> = called_off.chain(opens).collect();
        for id in &dropped {
            for provider in [ProviderName::Mispay, ProviderName::Multipay] {
                if let Some(machine) = machine(mispay, multipay, provider) {
                    machine.drop_payment(*id);
                }
            }
        }
        // A token may have been asked for on the way: whoever waits for its answer must hear that none will come.
        for act in step.act {
            if let Act::Call { call, .. } = act
                && let Some(machine) = machine(mispay, multipay, call.provider)
            {
                machine.receive(Signal::Answered { call, reply: Reply::NotSent }, now, &mut out);
            }
        }
        for id in dropped {
            let is_new = opens == Some(id);
            if out.payment(id).is_some_and(|payment| is_unsent(payment) || (is_new && payment.state == State::Sent)) {
                out.report(id, Event::Refused { ending: Ending::NeverSent });
            }
        }
        let (step, notices) = finish(out, None);
        self.note(notices, now);
        step
    }

    /// The next alarm and whose it is (boot clock, ms).
    pub fn wake_at_ms(&self) -> Option<(i64, ProviderName)> {
        let mispay = self.mispay.as_ref().and_then(Provider::wake_at_ms).map(|at_ms| (at_ms, ProviderName::Mispay));
        let multipay =
            self.multipay.as_ref().and_then(Provider::wake_at_ms).map(|at_ms| (at_ms, ProviderName::Multipay));
        mispay.into_iter().chain(multipay).min()
    }

    /// Wakes whoever is due.
    pub fn tick(&mut self, provider: ProviderName, now: Now) -> Step {
        self.heard(provider, Signal::Tick, now)
    }

    /// Who is signed in.
    pub fn session(&self) -> Option<&Session> {
        self.desk.who.as_ref()
    }

    /// Until when somebody must wait after too many wrong PINs (UTC ms, for people).
    pub fn locked_until_ms(&self, operator: &Operator, now: Now) -> Option<i64> {
        self.desk.locked_until_ms(operator, now)
    }

    /// The journal has not been looked at enough yet: no new money until [`Till::clear_of_checks`].
    pub fn await_checks(&mut self) {
        self.terms.fault.get_or_insert_with(|| Problem::new("journal_checking"));
    }

    /// It has been, and nothing was found.
    pub fn clear_of_checks(&mut self) {
        self.terms.fault = self.terms.fault.take().filter(|fault| fault.code != "journal_checking");
    }

    /// The journal was found to be wrong from this line on: no new money until it is restored. What is under way goes on.
    pub fn refuse_new_money(&mut self, number: i64, detail: &str) {
        self.terms.fault = Some(chain_broken(number, detail));
    }

    /// Why there is no new money.
    pub fn fault(&self) -> Option<&Problem> {
        self.terms.fault.as_ref()
    }

    /// More than this is asked about once more before it is charged; one a currency.
    pub fn large_amounts(&self) -> impl Iterator<Item = Money> {
        self.terms.limits.values().filter_map(|limits| limits.confirm_above)
    }

    /// People and shifts, as recorded.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The payments, as recorded.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// What is wrong, or odd, with the till as a whole.
    pub fn notices(&self) -> impl Iterator<Item = Notice> {
        self.notices.iter().map(|((provider, code), since_ms)| Notice {
            code,
            provider: *provider,
            since_ms: *since_ms,
        })
    }

    /// The line to a provider; `None` where it is not set up.
    pub fn line(&self, provider: ProviderName) -> Option<Line> {
        match provider {
            ProviderName::Mispay => self.mispay.as_ref().map(Provider::line),
            ProviderName::Multipay => self.multipay.as_ref().map(Provider::line),
        }
    }

    /// For the view.
    pub fn mispay(&self) -> Option<&MisPay> {
        self.mispay.as_ref()
    }

    /// For the view.
    pub fn multipay(&self) -> Option<&MultiPay> {
        self.multipay.as_ref()
    }

    fn note(&mut self, notices: Vec<(ProviderName, &'static str, bool)>, now: Now) {
        for (provider, code, raised) in notices {
            if raised {
                self.notices.entry((provider, code)).or_insert(now.utc_ms);
            } else {
                self.notices.remove(&(provider, code));
            }
        }
    }
}

/// The journal is not as it was written.
fn chain_broken(number: i64, detail: &str) -> Problem {
    Problem::new("chain_broken").with("number", number).with("detail", detail)
}

fn is_unsent(payment: &Payment) -> bool {
    payment.state == State::Opened
}

type Notices = Vec<(ProviderName, &'static str, bool)>;

fn finish(mut out: Out<'_>, problem: Option<Problem>) -> (Step, Notices) {
    let notices = std::mem::take(&mut out.notices);
    let repaint = out.repaint || !out.record.is_empty() || !notices.is_empty();
    (Step { record: out.record, act: out.act, problem, repaint, ..Step::default() }, notices)
}

fn machine<'a>(
    mispay: &'a mut Option<MisPay>,
    multipay: &'a mut Option<MultiPay>,
    provider: ProviderName,
) -> Option<&'a mut dyn Provider> {
    match provider {
        ProviderName::Mispay => mispay.as_mut().map(|machine| machine as &mut dyn Provider),
        ProviderName::Multipay => multipay.as_mut().map(|machine| machine as &mut dyn Provider),
    }
}

/// A machine takes up the payments of its provider, and gets ready.
fn take_up(machine: &mut dyn Provider, provider: ProviderName, now: Now, out: &mut Out<'_>) {
    let own = out.book().payments().filter(|payment| payment.opening.provider == provider);
    for id in own.map(|payment| payment.id).collect::<Vec<_>>() {
        machine.recover(id, now, out);
    }
    machine.warm(now, out);
}

/// The table *Restart*: what the till may say about a payment that was open when it stopped.
fn restart(id: PaymentId, out: &mut Out<'_>) {
    let Some(payment) = out.payment(id) else { return };
    let has_reference = payment.facts.track.is_some();
    let event = match (payment.opening.provider, payment.state) {
        (_, State::Opened) => Event::Refused { ending: Ending::NeverSent },
        (ProviderName::Mispay, State::Sent) if !has_reference => Event::Doubted { doubt: Doubt::Restarted },
        (ProviderName::Multipay, State::Paid)
            if payment.facts.cancel_asked_at_ms.is_some() && !payment.facts.cancel_answered =>
        {
            Event::CancelUnanswered
        }
        (ProviderName::Multipay, State::Sent | State::Waiting) => Event::Doubted { doubt: Doubt::Restarted },
        (
            ProviderName::Mispay | ProviderName::Multipay,
            State::Sent
            | State::Waiting
            | State::Cancelling
            | State::Unknown(_)
            | State::Declined(_)
            | State::Paid
            | State::Reversed,
        ) => return,
    };
    out.report(id, event);
}
