//! What is remembered outside the ledger's file, and what it finds. The keychain's own test is in vault/tests.rs.

use super::*;
use crate::vault::Vault;
use checkstand_core::store::StoreEvent;
use std::time::Duration;
use tokio::time::Instant;

const NOW_MS: i64 = 1_760_000_000_000;
/// Longer than anything that is tried again waits for its next try.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

fn keep(dir: &Path) -> Keep {
    Keep::of(Mode::Training, dir, &Vault::new("training")).expect("a place")
}

fn anchors(dir: &Path, ledger: &Ledger) -> Anchors {
    let opened_at = Reader::open(dir).and_then(|reader| reader.summary()).expect("a reader").entries;
    Anchors::start(keep(dir), dir.to_owned(), opened_at, ledger.tips(), || NOW_MS)
}

/// Opens, appends, closes; the anchor is that of the last line.
async fn anchored_day() -> (tempfile::TempDir, Anchor) {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let anchors = anchors(dir.path(), &ledger);
    assert_eq!(anchors.verdict().await, AnchorVerdict::New);
    append_all(&ledger, day()).await;
    ledger.close().await;
    anchors.finish().await;
    let anchor = keep(dir.path()).read().await.expect("readable").expect("an anchor");
    (dir, anchor)
}

async fn verdict(dir: &Path) -> AnchorVerdict {
    let (ledger, _) = open(dir);
    let anchors = anchors(dir, &ledger);
    let verdict = anchors.verdict().await;
    ledger.close().await;
    anchors.finish().await;
    verdict
}

fn broken(verdict: AnchorVerdict) -> i64 {
    match verdict {
        AnchorVerdict::Broken(fault) => fault.number,
        other => panic!("nothing found: {other:?}"),
    }
}

fn cut(dir: &Path, through: i64) {
    let sql = format!(
        "DROP TRIGGER IF EXISTS journal_keeps; DELETE FROM standing; DELETE FROM journal WHERE number > {through};"
    );
    sqlite(dir).execute_batch(&sql).expect("a cut");
}

/// A till that starts records at once what the restart means, before its keychain has answered.
#[tokio::test]
async fn i13_what_the_start_itself_wrote_does_not_hide_the_first_missing_line() {
    let (dir, anchor) = anchored_day().await;
    let left = anchor.tip.number - 6;
    cut(dir.path(), left);
    for own in [1, 8] {
        let (ledger, opened) = open(dir.path());
        for n in 0..own {
            append(&ledger, story(100 + n, vec![opening(100 + n, Kind::Sale)])).await;
        }
        let anchors = Anchors::start(keep(dir.path()), dir.path().to_owned(), left, ledger.tips(), || NOW_MS);
        assert_eq!(broken(anchors.verdict().await), left + 1, "{own} lines of its own");
        assert_eq!(opened.last_number, left);
        ledger.close().await;
        anchors.finish().await;
        cut(dir.path(), left);
    }
}

#[tokio::test(start_paused = true)]
async fn i13_a_commit_is_anchored_within_a_second() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let anchors = anchors(dir.path(), &ledger);
    assert_eq!(anchors.verdict().await, AnchorVerdict::New);
    let mut state = anchors.state();
    for batch in day() {
        append(&ledger, batch).await;
        let tip = *ledger.tips().borrow();
        let began = Instant::now();
        state.wait_for(|state| state.anchored.is_some_and(|anchor| anchor.tip == tip)).await.expect("it lives");
        assert!(began.elapsed() <= Duration::from_secs(1), "{:?}", began.elapsed());
    }
    assert_eq!(state.borrow().failing, None);
    assert_eq!(state.borrow().place, AnchorPlace::BesideTheLedger);
    ledger.close().await;
    anchors.finish().await;
}

#[tokio::test]
async fn what_is_not_anchored_yet_is_anchored_at_the_exit() {
    let (dir, anchor) = anchored_day().await;
    let tip = Reader::open(dir.path()).expect("a reader").verify().expect("readable").through;
    assert_eq!(anchor, Anchor { tip, checked: Tip::START, accepted: Tip::START, at_ms: NOW_MS });
    assert_eq!(verdict(dir.path()).await, AnchorVerdict::Agrees(anchor));
}

