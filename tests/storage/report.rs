//! How much is asked for, what came of it, and the closing line.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// So many violations are printed in full.
const SHOWN_MAX: u64 = 20;
const PROGRESS_EVERY: Duration = Duration::from_secs(10);

/// How much of a proof is run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Share {
    pub first: Option<u64>,
    pub count: Option<u64>,
    pub points: Option<u64>,
    /// Of each history one crash point in so many.
    pub every: Option<u64>,
}

impl Share {
    pub fn parse(words: &[String]) -> Result<Share, String> {
        let mut share = Share::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = words.next().and_then(|value| value.parse().ok()).ok_or(format!("{word} needs a number"))?;
            match word.as_str() {
                "--first" => share.first = Some(value),
                "--count" => share.count = Some(value),
                "--points" | "--edits" => share.points = Some(value),
                "--every" => share.every = Some(value.max(1)),
                _ => return Err(format!("{word} is not known")),
            }
        }
        Ok(share)
    }

    /// Until so many points were looked at, unless seeds are counted.
    pub fn or_points(self, points: u64) -> Share {
        if self.points.is_some() || self.count.is_some() { self } else { Share { points: Some(points), ..self } }
    }

    /// A sample of each history, so that many can be looked at in short.
    pub fn or_every(self, every: u64) -> Share {
        Share { every: self.every.or(Some(every)), ..self }
    }

    /// So many seeds.
    pub fn or_count(self, count: u64) -> Share {
        if self.count.is_some() { self } else { Share { count: Some(count), ..self } }
    }
}

/// What a proof came to.
pub struct Report {
    pub name: &'static str,
    pub figures: String,
    pub passed: u64,
    pub failed: u64,
}

impl Report {
    pub fn close(&self) {
        println!("{}: {}: {} passed, {} failed", self.name, self.figures, self.passed, self.failed);
    }
}

/// Seeds that are handed out to as many threads as there are cores, and what they find.
pub struct Bench {
    name: &'static str,
    share: Share,
    next: AtomicU64,
    passed: AtomicU64,
    failed: AtomicU64,
    enough: AtomicBool,
    begun: Instant,
    told: Mutex<Instant>,
}

impl Bench {
    pub fn new(name: &'static str, share: &Share) -> Bench {
        let now = Instant::now();
        Bench {
            name,
            share: *share,
            next: AtomicU64::new(share.first.unwrap_or(1)),
            passed: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            enough: AtomicBool::new(false),
            begun: now,
            told: Mutex::new(now),
        }
    }

    /// Runs `work` with each seed, on every core.
    pub fn run<W>(&self, worker: impl Fn() -> W + Sync, work: impl Fn(&mut W, u64) + Sync) {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| {
                    let mut own = worker();
                    while let Some(seed) = self.take() {
                        work(&mut own, seed);
                    }
                });
            }
        });
    }

    fn take(&self) -> Option<u64> {
        if self.enough.load(Ordering::Relaxed) {
            return None;
        }
        let seed = self.next.fetch_add(1, Ordering::Relaxed);
        let first = self.share.first.unwrap_or(1);
        let past = self.share.count.is_some_and(|count| seed >= first + count);
        (!past).then_some(seed)
    }

    /// A point was found in order.
    pub fn pass(&self) {
        let passed = self.passed.fetch_add(1, Ordering::Relaxed) + 1;
        if self.share.points.is_some_and(|points| passed >= points) && self.share.count.is_none() {
            self.enough.store(true, Ordering::Relaxed);
        }
        if passed.is_multiple_of(64) {
            self.tell();
        }
    }

    /// A point was found wrong; `what` names seed and place.
    pub fn fail(&self, what: &str) {
        if self.failed.fetch_add(1, Ordering::Relaxed) < SHOWN_MAX {
            eprintln!("{}: VIOLATION: {what}", self.name);
        }
    }

    fn tell(&self) {
        let mut told = self.told.lock().unwrap();
        if told.elapsed() >= PROGRESS_EVERY {
            *told = Instant::now();
            let (passed, failed) = (self.passed.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
            let seed = self.next.load(Ordering::Relaxed);
            eprintln!("{}: {passed} passed, {failed} failed, before seed {seed}, {} s", self.name, self.seconds());
        }
    }

    fn seconds(&self) -> u64 {
        self.begun.elapsed().as_secs()
    }

    /// The closing line; `more` says what was counted beside.
    pub fn report(&self, what: &str, more: &str) -> Report {
        let first = self.share.first.unwrap_or(1);
        let mut end = self.next.load(Ordering::Relaxed);
        if let Some(count) = self.share.count {
            end = end.min(first + count);
        }
        let (passed, failed) = (self.passed.load(Ordering::Relaxed), self.failed.load(Ordering::Relaxed));
        let seeds = format!("seeds {first} to {}", end.saturating_sub(1));
        let figures = format!("{} {what}, {seeds}{more}, {} s", passed + failed, self.seconds());
        Report { name: self.name, figures, passed, failed }
    }
}
