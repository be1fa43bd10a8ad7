//! The commands of the window. Each parses, sends and converts; none of them can set a state.

mod closing;
mod diagnostics;
mod history;
mod journal;
mod payments;
mod people;
mod settings;
mod shift;
mod training;

use crate::desk::Counter;
use crate::views::ApproverRequest;
use checkstand_core::ask::{Approver, Deed, Wish};
use checkstand_core::problem::Problem;
use tauri::{Builder, Runtime};

/// Registers every command; `permissions/till.toml` lists the same ones.
pub fn register<R: Runtime>(builder: Builder<R>) -> Builder<R> {
    builder.invoke_handler(tauri::generate_handler![
        payments::watch,
        payments::snapshot,
        payments::start_sale,
        payments::check_now,
        payments::stop_waiting,
        payments::cancel_payment,
        payments::customer_says,
        payments::check_number,
        payments::acknowledge,
        payments::refund,
        payments::settle,
        payments::restart,
        people::sign_in,
        people::sign_out,
        people::practise,
        people::first_manager,
        people::recover_manager,
        people::people,
        people::add_operator,
        people::set_role,
        people::set_pin,
        people::remove_operator,
        people::unlock_operator,
        people::set_access,
        people::set_limit,
        history::history,
        history::history_choices,
        history::payment_detail,
        history::export_history,
        history::cancel_job,
        history::printed,
        shift::open_shift,
        shift::close_shift,
        shift::report,
        shift::reports,
        shift::export_report,
        journal::activity,
        journal::journal,
        journal::verify,
        journal::backup,
        journal::restore,
        journal::removable,
        journal::remove_old,
        journal::accept_as_it_is,
        closing::watch_closing,
        closing::stay,
        closing::leave,
        settings::settings,
        settings::save_settings,
        settings::put_secret,
        settings::forget_secret,
        settings::confirm_amount_unit,
        settings::export_settings,
        settings::read_settings,
        settings::import_settings,
        diagnostics::examine,
        diagnostics::test_connection,
        diagnostics::support_bundle,
        diagnostics::crash_seen,
        training::phones,
        training::phone_act,
    ])
}

/// Has a deed done in the name of whoever is signed in.
async fn done(counter: &Counter, deed: Deed, approver: Option<ApproverRequest>) -> Result<(), Problem> {
    counter.desk().await?.handle.wish(Wish::Do { deed, approver: approver.map(Approver::from) }).await
}
