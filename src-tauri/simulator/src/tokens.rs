//! Which tokens a provider has issued, and until when each is good.

use std::collections::BTreeMap;

/// What the far end makes of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Alive,
    Expired,
    /// Never issued, or revoked.
    Never,
}

/// The tokens issued, with the time at which each ends.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens(BTreeMap<String, i64>);

impl Tokens {
    pub(crate) fn issue(&mut self, token: String, ends_ms: i64) {
        self.0.insert(token, ends_ms);
    }

    pub(crate) fn known(&self, token: &str, now_ms: i64) -> Known {
        match self.ends_ms(token) {
            None => Known::Never,
            Some(ends_ms) if ends_ms > now_ms => Known::Alive,
            Some(_) => Known::Expired,
        }
    }

    pub(crate) fn ends_ms(&self, token: &str) -> Option<i64> {
        self.0.get(token).copied()
    }
}
