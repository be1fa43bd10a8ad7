//! Opening, appending, opening again; who may open, and how old the file may be.

use super::*;
use checkstand_core::till::Standing;
use refinery::Migration;

#[tokio::test]
async fn what_was_appended_is_replayed() {
    let dir = folder();
    let (ledger, opened) = open(dir.path());
    let new = Opened {
        standing: Standing::default(),
        store: Vec::new(),
        resident: Vec::new(),
        last_number: 0,
        last_hash: [0; 32],
        fault: None,
    };
    assert_eq!(opened, new);
    let entries: Vec<Entry> = day().concat();
    let mut last = 0;
    for batch in day() {
        last += i64::try_from(batch.len()).expect("few");
        assert_eq!(ledger.append(batch).await, Persist::Ok { last_number: last });
    }
    assert_eq!(ledger.append(Vec::new()).await, Persist::Ok { last_number: last });
    ledger.close().await;

    let (_ledger, opened) = open(dir.path());
    assert_eq!(opened.resident, entries);
    assert_eq!(opened.last_number, last);
    let reader = Reader::open(dir.path()).expect("a reader");
    assert_eq!(reader.mode(), Mode::Training);
    let rows = reader.rows().expect("rows");
    assert_eq!(rows.iter().map(|row| row.number).collect::<Vec<_>>(), (1..=last).collect::<Vec<_>>());
    assert_eq!(rows.last().expect("a row").hash, opened.last_hash);
    let tip = Tip { number: last, hash: opened.last_hash };
    assert_eq!(reader.verify().expect("readable"), Checked { through: tip, end: End::Sound });
    assert_eq!(reader.rows_of(id(1)).expect("rows").len(), 3);
}

#[tokio::test]
async fn a_ledger_that_was_only_dropped_is_whole() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append_all(&ledger, day()).await;
    drop(ledger);
    assert_eq!(open(dir.path()).1.resident, day().concat());
}

#[tokio::test]
async fn a_reader_sees_each_commit_of_a_running_till() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let reader = Reader::open(dir.path()).expect("a reader");
    assert_eq!(reader.rows().expect("rows").len(), 0);
    append(&ledger, day().concat()).await;
    assert_eq!(reader.rows().expect("rows").len(), day().concat().len());
    let payments = reader.payments().expect("payments");
    assert_eq!(
        payments.iter().map(|payment| payment.id.clone()).collect::<Vec<_>>(),
        [5, 4, 3, 2, 1, 0].map(|n| id(n).to_string())
    );
}

#[tokio::test]
async fn the_view_says_what_each_payment_has_become() {
    let dir = closed_day().await;
    let payments = Reader::open(dir.path()).expect("a reader").payments().expect("payments");
    let of = |n: u64| payments.iter().find(|payment| payment.id == id(n).to_string()).expect("the payment");
    let paid = of(0);
    assert_eq!((paid.kind.as_str(), paid.state.as_str(), paid.attention), ("sale", "paid", false));
    assert_eq!((paid.minor, paid.currency.as_str(), paid.provider.as_str()), (20_105, "SAR", "mispay"));
    assert_eq!((paid.operator.as_str(), paid.terminal.as_str(), paid.last_number), ("Åse", "till-1", 4));
    assert_eq!((paid.receipt.as_deref(), paid.flags.as_str()), (Some("35581746096790"), "[]"));
    assert_eq!(
        (of(1).state.as_str(), of(1).reason.as_deref(), of(1).attention),
        ("unknown", Some("answer_lost"), true)
    );
    assert_eq!((of(2).state.as_str(), of(2).reason.as_deref()), ("declined", Some("code_not_accepted")));
    assert_eq!((of(3).kind.as_str(), of(3).refund_of.as_deref()), ("refund", Some(paid.id.as_str())));
    assert_eq!((of(4).flags.as_str(), of(4).attention), ("[\"late\"]", true));
    assert_eq!((of(5).flags.as_str(), of(5).attention), ("[\"late\"]", false));
}

