//! Thousands of random tamperings, each found with the first line that is wrong. `CHECKSTAND_TAMPERINGS` asks for more.

use super::*;
use std::path::PathBuf;

const TAMPERINGS: u64 = 2_000;
const LAST: i64 = 60;

/// Chance that is the same each time (SplitMix64).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((bits ^ (bits >> 31)) % end as u64).expect("below")
    }

    /// A line from `first` to `last`.
    fn line(&mut self, first: i64, last: i64) -> i64 {
        first + i64::try_from(self.below(usize::try_from(last - first + 1).expect("few"))).expect("few")
    }
}

/// A ledger without triggers, as its editor would leave it, and everything known about it.
struct Scene {
    dir: tempfile::TempDir,
    file: PathBuf,
    bytes: Vec<u8>,
    rows: Vec<Row>,
    anchor: Anchor,
    /// The same ledger at earlier times, with their last lines.
    older: Vec<(i64, Vec<u8>)>,
}

impl Scene {
    async fn new() -> Scene {
        let dir = folder();
        let file = dir.path().join(FILE_NAME);
        let mut older = Vec::new();
        for part in 0..10 {
            let (ledger, _) = open(dir.path());
            for n in part * 3..part * 3 + 3 {
                append(&ledger, story(n, vec![opening(n, Kind::Sale), sent()])).await;
            }
            ledger.close().await;
            older.push((i64::try_from(part).expect("few") * 6 + 6, std::fs::read(&file).expect("the file")));
        }
        let (_, bytes) = older.pop().expect("the whole");
        let without = "DROP TRIGGER journal_follows; DROP TRIGGER journal_stays; DROP TRIGGER journal_keeps;
                       PRAGMA journal_mode = DELETE; DROP TABLE payments;";
        sqlite(dir.path()).execute_batch(without).expect("an edit");
        drop(bytes);
        let bytes = std::fs::read(&file).expect("the file");
        let rows = Reader::open(dir.path()).expect("a reader").rows().expect("rows");
        let tip = |number: i64| Tip { number, hash: rows[usize::try_from(number - 1).expect("few")].hash };
        let anchor = Anchor { tip: tip(LAST), checked: tip(LAST / 2), accepted: Tip::START, at_ms: 0 };
        assert_eq!(rows.len(), usize::try_from(LAST).expect("few"));
        Scene { dir, file, bytes, rows, anchor, older }
    }

    fn again(&self) {
        for ending in ["-wal", "-shm", "-journal"] {
            _ = std::fs::remove_file(self.dir.path().join(format!("{FILE_NAME}{ending}")));
        }
        std::fs::write(&self.file, &self.bytes).expect("the file");
    }

    fn edit(&self, sql: &str) {
        let conn = sqlite(self.dir.path());
        conn.execute_batch(&format!("PRAGMA synchronous = OFF; BEGIN; {sql}; COMMIT")).expect(sql);
    }

    /// The first line that the chain, or else the anchor, finds wrong.
    fn found(&self) -> Option<i64> {
        let reader = Reader::open(self.dir.path()).expect("a reader");
        if let End::Broken(fault) = reader.verify().expect("readable").end {
            return Some(fault.number);
        }
        match Anchor::judge(Some(self.anchor), &reader).expect("readable") {
            AnchorVerdict::Broken(fault) => Some(fault.number),
            AnchorVerdict::Agrees(_) => None,
            other => panic!("{other:?}"),
        }
    }
}

/// Does one thing to the file, and says which line is the first that must be found wrong.
fn tamper(scene: &Scene, dice: &mut Dice) -> (String, i64) {
    let line = dice.line(1, LAST);
    let sql = match dice.below(6) {
        0 => {
            let edits = [
                "at_ms = at_ms + 1",
                "operator = operator || 'x'",
                "terminal = 'till-2'",
                "mode = 'live'",
                "payment = NULL",
                "payment = upper(payment) || 'x'",
                "what = what || 'x'",
                "body = replace(body, '\"', '''')",
                "body = body || ' '",
                "hash = zeroblob(32)",
                "hash = randomblob(32)",
                "previous = randomblob(32)",
            ];
            format!("UPDATE journal SET {} WHERE number = {line}", edits[dice.below(edits.len())])
        }
        1 => format!("DELETE FROM journal WHERE number = {line}"),
        2 => format!(
            "UPDATE journal SET number = -number WHERE number >= {line}; UPDATE journal SET number = 1 - number WHERE number < 0;
             INSERT INTO journal SELECT {line}, previous, hash, at_ms, operator, terminal, mode, payment, what, body
                 FROM journal WHERE number = {}",
            if line == 1 { LAST + 1 } else { line - 1 }
        ),
        3 => {
            let first = dice.line(1, LAST - 1);
            let other = dice.line(first + 1, LAST);
            let sql = format!(
                "UPDATE journal SET number = -1 WHERE number = {first}; UPDATE journal SET number = {first} WHERE number = {other};
                 UPDATE journal SET number = {other} WHERE number = -1"
            );
            scene.edit(&sql);
            return (sql, first);
        }
        4 => format!("DELETE FROM journal WHERE number >= {line}"),
        _ => {
            let (last, bytes) = &scene.older[dice.below(scene.older.len())];
            std::fs::write(&scene.file, bytes).expect("the file");
            return (format!("the ledger as it was at line {last}"), last + 1);
        }
    };
    scene.edit(&sql);
    (sql, line)
}

