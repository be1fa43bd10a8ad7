//! How this program speaks: one answer on stdout, problems on stderr, each with a code that stays the same.

use crate::words;
use checkstand_core::problem::Problem;
use serde::Serialize;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// How a command ended that could be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All is well; it is done; it is paid.
    Well,
    /// Something that was looked at has failed, or what was asked for did not come about.
    Unwell,
    /// The journal is not as it was written.
    Broken,
    /// It is certain that no money moved.
    NotPaid,
    /// Nobody knows yet whether money has moved.
    NotKnown,
}

impl Ending {
    /// The exit code; docs/OPERATING.md has the table.
    pub fn code(self) -> u8 {
        match self {
            Ending::Well => 0,
            Ending::Unwell => 1,
            Ending::Broken => 3,
            Ending::NotPaid => 4,
            Ending::NotKnown => 5,
        }
    }
}

/// What keeps a command from being carried out.
pub fn problem(code: &'static str, detail: impl Display) -> Problem {
    Problem::new(code).with("detail", detail)
}

/// Says why a command was not carried out; answers the exit code.
pub fn refuse(problem: &Problem, json: bool) -> u8 {
    if json {
        answer(&serde_json::json!({ "problem": problem }));
    } else {
        eprintln!("checkstand-cli: {} ({})", words::of_problem(problem), problem.code);
    }
    words::exit_code(problem)
}

/// Says how it goes on. No answer: that comes at the end.
pub fn tell(what: impl Display) {
    eprintln!("{what}");
}

/// Writes the answer. Whoever reads it may have gone: that is no problem of ours.
pub fn answer(value: &impl Serialize) {
    let text = serde_json::to_string_pretty(value).expect("an answer is JSON");
    _ = writeln!(io::stdout(), "{text}");
}

/// One line of a human answer.
pub fn line(name: &str, value: impl Display) {
    _ = writeln!(io::stdout(), "{name:<12} {value}");
}

/// A line of a list.
pub fn plain(line: impl Display) {
    _ = writeln!(io::stdout(), "{line}");
}

/// Progress, where somebody is looking.
pub struct Progress {
    shown: bool,
    last_percent: Option<i64>,
}

impl Progress {
    pub fn new() -> Progress {
        Progress { shown: io::stderr().is_terminal(), last_percent: None }
    }

    pub fn at(&mut self, what: &str, done: i64, of: i64) {
        let percent = if of > 0 { (done * 100 / of).min(100) } else { 100 };
        if self.shown && self.last_percent != Some(percent) {
            self.last_percent = Some(percent);
            eprint!("\r{what} {percent:>3} %");
        }
    }

    /// Takes the line away.
    pub fn end(&self) {
        if self.shown && self.last_percent.is_some() {
            eprint!("\r\x1b[K");
        }
    }
}
