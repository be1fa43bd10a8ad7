//! Whoever edits the file is refused, or found at the next start with the number of the line.

use super::*;

/// A ledger of [`day`] edited past the triggers.
async fn edited(sql: &str) -> (i64, String) {
    let dir = closed_day().await;
    let conn = sqlite(dir.path());
    let drop_triggers = "DROP TRIGGER journal_follows; DROP TRIGGER journal_stays; DROP TRIGGER journal_keeps;";
    conn.execute_batch(&format!("PRAGMA foreign_keys = OFF; {drop_triggers} {sql}")).expect("an edit");
    drop(conn);
    let verified = Reader::open(dir.path()).expect("a reader").verify().expect("readable");
    let found = open_fault(dir.path());
    match verified.end {
        End::Broken(fault) => assert_eq!(fault, found, "verify finds what opening finds"),
        End::Sound => assert_eq!(found.number, verified.through.number + 1, "only opening compares with the view"),
        End::Stopped => panic!("nobody called it off"),
    }
    (found.number, found.what)
}

#[tokio::test]
async fn r52_the_journal_is_never_changed_or_shortened() {
    let dir = folder();
    let (ledger, _) = open(dir.path());
    append_all(&ledger, day()).await;
    let conn = sqlite(dir.path());
    for (sql, words) in [
        ("UPDATE journal SET operator = 'x' WHERE number = 3", "never changed"),
        ("UPDATE journal SET number = 99 WHERE number = 3", "never changed"),
        ("DELETE FROM journal WHERE number = 3", "never shortened"),
        ("DELETE FROM journal", "never shortened"),
        ("INSERT OR REPLACE INTO journal SELECT * FROM journal WHERE number = 3", "without gaps"),
        (
            "INSERT INTO journal SELECT 99, previous, hash, at_ms, operator, terminal, mode, payment, what, body FROM journal WHERE number = 1",
            "without gaps",
        ),
        ("DELETE FROM identity", "never loses"),
    ] {
        let error = conn.execute(sql, []).expect_err(sql).to_string();
        assert!(error.contains(words), "{sql}: {error}");
    }
    ledger.close().await;
    assert_eq!(open(dir.path()).1.resident, day().concat());
}

#[tokio::test]
async fn an_edit_of_any_column_is_found() {
    for edit in [
        "at_ms = at_ms + 1",
        "operator = 'x'",
        "terminal = 'x'",
        "mode = 'live'",
        "payment = '01920000-0000-7000-8000-000000000001'",
        "payment = NULL",
        "what = 'captured'",
        "body = replace(body, 'mispay', 'multipay') || ' '",
        "hash = zeroblob(32)",
    ] {
        let (number, what) = edited(&format!("UPDATE journal SET {edit} WHERE number = 2;")).await;
        assert_eq!((number, what.as_str()), (2, "it was changed"), "{edit}");
    }
    let (number, what) = edited("UPDATE journal SET previous = zeroblob(32) WHERE number = 2;").await;
    assert_eq!((number, what.as_str()), (2, "it does not follow the one before it"));
}

#[tokio::test]
async fn a_deleted_line_is_found() {
    assert_eq!(edited("DELETE FROM journal WHERE number = 1;").await, (1, "it is missing".to_owned()));
    assert_eq!(edited("DELETE FROM journal WHERE number = 7;").await, (7, "it is missing".to_owned()));
    let (number, _) =
        edited("DELETE FROM journal WHERE number = 7; UPDATE journal SET number = number - 1 WHERE number = 8;").await;
    assert_eq!(number, 7);
}

#[tokio::test]
async fn a_tail_that_was_cut_is_found_by_what_the_view_remembers() {
    let last = i64::try_from(day().concat().len()).expect("few");
    let (number, what) = edited(&format!("DELETE FROM journal WHERE number > {};", last - 3)).await;
    assert_eq!(number, last - 2);
    assert!(what.contains("missing"), "{what}");
}

