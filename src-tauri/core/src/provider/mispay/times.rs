//! Every time limit of MIS Pay, in milliseconds.

/// How long the wire waits for the answer to a money request. The doubt begins earlier, the socket stays open.
pub(super) const MONEY_TIMEOUT_MS: u64 = 120_000;
pub(super) const READ_TIMEOUT_MS: u64 = 15_000;
pub(super) const TOKEN_TIMEOUT_MS: u64 = 10_000;
/// Without a token, a payment waits so long after the click and is then certain never to have been sent.
pub(super) const OPENED_FOR_MS: i64 = 10_000;
/// The one repeat after a token refusal leaves no later than this after the click.
pub(super) const REPEAT_WITHIN_MS: i64 = 20_000;
/// From here the outcome is not known, although the socket stays open.
pub(super) const DOUBT_AFTER_MS: i64 = 45_000;
pub(super) const POLL_MS: i64 = 2_000;
pub(super) const BACK_OFF_FIRST_MS: i64 = 2_000;
pub(super) const POLL_SLOW_MAX_MS: i64 = 15_000;
/// A paid purchase's details are asked for quickly at first.
pub(super) const DETAILS_SOON_MS: i64 = 15 * 60_000;
pub(super) const TOO_OLD_AFTER_MS: i64 = 24 * 3_600_000;
pub(super) const WATCH_FOR_MS: i64 = 30 * 24 * 3_600_000;
/// A declined payment is read at these ages, then hourly for a day.
pub(super) const SWEEP_MS: [i64; 4] = [60_000, 5 * 60_000, 15 * 60_000, 60 * 60_000];
/// An unknown refund's purchase is read at these ages, then hourly for a day.
pub(super) const REFUND_PROOF_MS: [i64; 4] = [5_000, 30_000, 2 * 60_000, 10 * 60_000];
/// A look of either kind that fails is tried again so often within a minute; then the next one is waited for.
pub(super) const SWEEP_RETRIES: u32 = 5;
pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 3_600_000;
