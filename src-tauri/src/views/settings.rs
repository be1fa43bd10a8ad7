//! Settings for the window. Of a secret it learns only whether one is stored.

use super::ModeWord;
use checkstand_core::problem::Problem;
use checkstand_engine::settings::{AmountUnit, Settings, Verb};
use checkstand_engine::setup::SECRET_NAMES;
use checkstand_engine::vault::Vault;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

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

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MispaySettingsView {
    base_url: String,
    app_id_stored: bool,
    app_secret_stored: bool,
    refund_verb: VerbWord,
    code_digits_min: u32,
    code_digits_max: u32,
    code_life_min: u32,
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
    flow: VerbWord,
    amount_unit: UnitWord,
    partial_refunds: bool,
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
    mispay: MispaySettingsView,
    multipay: MultipaySettingsView,
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
    details_only_when_completed: bool,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct MultipaySettingsForm {
    token_url: String,
    socket_url: String,
    terminal_id: String,
    flow: VerbWord,
    amount_unit: UnitWord,
    partial_refunds: bool,
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
        let mispay = self.mispay;
        new.mispay.base_url = mispay.base_url;
        new.mispay.refund_verb = verb(mispay.refund_verb);
        new.mispay.code_digits_min = mispay.code_digits_min;
        new.mispay.code_digits_max = mispay.code_digits_max;
        new.mispay.code_life_min = mispay.code_life_min;
        new.mispay.details_only_when_completed = mispay.details_only_when_completed;
        let multipay = self.multipay;
        let unit = match multipay.amount_unit {
            UnitWord::Minor => AmountUnit::Minor,
            UnitWord::Decimal => AmountUnit::Decimal,
        };
        new.multipay.amount_unit = unit;
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

/// The saved settings and which secrets are stored for their mode. Training has no secrets and asks no keychain.
pub async fn settings_view(settings: &Settings) -> SettingsView {
    let mut stored: BTreeSet<&str> = BTreeSet::new();
    let mut problem = None;
    if settings.mode != checkstand_engine::settings::Mode::Training {
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
    SettingsView {
        mode: settings.mode.into(),
        store: settings.store.clone(),
        terminal: settings.terminal.clone(),
        zone: settings.zone.clone(),
        day_cutoff_min: settings.day_cutoff_min,
        lock_after_min: settings.lock_after_min,
        mispay: MispaySettingsView {
            base_url: mispay.base_url.clone(),
            app_id_stored: stored.contains("mispay_app_id"),
            app_secret_stored: stored.contains("mispay_app_secret"),
            refund_verb: word(mispay.refund_verb),
            code_digits_min: mispay.code_digits_min,
            code_digits_max: mispay.code_digits_max,
            code_life_min: mispay.code_life_min,
            details_only_when_completed: mispay.details_only_when_completed,
        },
        multipay: MultipaySettingsView {
            token_url: multipay.token_url.clone(),
            socket_url: multipay.socket_url.clone(),
            terminal_id: multipay.terminal_id.clone(),
            client_id_stored: stored.contains("multipay_client_id"),
            client_secret_stored: stored.contains("multipay_client_secret"),
            flow: word(multipay.flow),
            amount_unit: match multipay.amount_unit {
                AmountUnit::Minor => UnitWord::Minor,
                AmountUnit::Decimal => UnitWord::Decimal,
            },
            partial_refunds: multipay.partial_refunds,
        },
        vault: problem,
    }
}
