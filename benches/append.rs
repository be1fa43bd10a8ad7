//! Appending whole sales through the ledger against the same rows written by hand into the same tables.
//!
//! The hand-written side takes the rows that ours has made (journal, payments, words, movements and all others, as they are
//! after each append) and writes them with prepared statements and the same settings, one transaction an append. Its sums are
//! replaced, not added up. Run it under `strace -f -c -e trace=fsync,fdatasync` to see the waits for the disk: a sale
//! here is three appends, so three a payment and a few for opening, closing and moving the log.
//! Target: at least 85 % of the hand-written throughput.

use checkstand_core::book::Entry;
use checkstand_engine::ledger::fill::{Invention, entries_of_sales};
use checkstand_engine::ledger::{Identity, Ledger, Persist};
use checkstand_engine::settings::Mode;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::path::Path;
use std::time::{Duration, Instant};

const SALES: usize = 2_000;
const TABLES: [&str; 12] = [
    "journal",
    "payments",
    "days",
    "totals",
    "movements",
    "shift_sums",
    "running",
    "shifts",
    "papers",
    "paid_twice",
    "words",
    "standing",
];

/// Rows to be put into a table.
struct Put {
    table: usize,
    values: Vec<Value>,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    std::fs::create_dir_all(&root).expect("a folder");
    let invention = Invention { payments: SALES as u64, days: Some(1), seed: 3, first_day_ms: 1_767_225_600_000 };
    let appends = entries_of_sales(invention);
    let puts = recorded(&root, &appends);
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..3 {
        ours.push(through_the_ledger(&root, &appends));
        by_hand.push(hand_written(&root, &puts));
    }
    ours.sort_unstable();
    by_hand.sort_unstable();
    let rate = |took: Duration| SALES as u128 * 1_000_000 / took.as_micros().max(1);
    println!("{SALES} sales, {} appends", appends.len());
    println!("through the ledger: {} sales/s ({ours:?})", rate(ours[1]));
    println!("hand-written:       {} sales/s ({by_hand:?})", rate(by_hand[1]));
    println!("throughput: {} % of hand-written", by_hand[1].as_micros() * 100 / ours[1].as_micros().max(1));
}

fn folder(root: &Path) -> tempfile::TempDir {
    tempfile::tempdir_in(root).expect("a folder")
}

fn opened(dir: &Path) -> Ledger {
    let identity = Identity { mode: Mode::Training, terminal: "till-1".to_owned() };
    Ledger::open(dir, identity).expect("a ledger").0
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime")
}

fn through_the_ledger(root: &Path, appends: &[Vec<Entry>]) -> Duration {
    let dir = folder(root);
    let ledger = opened(dir.path());
    let appends = appends.to_vec();
    runtime().block_on(async {
        let since = Instant::now();
        for entries in appends {
            assert!(matches!(ledger.append(entries).await, Persist::Ok { .. }));
        }
        let took = since.elapsed();
        ledger.close().await;
        took
    })
}

/// Appends once, and writes down what each append changed in the file.
fn recorded(root: &Path, appends: &[Vec<Entry>]) -> Vec<Vec<Put>> {
    let dir = folder(root);
    let ledger = opened(dir.path());
    let conn = Connection::open(dir.path().join("ledger.db")).expect("the file");
    let mut kept: Vec<std::collections::BTreeSet<String>> = vec![Default::default(); TABLES.len()];
    let mut puts = Vec::new();
    let runtime = runtime();
    let mut last = 0;
    for entries in appends {
        assert!(matches!(runtime.block_on(ledger.append(entries.clone())), Persist::Ok { .. }));
        let mut changed = Vec::new();
        for (table, name) in TABLES.iter().enumerate() {
            // Only what can have changed: whole small tables, and the ends of the large ones.
            let sql = match *name {
                "journal" | "movements" => format!("SELECT * FROM {name} WHERE number > {last}"),
                "payments" => format!("SELECT * FROM {name} WHERE last_number > {last}"),
                // No index leads from a payment to its words; a small table is read.
                "words" => {
                    format!("SELECT * FROM words WHERE seq IN (SELECT seq FROM payments WHERE last_number > {last})")
                }
                _ => format!("SELECT * FROM {name}"),
            };
            let mut statement = conn.prepare(&sql).expect("a table");
            let columns = statement.column_count();
            let mut rows = statement.query([]).expect("rows");
            while let Some(sql) = rows.next().expect("a row") {
                let values: Vec<Value> = (0..columns).map(|at| sql.get(at).expect("a value")).collect();
                if kept[table].insert(format!("{values:?}")) {
                    changed.push(Put { table, values });
                }
            }
        }
        last = conn.query_row("SELECT max(number) FROM journal", [], |sql| sql.get(0)).expect("a number");
        puts.push(changed);
    }
    puts
}

fn hand_written(root: &Path, puts: &[Vec<Put>]) -> Duration {
    let dir = folder(root);
    drop(opened(dir.path()));
    let mut conn = Connection::open(dir.path().join("ledger.db")).expect("the file");
    for (name, value) in [
        ("synchronous", "FULL"),
        ("foreign_keys", "ON"),
        ("recursive_triggers", "ON"),
        ("cell_size_check", "ON"),
        ("fullfsync", "ON"),
    ] {
        conn.pragma_update(None, name, value).expect("a setting");
    }
    conn.pragma_update(None, "wal_autocheckpoint", 0).expect("a setting");
    conn.set_prepared_statement_cache_capacity(64);
    let statements: Vec<String> = TABLES
        .iter()
        .map(|name| {
            let columns: i64 = conn
                .query_row(&format!("SELECT count(*) FROM pragma_table_info('{name}')"), [], |sql| sql.get(0))
                .expect("columns");
            let marks: Vec<String> = (1..=columns).map(|at| format!("?{at}")).collect();
            let verb = if *name == "journal" { "INSERT" } else { "INSERT OR REPLACE" };
            format!("{verb} INTO {name} VALUES ({})", marks.join(", "))
        })
        .collect();
    let since = Instant::now();
    for (nth, append) in puts.iter().enumerate() {
        let transaction = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("begun");
        for put in append {
            let mut statement = transaction.prepare_cached(&statements[put.table]).expect("a statement");
            statement.execute(params_from_iter(&put.values)).expect("put");
        }
        transaction.commit().expect("committed");
        if nth % 1_000 == 999 {
            conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).expect("moved");
        }
    }
    since.elapsed()
}
