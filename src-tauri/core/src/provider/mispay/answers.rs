//! What each of MIS Pay's answers means for a payment.

use super::messages::{Heard, Order, PurchaseDetails, Word};
use super::times::REPEAT_WITHIN_MS;
use super::{Alarm, Call, Errand, MisPay, NumberQuestion, Watch};
use crate::message::{Now, Reply};
use crate::money::Money;
use crate::payment::{Details, Doubt, Ending, Event, NumberCheck, Payment, PaymentId, ProviderName, Receipt, State};
use crate::provider::patience::{PROMPT_AFTER_MS, STILL_CONTACTING_MS};
use crate::provider::{Out, same_money};

/// A success that leaves something out is read so often before the payment is called paid, but strange.
const INCOMPLETE_READS_MAX: u8 = 3;
/// MP01 must be heard for so long before a payment counts as timed out.
const TIMED_OUT_AFTER_MS: i64 = 10_000;
/// `canceled` and `failed` must be heard twice, so far apart.
const ADVERSE_AFTER_MS: i64 = 1_000;
/// A purchase may be invisible for so long without that being an error.
const NOT_VISIBLE_YET_MS: i64 = 10_000;

impl MisPay {
    pub(super) fn on_answer(&mut self, number: u64, reply: &Reply, now: Now, out: &mut Out<'_>) {
        let Some(call) = self.calls.remove(&number) else { return };
        let heard = Heard::read(reply);
        match &call.errand {
            Errand::Token => self.on_token_answer(number, reply, now, out),
            Errand::Purchase(id) | Errand::Refund(id) => self.on_money_answer(*id, number, &call, heard, now, out),
            Errand::CheckNumber(id, asked) => self.on_number(*id, asked, heard, out),
            Errand::Status(id) | Errand::Details(id, _) | Errand::Baseline(id) | Errand::RefundProof(id) => {
                // An answer to a superseded read is dropped: the newer one will tell.
                let Some(watch) = self.watches.get_mut(id).filter(|watch| watch.busy == Some(number)) else { return };
                watch.busy = None;
                self.on_read(*id, &call, heard, now, out);
            }
        }
    }

    // ---- the money requests -----------------------------------------------------------------------------------------

    fn on_money_answer(
        &mut self,
        id: PaymentId,
        number: u64,
        call: &Call,
        heard: Heard<'_>,
        now: Now,
        out: &mut Out<'_>,
    ) {
        if let Some(watch) = self.watches.get_mut(&id).filter(|watch| watch.busy == Some(number)) {
            watch.busy = None;
        }
        let is_refund = matches!(call.errand, Errand::Refund(_));
        let Some(state) = out.payment(id).map(|payment| payment.state) else { return };
        let in_doubt = matches!(state, State::Unknown(_));
        let proof = match &heard {
            Heard::Success(envelope) if is_refund => {
                envelope.refund_done().then_some(Event::Captured(Receipt { differs: false, id: None, money: None }))
            }
            Heard::Success(envelope) => envelope.track_id().map(|track| {
                let followed = out.payment(id).is_some_and(|payment| out.book().was_followed(payment));
                Event::Accepted { track: Some(track), qr: None, followed, stale: false }
            }),
            _ => None,
        };
        if let Some(event) = proof {
            return self.on_success(id, event, now, out);
        }
        let token_died =
            self.token.ready.as_ref().is_none_or(|t| t.got_ms != call.token_ms || t.ends_ms <= now.boot_ms);
        match heard {
            Heard::NotSent => self.refuse(id, Ending::NeverSent, out),
            Heard::Refused(1..=3) => {
                out.raise(ProviderName::Mispay, "configuration_refused");
                self.refuse(id, Ending::Configuration, out);
            }
            Heard::Refused(4) if !is_refund => self.refuse(id, Ending::CodeNotAccepted, out),
            Heard::Refused(5) if is_refund => self.refuse(id, Ending::Refused, out),
            Heard::Refused(10) if in_doubt => self.refuse(id, Ending::TokenRefused, out),
            Heard::Refused(10) | Heard::BareUnauthorised if !in_doubt => self.repeat(id, call, now, out),
            Heard::Refused(11) if !in_doubt && !is_refund && token_died => self.repeat(id, call, now, out),
            Heard::Refused(11) if !in_doubt && !is_refund => self.refuse(id, Ending::CodeNotAccepted, out),
            Heard::Lost => self.doubt(id, Doubt::AnswerLost, now, out),
            Heard::Success(_) | Heard::Refused(_) | Heard::BareUnauthorised | Heard::Unclear => {
                self.doubt(id, Doubt::UnclearAnswer, now, out)
            }
        }
    }

