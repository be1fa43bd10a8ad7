//! Watches over the journal: its anchor outside the file, and the check of its whole length beside the till. What it finds
//! stops new money at once; what is under way is still written down.

use crate::engine::Handle;
use crate::jobs::JobState;
use crate::ledger::{
    AnchorState, AnchorVerdict, Anchors, End, Fault, Keep, LedgerError, ListsChecked, Pace, Progress, Reader, Running,
    Tip,
};
use checkstand_core::problem::Problem;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::{Mutex, watch};

/// Hears how many lines of how many are done, and says whether to go on.
type OnStep<'s> = &'s mut (dyn FnMut(u64, u64) -> ControlFlow<()> + Send);

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

/// Why the anchor proves less than it should. Sales go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnchorTrouble {
    /// The ledger holds lines, and none of them was anchored: a copy from elsewhere, or somebody removed the anchor. Stays for
    /// this run; it is anchored meanwhile.
    Missing,
    /// It cannot be read or written at present.
    Failing,
}

impl AnchorTrouble {
    /// `opened_at` is the ledger's last line as it was opened: in a new one there was nothing to anchor.
    fn of(state: &AnchorState, opened_at: i64) -> Option<AnchorTrouble> {
        match &state.verdict {
            _ if state.failing.is_some() => Some(AnchorTrouble::Failing),
            Some(AnchorVerdict::Unanchored) => (opened_at > 0).then_some(AnchorTrouble::Missing),
            Some(AnchorVerdict::Unread(_)) => Some(AnchorTrouble::Failing),
            // What is broken is said louder.
            Some(AnchorVerdict::New | AnchorVerdict::Agrees(_) | AnchorVerdict::Broken(_)) | None => None,
        }
    }
}

/// What is known of the lists, which are made from the journal and decide nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListsState {
    /// They were not compared with it yet.
    Unchecked,
    /// They say what it says.
    Alike,
    /// They do not. The next start makes them anew.
    Differ,
}

/// How a check ended that did not find all in order.
enum Unsound {
    /// It was called off.
    Stopped,
    /// Something is wrong; the till knows.
    Broken(Fault),
    /// The file could not be read.
    Unread(String),
}

impl Unsound {
    /// What the job's line says.
    fn ended(self) -> JobState {
        match self {
            Unsound::Stopped => JobState::Cancelled,
            Unsound::Broken(fault) => JobState::Failed(problem(&fault)),
            Unsound::Unread(why) => failed(&why),
        }
    }
}

/// The guard of an open ledger.
pub struct Guard {
    dir: PathBuf,
    handle: Handle,
    /// The last line as it was opened; 0 in a new ledger.
    opened_at: i64,
    tips: watch::Receiver<Tip>,
    state: watch::Sender<JournalState>,
    checked: watch::Sender<i64>,
    lists: watch::Sender<ListsState>,
    anchors: Mutex<Option<Anchors>>,
    anchor_state: Option<watch::Receiver<AnchorState>>,
    changed: Arc<watch::Sender<u64>>,
    closing: AtomicBool,
}

impl Guard {
    /// A guard that knows what the check at the opening found. `keep` is where the anchor lies; without one there is none.
    pub(crate) fn new(
        dir: PathBuf,
        handle: Handle,
        opened_at: i64,
        tips: watch::Receiver<Tip>,
        keep: Option<Keep>,
        changed: Arc<watch::Sender<u64>>,
    ) -> Guard {
        let utc_ms = crate::clock::utc_ms;
        let anchors = keep.map(|keep| Anchors::start(keep, dir.clone(), opened_at, tips.clone(), utc_ms));
        let anchor_state = anchors.as_ref().map(Anchors::state);
        if let Some(state) = anchor_state.clone() {
            tokio::spawn(tell_trouble(state, opened_at, Arc::clone(&changed)));
        }
        let (state, checked) = (watch::Sender::new(JournalState::Checking), watch::Sender::new(0));
        let lists = watch::Sender::new(ListsState::Unchecked);
        let (anchors, closing) = (Mutex::new(anchors), AtomicBool::new(false));
        Guard { dir, handle, opened_at, tips, state, checked, lists, anchors, anchor_state, changed, closing }
    }

