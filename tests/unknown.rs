//! What a manager lives through when nobody knows: settling by hand, and proof that comes after it.

use crate::world::{Door, HOUR_MS, MINUTE_MS, SECOND_MS, Shop, ok};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::message::Reply;
use checkstand_core::payment::{Approval, Ending, Event, Flag, PaymentId, ProviderName, RefundCause, State, Verdict};
use checkstand_simulator::books::RequestKind;

fn evidence() -> Approval {
    Approval { by: "mona".to_owned(), reason: "panel, order list, 09:05".to_owned() }
}

fn settle(shop: &mut Shop, id: PaymentId, verdict: Verdict) {
    shop.ask(Ask::Settle { payment: id, verdict, approval: evidence() }).unwrap();
}

/// A MIS Pay sale that the far end has, and whose answer was lost.
fn mispay() -> (Shop, PaymentId) {
    let mut shop = Shop::calm();
    shop.far_obeys_but_answers(Door::Purchase, 300, Reply::Lost);
    let id = shop.charge(ProviderName::Mispay, 20_105);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    (shop, id)
}

/// A MultiPay sale that waits for its customer while the line is down.
fn multipay() -> (Shop, PaymentId) {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Multipay, 20_105);
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    assert!(matches!(shop.state(id), State::Unknown(_)));
    (shop, id)
}

#[test]
fn r30_a_manager_settles_both_ways_with_evidence_and_it_is_marked() {
    for (mut shop, id) in [mispay(), multipay()] {
        settle(&mut shop, id, Verdict::Charged);
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.contains(&Flag::ByHand));
        assert!(!shop.payment(id).needs_attention(), "the manager has just read it");
        let Some(Event::Settled { approval, .. }) = shop.events(id).last() else { panic!() };
        assert_eq!(approval, &evidence());
    }
    for (mut shop, id) in [mispay(), multipay()] {
        settle(&mut shop, id, Verdict::NotCharged);
        assert_eq!(shop.state(id), State::Declined(Ending::NotChargedByHand));
        assert!(shop.payment(id).flags.contains(&Flag::ByHand));
    }
}

#[test]
fn r30_without_evidence_or_a_name_nothing_is_settled() {
    for (by, reason) in [("mona", ""), ("mona", " \t"), ("", "panel"), (" ", "panel")] {
        let (mut shop, id) = mispay();
        let entries = shop.ledger.len();
        let approval = Approval { by: by.to_owned(), reason: reason.to_owned() };
        let ask = Ask::Settle { payment: id, verdict: Verdict::Charged, approval };
        assert_eq!(shop.ask(ask).unwrap_err().code, "reason_missing");
        assert_eq!(shop.ledger.len(), entries);
        assert!(matches!(shop.state(id), State::Unknown(_)));
    }
}

#[test]
fn r30_only_an_unknown_outcome_can_be_settled() {
    let mut shop = Shop::calm();
    let waiting = shop.charge(ProviderName::Mispay, 20_105);
    let (mut paid_shop, paid) = {
        let mut shop = Shop::calm();
        let id = shop.charge(ProviderName::Mispay, 20_105);
        shop.far.approve(&id.to_string(), shop.now_ms);
        shop.run_for(5 * SECOND_MS);
        (shop, id)
    };
    for verdict in [Verdict::Charged, Verdict::NotCharged] {
        let ask = Ask::Settle { payment: waiting, verdict, approval: evidence() };
        assert_eq!(shop.ask(ask).unwrap_err().code, "not_allowed_in_state");
        let ask = Ask::Settle { payment: paid, verdict, approval: evidence() };
        assert_eq!(paid_shop.ask(ask).unwrap_err().code, "not_allowed_in_state");
    }
}

#[test]
fn r4_proof_after_a_managers_not_charged_wins_and_is_late() {
    let (mut shop, id) = multipay();
    settle(&mut shop, id, Verdict::NotCharged);
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.faults.socket_refused = 0;
    shop.run_for(20 * SECOND_MS);
    let payment = shop.payment(id);
    assert_eq!(payment.state, State::Paid);
    assert!(payment.flags.contains(&Flag::Late) && payment.flags.contains(&Flag::ByHand));
    assert!(payment.needs_attention());
}

#[test]
fn proof_after_a_managers_charged_agrees_and_brings_the_receipt() {
    let (mut shop, id) = multipay();
    settle(&mut shop, id, Verdict::Charged);
    assert_eq!(shop.payment(id).receipt_id(), None);
    assert!(!shop.payment(id).is_refundable(), "no provider reference yet");
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.faults.socket_refused = 0;
    shop.run_for(20 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).is_refundable());
    assert!(!shop.payment(id).flags.contains(&Flag::Late));
}

