//! The ledger is edited, cut, put back, damaged and chained anew behind the till's back, in every way that we could think of.
//! Then a whole engine starts on it, with its anchor: it must name the first wrong line, and sell nothing.

use crate::report::{Bench, Report, Share};
use crate::selling::{Started, start_and_sell};
use crate::shelf::{Shelf, append, appends};
use checkstand_engine::ledger::{Reader, Row, hex};
use checkstand_vfs::{Content, Disk, Image};
use rusqlite::{Connection, params};
use std::sync::atomic::{AtomicU64, Ordering};

const FILE: &str = "ledger.db";
const LOG: &str = "ledger.db-wal";
const PAYMENTS: u64 = 16;
const SHELVES: usize = 4;
/// As somebody with a tool for databases begins.
const WITHOUT_TRIGGERS: &str = "DROP TRIGGER IF EXISTS journal_follows; DROP TRIGGER IF EXISTS journal_stays;
                                DROP TRIGGER IF EXISTS journal_keeps;";
const COLUMNS: &str = "previous, hash, at_ms, operator, terminal, mode, payment, what, body";
const EDITS: [&str; 12] = [
    "at_ms = at_ms + 1",
    "operator = operator || 'x'",
    "terminal = 'till-2'",
    "mode = 'live'",
    "payment = CASE WHEN payment IS NULL THEN 'x' END",
    "payment = coalesce(upper(payment), '') || 'x'",
    "what = what || 'x'",
    "body = replace(body, '\"', '''')",
    "body = body || ' '",
    "hash = zeroblob(32)",
    "hash = randomblob(32)",
    "previous = randomblob(32)",
];

pub fn run(share: &Share) -> Report {
    let bench = Bench::new("tampering", share);
    let tally: [AtomicU64; KINDS.len()] = Default::default();
    let (harmless, stopped, shut) = (AtomicU64::new(0), AtomicU64::new(0), AtomicU64::new(0));
    bench.run(Scene::new, |scene, seed| {
        let kind = usize::try_from(seed).unwrap() % KINDS.len();
        tally[kind].fetch_add(1, Ordering::Relaxed);
        match scene.play(KINDS[kind], &mut fastrand::Rng::with_seed(seed)) {
            Ok(Verdict::Named) => {}
            Ok(Verdict::Harmless) => _ = harmless.fetch_add(1, Ordering::Relaxed),
            Ok(Verdict::Stopped) => _ = stopped.fetch_add(1, Ordering::Relaxed),
            Ok(Verdict::StaysShut) => _ = shut.fetch_add(1, Ordering::Relaxed),
            Err(why) => return bench.fail(&format!("--first {seed} --count 1: {:?}: {why}", KINDS[kind])),
        }
        bench.pass();
    });
    let kinds = KINDS.iter().zip(&tally).map(|(kind, count)| format!("{kind:?} {}", count.load(Ordering::Relaxed)));
    let [harmless, stopped, shut] = [harmless, stopped, shut].map(|count| count.load(Ordering::Relaxed));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let more = format!(
        ", {kinds}; of the bits {harmless} changed nothing that is read, {stopped} an index or a list (no new money either), {shut} \
         left a file that does not open"
    );
    bench.report("tamperings, each with an engine started on it", &more)
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Edit,
    Delete,
    DeleteSome,
    Insert,
    Swap,
    Move,
    CutTail,
    CutTailAndLists,
    Rollback,
    ChainAnewAfterEdit,
    ChainAnewAfterDelete,
    AddLine,
    FlipInFile,
    FlipInLog,
}

const KINDS: [Kind; 14] = [
    Kind::Edit,
    Kind::Delete,
    Kind::DeleteSome,
    Kind::Insert,
    Kind::Swap,
    Kind::Move,
    Kind::CutTail,
    Kind::CutTailAndLists,
    Kind::Rollback,
    Kind::ChainAnewAfterEdit,
    Kind::ChainAnewAfterDelete,
    Kind::AddLine,
    Kind::FlipInFile,
    Kind::FlipInLog,
];

/// What must be found.
enum Expected {
    /// This line is the first that is wrong.
    Line(i64),
    /// Something is wrong: a line, or the whole file.
    Something,
    /// No line was changed: a till that opens sells, and one that does not open sells nothing.
    Nothing,
    /// This line is the first that is wrong, unless the file does not open at all.
    LineOrShut(i64),
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Named,
    Harmless,
    Stopped,
    StaysShut,
}

struct Scene {
    /// Taken in turns: what an engine began in the background may end a moment after it was closed.
    shelves: [Shelf; SHELVES],
    turn: usize,
    runtime: tokio::runtime::Runtime,
    /// The ledger, closed.
    closed: Image,
    /// The same while it is open: most of it lies in the log.
    open: Image,
    rows: Vec<Row>,
    /// The same ledger at earlier times, and their last lines.
    older: Vec<(i64, Image)>,
}

