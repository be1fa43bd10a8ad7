//! The loop of the shop: what the engine does, in virtual time and with deaths.

use super::wire::{Delivery, delivery};
use super::{SECOND_MS, Shop};
use checkstand_core::ask::{Ask, Input};
use checkstand_core::book::{Entry, PaymentFact};
use checkstand_core::message::{Act, Signal};
use checkstand_core::payment::{Event, PaymentId, ProviderName};
use checkstand_core::problem::Problem;
use checkstand_core::till::{Step, Till};

/// A ledger in the place of the list.
pub trait RealLedger {
    /// Appends all of these, or none.
    fn append(&mut self, record: &[Entry]) -> Append;

    /// The till died; answers what is left. Called where it starts again.
    fn restart(&mut self) -> Vec<Entry>;
}

/// What became of an append.
pub enum Append {
    Saved,
    Refused,
    /// Nobody can tell; the same again does. The list knows whether it took it, a real ledger does not.
    Unsure {
        is_written: bool,
    },
}

/// A step that the ledger did not take, or may have taken.
pub(super) struct Unsaved {
    step: Step,
    cause: Option<Delivery>,
    /// It is in the ledger all the same.
    is_written: bool,
    /// Whoever asked for it has been told that it was not done; what it opens.
    refused: Option<Option<PaymentId>>,
}

impl Shop {
    /// The till starts: replay, resume.
    pub(super) fn start(&mut self) {
        if let Some(real) = &mut self.real {
            self.ledger = real.restart();
        }
        self.till = Till::new(self.setup.clone());
        self.till.apply(&self.ledger);
        self.down_until_ms = None;
        let now = self.now();
        let step = self.till.resume(now);
        self.save_or_hold(step, None);
    }

    /// The till dies where it stands. What was not durable is gone; what was on its way to it will find nobody.
    pub fn crash(&mut self, down_ms: i64) {
        self.crashes += 1;
        self.life += 1;
        // What lies in the ledger the next life has heard.
        self.delivered
            .extend(self.unsaved.take().filter(|unsaved| unsaved.is_written).and_then(|unsaved| unsaved.cause));
        self.inbox.clear();
        self.close_all();
        self.down_until_ms = Some(self.now_ms + down_ms);
    }

    /// A person asks. A till that is down or cannot save answers with a problem.
    pub fn ask(&mut self, ask: Ask) -> Result<(), Problem> {
        if self.down_until_ms.is_some() {
            return Err(Problem::new("down"));
        }
        if self.unsaved.is_some() {
            return Err(Problem::new("storage_failed"));
        }
        let opens = match &ask {
            Ask::Sell(sale) => Some(sale.id),
            Ask::Refund(refund) => Some(refund.id),
            _ => None,
        };
        let now = self.now();
        let step = self.till.decide(Input::Asked { operator: "sara".to_owned(), ask }, now);
        if let Some(problem) = step.problem {
            assert!(step.record.is_empty() && step.act.is_empty(), "a refusal does nothing");
            return Err(problem);
        }
        let opens = opens.filter(|id| self.till.book().payment(*id).is_none());
        match self.append(&step) {
            Append::Saved => {}
            Append::Refused => {
                let follows = self.till.undo(step, opens, now);
                self.save_or_hold(follows, None);
                return Err(Problem::new("storage_failed"));
            }
            Append::Unsure { is_written } => {
                self.unsaved = Some(Unsaved { step, cause: None, is_written, refused: Some(opens) });
                return Err(Problem::new("storage_unknown"));
            }
        }
        self.carry_out(step, None);
        Ok(())
    }

    /// News for the till.
    pub(super) fn hear(&mut self, provider: ProviderName, signal: Signal) {
        if self.unsaved.is_some() {
            self.inbox.push_back((provider, signal));
            return;
        }
        let now = self.now();
        let cause = delivery(&signal);
        let step = self.till.decide(Input::Heard { provider, signal }, now);
        self.save_or_hold(step, cause);
    }

    /// Evidence that cannot be saved is kept and saved again each second; nothing else is decided meanwhile.
    pub(super) fn save_or_hold(&mut self, step: Step, cause: Option<Delivery>) {
        let is_written = match self.append(&step) {
            Append::Saved => return self.carry_out(step, cause),
            Append::Refused => false,
            Append::Unsure { is_written } => is_written,
        };
        self.unsaved = Some(Unsaved { step, cause, is_written, refused: None });
    }

    /// What becomes of an append. One that is unsure may lie in the ledger already.
    fn append(&mut self, step: &Step) -> Append {
        if step.record.is_empty() {
            return Append::Saved;
        }
        if let Some(real) = &mut self.real {
            return real.append(&step.record);
        }
        if self.disk_refuses() {
            return Append::Refused;
        }
        if !self.hits(self.faults.disk_is_unsure) {
            return Append::Saved;
        }
        let is_written = self.chance.bool();
        if is_written {
            self.ledger.extend(step.record.iter().cloned());
        }
        Append::Unsure { is_written }
    }

