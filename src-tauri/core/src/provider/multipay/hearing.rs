//! What each of MultiPay's messages means for a payment. Messages are matched by payment id only, never by "the last one".

use super::messages::{self, About, Heard, PaymentState, ProblemType};
use super::sending::wants_cancel;
use super::times::{
    CANCEL_ANSWER_MS, CANCEL_OVERDUE_MS, OPENED_FOR_MS, RECEIPT_DUE_MS, SCAN_HELD_MS, TOO_OLD_AFTER_MS, UNANSWERED_MS,
};
use super::{Alarm, MultiPay, Operation};
use crate::message::Now;
use crate::money::{Currency, Money};
use crate::payment::{Ending, Event, Kind, Opening, Payment, PaymentId, ProviderName, Receipt, State};
use crate::provider::{Out, same_money};
use uuid::Uuid;

impl MultiPay {
    pub(super) fn on_text(&mut self, text: &str, current: bool, now: Now, out: &mut Out<'_>) {
        match self.read(text, out) {
            Heard::Logon if current => self.on_logon(now, out),
            Heard::Logon | Heard::Nothing => {}
            Heard::CustomerScanned { payment_id } => self.on_scan(payment_id, now, out),
            Heard::InitResponse { about, qr } => {
                let Some(id) = known(&about, out) else { return };
                // After a lost connection the answer may be older than a receipt that was lost with it.
                let stale = self.watches.get(&id).is_none_or(|watch| watch.sent_on != Some(self.line.generation));
                self.on_word(id, about.state.unwrap_or(PaymentState::Pending), Words { qr, stale }, now, out);
                self.answered(id, now, out);
            }
            Heard::StatusUpdate(about) => {
                if self.scanned.is_some() && self.scanned == about.payment_id {
                    self.scanned = None;
                    out.repaint = true;
                }
                let Some(id) = known(&about, out) else { return };
                if let Some(word) = about.state {
                    self.on_word(id, word, Words::default(), now, out);
                    // That it is complete, or has failed, was on its way in any case: it does not say what a cancel came to.
                    if matches!(word, PaymentState::Canceled | PaymentState::Reversed) {
                        // A word about how it ended answers all of them.
                        self.cancel_answered(id, u32::MAX, out);
                    }
                }
                self.answered(id, now, out);
            }
            Heard::Receipt(about) => self.on_receipt(&about, now, out),
            Heard::Problem { message_id, kind, payment_id } => {
                self.on_problem(kind, payment_id.as_deref(), message_id.as_deref(), now, out);
            }
        }
    }

    /// Reads a message. Its amounts are in the unit of its payment, where this till has asked for one; else in the account's.
    fn read(&self, text: &str, out: &Out<'_>) -> Heard {
        let usual = self.account.amount_unit;
        let heard = messages::read(text, usual);
        let asked = heard.payment_id().and_then(|wire_id| out.book().by_wire_id(wire_id));
        match asked.and_then(|id| self.watches.get(&id)?.unit) {
            Some(unit) if unit != usual => messages::read(text, unit),
            Some(_) | None => heard,
        }
    }

    /// A payment state in an answer or an update.
    fn on_word(&mut self, id: PaymentId, word: PaymentState, beside: Words, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        if payment.facts.sends == 0 {
            return;
        }
        let is_sale = payment.opening.kind == Kind::Sale;
        match word {
            // An unknown word is "still checking": the provider has it.
            PaymentState::Pending | PaymentState::Other if is_sale => {
                out.report(id, Event::Accepted { track: None, qr: beside.qr, followed: false, stale: beside.stale });
                self.on_accepted(id, now, out);
                self.stop_if_wanted(id, now, out);
            }
            PaymentState::Pending | PaymentState::Other => {}
            PaymentState::Complete => {
                if out.report(id, Event::SaidComplete) && out.payment(id).is_some_and(Payment::is_open) {
                    self.stop_cancels(id);
                    self.agenda.set(Alarm::Receipt(id), now.boot_ms + RECEIPT_DUE_MS);
                }
            }
            PaymentState::Canceled if is_sale => {
                out.report(id, Event::Ended { ending: Ending::Canceled });
                self.settle(id, out);
            }
            PaymentState::Reversed if is_sale => {
                out.report(id, Event::Returned);
                self.settle(id, out);
            }
            // A refund that was called off or went wrong on their side: nobody says whether the money went back.
            PaymentState::Error | PaymentState::Canceled | PaymentState::Reversed => {
                out.report(id, Event::SaidError);
                self.begin_doubt(id, now);
                self.stop_if_wanted(id, now, out);
            }
        }
    }

