//! What changes while the till runs: secrets, addresses, accounts. Payments under way are the same afterwards.

use crate::world::{Door, MINUTE_MS, SECOND_MS, Shop, violations};
use checkstand_core::ask::Ask;
use checkstand_core::message::{Act, Reply};
use checkstand_core::payment::{Flags, PaymentId, ProviderName, State};
use checkstand_core::provider::{Line, multipay};
use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;

const BOTH: [ProviderName; 2] = [ProviderName::Mispay, ProviderName::Multipay];
const AMOUNT_MINOR: i64 = 20_105;

/// The provider gives out another secret; the one before it is worth nothing from now on.
fn reissue(shop: &mut Shop, secret: &str) {
    shop.far.reissue(|accounts| {
        accounts.app_secret = Secret::text(secret);
        accounts.client_secret = Secret::text(secret);
    });
}

/// Somebody stores a secret of both providers.
fn put_secret(shop: &mut Shop, secret: &str) {
    shop.exchange(|setup| {
        setup.mispay.as_mut().unwrap().app_secret = Secret::text(secret);
        setup.multipay.as_mut().unwrap().client_secret = Secret::text(secret);
    });
}

fn waiting(provider: ProviderName) -> (Shop, PaymentId) {
    let mut shop = Shop::calm();
    let id = shop.charge(provider, AMOUNT_MINOR);
    assert_eq!(shop.state(id), State::Waiting);
    shop.record();
    (shop, id)
}

fn paid(shop: &mut Shop, id: PaymentId) {
    assert!(shop.far.approve(&id.to_string(), shop.now_ms));
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert_eq!(shop.payment(id).flags, Flags::new());
    assert_eq!(violations(shop), Vec::<String>::new());
}

fn line(shop: &Shop, provider: ProviderName) -> Option<Line> {
    shop.till.line(provider)
}

fn handshakes(shop: &Shop) -> Vec<(u64, String)> {
    let terminal = |headers: &[(&str, Secret<String>)]| {
        let found = headers.iter().find(|(name, _)| *name == "x-terminal-id");
        found.map(|(_, value)| value.expose().clone()).unwrap_or_default()
    };
    let acts = shop.script.acts.iter().filter_map(|(_, act)| match act {
        Act::Connect { generation, headers, .. } => Some((*generation, terminal(headers))),
        _ => None,
    });
    acts.collect()
}

fn hung_up(shop: &Shop) -> bool {
    shop.script.acts.iter().any(|(_, act)| matches!(act, Act::Disconnect { .. }))
}

fn without(setup: &mut Setup, provider: ProviderName) {
    match provider {
        ProviderName::Mispay => setup.mispay = None,
        ProviderName::Multipay => setup.multipay = None,
    }
}

// ---- MIS Pay --------------------------------------------------------------------------------------------------------

#[test]
fn a_rotated_mispay_secret_is_used_for_the_next_token_while_a_payment_waits() {
    let (mut shop, id) = waiting(ProviderName::Mispay);
    shop.run_for(3 * SECOND_MS);
    let old_token = shop.requests(Door::Status)[0].header("authorization");
    reissue(&mut shop, "rotated");
    shop.far.revoke_tokens();
    shop.record();
    put_secret(&mut shop, "rotated");
    shop.run_for(5 * SECOND_MS);
    let asked = shop.requests(Door::Token);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].header("x-app-secret"), "rotated");
    assert_eq!(shop.state(id), State::Waiting);
    let read_with = shop.requests(Door::Status).last().unwrap().header("authorization");
    assert_ne!(read_with, old_token, "the watch goes on with the new token");
    paid(&mut shop, id);
}

#[test]
fn a_wrong_mispay_secret_is_said_and_the_watch_goes_on_when_a_right_one_comes() {
    let (mut shop, id) = waiting(ProviderName::Mispay);
    put_secret(&mut shop, "wrong");
    shop.run_for(5 * SECOND_MS);
    assert!(shop.notices("configuration_refused"));
    assert!(shop.far.approve(&id.to_string(), shop.now_ms));
    shop.run_for(2 * MINUTE_MS);
    assert_eq!(shop.state(id), State::Waiting, "nobody can read what became of it");
    reissue(&mut shop, "right");
    put_secret(&mut shop, "right");
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(!shop.notices("configuration_refused"));
    let next = shop.fresh_sale(ProviderName::Mispay, 1_000);
    shop.ask(Ask::Sell(next.clone())).unwrap();
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(next.id), State::Waiting);
}

