//! Refunds: read before, sent once, and proven by what the details show afterwards.

use super::*;
use crate::world::{HOUR_MS, MINUTE_MS, refusal};
use checkstand_core::message::Method;
use checkstand_core::payment::{Approval, Ending, Event, Flag, RefundCause, Verdict};
use checkstand_simulator::books::RequestKind;

/// A refund of 10.00 that gets this answer without being carried out.
fn refund_answered(reply: Reply) -> (Shop, PaymentId, PaymentId) {
    let (mut shop, sale) = paid();
    shop.record();
    shop.far_answers(Door::Refund, reply);
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(2 * SECOND_MS);
    (shop, sale, refund)
}

#[test]
fn r37_the_amount_before_is_read_and_recorded_with_the_intent() {
    let (mut shop, sale) = paid();
    shop.record();
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Paid);
    let Event::Sent { baseline_minor, .. } = shop.events(refund)[1] else { panic!("{:?}", shop.events(refund)) };
    assert_eq!(*baseline_minor, Some(AMOUNT_MINOR));
    let (before, sent) = (&shop.requests(Door::Details)[0], &shop.requests(Door::Refund)[0]);
    assert!(before.at_ms < sent.at_ms);
    assert_eq!(sent.request.method, Method::Get, "as the paper has it, with a body");
    assert!(sent.request.moves_money && sent.request.timeout_ms == 120_000);
    assert!(shop.wrongs.is_empty(), "{:?}", shop.wrongs);
}

#[test]
fn a_refund_whose_purchase_cannot_be_read_never_leaves() {
    for reply in [gateway_error(), Reply::Lost, Reply::NotSent, refusal("ME05"), ok("{"), ok(r#"{"status":"success"}"#)]
    {
        let (mut shop, sale) = paid();
        shop.record();
        shop.far_answers(Door::Details, reply.clone());
        let refund = give_back(&mut shop, sale, 1_000);
        shop.run_for(MINUTE_MS);
        assert_eq!(shop.state(refund), State::Declined(Ending::NeverSent), "{reply:?}");
        assert!(shop.requests(Door::Refund).is_empty(), "{reply:?}");
    }
}

#[test]
fn a_refund_whose_purchase_is_another_or_has_too_little_left_never_leaves() {
    let (_, stranger) = paid();
    for reply in [details(PaymentId(uuid::Uuid::from_u128(7)), "201.05", "SAR"), details(stranger, "9.99", "SAR")] {
        let (mut shop, sale) = paid();
        shop.record();
        assert_eq!(sale, stranger, "one seed, one story");
        shop.far_answers(Door::Details, reply.clone());
        let refund = give_back(&mut shop, sale, 1_000);
        shop.run_for(MINUTE_MS);
        assert_eq!(shop.state(refund), State::Declined(Ending::NeverSent), "{reply:?}");
        assert!(shop.requests(Door::Refund).is_empty());
    }
}

#[test]
fn only_the_inner_status_says_that_money_went_back() {
    let (shop, _, refund) = refund_answered(ok(REFUNDED));
    assert_eq!(shop.state(refund), State::Paid);
    for body in [
        r#"{"status":"success","result":{"status":"failed"}}"#,
        r#"{"status":"success","result":{"status":"in-progress"}}"#,
        r#"{"status":"success","result":{}}"#,
        r#"{"status":"success","result":"success"}"#,
        r#"{"status":"success"}"#,
        "{",
    ] {
        let (shop, _, refund) = refund_answered(ok(body));
        assert!(matches!(shop.state(refund), State::Unknown(_)), "{body}");
    }
}

#[test]
fn r9_a_definite_refusal_declines_the_refund() {
    for (code, ending) in [
        ("ME01", Ending::Configuration),
        ("ME02", Ending::Configuration),
        ("ME03", Ending::Configuration),
        ("ME05", Ending::Refused),
    ] {
        let (shop, sale, refund) = refund_answered(refusal(code));
        assert_eq!(shop.state(refund), State::Declined(ending), "{code}");
        let book = shop.till.book();
        assert_eq!(book.refundable_minor(book.payment(sale).unwrap()), AMOUNT_MINOR, "nothing is reserved any more");
    }
}

#[test]
fn r36_anything_else_leaves_the_refund_unknown_with_its_reserve() {
    for reply in [
        refusal("ME04"),
        refusal("ME11"),
        refusal("ME99"),
        answer(500, r#"{"status":"error","result":"ME05"}"#),
        answer(429, ""),
        answer(302, ""),
        answer(404, "no"),
        Reply::Lost,
    ] {
        let (mut shop, sale, refund) = refund_answered(reply.clone());
        assert!(matches!(shop.state(refund), State::Unknown(_)), "{reply:?}");
        let book = shop.till.book();
        assert_eq!(book.refundable_minor(book.payment(sale).unwrap()), AMOUNT_MINOR - 1_000);
        shop.run_for(25 * HOUR_MS);
        assert!(matches!(shop.state(refund), State::Unknown(_)), "unchanged details prove nothing: {reply:?}");
        assert_eq!(shop.requests(Door::Refund).len(), 1, "{reply:?}");
    }
}

#[test]
fn r2_a_token_refusal_of_a_refund_is_repeated_once() {
    let (mut shop, sale) = paid();
    shop.record();
    shop.far_answers(Door::Refund, refusal("ME10"));
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Paid);
    assert_eq!(shop.requests(Door::Refund).len(), 2);
    assert!(shop.events(refund).iter().any(|event| matches!(event, Event::SentAgain)));
    let (mut shop, sale) = paid();
    shop.record();
    shop.far_answers(Door::Refund, refusal("ME10"));
    shop.far_answers(Door::Refund, refusal("ME10"));
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.state(refund), State::Declined(Ending::TokenRefused));
    assert_eq!(shop.requests(Door::Refund).len(), 2);
}

#[test]
fn a_lost_refund_that_was_carried_out_is_proven_by_the_fall() {
    let (mut shop, sale) = paid();
    shop.record();
    shop.far_obeys_but_answers(Door::Refund, 300, Reply::Lost);
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(3 * SECOND_MS);
    assert!(matches!(shop.state(refund), State::Unknown(_)));
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Paid, "five seconds later the details have fallen by it");
    let received = shop.far.books().received(&sale.to_string(), RequestKind::Refund);
    assert_eq!(received.total, 1);
}

