//! Copies of the ledger: made beside a working till, checked like the ledger itself, and told apart from files of others.

mod restore;

pub use restore::{Restored, accepted_as_it_is, restore};

use super::anchor::Anchor;
use super::verify::{self, Checked, End, Fault};
use super::{AnchorVerdict, FILE_NAME, LedgerError, Reader, Tip, schema};
use crate::settings::{Mode, paths};
use checkstand_core::store::StoreEvent;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The folder of the copies, beside the ledger.
const FOLDER: &str = "backups";
/// One megabyte at a time.
const PAGES_PER_STEP: i32 = 256;
/// The file may be taken for a moment, by a program that looks for viruses for instance.
const TRIES_MAX: u32 = 100;
const TRY_AGAIN_AFTER: Duration = Duration::from_millis(50);

/// How far making or checking a copy has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BackupStep {
    /// Pages of the file that were copied, of so many.
    Copied {
        /// So many.
        pages: i32,
        /// Of so many.
        of: i32,
    },
    /// Lines of the journal that were checked, of so many.
    Checked {
        /// The line that was reached.
        number: i64,
        /// The last line.
        of: i64,
    },
}

/// Hears each step, and can call it off.
pub type OnStep<'a> = &'a mut dyn FnMut(BackupStep) -> ControlFlow<()>;

/// A copy that was checked: whole, sound, of this mode, and of this ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The file.
    pub path: PathBuf,
    /// Its last line.
    pub tip: Tip,
}

impl Copy {
    /// What the ledger records about making it.
    pub fn made(&self) -> StoreEvent {
        StoreEvent::BackedUp { file: self.file_name(), number: self.tip.number }
    }

    /// The file's name, without its folder.
    pub fn file_name(&self) -> String {
        file_name(&self.path)
    }
}

/// A file in the folder of the copies, unchecked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The file.
    pub path: PathBuf,
    /// When it was made, as its name says: `20260131T235959Z`.
    pub made_at: String,
    /// Its last line, as its name says.
    pub number: i64,
    /// Its size in bytes.
    pub bytes: u64,
}

/// Why a copy was not made, or is of no use.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// It was called off; nothing of it remains.
    #[error("it was called off")]
    Stopped,
    /// The file is no database, or one that is destroyed.
    #[error("{} is not a database", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// A database of another program.
    #[error("{} is not a ledger", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// It is about other money.
    #[error("this copy is of mode {found:?}, not {:?}", asked.name())]
    OtherMode {
        /// What the file says.
        found: Mode,
        /// What was asked for.
        asked: Mode,
    },
    /// It is of another till, or of this one before its ledger was begun anew.
    #[error("this copy is of another ledger: line {number} is not ours")]
    OtherLedger {
        /// The first line that is not ours, as far as can be told.
        number: i64,
    },
    /// A newer version of this program has written it. Install that version.
    #[error("the copy was written by a newer version: it knows migration {version}")]
    NewerSchema {
        /// The first migration that this version does not know.
        version: i64,
    },
    /// Its journal is not in order.
    #[error("entry {} of the copy: {}", fault.number, fault.what)]
    Broken {
        /// What is wrong.
        fault: Fault,
    },
    /// The file itself is damaged, in SQLite's words.
    #[error("the copy is damaged: {what}")]
    Damaged {
        /// What is wrong.
        what: String,
    },
    /// The ledger here is in order, and agrees with its anchor: nothing is restored over it.
    #[error("the ledger is in order; nothing needs to be restored")]
    NotNeeded,
    /// A file or folder cannot be read or made.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The ledger cannot be read, or is in use.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
}

impl From<rusqlite::Error> for BackupError {
    fn from(error: rusqlite::Error) -> BackupError {
        BackupError::Ledger(error.into())
    }
}

/// Copies the ledger in this folder to `backups/<UTC time>-<last number>.db` and checks the copy. The till goes on meanwhile;
/// what it appends after the start is not in the copy. One at a time; blocks.
///
/// # Errors
/// [`BackupError`]; nothing of the copy remains then.
pub fn back_up(dir: &Path, anchor: Option<Anchor>, now_ms: i64, on_step: OnStep<'_>) -> Result<Copy, BackupError> {
    let folder = dir.join(FOLDER);
    paths::make_dir(&folder).map_err(|source| at(&folder, source))?;
    let half = folder.join("half.db");
    let made = make(dir, &half, on_step).and_then(|(mode, tip)| {
        let copy = check_backup(&half, mode, dir, anchor, on_step)?;
        debug_assert_eq!(copy.tip, tip);
        let path = folder.join(format!("{}-{:09}.db", stamp(now_ms), tip.number));
        fs::rename(&half, &path).map_err(|source| at(&path, source))?;
        paths::sync_dir(&folder).map_err(|source| at(&folder, source))?;
        Ok(Copy { path, tip })
    });
    if made.is_err() {
        remove(&half)?;
    }
    made
}

