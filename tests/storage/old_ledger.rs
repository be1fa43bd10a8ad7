//! A ledger as the first version of its tables left it, on a disk in memory.

use crate::first_version::write_ledger;
use crate::shelf::{Shelf, append};
use checkstand_core::book::Entry;
use checkstand_engine::ledger::Reader;
use checkstand_vfs::{Disk, Image};

/// The disk of such a ledger with these entries, closed in order.
pub fn image(shop: &Shelf, batches: &[Vec<Entry>]) -> Image {
    shop.put(&Disk::new());
    let (ledger, _) = shop.open().unwrap();
    for batch in batches {
        _ = append(&ledger, batch);
    }
    drop(ledger);
    let rows = Reader::open(shop.path()).unwrap().rows().unwrap();

    let disk = Disk::new();
    shop.put(&disk);
    write_ledger(shop.path(), rows);
    disk.image()
}
