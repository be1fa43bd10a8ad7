//! The one thread that writes. It owns the connection, answers appends one at a time, and moves the log into the file when idle.

use super::ballast::Ballast;
use super::chain::{self, Row, Tip};
use super::view::{self, View, ViewError};
use super::write_ahead::{Moved, checkpoint, renew_log, renew_log_if, start_log};
use super::{FILE_NAME, Identity, LedgerError, Persist, schema};
use crate::settings::paths;
use checkstand_core::book::Entry;
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, ffi, params};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// So long must nothing happen before the log is moved into the file.
const IDLE_MS: u64 = 2_000;
/// After so many appends it is moved even if the till never rests.
const APPENDS_PER_CHECKPOINT: u32 = 1_000;

/// What the thread is asked to do.
pub(super) enum Job {
    Append {
        entries: Vec<Entry>,
        answer: oneshot::Sender<Persist>,
    },
    PutPin {
        digest: String,
        phc: String,
        answer: oneshot::Sender<Result<(), LedgerError>>,
    },
    RebuildView {
        answer: oneshot::Sender<Result<(), LedgerError>>,
    },
    OutdateView {
        answer: oneshot::Sender<Result<(), LedgerError>>,
    },
    #[cfg(test)]
    Run(Box<dyn FnOnce(&mut Writer) + Send>),
}

/// What a test makes go wrong, one after the other.
#[cfg(test)]
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The disk is full before the commit.
    Full,
    /// The commit is undone and reported as failed.
    CommitFails,
    /// The commit is done and reported as failed.
    CommitAnswerLost,
    /// The file cannot be opened again.
    ReopenFails,
}

pub(super) struct Writer {
    dir: PathBuf,
    identity: Identity,
    /// `None` after the file could not be opened again.
    pub(super) conn: Option<Connection>,
    tip: Tip,
    /// Tells the last line that is certainly on the disk.
    durable: watch::Sender<Tip>,
    trust: Trust,
    view: View,
    /// An append of which it cannot be told whether it is in the file. Nothing else is written until it can.
    doubtful: Option<(Vec<Entry>, Vec<Row>)>,
    ballast: Ballast,
    appends_in_log: u32,
    /// A sync of the log may have failed. The system takes what it should have kept for written, so no later sync keeps it, and
    /// whatever stands behind it in the log would be lost with it.
    log_is_adrift: bool,
    #[cfg(test)]
    pub(super) faults: std::collections::VecDeque<Fault>,
    /// `PRAGMA synchronous` at each commit.
    #[cfg(test)]
    pub(super) synchronous_seen: Vec<i64>,
}

/// Whether the journal was in order when it was opened.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Trust {
    Sound,
    /// A payment whose line in the view cannot be made any more still takes evidence.
    Broken,
}

/// Whether a commit waits until it is on the disk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wait {
    ForDisk,
    NotForDisk,
}

/// Where a transaction failed.
enum Failure {
    /// Before its commit: nothing of it is in the file.
    Before(ViewError),
    /// At its commit: the file must be asked.
    AtCommit(rusqlite::Error),
}

/// How writing rows ended.
enum Written {
    Yes,
    No { why: String, room_made: bool },
    CannotTell(String),
}

/// What the file says about rows whose commit failed.
enum Found {
    Here,
    NotHere,
    CannotTell(String),
}

impl Writer {
    pub(super) fn new(
        dir: PathBuf,
        identity: Identity,
        conn: Connection,
        tip: Tip,
        durable: watch::Sender<Tip>,
        trust: Trust,
        ballast: Ballast,
    ) -> Writer {
        Writer {
            dir,
            identity,
            conn: Some(conn),
            tip,
            durable,
            trust,
            view: View::new(),
            doubtful: None,
            ballast,
            appends_in_log: 0,
            log_is_adrift: false,
            #[cfg(test)]
            faults: std::collections::VecDeque::new(),
            #[cfg(test)]
            synchronous_seen: Vec::new(),
        }
    }

