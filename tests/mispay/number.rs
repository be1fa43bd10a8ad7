//! A purchase number that a person has read somewhere: it can be ours, and still proves no payment.

use super::*;
use crate::world::refusal;
use checkstand_core::payment::{Approval, Event, Flag, Verdict};
use checkstand_core::provider::mispay::NumberQuestion;

fn check(shop: &mut Shop, id: PaymentId, number: &str) {
    shop.ask(Ask::CheckNumber { payment: id, number: number.to_owned() }).unwrap();
    shop.run_for(2 * SECOND_MS);
}

#[test]
fn r28_a_number_that_is_ours_is_noted_and_the_outcome_stays_unknown() {
    let (mut shop, id) = unknown();
    shop.far.approve(&id.to_string(), shop.now_ms);
    let number = shop.far.phones()[0].reference.clone().unwrap();
    check(&mut shop, id, &format!("  {number} "));
    let found = shop.payment(id).facts.number_check.clone().unwrap();
    assert!(found.ours && found.number == number);
    assert!(matches!(shop.state(id), State::Unknown(_)), "its date is when it was created");
    let approval = Approval { by: "mona".to_owned(), reason: "panel: completed 09:01".to_owned() };
    shop.ask(Ask::Settle { payment: id, verdict: Verdict::Charged, approval }).unwrap();
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::ByHand));
    assert_eq!(shop.payment(id).receipt_id(), Some(number.as_str()));
    assert!(shop.payment(id).is_refundable(), "paid, no mismatch, and a reference");
}

#[test]
fn r28_a_number_of_another_purchase_is_noted_as_not_ours() {
    let other = PaymentId(uuid::Uuid::from_u128(7));
    for reply in [
        |id| {
            details(
                PaymentId(uuid::Uuid::from_u128(7)),
                if id == PaymentId(uuid::Uuid::nil()) { "1" } else { "201.05" },
                "SAR",
            )
        },
        |id| details(id, "201.06", "SAR"),
        |id| details(id, "201.05", "USD"),
    ] {
        let (mut shop, id) = unknown();
        assert_ne!(id, other);
        shop.far_answers(Door::Details, reply(id));
        check(&mut shop, id, "p-7");
        assert!(!shop.payment(id).facts.number_check.as_ref().unwrap().ours);
        assert!(matches!(shop.state(id), State::Unknown(_)));
        assert_eq!(shop.payment(id).receipt_id(), None, "a stranger's number is no reference");
    }
}

#[test]
fn with_the_setting_a_number_that_is_ours_proves_the_payment() {
    let (mut shop, id) = unknown();
    shop.refit(|setup| setup.mispay.as_mut().unwrap().details_only_when_completed = true);
    shop.far.approve(&id.to_string(), shop.now_ms);
    let number = shop.far.phones()[0].reference.clone().unwrap();
    check(&mut shop, id, &number);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty(), "{:?}", shop.payment(id).flags);
}

#[test]
fn a_number_that_is_not_found_or_not_to_be_asked_says_so_and_changes_nothing() {
    for (reply, not_found) in [
        (refusal("ME05"), true),
        (gateway_error(), false),
        (Reply::Lost, false),
        (refusal("ME10"), false),
        (ok("{"), false),
    ] {
        let (mut shop, id) = unknown();
        let entries = shop.ledger.len();
        shop.far_answers(Door::Details, reply.clone());
        check(&mut shop, id, "p-7");
        let expected = if not_found {
            NumberQuestion::NotFound("p-7".to_owned())
        } else {
            NumberQuestion::Failed("p-7".to_owned())
        };
        assert_eq!(shop.till.mispay().unwrap().number_question(id), Some(&expected), "{reply:?}");
        assert_eq!(shop.ledger.len(), entries);
    }
}

#[test]
fn a_number_is_escaped_on_its_way() {
    let (mut shop, id) = unknown();
    check(&mut shop, id, "../refund?x=1#y z");
    let url = shop.requests(Door::Details).pop().unwrap().request.url;
    assert!(url.ends_with("/purchase/..%2Frefund%3Fx%3D1%23y%20z"), "{url}");
    assert!(!shop.events(id).iter().any(|event| matches!(event, Event::NumberChecked(_))));
}

#[test]
fn only_an_unknown_mispay_sale_has_a_number_to_check() {
    let (mut shop, id) = waiting();
    let problem = shop.ask(Ask::CheckNumber { payment: id, number: "p".to_owned() }).unwrap_err();
    assert_eq!(problem.code, "not_allowed_in_state");
    let (mut shop, id) = unknown();
    for number in ["", "   ", "a\nb", &"9".repeat(65)] {
        let problem = shop.ask(Ask::CheckNumber { payment: id, number: number.to_owned() }).unwrap_err();
        assert_eq!(problem.code, "reference_invalid", "{number:?}");
    }
}
