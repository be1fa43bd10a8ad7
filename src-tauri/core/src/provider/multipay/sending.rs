//! What leaves, one operation at a time, and what its silence means.

use super::line::Stage;
use super::times::*;
use super::{Alarm, MultiPay, Operation, messages};
use crate::message::{Act, Now};
use crate::payment::{Doubt, Ending, Event, Kind, Payment, PaymentId, State};
use crate::provider::Out;
use uuid::Uuid;

impl MultiPay {
    pub(super) fn enqueue(&mut self, operation: Operation, id: PaymentId, now: Now, out: &mut Out<'_>) {
        if !self.queue.contains(&(operation, id)) && self.outstanding != Some((operation, id)) {
            self.queue.push((operation, id));
        }
        self.pump(now, out);
    }

    /// Sends what may be sent: one operation at a time, a sale before cancels and refunds.
    pub(super) fn pump(&mut self, now: Now, out: &mut Out<'_>) {
        while self.line.stage == Stage::Ready && self.outstanding.is_none() && !self.queue.is_empty() {
            let next = self.queue.iter().position(|(operation, _)| *operation == Operation::Init).unwrap_or(0);
            let (operation, id) = self.queue.remove(next);
            let Some(payment) = out.payment(id).cloned() else { continue };
            let text = match operation {
                Operation::Init => self.init(&payment, out),
                Operation::Cancel => self.cancel_text(&payment),
                Operation::Refund => self.refund_text(&payment, out),
            };
            let Some(text) = text else { continue };
            let answer_ms = match operation {
                Operation::Init => INIT_ANSWER_MS,
                Operation::Cancel => CANCEL_ANSWER_MS,
                Operation::Refund => REFUND_ANSWER_MS,
            };
            out.act.push(Act::Send { generation: self.line.generation, text });
            self.outstanding = Some((operation, id));
            self.agenda.set(Alarm::Outstanding, now.boot_ms + answer_ms);
            if operation == Operation::Cancel {
                self.schedule_next_cancel(id, now);
            }
        }
    }

    pub(super) fn init(&mut self, sale: &Payment, out: &mut Out<'_>) -> Option<String> {
        if sale.state != State::Opened {
            return None;
        }
        let generation = self.line.generation;
        let watch = self.watches.get_mut(&sale.id)?;
        watch.sent_on = Some(generation);
        watch.unit = Some(self.account.amount_unit);
        let wire_id = watch.wire_id.clone();
        self.agenda.clear(Alarm::Opened(sale.id));
        out.report(sale.id, Event::Sent { wire_id: wire_id.clone(), baseline_minor: None });
        let on_wire = wire_id.unwrap_or_else(|| sale.id.to_string());
        Some(messages::init(sale.id, &on_wire, sale.opening.money, self.account.amount_unit))
    }

    pub(super) fn refund_text(&mut self, refund: &Payment, out: &mut Out<'_>) -> Option<String> {
        if refund.state != State::Opened {
            return None;
        }
        let receipt = out.payment(refund.refund_of()?)?.receipt_id()?.to_owned();
        self.watches.get_mut(&refund.id)?.unit = Some(self.account.amount_unit);
        self.agenda.clear(Alarm::Opened(refund.id));
        out.report(refund.id, Event::Sent { wire_id: None, baseline_minor: None });
        Some(messages::refund(refund.id, &receipt, refund.opening.money, self.account.amount_unit))
    }

    pub(super) fn cancel_text(&mut self, sale: &Payment) -> Option<String> {
        if !wants_cancel(sale) {
            return None;
        }
        let watch = self.watches.get_mut(&sale.id)?;
        watch.cancels += 1;
        watch.cancels_open = watch.cancels_open.saturating_add(1);
        Some(messages::cancel(sale.id, &sale.wire_id(), watch.cancels))
    }

    pub(super) fn schedule_next_cancel(&mut self, id: PaymentId, now: Now) {
        let sent = self.watches.get(&id).map_or(1, |watch| watch.cancels as usize);
        let gap_ms = CANCEL_GAPS_MS[sent.clamp(1, CANCEL_GAPS_MS.len()) - 1];
        self.agenda.set(Alarm::Cancel(id), now.boot_ms + gap_ms);
    }

    /// A cancel about a payment from before the logon waits for late receipts; any other leaves now.
    pub(super) fn cancel_soon(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let here = self.watches.get(&id).is_some_and(|watch| watch.sent_on == Some(self.line.generation));
        let free_ms = if here { now.boot_ms } else { self.line.ready_ms + LATE_RECEIPTS_MS };
        if self.line.stage == Stage::Ready && free_ms <= now.boot_ms {
            self.enqueue(Operation::Cancel, id, now, out);
        } else if self.line.stage == Stage::Ready {
            self.agenda.set(Alarm::Cancel(id), free_ms);
        }
        // Without a line: `after_logon` comes back to it.
    }

    /// The operation has its direct answer. A message after which it is still only sent was none: the silence goes on, and
    /// is told at its end.
    pub(super) fn answered(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let says_nothing = |operation| {
            operation != Operation::Cancel && out.payment(id).is_some_and(|payment| payment.state == State::Sent)
        };
        if self.outstanding.is_some_and(|(operation, about)| about == id && !says_nothing(operation)) {
            self.outstanding = None;
            self.agenda.clear(Alarm::Outstanding);
            self.pump(now, out);
        }
    }

    pub(super) fn on_silence(&mut self, now: Now, out: &mut Out<'_>) {
        let Some((operation, id)) = self.outstanding.take() else { return };
        self.unanswered_ms = Some(now.boot_ms);
        self.unanswered_since_logon = true;
        match operation {
            Operation::Init | Operation::Refund => self.doubt(id, Doubt::NoAnswer, now, out),
            Operation::Cancel => {}
        }
        self.pump(now, out);
    }

