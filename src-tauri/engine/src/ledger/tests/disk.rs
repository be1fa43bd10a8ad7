//! Full disks, commits that do not say how they ended, and how much is waited for.

use super::writer::Fault;
use super::*;

fn ballast_bytes(dir: &Path) -> Option<u64> {
    std::fs::metadata(dir.join("ballast")).ok().map(|file| {
        #[cfg(unix)]
        assert!(std::os::unix::fs::MetadataExt::blocks(&file) * 512 >= file.len(), "a sparse file keeps nothing back");
        file.len()
    })
}

#[test]
fn sixteen_megabytes_are_kept_back() {
    let dir = folder();
    drop(open(dir.path()));
    assert_eq!(ballast_bytes(dir.path()), Some(16 * 1024 * 1024));
}

#[tokio::test]
async fn the_ballast_is_given_back_when_the_disk_is_full_and_taken_at_the_next_start() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    ledger.plan([Fault::Full]);
    append_all(&ledger, day()).await;
    assert_eq!(ballast_bytes(dir.path()), None);
    ledger.close().await;
    let (_ledger, opened) = open(dir.path());
    assert_eq!(opened.resident, day().concat());
    assert_eq!(ballast_bytes(dir.path()), Some(16 * 1024 * 1024));
}

#[tokio::test]
async fn a_ledger_that_may_not_grow_says_so_and_goes_on_when_it_may() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    let pages_max = |ledger: &Ledger, more: i64| {
        ledger.on_thread(move |writer| {
            let conn = writer.conn.as_ref().expect("a connection");
            let pages: i64 = conn.pragma_query_value(None, "page_count", |sql| sql.get(0)).expect("a count");
            conn.pragma_update(None, "max_page_count", pages + more).expect("a limit");
        });
    };
    pages_max(&ledger, 0);
    let mut kept = Vec::new();
    let refused = loop {
        let n = kept.len() as u64;
        let entries = story(n, vec![opening(n, Kind::Sale), sent()]);
        match ledger.append(entries.clone()).await {
            Persist::Ok { .. } => kept.push(entries),
            Persist::Failed(_) => break entries,
            Persist::Unknown(why) => panic!("a full disk is no doubt: {why}"),
        }
        assert!(kept.len() < 1_000, "the limit does nothing");
    };
    assert_eq!(ballast_bytes(dir.path()), None, "the ballast was tried");
    pages_max(&ledger, 1_000);
    append(&ledger, refused.clone()).await;
    kept.push(refused);
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, kept.concat());
}

#[tokio::test]
async fn a_commit_that_failed_is_failed() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append(&ledger, day()[0].clone()).await;
    ledger.plan([Fault::CommitFails]);
    assert!(matches!(ledger.append(day()[1].clone()).await, Persist::Failed(_)));
    append_all(&ledger, day()[1..].to_vec()).await;
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, day().concat());
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_in_the_file() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append(&ledger, day()[0].clone()).await;
    ledger.plan([Fault::CommitAnswerLost]);
    append_all(&ledger, day()[1..].to_vec()).await;
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, day().concat());
}

#[tokio::test]
async fn a_doubt_is_settled_by_the_same_entries_where_they_are_there() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append(&ledger, day()[0].clone()).await;
    ledger.plan([Fault::CommitAnswerLost, Fault::ReopenFails, Fault::ReopenFails]);
    assert!(matches!(ledger.append(day()[1].clone()).await, Persist::Unknown(_)));
    assert!(matches!(ledger.append(day()[1].clone()).await, Persist::Unknown(_)), "still cannot be told");
    assert!(matches!(ledger.append(day()[3].clone()).await, Persist::Unknown(_)), "others wait");
    assert_eq!(ledger.append(day()[1].clone()).await, Persist::Ok { last_number: 3 });
    append_all(&ledger, day()[2..].to_vec()).await;
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, day().concat(), "once, not twice");
}

#[tokio::test]
async fn a_doubt_is_settled_by_any_entries_where_the_first_are_not_there() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append(&ledger, day()[0].clone()).await;
    ledger.plan([Fault::CommitFails, Fault::ReopenFails]);
    assert!(matches!(ledger.append(day()[1].clone()).await, Persist::Unknown(_)));
    append_all(&ledger, day()[1..].to_vec()).await;
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, day().concat());
}