/// The copies in this folder, newest first, by their names.
///
/// # Errors
/// The folder cannot be read; that there is none is no error.
pub fn backups(dir: &Path) -> io::Result<Vec<Listed>> {
    let entries = match fs::read_dir(dir.join(FOLDER)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut listed = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some((made_at, number)) = name.strip_suffix(".db").and_then(|name| name.split_once('-')) else { continue };
        let Ok(number) = number.parse() else { continue };
        let made_at = made_at.to_owned();
        listed.push(Listed { path: entry.path(), made_at, number, bytes: entry.metadata()?.len() });
    }
    listed.sort_by(|one, other| (&other.made_at, other.number).cmp(&(&one.made_at, one.number)));
    Ok(listed)
}

/// Checks a copy: that it is a ledger of this mode, whole and in order, and this ledger's. It is where it holds the line that
/// `anchor` names, or where the journal in `dir` begins with it. Where that journal is broken itself, it is enough that they
/// begin alike; where it cannot be read at all, nothing contradicts the copy. Blocks.
///
/// # Errors
/// [`BackupError`]
pub fn check_backup(
    path: &Path,
    mode: Mode,
    dir: &Path,
    anchor: Option<Anchor>,
    on_step: OnStep<'_>,
) -> Result<Copy, BackupError> {
    look_into(path, mode, dir, anchor, on_step).map_err(|error| match error {
        BackupError::Ledger(LedgerError::NotALedger { path }) => BackupError::NotALedger { path },
        BackupError::Ledger(LedgerError::NewerSchema { version }) => BackupError::NewerSchema { version },
        BackupError::Ledger(LedgerError::Storage(error)) => match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => BackupError::NotADatabase { path: path.to_owned() },
            Some(ErrorCode::DatabaseCorrupt) => BackupError::Damaged { what: error.to_string() },
            _ => BackupError::Ledger(error.into()),
        },
        other => other,
    })
}

fn look_into(
    path: &Path,
    mode: Mode,
    dir: &Path,
    anchor: Option<Anchor>,
    on_step: OnStep<'_>,
) -> Result<Copy, BackupError> {
    let copy = open_copy(path, mode)?;
    let of = verify::last(&copy)?.map_or(0, |tip| tip.number);
    let progress = &mut |number| on_step(BackupStep::Checked { number, of });
    let Checked { through, end } = verify::check(&copy, mode, Anchor::begin(anchor, &copy)?, None, progress)?;
    match end {
        End::Sound => {}
        End::Stopped => return Err(BackupError::Stopped),
        End::Broken(fault) => return Err(BackupError::Broken { fault }),
    }
    let whole: String = copy.query_row("PRAGMA integrity_check(1)", [], |sql| sql.get(0))?;
    if whole != "ok" {
        return Err(BackupError::Damaged { what: whole });
    }
    is_ours(&copy, through, mode, dir, anchor)?;
    Ok(Copy { path: path.to_owned(), tip: through })
}

/// Opens a file that is said to be a copy, for reading.
fn open_copy(path: &Path, mode: Mode) -> Result<Connection, BackupError> {
    File::open(path).map_err(|source| at(path, source))?;
    let (copy, found) = schema::open_to_read(path)?;
    if found != mode {
        return Err(BackupError::OtherMode { found, asked: mode });
    }
    schema::waiting(&copy, &schema::migrations())?;
    Ok(copy)
}