    pub(super) fn doubt(&mut self, id: PaymentId, doubt: Doubt, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        if !matches!(payment.state, State::Sent | State::Waiting) {
            return;
        }
        let wants_stop = payment.facts.cancel_asked_at_ms.is_some();
        out.report(id, Event::Doubted { doubt });
        self.begin_doubt(id, now);
        if wants_stop {
            self.cancel_soon(id, now, out);
        }
    }

    pub(super) fn begin_doubt(&mut self, id: PaymentId, now: Now) {
        // An ended payment is no longer watched, and nothing can put it in doubt.
        let Some(watch) = self.watches.get_mut(&id) else { return };
        watch.doubt_ms.get_or_insert(now.boot_ms);
        self.agenda.set_by(Alarm::Repaint(id), now.boot_ms + BIG_WORD_OFFLINE_MS);
    }

    /// The connection broke: whatever was on its way or waited for news is in doubt now.
    pub(super) fn in_flight_lost(&mut self, now: Now, out: &mut Out<'_>) {
        if let Some((operation, _)) = self.outstanding.take() {
            self.unanswered_ms = Some(now.boot_ms);
            self.agenda.clear(Alarm::Outstanding);
            debug_assert!(matches!(operation, Operation::Init | Operation::Cancel | Operation::Refund));
        }
        let watched: Vec<PaymentId> = self.watches.keys().copied().collect();
        for id in watched {
            self.doubt(id, Doubt::ConnectionLost, now, out);
            self.cancel_unanswered(id, out);
        }
        self.queue.retain(|(operation, _)| *operation != Operation::Cancel);
        self.scanned = None;
    }

    /// The provider has answered so many of our cancels, whatever it said. Those that are left may still return the money.
    pub(super) fn cancel_answered(&mut self, id: PaymentId, answered: u32, out: &mut Out<'_>) {
        let Some(watch) = self.watches.get_mut(&id).filter(|watch| watch.cancels_open > 0) else { return };
        watch.cancels_open = watch.cancels_open.saturating_sub(answered);
        if watch.cancels_open > 0 {
            return;
        }
        if out.payment(id).is_some_and(|payment| payment.state == State::Paid) {
            out.report(id, Event::CancelAnswered);
            self.let_go(id);
        }
    }

    /// One of our cancels has failed. A copy of the message that says so is about no other.
    pub(super) fn cancel_failed(&mut self, id: PaymentId, message_id: Option<&str>, out: &mut Out<'_>) {
        let message = message_id.map(|text| Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes()));
        let Some(watch) = self.watches.get_mut(&id).filter(|watch| watch.cancels_open > 0) else { return };
        if message.is_none_or(|message| watch.failed_cancels.insert(message)) {
            self.cancel_answered(id, 1, out);
        }
    }

    /// A paid payment that we also asked to cancel, and no answer: it may have been returned.
    pub(super) fn cancel_unanswered(&mut self, id: PaymentId, out: &mut Out<'_>) {
        let open = self.watches.get(&id).is_some_and(|watch| watch.cancels_open > 0);
        if open && out.payment(id).is_some_and(|payment| payment.state == State::Paid) {
            out.report(id, Event::CancelUnanswered);
            self.let_go(id);
        }
    }

    pub(super) fn after_logon(&mut self, now: Now, out: &mut Out<'_>) {
        let watched: Vec<PaymentId> = self.watches.keys().copied().collect();
        for id in watched {
            let Some(payment) = out.payment(id) else { continue };
            if wants_cancel(payment) {
                self.agenda.set(Alarm::Cancel(id), now.boot_ms + LATE_RECEIPTS_MS);
            }
            if matches!(payment.state, State::Unknown(_)) {
                self.agenda.set(Alarm::Repaint(id), now.boot_ms + BIG_WORD_LOGON_MS);
            }
        }
        self.pump(now, out);
    }

    /// The credentials are refused: a sale that has not left will not leave.
    pub(super) fn setup_refused(&mut self, out: &mut Out<'_>) {
        let queue = std::mem::take(&mut self.queue);
        for (operation, id) in queue {
            if operation != Operation::Cancel && out.payment(id).is_some_and(|payment| payment.state == State::Opened) {
                self.end(id, Ending::Configuration, out);
            }
        }
    }

    pub(super) fn end(&mut self, id: PaymentId, ending: Ending, out: &mut Out<'_>) {
        out.report(id, Event::Refused { ending });
        self.settle(id, out);
    }

    /// Lets go of a payment that has ended.
    pub(super) fn settle(&mut self, id: PaymentId, out: &Out<'_>) {
        if out.payment(id).is_some_and(Payment::is_open) {
            return;
        }
        self.let_go(id);
    }

    pub(super) fn let_go(&mut self, id: PaymentId) {
        self.watches.remove(&id);
        self.queue.retain(|(_, queued)| *queued != id);
        if self.awaits_scan == Some(id) {
            self.awaits_scan = None;
        }
        for alarm in [
            Alarm::Opened(id),
            Alarm::Cancel(id),
            Alarm::CancelOverdue(id),
            Alarm::Receipt(id),
            Alarm::CancelAnswer(id),
            Alarm::TooOld(id),
            Alarm::Repaint(id),
        ] {
            self.agenda.clear(alarm);
        }
    }
}

/// Whether a cancel of ours should be on its way: a person asked, and nothing has decided since.
pub(super) fn wants_cancel(payment: &Payment) -> bool {
    payment.opening.kind == Kind::Sale
        && payment.facts.cancel_asked_at_ms.is_some()
        && !payment.facts.said_complete
        && matches!(payment.state, State::Cancelling | State::Unknown(_))
}
