//! Settings for the window. Of a secret it learns only whether one is stored.

use super::{CurrencyCode, ModeWord};
use checkstand_core::money::Currency;
use checkstand_core::problem::Problem;
use checkstand_engine::recorder::RECORDINGS;
use checkstand_engine::settings::paths::Paths;
use checkstand_engine::settings::{AmountLimits, AmountUnit, LANGUAGES, Mode, Settings, Verb, known_hosts};
use checkstand_engine::setup::SECRET_NAMES;
use checkstand_engine::vault::Vault;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum VerbWord {
    Get,
    Post,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "lowercase")]
pub enum UnitWord {
    Minor,
    Decimal,
}

/// How much a sale in one currency may be.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct LimitsView {
    /// Decimal text; empty: none.
    min: String,
    max: String,
    confirm_above: String,
}

/// An address that is known in a mode.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KnownHost {
    mode: ModeWord,
    /// `mispay.base_url`
    setting: &'static str,
    url: &'static str,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MispaySettingsView {
    contract: &'static str,
    base_url: String,
    app_id_stored: bool,
    app_secret_stored: bool,
    refund_verb: VerbWord,
    code_digits_min: u32,
    code_digits_max: u32,
    code_life_min: u32,
    window_min: u32,
    details_only_when_completed: bool,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MultipaySettingsView {
    token_url: String,
    socket_url: String,
    terminal_id: String,
    client_id_stored: bool,
    client_secret_stored: bool,
    currency: CurrencyCode,
    flow: VerbWord,
    amount_unit: UnitWord,
    /// A person has seen on a phone that this unit is right.
    unit_confirmed: bool,
    partial_refunds: bool,
    window_min: u32,
    heartbeat_s: u32,
}

/// The settings as saved; they may differ from those that the till was started with.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SettingsView {
    mode: ModeWord,
    store: String,
    terminal: String,
    /// IANA name; empty: the machine's.
    zone: String,
    day_cutoff_min: u32,
    /// 0: never.
    lock_after_min: u32,
    language: String,
    languages: Vec<&'static str>,
    /// A path; empty: none.
    extra_root_ca: String,
    record_wire: bool,
    /// The folder in which the recorder writes.
    recordings: String,
    /// By currency; only those that have some.
    #[cfg_attr(test, ts(type = "Record<string, LimitsView>"))]
    limits: BTreeMap<String, LimitsView>,
    known_hosts: Vec<KnownHost>,
    mispay: MispaySettingsView,
    multipay: MultipaySettingsView,
    /// No settings were ever saved: the very first start.
    is_new: bool,
    /// Something was saved that counts from the next start.
    restart_needed: bool,
    /// Set when secrets could not be looked up.
    #[cfg_attr(test, ts(type = "Problem | null"))]
    vault: Option<Problem>,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MispaySettingsForm {
    base_url: String,
    refund_verb: VerbWord,
    code_digits_min: u32,
    code_digits_max: u32,
    code_life_min: u32,
    window_min: u32,
    details_only_when_completed: bool,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MultipaySettingsForm {
    token_url: String,
    socket_url: String,
    terminal_id: String,
    currency: CurrencyCode,
    flow: VerbWord,
    amount_unit: UnitWord,
    partial_refunds: bool,
    window_min: u32,
    heartbeat_s: u32,
}

/// Settings as typed.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SettingsForm {
    mode: ModeWord,
    store: String,
    terminal: String,
    zone: String,
    day_cutoff_min: u32,
    lock_after_min: u32,
    language: String,
    extra_root_ca: String,
    record_wire: bool,
    #[cfg_attr(test, ts(type = "Record<string, LimitsView>"))]
    limits: BTreeMap<String, LimitsView>,
    mispay: MispaySettingsForm,
    multipay: MultipaySettingsForm,
}

impl SettingsForm {
    /// These settings over the saved ones, which hold more than the window shows.
    ///
    /// # Errors
    /// The first thing that is wrong with them.
    pub fn over(self, old: Settings) -> Result<Settings, Problem> {
        let mut new = old;
        new.mode = self.mode.into();
        (new.store, new.terminal, new.zone) = (self.store, self.terminal, self.zone);
        (new.day_cutoff_min, new.lock_after_min) = (self.day_cutoff_min, self.lock_after_min);
        (new.language, new.record_wire) = (self.language, self.record_wire);
        new.extra_root_ca = Some(self.extra_root_ca.trim()).filter(|path| !path.is_empty()).map(PathBuf::from);
        new.limits = self.limits.into_iter().filter(|(_, limits)| !limits.is_empty()).map(read_limits).collect();
        let mispay = self.mispay;
        new.mispay.base_url = mispay.base_url;
        new.mispay.refund_verb = verb(mispay.refund_verb);
        new.mispay.code_digits_min = mispay.code_digits_min;
        new.mispay.code_digits_max = mispay.code_digits_max;
        new.mispay.code_life_min = mispay.code_life_min;
        new.mispay.window_min = mispay.window_min;
        new.mispay.details_only_when_completed = mispay.details_only_when_completed;
        let multipay = self.multipay;
        let unit = match multipay.amount_unit {
            UnitWord::Minor => AmountUnit::Minor,
            UnitWord::Decimal => AmountUnit::Decimal,
        };
        new.multipay.amount_unit = unit;
        multipay.currency.code().clone_into(&mut new.multipay.currency);
        (new.multipay.window_min, new.multipay.heartbeat_s) = (multipay.window_min, multipay.heartbeat_s);
        (new.multipay.token_url, new.multipay.socket_url) = (multipay.token_url, multipay.socket_url);
        new.multipay.terminal_id = multipay.terminal_id;
        new.multipay.flow = verb(multipay.flow);
        new.multipay.partial_refunds = multipay.partial_refunds;
        let new = new.tidied();
        match new.validate().into_iter().next() {
            Some(problem) => Err(problem),
            None => Ok(new),
        }
    }
}