/// Each line's hash covers all lines before it, so two journals that agree in one line agree up to there.
fn is_ours(copy: &Connection, end: Tip, mode: Mode, dir: &Path, anchor: Option<Anchor>) -> Result<(), BackupError> {
    if let Some(anchor) = anchor.filter(|anchor| anchor.tip.number <= end.number) {
        return match verify::differs(copy, anchor.tip, "")? {
            None => Ok(()),
            Some(fault) => Err(BackupError::OtherLedger { number: fault.number }),
        };
    }
    let Ok((current, _)) = schema::open_to_read(&dir.join(FILE_NAME)) else { return Ok(()) };
    let same =
        |number| -> rusqlite::Result<bool> { Ok(verify::at_most(copy, number)? == verify::at_most(&current, number)?) };
    let Ok(Some(shared)) = verify::at_most(&current, end.number) else { return Ok(()) };
    let agrees = verify::at_most(copy, shared.number)? == Some(shared);
    if agrees {
        return Ok(());
    }
    let (mut alike, mut other) = (0, shared.number);
    while other - alike > 1 {
        let middle = alike + (other - alike) / 2;
        // A line that cannot be read is not the copy's fault; it parts them, and the ledger here is broken.
        if same(middle).unwrap_or(false) {
            alike = middle;
        } else {
            other = middle;
        }
    }
    drop(current);
    if alike > 0 && condition(dir, mode, anchor) != Condition::InOrder {
        Ok(())
    } else {
        Err(BackupError::OtherLedger { number: other })
    }
}

/// How a closed ledger stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// Nothing is wrong with it.
    InOrder,
    /// Its chain is in order, but it is not the one that its anchor knows, or ends before what its lists have seen.
    NotAsAnchored,
    /// Its chain is not in order.
    Broken,
    /// It is missing, cannot be read, or is of another mode.
    Unreadable,
}

/// How the ledger in this folder stands, from behind what was accepted as it is. Blocks.
pub fn condition(dir: &Path, mode: Mode, anchor: Option<Anchor>) -> Condition {
    let look = || -> Result<Condition, LedgerError> {
        let reader = Reader::open(dir)?;
        if reader.mode() != mode {
            return Ok(Condition::Unreadable);
        }
        let checked = reader.check(reader.begin(anchor)?, None, &mut |_| ControlFlow::Continue(()))?;
        let agrees = !matches!(Anchor::judge(anchor, &reader)?, AnchorVerdict::Broken(_));
        let seen_number = super::view::last_number(reader.conn())?;
        Ok(match checked.end {
            End::Sound if agrees && seen_number <= checked.through.number => Condition::InOrder,
            End::Sound => Condition::NotAsAnchored,
            End::Broken(_) | End::Stopped => Condition::Broken,
        })
    };
    look().unwrap_or(Condition::Unreadable)
}

/// Copies the file, page by page, as it is at one moment.
fn make(dir: &Path, half: &Path, on_step: OnStep<'_>) -> Result<(Mode, Tip), BackupError> {
    remove(half)?;
    let (source, mode) = schema::open_to_read(&dir.join(FILE_NAME))?;
    // Within a transaction, so that no append makes it begin again.
    let moment = source.unchecked_transaction()?;
    let tip = verify::last(&moment)?.unwrap_or(Tip::START);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut copy = Connection::open_with_flags(half, flags)?;
    {
        let backup = Backup::new(&moment, &mut copy)?;
        let mut tries = 0;
        let mut done = false;
        while !done {
            match backup.step(PAGES_PER_STEP)? {
                StepResult::Done => done = true,
                StepResult::More => tries = 0,
                _ if tries < TRIES_MAX => {
                    tries += 1;
                    std::thread::sleep(TRY_AGAIN_AFTER);
                }
                _ => return Err(LedgerError::Busy.into()),
            }
            let progress = backup.progress();
            let step = BackupStep::Copied { pages: progress.pagecount - progress.remaining, of: progress.pagecount };
            if on_step(step).is_break() {
                return Err(BackupError::Stopped);
            }
        }
    }
    drop(copy);
    // One file that needs no other beside it.
    let copy = Connection::open_with_flags(half, flags)?;
    copy.pragma_update(None, "journal_mode", "DELETE")?;
    drop(copy);
    sync(half)?;
    Ok((mode, tip))
}

fn sync(path: &Path) -> Result<(), BackupError> {
    // Windows syncs only what can be written.
    let file = OpenOptions::new().write(true).open(path).map_err(|source| at(path, source))?;
    file.sync_all().map_err(|source| at(path, source))
}

fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => Err(at(path, source)),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn at(path: &Path, source: io::Error) -> BackupError {
    BackupError::File { path: path.to_owned(), source }
}

fn file_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A time as part of a file's name; it sorts as it should.
fn stamp(now_ms: i64) -> String {
    let now = jiff::Timestamp::from_millisecond(now_ms).unwrap_or_default();
    now.strftime("%Y%m%dT%H%M%SZ").to_string()
}
