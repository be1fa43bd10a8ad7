//! The sale: POST /purchase, GET /status, `GET /purchase/<id>`. Paper: "Start Purchase Process" to
//! "Retrieve Purchase Details".

use super::codes::CodeState;
use super::{Barred, Refusal, iso};
use crate::amount::{decimal_from_minor, decimal_full_from_minor, minor_from_decimal};
use crate::books::RequestKind;
use crate::customers::Script;
use crate::json::{Fields, Object};
use crate::payments::{MisPaySide, MultiPaySide, Payment, PaymentKey};
use crate::phone::{Provider, Shows};
use crate::request::json_body;
use crate::simulator::Simulator;
use crate::world::{CodeExpired, FLAP_ONE_IN, SessionEnd, StatusWords, TROUBLE_ONE_IN};
use checkstand_core::message::{Reply, Request};

/// MIS Pay's one currency.
pub(super) const CURRENCY: &str = "SAR";

/// What POST /purchase asks for.
struct Asked {
    amount_minor: i64,
    order_id: String,
    code: String,
}

impl Asked {
    /// None for a body that is not the paper's: `amount` and `paymentCode` numbers, `orderId` text.
    fn read(body: &Fields) -> Option<Self> {
        let amount_minor = minor_from_decimal(body.raw("amount")?).filter(|minor| *minor > 0)?;
        let order_id = body.text("orderId").filter(|id| !id.is_empty())?;
        Some(Self { amount_minor, order_id, code: read_code(body)? })
    }
}

/// Assumed: a code is a number; one with a leading zero cannot be, and comes as text.
fn read_code(body: &Fields) -> Option<String> {
    let raw = body.raw("paymentCode")?;
    if raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(raw.to_owned());
    }
    body.text("paymentCode").filter(|code| code.starts_with('0'))
}

impl Simulator {
    pub(super) fn purchase(&mut self, request: &Request, now_ms: i64) -> Reply {
        let body = json_body(request);
        let order_id = body.as_ref().and_then(|body| body.text("orderId"));
        let let_in = self.let_in(request, now_ms);
        if let Some(order_id) = &order_id {
            let received = self.books.count(order_id, RequestKind::Purchase);
            received.token_refused += u32::from(matches!(let_in, Err(Barred::Token(_))));
        }
        if let Err(barred) = let_in {
            return barred.reply();
        }
        let Some(asked) = body.as_ref().and_then(Asked::read) else {
            return self.plain(422, "amount, orderId and paymentCode are required", now_ms);
        };
        if let Err(refusal) = self.check_code(&asked.code, now_ms) {
            return self.refuse(refusal, now_ms);
        }
        if self.world.order_id_unique && self.payments.by_id(Provider::MisPay, &asked.order_id).is_some() {
            return self.refuse(Refusal::SessionInvalid, now_ms);
        }
        self.book_purchase(asked, now_ms)
    }

    fn check_code(&self, code: &str, now_ms: i64) -> Result<(), Refusal> {
        match self.codes.state(code, self.accounts.any_payment_code, self.world.code_life_ms, now_ms) {
            CodeState::Good => Ok(()),
            CodeState::Used if self.world.code_single_use => Err(Refusal::SessionInvalid),
            CodeState::Used => Ok(()),
            CodeState::Unknown => Err(Refusal::SessionInvalid),
            CodeState::Expired => Err(match self.world.expired_code {
                CodeExpired::Me04 => Refusal::SessionInvalid,
                CodeExpired::Me11 => Refusal::SessionExpired,
            }),
        }
    }

    fn book_purchase(&mut self, asked: Asked, now_ms: i64) -> Reply {
        self.codes.spend(&asked.code);
        self.books.count_executed(&asked.order_id, RequestKind::Purchase);
        let script = self.customers.script(asked.amount_minor, &mut self.chance);
        let muted = matches!(script, Script::Mute(_));
        let track_id = self.chance.uuid().to_string();
        let mispay = MisPaySide {
            nameless: self.world.purchase_id_missing && self.chance.one_in(TROUBLE_ONE_IN),
            without_details: self.world.details_missing && self.chance.one_in(TROUBLE_ONE_IN),
            ..MisPaySide::default()
        };
        let payment = Payment {
            provider: Provider::MisPay,
            id: asked.order_id,
            amount_minor: asked.amount_minor,
            currency: CURRENCY.to_owned(),
            reference: self.chance.hex(24),
            created_at_ms: now_ms,
            changed_at_ms: now_ms,
            shows: Shows::Asking,
            muted,
            walked_away: false,
            fenced: false,
            session_end: None,
            mispay,
            multipay: MultiPaySide::default(),
        };
        let key = self.open_payment(payment);
        self.payments.track(&track_id, key);
        self.follow(key, script, now_ms);
        if muted {
            return Reply::Lost;
        }
        let result = Object::new()
            .text("trackId", &track_id)
            .text("ivrCallbackId", &self.chance.hex(24))
            .text("status", "in-progress");
        let reply = self.success(result, now_ms);
        self.perhaps_trouble(reply, now_ms)
    }

