//! The back office: everything that reads the ledger beside the till, and the long work that people ask for. None of it
//! decides anything about money, and none of it holds the till up.

use crate::clock::{stamp, utc_ms};
use crate::engine::{Handle, Scene};
use crate::guard::Guard;
use crate::jobs::{JobKind, JobState, Jobs, Progress};
use crate::ledger::export::{self, Exported, Format};
use crate::ledger::history::{History, HistoryError, Query};
use crate::ledger::{BackupError, BackupStep, Copy, LedgerError, Listed, Reader, Removable, back_up, backups};
use crate::settings::paths;
use crate::{removing, restoring};
use checkstand_core::ask::Wish;
use checkstand_core::problem::Problem;
use checkstand_core::store::StoreEvent;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The folder of lists and reports, beside the ledger.
const EXPORTS: &str = "exports";

/// The back office of an open till. Cheap to clone.
#[derive(Clone)]
pub struct Office {
    dir: PathBuf,
    handle: Handle,
    jobs: Jobs,
    guard: Arc<Guard>,
    history: Arc<Mutex<Option<History>>>,
}

impl Office {
    pub(crate) fn new(dir: PathBuf, handle: Handle, jobs: Jobs, guard: Arc<Guard>) -> Office {
        Office { dir, handle, jobs, guard, history: Arc::default() }
    }

    /// Closes the till: the ledger first, then its anchor.
    pub async fn close(&self) {
        self.handle.stop().await;
        self.guard.finish().await;
    }

    /// Long work that is under way, or has just ended.
    pub fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// What watches over the journal.
    pub fn guard(&self) -> &Guard {
        &self.guard
    }

