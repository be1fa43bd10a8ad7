//! Looks into a ledger without being able to change it, beside a running till or without one.

use super::chain::{COLUMNS, Row, Tip};
use super::verify::{self, Checked, ListsChecked, Recent};
use super::view::PaymentRow;
use super::{Anchor, FILE_NAME, LedgerError, Removable, retention, schema, standing, view};
use crate::settings::Mode;
use checkstand_core::book::Entry;
use checkstand_core::payment::PaymentId;
use checkstand_core::payment::ProviderName;
use checkstand_core::till::{Standing, Want};
use rusqlite::{Connection, OptionalExtension, Params};
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;

/// A connection to the ledger in this folder that cannot change it, and which money it is about.
pub(super) fn open_file(dir: &Path) -> Result<(Connection, Mode), LedgerError> {
    schema::open_to_read(&dir.join(FILE_NAME))
}

/// A ledger in a few numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Lines of the journal.
    pub entries: i64,
    /// When the last one was written: UTC milliseconds.
    pub last_at_ms: Option<i64>,
    /// Payments since the ledger began.
    pub payments: i64,
    /// Payments that have not ended.
    pub open: i64,
    /// Payments that a person must look at.
    pub attention: i64,
    /// The open shift.
    pub shift: Option<i64>,
}

/// A read-only connection.
pub struct Reader {
    conn: Connection,
    mode: Mode,
}

impl Reader {
    /// Opens the ledger in this folder.
    ///
    /// # Errors
    /// [`LedgerError::NotALedger`] and [`LedgerError::Storage`]; also where there is no file.
    pub fn open(dir: &Path) -> Result<Reader, LedgerError> {
        let (conn, mode) = open_file(dir)?;
        Ok(Reader { conn, mode })
    }

