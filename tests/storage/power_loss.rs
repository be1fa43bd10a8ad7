//! The power is cut after every operation that reaches the disk: writes, cuts, syncs and names. The product opens what is left
//! and must find every line that it had acknowledged, a chain that is in order, and at most the append under way beyond it,
//! whole or not at all.
//!
//! A history is some lives of one ledger, each begun on what the cut before left of it. Appends, checkpoints in their midst
//! (the log starts over then, on top of its old self), closings, hashes of PINs, tables made anew, and migrations.

use crate::old_ledger;
use crate::report::{Bench, Report, Share};
use crate::shelf::{Shelf, append, appends, identity, wait, waits};
use checkstand_core::book::Entry;
use checkstand_engine::ledger::{Hash, Ledger, Persist, Reader};
use checkstand_vfs::{Cut, Disk, Image, Op, Wreck};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

/// After so many appends the product moves the log into the file, and so many PINs are put to come near that.
const PINS_BEFORE_CHECKPOINT: usize = 990;
/// One image in so many is looked at page by page, and used further.
const LOOK_CLOSER: u64 = 16;

pub fn run(share: &Share) -> Report {
    let bench = Bench::new("power-loss", share);
    let every = usize::try_from(share.every.unwrap_or(1)).unwrap();
    let (cuts, acknowledged) = (Tally::default(), AtomicU64::new(0));
    bench.run(
        || (Shelf::new(), Shelf::new()),
        |(shop, morgue), seed| {
            let history = History::play(shop, seed);
            acknowledged.fetch_add(history.hashes.len() as u64, Ordering::Relaxed);
            history.look(morgue, &bench, &cuts, every);
        },
    );
    let acknowledged = acknowledged.load(Ordering::Relaxed);
    bench.report("crash points", &format!(", {acknowledged} lines written, {}", cuts.words()))
}

/// How often each kind of cut was made.
#[derive(Default)]
struct Tally([AtomicU64; Cut::ALL.len()]);

