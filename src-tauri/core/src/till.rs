//! The till: takes an input, decides what to record and what to do, and changes only by applying what was recorded.

use crate::ask::Input;
use crate::book::{Book, Entry};
use crate::message::{Act, Now, Reply, Signal};
use crate::payment::{Doubt, Ending, Event, PaymentId, ProviderName, State};
use crate::problem::Problem;
use crate::provider::mispay::{self, MisPay};
use crate::provider::multipay::{self, MultiPay};
use crate::provider::{Line, Notice, Out, Provider};
use std::collections::BTreeMap;

mod counter;
mod hint;

pub use hint::Hint;

/// The longest reference, in characters.
pub const REFERENCE_CHARS_MAX: usize = 64;
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
    /// Something changed that is only shown.
    pub repaint: bool,
}

/// The accounts of this till; `None` where a provider is not set up.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// MIS Pay.
    pub mispay: Option<mispay::Account>,
    /// MultiPay.
    pub multipay: Option<multipay::Account>,
}

/// The whole till. The book is durable; the machines are volatile.
pub struct Till {
    book: Book,
    mispay: Option<MisPay>,
    multipay: Option<MultiPay>,
    notices: BTreeMap<(ProviderName, &'static str), i64>,
}

impl Till {
    /// A till with an empty book.
    pub fn new(setup: Setup) -> Till {
        Till {
            book: Book::default(),
            mispay: setup.mispay.map(MisPay::new),
            multipay: setup.multipay.map(MultiPay::new),
            notices: BTreeMap::new(),
        }
    }

    /// Takes in entries that are durable: fresh ones after their commit, or a whole journal at start.
    pub fn apply(&mut self, entries: &[Entry]) {
        for entry in entries {
            self.book.apply(entry);
        }
    }

    /// Called once after the journal was replayed: says what a restart means for each payment, and takes up the watch.
    pub fn resume(&mut self, now: Now) -> Step {
        let ids: Vec<(PaymentId, ProviderName)> =
            self.book.payments().map(|payment| (payment.id, payment.opening.provider)).collect();
        let Till { book, mispay, multipay, .. } = self;
        let mut out = Out::new(book, TILL_OPERATOR, now);
        for (id, _) in &ids {
            restart(*id, &mut out);
        }
        for (id, provider) in ids {
            if let Some(machine) = machine(mispay, multipay, provider) {
                machine.recover(id, now, &mut out);
            }
        }
        for provider in [ProviderName::Mispay, ProviderName::Multipay] {
            if let Some(machine) = machine(mispay, multipay, provider) {
                machine.warm(now, &mut out);
            }
        }
        let (step, notices) = finish(out, None);
        self.note(notices, now);
        step
    }

    /// Decides. Nothing durable changes here: that is for [`Till::apply`], after the append.
    pub fn decide(&mut self, input: Input, now: Now) -> Step {
        let Till { book, mispay, multipay, .. } = self;
        let (step, notices) = match input {
            Input::Asked { operator, ask } => {
                let mut out = Out::new(book, &operator, now);
                let problem = counter::answer(ask, mispay, multipay, now, &mut out).err();
                finish(out, problem)
            }
            Input::Heard { provider, signal } => {
                let mut out = Out::new(book, TILL_OPERATOR, now);
                if let Some(machine) = machine(mispay, multipay, provider) {
                    machine.receive(signal, now, &mut out);
                }
                finish(out, None)
            }
        };
        self.note(notices, now);
        step
    }

    /// A person's step was not recorded, or too late to be carried out: what it opened has certainly not left, and
    /// none of its requests has. Returns what follows from that.
    pub fn undo(&mut self, step: Step, opens: Option<PaymentId>, now: Now) -> Step {
        let Till { book, mispay, multipay, .. } = self;
        let mut out = Out::new(book, TILL_OPERATOR, now);
        if let Some(id) = opens {
            for provider in [ProviderName::Mispay, ProviderName::Multipay] {
                if let Some(machine) = machine(mispay, multipay, provider) {
                    machine.drop_payment(id);
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
        if let Some(payment) = opens.and_then(|id| out.payment(id))
            && matches!(payment.state, State::Opened | State::Sent)
        {
            out.report(payment.id, Event::Refused { ending: Ending::NeverSent });
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
        self.decide(Input::Heard { provider, signal: Signal::Tick }, now)
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

type Notices = Vec<(ProviderName, &'static str, bool)>;

fn finish(mut out: Out<'_>, problem: Option<Problem>) -> (Step, Notices) {
    let notices = std::mem::take(&mut out.notices);
    let repaint = out.repaint || !out.record.is_empty() || !notices.is_empty();
    (Step { record: out.record, act: out.act, problem, repaint }, notices)
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
