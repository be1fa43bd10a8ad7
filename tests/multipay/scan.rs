//! The GET-flow: the customer scans first, and nothing is paid without the cashier's press.

use super::*;
use crate::world::MINUTE_MS;
use checkstand_core::payment::{Ending, Event};
use checkstand_core::till::Hint;

fn get_flow() -> Shop {
    let mut shop = Shop::calm();
    shop.refit(|setup| setup.multipay.as_mut().unwrap().flow = checkstand_core::provider::multipay::Flow::Get);
    shop.record();
    shop
}

fn scanned(shop: &Shop) -> bool {
    shop.till.multipay().unwrap().customer_scanned()
}

fn charge(shop: &mut Shop) -> PaymentId {
    let sale = shop.sale(ProviderName::Multipay, AMOUNT_MINOR);
    let id = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    id
}

fn scan(wire_id: &str) -> String {
    message("GET_PAYMENT_REQUEST", &format!(r#""paymentId":"{wire_id}""#))
}

#[test]
fn charge_leaves_the_sale_opened_until_the_customer_scans_and_no_timer_ends_it() {
    let mut shop = get_flow();
    let id = charge(&mut shop);
    assert_eq!(shop.hint(id), Hint::CustomerScans);
    shop.run_for(60 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Opened);
    assert!(shop.messages("PAYMENT_INIT_REQUEST").is_empty());
    let wire_id = shop.far.scan_get_flow(shop.now_ms).unwrap();
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    let inits = shop.messages("PAYMENT_INIT_REQUEST");
    assert_eq!(inits.len(), 1);
    assert_eq!(inits[0].1["payment"]["paymentId"], wire_id, "the provider's id");
    assert_eq!(shop.payment(id).wire_id(), wire_id);
    assert!(shop.far.approve(&wire_id, shop.now_ms));
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn cancel_before_the_scan_was_never_sent() {
    let mut shop = get_flow();
    let id = charge(&mut shop);
    shop.ask(Ask::Cancel(id)).unwrap();
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    shop.far_says(&scan("5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1001"));
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    assert!(shop.messages("PAYMENT_INIT_REQUEST").is_empty());
}

#[test]
fn r47_a_scan_that_came_first_is_held_a_minute_and_answered_only_on_the_press() {
    let mut shop = get_flow();
    let wire_id = shop.far.scan_get_flow(shop.now_ms).unwrap();
    shop.run_for(2 * SECOND_MS);
    assert!(scanned(&shop));
    assert!(shop.messages("PAYMENT_INIT_REQUEST").is_empty());
    shop.run_for(50 * SECOND_MS);
    let id = charge(&mut shop);
    assert!(!scanned(&shop));
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    assert_eq!(shop.messages("PAYMENT_INIT_REQUEST")[0].1["payment"]["paymentId"], wire_id);
}

#[test]
fn r47_a_held_scan_is_forgotten_after_60_s() {
    let mut shop = get_flow();
    shop.far.scan_get_flow(shop.now_ms).unwrap();
    shop.run_for(62 * SECOND_MS);
    assert!(!scanned(&shop));
    let id = charge(&mut shop);
    assert_eq!(shop.state(id), State::Opened);
    assert_eq!(shop.hint(id), Hint::CustomerScans);
}

#[test]
fn a_customer_who_goes_away_takes_the_scan_along() {
    let mut shop = get_flow();
    let wire_id = "5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1001";
    shop.far_says(&scan(wire_id));
    assert!(scanned(&shop));
    shop.far_says(&message("STATUS_UPDATE", &format!(r#""paymentId":"{wire_id}","paymentState":"CANCELED""#)));
    assert!(!scanned(&shop));
}

#[test]
fn a_payment_id_in_the_ledger_is_never_answered_again() {
    let mut shop = get_flow();
    shop.script.multipay_is_deaf = true;
    let wire_id = "5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1001";
    let first = charge(&mut shop);
    shop.far_says(&scan(wire_id));
    assert_eq!(shop.state(first), State::Sent);
    shop.far_says(&scan(wire_id));
    assert!(!scanned(&shop));
    shop.far_says(&message("PAYMENT_INIT_RESPONSE", &format!(r#""paymentId":"{wire_id}","paymentState":"PENDING""#)));
    let second = charge(&mut shop);
    shop.far_says(&scan(wire_id));
    shop.far_says(&scan(&wire_id.to_uppercase()));
    assert_eq!(shop.state(second), State::Opened);
    assert_eq!(shop.messages("PAYMENT_INIT_REQUEST").len(), 1);
    shop.crash(SECOND_MS);
    shop.run_for(3 * SECOND_MS);
    shop.far_says(&scan(wire_id));
    assert!(!scanned(&shop), "after a restart neither");
}

#[test]
fn only_one_sale_at_a_time_waits_for_a_scan() {
    let mut shop = get_flow();
    let first = charge(&mut shop);
    let sale = shop.sale(ProviderName::Multipay, 5_000);
    let problem = shop.ask(Ask::Sell(sale)).unwrap_err();
    assert_eq!(problem.code, "waiting_for_scan");
    assert_eq!(problem.fields["payment"], first.to_string());
}

#[test]
fn in_the_post_flow_a_scan_is_held_and_never_paid_by_itself() {
    let mut shop = told();
    shop.far_says(&scan("5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1001"));
    let id = charge(&mut shop);
    assert_eq!(shop.messages("PAYMENT_INIT_REQUEST")[0].1["payment"]["paymentId"], id.to_string());
    assert!(matches!(shop.events(id)[1], Event::Sent { wire_id: None, .. }));
}

#[test]
fn a_receipt_under_the_providers_id_finds_its_sale_after_a_restart() {
    let mut shop = get_flow();
    shop.script.multipay_is_deaf = true;
    let wire_id = "5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1001";
    let id = charge(&mut shop);
    shop.far_says(&scan(wire_id));
    shop.crash(SECOND_MS);
    shop.run_for(3 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    let text = receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID).replacen(
        &format!(r#""paymentId":"{id}""#),
        &format!(r#""paymentId":"{wire_id}""#),
        1,
    );
    shop.far_says(&text);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
    assert_eq!(shop.till.book().count(), 1);
}

#[test]
fn r47_a_scan_that_waits_behind_another_sale_is_not_given_to_the_next_one() {
    let mut shop = get_flow();
    shop.script.multipay_is_deaf = true;
    let (first, second) = ("5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1001", "5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1002");
    charge(&mut shop);
    shop.far_says(&scan(first));
    let behind = charge(&mut shop);
    shop.far_says(&scan(second));
    assert_eq!(shop.state(behind), State::Opened, "the line is busy, so nothing about it is in the ledger yet");
    let next = charge(&mut shop);
    shop.far_says(&scan(second));
    assert!(!scanned(&shop));
    shop.run_for(40 * SECOND_MS);
    let asked = shop.messages("PAYMENT_INIT_REQUEST");
    let asked: Vec<&str> = asked.iter().filter_map(|(_, message)| message["payment"]["paymentId"].as_str()).collect();
    assert_eq!(asked, [first, second]);
    assert_eq!(shop.state(next), State::Opened, "its customer has not scanned");
}