#[test]
fn a_sale_that_waits_for_a_token_leaves_with_the_new_accounts() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Token, 8_000, Reply::Lost);
    shop.refit(|_| {});
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    assert_eq!(shop.state(id), State::Opened);
    reissue(&mut shop, "rotated");
    put_secret(&mut shop, "rotated");
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    // What was asked for with the old account is answered at last, and changes nothing.
    shop.run_for(10 * SECOND_MS);
    assert_eq!(line(&shop, ProviderName::Mispay), Some(Line::Ready));
}

#[test]
fn an_exchange_that_changes_nothing_keeps_token_and_line() {
    let mut shop = Shop::calm();
    shop.exchange(|setup| {
        setup.mispay.as_mut().unwrap().code_digits = (4, 8);
        setup.multipay.as_mut().unwrap().partial_refunds = true;
    });
    assert!(shop.requests(Door::Token).is_empty() && shop.requests(Door::Oauth).is_empty() && !hung_up(&shop));
    for provider in BOTH {
        assert_eq!(line(&shop, provider), Some(Line::Ready));
    }
}

// ---- MultiPay -------------------------------------------------------------------------------------------------------

#[test]
fn a_standing_line_is_kept_while_a_payment_waits_on_it_and_then_opened_by_the_new_account() {
    let (mut shop, id) = waiting(ProviderName::Multipay);
    reissue(&mut shop, "rotated");
    put_secret(&mut shop, "rotated");
    shop.run_for(MINUTE_MS);
    assert!(!hung_up(&shop) && shop.requests(Door::Oauth).is_empty());
    assert_eq!(shop.state(id), State::Waiting);
    paid(&mut shop, id);
    assert!(hung_up(&shop));
    let asked = shop.requests(Door::Oauth);
    assert_eq!(asked.len(), 1);
    assert!(asked[0].request.body.as_ref().unwrap().expose().contains("client_secret=rotated"));
    assert_eq!(line(&shop, ProviderName::Multipay), Some(Line::Ready));
    let next = shop.charge(ProviderName::Multipay, 1_000);
    assert_eq!(shop.state(next), State::Waiting);
}

#[test]
fn a_sale_that_has_just_left_keeps_its_line() {
    let mut shop = Shop::calm();
    let sale = shop.sale(ProviderName::Multipay, AMOUNT_MINOR);
    let id = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.state(id), State::Sent);
    put_secret(&mut shop, "wrong");
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Waiting);
    assert!(!hung_up(&shop));
}

