//! An independent reader: what bytes must say, strictly, before a payment may plainly count as paid. It shares nothing with
//! the product but the JSON grammar, and errs on the side of finding too much.

use serde_json::value::RawValue;
use std::collections::BTreeMap;

type Fields = BTreeMap<String, Box<RawValue>>;

/// What was asked of a provider.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The order id, or the payment id on the wire.
    pub id: String,
    /// Minor units.
    pub minor: i64,
    /// ISO 4217.
    pub currency: &'static str,
}

/// Whether MIS Pay's /status proves it: the outer and the inner success, the order and the amount.
pub fn status_proves(status: u16, body: &[u8], asked: &Asked) -> bool {
    let order = success(status, body).and_then(|outer| inner(&outer, "order"));
    order.is_some_and(|order| {
        matches!(word(&order, "status").as_deref(), Some("success" | "MP00"))
            && loose(&order, "orderId").as_deref() == Some(&asked.id)
            && decimal_minor(&order, "amount") == Some(asked.minor)
    })
}

/// Whether MIS Pay's details are of this order, and show this amount.
pub fn details_show(status: u16, body: &[u8], asked: &Asked) -> bool {
    let result = success(status, body).and_then(|outer| inner(&outer, "result"));
    result.is_some_and(|result| {
        loose(&result, "orderId").as_deref() == Some(&asked.id)
            && decimal_minor(&result, "purchaseAmount") == Some(asked.minor)
            && word(&result, "purchaseCurrency").is_some_and(|code| code.eq_ignore_ascii_case(asked.currency))
    })
}

/// Whether MIS Pay says that a refund was done.
pub fn refund_done(status: u16, body: &[u8]) -> bool {
    let result = success(status, body).and_then(|outer| inner(&outer, "result"));
    result.is_some_and(|result| word(&result, "status").as_deref() == Some("success"))
}

/// Whether MIS Pay's answer to a purchase refuses it for certain: 2xx or 4xx, an outer error, and one of the paper's codes.
/// A bare 401 refuses the token.
pub fn purchase_refused(status: u16, body: &[u8]) -> bool {
    let is_certain = matches!(status, 200..=299 | 400..=499) && !matches!(status, 408 | 429);
    let named = read(body).is_some_and(|outer| {
        let code = word(&outer, "result").unwrap_or_default();
        let code = code.strip_prefix("ExceptionType.").unwrap_or(&code);
        let is_code = code.len() == 4 && code.starts_with("ME") && code[2..].bytes().all(|byte| byte.is_ascii_digit());
        is_code && word(&outer, "status").is_some_and(|status| status.starts_with("error"))
    });
    status == 401 || (is_certain && named)
}

/// Whether MIS Pay says anything about a payment or a refusal at all.
pub fn http_says_something(body: &[u8]) -> bool {
    read(body).is_some_and(|outer| word(&outer, "status").is_some() || outer.contains_key("access_token"))
}

/// Whether MultiPay's message says anything about a payment that is not just any.
pub fn message_says_something(text: &str, is_ours: impl Fn(&str) -> bool) -> bool {
    let Some(outer) = read(text.as_bytes()) else { return false };
    match word(&outer, "messageType").as_deref() {
        Some("PROBLEM" | "LOGON_CONFIRMATION" | "GET_PAYMENT_REQUEST") => true,
        Some(_) => payment(&outer).and_then(|payment| loose(&payment, "paymentId")).is_some_and(|id| is_ours(&id)),
        None => false,
    }
}

/// How MultiPay writes amounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// `20105`
    Minor,
    /// `201.05`
    Decimal,
}

/// Whether MultiPay's message is a receipt for this sale; an echoed id must be ours.
pub fn receipt_proves(text: &str, unit: Unit, asked: &Asked, echoes: &[(&str, uuid::Uuid)]) -> bool {
    let Some(payment) = receipt(text, &["COMPLETE"]) else { return false };
    let echoes_fit = echoes.iter().all(|(name, ours)| {
        loose(&payment, name).is_none_or(|echo| uuid::Uuid::parse_str(&echo).is_ok_and(|echo| echo == *ours))
    });
    is_of(&payment, &asked.id) && money_is(&payment, unit, asked) && echoes_fit
}

/// Whether MultiPay's message is a receipt for this refund: under its own id, where an amount must fit if there is one; or
/// under its sale's, with another receipt and the refund's amount.
pub fn refund_receipt_proves(text: &str, unit: Unit, asked: &Asked, sale: &str, sale_receipt: &str) -> bool {
    let Some(payment) = receipt(text, &["COMPLETE", "REVERSED"]) else { return false };
    let names_money = ["amount", "currencyIso"].iter().any(|name| is_there(&payment, name));
    let under_its_own = is_of(&payment, &asked.id) && (!names_money || money_is(&payment, unit, asked));
    let another = loose(&payment, "paymentReceiptId").is_some_and(|id| id != sale_receipt);
    under_its_own || (is_of(&payment, sale) && another && money_is(&payment, unit, asked))
}

