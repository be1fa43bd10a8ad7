//! The commands of the window. Each parses, sends and converts; none of them can set a state.

use crate::desk::{Counter, broken_settings};
use crate::views::{
    PaymentView, PhoneView, SaleRequest, SettingsForm, SettingsView, Snapshot, payment_id, picture, settings_view,
};
use checkstand_core::ask::Ask;
use checkstand_core::payment::PaymentId;
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_engine::settings;
use checkstand_engine::setup::SECRET_NAMES;
use checkstand_engine::vault::Vault;
use tauri::ipc::Channel;
use tauri::{AppHandle, Builder, Runtime, State};

/// Until people sign in, the till itself is the operator.
pub(crate) const OPERATOR: &str = "till";

/// Registers every command; `permissions/till.toml` lists the same ones.
pub fn register<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    builder.invoke_handler(tauri::generate_handler![
        watch,
        snapshot,
        start_sale,
        check_now,
        stop_waiting,
        cancel_payment,
        customer_says,
        check_number,
        acknowledge,
        settings,
        save_settings,
        put_secret,
        forget_secret,
        restart,
        phones,
        phone_act,
    ])
}

#[tauri::command]
async fn watch(counter: State<'_, Counter>, channel: Channel<u64>) -> Result<(), Problem> {
    let mut revisions = counter.desk().await?.handle.revisions();
    tauri::async_runtime::spawn(async move {
        while channel.send(*revisions.borrow_and_update()).is_ok() && revisions.changed().await.is_ok() {}
    });
    Ok(())
}

#[tauri::command]
async fn snapshot(counter: State<'_, Counter>) -> Result<Snapshot, Problem> {
    let desk = counter.desk().await?;
    let frame = desk.frame();
    desk.handle.look(move |scene| picture(scene, frame)).await
}

#[tauri::command]
async fn start_sale(counter: State<'_, Counter>, sale: SaleRequest) -> Result<PaymentView, Problem> {
    let desk = counter.desk().await?;
    let sale = sale.read()?;
    let (id, frame) = (sale.id, desk.frame());
    desk.handle.ask(OPERATOR, Ask::Sell(sale)).await?;
    desk.handle
        .look(move |scene| PaymentView::of(scene, &frame, id))
        .await?
        .ok_or_else(|| Problem::new("payment_not_found"))
}

async fn ask(counter: &Counter, payment: &str, ask: impl FnOnce(PaymentId) -> Ask) -> Result<(), Problem> {
    counter.desk().await?.handle.ask(OPERATOR, ask(payment_id(payment)?)).await
}

#[tauri::command]
async fn check_now(counter: State<'_, Counter>, payment: String) -> Result<(), Problem> {
    ask(&counter, &payment, Ask::CheckNow).await
}

#[tauri::command]
async fn stop_waiting(counter: State<'_, Counter>, payment: String) -> Result<(), Problem> {
    ask(&counter, &payment, Ask::Park).await
}

#[tauri::command]
async fn cancel_payment(counter: State<'_, Counter>, payment: String) -> Result<(), Problem> {
    ask(&counter, &payment, Ask::Cancel).await
}

#[tauri::command]
async fn customer_says(counter: State<'_, Counter>, payment: String, said: String) -> Result<(), Problem> {
    ask(&counter, &payment, |payment| Ask::CustomerSays { payment, paid: said == "paid" }).await
}

#[tauri::command]
async fn check_number(counter: State<'_, Counter>, payment: String, number: String) -> Result<(), Problem> {
    ask(&counter, &payment, |payment| Ask::CheckNumber { payment, number }).await
}

#[tauri::command]
async fn acknowledge(counter: State<'_, Counter>, payment: String) -> Result<(), Problem> {
    ask(&counter, &payment, Ask::Acknowledge).await
}

#[tauri::command]
async fn settings(counter: State<'_, Counter>) -> Result<SettingsView, Problem> {
    let settings = settings::load(counter.paths().settings()).map_err(|error| broken_settings(&error))?;
    Ok(settings_view(&settings).await)
}

#[tauri::command]
async fn save_settings(counter: State<'_, Counter>, form: SettingsForm) -> Result<SettingsView, Problem> {
    let path = counter.paths().settings();
    let old = settings::load(path).map_err(|error| broken_settings(&error))?;
    let new = form.over(old)?;
    settings::save(path, &new).map_err(|error| broken_settings(&error))?;
    Ok(settings_view(&new).await)
}

#[tauri::command]
async fn put_secret(counter: State<'_, Counter>, name: String, value: String) -> Result<SettingsView, Problem> {
    let (value, name) = (Secret::new(value), secret_name(&name)?);
    let (settings, vault) = saved_vault(&counter)?;
    vault.put(name, value).await.map_err(|error| Problem::new(error.code()).with("name", name))?;
    Ok(settings_view(&settings).await)
}

#[tauri::command]
async fn forget_secret(counter: State<'_, Counter>, name: String) -> Result<SettingsView, Problem> {
    let name = secret_name(&name)?;
    let (settings, vault) = saved_vault(&counter)?;
    vault.forget(name).await.map_err(|error| Problem::new(error.code()).with("name", name))?;
    Ok(settings_view(&settings).await)
}

/// The saved settings and the keychain of their mode. Training has no secrets: what is typed there would never be used.
fn saved_vault(counter: &Counter) -> Result<(settings::Settings, Vault), Problem> {
    let settings = settings::load(counter.paths().settings()).map_err(|error| broken_settings(&error))?;
    match settings.mode {
        settings::Mode::Training => Err(Problem::new("mode_not_allowed").with("why", "training")),
        mode @ (settings::Mode::Test | settings::Mode::Live) => Ok((settings, Vault::new(mode.name()))),
    }
}

fn secret_name(name: &str) -> Result<&'static str, Problem> {
    SECRET_NAMES.into_iter().find(|known| *known == name).ok_or_else(|| Problem::new("secret_invalid"))
}

/// Settings are read at the start: this starts the till anew. Every open payment is taken up again.
#[tauri::command]
async fn restart<R: Runtime>(app: AppHandle<R>, counter: State<'_, Counter>) -> Result<(), Problem> {
    counter.close().await;
    app.restart();
}

#[tauri::command]
async fn phones(counter: State<'_, Counter>) -> Result<Vec<PhoneView>, Problem> {
    let desk = counter.desk().await?;
    let Some(simulator) = &desk.simulator else { return Ok(Vec::new()) };
    Ok(simulator.phones().iter().filter_map(|phone| PhoneView::of(phone, &desk.settings.store)).collect())
}

#[tauri::command]
async fn phone_act(counter: State<'_, Counter>, payment: String, act: String) -> Result<(), Problem> {
    let simulator = counter.desk().await?.simulator.as_ref().ok_or_else(|| Problem::new("mode_not_allowed"))?;
    let done = match act.as_str() {
        "approve" => simulator.approve(&payment),
        "cancel" => simulator.cancel(&payment),
        _ => simulator.walk_away(&payment),
    };
    if done { Ok(()) } else { Err(Problem::new("not_allowed_in_state")) }
}
