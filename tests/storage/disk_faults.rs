//! Every call to the disk fails once, a few times, or for long: no room, errors at reads, writes, syncs, cuts, locks and names,
//! a file system that can only be read. What was acknowledged is durable at that very moment, what was refused is not there
//! and never comes back, and the same ledger goes on as soon as the disk does.

use crate::report::{Bench, Report, Share};
use crate::shelf::{Shelf, append, appends, waits};
use checkstand_core::book::Entry;
use checkstand_core::payment::PaymentId;
use checkstand_engine::ledger::{Ledger, LedgerError, Opened, Persist, Reader};
use checkstand_vfs::{Cut, Disk, Fault, Image, Plan, Wreck};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// So many calls fail, one after the other.
const TIMES: [u64; 3] = [1, 4, 60];
/// So often the till tries again while the disk fails; then it heals.
const TRIES_MAX: u32 = 80;
/// After it has healed.
const TRIES_ON_A_GOOD_DISK: u32 = 2;
const PAYMENTS: u64 = 8;
const SYNC_STORIES: u64 = 12;
const STORIES: u64 = 30;
const SEED: u64 = 4;
/// So many acknowledgements and refusals after a fault are looked at as a power cut would leave them.
const LOOKS_MAX: u32 = 3;
const PAGE_BYTES: usize = 4_096;
const BALLAST_BYTES: usize = 16 * 1024 * 1024;
/// Disks with room for so many pages more, and the ballast.
const FULL_DISKS: usize = 120;

/// One run.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Calls { plan: Plan, refusal: Refusal },
    Full { pages: usize },
}

/// What follows on a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Refusal {
    /// It is evidence: the same again until it is saved.
    AgainUntilSaved,
    /// A person asked for it, and is told that nothing was done.
    GivenUp,
}

pub fn run(share: &Share) -> Report {
    let all = troubles();
    let share = Share { count: share.count.map(|count| count.min(all.len() as u64)), ..*share };
    let bench = Bench::new("disk-faults", &share);
    let (failed_calls, looks) = (AtomicU64::new(0), AtomicU64::new(0));
    // A prime step, so that a short run meets every kind.
    let step = 7_919;
    bench.run(
        || (Shelf::new(), Shelf::new()),
        |(shop, morgue), seed| {
            let at = usize::try_from(seed.wrapping_mul(step)).unwrap() % all.len();
            let mut run = Run::new(shop, morgue, all[at]);
            match run.play() {
                Ok(hits) => {
                    failed_calls.fetch_add(hits, Ordering::Relaxed);
                    bench.pass();
                }
                Err(why) => bench.fail(&format!("--first {seed} --count 1: {:?}: {why}", all[at])),
            }
            looks.fetch_add(u64::from(run.looks), Ordering::Relaxed);
        },
    );
    let (calls, looks) = (failed_calls.load(Ordering::Relaxed), looks.load(Ordering::Relaxed));
    let more = format!(" of {} in all, {calls} calls failed, {looks} power cuts in the midst of it", all.len());
    bench.report("faults, each at another call", &more)
}

/// What was found once. A sync of the log fails, the next ones succeed, and the power is cut: the disk holds a part of the log
/// then, and a restart must not read it over the file into which all of it had been moved. And a read ends early: what it left in
/// the connection's memory must not be believed for ever.
pub fn stories() -> Report {
    let bench = Bench::new("disk-stories", &Share { count: Some(STORIES), ..Share::default() });
    bench.run(
        || (Shelf::new(), Shelf::new()),
        |(shop, morgue), seed| {
            let plan = if seed <= SYNC_STORIES {
                Plan { fault: Fault::SyncError, after: seed + 2, times: 2 }
            } else {
                Plan { fault: Fault::ShortRead, after: seed, times: 4 }
            };
            let trouble = Trouble::Calls { plan, refusal: Refusal::GivenUp };
            match Run::new(shop, morgue, trouble).play() {
                Ok(_) => bench.pass(),
                Err(why) => bench.fail(&format!("{trouble:?}: {why}")),
            }
        },
    );
    bench.report("stories", "")
}

