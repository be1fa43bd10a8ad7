//! PayEx MultiPay, "VAS MTM API 2.0.2": the OAuth token, and the messages of the socket. No payload
//! is public: the shapes are the assumed ones, all of them in `messages`.

mod messages;
mod payment;
mod refund;
pub(crate) mod sockets;

use crate::books::RequestKind;
use crate::json::{Fields, Object};
use crate::request::header;
use crate::simulator::{Simulator, SocketId};
use checkstand_core::message::{BODY_BYTES_MAX, Reply, Request};
use messages::Problem;

/// The shortest time before a direct answer, in milliseconds, where the world allows any.
const ANSWER_DELAY_MS_MIN: i64 = 20;

impl Simulator {
    /// The paper's curl example; the answer by RFC 6749.
    pub(crate) fn multipay_token(&mut self, request: &Request, now_ms: i64) -> Reply {
        let oauth_error =
            |status, error: &str| self.respond(status, Object::new().text("error", error).close(), now_ms);
        let is_form =
            header(request, "content-type").is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"));
        let Some(body) = request.body.as_ref().filter(|_| is_form) else {
            return oauth_error(400, "invalid_request");
        };
        let field = |name| form_field(body.expose(), name);
        if field("grant_type").as_deref() != Some("client_credentials") {
            return oauth_error(400, "unsupported_grant_type");
        }
        if field("scope").as_deref() != Some("terminal") {
            return oauth_error(400, "invalid_scope");
        }
        let id_known = field("client_id").is_some_and(|id| id == self.accounts.client_id);
        let secret_known = field("client_secret").is_some_and(|secret| secret == *self.accounts.client_secret.expose());
        if !id_known || !secret_known {
            return oauth_error(401, "invalid_client");
        }
        let token = self.chance.hex(48);
        let life_ms = self.accounts.token_life_ms;
        self.bearers.issue(token.clone(), now_ms.saturating_add(life_ms));
        let answer = Object::new().text("access_token", &token).text("token_type", "Bearer");
        let answer = answer.number("expires_in", life_ms.div_euclid(1_000)).text("scope", "terminal");
        self.respond(200, answer.close(), now_ms)
    }

    /// A text message from a terminal. On an unknown socket it is ignored.
    pub fn hear(&mut self, socket: SocketId, text: &str, now_ms: i64) {
        self.pass(now_ms);
        let Some(terminal_id) = self.sockets.terminal_of(socket) else {
            return;
        };
        let envelope = if text.len() > BODY_BYTES_MAX { None } else { Fields::read(text) };
        let Some(envelope) = envelope else {
            return self.problem(&terminal_id, None, Problem::InputError("Message is not valid JSON"), now_ms);
        };
        let payment = envelope.object("payment");
        let payment_id = payment.as_ref().and_then(|payment| payment.text("paymentId"));
        let kind = envelope.text("messageType").unwrap_or_default();
        if let (Some(id), Some(kind)) = (&payment_id, request_kind(&kind)) {
            self.books.count(id, kind);
        }
        let refused = self.refused_at_the_door(socket, &envelope, payment_id.as_deref());
        if let Some(problem) = refused {
            return self.problem(&terminal_id, payment_id.as_deref(), problem, now_ms);
        }
        let (Some(payment), Some(id)) = (payment, payment_id) else {
            return self.problem(&terminal_id, None, Problem::InputError("paymentId is required"), now_ms);
        };
        match kind.as_str() {
            "PAYMENT_INIT_REQUEST" => self.hear_init(socket, &terminal_id, &envelope, &payment, &id, now_ms),
            "STATUS_UPDATE" => self.hear_cancel(&terminal_id, &payment, &id, now_ms),
            "REFUND" => self.hear_refund(&terminal_id, &payment, &id, now_ms),
            _ => self.problem(&terminal_id, Some(&id), Problem::InputError("messageType is not known"), now_ms),
        }
    }

    fn refused_at_the_door(
        &self,
        socket: SocketId,
        envelope: &Fields,
        payment_id: Option<&str>,
    ) -> Option<Problem<'static>> {
        if !self.sockets.is_logged_on(socket) {
            return Some(Problem::InputError("Terminal is not logged on"));
        }
        if !envelope.text("id").is_some_and(|id| is_uuid(&id)) {
            return Some(Problem::InputError("id must be a UUID"));
        }
        if !payment_id.is_none_or(is_uuid) {
            return Some(Problem::InputError("paymentId must be a UUID"));
        }
        None
    }

    /// How long the server takes for a direct answer.
    fn answer_delay_ms(&mut self) -> i64 {
        let most_ms = self.world.answer_delay_ms_max;
        self.chance.between_ms(ANSWER_DELAY_MS_MIN.min(most_ms), most_ms)
    }
}

fn request_kind(message_type: &str) -> Option<RequestKind> {
    match message_type {
        "PAYMENT_INIT_REQUEST" => Some(RequestKind::Init),
        "STATUS_UPDATE" => Some(RequestKind::Cancel),
        "REFUND" => Some(RequestKind::Refund),
        _ => None,
    }
}

/// 8-4-4-4-12 hexadecimal digits, as the paper's `format: uuid`.
fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

/// One field of an `application/x-www-form-urlencoded` body, decoded.
fn form_field(form: &str, name: &str) -> Option<String> {
    let pairs = form.split('&').filter_map(|pair| pair.split_once('='));
    pairs.into_iter().find(|(key, _)| *key == name).and_then(|(_, value)| form_decoded(value))
}

fn form_decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next()?, rest.next()?];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_decoded() {
        assert_eq!(form_field("a=1&client_secret=p%2Bq%26r+s", "client_secret").as_deref(), Some("p+q&r s"));
        assert_eq!(form_field("a=%E2", "a"), None);
        assert_eq!(form_field("a=%2", "a"), None);
        assert_eq!(form_field("xa=1", "a"), None);
    }
}
