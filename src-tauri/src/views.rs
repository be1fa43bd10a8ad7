//! What the window sees. Core types never cross: these are plain data, and none of them can hold a secret or a payment code.

mod request;
mod settings;
mod snapshot;

pub use request::{SaleRequest, payment_id};
pub use settings::{SettingsForm, SettingsView, settings_view};
pub use snapshot::{Frame, PaymentView, PhoneView, Snapshot, picture};

use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::ProviderName;
use serde::{Deserialize, Serialize};

/// `SAR`, `NOK` …
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(rename_all = "UPPERCASE")]
pub enum CurrencyCode {
    Sar,
    Nok,
    Sek,
    Eur,
    Usd,
}

impl From<Currency> for CurrencyCode {
    fn from(currency: Currency) -> CurrencyCode {
        match currency {
            Currency::Sar => CurrencyCode::Sar,
            Currency::Nok => CurrencyCode::Nok,
            Currency::Sek => CurrencyCode::Sek,
            Currency::Eur => CurrencyCode::Eur,
            Currency::Usd => CurrencyCode::Usd,
        }
    }
}

/// Minor units as decimal text: money never crosses as a float.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MoneyView {
    pub minor: String,
    pub currency: CurrencyCode,
}

impl From<Money> for MoneyView {
    fn from(money: Money) -> MoneyView {
        MoneyView { minor: money.minor.to_string(), currency: money.currency.into() }
    }
}

/// The two far ends.
#[derive(Clone, Copy, Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "ProviderName"))]
#[serde(rename_all = "lowercase")]
pub enum ProviderWord {
    Mispay,
    Multipay,
}

impl From<ProviderName> for ProviderWord {
    fn from(provider: ProviderName) -> ProviderWord {
        match provider {
            ProviderName::Mispay => ProviderWord::Mispay,
            ProviderName::Multipay => ProviderWord::Multipay,
        }
    }
}

/// Training, test or live.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "Mode"))]
#[serde(rename_all = "lowercase")]
pub enum ModeWord {
    Training,
    Test,
    Live,
}

impl From<checkstand_engine::settings::Mode> for ModeWord {
    fn from(mode: checkstand_engine::settings::Mode) -> ModeWord {
        match mode {
            checkstand_engine::settings::Mode::Training => ModeWord::Training,
            checkstand_engine::settings::Mode::Test => ModeWord::Test,
            checkstand_engine::settings::Mode::Live => ModeWord::Live,
        }
    }
}

impl From<ModeWord> for checkstand_engine::settings::Mode {
    fn from(mode: ModeWord) -> checkstand_engine::settings::Mode {
        match mode {
            ModeWord::Training => checkstand_engine::settings::Mode::Training,
            ModeWord::Test => checkstand_engine::settings::Mode::Test,
            ModeWord::Live => checkstand_engine::settings::Mode::Live,
        }
    }
}
