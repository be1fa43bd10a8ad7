//! Long work beside the till: exports, checks, backups. Each shows its progress, can be cancelled, and ends with an answer.

use checkstand_core::problem::Problem;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// So much runs at once; more is refused.
const RUNNING_MAX: usize = 3;
/// So many that have ended are remembered.
const ENDED_MAX: usize = 5;
/// The view is told of progress at most so often.
const TELL_EVERY: Duration = Duration::from_millis(100);

/// What it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobKind {
    /// A list is written to a file.
    Export,
    /// The journal is checked.
    Verify,
    /// The ledger is copied, and the copy checked.
    Backup,
}

/// How far it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It goes on.
    Running,
    /// It is done; the file that it made, where it made one.
    Done(Option<String>),
    /// Somebody stopped it; nothing of it remains.
    Cancelled,
    /// It could not be done; nothing of it remains.
    Failed(Problem),
}

/// One piece of work.
#[derive(Clone, Debug)]
pub struct Job {
    /// Counts up within one run of the till.
    pub id: u64,
    /// What it is about.
    pub kind: JobKind,
    /// How far it is.
    pub state: JobState,
    /// Steps that are done.
    pub done: u64,
    /// Of so many; 0 while nobody knows.
    pub total: u64,
}

/// All of them. Cheap to clone.
#[derive(Clone)]
pub struct Jobs {
    table: Arc<Mutex<Table>>,
    changed: Arc<watch::Sender<u64>>,
}

#[derive(Default)]
struct Table {
    jobs: BTreeMap<u64, (Job, bool)>,
    last: u64,
}

impl Jobs {
    /// No work yet. `changed` is told of everything that can be seen.
    pub(crate) fn new(changed: Arc<watch::Sender<u64>>) -> Jobs {
        Jobs { table: Arc::default(), changed }
    }

    /// All that run, and the last ones that have ended, oldest first.
    pub fn list(&self) -> Vec<Job> {
        self.table().jobs.values().map(|(job, _)| job.clone()).collect()
    }

    /// Asks one to stop at its next step. One that has ended stays as it is.
    pub fn cancel(&self, id: u64) {
        if let Some((_, stop)) = self.table().jobs.get_mut(&id) {
            *stop = true;
        }
    }

    /// Begins a piece of work.
    ///
    /// # Errors
    /// `busy`, where too much runs already.
    pub(crate) fn begin(&self, kind: JobKind) -> Result<Progress, Problem> {
        let mut table = self.table();
        let running = table.jobs.values().filter(|(job, _)| job.state == JobState::Running).count();
        if running >= RUNNING_MAX {
            return Err(Problem::new("busy"));
        }
        table.last += 1;
        let id = table.last;
        table.jobs.insert(id, (Job { id, kind, state: JobState::Running, done: 0, total: 0 }, false));
        let ended: Vec<u64> =
            table.jobs.values().filter(|(job, _)| job.state != JobState::Running).map(|(job, _)| job.id).collect();
        for id in ended.iter().take(ended.len().saturating_sub(ENDED_MAX)) {
            table.jobs.remove(id);
        }
        drop(table);
        self.tell();
        Ok(Progress { jobs: self.clone(), id, told: Instant::now() })
    }

    /// Nobody panics while holding the table, and a stale count would be no reason to stop a till.
    fn table(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self) {
        self.changed.send_modify(|revision| *revision += 1);
    }
}

/// Held by whoever does the work.
pub(crate) struct Progress {
    jobs: Jobs,
    id: u64,
    told: Instant,
}

impl Progress {
    /// Its number.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// Says how far it is, and hears whether to go on.
    pub(crate) fn at(&mut self, done: u64, total: u64) -> ControlFlow<()> {
        let stop = {
            let mut table = self.jobs.table();
            let Some((job, stop)) = table.jobs.get_mut(&self.id) else { return ControlFlow::Break(()) };
            (job.done, job.total) = (done, total);
            *stop
        };
        if self.told.elapsed() >= TELL_EVERY {
            self.told = Instant::now();
            self.jobs.tell();
        }
        if stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    /// It has ended.
    pub(crate) fn end(self, state: JobState) {
        if let Some((job, _)) = self.jobs.table().jobs.get_mut(&self.id) {
            if matches!(state, JobState::Done(_)) {
                job.done = job.total;
            }
            job.state = state;
        }
        self.jobs.tell();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jobs() -> Jobs {
        Jobs::new(Arc::new(watch::channel(1).0))
    }

    #[test]
    fn progress_is_seen_and_a_cancel_is_heard_at_the_next_step() {
        let jobs = jobs();
        let mut progress = jobs.begin(JobKind::Export).expect("nothing else runs");
        assert!(progress.at(10, 100).is_continue());
        assert_eq!(jobs.list().iter().map(|job| (job.done, job.total)).collect::<Vec<_>>(), [(10, 100)]);
        jobs.cancel(progress.id());
        assert!(progress.at(20, 100).is_break());
        progress.end(JobState::Cancelled);
        assert_eq!(jobs.list()[0].state, JobState::Cancelled);
    }

    #[test]
    fn only_a_few_run_at_once_and_only_the_last_are_remembered() {
        let jobs = jobs();
        let running: Vec<Progress> =
            (0..RUNNING_MAX).map(|_| jobs.begin(JobKind::Verify).expect("there is room")).collect();
        assert_eq!(jobs.begin(JobKind::Verify).err().map(|problem| problem.code), Some("busy"));
        for progress in running {
            progress.end(JobState::Done(None));
        }
        for _ in 0..20 {
            jobs.begin(JobKind::Backup).expect("there is room").end(JobState::Done(Some("a".to_owned())));
        }
        assert_eq!(jobs.list().len(), ENDED_MAX + 1);
    }
}
