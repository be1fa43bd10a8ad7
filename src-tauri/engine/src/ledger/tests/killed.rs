//! The process dies at any moment. This proves that nothing acknowledged hangs on the process; that it does not hang on the
//! machine's memory either is what fsync is for, and only pulling the plug could show that.

use super::*;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// The n-th append of the child: the same in both processes.
fn nth(n: u64) -> Vec<Entry> {
    story(n, vec![opening(n, Kind::Sale), sent(), captured(n)])
}

/// The child of the test below: appends until it is killed. Does nothing where it was not started as a child.
#[tokio::test]
async fn child_that_appends_until_it_is_killed() {
    let Some(dir) = std::env::var_os("LEDGER_TEST_KILLED") else { return };
    let (ledger, _) = open(Path::new(&dir));
    for n in 0..1_000_000 {
        append(&ledger, nth(n)).await;
        println!("acked {n}");
    }
}

#[test]
fn a_process_that_is_killed_loses_nothing_that_was_acknowledged() {
    for lines in [1, 17, 40] {
        let dir = folder();
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "ledger::tests::killed::child_that_appends_until_it_is_killed", "--nocapture"])
            .env("LEDGER_TEST_KILLED", dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a child");
        let mut acked = BufReader::new(child.stdout.take().expect("its words"))
            .lines()
            .map_while(Result::ok)
            .filter_map(|line| line.split_once("acked ").and_then(|(_, n)| n.trim().parse::<u64>().ok()));
        let mut last = acked.by_ref().take(lines).last().expect("an acknowledgement");
        // SIGKILL: nothing in the child runs after it.
        child.kill().expect("killed");
        child.wait().expect("ended");
        last = acked.last().unwrap_or(last);

        let (ledger, _) = open(dir.path());
        let entries = whole_journal(dir.path());
        let appends = entries.len() as u64 / 3;
        assert!(appends > last, "{appends} appends in the ledger, but {last} was acknowledged");
        assert_eq!(entries, (0..appends).flat_map(nth).collect::<Vec<_>>(), "whole appends, in order");
        drop(ledger);
    }
}
