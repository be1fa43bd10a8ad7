//! Setting the till up: settings, secrets, connection tests, diagnostics. What is saved takes effect at once where it
//! can.

use super::{Counter, Desk};
use crate::views::{FindingView, SettingChange, SettingsForm, SettingsView, settings_view};
use checkstand_core::ask::{Deed, Wish};
use checkstand_core::payment::ProviderName;
use checkstand_core::people::Permission;
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::store::StoreEvent;
use checkstand_engine::clock::{Clock, stamp};
use checkstand_engine::connection::{self, Socket};
use checkstand_engine::doctor::{self, Scope};
use checkstand_engine::engine::Handle;
use checkstand_engine::finding::{Finding, Findings};
use checkstand_engine::opening::{broken_settings, load_settings};
use checkstand_engine::redact::Redactor;
use checkstand_engine::settings::{self, Mode, Settings};
use checkstand_engine::setup::{SECRET_NAMES, prepare, stored_secrets};
use checkstand_engine::vault::Vault;
use checkstand_engine::{bundle, crash, unit_guard, wire};
use std::path::Path;
use std::sync::atomic::Ordering;
use tauri::ipc::Channel;

/// Settings that somebody sends are no longer than this.
const IMPORT_BYTES_MAX: usize = 64 * 1024;

impl Counter {
    /// The settings as saved.
    pub async fn settings(&self) -> Result<SettingsView, Problem> {
        let settings = load_settings(self.paths())?;
        Ok(self.view(&settings).await)
    }

    /// Saves what was typed.
    pub async fn save_settings(&self, form: SettingsForm) -> Result<SettingsView, Problem> {
        let old = load_settings(self.paths())?;
        let new = form.over(old.clone())?;
        self.replace(&old, new).await
    }

    /// What an import of this text would change.
    pub async fn read_settings(&self, text: &str) -> Result<Vec<SettingChange>, Problem> {
        self.permitted().await?;
        let old = load_settings(self.paths())?;
        let new = imported(text, &old)?;
        Ok(settings::differences(&old, &new).into_iter().map(SettingChange::from).collect())
    }

    /// Takes these settings in place of the old ones.
    pub async fn import_settings(&self, text: &str) -> Result<SettingsView, Problem> {
        let old = load_settings(self.paths())?;
        let new = imported(text, &old)?;
        self.replace(&old, new).await
    }

    /// Writes the settings, which hold no secret, to a file; its path.
    pub async fn export_settings(&self) -> Result<String, Problem> {
        self.permitted().await?;
        let text = settings::text(&load_settings(self.paths())?).map_err(|error| broken_settings(&error))?;
        let office = &self.desk().await?.office;
        let path = office.keep_file("settings", &format!("settings-{}.toml", now_stamp()), &text).await?;
        Ok(path.display().to_string())
    }

    /// Keeps a secret, or forgets it. The running till goes on with it at once.
    pub async fn keep_secret(&self, name: &str, value: Option<Secret<String>>) -> Result<SettingsView, Problem> {
        let name =
            SECRET_NAMES.into_iter().find(|known| *known == name).ok_or_else(|| Problem::new("secret_invalid"))?;
        let settings = load_settings(self.paths())?;
        if settings.mode == Mode::Training {
            // What is typed there would never be used.
            return Err(Problem::new("mode_not_allowed").with("why", "training"));
        }
        self.permitted().await?;
        let vault = Vault::new(settings.mode.name());
        let (done, event) = match value {
            Some(value) => (vault.put(name, value).await, StoreEvent::SecretStored { name: name.to_owned() }),
            None => (vault.forget(name).await, StoreEvent::SecretForgotten { name: name.to_owned() }),
        };
        done.map_err(|error| Problem::new(error.code()).with("name", name))?;
        self.note(event).await?;
        self.desk().await?.take_effect(&settings).await?;
        Ok(self.view(&settings).await)
    }

    /// What the phone showed for a test sale of 1.00: the unit of amounts is right, or it is not.
    pub async fn confirm_amount_unit(&self, shown: &str) -> Result<SettingsView, Problem> {
        let old = load_settings(self.paths())?;
        let new = unit_guard::confirm(self.desk().await?, &old, shown).await?;
        self.replace(&old, new).await
    }

    /// Walks towards a provider with what is saved; each step is told as soon as it is done.
    pub async fn test_connection(
        &self,
        provider: ProviderName,
        told: Channel<FindingView>,
    ) -> Result<Vec<FindingView>, Problem> {
        self.permitted().await?;
        let settings = load_settings(self.paths())?;
        if settings.mode == Mode::Training {
            return Err(Problem::new("mode_not_allowed").with("why", "training"));
        }
        let prepared = prepare(&settings, &Vault::new(settings.mode.name()), 0).await;
        let folder = self.paths().ledger(settings.mode);
        let socket = Socket::of(provider, &folder, self.line_in(settings.mode)).await;
        let mut tell = |step: &Finding| _ = told.send(FindingView::step(step));
        let mut findings = Findings::new(&mut tell);
        connection::walk(provider, &settings, &prepared, socket, &mut findings).await;
        Ok(findings.list().iter().map(FindingView::step).collect())
    }

