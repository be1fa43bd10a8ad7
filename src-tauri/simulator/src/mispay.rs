//! MIS Pay In-Store: GET /token, POST /purchase, GET /status, `GET /purchase/<id>`, and the refund.
//! Paper: "Endpoints".

pub(crate) mod codes;
mod purchase;
mod refund;
mod seal;

use crate::json::Object;
use crate::request::header;
use crate::simulator::Simulator;
use crate::tokens::Known;
use crate::world::{TROUBLE_ONE_IN, TokenRefusal};
use checkstand_core::message::{Method, Reply, Request};

/// The codes of the paper's table "Errors".
#[derive(Clone, Copy, Debug)]
pub(crate) enum Refusal {
    NoAppId,
    NoAppSecret,
    NoApplication,
    SessionInvalid,
    NotFound,
    TokenInvalid,
    SessionExpired,
}

impl Refusal {
    fn code(self) -> &'static str {
        match self {
            Self::NoAppId => "ME01",
            Self::NoAppSecret => "ME02",
            Self::NoApplication => "ME03",
            Self::SessionInvalid => "ME04",
            Self::NotFound => "ME05",
            Self::TokenInvalid => "ME10",
            Self::SessionExpired => "ME11",
        }
    }
}

/// Why a caller was not let in.
pub(crate) enum Barred {
    /// The application is not known.
    Application(Reply),
    /// The token is not accepted.
    Token(Reply),
}

impl Barred {
    fn reply(self) -> Reply {
        match self {
            Self::Application(reply) | Self::Token(reply) => reply,
        }
    }
}

impl Simulator {
    pub(crate) fn mispay_answer(&mut self, request: &Request, path: &str, now_ms: i64) -> Reply {
        if self.world.turned_away_5xx && self.chance.one_in(TROUBLE_ONE_IN) {
            return self.trouble(now_ms);
        }
        let (before, last) = path.rsplit_once('/').unwrap_or(("", path));
        match (request.method, last) {
            (Method::Get, "token") => self.mispay_token(request, now_ms),
            (Method::Post, "purchase") => self.purchase(request, now_ms),
            (Method::Get, "status") => self.status(request, now_ms),
            // Assumed: the verb of the refund is not sure, so both are taken.
            (Method::Get | Method::Post, "refund") => self.refund(request, now_ms),
            (Method::Get, purchase_id) if before.ends_with("/purchase") => self.details(request, purchase_id, now_ms),
            (Method::Get | Method::Post, _) => self.plain(404, "Not Found", now_ms),
        }
    }

    /// `{"status":"success","result":…}`
    fn success(&self, result: Object, now_ms: i64) -> Reply {
        self.respond(200, Object::new().text("status", "success").object("result", result).close(), now_ms)
    }

    /// `{"status":"error :: 400","result":"ExceptionType.ME01"}`, or as the world has it.
    pub(crate) fn refuse(&self, refusal: Refusal, now_ms: i64) -> Reply {
        self.respond(self.world.refusal_http_status, self.refusal_text(refusal, 400), now_ms)
    }

    fn refusal_text(&self, refusal: Refusal, status: u16) -> String {
        let colons = if self.world.refusal_two_colons { "::" } else { ":" };
        let prefix = if self.world.refusal_prefix { "ExceptionType." } else { "" };
        let result = format!("{prefix}{}", refusal.code());
        Object::new().text("status", &format!("error {colons} {status}")).text("result", &result).close()
    }

    /// What a gateway says that is busy or broken, sometimes in the words of a refusal: none of it
    /// says anything about the money.
    fn trouble(&mut self, now_ms: i64) -> Reply {
        let status = self.chance.pick(&[429, 500, 502, 503, 504]);
        let body = match self.chance.below(4) {
            0 => String::new(),
            1 => format!("<html><body><h1>{status}</h1></body></html>"),
            2 => self.refusal_text(Refusal::NotFound, status),
            _ => format!("{{\"statusCode\":{status},\"message\":\"Service Unavailable\"}}"),
        };
        self.respond(status, body, now_ms)
    }

    /// After a money request was carried out: in some worlds its answer is trouble all the same.
    fn perhaps_trouble(&mut self, reply: Reply, now_ms: i64) -> Reply {
        if self.world.executed_5xx && self.chance.one_in(TROUBLE_ONE_IN) { self.trouble(now_ms) } else { reply }
    }

    fn refuse_token(&self, how: TokenRefusal, now_ms: i64) -> Reply {
        match how {
            TokenRefusal::Me10 => self.refuse(Refusal::TokenInvalid, now_ms),
            TokenRefusal::Me11 => self.refuse(Refusal::SessionExpired, now_ms),
            TokenRefusal::Bare401 => self.plain(401, "Unauthorized", now_ms),
        }
    }

    fn check_app_id(&self, request: &Request, now_ms: i64) -> Result<(), Barred> {
        match header(request, "x-app-id") {
            None => Err(Barred::Application(self.refuse(Refusal::NoAppId, now_ms))),
            Some(app_id) if app_id == self.accounts.app_id => Ok(()),
            Some(_) => Err(Barred::Application(self.refuse(Refusal::NoApplication, now_ms))),
        }
    }

    /// The application and its token, for everything but /token.
    fn let_in(&self, request: &Request, now_ms: i64) -> Result<(), Barred> {
        self.check_app_id(request, now_ms)?;
        let token = header(request, "authorization").and_then(|value| value.strip_prefix("Bearer "));
        match token.map_or(Known::Never, |token| self.tokens.known(token, now_ms)) {
            Known::Alive => Ok(()),
            Known::Never => Err(Barred::Token(self.refuse_token(self.world.invalid_token, now_ms))),
            Known::Expired => Err(Barred::Token(self.refuse_token(self.world.expired_token, now_ms))),
        }
    }

    /// Paper: "Get Access Token".
    fn mispay_token(&mut self, request: &Request, now_ms: i64) -> Reply {
        if let Err(barred) = self.check_app_id(request, now_ms) {
            return barred.reply();
        }
        match header(request, "x-app-secret") {
            None => return self.refuse(Refusal::NoAppSecret, now_ms),
            Some(secret) if secret == self.accounts.app_secret.expose() => {}
            Some(_) => return self.refuse(Refusal::NoApplication, now_ms),
        }
        let life_ms = self.accounts.token_life_ms;
        let jwt = seal::jwt(&self.accounts.app_id, self.server_ms(now_ms), life_ms, &mut self.chance);
        let mut plain = Object::new().text("token", &jwt);
        if self.world.token_expiration {
            plain = plain.text("expiration", &iso(self.server_ms(now_ms).saturating_add(life_ms)));
        }
        let secret = self.accounts.app_secret.expose().as_bytes();
        let sealed = seal::seal(&plain.close(), secret, self.accounts.token_rounds, &mut self.chance);
        self.tokens.issue(jwt, now_ms.saturating_add(life_ms));
        self.success(Object::new().text("token", &sealed), now_ms)
    }
}

/// `2023-11-28T10:42:02.384Z`
pub(crate) fn iso(at_ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(at_ms).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
