//! What each of the further switches can be, chosen by chance or evenly, and which pairs of values have met.
//!
//! No two providers answer all open questions alike, and most faults of a till show where two answers meet. So the 512 worlds
//! of [`World::covering`] are made such that any two values of any two further switches meet in at least one of them.

use super::{
    AmountUnit, CodeExpired, CompleteUpdate, OverRefund, RefundReceiptId, ReversalMessage, SessionEnd, StatusWords,
    TokenRefusal, UnknownCancel, World,
};
use crate::chance::Chance;
use std::collections::BTreeSet;

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;

/// Chooses switch after switch, and keeps which value each one got.
struct Chooser {
    chance: Chance,
    /// A value that stands twice in its list is twice as likely; evenly, it is not.
    evenly: bool,
    chosen: Vec<Chosen>,
}

/// The value of one switch: its place among the different ones, and how many of those there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chosen {
    place: u8,
    of: u8,
}

impl Chooser {
    fn new(chance: Chance, evenly: bool) -> Self {
        Self { chance, evenly, chosen: Vec::new() }
    }

    fn of<T: Copy + PartialEq>(&mut self, values: &[T]) -> T {
        let firsts: Vec<usize> = (0..values.len()).filter(|at| !values[..*at].contains(&values[*at])).collect();
        let value = if self.evenly { values[self.chance.pick(&firsts)] } else { self.chance.pick(values) };
        let place = firsts.iter().position(|at| values[*at] == value).expect("one of them");
        let small = |number: usize| u8::try_from(number).expect("a switch has few values");
        self.chosen.push(Chosen { place: small(place), of: small(firsts.len()) });
        value
    }

    fn flip(&mut self) -> bool {
        self.of(&[true, false])
    }

    fn one_in(&mut self, count: usize) -> bool {
        let mut values = vec![false; count];
        values[0] = true;
        self.of(&values)
    }

    /// All switches but the nine. New ones go to the end: so the worlds of known seeds keep the others.
    fn further(&mut self) -> World {
        World {
            turned_away_5xx: self.one_in(4),
            refusal_http_status: self.of(&[200, 400]),
            refusal_two_colons: self.flip(),
            refusal_prefix: self.flip(),
            amounts_as_text: self.flip(),
            status_words: self.of(&[StatusWords::Words, StatusWords::PluginWords, StatusWords::Codes]),
            status_flaps: self.one_in(3),
            status_strange_words: self.one_in(3),
            completed_order_is_bare: self.one_in(3),
            track_lag_ms: self.of(&[0, 0, 3_000, 8_000]),
            invalid_token: self.of(&[TokenRefusal::Me10, TokenRefusal::Bare401]),
            expired_token: self.of(&[TokenRefusal::Me10, TokenRefusal::Me11, TokenRefusal::Bare401]),
            expired_code: self.of(&[CodeExpired::Me04, CodeExpired::Me11]),
            code_life_ms: self.of(&[2 * MINUTE_MS, 5 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS]),
            code_digits: self.of(&[4, 6, 8, 12]),
            over_refund: self.of(&[OverRefund::Me05, OverRefund::InnerFailed]),
            token_expiration: self.flip(),
            date_header: self.flip(),
            clock_ahead_ms: self.of(&[0, 0, -3 * HOUR_MS, 90_000, 400 * 24 * HOUR_MS]),
            session_life_ms: self.of(&[3 * MINUTE_MS, 15 * MINUTE_MS, 60 * MINUTE_MS]),
            session_end: self.of(&[SessionEnd::Canceled, SessionEnd::Failed]),
            amount_unit: self.of(&[AmountUnit::Minor, AmountUnit::Decimal]),
            payment_details_key: self.flip(),
            init_response_state: self.flip(),
            init_response_qr: self.flip(),
            problem_names_payment: self.flip(),
            problem_description_key: self.flip(),
            receipt_echoes: self.flip(),
            refund_receipt_id: self.of(&[RefundReceiptId::Own, RefundReceiptId::Sales]),
            refund_receipt_reversed: self.flip(),
            refund_receipt_delay_ms: self.of(&[0, 200, 3_000, 45_000]),
            reversal_message: self.of(&[
                ReversalMessage::Receipt,
                ReversalMessage::StatusUpdate,
                ReversalMessage::ReceiptAndCanceled,
            ]),
            cancel_before_init: self.flip(),
            first_cancel_fails: self.one_in(3),
            unknown_cancel: self.of(&[UnknownCancel::Errors, UnknownCancel::Confirms]),
            answer_delay_ms_max: self.of(&[0, 300, 300, 6_000, 20_000]),
            token_end_closes_socket: self.flip(),
            complete_update: self.of(&[
                CompleteUpdate::Never,
                CompleteUpdate::Never,
                CompleteUpdate::Before,
                CompleteUpdate::After,
                CompleteUpdate::Instead,
            ]),
            purchase_id_missing: self.one_in(3),
            details_missing: self.one_in(3),
            details_fee_minor: self.of(&[0, 0, 150]),
            ..World::default()
        }
    }
}

impl World {
    /// Every switch by chance.
    pub fn sampled(seed: u64) -> Self {
        let mut chance = Chance::new(seed ^ 0x0057_4F52_4C44);
        let nine = u16::try_from(chance.below(u64::from(super::WORLDS_NUMBERED))).unwrap_or(0);
        Chooser::new(chance, false).further().with_nine(nine)
    }

    /// [`World::numbered`], with further switches of its own.
    ///
    /// # Panics
    /// From [`super::WORLDS_NUMBERED`] on.
    pub fn covering(number: u16) -> Self {
        covering(number).further().with_nine(number)
    }
}

fn covering(number: u16) -> Chooser {
    Chooser::new(Chance::new(u64::from(number) ^ 0x5041_4952), true)
}

/// The pairs of values of two further switches that have met in some worlds.
#[derive(Clone, Debug, Default)]
pub struct PairsMet(BTreeSet<[u8; 4]>);

impl PairsMet {
    /// Adds those that meet in [`World::covering`] of this number.
    pub fn add(&mut self, number: u16) {
        let mut chooser = covering(number);
        _ = chooser.further();
        let chosen: Vec<(u8, u8)> = (0..).zip(chooser.chosen.iter().map(|chosen| chosen.place)).collect();
        for (at, (one, one_value)) in chosen.iter().enumerate() {
            for (other, other_value) in &chosen[at + 1..] {
                self.0.insert([*one, *one_value, *other, *other_value]);
            }
        }
    }

    /// Adds those of another.
    pub fn join(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// How many have met.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// How many can meet.
    pub fn possible() -> usize {
        let mut chooser = covering(0);
        _ = chooser.further();
        let values: Vec<usize> = chooser.chosen.iter().map(|chosen| usize::from(chosen.of)).collect();
        values.iter().enumerate().map(|(at, count)| count * values[at + 1..].iter().sum::<usize>()).sum()
    }
}
