//! Folders of a till in training with a ledger in them.

use crate::first_version::write_ledger;
use checkstand_engine::ledger::fill::{Invention, fill};
use checkstand_engine::ledger::{Identity, Reader};
use checkstand_engine::settings::Mode;
use std::path::{Path, PathBuf};

/// 2026-11-02 00:00 UTC.
const FIRST_DAY_MS: i64 = 1_793_577_600_000;
const PAYMENTS: u64 = 60;

/// Where the ledger of such a till lies.
pub fn ledger_of(data: &Path) -> PathBuf {
    data.join("checkstand/training")
}

/// A till with a ledger of some payments.
pub fn today(data: &Path) {
    let invention = Invention { payments: PAYMENTS, days: Some(1), seed: 7, first_day_ms: FIRST_DAY_MS };
    std::fs::create_dir_all(ledger_of(data)).unwrap();
    let identity = Identity { mode: Mode::Training, terminal: "till-1".to_owned() };
    fill(&ledger_of(data), &identity, invention, |_| ()).unwrap();
}

/// The same as the first version of the tables left it.
pub fn of_the_first_version(data: &Path) {
    today(data);
    let path = ledger_of(data).join("ledger.db");
    let rows = Reader::open(&ledger_of(data)).unwrap().rows().unwrap();
    for ending in ["", "-wal", "-shm"] {
        // Not each of them is there.
        _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    write_ledger(&ledger_of(data), rows);
}

/// Makes the second folder as the first one is.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (from, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if from.is_dir() {
            copy(&from, &to.join(name));
        } else {
            std::fs::copy(&from, to.join(name)).unwrap();
        }
    }
}
