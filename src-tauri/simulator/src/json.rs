//! JSON by hand: objects are written field by field in the papers' order, and read with their
//! numbers untouched, so that an amount never becomes a float.

use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write;

/// An object under construction.
#[derive(Clone, Debug, Default)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn text(self, key: &str, value: &str) -> Self {
        let quoted = quote(value);
        self.raw(key, &quoted)
    }

    pub(crate) fn number(self, key: &str, value: i64) -> Self {
        self.raw(key, &value.to_string())
    }

    pub(crate) fn object(self, key: &str, value: Object) -> Self {
        let closed = value.close();
        self.raw(key, &closed)
    }

    /// A value that is already JSON.
    pub(crate) fn raw(mut self, key: &str, value: &str) -> Self {
        let comma = if self.0.is_empty() { "" } else { "," };
        write!(self.0, "{comma}{}:{value}", quote(key)).expect("writing to a String cannot fail");
        self
    }

    pub(crate) fn close(self) -> String {
        format!("{{{}}}", self.0)
    }
}

/// JSON text in quotes, escaped.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// An object that came in, its values still as they were written.
#[derive(Debug)]
pub(crate) struct Fields(BTreeMap<String, Box<RawValue>>);

impl Fields {
    /// None unless the text is one JSON object.
    pub(crate) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The value as it was written, quotes included.
    pub(crate) fn raw(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(|value| value.get())
    }

    /// A JSON string, unescaped. A number is not text.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        serde_json::from_str(self.raw(key)?).ok()
    }

    pub(crate) fn object(&self, key: &str) -> Option<Self> {
        Self::read(self.raw(key)?)
    }
}
