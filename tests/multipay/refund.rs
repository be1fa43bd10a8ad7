//! REFUND: what settles it, what leaves it unknown, and how it is asked about again.

use super::*;
use checkstand_core::payment::{Approval, Doubt, Ending, Flag, RefundCause, Verdict};

fn ask_again(shop: &mut Shop, sale: PaymentId, old: PaymentId) -> PaymentId {
    let id = shop.click();
    let money = Money::new(AMOUNT_MINOR, Currency::Nok);
    shop.ask(Ask::Refund(Refund {
        id,
        sale,
        money,
        retry_of: Some(old),
        cause: RefundCause::because("item returned"),
    }))
    .unwrap();
    id
}

fn full_only() -> (Shop, PaymentId) {
    let (mut shop, sale) = paid();
    shop.refit(|setup| setup.multipay.as_mut().unwrap().partial_refunds = false);
    shop.record();
    (shop, sale)
}

fn found_done(shop: &mut Shop, refund: PaymentId) {
    let approval = Approval { by: "mona".to_owned(), reason: "read in the panel".to_owned() };
    shop.ask(Ask::Settle { payment: refund, verdict: Verdict::Charged, approval }).unwrap();
}

fn left_minor(shop: &Shop, sale: PaymentId) -> i64 {
    shop.till.book().refundable_minor(shop.payment(sale))
}

#[test]
fn r35_the_refund_names_the_receipt_of_the_sale_and_an_id_of_its_own() {
    let (shop, sale, refund) = refund_sent();
    let (_, message) = &shop.messages("REFUND")[0];
    assert_eq!(message["payment"]["paymentId"], refund.to_string());
    assert_eq!(message["payment"]["paymentReceiptId"], RECEIPT_ID);
    assert_eq!(message["payment"]["amount"], AMOUNT_MINOR);
    assert_ne!(sale, refund);
    assert!(shop.wrongs.is_empty(), "{:?}", shop.wrongs);
}

#[test]
fn a_receipt_under_the_refunds_own_id_is_paid_with_complete_or_reversed() {
    for word in ["COMPLETE", "REVERSED"] {
        let (mut shop, sale, refund) = refund_sent();
        let text = receipt_with(refund, AMOUNT_MINOR, "NOK", "7001", "").replace("COMPLETE", word);
        shop.far_says(&text);
        assert_eq!(shop.state(refund), State::Paid, "{word}");
        assert_eq!(shop.payment(refund).receipt_id(), Some("7001"), "{word}");
        assert_eq!(shop.state(sale), State::Paid);
        assert!(shop.payment(sale).flags.is_empty() && shop.payment(refund).flags.is_empty());
    }
}

#[test]
fn a_receipt_under_the_sales_id_with_another_receipt_id_is_the_refunds_while_one_is_open() {
    for word in ["COMPLETE", "REVERSED"] {
        let (mut shop, sale, refund) = refund_sent();
        shop.far_says(&receipt(sale, AMOUNT_MINOR, "NOK", "7001").replace("COMPLETE", word));
        assert_eq!(shop.state(refund), State::Paid, "{word}");
        assert_eq!(shop.state(sale), State::Paid, "{word}");
        assert!(shop.payment(sale).flags.is_empty(), "{word}");
    }
}

