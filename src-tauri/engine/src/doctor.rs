//! What is wrong with a till, and what to do next: looked at from outside, changing nothing, with no word to a provider.
//!
//! Each examination stands for itself, so that one that fails hides no other.

use crate::clock::utc_ms;
use crate::ledger::{Anchor, AnchorVerdict, Keep, LedgerError, Reader};
use crate::settings::paths::Paths;
use crate::settings::{self, Mode, Settings};
use crate::setup::{Prepared, prepare};
use crate::vault::{Vault, VaultError};
use checkstand_core::payment::ProviderName;
use serde::Serialize;
use std::path::Path;

/// Below this a technician should make room; see the ledger's ballast.
const FREE_BYTES_LOW: u64 = 500_000_000;
/// Below this the till may stop taking money at any moment.
const FREE_BYTES_MIN: u64 = 50_000_000;
/// A clock may be so far behind the journal's last entry: it was mended meanwhile.
const CLOCK_BEHIND_MAX_MS: i64 = 5 * 60 * 1_000;

/// How an examination ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Nothing is wrong.
    Well,
    /// The till works; somebody should look at it.
    Warning,
    /// The till, or one provider, takes no money.
    Failed,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at: `settings`, `disk`, `keychain` …
    pub check: &'static str,
    /// How it is.
    pub state: State,
    /// Stays the same in every version; empty where nothing is wrong.
    pub code: &'static str,
    /// What was found.
    pub what: String,
    /// The next step; empty where there is none.
    pub todo: &'static str,
}

impl Finding {
    fn well(check: &'static str, what: impl Into<String>) -> Finding {
        Finding { check, state: State::Well, code: "", what: what.into(), todo: "" }
    }

    fn warning(check: &'static str, code: &'static str, what: impl Into<String>, todo: &'static str) -> Finding {
        Finding { check, state: State::Warning, code, what: what.into(), todo }
    }

    fn failed(check: &'static str, code: &'static str, what: impl Into<String>, todo: &'static str) -> Finding {
        Finding { check, state: State::Failed, code, what: what.into(), todo }
    }
}

/// Looks at the till of these files, in the mode of its settings or in another one. Called within a tokio runtime; takes as
/// long as the keychain and the newest stretch of the journal do.
pub async fn examine(paths: &Paths, mode: Option<Mode>) -> Vec<Finding> {
    let (mut settings, found) = settings_of(paths);
    let mut findings = vec![found];
    let mode = mode.unwrap_or(settings.mode);
    settings.mode = mode;
    let folder = paths.ledger(mode);
    findings.push(disk(&folder));
    findings.push(zone(&settings));
    if mode != Mode::Training {
        findings.extend(providers(&settings).await);
    }
    findings.extend(ledger(&folder, mode).await);
    findings
}

fn settings_of(paths: &Paths) -> (Settings, Finding) {
    let path = paths.settings();
    match settings::load(path) {
        Ok(settings) if !path.exists() => {
            (settings, Finding::well("settings", format!("{} is not there yet: training", path.display())))
        }
        Ok(settings) => match settings.validate().into_iter().next() {
            None => (settings, Finding::well("settings", path.display().to_string())),
            Some(problem) => {
                let field = problem.fields.get("field").cloned().unwrap_or_default();
                let todo = "Correct this setting in the window, or in the file.";
                let found = Finding::failed("settings", problem.code, format!("{field}: {}", problem.code), todo);
                (settings, found)
            }
        },
        Err(error) => {
            let todo =
                "Correct the file; the old settings are not touched. Without a file the till starts in training.";
            (Settings::default(), Finding::failed("settings", "settings_invalid", error.to_string(), todo))
        }
    }
}

fn disk(folder: &Path) -> Finding {
    let there = folder.ancestors().find(|it| it.exists()).unwrap_or(folder);
    let todo = "Make room on this disk: remove what is not the till's, or move old backups elsewhere.";
    match fs4::available_space(there) {
        Err(error) => Finding::failed("disk", "storage_failed", error.to_string(), "See whether the disk is there."),
        Ok(free) => {
            let what = format!("{} MB are free in {}", free / 1_000_000, there.display());
            match free {
                0..FREE_BYTES_MIN => Finding::failed("disk", "disk_full", what, todo),
                FREE_BYTES_MIN..FREE_BYTES_LOW => Finding::warning("disk", "disk_low", what, todo),
                _ => Finding::well("disk", what),
            }
        }
    }
}

fn zone(settings: &Settings) -> Finding {
    let (zone, _) = settings.calendar();
    match jiff::tz::TimeZone::get(&zone) {
        Ok(_) => Finding::well("zone", zone),
        Err(error) => {
            let todo = "Set the store's time zone by its IANA name, such as Asia/Riyadh; days are counted in UTC now.";
            Finding::warning("zone", "zone_unknown", error.to_string(), todo)
        }
    }
}

