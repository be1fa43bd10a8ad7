//! Whole days of a shop with everything going wrong at once, then calm: the ledger must agree with the providers' books.
//!
//! A failing seed is printed. To pin it, add it to `PINNED`; to look at it, run
//! `CHAOS_SEED=<seed> cargo test -p checkstand-simulator --test till chaos -- --nocapture`.

use crate::world::{Faults, HOUR_MS, MINUTE_MS, MORNING_MS, SECOND_MS, Shop, violations};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::money::Money;
use checkstand_core::payment::{Approval, Kind, PaymentId, ProviderName, RefundCause, State};
use checkstand_simulator::customers::{Customers, Odds};
use checkstand_simulator::world::World;

/// Seeds that found something once.
const PINNED: &[u64] = &[];
/// How many seeds run in the ordinary test.
const SEEDS: u64 = 3_000;
const SALES_A_SEED: u32 = 12;

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
fn from_environment(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[derive(Debug, Default)]
struct Tally {
    payments: usize,
    paid: usize,
    declined: usize,
    unknown: usize,
    refunded: usize,
    late: usize,
    crashes: usize,
}

impl Tally {
    fn add(&mut self, other: &Tally) {
        self.payments += other.payments;
        self.paid += other.paid;
        self.declined += other.declined;
        self.unknown += other.unknown;
        self.refunded += other.refunded;
        self.late += other.late;
        self.crashes += other.crashes;
    }

    fn count(&mut self, shop: &Shop) {
        self.crashes += shop.crashes as usize;
        for payment in shop.till.book().payments() {
            self.payments += 1;
            match (payment.opening.kind, payment.state) {
                (Kind::Sale, State::Paid) => self.paid += 1,
                (Kind::Refund { .. }, State::Paid) => self.refunded += 1,
                (_, State::Declined(_)) => self.declined += 1,
                (_, State::Unknown(_)) => self.unknown += 1,
                (_, State::Opened | State::Sent | State::Waiting | State::Cancelling | State::Reversed) => {}
            }
            self.late += usize::from(payment.flags.contains(&checkstand_core::payment::Flag::Late));
        }
    }
}

fn run_seeds(seeds: &[u64]) -> (Tally, Vec<Failure>) {
    let mut tally = Tally::default();
    let mut failures = Vec::new();
    for seed in seeds {
        let shop = std::panic::catch_unwind(|| bad_day(*seed)).unwrap_or_else(|panic| {
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

/// One day: faults while sales, cancels and refunds go on, then a day of calm.
fn bad_day(seed: u64) -> Shop {
    let mut shop = Shop::open(World::sampled(seed), Customers::Scripted(Odds::default()), seed);
    shop.faults = Faults::swarm(&mut shop.chance);
    let mut sales = Vec::new();
    for _ in 0..SALES_A_SEED {
        let pause_ms = shop.chance.i64(500..=60 * SECOND_MS);
        shop.run_for(pause_ms);
        cashier(&mut shop, &mut sales);
    }
    let rest_ms = shop.chance.i64(0..=10 * MINUTE_MS);
    shop.run_for(rest_ms);
    shop.faults = Faults::none();
    shop.run_for(26 * HOUR_MS);
    shop
}

/// What a person at the till does next: mostly a sale, sometimes twice, sometimes something else first.
fn cashier(shop: &mut Shop, sales: &mut Vec<PaymentId>) {
    match shop.chance.u32(0..10) {
        0 => manager(shop, sales),
        1 | 2 => {
            // Mostly it is about the sale at hand.
            let last = sales.last().copied().filter(|_| shop.chance.bool());
            if let Some(id) = last.or_else(|| pick(shop, sales)) {
                _ = match shop.chance.u32(0..5) {
                    0 | 1 => shop.ask(Ask::Cancel(id)),
                    2 => shop.ask(Ask::Park(id)),
                    3 => shop.ask(Ask::CheckNow(id)),
                    _ => {
                        let paid = shop.chance.bool();
                        shop.ask(Ask::CustomerSays { payment: id, paid })
                    }
                };
            }
        }
        _ => {}
    }
    let provider = if shop.chance.bool() { ProviderName::Mispay } else { ProviderName::Multipay };
    let minor = [10_000, 20_105, 35_050, 4_999][shop.chance.usize(0..4)];
    let mut sale = shop.sale(provider, minor);
    if let Some(earlier) = pick(shop, sales).filter(|_| shop.chance.u32(0..4) == 0) {
        // Try again on the same sale; now and then somebody answers for a second attempt.
        sale.reference = shop.till.book().payment(earlier).map(|payment| payment.opening.reference.clone());
        if shop.chance.u32(0..3) == 0 {
            sale.override_by = Some(Approval { by: "mona".to_owned(), reason: "customer waits".to_owned() });
        }
    }
    let mut asked = shop.ask(Ask::Sell(sale.clone()));
    if let Some(other) = asked.as_ref().err().filter(|problem| problem.code == "same_customer") {
        sale.not_same_as = other.fields.get("payment").map(|id| PaymentId(id.parse().unwrap()));
        asked = shop.ask(Ask::Sell(sale.clone()));
    }
    if shop.chance.u32(0..3) == 0 {
        // A double click.
        _ = shop.ask(Ask::Sell(sale.clone()));
    }
    if asked.is_ok() {
        sales.push(sale.id);
    }
}

fn manager(shop: &mut Shop, sales: &[PaymentId]) {
    let Some(sale) = pick(shop, sales) else { return };
    let Some(money) = shop.till.book().payment(sale).map(|payment| payment.opening.money) else { return };
    let part = if shop.chance.bool() { money.minor } else { shop.chance.i64(1..=money.minor) };
    let id = shop.click();
    let retry_of = shop
        .till
        .book()
        .refunds_of(sale)
        .find(|refund| matches!(refund.state, State::Unknown(_)))
        .map(|refund| refund.id);
    let retry_of = retry_of.filter(|_| shop.chance.bool());
    _ = shop.ask(Ask::Refund(Refund {
        id,
        sale,
        money: Money::new(part, money.currency),
        retry_of,
        cause: RefundCause::because("item returned"),
    }));
}

fn pick(shop: &mut Shop, sales: &[PaymentId]) -> Option<PaymentId> {
    if sales.is_empty() { None } else { Some(sales[shop.chance.usize(0..sales.len())]) }
}
