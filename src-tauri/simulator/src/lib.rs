//! The far end of both wires: MIS Pay In-Store and PayEx MultiPay, as one small machine with its
//! own books.
//!
//! It is pure. Time is an argument (`now_ms`, UTC milliseconds), chance comes from a seed, and
//! nothing is read or written outside: the same calls with the same seed give the same answers. Its
//! customers act in their own time, whether anyone polls or not. It writes and reads its JSON by
//! hand from the two papers and shares no message type with the till, so a wrong field name on
//! either side is caught instead of agreed upon.
//!
//! In reading order:
//! 1. [`world`]: a switch for each thing that the papers leave open.
//! 2. [`accounts`]: who may call.
//! 3. [`customers`]: what the people with the phones do, and when; [`phone`]: what they see.
//! 4. [`simulator`]: the machine itself; `mispay` and `multipay` are its two doors.
//! 5. [`books`]: the truth about the money, and about what was asked.

pub mod accounts;
mod agenda;
mod amount;
pub mod books;
mod chance;
pub mod customers;
mod json;
mod mispay;
mod multipay;
mod payments;
pub mod phone;
mod request;
pub mod simulator;
mod tokens;
pub mod world;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop where it stands")]
mod tests;
