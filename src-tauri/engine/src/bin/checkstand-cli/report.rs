//! `report`: what a shift came to, closed or so far. `shift open` and `shift close`.

use crate::desk::{Approval, Who, at_back_desk, block_on};
use crate::history::{newest, unreadable};
use crate::outcome::provider_name;
use crate::say::{self, Ending, problem};
use crate::till::{Till, Which};
use checkstand_core::ask::Deed;
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::ProviderName;
use checkstand_core::problem::Problem;
use checkstand_core::shift::ReportRow;
use checkstand_engine::ledger::history::{History, Query, StateFilter};
use checkstand_engine::ledger::{PaymentRow, Reader, hex};
use clap::{Args, Subcommand};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

pub const EXAMPLES: &str = "\
Examples:
  checkstand-cli report
  checkstand-cli report 17 --json

Without a number, the open shift as it stands now.";

pub const SHIFT_EXAMPLES: &str = "\
Examples:
  checkstand-cli shift open --operator Sara
  checkstand-cli shift close --operator Sara --approver Huda";

/// More unsettled payments than anybody reads.
const CARRIED_MAX: usize = 1_000;
/// The states of payments that have not ended.
const OPEN: [&str; 5] = ["opened", "sent", "waiting", "cancelling", "unknown"];

#[derive(Args)]
pub struct Numbered {
    /// The shift. Without it, the open one.
    number: Option<u32>,
    #[command(flatten)]
    pub which: Which,
}

#[derive(Subcommand)]
pub enum Shift {
    /// Opens a shift. The first sale does so by itself.
    Open(ShiftDeed),
    /// Closes the open shift, and says its report.
    Close(ShiftDeed),
}

#[derive(Args)]
pub struct ShiftDeed {
    #[command(flatten)]
    approval: Approval,
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    pub which: Which,
}

impl Shift {
    pub fn is_json(&self) -> bool {
        match self {
            Shift::Open(asked) | Shift::Close(asked) => asked.which.place.json,
        }
    }
}

#[derive(Serialize)]
struct Report {
    mode: &'static str,
    store: String,
    terminal: String,
    shift: u32,
    /// Closed, so that it will not change any more.
    closed: Option<Closed>,
    rows: Vec<Line>,
    /// Paid, less what went back: one sum a currency.
    net: Vec<Sum>,
    /// Payments that are not settled.
    unsettled: Vec<Unsettled>,
}

#[derive(Serialize)]
struct Closed {
    at_ms: i64,
    by: String,
    /// The journal's line, and its hash: as on the printed report.
    number: i64,
    hash: String,
}

#[derive(Serialize)]
struct Line {
    provider: ProviderName,
    currency: &'static str,
    operator: String,
    paid_count: i64,
    paid: String,
    refunded_count: i64,
    refunded: String,
    returned_count: i64,
    returned: String,
    net: String,
}

#[derive(Serialize)]
struct Sum {
    currency: &'static str,
    net: String,
}

#[derive(Serialize)]
struct Unsettled {
    payment: String,
    reference: String,
    state: String,
    amount: String,
    currency: String,
}

pub fn run(asked: &Numbered) -> Result<Ending, Problem> {
    say_report(&Till::find(&asked.which)?, asked.number, asked.which.place.json)
}

pub fn shift(asked: &Shift) -> Result<Ending, Problem> {
    match asked {
        Shift::Open(asked) => block_on(at_back_desk(&asked.which, &asked.who, async |desk| {
            desk.done(Deed::OpenShift, &asked.approval).await?;
            let number = desk.handle.look(|scene| scene.till.store().last_shift).await?;
            if asked.which.place.json {
                say::answer(&serde_json::json!({ "shift": number, "open": true }));
            } else {
                say::line("shift", format!("{number} is open"));
            }
            Ok(Ending::Well)
        })),
        Shift::Close(asked) => {
            let number = block_on(at_back_desk(&asked.which, &asked.who, async |desk| {
                desk.done(Deed::CloseShift, &asked.approval).await?;
                desk.handle.look(|scene| scene.till.store().last_shift).await
            }))?;
            say_report(&Till::find(&asked.which)?, Some(number), asked.which.place.json)
        }
    }
}

fn say_report(till: &Till, number: Option<u32>, json: bool) -> Result<Ending, Problem> {
    let history = History::open(&till.folder).map_err(|error| unreadable(&error.into()))?;
    let report = match open_shift(&till.folder)? {
        open if number.is_some() && number != open => closed(till, &history, number.unwrap_or_default())?,
        Some(open) => so_far(till, &history, open)?,
        None => return Err(Problem::new("shift_not_open")),
    };
    if json {
        say::answer(&report)
    } else {
        tell(&report)
    }
    Ok(Ending::Well)
}