    fn on_accepted(&mut self, id: PaymentId, now: Now, out: &Out<'_>) {
        if out.payment(id).is_some_and(|payment| payment.state == State::Waiting) {
            if let Some(watch) = self.watches.get_mut(&id) {
                watch.doubt_ms = None;
                watch.waits_since_ms.get_or_insert(now.boot_ms);
            }
            self.repaint_while_waiting(id, now, out);
            self.agenda.set_by(Alarm::TooOld(id), now.boot_ms + TOO_OLD_AFTER_MS);
        }
    }

    fn stop_if_wanted(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let wanted = out.payment(id).is_some_and(wants_cancel);
        if wanted && !self.agenda.holds(Alarm::Cancel(id)) {
            self.agenda.set_by(Alarm::CancelOverdue(id), now.boot_ms + CANCEL_OVERDUE_MS);
            self.cancel_soon(id, now, out);
        }
    }

    fn stop_cancels(&mut self, id: PaymentId) {
        self.agenda.clear(Alarm::Cancel(id));
        self.agenda.clear(Alarm::CancelOverdue(id));
        self.queue.retain(|queued| *queued != (Operation::Cancel, id));
    }

    // ---- receipts ---------------------------------------------------------------------------------------------------

    fn on_receipt(&mut self, about: &About, now: Now, out: &mut Out<'_>) {
        match about.state {
            Some(word @ (PaymentState::Pending | PaymentState::Canceled | PaymentState::Error)) => {
                if let Some(id) = known(about, out) {
                    self.on_word(id, word, Words::default(), now, out);
                }
            }
            Some(PaymentState::Complete | PaymentState::Reversed | PaymentState::Other) | None => {
                match known(about, out) {
                    Some(id) => self.on_proof(id, about, now, out),
                    None => self.on_orphan(about, out),
                }
            }
        }
    }

    fn on_proof(&mut self, id: PaymentId, about: &About, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        if payment.opening.kind == Kind::Sale && !payment.opening.orphan {
            match meant(payment, about, out) {
                Meant::Refund(refund) => return self.prove(refund, about, now, out),
                // A second receipt of the sale: a person looks which it was.
                Meant::OneOfSeveral => {}
                Meant::Sale if about.state == Some(PaymentState::Reversed) => {
                    out.report(id, Event::Returned);
                    self.settle(id, out);
                    return self.answered(id, now, out);
                }
                Meant::Sale => {}
            }
        }
        if payment_is_orphan(out, id) && about.state == Some(PaymentState::Reversed) {
            out.report(id, Event::Returned);
            return;
        }
        self.prove(id, about, now, out);
    }

    fn prove(&mut self, id: PaymentId, about: &About, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        let asked = payment.opening.money;
        let echo_differs =
            |echo: &Option<String>, ours: Uuid| echo.as_deref().is_some_and(|echo| Uuid::parse_str(echo) != Ok(ours));
        // A refund's receipt may echo the ids of the sale; only a sale's own are checked.
        let is_sale = payment.opening.kind == Kind::Sale;
        let ids_differ = is_sale
            && (echo_differs(&about.order_id, messages::order_id(id))
                || echo_differs(&about.sale_id, messages::sale_id(id)));
        let money_differs = if is_sale || about.names_money { !same_money(asked, about.money) } else { false };
        let retried = match payment.opening.kind {
            Kind::Refund { retry_of, .. } => retry_of,
            Kind::Sale => None,
        };
        let sale = payment.refund_of();
        let orphan = payment.opening.orphan;
        // A receipt with a word that nobody has told us is kept, but not believed without a person.
        let is_strange = about.state == Some(PaymentState::Other);
        let differs = !orphan && (ids_differ || money_differs || is_strange);
        out.report(id, Event::Captured(Receipt { differs, id: about.receipt_id.clone(), money: about.money }));
        if let Some(old) = retried.filter(|old| out.payment(*old).is_some_and(Payment::is_open)) {
            out.report(old, Event::Ended { ending: Ending::Superseded });
            self.settle(old, out);
        }
        // One that asks again about this one has nothing left to give back: only a whole refund is asked again.
        let repeats = |other: &&Payment| other.is_open() && other.repeats(id);
        let again = sale.and_then(|sale| out.book().refunds_of(sale).find(repeats)).map(|other| other.id);
        if let Some(again) = again {
            self.end(again, Ending::Duplicate, out);
        }
        self.await_cancel_answer(id, now, out);
        self.answered(id, now, out);
    }

