//! What the history finds, against the plain reading of all rows.

use super::views::{INVENTION, grown};
use super::*;
use crate::ledger::history::{Cursor, History, HistoryError, PAGE_ROWS, Page, Query, StateFilter, Tally};
use checkstand_core::store::StoreEvent;
use std::collections::BTreeMap;

fn search(text: &str) -> Query {
    Query { search: text.to_owned(), ..Query::default() }
}

fn all_pages(history: &History, query: &Query) -> Vec<PaymentRow> {
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let Page { rows: part, next, searching } = history.page(query, after).expect("a page");
        assert!(part.len() <= PAGE_ROWS && (searching || next.is_none() || part.len() == PAGE_ROWS));
        rows.extend(part);
        match next {
            Some(next) => after = Some(next),
            None => return rows,
        }
    }
}

/// Newest first, each once, and exactly those that `takes` takes; the totals are their sums.
fn assert_finds(history: &History, all: &[PaymentRow], query: &Query, takes: impl Fn(&PaymentRow) -> bool) -> usize {
    let expected: Vec<&PaymentRow> = all.iter().filter(|row| takes(row)).collect();
    let found = all_pages(history, query);
    assert_eq!(found.iter().collect::<Vec<_>>(), expected, "{query:?}");
    let mut sums = BTreeMap::new();
    for row in &expected {
        let key = (row.kind.clone(), row.state.clone(), row.currency.clone(), row.counted_currency.clone());
        let sum: &mut (i64, i64) = sums.entry(key).or_default();
        sum.0 += 1;
        sum.1 += row.counted_minor.unwrap_or(0);
    }
    let tally = |((kind, state, currency, counted_currency), (payments, counted_minor))| Tally {
        kind,
        state,
        currency,
        counted_currency,
        payments,
        counted_minor,
    };
    let totals = history.totals(query).expect("totals").expect("few enough");
    assert_eq!(totals, sums.into_iter().map(tally).collect::<Vec<_>>(), "R51 {query:?}");
    expected.len()
}

async fn shop() -> (tempfile::TempDir, History, Vec<PaymentRow>) {
    let dir = folder();
    grown(dir.path()).await;
    let history = History::open(dir.path()).expect("a history");
    let all = Reader::open(dir.path()).expect("a reader").payments().expect("payments");
    (dir, history, all)
}

#[tokio::test]
async fn r51_every_filter_finds_its_rows_and_their_sums() {
    let (_dir, history, all) = shop().await;
    assert_eq!(all.len() as u64, INVENTION.payments);
    let choices = history.choices().expect("choices");
    assert!(choices.operators.len() == 8 && choices.currencies.len() == 5 && choices.providers.len() == 2);
    assert_finds(&history, &all, &Query::default(), |_| true);
    let mut found = 0;
    for state in &choices.states {
        let query = Query { state: Some(StateFilter::Is(state.clone())), ..Query::default() };
        found += assert_finds(&history, &all, &query, |row| row.state == *state);
        for operator in &choices.operators {
            let query = Query { operator: Some(operator.clone()), ..query.clone() };
            assert_finds(&history, &all, &query, |row| row.state == *state && row.operator == *operator);
        }
    }
    assert_eq!(found, all.len());
    let attention = Query { state: Some(StateFilter::NeedsAttention), ..Query::default() };
    assert_finds(&history, &all, &attention, |row| row.attention);
    for day in ["2026-01-01", "2026-01-02", "2026-01-04", "2026-02-01"] {
        let query = Query { from_day: Some(day.to_owned()), to_day: Some(day.to_owned()), ..Query::default() };
        assert_finds(&history, &all, &query, |row| row.day == day);
        let query = Query { from_day: Some(day.to_owned()), currency: Some("SAR".to_owned()), ..Query::default() };
        assert_finds(&history, &all, &query, |row| row.day.as_str() >= day && row.currency == "SAR");
        let query = Query { to_day: Some(day.to_owned()), provider: Some("multipay".to_owned()), ..Query::default() };
        assert_finds(&history, &all, &query, |row| row.day.as_str() <= day && row.provider == "multipay");
    }
    let query = Query { terminal: Some("till-1".to_owned()), ..Query::default() };
    assert_finds(&history, &all, &query, |row| row.terminal == "till-1");
    let query = Query { terminal: Some("till-9".to_owned()), operator: Some("Sara".to_owned()), ..Query::default() };
    assert_finds(&history, &all, &query, |_| false);
}

