//! Old payments leave the ledger. The till is closed meanwhile, and starts anew with what stays.

use crate::clock::utc_ms;
use crate::ledger::{
    Identity, Keep, Removal, RemovalError, RemovalStep, RemovedPayments, YEARS_MAX, YEARS_MIN, remove_old,
};
use crate::restoring::{self, Wanted};
use checkstand_core::problem::Problem;
use std::path::Path;

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
    mut on_step: impl FnMut(RemovalStep) + Send + 'static,
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
        remove_old(&dir, &identity, anchor, &removal, &mut on_step)
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
