//! Test mode: secrets in the real keychain, provider-simulator over loopback sockets.

use crate::far_end::{FarEnd, target_folder};
use crate::window::{Home, Window};
use checkstand_core::secret::Secret;
use checkstand_engine::settings::{self, Mode, Settings};
use checkstand_engine::vault::Vault;
use serde_json::json;

/// A far end, and a till that is set up for it in test mode.
pub async fn set_up(arguments: &[&str]) -> (FarEnd, Home) {
    let far = FarEnd::start(&target_folder().join("provider-simulator"), arguments);
    let home = Home::new();
    let mut settings = Settings { mode: Mode::Test, terminal: "till-1".to_owned(), ..Settings::default() };
    settings.mispay.base_url = far.text("mispay");
    settings.multipay.token_url = far.text("multipay_token");
    settings.multipay.socket_url = far.text("ws");
    settings.multipay.terminal_id = "terminal-1".to_owned();
    settings::save(&home.config(), &settings).unwrap();
    (far, home)
}

pub async fn keep_secrets(far: &FarEnd) {
    let vault = Vault::new("test");
    let secrets = [
        ("mispay_app_id", "app_id"),
        ("mispay_app_secret", "app_secret"),
        ("multipay_client_id", "client_id"),
        ("multipay_client_secret", "client_secret"),
    ];
    for (name, from) in secrets {
        vault.put(name, Secret::new(far.text(from))).await.unwrap();
    }
}

#[tokio::test]
async fn a_sale_on_each_provider_is_paid_over_real_sockets() {
    let (far, home) = set_up(&[]).await;
    keep_secrets(&far).await;
    let window = Window::open(&home).await;
    for provider in ["mispay", "multipay"] {
        let id = window.charge(provider, "201.05").await;
        window.wait_for_state("waiting").await;
        far.customer(&id, "approve").await;
        window.wait_for_state("paid").await;
        assert_eq!(far.captured(&id).await, 20_105);
        assert_eq!(far.money_requests(&id).await, 1);
        window.next_sale().await;

        let id = window.charge(provider, "30.00").await;
        window.wait_for_state("waiting").await;
        far.customer(&id, "cancel").await;
        window.wait_for_state("declined").await;
        window.next_sale().await;
    }
    window.close().await;
}

#[tokio::test]
async fn a_far_end_that_books_and_closes_the_socket_leaves_not_known_at_once() {
    let (far, home) = set_up(&[]).await;
    keep_secrets(&far).await;
    let window = Window::open(&home).await;
    far.plant("close-after", json!({ "on": "purchase" })).await;
    let id = window.charge("mispay", "50.00").await;
    window.wait_for_state("unknown").await;
    assert_eq!(far.money_requests(&id).await, 1);
    window.next_sale().await;

    let id = window.charge("multipay", "60.00").await;
    window.wait_for_state("waiting").await;
    far.customer(&id, "approve").await;
    window.wait_for_state("paid").await;
    window.next_sale().await;
    let id = window.charge("multipay", "61.00").await;
    window.wait_for_state("waiting").await;
    far.plant("drop-sockets", json!({})).await;
    window.wait_for_state("unknown").await;
    assert_eq!(far.money_requests(&id).await, 1);
    window.close().await;
}

#[tokio::test]
async fn a_restart_in_the_middle_of_a_wait_resumes_and_ends_paid() {
    // A world in which MultiPay delivers missed messages after a new logon.
    let (far, home) = set_up(&["--world", "4"]).await;
    keep_secrets(&far).await;
    for provider in ["mispay", "multipay"] {
        let window = Window::open(&home).await;
        let id = window.charge(provider, "88.00").await;
        window.wait_for_state("waiting").await;
        window.close().await;
        let window = Window::start(&home).await;
        far.customer(&id, "approve").await;
        window.come_in().await;
        window.click("nav-history").await;
        window.find_css(&format!("[data-testid='row-{id}'][data-state='paid']")).await;
        assert_eq!(far.money_requests(&id).await, 1);
        window.close().await;
    }
}

#[tokio::test]
async fn r06_a_double_click_enter_twice_and_a_scan_are_one_request_each_at_the_far_ends_socket() {
    let (far, home) = set_up(&[]).await;
    keep_secrets(&far).await;
    let window = Window::open(&home).await;
    window.prepare("mispay", "10.00").await;
    window.run("const b = document.querySelector(\"[data-testid='charge']\"); b.click(); b.click(); return 1").await;
    window.wait_for_state("waiting").await;
    let first = window.payment_id().await;
    assert_eq!((far.requests("purchase").await, far.money_requests(&first).await), (1, 1));
    far.customer(&first, "approve").await;
    window.wait_for_state("paid").await;
    window.next_sale().await;

    window.prepare("mispay", "11.00").await;
    window.press("\u{e007}\u{e007}").await;
    window.wait_for_state("waiting").await;
    let second = window.payment_id().await;
    assert_eq!((far.requests("purchase").await, far.money_requests(&second).await), (2, 1));
    far.customer(&second, "approve").await;
    window.wait_for_state("paid").await;
    window.next_sale().await;

    // A scanner types the code and its suffix at once, and the cashier presses Enter as well.
    window.click("amount").await;
    window.type_amount("12.00").await;
    window.press(&format!("{}\u{e007}", window.next_code())).await;
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    if !window.is_there("state").await {
        window.press("\u{e007}").await;
    }
    window.wait_for_state("waiting").await;
    let third = window.payment_id().await;
    assert_eq!((far.requests("purchase").await, far.money_requests(&third).await), (3, 1));
    window.close().await;
}
