//! Opens a till as its settings describe it: the same way for the window and for the terminal.

use crate::clock::{stamp, utc_ms};
use crate::engine::{self, Handle, Options, StartError};
use crate::ledger::{Identity, Keep, LedgerError};
use crate::office::Office;
use crate::recorder::{RECORDINGS, Recorder};
use crate::redact::Redactor;
use crate::settings::paths::Paths;
use crate::settings::{self, Mode, Settings, SettingsError};
use crate::setup::{Missing, Prepared, SECRET_NAMES, prepare, read_setup};
use crate::vault::{Vault, VaultError};
use crate::wire::Far;
use crate::wire::simulated::SharedSimulator;
use checkstand_core::problem::Problem;
use checkstand_core::till::Setup;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

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
    recorder: Option<Recorder>,
    in_force: Mutex<InForce>,
}

/// What a till goes by now: settings and secrets may have changed since its start.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The settings. What only counts from the next start on is among them, too.
    pub settings: Settings,
    /// What keeps a provider from being used.
    pub missing: Missing,
    /// The keychain could not be read.
    pub vault_error: Option<VaultError>,
    /// Since when MultiPay's amounts have been written in this unit (UTC ms).
    pub unit_since_ms: i64,
}

impl OpenTill {
    /// What it goes by now.
    pub fn in_force(&self) -> InForce {
        self.in_force.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Goes on with these settings and the secrets that are stored now, without a restart. Settings of another mode wait for
    /// the next start, and so do mode, terminal, calendar, root certificates and recorder of any.
    ///
    /// # Errors
    /// `storage_failed`: nothing can be decided now. `keychain_…`: the secrets cannot be read, and a till that has some must
    /// not lose them by that. The old ones are still in use.
    pub async fn take_effect(&self, saved: &Settings) -> Result<(), Problem> {
        if saved.mode != self.settings.mode {
            return Ok(());
        }
        let (setup, missing, vault_error) = read_setup(saved, &Vault::new(saved.mode.name())).await;
        let had = stored(&self.in_force().missing);
        if let Some(error) = vault_error.as_ref().filter(|_| had > 0) {
            return Err(Problem::new(error.code()));
        }
        // A keychain that was locked since shows no entries instead of saying so. People forget one at a time.
        if saved.mode != Mode::Training && had > 1 && stored(&missing) == 0 {
            return Err(Problem::new(VaultError::Locked.code()));
        }
        if let Some(recorder) = &self.recorder {
            recorder.learn(&setup);
        }
        self.handle.set_up(setup).await?;
        let mut in_force = self.in_force.lock().unwrap_or_else(PoisonError::into_inner);
        let same_unit = in_force.settings.multipay.amount_unit == saved.multipay.amount_unit;
        let unit_since_ms = if same_unit { in_force.unit_since_ms } else { utc_ms() };
        *in_force = InForce { settings: saved.clone(), missing, vault_error, unit_since_ms };
        Ok(())
    }
}

/// How many secrets are there, by what is missing.
fn stored(missing: &Missing) -> usize {
    SECRET_NAMES.iter().filter(|name| !missing.values().any(|lacks| lacks.contains(name))).count()
}

/// Opens the till of these settings. Called within a tokio runtime.
///
/// # Errors
/// The problem why there is none; nothing was sent. `ledger_in_use`, `ledger_other`, `ledger_newer`, `chain_broken`,
/// `storage_failed`, `wire_failed`, each with its `detail`.
pub async fn open(paths: &Paths, settings: Settings) -> Result<OpenTill, Problem> {
    let prepared = prepared(&settings).await;
    open_prepared(paths, settings, prepared).await
}

/// The same for somebody who wants a moment with the ledger, its people or its files: no provider hears of it. A logon that
/// lasts a moment would be handed the receipts that wait for one.
///
/// # Errors
/// As of [`open`].
pub async fn open_unconnected(paths: &Paths, settings: Settings) -> Result<OpenTill, Problem> {
    let mut prepared = prepared(&settings).await;
    (prepared.setup.mispay, prepared.setup.multipay) = (None, None);
    open_prepared(paths, settings, prepared).await
}

async fn prepared(settings: &Settings) -> Prepared {
    prepare(settings, &Vault::new(settings.mode.name()), u64::from(std::process::id())).await
}

async fn open_prepared(paths: &Paths, settings: Settings, prepared: Prepared) -> Result<OpenTill, Problem> {
    let Prepared { setup, mut far, simulator, missing, vault: vault_error } = prepared;
    let data_dir = paths.ledger(settings.mode);
    let recorder = recorder(&settings, &data_dir, &setup);
    if let Far::Live(live) = &mut far {
        live.recorder = recorder.clone();
    }
    let (calendar, keep) = (settings.calendar(), keep(&settings, &data_dir));
    let options = Options { identity: identity(&settings), data_dir, setup, far, calendar, keep };
    let (handle, office) = engine::start(options).await.map_err(|error| no_start(&error))?;
    let in_force = InForce { settings: settings.clone(), missing, vault_error, unit_since_ms: utc_ms() };
    Ok(OpenTill { handle, office, settings, simulator, recorder, in_force: Mutex::new(in_force) })
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
