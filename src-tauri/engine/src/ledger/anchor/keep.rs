//! Where the anchor lies.

use super::super::chain::hex;
use super::Anchor;
use crate::settings::{Mode, paths};
use crate::vault::Vault;
use checkstand_core::secret::Secret;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// How much of the folder's hash is in the name: enough for the few tills of one account.
const NAME_BYTES: usize = 8;

/// The place of a ledger's anchor.
#[derive(Clone, Debug)]
pub struct Keep(Kind);

#[derive(Clone, Debug)]
enum Kind {
    Keychain { vault: Vault, name: String },
    File(PathBuf),
}

/// The kind of place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AnchorPlace {
    /// Whoever edits the ledger must also be this user, and unlock the keychain.
    Keychain,
    /// Whoever can edit the ledger can edit it too: it finds accidents.
    BesideTheLedger,
}

impl Keep {
    /// The place of the anchor of this mode's ledger in this folder, which must exist. `vault` is that mode's.
    ///
    /// # Errors
    /// The folder's full name cannot be found out.
    pub fn of(mode: Mode, dir: &Path, vault: &Vault) -> io::Result<Keep> {
        match mode {
            Mode::Training => Ok(Keep(Kind::File(dir.join("anchor.json")))),
            Mode::Test | Mode::Live => {
                let folder = fs::canonicalize(dir)?;
                let hash = Sha256::digest(folder.as_os_str().as_encoded_bytes());
                let name = format!("anchor/{}", hex(&hash[..NAME_BYTES]));
                Ok(Keep(Kind::Keychain { vault: vault.clone(), name }))
            }
        }
    }

    /// Which kind of place it is.
    pub fn place(&self) -> AnchorPlace {
        match &self.0 {
            Kind::Keychain { .. } => AnchorPlace::Keychain,
            Kind::File(_) => AnchorPlace::BesideTheLedger,
        }
    }

    /// The anchor, `None` where there is none.
    ///
    /// # Errors
    /// Why it cannot be read, in the technician's words: nothing follows from it about the ledger.
    pub async fn read(&self) -> Result<Option<Anchor>, String> {
        let text = match &self.0 {
            Kind::Keychain { vault, name } => {
                let secret = vault.get(name).await.map_err(|error| error.to_string())?;
                secret.map(|secret| secret.expose().clone())
            }
            Kind::File(path) => match fs::read_to_string(path) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == ErrorKind::NotFound => None,
                Err(error) => return Err(error.to_string()),
            },
        };
        text.map(|text| Anchor::from_text(&text)).transpose()
    }

    /// Puts an anchor in the place of any earlier one.
    ///
    /// # Errors
    /// Why it cannot be written, in the technician's words; the earlier one may be there still.
    pub async fn write(&self, anchor: Anchor) -> Result<(), String> {
        let text = anchor.to_text();
        match &self.0 {
            Kind::Keychain { vault, name } => {
                vault.put(name, Secret::new(text)).await.map_err(|error| error.to_string())
            }
            Kind::File(path) => {
                let path = path.clone();
                let written = tokio::task::spawn_blocking(move || replace(&path, &text)).await;
                written.expect("writing does not panic").map_err(|error| error.to_string())
            }
        }
    }
}

/// Writes a file so that it is the old or the new one at any moment.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let new = path.with_extension("json.new");
    let mut file = File::create(&new)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    match path.parent() {
        Some(dir) => paths::sync_dir(dir),
        None => Ok(()),
    }
}
