//! The proof that the journal was not quietly changed: every line stands in its place, follows the one before it, hashes to
//! what it says, is of this mode, can be read, and speaks of a payment that was opened.
//!
//! What a line's hash covers is all in the line itself, so other threads hash and read while one walks the file and compares
//! each `previous` with the hash before it. What is wrong is a [`Fault`], a value: it stops new money, not the till.

mod background;
mod batch;
mod lists;
mod removed;

pub use background::{Pace, Progress, Running};
pub use lists::ListsChecked;
pub(super) use lists::{check_newest, check_view};

use super::LedgerError;
use super::chain::{COLUMNS, Tip};
use crate::settings::Mode;
use batch::{Batch, Found, Line, Rank};
use checkstand_core::store::StoreEvent;
use removed::Removed;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};
use serde::Serialize;
use std::collections::HashSet;
use std::num::NonZero;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// At most so many lines are checked before the first sale.
pub const RECENT_LINES_MAX: i64 = 50_000;
/// More threads would wait for the one that reads.
const WORKERS_MAX: usize = 3;
/// One is hashed while one waits.
const BATCHES_PER_WORKER: usize = 3;

/// Something is wrong with the journal. No new money until a person has decided; what is known stays readable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The first line that is wrong.
    pub number: i64,
    /// What is wrong with it, in words for the store's technician.
    pub what: String,
}

impl Fault {
    /// What the ledger records about it.
    pub fn event(&self) -> StoreEvent {
        StoreEvent::JournalBroken { number: self.number, detail: self.what.clone() }
    }
}

/// How far a check came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The last line up to which all is in order, and its hash.
    pub through: Tip,
    /// Why it went no further.
    pub end: End,
}

/// Why a check ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything that was to be checked is in order.
    Sound,
    /// It was called off.
    Stopped,
    /// Something is wrong.
    Broken(Fault),
}

impl Checked {
    /// What is wrong, if anything.
    pub fn fault(&self) -> Option<&Fault> {
        match &self.end {
            End::Broken(fault) => Some(fault),
            End::Sound | End::Stopped => None,
        }
    }
}

/// What was checked before the first sale.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// The line after which it began; what is up to here is for the background.
    pub from: Tip,
    /// How it went.
    pub checked: Checked,
}

/// Checks the lines after `from`, up to and with the line `through` or the last one. `progress` hears the number that the
/// reading has reached, every few hundred lines, and can call it off.
///
/// # Errors
/// [`LedgerError::Storage`] only; what is wrong with the journal is a value.
pub(super) fn check(
    conn: &Connection,
    mode: Mode,
    from: Tip,
    through: Option<i64>,
    progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
) -> Result<Checked, LedgerError> {
    let mut checker = Checker::new(conn, mode, from);
    let checked = checker.stretch(from, through, progress)?;
    checker.finish(checked)
}

/// Checks the last [`RECENT_LINES_MAX`] lines, or those behind `behind` where they are fewer.
///
/// # Errors
/// [`LedgerError::Storage`] only.
pub(super) fn recent(conn: &Connection, mode: Mode, behind: Tip) -> Result<Recent, LedgerError> {
    let from = newest(conn, behind)?;
    let checked = check(conn, mode, from, None, &mut |_| ControlFlow::Continue(()))?;
    Ok(Recent { from, checked })
}

/// Where the newest stretch begins.
pub(super) fn newest(conn: &Connection, behind: Tip) -> rusqlite::Result<Tip> {
    let before = last(conn)?.map_or(0, |tip| tip.number) - RECENT_LINES_MAX;
    Ok(if before > behind.number { at_most(conn, before)?.unwrap_or(behind) } else { behind })
}

/// Compares one line with what is known of it from elsewhere; [`Tip::START`] agrees with every journal.
///
/// # Errors
/// [`LedgerError::Storage`]
pub(super) fn differs(conn: &Connection, known: Tip, other: &str) -> Result<Option<Fault>, LedgerError> {
    differs_as_opened(conn, i64::MAX, known, other)
}

