//! Against the real gnome-keyring, in a D-Bus session of its own. The outer tests start that session around this same test
//! binary, which then runs one of the ignored inner tests; nothing of the user's own keychain is touched.

use super::*;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Instant;

/// Unlocks a keyring with a dummy password, then runs the test.
const UNLOCKED: &str =
    "printf dummy-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec \"$0\" \"$@\"";
/// Starts the daemon and unlocks nothing.
const NEVER_UNLOCKED: &str =
    "gnome-keyring-daemon --start --components=secrets </dev/null >/dev/null 2>&1; exec \"$0\" \"$@\"";

fn in_session(script: &str, inner: &str) {
    for program in ["dbus-run-session", "gnome-keyring-daemon", "gdbus", "secret-tool"] {
        let found = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
        assert!(
            found,
            "{program} is missing. This test needs the real keychain: \
             install dbus, gnome-keyring, libglib2.0-bin and libsecret-tools."
        );
    }
    let mut command = Command::new("dbus-run-session");
    command.args(["--", "bash", "-c", script]);
    run_inner(command, inner);
}

/// Runs one ignored test of this binary, in a home of its own and without a display.
fn run_inner(mut command: Command, inner: &str) {
    let home = std::env::temp_dir().join(format!("checkstand-vault-{}-{inner}", std::process::id()));
    std::fs::create_dir_all(&home).expect("a temporary folder");
    only_ours(&home);
    let inner_name = format!("vault::tests::{inner}");
    let test_binary = std::env::current_exe().expect("the test binary");
    let output = command
        .arg(test_binary)
        .args(["--exact", &inner_name, "--ignored", "--nocapture", "--test-threads=1"])
        .envs([("HOME", &home), ("XDG_RUNTIME_DIR", &home), ("XDG_DATA_HOME", &home), ("XDG_CONFIG_HOME", &home)])
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("NO_AT_BRIDGE", "1")
        .output()
        .expect("it starts");
    std::fs::remove_dir_all(&home).expect("ours to remove");
    let said = String::from_utf8_lossy(&output.stdout);
    let complained = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{inner}:\n{said}\n{complained}");
    assert!(said.contains("1 passed"), "{inner} did not run:\n{said}");
}

fn only_ours(folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).expect("ours to change");
}

#[test]
fn a_secret_is_put_got_replaced_and_forgotten() {
    in_session(UNLOCKED, "inner_round_trip");
}

#[test]
fn a_locked_keychain_is_locked_and_not_empty() {
    in_session(UNLOCKED, "inner_locked");
}

#[test]
fn a_keychain_that_was_never_unlocked_takes_nothing() {
    in_session(NEVER_UNLOCKED, "inner_never_unlocked");
}

#[test]
fn without_a_bus_there_is_no_keychain() {
    let mut command = Command::new("env");
    command.args(["-u", "DBUS_SESSION_BUS_ADDRESS"]);
    run_inner(command, "inner_no_bus");
}

#[test]
fn the_ledgers_anchor_is_kept_in_the_keychain() {
    in_session(UNLOCKED, "inner_anchor");
}

#[test]
fn a_keychain_that_takes_its_time_is_slow_and_works_again() {
    in_session(UNLOCKED, "inner_slow");
}

#[test]
fn a_keychain_that_is_slow_from_the_start_works_when_it_answers() {
    in_session(UNLOCKED, "inner_slow_at_first");
}

#[test]
fn a_secret_that_another_program_changes_or_removes_is_seen_at_once() {
    in_session(UNLOCKED, "inner_changed");
}

/// The keyring's own process, which owns the name on the bus. It answers nobody between `stop` and `go_on`.
struct Daemon(String);

