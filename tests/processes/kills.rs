//! SIGKILL at chosen system calls of `checkstand-cli`. Each operation is killed at some of its calls, one after the other, at one
//! till; after each death the till is opened again, looks into what is open, and is judged by the far end's books.

use crate::cli_terminal::Ended;
use crate::judge::{Judge, Told, told};
use crate::ledgers::ledger_of;
use crate::operations::{MoneyTill, OPERATIONS, Operation, PaperTill};
use crate::points::{Point, chosen, counting, killing};
use crate::session::session_around;
use checkstand_engine::ledger::Reader;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

/// A till that was killed is ready again within this time.
const READY_MAX: Duration = Duration::from_secs(2);
/// The machine may be busy with something else: the best of so many starts counts.
const STARTS_MAX: usize = 3;
/// How a shell names the death by SIGKILL.
const KILLED: i32 = 128 + 9;
const TOLD_MAX: usize = 20;

/// What came of one operation.
#[derive(Default, Serialize, Deserialize)]
struct Came {
    /// So many times it was killed.
    killed: usize,
    /// So many times it was over before the chosen call.
    survived: usize,
    /// Payments of which nobody knows, because their answer died with the process.
    in_doubt: usize,
    /// The slowest start after a death.
    ready_ms: u128,
    wrongs: Vec<String>,
}

