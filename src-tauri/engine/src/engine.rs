//! The loop: decide → remember → tell → act. One task owns the till; everybody else sends it messages.
//!
//! Nothing leaves before the ledger has it. A person's step that cannot be saved is undone and refused; evidence that
//! cannot be saved is held, tried again each second, and nothing else is decided meanwhile.

use crate::clock::Clock;
use crate::ledger::{Identity, Ledger, LedgerError, Persist};
use crate::wire::{Far, Wire, WireError};
use checkstand_core::ask::{Ask, Input};
use checkstand_core::message::{Now, Signal};
use checkstand_core::money::Money;
use checkstand_core::payment::{Event, PaymentId, ProviderName, State};
use checkstand_core::problem::Problem;
use checkstand_core::till::{Setup, Step, TILL_OPERATOR, Till};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// Messages that may wait for the loop.
const INBOX_MAX: usize = 256;
const RETRY_EVERY: Duration = Duration::from_secs(1);
/// The loop looks at the clock at least so often: the only way to notice soon that the machine has slept.
const NAP_MAX_MS: i64 = 1_000;
/// A gap on the boot clock by which the machine must have slept.
const SLEPT_MS: i64 = 5_000;

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
    Ask { operator: String, ask: Box<Ask>, answer: oneshot::Sender<Result<(), Problem>> },
    Look(Look),
    Stop(oneshot::Sender<()>),
}

/// The door to the loop. Cheap to clone.
#[derive(Clone)]
pub struct Handle {
    inbox: mpsc::Sender<Message>,
    revisions: watch::Receiver<u64>,
}

