//! A till as tests set it up for simulated far ends. The far ends themselves know nothing of tills.

#![allow(unreachable_pub, reason = "several test binaries share it, and the engine's own tests")]

use checkstand_core::message::Method;
use checkstand_core::provider::{mispay, multipay};
use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;
use checkstand_simulator::accounts::Accounts;
use std::collections::BTreeMap;

/// Works with both contracts, the far ends being in the same process: what a provider leaves to the merchant is set as in the
/// papers' examples.
pub fn setup_for(accounts: &Accounts) -> Setup {
    Setup {
        mispay: Some(mispay::Account {
            base_url: "http://127.0.0.1/v1/in-store".to_owned(),
            app_id: Secret::text(&accounts.app_id),
            app_secret: accounts.app_secret.clone(),
            rounds: accounts.token_rounds,
            refund_method: Method::Get,
            code_digits: (4, 12),
            details_only_when_completed: false,
            window_ms: 15 * 60_000,
        }),
        multipay: Some(multipay::Account {
            token_url: "http://127.0.0.1/authorization/oauth/token".to_owned(),
            socket_url: "ws://127.0.0.1/ws".to_owned(),
            terminal_id: accounts.terminal_ids[0].clone(),
            client_id: Secret::text(&accounts.client_id),
            client_secret: accounts.client_secret.clone(),
            amount_unit: multipay::messages::AmountUnit::Minor,
            flow: multipay::Flow::Post,
            partial_refunds: true,
            window_ms: 10 * 60_000,
            heartbeat_ms: 10_000,
        }),
        practice: false,
        limits: BTreeMap::new(),
    }
}
