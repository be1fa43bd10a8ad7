//! Sent: what each answer to PAYMENT_INIT_REQUEST comes to, silence, and a connection lost.

use super::*;
use crate::world::{Faults, MINUTE_MS};
use checkstand_core::payment::{Doubt, Ending, Event, Flag};
use checkstand_core::till::Hint;

#[test]
fn r1_the_init_leaves_once_and_its_intent_is_in_the_ledger_before_it() {
    let (shop, id) = sent();
    assert!(matches!(shop.events(id)[..], [Event::Opened(_), Event::Sent { .. }]));
    let inits = shop.messages("PAYMENT_INIT_REQUEST");
    assert_eq!(inits.len(), 1);
    assert_eq!(inits[0].1["payment"]["paymentId"], id.to_string());
    assert_eq!(inits[0].1["payment"]["amount"], AMOUNT_MINOR);
    assert_eq!(inits[0].1["payment"]["currencyIso"], "NOK");
    assert!(shop.wrongs.is_empty(), "{:?}", shop.wrongs);
}

#[test]
fn a_pending_answer_or_one_without_a_state_means_waiting_and_brings_the_qr_code() {
    for state in [Some("PENDING"), None] {
        let (mut shop, id) = sent();
        let text = init_response(id, state);
        let with_qr = format!(r#"{},"qrCode":"https://pay.example/1"}}"#, text.strip_suffix('}').unwrap());
        shop.far_says(&with_qr);
        assert_eq!(shop.state(id), State::Waiting, "{state:?}");
        assert_eq!(shop.payment(id).facts.qr.as_deref(), Some("https://pay.example/1"));
    }
}

#[test]
fn r10_a_state_that_the_paper_does_not_know_is_still_checking() {
    let (mut shop, id) = sent();
    shop.far_says(&init_response(id, Some("AUTHORIZED")));
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn an_error_in_the_answer_is_unknown_and_canceled_declines() {
    let (mut shop, id) = sent();
    shop.far_says(&init_response(id, Some("ERROR")));
    assert_eq!(shop.state(id), State::Unknown(Doubt::ProviderError));
    let (mut shop, id) = sent();
    shop.far_says(&init_response(id, Some("CANCELED")));
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
}

#[test]
fn a_complete_in_the_answer_waits_for_the_receipt() {
    let (mut shop, id) = sent();
    shop.far_says(&init_response(id, Some("COMPLETE")));
    assert_eq!(shop.state(id), State::Waiting);
    assert_eq!(shop.hint(id), Hint::ReceiptDue);
    shop.run_for(5 * SECOND_MS);
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn an_answer_in_unknown_decides_as_in_sent() {
    for (state, expected) in [
        (Some("PENDING"), State::Waiting),
        (None, State::Waiting),
        (Some("CANCELED"), State::Declined(Ending::Canceled)),
        (Some("ERROR"), State::Unknown(Doubt::ProviderError)),
    ] {
        let (mut shop, id) = sent();
        shop.run_for(16 * SECOND_MS);
        assert_eq!(shop.state(id), State::Unknown(Doubt::NoAnswer));
        shop.far_says(&init_response(id, state));
        assert_eq!(shop.state(id), expected, "{state:?}");
    }
}

#[test]
fn an_answer_from_before_the_connection_was_lost_ends_no_doubt_but_brings_the_qr_code() {
    let (mut shop, id) = sent();
    shop.far_hangs_up();
    shop.run_for(3 * SECOND_MS);
    // It may be older than a receipt that was lost with the connection.
    let text = init_response(id, Some("PENDING"));
    shop.far_says(&format!(r#"{},"qrCode":"https://pay.example/1"}}"#, text.strip_suffix('}').unwrap()));
    assert_eq!(shop.state(id), State::Unknown(Doubt::ConnectionLost));
    assert_eq!(shop.payment(id).facts.qr.as_deref(), Some("https://pay.example/1"));
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn r8_no_answer_for_15_s_is_unknown() {
    let (mut shop, id) = sent();
    shop.run_for(13_900);
    assert_eq!(shop.state(id), State::Sent);
    shop.run_for(200);
    assert_eq!(shop.state(id), State::Unknown(Doubt::NoAnswer));
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.messages("PAYMENT_INIT_REQUEST").len(), 1, "never a second send");
}

#[test]
fn r8_a_disconnect_leaves_sent_and_waiting_unknown_but_listening() {
    for (mut shop, id) in [sent(), waiting()] {
        shop.faults.socket_refused = 1_000;
        shop.far_hangs_up();
        assert_eq!(shop.state(id), State::Unknown(Doubt::ConnectionLost));
        assert_eq!(shop.hint(id), Hint::Listening);
        shop.run_for(19 * SECOND_MS);
        assert_eq!(shop.hint(id), Hint::Listening);
        shop.run_for(2 * SECOND_MS);
        assert_eq!(shop.hint(id), Hint::NotKnown, "20 s without a logon");
    }
}

#[test]
fn r29_30_s_after_the_logon_without_a_receipt_the_cashier_is_asked_and_after_10_min_a_manager() {
    let (mut shop, id) = waiting();
    shop.far_hangs_up();
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::Listening);
    shop.run_for(26 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::Listening);
    shop.run_for(4 * SECOND_MS);
    assert_eq!(shop.hint(id), Hint::AskCustomer);
    shop.run_for(10 * MINUTE_MS);
    assert_eq!(shop.hint(id), Hint::CallManager);
    assert_eq!(shop.state(id), State::Unknown(Doubt::ConnectionLost), "time is not evidence");
}

#[test]
fn a_late_receipt_after_the_reconnect_is_paid() {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Multipay, AMOUNT_MINOR);
    assert_eq!(shop.state(id), State::Waiting);
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    shop.faults = Faults::none();
    shop.run_for(20 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn sends_queue_singly_and_a_sale_goes_before_cancels_and_refunds() {
    let (mut shop, paid_sale) = paid();
    let waiting_sale = shop.charge(ProviderName::Multipay, 5_000);
    shop.far_says(&init_response(waiting_sale, Some("PENDING")));
    let outstanding = shop.charge(ProviderName::Multipay, 6_000);
    shop.record();
    shop.ask(Ask::Cancel(waiting_sale)).unwrap();
    let refund = give_back(&mut shop, paid_sale, AMOUNT_MINOR);
    let mut next = shop.sale(ProviderName::Multipay, 7_000);
    next.not_same_as = None;
    let next_id = next.id;
    shop.ask(Ask::Sell(next)).unwrap();
    assert_eq!(shop.state(refund), State::Opened);
    assert_eq!(shop.state(next_id), State::Opened);
    assert!(kinds(&shop).is_empty(), "one awaits its direct answer");
    shop.far_says(&init_response(outstanding, Some("PENDING")));
    assert_eq!(kinds(&shop), ["PAYMENT_INIT_REQUEST"]);
    shop.far_says(&init_response(next_id, Some("PENDING")));
    assert_eq!(kinds(&shop), ["PAYMENT_INIT_REQUEST", "STATUS_UPDATE"]);
    shop.far_says(&update(waiting_sale, "CANCELED"));
    assert_eq!(kinds(&shop), ["PAYMENT_INIT_REQUEST", "STATUS_UPDATE", "REFUND"]);
    assert_eq!(shop.state(refund), State::Sent);
}

fn kinds(shop: &Shop) -> Vec<String> {
    let mut all: Vec<(i64, String)> = ["PAYMENT_INIT_REQUEST", "STATUS_UPDATE", "REFUND"]
        .into_iter()
        .flat_map(|kind| shop.messages(kind).into_iter().map(move |(at_ms, _)| (at_ms, kind.to_owned())))
        .collect();
    all.sort_by_key(|(at_ms, _)| *at_ms);
    all.into_iter().map(|(_, kind)| kind).collect()
}

#[test]
fn any_number_of_sales_may_wait_and_each_receipt_finds_its_own() {
    let mut shop = told();
    let ids: Vec<PaymentId> = (1..=5)
        .map(|n| {
            let id = shop.charge(ProviderName::Multipay, n * 1_000);
            shop.far_says(&init_response(id, Some("PENDING")));
            id
        })
        .collect();
    assert!(ids.iter().all(|id| shop.state(*id) == State::Waiting));
    for (place, id) in ids.iter().enumerate().rev() {
        shop.far_says(&receipt(*id, (place as i64 + 1) * 1_000, "NOK", &format!("90000000000000{place}")));
        assert_eq!(shop.state(*id), State::Paid);
        assert!(shop.payment(*id).flags.is_empty());
        assert_eq!(ids.iter().filter(|id| shop.state(**id) == State::Paid).count(), 5 - place);
    }
}

#[test]
fn a_sale_behind_a_silent_one_still_goes() {
    let (mut shop, first) = sent();
    let sale = shop.sale(ProviderName::Multipay, 5_000);
    let second = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    shop.run_for(16 * SECOND_MS);
    assert_eq!(shop.state(first), State::Unknown(Doubt::NoAnswer));
    assert_eq!(shop.state(second), State::Sent);
}

#[test]
fn a_wait_of_a_day_is_unknown_and_not_over() {
    let (mut shop, id) = waiting();
    shop.run_for(24 * 60 * MINUTE_MS + MINUTE_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
    assert!(!shop.payment(id).flags.contains(&Flag::Late));
}

#[test]
fn an_answer_replayed_on_a_later_connection_ends_no_doubt() {
    // The receipt may have been lost with the connection, so a repeated "the customer acts" proves nothing.
    let (mut shop, id) = waiting();
    shop.far_hangs_up();
    shop.run_for(30 * SECOND_MS);
    assert_eq!(shop.state(id), State::Unknown(Doubt::ConnectionLost));
    shop.far_says(&init_response(id, Some("PENDING")));
    assert_eq!(shop.state(id), State::Unknown(Doubt::ConnectionLost));
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
}
