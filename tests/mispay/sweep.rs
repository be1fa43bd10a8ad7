//! After the end: a declined payment that has a track id is read on for a day, and money that shows up is paid, late.

use super::*;
use crate::world::{HOUR_MS, MINUTE_MS};
use checkstand_core::payment::{Ending, Flag};

fn declined() -> (Shop, PaymentId, i64) {
    let (mut shop, id) = waiting();
    shop.far_answers(Door::Status, word("canceled"));
    shop.far_answers(Door::Status, word("canceled"));
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    let declined_ms = shop.payment(id).changed_at_ms;
    shop.record();
    (shop, id, declined_ms)
}

#[test]
fn r18_a_declined_payment_is_read_at_1_5_15_and_60_min_and_then_hourly_for_a_day() {
    let (mut shop, id, declined_ms) = declined();
    for _ in 0..100 {
        shop.far_answers(Door::Status, word("canceled"));
    }
    shop.run_for(60 * HOUR_MS);
    let minutes: Vec<i64> =
        shop.requests(Door::Status).iter().map(|poll| (poll.at_ms - declined_ms) / MINUTE_MS).collect();
    assert_eq!(minutes[..4], [1, 5, 15, 60], "{minutes:?}");
    let hourly = &minutes[3..];
    assert!(hourly.windows(2).all(|pair| (59..=61).contains(&(pair[1] - pair[0]))), "{minutes:?}");
    assert!((23 * 60..=25 * 60).contains(minutes.last().unwrap()), "{minutes:?}");
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
}

#[test]
fn r18_money_that_shows_up_in_the_sweep_is_paid_and_late() {
    let (mut shop, id, _) = declined();
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.run_for(2 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Late));
    assert!(shop.payment(id).needs_attention());
    shop.ask(Ask::Acknowledge(id)).unwrap();
    assert!(!shop.payment(id).needs_attention());
}

#[test]
fn r18_the_simulators_late_capture_is_found_without_anybody_asking() {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    assert!(shop.far.cancel(&id.to_string(), shop.now_ms));
    shop.run_for(10 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    shop.run_for(10 * MINUTE_MS);
    assert!(shop.far.approve_late(&id.to_string(), shop.now_ms));
    shop.run_for(6 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Late));
}

#[test]
fn a_declined_payment_that_says_it_is_open_again_is_not_waited_for_but_read_on() {
    let (mut shop, id, _) = declined();
    for _ in 0..3 {
        shop.far_answers(Door::Status, word("in-progress"));
    }
    shop.run_for(20 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    assert_eq!(shop.requests(Door::Status).len(), 3);
}

#[test]
fn check_now_reads_a_declined_payment_at_once() {
    let (mut shop, id, _) = declined();
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.ask(Ask::CheckNow(id)).unwrap();
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn a_sweep_begins_anew_after_a_restart() {
    let (mut shop, id, declined_ms) = declined();
    for _ in 0..40 {
        shop.far_answers(Door::Status, word("canceled"));
    }
    shop.run_for(2 * MINUTE_MS);
    shop.crash(SECOND_MS);
    shop.run_for(2 * HOUR_MS);
    let minutes: Vec<i64> =
        shop.requests(Door::Status).iter().map(|poll| (poll.at_ms - declined_ms) / MINUTE_MS).collect();
    assert_eq!(minutes[..5], [1, 3, 7, 17, 62], "{minutes:?}");
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
}

#[test]
fn a_success_that_shows_up_in_the_sweep_and_names_nothing_is_read_again_at_once() {
    let (mut shop, id, _) = declined();
    for _ in 0..3 {
        shop.far_answers(Door::Status, ok(r#"{"status":"success","order":{"status":"success"}}"#));
    }
    shop.run_for(MINUTE_MS + 10 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid, "three readings, two seconds apart");
    assert!(shop.payment(id).flags.contains(&Flag::Late) && shop.payment(id).flags.contains(&Flag::Mismatch));
}

#[test]
fn a_success_of_the_sweep_is_asked_about_until_it_is_proven_though_its_details_fail_for_more_than_a_day() {
    let (mut shop, id, declined_ms) = declined();
    shop.far_answers(Door::Status, success(id, "99", "p-1"));
    // They are read several times a minute.
    for _ in 0..12_000 {
        shop.far_answers(Door::Details, Reply::Lost);
    }
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.run_for(25 * HOUR_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    shop.run_for(35 * HOUR_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Late));
    assert!(shop.payment(id).changed_at_ms - declined_ms > 24 * HOUR_MS);
}

#[test]
fn a_look_of_the_sweep_that_fails_is_tried_again_within_a_minute() {
    let (mut shop, id, declined_ms) = declined();
    for _ in 0..3 {
        shop.far_answers(Door::Status, Reply::Lost);
    }
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.run_for(2 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
    let first_ms = shop.requests(Door::Status)[0].at_ms - declined_ms;
    assert!((59 * SECOND_MS..61 * SECOND_MS).contains(&first_ms), "{first_ms}");
}
