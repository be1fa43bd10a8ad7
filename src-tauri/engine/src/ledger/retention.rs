//! Retention: what old payments said is removed, once nobody may need it any more. The chain stays whole.
//!
//! A removed line keeps its number, its hash and the hash before it, and says nothing else. Which lines these are is said by a
//! line of the journal itself. What the store did (people, shifts, reports, settings, papers) stays, and so do the payments that
//! are open, need somebody, were paid twice, count in a shift that is not closed, or share a reference with one that stays. A
//! copy is made first, and holds them still.

use super::chain::{self, COLUMNS, Hash, REMOVED, Row};
use super::{
    Anchor, AnchorVerdict, BackupError, BackupStep, End, FILE_NAME, Fault, Identity, LedgerError, Lock, Reader, Tip,
    back_up, schema, standing, verify, view, writer,
};
use checkstand_core::book::{Entry, Fact};
use checkstand_core::money::Money;
use checkstand_core::store::StoreEvent;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use sha2::Digest as _;
use std::ops::ControlFlow;
use std::path::Path;

/// No law that we know lets a store throw its books away earlier.
pub const YEARS_MIN: u32 = 5;
/// The longest that somebody may ask for; it keeps the arithmetic of years in bounds.
pub const YEARS_MAX: u32 = 100;

/// What would be removed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removable {
    /// How many payments.
    pub payments: u64,
    /// The business days of the first and the last one.
    pub days: Option<(String, String)>,
    /// How many are as old, but stay; why is said above.
    pub kept: u64,
}

/// What was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RemovedPayments {
    /// How many payments.
    pub payments: u64,
    /// The file name of the copy that holds them.
    pub copy: String,
}

/// How far a removal has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovalStep {
    /// The journal is checked: so many lines, of so many.
    Checked(i64, i64),
    /// The copy is made and checked.
    Copied(BackupStep),
    /// The lines are emptied.
    Emptying,
    /// The lists are made again from what stays: so many lines, of so many.
    Listed(i64, i64),
    /// The file is made smaller.
    Packing,
}

/// Why nothing was removed.
#[derive(Debug, thiserror::Error)]
pub enum RemovalError {
    /// No payment is that old, or those that are must stay.
    #[error("no payment can be removed")]
    Nothing,
    /// The journal is not in order. What is wrong must not be removed with the rest.
    #[error("entry {}: {}", .0.number, .0.what)]
    Broken(Fault),
    /// The copy was not made.
    #[error(transparent)]
    Copy(#[from] BackupError),
    /// The ledger cannot be read or written, or is in use.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<rusqlite::Error> for RemovalError {
    fn from(error: rusqlite::Error) -> RemovalError {
        RemovalError::Ledger(error.into())
    }
}

/// Who wants it, and how old a payment must be.
pub struct Removal<'a> {
    /// Whole years since anything about a payment changed; see [`YEARS_MIN`].
    pub years: u32,
    /// The manager.
    pub by: &'a str,
    /// In their words.
    pub reason: &'a str,
    /// UTC milliseconds.
    pub now_ms: i64,
}

/// The moment so many years before the newest line of the journal, or before `now_ms` where that is earlier: a clock that is
/// wrong by years must not make everything old. UTC milliseconds.
pub(super) fn before_ms(conn: &Connection, years: u32, now_ms: i64) -> rusqlite::Result<i64> {
    let newest = "SELECT at_ms FROM journal ORDER BY number DESC LIMIT 1";
    let newest_ms: i64 = conn.query_row(newest, [], |sql| sql.get(0)).optional()?.unwrap_or(0);
    let at = jiff::Timestamp::from_millisecond(newest_ms.min(now_ms)).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let at = at.to_zoned(jiff::tz::TimeZone::UTC);
    assert!((YEARS_MIN..=YEARS_MAX).contains(&years), "whoever asks looks at the years first");
    let before = at.checked_sub(jiff::Span::new().years(i64::from(years)));
    Ok(before.map_or(i64::MIN, |before| before.timestamp().as_millisecond()))
}

