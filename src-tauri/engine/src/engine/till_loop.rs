//! The loop itself: one task that owns the till, its ledger and its wire.

use super::pin_desk::{PinDesk, PinNews};
use super::{Look, Message, Scene, Storage};
use crate::clock::Clock;
use crate::ledger::{Ledger, LedgerError, Persist};
use crate::residency::Residency;
use crate::wire::Wire;
use checkstand_core::ask::{Ask, Input, Wish};
use checkstand_core::book::Entry;
use checkstand_core::message::Signal;
use checkstand_core::payment::{Event, PaymentId, ProviderName, State};
use checkstand_core::problem::Problem;
use checkstand_core::store::StoreEvent;
use checkstand_core::till::{Setup, Step, TILL_OPERATOR, Till};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

const RETRY_EVERY: Duration = Duration::from_secs(1);
/// The loop looks at the clock at least so often: the only way to notice soon that the machine has slept.
const NAP_MAX_MS: i64 = 1_000;
/// A gap on the boot clock by which the machine must have slept.
const SLEPT_MS: i64 = 5_000;

type Answer = oneshot::Sender<Result<(), Problem>>;

/// A step whose entries could not be saved, or perhaps were.
struct Unsaved {
    step: Step,
    /// A person asked and was told that it did not work: it may be recorded, but never carried out.
    refused: bool,
}

pub(super) struct Loop {
    pub(super) till: Till,
    pub(super) ledger: Ledger,
    residency: Residency,
    pub(super) wire: Wire,
    pub(super) pins: PinDesk,
    pub(super) clock: Clock,
    pub(super) revision: Arc<watch::Sender<u64>>,
    pub(super) storage: Storage,
    unsaved: Option<Unsaved>,
    /// Who waits for which job.
    waiting: BTreeMap<u64, Answer>,
}

/// What the loop listens to.
pub(super) struct Ears {
    pub(super) inbox: mpsc::Receiver<Message>,
    pub(super) news: mpsc::UnboundedReceiver<(ProviderName, Signal)>,
    pub(super) pin_news: mpsc::UnboundedReceiver<PinNews>,
}

impl Loop {
    pub(super) fn new(
        till: Till,
        ledger: Ledger,
        residency: Residency,
        wire: Wire,
        pins: PinDesk,
        clock: Clock,
        revision: Arc<watch::Sender<u64>>,
    ) -> Loop {
        let (storage, waiting) = (Storage::default(), BTreeMap::new());
        Loop { till, ledger, residency, wire, pins, clock, revision, storage, unsaved: None, waiting }
    }

