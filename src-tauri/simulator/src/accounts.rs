//! Who may call the far end, and with what.

use checkstand_core::message::Method;
use checkstand_core::provider::{mispay, multipay};
use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;
use std::collections::BTreeMap;

/// Rounds of PBKDF2 on sockets, as the vendor's plugins use them.
pub const TOKEN_ROUNDS_ON_SOCKETS: u32 = 40_000;

/// The credentials that the far end knows. One merchant holds both contracts.
#[derive(Clone, Debug)]
pub struct Accounts {
    /// MIS Pay `x-app-id`.
    pub app_id: String,
    /// MIS Pay `x-app-secret`; also the password of the token's encryption.
    pub app_secret: Secret<String>,
    /// MIS Pay `result.merchantId`, 24 hexadecimal digits in the paper.
    pub merchant_id: String,
    /// MultiPay `client_id`.
    pub client_id: String,
    /// MultiPay `client_secret`.
    pub client_secret: Secret<String>,
    /// MultiPay `merchant.merchantName`; an empty one is not compared.
    pub merchant_name: String,
    /// The values of `X-Terminal-Id` that may log on.
    pub terminal_ids: Vec<String>,
    /// PBKDF2 rounds of the MIS Pay token: [`TOKEN_ROUNDS_ON_SOCKETS`] on sockets, 1 in simulation.
    pub token_rounds: u32,
    /// How long a token of either provider is accepted, in milliseconds.
    pub token_life_ms: i64,
    /// Whether any payment code of 4 to 12 digits works, not only those from `issue_code`.
    pub any_payment_code: bool,
}

impl Default for Accounts {
    /// Dummy credentials for simulations: quick tokens that live an hour, any code.
    fn default() -> Self {
        Self {
            app_id: "app-1".to_owned(),
            app_secret: Secret::text("dummy-app-secret"),
            merchant_id: "64e86620adbe5a41f2d41b75".to_owned(),
            client_id: "client-1".to_owned(),
            client_secret: Secret::text("dummy-client-secret"),
            merchant_name: String::new(),
            terminal_ids: vec!["terminal-1".to_owned()],
            token_rounds: 1,
            token_life_ms: 3_600_000,
            any_payment_code: true,
        }
    }
}

impl Accounts {
    /// A till that works with both of these contracts, its far ends being in the same process: what a provider leaves to the
    /// merchant is set as in the papers' examples.
    pub fn till(&self) -> Setup {
        Setup {
            mispay: Some(mispay::Account {
                base_url: "http://127.0.0.1/v1/in-store".to_owned(),
                app_id: Secret::text(&self.app_id),
                app_secret: self.app_secret.clone(),
                rounds: self.token_rounds,
                refund_method: Method::Get,
                code_digits: (4, 12),
                details_only_when_completed: false,
                window_ms: 15 * 60_000,
            }),
            multipay: Some(multipay::Account {
                token_url: "http://127.0.0.1/authorization/oauth/token".to_owned(),
                socket_url: "ws://127.0.0.1/ws".to_owned(),
                terminal_id: self.terminal_ids.first().cloned().unwrap_or_default(),
                client_id: Secret::text(&self.client_id),
                client_secret: self.client_secret.clone(),
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
}
