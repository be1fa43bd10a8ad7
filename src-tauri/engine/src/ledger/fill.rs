//! Fills a new ledger with invented payments, for measuring and for trying things out. Never in live mode.
//!
//! The entries are what a till would have recorded; the tables are made by the same code as when they grow.

mod shop;

use super::chain::{self, Tip};
use super::view::{Anew, Journal, ViewError};
use super::{FILE_NAME, Identity, Ledger, LedgerError, Lock, schema, writer};
use crate::settings::{Mode, paths};
use checkstand_core::book::Entry;
use checkstand_core::payment::Event;
use rusqlite::Connection;
use shop::Shop;
use std::fs::File;
use std::path::Path;
use std::sync::mpsc::sync_channel;

/// What a shop takes in a day, where nothing else is asked for.
const PAYMENTS_PER_DAY: u64 = 1_000;
/// Days that are made ahead of those that are being written.
const DAYS_AHEAD: usize = 8;
/// Entries of one transaction, at least.
const ENTRIES_PER_TRANSACTION: usize = 50_000;
/// Memory for pages while filling, in KiB: the words are written all over their table.
const CACHE_KIB: i64 = 768 * 1_024;

/// What to invent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invention {
    /// How many payments, refunds among them.
    pub payments: u64,
    /// Spread over so many days; `None` takes about a thousand payments a day.
    pub days: Option<u64>,
    /// Equal seeds make equal ledgers.
    pub seed: u64,
    /// When the first day begins, in UTC milliseconds.
    pub first_day_ms: i64,
}

impl Invention {
    /// How many days it takes.
    pub fn days(&self) -> u64 {
        self.days.unwrap_or_else(|| self.payments.div_ceil(PAYMENTS_PER_DAY)).max(1)
    }
}

/// How far filling has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filled {
    /// Payments in the ledger.
    pub payments: u64,
    /// Entries in the journal.
    pub entries: i64,
}

/// Why a ledger was not filled.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// Nobody invents payments among real ones.
    #[error("a live ledger takes no invented payments")]
    Live,
    /// The folder holds a ledger. Take another one.
    #[error("{} holds a ledger", dir.display())]
    NotEmpty {
        /// The folder.
        dir: std::path::PathBuf,
    },
    /// The ledger cannot be made.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// An entry cannot be written. Our own mistake.
    #[error("an invented entry cannot be written: {0}")]
    Entry(#[from] serde_json::Error),
}

impl From<rusqlite::Error> for FillError {
    fn from(error: rusqlite::Error) -> FillError {
        FillError::Ledger(error.into())
    }
}

impl From<ViewError> for FillError {
    fn from(error: ViewError) -> FillError {
        FillError::Ledger(error.into())
    }
}

/// Makes a ledger in this folder and fills it. Durable when it returns; of no use where it fails.
///
/// # Errors
/// A [`FillError`].
pub fn fill(
    dir: &Path,
    identity: &Identity,
    invention: Invention,
    mut progress: impl FnMut(Filled),
) -> Result<Filled, FillError> {
    if identity.mode == Mode::Live {
        return Err(FillError::Live);
    }
    let path = dir.join(FILE_NAME);
    if path.exists() {
        return Err(FillError::NotEmpty { dir: dir.to_owned() });
    }
    drop(Ledger::open(dir, identity.clone())?);
    let _lock = Lock::take(dir)?;
    let conn = schema::reopen(&path)?;
    conn.pragma_update(None, "journal_mode", "OFF")?;
    conn.pragma_update(None, "synchronous", "OFF")?;
    conn.pragma_update(None, "cache_size", -CACHE_KIB)?;
    let filled = write(&conn, identity, invention, &mut progress)?;
    drop(conn);
    // Everything was written by now; it is only not on the disk.
    let failed = |source| LedgerError::File { path: path.clone(), source };
    File::options().write(true).open(&path).and_then(|file| file.sync_all()).map_err(failed)?;
    paths::sync_dir(dir).map_err(failed)?;
    drop(schema::reopen(&path)?);
    Ok(filled)
}

/// One thread invents and seals, the other one writes.
fn write(
    conn: &Connection,
    identity: &Identity,
    invention: Invention,
    progress: &mut impl FnMut(Filled),
) -> Result<Filled, FillError> {
    let (made, days) = sync_channel(DAYS_AHEAD);
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut tip = Tip::START;
            for entries in invented(invention) {
                let sealed = chain::seal(&entries, &tip, identity).map(|rows| (entries, rows));
                if let Ok((_, rows)) = &sealed
                    && let Some(last) = rows.last()
                {
                    tip = Tip { number: last.number, hash: last.hash };
                }
                // An error at the other end is told there.
                if made.send(sealed).is_err() {
                    return;
                }
            }
        });
        let mut filled = Filled::default();
        let mut waiting = 0;
        conn.execute_batch("BEGIN")?;
        let mut anew = Anew::begin(conn, Journal::Grows)?;
        for day in days {
            let (entries, rows) = day?;
            writer::insert(conn, &rows)?;
            anew.view.take_in(conn, &entries, &rows)?;
            filled.entries += rows.len() as i64;
            filled.payments += rows.iter().filter(|row| row.what == "opened").count() as u64;
            waiting += rows.len();
            if waiting >= ENTRIES_PER_TRANSACTION {
                conn.execute_batch("COMMIT; BEGIN")?;
                waiting = 0;
                progress(filled);
            }
        }
        anew.finish(conn)?;
        conn.execute_batch("COMMIT")?;
        Ok(filled)
    })
}

/// The entries of each invented day, in order.
pub(super) fn invented(invention: Invention) -> impl Iterator<Item = Vec<Entry>> {
    let mut shop = Shop::new(invention.seed);
    let days = invention.days();
    let mut left = invention.payments;
    (0..days).map(move |day| {
        let count = left.div_ceil(days - day);
        left -= count;
        let begins_ms = invention.first_day_ms + i64::try_from(day).unwrap_or_default() * 24 * 60 * 60 * 1_000;
        shop.day(begins_ms, count, day == 0)
    })
}

/// The same entries as a till would append them, for measuring: each payment's first two, then one by one.
pub fn entries_of_sales(invention: Invention) -> Vec<Vec<Entry>> {
    let mut appends: Vec<Vec<Entry>> = Vec::new();
    for entry in invented(invention).flatten() {
        let is_sent = entry.of_payment().is_some_and(|fact| matches!(fact.event, Event::Sent { .. }));
        match appends.last_mut() {
            Some(last) if is_sent => last.push(entry),
            Some(_) | None => appends.push(vec![entry]),
        }
    }
    appends
}
