//! The loop: decide → remember → tell → act. One task owns the till; everybody else sends it messages.
//!
//! Nothing leaves before the ledger has it. A person's step that cannot be saved is undone and refused; evidence that
//! cannot be saved is held, tried again each second, and nothing else is decided meanwhile.

mod pin_desk;
mod till_loop;

use crate::clock::Clock;
use crate::guard::Guard;
use crate::jobs::Jobs;
use crate::ledger::{Identity, Keep, Ledger, LedgerError, Persist};
use crate::office::Office;
use crate::residency::{self, Residency};
use crate::wire::{Far, Wire, WireError};
use checkstand_core::ask::{Ask, Deed, Wish};
use checkstand_core::book::{Entry, Fact};
use checkstand_core::message::Now;
use checkstand_core::money::Money;
use checkstand_core::payment::PaymentId;
use checkstand_core::problem::Problem;
use checkstand_core::store::StoreEvent;
use checkstand_core::till::{Setup, TILL_OPERATOR, Till};
use pin_desk::PinDesk;
use std::path::PathBuf;
use std::sync::Arc;
use till_loop::{Ears, Loop};
use tokio::sync::{mpsc, oneshot, watch};

/// Messages that may wait for the loop.
const INBOX_MAX: usize = 256;

/// What an engine needs to start.
pub struct Options {
    /// Mode and terminal: written into every entry.
    pub identity: Identity,
    /// The folder of this mode's ledger.
    pub data_dir: PathBuf,
    /// The providers' accounts, secrets included.
    pub setup: Setup,
    /// The live wire, or the simulator.
    pub far: Far,
    /// How the store counts its days: the IANA name of its time zone, and the minutes after midnight at which they begin.
    pub calendar: (String, u32),
    /// Where the journal's anchor is kept; `None` keeps none.
    pub keep: Option<Keep>,
}

/// Why an engine did not start. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The ledger cannot be used.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The wire cannot be set up.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The ledger opened, but what the restart means could not be saved.
    #[error("the ledger does not take entries: {0}")]
    Storage(String),
}

/// Whether the ledger takes entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Storage {
    /// Nothing new can be charged.
    pub failing: bool,
    /// What a provider reports paid and this till cannot save: receipt id and amount.
    pub unsaved_paid: Vec<(String, Money)>,
}

/// The till as it is at one moment, for whoever looks.
pub struct Scene<'a> {
    /// Its payments and lines.
    pub till: &'a Till,
    /// The moment.
    pub now: Now,
    /// Counts up with everything that can be seen.
    pub revision: u64,
    /// The ledger's health.
    pub storage: &'a Storage,
}

type Look = Box<dyn FnOnce(&Scene<'_>) + Send>;

enum Message {
    Wish { wish: Box<Wish>, answer: oneshot::Sender<Result<(), Problem>> },
    NoteForPerson { event: StoreEvent, answer: oneshot::Sender<Result<(), Problem>> },
    Recall { payment: PaymentId, answer: oneshot::Sender<Result<(), Problem>> },
    ClearOfChecks,
    Broken { number: i64, detail: String },
    RefuseForThisRun { number: i64, detail: String },
    OutdateLists,
    SetUp { setup: Box<Setup>, answer: oneshot::Sender<Result<(), Problem>> },
    Look(Look),
    Stop(oneshot::Sender<()>),
}

/// The door to the loop. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    inbox: mpsc::Sender<Message>,
    revisions: watch::Receiver<u64>,
    crashed: watch::Receiver<bool>,
}

