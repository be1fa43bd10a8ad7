//! The line: token, socket, logon, heartbeat, and the way back.

use super::*;
use crate::world::{Door, Faults, MINUTE_MS, answer, ok};
use checkstand_core::message::{Act, Reply};
use checkstand_core::payment::{Ending, Event};
use checkstand_core::provider::Line;

fn line(shop: &Shop) -> Line {
    shop.till.line(ProviderName::Multipay).unwrap()
}

fn gaps(moments: &[i64]) -> Vec<i64> {
    moments.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn acts<'a>(shop: &'a Shop, wanted: fn(&Act) -> bool) -> impl Iterator<Item = i64> + 'a {
    shop.script.acts.iter().filter(move |(_, act)| wanted(act)).map(|(at_ms, _)| *at_ms)
}

#[test]
fn r42_no_money_message_leaves_before_the_logon_and_a_logon_that_stays_away_closes_the_socket() {
    let mut shop = Shop::calm();
    shop.script.multipay_is_mute = true;
    shop.refit(|_| {});
    shop.record();
    assert_eq!(line(&shop), Line::Connecting);
    let sale = shop.sale(ProviderName::Multipay, AMOUNT_MINOR);
    let id = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    shop.run_for(9_900);
    assert_eq!(shop.state(id), State::Opened);
    shop.run_for(SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    assert!(shop.messages("PAYMENT_INIT_REQUEST").is_empty());
    assert!(acts(&shop, |act| matches!(act, Act::Disconnect { .. })).next().is_some(), "10 s without a logon");
    shop.run_for(5 * SECOND_MS);
    assert!(!shop.connects().is_empty(), "and it tries again");
}

#[test]
fn a_sale_that_waits_for_the_line_goes_as_soon_as_it_is_ready() {
    let mut shop = Shop::calm();
    shop.script.multipay_is_deaf = true;
    shop.break_sockets();
    shop.run_for(250);
    shop.record();
    let sale = shop.sale(ProviderName::Multipay, AMOUNT_MINOR);
    let id = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.state(id), State::Opened);
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.state(id), State::Sent);
    assert_eq!(shop.messages("PAYMENT_INIT_REQUEST").len(), 1);
}

