//! The clock and the dice: the only place where the till reads either.

use checkstand_core::message::Now;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// Reads the machine's clocks. One per process: moments of two clocks cannot be compared on Windows.
#[derive(Debug)]
pub struct Clock {
    #[cfg(not(unix))]
    began: std::time::Instant,
    /// Keyed by the system's own randomness, so that two tills never jitter in step.
    dice: RandomState,
    thrown: AtomicU64,
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock {
    /// A clock with fresh dice.
    pub fn new() -> Clock {
        Clock {
            #[cfg(not(unix))]
            began: std::time::Instant::now(),
            dice: RandomState::new(),
            thrown: AtomicU64::new(0),
        }
    }

    /// This moment, and 64 evenly spread bits.
    pub fn now(&self) -> Now {
        let thrown = self.thrown.fetch_add(1, Ordering::Relaxed);
        Now { boot_ms: self.boot_ms(), utc_ms: utc_ms(), dice: self.dice.hash_one(thrown) }
    }

    /// Milliseconds on a clock that never jumps and goes on while the machine sleeps.
    #[cfg(unix)]
    fn boot_ms(&self) -> i64 {
        #[cfg(any(target_os = "linux", target_os = "android"))]
        const COUNTS_SLEEP: rustix::time::ClockId = rustix::time::ClockId::Boottime;
        // Darwin's CLOCK_MONOTONIC goes on during sleep; its CLOCK_UPTIME_RAW, which the standard library reads, does not.
        #[cfg(not(any(target_os = "linux", target_os = "android")))]
        const COUNTS_SLEEP: rustix::time::ClockId = rustix::time::ClockId::Monotonic;
        let at = rustix::time::clock_gettime(COUNTS_SLEEP);
        at.tv_sec.saturating_mul(1_000).saturating_add(at.tv_nsec / 1_000_000)
    }

    /// Milliseconds since this clock was made. The performance counter below `Instant` counts sleep on Windows.
    #[cfg(not(unix))]
    fn boot_ms(&self) -> i64 {
        i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX)
    }
}

/// The wall clock; a machine that is set before 1970 reads as 0.
pub(crate) fn utc_ms() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)
}

/// A moment (UTC ms) as it stands in the names of files: `20261125T101112Z`.
pub fn stamp(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_boot_clock_goes_on_and_never_back() {
        let clock = Clock::new();
        let first = clock.now();
        std::thread::sleep(std::time::Duration::from_millis(30));
        let second = clock.now();
        let passed_ms = second.boot_ms - first.boot_ms;
        assert!((29..5_000).contains(&passed_ms), "{passed_ms} ms");
        assert!(first.utc_ms > 1_700_000_000_000);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_boot_clock_is_the_one_that_counts_sleep() {
        let uptime = std::fs::read_to_string("/proc/uptime").expect("Linux has it");
        let (whole, hundredths) = uptime.split(' ').next().and_then(|s| s.split_once('.')).expect("seconds");
        let parsed = |text: &str| text.parse::<i64>().expect("digits");
        let uptime_ms = parsed(whole) * 1_000 + parsed(hundredths) * 10;
        let off_ms = Clock::new().now().boot_ms - uptime_ms;
        assert!((-20..5_000).contains(&off_ms), "{off_ms} ms");
    }

    #[test]
    fn the_dice_do_not_repeat_and_differ_between_clocks() {
        let (one, other) = (Clock::new(), Clock::new());
        let thrown: BTreeSet<u64> = (0..1_000).flat_map(|_| [one.now().dice, other.now().dice]).collect();
        assert_eq!(thrown.len(), 2_000);
        // Each bit falls both ways.
        let ones = thrown.iter().fold([0_u32; 64], |mut ones, dice| {
            for (bit, count) in ones.iter_mut().enumerate() {
                *count += u32::from(dice >> bit & 1 == 1);
            }
            ones
        });
        assert!(ones.iter().all(|count| (800..1_200).contains(count)), "{ones:?}");
    }
}
