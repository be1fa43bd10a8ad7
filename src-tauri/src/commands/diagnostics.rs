//! What keeps the till from working, and what somebody far away needs to find out.

use crate::desk::Counter;
use crate::views::{FindingView, provider_name};
use checkstand_core::problem::Problem;
use tauri::State;
use tauri::ipc::Channel;

#[tauri::command]
pub async fn examine(counter: State<'_, Counter>, channel: Channel<FindingView>) -> Result<Vec<FindingView>, Problem> {
    counter.examine(channel).await
}

#[tauri::command]
pub async fn test_connection(
    counter: State<'_, Counter>,
    provider: String,
    channel: Channel<FindingView>,
) -> Result<Vec<FindingView>, Problem> {
    counter.test_connection(provider_name(&provider)?, channel).await
}

#[tauri::command]
pub async fn support_bundle(counter: State<'_, Counter>) -> Result<String, Problem> {
    counter.support_bundle().await
}

#[tauri::command]
pub async fn crash_seen(counter: State<'_, Counter>) -> Result<(), Problem> {
    counter.crash_seen().await
}
