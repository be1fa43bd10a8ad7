//! The ledger: every fact about every payment, on disk before anything is done about it.
//!
//! One SQLite file per mode, written by one thread of one process. The journal is append-only (but for retention, which empties
//! old lines), gapless and hash-chained; all
//! other tables but one are views of it for lists and sums. An append is one transaction and returns when it is durable.
//!
//! It must not know what a payment means: that is `core`'s, which also folds the view.

mod anchor;
mod backup;
mod ballast;
mod calendar;
mod chain;
pub mod export;
pub mod fill;
pub mod history;
mod reader;
mod retention;
mod schema;
mod standing;
mod verify;
mod view;
mod words;
mod write_ahead;
mod writer;

#[cfg(test)]
mod tests;

pub use anchor::{Anchor, AnchorPlace, AnchorState, AnchorVerdict, Anchors, Keep};
pub use backup::{
    BackupError, BackupStep, Condition, Copy, Listed, OnStep, Restored, accepted_as_it_is, back_up, backups,
    check_backup, condition, restore,
};
pub use calendar::Calendar;
pub use chain::{Hash, Row, Tip, hex};
pub use reader::{Reader, Summary};
pub use retention::{Removable, Removal, RemovalError, RemovalStep, RemovedPayments, YEARS_MAX, YEARS_MIN, remove_old};
pub use standing::Opened;
pub use verify::{Checked, End, Fault, ListsChecked, Pace, Progress, RECENT_LINES_MAX, Recent, Running};
pub use view::PaymentRow;

use crate::settings::{Mode, paths};
use ballast::Ballast;
use checkstand_core::book::Entry;
use rusqlite::Connection;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::{oneshot, watch};
use writer::{Job, Trust, Writer};

const FILE_NAME: &str = "ledger.db";
const LOCK_NAME: &str = "ledger.lock";
const LOCK_TRIES: u32 = 3;
const LOCK_AGAIN_AFTER: Duration = Duration::from_millis(20);
/// The engine awaits each append, so more than a few waiting are a mistake of ours.
const JOBS_MAX: usize = 64;
/// The payments of so many lines are compared with their lists before the first sale: the work of some days, a few tenths of
/// a second. The guard compares the rest beside the till.
const LISTED_LINES_MAX: i64 = 5_000;

/// Whose entries these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Which money. A file belongs to one mode for ever.
    pub mode: Mode,
    /// Which till; written into each entry, so it may change between two runs.
    pub terminal: String,
}

/// How an append ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Persist {
    /// Durable.
    Ok {
        /// The number of the last entry in the ledger.
        last_number: i64,
    },
    /// Certainly not in the ledger.
    Failed(String),
    /// Perhaps in the ledger. Nothing else can be appended before this is known: the very same entries, appended again, answer
    /// `Ok` without a second copy where they are in the ledger, and are written where they are not. Other entries are answered
    /// `Unknown` as long as these may be, or are, there. A restart settles it too.
    Unknown(String),
}

