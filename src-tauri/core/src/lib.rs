//! The part of the till that decides. No clock, no chance, no async, no I/O: all of that is an argument.
//!
//! Reading order: [`money`] → [`payment`] (facts, and the state they make) → [`book`] (all payments) → [`till`]
//! (decide, then apply) → [`provider`] and its two machines. [`ask`], [`message`] and [`problem`] are the data that
//! crosses the border.

pub mod agenda;
pub mod ask;
pub mod book;
pub mod limits;
mod loose;
pub mod message;
pub mod money;
pub mod payment;
pub mod people;
pub mod problem;
pub mod provider;
pub mod secret;
pub mod shift;
pub mod store;
pub mod till;
