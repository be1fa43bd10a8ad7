//! Settings of earlier formats, as they are read today.
//!
//! 1: no `version`; `multipay.amount_unit_confirmed` was true or false. 2: it names the unit that was confirmed.

use super::{AmountUnit, Confirmed, FORMAT, Settings};
use serde::de::{self, Deserialize, Deserializer, Visitor};
use std::fmt;

/// The format of a file that names none.
pub(super) fn first_format() -> u32 {
    1
}

/// The format that a text names; `None` where it names none, or is no TOML.
pub(super) fn format_of(text: &str) -> Option<u32> {
    #[derive(serde::Deserialize)]
    struct Format {
        version: u32,
    }
    toml::from_str::<Format>(text).ok().map(|format| format.version)
}

/// The unit's word, or the yes and no of the first format.
pub(super) fn unit_or_yes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Confirmed, D::Error> {
    struct UnitOrYes;

    impl Visitor<'_> for UnitOrYes {
        type Value = Confirmed;

        fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
            to.write_str("\"minor\" or \"decimal\"")
        }

        fn visit_bool<E: de::Error>(self, yes: bool) -> Result<Confirmed, E> {
            Ok(if yes { Confirmed::Present } else { Confirmed::None })
        }

        fn visit_str<E: de::Error>(self, word: &str) -> Result<Confirmed, E> {
            let word = de::value::StrDeserializer::new(word);
            AmountUnit::deserialize(word).map(Confirmed::from)
        }
    }

    deserializer.deserialize_any(UnitOrYes)
}

impl Settings {
    /// What an earlier format said, in this one's words.
    pub(super) fn in_this_format(mut self) -> Settings {
        if self.multipay.amount_unit_confirmed == Confirmed::Present {
            self.multipay.amount_unit_confirmed = self.multipay.amount_unit.into();
        }
        self.version = FORMAT;
        self
    }
}