#[test]
fn the_proof_of_an_unknown_refund_is_looked_for_at_5_s_30_s_and_2_min() {
    let (mut shop, _, refund) = refund_answered(Reply::Lost);
    let doubted_ms = shop.payment(refund).changed_at_ms;
    shop.record();
    shop.run_for(3 * MINUTE_MS);
    let seconds: Vec<i64> =
        shop.requests(Door::Details).iter().map(|read| (read.at_ms - doubted_ms) / SECOND_MS).collect();
    assert_eq!(seconds, [5, 30, 120]);
}

#[test]
fn r8_a_fall_by_another_amount_is_an_alarm_and_no_proof() {
    let (mut shop, sale, refund) = refund_answered(Reply::Lost);
    shop.far_answers(Door::Details, details(sale, "195.00", "SAR"));
    shop.run_for(6 * SECOND_MS);
    assert!(matches!(shop.state(refund), State::Unknown(_)));
    assert!(shop.payment(refund).flags.contains(&Flag::Mismatch));
}

#[test]
fn a_refund_without_an_answer_is_unknown_after_45_s_and_its_late_success_counts() {
    let (mut shop, sale) = paid();
    shop.far_answers_after(Door::Refund, 90_000, ok(REFUNDED));
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(44 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Sent);
    shop.run_for(3 * SECOND_MS);
    assert!(matches!(shop.state(refund), State::Unknown(_)));
    shop.run_for(50 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Paid);
}

#[test]
fn the_till_learns_once_whether_details_fall_after_a_refund_of_its_own() {
    let (mut shop, sale) = paid();
    assert!(!shop.till.book().drop_seen());
    let first = give_back(&mut shop, sale, 1_000);
    shop.run_for(20 * SECOND_MS);
    assert_eq!(shop.state(first), State::Paid);
    assert!(shop.till.book().drop_seen());
    shop.record();
    let second = give_back(&mut shop, sale, 2_000);
    shop.run_for(20 * SECOND_MS);
    assert_eq!(shop.state(second), State::Paid);
    assert_eq!(shop.requests(Door::Details).len(), 1, "only the reading before");
    shop.crash(SECOND_MS);
    shop.run_for(2 * SECOND_MS);
    assert!(shop.till.book().drop_seen(), "it is in the ledger");
}

#[test]
fn a_world_whose_details_do_not_fall_teaches_nothing() {
    let world = checkstand_simulator::world::World { details_reflect_refunds: false, ..Default::default() };
    let mut shop = Shop::open(world, checkstand_simulator::customers::Customers::Manual, 1);
    shop.run_for(SECOND_MS);
    let sale = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    pay(&mut shop, sale);
    let first = give_back(&mut shop, sale, 1_000);
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.state(first), State::Paid);
    assert!(!shop.till.book().drop_seen());
    assert!(shop.payment(first).flags.is_empty());
}

