//! Where a process can be killed: the k-th call of one kind. `strace` counts the calls of each thread by itself, and kills the
//! process when the first thread gets there, before the call is carried out.

use std::collections::BTreeMap;
use std::path::Path;

/// What changes a file or sends something.
const CALLS: [&str; 9] =
    ["pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "unlink", "sendto", "writev", "sendmsg"];

/// A moment of a process's life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Point {
    pub call: &'static str,
    /// From 1.
    pub k: usize,
}

/// The words before a command that is only watched; what it calls is written into this file.
pub fn counting(file: &Path) -> Vec<String> {
    let calls = format!("trace={}", CALLS.join(","));
    words(&["strace", "-f", "-qq", "-e", &calls, "-o", file.to_str().unwrap()])
}

/// The words before a command that is killed there.
pub fn killing(Point { call, k }: Point) -> Vec<String> {
    let (trace, inject) = (format!("trace={call}"), format!("inject={call}:signal=KILL:when={k}"));
    words(&["strace", "-f", "-qq", "-e", &trace, "-e", &inject, "-o", "/dev/null"])
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// At most so many points of a command, from what was written down of it: of each call its first and its last, and between them
/// at even distances. What is rarely called is killed at each of its calls before what is called often gets the rest.
pub fn chosen(written: &str, most: usize) -> Vec<Point> {
    let mut counts: Vec<(usize, &'static str)> =
        counts(written).into_iter().map(|(call, count)| (count, call)).collect();
    counts.sort_unstable();
    let (mut points, kinds) = (Vec::new(), counts.len());
    for (index, (count, call)) in counts.into_iter().enumerate() {
        let share = count.min((most - points.len()) / (kinds - index));
        points.extend(
            (0..share).map(|at| Point { call, k: if share == 1 { count } else { 1 + at * (count - 1) / (share - 1) } }),
        );
    }
    points
}

/// How often the busiest thread made each call.
fn counts(written: &str) -> BTreeMap<&'static str, usize> {
    let mut by_thread: BTreeMap<(&str, &'static str), usize> = BTreeMap::new();
    for line in written.lines() {
        let Some((thread, rest)) = line.split_once(' ') else { continue };
        let called = rest.trim_start().split_once('(').map(|(name, _)| name);
        if let Some(call) = CALLS.into_iter().find(|call| Some(*call) == called) {
            *by_thread.entry((thread, call)).or_default() += 1;
        }
    }
    let mut counts = BTreeMap::new();
    for ((_, call), count) in by_thread {
        let most: &mut usize = counts.entry(call).or_default();
        *most = count.max(*most);
    }
    counts
}
