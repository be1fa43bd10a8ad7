//! Shifts and terminal reports for the window.

use super::payment::{StateWord, state_word};
use super::{CurrencyCode, ModeWord, MoneyView, ProviderWord};
use checkstand_core::money::{Currency, Money};
use checkstand_core::shift::{Carried, Report, ReportRow, Sums};
use checkstand_engine::engine::Scene;
use checkstand_engine::ledger::history::{Hour, ReportLine};
use serde::Serialize;
use std::collections::BTreeMap;

/// The open shift.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ShiftHead {
    #[cfg_attr(test, ts(type = "number"))]
    number: u32,
    #[cfg_attr(test, ts(type = "number"))]
    opened_at_ms: i64,
    opened_by: String,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReportRowView {
    pub provider: ProviderWord,
    pub currency: CurrencyCode,
    pub operator: String,
    #[cfg_attr(test, ts(type = "number"))]
    pub paid_count: i64,
    pub paid: MoneyView,
    #[cfg_attr(test, ts(type = "number"))]
    pub refunded_count: i64,
    pub refunded: MoneyView,
    #[cfg_attr(test, ts(type = "number"))]
    pub returned_count: i64,
    pub returned: MoneyView,
    pub net: MoneyView,
}

/// One currency.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SumView {
    pub currency: CurrencyCode,
    #[cfg_attr(test, ts(type = "number"))]
    pub paid_count: i64,
    pub paid: MoneyView,
    #[cfg_attr(test, ts(type = "number"))]
    pub refunded_count: i64,
    pub refunded: MoneyView,
    pub net: MoneyView,
}

/// A payment that is not settled.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct CarriedView {
    pub payment: String,
    pub reference: String,
    pub state: StateWord,
    pub money: MoneyView,
    #[cfg_attr(test, ts(type = "number"))]
    pub opened_at_ms: i64,
}

/// What one cashier took in one hour.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HourView {
    #[cfg_attr(test, ts(type = "number"))]
    pub from_ms: i64,
    pub operator: String,
    pub paid: MoneyView,
}

/// Where the journal stood.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AnchorPoint {
    #[cfg_attr(test, ts(type = "number"))]
    pub number: i64,
    pub hash: String,
}

/// A terminal report. An interim one has no end and no anchor.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReportView {
    #[cfg_attr(test, ts(type = "number"))]
    pub number: u32,
    pub store: String,
    pub terminal: String,
    pub mode: ModeWord,
    #[cfg_attr(test, ts(type = "number"))]
    pub opened_at_ms: i64,
    pub opened_by: String,
    #[cfg_attr(test, ts(type = "number | null"))]
    pub closed_at_ms: Option<i64>,
    pub closed_by: Option<String>,
    pub rows: Vec<ReportRowView>,
    pub sums: Vec<SumView>,
    pub carried: Vec<CarriedView>,
    pub running: Vec<MoneyView>,
    pub hours: Vec<HourView>,
    pub anchor: Option<AnchorPoint>,
}

/// An earlier report, in a list.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReportHead {
    #[cfg_attr(test, ts(type = "number"))]
    pub number: u32,
    #[cfg_attr(test, ts(type = "number"))]
    pub opened_at_ms: i64,
    #[cfg_attr(test, ts(type = "number"))]
    pub closed_at_ms: i64,
    pub closed_by: String,
    #[cfg_attr(test, ts(type = "number"))]
    pub carried: usize,
}

impl From<&ReportLine> for ReportHead {
    fn from(line: &ReportLine) -> ReportHead {
        ReportHead {
            number: line.shift,
            opened_at_ms: line.report.opened_at_ms,
            closed_at_ms: line.closed_at_ms,
            closed_by: line.closed_by.clone(),
            carried: line.report.carried.len(),
        }
    }
}

impl From<Hour> for HourView {
    fn from(hour: Hour) -> HourView {
        let paid = Money::new(hour.sums.paid_minor, hour.currency).into();
        HourView { from_ms: hour.from_ms, operator: hour.operator, paid }
    }
}

/// How a report ended, and where the journal stood then.
pub struct Closing {
    pub at_ms: i64,
    pub by: String,
    pub anchor: AnchorPoint,
}

/// Whose report it is.
pub struct Letterhead {
    pub store: String,
    pub terminal: String,
    pub mode: ModeWord,
}

/// The open shift.
pub fn shift_head(scene: &Scene<'_>) -> Option<ShiftHead> {
    let shift = scene.till.store().shift.as_ref()?;
    Some(ShiftHead { number: shift.number, opened_at_ms: shift.opened_at_ms, opened_by: shift.opened_by.clone() })
}

/// A report with everything around it.
pub fn report_view(
    number: u32,
    report: &Report,
    head: Letterhead,
    hours: Vec<HourView>,
    closing: Option<Closing>,
) -> ReportView {
    let (closed_at_ms, closed_by, anchor) = match closing {
        Some(closing) => (Some(closing.at_ms), Some(closing.by), Some(closing.anchor)),
        None => (None, None, None),
    };
    ReportView {
        number,
        store: head.store,
        terminal: head.terminal,
        mode: head.mode,
        opened_at_ms: report.opened_at_ms,
        opened_by: report.opened_by.clone(),
        closed_at_ms,
        closed_by,
        rows: report.rows.iter().map(row_view).collect(),
        sums: sums_by_currency(&report.rows),
        carried: report.carried.iter().map(carried_view).collect(),
        running: report.running.iter().map(|money| (*money).into()).collect(),
        hours,
        anchor,
    }
}

fn row_view(row: &ReportRow) -> ReportRowView {
    let (currency, sums) = (row.place.currency, &row.sums);
    let money = |minor| Money::new(minor, currency).into();
    ReportRowView {
        provider: row.place.provider.into(),
        currency: currency.into(),
        operator: row.place.operator.clone(),
        paid_count: sums.paid_count,
        paid: money(sums.paid_minor),
        refunded_count: sums.refunded_count,
        refunded: money(sums.refunded_minor),
        returned_count: sums.returned_count,
        returned: money(sums.returned_minor),
        net: money(sums.net_minor()),
    }
}

fn sums_by_currency(rows: &[ReportRow]) -> Vec<SumView> {
    let mut by_currency: BTreeMap<Currency, Sums> = BTreeMap::new();
    for row in rows {
        by_currency.entry(row.place.currency).or_default().add(&row.sums);
    }
    by_currency.into_iter().map(|(currency, sums)| sum_view(currency, &sums)).collect()
}

/// One currency's sums.
pub fn sum_view(currency: Currency, sums: &Sums) -> SumView {
    let money = |minor| Money::new(minor, currency).into();
    SumView {
        currency: currency.into(),
        paid_count: sums.paid_count,
        paid: money(sums.paid_minor),
        refunded_count: sums.refunded_count,
        refunded: money(sums.refunded_minor),
        net: money(sums.net_minor()),
    }
}

fn carried_view(carried: &Carried) -> CarriedView {
    CarriedView {
        payment: carried.payment.to_string(),
        reference: carried.reference.clone(),
        state: state_word(carried.state),
        money: carried.money.into(),
        opened_at_ms: carried.opened_at_ms,
    }
}
