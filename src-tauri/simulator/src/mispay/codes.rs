//! Payment codes: what the customer's app shows and the cashier types.

use crate::chance::Chance;
use std::collections::BTreeMap;

/// The fewest and the most digits of a code that is taken unseen.
const DIGITS_ANY: std::ops::RangeInclusive<usize> = 4..=12;

#[derive(Clone, Copy, Debug)]
struct Code {
    /// None for a code that was taken unseen: its age is not known.
    issued_at_ms: Option<i64>,
    used: bool,
}

/// What the far end makes of a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeState {
    Good,
    Unknown,
    Used,
    Expired,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Codes(BTreeMap<String, Code>);

impl Codes {
    pub(crate) fn issue(&mut self, digits: u8, chance: &mut Chance, now_ms: i64) -> String {
        loop {
            let code = chance.digits(digits);
            let fresh = Code { issued_at_ms: Some(now_ms), used: false };
            if !self.0.contains_key(&code) {
                self.0.insert(code.clone(), fresh);
                return code;
            }
        }
    }

    pub(crate) fn state(&self, code: &str, any: bool, life_ms: i64, now_ms: i64) -> CodeState {
        let unseen = any && DIGITS_ANY.contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_digit());
        match self.0.get(code) {
            None if unseen => CodeState::Good,
            None => CodeState::Unknown,
            Some(Code { used: true, .. }) => CodeState::Used,
            Some(Code { issued_at_ms: Some(issued_ms), .. }) if now_ms.saturating_sub(*issued_ms) >= life_ms => {
                CodeState::Expired
            }
            Some(_) => CodeState::Good,
        }
    }

    pub(crate) fn spend(&mut self, code: &str) {
        let taken = self.0.entry(code.to_owned()).or_insert(Code { issued_at_ms: None, used: false });
        taken.used = true;
    }
}
