//! What the journal holds beside payments: people, shifts, papers and files. Who did it, and when, is the entry's.

use crate::money::{Currency, Money};
use crate::people::{Access, People, Permission, PinDigest, Purpose, RefundLimit, Role};
use crate::shift::{Movement, Report, Shift, Totals};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A fact about the store. Written to the journal, never changed, so variants are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum StoreEvent {
    /// Somebody may work here.
    OperatorAdded {
        /// Also who they are in every entry; never given to somebody else.
        name: String,
        /// What they may do.
        role: Role,
    },
    /// Somebody has another role now.
    RoleSet {
        /// Who.
        name: String,
        /// From now on.
        role: Role,
    },
    /// Somebody works here no more. What they did keeps their name.
    OperatorRemoved {
        /// Who.
        name: String,
    },
    /// A new PIN. Its hash is kept outside the journal, which holds only what proves that the hash was not exchanged.
    PinSet {
        /// Whose.
        name: String,
        /// Of the stored hash.
        digest: PinDigest,
    },
    /// A PIN is about to be checked. Followed by `signed_in` or `approved` where it was right.
    PinTried {
        /// Whose.
        name: String,
        /// What for.
        purpose: Purpose,
    },
    /// A manager lets somebody try again.
    PinUnlocked {
        /// Whom.
        name: String,
    },
    /// Somebody with the machine's administrator rights let a manager choose a new PIN.
    ManagerRecovered {
        /// The manager.
        name: String,
        /// What the administrator left, so that it cannot be used twice.
        token: String,
    },
    /// Somebody is at the till.
    SignedIn {
        /// Who.
        name: String,
    },
    /// Nobody is at the till.
    SignedOut {
        /// Who was.
        name: String,
        /// How that came.
        why: SignOutCause,
    },
    /// Somebody took responsibility for what the next entries say. Who is signed in does not change.
    Approved {
        /// Who.
        by: String,
        /// What for.
        permission: Permission,
    },
    /// What a role may do was changed.
    AccessSet {
        /// Whose.
        role: Role,
        /// What.
        permission: Permission,
        /// From now on.
        access: Access,
    },
    /// How much may be refunded without being *above the limit*.
    RefundLimitSet {
        /// In this currency.
        currency: Currency,
        /// By one refund, in minor units.
        each_minor: i64,
        /// By one operator in one shift, in minor units.
        shift_minor: i64,
    },
    /// How the store counts its days.
    CalendarSet {
        /// IANA name of the time zone.
        zone: String,
        /// A business day begins so many minutes after midnight.
        cutoff_min: u32,
    },
    /// A shift begins.
    ShiftOpened {
        /// Counts up without gaps.
        number: u32,
    },
    /// A shift has ended.
    ShiftClosed {
        /// Which.
        number: u32,
        /// Its totals, and what is carried over.
        report: Report,
    },
    /// A paper was printed.
    Printed {
        /// Which kind.
        paper: Paper,
        /// The payment's id or the report's number.
        about: String,
    },
    /// A list left the till as a file.
    Exported {
        /// What: `history`, `report`.
        list: String,
        /// The file's name.
        file: String,
        /// How many rows it has.
        rows: u64,
    },
    /// Settings were saved.
    SettingsChanged {
        /// Which ones differ now.
        names: Vec<String>,
    },
    /// A secret was stored in the keychain.
    SecretStored {
        /// Its name.
        name: String,
    },
    /// A secret was removed from the keychain.
    SecretForgotten {
        /// Its name.
        name: String,
    },
    /// A copy of the ledger was made and checked.
    BackedUp {
        /// The file's name.
        file: String,
        /// The last entry in it.
        number: i64,
    },
    /// This ledger is a copy that was put in place of another one, or was accepted as it is. Its anchor begins anew.
    Restored {
        /// The copy's file name, or `as_it_is`.
        from: String,
        /// Its last entry.
        number: i64,
        /// In the manager's words.
        reason: String,
    },
    /// What old payments said was removed; their lines keep their numbers and hashes. Nothing else is ever removed.
    PaymentsRemoved {
        /// None of them has changed since this moment, in UTC milliseconds.
        before_ms: i64,
        /// The last line of which anything was removed, now or before.
        through: i64,
        /// How many lines have been removed since the ledger began.
        lines: u64,
        /// SHA-256 over the numbers and hashes of all these lines, as hex digits.
        digest: String,
        /// How many payments were removed this time.
        payments: u64,
        /// What the payments of this time had moved, so that the running totals stay what they were.
        moved: Vec<Money>,
        /// Whether a refunded purchase's amount was ever seen to fall; it may have been one of them that showed it.
        drop_seen: bool,
        /// The file name of the copy that still holds them.
        copy: String,
        /// In the manager's words.
        reason: String,
    },
    /// The check of the journal found something wrong.
    JournalBroken {
        /// The first entry that is wrong.
        number: i64,
        /// What is wrong with it.
        detail: String,
    },
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignOutCause {
    /// They asked.
    Asked,
    /// Nobody touched the till for a while.
    Idle,
    /// Somebody else signed in.
    Followed,
    /// They were removed, or their PIN or role was changed by somebody else.
    Changed,
}

/// What can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paper {
    /// A payment's slip.
    Slip,
    /// A terminal report.
    Report,
}