    /// Looks for everything that keeps the till from working.
    pub async fn examine(&self, told: Channel<FindingView>) -> Result<Vec<FindingView>, Problem> {
        self.permitted().await?;
        let mut tell = |finding: &Finding| _ = told.send(FindingView::from(finding));
        let findings = self.findings(&mut tell).await;
        Ok(findings.iter().map(FindingView::from).collect())
    }

    /// Writes the support bundle; its path.
    pub async fn support_bundle(&self) -> Result<String, Problem> {
        self.permitted().await?;
        let findings = self.findings(&mut |_| ()).await;
        let desk = self.desk().await?;
        let secrets = stored_secrets(&Vault::new(desk.settings.mode.name())).await;
        let (paths, mode, redactor) = (self.paths().clone(), desk.settings.mode, Redactor::knowing(secrets));
        let work = move || bundle::write(&paths, mode, &now_stamp(), &findings, &redactor);
        let written = tauri::async_runtime::spawn_blocking(work).await;
        let failed = |error: &dyn std::fmt::Display| Problem::new("bundle_failed").with("detail", error);
        let path = written.map_err(|error| failed(&error))?.map_err(|error| failed(&error))?;
        let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.note(StoreEvent::Exported { list: "support".to_owned(), file, rows: 1 }).await?;
        Ok(path.display().to_string())
    }

    /// Somebody has read that the till had stopped.
    pub async fn crash_seen(&self) -> Result<(), Problem> {
        crash::mark_seen(&self.paths().logs());
        self.desk().await?.crash_seen();
        Ok(())
    }

    async fn findings(&self, tell: &mut (dyn FnMut(&Finding) + Send)) -> Vec<Finding> {
        let mode = self.opened().map(|desk| desk.settings.mode);
        let open_till = self.opened().map(|desk| &desk.handle);
        let mut findings = Findings::new(tell);
        let scope = Scope { mode, asks_providers: true, open_till };
        doctor::examine(self.paths(), scope, &mut findings).await;
        findings.list()
    }

    /// Replaces the settings, has it written down, and lets the running till go on with them.
    async fn replace(&self, old: &Settings, new: Settings) -> Result<SettingsView, Problem> {
        if let Some(path) = new.extra_root_ca.as_deref().filter(|path| old.extra_root_ca.as_deref() != Some(*path)) {
            check_root_ca(path)?;
        }
        self.permitted().await?;
        let file = self.paths().settings();
        settings::save(file, &new).map_err(|error| broken_settings(&error))?;
        if let Err(problem) = self.put_in_force(old, &new).await {
            // Who reads that it failed must not find the new ones after the next start.
            settings::save(file, old).map_err(|error| broken_settings(&error))?;
            return Err(problem);
        }
        Ok(self.view(&new).await)
    }

    async fn put_in_force(&self, old: &Settings, new: &Settings) -> Result<(), Problem> {
        self.note(StoreEvent::SettingsChanged { names: settings::changes(old, new) }).await?;
        self.desk().await?.take_effect(new).await
    }

    /// The open till's loop, where it runs in this mode.
    fn line_in(&self, mode: Mode) -> Option<&Handle> {
        self.opened().filter(|desk| desk.settings.mode == mode).map(|desk| &desk.handle)
    }

    async fn view(&self, settings: &Settings) -> SettingsView {
        let started = self.opened().map(|desk| &desk.settings);
        settings_view(settings, started, self.paths()).await
    }

    async fn permitted(&self) -> Result<(), Problem> {
        let deed = Deed::Permit(Permission::Settings);
        self.desk().await?.handle.wish(Wish::Do { deed, approver: None }).await
    }

    async fn note(&self, event: StoreEvent) -> Result<(), Problem> {
        self.desk().await?.handle.wish(Wish::Note(event)).await
    }
}

impl Desk {
    /// The crash that is shown has been read about.
    fn crash_seen(&self) {
        self.crashed_at_ms.store(0, Ordering::Relaxed);
    }
}

/// This moment, for the name of a file.
fn now_stamp() -> String {
    stamp(Clock::new().now().utc_ms)
}

/// Settings from a file of another till, in place of the old ones. They must be in order as a whole.
fn imported(text: &str, old: &Settings) -> Result<Settings, Problem> {
    if text.len() > IMPORT_BYTES_MAX {
        return Err(Problem::new("settings_invalid").with("detail", "longer than settings are"));
    }
    let read = settings::read(text, Path::new("the file")).map_err(|error| broken_settings(&error))?;
    let new = unit_guard::without_foreign_proof(read, old);
    match new.validate().into_iter().next() {
        Some(problem) => Err(problem),
        None => Ok(new),
    }
}

fn check_root_ca(path: &Path) -> Result<(), Problem> {
    wire::check_root_ca(path).map_err(|error| Problem::new(error.code()).with("detail", error))
}