/// The same for a journal that ended with the line `opened_at` when it was opened: the lines behind it are this run's own, and
/// stand in nobody's place.
///
/// # Errors
/// [`LedgerError::Storage`]
pub(super) fn differs_as_opened(
    conn: &Connection,
    opened_at: i64,
    known: Tip,
    other: &str,
) -> Result<Option<Fault>, LedgerError> {
    if known.number == 0 {
        return Ok(None);
    }
    let last_number = last(conn)?.map_or(0, |tip| tip.number).min(opened_at);
    if last_number < known.number {
        let what = format!("it is missing, and all after it: there were lines up to {}", known.number);
        return Ok(Some(Fault { number: last_number + 1, what }));
    }
    let stands = at_most(conn, known.number)?;
    Ok((stands != Some(known)).then(|| Fault { number: known.number, what: other.to_owned() }))
}

/// The last line as it stands in the file.
pub(super) fn last(conn: &Connection) -> rusqlite::Result<Option<Tip>> {
    at_most(conn, i64::MAX)
}

/// The last line up to this number, as it stands in the file.
pub(super) fn at_most(conn: &Connection, number: i64) -> rusqlite::Result<Option<Tip>> {
    conn.prepare_cached("SELECT number, hash FROM journal WHERE number <= ?1 ORDER BY number DESC LIMIT 1")?
        .query_row([number], |sql| Ok(Tip { number: sql.get(0)?, hash: sql.get(1)? }))
        .optional()
}

/// Checks one stretch after the other, and remembers which payments were opened.
struct Checker<'c> {
    conn: &'c Connection,
    mode: Mode,
    /// What was opened up to here is asked of the journal's index.
    origin: i64,
    opened: HashSet<u128>,
    removed: Removed,
}

