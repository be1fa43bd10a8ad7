//! Writes what a query matches to a file, as CSV or JSON, without holding it in memory.

use super::history::{BUDGET_ROWS, Cursor, History, HistoryError, Query};
use super::view::PaymentRow;
use checkstand_core::money::{Currency, Money};
use serde_json::json;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::Path;

/// Rows that are read at once.
const PART_ROWS: usize = 1_000;
/// Before the file has its name it is called so.
const UNFINISHED: &str = ".unfinished";
/// Spreadsheets read the file as UTF-8 by this.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// How the rows are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// RFC 4180 with a header, UTF-8 with a byte order mark. A text that a spreadsheet would take for a formula begins with
    /// an apostrophe.
    Csv,
    /// One array of objects.
    Json,
}

/// How far an export has come, in rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Written.
    pub done: u64,
    /// To be written; `None` where that is not counted.
    pub total: Option<u64>,
}

/// How an export ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exported {
    /// The file is there, with so many rows.
    Done {
        /// How many.
        rows: u64,
    },
    /// It was called off; nothing remains.
    CalledOff,
}

/// Why nothing was exported. No file remains.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The rows cannot be read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The file cannot be written: the disk, or the permissions.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The names of [`cells`].
pub const COLUMNS: [&str; 20] = [
    "day",
    "opened_at",
    "changed_at",
    "kind",
    "state",
    "reason",
    "flags",
    "needs_attention",
    "provider",
    "reference",
    "amount",
    "currency",
    "counted",
    "counted_currency",
    "operator",
    "terminal",
    "receipt",
    "id",
    "provider_id",
    "refund_of",
];

/// The cells of a row, as text. Amounts are decimal text in the currency of the column behind them; times are RFC 3339, UTC.
pub fn cells(row: &PaymentRow) -> [String; 20] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let at = |at_ms: i64| jiff::Timestamp::from_millisecond(at_ms).map(|at| at.to_string()).unwrap_or_default();
    let counted = row.counted_minor.zip(row.counted_currency.as_deref());
    [
        row.day.clone(),
        at(row.opened_at_ms),
        at(row.changed_at_ms),
        row.kind.clone(),
        row.state.clone(),
        text(&row.reason),
        serde_json::from_str::<Vec<String>>(&row.flags).unwrap_or_default().join(" "),
        if row.attention { "yes" } else { "no" }.to_owned(),
        row.provider.clone(),
        row.reference.clone(),
        decimal(row.minor, &row.currency),
        row.currency.clone(),
        counted.map(|(minor, code)| decimal(minor, code)).unwrap_or_default(),
        text(&row.counted_currency),
        row.operator.clone(),
        row.terminal.clone(),
        text(&row.receipt),
        row.id.clone(),
        text(&row.wire_id),
        text(&row.refund_of),
    ]
}

fn decimal(minor: i64, code: &str) -> String {
    Currency::parse(code).map_or_else(String::new, |currency| Money::new(minor, currency).decimal())
}

/// What a spreadsheet would take for a formula is told to be text.
fn harmless(cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell }
}

impl History {
    /// Writes what a query matches to a file, newest first. The file gets its name when it is whole and on the disk. Asks
    /// `progress` after each part whether to go on.
    ///
    /// # Errors
    /// An [`ExportError`].
    pub fn export(
        &self,
        query: &Query,
        format: Format,
        path: &Path,
        progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Exported, ExportError> {
        let mut name = path.as_os_str().to_owned();
        name.push(UNFINISHED);
        let unfinished = Path::new(&name);
        let ended = self.write_all(query, format, unfinished, progress).and_then(|ended| {
            if let Exported::Done { .. } = ended {
                let failed = |source| ExportError::File { path: path.to_owned(), source };
                std::fs::rename(unfinished, path).map_err(failed)?;
            }
            Ok(ended)
        });
        if !matches!(ended, Ok(Exported::Done { .. }))
            && let Err(error) = std::fs::remove_file(unfinished)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "an unfinished export remains");
        }
        ended
    }

    fn write_all(
        &self,
        query: &Query,
        format: Format,
        path: &Path,
        mut progress: impl FnMut(Progress) -> ControlFlow<()>,
    ) -> Result<Exported, ExportError> {
        let failed = |source| ExportError::File { path: path.to_owned(), source };
        let total = self.totals(query)?.map(|tallies| tallies.iter().map(|tally| tally.payments).sum::<i64>());
        let mut told = Progress { done: 0, total: total.and_then(|total| u64::try_from(total).ok()) };
        let mut writer = Rows::begin(format, File::create(path).map_err(failed)?).map_err(failed)?;
        let mut after: Option<Cursor> = None;
        loop {
            let part = self.part(query, after, PART_ROWS)?;
            for row in &part.rows {
                writer.write(row).map_err(failed)?;
                told.done += 1;
            }
            if progress(told).is_break() {
                return Ok(Exported::CalledOff);
            }
            match part.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        writer.finish().map_err(failed)?;
        Ok(Exported::Done { rows: told.done })
    }
}

const _: () = assert!(PART_ROWS as i64 <= BUDGET_ROWS, "a part is within the budget");

enum Rows {
    Csv(Box<csv::Writer<BufWriter<File>>>),
    Json { file: BufWriter<File>, is_first: bool },
}

impl Rows {
    fn begin(format: Format, file: File) -> io::Result<Rows> {
        let mut file = BufWriter::new(file);
        match format {
            Format::Csv => {
                file.write_all(BYTE_ORDER_MARK.as_bytes())?;
                let mut csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(file);
                csv.write_record(COLUMNS)?;
                Ok(Rows::Csv(Box::new(csv)))
            }
            Format::Json => {
                file.write_all(b"[")?;
                Ok(Rows::Json { file, is_first: true })
            }
        }
    }

    fn write(&mut self, row: &PaymentRow) -> io::Result<()> {
        match self {
            Rows::Csv(csv) => Ok(csv.write_record(cells(row).map(harmless))?),
            Rows::Json { file, is_first } => {
                file.write_all(if *is_first { b"\n" } else { b",\n" })?;
                *is_first = false;
                let named = COLUMNS.into_iter().zip(cells(row)).map(|(name, cell)| (name.to_owned(), json!(cell)));
                serde_json::to_writer(file, &serde_json::Value::Object(named.collect()))?;
                Ok(())
            }
        }
    }

    fn finish(self) -> io::Result<()> {
        let mut file = match self {
            Rows::Csv(csv) => csv.into_inner().map_err(|error| io::Error::other(error.to_string()))?,
            Rows::Json { mut file, .. } => {
                file.write_all(b"\n]\n")?;
                file
            }
        };
        file.flush()?;
        file.get_ref().sync_all()
    }
}
