//! MIS Pay's JSON, contract profile `instore-2023`: what we write, and how every answer is read.
//!
//! Three fields are called `status`. The outer one says that the call worked; money is only in `result.status` and
//! `order.status`.

use crate::loose::loose_text;
use crate::message::Reply;
use crate::money::{Currency, Money};
use crate::secret::Secret;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::borrow::Cow;

/// How an answer reads before anybody asks what it was the answer to.
#[derive(Debug)]
pub enum Heard<'a> {
    /// 2xx, JSON, outer status `success`.
    Success(Envelope<'a>),
    /// A refusal with one of the paper's codes: `ME05` is 5.
    Refused(u8),
    /// HTTP 401 that is neither of the above: the token was not accepted.
    BareUnauthorised,
    /// An answer that proves nothing.
    Unclear,
    /// Nothing left this machine.
    NotSent,
    /// It may have left.
    Lost,
}

/// The outer shape of all answers.
#[derive(Debug, Deserialize)]
pub struct Envelope<'a> {
    #[serde(borrow)]
    status: Option<Cow<'a, str>>,
    #[serde(borrow)]
    result: Option<&'a RawValue>,
    #[serde(borrow)]
    order: Option<&'a RawValue>,
    #[serde(rename = "purchaseId", borrow)]
    purchase_id: Option<&'a RawValue>,
}

impl<'a> Heard<'a> {
    /// Reads a reply by the rule that a refusal must be certain: 2xx or 4xx (not 408, 429), JSON, outer status
    /// beginning with "error", and `result` exactly a code.
    pub fn read(reply: &'a Reply) -> Heard<'a> {
        let (status, body) = match reply {
            Reply::Answer { status, body, .. } => (*status, body),
            Reply::NotSent => return Heard::NotSent,
            Reply::Lost => return Heard::Lost,
        };
        let envelope = serde_json::from_slice::<Envelope<'a>>(body).ok();
        let may_refuse = matches!(status, 200..=299 | 400..=499) && !matches!(status, 408 | 429);
        if let Some(code) = envelope.as_ref().filter(|_| may_refuse).and_then(Envelope::refusal) {
            return Heard::Refused(code);
        }
        match envelope {
            Some(envelope) if (200..=299).contains(&status) && envelope.status.as_deref() == Some("success") => {
                Heard::Success(envelope)
            }
            // A 401 that carries a track id is no refusal but a riddle.
            Some(envelope) if status == 401 && envelope.track_id().is_none() => Heard::BareUnauthorised,
            None if status == 401 => Heard::BareUnauthorised,
            _ => Heard::Unclear,
        }
    }
}

impl Envelope<'_> {
    fn refusal(&self) -> Option<u8> {
        if !self.status.as_deref()?.starts_with("error") {
            return None;
        }
        let code: String = serde_json::from_str(self.result?.get()).ok()?;
        let digits = code.strip_prefix("ExceptionType.").unwrap_or(&code).strip_prefix("ME")?;
        if digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()) { digits.parse().ok() } else { None }
    }

    /// `result.token`, still encrypted.
    pub fn token(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Token {
            token: String,
        }
        Some(serde_json::from_str::<Token>(self.result?.get()).ok()?.token)
    }

    /// `result.trackId`.
    pub fn track_id(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Track<'a> {
            #[serde(rename = "trackId", borrow)]
            track_id: &'a RawValue,
        }
        loose_text(serde_json::from_str::<Track<'_>>(self.result?.get()).ok()?.track_id)
    }

    /// `order` of /status.
    pub fn order(&self) -> Option<Order> {
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(borrow)]
            status: Option<Cow<'a, str>>,
            #[serde(rename = "purchaseId", borrow)]
            purchase_id: Option<&'a RawValue>,
            #[serde(borrow)]
            amount: Option<&'a RawValue>,
            #[serde(rename = "orderId", borrow)]
            order_id: Option<&'a RawValue>,
        }
        let wire: Wire<'_> = serde_json::from_str(self.order?.get()).ok()?;
        Some(Order {
            word: Word::read(wire.status.as_deref()?),
            purchase_id: wire.purchase_id.and_then(loose_text).or_else(|| self.purchase_id.and_then(loose_text)),
            amount: wire.amount.and_then(loose_text),
            order_id: wire.order_id.and_then(loose_text),
        })
    }

    /// `result` of /purchase/<id>.
    pub fn details(&self) -> Option<PurchaseDetails> {
        #[derive(Deserialize)]
        struct Wire<'a> {
            #[serde(rename = "orderId", borrow)]
            order_id: &'a RawValue,
            #[serde(rename = "purchaseAmount", borrow)]
            amount: &'a RawValue,
            #[serde(rename = "purchaseCurrency")]
            currency: String,
        }
        let wire: Wire<'_> = serde_json::from_str(self.result?.get()).ok()?;
        let currency = Currency::parse(&wire.currency);
        let amount = loose_text(wire.amount)?;
        Some(PurchaseDetails {
            order_id: loose_text(wire.order_id)?,
            money: currency.and_then(|currency| Money::from_decimal(&amount, currency).ok()),
        })
    }

    /// Whether `result.status` of /refund is `success`.
    pub fn refund_done(&self) -> bool {
        #[derive(Deserialize)]
        struct Refund {
            status: String,
        }
        self.result
            .and_then(|raw| serde_json::from_str::<Refund>(raw.get()).ok())
            .is_some_and(|refund| refund.status == "success")
    }
}

/// The words of `order.status`, and the MP codes where they stand in the same place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// `success`, MP00.
    Success,
    /// `canceled`, MP02.
    Canceled,
    /// `failed`, and the vendor's own `error`.
    Failed,
    /// MP01.
    TimedOut,
    /// MP03.
    Returned,
    /// `in-progress`, `pending`, and any word that nobody has told us: still checking.
    Open,
}

impl Word {
    fn read(text: &str) -> Word {
        match text {
            "success" | "MP00" => Word::Success,
            "canceled" | "MP02" => Word::Canceled,
            "failed" | "error" => Word::Failed,
            "MP01" => Word::TimedOut,
            "MP03" => Word::Returned,
            _ => Word::Open,
        }
    }
}

/// What /status says.
#[derive(Debug)]
pub struct Order {
    /// Where the purchase stands.
    pub word: Word,
    /// `order.purchaseId`, which outranks the outer one.
    pub purchase_id: Option<String>,
    /// Decimal text, as written.
    pub amount: Option<String>,
    /// Ours, if it is ours.
    pub order_id: Option<String>,
}

/// What /purchase/<id> says.
#[derive(Debug)]
pub struct PurchaseDetails {
    /// Ours, if it is ours.
    pub order_id: String,
    /// `None` where the currency or the amount cannot be read.
    pub money: Option<Money>,
}

/// The body of POST /purchase. The amount is a number with exactly the currency's decimals; a code that begins with 0
/// cannot be a JSON number.
// Assumed: such a code is accepted as a JSON string.
pub fn purchase_body(money: Money, order_id: &str, code: &Secret<String>) -> Secret<String> {
    let code = code.expose();
    let quote = if code.starts_with('0') { "\"" } else { "" };
    Secret::new(format!(
        r#"{{"amount":{},"orderId":"{order_id}","paymentCode":{quote}{code}{quote}}}"#,
        money.decimal()
    ))
}

/// The body of /refund.
pub fn refund_body(money: Money, order_id: &str, purchase_id: &str) -> Secret<String> {
    let purchase_id = serde_json::Value::from(purchase_id);
    Secret::new(format!(r#"{{"amount":{},"purchaseId":{purchase_id},"orderId":"{order_id}"}}"#, money.decimal()))
}
