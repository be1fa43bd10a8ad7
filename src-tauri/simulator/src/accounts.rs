//! Who may call the far end, and with what.

use checkstand_core::secret::Secret;

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
