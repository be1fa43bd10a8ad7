//! What leaves: the requests, and the token that they need.

use super::messages::{self, Heard};
use super::times::{
    BACK_OFF_FIRST_MS, MINUTE_MS, MONEY_TIMEOUT_MS, POLL_SLOW_MAX_MS, READ_TIMEOUT_MS, TOKEN_TIMEOUT_MS,
};
use super::{Account, Alarm, Call, Errand, MisPay, token};
use crate::agenda::back_off_ms;
use crate::message::{Act, CallId, Method, Now, Reply, Request};
use crate::payment::{Ending, Event, Payment, PaymentId, ProviderName, State};
use crate::provider::Out;
use crate::provider::patience::STILL_CONTACTING_MS;
use crate::secret::Secret;

impl Account {
    /// `GET /token`. Its answer reads as [`Heard`], and holds a [`token::Sealed`].
    pub fn token_request(&self) -> Request {
        let mut request = self.request(Method::Get, "/token", None, TOKEN_TIMEOUT_MS);
        request.headers.push(("x-app-secret", self.app_secret.clone()));
        request
    }

    fn request(&self, method: Method, path: &str, body: Option<Secret<String>>, timeout_ms: u64) -> Request {
        // Room for what follows here and in `ask`.
        let mut headers = Vec::with_capacity(4);
        headers.push(("x-app-id", self.app_id.clone()));
        headers.push(("cache-control", Secret::text("no-store")));
        if body.is_some() {
            headers.push(("content-type", Secret::text("application/json")));
        }
        Request { method, url: format!("{}{path}", self.base_url), headers, body, timeout_ms, moves_money: false }
    }
}

