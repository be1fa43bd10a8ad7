//! MultiPay's JSON. The paper publishes no payloads, so every shape here is assumed; this file holds all of them.
//!
//! We read liberally (`payment` or `paymentDetails`, ids and amounts as number or string, unknown fields ignored) and
//! write strictly.

use crate::loose::loose_text;
use crate::message::{BODY_BYTES_MAX, Reply};
use crate::money::{Currency, Money};
use crate::payment::PaymentId;
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::value::RawValue;
use uuid::Uuid;

/// How amounts are written on the wire.
// Assumed: minor units, as on the other API of the same back end. Guarded before Live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmountUnit {
    /// `20105`
    Minor,
    /// `201.05`
    Decimal,
}

impl AmountUnit {
    fn write(self, money: Money) -> String {
        match self {
            AmountUnit::Minor => money.minor.to_string(),
            AmountUnit::Decimal => money.decimal(),
        }
    }

    fn read(self, text: &str, currency: Currency) -> Option<Money> {
        match self {
            AmountUnit::Minor => Money::from_minor(text, currency).ok(),
            AmountUnit::Decimal => Money::from_decimal(text, currency).ok(),
        }
    }
}

/// `paymentState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PaymentState {
    /// The customer acts.
    Pending,
    /// Paid, or refunded.
    Complete,
    /// Called off.
    Canceled,
    /// Returned.
    Reversed,
    /// Something went wrong on their side.
    Error,
    /// A word that the paper does not know.
    Other,
}

/// What a message says about a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct About {
    /// In lower case.
    pub payment_id: Option<String>,
    /// `None` where the message names none.
    pub state: Option<PaymentState>,
    /// Where amount and currency can be read.
    pub money: Option<Money>,
    /// Whether amount or currency stand there at all, readable or not.
    pub names_money: bool,
    /// Numeric text.
    pub receipt_id: Option<String>,
    /// Echo.
    pub order_id: Option<String>,
    /// Echo.
    pub sale_id: Option<String>,
}

impl About {
    /// The id of the payment that is made of a receipt which nobody here asked for, always the same for the same names. It is
    /// the provider's own where that is written as we write ids: a payment of this till would be known by it. Whatever else the
    /// provider calls it becomes an id that no payment of this till can have.
    pub fn orphan_id(&self) -> PaymentId {
        let as_we_write = |name: &str| Uuid::parse_str(name).ok().filter(|id| id.to_string() == name);
        let own = self.payment_id.as_deref().and_then(as_we_write);
        PaymentId(own.unwrap_or_else(|| Uuid::new_v5(&Uuid::NAMESPACE_OID, self.name().as_bytes())))
    }

    /// What a person may call it.
    pub fn name(&self) -> &str {
        self.payment_id.as_deref().or(self.receipt_id.as_deref()).unwrap_or("no id")
    }
}

/// The five problem types, and any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProblemType {
    /// `apm.mtm.input-error`
    Input,
    /// `apm.mtm.merchant-validation-error`
    Merchant,
    /// `apm.mtm.payment-not-found`
    NotFound,
    /// `apm.mtm.payment-already-refunded`
    AlreadyRefunded,
    /// `apm.mtm.unexpected-error`, and types that nobody has told us.
    Unexpected,
}

/// A message from the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// The socket is a terminal's now.
    Logon,
    /// GET-flow: a customer has scanned; the provider made this payment id.
    CustomerScanned {
        /// To answer with.
        payment_id: String,
    },
    /// The answer to our init.
    InitResponse {
        /// The payment.
        about: About,
        /// What the customer scans.
        qr: Option<String>,
    },
    /// The customer aborted, or our cancel is confirmed.
    StatusUpdate(About),
    /// Paid, or refunded.
    Receipt(About),
    /// Something did not work.
    Problem {
        /// The message's own id: a copy of it bears the same.
        message_id: Option<String>,
        /// What kind.
        kind: ProblemType,
        /// Which payment, if it says.
        payment_id: Option<String>,
    },
    /// Not JSON, not a known type, or without what its type needs.
    Nothing,
}

