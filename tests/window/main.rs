//! Walks through the real window, driven like a cashier would: keys, tiles, buttons. They need a display, a session bus
//! and an unlocked keychain of their own; `.ci/with-desktop` gives them all three. One walk at a time on a desktop.
//!
//! - `window`: the app under a WebDriver
//! - `training`: first start; every outcome on both providers, with the simulated far ends
//! - `people`, `managers`: signing in, lock-outs, approval; refunds, what is not known, shifts, exports
//! - `leaving`: the window's close button while a payment is under way
//! - `killed`: the process is killed at any moment of a sale
//! - `real_wires`: test mode, secrets in the keychain, against provider-simulator over loopback sockets
//! - `setting_up`: from an empty profile to a sale; connection tests, diagnostics, settings that travel
//! - `secrets`: what must never be in the page
//! - `demo`: what `make run` plays where there is no display

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "one binary of modules")]

#[path = "../far_end.rs"]
mod far_end;

#[path = "../processes/judge.rs"]
mod judge;

mod demo;
mod killed;
mod leaving;
mod managers;
mod people;
mod real_wires;
mod secrets;
mod setting_up;
mod training;
mod window;
