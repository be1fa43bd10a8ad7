//! The tables that are made from the journal: what lists, searches, sums and reports read.
//!
//! They are written in the transaction that writes the entries. What is remembered here between two appends is only what
//! the file holds, too: it is forgotten whenever a transaction may not have happened.

mod fold;
mod row;
mod sums;

pub(super) use fold::fold;
pub(super) use row::PAYMENT_COLUMNS;
pub use row::PaymentRow;

use super::calendar::Calendar;
use super::chain::{COLUMNS, Row};
use super::words::Numbers;
use checkstand_core::book::{Entry, Fact, PaymentFact};
use checkstand_core::payment::{Event, Payment, PaymentId};
use checkstand_core::shift::Movement;
use checkstand_core::store::StoreEvent;
use rusqlite::{Connection, OptionalExtension, ToSql, Transaction, params};
use std::collections::{BTreeMap, BTreeSet};
use sums::Sums;

/// Raised when these tables hold something else than before for the same journal: then they are made again.
const VERSION: i64 = 1;
/// Payments that are kept folded. Those of the last minutes change; older ones are read again.
const KNOWN_MAX: usize = 4_096;
/// Lines of the journal that are taken in together when everything is made again.
const LINES_PER_CHUNK: i64 = 20_000;
/// Every table that is made from the journal.
pub(super) const TABLES: [&str; 11] = [
    "payments",
    "days",
    "totals",
    "movements",
    "shift_sums",
    "running",
    "shifts",
    "papers",
    "paid_twice",
    "words",
    "standing",
];

/// Why the view could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum ViewError {
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// Our own mistake, or a journal that is not ours.
    #[error("entry {number}: {what}")]
    Entry { number: i64, what: String },
}

/// A payment as far as the journal goes.
struct Known {
    payment: Payment,
    terminal: String,
    seq: i64,
    day: String,
    last_number: i64,
    /// Its row, where there is one.
    written: Option<PaymentRow>,
}

/// What must be known of all that came before.
#[derive(Clone, Default, PartialEq, Eq)]
struct Past {
    payments: i64,
    drop_seen: bool,
    shift: Option<u32>,
    last_shift: u32,
    calendar: Calendar,
}

/// Whether the tables grow by an append, or are made anew as a whole.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Growth {
    Append,
    /// Without indexes; what needs them is done at the end.
    Anew,
}

/// The writing side of the view.
pub(super) struct View {
    known: BTreeMap<PaymentId, Known>,
    past: Option<Past>,
    growth: Growth,
}

impl View {
    pub(super) fn new() -> View {
        View { known: BTreeMap::new(), past: None, growth: Growth::Append }
    }

    /// Forgets all that a transaction may have left wrong.
    pub(super) fn forget(&mut self) {
        self.known.clear();
        self.past = None;
    }

