//! Signing in and out, and who works here. A PIN goes in once and is wiped on the way.

use super::done;
use crate::desk::Counter;
use crate::views::{AccessWord, ApproverRequest, PeopleView, PermissionWord, RoleWord, people_view, refund_limit};
use checkstand_core::ask::{Deed, Wish};
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::store::SignOutCause;
use tauri::State;

async fn wish(counter: &Counter, wish: Wish) -> Result<(), Problem> {
    counter.desk().await?.handle.wish(wish).await
}

#[tauri::command]
pub async fn sign_in(counter: State<'_, Counter>, name: String, pin: String) -> Result<(), Problem> {
    wish(&counter, Wish::SignIn { name, pin: Secret::new(pin) }).await
}

#[tauri::command]
pub async fn sign_out(counter: State<'_, Counter>, cause: String) -> Result<(), Problem> {
    let cause = if cause == "idle" { SignOutCause::Idle } else { SignOutCause::Asked };
    wish(&counter, Wish::SignOut(cause)).await
}

#[tauri::command]
pub async fn practise(counter: State<'_, Counter>) -> Result<(), Problem> {
    wish(&counter, Wish::Practise).await
}

#[tauri::command]
pub async fn first_manager(counter: State<'_, Counter>, name: String, pin: String) -> Result<(), Problem> {
    wish(&counter, Wish::FirstManager { name, pin: Secret::new(pin) }).await
}

#[tauri::command]
pub async fn recover_manager(counter: State<'_, Counter>, pin: String) -> Result<(), Problem> {
    let pin = Secret::new(pin);
    let recovery = counter.recovery().ok_or_else(|| Problem::new("not_allowed").with("permission", "operators"))?;
    wish(&counter, Wish::Recover { name: recovery.name, token: recovery.token, pin }).await
}

#[tauri::command]
pub async fn people(counter: State<'_, Counter>) -> Result<PeopleView, Problem> {
    counter.desk().await?.handle.look(people_view).await
}

#[tauri::command]
pub async fn add_operator(
    counter: State<'_, Counter>,
    name: String,
    role: RoleWord,
    pin: String,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    done(&counter, Deed::AddOperator { name, role: role.into(), pin: Secret::new(pin) }, approver).await
}

#[tauri::command]
pub async fn set_role(
    counter: State<'_, Counter>,
    name: String,
    role: RoleWord,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    done(&counter, Deed::SetRole { name, role: role.into() }, approver).await
}

#[tauri::command]
pub async fn set_pin(
    counter: State<'_, Counter>,
    name: String,
    pin: String,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    done(&counter, Deed::SetPin { name, pin: Secret::new(pin) }, approver).await
}

#[tauri::command]
pub async fn remove_operator(
    counter: State<'_, Counter>,
    name: String,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    done(&counter, Deed::RemoveOperator { name }, approver).await
}

#[tauri::command]
pub async fn unlock_operator(
    counter: State<'_, Counter>,
    name: String,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    done(&counter, Deed::UnlockOperator { name }, approver).await
}

#[tauri::command]
pub async fn set_access(
    counter: State<'_, Counter>,
    role: RoleWord,
    permission: PermissionWord,
    access: AccessWord,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    let (role, permission, access) = (role.into(), permission.into(), access.into());
    done(&counter, Deed::SetAccess { role, permission, access }, approver).await
}

#[tauri::command]
pub async fn set_limit(
    counter: State<'_, Counter>,
    currency: String,
    each: String,
    shift: String,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    let (currency, limit) = refund_limit(&currency, &each, &shift)?;
    done(&counter, Deed::SetLimit { currency, limit }, approver).await
}
