//! Appending whole sales through the ledger against the same changes written by hand into the same tables.
//!
//! The hand-written side takes what each of our appends has changed (rows put in, changed and taken out again, in the journal
//! and in every table made from it) and writes it with prepared statements and the same settings, one transaction an append; it
//! waits for the disk where ours does. Run it under `strace -f -c -e trace=fsync,fdatasync` to see the waits: a sale here is
//! three or four appends, of which the details do not wait.
//! Target: at least 85 % of the hand-written throughput.

use checkstand_core::book::Entry;
use checkstand_engine::ledger::fill::{Invention, entries_of_sales};
use checkstand_engine::ledger::{Identity, Ledger, Persist};
use checkstand_engine::settings::Mode;
use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

const SALES: usize = 2_000;
const ROUNDS: usize = 5;

/// A table: how many of its first columns are its key, which columns are ever changed (all but the key, where none is named),
/// and what to look at after an append that began behind the line `?1`.
struct Table {
    name: &'static str,
    keys: usize,
    changing: &'static [&'static str],
    look: &'static str,
}

const fn small(name: &'static str, keys: usize) -> Table {
    Table { name, keys, changing: &[], look: "?1 = ?1" }
}

const TABLES: [Table; 12] = [
    Table { name: "journal", keys: 1, changing: &[], look: "number > ?1" },
    Table {
        name: "payments",
        keys: 1,
        changing: &[
            "wire_id",
            "counted_minor",
            "counted_currency",
            "changed_at_ms",
            "state",
            "reason",
            "flags",
            "receipt",
            "attention",
            "is_open",
            "last_number",
        ],
        look: "last_number > ?1",
    },
    Table { name: "movements", keys: 2, changing: &[], look: "number > ?1" },
    Table { name: "words", keys: 2, changing: &[], look: "seq IN (SELECT seq FROM payments WHERE last_number > ?1)" },
    small("days", 1),
    small("totals", 9),
    small("shift_sums", 4),
    small("running", 1),
    small("shifts", 1),
    small("papers", 2),
    small("paid_twice", 1),
    small("standing", 1),
];

/// A row that is put in, changed or taken out.
enum Change {
    Insert(Vec<Value>),
    Update(Vec<Value>),
    Delete(Vec<Value>),
}

/// What one append has changed.
struct Append {
    changes: Vec<(usize, Change)>,
    waits_for_disk: bool,
}

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    std::fs::create_dir_all(&root).expect("a folder");
    let invention = Invention { payments: SALES as u64, days: Some(1), seed: 3, first_day_ms: 1_767_225_600_000 };
    let appends = entries_of_sales(invention);
    let recorded = recorded(&root, &appends);
    let (mut ours, mut by_hand) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ours.push(through_the_ledger(&root, &appends));
        by_hand.push(hand_written(&root, &recorded));
    }
    ours.sort_unstable();
    by_hand.sort_unstable();
    let (middle, rate) = (ROUNDS / 2, |took: Duration| SALES as u128 * 1_000_000 / took.as_micros().max(1));
    let waits = recorded.iter().filter(|append| append.waits_for_disk).count();
    println!("{SALES} sales, {} appends, {waits} of them wait for the disk", appends.len());
    println!("through the ledger: {} sales/s ({ours:?})", rate(ours[middle]));
    println!("hand-written:       {} sales/s ({by_hand:?})", rate(by_hand[middle]));
    println!("throughput: {} % of hand-written", by_hand[middle].as_micros() * 100 / ours[middle].as_micros().max(1));
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
fn recorded(root: &Path, appends: &[Vec<Entry>]) -> Vec<Append> {
    let dir = folder(root);
    let ledger = opened(dir.path());
    let conn = Connection::open(dir.path().join("ledger.db")).expect("the file");
    let mut known: Vec<BTreeMap<String, Vec<Value>>> = TABLES.iter().map(|_| BTreeMap::new()).collect();
    let runtime = runtime();
    let mut last = 0;
    let mut recorded = Vec::new();
    for entries in appends {
        assert!(matches!(runtime.block_on(ledger.append(entries.clone())), Persist::Ok { .. }));
        let mut changes = Vec::new();
        for (at, table) in TABLES.iter().enumerate() {
            let found = rows(&conn, table, last);
            let gone: Vec<String> = if table.look == "?1 = ?1" {
                known[at].keys().filter(|key| !found.contains_key(*key)).cloned().collect()
            } else {
                Vec::new()
            };
            for key in gone {
                let values = known[at].remove(&key).expect("it is known");
                changes.push((at, Change::Delete(values)));
            }
            for (key, values) in found {
                match known[at].insert(key, values.clone()) {
                    None => changes.push((at, Change::Insert(values))),
                    Some(was) if was != values => changes.push((at, Change::Update(values))),
                    Some(_) => {}
                }
            }
        }
        last = conn.query_row("SELECT max(number) FROM journal", [], |sql| sql.get(0)).expect("a number");
        let again = |entry: &Entry| entry.of_payment().is_some_and(|fact| fact.event.can_be_read_again());
        recorded.push(Append { changes, waits_for_disk: !entries.iter().all(again) });
    }
    recorded
}