#[test]
fn the_providers_canceled_after_a_managers_charged_contradicts_it() {
    let (mut shop, id) = multipay();
    settle(&mut shop, id, Verdict::Charged);
    shop.far.cancel(&id.to_string(), shop.now_ms);
    shop.faults.socket_refused = 0;
    shop.run_for(20 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid, "evidence is stronger only where it says paid");
    assert!(shop.payment(id).flags.contains(&Flag::Contradicted));
    assert!(shop.payment(id).needs_attention());
}

#[test]
fn r8_time_alone_settles_nothing() {
    // A line that is down for weeks tries every 8 s: two days of that will do.
    for ((mut shop, id), days) in [(mispay(), 40), (multipay(), 2)] {
        shop.run_for(days * 24 * HOUR_MS);
        assert!(matches!(shop.state(id), State::Unknown(_)));
        assert!(shop.payment(id).needs_attention());
        assert_eq!(shop.till.book().attention(), 1, "counted for good");
    }
}

#[test]
fn r27_unknown_payments_stay_in_the_list_through_restarts_and_acknowledging() {
    let (mut shop, id) = mispay();
    shop.ask(Ask::Acknowledge(id)).unwrap();
    assert!(shop.payment(id).needs_attention(), "reading it does not make it known");
    shop.crash(SECOND_MS);
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.till.book().attention(), 1);
    assert!(shop.till.book().open().any(|payment| payment.id == id));
}

#[test]
fn r40_an_unknown_payment_cannot_be_refunded() {
    for (mut shop, id) in [mispay(), multipay()] {
        let money = shop.payment(id).opening.money;
        let refund =
            Refund { id: shop.click(), sale: id, money, retry_of: None, cause: RefundCause::because("item returned") };
        let problem = shop.ask(Ask::Refund(refund)).unwrap_err();
        assert_eq!(problem.code, "refund_not_possible");
        assert_eq!(problem.fields["state"], "unknown");
    }
}

#[test]
fn r28_asking_again_about_a_payment_without_a_reference_sends_nothing() {
    let (mut shop, id) = mispay();
    shop.record();
    shop.ask(Ask::CheckNow(id)).unwrap();
    shop.ask(Ask::LookNow).unwrap();
    shop.run_for(MINUTE_MS);
    assert!(shop.requests(Door::Purchase).is_empty() && shop.requests(Door::Status).is_empty());
    assert_eq!(shop.far.books().received(&id.to_string(), RequestKind::Purchase).total, 1);
}

#[test]
fn what_the_customer_says_is_asked_about_unknown_multipay_sales_only() {
    let (mut shop, id) = mispay();
    for paid in [true, false] {
        let problem = shop.ask(Ask::CustomerSays { payment: id, paid }).unwrap_err();
        assert_eq!(problem.code, "not_allowed_in_state");
    }
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Multipay, 20_105);
    let problem = shop.ask(Ask::CustomerSays { payment: id, paid: false }).unwrap_err();
    assert_eq!(problem.code, "not_allowed_in_state");
}

#[test]
fn i8_a_flag_keeps_the_payment_in_attention_until_it_is_read_and_a_new_one_raises_it_again() {
    let mut shop = Shop::calm();
    shop.far_answers(Door::Purchase, ok(r#"{"status":"success","result":{"trackId":"t"}}"#));
    let id = shop.charge(ProviderName::Mispay, 20_105);
    for _ in 0..2 {
        shop.far_answers(Door::Status, ok(r#"{"status":"success","order":{"status":"failed"}}"#));
    }
    shop.run_for(5 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Declined(_)) && !shop.payment(id).needs_attention());
    let success = format!(
        r#"{{"status":"success","order":{{"status":"success","purchaseId":"p","amount":201.05,"orderId":"{id}"}}}}"#
    );
    shop.far_answers(Door::Status, ok(&success));
    shop.far_answers_after(
        Door::Details,
        10_000,
        ok(&format!(
            r#"{{"status":"success","result":{{"orderId":"{id}","purchaseAmount":1,"purchaseCurrency":"SAR"}}}}"#
        )),
    );
    shop.run_for(65 * SECOND_MS);
    assert!(shop.payment(id).flags.contains(&Flag::Late) && shop.payment(id).needs_attention());
    shop.ask(Ask::Acknowledge(id)).unwrap();
    assert!(!shop.payment(id).needs_attention());
    shop.run_for(15 * SECOND_MS);
    assert!(shop.payment(id).flags.contains(&Flag::Mismatch), "the details came later");
    assert!(shop.payment(id).needs_attention());
}
