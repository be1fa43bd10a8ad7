//! `checkstand-cli` as a technician runs it: a process of its own, its answers and its exit codes.

use checkstand_engine::ledger::fill::{Invention, fill};
use checkstand_engine::ledger::{Identity, Ledger, Reader, Row, hex};
use checkstand_engine::settings::Mode;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A till's folders, in training.
pub struct Till {
    pub folder: tempfile::TempDir,
}

impl Till {
    pub fn new() -> Till {
        Till { folder: tempfile::tempdir().unwrap() }
    }

    /// With a ledger of some hundred payments.
    pub fn filled() -> Till {
        let till = Till::new();
        let long_ago = Invention { payments: 300, days: Some(2), seed: 5, first_day_ms: 1_760_000_000_000 };
        fill(&till.ledger(), &identity(), long_ago, |_| ()).unwrap();
        till
    }

    pub fn ledger(&self) -> PathBuf {
        let folder = self.folder.path().join("data/checkstand/training");
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    pub fn settings(&self) -> PathBuf {
        self.folder.path().join("settings.toml")
    }

    /// These arguments, and this till's places.
    pub fn arguments(&self, arguments: &[&str]) -> Vec<String> {
        let data = self.folder.path().join("data").to_str().unwrap().to_owned();
        let places =
            ["--data-dir".to_owned(), data, "--config".to_owned(), self.settings().to_str().unwrap().to_owned()];
        arguments.iter().map(|argument| (*argument).to_owned()).chain(places).collect()
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_checkstand-cli"));
        command.args(self.arguments(arguments)).stdin(Stdio::null()).output().unwrap()
    }

    /// The JSON answer, and the exit code.
    pub fn ask(&self, command: &str) -> (Value, i32) {
        let output = self.run(&[command, "--json"]);
        let answer = serde_json::from_slice(&output.stdout);
        (answer.unwrap_or_else(|error| panic!("{error}: {output:?}")), output.status.code().unwrap())
    }

    /// Puts an anchor down: its line, and the line that a manager accepted; each a number and a hash.
    fn anchor(&self, line: (i64, String), accepted: (i64, String)) {
        let anchor = json!({
            "number": line.0, "hash": line.1, "checked_number": 0, "checked_hash": "00".repeat(32),
            "accepted_number": accepted.0, "accepted_hash": accepted.1, "at_ms": 0
        });
        std::fs::write(self.ledger().join("anchor.json"), anchor.to_string()).unwrap();
    }

    pub fn edit(&self, sql: &str) {
        let ledger = rusqlite::Connection::open(self.ledger().join("ledger.db")).unwrap();
        ledger.execute_batch(&format!("DROP TRIGGER IF EXISTS journal_stays; {sql}")).unwrap();
    }
}

pub fn identity() -> Identity {
    Identity { mode: Mode::Training, terminal: "till-1".to_owned() }
}

pub fn text(output: &[u8]) -> String {
    String::from_utf8_lossy(output).into_owned()
}

#[test]
fn status_tells_a_new_till_a_closed_one_and_an_open_one_apart() {
    let till = Till::new();
    let (status, code) = till.ask("status");
    assert_eq!(
        (code, &status["ledger"], &status["open"], &status["mode"]),
        (0, &Value::Null, &json!(false), &json!("training"))
    );
    let till = Till::filled();
    let (status, code) = till.ask("status");
    assert_eq!((code, &status["ledger"]["payments"], &status["open"]), (0, &json!(300), &json!(false)));
    assert!(status["ledger"]["entries"].as_i64().unwrap() > 600);
    assert!(status["free_bytes"].as_u64().unwrap() > 0);
    let (ledger, _) = Ledger::open(&till.ledger(), identity()).unwrap();
    assert_eq!(till.ask("status").0["open"], json!(true));
    assert_eq!(till.ask("verify").1, 0, "it works beside an open till");
    drop(ledger);
    assert_eq!(till.ask("status").0["open"], json!(false));
    let plain = text(&till.run(&["status"]).stdout);
    assert!(plain.contains("payments     300") && plain.contains("till         closed"), "{plain}");
}

#[test]
fn verify_finds_what_is_wrong_and_says_so_by_its_exit_code() {
    let till = Till::filled();
    let (verified, code) = till.ask("verify");
    assert_eq!((code, &verified["journal"], &verified["lists"]), (0, &json!("sound"), &json!("alike")));
    assert_eq!(verified["anchor"], json!("missing"), "no till has anchored it yet");
    assert_eq!(verified["through"], till.ask("status").0["ledger"]["entries"]);

    till.edit("UPDATE payments SET minor = 1 WHERE seq = (SELECT min(seq) FROM payments);");
    let (verified, code) = till.ask("verify");
    assert_eq!((code, &verified["journal"], &verified["lists"]), (0, &json!("sound"), &json!("differ")));

    till.edit("UPDATE journal SET operator = 'somebody else' WHERE number = 77;");
    let (verified, code) = till.ask("verify");
    assert_eq!((code, &verified["journal"], &verified["fault"]["number"]), (3, &json!("broken"), &json!(77)));
    assert_eq!(verified["through"], json!(76));
    let plain = till.run(&["verify"]);
    assert!(text(&plain.stdout).contains("entry        77: it was changed"), "{}", text(&plain.stdout));
}

#[test]
fn an_anchor_that_does_not_agree_is_a_broken_journal() {
    let till = Till::filled();
    till.anchor((9, "07".repeat(32)), (0, "00".repeat(32)));
    let (verified, code) = till.ask("verify");
    assert_eq!((code, &verified["anchor"], &verified["fault"]["number"]), (3, &json!("broken"), &json!(9)));
}

#[test]
fn what_is_asked_wrongly_is_said_and_nothing_is_made() {
    let till = Till::new();
    let nothing = till.run(&["verify"]);
    assert_eq!(nothing.status.code(), Some(1));
    assert!(text(&nothing.stderr).contains("(storage_failed)"), "{}", text(&nothing.stderr));
    assert!(!till.ledger().join("ledger.db").exists() && !till.ledger().join("ledger.lock").exists());
    for arguments in [&["status", "--mode", "gold"][..], &["status", "--colour"], &["stauts"]] {
        let refused = till.run(arguments);
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        assert!(text(&refused.stdout).is_empty(), "problems are no answers");
    }
    std::fs::write(till.settings(), "mode = \"training\"\nterminall = \"till-1\"\n").unwrap();
    let (broken, code) = till.ask("status");
    assert_eq!((code, &broken["problem"]["code"]), (1, &json!("settings_invalid")));
    assert!(broken["problem"]["fields"]["detail"].as_str().unwrap().contains("terminall"), "{broken}");
    assert!(Path::new(&till.settings()).exists());
}

/// A check's finding, of a doctor's answer.
fn finding<'a>(answer: &'a Value, check: &str) -> &'a Value {
    let findings = answer["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{check} is not in {answer}"))
}

