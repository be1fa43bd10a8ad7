//! REFUND: by the sale's receipt id. The receipt that follows is the only confirmation.

use super::messages::{self, Problem, Receipt};
use crate::books::{RefundBooked, RequestKind};
use crate::json::Fields;
use crate::payments::PaymentKey;
use crate::phone::Provider;
use crate::simulator::Simulator;
use crate::world::RefundReceiptId;

impl Simulator {
    pub(super) fn hear_refund(&mut self, terminal_id: &str, payment: &Fields, id: &str, now_ms: i64) {
        // A receipt id is text, because a number of sixteen digits does not survive a float.
        let receipt_id = payment.text("paymentReceiptId").unwrap_or_default();
        match self.check_refund(terminal_id, payment, &receipt_id) {
            Ok((key, amount_minor)) => self.book_refund(terminal_id, key, id, amount_minor, now_ms),
            Err(problem) => self.problem(terminal_id, Some(id), problem, now_ms),
        }
    }

    fn check_refund<'a>(
        &self,
        terminal_id: &'a str,
        payment: &Fields,
        receipt_id: &'a str,
    ) -> Result<(PaymentKey, i64), Problem<'a>> {
        if receipt_id.is_empty() || !receipt_id.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Problem::InputError("PaymentReceiptId must be a numeric value"));
        }
        let amount_minor =
            messages::read_amount(&self.world, payment).ok_or(Problem::InputError("amount is not valid"))?;
        let currency = messages::read_currency(payment).ok_or(Problem::InputError("currencyIso is not valid"))?;
        if !self.merchant_configured {
            return Err(Problem::MerchantValidation(terminal_id));
        }
        let key = self.payments.by_reference(Provider::MultiPay, receipt_id);
        let key = key.ok_or(Problem::PaymentNotFound(receipt_id))?;
        let capture = self.books.of(key).ok_or(Problem::PaymentNotFound(receipt_id))?;
        let refunded = !capture.refunds.is_empty();
        if capture.net_minor() == 0 || (refunded && !self.world.partial_refunds) {
            return Err(Problem::AlreadyRefunded);
        }
        if currency != capture.currency {
            return Err(Problem::InputError("currencyIso differs from the payment"));
        }
        if amount_minor != capture.amount_minor && !self.world.partial_refunds {
            return Err(Problem::InputError("amount differs from the payment"));
        }
        if amount_minor > capture.net_minor() {
            return Err(Problem::InputError("amount is more than what is left"));
        }
        Ok((key, amount_minor))
    }

    fn book_refund(&mut self, terminal_id: &str, key: PaymentKey, id: &str, amount_minor: i64, now_ms: i64) {
        let receipt_id = self.receipt_id();
        let refund = RefundBooked {
            id: Some(id.to_owned()),
            reference: Some(receipt_id.clone()),
            amount_minor,
            refunded_at_ms: now_ms,
        };
        self.books.refund(key, refund);
        self.books.count_executed(id, RequestKind::Refund);
        let sale = self.payments.get(key);
        let receipt = Receipt {
            payment_id: match self.world.refund_receipt_id {
                RefundReceiptId::Own => id,
                RefundReceiptId::Sales => &sale.id,
            },
            payment_state: if self.world.refund_receipt_reversed { "REVERSED" } else { "COMPLETE" },
            amount_minor,
            currency: &sale.currency,
            receipt_id: &receipt_id,
            echoes: None,
        };
        let text = messages::payment_receipt(&self.world, &receipt, &mut self.chance);
        self.send(terminal_id, text, now_ms.saturating_add(self.world.refund_receipt_delay_ms));
    }
}
