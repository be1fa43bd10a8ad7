//! What old payments said is removed: the chain, the sums and everything young stay, and nobody can hide behind it.

use super::views::tables;
use super::*;
use crate::ledger::fill::{Invention, invented};
use checkstand_core::shift::Report;
use checkstand_core::store::StoreEvent;
use std::collections::BTreeSet;

/// The invented days: two in 2012, two in 2019, two in 2026.
const OLD_DAYS_MS: [i64; 3] = [1_330_000_000_000, 1_560_000_000_000, 1_768_000_000_000];
const NOW_MS: i64 = 1_769_903_999_000;

fn removal(years: u32) -> Removal<'static> {
    Removal { years, by: "Åse", reason: "kept long enough", now_ms: NOW_MS }
}

fn removed(dir: &Path, years: u32) -> Result<RemovedPayments, RemovalError> {
    remove_old(dir, &training(), None, &removal(years), &mut |_| ())
}

/// A shop's work, long ago and lately. Each time has references of its own.
fn work() -> Vec<Vec<Entry>> {
    let time = |(nth, first_day_ms): (usize, i64)| {
        let seed = nth as u64 + 1;
        invented(Invention { payments: 60, days: Some(2), seed, first_day_ms }).map(move |day| {
            // Everybody was added the first time.
            let is_new = |entry: &Entry| {
                let again = |event: &StoreEvent| {
                    matches!(event, StoreEvent::ShiftOpened { .. } | StoreEvent::ShiftClosed { .. })
                };
                nth == 0 || entry.of_store().is_none_or(again)
            };
            day.into_iter().filter(is_new).map(|entry| renamed(entry, nth)).collect()
        })
    };
    OLD_DAYS_MS.into_iter().enumerate().flat_map(time).collect()
}

/// The invented shop numbers its sales and its two shifts from the first on each time.
fn renamed(mut entry: Entry, nth: usize) -> Entry {
    match &mut entry.fact {
        Fact::Payment(PaymentFact { event: Event::Opened(opening), .. }) => {
            opening.reference = format!("T{nth}-{}", opening.reference);
        }
        Fact::Store(StoreEvent::ShiftOpened { number } | StoreEvent::ShiftClosed { number, .. }) => {
            *number += 2 * u32::try_from(nth).expect("few");
        }
        Fact::Payment(_) | Fact::Store(_) => {}
    }
    entry
}

async fn shop() -> tempfile::TempDir {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append_all(&ledger, work()).await;
    ledger.close().await;
    dir
}

fn payments(dir: &Path) -> Vec<PaymentRow> {
    Reader::open(dir).expect("a reader").payments().expect("payments")
}

fn verified(dir: &Path) -> Checked {
    Reader::open(dir).expect("a reader").verify().expect("readable")
}

fn lists_are_alike(dir: &Path) {
    let lists = Reader::open(dir).expect("a reader").check_view(&mut |_| std::ops::ControlFlow::Continue(()));
    assert_eq!(lists.expect("readable"), ListsChecked::Alike);
}

/// Edits that no trigger stops.
fn edit(dir: &Path, sql: &str) {
    let without = "DROP TRIGGER IF EXISTS journal_stays; DROP TRIGGER IF EXISTS journal_keeps;";
    sqlite(dir).execute_batch(&format!("{without} {sql}")).expect("an edit");
}

fn fault(dir: &Path) -> Fault {
    verified(dir).fault().cloned().expect("a fault")
}

