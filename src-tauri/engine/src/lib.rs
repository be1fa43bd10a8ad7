//! The part of the till that does: it owns the clock, the disk, the network and the keychain, and nothing is decided here.

pub mod bundle;
pub mod clock;
pub mod closing;
pub mod connection;
pub mod crash;
pub mod doctor;
pub mod engine;
pub mod finding;
pub mod guard;
pub mod hardening;
pub mod jobs;
pub mod last_start;
pub mod ledger;
pub mod logs;
pub mod office;
pub mod opening;
mod pins;
pub mod recorder;
pub mod recovery;
pub mod redact;
pub mod removing;
mod residency;
pub mod restoring;
pub mod settings;
pub mod setup;
#[cfg(test)]
#[path = "../../../tests/tills.rs"]
mod tills;
pub mod unit_guard;
pub mod vault;
pub mod wire;
