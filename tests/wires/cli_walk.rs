//! From a parcel with credentials to a paid sale through `checkstand-cli` alone: provider-simulator in test mode, secrets in a
//! real gnome-keyring, PINs at a real terminal.

use crate::cli_terminal::Terminal;
use crate::session::in_session;
use crate::shop::CODE;
use crate::technician::{PIN, SECRETS, Technician, as_json};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

const WRONG: &str = "853319";
/// The app shows another code for each purchase.
const CODE_AFTER_IT: &str = "648203917";

#[test]
fn an_empty_profile_becomes_a_till_that_sells_and_refunds_with_each_provider() {
    in_session("cli_walk::inner_from_a_parcel_to_a_paid_sale");
}

#[test]
fn a_lost_answer_is_not_known_until_a_manager_settles_it() {
    in_session("cli_walk::inner_a_lost_answer");
}

#[test]
fn a_late_answer_is_waited_for_and_the_sale_goes_on() {
    in_session("cli_walk::inner_a_late_answer");
}

#[test]
fn whoever_stops_watching_leaves_no_answer_behind() {
    in_session("cli_walk::inner_leaving_before_the_answer");
}

#[test]
fn what_was_paid_otherwise_than_asked_is_not_handed_over() {
    in_session("cli_walk::inner_another_amount");
}

#[test]
fn the_secrets_of_a_mode_go_to_no_host_of_another() {
    in_session("cli_walk::inner_another_mode");
}

/// A folder with a print service that writes down what it is started with.
fn print_service(folder: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let (program, written) = (folder.join("lpstat"), folder.join("seen"));
    let script = format!("#!/bin/sh\n{{ env; echo \"$0 $*\"; }} >'{}'\necho A-printer\n", written.display());
    std::fs::write(&program, script).unwrap();
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o700)).unwrap();
    written
}

fn assert_nothing_secret(text: &str, place: &str) {
    let values = SECRETS.iter().map(|(_, value)| *value);
    for needle in values.chain([PIN, WRONG, CODE, CODE_AFTER_IT]) {
        assert!(!text.contains(needle), "{needle} is in {place}");
    }
}

