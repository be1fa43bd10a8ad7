//! One line of the journal, what its hash covers, and the check of the whole chain.

use super::{Identity, LedgerError, Replayed};
use crate::settings::Mode;
use checkstand_core::book::Entry;
use checkstand_core::payment::{Event, Flags, PaymentId, State};
use rusqlite::{Connection, ErrorCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// What comes before the first line.
const NOTHING: Hash = [0; 32];
/// Sets these hashes apart from all others, and names the way they are made.
const DOMAIN: &str = "checkstand journal 1";
pub(super) const COLUMNS: &str = "number, previous, hash, at_ms, operator, terminal, mode, payment, what, body";

/// A line of the journal, as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// From 1, without gaps.
    pub number: i64,
    /// The hash of the line before; zeros for the first.
    pub previous: Hash,
    /// SHA-256 of this line; see [`Row::hash_now`].
    pub hash: Hash,
    /// Wall clock, UTC milliseconds.
    pub at_ms: i64,
    /// Who was at the till.
    pub operator: String,
    /// Which till.
    pub terminal: String,
    /// Which money: [`Mode::name`].
    pub mode: String,
    /// Whose fact it is; `None` where it concerns no payment.
    pub payment: Option<String>,
    /// The fact's name.
    pub what: String,
    /// The fact, and the state and flags after it, as JSON.
    pub body: String,
}

/// The JSON in a line's body.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<E> {
    event: E,
    state: State,
    flags: Flags,
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tip {
    pub(super) number: i64,
    pub(super) hash: Hash,
}

impl Tip {
    /// Before the first line.
    pub(super) const START: Tip = Tip { number: 0, hash: NOTHING };
}

impl Row {
    pub(super) fn read(sql: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
        Ok(Row {
            number: sql.get(0)?,
            previous: sql.get(1)?,
            hash: sql.get(2)?,
            at_ms: sql.get(3)?,
            operator: sql.get(4)?,
            terminal: sql.get(5)?,
            mode: sql.get(6)?,
            payment: sql.get(7)?,
            what: sql.get(8)?,
            body: sql.get(9)?,
        })
    }

    /// The hash that this line should have: SHA-256 over these fields in this order, each preceded by its length in bytes
    /// as a big-endian 64-bit number: the text `checkstand journal 1`; `previous`; `number` and `at_ms` as big-endian
    /// 64-bit numbers; `operator`; `terminal`; `mode`; `payment`; `what`; `body`; all text as UTF-8. Where there is no
    /// payment its length is written as 2^64 − 1 and nothing follows, so that it differs from an empty one.
    pub fn hash_now(&self) -> Hash {
        let mut sha = Sha256::new();
        put(&mut sha, DOMAIN.as_bytes());
        put(&mut sha, &self.previous);
        put(&mut sha, &self.number.to_be_bytes());
        put(&mut sha, &self.at_ms.to_be_bytes());
        put(&mut sha, self.operator.as_bytes());
        put(&mut sha, self.terminal.as_bytes());
        put(&mut sha, self.mode.as_bytes());
        match &self.payment {
            Some(payment) => put(&mut sha, payment.as_bytes()),
            None => sha.update(u64::MAX.to_be_bytes()),
        }
        put(&mut sha, self.what.as_bytes());
        put(&mut sha, self.body.as_bytes());
        sha.finalize().into()
    }

    /// The entry that this line holds.
    ///
    /// # Errors
    /// What cannot be read, in words for the store's technician.
    pub fn entry(&self) -> Result<Entry, String> {
        let payment = self.payment.as_ref().ok_or("it names no payment")?;
        let payment = payment.parse().map_err(|_| format!("{payment:?} is no payment id"))?;
        let body: Body<Event> =
            serde_json::from_str(&self.body).map_err(|error| format!("its body cannot be read: {error}"))?;
        let what = name_of(&body.event).map_err(|error| error.to_string())?;
        if what != self.what {
            return Err(format!("it is called {:?} but says {what:?}", self.what));
        }
        Ok(Entry {
            at_ms: self.at_ms,
            operator: self.operator.clone(),
            payment: PaymentId(payment),
            event: body.event,
            state: body.state,
            flags: body.flags,
        })
    }

    /// Whether this line belongs behind `tip`, and what is wrong where it does not.
    fn check(&self, tip: &Tip, mode: Mode) -> Result<Entry, String> {
        if self.number > tip.number + 1 {
            return Err("it is missing".to_owned());
        }
        if self.number < tip.number + 1 {
            return Err(format!("in its place stands one numbered {}", self.number));
        }
        if self.previous != tip.hash {
            return Err("it does not follow the one before it".to_owned());
        }
        if self.hash != self.hash_now() {
            return Err("it was changed".to_owned());
        }
        if self.mode != mode.name() {
            return Err(format!("it was made in mode {:?}", self.mode));
        }
        self.entry()
    }
}

fn put(sha: &mut Sha256, field: &[u8]) {
    sha.update((field.len() as u64).to_be_bytes());
    sha.update(field);
}

fn name_of(event: &Event) -> Result<String, serde_json::Error> {
    #[derive(Deserialize)]
    struct Name {
        what: String,
    }
    let name: Name = serde_json::from_value(serde_json::to_value(event)?)?;
    Ok(name.what)
}

/// Turns entries into the lines that continue the chain.
pub(super) fn seal(entries: &[Entry], tip: &Tip, identity: &Identity) -> Result<Vec<Row>, serde_json::Error> {
    let mut tip = *tip;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let body = Body { event: &entry.event, state: entry.state, flags: entry.flags.clone() };
        let mut row = Row {
            number: tip.number + 1,
            previous: tip.hash,
            hash: NOTHING,
            at_ms: entry.at_ms,
            operator: entry.operator.clone(),
            terminal: identity.terminal.clone(),
            mode: identity.mode.name().to_owned(),
            payment: Some(entry.payment.to_string()),
            what: name_of(&entry.event)?,
            body: serde_json::to_string(&body)?,
        };
        row.hash = row.hash_now();
        tip = Tip { number: row.number, hash: row.hash };
        rows.push(row);
    }
    Ok(rows)
}

/// Reads the whole journal in order and checks every line: number, chain, mode, content.
pub(super) fn replay(conn: &Connection, mode: Mode) -> Result<Replayed, LedgerError> {
    let mut statement = conn.prepare(&format!("SELECT {COLUMNS} FROM journal ORDER BY number"))?;
    let mut rows = statement.query([])?;
    let (mut tip, mut entries, mut opened) = (Tip::START, Vec::new(), BTreeSet::new());
    loop {
        let broken = |what: String| LedgerError::Broken { number: tip.number + 1, what };
        let row = match rows.next() {
            Ok(Some(sql)) => Row::read(sql).map_err(|error| broken(error.to_string()))?,
            Ok(None) => break,
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt) => {
                return Err(broken(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        };
        let entry = row.check(&tip, mode).map_err(broken)?;
        // The book takes neither: it would mean that the journal is not the till's own.
        let opens = matches!(entry.event, Event::Opened(_));
        if opens && !opened.insert(entry.payment) {
            return Err(broken("it opens a payment that is open".to_owned()));
        }
        if !opens && !opened.contains(&entry.payment) {
            return Err(broken("it speaks of a payment that was never opened".to_owned()));
        }
        tip = Tip { number: row.number, hash: row.hash };
        entries.push(entry);
    }
    Ok(Replayed { entries, last_number: tip.number, last_hash: tip.hash })
}
