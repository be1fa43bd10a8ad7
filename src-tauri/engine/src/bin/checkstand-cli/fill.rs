//! `dev fill`: a ledger of invented payments.

use crate::say::{Ending, problem};
use crate::till::read_mode;
use checkstand_core::problem::Problem;
use checkstand_engine::ledger::Identity;
use checkstand_engine::ledger::fill::{Filled, Invention, fill};
use checkstand_engine::settings::Mode;
use checkstand_engine::settings::paths::Paths;
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Args)]
pub struct Fill {
    /// How many payments.
    #[arg(long)]
    payments: u64,
    /// The folder for ledgers, instead of the platform's, as for the till itself.
    #[arg(long, value_name = "FOLDER")]
    data_dir: Option<PathBuf>,
    /// Which money: training or test, never live.
    #[arg(long, default_value = "training", value_parser = read_mode)]
    mode: Mode,
    /// Spread over so many days, the last one being yesterday; about a thousand payments a day without it.
    #[arg(long)]
    days: Option<u64>,
    /// Equal seeds make equal payments.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub fn run(asked: &Fill) -> Result<Ending, Problem> {
    let Fill { payments, mode, days, seed, .. } = *asked;
    let mut invention = Invention { payments, days, seed, first_day_ms: 0 };
    let days = i64::try_from(invention.days()).unwrap_or(i64::MAX / DAY_MS);
    let today_ms = jiff::Timestamp::now().as_millisecond() / DAY_MS * DAY_MS;
    invention.first_day_ms = today_ms - days.saturating_mul(DAY_MS);
    let identity = Identity { mode, terminal: "till-1".to_owned() };
    let since = Instant::now();
    let rate = |filled: &Filled| u128::from(filled.payments) * 1_000 / since.elapsed().as_millis().max(1);
    let tell = |word: &str, filled: Filled| {
        eprintln!("{word}{} payments, {} entries, {} payments/s", filled.payments, filled.entries, rate(&filled));
    };
    let paths = Paths::find(asked.data_dir.clone(), None).map_err(|error| problem("no_home", error))?;
    let filled = fill(&paths.ledger(mode), &identity, invention, |filled| tell("", filled));
    tell("done: ", filled.map_err(|error| problem("fill_refused", error))?);
    Ok(Ending::Well)
}
