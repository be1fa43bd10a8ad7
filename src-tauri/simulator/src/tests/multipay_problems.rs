//! All five problem types, and the token's refusals.

use super::*;

fn expect(caller: &mut Caller, kind: &str, detail: &str, about: &str) {
    let heard = caller.answered();
    assert_eq!(heard["messageType"], "PROBLEM");
    assert_eq!(heard["problem"], json!({"type": format!("apm.mtm.{kind}"), "detail": detail, "paymentId": about}));
}

#[test]
fn the_oauth_token_needs_the_papers_form() {
    let good = "grant_type=client_credentials&client_id=client-1&client_secret=dummy-client-secret&scope=terminal";
    let mut caller = Caller::new(World::default());
    let mut post = |headers: &[(&'static str, &str)], form: &str| {
        let (status, body) = caller.call(request(Method::Post, "/authorization/oauth/token", headers, Some(form)));
        (status, body["error"].as_str().map(str::to_owned))
    };
    assert_eq!(post(&[FORM], good), (200, None));
    assert_eq!(post(&[], good), (400, Some("invalid_request".to_owned())));
    assert_eq!(
        post(&[FORM], &good.replace("client_credentials", "password")),
        (400, Some("unsupported_grant_type".to_owned()))
    );
    assert_eq!(post(&[FORM], &good.replace("scope=terminal", "scope=all")), (400, Some("invalid_scope".to_owned())));
    assert_eq!(post(&[FORM], &good.replace("client-1", "client-2")), (401, Some("invalid_client".to_owned())));
    assert_eq!(post(&[FORM], &good.replace("dummy", "other")), (401, Some("invalid_client".to_owned())));
}

#[test]
fn the_oauth_answer_names_its_life_in_seconds() {
    let form = "grant_type=client_credentials&client_id=client-1&client_secret=dummy-client-secret&scope=terminal";
    let mut caller = Caller::new(World::default());
    let (_, body) = caller.call(request(Method::Post, "/authorization/oauth/token", &[FORM], Some(form)));
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(3_600)));
}

#[test]
fn wrong_fields_of_an_init_are_input_errors_and_book_nothing() {
    let (mut caller, socket) = Caller::multipay(World::default());
    let changes = [
        ("amount", json!("20105"), "amount is not valid"),
        ("amount", json!(201.05), "amount is not valid"),
        ("amount", json!(0), "amount is not valid"),
        ("amount", Value::Null, "amount is not valid"),
        ("currencyIso", json!("SAR"), "currencyIso is not valid"),
        ("currencyIso", Value::Null, "currencyIso is not valid"),
        ("customerOrderId", json!("7"), "customerOrderId must be a UUID"),
        ("saleTransactionId", Value::Null, "saleTransactionId must be a UUID"),
    ];
    for (field, value, detail) in changes {
        let mut message = init(SALE, 20_105);
        message["payment"][field] = value;
        caller.say(socket, &message);
        expect(&mut caller, "input-error", detail, SALE);
    }
    assert!(caller.sim.phones().is_empty());
}

#[test]
fn what_is_no_message_is_an_input_error_and_the_socket_stays() {
    let (mut caller, socket) = Caller::multipay(World::default());
    caller.sim.hear(socket, "not json", caller.now_ms);
    assert_eq!(
        caller.answered()["problem"],
        json!({"type": "apm.mtm.input-error", "detail": "Message is not valid JSON"})
    );
    let mut no_payment = init(SALE, 1);
    no_payment["paymentDetails"] = no_payment["payment"].take();
    caller.say(socket, &no_payment);
    assert_eq!(caller.answered()["problem"]["detail"], "paymentId is required");
    caller.say(socket, &init("7", 1));
    expect(&mut caller, "input-error", "paymentId must be a UUID", "7");
    let mut unknown = init(SALE, 1);
    unknown["messageType"] = json!("PAYMENT_START");
    caller.say(socket, &unknown);
    expect(&mut caller, "input-error", "messageType is not known", SALE);
    let mut no_id = init(SALE, 1);
    no_id["id"] = json!(7);
    caller.say(socket, &no_id);
    expect(&mut caller, "input-error", "id must be a UUID", SALE);
    let mut pending = cancel(SALE);
    pending["payment"]["paymentState"] = json!("PENDING");
    caller.say(socket, &pending);
    expect(&mut caller, "input-error", "paymentState must be CANCELED", SALE);
    assert!(caller.closed.is_empty() && caller.sim.phones().is_empty());
}

