//! The same seed, the same story: whatever was recorded and done, in the same order, to the last byte.

use crate::crew::share;
use crate::world::Day;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::ops::Range;

/// What came of some seeds.
#[derive(Default)]
struct Came {
    alike: u64,
    differing: Vec<u64>,
    digests: Vec<u64>,
}

pub fn run(seeds: Range<u64>) -> bool {
    let count = seeds.end - seeds.start;
    let mut all = Came::default();
    let took = share(
        "determinism",
        seeds,
        |seed, mine: &mut Came| match [hashed(seed), hashed(seed)] {
            [one, other] if one == other => {
                mine.alike += 1;
                mine.digests.push(one);
            }
            _ => mine.differing.push(seed),
        },
        |part| {
            all.alike += part.alike;
            all.differing.extend(part.differing);
            all.digests.extend(part.digests);
        },
    );
    all.digests.sort_unstable();
    all.digests.dedup();
    // One number for all of them: a change that only makes the simulation faster leaves it as it was.
    let mut digest = DefaultHasher::new();
    all.digests.hash(&mut digest);
    println!(
        "determinism: {} of {count} seeds lived twice alike, {} stories among them, digest {:016x}, {:.1} s",
        all.alike,
        all.digests.len(),
        digest.finish(),
        took.as_secs_f64()
    );
    if !all.differing.is_empty() {
        println!("  differing: {:?}", all.differing);
    }
    // Seeds that all tell one story would prove nothing.
    all.differing.is_empty() && all.digests.len() as u64 == count
}

fn hashed(seed: u64) -> u64 {
    let day = Day::bad(seed);
    let mut shop = day.open();
    shop.trace.hash = Some(DefaultHasher::new());
    day.spend(&mut shop);
    shop.trace.digest()
}
