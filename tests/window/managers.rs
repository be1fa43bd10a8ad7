//! What managers do: refunds, what is not known, the end of a shift, lists for the office.

use crate::leaving::{close_the_next, till_window};
use crate::people::{HUDA, SARA, staffed};
use crate::real_wires::{keep_secrets, set_up};
use crate::window::{Home, Window};
use checkstand_engine::ledger::fill::{Invention, fill};
use checkstand_engine::ledger::{Identity, Reader};
use checkstand_engine::settings::Mode;
use std::path::{Path, PathBuf};

impl Window {
    /// A sale in training that the customer approves; its id.
    async fn sold(&self, provider: &str, amount: &str) -> String {
        let id = self.charge(provider, amount).await;
        self.wait_for_state("waiting").await;
        self.click("phone-approve").await;
        self.wait_for_state("paid").await;
        self.next_sale().await;
        id
    }

    /// Opens a payment's detail from the history.
    async fn look_at(&self, id: &str) {
        self.click("nav-history").await;
        self.click(&format!("row-{id}")).await;
        self.find("timeline").await;
    }

    async fn type_refund(&self, amount: Option<&str>) {
        self.click("refund").await;
        self.find("refund-amount").await;
        if let Some(amount) = amount {
            self.click("refund-amount").await;
            self.click_now("key-clear").await;
            self.type_amount(amount).await;
        }
        self.click("reason-item_returned").await;
    }

    /// Refunds with the manager's PIN beside the dialog, and waits until the money went back.
    async fn refund_approved(&self, amount: Option<&str>) {
        self.type_refund(amount).await;
        if self.is_there("refund-to-approval").await {
            self.click("refund-to-approval").await;
        }
        self.approve_with(HUDA).await;
        self.click("refund-confirm").await;
        self.find_css("[data-testid='refund-state'][data-state='paid']").await;
        self.click("refund-close").await;
    }
}

#[tokio::test]
async fn r41_a_cashier_refunds_in_part_and_the_rest_with_a_managers_pin() {
    let home = Home::new();
    let window = staffed(&home).await;
    let sale = window.sold("mispay", "201.05").await;
    window.look_at(&sale).await;
    window.refund_approved(Some("80.00")).await;
    assert!(window.text("left").await.contains("121.05"), "{}", window.text("left").await);
    window.refund_approved(None).await;
    // Approval does not change who is signed in.
    window.wait_for_text("who", "Sara").await;
    window.find("no-refund").await;
    assert!(window.text("timeline").await.contains("Huda"), "the story names who approved");
    window.close().await;
}

#[tokio::test]
async fn r41_a_refund_without_approval_or_with_a_wrong_pin_is_refused() {
    let home = Home::new();
    let window = staffed(&home).await;
    let sale = window.sold("mispay", "50.00").await;
    window.look_at(&sale).await;
    window.type_refund(None).await;
    if window.is_there("refund-to-approval").await {
        window.click("refund-to-approval").await;
    }
    window.approve_with((HUDA.0, "9999")).await;
    window.click("refund-confirm").await;
    window.find_css("[data-testid='problem'][data-code='pin_wrong']").await;
    // Whatever the page asks for, the core refuses a cashier without a manager.
    let refused = window
        .invoke(
            "refund",
            serde_json::json!({ "refund": { "id": "0f7d1c1e-6f0a-4c7e-9d52-0a3f5f1f2b11", "sale": sale, "amount": "50.00",
                "reason": "item_returned", "retry_of": null }, "approver": null }),
        )
        .await;
    assert_eq!(refused["code"], "approval_required");
    let settings = window
        .invoke(
            "set_access",
            serde_json::json!({ "role": "cashier",
        "permission": "refund_within_limit", "access": "allowed", "approver": null }),
        )
        .await;
    assert_eq!(settings["code"], "not_allowed");
    window.close().await;
}

