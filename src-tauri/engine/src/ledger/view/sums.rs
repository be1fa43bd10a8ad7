//! What an append changes in the sums: put together first, so that each row is written once.

use super::PaymentRow;
use crate::ledger::chain::Row;
use checkstand_core::money::Money;
use checkstand_core::shift::{self, Movement};
use rusqlite::{Connection, ToSql, params};
use std::collections::BTreeMap;

/// A row of `totals`, without its time.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kept {
    provider: String,
    currency: String,
    operator: String,
    terminal: String,
    kind: String,
    state: String,
    counted_currency: String,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Change {
    payments: i64,
    counted_minor: i64,
}

struct Day {
    first_seq: i64,
    last_seq: i64,
    payments: i64,
}

#[derive(Default)]
pub(super) struct Sums {
    totals: BTreeMap<(&'static str, String, Kept), Change>,
    days: BTreeMap<String, Day>,
    shifts: BTreeMap<(u32, &'static str, String, String), shift::Sums>,
    running: BTreeMap<String, i64>,
}

impl Sums {
    /// A payment's row is new, or another one now.
    pub(super) fn changed(&mut self, was: Option<&PaymentRow>, is: &PaymentRow) {
        match was {
            None => {
                let new = Day { first_seq: is.seq, last_seq: is.seq, payments: 0 };
                let day = self.days.entry(is.day.clone()).or_insert(new);
                day.first_seq = day.first_seq.min(is.seq);
                day.last_seq = day.last_seq.max(is.seq);
                day.payments += 1;
            }
            Some(was) => self.add(was, -1),
        }
        self.add(is, 1);
    }

    fn add(&mut self, row: &PaymentRow, sign: i64) {
        let kept = Kept {
            provider: row.provider.clone(),
            currency: row.currency.clone(),
            operator: row.operator.clone(),
            terminal: row.terminal.clone(),
            kind: row.kind.clone(),
            state: row.state.clone(),
            counted_currency: row.counted_currency.clone().unwrap_or_default(),
        };
        let month = row.day.get(..7).unwrap_or_default();
        for (level, start) in [("day", row.day.as_str()), ("month", month), ("all", "")] {
            let change = self.totals.entry((level, start.to_owned(), kept.clone())).or_default();
            change.payments += sign;
            change.counted_minor += sign * row.counted_minor.unwrap_or(0);
        }
    }

    /// Money moved by a line of the journal.
    pub(super) fn moved(
        &mut self,
        conn: &Connection,
        row: &Row,
        seq: i64,
        shift: u32,
        movement: &Movement,
    ) -> rusqlite::Result<()> {
        let mut by_currency: BTreeMap<&'static str, shift::Sums> = BTreeMap::new();
        for (currency, sums) in movement.sums() {
            by_currency.entry(currency.code()).or_default().add(&sums);
        }
        let provider = movement.provider.name();
        for (currency, sums) in by_currency {
            let mut insert = conn.prepare_cached(
                "INSERT INTO movements (number, currency, seq, at_ms, shift, provider, operator, paid_count, paid_minor,
                     refunded_count, refunded_minor, returned_count, returned_minor)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
            )?;
            insert.execute(params![
                row.number,
                currency,
                seq,
                row.at_ms,
                shift,
                provider,
                movement.operator,
                sums.paid_count,
                sums.paid_minor,
                sums.refunded_count,
                sums.refunded_minor,
                sums.returned_count,
                sums.returned_minor
            ])?;
            *self.running.entry(currency.to_owned()).or_default() += sums.net_minor();
            let place = (shift, provider, currency.to_owned(), movement.operator.clone());
            self.shifts.entry(place).or_default().add(&sums);
        }
        Ok(())
    }

    /// What payments had moved whose lines were removed. It stays in the running totals, and in nothing else.
    pub(super) fn had_moved(&mut self, moved: &[Money]) {
        for money in moved {
            *self.running.entry(money.currency.code().to_owned()).or_default() += money.minor;
        }
    }

    /// Writes all of it. Nearly every row is there already, so it is changed first, and put in where nothing was changed.
    pub(super) fn write(self, conn: &Connection) -> rusqlite::Result<()> {
        write_totals(conn, self.totals)?;
        for (day, Day { first_seq, last_seq, payments }) in self.days {
            let values = params![day, first_seq, last_seq, payments];
            let update = "UPDATE days SET first_seq = min(first_seq, ?2), last_seq = max(last_seq, ?3),
                              payments = payments + ?4 WHERE day = ?1";
            let insert = "INSERT INTO days (day, first_seq, last_seq, payments) VALUES (?1, ?2, ?3, ?4)";
            change_or_insert(conn, update, insert, values)?;
        }
        for ((shift, provider, currency, operator), sums) in self.shifts {
            let values = params![
                shift,
                provider,
                currency,
                operator,
                sums.paid_count,
                sums.paid_minor,
                sums.refunded_count,
                sums.refunded_minor,
                sums.returned_count,
                sums.returned_minor
            ];
            let update = "UPDATE shift_sums SET paid_count = paid_count + ?5, paid_minor = paid_minor + ?6,
                              refunded_count = refunded_count + ?7, refunded_minor = refunded_minor + ?8,
                              returned_count = returned_count + ?9, returned_minor = returned_minor + ?10
                          WHERE shift = ?1 AND provider = ?2 AND currency = ?3 AND operator = ?4";
            let insert = "INSERT INTO shift_sums (shift, provider, currency, operator, paid_count, paid_minor,
                              refunded_count, refunded_minor, returned_count, returned_minor)
                          VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
            change_or_insert(conn, update, insert, values)?;
        }
        for (currency, minor) in self.running {
            let update = "UPDATE running SET minor = minor + ?2 WHERE currency = ?1";
            let insert = "INSERT INTO running (currency, minor) VALUES (?1, ?2)";
            change_or_insert(conn, update, insert, params![currency, minor])?;
        }
        Ok(())
    }
}