#[test]
fn a_merchant_that_is_not_set_up_is_told_so() {
    let (mut caller, socket) = Caller::multipay(World::default());
    let detail = "Merchant with id: terminal-1 is not configured correctly in MultiPay";
    caller.sim.set_merchant_configured(false);
    caller.say(socket, &init(SALE, 20_105));
    expect(&mut caller, "merchant-validation-error", detail, SALE);
    caller.sim.set_merchant_configured(true);
    let mut other = init(SALE, 20_105);
    other["merchant"]["terminalId"] = json!("terminal-2");
    caller.say(socket, &other);
    expect(&mut caller, "merchant-validation-error", detail, SALE);
    let sale = caller.received(socket);
    caller.sim.set_merchant_configured(false);
    caller.say(socket, &refund(REFUND, &sale["payment"]["paymentReceiptId"], 20_105));
    expect(&mut caller, "merchant-validation-error", detail, REFUND);
}

#[test]
fn another_merchants_name_is_told_where_one_is_known() {
    let accounts = Accounts { merchant_name: "Shop".to_owned(), ..Accounts::default() };
    let (mut caller, socket) = Caller::with(Simulator::new(World::default(), 1, accounts)).with_socket();
    let mut other = init(SALE, 20_105);
    other["merchant"]["merchantName"] = json!("Stall");
    caller.say(socket, &other);
    assert_eq!(caller.answered()["problem"]["type"], "apm.mtm.merchant-validation-error");
    caller.received(socket);
}

#[test]
fn a_refund_needs_a_numeric_receipt_that_exists_and_has_money_left() {
    let (mut caller, socket) = Caller::multipay(World::default());
    let sale = caller.received(socket);
    let receipt_id = &sale["payment"]["paymentReceiptId"];
    let numeric = "PaymentReceiptId must be a numeric value";
    for wrong in [json!("12AB"), json!(""), json!(3_558_174_609_679_520_i64)] {
        caller.say(socket, &refund(REFUND, &wrong, 20_105));
        expect(&mut caller, "input-error", numeric, REFUND);
    }
    caller.say(socket, &refund(REFUND, &json!("123456789"), 20_105));
    expect(&mut caller, "payment-not-found", "Payment was not found by receiptId: 123456789", REFUND);
    caller.say(socket, &refund(REFUND, receipt_id, 20_106));
    expect(&mut caller, "input-error", "amount is more than what is left", REFUND);
    let mut kroner = refund(REFUND, receipt_id, 20_105);
    kroner["payment"]["currencyIso"] = json!("SEK");
    caller.say(socket, &kroner);
    expect(&mut caller, "input-error", "currencyIso differs from the payment", REFUND);

    caller.say(socket, &refund(REFUND, receipt_id, 20_105));
    let receipt = caller.answered();
    caller.say(socket, &refund(REFUND_2, receipt_id, 20_105));
    expect(&mut caller, "payment-already-refunded", "Payment already refunded", REFUND_2);
    let of_refund = &receipt["payment"]["paymentReceiptId"];
    let detail = format!("Payment was not found by receiptId: {}", of_refund.as_str().unwrap());
    caller.say(socket, &refund(REFUND_2, of_refund, 1));
    expect(&mut caller, "payment-not-found", &detail, REFUND_2);
}

#[test]
fn a_payment_id_is_used_once() {
    let (mut caller, socket) = Caller::multipay(World::default());
    caller.received(socket);
    caller.say(socket, &init(SALE, 20_105));
    expect(&mut caller, "unexpected-error", "Payment already exists", SALE);
    assert_eq!(caller.sim.phones().len(), 1);
}

#[test]
fn a_cancel_that_cannot_be_done_says_nothing_of_the_money() {
    let (mut caller, socket) = Caller::multipay(World::default());
    let detail = format!("Failed to cancel payment with id: {SALE} towards MultiPay APM API");
    caller.say(socket, &cancel(SALE));
    expect(&mut caller, "unexpected-error", &detail, SALE);
    caller.received(socket);
    caller.say(socket, &cancel(SALE));
    expect(&mut caller, "unexpected-error", &detail, SALE);
}