impl Tally {
    fn words(&self) -> String {
        let counts =
            Cut::ALL.iter().zip(&self.0).map(|(cut, count)| format!("{cut:?} {}", count.load(Ordering::Relaxed)));
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// Something that the product promised, and the position on the disk's log by which it had.
struct Promise {
    begun: usize,
    kept: usize,
    /// The last line that is certainly there from then on.
    durable: i64,
    /// The last line that may be there.
    last: i64,
}

/// What happened to the disk between two cuts.
struct Life {
    base: Image,
    log: Vec<Op>,
    /// Lines that the base holds.
    first: i64,
    promises: Vec<Promise>,
    /// Digests of PINs, and the position by which each was kept.
    pins: Vec<(String, usize)>,
}

struct History {
    seed: u64,
    lives: Vec<Life>,
    /// The hash of each line.
    hashes: BTreeMap<i64, Hash>,
    /// The last line of each append.
    ends: Vec<i64>,
}

impl History {
    /// Lives, appends and closes as the seed says.
    fn play(shop: &Shelf, seed: u64) -> History {
        let mut chance = fastrand::Rng::with_seed(seed);
        let batches = appends(chance.u64(6..16), seed);
        let ends = batches.iter().scan(0, |last, batch| {
            *last += i64::try_from(batch.len()).unwrap();
            Some(*last)
        });
        let mut history = History { seed, lives: Vec::new(), hashes: BTreeMap::new(), ends: ends.collect::<Vec<_>>() };
        let mut base =
            if seed % 8 == 5 { old_ledger::image(shop, &batches[..batches.len() / 2]) } else { Image::default() };
        for life in 0..chance.usize(1..4) {
            let disk = Disk::with(base.clone());
            shop.put(&disk);
            disk.record();
            let checkpoint = seed % 8 == 3 && life == 0;
            let mut lived = history.live(shop, &disk, &batches, &mut chance, checkpoint);
            let log = std::mem::take(&mut lived.log);
            let cut = Cut::ALL[chance.usize(0..Cut::ALL.len())];
            let mut wreck = Wreck::with(&base);
            let at = chance.usize(log.len() / 2..=log.len());
            log[..at].iter().for_each(|op| wreck.play(op));
            let next = wreck.cut(cut, &mut chance);
            history.lives.push(Life { base: std::mem::replace(&mut base, next), log, ..lived });
        }
        history
    }

    fn live(
        &mut self,
        shop: &Shelf,
        disk: &Disk,
        batches: &[Vec<Entry>],
        chance: &mut fastrand::Rng,
        checkpoint: bool,
    ) -> Life {
        let (ledger, opened) = shop.open().unwrap_or_else(|error| panic!("seed {}: {error}", self.seed));
        let first = opened.last_number;
        let mut life = Life { base: Image::default(), log: Vec::new(), first, promises: Vec::new(), pins: Vec::new() };
        // What was found is durable once the ledger is open: the till goes by it.
        life.promises.push(Promise { begun: 0, kept: disk.position(), durable: first, last: first });
        let done = self.ends.iter().position(|end| *end == first).map_or(0, |at| at + 1);
        let stays = chance.u32(0..4) > 0;
        for (at, batch) in batches.iter().enumerate().skip(done) {
            if checkpoint && at == done + 2 {
                put_pins(&ledger, disk, &mut life, PINS_BEFORE_CHECKPOINT);
            }
            match chance.u32(0..24) {
                0 => put_pins(&ledger, disk, &mut life, 1),
                1 => wait(ledger.rebuild_view()).unwrap(),
                2 => wait(ledger.outdate_view()).unwrap(),
                3 if !stays => break,
                _ => {}
            }
            let begun = disk.position();
            let answer = append(&ledger, batch);
            assert_eq!(answer, Persist::Ok { last_number: self.ends[at] }, "seed {}: a disk without faults", self.seed);
            // The anchor is written by what is told; a line that was told and lost would look cut off.
            let told = ledger.tips().borrow().number;
            let durable = if waits(batch) { self.ends[at] } else { told };
            life.promises.push(Promise {
                begun,
                kept: disk.position(),
                durable: durable.max(told),
                last: self.ends[at],
            });
        }
        let reader = Reader::open(shop.path()).unwrap();
        self.hashes.extend(reader.rows().unwrap().iter().map(|row| (row.number, row.hash)));
        drop(reader);
        if chance.bool() {
            drop(ledger);
            let last = life.promises.last().map_or(0, |promise| promise.last);
            life.promises.push(Promise { begun: disk.position(), kept: disk.position(), durable: last, last });
            life.log = disk.take_log();
        } else {
            // The process is killed: what its closing would do never reaches the disk.
            life.log = disk.take_log();
            drop(ledger);
        }
        life
    }

    /// Cuts the power after every operation of each life.
    fn look(&self, morgue: &Shelf, bench: &Bench, cuts: &Tally, every: usize) {
        for (number, life) in self.lives.iter().enumerate() {
            let mut wreck = Wreck::with(&life.base);
            let skipped = life.pins.get(PINS_BEFORE_CHECKPOINT - 1).map_or(0, |(_, at)| *at);
            for at in 0..=life.log.len() {
                if at > 0 {
                    wreck.play(&life.log[at - 1]);
                }
                // The hundreds of PINs only fill the log.
                if !at.is_multiple_of(if at < skipped { every * 97 } else { every }) {
                    continue;
                }
                let kind = (at + usize::try_from(self.seed).unwrap()) % Cut::ALL.len();
                cuts.0[kind].fetch_add(1, Ordering::Relaxed);
                let point = self.seed * 1_000_003 + number as u64 * 500_009 + at as u64;
                let image = wreck.cut(Cut::ALL[kind], &mut fastrand::Rng::with_seed(point));
                let closer = point.is_multiple_of(LOOK_CLOSER);
                match self.examine(morgue, image, life, at, closer) {
                    Ok(()) => bench.pass(),
                    Err(why) => {
                        let place = format!("--first {} --count 1: life {number}, operation {at}", self.seed);
                        bench.fail(&format!("{place}, {:?}: {why}", Cut::ALL[kind]));
                    }
                }
            }
        }
    }

    /// Opens what is left, and compares it with what was promised by then.
    fn examine(&self, morgue: &Shelf, image: Image, life: &Life, at: usize, closer: bool) -> Result<(), String> {
        let kept = life.promises.iter().filter(|promise| promise.kept <= at);
        let durable = kept.map(|promise| promise.durable).max().unwrap_or(life.first);
        let begun = life.promises.iter().filter(|promise| promise.begun <= at);
        let last = begun.map(|promise| promise.last).max().unwrap_or(life.first);
        let disk = morgue.put_image(image);
        let (ledger, opened) = morgue.open().map_err(|error| format!("it does not open: {error}"))?;
        if let Some(fault) = opened.fault {
            return Err(format!("the chain is broken at {}: {}", fault.number, fault.what));
        }
        let found = opened.last_number;
        if !(durable..=last).contains(&found) {
            return Err(format!("{found} lines, where {durable} were acknowledged and {last} begun"));
        }
        if found != 0 && !self.ends.contains(&found) {
            return Err(format!("line {found} is in the midst of an append"));
        }
        if found != 0 && self.hashes.get(&found) != Some(&opened.last_hash) {
            return Err(format!("line {found} is another line"));
        }
        let reader = Reader::open(morgue.path()).map_err(|error| error.to_string())?;
        for (digest, _) in life.pins.iter().filter(|(_, kept)| *kept <= at).rev().take(3) {
            if reader.pin(digest).map_err(|error| error.to_string())?.is_none() {
                return Err(format!("the hash of a PIN is lost: {digest}"));
            }
        }
        drop(reader);
        if closer {
            self.use_further(morgue, ledger, found)?;
        }
        drop(disk);
        Ok(())
    }

    /// The ledger takes what comes next, is whole page by page, and opens again.
    fn use_further(&self, morgue: &Shelf, ledger: Ledger, found: i64) -> Result<(), String> {
        let next = appends(2, self.seed + 1_000_000);
        match append(&ledger, &next[0]) {
            Persist::Ok { last_number } if last_number == found + i64::try_from(next[0].len()).unwrap() => {}
            other => return Err(format!("it takes no further append: {other:?}")),
        }
        drop(ledger);
        let conn = rusqlite::Connection::open(morgue.path().join("ledger.db")).map_err(|error| error.to_string())?;
        let whole: String =
            conn.query_row("PRAGMA integrity_check(1)", [], |sql| sql.get(0)).map_err(|e| e.to_string())?;
        if whole != "ok" {
            return Err(format!("the file is damaged: {whole}"));
        }
        drop(conn);
        let reader = Reader::open(morgue.path()).map_err(|error| error.to_string())?;
        let checked = reader.verify().map_err(|error| error.to_string())?;
        match checked.fault() {
            Some(fault) => {
                Err(format!("after a further append the chain is broken at {}: {}", fault.number, fault.what))
            }
            None => Ok(()),
        }
    }
}

fn put_pins(ledger: &Ledger, disk: &Disk, life: &mut Life, count: usize) {
    for _ in 0..count {
        let digest = format!("digest {} of {}", life.pins.len(), identity().terminal);
        wait(ledger.put_pin(&digest, "$argon2id$v=19$invented")).unwrap();
        life.pins.push((digest, disk.position()));
    }
}
