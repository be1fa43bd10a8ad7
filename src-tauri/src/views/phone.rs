//! The customers' phones, in training.

use super::{MoneyView, ProviderWord};
use checkstand_core::money::{Currency, Money};
use checkstand_simulator::phone::{Phone, Provider as PhoneOf, Shows};
use serde::Serialize;

/// Training: what one customer's phone shows.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PhoneView {
    payment: String,
    provider: ProviderWord,
    money: MoneyView,
    merchant: String,
    #[cfg_attr(test, ts(type = "\"asks\" | \"paid\" | \"canceled\" | \"walked_away\""))]
    shows: &'static str,
}

impl PhoneView {
    /// A phone; `None` before it shows an amount.
    pub fn of(phone: &Phone, merchant: &str) -> Option<PhoneView> {
        let currency = Currency::parse(&phone.currency)?;
        Some(PhoneView {
            payment: phone.id.clone(),
            provider: match phone.provider {
                PhoneOf::MisPay => ProviderWord::Mispay,
                PhoneOf::MultiPay => ProviderWord::Multipay,
            },
            money: Money::new(phone.amount_minor, currency).into(),
            merchant: merchant.to_owned(),
            shows: match phone.shows {
                Shows::Scanned | Shows::Asking => "asks",
                Shows::Paid => "paid",
                Shows::Canceled | Shows::Failed | Shows::TimedOut | Shows::Reversed => "canceled",
            },
        })
    }
}