#[tokio::test]
async fn a_search_finds_amounts_numbers_from_both_ends_and_people() {
    let (_dir, history, all) = shop().await;
    let some = all.iter().find(|row| row.receipt.is_some() && row.provider == "mispay").expect("a paid one");
    let decimal = Money::new(some.minor, Currency::Sar).decimal();
    let arabic: String =
        decimal.chars().map(|c| c.to_digit(10).and_then(|d| char::from_u32(0x660 + d)).unwrap_or('٫')).collect();
    for text in [decimal.clone(), arabic, some.minor.to_string()] {
        assert!(assert_finds(&history, &all, &search(&text), |row| row.minor == some.minor) >= 1, "{text}");
    }
    let receipt = some.receipt.as_deref().expect("a receipt");
    let is_some = |row: &PaymentRow| row.id == some.id;
    for text in [receipt, &receipt[..9], &receipt[5..], &some.id, &some.id[24..], &some.id.to_uppercase()] {
        assert_eq!(assert_finds(&history, &all, &search(text), is_some), 1, "{text}");
    }
    // The reference whole, its number, and its number without zeros.
    let kin = |row: &PaymentRow| row.reference == "S-0000123";
    for text in ["s-0000123", "0000123", "00123"] {
        assert!(assert_finds(&history, &all, &search(text), kin) >= 1, "{text}");
    }
    let number = |row: &PaymentRow| row.reference.trim_start_matches("S-").trim_start_matches('0').to_owned();
    let found = all_pages(&history, &search("123"));
    assert!(found.iter().any(|row| number(row) == "123"));
    let omar = |row: &PaymentRow| row.operator == "Omar";
    assert!(assert_finds(&history, &all, &search("oMa"), omar) > 20);
    assert!(assert_finds(&history, &all, &search("نور"), |row| row.operator == "نورة") > 20);
    // All words, with filters.
    let both = format!("{decimal} {}", some.operator);
    let takes = |row: &PaymentRow| row.minor == some.minor && row.operator == some.operator;
    assert!(assert_finds(&history, &all, &search(&both), takes) >= 1);
    let query = Query { state: Some(StateFilter::Is("declined".to_owned())), ..search("omar") };
    assert_finds(&history, &all, &query, |row| omar(row) && row.state == "declined");
}

#[tokio::test]
async fn a_strange_search_is_harmless_and_a_long_one_is_refused() {
    let (_dir, history, all) = shop().await;
    for text in [
        "'",
        "\"",
        "%",
        "_",
        "*",
        "NEAR(",
        "a OR b",
        "';DROP TABLE payments;--",
        "💰",
        "\u{1}\u{0}",
        "\u{10FFFF}",
        "S-0%",
    ] {
        let found = all_pages(&history, &search(text));
        assert!(found.len() < all.len() || text.trim_matches(['\u{1}', '\u{0}']).is_empty(), "{text}");
    }
    assert_eq!(all_pages(&history, &search(" \t ")).len(), all.len(), "nothing was typed");
    let long = "1".repeat(10_000);
    assert!(matches!(history.page(&search(&long), None), Err(HistoryError::NeedleTooLong { max: 200 })));
    assert!(matches!(history.totals(&search(&long)), Err(HistoryError::NeedleTooLong { .. })));
    assert_eq!(all_pages(&history, &search(&"1".repeat(200))).len(), 0);
    assert_eq!(all_pages(&history, &search("s-")).len(), all.len(), "two signs find from the beginning");
}

