//! An open file: what SQLite does with it, and how that fails.

use crate::content::Content;
use crate::disk::{Answer, Disk, FileId, Op};
use crate::faults::{Call, Fault};
use crate::locks::{FileLocks, Level, SLOTS, SlotsHeld};
use rusqlite::ffi;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

/// A region of shared memory has so many bytes.
pub(crate) const REGION_BYTES: usize = 32 * 1024;

/// How a file is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    pub(crate) write: bool,
    pub(crate) create: bool,
    pub(crate) exclusive: bool,
    pub(crate) delete_on_close: bool,
    /// SQLite's own file systems keep the name of such a file with its first sync.
    pub(crate) is_log: bool,
}

/// An open file.
pub(crate) struct Handle {
    disk: Arc<Disk>,
    file: FileId,
    temporary: bool,
    pub(crate) reads_only: bool,
    delete_on_close: Option<String>,
    name_waits: bool,
    level: Level,
    slots: SlotsHeld,
    shares: bool,
}

impl Handle {
    /// Opens a file; one without a name is nobody else's, and gone when it is closed.
    pub(crate) fn open(disk: &Arc<Disk>, name: Option<&str>, how: Opening) -> Answer<Handle> {
        let mut state = disk.state();
        let call = if how.write { Call::OpenToWrite } else { Call::OpenToRead };
        let known = name.and_then(|name| state.now.names.get(name).copied());
        let mut reads_only = !how.write;
        match state.faults.at(call) {
            // As the system does it: what cannot be opened for writing is opened for reading.
            Some(Fault::ReadOnly) if known.is_some() => reads_only = true,
            Some(_) => return Err(ffi::SQLITE_CANTOPEN),
            None => {}
        }
        let file = match known {
            Some(_) if how.create && how.exclusive => return Err(ffi::SQLITE_CANTOPEN),
            Some(file) => file,
            None if !how.create && name.is_some() => return Err(ffi::SQLITE_CANTOPEN),
            None => {
                let file = state.next;
                state.next += 1;
                state.now.files.insert(file, Content::default());
                if let Some(name) = name {
                    state.now.names.insert(name.to_owned(), file);
                    state.note(Op::Create { name: name.to_owned(), file });
                }
                file
            }
        };
        let delete_on_close = name.filter(|_| how.delete_on_close).map(str::to_owned);
        Ok(Handle {
            disk: disk.clone(),
            file,
            temporary: name.is_none(),
            reads_only,
            delete_on_close,
            name_waits: how.is_log && how.create && !reads_only,
            level: Level::None,
            slots: SlotsHeld::default(),
            shares: false,
        })
    }

    pub(crate) fn read(&self, at: usize, into: &mut [u8]) -> Answer<()> {
        let mut state = self.disk.state();
        let fault = if self.temporary { None } else { state.faults.at(Call::Read) };
        match fault {
            Some(Fault::ShortRead) => {
                let half = into.len() / 2;
                state.content(self.file).read(at, &mut into[..half]);
                into[half..].fill(0);
                return Err(ffi::SQLITE_IOERR_SHORT_READ);
            }
            Some(_) => return Err(ffi::SQLITE_IOERR_READ),
            None => {}
        }
        let count = state.content(self.file).read(at, into);
        if count < into.len() {
            into[count..].fill(0);
            return Err(ffi::SQLITE_IOERR_SHORT_READ);
        }
        Ok(())
    }

    pub(crate) fn write(&self, at: usize, bytes: &[u8]) -> Answer<()> {
        let mut state = self.disk.state();
        if self.temporary {
            state.write(self.file, at, bytes, true);
            return Ok(());
        }
        let more = (at + bytes.len()).saturating_sub(state.content(self.file).len());
        let call = if more > 0 { Call::Grow } else { Call::Write };
        let mut fault = state.faults.at(call);
        if fault.is_none() && more > 0 && !state.has_room(more) {
            state.refused += 1;
            fault = Some(Fault::NoSpace);
        }
        let Some(fault) = fault else {
            state.write(self.file, at, bytes, false);
            return Ok(());
        };
        if fault == Fault::ReadOnly {
            return Err(ffi::SQLITE_IOERR_WRITE);
        }
        state.write(self.file, at, &bytes[..bytes.len() / 2], false);
        Err(if fault == Fault::NoSpace { ffi::SQLITE_FULL } else { ffi::SQLITE_IOERR_WRITE })
    }

