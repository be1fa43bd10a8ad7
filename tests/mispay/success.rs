//! Success: when it is proof at once, when the details must prove it, and what a difference comes to.

use super::*;
use crate::world::{MINUTE_MS, refusal};
use checkstand_core::payment::{Event, Flag};

fn order(fields: &str) -> Reply {
    ok(&format!(r#"{{"status":"success","purchaseId":"outer","order":{{"status":"success"{fields}}}}}"#))
}

fn hears(shop: &mut Shop, status: Reply, detail: Reply) {
    shop.far_answers(Door::Status, status);
    shop.far_answers(Door::Details, detail);
    shop.run_for(5 * SECOND_MS);
}

#[test]
fn r11_a_success_that_agrees_is_paid_at_once_and_the_details_follow() {
    let (mut shop, id) = waiting();
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    shop.far_answers_after(Door::Details, 3_000, details(id, "201.05", "SAR"));
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid, "before the details are there");
    let events = shop.events(id);
    assert!(matches!(events.last(), Some(Event::Captured(_))), "{events:?}");
    shop.run_for(4 * SECOND_MS);
    assert!(matches!(shop.events(id).last(), Some(Event::DetailsRead(_))));
    let payment = shop.payment(id);
    assert!(payment.flags.is_empty());
    assert_eq!(payment.receipt_id(), Some("p-1"));
    assert!(payment.is_refundable());
    shop.record();
    shop.run_for(10 * MINUTE_MS);
    assert!(shop.requests(Door::Status).is_empty() && shop.requests(Door::Details).is_empty(), "it is over");
}

#[test]
fn r48_amounts_as_text_or_without_trailing_zeros_are_equal() {
    for amount in ["201.05", r#""201.05""#, "201.050", "2.0105e2"] {
        let (mut shop, id) = waiting();
        hears(&mut shop, success(id, amount, "p-1"), details(id, amount, "SAR"));
        assert_eq!(shop.state(id), State::Paid, "{amount}");
        assert!(shop.payment(id).flags.is_empty(), "{amount}");
    }
}

#[test]
fn r11_a_success_that_leaves_something_out_is_proven_by_the_details() {
    let (_, any) = waiting();
    for fields in [
        r#","purchaseId":"p-1""#.to_owned(),
        r#","purchaseId":"p-1","amount":201.05"#.to_owned(),
        r#","purchaseId":"p-1","amount":"much","orderId":""#.to_owned() + &any.to_string() + "\"",
        r#","purchaseId":"p-1","amount":null,"orderId":null"#.to_owned(),
    ] {
        let (mut shop, id) = waiting();
        shop.far_answers(Door::Status, order(&fields));
        shop.far_answers_after(Door::Details, 2_000, details(id, "201.05", "SAR"));
        shop.run_for(3 * SECOND_MS);
        assert_eq!(shop.state(id), State::Waiting, "{fields}");
        assert_eq!(shop.requests(Door::Details).len(), 1, "at once: {fields}");
        shop.run_for(2 * SECOND_MS);
        assert_eq!(shop.state(id), State::Paid, "{fields}");
        assert!(shop.payment(id).flags.is_empty(), "{fields}");
    }
}

#[test]
fn r11_an_unequal_success_whose_details_are_unequal_too_is_paid_and_needs_review() {
    let other = PaymentId(uuid::Uuid::from_u128(7));
    for (status_id, status_amount, details_id, details_amount, currency) in [
        (false, "201.05", false, "201.05", "SAR"),
        (true, "201.06", true, "201.06", "SAR"),
        (true, "2.01", true, "201.06", "SAR"),
        (false, "201.05", true, "201.05", "USD"),
        (false, "201.05", true, "201.05", "XXX"),
        (false, "201.05", true, "201.055", "SAR"),
        // Less than the smallest coin away, and yet not what was asked.
        (true, "201.054", true, "201.054", "SAR"),
    ] {
        let (mut shop, id) = waiting();
        let named = |ours: bool| if ours { id } else { other };
        hears(
            &mut shop,
            success(named(status_id), status_amount, "p-1"),
            details(named(details_id), details_amount, currency),
        );
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.contains(&Flag::Mismatch), "{details_amount} {currency}");
        assert!(shop.payment(id).needs_attention());
        assert!(!shop.payment(id).is_refundable());
    }
}

#[test]
fn a_difference_that_only_the_details_show_sets_the_mismatch_after_paid() {
    let other = PaymentId(uuid::Uuid::from_u128(7));
    for wrong in [details(other, "201.05", "SAR"), ok("")].into_iter().take(1) {
        let (mut shop, id) = waiting();
        hears(&mut shop, success(id, "201.05", "p-1"), wrong);
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.contains(&Flag::Mismatch));
    }
    for (amount, currency) in [("201.04", "SAR"), ("201.05", "EUR"), ("0", "SAR"), ("-1", "SAR"), ("a lot", "SAR")] {
        let (mut shop, id) = waiting();
        let amount = if amount == "a lot" { r#""a lot""# } else { amount };
        hears(&mut shop, success(id, "201.05", "p-1"), details(id, amount, currency));
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.contains(&Flag::Mismatch), "{amount} {currency}");
    }
}