impl MisPay {
    pub(super) fn send(&mut self, id: PaymentId, errand: Errand, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        let request = match &errand {
            Errand::Purchase(_) => {
                let Some(code) = self.watches.get(&id).and_then(|watch| watch.code.clone()) else { return };
                self.money(
                    Method::Post,
                    "/purchase",
                    messages::purchase_body(payment.opening.money, &payment.wire_id(), &code),
                )
            }
            Errand::Refund(_) => {
                let Some(request) = self.refund_request(payment, out) else { return };
                request
            }
            Errand::Status(_) => self
                .read(&format!("/status?trackId={}", path_segment(payment.facts.track.as_deref().unwrap_or_default()))),
            Errand::Details(_, purchase) => self.read(&format!("/purchase/{}", path_segment(purchase))),
            Errand::Baseline(_) | Errand::RefundProof(_) => {
                let Some(sale) = payment.refund_of().and_then(|sale| out.payment(sale)) else { return };
                self.read(&format!("/purchase/{}", path_segment(sale.receipt_id().unwrap_or_default())))
            }
            Errand::Token | Errand::CheckNumber(..) => return,
        };
        if request.moves_money {
            let event = if payment.state == State::Opened {
                Event::Sent { wire_id: None, baseline_minor: payment.facts.baseline_minor }
            } else {
                Event::SentAgain
            };
            out.report(id, event);
            self.agenda.set(Alarm::Payment(id), now.boot_ms + STILL_CONTACTING_MS);
        }
        self.ask(errand, request, now, out);
        let call = self.last_call;
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.busy = Some(call);
            watch.wants_token = false;
            watch.repeat = false;
            if out.payment(id).is_some_and(|payment| payment.state == State::Sent) {
                watch.since_ms = now.boot_ms;
            }
        }
    }

    pub(super) fn ask(&mut self, errand: Errand, mut request: Request, now: Now, out: &mut Out<'_>) {
        let Some(token) = self.token.usable(now.boot_ms) else { return };
        request.headers.push(("authorization", Secret::new(format!("Bearer {}", token.jwt.expose()))));
        self.last_call += 1;
        self.calls.insert(self.last_call, Call { errand, token_ms: token.got_ms });
        out.act.push(Act::Call { call: CallId { provider: ProviderName::Mispay, number: self.last_call }, request });
    }

    pub(super) fn refund_request(&self, refund: &Payment, out: &Out<'_>) -> Option<Request> {
        let sale = out.payment(refund.refund_of()?)?;
        let body = messages::refund_body(refund.opening.money, &sale.wire_id(), sale.receipt_id()?);
        Some(self.money(self.account.refund_method, "/refund", body))
    }

    pub(super) fn read(&self, path: &str) -> Request {
        self.account.request(Method::Get, path, None, READ_TIMEOUT_MS)
    }

    pub(super) fn money(&self, method: Method, path: &str, body: Secret<String>) -> Request {
        Request { moves_money: true, ..self.account.request(method, path, Some(body), MONEY_TIMEOUT_MS) }
    }

    // ---- the token ----

    pub(super) fn want_token(&mut self, out: &mut Out<'_>) {
        // After a failure the agenda says when to try again.
        if self.token.asking.is_some() || (self.token.errors > 0 && self.agenda.holds(Alarm::Token)) {
            return;
        }
        self.last_call += 1;
        let request = self.account.token_request();
        self.token.asking = Some(token::Asking { call: self.last_call, sealed: None });
        self.calls.insert(self.last_call, Call { errand: Errand::Token, token_ms: 0 });
        self.agenda.clear(Alarm::Token);
        out.act.push(Act::Call { call: CallId { provider: ProviderName::Mispay, number: self.last_call }, request });
    }

    pub(super) fn on_token_answer(&mut self, number: u64, reply: &Reply, now: Now, out: &mut Out<'_>) {
        if self.token.asking.as_ref().is_none_or(|asking| asking.call != number) {
            return;
        }
        let date_ms = match reply {
            Reply::Answer { date_ms, .. } => *date_ms,
            Reply::NotSent | Reply::Lost => None,
        };
        match Heard::read(reply) {
            Heard::Success(envelope) => match envelope.token().as_deref().and_then(token::Sealed::read) {
                Some(sealed) => {
                    let (secret, salt) = (self.account.app_secret.clone(), sealed.salt.clone());
                    self.token.asking = Some(token::Asking { call: number, sealed: Some((sealed, date_ms)) });
                    let call = CallId { provider: ProviderName::Mispay, number };
                    out.act.push(Act::Derive { call, secret, salt, rounds: self.account.rounds });
                }
                None => self.token_failed(true, now, out),
            },
            Heard::Refused(1..=3) => self.token_failed(true, now, out),
            Heard::Refused(_) | Heard::BareUnauthorised | Heard::Unclear | Heard::NotSent | Heard::Lost => {
                self.token_failed(false, now, out)
            }
        }
    }

    pub(super) fn on_key(&mut self, number: u64, key: &Secret<Vec<u8>>, now: Now, out: &mut Out<'_>) {
        let Some(token::Asking { call, sealed: Some((sealed, date_ms)) }) = self.token.asking.clone() else { return };
        if call != number {
            return;
        }
        let Some(jwt) = sealed.open(key) else { return self.token_failed(true, now, out) };
        let ends_ms = now.boot_ms + token::life_ms(&jwt, date_ms);
        self.token.ready = Some(token::Ready { jwt, got_ms: now.boot_ms, ends_ms });
        self.token.asking = None;
        self.token.errors = 0;
        out.lower(ProviderName::Mispay, "configuration_refused");
        out.repaint = true;
        self.agenda.set(Alarm::Token, self.token.renew_at_ms().expect("just set"));
        let waiting: Vec<PaymentId> =
            self.watches.iter().filter(|(_, watch)| watch.wants_token).map(|(id, _)| *id).collect();
        for id in waiting {
            self.go_on(id, now, out);
        }
        self.ask_numbers(now, out);
    }

    pub(super) fn token_failed(&mut self, refused: bool, now: Now, out: &mut Out<'_>) {
        self.token.asking = None;
        self.token.errors += 1;
        out.repaint = true;
        let mut anyone_waits = false;
        if refused {
            out.raise(ProviderName::Mispay, "configuration_refused");
        }
        let waiting: Vec<PaymentId> =
            self.watches.iter().filter(|(_, watch)| watch.wants_token).map(|(id, _)| *id).collect();
        for id in waiting {
            let opened = out.payment(id).is_some_and(|payment| payment.state == State::Opened);
            if refused && opened {
                self.end(id, Ending::Configuration, out);
            } else {
                anyone_waits = true;
            }
        }
        self.ask_numbers(now, out);
        let slowest_ms = if anyone_waits { POLL_SLOW_MAX_MS } else { MINUTE_MS };
        self.agenda
            .set(Alarm::Token, now.boot_ms + back_off_ms(self.token.errors, BACK_OFF_FIRST_MS, slowest_ms, now.dice));
    }

    pub(super) fn end(&mut self, id: PaymentId, ending: Ending, out: &mut Out<'_>) {
        out.report(id, Event::Refused { ending });
        self.watches.remove(&id);
        self.agenda.clear(Alarm::Payment(id));
    }
}

/// A provider's reference in a path or query: what is not a plain letter or digit is percent-encoded.
pub(super) fn path_segment(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut path, b| {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~') {
            path.push(char::from(b));
        } else {
            path.push_str(&format!("%{b:02X}"));
        }
        path
    })
}
