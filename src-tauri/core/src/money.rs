//! Money: whole minor units of one currency. Decimal text exists only at the edges and converts exactly, or not at all.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The currencies of both papers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Currency {
    /// Saudi riyal (MIS Pay).
    Sar,
    /// Norwegian krone (MultiPay).
    Nok,
    /// Swedish krona (MultiPay).
    Sek,
    /// Euro (MultiPay).
    Eur,
    /// US dollar (MultiPay).
    Usd,
}

impl Currency {
    /// Every currency, in the order in which they are offered.
    pub const ALL: [Currency; 5] = [Currency::Sar, Currency::Nok, Currency::Sek, Currency::Eur, Currency::Usd];

    /// The ISO 4217 letters.
    pub fn code(self) -> &'static str {
        self.iso().code()
    }

    /// The number of decimals, from ISO 4217.
    pub fn exponent(self) -> u32 {
        u32::from(self.iso().exponent().expect("all five currencies have a minor unit"))
    }

    /// Reads ISO 4217 letters in either case.
    pub fn parse(code: &str) -> Option<Currency> {
        Currency::ALL.into_iter().find(|currency| currency.code().eq_ignore_ascii_case(code))
    }

    fn iso(self) -> iso_currency::Currency {
        match self {
            Currency::Sar => iso_currency::Currency::SAR,
            Currency::Nok => iso_currency::Currency::NOK,
            Currency::Sek => iso_currency::Currency::SEK,
            Currency::Eur => iso_currency::Currency::EUR,
            Currency::Usd => iso_currency::Currency::USD,
        }
    }
}

/// The largest amount that the till handles at all, in minor units: below ten billion, so sums cannot overflow.
pub const AMOUNT_MINOR_MAX: i64 = 9_999_999_999;

/// An amount in one currency, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Money {
    /// Minor units: halalas, øre, cents.
    pub minor: i64,
    /// Of this currency.
    pub currency: Currency,
}

/// Why a text is no amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// Empty, letters, two signs: whoever typed it can mend it.
    #[error("not an amount")]
    NotANumber,
    /// "1.234" may be one thousand or one: it must be typed differently.
    #[error("the separator could mean thousands or decimals")]
    Ambiguous,
    /// More decimals than the currency has.
    #[error("more decimals than the currency has")]
    TooPrecise,
    /// Above [`AMOUNT_MINOR_MAX`].
    #[error("larger than the till handles")]
    TooLarge,
    /// Below zero.
    #[error("negative")]
    Negative,
}

impl Money {
    /// An amount from minor units.
    pub fn new(minor: i64, currency: Currency) -> Money {
        Money { minor, currency }
    }

    /// Reads a machine's decimal text: digits, a point, perhaps an exponent (RFC 8259 numbers, and the same as a string, which
    /// may begin with more zeros).
    ///
    /// # Errors
    /// An [`AmountError`] where the text is no number or does not fit the currency exactly.
    pub fn from_decimal(text: &str, currency: Currency) -> Result<Money, AmountError> {
        if !is_number(text) {
            return Err(AmountError::NotANumber);
        }
        let decimal = exact_decimal(text).ok_or(AmountError::NotANumber)?;
        if decimal.is_sign_negative() && !decimal.is_zero() {
            return Err(AmountError::Negative);
        }
        let minor = decimal.checked_mul(Decimal::from(10_i64.pow(currency.exponent()))).ok_or(AmountError::TooLarge)?;
        if !minor.fract().is_zero() {
            return Err(AmountError::TooPrecise);
        }
        let minor = i64::try_from(minor).map_err(|_| AmountError::TooLarge)?;
        if minor > AMOUNT_MINOR_MAX { Err(AmountError::TooLarge) } else { Ok(Money { minor, currency }) }
    }

    /// Reads minor units as a machine writes them: digits alone.
    ///
    /// # Errors
    /// An [`AmountError`] where the text is no whole number, or more than the till handles.
    pub fn from_minor(text: &str, currency: Currency) -> Result<Money, AmountError> {
        if !is_digits(text) {
            return Err(AmountError::NotANumber);
        }
        match text.parse() {
            Ok(minor) if minor <= AMOUNT_MINOR_MAX => Ok(Money { minor, currency }),
            Ok(_) | Err(_) => Err(AmountError::TooLarge),
        }
    }

    /// Reads what a person typed: Western, Arabic or Persian digits; `.` `,` `٫` as separators. The last separator decides;
    /// a lone group of three behind one is refused as ambiguous.
    ///
    /// # Errors
    /// An [`AmountError`] that says what is wrong with the text.
    pub fn from_typed(text: &str, currency: Currency) -> Result<Money, AmountError> {
        Money::from_decimal(&typed_to_decimal(text.trim(), currency.exponent() as usize)?, currency)
    }

