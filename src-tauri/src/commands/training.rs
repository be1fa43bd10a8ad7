//! Training: the customers' phones.

use crate::desk::Counter;
use crate::views::PhoneView;
use checkstand_core::problem::Problem;
use tauri::State;

#[tauri::command]
pub async fn phones(counter: State<'_, Counter>) -> Result<Vec<PhoneView>, Problem> {
    let desk = counter.desk().await?;
    let Some(simulator) = &desk.simulator else { return Ok(Vec::new()) };
    Ok(simulator.phones().iter().filter_map(|phone| PhoneView::of(phone, &desk.settings.store)).collect())
}

#[tauri::command]
pub async fn phone_act(counter: State<'_, Counter>, payment: String, act: String) -> Result<(), Problem> {
    let simulator = counter.desk().await?.simulator.as_ref().ok_or_else(|| Problem::new("mode_not_allowed"))?;
    let done = match act.as_str() {
        "approve" => simulator.approve(&payment),
        "cancel" => simulator.cancel(&payment),
        _ => simulator.walk_away(&payment),
    };
    if done { Ok(()) } else { Err(Problem::new("not_allowed_in_state")) }
}
