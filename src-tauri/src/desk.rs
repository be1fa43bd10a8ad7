//! The engine behind the window: opened once, by whoever asks first.

use crate::views::Frame;
use checkstand_core::payment::ProviderName;
use checkstand_core::problem::Problem;
use checkstand_engine::clock::Clock;
use checkstand_engine::engine::{self, Handle, Options, StartError};
use checkstand_engine::ledger::{Identity, LedgerError};
use checkstand_engine::settings::paths::Paths;
use checkstand_engine::settings::{self, Mode, Settings, SettingsError};
use checkstand_engine::setup::{Prepared, prepare};
use checkstand_engine::vault::{Vault, VaultError};
use checkstand_engine::wire::simulated::SharedSimulator;
use std::collections::BTreeMap;
use tokio::sync::OnceCell;

/// Set by whoever drives the window from outside. In Live nobody may.
const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";

/// Where the desk will stand. Kept by Tauri for the commands.
pub struct Counter {
    paths: Paths,
    desk: OnceCell<Result<Desk, Problem>>,
}

/// An open till.
pub struct Desk {
    /// The loop.
    pub handle: Handle,
    /// The settings it was started with.
    pub settings: Settings,
    /// The customers' phones, in training.
    pub simulator: Option<SharedSimulator>,
    /// What keeps a provider from being used.
    pub missing: BTreeMap<ProviderName, Vec<&'static str>>,
    /// The keychain could not be read at the start.
    pub vault_error: Option<VaultError>,
    /// When it was opened (UTC ms).
    pub started_ms: i64,
}

impl Desk {
    /// What a picture of the till needs beside it.
    pub fn frame(&self) -> Frame {
        Frame {
            mode: self.settings.mode.into(),
            terminal: self.settings.terminal.clone(),
            code_digits: (self.settings.mispay.code_digits_min, self.settings.mispay.code_digits_max),
            code_life_ms: i64::from(self.settings.mispay.code_life_min) * 60_000,
            missing: self.missing.clone(),
            vault: self.vault_error.as_ref().map(|error| Problem::new(error.code())),
            started_ms: self.started_ms,
        }
    }
}

impl Counter {
    /// A counter without a desk yet.
    pub fn new(paths: Paths) -> Counter {
        Counter { paths, desk: OnceCell::new() }
    }

    /// The places of this till's files.
    pub fn paths(&self) -> &Paths {
        &self.paths
    }

    /// The desk, opened at the first call.
    ///
    /// # Errors
    /// The problem why there is none; it is the same until the next start.
    pub async fn desk(&self) -> Result<&Desk, Problem> {
        self.desk.get_or_init(|| open(&self.paths)).await.as_ref().map_err(Clone::clone)
    }

    /// Closes the ledger.
    pub async fn close(&self) {
        if let Some(Ok(desk)) = self.desk.get() {
            desk.handle.stop().await;
        }
    }
}

async fn open(paths: &Paths) -> Result<Desk, Problem> {
    let settings = settings::load(paths.settings()).map_err(|error| broken_settings(&error))?;
    if settings.mode == Mode::Live && std::env::var_os(AUTOMATION).is_some() {
        return Err(Problem::new("mode_not_allowed").with("why", "automation"));
    }
    let vault = Vault::new(settings.mode.name());
    let seed = u64::from(std::process::id());
    let Prepared { setup, far, simulator, missing, vault: vault_error } = prepare(&settings, &vault, seed).await;
    let identity = Identity { mode: settings.mode, terminal: settings.terminal.clone() };
    let options = Options { identity, data_dir: paths.ledger(settings.mode), setup, far };
    let handle = engine::start(options).await.map_err(|error| no_start(&error))?;
    Ok(Desk { handle, settings, simulator, missing, vault_error, started_ms: Clock::new().now().utc_ms })
}

/// What is wrong with the settings file, for the view.
pub fn broken_settings(error: &SettingsError) -> Problem {
    Problem::new("settings_invalid").with("detail", error)
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
