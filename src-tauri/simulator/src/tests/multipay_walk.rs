//! A sale, a cancel, a refund and the GET-flow at MultiPay, word for word.

use super::*;
use crate::books::{Received, RequestKind};
use crate::phone::{Provider, Shows};

#[test]
fn a_sale_is_answered_then_told_by_its_receipt() {
    let (mut caller, socket) = Caller::multipay(World::default());
    caller.say(socket, &init(SALE, 20_105));
    let response = caller.answered();
    assert_eq!(response["messageType"], "PAYMENT_INIT_RESPONSE");
    assert_eq!(response["payment"], json!({"paymentId": SALE, "paymentState": "PENDING"}));
    assert!(response["qrCode"].as_str().unwrap().starts_with("https://"));
    assert_eq!(caller.sim.phones()[0].shows, Shows::Asking);

    let approved_ms = caller.now_ms;
    assert!(caller.sim.approve(SALE, approved_ms));
    let receipt = caller.answered();
    assert_eq!(receipt["messageType"], "PAYMENT_RECEIPT");
    assert!(uuid::Uuid::try_parse(receipt["id"].as_str().unwrap()).is_ok());
    let receipt_id = receipt["payment"]["paymentReceiptId"].as_str().unwrap().to_owned();
    assert!(receipt_id.len() == 16 && receipt_id.bytes().all(|byte| byte.is_ascii_digit()), "{receipt_id}");
    let payment = json!({
        "paymentId": SALE, "paymentState": "COMPLETE", "amount": 20_105, "currencyIso": "NOK",
        "paymentReceiptId": receipt_id, "customerOrderId": ORDER, "saleTransactionId": TRANSACTION,
    });
    assert_eq!(receipt["payment"], payment);
    assert_eq!(receipt["receiptText"], "201.05 NOK");

    let captures = caller.sim.books().captures_of(Provider::MultiPay, SALE);
    assert_eq!((captures[0].amount_minor, captures[0].currency.as_str()), (20_105, "NOK"));
    assert_eq!((captures[0].reference.as_str(), captures[0].captured_at_ms), (receipt_id.as_str(), approved_ms));
    assert_eq!(
        caller.sim.books().received(SALE, RequestKind::Init),
        Received { total: 1, token_refused: 0, executed: 1 }
    );
}

#[test]
fn a_cancel_of_the_till_is_confirmed_and_holds() {
    let (mut caller, socket) = Caller::multipay(World::default());
    caller.say(socket, &init(SALE, 20_105));
    caller.answered();
    caller.say(socket, &cancel(SALE));
    let update = caller.answered();
    assert_eq!(update["messageType"], "STATUS_UPDATE");
    assert_eq!(update["payment"], json!({"paymentId": SALE, "paymentState": "CANCELED"}));
    assert!(!caller.sim.approve(SALE, caller.now_ms) && !caller.sim.approve_late(SALE, caller.now_ms));
    caller.say(socket, &cancel(SALE));
    assert_eq!(caller.answered()["payment"]["paymentState"], "CANCELED", "asked again, said again");
    assert_eq!(caller.sim.books().captures().count(), 0);
    assert_eq!(caller.sim.books().received(SALE, RequestKind::Cancel).total, 2);
}

#[test]
fn a_customer_who_stops_is_told_by_a_status_update() {
    let (mut caller, socket) = Caller::multipay(World::default());
    caller.say(socket, &init(SALE, 20_105));
    caller.answered();
    assert!(caller.sim.cancel(SALE, caller.now_ms));
    assert_eq!(caller.answered()["payment"]["paymentState"], "CANCELED");
    assert!(caller.sim.approve_late(SALE, caller.now_ms), "inside the provider the approval may still win");
    assert_eq!(caller.answered()["payment"]["paymentState"], "COMPLETE");
    assert_eq!(caller.sim.books().net_minor(Provider::MultiPay, "NOK"), 20_105);
}

