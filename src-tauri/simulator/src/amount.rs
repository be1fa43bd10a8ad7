//! Minor units to decimal text and back. All five currencies of the two papers have two decimals.

/// Reads a plain decimal JSON number such as `200`, `200.5` or `201.05`. None for a sign, an
/// exponent, a third decimal, or more than an `i64` holds.
pub(crate) fn minor_from_decimal(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || part.is_empty() || part.len() > 2 {
        return None;
    }
    if !whole.bytes().chain(part.bytes()).all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let hundredths: i64 = part.parse().ok()?;
    let hundredths = if part.len() == 1 { hundredths * 10 } else { hundredths };
    whole.parse::<i64>().ok()?.checked_mul(100)?.checked_add(hundredths)
}

/// As a JSON number is usually written: without trailing zeros.
pub(crate) fn decimal_from_minor(minor: i64) -> String {
    let full = decimal_full_from_minor(minor);
    full.strip_suffix(".00")
        .or_else(|| full.strip_suffix('0').filter(|_| !full.ends_with(".00")))
        .unwrap_or(&full)
        .to_owned()
}

/// With both decimals, as prices are written in text.
pub(crate) fn decimal_full_from_minor(minor: i64) -> String {
    let sign = if minor < 0 { "-" } else { "" };
    let minor = minor.unsigned_abs();
    format!("{sign}{}.{:02}", minor / 100, minor % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_survive_the_way_there_and_back() {
        for (minor, short, full) in [
            (20_105, "201.05", "201.05"),
            (20_000, "200", "200.00"),
            (20_050, "200.5", "200.50"),
            (1, "0.01", "0.01"),
            (100, "1", "1.00"),
        ] {
            assert_eq!(decimal_from_minor(minor), short);
            assert_eq!(decimal_full_from_minor(minor), full);
            assert_eq!(minor_from_decimal(short), Some(minor));
            assert_eq!(minor_from_decimal(full), Some(minor));
        }
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e2", "1.005", "1.0000", "\"1\"", "99999999999999999999"] {
            assert_eq!(minor_from_decimal(text), None, "{text}");
        }
    }
}