    /// Takes in entries whose lines have just been written. Where it fails, the transaction must be undone, and all forgotten.
    pub(super) fn take_in(&mut self, conn: &Connection, entries: &[Entry], rows: &[Row]) -> Result<(), ViewError> {
        let Some(last) = rows.last() else { return Ok(()) };
        if self.known.len() > KNOWN_MAX {
            self.known.clear();
        }
        let known = self.past.take();
        let mut past = match &known {
            Some(past) => past.clone(),
            None => Past::load(conn)?,
        };
        let mut sums = Sums::default();
        let mut touched = BTreeSet::new();
        for (entry, row) in entries.iter().zip(rows) {
            match &entry.fact {
                Fact::Payment(fact) => {
                    let opens = matches!(fact.event, Event::Opened(_));
                    let (seq, movement) = self.fold(conn, fact, entry, row, &past)?;
                    past.payments += i64::from(opens);
                    past.drop_seen |= self.known[&fact.payment].payment.facts.drop_seen;
                    if let Some(movement) = movement {
                        sums.moved(conn, row, seq, past.shift_of_movements(), &movement)?;
                    }
                    touched.insert(fact.payment);
                }
                Fact::Store(event) => past.take_in(conn, event, row, &mut sums)?,
            }
        }
        let mut words = BTreeSet::new();
        let mut references = BTreeSet::new();
        for id in &touched {
            let known = self.known.get_mut(id).expect("it was folded just now");
            let (was, is) = known.write(conn, &mut sums)?;
            add_words(conn, was.as_ref(), &is, &mut words)?;
            let paid = |row: &PaymentRow| row.state == "paid";
            if was.as_ref().is_some_and(paid) != paid(&is) {
                references.insert(is.reference);
            }
        }
        let mut insert = conn.prepare_cached("INSERT INTO words (word, seq) VALUES (?1, ?2)")?;
        for (word, seq) in &words {
            insert.execute(params![word, seq])?;
        }
        sums.write(conn)?;
        if self.growth == Growth::Append {
            for reference in &references {
                mark_paid_twice(conn, reference)?;
            }
        }
        if known.as_ref() == Some(&past) {
            put_standing(conn, "last_number", last.number)?;
        } else {
            past.write(conn, last.number)?;
        }
        self.past = Some(past);
        Ok(())
    }

    /// Takes one fact into its payment; answers which payment that is, and what moved.
    fn fold(
        &mut self,
        conn: &Connection,
        fact: &PaymentFact,
        entry: &Entry,
        row: &Row,
        past: &Past,
    ) -> Result<(i64, Option<Movement>), ViewError> {
        let broken = |what: &str| ViewError::Entry { number: row.number, what: what.to_owned() };
        if !self.known.contains_key(&fact.payment)
            && let Some(known) = Known::load(conn, fact.payment, row.number)?
        {
            self.known.insert(fact.payment, known);
        }
        if let Event::Opened(opening) = &fact.event {
            let known = Known {
                payment: Payment::open(fact.payment, opening.clone(), &entry.operator, entry.at_ms),
                terminal: row.terminal.clone(),
                seq: row.number,
                day: past.calendar.day(entry.at_ms),
                last_number: row.number,
                written: None,
            };
            if self.known.insert(fact.payment, known).is_some() {
                return Err(broken("it opens a payment that is open"));
            }
        }
        let known = self.known.get_mut(&fact.payment);
        let known = known.ok_or_else(|| broken("it speaks of a payment that was never opened"))?;
        let before = if matches!(fact.event, Event::Opened(_)) { None } else { known.payment.counted() };
        known.payment.apply(&fact.event, fact.state, &fact.flags, entry.at_ms);
        known.last_number = row.number;
        Ok((known.seq, Movement::between(before, &known.payment)))
    }
}

impl Known {
    /// Reads a payment's story before a line, and its row.
    fn load(conn: &Connection, id: PaymentId, before: i64) -> Result<Option<Known>, ViewError> {
        let sql = "SELECT * FROM payments WHERE id = ?1";
        let written = conn.prepare_cached(sql)?.query_row([id.to_string()], PaymentRow::read).optional()?;
        let Some(written) = written else { return Ok(None) };
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE payment = ?1 AND number < ?2 ORDER BY number");
        let mut statement = conn.prepare_cached(&sql)?;
        let mut rows = statement.query(params![written.id, before])?;
        let mut payment: Option<Payment> = None;
        while let Some(sql) = rows.next()? {
            let row = Row::read(sql)?;
            let broken = |what: String| ViewError::Entry { number: row.number, what };
            let entry = row.entry().map_err(broken)?;
            let Fact::Payment(fact) = &entry.fact else { return Err(broken("it names no payment".to_owned())) };
            if let Event::Opened(opening) = &fact.event {
                payment = Some(Payment::open(id, opening.clone(), &entry.operator, entry.at_ms));
            }
            let missing = || broken("it speaks of a payment that was never opened".to_owned());
            let payment = payment.as_mut().ok_or_else(missing)?;
            payment.apply(&fact.event, fact.state, &fact.flags, entry.at_ms);
        }
        Ok(payment.map(|payment| Known {
            payment,
            terminal: written.terminal.clone(),
            seq: written.seq,
            day: written.day.clone(),
            last_number: written.last_number,
            written: Some(written),
        }))
    }

