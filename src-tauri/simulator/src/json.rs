//! JSON by hand: objects are written field by field in the papers' order, and read with their
//! numbers untouched, so that an amount never becomes a float.

use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt::Write;

/// How long most objects are: an object that grows step by step is copied at each.
const USUAL_BYTES: usize = 256;

/// An object under construction, its brace open.
#[derive(Clone, Debug)]
pub(crate) struct Object(String);

impl Object {
    pub(crate) fn new() -> Self {
        let mut text = String::with_capacity(USUAL_BYTES);
        text.push('{');
        Self(text)
    }

    pub(crate) fn text(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        quote_into(value, &mut self.0);
        self
    }

    pub(crate) fn number(mut self, key: &str, value: i64) -> Self {
        self.key(key);
        write!(self.0, "{value}").expect("writing to a String cannot fail");
        self
    }

    pub(crate) fn object(self, key: &str, value: Object) -> Self {
        let closed = value.close();
        self.raw(key, &closed)
    }

    /// A value that is already JSON.
    pub(crate) fn raw(mut self, key: &str, value: &str) -> Self {
        self.key(key);
        self.0.push_str(value);
        self
    }

    pub(crate) fn close(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn key(&mut self, key: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        quote_into(key, &mut self.0);
        self.0.push(':');
    }
}

/// JSON text in quotes, escaped.
pub(crate) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quote_into(text, &mut quoted);
    quoted
}

fn quote_into(text: &str, out: &mut String) {
    let is_plain = |byte: u8| byte >= b' ' && byte != b'"' && byte != b'\\';
    if text.bytes().all(is_plain) {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        out.push_str(&serde_json::Value::from(text).to_string());
    }
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
