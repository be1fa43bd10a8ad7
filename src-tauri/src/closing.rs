//! The window's close button: what is under way is named by the page before the window goes.

use crate::desk::Counter;
use checkstand_engine::clock::Clock;
use checkstand_engine::closing::{Answer, Closing, is_something_under_way};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tauri::ipc::Channel;
use tauri::{AppHandle, CloseRequestApi, Manager, Runtime};

/// A till that does not say so soon what is under way cannot be asked.
const ANSWER_MAX: Duration = Duration::from_secs(2);

/// Who wants to go through, and how the page is asked. Kept by Tauri.
#[derive(Default)]
pub struct Door(Mutex<(Closing, Option<Channel<()>>)>);

impl Door {
    fn inside(&self) -> MutexGuard<'_, (Closing, Option<Channel<()>>)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The page asks from now on.
    pub fn watch(&self, page: Channel<()>) {
        let mut inside = self.inside();
        // A page that was loaded anew shows no question any more.
        inside.0.stay();
        inside.1 = Some(page);
    }

    /// They stay.
    pub fn stay(&self) {
        self.inside().0.stay();
    }

    /// Whether there is a page to ask.
    fn ask(&self) -> bool {
        self.inside().1.as_ref().is_some_and(|page| page.send(()).is_ok())
    }
}

/// Somebody wants to close the window.
pub fn wished<R: Runtime>(app: &AppHandle<R>, label: &str, api: &CloseRequestApi) {
    match app.state::<Door>().inside().0.wish(Clock::new().now().boot_ms) {
        Answer::Close => return,
        Answer::Wait => return api.prevent_close(),
        Answer::Ask => api.prevent_close(),
    }
    let (app, label) = (app.clone(), label.to_owned());
    tauri::async_runtime::spawn(async move {
        let asked = app.state::<Counter>().is_something_under_way(ANSWER_MAX).await && app.state::<Door>().ask();
        if !asked {
            close(&app, &label);
        }
    });
}

/// Closes the window without another question.
pub fn close<R: Runtime>(app: &AppHandle<R>, label: &str) {
    if let Some(window) = app.get_webview_window(label)
        && let Err(error) = window.destroy()
    {
        tracing::error!(%error, "the window does not close");
    }
}

impl Counter {
    /// Whether a payment is under way, as far as the till says so in time.
    async fn is_something_under_way(&self, answer_max: Duration) -> bool {
        let Some(desk) = self.opened() else { return false };
        let look = desk.handle.look(|scene| is_something_under_way(scene.till));
        matches!(tokio::time::timeout(answer_max, look).await, Ok(Ok(true)))
    }
}
