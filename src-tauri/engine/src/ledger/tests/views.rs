//! The tables made from the journal: the same whether they grew, were made again, or were filled in bulk.

use super::*;
use crate::ledger::fill::{Filled, Invention, fill, invented};
use crate::ledger::view::TABLES;
use checkstand_core::book::Book;
use checkstand_core::store::{Store, StoreEvent};
use checkstand_core::till::{Standing, Want};

pub(super) const INVENTION: Invention =
    Invention { payments: 600, days: Some(4), seed: 7, first_day_ms: 1_767_225_600_000 };

/// Every row of every table that is made from the journal.
pub(super) fn tables(dir: &Path) -> Vec<(String, Vec<String>)> {
    let conn = sqlite(dir);
    let mut all = Vec::new();
    for table in TABLES {
        let mut statement = conn.prepare(&format!("SELECT * FROM {table}")).expect("a table");
        let columns = statement.column_count();
        let rows = statement
            .query_map([], |sql| {
                let values: Vec<rusqlite::types::Value> =
                    (0..columns).map(|at| sql.get(at)).collect::<Result<_, _>>()?;
                Ok(format!("{values:?}"))
            })
            .expect("rows");
        all.push((table.to_owned(), rows.collect::<Result<_, _>>().expect("rows")));
    }
    all
}

fn assert_same(one: &[(String, Vec<String>)], other: &[(String, Vec<String>)]) {
    for ((table, one), (_, other)) in one.iter().zip(other) {
        assert_eq!(one.len(), other.len(), "{table}");
        for (one, other) in one.iter().zip(other) {
            assert_eq!(one, other, "{table}");
        }
    }
}

/// A ledger into which the invented entries were appended, in uneven batches.
pub(super) async fn grown(dir: &Path) -> Vec<Entry> {
    let (ledger, _) = open(dir);
    let entries: Vec<Entry> = invented(INVENTION).flatten().collect();
    let mut left = entries.as_slice();
    for size in [1, 2, 3, 1, 7].into_iter().cycle() {
        let (batch, rest) = left.split_at(size.min(left.len()));
        append(&ledger, batch.to_vec()).await;
        left = rest;
        if left.is_empty() {
            break;
        }
    }
    ledger.close().await;
    entries
}

#[tokio::test]
async fn tables_that_grew_were_filled_or_made_again_are_the_same() {
    let (slow, fast) = (folder(), folder());
    let entries = grown(slow.path()).await;
    let filled = fill(fast.path(), &training(), INVENTION, |_| {}).expect("filled");
    let payments = INVENTION.payments;
    assert_eq!(filled, Filled { payments, entries: i64::try_from(entries.len()).expect("few") });
    let grown = tables(slow.path());
    assert!(grown.iter().all(|(table, rows)| !rows.is_empty() || table == "paid_twice"), "nothing to compare");
    assert_same(&grown, &tables(fast.path()));
    assert_eq!(whole_journal(fast.path()), entries);
    let indexes = |dir: &Path| -> Vec<String> {
        let sql = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
        let conn = sqlite(dir);
        let mut statement = conn.prepare(sql).expect("the schema");
        statement.query_map([], |sql| sql.get(0)).expect("rows").collect::<Result<_, _>>().expect("rows")
    };
    assert_eq!(indexes(slow.path()), indexes(fast.path()));

    let (ledger, _) = open(fast.path());
    sqlite(fast.path()).execute_batch("DELETE FROM words; UPDATE totals SET payments = 7;").expect("an edit");
    ledger.put_pin("d1", "$argon2id$1").await.expect("kept");
    ledger.rebuild_view().await.expect("made again");
    assert_same(&grown, &tables(fast.path()));
    assert_eq!(indexes(slow.path()), indexes(fast.path()));
    let pin = Reader::open(fast.path()).expect("a reader").pin("d1").expect("readable");
    assert_eq!(pin.as_deref(), Some("$argon2id$1"), "what is not from the journal stays");
}

#[tokio::test]
async fn the_standing_by_the_tables_is_that_of_the_whole_journal() {
    let dir = folder();
    let entries = grown(dir.path()).await;
    // In the middle of a shift, too.
    let open_shift = vec![Entry {
        at_ms: entries.last().expect("entries").at_ms + 1_000,
        operator: "Åse".to_owned(),
        fact: Fact::Store(StoreEvent::ShiftOpened { number: 5 }),
    }];
    let (ledger, _) = open(dir.path());
    append(&ledger, open_shift.clone()).await;
    append_all(&ledger, day()).await;
    append(&ledger, story(9, vec![opening(9, Kind::Sale), sent(), captured(9), Event::DropSeen])).await;
    ledger.close().await;
    let mut book = Book::default();
    let mut store = Store::default();
    for entry in whole_journal(dir.path()) {
        match &entry.fact {
            Fact::Payment(fact) => {
                if let Some(movement) = book.apply(fact, &entry.operator, entry.at_ms) {
                    store.moved(&movement);
                }
            }
            Fact::Store(event) => store.apply(event, &entry.operator, entry.at_ms),
        }
    }
    let whole = Standing {
        payments: book.count(),
        drop_seen: book.drop_seen(),
        shift: store.shift.as_ref().expect("open").totals.rows(),
        running: store.running(),
    };
    assert!(whole.drop_seen && !whole.shift.is_empty());
    let (_ledger, opened) = open(dir.path());
    assert_eq!(opened.standing, whole);
    let twice: Vec<String> = book.paid_twice().map(str::to_owned).collect();
    let conn = sqlite(dir.path());
    let mut kept = conn.prepare("SELECT reference FROM paid_twice").expect("the table");
    let kept: Vec<String> =
        kept.query_map([], |sql| sql.get(0)).expect("rows").collect::<Result<_, _>>().expect("rows");
    assert_eq!(kept, twice);
}

