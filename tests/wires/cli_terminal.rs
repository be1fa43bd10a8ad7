//! `checkstand-cli` with a terminal of its own, which `script` makes: what it shows there, what is typed, and how it ends.
//! Standard output and standard error are files, as for a script; a PIN is asked for at the terminal all the same.

#![allow(dead_code, reason = "two test binaries share it, and neither uses all of it")]

use serde_json::Value;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(90);
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A running `checkstand-cli`.
pub struct Terminal {
    /// The program that holds the terminal.
    script: Child,
    keys: ChildStdin,
    shown: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
    /// Standard input, output and error, and which terminal and process it is.
    folder: tempfile::TempDir,
    /// How much of what was shown has been answered.
    answered: usize,
}

/// How it ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
    /// At the terminal itself.
    pub shown: String,
    /// How the terminal was left, in words of `stty`.
    modes: String,
}

impl Terminal {
    /// Starts it. Standard input is a file with this text, or the terminal.
    pub fn start(arguments: &[String], stdin: Option<&str>) -> Terminal {
        Terminal::start_with(arguments, stdin, &[])
    }

    /// The same with these variables in its environment.
    pub fn start_with(arguments: &[String], stdin: Option<&str>, variables: &[(&str, PathBuf)]) -> Terminal {
        Terminal::start_under(&[], arguments, stdin, variables)
    }

    /// The same as the last words of another command, which watches it.
    pub fn start_under(
        watcher: &[String],
        arguments: &[String],
        stdin: Option<&str>,
        variables: &[(&str, PathBuf)],
    ) -> Terminal {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| quoted(folder.path().join(name).to_str().unwrap());
        let input = stdin.map_or_else(String::new, |text| {
            std::fs::write(folder.path().join("stdin"), text).unwrap();
            format!("<{}", place("stdin"))
        });
        let program = env!("CARGO_BIN_EXE_checkstand-cli").to_owned();
        let words = watcher.iter().chain([&program]).chain(arguments);
        let program = format!(
            "tty >{}; echo $$ >{}; exec {} {input} >{} 2>{}",
            place("tty"),
            place("pid"),
            words.map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
            place("stdout"),
            place("stderr"),
        );
        // A shell around it survives a Ctrl-C, and sees how the terminal was left.
        let command =
            format!("trap : INT; sh -c {}; code=$?; stty -a >{}; exit $code", quoted(&program), place("modes"));
        let mut script = Command::new("script")
            .args(["--quiet", "--return", "--flush", "--echo", "always", "--command", &command, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let shown: Arc<Mutex<String>> = Arc::default();
        let reader = read(script.stdout.take().unwrap(), &shown);
        let keys = script.stdin.take().unwrap();
        Terminal { script, keys, shown, reader: Some(reader), folder, answered: 0 }
    }

    /// Types a line when it is asked for, and when the terminal shows nothing that is typed: nobody types within the same
    /// millisecond.
    pub fn answer(&mut self, prompt: &str, line: &str) {
        self.wait_until_asked(prompt);
        self.answered = self.shown.lock().unwrap().len();
        self.press(&format!("{line}\r"));
    }

    /// The same, unless it ends before it asks.
    pub fn answer_if_asked(&mut self, prompt: &str, line: &str) {
        self.wait_for(prompt, |terminal| terminal.asks(prompt) || terminal.has_ended());
        if self.asks(prompt) {
            self.answered = self.shown.lock().unwrap().len();
            // It may be killed between its question and the answer.
            _ = self.keys.write_all(format!("{line}\r").as_bytes()).and_then(|()| self.keys.flush());
        }
    }

    /// Waits until a line is asked for.
    pub fn wait_until_asked(&mut self, prompt: &str) {
        self.wait_for(prompt, |terminal| terminal.asks(prompt));
    }

    fn asks(&self, prompt: &str) -> bool {
        self.shown.lock().unwrap()[self.answered..].contains(prompt) && !self.shows_what_is_typed()
    }

    fn has_ended(&self) -> bool {
        // Only its own shell writes how it left the terminal.
        !self.file("modes").is_empty()
    }

    fn shows_what_is_typed(&self) -> bool {
        let tty = self.file("tty");
        let modes = Command::new("stty").args(["-F", tty.trim(), "-a"]).output().unwrap();
        !String::from_utf8_lossy(&modes.stdout).split_whitespace().any(|mode| mode == "-echo")
    }

    /// Presses keys.
    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    /// Waits for something on standard error.
    pub fn wait_for_progress(&mut self, what: &str) {
        self.wait_for(what, |terminal| terminal.file("stderr").contains(what));
    }

    /// The id of the payment that it watches.
    pub fn payment(&mut self) -> String {
        self.wait_for_progress(": ");
        let stderr = self.file("stderr");
        let (_, rest) = stderr.split_once("payment ").unwrap_or_else(|| panic!("no payment: {stderr}"));
        rest.chars().take(36).collect()
    }

    /// The process's number.
    pub fn pid(&mut self) -> String {
        self.wait_for("its process", |terminal| terminal.file("pid").ends_with('\n'));
        self.file("pid").trim().to_owned()
    }

    /// Its arguments, which anybody may read. Its environment is what it was given: nothing here puts a secret there.
    pub fn arguments(&mut self) -> String {
        let bytes = std::fs::read(format!("/proc/{}/cmdline", self.pid())).unwrap();
        let seen = String::from_utf8_lossy(&bytes).into_owned();
        assert!(seen.contains("checkstand-cli"), "another process: {seen}");
        seen
    }

    fn file(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).unwrap_or_default()
    }

    fn wait_for(&mut self, what: &str, holds: impl Fn(&Terminal) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            let has_ended = self.script.try_wait().unwrap().is_some() && !holds(self);
            assert!(!has_ended && began.elapsed() < PATIENCE, "{what} did not come: {}", self.everything());
            std::thread::sleep(LOOK_EVERY);
        }
    }

