//! What the till writes about itself: recordings, logs, the support bundle, reports about crashes. No secret is in any of them.

use crate::session::in_session;
use crate::shop::{CODE, Shop, start_far_end};
use checkstand_core::ask::{Ask, Sale, Size, Wish};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{PaymentId, ProviderName, State};
use checkstand_core::secret::Secret;
use checkstand_engine::crash;
use checkstand_engine::engine::{Handle, Scene};
use checkstand_engine::ledger::is_in_use;
use checkstand_engine::logs::Logs;
use checkstand_engine::opening;
use checkstand_engine::settings::paths::Paths;
use checkstand_engine::settings::{self, Mode, Settings};
use checkstand_engine::vault::Vault;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use uuid::Uuid;

const PIN: &str = "258013";
/// Name in the vault, argument of the simulator, value.
const CANARIES: [(&str, &str, &str); 4] = [
    ("mispay_app_id", "--app-id", "canary-app-id-1"),
    ("mispay_app_secret", "--app-secret", "canary-app-secret-2"),
    ("multipay_client_id", "--client-id", "canary-client-3"),
    ("multipay_client_secret", "--client-secret", "canary-client-secret-4"),
];

#[test]
fn r54_no_secret_is_in_recordings_logs_or_the_support_bundle() {
    in_session("support::inner_canaries");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

fn sale(provider: ProviderName) -> Sale {
    let (currency, code) = match provider {
        ProviderName::Mispay => (Currency::Sar, Some(Secret::text(CODE))),
        ProviderName::Multipay => (Currency::Nok, None),
    };
    Sale {
        id: PaymentId(Uuid::now_v7()),
        provider,
        money: Money::new(10_000, currency),
        reference: None,
        code,
        override_by: None,
        not_same_as: None,
        size: Size::AsTyped,
    }
}

async fn wait_for(handle: &Handle, what: &str, holds: impl Fn(&Scene<'_>) -> bool + Clone + Send + 'static) {
    let begun = Instant::now();
    while !handle.look(holds.clone()).await.unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what} did not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn is_in(id: PaymentId, state: State) -> impl Fn(&Scene<'_>) -> bool + Clone + Send + 'static {
    move |scene| scene.till.book().payment(id).is_some_and(|payment| payment.state == state)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_canaries() {
    checkstand_engine::wire::install_crypto_provider();
    let arguments: Vec<&str> = CANARIES.iter().flat_map(|(_, argument, value)| [*argument, *value]).collect();
    let far = start_far_end(&arguments);
    for (name, _, value) in CANARIES {
        Vault::new("test").put(name, Secret::text(value)).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let paths = Paths::find(Some(folder.path().join("data")), Some(folder.path().join("settings.toml"))).unwrap();
    let logs = Logs::open(&paths.logs()).unwrap();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(logs).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let mut settings = Settings { mode: Mode::Test, record_wire: true, ..Settings::default() };
    settings.mispay.base_url = far.text("mispay");
    settings.multipay.token_url = far.text("multipay_token");
    settings.multipay.socket_url = far.text("ws");
    settings.multipay.terminal_id = "terminal-1".to_owned();
    settings::save(paths.settings(), &settings).unwrap();

    let till = opening::open(&paths, settings).await.unwrap();
    till.handle.wish(Wish::FirstManager { name: "Huda".to_owned(), pin: Secret::text(PIN) }).await.unwrap();
    wait_for(&till.handle, "the check", |scene| scene.till.fault().is_none()).await;
    for provider in [ProviderName::Mispay, ProviderName::Multipay] {
        let sale = sale(provider);
        let id = sale.id;
        till.handle.ask(Ask::Sell(sale)).await.unwrap();
        wait_for(&till.handle, "waiting", is_in(id, State::Waiting)).await;
        far.customer(&id.to_string(), "approve").await;
        wait_for(&till.handle, "paid", is_in(id, State::Paid)).await;
    }
    till.office.close().await;

    let output = Command::new(env!("CARGO_BIN_EXE_checkstand-cli"))
        .args(["bundle", "--json", "--config"])
        .arg(paths.settings())
        .arg("--data-dir")
        .arg(folder.path().join("data"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let bundle = PathBuf::from(answer["path"].as_str().unwrap());

    let mut texts: Vec<(String, String)> = files(folder.path())
        .into_iter()
        .map(|path| (path.display().to_string(), String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned()))
        .collect();
    let mut zip = zip::ZipArchive::new(std::fs::File::open(&bundle).unwrap()).unwrap();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        texts.push((format!("bundle: {}", entry.name().unwrap()), text));
    }
    // What proves that the places are the right ones, and that the recorder and the log were at work.
    let holds = |place: &str, what: &str| texts.iter().any(|(path, text)| path.contains(place) && text.contains(what));
    let places: Vec<&String> = texts.iter().map(|(path, _)| path).collect();
    for (place, what) in [
        ("recordings/wire-", "PAYMENT_INIT_REQUEST"),
        ("recordings/wire-", "/purchase"),
        ("recordings/wire-", "LOGON_CONFIRMATION"),
        ("logs/checkstand.log", "request"),
        ("ledger.db", "captured"),
        ("bundle: about.json", "mispay.decrypt"),
        ("bundle: settings.toml", "record_wire = true"),
        ("bundle: journal-tail.tsv", "captured"),
        ("bundle: logs/", "request"),
        ("bundle: recordings/", "PAYMENT_RECEIPT"),
    ] {
        assert!(holds(place, what), "{what} is not in {place}: {places:?}");
    }
    // A JWT begins with the base64 of {"; a bearer header names itself.
    let values = CANARIES.iter().map(|(_, _, value)| *value);
    for needle in values.chain([PIN, CODE, "Bearer ey", "eyJ"]) {
        for (place, text) in &texts {
            assert!(!text.contains(needle), "{needle} stands in {place}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_leaves_a_report_and_the_next_start_takes_up_what_was_open() {
    let reports = tempfile::tempdir().unwrap();
    crash::report_panics(reports.path());
    let mut shop = Shop::open(&[]).await;
    let id = shop.charge(ProviderName::Mispay, 10_000).await;
    shop.wait_for_state(id, State::Waiting).await;
    let handle = shop.handle.clone();
    let looked = handle.look(|_| -> () { panic!("planted: the loop stops") }).await;
    assert_eq!(looked.err().map(|problem| problem.code), Some("internal"));
    tokio::time::timeout(Duration::from_secs(20), handle.crashed()).await.unwrap();
    let texts: Vec<String> =
        crash::reports(reports.path()).iter().map(|path| std::fs::read_to_string(path).unwrap()).collect();
    assert!(texts.iter().any(|text| text.contains("planted: the loop stops")), "{texts:?}");

    // A process that ends lets go of its ledger; here the loop's own thread has to.
    let begun = Instant::now();
    while is_in_use(shop.folder.path()).unwrap() {
        assert!(begun.elapsed() < Duration::from_secs(20), "the ledger is never let go");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    shop.restart().await;
    shop.far.customer(&id.to_string(), "approve").await;
    shop.wait_for_state(id, State::Paid).await;
    assert_eq!(shop.far.money_requests(&id.to_string()).await, 1, "and nothing was charged twice");
}
