//! What the people with the phones do, and when. They act in their own time: nobody has to poll for
//! it.

use crate::chance::Chance;

/// What happens to a payment on the customer's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Approves what is asked.
    Approve,
    /// Approves, even though the payment was ended before (unless the till's own cancel was
    /// confirmed).
    ApproveLate,
    /// Stops it.
    Cancel,
    /// The provider cannot do it: no funds, a technical fault.
    Fail,
    /// Puts the phone away; the payment stays open until its session ends.
    WalkAway,
}

/// The course of one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// Waits for a person: `approve`, `cancel` and `walk_away` of the simulator.
    Manual,
    /// One deed after so many milliseconds.
    Once(Deed, i64),
    /// Cancels or fails, and after the second time (both from the start, milliseconds) the approval
    /// is booked all the same.
    Late {
        /// How it is ended first.
        first: Deed,
        /// When.
        ended_after_ms: i64,
        /// When the money is captured.
        approve_after_ms: i64,
    },
    /// The provider declines at once: MIS Pay fails it, MultiPay's PAYMENT_INIT_RESPONSE says
    /// CANCELED.
    Decline(i64),
    /// The far end books it and the customer approves after so many milliseconds, but no answer
    /// ever comes back.
    Mute(i64),
}

impl Script {
    /// The deeds with their delays in milliseconds.
    pub(crate) fn deeds(self) -> Vec<(i64, Deed)> {
        match self {
            Self::Manual => Vec::new(),
            Self::Once(deed, after_ms) => vec![(after_ms, deed)],
            Self::Late { first, ended_after_ms, approve_after_ms } => {
                vec![(ended_after_ms, first), (approve_after_ms, Deed::ApproveLate)]
            }
            Self::Decline(after_ms) => vec![(after_ms, Deed::Fail)],
            Self::Mute(after_ms) => vec![(after_ms, Deed::Approve)],
        }
    }
}

/// How customers are chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Customers {
    /// Every payment waits for a person.
    #[default]
    Manual,
    /// By the last two digits of the minor units: 01 declined, 02 canceled, 03 silence, 04 late
    /// approval; else manual.
    Training,
    /// By chance, weighed by the odds.
    Scripted(Odds),
}

/// Weights of what customers do, and how long they take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Odds {
    /// Approves.
    pub approve: u32,
    /// Cancels.
    pub cancel: u32,
    /// Fails at the provider.
    pub fail: u32,
    /// Is declined at once.
    pub decline: u32,
    /// Walks away.
    pub walk_away: u32,
    /// Cancels first and is captured later.
    pub late: u32,
    /// Fails first and is captured later.
    pub late_after_failure: u32,
    /// The longest a customer usually takes, in milliseconds. One in eight takes up to ten times as
    /// long.
    pub delay_ms_max: i64,
}

impl Default for Odds {
    fn default() -> Self {
        Self {
            approve: 60,
            cancel: 12,
            fail: 6,
            decline: 4,
            walk_away: 8,
            late: 10,
            late_after_failure: 4,
            delay_ms_max: 20_000,
        }
    }
}

/// How long after the start the customer of a training sale acts, in milliseconds.
const TRAINING_DEED_MS: i64 = 2_000;
/// How long after its end a late approval is booked in training, in milliseconds.
const TRAINING_LATE_MS: i64 = 60_000;

impl Customers {
    /// The script for a payment of this amount.
    pub(crate) fn script(&self, amount_minor: i64, chance: &mut Chance) -> Script {
        match self {
            Self::Manual => Script::Manual,
            Self::Training => training(amount_minor),
            Self::Scripted(odds) => odds.draw(chance),
        }
    }
}

fn training(amount_minor: i64) -> Script {
    match amount_minor % 100 {
        1 => Script::Decline(TRAINING_DEED_MS),
        2 => Script::Once(Deed::Cancel, TRAINING_DEED_MS),
        3 => Script::Mute(TRAINING_DEED_MS),
        4 => Script::Late {
            first: Deed::Cancel,
            ended_after_ms: TRAINING_DEED_MS,
            approve_after_ms: TRAINING_DEED_MS + TRAINING_LATE_MS,
        },
        _ => Script::Manual,
    }
}

impl Odds {
    fn draw(&self, chance: &mut Chance) -> Script {
        let longest_ms = if chance.one_in(8) { self.delay_ms_max.saturating_mul(10) } else { self.delay_ms_max };
        let after_ms = chance.between_ms(0, longest_ms);
        let late_ms = after_ms.saturating_add(chance.between_ms(1_000, 120_000));
        let late = |first| Script::Late { first, ended_after_ms: after_ms, approve_after_ms: late_ms };
        let courses = [
            (self.approve, Script::Once(Deed::Approve, after_ms)),
            (self.cancel, Script::Once(Deed::Cancel, after_ms)),
            (self.fail, Script::Once(Deed::Fail, after_ms)),
            (self.decline, Script::Decline(after_ms)),
            (self.walk_away, Script::Once(Deed::WalkAway, after_ms)),
            (self.late, late(Deed::Cancel)),
            (self.late_after_failure, late(Deed::Fail)),
        ];
        let total: u64 = courses.iter().map(|(weight, _)| u64::from(*weight)).sum();
        let mut left = chance.below(total.max(1));
        for (weight, script) in courses {
            if left < u64::from(weight) {
                return script;
            }
            left -= u64::from(weight);
        }
        Script::Manual
    }
}