/// Reads one text message.
pub fn read(text: &str, unit: AmountUnit) -> Heard {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        id: Option<&'a RawValue>,
        #[serde(rename = "messageType")]
        kind: String,
        #[serde(borrow)]
        payment: Option<&'a RawValue>,
        #[serde(rename = "paymentDetails", borrow)]
        payment_details: Option<&'a RawValue>,
        #[serde(rename = "qrCode")]
        qr: Option<String>,
        #[serde(borrow)]
        problem: Option<&'a RawValue>,
    }
    if text.len() > BODY_BYTES_MAX {
        return Heard::Nothing;
    }
    let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(text) else { return Heard::Nothing };
    let about = || envelope.payment.or(envelope.payment_details).and_then(|raw| read_about(raw, unit));
    match envelope.kind.as_str() {
        "LOGON_CONFIRMATION" => Heard::Logon,
        "GET_PAYMENT_REQUEST" => match about().and_then(|about| about.payment_id) {
            Some(payment_id) => Heard::CustomerScanned { payment_id },
            None => Heard::Nothing,
        },
        "PAYMENT_INIT_RESPONSE" => match about() {
            Some(about) => Heard::InitResponse { about, qr: envelope.qr.filter(|qr| !qr.is_empty()) },
            None => Heard::Nothing,
        },
        "STATUS_UPDATE" => about().map_or(Heard::Nothing, Heard::StatusUpdate),
        "PAYMENT_RECEIPT" => about().map_or(Heard::Nothing, Heard::Receipt),
        "PROBLEM" => read_problem(envelope.id, envelope.problem),
        _ => Heard::Nothing,
    }
}

impl Heard {
    /// The ids under which a journal may hold the payment that it is about.
    pub fn ids(&self) -> Vec<String> {
        let named = self.payment_id().map(str::to_owned);
        let orphan = match self {
            Heard::Receipt(about) => Some(about.orphan_id().to_string()),
            _ => None,
        };
        let mut ids: Vec<String> = named.into_iter().chain(orphan).collect();
        // Written as we write them, both are the same.
        ids.dedup();
        ids
    }

    /// The payment id that it names.
    pub fn payment_id(&self) -> Option<&str> {
        match self {
            Heard::CustomerScanned { payment_id } => Some(payment_id),
            Heard::InitResponse { about, .. } | Heard::StatusUpdate(about) | Heard::Receipt(about) => {
                about.payment_id.as_deref()
            }
            Heard::Problem { payment_id, .. } => payment_id.as_deref(),
            Heard::Logon | Heard::Nothing => None,
        }
    }
}

fn read_about(raw: &RawValue, unit: AmountUnit) -> Option<About> {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(rename = "paymentId", borrow)]
        payment_id: Option<&'a RawValue>,
        #[serde(rename = "paymentState")]
        state: Option<String>,
        #[serde(borrow)]
        amount: Option<&'a RawValue>,
        #[serde(rename = "currencyIso")]
        currency: Option<String>,
        #[serde(rename = "paymentReceiptId", borrow)]
        receipt_id: Option<&'a RawValue>,
        #[serde(rename = "customerOrderId", borrow)]
        order_id: Option<&'a RawValue>,
        #[serde(rename = "saleTransactionId", borrow)]
        sale_id: Option<&'a RawValue>,
    }
    let wire: Wire<'_> = serde_json::from_str(raw.get()).ok()?;
    let currency = wire.currency.as_deref().and_then(Currency::parse);
    let amount = wire.amount.and_then(loose_text);
    Some(About {
        payment_id: wire.payment_id.and_then(loose_text).map(|id| id.to_ascii_lowercase()),
        state: wire.state.as_deref().map(|word| match word {
            "PENDING" => PaymentState::Pending,
            "COMPLETE" => PaymentState::Complete,
            "CANCELED" => PaymentState::Canceled,
            "REVERSED" => PaymentState::Reversed,
            "ERROR" => PaymentState::Error,
            _ => PaymentState::Other,
        }),
        money: amount.as_deref().zip(currency).and_then(|(amount, currency)| unit.read(amount, currency)),
        names_money: wire.amount.is_some() || wire.currency.is_some(),
        receipt_id: wire.receipt_id.and_then(loose_text),
        order_id: wire.order_id.and_then(loose_text),
        sale_id: wire.sale_id.and_then(loose_text),
    })
}

fn read_problem(message_id: Option<&RawValue>, raw: Option<&RawValue>) -> Heard {
    #[derive(Deserialize)]
    struct Wire<'a> {
        #[serde(rename = "type")]
        kind: Option<String>,
        #[serde(rename = "paymentId", borrow)]
        payment_id: Option<&'a RawValue>,
    }
    let wire = raw.and_then(|raw| serde_json::from_str::<Wire<'_>>(raw.get()).ok());
    let kind = match wire.as_ref().and_then(|wire| wire.kind.as_deref()) {
        Some("apm.mtm.input-error") => ProblemType::Input,
        Some("apm.mtm.merchant-validation-error") => ProblemType::Merchant,
        Some("apm.mtm.payment-not-found") => ProblemType::NotFound,
        Some("apm.mtm.payment-already-refunded") => ProblemType::AlreadyRefunded,
        Some(_) | None => ProblemType::Unexpected,
    };
    Heard::Problem {
        message_id: message_id.and_then(loose_text),
        kind,
        payment_id: wire.and_then(|wire| wire.payment_id).and_then(loose_text).map(|id| id.to_ascii_lowercase()),
    }
}