impl Scene {
    fn new() -> Scene {
        let shelf = Shelf::new();
        let disk = Disk::new();
        shelf.put(&disk);
        let batches = appends(PAYMENTS, 1);
        let mut older = Vec::new();
        for part in batches.chunks(4) {
            let (ledger, opened) = shelf.open().unwrap();
            if opened.last_number > 0 {
                older.push((opened.last_number, disk.image()));
            }
            for batch in part {
                _ = append(&ledger, batch);
            }
            drop(ledger);
        }
        let closed = disk.image();
        let rows = Reader::open(shelf.path()).unwrap().rows().unwrap();
        let first = older[0].1.clone();
        let open = {
            let disk = shelf.put_image(first);
            let (ledger, _) = shelf.open().unwrap();
            for batch in &batches[4..] {
                _ = append(&ledger, batch);
            }
            disk.image()
        };
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let shelves = std::array::from_fn(|_| Shelf::new());
        Scene { shelves, turn: 0, runtime, closed, open, rows, older }
    }

    fn shelf(&self) -> &Shelf {
        &self.shelves[self.turn]
    }

    fn last(&self) -> i64 {
        i64::try_from(self.rows.len()).unwrap()
    }

    fn play(&mut self, kind: Kind, chance: &mut fastrand::Rng) -> Result<Verdict, String> {
        self.turn = (self.turn + 1) % SHELVES;
        let expected = self.tamper(kind, chance);
        self.write_anchor();
        let started = self.runtime.block_on(start_and_sell(self.shelf().path()))?;
        match (expected, started) {
            (Expected::Line(line) | Expected::LineOrShut(line), Started::Broken(found)) if found == line => {
                Ok(Verdict::Named)
            }
            (Expected::Something, Started::Broken(_)) => Ok(Verdict::Named),
            (Expected::Nothing, Started::Sound) => Ok(Verdict::Harmless),
            (Expected::Something | Expected::Nothing | Expected::LineOrShut(_), Started::Not(_)) => {
                Ok(Verdict::StaysShut)
            }
            (Expected::Line(line) | Expected::LineOrShut(line), Started::Broken(found)) => {
                Err(format!("line {found} was named, and {line} is the first wrong one"))
            }
            (Expected::Line(line), Started::Not(why)) => {
                Err(format!("it does not open, where line {line} can be named: {why}"))
            }
            (Expected::Line(_) | Expected::LineOrShut(_) | Expected::Something, Started::Sound) => {
                Err("nothing was found".to_owned())
            }
            // A list or an index does not say what the line says, and nobody can tell from there which of them was changed.
            (Expected::Nothing, Started::Broken(_)) => Ok(Verdict::Stopped),
        }
    }

    /// The anchor as the till wrote it last: all lines, the first half checked.
    fn write_anchor(&self) {
        let (tip, checked) = (&self.rows[self.rows.len() - 1], &self.rows[self.rows.len() / 2 - 1]);
        let text = format!(
            r#"{{"number":{},"hash":"{}","checked_number":{},"checked_hash":"{}","accepted_number":0,"accepted_hash":"{}","at_ms":0}}"#,
            tip.number,
            hex(&tip.hash),
            checked.number,
            hex(&checked.hash),
            hex(&[0; 32])
        );
        std::fs::write(self.shelf().path().join("anchor.json"), text).unwrap();
    }

    fn edit(&self, sql: &str) {
        let conn = self.conn();
        conn.execute_batch(&format!("PRAGMA foreign_keys = OFF; BEGIN; {sql}; COMMIT")).expect(sql);
    }

    fn conn(&self) -> Connection {
        let conn = Connection::open(self.shelf().path().join(FILE)).unwrap();
        conn.execute_batch(WITHOUT_TRIGGERS).unwrap();
        conn
    }