#[tokio::test]
async fn the_view_made_again_equals_the_one_that_grew() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    // One by one, so that each line of the view has been changed and not only made.
    append_all(&ledger, day().concat().into_iter().map(|entry| vec![entry]).collect()).await;
    let reader = Reader::open(dir.path()).expect("a reader");
    let grown = reader.payments().expect("payments");
    sqlite(dir.path())
        .execute_batch("UPDATE payments SET state = 'paid'; DELETE FROM payments WHERE kind = 'refund';")
        .expect("an edit of the view");
    assert_ne!(reader.payments().expect("payments"), grown);
    ledger.rebuild_view().await.expect("made again");
    assert_eq!(reader.payments().expect("payments"), grown);
}

#[tokio::test]
async fn a_view_that_lags_is_made_again_at_the_next_start() {
    let dir = closed_day().await;
    let grown = Reader::open(dir.path()).expect("a reader").payments().expect("payments");
    sqlite(dir.path()).execute("DELETE FROM standing", []).expect("an edit of the view");
    drop(open(dir.path()));
    assert_eq!(Reader::open(dir.path()).expect("a reader").payments().expect("payments"), grown);
}

#[tokio::test]
async fn entries_that_make_no_sense_are_refused_and_leave_nothing() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let mut entries = story(1, vec![opening(1, Kind::Sale), sent()]);
    let never_opened = entries.split_off(1);
    assert!(matches!(ledger.append(never_opened).await, Persist::Failed(_)));
    append(&ledger, entries.clone()).await;
    assert!(matches!(ledger.append(entries.clone()).await, Persist::Failed(_)), "opened twice");
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, entries);
}

#[test]
fn only_one_may_write() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    assert!(matches!(open_error(dir.path()), LedgerError::InUse { .. }));
    drop(ledger);
    drop(open(dir.path()));
}

/// A child has copies of all open files between its birth and its first instruction, the lock's among them.
#[cfg(unix)]
#[test]
fn the_lock_is_free_at_once_even_while_the_process_starts_others() {
    use std::sync::atomic::{AtomicBool, Ordering};
    let dir = folder();
    let is_over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !is_over.load(Ordering::Relaxed) {
                std::process::Command::new("true").status().expect("a child");
            }
        });
        let opened: Vec<Option<LedgerError>> = (0..20).map(|_| Ledger::open(dir.path(), training()).err()).collect();
        is_over.store(true, Ordering::Relaxed);
        assert!(opened.iter().all(Option::is_none), "{opened:?}");
    });
}

#[tokio::test]
async fn a_training_ledger_never_opens_as_live() {
    let dir = closed_day().await;
    let before = std::fs::read(dir.path().join(FILE_NAME)).expect("the file");
    for mode in [Mode::Live, Mode::Test] {
        let identity = Identity { mode, terminal: "till-1".to_owned() };
        match Ledger::open(dir.path(), identity) {
            Err(LedgerError::OtherMode { found, asked }) => assert_eq!((found.as_str(), asked), ("training", mode)),
            other => panic!("opened or failed otherwise: {:?}", other.err()),
        }
    }
    assert_eq!(std::fs::read(dir.path().join(FILE_NAME)).expect("the file"), before, "nothing was written");
    assert!(sqlite(dir.path()).execute("UPDATE identity SET mode = 'live'", []).is_err());
}

#[tokio::test]
async fn a_till_may_get_another_name() {
    let dir = closed_day().await;
    let identity = Identity { mode: Mode::Training, terminal: "till-2".to_owned() };
    let (ledger, _) = Ledger::open(dir.path(), identity).expect("the ledger opens");
    append(&ledger, story(9, vec![opening(9, Kind::Sale)])).await;
    let terminals: Vec<String> =
        Reader::open(dir.path()).expect("a reader").rows().expect("rows").into_iter().map(|row| row.terminal).collect();
    assert_eq!(terminals.first().map(String::as_str), Some("till-1"));
    assert_eq!(terminals.last().map(String::as_str), Some("till-2"));
}

