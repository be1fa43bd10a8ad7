//! Settings and secrets. Whoever saves needs the permission; what was saved is written down, a secret by its name only.

use super::done;
use crate::desk::Counter;
use crate::views::{SettingsForm, SettingsView, settings_view};
use checkstand_core::ask::{Deed, Wish};
use checkstand_core::people::Permission;
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::store::StoreEvent;
use checkstand_engine::opening::{broken_settings, load_settings};
use checkstand_engine::settings;
use checkstand_engine::setup::SECRET_NAMES;
use checkstand_engine::vault::Vault;
use tauri::State;

#[tauri::command]
pub async fn settings(counter: State<'_, Counter>) -> Result<SettingsView, Problem> {
    let settings = load_settings(counter.paths())?;
    Ok(settings_view(&settings).await)
}

#[tauri::command]
pub async fn save_settings(counter: State<'_, Counter>, form: SettingsForm) -> Result<SettingsView, Problem> {
    let old = load_settings(counter.paths())?;
    let new = form.over(old.clone())?;
    permitted(&counter).await?;
    settings::save(counter.paths().settings(), &new).map_err(|error| broken_settings(&error))?;
    note(&counter, StoreEvent::SettingsChanged { names: settings::changes(&old, &new) }).await?;
    Ok(settings_view(&new).await)
}

#[tauri::command]
pub async fn put_secret(counter: State<'_, Counter>, name: String, value: String) -> Result<SettingsView, Problem> {
    let (value, name) = (Secret::new(value), secret_name(&name)?);
    let (settings, vault) = saved_vault(&counter)?;
    permitted(&counter).await?;
    vault.put(name, value).await.map_err(|error| Problem::new(error.code()).with("name", name))?;
    note(&counter, StoreEvent::SecretStored { name: name.to_owned() }).await?;
    Ok(settings_view(&settings).await)
}

#[tauri::command]
pub async fn forget_secret(counter: State<'_, Counter>, name: String) -> Result<SettingsView, Problem> {
    let name = secret_name(&name)?;
    let (settings, vault) = saved_vault(&counter)?;
    permitted(&counter).await?;
    vault.forget(name).await.map_err(|error| Problem::new(error.code()).with("name", name))?;
    note(&counter, StoreEvent::SecretForgotten { name: name.to_owned() }).await?;
    Ok(settings_view(&settings).await)
}

async fn permitted(counter: &Counter) -> Result<(), Problem> {
    done(counter, Deed::Permit(Permission::Settings), None).await
}

async fn note(counter: &Counter, event: StoreEvent) -> Result<(), Problem> {
    counter.desk().await?.handle.wish(Wish::Note(event)).await
}

/// The saved settings and the keychain of their mode. Training has no secrets: what is typed there would never be used.
fn saved_vault(counter: &Counter) -> Result<(settings::Settings, Vault), Problem> {
    let settings = load_settings(counter.paths())?;
    match settings.mode {
        settings::Mode::Training => Err(Problem::new("mode_not_allowed").with("why", "training")),
        mode @ (settings::Mode::Test | settings::Mode::Live) => Ok((settings, Vault::new(mode.name()))),
    }
}

fn secret_name(name: &str) -> Result<&'static str, Problem> {
    SECRET_NAMES.into_iter().find(|known| *known == name).ok_or_else(|| Problem::new("secret_invalid"))
}
