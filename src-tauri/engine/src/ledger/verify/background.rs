//! The check of a long journal, and of its lists, beside a working till: on a connection of its own, which can only read.

use super::{Checked, Checker, End, ListsChecked, RECENT_LINES_MAX, check_view};
use crate::ledger::chain::Tip;
use crate::ledger::{FILE_NAME, LedgerError, schema};
use std::io;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::watch;

/// How much of the machine a check may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// It rests for as long as it works, so that a sale never waits for it.
    Gentle,
    /// All it can: somebody waits for it.
    Full,
}

/// How far a check in the background has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress<E> {
    /// The line, or how many payments of the lists, it has reached.
    pub reached: i64,
    /// Where it will end.
    pub through: i64,
    /// How it ended; `Err` where the file could not be read, in the technician's words.
    pub end: Option<Result<E, String>>,
}

/// A check that is under way. Dropping it calls it off and waits for that.
pub struct Running<E> {
    progress: watch::Receiver<Progress<E>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running<Checked> {
    /// Checks the ledger in this folder from behind `from` up to and with the line `through`.
    ///
    /// # Errors
    /// [`LedgerError::File`], where no thread can be started.
    pub fn start(dir: &Path, from: Tip, through: i64, pace: Pace) -> Result<Running<Checked>, LedgerError> {
        let first = Progress { reached: from.number, through, end: None };
        Running::begin(dir, first, pace, move |dir, steps| chain(dir, from, through, steps))
    }
}

impl Running<ListsChecked> {
    /// Compares all lists of the ledger in this folder with its journal.
    ///
    /// # Errors
    /// [`LedgerError::File`], where no thread can be started.
    pub fn start_lists(dir: &Path, payments: i64, pace: Pace) -> Result<Running<ListsChecked>, LedgerError> {
        let first = Progress { reached: 0, through: payments, end: None };
        Running::begin(dir, first, pace, |dir, steps| {
            let (conn, _) = schema::open_to_read(&dir.join(FILE_NAME))?;
            check_view(&conn, &mut |compared| steps.at(compared))
        })
    }
}

impl<E: Send + Sync + 'static> Running<E> {
    fn begin(
        dir: &Path,
        first: Progress<E>,
        pace: Pace,
        work: impl FnOnce(&Path, &mut Steps<E>) -> Result<E, LedgerError> + Send + 'static,
    ) -> Result<Running<E>, LedgerError> {
        let (news, progress) = watch::channel(first);
        let stop = Arc::new(AtomicBool::new(false));
        let mut steps = Steps { news, stop: Arc::clone(&stop), pace, worked: Instant::now() };
        let folder = dir.to_owned();
        let thread = std::thread::Builder::new()
            .name("verify".to_owned())
            .spawn(move || {
                let end = work(&folder, &mut steps).map_err(|error| error.to_string());
                steps.news.send_modify(|progress| progress.end = Some(end));
            })
            .map_err(|source: io::Error| LedgerError::File { path: dir.to_owned(), source })?;
        Ok(Running { progress, stop, thread: Some(thread) })
    }
}

impl<E> Running<E> {
    /// Tells each step of the way, and the end.
    pub fn progress(&self) -> watch::Receiver<Progress<E>> {
        self.progress.clone()
    }

    /// Calls it off; it ends within a few hundred lines.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl<E> Drop for Running<E> {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the check of the journal has panicked");
        }
    }
}

/// Tells each step, and rests.
struct Steps<E> {
    news: watch::Sender<Progress<E>>,
    stop: Arc<AtomicBool>,
    pace: Pace,
    worked: Instant,
}

impl<E> Steps<E> {
    fn at(&mut self, reached: i64) -> ControlFlow<()> {
        self.news.send_modify(|progress| progress.reached = reached);
        if self.pace == Pace::Gentle {
            std::thread::sleep(self.worked.elapsed());
            self.worked = Instant::now();
        }
        if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

/// One stretch after the other: a reader that never lets go would keep the log from being moved into the file.
fn chain(dir: &Path, from: Tip, through: i64, steps: &mut Steps<Checked>) -> Result<Checked, LedgerError> {
    let (conn, mode) = schema::open_to_read(&dir.join(FILE_NAME))?;
    let mut checker = Checker::new(&conn, mode, from);
    let mut checked = Checked { through: from, end: End::Sound };
    while checked.end == End::Sound && checked.through.number < through {
        let until = (checked.through.number + RECENT_LINES_MAX).min(through);
        checked = checker.stretch(checked.through, Some(until), &mut |reached| steps.at(reached))?;
    }
    let reached = checked.through.number;
    steps.news.send_modify(|progress| progress.reached = reached);
    checker.finish(checked)
}
