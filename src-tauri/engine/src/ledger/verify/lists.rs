//! Whether the lists say what the journal says. They are made from it and decide nothing, but people read them.

use super::Fault;
use crate::ledger::LedgerError;
use crate::ledger::view::{self, PaymentRow, ViewError};
use rusqlite::{Connection, OptionalExtension, params};
use std::ops::ControlFlow;

/// Payments between two calls of `progress`.
const PAYMENTS_PER_STEP: i64 = 256;

/// Which payments are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lists {
    /// Every one: some ten thousand a second.
    All,
    /// Those that the last so many lines of the journal speak of.
    Newest(i64),
}

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

/// Compares the table `payments` with what the journal makes of each payment, at one moment. `progress` hears how many were
/// compared, and can call it off.
///
/// # Errors
/// [`LedgerError::Storage`]
pub(in crate::ledger) fn check_view(
    conn: &Connection,
    lists: Lists,
    progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
) -> Result<ListsChecked, LedgerError> {
    let moment = conn.unchecked_transaction()?;
    let newest = match lists {
        Lists::All => i64::MAX,
        Lists::Newest(lines) => lines,
    };
    let mut statement = moment.prepare(
        "SELECT DISTINCT payment FROM journal
         WHERE payment <> '' AND number > (SELECT coalesce(max(number), 0) FROM journal) - ?1",
    )?;
    let mut listed = moment.prepare("SELECT * FROM payments WHERE id = ?1")?;
    let mut payments = statement.query(params![newest])?;
    let mut compared = 0;
    while let Some(sql) = payments.next()? {
        let payment: String = sql.get(0)?;
        let made = match view::fold(&moment, &payment) {
            Ok(made) => made,
            Err(ViewError::Entry { number, what }) => return Ok(ListsChecked::Broken(Fault { number, what })),
            Err(ViewError::Sql(error)) => return Err(error.into()),
        };
        if listed.query_row([&payment], PaymentRow::read).optional()? != made {
            return Ok(ListsChecked::Differ { payment });
        }
        compared += 1;
        if compared % PAYMENTS_PER_STEP == 0 && progress(compared).is_break() {
            return Ok(ListsChecked::Stopped);
        }
    }
    let sql = "SELECT id FROM payments WHERE NOT EXISTS (SELECT 1 FROM journal WHERE payment = id) LIMIT 1";
    let invented = match lists {
        Lists::All => moment.query_row(sql, [], |sql| sql.get(0)).optional()?,
        Lists::Newest(_) => None,
    };
    Ok(invented.map_or(ListsChecked::Alike, |payment| ListsChecked::Differ { payment }))
}
