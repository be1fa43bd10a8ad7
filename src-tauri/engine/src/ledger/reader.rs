//! Looks into a ledger without being able to change it, beside a running till or without one.

use super::chain::{self, COLUMNS, Row};
use super::view::PaymentRow;
use super::{FILE_NAME, LedgerError, Replayed, schema};
use crate::settings::Mode;
use checkstand_core::payment::PaymentId;
use rusqlite::{Connection, Params};
use std::path::Path;

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
        let (conn, mode) = schema::open_to_read(&dir.join(FILE_NAME))?;
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

    /// One payment's story, oldest line first, unchecked.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn rows_of(&self, payment: PaymentId) -> Result<Vec<Row>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE payment = ?1 ORDER BY number");
        self.read(&sql, [payment.to_string()], Row::read)
    }

    /// Every payment, newest first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn payments(&self) -> Result<Vec<PaymentRow>, LedgerError> {
        self.read("SELECT * FROM payments ORDER BY opened_at_ms DESC, id DESC", [], PaymentRow::read)
    }

    /// Payments opened at or after this time (UTC milliseconds), newest first.
    ///
    /// # Errors
    /// [`LedgerError::Storage`].
    pub fn payments_since(&self, opened_at_ms: i64) -> Result<Vec<PaymentRow>, LedgerError> {
        let sql = "SELECT * FROM payments WHERE opened_at_ms >= ?1 ORDER BY opened_at_ms DESC, id DESC";
        self.read(sql, [opened_at_ms], PaymentRow::read)
    }

    /// Checks the whole chain, as opening for writing does.
    ///
    /// # Errors
    /// [`LedgerError::Broken`] with the first line that is wrong.
    pub fn verify(&self) -> Result<Replayed, LedgerError> {
        chain::replay(&self.conn, self.mode)
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
