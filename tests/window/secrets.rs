//! What a person types goes in once; nothing secret ever comes back to the page.

use crate::real_wires::set_up;
use crate::window::{CODE, Window};
use std::path::Path;

const CANARIES: [(&str, &str); 4] = [
    ("mispay_app_id", "canary-app-id-7"),
    ("mispay_app_secret", "canary-app-secret-8"),
    ("multipay_client_id", "canary-client-9"),
    ("multipay_client_secret", "canary-client-secret-10"),
];

fn holds(folder: &Path, needle: &str) -> bool {
    std::fs::read_dir(folder).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        if path.is_dir() {
            holds(&path, needle)
        } else {
            std::fs::read(&path).unwrap().windows(needle.len()).any(|w| w == needle.as_bytes())
        }
    })
}

#[tokio::test]
async fn r54_secrets_typed_into_settings_reach_the_keychain_and_never_come_back() {
    let [(_, app_id), (_, app_secret), (_, client_id), (_, client_secret)] = CANARIES;
    let arguments =
        ["--app-id", app_id, "--app-secret", app_secret, "--client-id", client_id, "--client-secret", client_secret];
    let (far, home) = set_up(&arguments).await;
    let window = Window::open(&home).await;
    window.click("nav-settings").await;
    for (name, value) in CANARIES {
        window.click(if name.starts_with("mispay") { "section-mispay" } else { "section-multipay" }).await;
        // Another walk may have stored one in this keychain: then it is replaced.
        let (put, replace) = (format!("setting-{name}-put"), format!("setting-{name}-replace"));
        window.find_css(&format!("[data-testid='{put}'],[data-testid='{replace}']")).await;
        if window.is_there(&replace).await {
            window.click(&replace).await;
        }
        window.find(&format!("setting-{name}")).await.send_keys(value).await.unwrap();
        window.click(&format!("setting-{name}-put")).await;
        window.find(&format!("setting-{name}-kept")).await;
        assert!(!window.page().await.contains(value), "{name} is still in the page");
    }
    window.close().await;

    // The next start uses what was typed: a sale goes through, and its code leaves the page when it is sent.
    let window = Window::open(&home).await;
    let id = window.charge("mispay", "20.00").await;
    assert!(!window.page().await.contains(CODE), "the code is still in the page");
    window.wait_for_state("waiting").await;
    far.customer(&id, "approve").await;
    window.wait_for_state("paid").await;
    let page = window.page().await;
    for needle in CANARIES.iter().map(|(_, value)| *value).chain([CODE, "Bearer ", "eyJ"]) {
        assert!(!page.contains(needle), "{needle} is in the page");
        assert!(!holds(&home.data(), needle), "{needle} is in the till's files");
    }
    window.close().await;
}
