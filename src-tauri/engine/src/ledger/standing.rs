//! What a till takes over from its ledger when it starts, and the old payments that it asks for later.

use super::chain::{COLUMNS, Hash, Row, Tip};
use super::{Fault, LedgerError, view};
use checkstand_core::book::Entry;
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Event, ProviderName};
use checkstand_core::shift::{Place, ReportRow, Sums};
use checkstand_core::till::{Standing, Want};
use rusqlite::{Connection, OptionalExtension};
use std::collections::BTreeSet;

/// Payments that have changed so recently are kept in memory, counted back from the newest entry.
const RECENT_MS: i64 = 3 * 24 * 60 * 60 * 1_000;

/// What the ledger held when it was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// What the whole journal comes to.
    pub standing: Standing,
    /// All facts about the store in order, but for printed papers: they change nothing, and there is one a payment.
    pub store: Vec<Entry>,
    /// The whole stories, in order, of all payments that share a reference with one that is open, needs attention, was paid
    /// twice, or has changed in the three days before the newest entry.
    pub resident: Vec<Entry>,
    /// The number of the last entry; 0 in a new ledger.
    pub last_number: i64,
    /// Its hash; zeros in a new ledger.
    pub last_hash: Hash,
    /// The first line found to be wrong: no new money then. What can be read is here all the same, for payments may be open.
    pub fault: Option<Fault>,
}

impl Opened {
    /// Reads what a till takes over. `fault` is what was found to be wrong before.
    pub(super) fn read(conn: &Connection, tip: Tip, fault: Option<Fault>) -> Result<Opened, LedgerError> {
        let mut reading = Reading { fault };
        Ok(Opened {
            standing: standing(conn)?,
            store: reading.store(conn)?,
            resident: reading.resident(conn)?,
            last_number: tip.number,
            last_hash: tip.hash,
            fault: reading.fault,
        })
    }
}

/// Reads on over lines that are wrong: one that was edited may be about an open payment.
struct Reading {
    fault: Option<Fault>,
}

impl Reading {
    fn entries(&mut self, rows: &[Row]) -> Vec<Entry> {
        let (mut entries, mut opened) = (Vec::new(), BTreeSet::new());
        for row in rows {
            if let Err(LedgerError::Broken { number, what }) = sound_entry(row) {
                self.found(number, what);
            }
            let Ok(entry) = row.entry() else { continue };
            // The book takes no payment that was opened twice or never.
            let fits = entry.of_payment().is_none_or(|fact| match fact.event {
                Event::Opened(_) => opened.insert(fact.payment),
                _ => opened.contains(&fact.payment),
            });
            if fits {
                entries.push(entry);
            } else {
                self.found(row.number, "its payment was opened twice, or never".to_owned());
            }
        }
        entries
    }

    fn found(&mut self, number: i64, what: String) {
        if self.fault.as_ref().is_none_or(|fault| fault.number > number) {
            self.fault = Some(Fault { number, what });
        }
    }

    /// The facts about the store, in order.
    fn store(&mut self, conn: &Connection) -> Result<Vec<Entry>, LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE payment IS NULL AND what <> 'printed' ORDER BY number");
        let rows = conn.prepare(&sql)?.query_map([], Row::read)?.collect::<Result<Vec<_>, _>>()?;
        Ok(self.entries(&rows))
    }

    /// The stories of the payments that a till keeps in memory.
    fn resident(&mut self, conn: &Connection) -> Result<Vec<Entry>, LedgerError> {
        let newest = "SELECT at_ms FROM journal ORDER BY number DESC LIMIT 1";
        let newest_ms: i64 = conn.query_row(newest, [], |sql| sql.get(0)).optional()?.unwrap_or(0);
        let references = conn
            .prepare(
                "SELECT reference FROM payments WHERE is_open = 1
                 UNION SELECT reference FROM payments WHERE attention = 1
                 UNION SELECT reference FROM paid_twice
                 UNION SELECT reference FROM payments WHERE changed_at_ms >= ?1",
            )?
            .query_map([newest_ms.saturating_sub(RECENT_MS)], |sql| sql.get(0))?
            .collect::<Result<BTreeSet<String>, _>>()?;
        Ok(self.entries(&stories(conn, &references)?))
    }
}

