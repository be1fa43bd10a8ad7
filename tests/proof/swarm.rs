//! Bad days by the thousand: the ledger must agree with the providers' books after each.

use crate::crew::share;
use crate::pairs::{Pairs, judge};
use crate::world::{Day, MORNING_MS, Shop, Tally, violations};
use checkstand_simulator::world::{WORLDS_NUMBERED, World};
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};

const SALES_A_DAY: u32 = 40;
/// Payments of each world, at least.
const PAYMENTS_A_WORLD: usize = 2_000;
/// So many violations are told.
const TOLD_MAX: usize = 10;

/// What came of some days.
#[derive(Default)]
struct Came {
    tally: Tally,
    pairs: Pairs,
    failures: Vec<(u64, Vec<String>)>,
    poorest_world: Option<usize>,
    /// Tells everything about a day that went wrong: for a run of one seed.
    shows: bool,
}

impl Came {
    fn add(&mut self, other: Came) {
        self.tally.add(&other.tally);
        self.pairs.add(&other.pairs);
        self.failures.extend(other.failures);
        self.poorest_world = self.poorest_world.into_iter().chain(other.poorest_world).min();
    }

    fn live(&mut self, day: Day) {
        let seed = day.seed;
        let lived = catch_unwind(AssertUnwindSafe(|| {
            let mut shop = day.open();
            shop.trace.pairs = Some(std::mem::take(&mut self.pairs.0));
            day.spend(&mut shop);
            let wrongs = violations(&shop);
            if self.shows && !wrongs.is_empty() {
                show(&shop, &wrongs);
            }
            self.tally.count(&shop);
            (shop.trace.pairs.take().unwrap_or_default(), wrongs)
        }));
        match lived {
            Ok((pairs, wrongs)) => {
                self.pairs.0 = pairs;
                if !wrongs.is_empty() {
                    self.failures.push((seed, wrongs));
                }
            }
            Err(_) => self.failures.push((seed, vec!["it panicked".to_owned()])),
        }
    }
}

/// Seeds, each in a world by chance.
pub fn run(seeds: Range<u64>) -> bool {
    let mut all = Came::default();
    let days = seeds.end - seeds.start;
    let took = share(
        "swarm",
        seeds,
        |seed, mine: &mut Came| {
            mine.shows = days == 1;
            mine.live(Day { sales: SALES_A_DAY, ..Day::bad(seed) });
        },
        |part| all.add(part),
    );
    let Tally { payments, paid, declined, unknown, refunded, late, crashes } = all.tally;
    println!(
        "swarm: {payments} payments on {days} bad days, {} violations, {:.1} s; {paid} paid, {declined} declined, \
         {unknown} unknown, {refunded} refunded, {late} late, {crashes} crashes",
        all.failures.len(),
        took.as_secs_f64()
    );
    tell(&mut all.failures);
    judge(&all.pairs, payments) && all.failures.is_empty()
}

/// Every combination of the nine questions, each with as many days as its payments need.
pub fn run_worlds(worlds: Range<u64>) -> bool {
    let mut all = Came::default();
    let worlds = worlds.start..worlds.end.min(u64::from(WORLDS_NUMBERED));
    let count = worlds.end - worlds.start;
    let took = share(
        "worlds",
        worlds,
        |world, mine: &mut Came| {
            let number = u16::try_from(world).expect("there are 512");
            let before = mine.tally.payments;
            // The other questions are answered by chance, another way each day.
            for day in 0.. {
                let seed = world * 1_000 + day;
                let world = World::sampled(seed).with_nine(number);
                mine.live(Day { world, sales: SALES_A_DAY, ..Day::bad(seed) });
                if mine.tally.payments - before >= PAYMENTS_A_WORLD {
                    break;
                }
            }
            let had = mine.tally.payments - before;
            mine.poorest_world = Some(mine.poorest_world.map_or(had, |least| least.min(had)));
        },
        |part| all.add(part),
    );
    println!(
        "worlds: {count} worlds, {} payments, at least {} each, {} violations, {:.1} s",
        all.tally.payments,
        all.poorest_world.unwrap_or(0),
        all.failures.len(),
        took.as_secs_f64()
    );
    tell(&mut all.failures);
    all.failures.is_empty()
}

/// The world, and every entry about a payment that went wrong.
fn show(shop: &Shop, wrongs: &[String]) {
    println!("{:?}", shop.far.world());
    for entry in &shop.ledger {
        let Some(fact) = entry.of_payment() else { continue };
        if wrongs.iter().any(|wrong| wrong.contains(&fact.payment.to_string())) {
            println!("{:>9} {:?}", entry.at_ms - MORNING_MS, fact);
        }
    }
}

fn tell(failures: &mut [(u64, Vec<String>)]) {
    failures.sort();
    for (seed, wrongs) in failures.iter().take(TOLD_MAX) {
        println!("  seed {seed}: {}", wrongs.join("; "));
    }
}
