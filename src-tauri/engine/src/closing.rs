//! Closing the window while money may be moving: whoever does it is asked first. No page that hangs can keep a window open.

use checkstand_core::till::Till;

/// Two wishes so close together are one: a double click. As long as a result ignores Enter.
const ONE_WISH_MS: i64 = 700;

/// What to do about a wish to close the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Ask, if something is under way.
    Ask,
    /// Nothing: this wish is the same one still.
    Wait,
    /// Close. Somebody insists, or the page does not answer.
    Close,
}

/// Whether somebody was asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closing {
    asked_at_ms: Option<i64>,
}

impl Closing {
    /// Somebody wants to close the window, at this time on the boot clock.
    pub fn wish(&mut self, boot_ms: i64) -> Answer {
        match self.asked_at_ms {
            None => {
                self.asked_at_ms = Some(boot_ms);
                Answer::Ask
            }
            Some(asked_at_ms) if boot_ms - asked_at_ms < ONE_WISH_MS => Answer::Wait,
            Some(_) => Answer::Close,
        }
    }

    /// They stay; the next wish is a new one.
    pub fn stay(&mut self) {
        self.asked_at_ms = None;
    }
}

/// Whether a payment is under way. One that is not known closes no door: it is carried over, and nobody here can hurry it.
pub fn is_something_under_way(till: &Till) -> bool {
    till.book().open().any(checkstand_core::payment::Payment::is_under_way)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r26_the_first_wish_asks_and_a_second_one_closes() {
        let mut closing = Closing::default();
        assert_eq!(closing.wish(10_000), Answer::Ask);
        assert_eq!(closing.wish(10_000 + ONE_WISH_MS - 1), Answer::Wait, "a double click");
        assert_eq!(closing.wish(10_000 + ONE_WISH_MS), Answer::Close);
    }

    #[test]
    fn r26_who_stays_is_asked_again_next_time() {
        let mut closing = Closing::default();
        assert_eq!(closing.wish(10_000), Answer::Ask);
        closing.stay();
        assert_eq!(closing.wish(10_100), Answer::Ask);
    }
}
