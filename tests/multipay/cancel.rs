//! Cancelling: a request that is repeated until somebody confirms or contradicts it, and the fence in Unknown.

use super::*;
use crate::world::{Faults, MINUTE_MS};
use checkstand_core::payment::{Doubt, Ending, Event, Flag, Flags};
use checkstand_core::till::Hint;

fn asked(shop: &mut Shop, id: PaymentId) -> i64 {
    shop.record();
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.now_ms
}

#[test]
fn r23_an_unconfirmed_cancel_is_repeated_at_5_15_60_s_and_then_every_2_min() {
    let (mut shop, id) = waiting();
    let begin_ms = asked(&mut shop, id);
    shop.run_for(8 * MINUTE_MS);
    let seconds = seconds_after(begin_ms, &shop.messages("STATUS_UPDATE"));
    assert_eq!(seconds, [0, 5, 15, 60, 180, 300, 420]);
    for (_, message) in shop.messages("STATUS_UPDATE") {
        assert_eq!(message["payment"]["paymentId"], id.to_string());
        assert_eq!(message["payment"]["paymentState"], "CANCELED");
    }
    assert_eq!(shop.state(id), State::Cancelling);
    assert_eq!(shop.hint(id), Hint::Stopping);
}

#[test]
fn after_10_min_unconfirmed_it_is_unknown_and_the_repeats_go_on() {
    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    shop.run_for(10 * MINUTE_MS - SECOND_MS);
    assert_eq!(shop.state(id), State::Cancelling);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::CancelUnconfirmed));
    shop.record();
    shop.run_for(10 * MINUTE_MS);
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 5);
    shop.far_says(&update(id, "CANCELED"));
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    shop.record();
    shop.run_for(10 * MINUTE_MS);
    assert!(shop.messages("STATUS_UPDATE").is_empty(), "confirmed");
}

#[test]
fn r21_a_confirmation_declines_and_a_receipt_wins() {
    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    assert_eq!(shop.state(id), State::Cancelling, "asked is not stopped");
    shop.far_says(&update(id, "CANCELED"));
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn r23_a_problem_answer_leaves_it_cancelling_and_the_schedule_stands() {
    let (mut shop, id) = waiting();
    let begin_ms = asked(&mut shop, id);
    shop.run_for(200);
    shop.far_says(&problem("unexpected-error", Some(id)));
    shop.run_for(20 * SECOND_MS);
    shop.far_says(&problem("unexpected-error", None));
    shop.run_for(50 * SECOND_MS);
    assert_eq!(seconds_after(begin_ms, &shop.messages("STATUS_UPDATE")), [0, 5, 15, 60]);
    assert_eq!(shop.state(id), State::Cancelling);
}

#[test]
fn a_wish_in_sent_is_kept_and_leaves_with_the_answer() {
    let (mut shop, id) = sent();
    shop.record();
    shop.ask(Ask::Cancel(id)).unwrap();
    assert_eq!(shop.state(id), State::Sent);
    assert!(shop.messages("STATUS_UPDATE").is_empty());
    shop.far_says(&init_response(id, Some("PENDING")));
    assert_eq!(shop.state(id), State::Cancelling);
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 1);
}

#[test]
fn a_wish_in_sent_leaves_when_the_answer_stays_away() {
    let (mut shop, id) = sent();
    shop.record();
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.run_for(15 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_) | State::Cancelling));
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 1);
    shop.far_says(&update(id, "CANCELED"));
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
}

#[test]
fn a_wish_in_sent_leaves_with_the_word_error() {
    let (mut shop, id) = sent();
    shop.record();
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.far_says(&update(id, "ERROR"));
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 1);
    shop.far_says(&update(id, "CANCELED"));
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
}

#[test]
fn r23_a_cancel_is_repeated_10_s_after_every_reconnect_to_leave_room_for_late_receipts() {
    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    for _ in 0..2 {
        shop.run_for(70 * SECOND_MS);
        shop.record();
        shop.far_hangs_up();
        let back_ms = loop {
            shop.run_for(10);
            if shop.till.line(ProviderName::Multipay) == Some(checkstand_core::provider::Line::Ready) {
                break shop.now_ms;
            }
        };
        shop.run_for(12 * SECOND_MS);
        let sent_ms = shop.messages("STATUS_UPDATE")[0].0;
        assert!((9_900..=10_100).contains(&(sent_ms - back_ms)), "{}", sent_ms - back_ms);
    }
}

