//! The disk as SQLite wants it: C functions over raw pointers. All unsafe code is here.
//!
//! SQLite promises: it calls a file's methods only between its `xOpen` and `xClose`, one call at a time for each file, with
//! pointers that are valid for the call. Two files of one disk are used at once; what they share lies behind the disk's lock.

use crate::disk::{Answer, Disk};
use crate::handle::{Handle, Opening, REGION_BYTES};
use crate::locks::{Level, SLOTS};
use rusqlite::ffi;
use std::collections::BTreeMap;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::path::Path;
use std::ptr;
use std::sync::atomic::{Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

const NAME: &CStr = c"checkstand-memory";
/// SQLite's own file system on Linux says so: a sector is overwritten whole or not at all, and leaves its neighbours alone.
const CHARACTERISTICS: c_int = ffi::SQLITE_IOCAP_POWERSAFE_OVERWRITE | ffi::SQLITE_IOCAP_SUBPAGE_READ;
const SECTOR_BYTES: c_int = 4_096;
const PATH_BYTES_MAX: c_int = 1_024;

/// The file system that was SQLite's default before: it still tells the time and throws the dice.
struct Base(*mut ffi::sqlite3_vfs);

// SAFETY: SQLite's own file system objects live as long as the process and may be called from every thread.
unsafe impl Send for Base {}
// SAFETY: as above.
unsafe impl Sync for Base {}

static BASE: OnceLock<Base> = OnceLock::new();
static MOUNTED: Mutex<BTreeMap<String, Arc<Disk>>> = Mutex::new(BTreeMap::new());

/// What SQLite has of an open file. `methods` comes first: SQLite knows no more of it.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    handle: *mut Handle,
}

/// Makes this file system SQLite's default in this process. Doing it again changes nothing.
///
/// # Panics
/// Where SQLite refuses it.
pub fn install() {
    BASE.get_or_init(|| {
        // SAFETY: a null name asks for the default; SQLite initialises itself and answers with an object that stays.
        let base = unsafe { ffi::sqlite3_vfs_find(ptr::null()) };
        assert!(!base.is_null(), "SQLite has a file system of its own");
        let vfs = Box::leak(Box::new(vfs()));
        // SAFETY: `vfs` is whole and never freed.
        let code = unsafe { ffi::sqlite3_vfs_register(vfs, 1) };
        assert_eq!(code, ffi::SQLITE_OK, "SQLite takes a file system");
        Base(base)
    });
}

/// Lets the files of this folder be those of the disk.
pub fn mount(folder: &Path, disk: Arc<Disk>) {
    mounted().insert(folder.to_string_lossy().into_owned(), disk);
}

/// Takes the disk away; files that are open stay.
pub fn unmount(folder: &Path) -> Option<Arc<Disk>> {
    mounted().remove(folder.to_string_lossy().as_ref())
}

fn mounted() -> MutexGuard<'static, BTreeMap<String, Arc<Disk>>> {
    MOUNTED.lock().expect("no holder of this lock panics")
}

/// The disk of a path, and the file's name on it.
fn find(path: &str) -> Answer<(Arc<Disk>, String)> {
    let (folder, name) = path.rsplit_once('/').ok_or(ffi::SQLITE_CANTOPEN)?;
    let disk = mounted().get(folder).cloned().ok_or(ffi::SQLITE_CANTOPEN)?;
    Ok((disk, name.to_owned()))
}

fn vfs() -> ffi::sqlite3_vfs {
    ffi::sqlite3_vfs {
        iVersion: 2,
        szOsFile: c_int::try_from(size_of::<File>()).expect("small"),
        mxPathname: PATH_BYTES_MAX,
        pNext: ptr::null_mut(),
        zName: NAME.as_ptr(),
        pAppData: ptr::null_mut(),
        xOpen: Some(open),
        xDelete: Some(delete),
        xAccess: Some(access),
        xFullPathname: Some(full_path),
        xDlOpen: None,
        xDlError: None,
        xDlSym: None,
        xDlClose: None,
        xRandomness: Some(randomness),
        xSleep: Some(sleep),
        xCurrentTime: None,
        xGetLastError: Some(last_error),
        xCurrentTimeInt64: Some(current_time),
        xSetSystemCall: None,
        xGetSystemCall: None,
        xNextSystemCall: None,
    }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 2,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_reserved),
    xFileControl: Some(file_control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: None,
    xUnfetch: None,
};

