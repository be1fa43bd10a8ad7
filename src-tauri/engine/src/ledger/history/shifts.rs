//! What moved in each shift, and the reports that shifts ended with.

use super::{Cursor, History, HistoryError, PAGE_ROWS};
use crate::ledger::chain::{COLUMNS, Row};
use crate::ledger::{Hash, LedgerError, standing};
use checkstand_core::money::Currency;
use checkstand_core::payment::ProviderName;
use checkstand_core::shift::{Report, ReportRow, Sums};
use checkstand_core::store::StoreEvent;
use rusqlite::OptionalExtension;
use std::collections::BTreeMap;

/// What one operator's payments moved in an hour of a shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hour {
    /// When it began on the store's clock, in UTC milliseconds.
    pub from_ms: i64,
    /// Never summed with another one.
    pub currency: Currency,
    /// Who opened the payments.
    pub operator: String,
    /// How much.
    pub sums: Sums,
}

/// One movement of money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovementRow {
    /// The journal's line that moved it.
    pub number: i64,
    /// UTC milliseconds.
    pub at_ms: i64,
    /// The payment's [`seq`](crate::ledger::PaymentRow::seq).
    pub seq: i64,
    /// Through whom.
    pub provider: ProviderName,
    /// Of which currency.
    pub currency: Currency,
    /// Who opened the payment.
    pub operator: String,
    /// What it adds.
    pub sums: Sums,
}

/// A shift that was closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportLine {
    /// Its number.
    pub shift: u32,
    /// The journal's line that closed it.
    pub number: i64,
    /// Its hash.
    pub hash: Hash,
    /// When, in UTC milliseconds.
    pub closed_at_ms: i64,
    /// By whom.
    pub closed_by: String,
    /// What it came to.
    pub report: Report,
}

impl History {
    /// The rows of a shift's report, open or closed: one a provider, currency and operator; none is empty.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn shift_rows(&self, shift: u32) -> Result<Vec<ReportRow>, HistoryError> {
        Ok(standing::shift_rows(&self.conn, i64::from(shift))?)
    }

    /// What moved in each hour of a shift, oldest first. Reads every movement of the shift.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn shift_hours(&self, shift: u32) -> Result<Vec<Hour>, HistoryError> {
        let calendar = self.calendar()?;
        let sql =
            "SELECT at_ms, currency, operator, paid_count, paid_minor, refunded_count, refunded_minor, returned_count,
                       returned_minor FROM movements WHERE shift = ?1";
        let mut hours: BTreeMap<(i64, Currency, String), Sums> = BTreeMap::new();
        let mut statement = self.prepare(sql)?;
        let mut rows = statement.query([shift])?;
        while let Some(sql) = rows.next()? {
            let currency = standing::currency(sql.get_ref(1)?.as_str().unwrap_or_default())?;
            let (operator, sums) = (sql.get(2)?, standing::sums(sql, 3)?);
            hours.entry((calendar.hour_ms(sql.get(0)?), currency, operator)).or_default().add(&sums);
        }
        let hour = |((from_ms, currency, operator), sums)| Hour { from_ms, currency, operator, sums };
        Ok(hours.into_iter().map(hour).collect())
    }

    /// The movements of a shift, newest first, at most [`PAGE_ROWS`], below a line of the journal; `None` begins at the newest.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn shift_movements(&self, shift: u32, before: Option<i64>) -> Result<Vec<MovementRow>, HistoryError> {
        let sql = "SELECT number, at_ms, seq, provider, currency, operator, paid_count, paid_minor, refunded_count,
                       refunded_minor, returned_count, returned_minor FROM movements
                   WHERE shift = ?1 AND number < ?2 ORDER BY number DESC, currency LIMIT ?3";
        let read = |sql: &rusqlite::Row<'_>| {
            Ok(MovementRow {
                number: sql.get(0)?,
                at_ms: sql.get(1)?,
                seq: sql.get(2)?,
                provider: standing::provider(sql.get_ref(3)?.as_str()?)?,
                currency: standing::currency(sql.get_ref(4)?.as_str()?)?,
                operator: sql.get(5)?,
                sums: standing::sums(sql, 6)?,
            })
        };
        let params = rusqlite::params![shift, before.unwrap_or(i64::MAX), PAGE_ROWS as i64];
        Ok(self.prepare(sql)?.query_map(params, read)?.collect::<Result<_, _>>()?)
    }

    /// The reports of closed shifts, newest first, at most [`PAGE_ROWS`], below a shift; `None` begins at the newest.
    ///
    /// # Errors
    /// A [`HistoryError`]; [`LedgerError::Broken`] where a line cannot be read.
    pub fn reports(&self, before: Option<u32>) -> Result<Vec<ReportLine>, HistoryError> {
        let sql = "SELECT closed_number FROM shifts WHERE shift < ?1 AND closed_number IS NOT NULL
                   ORDER BY shift DESC LIMIT ?2";
        let params = rusqlite::params![before.map_or(i64::MAX, i64::from), PAGE_ROWS as i64];
        let numbers = self.prepare(sql)?.query_map(params, |sql| sql.get(0))?.collect::<Result<Vec<i64>, _>>()?;
        numbers.into_iter().map(|number| self.report_at(number)).collect()
    }

    /// The report of one closed shift; `None` where it is not closed.
    ///
    /// # Errors
    /// A [`HistoryError`]; [`LedgerError::Broken`] where its line cannot be read.
    pub fn report(&self, shift: u32) -> Result<Option<ReportLine>, HistoryError> {
        let sql = "SELECT closed_number FROM shifts WHERE shift = ?1 AND closed_number IS NOT NULL";
        let number: Option<i64> = self.prepare(sql)?.query_row([shift], |sql| sql.get(0)).optional()?;
        number.map(|number| self.report_at(number)).transpose()
    }

    fn report_at(&self, number: i64) -> Result<ReportLine, HistoryError> {
        let row = self.line(number)?;
        let broken = |what: String| LedgerError::Broken { number, what };
        let entry = row.entry().map_err(broken)?;
        let Some(StoreEvent::ShiftClosed { number: shift, report }) = entry.of_store() else {
            return Err(broken("it closes no shift".to_owned()).into());
        };
        Ok(ReportLine {
            shift: *shift,
            number,
            hash: row.hash,
            closed_at_ms: entry.at_ms,
            closed_by: entry.operator.clone(),
            report: report.clone(),
        })
    }

    /// One line of the journal.
    pub(super) fn line(&self, number: i64) -> Result<Row, HistoryError> {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE number = ?1");
        Ok(self.prepare(&sql)?.query_row([number], Row::read)?)
    }

    /// Where a list of lines of the journal goes on.
    pub(super) fn below(before: Option<Cursor>) -> i64 {
        before.map_or(i64::MAX, |Cursor(number)| number)
    }
}