/// What an append may have changed, by key.
fn rows(conn: &Connection, table: &Table, last: i64) -> BTreeMap<String, Vec<Value>> {
    let sql = format!("SELECT * FROM {} WHERE {}", table.name, table.look);
    let mut statement = conn.prepare(&sql).expect("a table");
    let columns = statement.column_count();
    let mut rows = statement.query([last]).expect("rows");
    let mut found = BTreeMap::new();
    while let Some(sql) = rows.next().expect("a row") {
        let values: Vec<Value> = (0..columns).map(|at| sql.get(at).expect("a value")).collect();
        found.insert(format!("{:?}", &values[..table.keys]), values);
    }
    found
}

/// The statements of a table: to put in, to change, to take out. Values are numbered as the columns are.
struct Statements {
    insert: String,
    update: String,
    delete: String,
}

impl Statements {
    fn of(conn: &Connection, table: &Table) -> Statements {
        let sql = format!("SELECT name FROM pragma_table_info('{}')", table.name);
        let columns: Vec<String> =
            conn.prepare(&sql).and_then(|mut sql| sql.query_map([], |sql| sql.get(0))?.collect()).expect("columns");
        let is = |at: usize| format!("{} = ?{}", columns[at], at + 1);
        let key = (0..table.keys).map(is).collect::<Vec<_>>().join(" AND ");
        let changes = |at: &usize| table.changing.is_empty() || table.changing.contains(&columns[*at].as_str());
        let set = (table.keys..columns.len()).filter(changes).map(is).collect::<Vec<_>>().join(", ");
        let marks = (1..=columns.len()).map(|at| format!("?{at}")).collect::<Vec<_>>().join(", ");
        Statements {
            insert: format!("INSERT INTO {} VALUES ({marks})", table.name),
            update: format!("UPDATE {} SET {set} WHERE {key}", table.name),
            delete: format!("DELETE FROM {} WHERE {key}", table.name),
        }
    }
}

fn hand_written(root: &Path, appends: &[Append]) -> Duration {
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
    let statements: Vec<Statements> = TABLES.iter().map(|table| Statements::of(&conn, table)).collect();
    let since = Instant::now();
    for (nth, append) in appends.iter().enumerate() {
        if !append.waits_for_disk {
            conn.pragma_update(None, "synchronous", "NORMAL").expect("a setting");
        }
        let transaction = conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate).expect("begun");
        for (table, change) in &append.changes {
            let Statements { insert, update, delete } = &statements[*table];
            let (sql, values) = match change {
                Change::Insert(values) => (insert, &values[..]),
                Change::Update(values) => (update, &values[..]),
                Change::Delete(values) => (delete, &values[..TABLES[*table].keys]),
            };
            let mut statement = transaction.prepare_cached(sql).expect("a statement");
            statement.execute(params_from_iter(values)).expect("written");
        }
        transaction.commit().expect("committed");
        if !append.waits_for_disk {
            conn.pragma_update(None, "synchronous", "FULL").expect("a setting");
        }
        if nth % 1_000 == 999 {
            conn.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())).expect("moved");
        }
    }
    since.elapsed()
}