    /// Does one thing to the ledger.
    fn tamper(&self, kind: Kind, chance: &mut fastrand::Rng) -> Expected {
        self.shelf().put_image(self.closed.clone());
        let last = self.last();
        let line = chance.i64(1..=last);
        match kind {
            Kind::Edit => {
                let edit = EDITS[chance.usize(0..EDITS.len())];
                self.edit(&format!("UPDATE journal SET {edit} WHERE number = {line}"));
            }
            Kind::Delete => self.edit(&format!("DELETE FROM journal WHERE number = {line}")),
            Kind::DeleteSome => {
                let through = chance.i64(line..=last);
                self.edit(&format!("DELETE FROM journal WHERE number BETWEEN {line} AND {through}"));
            }
            Kind::Insert => {
                let source = if line == 1 { last + 1 } else { line - 1 };
                self.edit(&format!(
                    "UPDATE journal SET number = -number WHERE number >= {line};
                     UPDATE journal SET number = 1 - number WHERE number < 0;
                     INSERT INTO journal (number, {COLUMNS}) SELECT {line}, {COLUMNS} FROM journal WHERE number = {source}"
                ));
            }
            Kind::Swap => {
                let (first, other) = two(last, chance);
                self.edit(&format!(
                    "UPDATE journal SET number = -1 WHERE number = {first};
                     UPDATE journal SET number = {first} WHERE number = {other};
                     UPDATE journal SET number = {other} WHERE number = -1"
                ));
                return Expected::Line(first);
            }
            Kind::Move => {
                let (first, other) = two(last, chance);
                self.edit(&format!(
                    "UPDATE journal SET number = -{other} WHERE number = {first};
                     UPDATE journal SET number = 1 - number WHERE number BETWEEN {first} + 1 AND {other};
                     UPDATE journal SET number = -number WHERE number < 0"
                ));
                return Expected::Line(first);
            }
            Kind::CutTail => self.edit(&format!("DELETE FROM journal WHERE number >= {line}")),
            Kind::CutTailAndLists => self.edit(&format!(
                "DELETE FROM journal WHERE number >= {line}; DELETE FROM payments WHERE seq >= {line};
                 UPDATE standing SET value = {line} - 1 WHERE name = 'last_number'"
            )),
            Kind::Rollback => {
                let (last, image) = &self.older[chance.usize(0..self.older.len())];
                self.shelf().put_image(image.clone());
                return Expected::Line(last + 1);
            }
            Kind::ChainAnewAfterEdit => {
                self.chain_anew(line, |row| Row { operator: "mallory".to_owned(), ..row });
                return Expected::Line(if line <= last / 2 { last / 2 } else { last });
            }
            Kind::ChainAnewAfterDelete => {
                // The line's place is taken by the next one, and the last line is missing.
                self.edit(&format!(
                    "DELETE FROM journal WHERE number = {line};
                     UPDATE journal SET number = -number WHERE number > {line};
                     UPDATE journal SET number = -number - 1 WHERE number < 0;
                     UPDATE standing SET value = {last} - 1 WHERE name = 'last_number'"
                ));
                return self.after_chaining_anew(line);
            }
            Kind::AddLine => {
                self.edit(&format!(
                    "INSERT INTO journal (number, {COLUMNS})
                         SELECT {last} + 1, hash, randomblob(32), at_ms, operator, terminal, mode, payment, what, body
                         FROM journal WHERE number = {last}"
                ));
                return Expected::Line(last + 1);
            }
            Kind::FlipInFile => return self.flip(&self.closed, FILE, chance),
            Kind::FlipInLog => return self.flip(&self.open, LOG, chance),
        }
        Expected::Line(line)
    }

    /// Makes the chain anew from this line on, as somebody who knows how would.
    fn chain_anew(&self, from: i64, change: impl Fn(Row) -> Row) {
        let rows = Reader::open(self.shelf().path()).unwrap().rows().unwrap();
        let conn = self.conn();
        conn.execute_batch("BEGIN").unwrap();
        let mut previous = if from == 1 { [0; 32] } else { rows[usize::try_from(from - 2).unwrap()].hash };
        for row in rows.into_iter().filter(|row| row.number >= from) {
            let row = if row.number == from { change(row) } else { row };
            let mut forged = Row { previous, ..row };
            forged.hash = forged.hash_now();
            previous = forged.hash;
            conn.execute(
                "UPDATE journal SET previous = ?1, hash = ?2, operator = ?3 WHERE number = ?4",
                params![forged.previous, forged.hash, forged.operator, forged.number],
            )
            .unwrap();
        }
        conn.execute_batch("COMMIT").unwrap();
    }

    /// A chain without one line may be wrong in itself: a payment may speak that was never opened. Else the anchor tells.
    fn after_chaining_anew(&self, line: i64) -> Expected {
        let last = self.last();
        if line < last {
            self.chain_anew(line, |row| row);
        }
        let checked = Reader::open(self.shelf().path()).unwrap().verify().unwrap();
        let by_anchor = if line <= last / 2 { last / 2 } else { last };
        Expected::Line(checked.fault().map_or(by_anchor, |fault| fault.number))
    }

    /// Flips one bit, and says by what can be read then what must be found.
    fn flip(&self, image: &Image, name: &str, chance: &mut fastrand::Rng) -> Expected {
        let mut bytes = image.file(name).expect("it is there").to_vec();
        let at = chance.usize(0..bytes.len());
        bytes[at] ^= 1 << chance.u32(0..8);
        let mut flipped = image.clone();
        flipped.put(name, Content::from(bytes.as_slice()));
        // Looking may move the log into the file, so it is done on a copy.
        self.shelf().put_image(flipped.clone());
        let seen = Reader::open(self.shelf().path()).and_then(|reader| reader.rows());
        self.shelf().put_image(flipped);
        match seen {
            Err(_) => Expected::Something,
            Ok(rows) if rows == self.rows => Expected::Nothing,
            Ok(rows) => {
                let differs = rows.iter().zip(&self.rows).position(|(now, then)| now != then).unwrap_or(rows.len());
                Expected::LineOrShut(i64::try_from(differs).unwrap() + 1)
            }
        }
    }
}

fn two(last: i64, chance: &mut fastrand::Rng) -> (i64, i64) {
    let first = chance.i64(1..last);
    (first, chance.i64(first + 1..=last))
}
