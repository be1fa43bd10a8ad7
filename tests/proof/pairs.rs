//! Which event met which state, and how often. The table says what is possible; whatever else comes is a surprise, and what
//! stays away for long is told.

use crate::world::{EVENTS, Pair};
use std::collections::{BTreeMap, BTreeSet};

/// From so many payments on each possible pair must have come.
const PAYMENTS_FOR_A_VERDICT: usize = 5_000_000;
/// So many hits are wanted in the long run.
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
    let count = |pair: &Pair| pairs.0.get(pair).copied().unwrap_or(0);
    let told = |pair: &Pair| format!("{}+{} ({})", pair.0, pair.1, count(pair));
    let surprises: Vec<String> = pairs.0.keys().filter(|pair| !possible.contains(*pair)).map(told).collect();
    let missing: Vec<String> = possible.iter().filter(|pair| count(pair) == 0).map(told).collect();
    let rare: Vec<String> = possible.iter().filter(|pair| (1..HITS_MIN).contains(&count(pair))).map(told).collect();
    println!(
        "pairs: {payments} payments, {} of {} possible came {HITS_MIN} times, {} never, {} that nobody thought of",
        possible.len() - missing.len() - rare.len(),
        possible.len(),
        missing.len(),
        surprises.len()
    );
    for (what, list) in [("that nobody thought of", &surprises), ("never", &missing), ("rarer", &rare)] {
        if !list.is_empty() {
            println!("  {what}: {}", list.join(" "));
        }
    }
    surprises.is_empty() && (missing.is_empty() || payments < PAYMENTS_FOR_A_VERDICT)
}

/// All that came, in a line that [`judge_printed`] reads.
pub fn print(pairs: &Pairs, payments: usize) {
    let counts: Vec<String> =
        pairs.0.iter().map(|((state, event), count)| format!("{state}+{event}={count}")).collect();
    println!("counted: payments={payments} {}", counts.join(" "));
}

/// Judges what several runs have printed together: the long run is made of pieces.
pub fn judge_printed(text: &str) -> bool {
    let (mut all, mut payments) = (Pairs::default(), 0);
    for word in text.lines().filter_map(|line| line.strip_prefix("counted: ")).flat_map(str::split_whitespace) {
        let (what, count) = word.split_once('=').expect("as it was printed");
        let count: u64 = count.parse().expect("as it was printed");
        match what.split_once('+') {
            None => payments += count as usize,
            Some((state, event)) => {
                let known = |words: &[&'static str], word: &str| {
                    words.iter().copied().find(|known| *known == word).expect("a state or an event")
                };
                *all.0.entry((known(&STATES, state), known(&EVENTS, event))).or_default() += count;
            }
        }
    }
    let thinkable = STATES.iter().flat_map(|state| EVENTS.iter().map(move |event| (*state, *event)));
    let never: Vec<String> =
        thinkable.filter(|pair| !all.0.contains_key(pair)).map(|(state, event)| format!("{state}+{event}")).collect();
    println!("  never met, of {} thinkable: {}", STATES.len() * EVENTS.len(), never.join(" "));
    judge(&all, payments)
}