#[tokio::test]
async fn paid_twice_is_kept_until_one_went_back() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let twice = |dir: &Path| -> i64 {
        sqlite(dir).query_row("SELECT count(*) FROM paid_twice", [], |sql| sql.get(0)).expect("a count")
    };
    let on = |n: u64, kind: Kind| {
        let Event::Opened(mut opening) = opening(n, kind) else { panic!("an opening") };
        opening.reference = "S-000042".to_owned();
        Event::Opened(opening)
    };
    append(&ledger, story(1, vec![on(1, Kind::Sale), sent(), captured(1)])).await;
    assert_eq!(twice(dir.path()), 0);
    append(&ledger, story(2, vec![on(2, Kind::Sale), sent(), captured(2)])).await;
    assert_eq!(twice(dir.path()), 1);
    let refund = Kind::Refund { of: id(1), retry_of: None };
    append(&ledger, story(3, vec![on(3, refund), sent(), captured(3)])).await;
    assert_eq!(twice(dir.path()), 0);
}

#[tokio::test]
async fn only_what_matters_is_resident_and_the_rest_is_recalled_with_its_reference() {
    let dir = folder();
    let entries = grown(dir.path()).await;
    let later = 1_767_225_600_000 + 40 * 24 * 60 * 60 * 1_000;
    let (ledger, _) = open(dir.path());
    let mut fresh = story(1, vec![opening(1, Kind::Sale), sent(), captured(1)]);
    fresh.iter_mut().for_each(|entry| entry.at_ms = later);
    append(&ledger, fresh.clone()).await;
    ledger.close().await;
    let (_ledger, opened) = open(dir.path());
    let mut book = Book::default();
    book.recall(&opened.resident);
    assert!(book.payment(id(1)).is_some());
    assert!(book.payments().count() < 60, "{} of 601 are resident", book.payments().count());
    let mut whole = Book::default();
    for entry in entries.iter().chain(&fresh) {
        if let Some(fact) = entry.of_payment() {
            whole.apply(fact, &entry.operator, entry.at_ms);
        }
    }
    for payment in whole.payments().filter(|payment| payment.is_open() || payment.needs_attention()) {
        assert_eq!(book.payment(payment.id), Some(payment));
    }
    let reader = Reader::open(dir.path()).expect("a reader");
    for payment in whole.payments() {
        let by_id = reader.recall(&Want::Id(payment.wire_id())).expect("readable");
        let by_reference = reader.recall(&Want::Reference(payment.opening.reference.clone())).expect("readable");
        assert_eq!(by_id, by_reference);
        let mut recalled = Book::default();
        recalled.recall(&by_id);
        assert_eq!(recalled.payment(payment.id), Some(payment));
        let kin = |book: &Book| {
            let kin = book.payments().filter(|other| other.opening.reference == payment.opening.reference);
            kin.map(|payment| payment.id).collect::<Vec<_>>()
        };
        assert_eq!(kin(&recalled), kin(&whole));
    }
    assert_eq!(reader.recall(&Want::Id("nobody".to_owned())).expect("readable"), Vec::new());
}

#[tokio::test]
async fn a_recalled_line_that_was_changed_is_found() {
    let dir = closed_day().await;
    let conn = sqlite(dir.path());
    conn.execute_batch("DROP TRIGGER journal_stays; UPDATE journal SET at_ms = at_ms + 1 WHERE number = 2;")
        .expect("an edit");
    let recalled = Reader::open(dir.path()).expect("a reader").recall(&Want::Id(id(0).to_string()));
    assert!(matches!(recalled, Err(LedgerError::Broken { number: 2, .. })), "{recalled:?}");
}

#[tokio::test]
async fn a_failed_append_leaves_the_tables_as_they_were() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append(&ledger, day()[0].clone()).await;
    let before = tables(dir.path());
    ledger.plan([writer::Fault::CommitFails]);
    assert!(matches!(ledger.append(day()[1].clone()).await, Persist::Failed(_)));
    assert_same(&before, &tables(dir.path()));
    append_all(&ledger, day()[1..].to_vec()).await;
    let grown = tables(dir.path());
    ledger.rebuild_view().await.expect("made again");
    assert_same(&grown, &tables(dir.path()));
}

#[test]
fn a_ledger_is_filled_once_and_never_a_live_one() {
    let dir = folder();
    let live = Identity { mode: Mode::Live, terminal: "till-1".to_owned() };
    let few = Invention { payments: 3, ..INVENTION };
    assert!(matches!(fill(dir.path(), &live, few, |_| {}), Err(fill::FillError::Live)));
    fill(dir.path(), &training(), few, |_| {}).expect("filled");
    assert!(matches!(fill(dir.path(), &training(), few, |_| {}), Err(fill::FillError::NotEmpty { .. })));
    let (ledger, opened) = open(dir.path());
    assert_eq!(opened.standing.payments, 3);
    drop(ledger);
}

#[tokio::test]
async fn a_ledger_of_the_first_version_is_brought_up_to_date() {
    let dir = folder();
    let first = [schema::migrations().remove(0)];
    let conn = schema::open(&dir.path().join(FILE_NAME), Mode::Training, &first).expect("an old ledger");
    let entries = day().concat();
    let rows = chain::seal(&entries, &Tip::START, &training()).expect("rows");
    writer::insert(&conn, &rows).expect("an old journal");
    drop(conn);
    let (_ledger, opened) = open(dir.path());
    assert_eq!(opened.resident, entries);
    let grown = closed_day().await;
    assert_same(&tables(grown.path()), &tables(dir.path()));
}