#[test]
fn a_success_without_a_purchase_id_is_read_three_times_and_then_paid_with_a_mismatch() {
    let (mut shop, id) = waiting();
    let nameless = ok(r#"{"status":"success","order":{"status":"success"}}"#);
    for _ in 0..3 {
        shop.far_answers(Door::Status, nameless.clone());
    }
    shop.run_for(4_500);
    assert_eq!(shop.requests(Door::Status).len(), 2);
    assert_eq!(shop.state(id), State::Waiting, "not after two reads");
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Mismatch));
    assert!(!shop.payment(id).is_refundable());
}

#[test]
fn a_proven_success_without_a_purchase_id_stays_paid_and_gets_its_mismatch_after_three_reads() {
    let (mut shop, id) = waiting();
    let nameless =
        ok(&format!(r#"{{"status":"success","order":{{"status":"success","amount":201.05,"orderId":"{id}"}}}}"#));
    for _ in 0..5 {
        shop.far_answers(Door::Status, nameless.clone());
    }
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
    shop.run_for(12 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Mismatch));
}

#[test]
fn a_purchase_that_nothing_names_is_not_read_for_ever() {
    let (mut shop, id) = waiting();
    let nameless = ok(r#"{"status":"success","order":{"status":"success"}}"#);
    for _ in 0..600 {
        shop.far_answers(Door::Status, nameless.clone());
    }
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Mismatch));
    assert!(shop.payment(id).facts.details_missing);
    shop.record();
    shop.run_for(20 * MINUTE_MS);
    assert!(shop.requests(Door::Status).is_empty(), "three readings more have said all");
}

#[test]
fn details_that_stay_away_for_a_month_are_no_more_than_missing() {
    let (mut shop, id) = waiting();
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    for _ in 0..2_000 {
        shop.far_answers(Door::Details, refusal("ME05"));
    }
    shop.run_for(31 * 24 * 60 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty(), "it was proven");
}

#[test]
fn a_purchase_id_that_comes_with_the_second_read_is_used() {
    let (mut shop, id) = waiting();
    let nameless =
        ok(&format!(r#"{{"status":"success","order":{{"status":"success","amount":201.05,"orderId":"{id}"}}}}"#));
    shop.far_answers(Door::Status, nameless);
    shop.far_answers(Door::Status, success(id, "201.05", "p-2"));
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.run_for(8 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty(), "{:?}", shop.payment(id).flags);
    assert_eq!(shop.payment(id).receipt_id(), Some("p-2"));
}

#[test]
fn the_orders_purchase_id_outranks_the_outer_one() {
    let (mut shop, id) = waiting();
    hears(
        &mut shop,
        order(&format!(r#","purchaseId":"inner","amount":201.05,"orderId":"{id}""#)),
        details(id, "201.05", "SAR"),
    );
    assert_eq!(shop.payment(id).receipt_id(), Some("inner"));
    assert!(shop.requests(Door::Details)[0].request.url.ends_with("/purchase/inner"));
}

#[test]
fn the_outer_purchase_id_serves_where_the_order_names_none() {
    let (mut shop, id) = waiting();
    hears(&mut shop, order(&format!(r#","amount":201.05,"orderId":"{id}""#)), details(id, "201.05", "SAR"));
    assert_eq!(shop.payment(id).receipt_id(), Some("outer"));
}

#[test]
fn details_that_cannot_be_read_are_read_again_until_they_can() {
    let (mut shop, id) = waiting();
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    for reply in [gateway_error(), Reply::Lost, refusal("ME05"), refusal("ME10"), ok("{")] {
        shop.far_answers(Door::Details, reply);
    }
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.run_for(2 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).facts.details.is_some());
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn an_unproven_success_whose_details_are_never_to_be_had_is_paid_with_a_mismatch() {
    let (mut shop, id) = waiting();
    shop.far_answers(Door::Status, order(r#","purchaseId":"p-1""#));
    for _ in 0..3 {
        shop.far_answers(Door::Details, refusal("ME05"));
    }
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Mismatch));
}

#[test]
fn r7_a_paid_payment_is_not_undone_by_a_later_word() {
    let (mut shop, id) = waiting();
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    for _ in 0..20 {
        shop.far_answers(Door::Details, gateway_error());
        shop.far_answers(Door::Status, word("canceled"));
    }
    shop.run_for(5 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
}