#[tokio::test]
async fn a_payment_is_shown_with_all_that_belongs_to_it() {
    let dir = closed_day().await;
    let (ledger, _) = open(dir.path());
    let printed = StoreEvent::Printed { paper: checkstand_core::store::Paper::Slip, about: id(0).to_string() };
    append(&ledger, vec![Entry { at_ms: 5, operator: "sara".to_owned(), fact: Fact::Store(printed) }]).await;
    let history = History::open(dir.path()).expect("a history");
    let sale = history.detail(id(0)).expect("readable").expect("there");
    let whats = |rows: &[Row]| rows.iter().map(|row| row.what.clone()).collect::<Vec<_>>();
    assert_eq!(whats(&sale.lines), ["opened", "sent", "captured", "details_read"]);
    assert_eq!(whats(&sale.printed), ["printed"]);
    assert_eq!((sale.refunds.len(), sale.sale), (1, None));
    let refund = history.detail(id(3)).expect("readable").expect("there");
    assert_eq!(refund.sale.expect("its sale").id, id(0).to_string());
    assert_eq!(history.detail(id(99)).expect("readable"), None);
}

#[tokio::test]
async fn r51_a_shift_is_the_sum_of_its_movements_its_hours_and_its_report() {
    let (_dir, history, _) = shop().await;
    let reports = history.reports(None).expect("reports");
    assert_eq!(reports.iter().map(|line| line.shift).collect::<Vec<_>>(), [4, 3, 2, 1]);
    assert_eq!(history.reports(Some(3)).expect("reports"), reports[2..]);
    for line in &reports {
        let rows = history.shift_rows(line.shift).expect("rows");
        assert_eq!(rows, line.report.rows, "the tables and core agree");
        let (mut movements, mut before) = (Vec::new(), None);
        loop {
            let part = history.shift_movements(line.shift, before).expect("movements");
            let Some(last) = part.last() else { break };
            before = Some(last.number);
            movements.extend(part);
        }
        let hours = history.shift_hours(line.shift).expect("hours");
        assert!(hours.len() > 12 && hours.windows(2).all(|pair| pair[0].from_ms <= pair[1].from_ms));
        for currency in Currency::ALL {
            let of = |sums: &[checkstand_core::shift::Sums]| {
                let mut all = checkstand_core::shift::Sums::default();
                sums.iter().for_each(|sums| all.add(sums));
                all
            };
            let by_row = of(&rows.iter().filter(|r| r.place.currency == currency).map(|r| r.sums).collect::<Vec<_>>());
            let by_move = of(&movements.iter().filter(|m| m.currency == currency).map(|m| m.sums).collect::<Vec<_>>());
            let by_hour = of(&hours.iter().filter(|h| h.currency == currency).map(|h| h.sums).collect::<Vec<_>>());
            assert_eq!((by_row, by_row), (by_move, by_hour));
        }
    }
}

#[tokio::test]
async fn activity_is_what_people_did() {
    let (dir, history, _) = shop().await;
    let rows = Reader::open(dir.path()).expect("a reader").rows().expect("rows");
    let expected = |by: Option<&str>| -> Vec<i64> {
        let caused = rows.iter().rev().filter(|row| row.payment.is_none() || row.operator != "till");
        caused.filter(|row| by.is_none_or(|by| row.operator == by)).map(|row| row.number).collect()
    };
    for by in [None, Some("Omar"), Some("till"), Some("nobody")] {
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let part = match by {
                Some(by) => history.activity_of(by, before),
                None => history.activity(before),
            };
            let part = part.expect("lines");
            found.extend(part.lines.iter().map(|row| row.number));
            match part.next {
                Some(next) => before = Some(next),
                None => break,
            }
        }
        assert_eq!(found, expected(by), "{by:?}");
    }
}