impl Daemon {
    /// It takes its name on the bus only after the command that started it has ended.
    fn find() -> Daemon {
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let answer = Command::new("gdbus")
                .args(["call", "--session", "--dest", "org.freedesktop.DBus", "--object-path", "/org/freedesktop/DBus"])
                .args(["--method", "org.freedesktop.DBus.GetConnectionUnixProcessID", "org.freedesktop.secrets"])
                .output()
                .expect("gdbus");
            // `(uint32 1234,)`
            let text = String::from_utf8_lossy(&answer.stdout).into_owned();
            let number = text.split_whitespace().last().unwrap_or_default().trim_end_matches(",)").to_owned();
            if number.parse::<u32>().is_ok_and(|number| number > 1) {
                return Daemon(number);
            }
            assert!(Instant::now() < deadline, "{text}{}", String::from_utf8_lossy(&answer.stderr));
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn signal(&self, signal: &str) {
        assert!(Command::new("kill").args([signal, &self.0]).status().expect("kill").success(), "{signal}");
    }

    fn stop(&self) {
        self.signal("-STOP");
    }

    fn go_on(&self) {
        self.signal("-CONT");
    }
}

impl Drop for Daemon {
    /// A stopped process would outlive its session.
    fn drop(&mut self) {
        _ = Command::new("kill").args(["-CONT", &self.0]).status();
    }
}

/// Waits for a call that takes the whole deadline, and counts how often others had their turn on the same thread meanwhile.
async fn at_the_deadline<T>(call: impl Future<Output = T>) -> T {
    let began = Instant::now();
    let mut turns = 0;
    tokio::pin!(call);
    let answer = loop {
        tokio::select! {
            answer = &mut call => break answer,
            () = tokio::time::sleep(Duration::from_millis(50)) => turns += 1,
        }
    };
    assert!(began.elapsed() >= ANSWER_WITHIN && began.elapsed() < 4 * ANSWER_WITHIN, "{:?}", began.elapsed());
    assert!(turns > 10, "the thread was blocked: {turns}");
    answer
}

async fn soon(vault: &Vault, name: &str, secret: &str) {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let found = vault.get(name).await;
        if found == Ok(Some(Secret::text(secret))) {
            return;
        }
        assert!(Instant::now() < deadline, "{found:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
#[ignore = "runs inside a session of its own"]
async fn inner_slow() {
    let vault = Vault::new("test");
    assert_eq!(vault.put("app-secret", Secret::text("dummy")).await, Ok(()));
    let daemon = Daemon::find();
    daemon.stop();
    assert_eq!(at_the_deadline(vault.get("app-secret")).await, Err(VaultError::Slow));
    let late = Secret::text("dummy-two");
    assert_eq!(at_the_deadline(vault.put("app-secret", late)).await, Err(VaultError::Slow));
    daemon.go_on();
    // What was asked may still happen, and here it does.
    soon(&vault, "app-secret", "dummy-two").await;
    assert_eq!(vault.put("app-secret", Secret::text("dummy-three")).await, Ok(()));
    assert_eq!(vault.get("app-secret").await, Ok(Some(Secret::text("dummy-three"))));
    let deadline = Instant::now() + Duration::from_secs(10);
    while vault.threads.load(Ordering::Acquire) > 0 {
        assert!(Instant::now() < deadline, "a thread is left behind");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
#[ignore = "runs inside a session of its own"]
async fn inner_slow_at_first() {
    let daemon = Daemon::find();
    daemon.stop();
    let vault = Vault::new("test");
    assert_eq!(at_the_deadline(vault.get("app-secret")).await, Err(VaultError::Slow));
    assert_eq!(at_the_deadline(vault.get("app-secret")).await, Err(VaultError::Slow));
    daemon.go_on();
    assert_eq!(vault.put("app-secret", Secret::text("dummy")).await, Ok(()));
    soon(&vault, "app-secret", "dummy").await;
}

/// Another program, at the same entry.
fn secret_tool(verb: &[&str], typed: &str) -> String {
    let mut tool = Command::new("secret-tool")
        .args(verb)
        .args(["service", SERVICE, "username", "test/app-secret"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("secret-tool");
    tool.stdin.take().expect("piped").write_all(typed.as_bytes()).expect("it listens");
    let output = tool.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{verb:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[tokio::test]
#[ignore = "runs inside a session of its own"]
async fn inner_changed() {
    let vault = Vault::new("test");
    assert_eq!(vault.put("app-secret", Secret::text("dummy")).await, Ok(()));
    assert_eq!(secret_tool(&["lookup"], ""), "dummy");

    secret_tool(&["clear"], "");
    assert_eq!(vault.get("app-secret").await, Ok(None));
    secret_tool(&["store", "--label=changed"], "dummy-two");
    assert_eq!(vault.get("app-secret").await, Ok(Some(Secret::text("dummy-two"))));

    assert_eq!(vault.put("app-secret", Secret::text("dummy-three")).await, Ok(()));
    assert_eq!(secret_tool(&["lookup"], ""), "dummy-three", "it is the same entry");
    secret_tool(&["clear"], "");
    assert_eq!(vault.get("app-secret").await, Ok(None));
    assert_eq!(vault.forget("app-secret").await, Ok(()));
}

#[tokio::test]
#[ignore = "runs inside a session of its own"]
async fn inner_anchor() {
    use crate::ledger::{Anchor, AnchorPlace, Keep, Tip};
    use crate::settings::Mode;
    let (dir, other) = (tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder"));
    let vault = Vault::new(Mode::Test.name());
    let keep = Keep::of(Mode::Test, dir.path(), &vault).expect("a place");
    assert_eq!(keep.place(), AnchorPlace::Keychain);
    assert_eq!(keep.read().await, Ok(None));
    let tip = Tip { number: i64::MAX, hash: [0xAB; 32] };
    let anchor = Anchor { tip, checked: Tip { number: 1, ..tip }, accepted: Tip::START, at_ms: i64::MAX };
    assert_eq!(keep.write(anchor).await, Ok(()));
    assert_eq!(keep.read().await, Ok(Some(anchor)));
    assert_eq!(Keep::of(Mode::Test, other.path(), &vault).expect("a place").read().await, Ok(None));
    let live = Vault::new(Mode::Live.name());
    assert_eq!(Keep::of(Mode::Live, dir.path(), &live).expect("a place").read().await, Ok(None));
}

#[tokio::test]
#[ignore = "runs inside a session of its own"]
async fn inner_round_trip() {
    let vault = Vault::new("test");
    assert_eq!(vault.get("mispay/app-secret").await, Ok(None));
    assert_eq!(vault.put("mispay/app-secret", Secret::text("dummy-one ø ﷼")).await, Ok(()));
    assert_eq!(vault.get("mispay/app-secret").await, Ok(Some(Secret::text("dummy-one ø ﷼"))));
    assert_eq!(Vault::new("live").get("mispay/app-secret").await, Ok(None), "modes do not share secrets");

    assert_eq!(vault.put("mispay/app-secret", Secret::text("dummy-two")).await, Ok(()));
    assert_eq!(Vault::new("test").get("mispay/app-secret").await, Ok(Some(Secret::text("dummy-two"))));
    let longest = Secret::new("x".repeat(SECRET_BYTES_MAX / 2));
    assert_eq!(vault.put("longest", longest.clone()).await, Ok(()));
    assert_eq!(vault.get("longest").await, Ok(Some(longest)));

    assert_eq!(vault.forget("mispay/app-secret").await, Ok(()));
    assert_eq!(vault.get("mispay/app-secret").await, Ok(None));
    assert_eq!(vault.forget("mispay/app-secret").await, Ok(()), "nothing to forget is fine");
    assert!(vault.get("longest").await.expect("unlocked").is_some());
}

#[tokio::test]
#[ignore = "runs inside a session of its own"]
async fn inner_locked() {
    let vault = Vault::new("test");
    assert_eq!(vault.put("app-secret", Secret::text("dummy")).await, Ok(()));
    let locked = Command::new("gdbus")
        .args(["call", "--session", "--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets"])
        .args(["--method", "org.freedesktop.Secret.Service.Lock", "['/org/freedesktop/secrets/collection/login']"])
        .output()
        .expect("gdbus");
    assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));

    assert_eq!(vault.get("app-secret").await, Err(VaultError::Locked));
    assert_eq!(vault.put("app-secret", Secret::text("dummy-two")).await, Err(VaultError::Locked));
    assert_eq!(vault.forget("app-secret").await, Err(VaultError::Locked));
}

#[tokio::test]
#[ignore = "runs inside a session of its own"]
async fn inner_never_unlocked() {
    let vault = Vault::new("test");
    assert_eq!(vault.put("app-secret", Secret::text("dummy")).await, Err(VaultError::Locked));
    // The daemon cannot know what a keyring holds that it never opened: `get` says so in its contract.
    assert_eq!(vault.get("app-secret").await, Ok(None));
}

#[tokio::test]
#[ignore = "runs without a session"]
async fn inner_no_bus() {
    let vault = Vault::new("test");
    for _ in 0..2 {
        let error = vault.get("app-secret").await.expect_err("no bus");
        assert!(matches!(error, VaultError::Missing(_)), "{error:?}");
        assert_eq!(error.code(), "keychain_missing");
    }
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused_before_any_keychain_is_asked() {
    let vault = Vault::new("test");
    assert_eq!(vault.put("name", Secret::text("")).await, Err(VaultError::Invalid));
    assert_eq!(vault.put("", Secret::text("dummy")).await, Err(VaultError::Invalid));
    assert_eq!(vault.get("a\nb").await, Err(VaultError::Invalid));
    for too_long in ["x".repeat(SECRET_BYTES_MAX / 2 + 1), "﷼".repeat(SECRET_BYTES_MAX / 3 + 1)] {
        assert_eq!(vault.put("name", Secret::new(too_long)).await, Err(VaultError::TooLong));
    }
}

#[tokio::test]
async fn a_stuck_keychain_is_slow_and_takes_only_a_few_threads() {
    let vault = Vault::new("test");
    let brief = Duration::from_millis(20);
    let mut stuck = Vec::new();
    for _ in 0..THREADS_MAX {
        let (release, held) = mpsc::channel::<()>();
        stuck.push(release);
        let job = move || {
            let _released = held.recv();
            Ok(())
        };
        assert_eq!(vault.on_a_thread(brief, job).await, Err(VaultError::Slow));
    }
    let began = Instant::now();
    let refused: Result<(), _> = vault.on_a_thread(Duration::from_secs(60), || panic!("it must not run")).await;
    assert_eq!(refused, Err(VaultError::Slow));
    assert!(began.elapsed() < Duration::from_secs(30), "refused at once, not at the deadline");

    drop(stuck.pop());
    let deadline = Instant::now() + Duration::from_secs(10);
    while vault.on_a_thread(Duration::from_secs(5), || Ok(7)).await != Ok(7) {
        assert!(Instant::now() < deadline, "a thread that came free is used again");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn a_keychain_client_that_panics_is_a_failure_and_frees_its_thread() {
    let vault = Vault::new("test");
    for _ in 0..2 * THREADS_MAX {
        let failed: Result<(), _> = vault.on_a_thread(Duration::from_secs(5), || panic!("planted")).await;
        assert!(matches!(failed, Err(VaultError::Failed(_))), "{failed:?}");
    }
}
