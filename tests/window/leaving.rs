//! The window's close button: it asks while a payment is under way, and only then.

use crate::real_wires::{keep_secrets, set_up};
use crate::window::{Home, Window};
use std::fs::File;
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::errors::ReplyError;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, Window as XWindow};
use x11rb::rust_connection::RustConnection;

const PATIENCE: Duration = Duration::from_secs(10);
/// Two wishes closer together are one.
const NOT_A_DOUBLE_CLICK_MS: u64 = 1_000;

/// Sends the till's window what its close button sends.
fn press_the_close_button() {
    let (x, _) = x11rb::connect(None).unwrap();
    let (till, _) = till_window().expect("the till has a window");
    let (protocols, goodbye) = (atom(&x, b"WM_PROTOCOLS"), atom(&x, b"WM_DELETE_WINDOW"));
    let message = ClientMessageEvent::new(32, till, protocols, [goodbye, x11rb::CURRENT_TIME, 0, 0, 0]);
    x.send_event(false, till, EventMask::NO_EVENT, message).unwrap().check().unwrap();
}

/// The till's window on the display, and its process.
pub fn till_window() -> Option<(XWindow, u32)> {
    let (x, screen) = x11rb::connect(None).unwrap();
    let windows = x.query_tree(x.setup().roots[screen].root).unwrap().reply().unwrap().children;
    windows.into_iter().find_map(|window| Some((window, till_process(&x, window).ok()??)))
}

/// A window that closes meanwhile is none.
fn till_process(x: &RustConnection, window: XWindow) -> Result<Option<u32>, ReplyError> {
    let name = x.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64)?.reply()?.value;
    let is_till = name == b"Checkstand" && x.get_geometry(window)?.reply()?.width > 200;
    let process = atom(x, b"_NET_WM_PID");
    let process = x.get_property(false, window, process, AtomEnum::CARDINAL, 0, 1)?.reply()?;
    Ok(process.value32().and_then(|mut value| value.next()).filter(|_| is_till))
}

fn atom(x: &RustConnection, name: &[u8]) -> u32 {
    x.intern_atom(false, name).unwrap().reply().unwrap().atom
}

/// Waits until the till has started itself anew, and closes it: the driver drives only what it has started.
pub async fn close_the_next(home: &Home, mode: &str, process: u32) {
    let begun = Instant::now();
    while till_window().is_none_or(|(_, now)| now == process) {
        assert!(begun.elapsed() < PATIENCE, "it does not start anew");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    press_the_close_button();
    has_ended(home, mode).await;
}

/// Waits until nobody holds the ledger: the till has ended.
async fn has_ended(home: &Home, mode: &str) {
    let begun = Instant::now();
    let lock = File::open(home.data().join(format!("checkstand/{mode}/ledger.lock"))).unwrap();
    while lock.try_lock().is_err() {
        assert!(begun.elapsed() < PATIENCE, "the window does not close");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn r26_closing_the_window_asks_while_a_payment_is_under_way_and_the_next_start_takes_it_up() {
    let (far, home) = set_up(&[]).await;
    keep_secrets(&far).await;
    let window = Window::open(&home).await;
    let id = window.charge("mispay", "201.05").await;
    window.wait_for_state("waiting").await;

    press_the_close_button();
    assert!(window.text(&format!("leave-{id}")).await.contains("201.05"));
    window.screenshot("leave").await;
    window.click("leave-stay").await;
    window.wait_for_state("waiting").await;
    assert!(!window.is_there("leave").await);

    press_the_close_button();
    window.find("leave-now").await;
    // The driver cannot hear what becomes of a click that ends its session.
    window.run("setTimeout(() => document.querySelector(\"[data-testid='leave-now']\").click(), 400)").await;
    has_ended(&home, "test").await;
    window.close().await;

    let window = Window::open_on_the_stage(&home).await;
    assert_eq!(window.payment_id().await, id);
    far.customer(&id, "approve").await;
    window.wait_for_state("paid").await;
    assert_eq!(far.money_requests(&id).await, 1);

    press_the_close_button();
    has_ended(&home, "test").await;
    window.close().await;
}

#[tokio::test]
async fn r26_a_page_that_hangs_cannot_keep_the_window_open() {
    let home = Home::new();
    let window = Window::open(&home).await;
    window.charge("mispay", "20.00").await;
    window.wait_for_state("waiting").await;
    window.run("setTimeout(() => { for (;;); }, 50)").await;
    window.pause(200).await;
    press_the_close_button();
    window.pause(NOT_A_DOUBLE_CLICK_MS).await;
    press_the_close_button();
    has_ended(&home, "training").await;
    window.close().await;
}
