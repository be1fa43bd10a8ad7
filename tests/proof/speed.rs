//! Days of a shop a second and core: the real core, JSON both ways, both far ends.

use crate::crew::share;
use crate::world::{Day, Tally, violations};
use checkstand_simulator::world::World;
use std::ops::Range;

const SALES_A_DAY: u32 = 300;
/// What the proof needs to run at the scale of years.
const DAYS_A_SECOND_MIN: f64 = 20.0;

#[derive(Default)]
struct Came {
    tally: Tally,
    wrongs: usize,
}

pub fn run(days: Range<u64>) -> bool {
    let count = days.end - days.start;
    let mut all = Came::default();
    let begun_ms = cpu_ms();
    share(
        "speed",
        days,
        |seed, mine: &mut Came| {
            // A multiple of two, not of eight: four hours of calm behind the day.
            let seed = seed * 8 + 2;
            let shop = Day { seed, world: World::default(), sales: SALES_A_DAY, is_bad: false }.live();
            mine.tally.count(&shop);
            mine.wrongs += violations(&shop).len();
        },
        |part| {
            all.tally.add(&part.tally);
            all.wrongs += part.wrongs;
        },
    );
    let rate = count as f64 * 1_000.0 / (cpu_ms() - begun_ms).max(1) as f64;
    println!(
        "speed: {count} days of {SALES_A_DAY} sales, {} payments, {} violations, {rate:.1} days a second and core \
         (wanted {DAYS_A_SECOND_MIN})",
        all.tally.payments, all.wrongs
    );
    all.wrongs == 0
}

/// What this process has had of the cores: whatever else the machine does is not ours.
fn cpu_ms() -> i64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec * 1_000 + time.tv_nsec / 1_000_000
}