    fn on_success(&mut self, id: PaymentId, event: Event, now: Now, out: &mut Out<'_>) {
        if matches!(out.payment(id).map(|payment| payment.state), Some(State::Paid | State::Reversed) | None) {
            return;
        }
        out.report(id, event);
        self.watches.insert(id, Watch { clicked_ms: now.boot_ms, since_ms: now.boot_ms, ..Watch::default() });
        self.look_again(id, now, out);
    }

    fn refuse(&mut self, id: PaymentId, ending: Ending, out: &mut Out<'_>) {
        let undecided = out.payment(id).is_some_and(|payment| matches!(payment.state, State::Sent | State::Unknown(_)));
        if undecided {
            self.end(id, ending, out);
        }
    }

    fn doubt(&mut self, id: PaymentId, doubt: Doubt, now: Now, out: &mut Out<'_>) {
        if out.payment(id).is_some_and(|payment| payment.state == State::Sent) {
            out.report(id, Event::Doubted { doubt });
            if let Some(watch) = self.watches.get_mut(&id) {
                watch.code = None;
            }
            self.watch_refund_proof(id, now, out);
        }
    }

    /// The one repeat after a definite token refusal, where another token can be had in time.
    fn repeat(&mut self, id: PaymentId, call: &Call, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        if payment.state != State::Sent {
            return;
        }
        let first = payment.facts.sends == 1;
        let Some(clicked_ms) = self.watches.get(&id).map(|watch| watch.clicked_ms) else { return };
        let in_time = now.boot_ms - clicked_ms <= REPEAT_WITHIN_MS;
        if !(first && in_time && self.token.refused(call.token_ms, now.boot_ms)) {
            return self.refuse(id, Ending::TokenRefused, out);
        }
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.repeat = true;
        }
        self.agenda.set(Alarm::Payment(id), clicked_ms + REPEAT_WITHIN_MS);
        self.go_on(id, now, out);
    }

    // ---- the reads --------------------------------------------------------------------------------------------------

    fn on_read(&mut self, id: PaymentId, call: &Call, heard: Heard<'_>, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment_so_far(id) else { return };
        match (&call.errand, &heard) {
            (Errand::Status(_), Heard::Success(envelope)) => {
                if let Some(order) = envelope.order() {
                    self.read_well(id);
                    return self.on_order(&payment, order, now, out);
                }
            }
            (Errand::Details(_, purchase), Heard::Success(envelope)) => {
                if let Some(details) = envelope.details() {
                    self.read_well(id);
                    return self.on_details(&payment, purchase, &details, out);
                }
            }
            (Errand::Baseline(_), Heard::Success(envelope)) => {
                if let Some(details) = envelope.details() {
                    return self.on_baseline(&payment, &details, now, out);
                }
            }
            (Errand::RefundProof(_), Heard::Success(envelope)) => {
                if let Some(details) = envelope.details() {
                    return self.on_refund_proof(&payment, &details, now, out);
                }
            }
            _ => {}
        }
        self.on_failed_read(&payment, call, &heard, now, out);
    }

    fn read_well(&mut self, id: PaymentId) {
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.errors = 0;
        }
    }

    fn on_failed_read(&mut self, payment: &Payment, call: &Call, heard: &Heard<'_>, now: Now, out: &mut Out<'_>) {
        let id = payment.id;
        let token_refused = matches!(heard, Heard::Refused(10 | 11) | Heard::BareUnauthorised);
        let renewable = token_refused && self.token.refused(call.token_ms, now.boot_ms);
        if payment.state == State::Opened {
            // A refund whose purchase cannot be read never leaves.
            if renewable {
                return self.go_on(id, now, out);
            }
            let ending = if matches!(heard, Heard::Refused(1..=3)) { Ending::Configuration } else { Ending::NeverSent };
            return self.end(id, ending, out);
        }
        if matches!(heard, Heard::Refused(1..=4)) {
            out.raise(ProviderName::Mispay, "configuration_refused");
        }
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.adverse = None;
            let not_visible_yet =
                matches!(heard, Heard::Refused(5)) && now.boot_ms - watch.since_ms < NOT_VISIBLE_YET_MS;
            if !not_visible_yet && !renewable {
                watch.errors += 1;
            }
            let answered = !matches!(heard, Heard::NotSent | Heard::Lost) && !token_refused;
            if answered && matches!(call.errand, Errand::Details(..)) && watch.prove.is_some() {
                watch.incomplete_reads = watch.incomplete_reads.saturating_add(1);
            }
        }
        if renewable {
            return self.go_on(id, now, out);
        }
        self.give_up_proving(payment, None, now, out);
        self.look_again(id, now, out);
    }

    fn on_order(&mut self, payment: &Payment, order: Order, now: Now, out: &mut Out<'_>) {
        let id = payment.id;
        let adverse = match order.word {
            Word::Success => return self.on_order_success(payment, order, now, out),
            Word::Returned if payment.state != State::Paid => {
                out.report(id, Event::Returned);
                None
            }
            Word::Returned | Word::Open => None,
            Word::Canceled => Some((Ending::Canceled, ADVERSE_AFTER_MS)),
            Word::Failed => Some((Ending::Failed, ADVERSE_AFTER_MS)),
            Word::TimedOut => Some((Ending::TimedOut, TIMED_OUT_AFTER_MS)),
        };
        let Some(watch) = self.watches.get_mut(&id) else { return };
        let open = matches!(payment.state, State::Waiting | State::Unknown(_));
        match adverse {
            Some((ending, after_ms)) if open => match watch.adverse {
                Some((word, first_ms)) if same_family(word, order.word) => {
                    if now.boot_ms - first_ms >= after_ms {
                        out.report(id, Event::Ended { ending });
                        *watch = Watch { clicked_ms: now.boot_ms, since_ms: now.boot_ms, ..Watch::default() };
                    }
                }
                Some(_) | None => watch.adverse = Some((order.word, now.boot_ms)),
            },
            Some(_) | None => watch.adverse = None,
        }
        if open && adverse.is_none() {
            out.repaint |= now.boot_ms - watch.since_ms >= PROMPT_AFTER_MS.min(self.account.window_ms);
        }
        self.look_again(id, now, out);
    }

    fn on_order_success(&mut self, payment: &Payment, order: Order, now: Now, out: &mut Out<'_>) {
        let id = payment.id;
        let asked = payment.opening.money;
        let amount = order.amount.as_deref().and_then(|text| Money::from_decimal(text, asked.currency).ok());
        let proven = order.order_id.as_deref() == Some(payment.wire_id().as_str()) && same_money(asked, amount);
        let already_paid = payment.state == State::Paid;
        if proven && !already_paid {
            out.report(
                id,
                Event::Captured(Receipt { differs: false, id: order.purchase_id.clone(), money: Some(asked) }),
            );
        }
        let Some(watch) = self.watches.get_mut(&id) else { return };
        if proven && !already_paid {
            *watch = Watch { clicked_ms: now.boot_ms, since_ms: now.boot_ms, ..Watch::default() };
        }
        match (order.purchase_id, proven) {
            // The final amount and the currency are only in the details: read them at once.
            (Some(purchase), true) => {
                watch.prove = Some(purchase);
                return self.go_on(id, now, out);
            }
            (Some(purchase), false) if watch.incomplete_reads < INCOMPLETE_READS_MAX => {
                watch.prove = Some(purchase);
                return self.go_on(id, now, out);
            }
            (Some(_), false) => {}
            (None, _) => watch.incomplete_reads = watch.incomplete_reads.saturating_add(1),
        }
        let exhausted = watch.incomplete_reads >= INCOMPLETE_READS_MAX;
        // Nothing names the purchase: no further reading will, whether this one proved the payment or an earlier one.
        if exhausted && (proven || already_paid) {
            out.report(id, Event::DetailsMissing);
        }
        if !proven {
            self.give_up_proving(payment, amount, now, out);
        }
        self.look_again(id, now, out);
    }

    /// Money moved by the provider's word, but whose and how much was not to be had: paid, and a person must look.
    fn give_up_proving(&mut self, payment: &Payment, money: Option<Money>, now: Now, out: &mut Out<'_>) {
        let Some(watch) = self.watches.get_mut(&payment.id) else { return };
        if watch.incomplete_reads < INCOMPLETE_READS_MAX || payment.state == State::Paid {
            return;
        }
        let purchase = watch.prove.take();
        *watch = Watch { clicked_ms: now.boot_ms, since_ms: now.boot_ms, ..Watch::default() };
        out.report(payment.id, Event::Captured(Receipt { differs: true, id: purchase, money }));
    }

    fn on_details(&mut self, payment: &Payment, purchase: &str, details: &PurchaseDetails, out: &mut Out<'_>) {
        let id = payment.id;
        // After refunds of our own the details may show less: then the amount says nothing about the sale.
        let refunded = out.book().refunds_of(id).any(|refund| !matches!(refund.state, State::Declined(_)));
        let asked = payment.opening.money;
        let money_fits = if refunded {
            details.money.is_some_and(|m| m.currency == asked.currency)
        } else {
            same_money(asked, details.money)
        };
        let differs = details.order_id != payment.wire_id() || !money_fits;
        if payment.state != State::Paid {
            out.report(id, Event::Captured(Receipt { differs, id: Some(purchase.to_owned()), money: details.money }));
        }
        out.report(id, Event::DetailsRead(Details { purchase_id: purchase.to_owned(), money: details.money, differs }));
        self.watches.remove(&id);
        self.agenda.clear(Alarm::Payment(id));
    }

    // ---- refunds ----------------------------------------------------------------------------------------------------

    fn on_baseline(&mut self, refund: &Payment, details: &PurchaseDetails, now: Now, out: &mut Out<'_>) {
        match left_of(refund, details, out) {
            Some(left) if left.minor >= refund.opening.money.minor => {
                let id = refund.id;
                // Recorded with the intent, in the same entry.
                let Some(request) = self.refund_request(refund, out) else { return };
                out.report(id, Event::Sent { wire_id: None, baseline_minor: Some(left.minor) });
                self.agenda.set(Alarm::Payment(id), now.boot_ms + STILL_CONTACTING_MS);
                self.ask(Errand::Refund(id), request, now, out);
                let call = self.last_call;
                if let Some(watch) = self.watches.get_mut(&id) {
                    watch.busy = Some(call);
                    watch.since_ms = now.boot_ms;
                }
            }
            Some(_) | None => self.end(refund.id, Ending::NeverSent, out),
        }
    }

    fn on_refund_proof(&mut self, refund: &Payment, details: &PurchaseDetails, now: Now, out: &mut Out<'_>) {
        let id = refund.id;
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.proofs = watch.proofs.saturating_add(1);
            watch.errors = 0;
        }
        let (Some(before), Some(after)) = (refund.facts.baseline_minor, left_of(refund, details, out)) else {
            return self.look_again(id, now, out);
        };
        let Some(dropped) = own_drop(refund, before - after.minor, out) else { return self.look_again(id, now, out) };
        if refund.state == State::Paid {
            if dropped == refund.opening.money.minor {
                out.report(id, Event::DropSeen);
            }
        } else if dropped == refund.opening.money.minor {
            out.report(id, Event::Captured(Receipt { differs: false, id: None, money: Some(refund.opening.money) }));
        } else if dropped != 0 {
            out.report(id, Event::StrangeAmount { minor: after.minor });
        }
        self.look_again(id, now, out);
    }

    // ---- a purchase number from a person ------------------------------------------------------------------------------

    fn on_number(&mut self, id: PaymentId, number: &str, heard: Heard<'_>, out: &mut Out<'_>) {
        out.repaint = true;
        let Some(payment) = out.payment(id).cloned() else { return };
        let question = match heard {
            Heard::Success(envelope) => match envelope.details() {
                Some(details) => {
                    let ours =
                        details.order_id == payment.wire_id() && same_money(payment.opening.money, details.money);
                    out.report(id, Event::NumberChecked(NumberCheck { number: number.to_owned(), ours }));
                    if ours && self.account.details_only_when_completed {
                        out.report(
                            id,
                            Event::Captured(Receipt {
                                differs: false,
                                id: Some(number.to_owned()),
                                money: details.money,
                            }),
                        );
                    }
                    None
                }
                None => Some(NumberQuestion::Failed(number.to_owned())),
            },
            Heard::Refused(5) => Some(NumberQuestion::NotFound(number.to_owned())),
            Heard::Refused(_) | Heard::BareUnauthorised | Heard::Unclear | Heard::NotSent | Heard::Lost => {
                Some(NumberQuestion::Failed(number.to_owned()))
            }
        };
        match question {
            Some(question) => _ = self.questions.insert(id, question),
            None => _ = self.questions.remove(&id),
        }
    }
}