#[test]
fn a_receipt_under_the_sales_id_that_repeats_the_sales_own_settles_no_refund() {
    let (mut shop, sale, refund) = refund_sent();
    shop.far_says(&receipt(sale, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(refund), State::Sent);
}

#[test]
fn a_receipt_under_the_sales_id_that_comes_again_proves_no_second_refund_and_reverses_no_sale() {
    for word in ["COMPLETE", "REVERSED"] {
        let (mut shop, sale) = paid();
        let again = receipt(sale, 5_000, "NOK", "7001").replace("COMPLETE", word);
        let first = give_back(&mut shop, sale, 5_000);
        shop.far_says(&again);
        shop.far_says(&again);
        assert_eq!((shop.state(first), shop.state(sale)), (State::Paid, State::Paid), "{word}");
        let second = give_back(&mut shop, sale, 5_000);
        assert_eq!(shop.state(second), State::Sent);
        shop.far_says(&again);
        assert_eq!((shop.state(second), shop.state(sale)), (State::Sent, State::Paid), "{word}");
        shop.far_says(&again.replace("7001", "7002"));
        assert_eq!(shop.state(second), State::Paid, "{word}");
        assert!(shop.payment(sale).flags.is_empty() && shop.payment(first).flags.is_empty(), "{word}");
    }
}

#[test]
fn a_late_receipt_of_a_refund_that_was_found_done_proves_none_that_asks_for_it_again() {
    let (mut shop, sale) = full_only();
    let old = give_back(&mut shop, sale, AMOUNT_MINOR);
    shop.run_for(31 * SECOND_MS);
    let new = ask_again(&mut shop, sale, old);
    shop.run_for(31 * SECOND_MS);
    found_done(&mut shop, old);
    assert_eq!((shop.state(old), shop.state(new)), (State::Paid, State::Unknown(Doubt::NoAnswer)));
    shop.far_says(&receipt(sale, AMOUNT_MINOR, "NOK", "7001"));
    assert_eq!(shop.payment(old).receipt_id(), Some("7001"));
    assert_eq!(shop.state(new), State::Declined(Ending::Duplicate));
    assert!(shop.payment(sale).flags.is_empty());
}

#[test]
fn a_receipt_that_may_be_of_either_refund_proves_neither_and_reverses_no_sale() {
    for word in ["COMPLETE", "REVERSED"] {
        let (mut shop, sale) = paid();
        let first = give_back(&mut shop, sale, 5_000);
        shop.run_for(31 * SECOND_MS);
        found_done(&mut shop, first);
        let second = give_back(&mut shop, sale, 5_000);
        shop.far_says(&receipt(sale, 5_000, "NOK", "7001").replace("COMPLETE", word));
        assert_eq!(shop.payment(first).receipt_id(), None, "{word}");
        assert_eq!((shop.state(second), shop.state(sale)), (State::Sent, State::Paid), "{word}");
        assert!(shop.payment(sale).flags.contains(&Flag::Contradicted), "{word}: a person looks");
    }
}

#[test]
fn a_receipt_under_the_sales_id_with_another_amount_settles_no_refund() {
    let (mut shop, sale) = paid();
    let refund = give_back(&mut shop, sale, 5_000);
    shop.far_says(&receipt(sale, 5_001, "NOK", "7001"));
    assert_eq!(shop.state(refund), State::Sent);
    shop.far_says(&receipt(sale, 5_000, "NOK", "7002"));
    assert_eq!(shop.state(refund), State::Paid);
}

#[test]
fn r9_not_found_and_input_error_decline_the_refund() {
    for kind in ["payment-not-found", "input-error"] {
        for named in [true, false] {
            let (mut shop, sale, refund) = refund_sent();
            shop.far_says(&problem(kind, named.then_some(refund)));
            assert_eq!(shop.state(refund), State::Declined(Ending::Refused), "{kind} {named}");
            assert_eq!(left_minor(&shop, sale), AMOUNT_MINOR);
        }
        let (mut shop, sale, refund) = refund_sent();
        shop.far_says(&problem(kind, Some(sale)));
        assert_eq!(shop.state(refund), State::Declined(Ending::Refused), "named by its sale: {kind}");
        assert_eq!(shop.state(sale), State::Paid);
    }
}

#[test]
fn r36_an_unexpected_error_30_s_of_silence_or_a_disconnect_leave_the_refund_unknown_with_its_reserve() {
    let (mut shop, sale, refund) = refund_sent();
    shop.far_says(&problem("unexpected-error", Some(refund)));
    assert_eq!(shop.state(refund), State::Unknown(Doubt::ProviderError));
    assert_eq!(left_minor(&shop, sale), 0);
    let (mut shop, sale, refund) = refund_sent();
    shop.run_for(29 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Sent);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Unknown(Doubt::NoAnswer));
    assert_eq!(left_minor(&shop, sale), 0);
    let (mut shop, sale, refund) = refund_sent();
    shop.far_hangs_up();
    assert_eq!(shop.state(refund), State::Unknown(Doubt::ConnectionLost));
    assert_eq!(left_minor(&shop, sale), 0);
    shop.run_for(3_600 * SECOND_MS);
    assert_eq!(shop.messages("REFUND").len(), 1, "never sent again by itself");
}

#[test]
fn a_late_receipt_settles_an_unknown_refund() {
    let (mut shop, sale, refund) = refund_sent();
    shop.far_hangs_up();
    shop.run_for(60 * SECOND_MS);
    shop.far_says(&receipt_with(refund, AMOUNT_MINOR, "NOK", "7001", ""));
    assert_eq!(shop.state(refund), State::Paid);
    assert_eq!(left_minor(&shop, sale), 0);
}

#[test]
fn asking_again_takes_over_the_reserve_and_a_receipt_settles_both() {
    let (mut shop, sale, old) = refund_sent();
    shop.run_for(31 * SECOND_MS);
    let again = ask_again(&mut shop, sale, old);
    assert_eq!(shop.state(again), State::Sent);
    assert_eq!(left_minor(&shop, sale), 0);
    shop.far_says(&receipt_with(again, AMOUNT_MINOR, "NOK", "7001", ""));
    assert_eq!(shop.state(again), State::Paid);
    assert_eq!(shop.state(old), State::Declined(Ending::Superseded));
    assert_eq!(left_minor(&shop, sale), 0);
}

#[test]
fn r34_a_late_receipt_of_the_first_settles_the_one_that_asks_again() {
    let (mut shop, sale, old) = refund_sent();
    shop.run_for(31 * SECOND_MS);
    let again = ask_again(&mut shop, sale, old);
    shop.run_for(31 * SECOND_MS);
    assert!(matches!(shop.state(again), State::Unknown(_)));
    shop.far_says(&receipt_with(old, AMOUNT_MINOR, "NOK", "7001", ""));
    assert_eq!(shop.state(old), State::Paid);
    assert_eq!(shop.state(again), State::Declined(Ending::Duplicate), "all of it has gone back, once");
    assert_eq!(left_minor(&shop, sale), 0);
}