#[test]
fn for_10_s_after_a_reconnect_a_new_sale_goes_at_once() {
    let (mut shop, id) = waiting();
    shop.far_hangs_up();
    shop.run_for(3 * SECOND_MS);
    shop.record();
    shop.ask(Ask::CustomerSays { payment: id, paid: false }).unwrap();
    assert!(shop.messages("STATUS_UPDATE").is_empty(), "about a payment in doubt: later");
    let sale = shop.sale(ProviderName::Multipay, 5_000);
    let second = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.state(second), State::Sent);
    shop.far_says(&init_response(second, Some("PENDING")));
    shop.ask(Ask::Cancel(second)).unwrap();
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 1, "its own cancel is about no doubt");
    shop.far_says(&update(second, "CANCELED"));
    shop.run_for(10 * SECOND_MS);
    assert_eq!(shop.messages("STATUS_UPDATE")[1].1["payment"]["paymentId"], id.to_string());
}

#[test]
fn r29_a_reconnect_alone_never_cancels() {
    let (mut shop, id) = waiting();
    shop.record();
    for _ in 0..4 {
        shop.far_hangs_up();
        shop.run_for(20 * MINUTE_MS);
    }
    shop.crash(SECOND_MS);
    shop.run_for(60 * MINUTE_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    assert!(shop.messages("STATUS_UPDATE").is_empty());
}

#[test]
fn r29_the_fence_is_sent_on_the_word_not_paid() {
    let (mut shop, id) = waiting();
    shop.far_hangs_up();
    shop.run_for(40 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::AskCustomer);
    shop.record();
    shop.ask(Ask::CustomerSays { payment: id, paid: false }).unwrap();
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 1);
    assert_eq!(shop.state(id), State::Cancelling);
    assert!(shop.events(id).iter().any(|event| matches!(event, Event::CancelAsked)));
    shop.far_says(&update(id, "CANCELED"));
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
}

#[test]
fn r32_the_word_paid_waits_a_minute_and_proves_nothing() {
    let (mut shop, id) = waiting();
    shop.far_hangs_up();
    shop.run_for(40 * SECOND_MS);
    shop.record();
    shop.ask(Ask::CustomerSays { payment: id, paid: true }).unwrap();
    assert!(shop.messages("STATUS_UPDATE").is_empty());
    assert!(matches!(shop.state(id), State::Unknown(_)));
    assert_eq!(shop.hint(id), Hint::NotKnown);
    shop.run_for(59 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::NotKnown);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::AskCustomer);
    assert!(matches!(shop.state(id), State::Unknown(_)));
}

#[test]
fn r29_a_fence_that_fails_is_still_not_known_in_the_end() {
    let (mut shop, id) = waiting();
    shop.far_hangs_up();
    shop.run_for(40 * SECOND_MS);
    shop.ask(Ask::CustomerSays { payment: id, paid: false }).unwrap();
    shop.far_says(&problem("unexpected-error", Some(id)));
    assert!(!matches!(shop.state(id), State::Declined(_)));
    shop.run_for(11 * MINUTE_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
}

#[test]
fn r22_a_cancel_names_the_payment_it_was_asked_for_and_never_the_latest() {
    let (mut shop, first) = waiting();
    let second = shop.charge(ProviderName::Multipay, 5_000);
    shop.far_says(&init_response(second, Some("PENDING")));
    asked(&mut shop, first);
    shop.run_for(MINUTE_MS);
    let messages = shop.messages("STATUS_UPDATE");
    assert!(messages.iter().all(|(_, message)| message["payment"]["paymentId"] == first.to_string()));
    assert_eq!(shop.state(second), State::Waiting);
}

#[test]
fn a_cancel_asked_for_without_a_line_leaves_when_it_is_back() {
    let (mut shop, id) = waiting();
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    shop.run_for(30 * SECOND_MS);
    shop.record();
    shop.ask(Ask::Cancel(id)).unwrap();
    assert_eq!(shop.state(id), State::Cancelling);
    assert!(shop.messages("STATUS_UPDATE").is_empty());
    shop.faults = Faults::none();
    shop.run_for(25 * SECOND_MS);
    assert!(!shop.messages("STATUS_UPDATE").is_empty());
}

#[test]
fn the_simulators_first_cancel_fails_and_the_repeat_stops_the_sale() {
    let world = checkstand_simulator::world::World { first_cancel_fails: true, ..Default::default() };
    let mut shop = Shop::open(world, checkstand_simulator::customers::Customers::Manual, 1);
    shop.run_for(SECOND_MS);
    let id = shop.charge(ProviderName::Multipay, AMOUNT_MINOR);
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Cancelling);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    assert!(crate::world::violations(&shop).is_empty());
}

