//! Looks a typed text up in the indexes.

use super::query::{Needle, Term};
use super::{BUDGET_ROWS, History, HistoryError};
use crate::ledger::words::{beginning, end};
use std::collections::BTreeSet;

/// What the indexes say about a needle.
pub(super) enum Hits {
    /// Every payment that its rarest word finds, by `seq`.
    Few(BTreeSet<i64>),
    /// Each of its words finds more than [`BUDGET_ROWS`].
    Many,
}

impl History {
    pub(super) fn hits(&self, needle: &Needle) -> Result<Hits, HistoryError> {
        let mut fewest: Option<BTreeSet<i64>> = None;
        for term in &needle.0 {
            if let Some(seqs) = self.hits_of(term)?
                && fewest.as_ref().is_none_or(|fewest| seqs.len() < fewest.len())
            {
                fewest = Some(seqs);
            }
        }
        Ok(fewest.map_or(Hits::Many, Hits::Few))
    }

    /// `None` where one index alone finds too many.
    fn hits_of(&self, term: &Term) -> Result<Option<BTreeSet<i64>>, HistoryError> {
        let mut seqs = BTreeSet::new();
        let operators = self.with_counts(|counts| counts.operators_like(&term.text))?;
        if operators.iter().map(|(_, payments)| payments).sum::<i64>() > BUDGET_ROWS {
            return Ok(None);
        }
        let is_of_id = term.text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let of_id = is_of_id.then_some(&term.text);
        // Where a range is not asked for, its bounds are NULL and nothing is looked at.
        let sql = "SELECT seq FROM words WHERE word >= ?1 AND word < ?2
                   UNION ALL SELECT seq FROM words WHERE word >= ?3 AND word < ?4
                   UNION ALL SELECT seq FROM payments WHERE id >= ?5 AND id < ?2 LIMIT ?6";
        let (from, to) = beginning(&term.text);
        let (from_end, to_end) = end(&term.text).unzip();
        if !self.collect(sql, rusqlite::params![from, to, from_end, to_end, of_id, BUDGET_ROWS + 1], &mut seqs)? {
            return Ok(None);
        }
        // Where currencies had other decimals than each other, this would find too much: each row is looked at later.
        let minors: BTreeSet<i64> = term.amounts.iter().map(|money| money.minor).collect();
        for minor in minors {
            let sql = "SELECT seq FROM payments WHERE minor = ?1 UNION ALL
                       SELECT seq FROM payments WHERE counted_minor = ?1 AND counted_minor <> minor LIMIT ?2";
            if !self.collect(sql, rusqlite::params![minor, BUDGET_ROWS + 1], &mut seqs)? {
                return Ok(None);
            }
        }
        for (operator, _) in operators {
            let sql = "SELECT seq FROM payments WHERE operator = ?1 LIMIT ?2";
            if !self.collect(sql, rusqlite::params![operator, BUDGET_ROWS + 1], &mut seqs)? {
                return Ok(None);
            }
        }
        Ok((seqs.len() as i64 <= BUDGET_ROWS).then_some(seqs))
    }

    /// Adds what a statement finds; answers whether it found no more than may be found.
    fn collect(
        &self,
        sql: &str,
        params: impl rusqlite::Params,
        seqs: &mut BTreeSet<i64>,
    ) -> Result<bool, HistoryError> {
        let mut statement = self.prepare(sql)?;
        let mut found = statement.query(params)?;
        let mut count = 0;
        while let Some(sql) = found.next()? {
            seqs.insert(sql.get(0)?);
            count += 1;
        }
        Ok(count <= BUDGET_ROWS)
    }
}
