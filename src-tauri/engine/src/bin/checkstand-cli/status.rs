//! `status`: which till, whether it is open, what its ledger holds.

use crate::Which;
use crate::say::{self, Ending, problem};
use crate::till::Till;
use checkstand_core::problem::Problem;
use checkstand_engine::ledger::{Reader, Summary, backups, is_in_use};
use serde::Serialize;
use std::path::PathBuf;

#[derive(Serialize)]
struct Status {
    version: &'static str,
    mode: &'static str,
    store: String,
    terminal: String,
    folder: PathBuf,
    /// A window, or another process, writes to the ledger.
    open: bool,
    ledger: Option<Summary>,
    backups: usize,
    newest_backup: Option<String>,
    free_bytes: Option<u64>,
}

pub fn run(which: &Which) -> Result<Ending, Problem> {
    let Till { settings, mode, folder, .. } = Till::find(which)?;
    let failed = |error: &dyn std::fmt::Display| problem("storage_failed", error);
    let ledger = if folder.join("ledger.db").exists() {
        Some(Reader::open(&folder).and_then(|reader| reader.summary()).map_err(|error| failed(&error))?)
    } else {
        None
    };
    let copies = backups(&folder).map_err(|error| failed(&error))?;
    let status = Status {
        version: env!("CARGO_PKG_VERSION"),
        mode: mode.name(),
        store: settings.store,
        terminal: settings.terminal,
        open: is_in_use(&folder).map_err(|error| failed(&error))?,
        ledger,
        backups: copies.len(),
        newest_backup: copies.first().map(|copy| copy.made_at.clone()),
        free_bytes: fs4::available_space(folder.ancestors().find(|it| it.exists()).unwrap_or(&folder)).ok(),
        folder,
    };
    if which.place.json {
        say::answer(&status);
    } else {
        tell(&status);
    }
    Ok(Ending::Well)
}

fn tell(status: &Status) {
    say::line("version", status.version);
    say::line("mode", status.mode);
    say::line("store", if status.store.is_empty() { "–" } else { &status.store });
    say::line("terminal", &status.terminal);
    say::line("folder", status.folder.display());
    say::line("till", if status.open { "open" } else { "closed" });
    match &status.ledger {
        None => say::line("ledger", "none yet"),
        Some(ledger) => {
            say::line("entries", ledger.entries);
            say::line("last entry", ledger.last_at_ms.map_or_else(|| "–".to_owned(), moment));
            say::line("payments", ledger.payments);
            say::line("under way", ledger.open);
            say::line("attention", ledger.attention);
            say::line("shift", ledger.shift.map_or_else(|| "none open".to_owned(), |number| number.to_string()));
        }
    }
    let newest = status.newest_backup.as_deref().map(|made| format!(", the newest {made}")).unwrap_or_default();
    say::line("backups", format!("{}{newest}", status.backups));
    if let Some(bytes) = status.free_bytes {
        say::line("free disk", format!("{} MB", bytes / 1_000_000));
    }
}

fn moment(at_ms: i64) -> String {
    jiff::Timestamp::from_millisecond(at_ms).map_or_else(|_| "–".to_owned(), |at| at.strftime("%F %T UTC").to_string())
}