/// What the whole journal comes to, by the tables made from it.
pub(super) fn standing(conn: &Connection) -> Result<Standing, LedgerError> {
    let shift = shift(conn)?;
    let mut running = conn
        .prepare("SELECT currency, minor FROM running")?
        .query_map([], |sql| Ok(Money::new(sql.get(1)?, currency(sql.get_ref(0)?.as_str()?)?)))?
        .collect::<Result<Vec<_>, _>>()?;
    running.sort_by_key(|money| money.currency);
    Ok(Standing {
        payments: usize::try_from(view::standing(conn, "payments")?).unwrap_or_default(),
        drop_seen: view::standing(conn, "drop_seen")? == 1,
        shift: shift_rows(conn, shift)?,
        running,
    })
}

/// The open shift, else the next one: to it belongs what moves while no shift is open.
pub(super) fn shift(conn: &Connection) -> rusqlite::Result<i64> {
    match view::standing(conn, "shift")? {
        0 => Ok(view::standing(conn, "last_shift")? + 1),
        open => Ok(open),
    }
}

/// The rows of a shift's report: none is empty, by provider, currency and operator.
pub(super) fn shift_rows(conn: &Connection, shift: i64) -> Result<Vec<ReportRow>, LedgerError> {
    let sql = "SELECT provider, currency, operator, paid_count, paid_minor, refunded_count, refunded_minor,
                   returned_count, returned_minor FROM shift_sums WHERE shift = ?1";
    let read = |sql: &rusqlite::Row<'_>| {
        let place = Place {
            provider: provider(sql.get_ref(0)?.as_str()?)?,
            currency: currency(sql.get_ref(1)?.as_str()?)?,
            operator: sql.get(2)?,
        };
        Ok(ReportRow { place, sums: sums(sql, 3)? })
    };
    let mut rows = conn.prepare_cached(sql)?.query_map([shift], read)?.collect::<Result<Vec<_>, _>>()?;
    rows.retain(|row| row.sums != Sums::default());
    rows.sort_by(|one, other| one.place.cmp(&other.place));
    Ok(rows)
}

/// Six columns, from this one on.
pub(super) fn sums(sql: &rusqlite::Row<'_>, first: usize) -> rusqlite::Result<Sums> {
    Ok(Sums {
        paid_count: sql.get(first)?,
        paid_minor: sql.get(first + 1)?,
        refunded_count: sql.get(first + 2)?,
        refunded_minor: sql.get(first + 3)?,
        returned_count: sql.get(first + 4)?,
        returned_minor: sql.get(first + 5)?,
    })
}

pub(super) fn currency(code: &str) -> rusqlite::Result<Currency> {
    Currency::parse(code).ok_or(rusqlite::Error::InvalidQuery)
}

pub(super) fn provider(word: &str) -> rusqlite::Result<ProviderName> {
    match word {
        "mispay" => Ok(ProviderName::Mispay),
        "multipay" => Ok(ProviderName::Multipay),
        _ => Err(rusqlite::Error::InvalidQuery),
    }
}

/// The stories of all payments that share a reference with what is wanted. Empty where there is none.
pub(super) fn recall(conn: &Connection, want: &Want) -> Result<Vec<Entry>, LedgerError> {
    let references = match want {
        Want::Reference(reference) => BTreeSet::from([reference.clone()]),
        Want::Id(id) => conn
            .prepare_cached(
                "SELECT reference FROM payments WHERE id = ?1 UNION SELECT reference FROM payments WHERE wire_id = ?1",
            )?
            .query_map([id], |sql| sql.get(0))?
            .collect::<Result<_, _>>()?,
    };
    stories(conn, &references)?.iter().map(sound_entry).collect()
}

fn stories(conn: &Connection, references: &BTreeSet<String>) -> Result<Vec<Row>, LedgerError> {
    let mut payments = conn.prepare_cached("SELECT id FROM payments WHERE reference = ?1")?;
    let mut lines = conn.prepare_cached(&format!("SELECT {COLUMNS} FROM journal WHERE payment = ?1"))?;
    let mut rows = Vec::new();
    for reference in references {
        let ids = payments.query_map([reference], |sql| sql.get(0))?.collect::<Result<Vec<String>, _>>()?;
        for id in ids {
            for row in lines.query_map([id], Row::read)? {
                rows.push(row?);
            }
        }
    }
    rows.sort_by_key(|row| row.number);
    Ok(rows)
}

/// An entry whose line has the hash that it says. Whether the line belongs where it stands, only the check of the chain tells.
fn sound_entry(row: &Row) -> Result<Entry, LedgerError> {
    let broken = |what: String| LedgerError::Broken { number: row.number, what };
    if row.hash != row.hash_now() {
        return Err(broken("it was changed".to_owned()));
    }
    row.entry().map_err(broken)
}
