//! How much a sale may be, by the store's word. The till's own bounds stand in [`crate::money`].

use crate::ask::Size;
use crate::money::Money;
use crate::problem::Problem;

/// The limits of one currency. `None`: no such limit. Refunds have limits of their own, in [`crate::people`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// No less than this.
    pub min: Option<Money>,
    /// No more than this.
    pub max: Option<Money>,
    /// More than this is asked about once more.
    pub confirm_above: Option<Money>,
}

impl Limits {
    /// Whether a sale may be of this much.
    ///
    /// # Errors
    /// `amount_below_min` (`min`), `amount_above_max` (`max`); `amount_unconfirmed` (`above`), which is a question.
    pub fn check(&self, money: Money, size: Size) -> Result<(), Problem> {
        match *self {
            Limits { min: Some(min), .. } if money.minor < min.minor => {
                Err(Problem::new("amount_below_min").with("min", min))
            }
            Limits { max: Some(max), .. } if money.minor > max.minor => {
                Err(Problem::new("amount_above_max").with("max", max))
            }
            Limits { confirm_above: Some(above), .. } if size == Size::AsTyped && money.minor > above.minor => {
                Err(Problem::new("amount_unconfirmed").with("above", above))
            }
            Limits { .. } => Ok(()),
        }
    }
}
