//! People for the window: who is signed in, who may sign in, who may do what. No PIN and no hash of one ever comes back.

use super::{CurrencyCode, MoneyView};
use checkstand_core::ask::Approver;
use checkstand_core::money::{Currency, Money};
use checkstand_core::people::{Access, Operator, PIN_TRIES_MAX, Permission, Role, TRAINEE};
use checkstand_core::secret::Secret;
use checkstand_engine::engine::Scene;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "RoleName"))]
#[serde(rename_all = "snake_case")]
pub enum RoleWord {
    Cashier,
    Manager,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "PermissionName"))]
#[serde(rename_all = "snake_case")]
pub enum PermissionWord {
    RefundWithinLimit,
    RefundAboveLimit,
    Settle,
    Override,
    Acknowledge,
    Export,
    CloseShift,
    Journal,
    Settings,
    Operators,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "AccessName"))]
#[serde(rename_all = "snake_case")]
pub enum AccessWord {
    Allowed,
    ApprovalRequired,
    Denied,
}

/// Somebody who works here.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PersonView {
    name: String,
    role: RoleWord,
    has_pin: bool,
    #[cfg_attr(test, ts(type = "number"))]
    tries_left: u32,
    #[cfg_attr(test, ts(type = "number | null"))]
    locked_until_ms: Option<i64>,
}

/// Who is signed in, and how far each permission goes for them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct MeView {
    name: String,
    role: RoleWord,
    practising: bool,
    #[cfg_attr(test, ts(type = "Record<PermissionName, AccessName>"))]
    access: BTreeMap<PermissionWord, AccessWord>,
}

#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct AccessView {
    role: RoleWord,
    permission: PermissionWord,
    access: AccessWord,
}

/// How much may be refunded before it is above the limit.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct LimitView {
    currency: CurrencyCode,
    each: MoneyView,
    shift: MoneyView,
}

/// People, permissions and limits, for whoever manages them.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct PeopleView {
    people: Vec<PersonView>,
    access: Vec<AccessView>,
    limits: Vec<LimitView>,
}

/// Who approves: named first, then asked for the PIN.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
#[cfg_attr(test, ts(rename = "Approver"))]
#[serde(deny_unknown_fields)]
pub struct ApproverRequest {
    name: String,
    #[cfg_attr(test, ts(type = "string"))]
    #[serde(deserialize_with = "secret")]
    pin: Secret<String>,
}

fn secret<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
    String::deserialize(from).map(Secret::new)
}

impl From<ApproverRequest> for Approver {
    fn from(request: ApproverRequest) -> Approver {
        Approver { name: request.name, pin: request.pin }
    }
}

impl From<Role> for RoleWord {
    fn from(role: Role) -> RoleWord {
        match role {
            Role::Cashier => RoleWord::Cashier,
            Role::Manager => RoleWord::Manager,
        }
    }
}

impl From<RoleWord> for Role {
    fn from(role: RoleWord) -> Role {
        match role {
            RoleWord::Cashier => Role::Cashier,
            RoleWord::Manager => Role::Manager,
        }
    }
}

impl From<Access> for AccessWord {
    fn from(access: Access) -> AccessWord {
        match access {
            Access::Allowed => AccessWord::Allowed,
            Access::ApprovalRequired => AccessWord::ApprovalRequired,
            Access::Denied => AccessWord::Denied,
        }
    }
}

impl From<AccessWord> for Access {
    fn from(access: AccessWord) -> Access {
        match access {
            AccessWord::Allowed => Access::Allowed,
            AccessWord::ApprovalRequired => Access::ApprovalRequired,
            AccessWord::Denied => Access::Denied,
        }
    }
}

impl From<Permission> for PermissionWord {
    fn from(permission: Permission) -> PermissionWord {
        match permission {
            Permission::RefundWithinLimit => PermissionWord::RefundWithinLimit,
            Permission::RefundAboveLimit => PermissionWord::RefundAboveLimit,
            Permission::Settle => PermissionWord::Settle,
            Permission::Override => PermissionWord::Override,
            Permission::Acknowledge => PermissionWord::Acknowledge,
            Permission::Export => PermissionWord::Export,
            Permission::CloseShift => PermissionWord::CloseShift,
            Permission::Journal => PermissionWord::Journal,
            Permission::Settings => PermissionWord::Settings,
            Permission::Operators => PermissionWord::Operators,
        }
    }
}

impl From<PermissionWord> for Permission {
    fn from(permission: PermissionWord) -> Permission {
        match permission {
            PermissionWord::RefundWithinLimit => Permission::RefundWithinLimit,
            PermissionWord::RefundAboveLimit => Permission::RefundAboveLimit,
            PermissionWord::Settle => Permission::Settle,
            PermissionWord::Override => Permission::Override,
            PermissionWord::Acknowledge => Permission::Acknowledge,
            PermissionWord::Export => Permission::Export,
            PermissionWord::CloseShift => Permission::CloseShift,
            PermissionWord::Journal => Permission::Journal,
            PermissionWord::Settings => Permission::Settings,
            PermissionWord::Operators => Permission::Operators,
        }
    }
}

/// Everybody who may sign in, by name.
pub fn people(scene: &Scene<'_>) -> Vec<PersonView> {
    let person = |operator: &Operator| PersonView {
        name: operator.name.clone(),
        role: operator.role.into(),
        has_pin: operator.pin.is_some(),
        tries_left: PIN_TRIES_MAX.saturating_sub(operator.tries),
        locked_until_ms: scene.till.locked_until_ms(operator, scene.now),
    };
    scene.till.store().people.active().map(person).collect()
}

/// Whoever is signed in.
pub fn me(scene: &Scene<'_>) -> Option<MeView> {
    let session = scene.till.session()?;
    let people = &scene.till.store().people;
    let access = Permission::ALL.map(|permission| (permission.into(), people.access(session.role, permission).into()));
    Some(MeView {
        name: session.name.clone(),
        role: session.role.into(),
        practising: session.name == TRAINEE,
        access: access.into(),
    })
}

/// Everything about people.
pub fn people_view(scene: &Scene<'_>) -> PeopleView {
    let table = &scene.till.store().people;
    let access = [Role::Cashier, Role::Manager].into_iter().flat_map(|role| {
        Permission::ALL.map(|permission| AccessView {
            role: role.into(),
            permission: permission.into(),
            access: table.access(role, permission).into(),
        })
    });
    let limits = Currency::ALL.map(|currency| {
        let limit = table.refund_limit(currency);
        let money = |minor| Money::new(minor, currency).into();
        LimitView { currency: currency.into(), each: money(limit.each_minor), shift: money(limit.shift_minor) }
    });
    PeopleView { people: people(scene), access: access.collect(), limits: limits.into() }
}
