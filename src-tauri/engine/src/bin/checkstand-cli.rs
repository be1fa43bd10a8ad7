//! What is done to a till from a terminal. Answers go to stdout, as text or as JSON; progress and problems go to stderr.

#![allow(unreachable_pub, reason = "a binary has no outside; pub says what a module offers the others")]

#[path = "checkstand-cli/doctor.rs"]
mod doctor;
#[path = "checkstand-cli/fill.rs"]
mod fill;
#[path = "checkstand-cli/say.rs"]
mod say;
#[path = "checkstand-cli/status.rs"]
mod status;
#[path = "checkstand-cli/till.rs"]
mod till;
#[path = "checkstand-cli/verify.rs"]
mod verify;

use clap::{Args, Parser, Subcommand};
use say::Ending;
use std::path::PathBuf;
use std::process::ExitCode;

const EXAMPLES: &str = "\
Examples:
  checkstand-cli status
  checkstand-cli doctor
  checkstand-cli verify --json
  checkstand-cli status --mode test --data-dir /srv/till

Exit codes: 0 all is well, 1 it could not be done or something has failed, 2 it was asked wrongly,
3 the journal is not as it was written.";

#[derive(Parser)]
#[command(
    name = "checkstand-cli",
    version,
    about = "What is done to a Checkstand till from a terminal.",
    after_help = EXAMPLES
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Which till this is, whether it is open, and what its ledger holds. Needs no PIN, changes nothing.
    Status(Which),
    /// Looks for what keeps a till from working, and says what to do next: this computer, the keychain, the way to each
    /// provider, the ledger. Needs no PIN, changes nothing, moves no money.
    Doctor(doctor::Doctor),
    /// Checks the whole journal, its anchor and its lists, beside an open till or without one. Changes nothing.
    Verify(Which),
    /// For those who develop Checkstand.
    #[command(subcommand)]
    Dev(Dev),
}

/// Which till.
#[derive(Args)]
struct Which {
    /// Which money: training, test or live. Without it, what the settings say.
    #[arg(long, value_parser = till::read_mode)]
    mode: Option<checkstand_engine::settings::Mode>,
    /// The folder for ledgers, instead of the platform's, as for the till itself.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// The settings file, instead of the platform's.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The answer as one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Subcommand)]
enum Dev {
    /// Makes a ledger of invented payments where there is none yet.
    Fill(fill::Fill),
}

fn main() -> ExitCode {
    let (json, ended) = match Arguments::parse().command {
        Command::Status(which) => (which.json, status::run(&which)),
        Command::Doctor(asked) => (asked.json(), doctor::run(&asked)),
        Command::Verify(which) => (which.json, verify::run(&which)),
        Command::Dev(Dev::Fill(fill)) => (false, fill::run(&fill)),
    };
    match ended {
        Ok(Ending::Well) => ExitCode::SUCCESS,
        Ok(Ending::Unwell) => ExitCode::FAILURE,
        Ok(Ending::Broken) => ExitCode::from(3),
        Err(problem) => {
            say::refuse(&problem, json);
            ExitCode::FAILURE
        }
    }
}
