//! `doctor`: what is wrong with a till, and what to do next.

use crate::Which;
use crate::say::{self, Ending, problem};
use checkstand_core::problem::Problem;
use checkstand_engine::doctor::{Scope, examine};
use checkstand_engine::finding::{Finding, Findings, State, worst};
use checkstand_engine::settings::paths::Paths;
use clap::Args;
use serde::Serialize;

#[derive(Serialize)]
struct Answer {
    /// The worst state of all.
    state: State,
    findings: Vec<Finding>,
}

#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    which: Which,
    /// Ask no provider: look at this computer only.
    #[arg(long)]
    offline: bool,
}

impl Doctor {
    /// Whether the answer is JSON.
    pub fn json(&self) -> bool {
        self.which.json
    }
}

pub fn run(asked: &Doctor) -> Result<Ending, Problem> {
    let paths = Paths::find(asked.which.data_dir.clone(), asked.which.config.clone());
    let paths = paths.map_err(|error| problem("no_home", error))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| problem("internal", error))?;
    let mut tell = |finding: &Finding| if !asked.which.json { tell(finding) };
    let mut findings = Findings::new(&mut tell);
    let scope = Scope { mode: asked.which.mode, asks_providers: !asked.offline, open_till: None };
    checkstand_engine::wire::install_crypto_provider();
    runtime.block_on(examine(&paths, scope, &mut findings));
    let findings = findings.list();
    let state = worst(&findings);
    let broken = findings.iter().any(|finding| finding.code == "chain_broken");
    if asked.which.json {
        say::answer(&Answer { state, findings });
    }
    Ok(match state {
        _ if broken => Ending::Broken,
        State::Skipped | State::Well | State::Warning => Ending::Well,
        State::Failed => Ending::Unwell,
    })
}

fn tell(finding: &Finding) {
    let word = match finding.state {
        State::Skipped => "–",
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
