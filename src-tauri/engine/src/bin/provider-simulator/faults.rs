//! Faults that a test plants. Each strikes once: the next request of its kind takes it.

use crate::server::{FarEnd, json};
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

/// How many faults may wait for their request.
const PLANTED_MAX: usize = 1_000;

/// What the next request of a kind meets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It is carried out, and the connection is closed without an answer.
    CloseAfter,
    /// The connection is closed, and nothing was carried out.
    CloseBefore,
    /// It is carried out at once, and answered after so long.
    Hold(Duration),
    /// It is carried out, and answered with what is no JSON.
    Garbage,
    /// It is carried out, and answered with 10 MB.
    BigBody,
    /// It is not carried out, but sent elsewhere (307).
    Redirect(String),
    /// It is carried out, and answered otherwise.
    Answer(StatusCode, String),
    /// It is not carried out, but refused as if its token were not good.
    RefuseToken,
}

/// The kinds of requests: what `on` may say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// MIS Pay GET /token.
    Token,
    /// MIS Pay POST /purchase.
    Purchase,
    /// MIS Pay GET /status.
    Status,
    /// MIS Pay GET /purchase/<id>.
    Details,
    /// MIS Pay /refund.
    Refund,
    /// MultiPay's token.
    MultipayToken,
    /// MultiPay's handshake. Knows `close-before`, `hold` and `answer`.
    Socket,
    /// Anything else: nobody should ever come here.
    Elsewhere,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Token => "token",
            Kind::Purchase => "purchase",
            Kind::Status => "status",
            Kind::Details => "details",
            Kind::Refund => "refund",
            Kind::MultipayToken => "multipay-token",
            Kind::Socket => "socket",
            Kind::Elsewhere => "elsewhere",
        }
    }
}

/// What is planted, and what has come in.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    state: Mutex<Planted>,
    /// Counts up; each open socket is cut when it does.
    cuts: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct Planted {
    /// In the order in which they were planted. Without a kind it strikes any request to a provider.
    waiting: Vec<(Option<Kind>, Fault)>,
    /// Requests by kind, as they were read from a connection.
    requests: BTreeMap<Kind, u64>,
}

impl Faults {
    /// Counts a request and takes the fault that it meets.
    pub(crate) fn meet(&self, kind: Kind) -> Option<Fault> {
        let mut state = self.lock();
        *state.requests.entry(kind).or_default() += 1;
        let on_this = |on: &Option<Kind>| on.map_or(kind != Kind::Socket && kind != Kind::Elsewhere, |on| on == kind);
        let place = state.waiting.iter().position(|(on, _)| on_this(on))?;
        Some(state.waiting.remove(place).1)
    }

    /// Tells when the sockets are to be cut.
    pub(crate) fn cuts(&self) -> watch::Receiver<u64> {
        self.cuts.subscribe()
    }

    /// Requests by kind, and how many faults have not struck yet.
    pub(crate) fn counted(&self) -> (BTreeMap<&'static str, u64>, usize) {
        let state = self.lock();
        (state.requests.iter().map(|(kind, count)| (kind.name(), *count)).collect(), state.waiting.len())
    }

    fn lock(&self) -> MutexGuard<'_, Planted> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The body of POST /fault/{name}; all of it is optional.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Details {
    on: Option<Kind>,
    ms: Option<u64>,
    status: Option<u16>,
    body: Option<String>,
    to: Option<String>,
}

/// POST /fault/{name}: `close-after`, `close-before`, `hold` (ms), `garbage`, `big-body`, `redirect` (to), `answer`
/// (status, body), `refuse-token`, each with `on`; and at once `drop-sockets`, `expire-tokens`.
pub(crate) async fn plant(State(far_end): State<FarEnd>, Path(name): Path<String>, body: Bytes) -> Response<Body> {
    let details = if body.is_empty() { Ok(Details::default()) } else { serde_json::from_slice(&body) };
    let refuse = |why: &str| json(StatusCode::BAD_REQUEST, &json!({ "error": why }));
    let details: Details = match details {
        Ok(details) => details,
        Err(error) => return refuse(&error.to_string()),
    };
    let status = match StatusCode::from_u16(details.status.unwrap_or(503)) {
        Ok(status) if !status.is_informational() => status,
        Ok(_) | Err(_) => return refuse("status is none"),
    };
    let fault = match name.as_str() {
        "drop-sockets" => {
            far_end.faults.cuts.send_modify(|count| *count += 1);
            return json(StatusCode::OK, &json!({ "done": true }));
        }
        "expire-tokens" => {
            far_end.simulator.with(|simulator, _| simulator.revoke_tokens());
            return json(StatusCode::OK, &json!({ "done": true }));
        }
        "close-after" => Fault::CloseAfter,
        "close-before" => Fault::CloseBefore,
        "hold" => Fault::Hold(Duration::from_millis(details.ms.unwrap_or(1_000))),
        "garbage" => Fault::Garbage,
        "big-body" => Fault::BigBody,
        "redirect" => Fault::Redirect(details.to.unwrap_or_else(|| "/elsewhere".to_owned())),
        "answer" => Fault::Answer(status, details.body.unwrap_or_default()),
        "refuse-token" => Fault::RefuseToken,
        _ => return refuse("no such fault"),
    };
    let on_socket = matches!(fault, Fault::CloseBefore | Fault::Hold(_) | Fault::Answer(..));
    if details.on == Some(Kind::Elsewhere) || (details.on == Some(Kind::Socket) && !on_socket) {
        return refuse("this fault cannot strike there");
    }
    let mut state = far_end.faults.lock();
    if state.waiting.len() >= PLANTED_MAX {
        return refuse("too many faults are waiting");
    }
    state.waiting.push((details.on, fault));
    json(StatusCode::OK, &json!({ "planted": state.waiting.len() }))
}
