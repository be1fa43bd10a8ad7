//! The part of the till that does: it owns the clock, the disk, the network and the keychain, and nothing is decided here.

pub mod clock;
pub mod closing;
pub mod doctor;
pub mod engine;
pub mod guard;
pub mod jobs;
pub mod ledger;
pub mod office;
pub mod opening;
mod pins;
pub mod recovery;
pub mod removing;
mod residency;
pub mod restoring;
pub mod settings;
pub mod setup;
pub mod vault;
pub mod wire;
