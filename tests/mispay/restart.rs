//! The till dies and comes back.

use super::*;
use crate::world::{HOUR_MS, MINUTE_MS};
use checkstand_core::ask::Ask;
use checkstand_core::payment::{Doubt, Ending, Event, Flag};
use checkstand_core::till::Hint;
use checkstand_core::till::Till;

#[test]
fn r1_an_opened_sale_was_never_sent() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Token, 9_000, Reply::Lost);
    shop.refit(|_| {});
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    assert_eq!(shop.state(id), State::Opened);
    shop.crash(SECOND_MS);
    shop.run_for(2 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    assert!(shop.requests(Door::Purchase).is_empty());
}

#[test]
fn r28_a_sent_sale_without_a_track_id_is_unknown_and_not_sent_again() {
    let mut shop = Shop::calm();
    shop.far_obeys_but_answers(Door::Purchase, 5_000, ok(ACCEPTED));
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.crash(SECOND_MS);
    shop.run_for(HOUR_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::Restarted));
    assert_eq!(shop.requests(Door::Purchase).len(), 1);
    assert!(shop.requests(Door::Status).is_empty());
}

#[test]
fn r26_a_waiting_sale_is_asked_about_at_once_and_keeps_its_age() {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.run_for(2 * MINUTE_MS);
    shop.crash(2 * MINUTE_MS);
    shop.run_for(MINUTE_MS);
    shop.record();
    shop.run_for(MINUTE_MS + 2 * SECOND_MS);
    let polls = shop.requests(Door::Status);
    assert!(!polls.is_empty());
    assert_eq!(shop.hint(id), Hint::PromptCustomer, "four minutes, two of them down");
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn a_capture_while_the_till_was_down_is_seen_soon_after_it_is_back() {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    shop.crash(5 * MINUTE_MS);
    shop.run_for(MINUTE_MS);
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(4 * MINUTE_MS + 7 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn a_paid_sale_whose_details_were_not_read_reads_them_after_the_start() {
    let (mut shop, id) = waiting();
    shop.far_answers(Door::Status, success(id, "201.05", "p-1"));
    shop.far_answers_after(Door::Details, 10_000, Reply::Lost);
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    shop.far_answers(Door::Details, details(id, "201.05", "SAR"));
    shop.crash(SECOND_MS);
    shop.run_for(5 * SECOND_MS);
    assert!(shop.payment(id).facts.details.is_some());
}

#[test]
fn r36_a_sent_refund_is_unknown_and_its_proof_is_looked_for() {
    let (mut shop, sale) = paid();
    shop.far_obeys_but_answers(Door::Refund, 5_000, ok(REFUNDED));
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Sent);
    shop.crash(SECOND_MS);
    shop.run_for(1_100);
    assert_eq!(shop.state(refund), State::Unknown(Doubt::Restarted));
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.state(refund), State::Paid, "the details fell by exactly the refund");
    assert_eq!(shop.requests(Door::Refund).len(), 1);
}

#[test]
fn replaying_the_journal_gives_the_same_book() {
    let (mut shop, sale) = paid();
    let refund = give_back(&mut shop, sale, 1_000);
    shop.run_for(10 * SECOND_MS);
    assert_eq!(shop.state(refund), State::Paid);
    let mut replayed = Till::new(shop.setup.clone());
    replayed.apply(&shop.ledger);
    assert_eq!((replayed.book(), replayed.store()), (shop.till.book(), shop.till.store()));
    assert!(matches!(shop.ledger[0].of_payment().unwrap().event, Event::Opened(_)));
}

#[test]
fn r18_a_clock_that_was_set_by_years_ends_no_sweep_and_no_watch() {
    for years in [-10, 10] {
        let mut shop = Shop::calm();
        shop.clock_set_by_ms = years * 365 * 24 * HOUR_MS;
        let canceled = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
        let mut sale = shop.fresh_sale(ProviderName::Mispay, 5_000);
        let waiting = sale.id;
        sale.reference = Some("another".to_owned());
        shop.ask(Ask::Sell(sale)).unwrap();
        shop.far.cancel(&canceled.to_string(), shop.now_ms);
        shop.run_for(10 * SECOND_MS);
        assert_eq!((shop.state(canceled), shop.state(waiting)), (State::Declined(Ending::Canceled), State::Waiting));
        // Somebody mends the clock, and the till starts again.
        shop.clock_set_by_ms = 0;
        shop.crash(SECOND_MS);
        shop.run_for(3 * MINUTE_MS);
        assert!(shop.far.approve_late(&canceled.to_string(), shop.now_ms));
        assert!(shop.far.approve(&waiting.to_string(), shop.now_ms));
        shop.run_for(HOUR_MS + MINUTE_MS);
        assert_eq!((shop.state(canceled), shop.state(waiting)), (State::Paid, State::Paid), "{years} years");
        assert!(shop.payment(canceled).flags.contains(&Flag::Late));
    }
}
