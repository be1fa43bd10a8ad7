//! The activity, and the journal's proof: checks, backups, restoring.

use super::done;
use crate::desk::Counter;
use crate::views::{ActivityPage, ApproverRequest, JournalView, RemovableView, RemovalView};
use checkstand_core::ask::Deed;
use checkstand_core::people::Permission;
use checkstand_core::problem::Problem;
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State};

async fn permitted(counter: &Counter, approver: Option<ApproverRequest>) -> Result<(), Problem> {
    done(counter, Deed::Permit(Permission::Journal), approver).await
}

#[tauri::command]
pub async fn activity(
    counter: State<'_, Counter>,
    from: Option<i64>,
    operator: Option<String>,
) -> Result<ActivityPage, Problem> {
    permitted(&counter, None).await?;
    counter.desk().await?.activity(from, operator).await
}

#[tauri::command]
pub async fn journal(counter: State<'_, Counter>) -> Result<JournalView, Problem> {
    permitted(&counter, None).await?;
    counter.desk().await?.journal().await
}

#[tauri::command]
pub async fn verify(counter: State<'_, Counter>) -> Result<u64, Problem> {
    permitted(&counter, None).await?;
    counter.desk().await?.office.start_check()
}

#[tauri::command]
pub async fn backup(counter: State<'_, Counter>, approver: Option<ApproverRequest>) -> Result<u64, Problem> {
    permitted(&counter, approver).await?;
    counter.desk().await?.office.start_backup()
}

/// Puts a checked copy in place of a broken ledger. The till starts anew with it.
#[tauri::command]
pub async fn restore<R: Runtime>(
    app: AppHandle<R>,
    counter: State<'_, Counter>,
    file: String,
    reason: String,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    permitted(&counter, approver).await?;
    counter.restore(&file, &reason).await?;
    app.restart();
}

/// How many payments are that old.
#[tauri::command]
pub async fn removable(counter: State<'_, Counter>, years: u32) -> Result<RemovableView, Problem> {
    permitted(&counter, None).await?;
    Ok(counter.desk().await?.office.removable(years).await?.into())
}

/// Removes payments that are so old. The till starts anew with what stays.
#[tauri::command]
pub async fn remove_old<R: Runtime>(
    app: AppHandle<R>,
    counter: State<'_, Counter>,
    years: u32,
    reason: String,
    approver: Option<ApproverRequest>,
    channel: Channel<RemovalView>,
) -> Result<(), Problem> {
    permitted(&counter, approver).await?;
    // A view that has gone hears nothing.
    counter.remove_old(years, &reason, Box::new(move |step| _ = channel.send(step.into()))).await?;
    app.restart();
}

/// Goes on with a broken ledger as it is. The till starts anew with it.
#[tauri::command]
pub async fn accept_as_it_is<R: Runtime>(
    app: AppHandle<R>,
    counter: State<'_, Counter>,
    reason: String,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    permitted(&counter, approver).await?;
    counter.accept_as_it_is(&reason).await?;
    app.restart();
}
