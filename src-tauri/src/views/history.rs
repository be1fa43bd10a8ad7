//! The history for the window: what is searched for, and what is found.

use super::payment::{FlagWord, KindWord, PaymentView, StateWord, flag_words};
use super::report::{SumView, sum_view};
use super::{CurrencyCode, MoneyView, ProviderWord};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::Flags;
use checkstand_core::shift::Sums;
use checkstand_engine::ledger::PaymentRow;
use checkstand_engine::ledger::history::{Choices, Page, Query, StateFilter, Tally};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What is searched for. Everything that is left out matches everything.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct HistoryQuery {
    pub search: String,
    /// `2026-11-22`
    pub from_day: Option<String>,
    pub to_day: Option<String>,
    #[cfg_attr(test, ts(type = "StateName | \"attention\" | null"))]
    pub state: Option<String>,
    #[cfg_attr(test, ts(type = "ProviderName | null"))]
    pub provider: Option<String>,
    pub operator: Option<String>,
    #[cfg_attr(test, ts(type = "CurrencyCode | null"))]
    pub currency: Option<String>,
    pub terminal: Option<String>,
}

/// One payment of a list.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HistoryRow {
    pub id: String,
    #[cfg_attr(test, ts(type = "number"))]
    pub seq: i64,
    pub kind: KindWord,
    pub refund_of: Option<String>,
    pub provider: ProviderWord,
    pub money: MoneyView,
    pub counted: Option<MoneyView>,
    pub reference: String,
    pub operator: String,
    pub terminal: String,
    #[cfg_attr(test, ts(type = "number"))]
    pub opened_at_ms: i64,
    pub day: String,
    pub state: StateWord,
    #[cfg_attr(test, ts(type = "ReasonName | null"))]
    pub reason: Option<String>,
    pub flags: Vec<FlagWord>,
    pub needs_attention: bool,
    pub receipt: Option<String>,
}

/// A page of the history, newest first.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HistoryPage {
    pub rows: Vec<HistoryRow>,
    /// Goes on; none at the end.
    pub next: Option<String>,
    /// Fewer rows than a page were found so far: ask on with `next`.
    pub searching: bool,
    /// Of everything that matches, with the first page only.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub count: Option<i64>,
    pub sums: Option<Vec<SumView>>,
}

/// What the filters offer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct HistoryChoices {
    pub operators: Vec<String>,
    pub terminals: Vec<String>,
    pub currencies: Vec<CurrencyCode>,
    pub today: String,
    pub first_day: Option<String>,
}

/// One line of a payment's story.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TimelineLine {
    #[cfg_attr(test, ts(type = "number"))]
    pub number: i64,
    #[cfg_attr(test, ts(type = "number"))]
    pub at_ms: i64,
    pub operator: String,
    /// A word of the journal.
    pub what: String,
    pub state: StateWord,
    #[cfg_attr(test, ts(type = "Record<string, string>"))]
    pub fields: BTreeMap<String, String>,
}

/// Everything about one payment.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PaymentDetail {
    pub payment: PaymentView,
    pub timeline: Vec<TimelineLine>,
    pub refunds: Vec<HistoryRow>,
    pub sale: Option<HistoryRow>,
    #[cfg_attr(test, ts(type = "number"))]
    pub copies: i64,
}

impl HistoryQuery {
    /// The same for the ledger. Empty texts want all.
    pub fn read(self) -> Query {
        let named = |text: Option<String>| text.filter(|text| !text.is_empty());
        let state = named(self.state).map(|state| match state.as_str() {
            "attention" => StateFilter::NeedsAttention,
            _ => StateFilter::Is(state),
        });
        Query {
            search: self.search,
            from_day: named(self.from_day),
            to_day: named(self.to_day),
            state,
            provider: named(self.provider),
            operator: named(self.operator),
            currency: named(self.currency),
            terminal: named(self.terminal),
        }
    }
}

impl HistoryChoices {
    /// What some payment has.
    pub fn of(choices: Choices, today: String, first_day: Option<String>) -> HistoryChoices {
        let currencies = choices.currencies.iter().filter_map(|code| Currency::parse(code)).map(Into::into).collect();
        HistoryChoices { operators: choices.operators, terminals: choices.terminals, currencies, today, first_day }
    }
}

/// A page; `tallies` are of everything that matches, and come with the first page.
pub fn history_page(page: Page, tallies: Option<&[Tally]>) -> HistoryPage {
    HistoryPage {
        rows: page.rows.iter().map(history_row).collect(),
        next: page.next.map(|cursor| cursor.0.to_string()),
        searching: page.searching,
        count: tallies.map(|tallies| tallies.iter().map(|tally| tally.payments).sum()),
        sums: tallies.map(sums_of),
    }
}

/// One payment of a list.
pub fn history_row(row: &PaymentRow) -> HistoryRow {
    let money = |minor, code: &str| MoneyView::from(Money::new(minor, currency(code)));
    let counted = row.counted_minor.zip(row.counted_currency.as_deref());
    let flags: Flags = serde_json::from_str(&row.flags).unwrap_or_default();
    HistoryRow {
        id: row.id.clone(),
        seq: row.seq,
        kind: if row.kind == "refund" { KindWord::Refund } else { KindWord::Sale },
        refund_of: row.refund_of.clone(),
        provider: if row.provider == "mispay" { ProviderWord::Mispay } else { ProviderWord::Multipay },
        money: money(row.minor, &row.currency),
        counted: counted.map(|(minor, code)| money(minor, code)),
        reference: row.reference.clone(),
        operator: row.operator.clone(),
        terminal: row.terminal.clone(),
        opened_at_ms: row.opened_at_ms,
        day: row.day.clone(),
        state: StateWord::parse(&row.state),
        reason: row.reason.clone(),
        flags: flag_words(&flags),
        needs_attention: row.attention,
        receipt: row.receipt.clone(),
    }
}

/// Sums per currency: sales that count and refunds that count, never across currencies.
fn sums_of(tallies: &[Tally]) -> Vec<SumView> {
    let mut sums: BTreeMap<Currency, Sums> = BTreeMap::new();
    for tally in tallies {
        let Some(code) = &tally.counted_currency else { continue };
        let sum = sums.entry(currency(code)).or_default();
        let (count, minor) = (tally.payments, tally.counted_minor);
        sum.add(&match tally.kind.as_str() {
            "refund" => Sums { refunded_count: count, refunded_minor: minor, ..Sums::default() },
            _ => Sums { paid_count: count, paid_minor: minor, ..Sums::default() },
        });
    }
    sums.into_iter().map(|(currency, sums)| sum_view(currency, &sums)).collect()
}

/// The state after a line of the journal, by its body.
pub fn timeline_state(body: &str) -> StateWord {
    let state = serde_json::from_str::<serde_json::Value>(body).ok().and_then(|body| body.get("state").cloned());
    match state {
        Some(serde_json::Value::String(word)) => StateWord::parse(&word),
        Some(serde_json::Value::Object(with_reason)) => {
            StateWord::parse(with_reason.keys().next().map_or("", String::as_str))
        }
        _ => StateWord::Unknown,
    }
}

/// The table holds only currencies that the till knows.
fn currency(code: &str) -> Currency {
    Currency::parse(code).unwrap_or(Currency::Sar)
}
