//! What MultiPay leaves open, each switch both ways. The sockets' own switches are in `sockets`.

use super::*;
use crate::phone::Provider;
use crate::world::{AmountUnit, CancelAfterCompletion, RefundReceiptId, ReversalMessage, SessionEnd, UnknownCancel};

fn friendly() -> World {
    World::default()
}

fn started(world: World) -> (Caller, SocketId, Value) {
    let (mut caller, socket) = Caller::multipay(world);
    caller.say(socket, &init(SALE, 20_105));
    let response = caller.answered();
    (caller, socket, response)
}

fn sold(world: World) -> (Caller, SocketId, Value) {
    let (mut caller, socket, _) = started(world);
    assert!(caller.sim.approve(SALE, caller.now_ms));
    let receipt = caller.answered();
    (caller, socket, receipt)
}

#[test]
fn a_cancel_after_completion_errors_or_reverses() {
    let (mut errs, socket, _) = sold(friendly());
    errs.say(socket, &cancel(SALE));
    assert_eq!(errs.answered()["problem"]["type"], "apm.mtm.unexpected-error");
    assert_eq!(errs.sim.books().net_minor(Provider::MultiPay, "NOK"), 20_105);

    let told = [(ReversalMessage::Receipt, "PAYMENT_RECEIPT"), (ReversalMessage::StatusUpdate, "STATUS_UPDATE")];
    for (reversal_message, message_type) in told {
        let world = World { cancel_after_completion: CancelAfterCompletion::Reverses, reversal_message, ..friendly() };
        let (mut reverses, socket, receipt) = sold(world);
        reverses.say(socket, &cancel(SALE));
        let reversal = reverses.answered();
        assert_eq!(
            (&reversal["messageType"], &reversal["payment"]["paymentState"]),
            (&json!(message_type), &json!("REVERSED"))
        );
        assert_eq!(reverses.sim.books().net_minor(Provider::MultiPay, "NOK"), 0);
        reverses.say(socket, &cancel(SALE));
        assert_eq!(reverses.answered()["payment"]["paymentState"], "REVERSED", "asked again, said again");
        reverses.say(socket, &refund(REFUND, &receipt["payment"]["paymentReceiptId"], 20_105));
        assert_eq!(reverses.answered()["problem"]["type"], "apm.mtm.payment-already-refunded");
    }
}

#[test]
fn a_cancel_of_what_was_refunded_reverses_nothing() {
    let world = World { cancel_after_completion: CancelAfterCompletion::Reverses, ..friendly() };
    let (mut caller, socket, receipt) = sold(world);
    caller.say(socket, &refund(REFUND, &receipt["payment"]["paymentReceiptId"], 20_105));
    caller.answered();
    caller.say(socket, &cancel(SALE));
    assert_eq!(caller.answered()["problem"]["type"], "apm.mtm.unexpected-error");
}

#[test]
fn partial_refunds() {
    let (mut many, socket, receipt) = sold(friendly());
    let receipt_id = &receipt["payment"]["paymentReceiptId"];
    many.say(socket, &refund(REFUND, receipt_id, 105));
    assert_eq!(many.answered()["payment"]["amount"], 105);
    many.say(socket, &refund(REFUND_2, receipt_id, 20_000));
    assert_eq!(many.answered()["payment"]["amount"], 20_000);
    assert_eq!(many.sim.books().captures_of(Provider::MultiPay, SALE)[0].refunds.len(), 2);

    let (mut whole, socket, receipt) = sold(World { partial_refunds: false, ..friendly() });
    let receipt_id = &receipt["payment"]["paymentReceiptId"];
    whole.say(socket, &refund(REFUND, receipt_id, 105));
    assert_eq!(whole.answered()["problem"]["type"], "apm.mtm.input-error");
    whole.say(socket, &refund(REFUND, receipt_id, 20_105));
    assert_eq!(whole.answered()["payment"]["amount"], 20_105);
}

#[test]
fn amounts_in_decimals_and_as_text() {
    let shapes = [
        (AmountUnit::Minor, false, json!(20_050)),
        (AmountUnit::Minor, true, json!("20050")),
        (AmountUnit::Decimal, false, json!(200.5)),
        (AmountUnit::Decimal, true, json!("200.50")),
    ];
    for (amount_unit, amounts_as_text, told) in shapes {
        let (mut caller, socket) = Caller::multipay(World { amount_unit, amounts_as_text, ..friendly() });
        let mut message = init(SALE, 20_050);
        if amount_unit == AmountUnit::Decimal {
            message["payment"]["amount"] = json!(200.5);
        }
        caller.say(socket, &message);
        caller.answered();
        caller.sim.approve(SALE, caller.now_ms);
        assert_eq!(caller.answered()["payment"]["amount"], told);
        assert_eq!(caller.sim.books().net_minor(Provider::MultiPay, "NOK"), 20_050);
    }
}

#[test]
fn a_wrong_unit_charges_a_hundredfold() {
    let (mut caller, socket) = Caller::multipay(World { amount_unit: AmountUnit::Decimal, ..friendly() });
    caller.say(socket, &init(SALE, 20_105));
    caller.answered();
    assert_eq!(caller.sim.phones()[0].amount_minor, 2_010_500);
}

#[test]
fn the_payment_may_be_called_payment_details() {
    let (_, _, receipt) = sold(World { payment_details_key: true, ..friendly() });
    assert_eq!(receipt["paymentDetails"]["paymentId"], SALE);
    assert!(receipt.get("payment").is_none());
}