impl Handle {
    /// Asks the till on behalf of an operator.
    ///
    /// # Errors
    /// The problem why nothing was done.
    pub async fn ask(&self, operator: &str, ask: Ask) -> Result<(), Problem> {
        let (answer, answered) = oneshot::channel();
        let message = Message::Ask { operator: operator.to_owned(), ask: Box::new(ask), answer };
        self.inbox.send(message).await.map_err(|_| ended())?;
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

/// Opens the ledger, replays it, takes up every watch, and starts the loop on the current tokio runtime.
///
/// # Errors
/// A [`StartError`]; nothing was sent.
pub async fn start(options: Options) -> Result<Handle, StartError> {
    let Options { identity, data_dir, setup, far } = options;
    let (ledger, replayed) = tokio::task::spawn_blocking(move || Ledger::open(&data_dir, identity))
        .await
        .expect("opening does not panic")?;
    let (news_in, news) = mpsc::unbounded_channel();
    let wire = Wire::start(far, news_in)?;
    let mut till = Till::new(setup);
    till.apply(&replayed.entries);
    let clock = Clock::new();
    let step = till.resume(clock.now());
    let (revision, revisions) = watch::channel(1);
    let (inbox_in, inbox) = mpsc::channel(INBOX_MAX);
    let mut engine = Loop { till, ledger, wire, clock, revision, storage: Storage::default(), unsaved: None };
    match engine.save(step.record.clone()).await {
        Persist::Ok { .. } => engine.carry_out(step),
        Persist::Failed(why) | Persist::Unknown(why) => return Err(StartError::Storage(why)),
    }
    tokio::spawn(engine.run(inbox, news));
    Ok(Handle { inbox: inbox_in, revisions })
}

/// A step whose entries could not be saved, or perhaps were.
struct Unsaved {
    step: Step,
    /// The payment that a person's step would have opened.
    opens: Option<PaymentId>,
    /// A person asked and was told that it did not work: it may be recorded, but never carried out.
    refused: bool,
}

struct Loop {
    till: Till,
    ledger: Ledger,
    wire: Wire,
    clock: Clock,
    revision: watch::Sender<u64>,
    storage: Storage,
    unsaved: Option<Unsaved>,
}

impl Loop {
    async fn run(
        mut self,
        mut inbox: mpsc::Receiver<Message>,
        mut news: mpsc::UnboundedReceiver<(ProviderName, Signal)>,
    ) {
        let mut seen_ms = self.clock.now().boot_ms;
        loop {
            let healthy = self.unsaved.is_none();
            let nap = self.nap();
            // News before people: a receipt may be among it.
            tokio::select! {
                biased;
                Some((provider, signal)) = news.recv(), if healthy => self.hear(provider, signal).await,
                () = tokio::time::sleep(nap), if healthy => self.tick().await,
                () = tokio::time::sleep(RETRY_EVERY), if !healthy => self.retry().await,
                message = inbox.recv() => match message {
                    Some(Message::Ask { operator, ask, answer }) => _ = answer.send(self.ask(operator, *ask).await),
                    Some(Message::Look(look)) => self.show(look),
                    Some(Message::Stop(done)) => {
                        self.ledger.close().await;
                        _ = done.send(());
                        return;
                    }
                    None => return self.ledger.close().await,
                },
            }
            let now_ms = self.clock.now().boot_ms;
            if healthy && now_ms - seen_ms >= SLEPT_MS {
                tracing::info!(ms = now_ms - seen_ms, "the machine slept; everything is asked again");
                _ = self.ask(TILL_OPERATOR.to_owned(), Ask::LookNow).await;
            }
            seen_ms = now_ms;
        }
    }

    fn nap(&self) -> Duration {
        let left_ms = self.till.wake_at_ms().map_or(NAP_MAX_MS, |(at_ms, _)| at_ms - self.clock.now().boot_ms);
        Duration::from_millis(u64::try_from(left_ms.clamp(0, NAP_MAX_MS)).expect("clamped"))
    }

    async fn tick(&mut self) {
        let now = self.clock.now();
        if let Some((_, provider)) = self.till.wake_at_ms().filter(|(at_ms, _)| *at_ms <= now.boot_ms) {
            let step = self.till.tick(provider, now);
            self.save_or_hold(step).await;
        }
    }

    async fn hear(&mut self, provider: ProviderName, signal: Signal) {
        let step = self.till.decide(Input::Heard { provider, signal }, self.clock.now());
        self.save_or_hold(step).await;
    }

    async fn ask(&mut self, operator: String, ask: Ask) -> Result<(), Problem> {
        if self.unsaved.is_some() {
            return Err(Problem::new("storage_failed"));
        }
        let asked_for = match &ask {
            Ask::Sell(sale) => Some(sale.id),
            Ask::Refund(refund) => Some(refund.id),
            Ask::Cancel(_)
            | Ask::Park(_)
            | Ask::CheckNow(_)
            | Ask::CheckNumber { .. }
            | Ask::CustomerSays { .. }
            | Ask::Settle { .. }
            | Ask::Acknowledge(_)
            | Ask::LookNow => None,
        };
        let opens = asked_for.filter(|id| self.till.book().payment(*id).is_none());
        let step = self.till.decide(Input::Asked { operator, ask }, self.clock.now());
        if let Some(problem) = step.problem {
            return Err(problem);
        }
        match self.save(step.record.clone()).await {
            Persist::Ok { .. } => {
                self.carry_out(step);
                Ok(())
            }
            Persist::Failed(why) => {
                tracing::error!(why, "the ledger refused an entry");
                self.undo(step, opens).await;
                Err(Problem::new("storage_failed"))
            }
            Persist::Unknown(why) => {
                tracing::error!(why, "nobody knows whether an entry was saved");
                self.hold(Unsaved { step, opens, refused: true });
                Err(Problem::new("storage_unknown"))
            }
        }
    }

    async fn save(&self, record: Vec<checkstand_core::book::Entry>) -> Persist {
        if record.is_empty() { Persist::Ok { last_number: 0 } } else { self.ledger.append(record).await }
    }

    async fn save_or_hold(&mut self, step: Step) {
        match self.save(step.record.clone()).await {
            Persist::Ok { .. } => self.carry_out(step),
            Persist::Failed(why) | Persist::Unknown(why) => {
                tracing::error!(why, "evidence could not be saved; held and tried again");
                self.hold(Unsaved { step, opens: None, refused: false });
            }
        }
    }

    async fn undo(&mut self, step: Step, opens: Option<PaymentId>) {
        let follows = self.till.undo(step, opens, self.clock.now());
        self.save_or_hold(follows).await;
    }

    fn carry_out(&mut self, step: Step) {
        self.till.apply(&step.record);
        if step.repaint {
            self.revision.send_modify(|revision| *revision += 1);
        }
        for act in step.act {
            self.wire.act(act);
        }
    }

    fn hold(&mut self, unsaved: Unsaved) {
        let paid = unsaved.step.record.iter().filter(|entry| entry.state == State::Paid);
        self.storage.unsaved_paid = paid
            .filter_map(|entry| match &entry.event {
                Event::Captured(receipt) => {
                    let asked = self.till.book().payment(entry.payment).map(|payment| payment.opening.money);
                    let id = receipt.id.clone().unwrap_or_else(|| entry.payment.to_string());
                    receipt.money.or(asked).map(|money| (id, money))
                }
                _ => None,
            })
            .collect();
        self.storage.failing = true;
        self.unsaved = Some(unsaved);
        self.revision.send_modify(|revision| *revision += 1);
    }

    async fn retry(&mut self) {
        let Some(Unsaved { step, opens, refused }) = self.unsaved.take() else { return };
        match self.save(step.record.clone()).await {
            Persist::Ok { .. } if refused => {
                self.recovered();
                self.till.apply(&step.record);
                self.undo(step, opens).await;
            }
            Persist::Ok { .. } => {
                self.recovered();
                self.carry_out(step);
            }
            Persist::Failed(_) if refused => {
                self.recovered();
                self.undo(step, opens).await;
            }
            Persist::Failed(_) | Persist::Unknown(_) => self.unsaved = Some(Unsaved { step, opens, refused }),
        }
    }

    fn recovered(&mut self) {
        self.storage = Storage::default();
        self.revision.send_modify(|revision| *revision += 1);
    }

    fn show(&self, look: Look) {
        let revision = *self.revision.borrow();
        look(&Scene { till: &self.till, now: self.clock.now(), revision, storage: &self.storage });
    }
}
