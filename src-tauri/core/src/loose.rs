//! Reads liberally what providers write as number or string.

use serde_json::value::RawValue;

/// A JSON number or string as text, exactly as written; `None` for anything else and for an empty string.
pub(crate) fn loose_text(raw: &RawValue) -> Option<String> {
    let text = raw.get();
    match text.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(text).ok().filter(|text| !text.is_empty()),
        b'0'..=b'9' | b'-' => Some(text.to_owned()),
        _ => None,
    }
}