    /// Decimal text with exactly the currency's decimals: `201.05`.
    pub fn decimal(self) -> String {
        Decimal::new(self.minor, self.currency.exponent()).to_string()
    }
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency.code())
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number that this text writes, to its last digit; the library's own reading of an exponent rounds.
fn exact_decimal(text: &str) -> Option<Decimal> {
    let Some((digits, exponent)) = text.split_once(['e', 'E']) else { return Decimal::from_str_exact(text).ok() };
    let (decimal, exponent) = (Decimal::from_str_exact(digits).ok()?, exponent.parse::<i16>().ok()?);
    let scale = i64::from(decimal.scale()) - i64::from(exponent);
    match u32::try_from(scale) {
        Ok(scale) => Decimal::try_from_i128_with_scale(decimal.mantissa(), scale).ok(),
        Err(_) => {
            let zeros = u32::try_from(scale.checked_neg()?).ok()?;
            Decimal::try_from_i128_with_scale(decimal.mantissa().checked_mul(10_i128.checked_pow(zeros)?)?, 0).ok()
        }
    }
}

/// Whether it is a number as JSON writes it. What a decimal type reads beyond that, such as `2_01.05` and `+201.05`, no provider
/// has said.
fn is_number(text: &str) -> bool {
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let mantissa = mantissa.strip_prefix('-').unwrap_or(mantissa);
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, "0"));
    [whole, fraction, exponent.strip_prefix(['+', '-']).unwrap_or(exponent)].into_iter().all(is_digits)
}

/// The digit behind any of the three digit sets that people type.
pub fn western_digit(c: char) -> Option<char> {
    let zero = match c {
        '0'..='9' => '0',
        '\u{0660}'..='\u{0669}' => '\u{0660}',
        '\u{06F0}'..='\u{06F9}' => '\u{06F0}',
        _ => return None,
    };
    char::from_digit(u32::from(c) - u32::from(zero), 10)
}

/// Nobody types more for an amount; a clipboard may hold anything.
const TYPED_BYTES_MAX: usize = 128;

