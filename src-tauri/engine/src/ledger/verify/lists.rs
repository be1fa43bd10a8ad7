//! Whether the lists say what the journal says. They are made from it and decide nothing about money; but people read them, and
//! a start finds by them which payments are open.

use super::Fault;
use crate::ledger::LedgerError;
use crate::ledger::verify;
use crate::ledger::view::{self, PaymentRow, ViewError};
use rusqlite::{Connection, OptionalExtension, params};
use std::ops::ControlFlow;

/// Payments between two calls of `progress`.
const PAYMENTS_PER_STEP: i64 = 256;

/// How the comparison of the lists with the journal ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListsChecked {
    /// Alike.
    Alike,
    /// It was called off.
    Stopped,
    /// They differ: the lists must be made again, and somebody may have edited them.
    Differ {
        /// Whose line differs.
        payment: String,
    },
    /// The journal itself is wrong.
    Broken(Fault),
}

/// Compares the table `payments` with what the journal makes of each payment. `progress` hears how many were compared, and can
/// call it off; nothing of the file is held meanwhile, so it may take its time.
///
/// # Errors
/// [`LedgerError::Storage`]
pub(in crate::ledger) fn check_view(
    conn: &Connection,
    progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
) -> Result<ListsChecked, LedgerError> {
    let (mut after, mut compared) = (String::new(), 0);
    loop {
        // A reader that never lets go would keep the log from being moved into the file.
        let moment = conn.unchecked_transaction()?;
        let payments = moment
            .prepare_cached("SELECT DISTINCT payment FROM journal WHERE payment > ?1 ORDER BY payment LIMIT ?2")?
            .query_map(params![after, PAYMENTS_PER_STEP], |sql| sql.get(0))?
            .collect::<Result<Vec<String>, _>>()?;
        if let Some(end) = compare(&moment, &payments)? {
            return Ok(end);
        }
        let count = i64::try_from(payments.len()).unwrap_or(PAYMENTS_PER_STEP);
        let until = payments.into_iter().next_back().filter(|_| count == PAYMENTS_PER_STEP);
        if let Some(payment) = invented(&moment, &after, until.as_deref())? {
            return Ok(ListsChecked::Differ { payment });
        }
        drop(moment);
        compared += count;
        let Some(until) = until else { return Ok(ListsChecked::Alike) };
        after = until;
        if progress(compared).is_break() {
            return Ok(ListsChecked::Stopped);
        }
    }
}

/// The same for the payments that the last so many lines of the journal speak of.
///
/// # Errors
/// [`LedgerError::Storage`]
pub(in crate::ledger) fn check_newest(conn: &Connection, lines: i64) -> Result<ListsChecked, LedgerError> {
    let behind = verify::last(conn)?.map_or(0, |tip| tip.number) - lines;
    // The lines stand at the end of the table; an index over payments would be read from its beginning.
    let sql = "SELECT DISTINCT payment FROM journal NOT INDEXED WHERE number > ?1 AND payment <> ''";
    let payments = conn.prepare(sql)?.query_map([behind], |sql| sql.get(0))?.collect::<Result<Vec<String>, _>>()?;
    Ok(compare(conn, &payments)?.unwrap_or(ListsChecked::Alike))
}

/// Compares these payments at one moment; `None` where all are alike.
fn compare(moment: &Connection, payments: &[String]) -> Result<Option<ListsChecked>, LedgerError> {
    let mut listed = moment.prepare_cached("SELECT * FROM payments WHERE id = ?1")?;
    for payment in payments {
        let made = match view::fold(moment, payment) {
            Ok(made) => made,
            Err(ViewError::Entry { number, what }) => {
                return Ok(Some(ListsChecked::Broken(Fault { number, what })));
            }
            Err(ViewError::Sql(error)) => return Err(error.into()),
        };
        if listed.query_row([payment], PaymentRow::read).optional()? != made {
            return Ok(Some(ListsChecked::Differ { payment: payment.clone() }));
        }
    }
    Ok(None)
}

/// A listed payment after one, and up to another or the end, of which the journal says nothing.
fn invented(moment: &Connection, after: &str, until: Option<&str>) -> rusqlite::Result<Option<String>> {
    let sql = "SELECT id FROM payments WHERE id > ?1 AND (?2 IS NULL OR id <= ?2)
               AND NOT EXISTS (SELECT 1 FROM journal WHERE payment = id) LIMIT 1";
    moment.prepare_cached(sql)?.query_row(params![after, until], |sql| sql.get(0)).optional()
}
