//! The support bundle: one file with what somebody far away needs to find out what is wrong. No secret is in any of its sources,
//! and all of it goes through the redactor once more.

use crate::finding::Finding;
use crate::last_start::LastStart;
use crate::ledger::{Reader, Row, Summary};
use crate::recorder::RECORDINGS;
use crate::redact::Redactor;
use crate::settings::paths::{Paths, make_dir};
use crate::settings::{self, Mode};
use crate::{crash, logs};
use serde::Serialize;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// The folder of the bundles, beside the ledgers.
const FOLDER: &str = "support";
/// No more of one file is taken than its end of this length.
const FILE_BYTES_MAX: u64 = 8 * 1024 * 1024;
/// So many of the journal's last lines are taken.
const LINES_MAX: usize = 500;

/// What the bundle says about itself.
#[derive(Serialize)]
struct About<'a> {
    version: &'static str,
    system: &'static str,
    architecture: &'static str,
    mode: &'static str,
    last_start: Option<LastStart>,
    ledger: Option<Summary>,
    findings: &'a [Finding],
}

/// Writes a bundle about the till of these files; answers where it lies. Blocks.
///
/// # Errors
/// The disk's. What cannot be read is left out.
pub fn write(paths: &Paths, mode: Mode, stamp: &str, findings: &[Finding], redactor: &Redactor) -> io::Result<PathBuf> {
    let folder = paths.folder().join(FOLDER);
    make_dir(&folder)?;
    let path = folder.join(format!("checkstand-support-{stamp}.zip"));
    let half = tempfile::NamedTempFile::new_in(&folder)?;
    let mut bundle = Bundle { zip: ZipWriter::new(half.reopen()?), redactor };
    bundle.fill(paths, mode, findings)?;
    bundle.zip.finish()?.sync_all()?;
    half.persist(&path)?;
    Ok(path)
}

struct Bundle<'r> {
    zip: ZipWriter<File>,
    redactor: &'r Redactor,
}

impl Bundle<'_> {
    fn fill(&mut self, paths: &Paths, mode: Mode, findings: &[Finding]) -> io::Result<()> {
        let ledger = paths.ledger(mode);
        let reader = Reader::open(&ledger).ok();
        let about = About {
            version: env!("CARGO_PKG_VERSION"),
            system: std::env::consts::OS,
            architecture: std::env::consts::ARCH,
            mode: mode.name(),
            last_start: LastStart::read(paths),
            ledger: reader.as_ref().and_then(|reader| reader.summary().ok()),
            findings,
        };
        self.add("about.json", &serde_json::to_string_pretty(&about)?)?;
        // A file that cannot be understood is what somebody must see.
        match settings::load(paths.settings()).and_then(|settings| settings::text(&settings)) {
            Ok(text) => self.add("settings.toml", &text)?,
            Err(error) => {
                self.add("settings-error.txt", &error.to_string())?;
                self.take(paths.settings(), "settings-as-they-are.toml")?;
            }
        }
        if let Some(rows) = reader.and_then(|reader| reader.last_rows(LINES_MAX).ok()) {
            self.add("journal-tail.tsv", &rows.iter().map(line_of).collect::<String>())?;
        }
        for path in logs::files(&paths.logs()).into_iter().chain(crash::reports(&paths.logs())) {
            self.take(&path, &format!("logs/{}", name_of(&path)))?;
        }
        let recordings = fs::read_dir(ledger.join(RECORDINGS)).into_iter().flatten().filter_map(Result::ok);
        for path in recordings.map(|entry| entry.path()).filter(|path| path.is_file()) {
            self.take(&path, &format!("{RECORDINGS}/{}", name_of(&path)))?;
        }
        Ok(())
    }

    /// A file's end, where the file can be read.
    fn take(&mut self, path: &Path, name: &str) -> io::Result<()> {
        match end_of(path) {
            Ok(bytes) => self.add(name, &String::from_utf8_lossy(&bytes)),
            Err(error) => self.add(&format!("{name}.unreadable"), &error.to_string()),
        }
    }

    fn add(&mut self, name: &str, text: &str) -> io::Result<()> {
        self.zip.start_file(name, SimpleFileOptions::default())?;
        self.zip.write_all(self.redactor.text(text).as_bytes())
    }
}

fn end_of(path: &Path) -> io::Result<Vec<u8>> {
    use std::io::{Seek, SeekFrom};
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(FILE_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn line_of(row: &Row) -> String {
    let Row { number, at_ms, operator, what, body, .. } = row;
    format!("{number}\t{at_ms}\t{operator}\t{what}\t{body}\n")
}

fn name_of(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}
