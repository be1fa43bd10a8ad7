//! An engine on a real ledger, wired to a provider simulator of its own.

use crate::far_end::FarEnd;
use crate::tills;
use checkstand_core::ask::{Ask, Sale, Size, Wish};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Payment, PaymentId, ProviderName, State};
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;
use checkstand_engine::engine::{self, Handle, Options, Scene};
use checkstand_engine::ledger::{Identity, Keep};
use checkstand_engine::office::Office;
use checkstand_engine::settings::Mode;
use checkstand_engine::vault::Vault;
use checkstand_engine::wire::{Far, LiveSettings, install_crypto_provider};
use checkstand_simulator::accounts::{Accounts, TOKEN_ROUNDS_ON_SOCKETS};
use std::path::Path;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// The code that the customer's app shows. It must be found nowhere.
pub const CODE: &str = "739154862";

pub struct Shop {
    pub far: FarEnd,
    pub handle: Handle,
    pub office: Office,
    pub folder: tempfile::TempDir,
    pub setup: Setup,
    mode: Mode,
}

impl Shop {
    /// An ordinary shop; the till is ready on both lines.
    pub async fn open(arguments: &[&str]) -> Shop {
        let far = start_far_end(arguments);
        let setup = setup_for(&far);
        Shop::open_with(far, setup).await
    }

    pub async fn open_with(far: FarEnd, setup: Setup) -> Shop {
        Shop::open_in(far, setup, Mode::Test).await
    }

    /// The same with a ledger of training, which keeps its anchor in a file.
    pub async fn open_anchored(arguments: &[&str]) -> Shop {
        let far = start_far_end(arguments);
        let setup = setup_for(&far);
        Shop::open_in(far, setup, Mode::Training).await
    }

    async fn open_in(far: FarEnd, setup: Setup, mode: Mode) -> Shop {
        let folder = tempfile::tempdir().unwrap();
        let (handle, office) = start(folder.path(), setup.clone(), mode).await;
        Shop { far, handle, office, folder, setup, mode }
    }

    /// The till's process ends and starts again.
    pub async fn restart(&mut self) {
        self.office.close().await;
        (self.handle, self.office) = start(self.folder.path(), self.setup.clone(), self.mode).await;
    }

    /// It starts again, and finds its journal broken.
    pub async fn restart_refused(&mut self) {
        self.restart().await;
        assert!(self.handle.look(|scene| scene.till.fault().is_some()).await.unwrap(), "nothing was found");
    }

    pub fn identity(&self) -> Identity {
        identity(self.mode)
    }

    pub fn sale(&self, provider: ProviderName, minor: i64) -> Sale {
        let (currency, code) = match provider {
            ProviderName::Mispay => (Currency::Sar, Some(Secret::text(CODE))),
            ProviderName::Multipay => (Currency::Sek, None),
        };
        let id = PaymentId(Uuid::now_v7());
        Sale {
            id,
            provider,
            money: Money::new(minor, currency),
            size: Size::AsTyped,
            reference: None,
            code,
            override_by: None,
            not_same_as: None,
        }
    }

    pub async fn sell(&self, sale: Sale) -> Result<(), Problem> {
        self.handle.ask(Ask::Sell(sale)).await
    }

    /// Charges; the sale is on its way when this returns.
    pub async fn charge(&self, provider: ProviderName, minor: i64) -> PaymentId {
        let sale = self.sale(provider, minor);
        let id = sale.id;
        self.sell(sale).await.unwrap();
        id
    }

    pub async fn payment(&self, id: PaymentId) -> Payment {
        self.handle.look(move |scene| scene.till.book().payment(id).cloned()).await.unwrap().expect("it was opened")
    }

    pub async fn wait_for(&self, id: PaymentId, what: &str, holds: impl Fn(&Payment) -> bool) -> Payment {
        let begun = Instant::now();
        loop {
            let payment = self.payment(id).await;
            if holds(&payment) {
                return payment;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(20),
                "{what} did not come: {:?} {:?}",
                payment.state,
                payment.facts
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    pub async fn wait_for_state(&self, id: PaymentId, state: State) -> Payment {
        self.wait_for(id, &format!("{state:?}"), |payment| payment.state == state).await
    }
}

pub fn start_far_end(arguments: &[&str]) -> FarEnd {
    FarEnd::start(Path::new(env!("CARGO_BIN_EXE_provider-simulator")), arguments)
}

fn identity(mode: Mode) -> Identity {
    Identity { mode, terminal: "till-1".to_owned() }
}

/// Starts an engine, lets somebody practise, and waits until it takes money.
async fn start(folder: &Path, setup: Setup, mode: Mode) -> (Handle, Office) {
    install_crypto_provider();
    let keep = (mode == Mode::Training).then(|| Keep::of(mode, folder, &Vault::new(mode.name())).unwrap());
    let far = Far::Live(LiveSettings::default());
    let calendar = ("Asia/Riyadh".to_owned(), 0);
    let data_dir = folder.to_owned();
    let (handle, office) =
        engine::start(Options { identity: identity(mode), data_dir, setup, far, calendar, keep }).await.unwrap();
    handle.wish(Wish::Practise).await.unwrap();
    let is_checking = |scene: &Scene<'_>| scene.till.fault().is_some_and(|fault| fault.code == "journal_checking");
    while handle.look(is_checking).await.unwrap() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    (handle, office)
}

pub fn setup_for(far: &FarEnd) -> Setup {
    let accounts = Accounts {
        app_id: far.text("app_id"),
        app_secret: Secret::new(far.text("app_secret")),
        client_id: far.text("client_id"),
        client_secret: Secret::new(far.text("client_secret")),
        token_rounds: TOKEN_ROUNDS_ON_SOCKETS,
        ..Accounts::default()
    };
    let mut setup = Setup { practice: true, ..tills::setup_for(&accounts) };
    if let (Some(mispay), Some(multipay)) = (&mut setup.mispay, &mut setup.multipay) {
        mispay.base_url = far.text("mispay");
        multipay.token_url = far.text("multipay_token");
        multipay.socket_url = far.text("ws");
        multipay.partial_refunds = false;
    }
    setup
}