    /// Brings its row up to date; answers the row before and after.
    fn write(&mut self, conn: &Connection, sums: &mut Sums) -> Result<(Option<PaymentRow>, PaymentRow), ViewError> {
        let is = PaymentRow::of(&self.payment, self.seq, &self.terminal, &self.day, self.last_number)?;
        let was = self.written.replace(is.clone());
        match &was {
            None => is.insert(conn)?,
            Some(_) => is.update(conn)?,
        }
        sums.changed(was.as_ref(), &is);
        Ok((was, is))
    }
}

impl Past {
    fn load(conn: &Connection) -> rusqlite::Result<Past> {
        let mut past = Past::default();
        let (mut zone, mut cutoff_min) = (None, 0);
        let mut statement = conn.prepare_cached("SELECT name, value FROM standing")?;
        let mut rows = statement.query([])?;
        while let Some(sql) = rows.next()? {
            match sql.get_ref(0)?.as_str().unwrap_or_default() {
                "payments" => past.payments = sql.get(1)?,
                "drop_seen" => past.drop_seen = sql.get(1)?,
                "last_shift" => past.last_shift = sql.get(1)?,
                "shift" => past.shift = Some(sql.get(1)?).filter(|shift| *shift > 0),
                "zone" => zone = Some(sql.get::<_, String>(1)?),
                "cutoff_min" => cutoff_min = sql.get(1)?,
                _ => {}
            }
        }
        if let Some(zone) = zone {
            past.calendar = Calendar::new(&zone, cutoff_min);
        }
        Ok(past)
    }

    fn take_in(&mut self, conn: &Connection, event: &StoreEvent, row: &Row, sums: &mut Sums) -> rusqlite::Result<()> {
        match event {
            StoreEvent::CalendarSet { zone, cutoff_min } => self.calendar = Calendar::new(zone, *cutoff_min),
            StoreEvent::ShiftOpened { number } => {
                (self.shift, self.last_shift) = (Some(*number), *number);
                let sql = "INSERT INTO shifts (shift, opened_number) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
                conn.prepare_cached(sql)?.execute(params![number, row.number])?;
            }
            StoreEvent::ShiftClosed { number, .. } => {
                self.shift = None;
                let sql = "UPDATE shifts SET closed_number = ?2 WHERE shift = ?1";
                conn.prepare_cached(sql)?.execute(params![number, row.number])?;
            }
            StoreEvent::Printed { about, .. } => {
                let sql = "INSERT INTO papers (about, number) VALUES (?1, ?2)";
                conn.prepare_cached(sql)?.execute(params![about, row.number])?;
            }
            StoreEvent::PaymentsRemoved { payments, moved, drop_seen, .. } => {
                self.payments += i64::try_from(*payments).unwrap_or_default();
                self.drop_seen |= drop_seen;
                sums.had_moved(moved);
            }
            StoreEvent::OperatorAdded { .. }
            | StoreEvent::RoleSet { .. }
            | StoreEvent::OperatorRemoved { .. }
            | StoreEvent::PinSet { .. }
            | StoreEvent::PinTried { .. }
            | StoreEvent::PinUnlocked { .. }
            | StoreEvent::ManagerRecovered { .. }
            | StoreEvent::SignedIn { .. }
            | StoreEvent::SignedOut { .. }
            | StoreEvent::Approved { .. }
            | StoreEvent::AccessSet { .. }
            | StoreEvent::RefundLimitSet { .. }
            | StoreEvent::Exported { .. }
            | StoreEvent::SettingsChanged { .. }
            | StoreEvent::SecretStored { .. }
            | StoreEvent::SecretForgotten { .. }
            | StoreEvent::BackedUp { .. }
            | StoreEvent::Restored { .. }
            | StoreEvent::JournalBroken { .. } => {}
        }
        Ok(())
    }

