//! Tokens that die, sockets that break, restarts, and far ends that answer badly.

use crate::shop::{Shop, setup_for, start_far_end};
use checkstand_core::payment::{Doubt, Ending, ProviderName, State};
use checkstand_core::secret::Secret;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn r20_a_token_that_dies_in_mid_wait_is_renewed_and_the_wait_goes_on() {
    let shop = Shop::open(&[]).await;
    let id = shop.charge(ProviderName::Mispay, 10_000).await;
    shop.wait_for_state(id, State::Waiting).await;
    shop.far.plant("expire-tokens", json!({})).await;
    tokio::time::sleep(std::time::Duration::from_secs(3)).await;
    assert_eq!(shop.payment(id).await.state, State::Waiting);
    shop.far.customer(&id.to_string(), "approve").await;
    shop.wait_for_state(id, State::Paid).await;
    assert!(shop.far.requests("token").await >= 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_dies_before_the_purchase_costs_one_repeat_and_no_more() {
    let shop = Shop::open(&[]).await;
    let warm = shop.charge(ProviderName::Mispay, 4_000).await;
    shop.wait_for_state(warm, State::Waiting).await;
    shop.far.plant("expire-tokens", json!({})).await;
    let mut sale = shop.sale(ProviderName::Mispay, 10_000);
    // A code works once, and the first sale has used the usual one.
    sale.code = Some(Secret::text("500600700"));
    let id = sale.id;
    shop.sell(sale).await.unwrap();
    let waiting = shop.wait_for_state(id, State::Waiting).await;
    assert_eq!(waiting.facts.sends, 2);
    assert_eq!(shop.far.money_requests(&id.to_string()).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_socket_cut_in_mid_payment_is_not_known_until_the_receipt_comes() {
    // A world in which missed messages are delivered after the next logon: bit 2.
    let shop = Shop::open(&["--world", "4"]).await;
    let id = shop.charge(ProviderName::Multipay, 10_000).await;
    shop.wait_for_state(id, State::Waiting).await;
    shop.far.plant("drop-sockets", json!({})).await;
    shop.wait_for_state(id, State::Unknown(Doubt::ConnectionLost)).await;
    shop.far.customer(&id.to_string(), "approve").await;
    shop.wait_for_state(id, State::Paid).await;
    assert_eq!(shop.far.money_requests(&id.to_string()).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_mid_wait_takes_the_watch_up_again() {
    let mut shop = Shop::open(&["--world", "4"]).await;
    let mispay = shop.charge(ProviderName::Mispay, 10_000).await;
    let multipay = shop.charge(ProviderName::Multipay, 20_000).await;
    shop.wait_for_state(mispay, State::Waiting).await;
    shop.wait_for_state(multipay, State::Waiting).await;
    shop.restart().await;
    assert_eq!(shop.payment(multipay).await.state, State::Unknown(Doubt::Restarted));
    for id in [mispay, multipay] {
        shop.far.customer(&id.to_string(), "approve").await;
        shop.wait_for_state(id, State::Paid).await;
        assert_eq!(shop.far.money_requests(&id.to_string()).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_a_broken_journal_stops_new_money_and_nothing_else() {
    let mut shop = Shop::open(&[]).await;
    let id = shop.charge(ProviderName::Mispay, 10_000).await;
    shop.wait_for_state(id, State::Waiting).await;
    shop.handle.stop().await;
    let ledger = rusqlite::Connection::open(shop.folder.path().join("ledger.db")).unwrap();
    ledger.execute_batch("DROP TRIGGER journal_stays; UPDATE journal SET operator = 'x' WHERE number = 2;").unwrap();
    drop(ledger);
    shop.restart().await;
    let refused = shop.sell(shop.sale(ProviderName::Mispay, 4_000)).await.unwrap_err();
    assert_eq!((refused.code, refused.fields["number"].as_str()), ("chain_broken", "2"));
    shop.far.customer(&id.to_string(), "approve").await;
    shop.wait_for_state(id, State::Paid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_prove_nothing_leave_the_payment_unknown() {
    let shop = Shop::open(&[]).await;
    let warm = shop.charge(ProviderName::Mispay, 4_000).await;
    shop.wait_for_state(warm, State::Waiting).await;
    let faults: [(&str, Value); 5] = [
        ("garbage", json!({ "on": "purchase" })),
        ("big-body", json!({ "on": "purchase" })),
        ("redirect", json!({ "on": "purchase" })),
        (
            "answer",
            json!({ "on": "purchase", "status": 503, "body": r#"{"status":"error :: 503","result":"ExceptionType.ME04"}"# }),
        ),
        ("close-after", json!({ "on": "purchase" })),
    ];
    for (number, (fault, details)) in faults.into_iter().enumerate() {
        shop.far.plant(fault, details).await;
        let id = shop.charge(ProviderName::Mispay, 10_000 + i64::try_from(number).unwrap()).await;
        shop.wait_for(id, fault, |payment| matches!(payment.state, State::Unknown(_))).await;
        assert!(shop.far.money_requests(&id.to_string()).await <= 1, "{fault}");
    }
    assert_eq!(shop.far.requests("elsewhere").await, 0, "a redirect is never followed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_secret_is_a_matter_of_configuration_and_nothing_leaves() {
    let far = start_far_end(&[]);
    let mut setup = setup_for(&far);
    setup.mispay.as_mut().unwrap().app_secret = Secret::text("not-the-secret");
    setup.multipay.as_mut().unwrap().client_secret = Secret::text("not-the-secret");
    let shop = Shop::open_with(far, setup).await;
    for provider in [ProviderName::Mispay, ProviderName::Multipay] {
        let id = shop.charge(provider, 10_000).await;
        shop.wait_for(id, "a refusal", |payment| {
            matches!(payment.state, State::Declined(Ending::Configuration | Ending::NeverSent))
        })
        .await;
        assert_eq!(shop.far.money_requests(&id.to_string()).await, 0);
    }
    let notices =
        shop.handle.look(|scene| scene.till.notices().map(|notice| notice.code).collect::<Vec<_>>()).await.unwrap();
    assert_eq!(notices, ["configuration_refused", "configuration_refused"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_host_is_certain_never_to_have_been_asked() {
    let far = start_far_end(&[]);
    let mut setup = setup_for(&far);
    // A port that nobody listens on: it was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    setup.mispay.as_mut().unwrap().base_url = format!("http://127.0.0.1:{port}/v1/in-store");
    setup.multipay.as_mut().unwrap().token_url = format!("http://127.0.0.1:{port}/token");
    let shop = Shop::open_with(far, setup).await;
    for provider in [ProviderName::Mispay, ProviderName::Multipay] {
        let id = shop.charge(provider, 10_000).await;
        shop.wait_for_state(id, State::Declined(Ending::NeverSent)).await;
        assert_eq!(shop.payment(id).await.facts.sends, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_without_credentials_refuses_at_the_counter() {
    let far = start_far_end(&[]);
    let mut setup = setup_for(&far);
    setup.mispay = None;
    let shop = Shop::open_with(far, setup).await;
    let problem = shop.sell(shop.sale(ProviderName::Mispay, 10_000)).await.unwrap_err();
    assert_eq!(problem.code, "provider_not_configured");
}
