//! What the till needs of its computer, beside disk and keychain: a window to show itself in, and a printer.

use crate::finding::Finding;
use crate::last_start::LastStart;
use crate::settings::paths::Paths;
use std::io;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// WebKitGTK before this one draws pages that were never tried with this view.
const WEBKITGTK_MIN: (u32, u32) = (2, 40);
/// WebView2 and WKWebView are renewed with the system.
const IS_WEBKITGTK: bool = cfg!(target_os = "linux");
/// A print service that hangs must not hold the examination up.
const PRINTERS_WAIT: Duration = Duration::from_secs(5);
const PRINTERS_LOOK: Duration = Duration::from_millis(20);

/// How the window was drawn when it was last opened.
pub(super) fn window(paths: &Paths) -> Finding {
    let Some(last) = LastStart::read(paths) else {
        return Finding::skipped("webview", "the window was not opened with this data folder yet");
    };
    let LastStart { version, webview, .. } = last;
    let what = format!("Checkstand {version} was last drawn by WebView {webview}");
    let mut numbers = webview.split('.').map(|part| part.parse::<u32>().unwrap_or_default());
    let found = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    if IS_WEBKITGTK && found < WEBKITGTK_MIN {
        let todo = "Install the system's updates: the library libwebkit2gtk-4.1 is too old for this window.";
        return Finding::warning("webview", "webview_old", what, todo);
    }
    Finding::well("webview", what)
}

/// Whether papers can be printed. The print dialog finds its printers by itself; this only counts them.
pub(super) fn printer() -> Finding {
    if !cfg!(unix) {
        return Finding::skipped("printer", "the print dialog lists the printers of this computer");
    }
    let todo = "Set a printer up in the system, where receipts and reports are to be printed; sales need none.";
    match printer_names() {
        Ok(Some(names)) if !names.is_empty() => Finding::well("printer", names.join(", ")),
        Ok(None) => {
            let todo = "Restart the system's print service (CUPS), where anything is to be printed; sales need none.";
            Finding::warning("printer", "printer_none", "the print service does not answer", todo)
        }
        Ok(Some(_)) | Err(_) => Finding::warning("printer", "printer_none", "this computer knows no printer", todo),
    }
}

/// None where the print service keeps silent for too long.
fn printer_names() -> io::Result<Option<Vec<String>>> {
    let mut asked =
        Command::new("lpstat").arg("-e").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let started = Instant::now();
    while asked.try_wait()?.is_none() {
        if started.elapsed() > PRINTERS_WAIT {
            asked.kill()?;
            asked.wait()?;
            return Ok(None);
        }
        thread::sleep(PRINTERS_LOOK);
    }
    let output = asked.wait_with_output()?;
    Ok(Some(String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()))
}
