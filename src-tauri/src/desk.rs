//! The engine behind the window: opened once, by whoever asks first.

mod fitting;
mod reading;

use crate::views::{CurrencyCode, Frame, JournalWord};
use checkstand_core::money::Currency;
use checkstand_core::problem::Problem;
use checkstand_engine::clock::Clock;
use checkstand_engine::crash;
use checkstand_engine::guard::JournalState;
use checkstand_engine::ledger::RemovalStep;
use checkstand_engine::office::Office;
use checkstand_engine::opening::{self, InForce, OpenTill, identity, keep, load_settings};
use checkstand_engine::recovery::{self, Recovery};
use checkstand_engine::removing;
use checkstand_engine::restoring::{Wanted, accept_as_it_is, restore_copy, till_closed};
use checkstand_engine::settings::Mode;
use checkstand_engine::settings::paths::Paths;
use std::ops::Deref;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::OnceCell;

/// Set by whoever drives the window from outside. In Live nobody may.
const AUTOMATION: &str = "TAURI_WEBVIEW_AUTOMATION";

/// Hears how far a removal has come.
type OnStep = Box<dyn FnMut(RemovalStep) + Send>;

/// Where the desk will stand. Kept by Tauri for the commands.
pub struct Counter {
    paths: Paths,
    desk: OnceCell<Result<Desk, Problem>>,
}

/// An open till, behind its window.
pub struct Desk {
    till: OpenTill,
    /// What an administrator left for a manager who forgot their PIN.
    pub recovery: Option<Recovery>,
    /// When it was opened (UTC ms).
    pub started_ms: i64,
    /// When it last stopped by a mistake of its own (UTC ms); 0 once somebody has read about it, or where it never did.
    crashed_at_ms: AtomicI64,
}

impl Deref for Desk {
    type Target = OpenTill;

    fn deref(&self) -> &OpenTill {
        &self.till
    }
}

impl Desk {
    /// What a picture of the till needs beside it.
    pub fn frame(&self) -> Frame {
        let InForce { settings, missing, vault_error, .. } = self.in_force();
        Frame {
            mode: self.settings.mode.into(),
            store: settings.store.clone(),
            lock_after_ms: i64::from(settings.lock_after_min) * 60_000,
            recovery: self.recovery.as_ref().map(|recovery| recovery.name.clone()),
            jobs: self.office.jobs().list(),
            journal: journal_word(&self.office),
            anchor_trouble: self.office.guard().anchor_trouble(),
            terminal: self.settings.terminal.clone(),
            code_digits: (settings.mispay.code_digits_min, settings.mispay.code_digits_max),
            code_life_ms: i64::from(settings.mispay.code_life_min) * 60_000,
            multipay_currency: currency(&settings.multipay.currency),
            missing,
            vault: vault_error.as_ref().map(|error| Problem::new(error.code())),
            started_ms: self.started_ms,
            crashed_at_ms: Some(self.crashed_at_ms.load(Ordering::Relaxed)).filter(|at_ms| *at_ms > 0),
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

    /// The desk, if it stands.
    pub fn opened(&self) -> Option<&Desk> {
        self.desk.get()?.as_ref().ok()
    }

    /// What an administrator left for a manager who forgot their PIN.
    pub fn recovery(&self) -> Option<Recovery> {
        self.opened()?.recovery.clone()
    }

    /// Closes the till and puts a copy of its ledger in place, for whoever is signed in.
    ///
    /// # Errors
    /// A problem that says why not. Where it has the field `till`, the till is closed and must be started anew.
    pub async fn restore(&self, file: &str, reason: &str) -> Result<(), Problem> {
        let desk = self.desk().await?;
        let listed = desk.office.backups()?;
        let found = listed.into_iter().find(|listed| listed.path.file_name().is_some_and(|name| name == file));
        let backup = found.ok_or_else(|| Problem::new("backup_foreign").with("why", "file"))?.path;
        restore_copy(&desk.till, &self.paths, backup, reason).await
    }

    /// Closes the till and accepts its ledger as it is, for whoever is signed in.
    ///
    /// # Errors
    /// A problem that says why not. Where it has the field `till`, the till is closed and must be started anew.
    pub async fn accept_as_it_is(&self, reason: &str) -> Result<(), Problem> {
        let (desk, wanted) = (self.desk().await?, self.wanted(reason).await?);
        desk.office.close().await;
        let dir = self.paths.ledger(desk.settings.mode);
        let done = accept_as_it_is(&dir, identity(&desk.settings), keep(&desk.settings, &dir), wanted).await;
        done.map_err(till_closed)
    }

    async fn wanted(&self, reason: &str) -> Result<Wanted, Problem> {
        Wanted::by_whoever_is_signed_in(&self.desk().await?.handle, reason).await
    }

    /// Closes the till and removes old payments from its ledger, for whoever is signed in.
    ///
    /// # Errors
    /// A problem that says why not. Where it has the field `till`, the till is closed and must be started anew.
    pub async fn remove_old(&self, years: u32, reason: &str, on_step: OnStep) -> Result<(), Problem> {
        let (desk, wanted) = (self.desk().await?, self.wanted(reason).await?);
        removing::look_at(years)?;
        desk.office.may_close().await?;
        desk.office.close().await;
        let dir = self.paths.ledger(desk.settings.mode);
        let (identity, keep) = (identity(&desk.settings), keep(&desk.settings, &dir));
        removing::remove(&dir, identity, keep, years, wanted, on_step).await.map_err(till_closed)?;
        Ok(())
    }

    /// Closes the ledger.
    pub async fn close(&self) {
        if let Some(desk) = self.opened() {
            desk.office.close().await;
        }
    }
}

async fn open(paths: &Paths) -> Result<Desk, Problem> {
    let settings = load_settings(paths)?;
    if settings.mode == Mode::Live && std::env::var_os(AUTOMATION).is_some() {
        return Err(Problem::new("mode_not_allowed").with("why", "automation"));
    }
    let till = opening::open(paths, settings).await?;
    let (recovery, started_ms) = (recovery::read(&recovery::default_path()), Clock::new().now().utc_ms);
    let crashed_at_ms = AtomicI64::new(crash::unseen_at_ms(&paths.logs()).unwrap_or_default());
    Ok(Desk { till, recovery, started_ms, crashed_at_ms })
}

/// A currency of the settings; the default's where they name none of ours.
fn currency(code: &str) -> CurrencyCode {
    Currency::parse(code).unwrap_or(Currency::Nok).into()
}

fn journal_word(office: &Office) -> JournalWord {
    match office.guard().journal() {
        JournalState::Checking => JournalWord::Checking,
        JournalState::Sound => JournalWord::Sound,
        JournalState::Broken(_) => JournalWord::Broken,
    }
}
