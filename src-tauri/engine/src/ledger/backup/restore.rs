//! A copy in the place of a ledger that cannot be used any more.

use super::super::{FILE_NAME, Lock, Tip};
use super::{BackupError, Condition, OnStep, at, check_backup, condition, file_name, remove, stamp, sync};
use crate::ledger::{Anchor, Reader};
use crate::settings::{Mode, paths};
use checkstand_core::store::StoreEvent;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// What SQLite keeps beside its file. The log of one file beside another would be read into it.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// What was put in place, and what is not in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The copy's file name.
    pub from: String,
    /// The last line of the ledger now.
    pub tip: Tip,
    /// The first and the last line behind it that the old file had, as far as it could be read.
    pub lost: Option<(i64, i64)>,
    /// The payments that those lines are about: somebody must look at each at its provider.
    pub lost_payments: BTreeSet<String>,
    /// Whether the old file could be read to its end; if not, more may be lost than is known.
    pub all_known: bool,
    /// Where the old files are; `None` where there were none.
    pub kept_in: Option<PathBuf>,
}

impl Restored {
    /// What the ledger records first, in the words of the manager who wanted it. Then it is anchored anew.
    pub fn event(&self, reason: &str) -> StoreEvent {
        StoreEvent::Restored { from: self.from.clone(), number: self.tip.number, reason: reason.to_owned() }
    }
}

/// What a manager's acceptance of a ledger as it is records; `number` is its last line. Then it is anchored anew.
pub fn accepted_as_it_is(number: i64, reason: &str) -> StoreEvent {
    StoreEvent::Restored { from: "as_it_is".to_owned(), number, reason: reason.to_owned() }
}

/// Puts a copy in the place of the ledger in this folder, which must be closed. The copy is checked where it will lie; the old
/// files are kept under `replaced-<UTC time>`. A stop at any moment leaves the old ledger or the copy in place. Blocks.
///
/// # Errors
/// [`BackupError::NotNeeded`] where the ledger is in order and agrees with `anchor`; [`LedgerError::InUse`] in
/// [`BackupError::Ledger`]; any other [`BackupError`]. The ledger is as it was then.
///
/// [`LedgerError::InUse`]: super::LedgerError::InUse
pub fn restore(
    dir: &Path,
    backup: &Path,
    mode: Mode,
    anchor: Option<Anchor>,
    now_ms: i64,
    on_step: OnStep<'_>,
) -> Result<Restored, BackupError> {
    paths::make_dir(dir).map_err(|source| at(dir, source))?;
    let _lock = Lock::take(dir)?;
    if condition(dir, mode, anchor) == Condition::InOrder {
        return Err(BackupError::NotNeeded);
    }
    let ready = dir.join("ledger.restoring.db");
    let copied = fs::copy(backup, &ready).map(|_| ()).map_err(|source| at(backup, source));
    let restored = copied
        .and_then(|()| sync(&ready))
        .and_then(|()| check_backup(&ready, mode, dir, anchor, on_step))
        .and_then(|copy| replace(dir, &ready, copy.tip, now_ms));
    match restored {
        Ok(restored) => Ok(Restored { from: file_name(backup), ..restored }),
        Err(error) => {
            remove(&ready)?;
            Err(error)
        }
    }
}

fn replace(dir: &Path, ready: &Path, tip: Tip, now_ms: i64) -> Result<Restored, BackupError> {
    let ledger = dir.join(FILE_NAME);
    let (lost, lost_payments, all_known) = lost(dir, tip.number);
    let mut restored = Restored { from: String::new(), tip, lost, lost_payments, all_known, kept_in: None };
    let beside = BESIDE.map(|ending| format!("{FILE_NAME}{ending}"));
    if ledger.exists() || beside.iter().any(|name| dir.join(name).exists()) {
        let kept_in = dir.join(format!("replaced-{}", stamp(now_ms)));
        fs::create_dir(&kept_in).map_err(|source| at(&kept_in, source))?;
        if ledger.exists() {
            keep(&ledger, &kept_in.join(FILE_NAME))?;
        }
        for name in beside.iter().filter(|name| dir.join(name).exists()) {
            fs::rename(dir.join(name), kept_in.join(name)).map_err(|source| at(&dir.join(name), source))?;
        }
        paths::sync_dir(&kept_in).map_err(|source| at(&kept_in, source))?;
        paths::sync_dir(dir).map_err(|source| at(dir, source))?;
        restored.kept_in = Some(kept_in);
    }
    fs::rename(ready, &ledger).map_err(|source| at(&ledger, source))?;
    paths::sync_dir(dir).map_err(|source| at(dir, source))?;
    Ok(restored)
}

/// Gives a file a second name, or copies it. It is not moved: without a ledger, the next start would begin a new one.
fn keep(file: &Path, kept: &Path) -> Result<(), BackupError> {
    if fs::hard_link(file, kept).is_err() {
        fs::copy(file, kept).map_err(|source| at(kept, source))?;
    }
    sync(kept)
}

/// What the old file had behind this line: the first and last number, the payments, and whether it could be read to its end.
fn lost(dir: &Path, number: i64) -> (Option<(i64, i64)>, BTreeSet<String>, bool) {
    let (mut lost, mut payments) = (None, BTreeSet::new());
    if !dir.join(FILE_NAME).exists() {
        return (None, payments, false);
    }
    let Ok(reader) = Reader::open(dir) else { return (None, payments, false) };
    let mut read = || -> rusqlite::Result<()> {
        let sql = "SELECT number, payment FROM journal WHERE number > ?1 ORDER BY number";
        let mut statement = reader.conn().prepare(sql)?;
        let mut rows = statement.query([number])?;
        while let Some(sql) = rows.next()? {
            let number: i64 = sql.get(0)?;
            let (first, _) = *lost.get_or_insert((number, number));
            lost = Some((first, number));
            payments.extend(sql.get::<_, Option<String>>(1)?.filter(|payment| !payment.is_empty()));
        }
        Ok(())
    };
    let all_known = read().is_ok();
    (lost, payments, all_known)
}
