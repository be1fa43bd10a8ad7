//! A value that must not be seen: it prints as `***`, cannot be serialised, and is wiped when dropped.

use std::fmt;
use zeroize::{Zeroize, Zeroizing};

/// A secret, a token, or a payment code. `Debug` and `Display` never show it; read it with [`Secret::expose`], and only where it leaves.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes the value in. The caller should not keep a copy.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value in clear.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// A secret text from a borrowed one.
    pub fn text(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl<T: Zeroize> fmt::Display for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
