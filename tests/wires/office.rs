//! The back office of a real till: copies, a broken journal and its restoring, lists to files, the anchor.

use crate::shop::Shop;
use checkstand_core::payment::{ProviderName, State};
use checkstand_core::store::StoreEvent;
use checkstand_engine::guard::{AnchorTrouble, JournalState, ListsState};
use checkstand_engine::jobs::{Job, JobState};
use checkstand_engine::ledger::export::Format;
use checkstand_engine::ledger::fill::{Invention, fill};
use checkstand_engine::ledger::history::Query;
use checkstand_engine::ledger::{Keep, Reader, Tip};
use checkstand_engine::removing;
use checkstand_engine::restoring::{Wanted, accept_as_it_is, put_in_place};
use checkstand_engine::settings::Mode;
use checkstand_engine::vault::Vault;
use std::path::Path;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

async fn ended(shop: &Shop, id: u64) -> Job {
    let begun = Instant::now();
    loop {
        let job = shop.office.jobs().list().into_iter().find(|job| job.id == id).expect("it was begun");
        if job.state != JobState::Running {
            return job;
        }
        assert!(begun.elapsed() < PATIENCE, "{job:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn sold(shop: &Shop, minor: i64) {
    let id = shop.charge(ProviderName::Multipay, minor).await;
    shop.wait_for_state(id, State::Waiting).await;
    shop.far.customer(&id.to_string(), "approve").await;
    shop.wait_for_state(id, State::Paid).await;
}

/// Training keeps its anchor in a file.
fn keep(dir: &Path) -> Keep {
    Keep::of(Mode::Training, dir, &Vault::new("training")).unwrap()
}

fn wanted() -> Wanted {
    Wanted { by: "Huda".to_owned(), reason: "edited by hand".to_owned() }
}

/// Somebody goes on with the ledger as it is; the code of the refusal otherwise.
async fn accept(shop: &Shop) -> Result<(), &'static str> {
    let dir = shop.folder.path();
    shop.office.close().await;
    accept_as_it_is(dir, shop.identity(), Some(keep(dir)), wanted()).await.map_err(|problem| problem.code)
}

fn last_number(dir: &Path) -> i64 {
    Reader::open(dir).unwrap().rows().unwrap().last().unwrap().number
}

fn edit(dir: &Path, sql: &str) {
    let ledger = rusqlite::Connection::open(dir.join("ledger.db")).unwrap();
    ledger.execute_batch(&format!("DROP TRIGGER IF EXISTS journal_stays; {sql}")).unwrap();
}

/// The ledger's file is put back to what it was a sale before, and found out at the next start.
async fn put_back_to_an_older_copy(shop: &mut Shop) {
    sold(shop, 10_000).await;
    let file = shop.folder.path().join("ledger.db");
    shop.office.close().await;
    let older = std::fs::read(&file).unwrap();
    shop.restart().await;
    sold(shop, 20_000).await;
    shop.office.close().await;
    std::fs::write(file, older).unwrap();
    shop.restart_refused().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_a_broken_journal_is_restored_from_a_copy_and_sells_again() {
    let mut shop = Shop::open_anchored(&[]).await;
    sold(&shop, 10_000).await;
    let copy = ended(&shop, shop.office.start_backup().unwrap()).await;
    assert!(matches!(copy.state, JobState::Done(Some(_))), "{copy:?}");
    sold(&shop, 20_000).await;
    let dir = shop.folder.path().to_owned();
    let backup = shop.office.backups().unwrap().remove(0).path;
    shop.office.close().await;
    let refused = put_in_place(&dir, shop.identity(), Some(keep(&dir)), backup.clone(), wanted()).await.unwrap_err();
    assert_eq!(refused.code, "restore_not_needed", "nothing is restored over a ledger that is in order");

    edit(&dir, "UPDATE journal SET operator = 'somebody else' WHERE number = 5;");
    shop.restart().await;
    assert_eq!(shop.sell(shop.sale(ProviderName::Multipay, 1_000)).await.unwrap_err().code, "chain_broken");
    assert!(matches!(shop.office.guard().journal(), JournalState::Broken(fault) if fault.number == 5));
    shop.office.close().await;

    put_in_place(&dir, shop.identity(), Some(keep(&dir)), backup, wanted()).await.unwrap();
    shop.restart().await;
    sold(&shop, 30_000).await;
    let rows = Reader::open(&dir).unwrap().rows().unwrap();
    let restored = rows.iter().find(|row| row.what == "restored").unwrap();
    assert_eq!(restored.operator, "Huda");
    let Some(StoreEvent::Restored { reason, .. }) = restored.entry().unwrap().of_store().cloned() else { panic!() };
    assert_eq!(reason, "edited by hand");
    let kept = std::fs::read_dir(&dir)
        .unwrap()
        .any(|entry| entry.unwrap().file_name().to_string_lossy().starts_with("replaced-"));
    assert!(kept, "the broken ledger is kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_a_ledger_that_was_put_back_to_an_older_copy_is_found_at_the_start() {
    let mut shop = Shop::open_anchored(&[]).await;
    put_back_to_an_older_copy(&mut shop).await;
    assert_eq!(shop.sell(shop.sale(ProviderName::Multipay, 1_000)).await.unwrap_err().code, "chain_broken");
}

#[tokio::test(flavor = "multi_thread")]
async fn r52_old_payments_are_removed_from_a_closed_till_which_then_sells_again() {
    let mut shop = Shop::open_anchored(&[]).await;
    let dir = shop.folder.path().to_owned();
    shop.office.close().await;
    for file in std::fs::read_dir(&dir).unwrap() {
        _ = std::fs::remove_file(file.unwrap().path());
    }
    let long_ago = Invention { payments: 500, days: Some(3), seed: 9, first_day_ms: 1_330_000_000_000 };
    fill(&dir, &shop.identity(), long_ago, |_| ()).unwrap();
    shop.restart().await;
    sold(&shop, 10_000).await;
    let older_copy = ended(&shop, shop.office.start_backup().unwrap()).await;
    let wanted = || Wanted { by: "Huda".to_owned(), reason: "ten years are enough".to_owned() };
    let remove = |years| removing::remove(&dir, shop.identity(), Some(keep(&dir)), years, wanted(), |_| ());
    assert_eq!(remove(10).await.unwrap_err().code, "storage_failed", "the till is open");
    let waiting = shop.charge(ProviderName::Multipay, 5_000).await;
    shop.wait_for_state(waiting, State::Waiting).await;
    assert_eq!(shop.office.may_close().await.unwrap_err().code, "payments_under_way");
    shop.far.customer(&waiting.to_string(), "approve").await;
    shop.wait_for_state(waiting, State::Paid).await;
    assert_eq!(shop.office.may_close().await, Ok(()));
    shop.office.close().await;
    assert_eq!(remove(1).await.unwrap_err().code, "years_out_of_range");
    assert_eq!(remove(40).await.unwrap_err().code, "nothing_to_remove");
    let removed = remove(10).await.unwrap();
    assert!(removed.payments > 400, "{removed:?}");
    shop.restart().await;
    sold(&shop, 20_000).await;
    let check = ended(&shop, shop.office.start_check().unwrap()).await;
    assert_eq!(check.state, JobState::Done(None), "the chain holds, and agrees with its anchor");
    let copy = ended(&shop, shop.office.start_backup().unwrap()).await;
    assert!(matches!(copy.state, JobState::Done(Some(_))), "{copy:?}");

    // A copy from before is still this ledger's.
    let JobState::Done(Some(older)) = older_copy.state else { panic!("{older_copy:?}") };
    shop.office.close().await;
    edit(&dir, "UPDATE journal SET operator = 'somebody else' WHERE number = (SELECT max(number) - 1 FROM journal);");
    let restoring = Wanted { by: "Huda".to_owned(), reason: "edited by hand".to_owned() };
    put_in_place(&dir, shop.identity(), Some(keep(&dir)), older.into(), restoring).await.unwrap();
    shop.restart().await;
    sold(&shop, 30_000).await;
    assert!(Reader::open(&dir).unwrap().payments().unwrap().len() > 500, "they are back");
}

#[tokio::test(flavor = "multi_thread")]
async fn i13_a_broken_journal_that_a_manager_accepts_sells_again_and_is_watched_from_there_on() {
    let mut shop = Shop::open_anchored(&[]).await;
    sold(&shop, 10_000).await;
    assert_eq!(accept(&shop).await, Err("restore_not_needed"));
    let dir = shop.folder.path().to_owned();
    edit(&dir, "UPDATE journal SET operator = 'somebody else' WHERE number = 5;");
    shop.restart_refused().await;
    assert_eq!(accept(&shop).await, Ok(()));
    let accepted = last_number(&dir);
    let rows = Reader::open(&dir).unwrap().rows().unwrap();
    let last = rows.last().unwrap();
    assert_eq!((last.what.as_str(), last.operator.as_str()), ("restored", "Huda"));

    // The edit is still there, and is not found again.
    for _ in 0..2 {
        shop.restart().await;
        assert_eq!(shop.office.guard().accepted().number, accepted);
        sold(&shop, 20_000).await;
    }
    let check = ended(&shop, shop.office.start_check().unwrap()).await;
    assert_eq!(check.state, JobState::Done(None));
    assert_eq!(shop.office.guard().journal(), JournalState::Sound);
    assert_eq!(accept(&shop).await, Err("restore_not_needed"), "what was accepted is in order");

    edit(&dir, &format!("UPDATE journal SET operator = 'somebody else' WHERE number = {};", accepted + 3));
    shop.restart_refused().await;
    assert!(matches!(shop.office.guard().journal(), JournalState::Broken(fault) if fault.number == accepted + 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_ledger_that_a_manager_accepts_is_still_checked_as_a_whole() {
    let mut shop = Shop::open_anchored(&[]).await;
    put_back_to_an_older_copy(&mut shop).await;
    assert_eq!(accept(&shop).await, Ok(()));
    shop.restart().await;
    sold(&shop, 30_000).await;
    assert_eq!(shop.office.guard().accepted(), Tip::START, "its chain is in order");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_accepted_counts_only_where_its_anchor_can_be_read() {
    let mut shop = Shop::open_anchored(&[]).await;
    sold(&shop, 10_000).await;
    let dir = shop.folder.path().to_owned();
    edit(&dir, "UPDATE journal SET operator = 'somebody else' WHERE number = 5;");
    let (anchor, away) = (dir.join("anchor.json"), dir.join("away"));
    let lock = || {
        std::fs::rename(&anchor, &away).unwrap();
        std::fs::create_dir(&anchor).unwrap();
    };
    let unlock = || {
        std::fs::remove_dir(&anchor).unwrap();
        std::fs::rename(&away, &anchor).unwrap();
    };
    shop.restart_refused().await;
    shop.office.close().await;
    lock();
    assert_eq!(accept(&shop).await, Err("keychain_failed"));
    unlock();
    assert_eq!(accept(&shop).await, Ok(()));
    lock();
    shop.restart_refused().await;
    shop.office.close().await;
    unlock();
    shop.restart().await;
    sold(&shop, 20_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_that_is_gone_again_ends_when_a_manager_says_so() {
    let mut shop = Shop::open_anchored(&[]).await;
    sold(&shop, 10_000).await;
    let dir = shop.folder.path().to_owned();
    edit(&dir, "UPDATE journal SET at_ms = at_ms + 1 WHERE number = 5;");
    shop.restart_refused().await;
    shop.office.close().await;
    edit(&dir, "UPDATE journal SET at_ms = at_ms - 1 WHERE number = 5;");
    shop.restart_refused().await;
    assert_eq!(accept(&shop).await, Ok(()));
    shop.restart().await;
    sold(&shop, 20_000).await;
    assert_eq!(shop.office.guard().accepted(), Tip::START);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_anchor_that_is_gone_or_cannot_be_written_is_told_and_stops_no_money() {
    let mut shop = Shop::open_anchored(&[]).await;
    sold(&shop, 10_000).await;
    assert_eq!(shop.office.guard().anchor_trouble(), None);
    let anchor = shop.folder.path().join("anchor.json");
    shop.office.close().await;
    std::fs::remove_file(&anchor).unwrap();
    shop.restart().await;
    sold(&shop, 20_000).await;
    assert_eq!(shop.office.guard().anchor_trouble(), Some(AnchorTrouble::Missing));
    shop.restart().await;
    assert_eq!(shop.office.guard().anchor_trouble(), None, "it is anchored");

    std::fs::remove_file(&anchor).unwrap();
    std::fs::create_dir(&anchor).unwrap();
    let mut told = shop.handle.revisions();
    sold(&shop, 30_000).await;
    let begun = Instant::now();
    while shop.office.guard().anchor_trouble() != Some(AnchorTrouble::Failing) {
        assert!(begun.elapsed() < PATIENCE, "nobody says so");
        _ = tokio::time::timeout(PATIENCE, told.changed()).await;
    }
}

/// Waits until the lists were compared; how.
async fn compared(shop: &Shop) -> ListsState {
    let begun = Instant::now();
    while shop.office.guard().lists() == ListsState::Unchecked {
        assert!(begun.elapsed() < PATIENCE, "nobody compares the lists");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    shop.office.guard().lists()
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_that_were_edited_are_found_beside_the_till_stop_no_money_and_are_made_anew_at_the_next_start() {
    let mut shop = Shop::open_anchored(&[]).await;
    sold(&shop, 10_000).await;
    let dir = shop.folder.path().to_owned();
    shop.restart().await;
    assert_eq!(compared(&shop).await, ListsState::Alike);
    edit(&dir, "UPDATE payments SET minor = 1, state = 'declined';");
    let check = ended(&shop, shop.office.start_check().unwrap()).await;
    assert_eq!(check.state, JobState::Done(None), "the journal is in order");
    assert_eq!(shop.office.guard().lists(), ListsState::Differ);
    assert_eq!(shop.office.guard().journal(), JournalState::Sound);
    // Whatever is written meanwhile, the next start makes them anew.
    sold(&shop, 20_000).await;
    shop.restart().await;
    assert_eq!(compared(&shop).await, ListsState::Alike);
    let listed = Reader::open(&dir).unwrap().payments().unwrap();
    let minors: Vec<i64> = listed.iter().map(|row| row.minor).collect();
    assert_eq!(minors, [20_000, 10_000]);
    sold(&shop, 30_000).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_payment_that_the_lists_call_ended_is_taken_up_again() {
    let mut shop = Shop::open_anchored(&[]).await;
    let id = shop.charge(ProviderName::Multipay, 10_000).await;
    shop.wait_for_state(id, State::Waiting).await;
    let dir = shop.folder.path().to_owned();
    shop.office.close().await;
    edit(&dir, "UPDATE payments SET state = 'declined', is_open = 0, attention = 0, changed_at_ms = 0;");
    shop.restart().await;
    assert!(shop.payment(id).await.is_open());
    assert_eq!(compared(&shop).await, ListsState::Alike);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_a_list_and_the_background_check_end_well() {
    let shop = Shop::open_anchored(&[]).await;
    sold(&shop, 10_000).await;
    sold(&shop, 20_000).await;
    let check = ended(&shop, shop.office.start_check().unwrap()).await;
    assert_eq!((check.state, check.done), (JobState::Done(None), check.total));
    assert_eq!(shop.office.guard().journal(), JournalState::Sound);
    let export = ended(&shop, shop.office.start_export(Query::default(), Format::Csv).unwrap()).await;
    let JobState::Done(Some(file)) = export.state else { panic!("{export:?}") };
    assert_eq!(csv::Reader::from_path(file).unwrap().records().count(), 2);
    let anchored = shop.office.guard().anchor().unwrap();
    assert_eq!(anchored.failing, None);
    let rows = Reader::open(shop.folder.path()).unwrap().rows().unwrap();
    assert!(rows.iter().any(|row| row.what == "exported"), "who wrote a list is written down");
}
