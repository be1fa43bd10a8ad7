//! `checkstand-cli` and people: who is asked for a PIN, what they may do, and that nobody sees what they type. In training,
//! where the far end is in the same process and its customers act by themselves.

use crate::cli::{Till, text};
use crate::cli_terminal::{Ended, Terminal};
use checkstand_core::ask::{Deed, Wish};
use checkstand_core::people::Role;
use checkstand_core::secret::Secret;
use checkstand_engine::ledger::{Ledger, Reader};
use checkstand_engine::opening;
use checkstand_engine::settings::Settings;
use checkstand_engine::settings::paths::Paths;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::{Command, Stdio};

const HUDA: &str = "258013";
const SARA: &str = "139742";
const WRONG: &str = "853319";
/// No payment has it.
const NOBODYS: &str = "0199f7a2-0000-7000-8000-000000000000";

impl Till {
    fn paths(&self) -> Paths {
        Paths::find(Some(self.folder.path().join("data")), Some(self.settings())).unwrap()
    }

    fn at_terminal(&self, arguments: &[&str], stdin: Option<&str>) -> Terminal {
        Terminal::start(&self.arguments(arguments), stdin)
    }

    /// Runs a command as this operator.
    fn as_operator(&self, name: &str, pin: &str, arguments: &[&str]) -> Ended {
        let mut terminal = self.at_terminal(&[arguments, &["--operator", name, "--json"]].concat(), Some(""));
        terminal.answer(&format!("PIN of {name}: "), pin);
        terminal.end()
    }

    /// Runs a command without a PIN, in training; its answer and its exit code.
    fn practise(&self, arguments: &[&str]) -> (Value, i32) {
        let output = self.run(&[arguments, &["--practise", "--json"]].concat());
        let answer = serde_json::from_slice(&output.stdout);
        (answer.unwrap_or_else(|error| panic!("{error}: {output:?}")), output.status.code().unwrap())
    }

    /// Who did what, by the journal.
    fn journal(&self, what: &str) -> Vec<String> {
        let rows = Reader::open(&self.ledger()).unwrap().rows().unwrap();
        rows.into_iter().filter(|row| row.what == what).map(|row| row.operator).collect()
    }
}

/// A home whose platform folders are this till's, and whose session has no keychain.
struct Home(PathBuf);

impl Home {
    fn of(till: &Till) -> Home {
        Home(till.folder.path().to_owned())
    }

    fn variables(&self) -> [(&'static str, PathBuf); 3] {
        [
            ("XDG_DATA_HOME", self.0.join("data")),
            ("XDG_CONFIG_HOME", self.0.join("config")),
            ("DBUS_SESSION_BUS_ADDRESS", PathBuf::from("unix:path=/nowhere/bus")),
        ]
    }

    fn settings(&self) -> PathBuf {
        self.0.join("config/checkstand/settings.toml")
    }

    /// The JSON answer, and the exit code.
    fn run(&self, arguments: &[&str]) -> (Value, i32) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_checkstand-cli"));
        let output = command.args(arguments).envs(self.variables()).stdin(Stdio::null()).output().unwrap();
        let answer = serde_json::from_slice(&output.stdout);
        (answer.unwrap_or_else(|error| panic!("{error}: {output:?}")), output.status.code().unwrap())
    }
}

/// A till with a manager and a cashier.
async fn staffed() -> Till {
    let till = Till::new();
    let open = opening::open(&till.paths(), Settings::default()).await.unwrap();
    let wish = async |wish| open.handle.wish(wish).await.unwrap();
    wish(Wish::FirstManager { name: "Huda".to_owned(), pin: Secret::text(HUDA) }).await;
    let add = Deed::AddOperator { name: "Sara".to_owned(), role: Role::Cashier, pin: Secret::text(SARA) };
    wish(Wish::Do { deed: add, approver: None }).await;
    open.office.close().await;
    till
}