    /// What is known of the journal.
    pub fn journal(&self) -> JournalState {
        self.state.borrow().clone()
    }

    /// What is known of the lists.
    pub fn lists(&self) -> ListsState {
        *self.lists.borrow()
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

    /// The last line that a manager accepted as it is: checks begin behind it. [`Tip::START`] where there is none, or where
    /// the anchor cannot be read.
    pub fn accepted(&self) -> Tip {
        self.anchor().map_or(Tip::START, |state| state.accepted)
    }

    /// What somebody should know about the anchor.
    pub fn anchor_trouble(&self) -> Option<AnchorTrouble> {
        self.anchor_state.as_ref().and_then(|state| AnchorTrouble::of(&state.borrow(), self.opened_at))
    }

    /// Judges the anchor, lets money through, and checks the whole journal without hurry.
    pub(crate) async fn watch(&self, fault_at_opening: Option<Fault>) {
        let verdict = self.verdict().await;
        match (fault_at_opening, verdict) {
            // Perhaps it was accepted; only the anchor knows, so nothing is written down about it.
            (Some(fault), Some(AnchorVerdict::Unread(_))) => return self.broken_for_now(fault).await,
            (Some(fault), _) if fault.number > self.accepted().number => return self.broken(fault).await,
            (_, Some(AnchorVerdict::Broken(fault))) => return self.broken(fault).await,
            // The opening stopped at what was accepted: what came after it was not looked at yet.
            (Some(fault), _) => match self.look_through(self.newest(), Pace::Full, &mut |_, _| self.goes_on()).await {
                Ok(_) => {}
                Err(Unsound::Broken(_) | Unsound::Stopped) => return,
                Err(Unsound::Unread(_)) => return self.broken_for_now(fault).await,
            },
            (None, _) => {}
        }
        if self.handle.clear_of_checks().await.is_err() {
            return;
        }
        _ = self.check(Pace::Gentle, &mut |_, _| self.goes_on()).await;
    }

    /// Checks the whole journal as fast as it can: somebody waits for it.
    pub(crate) async fn check_now(&self, on_step: OnStep<'_>) -> JobState {
        if let Some(AnchorVerdict::Broken(fault)) = self.verdict().await {
            self.broken(fault.clone()).await;
            return JobState::Failed(problem(&fault));
        }
        self.check(Pace::Full, on_step).await
    }

    /// Writes the anchor, and ends. The ledger was closed before.
    pub(crate) async fn finish(&self) {
        self.closing.store(true, Ordering::Relaxed);
        if let Some(anchors) = self.anchors.lock().await.take() {
            anchors.finish().await;
        }
    }

    /// What the anchor says; `None` where none is kept.
    async fn verdict(&self) -> Option<AnchorVerdict> {
        let verdict = self.anchors.lock().await.as_ref()?.verdict().await;
        if matches!(verdict, AnchorVerdict::Unanchored | AnchorVerdict::Unread(_)) {
            tracing::warn!(?verdict, "the journal's anchor proves nothing at this start");
        }
        Some(verdict)
    }

    /// Whether the till is still open.
    fn goes_on(&self) -> ControlFlow<()> {
        if self.closing.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// Where the newest stretch begins, behind what was accepted.
    fn newest(&self) -> Tip {
        let accepted = self.accepted();
        Reader::open(&self.dir).and_then(|reader| reader.newest(accepted)).unwrap_or(accepted)
    }

    /// Checks all lines behind what was accepted, then all lists.
    async fn check(&self, pace: Pace, on_step: OnStep<'_>) -> JobState {
        let payments = match Reader::open(&self.dir).and_then(|reader| reader.standing()) {
            Ok(standing) => i64::try_from(standing.payments).unwrap_or_default(),
            Err(error) => return failed(&error),
        };
        let mut of_both = |done: u64, lines: u64| on_step(done, lines + count(payments));
        let lines = match self.look_through(self.accepted(), pace, &mut of_both).await {
            Ok(through) => through,
            Err(unsound) => return unsound.ended(),
        };
        self.sound(lines).await;
        let mut of_both = |done: u64, _| on_step(count(lines.number) + done, count(lines.number + payments));
        match self.compare_lists(payments, pace, &mut of_both).await {
            Ok(()) => JobState::Done(None),
            Err(unsound) => unsound.ended(),
        }
    }

    /// Checks the lines from behind this one; answers the last one where all are in order.
    async fn look_through(&self, from: Tip, pace: Pace, on_step: OnStep<'_>) -> Result<Tip, Unsound> {
        let running = Running::start(&self.dir, from, self.tip().number, pace);
        let mut on_line = |done: i64, through: i64| {
            self.checked.send_replace(done);
            on_step(count(done), count(through))
        };
        let checked = follow(running, &mut on_line).await?;
        match checked.end {
            End::Sound => Ok(checked.through),
            End::Stopped => Err(Unsound::Stopped),
            End::Broken(fault) => {
                self.broken(fault.clone()).await;
                Err(Unsound::Broken(fault))
            }
        }
    }

    /// Compares the lists with the journal. That they differ stops no money.
    async fn compare_lists(&self, payments: i64, pace: Pace, on_step: OnStep<'_>) -> Result<(), Unsound> {
        let running = Running::start_lists(&self.dir, payments, pace);
        let mut on_payment = |done: i64, through: i64| on_step(count(done.min(through)), count(through));
        let state = match follow(running, &mut on_payment).await? {
            ListsChecked::Stopped => return Err(Unsound::Stopped),
            // What was accepted as it is cannot always be read.
            ListsChecked::Broken(fault) if fault.number <= self.accepted().number => ListsState::Unchecked,
            ListsChecked::Broken(fault) => {
                self.broken(fault.clone()).await;
                return Err(Unsound::Broken(fault));
            }
            ListsChecked::Alike => ListsState::Alike,
            ListsChecked::Differ { payment } => {
                tracing::error!(payment, "the lists do not say what the journal says; the next start makes them anew");
                // An engine that has ended is started again.
                _ = self.handle.outdate_lists().await;
                ListsState::Differ
            }
        };
        self.lists.send_replace(state);
        self.changed.send_modify(|revision| *revision += 1);
        Ok(())
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

    async fn broken_for_now(&self, fault: Fault) {
        tracing::error!(number = fault.number, what = fault.what, "the journal is not in order, and its anchor unread");
        self.state.send_replace(JournalState::Broken(fault.clone()));
        _ = self.handle.refuse_for_this_run(fault.number, fault.what).await;
    }
}

/// Has the window look again whenever there is another trouble with the anchor.
async fn tell_trouble(mut state: watch::Receiver<AnchorState>, opened_at: i64, changed: Arc<watch::Sender<u64>>) {
    let mut told = None;
    loop {
        let trouble = AnchorTrouble::of(&state.borrow_and_update(), opened_at);
        if trouble != told {
            told = trouble;
            changed.send_modify(|revision| *revision += 1);
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}

/// Tells each step of a check, and calls it off where somebody says so.
async fn follow<E: Clone + Send + Sync>(
    running: Result<Running<E>, LedgerError>,
    on_step: &mut (dyn FnMut(i64, i64) -> ControlFlow<()> + Send),
) -> Result<E, Unsound> {
    let running = running.map_err(|error| Unsound::Unread(error.to_string()))?;
    let mut news = running.progress();
    loop {
        let Progress { reached, through, end } = news.borrow_and_update().clone();
        if on_step(reached, through).is_break() {
            running.stop();
        }
        if let Some(end) = end {
            return end.map_err(Unsound::Unread);
        }
        if news.changed().await.is_err() {
            return Err(Unsound::Unread("the check has ended without a word".to_owned()));
        }
    }
}

fn failed(why: &impl std::fmt::Display) -> JobState {
    JobState::Failed(Problem::new("storage_failed").with("detail", why))
}

/// What a person reads about it.
fn problem(fault: &Fault) -> Problem {
    Problem::new("chain_broken").with("number", fault.number).with("detail", &fault.what)
}

fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}