#[test]
fn r8_a_retry_needs_a_managers_not_refunded_and_the_old_one_is_read_for_another_day() {
    let (mut shop, sale, old) = refund_answered(Reply::Lost);
    let id = shop.click();
    let again = Refund {
        id,
        sale,
        money: Money::new(1_000, Currency::Sar),
        retry_of: None,
        cause: RefundCause::because("item returned"),
    };
    assert_eq!(shop.ask(Ask::Refund(again.clone())).unwrap_err().code, "refund_in_flight");
    let approval = Approval { by: "mona".to_owned(), reason: "panel shows no refund".to_owned() };
    shop.ask(Ask::Settle { payment: old, verdict: Verdict::NotCharged, approval }).unwrap();
    assert_eq!(shop.state(old), State::Declined(Ending::NotChargedByHand));
    assert!(shop.payment(old).flags.contains(&Flag::ByHand));
    shop.record();
    shop.run_for(2 * HOUR_MS);
    assert!(!shop.requests(Door::Details).is_empty(), "reads go on");
    shop.far_answers(Door::Details, details(sale, "191.05", "SAR"));
    shop.run_for(2 * HOUR_MS);
    assert_eq!(shop.state(old), State::Paid);
    assert!(shop.payment(old).flags.contains(&Flag::Late));
}

#[test]
fn r8_a_fall_that_a_later_refund_caused_does_not_prove_the_one_settled_by_hand() {
    let (mut shop, sale, old) = refund_answered(Reply::Lost);
    let approval = Approval { by: "mona".to_owned(), reason: "panel shows no refund".to_owned() };
    shop.ask(Ask::Settle { payment: old, verdict: Verdict::NotCharged, approval }).unwrap();
    let new = give_back(&mut shop, sale, 1_000);
    shop.run_for(5 * HOUR_MS);
    assert_eq!(shop.state(new), State::Paid);
    assert_eq!(shop.state(old), State::Declined(Ending::NotChargedByHand), "one refund went back, not two");
    assert_eq!(shop.far.books().captures().next().unwrap().refunded_minor(), 1_000);
}

#[test]
fn r8_a_later_refund_is_later_though_the_clock_was_set_back_by_years() {
    let (mut shop, sale, old) = refund_answered(Reply::Lost);
    let approval = Approval { by: "mona".to_owned(), reason: "panel shows no refund".to_owned() };
    shop.ask(Ask::Settle { payment: old, verdict: Verdict::NotCharged, approval }).unwrap();
    shop.clock_set_by_ms = -10 * 365 * 24 * HOUR_MS;
    let new = give_back(&mut shop, sale, 1_000);
    shop.run_for(5 * HOUR_MS);
    assert_eq!(shop.state(new), State::Paid);
    assert_eq!(shop.state(old), State::Declined(Ending::NotChargedByHand), "one refund went back, not two");
}

#[test]
fn r35_the_refund_names_the_purchase_and_the_order_of_the_sale() {
    let (mut shop, sale) = paid();
    shop.record();
    _ = give_back(&mut shop, sale, 1_000);
    shop.run_for(3 * SECOND_MS);
    let body = shop.requests(Door::Refund)[0].body();
    assert_eq!(body["orderId"], sale.to_string());
    assert_eq!(body["purchaseId"], shop.payment(sale).receipt_id().unwrap());
}

#[test]
fn the_verb_of_the_refund_is_a_setting() {
    let (mut shop, sale) = paid();
    shop.refit(|setup| setup.mispay.as_mut().unwrap().refund_method = Method::Post);
    shop.record();
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.requests(Door::Refund)[0].request.method, Method::Post);
    assert_eq!(shop.state(refund), State::Paid);
}

#[test]
fn details_of_another_order_or_currency_prove_no_refund() {
    let other = PaymentId(uuid::Uuid::from_u128(4_711));
    for (order, currency) in [(Some(other), "SAR"), (None, "NOK")] {
        let (mut shop, sale, refund) = refund_answered(Reply::Lost);
        assert!(matches!(shop.state(refund), State::Unknown(_)));
        // The amount is what would be left, but of what?
        let order = order.unwrap_or(sale);
        shop.far_answers(Door::Details, details(order, "191.05", currency));
        shop.run_for(6 * SECOND_MS);
        assert!(matches!(shop.state(refund), State::Unknown(_)), "{currency}");
        assert!(shop.payment(refund).flags.is_empty(), "nothing was said about this refund");
    }
}