fn change_or_insert(conn: &Connection, update: &str, insert: &str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
    if conn.prepare_cached(update)?.execute(values)? == 0 {
        conn.prepare_cached(insert)?.execute(values)?;
    }
    Ok(())
}

fn write_totals(conn: &Connection, totals: BTreeMap<(&'static str, String, Kept), Change>) -> rusqlite::Result<()> {
    let update = "UPDATE totals SET payments = payments + ?10, counted_minor = counted_minor + ?11
                  WHERE level = ?1 AND start = ?2 AND provider = ?3 AND currency = ?4 AND operator = ?5
                      AND terminal = ?6 AND kind = ?7 AND state = ?8 AND counted_currency = ?9";
    let insert =
        "INSERT INTO totals (level, start, provider, currency, operator, terminal, kind, state, counted_currency,
                      payments, counted_minor) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
    // So that the tables that grew equal those that are made again: a state that was passed through leaves nothing.
    let delete =
        "DELETE FROM totals WHERE level = ?1 AND start = ?2 AND provider = ?3 AND currency = ?4 AND operator = ?5
                      AND terminal = ?6 AND kind = ?7 AND state = ?8 AND counted_currency = ?9 AND payments = 0";
    for ((level, start, kept), change) in totals {
        if change == Change::default() {
            continue;
        }
        let Kept { provider, currency, operator, terminal, kind, state, counted_currency } = kept;
        let (payments, counted_minor) = (change.payments, change.counted_minor);
        let key: [&dyn ToSql; 9] =
            [&level, &start, &provider, &currency, &operator, &terminal, &kind, &state, &counted_currency];
        let values = [&key[..], &[&payments, &counted_minor]].concat();
        change_or_insert(conn, update, insert, &values)?;
        if payments < 0 {
            conn.prepare_cached(delete)?.execute(&key[..])?;
        }
    }
    Ok(())
}
