//! Room kept back on the disk, so that the outcomes of payments under way can still be written when it is full.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How much is kept back.
pub(super) const BALLAST_BYTES: u64 = 16 * 1024 * 1024;

/// The file `ballast` beside the ledger.
pub(super) struct Ballast {
    path: PathBuf,
}

impl Ballast {
    pub(super) fn beside(dir: &Path) -> Ballast {
        Ballast { path: dir.join("ballast") }
    }

    /// Makes the file where it is missing or not whole. A disk without room for it is no reason to keep the till shut.
    pub(super) fn take(&self) {
        if self.is_whole() {
            return;
        }
        if let Err(error) = self.allocate() {
            tracing::warn!(%error, "no room for the ballast: the disk is nearly full");
            self.give_back();
        }
    }

    /// Deletes the file. Answers whether that gave any room.
    pub(super) fn give_back(&self) -> bool {
        match fs::remove_file(&self.path) {
            Ok(()) => {
                tracing::warn!("the ballast was given back: the disk is full");
                true
            }
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%error, "the ballast could not be given back");
                }
                false
            }
        }
    }

    fn is_whole(&self) -> bool {
        fs::metadata(&self.path)
            .is_ok_and(|file| file.len() == BALLAST_BYTES && allocated_bytes(&file) >= BALLAST_BYTES)
    }

    fn allocate(&self) -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&self.path)?;
        match fs4::fs_std::FileExt::allocate(&file, BALLAST_BYTES) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::StorageFull => return Err(error),
            // Not every file system can reserve; every one can be written to.
            Err(_) => fill(&mut file)?,
        }
        file.sync_all()
    }
}

/// Writes what no file system can compress away.
fn fill(file: &mut File) -> io::Result<()> {
    let mut seed: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut block = Vec::with_capacity(64 * 1024);
    for _ in 0..BALLAST_BYTES / 65_536 {
        block.clear();
        while block.len() < 65_536 {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            block.extend_from_slice(&seed.to_le_bytes());
        }
        file.write_all(&block)?;
    }
    Ok(())
}

/// What the file really takes on the disk, in bytes; its length where the system does not say.
#[cfg(unix)]
fn allocated_bytes(file: &fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::blocks(file) * 512
}

#[cfg(not(unix))]
fn allocated_bytes(file: &fs::Metadata) -> u64 {
    file.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_written_ballast_is_as_real_as_the_reserved_one() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("written");
        let mut file = File::create(&path).expect("a file");
        fill(&mut file).expect("room");
        file.sync_all().expect("a disk");
        let file = fs::metadata(&path).expect("the file");
        assert_eq!(file.len(), BALLAST_BYTES);
        assert!(allocated_bytes(&file) >= BALLAST_BYTES);
    }

    #[test]
    fn a_sparse_ballast_is_made_again() {
        let dir = tempfile::tempdir().expect("a folder");
        let ballast = Ballast::beside(dir.path());
        File::create(&ballast.path).and_then(|file| file.set_len(BALLAST_BYTES)).expect("a sparse file");
        assert!(!ballast.is_whole());
        ballast.take();
        assert!(ballast.is_whole());
    }
}
