//! Every test of the till without a window. Table of contents, in reading order.
//!
//! - `world`: a shop in virtual time: the real core, a ledger that can fail, both far ends, and a wire with faults
//! - `papers`: every sample of the two papers is read by the product
//! - `sale`, `refund`, `cancel`, `unknown`: what a cashier and a manager live through
//! - `exchange`: secrets, addresses and accounts that change while the till runs
//! - `people`, `shift`: who may do what, and what a day comes to
//! - `mispay`, `multipay`: the rows of the two evidence tables
//! - `chaos`: thousands of seeds of all of it at once, ledger against the providers' books
//! - `tidy`: the rules of the house that no compiler checks

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
#![allow(unreachable_pub, dead_code, unused_imports, reason = "one binary of modules; the proof shares the shop")]

mod world;

mod cancel;
mod chaos;
mod exchange;
mod mispay;
mod multipay;
mod papers;
mod people;
mod refund;
mod sale;
mod shift;
mod unknown;

mod tidy;
