//! What the core needs to know of each provider, from the settings and the vault; in training, from the simulator.

use crate::settings::{AmountUnit, MispaySettings, Mode, MultipaySettings, Settings, Verb};
use crate::vault::{Vault, VaultError};
use crate::wire::simulated::SharedSimulator;
use crate::wire::{Far, LiveSettings, check_root_ca};
use checkstand_core::limits::Limits;
use checkstand_core::message::Method;
use checkstand_core::money::Currency;
use checkstand_core::payment::ProviderName;
use checkstand_core::provider::{mispay, multipay};
use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;
use checkstand_simulator::accounts::{Accounts, TOKEN_ROUNDS_ON_SOCKETS};
use checkstand_simulator::customers::Customers;
use checkstand_simulator::simulator::Simulator;
use checkstand_simulator::world::World;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The secrets of this till, by their names in the vault.
pub const SECRET_NAMES: [&str; 4] =
    ["mispay_app_id", "mispay_app_secret", "multipay_client_id", "multipay_client_secret"];

/// The hosts of training. Nothing is ever sent there.
const TRAINING_HTTP: &str = "http://127.0.0.1";
const TRAINING_SOCKET: &str = "ws://127.0.0.1/ws";

/// Names of settings and secrets that keep a provider from being used.
pub type Missing = BTreeMap<ProviderName, Vec<&'static str>>;

/// Everything for a start.
pub struct Prepared {
    /// For the core.
    pub setup: Setup,
    /// For the wire.
    pub far: Far,
    /// The customers' side, in training.
    pub simulator: Option<SharedSimulator>,
    /// What keeps a provider from being used.
    pub missing: Missing,
    /// The vault could not be read.
    pub vault: Option<VaultError>,
}

/// Prepares a start in the mode of these settings. Training touches neither the vault nor the network. Called within a tokio runtime.
pub async fn prepare(settings: &Settings, vault: &Vault, seed: u64) -> Prepared {
    let (setup, missing, vault) = read_setup(settings, vault).await;
    let (far, simulator) = match settings.mode {
        Mode::Training => {
            let world = World { partial_refunds: settings.multipay.partial_refunds, ..World::default() };
            let far_end = Simulator::new(world, seed, training_accounts(settings));
            let simulator = SharedSimulator::start(far_end.with_customers(Customers::Training));
            (Far::Simulated(simulator.clone()), Some(simulator))
        }
        Mode::Test | Mode::Live => {
            let live = LiveSettings { extra_root_ca: usable_root_ca(settings), recorder: None };
            (Far::Live(live), None)
        }
    };
    Prepared { setup, far, simulator, missing, vault }
}

/// What the core is to know by these settings and the vault, what is missing for it, and why the vault could not be read.
/// For a start, and whenever a setting or a secret has changed: [`crate::engine::Handle::set_up`] takes it over. Training
/// does not touch the vault.
pub async fn read_setup(settings: &Settings, vault: &Vault) -> (Setup, Missing, Option<VaultError>) {
    match settings.mode {
        Mode::Training => (training(settings), Missing::new(), None),
        Mode::Test | Mode::Live => real(settings, vault).await,
    }
}

/// Every secret that is stored, whether its provider can be used or not: what must be in no file that leaves this machine.
pub async fn stored_secrets(vault: &Vault) -> Vec<Secret<String>> {
    let mut stored = Vec::new();
    for name in SECRET_NAMES {
        stored.extend(vault.get(name).await.ok().flatten());
    }
    stored
}

fn training_accounts(settings: &Settings) -> Accounts {
    Accounts { token_rounds: TOKEN_ROUNDS_ON_SOCKETS, merchant_name: settings.store.clone(), ..Accounts::default() }
}

fn training(settings: &Settings) -> Setup {
    let accounts = training_accounts(settings);
    let credentials = [
        accounts.app_id.clone(),
        accounts.app_secret.expose().clone(),
        accounts.client_id.clone(),
        accounts.client_secret.expose().clone(),
    ];
    let [app_id, app_secret, client_id, client_secret] = credentials.map(Secret::new);
    let multipay = MultipaySettings {
        token_url: format!("{TRAINING_HTTP}/authorization/oauth/token"),
        socket_url: TRAINING_SOCKET.to_owned(),
        terminal_id: accounts.terminal_ids[0].clone(),
        amount_unit: AmountUnit::Minor,
        flow: Verb::Post,
        ..settings.multipay.clone()
    };
    Setup {
        mispay: Some(mispay_account(&settings.mispay, TRAINING_HTTP, app_id, app_secret)),
        multipay: Some(multipay_account(&multipay, client_id, client_secret)),
        practice: true,
        limits: limits(settings),
    }
}

