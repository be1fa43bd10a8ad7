//! The engine against the provider simulator over real sockets, with a real ledger on disk. Table of contents:
//!
//! - `shop`: an engine, its folder, and the far end
//! - `cli`: checkstand-cli beside a till, without one, and asked wrongly
//! - `cli_terminal`: checkstand-cli with a terminal of its own
//! - `cli_people`: who is asked for a PIN, and what they may do
//! - `cli_money`: what it says about money, and by which exit code
//! - `cli_settings`: settings and secrets, one at a time and as a whole
//! - `cli_walk`: from an empty profile to a paid sale, with a real keychain
//! - `doctor`: everything that breaks a till, named with its next step
//! - `technician`: sets a till up, and works there;  `session`: a keychain of its own;  `tls_front`: certificates of all kinds
//! - `stripping`: a proxy that strips bodies;  `support`: recordings, logs, bundle, crashes
//! - `opened`: what a technician does beside a till takes nothing away from it
//! - `office`: copies, restoring, the anchor, lists
//! - `outcomes`: every way in which a payment ends, on both providers
//! - `trouble`: tokens that die, sockets that break, restarts, hostile answers
//! - `people`: PINs, approval, lock-outs
//! - `secrets`: nothing secret reaches the ledger or the log

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "one binary of modules")]

#[path = "../far_end.rs"]
mod far_end;
#[path = "../tills.rs"]
mod tills;

mod cli;
#[cfg(target_os = "linux")]
mod cli_money;
#[cfg(target_os = "linux")]
mod cli_people;
mod cli_settings;
#[cfg(target_os = "linux")]
mod cli_terminal;
#[cfg(target_os = "linux")]
mod cli_walk;
#[cfg(target_os = "linux")]
mod doctor;
mod office;
#[cfg(target_os = "linux")]
mod opened;
mod outcomes;
mod people;
mod secrets;
#[cfg(target_os = "linux")]
mod session;
mod shop;
mod stripping;
#[cfg(target_os = "linux")]
mod support;
#[cfg(target_os = "linux")]
mod technician;
#[cfg(target_os = "linux")]
mod tls_front;
mod trouble;
