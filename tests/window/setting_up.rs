//! From a parcel to the first sale, and from "it does not work" to the cause: set-up, connection tests, a changed secret,
//! diagnostics. In the real window, with secrets in a real keychain, against provider-simulator.

use crate::far_end::{FarEnd, target_folder};
use crate::leaving::{close_the_next, till_window};
use crate::real_wires::{keep_secrets, set_up};
use crate::window::{Home, Window};
use checkstand_core::secret::Secret;
use checkstand_engine::settings::{self, Mode};
use checkstand_engine::vault::Vault;
use serde_json::json;
use std::io::Read;

/// How each secret is named in the vault, by the simulator's arguments, and what it is here.
const CANARIES: [(&str, &str, &str); 4] = [
    ("mispay_app_id", "--app-id", "canary-app-id-21"),
    ("mispay_app_secret", "--app-secret", "canary-app-secret-22"),
    ("multipay_client_id", "--client-id", "canary-client-23"),
    ("multipay_client_secret", "--client-secret", "canary-client-secret-24"),
];

impl Window {
    /// Types into a field in place of what stands there.
    async fn retype(&self, id: &str, text: &str) {
        let field = self.find(id).await;
        field.clear().await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// On to the next question of the set-up.
    async fn next_question(&self, step: &str) {
        self.click("setup-next").await;
        self.find(&format!("setup-step-{step}")).await;
    }

    /// Hands a secret over; it leaves the page.
    async fn put_secret(&self, name: &str, value: &str) {
        let (put, replace) = (format!("setting-{name}-put"), format!("setting-{name}-replace"));
        self.find_css(&format!("[data-testid='{put}'],[data-testid='{replace}']")).await;
        // Another walk may have stored one in this keychain.
        if self.is_there(&replace).await {
            self.click(&replace).await;
        }
        self.find(&format!("setting-{name}")).await.send_keys(value).await.unwrap();
        self.click(&put).await;
        self.find(&format!("setting-{name}-kept")).await;
        assert!(!self.page().await.contains(value), "{name} is still in the page");
    }

    async fn wait_for_step(&self, check: &str, state: &str) {
        self.find_css(&format!("[data-testid='step-{check}'][data-state='{state}']")).await;
    }
}

#[tokio::test]
async fn an_empty_profile_becomes_a_till_that_sells_with_each_provider() {
    let arguments: Vec<&str> = CANARIES.iter().flat_map(|(_, argument, value)| [*argument, *value]).collect();
    let far = FarEnd::start(&target_folder().join("provider-simulator"), &arguments);
    let home = Home::new();
    let window = Window::start(&home).await;
    window.click("go-setup").await;
    window.find("setup-step-mode").await;
    window.click("setting-mode-test").await;
    window.next_question("names").await;
    window.retype("setting-store", "Corner shop").await;
    window.screenshot("setup-names").await;
    window.next_question("providers").await;
    window.click("setup-provider-mispay").await;
    window.click("setup-provider-multipay").await;
    window.next_question("mispay-address").await;
    window.retype("setting-mispay_base_url", &far.text("mispay")).await;
    window.next_question("mispay-secrets").await;
    window.put_secret("mispay_app_id", CANARIES[0].2).await;
    window.put_secret("mispay_app_secret", "not-this-one").await;
    window.next_question("mispay-test").await;
    window.click("test-connection-mispay").await;
    window.wait_for_step("token", "failed").await;
    assert_eq!(window.attribute("step-token", "data-code").await, "credentials_refused");
    window.wait_for_step("decrypt", "skipped").await;
    window.screenshot("setup-test-failed").await;
    window.click("setup-back").await;
    window.put_secret("mispay_app_secret", CANARIES[1].2).await;
    window.next_question("mispay-test").await;
    window.click("test-connection-mispay").await;
    window.wait_for_step("decrypt", "well").await;
    window.screenshot("setup-test-passed").await;
    window.next_question("multipay-address").await;
    window.retype("setting-multipay_terminal_id", "terminal-1").await;
    window.retype("setting-multipay_token_url", &far.text("multipay_token")).await;
    window.retype("setting-multipay_socket_url", &far.text("ws")).await;
    window.next_question("multipay-secrets").await;
    for (name, _, value) in &CANARIES[2..] {
        window.put_secret(name, value).await;
    }
    window.next_question("multipay-test").await;
    window.click("test-connection-multipay").await;
    window.wait_for_step("logon", "well").await;
    window.next_question("limits").await;
    window.retype("setting-limit-SAR-max", "500.00").await;
    window.retype("setting-limit-SAR-confirm_above", "300.00").await;
    window.next_question("summary").await;
    window.screenshot("setup-summary").await;
    assert_eq!(far.requests("purchase").await, 0, "no test has moved money");
    let (_, process) = till_window().unwrap();
    // The driver cannot hear what becomes of a click that ends its session.
    window.run("setTimeout(() => document.querySelector(\"[data-testid='setup-finish']\").click(), 400)").await;
    close_the_next(&home, "test", process).await;
    window.close().await;

    let saved = settings::load(&home.config()).unwrap();
    assert_eq!(
        (saved.mode, saved.store.as_str(), saved.limits["SAR"].max.as_str()),
        (Mode::Test, "Corner shop", "500.00")
    );
    let window = Window::start(&home).await;
    window.make_first_manager().await;
    for provider in ["mispay", "multipay"] {
        let id = window.charge(provider, "201.05").await;
        window.wait_for_state("waiting").await;
        far.customer(&id, "approve").await;
        window.wait_for_state("paid").await;
        assert_eq!((far.captured(&id).await, far.money_requests(&id).await), (20_105, 1));
        window.next_sale().await;
    }
    // More than the store wants to be asked about once more, and more than it takes at all.
    window.prepare("mispay", "400.00").await;
    window.click("charge").await;
    window.find("large-amount").await;
    window.screenshot("question-amount").await;
    window.click("large-back").await;
    let page = window.page().await;
    for needle in CANARIES.iter().map(|(_, _, value)| *value).chain(["Bearer ", "eyJ"]) {
        assert!(!page.contains(needle), "{needle} is in the page");
    }
    window.close().await;
}

#[tokio::test]
async fn a_changed_secret_takes_effect_without_a_restart() {
    let (far, home) = set_up(&[]).await;
    keep_secrets(&far).await;
    Vault::new("test").put("mispay_app_secret", Secret::text("an-old-one")).await.unwrap();
    let window = Window::open(&home).await;
    window.click("nav-settings").await;
    window.click("section-mispay").await;
    window.click("test-connection-mispay").await;
    window.wait_for_step("token", "failed").await;
    window.put_secret("mispay_app_secret", &far.text("app_secret")).await;
    window.click("test-connection-mispay").await;
    window.wait_for_step("decrypt", "well").await;
    window.click("section-multipay").await;
    window.click("test-connection-multipay").await;
    // This till's own line: no second socket is opened for the test.
    window.wait_for_step("logon", "well").await;
    assert_eq!(far.requests("socket").await, 1);
    window.click("nav-checkout").await;
    let id = window.charge("mispay", "20.00").await;
    window.wait_for_state("waiting").await;
    far.customer(&id, "approve").await;
    window.wait_for_state("paid").await;
    window.close().await;
}

#[tokio::test]
async fn the_amount_unit_is_confirmed_only_by_what_a_phone_showed() {
    let (far, home) = set_up(&[]).await;
    keep_secrets(&far).await;
    let window = Window::open(&home).await;
    let confirm = async |shown: &str| {
        window.click("nav-settings").await;
        window.click("section-multipay").await;
        window.retype("unit-shown", shown).await;
        window.click("unit-confirm").await;
    };
    confirm("1.00").await;
    window.find_css("[data-code='unit_not_tested']").await;
    window.click("nav-checkout").await;
    let id = window.charge("multipay", "1.00").await;
    window.wait_for_state("waiting").await;
    far.customer(&id, "approve").await;
    window.wait_for_state("paid").await;
    window.next_sale().await;
    confirm("100.00").await;
    window.find_css("[data-code='unit_differs']").await;
    assert!(!settings::load(&home.config()).unwrap().multipay.is_unit_confirmed());
    confirm("1.00").await;
    window.find_css("[data-testid='unit-state'][data-confirmed='true']").await;
    assert!(settings::load(&home.config()).unwrap().multipay.is_unit_confirmed());
    window.close().await;
}

#[tokio::test]
async fn diagnostics_name_what_is_wrong_and_the_bundle_holds_no_secret() {
    let (far, home) = set_up(&[]).await;
    keep_secrets(&far).await;
    let logs = home.data().join("checkstand/logs");
    std::fs::create_dir_all(&logs).unwrap();
    std::fs::write(logs.join("001795000000000.crash"), "planted report").unwrap();
    let window = Window::open(&home).await;
    window.find("crash-notice").await;
    window.click("crash-read").await;
    window.click("nav-settings").await;
    window.click("section-diagnostics").await;
    assert!(!window.is_there("crash-notice").await, "it was read");
    window.click("examine").await;
    window.find_css("[data-testid='finding-mispay.decrypt'][data-state='well']").await;
    window.find_css("[data-testid='finding-multipay.logon'][data-state='well']").await;
    window.find_css("[data-testid='finding-webview'][data-state='well']").await;
    window.screenshot("diagnostics").await;
    window.click("support-bundle").await;
    let path = window.text("bundle-path").await;
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path.trim()).unwrap()).unwrap();
    let mut names = Vec::new();
    for at in 0..zip.len() {
        let mut entry = zip.by_index(at).unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        names.push(entry.name().unwrap().into_owned());
        for secret in ["app_secret", "client_secret"].map(|name| far.text(name)) {
            assert!(!text.contains(&secret), "a secret is in {}", entry.name().unwrap());
        }
    }
    assert!(names.iter().any(|name| name.ends_with(".seen")), "the report about the crash is in it: {names:?}");
    window.close().await;
}

