//! The till as processes of an operating system: they are killed at chosen moments, and several are started at once. Each command
//! proves one thing; without one, a short slice of all of them runs.
//!
//! - `kills`: SIGKILL at the k-th call of each kind that `checkstand-cli` makes; the far end's books are the judge
//! - `operations`: what is killed: sales, a look at a payment, refunds, a closing that moves the log, a migration
//! - `points`: which calls there are, and which of them are chosen
//! - `judge`: ledger, books, and what was said before the end
//! - `ledgers`: folders with a ledger of today, and of the first version
//! - `instances`: two tills start at once on one ledger
//!
//! `cargo test --profile proof -p checkstand-engine --test processes -- kills --points 400`
//!
//! What it says on standard output ends with `N passed, N failed`.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "one binary of modules")]

use std::process::ExitCode;

#[cfg(target_os = "linux")]
#[path = "../wires/cli_terminal.rs"]
mod cli_terminal;
#[cfg(target_os = "linux")]
#[path = "../far_end.rs"]
mod far_end;
#[cfg(target_os = "linux")]
#[path = "../wires/session.rs"]
mod session;
#[cfg(target_os = "linux")]
#[path = "../wires/technician.rs"]
mod technician;

#[cfg(target_os = "linux")]
#[path = "../first_version.rs"]
mod first_version;

mod instances;
#[cfg(target_os = "linux")]
mod judge;
#[cfg(target_os = "linux")]
mod kills;
#[cfg(target_os = "linux")]
mod ledgers;
#[cfg(target_os = "linux")]
mod operations;
#[cfg(target_os = "linux")]
mod points;

const USAGE: &str = "processes [kills [--points N] | instances [--starts N]]";
/// What belongs to every check.
const POINTS_SHORT: usize = 28;
const STARTS_SHORT: u64 = 200;

fn main() -> ExitCode {
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    // What cargo and libtest's callers may add means nothing here.
    words.retain(|word| !["--nocapture", "--quiet", "-q"].contains(&word.as_str()));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let passed = match words[..] {
        [] => vec![kills(POINTS_SHORT), instances::run(STARTS_SHORT)],
        ["kills"] => vec![kills(400)],
        ["kills", "--points", number] => vec![kills(number.parse().unwrap())],
        ["instances"] => vec![instances::run(10_000)],
        ["instances", "--starts", number] => vec![instances::run(number.parse().unwrap())],
        // What this binary starts itself as.
        #[cfg(target_os = "linux")]
        ["kill", operation, points] => return kills::work(operation, points.parse().unwrap()),
        ["start", folder] => return instances::start(folder.as_ref()),
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    let failed = passed.iter().filter(|is_well| !**is_well).count();
    println!("{} passed, {failed} failed", passed.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(target_os = "linux")]
fn kills(points: usize) -> bool {
    kills::run(points)
}

/// System calls are counted by a tool of Linux.
#[cfg(not(target_os = "linux"))]
fn kills(_points: usize) -> bool {
    println!("kills: only on Linux");
    true
}
