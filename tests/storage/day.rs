//! Whole days of a shop: the real core, the real ledger on a disk that fails and loses its power, both far ends, and a wire
//! with faults. Then calm: the ledger must agree with the providers' books, and hold what the till was told that it holds.

use crate::report::{Bench, Report, Share};
use crate::shelf::{Shelf, append, waits};
use crate::world::{Append, Faults, HOUR_MS, MINUTE_MS, RealLedger, SECOND_MS, Shop, violations};
use checkstand_core::ask::Ask;
use checkstand_core::book::Entry;
use checkstand_core::payment::{Event, PaymentId, ProviderName};
use checkstand_engine::ledger::{Ledger, Persist, Reader};
use checkstand_simulator::customers::{Customers, Odds};
use checkstand_simulator::world::World;
use checkstand_vfs::{Cut, Disk, Fault, Plan, Wreck};
use std::sync::{Arc, Mutex};

const SALES: u32 = 12;
/// One append in so many begins a trouble with the disk.
const TROUBLE_ONE_IN: u32 = 12;
/// After so many appends a trouble ends, whatever is left of it.
const TROUBLE_APPENDS_MAX: u32 = 40;

pub fn run(share: &Share) -> Report {
    let bench = Bench::new("days", share);
    let tally = Mutex::new(Tally::default());
    bench.run(
        || (Shelf::new(), Shelf::new()),
        |(till, morgue), seed| {
            let shared = Arc::new(Mutex::new(Notes::default()));
            let mut shop = bad_day(till, morgue, seed, &shared);
            let mut wrongs = violations(&shop);
            shop.real = None;
            let notes = shared.lock().unwrap();
            wrongs.extend(notes.wrongs.iter().cloned());
            match entries(till) {
                Ok(found) if found == shop.ledger => {}
                Ok(found) => wrongs.push(format!("{} lines, and the till goes by {}", found.len(), shop.ledger.len())),
                Err(why) => wrongs.push(why),
            }
            let mut tally = tally.lock().unwrap();
            tally.add(&notes, shop.till.book().payments().count() as u64);
            drop(tally);
            if wrongs.is_empty() {
                bench.pass();
            } else {
                bench.fail(&format!("--first {seed} --count 1: {}", wrongs.join("\n  ")));
            }
        },
    );
    let tally = tally.into_inner().unwrap();
    bench.report("days", &format!(", {}", tally.words()))
}

/// Everything in the journal.
fn entries(shelf: &Shelf) -> Result<Vec<Entry>, String> {
    let rows = Reader::open(shelf.path()).and_then(|reader| reader.rows()).map_err(|error| error.to_string())?;
    rows.iter().map(|row| row.entry()).collect()
}

/// What is seen of a ledger while a day goes on.
#[derive(Default)]
struct Notes {
    /// No more trouble from now on.
    calm: bool,
    wrongs: Vec<String>,
    power_cuts: u64,
    failed_calls: u64,
    refused: u64,
    unsure: u64,
    intents: u64,
}

#[derive(Default)]
struct Tally {
    payments: u64,
    power_cuts: u64,
    failed_calls: u64,
    refused: u64,
    unsure: u64,
    intents: u64,
}

impl Tally {
    fn add(&mut self, notes: &Notes, payments: u64) {
        self.payments += payments;
        self.power_cuts += notes.power_cuts;
        self.failed_calls += notes.failed_calls;
        self.refused += notes.refused;
        self.unsure += notes.unsure;
        self.intents += notes.intents;
    }

    fn words(&self) -> String {
        format!(
            "{} payments, {} power cuts, {} calls to the disk failed, {} appends refused, {} unsure, {} money requests whose \
             intent was looked for on the disk before they left",
            self.payments, self.power_cuts, self.failed_calls, self.refused, self.unsure, self.intents
        )
    }
}

