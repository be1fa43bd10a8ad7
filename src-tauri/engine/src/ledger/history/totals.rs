//! Counts and sums of a query, and what its filters can be.

use super::query::{Query, StateFilter};
use super::search::Hits;
use super::{BUDGET_ROWS, History, HistoryError, Look};
use crate::ledger::view::PaymentRow;
use crate::ledger::words::normalised;
use rusqlite::params_from_iter;
use rusqlite::types::Value;
use std::collections::BTreeMap;

/// How many payments of one kind, state and currency there are, and what they count for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tally {
    /// `sale` or `refund`.
    pub kind: String,
    /// The state's word.
    pub state: String,
    /// The currency that was asked for.
    pub currency: String,
    /// The currency that counts; `None` where no money is known to have moved.
    pub counted_currency: Option<String>,
    /// How many.
    pub payments: i64,
    /// What they count for together, in minor units of `counted_currency`.
    pub counted_minor: i64,
}

/// What the filters can be set to, each in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// The states' words.
    pub states: Vec<String>,
    /// Who has opened payments.
    pub operators: Vec<String>,
    /// `mispay`, `multipay`.
    pub providers: Vec<String>,
    /// ISO 4217 letters.
    pub currencies: Vec<String>,
    /// The tills.
    pub terminals: Vec<String>,
}

/// How many payments there are of each value of each column that can be filtered by.
pub(super) struct Counts {
    /// The file's state that they were counted in.
    version: i64,
    rows: Vec<([String; 5], i64)>,
    columns: BTreeMap<&'static str, BTreeMap<String, i64>>,
    /// Who opened payments: the name as a search reads it, the name, how many payments.
    operators: Vec<(String, String, i64)>,
}

const COLUMNS: [&str; 5] = ["state", "operator", "provider", "currency", "terminal"];

impl Counts {
    pub(super) fn of(&self, column: &str) -> &BTreeMap<String, i64> {
        &self.columns[column]
    }

    /// The people whose names begin like this, each with how many payments they opened.
    pub(super) fn operators_like(&self, text: &str) -> Vec<(String, i64)> {
        let like = self.operators.iter().filter(|(read, ..)| read.starts_with(text));
        like.map(|(_, name, payments)| (name.clone(), *payments)).collect()
    }

    /// Which of these filters leaves the fewest payments (`None` where the table itself is as short), and whether all of
    /// them together leave none.
    pub(super) fn fewest(&self, filters: &[(&'static str, &str)]) -> (Option<usize>, bool) {
        let left = |column: &str, value: &str| self.of(column).get(value).copied().unwrap_or(0);
        let fewest = (0..filters.len()).min_by_key(|at| left(filters[*at].0, filters[*at].1));
        let takes = |row: &[String; 5]| {
            let value_of = |column: &str| COLUMNS.iter().position(|name| *name == column).map(|at| row[at].as_str());
            filters.iter().all(|(column, value)| value_of(column) == Some(value))
        };
        (fewest, !self.rows.iter().any(|(row, _)| takes(row)))
    }
}

type Tallies = BTreeMap<(String, String, String, String), (i64, i64)>;

impl History {
    /// Counts and sums of all payments that a query matches, by kind, state and currency. `None` where a search finds, or
    /// *needs attention* holds, more payments than may be looked at in one call.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn totals(&self, query: &Query) -> Result<Option<Vec<Tally>>, HistoryError> {
        let _look = Look::begin(self)?;
        let needle = query.needle()?;
        let mut tallies = Tallies::new();
        if !needle.is_empty() {
            let Hits::Few(seqs) = self.hits(&needle)? else { return Ok(None) };
            for row in self.rows(seqs.iter(), |row| query.takes(row, &needle), usize::MAX)? {
                add(&mut tallies, &row);
            }
        } else if query.state == Some(StateFilter::NeedsAttention) {
            let part = self.part(query, None, usize::try_from(BUDGET_ROWS).expect("a small number"))?;
            if part.next.is_some() {
                return Ok(None);
            }
            part.rows.iter().for_each(|row| add(&mut tallies, row));
        } else {
            self.add_spans(query, &mut tallies)?;
        }
        let tally = |((kind, state, currency, counted), (payments, counted_minor))| {
            let counted_currency = Some(counted).filter(|code: &String| !code.is_empty());
            Tally { kind, state, currency, counted_currency, payments, counted_minor }
        };
        Ok(Some(tallies.into_iter().map(tally).collect()))
    }

    /// What the filters can be set to: whatever some payment has.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn choices(&self) -> Result<Choices, HistoryError> {
        self.with_counts(|counts| {
            let of = |column| counts.of(column).keys().cloned().collect();
            Choices {
                states: of("state"),
                operators: of("operator"),
                providers: of("provider"),
                currencies: of("currency"),
                terminals: of("terminal"),
            }
        })
    }

    /// The first and the last business day on which a payment was opened.
    ///
    /// # Errors
    /// A [`HistoryError`].
    pub fn days(&self) -> Result<Option<(String, String)>, HistoryError> {
        let both: (Option<String>, Option<String>) = self
            .prepare("SELECT (SELECT min(day) FROM days), (SELECT max(day) FROM days)")?
            .query_row([], |sql| Ok((sql.get(0)?, sql.get(1)?)))?;
        Ok(both.0.zip(both.1))
    }

