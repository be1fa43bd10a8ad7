//! Reads what was typed as arguments. Whatever cannot be read is a problem with a code; nothing is guessed.

use checkstand_core::money::{AmountError, Currency, Money};
use checkstand_core::payment::{PaymentId, ProviderName};
use checkstand_core::problem::Problem;
use clap::ValueEnum;
use uuid::Uuid;

/// A provider, as typed.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Provider {
    Mispay,
    Multipay,
}

impl Provider {
    pub fn name(self) -> ProviderName {
        match self {
            Provider::Mispay => ProviderName::Mispay,
            Provider::Multipay => ProviderName::Multipay,
        }
    }

    /// Its word in the ledger.
    pub fn word(self) -> &'static str {
        match self {
            Provider::Mispay => "mispay",
            Provider::Multipay => "multipay",
        }
    }
}

/// A payment's id.
pub fn payment_id(text: &str) -> Result<PaymentId, Problem> {
    Uuid::parse_str(text.trim()).map(PaymentId).map_err(|_| Problem::new("id_invalid"))
}

/// A currency's letters.
pub fn currency(text: &str) -> Result<Currency, Problem> {
    Currency::parse(text).ok_or_else(|| Problem::new("currency_not_supported").with("currency", text))
}

/// An amount as people type it.
pub fn amount(text: &str, currency: Currency) -> Result<Money, Problem> {
    Money::from_typed(text, currency).map_err(|error| match error {
        AmountError::NotANumber | AmountError::Negative | AmountError::Ambiguous => {
            Problem::new("amount_invalid").with("why", error)
        }
        AmountError::TooPrecise => Problem::new("amount_too_precise").with("decimals", currency.exponent()),
        AmountError::TooLarge => Problem::new("amount_too_large"),
    })
}
