//! The promises of the till, proven by numbers. Each part is a command; without one, the short slice of all of them runs, as in
//! continuous integration.
//!
//! `cargo test --profile proof -p checkstand-simulator --test proof -- <part> [--count N] [--first N]`
//!
//! - `swarm`: bad days by the thousand, ledger against the providers' books; counts which event met which state
//! - `pairs`: what several swarms have printed, from standard input, counted together
//! - `worlds`: every combination of the nine open questions
//! - `determinism`: the same seed, the same trace
//! - `races`: refunds from several windows, answers in any order
//! - `speed`: days of a shop a second
//!
//! What it says on standard output ends with `N passed, N failed`.

#![allow(
    clippy::disallowed_methods,
    clippy::float_arithmetic,
    reason = "how long it took is told; what it does knows no clock"
)]
#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(
    unreachable_pub,
    dead_code,
    unused_imports,
    reason = "the shop is shared with the stories, which use more of it"
)]

#[path = "../world/mod.rs"]
mod world;

mod arguments;
mod crew;
mod determinism;
mod pairs;
mod races;
mod speed;
mod swarm;

use arguments::{Arguments, Part};
use std::process::ExitCode;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("pairs") {
        let printed = std::io::read_to_string(std::io::stdin()).unwrap();
        return if pairs::judge_printed(&printed) { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    }
    let arguments = match Arguments::read() {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("proof: {why}");
            return ExitCode::from(2);
        }
    };
    let outcomes: Vec<bool> = arguments.parts().into_iter().map(|(part, range)| run(part, range)).collect();
    let passed = outcomes.iter().filter(|is_well| **is_well).count();
    println!("{passed} passed, {} failed", outcomes.len() - passed);
    if passed == outcomes.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn run(part: Part, range: std::ops::Range<u64>) -> bool {
    match part {
        Part::Swarm => swarm::run(range),
        Part::Worlds => swarm::run_worlds(range),
        Part::Determinism => determinism::run(range),
        Part::Races => races::run(range),
        Part::Speed => speed::run(range),
    }
}
