//! One payment's row as its own lines of the journal make it: what the lists are compared with.

use super::{PaymentRow, ViewError};
use crate::ledger::Calendar;
use crate::ledger::chain::{COLUMNS, Row};
use checkstand_core::book::Fact;
use checkstand_core::payment::{Event, Payment};
use checkstand_core::store::StoreEvent;
use rusqlite::{Connection, OptionalExtension};

/// The row of a payment; `None` where the journal does not open it.
pub(in crate::ledger) fn fold(conn: &Connection, payment: &str) -> Result<Option<PaymentRow>, ViewError> {
    let mut statement =
        conn.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE payment = ?1 ORDER BY number"))?;
    let mut rows = statement.query([payment])?;
    let mut folded: Option<(Payment, Row)> = None;
    let mut last_number = 0;
    while let Some(sql) = rows.next()? {
        let row = Row::read(sql)?;
        last_number = row.number;
        let broken = |what: &str| ViewError::Entry { number: row.number, what: what.to_owned() };
        let entry = row.entry().map_err(|what| broken(&what))?;
        let Fact::Payment(fact) = &entry.fact else { return Err(broken("it names no payment")) };
        if let Event::Opened(opening) = &fact.event {
            if folded.is_some() {
                return Err(broken("it opens a payment that is open"));
            }
            folded = Some((Payment::open(fact.payment, opening.clone(), &entry.operator, entry.at_ms), row.clone()));
        }
        let (payment, _) = folded.as_mut().ok_or_else(|| broken("it speaks of a payment that was never opened"))?;
        payment.apply(&fact.event, fact.state, &fact.flags, entry.at_ms);
    }
    let Some((payment, first)) = folded else { return Ok(None) };
    let day = calendar_at(conn, first.number)?.day(first.at_ms);
    PaymentRow::of(&payment, first.number, &first.terminal, &day, last_number).map(Some)
}

/// The calendar that was set last before a line.
fn calendar_at(conn: &Connection, number: i64) -> Result<Calendar, ViewError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM journal WHERE payment IS NULL AND what = 'calendar_set' AND number < ?1
         ORDER BY number DESC LIMIT 1"
    );
    let row = conn.prepare_cached(&sql)?.query_row([number], Row::read).optional()?;
    let Some(row) = row else { return Ok(Calendar::default()) };
    let entry = row.entry().map_err(|what| ViewError::Entry { number: row.number, what })?;
    match entry.of_store() {
        Some(StoreEvent::CalendarSet { zone, cutoff_min }) => Ok(Calendar::new(zone, *cutoff_min)),
        _ => Ok(Calendar::default()),
    }
}
