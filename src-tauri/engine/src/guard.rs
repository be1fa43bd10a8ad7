//! Watches over the journal: its anchor outside the file, and the check of its whole length beside the till. What it finds
//! stops new money at once; what is under way is still written down.

use crate::engine::Handle;
use crate::jobs::JobState;
use crate::ledger::{Anchor, AnchorState, AnchorVerdict, Anchors, End, Fault, Keep, Pace, Progress, Running, Tip};
use checkstand_core::problem::Problem;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// What is known of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JournalState {
    /// Its last stretch is in order; the rest is being checked.
    Checking,
    /// All of it was checked since the start.
    Sound,
    /// It was changed or damaged.
    Broken(Fault),
}

/// The guard of an open ledger.
pub struct Guard {
    dir: PathBuf,
    handle: Handle,
    tips: watch::Receiver<Tip>,
    state: watch::Sender<JournalState>,
    checked: watch::Sender<i64>,
    anchors: Mutex<Option<Anchors>>,
    anchor_state: Option<watch::Receiver<AnchorState>>,
    changed: Arc<watch::Sender<u64>>,
}

impl Guard {
    /// A guard that knows what the check at the opening found. `keep` is where the anchor lies; without one there is none.
    pub(crate) fn new(
        dir: PathBuf,
        handle: Handle,
        tips: watch::Receiver<Tip>,
        keep: Option<Keep>,
        changed: Arc<watch::Sender<u64>>,
    ) -> Guard {
        let anchors = keep.map(|keep| Anchors::start(keep, dir.clone(), tips.clone(), crate::clock::utc_ms));
        let anchor_state = anchors.as_ref().map(Anchors::state);
        let (state, checked) = (watch::Sender::new(JournalState::Checking), watch::Sender::new(0));
        Guard { dir, handle, tips, state, checked, anchors: Mutex::new(anchors), anchor_state, changed }
    }

    /// What is known of the journal.
    pub fn journal(&self) -> JournalState {
        self.state.borrow().clone()
    }

    /// The last line that was checked since the start.
    pub fn checked_through(&self) -> i64 {
        *self.checked.borrow()
    }

    /// The last line that is durable.
    pub fn tip(&self) -> Tip {
        *self.tips.borrow()
    }

    /// The anchor; `None` where none is kept.
    pub fn anchor(&self) -> Option<AnchorState> {
        self.anchor_state.as_ref().map(|state| state.borrow().clone())
    }

    /// Judges the anchor, lets money through, and checks the whole journal without hurry.
    pub(crate) async fn watch(&self, fault_at_opening: Option<Fault>) {
        if let Some(fault) = fault_at_opening {
            return self.broken(fault).await;
        }
        if let Some(fault) = self.anchor_fault().await {
            return self.broken(fault).await;
        }
        if self.handle.clear_of_checks().await.is_err() {
            return;
        }
        _ = self.check(Pace::Gentle, &mut |_, _| ControlFlow::Continue(())).await;
    }

    /// Checks the whole journal as fast as it can: somebody waits for it.
    pub(crate) async fn check_now(&self, on_step: &mut (dyn FnMut(u64, u64) -> ControlFlow<()> + Send)) -> JobState {
        if let Some(fault) = self.anchor_fault().await {
            self.broken(fault.clone()).await;
            return JobState::Failed(problem(&fault));
        }
        self.check(Pace::Full, on_step).await
    }

    /// Writes the anchor, and ends. The ledger was closed before.
    pub(crate) async fn finish(&self) {
        if let Some(anchors) = self.anchors.lock().await.take() {
            anchors.finish().await;
        }
    }

    async fn anchor_fault(&self) -> Option<Fault> {
        let anchors = self.anchors.lock().await;
        match anchors.as_ref()?.verdict().await {
            AnchorVerdict::Broken(fault) => Some(fault),
            AnchorVerdict::Agrees(Anchor { .. }) | AnchorVerdict::New => None,
            verdict @ (AnchorVerdict::Unanchored | AnchorVerdict::Unread(_)) => {
                tracing::warn!(?verdict, "the journal's anchor proves nothing at this start");
                None
            }
        }
    }

    async fn check(&self, pace: Pace, on_step: &mut (dyn FnMut(u64, u64) -> ControlFlow<()> + Send)) -> JobState {
        let through = self.tip().number;
        let running = match Running::start(&self.dir, Tip::START, through, pace) {
            Ok(running) => running,
            Err(error) => return JobState::Failed(Problem::new("storage_failed").with("detail", error)),
        };
        let mut news = running.progress();
        let end = loop {
            let Progress { reached, through, end } = news.borrow_and_update().clone();
            self.checked.send_replace(reached);
            if on_step(count(reached), count(through)).is_break() {
                running.stop();
            }
            if let Some(end) = end {
                break end;
            }
            if news.changed().await.is_err() {
                break Err("the check has ended without a word".to_owned());
            }
        };
        match end {
            Err(detail) => JobState::Failed(Problem::new("storage_failed").with("detail", detail)),
            Ok(checked) => match checked.end {
                End::Stopped => JobState::Cancelled,
                End::Broken(fault) => {
                    self.broken(fault.clone()).await;
                    JobState::Failed(problem(&fault))
                }
                End::Sound => {
                    self.sound(checked.through).await;
                    JobState::Done(None)
                }
            },
        }
    }

    async fn sound(&self, through: Tip) {
        if !matches!(*self.state.borrow(), JournalState::Broken(_)) {
            self.state.send_replace(JournalState::Sound);
        }
        if let Some(anchors) = self.anchors.lock().await.as_ref() {
            anchors.checked(through).await;
        }
        self.changed.send_modify(|revision| *revision += 1);
    }

    async fn broken(&self, fault: Fault) {
        tracing::error!(number = fault.number, what = fault.what, "the journal is not as it was written");
        self.state.send_replace(JournalState::Broken(fault.clone()));
        // An engine that has ended takes no money either.
        _ = self.handle.refuse_new_money(fault.number, fault.what).await;
    }
}

/// What a person reads about it.
fn problem(fault: &Fault) -> Problem {
    Problem::new("chain_broken").with("number", fault.number).with("detail", &fault.what)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
