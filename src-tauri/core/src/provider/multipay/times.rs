//! Every time limit of MultiPay's payments, in milliseconds. Those of the line stand with the line.

/// A sale waits so long for the line and is then certain never to have been sent.
pub(super) const OPENED_FOR_MS: i64 = 10_000;
pub(super) const INIT_ANSWER_MS: i64 = 15_000;
pub(super) const CANCEL_ANSWER_MS: i64 = 5_000;
pub(super) const REFUND_ANSWER_MS: i64 = 30_000;
/// Gaps between the repeats of a cancel; the last one goes on.
pub(super) const CANCEL_GAPS_MS: [i64; 4] = [5_000, 10_000, 45_000, 120_000];
pub(super) const CANCEL_OVERDUE_MS: i64 = 10 * 60_000;
pub(super) const RECEIPT_DUE_MS: i64 = 30_000;
/// After a logon, cancels and questions about payments in doubt leave room for late receipts.
pub(super) const LATE_RECEIPTS_MS: i64 = 10_000;
/// An operation without an answer makes problems without an id ambiguous for so long.
pub(super) const UNANSWERED_MS: i64 = 60_000;
pub(super) const BIG_WORD_OFFLINE_MS: i64 = 20_000;
pub(super) const BIG_WORD_LOGON_MS: i64 = 30_000;
pub(super) const SAYS_PAID_MS: i64 = 60_000;
pub(super) const MANAGER_AFTER_MS: i64 = 10 * 60_000;
/// A customer who has not decided for a day will not: a person must find out.
pub(super) const TOO_OLD_AFTER_MS: i64 = 24 * 3_600_000;
pub(super) const SCAN_HELD_MS: i64 = 60_000;