#[tokio::test]
async fn settings_travel_without_secrets_and_a_bad_file_changes_nothing() {
    let home = Home::new();
    let window = Window::open(&home).await;
    let before = settings::load(&home.config()).unwrap();
    for (text, code) in [
        ("mode = \"training\"\nterminall = \"till-9\"\n", "settings_invalid"),
        ("mode = \"training\"\nterminal = 9\n", "settings_invalid"),
        ("mode = \"training\"\nterminal = \"til", "settings_invalid"),
        ("version = 99\n", "settings_newer"),
        ("[limits.SAR]\nmax = \"much\"\n", "limits_invalid"),
        ("mode = \"test\"\n[mispay]\nbase_url = \"https://api.mispay.co/v1\"\n", "url_not_allowed"),
    ] {
        let refused = window.invoke("import_settings", json!({ "text": text })).await;
        assert_eq!(refused["code"], json!(code), "{text}");
        assert_eq!(settings::load(&home.config()).unwrap(), before, "{text}");
    }
    let good = "version = 2\nmode = \"training\"\nstore = \"Other shop\"\n[limits.NOK]\nmax = \"900.00\"\n";
    let changes = window.invoke("read_settings", json!({ "text": good })).await;
    let names: Vec<&str> = changes.as_array().unwrap().iter().map(|change| change["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["limits.NOK.confirm_above", "limits.NOK.max", "limits.NOK.min", "store"]);
    window.invoke("import_settings", json!({ "text": good })).await;
    assert_eq!(settings::load(&home.config()).unwrap().store, "Other shop");
    let path = window.invoke("export_settings", json!({})).await;
    let exported = std::fs::read_to_string(path.as_str().unwrap()).unwrap();
    assert!(exported.contains("Other shop") && !exported.contains("secret"), "{exported}");
    window.close().await;
}
