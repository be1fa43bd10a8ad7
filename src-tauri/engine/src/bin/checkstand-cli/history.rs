//! `history` and `payment`: what the ledger holds, beside an open till or without one. Whoever may read its files may read
//! them; so no PIN is asked for.

use crate::reading::{self, Provider};
use crate::say::{self, Ending, problem};
use crate::till::{Till, Which};
use checkstand_core::problem::Problem;
use checkstand_engine::ledger::history::{Cursor, Detail, History, HistoryError, Query, StateFilter};
use checkstand_engine::ledger::{PaymentRow, Row, export};
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

pub const EXAMPLES: &str = "\
Examples:
  checkstand-cli history
  checkstand-cli history --day 2026-02-01 --provider mispay --state paid
  checkstand-cli history --state attention --json
  checkstand-cli history --search 201.05";

pub const PAYMENT_EXAMPLES: &str = "\
Examples:
  checkstand-cli payment 0199f7a2-…
  checkstand-cli payment 0199f7a2-… --json";

/// Which payments.
#[derive(Args)]
pub struct Filter {
    /// An amount, a reference, an id, a receipt, the beginning of an operator's name.
    #[arg(long, value_name = "TEXT")]
    search: Option<String>,
    /// The business day, YYYY-MM-DD.
    #[arg(long)]
    day: Option<String>,
    /// opened, sent, waiting, cancelling, unknown, declined, paid, reversed; or attention: whatever somebody must look at.
    #[arg(long, value_parser = STATES)]
    state: Option<String>,
    /// Through whom.
    #[arg(long)]
    provider: Option<Provider>,
}

const ATTENTION: &str = "attention";
const STATES: [&str; 9] =
    ["opened", "sent", "waiting", "cancelling", "unknown", "declined", "paid", "reversed", ATTENTION];

impl Filter {
    pub fn query(&self) -> Result<Query, Problem> {
        let day = self.day.as_deref().map(str::parse::<jiff::civil::Date>).transpose();
        // As the ledger writes it, however it was typed.
        let day = day.map_err(|_| Problem::new("day_invalid"))?.map(|day| day.to_string());
        let state = self.state.as_deref().map(|state| match state {
            ATTENTION => StateFilter::NeedsAttention,
            state => StateFilter::Is(state.to_owned()),
        });
        Ok(Query {
            search: self.search.clone().unwrap_or_default(),
            from_day: day.clone(),
            to_day: day,
            state,
            provider: self.provider.map(|provider| provider.word().to_owned()),
            ..Query::default()
        })
    }
}

#[derive(Args)]
pub struct Listed {
    #[command(flatten)]
    filter: Filter,
    /// At most so many, the newest first.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Args)]
pub struct One {
    /// The payment's id.
    payment: String,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Serialize)]
struct Page {
    mode: &'static str,
    payments: Vec<Value>,
    /// There are more than the limit.
    more: bool,
}

pub fn list(asked: &Listed) -> Result<Ending, Problem> {
    let query = asked.filter.query()?;
    let Till { mode, folder, .. } = Till::find(&asked.which)?;
    let history = History::open(&folder).map_err(|error| unreadable(&error.into()))?;
    let (rows, more) = newest(&history, &query, asked.limit)?;
    if asked.which.place.json {
        say::answer(&Page { mode: mode.name(), payments: rows.iter().map(as_json).collect(), more });
        return Ok(Ending::Well);
    }
    say::line("mode", mode.name());
    rows.iter().for_each(|row| say::plain(line(row)));
    if more {
        say::plain("… more: --limit N");
    }
    Ok(Ending::Well)
}

/// The newest payments that match, and whether there are more.
pub fn newest(history: &History, query: &Query, limit: usize) -> Result<(Vec<PaymentRow>, bool), Problem> {
    let (mut rows, mut after): (Vec<PaymentRow>, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = history.page(query, after).map_err(|error| unreadable(&error))?;
        rows.extend(page.rows);
        after = page.next;
        if rows.len() > limit || after.is_none() {
            let more = rows.len() > limit;
            rows.truncate(limit);
            return Ok((rows, more));
        }
    }
}

pub fn one(asked: &One) -> Result<Ending, Problem> {
    let id = reading::payment_id(&asked.payment)?;
    let Till { folder, .. } = Till::find(&asked.which)?;
    let history = History::open(&folder).map_err(|error| unreadable(&error.into()))?;
    let detail = history.detail(id).map_err(|error| unreadable(&error))?;
    let detail = detail.ok_or_else(|| Problem::new("payment_not_found"))?;
    let timeline = timeline(&detail);
    if asked.which.place.json {
        let steps: Vec<Value> = timeline.iter().map(|(what, row)| step(what, row)).collect();
        let refunds: Vec<Value> = detail.refunds.iter().map(as_json).collect();
        say::answer(&json!({ "payment": as_json(&detail.payment), "timeline": steps, "refunds": refunds }));
        return Ok(Ending::Well);
    }
    for (name, value) in
        export::COLUMNS.iter().zip(export::cells(&detail.payment)).filter(|(_, value)| !value.is_empty())
    {
        say::line(name, value);
    }
    for (what, row) in &timeline {
        say::plain(format!(
            "{} {:>8}  {:<18} {:<10} {}",
            moment(row.at_ms),
            row.number,
            what,
            state(row),
            row.operator
        ));
    }
    Ok(Ending::Well)
}

/// A payment's own lines, with its refunds and papers where they happened.
fn timeline(detail: &Detail) -> Vec<(String, &Row)> {
    let own = detail.lines.iter().map(|row| (row.what.clone(), row));
    let refunds = detail.openings.iter().map(|row| ("refund_opened".to_owned(), row));
    let papers = detail.printed.iter().map(|row| (row.what.clone(), row));
    let mut lines: Vec<(String, &Row)> = own.chain(refunds).chain(papers).collect();
    lines.sort_by_key(|(_, row)| row.number);
    lines
}

fn step(what: &str, row: &Row) -> Value {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    json!({
        "number": row.number, "at": moment(row.at_ms), "operator": row.operator, "what": what, "state": state(row),
        "event": body.get("event"),
    })
}

/// The state after a line, without its reason.
fn state(row: &Row) -> String {
    let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
    match body.get("state") {
        Some(Value::String(word)) => word.clone(),
        Some(Value::Object(with_reason)) => with_reason.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

/// A payment under the names that an export has.
fn as_json(row: &PaymentRow) -> Value {
    let cells = export::COLUMNS.iter().zip(export::cells(row));
    let named: Map<String, Value> = cells.map(|(name, cell)| ((*name).to_owned(), cell.into())).collect();
    Value::Object(named)
}

fn line(row: &PaymentRow) -> String {
    let cells = export::cells(row);
    let (amount, reason) = (&cells[10], row.reason.as_deref().map(|why| format!(" ({why})")).unwrap_or_default());
    let look = if row.attention { "  LOOK" } else { "" };
    format!(
        "{}  {:<6} {:>13} {}  {:<8} {:<9} {}  {}  {}{reason}{look}",
        moment(row.opened_at_ms),
        row.kind,
        amount,
        row.currency,
        row.provider,
        row.state,
        row.id,
        row.reference,
        row.operator,
    )
}

fn moment(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| "–".to_owned(), |at| at.strftime("%FT%TZ").to_string())
}

/// Why the history cannot be read.
pub fn unreadable(error: &HistoryError) -> Problem {
    match error {
        HistoryError::NeedleTooLong { max } => Problem::new("search_too_long").with("max", max),
        HistoryError::Ledger(error) => problem("storage_failed", error),
    }
}
