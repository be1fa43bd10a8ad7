//! What was exported is what the history shows.

use super::views::grown;
use super::*;
use crate::ledger::export::{ExportError, Exported, Format, Progress, cells};
use crate::ledger::history::{History, Query, StateFilter};
use checkstand_core::payment::Opening;
use proptest::prelude::*;
use std::ops::ControlFlow;

fn go_on(_: Progress) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

/// The rows of a CSV file, without its header; the apostrophes before formulas taken away again.
fn read_csv(path: &Path) -> Vec<Vec<String>> {
    let bytes = std::fs::read(path).expect("the file");
    let text = std::str::from_utf8(&bytes).expect("UTF-8").strip_prefix('\u{feff}').expect("a byte order mark");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let plain = |cell: &str| match cell.strip_prefix('\'') {
        Some(rest) if rest.starts_with(['=', '+', '-', '@', '\t', '\r']) => rest.to_owned(),
        Some(_) | None => cell.to_owned(),
    };
    reader.records().map(|record| record.expect("a record").iter().map(plain).collect()).collect()
}

fn rows(dir: &Path) -> Vec<PaymentRow> {
    Reader::open(dir).expect("a reader").payments().expect("payments")
}

#[tokio::test]
async fn a_file_holds_exactly_what_the_query_matches() {
    let dir = folder();
    grown(dir.path()).await;
    let history = History::open(dir.path()).expect("a history");
    let queries = [
        Query::default(),
        Query {
            state: Some(StateFilter::Is("paid".to_owned())),
            operator: Some("نورة".to_owned()),
            ..Query::default()
        },
        Query { search: "s-00001".to_owned(), ..Query::default() },
        Query { search: "nobody".to_owned(), ..Query::default() },
    ];
    let takes = |row: &PaymentRow, at: usize| match at {
        0 => true,
        1 => row.state == "paid" && row.operator == "نورة",
        2 => row.reference.starts_with("S-00001"),
        _ => false,
    };
    for (at, query) in queries.iter().enumerate() {
        let expected: Vec<Vec<String>> =
            rows(dir.path()).iter().filter(|row| takes(row, at)).map(|row| cells(row).to_vec()).collect();
        let path = dir.path().join(format!("list {at}.csv"));
        let mut told = Vec::new();
        let ended = history.export(query, Format::Csv, &path, |progress| {
            told.push(progress);
            ControlFlow::Continue(())
        });
        let count = expected.len() as u64;
        assert_eq!(ended.expect("exported"), Exported::Done { rows: count });
        assert_eq!(told.last(), Some(&Progress { done: count, total: Some(count) }));
        assert_eq!(read_csv(&path), expected);
        let text = std::fs::read_to_string(&path).expect("the file");
        assert_eq!(text.matches("\r\n").count() as u64, count + 1, "each line ends as RFC 4180 says");
        let path = dir.path().join(format!("list {at}.json"));
        history.export(query, Format::Json, &path, go_on).expect("exported");
        let json: Vec<serde_json::Value> =
            serde_json::from_slice(&std::fs::read(&path).expect("the file")).expect("JSON");
        assert_eq!(json.len() as u64, count);
        for (object, cells) in json.iter().zip(&expected) {
            assert_eq!(
                (object["amount"].as_str(), object["id"].as_str()),
                (Some(cells[10].as_str()), Some(cells[17].as_str()))
            );
        }
    }
}

#[tokio::test]
async fn an_export_that_was_called_off_or_failed_leaves_nothing() {
    let dir = closed_day().await;
    let history = History::open(dir.path()).expect("a history");
    let out = folder();
    let path = out.path().join("list.csv");
    let ended = history.export(&Query::default(), Format::Csv, &path, |_| ControlFlow::Break(()));
    assert_eq!(ended.expect("called off"), Exported::CalledOff);
    let nowhere = out.path().join("nowhere").join("list.csv");
    let failed = history.export(&Query::default(), Format::Csv, &nowhere, go_on);
    assert!(matches!(failed, Err(ExportError::File { .. })));
    assert_eq!(std::fs::read_dir(out.path()).expect("the folder").count(), 0);
    std::fs::write(&path, "an older list").expect("a file");
    _ = history.export(&Query::default(), Format::Csv, &path, |_| ControlFlow::Break(())).expect("called off");
    assert_eq!(std::fs::read_to_string(&path).expect("the file"), "an older list");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn any_text_survives_its_cell(references in proptest::collection::vec(".{1,24}|[=+@\t\r\n\",;'-]{1,6}", 1..6)) {
        let dir = folder();
        let (ledger, _) = open(dir.path());
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        for (n, reference) in references.iter().enumerate() {
            let n = n as u64;
            let Event::Opened(opening) = opening(n, Kind::Sale) else { panic!("an opening") };
            let opening = Event::Opened(Opening { reference: reference.clone(), ..opening });
            runtime.block_on(append(&ledger, story(n, vec![opening, sent(), captured(n)])));
        }
        let history = History::open(dir.path()).expect("a history");
        let path = dir.path().join("list.csv");
        history.export(&Query::default(), Format::Csv, &path, go_on).expect("exported");
        let expected: Vec<Vec<String>> = rows(dir.path()).iter().map(|row| cells(row).to_vec()).collect();
        // An apostrophe that was there before a sign is not told from ours; every other cell is as it was.
        let is_plain = |cell: &&String| !cell.starts_with('\'');
        for (read, written) in read_csv(&path).iter().zip(&expected) {
            let pairs = read.iter().zip(written).filter(|(_, written)| is_plain(written));
            for (read, written) in pairs {
                prop_assert_eq!(read, written);
            }
        }
        prop_assert_eq!(read_csv(&path).len(), expected.len());
        let raw = std::fs::read_to_string(&path).expect("the file");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(raw.trim_start_matches('\u{feff}').as_bytes());
        for record in reader.records() {
            for cell in record.expect("a record").iter() {
                prop_assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{:?}", cell);
            }
        }
    }
}
