//! A ledger as the first version of its tables left it: what a migration begins with.

use crate::shelf::{Shelf, append};
use checkstand_core::book::Entry;
use checkstand_engine::ledger::Reader;
use checkstand_vfs::{Disk, Image};
use refinery::{Migration, Runner};
use rusqlite::{Connection, params};

const FIRST: &str = include_str!("../../src-tauri/engine/src/ledger/migrations/V1__journal.sql");

/// The disk of such a ledger with these entries, closed in order.
pub fn image(shop: &Shelf, batches: &[Vec<Entry>]) -> Image {
    // The lines are the product's own, only the tables beside them are older.
    shop.put(&Disk::new());
    let (ledger, _) = shop.open().unwrap();
    for batch in batches {
        _ = append(&ledger, batch);
    }
    drop(ledger);
    let rows = Reader::open(shop.path()).unwrap().rows().unwrap();

    let disk = Disk::new();
    shop.put(&disk);
    let mut conn = Connection::open(shop.path().join("ledger.db")).unwrap();
    conn.pragma_update(None, "journal_mode", "WAL").unwrap();
    let first = [Migration::unapplied("V1__journal", FIRST).unwrap()];
    Runner::new(&first).set_grouped(true).run(&mut conn).unwrap();
    conn.execute("INSERT INTO identity (one, mode) VALUES (1, 'training')", []).unwrap();
    for row in rows {
        conn.execute(
            "INSERT INTO journal (number, previous, hash, at_ms, operator, terminal, mode, payment, what, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                row.number,
                row.previous,
                row.hash,
                row.at_ms,
                row.operator,
                row.terminal,
                row.mode,
                row.payment,
                row.what,
                row.body
            ],
        )
        .unwrap();
    }
    drop(conn);
    disk.image()
}