#[tokio::test]
async fn r30_an_unknown_payment_is_settled_both_ways_with_evidence() {
    let home = Home::new();
    let window = staffed(&home).await;
    window.change_to(HUDA).await;
    for (amount, verdict, state) in [("50.03", "settle-paid", "paid"), ("60.03", "settle-not-paid", "declined")] {
        let id = window.charge("mispay", amount).await;
        window.wait_for_state("unknown").await;
        window.click("settle").await;
        window.find("settle-evidence").await;
        assert_eq!(window.attribute(verdict, "aria-disabled").await, "true", "nothing is decided without evidence");
        let evidence = "Panel, order list, 14:30: looked twice.";
        window.find("settle-evidence").await.send_keys(evidence).await.unwrap();
        window.click(verdict).await;
        window.find_css(&format!("[data-testid='state'][data-state='{state}']")).await;
        assert!(window.text("timeline").await.contains(evidence), "the story holds the evidence");
        window.click("nav-history").await;
        window.find_css(&format!("[data-testid='row-{id}'][data-state='{state}']")).await;
        window.click("nav-checkout").await;
        if window.is_there("new-sale").await {
            window.next_sale().await;
        }
    }
    window.close().await;
}

#[tokio::test]
async fn an_unknown_payment_resolves_itself_while_nobody_looks() {
    // A world in which MultiPay delivers missed messages after a new logon.
    let (far, home) = set_up(&["--world", "4"]).await;
    keep_secrets(&far).await;
    let window = Window::open(&home).await;
    let id = window.charge("multipay", "61.00").await;
    window.wait_for_state("waiting").await;
    window.close().await;
    // The customer pays while the till is off; at the next start it is not known at first, and nobody signs in.
    far.customer(&id, "approve").await;
    let window = Window::start(&home).await;
    window.find("operator-Huda").await;
    window.pause(4_000).await;
    window.sign_in(HUDA).await;
    window.click("nav-history").await;
    window.find_css(&format!("[data-testid='row-{id}'][data-state='paid']")).await;
    assert_eq!(far.captured(&id).await, 6_100);
    window.close().await;
}

#[tokio::test]
async fn r27_a_shift_is_closed_with_one_payment_that_is_not_known() {
    let home = Home::new();
    let window = staffed(&home).await;
    window.sold("mispay", "201.05").await;
    let unknown = window.charge("mispay", "50.03").await;
    window.wait_for_state("unknown").await;
    window.click("nav-shift").await;
    window.find(&format!("carried-{unknown}")).await;
    window.screenshot("shift-open").await;
    window.click("shift-close").await;
    window.approve_with(HUDA).await;
    window.click("close-confirm").await;
    window.find("shift-closed").await;
    window.find(&format!("carried-{unknown}")).await;
    assert!(window.text("report-table").await.contains("201.05"));
    window.click("report-json").await;
    if window.is_there("approver-Huda").await {
        window.approve_with(HUDA).await;
        window.click("save-report-confirm").await;
    }
    window.find("report-saved").await;
    let report = read_json(&only_file(&home, "json"));
    assert_eq!((report["number"].as_i64(), report["carried"].as_array().map(Vec::len)), (Some(1), Some(1)));
    assert_eq!(report["sums"][0]["paid"]["minor"], "20105");
    assert_eq!(report["anchor"]["hash"].as_str().map(str::len), Some(64));
    window.close().await;
}