    /// Reads the history on a thread of its own.
    ///
    /// # Errors
    /// `search_too_long` (`max`), `storage_failed` (`detail`).
    pub async fn history<T: Send + 'static>(
        &self,
        read: impl FnOnce(&History) -> Result<T, HistoryError> + Send + 'static,
    ) -> Result<T, Problem> {
        let (dir, shared) = (self.dir.clone(), Arc::clone(&self.history));
        let work = move || {
            let mut slot = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let history = match slot.take() {
                Some(history) => history,
                None => History::open(&dir).map_err(HistoryError::from)?,
            };
            let answer = read(&history);
            // A connection that failed is given up; the next question opens another one.
            if answer.is_ok() {
                *slot = Some(history);
            }
            answer
        };
        let answer = tokio::task::spawn_blocking(work).await.map_err(|error| internal(&error))?;
        answer.map_err(|error| history_problem(&error))
    }

    /// Begins to write everything that a query matches to a file.
    ///
    /// # Errors
    /// `busy`.
    pub fn start_export(&self, query: Query, format: Format) -> Result<u64, Problem> {
        let progress = self.jobs.begin(JobKind::Export)?;
        let (id, office) = (progress.id(), self.clone());
        tokio::spawn(async move {
            let folder = office.dir.join(EXPORTS);
            let path = folder.join(format!("payments-{}.{}", stamp(utc_ms()), ending(format)));
            let (dir, target) = (office.dir.clone(), path.clone());
            let work = move |progress: &mut Progress| {
                paths::make_dir(&folder).map_err(|error| failed(&error))?;
                let history = History::open(&dir).map_err(|error| failed(&error))?;
                let on_step = |step: export::Progress| progress.at(step.done, step.total.unwrap_or(0));
                history.export(&query, format, &target, on_step).map_err(|error| failed(&error))
            };
            let done = |exported| match exported {
                Exported::Done { rows } => {
                    let (list, file) = ("history".to_owned(), file_name(&path));
                    Ended::Done(path.display().to_string(), Some(StoreEvent::Exported { list, file, rows }))
                }
                Exported::CalledOff => Ended::Stopped,
            };
            office.run(progress, work, done).await;
        });
        Ok(id)
    }

    /// Begins to check the whole journal; what it finds is the guard's, too.
    ///
    /// # Errors
    /// `busy`.
    pub fn start_check(&self) -> Result<u64, Problem> {
        let mut progress = self.jobs.begin(JobKind::Verify)?;
        let (id, office) = (progress.id(), self.clone());
        tokio::spawn(async move {
            let state = office.guard.check_now(&mut |done, total| progress.at(done, total)).await;
            progress.end(state);
        });
        Ok(id)
    }

    /// Begins to copy the ledger, and to check the copy.
    ///
    /// # Errors
    /// `busy`.
    pub fn start_backup(&self) -> Result<u64, Problem> {
        let progress = self.jobs.begin(JobKind::Backup)?;
        let (id, office) = (progress.id(), self.clone());
        tokio::spawn(async move {
            let (dir, anchor) = (office.dir.clone(), office.guard.anchor().and_then(|state| state.anchored));
            let work = move |progress: &mut Progress| {
                let mut on_step = |step| match step {
                    BackupStep::Copied { pages, of } => progress.at(unsigned(pages), unsigned(of) * 2),
                    BackupStep::Checked { number, of } => progress.at(unsigned(of + number), unsigned(of) * 2),
                };
                match back_up(&dir, anchor, crate::clock::utc_ms(), &mut on_step) {
                    Ok(copy) => Ok(Some(copy)),
                    Err(BackupError::Stopped) => Ok(None),
                    Err(error) => Err(restoring::problem(&error)),
                }
            };
            let done = |copy: Option<Copy>| match copy {
                Some(copy) => Ended::Done(copy.path.display().to_string(), Some(copy.made())),
                None => Ended::Stopped,
            };
            office.run(progress, work, done).await;
        });
        Ok(id)
    }

    /// The copies of this ledger, unchecked, newest first.
    ///
    /// # Errors
    /// `storage_failed` (`detail`).
    pub fn backups(&self) -> Result<Vec<Listed>, Problem> {
        backups(&self.dir).map_err(|error| Problem::new("storage_failed").with("detail", error))
    }

    /// What a removal of payments as old as this would remove now.
    ///
    /// # Errors
    /// `years_out_of_range` (`min`, `max`), `storage_failed` (`detail`).
    pub async fn removable(&self, years: u32) -> Result<Removable, Problem> {
        removing::look_at(years)?;
        let dir = self.dir.clone();
        let work = move || Reader::open(&dir)?.removable(years, crate::clock::utc_ms());
        let counted = tokio::task::spawn_blocking(work).await.map_err(|error| internal(&error))?;
        counted.map_err(|error: LedgerError| Problem::new("storage_failed").with("detail", error))
    }

    /// Whether the till may be closed for a while: nothing is under way with a provider, and no long work is.
    ///
    /// # Errors
    /// `payments_under_way` (`count`), `busy`.
    pub async fn may_close(&self) -> Result<(), Problem> {
        let under_way = |scene: &Scene<'_>| scene.till.book().open().filter(|payment| payment.is_under_way()).count();
        let count = self.handle.look(under_way).await?;
        if count > 0 {
            return Err(Problem::new("payments_under_way").with("count", count));
        }
        let works = self.jobs.list().iter().any(|job| job.state == JobState::Running);
        if works { Err(Problem::new("busy")) } else { Ok(()) }
    }

    /// Writes a report to a file, and says where.
    ///
    /// # Errors
    /// `export_failed` (`detail`).
    pub async fn keep_report(&self, name: &str, text: &str) -> Result<PathBuf, Problem> {
        self.keep_file("report", name, text).await
    }

    /// Writes a text of this kind to a file among the exports, has it written down, and says where it lies.
    ///
    /// # Errors
    /// `export_failed` (`detail`).
    pub async fn keep_file(&self, list: &str, name: &str, text: &str) -> Result<PathBuf, Problem> {
        let folder = self.dir.join(EXPORTS);
        let path = folder.join(name);
        let written = replace(&folder, &path, text.as_bytes());
        written.map_err(|error| Problem::new("export_failed").with("detail", error))?;
        let (list, file) = (list.to_owned(), file_name(&path));
        self.handle.wish(Wish::Note(StoreEvent::Exported { list, file, rows: 1 })).await?;
        Ok(path)
    }

    /// Does blocking work with progress, and writes down what came of it.
    async fn run<T: Send + 'static>(
        &self,
        mut progress: Progress,
        work: impl FnOnce(&mut Progress) -> Result<T, Problem> + Send + 'static,
        end: impl FnOnce(T) -> Ended,
    ) {
        let worked = tokio::task::spawn_blocking(move || {
            let result = work(&mut progress);
            (result, progress)
        });
        let Ok((result, progress)) = worked.await else {
            return tracing::error!("long work has panicked");
        };
        let state = match result.map(end) {
            Err(problem) => JobState::Failed(problem),
            Ok(Ended::Stopped) => JobState::Cancelled,
            Ok(Ended::Done(file, event)) => {
                // Whoever asked may have gone meanwhile; then the till itself writes it down.
                if let Some(event) = event
                    && let Err(problem) = self.handle.note_for_person(event).await
                {
                    tracing::error!(code = problem.code, "what was done could not be written down");
                }
                JobState::Done(Some(file))
            }
        };
        progress.end(state);
    }
}

fn ending(format: Format) -> &'static str {
    match format {
        Format::Csv => "csv",
        Format::Json => "json",
    }
}

/// How long work ended well.
enum Ended {
    Done(String, Option<StoreEvent>),
    Stopped,
}

fn replace(folder: &Path, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    paths::make_dir(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    paths::sync_dir(folder)
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn unsigned(count: impl TryInto<u64>) -> u64 {
    count.try_into().unwrap_or_default()
}

fn failed(error: &impl std::fmt::Display) -> Problem {
    Problem::new("export_failed").with("detail", error)
}

fn internal(error: &impl std::fmt::Display) -> Problem {
    Problem::new("internal").with("detail", error)
}

fn history_problem(error: &HistoryError) -> Problem {
    match error {
        HistoryError::NeedleTooLong { max } => Problem::new("search_too_long").with("max", max),
        HistoryError::Ledger(error) => Problem::new("storage_failed").with("detail", error),
    }
}
