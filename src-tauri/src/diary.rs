//! What the till writes down about itself: logs, reports about crashes, and its last start.

use checkstand_engine::clock::Clock;
use checkstand_engine::crash::report_panics;
use checkstand_engine::last_start::LastStart;
use checkstand_engine::logs::{Logs, RedactedStderr};
use checkstand_engine::settings::paths::Paths;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, fmt};

/// What is worth a line, where `RUST_LOG` says nothing else.
const WORTH_A_LINE: &str = "info,checkstand_engine=debug";

/// Begins to write. A till that cannot write logs sells all the same.
pub fn begin(paths: &Paths) {
    let logs = Logs::open(&paths.logs());
    let missing = logs.as_ref().err().map(ToString::to_string);
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(WORTH_A_LINE));
    let to_file = logs.ok().map(|logs| fmt::layer().with_ansi(false).with_writer(logs));
    tracing_subscriber::registry()
        .with(filter)
        .with(fmt::layer().with_ansi(false).with_writer(RedactedStderr))
        .with(to_file)
        .init();
    if let Some(error) = missing {
        tracing::warn!(error, "there are no logs");
    }
    report_panics(&paths.logs());
    tracing::info!(version = env!("CARGO_PKG_VERSION"), "the till starts");
}

/// The window is there.
pub fn window_opened(paths: &Paths) {
    let webview = tauri::webview_version().unwrap_or_else(|error| format!("unknown: {error}"));
    tracing::info!(webview, "the window is open");
    LastStart { version: env!("CARGO_PKG_VERSION").to_owned(), webview, at_ms: Clock::new().now().utc_ms }.write(paths);
}
