//! Copies: made beside a working till, told apart from other files, and put in the place of a ledger that is lost.

use super::*;
use std::ops::ControlFlow;

const NOW_MS: i64 = 1_769_903_999_000;

fn on(_: BackupStep) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn made(dir: &Path) -> Copy {
    back_up(dir, None, NOW_MS, &mut on).expect("a copy")
}

fn checked(path: &Path, dir: &Path, anchor: Option<Anchor>) -> Result<Copy, BackupError> {
    check_backup(path, Mode::Training, dir, anchor, &mut on)
}

fn restored(dir: &Path, copy: &Path, anchor: Option<Anchor>) -> Result<Restored, BackupError> {
    restore(dir, copy, Mode::Training, anchor, NOW_MS, &mut on)
}

fn edit(path: &Path, sql: &str) {
    let without =
        "PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS journal_stays; DROP TRIGGER IF EXISTS journal_keeps;
                   DROP TRIGGER IF EXISTS identity_stays;";
    rusqlite::Connection::open(path).expect("the file").execute_batch(&format!("{without} {sql}")).expect("an edit");
}

fn end(dir: &Path) -> Tip {
    Reader::open(dir).expect("a reader").verify().expect("readable").through
}

fn anchor(tip: Tip) -> Option<Anchor> {
    Some(Anchor { tip, checked: Tip::START, accepted: Tip::START, at_ms: NOW_MS })
}

#[tokio::test]
async fn a_copy_made_beside_a_working_till_is_whole() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append_all(&ledger, day()).await;
    let copy = made(dir.path());
    let last = i64::try_from(day().concat().len()).expect("few");
    assert_eq!(copy.tip, *ledger.tips().borrow());
    assert_eq!(copy.path, dir.path().join("backups").join(format!("20260131T235959Z-{last:09}.db")));
    append(&ledger, story(9, vec![opening(9, Kind::Sale)])).await;
    assert_eq!(checked(&copy.path, dir.path(), None).expect("a beginning of the ledger"), copy);
    let later = back_up(dir.path(), None, NOW_MS + 1_000, &mut on).expect("a copy");
    let listed = backups(dir.path()).expect("a list");
    assert_eq!(listed.iter().map(|copy| &copy.path).collect::<Vec<_>>(), [&later.path, &copy.path]);
    assert_eq!((listed[1].made_at.as_str(), listed[1].number), ("20260131T235959Z", last));
    assert_eq!(std::fs::read_dir(dir.path().join("backups")).expect("a folder").count(), 2, "nothing beside them");
}

#[tokio::test]
async fn a_copy_that_is_called_off_leaves_nothing() {
    let dir = closed_day().await;
    let copying = back_up(dir.path(), None, NOW_MS, &mut |_| ControlFlow::Break(()));
    assert!(matches!(copying, Err(BackupError::Stopped)));
    assert_eq!(backups(dir.path()).expect("a list"), []);
    assert_eq!(std::fs::read_dir(dir.path().join("backups")).expect("a folder").count(), 0);
}

#[tokio::test]
async fn a_broken_ledger_makes_no_copy() {
    let dir = closed_day().await;
    edit(&dir.path().join(FILE_NAME), "UPDATE journal SET operator = 'x' WHERE number = 4;");
    match back_up(dir.path(), None, NOW_MS, &mut on) {
        Err(BackupError::Broken { fault }) => assert_eq!(fault.number, 4),
        other => panic!("{other:?}"),
    }
    assert_eq!(backups(dir.path()).expect("a list"), []);
}

#[tokio::test]
async fn other_files_are_told_apart() {
    let dir = closed_day().await;
    let copy = made(dir.path()).path;
    let file = dir.path().join("other.db");
    let other = |change: &dyn Fn(&Path)| {
        std::fs::copy(&copy, &file).expect("a file");
        change(&file);
        checked(&file, dir.path(), None).expect_err("of no use")
    };
    let text = "no database at all, but long enough to be taken for one".repeat(40);
    assert!(matches!(other(&|file| std::fs::write(file, &text).expect("a file")), BackupError::NotADatabase { .. }));
    assert!(matches!(other(&|file| std::fs::remove_file(file).expect("a file")), BackupError::File { .. }));
    let empty = other(&|file| std::fs::write(file, "").expect("a file"));
    assert!(matches!(empty, BackupError::NotALedger { .. }), "{empty:?}");
    let songs = other(&|file| edit(file, "PRAGMA application_id = 7; CREATE TABLE songs (name TEXT);"));
    assert!(matches!(songs, BackupError::NotALedger { .. }));
    let live = other(&|file| edit(file, "UPDATE identity SET mode = 'live';"));
    assert!(matches!(live, BackupError::OtherMode { found: Mode::Live, asked: Mode::Training }));
    let newer = other(&|file| edit(file, "INSERT INTO refinery_schema_history VALUES (99, 'x', 'x', '1');"));
    assert!(matches!(newer, BackupError::NewerSchema { version: 99 }));
    match other(&|file| edit(file, "UPDATE journal SET at_ms = 1 WHERE number = 3;")) {
        BackupError::Broken { fault } => assert_eq!(fault.number, 3),
        other => panic!("{other:?}"),
    }
    let damaged = other(&|file| {
        edit(
            file,
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET rootpage =
        (SELECT rootpage FROM sqlite_schema WHERE name = 'payments_by_day') WHERE name = 'payments_by_reference';",
        )
    });
    assert!(matches!(damaged, BackupError::Damaged { .. }), "{damaged:?}");
}