#[test]
fn doctor_finds_nothing_wrong_with_a_new_till_and_with_a_filled_one() {
    for till in [Till::new(), Till::filled()] {
        let (answer, code) = till.ask("doctor");
        assert_eq!((code, &finding(&answer, "settings")["state"]), (0, &json!("well")), "{answer}");
        for check in ["disk", "zone", "ledger"] {
            assert_eq!(finding(&answer, check)["state"], json!("well"), "{answer}");
        }
    }
}

#[test]
fn doctor_names_each_broken_thing_with_its_next_step() {
    let till = Till::filled();
    std::fs::write(till.settings(), "mode = \"training\"\nterminal = 7\n").unwrap();
    till.edit("UPDATE journal SET operator = 'somebody else' WHERE number = 77;");
    let (answer, code) = till.ask("doctor");
    assert_eq!(code, 3, "the journal is the worst of it");
    for (check, code) in [("settings", "settings_invalid"), ("journal", "chain_broken"), ("anchor", "anchor_missing")] {
        let found = finding(&answer, check);
        assert_eq!(found["code"], json!(code), "{answer}");
        assert!(!found["todo"].as_str().unwrap().is_empty(), "{found}");
    }
    assert!(finding(&answer, "journal")["what"].as_str().unwrap().starts_with("entry 77"), "{answer}");

    let till = Till::new();
    std::fs::write(till.ledger().join("ledger.db"), "this is no database, but a longer text").unwrap();
    let (answer, code) = till.ask("doctor");
    assert_eq!((code, &finding(&answer, "ledger")["state"]), (1, &json!("failed")), "{answer}");

    let till = Till::new();
    let future = Invention { payments: 10, days: Some(1), seed: 5, first_day_ms: 4_100_000_000_000 };
    fill(&till.ledger(), &identity(), future, |_| ()).unwrap();
    let (answer, code) = till.ask("doctor");
    assert_eq!((code, &finding(&answer, "clock")["code"]), (0, &json!("clock_behind")), "{answer}");
}

#[cfg(target_os = "linux")]
#[test]
fn doctor_says_that_there_is_no_keychain_without_waiting_for_one() {
    let till = Till::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_checkstand-cli"));
    command.args(["doctor", "--json", "--mode", "test", "--data-dir"]).arg(till.folder.path());
    command.arg("--config").arg(till.settings());
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    let output = command.output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keychain = finding(&answer, "keychain");
    assert_eq!((output.status.code(), &keychain["state"]), (Some(1), &json!("failed")), "{answer}");
    assert_eq!(keychain["code"], json!("keychain_missing"), "{answer}");
}

#[test]
fn what_a_manager_accepted_is_not_found_again_and_hides_nothing_behind_it() {
    let till = Till::filled();
    let rows = Reader::open(&till.ledger()).unwrap().rows().unwrap();
    let place = |row: &Row| (row.number, hex(&row.hash));
    till.anchor(place(rows.last().unwrap()), place(&rows[499]));
    till.edit("UPDATE journal SET operator = 'somebody else' WHERE number = 77;");
    assert_eq!((till.ask("doctor").1, till.ask("verify").1), (0, 0));
    assert_eq!(till.ask("verify").0["from"], json!(500));
    till.edit("UPDATE journal SET operator = 'somebody else' WHERE number = 600;");
    let (answer, code) = till.ask("doctor");
    assert_eq!(code, 3, "{answer}");
    assert!(finding(&answer, "journal")["what"].as_str().unwrap().starts_with("entry 600"), "{answer}");
    assert_eq!(till.ask("verify").0["fault"]["number"], json!(600));
}
