//! Somebody at a machine with a parcel of credentials: sets a till up through `checkstand-cli`, and works there as its manager.

#![allow(dead_code, reason = "two test binaries share it, and neither uses all of it")]

use crate::cli_terminal::{Ended, Terminal};
use crate::far_end::FarEnd;
use serde_json::{Value, json};
use std::path::Path;

pub const PIN: &str = "258013";
pub const SECRETS: [(&str, &str); 4] = [
    ("mispay_app_id", "canary-app-id-1"),
    ("mispay_app_secret", "canary-app-secret-2"),
    ("multipay_client_id", "canary-client-3"),
    ("multipay_client_secret", "canary-client-secret-4"),
];

/// A technician at a machine, and everything that was ever seen there.
pub struct Technician {
    pub far: FarEnd,
    pub seen: String,
}

impl Technician {
    pub fn new() -> Technician {
        Technician::with(&[])
    }

    /// The far end is started with these arguments.
    pub fn with(far_end: &[&str]) -> Technician {
        let mut arguments = far_end.to_vec();
        for ((_, value), name) in SECRETS.iter().zip(["--app-id", "--app-secret", "--client-id", "--client-secret"]) {
            arguments.extend([name, value]);
        }
        Technician {
            far: FarEnd::start(Path::new(env!("CARGO_BIN_EXE_provider-simulator")), &arguments),
            seen: String::new(),
        }
    }

    pub fn start(&self, arguments: &[&str], stdin: &str) -> Terminal {
        Terminal::start(&as_json(arguments), Some(stdin))
    }

    pub fn end(&mut self, terminal: Terminal) -> Ended {
        let ended = terminal.end();
        self.seen.push_str(&ended.everything());
        ended
    }

    /// Runs a command that asks for no PIN; it must end well.
    pub fn run(&mut self, arguments: &[&str], stdin: &str) -> Value {
        let terminal = self.start(arguments, stdin);
        let ended = self.end(terminal);
        assert_eq!(ended.code, 0, "{arguments:?}: {ended:?}");
        ended.json()
    }

    /// Starts a command as the manager.
    pub fn as_huda(&self, arguments: &[&str], stdin: &str) -> Terminal {
        let mut terminal = self.start(&[arguments, &["--operator", "Huda"]].concat(), stdin);
        terminal.answer("PIN of Huda: ", PIN);
        terminal
    }

    /// The same under a command that watches it, or ends it at any moment.
    pub fn as_huda_under(&self, watcher: &[String], arguments: &[&str], stdin: &str) -> Terminal {
        let arguments = as_json(&[arguments, &["--operator", "Huda"]].concat());
        let mut terminal = Terminal::start_under(watcher, &arguments, Some(stdin), &[]);
        terminal.answer_if_asked("PIN of Huda: ", PIN);
        terminal
    }

    /// The parcel: settings, secrets, somebody to work here.
    pub fn set_up(&mut self) {
        self.run(&["settings", "set", "mode", "test"], "");
        for (key, name) in
            [("mispay.base_url", "mispay"), ("multipay.token_url", "multipay_token"), ("multipay.socket_url", "ws")]
        {
            let address = self.far.text(name);
            self.run(&["settings", "set", key, &address], "");
        }
        self.run(&["settings", "set", "multipay.terminal_id", "terminal-1"], "");
        let [typed, piped @ ..] = SECRETS;
        for (name, value) in piped {
            let stored = self.run(&["secret", "set", name], &format!("{value}\n"));
            assert_eq!(stored["done"], json!("stored"), "{stored}");
        }
        let arguments = ["secret", "set", typed.0, "--json"].map(str::to_owned);
        let mut terminal = Terminal::start(&arguments, None);
        terminal.wait_until_asked(typed.0);
        assert!(!terminal.arguments().contains(typed.1), "the secret is in the arguments");
        terminal.answer(typed.0, typed.1);
        assert_eq!(self.end(terminal).code, 0);
        let stored = self.run(&["secret", "list"], "");
        assert!(SECRETS.iter().all(|(name, _)| stored["stored"][name] == json!(true)), "{stored}");
        let mut terminal = self.start(&["first-manager", "Huda"], "");
        terminal.answer("New PIN of Huda: ", PIN);
        terminal.answer("The same again: ", PIN);
        assert_eq!(self.end(terminal).code, 0);
    }
}

/// The words of a command whose answer is JSON.
pub fn as_json(arguments: &[&str]) -> Vec<String> {
    arguments.iter().chain(&["--json"]).map(|argument| (*argument).to_owned()).collect()
}
