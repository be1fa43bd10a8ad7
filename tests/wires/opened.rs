//! A till that was opened by its settings, with secrets in a real keychain: what a technician does beside it takes nothing
//! away from it.

use crate::far_end::FarEnd;
use crate::session::{in_session, lock_keyring};
use crate::shop::start_far_end;
use checkstand_core::ask::{Ask, Sale, Size, Wish};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{PaymentId, ProviderName, State};
use checkstand_core::secret::Secret;
use checkstand_engine::doctor::{self, Scope};
use checkstand_engine::finding::Findings;
use checkstand_engine::opening::{OpenTill, open};
use checkstand_engine::settings::paths::Paths;
use checkstand_engine::settings::{self, Mode, Settings};
use checkstand_engine::setup::SECRET_NAMES;
use checkstand_engine::vault::Vault;
use checkstand_engine::wire::install_crypto_provider;
use std::time::{Duration, Instant};
use uuid::Uuid;

#[test]
fn doctor_leaves_a_late_receipt_to_the_till() {
    in_session("opened::inner_late_receipt");
}

#[test]
fn a_locked_keychain_takes_no_provider_from_a_till_that_sells() {
    in_session("opened::inner_locked");
}

/// Settings and secrets of a till in test mode, and where its files lie.
async fn set_up(far: &FarEnd, folder: &tempfile::TempDir) -> (Paths, Settings) {
    install_crypto_provider();
    let vault = Vault::new("test");
    for (name, from) in SECRET_NAMES.into_iter().zip(["app_id", "app_secret", "client_id", "client_secret"]) {
        vault.put(name, Secret::new(far.text(from))).await.unwrap();
    }
    let mut settings = Settings { mode: Mode::Test, ..Settings::default() };
    settings.mispay.base_url = far.text("mispay");
    settings.multipay.token_url = far.text("multipay_token");
    settings.multipay.socket_url = far.text("ws");
    settings.multipay.terminal_id = "terminal-1".to_owned();
    let config = folder.path().join("settings.toml");
    settings::save(&config, &settings).unwrap();
    (Paths::find(Some(folder.path().to_owned()), Some(config)).unwrap(), settings)
}

async fn sell(till: &OpenTill) -> PaymentId {
    let id = PaymentId(Uuid::now_v7());
    let sale = Sale {
        id,
        provider: ProviderName::Multipay,
        money: Money::new(20_105, Currency::Sek),
        size: Size::AsTyped,
        reference: None,
        code: None,
        override_by: None,
        not_same_as: None,
    };
    till.handle.ask(Ask::Sell(sale)).await.unwrap();
    id
}

async fn wait_for(till: &OpenTill, id: PaymentId, state: State) {
    let begun = Instant::now();
    loop {
        let is =
            till.handle.look(move |scene| scene.till.book().payment(id).map(|payment| payment.state)).await.unwrap();
        if is == Some(state) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{state:?} did not come: {is:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The first manager, who may sell as soon as the journal was looked at.
async fn begin(till: &OpenTill) {
    let (name, pin) = ("Huda".to_owned(), Secret::text("2580"));
    till.handle.wish(Wish::FirstManager { name, pin }).await.unwrap();
    while till.handle.look(|scene| scene.till.fault().is_some()).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_late_receipt() {
    let (far, folder) = (start_far_end(&[]), tempfile::tempdir().unwrap());
    let (paths, settings) = set_up(&far, &folder).await;
    let till = open(&paths, settings.clone()).await.unwrap();
    begin(&till).await;
    let id = sell(&till).await;
    wait_for(&till, id, State::Waiting).await;
    till.office.close().await;
    drop(till);
    far.customer(&id.to_string(), "approve").await;

    let mut tell = |_: &_| ();
    let mut findings = Findings::new(&mut tell);
    let scope = Scope { mode: None, asks_providers: true, open_till: None };
    doctor::examine(&paths, scope, &mut findings).await;
    let list = findings.list();
    let logon = list.iter().find(|finding| finding.check == "multipay.logon").unwrap();
    assert!(logon.what.contains("open the till"), "{logon:?}");
    assert!(list.iter().any(|finding| finding.check == "multipay.token" && finding.code.is_empty()), "{list:?}");

    let till = open(&paths, settings).await.unwrap();
    wait_for(&till, id, State::Paid).await;
    till.office.close().await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_locked() {
    let (far, folder) = (start_far_end(&[]), tempfile::tempdir().unwrap());
    let (paths, mut settings) = set_up(&far, &folder).await;
    let till = open(&paths, settings.clone()).await.unwrap();
    begin(&till).await;
    lock_keyring();
    settings.store = "Corner shop".to_owned();
    let refused = till.take_effect(&settings).await.unwrap_err();
    assert!(refused.code.starts_with("keychain_"), "{refused:?}");
    let id = sell(&till).await;
    wait_for(&till, id, State::Waiting).await;
    far.customer(&id.to_string(), "approve").await;
    wait_for(&till, id, State::Paid).await;
    till.office.close().await;
}
