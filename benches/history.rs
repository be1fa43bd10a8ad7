//! The history against hand-written SQL: eight questions on 100 000 and on 1 000 000 payments, quiet and beside a busy thread.
//!
//! Both sides read the same file with the same settings and decode the same columns into the same struct; pages are 50 rows
//! and one more, by which the end is known. The hand-written statement answers one question with the best index there is;
//! prepared once, as one would write it for this question alone. The four measurements of a question (two sides, two sizes)
//! are taken in turn, so that all of them meet the same weather. Printed are the ratios of p50 and p95, how many rows each
//! question found (the median), and the exponent by which our p50 grows from the small ledger to the large one.
//!
//! Held equal in both sizes, so that the ledger grows and the question does not: a day has a thousand payments; an amount is
//! one that three payments have; the months are the first three, which both have whole. A reference and a receipt's end find
//! what they find: as many in both.
//!
//! Targets: both ratios at most 1.5, exponent at most 0.15. An argument names the only question to ask; the variable below asks
//! for other sizes, such as `"100000 10000000"` (the larger one takes a quarter of an hour to fill, and some 15 GB).

#![allow(clippy::float_arithmetic, reason = "a growth exponent is no money")]

use checkstand_engine::ledger::fill::{Invention, fill};
use checkstand_engine::ledger::history::{Cursor, History, PAGE_ROWS, Query, StateFilter, Tally};
use checkstand_engine::ledger::{Identity, PaymentRow};
use checkstand_engine::settings::Mode;
use rusqlite::config::DbConfig;
use rusqlite::types::Value;
use rusqlite::{Connection, OpenFlags, Statement, params_from_iter};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How many payments the small and the large ledger have.
const SIZES: [u64; 2] = [100_000, 1_000_000];
const SIZES_VARIABLE: &str = "CHECKSTAND_HISTORY_PAYMENTS";
const ROUNDS: usize = 400;
/// More than there are values to ask for, so that nothing is read from the disk while it is measured.
const WARM_UP_ROUNDS: usize = 60;
/// How many payments have each amount that is asked for.
const AMOUNT_HITS: i64 = 3;
const FIRST_DAY_MS: i64 = 1_672_531_200_000;
const COLUMNS: &str = "seq, id, wire_id, kind, refund_of, provider, currency, minor, counted_minor, counted_currency, \
    reference, operator, terminal, day, opened_at_ms, changed_at_ms, state, reason, flags, receipt, attention, is_open, \
    last_number";

/// What is asked of both sides: once for each round, with other values each time.
struct Question {
    name: &'static str,
    ours: Vec<(Query, Option<Cursor>)>,
    answer: Answer,
    sql: String,
    params: Vec<Vec<Value>>,
}

#[derive(Clone, Copy)]
enum Answer {
    Page,
    Totals,
}

/// What one question took on one ledger, in ns and in order, and how many rows it found.
#[derive(Default)]
struct Taken {
    ours: Vec<u128>,
    sql: Vec<u128>,
    found: Vec<usize>,
}