    /// Which money it is about.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Every line of the journal in order, unchecked.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn rows(&self) -> Result<Vec<Row>, LedgerError> {
        self.read(&format!("SELECT {COLUMNS} FROM journal ORDER BY number"), [], Row::read)
    }

    /// The last so many lines, oldest first, unchecked.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn last_rows(&self, most: usize) -> Result<Vec<Row>, LedgerError> {
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let sql = format!("SELECT {COLUMNS} FROM journal ORDER BY number DESC LIMIT ?1");
        let mut rows = self.read(&sql, [most], Row::read)?;
        rows.reverse();
        Ok(rows)
    }

    /// One payment's story, oldest line first, unchecked.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn rows_of(&self, payment: PaymentId) -> Result<Vec<Row>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE payment = ?1 ORDER BY number");
        self.read(&sql, [payment.to_string()], Row::read)
    }

    /// The ledger in a few numbers.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn summary(&self) -> Result<Summary, LedgerError> {
        let last = "SELECT number, at_ms FROM journal ORDER BY number DESC LIMIT 1";
        let last: Option<(i64, i64)> =
            self.conn.query_row(last, [], |sql| Ok((sql.get(0)?, sql.get(1)?))).optional()?;
        let count = |sql: &str| self.conn.query_row(sql, [], |sql| sql.get::<_, i64>(0));
        Ok(Summary {
            entries: last.map_or(0, |(number, _)| number),
            last_at_ms: last.map(|(_, at_ms)| at_ms),
            payments: view::standing(&self.conn, "payments")?,
            open: count("SELECT count(*) FROM payments WHERE is_open = 1")?,
            attention: count("SELECT count(*) FROM payments WHERE attention = 1")?,
            shift: Some(view::standing(&self.conn, "shift")?).filter(|number| *number > 0),
        })
    }

    /// Whether a payment of this provider has not ended: a message about it may come with the next logon.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn awaits(&self, provider: ProviderName) -> Result<bool, LedgerError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM payments WHERE is_open = 1 AND provider = ?1)";
        Ok(self.conn.query_row(sql, [provider.name()], |sql| sql.get(0))?)
    }

    /// Whether the journal records that it was found broken, and nothing that a manager decided since: then the till takes no
    /// new money, whatever the file says by now. Reads the store's lines from their end.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn holds_a_finding(&self) -> Result<bool, LedgerError> {
        let sql = "SELECT what FROM journal WHERE payment IS NULL AND what IN ('journal_broken', 'restored')
                   ORDER BY number DESC LIMIT 1";
        let last: Option<String> = self.conn.query_row(sql, [], |sql| sql.get(0)).optional()?;
        Ok(last.is_some_and(|what| what == "journal_broken"))
    }

    /// Every payment, newest first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn payments(&self) -> Result<Vec<PaymentRow>, LedgerError> {
        self.read("SELECT * FROM payments ORDER BY seq DESC", [], PaymentRow::read)
    }

    /// Checks the whole chain. What is wrong is in the answer.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]
    pub fn verify(&self) -> Result<Checked, LedgerError> {
        self.check(Tip::START, None, &mut |_| ControlFlow::Continue(()))
    }

    /// Checks the lines after `from`, up to and with the line `through` or the last one. `progress` hears the number that was
    /// reached, and can call it off.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]
    pub fn check(
        &self,
        from: Tip,
        through: Option<i64>,
        progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
    ) -> Result<Checked, LedgerError> {
        verify::check(&self.conn, self.mode, from, through, progress)
    }

    /// Checks the last [`RECENT_LINES_MAX`] lines behind `behind`: what is done before the first sale. The rest is
    /// [`Running`](super::Running)'s.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]
    ///
    /// [`RECENT_LINES_MAX`]: super::RECENT_LINES_MAX
    pub fn recent(&self, behind: Tip) -> Result<Recent, LedgerError> {
        verify::recent(&self.conn, self.mode, behind)
    }

    /// Where that stretch begins.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]
    pub(crate) fn newest(&self, behind: Tip) -> Result<Tip, LedgerError> {
        Ok(verify::newest(&self.conn, behind)?)
    }

    /// Where a check begins: behind the line that a manager accepted as it is, if the journal still holds it.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]
    pub fn begin(&self, anchor: Option<Anchor>) -> Result<Tip, LedgerError> {
        Anchor::begin(anchor, &self.conn)
    }

    /// Compares the lists with what the journal makes of each payment. `progress` hears how many were compared, and can call
    /// it off.
    ///
    /// # Errors
    /// [`LedgerError::Storage`]
    pub fn check_view(&self, progress: &mut dyn FnMut(i64) -> ControlFlow<()>) -> Result<ListsChecked, LedgerError> {
        verify::check_view(&self.conn, progress)
    }

    pub(super) fn conn(&self) -> &Connection {
        &self.conn
    }

    /// What the whole journal comes to.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn standing(&self) -> Result<Standing, LedgerError> {
        standing::standing(&self.conn)
    }

    /// The whole stories, in order, of all payments that share a reference with what is wanted; empty where there is none.
    /// Each line is checked against its own hash.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] where a line was changed, [`LedgerError::Storage`].
    pub fn recall(&self, want: &Want) -> Result<Vec<Entry>, LedgerError> {
        standing::recall(&self.conn, want)
    }

    /// What a removal of payments that have not changed for so many years would remove now; see
    /// [`remove_old`](super::remove_old).
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn removable(&self, years: u32, now_ms: i64) -> Result<Removable, LedgerError> {
        retention::removable(&self.conn, years, now_ms)
    }

    /// The salted hash of a PIN, as it was put, by the digest in the journal.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn pin(&self, digest: &str) -> Result<Option<String>, LedgerError> {
        let sql = "SELECT phc FROM pins WHERE digest = ?1";
        Ok(self.conn.prepare_cached(sql)?.query_row([digest], |sql| sql.get(0)).optional()?)
    }

    fn read<T>(
        &self,
        sql: &str,
        params: impl Params,
        row: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, LedgerError> {
        Ok(self.conn.prepare(sql)?.query_map(params, row)?.collect::<Result<_, _>>()?)
    }
}
