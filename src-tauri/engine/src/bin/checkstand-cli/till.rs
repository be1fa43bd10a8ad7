//! Which till is meant: by its settings, or by arguments.

use crate::Which;
use crate::say::problem;
use checkstand_core::problem::Problem;
use checkstand_engine::settings::paths::Paths;
use checkstand_engine::settings::{self, Mode, Settings};
use std::path::PathBuf;

/// A till, as its settings describe it.
pub struct Till {
    pub settings: Settings,
    pub mode: Mode,
    /// The folder of its ledger.
    pub folder: PathBuf,
}

impl Till {
    pub fn find(which: &Which) -> Result<Till, Problem> {
        let paths = Paths::find(which.data_dir.clone(), which.config.clone());
        let paths = paths.map_err(|error| problem("no_home", error))?;
        let settings = settings::load(paths.settings()).map_err(|error| problem("settings_invalid", error))?;
        let mode = which.mode.unwrap_or(settings.mode);
        Ok(Till { folder: paths.ledger(mode), settings, mode })
    }
}

pub fn read_mode(name: &str) -> Result<Mode, String> {
    Mode::parse(name).ok_or_else(|| format!("{name} is no mode"))
}
