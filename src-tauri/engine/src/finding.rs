//! What an examination found: one line for a technician, with a code that stays the same and the next step.

use serde::Serialize;
use std::time::Instant;

/// How an examination ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Not looked at, for the reason that it says.
    Skipped,
    /// Nothing is wrong.
    Well,
    /// The till works; somebody should look at it.
    Warning,
    /// The till, or one provider, takes no money.
    Failed,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `settings`, `disk`, `mispay.tls` …
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// Stays the same in every version; empty where nothing is wrong.
    pub code: &'static str,
    /// What was found.
    pub what: String,
    /// The next step; empty where there is none.
    pub todo: &'static str,
    /// How long it took to find out, in milliseconds.
    pub took_ms: u64,
}

impl Finding {
    fn of(
        check: &'static str,
        state: State,
        code: &'static str,
        what: impl Into<String>,
        todo: &'static str,
    ) -> Finding {
        Finding { check, state, code, what: what.into(), todo, took_ms: 0 }
    }

    /// Nothing is wrong.
    pub fn well(check: &'static str, what: impl Into<String>) -> Finding {
        Finding::of(check, State::Well, "", what, "")
    }

    /// It was not looked at, and this is why.
    pub fn skipped(check: &'static str, why: impl Into<String>) -> Finding {
        Finding::of(check, State::Skipped, "", why, "")
    }

    /// The till works; somebody should look at it.
    pub fn warning(check: &'static str, code: &'static str, what: impl Into<String>, todo: &'static str) -> Finding {
        Finding::of(check, State::Warning, code, what, todo)
    }

    /// The till, or one provider, takes no money.
    pub fn failed(check: &'static str, code: &'static str, what: impl Into<String>, todo: &'static str) -> Finding {
        Finding::of(check, State::Failed, code, what, todo)
    }
}

/// The findings of one examination, told one by one as they are made.
pub struct Findings<'t> {
    list: Vec<Finding>,
    tell: &'t mut (dyn FnMut(&Finding) + Send),
    since: Instant,
}

impl<'t> Findings<'t> {
    /// None yet; `tell` hears each.
    pub fn new(tell: &'t mut (dyn FnMut(&Finding) + Send)) -> Findings<'t> {
        Findings { list: Vec::new(), tell, since: Instant::now() }
    }

    /// One more. What it took is the time since the one before.
    pub fn add(&mut self, mut finding: Finding) {
        finding.took_ms = u64::try_from(self.since.elapsed().as_millis()).unwrap_or(u64::MAX);
        self.since = Instant::now();
        (self.tell)(&finding);
        self.list.push(finding);
    }

    /// All of them, in the order in which they were made.
    pub fn list(self) -> Vec<Finding> {
        self.list
    }
}

/// The worst of them.
pub fn worst(findings: &[Finding]) -> State {
    findings.iter().map(|finding| finding.state).max().unwrap_or(State::Well)
}