#[test]
fn a_wrong_multipay_secret_is_said_and_the_watch_goes_on_when_a_right_one_comes() {
    let (mut shop, id) = waiting(ProviderName::Multipay);
    put_secret(&mut shop, "wrong");
    shop.break_sockets();
    shop.run_for(20 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    assert!(shop.notices("configuration_refused"), "the next connection uses it");
    reissue(&mut shop, "right");
    put_secret(&mut shop, "right");
    shop.run_for(2 * SECOND_MS);
    assert_eq!(line(&shop, ProviderName::Multipay), Some(Line::Ready), "at once, not at the next try");
    assert!(!shop.notices("configuration_refused"));
    paid(&mut shop, id);
}

#[test]
fn an_idle_line_is_opened_anew_at_once_as_another_terminal() {
    let mut shop = Shop::calm();
    shop.far.reissue(|accounts| accounts.terminal_ids.push("terminal-9".to_owned()));
    shop.exchange(|setup| setup.multipay.as_mut().unwrap().terminal_id = "terminal-9".to_owned());
    shop.run_for(2 * SECOND_MS);
    let terminals: Vec<String> = handshakes(&shop).into_iter().map(|(_, terminal)| terminal).collect();
    assert_eq!(terminals, ["terminal-9"]);
    assert!(hung_up(&shop));
    assert_eq!(line(&shop, ProviderName::Multipay), Some(Line::Ready));
}

#[test]
fn a_receipt_is_read_in_the_unit_in_which_its_payment_was_asked_for() {
    let (mut shop, id) = waiting(ProviderName::Multipay);
    let decimal = multipay::messages::AmountUnit::Decimal;
    shop.exchange(|setup| setup.multipay.as_mut().unwrap().amount_unit = decimal);
    paid(&mut shop, id);
    assert_eq!(shop.payment(id).counted().unwrap().minor, AMOUNT_MINOR);
}

// ---- coming and going -----------------------------------------------------------------------------------------------

#[test]
fn a_provider_that_appears_sells_at_once_and_takes_up_its_payments() {
    for provider in BOTH {
        let (mut shop, id) = waiting(provider);
        let complete = shop.setup.clone();
        shop.refit(|setup| without(setup, provider));
        assert!(shop.payment(id).is_open());
        assert_eq!(line(&shop, provider), None);
        let sale = shop.fresh_sale(provider, 1_000);
        assert_eq!(shop.ask(Ask::Sell(sale.clone())).unwrap_err().code, "provider_not_configured");
        shop.exchange(|setup| *setup = complete);
        shop.ask(Ask::Sell(sale.clone())).unwrap();
        shop.run_for(2 * SECOND_MS);
        assert_eq!(shop.state(sale.id), State::Waiting, "{provider:?}");
        paid(&mut shop, id);
        paid(&mut shop, sale.id);
    }
}

#[test]
fn a_provider_without_open_payments_goes_away() {
    for provider in BOTH {
        let (mut shop, id) = waiting(provider);
        paid(&mut shop, id);
        shop.record();
        shop.exchange(|setup| without(setup, provider));
        assert_eq!(line(&shop, provider), None);
        assert_eq!(hung_up(&shop), provider == ProviderName::Multipay);
        shop.run_for(10 * MINUTE_MS);
        let sale = shop.sale(provider, AMOUNT_MINOR);
        assert_eq!(shop.ask(Ask::Sell(sale)).unwrap_err().code, "provider_not_configured");
    }
}

#[test]
fn a_provider_with_open_payments_stays_for_these_and_sells_nothing() {
    for provider in BOTH {
        let (mut shop, id) = waiting(provider);
        let complete = shop.setup.clone();
        shop.exchange(|setup| without(setup, provider));
        let sale = shop.fresh_sale(provider, 1_000);
        assert_eq!(shop.ask(Ask::Sell(sale.clone())).unwrap_err().code, "provider_not_configured");
        paid(&mut shop, id);
        assert!(line(&shop, provider).is_some());
        shop.exchange(|_| {});
        assert_eq!(line(&shop, provider), None, "nothing keeps it any more");
        shop.exchange(|setup| *setup = complete);
        shop.ask(Ask::Sell(sale.clone())).unwrap();
        shop.run_for(2 * SECOND_MS);
        assert_eq!(shop.state(sale.id), State::Waiting);
    }
}

#[test]
fn a_provider_whose_payment_is_not_known_stays_until_it_is() {
    let (mut shop, id) = waiting(ProviderName::Multipay);
    shop.break_sockets();
    shop.run_for(5 * SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    shop.exchange(|setup| without(setup, ProviderName::Multipay));
    assert!(line(&shop, ProviderName::Multipay).is_some(), "somebody listens");
    paid(&mut shop, id);
    shop.exchange(|_| {});
    assert_eq!(line(&shop, ProviderName::Multipay), None);
}

#[test]
fn what_was_meant_for_a_machine_that_went_away_reaches_nobody() {
    let mut shop = Shop::calm();
    let complete = shop.setup.clone();
    // Both tokens are asked for, and the answers are slow.
    shop.far_answers_after(Door::Token, 30_000, Reply::NotSent);
    shop.far_answers_after(Door::Oauth, 30_000, Reply::NotSent);
    put_secret(&mut shop, "wrong");
    shop.exchange(|setup| (setup.mispay, setup.multipay) = (None, None));
    shop.exchange(|setup| *setup = complete);
    shop.run_for(MINUTE_MS);
    for provider in BOTH {
        assert_eq!(line(&shop, provider), Some(Line::Ready), "{provider:?}");
    }
    let numbers = |door| shop.requests(door).iter().map(|left| left.call.number).collect::<Vec<_>>();
    for door in [Door::Token, Door::Oauth] {
        let numbers = numbers(door);
        assert_eq!(numbers.len(), 2, "{numbers:?}");
        assert!(numbers[0] < numbers[1], "{numbers:?}");
    }
    assert_eq!(handshakes(&shop).iter().map(|(generation, _)| *generation).collect::<Vec<_>>(), [2]);
}
