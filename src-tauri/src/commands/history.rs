//! Every payment ever kept: lists, one payment's story, files, papers.

use super::done;
use crate::desk::Counter;
use crate::views::{ApproverRequest, HistoryChoices, HistoryPage, HistoryQuery, PaymentDetail};
use checkstand_core::ask::{Deed, Wish};
use checkstand_core::people::Permission;
use checkstand_core::problem::Problem;
use checkstand_core::store::{Paper, StoreEvent};
use tauri::State;

#[tauri::command]
pub async fn history(
    counter: State<'_, Counter>,
    query: HistoryQuery,
    from: Option<String>,
) -> Result<HistoryPage, Problem> {
    counter.desk().await?.history(query, from).await
}

#[tauri::command]
pub async fn history_choices(counter: State<'_, Counter>) -> Result<HistoryChoices, Problem> {
    counter.desk().await?.history_choices().await
}

#[tauri::command]
pub async fn payment_detail(counter: State<'_, Counter>, payment: String) -> Result<PaymentDetail, Problem> {
    counter.desk().await?.payment_detail(&payment).await
}

#[tauri::command]
pub async fn export_history(
    counter: State<'_, Counter>,
    query: HistoryQuery,
    format: String,
    approver: Option<ApproverRequest>,
) -> Result<u64, Problem> {
    done(&counter, Deed::Permit(Permission::Export), approver).await?;
    counter.desk().await?.export_history(query, &format)
}

#[tauri::command]
pub async fn cancel_job(counter: State<'_, Counter>, job: u64) -> Result<(), Problem> {
    counter.desk().await?.office.jobs().cancel(job);
    Ok(())
}

#[tauri::command]
pub async fn printed(counter: State<'_, Counter>, paper: String, about: String) -> Result<(), Problem> {
    let paper = if paper == "report" { Paper::Report } else { Paper::Slip };
    let about = about.chars().take(64).collect();
    counter.desk().await?.handle.wish(Wish::Note(StoreEvent::Printed { paper, about })).await
}
