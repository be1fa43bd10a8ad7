//! Waiting: the cadence of the polls, and what each word means.

use super::*;
use crate::world::{HOUR_MS, MINUTE_MS, refusal};
use checkstand_core::payment::{Doubt, Ending};
use checkstand_core::till::Hint;

/// The gaps between an answer and the next poll, in milliseconds.
fn gaps(shop: &Shop) -> Vec<i64> {
    let polls = shop.requests(Door::Status);
    polls.windows(2).filter_map(|pair| Some(pair[1].at_ms - shop.answered_ms(&pair[0])?)).collect()
}

fn scripted_words(shop: &mut Shop, replies: &[Reply]) {
    for reply in replies {
        shop.far_answers(Door::Status, reply.clone());
    }
}

fn many(shop: &mut Shop, count: usize, reply: &Reply) {
    for _ in 0..count {
        shop.far_answers(Door::Status, reply.clone());
    }
}

#[test]
fn r13_the_first_poll_comes_2_s_after_the_track_id_and_each_next_one_2_s_after_an_answer() {
    let (mut shop, _) = waiting();
    let purchase = shop.requests(Door::Purchase)[0].clone();
    let accepted_ms = shop.answered_ms(&purchase).unwrap();
    for after_ms in [100, 5_000, 100, 9_000, 100] {
        shop.far_answers_after(Door::Status, after_ms, word("in-progress"));
    }
    many(&mut shop, 10, &word("pending"));
    shop.run_for(30 * SECOND_MS);
    assert_eq!(shop.requests(Door::Status)[0].at_ms - accepted_ms, 2_000);
    let gaps = gaps(&shop);
    assert!(gaps.len() >= 6 && gaps.iter().all(|gap| *gap == 2_000), "{gaps:?}");
}

