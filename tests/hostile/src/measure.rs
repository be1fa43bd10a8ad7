//! What one message costs: how long it took, and how much memory it had at its worst beyond what was there before.

use peak_alloc::PeakAlloc;
use std::time::{Duration, Instant};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The longest that a message may take, in a build as the store has it.
pub const TIME_MAX: Duration = Duration::from_millis(100);
/// The most memory that a message may take beside itself, in bytes.
pub const MEMORY_MAX: usize = 4 * 1024 * 1024;
/// Whoever was put to sleep by the machine in the middle of a message is asked again so often.
const MEASURED_AGAIN: u32 = 3;

/// The worst of many messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cost {
    /// The longest.
    pub time: Duration,
    /// The most memory, in bytes.
    pub memory: usize,
}

impl Cost {
    /// The worse of both, each by itself.
    pub fn add(&mut self, other: Cost) {
        self.time = self.time.max(other.time);
        self.memory = self.memory.max(other.memory);
    }

    fn is_too_much(&self, time_max: Duration) -> bool {
        self.time > time_max || self.memory > MEMORY_MAX
    }
}

/// Runs it and measures it; only what is too much each time is. Nothing else may run in this process meanwhile.
///
/// # Panics
/// Where the message takes too much.
pub fn measure(time_max: Duration, run: impl Fn()) -> Cost {
    let mut cost = once(&run);
    for _ in 0..MEASURED_AGAIN {
        if !cost.is_too_much(time_max) {
            return cost;
        }
        let again = once(&run);
        cost = Cost { time: cost.time.min(again.time), memory: cost.memory.min(again.memory) };
    }
    assert!(!cost.is_too_much(time_max), "TOO MUCH: it took {:?} and {} KiB", cost.time, cost.memory / 1024);
    cost
}

fn once(run: &impl Fn()) -> Cost {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    let began = now();
    run();
    let time = began.elapsed();
    Cost { time, memory: MEMORY.peak_usage().saturating_sub(before) }
}

#[allow(clippy::disallowed_methods, reason = "how long it takes is what is asked")]
fn now() -> Instant {
    Instant::now()
}
