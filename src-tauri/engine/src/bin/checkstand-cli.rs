//! What is done to a till from a terminal. Answers go to stdout, as text or as JSON; progress and problems go to stderr.

#![allow(unreachable_pub, reason = "a binary has no outside; pub says what a module offers the others")]

#[path = "checkstand-cli/asking.rs"]
mod asking;
#[path = "checkstand-cli/copies.rs"]
mod copies;
#[path = "checkstand-cli/ctrl_c.rs"]
mod ctrl_c;
#[path = "checkstand-cli/desk.rs"]
mod desk;
#[path = "checkstand-cli/doctor.rs"]
mod doctor;
#[path = "checkstand-cli/fill.rs"]
mod fill;
#[path = "checkstand-cli/following.rs"]
mod following;
#[path = "checkstand-cli/history.rs"]
mod history;
#[path = "checkstand-cli/outcome.rs"]
mod outcome;
#[path = "checkstand-cli/outcomes.rs"]
mod outcomes;
#[path = "checkstand-cli/people.rs"]
mod people;
#[path = "checkstand-cli/reading.rs"]
mod reading;
#[path = "checkstand-cli/refund.rs"]
mod refund;
#[path = "checkstand-cli/report.rs"]
mod report;
#[path = "checkstand-cli/say.rs"]
mod say;
#[path = "checkstand-cli/secrets.rs"]
mod secrets;
#[path = "checkstand-cli/sell.rs"]
mod sell;
#[path = "checkstand-cli/settings.rs"]
mod settings;
#[path = "checkstand-cli/settings_keys.rs"]
mod settings_keys;
#[path = "checkstand-cli/status.rs"]
mod status;
#[path = "checkstand-cli/till.rs"]
mod till;
#[path = "checkstand-cli/verify.rs"]
mod verify;
#[path = "checkstand-cli/words.rs"]
mod words;

use checkstand_core::problem::Problem;
use clap::{Parser, Subcommand};
use say::Ending;
use std::process::ExitCode;
use till::Which;

const EXAMPLES: &str = "\
Examples:
  checkstand-cli status
  checkstand-cli doctor
  checkstand-cli sell --operator Sara --provider mispay --amount 201.05
  checkstand-cli history --state attention
  checkstand-cli verify --json

Commands that move money, change settings or make files ask for a PIN at the terminal, and run only while the till's window is
closed. All others need no PIN, change nothing, and work beside it.