#[test]
fn the_init_response_may_say_less() {
    let (_, _, response) = started(World { init_response_state: false, init_response_qr: false, ..friendly() });
    assert_eq!(response["payment"], json!({"paymentId": SALE}));
    assert!(response.get("qrCode").is_none());
}

#[test]
fn a_problem_may_not_say_whom_it_is_about() {
    let (mut caller, socket) =
        Caller::multipay(World { problem_names_payment: false, problem_description_key: true, ..friendly() });
    caller.say(socket, &cancel(SALE));
    let problem = caller.answered()["problem"].clone();
    assert!(problem.get("paymentId").is_none() && problem.get("detail").is_none());
    assert!(problem["description"].as_str().unwrap().starts_with("Failed to cancel payment with id: "));
}

#[test]
fn a_receipt_may_echo_nothing() {
    let (_, _, receipt) = sold(World { receipt_echoes: false, ..friendly() });
    assert!(
        receipt["payment"].get("customerOrderId").is_none() && receipt["payment"].get("saleTransactionId").is_none()
    );
}

#[test]
fn the_receipt_of_a_refund_may_bear_the_sales_id_and_come_late() {
    let world = World {
        refund_receipt_id: RefundReceiptId::Sales,
        refund_receipt_reversed: true,
        refund_receipt_delay_ms: 45_000,
        ..friendly()
    };
    let (mut caller, socket, receipt) = sold(world);
    caller.say(socket, &refund(REFUND, &receipt["payment"]["paymentReceiptId"], 20_105));
    assert_eq!(caller.sim.books().net_minor(Provider::MultiPay, "NOK"), 0, "the money is back at once");
    caller.wait_ms(44_999);
    assert!(caller.heard.is_empty());
    let of_refund = caller.answered();
    assert_eq!(
        (&of_refund["payment"]["paymentId"], &of_refund["payment"]["paymentState"]),
        (&json!(SALE), &json!("REVERSED"))
    );
    assert_ne!(of_refund["payment"]["paymentReceiptId"], receipt["payment"]["paymentReceiptId"]);
}

#[test]
fn a_cancel_before_the_init_response() {
    let answers = |cancel_before_init| {
        let (mut caller, socket) = Caller::multipay(World { cancel_before_init, ..friendly() });
        caller.say(socket, &init(SALE, 20_105));
        caller.say(socket, &cancel(SALE));
        let mut kinds: Vec<String> =
            caller.answers().iter().map(|heard| heard["messageType"].as_str().unwrap().to_owned()).collect();
        kinds.sort();
        (kinds, caller.sim.approve(SALE, caller.now_ms))
    };
    assert_eq!(answers(true), (vec!["PAYMENT_INIT_RESPONSE".to_owned(), "STATUS_UPDATE".to_owned()], false));
    assert_eq!(answers(false), (vec!["PAYMENT_INIT_RESPONSE".to_owned(), "PROBLEM".to_owned()], true));
}

#[test]
fn a_first_cancel_that_fails() {
    let (mut caller, socket, _) = started(World { first_cancel_fails: true, ..friendly() });
    caller.say(socket, &cancel(SALE));
    assert_eq!(caller.answered()["problem"]["type"], "apm.mtm.unexpected-error");
    caller.say(socket, &cancel(SALE));
    assert_eq!(caller.answered()["payment"]["paymentState"], "CANCELED");
}

#[test]
fn a_cancel_of_an_id_never_seen() {
    let (mut errs, socket) = Caller::multipay(friendly());
    errs.say(socket, &cancel(SALE));
    assert_eq!(errs.answered()["messageType"], "PROBLEM");
    errs.received(socket);

    let (mut confirms, socket) = Caller::multipay(World { unknown_cancel: UnknownCancel::Confirms, ..friendly() });
    confirms.say(socket, &cancel(SALE));
    assert_eq!(confirms.answered()["payment"], json!({"paymentId": SALE, "paymentState": "CANCELED"}));
    confirms.say(socket, &init(SALE, 20_105));
    assert_eq!(confirms.answered()["messageType"], "PROBLEM", "what was canceled does not start any more");
}

#[test]
fn nobody_acts_in_time() {
    for (session_end, state) in [(SessionEnd::Canceled, "CANCELED"), (SessionEnd::Failed, "ERROR")] {
        let (mut caller, _, _) = started(World { session_end, session_life_ms: 180_000, ..friendly() });
        caller.wait_ms(178_000);
        assert!(caller.heard.is_empty());
        caller.wait_ms(2_000);
        assert_eq!(caller.heard[0]["payment"]["paymentState"], state);
        assert!(!caller.sim.approve(SALE, caller.now_ms));
    }
}

#[test]
fn a_slow_server() {
    let delay_of = |answer_delay_ms_max, seed| {
        let world = World { answer_delay_ms_max, ..friendly() };
        let (mut caller, socket) = Caller::with(Simulator::new(world, seed, Accounts::default())).with_socket();
        caller.say(socket, &init(SALE, 20_105));
        // The session's end is on the agenda too, but much later.
        caller.sim.next_due_ms().unwrap() - caller.now_ms
    };
    assert_eq!(delay_of(0, 1), 0);
    assert!((0..20).all(|seed| (20..=300).contains(&delay_of(300, seed))));
    assert!((0..20).any(|seed| delay_of(20_000, seed) > 15_000), "longer than the till waits");
}