#[tokio::test]
async fn a_copy_of_another_ledger_is_not_ours() {
    let (ours, theirs) = (closed_day().await, folder());
    let (ledger, _) = open(theirs.path());
    append_all(&ledger, (30..60).map(|n| story(n, vec![opening(n, Kind::Sale), sent()])).collect()).await;
    ledger.close().await;
    let copy = made(theirs.path());
    assert!(matches!(checked(&copy.path, ours.path(), None), Err(BackupError::OtherLedger { number: 1 })));
    let anchored = end(ours.path());
    let by_anchor = checked(&copy.path, ours.path(), anchor(anchored));
    assert!(matches!(by_anchor, Err(BackupError::OtherLedger { number }) if number == anchored.number));
    std::fs::remove_file(ours.path().join(FILE_NAME)).expect("a loss");
    assert!(checked(&copy.path, ours.path(), anchor(anchored)).is_err(), "the anchor remembers whose it is");
    assert!(checked(&copy.path, ours.path(), None).is_ok(), "nothing contradicts it");
}

#[tokio::test]
async fn a_copy_from_before_the_ways_parted_is_ours_only_if_the_ledger_here_is_broken() {
    let dir = closed_day().await;
    let other = folder();
    std::fs::copy(dir.path().join(FILE_NAME), other.path().join(FILE_NAME)).expect("a copy");
    let begun = end(dir.path()).number;
    for (dir, n) in [(dir.path(), 20), (other.path(), 21)] {
        let (ledger, _) = open(dir);
        append(&ledger, story(n, vec![opening(n, Kind::Sale), sent()])).await;
        ledger.close().await;
    }
    let copy = made(other.path());
    let parted = checked(&copy.path, dir.path(), None);
    assert!(matches!(parted, Err(BackupError::OtherLedger { number }) if number == begun + 1), "{parted:?}");
    edit(&dir.path().join(FILE_NAME), &format!("UPDATE journal SET at_ms = 1 WHERE number = {};", begun + 1));
    assert!(checked(&copy.path, dir.path(), None).is_ok());
}

#[tokio::test]
async fn nothing_is_restored_over_a_ledger_that_is_in_order() {
    let dir = closed_day().await;
    let copy = made(dir.path());
    let before = std::fs::read(dir.path().join(FILE_NAME)).expect("the file");
    for anchor in [None, anchor(copy.tip)] {
        assert!(matches!(restored(dir.path(), &copy.path, anchor), Err(BackupError::NotNeeded)));
    }
    assert_eq!(std::fs::read(dir.path().join(FILE_NAME)).expect("the file"), before);
    let (ledger, _) = open(dir.path());
    edit(&dir.path().join(FILE_NAME), "UPDATE journal SET at_ms = 1 WHERE number = 3;");
    let in_use = restored(dir.path(), &copy.path, None);
    assert!(matches!(in_use, Err(BackupError::Ledger(LedgerError::InUse { .. }))));
    drop(ledger);
}

/// A day, a copy of it, and two more sales.
async fn day_and_more() -> (tempfile::TempDir, Copy) {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append_all(&ledger, day()).await;
    let copy = made(dir.path());
    append_all(&ledger, (20..22).map(|n| story(n, vec![opening(n, Kind::Sale), sent()])).collect()).await;
    ledger.close().await;
    (dir, copy)
}

#[tokio::test]
async fn a_broken_ledger_is_restored_and_what_is_lost_is_said() {
    let (dir, copy) = day_and_more().await;
    edit(&dir.path().join(FILE_NAME), "UPDATE journal SET at_ms = 1 WHERE number = 3;");
    let before = std::fs::read(dir.path().join(FILE_NAME)).expect("the file");
    let done = restored(dir.path(), &copy.path, None).expect("restored");
    assert_eq!(done.tip, copy.tip);
    assert_eq!(done.lost, Some((copy.tip.number + 1, copy.tip.number + 4)));
    assert_eq!(done.lost_payments, [20, 21].map(|n| id(n).to_string()).into());
    assert!(done.all_known);
    assert_eq!(done.kept_in, Some(dir.path().join("replaced-20260131T235959Z")));
    assert_eq!(std::fs::read(dir.path().join("replaced-20260131T235959Z").join(FILE_NAME)).expect("kept"), before);

    let (ledger, opened) = open(dir.path());
    assert_eq!((opened.resident, opened.fault), (day().concat(), None));
    let event = done.event("the disk was replaced");
    append(&ledger, vec![Entry { at_ms: NOW_MS, operator: "sara".to_owned(), fact: Fact::Store(event) }]).await;
    ledger.close().await;
    assert_eq!(end(dir.path()).number, copy.tip.number + 1);
}