/// The two other ids that the paper wants for each payment: fresh, and the same whenever they are asked for.
pub fn order_id(payment: PaymentId) -> Uuid {
    Uuid::new_v5(&payment.0, b"customerOrderId")
}

/// See [`order_id`].
pub fn sale_id(payment: PaymentId) -> Uuid {
    Uuid::new_v5(&payment.0, b"saleTransactionId")
}

fn envelope_id(payment: PaymentId, kind: &str, number: u32) -> Uuid {
    Uuid::new_v5(&payment.0, format!("{kind} {number}").as_bytes())
}

/// PAYMENT_INIT_REQUEST. `wire_id` is ours in the POST-flow, the provider's in the GET-flow.
pub fn init(payment: PaymentId, wire_id: &str, money: Money, unit: AmountUnit) -> String {
    format!(
        r#"{{"id":"{}","messageType":"PAYMENT_INIT_REQUEST","payment":{{"paymentId":{},"amount":{},"currencyIso":"{}","customerOrderId":"{}","saleTransactionId":"{}"}}}}"#,
        envelope_id(payment, "init", 0),
        serde_json::Value::from(wire_id),
        unit.write(money),
        money.currency.code(),
        order_id(payment),
        sale_id(payment),
    )
}

/// STATUS_UPDATE with CANCELED; `number` counts the repeats.
pub fn cancel(payment: PaymentId, wire_id: &str, number: u32) -> String {
    format!(
        r#"{{"id":"{}","messageType":"STATUS_UPDATE","payment":{{"paymentId":{},"paymentState":"CANCELED"}}}}"#,
        envelope_id(payment, "cancel", number),
        serde_json::Value::from(wire_id),
    )
}

/// REFUND of a receipt.
pub fn refund(refund: PaymentId, receipt_id: &str, money: Money, unit: AmountUnit) -> String {
    format!(
        r#"{{"id":"{}","messageType":"REFUND","payment":{{"paymentId":"{refund}","paymentReceiptId":{},"amount":{},"currencyIso":"{}"}}}}"#,
        envelope_id(refund, "refund", 0),
        serde_json::Value::from(receipt_id),
        unit.write(money),
        money.currency.code(),
    )
}

/// The body of the token request (RFC 6749, client credentials).
pub fn token_form(client_id: &Secret<String>, client_secret: &Secret<String>) -> Secret<String> {
    let field = |text: &str| {
        text.bytes().fold(String::new(), |mut form, b| {
            if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'*') {
                form.push(char::from(b));
            } else {
                form.push_str(&format!("%{b:02X}"));
            }
            form
        })
    };
    Secret::new(format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope=terminal",
        field(client_id.expose()),
        field(client_secret.expose())
    ))
}

/// What the token endpoint answered.
#[derive(Debug)]
pub enum TokenAnswer {
    /// The token and its life in milliseconds.
    Token(Secret<String>, i64),
    /// The credentials are not accepted.
    Refused,
    /// Anything else: try again later.
    Failed,
}

/// How long a token is trusted where the answer names no life.
// Assumed.
const TOKEN_LIFE_DEFAULT_MS: i64 = 5 * 60_000;

/// Reads the token endpoint's answer.
pub fn read_token(reply: &Reply) -> TokenAnswer {
    #[derive(Deserialize)]
    struct Wire<'a> {
        access_token: String,
        #[serde(borrow)]
        expires_in: Option<&'a RawValue>,
    }
    match reply {
        Reply::Answer { status: 200..=299, body, .. } => match serde_json::from_slice::<Wire<'_>>(body) {
            Ok(wire) if !wire.access_token.is_empty() && wire.access_token.bytes().all(|b| b.is_ascii_graphic()) => {
                let seconds = wire
                    .expires_in
                    .and_then(loose_text)
                    .and_then(|text| text.parse::<i64>().ok())
                    .filter(|s| (1..=7 * 86_400).contains(s));
                TokenAnswer::Token(Secret::new(wire.access_token), seconds.map_or(TOKEN_LIFE_DEFAULT_MS, |s| s * 1000))
            }
            Ok(_) | Err(_) => TokenAnswer::Failed,
        },
        Reply::Answer { status: 400 | 401 | 403, .. } => TokenAnswer::Refused,
        Reply::Answer { .. } | Reply::NotSent | Reply::Lost => TokenAnswer::Failed,
    }
}
