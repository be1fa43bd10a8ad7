//! A shop in virtual time. The till is the real core; its ledger is a list that can refuse; the far ends are the
//! simulators; between them lies a wire with faults. Nothing sleeps and nothing is left to chance: one seed, one story.

mod day;
mod desk;
mod faults;
mod oracle;
mod run;
mod script;
#[path = "../tills.rs"]
mod tills;
mod trace;
mod wire;

pub use day::{Day, Tally};
pub use desk::{HUDA, SARA};
pub use faults::Faults;
pub use oracle::violations;
#[allow(unused_imports, reason = "only the tests of the storage have a real ledger")]
pub use run::{Append, RealLedger};
pub use script::{Door, Script, answer, ok, refusal};
#[allow(unused_imports, reason = "only the tests of the storage set up another till")]
pub use tills::setup_for;
pub use trace::{EVENTS, Pair, Trace};

use checkstand_core::ask::{Ask, Sale, Size};
use checkstand_core::book::Entry;
use checkstand_core::message::{Now, Signal};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Payment, PaymentId, ProviderName, State};
use checkstand_core::people::PinDigest;
use checkstand_core::problem::Problem;
use checkstand_core::provider::multipay;
use checkstand_core::secret::Secret;
use checkstand_core::till::{Setup, Till};
use checkstand_simulator::accounts::Accounts;
use checkstand_simulator::customers::Customers;
use checkstand_simulator::simulator::{Simulator, SocketId};
use checkstand_simulator::world::{AmountUnit, World};
use run::Unsaved;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use uuid::Uuid;
use wire::Parcel;

/// 2026-11-22 09:00 UTC, where every story begins.
pub const MORNING_MS: i64 = 1_795_338_000_000;
pub const SECOND_MS: i64 = 1_000;
pub const MINUTE_MS: i64 = 60_000;
pub const HOUR_MS: i64 = 3_600_000;

/// One store with one till.
pub struct Shop {
    /// Wall clock and boot clock run alike unless somebody sets the former, or it drifts.
    pub now_ms: i64,
    /// By how much somebody has set the wall clock.
    pub clock_set_by_ms: i64,
    /// How much faster than the boot clock the wall clock runs, in a thousand.
    pub clock_drift: i64,
    /// Until when the disk is full.
    pub disk_full_until_ms: i64,
    /// Until when the machine sleeps: the till hears nothing and wakes by itself for nothing.
    asleep_until_ms: i64,
    pub till: Till,
    /// What is durable.
    pub ledger: Vec<Entry>,
    /// Where it really lies, if anywhere: then this takes appends in the list's place.
    pub real: Option<Box<dyn RealLedger>>,
    pub far: Simulator,
    pub faults: Faults,
    pub setup: Setup,
    pub chance: fastrand::Rng,
    /// Everything on its way, by arrival.
    parcels: BTreeMap<(i64, u64), Parcel>,
    last_parcel: u64,
    /// Counts the lives of the till: what was meant for an earlier one is lost.
    life: u64,
    /// Until when the till is down after a crash.
    down_until_ms: Option<i64>,
    sockets: BTreeMap<u64, SocketId>,
    cut: BTreeSet<u64>,
    /// A step that could not be saved, and what waits behind it.
    unsaved: Option<Unsaved>,
    inbox: VecDeque<(ProviderName, Signal)>,
    /// Receipts and final words that a till heard and lived to record: see [`wire::Delivery`].
    pub delivered: BTreeSet<(String, &'static str)>,
    /// What was seen to be wrong while it happened.
    pub wrongs: Vec<String>,
    /// Money requests that left the till, by payment.
    pub left: BTreeMap<PaymentId, u32>,
    /// Money requests that the wire sent once more, by the id in them.
    pub doubled: BTreeMap<String, u32>,
    pub crashes: u32,
    /// Something that is shown has changed.
    pub repainted: bool,
    /// Hashed PINs; they lie beside the ledger.
    pins: BTreeMap<PinDigest, String>,
    /// Answers for people who waited.
    answers: BTreeMap<u64, Result<(), Problem>>,
    /// Exact words from the far ends, and a record of what the till did.
    pub script: Script,
    /// What is counted and hashed of a run.
    pub trace: Trace,
}

impl Shop {
    /// A shop in a world, with customers of a kind, and nothing wrong on the wire.
    pub fn open(world: World, customers: Customers, seed: u64) -> Shop {
        let accounts = Accounts::default();
        let mut setup = tills::setup_for(&accounts);
        if let Some(multipay) = &mut setup.multipay {
            multipay.partial_refunds = world.partial_refunds;
            multipay.amount_unit = match world.amount_unit {
                AmountUnit::Minor => multipay::messages::AmountUnit::Minor,
                AmountUnit::Decimal => multipay::messages::AmountUnit::Decimal,
            };
        }
        let mut shop = Shop {
            now_ms: MORNING_MS,
            clock_set_by_ms: 0,
            clock_drift: 0,
            disk_full_until_ms: 0,
            asleep_until_ms: 0,
            till: Till::new(setup.clone()),
            ledger: Vec::new(),
            real: None,
            far: Simulator::new(world, seed, accounts).with_customers(customers),
            faults: Faults::none(),
            setup,
            chance: fastrand::Rng::with_seed(seed),
            parcels: BTreeMap::new(),
            last_parcel: 0,
            life: 0,
            down_until_ms: None,
            sockets: BTreeMap::new(),
            cut: BTreeSet::new(),
            unsaved: None,
            inbox: VecDeque::new(),
            delivered: BTreeSet::new(),
            wrongs: Vec::new(),
            left: BTreeMap::new(),
            doubled: BTreeMap::new(),
            crashes: 0,
            repainted: false,
            pins: BTreeMap::new(),
            answers: BTreeMap::new(),
            script: Script::default(),
            trace: Trace::default(),
        };
        shop.start();
        shop
    }

    /// A friendly world with customers who wait for `approve` and `cancel`.
    pub fn calm() -> Shop {
        let mut shop = Shop::open(World::default(), Customers::Manual, 1);
        shop.run_for(SECOND_MS);
        shop.record();
        shop
    }

    pub fn now(&mut self) -> Now {
        let drifted_ms = (self.now_ms - MORNING_MS) * self.clock_drift / 1_000;
        let utc_ms = self.now_ms + self.clock_set_by_ms + drifted_ms;
        Now { boot_ms: self.now_ms - MORNING_MS + 1_000_000, utc_ms, dice: self.chance.u64(..) }
    }

    /// A fresh id, as the view makes one at the click.
    pub fn click(&mut self) -> PaymentId {
        PaymentId(Uuid::from_u128(self.chance.u128(..)))
    }

    pub fn payment(&self, id: PaymentId) -> &Payment {
        self.till.book().payment(id).expect("it was opened")
    }

    pub fn state(&self, id: PaymentId) -> State {
        self.payment(id).state
    }

    /// A sale as a cashier types it.
    pub fn sale(&mut self, provider: ProviderName, minor: i64) -> Sale {
        let (currency, code) = match provider {
            ProviderName::Mispay => (Currency::Sar, Some(Secret::text("482177"))),
            ProviderName::Multipay => (Currency::Nok, None),
        };
        let id = self.click();
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

    /// Charges and gives the request time to arrive.
    pub fn charge(&mut self, provider: ProviderName, minor: i64) -> PaymentId {
        let sale = self.sale(provider, minor);
        let id = sale.id;
        self.ask(Ask::Sell(sale)).unwrap();
        self.run_for(SECOND_MS);
        id
    }
}
