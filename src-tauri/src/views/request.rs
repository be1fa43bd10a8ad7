//! What the window asks for, and how it is read. Whatever cannot be read is a problem with a code; nothing is guessed.

use checkstand_core::ask::Sale;
use checkstand_core::money::{AmountError, Currency, Money};
use checkstand_core::payment::{Approval, PaymentId, ProviderName};
use checkstand_core::problem::Problem;
use checkstand_core::provider::mispay::normalise_code;
use checkstand_core::secret::Secret;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// A sale as typed.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SaleRequest {
    /// UUID made by the view at the click.
    id: String,
    #[cfg_attr(test, ts(type = "ProviderName"))]
    provider: String,
    /// As typed, or normalised: `201.05`.
    amount: String,
    #[cfg_attr(test, ts(type = "CurrencyCode"))]
    currency: String,
    reference: Option<String>,
    /// The customer's payment code.
    #[cfg_attr(test, ts(type = "string | null"))]
    #[serde(deserialize_with = "secret_text")]
    code: Option<Secret<String>>,
    /// A person's answer to `sale_open` and `sale_paid`.
    #[serde(rename = "override")]
    #[cfg_attr(test, ts(type = "{ reason: string } | null"))]
    override_by: Option<Override>,
    /// A person's answer to `same_customer`: that payment belongs to somebody else.
    not_same_customer_as: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Override {
    reason: String,
}

fn secret_text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Secret<String>>, D::Error> {
    Ok(Option::<String>::deserialize(from)?.map(Secret::new))
}

/// Reads a payment's id.
///
/// # Errors
/// `id_invalid`.
pub fn payment_id(text: &str) -> Result<PaymentId, Problem> {
    Uuid::parse_str(text).map(PaymentId).map_err(|_| Problem::new("id_invalid"))
}

impl SaleRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// A problem that names what is wrong with it. Amounts of zero and limits are the till's business.
    pub fn read(self) -> Result<Sale, Problem> {
        let id = payment_id(&self.id)?;
        let provider = match self.provider.as_str() {
            "mispay" => ProviderName::Mispay,
            "multipay" => ProviderName::Multipay,
            _ => return Err(Problem::new("provider_unknown")),
        };
        let unsupported = || Problem::new("currency_not_supported").with("currency", &self.currency);
        let currency = Currency::parse(&self.currency).ok_or_else(unsupported)?;
        let money = Money::from_typed(&self.amount, currency).map_err(|error| wrong_amount(error, currency))?;
        let code = self.code.map(|code| normalise_code(code.expose()));
        let approval = |reason: Override| Approval { by: crate::commands::OPERATOR.to_owned(), reason: reason.reason };
        Ok(Sale {
            id,
            provider,
            money,
            reference: self.reference,
            code,
            override_by: self.override_by.map(approval),
            not_same_as: self.not_same_customer_as.as_deref().map(payment_id).transpose()?,
        })
    }
}

fn wrong_amount(error: AmountError, currency: Currency) -> Problem {
    match error {
        AmountError::NotANumber | AmountError::Negative | AmountError::Ambiguous => {
            Problem::new("amount_invalid").with("why", error)
        }
        AmountError::TooPrecise => Problem::new("amount_too_precise").with("decimals", currency.exponent()),
        AmountError::TooLarge => Problem::new("amount_too_large"),
    }
}