/// As it is left by a file system that could only be read for a moment.
#[tokio::test]
async fn i18_a_connection_that_can_only_read_is_given_up_for_one_that_writes() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append(&ledger, day()[0].clone()).await;
    let path = dir.path().join(FILE_NAME);
    ledger.on_thread(move |writer| {
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY | rusqlite::OpenFlags::SQLITE_OPEN_NO_MUTEX;
        writer.conn = Some(Connection::open_with_flags(path, flags).expect("the file"));
    });
    append_all(&ledger, day()[1..].to_vec()).await;
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, day().concat());
}

#[tokio::test]
async fn evidence_that_can_be_read_again_does_not_wait_for_the_disk_and_all_else_does() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append_all(&ledger, day()).await;
    // 2 is FULL, 1 is NORMAL. The third batch is the details of a paid purchase, and nothing else.
    let seen = ledger.on_thread(|writer| writer.synchronous_seen.clone());
    assert_eq!(seen, [2, 2, 1, 2, 2, 2, 2, 2]);
    let mixed = [story(6, vec![opening(6, Kind::Sale), sent(), captured(6), details(6)])].concat();
    append(&ledger, mixed.clone()).await;
    let seen = ledger.on_thread(|writer| writer.synchronous_seen.clone());
    assert_eq!(seen.last(), Some(&2));
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, [day().concat(), mixed].concat());
}

/// The story of the child of [`a_full_disk_that_is_real`].
#[cfg(target_os = "linux")]
#[tokio::test]
async fn child_on_a_small_disk() {
    let Some(disk) = std::env::var_os("LEDGER_TEST_SMALL_DISK") else { return };
    let disk = PathBuf::from(disk);
    let dir = disk.join("ledger");
    let (ledger, _) = open(&dir);
    assert!(ballast_bytes(&dir).is_some());
    let fill = || {
        let filler = std::fs::OpenOptions::new().create(true).append(true).open(disk.join("filler")).expect("a file");
        while std::io::Write::write(&mut &filler, &[7; 512]).is_ok_and(|written| written > 0) {}
    };
    fill();
    let mut kept = Vec::new();
    let refused = loop {
        let n = kept.len() as u64;
        let entries = story(n, vec![opening(n, Kind::Sale), sent(), captured(n)]);
        match ledger.append(entries.clone()).await {
            Persist::Ok { .. } => kept.push(entries),
            Persist::Failed(_) => break entries,
            Persist::Unknown(why) => panic!("not known: {why}"),
        }
        if ballast_bytes(&dir).is_none() {
            fill();
        }
        assert!(kept.len() < 100_000, "the disk never fills");
    };
    assert!(!kept.is_empty(), "the ballast was of use");
    assert_eq!(ballast_bytes(&dir), None);
    std::fs::remove_file(disk.join("filler")).expect("room");
    append(&ledger, refused.clone()).await;
    kept.push(refused);
    ledger.close().await;
    let (ledger, opened) = open(&dir);
    assert_eq!(opened.resident, kept.concat());
    assert!(ballast_bytes(&dir).is_some());
    // A till that starts on a full disk has the ballast's room, too.
    drop(ledger);
    fill();
    let (ledger, opened) = open(&dir);
    assert_eq!(opened.resident, kept.concat());
    assert_eq!(ballast_bytes(&dir), None);
    append(&ledger, story(100_000, vec![opening(100_000, Kind::Sale), sent()])).await;
    println!("the small disk was survived with {} payments", kept.len());
}

/// On a disk of 24 MB that belongs to a child of this process. Needs user namespaces; says so where there are none.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_that_is_real() {
    let unshare = |script: &str| {
        let mut command = std::process::Command::new("unshare");
        command.args(["-rm", "sh", "-c", script]);
        command
    };
    let disk = folder();
    let mount = "mount -t tmpfs -o size=24m none \"$LEDGER_TEST_SMALL_DISK\"";
    let can = unshare(mount).env("LEDGER_TEST_SMALL_DISK", disk.path()).output();
    if !can.is_ok_and(|output| output.status.success()) {
        eprintln!("skipped: this system lets nobody mount a small disk");
        return;
    }
    let child = unshare(&format!("{mount} && exec \"$0\" --exact \"$1\" --nocapture"))
        .arg(std::env::current_exe().expect("this test"))
        .arg("ledger::tests::disk::child_on_a_small_disk")
        .env("LEDGER_TEST_SMALL_DISK", disk.path())
        .output()
        .expect("a child");
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("was survived"),
        "{said}{}",
        String::from_utf8_lossy(&child.stderr)
    );
}
