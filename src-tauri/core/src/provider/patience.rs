//! How far a wait has gone, in what the cashier is told of it. Only shown: time is never evidence.

/// From here the view says "still contacting".
pub const STILL_CONTACTING_MS: i64 = 8_000;
/// From here the customer is reminded, unless their time is over sooner.
pub const PROMPT_AFTER_MS: i64 = 3 * 60_000;

/// How far a wait has gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Patience {
    /// Nothing to say.
    Fresh,
    /// 8 s.
    StillContacting,
    /// 3 min: remind the customer.
    Prompt,
    /// The time that customers usually have is over.
    Stale,
}

impl Patience {
    /// How far a wait of this age has gone, where customers usually decide within the window (ms).
    pub fn at(age_ms: i64, window_ms: i64) -> Patience {
        match age_ms {
            age_ms if age_ms >= window_ms => Patience::Stale,
            age_ms if age_ms >= PROMPT_AFTER_MS => Patience::Prompt,
            age_ms if age_ms >= STILL_CONTACTING_MS => Patience::StillContacting,
            _ => Patience::Fresh,
        }
    }

    /// The age at which a wait of this age has the next thing to say about the customer (ms); `None` where all is said.
    pub fn next_ms(age_ms: i64, window_ms: i64) -> Option<i64> {
        [PROMPT_AFTER_MS.min(window_ms), window_ms].into_iter().find(|next_ms| *next_ms > age_ms)
    }
}