    /// Works until the ledger is dropped.
    pub(super) fn run(mut self, jobs: &Receiver<Job>) {
        loop {
            let job = if self.appends_in_log == 0 {
                jobs.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                jobs.recv_timeout(Duration::from_millis(IDLE_MS))
            };
            match job {
                Ok(Job::Append { entries, answer }) => {
                    // Nobody listening means that the engine is gone; what it asked for is done all the same.
                    _ = answer.send(self.append(entries));
                    if self.appends_in_log >= APPENDS_PER_CHECKPOINT {
                        self.move_log();
                    }
                }
                Ok(Job::PutPin { digest, phc, answer }) => _ = answer.send(self.put_pin(&digest, &phc)),
                Ok(Job::RebuildView { answer }) => _ = answer.send(self.rebuild_view()),
                Ok(Job::OutdateView { answer }) => _ = answer.send(self.outdate_view()),
                #[cfg(test)]
                Ok(Job::Run(test)) => test(&mut self),
                Err(RecvTimeoutError::Timeout) => self.move_log(),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
        match self.conn.as_ref().map(|conn| checkpoint(conn, "TRUNCATE")) {
            Some(Ok(Moved::All)) => self.tell_durable(),
            Some(Ok(Moved::Part)) | None => {}
            Some(Err(error)) => {
                tracing::warn!(%error, "the ledger's log could not be moved into its file; the next start does it");
            }
        }
    }

    fn append(&mut self, entries: Vec<Entry>) -> Persist {
        if let Some(answer) = self.settle_doubt(&entries) {
            return answer;
        }
        let rows = match chain::seal(&entries, &self.tip, &self.identity) {
            Ok(rows) => rows,
            Err(error) => return Persist::Failed(error.to_string()),
        };
        // One fsync a sale is saved here: where the power fails before the next commit that waits, the till asks the provider
        // for the same evidence again.
        let all_again =
            entries.iter().all(|entry| entry.of_payment().is_some_and(|fact| fact.event.can_be_read_again()));
        let wait = if all_again { Wait::NotForDisk } else { Wait::ForDisk };
        let mut written = self.write(&entries, &rows, wait);
        if let Written::No { room_made: true, .. } = written {
            written = self.write(&entries, &rows, wait);
        }
        match written {
            Written::Yes => {
                let answer = self.advance(&rows);
                if wait == Wait::ForDisk {
                    self.tell_durable();
                }
                answer
            }
            Written::No { why, .. } => Persist::Failed(why),
            Written::CannotTell(why) => {
                self.doubtful = Some((entries, rows));
                Persist::Unknown(why)
            }
        }
    }

    fn advance(&mut self, rows: &[Row]) -> Persist {
        if let Some(last) = rows.last() {
            self.tip = Tip { number: last.number, hash: last.hash };
            self.appends_in_log += 1;
        }
        Persist::Ok { last_number: self.tip.number }
    }

    fn tell_durable(&self) {
        let tip = self.tip;
        self.durable.send_if_modified(|told| std::mem::replace(told, tip) != tip);
    }

    /// The answer that an earlier append in doubt leaves for this one; `None` where the way is free.
    fn settle_doubt(&mut self, entries: &[Entry]) -> Option<Persist> {
        let (doubted, rows) = self.doubtful.take()?;
        let why = match self.look_up(&rows) {
            Found::NotHere => return None,
            Found::Here if doubted == entries => {
                let answer = self.advance(&rows);
                self.tell_durable();
                return Some(answer);
            }
            Found::Here => "an earlier append is in the ledger, but the till never took it in".to_owned(),
            Found::CannotTell(why) => why,
        };
        self.doubtful = Some((doubted, rows));
        Some(Persist::Unknown(why))
    }

    fn write(&mut self, entries: &[Entry], rows: &[Row], wait: Wait) -> Written {
        if rows.is_empty() {
            return Written::Yes;
        }
        let (error, at_commit) = match self.transact(entries, rows, wait) {
            Ok(()) => return Written::Yes,
            Err(Failure::Before(error)) => (error, false),
            Err(Failure::AtCommit(error)) => (ViewError::Sql(error), true),
        };
        self.view.forget();
        self.log_is_adrift |= at_commit;
        // Room first: opening the file again needs some, too.
        let full = matches!(&error, ViewError::Sql(error) if is_full(error));
        let room_made = full && self.ballast.give_back();
        if !at_commit && !full {
            // What a bad read has left in the connection's memory would be believed for as long as it lives.
            self.conn = None;
        }
        if at_commit {
            match self.look_up(rows) {
                Found::Here => return Written::Yes,
                Found::CannotTell(why) => return Written::CannotTell(why),
                Found::NotHere => {}
            }
        }
        Written::No { why: error.to_string(), room_made }
    }

    fn transact(&mut self, entries: &[Entry], rows: &[Row], wait: Wait) -> Result<(), Failure> {
        #[cfg(test)]
        let fault = self.faults.pop_front();
        let (trust, is_adrift) = (self.trust, self.log_is_adrift);
        self.file().and_then(|conn| renew_log_if(is_adrift, conn)).map_err(|error| Failure::Before(error.into()))?;
        self.log_is_adrift = false;
        let Writer { conn: Some(conn), view, .. } = self else { unreachable!("the file was opened just now") };
        if wait == Wait::NotForDisk {
            conn.pragma_update(None, "synchronous", "NORMAL").map_err(|error| Failure::Before(error.into()))?;
        }
        #[cfg(test)]
        let synchronous = conn.pragma_query_value(None, "synchronous", |sql| sql.get::<_, i64>(0));
        let done = commit(
            conn,
            view,
            entries,
            rows,
            trust,
            #[cfg(test)]
            fault,
        );
        if wait == Wait::NotForDisk && conn.pragma_update(None, "synchronous", "FULL").is_err() {
            // A connection that would go on without waiting is given up; the next one starts with FULL.
            self.conn = None;
        }
        #[cfg(test)]
        self.synchronous_seen.extend(synchronous.ok());
        done
    }

    /// Asks the file whether it holds these rows. The old connection goes first: its memory of the log leaves out what its
    /// commit did not finish, while a new one reads the log as a restart would.
    fn look_up(&mut self, rows: &[Row]) -> Found {
        self.conn = None;
        #[cfg(test)]
        if self.faults.front() == Some(&Fault::ReopenFails) {
            self.faults.pop_front();
            return Found::CannotTell("the test keeps the file shut".to_owned());
        }
        let found = match self.file() {
            Ok(conn) => look_up(conn, rows),
            Err(error) => Err(error),
        };
        let found = found.unwrap_or_else(|error| Found::CannotTell(error.to_string()));
        match (found, paths::sync_dir(&self.dir)) {
            // Else a log that was deleted just now could come back after a power cut.
            (Found::NotHere, Err(error)) => Found::CannotTell(error.to_string()),
            (found, _) => found,
        }
    }

    /// The connection. Where the file could not be opened for writing, SQLite has opened it for reading without a word, and
    /// would read for ever: such a connection is given up.
    fn file(&mut self) -> rusqlite::Result<&mut Connection> {
        let conn = match self.conn.take() {
            Some(conn) if !conn.is_readonly(rusqlite::MAIN_DB)? => conn,
            Some(_) | None => schema::reopen(&self.dir.join(FILE_NAME))?,
        };
        Ok(self.conn.insert(conn))
    }

    fn rebuild_view(&mut self) -> Result<(), LedgerError> {
        self.view.forget();
        self.beside(|conn| Ok(view::rebuild(conn)?))
    }

    fn outdate_view(&mut self) -> Result<(), LedgerError> {
        self.beside(|conn| Ok(view::outdate(conn)?))
    }

    fn put_pin(&mut self, digest: &str, phc: &str) -> Result<(), LedgerError> {
        let sql = "INSERT INTO pins (digest, phc) VALUES (?1, ?2) ON CONFLICT (digest) DO NOTHING";
        self.beside(|conn| Ok(conn.execute(sql, [digest, phc])?))?;
        self.appends_in_log += 1;
        Ok(())
    }

    /// Writes something that is no entry.
    fn beside<T>(&mut self, work: impl FnOnce(&mut Connection) -> Result<T, LedgerError>) -> Result<T, LedgerError> {
        let is_adrift = std::mem::replace(&mut self.log_is_adrift, true);
        let conn = self.file()?;
        renew_log_if(is_adrift, conn)?;
        let done = work(conn)?;
        self.log_is_adrift = false;
        Ok(done)
    }

    fn move_log(&mut self) {
        self.appends_in_log = 0;
        let Some(conn) = &self.conn else { return };
        match checkpoint(conn, "PASSIVE").and_then(|moved| start_log(conn).map(|()| moved)) {
            Ok(Moved::All) => self.tell_durable(),
            Ok(Moved::Part) => {}
            Err(error) => {
                self.log_is_adrift = true;
                tracing::warn!(%error, "the ledger's log could not be moved into its file; it grows until it can");
            }
        }
    }
}

/// Writes rows and the view of them in one transaction.
fn commit(
    conn: &mut Connection,
    view: &mut View,
    entries: &[Entry],
    rows: &[Row],
    trust: Trust,
    #[cfg(test)] fault: Option<Fault>,
) -> Result<(), Failure> {
    let before = |error: rusqlite::Error| Failure::Before(error.into());
    let mut transaction = conn.transaction_with_behavior(TransactionBehavior::Immediate).map_err(before)?;
    insert(&transaction, rows).map_err(before)?;
    match trust {
        Trust::Sound => view.take_in(&transaction, entries, rows).map_err(Failure::Before)?,
        Trust::Broken => {
            let lists = transaction.savepoint().map_err(before)?;
            match view.take_in(&lists, entries, rows) {
                Ok(()) => lists.commit().map_err(before)?,
                Err(error @ ViewError::Entry { .. }) => {
                    tracing::warn!(%error, "the journal is broken; the lists stay as they are");
                    view.forget();
                }
                Err(error) => return Err(Failure::Before(error)),
            }
        }
    }
    #[cfg(test)]
    match fault {
        Some(Fault::Full) => return Err(before(sqlite_failure(ffi::SQLITE_FULL))),
        Some(Fault::CommitFails) => {
            transaction.rollback().map_err(before)?;
            return Err(Failure::AtCommit(sqlite_failure(ffi::SQLITE_IOERR_FSYNC)));
        }
        Some(Fault::CommitAnswerLost) => {
            transaction.commit().map_err(Failure::AtCommit)?;
            return Err(Failure::AtCommit(sqlite_failure(ffi::SQLITE_IOERR_FSYNC)));
        }
        Some(Fault::ReopenFails) | None => {}
    }
    transaction.commit().map_err(Failure::AtCommit)
}

/// Writes lines of the journal.
pub(super) fn insert(conn: &Connection, rows: &[Row]) -> rusqlite::Result<()> {
    let mut insert = conn.prepare_cached(
        "INSERT INTO journal (number, previous, hash, at_ms, operator, terminal, mode, payment, what, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?;
    for row in rows {
        insert.execute(params![
            row.number,
            row.previous,
            row.hash,
            row.at_ms,
            row.operator,
            row.terminal,
            row.mode,
            row.payment,
            row.what,
            row.body
        ])?;
    }
    Ok(())
}

#[cfg(test)]
fn sqlite_failure(code: std::ffi::c_int) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), None)
}

fn look_up(conn: &Connection, rows: &[Row]) -> rusqlite::Result<Found> {
    let mut here = 0;
    for row in rows {
        let hash: Option<chain::Hash> =
            conn.query_row("SELECT hash FROM journal WHERE number = ?1", [row.number], |sql| sql.get(0)).optional()?;
        match hash {
            Some(hash) if hash == row.hash => here += 1,
            Some(_) => return Ok(Found::CannotTell(format!("another entry stands at {}", row.number))),
            None => {}
        }
    }
    if here == 0 {
        return Ok(Found::NotHere);
    }
    // Readable is not yet durable: after a failed fsync the log may be in memory only.
    renew_log(conn)?;
    let why = "a part of the entries can be read".to_owned();
    Ok(if here == rows.len() { Found::Here } else { Found::CannotTell(why) })
}

/// Whether the disk has, or may have, no room. The shared memory of the log and a short write report it in words of their own.
pub(super) fn is_full(error: &rusqlite::Error) -> bool {
    [ffi::SQLITE_FULL, ffi::SQLITE_IOERR_WRITE, ffi::SQLITE_IOERR_SHMSIZE]
        .into_iter()
        .any(|code| error.sqlite_extended_error_code() == Some(code))
}
