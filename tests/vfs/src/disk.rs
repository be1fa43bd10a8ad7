//! The disk: files by name, and the log of everything that changed one.

use crate::content::Content;
use crate::faults::{Call, Faults, Plan};
use crate::locks::{FileLocks, SlotLocks};
use rusqlite::ffi;
use std::collections::BTreeMap;
use std::ffi::c_int;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard};

/// Which file, whatever its name is by now.
pub(crate) type FileId = u64;
/// An answer, or SQLite's code for what went wrong.
pub(crate) type Answer<T> = Result<T, c_int>;

/// Something that reached the disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Op {
    /// A file got a name.
    Create {
        /// The name, within its folder.
        name: String,
        /// The file.
        file: u64,
    },
    /// A name is gone.
    Delete {
        /// The name.
        name: String,
    },
    /// Bytes were written.
    Write {
        /// The file.
        file: u64,
        /// Where.
        at: usize,
        /// What.
        bytes: Vec<u8>,
    },
    /// A file was cut, or lengthened with zeros.
    SetLen {
        /// The file.
        file: u64,
        /// Its length now.
        len: usize,
    },
    /// Everything that was written to a file is kept.
    Sync {
        /// The file.
        file: u64,
    },
    /// A sync failed: what it should have kept may be lost even if a later one succeeds.
    SyncFailed {
        /// The file.
        file: u64,
    },
    /// All names are kept as they are.
    SyncNames,
}

/// What a disk holds at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Image {
    pub(crate) names: BTreeMap<String, FileId>,
    pub(crate) files: BTreeMap<FileId, Content>,
}

impl Image {
    /// The bytes of a file.
    pub fn file(&self, name: &str) -> Option<&Content> {
        self.files.get(self.names.get(name)?)
    }

    /// Puts a file in the place of one with this name.
    pub fn put(&mut self, name: &str, content: Content) {
        let file = self.files.last_key_value().map_or(0, |(last, _)| last + 1);
        self.files.insert(file, content);
        self.names.insert(name.to_owned(), file);
    }
}

/// So much room has a disk, until a file of the real folder is deleted.
struct Room {
    bytes: usize,
    ballast: PathBuf,
    ballast_bytes: usize,
}

#[derive(Default)]
pub(crate) struct State {
    pub(crate) now: Image,
    pub(crate) next: FileId,
    pub(crate) locks: BTreeMap<FileId, FileLocks>,
    pub(crate) shared: BTreeMap<FileId, Shared>,
    log: Option<Vec<Op>>,
    /// Operations before the log's first.
    forgotten: usize,
    pub(crate) faults: Faults,
    room: Option<Room>,
    /// Calls that failed for want of room.
    pub(crate) refused: u64,
}

/// The memory that the connections to one log share.
#[derive(Default)]
pub(crate) struct Shared {
    pub(crate) regions: Vec<Box<[AtomicU64]>>,
    pub(crate) locks: SlotLocks,
    pub(crate) users: u32,
}

/// A disk in memory.
#[derive(Default)]
pub struct Disk {
    state: Mutex<State>,
}

impl Disk {
    /// An empty one.
    pub fn new() -> Arc<Disk> {
        Disk::with(Image::default())
    }

    /// One that holds this.
    pub fn with(image: Image) -> Arc<Disk> {
        let next = image.files.last_key_value().map_or(0, |(last, _)| last + 1);
        Arc::new(Disk { state: Mutex::new(State { now: image, next, ..State::default() }) })
    }

    /// Begins the log.
    pub fn record(&self) {
        self.state().log.get_or_insert_default();
    }

    /// How many operations have reached the disk since the log began.
    pub fn position(&self) -> usize {
        let state = self.state();
        state.forgotten + state.log.as_ref().map_or(0, Vec::len)
    }

    /// Takes the log out; what comes later begins another. The position goes on.
    pub fn take_log(&self) -> Vec<Op> {
        let mut state = self.state();
        let log = state.log.as_mut().map(std::mem::take).unwrap_or_default();
        state.forgotten += log.len();
        log
    }

    /// The operations so far.
    pub fn log(&self) -> Vec<Op> {
        self.state().log.clone().unwrap_or_default()
    }

    /// What it holds now, as the running programs see it.
    pub fn image(&self) -> Image {
        self.state().now.clone()
    }

    /// Keeps all names as they are: what the product does to the real folder, where this disk cannot see it.
    pub fn sync_names(&self) {
        self.state().note(Op::SyncNames);
    }

    /// Has calls fail.
    pub fn plan(&self, plan: Plan) {
        self.state().faults.plan(Some(plan));
    }

    /// How many calls have failed by the plan, or for want of room.
    pub fn hits(&self) -> u64 {
        let state = self.state();
        state.faults.hits() + state.refused
    }

    /// How many calls the plan could have hit.
    pub fn calls(&self) -> u64 {
        self.state().faults.seen()
    }

    /// All goes well again. Answers how many calls failed.
    pub fn heal(&self) -> u64 {
        let mut state = self.state();
        let hits = state.faults.hits() + std::mem::take(&mut state.refused);
        state.faults.plan(None);
        state.room = None;
        hits
    }

    /// From now on there is no room for more than `spare` further bytes, and `ballast_bytes` more once the ballast is deleted.
    pub fn limit(&self, spare: usize, ballast: PathBuf, ballast_bytes: usize) {
        let mut state = self.state();
        let bytes = state.bytes() + spare;
        state.room = Some(Room { bytes, ballast, ballast_bytes });
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no holder of this lock panics")
    }

    pub(crate) fn exists(&self, name: &str) -> bool {
        self.state().now.names.contains_key(name)
    }

    pub(crate) fn delete(&self, name: &str, sync_names: bool) -> Answer<()> {
        let mut state = self.state();
        if state.faults.at(Call::Delete).is_some() {
            return Err(ffi::SQLITE_IOERR_DELETE);
        }
        if state.now.names.remove(name).is_none() {
            return Err(ffi::SQLITE_IOERR_DELETE_NOENT);
        }
        state.note(Op::Delete { name: name.to_owned() });
        if sync_names {
            state.note(Op::SyncNames);
        }
        Ok(())
    }
}

impl State {
    pub(crate) fn note(&mut self, op: Op) {
        if let Some(log) = &mut self.log {
            log.push(op);
        }
    }

    fn bytes(&self) -> usize {
        self.now.files.values().map(Content::len).sum()
    }

    pub(crate) fn has_room(&self, more: usize) -> bool {
        self.room.as_ref().is_none_or(|room| {
            let freed = if room.ballast.exists() { 0 } else { room.ballast_bytes };
            self.bytes() + more <= room.bytes + freed
        })
    }

    pub(crate) fn content(&mut self, file: FileId) -> &mut Content {
        self.now.files.entry(file).or_default()
    }

    pub(crate) fn write(&mut self, file: FileId, at: usize, bytes: &[u8], temporary: bool) {
        self.content(file).write(at, bytes);
        if !temporary && self.log.is_some() {
            self.note(Op::Write { file, at, bytes: bytes.to_vec() });
        }
    }
}
