//! How fast the journal is checked, against the least that any check must do: read every line and hash its bytes, on one
//! thread. `cargo bench -p checkstand-engine --bench verify [-- ENTRIES]`; the ledger is kept in `target/bench`.

use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Details, Event, Kind, Opening, Payment, PaymentId, ProviderName, Receipt};
use checkstand_engine::ledger::{End, Hash, Reader, Row, Tip};
use rusqlite::{Connection, params};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

const ENTRIES: i64 = 200_000;
const RUNS: usize = 5;
const SCHEMA: &str = include_str!("../src-tauri/engine/src/ledger/migrations/V1__journal.sql");

fn main() {
    let entries = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(ENTRIES);
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench").join(format!("verify-{entries}"));
    let file = dir.join("ledger.db");
    if !file.is_file() {
        std::fs::create_dir_all(&dir).expect("a folder");
        build(&dir.join("half.db"), entries);
        std::fs::rename(dir.join("half.db"), &file).expect("a ledger");
    }
    let baseline = best(|| read_and_hash(&file), entries);
    let full = best(|| check(&dir), entries);
    let per_second = |took: Duration| u128::from(entries.unsigned_abs()) * 1_000_000 / took.as_micros().max(1);
    println!("entries            {entries}");
    println!("read and hash only {:>9} entries/s", per_second(baseline));
    println!("full check         {:>9} entries/s", per_second(full));
    println!(
        "full check takes   {:>9} % of the time of reading and hashing",
        full.as_micros() * 100 / baseline.as_micros()
    );
}

fn best(run: impl Fn() -> i64, entries: i64) -> Duration {
    let timed = (0..RUNS).map(|_| {
        let began = Instant::now();
        assert_eq!(run(), entries);
        began.elapsed()
    });
    timed.min().expect("some runs")
}

fn check(dir: &Path) -> i64 {
    let checked = Reader::open(dir).expect("a reader").verify().expect("readable");
    assert_eq!(checked.end, End::Sound);
    checked.through.number
}

fn read_and_hash(file: &Path) -> i64 {
    let conn = Connection::open(file).expect("a file");
    let mut statement = conn
        .prepare("SELECT number, previous, hash, at_ms, operator, terminal, mode, payment, what, body FROM journal ORDER BY number")
        .expect("a journal");
    let mut rows = statement.query([]).expect("rows");
    let mut number = 0;
    while let Some(sql) = rows.next().expect("a row") {
        let row = Row {
            number: sql.get(0).expect("a number"),
            previous: sql.get(1).expect("a hash"),
            hash: sql.get(2).expect("a hash"),
            at_ms: sql.get(3).expect("a time"),
            operator: sql.get(4).expect("text"),
            terminal: sql.get(5).expect("text"),
            mode: sql.get(6).expect("text"),
            payment: sql.get(7).expect("text"),
            what: sql.get(8).expect("text"),
            body: sql.get(9).expect("text"),
        };
        assert_eq!(row.hash, row.hash_now());
        number = row.number;
    }
    number
}

/// Writes paid sales of five entries each, chained as the till chains them.
fn build(file: &Path, entries: i64) {
    let mut conn = Connection::open(file).expect("a file");
    conn.execute_batch(SCHEMA).expect("the schema");
    conn.execute("INSERT INTO identity (one, mode) VALUES (1, 'training')", []).expect("a mode");
    // A tenth of the time is spent on asking for the last number; the reader checks the same thing.
    conn.execute_batch("DROP TRIGGER journal_follows").expect("our own file");
    let transaction = conn.transaction().expect("a transaction");
    let mut tip = Tip::START;
    let mut sale = 0;
    while tip.number < entries {
        sale += 1;
        for (payment, at_ms, body) in story(sale) {
            if tip.number < entries {
                tip = write(&transaction, tip, payment, at_ms, &body);
            }
        }
    }
    transaction.commit().expect("a commit");
}

fn story(sale: u64) -> Vec<(PaymentId, i64, Value)> {
    let money = Money::new(20_105, Currency::Sar);
    let purchase = format!("{:014}", 35_581_746_000_000 + sale);
    let opening = Opening {
        kind: Kind::Sale,
        provider: ProviderName::Mispay,
        money,
        reference: format!("S-{sale:09}"),
        orphan: false,
        override_by: None,
        not_same_as: None,
        refund: None,
    };
    let id = PaymentId(uuid::Uuid::from_u64_pair(0x0192_0000_0000_7000, 0x8000_0000_0000_0000 | sale));
    let mut at_ms = 1_760_000_000_000 + i64::try_from(sale).expect("few") * 60_000;
    let mut payment = Payment::open(id, opening.clone(), "sara", at_ms);
    let events = [
        Event::Opened(opening),
        Event::Sent { wire_id: None, baseline_minor: None },
        Event::Accepted { track: Some(format!("trk-{sale:020}")), qr: None, followed: false, stale: false },
        Event::Captured(Receipt { differs: false, id: Some(purchase.clone()), money: Some(money) }),
        Event::DetailsRead(Details { purchase_id: purchase, money: Some(money), differs: false }),
    ];
    let mut lines = Vec::new();
    for event in events {
        at_ms += 250;
        if !matches!(event, Event::Opened(_)) {
            payment = payment.after(&event, at_ms).expect("each event changes something");
        }
        lines.push((id, at_ms, json!({ "event": event, "state": payment.state, "flags": payment.flags })));
    }
    lines
}

fn write(conn: &Connection, tip: Tip, payment: PaymentId, at_ms: i64, body: &Value) -> Tip {
    let mut row = Row {
        number: tip.number + 1,
        previous: tip.hash,
        hash: Hash::default(),
        at_ms,
        operator: "sara".to_owned(),
        terminal: "till-1".to_owned(),
        mode: "training".to_owned(),
        payment: Some(payment.to_string()),
        what: body["event"]["what"].as_str().expect("a word").to_owned(),
        body: body.to_string(),
    };
    row.hash = row.hash_now();
    conn.prepare_cached("INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)")
        .expect("a statement")
        .execute(params![
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
        ])
        .expect("a line");
    Tip { number: row.number, hash: row.hash }
}
