//! The corpus, every trick and every large message through every parser, each measured; then a short fresh slice by chance.
//! Each parser has a process of its own, so that its memory is its own, and so that one that dies is told as well.
//!
//! `cargo test -p checkstand-hostile --test hostile -- [<parser>…] [--count N] [--seed N] [--also FOLDER] [--time-ms N]`
//!
//! `--also`: a folder with more messages, in folders named as the parsers are. `--time-ms`: what a message may take; without it
//! a second, for the build of every check is hardly optimised, and its machine is busy.
//!
//! What it says on standard output ends with `N passed, N failed`. Long guided runs: tests/hostile/run.sh.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use checkstand_hostile::measure::Cost;
use checkstand_hostile::{PARSERS, Parser, mutation, seeds};
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// Fresh messages a parser where nothing else is asked for.
const COUNT: u64 = 2_000;
/// A day costs as much as thousands of messages.
const DAYS: u64 = 30;
/// So many failures of a parser are told.
const TOLD_MAX: u32 = 5;
/// The longest that a message may take in a build that is hardly optimised.
const TIME_MAX_UNOPTIMISED: Duration = Duration::from_secs(1);
/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(20);
/// The longest message that is tried: half as much again as the wire lets through.
const BYTES_MAX: usize = checkstand_core::message::BODY_BYTES_MAX * 3 / 2;
/// The stack of the threads that read messages, as everywhere in the till.
const STACK_BYTES: usize = 2 * 1024 * 1024;

struct Arguments {
    names: Vec<String>,
    count: Option<u64>,
    seed: u64,
    also: Option<PathBuf>,
    time_max: Duration,
    is_alone: bool,
}

fn main() -> ExitCode {
    let arguments = match read_arguments() {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("hostile: {why}");
            return ExitCode::from(2);
        }
    };
    if arguments.is_alone {
        let parser = Parser::named(&arguments.names[0]).unwrap();
        return alone(parser, arguments);
    }
    let asked: Vec<&str> = PARSERS
        .iter()
        .map(|parser| parser.name)
        .filter(|name| arguments.names.is_empty() || arguments.names.iter().any(|asked| asked == name))
        .collect();
    let failed = share(&asked, &arguments);
    println!("{} passed, {failed} failed", asked.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn read_arguments() -> Result<Arguments, String> {
    let mut read = Arguments {
        names: Vec::new(),
        count: None,
        seed: 1,
        also: None,
        time_max: TIME_MAX_UNOPTIMISED,
        is_alone: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut number = || words.next().and_then(|text| text.parse().ok()).ok_or(format!("{word} wants a number"));
        match word.as_str() {
            "--count" => read.count = Some(number()?),
            "--seed" => read.seed = number()?,
            "--time-ms" => read.time_max = Duration::from_millis(number()?),
            "--also" => read.also = Some(words.next().ok_or("--also wants a folder")?.into()),
            "--alone" => read.is_alone = true,
            // What the test runner itself may be given.
            "--nocapture" | "-q" | "--quiet" => {}
            name if Parser::named(name).is_some() => read.names.push(name.to_owned()),
            name => {
                let names: Vec<&str> = PARSERS.iter().map(|parser| parser.name).collect();
                return Err(format!("{name} is none of the parsers: {}", names.join(", ")));
            }
        }
    }
    Ok(read)
}

/// A process for each parser, as many at a time as there are cores. Answers how many failed.
fn share(names: &[&str], arguments: &Arguments) -> usize {
    let (next, failed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let hands = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..hands {
            scope.spawn(|| {
                while let Some(name) = names.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let mut command = Command::new(std::env::current_exe().unwrap());
                    command.args([*name, "--alone", "--seed", &arguments.seed.to_string()]);
                    command.args(["--time-ms", &arguments.time_max.as_millis().to_string()]);
                    if let Some(count) = arguments.count {
                        command.args(["--count", &count.to_string()]);
                    }
                    if let Some(also) = &arguments.also {
                        command.arg("--also").arg(also);
                    }
                    let ran = command.output().unwrap();
                    let mut said = std::io::stdout().lock();
                    said.write_all(&ran.stdout).unwrap();
                    if !ran.status.success() {
                        failed.fetch_add(1, Ordering::Relaxed);
                        writeln!(said, "{name}: {}", ran.status).unwrap();
                        said.write_all(&ran.stderr).unwrap();
                    }
                }
            });
        }
    });
    failed.into_inner()
}

