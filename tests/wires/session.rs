//! A D-Bus session with a real, unlocked gnome-keyring around one ignored test of this binary, or around any program. Nothing of
//! the user's own keychain is touched.

#![allow(dead_code, reason = "two test binaries share it, and neither uses all of it")]

use std::path::Path;
use std::process::Command;

/// Unlocks a keyring with a dummy password, then runs the test.
const UNLOCKED: &str =
    "printf dummy-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec \"$0\" \"$@\"";

/// Runs the ignored test of this whole name in a session and a home of its own.
pub fn in_session(inner_name: &str) {
    let home = tempfile::tempdir().unwrap();
    let output = session_around(&std::env::current_exe().unwrap(), home.path())
        .args(["--exact", inner_name, "--ignored", "--nocapture", "--test-threads=1"])
        .output()
        .unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{inner_name}:\n{said}\n{complained}");
    assert!(said.contains("1 passed"), "{inner_name} did not run:\n{said}");
}

/// A program in a session of its own, whose user lives in this folder. Its arguments come behind.
pub fn session_around(program: &Path, home: &Path) -> Command {
    for program in ["dbus-run-session", "gnome-keyring-daemon", "gdbus"] {
        let found = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
        assert!(
            found,
            "{program} is missing. This test needs the real keychain: install dbus, gnome-keyring and libglib2.0-bin."
        );
    }
    let mut command = Command::new("dbus-run-session");
    command
        .args(["--", "bash", "-c", UNLOCKED])
        .arg(program)
        .envs(["HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| (name, home)))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("NO_AT_BRIDGE", "1");
    command
}

/// Locks the session's keyring, as a screen saver may.
pub fn lock_keyring() {
    let locked = Command::new("gdbus")
        .args(["call", "--session", "--dest", "org.freedesktop.secrets", "--object-path", "/org/freedesktop/secrets"])
        .args(["--method", "org.freedesktop.Secret.Service.Lock", "['/org/freedesktop/secrets/collection/login']"])
        .output()
        .unwrap();
    assert!(locked.status.success(), "{}", String::from_utf8_lossy(&locked.stderr));
}
