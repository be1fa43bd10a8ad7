//! Settings and secrets from a terminal: what would not be valid as a whole replaces nothing.

use crate::cli::{Till, text};
use serde_json::{Value, json};
use std::path::PathBuf;

impl Till {
    fn answer(&self, arguments: &[&str]) -> (Value, i32) {
        let output = self.run(&[arguments, &["--json"]].concat());
        let answer = serde_json::from_slice(&output.stdout);
        (answer.unwrap_or_else(|error| panic!("{error}: {output:?}")), output.status.code().unwrap())
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, content).unwrap();
        path
    }
}

#[test]
fn a_parcel_is_set_up_key_by_key_without_a_pin() {
    let till = Till::new();
    for (key, value, shown) in [
        ("store", "Corner", "Corner"),
        ("mode", "test", "test"),
        ("mispay.base_url", "http://127.0.0.1:4010/v1/", "http://127.0.0.1:4010/v1"),
        ("multipay.partial_refunds", "true", "true"),
        ("mispay.code_life_min", "20", "20"),
        ("limits.SAR.max", "3000.00", "3000.00"),
        ("extra_root_ca", "/etc/test-root.pem", "/etc/test-root.pem"),
    ] {
        let (set, code) = till.answer(&["settings", "set", key, value]);
        assert_eq!((code, &set["saved"], &set["changes"][0]["key"]), (0, &json!(true), &json!(key)), "{set}");
        let got = till.run(&["settings", "get", key]);
        assert_eq!(text(&got.stdout).trim_end(), shown, "{key}");
    }
    let (same, code) = till.answer(&["settings", "set", "store", "Corner"]);
    assert_eq!((code, &same["saved"]), (0, &json!(false)), "{same}");
    let (taken_away, _) = till.answer(&["settings", "set", "extra_root_ca", ""]);
    assert_eq!(taken_away["changes"][0]["to"], json!(""), "{taken_away}");
    let (all, code) = till.answer(&["settings", "show"]);
    assert_eq!((code, &all["settings"]["mode"], &all["problems"]), (0, &json!("test"), &json!([])), "{all}");
    assert!(!till.folder.path().join("data").exists(), "nobody's ledger was opened for it");
}

#[test]
fn one_wrong_setting_leaves_the_file_as_it_was() {
    let till = Till::new();
    assert_eq!(till.answer(&["settings", "set", "mode", "test"]).1, 0);
    let before = std::fs::read_to_string(till.settings()).unwrap();
    for (key, value, code, exit) in [
        ("mode", "production", "settings_invalid", 1),
        ("mispay.base_url", "http://example.com", "url_not_allowed", 1),
        ("multipay.amount_unit_confirmed", "minor", "unit_not_tested", 1),
        ("mispay.code_life_min", "many", "settings_invalid", 1),
        ("mispay.code_life_min", "0", "settings_invalid", 1),
        ("multipay.partial_refunds", "perhaps", "settings_invalid", 1),
        ("limits.SAR.max", "much", "limits_invalid", 2),
        ("limits.SAR.most", "5", "setting_unknown", 2),
        ("mispay.app_secret", "x", "setting_unknown", 2),
        ("mispay", "x", "setting_unknown", 2),
        ("version", "3", "setting_unknown", 2),
    ] {
        let (refused, ended) = till.answer(&["settings", "set", key, value]);
        assert_eq!((refused["problem"]["code"].as_str(), ended), (Some(code), exit), "{key}: {refused}");
        let plain = till.run(&["settings", "set", key, value]);
        // A provider's name is written as people write it.
        let said = text(&plain.stderr).to_lowercase();
        assert!(said.contains(key.split('.').next().unwrap()), "{key}: {said}");
    }
    assert_eq!(std::fs::read_to_string(till.settings()).unwrap(), before);
}

#[test]
fn settings_go_from_one_till_to_another_by_a_file() {
    let (first, second) = (Till::new(), Till::new());
    assert_eq!(first.answer(&["settings", "set", "store", "Corner"]).1, 0);
    assert_eq!(first.answer(&["settings", "set", "limits.NOK.max", "900.00"]).1, 0);
    let file = first.folder.path().join("shop.toml");
    let file = file.to_str().unwrap();
    assert_eq!(first.answer(&["settings", "export", file]).1, 0);
    assert_eq!(first.answer(&["settings", "export", file]).1, 1, "a file is not overwritten");
    let (shown, code) = second.answer(&["settings", "import", file, "--dry-run"]);
    let keys: Vec<&str> =
        shown["changes"].as_array().unwrap().iter().map(|change| change["key"].as_str().unwrap()).collect();
    assert_eq!((code, &shown["saved"], keys), (0, &json!(false), vec!["limits.NOK.max", "store"]), "{shown}");
    assert!(!second.settings().exists());
    let imported = second.run(&["settings", "import", file]);
    assert!(text(&imported.stderr).contains("store:  → Corner"), "{}", text(&imported.stderr));
    assert_eq!(std::fs::read(second.settings()).unwrap(), std::fs::read(first.settings()).unwrap());
}

