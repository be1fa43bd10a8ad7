//! How long customers usually have, and how often the line is tried: both from the settings. No payment ends by either.

use super::*;
use crate::world::MINUTE_MS;
use checkstand_core::message::Act;
use checkstand_core::provider::Line;
use checkstand_core::till::Hint;

fn with_window(window_ms: i64) -> (Shop, PaymentId) {
    let (mut shop, id) = waiting();
    shop.exchange(|setup| setup.multipay.as_mut().unwrap().window_ms = window_ms);
    (shop, id)
}

#[test]
fn i9_the_customer_is_reminded_after_3_min_and_late_after_the_window_and_the_payment_waits_on() {
    let (mut shop, id) = with_window(5 * MINUTE_MS);
    let entries = shop.ledger.len();
    shop.run_for(3 * MINUTE_MS - 2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::CustomerActs);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::PromptCustomer);
    shop.run_for(2 * MINUTE_MS - 2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::PromptCustomer);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::Stale);
    shop.run_for(60 * MINUTE_MS);
    assert_eq!((shop.state(id), shop.ledger.len()), (State::Waiting, entries));
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn a_window_shorter_than_3_min_is_late_without_a_reminder() {
    let (mut shop, id) = with_window(MINUTE_MS);
    shop.run_for(MINUTE_MS - 2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::CustomerActs);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::Stale);
}

#[test]
fn the_view_hears_of_each_step_without_any_news() {
    let mut shop = told();
    shop.exchange(|setup| setup.multipay.as_mut().unwrap().window_ms = 5 * MINUTE_MS);
    let id = shop.charge(ProviderName::Multipay, AMOUNT_MINOR);
    shop.far_says(&init_response(id, Some("PENDING")));
    let begin_ms = shop.now_ms;
    let mut painted = Vec::new();
    for _ in 0..6 * 60 {
        shop.repainted = false;
        shop.run_for(SECOND_MS);
        if shop.repainted {
            painted.push((shop.now_ms - begin_ms) / SECOND_MS);
        }
    }
    // Beside the notices of a steady line.
    assert!(painted.contains(&180) && painted.contains(&300), "{painted:?}");
}

#[test]
fn a_doubt_does_not_give_the_customer_more_time() {
    let (mut shop, id) = with_window(5 * MINUTE_MS);
    shop.run_for(4 * MINUTE_MS);
    shop.far_hangs_up();
    shop.run_for(5 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    shop.far_says(&update(id, "PENDING"));
    assert_eq!(shop.state(id), State::Waiting);
    assert_eq!(shop.hint(id), Hint::PromptCustomer);
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.hint(id), Hint::Stale);
}

#[test]
fn r43_pings_and_the_death_of_a_silent_line_follow_the_heartbeat() {
    let mut shop = Shop::calm();
    shop.exchange(|setup| setup.multipay.as_mut().unwrap().heartbeat_ms = 6_000);
    // The one that was set before still comes when it was due.
    shop.run_for(10 * SECOND_MS);
    shop.record();
    shop.run_for(31 * SECOND_MS);
    let acts = |wanted: fn(&Act) -> bool| -> Vec<i64> {
        shop.script.acts.iter().filter(|(_, act)| wanted(act)).map(|(at_ms, _)| *at_ms).collect()
    };
    let pings = acts(|act| matches!(act, Act::Ping { .. }));
    assert!(pings.len() >= 5 && pings.windows(2).all(|pair| pair[1] - pair[0] == 6_000), "{pings:?}");
    assert!(acts(|act| matches!(act, Act::Disconnect { .. })).is_empty());
    let heard_ms = *pings.last().unwrap() + 40;
    shop.sockets_go_dead();
    shop.record();
    shop.run_for(20 * SECOND_MS);
    let closed = shop.script.acts.iter().find(|(_, act)| matches!(act, Act::Disconnect { .. })).unwrap().0;
    assert_eq!(closed - heard_ms, 15_000, "two and a half heartbeats");
    assert_eq!(shop.till.line(ProviderName::Multipay), Some(Line::Ready));
}