fn bad_day(till: &Shelf, morgue: &Shelf, seed: u64, notes: &Arc<Mutex<Notes>>) -> Shop {
    let mut shop = Shop::open(World::sampled(seed), Customers::Scripted(Odds::default()), seed);
    shop.real = Some(Box::new(OnDisk::new(till, morgue, seed, notes.clone())));
    shop.faults = Faults { disk_refuses: 0, ..Faults::swarm(&mut shop.chance) };
    let mut sales = Vec::new();
    for _ in 0..SALES {
        let pause_ms = shop.chance.i64(500..=60 * SECOND_MS);
        shop.run_for(pause_ms);
        press(&mut shop, &sales);
        sales.extend(sell(&mut shop));
    }
    let rest_ms = shop.chance.i64(0..=10 * MINUTE_MS);
    shop.run_for(rest_ms);
    shop.faults = Faults::none();
    notes.lock().unwrap().calm = true;
    shop.run_for(26 * HOUR_MS);
    shop
}

/// Now and then somebody cancels, parks or looks.
fn press(shop: &mut Shop, sales: &[PaymentId]) {
    if sales.is_empty() || shop.chance.u32(0..3) > 0 {
        return;
    }
    let id = sales[shop.chance.usize(0..sales.len())];
    let ask = match shop.chance.u32(0..3) {
        0 => Ask::Cancel(id),
        1 => Ask::Park(id),
        _ => Ask::CheckNow(id),
    };
    _ = shop.ask(ask);
}

/// A sale of a customer with a code of their own; its id, where it was taken.
pub fn sell(shop: &mut Shop) -> Option<PaymentId> {
    let provider = if shop.chance.bool() { ProviderName::Mispay } else { ProviderName::Multipay };
    let minor = shop.chance.i64(1_000..=90_000);
    let mut sale = shop.fresh_sale(provider, minor);
    let mut asked = shop.ask(Ask::Sell(sale.clone()));
    if let Some(other) = asked.as_ref().err().filter(|problem| problem.code == "same_customer") {
        sale.not_same_as = other.fields.get("payment").map(|id| PaymentId(id.parse().unwrap()));
        asked = shop.ask(Ask::Sell(sale.clone()));
    }
    asked.ok().map(|()| sale.id)
}

/// The product's ledger on a disk in memory.
struct OnDisk {
    /// Only its path is used: the shelf belongs to the worker.
    till: std::path::PathBuf,
    morgue: std::path::PathBuf,
    disk: Arc<Disk>,
    wreck: Wreck,
    ledger: Option<Ledger>,
    chance: fastrand::Rng,
    /// Lines that were acknowledged and waited for the disk.
    durable: usize,
    known: Vec<Entry>,
    trouble_appends: u32,
    last_trouble: Option<Plan>,
    notes: Arc<Mutex<Notes>>,
}

impl OnDisk {
    fn new(till: &Shelf, morgue: &Shelf, seed: u64, notes: Arc<Mutex<Notes>>) -> OnDisk {
        let disk = Disk::new();
        till.put(&disk);
        disk.record();
        let (ledger, _) = till.open().unwrap();
        OnDisk {
            till: till.path().to_owned(),
            morgue: morgue.path().to_owned(),
            disk,
            wreck: Wreck::default(),
            ledger: Some(ledger),
            chance: fastrand::Rng::with_seed(seed),
            durable: 0,
            known: Vec::new(),
            trouble_appends: 0,
            last_trouble: None,
            notes,
        }
    }

    fn note(&self, note: impl FnOnce(&mut Notes)) {
        note(&mut self.notes.lock().unwrap());
    }

    fn stir(&mut self) {
        let calm = self.notes.lock().unwrap().calm;
        self.trouble_appends = if calm { 0 } else { self.trouble_appends.saturating_sub(1) };
        if self.trouble_appends == 0 {
            self.heal();
        }
        if !calm && self.trouble_appends == 0 && self.chance.u32(0..TROUBLE_ONE_IN) == 0 {
            let fault = Fault::ALL[self.chance.usize(0..Fault::ALL.len())];
            let (after, times) = (self.chance.u64(0..60), [1, 3, 20, 400][self.chance.usize(0..4)]);
            let plan = Plan { fault, after, times };
            self.disk.plan(plan);
            self.last_trouble = Some(plan);
            self.trouble_appends = self.chance.u32(1..=TROUBLE_APPENDS_MAX);
        }
    }

