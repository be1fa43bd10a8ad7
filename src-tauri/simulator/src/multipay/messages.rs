//! The messages of the server, as JSON text. Assumed shapes: the paper names the messages and a few
//! fields, and shows no payload.

use crate::amount::{decimal_from_minor, decimal_full_from_minor, minor_from_decimal};
use crate::chance::Chance;
use crate::json::{Fields, Object, quote};
use crate::world::{AmountUnit, World};

/// The five problem types of the paper, each with its text.
#[derive(Clone, Debug)]
pub(super) enum Problem<'a> {
    InputError(&'a str),
    /// The terminal id of the merchant that is not set up.
    MerchantValidation(&'a str),
    /// The receipt id that was asked for.
    PaymentNotFound(&'a str),
    AlreadyRefunded,
    /// The payment that could not be canceled.
    CancelFailed(&'a str),
    /// Something else went wrong.
    Unexpected(&'a str),
}

impl Problem<'_> {
    fn kind(&self) -> &'static str {
        match self {
            Self::InputError(_) => "apm.mtm.input-error",
            Self::MerchantValidation(_) => "apm.mtm.merchant-validation-error",
            Self::PaymentNotFound(_) => "apm.mtm.payment-not-found",
            Self::AlreadyRefunded => "apm.mtm.payment-already-refunded",
            Self::CancelFailed(_) | Self::Unexpected(_) => "apm.mtm.unexpected-error",
        }
    }

    fn text(&self) -> String {
        match self {
            Self::InputError(text) | Self::Unexpected(text) => (*text).to_owned(),
            Self::MerchantValidation(id) => {
                format!("Merchant with id: {id} is not configured correctly in MultiPay")
            }
            Self::PaymentNotFound(receipt_id) => {
                format!("Payment was not found by receiptId: {receipt_id}")
            }
            Self::AlreadyRefunded => "Payment already refunded".to_owned(),
            Self::CancelFailed(id) => {
                format!("Failed to cancel payment with id: {id} towards MultiPay APM API")
            }
        }
    }
}

/// What a PAYMENT_RECEIPT says.
pub(super) struct Receipt<'a> {
    pub(super) payment_id: &'a str,
    pub(super) payment_state: &'a str,
    pub(super) amount_minor: i64,
    pub(super) currency: &'a str,
    pub(super) receipt_id: &'a str,
    /// customerOrderId and saleTransactionId, where they are echoed.
    pub(super) echoes: Option<(&'a str, &'a str)>,
}

fn message(message_type: &str, chance: &mut Chance) -> Object {
    Object::new().text("id", &chance.uuid().to_string()).text("messageType", message_type)
}

fn payment_key(world: &World) -> &'static str {
    if world.payment_details_key { "paymentDetails" } else { "payment" }
}

pub(super) fn logon_confirmation(chance: &mut Chance) -> String {
    message("LOGON_CONFIRMATION", chance).close()
}

pub(super) fn get_payment_request(world: &World, payment_id: &str, chance: &mut Chance) -> String {
    message("GET_PAYMENT_REQUEST", chance)
        .object(payment_key(world), Object::new().text("paymentId", payment_id))
        .close()
}

pub(super) fn payment_init_response(world: &World, payment_id: &str, state: &str, chance: &mut Chance) -> String {
    let mut payment = Object::new().text("paymentId", payment_id);
    // A refusal must be said, whatever else is left out.
    if world.init_response_state || state != "PENDING" {
        payment = payment.text("paymentState", state);
    }
    let mut response = message("PAYMENT_INIT_RESPONSE", chance).object(payment_key(world), payment);
    if world.init_response_qr {
        response = response.text("qrCode", &format!("https://pay.example/{payment_id}"));
    }
    response.close()
}

pub(super) fn status_update(world: &World, payment_id: &str, state: &str, chance: &mut Chance) -> String {
    let payment = Object::new().text("paymentId", payment_id).text("paymentState", state);
    message("STATUS_UPDATE", chance).object(payment_key(world), payment).close()
}

pub(super) fn payment_receipt(world: &World, receipt: &Receipt<'_>, chance: &mut Chance) -> String {
    let mut payment = Object::new()
        .text("paymentId", receipt.payment_id)
        .text("paymentState", receipt.payment_state)
        .raw("amount", &written_amount(world, receipt.amount_minor))
        .text("currencyIso", receipt.currency)
        .text("paymentReceiptId", receipt.receipt_id);
    if let Some((customer_order_id, sale_transaction_id)) = receipt.echoes {
        payment = payment.text("customerOrderId", customer_order_id).text("saleTransactionId", sale_transaction_id);
    }
    let text = format!("{} {}", decimal_full_from_minor(receipt.amount_minor), receipt.currency);
    message("PAYMENT_RECEIPT", chance).object(payment_key(world), payment).text("receiptText", &text).close()
}

pub(super) fn problem(world: &World, about: Option<&str>, problem: &Problem<'_>, chance: &mut Chance) -> String {
    let text_key = if world.problem_description_key { "description" } else { "detail" };
    let mut inner = Object::new().text("type", problem.kind()).text(text_key, &problem.text());
    if let Some(payment_id) = about.filter(|_| world.problem_names_payment) {
        inner = inner.text("paymentId", payment_id);
    }
    message("PROBLEM", chance).object("problem", inner).close()
}

fn written_amount(world: &World, minor: i64) -> String {
    match (world.amount_unit, world.amounts_as_text) {
        (AmountUnit::Minor, false) => minor.to_string(),
        (AmountUnit::Minor, true) => quote(&minor.to_string()),
        (AmountUnit::Decimal, false) => decimal_from_minor(minor),
        (AmountUnit::Decimal, true) => quote(&decimal_full_from_minor(minor)),
    }
}

/// An amount from a terminal: a JSON number above zero, in the world's unit.
pub(super) fn read_amount(world: &World, payment: &Fields) -> Option<i64> {
    let raw = payment.raw("amount")?;
    let minor = match world.amount_unit {
        AmountUnit::Minor => raw.parse().ok(),
        AmountUnit::Decimal => minor_from_decimal(raw),
    };
    minor.filter(|minor| *minor > 0)
}

/// One of the paper's four currencies.
pub(super) fn read_currency(payment: &Fields) -> Option<String> {
    payment.text("currencyIso").filter(|currency| matches!(currency.as_str(), "NOK" | "SEK" | "EUR" | "USD"))
}
