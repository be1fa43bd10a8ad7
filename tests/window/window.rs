//! The app under a WebDriver, in folders of its own.

use crate::far_end::target_folder;
use fantoccini::elements::Element;
use fantoccini::{Client, ClientBuilder, Locator};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// One run of the app, and the driver that drives it.
pub struct Window {
    client: Client,
    driver: Driver,
    codes: AtomicU32,
}

/// The till's folders; they outlive a restart of the app.
pub struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    pub fn new() -> Home {
        Home { folder: tempfile::tempdir().unwrap() }
    }

    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("settings.toml")
    }
}

struct Driver {
    child: Child,
}

impl Drop for Driver {
    fn drop(&mut self) {
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

impl Window {
    /// Starts the app and waits for the checkout.
    pub async fn open(home: &Home) -> Window {
        let window = Window::start(home).await;
        window.come_in().await;
        window.find("charge").await;
        window
    }

    /// Starts the app where a payment is under way: that one is on the stage.
    pub async fn open_on_the_stage(home: &Home) -> Window {
        let window = Window::start(home).await;
        window.come_in().await;
        window.find("state").await;
        window
    }

    /// Starts the app.
    pub async fn start(home: &Home) -> Window {
        assert!(std::env::var_os("DISPLAY").is_some(), "the walks need a display: run them by .ci/with-desktop");
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let child = Command::new("WebKitWebDriver")
            .args(["--host=127.0.0.1", &format!("--port={port}")])
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env("WEBKIT_DISABLE_DMABUF_RENDERER", "1")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("WebKitWebDriver is installed (webkit2gtk-driver)");
        let driver = Driver { child };
        let app = target_folder().join("checkstand");
        let arguments = ["--data-dir", text(&home.data()), "--config", text(&home.config())].map(str::to_owned);
        let options = json!({ "binary": text(&app), "args": arguments });
        let capabilities = [("webkitgtk:browserOptions".to_owned(), options)].into_iter().collect();
        let begun = Instant::now();
        loop {
            match ClientBuilder::new(plain_http())
                .capabilities(serde_json::Map::clone(&capabilities))
                .connect(&format!("http://127.0.0.1:{port}"))
                .await
            {
                Ok(client) => return Window { client, driver, codes: AtomicU32::new(100) },
                Err(error) => assert!(begun.elapsed() < PATIENCE, "no session: {error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// Closes the app, as a cashier who switches the machine off.
    pub async fn close(self) {
        let Window { client, driver, .. } = self;
        _ = client.close().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        drop(driver);
    }

    /// The element with this test id, as soon as it is there.
    pub async fn find(&self, id: &str) -> Element {
        self.find_css(&format!("[data-testid='{id}']")).await
    }

    pub async fn find_css(&self, css: &str) -> Element {
        let begun = Instant::now();
        loop {
            match self.client.find(Locator::Css(css)).await {
                Ok(element) => return element,
                Err(error) => {
                    if begun.elapsed() > PATIENCE {
                        self.screenshot("failed").await;
                        panic!("{css} is not there: {error}");
                    }
                }
            }
            tokio::time::sleep(Duration::from_millis(40)).await;
        }
    }

    pub async fn is_there(&self, id: &str) -> bool {
        self.client.find(Locator::Css(&format!("[data-testid='{id}']"))).await.is_ok()
    }

    /// Clicks. A button that has just appeared is inert for 300 ms; the keys of the pad are always there.
    pub async fn click(&self, id: &str) {
        let begun = Instant::now();
        if !id.starts_with("key-") && id != "decimal" {
            self.find(id).await;
            // It counts from when it is drawn, and a busy machine may need a while for that.
            let drawn = "const done = arguments[0];
                         requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 400)));";
            self.client.execute_async(drawn, Vec::new()).await.unwrap();
        }
        while let Err(error) = self.find(id).await.click().await {
            assert!(begun.elapsed() < PATIENCE, "{id} cannot be clicked: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Clicks at once what is known to be awake.
    pub async fn click_now(&self, id: &str) {
        let begun = Instant::now();
        while let Err(error) = self.find(id).await.click().await {
            assert!(begun.elapsed() < PATIENCE, "{id} cannot be clicked: {error}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    pub async fn pause(&self, ms: u64) {
        tokio::time::sleep(Duration::from_millis(ms)).await;
    }

    /// Calls a command as the page could; what it answers, or throws.
    pub async fn invoke(&self, command: &str, given: serde_json::Value) -> serde_json::Value {
        let script = "const [command, given, done] = arguments;
                      window.__TAURI_INTERNALS__.invoke(command, given).then(done, done);";
        self.client.execute_async(script, vec![json!(command), given]).await.unwrap()
    }

    pub async fn text(&self, id: &str) -> String {
        self.find(id).await.text().await.unwrap()
    }

    /// Waits until the element says exactly this.
    pub async fn wait_for_text(&self, id: &str, text: &str) {
        let begun = Instant::now();
        loop {
            // The driver sees no text where a name may be cut with an ellipsis.
            let says = self.find(id).await.prop("textContent").await.unwrap().unwrap_or_default();
            if says == text {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{id} does not say {text:?} but {says:?}");
            self.pause(40).await;
        }
    }

    pub async fn attribute(&self, id: &str, name: &str) -> String {
        self.find(id).await.attr(name).await.unwrap().unwrap_or_default()
    }

    /// The whole page as it is now, markup and field values.
    pub async fn page(&self) -> String {
        let script = "return document.documentElement.outerHTML + [...document.querySelectorAll('input,textarea')].map(e => e.value).join('|') \
                      + JSON.stringify(localStorage) + JSON.stringify(sessionStorage)";
        self.client.execute(script, Vec::new()).await.unwrap().as_str().unwrap().to_owned()
    }

    pub async fn run(&self, script: &str) -> serde_json::Value {
        self.client.execute(script, Vec::new()).await.unwrap()
    }

    /// A script that answers with a list of words.
    pub async fn run_for_words(&self, script: &str) -> Vec<String> {
        let words = self.run(script).await;
        words.as_array().unwrap().iter().map(|word| word.as_str().unwrap_or_default().to_owned()).collect()
    }

    pub async fn screenshot(&self, name: &str) -> PathBuf {
        let folder = target_folder().join("../demo");
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{name}.png"));
        // The driver waits for the next frame, and a page in which nothing moves draws none: for the picture something does.
        let stir = "const mark = document.body.appendChild(document.createElement('i'));
                    mark.style = 'position: fixed; inline-size: 1px; block-size: 1px; opacity: 0.01; background: gray';
                    let at = 0;
                    const timer = setInterval(() => (mark.style.insetInlineStart = `${at++ % 2}px`), 50);
                    setTimeout(() => (clearInterval(timer), mark.remove()), 5000);";
        self.run(stir).await;
        std::fs::write(&path, self.client.screenshot().await.unwrap()).unwrap();
        path
    }

    // ---- what a cashier does ------------------------------------------------------------------------------------------

    /// Types an amount on the keypad: `201.05`.
    pub async fn type_amount(&self, amount: &str) {
        for key in amount.chars() {
            match key {
                '.' => self.click("decimal").await,
                digit => self.click(&format!("key-{digit}")).await,
            }
        }
    }

    /// Keys pressed wherever the focus is.
    pub async fn press(&self, keys: &str) {
        self.find_css("body").await.send_keys(keys).await.unwrap();
    }

    /// Fills the counter for a sale; only *Charge* is left to press.
    pub async fn prepare(&self, provider: &str, amount: &str) {
        self.click(&format!("provider-{provider}")).await;
        self.click("amount").await;
        self.type_amount(amount).await;
        if provider == "mispay" {
            self.click("code").await;
            self.press(&self.next_code()).await;
        }
    }

    /// A code works once: the canary, and a number that counts up.
    pub fn next_code(&self) -> String {
        format!("{CODE}{:03}", self.codes.fetch_add(1, Ordering::Relaxed))
    }

    /// Another run has used so many.
    pub fn skip_codes(&self, used: u32) {
        self.codes.fetch_add(used, Ordering::Relaxed);
    }

    /// A sale up to the click on *Charge*; the id of the payment.
    pub async fn charge(&self, provider: &str, amount: &str) -> String {
        self.prepare(provider, amount).await;
        self.click("charge").await;
        self.payment_id().await
    }

    /// The payment whose face is shown.
    pub async fn payment_id(&self) -> String {
        self.attribute("state", "data-payment").await
    }

    /// Waits until the face shows this state.
    pub async fn wait_for_state(&self, state: &str) {
        self.find_css(&format!("[data-testid='state'][data-state='{state}']")).await;
    }

    /// Back to an empty counter after a result; the button counts only after 700 ms.
    pub async fn next_sale(&self) {
        let begun = Instant::now();
        while self.is_there("state").await {
            assert!(begun.elapsed() < PATIENCE, "no way to the next sale");
            // An open payment is parked; whichever of the three is there, it leads on.
            for button in ["new-sale", "next-customer", "stop"] {
                if self.is_there(button).await {
                    self.click(button).await;
                    break;
                }
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self.find("charge").await;
    }
}

/// How every customer's code begins. It must leave the page when it is sent.
pub const CODE: &str = "739154862";

fn plain_http() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("test folders have plain names")
}
