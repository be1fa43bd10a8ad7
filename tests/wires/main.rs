//! The engine against the provider simulator over real sockets, with a real ledger on disk. Table of contents:
//!
//! - `shop`: an engine, its folder, and the far end
//! - `cli`: checkstand-cli beside a till, without one, and asked wrongly
//! - `office`: copies, restoring, the anchor, lists
//! - `outcomes`: every way in which a payment ends, on both providers
//! - `trouble`: tokens that die, sockets that break, restarts, hostile answers
//! - `people`: PINs, approval, lock-outs
//! - `secrets`: nothing secret reaches the ledger or the log

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, reason = "one binary of modules")]

#[path = "../far_end.rs"]
mod far_end;

mod cli;
mod office;
mod outcomes;
mod people;
mod secrets;
mod shop;
mod trouble;