/// What details say is left of the sale that is refunded; `None` where they are of another order or in another currency.
fn left_of(refund: &Payment, details: &PurchaseDetails, out: &Out<'_>) -> Option<Money> {
    let sale = refund.refund_of().and_then(|sale| out.payment(sale))?;
    details.money.filter(|money| details.order_id == sale.wire_id() && money.currency == refund.opening.money.currency)
}

/// How much of a fall of the purchase amount can only be this refund's own doing: refunds that may have left later are taken off.
/// `None` while another refund is undecided that explains a fall better than one that a person has found not to have happened.
fn own_drop(refund: &Payment, dropped: i64, out: &Out<'_>) -> Option<i64> {
    let sale = refund.refund_of()?;
    let others = || out.book().refunds_of(sale).filter(|other| other.id != refund.id);
    if !refund.is_open() && refund.state != State::Paid && others().any(Payment::is_open) {
        return None;
    }
    // Those that found no more there than this one did may have fallen after it did. No clock says which came later: it may have
    // been set in between; nor does the order of the clicks: several windows ask at once.
    let found = refund.facts.baseline_minor;
    let later = others().filter(|other| other.state == State::Paid && other.facts.baseline_minor <= found);
    Some(dropped - later.map(|other| other.opening.money.minor).sum::<i64>())
}

/// `canceled` and `failed` confirm each other; a time-out is confirmed by a time-out only.
fn same_family(first: Word, second: Word) -> bool {
    (first == Word::TimedOut) == (second == Word::TimedOut)
}
