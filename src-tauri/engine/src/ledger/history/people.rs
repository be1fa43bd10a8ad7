//! One payment with all that belongs to it, and who did what.

use super::{Cursor, History, HistoryError, PAGE_ROWS};
use crate::ledger::chain::{COLUMNS, Row};
use crate::ledger::view::{PAYMENT_COLUMNS, PaymentRow};
use checkstand_core::payment::PaymentId;
use rusqlite::{OptionalExtension, params};

/// Lines and rows of each list in a [`Detail`], at the most: the oldest ones.
const DETAIL_ROWS_MAX: i64 = 1_000;

/// A payment and all that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detail {
    /// What it has become.
    pub payment: PaymentRow,
    /// Its story, oldest line first.
    pub lines: Vec<Row>,
    /// Its refunds, oldest first.
    pub refunds: Vec<PaymentRow>,
    /// The lines that opened its refunds.
    pub openings: Vec<Row>,
    /// The sale that it refunds.
    pub sale: Option<PaymentRow>,
    /// The lines that say that a slip of it was printed, oldest first.
    pub printed: Vec<Row>,
}

/// What people did, newest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activity {
    /// At most [`PAGE_ROWS`]: facts about the store, and facts about payments that a person caused.
    pub lines: Vec<Row>,
    /// Where the next part begins; `None` at the end.
    pub next: Option<Cursor>,
}

impl History {
    /// A payment with its story, its refunds or its sale, and its printed slips. `None` where it is not in the ledger.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn detail(&self, id: PaymentId) -> Result<Option<Detail>, HistoryError> {
        let id = id.to_string();
        let Some(payment) = self.payment(&id)? else { return Ok(None) };
        let refunds =
            format!("SELECT {PAYMENT_COLUMNS} FROM payments AS p WHERE p.refund_of = ?1 ORDER BY p.seq LIMIT ?2");
        let refunds = self
            .prepare(&refunds)?
            .query_map(params![id, DETAIL_ROWS_MAX], PaymentRow::read_in_order)?
            .collect::<Result<_, _>>()?;
        let printed = self
            .prepare("SELECT number FROM papers WHERE about = ?1 ORDER BY number LIMIT ?2")?
            .query_map(params![id, DETAIL_ROWS_MAX], |sql| sql.get(0))?
            .collect::<Result<Vec<i64>, _>>()?;
        let sale = payment.refund_of.as_deref().map(|sale| self.payment(sale)).transpose()?.flatten();
        let lines = format!("SELECT {COLUMNS} FROM journal WHERE payment = ?1 ORDER BY number LIMIT ?2");
        let lines =
            self.prepare(&lines)?.query_map(params![id, DETAIL_ROWS_MAX], Row::read)?.collect::<Result<_, _>>()?;
        let printed = printed.into_iter().map(|number| self.line(number)).collect::<Result<_, _>>()?;
        let refunds: Vec<PaymentRow> = refunds;
        let openings = refunds.iter().map(|refund| self.line(refund.seq)).collect::<Result<_, _>>()?;
        Ok(Some(Detail { payment, lines, refunds, openings, sale, printed }))
    }

    fn payment(&self, id: &str) -> Result<Option<PaymentRow>, HistoryError> {
        let sql = format!("SELECT {PAYMENT_COLUMNS} FROM payments AS p WHERE p.id = ?1");
        Ok(self.prepare(&sql)?.query_row([id], PaymentRow::read_in_order).optional()?)
    }

    /// What everybody did, newest first, below a line of the journal; `None` begins at the newest.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn activity(&self, before: Option<Cursor>) -> Result<Activity, HistoryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM journal INDEXED BY activity
             WHERE (payment IS NULL OR operator <> 'till') AND number < ?1 ORDER BY number DESC LIMIT ?2"
        );
        let params = params![History::below(before), PAGE_ROWS as i64 + 1];
        let lines = self.prepare(&sql)?.query_map(params, Row::read)?.collect::<Result<_, _>>()?;
        Ok(Activity::of(lines))
    }

    /// What one person did.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn activity_of(&self, operator: &str, before: Option<Cursor>) -> Result<Activity, HistoryError> {
        let sql = format!(
            "SELECT {COLUMNS} FROM journal INDEXED BY activity_by_operator
             WHERE (payment IS NULL OR operator <> 'till') AND operator = ?1 AND number < ?2
             ORDER BY number DESC LIMIT ?3"
        );
        let params = params![operator, History::below(before), PAGE_ROWS as i64 + 1];
        let lines = self.prepare(&sql)?.query_map(params, Row::read)?.collect::<Result<_, _>>()?;
        Ok(Activity::of(lines))
    }
}

impl Activity {
    fn of(mut lines: Vec<Row>) -> Activity {
        let is_last = lines.len() <= PAGE_ROWS;
        lines.truncate(PAGE_ROWS);
        let next = lines.last().filter(|_| !is_last).map(|row| Cursor(row.number));
        Activity { lines, next }
    }
}