    /// The open shift, else the next one.
    fn shift_of_movements(&self) -> u32 {
        self.shift.unwrap_or(self.last_shift + 1)
    }

    fn write(&self, conn: &Connection, last_number: i64) -> rusqlite::Result<()> {
        put_standing(conn, "version", VERSION)?;
        put_standing(conn, "last_number", last_number)?;
        put_standing(conn, "payments", self.payments)?;
        put_standing(conn, "drop_seen", self.drop_seen)?;
        put_standing(conn, "shift", self.shift.unwrap_or(0))?;
        put_standing(conn, "last_shift", self.last_shift)?;
        put_standing(conn, "zone", self.calendar.zone())?;
        put_standing(conn, "cutoff_min", self.calendar.cutoff_min())
    }
}

fn put_standing(conn: &Connection, name: &str, value: impl ToSql) -> rusqlite::Result<()> {
    let sql = "INSERT INTO standing (name, value) VALUES (?1, ?2)
               ON CONFLICT (name) DO UPDATE SET value = excluded.value WHERE value <> excluded.value";
    conn.prepare_cached(sql)?.execute(params![name, value])?;
    Ok(())
}

/// Puts a payment's new words aside to be written in order, and takes away those that find it no more.
fn add_words(
    conn: &Connection,
    was: Option<&PaymentRow>,
    is: &PaymentRow,
    add: &mut BTreeSet<(String, i64)>,
) -> rusqlite::Result<()> {
    let numbers = |row: &PaymentRow| (row.receipt.clone(), row.wire_id.clone());
    if was.is_some_and(|was| numbers(was) == numbers(is)) {
        return Ok(());
    }
    let old = was.map(|was| was.numbers().words()).unwrap_or_default();
    let new = is.numbers().words();
    for gone in old.difference(&new) {
        let sql = "DELETE FROM words WHERE word = ?1 AND seq = ?2";
        conn.prepare_cached(sql)?.execute(params![gone, is.seq])?;
    }
    add.extend(new.difference(&old).map(|word| (word.clone(), is.seq)));
    Ok(())
}

/// Says of a reference whether more than one sale on it is paid and has not gone back; see `Book::paid_twice`.
fn mark_paid_twice(conn: &Connection, reference: &str) -> rusqlite::Result<()> {
    let sql = "SELECT count(*) FROM payments AS sale WHERE reference = ?1 AND kind = 'sale' AND state = 'paid'
               AND NOT EXISTS (SELECT 1 FROM payments AS back WHERE back.refund_of = sale.id AND back.state = 'paid')";
    let held: i64 = conn.prepare_cached(sql)?.query_row([reference], |sql| sql.get(0))?;
    let sql = if held > 1 {
        "INSERT INTO paid_twice (reference) VALUES (?1) ON CONFLICT DO NOTHING"
    } else {
        "DELETE FROM paid_twice WHERE reference = ?1"
    };
    conn.prepare_cached(sql)?.execute([reference])?;
    Ok(())
}

/// Forgets the tables and makes them again from the journal, in one transaction and in order.
pub(super) fn rebuild(conn: &mut Connection) -> Result<(), ViewError> {
    let transaction = conn.transaction()?;
    rebuild_within(&transaction, &mut |_| ())?;
    transaction.commit()?;
    Ok(())
}