/// Whether the keychain answers, and what keeps each provider from being used.
async fn providers(settings: &Settings) -> Vec<Finding> {
    let Prepared { missing, vault, .. } = prepare(settings, &Vault::new(settings.mode.name()), 0).await;
    if let Some(error) = vault {
        return vec![keychain(&error)];
    }
    let mut findings = vec![Finding::well("keychain", "it answers")];
    for (provider, check) in [(ProviderName::Mispay, "mispay"), (ProviderName::Multipay, "multipay")] {
        findings.push(match missing.get(&provider) {
            None => Finding::well(check, "nothing is missing"),
            Some(lacks) => {
                let todo =
                    "Enter it under Settings, Till and providers. A keychain that was never unlocked shows no secrets.";
                Finding::warning(check, "provider_not_configured", format!("missing: {}", lacks.join(", ")), todo)
            }
        });
    }
    findings
}

fn keychain(error: &VaultError) -> Finding {
    let todo = match error {
        VaultError::Locked => "Unlock the keychain of the user under whom the till runs, then start the till anew.",
        VaultError::Missing(_) => "Start a keychain (on Linux a Secret Service such as gnome-keyring) in this session.",
        VaultError::Slow => "See whether a question of the keychain waits behind the window; answer it.",
        VaultError::Failed(_) | VaultError::TooLong | VaultError::Invalid => "Look into the keychain's own program.",
    };
    Finding::failed("keychain", error.code(), error.to_string(), todo)
}

/// The ledger, the newest stretch of its journal, its anchor, and the clock beside its last entry.
async fn ledger(folder: &Path, mode: Mode) -> Vec<Finding> {
    if !folder.join("ledger.db").exists() {
        return vec![Finding::well("ledger", "there is none yet: the first start makes it")];
    }
    let (dir, keep) = (folder.to_owned(), Keep::of(mode, folder, &Vault::new(mode.name())));
    let anchor = match keep {
        Ok(keep) => keep.read().await,
        Err(error) => Err(error.to_string()),
    };
    let look = tokio::task::spawn_blocking(move || look_into(&dir, mode, anchor)).await;
    match look.expect("looking does not panic") {
        Ok(findings) => findings,
        Err(error) => vec![unreadable(&error)],
    }
}

fn look_into(dir: &Path, mode: Mode, anchor: Result<Option<Anchor>, String>) -> Result<Vec<Finding>, LedgerError> {
    let reader = Reader::open(dir)?;
    if reader.mode() != mode {
        let what = format!("it is of mode {}", reader.mode().name());
        return Ok(vec![Finding::failed("ledger", "ledger_other", what, "The folders of two modes are mixed up.")]);
    }
    let summary = reader.summary()?;
    let mut findings = vec![Finding::well("ledger", format!("{} entries", summary.entries))];
    let restore = "A manager restores a backup, or goes on with the journal as it is: Settings, Journal.";
    let behind = reader.begin(anchor.as_ref().ok().copied().flatten())?;
    let recent = reader.recent(behind)?;
    findings.push(match recent.checked.fault() {
        None if reader.holds_a_finding()? => {
            let what =
                "it is in order as far as looked at, but an earlier check found it broken, and nobody has decided";
            Finding::failed("journal", "chain_broken", what, restore)
        }
        None => Finding::well(
            "journal",
            format!("in order up to entry {}, as far as looked at", recent.checked.through.number),
        ),
        Some(fault) => {
            Finding::failed("journal", "chain_broken", format!("entry {}: {}", fault.number, fault.what), restore)
        }
    });
    findings.push(match anchor.map(|anchor| Anchor::judge(anchor, &reader)) {
        Ok(verdict) => match verdict? {
            AnchorVerdict::New | AnchorVerdict::Agrees(_) => Finding::well("anchor", "it agrees"),
            AnchorVerdict::Broken(fault) => {
                Finding::failed("anchor", "chain_broken", format!("entry {}: {}", fault.number, fault.what), restore)
            }
            AnchorVerdict::Unanchored | AnchorVerdict::Unread(_) => {
                let todo = "Compare the newest printed report with the same report in the window.";
                Finding::warning("anchor", "anchor_missing", "the ledger has entries, and no anchor", todo)
            }
        },
        Err(why) => Finding::warning("anchor", "anchor_failing", why, "Unlock the keychain; sales go on meanwhile."),
    });
    findings.push(clock(summary.last_at_ms));
    Ok(findings)
}

fn unreadable(error: &LedgerError) -> Finding {
    let code = match error {
        LedgerError::NotALedger { .. } | LedgerError::OtherMode { .. } => "ledger_other",
        LedgerError::NewerSchema { .. } => "ledger_newer",
        _ => "storage_failed",
    };
    let todo = "Delete nothing. Restore a backup from Settings, Journal, or call whoever looks after this machine.";
    Finding::failed("ledger", code, error.to_string(), todo)
}

fn clock(last_at_ms: Option<i64>) -> Finding {
    let now_ms = utc_ms();
    let now = jiff::Timestamp::from_millisecond(now_ms).map(|now| now.strftime("%F %T UTC").to_string());
    let now = now.unwrap_or_default();
    match last_at_ms {
        Some(last_at_ms) if now_ms < last_at_ms - CLOCK_BEHIND_MAX_MS => {
            let what = format!("{now} is {} s before the last entry", (last_at_ms - now_ms) / 1_000);
            Finding::warning("clock", "clock_behind", what, "Set the clock of this computer, best by the network.")
        }
        _ => Finding::well("clock", now),
    }
}