/// What came of a parser.
#[derive(Default)]
struct Came {
    executions: u64,
    panics: u32,
    too_much: u32,
    /// Payments that count as paid, or amounts, for which the independent reader finds no proof.
    false_captures: u32,
    worst: Cost,
}

impl Came {
    fn read(&mut self, parser: &Parser, data: &[u8], time_max: Duration) {
        self.executions += 1;
        let why = match catch_unwind(AssertUnwindSafe(|| parser.read(data, time_max))) {
            Ok(cost) => return self.worst.add(cost),
            Err(why) => why,
        };
        let why = why.downcast_ref::<String>().map(String::as_str).or(why.downcast_ref::<&str>().copied());
        match why.unwrap_or_default() {
            why if why.starts_with("FALSE CAPTURE") || why.starts_with("WRONG AMOUNT") => self.false_captures += 1,
            why if why.starts_with("TOO MUCH") => self.too_much += 1,
            _ => self.panics += 1,
        }
        if self.failures() <= TOLD_MAX {
            let head = String::from_utf8_lossy(&data[..data.len().min(600)]);
            eprintln!("  {}: {} bytes: {head:?}", parser.name, data.len());
        }
    }

    fn failures(&self) -> u32 {
        self.panics + self.too_much + self.false_captures
    }
}

fn alone(parser: &'static Parser, arguments: Arguments) -> ExitCode {
    let began = now();
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES);
    let came = thread.spawn(move || all_of(parser, &arguments)).unwrap().join().unwrap();
    let Came { executions, panics, too_much, false_captures, worst } = came;
    println!(
        "{}: {executions} executions, {panics} panics, worst {}.{} ms, worst extra {} KiB, {too_much} beyond the limits, \
         {false_captures} false captures; {} s",
        parser.name,
        worst.time.as_millis(),
        worst.time.as_micros() % 1_000 / 100,
        worst.memory / 1024,
        began.elapsed().as_secs(),
    );
    if came.failures() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[allow(clippy::disallowed_methods, reason = "how long it took is told")]
fn now() -> Instant {
    Instant::now()
}

fn all_of(parser: &Parser, arguments: &Arguments) -> Came {
    let mut came = Came::default();
    let time_max = arguments.time_max;
    let mut known = seeds::of(parser.kind);
    // The scene is set once, and no message pays for it.
    (parser.run)(&known[0]);
    known.extend(messages_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(parser.name)));
    known.extend(arguments.also.iter().flat_map(|folder| messages_in(&folder.join(parser.name))));
    for bytes in &known {
        came.read(parser, bytes, time_max);
    }
    if parser.is_measured {
        for seed in seeds::of(parser.kind) {
            for bytes in mutation::tricky(&seed) {
                came.read(parser, &bytes, time_max);
            }
        }
        for bytes in mutation::large(BYTES_MAX) {
            came.read(parser, &bytes, time_max);
        }
    }
    let count = arguments.count.unwrap_or(if parser.is_measured { COUNT } else { DAYS });
    let mut chance = fastrand::Rng::with_seed(arguments.seed);
    let mut told = now();
    for done in 0..count {
        came.read(parser, &mutation::mutated(&known, &mut chance), time_max);
        if done.is_multiple_of(1_000) && told.elapsed() >= TELL_EVERY {
            told = now();
            eprintln!("{}: {done} of {count}", parser.name);
        }
    }
    came
}

/// The messages of earlier runs that reached something new.
fn messages_in(folder: &Path) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files.iter().map(|file| std::fs::read(file).unwrap()).collect()
}
