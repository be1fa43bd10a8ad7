//! Real files in temporary folders.

mod anchor;
mod backup;
mod disk;
mod export;
mod forging;
mod history;
mod killed;
mod opening;
mod retention;
mod tampering;
mod verify;
mod views;

use super::*;
use checkstand_core::book::{Fact, PaymentFact};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{
    Details, Doubt, Ending, Event, Kind, Opening, Payment, PaymentId, ProviderName, Receipt,
};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn training() -> Identity {
    Identity { mode: Mode::Training, terminal: "till-1".to_owned() }
}

fn open(dir: &Path) -> (Ledger, Opened) {
    Ledger::open(dir, training()).expect("the ledger opens")
}

/// What is wrong with a ledger that opens all the same.
fn open_fault(dir: &Path) -> crate::ledger::Fault {
    open(dir).1.fault.expect("a fault")
}

fn open_error(dir: &Path) -> LedgerError {
    match Ledger::open(dir, training()) {
        Ok(_) => panic!("the ledger opened"),
        Err(error) => error,
    }
}

/// Everything in the journal.
fn whole_journal(dir: &Path) -> Vec<Entry> {
    let rows = Reader::open(dir).expect("a reader").rows().expect("rows");
    rows.iter().map(|row| row.entry().expect("an entry")).collect()
}

/// A connection of somebody else's.
fn sqlite(dir: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(dir.join(FILE_NAME)).expect("the file")
}

fn id(n: u64) -> PaymentId {
    PaymentId(uuid::Uuid::from_u64_pair(0x0192_0000_0000_7000, 0x8000_0000_0000_0000 | n))
}

fn opening(n: u64, kind: Kind) -> Event {
    Event::Opened(Opening {
        kind,
        provider: if n.is_multiple_of(2) { ProviderName::Mispay } else { ProviderName::Multipay },
        money: Money::new(20_105, Currency::Sar),
        reference: format!("S-{n:06}"),
        orphan: false,
        override_by: None,
        not_same_as: None,
        refund: None,
    })
}

fn sent() -> Event {
    Event::Sent { wire_id: None, baseline_minor: None }
}

fn captured(n: u64) -> Event {
    let money = Some(Money::new(20_105, Currency::Sar));
    Event::Captured(Receipt { differs: false, id: Some(format!("3558174609679{n}")), money })
}

fn details(n: u64) -> Event {
    let money = Some(Money::new(20_105, Currency::Sar));
    Event::DetailsRead(Details { purchase_id: format!("3558174609679{n}"), money, differs: false })
}

/// A payment's entries, as the core would record them.
fn story(n: u64, events: Vec<Event>) -> Vec<Entry> {
    let Some(Event::Opened(opening)) = events.first() else { panic!("a story starts with an opening") };
    let mut at_ms = 1_760_000_000_000 + i64::try_from(n).expect("a small number") * 60_000;
    let mut payment = Payment::open(id(n), opening.clone(), "sara", at_ms);
    let mut entries = Vec::new();
    for event in events {
        at_ms += 250;
        if !matches!(event, Event::Opened(_)) {
            payment = payment.after(&event, at_ms).expect("each event changes something");
        }
        let operator = if entries.is_empty() { "Åse" } else { "till" };
        entries.push(Entry {
            at_ms,
            operator: operator.to_owned(),
            fact: Fact::Payment(PaymentFact {
                payment: payment.id,
                event,
                state: payment.state,
                flags: payment.flags.clone(),
            }),
        });
    }
    entries
}

/// A few payments of every kind, as batches.
fn day() -> Vec<Vec<Entry>> {
    let sale = story(0, vec![opening(0, Kind::Sale), sent(), captured(0), details(0)]);
    let lost = story(1, vec![opening(1, Kind::Sale), sent(), Event::Doubted { doubt: Doubt::AnswerLost }]);
    let refused = story(2, vec![opening(2, Kind::Sale), sent(), Event::Refused { ending: Ending::CodeNotAccepted }]);
    let refund = Kind::Refund { of: id(0), retry_of: None };
    let refund = story(3, vec![opening(3, refund), sent(), Event::SaidError, captured(3)]);
    let late =
        story(4, vec![opening(4, Kind::Sale), sent(), Event::Refused { ending: Ending::Configuration }, captured(4)]);
    let read = story(
        5,
        vec![
            opening(5, Kind::Sale),
            sent(),
            Event::Refused { ending: Ending::Configuration },
            captured(5),
            Event::Acknowledged,
        ],
    );
    let mut batches = vec![sale[..2].to_vec(), sale[2..3].to_vec(), sale[3..].to_vec()];
    batches.extend([lost, refused, refund, late, read]);
    batches
}

async fn append_all(ledger: &Ledger, batches: Vec<Vec<Entry>>) {
    for batch in batches {
        append(ledger, batch).await;
    }
}

async fn append(ledger: &Ledger, entries: Vec<Entry>) {
    let answer = ledger.append(entries).await;
    assert!(matches!(answer, Persist::Ok { .. }), "{answer:?}");
}

/// A folder with a closed ledger that holds [`day`].
async fn closed_day() -> tempfile::TempDir {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append_all(&ledger, day()).await;
    ledger.close().await;
    dir
}

impl Ledger {
    /// Runs something on the writing thread, after all that was asked before.
    fn on_thread<T: Send + 'static>(&self, work: impl FnOnce(&mut Writer) -> T + Send + 'static) -> T {
        let (answer, answered) = std::sync::mpsc::channel();
        let job = Job::Run(Box::new(move |writer| _ = answer.send(work(writer))));
        self.ask(job).expect("the thread lives");
        answered.recv().expect("an answer")
    }

    fn plan(&self, faults: impl IntoIterator<Item = writer::Fault>) {
        let faults: Vec<writer::Fault> = faults.into_iter().collect();
        self.on_thread(move |writer| writer.faults.extend(faults));
    }

    /// The next append fails for certain.
    pub(crate) fn plan_refusal(&self) {
        self.plan([writer::Fault::CommitFails]);
    }

    /// The next append is written, and nobody can tell.
    pub(crate) fn plan_doubt(&self) {
        self.plan([writer::Fault::CommitAnswerLost, writer::Fault::ReopenFails]);
    }

    /// Appends wait until the answer is dropped.
    pub(crate) fn stall(&self) -> std::sync::mpsc::Sender<()> {
        let (release, held) = std::sync::mpsc::channel();
        self.ask(Job::Run(Box::new(move |_| _ = held.recv()))).expect("the thread lives");
        release
    }
}
