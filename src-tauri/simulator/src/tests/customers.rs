//! Customers act in their own time, and the training amounts keep their word at both providers.

use super::*;
use crate::customers::{Customers, Odds};
use crate::phone::{Provider, Shows};

fn training() -> Caller {
    Caller::with(Simulator::new(World::default(), 1, Accounts::default()).with_customers(Customers::Training))
}

fn shows(caller: &Caller) -> Shows {
    caller.sim.phones()[0].shows
}

#[test]
fn an_ordinary_training_sale_waits_for_a_person() {
    let mut caller = training().with_token();
    caller.bought("order-1", "201.05", "1234");
    caller.wait_ms(600_000);
    assert_eq!(shows(&caller), Shows::Asking);
    caller.wait_ms(300_000);
    assert_eq!(shows(&caller), Shows::TimedOut);
}

#[test]
fn training_01_is_declined() {
    let mut caller = training().with_token();
    let track_id = caller.bought("order-1", "10.01", "1234");
    caller.wait_ms(2_000);
    assert_eq!(caller.track(&track_id)["order"]["status"], "failed");

    let (mut caller, socket) = training().with_socket();
    caller.say(socket, &init(SALE, 1_001));
    let response = caller.answered();
    assert_eq!(response["messageType"], "PAYMENT_INIT_RESPONSE");
    assert_eq!(response["payment"]["paymentState"], "CANCELED");
    assert_eq!(shows(&caller), Shows::Failed);
    caller.wait_ms(1_000_000);
    assert!(caller.heard.is_empty());
}

#[test]
fn training_02_is_canceled_after_two_seconds() {
    let mut caller = training().with_token();
    let track_id = caller.bought("order-1", "10.02", "1234");
    caller.wait_ms(1_999);
    assert_eq!(caller.track(&track_id)["order"]["status"], "in-progress");
    caller.wait_ms(1);
    assert_eq!(caller.track(&track_id)["order"]["status"], "canceled");

    let (mut caller, socket) = training().with_socket();
    caller.say(socket, &init(SALE, 1_002));
    caller.answered();
    caller.wait_ms(1_500);
    assert_eq!(caller.heard[0]["payment"]["paymentState"], "CANCELED");
}

#[test]
fn training_03_is_booked_in_silence() {
    let mut caller = training().with_token();
    let body = r#"{"amount":10.03,"orderId":"order-1","paymentCode":1234}"#;
    let request = caller.money_request(Method::Post, "/purchase", body);
    assert_eq!(caller.sim.answer(&request, caller.now_ms), Reply::Lost);
    assert!(caller.sim.mute("order-1"));
    caller.wait_ms(2_000);
    assert_eq!(caller.sim.books().net_minor(Provider::MisPay, "SAR"), 1_003);
    let purchase_id = caller.sim.phones()[0].reference.clone().unwrap();
    assert_eq!(
        caller.get(&format!("/purchase/{purchase_id}")).1["result"]["orderId"],
        "order-1",
        "the number can be checked"
    );

    let (mut caller, socket) = training().with_socket();
    caller.say(socket, &init(SALE, 1_003));
    assert!(caller.answers().is_empty());
    assert_eq!(caller.closed, [socket]);
    caller.wait_ms(5_000);
    assert_eq!(caller.sim.books().net_minor(Provider::MultiPay, "NOK"), 1_003);
    let socket = caller.connect().unwrap();
    assert_eq!(caller.answered()["messageType"], "LOGON_CONFIRMATION", "nothing is replayed");
    caller.say(socket, &cancel(SALE));
    assert_eq!(caller.answered()["messageType"], "PROBLEM", "a question about it is answered");
}

#[test]
fn training_04_is_captured_a_minute_after_it_ended() {
    let mut caller = training().with_token();
    let track_id = caller.bought("order-1", "10.04", "1234");
    caller.wait_ms(61_999);
    assert_eq!(caller.track(&track_id)["order"]["status"], "canceled");
    caller.wait_ms(1);
    assert_eq!(caller.track(&track_id)["order"]["status"], "success");

    let (mut caller, socket) = training().with_socket();
    caller.say(socket, &init(SALE, 1_004));
    caller.answered();
    caller.wait_ms(2_000);
    assert_eq!(caller.heard.remove(0)["payment"]["paymentState"], "CANCELED");
    caller.wait_ms(60_000);
    assert_eq!(caller.heard[0]["messageType"], "PAYMENT_RECEIPT");
}

#[test]
fn a_confirmed_cancel_stops_even_a_late_approval() {
    let (mut caller, socket) = training().with_socket();
    caller.say(socket, &init(SALE, 1_004));
    caller.answered();
    caller.say(socket, &cancel(SALE));
    caller.wait_ms(100_000);
    assert_eq!(caller.sim.books().captures().count(), 0);
}

#[test]
fn a_deed_is_booked_at_its_own_time_however_late_anyone_asks() {
    let mut caller = training().with_token();
    let body = r#"{"amount":10.03,"orderId":"order-1","paymentCode":1234}"#;
    let request = caller.money_request(Method::Post, "/purchase", body);
    caller.sim.answer(&request, caller.now_ms);
    assert_eq!(caller.sim.next_due_ms(), Some(START_MS + 2_000));
    caller.wait_ms(86_400_000);
    assert_eq!(caller.sim.books().captures_of(Provider::MisPay, "order-1")[0].captured_at_ms, START_MS + 2_000);
}

#[test]
fn a_decided_payment_costs_nothing_any_more() {
    let mut caller = training().with_token();
    caller.bought("order-1", "1", "1234");
    assert_eq!(caller.sim.next_due_ms(), Some(START_MS + 900_000));
    assert!(caller.sim.approve("order-1", caller.now_ms));
    assert_eq!(caller.sim.next_due_ms(), None);
}

#[test]
fn who_walks_away_leaves_the_payment_open_until_its_session_ends() {
    let odds = Odds {
        approve: 1,
        cancel: 0,
        fail: 0,
        decline: 0,
        walk_away: 0,
        late: 0,
        late_after_failure: 0,
        delay_ms_max: 20_000,
    };
    let scripted = Simulator::new(World::default(), 1, Accounts::default()).with_customers(Customers::Scripted(odds));
    let mut caller = Caller::with(scripted).with_token();
    caller.bought("order-1", "1", "1234");
    assert!(caller.sim.walk_away("order-1", caller.now_ms));
    caller.wait_ms(899_999);
    assert_eq!(shows(&caller), Shows::Asking);
    caller.wait_ms(1);
    assert_eq!(shows(&caller), Shows::TimedOut);
}

#[test]
fn scripted_customers_do_all_that_their_odds_name() {
    let scripted =
        Simulator::new(World::default(), 1, Accounts::default()).with_customers(Customers::Scripted(Odds::default()));
    let mut caller = Caller::with(scripted).with_token();
    let mut seen = std::collections::BTreeMap::new();
    for number in 0..300 {
        let order_id = format!("order-{number}");
        caller.bought(&order_id, "1", &format!("{}", 1_000 + number));
        caller.wait_ms(2_000_000);
        let phones = caller.sim.phones();
        let phone = phones.iter().find(|phone| phone.id == order_id).unwrap();
        *seen.entry(format!("{:?}", phone.shows)).or_insert(0) += 1;
        caller = caller.with_token();
    }
    assert!(seen["Paid"] > 150 && seen["Canceled"] > 10 && seen["Failed"] > 10 && seen["TimedOut"] > 5, "{seen:?}");
    assert!(caller.sim.phones().len() <= crate::payments::RECENT_MAX);
}
