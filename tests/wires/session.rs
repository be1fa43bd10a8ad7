//! A D-Bus session with a real, unlocked gnome-keyring around one ignored test of this binary. Nothing of the user's own
//! keychain is touched.

use std::process::Command;

/// Unlocks a keyring with a dummy password, then runs the test.
const UNLOCKED: &str =
    "printf dummy-password | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1; exec \"$0\" \"$@\"";

/// Runs the ignored test of this whole name in a session and a home of its own.
pub fn in_session(inner_name: &str) {
    for program in ["dbus-run-session", "gnome-keyring-daemon", "gdbus"] {
        let found = std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()));
        assert!(
            found,
            "{program} is missing. This test needs the real keychain: install dbus, gnome-keyring and libglib2.0-bin."
        );
    }
    let home = tempfile::tempdir().unwrap();
    let output = Command::new("dbus-run-session")
        .args(["--", "bash", "-c", UNLOCKED])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", inner_name, "--ignored", "--nocapture", "--test-threads=1"])
        .envs(["HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME"].map(|name| (name, home.path())))
        .env_remove("DISPLAY")
        .env_remove("WAYLAND_DISPLAY")
        .env("NO_AT_BRIDGE", "1")
        .output()
        .unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{inner_name}:\n{said}\n{complained}");
    assert!(said.contains("1 passed"), "{inner_name} did not run:\n{said}");
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
