//! The check of a long journal beside a working till: on a connection of its own, which can only read.

use super::{Checked, Checker, End, RECENT_LINES_MAX};
use crate::ledger::chain::Tip;
use crate::ledger::{FILE_NAME, LedgerError, schema};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
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
pub struct Progress {
    /// The line that it has reached.
    pub reached: i64,
    /// The line at which it will end.
    pub through: i64,
    /// How it ended; `Err` where the file could not be read, in the technician's words.
    pub end: Option<Result<Checked, String>>,
}

/// A check that is under way. Dropping it calls it off and waits for that.
pub struct Running {
    progress: watch::Receiver<Progress>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Checks the ledger in this folder from behind `from` up to and with the line `through`.
    ///
    /// # Errors
    /// [`LedgerError::File`], where no thread can be started.
    pub fn start(dir: &Path, from: Tip, through: i64, pace: Pace) -> Result<Running, LedgerError> {
        let (news, progress) = watch::channel(Progress { reached: from.number, through, end: None });
        let stop = Arc::new(AtomicBool::new(false));
        let job = Job { dir: dir.to_owned(), from, through, pace, news, stop: Arc::clone(&stop) };
        let thread = std::thread::Builder::new()
            .name("verify".to_owned())
            .spawn(move || job.run())
            .map_err(|source: io::Error| LedgerError::File { path: dir.to_owned(), source })?;
        Ok(Running { progress, stop, thread: Some(thread) })
    }

    /// Tells each step of the way, and the end.
    pub fn progress(&self) -> watch::Receiver<Progress> {
        self.progress.clone()
    }

    /// Calls it off; it ends within a few hundred lines.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the check of the journal has panicked");
        }
    }
}

struct Job {
    dir: PathBuf,
    from: Tip,
    through: i64,
    pace: Pace,
    news: watch::Sender<Progress>,
    stop: Arc<AtomicBool>,
}

impl Job {
    fn run(self) {
        let end = self.check().map_err(|error| error.to_string());
        self.news.send_modify(|progress| {
            if let Ok(checked) = &end {
                progress.reached = checked.through.number;
            }
            progress.end = Some(end);
        });
    }

    /// One stretch after the other: a reader that never lets go would keep the log from being moved into the file.
    fn check(&self) -> Result<Checked, LedgerError> {
        let (conn, mode) = schema::open_to_read(&self.dir.join(FILE_NAME))?;
        let mut checker = Checker::new(&conn, mode, self.from);
        let mut checked = Checked { through: self.from, end: End::Sound };
        let mut worked = Instant::now();
        while checked.end == End::Sound && checked.through.number < self.through {
            let through = (checked.through.number + RECENT_LINES_MAX).min(self.through);
            checked = checker.stretch(checked.through, Some(through), &mut |reached| {
                self.news.send_modify(|progress| progress.reached = reached);
                if self.pace == Pace::Gentle {
                    std::thread::sleep(worked.elapsed());
                    worked = Instant::now();
                }
                if self.stop.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
        }
        checker.finish(checked)
    }
}
