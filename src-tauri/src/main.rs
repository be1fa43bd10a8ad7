//! The window. The only Rust that knows Tauri: it starts the engine, hands commands to it, and shows what it says.

#![allow(unreachable_pub, reason = "a binary has no outside; pub says what a module offers the others")]
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bindings;
mod closing;
mod commands;
mod desk;
mod diary;
mod restarting;
mod views;

use checkstand_engine::settings::paths::Paths;
use clap::Parser;
use closing::Door;
use desk::Counter;
use std::path::PathBuf;
use tauri::{Manager, RunEvent, WindowEvent};

/// Checkstand, a till for wallet and pay-later payments.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    /// The folder for ledgers, instead of the platform's.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// The settings file, instead of the platform's.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn main() {
    checkstand_engine::hardening::forbid_core_dumps();
    let arguments = Arguments::parse();
    checkstand_engine::wire::install_crypto_provider();
    let paths = match Paths::find(arguments.data_dir.clone(), arguments.config) {
        Ok(paths) => paths,
        Err(error) => stop(&error.to_string()),
    };
    diary::begin(&paths);
    // Each ledger has one window; another data folder is another till.
    let app = tauri::Builder::default();
    let app = match arguments.data_dir {
        None => app.plugin(tauri_plugin_single_instance::init(|app, _, _| show(app))),
        Some(_) => app,
    };
    let app = commands::register(app.manage(Counter::new(paths)).manage(Door::default()))
        .on_page_load(|webview, page| {
            if page.event() == tauri::webview::PageLoadEvent::Finished {
                show(webview.app_handle());
            }
        })
        .build(tauri::generate_context!());
    match app {
        Ok(app) => app.run(|app, event| match event {
            RunEvent::Ready => {
                diary::window_opened(app.state::<Counter>().paths());
                restarting::watch_over(app.clone());
            }
            RunEvent::WindowEvent { label, event: WindowEvent::CloseRequested { api, .. }, .. } => {
                closing::wished(app, &label, &api);
            }
            RunEvent::Exit => tauri::async_runtime::block_on(app.state::<Counter>().close()),
            _ => {}
        }),
        Err(error) => stop(&format!("the window cannot be opened: {error}")),
    }
}

/// Brings the window to the front.
fn show<R: tauri::Runtime>(app: &tauri::AppHandle<R>) {
    if let Some(window) = app.get_webview_window("main") {
        // A window manager that refuses either is no reason to stop a till.
        _ = window.show();
        _ = window.set_focus();
    }
}

fn stop(why: &str) -> ! {
    eprintln!("checkstand: {why}");
    std::process::exit(1)
}