fn code(answer: Answer<()>) -> c_int {
    match answer {
        Ok(()) => ffi::SQLITE_OK,
        Err(code) => code,
    }
}

/// The handle of an open file.
///
/// # Safety
/// `file` was opened by [`open`] and is not closed, and no other reference to its handle is alive.
unsafe fn handle<'a>(file: *mut ffi::sqlite3_file) -> &'a mut Handle {
    // SAFETY: by the contract above `file` is the first field of a `File` whose handle is a live box.
    unsafe { &mut *(*file.cast::<File>()).handle }
}

/// A path from SQLite.
///
/// # Safety
/// `name` is null or a string that ends with a zero, valid for as long as the answer is used.
unsafe fn text<'a>(name: *const c_char) -> Option<&'a str> {
    if name.is_null() {
        return None;
    }
    // SAFETY: by the contract above.
    unsafe { CStr::from_ptr(name) }.to_str().ok()
}

unsafe extern "C" fn open(
    _: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    flags_out: *mut c_int,
) -> c_int {
    // SAFETY: SQLite gives room for a `File`; without methods it will not be closed.
    unsafe { (*file).pMethods = ptr::null() };
    // SAFETY: a file's name is null or a string.
    let path = unsafe { text(name) };
    let has = |flag: c_int| flags & flag != 0;
    let how = Opening {
        write: has(ffi::SQLITE_OPEN_READWRITE),
        create: has(ffi::SQLITE_OPEN_CREATE),
        exclusive: has(ffi::SQLITE_OPEN_EXCLUSIVE),
        delete_on_close: has(ffi::SQLITE_OPEN_DELETEONCLOSE),
        is_log: has(ffi::SQLITE_OPEN_WAL | ffi::SQLITE_OPEN_MAIN_JOURNAL | ffi::SQLITE_OPEN_SUPER_JOURNAL),
    };
    let opened = match path {
        Some(path) => find(path).and_then(|(disk, name)| Handle::open(&disk, Some(&name), how)),
        None => Handle::open(&Disk::new(), None, Opening { create: true, ..how }),
    };
    let handle = match opened {
        Ok(handle) => handle,
        Err(code) => return code,
    };
    if !flags_out.is_null() {
        let writes = ffi::SQLITE_OPEN_READWRITE | ffi::SQLITE_OPEN_CREATE;
        let out = if handle.reads_only { flags & !writes | ffi::SQLITE_OPEN_READONLY } else { flags };
        // SAFETY: it is not null, so it is SQLite's variable for this.
        unsafe { *flags_out = out };
    }
    let opened = File { base: ffi::sqlite3_file { pMethods: &METHODS }, handle: Box::into_raw(Box::new(handle)) };
    // SAFETY: SQLite gives room for `szOsFile` bytes, aligned for pointers.
    unsafe { file.cast::<File>().write(opened) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn close(file: *mut ffi::sqlite3_file) -> c_int {
    let file = file.cast::<File>();
    // SAFETY: the file is open, so its handle is a live box, and nobody uses it after this call.
    drop(unsafe { Box::from_raw((*file).handle) });
    // SAFETY: the file's memory is SQLite's still.
    unsafe { (*file).handle = ptr::null_mut() };
    ffi::SQLITE_OK
}

unsafe extern "C" fn read(
    file: *mut ffi::sqlite3_file,
    into: *mut c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(count), Ok(at)) = (usize::try_from(count), usize::try_from(at)) else { return ffi::SQLITE_IOERR_READ };
    // SAFETY: SQLite gives a buffer of `count` bytes for this call.
    let into = unsafe { std::slice::from_raw_parts_mut(into.cast::<u8>(), count) };
    // SAFETY: the file is open, and its calls come one at a time.
    code(unsafe { handle(file) }.read(at, into))
}

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    count: c_int,
    at: ffi::sqlite3_int64,
) -> c_int {
    let (Ok(count), Ok(at)) = (usize::try_from(count), usize::try_from(at)) else { return ffi::SQLITE_IOERR_WRITE };
    // SAFETY: SQLite gives `count` bytes for this call.
    let from = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), count) };
    // SAFETY: the file is open, and its calls come one at a time.
    code(unsafe { handle(file) }.write(at, from))
}