#[test]
fn another_programs_database_is_left_alone() {
    let dir = folder();
    sqlite(dir.path()).execute_batch("CREATE TABLE songs (name TEXT)").expect("a table");
    let before = std::fs::read(dir.path().join(FILE_NAME)).expect("the file");
    assert!(matches!(open_error(dir.path()), LedgerError::NotALedger { .. }));
    assert_eq!(std::fs::read(dir.path().join(FILE_NAME)).expect("the file"), before);
    std::fs::write(dir.path().join(FILE_NAME), "no database at all, but long enough to be taken for one".repeat(40))
        .expect("a file");
    assert!(matches!(open_error(dir.path()), LedgerError::Storage(_)));
}

/// What opening with these migrations answers, and that it wrote nothing.
fn refused(dir: &Path, migrations: &[Migration]) -> LedgerError {
    let before = std::fs::read(dir.join(FILE_NAME)).expect("the file");
    let error = match Ledger::open_with(dir, training(), migrations) {
        Ok(_) => panic!("the ledger opened"),
        Err(error) => error,
    };
    assert_eq!(std::fs::read(dir.join(FILE_NAME)).expect("the file"), before, "nothing was written");
    error
}

fn with_another_migration(sql: &str) -> Vec<Migration> {
    let mut migrations = schema::migrations();
    let name = format!("V{}__more", migrations.len() + 1);
    migrations.push(Migration::unapplied(&name, sql).expect("a migration"));
    migrations
}

#[tokio::test]
async fn a_changed_migration_is_refused() {
    let dir = closed_day().await;
    let changed = format!("{} -- a late thought", include_str!("../migrations/V1__journal.sql"));
    let changed = [Migration::unapplied("V1__journal", &changed).expect("a migration")];
    assert!(matches!(refused(dir.path(), &changed), LedgerError::ChangedMigration { version: 1 }));
    sqlite(dir.path()).execute("UPDATE refinery_schema_history SET checksum = '1'", []).expect("an edit");
    assert!(matches!(refused(dir.path(), &schema::migrations()), LedgerError::ChangedMigration { version: 1 }));
}

#[tokio::test]
async fn a_newer_ledger_is_refused_and_an_older_one_is_brought_up_to_date() {
    let dir = closed_day().await;
    let newer = with_another_migration("CREATE TABLE more (number INTEGER PRIMARY KEY) STRICT;");
    let (ledger, opened) = Ledger::open_with(dir.path(), training(), &newer).expect("an older ledger opens");
    assert_eq!(opened.resident, day().concat());
    ledger.close().await;
    let next = i64::try_from(newer.len()).expect("few");
    assert!(
        matches!(refused(dir.path(), &schema::migrations()), LedgerError::NewerSchema { version } if version == next)
    );
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_behind() {
    let dir = closed_day().await;
    let bad = with_another_migration("CREATE TABLE more (number INTEGER); INSERT INTO nowhere VALUES (1);");
    assert!(matches!(Ledger::open_with(dir.path(), training(), &bad), Err(LedgerError::Migration(_))));
    assert_eq!(open(dir.path()).1.resident, day().concat());
    assert!(sqlite(dir.path()).prepare("SELECT * FROM more").is_err());
}

#[tokio::test]
async fn a_ledger_left_half_made_at_its_creation_is_finished() {
    let dir = folder();
    sqlite(dir.path())
        .execute_batch("CREATE TABLE refinery_schema_history (version int4 PRIMARY KEY, name VARCHAR(255), applied_on VARCHAR(255), checksum VARCHAR(255));")
        .expect("a table");
    let (ledger, _) = open(dir.path());
    append_all(&ledger, day()).await;
    drop(ledger);
    sqlite(dir.path()).execute_batch("DROP TRIGGER identity_keeps; DELETE FROM identity;").expect("an edit");
    assert!(matches!(open_error(dir.path()), LedgerError::NotALedger { .. }), "entries without a mode are nobody's");
}
