//! What each payment needs next, and when: the cadence of polls, sweeps and proofs.

use super::messages::Word;
use super::times::*;
use super::{Alarm, Errand, MisPay};
use crate::agenda::back_off_ms;
use crate::message::Now;
use crate::payment::{Doubt, Ending, Event, Kind, Payment, PaymentId, State};
use crate::provider::Out;

impl MisPay {
    pub(super) fn next_errand(&self, payment: &Payment, out: &Out<'_>) -> Option<Errand> {
        let watch = self.watches.get(&payment.id)?;
        match payment.opening.kind {
            Kind::Sale => match payment.state {
                State::Opened => Some(Errand::Purchase(payment.id)),
                State::Sent => watch.repeat.then_some(Errand::Purchase(payment.id)),
                State::Paid => self.next_reading_of_paid(payment),
                State::Reversed | State::Cancelling => None,
                State::Waiting | State::Unknown(_) | State::Declined(_) => match &watch.prove {
                    Some(purchase) => Some(Errand::Details(payment.id, purchase.clone())),
                    None => payment.facts.track.as_ref().map(|_| Errand::Status(payment.id)),
                },
            },
            Kind::Refund { .. } => match payment.state {
                State::Opened => Some(Errand::Baseline(payment.id)),
                State::Sent => watch.repeat.then_some(Errand::Refund(payment.id)),
                State::Paid if payment.facts.drop_seen || out.book().drop_seen() || watch.proofs > 0 => None,
                State::Paid | State::Unknown(_) | State::Declined(Ending::NotChargedByHand) => {
                    payment.facts.baseline_minor.map(|_| Errand::RefundProof(payment.id))
                }
                State::Reversed | State::Cancelling | State::Waiting | State::Declined(_) => None,
            },
        }
    }

    pub(super) fn next_reading_of_paid(&self, payment: &Payment) -> Option<Errand> {
        if payment.facts.details.is_some() || payment.facts.details_missing {
            return None;
        }
        let found_later = self.watches.get(&payment.id).and_then(|watch| watch.prove.as_deref());
        match payment.receipt_id().or(found_later) {
            Some(purchase) => Some(Errand::Details(payment.id, purchase.to_owned())),
            None => payment.facts.track.as_ref().map(|_| Errand::Status(payment.id)),
        }
    }

    /// Does what the payment needs now, or asks for a token first.
    pub(super) fn go_on(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        let Some(watch) = self.watches.get(&id) else { return };
        if watch.busy.is_some() {
            return;
        }
        let Some(errand) = self.next_errand(payment, out) else { return };
        if self.token.usable(now.boot_ms).is_none() {
            if let Some(watch) = self.watches.get_mut(&id) {
                watch.wants_token = true;
            }
            self.want_token(out);
            return;
        }
        self.send(id, errand, now, out);
    }

    pub(super) fn on_alarm(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let Some(state) = out.payment(id).map(|payment| payment.state) else { return };
        let Some(watch) = self.watches.get(&id) else { return };
        let since_click = now.boot_ms - watch.clicked_ms;
        match state {
            State::Opened if since_click >= OPENED_FOR_MS => self.end(id, Ending::NeverSent, out),
            State::Sent if watch.repeat && since_click >= REPEAT_WITHIN_MS => self.end(id, Ending::TokenRefused, out),
            State::Sent if !watch.repeat => {
                let in_flight = now.boot_ms - watch.since_ms;
                if in_flight >= DOUBT_AFTER_MS {
                    out.report(id, Event::Doubted { doubt: Doubt::NoAnswer });
                    self.watch_refund_proof(id, now, out);
                } else {
                    out.repaint = true;
                    self.agenda.set(Alarm::Payment(id), now.boot_ms + (DOUBT_AFTER_MS - in_flight));
                }
            }
            State::Waiting if now.boot_ms - watch.since_ms >= TOO_OLD_AFTER_MS => {
                out.report(id, Event::Doubted { doubt: Doubt::TooOld });
                self.go_on(id, now, out);
            }
            State::Opened
            | State::Sent
            | State::Waiting
            | State::Cancelling
            | State::Unknown(_)
            | State::Declined(_)
            | State::Paid
            | State::Reversed => {
                self.go_on(id, now, out);
            }
        }
    }

