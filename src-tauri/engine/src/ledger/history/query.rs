//! What somebody looks for.

use super::HistoryError;
use crate::ledger::view::PaymentRow;
use crate::ledger::words::normalised;
use checkstand_core::money::{AMOUNT_MINOR_MAX, Currency, Money, western_digit};
use std::collections::BTreeMap;

/// The longest text that can be searched for, in characters.
pub const NEEDLE_CHARS_MAX: usize = 200;
/// Words of a search beyond these are left out: nobody types so many.
const TERMS_MAX: usize = 8;

/// Which payments are wanted. Empty fields want all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// What was typed: amounts, beginnings and ends of references, order ids and receipts, beginnings of operators' names.
    /// Every word must match.
    pub search: String,
    /// The first business day, `YYYY-MM-DD`.
    pub from_day: Option<String>,
    /// The last business day, `YYYY-MM-DD`.
    pub to_day: Option<String>,
    /// By state.
    pub state: Option<StateFilter>,
    /// By provider: `mispay`, `multipay`.
    pub provider: Option<String>,
    /// By who opened it.
    pub operator: Option<String>,
    /// By the currency that was asked for: ISO 4217 letters.
    pub currency: Option<String>,
    /// By till.
    pub terminal: Option<String>,
}

/// Which states are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateFilter {
    /// One, by its word.
    Is(String),
    /// Whatever a person must look at.
    NeedsAttention,
}

/// A typed text, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Needle(pub(super) Vec<Term>);

/// One word of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) text: String,
    /// What it means where it is an amount.
    pub(super) amounts: Vec<Money>,
}

impl Term {
    fn of(typed: &str) -> Term {
        let mut amounts = Vec::new();
        let digits: Option<String> = typed.trim().chars().map(western_digit).collect();
        let as_minor = digits.and_then(|digits| digits.parse::<i64>().ok()).filter(|minor| *minor <= AMOUNT_MINOR_MAX);
        // Currencies with as many decimals as each other read the same from it.
        let mut read: BTreeMap<u32, Option<i64>> = BTreeMap::new();
        for currency in Currency::ALL {
            let with_decimals = read
                .entry(currency.exponent())
                .or_insert_with(|| Money::from_typed(typed, currency).ok().map(|money| money.minor));
            let both = [*with_decimals, as_minor].into_iter().flatten();
            amounts.extend(both.map(|minor| Money::new(minor, currency)));
        }
        amounts.sort();
        amounts.dedup();
        Term { text: normalised(typed), amounts }
    }

    pub(super) fn finds(&self, row: &PaymentRow) -> bool {
        let is_amount = |minor: i64, code: &str| {
            self.amounts.iter().any(|money| money.minor == minor && money.currency.code() == code)
        };
        is_amount(row.minor, &row.currency)
            || row
                .counted_minor
                .zip(row.counted_currency.as_deref())
                .is_some_and(|(minor, code)| is_amount(minor, code))
            || row.numbers().are_found_by(&self.text)
            || normalised(&row.operator).starts_with(&self.text)
    }
}

impl Needle {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Query {
    pub(super) fn needle(&self) -> Result<Needle, HistoryError> {
        if self.search.chars().nth(NEEDLE_CHARS_MAX).is_some() {
            return Err(HistoryError::NeedleTooLong { max: NEEDLE_CHARS_MAX });
        }
        let whole = Term::of(&self.search);
        // "1 234,50" is one amount, not two words.
        let is_one = whole.amounts.len() >= Currency::ALL.len() || !whole.text.contains(char::is_whitespace);
        if is_one && !whole.text.is_empty() {
            return Ok(Needle(vec![whole]));
        }
        let words = self.search.split_whitespace().map(Term::of).filter(|term| !term.text.is_empty());
        Ok(Needle(words.take(TERMS_MAX).collect()))
    }

    /// Whether a row is one of those that are wanted.
    pub(super) fn takes(&self, row: &PaymentRow, needle: &Needle) -> bool {
        let is = |wanted: &Option<String>, value: &str| wanted.as_deref().is_none_or(|wanted| wanted == value);
        let state = match &self.state {
            None => true,
            Some(StateFilter::Is(state)) => row.state == *state,
            Some(StateFilter::NeedsAttention) => row.attention,
        };
        state
            && is(&self.provider, &row.provider)
            && is(&self.operator, &row.operator)
            && is(&self.currency, &row.currency)
            && is(&self.terminal, &row.terminal)
            && self.from_day.as_deref().is_none_or(|from| from <= row.day.as_str())
            && self.to_day.as_deref().is_none_or(|to| row.day.as_str() <= to)
            && needle.0.iter().all(|term| term.finds(row))
    }

    /// The filters that name a value of a column, in the order in which they are asked.
    pub(super) fn columns(&self) -> Vec<(&'static str, &str)> {
        let state = match &self.state {
            Some(StateFilter::Is(state)) => Some(state),
            Some(StateFilter::NeedsAttention) | None => None,
        };
        let all = [
            ("state", state),
            ("operator", self.operator.as_ref()),
            ("provider", self.provider.as_ref()),
            ("currency", self.currency.as_ref()),
            ("terminal", self.terminal.as_ref()),
        ];
        all.into_iter().filter_map(|(column, value)| Some((column, value?.as_str()))).collect()
    }
}
