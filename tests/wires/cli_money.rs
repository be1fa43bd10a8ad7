//! What `checkstand-cli` says about money, and by which exit code. In training: its customers act by the amount's last digits.

use crate::cli::{Till, text};
use crate::cli_terminal::Terminal;
use checkstand_engine::ledger::Reader;
use serde_json::{Value, json};
use std::path::Path;

fn ended(till: &Till, arguments: &[&str]) -> (Value, i32) {
    let output = till.run(&[arguments, &["--json"]].concat());
    let answer = serde_json::from_slice(&output.stdout);
    (answer.unwrap_or_else(|error| panic!("{error}: {output:?}")), output.status.code().unwrap())
}

const SELL: [&str; 5] = ["sell", "--practise", "--provider", "multipay", "--amount"];

fn sell(till: &Till, amount: &str, more: &[&str]) -> (Value, i32) {
    ended(till, &[&SELL[..], &[amount], more].concat())
}

#[test]
fn each_outcome_has_its_words_and_its_exit_code() {
    let till = Till::new();
    let (paid, code) = sell(&till, "20", &["--reference", "A-17"]);
    assert_eq!((code, &paid["state"], &paid["money_moved"]), (0, &json!("paid"), &json!("yes")), "{paid}");
    assert_eq!(
        (&paid["amount"], &paid["currency"], &paid["reference"]),
        (&json!("20.00"), &json!("NOK"), &json!("A-17"))
    );
    let (declined, code) = sell(&till, "20.01", &[]);
    assert_eq!(
        (code, &declined["state"], &declined["money_moved"]),
        (4, &json!("declined"), &json!("no")),
        "{declined}"
    );
    let (silent, code) = sell(&till, "20.03", &["--wait-s", "5"]);
    assert_eq!(
        (code, &silent["money_moved"], &silent["left_open"]),
        (5, &json!("not_known"), &json!(true)),
        "{silent}"
    );
    let (again, code) = sell(&till, "30", &["--reference", "A-17"]);
    assert_eq!((code, &again["problem"]["code"]), (1, &json!("sale_paid")), "{again}");
    assert_eq!(again["problem"]["fields"]["money"], json!("no"));

    let (page, _) = ended(&till, &["history", "--state", "declined"]);
    assert_eq!(page["payments"].as_array().unwrap().len(), 1, "{page}");
    let (report, code) = ended(&till, &["report"]);
    assert_eq!((code, &report["closed"], &report["net"][0]["net"]), (0, &Value::Null, &json!("20.00")), "{report}");
    assert_eq!(report["unsettled"][0]["payment"], silent["payment"], "{report}");
    let plain = till.run(&["report"]);
    assert!(text(&plain.stdout).contains("interim: the shift is open"), "{}", text(&plain.stdout));
    let (closed, code) = ended(&till, &["shift", "close", "--practise"]);
    assert_eq!((code, &closed["shift"], &closed["closed"]["by"]), (0, &json!(1), &json!("trainee")), "{closed}");
    let (none, code) = ended(&till, &["report"]);
    assert_eq!((code, &none["problem"]["code"]), (1, &json!("shift_not_open")));
}

#[test]
fn the_plain_answer_says_whether_money_was_taken() {
    let till = Till::new();
    for (amount, money, code) in
        [("20", "money        YES, the customer was charged", 0), ("20.01", "money        NO, the customer was not", 4)]
    {
        let output = till.run(&[&SELL[..], &[amount]].concat());
        assert_eq!(output.status.code(), Some(code));
        let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
        assert!(stdout.contains(money) && stdout.contains("mode         training"), "{stdout}");
        assert!(
            stderr.contains("the customer") || stderr.contains("being asked"),
            "its progress is elsewhere: {stderr}"
        );
        assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "no colours");
    }
}

#[test]
fn who_stops_watching_stops_no_payment() {
    let till = Till::new();
    let arguments = till.arguments(&[&SELL[..], &["20.03", "--json"]].concat());
    let mut terminal = Terminal::start(&arguments, None);
    let id = terminal.payment();
    terminal.wait_for_progress("sent");
    terminal.press("\u{3}");
    let ended = terminal.end();
    assert_eq!((ended.code, &ended.json()["left_open"]), (5, &json!(true)), "{ended:?}");
    assert!(ended.json()["next"].as_str().unwrap().contains("nothing was stopped"), "{ended:?}");
    let rows = Reader::open(&till.ledger()).unwrap().payments().unwrap();
    assert_eq!((rows.len(), rows[0].id.as_str(), rows[0].state.as_str()), (1, id.as_str(), "sent"));
}