fn typed_to_decimal(text: &str, exponent: usize) -> Result<String, AmountError> {
    if text.len() > TYPED_BYTES_MAX {
        return Err(AmountError::NotANumber);
    }
    if text.starts_with(['-', '−']) {
        return Err(AmountError::Negative);
    }
    // Every piece between separators, with the separator that stands before it.
    let mut pieces: Vec<(char, String)> = vec![(' ', String::new())];
    for c in text.chars() {
        match (western_digit(c), c) {
            (Some(digit), _) => pieces.last_mut().expect("starts with one piece").1.push(digit),
            (None, '.' | ',' | '٫' | '٬' | '\'' | ' ' | '\u{a0}') => pieces.push((c, String::new())),
            _ => return Err(AmountError::NotANumber),
        }
    }
    let (last_separator, last) = pieces.last().cloned().expect("starts with one piece");
    if pieces.len() == 1 {
        return if last.is_empty() { Err(AmountError::NotANumber) } else { Ok(last) };
    }
    let separators: Vec<char> = pieces.iter().skip(1).map(|piece| piece.0).collect();
    let repeated = separators.len() > 1 && separators.iter().all(|s| *s == last_separator);
    let is_grouping = repeated || matches!(last_separator, '٬' | '\'' | ' ' | '\u{a0}');
    let (whole, fraction) = if is_grouping { (&pieces[..], "") } else { (&pieces[..pieces.len() - 1], last.as_str()) };
    let grouped_well =
        whole.iter().skip(1).all(|(s, digits)| digits.len() == 3 && (is_grouping || *s != last_separator));
    let head = &whole[0].1;
    if !grouped_well || (whole.len() > 1 && !(1..=3).contains(&head.len())) || (head.is_empty() && fraction.is_empty())
    {
        return Err(AmountError::NotANumber);
    }
    let lone_group = separators.len() == 1 && fraction.len() == 3 && exponent != 3 && (1..=3).contains(&head.len());
    if lone_group && last_separator != '٫' {
        return Err(AmountError::Ambiguous);
    }
    if fraction.len() > exponent {
        return Err(AmountError::TooPrecise);
    }
    let whole: String = whole.iter().map(|(_, digits)| digits.as_str()).collect();
    let whole = if whole.is_empty() { "0" } else { &whole };
    Ok(if fraction.is_empty() { whole.to_owned() } else { format!("{whole}.{fraction}") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sar(text: &str) -> Result<i64, AmountError> {
        Money::from_typed(text, Currency::Sar).map(|money| money.minor)
    }

    proptest! {
        #[test]
        fn r48_every_amount_survives_its_own_text(minor in 0..=AMOUNT_MINOR_MAX, which in 0..5_usize) {
            let money = Money::new(minor, Currency::ALL[which]);
            prop_assert_eq!(Money::from_decimal(&money.decimal(), money.currency), Ok(money));
            prop_assert_eq!(Money::from_typed(&money.decimal(), money.currency), Ok(money));
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,40}") {
            let _ = (Money::from_typed(&text, Currency::Sar), Money::from_decimal(&text, Currency::Sar));
        }
    }

    #[test]
    fn r49_people_type_amounts_in_many_ways() {
        for text in ["201.05", "201,05", "٢٠١٫٠٥", "۲۰۱.۰۵", "0201.05", " 201.05 "] {
            assert_eq!(sar(text), Ok(20105), "{text}");
        }
        for text in ["1,234.50", "1.234,50", "1 234,50", "1234.5", "١٬٢٣٤٫٥٠", "1'234.50"] {
            assert_eq!(sar(text), Ok(123_450), "{text}");
        }
        assert_eq!(sar("1.234.567"), Ok(123_456_700));
        assert_eq!(sar(".5"), Ok(50));
        assert_eq!(sar("5."), Ok(500));
    }

    #[test]
    fn r49_what_is_unclear_is_refused() {
        assert_eq!(sar("1.234"), Err(AmountError::Ambiguous));
        assert_eq!(sar("1,234"), Err(AmountError::Ambiguous));
        assert_eq!(sar("1.2345"), Err(AmountError::TooPrecise));
        assert_eq!(sar("1٫234"), Err(AmountError::TooPrecise));
        assert_eq!(sar("-5"), Err(AmountError::Negative));
        assert_eq!(sar("1000000000000"), Err(AmountError::TooLarge));
        assert_eq!(sar(&"1.".repeat(100_000)), Err(AmountError::NotANumber));
        for text in ["", ".", "abc", "1e5", "12..5", "1.2.3", "1,23.45", "5,", "١a"] {
            let result = sar(text);
            assert!(
                result == Err(AmountError::NotANumber) || (text == "5," && result == Ok(500)),
                "{text} gave {result:?}"
            );
        }
    }

    #[test]
    fn machine_numbers_are_read_exactly() {
        let read = |text: &str| Money::from_decimal(text, Currency::Sar).map(|money| money.minor);
        assert_eq!(read("200"), Ok(20000));
        assert_eq!(read("201.050"), Ok(20105));
        assert_eq!(read("2.0105e2"), Ok(20105));
        assert_eq!((read("2010500e-4"), read("2E+2")), (Ok(20105), Ok(20000)));
        // Digits far behind the point are digits, with an exponent as without.
        assert_eq!(read("201.050000000000000000000000000000000011041042445e0"), Err(AmountError::NotANumber));
        for exponent in ["99999999999999999999", "-9223372036854775808", "-32768", "32767", "40", "-40"] {
            assert_eq!(read(&format!("1e{exponent}")), Err(AmountError::NotANumber), "{exponent}");
        }
        assert_eq!(read("201.051"), Err(AmountError::TooPrecise));
        assert_eq!(read("-1"), Err(AmountError::Negative));
        assert_eq!(read("99999999999999999999999999999999999"), Err(AmountError::NotANumber));
        for text in ["2_01.05", "+201.05", "201.", ".5", "", "1e", "1e+", "e2", "--1", "1.2.3", "1e2e3", " 1", "٢"] {
            assert_eq!(read(text), Err(AmountError::NotANumber), "{text}");
        }
    }

    #[test]
    fn minor_units_are_digits_and_no_more_than_the_till_handles() {
        let read = |text| Money::from_minor(text, Currency::Nok).map(|money| money.minor);
        assert_eq!(read("20105"), Ok(20_105));
        assert_eq!(read("9999999999"), Ok(AMOUNT_MINOR_MAX));
        assert_eq!(read("10000000000"), Err(AmountError::TooLarge));
        assert_eq!(read("99999999999999999999999"), Err(AmountError::TooLarge));
        for text in ["", "+20105", "-1", "201.05", "2e4", "٢"] {
            assert_eq!(read(text), Err(AmountError::NotANumber), "{text}");
        }
    }
}
