//! `doctor`: what is wrong with a till, and what to do next.

use crate::say::{self, Ending, problem};
use crate::till::Which;
use checkstand_core::problem::Problem;
use checkstand_engine::doctor::{Finding, State, examine};
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    /// The worst state of all.
    state: State,
    findings: Vec<Finding>,
}

pub fn run(which: &Which) -> Result<Ending, Problem> {
    let paths = which.place.paths()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| problem("internal", error))?;
    let findings = runtime.block_on(examine(&paths, which.mode));
    let state = findings.iter().map(|finding| finding.state).max().unwrap_or(State::Well);
    let broken = findings.iter().any(|finding| finding.code == "chain_broken");
    if which.place.json {
        say::answer(&Answer { state, findings });
    } else {
        findings.iter().for_each(tell);
    }
    Ok(match state {
        _ if broken => Ending::Broken,
        State::Well | State::Warning => Ending::Well,
        State::Failed => Ending::Unwell,
    })
}

fn tell(finding: &Finding) {
    let word = match finding.state {
        State::Well => "well",
        State::Warning => "LOOK",
        State::Failed => "FAILED",
    };
    let code = if finding.code.is_empty() { String::new() } else { format!(" ({})", finding.code) };
    say::line(finding.check, format!("{word:<7}{}{code}", finding.what));
    if !finding.todo.is_empty() {
        say::line("", format!("       {}", finding.todo));
    }
}