    /// Adds whole months, and the days before and after them.
    fn add_spans(&self, query: &Query, tallies: &mut Tallies) -> Result<(), HistoryError> {
        for (level, from, to) in spans(query.from_day.as_deref(), query.to_day.as_deref()) {
            let mut sql =
                "SELECT kind, state, currency, counted_currency, sum(payments), sum(counted_minor) FROM totals
                           WHERE level = ?1 AND start >= ?2 AND start < ?3"
                    .to_owned();
            let mut params: Vec<Value> = vec![level.to_owned().into(), from.into(), to.into()];
            for (column, value) in query.columns() {
                params.push(value.to_owned().into());
                sql.push_str(&format!(" AND {column} = ?{}", params.len()));
            }
            sql.push_str(" GROUP BY kind, state, currency, counted_currency");
            let mut statement = self.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(params))?;
            while let Some(sql) = rows.next()? {
                let sums = tallies.entry((sql.get(0)?, sql.get(1)?, sql.get(2)?, sql.get(3)?)).or_default();
                sums.0 += sql.get::<_, i64>(4)?;
                sums.1 += sql.get::<_, i64>(5)?;
            }
        }
        Ok(())
    }

    /// Asks the counts, which are read again after each change of the file.
    pub(super) fn with_counts<T>(&self, ask: impl FnOnce(&Counts) -> T) -> Result<T, HistoryError> {
        let version: i64 = self.prepare("PRAGMA data_version")?.query_row([], |sql| sql.get(0))?;
        let mut kept = self.counts.borrow_mut();
        if let Some(counts) = kept.as_ref().filter(|counts| counts.version == version) {
            return Ok(ask(counts));
        }
        let sql = "SELECT state, operator, provider, currency, terminal, sum(payments) FROM totals
                   WHERE level = 'all' GROUP BY state, operator, provider, currency, terminal";
        let mut statement = self.prepare(sql)?;
        let mut found = statement.query([])?;
        let mut rows = Vec::new();
        let mut columns: BTreeMap<&'static str, BTreeMap<String, i64>> =
            COLUMNS.into_iter().map(|column| (column, BTreeMap::new())).collect();
        while let Some(sql) = found.next()? {
            let values: [String; 5] = [sql.get(0)?, sql.get(1)?, sql.get(2)?, sql.get(3)?, sql.get(4)?];
            let payments: i64 = sql.get(5)?;
            for (column, value) in COLUMNS.into_iter().zip(&values) {
                *columns.entry(column).or_default().entry(value.clone()).or_default() += payments;
            }
            rows.push((values, payments));
        }
        let operators = columns["operator"].iter();
        let operators = operators.map(|(name, payments)| (normalised(name), name.clone(), *payments)).collect();
        Ok(ask(kept.insert(Counts { version, rows, columns, operators })))
    }
}

fn add(tallies: &mut Tallies, row: &PaymentRow) {
    let counted = row.counted_currency.clone().unwrap_or_default();
    let sums = tallies.entry((row.kind.clone(), row.state.clone(), row.currency.clone(), counted)).or_default();
    sums.0 += 1;
    sums.1 += row.counted_minor.unwrap_or(0);
}

/// Whether no day of the month comes before this one, or after it.
fn is_first(day: &str) -> bool {
    day.get(8..).is_none_or(|of_month| of_month <= "01")
}

fn is_last(day: &str) -> bool {
    let days = day.parse::<jiff::civil::Date>().map_or(31, jiff::civil::Date::days_in_month);
    day.get(8..).and_then(|of_month| of_month.parse::<i8>().ok()).is_none_or(|of_month| of_month >= days)
}

/// The rows of `totals` that make up a range of days: level, first start, and what comes before no start that is left out.
fn spans(from: Option<&str>, to: Option<&str>) -> Vec<(&'static str, String, String)> {
    if from.is_none() && to.is_none() {
        return vec![("all", String::new(), "!".to_owned())];
    }
    let (from, to) = (from.unwrap_or("0000-00-00"), to.unwrap_or("9999-99-99"));
    let month = |day: &str| day.chars().take(7).collect::<String>();
    let (first, last) = (month(from), month(to));
    if from > to {
        return Vec::new();
    }
    if first == last && !(is_first(from) && is_last(to)) {
        return vec![("day", from.to_owned(), format!("{to}!"))];
    }
    // '!' sorts before whatever can follow, '~' behind it.
    let mut spans = Vec::new();
    let mut months = (format!("{first}~"), last.clone());
    if is_first(from) {
        months.0.clone_from(&first);
    } else {
        spans.push(("day", from.to_owned(), format!("{first}~")));
    }
    if is_last(to) {
        months.1 = format!("{last}!");
    } else {
        spans.push(("day", last, format!("{to}!")));
    }
    spans.push(("month", months.0, months.1));
    spans
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_of_days_is_whole_months_and_edge_days() {
        let is_in = |day: &str, from: &str, to: &str| {
            let found: Vec<_> = spans(Some(from), Some(to))
                .into_iter()
                .filter(|(level, first, last)| {
                    let start = if *level == "month" { &day[..7] } else { day };
                    (first.as_str()..last.as_str()).contains(&start)
                })
                .collect();
            assert!(found.len() < 2, "{day} is counted twice: {found:?}");
            found.len() == 1
        };
        let days = [
            "2025-12-31",
            "2026-01-01",
            "2026-01-15",
            "2026-01-31",
            "2026-02-01",
            "2026-02-28",
            "2024-02-28",
            "2024-02-29",
            "2026-03-01",
            "2027-01-01",
        ];
        for from in days {
            for to in days {
                for day in days {
                    assert_eq!(is_in(day, from, to), from <= day && day <= to, "{day} in {from} to {to}");
                }
            }
        }
    }
}
