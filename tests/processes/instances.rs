//! Two processes open one ledger in the same moment: exactly one of them may write. Half of the winners are killed, so that the
//! next two find what such a death leaves behind.

use checkstand_core::book::{Entry, Fact};
use checkstand_core::store::StoreEvent;
use checkstand_engine::ledger::{Identity, Ledger, LedgerError, Persist, Reader};
use checkstand_engine::settings::Mode;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// One race in so many is for a folder without a ledger.
const FRESH_ONE_IN: u64 = 8;
const TELL_EVERY: Duration = Duration::from_secs(10);

/// So many races of two.
pub fn run(starts: u64) -> bool {
    let (next, killed, began) = (AtomicU64::new(0), AtomicU64::new(0), Instant::now());
    let wrongs: Vec<String> = std::thread::scope(|scope| {
        let hands = std::thread::available_parallelism().map_or(1, usize::from);
        let hands: Vec<_> = (0..hands).map(|_| scope.spawn(|| races(&next, starts, &killed, began))).collect();
        hands.into_iter().flat_map(|hand| hand.join().expect("a race panicked; it stands above")).collect()
    });
    println!(
        "instances: {starts} starts of two tills at once, {} without exactly one writer or with a lost entry, {} winners killed, {} s",
        wrongs.len(),
        killed.load(Ordering::Relaxed),
        began.elapsed().as_secs()
    );
    wrongs.iter().take(10).for_each(|wrong| println!("  {wrong}"));
    wrongs.is_empty()
}

fn races(next: &AtomicU64, starts: u64, killed: &AtomicU64, began: Instant) -> Vec<String> {
    let (mut wrongs, mut told) = (Vec::new(), Instant::now());
    let (mut folder, mut entries) = (tempfile::tempdir().unwrap(), 0);
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= starts {
            return wrongs;
        }
        if told.elapsed() > TELL_EVERY {
            told = Instant::now();
            eprintln!("instances: {number} of {starts}, {} s", began.elapsed().as_secs());
        }
        if number.is_multiple_of(FRESH_ONE_IN) {
            (folder, entries) = (tempfile::tempdir().unwrap(), 0);
        }
        let dies = number.is_multiple_of(2);
        if let Err(wrong) = race(folder.path(), dies) {
            wrongs.push(format!("start {number}: {wrong}"));
        }
        entries += 1;
        killed.fetch_add(u64::from(dies), Ordering::Relaxed);
        let found = Reader::open(folder.path()).and_then(|reader| Ok(reader.rows()?.len()));
        if !matches!(found, Ok(found) if found == entries) {
            wrongs.push(format!("start {number}: {entries} entries were acknowledged, {found:?} are there"));
            (folder, entries) = (tempfile::tempdir().unwrap(), 0);
        }
    }
}

/// Both start, both say how it went, and only then the winner goes on.
fn race(folder: &Path, dies: bool) -> Result<(), String> {
    let mut both = [Starter::new(folder), Starter::new(folder)];
    for starter in &mut both {
        starter.hear("ready")?;
    }
    for starter in &mut both {
        starter.tell("go")?;
    }
    let said = [both[0].line()?, both[1].line()?];
    let winner = match said.each_ref().map(String::as_str) {
        ["writes", "in use"] => 0,
        ["in use", "writes"] => 1,
        _ => return Err(format!("they said {said:?}")),
    };
    both[winner].tell("append")?;
    both[winner].hear("appended")?;
    if dies {
        // SIGKILL: nothing in the process runs after it.
        both[winner].child.kill().map_err(|error| error.to_string())?;
    }
    for starter in both {
        starter.end(dies)?;
    }
    Ok(())
}

/// A process that opens the ledger when it is told to.
struct Starter {
    child: Child,
    keys: ChildStdin,
    said: BufReader<ChildStdout>,
}

impl Starter {
    fn new(folder: &Path) -> Starter {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .arg("start")
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (keys, said) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Starter { child, keys, said }
    }

    fn tell(&mut self, word: &str) -> Result<(), String> {
        writeln!(self.keys, "{word}").map_err(|error| format!("it does not listen: {error}"))
    }

    fn line(&mut self) -> Result<String, String> {
        let mut line = String::new();
        self.said.read_line(&mut line).map_err(|error| error.to_string())?;
        Ok(line.trim().to_owned())
    }

    fn hear(&mut self, word: &str) -> Result<(), String> {
        let said = self.line()?;
        if said == word { Ok(()) } else { Err(format!("{said:?} instead of {word:?}")) }
    }

    fn end(self, may_be_killed: bool) -> Result<(), String> {
        let Starter { mut child, keys, .. } = self;
        drop(keys);
        let status = child.wait().map_err(|error| error.to_string())?;
        if status.success() || (may_be_killed && status.code().is_none()) { Ok(()) } else { Err(status.to_string()) }
    }
}

/// The process: opens the ledger, says whether it may write, and appends one entry when it is told to.
pub fn start(folder: &Path) -> ExitCode {
    let mut words = std::io::stdin().lines().map_while(Result::ok);
    println!("ready");
    words.next();
    let identity = Identity { mode: Mode::Training, terminal: "till-1".to_owned() };
    let ledger = match Ledger::open(folder, identity) {
        Ok((ledger, _)) => {
            println!("writes");
            Some(ledger)
        }
        Err(LedgerError::InUse { .. }) => {
            println!("in use");
            None
        }
        Err(error) => {
            println!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in words {
        let fact = Fact::Store(StoreEvent::SignedIn { name: "trainee".to_owned() });
        let entry = Entry { at_ms: 1, operator: "trainee".to_owned(), fact };
        match ledger.as_ref().map(|ledger| runtime.block_on(ledger.append(vec![entry]))) {
            Some(Persist::Ok { .. }) => println!("appended"),
            other => println!("not appended: {other:?}"),
        }
    }
    ExitCode::SUCCESS
}
