//! Settings and secrets. Whoever saves needs the permission; what was saved is written down, a secret by its name only.

use crate::desk::Counter;
use crate::views::{SettingChange, SettingsForm, SettingsView};
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use tauri::State;

#[tauri::command]
pub async fn settings(counter: State<'_, Counter>) -> Result<SettingsView, Problem> {
    counter.settings().await
}

#[tauri::command]
pub async fn save_settings(counter: State<'_, Counter>, form: SettingsForm) -> Result<SettingsView, Problem> {
    counter.save_settings(form).await
}

#[tauri::command]
pub async fn put_secret(counter: State<'_, Counter>, name: String, value: String) -> Result<SettingsView, Problem> {
    counter.keep_secret(&name, Some(Secret::new(value))).await
}

#[tauri::command]
pub async fn forget_secret(counter: State<'_, Counter>, name: String) -> Result<SettingsView, Problem> {
    counter.keep_secret(&name, None).await
}

#[tauri::command]
pub async fn confirm_amount_unit(counter: State<'_, Counter>, shown: String) -> Result<SettingsView, Problem> {
    counter.confirm_amount_unit(&shown).await
}

#[tauri::command]
pub async fn export_settings(counter: State<'_, Counter>) -> Result<String, Problem> {
    counter.export_settings().await
}

#[tauri::command]
pub async fn read_settings(counter: State<'_, Counter>, text: String) -> Result<Vec<SettingChange>, Problem> {
    counter.read_settings(&text).await
}

#[tauri::command]
pub async fn import_settings(counter: State<'_, Counter>, text: String) -> Result<SettingsView, Problem> {
    counter.import_settings(&text).await
}
