//! STATUS_UPDATE: the five words in each state.

use super::*;
use checkstand_core::payment::{Doubt, Ending, Flag};
use checkstand_core::till::Hint;

fn cancelling() -> (Shop, PaymentId) {
    let (mut shop, id) = waiting();
    shop.ask(Ask::Cancel(id)).unwrap();
    (shop, id)
}

fn unknown() -> (Shop, PaymentId) {
    let (mut shop, id) = sent();
    shop.run_for(16 * SECOND_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::NoAnswer));
    (shop, id)
}

#[test]
fn canceled_declines_everything_that_is_open() {
    for (mut shop, id) in [sent(), waiting(), cancelling(), unknown()] {
        let before = shop.state(id);
        shop.far_says(&update(id, "CANCELED"));
        assert_eq!(shop.state(id), State::Declined(Ending::Canceled), "{before:?}");
        assert!(shop.payment(id).flags.is_empty());
    }
}

#[test]
fn complete_without_a_receipt_stops_the_cancels_and_is_unknown_and_contradicted_after_30_s() {
    for (mut shop, id) in [sent(), waiting(), cancelling(), unknown()] {
        let before = shop.state(id);
        shop.far_says(&update(id, "COMPLETE"));
        assert!(!matches!(shop.state(id), State::Paid | State::Declined(_)), "{before:?}");
        shop.record();
        shop.run_for(31 * SECOND_MS);
        assert!(shop.messages("STATUS_UPDATE").is_empty(), "{before:?}");
        assert!(matches!(shop.state(id), State::Unknown(_)), "{before:?}");
        assert!(shop.payment(id).flags.contains(&Flag::Contradicted), "{before:?}");
    }
}

#[test]
fn complete_in_waiting_says_that_the_receipt_is_due() {
    let (mut shop, id) = waiting();
    shop.far_says(&update(id, "COMPLETE"));
    assert_eq!(shop.hint(id), Hint::ReceiptDue);
    shop.run_for(29 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::ReceiptDue);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::ReceiptMissing));
}

#[test]
fn a_receipt_after_complete_is_paid_without_a_flag_in_time_and_with_one_after() {
    let (mut shop, id) = waiting();
    shop.far_says(&update(id, "COMPLETE"));
    shop.run_for(20 * SECOND_MS);
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
    shop.run_for(60 * SECOND_MS);
    assert!(shop.payment(id).flags.is_empty(), "the alarm is off");
    let (mut shop, id) = waiting();
    shop.far_says(&update(id, "COMPLETE"));
    shop.run_for(40 * SECOND_MS);
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn error_is_unknown_in_sent_waiting_and_unknown() {
    for (mut shop, id) in [sent(), waiting(), unknown()] {
        shop.far_says(&update(id, "ERROR"));
        assert_eq!(shop.state(id), State::Unknown(Doubt::ProviderError));
    }
}

#[test]
fn pending_ends_a_doubt() {
    let (mut shop, id) = unknown();
    shop.far_says(&update(id, "PENDING"));
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn pending_in_waiting_or_cancelling_changes_nothing() {
    for (mut shop, id) in [waiting(), cancelling()] {
        let (before, entries) = (shop.state(id), shop.ledger.len());
        shop.far_says(&update(id, "PENDING"));
        shop.far_says(&update(id, "SOMETHING_NEW"));
        assert_eq!(shop.state(id), before);
        assert_eq!(shop.ledger.len(), entries);
    }
}

#[test]
fn canceled_after_paid_with_a_cancel_of_ours_is_loud_in_either_order() {
    let receipt_first = {
        let (mut shop, id) = cancelling();
        shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
        shop.far_says(&update(id, "CANCELED"));
        (shop.state(id), shop.payment(id).flags.clone())
    };
    let word_first = {
        let (mut shop, id) = cancelling();
        shop.far_says(&update(id, "CANCELED"));
        shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
        (shop.state(id), shop.payment(id).flags.clone())
    };
    assert_eq!(receipt_first.0, State::Paid);
    assert!(receipt_first.1.contains(&Flag::Contradicted));
    assert_eq!(receipt_first, word_first);
}

#[test]
fn r7_a_paid_payment_is_moved_by_no_word_but_reversed() {
    let (mut shop, id) = paid();
    for word in ["PENDING", "ERROR", "CANCELED", "COMPLETE", "NEW"] {
        shop.far_says(&update(id, word));
        assert_eq!(shop.state(id), State::Paid, "{word}");
    }
}

#[test]
fn a_word_about_a_stranger_changes_nothing() {
    let (mut shop, id) = waiting();
    let entries = shop.ledger.len();
    for word in ["PENDING", "ERROR", "CANCELED", "COMPLETE"] {
        shop.far_says(&update(PaymentId(uuid::Uuid::from_u128(7)), word));
    }
    assert_eq!(shop.ledger.len(), entries);
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn complete_is_no_answer_to_a_cancel_that_is_on_its_way() {
    let (mut shop, id) = cancelling();
    shop.far_says(&update(id, "COMPLETE"));
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
    shop.run_for(6 * SECOND_MS);
    assert!(shop.payment(id).flags.contains(&Flag::Contradicted), "the money may have been returned");
}

#[test]
fn an_answer_that_was_overtaken_does_not_hide_that_the_receipt_is_missing() {
    let (mut shop, id) = sent();
    shop.far_says(&update(id, "COMPLETE"));
    shop.run_for(31 * SECOND_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::ReceiptMissing));
    shop.far_says(&init_response(id, Some("PENDING")));
    assert_eq!(shop.state(id), State::Unknown(Doubt::ReceiptMissing), "paid, by the provider's word");
}