/// The same within a transaction, of which nothing may stay where it fails. `progress` hears the line that was reached.
pub(super) fn rebuild_within(transaction: &Transaction<'_>, progress: &mut dyn FnMut(i64)) -> Result<(), ViewError> {
    for table in TABLES {
        transaction.execute(&format!("DELETE FROM {table}"), [])?;
    }
    let mut anew = Anew::begin(transaction, Journal::Keeps)?;
    let mut last = 0;
    loop {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE number > ?1 ORDER BY number LIMIT ?2");
        let rows: Vec<Row> = transaction
            .prepare_cached(&sql)?
            .query_map(params![last, LINES_PER_CHUNK], Row::read)?
            .collect::<Result<_, _>>()?;
        let Some(row) = rows.last() else { break };
        last = row.number;
        let rows: Vec<Row> = rows.into_iter().filter(|row| !row.is_removed()).collect();
        let mut entries = Vec::with_capacity(rows.len());
        for row in &rows {
            entries.push(row.entry().map_err(|what| ViewError::Entry { number: row.number, what })?);
        }
        anew.view.take_in(transaction, &entries, &rows)?;
        progress(last);
    }
    anew.finish(transaction)?;
    Ok(())
}

/// Whether the journal's own indexes are needed while the tables are made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Journal {
    Keeps,
    Grows,
}

/// Makes the tables as a whole: their indexes are dropped first and made again at the end.
pub(super) struct Anew {
    pub(super) view: View,
    indexes: Vec<String>,
}

impl Anew {
    pub(super) fn begin(conn: &Connection, journal: Journal) -> rusqlite::Result<Anew> {
        let mut found =
            conn.prepare("SELECT tbl_name, name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")?;
        let found: Vec<(String, String, String)> =
            found.query_map([], |sql| Ok((sql.get(0)?, sql.get(1)?, sql.get(2)?)))?.collect::<Result<_, _>>()?;
        let mut indexes = Vec::new();
        for (table, name, sql) in found {
            if TABLES.contains(&table.as_str()) || (journal == Journal::Grows && table == "journal") {
                conn.execute_batch(&format!("DROP INDEX {name}"))?;
                indexes.push(sql);
            }
        }
        Ok(Anew { view: View { growth: Growth::Anew, ..View::new() }, indexes })
    }

    pub(super) fn finish(self, conn: &Connection) -> rusqlite::Result<()> {
        for sql in self.indexes {
            conn.execute_batch(&sql)?;
        }
        conn.execute(
            "INSERT INTO paid_twice (reference)
             SELECT reference FROM payments AS sale WHERE kind = 'sale' AND state = 'paid'
             AND NOT EXISTS (SELECT 1 FROM payments AS back WHERE back.refund_of = sale.id AND back.state = 'paid')
             GROUP BY reference HAVING count(*) > 1",
            [],
        )?;
        Ok(())
    }
}

/// The last line of the journal that the view has taken in; 0 where there is none.
pub(super) fn last_number(conn: &Connection) -> rusqlite::Result<i64> {
    standing(conn, "last_number")
}

/// Whether the tables were made by this version's rules, and nobody found them to differ.
pub(super) fn is_current(conn: &Connection) -> rusqlite::Result<bool> {
    Ok(standing(conn, "version")? == VERSION && standing(conn, "outdated")? == 0)
}

/// Has the tables made anew at the next opening.
pub(super) fn outdate(conn: &Connection) -> rusqlite::Result<()> {
    conn.execute("INSERT INTO standing (name, value) VALUES ('outdated', 1) ON CONFLICT DO NOTHING", []).map(|_| ())
}

/// One number of the table `standing`; 0 where it is not there.
pub(super) fn standing(conn: &Connection, name: &str) -> rusqlite::Result<i64> {
    let sql = "SELECT value FROM standing WHERE name = ?1";
    Ok(conn.prepare_cached(sql)?.query_row([name], |sql| sql.get(0)).optional()?.unwrap_or(0))
}

impl PaymentRow {
    pub(super) fn numbers(&self) -> Numbers<'_> {
        Numbers {
            id: &self.id,
            wire_id: self.wire_id.as_deref(),
            reference: &self.reference,
            receipt: self.receipt.as_deref(),
        }
    }
}
