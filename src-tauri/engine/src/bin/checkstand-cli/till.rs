//! Which till is meant: by its settings, or by arguments.

use crate::say::problem;
use checkstand_core::problem::Problem;
use checkstand_engine::opening::load_settings;
use checkstand_engine::settings::paths::Paths;
use checkstand_engine::settings::{Mode, Settings};
use clap::Args;
use std::path::PathBuf;

/// Which till.
#[derive(Args, Clone)]
pub struct Which {
    /// Which money: training, test or live. Without it, what the settings say.
    #[arg(long, value_parser = read_mode)]
    pub mode: Option<Mode>,
    #[command(flatten)]
    pub place: Place,
}

/// Where its files are, and how it answers.
#[derive(Args, Clone)]
pub struct Place {
    /// The folder for ledgers, instead of the platform's, as for the till itself.
    #[arg(long, value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// The settings file, instead of the platform's.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// The answer as one JSON object.
    #[arg(long)]
    pub json: bool,
}

impl Place {
    /// Its files.
    pub fn paths(&self) -> Result<Paths, Problem> {
        Paths::find(self.data_dir.clone(), self.config.clone()).map_err(|error| problem("no_home", error))
    }

    /// The till here, in the mode of its settings.
    pub fn as_set(&self) -> Which {
        Which { mode: None, place: self.clone() }
    }
}

impl Which {
    /// The folder of its ledger.
    pub fn folder(&self) -> Result<PathBuf, Problem> {
        Ok(Till::find(self)?.folder)
    }

    pub fn has_ledger(&self) -> Result<bool, Problem> {
        Ok(self.folder()?.join("ledger.db").exists())
    }
}

/// A till, as its settings describe it.
pub struct Till {
    pub settings: Settings,
    pub mode: Mode,
    /// The folder of its ledger.
    pub folder: PathBuf,
    pub paths: Paths,
}

impl Till {
    pub fn find(which: &Which) -> Result<Till, Problem> {
        let paths = which.place.paths()?;
        let settings = load_settings(&paths)?;
        let mode = which.mode.unwrap_or(settings.mode);
        Ok(Till { folder: paths.ledger(mode), settings, mode, paths })
    }
}

pub fn read_mode(name: &str) -> Result<Mode, String> {
    Mode::parse(name).ok_or_else(|| format!("{name} is no mode"))
}
