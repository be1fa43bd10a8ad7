//! When the till stops by a mistake of its own: a report for whoever mends it, and a word to whoever is at the till next.
//!
//! A crash loses nothing, for everything that matters is on disk before it is done; the next start takes up what was open.

use crate::redact::Redactor;
use crate::settings::paths::make_dir;
use std::backtrace::Backtrace;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// So many reports are kept; the oldest go first.
const REPORTS_MAX: usize = 10;
/// How a report that nobody has read yet ends, and one that somebody has.
const NEW: &str = "crash";
const SEEN: &str = "seen";

/// Has every panic of this process leave a report in this folder, besides what it did before.
pub fn report_panics(folder: &Path) {
    let folder = folder.to_owned();
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        // Whatever fails here must not hide the panic itself.
        if let Err(error) = leave_report(&folder, &report(panic, &Backtrace::force_capture())) {
            tracing::error!(%error, "the report about a crash could not be written");
        }
        before(panic);
    }));
}

fn report(panic: &PanicHookInfo<'_>, backtrace: &Backtrace) -> String {
    let thread = std::thread::current();
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let said = panic.payload_as_str().unwrap_or("no text");
    let mut text = String::new();
    // Writing to a String cannot fail.
    _ = writeln!(text, "Checkstand {} stopped by a mistake of its own.", env!("CARGO_PKG_VERSION"));
    _ = writeln!(text, "system  {} {}", std::env::consts::OS, std::env::consts::ARCH);
    _ = writeln!(text, "at      {} ms after 1970 (UTC)", now_ms());
    _ = writeln!(text, "thread  {}", thread.name().unwrap_or("without a name"));
    _ = writeln!(text, "place   {place}");
    _ = writeln!(text, "said    {said}");
    _ = writeln!(text, "\n{backtrace}");
    Redactor::default().text(&text)
}

fn leave_report(folder: &Path, text: &str) -> io::Result<()> {
    make_dir(folder)?;
    let old = reports(folder);
    for path in old.iter().take((old.len() + 1).saturating_sub(REPORTS_MAX)) {
        fs::remove_file(path)?;
    }
    // Several crashes in one millisecond are several reports, in their order.
    let mut at_ms = old.last().map_or(0, |last| millis_of(last) + 1).max(now_ms());
    loop {
        match File::create_new(folder.join(format!("{at_ms:015}.{NEW}"))) {
            Ok(mut file) => return file.write_all(text.as_bytes()),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => at_ms += 1,
            Err(error) => return Err(error),
        }
    }
}

/// All reports of this folder, oldest first.
pub fn reports(folder: &Path) -> Vec<PathBuf> {
    let is_report = |path: &PathBuf| path.extension().is_some_and(|ending| ending == NEW || ending == SEEN);
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut found: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(is_report).collect();
    found.sort();
    found
}

/// When the newest crash was that nobody has read about (UTC ms).
pub fn unseen_at_ms(folder: &Path) -> Option<i64> {
    let is_new = |path: &&PathBuf| path.extension().is_some_and(|ending| ending == NEW);
    reports(folder).iter().rev().find(is_new).map(|path| millis_of(path))
}

/// How many crashes there were in the last so many milliseconds. Those dated later than now count, too: after a clock was put
/// back new reports are still numbered behind the old ones, and a till that goes on crashing must be seen to.
pub fn count_within(folder: &Path, span_ms: i64) -> usize {
    let since_ms = now_ms() - span_ms;
    reports(folder).iter().filter(|path| millis_of(path) >= since_ms).count()
}

/// Somebody has read about all of them. The reports stay, for the support bundle.
pub fn mark_seen(folder: &Path) {
    for path in reports(folder) {
        if let Err(error) = fs::rename(&path, path.with_extension(SEEN)) {
            tracing::warn!(%error, "a report about a crash cannot be marked as seen");
        }
    }
}

fn millis_of(path: &Path) -> i64 {
    path.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).unwrap_or_default()
}

/// Reads the clock by itself: a crash may be the clock's own.
fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_leaves_a_report_without_secrets_until_somebody_has_seen_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let logs = folder.path().join("logs");
        assert_eq!(unseen_at_ms(&logs), None);
        report_panics(&logs);
        let thread = std::thread::Builder::new().name("loop".to_owned());
        let ended = thread.spawn(|| panic!("token=eyJhbGciOiJIUzI1NiJ9.e30.c2ln was odd")).expect("a thread").join();
        drop(panic::take_hook());
        assert!(ended.is_err());
        // Other tests of this process may panic meanwhile, as they should.
        let texts: Vec<String> =
            reports(&logs).iter().map(|path| fs::read_to_string(path).expect("a report")).collect();
        let text = texts.iter().find(|text| text.contains("thread  loop")).expect("its report");
        assert!(text.contains("crash.rs:") && text.contains("said    token=***"), "{text}");
        assert!(unseen_at_ms(&logs).is_some() && count_within(&logs, 60_000) >= 1);
        mark_seen(&logs);
        assert_eq!(unseen_at_ms(&logs), None);
        assert!(!reports(&logs).is_empty(), "they stay for the bundle");
    }

    #[test]
    fn only_the_last_reports_are_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        for number in 0..REPORTS_MAX + 5 {
            leave_report(folder.path(), &number.to_string()).expect("written");
        }
        let kept = reports(folder.path());
        assert_eq!(kept.len(), REPORTS_MAX);
        assert_eq!(fs::read_to_string(kept.last().expect("one")).expect("text"), (REPORTS_MAX + 4).to_string());
    }
}
