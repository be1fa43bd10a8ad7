//! A disk in memory below SQLite, for tests of the ledger. It keeps a log of everything that reached it, so that after any part
//! of it the power can be cut: what was synced is there, and of the rest nothing, a part, or torn pieces. And it fails on demand.
//!
//! [`install`] makes it SQLite's default in this process, so the product is tested as it is, through the paths that it opens
//! itself. A [`Disk`] is mounted on a folder; a file that lies in no such folder cannot be opened. Only what goes through SQLite
//! is here: lock, ballast and copies are files of the real folder.

mod content;
mod disk;
mod faults;
mod handle;
mod locks;
mod sqlite;
mod wreck;

pub use content::Content;
pub use disk::{Disk, Image, Op};
pub use faults::{Fault, Plan};
pub use sqlite::{install, mount, unmount};
pub use wreck::{Cut, Wreck};
