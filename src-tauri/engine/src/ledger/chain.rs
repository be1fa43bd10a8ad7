//! One line of the journal, what its hash covers, and the replay of all lines. verify.rs checks the chain.

use super::Identity;
use checkstand_core::book::{Entry, Fact, PaymentFact};
use checkstand_core::payment::{Event, Flags, PaymentId, State};
use checkstand_core::store::StoreEvent;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::borrow::Cow;

/// A SHA-256 hash.
pub type Hash = [u8; 32];

/// What comes before the first line.
const NOTHING: Hash = [0; 32];
/// Sets these hashes apart from all others, and names the way they are made.
pub(super) const DOMAIN: &str = "checkstand journal 1";
/// The name of a line whose content was removed. No event has it.
pub(super) const REMOVED: &str = "removed";
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

/// Bytes as hex digits, the way that hashes are shown, printed and stored as text.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The JSON in the body of a line about a payment.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PaymentBody<E> {
    event: E,
    state: State,
    flags: Flags,
}

/// The JSON in the body of a line about the store.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StoreBody<E> {
    event: E,
}

fn read_body<'a, B: Deserialize<'a>>(body: &'a str) -> Result<B, String> {
    serde_json::from_str(body).map_err(|error| format!("its body cannot be read: {error}"))
}

/// The end of the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tip {
    /// The last line; 0 before the first.
    pub number: i64,
    /// Its hash; zeros before the first.
    pub hash: Hash,
}

impl Tip {
    /// Before the first line.
    pub const START: Tip = Tip { number: 0, hash: NOTHING };
}

impl Row {
    /// Whether retention has removed what it said; see retention.rs.
    pub fn is_removed(&self) -> bool {
        self.what == REMOVED
    }

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
        let fact = match &self.payment {
            Some(payment) => {
                let payment = payment.parse().map_err(|_| format!("{payment:?} is no payment id"))?;
                let PaymentBody { event, state, flags } = read_body::<PaymentBody<Event>>(&self.body)?;
                Fact::Payment(PaymentFact { payment: PaymentId(payment), event, state, flags })
            }
            None => Fact::Store(read_body::<StoreBody<StoreEvent>>(&self.body)?.event),
        };
        let what = name_in(&self.body).map_err(|error| format!("its body cannot be read: {error}"))?;
        if what != self.what {
            return Err(format!("it is called {:?} but says {what:?}", self.what));
        }
        Ok(Entry { at_ms: self.at_ms, operator: self.operator.clone(), fact })
    }
}

fn put(sha: &mut Sha256, field: &[u8]) {
    sha.update((field.len() as u64).to_be_bytes());
    sha.update(field);
}

/// The name of the event in a body.
#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow)]
    event: Name<'a>,
}

#[derive(Deserialize)]
struct Name<'a> {
    #[serde(borrow)]
    what: Cow<'a, str>,
}

fn name_in(body: &str) -> Result<String, serde_json::Error> {
    let Named { event: Name { what } } = serde_json::from_str(body)?;
    Ok(what.into_owned())
}

/// Turns entries into the lines that continue the chain.
pub(super) fn seal(entries: &[Entry], tip: &Tip, identity: &Identity) -> Result<Vec<Row>, serde_json::Error> {
    let mut tip = *tip;
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let (payment, body) = match &entry.fact {
            Fact::Payment(PaymentFact { payment, event, state, flags }) => {
                let body = PaymentBody { event, state: *state, flags: flags.clone() };
                (Some(payment.to_string()), serde_json::to_string(&body)?)
            }
            Fact::Store(event) => (None, serde_json::to_string(&StoreBody { event })?),
        };
        let mut row = Row {
            number: tip.number + 1,
            previous: tip.hash,
            hash: NOTHING,
            at_ms: entry.at_ms,
            operator: entry.operator.clone(),
            terminal: identity.terminal.clone(),
            mode: identity.mode.name().to_owned(),
            payment,
            what: name_in(&body)?,
            body,
        };
        row.hash = row.hash_now();
        tip = Tip { number: row.number, hash: row.hash };
        rows.push(row);
    }
    Ok(rows)
}

/// Whether the till can have written this body under this name: what [`Row::entry`] reads, without making an entry of it.
pub(super) fn check_body(about_payment: bool, what: &[u8], body: &[u8]) -> Result<(), String> {
    let unreadable = |error: serde_json::Error| format!("its body cannot be read: {error}");
    if about_payment {
        serde_json::from_slice::<PaymentBody<Event>>(body).map_err(unreadable)?;
    } else {
        serde_json::from_slice::<StoreBody<StoreEvent>>(body).map_err(unreadable)?;
    }
    let named: Named<'_> = serde_json::from_slice(body).map_err(unreadable)?;
    if named.event.what.as_bytes() != what {
        return Err(format!("it is called {:?} but says {:?}", String::from_utf8_lossy(what), named.event.what));
    }
    Ok(())
}
