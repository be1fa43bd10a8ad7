//! `checkstand-cli doctor` against everything that breaks a till: each is named rightly, with its next step. In test mode, with
//! secrets in a real keychain, against provider-simulator.

use crate::far_end::FarEnd;
use crate::session::{in_session, lock_keyring};
use crate::shop::start_far_end;
use crate::tls_front::{Certificate, Front};
use checkstand_core::secret::Secret;
use checkstand_engine::settings::{self, Mode, Settings};
use checkstand_engine::vault::Vault;
use serde_json::{Value, json};
use std::path::PathBuf;
use std::process::Command;

/// A technician's till in test mode.
struct Patient {
    folder: tempfile::TempDir,
    settings: Settings,
}

impl Patient {
    /// Set up for this far end, its secrets in the keychain.
    async fn of(far: &FarEnd) -> Patient {
        let mut settings = Settings { mode: Mode::Test, ..Settings::default() };
        settings.mispay.base_url = far.text("mispay");
        settings.multipay.token_url = far.text("multipay_token");
        settings.multipay.socket_url = far.text("ws");
        settings.multipay.terminal_id = "terminal-1".to_owned();
        for (name, from) in [
            ("mispay_app_id", "app_id"),
            ("mispay_app_secret", "app_secret"),
            ("multipay_client_id", "client_id"),
            ("multipay_client_secret", "client_secret"),
        ] {
            keep(name, &far.text(from)).await;
        }
        Patient { folder: tempfile::tempdir().unwrap(), settings }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("settings.toml")
    }

    fn command(&self) -> Command {
        settings::save(&self.file(), &self.settings).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_checkstand-cli"));
        command.args(["doctor", "--json", "--config"]).arg(self.file());
        command.arg("--data-dir").arg(self.folder.path());
        // What is tried here is the straight way.
        for proxy in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            command.env_remove(proxy);
        }
        command
    }

    /// What doctor finds, and its exit code.
    fn examined(&self) -> (Value, i32) {
        answered(self.command())
    }

    /// It fails at this check with this code, says what to do, and skips what lies behind.
    fn fails_at(&self, check: &str, code: &str) {
        let (answer, exit) = self.examined();
        let found = finding(&answer, check);
        assert_eq!((exit, &found["state"], &found["code"]), (1, &json!("failed"), &json!(code)), "{answer:#}");
        assert!(!found["todo"].as_str().unwrap().is_empty(), "{found}");
    }
}

async fn keep(name: &str, value: &str) {
    Vault::new("test").put(name, Secret::text(value)).await.unwrap();
}

fn answered(mut command: Command) -> (Value, i32) {
    let output = command.output().unwrap();
    let answer = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"));
    (answer, output.status.code().unwrap())
}

fn finding<'a>(answer: &'a Value, check: &str) -> &'a Value {
    let findings = answer["findings"].as_array().unwrap();
    findings.iter().find(|finding| finding["check"] == check).unwrap_or_else(|| panic!("{check} is not in {answer:#}"))
}

fn states<'a>(answer: &'a Value, provider: &str) -> Vec<(&'a str, &'a str)> {
    let findings = answer["findings"].as_array().unwrap().iter();
    let word = |finding: &'a Value, name: &str| finding[name].as_str().unwrap();
    let all = findings.map(|finding| (word(finding, "check"), word(finding, "state")));
    all.filter(|(check, _)| check.starts_with(provider)).collect()
}

#[test]
fn a_sound_till_is_found_sound_through_every_step() {
    in_session("doctor::inner_sound");
}

#[test]
fn what_is_wrong_on_the_way_to_a_provider_is_named_with_its_next_step() {
    in_session("doctor::inner_the_way");
}

#[test]
fn wrong_credentials_tokens_and_clocks_are_named_with_their_next_step() {
    in_session("doctor::inner_credentials");
}