#[tokio::test]
async fn r52_old_payments_go_and_the_chain_the_sums_and_the_young_ones_stay() {
    let dir = shop().await;
    let before = (payments(dir.path()), Reader::open(dir.path()).expect("a reader").standing().expect("a standing"));
    let tip = verified(dir.path()).through;
    let preview = Reader::open(dir.path()).expect("a reader").removable(10, NOW_MS).expect("readable");
    let done = removed(dir.path(), 10).expect("removed");
    assert_eq!(done.payments, preview.payments);
    assert!(done.payments > 40, "most of 60: {done:?}");
    assert_eq!(preview.payments + preview.kept, 60, "{preview:?}");

    let after = payments(dir.path());
    let gone: BTreeSet<_> = before.0.iter().filter(|row| !after.contains(row)).map(|row| row.id.clone()).collect();
    assert_eq!(gone.len() as u64, done.payments);
    assert!(after.iter().all(|row| before.0.contains(row)), "what stays is what it was");
    assert!(before.0.iter().filter(|row| gone.contains(&row.id)).all(|row| row.reference.starts_with("T0-")));
    let (first, last) = preview.days.expect("days");
    assert!(first.starts_with("2012-02") && last.starts_with("2012-02"), "{first} {last}");

    let checked = verified(dir.path());
    assert_eq!((checked.through.number, checked.fault()), (tip.number + 1, None));
    let anchor = Anchor { tip, checked: tip, accepted: Tip::START, at_ms: 0 };
    let verdict = Anchor::judge(Some(anchor), &Reader::open(dir.path()).expect("a reader")).expect("readable");
    assert_eq!(verdict, AnchorVerdict::Agrees(anchor), "the anchored line has its hash still");
    lists_are_alike(dir.path());
    let (ledger, opened) = open(dir.path());
    assert_eq!(opened.fault, None);
    assert_eq!(opened.standing, before.1, "the running totals and the count of payments are those of the whole past");
    let grown = tables(dir.path());
    ledger.rebuild_view().await.expect("made again");
    assert_eq!(tables(dir.path()), grown);
    append(&ledger, story(7, vec![opening(7, Kind::Sale), sent(), captured(7)])).await;
    ledger.close().await;
    assert_eq!(verified(dir.path()).fault(), None);
}

#[tokio::test]
async fn r52_the_line_that_says_so_names_who_why_and_the_copy_that_holds_them() {
    let dir = shop().await;
    let before = payments(dir.path());
    let done = removed(dir.path(), 10).expect("removed");
    let rows = Reader::open(dir.path()).expect("a reader").rows().expect("rows");
    let last = rows.last().expect("a line").entry().expect("an entry");
    assert_eq!((last.operator.as_str(), last.at_ms), ("Åse", NOW_MS));
    let Some(StoreEvent::PaymentsRemoved { payments, lines, copy, reason, through, .. }) = last.of_store() else {
        panic!("{last:?}")
    };
    assert_eq!((*payments, copy, reason.as_str()), (done.payments, &done.copy, "kept long enough"));
    let silent: Vec<_> = rows.iter().filter(|row| row.is_removed()).collect();
    assert_eq!((silent.len() as u64, silent.last().expect("one").number), (*lines, *through));
    let copy = dir.path().join("backups").join(copy);
    let kept = rusqlite::Connection::open(copy).expect("the copy");
    let held: i64 = kept.query_row("SELECT count(*) FROM payments", [], |sql| sql.get(0)).expect("a number");
    assert_eq!(usize::try_from(held).expect("few"), before.len());
    assert!(rows.iter().filter(|row| row.payment.is_none()).all(|row| row.entry().is_ok()), "the store's lines stay");
}

#[tokio::test]
async fn r52_nothing_of_what_was_removed_is_left_in_the_file() {
    let dir = shop().await;
    let file = dir.path().join(FILE_NAME);
    let holds =
        |needle: &str| std::fs::read(&file).expect("the file").windows(needle.len()).any(|at| at == needle.as_bytes());
    let before = payments(dir.path());
    let size = std::fs::metadata(&file).expect("the file").len();
    removed(dir.path(), 10).expect("removed");
    let after: BTreeSet<_> = payments(dir.path()).into_iter().map(|row| row.reference).collect();
    let gone = before.iter().find(|row| !after.contains(&row.reference)).expect("one that went");
    assert!(!holds(&gone.reference) && !holds(&gone.id), "{}", gone.reference);
    assert!(holds(after.iter().next().expect("one that stays")));
    assert!(std::fs::metadata(&file).expect("the file").len() < size);
}

