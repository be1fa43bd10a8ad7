//! Old payments leave the ledger. The till is closed meanwhile, and starts anew with what stays.

use crate::clock::utc_ms;
use crate::ledger::{
    BackupStep, Identity, Keep, Removal, RemovalError, RemovalStep, RemovedPayments, YEARS_MAX, YEARS_MIN, remove_old,
};
use crate::restoring::{self, Wanted};
use checkstand_core::problem::Problem;
use serde::Serialize;
use std::path::Path;

/// How far it has come, for whoever waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What is done now.
    pub phase: Phase,
    /// So much of it.
    pub done: u64,
    /// Of so much; 0 while nobody knows.
    pub total: u64,
}

/// What is done, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// The journal is checked.
    Check,
    /// A copy is made, and checked.
    Copy,
    /// The payments are removed.
    Remove,
    /// The lists are made again.
    Lists,
    /// The file is made smaller.
    Pack,
}

impl From<RemovalStep> for Step {
    fn from(step: RemovalStep) -> Step {
        let (phase, done, total) = match step {
            RemovalStep::Checked(number, of) => (Phase::Check, number, of),
            RemovalStep::Copied(BackupStep::Copied { pages, of }) => (Phase::Copy, pages.into(), 2 * i64::from(of)),
            RemovalStep::Copied(BackupStep::Checked { number, of }) => (Phase::Copy, of + number, 2 * of),
            RemovalStep::Emptying => (Phase::Remove, 0, 0),
            RemovalStep::Listed(number, of) => (Phase::Lists, number, of),
            RemovalStep::Packing => (Phase::Pack, 0, 0),
        };
        let count = |number| u64::try_from(number).unwrap_or_default();
        Step { phase, done: count(done), total: count(total) }
    }
}

/// Whether payments so old may be removed at all.
///
/// # Errors
/// `years_out_of_range` (`min`, `max`).
pub fn look_at(years: u32) -> Result<(), Problem> {
    if (YEARS_MIN..=YEARS_MAX).contains(&years) {
        return Ok(());
    }
    Err(Problem::new("years_out_of_range").with("min", YEARS_MIN).with("max", YEARS_MAX))
}

/// Removes the payments about which nothing has changed for so many years. The ledger in `dir` must be closed.
///
/// # Errors
/// That of [`look_at`], `keychain_failed`, `nothing_to_remove`, `chain_broken`, those of a copy, `storage_failed`; the ledger
/// is as it was then.
pub async fn remove(
    dir: &Path,
    identity: Identity,
    keep: Option<Keep>,
    years: u32,
    wanted: Wanted,
    mut on_step: impl FnMut(Step) + Send + 'static,
) -> Result<RemovedPayments, Problem> {
    look_at(years)?;
    let anchor = match &keep {
        Some(keep) => keep.read().await.map_err(|detail| Problem::new("keychain_failed").with("detail", detail))?,
        None => None,
    };
    let dir = dir.to_owned();
    let work = move || {
        let Wanted { by, reason } = &wanted;
        let removal = Removal { years, by, reason, now_ms: utc_ms() };
        remove_old(&dir, &identity, anchor, &removal, &mut |step| on_step(step.into()))
    };
    let removed = tokio::task::spawn_blocking(work).await;
    let removed = removed.map_err(|error| Problem::new("internal").with("detail", error))?;
    removed.map_err(|error| problem(&error))
}

fn problem(error: &RemovalError) -> Problem {
    match error {
        RemovalError::Nothing => Problem::new("nothing_to_remove"),
        RemovalError::Broken(fault) => {
            Problem::new("chain_broken").with("number", fault.number).with("detail", &fault.what)
        }
        RemovalError::Copy(error) => restoring::problem(error),
        RemovalError::Ledger(error) => Problem::new("storage_failed").with("detail", error),
    }
}