/// Puts the payments that may be removed into the table `going` of this connection alone.
fn choose(conn: &Connection, before_ms: i64) -> rusqlite::Result<Removable> {
    conn.execute_batch(
        "CREATE TEMP TABLE IF NOT EXISTS going (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE); DELETE FROM going;",
    )?;
    conn.execute(
        "INSERT INTO going (seq, id) SELECT seq, id FROM payments WHERE reference NOT IN (
             SELECT reference FROM payments WHERE is_open = 1 OR attention = 1 OR changed_at_ms >= ?1
             UNION SELECT reference FROM paid_twice
             UNION SELECT reference FROM payments WHERE seq IN (SELECT seq FROM movements WHERE shift >= ?2))",
        params![before_ms, standing::shift(conn)?],
    )?;
    let counted = "SELECT count(*), min(day), max(day) FROM payments WHERE seq IN (SELECT seq FROM going)";
    let (payments, first, last): (i64, Option<String>, Option<String>) =
        conn.query_row(counted, [], |sql| Ok((sql.get(0)?, sql.get(1)?, sql.get(2)?)))?;
    let old = "SELECT count(*) FROM payments WHERE changed_at_ms < ?1";
    let old: i64 = conn.query_row(old, [before_ms], |sql| sql.get(0))?;
    Ok(Removable { payments: count(payments), days: first.zip(last), kept: count(old - payments) })
}

fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or_default()
}

/// What a removal would remove now.
///
/// # Errors
/// [`LedgerError::Storage`]
pub(super) fn removable(conn: &Connection, years: u32, now_ms: i64) -> Result<Removable, LedgerError> {
    Ok(choose(conn, before_ms(conn, years, now_ms)?)?)
}

/// Removes what the payments said that have not changed for so many years. The ledger must be closed. It is checked, then
/// copied, then changed in one transaction: a stop at any moment leaves it as it was, or done. Blocks.
///
/// # Errors
/// A [`RemovalError`]; nothing was removed then.
pub fn remove_old(
    dir: &Path,
    identity: &Identity,
    anchor: Option<Anchor>,
    removal: &Removal<'_>,
    on_step: &mut dyn FnMut(RemovalStep),
) -> Result<RemovedPayments, RemovalError> {
    let _lock = Lock::take(dir)?;
    let reader = Reader::open(dir)?;
    if reader.removable(removal.years, removal.now_ms)?.payments == 0 {
        return Err(RemovalError::Nothing);
    }
    check(&reader, anchor, on_step)?;
    drop(reader);
    let copy = back_up(dir, anchor, removal.now_ms, &mut |step| {
        on_step(RemovalStep::Copied(step));
        ControlFlow::Continue(())
    })?
    .file_name();
    let mut conn = schema::open(&dir.join(FILE_NAME), identity.mode, &schema::migrations())?;
    let transaction = conn.transaction()?;
    let payments = empty(&transaction, identity, removal, &copy, on_step)?;
    transaction.commit()?;
    on_step(RemovalStep::Packing);
    pack(&conn);
    Ok(RemovedPayments { payments, copy })
}

/// The whole journal, and its anchor: what was forged must not be removed with the rest.
fn check(reader: &Reader, anchor: Option<Anchor>, on_step: &mut dyn FnMut(RemovalStep)) -> Result<(), RemovalError> {
    if let AnchorVerdict::Broken(fault) = Anchor::judge(anchor, reader)? {
        return Err(RemovalError::Broken(fault));
    }
    let of = verify::last(reader.conn())?.map_or(0, |tip| tip.number);
    let checked = reader.check(reader.begin(anchor)?, None, &mut |number| {
        on_step(RemovalStep::Checked(number, of));
        ControlFlow::Continue(())
    })?;
    match checked.end {
        End::Sound => Ok(()),
        End::Stopped => unreachable!("nobody stops it"),
        End::Broken(fault) => Err(RemovalError::Broken(fault)),
    }
}