/// What the store is like now: the fold of its facts, and of what its payments moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Store {
    /// Who works here.
    pub people: People,
    /// The open shift.
    pub shift: Option<Shift>,
    /// The number of the last shift, open or closed; 0 before the first.
    pub last_shift: u32,
    /// IANA name of the time zone and minutes after midnight, as last recorded.
    pub calendar: Option<(String, u32)>,
    /// The first wrong line of the journal, as last found and not restored since.
    pub broken: Option<(i64, String)>,
    /// What moved while no shift was open: it belongs to the next one.
    between: Totals,
    running: BTreeMap<Currency, i64>,
}

impl Store {
    /// Takes in a fact, fresh or replayed. `operator` and `at_ms` are its entry's.
    pub fn apply(&mut self, event: &StoreEvent, operator: &str, at_ms: i64) {
        match event {
            StoreEvent::OperatorAdded { name, role } => self.people.add(name, *role),
            StoreEvent::RoleSet { name, role } => self.people.set_role(name, *role),
            StoreEvent::OperatorRemoved { name } => self.people.remove(name),
            StoreEvent::PinSet { name, digest } => self.people.set_pin(name, digest),
            StoreEvent::PinTried { name, .. } => self.people.tried(name),
            StoreEvent::PinUnlocked { name }
            | StoreEvent::SignedIn { name }
            | StoreEvent::Approved { by: name, .. } => {
                self.people.forgiven(name);
            }
            StoreEvent::ManagerRecovered { token, .. } => self.people.recovered(token),
            StoreEvent::AccessSet { role, permission, access } => self.people.set_access(*role, *permission, *access),
            StoreEvent::RefundLimitSet { currency, each_minor, shift_minor } => {
                self.people.set_limit(*currency, RefundLimit { each_minor: *each_minor, shift_minor: *shift_minor });
            }
            StoreEvent::CalendarSet { zone, cutoff_min } => self.calendar = Some((zone.clone(), *cutoff_min)),
            StoreEvent::ShiftOpened { number } => {
                self.last_shift = *number;
                let (opened_at_ms, opened_by) = (at_ms, operator.to_owned());
                let totals = std::mem::take(&mut self.between);
                self.shift = Some(Shift { number: *number, opened_at_ms, opened_by, totals });
            }
            StoreEvent::ShiftClosed { .. } => self.shift = None,
            StoreEvent::JournalBroken { number, detail } => self.broken = Some((*number, detail.clone())),
            StoreEvent::Restored { .. } => self.broken = None,
            StoreEvent::SignedOut { .. }
            | StoreEvent::Printed { .. }
            | StoreEvent::Exported { .. }
            | StoreEvent::SettingsChanged { .. }
            | StoreEvent::SecretStored { .. }
            | StoreEvent::SecretForgotten { .. }
            | StoreEvent::BackedUp { .. }
            | StoreEvent::PaymentsRemoved { .. } => {}
        }
    }

    /// Takes in what a payment moved: each movement belongs to the open shift, else to the next one.
    pub fn moved(&mut self, movement: &Movement) {
        self.totals_mut().add(movement);
        for (currency, sums) in movement.sums() {
            *self.running.entry(currency).or_default() += sums.net_minor();
        }
    }

    /// Paid, less refunded and returned, since this ledger began: one sum a currency.
    pub fn running(&self) -> Vec<Money> {
        self.running.iter().map(|(currency, minor)| Money::new(*minor, *currency)).collect()
    }

    /// Takes over sums that were kept elsewhere: a till that does not replay its whole journal.
    pub(crate) fn stand(&mut self, running: &[Money], shift: Totals) {
        self.running = running.iter().map(|money| (money.currency, money.minor)).collect();
        *self.totals_mut() = shift;
    }

    fn totals_mut(&mut self) -> &mut Totals {
        match &mut self.shift {
            Some(shift) => &mut shift.totals,
            None => &mut self.between,
        }
    }
}
