//! The till dies and comes back.

use super::*;
use crate::world::MINUTE_MS;
use checkstand_core::payment::{Doubt, Ending, Flag};
use checkstand_core::till::Hint;

fn restart(shop: &mut Shop) {
    shop.crash(SECOND_MS);
    shop.record();
    shop.run_for(4 * SECOND_MS);
}

#[test]
fn an_opened_sale_was_never_sent() {
    let mut shop = told();
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    let id = shop.charge(ProviderName::Multipay, AMOUNT_MINOR);
    assert_eq!(shop.state(id), State::Opened);
    shop.faults.socket_refused = 0;
    restart(&mut shop);
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    shop.run_for(MINUTE_MS);
    assert!(shop.messages("PAYMENT_INIT_REQUEST").is_empty());
}

#[test]
fn r26_sent_and_waiting_are_unknown_and_listening_and_nothing_is_sent() {
    for (mut shop, id) in [sent(), waiting()] {
        restart(&mut shop);
        assert_eq!(shop.state(id), State::Unknown(Doubt::Restarted));
        assert_eq!(shop.hint(id), Hint::Listening);
        shop.run_for(40 * SECOND_MS);
        assert_eq!(shop.hint(id), Hint::AskCustomer);
        assert!(shop.messages("PAYMENT_INIT_REQUEST").is_empty() && shop.messages("STATUS_UPDATE").is_empty());
        shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.is_empty());
    }
}

#[test]
fn a_cancelling_sale_is_cancelled_again() {
    let (mut shop, id) = waiting();
    shop.ask(Ask::Cancel(id)).unwrap();
    restart(&mut shop);
    assert_eq!(shop.state(id), State::Cancelling);
    assert!(shop.messages("STATUS_UPDATE").is_empty(), "room for late receipts first");
    shop.run_for(10 * SECOND_MS);
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 1);
    shop.far_says(&update(id, "CANCELED"));
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
}

#[test]
fn paid_after_a_restart_is_flagged_where_a_cancel_of_the_earlier_life_was_never_answered() {
    let (mut shop, id) = waiting();
    shop.ask(Ask::Cancel(id)).unwrap();
    restart(&mut shop);
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
    shop.run_for(6 * SECOND_MS);
    assert!(shop.payment(id).flags.contains(&Flag::Contradicted), "the provider may have returned it");
    assert!(shop.messages("STATUS_UPDATE").is_empty(), "nobody cancels what is paid");
}

#[test]
fn a_failed_cancel_of_this_life_does_not_answer_one_of_the_earlier_life() {
    let (mut shop, id) = waiting();
    shop.ask(Ask::Cancel(id)).unwrap();
    restart(&mut shop);
    shop.run_for(10 * SECOND_MS);
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 1, "it is repeated");
    shop.far_says(&problem("unexpected-error", Some(id)));
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    shop.run_for(6 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Contradicted), "the first one may have returned it");
}

#[test]
fn a_wish_that_was_kept_in_sent_survives_the_restart() {
    let (mut shop, id) = sent();
    shop.ask(Ask::Cancel(id)).unwrap();
    restart(&mut shop);
    shop.run_for(12 * SECOND_MS);
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 1);
    assert_eq!(shop.messages("STATUS_UPDATE")[0].1["payment"]["paymentId"], id.to_string());
}

#[test]
fn r36_a_sent_refund_is_unknown_and_not_sent_again() {
    let (mut shop, sale, refund) = refund_sent();
    restart(&mut shop);
    assert_eq!(shop.state(refund), State::Unknown(Doubt::Restarted));
    shop.run_for(MINUTE_MS);
    assert!(shop.messages("REFUND").is_empty());
    assert_eq!(shop.till.book().refundable_minor(shop.payment(sale)), 0);
    shop.far_says(&receipt_with(refund, AMOUNT_MINOR, "NOK", "7001", ""));
    assert_eq!(shop.state(refund), State::Paid);
}

#[test]
fn what_was_said_to_be_complete_is_unknown_and_never_cancelled() {
    let (mut shop, id) = waiting();
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.far_says(&update(id, "COMPLETE"));
    restart(&mut shop);
    shop.run_for(5 * MINUTE_MS);
    assert!(shop.messages("STATUS_UPDATE").is_empty());
    assert!(shop.payment(id).is_open());
    assert!(matches!(shop.state(id), State::Unknown(_)), "{:?}", shop.state(id));
}

#[test]
fn ended_payments_stay_ended() {
    let (mut shop, id) = paid();
    restart(&mut shop);
    assert_eq!(shop.state(id), State::Paid);
    let (mut shop, id) = waiting();
    shop.far_says(&reversed(id));
    restart(&mut shop);
    assert_eq!(shop.state(id), State::Reversed);
}