#[test]
fn refused_credentials_decline_the_sale_that_waits_and_alarm() {
    for status in [400, 401, 403] {
        let mut shop = Shop::calm();
        shop.far_answers_after(Door::Oauth, 3_000, answer(status, r#"{"error":"invalid_client"}"#));
        shop.refit(|_| {});
        shop.record();
        let id = shop.charge(ProviderName::Multipay, AMOUNT_MINOR);
        assert_eq!(shop.state(id), State::Opened, "{status}");
        shop.run_for(1_500);
        assert_eq!(shop.state(id), State::Declined(Ending::Configuration), "{status}");
        assert!(shop.notices("configuration_refused"));
        assert!(shop.messages("PAYMENT_INIT_REQUEST").is_empty());
    }
}

#[test]
fn a_token_that_cannot_be_had_is_tried_again_and_no_verdict() {
    for reply in [Reply::NotSent, Reply::Lost, answer(503, "busy"), ok("{"), ok("{}"), ok(r#"{"access_token":""}"#)] {
        let mut shop = Shop::calm();
        shop.far_answers(Door::Oauth, reply.clone());
        shop.far_answers(Door::Oauth, reply.clone());
        shop.refit(|_| {});
        shop.run_for(5 * SECOND_MS);
        assert_eq!(line(&shop), Line::Ready, "{reply:?}");
        assert!(!shop.notices("configuration_refused"), "{reply:?}");
    }
}

#[test]
fn r43_a_ping_leaves_every_10_s() {
    let mut shop = Shop::calm();
    shop.run_for(61 * SECOND_MS);
    let pings: Vec<i64> = acts(&shop, |act| matches!(act, Act::Ping { .. })).collect();
    assert_eq!(pings.len(), 6);
    assert!(gaps(&pings).iter().all(|gap| *gap == 10_000));
}

#[test]
fn r43_a_line_without_a_frame_for_25_s_is_dead_and_comes_back() {
    let mut shop = Shop::calm();
    shop.run_for(13 * SECOND_MS);
    shop.sockets_go_dead();
    shop.record();
    shop.run_for(20 * SECOND_MS);
    assert_eq!(line(&shop), Line::Ready);
    shop.run_for(6 * SECOND_MS);
    assert!(acts(&shop, |act| matches!(act, Act::Disconnect { .. })).next().is_some());
    shop.run_for(3 * SECOND_MS);
    assert_eq!(line(&shop), Line::Ready);
    let closed = acts(&shop, |act| matches!(act, Act::Disconnect { .. })).next().unwrap();
    assert!(shop.connects()[0] > closed, "the old socket is closed before the new one opens");
}

#[test]
fn r43_the_back_off_doubles_from_a_quarter_second_to_8_s() {
    let mut shop = Shop::calm();
    shop.run_for(61 * SECOND_MS);
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    shop.record();
    let begin_ms = shop.now_ms;
    shop.run_for(90 * SECOND_MS);
    let mut moments = vec![begin_ms];
    moments.extend(shop.connects());
    let gaps = gaps(&moments);
    for (place, base_ms) in [250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000].into_iter().enumerate() {
        // A refused handshake takes 50 ms to be known.
        let known_ms = if place == 0 { 0 } else { 50 };
        let range = base_ms * 8 / 10 + known_ms..=base_ms * 12 / 10 + known_ms;
        assert!(range.contains(&gaps[place]), "{place}: {} not in {range:?}: {gaps:?}", gaps[place]);
    }
    assert_eq!(line(&shop), Line::Trouble);
    assert!(shop.notices("line_down"));
    shop.faults = Faults::none();
    shop.run_for(12 * SECOND_MS);
    assert_eq!(line(&shop), Line::Ready);
    assert!(!shop.notices("line_down"));
}

#[test]
fn the_back_off_starts_afresh_only_after_60_s_ready() {
    let mut shop = Shop::calm();
    shop.run_for(65 * SECOND_MS);
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    shop.run_for(30 * SECOND_MS);
    shop.faults = Faults::none();
    shop.run_for(20 * SECOND_MS);
    assert_eq!(line(&shop), Line::Ready);
    shop.record();
    let begin_ms = shop.now_ms;
    shop.far_hangs_up();
    shop.run_for(12 * SECOND_MS);
    assert!(shop.connects()[0] - begin_ms >= 6_400, "not held for a minute: the long wait stays");
    shop.run_for(75 * SECOND_MS);
    shop.record();
    let begin_ms = shop.now_ms;
    shop.far_hangs_up();
    shop.run_for(2 * SECOND_MS);
    assert!(shop.connects()[0] - begin_ms <= 300, "held for a minute: the short wait again");
}

#[test]
fn r46_three_early_closes_by_the_server_mean_that_the_terminal_is_in_use_elsewhere() {
    let mut shop = Shop::calm();
    for round in 1..=3 {
        assert!(!shop.notices("terminal_in_use"), "{round}");
        shop.run_for(4 * SECOND_MS);
        assert_eq!(line(&shop), Line::Ready, "{round}");
        shop.record();
        shop.far_hangs_up();
    }
    assert!(shop.notices("terminal_in_use"));
    let begin_ms = shop.now_ms;
    shop.run_for(70 * SECOND_MS);
    assert_eq!(shop.connects()[0] - begin_ms, 60_000);
    assert_eq!(line(&shop), Line::Ready);
    assert!(shop.notices("terminal_in_use"), "until it has held");
    shop.run_for(70 * SECOND_MS);
    assert!(!shop.notices("terminal_in_use"));
}

#[test]
fn closes_after_more_than_60_s_are_not_counted_together() {
    let mut shop = Shop::calm();
    for _ in 0..5 {
        shop.run_for(70 * SECOND_MS);
        shop.far_hangs_up();
    }
    shop.run_for(5 * SECOND_MS);
    assert!(!shop.notices("terminal_in_use"));
}

#[test]
fn a_401_at_the_handshake_refreshes_the_token_once_and_then_backs_off() {
    let mut shop = Shop::calm();
    shop.far.revoke_tokens();
    shop.record();
    shop.far_hangs_up();
    shop.run_for(3 * SECOND_MS);
    assert_eq!(line(&shop), Line::Ready);
    assert_eq!(shop.requests(Door::Oauth).len(), 1);
    assert_eq!(shop.connects().len(), 2);
    // A token that the far end never accepts: refreshed at once only the first time.
    let unknown = ok(r#"{"access_token":"nobody-knows-it","token_type":"Bearer","expires_in":3600}"#);
    for _ in 0..20 {
        shop.far_answers(Door::Oauth, unknown.clone());
    }
    shop.far.revoke_tokens();
    shop.record();
    shop.far_hangs_up();
    shop.run_for(30 * SECOND_MS);
    let connects = shop.connects();
    assert!(connects.len() < 12, "{}", connects.len());
    let gaps = gaps(&connects);
    assert!(gaps.last().unwrap() >= &4_000, "{gaps:?}");
}

#[test]
fn r43_a_token_near_its_end_is_renewed_before_it_opens_a_socket() {
    let mut shop = Shop::calm();
    shop.run_for(59 * MINUTE_MS + 45 * SECOND_MS);
    shop.record();
    shop.far_hangs_up();
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.requests(Door::Oauth).len(), 1);
    assert_eq!(line(&shop), Line::Ready);
    shop.record();
    shop.far_hangs_up();
    shop.run_for(3 * SECOND_MS);
    assert!(shop.requests(Door::Oauth).is_empty(), "a young one is used again");
}

#[test]
fn evidence_counts_from_a_socket_that_is_gone() {
    let (mut shop, id) = waiting();
    let old = shop.script.acts.iter().find_map(|(_, act)| match act {
        Act::Send { generation, .. } => Some(*generation),
        _ => None,
    });
    shop.far_hangs_up();
    shop.run_for(5 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    shop.far_says_on(old.unwrap(), &receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID));
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn a_logon_from_a_socket_that_is_gone_opens_nothing() {
    let mut shop = Shop::calm();
    shop.script.multipay_is_mute = true;
    shop.far_hangs_up();
    shop.run_for(SECOND_MS);
    shop.far_says_on(1, r#"{"id":"5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a0002","messageType":"LOGON_CONFIRMATION"}"#);
    assert_eq!(line(&shop), Line::Connecting);
}

#[test]
fn r10_noise_on_the_socket_is_ignored_and_the_socket_is_kept() {
    let (mut shop, id) = waiting();
    let entries = shop.ledger.len();
    let deep = "[".repeat(10_000);
    let huge = format!(r#"{{"messageType":"PAYMENT_RECEIPT","x":"{}"}}"#, "x".repeat(300_000));
    for text in [
        "",
        "hello",
        "null",
        "[]",
        "42",
        "{}",
        "{\"messageType\":7}",
        r#"{"messageType":"SOMETHING_NEW","payment":{"paymentState":"COMPLETE"}}"#,
        r#"{"messageType":"STATUS_UPDATE"}"#,
        r#"{"messageType":"STATUS_UPDATE","payment":{}}"#,
        r#"{"messageType":"STATUS_UPDATE","payment":{"paymentId":"","paymentState":"CANCELED"}}"#,
        r#"{"messageType":"PAYMENT_RECEIPT"}"#,
        r#"{"messageType":"PAYMENT_RECEIPT","payment":"COMPLETE"}"#,
        &deep,
        &huge,
    ] {
        shop.far_says(text);
    }
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.ledger.len(), entries);
    assert_eq!(shop.state(id), State::Waiting);
    assert_eq!(line(&shop), Line::Ready);
}

#[test]
fn check_now_pings_a_standing_line_and_connects_a_fallen_one_at_once() {
    let (mut shop, id) = waiting();
    shop.record();
    shop.ask(Ask::CheckNow(id)).unwrap();
    assert_eq!(acts(&shop, |act| matches!(act, Act::Ping { .. })).count(), 1);
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    shop.run_for(40 * SECOND_MS);
    shop.faults = Faults::none();
    shop.record();
    if line(&shop) != Line::Ready {
        shop.ask(Ask::LookNow).unwrap();
    }
    assert_eq!(shop.connects().len(), 1, "within the click");
    assert!(shop.events(id).iter().any(|event| matches!(event, Event::Doubted { .. })));
}
