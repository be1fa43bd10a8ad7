//! What the window asks for, and how it is read. Whatever cannot be read is a problem with a code; nothing is guessed.

use checkstand_core::ask::{Ask, Refund, Sale, Size};
use checkstand_core::money::{AmountError, Currency, Money};
use checkstand_core::payment::{Approval, PaymentId, ProviderName, RefundCause, Verdict};
use checkstand_core::people::RefundLimit;
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
    /// A person's answer to `amount_unconfirmed`: so much is meant.
    confirmed: bool,
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
        let provider = provider_name(&self.provider)?;
        let unsupported = || Problem::new("currency_not_supported").with("currency", &self.currency);
        let currency = Currency::parse(&self.currency).ok_or_else(unsupported)?;
        let money = Money::from_typed(&self.amount, currency).map_err(|error| wrong_amount(error, currency))?;
        let code = self.code.map(|code| normalise_code(code.expose()));
        // Who answers for it is put in by the till.
        let approval = |reason: Override| Approval { by: String::new(), reason: reason.reason };
        Ok(Sale {
            id,
            provider,
            money,
            size: if self.confirmed { Size::Confirmed } else { Size::AsTyped },
            reference: self.reference,
            code,
            override_by: self.override_by.map(approval),
            not_same_as: self.not_same_customer_as.as_deref().map(payment_id).transpose()?,
        })
    }
}

/// A refund as typed.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct RefundRequest {
    /// UUID made by the view at the click.
    id: String,
    sale: String,
    /// As typed, or normalised: `201.05`.
    amount: String,
    reason: String,
    retry_of: Option<String>,
}

impl RefundRequest {
    /// The sale that it is about.
    ///
    /// # Errors
    /// `id_invalid`.
    pub fn sale(&self) -> Result<PaymentId, Problem> {
        payment_id(&self.sale)
    }

    /// Reads the request, in the sale's currency.
    ///
    /// # Errors
    /// A problem that names what is wrong with it.
    pub fn read(self, currency: Currency) -> Result<Refund, Problem> {
        Ok(Refund {
            id: payment_id(&self.id)?,
            sale: self.sale()?,
            money: Money::from_typed(&self.amount, currency).map_err(|error| wrong_amount(error, currency))?,
            retry_of: self.retry_of.as_deref().map(payment_id).transpose()?,
            cause: RefundCause { reason: self.reason.trim().to_owned(), approved_by: None },
        })
    }
}

/// A verdict about an unknown payment.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[serde(deny_unknown_fields)]
pub struct SettleRequest {
    payment: String,
    #[cfg_attr(test, ts(type = "\"charged\" | \"not_charged\""))]
    verdict: String,
    evidence: String,
}

impl SettleRequest {
    /// Reads the request.
    ///
    /// # Errors
    /// `id_invalid`, `verdict_unknown`.
    pub fn read(self) -> Result<Ask, Problem> {
        let verdict = match self.verdict.as_str() {
            "charged" => Verdict::Charged,
            "not_charged" => Verdict::NotCharged,
            _ => return Err(Problem::new("verdict_unknown")),
        };
        // Who answers for it is put in by the till.
        let approval = Approval { by: String::new(), reason: self.evidence.trim().to_owned() };
        Ok(Ask::Settle { payment: payment_id(&self.payment)?, verdict, approval })
    }
}

/// Reads a refund limit as typed.
///
/// # Errors
/// A problem that names what is wrong with it.
pub fn refund_limit(currency: &str, each: &str, shift: &str) -> Result<(Currency, RefundLimit), Problem> {
    let unsupported = || Problem::new("currency_not_supported").with("currency", currency);
    let currency = Currency::parse(currency).ok_or_else(unsupported)?;
    let minor = |text: &str| {
        Money::from_typed(text, currency).map(|money| money.minor).map_err(|error| wrong_amount(error, currency))
    };
    Ok((currency, RefundLimit { each_minor: minor(each)?, shift_minor: minor(shift)? }))
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

/// A provider by its word.
pub fn provider_name(word: &str) -> Result<ProviderName, Problem> {
    match word {
        "mispay" => Ok(ProviderName::Mispay),
        "multipay" => Ok(ProviderName::Multipay),
        _ => Err(Problem::new("provider_unknown")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn request(changes: &[(&str, Value)]) -> Result<Sale, &'static str> {
        let mut request = json!({
            "id": "0f7d1c1e-6f0a-4c7e-9d52-0a3f5f1f2b11", "provider": "mispay", "amount": "201.05", "currency": "SAR",
            "reference": null, "code": "4821 77", "override": null, "not_same_customer_as": null,
            "confirmed": false,
        });
        for (name, value) in changes {
            request[*name] = value.clone();
        }
        let read: SaleRequest = serde_json::from_value(request).expect("it has the right fields");
        read.read().map_err(|problem| problem.code)
    }

    #[test]
    fn a_sale_is_read_as_it_was_typed() {
        let sale = request(&[]).expect("nothing is wrong with it");
        assert_eq!(sale.money, Money::new(20_105, Currency::Sar));
        assert_eq!(sale.code, Some(Secret::text("482177")));
        let arabic =
            request(&[("amount", json!("٢٠١٫٠٥")), ("code", json!("٤٨٢١٧٧"))]).expect("other digits, same sale");
        assert_eq!((arabic.money, arabic.code), (sale.money, sale.code));
        assert_eq!(sale.size, Size::AsTyped);
        assert_eq!(request(&[("confirmed", json!(true))]).map(|sale| sale.size), Ok(Size::Confirmed));
    }

    #[test]
    fn what_cannot_be_read_is_a_problem_with_a_code() {
        for (field, value, code) in [
            ("amount", json!("-5"), "amount_invalid"),
            ("amount", json!("abc"), "amount_invalid"),
            ("amount", json!(""), "amount_invalid"),
            ("amount", json!("1.234"), "amount_invalid"),
            ("amount", json!("1.2345"), "amount_too_precise"),
            ("amount", json!("201.055"), "amount_invalid"),
            ("amount", json!("1000000000000"), "amount_too_large"),
            ("currency", json!("XXX"), "currency_not_supported"),
            ("provider", json!("acme"), "provider_unknown"),
            ("id", json!("seven"), "id_invalid"),
            ("not_same_customer_as", json!("seven"), "id_invalid"),
        ] {
            assert_eq!(request(&[(field, value.clone())]).err(), Some(code), "{field} {value}");
        }
    }

    #[test]
    fn r55_a_request_prints_without_its_code() {
        let sale = request(&[("code", json!("739154862"))]).expect("nothing is wrong with it");
        assert!(!format!("{sale:?}").contains("739154862"));
    }
}