/// Why a ledger cannot be opened or read.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// Another process, or another part of this one, writes to it. Close that one.
    #[error("the ledger in {} is in use", dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
    },
    /// The file belongs to another mode. The folders are mixed up.
    #[error("this ledger is of mode {found:?}, not {:?}", asked.name())]
    OtherMode {
        /// What the file says.
        found: String,
        /// What was asked for.
        asked: Mode,
    },
    /// The file is a database, but not ours.
    #[error("{} is not a ledger", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program has written it. Install that version.
    #[error("the ledger was written by a newer version: it knows migration {version}")]
    NewerSchema {
        /// The first migration that this version does not know.
        version: i64,
    },
    /// A migration is not the one that made this file: this build, or the file, was tampered with.
    #[error("migration {version} is not the one that made this ledger")]
    ChangedMigration {
        /// Which.
        version: i64,
    },
    /// A migration could not be run; nothing of it remains.
    #[error("the ledger could not be brought up to date: {0}")]
    Migration(#[from] Box<refinery::Error>),
    /// A line of the journal cannot be read. Restore a copy, or ask whoever may have edited it.
    #[error("entry {number}: {what}")]
    Broken {
        /// The first line that is wrong.
        number: i64,
        /// What is wrong with it.
        what: String,
    },
    /// SQLite cannot do its work: the disk, the permissions, or no database at all.
    #[error("the ledger cannot be read or written: {0}")]
    Storage(#[from] rusqlite::Error),
    /// A file or folder beside the database cannot be made.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// More is waiting to be written than the till ever asks for at once. Our own mistake.
    #[error("too much is waiting for the ledger")]
    Busy,
    /// The writing thread has ended. Start the till again.
    #[error("the ledger's thread has ended")]
    Ended,
}

impl From<view::ViewError> for LedgerError {
    fn from(error: view::ViewError) -> LedgerError {
        match error {
            view::ViewError::Sql(error) => LedgerError::Storage(error),
            view::ViewError::Entry { number, what } => LedgerError::Broken { number, what },
        }
    }
}

/// The open ledger. Dropping it waits for what is under way, moves the log into the file, and frees the lock.
pub struct Ledger {
    jobs: Option<SyncSender<Job>>,
    thread: Option<JoinHandle<()>>,
    ended: oneshot::Receiver<()>,
    tips: watch::Receiver<Tip>,
    /// Held until the thread has ended: fields are dropped after `drop`.
    _lock: Lock,
}

impl Ledger {
    /// Opens or creates the ledger in this folder, and checks its newest stretch. Blocks meanwhile.
    ///
    /// # Errors
    /// Every [`LedgerError`] but [`LedgerError::Busy`] and [`LedgerError::Ended`]; no entry is ever changed by one.
    ///
    /// # Panics
    /// Where the SQLite inside this program is older than 3.51.3: it could lose a commit.
    pub fn open(dir: &Path, identity: Identity) -> Result<(Ledger, Opened), LedgerError> {
        Ledger::open_with(dir, identity, &schema::migrations())
    }

    fn open_with(
        dir: &Path,
        identity: Identity,
        migrations: &[refinery::Migration],
    ) -> Result<(Ledger, Opened), LedgerError> {
        paths::make_dir(dir).map_err(|source| LedgerError::File { path: dir.to_owned(), source })?;
        let lock = Lock::take(dir)?;
        let ballast = Ballast::beside(dir);
        let path = dir.join(FILE_NAME);
        let mut conn = match schema::open(&path, identity.mode, migrations) {
            // Opening needs room, too, and what the till has to take up again may be money.
            Err(LedgerError::Storage(error)) if writer::is_full(&error) && ballast.give_back() => {
                schema::open(&path, identity.mode, migrations)?
            }
            opened => opened?,
        };
        // The recent stretch before any money; the guard checks the rest beside the till.
        let recent = verify::recent(&conn, identity.mode, Tip::START)?;
        let tip = verify::last(&conn)?.unwrap_or(Tip::START);
        let fault = recent.checked.fault().cloned().or(catch_up(&mut conn, tip.number)?);
        let fault = if fault.is_none() { mend_lists(&mut conn)? } else { fault };
        let opened = Opened::read(&conn, tip, fault)?;
        paths::sync_dir(dir).map_err(|source| LedgerError::File { path: dir.to_owned(), source })?;
        // The log's first commit brings all that a crash left in it to the disk.
        let durable = match write_ahead::start_log(&conn) {
            Ok(()) => tip,
            Err(error) => {
                tracing::error!(%error, "the ledger can be read, but not written");
                Tip::START
            }
        };
        ballast.take();

        let (durable, tips) = watch::channel(durable);
        let trust = if opened.fault.is_some() { Trust::Broken } else { Trust::Sound };
        let writer = Writer::new(dir.to_owned(), identity, conn, tip, durable, trust, ballast);
        let (jobs, inbox) = sync_channel(JOBS_MAX);
        let (has_ended, ended) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("ledger".to_owned())
            .spawn(move || {
                writer.run(&inbox);
                _ = has_ended.send(());
            })
            .map_err(|source| LedgerError::File { path: dir.to_owned(), source })?;
        Ok((Ledger { jobs: Some(jobs), thread: Some(thread), ended, tips, _lock: lock }, opened))
    }

    /// Appends all of these entries, or none, in one transaction. No entries at all are no transaction. Durable when it answers
    /// `Ok`, except where every entry is evidence that can be read again. The future must be awaited to its end: what was
    /// handed over is written even if nobody waits.
    pub async fn append(&self, entries: Vec<Entry>) -> Persist {
        let (answer, answered) = oneshot::channel();
        match self.ask(Job::Append { entries, answer }) {
            // Not handed over, yet it may be the repetition of one in doubt, so it is not certain either.
            Err(error) => Persist::Unknown(error.to_string()),
            Ok(()) => answered.await.unwrap_or_else(|_| Persist::Unknown(LedgerError::Ended.to_string())),
        }
    }

    /// Tells the last line that is durable, each time that it changes. A line whose commit did not wait for the disk is told
    /// when the disk has it: it can be lost without anybody having cut it off.
    pub fn tips(&self) -> watch::Receiver<Tip> {
        self.tips.clone()
    }

    /// Keeps the salted hash of a PIN, in the PHC string format, under the digest that the journal holds. Putting the same again
    /// changes nothing. Durable when it answers.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]; perhaps kept then.
    pub async fn put_pin(&self, digest: &str, phc: &str) -> Result<(), LedgerError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::PutPin { digest: digest.to_owned(), phc: phc.to_owned(), answer })?;
        answered.await.map_err(|_| LedgerError::Ended)?
    }

    /// Makes every table that is made from the journal again. Blocks appends meanwhile.
    ///
    /// # Errors
    /// [`LedgerError::Storage`] or [`LedgerError::Broken`]; the tables are as they were then.
    pub async fn rebuild_view(&self) -> Result<(), LedgerError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::RebuildView { answer })?;
        answered.await.map_err(|_| LedgerError::Ended)?
    }

    /// Has those tables made again at the next opening: they were found to differ from the journal.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub async fn outdate_view(&self) -> Result<(), LedgerError> {
        let (answer, answered) = oneshot::channel();
        self.ask(Job::OutdateView { answer })?;
        answered.await.map_err(|_| LedgerError::Ended)?
    }

    /// Moves the log into the file and ends the thread, without blocking the caller's.
    pub async fn close(mut self) {
        self.jobs = None;
        // An error means that the thread has ended otherwise; dropping `self` says how.
        _ = (&mut self.ended).await;
    }

    fn ask(&self, job: Job) -> Result<(), LedgerError> {
        let jobs = self.jobs.as_ref().ok_or(LedgerError::Ended)?;
        jobs.try_send(job).map_err(|error| match error {
            TrySendError::Full(_) => LedgerError::Busy,
            TrySendError::Disconnected(_) => LedgerError::Ended,
        })
    }
}