#[tokio::test]
async fn a_ledger_ahead_of_its_anchor_is_normal() {
    let (dir, anchor) = anchored_day().await;
    let (ledger, _) = open(dir.path());
    append(&ledger, story(9, vec![opening(9, Kind::Sale)])).await;
    ledger.close().await;
    assert_eq!(verdict(dir.path()).await, AnchorVerdict::Agrees(anchor));
    let moved_on = keep(dir.path()).read().await.expect("readable").expect("an anchor");
    assert_eq!(moved_on.tip.number, anchor.tip.number + 1);
}

#[tokio::test]
async fn i13_a_cut_tail_is_found_and_its_anchor_is_left_alone() {
    let (dir, anchor) = anchored_day().await;
    cut(dir.path(), anchor.tip.number - 3);
    assert_eq!(open(dir.path()).1.fault, None, "in itself it is sound");
    assert_eq!(broken(verdict(dir.path()).await), anchor.tip.number - 2);
    // Sales went on nevertheless, up to and past the anchored number.
    let (ledger, _) = open(dir.path());
    append_all(&ledger, (20..25).map(|n| story(n, vec![opening(n, Kind::Sale), sent()])).collect()).await;
    ledger.close().await;
    assert_eq!(broken(verdict(dir.path()).await), anchor.tip.number);
    assert_eq!(keep(dir.path()).read().await, Ok(Some(anchor)), "evidence");
}

#[tokio::test]
async fn a_ledger_that_vanished_is_found() {
    let (dir, _) = anchored_day().await;
    std::fs::remove_file(dir.path().join(FILE_NAME)).expect("a loss");
    assert_eq!(broken(verdict(dir.path()).await), 1);
}

#[tokio::test]
async fn a_ledger_without_an_anchor_is_said_and_anchored() {
    let (dir, anchor) = anchored_day().await;
    std::fs::remove_file(dir.path().join("anchor.json")).expect("a loss");
    assert_eq!(verdict(dir.path()).await, AnchorVerdict::Unanchored);
    assert_eq!(verdict(dir.path()).await, AnchorVerdict::Agrees(anchor));
}

#[tokio::test]
async fn a_ledger_that_was_closed_before_anything_happened_is_a_new_one() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let calendar = StoreEvent::CalendarSet { zone: "Asia/Riyadh".to_owned(), cutoff_min: 0 };
    let entry = Entry { at_ms: 1, operator: "till".to_owned(), fact: Fact::Store(calendar) };
    append_all(&ledger, vec![vec![entry]]).await;
    ledger.close().await;
    assert_eq!(verdict(dir.path()).await, AnchorVerdict::New);
}

#[tokio::test]
async fn what_a_manager_accepts_is_anchored_anew() {
    let (dir, anchor) = anchored_day().await;
    cut(dir.path(), anchor.tip.number - 3);
    let (ledger, _) = open(dir.path());
    let anchors = anchors(dir.path(), &ledger);
    broken(anchors.verdict().await);
    anchors.anchor_anew().await;
    ledger.close().await;
    anchors.finish().await;
    assert!(matches!(verdict(dir.path()).await, AnchorVerdict::Agrees(now) if now.tip.number == anchor.tip.number - 3));
}

#[tokio::test]
async fn a_broken_journal_that_a_manager_accepts_is_checked_from_there_on() {
    let (dir, anchor) = anchored_day().await;
    let edit = "DROP TRIGGER journal_stays; UPDATE journal SET at_ms = 1 WHERE number = 3;";
    sqlite(dir.path()).execute_batch(edit).expect("an edit");
    let (ledger, replayed) = open(dir.path());
    assert_eq!(replayed.fault.expect("a fault").number, 3);
    let anchors = anchors(dir.path(), &ledger);
    anchors.accept_as_it_is().await;
    append(&ledger, story(9, vec![opening(9, Kind::Sale)])).await;
    ledger.close().await;
    anchors.finish().await;
    let now = keep(dir.path()).read().await.expect("readable").expect("an anchor");
    assert!(now.accepted.number >= anchor.tip.number);
    let reader = Reader::open(dir.path()).expect("a reader");
    let checked = reader.check(now.accepted, None, &mut |_| std::ops::ControlFlow::Continue(())).expect("readable");
    assert_eq!((checked.through, checked.end), (now.tip, End::Sound));
}