#[test]
fn what_is_typed_wrongly_is_refused_before_anything_is_opened() {
    let till = Till::new();
    let id = "0199f7a2-0000-7000-8000-000000000000";
    for (arguments, code) in [
        (&["sell", "--provider", "mispay", "--amount", "-5"][..], "amount_invalid"),
        (&["sell", "--provider", "mispay", "--amount", "abc"], "amount_invalid"),
        (&["sell", "--provider", "mispay", "--amount", "1.234"], "amount_invalid"),
        (&["sell", "--provider", "mispay", "--amount", "1.2345"], "amount_too_precise"),
        (&["sell", "--provider", "mispay", "--amount", "5", "--currency", "XXX"], "currency_not_supported"),
        (&["refund", "seven", "--reason", "none"], "id_invalid"),
        (&["payment", "seven"], "id_invalid"),
        (&["history", "--day", "yesterday"], "day_invalid"),
        (&["settings", "get", "mispay.app_secret"], "setting_unknown"),
        (&["secret", "set", "mispay_password", "--mode", "test"], "secret_unknown"),
    ] {
        let (answer, exit) = ended(&till, arguments);
        assert_eq!((exit, answer["problem"]["code"].as_str()), (2, Some(code)), "{arguments:?}: {answer}");
    }
    for arguments in [
        &["sell", "--provider", "acme", "--amount", "5"][..],
        &["sell", "--provider", "mispay"],
        &["sell", "--provider", "mispay", "--amount", "5", "--code", "482177"],
        &["sell", "--provider", "mispay", "--amount", "5", "--pin", "258013"],
        &["settle", id, "--evidence", "none"],
        &["settle", id, "--paid", "--not-paid", "--evidence", "none"],
        &["secret", "set", "mispay_app_id", "its-value"],
        &["history", "--state", "gone"],
        &["shift", "open", "--practise", "--operator", "Huda"],
    ] {
        assert_eq!(till.run(arguments).status.code(), Some(2), "{arguments:?}");
    }
    assert!(!till.ledger().join("ledger.db").exists(), "nothing was opened");
}

#[test]
fn money_moves_in_the_mode_of_the_settings_only_and_in_training() {
    let till = Till::new();
    std::fs::write(till.settings(), "mode = \"test\"\n").unwrap();
    let id = "0199f7a2-0000-7000-8000-000000000000";
    for arguments in [
        &["sell", "--provider", "mispay", "--amount", "5"][..],
        &["refund", id, "--reason", "none"],
        &["cancel", id],
        &["check", id],
    ] {
        let live = [arguments, &["--mode", "live", "--operator", "Huda"]].concat();
        let (refused, code) = ended(&till, &live);
        assert_eq!((code, &refused["problem"]["code"]), (1, &json!("mode_not_allowed")), "{live:?}: {refused}");
    }
    assert!(!till.folder.path().join("data").exists(), "no ledger was opened for it");
    let (sold, code) = sell(&till, "20", &["--mode", "training"]);
    assert_eq!((code, &sold["state"], &sold["mode"]), (0, &json!("paid"), &json!("training")), "{sold}");
    let (status, code) = ended(&till, &["status", "--mode", "live"]);
    assert_eq!((code, &status["mode"]), (0, &json!("live")), "looking moves no money: {status}");
}

#[test]
fn a_large_amount_must_be_meant() {
    let till = Till::new();
    let set = till.run(&["settings", "set", "limits.NOK.confirm_above", "100.00"]);
    assert_eq!(set.status.code(), Some(0), "{set:?}");
    let (asked, code) = sell(&till, "100.01", &[]);
    assert_eq!((code, &asked["problem"]["code"]), (1, &json!("amount_unconfirmed")), "{asked}");
    let (sold, code) = sell(&till, "100.01", &["--confirm-large"]);
    assert_eq!((code, &sold["state"]), (4, &json!("declined")), "it was asked for, and training declines .01: {sold}");
}