    /// Proof is here, but a cancel of ours is on its way: its answer says whether the money stays.
    fn await_cancel_answer(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let asked = out.payment(id).is_some_and(|payment| payment.facts.cancel_asked_at_ms.is_some());
        if self.watches.get(&id).is_some_and(|watch| watch.cancels_open > 0) {
            self.stop_cancels(id);
            self.agenda.set(Alarm::CancelAnswer(id), now.boot_ms + CANCEL_ANSWER_MS);
        } else {
            if asked && self.watches.contains_key(&id) {
                out.report(id, Event::CancelAnswered);
            }
            self.settle(id, out);
        }
    }

    /// Nobody here asked for it: kept all the same, for a person to look at.
    fn on_orphan(&mut self, about: &About, out: &mut Out<'_>) {
        let id = about.orphan_id();
        if out.payment(id).is_none() {
            let money = about.money.unwrap_or(Money::new(0, Currency::Nok));
            let reference = format!("?-{}", about.receipt_id.as_deref().unwrap_or(about.name()));
            out.open(
                id,
                Opening {
                    kind: Kind::Sale,
                    provider: ProviderName::Multipay,
                    money,
                    reference,
                    orphan: true,
                    override_by: None,
                    not_same_as: None,
                    refund: None,
                },
            );
        }
        out.report(
            id,
            Event::Captured(Receipt {
                differs: about.money.is_none(),
                id: about.receipt_id.clone(),
                money: about.money,
            }),
        );
        if about.state == Some(PaymentState::Reversed) {
            out.report(id, Event::Returned);
        }
    }

    // ---- problems ---------------------------------------------------------------------------------------------------

    fn on_problem(
        &mut self,
        kind: ProblemType,
        payment_id: Option<&str>,
        message_id: Option<&str>,
        now: Now,
        out: &mut Out<'_>,
    ) {
        let target = match payment_id {
            Some(wire_id) => out.book().by_wire_id(wire_id).map(|id| self.refund_in_question(id, out)),
            None => self.the_only_suspect(now),
        };
        let Some(id) = target else {
            out.raise(ProviderName::Multipay, "provider_problem");
            return;
        };
        let about_cancel = self.outstanding == Some((Operation::Cancel, id));
        let Some(payment) = out.payment(id).cloned() else { return };
        match payment.opening.kind {
            Kind::Sale => {
                self.on_sale_problem(&payment, kind, about_cancel, now, out);
                self.cancel_failed(id, message_id, out);
            }
            Kind::Refund { of, .. } => self.on_refund_problem(&payment, of, kind, now, out),
        }
        self.answered(id, now, out);
    }

    fn on_sale_problem(&mut self, sale: &Payment, kind: ProblemType, about_cancel: bool, now: Now, out: &mut Out<'_>) {
        // After a cancel was asked for, a problem may be about that cancel: it proves nothing about the payment.
        let unclear = about_cancel || sale.facts.cancel_asked_at_ms.is_some();
        // Whatever it is, it is recorded: which of two messages came first must not matter.
        let clear = sale.facts.sends > 0 && !unclear;
        match kind {
            ProblemType::Input | ProblemType::Merchant if clear => {
                out.report(sale.id, Event::Refused { ending: Ending::Configuration });
                self.settle(sale.id, out);
            }
            ProblemType::Unexpected if clear => {
                out.report(sale.id, Event::SaidError);
                self.begin_doubt(sale.id, now);
            }
            ProblemType::Input
            | ProblemType::Merchant
            | ProblemType::Unexpected
            | ProblemType::NotFound
            | ProblemType::AlreadyRefunded => {}
        }
    }

    fn on_refund_problem(&mut self, refund: &Payment, sale: PaymentId, kind: ProblemType, now: Now, out: &mut Out<'_>) {
        if !matches!(refund.state, State::Sent | State::Unknown(_)) {
            return;
        }
        match kind {
            ProblemType::NotFound | ProblemType::Input => self.end(refund.id, Ending::Refused, out),
            ProblemType::Merchant => self.end(refund.id, Ending::Configuration, out),
            ProblemType::AlreadyRefunded => {
                let doubted = out
                    .payment(sale)
                    .filter(|_| !self.account.partial_refunds)
                    .and_then(|sale| out.book().doubted_full_refund(sale, refund.id));
                match doubted {
                    Some(done) => {
                        out.report(done, Event::Captured(Receipt { differs: false, id: None, money: None }));
                        self.settle(done, out);
                        self.end(refund.id, Ending::Duplicate, out);
                    }
                    None => {
                        out.raise(ProviderName::Multipay, "refunded_elsewhere");
                        self.end(refund.id, Ending::Refused, out);
                    }
                }
            }
            ProblemType::Unexpected => {
                out.report(refund.id, Event::SaidError);
                self.begin_doubt(refund.id, now);
            }
        }
    }

