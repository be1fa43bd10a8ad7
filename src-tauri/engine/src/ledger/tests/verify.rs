//! How far a check goes, in stretches and in the background, and what a broken ledger still does.

use super::*;
use std::ops::ControlFlow;

/// A closed ledger of this many sales, two lines each.
async fn sales(count: u64) -> tempfile::TempDir {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append(&ledger, (0..count).flat_map(|n| story(n, vec![opening(n, Kind::Sale), sent()])).collect()).await;
    ledger.close().await;
    dir
}

fn tip_at(dir: &Path, number: i64) -> Tip {
    let rows = Reader::open(dir).expect("a reader").rows().expect("rows");
    let row = rows.iter().find(|row| row.number == number).expect("the line");
    Tip { number, hash: row.hash }
}

fn edit(dir: &Path, sql: &str) {
    let without = "PRAGMA foreign_keys = OFF; DROP TRIGGER IF EXISTS journal_follows;
                   DROP TRIGGER IF EXISTS journal_stays; DROP TRIGGER IF EXISTS journal_keeps;";
    sqlite(dir).execute_batch(&format!("{without} {sql}")).expect("an edit");
}

fn broken(checked: Checked) -> (i64, String) {
    match checked.end {
        End::Broken(fault) => {
            assert_eq!(checked.through.number, fault.number - 1, "all before it is in order");
            (fault.number, fault.what)
        }
        End::Sound | End::Stopped => panic!("nothing found"),
    }
}

#[tokio::test]
async fn a_stretch_is_checked_without_the_rest() {
    let dir = sales(20).await;
    let from = tip_at(dir.path(), 11);
    edit(dir.path(), "UPDATE journal SET operator = 'x' WHERE number IN (5, 30);");
    let reader = Reader::open(dir.path()).expect("a reader");
    let check = |from, through| reader.check(from, through, &mut |_| ControlFlow::Continue(())).expect("readable");
    assert_eq!(check(from, Some(29)), Checked { through: tip_at(dir.path(), 29), end: End::Sound });
    assert_eq!(broken(check(from, None)), (30, "it was changed".to_owned()));
    assert_eq!(broken(check(Tip::START, Some(29))), (5, "it was changed".to_owned()));
    assert_eq!(broken(check(tip_at(dir.path(), 30), Some(41))), (41, "it is missing".to_owned()));
}

#[tokio::test]
async fn a_payment_that_was_opened_before_the_stretch_is_looked_up() {
    let dir = sales(20).await;
    // 11 opens the sixth sale, 12 sends it.
    let reader = Reader::open(dir.path()).expect("a reader");
    let from = tip_at(dir.path(), 11);
    assert_eq!(reader.check(from, None, &mut |_| ControlFlow::Continue(())).expect("readable").end, End::Sound);
    edit(dir.path(), "UPDATE journal SET payment = NULL WHERE number = 11;");
    let checked = reader.check(from, None, &mut |_| ControlFlow::Continue(())).expect("readable");
    assert_eq!(broken(checked), (12, "it speaks of a payment that was never opened".to_owned()));
    edit(dir.path(), "UPDATE journal SET payment = (SELECT payment FROM journal WHERE number = 13) WHERE number = 1;");
    let checked = reader.check(tip_at(dir.path(), 12), None, &mut |_| ControlFlow::Continue(())).expect("readable");
    assert_eq!(broken(checked), (13, "it opens a payment that is open".to_owned()));
}

#[tokio::test]
async fn a_payment_id_that_the_till_would_write_otherwise_is_found() {
    let dir = sales(2).await;
    let rows = Reader::open(dir.path()).expect("a reader").rows().expect("rows");
    let last = rows.last().expect("a row");
    let mut forged = Row { number: last.number + 1, previous: last.hash, ..last.clone() };
    forged.payment = last.payment.as_ref().map(|payment| payment.to_uppercase().replace("0192", "{0192") + "}");
    forged.hash = forged.hash_now();
    sqlite(dir.path())
        .execute(
            "INSERT INTO journal SELECT ?1, ?2, ?3, at_ms, operator, terminal, mode, ?4, what, body FROM journal WHERE number = ?5",
            rusqlite::params![forged.number, forged.previous, forged.hash, forged.payment, last.number],
        )
        .expect("a forged line");
    let (number, what) = broken(Reader::open(dir.path()).expect("a reader").verify().expect("readable"));
    assert_eq!(number, forged.number);
    assert!(what.contains("is no payment id"), "{what}");
}