fn main() {
    let only = std::env::args().skip(1).find(|argument| !argument.starts_with('-'));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/bench");
    let sizes = sizes();
    let ledgers: Vec<(u64, PathBuf)> = sizes.iter().map(|size| (*size, made(&root, *size))).collect();
    let questions: Vec<Vec<Question>> = ledgers.iter().map(|(_, dir)| questions(dir)).collect();
    let mut worst = 0;
    for busy in [false, true] {
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            if busy {
                scope.spawn(|| spin(&stop));
            }
            println!("\n{}", if busy { "beside a busy thread" } else { "quiet" });
            println!(
                "{:<20}{:>9}{:>7}{:>10}{:>9}{:>10}{:>9}{:>7}{:>7}{:>9}",
                "µs", "payments", "found", "ours p50", "sql p50", "ours p95", "sql p95", "p50", "p95", "growth"
            );
            for (small, large) in questions[0].iter().zip(&questions[1]) {
                let asked = [small, large];
                if only.as_ref().is_none_or(|only| asked[0].name == only) {
                    worst = worst.max(tell(sizes, asked, &measure(&ledgers, asked)));
                }
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
    println!("worst ratio {worst}%");
    if only.is_none() {
        trigrams(&ledgers);
    }
}

fn sizes() -> [u64; 2] {
    let Ok(asked) = std::env::var(SIZES_VARIABLE) else { return SIZES };
    let sizes: Vec<u64> = asked.split_whitespace().map(|size| size.parse().expect("a number")).collect();
    sizes.try_into().expect("two sizes, the small one first")
}

/// Prints a question's lines; answers its worst ratio.
fn tell(sizes: [u64; 2], asked: [&Question; 2], taken: &[Taken; 2]) -> u128 {
    let (middle, late) = (ROUNDS / 2, ROUNDS * 95 / 100);
    let slower = taken[1].ours[middle] as f64 / taken[0].ours[middle] as f64;
    let growth = slower.log10() / (sizes[1] as f64 / sizes[0] as f64).log10();
    let mut worst = 0;
    for (size, taken) in sizes.iter().zip(taken) {
        let ratio = |at: usize| taken.ours[at] * 100 / taken.sql[at].max(1);
        let tenths = |ns: u128| format!("{}.{}", ns / 1_000, ns / 100 % 10);
        println!(
            "{:<20}{:>9}{:>7}{:>10}{:>9}{:>10}{:>9}{:>6}%{:>6}%{:>9}",
            asked[0].name,
            size,
            taken.found[middle],
            tenths(taken.ours[middle]),
            tenths(taken.sql[middle]),
            tenths(taken.ours[late]),
            tenths(taken.sql[late]),
            ratio(middle),
            ratio(late),
            if *size == sizes[1] { format!("{growth:.3}") } else { String::new() }
        );
        worst = worst.max(ratio(middle)).max(ratio(late));
    }
    worst
}

fn made(root: &Path, size: u64) -> PathBuf {
    let dir = root.join(format!("history-{size}"));
    if !dir.join("ledger.db").exists() {
        let identity = Identity { mode: Mode::Training, terminal: "till-1".to_owned() };
        let invention = Invention { payments: size, days: None, seed: 1, first_day_ms: FIRST_DAY_MS };
        fill(&dir, &identity, invention, |filled| eprintln!("{} of {size}", filled.payments)).expect("filled");
    }
    dir
}

fn connect(dir: &Path) -> Connection {
    let conn = Connection::open_with_flags(
        dir.join("ledger.db"),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .expect("the file");
    conn.pragma_update(None, "trusted_schema", false).expect("a setting");
    // Else a bound LIKE would be planned anew for each value.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).expect("a setting");
    conn
}

/// Rounds in turn. Neither side's clock runs while it opens, prepares, or drops what it has read.
fn measure(ledgers: &[(u64, PathBuf)], asked: [&Question; 2]) -> [Taken; 2] {
    let histories: Vec<History> = ledgers.iter().map(|(_, dir)| History::open(dir).expect("a history")).collect();
    let conns: Vec<Connection> = ledgers.iter().map(|(_, dir)| connect(dir)).collect();
    let mut statements: Vec<Statement<'_>> =
        conns.iter().zip(asked).map(|(conn, asked)| conn.prepare(&asked.sql).expect("a statement")).collect();
    let mut taken = [Taken::default(), Taken::default()];
    for round in 0..ROUNDS + WARM_UP_ROUNDS {
        for (at, question) in asked.into_iter().enumerate() {
            let (query, after) = &question.ours[round % question.ours.len()];
            let params = &question.params[round % question.params.len()];
            let ask = || match question.answer {
                Answer::Page => {
                    let since = Instant::now();
                    let page = histories[at].page(query, *after).expect("a page");
                    (since.elapsed().as_nanos(), page.rows.len())
                }
                Answer::Totals => {
                    let since = Instant::now();
                    let tallies = histories[at].totals(query).expect("totals").expect("few enough");
                    (since.elapsed().as_nanos(), tallies.len())
                }
            };
            let mut by_hand = || {
                let statement = &mut statements[at];
                match question.answer {
                    Answer::Page => timed(statement, params, read_payment),
                    Answer::Totals => timed(statement, params, read_tally),
                }
            };
            let ((our_ns, our_count), (sql_ns, sql_count)) = if round % 2 == 0 {
                let one = ask();
                (one, by_hand())
            } else {
                let other = by_hand();
                (ask(), other)
            };
            let of_page =
                |count: usize| if matches!(question.answer, Answer::Page) { count.min(PAGE_ROWS) } else { count };
            assert_eq!(our_count, of_page(sql_count), "{}", question.name);
            if round >= WARM_UP_ROUNDS {
                taken[at].ours.push(our_ns);
                taken[at].sql.push(sql_ns);
                taken[at].found.push(our_count);
            }
        }
    }
    for taken in &mut taken {
        taken.ours.sort_unstable();
        taken.sql.sort_unstable();
        taken.found.sort_unstable();
    }
    taken
}

fn timed<T>(
    statement: &mut Statement<'_>,
    params: &[Value],
    read: fn(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> (u128, usize) {
    let since = Instant::now();
    let found = statement.query_map(params_from_iter(params), read).expect("rows");
    let found: Vec<T> = found.collect::<Result<_, _>>().expect("rows");
    (since.elapsed().as_nanos(), found.len())
}

fn read_payment(sql: &rusqlite::Row<'_>) -> rusqlite::Result<PaymentRow> {
    Ok(PaymentRow {
        seq: sql.get(0)?,
        id: sql.get(1)?,
        wire_id: sql.get(2)?,
        kind: sql.get(3)?,
        refund_of: sql.get(4)?,
        provider: sql.get(5)?,
        currency: sql.get(6)?,
        minor: sql.get(7)?,
        counted_minor: sql.get(8)?,
        counted_currency: sql.get(9)?,
        reference: sql.get(10)?,
        operator: sql.get(11)?,
        terminal: sql.get(12)?,
        day: sql.get(13)?,
        opened_at_ms: sql.get(14)?,
        changed_at_ms: sql.get(15)?,
        state: sql.get(16)?,
        reason: sql.get(17)?,
        flags: sql.get(18)?,
        receipt: sql.get(19)?,
        attention: sql.get(20)?,
        is_open: sql.get(21)?,
        last_number: sql.get(22)?,
    })
}

fn read_tally(sql: &rusqlite::Row<'_>) -> rusqlite::Result<Tally> {
    Ok(Tally {
        kind: sql.get(0)?,
        state: sql.get(1)?,
        currency: sql.get(2)?,
        counted_currency: Some(sql.get(3)?),
        payments: sql.get(4)?,
        counted_minor: sql.get(5)?,
    })
}

fn questions(dir: &Path) -> Vec<Question> {
    let conn = connect(dir);
    let last: i64 = conn.query_row("SELECT max(seq) FROM payments", [], |sql| sql.get(0)).expect("a number");
    // Payments all over the ledger, the same way in both sizes.
    let mut samples: Vec<(i64, String, String, String, String)> = Vec::new();
    let mut pick = conn
        .prepare(
            "SELECT seq, reference, receipt, day, operator FROM payments
             WHERE seq >= ?1 AND receipt IS NOT NULL AND kind = 'sale' ORDER BY seq LIMIT 1",
        )
        .expect("a statement");
    for nth in 0..50 {
        let read = |sql: &rusqlite::Row<'_>| Ok((sql.get(0)?, sql.get(1)?, sql.get(2)?, sql.get(3)?, sql.get(4)?));
        samples.push(pick.query_row([last / 51 * (nth + 1)], read).expect("a payment"));
    }
    let list = format!("SELECT {COLUMNS} FROM payments WHERE");
    let found = |text: String| (Query { search: text, ..Query::default() }, None);
    let text = |text: &str| Value::Text(text.to_owned());
    let decimal = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
    let amounts = amounts(&conn);
    let mut all = Vec::new();
    all.push(Question {
        name: "first page",
        ours: vec![(Query::default(), None)],
        answer: Answer::Page,
        sql: format!("{list} seq <= ?1 ORDER BY seq DESC LIMIT 51"),
        params: vec![vec![i64::MAX.into()]],
    });
    all.push(Question {
        name: "deep page",
        ours: samples.iter().map(|sample| (Query::default(), Some(Cursor(sample.0)))).collect(),
        answer: Answer::Page,
        sql: format!("{list} seq < ?1 ORDER BY seq DESC LIMIT 51"),
        params: samples.iter().map(|sample| vec![sample.0.into()]).collect(),
    });
    all.push(Question {
        name: "exact amount",
        ours: amounts.iter().map(|minor| found(decimal(*minor))).collect(),
        answer: Answer::Page,
        sql: format!("{list} minor = ?1 OR (counted_minor = ?2 AND counted_minor <> minor) ORDER BY seq DESC LIMIT 51"),
        params: amounts.iter().map(|minor| vec![(*minor).into(), (*minor).into()]).collect(),
    });
    all.push(Question {
        name: "reference prefix",
        ours: samples.iter().map(|sample| found(sample.1[..8].to_owned())).collect(),
        answer: Answer::Page,
        sql: format!("{list} reference >= ?1 AND reference < ?2 ORDER BY seq DESC LIMIT 51"),
        params: samples.iter().map(|s| vec![text(&s.1[..8]), text(&format!("{}~", &s.1[..8]))]).collect(),
    });
    let ends: Vec<&str> = samples.iter().map(|sample| &sample.2[sample.2.len() - 9..]).collect();
    all.push(Question {
        name: "end of receipt",
        ours: ends.iter().map(|end| found((*end).to_owned())).collect(),
        answer: Answer::Page,
        sql: format!(
            "{list} seq IN (SELECT seq FROM words WHERE word >= ?1 AND word < ?2) AND receipt LIKE ?3
             ORDER BY seq DESC LIMIT 51"
        ),
        params: ends
            .iter()
            .map(|end| {
                let backwards: String = std::iter::once('\u{1}').chain(end.chars().rev()).collect();
                vec![text(&backwards), text(&format!("{backwards}~")), text(&format!("%{end}"))]
            })
            .collect(),
    });
    let on = |day: &str| Query { from_day: Some(day.to_owned()), to_day: Some(day.to_owned()), ..Query::default() };
    all.push(Question {
        name: "one day",
        ours: samples.iter().map(|sample| (on(&sample.3), None)).collect(),
        answer: Answer::Page,
        sql: format!(
            "{list} seq <= (SELECT last_seq FROM days WHERE day = ?1) AND seq >= (SELECT first_seq FROM days WHERE day = ?1)
             AND day = ?1 ORDER BY seq DESC LIMIT 51"
        ),
        params: samples.iter().map(|sample| vec![text(&sample.3)]).collect(),
    });
    let declined = |operator: &str| Query {
        operator: Some(operator.to_owned()),
        state: Some(StateFilter::Is("declined".to_owned())),
        ..Query::default()
    };
    all.push(Question {
        name: "operator and state",
        ours: samples.iter().map(|sample| (declined(&sample.4), Some(Cursor(sample.0)))).collect(),
        answer: Answer::Page,
        sql: format!("{list} operator = ?1 AND state = 'declined' AND seq < ?2 ORDER BY seq DESC LIMIT 51"),
        params: samples.iter().map(|sample| vec![text(&sample.4), sample.0.into()]).collect(),
    });
    let whole = whole_months(&conn);
    let months = Query {
        from_day: Some(format!("{}-01", whole.0)),
        to_day: Some(format!("{}-31", whole.1)),
        ..Query::default()
    };
    all.push(Question {
        name: "totals of months",
        ours: vec![(months, None)],
        answer: Answer::Totals,
        sql: "SELECT kind, state, currency, counted_currency, sum(payments), sum(counted_minor) FROM totals
              WHERE level = 'month' AND start >= ?1 AND start <= ?2 GROUP BY kind, state, currency, counted_currency"
            .to_owned(),
        params: vec![vec![text(&whole.0), text(&whole.1)]],
    });
    all
}

/// Fifty amounts that as many payments have in each ledger.
fn amounts(conn: &Connection) -> Vec<i64> {
    let mut found = conn
        .prepare("SELECT minor FROM payments GROUP BY minor HAVING count(*) = ?1 ORDER BY minor % 997, minor LIMIT 50")
        .expect("a statement");
    found.query_map([AMOUNT_HITS], |sql| sql.get(0)).expect("amounts").collect::<Result<_, _>>().expect("amounts")
}

/// The first three months: whole ones in both ledgers, of as many payments a day.
fn whole_months(conn: &Connection) -> (String, String) {
    let mut months = conn
        .prepare("SELECT DISTINCT start FROM totals WHERE level = 'month' ORDER BY start LIMIT 4")
        .expect("a statement");
    let months: Vec<String> =
        months.query_map([], |sql| sql.get(0)).expect("months").collect::<Result<_, _>>().expect("months");
    // The fourth has begun, so the third is whole.
    assert_eq!(months.len(), 4, "a ledger of more than three months");
    (months[0].clone(), months[2].clone())
}

fn spin(stop: &AtomicBool) {
    let mut number: u64 = 1;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..100_000 {
            number = std::hint::black_box(number.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1));
        }
    }
}

/// For comparison only: a full-text index over three signs each, asked for the same reference prefixes.
fn trigrams(ledgers: &[(u64, PathBuf)]) {
    println!("\nfor comparison, FTS5 trigram over references, phrase of eight signs (p50)");
    for (size, dir) in ledgers {
        let conn = Connection::open_in_memory().expect("memory");
        conn.execute("ATTACH ?1 AS ledger", [dir.join("ledger.db").to_string_lossy()]).expect("the ledger");
        let made = conn.execute_batch(
            "CREATE VIRTUAL TABLE found USING fts5(reference, tokenize = 'trigram', detail = 'full', content = '');
             INSERT INTO found (rowid, reference) SELECT seq, reference FROM ledger.payments;",
        );
        if let Err(error) = made {
            println!("{size:>10}: {error}");
            continue;
        }
        let mut asked = conn
            .prepare("SELECT rowid FROM found WHERE found MATCH ?1 ORDER BY rowid DESC LIMIT 50")
            .expect("a statement");
        let mut times: Vec<u128> = (0..50_u64)
            .map(|nth| {
                let reference = format!("\"S-{:06}\"", (size / 51 * (nth + 1)) / 10);
                let since = Instant::now();
                let rows = asked.query_map([reference], |sql| sql.get::<_, i64>(0)).expect("rows");
                assert!(rows.count() > 0);
                since.elapsed().as_micros()
            })
            .collect();
        times.sort_unstable();
        println!("{size:>10}: {} µs", times[25]);
    }
}
