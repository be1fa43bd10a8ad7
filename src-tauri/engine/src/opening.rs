//! Opens a till as its settings describe it: the same way for the window and for the terminal.

use crate::clock::{stamp, utc_ms};
use crate::engine::{self, Handle, Options, StartError};
use crate::ledger::{Identity, Keep, LedgerError};
use crate::office::Office;
use crate::recorder::{RECORDINGS, Recorder};
use crate::redact::Redactor;
use crate::settings::paths::Paths;
use crate::settings::{self, Mode, Settings, SettingsError};
use crate::setup::{Prepared, prepare};
use crate::vault::{Vault, VaultError};
use crate::wire::Far;
use crate::wire::simulated::SharedSimulator;
use checkstand_core::payment::ProviderName;
use checkstand_core::problem::Problem;
use checkstand_core::till::Setup;
use std::collections::BTreeMap;
use std::path::Path;

/// An open till.
pub struct OpenTill {
    /// The loop.
    pub handle: Handle,
    /// What reads beside it.
    pub office: Office,
    /// The settings it was started with.
    pub settings: Settings,
    /// The customers' phones, in training.
    pub simulator: Option<SharedSimulator>,
    /// What keeps a provider from being used.
    pub missing: BTreeMap<ProviderName, Vec<&'static str>>,
    /// The keychain could not be read at the start.
    pub vault_error: Option<VaultError>,
}

/// Opens the till of these settings. Called within a tokio runtime.
///
/// # Errors
/// The problem why there is none; nothing was sent. `ledger_in_use`, `ledger_other`, `ledger_newer`, `chain_broken`,
/// `storage_failed`, `wire_failed`, each with its `detail`.
pub async fn open(paths: &Paths, settings: Settings) -> Result<OpenTill, Problem> {
    let vault = Vault::new(settings.mode.name());
    let seed = u64::from(std::process::id());
    let Prepared { setup, mut far, simulator, missing, vault: vault_error } = prepare(&settings, &vault, seed).await;
    let data_dir = paths.ledger(settings.mode);
    if let Far::Live(live) = &mut far {
        live.recorder = recorder(&settings, &data_dir, &setup);
    }
    let (calendar, keep) = (settings.calendar(), keep(&settings, &data_dir));
    let options = Options { identity: identity(&settings), data_dir, setup, far, calendar, keep };
    let (handle, office) = engine::start(options).await.map_err(|error| no_start(&error))?;
    Ok(OpenTill { handle, office, settings, simulator, missing, vault_error })
}

/// The recorder, where one is wanted. A till that cannot record sells all the same.
fn recorder(settings: &Settings, dir: &Path, setup: &Setup) -> Option<Recorder> {
    if !settings.record_wire || settings.mode != Mode::Test {
        return None;
    }
    let started = Recorder::start(&dir.join(RECORDINGS), &stamp(utc_ms()), Redactor::of(setup));
    started.inspect_err(|error| tracing::error!(%error, "the recorder cannot write")).ok()
}

/// The saved settings.
///
/// # Errors
/// `settings_invalid`, `settings_newer` (`detail`).
pub fn load_settings(paths: &Paths) -> Result<Settings, Problem> {
    settings::load(paths.settings()).map_err(|error| broken_settings(&error))
}

/// Mode and terminal, as they stand in every entry.
pub fn identity(settings: &Settings) -> Identity {
    Identity { mode: settings.mode, terminal: settings.terminal.clone() }
}

/// Where the journal's anchor lies. A folder that cannot be named has none, and the ledger will say why.
pub fn keep(settings: &Settings, dir: &Path) -> Option<Keep> {
    let kept = Keep::of(settings.mode, dir, &Vault::new(settings.mode.name()));
    kept.inspect_err(|error| tracing::error!(%error, "the journal has no anchor")).ok()
}

/// What is wrong with the settings file.
pub fn broken_settings(error: &SettingsError) -> Problem {
    Problem::new(error.code()).with("detail", error)
}

fn no_start(error: &StartError) -> Problem {
    let code = match error {
        StartError::Ledger(LedgerError::InUse { .. }) => "ledger_in_use",
        StartError::Ledger(LedgerError::OtherMode { .. } | LedgerError::NotALedger { .. }) => "ledger_other",
        StartError::Ledger(LedgerError::NewerSchema { .. }) => "ledger_newer",
        StartError::Ledger(LedgerError::Broken { .. } | LedgerError::ChangedMigration { .. }) => "chain_broken",
        StartError::Ledger(_) | StartError::Storage(_) => "storage_failed",
        StartError::Wire(_) => "wire_failed",
    };
    Problem::new(code).with("detail", error)
}
