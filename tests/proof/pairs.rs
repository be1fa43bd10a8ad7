//! Which event met which state, and how often. The table says what is possible; whatever else comes is a surprise, and what
//! stays away for long is told.

use crate::world::{EVENTS, Pair};
use std::collections::{BTreeMap, BTreeSet};

/// From so many payments on each possible pair must have come often enough.
const PAYMENTS_FOR_A_VERDICT: usize = 5_000_000;
const HITS_MIN: u64 = 100;

const STATES: [&str; 9] = ["new", "opened", "sent", "waiting", "cancelling", "unknown", "declined", "paid", "reversed"];

/// How often each pair came.
#[derive(Default)]
pub struct Pairs(pub BTreeMap<Pair, u64>);

impl Pairs {
    pub fn add(&mut self, other: &Pairs) {
        for (pair, count) in &other.0 {
            *self.0.entry(*pair).or_default() += count;
        }
    }
}

/// The pairs that can come: one line a state, its events behind it.
fn possible() -> BTreeSet<Pair> {
    let table = include_str!("pairs.txt");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let pairs = lines
        .filter_map(|line| line.split_once(':'))
        .flat_map(|(state, events)| events.split_whitespace().map(move |event| (state.trim(), event)));
    pairs.collect()
}

/// Whether what came is what can come. Says what is missing.
pub fn judge(pairs: &Pairs, payments: usize) -> bool {
    let possible = possible();
    assert!(possible.iter().all(|(state, _)| STATES.contains(state)), "pairs.txt names a state that is none");
    let surprises: Vec<String> = pairs
        .0
        .keys()
        .filter(|pair| !possible.contains(*pair))
        .map(|(state, event)| format!("{state}+{event}"))
        .collect();
    let rare = |pair: &&Pair| pairs.0.get(*pair).is_none_or(|count| *count < HITS_MIN);
    let told = |pair: &Pair| format!("{}+{} ({})", pair.0, pair.1, pairs.0.get(pair).unwrap_or(&0));
    let missing: Vec<String> = possible.iter().filter(rare).map(told).collect();
    println!("pairs: {} of {} possible came {HITS_MIN} times", possible.len() - missing.len(), possible.len());
    for (what, list) in [("never thought of", &surprises), ("rarer", &missing)] {
        if !list.is_empty() {
            println!("  {what}: {}", list.join(" "));
        }
    }
    let came_nowhere: Vec<String> = STATES
        .iter()
        .flat_map(|state| EVENTS.iter().map(move |event| (*state, *event)))
        .filter(|pair| !pairs.0.contains_key(pair))
        .map(|(state, event)| format!("{state}+{event}"))
        .collect();
    println!("  never, of {} thinkable: {}", STATES.len() * EVENTS.len(), came_nowhere.join(" "));
    surprises.is_empty() && (missing.is_empty() || payments < PAYMENTS_FOR_A_VERDICT)
}