#[tokio::test]
async fn the_log_of_the_old_ledger_is_not_read_into_the_new_one() {
    let (dir, copy) = day_and_more().await;
    let (ledger, _) = open(dir.path());
    append_all(&ledger, (30..40).map(|n| story(n, vec![opening(n, Kind::Sale), sent()])).collect()).await;
    let wal = std::fs::read(dir.path().join("ledger.db-wal")).expect("a log");
    ledger.close().await;
    std::fs::write(dir.path().join("ledger.db-wal"), wal).expect("as after a crash");
    let anchored = Tip { number: 10_000, hash: [7; 32] };
    let done = restored(dir.path(), &copy.path, anchor(anchored)).expect("behind its anchor");
    assert_eq!(end(dir.path()), copy.tip);
    assert_eq!(done.lost.map(|(_, last)| last), Some(copy.tip.number + 24));
}

#[tokio::test]
async fn a_ledger_that_is_gone_or_cannot_be_read_is_restored() {
    let (dir, copy) = day_and_more().await;
    std::fs::write(dir.path().join(FILE_NAME), vec![7; 40_000]).expect("a disaster");
    let done = restored(dir.path(), &copy.path, None).expect("restored");
    assert_eq!((done.lost, done.all_known), (None, false));
    assert_eq!(open(dir.path()).1.resident, day().concat());

    let new = folder();
    let done = restored(new.path(), &copy.path, anchor(copy.tip)).expect("restored on another machine");
    assert_eq!(done.kept_in, None);
    assert_eq!(open(new.path()).1.resident, day().concat());
}

#[tokio::test]
async fn a_ledger_behind_its_anchor_is_restored_from_the_copy_that_has_it() {
    let (dir, copy) = day_and_more().await;
    let anchored = anchor(end(dir.path()));
    let later = back_up(dir.path(), None, NOW_MS + 1_000, &mut on).expect("a copy");
    std::fs::copy(&copy.path, dir.path().join(FILE_NAME)).expect("a rollback");
    let done = restored(dir.path(), &later.path, anchored).expect("restored");
    assert_eq!((done.tip, done.lost), (later.tip, None));
    assert!(matches!(restored(dir.path(), &later.path, anchored), Err(BackupError::NotNeeded)));
}

#[tokio::test]
async fn a_copy_of_no_use_leaves_the_old_ledger_in_place() {
    let (dir, copy) = day_and_more().await;
    let ledger = dir.path().join(FILE_NAME);
    edit(&ledger, "UPDATE journal SET at_ms = 1 WHERE number = 3;");
    edit(&copy.path, "UPDATE journal SET at_ms = 1 WHERE number = 2;");
    let before = std::fs::read(&ledger).expect("the file");
    assert!(matches!(restored(dir.path(), &copy.path, None), Err(BackupError::Broken { .. })));
    assert_eq!(std::fs::read(&ledger).expect("the file"), before);
    assert!(!dir.path().join("ledger.restoring.db").exists());
}

#[tokio::test]
async fn a_broken_ledger_that_was_accepted_as_it_is_is_checked_from_there() {
    let (dir, _) = day_and_more().await;
    edit(&dir.path().join(FILE_NAME), "UPDATE journal SET at_ms = 1 WHERE number = 3;");
    let tip = Reader::open(dir.path()).expect("a reader").rows().expect("rows").last().expect("a row").clone();
    let tip = Tip { number: tip.number, hash: tip.hash };
    let accepted = Some(Anchor { tip, checked: tip, accepted: tip, at_ms: NOW_MS });
    let (ledger, _) = open(dir.path());
    append(&ledger, story(40, vec![opening(40, Kind::Sale)])).await;
    ledger.close().await;
    let copy = back_up(dir.path(), accepted, NOW_MS + 1_000, &mut on).expect("a copy");
    assert_eq!(copy.tip.number, tip.number + 1);
    assert!(matches!(restored(dir.path(), &copy.path, accepted), Err(BackupError::NotNeeded)));
    edit(&copy.path, &format!("UPDATE journal SET at_ms = 1 WHERE number = {};", tip.number + 1));
    assert!(matches!(checked(&copy.path, dir.path(), accepted), Err(BackupError::Broken { .. })));
}
