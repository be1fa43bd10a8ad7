//! `doctor`: what is wrong with a till, and what to do next. `bundle`: the same and more, in a file for whoever helps.

use crate::say::{self, Ending, problem};
use crate::till::Which;
use checkstand_core::problem::Problem;
use checkstand_engine::bundle;
use checkstand_engine::clock::{Clock, stamp};
use checkstand_engine::doctor::{Scope, examine};
use checkstand_engine::finding::{Finding, Findings, State, worst};
use checkstand_engine::redact::Redactor;
use checkstand_engine::settings::paths::Paths;
use checkstand_engine::settings::{self, Settings};
use checkstand_engine::setup::stored_secrets;
use checkstand_engine::vault::Vault;
use clap::Args;
use serde::Serialize;

pub const EXAMPLES: &str = "\
Examples:
  checkstand-cli doctor
  checkstand-cli doctor --offline
  checkstand-cli doctor --mode live --json";

pub const BUNDLE_EXAMPLES: &str = "\
Examples:
  checkstand-cli bundle
  checkstand-cli bundle --mode test --json";

#[derive(Serialize)]
struct Answer {
    /// The worst state of all.
    state: State,
    findings: Vec<Finding>,
}

#[derive(Args)]
pub struct Doctor {
    #[command(flatten)]
    pub which: Which,
    /// Ask no provider: look at this computer only.
    #[arg(long)]
    offline: bool,
}

pub fn run(asked: &Doctor) -> Result<Ending, Problem> {
    let findings = look(&asked.which, asked.offline, &asked.which.place.paths()?)?;
    let state = worst(&findings);
    let broken = findings.iter().any(|finding| finding.code == "chain_broken");
    if asked.which.place.json {
        say::answer(&Answer { state, findings });
    }
    Ok(match state {
        _ if broken => Ending::Broken,
        State::Skipped | State::Well | State::Warning => Ending::Well,
        State::Failed => Ending::Unwell,
    })
}

/// Writes the support bundle, and says where it lies.
pub fn bundle(which: &Which) -> Result<Ending, Problem> {
    let paths = which.place.paths()?;
    let findings = look(which, false, &paths)?;
    // Settings that cannot be read are among the findings; the bundle holds the file as it is.
    let mut settings = settings::load(paths.settings()).unwrap_or_default();
    settings.mode = which.mode.unwrap_or(settings.mode);
    let redactor = redactor(&settings)?;
    let path = bundle::write(&paths, settings.mode, &stamp(Clock::new().now().utc_ms), &findings, &redactor);
    let path = path.map_err(|error| problem("bundle_failed", error))?;
    if which.place.json {
        say::answer(&serde_json::json!({ "path": path.display().to_string() }));
    } else {
        say::line("bundle", path.display());
    }
    Ok(Ending::Well)
}

fn look(which: &Which, offline: bool, paths: &Paths) -> Result<Vec<Finding>, Problem> {
    let is_json = which.place.json;
    let mut tell = |finding: &Finding| {
        if !is_json {
            tell(finding);
        }
    };
    let mut findings = Findings::new(&mut tell);
    let scope = Scope { mode: which.mode, asks_providers: !offline, open_till: None };
    checkstand_engine::wire::install_crypto_provider();
    block_on(examine(paths, scope, &mut findings))?;
    Ok(findings.list())
}

/// Knows this till's secrets, so that none of them can be in a file that leaves it.
fn redactor(settings: &Settings) -> Result<Redactor, Problem> {
    let vault = Vault::new(settings.mode.name());
    Ok(Redactor::knowing(block_on(stored_secrets(&vault))?))
}

/// Without a listener for Ctrl-C: it ends an examination at once.
fn block_on<T>(work: impl Future<Output = T>) -> Result<T, Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    let runtime = runtime.map_err(|error| problem("internal", error))?;
    let done = runtime.block_on(work);
    // A name server that keeps silent holds its thread for as long as the system lets it, and everything has been said.
    runtime.shutdown_background();
    Ok(done)
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