#[test]
fn a_failure_is_told_as_error_and_moves_nothing() {
    let (mut caller, socket) = Caller::multipay(World::default());
    caller.say(socket, &init(SALE, 20_105));
    caller.answered();
    assert!(caller.sim.fail(SALE, caller.now_ms));
    assert_eq!(caller.answered()["payment"]["paymentState"], "ERROR");
    assert_eq!(caller.sim.books().captures().count(), 0);
}

#[test]
fn a_refund_is_told_by_a_receipt_of_its_own() {
    let (mut caller, socket) = Caller::multipay(World::default());
    let sale = caller.received(socket);
    let receipt_id = &sale["payment"]["paymentReceiptId"];
    caller.say(socket, &refund(REFUND, receipt_id, 20_105));
    let receipt = caller.answered();
    assert_eq!(receipt["messageType"], "PAYMENT_RECEIPT");
    assert_eq!(
        (&receipt["payment"]["paymentId"], &receipt["payment"]["paymentState"]),
        (&json!(REFUND), &json!("COMPLETE"))
    );
    assert_eq!(receipt["payment"]["amount"], 20_105);
    assert_ne!(&receipt["payment"]["paymentReceiptId"], receipt_id);
    let booked = &caller.sim.books().captures_of(Provider::MultiPay, SALE)[0].refunds[0];
    assert_eq!((booked.id.as_deref(), booked.amount_minor), (Some(REFUND), 20_105));
    assert_eq!(booked.reference.as_deref(), receipt["payment"]["paymentReceiptId"].as_str());
    assert_eq!(caller.sim.books().net_minor(Provider::MultiPay, "NOK"), 0);
}

#[test]
fn a_scan_asks_the_till_for_the_payment_and_goes_on_under_the_servers_id() {
    let (mut caller, socket) = Caller::multipay(World::default());
    let id = caller.sim.scan_get_flow(caller.now_ms).unwrap();
    assert_eq!(caller.sim.phones()[0].shows, Shows::Scanned);
    assert!(!caller.sim.approve(&id, caller.now_ms), "there is no amount yet");
    let asked = caller.answered();
    assert_eq!(asked["messageType"], "GET_PAYMENT_REQUEST");
    assert_eq!(asked["payment"], json!({"paymentId": id}));
    caller.say(socket, &init(&id, 500));
    assert_eq!(caller.answered()["messageType"], "PAYMENT_INIT_RESPONSE");
    assert!(caller.sim.approve(&id, caller.now_ms));
    assert_eq!(caller.answered()["payment"]["amount"], 500);
    caller.sim.disconnect(socket, caller.now_ms);
    assert_eq!(caller.sim.scan_get_flow(caller.now_ms), None, "nobody is there to ask");
}

#[test]
fn another_amount_than_asked_is_told_as_captured() {
    let (mut caller, socket) = Caller::multipay(World::default());
    caller.say(socket, &init(SALE, 20_105));
    caller.answered();
    assert!(caller.sim.approve_as(SALE, 20_000, caller.now_ms));
    assert_eq!(caller.answered()["payment"]["amount"], 20_000);
}

#[test]
fn the_provider_may_give_a_payment_back_by_itself() {
    let (mut caller, socket) = Caller::multipay(World::default());
    caller.received(socket);
    assert!(caller.sim.reverse(SALE, caller.now_ms));
    assert_eq!(caller.answered()["payment"]["paymentState"], "REVERSED");
    assert!(!caller.sim.reverse(SALE, caller.now_ms));
    assert_eq!(caller.sim.books().captures_of(Provider::MultiPay, SALE)[0].net_minor(), 0);
}

#[test]
fn the_answer_to_a_scan_starts_the_customers_time_anew() {
    let (mut caller, socket) = Caller::multipay(World::default());
    let id = caller.sim.scan_get_flow(caller.now_ms).unwrap();
    caller.wait_ms(800_000);
    caller.say(socket, &init(&id, 500));
    caller.wait_ms(899_999);
    assert!(caller.sim.approve(&id, caller.now_ms));
    assert_eq!(caller.sim.books().captures().count(), 1);
}