    /// When to look again, after a read that decided nothing. `None`: no more.
    pub(super) fn next_read_ms(&self, payment: &Payment, now: Now) -> Option<i64> {
        let watch = self.watches.get(&payment.id)?;
        let age = now.boot_ms - watch.since_ms;
        let sweep = |steps: &[i64]| {
            let step = steps.iter().copied().find(|step| *step > age);
            step.map(|step| step - age).or_else(|| (age < TOO_OLD_AFTER_MS).then_some(HOUR_MS))
        };
        let soon_ms = match payment.state {
            State::Waiting => self.account.window_ms,
            State::Paid => DETAILS_SOON_MS,
            State::Opened
            | State::Sent
            | State::Cancelling
            | State::Unknown(_)
            | State::Declined(_)
            | State::Reversed => 0,
        };
        if watch.errors > 0 && age < soon_ms {
            return Some(back_off_ms(watch.errors, BACK_OFF_FIRST_MS, POLL_SLOW_MAX_MS, now.dice));
        }
        // A success that left something out is read again soon, and until it is proven, however late it was heard.
        if (watch.incomplete_reads > 0 || watch.prove.is_some()) && payment.state != State::Paid {
            return Some(if watch.errors > 0 {
                back_off_ms(watch.errors, BACK_OFF_FIRST_MS, POLL_SLOW_MAX_MS, now.dice)
            } else {
                POLL_MS
            });
        }
        // An outage must not cost a look that comes once an hour; when it lasts, nobody is asked more often than that.
        let is_swept = matches!(payment.state, State::Unknown(_) | State::Declined(_));
        if is_swept && (1..=SWEEP_RETRIES).contains(&watch.errors) {
            return Some(back_off_ms(watch.errors, BACK_OFF_FIRST_MS, POLL_SLOW_MAX_MS, now.dice));
        }
        match (payment.opening.kind, payment.state) {
            (Kind::Sale, State::Waiting) if age >= soon_ms => Some(MINUTE_MS),
            (Kind::Sale, State::Waiting) => {
                Some(if watch.adverse.is_some_and(|(word, _)| word != Word::TimedOut) { 1_000 } else { POLL_MS })
            }
            (Kind::Sale, State::Unknown(_)) => (age < WATCH_FOR_MS).then_some(HOUR_MS),
            (Kind::Sale, State::Declined(_)) => sweep(&SWEEP_MS),
            (Kind::Sale, State::Paid) => (age < WATCH_FOR_MS).then_some(if age < soon_ms { POLL_MS } else { HOUR_MS }),
            (Kind::Refund { .. }, State::Unknown(_) | State::Declined(Ending::NotChargedByHand)) => {
                sweep(&REFUND_PROOF_MS)
            }
            (Kind::Refund { .. }, State::Paid) => Some(REFUND_PROOF_MS[0]),
            (Kind::Refund { .. }, State::Waiting | State::Declined(_))
            | (_, State::Opened | State::Sent | State::Cancelling | State::Reversed) => None,
        }
    }

    pub(super) fn look_again(&mut self, id: PaymentId, now: Now, out: &Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        let Some(watch) = self.watches.get(&id) else { return };
        if watch.busy.is_some() || self.next_errand(payment, out).is_none() {
            if watch.busy.is_none() {
                self.agenda.clear(Alarm::Payment(id));
            }
            return;
        }
        match self.next_read_ms(payment, now) {
            Some(delay_ms) => self.agenda.set(Alarm::Payment(id), now.boot_ms + delay_ms),
            None => {
                self.watches.remove(&id);
                self.agenda.clear(Alarm::Payment(id));
            }
        }
    }

    pub(super) fn watch_refund_proof(&mut self, id: PaymentId, now: Now, out: &Out<'_>) {
        let is_refund = out.payment(id).is_some_and(|payment| payment.refund_of().is_some());
        if let Some(watch) = self.watches.get_mut(&id).filter(|_| is_refund) {
            watch.since_ms = now.boot_ms;
            watch.busy = None;
        }
        self.look_again(id, now, out);
    }
}
