//! A payment over the socket: started by the till or by the customer's scan, stopped by either,
//! told by receipt or status.

use super::is_uuid;
use super::messages::{self, Problem, Receipt};
use crate::books::RequestKind;
use crate::customers::Script;
use crate::json::Fields;
use crate::payments::{MisPaySide, MultiPaySide, Payment, PaymentKey};
use crate::phone::{Provider, Shows};
use crate::simulator::{Simulator, SocketId};
use crate::world::{
    CancelAfterCompletion, CompleteUpdate, RECEIPT_LAG_MS_MAX, ReversalMessage, SessionEnd, TROUBLE_ONE_IN,
    UnknownCancel,
};

/// Digits of a receipt id, as seen.
const RECEIPT_DIGITS: u8 = 15;

/// What PAYMENT_INIT_REQUEST asks for.
struct Asked {
    amount_minor: i64,
    currency: String,
    customer_order_id: String,
    sale_transaction_id: String,
}

impl Simulator {
    /// GET-flow: a customer's scan opens a payment whose amount the till has yet to say.
    pub(crate) fn multipay_scan(&mut self, now_ms: i64) -> Option<String> {
        let terminal_id = self.sockets.newest_terminal()?;
        let id = self.chance.uuid().to_string();
        let payment = self.new_payment(&terminal_id, &id, now_ms);
        self.open_payment(payment);
        let text = messages::get_payment_request(&self.world, &id, &mut self.chance);
        self.send(&terminal_id, text, now_ms);
        Some(id)
    }

    fn new_payment(&mut self, terminal_id: &str, id: &str, now_ms: i64) -> Payment {
        Payment {
            provider: Provider::MultiPay,
            id: id.to_owned(),
            amount_minor: 0,
            currency: String::new(),
            reference: self.receipt_id(),
            created_at_ms: now_ms,
            changed_at_ms: now_ms,
            shows: Shows::Scanned,
            muted: false,
            walked_away: false,
            fenced: false,
            session_end: None,
            mispay: MisPaySide::default(),
            multipay: MultiPaySide { terminal_id: terminal_id.to_owned(), ..MultiPaySide::default() },
        }
    }

    /// Sixteen digits, the first not zero: more than a float can hold.
    pub(super) fn receipt_id(&mut self) -> String {
        let first = self.chance.pick(&['3', '5', '7', '9']);
        format!("{first}{}", self.chance.digits(RECEIPT_DIGITS))
    }

    pub(super) fn hear_init(
        &mut self,
        socket: SocketId,
        terminal_id: &str,
        envelope: &Fields,
        payment: &Fields,
        id: &str,
        now_ms: i64,
    ) {
        let asked = match self.check_init(terminal_id, envelope, payment) {
            Ok(asked) => asked,
            Err(problem) => return self.problem(terminal_id, Some(id), problem, now_ms),
        };
        let key = match self.payments.by_id(Provider::MultiPay, id) {
            None => {
                let payment = self.new_payment(terminal_id, id, now_ms);
                self.open_payment(payment)
            }
            Some(key) if self.payments.get(key).shows == Shows::Scanned => key,
            Some(_) => {
                return self.problem(terminal_id, Some(id), Problem::Unexpected("Payment already exists"), now_ms);
            }
        };
        self.books.count_executed(id, RequestKind::Init);
        self.start_session(key, now_ms);
        let script = self.customers.script(asked.amount_minor, &mut self.chance);
        let due_ms = now_ms.saturating_add(self.answer_delay_ms());
        let payment = self.payments.get_mut(key);
        payment.amount_minor = asked.amount_minor;
        payment.currency = asked.currency;
        payment.shows = Shows::Asking;
        payment.changed_at_ms = now_ms;
        payment.multipay.terminal_id = terminal_id.to_owned();
        payment.multipay.customer_order_id = asked.customer_order_id;
        payment.multipay.sale_transaction_id = asked.sale_transaction_id;
        payment.multipay.init_response_due_ms = due_ms;
        match script {
            Script::Mute(_) => {
                payment.muted = true;
                self.follow(key, script, now_ms);
                self.close_socket(socket);
            }
            Script::Decline(_) => {
                self.end_payment_untold(key, Shows::Failed, now_ms);
                let text = messages::payment_init_response(&self.world, id, "CANCELED", &mut self.chance);
                self.send(terminal_id, text, due_ms);
            }
            Script::Manual | Script::Once(..) | Script::Late { .. } => {
                self.follow(key, script, now_ms);
                let text = messages::payment_init_response(&self.world, id, "PENDING", &mut self.chance);
                self.send(terminal_id, text, due_ms);
            }
        }
    }

