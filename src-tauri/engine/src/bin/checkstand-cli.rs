//! What is done to a till from a terminal.

use checkstand_engine::ledger::Identity;
use checkstand_engine::ledger::fill::{Filled, Invention, fill};
use checkstand_engine::settings::Mode;
use checkstand_engine::settings::paths::Paths;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

#[derive(Parser)]
#[command(name = "checkstand-cli", version, about = "What is done to a Checkstand till from a terminal.")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// For those who develop Checkstand.
    #[command(subcommand)]
    Dev(Dev),
}

#[derive(Subcommand)]
enum Dev {
    /// Makes a ledger of invented payments where there is none yet.
    Fill {
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
    },
}

fn read_mode(name: &str) -> Result<Mode, String> {
    Mode::parse(name).ok_or_else(|| format!("{name} is no mode"))
}

fn main() -> ExitCode {
    let Arguments { command: Command::Dev(Dev::Fill { payments, data_dir, mode, days, seed }) } = Arguments::parse();
    let mut invention = Invention { payments, days, seed, first_day_ms: 0 };
    let days = i64::try_from(invention.days()).unwrap_or(i64::MAX / DAY_MS);
    let today_ms = jiff::Timestamp::now().as_millisecond() / DAY_MS * DAY_MS;
    invention.first_day_ms = today_ms - days.saturating_mul(DAY_MS);
    let identity = Identity { mode, terminal: "till-1".to_owned() };
    let since = Instant::now();
    let rate = |filled: &Filled| u128::from(filled.payments) * 1_000 / since.elapsed().as_millis().max(1);
    let folder = match Paths::find(data_dir, None) {
        Ok(paths) => paths.ledger(mode),
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::FAILURE;
        }
    };
    let told = fill(&folder, &identity, invention, |filled| {
        eprintln!("{} payments, {} entries, {} payments/s", filled.payments, filled.entries, rate(&filled));
    });
    match told {
        Ok(filled) => {
            eprintln!("done: {} payments, {} entries, {} payments/s", filled.payments, filled.entries, rate(&filled));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