/// Writes the line that says what is removed, empties the lines, and makes the lists again from what stays.
fn empty(
    conn: &Transaction<'_>,
    identity: &Identity,
    removal: &Removal<'_>,
    copy: &str,
    on_step: &mut dyn FnMut(RemovalStep),
) -> Result<u64, RemovalError> {
    on_step(RemovalStep::Emptying);
    let before_ms = before_ms(conn, removal.years, removal.now_ms)?;
    let Removable { payments, .. } = choose(conn, before_ms)?;
    conn.execute_batch(
        "CREATE TEMP TABLE emptied AS SELECT number FROM journal WHERE payment IN (SELECT id FROM going);
         CREATE TEMP TABLE silent (number INTEGER PRIMARY KEY);
         INSERT INTO silent SELECT number FROM emptied UNION SELECT number FROM journal WHERE payment = '';",
    )?;
    let digest = Digest::of_silent(conn)?;
    let event = StoreEvent::PaymentsRemoved {
        before_ms,
        through: conn.query_row("SELECT coalesce(max(number), 0) FROM silent", [], |sql| sql.get(0))?,
        lines: digest.lines,
        digest: digest.hex(),
        payments,
        moved: moved(conn)?,
        drop_seen: view::standing(conn, "drop_seen")? == 1,
        copy: copy.to_owned(),
        reason: removal.reason.to_owned(),
    };
    let entry = Entry { at_ms: removal.now_ms, operator: removal.by.to_owned(), fact: Fact::Store(event) };
    let tip = verify::last(conn)?.unwrap_or(Tip::START);
    let rows = chain::seal(&[entry], &tip, identity).expect("an event of ours is JSON");
    writer::insert(conn, &rows)?;
    conn.execute(
        "UPDATE journal SET at_ms = 0, operator = 'till', terminal = '', payment = '', what = ?1, body = ''
         WHERE number IN (SELECT number FROM emptied)",
        [REMOVED],
    )?;
    let of = tip.number + 1;
    view::rebuild_within(conn, &mut |number| on_step(RemovalStep::Listed(number, of))).map_err(LedgerError::from)?;
    conn.execute_batch("DROP TABLE going; DROP TABLE emptied; DROP TABLE silent;")?;
    Ok(payments)
}

/// What the payments that go have moved, by currency.
fn moved(conn: &Connection) -> rusqlite::Result<Vec<Money>> {
    let sql = "SELECT currency, sum(paid_minor - refunded_minor - returned_minor) FROM movements
               WHERE seq IN (SELECT seq FROM going) GROUP BY currency ORDER BY currency";
    conn.prepare(sql)?
        .query_map([], |sql| Ok(Money::new(sql.get(1)?, standing::currency(sql.get_ref(0)?.as_str()?)?)))?
        .collect()
}

/// Gives the room back, and leaves nothing of what was removed in the file's unused pages. Without it the removal stands.
fn pack(conn: &Connection) {
    let packed =
        conn.execute_batch("VACUUM").and_then(|()| conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(())));
    if let Err(error) = packed {
        tracing::warn!(%error, "the ledger's file could not be made smaller");
    }
}

/// What the last line about removals says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// Its number.
    pub(super) number: i64,
    pub(super) through: i64,
    pub(super) lines: u64,
    digest: String,
}

impl Named {
    /// `None` where nothing was ever removed, or where that line cannot be read.
    pub(super) fn last(conn: &Connection) -> rusqlite::Result<Option<Named>> {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE what = 'payments_removed' ORDER BY number DESC LIMIT 1");
        let row = conn.prepare_cached(&sql)?.query_row([], Row::read).optional()?;
        Ok(row.and_then(|row| match row.entry().ok()?.fact {
            Fact::Store(StoreEvent::PaymentsRemoved { through, lines, digest, .. }) => {
                Some(Named { number: row.number, through, lines, digest })
            }
            Fact::Store(_) | Fact::Payment(_) => None,
        }))
    }
}

/// The removed lines as one number: SHA-256 over each one's number, as a big-endian 64-bit number, and hash, in order.
#[derive(Default)]
pub(super) struct Digest {
    sha: sha2::Sha256,
    lines: u64,
}

impl Digest {
    pub(super) fn add(&mut self, number: i64, hash: &Hash) {
        self.sha.update(number.to_be_bytes());
        self.sha.update(hash);
        self.lines += 1;
    }

    /// Of the table `silent`.
    fn of_silent(conn: &Connection) -> rusqlite::Result<Digest> {
        let mut digest = Digest::default();
        let sql = "SELECT number, hash FROM journal WHERE number IN (SELECT number FROM silent) ORDER BY number";
        let mut statement = conn.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(sql) = rows.next()? {
            digest.add(sql.get(0)?, &sql.get(1)?);
        }
        Ok(digest)
    }

    fn hex(&self) -> String {
        chain::hex(&self.sha.clone().finalize())
    }

    /// Whether they are the lines that were removed.
    pub(super) fn names(&self, named: &Named) -> bool {
        self.lines == named.lines && self.hex() == named.digest
    }
}
