//! Rule 2: one money request, save one repeat after a definite token refusal, in time.

use super::*;
use crate::world::refusal;
use checkstand_core::payment::{Ending, Event};
use checkstand_simulator::books::RequestKind;

#[test]
fn r2_a_token_refusal_is_repeated_once_with_another_token() {
    for reply in [refusal("ME10"), answer(401, r#"{"message":"Unauthorized"}"#), answer(401, "")] {
        let mut shop = Shop::calm();
        shop.far_answers(Door::Purchase, reply.clone());
        let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
        shop.run_for(3 * SECOND_MS);
        assert_eq!(shop.state(id), State::Waiting, "{reply:?}");
        assert_eq!(shop.requests(Door::Purchase).len(), 2, "{reply:?}");
        assert_eq!(shop.requests(Door::Token).len(), 1, "{reply:?}");
        let events = shop.events(id);
        assert!(matches!(events[..3], [Event::Opened(_), Event::Sent { .. }, Event::SentAgain]), "{events:?}");
        assert!(shop.wrongs.is_empty(), "{:?}", shop.wrongs);
    }
}

#[test]
fn r2_the_far_end_counts_two_requests_and_carries_out_one() {
    let mut shop = Shop::calm();
    shop.far.revoke_tokens();
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(3 * SECOND_MS);
    let received = shop.far.books().received(&id.to_string(), RequestKind::Purchase);
    assert_eq!((received.total, received.token_refused, received.executed), (2, 1, 1));
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn r2_there_is_never_a_second_repeat() {
    let mut shop = Shop::calm();
    shop.far_answers(Door::Purchase, refusal("ME10"));
    shop.far_answers(Door::Purchase, refusal("ME10"));
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(120 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::TokenRefused));
    assert_eq!(shop.requests(Door::Purchase).len(), 2);
}

#[test]
fn r2_the_doubt_of_a_repeat_is_not_lifted_by_another_repeat() {
    let mut shop = Shop::calm();
    shop.far_answers(Door::Purchase, refusal("ME10"));
    shop.far_answers(Door::Purchase, Reply::Lost);
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(120 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    assert_eq!(shop.requests(Door::Purchase).len(), 2);
}

#[test]
fn a_refusal_more_than_20_s_after_the_click_is_not_repeated() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Purchase, 20_100, refusal("ME10"));
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(60 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::TokenRefused));
    assert_eq!(shop.requests(Door::Purchase).len(), 1);
}

#[test]
fn r2_a_refusal_after_20_s_is_not_repeated_either_where_another_token_is_at_hand() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Purchase, 25_000, refusal("ME10"));
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    // The next sale hears of it first, and has another token fetched.
    shop.far_answers(Door::Purchase, refusal("ME10"));
    let next = shop.charge(ProviderName::Mispay, 5_000);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(next), State::Waiting);
    shop.run_for(25 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::TokenRefused));
    assert_eq!(shop.requests(Door::Purchase).len(), 3, "one of the late sale, two of the next");
}

#[test]
fn a_repeat_whose_token_comes_after_20_s_never_leaves() {
    let mut shop = Shop::calm();
    shop.far_answers(Door::Purchase, refusal("ME10"));
    shop.far_obeys_but_answers(Door::Token, 9_900, Reply::Lost);
    shop.far_obeys_but_answers(Door::Token, 9_900, Reply::Lost);
    shop.far_obeys_but_answers(Door::Token, 9_900, Reply::Lost);
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(18_500);
    assert_eq!(shop.state(id), State::Sent);
    shop.run_for(1_000);
    assert_eq!(shop.state(id), State::Declined(Ending::TokenRefused));
    shop.run_for(120 * SECOND_MS);
    assert_eq!(shop.requests(Door::Purchase).len(), 1);
    assert_eq!(shop.state(id), State::Declined(Ending::TokenRefused));
}

#[test]
fn the_same_refusal_with_a_younger_token_is_not_repeated_within_a_minute() {
    let mut shop = Shop::calm();
    shop.far_answers(Door::Purchase, refusal("ME10"));
    let first = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.state(first), State::Waiting);
    shop.far_answers(Door::Purchase, refusal("ME10"));
    let second = shop.charge(ProviderName::Mispay, 5_000);
    assert_eq!(shop.state(second), State::Declined(Ending::TokenRefused));
    assert_eq!(shop.requests(Door::Token).len(), 1);
}

#[test]
fn me11_while_the_tokens_life_has_passed_is_repeated_once() {
    let mut shop = shop_with_token_life(12_000);
    // The purchase is answered after the token that it went with has died.
    shop.far_answers_after(Door::Purchase, 14_000, refusal("ME11"));
    shop.far_answers(Door::Token, openssl_token(3_600_000));
    shop.far_answers(Door::Purchase, ok(ACCEPTED));
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(16 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    assert_eq!(shop.requests(Door::Purchase).len(), 2);
    assert!(matches!(shop.events(id)[2], Event::SentAgain));
}

#[test]
fn a_death_before_the_repeat_left_is_unknown_and_nothing_leaves_afterwards() {
    let mut shop = Shop::calm();
    shop.far_answers(Door::Purchase, refusal("ME10"));
    shop.far_answers_after(Door::Token, 5_000, Reply::Lost);
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.crash(SECOND_MS);
    shop.run_for(60 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)), "the restart cannot know of the refusal");
    assert_eq!(shop.requests(Door::Purchase).len(), 1);
}
