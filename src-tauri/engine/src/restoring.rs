//! A checked copy in the place of a broken ledger. The till is closed meanwhile, and starts anew with the copy.

use crate::clock::utc_ms;
use crate::ledger::{Anchors, BackupError, Identity, Keep, Ledger, Persist, restore};
use checkstand_core::book::{Entry, Fact};
use checkstand_core::problem::Problem;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Who wants it, and why.
pub struct Wanted {
    /// The copy.
    pub backup: PathBuf,
    /// The manager.
    pub by: String,
    /// In their words.
    pub reason: String,
}

/// Puts the copy in place, writes down who wanted it, and anchors the journal anew. The ledger in `dir` must be closed.
///
/// # Errors
/// A problem that says what is wrong with the copy, or with restoring at all; the ledger is as it was then, except where the
/// code is `restore_half_done`: the copy is in place, but nothing says who wanted it.
pub async fn put_in_place(dir: &Path, identity: Identity, keep: Option<Keep>, wanted: Wanted) -> Result<(), Problem> {
    let anchor = match &keep {
        Some(keep) => keep.read().await.map_err(|detail| Problem::new("keychain_failed").with("detail", detail))?,
        None => None,
    };
    let (folder, mode, backup) = (dir.to_owned(), identity.mode, wanted.backup);
    let work = move || restore(&folder, &backup, mode, anchor, utc_ms(), &mut |_| ControlFlow::Continue(()));
    let restored = tokio::task::spawn_blocking(work).await.map_err(|error| half_done(&error))?;
    let restored = restored.map_err(|error| problem(&error))?;
    let event = restored.event(&wanted.reason);
    let (folder, terminal) = (dir.to_owned(), identity);
    let opened = tokio::task::spawn_blocking(move || Ledger::open(&folder, terminal)).await;
    let (ledger, _) = opened.map_err(|error| half_done(&error))?.map_err(|error| half_done(&error))?;
    let entry = Entry { at_ms: utc_ms(), operator: wanted.by, fact: Fact::Store(event) };
    let saved = ledger.append(vec![entry]).await;
    if let Some(keep) = keep {
        let anchors = Anchors::start(keep, dir.to_owned(), ledger.tips(), utc_ms);
        anchors.anchor_anew().await;
        ledger.close().await;
        anchors.finish().await;
    } else {
        ledger.close().await;
    }
    match saved {
        Persist::Ok { .. } => Ok(()),
        Persist::Failed(why) | Persist::Unknown(why) => Err(half_done(&why)),
    }
}

fn half_done(detail: &impl std::fmt::Display) -> Problem {
    Problem::new("restore_half_done").with("detail", detail)
}

/// What a person reads about a copy that is of no use.
pub(crate) fn problem(error: &BackupError) -> Problem {
    match error {
        BackupError::OtherMode { .. } => Problem::new("backup_foreign").with("why", "mode"),
        BackupError::OtherLedger { .. } => Problem::new("backup_foreign").with("why", "ledger"),
        BackupError::NotALedger { .. } | BackupError::NotADatabase { .. } => {
            Problem::new("backup_foreign").with("why", "file")
        }
        BackupError::NewerSchema { .. } => Problem::new("ledger_newer"),
        BackupError::Broken { .. } | BackupError::Damaged { .. } => Problem::new("backup_broken").with("detail", error),
        BackupError::NotNeeded => Problem::new("restore_not_needed"),
        BackupError::Stopped | BackupError::File { .. } | BackupError::Ledger(_) => {
            Problem::new("storage_failed").with("detail", error)
        }
    }
}