    /// Whether the disk refuses this append.
    pub(super) fn disk_refuses(&mut self) -> bool {
        self.now_ms < self.disk_full_until_ms || self.hits(self.faults.disk_refuses)
    }

    pub(super) fn carry_out(&mut self, step: Step, cause: Option<Delivery>) {
        self.finish(step, cause, false);
    }

    /// Applies and does what is durable, or about to be.
    fn finish(&mut self, step: Step, cause: Option<Delivery>, is_written: bool) {
        let dies = self.hits(self.faults.crash) && !(step.record.is_empty() && step.act.is_empty());
        let point = if dies { self.chance.usize(0..step.act.len() + 2) } else { usize::MAX };
        if point == 0 {
            self.delivered.extend(cause.filter(|_| is_written));
            return self.die();
        }
        for entry in &step.record {
            self.check_entry(entry);
        }
        self.trace.step(&step, self.now_ms, &self.till);
        self.repainted |= step.repaint;
        self.till.apply(&step.record);
        if !is_written {
            self.ledger.extend(step.record);
        }
        self.answers.extend(step.answers);
        self.delivered.extend(cause);
        for (done, act) in step.act.into_iter().enumerate() {
            if point == done + 1 {
                return self.die();
            }
            self.check_act(&act);
            self.act(act);
        }
        if point != usize::MAX {
            self.die();
        }
    }

    fn die(&mut self) {
        let down_ms = self.chance.i64(200..=90 * SECOND_MS);
        self.crash(down_ms);
    }

    /// When something planned for this moment happens at the till: not before it is awake.
    pub(super) fn awake_ms(&self, at_ms: i64) -> i64 {
        at_ms.max(self.asleep_until_ms)
    }

    /// The machine sleeps; the world goes on.
    pub fn sleep(&mut self, ms: i64) {
        self.asleep_until_ms = self.now_ms + ms;
        self.run_for(ms);
    }

    /// Lets time pass.
    pub fn run_for(&mut self, ms: i64) {
        self.run_until(self.now_ms + ms);
    }

    pub fn run_until(&mut self, end_ms: i64) {
        while let Some((at_ms, what)) = self.next().filter(|(at_ms, _)| *at_ms <= end_ms) {
            self.now_ms = at_ms.max(self.now_ms);
            match what {
                Next::Restart => self.start(),
                Next::Retry => self.retry(),
                Next::Parcel => {
                    let (_, parcel) = self.parcels.pop_first().expect("just seen");
                    self.arrive(parcel);
                }
                Next::Far => self.far_ticks(),
                Next::Alarm(provider) => {
                    let now = self.now();
                    let step = self.till.tick(provider, now);
                    self.save_or_hold(step, None);
                }
            }
        }
        self.now_ms = end_ms;
    }

    fn retry(&mut self) {
        self.try_again();
        while self.unsaved.is_none() && self.down_until_ms.is_none() {
            let Some((provider, signal)) = self.inbox.pop_front() else { return };
            self.hear(provider, signal);
        }
    }

    fn try_again(&mut self) {
        let Some(Unsaved { step, cause, mut is_written, refused }) = self.unsaved.take() else { return };
        if !is_written {
            match (self.append(&step), refused) {
                (Append::Saved, _) => {}
                // It is certain by now that nothing was saved, and nobody is told that it was done.
                (Append::Refused, Some(opens)) => return self.call_off_refused(step, opens),
                (Append::Refused, None) => return self.unsaved = Some(Unsaved { step, cause, is_written, refused }),
                (Append::Unsure { is_written: lies_there }, _) => {
                    is_written = lies_there;
                    return self.unsaved = Some(Unsaved { step, cause, is_written, refused });
                }
            }
        }
        match refused {
            None => self.finish(step, cause, is_written),
            Some(opens) => {
                self.trace.step(&step, self.now_ms, &self.till);
                self.till.apply(&step.record);
                if !is_written {
                    self.ledger.extend(step.record.iter().cloned());
                }
                self.call_off_refused(step, opens);
            }
        }
    }

    fn call_off_refused(&mut self, step: Step, opens: Option<PaymentId>) {
        let now = self.now();
        let follows = self.till.undo(step, opens, now);
        self.save_or_hold(follows, None);
    }

