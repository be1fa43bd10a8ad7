//! What a search finds a payment by: its numbers, from their beginnings and from their ends.

use checkstand_core::money::western_digit;
use std::collections::BTreeSet;

/// Stands before a word that is written backwards. No normalised text holds it.
const BACKWARDS: char = '\u{1}';
/// Ends are looked for from so many characters on; below, too much would match.
pub(super) const END_CHARS_MIN: usize = 3;

/// Small letters, western digits, no control characters, no spaces around.
pub(super) fn normalised(text: &str) -> String {
    let plain: String = if text.is_ascii() {
        // The same, without the tables of all scripts.
        text.chars().filter(|c| !c.is_ascii_control()).map(|c| c.to_ascii_lowercase()).collect()
    } else {
        let plain = text.chars().filter(|c| !c.is_control());
        plain.flat_map(|c| western_digit(c).unwrap_or(c).to_lowercase()).collect()
    };
    let trimmed = plain.trim();
    if trimmed.len() == plain.len() { plain } else { trimmed.to_owned() }
}

/// What the numbers of a payment are found by, from a beginning: each number whole, from each of its word's starts, and
/// digits without their leading zeros.
fn beginnings(number: &str) -> Vec<&str> {
    let mut found = vec![number];
    let mut previous = None;
    for (at, c) in number.char_indices() {
        let starts = c.is_alphanumeric() && previous.is_some_and(|before: char| !before.is_alphanumeric());
        if starts {
            found.push(&number[at..]);
        }
        if c == '0' && (starts || previous.is_none()) {
            let rest = number[at..].trim_start_matches('0');
            if rest.starts_with(|next: char| next.is_ascii_digit()) {
                found.push(rest);
            }
        }
        previous = Some(c);
    }
    found
}

fn backwards(text: &str) -> String {
    std::iter::once(BACKWARDS).chain(text.chars().rev()).collect()
}

/// The numbers of a payment that people search by.
#[derive(Clone, Copy)]
pub(super) struct Numbers<'a> {
    /// Ours. Its beginning is found by the index of its column.
    pub(super) id: &'a str,
    pub(super) wire_id: Option<&'a str>,
    pub(super) reference: &'a str,
    pub(super) receipt: Option<&'a str>,
}

impl Numbers<'_> {
    /// The rows of the table `words`.
    pub(super) fn words(&self) -> BTreeSet<String> {
        let mut words = BTreeSet::from([backwards(self.id)]);
        for number in [Some(self.reference), self.receipt, self.wire_id].into_iter().flatten() {
            let number = normalised(number);
            words.extend(beginnings(&number).into_iter().map(str::to_owned));
            words.insert(backwards(&number));
        }
        words
    }

    /// Whether a normalised needle finds it: what the table's two ranges and the index of `id` find together.
    pub(super) fn are_found_by(&self, needle: &str) -> bool {
        let ends = needle.chars().count() >= END_CHARS_MIN;
        let numbers = [Some(self.reference), self.receipt, self.wire_id].into_iter().flatten().map(normalised);
        self.id.starts_with(needle)
            || (ends && self.id.ends_with(needle))
            || numbers.into_iter().any(|number| {
                beginnings(&number).iter().any(|piece| piece.starts_with(needle)) || (ends && number.ends_with(needle))
            })
    }
}

/// The range of words that begin like this: from the first, to before the second.
pub(super) fn beginning(needle: &str) -> (String, String) {
    (needle.to_owned(), format!("{needle}{}", char::MAX))
}

/// The range of words that end like this; `None` where it is too short to be looked for.
pub(super) fn end(needle: &str) -> Option<(String, String)> {
    (needle.chars().count() >= END_CHARS_MIN).then(|| beginning(&backwards(needle)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_is_found_from_each_word_and_without_zeros() {
        assert_eq!(beginnings("s-000123"), ["s-000123", "000123", "123"]);
        assert_eq!(beginnings("0042/b 7"), ["0042/b 7", "42/b 7", "b 7", "7"]);
        assert_eq!(beginnings("000"), ["000"]);
        assert_eq!(beginnings(""), [""]);
        assert_eq!(normalised(" Sale ٠٠٤٢ ÅSE۷\u{7} "), "sale 0042 åse7");
    }

    #[test]
    fn the_table_and_the_eye_find_the_same() {
        let numbers = Numbers {
            id: "01920000-0000-7000-8000-000000000001",
            wire_id: Some("GET-77"),
            reference: "S-000123",
            receipt: Some("35581746096790"),
        };
        let words = numbers.words();
        let in_table = |needle: &str| {
            let ranges = [Some(beginning(needle)), end(needle)];
            numbers.id.starts_with(needle)
                || ranges.into_iter().flatten().any(|(from, to)| words.range(from..to).next().is_some())
        };
        for needle in ["s-0", "123", "000123", "0123", "6790", "790", "90", "3558", "019", "0001", "get", "77", "t-77"]
        {
            assert_eq!(in_table(needle), numbers.are_found_by(needle), "{needle}");
        }
        for needle in ["123", "790", "3558", "019", "0001", "77", "t-77", "0123"] {
            assert!(numbers.are_found_by(needle), "{needle}");
        }
        for needle in ["90", "12 3", "s-1", "5581"] {
            assert!(!numbers.are_found_by(needle), "{needle}");
        }
    }
}