#[tokio::test]
async fn no_question_reads_a_whole_big_table() {
    let (_dir, history, all) = shop().await;
    let filters = |search: &str| {
        let state = |word: &str| Some(StateFilter::Is(word.to_owned()));
        let day = || Some("2026-01-02".to_owned());
        let plain = Query { search: search.to_owned(), ..Query::default() };
        let operator = Some("Omar".to_owned());
        [
            plain.clone(),
            Query { state: state("paid"), ..plain.clone() },
            Query { state: Some(StateFilter::NeedsAttention), operator: operator.clone(), ..plain.clone() },
            Query { operator: operator.clone(), state: state("declined"), ..plain.clone() },
            Query { provider: Some("mispay".to_owned()), currency: Some("SAR".to_owned()), ..plain.clone() },
            Query { terminal: Some("till-1".to_owned()), operator, ..plain.clone() },
            Query { from_day: day(), to_day: day(), ..plain.clone() },
            Query { from_day: day(), currency: Some("EUR".to_owned()), ..plain },
        ]
    };
    for search in ["", "201.05", "S-00001", "6790", "0192 omar"] {
        for query in filters(search) {
            let page = history.page(&query, None).expect("a page");
            history.page(&query, page.next.or(Some(Cursor(900)))).expect("a page");
            history.totals(&query).expect("totals");
        }
    }
    history.choices().expect("choices");
    history.detail(PaymentId(all[0].id.parse().expect("an id"))).expect("a detail");
    history.shift_hours(1).expect("hours");
    history.shift_movements(1, None).expect("movements");
    history.reports(None).expect("reports");
    history.activity(None).expect("lines");
    history.activity_of("Omar", None).expect("lines");
    let asked = history.asked.borrow().clone();
    assert!(asked.len() > 25, "{}", asked.len());
    for sql in asked.iter().filter(|sql| sql.starts_with("SELECT")) {
        let conn = history.connection();
        let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).expect("a plan");
        let none = vec![rusqlite::types::Null; plan.parameter_count()];
        let steps: Vec<String> = plan
            .query_map(rusqlite::params_from_iter(none), |sql| sql.get(3))
            .expect("steps")
            .collect::<Result<_, _>>()
            .expect("steps");
        for step in &steps {
            // `p` is the table payments; a walk's own rows are at most as many as the budget.
            let scans = ["SCAN payments", "SCAN p", "SCAN journal", "SCAN words", "SCAN movements", "SCAN totals"];
            let is_whole = scans.iter().any(|scan| step == scan || step.starts_with(&format!("{scan} ")));
            assert!(!is_whole, "{sql}\n{steps:#?}");
            assert!(!step.contains("TEMP B-TREE FOR ORDER BY") || sql.contains("movements"), "{sql}\n{steps:#?}");
        }
    }
}

#[tokio::test]
async fn a_walk_stops_at_its_budget_and_goes_on_from_there() {
    let dir = folder();
    let many = fill::Invention { payments: 25_000, days: None, ..INVENTION };
    fill::fill(dir.path(), &training(), many, |_| {}).expect("filled");
    let history = History::open(dir.path()).expect("a history");
    let all = Reader::open(dir.path()).expect("a reader").payments().expect("payments");
    assert_eq!(all.len(), 25_000);
    // "s-" finds every reference: too many to look up, so each row is looked at.
    let rare = Query {
        operator: Some("Omar".to_owned()),
        state: Some(StateFilter::Is("reversed".to_owned())),
        ..search("s-")
    };
    let takes = |row: &PaymentRow| row.operator == "Omar" && row.state == "reversed";
    let expected: Vec<&PaymentRow> = all.iter().filter(|row| takes(row)).collect();
    assert_eq!(all_pages(&history, &rare).iter().collect::<Vec<_>>(), expected);
    assert_eq!(history.totals(&search("s-")).expect("totals"), None, "too many to add up at once");
    let nothing = Query { terminal: Some("till-1".to_owned()), ..search("s- zzz") };
    assert_eq!(history.page(&nothing, None).expect("a page").rows.len(), 0, "its rarest word is looked up");
    let eye = search("s- s-0000001");
    let first: Vec<&PaymentRow> = all.iter().filter(|row| row.reference == "S-0000001").collect();
    assert_eq!(all_pages(&history, &eye).iter().collect::<Vec<_>>(), first);
    // Nobody is called so, and both words find everything: the eye gets tired.
    let tired = Query { currency: Some("EUR".to_owned()), from_day: Some("2026-01-01".to_owned()), ..search("s- s-0") };
    let expected: Vec<&PaymentRow> = all.iter().filter(|row| row.currency == "EUR").collect();
    assert_eq!(all_pages(&history, &tired).iter().collect::<Vec<_>>(), expected);
}
