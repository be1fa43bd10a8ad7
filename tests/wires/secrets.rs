//! Canaries: after a day of sales, nothing secret is found in any file of the till, nor in its log.

use crate::shop::{CODE, Shop};
use checkstand_core::payment::{ProviderName, State};
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
    found
}

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle.as_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn r55_no_secret_token_or_code_is_in_the_ledger_or_the_log() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || writer.clone()).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let canaries = ["canary-app-id-1", "canary-app-secret-2", "canary-client-3", "canary-client-secret-4"];
    let [app_id, app_secret, client_id, client_secret] = canaries;
    let arguments =
        ["--app-id", app_id, "--app-secret", app_secret, "--client-id", client_id, "--client-secret", client_secret];
    let shop = Shop::open(&arguments).await;
    for provider in [ProviderName::Mispay, ProviderName::Multipay] {
        let id = shop.charge(provider, 10_000).await;
        shop.wait_for_state(id, State::Waiting).await;
        shop.far.customer(&id.to_string(), "approve").await;
        shop.wait_for_state(id, State::Paid).await;
    }
    shop.handle.stop().await;
    let log = log.0.lock().unwrap().clone();
    assert!(!log.is_empty(), "a log without lines proves nothing");
    let mut places = files(shop.folder.path());
    assert!(
        places.iter().any(|(path, bytes)| path.ends_with("ledger.db") && holds(bytes, "captured")),
        "the ledger is among them"
    );
    places.push(("the log".to_owned(), log));
    // A JWT begins with the base64 of {"; a bearer header names itself.
    for needle in canaries.into_iter().chain([CODE, "Bearer ", "eyJ"]) {
        for (place, bytes) in &places {
            assert!(!holds(bytes, needle), "{needle} stands in {place}");
        }
    }
}