    pub(super) fn status(&mut self, request: &Request, now_ms: i64) -> Reply {
        if let Err(barred) = self.let_in(request, now_ms) {
            return barred.reply();
        }
        let track_id = query(&request.url, "trackId").unwrap_or_default();
        let Some(key) = self.payments.by_track_id(track_id) else {
            return self.refuse(Refusal::NotFound, now_ms);
        };
        let payment = self.payments.get(key);
        if now_ms < payment.created_at_ms.saturating_add(self.world.track_lag_ms) {
            return self.refuse(Refusal::NotFound, now_ms);
        }
        let completed = matches!(payment.shows, Shows::Paid | Shows::Reversed);
        let word = self.status_word(key);
        let payment = self.payments.get(key);
        let mut order = Object::new().text("status", word);
        if completed {
            if !payment.mispay.nameless {
                order = order.text("purchaseId", &payment.reference);
            }
            if !self.world.completed_order_is_bare {
                order = order.raw("amount", &self.decimal(payment.amount_minor)).text("orderId", &payment.id);
            }
        }
        let mut answer = Object::new().text("status", "success");
        if (completed || self.world.readable_before_paid) && !payment.mispay.nameless {
            answer = answer.text("purchaseId", &payment.reference);
        }
        self.respond(200, answer.object("order", order).close(), now_ms)
    }

    /// The word of `order.status`. In some worlds an open purchase now and then shows a wrong or a
    /// strange one.
    fn status_word(&mut self, key: PaymentKey) -> &'static str {
        let words = self.world.status_words;
        let payment = self.payments.get_mut(key);
        let flapped = std::mem::take(&mut payment.mispay.flapped);
        let all_returned = self.books.of(key).is_some_and(|capture| capture.net_minor() == 0);
        let shows = match payment.shows {
            Shows::TimedOut if words != StatusWords::Codes => match self.world.session_end {
                SessionEnd::Canceled => Shows::Canceled,
                SessionEnd::Failed => Shows::Failed,
            },
            shows => shows,
        };
        let failed = if words == StatusWords::PluginWords { "error" } else { "failed" };
        let codes = words == StatusWords::Codes;
        match shows {
            Shows::Scanned | Shows::Asking => {
                if self.world.status_flaps && !flapped && self.chance.one_in(FLAP_ONE_IN) {
                    payment.mispay.flapped = true;
                    failed
                } else if self.world.status_strange_words && self.chance.one_in(FLAP_ONE_IN) {
                    "awaiting-installment-plan"
                } else if words == StatusWords::PluginWords {
                    "pending"
                } else {
                    "in-progress"
                }
            }
            Shows::Paid | Shows::Reversed if codes && all_returned => "MP03",
            Shows::Paid | Shows::Reversed if codes => "MP00",
            Shows::Paid | Shows::Reversed => "success",
            Shows::Canceled if codes => "MP02",
            Shows::Canceled => "canceled",
            Shows::TimedOut => "MP01",
            Shows::Failed => failed,
        }
    }

    pub(super) fn details(&mut self, request: &Request, purchase_id: &str, now_ms: i64) -> Reply {
        if let Err(barred) = self.let_in(request, now_ms) {
            return barred.reply();
        }
        let Some(key) = self.payments.by_reference(Provider::MisPay, purchase_id) else {
            return self.refuse(Refusal::NotFound, now_ms);
        };
        let payment = self.payments.get(key);
        let amount_minor = match self.books.of(key) {
            Some(_) if payment.mispay.without_details => return self.refuse(Refusal::NotFound, now_ms),
            Some(capture) if self.world.details_reflect_refunds => {
                let refunds = i64::try_from(capture.refunds.len()).unwrap_or(i64::MAX);
                (capture.net_minor() - refunds.saturating_mul(self.world.details_fee_minor)).max(0)
            }
            Some(capture) => capture.amount_minor,
            None if self.world.readable_before_paid => payment.amount_minor,
            None => return self.refuse(Refusal::NotFound, now_ms),
        };
        let result = Object::new()
            .text("merchantId", &self.accounts.merchant_id)
            .text("orderId", &payment.id)
            .raw("purchaseAmount", &self.decimal(amount_minor))
            .text("purchaseCurrency", &payment.currency)
            .text("purchaseDate", &iso(self.server_ms(payment.created_at_ms)));
        self.success(result, now_ms)
    }

    /// An amount as this world writes it, ready to stand in JSON.
    fn decimal(&self, minor: i64) -> String {
        if self.world.amounts_as_text {
            format!("\"{}\"", decimal_full_from_minor(minor))
        } else {
            decimal_from_minor(minor)
        }
    }
}

/// One value of the URL's query. The paper's ids need no escaping.
fn query<'a>(url: &'a str, name: &str) -> Option<&'a str> {
    let (_, query) = url.split_once('?')?;
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_by_its_name() {
        assert_eq!(query("https://h/status?trackId=7", "trackId"), Some("7"));
        assert_eq!(query("https://h/status?a=1&trackId=7", "trackId"), Some("7"));
        assert_eq!(query("https://h/status?xtrackId=7", "trackId"), None);
        assert_eq!(query("https://h/status", "trackId"), None);
    }
}
