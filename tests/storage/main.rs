//! The ledger, as it is, on a disk that loses power, fails, or is edited behind its back. Each command proves one thing with
//! real SQLite on the disk of `tests/vfs`; without one, a short slice of all of them runs.
//!
//! - `shelf`: a folder with a disk in memory, and the entries of a shop
//! - `power_loss`: the power is cut after any operation; nothing that was acknowledged is lost
//! - `old_ledger`: a ledger of the first version, for cuts in the middle of its migration
//! - `disk_faults`: every call can fail; what was acknowledged is durable, and the same ledger goes on when the disk does
//! - `tampering`: every edit is found, named by its first wrong line, and stops new money
//! - `selling`: a whole engine, and a sale
//! - `day`: days of the whole till on such a disk, with power cuts; the providers' books are the judge
//! - `speed`: how many days a second
//! - `report`: what is counted and said
//!
//! `cargo test --profile proof -p checkstand-engine --test storage -- power-loss --points 100000`

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "one binary of modules")]

#[allow(dead_code, unused_imports, reason = "the stories use more of it")]
#[path = "../world/mod.rs"]
mod world;

#[path = "../first_version.rs"]
mod first_version;

mod day;
mod disk_faults;
mod old_ledger;
mod power_loss;
mod report;
mod selling;
mod shelf;
mod speed;
mod tampering;

use report::{Report, Share};
use std::process::ExitCode;

const USAGE: &str = "storage [power-loss | disk-faults | days | tampering | speed] [--first SEED] [--count SEEDS] [--points N | --edits N] [--every N]";

fn main() -> ExitCode {
    checkstand_vfs::install();
    let mut words: Vec<String> = std::env::args().skip(1).collect();
    // What cargo and libtest's callers may add means nothing here.
    words.retain(|word| !["--nocapture", "--quiet", "-q"].contains(&word.as_str()));
    let command =
        if words.first().is_some_and(|word| !word.starts_with('-')) { words.remove(0) } else { String::new() };
    let share = match Share::parse(&words) {
        Ok(share) => share,
        Err(why) => {
            eprintln!("{why}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let reports: Vec<Report> = match command.as_str() {
        "" => vec![
            power_loss::run(&share.or_points(250).or_every(41)),
            disk_faults::stories(),
            disk_faults::run(&share.or_count(24)),
            day::run(&share.or_count(8)),
            speed::run(&share.or_count(1)),
            tampering::run(&share.or_points(112)),
        ],
        "power-loss" => vec![power_loss::run(&share.or_points(100_000))],
        "disk-faults" => vec![disk_faults::run(&share.or_count(4_000))],
        "days" => vec![day::run(&share.or_count(2_000))],
        "speed" => vec![speed::run(&share.or_count(24))],
        "tampering" => vec![tampering::run(&share.or_points(10_000))],
        other => {
            eprintln!("{other}: no such proof\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let failed: u64 = reports.iter().map(|report| report.failed).sum();
    for report in &reports {
        report.close();
    }
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
