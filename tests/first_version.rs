//! A ledger as the first version of its tables left it: what a migration begins with. The lines are the product's own, only what
//! stands beside them is older.

use checkstand_engine::ledger::Row;
use refinery::{Migration, Runner};
use rusqlite::{Connection, params};
use std::path::Path;

const FIRST: &str = include_str!("../src-tauri/engine/src/ledger/migrations/V1__journal.sql");

/// Writes these lines, of a till in training, into a new file in this folder.
pub fn write_ledger(folder: &Path, rows: Vec<Row>) {
    let mut conn = Connection::open(folder.join("ledger.db")).unwrap();
    conn.pragma_update(None, "journal_mode", "WAL").unwrap();
    let first = [Migration::unapplied("V1__journal", FIRST).unwrap()];
    Runner::new(&first).set_grouped(true).run(&mut conn).unwrap();
    conn.execute("INSERT INTO identity (one, mode) VALUES (1, 'training')", []).unwrap();
    let writing = conn.transaction().unwrap();
    for row in rows {
        writing
            .execute(
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
    writing.commit().unwrap();
}
