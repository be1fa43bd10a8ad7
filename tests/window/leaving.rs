//! The window's close button: it asks while a payment is under way, and only then.

use crate::real_wires::{keep_secrets, set_up};
use crate::window::{Home, Window};
use std::fs::File;
use std::time::{Duration, Instant};
use x11rb::connection::Connection;
use x11rb::protocol::xproto::{AtomEnum, ClientMessageEvent, ConnectionExt, EventMask, Window as XWindow};
use x11rb::rust_connection::RustConnection;

const PATIENCE: Duration = Duration::from_secs(10);
/// Two wishes closer together are one.
const NOT_A_DOUBLE_CLICK_MS: u64 = 1_000;

/// Sends the till's window what its close button sends.
fn press_the_close_button() {
    let (x, screen) = x11rb::connect(None).unwrap();
    let root = x.setup().roots[screen].root;
    let atom = |name: &[u8]| x.intern_atom(false, name).unwrap().reply().unwrap().atom;
    let (protocols, goodbye) = (atom(b"WM_PROTOCOLS"), atom(b"WM_DELETE_WINDOW"));
    let windows = x.query_tree(root).unwrap().reply().unwrap().children;
    let till = windows.into_iter().find(|window| is_till(&x, *window)).expect("the till has a window");
    let message = ClientMessageEvent::new(32, till, protocols, [goodbye, x11rb::CURRENT_TIME, 0, 0, 0]);
    x.send_event(false, till, EventMask::NO_EVENT, message).unwrap().check().unwrap();
}

fn is_till(x: &RustConnection, window: XWindow) -> bool {
    let name = x.get_property(false, window, AtomEnum::WM_NAME, AtomEnum::ANY, 0, 64).unwrap().reply().unwrap().value;
    let geometry = x.get_geometry(window).unwrap().reply().unwrap();
    name == b"Checkstand" && geometry.width > 200
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
