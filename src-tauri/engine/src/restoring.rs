//! The two ways on from a broken journal: a checked copy in its place, or the journal as it is. The till is closed
//! meanwhile, and starts anew afterwards.

use crate::clock::utc_ms;
use crate::engine::{Handle, Scene};
use crate::ledger::{
    Anchor, Anchors, BackupError, Condition, Identity, Keep, Ledger, LedgerError, Opened, Persist, Reader,
    accepted_as_it_is, condition, restore,
};
use crate::opening::{OpenTill, identity, keep};
use crate::settings::paths::Paths;
use checkstand_core::book::{Entry, Fact};
use checkstand_core::problem::Problem;
use checkstand_core::store::StoreEvent;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Who wants it, and why.
pub struct Wanted {
    /// The manager.
    pub by: String,
    /// In their words.
    pub reason: String,
}

impl Wanted {
    /// By whoever is signed in.
    ///
    /// # Errors
    /// `reason_missing`, `not_signed_in`.
    pub async fn by_whoever_is_signed_in(handle: &Handle, reason: &str) -> Result<Wanted, Problem> {
        let reason = reason.trim().to_owned();
        if reason.is_empty() {
            return Err(Problem::new("reason_missing"));
        }
        let session = |scene: &Scene<'_>| scene.till.session().map(|session| session.name.clone());
        let by = handle.look(session).await?.ok_or_else(|| Problem::new("not_signed_in"))?;
        Ok(Wanted { by, reason })
    }
}

/// Closes the till and puts this copy in place of its ledger, for whoever is signed in and was allowed to.
///
/// # Errors
/// Those of [`Wanted::by_whoever_is_signed_in`], and those of [`put_in_place`] as [`till_closed`].
pub async fn restore_copy(till: &OpenTill, paths: &Paths, backup: PathBuf, reason: &str) -> Result<(), Problem> {
    let wanted = Wanted::by_whoever_is_signed_in(&till.handle, reason).await?;
    till.office.close().await;
    let dir = paths.ledger(till.settings.mode);
    let done = put_in_place(&dir, identity(&till.settings), keep(&till.settings, &dir), backup, wanted).await;
    done.map_err(till_closed)
}

/// Refused after the till was closed for it, as its field `till` says: the till must be started anew.
pub fn till_closed(problem: Problem) -> Problem {
    problem.with("till", "closed")
}

/// Where checks begin from now on.
enum Begin {
    /// Where they did before.
    AsBefore,
    /// Behind the last line.
    Here,
}

/// Puts the copy in place, writes down who wanted it, and anchors the journal anew. The ledger in `dir` must be closed.
///
/// # Errors
/// A problem that says what is wrong with the copy, or with restoring at all; the ledger is as it was then, except where the
/// code is `restore_half_done`: the copy is in place, but not all that belongs to it.
pub async fn put_in_place(
    dir: &Path,
    identity: Identity,
    keep: Option<Keep>,
    backup: PathBuf,
    wanted: Wanted,
) -> Result<(), Problem> {
    let anchor = match &keep {
        Some(keep) => read(keep).await?,
        None => None,
    };
    let (folder, mode) = (dir.to_owned(), identity.mode);
    let work = move || restore(&folder, &backup, mode, anchor, utc_ms(), &mut |_| ControlFlow::Continue(()));
    let restored = tokio::task::spawn_blocking(work).await.map_err(|error| half_done(&error))?;
    let restored = restored.map_err(|error| problem(&error))?;
    let (ledger, _) = open(dir, identity).await.map_err(|error| half_done(&error))?;
    let event = restored.event(&wanted.reason);
    go_on(dir, ledger, keep, by(wanted.by, event), Begin::AsBefore).await.map_err(|why| half_done(&why))
}

