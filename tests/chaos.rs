//! Whole days of a shop with everything going wrong at once, then calm: the ledger must agree with the providers' books.
//!
//! A failing seed is printed. To pin it, add it to `PINNED`; to look at it, run
//! `CHAOS_SEED=<seed> cargo test -p checkstand-simulator --test till chaos -- --nocapture`.

use crate::world::{Day, MORNING_MS, Tally, violations};

/// Seeds that found something once.
const PINNED: &[u64] = &[];
/// How many seeds run in the ordinary test.
const SEEDS: u64 = 3_000;

#[test]
fn the_ledger_agrees_with_the_books_after_every_kind_of_bad_day() {
    let chosen = from_environment("CHAOS_SEED");
    let first = from_environment("CHAOS_FIRST").unwrap_or(1);
    let count = from_environment("CHAOS_SEEDS").unwrap_or(SEEDS);
    let seeds: Vec<u64> = match chosen {
        Some(seed) => vec![seed],
        None => PINNED.iter().copied().chain(first..first + count).collect(),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let results: Vec<(Tally, Vec<Failure>)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|worker| {
                let mine: Vec<u64> = seeds.iter().copied().skip(worker).step_by(threads).collect();
                scope.spawn(move || run_seeds(&mine))
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("a seed panicked; its number is printed above")).collect()
    });
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for (part, failed) in results {
        tally.add(&part);
        failures.extend(failed);
    }
    println!("chaos: {} seeds, {tally:?}", seeds.len());
    failures.sort();
    for (seed, wrongs) in failures.iter().take(5) {
        println!("seed {seed}:");
        for wrong in wrongs.iter().take(6) {
            println!("  {wrong}");
        }
    }
    let numbers: Vec<u64> = failures.iter().map(|(seed, _)| *seed).take(20).collect();
    assert!(failures.is_empty(), "{} of {} seeds fail, first {numbers:?}", failures.len(), seeds.len());
    if chosen.is_none() {
        assert!(
            tally.paid > 0 && tally.declined > 0 && tally.unknown > 0 && tally.refunded > 0 && tally.crashes > 0,
            "a day without events proves nothing"
        );
    }
}

/// A seed and what was wrong after it.
type Failure = (u64, Vec<String>);

#[allow(clippy::disallowed_methods, reason = "which seeds to run is chosen from outside; what they do is not")]
pub fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

fn run_seeds(seeds: &[u64]) -> (Tally, Vec<Failure>) {
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for seed in seeds {
        let shop = std::panic::catch_unwind(|| Day::bad(*seed).live()).unwrap_or_else(|panic| {
            println!("seed {seed} panicked");
            std::panic::resume_unwind(panic)
        });
        tally.count(&shop);
        if seeds.len() == 1 {
            for entry in &shop.ledger {
                println!("{:>9} {:?}", entry.at_ms - MORNING_MS, entry.fact);
            }
        }
        let wrongs = violations(&shop);
        if !wrongs.is_empty() {
            failures.push((*seed, wrongs));
        }
    }
    (tally, failures)
}