    fn check_init<'a>(&self, terminal_id: &'a str, envelope: &Fields, payment: &Fields) -> Result<Asked, Problem<'a>> {
        let uuid_of = |key| payment.text(key).filter(|text| is_uuid(text));
        let asked = Asked {
            amount_minor: messages::read_amount(&self.world, payment)
                .ok_or(Problem::InputError("amount is not valid"))?,
            currency: messages::read_currency(payment).ok_or(Problem::InputError("currencyIso is not valid"))?,
            customer_order_id: uuid_of("customerOrderId")
                .ok_or(Problem::InputError("customerOrderId must be a UUID"))?,
            sale_transaction_id: uuid_of("saleTransactionId")
                .ok_or(Problem::InputError("saleTransactionId must be a UUID"))?,
        };
        let merchant = envelope.object("merchant");
        let said = |key| merchant.as_ref().and_then(|merchant| merchant.text(key));
        let other_terminal = said("terminalId").is_some_and(|said| said != terminal_id);
        let name = &self.accounts.merchant_name;
        let other_name = said("merchantName").is_some_and(|said| !name.is_empty() && said != *name);
        if !self.merchant_configured || other_terminal || other_name {
            return Err(Problem::MerchantValidation(terminal_id));
        }
        Ok(asked)
    }

    /// STATUS_UPDATE from the till: stop this payment. Only CANCELED can be asked for.
    pub(super) fn hear_cancel(&mut self, terminal_id: &str, payment: &Fields, id: &str, now_ms: i64) {
        if payment.text("paymentState").as_deref() != Some("CANCELED") {
            return self.problem(terminal_id, Some(id), Problem::InputError("paymentState must be CANCELED"), now_ms);
        }
        let Some(key) = self.payments.by_id(Provider::MultiPay, id) else {
            return self.cancel_unknown(terminal_id, id, now_ms);
        };
        let payment = self.payments.get_mut(key);
        payment.multipay.cancels_heard += 1;
        let too_early = now_ms < payment.multipay.init_response_due_ms && !self.world.cancel_before_init;
        let fails = payment.multipay.cancels_heard == 1 && self.world.first_cancel_fails;
        if too_early || fails {
            return self.problem(terminal_id, Some(id), Problem::CancelFailed(id), now_ms);
        }
        match payment.shows {
            Shows::Scanned | Shows::Asking | Shows::Canceled | Shows::TimedOut | Shows::Failed => {
                payment.fenced = true;
                payment.muted = false;
                self.books.count_executed(id, RequestKind::Cancel);
                self.end_payment(key, Shows::Canceled, now_ms);
            }
            Shows::Paid => match self.world.cancel_after_completion {
                CancelAfterCompletion::Reverses
                    if self.books.of(key).is_some_and(|capture| capture.net_minor() > 0) =>
                {
                    payment.muted = false;
                    self.books.count_executed(id, RequestKind::Cancel);
                    self.take_back(key, now_ms);
                }
                CancelAfterCompletion::Reverses | CancelAfterCompletion::Errors => {
                    self.problem(terminal_id, Some(id), Problem::CancelFailed(id), now_ms);
                }
            },
            Shows::Reversed => self.multipay_tell(key, now_ms),
        }
    }

    fn cancel_unknown(&mut self, terminal_id: &str, id: &str, now_ms: i64) {
        match self.world.unknown_cancel {
            UnknownCancel::Errors => self.problem(terminal_id, Some(id), Problem::CancelFailed(id), now_ms),
            UnknownCancel::Confirms => {
                // It stands in the books as canceled, so that a request which comes later is
                // refused.
                let mut payment = self.new_payment(terminal_id, id, now_ms);
                payment.fenced = true;
                let key = self.open_payment(payment);
                self.books.count_executed(id, RequestKind::Cancel);
                self.end_payment(key, Shows::Canceled, now_ms);
            }
        }
    }

    /// Tells the till where a payment stands now. Silence about a muted one.
    pub(crate) fn multipay_tell(&mut self, key: PaymentKey, at_ms: i64) {
        let due_ms = at_ms.saturating_add(self.answer_delay_ms());
        let payment = self.payments.get(key);
        if payment.muted {
            return;
        }
        let state = match payment.shows {
            Shows::Scanned | Shows::Asking => "PENDING",
            Shows::Paid => "COMPLETE",
            Shows::Canceled => "CANCELED",
            Shows::Failed => "ERROR",
            Shows::TimedOut => match self.world.session_end {
                SessionEnd::Canceled => "CANCELED",
                SessionEnd::Failed => "ERROR",
            },
            Shows::Reversed => "REVERSED",
        };
        let by_receipt = match payment.shows {
            Shows::Paid => true,
            Shows::Reversed => self.world.reversal_message != ReversalMessage::StatusUpdate,
            Shows::Scanned | Shows::Asking | Shows::Canceled | Shows::Failed | Shows::TimedOut => false,
        };
        let terminal_id = payment.multipay.terminal_id.clone();
        let capture = self.books.of(key).filter(|_| by_receipt);
        let text = match capture {
            Some(capture) => {
                let echoes =
                    (payment.multipay.customer_order_id.as_str(), payment.multipay.sale_transaction_id.as_str());
                let receipt = Receipt {
                    payment_id: &payment.id,
                    payment_state: state,
                    amount_minor: capture.amount_minor,
                    currency: &capture.currency,
                    receipt_id: &capture.reference,
                    echoes: self.world.receipt_echoes.then_some(echoes),
                };
                messages::payment_receipt(&self.world, &receipt, &mut self.chance)
            }
            None => messages::status_update(&self.world, &payment.id, state, &mut self.chance),
        };
        // Assumed: it may also be told by the other message.
        let also = match payment.shows {
            Shows::Paid if self.world.complete_update != CompleteUpdate::Never => "COMPLETE",
            Shows::Reversed if self.world.reversal_message == ReversalMessage::ReceiptAndCanceled => "CANCELED",
            Shows::Scanned
            | Shows::Asking
            | Shows::Paid
            | Shows::Canceled
            | Shows::TimedOut
            | Shows::Failed
            | Shows::Reversed => return self.send(&terminal_id, text, due_ms),
        };
        let is_paid = payment.shows == Shows::Paid;
        let id = payment.id.clone();
        let update = messages::status_update(&self.world, &id, also, &mut self.chance);
        let later_ms = due_ms.saturating_add(self.chance.between_ms(0, RECEIPT_LAG_MS_MAX));
        if !is_paid {
            self.send(&terminal_id, text, due_ms);
            return self.send(&terminal_id, update, later_ms);
        }
        match self.world.complete_update {
            CompleteUpdate::After => {
                self.send(&terminal_id, text, due_ms);
                self.send(&terminal_id, update, later_ms);
            }
            CompleteUpdate::Never | CompleteUpdate::Before | CompleteUpdate::Instead => {
                self.send(&terminal_id, update, due_ms);
                let stays_away =
                    self.world.complete_update == CompleteUpdate::Instead && self.chance.one_in(TROUBLE_ONE_IN);
                if !stays_away {
                    self.send(&terminal_id, text, later_ms);
                }
            }
        }
    }

    /// Sends a PROBLEM, about a payment if one is named.
    pub(super) fn problem(&mut self, terminal_id: &str, about: Option<&str>, problem: Problem<'_>, now_ms: i64) {
        let due_ms = now_ms.saturating_add(self.answer_delay_ms());
        let text = messages::problem(&self.world, about, &problem, &mut self.chance);
        self.send(terminal_id, text, due_ms);
    }
}
