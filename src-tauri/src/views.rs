//! What the window sees. Core types never cross: these are plain data, and none of them can hold a secret or a payment code.

mod finding;
mod history;
mod journal;
mod payment;
mod people;
mod phone;
mod report;
mod report_html;
mod request;
mod settings;
mod snapshot;

pub use finding::{FindingView, SettingChange};
pub use history::{
    HistoryChoices, HistoryPage, HistoryQuery, PaymentDetail, TimelineLine, history_page, history_row, timeline_state,
};
pub use journal::{
    ActivityLine, ActivityPage, AnchorView, BackupView, BrokenView, JournalView, JournalWord, RemovableView,
    RemovalView, plain_fields,
};
pub use payment::PaymentView;
pub use people::{AccessWord, ApproverRequest, PeopleView, PermissionWord, RoleWord, people_view};
pub use phone::PhoneView;
pub use report::{AnchorPoint, Closing, HourView, Letterhead, ReportHead, ReportView, report_view};
pub use report_html::report_html;
pub use request::{RefundRequest, SaleRequest, SettleRequest, payment_id, provider_name, refund_limit};
#[cfg(test)]
pub use settings::LimitsView;
pub use settings::{SettingsForm, SettingsView, settings_view};
pub use snapshot::{Frame, Snapshot, picture};

use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::ProviderName;
use serde::{Deserialize, Serialize};

/// `SAR`, `NOK` …
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

impl CurrencyCode {
    /// ISO 4217 letters.
    pub fn code(self) -> &'static str {
        match self {
            CurrencyCode::Sar => "SAR",
            CurrencyCode::Nok => "NOK",
            CurrencyCode::Sek => "SEK",
            CurrencyCode::Eur => "EUR",
            CurrencyCode::Usd => "USD",
        }
    }
}

impl MoneyView {
    /// For files and papers: `-80.00 SAR`.
    pub fn text(&self) -> String {
        let currency = Currency::parse(self.currency.code()).expect("each of ours is one of core's");
        self.minor.parse().map(|minor| Money::new(minor, currency).to_string()).unwrap_or_default()
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

impl ProviderWord {
    /// The name that people know.
    pub fn label(self) -> &'static str {
        match self {
            ProviderWord::Mispay => "MIS Pay",
            ProviderWord::Multipay => "MultiPay",
        }
    }
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

impl ModeWord {
    /// As in files and folders.
    pub fn name(self) -> &'static str {
        checkstand_engine::settings::Mode::from(self).name()
    }
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
