//! A real folder, which holds the lock and the ballast, with a disk in memory mounted on it; and the entries of a shop.

use checkstand_core::book::Entry;
use checkstand_engine::ledger::fill::{Invention, entries_of_sales};
use checkstand_engine::ledger::{Identity, Ledger, LedgerError, Opened, Persist};
use checkstand_engine::settings::Mode;
use checkstand_vfs::{Disk, Image, mount, unmount};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// 2026-11-22 00:00 UTC.
const FIRST_DAY_MS: i64 = 1_795_305_600_000;
/// Where the system has a file system in memory: syncing the real folder costs nothing there.
const IN_MEMORY: &str = "/dev/shm";

/// A folder of its own.
pub struct Shelf {
    dir: tempfile::TempDir,
}

impl Shelf {
    pub fn new() -> Shelf {
        let place = Path::new(IN_MEMORY);
        let place = if place.is_dir() { place.to_owned() } else { std::env::temp_dir() };
        let dir = tempfile::Builder::new().prefix("checkstand-storage-").tempdir_in(place).unwrap();
        Shelf { dir }
    }

    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    pub fn ballast(&self) -> PathBuf {
        self.path().join("ballast")
    }

    /// Puts this disk in.
    pub fn put(&self, disk: &Arc<Disk>) {
        mount(self.path(), disk.clone());
    }

    /// Puts a disk in that holds this.
    pub fn put_image(&self, image: Image) -> Arc<Disk> {
        let disk = Disk::with(image);
        self.put(&disk);
        disk
    }

    /// The product opens what is there.
    pub fn open(&self) -> Result<(Ledger, Opened), LedgerError> {
        Ledger::open(self.path(), identity())
    }
}

impl Drop for Shelf {
    fn drop(&mut self) {
        unmount(self.path());
    }
}

pub fn identity() -> Identity {
    Identity { mode: Mode::Training, terminal: "till-1".to_owned() }
}

/// The appends of so many payments, as a till would make them.
pub fn appends(payments: u64, seed: u64) -> Vec<Vec<Entry>> {
    entries_of_sales(Invention { payments, days: Some(1), seed, first_day_ms: FIRST_DAY_MS })
}

/// Whether an append of these waits for the disk: all but what can be read again from the provider.
pub fn waits(entries: &[Entry]) -> bool {
    !entries.iter().all(|entry| entry.of_payment().is_some_and(|fact| fact.event.can_be_read_again()))
}

/// Appends, and waits for the answer.
pub fn append(ledger: &Ledger, entries: &[Entry]) -> Persist {
    wait(ledger.append(entries.to_vec()))
}

/// Waits for a future that needs no runtime.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    struct Wake(std::thread::Thread);
    impl std::task::Wake for Wake {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Arc::new(Wake(std::thread::current())).into();
    let mut context = std::task::Context::from_waker(&waker);
    let mut future = std::pin::pin!(future);
    loop {
        if let std::task::Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        std::thread::park();
    }
}