impl Handle {
    /// What a person at the till wants. Answers when it is recorded and under way, or why it is not; where a PIN is asked
    /// for, after its check.
    ///
    /// # Errors
    /// The problem why nothing was done.
    pub async fn wish(&self, wish: Wish) -> Result<(), Problem> {
        let (answer, answered) = oneshot::channel();
        self.inbox.send(Message::Wish { wish: Box::new(wish), answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// Does something in the name of whoever is signed in, without anybody's approval.
    ///
    /// # Errors
    /// The problem why nothing was done.
    pub async fn ask(&self, ask: Ask) -> Result<(), Problem> {
        self.wish(Wish::Do { deed: Deed::Ask(ask), approver: None }).await
    }

    /// Writes down what somebody asked for, in the name of whoever is signed in by now, else the till's.
    ///
    /// # Errors
    /// `storage_failed`, `storage_unknown`.
    pub(crate) async fn note_for_person(&self, event: StoreEvent) -> Result<(), Problem> {
        let (answer, answered) = oneshot::channel();
        self.inbox.send(Message::NoteForPerson { event, answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// The journal was looked at enough to take money.
    ///
    /// # Errors
    /// The engine has ended.
    pub(crate) async fn clear_of_checks(&self) -> Result<(), Problem> {
        self.inbox.send(Message::ClearOfChecks).await.map_err(|_| ended())
    }

    /// The journal is wrong from this line on.
    ///
    /// # Errors
    /// The engine has ended.
    pub(crate) async fn refuse_new_money(&self, number: i64, detail: String) -> Result<(), Problem> {
        self.inbox.send(Message::Broken { number, detail }).await.map_err(|_| ended())
    }

    /// The same, but nobody can tell whether it was accepted: the next start looks again.
    ///
    /// # Errors
    /// The engine has ended.
    pub(crate) async fn refuse_for_this_run(&self, number: i64, detail: String) -> Result<(), Problem> {
        self.inbox.send(Message::RefuseForThisRun { number, detail }).await.map_err(|_| ended())
    }

    /// Has the lists made anew at the next start.
    ///
    /// # Errors
    /// The engine has ended.
    pub(crate) async fn outdate_lists(&self) -> Result<(), Problem> {
        self.inbox.send(Message::OutdateLists).await.map_err(|_| ended())
    }

    /// Has an old payment taken out of the journal, so that it can be looked at. One that is not there is no error.
    ///
    /// # Errors
    /// `storage_failed`, or the engine has ended.
    pub async fn recall(&self, payment: PaymentId) -> Result<(), Problem> {
        let (answer, answered) = oneshot::channel();
        self.inbox.send(Message::Recall { payment, answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// Goes on with other accounts and limits, at once and without a restart: see [`Till::set_up`].
    ///
    /// # Errors
    /// `storage_failed`: the ledger takes no entries, so nothing is decided now. The old ones are still in use.
    pub async fn set_up(&self, setup: Setup) -> Result<(), Problem> {
        let (answer, answered) = oneshot::channel();
        self.inbox.send(Message::SetUp { setup: Box::new(setup), answer }).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())?
    }

    /// Looks at the till.
    ///
    /// # Errors
    /// The engine has ended.
    pub async fn look<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Scene<'_>) -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (answer, answered) = oneshot::channel();
        let look: Look = Box::new(move |scene| _ = answer.send(look(scene)));
        self.inbox.send(Message::Look(look)).await.map_err(|_| ended())?;
        answered.await.map_err(|_| ended())
    }

    /// Tells each new revision.
    pub fn revisions(&self) -> watch::Receiver<u64> {
        self.revisions.clone()
    }

    /// Answers when the loop has stopped by a mistake of its own, and never where it ends as it should. Nothing is lost by it:
    /// the next start takes everything up from the ledger.
    pub async fn crashed(&self) {
        let mut crashed = self.crashed.clone();
        if crashed.wait_for(|has_crashed| *has_crashed).await.is_err() {
            std::future::pending().await
        }
    }

    /// Ends the engine; the ledger is closed when this returns.
    pub async fn stop(&self) {
        let (done, ended) = oneshot::channel();
        if self.inbox.send(Message::Stop(done)).await.is_ok() {
            _ = ended.await;
        }
    }
}

fn ended() -> Problem {
    Problem::new("internal").with("detail", "engine ended")
}

/// Opens the ledger, takes over what it holds, takes up every watch, and starts the loop on the current tokio runtime. Money
/// is taken as soon as the journal's anchor was judged.
///
/// # Errors
/// A [`StartError`]; nothing was sent.
pub async fn start(options: Options) -> Result<(Handle, Office), StartError> {
    let Options { identity, data_dir, setup, far, calendar, keep } = options;
    let dir = data_dir.clone();
    let (ledger, opened, residency) = tokio::task::spawn_blocking(move || {
        let (ledger, opened) = Ledger::open(&data_dir, identity)?;
        Ok::<_, LedgerError>((ledger, opened, Residency::open(&data_dir)?))
    })
    .await
    .expect("opening does not panic")?;
    let (news_in, news) = mpsc::unbounded_channel();
    let wire = Wire::start(far, news_in)?;
    let (fault, opened_at, tips) = (opened.fault.clone(), opened.last_number, ledger.tips());
    let mut till = Till::new(setup);
    residency::take_over(&mut till, opened);
    let clock = Clock::new();
    let mut step = till.resume(clock.now());
    till.await_checks();
    if till.store().calendar.as_ref() != Some(&calendar) {
        // Before the first payment of this run, so that its day is counted by it.
        let (zone, cutoff_min) = calendar;
        let fact = Fact::Store(StoreEvent::CalendarSet { zone, cutoff_min });
        let entry = Entry { at_ms: clock.now().utc_ms, operator: TILL_OPERATOR.to_owned(), fact };
        step.record.insert(0, entry);
    }
    let (revision, revisions) = watch::channel(1);
    let revision = Arc::new(revision);
    let (inbox_in, inbox) = mpsc::channel(INBOX_MAX);
    let (pins, pin_news) = PinDesk::new(dir.clone());
    let mut engine = Loop::new(till, ledger, residency, wire, pins, clock, Arc::clone(&revision));
    match engine.save(step.record.clone()).await {
        Persist::Ok { .. } => engine.carry_out(step),
        Persist::Failed(why) | Persist::Unknown(why) => return Err(StartError::Storage(why)),
    }
    let running = tokio::spawn(engine.run(Ears { inbox, news, pin_news }));
    let (crash, crashed) = watch::channel(false);
    tokio::spawn(async move {
        if running.await.is_err_and(|error| error.is_panic()) {
            crash.send_replace(true);
            tracing::error!("the till stopped by a mistake of its own");
        }
    });
    let handle = Handle { inbox: inbox_in, revisions, crashed };
    let guard = Arc::new(Guard::new(dir.clone(), handle.clone(), opened_at, tips, keep, Arc::clone(&revision)));
    let watching = Arc::clone(&guard);
    tokio::spawn(async move { watching.watch(fault).await });
    let office = Office::new(dir, handle.clone(), Jobs::new(revision), guard);
    Ok((handle, office))
}