#[tokio::test]
async fn a_check_can_be_called_off_and_goes_on_from_where_it_was() {
    let dir = sales(1_000).await;
    let reader = Reader::open(dir.path()).expect("a reader");
    let mut heard = Vec::new();
    let checked = reader
        .check(Tip::START, None, &mut |reached| {
            heard.push(reached);
            if reached > 500 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .expect("readable");
    assert_eq!(checked.end, End::Stopped);
    assert_eq!(Some(&checked.through.number), heard.last());
    assert!(heard.len() > 1 && checked.through.number < 2_000, "{heard:?}");
    assert_eq!(checked.through, tip_at(dir.path(), checked.through.number));
    let rest = reader.check(checked.through, None, &mut |_| ControlFlow::Continue(())).expect("readable");
    assert_eq!((rest.through.number, rest.end), (2_000, End::Sound));
}

#[tokio::test]
async fn of_many_wrong_lines_the_first_is_named_however_they_are_shared_out() {
    let dir = sales(2_000).await;
    edit(dir.path(), "UPDATE journal SET operator = 'x' WHERE number >= 777 AND number % 7 = 0;");
    edit(
        dir.path(),
        "DELETE FROM journal WHERE number = 3000; UPDATE journal SET previous = zeroblob(32) WHERE number = 900;",
    );
    for _ in 0..20 {
        let checked = Reader::open(dir.path()).expect("a reader").verify().expect("readable");
        assert_eq!(broken(checked), (777, "it was changed".to_owned()));
    }
}

#[tokio::test]
async fn before_the_first_sale_the_newest_lines_are_checked() {
    let dir = sales(20).await;
    let reader = Reader::open(dir.path()).expect("a reader");
    let recent = reader.recent(Tip::START).expect("readable");
    assert_eq!((recent.from, recent.checked.through.number, recent.checked.end), (Tip::START, 40, End::Sound));
    edit(dir.path(), "UPDATE journal SET operator = 'x' WHERE number = 5;");
    assert_eq!(broken(reader.recent(Tip::START).expect("readable").checked).0, 5);
}

#[tokio::test]
async fn the_rest_is_checked_beside_a_working_till() {
    let dir = sales(1_000).await;
    let (ledger, _) = open(dir.path());
    for pace in [Pace::Gentle, Pace::Full] {
        let running = Running::start(dir.path(), Tip::START, 2_000, pace).expect("a thread");
        append(&ledger, story(5_000 + u64::from(pace == Pace::Full), vec![opening(0, Kind::Sale)])).await;
        let mut progress = running.progress();
        let end = progress.wait_for(|progress| progress.end.is_some()).await.expect("it ends").clone();
        let checked = end.end.expect("waited for").expect("readable");
        assert_eq!((end.reached, checked.through.number, checked.end), (2_000, 2_000, End::Sound));
    }
    ledger.close().await;
    edit(dir.path(), "DELETE FROM journal WHERE number = 1500;");
    let running = Running::start(dir.path(), Tip::START, 2_000, Pace::Gentle).expect("a thread");
    let mut progress = running.progress();
    let end = progress.wait_for(|progress| progress.end.is_some()).await.expect("it ends").clone();
    assert_eq!(broken(end.end.expect("waited for").expect("readable")).0, 1_500);

    let gone = Running::start(&dir.path().join("gone"), Tip::START, 1, Pace::Full).expect("a thread");
    let mut progress = gone.progress();
    assert!(progress.wait_for(|progress| matches!(progress.end, Some(Err(_)))).await.is_ok());
}

#[tokio::test]
async fn a_broken_ledger_still_takes_evidence() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let mut sale = story(1, vec![opening(1, Kind::Sale), sent(), captured(1)]);
    let proof = sale.split_off(2);
    append(&ledger, sale.clone()).await;
    append(&ledger, story(2, vec![opening(2, Kind::Sale)])).await;
    ledger.close().await;
    edit(dir.path(), "UPDATE journal SET body = '{' WHERE number = 2;");

    let (ledger, opened) = open(dir.path());
    assert_eq!(opened.fault.expect("a fault").number, 2);
    assert_eq!(opened.resident.len(), 2, "all but the one that cannot be read");
    assert_eq!(opened.last_number, 3);
    append(&ledger, proof.clone()).await;
    ledger.close().await;
    let (_ledger, opened) = open(dir.path());
    assert_eq!(opened.fault.expect("it stays").number, 2);
    assert_eq!(opened.resident.last(), proof.last());
    let rows = Reader::open(dir.path()).expect("a reader").rows().expect("rows");
    assert_eq!((rows[3].number, rows[3].previous), (4, rows[2].hash), "the chain goes on behind the last line");
}

#[tokio::test]
async fn only_lines_that_are_on_the_disk_are_told() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let tips = ledger.tips();
    assert_eq!(*tips.borrow(), Tip::START);
    append(&ledger, story(0, vec![opening(0, Kind::Sale), sent(), captured(0)])).await;
    assert_eq!(tips.borrow().number, 3);
    let read_again = story(0, vec![opening(0, Kind::Sale), sent(), captured(0), details(0)]).split_off(3);
    append(&ledger, read_again).await;
    assert_eq!(tips.borrow().number, 3, "details need not survive a power cut");
    append(&ledger, story(1, vec![opening(1, Kind::Sale)])).await;
    assert_eq!(tips.borrow().number, 5);
    append(&ledger, story(0, vec![opening(0, Kind::Sale), sent(), captured(0), details(0)]).split_off(3)).await;
    ledger.close().await;
    assert_eq!(*tips.borrow(), tip_at(dir.path(), 6), "closing brings all of it to the disk");
}