#[tokio::test]
async fn r27_payments_that_need_somebody_stay_with_all_of_their_sale() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let unknown = story(1, vec![opening(1, Kind::Sale), sent(), Event::Doubted { doubt: Doubt::AnswerLost }]);
    let waiting = story(2, vec![opening(2, Kind::Sale), sent()]);
    let same_sale = |n: u64, event: Event| {
        let Event::Opened(opening) = opening(n, Kind::Sale) else { unreachable!() };
        let opening = Event::Opened(Opening { reference: "S-000001".to_owned(), ..opening });
        story(n, vec![opening, sent(), event])
    };
    let refused = same_sale(3, Event::Refused { ending: Ending::CodeNotAccepted });
    let plain = story(4, vec![opening(4, Kind::Sale), sent(), captured(4)]);
    let mut young = story(5, vec![opening(5, Kind::Sale), sent(), captured(5)]);
    young.iter_mut().for_each(|entry| entry.at_ms += 20 * 365 * 24 * 3_600_000);
    let shift = |at_ms, event| Entry { at_ms, operator: "Åse".to_owned(), fact: Fact::Store(event) };
    let open_shift = story(6, vec![opening(6, Kind::Sale), sent(), captured(6)]);
    append_all(&ledger, vec![unknown, waiting, refused, plain]).await;
    append(&ledger, vec![shift(0, StoreEvent::ShiftOpened { number: 1 })]).await;
    let (opened_by, rows, carried, running) = ("Åse".to_owned(), vec![], vec![], vec![]);
    let report = Report { opened_at_ms: 0, opened_by, rows, carried, running };
    append(&ledger, vec![shift(0, StoreEvent::ShiftClosed { number: 1, report })]).await;
    append_all(&ledger, vec![open_shift, young]).await;
    ledger.close().await;
    let at = |now_ms| remove_old(dir.path(), &training(), None, &Removal { now_ms, ..removal(10) }, &mut |_| ());
    assert!(matches!(at(NOW_MS), Err(RemovalError::Nothing)), "they are young by this clock");
    at(i64::MAX).expect("the newest line is twenty years younger");
    let left: BTreeSet<_> = payments(dir.path()).into_iter().map(|row| row.id).collect();
    assert_eq!(left, [1, 2, 3, 5, 6].map(|n| id(n).to_string()).into());
    let (_, opened) = open(dir.path());
    assert_eq!(opened.fault, None);
}

#[tokio::test]
async fn a_clock_that_is_years_ahead_makes_nothing_old() {
    let dir = closed_day().await;
    let far = Removal { now_ms: NOW_MS + 90 * 365 * 24 * 3_600_000, ..removal(10) };
    assert!(matches!(remove_old(dir.path(), &training(), None, &far, &mut |_| ()), Err(RemovalError::Nothing)));
}

#[tokio::test]
async fn a_second_removal_adds_to_the_first() {
    let dir = shop().await;
    removed(dir.path(), 10).expect("removed");
    assert!(matches!(removed(dir.path(), 10), Err(RemovalError::Nothing)));
    let standing = Reader::open(dir.path()).expect("a reader").standing().expect("a standing");
    removed(dir.path(), 6).expect("removed");
    assert_eq!(verified(dir.path()).fault(), None);
    let (ledger, opened) = open(dir.path());
    assert_eq!((opened.fault, opened.standing), (None, standing));
    ledger.close().await;
    lists_are_alike(dir.path());
    assert!(
        payments(dir.path()).iter().filter(|row| row.state == "declined").all(|row| row.reference.starts_with("T2-"))
    );
}