    fn next(&self) -> Option<(i64, Next)> {
        let parcel = self.parcels.first_key_value().map(|((at_ms, _), _)| (*at_ms, Next::Parcel));
        let far = self.far.next_due_ms().map(|at_ms| (at_ms, Next::Far));
        let own = match (self.down_until_ms, &self.unsaved) {
            (Some(until_ms), _) => Some((until_ms, Next::Restart)),
            (None, Some(_)) => Some((self.awake_ms(self.now_ms + SECOND_MS), Next::Retry)),
            (None, None) => self.till.wake_at_ms().map(|(boot_ms, provider)| {
                (self.awake_ms(boot_ms - 1_000_000 + super::MORNING_MS), Next::Alarm(provider))
            }),
        };
        // Asked at each step, so no more than two comparisons; what arrives goes first.
        let sooner = |one: Option<(i64, Next)>, other: Option<(i64, Next)>| match (one, other) {
            (Some((one_ms, _)), Some(other)) if other.0 < one_ms => Some(other),
            (None, other) => other,
            (one, _) => one,
        };
        sooner(sooner(parcel, far), own)
    }

    /// Intent first (I5), counted where it leaves: a money message needs its entry in the ledger.
    fn check_act(&mut self, act: &Act) {
        let id = match act {
            Act::Call { request, .. } if request.moves_money => {
                money_id(request.body.as_ref().map_or("", |body| body.expose()), &self.ledger)
            }
            Act::Send { text, .. } if text.contains("PAYMENT_INIT_REQUEST") || text.contains("\"REFUND\"") => {
                money_id(text, &self.ledger)
            }
            Act::Call { .. }
            | Act::Send { .. }
            | Act::Derive { .. }
            | Act::Connect { .. }
            | Act::CheckPin { .. }
            | Act::HashPin { .. }
            | Act::Ping { .. }
            | Act::Disconnect { .. } => return,
        };
        let Some(id) = id else {
            return self.wrongs.push("I5: a money request left for a payment that is not in the ledger".to_owned());
        };
        let recorded = since_opened(id, &self.ledger)
            .filter(|fact| matches!(fact.event, Event::Sent { .. } | Event::SentAgain))
            .count();
        let left = self.left.entry(id).or_default();
        *left += 1;
        if *left as usize > recorded {
            self.wrongs.push(format!("I5: {id}: money request {left} left with {recorded} recorded"));
        }
    }

    /// What must hold at every entry (I8).
    fn check_entry(&mut self, entry: &Entry) {
        let Some(entry) = entry.of_payment() else { return };
        let Some(payment) = self.till.book().payment(entry.payment) else { return };
        if super::oracle::rank(entry.state) < super::oracle::rank(payment.state)
            && !super::oracle::may_fall_back(payment.state, entry.state, &entry.event)
        {
            self.wrongs.push(format!(
                "I8: {}: {:?} became {:?} by {:?}",
                entry.payment, payment.state, entry.state, entry.event
            ));
        }
    }
}

enum Next {
    Restart,
    Retry,
    Parcel,
    Far,
    Alarm(ProviderName),
}

/// Everything about one payment, newest first. It ends at its first entry: what lies before cannot be about it.
fn since_opened(id: PaymentId, ledger: &[Entry]) -> impl Iterator<Item = &PaymentFact> {
    let mut is_over = false;
    let facts = ledger.iter().rev().filter_map(Entry::of_payment).filter(move |fact| fact.payment == id);
    facts.take_while(move |fact| !std::mem::replace(&mut is_over, matches!(fact.event, Event::Opened(_))))
}

/// The newest payment in the ledger whose request this is: its own id stands in it, or (a MIS Pay refund) its sale's.
fn money_id(text: &str, ledger: &[Entry]) -> Option<PaymentId> {
    let mut named = ledger
        .iter()
        .rev()
        .filter_map(Entry::of_payment)
        .filter(|entry| matches!(entry.event, Event::Opened(_) | Event::Sent { .. } | Event::SentAgain));
    named
        .find(|entry| {
            let by_far_end = matches!(&entry.event, Event::Sent { wire_id: Some(id), .. } if text.contains(id));
            let own = by_far_end || text.contains(&entry.payment.to_string());
            let opening = since_opened(entry.payment, ledger).find_map(|fact| match &fact.event {
                Event::Opened(opening) => Some(opening),
                _ => None,
            });
            let of_sale = opening.is_some_and(|opening| match opening.kind {
                checkstand_core::payment::Kind::Refund { of, .. } => {
                    text.contains("purchaseId") && text.contains(&of.to_string())
                }
                checkstand_core::payment::Kind::Sale => false,
            });
            let is_refund_text = text.contains("purchaseId") || text.contains("\"REFUND\"");
            let is_refund = opening.is_some_and(|opening| opening.kind != checkstand_core::payment::Kind::Sale);
            (own || of_sale) && is_refund == is_refund_text
        })
        .map(|entry| entry.payment)
}