fn code_of(answer: &Value) -> &str {
    answer["problem"]["code"].as_str().unwrap_or_else(|| panic!("no problem: {answer}"))
}

#[test]
fn the_first_manager_begins_a_ledger_and_nobody_else_does() {
    let till = Till::new();
    let refused = till.run(&["shift", "open", "--operator", "Huda", "--json"]);
    assert_eq!(code_of(&serde_json::from_slice(&refused.stdout).unwrap()), "first_manager_missing");
    let begin = |second: &str| {
        let mut terminal = till.at_terminal(&["first-manager", "Huda", "--json"], None);
        terminal.answer("New PIN of Huda: ", HUDA);
        terminal.answer("The same again: ", second);
        terminal.end()
    };
    assert_eq!(begin(WRONG).problem(), "pins_differ");
    let begun = begin(HUDA);
    assert_eq!((begun.code, begun.json()["manager"].as_str()), (0, Some("Huda")), "{begun:?}");
    let again = till.run(&["first-manager", "Omar", "--json"]);
    assert_eq!(
        (code_of(&serde_json::from_slice(&again.stdout).unwrap()), again.status.code()),
        ("not_allowed", Some(1))
    );
    let opened = till.as_operator("Huda", HUDA, &["shift", "open"]);
    assert_eq!((opened.code, opened.json()["shift"].as_i64()), (0, Some(1)), "{opened:?}");
    assert_eq!(till.journal("shift_opened"), ["Huda"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_pin_is_counted_and_no_pin_is_shown() {
    let till = staffed().await;
    let refused = till.as_operator("Sara", WRONG, &["shift", "open"]);
    assert_eq!((refused.code, refused.problem().as_str()), (1, "pin_wrong"));
    assert_eq!(refused.json()["problem"]["fields"]["left"], json!("4"), "{refused:?}");
    let refused_again = till.as_operator("Sara", WRONG, &["shift", "open"]);
    assert_eq!(refused_again.json()["problem"]["fields"]["left"], json!("3"), "it is counted from one run to the next");
    assert_eq!(till.journal("pin_tried").len(), 2);
    assert_eq!(till.journal("shift_opened"), [""; 0]);
    let opened = till.as_operator("Sara", SARA, &["shift", "open"]);
    assert_eq!(opened.code, 0, "{opened:?}");
    for (ended, pin) in [(&refused, WRONG), (&opened, SARA)] {
        assert!(ended.shown.contains("PIN of Sara: "), "{ended:?}");
        assert!(!ended.everything().contains(pin), "{ended:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_ends_a_prompt_has_called_it_off_and_keeps_the_terminal() {
    let till = staffed().await;
    for how in ["\u{3}", "\u{4}", "a signal from elsewhere"] {
        let mut terminal = till.at_terminal(&["shift", "open", "--operator", "Sara", "--json"], Some(""));
        terminal.wait_until_asked("PIN of Sara: ");
        if how.len() == 1 {
            terminal.press(how);
        } else {
            let sent = Command::new("kill").args(["-INT", &terminal.pid()]).status().unwrap();
            assert!(sent.success(), "{sent:?}");
        }
        let ended = terminal.end();
        assert_eq!((ended.code, ended.problem().as_str()), (130, "called_off"), "{how:?}: {ended:?}");
        assert!(ended.left_terminal_as_it_was(), "{how:?}: {ended:?}");
    }
    assert_eq!(till.journal("pin_tried"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn too_many_wrong_pins_are_waited_out_before_the_next_is_asked_for() {
    let till = staffed().await;
    let mut last = None;
    for _ in 0..5 {
        last = Some(till.as_operator("Sara", WRONG, &["shift", "open"]));
    }
    let last = last.unwrap();
    assert_eq!((last.code, last.problem().as_str()), (1, "pin_locked"), "{last:?}");
    assert_eq!(last.json()["problem"]["fields"], json!({ "name": "Sara" }), "no time is promised: a start begins anew");
    let mut waiting = till.at_terminal(&["shift", "open", "--operator", "Sara", "--json"], Some(""));
    waiting.wait_for_progress("Sara waits 60 s, then the PIN is asked for");
    waiting.press("\u{3}");
    let waiting = waiting.end();
    assert_eq!((waiting.code, waiting.problem().as_str()), (130, "called_off"), "{waiting:?}");
    assert!(!waiting.shown.contains("PIN of Sara"), "{waiting:?}");
    assert_eq!(till.journal("pin_tried").len(), 5, "waiting is no try");
    assert_eq!(till.as_operator("Huda", HUDA, &["shift", "open"]).code, 0, "nobody else waits");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_named_brings_nobody_round_the_people_of_this_till() {
    let till = staffed().await;
    let home = Home::of(&till);
    let elsewhere = till.folder.path().join("elsewhere").display().to_string();
    let set = ["settings", "set", "store", "Corner", "--data-dir", &elsewhere, "--json"];
    let refused = home.run(&set);
    assert_eq!((code_of(&refused.0), refused.1), ("operator_missing", 2), "{refused:?}");
    assert!(!home.settings().exists());
    let arguments: Vec<String> = set.iter().chain(&["--operator", "Huda"]).map(|word| (*word).to_owned()).collect();
    let mut as_huda = Terminal::start_with(&arguments, Some(""), &home.variables());
    as_huda.answer("PIN of Huda: ", HUDA);
    assert_eq!(as_huda.end().code, 0);
    assert!(home.settings().exists());
    assert_eq!(till.journal("settings_changed"), ["Huda"], "the journal of the till whose settings these are");

    let empty = Till::new();
    let nobody = Home::of(&empty);
    let refused = nobody.run(&set);
    assert_eq!((code_of(&refused.0), refused.1), ("first_manager_missing", 1), "{refused:?}");
    assert!(!nobody.settings().exists());
}

#[test]
fn a_folder_that_is_named_brings_nobody_to_the_secrets_of_this_till() {
    let till = Till::new();
    let home = Home::of(&till);
    std::fs::create_dir_all(home.settings().parent().unwrap()).unwrap();
    // Nobody listens there.
    std::fs::write(home.settings(), "mode = \"test\"\n[mispay]\nbase_url = \"http://127.0.0.1:9/v1\"\n").unwrap();
    let mut begun = Terminal::start_with(&["first-manager", "Huda"].map(str::to_owned), Some(""), &home.variables());
    begun.answer("New PIN of Huda: ", HUDA);
    begun.answer("The same again: ", HUDA);
    let begun = begun.end();
    assert_eq!(begun.code, 0, "{begun:?}");
    let elsewhere = till.folder.path().join("elsewhere");
    let settings = till.settings();
    std::fs::write(&settings, "mode = \"test\"\n").unwrap();
    for place in [
        &["--data-dir", elsewhere.to_str().unwrap()][..],
        &["--data-dir", elsewhere.to_str().unwrap(), "--config", settings.to_str().unwrap()],
    ] {
        for deed in ["set", "forget"] {
            let refused = home.run(&[&["secret", deed, "mispay_app_secret", "--json"], place].concat());
            assert_eq!((code_of(&refused.0), refused.1), ("operator_missing", 2), "{place:?}: {refused:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cashiers_refund_waits_for_a_managers_pin() {
    let till = staffed().await;
    let (sold, code) = till.practise(&["sell", "--provider", "multipay", "--amount", "20"]);
    assert_eq!((code, &sold["state"]), (0, &json!("paid")), "{sold}");
    let refund = ["refund", sold["payment"].as_str().unwrap(), "--reason", "goods came back"];
    let refused = till.as_operator("Sara", SARA, &refund);
    assert_eq!((refused.code, refused.problem().as_str()), (1, "approval_required"));
    assert_eq!(refused.json()["problem"]["fields"]["money"], json!("no"), "{refused:?}");
    let approved = |pin: &str| {
        let arguments = [&refund[..], &["--operator", "Sara", "--approver", "Huda", "--json"]].concat();
        let mut terminal = till.at_terminal(&arguments, Some(""));
        terminal.answer("PIN of Sara: ", SARA);
        terminal.answer("PIN of Huda: ", pin);
        terminal.end()
    };
    assert_eq!(approved(WRONG).problem(), "pin_wrong");
    assert_eq!(till.journal("approved"), [""; 0]);
    let sent = approved(HUDA);
    // Another run's far end does not know the sale: what counts here is that the refund was opened, and by whom.
    assert_eq!(sent.json()["kind"], json!("refund"), "{sent:?}");
    assert_eq!(till.journal("approved"), ["Sara"]);
    assert!(!sent.everything().contains(HUDA) && !sent.everything().contains(SARA));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_cashier_may_not_do_is_refused_in_the_core() {
    let till = staffed().await;
    for (arguments, code) in [
        (&["backup"][..], "not_allowed"),
        (&["restore", "any.db", "--reason", "none"], "not_allowed"),
        (&["settings", "set", "store", "Corner"], "not_allowed"),
        (&["export", "--format", "csv", "--out", "nowhere.csv"], "approval_required"),
        (&["shift", "close"], "approval_required"),
    ] {
        let refused = till.as_operator("Sara", SARA, arguments);
        assert_eq!((refused.code, refused.problem().as_str()), (1, code), "{arguments:?}");
    }
    assert!(!till.settings().exists());
    let nobody = till.run(&["settings", "set", "store", "Corner", "--json"]);
    assert_eq!(code_of(&serde_json::from_slice(&nobody.stdout).unwrap()), "operator_missing");
    let set = till.as_operator("Huda", HUDA, &["settings", "set", "store", "Corner"]);
    assert_eq!((set.code, &set.json()["saved"]), (0, &json!(true)), "{set:?}");
    assert_eq!(till.journal("settings_changed"), ["Huda"]);
}

#[test]
fn beside_an_open_till_money_waits_and_reading_goes_on() {
    let till = Till::filled();
    let (ledger, _) = Ledger::open(&till.ledger(), crate::cli::identity()).unwrap();
    for arguments in [
        &["sell", "--provider", "multipay", "--amount", "5"][..],
        &["refund", NOBODYS, "--reason", "none"],
        &["cancel", NOBODYS],
        &["check", NOBODYS],
        &["settle", NOBODYS, "--paid", "--evidence", "none"],
        &["backup"],
        &["restore", "any.db", "--reason", "none"],
        &["export", "--format", "csv", "--out", "nowhere.csv"],
        &["shift", "close"],
        &["settings", "set", "store", "Corner"],
    ] {
        let (refused, code) = till.practise(arguments);
        assert_eq!((code, code_of(&refused)), (1, "ledger_in_use"), "{arguments:?}");
    }
    let plain = till.run(&["backup", "--practise"]);
    assert!(text(&plain.stderr).contains("close it first (ledger_in_use)"), "{}", text(&plain.stderr));
    assert!(!till.settings().exists());
    let (page, code) = till.ask("history");
    assert_eq!((code, page["payments"].as_array().unwrap().len(), &page["more"]), (0, 50, &json!(true)));
    let first = page["payments"][0]["id"].as_str().unwrap().to_owned();
    let output = till.run(&["payment", &first, "--json"]);
    let one: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&one["payment"]["id"], &one["timeline"][0]["what"]), (&json!(first), &json!("opened")));
    assert_eq!(till.run(&["history", "--limit", "3", "--state", "paid"]).status.code(), Some(0));
    assert_eq!(till.run(&["report", "1"]).status.code(), Some(0));
    drop(ledger);
}
