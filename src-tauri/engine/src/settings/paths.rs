//! Where the files are, by the platform's conventions or by arguments, and how a folder is made and kept.

use crate::settings::Mode;
use directories::BaseDirs;
use std::io;
use std::path::{Path, PathBuf};

/// The name of our folders.
const FOLDER: &str = "checkstand";

/// The platform tells no place for files: there is no home folder. Name both places by arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this system names no home folder: give a data folder and a settings file")]
pub struct NoHome;

/// The places of this till's files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    data: PathBuf,
    config: PathBuf,
}

impl Paths {
    /// The places: `data` stands for the platform's data folder, `config` for the settings file itself.
    ///
    /// On Linux the platform's are `$XDG_DATA_HOME` and `$XDG_CONFIG_HOME`. On Windows they are the local ones, which do not
    /// roam: a ledger that is copied between machines is two ledgers.
    ///
    /// # Errors
    /// [`NoHome`], where one is not given and the platform has none.
    pub fn find(data: Option<PathBuf>, config: Option<PathBuf>) -> Result<Paths, NoHome> {
        let base = BaseDirs::new();
        let data = data.or_else(|| base.as_ref().map(|base| base.data_local_dir().to_owned()));
        let config =
            config.or_else(|| base.as_ref().map(|base| base.config_local_dir().join(FOLDER).join("settings.toml")));
        Ok(Paths { data: data.ok_or(NoHome)?, config: config.ok_or(NoHome)? })
    }

    /// The settings file.
    pub fn settings(&self) -> &Path {
        &self.config
    }

    /// The folder of everything that is not settings: `<data>/checkstand`.
    pub fn folder(&self) -> PathBuf {
        self.data.join(FOLDER)
    }

    /// The folder of this mode's ledger: `<data>/checkstand/<mode>`.
    pub fn ledger(&self, mode: Mode) -> PathBuf {
        self.folder().join(mode.name())
    }

    /// The folder of the logs and of the reports about crashes: `<data>/checkstand/logs`.
    pub fn logs(&self) -> PathBuf {
        self.folder().join("logs")
    }
}

/// Makes a folder, and those above it, for this user only. One that exists keeps its permissions.
pub(crate) fn make_dir(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// Makes the names in a folder durable: a file that was synced can still lose its name. Windows keeps names by itself.
pub(crate) fn sync_dir(dir: &Path) -> io::Result<()> {
    #[cfg(unix)]
    std::fs::File::open(dir)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}
