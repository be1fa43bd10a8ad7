//! How many days of a till a second: 300 payments each, the real core, both far ends, and the real ledger with real SQLite on
//! the disk in memory. Nothing fails and nothing is logged.

use crate::day::sell;
use crate::report::{Bench, Report, Share};
use crate::shelf::{Shelf, append};
use crate::world::{Append, MINUTE_MS, MORNING_MS, RealLedger, SECOND_MS, Shop, violations};
use checkstand_core::book::Entry;
use checkstand_engine::ledger::{Ledger, Persist};
use checkstand_simulator::customers::{Customers, Odds};
use checkstand_simulator::world::World;
use checkstand_vfs::Disk;
use rustix::time::{ClockId, clock_gettime};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

const PAYMENTS: usize = 300;
const DAY_MS: i64 = 24 * 60 * MINUTE_MS;
/// In hundredths.
const DAYS_PER_SECOND_MIN: u64 = 400;

pub fn run(share: &Share) -> Report {
    let bench = Bench::new("speed", share);
    let (payments, appends) = (AtomicU64::new(0), Arc::new(AtomicU64::new(0)));
    let (begun, cpu_begun_ms) = (Instant::now(), cpu_ms());
    bench.run(Shelf::new, |shelf, seed| {
        let shop = day(shelf, seed, &appends);
        payments.fetch_add(shop.till.book().payments().count() as u64, Ordering::Relaxed);
        match violations(&shop).as_slice() {
            [] => bench.pass(),
            wrongs => bench.fail(&format!("--first {seed} --count 1: {}", wrongs.join("\n  "))),
        }
    });
    let (ms, cpu) = (u64::try_from(begun.elapsed().as_millis()).unwrap().max(1), (cpu_ms() - cpu_begun_ms).max(1));
    let days = share.count.unwrap_or_default();
    let (a_second, a_core_second) = (days * 100_000 / ms, days * 100_000 / cpu);
    if a_core_second < DAYS_PER_SECOND_MIN && !cfg!(debug_assertions) {
        bench.fail(&format!("{a_core_second} hundredths of a day a second and core"));
    }
    let more = format!(
        ", {} payments in {} appends, {}.{:02} days a second by the clock on the wall, {}.{:02} a second and core",
        payments.load(Ordering::Relaxed),
        appends.load(Ordering::Relaxed),
        a_second / 100,
        a_second % 100,
        a_core_second / 100,
        a_core_second % 100
    );
    bench.report("days", &more)
}

/// What this process has had of the cores.
fn cpu_ms() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    u64::try_from(time.tv_sec * 1_000 + time.tv_nsec / 1_000_000).unwrap()
}

fn day(shelf: &Shelf, seed: u64, appends: &Arc<AtomicU64>) -> Shop {
    shelf.put(&Disk::new());
    let (ledger, _) = shelf.open().unwrap();
    let mut shop = Shop::open(World::default(), Customers::Scripted(Odds::default()), seed);
    shop.real = Some(Box::new(Plain { ledger, appends: appends.clone() }));
    let mut sold = 0;
    while sold < PAYMENTS {
        let pause_ms = shop.chance.i64(30 * SECOND_MS..=3 * MINUTE_MS);
        shop.run_for(pause_ms);
        sold += usize::from(sell(&mut shop).is_some());
    }
    shop.run_until(MORNING_MS + DAY_MS);
    shop.real = None;
    shop
}

struct Plain {
    ledger: Ledger,
    appends: Arc<AtomicU64>,
}

impl RealLedger for Plain {
    fn append(&mut self, record: &[Entry]) -> Append {
        self.appends.fetch_add(1, Ordering::Relaxed);
        match append(&self.ledger, record) {
            Persist::Ok { .. } => Append::Saved,
            Persist::Failed(_) => Append::Refused,
            Persist::Unknown(_) => Append::Unsure { is_written: false },
        }
    }

    fn restart(&mut self) -> Vec<Entry> {
        unreachable!("nothing crashes on a good day")
    }
}