    pub(crate) fn truncate(&self, len: usize) -> Answer<()> {
        let mut state = self.disk.state();
        if !self.temporary && state.faults.at(Call::Truncate).is_some() {
            return Err(ffi::SQLITE_IOERR_TRUNCATE);
        }
        state.content(self.file).set_len(len);
        if !self.temporary {
            state.note(Op::SetLen { file: self.file, len });
        }
        Ok(())
    }

    pub(crate) fn sync(&mut self) -> Answer<()> {
        if self.temporary {
            return Ok(());
        }
        let mut state = self.disk.state();
        if state.faults.at(Call::Sync).is_some() {
            state.note(Op::SyncFailed { file: self.file });
            return Err(ffi::SQLITE_IOERR_FSYNC);
        }
        state.note(Op::Sync { file: self.file });
        if std::mem::take(&mut self.name_waits) {
            state.note(Op::SyncNames);
        }
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.disk.state().content(self.file).len()
    }

    pub(crate) fn lock(&mut self, level: Level) -> Answer<()> {
        let mut state = self.disk.state();
        if state.faults.at(Call::Lock).is_some() {
            return Err(ffi::SQLITE_IOERR_LOCK);
        }
        state.locks.entry(self.file).or_default().lock(&mut self.level, level).map_err(|_| ffi::SQLITE_BUSY)
    }

    pub(crate) fn unlock(&mut self, level: Level) {
        self.disk.state().locks.entry(self.file).or_default().unlock(&mut self.level, level);
    }

    pub(crate) fn is_reserved(&self) -> bool {
        self.disk.state().locks.get(&self.file).is_some_and(FileLocks::is_reserved)
    }

    /// The place of a region of shared memory; `None` where there is none and none is to be made.
    pub(crate) fn map(&mut self, region: usize, extend: bool) -> Answer<Option<*mut std::ffi::c_void>> {
        let mut state = self.disk.state();
        if state.faults.at(Call::MapMemory).is_some() {
            return Err(ffi::SQLITE_IOERR_SHMMAP);
        }
        let shared = state.shared.entry(self.file).or_default();
        if !std::mem::replace(&mut self.shares, true) {
            shared.users += 1;
        }
        while shared.regions.len() <= region {
            if !extend {
                return Ok(None);
            }
            shared.regions.push((0..REGION_BYTES / 8).map(|_| AtomicU64::new(0)).collect());
        }
        Ok(Some(shared.regions[region].as_ptr().cast_mut().cast()))
    }

    pub(crate) fn lock_slots(&mut self, slots: std::ops::Range<usize>, exclusive: bool) -> Answer<()> {
        let mut state = self.disk.state();
        let locks = &mut state.shared.entry(self.file).or_default().locks;
        let locked = match exclusive {
            true => locks.lock_exclusive(&mut self.slots, slots),
            false => locks.lock_shared(&mut self.slots, slots),
        };
        locked.map_err(|_| ffi::SQLITE_BUSY)
    }

    pub(crate) fn unlock_slots(&mut self, slots: std::ops::Range<usize>) {
        self.disk.state().shared.entry(self.file).or_default().locks.unlock(&mut self.slots, slots);
    }

    /// Lets go of the shared memory. It is forgotten with its last user, as the file beside a log is by a restart.
    pub(crate) fn unmap(&mut self) {
        if !std::mem::take(&mut self.shares) {
            return;
        }
        let mut state = self.disk.state();
        let shared = state.shared.entry(self.file).or_default();
        shared.locks.unlock(&mut self.slots, 0..SLOTS);
        shared.users -= 1;
        if shared.users == 0 {
            state.shared.remove(&self.file);
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        self.unmap();
        self.unlock(Level::None);
        let mut state = self.disk.state();
        if let Some(name) = self.delete_on_close.take() {
            state.now.names.remove(&name);
            state.note(Op::Delete { name });
        }
        if self.temporary {
            state.now.files.remove(&self.file);
        }
    }
}