#[test]
fn what_is_wrong_with_the_computer_is_named_with_its_next_step() {
    in_session("doctor::inner_computer");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_sound() {
    let far = start_far_end(&[]);
    let patient = Patient::of(&far).await;
    let (answer, exit) = patient.examined();
    assert_eq!(exit, 0, "{answer:#}");
    let steps = ["settings", "dns", "connect", "tls", "clock", "token", "decrypt"];
    let expected = steps.map(|step| format!("mispay.{step}"));
    assert_eq!(states(&answer, "mispay").iter().map(|(check, _)| *check).collect::<Vec<_>>(), expected);
    let last = ["mispay.decrypt", "multipay.logon", "keychain", "ledger"];
    assert!(last.iter().all(|check| finding(&answer, check)["state"] == json!("well")), "{answer:#}");
    assert_eq!(finding(&answer, "mispay.tls")["state"], json!("skipped"), "this machine itself speaks plainly");

    let folder = tempfile::tempdir().unwrap();
    let behind = far.text("http").trim_start_matches("http://").parse().unwrap();
    let front = Front::start(folder.path(), Certificate::Good, behind).await;
    let mut patient = patient;
    patient.settings.mispay.base_url = front.through(&far.text("mispay"));
    patient.settings.multipay.token_url = front.through(&far.text("multipay_token"));
    patient.settings.multipay.socket_url = front.through(&far.text("ws"));
    patient.fails_at("mispay.tls", "tls_untrusted");
    patient.settings.extra_root_ca = Some(front.root.clone());
    let (answer, exit) = patient.examined();
    assert_eq!(exit, 0, "{answer:#}");
    let all = states(&answer, "mispay").into_iter().chain(states(&answer, "multipay"));
    assert_eq!(all.filter(|(_, state)| *state != "well").collect::<Vec<_>>(), [], "{answer:#}");
    assert_eq!(far.requests("purchase").await, 0, "nothing that moves money was asked");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_the_way() {
    let far = start_far_end(&[]);
    let mut patient = Patient::of(&far).await;
    let right = patient.settings.clone();

    // No network: this name exists nowhere.
    patient.settings.mispay.base_url = "https://api.till.invalid/v1/in-store".to_owned();
    patient.fails_at("mispay.dns", "dns_failed");
    let (answer, _) = patient.examined();
    let behind = states(&answer, "mispay").into_iter().skip(2);
    assert!(behind.map(|(_, state)| state).all(|state| state == "skipped"), "{answer:#}");
    assert_eq!(finding(&answer, "multipay.logon")["state"], json!("well"), "one provider hides no other");

    // Nobody listens there.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    patient.settings.mispay.base_url = format!("http://{free}");
    patient.fails_at("mispay.connect", "connect_failed");

    // A host, but not the provider's.
    patient.settings.mispay.base_url = format!("{}/nothing-here", far.text("http"));
    patient.fails_at("mispay.token", "not_the_provider");

    let address = far.text("http").trim_start_matches("http://").parse().unwrap();
    for (certificate, code) in [
        (Certificate::Expired, "tls_expired"),
        (Certificate::NotYetValid, "tls_not_yet_valid"),
        (Certificate::OtherName, "tls_wrong_name"),
    ] {
        let front = Front::start(patient.folder.path(), certificate, address).await;
        patient.settings.extra_root_ca = Some(front.root.clone());
        patient.settings.mispay.base_url = front.through(&far.text("mispay"));
        patient.fails_at("mispay.tls", code);
    }
    // A server that speaks no TLS at all.
    patient.settings.mispay.base_url = format!("https://{address}");
    patient.fails_at("mispay.tls", "tls_failed");

    patient.settings = right.clone();
    patient.settings.extra_root_ca = Some(patient.folder.path().join("missing.pem"));
    let (answer, _) = patient.examined();
    let missing = finding(&answer, "mispay.settings")["what"].as_str().unwrap();
    assert!(missing.contains("extra_root_ca"), "{answer:#}");

    patient.settings = right;
    patient.settings.multipay.terminal_id = "somebody-elses".to_owned();
    patient.fails_at("multipay.socket", "socket_refused");
    patient.settings.multipay.terminal_id = String::new();
    patient.fails_at("multipay.settings", "provider_not_configured");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_credentials() {
    let far = start_far_end(&[]);
    let patient = Patient::of(&far).await;
    for (name, check) in [
        ("mispay_app_id", "mispay.token"),
        ("mispay_app_secret", "mispay.token"),
        ("multipay_client_id", "multipay.token"),
        ("multipay_client_secret", "multipay.token"),
    ] {
        let right = Vault::new("test").get(name).await.unwrap().unwrap();
        keep(name, "not-this-one").await;
        patient.fails_at(check, "credentials_refused");
        keep(name, right.expose()).await;
    }

    // The app id is known, but the token was sealed with another secret.
    let sealed = include_str!("../papers/openssl-token.json");
    let token: Value = serde_json::from_str(sealed).unwrap();
    let token = token["token"].as_str().or_else(|| token["result"]["token"].as_str()).unwrap().to_owned();
    let answer = |token: &str| json!({ "status": "success", "result": { "token": token } }).to_string();
    let mut broken = token.clone().into_bytes();
    let at = broken.len() / 2;
    broken[at] = if broken[at] == b'A' { b'B' } else { b'A' };
    let broken = String::from_utf8(broken).unwrap();
    for (body, check, code) in [
        (answer(&token), "mispay.decrypt", "secret_wrong"),
        (answer(&broken), "mispay.decrypt", "secret_wrong"),
        (answer("c2hvcnQ="), "mispay.token", "token_unreadable"),
        (answer("this is no base64!"), "mispay.token", "token_unreadable"),
        (answer(&"A".repeat(1_000_000)), "mispay.token", "no_answer"),
        ("<html>It works!</html>".to_owned(), "mispay.token", "not_the_provider"),
    ] {
        far.plant("answer", json!({ "on": "token", "status": 200, "body": body })).await;
        patient.fails_at(check, code);
    }
    far.plant("answer", json!({ "on": "token", "status": 503, "body": "" })).await;
    patient.fails_at("mispay.token", "provider_failing");

    let far = start_far_end(&["--clock-ahead-s", "7200"]);
    let patient = Patient::of(&far).await;
    let (answer, exit) = patient.examined();
    let clock = finding(&answer, "mispay.clock");
    assert_eq!((exit, &clock["state"], &clock["code"]), (0, &json!("warning"), &json!("clock_off")), "{answer:#}");
    let what = clock["what"].as_str().unwrap();
    // Asking took some of it.
    let seconds: Option<i64> = what.split_whitespace().find_map(|word| word.parse().ok());
    assert!(what.contains("behind") && seconds.is_some_and(|s| (7_140..=7_200).contains(&s)), "{what}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "runs inside a session of its own"]
async fn inner_computer() {
    let far = start_far_end(&[]);
    let patient = Patient::of(&far).await;

    let mut without = patient.command();
    without.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus");
    let (answer, exit) = answered(without);
    assert_eq!((exit, &finding(&answer, "keychain")["code"]), (1, &json!("keychain_missing")), "{answer:#}");

    full_disk(&patient);

    let ledger = patient.folder.path().join("checkstand/test");
    std::fs::create_dir_all(&ledger).unwrap();
    std::fs::write(ledger.join("ledger.db"), "this is no database, but a longer text than a header").unwrap();
    patient.fails_at("ledger", "storage_failed");
    std::fs::remove_file(ledger.join("ledger.db")).unwrap();

    lock_keyring();
    patient.fails_at("keychain", "keychain_locked");
}

/// A disk of its own that is full. Only whoever may mount can have one; elsewhere this says that it was left out.
fn full_disk(patient: &Patient) {
    let doctor = patient.command();
    let arguments: Vec<String> = doctor.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
    let folder = patient.folder.path().join("disk");
    std::fs::create_dir_all(&folder).unwrap();
    let script = "mount -t tmpfs -o size=20m tmpfs \"$1\" && mkdir -p \"$1/checkstand/test\" || exit 77\n\
                  head -c 30000000 /dev/zero > \"$1/filling\" 2>/dev/null\n\
                  folder=$1; shift; exec \"$@\" --data-dir \"$folder\"";
    // The data folder is named last, on the disk that is mounted.
    let without_folder = &arguments[..arguments.len() - 2];
    let mut command = Command::new("unshare");
    command.args(["--mount", "--map-root-user", "sh", "-c", script, "sh"]).arg(&folder);
    command.arg(doctor.get_program()).args(without_folder);
    let output = command.output().unwrap();
    // unshare itself ends with 1 and says nothing on standard output.
    let may_not_mount = output.status.code() == Some(77) || String::from_utf8_lossy(&output.stderr).contains("unshare");
    if may_not_mount {
        eprintln!("left out: nobody may mount a disk here: {}", String::from_utf8_lossy(&output.stderr));
        return;
    }
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    let disk = finding(&answer, "disk");
    assert_eq!((output.status.code(), &disk["code"]), (Some(1), &json!("disk_full")), "{answer:#}");
}