#[tokio::test]
async fn the_lists_are_compared_beside_a_working_till() {
    let dir = sales(600).await;
    let (ledger, _) = open(dir.path());
    let compare = async |pace| {
        let running = Running::start_lists(dir.path(), 600, pace).expect("a thread");
        let mut news = running.progress();
        let ended = news.wait_for(|progress| progress.end.is_some()).await.expect("it says how it ended").clone();
        (ended.reached, ended.end.expect("waited for").expect("readable"))
    };
    for pace in [Pace::Gentle, Pace::Full] {
        assert_eq!(compare(pace).await, (512, ListsChecked::Alike));
    }
    let last = "DELETE FROM payments WHERE id = (SELECT max(id) FROM payments)";
    sqlite(dir.path()).execute_batch(last).expect("an edit");
    assert!(matches!(compare(Pace::Gentle).await, (512, ListsChecked::Differ { .. })));
    let running = Running::start_lists(dir.path(), 600, Pace::Gentle).expect("a thread");
    running.stop();
    let mut news = running.progress();
    let ended = news.wait_for(|progress| progress.end.is_some()).await.expect("it says how it ended").clone();
    assert_eq!(ended.end, Some(Ok(ListsChecked::Stopped)));
    ledger.close().await;
}

#[tokio::test]
async fn lists_that_differ_from_the_journal_are_found() {
    let dir = closed_day().await;
    let reader = Reader::open(dir.path()).expect("a reader");
    let check = || reader.check_view(&mut |_| ControlFlow::Continue(())).expect("readable");
    let check_newest = |lines| super::super::verify::check_newest(reader.conn(), lines).expect("readable");
    assert_eq!((check(), check_newest(3)), (ListsChecked::Alike, ListsChecked::Alike));
    let differ = |n: u64| ListsChecked::Differ { payment: id(n).to_string() };
    for (sql, found) in [
        (format!("UPDATE payments SET minor = 1 WHERE id = '{}'", id(2)), differ(2)),
        (format!("DELETE FROM payments WHERE id = '{}'", id(2)), differ(2)),
        (
            format!(
                "CREATE TEMP TABLE one AS SELECT * FROM payments WHERE id = '{}';
                 UPDATE one SET id = '{}', seq = 9999; INSERT INTO payments SELECT * FROM one;",
                id(3),
                id(99)
            ),
            differ(99),
        ),
    ] {
        sqlite(dir.path()).execute_batch(&format!("DELETE FROM payments WHERE id = '{}'", id(99))).expect("an edit");
        sqlite(dir.path()).execute_batch(&sql).expect(&sql);
        assert_eq!(check(), found, "{sql}");
        assert_eq!(check_newest(3), ListsChecked::Alike, "not looked at");
        let (ledger, _) = open(dir.path());
        ledger.rebuild_view().await.expect("made again");
        ledger.close().await;
    }
    edit(dir.path(), "UPDATE journal SET body = '{' WHERE number = 2;");
    assert!(matches!(check(), ListsChecked::Broken(fault) if fault.number == 2));
}
