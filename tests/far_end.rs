//! The provider simulator as a process of its own: started, told what to do, asked for its books, and ended with the test.

#![allow(dead_code, reason = "two test binaries share it, and neither uses all of it")]

use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// A running provider simulator.
pub struct FarEnd {
    child: Child,
    /// What it said when it was ready: addresses and dummy credentials.
    pub ready: Value,
    client: reqwest::Client,
}

impl FarEnd {
    /// Starts the binary with these arguments and waits until it listens.
    pub fn start(binary: &Path, arguments: &[&str]) -> FarEnd {
        checkstand_engine::wire::install_crypto_provider();
        let mut child = Command::new(binary)
            .args(["--until-stdin-ends"])
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{} does not start: {error}", binary.display()));
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap();
        FarEnd {
            child,
            ready,
            client: reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().unwrap(),
        }
    }

    /// An address or credential of its first line.
    pub fn text(&self, name: &str) -> String {
        self.ready[name].as_str().unwrap_or_else(|| panic!("it says no {name}")).to_owned()
    }

    pub async fn post(&self, path: &str, body: Value) -> Value {
        let url = format!("{}{path}", self.text("http"));
        let response = self
            .client
            .post(url)
            .header("content-type", "application/json")
            .body(body.to_string())
            .send()
            .await
            .unwrap();
        assert!(response.status().is_success(), "{path}: {}", response.status());
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.client.get(format!("{}{path}", self.text("http"))).send().await.unwrap();
        serde_json::from_slice(&response.bytes().await.unwrap()).unwrap()
    }

    /// The customer of this payment does something.
    pub async fn customer(&self, id: &str, deed: &str) {
        self.post(&format!("/customer/{id}/{deed}"), json!({})).await;
    }

    /// The next request of a kind meets a fault.
    pub async fn plant(&self, fault: &str, details: Value) {
        self.post(&format!("/fault/{fault}"), details).await;
    }

    /// How many money requests came in under this id.
    pub async fn money_requests(&self, id: &str) -> u64 {
        let books = self.get("/books").await;
        let received =
            books["received"].as_array().unwrap().iter().filter(|row| row["id"] == id && row["kind"] != "cancel");
        received.map(|row| row["total"].as_u64().unwrap()).sum()
    }

    /// Requests of a kind, as read from connections.
    pub async fn requests(&self, kind: &str) -> u64 {
        self.get("/books").await["requests"][kind].as_u64().unwrap_or(0)
    }

    /// What was captured under this id, in minor units.
    pub async fn captured(&self, id: &str) -> i64 {
        let books = self.get("/books").await;
        books["captures"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["id"] == id)
            .map(|row| row["amount_minor"].as_i64().unwrap())
            .sum()
    }
}

impl Drop for FarEnd {
    fn drop(&mut self) {
        // It ends by itself with its standard input; this is for the case that it hangs.
        drop(self.child.stdin.take());
        std::thread::sleep(Duration::from_millis(50));
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The folder of the binaries that were built beside this test.
pub fn target_folder() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().and_then(Path::parent).unwrap().to_owned()
}