unsafe extern "C" fn truncate(file: *mut ffi::sqlite3_file, len: ffi::sqlite3_int64) -> c_int {
    let Ok(len) = usize::try_from(len) else { return ffi::SQLITE_IOERR_TRUNCATE };
    // SAFETY: the file is open, and its calls come one at a time.
    code(unsafe { handle(file) }.truncate(len))
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is open, and its calls come one at a time.
    code(unsafe { handle(file) }.sync())
}

unsafe extern "C" fn file_size(file: *mut ffi::sqlite3_file, out: *mut ffi::sqlite3_int64) -> c_int {
    // SAFETY: the file is open, and its calls come one at a time.
    let len = unsafe { handle(file) }.len();
    // SAFETY: SQLite gives a variable for the answer.
    unsafe { *out = ffi::sqlite3_int64::try_from(len).expect("it fits in memory") };
    ffi::SQLITE_OK
}

fn level(lock: c_int) -> Level {
    match lock {
        ffi::SQLITE_LOCK_SHARED => Level::Shared,
        ffi::SQLITE_LOCK_RESERVED => Level::Reserved,
        ffi::SQLITE_LOCK_PENDING => Level::Pending,
        ffi::SQLITE_LOCK_EXCLUSIVE => Level::Exclusive,
        _ => Level::None,
    }
}

unsafe extern "C" fn lock(file: *mut ffi::sqlite3_file, lock: c_int) -> c_int {
    // SAFETY: the file is open, and its calls come one at a time.
    code(unsafe { handle(file) }.lock(level(lock)))
}

unsafe extern "C" fn unlock(file: *mut ffi::sqlite3_file, lock: c_int) -> c_int {
    // SAFETY: the file is open, and its calls come one at a time.
    unsafe { handle(file) }.unlock(level(lock));
    ffi::SQLITE_OK
}

unsafe extern "C" fn check_reserved(file: *mut ffi::sqlite3_file, out: *mut c_int) -> c_int {
    // SAFETY: the file is open, and its calls come one at a time.
    let reserved = unsafe { handle(file) }.is_reserved();
    // SAFETY: SQLite gives a variable for the answer.
    unsafe { *out = c_int::from(reserved) };
    ffi::SQLITE_OK
}

unsafe extern "C" fn file_control(_: *mut ffi::sqlite3_file, _: c_int, _: *mut c_void) -> c_int {
    ffi::SQLITE_NOTFOUND
}

unsafe extern "C" fn sector_size(_: *mut ffi::sqlite3_file) -> c_int {
    SECTOR_BYTES
}

unsafe extern "C" fn characteristics(_: *mut ffi::sqlite3_file) -> c_int {
    CHARACTERISTICS
}

unsafe extern "C" fn shm_map(
    file: *mut ffi::sqlite3_file,
    region: c_int,
    bytes: c_int,
    extend: c_int,
    out: *mut *mut c_void,
) -> c_int {
    if usize::try_from(bytes) != Ok(REGION_BYTES) {
        return ffi::SQLITE_IOERR_SHMMAP;
    }
    let Ok(region) = usize::try_from(region) else { return ffi::SQLITE_IOERR_SHMMAP };
    // SAFETY: the file is open, and its calls come one at a time.
    let mapped = unsafe { handle(file) }.map(region, extend != 0);
    // SAFETY: SQLite gives a variable for the answer. The region stays until the last connection to it has let go.
    unsafe { *out = mapped.unwrap_or_default().unwrap_or(ptr::null_mut()) };
    code(mapped.map(|_| ()))
}

