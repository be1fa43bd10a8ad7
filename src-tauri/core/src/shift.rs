//! A shift: what moved while it was open, and the report it ends with. Every total is the sum of the movements below it.

use crate::money::{Currency, Money};
use crate::payment::{Kind, Payment, PaymentId, ProviderName, State};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The open shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shift {
    /// Counts up without gaps.
    pub number: u32,
    /// UTC milliseconds.
    pub opened_at_ms: i64,
    /// By whom.
    pub opened_by: String,
    /// What has moved so far.
    pub totals: Totals,
}

/// What a fact changed in the money that a payment counts for. Money counts from the moment in which it is known to have
/// moved, so each movement belongs to exactly one shift.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    /// Through whom.
    pub provider: ProviderName,
    /// Who opened the payment.
    pub operator: String,
    /// Which way it goes.
    pub kind: Kind,
    /// What it counted for before.
    pub before: Option<Money>,
    /// What it counts for now.
    pub after: Option<Money>,
}

/// What a total is kept for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Through whom.
    pub provider: ProviderName,
    /// Never summed with another one.
    pub currency: Currency,
    /// Who opened the payments.
    pub operator: String,
}

/// Counts and sums of one place; sums in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Sales that were paid.
    pub paid_count: i64,
    /// Their sum.
    pub paid_minor: i64,
    /// Refunds that were made.
    pub refunded_count: i64,
    /// Their sum.
    pub refunded_minor: i64,
    /// Sales that the provider returned.
    pub returned_count: i64,
    /// Their sum.
    pub returned_minor: i64,
}

/// A line of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportRow {
    /// Where.
    #[serde(flatten)]
    pub place: Place,
    /// How much.
    #[serde(flatten)]
    pub sums: Sums,
}

/// A payment that is not settled when a shift is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// Which.
    pub payment: PaymentId,
    /// The store's number of the sale.
    pub reference: String,
    /// Where it stands.
    pub state: State,
    /// What was asked.
    pub money: Money,
    /// UTC milliseconds.
    pub opened_at_ms: i64,
}

/// The terminal report that a shift ends with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// UTC milliseconds.
    pub opened_at_ms: i64,
    /// By whom.
    pub opened_by: String,
    /// One row a provider, currency and operator, in this order; none of them is empty.
    pub rows: Vec<ReportRow>,
    /// Open, unknown and flagged payments, oldest first.
    pub carried: Vec<Carried>,
    /// Paid, less refunded and returned, since this ledger began: one sum a currency.
    pub running: Vec<Money>,
}

/// Sums by place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals(BTreeMap<Place, Sums>);

impl Sums {
    /// Paid, less refunded and returned, in minor units.
    pub fn net_minor(&self) -> i64 {
        self.paid_minor - self.refunded_minor - self.returned_minor
    }

    fn is_empty(&self) -> bool {
        *self == Sums::default()
    }

    /// Adds what another one holds.
    pub fn add(&mut self, other: &Sums) {
        self.paid_count += other.paid_count;
        self.paid_minor += other.paid_minor;
        self.refunded_count += other.refunded_count;
        self.refunded_minor += other.refunded_minor;
        self.returned_count += other.returned_count;
        self.returned_minor += other.returned_minor;
    }
}

impl Movement {
    /// What `fact` changed, where it changed anything: the payment before (`None` where it was opened by it) and after.
    pub fn between(before: Option<Money>, payment: &Payment) -> Option<Movement> {
        let after = payment.counted();
        (before != after).then(|| Movement {
            provider: payment.opening.provider,
            operator: payment.opened_by.clone(),
            kind: payment.opening.kind,
            before,
            after,
        })
    }

    /// The sums that it adds, each with its currency.
    pub fn sums(&self) -> Vec<(Currency, Sums)> {
        let refund = !matches!(self.kind, Kind::Sale);
        let moved = |money: Money, sign: i64| {
            let (count, minor) = (sign, sign * money.minor);
            let sums = if refund {
                Sums { refunded_count: count, refunded_minor: minor, ..Sums::default() }
            } else {
                Sums { paid_count: count, paid_minor: minor, ..Sums::default() }
            };
            (money.currency, sums)
        };
        match (self.before, self.after) {
            (None, None) => Vec::new(),
            (None, Some(after)) => vec![moved(after, 1)],
            // The provider returned it: the payment happened, and so did its return.
            (Some(before), None) if !refund => {
                vec![(before.currency, Sums { returned_count: 1, returned_minor: before.minor, ..Sums::default() })]
            }
            (Some(before), None) => vec![moved(before, -1)],
            (Some(before), Some(after)) => vec![moved(before, -1), moved(after, 1)],
        }
    }
}

impl Totals {
    /// From rows that were summed elsewhere.
    pub fn from_rows(rows: impl IntoIterator<Item = ReportRow>) -> Totals {
        Totals(rows.into_iter().map(|row| (row.place, row.sums)).collect())
    }

    /// Takes in a movement.
    pub fn add(&mut self, movement: &Movement) {
        for (currency, sums) in movement.sums() {
            let place = Place { provider: movement.provider, currency, operator: movement.operator.clone() };
            self.0.entry(place).or_default().add(&sums);
        }
    }

    /// One row a place.
    pub fn rows(&self) -> Vec<ReportRow> {
        let row = |(place, sums): (&Place, &Sums)| ReportRow { place: place.clone(), sums: *sums };
        self.0.iter().filter(|(_, sums)| !sums.is_empty()).map(row).collect()
    }

    /// What is left, one sum a currency.
    pub fn net(&self) -> Vec<Money> {
        let mut net: BTreeMap<Currency, i64> = BTreeMap::new();
        for (place, sums) in &self.0 {
            *net.entry(place.currency).or_default() += sums.net_minor();
        }
        net.into_iter().map(|(currency, minor)| Money::new(minor, currency)).collect()
    }

    /// What an operator gave back in a currency, in minor units.
    pub fn refunded_minor(&self, operator: &str, currency: Currency) -> i64 {
        let theirs = |place: &Place| place.operator == operator && place.currency == currency;
        self.0.iter().filter(|(place, _)| theirs(place)).map(|(_, sums)| sums.refunded_minor).sum()
    }
}
