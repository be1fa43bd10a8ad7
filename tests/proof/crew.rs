//! Work on all cores, with progress on standard error.

use std::io::{IsTerminal as _, Write as _};
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(5);

/// Does each number of a range on some core, and puts what came of it together. A part takes one number after the other, so
/// that a slow one holds nobody up.
pub fn share<T: Default + Send>(
    name: &str,
    range: Range<u64>,
    work: impl Fn(u64, &mut T) + Sync,
    mut add: impl FnMut(T),
) -> Duration {
    let began = Instant::now();
    let (next, all) = (AtomicU64::new(range.start), range.end - range.start);
    let hands = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..hands)
            .map(|_| {
                scope.spawn(|| {
                    let mut mine = T::default();
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= range.end {
                            return mine;
                        }
                        work(number, &mut mine);
                    }
                })
            })
            .collect();
        let mut told = Instant::now();
        while workers.iter().any(|worker| !worker.is_finished()) {
            std::thread::sleep(Duration::from_millis(20));
            if told.elapsed() >= TELL_EVERY {
                told = Instant::now();
                tell(name, next.load(Ordering::Relaxed).min(range.end) - range.start, all, began.elapsed());
            }
        }
        for worker in workers {
            add(worker.join().expect("a seed panicked; it stands above"));
        }
    });
    began.elapsed()
}

fn tell(name: &str, done: u64, all: u64, took: Duration) {
    let mut out = std::io::stderr();
    let (begin, end) = if out.is_terminal() { ("\r", "") } else { ("", "\n") };
    // Nobody may be listening.
    _ = write!(out, "{begin}{name}: {done} of {all}, {} s{end}", took.as_secs());
    _ = out.flush();
}