impl LimitsView {
    fn is_empty(&self) -> bool {
        [&self.min, &self.max, &self.confirm_above].into_iter().all(|text| text.trim().is_empty())
    }
}

fn read_limits((currency, limits): (String, LimitsView)) -> (String, AmountLimits) {
    let LimitsView { min, max, confirm_above } = limits;
    (currency, AmountLimits { min, max, confirm_above })
}

fn show_limits((currency, limits): (&String, &AmountLimits)) -> (String, LimitsView) {
    let AmountLimits { min, max, confirm_above } = limits.clone();
    (currency.clone(), LimitsView { min, max, confirm_above })
}

/// Whether these settings say something that a till started with the others does not go by.
fn restart_needed(saved: &Settings, started: &Settings) -> bool {
    let at_start = |settings: &Settings| {
        let Settings { mode, terminal, zone, day_cutoff_min, extra_root_ca, record_wire, .. } = settings.clone();
        (mode, terminal, zone, day_cutoff_min, extra_root_ca, record_wire)
    };
    at_start(saved) != at_start(started)
}

fn verb(word: VerbWord) -> Verb {
    match word {
        VerbWord::Get => Verb::Get,
        VerbWord::Post => Verb::Post,
    }
}

fn word(verb: Verb) -> VerbWord {
    match verb {
        Verb::Get => VerbWord::Get,
        Verb::Post => VerbWord::Post,
    }
}

/// The saved settings and which secrets are stored for their mode, beside those that the till was `started` with.
/// Training has no secrets and asks no keychain.
pub async fn settings_view(settings: &Settings, started: Option<&Settings>, paths: &Paths) -> SettingsView {
    let mut stored: BTreeSet<&str> = BTreeSet::new();
    let mut problem = None;
    if settings.mode != Mode::Training {
        let vault = Vault::new(settings.mode.name());
        for name in SECRET_NAMES {
            match vault.get(name).await {
                Ok(Some(_)) => _ = stored.insert(name),
                Ok(None) => {}
                Err(error) => {
                    problem = Some(Problem::new(error.code()));
                    break;
                }
            }
        }
    }
    let (mispay, multipay) = (&settings.mispay, &settings.multipay);
    let hosts_of =
        |mode: Mode| known_hosts(mode).iter().map(move |(setting, url)| KnownHost { mode: mode.into(), setting, url });
    SettingsView {
        mode: settings.mode.into(),
        store: settings.store.clone(),
        terminal: settings.terminal.clone(),
        zone: settings.zone.clone(),
        day_cutoff_min: settings.day_cutoff_min,
        lock_after_min: settings.lock_after_min,
        language: settings.language.clone(),
        languages: LANGUAGES.to_vec(),
        extra_root_ca: settings.extra_root_ca.as_ref().map(|path| path.display().to_string()).unwrap_or_default(),
        record_wire: settings.record_wire,
        recordings: paths.ledger(Mode::Test).join(RECORDINGS).display().to_string(),
        limits: settings.limits.iter().map(show_limits).collect(),
        known_hosts: [Mode::Test, Mode::Live].into_iter().flat_map(hosts_of).collect(),
        is_new: !paths.settings().exists(),
        restart_needed: started.is_some_and(|started| restart_needed(settings, started)),
        mispay: MispaySettingsView {
            contract: mispay.contract.name(),
            base_url: mispay.base_url.clone(),
            app_id_stored: stored.contains("mispay_app_id"),
            app_secret_stored: stored.contains("mispay_app_secret"),
            refund_verb: word(mispay.refund_verb),
            code_digits_min: mispay.code_digits_min,
            code_digits_max: mispay.code_digits_max,
            code_life_min: mispay.code_life_min,
            window_min: mispay.window_min,
            details_only_when_completed: mispay.details_only_when_completed,
        },
        multipay: MultipaySettingsView {
            token_url: multipay.token_url.clone(),
            socket_url: multipay.socket_url.clone(),
            terminal_id: multipay.terminal_id.clone(),
            client_id_stored: stored.contains("multipay_client_id"),
            client_secret_stored: stored.contains("multipay_client_secret"),
            currency: Currency::parse(&multipay.currency).unwrap_or(Currency::Nok).into(),
            flow: word(multipay.flow),
            unit_confirmed: multipay.is_unit_confirmed(),
            window_min: multipay.window_min,
            heartbeat_s: multipay.heartbeat_s,
            amount_unit: match multipay.amount_unit {
                AmountUnit::Minor => UnitWord::Minor,
                AmountUnit::Decimal => UnitWord::Decimal,
            },
            partial_refunds: multipay.partial_refunds,
        },
        vault: problem,
    }
}