#[test]
fn r36_asking_again_in_vain_leaves_the_reserve_with_the_unknown_refund() {
    let (mut shop, sale) = full_only();
    let old = give_back(&mut shop, sale, AMOUNT_MINOR);
    shop.run_for(31 * SECOND_MS);
    assert!(matches!(shop.state(old), State::Unknown(_)));
    let again = ask_again(&mut shop, sale, old);
    shop.far_says(&problem("input-error", Some(again)));
    assert_eq!(shop.state(again), State::Declined(Ending::Refused));
    assert!(matches!(shop.state(old), State::Unknown(_)), "that the second was refused says nothing of the first");
    assert_eq!(left_minor(&shop, sale), 0);
}

#[test]
fn r38_already_refunded_after_asking_again_settles_both() {
    let (mut shop, sale) = full_only();
    let old = give_back(&mut shop, sale, AMOUNT_MINOR);
    shop.run_for(31 * SECOND_MS);
    let again = ask_again(&mut shop, sale, old);
    shop.far_says(&problem("payment-already-refunded", Some(again)));
    assert_eq!(shop.state(old), State::Paid, "that one was done");
    assert_eq!(shop.state(again), State::Declined(Ending::Duplicate));
    assert_eq!(left_minor(&shop, sale), 0);
}

#[test]
fn r38_already_refunded_after_a_managers_not_refunded_proves_the_old_one() {
    let (mut shop, sale) = full_only();
    let old = give_back(&mut shop, sale, AMOUNT_MINOR);
    shop.run_for(31 * SECOND_MS);
    let approval = Approval { by: "mona".to_owned(), reason: "panel shows none".to_owned() };
    shop.ask(Ask::Settle { payment: old, verdict: Verdict::NotCharged, approval }).unwrap();
    let new = give_back(&mut shop, sale, AMOUNT_MINOR);
    shop.far_says(&problem("payment-already-refunded", Some(new)));
    assert_eq!(shop.state(old), State::Paid);
    assert_eq!(shop.state(new), State::Declined(Ending::Duplicate));
}

#[test]
fn already_refunded_without_a_doubt_of_ours_declines_and_alarms() {
    let (mut shop, sale) = full_only();
    let refund = give_back(&mut shop, sale, AMOUNT_MINOR);
    shop.far_says(&problem("payment-already-refunded", Some(refund)));
    assert_eq!(shop.state(refund), State::Declined(Ending::Refused));
    assert!(shop.notices("refunded_elsewhere"));
}

#[test]
fn already_refunded_with_partial_refunds_on_proves_nothing_about_an_older_one() {
    let (mut shop, sale, old) = refund_sent();
    shop.run_for(31 * SECOND_MS);
    let again = ask_again(&mut shop, sale, old);
    shop.far_says(&problem("payment-already-refunded", Some(again)));
    assert!(matches!(shop.state(old), State::Unknown(_)));
    assert!(matches!(shop.state(again), State::Declined(_)));
    assert!(shop.notices("refunded_elsewhere"));
    assert_eq!(left_minor(&shop, sale), 0, "the unknown one has its reserve back");
}

#[test]
fn a_refund_that_never_found_a_line_was_never_sent() {
    let (mut shop, sale) = paid();
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    let refund = give_back(&mut shop, sale, AMOUNT_MINOR);
    shop.run_for(11 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Declined(Ending::NeverSent));
    assert!(shop.messages("REFUND").is_empty());
    assert_eq!(left_minor(&shop, sale), AMOUNT_MINOR);
}

#[test]
fn a_refunds_receipt_with_another_amount_needs_review() {
    let (mut shop, _, refund) = refund_sent();
    shop.far_says(&receipt_with(refund, 1, "NOK", "7001", ""));
    assert_eq!(shop.state(refund), State::Paid);
    assert!(shop.payment(refund).flags.contains(&checkstand_core::payment::Flag::Mismatch));
}

#[test]
fn i3_two_paid_attempts_are_said_until_one_of_them_has_gone_back() {
    let (mut shop, first) = paid();
    let mut sale = shop.sale(ProviderName::Multipay, AMOUNT_MINOR);
    sale.reference = Some(shop.payment(first).opening.reference.clone());
    sale.override_by = Some(Approval { by: "Mona".to_owned(), reason: "the customer insists".to_owned() });
    let second = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    shop.far_says(&receipt(second, AMOUNT_MINOR, "NOK", "7001"));
    let said = |shop: &Shop| shop.till.book().paid_twice().count();
    assert_eq!(said(&shop), 1);
    let failed = give_back(&mut shop, second, AMOUNT_MINOR);
    assert_eq!(said(&shop), 1, "asked for, not yet back");
    shop.far_says(&problem("payment-not-found", Some(failed)));
    assert_eq!(shop.state(failed), State::Declined(Ending::Refused));
    assert_eq!(said(&shop), 1, "nothing went back");
    let done = give_back(&mut shop, second, AMOUNT_MINOR);
    shop.far_says(&receipt(done, AMOUNT_MINOR, "NOK", "7002"));
    assert_eq!(said(&shop), 0);
}
