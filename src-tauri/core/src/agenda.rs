//! Alarms on the boot clock: at most one a key, the earliest found without a scan.

use std::collections::{BTreeMap, BTreeSet};

/// When which key wants to be woken, in milliseconds of the boot clock.
#[derive(Clone, Debug)]
pub struct Agenda<K> {
    by_key: BTreeMap<K, i64>,
    by_time: BTreeSet<(i64, K)>,
}

impl<K> Default for Agenda<K> {
    fn default() -> Self {
        Agenda { by_key: BTreeMap::new(), by_time: BTreeSet::new() }
    }
}

impl<K: Ord + Copy> Agenda<K> {
    /// Wakes `key` at that moment and no longer at the one before.
    pub fn set(&mut self, key: K, at_ms: i64) {
        self.clear(key);
        self.by_key.insert(key, at_ms);
        self.by_time.insert((at_ms, key));
    }

    /// Wakes `key` at that moment, unless an earlier one is set.
    pub fn set_by(&mut self, key: K, at_ms: i64) {
        if self.by_key.get(&key).is_none_or(|earlier| *earlier > at_ms) {
            self.set(key, at_ms);
        }
    }

    /// Lets `key` sleep.
    pub fn clear(&mut self, key: K) {
        if let Some(at_ms) = self.by_key.remove(&key) {
            self.by_time.remove(&(at_ms, key));
        }
    }

    /// Whether an alarm is set for `key`.
    pub fn holds(&self, key: K) -> bool {
        self.by_key.contains_key(&key)
    }

    /// The earliest moment.
    pub fn next_ms(&self) -> Option<i64> {
        self.by_time.first().map(|(at_ms, _)| *at_ms)
    }

    /// Takes out one key that is due.
    pub fn take_due(&mut self, now_ms: i64) -> Option<K> {
        let (at_ms, key) = *self.by_time.first()?;
        if at_ms > now_ms {
            return None;
        }
        self.clear(key);
        Some(key)
    }
}

/// The wait after the given number of failures in a row: doubles from the first to the most, with a jitter
/// of a fifth either way, and never above the most.
pub fn back_off_ms(errors: u32, first_ms: i64, most_ms: i64, dice: u64) -> i64 {
    let doubled_ms = first_ms << errors.saturating_sub(1).min(16);
    let base_ms = doubled_ms.min(most_ms);
    let jitter = i64::try_from(dice % 401).expect("below 401") - 200;
    (base_ms + base_ms * jitter / 1000).min(most_ms)
}
