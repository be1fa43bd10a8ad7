//! Shifts and their reports.

use super::done;
use crate::desk::Counter;
use crate::views::{ApproverRequest, ReportHead, ReportView};
use checkstand_core::ask::Deed;
use checkstand_core::people::Permission;
use checkstand_core::problem::Problem;
use tauri::State;

#[tauri::command]
pub async fn open_shift(counter: State<'_, Counter>, approver: Option<ApproverRequest>) -> Result<(), Problem> {
    done(&counter, Deed::OpenShift, approver).await
}

#[tauri::command]
pub async fn close_shift(
    counter: State<'_, Counter>,
    approver: Option<ApproverRequest>,
) -> Result<ReportView, Problem> {
    done(&counter, Deed::CloseShift, approver).await?;
    let desk = counter.desk().await?;
    let number = desk.handle.look(|scene| scene.till.store().last_shift).await?;
    desk.report(Some(number)).await
}

#[tauri::command]
pub async fn report(counter: State<'_, Counter>, number: Option<u32>) -> Result<ReportView, Problem> {
    counter.desk().await?.report(number).await
}

#[tauri::command]
pub async fn reports(counter: State<'_, Counter>) -> Result<Vec<ReportHead>, Problem> {
    counter.desk().await?.reports().await
}

#[tauri::command]
pub async fn export_report(
    counter: State<'_, Counter>,
    number: Option<u32>,
    format: String,
    approver: Option<ApproverRequest>,
) -> Result<String, Problem> {
    done(&counter, Deed::Permit(Permission::Export), approver).await?;
    counter.desk().await?.export_report(number, &format).await
}