/// Each fault at each call that it can hit, by the calls of a run without faults.
fn troubles() -> Vec<Trouble> {
    let (shop, morgue) = (Shelf::new(), Shelf::new());
    let mut all = Vec::new();
    for fault in Fault::ALL {
        let never = Plan { fault, after: u64::MAX, times: 1 };
        let mut run = Run::new(&shop, &morgue, Trouble::Calls { plan: never, refusal: Refusal::AgainUntilSaved });
        run.play().unwrap();
        for after in 0..run.calls {
            for times in TIMES {
                for refusal in [Refusal::AgainUntilSaved, Refusal::GivenUp] {
                    all.push(Trouble::Calls { plan: Plan { fault, after, times }, refusal });
                }
            }
        }
    }
    all.extend((0..FULL_DISKS).map(|pages| Trouble::Full { pages }));
    all
}

struct Run<'s> {
    shop: &'s Shelf,
    morgue: &'s Shelf,
    trouble: Trouble,
    disk: Arc<Disk>,
    wreck: Wreck,
    /// What the ledger has acknowledged, and how much of it waited for the disk.
    kept: Vec<Entry>,
    durable: usize,
    /// Calls that the fault could have hit.
    calls: u64,
    hits: u64,
    looks: u32,
}

impl<'s> Run<'s> {
    fn new(shop: &'s Shelf, morgue: &'s Shelf, trouble: Trouble) -> Run<'s> {
        let disk = Disk::with(Image::default());
        shop.put(&disk);
        disk.record();
        let wreck = Wreck::default();
        Run { shop, morgue, trouble, disk, wreck, kept: Vec::new(), durable: 0, calls: 0, hits: 0, looks: 0 }
    }

    /// Answers how many calls failed.
    fn play(&mut self) -> Result<u64, String> {
        let batches = appends(PAYMENTS, SEED);
        // A ledger with something in it, closed in order.
        let (ledger, _) = self.shop.open().map_err(|error| format!("on a good disk: {error}"))?;
        let (before, after) = batches.split_at(batches.len() / 2);
        for batch in before {
            self.append(&ledger, batch, &mut BTreeSet::new())?;
        }
        drop(ledger);
        self.begin();
        let (ledger, opened) = self.open()?;
        if usize::try_from(opened.last_number) != Ok(self.kept.len()) || opened.fault.is_some() {
            return Err(format!("it opens with {} lines and {:?}", opened.last_number, opened.fault));
        }
        let mut given_up = BTreeSet::new();
        for batch in after {
            self.append(&ledger, batch, &mut given_up)?;
        }
        // It is closed while the disk fails, too.
        drop(ledger);
        self.heal();
        let (ledger, opened) = self.shop.open().map_err(|error| format!("after all: {error}"))?;
        if let Some(fault) = opened.fault {
            return Err(format!("after all the chain is broken at {}: {}", fault.number, fault.what));
        }
        drop(ledger);
        self.compare(self.shop, self.kept.len())?;
        Ok(self.hits)
    }

    fn begin(&mut self) {
        match self.trouble {
            Trouble::Calls { plan, .. } => self.disk.plan(plan),
            Trouble::Full { pages } => self.disk.limit(pages * PAGE_BYTES, self.shop.ballast(), BALLAST_BYTES),
        }
    }

    fn heal(&mut self) {
        self.calls = self.calls.max(self.disk.calls());
        self.hits += self.disk.heal();
    }

    /// A till that does not open is started again; in the end on a good disk.
    fn open(&mut self) -> Result<(Ledger, Opened), String> {
        for _ in 0..TRIES_MAX {
            match self.shop.open() {
                Ok(opened) => return Ok(opened),
                Err(LedgerError::Storage(_)) => {}
                Err(error) => return Err(format!("it opens with {error}")),
            }
        }
        self.heal();
        self.shop.open().map_err(|error| format!("on a good disk again: {error}"))
    }

    /// Appends as the till does, and holds the ledger to its answers.
    fn append(&mut self, ledger: &Ledger, batch: &[Entry], given_up: &mut BTreeSet<PaymentId>) -> Result<(), String> {
        if batch.iter().any(|entry| entry.of_payment().is_some_and(|fact| given_up.contains(&fact.payment))) {
            return Ok(());
        }
        let (mut in_doubt, mut last) = (false, String::new());
        for attempt in 0..TRIES_MAX + TRIES_ON_A_GOOD_DISK {
            if attempt == TRIES_MAX {
                self.heal();
            }
            match append(ledger, batch) {
                Persist::Ok { last_number } => {
                    self.kept.extend(batch.iter().cloned());
                    if usize::try_from(last_number) != Ok(self.kept.len()) {
                        return Err(format!("line {last_number} was acknowledged, not {}", self.kept.len()));
                    }
                    if waits(batch) {
                        self.durable = self.kept.len();
                    }
                    return self.look(self.durable, self.kept.len(), "acknowledged");
                }
                Persist::Failed(why) => {
                    // The product has synced its folder before it says so.
                    self.disk.sync_names();
                    self.look(self.durable, self.kept.len(), "refused")?;
                    if let Trouble::Full { .. } = self.trouble {
                        return Err(format!("refused, though the ballast leaves room: {why}"));
                    }
                    if self.gives_up(batch) && !in_doubt {
                        given_up.extend(batch.iter().filter_map(|entry| entry.of_payment().map(|fact| fact.payment)));
                        return Ok(());
                    }
                    last = why;
                }
                Persist::Unknown(why) => {
                    in_doubt = true;
                    last = format!("unknown, {why}");
                }
            }
        }
        Err(format!("the disk is good again, and nothing is saved: {last}"))
    }

    /// Only what begins a payment is somebody's wish.
    fn gives_up(&self, batch: &[Entry]) -> bool {
        let Trouble::Calls { refusal: Refusal::GivenUp, .. } = self.trouble else { return false };
        batch
            .first()
            .and_then(Entry::of_payment)
            .is_some_and(|fact| matches!(fact.event, checkstand_core::payment::Event::Opened(_)))
    }

    /// Cuts the power now, in each way, and opens what is left: at least `durable` lines, at most `all`.
    fn look(&mut self, durable: usize, all: usize, when: &str) -> Result<(), String> {
        if self.disk.hits() == 0 || self.looks >= LOOKS_MAX {
            return Ok(());
        }
        self.looks += 1;
        for op in self.disk.take_log() {
            self.wreck.play(&op);
        }
        let mut chance = fastrand::Rng::with_seed(all as u64);
        for cut in Cut::ALL {
            let disk = self.morgue.put_image(self.wreck.cut(cut, &mut chance));
            let wrong = |what: String| format!("{when}, then {cut:?}: {what}");
            let (ledger, opened) = self.morgue.open().map_err(|error| wrong(error.to_string()))?;
            if let Some(fault) = opened.fault {
                return Err(wrong(format!("the chain is broken at {}: {}", fault.number, fault.what)));
            }
            drop(ledger);
            let found = usize::try_from(opened.last_number).unwrap();
            if !(durable..=all).contains(&found) {
                return Err(wrong(format!("{found} lines, where {durable} are durable of {all}")));
            }
            self.compare(self.morgue, found).map_err(wrong)?;
            drop(disk);
        }
        Ok(())
    }

    /// The ledger on this shelf holds exactly the first so many entries that were acknowledged.
    fn compare(&self, shelf: &Shelf, count: usize) -> Result<(), String> {
        let rows = Reader::open(shelf.path()).and_then(|reader| reader.rows()).map_err(|error| error.to_string())?;
        let entries: Vec<Entry> = rows.iter().map(|row| row.entry()).collect::<Result<_, _>>()?;
        if entries == self.kept[..count] {
            return Ok(());
        }
        let first = entries.iter().zip(&self.kept).position(|(found, kept)| found != kept);
        Err(format!("{} lines, {count} acknowledged; the first other one: {first:?}", entries.len()))
    }
}
