//! The rows of the table *MultiPay, step by step*, one test each or more.

mod cancel;
mod confluence;
mod init;
mod line;
mod problem;
mod receipt;
mod refund;
mod restart;
mod scan;
mod window;
mod word;

use crate::world::{SECOND_MS, Shop};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{PaymentId, ProviderName, RefundCause, State};
use checkstand_core::provider::multipay::messages::{order_id, sale_id};

const AMOUNT_MINOR: i64 = 20_105;
const RECEIPT_ID: &str = "3558174609679520";

/// A shop whose MultiPay hears nothing and says only what it is told; its line is up.
fn told() -> Shop {
    let mut shop = Shop::calm();
    shop.script.multipay_is_deaf = true;
    shop
}

/// A sale that has just left.
fn sent() -> (Shop, PaymentId) {
    let mut shop = told();
    let id = shop.charge(ProviderName::Multipay, AMOUNT_MINOR);
    assert_eq!(shop.state(id), State::Sent);
    (shop, id)
}

/// A sale that waits for its customer.
fn waiting() -> (Shop, PaymentId) {
    let (mut shop, id) = sent();
    shop.far_says(&init_response(id, Some("PENDING")));
    assert_eq!(shop.state(id), State::Waiting);
    (shop, id)
}

/// A paid sale.
fn paid() -> (Shop, PaymentId) {
    let (mut shop, id) = waiting();
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
    shop.record();
    (shop, id)
}

/// A refund that has just left.
fn refund_sent() -> (Shop, PaymentId, PaymentId) {
    let (mut shop, sale) = paid();
    let refund = give_back(&mut shop, sale, AMOUNT_MINOR);
    assert_eq!(shop.state(refund), State::Sent);
    (shop, sale, refund)
}

fn give_back(shop: &mut Shop, sale: PaymentId, minor: i64) -> PaymentId {
    let id = shop.click();
    shop.ask(Ask::Refund(Refund {
        id,
        sale,
        money: Money::new(minor, Currency::Nok),
        retry_of: None,
        cause: RefundCause::because("item returned"),
    }))
    .unwrap();
    id
}

fn message(kind: &str, payment: &str) -> String {
    format!(r#"{{"id":"5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a0004","messageType":"{kind}","payment":{{{payment}}}}}"#)
}

fn init_response(id: PaymentId, state: Option<&str>) -> String {
    let state = state.map(|state| format!(r#","paymentState":"{state}""#)).unwrap_or_default();
    message("PAYMENT_INIT_RESPONSE", &format!(r#""paymentId":"{id}"{state}"#))
}

fn update(id: PaymentId, state: &str) -> String {
    message("STATUS_UPDATE", &format!(r#""paymentId":"{id}","paymentState":"{state}""#))
}

/// A receipt as the far end writes it, with the echoes that belong to the payment.
fn receipt(id: PaymentId, minor: i64, currency: &str, receipt_id: &str) -> String {
    let echoes = format!(r#","customerOrderId":"{}","saleTransactionId":"{}""#, order_id(id), sale_id(id));
    receipt_with(id, minor, currency, receipt_id, &echoes)
}

fn receipt_with(id: PaymentId, minor: i64, currency: &str, receipt_id: &str, more: &str) -> String {
    let fields = format!(
        r#""paymentId":"{id}","paymentState":"COMPLETE","amount":{minor},"currencyIso":"{currency}","paymentReceiptId":"{receipt_id}"{more}"#
    );
    message("PAYMENT_RECEIPT", &fields)
}

fn reversed(id: PaymentId) -> String {
    receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID).replace("COMPLETE", "REVERSED")
}

fn problem(kind: &str, id: Option<PaymentId>) -> String {
    let about = id.map(|id| format!(r#","paymentId":"{id}""#)).unwrap_or_default();
    format!(
        r#"{{"id":"5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a0008","messageType":"PROBLEM","problem":{{"type":"apm.mtm.{kind}","detail":"as the paper says"{about}}}}}"#
    )
}

/// The seconds between two moments and a first one, rounded down.
fn seconds_after(begin_ms: i64, moments: &[(i64, serde_json::Value)]) -> Vec<i64> {
    moments.iter().map(|(at_ms, _)| (at_ms - begin_ms) / SECOND_MS).collect()
}