    fn everything(&self) -> String {
        format!("{:?} {:?} {:?}", self.shown.lock(), self.file("stdout"), self.file("stderr"))
    }

    /// Waits until it has ended.
    pub fn end(mut self) -> Ended {
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.script.try_wait().unwrap() {
                break status;
            }
            assert!(began.elapsed() < PATIENCE, "it does not end: {}", self.everything());
            std::thread::sleep(LOOK_EVERY);
        };
        self.reader.take().unwrap().join().unwrap();
        let shown = self.shown.lock().unwrap().clone();
        let (stdout, stderr, modes) = (self.file("stdout"), self.file("stderr"), self.file("modes"));
        Ended { code: status.code().unwrap_or(-1), stdout, stderr, shown, modes }
    }
}

/// For a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Where it has ended, there is nothing to kill.
        _ = self.script.kill();
        _ = self.script.wait();
    }
}

impl Ended {
    /// The answer, of a command with `--json`.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The code of the problem that it was refused with.
    pub fn problem(&self) -> String {
        self.json()["problem"]["code"].as_str().unwrap_or_else(|| panic!("no problem: {self:?}")).to_owned()
    }

    /// Whether the terminal shows again what is typed there, and reads Ctrl-C.
    pub fn left_terminal_as_it_was(&self) -> bool {
        let has = |mode: &str| self.modes.split_whitespace().any(|word| word.trim_end_matches(';') == mode);
        has("echo") && has("icanon") && has("isig")
    }

    /// Everything that anybody could have seen of it.
    pub fn everything(&self) -> String {
        format!("{}\n{}\n{}", self.stdout, self.stderr, self.shown)
    }
}

fn read(mut from: impl Read + Send + 'static, to: &Arc<Mutex<String>>) -> JoinHandle<()> {
    let to = Arc::clone(to);
    std::thread::spawn(move || {
        let mut bytes = [0; 1024];
        while let Ok(count @ 1..) = from.read(&mut bytes) {
            to.lock().unwrap().push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    })
}