/// The same, and no token: a JWT begins with the base64 of {", a bearer header names itself.
fn assert_no_token(text: &str, place: &str) {
    assert_nothing_secret(text, place);
    assert!(!text.contains("Bearer ") && !text.contains("eyJ"), "a token is in {place}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_from_a_parcel_to_a_paid_sale() {
    let mut technician = Technician::new();
    technician.set_up();
    let folder = tempfile::tempdir().unwrap();
    let seen_by_child = print_service(folder.path());
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    let doctor = Terminal::start_with(&as_json(&["doctor"]), Some(""), &[("PATH", path.into())]);
    let doctor = technician.end(doctor);
    assert_ne!(doctor.json()["state"], json!("failed"), "{doctor:?}");
    assert_no_token(&std::fs::read_to_string(seen_by_child).unwrap(), "what a child is started with");
    for (provider, [code, another], money) in [("mispay", [CODE, CODE_AFTER_IT], "SAR"), ("multipay", ["", ""], "NOK")]
    {
        let mut terminal = technician.as_huda(&["sell", "--provider", provider, "--amount", "201.05"], code);
        let id = terminal.payment();
        terminal.wait_for_progress("waiting");
        assert_nothing_secret(&terminal.arguments(), "the arguments");
        technician.far.customer(&id, "approve").await;
        let sold = technician.end(terminal);
        let answer = sold.json();
        assert_eq!(
            (sold.code, &answer["state"], &answer["money_moved"]),
            (0, &json!("paid"), &json!("yes")),
            "{sold:?}"
        );
        assert_eq!((&answer["mode"], &answer["currency"]), (&json!("test"), &json!(money)));
        assert_eq!((technician.far.captured(&id).await, technician.far.money_requests(&id).await), (20_105, 1));

        let mut declined = technician.as_huda(&["sell", "--provider", provider, "--amount", "30"], another);
        let other = declined.payment();
        declined.wait_for_progress("waiting");
        technician.far.customer(&other, "cancel").await;
        assert_eq!(technician.end(declined).code, 4);

        let refund = technician.as_huda(&["refund", &id, "--reason", "goods came back"], "");
        let refunded = technician.end(refund);
        assert_eq!((refunded.code, &refunded.json()["kind"]), (0, &json!("refund")), "{refunded:?}");
        let books = technician.far.get("/books").await;
        let capture = books["captures"].as_array().unwrap().iter().find(|row| row["id"] == json!(id)).unwrap();
        assert_eq!(capture["net_minor"], json!(0), "{capture}");
    }
    let history = technician.run(&["history"], "");
    assert_eq!(history["payments"].as_array().unwrap().len(), 6, "{history}");
    let report = technician.run(&["report"], "");
    let sums: Vec<(&Value, &Value)> =
        report["rows"].as_array().unwrap().iter().map(|row| (&row["paid"], &row["refunded"])).collect();
    assert_eq!(sums, [(&json!("201.05"), &json!("201.05")), (&json!("201.05"), &json!("201.05"))], "{report}");
    let verified = technician.run(&["verify"], "");
    assert_eq!((&verified["journal"], &verified["anchor"]), (&json!("sound"), &json!("agrees")), "{verified}");

    let arguments = ["sell", "--provider", "multipay", "--amount", "5", "--operator", "Huda"];
    let mut wrong = technician.start(&arguments, "");
    wrong.answer("PIN of Huda: ", WRONG);
    assert_eq!(technician.end(wrong).problem(), "pin_wrong");
    let forget = technician.as_huda(&["secret", "forget", "mispay_app_secret"], "");
    assert_eq!(technician.end(forget).code, 0);
    let without = technician.as_huda(&["sell", "--provider", "mispay", "--amount", "5"], CODE);
    let without = technician.end(without).json();
    assert_eq!(without["problem"]["fields"]["missing"], json!("mispay_app_secret"), "{without}");

    assert_no_token(&technician.seen, "what was shown");
    let home = PathBuf::from(std::env::var_os("XDG_DATA_HOME").unwrap());
    let ours = files(&home.join("checkstand"));
    assert!(ours.iter().any(|path| path.ends_with("test/ledger.db")), "{ours:?}");
    assert!(ours.iter().any(|path| path.ends_with("settings.toml")), "{ours:?}");
    for path in ours {
        let bytes = std::fs::read(&path).unwrap();
        assert_no_token(&String::from_utf8_lossy(&bytes), &path.display().to_string());
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_a_lost_answer() {
    let mut technician = Technician::new();
    technician.set_up();
    technician.far.plant("close-after", json!({ "on": "purchase" })).await;
    let mut terminal = technician.as_huda(&["sell", "--provider", "mispay", "--amount", "201.05"], CODE);
    let id = terminal.payment();
    let sold = technician.end(terminal);
    let answer = sold.json();
    assert_eq!((sold.code, &answer["state"], &answer["money_moved"]), (5, &json!("unknown"), &json!("not_known")));
    assert_eq!((&answer["reason"], &answer["left_open"]), (&json!("answer_lost"), &json!(false)), "{answer}");
    assert!(answer["next"].as_str().unwrap().contains("do not charge again"), "{answer}");
    assert_eq!(technician.far.money_requests(&id).await, 1);
    let checked = technician.as_huda(&["check", &id, "--wait-s", "2"], "");
    assert_eq!(technician.end(checked).code, 5, "asking changes nothing where nobody knows");

    let arguments = ["settle", &id, "--paid", "--evidence", "in the merchant panel", "--reference", "88171"];
    let settled = technician.as_huda(&arguments, "");
    let settled = technician.end(settled);
    let answer = settled.json();
    assert_eq!(
        (settled.code, &answer["state"], &answer["flags"]),
        (0, &json!("paid"), &json!(["by_hand"])),
        "{settled:?}"
    );
    assert_eq!(technician.far.money_requests(&id).await, 1, "it was never sent again");
    let story = technician.run(&["payment", &id], "");
    let last = story["timeline"].as_array().unwrap().iter().find(|line| line["what"] == json!("settled")).unwrap();
    assert_eq!((&last["operator"], &last["state"]), (&json!("Huda"), &json!("paid")), "{story}");
    assert_no_token(&technician.seen, "what was shown");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_a_late_answer() {
    let mut technician = Technician::new();
    technician.set_up();
    // Later than the doubt, which begins after 45 s.
    technician.far.plant("hold", json!({ "on": "purchase", "ms": 47_000 })).await;
    let mut terminal = technician.as_huda(&["sell", "--provider", "mispay", "--amount", "201.05"], CODE);
    let id = terminal.payment();
    terminal.wait_for_progress("the outcome is not known yet; MIS Pay may still answer");
    terminal.wait_for_progress("waiting");
    technician.far.customer(&id, "approve").await;
    let sold = technician.end(terminal);
    assert_eq!((sold.code, &sold.json()["state"]), (0, &json!("paid")), "{sold:?}");
    assert_eq!((technician.far.captured(&id).await, technician.far.money_requests(&id).await), (20_105, 1));
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_leaving_before_the_answer() {
    let mut technician = Technician::new();
    technician.set_up();
    let sell = ["sell", "--provider", "mispay", "--amount", "201.05", "--reference"];
    let in_no_time = ["by-time", "--wait-s", "1"];
    for (code, more) in [(CODE, &["by-key"][..]), (CODE_AFTER_IT, &in_no_time)] {
        technician.far.plant("hold", json!({ "on": "purchase", "ms": 5_000 })).await;
        let mut terminal = technician.as_huda(&[&sell[..], more].concat(), code);
        let id = terminal.payment();
        terminal.wait_for_progress("sent");
        if more.len() == 1 {
            terminal.press("\u{3}");
        }
        terminal.wait_for_progress("nothing is stopped. MIS Pay has not answered yet");
        let left = technician.end(terminal);
        let answer = left.json();
        assert_eq!(
            (left.code, &answer["state"], &answer["left_open"]),
            (5, &json!("waiting"), &json!(true)),
            "{left:?}"
        );
        technician.far.customer(&id, "approve").await;
        let checked = technician.as_huda(&["check", &id], "");
        let checked = technician.end(checked);
        assert_eq!((checked.code, &checked.json()["state"]), (0, &json!("paid")), "its number was kept: {checked:?}");
    }
    technician.far.plant("hold", json!({ "on": "purchase", "ms": 60_000 })).await;
    let mut terminal = technician.as_huda(&[&sell[..], &["by-two-keys"]].concat(), "517204386");
    terminal.wait_for_progress("sent");
    terminal.press("\u{3}");
    terminal.wait_for_progress("Ctrl-C ends it at once");
    terminal.press("\u{3}");
    let left = technician.end(terminal);
    assert_eq!((left.code, &left.json()["state"]), (5, &json!("sent")), "{left:?}");
    assert!(left.stderr.contains("ended before MIS Pay's answer"), "{left:?}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_another_amount() {
    let mut technician = Technician::new();
    technician.set_up();
    let mut terminal = technician.as_huda(&["sell", "--provider", "mispay", "--amount", "201.05"], CODE);
    let id = terminal.payment();
    terminal.wait_for_progress("waiting");
    let details = json!({ "status": "success", "result": {
        "merchantId": "m", "orderId": id, "purchaseAmount": 20.1, "purchaseCurrency": "SAR", "purchaseDate": "2026-01-01"
    } });
    technician.far.plant("answer", json!({ "on": "details", "status": 200, "body": details.to_string() })).await;
    technician.far.customer(&id, "approve").await;
    let sold = technician.end(terminal);
    let answer = sold.json();
    assert_eq!((&answer["state"], &answer["flags"]), (&json!("paid"), &json!(["mismatch"])), "{sold:?}");
    assert_eq!((sold.code, &answer["money_moved"]), (5, &json!("yes")), "{sold:?}");
    assert!(answer["next"].as_str().unwrap().starts_with("check before handing over"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_another_mode() {
    let mut technician = Technician::new();
    technician.set_up();
    let before = technician.far.get("/books").await["requests"].clone();
    for (name, value) in SECRETS {
        technician.run(&["secret", "set", name, "--mode", "live"], value);
    }
    let mut terminal = technician.start(&["first-manager", "Huda", "--mode", "live"], "");
    terminal.answer("New PIN of Huda: ", PIN);
    terminal.answer("The same again: ", PIN);
    assert_eq!(technician.end(terminal).code, 0);
    let opened = technician.as_huda(&["shift", "open", "--mode", "live"], "");
    let opened = technician.end(opened);
    assert_eq!(opened.code, 0, "{opened:?}");
    assert_eq!(technician.far.get("/books").await["requests"], before, "live credentials have reached a test host");
}