#[test]
fn mispay_takes_its_code_from_standard_input_and_never_shows_it() {
    let till = Till::new();
    let code = "739154862";
    let arguments = ["sell", "--practise", "--provider", "mispay", "--amount", "20.02", "--json"];
    let sold = Terminal::start(&till.arguments(&arguments), Some("739-154-862\n")).end();
    assert_eq!((sold.code, &sold.json()["state"]), (4, &json!("declined")), "{sold:?}");
    assert!(!sold.everything().contains(code));
    let mut typed = Terminal::start(&till.arguments(&arguments), None);
    typed.answer("The customer's payment code: ", code);
    let typed = typed.end();
    assert_eq!((typed.code, &typed.json()["reason"]), (4, &json!("canceled")), "{typed:?}");
    assert!(!typed.everything().contains(code));
    let missing = Terminal::start(&till.arguments(&arguments), Some("")).end();
    assert_eq!((missing.code, missing.problem().as_str()), (2, "code_missing"));
    for entry in std::fs::read_dir(till.ledger()).unwrap() {
        let path = entry.unwrap().path();
        let holds =
            |path: &Path| std::fs::read(path).unwrap().windows(code.len()).any(|window| window == code.as_bytes());
        assert!(path.is_dir() || !holds(&path), "{}", path.display());
    }
}

#[test]
fn mispay_cannot_stop_a_payment_and_says_so() {
    let till = Till::new();
    let arguments = ["sell", "--practise", "--provider", "mispay", "--amount", "20.03", "--wait-s", "8", "--json"];
    let sold = Terminal::start(&till.arguments(&arguments), Some("739154862")).end();
    assert_eq!(sold.code, 5, "{sold:?}");
    let id = sold.json()["payment"].as_str().unwrap().to_owned();
    let output = till.run(&["cancel", &id, "--practise", "--json"]);
    assert_eq!(output.status.code(), Some(5), "{output:?}");
    assert!(text(&output.stderr).contains("MIS Pay has no way to stop a payment"), "{output:?}");
    let what: Vec<String> =
        Reader::open(&till.ledger()).unwrap().rows().unwrap().into_iter().map(|row| row.what).collect();
    assert!(what.contains(&"parked".to_owned()), "{what:?}");
    let (settled, code) = ended(
        &till,
        &["settle", &id, "--practise", "--not-paid", "--evidence", "not in the panel", "--reference", "77"],
    );
    assert_eq!((code, &settled["reason"], &settled["money_moved"]), (0, &json!("not_charged_by_hand"), &json!("no")));
    let (again, code) = ended(&till, &["settle", &id, "--practise", "--paid", "--evidence", "it is"]);
    assert_eq!((code, &again["problem"]["code"]), (1, &json!("not_allowed_in_state")), "{again}");
}

#[test]
fn copies_and_lists_are_made_and_a_copy_takes_a_broken_ledgers_place() {
    let till = Till::filled();
    let (made, code) = ended(&till, &["backup", "--practise"]);
    let copy = Path::new(made["backup"].as_str().unwrap()).to_owned();
    assert!(code == 0 && copy.is_file(), "{made}");
    let out = till.folder.path().join("payments.csv");
    let export = ["export", "--practise", "--format", "csv", "--state", "paid", "--out", out.to_str().unwrap()];
    let (exported, code) = ended(&till, &export);
    let lines = std::fs::read_to_string(&out).unwrap().lines().count() as u64;
    assert_eq!((code, exported["rows"].as_u64()), (0, Some(lines - 1)), "{exported}");
    let (again, code) = ended(&till, &export);
    assert_eq!((code, &again["problem"]["code"]), (1, &json!("export_failed")), "a file is not overwritten");
    let rows = Reader::open(&till.ledger()).unwrap().rows().unwrap();
    let by =
        |what: &str| rows.iter().filter(|row| row.what == what).map(|row| row.operator.as_str()).collect::<Vec<_>>();
    assert_eq!((by("exported"), by("backed_up")), (vec!["trainee"], vec!["trainee"]));

    let name = copy.file_name().unwrap().to_str().unwrap();
    let restore = ["restore", name, "--practise", "--reason", "entry 77"];
    let (refused, code) = ended(&till, &restore);
    assert_eq!((code, &refused["problem"]["code"]), (1, &json!("restore_not_needed")), "{refused}");
    till.edit("UPDATE journal SET operator = 'somebody else' WHERE number = 77;");
    let (broken, code) = sell(&till, "5", &[]);
    assert_eq!((code, &broken["problem"]["code"]), (3, &json!("chain_broken")), "{broken}");
    let (restored, code) = ended(&till, &restore);
    assert_eq!(code, 0, "{restored}");
    assert_eq!(till.ask("verify").0["journal"], json!("sound"));
    let (foreign, code) = ended(&till, &["restore", "none.db", "--practise", "--reason", "none"]);
    assert_eq!((code, &foreign["problem"]["code"]), (1, &json!("backup_foreign")));
}