#[test]
fn paid_while_our_cancel_has_no_answer_is_flagged_for_the_provider_may_have_returned_it() {
    // Silence for the time that an answer takes, and a line that breaks before it came.
    for line_breaks in [false, true] {
        let (mut shop, id) = waiting();
        asked(&mut shop, id);
        shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
        assert!(shop.payment(id).flags.is_empty(), "the answer may still come");
        if line_breaks {
            shop.far_hangs_up();
        }
        shop.run_for(6 * SECOND_MS);
        assert_eq!(shop.state(id), State::Paid);
        assert_eq!(shop.payment(id).flags, Flags::from([Flag::Contradicted]), "line breaks: {line_breaks}");
    }
}

#[test]
fn paid_although_our_cancel_was_answered_with_a_failure_needs_nobody() {
    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    shop.far_says(&problem("unexpected-error", Some(id)));
    shop.run_for(MINUTE_MS);
    assert_eq!((shop.state(id), shop.payment(id).flags.is_empty()), (State::Paid, true));
    assert!(shop.events(id).contains(&&Event::CancelAnswered));
}

#[test]
fn paid_while_the_repeat_of_our_cancel_has_no_answer_is_flagged_though_the_first_one_was_answered() {
    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    shop.run_for(6 * SECOND_MS);
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 2, "it was repeated");
    shop.far_says(&problem("unexpected-error", Some(id)));
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert!(shop.payment(id).flags.is_empty(), "the second answer may still come");
    shop.run_for(6 * SECOND_MS);
    assert_eq!((shop.state(id), &shop.payment(id).flags), (State::Paid, &Flags::from([Flag::Contradicted])));
}

#[test]
fn a_copy_of_an_answer_is_none_to_the_repeat_of_our_cancel() {
    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    shop.run_for(6 * SECOND_MS);
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    let failed = problem("unexpected-error", Some(id));
    shop.far_says(&failed);
    shop.far_says(&failed);
    shop.run_for(6 * SECOND_MS);
    assert_eq!((shop.state(id), &shop.payment(id).flags), (State::Paid, &Flags::from([Flag::Contradicted])));

    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    shop.run_for(6 * SECOND_MS);
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    let failed = problem("unexpected-error", Some(id));
    shop.far_says(&failed.replacen("a0008", "a0009", 1));
    shop.far_says(&failed);
    shop.run_for(6 * SECOND_MS);
    assert_eq!((shop.state(id), shop.payment(id).flags.is_empty()), (State::Paid, true), "both are answered");
}

#[test]
fn the_word_error_from_before_our_cancel_does_not_answer_it() {
    let (mut shop, id) = waiting();
    asked(&mut shop, id);
    shop.far_says(&update(id, "ERROR"));
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    shop.run_for(6 * SECOND_MS);
    assert_eq!((shop.state(id), &shop.payment(id).flags), (State::Paid, &Flags::from([Flag::Contradicted])));
}

#[test]
fn a_sale_that_was_called_off_on_a_full_disk_ends_all_the_same() {
    let mut shop = told();
    shop.far_hangs_up();
    let sale = shop.sale(ProviderName::Multipay, AMOUNT_MINOR);
    let id = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.state(id), State::Opened, "no line yet");
    shop.faults.disk_refuses = 1_000;
    assert_eq!(shop.ask(Ask::Cancel(id)).unwrap_err().code, "storage_failed");
    shop.faults.disk_refuses = 0;
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    assert!(shop.messages("PAYMENT_INIT_REQUEST").is_empty());
}

#[test]
fn a_sale_that_could_not_be_parked_on_a_full_disk_goes_its_way() {
    let mut shop = told();
    shop.far_hangs_up();
    let sale = shop.sale(ProviderName::Multipay, AMOUNT_MINOR);
    let id = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    shop.faults.disk_refuses = 1_000;
    assert_eq!(shop.ask(Ask::Park(id)).unwrap_err().code, "storage_failed");
    shop.faults.disk_refuses = 0;
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Sent);
}
