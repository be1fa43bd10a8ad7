//! One parser under libFuzzer. `HOSTILE_PARSER` names it (`list`: all names are told); where `HOSTILE_BEGIN` is a folder, its
//! seeds, the dictionary and the longest length are written there first. What the messages cost at worst is kept in the file
//! `HOSTILE_FIGURES`.

#![no_main]

use checkstand_hostile::measure::{Cost, TIME_MAX};
use checkstand_hostile::{PARSERS, Parser, seeds};
use libfuzzer_sys::fuzz_target;
use std::cell::RefCell;
use std::env::var;
use std::path::Path;
use std::sync::OnceLock;

/// How often the figures are written.
const WRITE_EVERY: u64 = 1_000;

static PARSER: OnceLock<&'static Parser> = OnceLock::new();

/// What was run so far.
#[derive(Default)]
struct Figures {
    executions: u64,
    worst: Cost,
}

thread_local! {
    static FIGURES: RefCell<Figures> = RefCell::default();
}

fn begin() {
    let name = var("HOSTILE_PARSER").expect("HOSTILE_PARSER names a parser");
    if name == "list" {
        PARSERS.iter().for_each(|parser| println!("{}", parser.name));
        std::process::exit(0);
    }
    let parser = Parser::named(&name).expect("HOSTILE_PARSER names a parser of the list");
    if let Ok(folder) = var("HOSTILE_BEGIN") {
        let folder = Path::new(&folder);
        std::fs::create_dir_all(folder.join("seeds")).expect("a folder for the seeds");
        std::fs::write(folder.join("words"), seeds::dictionary()).expect("the dictionary");
        std::fs::write(folder.join("length"), parser.guided_bytes_max.to_string()).expect("the length");
        for (number, seed) in seeds::of(parser.kind).iter().enumerate() {
            std::fs::write(folder.join(format!("seeds/{number}")), seed).expect("a seed");
        }
    }
    // Scenes are set once: the first message must not pay for it.
    for seed in seeds::of(parser.kind).iter().take(1) {
        (parser.run)(seed);
    }
    _ = PARSER.set(parser);
}

fn run(data: &[u8]) {
    let parser = PARSER.get().expect("set at the beginning");
    let cost = parser.read(data, TIME_MAX);
    FIGURES.with_borrow_mut(|figures| {
        figures.executions += 1;
        figures.worst.add(cost);
        if figures.executions.is_multiple_of(WRITE_EVERY)
            && let Ok(file) = var("HOSTILE_FIGURES")
        {
            let Figures { executions, worst } = figures;
            let text = format!("{executions} {} {}\n", worst.time.as_micros(), worst.memory);
            std::fs::write(file, text).expect("the figures");
        }
    });
}

fuzz_target!(init: begin(), |data: &[u8]| run(data));