fn open_shift(folder: &Path) -> Result<Option<u32>, Problem> {
    let summary = Reader::open(folder).and_then(|reader| reader.summary());
    let summary = summary.map_err(|error| problem("storage_failed", error))?;
    Ok(summary.shift.and_then(|number| u32::try_from(number).ok()))
}

fn closed(till: &Till, history: &History, number: u32) -> Result<Report, Problem> {
    let found = history.report(number).map_err(|error| unreadable(&error))?;
    let line = found.ok_or_else(|| Problem::new("report_not_found").with("number", number))?;
    let closed = Closed { at_ms: line.closed_at_ms, by: line.closed_by, number: line.number, hash: hex(&line.hash) };
    let carried = line.report.carried.into_iter();
    let unsettled = carried.map(|carried| Unsettled {
        payment: carried.payment.to_string(),
        reference: carried.reference,
        state: carried.state.name().to_owned(),
        amount: carried.money.decimal(),
        currency: carried.money.currency.code().to_owned(),
    });
    Ok(report(till, number, Some(closed), &line.report.rows, unsettled.collect()))
}

/// The open shift, as the ledger knows it now.
fn so_far(till: &Till, history: &History, number: u32) -> Result<Report, Problem> {
    let rows = history.shift_rows(number).map_err(|error| unreadable(&error))?;
    let states = OPEN.iter().map(|state| StateFilter::Is((*state).to_owned()));
    let mut found: Vec<PaymentRow> = Vec::new();
    for state in states.chain([StateFilter::NeedsAttention]) {
        let query = Query { state: Some(state), ..Query::default() };
        found.extend(newest(history, &query, CARRIED_MAX)?.0);
    }
    found.sort_by_key(|row| row.seq);
    found.dedup_by_key(|row| row.seq);
    let unsettled = found.into_iter().map(|row| Unsettled {
        amount: Currency::parse(&row.currency).map_or_else(String::new, |currency| signed(row.minor, currency)),
        payment: row.id,
        reference: row.reference,
        state: row.state,
        currency: row.currency,
    });
    Ok(report(till, number, None, &rows, unsettled.collect()))
}

fn report(till: &Till, shift: u32, closed: Option<Closed>, rows: &[ReportRow], unsettled: Vec<Unsettled>) -> Report {
    let mut net: BTreeMap<Currency, i64> = BTreeMap::new();
    for row in rows {
        *net.entry(row.place.currency).or_default() += row.sums.net_minor();
    }
    let sum = |(currency, minor): (Currency, i64)| Sum { currency: currency.code(), net: signed(minor, currency) };
    Report {
        mode: till.mode.name(),
        store: till.settings.store.clone(),
        terminal: till.settings.terminal.clone(),
        shift,
        closed,
        rows: rows.iter().map(as_line).collect(),
        net: net.into_iter().map(sum).collect(),
        unsettled,
    }
}

fn as_line(row: &ReportRow) -> Line {
    let (currency, sums) = (row.place.currency, &row.sums);
    Line {
        provider: row.place.provider,
        currency: currency.code(),
        operator: row.place.operator.clone(),
        paid_count: sums.paid_count,
        paid: signed(sums.paid_minor, currency),
        refunded_count: sums.refunded_count,
        refunded: signed(sums.refunded_minor, currency),
        returned_count: sums.returned_count,
        returned: signed(sums.returned_minor, currency),
        net: signed(sums.net_minor(), currency),
    }
}

/// A sum may be below zero: more went back than came in.
fn signed(minor: i64, currency: Currency) -> String {
    Money::new(minor, currency).decimal()
}

fn tell(report: &Report) {
    say::line("report", if report.closed.is_some() { "terminal report" } else { "interim: the shift is open" });
    say::line("mode", report.mode);
    say::line("store", if report.store.is_empty() { "–" } else { &report.store });
    say::line("terminal", &report.terminal);
    say::line("shift", report.shift);
    if let Some(closed) = &report.closed {
        let at = jiff::Timestamp::from_millisecond(closed.at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        say::line("closed", format!("{} by {}", at.strftime("%F %T UTC"), closed.by));
        say::line("entry", format!("{} {}", closed.number, closed.hash));
    }
    for row in &report.rows {
        let Line { provider, currency, operator, paid_count, paid, refunded_count, refunded, net, .. } = row;
        say::line(
            provider_name(*provider),
            format!("{currency} {operator}: paid {paid_count} {paid}, refunded {refunded_count} {refunded}, net {net}"),
        );
    }
    for sum in &report.net {
        say::line("net", format!("{} {}", sum.net, sum.currency));
    }
    for open in &report.unsettled {
        let Unsettled { payment, reference, state, amount, currency } = open;
        say::line("not settled", format!("{amount} {currency} {state} {reference} {payment}"));
    }
}
