//! A till that stopped by a mistake of its own starts again: everything that was open is taken up from the ledger.

use crate::desk::Counter;
use checkstand_engine::crash;
use tauri::{AppHandle, Manager, Runtime};

/// More crashes than this within the span have a cause that another start does not mend: then the window stays, and says
/// so.
const CRASHES_MAX: usize = 3;
const SPAN_MS: i64 = 10 * 60 * 1_000;

/// Opens the till before anybody asks, and watches over it.
pub fn watch_over<R: Runtime>(app: AppHandle<R>) {
    tauri::async_runtime::spawn(async move {
        let counter = app.state::<Counter>();
        // Why it does not open is for the page to say.
        let Ok(desk) = counter.desk().await else { return };
        desk.handle.crashed().await;
        // A crash that could not even leave its report cannot be counted: another start might crash for ever.
        if (1..=CRASHES_MAX).contains(&crash::count_within(&counter.paths().logs(), SPAN_MS)) {
            counter.close().await;
            app.restart();
        }
    });
}