fn receipt(text: &str, words: &[&str]) -> Option<Fields> {
    let outer = read(text.as_bytes())?;
    let payment = payment(&outer).filter(|_| word(&outer, "messageType").as_deref() == Some("PAYMENT_RECEIPT"))?;
    // Whoever sends a receipt without a state says by its type that it is one.
    let is_told = match is_there(&payment, "paymentState") {
        true => words.contains(&word(&payment, "paymentState")?.as_str()),
        false => true,
    };
    is_told.then_some(payment)
}

fn payment(outer: &Fields) -> Option<Fields> {
    inner(outer, if is_there(outer, "payment") { "payment" } else { "paymentDetails" })
}

fn is_of(payment: &Fields, id: &str) -> bool {
    loose(payment, "paymentId").is_some_and(|named| named.eq_ignore_ascii_case(id))
}

fn money_is(payment: &Fields, unit: Unit, asked: &Asked) -> bool {
    let minor = match unit {
        Unit::Decimal => decimal_minor(payment, "amount"),
        Unit::Minor => loose(payment, "amount").and_then(|text| exact(&text, 0)),
    };
    minor == Some(asked.minor)
        && word(payment, "currencyIso").is_some_and(|code| code.eq_ignore_ascii_case(asked.currency))
}

// ---- JSON, strictly -------------------------------------------------------------------------------------------------

/// The name that a line of the journal gives its event.
pub fn event_named_in(body: &str) -> Option<String> {
    word(&inner(&read(body.as_bytes())?, "event")?, "what")
}

/// Bytes that are no text spoil only the field that they stand in: whoever writes a shop's name in another encoding still says
/// what was paid.
fn read(body: &[u8]) -> Option<Fields> {
    serde_json::from_str(&String::from_utf8_lossy(body)).ok()
}

fn success(status: u16, body: &[u8]) -> Option<Fields> {
    let outer = read(body).filter(|_| (200..=299).contains(&status))?;
    (word(&outer, "status").as_deref() == Some("success")).then_some(outer)
}

fn inner(fields: &Fields, name: &str) -> Option<Fields> {
    serde_json::from_str(fields.get(name)?.get()).ok()
}

fn is_there(fields: &Fields, name: &str) -> bool {
    fields.get(name).is_some_and(|raw| raw.get() != "null")
}

fn word(fields: &Fields, name: &str) -> Option<String> {
    let raw = fields.get(name)?.get();
    raw.starts_with('"').then(|| serde_json::from_str(raw).ok())?
}

/// A text that is not empty, or a number as it is written.
fn loose(fields: &Fields, name: &str) -> Option<String> {
    let raw = fields.get(name)?.get();
    let is_number = raw.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    if is_number { Some(raw.to_owned()) } else { word(fields, name).filter(|text| !text.is_empty()) }
}

fn decimal_minor(fields: &Fields, name: &str) -> Option<i64> {
    exact(&loose(fields, name)?, 2)
}

/// A decimal number in units of 10^-places, digit by digit; `None` where that is no whole number, or none at all.
pub fn exact(text: &str, places: i64) -> Option<i64> {
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.strip_prefix('+').unwrap_or(exponent).parse::<i64>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    // Minus nothing is nothing.
    if !is_number(whole.strip_prefix('-').unwrap_or(whole)) || !is_number(fraction) {
        return None;
    }
    let (whole, is_negative) = whole.strip_prefix('-').map_or((whole, false), |whole| (whole, true));
    let digits = format!("{whole}{fraction}");
    let digits = digits.trim_start_matches('0');
    let significant = digits.trim_end_matches('0');
    if significant.is_empty() {
        return Some(0);
    }
    let dropped = i64::try_from(digits.len() - significant.len()).ok()?;
    let shift = exponent.checked_add(places + dropped - i64::try_from(fraction.len()).ok()?)?;
    let value = significant.parse::<i64>().ok()?.checked_mul(10_i64.checked_pow(u32::try_from(shift).ok()?)?)?;
    (!is_negative).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_digit_by_digit() {
        for text in ["201.05", "201.050", "2.0105e2", "20105E-2", "0201.05"] {
            assert_eq!(exact(text, 2), Some(20_105), "{text}");
        }
        for text in ["201.051", "2_01.05", "+201.05", "201.", ".5", "", "1e", "1e999999999", "-201.05", "NaN"] {
            assert_ne!(exact(text, 2), Some(20_105), "{text}");
        }
        assert_eq!(exact("20105", 0), Some(20_105));
        assert_eq!(exact("-0.0", 2), Some(0));
    }

    #[test]
    fn only_the_whole_truth_is_proof() {
        let asked = Asked { id: "a".to_owned(), minor: 20_105, currency: "SAR" };
        let status = |word: &str, id: &str, amount: &str| {
            format!(r#"{{"status":"success","order":{{"status":"{word}","orderId":"{id}","amount":{amount}}}}}"#)
        };
        let proves = |code, body: String| status_proves(code, body.as_bytes(), &asked);
        assert!(proves(200, status("success", "a", "201.05")));
        assert!(!proves(400, status("success", "a", "201.05")));
        assert!(!proves(200, status("Success", "a", "201.05")));
        assert!(!proves(200, status("success", "b", "201.05")));
        assert!(!proves(200, status("success", "a", "201.06")));
        assert!(!proves(200, status("success", "a", "201.05") + "x"));
    }
}