impl Drop for Ledger {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the ledger's thread has panicked");
        }
    }
}

/// Brings the view up to the journal where it lags. Where it cannot be brought there, something is wrong with the journal.
fn catch_up(conn: &mut Connection, last_number: i64) -> Result<Option<Fault>, LedgerError> {
    let seen_number = view::last_number(conn)?;
    if seen_number > last_number {
        let what = "it is missing, and all after it: the payments were written with them".to_owned();
        return Ok(Some(Fault { number: last_number + 1, what }));
    }
    if seen_number == last_number && (last_number == 0 || view::is_current(conn)?) {
        return Ok(None);
    }
    make_lists_anew(conn)
}

/// Makes the view anew where it says something else of the newest payments than the journal: by it the till finds what it has
/// to take up again.
fn mend_lists(conn: &mut Connection) -> Result<Option<Fault>, LedgerError> {
    match verify::check_newest(conn, LISTED_LINES_MAX)? {
        ListsChecked::Alike | ListsChecked::Stopped => Ok(None),
        ListsChecked::Broken(fault) => Ok(Some(fault)),
        ListsChecked::Differ { payment } => {
            tracing::warn!(payment, "the lists do not say what the journal says; they are made anew");
            make_lists_anew(conn)
        }
    }
}

fn make_lists_anew(conn: &mut Connection) -> Result<Option<Fault>, LedgerError> {
    match view::rebuild(conn) {
        Ok(()) => Ok(None),
        Err(view::ViewError::Entry { number, what }) => Ok(Some(Fault { number, what })),
        Err(view::ViewError::Sql(error)) => Err(error.into()),
    }
}

/// Whether there is a ledger in this folder, of whatever kind.
pub fn has_ledger(dir: &Path) -> bool {
    dir.join(FILE_NAME).exists()
}

/// Whether another process, or another part of this one, writes to the ledger in this folder at present.
///
/// # Errors
/// The lock's file cannot be looked at; that there is none is no error.
pub fn is_in_use(dir: &Path) -> io::Result<bool> {
    let file = match File::open(dir.join(LOCK_NAME)) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    // Shared, so that two who look do not see each other.
    match file.try_lock_shared() {
        Ok(()) => file.unlock().map(|()| false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// What only one process can have. The system frees it when the process ends, however that happens.
struct Lock(File);

impl Lock {
    fn take(dir: &Path) -> Result<Lock, LedgerError> {
        let path = dir.join(LOCK_NAME);
        let failed = |source| LedgerError::File { path: path.clone(), source };
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        for tries_left in (0..LOCK_TRIES).rev() {
            match file.try_lock() {
                Ok(()) => return Ok(Lock(file)),
                // Somebody may only be looking whether it is taken.
                Err(TryLockError::WouldBlock) if tries_left > 0 => std::thread::sleep(LOCK_AGAIN_AFTER),
                Err(TryLockError::WouldBlock) => break,
                Err(TryLockError::Error(source)) => return Err(failed(source)),
            }
        }
        Err(LedgerError::InUse { dir: dir.to_owned() })
    }
}

impl Drop for Lock {
    /// Closing alone would not do: a child process that is just being started holds a copy of the file for a moment.
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "the ledger's lock is freed by closing its file");
        }
    }
}
