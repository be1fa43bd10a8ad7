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

    /// The same where money is to move, or a provider to be asked about it: in the mode of the settings, for the addresses in
    /// them are that mode's and a live ledger must not hold what a test host says; or in training, which has no addresses.
    ///
    /// # Errors
    /// `mode_not_allowed`.
    pub fn for_money(which: &Which) -> Result<Till, Problem> {
        let till = Till::find(which)?;
        if till.mode == till.settings.mode || till.mode == Mode::Training {
            return Ok(till);
        }
        Err(Problem::new("mode_not_allowed").with("why", "settings").with("settings", till.settings.mode.name()))
    }

    /// Its settings, to be opened with. In another mode than theirs they name no address: that mode's payments and secrets are
    /// none of these hosts' business.
    pub fn settings_in_its_mode(&self) -> Settings {
        let mut settings = self.settings.clone();
        if self.mode != settings.mode {
            settings.mode = self.mode;
            settings.mispay.base_url.clear();
            settings.multipay.token_url.clear();
            settings.multipay.socket_url.clear();
            settings.extra_root_ca = None;
            settings.record_wire = false;
        }
        settings
    }
}

pub fn read_mode(name: &str) -> Result<Mode, String> {
    Mode::parse(name).ok_or_else(|| format!("{name} is no mode"))
}