impl<'c> Checker<'c> {
    fn new(conn: &'c Connection, mode: Mode, from: Tip) -> Checker<'c> {
        Checker { conn, mode, origin: from.number, opened: HashSet::new(), removed: Removed::default() }
    }

    /// What all stretches together come to.
    fn finish(&self, checked: Checked) -> Result<Checked, LedgerError> {
        if self.origin == 0 { Ok(self.removed.judge(self.conn, checked)?) } else { Ok(checked) }
    }

    fn stretch(
        &mut self,
        from: Tip,
        through: Option<i64>,
        progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
    ) -> Result<Checked, LedgerError> {
        let workers = std::thread::available_parallelism().map_or(1, NonZero::get).min(WORKERS_MAX);
        let mode = self.mode.name();
        let (give, given) = channel::<Batch>();
        let given = Mutex::new(given);
        std::thread::scope(|scope| {
            let (give_back, returned) = channel();
            for _ in 0..workers {
                let (given, give_back) = (&given, give_back.clone());
                scope.spawn(move || work(given, &give_back, mode));
            }
            drop(give_back);
            let most = workers * BATCHES_PER_WORKER;
            let mut hands = Hands { give, returned, out: 0, most, idle: Vec::new(), found: None };
            let walked = self.walk(from, through, progress, &mut hands);
            let found = hands.finish();
            let (through, walked) = walked?;
            let (wrong, end) = match walked {
                Walked::ToTheEnd => (None, End::Sound),
                Walked::Stopped => (None, End::Stopped),
                Walked::Wrong(wrong) => (Some(wrong), End::Sound),
            };
            Ok(match found.into_iter().chain(wrong).reduce(Found::min) {
                Some(Found { after, what, .. }) => {
                    Checked { through: after, end: End::Broken(Fault { number: after.number + 1, what }) }
                }
                None => Checked { through, end },
            })
        })
    }

    /// Walks the file. What only needs a line's own bytes is left to the workers.
    fn walk(
        &mut self,
        from: Tip,
        through: Option<i64>,
        progress: &mut dyn FnMut(i64) -> ControlFlow<()>,
        hands: &mut Hands,
    ) -> Result<(Tip, Walked), LedgerError> {
        let sql = format!("SELECT {COLUMNS} FROM journal WHERE number > ?1 AND number <= ?2 ORDER BY number");
        let mut statement = self.conn.prepare_cached(&sql)?;
        // A line numbered below 1 stands in the place of the first.
        let above = if from.number == 0 { i64::MIN } else { from.number };
        let mut rows = statement.query(params![above, through.unwrap_or(i64::MAX)])?;
        let mut tip = from;
        let mut batch = hands.take();
        let walked = loop {
            let wrong = |rank, what: String| Walked::Wrong(Found { after: tip, rank, what });
            let line = match rows.next() {
                Ok(Some(sql)) => Line::read(sql),
                Ok(None) if through.is_some_and(|through| tip.number < through) => {
                    break wrong(Rank::Place, "it is missing".to_owned());
                }
                Ok(None) => break Walked::ToTheEnd,
                Err(error) if is_damage(&error) => break wrong(Rank::Place, error.to_string()),
                Err(error) => return Err(error.into()),
            };
            let line = match line.and_then(|line| line.follows(&tip).map(|()| line)) {
                Ok(line) => line,
                Err(what) => break wrong(Rank::Place, what),
            };
            let looked_at = if line.is_removed() {
                self.removed.take_in(self.conn, self.mode.name(), &line, tip)
            } else {
                batch.put(&line);
                self.speaks(&line)
            };
            match looked_at {
                Ok(None) => {}
                Ok(Some(what)) => break wrong(Rank::Opening, what),
                Err(error) if is_damage(&error) => break wrong(Rank::Opening, error.to_string()),
                Err(error) => return Err(error.into()),
            }
            tip = Tip { number: line.number, hash: *line.hash };
            if batch.is_full() {
                hands.give(batch);
                batch = hands.take();
                if progress(tip.number).is_break() || hands.found.is_some() {
                    break Walked::Stopped;
                }
            }
        };
        hands.give(batch);
        Ok((tip, walked))
    }

    /// What is wrong with a line's payment: it must have been opened before, and by one line only.
    fn speaks(&mut self, line: &Line<'_>) -> rusqlite::Result<Option<String>> {
        let Some(payment) = line.payment else { return Ok(None) };
        let Some(id) = line.payment_id() else { return Ok(Some(format!("{payment:?} is no payment id"))) };
        let opens = line.what == "opened";
        if opens && !self.opened.insert(id) {
            return Ok(Some("it opens a payment that is open".to_owned()));
        }
        if !opens && self.opened.contains(&id) {
            return Ok(None);
        }
        let before = if self.origin == 0 { None } else { self.first_word(payment)? };
        if !opens && before.as_deref() != Some("opened") {
            return Ok(Some("it speaks of a payment that was never opened".to_owned()));
        }
        if opens && before.is_some() {
            return Ok(Some("it opens a payment that is open".to_owned()));
        }
        self.opened.insert(id);
        Ok(None)
    }

    /// What the first line about a payment says, up to where this check began.
    fn first_word(&self, payment: &str) -> rusqlite::Result<Option<String>> {
        self.conn
            .prepare_cached("SELECT what FROM journal WHERE payment = ?1 AND number <= ?2 ORDER BY number LIMIT 1")?
            .query_row(params![payment, self.origin], |sql| sql.get(0))
            .optional()
    }
}

/// How the walk through the file ended.
enum Walked {
    ToTheEnd,
    Stopped,
    Wrong(Found),
}

/// The batches and the threads that work on them.
struct Hands {
    give: Sender<Batch>,
    returned: Receiver<Batch>,
    /// Batches given and not returned yet.
    out: usize,
    most: usize,
    idle: Vec<Batch>,
    /// The first thing that the workers found wrong.
    found: Option<Found>,
}

impl Hands {
    /// An empty batch; waits for a worker where there are enough.
    fn take(&mut self) -> Batch {
        while self.out >= self.most {
            self.await_one();
        }
        self.idle.pop().unwrap_or_default()
    }

    fn give(&mut self, batch: Batch) {
        self.out += 1;
        self.give.send(batch).expect("the receiver outlives the walk");
    }

    fn await_one(&mut self) {
        let mut batch = self.returned.recv().expect("a worker returns what it was given");
        self.out -= 1;
        if let Some(found) = batch.found.take() {
            self.found = self.found.take().into_iter().chain([found]).reduce(Found::min);
        }
        batch.clear();
        self.idle.push(batch);
    }

    /// Waits for all of them, and lets the workers go.
    fn finish(mut self) -> Option<Found> {
        while self.out > 0 {
            self.await_one();
        }
        self.found
    }
}

fn work(given: &Mutex<Receiver<Batch>>, give_back: &Sender<Batch>, mode: &str) {
    loop {
        let next = given.lock().expect("no worker panics while it waits").recv();
        let Ok(mut batch) = next else { return };
        batch.check(mode);
        if give_back.send(batch).is_err() {
            return;
        }
    }
}

/// The file is damaged here, rather than out of reach.
fn is_damage(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DatabaseCorrupt)
}