async fn real(settings: &Settings, vault: &Vault) -> (Setup, Missing, Option<VaultError>) {
    let mut found: BTreeMap<&'static str, Secret<String>> = BTreeMap::new();
    let mut problem = None;
    for name in SECRET_NAMES {
        match vault.get(name).await {
            Ok(Some(secret)) => _ = found.insert(name, secret),
            Ok(None) => {}
            Err(error) => {
                problem = Some(error);
                break;
            }
        }
    }
    let mut missing = Missing::new();
    let mut need = |provider, name, there: bool| {
        if !there {
            missing.entry(provider).or_default().push(name);
        }
    };
    let (mispay, multipay) = (&settings.mispay, &settings.multipay);
    need(ProviderName::Mispay, "base_url", !settings.mispay_base_url().is_empty());
    need(ProviderName::Multipay, "token_url", !settings.multipay_token_url().is_empty());
    need(ProviderName::Multipay, "socket_url", !settings.multipay_socket_url().is_empty());
    need(ProviderName::Multipay, "terminal_id", !multipay.terminal_id.is_empty());
    for provider in [ProviderName::Mispay, ProviderName::Multipay] {
        need(provider, "extra_root_ca", usable_root_ca(settings) == settings.extra_root_ca);
    }
    for name in SECRET_NAMES {
        let provider = if name.starts_with("mispay") { ProviderName::Mispay } else { ProviderName::Multipay };
        need(provider, name, found.contains_key(name));
    }
    let refused = settings.validate();
    for wrong in &refused {
        let field = wrong.fields.get("field").map_or("", String::as_str);
        // What is about neither of them concerns both: limits, the terminal, a test host's certificate.
        need(ProviderName::Mispay, wrong.code, field.starts_with("multipay"));
        need(ProviderName::Multipay, wrong.code, field.starts_with("mispay"));
    }
    let mut take = |name| found.remove(name).unwrap_or_else(|| Secret::text(""));
    let usable = |provider| !missing.contains_key(&provider);
    let (app_id, app_secret) = (take("mispay_app_id"), take("mispay_app_secret"));
    let (client_id, client_secret) = (take("multipay_client_id"), take("multipay_client_secret"));
    let urls = MultipaySettings {
        token_url: settings.multipay_token_url().to_owned(),
        socket_url: settings.multipay_socket_url().to_owned(),
        ..multipay.clone()
    };
    let setup = Setup {
        mispay: usable(ProviderName::Mispay)
            .then(|| mispay_account(mispay, settings.mispay_base_url(), app_id, app_secret)),
        multipay: usable(ProviderName::Multipay).then(|| multipay_account(&urls, client_id, client_secret)),
        practice: false,
        limits: limits(settings),
    };
    (setup, missing, problem)
}

/// A root that cannot be read is none: the till opens, and asks no provider. In Live there is none whatever the file says, for
/// the wire keeps it until the next start.
fn usable_root_ca(settings: &Settings) -> Option<PathBuf> {
    let root = settings.extra_root_ca.clone().filter(|_| settings.mode == Mode::Test);
    root.filter(|path| check_root_ca(path).is_ok())
}

fn limits(settings: &Settings) -> BTreeMap<Currency, Limits> {
    let read = settings.limits.iter().filter_map(|(code, limits)| {
        // Settings with a limit that cannot be read are not in force.
        Some((Currency::parse(code)?, limits.read(code).ok()?))
    });
    read.collect()
}

fn mispay_account(
    settings: &MispaySettings,
    base_url: &str,
    app_id: Secret<String>,
    app_secret: Secret<String>,
) -> mispay::Account {
    mispay::Account {
        base_url: base_url.to_owned(),
        app_id,
        app_secret,
        rounds: TOKEN_ROUNDS_ON_SOCKETS,
        refund_method: match settings.refund_verb {
            Verb::Get => Method::Get,
            Verb::Post => Method::Post,
        },
        code_digits: (settings.code_digits_min as usize, settings.code_digits_max as usize),
        details_only_when_completed: settings.details_only_when_completed,
        window_ms: i64::from(settings.window_min) * 60_000,
    }
}

fn multipay_account(
    settings: &MultipaySettings,
    client_id: Secret<String>,
    client_secret: Secret<String>,
) -> multipay::Account {
    multipay::Account {
        token_url: settings.token_url.clone(),
        socket_url: settings.socket_url.clone(),
        terminal_id: settings.terminal_id.clone(),
        client_id,
        client_secret,
        amount_unit: match settings.amount_unit {
            AmountUnit::Minor => multipay::messages::AmountUnit::Minor,
            AmountUnit::Decimal => multipay::messages::AmountUnit::Decimal,
        },
        flow: match settings.flow {
            Verb::Post => multipay::Flow::Post,
            Verb::Get => multipay::Flow::Get,
        },
        partial_refunds: settings.partial_refunds,
        window_ms: i64::from(settings.window_min) * 60_000,
        heartbeat_ms: i64::from(settings.heartbeat_s) * 1_000,
    }
}