Exit codes: 0 all is well, it is done, it is paid; 1 it could not be done, or something has failed; 2 it was asked wrongly;
3 the journal is not as it was written; 4 not paid; 5 not known, still open, or paid otherwise than asked; 130 called off by
Ctrl-C.";

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
    #[command(after_help = "Examples:\n  checkstand-cli status\n  checkstand-cli status --mode test --json")]
    Status(Which),
    /// Looks for what keeps a till from working, and says what to do next: this computer, the keychain, the way to each
    /// provider, the ledger. Needs no PIN, changes nothing, moves no money.
    #[command(after_help = doctor::EXAMPLES)]
    Doctor(doctor::Doctor),
    /// Writes one file for whoever helps: findings, settings, logs, crash reports, the journal's end. No secret is in it.
    #[command(after_help = doctor::BUNDLE_EXAMPLES)]
    Bundle(Which),
    /// Checks the whole journal, its anchor and its lists, beside an open till or without one. Changes nothing.
    #[command(after_help = "Examples:\n  checkstand-cli verify\n  checkstand-cli verify --data-dir /srv/till --json")]
    Verify(Which),
    /// Charges a customer, and waits for what becomes of it.
    #[command(after_help = sell::EXAMPLES)]
    Sell(sell::Sell),
    /// Gives money back from a paid payment.
    #[command(after_help = refund::EXAMPLES)]
    Refund(refund::GiveBack),
    /// Stops a payment, where its provider can.
    #[command(after_help = outcomes::CANCEL_EXAMPLES)]
    Cancel(outcomes::About),
    /// Asks the provider about a payment at once.
    #[command(after_help = outcomes::CHECK_EXAMPLES)]
    Check(outcomes::About),
    /// Says what became of a payment whose outcome is not known, on a manager's word.
    #[command(after_help = outcomes::SETTLE_EXAMPLES)]
    Settle(outcomes::Settle),
    /// Lists payments, the newest first. Needs no PIN, changes nothing.
    #[command(after_help = history::EXAMPLES)]
    History(history::Listed),
    /// One payment, and everything that happened to it. Needs no PIN, changes nothing.
    #[command(after_help = history::PAYMENT_EXAMPLES)]
    Payment(history::One),
    /// A shift's report. Needs no PIN, changes nothing.
    #[command(after_help = report::EXAMPLES)]
    Report(report::Numbered),
    /// Opens and closes shifts.
    #[command(subcommand, after_help = report::SHIFT_EXAMPLES)]
    Shift(report::Shift),
    /// Copies the ledger, and checks the copy.
    #[command(after_help = copies::BACKUP_EXAMPLES)]
    Backup(copies::Backup),
    /// Puts a checked copy in the place of a broken ledger.
    #[command(after_help = copies::RESTORE_EXAMPLES)]
    Restore(copies::Restore),
    /// Writes payments to a file.
    #[command(after_help = copies::EXPORT_EXAMPLES)]
    Export(copies::Export),
    /// Shows and changes settings.
    #[command(subcommand, after_help = settings::EXAMPLES)]
    Settings(settings::Setting),
    /// Stores the providers' credentials in the system's keychain.
    #[command(subcommand, after_help = secrets::EXAMPLES)]
    Secret(secrets::Secret),
    /// Begins a store's ledger with its first manager.
    #[command(after_help = people::EXAMPLES)]
    FirstManager(people::FirstManager),
    /// For those who develop Checkstand.
    #[command(subcommand)]
    Dev(Dev),
}

#[derive(Subcommand)]
enum Dev {
    /// Makes a ledger of invented payments where there is none yet.
    Fill(fill::Fill),
}

impl Command {
    /// Whether the answer is JSON, and how the command ended.
    fn run(&self) -> (bool, Result<Ending, Problem>) {
        match self {
            Command::Status(which) => (which.place.json, status::run(which)),
            Command::Doctor(asked) => (asked.which.place.json, doctor::run(asked)),
            Command::Bundle(which) => (which.place.json, doctor::bundle(which)),
            Command::Verify(which) => (which.place.json, verify::run(which)),
            Command::Sell(asked) => (asked.which.place.json, sell::run(asked)),
            Command::Refund(asked) => (asked.which.place.json, refund::run(asked)),
            Command::Cancel(asked) => (asked.which.place.json, outcomes::cancel(asked)),
            Command::Check(asked) => (asked.which.place.json, outcomes::check(asked)),
            Command::Settle(asked) => (asked.which.place.json, outcomes::settle(asked)),
            Command::History(asked) => (asked.which.place.json, history::list(asked)),
            Command::Payment(asked) => (asked.which.place.json, history::one(asked)),
            Command::Report(asked) => (asked.which.place.json, report::run(asked)),
            Command::Shift(asked) => (asked.is_json(), report::shift(asked)),
            Command::Backup(asked) => (asked.which.place.json, copies::backup(asked)),
            Command::Restore(asked) => (asked.which.place.json, copies::restore(asked)),
            Command::Export(asked) => (asked.which.place.json, copies::export(asked)),
            Command::Settings(asked) => (asked.is_json(), settings::run(asked)),
            Command::Secret(asked) => (asked.is_json(), secrets::run(asked)),
            Command::FirstManager(asked) => (asked.which.place.json, people::first_manager(asked)),
            Command::Dev(Dev::Fill(fill)) => (false, fill::run(fill)),
        }
    }
}

fn main() -> ExitCode {
    checkstand_engine::hardening::forbid_core_dumps();
    let (json, ended) = Arguments::parse().command.run();
    ExitCode::from(match ended {
        Ok(ending) => ending.code(),
        Err(problem) => say::refuse(&problem, json),
    })
}
