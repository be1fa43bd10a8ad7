//! Which index a list walks down.

use super::{BUDGET_ROWS, Cursor, History, HistoryError, Query, StateFilter};
use crate::ledger::view::PAYMENT_COLUMNS;
use rusqlite::types::Value;
use std::ops::RangeInclusive;

/// One walk: statements, and what they are asked.
pub(super) struct Walk {
    /// No payment can match.
    pub(super) is_empty: bool,
    /// Whether filters are asked of rows that the index alone would have taken.
    pub(super) is_budgeted: bool,
    /// The rows that match, newest first: the values of `params`, then how many.
    pub(super) sql: String,
    /// Where it goes down, without what is wanted of it.
    below: String,
    driver: Option<Value>,
    others: Vec<Value>,
}

impl Walk {
    /// How many rows the budget reached, and the lowest of them.
    pub(super) fn reach_sql(&self) -> String {
        format!("SELECT count(*), min(at) FROM ({})", reach(&self.below))
    }

    /// All rows that the budget reaches, whatever the other filters say.
    pub(super) fn all_sql(&self) -> String {
        format!("SELECT {PAYMENT_COLUMNS} {} ORDER BY p.seq DESC LIMIT {BUDGET_ROWS}", self.below)
    }

    pub(super) fn params(&self, stretch: &RangeInclusive<i64>) -> Vec<Value> {
        let mut params = self.reach_params(stretch);
        params.extend(self.others.iter().cloned());
        params
    }

    pub(super) fn reach_params(&self, stretch: &RangeInclusive<i64>) -> Vec<Value> {
        let mut params: Vec<Value> = vec![(*stretch.start()).into(), (*stretch.end()).into()];
        params.extend(self.driver.clone());
        params
    }
}

fn reach(below: &str) -> String {
    format!("SELECT p.seq AS at {below} ORDER BY p.seq DESC LIMIT {BUDGET_ROWS}")
}

/// Where a walk goes down.
struct Driver {
    index: Option<&'static str>,
    condition: &'static str,
    value: Option<Value>,
}

fn driver_of(column: &'static str, value: &str) -> Driver {
    let (index, condition) = match column {
        "state" => ("payments_by_state", "p.state = ?3"),
        "operator" => ("payments_by_operator", "p.operator = ?3"),
        "provider" => ("payments_by_provider", "p.provider = ?3"),
        "currency" => ("payments_by_currency", "p.currency = ?3"),
        "terminal" => ("payments_by_terminal", "p.terminal = ?3"),
        other => unreachable!("no filter is called {other}"),
    };
    Driver { index: Some(index), condition, value: Some(Value::Text(value.to_owned())) }
}

impl History {
    /// The part of the table in which a query's payments lie; `None` where there are none.
    pub(super) fn stretch(
        &self,
        query: &Query,
        after: Option<Cursor>,
    ) -> Result<Option<RangeInclusive<i64>>, HistoryError> {
        let last = after.map_or(i64::MAX, |Cursor(seq)| seq - 1);
        let (Query { from_day: None, to_day: None, .. }, ..) = (query, ()) else {
            let sql = "SELECT min(first_seq), max(last_seq) FROM days WHERE day >= ?1 AND day <= ?2";
            let from = query.from_day.as_deref().unwrap_or("");
            let to = query.to_day.as_deref().unwrap_or("9999-99-99");
            let (first, newest): (Option<i64>, Option<i64>) =
                self.prepare(sql)?.query_row([from, to], |sql| Ok((sql.get(0)?, sql.get(1)?)))?;
            return Ok(first.zip(newest).map(|(first, newest)| first..=newest.min(last)).filter(|s| !s.is_empty()));
        };
        Ok((last > 0).then_some(1..=last))
    }

    /// Chooses by what is counted: the filter that leaves the fewest rows to look at.
    pub(super) fn plan(&self, query: &Query, stretch: &RangeInclusive<i64>) -> Result<Walk, HistoryError> {
        let columns = query.columns();
        let has_days = query.from_day.is_some() || query.to_day.is_some();
        let needs_attention = query.state == Some(StateFilter::NeedsAttention);
        let (fewest, is_empty) = if columns.is_empty() {
            (None, false)
        } else if columns.len() == 1 && !has_days && !needs_attention {
            (Some(0), false)
        } else {
            self.with_counts(|counts| counts.fewest(&columns))?
        };
        let driver = match fewest {
            _ if needs_attention => {
                Driver { index: Some("payments_by_attention"), condition: "p.attention = 1", value: None }
            }
            Some(at) => driver_of(columns[at].0, columns[at].1),
            None => Driver { index: None, condition: "true", value: None },
        };
        let mut others: Vec<(String, Value)> = Vec::new();
        let mut number = 3 + usize::from(driver.value.is_some());
        let asked_of = if driver.index.is_some() { "p" } else { "walk" };
        let mut ask = |condition: &str, value: &str| {
            others.push((format!("{asked_of}.{condition} ?{number}"), Value::Text(value.to_owned())));
            number += 1;
        };
        for (at, (column, value)) in columns.iter().enumerate() {
            if needs_attention || fewest != Some(at) {
                ask(&format!("{column} ="), value);
            }
        }
        // A walk of the table itself stays in the days' stretch, but for a clock that was set back.
        if let Some(from) = &query.from_day {
            ask("day >=", from);
        }
        if let Some(to) = &query.to_day {
            ask("day <=", to);
        }
        let limit = number;
        let index = driver.index.map_or(String::new(), |index| format!(" INDEXED BY {index}"));
        let below = format!("FROM payments AS p{index} WHERE {} AND p.seq >= ?1 AND p.seq <= ?2", driver.condition);
        let conditions: Vec<&str> = others.iter().map(|(condition, _)| condition.as_str()).collect();
        let conditions = conditions.join(" AND ");
        let sql = if others.is_empty() {
            format!("SELECT {PAYMENT_COLUMNS} {below} ORDER BY p.seq DESC LIMIT ?{limit}")
        } else if driver.index.is_none() {
            // Nearly all rows are taken: each is read where the walk stands.
            format!(
                "SELECT * FROM (SELECT {PAYMENT_COLUMNS} {below} ORDER BY p.seq DESC LIMIT {BUDGET_ROWS}) AS walk \
                 WHERE {conditions} LIMIT ?{limit}"
            )
        } else {
            // The inner walk is the outer loop, so rows come in its order and it ends with the last one that is wanted.
            format!(
                "SELECT {PAYMENT_COLUMNS} FROM ({}) AS walk CROSS JOIN payments AS p ON p.seq = walk.at \
                 WHERE {conditions} LIMIT ?{limit}",
                reach(&below)
            )
        };
        let is_empty = is_empty || stretch.is_empty();
        Ok(Walk {
            is_empty,
            is_budgeted: !others.is_empty(),
            sql,
            below,
            driver: driver.value,
            others: others.into_iter().map(|(_, value)| value).collect(),
        })
    }
}
