//! What is asked of a run.

use std::ops::Range;

/// What can be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Swarm,
    Worlds,
    Determinism,
    Races,
    Speed,
}

/// Each part's name, how much of it belongs to continuous integration, and what a unit of it is.
const PARTS: [(Part, &str, u64, &str); 5] = [
    (Part::Swarm, "swarm", 3_200, "bad days of 40 sales"),
    (Part::Worlds, "worlds", 8, "worlds of 512"),
    (Part::Determinism, "determinism", 100, "days lived twice"),
    (Part::Races, "races", 20_000, "races of refunds"),
    (Part::Speed, "speed", 4, "days of 300 payments"),
];

/// Which parts, and from where to where.
pub struct Arguments {
    part: Option<Part>,
    first: u64,
    count: Option<u64>,
}

impl Arguments {
    /// From the command line.
    ///
    /// # Errors
    /// What is wrong with it, for a person.
    pub fn read() -> Result<Arguments, String> {
        let mut read = Arguments { part: None, first: 0, count: None };
        let mut words = std::env::args().skip(1);
        while let Some(word) = words.next() {
            let mut number = || words.next().and_then(|text| text.parse().ok()).ok_or(format!("{word} wants a number"));
            match word.as_str() {
                "--first" => read.first = number()?,
                "--count" => read.count = Some(number()?),
                // What the test runner itself may be given.
                "--nocapture" | "-q" | "--quiet" => {}
                name => match PARTS.iter().find(|(_, known, ..)| *known == name) {
                    Some((part, ..)) if read.part.is_none() => read.part = Some(*part),
                    _ => return Err(format!("{name} is none of its parts: {}", names())),
                },
            }
        }
        Ok(read)
    }

    /// What is to be run, and how much of it.
    pub fn parts(&self) -> Vec<(Part, Range<u64>)> {
        let asked = PARTS.iter().filter(|(part, ..)| self.part.is_none_or(|only| only == *part));
        let range = |short: u64| self.first..self.first + self.count.unwrap_or(short);
        asked.map(|(part, _, short, _)| (*part, range(*short))).collect()
    }
}

fn names() -> String {
    let parts = PARTS.iter().map(|(_, name, short, unit)| format!("{name} (--count {short} {unit})"));
    parts.collect::<Vec<_>>().join(", ")
}
