//! The logs: what the till did, for whoever must find out later why. Each file has a limit, and only the last few are kept. No
//! secret is ever given to the log; the redactor is for what we did not think of.

use crate::redact::Redactor;
use crate::settings::paths::make_dir;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use tracing_subscriber::fmt::MakeWriter;

/// The newest file; the older ones have a number behind it.
pub const FILE: &str = "checkstand.log";
/// A file of this size is put aside.
pub const FILE_BYTES_MAX: u64 = 2 * 1024 * 1024;
/// So many are kept beside the newest.
pub const FILES_MAX: usize = 4;

/// Writes lines to files that never outgrow their limit.
#[derive(Clone)]
pub struct Logs {
    files: Arc<Mutex<Files>>,
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

    fn with_limit(folder: &Path, bytes_max: u64) -> io::Result<Logs> {
        let mut files = Files { folder: folder.to_owned(), bytes_max, newest: None };
        files.newest()?;
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
        self.files.lock().unwrap_or_else(PoisonError::into_inner).write(text.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The files themselves. Somebody may move or remove any of them while the till runs: whatever is not as it was left costs
/// lines of a log, and nothing else. A log must never stop whoever writes to it.
struct Files {
    folder: PathBuf,
    bytes_max: u64,
    /// The open one and its length; `None` before the first line, and after a fault.
    newest: Option<(File, u64)>,
}

impl Files {
    fn write(&mut self, line: &[u8]) -> io::Result<()> {
        let bytes_max = self.bytes_max;
        let (file, bytes) = self.newest()?;
        let written = file.write_all(line);
        *bytes += line.len() as u64;
        if written.is_err() || *bytes > bytes_max {
            self.newest = None;
        }
        written
    }

    /// The file that takes the next line. One that is full is put aside first.
    fn newest(&mut self) -> io::Result<&mut (File, u64)> {
        let newest = match self.newest.take() {
            Some(newest) => newest,
            None => {
                make_dir(&self.folder)?;
                let path = self.folder.join(FILE);
                if fs::metadata(&path).is_ok_and(|about| about.len() > self.bytes_max) {
                    put_aside(&self.folder);
                }
                let file = OpenOptions::new().create(true).append(true).open(&path)?;
                let bytes = file.metadata()?.len();
                (file, bytes)
            }
        };
        Ok(self.newest.insert(newest))
    }
}

/// Each file takes the place of the next older one; the oldest goes. One that is missing leaves its place empty.
fn put_aside(folder: &Path) {
    for number in (0..FILES_MAX).rev() {
        _ = fs::rename(numbered(folder, number), numbered(folder, number + 1));
    }
}

fn numbered(folder: &Path, number: usize) -> PathBuf {
    folder.join(if number == 0 { FILE.to_owned() } else { format!("{FILE}.{number}") })
}

/// All log files of this folder, oldest first.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    (0..=FILES_MAX).rev().map(|number| numbered(folder, number)).filter(|path| path.is_file()).collect()
}

/// The same redaction for a terminal or a system's journal.
#[derive(Clone, Copy, Debug)]
pub struct RedactedStderr;

impl<'a> MakeWriter<'a> for RedactedStderr {
    type Writer = RedactedStderr;

    fn make_writer(&'a self) -> RedactedStderr {
        RedactedStderr
    }
}

impl Write for RedactedStderr {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = Redactor::default().text(&String::from_utf8_lossy(line));
        io::stderr().write_all(text.as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
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
        let texts: Vec<String> = found.iter().map(|path| fs::read_to_string(path).expect("text")).collect();
        assert!(texts.iter().all(|text| text.len() < 4_096 + 100 && !text.contains("eyJ")));
        assert!(texts.concat().trim_end().ends_with("1999 said Bearer ***"), "the newest line is the last");
    }

    #[test]
    fn files_that_somebody_moves_away_while_the_till_runs_cost_lines_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        let folder = folder.path().join("logs");
        let mut logs = Logs::with_limit(&folder, 1_024).expect("logs");
        for number in 0..2_000 {
            logs.write_all(format!("line {number}\n").as_bytes()).expect("written");
            match number {
                300 => fs::remove_file(folder.join("checkstand.log.1")).expect("it was there"),
                600 => fs::rename(folder.join("checkstand.log.2"), folder.join("kept")).expect("it was there"),
                900 => fs::remove_file(folder.join(FILE)).expect("it was there"),
                1_200 => fs::remove_dir_all(&folder).expect("it was there"),
                _ => {}
            }
        }
        let found = files(&folder);
        assert_eq!(found.len(), FILES_MAX + 1, "{found:?}");
        let text = fs::read_to_string(found.last().expect("the newest")).expect("text");
        assert!(text.ends_with("line 1999\n"), "{text}");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_said() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("taken");
        fs::write(&file, "").expect("a file");
        assert!(Logs::open(&file.join("logs")).is_err());
    }
}
