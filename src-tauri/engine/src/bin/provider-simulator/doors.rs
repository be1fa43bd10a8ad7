//! The two providers' doors: HTTP requests and MultiPay's socket, handed to the simulator as it hears them in process.

use crate::faults::{Fault, Kind};
use crate::server::{FarEnd, answer, hang_up, json};
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use checkstand_core::message::{self, BODY_BYTES_MAX, Reply, Request};
use checkstand_core::secret::Secret;
use checkstand_engine::wire::simulated::SimulatedSocket;
use serde_json::json;
use tokio::sync::watch;
use tokio::time::sleep;

/// The headers that the simulator reads; a [`Request`] takes only names that are known beforehand.
const HEADERS: [&str; 4] = ["authorization", "content-type", "x-app-id", "x-app-secret"];
/// Longer than any answer that the till may read.
const BIG_BODY_BYTES: usize = 10 * 1024 * 1024;

/// Any request to a provider.
pub(crate) async fn request(
    State(far_end): State<FarEnd>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response<Body> {
    let fault = far_end.faults.meet(kind(uri.path()));
    let Some(mut request) = heard(&method, &uri, &headers, &body) else {
        return json(StatusCode::METHOD_NOT_ALLOWED, &json!({ "message": "Method Not Allowed" }));
    };
    match &fault {
        Some(Fault::CloseBefore) => return hang_up(),
        Some(Fault::Redirect(to)) => return redirect(to),
        Some(Fault::RefuseToken) => {
            request.headers.retain(|(name, _)| *name != "authorization");
            request.headers.push(("authorization", Secret::text("Bearer refused")));
        }
        Some(Fault::CloseAfter | Fault::Hold(_) | Fault::Garbage | Fault::BigBody | Fault::Answer(..)) | None => {}
    }
    let reply = far_end.simulator.answer(&request);
    match fault {
        Some(Fault::CloseAfter) => hang_up(),
        Some(Fault::Garbage) => answer(StatusCode::OK, "\u{fffd}<html>no JSON at all"),
        Some(Fault::BigBody) => answer(StatusCode::OK, &"x".repeat(BIG_BODY_BYTES)),
        Some(Fault::Answer(status, body)) => answer(status, &body),
        Some(Fault::Hold(time)) => {
            sleep(time).await;
            said(reply)
        }
        Some(Fault::CloseBefore | Fault::Redirect(_) | Fault::RefuseToken) | None => said(reply),
    }
}

/// A request that no paper knows, such as one that followed a redirect.
pub(crate) async fn elsewhere(State(far_end): State<FarEnd>) -> Response<Body> {
    far_end.faults.meet(Kind::Elsewhere);
    json(StatusCode::NOT_FOUND, &json!({ "message": "Not Found" }))
}

/// MultiPay's socket.
pub(crate) async fn socket(
    State(far_end): State<FarEnd>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response<Body> {
    match far_end.faults.meet(Kind::Socket) {
        Some(Fault::Answer(status, body)) => return answer(status, &body),
        Some(Fault::Hold(time)) => sleep(time).await,
        Some(Fault::CloseBefore) => return hang_up(),
        Some(Fault::CloseAfter | Fault::Garbage | Fault::BigBody | Fault::Redirect(_) | Fault::RefuseToken) | None => {}
    }
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    match far_end.simulator.connect(value("authorization"), value("x-terminal-id")) {
        Ok(simulated) => {
            let cuts = far_end.faults.cuts();
            upgrade.max_message_size(BODY_BYTES_MAX).on_upgrade(move |socket| serve(socket, simulated, cuts))
        }
        Err(status) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
            json(status, &json!({ "message": "the handshake is refused" }))
        }
    }
}

/// Ends when either side has closed, or the line is cut.
async fn serve(mut socket: WebSocket, mut simulated: SimulatedSocket, mut cuts: watch::Receiver<u64>) {
    loop {
        let broken = tokio::select! {
            text = simulated.next() => match text {
                Some(text) => socket.send(Message::text(text)).await.is_err(),
                None => {
                    let _said = socket.send(Message::Close(None)).await;
                    true
                }
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    simulated.say(text.as_str());
                    false
                }
                // Pings are answered below us.
                Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_))) => false,
                Some(Ok(Message::Close(_)) | Err(_)) | None => true,
            },
            _ = cuts.changed() => true,
        };
        if broken {
            return;
        }
    }
}

fn kind(path: &str) -> Kind {
    let mut backwards = path.rsplit('/');
    match (backwards.next(), backwards.next()) {
        _ if path.starts_with("/multipay/") => Kind::MultipayToken,
        (Some("token"), _) => Kind::Token,
        (Some("purchase"), _) => Kind::Purchase,
        (Some("status"), _) => Kind::Status,
        (Some("refund"), _) => Kind::Refund,
        (Some(_), Some("purchase")) => Kind::Details,
        _ => Kind::Elsewhere,
    }
}

/// The request as the simulator takes it; `None` for a verb that neither paper uses.
fn heard(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes) -> Option<Request> {
    let method = match *method {
        Method::GET => message::Method::Get,
        Method::POST => message::Method::Post,
        _ => return None,
    };
    let known = |name: &&'static str| {
        let value = headers.get(*name)?.to_str().ok()?;
        Some((*name, Secret::text(value)))
    };
    let body = (!body.is_empty()).then(|| Secret::new(String::from_utf8_lossy(body).into_owned()));
    let headers = HEADERS.iter().filter_map(known).collect();
    Some(Request { method, url: uri.to_string(), headers, body, timeout_ms: 0, moves_money: false })
}

fn said(reply: Reply) -> Response<Body> {
    match reply {
        Reply::Answer { status, date_ms, body } => {
            let mut response = answer(StatusCode::from_u16(status).unwrap_or(StatusCode::OK), "");
            *response.body_mut() = Body::from(body);
            if let Some(date) = date_ms.and_then(http_date) {
                // Takes the place of the one that hyper would write: the far end's clock may be wrong.
                response.headers_mut().insert(header::DATE, date);
            }
            response
        }
        Reply::NotSent | Reply::Lost => hang_up(),
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`
fn http_date(at_ms: i64) -> Option<HeaderValue> {
    let at = jiff::Timestamp::from_millisecond(at_ms).ok()?;
    HeaderValue::from_str(&at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()).ok()
}

fn redirect(to: &str) -> Response<Body> {
    let mut response = answer(StatusCode::TEMPORARY_REDIRECT, "");
    if let Ok(to) = HeaderValue::from_str(to) {
        response.headers_mut().insert(header::LOCATION, to);
    }
    response
}
