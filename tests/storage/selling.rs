//! A whole engine on whatever lies in a folder, and a sale.

use crate::shelf::identity;
use crate::world::setup_for;
use checkstand_core::ask::{Ask, Sale, Size, Wish};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{PaymentId, ProviderName};
use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;
use checkstand_engine::engine::{self, Options, StartError};
use checkstand_engine::guard::JournalState;
use checkstand_engine::ledger::{Keep, LedgerError};
use checkstand_engine::settings::Mode;
use checkstand_engine::vault::Vault;
use checkstand_engine::wire::Far;
use checkstand_engine::wire::simulated::SharedSimulator;
use checkstand_simulator::accounts::Accounts;
use checkstand_simulator::simulator::Simulator;
use checkstand_simulator::world::World;
use std::path::Path;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(30);

/// What the engine said.
pub enum Started {
    /// This line is the first that is wrong, and no sale was taken.
    Broken(i64),
    /// All is in order, and a sale was taken.
    Sound,
    /// It did not start, or took no sale because the file is damaged elsewhere.
    Not(String),
}

/// Starts the product's engine on what lies there, and tries to sell.
pub async fn start_and_sell(dir: &Path) -> Result<Started, String> {
    let keep = Keep::of(Mode::Training, dir, &Vault::new("training")).map_err(|error| error.to_string())?;
    let options = Options {
        identity: identity(),
        data_dir: dir.to_owned(),
        setup: setup(),
        far: Far::Simulated(SharedSimulator::start(Simulator::new(World::default(), 1, Accounts::default()))),
        calendar: ("Asia/Riyadh".to_owned(), 0),
        keep: Some(keep),
    };
    let (handle, office) = match engine::start(options).await {
        Ok(started) => started,
        Err(StartError::Ledger(LedgerError::Storage(error))) => {
            return Ok(Started::Not(format!("{error}, SQLite's code {:?}", error.sqlite_extended_error_code())));
        }
        Err(error) => return Ok(Started::Not(error.to_string())),
    };
    let judged = async {
        while office.guard().journal() == JournalState::Checking {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        office.guard().journal()
    };
    let state = tokio::time::timeout(PATIENCE, judged).await.map_err(|_| "it was never judged".to_owned())?;
    let practised = handle.wish(Wish::Practise).await;
    let sold = handle.ask(Ask::Sell(sale())).await;
    office.close().await;
    match state {
        JournalState::Broken(fault) => match sold {
            Err(problem) if problem.code == "chain_broken" => Ok(Started::Broken(fault.number)),
            other => Err(format!("line {} is known to be wrong, and a sale is answered {other:?}", fault.number)),
        },
        JournalState::Sound => match sold {
            Ok(()) => Ok(Started::Sound),
            Err(problem) if problem.code == "storage_failed" => Ok(Started::Not(problem.code.to_owned())),
            Err(problem) => Err(format!("all is in order, and a sale is refused: {problem:?}, {practised:?}")),
        },
        JournalState::Checking => unreachable!("it was waited for"),
    }
}

fn setup() -> Setup {
    Setup { multipay: None, practice: true, ..setup_for(&Accounts::default()) }
}

fn sale() -> Sale {
    Sale {
        id: PaymentId(uuid::Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001)),
        provider: ProviderName::Mispay,
        money: Money::new(20_105, Currency::Sar),
        size: Size::AsTyped,
        reference: None,
        code: Some(Secret::text("482177")),
        override_by: None,
        not_same_as: None,
    }
}
