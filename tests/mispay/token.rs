//! Opened: without a token nothing leaves, and what ends it is certain.

use super::*;
use crate::world::{MINUTE_MS, refusal};
use checkstand_core::payment::{Ending, Event};

/// A shop that has no token, because the first answers at that door are these.
fn without_token(replies: &[(i64, Reply)]) -> Shop {
    let mut shop = Shop::calm();
    for (after_ms, reply) in replies {
        shop.far_answers_after(Door::Token, *after_ms, reply.clone());
    }
    shop.refit(|_| {});
    shop.record();
    shop
}

fn never_left(shop: &Shop, id: PaymentId, ending: Ending) {
    assert_eq!(shop.state(id), State::Declined(ending));
    assert!(shop.requests(Door::Purchase).is_empty());
    assert!(!shop.events(id).iter().any(|event| matches!(event, Event::Sent { .. })));
}

#[test]
fn r9_a_refused_token_declines_the_sale_that_waits_for_it() {
    for code in ["ME01", "ME02", "ME03"] {
        let mut shop = without_token(&[(3_000, refusal(code))]);
        let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
        assert_eq!(shop.state(id), State::Opened, "{code}");
        shop.run_for(2 * SECOND_MS);
        never_left(&shop, id, Ending::Configuration);
        assert!(shop.notices("configuration_refused"));
    }
}

#[test]
fn r9_a_token_that_cannot_be_opened_declines_the_sale_that_waits_for_it() {
    let sealed_for_another = openssl_token(3_600_000);
    for reply in [
        ok(r#"{"status":"success","result":{"token":"not base64 !"}}"#),
        ok(r#"{"status":"success","result":{"token":"AAAA"}}"#),
        sealed_for_another,
    ] {
        let mut shop = without_token(&[(3_000, reply.clone())]);
        let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
        shop.run_for(1_500);
        never_left(&shop, id, Ending::Configuration);
        assert!(shop.notices("configuration_refused"), "{reply:?}");
    }
}

#[test]
fn r9_no_token_for_10_s_is_certain_never_to_have_been_sent() {
    for reply in [Reply::NotSent, Reply::Lost, answer(503, "busy"), answer(200, "<html>")] {
        let tries: Vec<(i64, Reply)> = (0..60).map(|_| (200, reply.clone())).collect();
        let mut shop = without_token(&tries);
        let sale = shop.sale(ProviderName::Mispay, AMOUNT_MINOR);
        let id = sale.id;
        shop.ask(Ask::Sell(sale)).unwrap();
        shop.run_for(9_900);
        assert_eq!(shop.state(id), State::Opened, "{reply:?}");
        shop.run_for(200);
        never_left(&shop, id, Ending::NeverSent);
        shop.far_improvises();
        shop.run_for(2 * MINUTE_MS);
        never_left(&shop, id, Ending::NeverSent);
    }
}

#[test]
fn a_token_that_comes_in_time_lets_the_sale_go() {
    let mut shop = without_token(&[(200, Reply::NotSent), (200, answer(503, "busy"))]);
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(6 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    assert_eq!(shop.requests(Door::Purchase).len(), 1);
    assert!(matches!(shop.events(id)[..2], [Event::Opened(_), Event::Sent { .. }]));
}

#[test]
fn the_token_is_asked_for_once_at_a_time_whoever_waits() {
    let mut shop = without_token(&[(8_000, Reply::Lost)]);
    for minor in [1_000, 2_000, 3_000] {
        let sale = shop.sale(ProviderName::Mispay, minor);
        shop.ask(Ask::Sell(sale)).unwrap();
    }
    shop.run_for(5 * SECOND_MS);
    assert!(shop.requests(Door::Token).is_empty(), "the one from the start is still under way");
    shop.run_for(4 * SECOND_MS);
    assert_eq!(shop.requests(Door::Token).len(), 1);
}

#[test]
fn a_token_is_renewed_before_its_life_ends_and_the_click_does_not_wait() {
    let mut shop = Shop::calm();
    shop.run_for(58 * MINUTE_MS + 30 * SECOND_MS);
    assert!(shop.requests(Door::Token).is_empty());
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.requests(Door::Token).len(), 1);
    shop.record();
    let sale = shop.sale(ProviderName::Mispay, AMOUNT_MINOR);
    let id = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.state(id), State::Sent);
    assert_eq!(shop.requests(Door::Purchase).len(), 1, "it left in the same step");
}

#[test]
fn the_tokens_life_is_counted_by_the_servers_clock() {
    // The JWT lasts an hour by its own two claims; the server's Date says that two and a half minutes are left.
    let mut shop = shop_with_token_life(150_000);
    shop.far_answers(Door::Token, openssl_token(3_600_000));
    shop.run_for(85 * SECOND_MS);
    assert!(shop.requests(Door::Token).is_empty());
    shop.run_for(10 * SECOND_MS);
    assert_eq!(shop.requests(Door::Token).len(), 1, "a minute before its end");
}

#[test]
fn r54_the_secret_goes_to_the_token_door_only() {
    let (mut shop, id) = paid();
    _ = give_back(&mut shop, id, 1_000);
    shop.run_for(5 * SECOND_MS);
    for door in [Door::Purchase, Door::Status, Door::Details, Door::Refund] {
        let left = shop.requests(door);
        assert!(!left.is_empty(), "{door:?}");
        for request in left {
            let names: Vec<&str> = request.request.headers.iter().map(|(name, _)| *name).collect();
            assert!(!names.contains(&"x-app-secret"), "{door:?}");
            assert!(names.contains(&"x-app-id") && names.contains(&"authorization"), "{door:?} {names:?}");
        }
    }
}