#[tokio::test]
async fn lines_in_another_order_are_found() {
    let swap = "UPDATE journal SET number = 100 WHERE number = 3; UPDATE journal SET number = 3 WHERE number = 4;
                UPDATE journal SET number = 4 WHERE number = 100;";
    assert_eq!(edited(swap).await.0, 3);
}

#[tokio::test]
async fn a_line_put_in_is_found() {
    let insert = "CREATE TEMP TABLE tail AS SELECT * FROM journal WHERE number >= 5;
                  DELETE FROM journal WHERE number >= 5;
                  INSERT INTO journal SELECT 5, hash, randomblob(32), at_ms, operator, terminal, mode, payment, what, body
                      FROM journal WHERE number = 4;
                  INSERT INTO journal SELECT number + 1, previous, hash, at_ms, operator, terminal, mode, payment, what, body FROM tail;";
    assert_eq!(edited(insert).await.0, 5);
    let last = i64::try_from(day().concat().len()).expect("few");
    let add = format!(
        "INSERT INTO journal SELECT number + 1, hash, randomblob(32), at_ms, operator, terminal, mode, payment, what, body
             FROM journal WHERE number = {last};"
    );
    assert_eq!(edited(&add).await.0, last + 1);
}

/// A line that is chained well but is not the till's own.
fn forged(number: i64, tip: Tip, entry: &Entry, change: impl FnOnce(&mut Row)) -> Row {
    let mut row = chain::seal(std::slice::from_ref(entry), &Tip { number: number - 1, ..tip }, &training())
        .expect("a row")
        .remove(0);
    change(&mut row);
    row.hash = row.hash_now();
    row
}

#[tokio::test]
async fn a_well_chained_line_that_the_till_cannot_have_written_is_found() {
    let entries = story(9, vec![opening(9, Kind::Sale), sent()]);
    type Change = fn(&mut Row);
    let forgeries: [(&Entry, Change, &str); 7] = [
        (&entries[0], |row| row.mode = "live".to_owned(), "made in mode \"live\""),
        (&entries[0], |row| row.payment = None, "cannot be read"),
        (&entries[0], |row| row.payment = Some("9".to_owned()), "is no payment id"),
        (&entries[0], |row| row.what = "captured".to_owned(), "but says \"opened\""),
        (&entries[0], |row| row.body = "{}".to_owned(), "cannot be read"),
        (&entries[0], |row| row.payment = Some(id(0).to_string()), "that is open"),
        (&entries[1], |_| {}, "never opened"),
    ];
    for (entry, change, words) in forgeries {
        let dir = closed_day().await;
        let sound = Reader::open(dir.path()).expect("a reader").verify().expect("readable").through;
        let number = sound.number + 1;
        let row = forged(number, sound, entry, change);
        sqlite(dir.path())
            .execute(
                "INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
                rusqlite::params![
                    row.number,
                    row.previous,
                    row.hash,
                    row.at_ms,
                    row.operator,
                    row.terminal,
                    row.mode,
                    row.payment,
                    row.what,
                    row.body
                ],
            )
            .expect("a forged line");
        let fault = open_fault(dir.path());
        assert_eq!(fault.number, number, "{words}");
        assert!(fault.what.contains(words), "{}", fault.what);
    }
}

/// The bytes under the hash are a promise to every journal ever written: this value was made by another program.
#[test]
fn the_hash_covers_the_documented_bytes() {
    let row = Row {
        number: 1,
        previous: [0; 32],
        hash: [0; 32],
        at_ms: 1_760_000_000_250,
        operator: "Åse".to_owned(),
        terminal: "till-1".to_owned(),
        mode: "training".to_owned(),
        payment: Some("01920000-0000-7000-8000-000000000001".to_owned()),
        what: "opened".to_owned(),
        body: "{}".to_owned(),
    };
    let hex = |row: &Row| row.hash_now().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(hex(&row), "b34af5e7156b374293f9e9e3919d807bdf5483b1d0eecc601b9d9b174b45efe7");
    assert_eq!(hex(&Row { payment: None, ..row }), "136c4feeb18e5ca1c331dbdc52eece6fc9d4f119a076cb64a8886f07591ca717");
}