/// Kills all operations at so many points altogether, each in a session with a keychain of its own.
pub fn run(points: usize) -> bool {
    if std::process::Command::new("strace").arg("--version").output().is_err() {
        println!("kills: strace is missing; install it: apt-get install strace");
        return false;
    }
    let began = Instant::now();
    let came: Vec<(&str, Came)> = std::thread::scope(|scope| {
        let workers: Vec<_> = OPERATIONS
            .iter()
            .enumerate()
            .map(|(index, (name, _))| {
                // The first ones take what cannot be shared out evenly.
                let share = points / OPERATIONS.len() + usize::from(index < points % OPERATIONS.len());
                scope.spawn(move || (*name, in_session(name, share)))
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("it stands above")).collect()
    });
    let sum = |of: fn(&Came) -> usize| -> usize { came.iter().map(|(_, came)| of(came)).sum() };
    let wrongs = sum(|came| came.wrongs.len());
    for (name, came) in &came {
        println!(
            "  {name}: killed {} times, {} times over before, {} in doubt, ready again in {} ms at most",
            came.killed, came.survived, came.in_doubt, came.ready_ms
        );
        came.wrongs.iter().take(TOLD_MAX).for_each(|wrong| println!("  WRONG {name}: {wrong}"));
    }
    println!(
        "kills: checkstand-cli killed at {} points, {wrongs} violations, ready again in {} ms at most, {} s",
        sum(|came| came.killed),
        came.iter().map(|(_, came)| came.ready_ms).max().unwrap_or_default(),
        began.elapsed().as_secs()
    );
    // What is never killed proves nothing.
    wrongs == 0 && came.iter().all(|(_, came)| came.killed > 0)
}

/// Starts this binary again in a session of its own, and reads what it found.
fn in_session(name: &str, points: usize) -> Came {
    let home = tempfile::tempdir().unwrap();
    let mut session = session_around(&std::env::current_exe().unwrap(), home.path())
        .args(["kill", name, &points.to_string()])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut others = String::new();
    // What the session's own services complain about matters only where it does not end well.
    for line in BufReader::new(session.stderr.take().unwrap()).lines().map_while(Result::ok) {
        if line.starts_with("kills: ") { eprintln!("{line}") } else { others = others + &line + "\n" }
    }
    let output = session.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(said.lines().last().unwrap_or_default()).unwrap_or_else(|error| {
        let wrong = format!("it ended with {} and said {said:?} ({error})\n{others}", output.status);
        Came { wrongs: vec![wrong], ..Came::default() }
    })
}

/// The process: kills one operation, and says what came of it.
pub fn work(name: &str, points: usize) -> ExitCode {
    let (_, operation) = OPERATIONS.into_iter().find(|(known, _)| *known == name).expect("an operation");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let came = if operation.moves_money() {
        runtime.block_on(kill_money(name, operation, points))
    } else {
        kill_papers(name, operation, points)
    };
    println!("{}", serde_json::to_string(&came).unwrap());
    ExitCode::SUCCESS
}

/// The points of what was watched once.
fn points_of(watched: &Ended, calls: &Path, most: usize) -> Vec<Point> {
    assert_eq!(watched.code, 0, "it does not even work unkilled: {watched:?}");
    chosen(&std::fs::read_to_string(calls).unwrap(), most)
}

async fn kill_money(name: &str, operation: Operation, points: usize) -> Came {
    let mut till = MoneyTill::set_up(operation);
    // The first time more is written than ever after.
    till.once(&[]).await;
    let calls = tempfile::NamedTempFile::new().unwrap();
    let watched = till.once(&counting(calls.path())).await;
    let points = points_of(&watched, calls.path(), points);

    let (mut came, mut all_told) = (Came::default(), told(&watched.stderr));
    for (index, point) in points.iter().enumerate() {
        let ended = till.once(&killing(*point)).await;
        match ended.code {
            KILLED => came.killed += 1,
            _ => came.survived += 1,
        }
        all_told.extend(told(&ended.stderr));
        all_told.extend(last_word(&ended));
        let ready_ms = ready_again(|| prompt(&till));
        look_into_what_is_open(&mut till).await;
        let judge = Judge::new(&till.ledger(), till.technician.far.get("/books").await);
        let mut wrongs = judge.wrongs(&all_told);
        if let Err(wrong) = sound(&till.technician.start(&["verify"], "").end()) {
            wrongs.push(wrong);
        }
        came.in_doubt = judge.in_doubt();
        note(&mut came, name, *point, ready_ms, &ended, wrongs);
        if index % 10 == 9 {
            eprintln!("kills: {name}: {} of {}", index + 1, points.len());
        }
    }
    came
}

/// The answer itself, where it came out before the death.
fn last_word(ended: &Ended) -> Option<Told> {
    let answer: Value = serde_json::from_str(&ended.stdout).ok()?;
    Some((answer["payment"].as_str()?.to_owned(), answer["state"].as_str()?.to_owned()))
}

/// A start until somebody is asked for a PIN: then the till is open.
fn prompt(till: &MoneyTill) -> Duration {
    let began = Instant::now();
    let mut terminal = till.technician.start(&["shift", "open", "--operator", "Huda"], "");
    terminal.wait_until_asked("PIN of Huda: ");
    let took = began.elapsed();
    terminal.press("\u{3}");
    terminal.end();
    took
}

/// In ms. The best of some starts, where the first one was too slow.
fn ready_again(start: impl Fn() -> Duration) -> u128 {
    let mut best = start();
    for _ in 1..STARTS_MAX {
        if best > READY_MAX {
            best = best.min(start());
        }
    }
    best.as_millis()
}

/// What was taken by the provider can be found out; of the rest only what is said at once.
async fn look_into_what_is_open(till: &mut MoneyTill) {
    let judge = Judge::new(&till.ledger(), json!({ "received": [], "captures": [] }));
    let open: Vec<(String, bool)> = judge.open();
    // The newest one is the one that was killed; the others have been looked into.
    if let Some((id, is_taken)) = open.first() {
        let wait_s = if *is_taken { "20" } else { "1" };
        till.technician.as_huda(&["check", id, "--wait-s", wait_s], "").end();
    }
}

/// Whether the journal is as it was written.
fn sound(verified: &Ended) -> Result<(), String> {
    let answer: Value = serde_json::from_str(&verified.stdout).unwrap_or_default();
    let parts = (&answer["journal"], &answer["lists"]);
    if verified.code == 0 && parts == (&json!("sound"), &json!("alike")) {
        Ok(())
    } else {
        Err(format!("verify ends with {}: {} {}", verified.code, verified.stdout, verified.stderr))
    }
}

fn note(came: &mut Came, name: &str, Point { call, k }: Point, ready_ms: u128, ended: &Ended, mut wrongs: Vec<String>) {
    came.ready_ms = came.ready_ms.max(ready_ms);
    if ready_ms > READY_MAX.as_millis() {
        wrongs.push(format!("it was ready again after {ready_ms} ms only"));
    }
    for wrong in wrongs {
        let wrong = format!("{call} {k}: {wrong}");
        eprintln!("kills: {name}: {wrong}: {ended:?}");
        came.wrongs.push(wrong);
    }
}

fn kill_papers(name: &str, operation: Operation, points: usize) -> Came {
    let till = PaperTill::set_up(operation);
    let shift = if operation == Operation::Migration { "open" } else { "close" };
    let ledger = ledger_of(&till.data());
    till.begin_anew();
    let calls = tempfile::NamedTempFile::new().unwrap();
    let points = points_of(&till.once(&counting(calls.path()), shift), calls.path(), points);
    let mut came = Came::default();
    for point in points {
        till.begin_anew();
        let before = entries(&ledger);
        let ended = till.once(&killing(point), shift);
        match ended.code {
            KILLED => came.killed += 1,
            _ => came.survived += 1,
        }
        let ready_ms = ready_again(|| {
            let began = Instant::now();
            till.once(&[], "open");
            began.elapsed()
        });
        let mut wrongs = Vec::new();
        let after = entries(&ledger);
        if !after.starts_with(&before) {
            wrongs.push(format!("of {} entries {} are left", before.len(), after.len()));
        }
        let answer: Option<Value> = serde_json::from_str(&ended.stdout).ok();
        if let Some(answer) = answer.filter(|_| after.len() == before.len()) {
            wrongs.push(format!("it said {answer}, and nothing of it is in the ledger"));
        }
        let data = till.data();
        let verify = crate::operations::words(&["verify", "--json", "--data-dir", data.to_str().unwrap()]);
        if let Err(wrong) = sound(&crate::cli_terminal::Terminal::start(&verify, Some("")).end()) {
            wrongs.push(wrong);
        }
        note(&mut came, name, point, ready_ms, &ended, wrongs);
    }
    came
}

/// The hashes of all lines, in order.
fn entries(ledger: &Path) -> Vec<String> {
    let rows = Reader::open(ledger).unwrap().rows().unwrap();
    rows.iter().map(|row| checkstand_engine::ledger::hex(&row.hash)).collect()
}