#[tokio::test]
async fn an_export_is_opened_and_read_back() {
    let home = Home::new();
    let window = staffed(&home).await;
    window.change_to(HUDA).await;
    let first = window.sold("mispay", "201.05").await;
    let second = window.sold("multipay", "46.50").await;
    window.click("nav-history").await;
    window.find(&format!("row-{second}")).await;
    window.screenshot("history").await;
    window.click("export").await;
    window.click("export-format-csv").await;
    window.click("export-start").await;
    window.find("export-file").await;
    let bytes = std::fs::read(only_file(&home, "csv")).unwrap();
    assert!(bytes.starts_with(b"\xEF\xBB\xBF"), "a byte order mark, for spreadsheets");
    let mut reader = csv::Reader::from_reader(&bytes[3..]);
    let header = reader.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|title| title == name).unwrap();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let read: Vec<(&str, &str)> = rows.iter().map(|row| (&row[column("id")], &row[column("amount")])).collect();
    assert_eq!(read, [(second.as_str(), "46.50"), (first.as_str(), "201.05")]);
    window.close().await;
}

#[tokio::test]
async fn a_journal_that_was_edited_stops_new_payments_until_a_manager_accepts_it() {
    let home = Home::new();
    let window = staffed(&home).await;
    window.sold("mispay", "201.05").await;
    window.close().await;
    let ledger = home.data().join("checkstand/training/ledger.db");
    let sql = "DROP TRIGGER journal_stays; UPDATE journal SET at_ms = at_ms + 1 WHERE number = 4;";
    rusqlite::Connection::open(&ledger).unwrap().execute_batch(sql).unwrap();

    let window = Window::start(&home).await;
    window.sign_in(SARA).await;
    window.find("journal-broken").await;
    window.screenshot("journal-broken").await;
    window.click("nav-history").await;
    window.find_css("[data-testid^='row-'][data-state='paid']").await;

    window.change_to(HUDA).await;
    window.click("journal-look").await;
    window.click("accept-as-it-is").await;
    window.find("accept-reason").await.send_keys("The disk was repaired").await.unwrap();
    window.screenshot("journal-accept").await;
    let (_, process) = till_window().unwrap();
    // The driver cannot hear what becomes of a click that ends its session.
    window.run("setTimeout(() => document.querySelector(\"[data-testid='accept-confirm']\").click(), 400)").await;
    close_the_next(&home, "training", process).await;
    window.close().await;

    let window = Window::start(&home).await;
    window.sign_in(HUDA).await;
    window.sold("mispay", "30.00").await;
    window.click("nav-settings").await;
    window.click("section-journal").await;
    window.find("journal-accepted").await;
    window.close().await;
}

fn only_file(home: &Home, ending: &str) -> PathBuf {
    let folder = home.data().join("checkstand/training/exports");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|found| found == ending)).collect();
    assert_eq!(found.len(), 1, "{found:?}");
    found.remove(0)
}

fn read_json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[tokio::test]
async fn r52_old_payments_are_removed_and_the_till_starts_anew() {
    let home = Home::new();
    let ledger = home.data().join("checkstand/training");
    std::fs::create_dir_all(&ledger).unwrap();
    let identity = Identity { mode: Mode::Training, terminal: "till-1".to_owned() };
    let long_ago = Invention { payments: 400, days: Some(2), seed: 4, first_day_ms: 1_330_000_000_000 };
    fill(&ledger, &identity, long_ago, |_| ()).unwrap();
    let window = Window::open(&home).await;
    let young = window.sold("mispay", "12.00").await;
    window.click("nav-settings").await;
    window.click("section-journal").await;
    window.click("old-payments").await;
    window.find("old-counted").await;
    window.find("old-reason").await.send_keys("Ten years are enough").await.unwrap();
    window.screenshot("old-payments").await;
    let (_, process) = till_window().unwrap();
    window.click("old-confirm").await;
    close_the_next(&home, "training", process).await;
    window.close().await;
    let left = Reader::open(&ledger).unwrap().payments().unwrap().len();
    assert!((1..100).contains(&left), "{left} payments are left");
    let window = Window::open(&home).await;
    window.look_at(&young).await;
    window.click("nav-settings").await;
    window.click("section-activity").await;
    window.find_css("[data-what='payments_removed']").await;
    window.click("section-journal").await;
    window.find_css("[data-testid='journal-state'][data-state='sound']").await;
    window.close().await;
}
