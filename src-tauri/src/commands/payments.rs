//! Charging, refunding, settling, and what else a person asks of a payment.

use super::done;
use crate::desk::Counter;
use crate::views::{
    ApproverRequest, PaymentView, RefundRequest, SaleRequest, SettleRequest, Snapshot, payment_id, picture,
};
use checkstand_core::ask::{Ask, Deed};
use checkstand_core::payment::PaymentId;
use checkstand_core::problem::Problem;
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State};

#[tauri::command]
pub async fn watch(counter: State<'_, Counter>, channel: Channel<u64>) -> Result<(), Problem> {
    let mut revisions = counter.desk().await?.handle.revisions();
    tauri::async_runtime::spawn(async move {
        while channel.send(*revisions.borrow_and_update()).is_ok() && revisions.changed().await.is_ok() {}
    });
    Ok(())
}

#[tauri::command]
pub async fn snapshot(counter: State<'_, Counter>) -> Result<Snapshot, Problem> {
    let desk = counter.desk().await?;
    let frame = desk.frame();
    desk.handle.look(move |scene| picture(scene, frame)).await
}

#[tauri::command]
pub async fn start_sale(
    counter: State<'_, Counter>,
    sale: SaleRequest,
    approver: Option<ApproverRequest>,
) -> Result<PaymentView, Problem> {
    let sale = sale.read()?;
    let id = sale.id;
    done(&counter, Deed::Ask(Ask::Sell(sale)), approver).await?;
    counter.desk().await?.payment(id).await
}

#[tauri::command]
pub async fn refund(
    counter: State<'_, Counter>,
    refund: RefundRequest,
    approver: Option<ApproverRequest>,
) -> Result<PaymentView, Problem> {
    let desk = counter.desk().await?;
    let currency = desk.currency_of(refund.sale()?).await?;
    let refund = refund.read(currency)?;
    let id = refund.id;
    done(&counter, Deed::Ask(Ask::Refund(refund)), approver).await?;
    desk.payment(id).await
}

#[tauri::command]
pub async fn settle(
    counter: State<'_, Counter>,
    settle: SettleRequest,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    done(&counter, Deed::Ask(settle.read()?), approver).await
}

async fn ask(counter: &Counter, payment: &str, ask: impl FnOnce(PaymentId) -> Ask) -> Result<(), Problem> {
    counter.desk().await?.handle.ask(ask(payment_id(payment)?)).await
}

#[tauri::command]
pub async fn check_now(counter: State<'_, Counter>, payment: String) -> Result<(), Problem> {
    ask(&counter, &payment, Ask::CheckNow).await
}

#[tauri::command]
pub async fn stop_waiting(counter: State<'_, Counter>, payment: String) -> Result<(), Problem> {
    ask(&counter, &payment, Ask::Park).await
}

#[tauri::command]
pub async fn cancel_payment(counter: State<'_, Counter>, payment: String) -> Result<(), Problem> {
    ask(&counter, &payment, Ask::Cancel).await
}

#[tauri::command]
pub async fn customer_says(counter: State<'_, Counter>, payment: String, said: String) -> Result<(), Problem> {
    ask(&counter, &payment, |payment| Ask::CustomerSays { payment, paid: said == "paid" }).await
}

#[tauri::command]
pub async fn check_number(counter: State<'_, Counter>, payment: String, number: String) -> Result<(), Problem> {
    ask(&counter, &payment, |payment| Ask::CheckNumber { payment, number }).await
}

#[tauri::command]
pub async fn acknowledge(
    counter: State<'_, Counter>,
    payment: String,
    approver: Option<ApproverRequest>,
) -> Result<(), Problem> {
    done(&counter, Deed::Ask(Ask::Acknowledge(payment_id(&payment)?)), approver).await
}

/// Settings are read at the start: this starts the till anew. Every open payment is taken up again.
#[tauri::command]
pub async fn restart<R: Runtime>(app: AppHandle<R>, counter: State<'_, Counter>) -> Result<(), Problem> {
    counter.close().await;
    app.restart();
}
