//! The history: lists, searches, sums and reports, read beside a running till.
//!
//! Every question costs a bounded amount of work, however long the journal is: an index finds the rows, a budget stops a
//! walk. It decides nothing; what it shows may be a commit older than what the till knows.

mod people;
mod plan;
mod query;
mod search;
mod shifts;
mod totals;

pub use people::{Activity, Detail};
pub use query::{NEEDLE_CHARS_MAX, Query, StateFilter};
pub use shifts::{Hour, MovementRow, ReportLine};
pub use totals::{Choices, Tally};

use super::reader::open_file;
use super::view::{PAYMENT_COLUMNS, PaymentRow};
use super::{Calendar, LedgerError};
use plan::Walk;
use rusqlite::{CachedStatement, Connection, params_from_iter};
use search::Hits;
use std::cell::RefCell;
use std::path::Path;
use totals::Counts;

/// Rows of a page.
pub const PAGE_ROWS: usize = 50;
/// Rows that one call looks at, at the most.
pub const BUDGET_ROWS: i64 = 20_000;

/// Why the history has no answer.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// The text that is searched for is too long. Type less.
    #[error("a search takes at most {max} characters")]
    NeedleTooLong {
        /// In characters.
        max: usize,
    },
    /// The ledger cannot be read.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> HistoryError {
        HistoryError::Ledger(error.into())
    }
}

/// Where a list goes on: below the payment with this `seq`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub i64);

/// A part of a list, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// At most [`PAGE_ROWS`].
    pub rows: Vec<PaymentRow>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Cursor>,
    /// The budget was used up before the page was full: there may be more below `next`.
    pub searching: bool,
}

/// A read-only connection with what it has counted.
pub struct History {
    conn: Connection,
    counts: RefCell<Option<Counts>>,
    /// Every statement that was asked for.
    #[cfg(test)]
    pub(super) asked: RefCell<std::collections::BTreeSet<String>>,
}

impl History {
    /// Opens the history of the ledger in this folder.
    ///
    /// # Errors
    /// [`LedgerError::NotALedger`] and [`LedgerError::Storage`]; also where there is no file.
    pub fn open(dir: &Path) -> Result<History, LedgerError> {
        let (conn, _) = open_file(dir)?;
        Ok(History {
            conn,
            counts: RefCell::new(None),
            #[cfg(test)]
            asked: RefCell::default(),
        })
    }