#[tokio::test]
async fn r52_whoever_empties_a_line_by_hand_is_found() {
    let empty = "at_ms = 0, operator = 'till', terminal = '', payment = '', what = 'removed', body = ''";
    let silent = "(SELECT min(number) FROM journal WHERE what = 'removed')";
    let speaking = "(SELECT min(number) FROM journal WHERE payment <> '' AND number < (SELECT max(number) FROM journal WHERE what = 'removed'))";
    let edits = [
        ("one more line, within the removed ones", format!("UPDATE journal SET {empty} WHERE number = {speaking}")),
        (
            "one more, behind them",
            format!("UPDATE journal SET {empty} WHERE number = (SELECT max(number) FROM journal WHERE payment <> '')"),
        ),
        (
            "a silent line that says something again",
            format!("UPDATE journal SET body = '{{}}' WHERE number = {silent}"),
        ),
        ("a silent line with another time", format!("UPDATE journal SET at_ms = 1 WHERE number = {silent}")),
        ("a silent line of nobody's mode", format!("UPDATE journal SET mode = 'live' WHERE number = {silent}")),
        ("a silent line with another hash", format!("UPDATE journal SET hash = zeroblob(32) WHERE number = {silent}")),
        ("a silent line that is gone", format!("DELETE FROM journal WHERE number = {silent}")),
        (
            "the line that names them",
            "UPDATE journal SET body = replace(body, '\"lines\":', '\"lines\":1') WHERE what = 'payments_removed'"
                .to_owned(),
        ),
    ];
    let dir = shop().await;
    removed(dir.path(), 10).expect("removed");
    let bytes = std::fs::read(dir.path().join(FILE_NAME)).expect("the file");
    let last = verified(dir.path()).through.number;
    for (what, sql) in edits {
        let other = folder();
        std::fs::write(other.path().join(FILE_NAME), &bytes).expect("the file");
        assert_eq!(verified(other.path()).fault(), None);
        edit(other.path(), &sql);
        let Fault { number, .. } = fault(other.path());
        assert!(number <= last, "{what}: line {number} of {last}");
        assert!(
            matches!(removed(other.path(), 6), Err(RemovalError::Broken(_))),
            "{what}: it must not go with the rest"
        );
    }
}

#[tokio::test]
async fn r52_the_triggers_let_no_other_change_through() {
    let dir = shop().await;
    removed(dir.path(), 10).expect("removed");
    let empty = "at_ms = 0, operator = 'till', terminal = '', payment = '', what = 'removed', body = ''";
    let young = "number = (SELECT max(number) FROM journal WHERE payment <> '')";
    let store = "number = (SELECT min(number) FROM journal WHERE payment IS NULL)";
    for sql in [
        format!("UPDATE journal SET {empty} WHERE {young}"),
        format!("UPDATE journal SET {empty} WHERE {store}"),
        format!("UPDATE journal SET {empty}, hash = zeroblob(32) WHERE what = 'removed'"),
        "UPDATE journal SET body = 'x' WHERE what = 'removed'".to_owned(),
        "UPDATE journal SET number = 100000 WHERE what = 'removed'".to_owned(),
        "DELETE FROM journal WHERE what = 'removed'".to_owned(),
    ] {
        let refused = sqlite(dir.path()).execute_batch(&sql).expect_err(&sql).to_string();
        assert!(refused.contains("the journal is never"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn a_ledger_in_use_or_with_a_broken_journal_is_left_alone() {
    let dir = shop().await;
    let (ledger, _) = open(dir.path());
    assert!(matches!(removed(dir.path(), 10), Err(RemovalError::Ledger(LedgerError::InUse { .. }))));
    ledger.close().await;
    let forged = Anchor { tip: Tip { number: 3, hash: [7; 32] }, checked: Tip::START, accepted: Tip::START, at_ms: 0 };
    let refused = remove_old(dir.path(), &training(), Some(forged), &removal(10), &mut |_| ());
    assert!(matches!(refused, Err(RemovalError::Broken(Fault { number: 3, .. }))), "{refused:?}");
    assert!(backups(dir.path()).expect("a list").is_empty());
}

#[tokio::test]
async fn the_steps_are_told_in_order() {
    let dir = shop().await;
    let mut phases = Vec::new();
    remove_old(dir.path(), &training(), None, &removal(10), &mut |step| {
        let phase = match step {
            RemovalStep::Checked(..) => "checked",
            RemovalStep::Copied(_) => "copied",
            RemovalStep::Emptying => "emptying",
            RemovalStep::Listed(..) => "listed",
            RemovalStep::Packing => "packing",
        };
        if phases.last() != Some(&phase) {
            phases.push(phase);
        }
    })
    .expect("removed");
    assert_eq!(phases, ["checked", "copied", "emptying", "listed", "packing"]);
}