fn count() -> u64 {
    std::env::var("CHECKSTAND_TAMPERINGS").map_or(TAMPERINGS, |count| count.parse().expect("a number"))
}

#[tokio::test]
async fn i13_every_tampering_is_found_and_the_first_wrong_line_is_named() {
    let scene = Scene::new().await;
    let mut dice = Dice(7);
    for _ in 0..count() {
        scene.again();
        let (sql, line) = tamper(&scene, &mut dice);
        assert_eq!(scene.found(), Some(line), "{sql}");
    }
    scene.again();
    assert_eq!(scene.found(), None);
}

#[tokio::test]
async fn i13_a_flipped_bit_is_found_wherever_it_changes_a_line() {
    let scene = Scene::new().await;
    let mut dice = Dice(11);
    let (mut harmless, mut unreadable) = (0, 0);
    for _ in 0..count() {
        scene.again();
        let (at, bit) = (dice.below(scene.bytes.len()), dice.below(8));
        let mut bytes = scene.bytes.clone();
        bytes[at] ^= 1 << bit;
        std::fs::write(&scene.file, &bytes).expect("the file");
        let Ok(reader) = Reader::open(scene.dir.path()) else {
            unreadable += 1;
            continue;
        };
        match (reader.rows(), reader.verify()) {
            (_, Err(_)) => unreadable += 1,
            (Ok(rows), Ok(checked)) if rows == scene.rows => {
                assert_eq!(checked.end, End::Sound, "byte {at}, bit {bit}");
                harmless += 1;
            }
            (Ok(rows), Ok(checked)) => {
                let first = rows.iter().zip(&scene.rows).position(|(now, then)| now != then).unwrap_or(rows.len());
                let anchored = matches!(Anchor::judge(Some(scene.anchor), &reader), Ok(AnchorVerdict::Broken(_)));
                match checked.end {
                    End::Broken(fault) => assert_eq!(fault.number, scene.rows[first].number, "byte {at}, bit {bit}"),
                    End::Sound | End::Stopped => assert!(anchored, "byte {at}, bit {bit}"),
                }
            }
            (Err(_), Ok(checked)) => assert!(checked.fault().is_some(), "byte {at}, bit {bit}"),
        }
    }
    // The rest of the file is free room, the lists, their indexes, and SQLite's own.
    assert!(harmless + unreadable < count() * 98 / 100, "{harmless} harmless, {unreadable} unreadable");
}

#[tokio::test]
async fn i13_a_chain_made_anew_after_an_edit_is_found_by_the_anchor() {
    let scene = Scene::new().await;
    for line in 1..=LAST {
        scene.again();
        let conn = sqlite(scene.dir.path());
        conn.execute_batch("PRAGMA synchronous = OFF; BEGIN").expect("a transaction");
        let mut previous = scene.rows[usize::try_from(line - 1).expect("few")].previous;
        for row in &scene.rows[usize::try_from(line - 1).expect("few")..] {
            let operator = if row.number == line { "mallory" } else { &row.operator };
            let mut forged = Row { previous, operator: operator.to_owned(), ..row.clone() };
            forged.hash = forged.hash_now();
            previous = forged.hash;
            conn.execute(
                "UPDATE journal SET previous = ?1, hash = ?2, operator = ?3 WHERE number = ?4",
                rusqlite::params![forged.previous, forged.hash, forged.operator, forged.number],
            )
            .expect("an edit");
        }
        conn.execute_batch("COMMIT").expect("a commit");
        drop(conn);
        let reader = Reader::open(scene.dir.path()).expect("a reader");
        assert_eq!(reader.verify().expect("readable").end, End::Sound, "the forger knows how");
        // The lines up to half had been checked, so an edit there is known to lie before.
        let named = if line <= LAST / 2 { LAST / 2 } else { LAST };
        assert_eq!(scene.found(), Some(named));
    }
}