    /// A problem that names a sale while a refund of it is outstanding is about the refund.
    fn refund_in_question(&self, id: PaymentId, out: &Out<'_>) -> PaymentId {
        match self.outstanding {
            Some((Operation::Refund, refund)) if out.payment(refund).and_then(Payment::refund_of) == Some(id) => refund,
            Some(_) | None => id,
        }
    }

    /// A problem without an id may be about the outstanding operation only if no other can be meant.
    fn the_only_suspect(&self, now: Now) -> Option<PaymentId> {
        let (_, id) = self.outstanding?;
        let ambiguous =
            self.unanswered_since_logon || self.unanswered_ms.is_some_and(|at_ms| now.boot_ms - at_ms < UNANSWERED_MS);
        (!ambiguous).then_some(id)
    }

    // ---- GET-flow ---------------------------------------------------------------------------------------------------

    fn on_scan(&mut self, wire_id: String, now: Now, out: &mut Out<'_>) {
        // A payment id that is in the ledger is never answered again.
        if out.book().by_wire_id(&wire_id).is_some()
            || self.watches.values().any(|watch| watch.wire_id.as_deref() == Some(wire_id.as_str()))
        {
            return;
        }
        out.repaint = true;
        match self.awaits_scan.take() {
            Some(id) => {
                if let Some(watch) = self.watches.get_mut(&id) {
                    watch.wire_id = Some(wire_id);
                }
                self.agenda.set(Alarm::Opened(id), now.boot_ms + OPENED_FOR_MS);
                self.enqueue(Operation::Init, id, now, out);
            }
            None => {
                self.scanned = Some(wire_id);
                self.agenda.set(Alarm::Scan, now.boot_ms + SCAN_HELD_MS);
            }
        }
    }
}

/// What came with a payment state.
#[derive(Default)]
struct Words {
    qr: Option<String>,
    stale: bool,
}

fn known(about: &About, out: &Out<'_>) -> Option<PaymentId> {
    out.book().by_wire_id(about.payment_id.as_deref()?)
}

fn payment_is_orphan(out: &Out<'_>, id: PaymentId) -> bool {
    out.payment(id).is_some_and(|payment| payment.opening.orphan)
}

/// Whose a receipt under a sale's id is.
enum Meant {
    /// The sale's own.
    Sale,
    /// This refund's.
    Refund(PaymentId),
    /// One of several refunds', and nothing tells which.
    OneOfSeveral,
}

/// It is a refund's where it has another receipt id than the sale, and the refund's amount. One that has proven a refund before
/// proves that one again, and no other.
fn meant(sale: &Payment, about: &About, out: &Out<'_>) -> Meant {
    if sale.state != State::Paid || about.receipt_id.is_none() || about.receipt_id.as_deref() == sale.receipt_id() {
        return Meant::Sale;
    }
    let refunds: Vec<&Payment> = out.book().refunds_of(sale.id).collect();
    if let Some(proven) = refunds.iter().find(|refund| refund.receipt_id() == about.receipt_id.as_deref()) {
        return Meant::Refund(proven.id);
    }
    let fits = |refund: &Payment| same_money(refund.opening.money, about.money);
    // One that a person has found done still lacks its receipt, and this may be it.
    let found_done = |refund: &Payment| refund.state == State::Paid && refund.receipt_id().is_none() && fits(refund);
    let awaited = |refund: &Payment| refund.is_open() && refund.facts.sends > 0 && !out.book().is_taken_over(refund);
    let mut able: Vec<&Payment> =
        refunds.iter().copied().filter(|refund| found_done(refund) || awaited(refund)).collect();
    // Whoever asks again about one that is done has none of its own.
    let done: Vec<PaymentId> = able.iter().filter(|refund| found_done(refund)).map(|refund| refund.id).collect();
    able.retain(|refund| !done.iter().any(|done| refund.repeats(*done)));
    match able[..] {
        [refund] if fits(refund) => Meant::Refund(refund.id),
        [_, _, ..] if able.iter().any(|refund| fits(refund)) => Meant::OneOfSeveral,
        _ => Meant::Sale,
    }
}
