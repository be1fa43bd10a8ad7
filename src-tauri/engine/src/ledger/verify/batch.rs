//! Lines of the journal as bytes on their way to another thread: exactly the bytes under their hashes, one after the other.

use super::super::chain::{self, Hash, Tip};
use checkstand_core::till::TILL_OPERATOR;
use rusqlite::types::ValueRef;
use sha2::{Digest, Sha256};
use std::ops::Range;
use uuid::Uuid;

/// Enough that handing over costs nothing, few enough to stay in a core's cache.
const BATCH_LINES: usize = 256;

/// What was found wrong: the line after this one.
#[derive(Debug)]
pub(super) struct Found {
    /// The last good line.
    pub(super) after: Tip,
    pub(super) rank: Rank,
    pub(super) what: String,
}

/// Where several things are wrong with one line, the first of these is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Its number, or the line before it.
    Place,
    /// Its hash, its mode, what it says.
    Content,
    /// Its payment.
    Opening,
}

impl Found {
    /// The one that comes first.
    pub(super) fn min(self, other: Found) -> Found {
        let place = |found: &Found| (found.after.number, found.rank);
        if place(&other) < place(&self) { other } else { self }
    }
}

/// A line as SQLite holds it, borrowed.
pub(super) struct Line<'r> {
    pub(super) number: i64,
    previous: &'r Hash,
    pub(super) hash: &'r Hash,
    at_ms: i64,
    operator: &'r str,
    terminal: &'r str,
    mode: &'r str,
    pub(super) payment: Option<&'r str>,
    pub(super) what: &'r str,
    body: &'r str,
}

impl<'r> Line<'r> {
    /// Reads the columns of [`chain::COLUMNS`].
    pub(super) fn read(sql: &'r rusqlite::Row<'_>) -> Result<Line<'r>, String> {
        let column = |at: usize| sql.get_ref(at).map_err(|error| error.to_string());
        let number = |at: usize| column(at)?.as_i64().map_err(|error| error.to_string());
        let text = |at: usize| column(at)?.as_str().map_err(|error| error.to_string());
        let hash = |at: usize| match column(at)? {
            ValueRef::Blob(bytes) => <&Hash>::try_from(bytes).map_err(|_| "a hash is no hash".to_owned()),
            _ => Err("a hash is no hash".to_owned()),
        };
        let payment = match column(7)? {
            ValueRef::Null => None,
            other => Some(other.as_str().map_err(|error| error.to_string())?),
        };
        Ok(Line {
            number: number(0)?,
            previous: hash(1)?,
            hash: hash(2)?,
            at_ms: number(3)?,
            operator: text(4)?,
            terminal: text(5)?,
            mode: text(6)?,
            payment,
            what: text(8)?,
            body: text(9)?,
        })
    }

    /// Whether it stands behind this line.
    pub(super) fn follows(&self, tip: &Tip) -> Result<(), String> {
        if self.number > tip.number + 1 {
            return Err("it is missing".to_owned());
        }
        if self.number < tip.number + 1 {
            return Err(format!("in its place stands one numbered {}", self.number));
        }
        if *self.previous != tip.hash {
            return Err("it does not follow the one before it".to_owned());
        }
        Ok(())
    }

    /// Whether it says that what it said was removed.
    pub(super) fn is_removed(&self) -> bool {
        self.what == chain::REMOVED
    }

    /// Whether nothing at all is left of what it said. Its hash then proves its place only.
    pub(super) fn is_bare(&self, mode: &str) -> bool {
        let Line { at_ms, operator, terminal, payment, body, .. } = *self;
        at_ms == 0
            && operator == TILL_OPERATOR
            && terminal.is_empty()
            && self.mode == mode
            && payment == Some("")
            && body.is_empty()
    }

    /// The payment's id, where it is written as the till writes it.
    pub(super) fn payment_id(&self) -> Option<u128> {
        let text = self.payment?;
        let id = Uuid::try_parse(text).ok()?;
        let mut written = [0; uuid::fmt::Hyphenated::LENGTH];
        (id.hyphenated().encode_lower(&mut written) == text).then(|| id.as_u128())
    }
}

/// Some lines, and what was found wrong with them.
#[derive(Default)]
pub(super) struct Batch {
    bytes: Vec<u8>,
    lines: Vec<Place>,
    pub(super) found: Option<Found>,
}

/// Where in the bytes a line lies.
struct Place {
    number: i64,
    previous: Hash,
    hash: Hash,
    about_payment: bool,
    all: Range<usize>,
    mode: Range<usize>,
    what: Range<usize>,
    body: Range<usize>,
}

impl Batch {
    pub(super) fn is_full(&self) -> bool {
        self.lines.len() >= BATCH_LINES
    }

    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.lines.clear();
        self.found = None;
    }

    /// Adds a line: the bytes of [`chain::Row::hash_now`].
    pub(super) fn put(&mut self, line: &Line<'_>) {
        let begin = self.bytes.len();
        self.field(chain::DOMAIN.as_bytes());
        self.field(line.previous);
        self.field(&line.number.to_be_bytes());
        self.field(&line.at_ms.to_be_bytes());
        self.field(line.operator.as_bytes());
        self.field(line.terminal.as_bytes());
        let mode = self.field(line.mode.as_bytes());
        match line.payment {
            Some(payment) => _ = self.field(payment.as_bytes()),
            None => self.bytes.extend_from_slice(&u64::MAX.to_be_bytes()),
        }
        let what = self.field(line.what.as_bytes());
        let body = self.field(line.body.as_bytes());
        self.lines.push(Place {
            number: line.number,
            previous: *line.previous,
            hash: *line.hash,
            about_payment: line.payment.is_some(),
            all: begin..self.bytes.len(),
            mode,
            what,
            body,
        });
    }

    fn field(&mut self, field: &[u8]) -> Range<usize> {
        self.bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
        let begin = self.bytes.len();
        self.bytes.extend_from_slice(field);
        begin..self.bytes.len()
    }

    /// Looks at each line by itself; stops at the first that is wrong.
    pub(super) fn check(&mut self, mode: &str) {
        for line in &self.lines {
            if let Err(what) = self.check_line(line, mode) {
                let after = Tip { number: line.number - 1, hash: line.previous };
                self.found = Some(Found { after, rank: Rank::Content, what });
                return;
            }
        }
    }

    fn check_line(&self, line: &Place, mode: &str) -> Result<(), String> {
        let hash: Hash = Sha256::digest(&self.bytes[line.all.clone()]).into();
        if hash != line.hash {
            return Err("it was changed".to_owned());
        }
        if self.bytes[line.mode.clone()] != *mode.as_bytes() {
            let found = String::from_utf8_lossy(&self.bytes[line.mode.clone()]);
            return Err(format!("it was made in mode {found:?}"));
        }
        let what = &self.bytes[line.what.clone()];
        chain::check_body(line.about_payment, what, &self.bytes[line.body.clone()])
    }
}
