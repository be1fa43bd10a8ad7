//! What the till answers when it will not do what it was asked: a code and fields, no sentence. The words are the catalogue's.

use serde::Serialize;
use std::collections::BTreeMap;

/// A refusal with its cause. Nothing was recorded and nothing has left when one comes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable; each has its text in every language.
    pub code: &'static str,
    /// What the text needs, by name. Never a secret, never a payment code.
    pub fields: BTreeMap<&'static str, String>,
}

impl Problem {
    /// A problem without fields.
    pub fn new(code: &'static str) -> Problem {
        Problem { code, fields: BTreeMap::new() }
    }

    /// The same with one more field.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Problem {
        self.fields.insert(name, value.to_string());
        self
    }
}