#[tokio::test]
async fn what_was_accepted_stays_so_where_the_ledger_still_holds_it() {
    let (dir, anchor) = anchored_day().await;
    let (ledger, _) = open(dir.path());
    let accepting = anchors(dir.path(), &ledger);
    accepting.accept_as_it_is().await;
    append_all(&ledger, (20..25).map(|n| story(n, vec![opening(n, Kind::Sale), sent()])).collect()).await;
    ledger.close().await;
    accepting.finish().await;
    let accepted = keep(dir.path()).read().await.expect("readable").expect("an anchor").accepted;
    for (through, still) in [(accepted.number + 1, accepted), (anchor.tip.number - 1, Tip::START)] {
        cut(dir.path(), through);
        let (ledger, _) = open(dir.path());
        let anchors = anchors(dir.path(), &ledger);
        broken(anchors.verdict().await);
        assert_eq!(anchors.state().borrow().accepted, still);
        ledger.close().await;
        anchors.finish().await;
    }
}

#[tokio::test]
async fn how_far_the_journal_was_checked_is_remembered() {
    let (dir, anchor) = anchored_day().await;
    let (ledger, _) = open(dir.path());
    let anchors = anchors(dir.path(), &ledger);
    assert_eq!(anchors.verdict().await, AnchorVerdict::Agrees(anchor));
    anchors.checked(anchor.tip).await;
    ledger.close().await;
    anchors.finish().await;
    match verdict(dir.path()).await {
        AnchorVerdict::Agrees(now) => assert_eq!((now.tip, now.checked), (anchor.tip, anchor.tip)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn an_anchor_that_cannot_be_written_is_told_and_stops_no_append() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let anchors = Anchors::start(keep(&dir.path().join("gone")), dir.path().to_owned(), 0, ledger.tips(), || NOW_MS);
    let mut state = anchors.state();
    append_all(&ledger, day()).await;
    state.wait_for(|state| state.failing.is_some()).await.expect("it lives");
    append(&ledger, story(9, vec![opening(9, Kind::Sale)])).await;
    std::fs::create_dir(dir.path().join("gone")).expect("a folder");
    state.wait_for(|state| state.failing.is_none() && state.anchored.is_some()).await.expect("tried again");
    ledger.close().await;
    anchors.finish().await;
}

#[tokio::test(start_paused = true)]
async fn an_anchor_that_cannot_be_read_is_read_before_anything_is_written_over_it() {
    let (dir, anchor) = anchored_day().await;
    cut(dir.path(), anchor.tip.number - 1);
    let (file, away) = (dir.path().join("anchor.json"), dir.path().join("away"));
    std::fs::rename(&file, &away).expect("ours");
    std::fs::create_dir(&file).expect("nothing that can be read");
    let (ledger, _) = open(dir.path());
    let anchors = anchors(dir.path(), &ledger);
    assert!(matches!(anchors.verdict().await, AnchorVerdict::Unread(_)));
    append(&ledger, story(9, vec![opening(9, Kind::Sale)])).await;
    std::fs::remove_dir(&file).expect("still empty");
    std::fs::rename(&away, &file).expect("ours");
    let mut state = anchors.state();
    let found = state.wait_for(|state| matches!(state.verdict, Some(AnchorVerdict::Broken(_))));
    let found = tokio::time::timeout(DAY, found).await;
    assert!(matches!(found, Ok(Ok(_))), "another line stands where the anchor is");
    ledger.close().await;
    anchors.finish().await;
    assert_eq!(keep(dir.path()).read().await, Ok(Some(anchor)));
}

#[test]
fn tills_of_one_account_have_anchors_of_their_own() {
    let (one, other) = (folder(), folder());
    let named =
        |mode: Mode, dir: &Path| format!("{:?}", Keep::of(mode, dir, &Vault::new(mode.name())).expect("a place"));
    assert_eq!(named(Mode::Live, one.path()), named(Mode::Live, &one.path().join(".")));
    assert_ne!(named(Mode::Live, one.path()), named(Mode::Live, other.path()));
    assert_ne!(named(Mode::Live, one.path()), named(Mode::Test, one.path()));
    assert!(!named(Mode::Live, one.path()).contains("anchor.json"));
}
