//! The logs: what the till did, for whoever must find out later why. Each file has a limit, and only the last few are kept. No
//! secret is ever given to the log; the redactor is for what we did not think of.

use crate::redact::Redactor;
use crate::settings::paths::make_dir;
use file_rotate::compression::Compression;
use file_rotate::suffix::AppendCount;
use file_rotate::{ContentLimit, FileRotate};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// The newest file; the older ones have a number behind it.
pub const FILE: &str = "checkstand.log";
/// A file of this size is put aside.
pub const FILE_BYTES_MAX: usize = 2 * 1024 * 1024;
/// So many are kept beside the newest.
pub const FILES_MAX: usize = 4;

/// Writes lines to files that never outgrow their limit.
#[derive(Clone)]
pub struct Logs {
    files: Arc<Mutex<FileRotate<AppendCount>>>,
    redactor: Arc<Redactor>,
}

impl Logs {
    /// Logs in this folder, which is made if it is not there.
    ///
    /// # Errors
    /// The disk's; the till goes on without logs then.
    pub fn open(folder: &Path) -> io::Result<Logs> {
        Logs::with_limit(folder, FILE_BYTES_MAX)
    }

    fn with_limit(folder: &Path, bytes_max: usize) -> io::Result<Logs> {
        make_dir(folder)?;
        let path = folder.join(FILE);
        // What follows does not say why it could not open the file.
        std::fs::OpenOptions::new().create(true).append(true).open(&path)?;
        let limit = ContentLimit::BytesSurpassed(bytes_max);
        let files = FileRotate::new(path, AppendCount::new(FILES_MAX), limit, Compression::None, None);
        Ok(Logs { files: Arc::new(Mutex::new(files)), redactor: Arc::default() })
    }
}

impl<'a> MakeWriter<'a> for Logs {
    type Writer = Logs;

    fn make_writer(&'a self) -> Logs {
        self.clone()
    }
}

impl Write for Logs {
    /// Takes one line, as the subscriber formats it.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = self.redactor.text(&String::from_utf8_lossy(line));
        self.files.lock().unwrap_or_else(PoisonError::into_inner).write_all(text.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

/// All log files of this folder, oldest first.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let older = (1..=FILES_MAX).rev().map(|number| folder.join(format!("{FILE}.{number}")));
    older.chain([folder.join(FILE)]).filter(|path| path.is_file()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_never_outgrow_their_limit_and_hold_no_token() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("logs");
        let mut logs = Logs::with_limit(&folder, 4_096).expect("logs");
        for number in 0..2_000 {
            let line = format!("{number} said Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln\n");
            logs.write_all(line.as_bytes()).expect("written");
        }
        let found = files(&folder);
        assert_eq!(found.len(), FILES_MAX + 1, "{found:?}");
        let texts: Vec<String> = found.iter().map(|path| std::fs::read_to_string(path).expect("text")).collect();
        assert!(texts.iter().all(|text| text.len() < 4_096 + 100 && !text.contains("eyJ")));
        assert!(texts.concat().trim_end().ends_with("1999 said Bearer ***"), "the newest line is the last");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("taken");
        std::fs::write(&file, "").expect("a file");
        assert!(Logs::open(&file.join("logs")).is_err());
    }
}