#[test]
fn a_wrong_file_is_named_with_its_line_and_key_and_replaces_nothing() {
    let till = Till::new();
    assert_eq!(till.answer(&["settings", "set", "store", "Corner"]).1, 0);
    let before = std::fs::read_to_string(till.settings()).unwrap();
    for (name, content, line, key, code) in [
        (
            "unknown.toml",
            "store = \"B\"\n[mispay]\nbase_ulr = \"https://example.com\"\n",
            3,
            "mispay.base_ulr",
            "settings_invalid",
        ),
        (
            "type.toml",
            "store = \"B\"\n[mispay]\ncode_life_min = \"long\"\n",
            3,
            "mispay.code_life_min",
            "settings_invalid",
        ),
        (
            "half.toml",
            "store = \"B\"\n[multipay]\nsocket_url = \"wss://exa",
            3,
            "multipay.socket_url",
            "settings_invalid",
        ),
        (
            "url.toml",
            "mode = \"test\"\n\n[mispay]\nbase_url = \"http://example.com\"\n",
            4,
            "mispay.base_url",
            "url_not_allowed",
        ),
        ("range.toml", "store = \"B\"\nday_cutoff_min = 9999\n", 2, "day_cutoff_min", "settings_invalid"),
    ] {
        let file = till.write(name, content);
        let (refused, ended) = till.answer(&["settings", "import", file.to_str().unwrap()]);
        assert_eq!((ended, refused["problem"]["code"].as_str()), (1, Some(code)), "{name}: {refused}");
        let plain = till.run(&["settings", "import", file.to_str().unwrap()]);
        let said = text(&plain.stderr);
        assert!([name, &format!("line {line}"), key].iter().all(|part| said.contains(part)), "{name}: {said}");
    }
    let newer = till.write("newer.toml", "version = 3\n");
    let (refused, _) = till.answer(&["settings", "import", newer.to_str().unwrap()]);
    assert_eq!(refused["problem"]["code"], json!("settings_newer"));
    let (missing, code) = till.answer(&["settings", "import", "no-such-file.toml"]);
    assert_eq!((code, &missing["problem"]["code"]), (1, &json!("settings_invalid")), "no file is no file of defaults");
    assert_eq!(std::fs::read_to_string(till.settings()).unwrap(), before);
    let older = till.write("older.toml", "store = \"B\"\n[multipay]\namount_unit_confirmed = true\n");
    assert_eq!(till.answer(&["settings", "import", older.to_str().unwrap()]).1, 0, "an older file is understood");
}

#[test]
fn an_import_brings_no_confirmation_of_the_amount_unit() {
    let till = Till::new();
    let unit =
        |confirmed: &str| format!("[multipay]\namount_unit = \"decimal\"\namount_unit_confirmed = {confirmed}\n");
    let file = till.write("another.toml", &format!("store = \"B\"\n{}", unit("\"decimal\"")));
    let arguments = ["settings", "import", file.to_str().unwrap()];
    let (imported, code) = till.answer(&arguments);
    assert_eq!((code, &imported["saved"], &imported["unit_confirmed"]), (0, &json!(true), &json!(false)), "{imported}");
    let saved = std::fs::read_to_string(till.settings()).unwrap();
    assert!(saved.contains("amount_unit = \"decimal\"") && !saved.contains("amount_unit_confirmed"), "{saved}");
    let said = text(&till.run(&arguments).stderr);
    assert!(said.contains("Confirm the unit by a test sale of 1.00"), "{said}");

    let live = "mode = \"live\"\n[mispay]\nbase_url = \"https://api.mispay.co/v1/in-store\"\n";
    let file = till.write("live.toml", &format!("{live}{}terminal_id = \"T-17\"\n", unit("true")));
    let (refused, code) = till.answer(&["settings", "import", file.to_str().unwrap()]);
    assert_eq!((code, &refused["problem"]["code"]), (1, &json!("amount_unit_unconfirmed")), "{refused}");

    // Its own finding stays.
    let own = till.write("settings.toml", &format!("mode = \"test\"\n{}", unit("\"decimal\"")));
    let file = till.write("ours.toml", &format!("mode = \"test\"\nstore = \"C\"\n{}", unit("\"decimal\"")));
    let (imported, code) = till.answer(&["settings", "import", file.to_str().unwrap()]);
    assert_eq!((code, &imported["unit_confirmed"]), (0, &json!(true)), "{imported}");
    assert!(std::fs::read_to_string(own).unwrap().contains("amount_unit_confirmed = \"decimal\""));
}

#[test]
fn training_has_no_secrets() {
    let till = Till::new();
    for arguments in
        [&["secret", "list"][..], &["secret", "set", "mispay_app_id"], &["secret", "forget", "mispay_app_id"]]
    {
        let (refused, code) = till.answer(arguments);
        assert_eq!((code, &refused["problem"]["code"]), (1, &json!("mode_not_allowed")), "{refused}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn without_a_keychain_no_secret_is_put_anywhere_else() {
    use std::io::Write;
    use std::process::{Command, Stdio};
    let till = Till::new();
    let canary = "canary-without-a-keychain";
    let mut command = Command::new(env!("CARGO_BIN_EXE_checkstand-cli"));
    command.args(till.arguments(&["secret", "set", "mispay_app_secret", "--mode", "test", "--json"]));
    command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus").env("XDG_DATA_HOME", till.folder.path());
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(canary.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &answer["problem"]["code"]), (Some(1), &json!("keychain_missing")), "{answer}");
    assert!(!format!("{}{}", text(&output.stdout), text(&output.stderr)).contains(canary));
    assert!(!till.settings().exists() && !till.folder.path().join("data").exists(), "nothing was written");
}