unsafe extern "C" fn shm_lock(file: *mut ffi::sqlite3_file, first: c_int, count: c_int, flags: c_int) -> c_int {
    let (Ok(first), Ok(count)) = (usize::try_from(first), usize::try_from(count)) else {
        return ffi::SQLITE_IOERR_SHMLOCK;
    };
    let slots = first..(first + count).min(SLOTS);
    // SAFETY: the file is open, and its calls come one at a time.
    let handle = unsafe { handle(file) };
    if flags & ffi::SQLITE_SHM_UNLOCK != 0 {
        handle.unlock_slots(slots);
        return ffi::SQLITE_OK;
    }
    code(handle.lock_slots(slots, flags & ffi::SQLITE_SHM_EXCLUSIVE != 0))
}

unsafe extern "C" fn shm_barrier(_: *mut ffi::sqlite3_file) {
    fence(Ordering::SeqCst);
}

unsafe extern "C" fn shm_unmap(file: *mut ffi::sqlite3_file, _: c_int) -> c_int {
    // SAFETY: the file is open, and its calls come one at a time.
    unsafe { handle(file) }.unmap();
    ffi::SQLITE_OK
}

unsafe extern "C" fn delete(_: *mut ffi::sqlite3_vfs, name: *const c_char, sync_folder: c_int) -> c_int {
    // SAFETY: SQLite gives a file's name.
    let Some(path) = (unsafe { text(name) }) else { return ffi::SQLITE_IOERR_DELETE };
    code(find(path).and_then(|(disk, name)| disk.delete(&name, sync_folder != 0)))
}

unsafe extern "C" fn access(_: *mut ffi::sqlite3_vfs, name: *const c_char, _: c_int, out: *mut c_int) -> c_int {
    // SAFETY: SQLite gives a file's name.
    let path = unsafe { text(name) };
    let exists = path.and_then(|path| find(path).ok()).is_some_and(|(disk, name)| disk.exists(&name));
    // SAFETY: SQLite gives a variable for the answer.
    unsafe { *out = c_int::from(exists) };
    ffi::SQLITE_OK
}

/// The product opens its files by whole paths, so a path is as it is.
unsafe extern "C" fn full_path(_: *mut ffi::sqlite3_vfs, name: *const c_char, room: c_int, out: *mut c_char) -> c_int {
    // SAFETY: SQLite gives a string.
    let bytes = unsafe { CStr::from_ptr(name) }.to_bytes_with_nul();
    if usize::try_from(room).is_ok_and(|room| bytes.len() <= room) {
        // SAFETY: `out` has room for `room` bytes, no less than are copied, and is another piece of memory.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr().cast(), out, bytes.len()) };
        ffi::SQLITE_OK
    } else {
        ffi::SQLITE_CANTOPEN
    }
}

fn base() -> *mut ffi::sqlite3_vfs {
    BASE.get().map_or(ptr::null_mut(), |base| base.0)
}

unsafe extern "C" fn randomness(_: *mut ffi::sqlite3_vfs, count: c_int, out: *mut c_char) -> c_int {
    let base = base();
    // SAFETY: SQLite's own file system was found before this one was registered; the arguments are passed on as they are.
    unsafe { (*base).xRandomness.map_or(0, |randomness| randomness(base, count, out)) }
}

unsafe extern "C" fn sleep(_: *mut ffi::sqlite3_vfs, microseconds: c_int) -> c_int {
    let base = base();
    // SAFETY: as in `randomness`.
    unsafe { (*base).xSleep.map_or(0, |sleep| sleep(base, microseconds)) }
}

unsafe extern "C" fn current_time(_: *mut ffi::sqlite3_vfs, out: *mut ffi::sqlite3_int64) -> c_int {
    let base = base();
    // SAFETY: as in `randomness`.
    unsafe { (*base).xCurrentTimeInt64.map_or(ffi::SQLITE_ERROR, |now| now(base, out)) }
}

unsafe extern "C" fn last_error(_: *mut ffi::sqlite3_vfs, _: c_int, _: *mut c_char) -> c_int {
    0
}