    pub(super) async fn run(mut self, ears: Ears) {
        let Ears { mut inbox, mut news, mut pin_news } = ears;
        let mut seen_ms = self.clock.now().boot_ms;
        loop {
            let healthy = self.unsaved.is_none();
            let nap = self.nap();
            // News before people: a receipt may be among it.
            tokio::select! {
                biased;
                Some((provider, signal)) = news.recv(), if healthy => self.hear(provider, signal).await,
                Some(news) = pin_news.recv(), if healthy => self.hear_pin(news).await,
                () = tokio::time::sleep(nap), if healthy => self.tick().await,
                () = tokio::time::sleep(RETRY_EVERY), if !healthy => self.retry().await,
                message = inbox.recv() => match message {
                    Some(Message::Wish { wish, answer }) => self.wish(*wish, answer).await,
                    Some(Message::NoteForPerson { event, answer }) => {
                        let operator = self.till.session().map_or(TILL_OPERATOR, |session| &session.name).to_owned();
                        _ = answer.send(self.person(Input::Noted { operator, event }).await.map(|_| ()));
                    }
                    Some(Message::Recall { payment, answer }) => _ = answer.send(self.recall(payment)),
                    Some(Message::ClearOfChecks) => {
                        self.till.clear_of_checks();
                        self.repaint();
                    }
                    Some(Message::Broken { number, detail }) => self.broken(number, detail).await,
                    Some(Message::RefuseForThisRun { number, detail }) => {
                        self.till.refuse_new_money(number, &detail);
                        self.repaint();
                    }
                    Some(Message::OutdateLists) => {
                        if let Err(error) = self.ledger.outdate_view().await {
                            tracing::error!(%error, "the next start cannot be told to make the lists anew");
                        }
                    }
                    Some(Message::SetUp { setup, answer }) => _ = answer.send(self.set_up(*setup).await),
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
                _ = self.person(Input::Asked { operator: TILL_OPERATOR.to_owned(), ask: Ask::LookNow }).await;
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
        let input = Input::Heard { provider, signal };
        self.residency.recall_for_news(&mut self.till, &input).await;
        let step = self.till.decide(input, self.clock.now());
        self.save_or_hold(step).await;
    }

    /// A person's wish is answered now, or when the job that it waits for is done.
    async fn wish(&mut self, wish: Wish, answer: Answer) {
        match self.person(Input::Wished(wish)).await {
            Ok(Some(job)) => _ = self.waiting.insert(job, answer),
            Ok(None) => _ = answer.send(Ok(())),
            Err(problem) => _ = answer.send(Err(problem)),
        }
    }

    async fn set_up(&mut self, setup: Setup) -> Result<(), Problem> {
        if self.unsaved.is_some() {
            return Err(Problem::new("storage_failed"));
        }
        let step = self.till.set_up(setup, self.clock.now());
        self.save_or_hold(step).await;
        Ok(())
    }

    /// The journal is wrong: no new money, and the finding is written down once.
    async fn broken(&mut self, number: i64, detail: String) {
        self.till.refuse_new_money(number, &detail);
        self.repaint();
        if self.till.store().broken.as_ref() != Some(&(number, detail.clone())) {
            let event = StoreEvent::JournalBroken { number, detail };
            let noted = self.person(Input::Noted { operator: TILL_OPERATOR.to_owned(), event }).await;
            if let Err(problem) = noted {
                tracing::error!(code = problem.code, "the finding could not be written down");
            }
        }
    }

    fn repaint(&self) {
        self.revision.send_modify(|revision| *revision += 1);
    }

    async fn hear_pin(&mut self, news: PinNews) {
        let (job, input) = match news {
            PinNews::Checked { job, check } => (job, Input::PinChecked { job, check }),
            PinNews::Hashed { job, hash } => {
                let digest = match hash {
                    Some((digest, phc)) => match self.ledger.put_pin(&digest.0, &phc).await {
                        Ok(()) => Some(digest),
                        Err(error) => {
                            tracing::error!(%error, "a PIN's hash could not be kept");
                            None
                        }
                    },
                    None => None,
                };
                (job, Input::PinHashed { job, digest })
            }
        };
        // The answers of its step reach whoever waits; a step that could not be saved has none.
        if let Err(problem) = self.person(input).await {
            self.answer(job, Err(problem));
        }
    }

    fn answer(&mut self, job: u64, result: Result<(), Problem>) {
        if let Some(answer) = self.waiting.remove(&job) {
            _ = answer.send(result);
        }
    }

    fn recall(&mut self, payment: PaymentId) -> Result<(), Problem> {
        // What a look asks for is what a check asks for.
        let input = Input::Asked { operator: TILL_OPERATOR.to_owned(), ask: Ask::CheckNow(payment) };
        self.residency.recall(&mut self.till, &input).map_err(|error| unreadable(&error))
    }

    /// Decides what a person asked for. `Ok` with the number of the job that it waits for, where it does.
    async fn person(&mut self, input: Input) -> Result<Option<u64>, Problem> {
        if self.unsaved.is_some() {
            return Err(Problem::new("storage_failed"));
        }
        self.residency.recall(&mut self.till, &input).map_err(|error| unreadable(&error))?;
        let step = self.till.decide(input, self.clock.now());
        if let Some(problem) = step.problem {
            return Err(problem);
        }
        match self.save(step.record.clone()).await {
            Persist::Ok { .. } => {
                let waits = step.waits;
                self.carry_out(step);
                Ok(waits)
            }
            Persist::Failed(why) => {
                tracing::error!(why, "the ledger refused an entry");
                self.undo(step).await;
                Err(Problem::new("storage_failed"))
            }
            Persist::Unknown(why) => {
                tracing::error!(why, "nobody knows whether an entry was saved");
                self.hold(Unsaved { step, refused: true });
                Err(Problem::new("storage_unknown"))
            }
        }
    }

    pub(super) async fn save(&self, record: Vec<Entry>) -> Persist {
        if record.is_empty() { Persist::Ok { last_number: 0 } } else { self.ledger.append(record).await }
    }

    async fn save_or_hold(&mut self, step: Step) {
        match self.save(step.record.clone()).await {
            Persist::Ok { .. } => self.carry_out(step),
            Persist::Failed(why) | Persist::Unknown(why) => {
                tracing::error!(why, "evidence could not be saved; held and tried again");
                self.hold(Unsaved { step, refused: false });
            }
        }
    }

    async fn undo(&mut self, step: Step) {
        let opens = step.opens;
        let follows = self.till.undo(step, opens, self.clock.now());
        self.save_or_hold(follows).await;
    }

    pub(super) fn carry_out(&mut self, step: Step) {
        self.till.apply(&step.record);
        if step.repaint {
            self.repaint();
        }
        for act in step.act {
            if let Some(act) = self.pins.take(act) {
                self.wire.act(act);
            }
        }
        for (job, result) in step.answers {
            self.answer(job, result);
        }
    }

    fn hold(&mut self, unsaved: Unsaved) {
        let facts = unsaved.step.record.iter().filter_map(Entry::of_payment);
        self.storage.unsaved_paid = facts
            .filter(|fact| fact.state == State::Paid)
            .filter_map(|fact| match &fact.event {
                Event::Captured(receipt) => {
                    let asked = self.till.book().payment(fact.payment).map(|payment| payment.opening.money);
                    let id = receipt.id.clone().unwrap_or_else(|| fact.payment.to_string());
                    receipt.money.or(asked).map(|money| (id, money))
                }
                _ => None,
            })
            .collect();
        self.storage.failing = true;
        self.unsaved = Some(unsaved);
        self.repaint();
    }

    async fn retry(&mut self) {
        let Some(Unsaved { step, refused }) = self.unsaved.take() else { return };
        match self.save(step.record.clone()).await {
            Persist::Ok { .. } if refused => {
                self.recovered();
                self.till.apply(&step.record);
                self.undo(step).await;
            }
            Persist::Ok { .. } => {
                self.recovered();
                self.carry_out(step);
            }
            Persist::Failed(_) if refused => {
                self.recovered();
                self.undo(step).await;
            }
            Persist::Failed(_) | Persist::Unknown(_) => self.unsaved = Some(Unsaved { step, refused }),
        }
    }

    fn recovered(&mut self) {
        self.storage = Storage::default();
        self.repaint();
    }

    fn show(&self, look: Look) {
        let revision = *self.revision.borrow();
        look(&Scene { till: &self.till, now: self.clock.now(), revision, storage: &self.storage });
    }
}

fn unreadable(error: &LedgerError) -> Problem {
    tracing::error!(%error, "old payments cannot be read");
    Problem::new("storage_failed")
}

#[cfg(test)]
mod tests;