/// Goes on with a journal that is not in order, or not the one that its anchor knows: writes down who wanted that, and
/// anchors it as it is. Where its chain is broken, checks begin behind it from now on. The ledger in `dir` must be closed.
///
/// # Errors
/// `restore_not_needed` where nothing is wrong; `keychain_failed` where the anchor cannot be read; `storage_failed` where the
/// ledger cannot be opened. It is as it was then. `restore_half_done`: not all of it was done.
pub async fn accept_as_it_is(
    dir: &Path,
    identity: Identity,
    keep: Option<Keep>,
    wanted: Wanted,
) -> Result<(), Problem> {
    // From where it was accepted is remembered there and nowhere else.
    let keep = keep.ok_or_else(|| Problem::new("keychain_failed").with("detail", "this folder has no anchor"))?;
    let anchor = read(&keep).await?;
    let (folder, mode) = (dir.to_owned(), identity.mode);
    let look = move || {
        let finding = Reader::open(&folder).and_then(|reader| reader.holds_a_finding()).unwrap_or_default();
        (condition(&folder, mode, anchor), finding)
    };
    let look = tokio::task::spawn_blocking(look).await;
    let (found, holds_a_finding) = look.map_err(|error| unusable(&error))?;
    if found == Condition::Unreadable {
        return Err(unusable(&"it cannot be read"));
    }
    let (ledger, opened) = open(dir, identity).await.map_err(|error| unusable(&error))?;
    let begin = match found {
        // A finding that was written down refuses money until somebody decides, whatever the file says by now.
        Condition::InOrder if !holds_a_finding => {
            ledger.close().await;
            return Err(problem(&BackupError::NotNeeded));
        }
        Condition::InOrder | Condition::NotAsAnchored => Begin::AsBefore,
        Condition::Broken | Condition::Unreadable => Begin::Here,
    };
    // The lists may know lines that are gone. Where they cannot be made, they stay as they are.
    if let Err(error) = ledger.rebuild_view().await {
        tracing::warn!(%error, "the lists cannot be made from the journal as it is");
    }
    let event = accepted_as_it_is(opened.last_number, &wanted.reason);
    go_on(dir, ledger, Some(keep), by(wanted.by, event), begin).await.map_err(|why| half_done(&why))
}

async fn read(keep: &Keep) -> Result<Option<Anchor>, Problem> {
    keep.read().await.map_err(|detail| Problem::new("keychain_failed").with("detail", detail))
}

async fn open(dir: &Path, identity: Identity) -> Result<(Ledger, Opened), LedgerError> {
    let folder = dir.to_owned();
    tokio::task::spawn_blocking(move || Ledger::open(&folder, identity)).await.expect("opening does not panic")
}

fn by(operator: String, event: StoreEvent) -> Entry {
    Entry { at_ms: utc_ms(), operator, fact: Fact::Store(event) }
}

/// Writes down who wanted it, and anchors what there is from now on. Answers why it is not all done.
async fn go_on(dir: &Path, ledger: Ledger, keep: Option<Keep>, entry: Entry, begin: Begin) -> Result<(), String> {
    let opened_at = match ledger.append(vec![entry]).await {
        Persist::Ok { last_number } => last_number,
        Persist::Failed(why) | Persist::Unknown(why) => {
            // Nobody said that they want it, so the anchor stays: it is evidence.
            ledger.close().await;
            return Err(why);
        }
    };
    let Some(keep) = keep else {
        ledger.close().await;
        return Ok(());
    };
    let anchors = Anchors::start(keep, dir.to_owned(), opened_at, ledger.tips(), utc_ms);
    let state = anchors.state();
    match begin {
        Begin::AsBefore => anchors.anchor_anew().await,
        Begin::Here => anchors.accept_as_it_is().await,
    }
    ledger.close().await;
    anchors.finish().await;
    let failing = state.borrow().failing.clone();
    failing.map_or(Ok(()), Err)
}

fn unusable(detail: &impl std::fmt::Display) -> Problem {
    Problem::new("storage_failed").with("detail", detail)
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
