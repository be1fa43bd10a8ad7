//! What is wrong with a till, and what to do next: looked at from outside, changing nothing.
//!
//! Each examination stands for itself, so that one that fails hides no other. The window's *Diagnostics* and the terminal's
//! `doctor` both end here.

mod machine;

use crate::clock::utc_ms;
use crate::connection::{self, Socket};
use crate::engine::Handle;
use crate::finding::{Finding, Findings};
use crate::ledger::{Anchor, AnchorVerdict, Keep, LedgerError, Reader, has_ledger};
use crate::settings::paths::Paths;
use crate::settings::{self, Mode, Settings};
use crate::setup::{Prepared, SECRET_NAMES, prepare};
use crate::vault::{Vault, VaultError};
use checkstand_core::payment::ProviderName;
use std::path::Path;

/// Below this a technician should make room; see the ledger's ballast.
const FREE_BYTES_LOW: u64 = 500_000_000;
/// Below this the till may stop taking money at any moment.
const FREE_BYTES_MIN: u64 = 50_000_000;
/// A clock may be so far behind the journal's last entry: it was mended meanwhile.
const CLOCK_BEHIND_MAX_MS: i64 = 5 * 60 * 1_000;

const PROVIDERS: [(ProviderName, &str); 2] = [(ProviderName::Mispay, "mispay"), (ProviderName::Multipay, "multipay")];

/// What is looked at.
pub struct Scope<'h> {
    /// Another mode than that of the settings.
    pub mode: Option<Mode>,
    /// Whether the providers are asked, too.
    pub asks_providers: bool,
    /// The open till, where this process has one in that mode.
    pub open_till: Option<&'h Handle>,
}

/// Looks at the till of these files. Called within a tokio runtime; takes as long as the keychain, the providers and the newest
/// stretch of the journal do.
pub async fn examine(paths: &Paths, scope: Scope<'_>, findings: &mut Findings<'_>) {
    let (mut settings, found) = settings_of(paths);
    findings.add(found);
    let mode = scope.mode.unwrap_or(settings.mode);
    let of_this_mode = settings.mode == mode;
    settings.mode = mode;
    let folder = paths.ledger(mode);
    findings.add(disk(&folder));
    findings.add(zone(&settings));
    findings.add(machine::window(paths));
    let printer = tokio::task::spawn_blocking(machine::printer).await;
    findings.add(printer.expect("looking does not panic"));
    if mode != Mode::Training {
        let vault = Vault::new(mode.name());
        let prepared = prepare(&settings, &vault, 0).await;
        findings.add(match &prepared.vault {
            Some(error) => keychain(error),
            None => unlocked(&vault, &prepared).await,
        });
        if of_this_mode {
            providers(&settings, &folder, &scope, &prepared, findings).await;
        } else {
            // The addresses are those of the other mode: this one's secrets must not be sent there.
            for (_, check) in PROVIDERS {
                findings.add(Finding::skipped(check, "the saved settings are of another mode"));
            }
        }
    }
    for finding in ledger(&folder, mode).await {
        findings.add(finding);
    }
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
            (Settings::default(), Finding::failed("settings", error.code(), error.to_string(), todo))
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

/// How far the way to each provider leads.
async fn providers(
    settings: &Settings,
    folder: &Path,
    scope: &Scope<'_>,
    prepared: &Prepared,
    findings: &mut Findings<'_>,
) {
    for (provider, check) in PROVIDERS {
        if is_untouched(settings, provider, prepared) {
            findings.add(Finding::skipped(check, "nothing is set up for it"));
        } else if !scope.asks_providers || prepared.vault.is_some() {
            findings.add(configured(provider, check, prepared));
        } else {
            let socket = Socket::of(provider, folder, scope.open_till).await;
            connection::walk(provider, settings, prepared, socket, findings).await;
        }
    }
}

/// Nobody wants to use this provider here: no secret of it is stored, and no address was entered.
fn is_untouched(settings: &Settings, provider: ProviderName, prepared: &Prepared) -> bool {
    let missing = prepared.missing.get(&provider).map(Vec::as_slice).unwrap_or_default();
    let lacks_all =
        |prefix: &str| SECRET_NAMES.iter().filter(|name| name.starts_with(prefix)).all(|name| missing.contains(name));
    let (mispay, multipay) = (&settings.mispay, &settings.multipay);
    prepared.vault.is_none()
        && match provider {
            ProviderName::Mispay => lacks_all("mispay") && mispay.base_url.is_empty(),
            ProviderName::Multipay => {
                lacks_all("multipay") && multipay.token_url.is_empty() && multipay.terminal_id.is_empty()
            }
        }
}

fn configured(provider: ProviderName, check: &'static str, prepared: &Prepared) -> Finding {
    match prepared.missing.get(&provider) {
        None => Finding::well(check, "nothing is missing"),
        Some(_) if prepared.vault.is_some() => Finding::skipped(check, "without the keychain nobody can tell"),
        Some(lacks) => {
            let todo = "Enter it under Settings. A keychain that was never unlocked shows no secrets.";
            Finding::warning(check, "provider_not_configured", format!("missing: {}", lacks.join(", ")), todo)
        }
    }
}

/// A keychain on Linux that was never unlocked shows no entries, and says nothing else: where all secrets are missing, one is
/// put on trial.
async fn unlocked(vault: &Vault, prepared: &Prepared) -> Finding {
    let missing: usize = prepared.missing.values().flatten().filter(|name| SECRET_NAMES.contains(name)).count();
    if missing < SECRET_NAMES.len() {
        return Finding::well("keychain", "it answers, and shows secrets of this till");
    }
    match vault.keeps().await {
        Ok(()) => Finding::well("keychain", "it answers, and keeps what it is given"),
        Err(error) => keychain(&error),
    }
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
    if !has_ledger(folder) {
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