    fn heal(&mut self) {
        let hits = self.disk.heal();
        self.note(|notes| notes.failed_calls += hits);
    }

    fn play_log(&mut self) {
        for op in self.disk.take_log() {
            self.wreck.play(&op);
        }
    }

    /// What a restart would find if the power were cut now and nothing else were kept.
    fn is_durable(&mut self) -> Result<(), String> {
        self.play_log();
        let disk = Disk::with(self.wreck.cut(Cut::DropAll, &mut self.chance));
        checkstand_vfs::mount(&self.morgue, disk);
        let (ledger, opened) =
            Ledger::open(&self.morgue, crate::shelf::identity()).map_err(|error| format!("I5: {error}"))?;
        drop(ledger);
        match usize::try_from(opened.last_number) {
            Ok(found) if found >= self.durable && opened.fault.is_none() => Ok(()),
            found => Err(format!(
                "I5: {found:?} lines are on the disk, {} were acknowledged; the last trouble: {:?}",
                self.durable, self.last_trouble
            )),
        }
    }
}

impl Drop for OnDisk {
    /// Whoever looks at the disk afterwards must see what is there.
    fn drop(&mut self) {
        self.heal();
    }
}

impl RealLedger for OnDisk {
    fn append(&mut self, record: &[Entry]) -> Append {
        self.stir();
        let Some(ledger) = &self.ledger else { return Append::Refused };
        match append(ledger, record) {
            Persist::Ok { .. } => {
                self.known.extend(record.iter().cloned());
                if waits(record) {
                    self.durable = self.known.len();
                }
                let is_intent = record
                    .iter()
                    .filter_map(Entry::of_payment)
                    .any(|fact| matches!(fact.event, Event::Sent { .. } | Event::SentAgain));
                if is_intent {
                    self.note(|notes| notes.intents += 1);
                    if let Err(why) = self.is_durable() {
                        self.note(|notes| notes.wrongs.push(why));
                    }
                }
                Append::Saved
            }
            Persist::Failed(_) => {
                self.disk.sync_names();
                self.note(|notes| notes.refused += 1);
                Append::Refused
            }
            Persist::Unknown(_) => {
                self.note(|notes| notes.unsure += 1);
                Append::Unsure { is_written: false }
            }
        }
    }

    fn restart(&mut self) -> Vec<Entry> {
        self.play_log();
        self.heal();
        self.trouble_appends = 0;
        let cut = Cut::ALL[self.chance.usize(0..Cut::ALL.len())];
        let image = self.wreck.cut(cut, &mut self.chance);
        self.wreck = Wreck::with(&image);
        self.ledger = None;
        self.disk = Disk::with(image);
        checkstand_vfs::mount(&self.till, self.disk.clone());
        self.disk.record();
        let opened = Ledger::open(&self.till, crate::shelf::identity());
        let found = Reader::open(&self.till).and_then(|reader| reader.rows());
        let found: Vec<Entry> = found.unwrap_or_default().iter().filter_map(|row| row.entry().ok()).collect();
        let whole = opened.as_ref().is_ok_and(|(_, opened)| opened.fault.is_none());
        let kept = found.len() >= self.durable && self.known.iter().zip(&found).all(|(known, found)| known == found);
        let durable = self.durable;
        self.note(|notes| {
            notes.power_cuts += 1;
            if !whole || !kept {
                notes.wrongs.push(format!("{cut:?}: {} lines of {durable} are left, whole: {whole}", found.len()));
            }
        });
        self.ledger = opened.ok().map(|(ledger, _)| ledger);
        self.durable = found.len();
        self.known.clone_from(&found);
        found
    }
}
