//! What the page says when somebody wants to close the window.

use crate::closing::{Door, close};
use tauri::ipc::Channel;
use tauri::{Manager, Runtime, State, WebviewWindow};

#[tauri::command]
pub async fn watch_closing(door: State<'_, Door>, channel: Channel<()>) -> Result<(), ()> {
    door.watch(channel);
    Ok(())
}

#[tauri::command]
pub async fn stay(door: State<'_, Door>) -> Result<(), ()> {
    door.stay();
    Ok(())
}

#[tauri::command]
pub async fn leave<R: Runtime>(window: WebviewWindow<R>) -> Result<(), ()> {
    close(window.app_handle(), window.label());
    Ok(())
}