#[test]
fn r13_errors_back_off_to_15_s_and_one_good_answer_restores_the_cadence() {
    let (mut shop, id) = waiting();
    many(&mut shop, 9, &gateway_error());
    many(&mut shop, 3, &word("in-progress"));
    shop.run_for(3 * MINUTE_MS);
    let gaps = gaps(&shop);
    // Jitter is a fifth either way.
    assert!(gaps.iter().all(|gap| *gap <= 18_000), "{gaps:?}");
    assert!(gaps[6..9].iter().all(|gap| *gap >= 12_000), "{gaps:?}");
    assert_eq!(gaps[9], 2_000, "{gaps:?}");
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn r10_what_decides_nothing_changes_nothing_and_is_not_written_down() {
    let (mut shop, id) = waiting();
    let entries = shop.ledger.len();
    scripted_words(
        &mut shop,
        &[
            word("in-progress"),
            word("pending"),
            word("awaiting-installment-plan"),
            word("SUCCESS"),
            ok("{"),
            ok(r#"{"status":"success"}"#),
            ok(r#"{"status":"success","order":{"purchaseId":"p"}}"#),
            ok(r#"{"status":"success","order":"success"}"#),
            ok(r#"{"status":"MP02","result":"MP02"}"#),
            ok(r#"{"status":"success","result":"MP00"}"#),
            ok(r#"{"status":"success","result":{"status":"success"}}"#),
            Reply::NotSent,
            Reply::Lost,
            answer(302, ""),
            answer(429, ""),
            answer(500, r#"{"status":"success","order":{"status":"canceled"}}"#),
            answer(404, "no"),
            refusal("ME99"),
        ],
    );
    let polls = 18;
    shop.run_for(4 * MINUTE_MS);
    assert!(shop.requests(Door::Status).len() >= polls);
    assert_eq!(shop.state(id), State::Waiting);
    assert_eq!(shop.ledger.len(), entries);
}

#[test]
fn r10_a_strange_word_beside_a_whole_order_is_no_success() {
    for strange in ["awaiting-installment-plan", "SUCCESS", "success ", "succeeded", "MP04", ""] {
        let (mut shop, id) = waiting();
        let whole = format!(
            r#"{{"status":"success","order":{{"status":"{strange}","purchaseId":"p-1","amount":201.05,"orderId":"{id}"}}}}"#
        );
        many(&mut shop, 5, &ok(&whole));
        shop.run_for(9 * SECOND_MS);
        assert!(shop.requests(Door::Status).len() >= 4, "{strange:?}");
        assert!(shop.requests(Door::Details).is_empty(), "{strange:?}");
        assert_eq!(shop.state(id), State::Waiting, "{strange:?}");
    }
}

#[test]
fn an_adverse_word_must_be_heard_twice_in_a_row() {
    for (adverse, ending) in [
        ("canceled", Ending::Canceled),
        ("failed", Ending::Failed),
        ("error", Ending::Failed),
        ("MP02", Ending::Canceled),
    ] {
        let (mut shop, id) = waiting();
        scripted_words(&mut shop, &[word(adverse), word(adverse)]);
        shop.run_for(1_800);
        assert_eq!(shop.requests(Door::Status).len(), 1);
        assert_eq!(shop.state(id), State::Waiting, "{adverse}: once is not enough");
        shop.run_for(2_000);
        assert_eq!(shop.state(id), State::Declined(ending), "{adverse}");
        let polls = shop.requests(Door::Status);
        let apart_ms = shop.answered_ms(&polls[1]).unwrap() - shop.answered_ms(&polls[0]).unwrap();
        assert!((1_000..2_000).contains(&apart_ms), "{apart_ms}");
    }
}

#[test]
fn anything_between_two_adverse_words_starts_them_afresh() {
    for between in [word("in-progress"), gateway_error(), Reply::Lost, ok("{"), refusal("ME05"), word("MP01")] {
        let (mut shop, id) = waiting();
        scripted_words(&mut shop, &[word("canceled"), between.clone(), word("canceled"), word("in-progress")]);
        many(&mut shop, 3, &word("in-progress"));
        shop.run_for(14 * SECOND_MS);
        assert!(shop.requests(Door::Status).len() >= 5, "{between:?}");
        assert_eq!(shop.state(id), State::Waiting, "{between:?}");
    }
}

#[test]
fn a_success_after_one_adverse_word_wins() {
    let (mut shop, id) = waiting();
    scripted_words(&mut shop, &[word("failed"), success(id, "201.05", "p-1")]);
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.run_for(6 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn mp01_needs_two_agreeing_polls_over_10_s() {
    let (mut shop, id) = waiting();
    many(&mut shop, 20, &word("MP01"));
    shop.run_for(11 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::TimedOut));
    let polls = shop.requests(Door::Status);
    let answers: Vec<i64> = polls.iter().filter_map(|poll| shop.answered_ms(poll)).collect();
    assert!(answers.last().unwrap() - answers[0] >= 10_000);
}

#[test]
fn mp03_in_the_order_is_a_return() {
    let (mut shop, id) = waiting();
    scripted_words(&mut shop, &[word("MP03")]);
    shop.run_for(4 * SECOND_MS);
    assert_eq!(shop.state(id), State::Reversed);
}

#[test]
fn mp00_in_the_order_is_a_success() {
    let (mut shop, id) = waiting();
    scripted_words(
        &mut shop,
        &[ok(&format!(
            r#"{{"status":"success","order":{{"status":"MP00","purchaseId":"p-1","amount":201.05,"orderId":"{id}"}}}}"#
        ))],
    );
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.run_for(4 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn r20_a_token_that_dies_mid_watch_is_renewed_and_the_wait_goes_on() {
    for reply in [refusal("ME10"), refusal("ME11"), answer(401, "")] {
        let (mut shop, id) = waiting();
        scripted_words(&mut shop, std::slice::from_ref(&reply));
        many(&mut shop, 2, &word("in-progress"));
        shop.run_for(8 * SECOND_MS);
        assert_eq!(shop.requests(Door::Token).len(), 1, "{reply:?}");
        assert_eq!(shop.state(id), State::Waiting, "{reply:?}");
        assert!(shop.requests(Door::Status).len() >= 3, "{reply:?}");
    }
}

#[test]
fn r20_the_same_refusal_with_a_younger_token_backs_off_and_renews_once_a_minute() {
    let (mut shop, id) = waiting();
    many(&mut shop, 200, &refusal("ME10"));
    shop.run_for(5 * MINUTE_MS);
    let tokens = shop.requests(Door::Token);
    assert!((4..=6).contains(&tokens.len()), "{}", tokens.len());
    assert!(tokens.windows(2).all(|pair| pair[1].at_ms - pair[0].at_ms >= MINUTE_MS));
    assert!(shop.requests(Door::Status).len() < 45, "it backs off");
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn me05_for_10_s_is_not_visible_yet_and_then_goes_on_asking() {
    let (mut shop, id) = waiting();
    many(&mut shop, 12, &refusal("ME05"));
    shop.run_for(9 * SECOND_MS);
    assert!(gaps(&shop).iter().all(|gap| *gap == 2_000), "{:?}", gaps(&shop));
    shop.run_for(3 * MINUTE_MS);
    assert!(shop.requests(Door::Status).len() > 12);
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn a_set_up_refusal_while_waiting_alarms_and_goes_on() {
    for code in ["ME01", "ME02", "ME03", "ME04"] {
        let (mut shop, id) = waiting();
        many(&mut shop, 3, &refusal(code));
        shop.run_for(30 * SECOND_MS);
        assert!(shop.notices("configuration_refused"), "{code}");
        assert_eq!(shop.state(id), State::Waiting, "{code}");
        assert!(shop.requests(Door::Status).len() > 3, "{code}");
    }
}

#[test]
fn r16_after_3_min_the_customer_is_prompted_and_after_15_min_it_is_read_each_minute() {
    let (mut shop, id) = waiting();
    many(&mut shop, 2_000, &word("in-progress"));
    shop.run_for(2 * MINUTE_MS + 50 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::CustomerActs);
    shop.run_for(15 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::PromptCustomer);
    shop.run_for(12 * MINUTE_MS);
    assert_eq!(shop.hint(id), Hint::Stale);
    shop.record();
    shop.run_for(10 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Waiting);
    let polls = shop.requests(Door::Status);
    assert!((9..=11).contains(&polls.len()), "{}", polls.len());
}

#[test]
fn i9_the_window_says_when_a_wait_is_late_and_the_payment_waits_on() {
    for (window_min, hint, polls_min, polls_max) in [(5, Hint::Stale, 9, 11), (60, Hint::PromptCustomer, 200, 330)] {
        let (mut shop, id) = waiting();
        shop.exchange(|setup| setup.mispay.as_mut().unwrap().window_ms = window_min * MINUTE_MS);
        many(&mut shop, 3_000, &word("in-progress"));
        shop.run_for(4 * MINUTE_MS + 50 * SECOND_MS);
        assert_eq!(shop.hint(id), Hint::PromptCustomer);
        shop.run_for(15 * SECOND_MS);
        assert_eq!(shop.hint(id), hint, "{window_min}");
        shop.run_for(15 * MINUTE_MS);
        shop.record();
        shop.run_for(10 * MINUTE_MS);
        assert_eq!((shop.state(id), shop.hint(id)), (State::Waiting, hint), "{window_min}");
        let polls = shop.requests(Door::Status).len();
        assert!((polls_min..=polls_max).contains(&polls), "{window_min}: {polls}");
    }
}

#[test]
fn r16_a_wait_that_is_waiting_with_the_customer_is_not_still_contacting() {
    let (mut shop, id) = waiting();
    many(&mut shop, 20, &word("in-progress"));
    shop.run_for(30 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    assert_eq!(shop.hint(id), Hint::CustomerActs, "the 8 s are those of Sent");
}

#[test]
fn after_24_h_it_is_unknown_and_read_hourly_for_30_days_and_on_check_now() {
    let (mut shop, id) = waiting();
    many(&mut shop, 5_000, &word("in-progress"));
    shop.run_for(24 * HOUR_MS - 2 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Waiting);
    shop.run_for(4 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::TooOld));
    shop.record();
    shop.run_for(10 * HOUR_MS + 5 * MINUTE_MS);
    let polls = shop.requests(Door::Status).len();
    assert!((9..=11).contains(&polls), "{polls}");
    shop.record();
    shop.ask(Ask::CheckNow(id)).unwrap();
    assert_eq!(shop.requests(Door::Status).len(), 1);
    shop.run_for(30 * 24 * HOUR_MS);
    shop.record();
    shop.run_for(3 * HOUR_MS);
    assert!(shop.requests(Door::Status).is_empty(), "after 30 days nothing is read by itself");
    assert_eq!(shop.state(id), State::Unknown(Doubt::TooOld), "time is not evidence");
    shop.far_improvises();
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.ask(Ask::CheckNow(id)).unwrap();
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn r14_looking_now_reads_at_once_and_never_beside_a_read_under_way() {
    let (mut shop, _) = waiting();
    many(&mut shop, 8, &gateway_error());
    shop.run_for(40 * SECOND_MS);
    shop.record();
    shop.far_improvises();
    shop.far_answers_after(Door::Status, 3_000, word("in-progress"));
    shop.ask(Ask::LookNow).unwrap();
    assert_eq!(shop.requests(Door::Status).len(), 1, "at once, although the back-off is long");
    shop.ask(Ask::LookNow).unwrap();
    shop.run_for(2 * SECOND_MS);
    shop.ask(Ask::LookNow).unwrap();
    assert_eq!(shop.requests(Door::Status).len(), 1, "one at a time");
}

#[test]
fn r15_the_answer_to_a_superseded_read_is_dropped() {
    let (mut shop, id) = waiting();
    shop.far_answers_after(Door::Status, 14_000, word("canceled"));
    many(&mut shop, 20, &word("in-progress"));
    shop.run_for(3 * SECOND_MS);
    // The till dies and comes back: what was meant for the earlier life says nothing to this one.
    shop.crash(500);
    shop.run_for(20 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn r19_stop_waiting_parks_it_and_the_watch_goes_on() {
    let (mut shop, id) = waiting();
    shop.ask(Ask::Park(id)).unwrap();
    assert!(shop.payment(id).facts.parked);
    assert_eq!(shop.state(id), State::Waiting);
    scripted_words(&mut shop, &[word("in-progress"), success(id, "201.05", "p-1")]);
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.run_for(8 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn i9_a_wall_clock_that_is_set_neither_hurries_a_doubt_nor_holds_it_up() {
    for off_ms in [-10 * 365 * 24 * HOUR_MS, -HOUR_MS, HOUR_MS, 10 * 365 * 24 * HOUR_MS] {
        let mut shop = Shop::calm();
        shop.far_answers_after(Door::Purchase, 119 * SECOND_MS, ok(ACCEPTED));
        let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
        shop.run_for(20 * SECOND_MS);
        shop.clock_set_by_ms = off_ms;
        shop.run_for(22 * SECOND_MS);
        assert_eq!(shop.state(id), State::Sent, "after 43 s with a clock set by {off_ms} ms");
        shop.run_for(4 * SECOND_MS);
        assert_eq!(shop.state(id), State::Unknown(Doubt::NoAnswer), "after 47 s with a clock set by {off_ms} ms");
    }
}
