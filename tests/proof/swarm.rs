//! Bad days by the thousand: the ledger must agree with the providers' books after each.

use crate::crew::share;
use crate::pairs::{self, Pairs, judge};
use crate::world::{Day, MORNING_MS, Shop, Tally, violations};
use checkstand_core::payment::{Payment, PaymentId};
use checkstand_simulator::world::{PairsMet, WORLDS_NUMBERED, World};
use std::collections::BTreeMap;
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
    met: PairsMet,
    /// Tells everything about a day that went wrong: for a run of one seed.
    shows: bool,
}

impl Came {
    fn add(&mut self, other: Came) {
        self.tally.add(&other.tally);
        self.pairs.add(&other.pairs);
        self.failures.extend(other.failures);
        self.met.join(other.met);
        self.poorest_world = self.poorest_world.into_iter().chain(other.poorest_world).min();
    }

    fn live(&mut self, day: Day) {
        let seed = day.seed;
        let lived = catch_unwind(AssertUnwindSafe(|| {
            let mut shop = day.open();
            shop.trace.pairs = Some(BTreeMap::new());
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
                self.pairs.add(&Pairs(pairs));
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
    pairs::print(&all.pairs, payments);
    judge(&all.pairs, payments) && all.failures.is_empty()
}

/// Every combination of the nine questions, each with as many days as its payments need. The further switches are set so that
/// any two values of any two of them meet somewhere: of a part of the worlds it is told how many have.
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
            mine.met.add(number);
            for day in 0.. {
                let seed = world * 1_000 + day;
                mine.live(Day { world: World::covering(number), sales: SALES_A_DAY, ..Day::bad(seed) });
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
        "worlds: {count} worlds, {} payments, at least {} each, {} of {} pairs of further switches, {} violations, {:.1} s",
        all.tally.payments,
        all.poorest_world.unwrap_or(0),
        all.met.count(),
        PairsMet::possible(),
        all.failures.len(),
        took.as_secs_f64()
    );
    tell(&mut all.failures);
    let all_met = all.met.count() == PairsMet::possible();
    if count == u64::from(WORLDS_NUMBERED) && !all_met {
        println!("  some values of further switches never met");
    }
    all.failures.is_empty() && (all_met || count < u64::from(WORLDS_NUMBERED))
}

/// The world, and every entry about a payment that went wrong, or a refund of it.
pub fn show(shop: &Shop, wrongs: &[String]) {
    println!("{:?}", shop.far.world());
    for entry in &shop.ledger {
        let Some(fact) = entry.of_payment() else { continue };
        let sale = shop.till.book().payment(fact.payment).and_then(Payment::refund_of);
        let is_named = |id: PaymentId| wrongs.iter().any(|wrong| wrong.contains(&id.to_string()));
        if is_named(fact.payment) || sale.is_some_and(is_named) {
            println!("{:>9} {:?}", entry.at_ms - MORNING_MS, fact);
        }
    }
    for capture in shop.far.books().captures().filter(|capture| wrongs.iter().any(|wrong| wrong.contains(&capture.id)))
    {
        println!("{:>9} {capture:?}", capture.captured_at_ms - MORNING_MS);
    }
    println!("{:>9} is the end", shop.now_ms - MORNING_MS);
}

fn tell(failures: &mut [(u64, Vec<String>)]) {
    failures.sort();
    for (seed, wrongs) in failures.iter().take(TOLD_MAX) {
        println!("  seed {seed}: {}", wrongs.join("; "));
    }
}
