//! PROBLEM, with and without an id.

use super::*;
use checkstand_core::payment::{Doubt, Ending};

#[test]
fn r9_a_refused_input_or_merchant_declines_the_sale_it_names() {
    for kind in ["input-error", "merchant-validation-error"] {
        let (mut shop, id) = sent();
        shop.far_says(&problem(kind, Some(id)));
        assert_eq!(shop.state(id), State::Declined(Ending::Configuration), "{kind}");
    }
}

#[test]
fn r8_an_unexpected_error_or_an_unknown_type_says_nothing_of_the_money() {
    for kind in ["unexpected-error", "something-new", ""] {
        for (mut shop, id) in [sent(), waiting()] {
            shop.far_says(&problem(kind, Some(id)));
            assert_eq!(shop.state(id), State::Unknown(Doubt::ProviderError), "{kind}");
            shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
            assert_eq!(shop.state(id), State::Paid, "{kind}");
        }
    }
}

#[test]
fn an_unexpected_error_leaves_cancelling_and_the_cancel_is_repeated() {
    let (mut shop, id) = waiting();
    shop.ask(Ask::Cancel(id)).unwrap();
    assert_eq!(shop.state(id), State::Cancelling);
    shop.far_says(&problem("unexpected-error", Some(id)));
    assert_eq!(shop.state(id), State::Cancelling);
    shop.run_for(6 * SECOND_MS);
    assert_eq!(shop.messages("STATUS_UPDATE").len(), 2);
}

#[test]
fn a_problem_changes_nothing_that_has_ended() {
    for kind in ["input-error", "merchant-validation-error", "unexpected-error", "payment-not-found", "new"] {
        let (mut shop, id) = paid();
        shop.far_says(&problem(kind, Some(id)));
        assert_eq!(shop.state(id), State::Paid, "{kind}");
        let (mut shop, id) = waiting();
        shop.far_says(&update(id, "CANCELED"));
        shop.far_says(&problem(kind, Some(id)));
        assert_eq!(shop.state(id), State::Declined(Ending::Canceled), "{kind}");
        let (mut shop, id) = waiting();
        shop.far_says(&reversed(id));
        shop.far_says(&problem(kind, Some(id)));
        assert_eq!(shop.state(id), State::Reversed, "{kind}");
    }
}

#[test]
fn a_problem_about_refunds_only_says_nothing_about_a_sale() {
    for kind in ["payment-not-found", "payment-already-refunded"] {
        let (mut shop, id) = waiting();
        shop.far_says(&problem(kind, Some(id)));
        assert_eq!(shop.state(id), State::Waiting, "{kind}");
    }
}

#[test]
fn r45_without_an_id_the_only_outstanding_sale_is_meant() {
    let (mut shop, id) = sent();
    shop.far_says(&problem("input-error", None));
    assert_eq!(shop.state(id), State::Declined(Ending::Configuration));
    let (mut shop, id) = sent();
    shop.far_says(&problem("unexpected-error", None));
    assert_eq!(shop.state(id), State::Unknown(Doubt::ProviderError));
}

#[test]
fn r45_without_an_id_a_waiting_payment_is_never_touched() {
    for kind in ["input-error", "merchant-validation-error", "unexpected-error", "new"] {
        let (mut shop, id) = waiting();
        let entries = shop.ledger.len();
        shop.far_says(&problem(kind, None));
        assert_eq!(shop.state(id), State::Waiting, "{kind}");
        assert_eq!(shop.ledger.len(), entries, "{kind}");
        assert!(shop.notices("provider_problem"), "{kind}");
    }
}

#[test]
fn r45_without_an_id_and_with_an_operation_unanswered_in_the_last_minute_nobody_is_meant() {
    let (mut shop, first) = sent();
    shop.run_for(16 * SECOND_MS);
    assert_eq!(shop.state(first), State::Unknown(Doubt::NoAnswer));
    let second = shop.charge(ProviderName::Multipay, 5_000);
    shop.far_says(&problem("input-error", None));
    assert_eq!(shop.state(second), State::Sent);
    assert_eq!(shop.state(first), State::Unknown(Doubt::NoAnswer));
    assert!(shop.notices("provider_problem"));
}

#[test]
fn r45_an_operation_unanswered_since_logon_still_makes_it_ambiguous_after_a_minute() {
    let (mut shop, _) = sent();
    shop.run_for(120 * SECOND_MS);
    let second = shop.charge(ProviderName::Multipay, 5_000);
    shop.far_says(&problem("input-error", None));
    assert_eq!(shop.state(second), State::Sent, "none went unanswered in the last 60 s or since logon");
}

#[test]
fn r45_an_answer_lost_with_the_connection_makes_it_ambiguous_for_a_minute() {
    let (mut shop, first) = sent();
    shop.far_hangs_up();
    shop.run_for(3 * SECOND_MS);
    let second = shop.charge(ProviderName::Multipay, 5_000);
    assert_eq!(shop.state(second), State::Sent);
    shop.far_says(&problem("input-error", None));
    assert_eq!(shop.state(second), State::Sent);
    shop.far_says(&init_response(second, Some("PENDING")));
    assert!(matches!(shop.state(first), State::Unknown(_)));
    shop.run_for(60 * SECOND_MS);
    let third = shop.charge(ProviderName::Multipay, 7_000);
    shop.far_says(&problem("input-error", None));
    assert_eq!(shop.state(third), State::Declined(Ending::Configuration), "a minute later it is not");
}

#[test]
fn r45_a_problem_that_names_a_stranger_is_a_notice() {
    let (mut shop, id) = sent();
    shop.far_says(&problem("input-error", Some(PaymentId(uuid::Uuid::from_u128(7)))));
    assert_eq!(shop.state(id), State::Sent);
    assert!(shop.notices("provider_problem"));
}

#[test]
fn after_a_cancel_was_asked_for_a_problem_may_be_about_it_and_declines_nothing() {
    for kind in ["input-error", "merchant-validation-error"] {
        let (mut shop, id) = waiting();
        shop.ask(Ask::Cancel(id)).unwrap();
        shop.far_says(&problem(kind, Some(id)));
        assert_eq!(shop.state(id), State::Cancelling, "{kind}");
    }
}

#[test]
fn a_problem_that_decides_nothing_is_no_answer_and_the_silence_is_told_in_time() {
    for kind in ["unexpected-error", "input-error", "merchant-validation-error", "payment-not-found"] {
        let (mut shop, id) = sent();
        shop.record();
        shop.ask(Ask::Cancel(id)).unwrap();
        shop.far_says(&problem(kind, Some(id)));
        assert_eq!(shop.state(id), State::Sent, "{kind}: it may be about the cancel");
        shop.run_for(15 * SECOND_MS);
        assert_eq!(shop.state(id), State::Unknown(Doubt::NoAnswer), "{kind}");
        assert_eq!(shop.messages("STATUS_UPDATE").len(), 1, "{kind}: the wish leaves");
    }
    let (mut shop, id) = sent();
    shop.far_says(&problem("payment-already-refunded", Some(id)));
    shop.run_for(15 * SECOND_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::NoAnswer));
}
