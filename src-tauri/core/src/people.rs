//! Who works here, and what each role may do. Knows no PIN: only the digest of a hash that is kept elsewhere.

use crate::money::{Currency, western_digit};
use crate::problem::Problem;
use crate::secret::Secret;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// After so many wrong PINs in a row somebody has to wait.
pub const PIN_TRIES_MAX: u32 = 5;
/// The fewest digits of a PIN.
pub const PIN_DIGITS_MIN: usize = 4;
/// The most digits of a PIN.
pub const PIN_DIGITS_MAX: usize = 8;
/// The longest name, in characters.
pub const NAME_CHARS_MAX: usize = 40;
/// Who practises in training before anybody was added. Has no PIN.
pub const TRAINEE: &str = "trainee";
/// The names that nobody can have: the till's own, and the trainee's.
const NAMES_TAKEN: [&str; 2] = ["till", TRAINEE];
/// How long to wait after the fifth wrong PIN, the sixth, and every one after that.
const LOCK_MS: [i64; 3] = [60_000, 5 * 60_000, 15 * 60_000];
/// Until a manager sets other limits: 500.00 by one refund, 2 000.00 by one operator in one shift.
const REFUND_LIMIT: RefundLimit = RefundLimit { each_minor: 50_000, shift_minor: 200_000 };

/// What somebody is here for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Charges.
    Cashier,
    /// Answers for what cashiers may not do alone.
    Manager,
}

/// What not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// Give money back, within the limits.
    RefundWithinLimit,
    /// Give more money back.
    RefundAboveLimit,
    /// Decide what became of an unknown payment.
    Settle,
    /// Charge again on a sale that has an open, unknown or paid payment.
    Override,
    /// Say that the flags of a payment have been read.
    Acknowledge,
    /// Write lists to files.
    Export,
    /// Change settings and secrets.
    Settings,
    /// Add and remove people, set PINs, roles, permissions and limits.
    Operators,
    /// Close a shift.
    CloseShift,
    /// See who did what; check, back up and restore the journal.
    Journal,
}

impl Permission {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Permission; 10] = [
        Permission::RefundWithinLimit,
        Permission::RefundAboveLimit,
        Permission::Settle,
        Permission::Override,
        Permission::Acknowledge,
        Permission::Export,
        Permission::CloseShift,
        Permission::Journal,
        Permission::Settings,
        Permission::Operators,
    ];

    /// Its word, as in the journal.
    pub fn name(self) -> &'static str {
        match self {
            Permission::RefundWithinLimit => "refund_within_limit",
            Permission::RefundAboveLimit => "refund_above_limit",
            Permission::Settle => "settle",
            Permission::Override => "override",
            Permission::Acknowledge => "acknowledge",
            Permission::Export => "export",
            Permission::Settings => "settings",
            Permission::Operators => "operators",
            Permission::CloseShift => "close_shift",
            Permission::Journal => "journal",
        }
    }
}

/// How far a permission goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Alone.
    Allowed,
    /// With a manager's PIN.
    ApprovalRequired,
    /// Never.
    Denied,
}

/// What a PIN was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To approve what somebody else does.
    Approve,
}

/// SHA-256 of a stored PIN hash, as hex digits. The hash itself is salted and never leaves the engine.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinDigest(pub String);

/// How much may be refunded before it counts as *above the limit*, in minor units of one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RefundLimit {
    /// By one refund.
    pub each_minor: i64,
    /// By one operator in one shift.
    pub shift_minor: i64,
}

/// Somebody who works here, or did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// Also who they are in the journal.
    pub name: String,
    /// What they may do.
    pub role: Role,
    /// Works here still.
    pub is_active: bool,
    /// `None` until a PIN was set.
    pub pin: Option<PinDigest>,
    /// Checks since the last right one.
    pub tries: u32,
}

/// Everybody, and the table of permissions. The fold of the journal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct People {
    operators: BTreeMap<String, Operator>,
    access: BTreeMap<(Role, Permission), Access>,
    limits: BTreeMap<Currency, RefundLimit>,
    recoveries: Vec<String>,
}

impl People {
    /// Somebody may work here.
    pub(crate) fn add(&mut self, name: &str, role: Role) {
        let new = Operator { name: name.to_owned(), role, is_active: true, pin: None, tries: 0 };
        self.operators.insert(key(name), new);
    }

    pub(crate) fn set_role(&mut self, name: &str, role: Role) {
        self.change(name, |operator| operator.role = role);
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.change(name, |operator| operator.is_active = false);
    }

    pub(crate) fn set_pin(&mut self, name: &str, digest: &PinDigest) {
        self.change(name, |operator| {
            operator.pin = Some(digest.clone());
            operator.tries = 0;
        });
    }

    /// A PIN is about to be checked.
    pub(crate) fn tried(&mut self, name: &str) {
        self.change(name, |operator| operator.tries += 1);
    }

    /// It was right, or a manager forgives the wrong ones.
    pub(crate) fn forgiven(&mut self, name: &str) {
        self.change(name, |operator| operator.tries = 0);
    }