    /// The payments that a query matches, newest first, from a cursor on; `None` begins at the newest.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn page(&self, query: &Query, after: Option<Cursor>) -> Result<Page, HistoryError> {
        let _look = Look::begin(self)?;
        self.part(query, after, PAGE_ROWS)
    }

    /// The same in parts of another size.
    pub(super) fn part(&self, query: &Query, after: Option<Cursor>, most: usize) -> Result<Page, HistoryError> {
        let needle = query.needle()?;
        let Some(stretch) = self.stretch(query, after)? else { return Ok(Page::end()) };
        if !needle.is_empty()
            && let Hits::Few(seqs) = self.hits(&needle)?
        {
            let rows = self.rows(seqs.range(stretch.clone()).rev(), |row| query.takes(row, &needle), most + 1)?;
            return Ok(Page::of(rows, most));
        }
        let walk = self.plan(query, &stretch)?;
        if walk.is_empty {
            return Ok(Page::end());
        }
        if needle.is_empty() {
            self.walk(&walk, stretch, most)
        } else {
            self.walk_by_eye(query, &needle, &walk, stretch, most)
        }
    }

    /// Fetches payments in the order of their `seq`s until enough were taken.
    fn rows<'a>(
        &self,
        seqs: impl Iterator<Item = &'a i64>,
        takes: impl Fn(&PaymentRow) -> bool,
        most: usize,
    ) -> Result<Vec<PaymentRow>, HistoryError> {
        let mut statement = self.prepare(&format!("SELECT {PAYMENT_COLUMNS} FROM payments AS p WHERE p.seq = ?1"))?;
        let mut rows = Vec::new();
        for seq in seqs {
            if rows.len() == most {
                break;
            }
            let row = statement.query_row([seq], PaymentRow::read_in_order)?;
            if takes(&row) {
                rows.push(row);
            }
        }
        Ok(rows)
    }

    /// Walks down an index; all filters are asked in the statement.
    fn walk(&self, walk: &Walk, stretch: std::ops::RangeInclusive<i64>, most: usize) -> Result<Page, HistoryError> {
        let mut params = walk.params(&stretch);
        params.push((most as i64 + 1).into());
        let mut statement = self.prepare(&walk.sql)?;
        let mut found = statement.query(params_from_iter(params))?;
        let mut rows = Vec::with_capacity(most.min(PAGE_ROWS) + 1);
        while let Some(sql) = found.next()? {
            rows.push(PaymentRow::read_in_order(sql)?);
        }
        if rows.len() > most || !walk.is_budgeted {
            return Ok(Page::of(rows, most));
        }
        // The page is not full: how far did the budget reach?
        let (seen, lowest): (i64, Option<i64>) = self
            .prepare(&walk.reach_sql())?
            .query_row(params_from_iter(walk.reach_params(&stretch)), |sql| Ok((sql.get(0)?, sql.get(1)?)))?;
        let searching = seen == BUDGET_ROWS;
        Ok(Page { rows, next: lowest.filter(|_| searching).map(Cursor), searching })
    }

    /// Walks down an index and looks at each row for a needle that matches too many rows to be looked up.
    fn walk_by_eye(
        &self,
        query: &Query,
        needle: &query::Needle,
        walk: &Walk,
        stretch: std::ops::RangeInclusive<i64>,
        most: usize,
    ) -> Result<Page, HistoryError> {
        let mut statement = self.prepare(&walk.all_sql())?;
        let mut found = statement.query(params_from_iter(walk.reach_params(&stretch)))?;
        let (mut rows, mut seen, mut lowest) = (Vec::new(), 0, None);
        while let Some(sql) = found.next()? {
            let row = PaymentRow::read_in_order(sql)?;
            seen += 1;
            if query.takes(&row, needle) {
                if rows.len() == most {
                    return Ok(Page { next: lowest, rows, searching: false });
                }
                lowest = Some(Cursor(row.seq));
                rows.push(row);
            } else if rows.len() < most {
                lowest = Some(Cursor(row.seq));
            }
        }
        let searching = seen == BUDGET_ROWS;
        Ok(Page { rows, next: lowest.filter(|_| searching), searching })
    }

    #[cfg(test)]
    pub(super) fn connection(&self) -> &Connection {
        &self.conn
    }

    fn prepare(&self, sql: &str) -> rusqlite::Result<CachedStatement<'_>> {
        #[cfg(test)]
        self.asked.borrow_mut().insert(sql.to_owned());
        self.conn.prepare_cached(sql)
    }

    /// The store's calendar, as last recorded.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn calendar(&self) -> Result<Calendar, LedgerError> {
        let mut statement = self.prepare("SELECT value FROM standing WHERE name = ?1")?;
        let zone: Option<String> =
            rusqlite::OptionalExtension::optional(statement.query_row(["zone"], |sql| sql.get(0)))?;
        let cutoff: Option<u32> =
            rusqlite::OptionalExtension::optional(statement.query_row(["cutoff_min"], |sql| sql.get(0)))?;
        Ok(zone.map_or_else(Calendar::default, |zone| Calendar::new(&zone, cutoff.unwrap_or(0))))
    }
}

/// One look at the file, as long as it lives: what the statements find belongs together, and the file is locked once.
struct Look<'a>(&'a History);

impl Look<'_> {
    fn begin(history: &History) -> rusqlite::Result<Look<'_>> {
        history.conn.prepare_cached("BEGIN")?.execute([])?;
        Ok(Look(history))
    }
}

impl Drop for Look<'_> {
    fn drop(&mut self) {
        // Nothing was written: where this fails, the next look says so.
        _ = self.0.conn.prepare_cached("COMMIT").and_then(|mut end| end.execute([]));
    }
}

impl Page {
    fn end() -> Page {
        Page { rows: Vec::new(), next: None, searching: false }
    }

    /// A page from rows of which one more was fetched than it holds.
    fn of(mut rows: Vec<PaymentRow>, most: usize) -> Page {
        let is_last = rows.len() <= most;
        rows.truncate(most);
        let next = rows.last().filter(|_| !is_last).map(|row| Cursor(row.seq));
        Page { rows, next, searching: false }
    }
}
