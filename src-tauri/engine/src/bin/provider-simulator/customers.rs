//! The other side of the counter: what customers see and do, and what the books say. None of it is any provider's.

use crate::server::{FarEnd, json};
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use checkstand_simulator::books::{Capture, RequestKind};
use checkstand_simulator::phone::{Phone, Provider, Shows};
use serde_json::{Value, json};

/// POST /customer/{id}/{deed}: `approve`, `cancel`, `walk-away`, and `approve-late`, `fail`, `reverse`. 409 where there is
/// nothing to do it to.
pub(crate) async fn deed(State(far_end): State<FarEnd>, Path((id, deed)): Path<(String, String)>) -> Response<Body> {
    let simulator = &far_end.simulator;
    let done = match deed.as_str() {
        "approve" => simulator.approve(&id),
        "cancel" => simulator.cancel(&id),
        "walk-away" => simulator.walk_away(&id),
        "approve-late" => simulator.with(|simulator, now_ms| simulator.approve_late(&id, now_ms)),
        "fail" => simulator.with(|simulator, now_ms| simulator.fail(&id, now_ms)),
        "reverse" => simulator.with(|simulator, now_ms| simulator.reverse(&id, now_ms)),
        _ => return json(StatusCode::NOT_FOUND, &json!({ "error": "customers do not do that" })),
    };
    json(if done { StatusCode::OK } else { StatusCode::CONFLICT }, &json!({ "done": done }))
}

/// GET /phones
pub(crate) async fn phones(State(far_end): State<FarEnd>) -> Response<Body> {
    let phones: Vec<Value> = far_end.simulator.phones().iter().map(phone).collect();
    json(StatusCode::OK, &Value::from(phones))
}

/// GET /books: every capture, every money request by id, and every request by kind.
pub(crate) async fn books(State(far_end): State<FarEnd>) -> Response<Body> {
    let (captures, received) = far_end.simulator.with(|simulator, _| {
        let captures: Vec<Value> = simulator.books().captures().map(capture).collect();
        let received = simulator.books().received_all().map(|(id, kind, received)| {
            json!({
                "id": id,
                "kind": kind_name(kind),
                "total": received.total,
                "token_refused": received.token_refused,
                "executed": received.executed,
            })
        });
        (captures, received.collect::<Vec<_>>())
    });
    let (requests, faults_waiting) = far_end.faults.counted();
    let books = json!({
        "captures": captures, "received": received, "requests": requests, "faults_waiting": faults_waiting,
    });
    json(StatusCode::OK, &books)
}

/// POST /scan: a customer scans the till's own code (GET-flow). 409 while no terminal is logged on.
pub(crate) async fn scan(State(far_end): State<FarEnd>) -> Response<Body> {
    match far_end.simulator.with(|simulator, now_ms| simulator.scan_get_flow(now_ms)) {
        Some(payment_id) => json(StatusCode::OK, &json!({ "payment_id": payment_id })),
        None => json(StatusCode::CONFLICT, &json!({ "error": "no terminal is logged on" })),
    }
}

/// POST /code: a MIS Pay payment code, as the customer's app shows it.
pub(crate) async fn code(State(far_end): State<FarEnd>) -> Response<Body> {
    let code = far_end.simulator.with(|simulator, now_ms| simulator.issue_code(now_ms));
    json(StatusCode::OK, &json!({ "code": code }))
}

fn phone(phone: &Phone) -> Value {
    json!({
        "id": phone.id,
        "provider": provider_name(phone.provider),
        "amount_minor": phone.amount_minor,
        "refunded_minor": phone.refunded_minor,
        "currency": phone.currency,
        "shows": shows_name(phone.shows),
        "reference": phone.reference,
        "changed_at_ms": phone.changed_at_ms,
    })
}

fn capture(capture: &Capture) -> Value {
    let refunds: Vec<Value> = capture
        .refunds
        .iter()
        .map(|refund| {
            json!({
                "id": refund.id,
                "reference": refund.reference,
                "amount_minor": refund.amount_minor,
                "refunded_at_ms": refund.refunded_at_ms,
            })
        })
        .collect();
    json!({
        "provider": provider_name(capture.provider),
        "id": capture.id,
        "amount_minor": capture.amount_minor,
        "net_minor": capture.net_minor(),
        "currency": capture.currency,
        "reference": capture.reference,
        "captured_at_ms": capture.captured_at_ms,
        "refunds": refunds,
        "reversed_at_ms": capture.reversed_at_ms,
    })
}

fn provider_name(provider: Provider) -> &'static str {
    match provider {
        Provider::MisPay => "mispay",
        Provider::MultiPay => "multipay",
    }
}

fn kind_name(kind: RequestKind) -> &'static str {
    match kind {
        RequestKind::Purchase => "purchase",
        RequestKind::Refund => "refund",
        RequestKind::Init => "init",
        RequestKind::Cancel => "cancel",
    }
}

fn shows_name(shows: Shows) -> &'static str {
    match shows {
        Shows::Scanned => "scanned",
        Shows::Asking => "asking",
        Shows::Paid => "paid",
        Shows::Canceled => "canceled",
        Shows::Failed => "failed",
        Shows::TimedOut => "timed_out",
        Shows::Reversed => "reversed",
    }
}