    pub(crate) fn recovered(&mut self, token: &str) {
        self.recoveries.push(token.to_owned());
    }

    pub(crate) fn set_access(&mut self, role: Role, permission: Permission, access: Access) {
        self.access.insert((role, permission), access);
    }

    pub(crate) fn set_limit(&mut self, currency: Currency, limit: RefundLimit) {
        self.limits.insert(currency, limit);
    }

    fn change(&mut self, name: &str, change: impl FnOnce(&mut Operator)) {
        if let Some(operator) = self.operators.get_mut(&key(name)) {
            change(operator);
        }
    }

    /// Everybody who works here, by name.
    pub fn active(&self) -> impl Iterator<Item = &Operator> {
        self.operators.values().filter(|operator| operator.is_active)
    }

    /// Somebody who works here.
    pub fn find(&self, name: &str) -> Option<&Operator> {
        self.operators.get(&key(name)).filter(|operator| operator.is_active)
    }

    /// Whether nobody works here yet.
    pub fn is_empty(&self) -> bool {
        self.active().next().is_none()
    }

    /// Whether somebody is the only manager who can sign in: without them nobody could mend anything.
    pub fn is_last_manager(&self, name: &str) -> bool {
        let is_manager = |operator: &&Operator| operator.role == Role::Manager && operator.pin.is_some();
        self.active().filter(is_manager).all(|manager| key(&manager.name) == key(name))
            && self.find(name).is_some_and(|operator| is_manager(&operator))
    }

    /// How far a permission goes for a role.
    pub fn access(&self, role: Role, permission: Permission) -> Access {
        self.access.get(&(role, permission)).copied().unwrap_or_else(|| default_access(role, permission))
    }

    /// The refund limit of a currency.
    pub fn refund_limit(&self, currency: Currency) -> RefundLimit {
        self.limits.get(&currency).copied().unwrap_or(REFUND_LIMIT)
    }

    /// Whether an administrator's token was used before.
    pub fn was_recovered_by(&self, token: &str) -> bool {
        self.recoveries.iter().any(|used| used == token)
    }

    /// Reads a name for somebody new.
    ///
    /// # Errors
    /// `name_invalid` (`max`), `name_taken` (also by somebody who left: their entries keep their name).
    pub fn check_new_name(&self, name: &str) -> Result<String, Problem> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
            return Err(Problem::new("name_invalid").with("max", NAME_CHARS_MAX));
        }
        let taken = NAMES_TAKEN.contains(&key(name).as_str()) || self.operators.contains_key(&key(name));
        if taken { Err(Problem::new("name_taken").with("name", name)) } else { Ok(name.to_owned()) }
    }
}

/// Names that differ only in case are one person.
fn key(name: &str) -> String {
    name.trim().to_lowercase()
}

/// What a role may do until a manager says otherwise.
fn default_access(role: Role, permission: Permission) -> Access {
    match (role, permission) {
        (Role::Manager, _) => Access::Allowed,
        (
            Role::Cashier,
            Permission::RefundWithinLimit
            | Permission::RefundAboveLimit
            | Permission::Settle
            | Permission::Override
            | Permission::Acknowledge
            | Permission::Export
            | Permission::CloseShift,
        ) => Access::ApprovalRequired,
        (Role::Cashier, Permission::Settings | Permission::Operators | Permission::Journal) => Access::Denied,
    }
}

/// How long somebody has to wait after so many wrong PINs in a row, in milliseconds; `None` before the fifth.
pub fn lock_ms(tries: u32) -> Option<i64> {
    let beyond = tries.checked_sub(PIN_TRIES_MAX)?;
    Some(LOCK_MS[(beyond as usize).min(LOCK_MS.len() - 1)])
}

/// Reads a typed PIN: western, Arabic or Persian digits.
///
/// # Errors
/// `pin_invalid` (`min`, `max`) where it is none.
pub fn read_pin(typed: &Secret<String>) -> Result<Secret<String>, Problem> {
    let invalid = || Problem::new("pin_invalid").with("min", PIN_DIGITS_MIN).with("max", PIN_DIGITS_MAX);
    let digits: Option<String> = typed.expose().chars().map(western_digit).collect();
    let digits = Secret::new(digits.ok_or_else(invalid)?);
    if (PIN_DIGITS_MIN..=PIN_DIGITS_MAX).contains(&digits.expose().len()) { Ok(digits) } else { Err(invalid()) }
}

/// Reads a PIN that is to be set: one that anybody would try first is refused.
///
/// # Errors
/// `pin_invalid`, `pin_too_simple`.
pub fn read_new_pin(typed: &Secret<String>) -> Result<Secret<String>, Problem> {
    let pin = read_pin(typed)?;
    let digits = pin.expose().as_bytes();
    let steps = |step: i16| digits.windows(2).all(|pair| i16::from(pair[1]) - i16::from(pair[0]) == step);
    if [0, 1, -1].into_iter().any(steps) { Err(Problem::new("pin_too_simple")) } else { Ok(pin) }
}
