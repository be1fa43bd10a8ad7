//! The HTTP server: routes by axum, connections by hyper, because only below axum can one be closed without an answer.

use crate::faults::Faults;
use crate::{customers, doors, faults};
use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response, StatusCode, header};
use axum::routing::{any, get, post};
use checkstand_engine::wire::simulated::SharedSimulator;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

/// What every handler works on.
#[derive(Clone, Debug)]
pub(crate) struct FarEnd {
    pub(crate) simulator: SharedSimulator,
    pub(crate) faults: Arc<Faults>,
}

impl FarEnd {
    pub(crate) fn new(simulator: SharedSimulator) -> FarEnd {
        FarEnd { simulator, faults: Arc::default() }
    }
}

/// Marks a response in place of which the connection is closed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HangUp;

/// What hyper is told in place of an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is closed without an answer")]
struct NoAnswer;

/// Serves until accepting fails.
pub(crate) async fn serve(listener: TcpListener, far_end: FarEnd) -> std::io::Result<()> {
    let routes = Router::new()
        .route("/mispay/v1/in-store/{*path}", any(doors::request))
        .route("/multipay/authorization/oauth/token", any(doors::request))
        .route("/multipay/ws", get(doors::socket))
        .route("/customer/{id}/{deed}", post(customers::deed))
        .route("/phones", get(customers::phones))
        .route("/books", get(customers::books))
        .route("/scan", post(customers::scan))
        .route("/code", post(customers::code))
        .route("/fault/{name}", post(faults::plant))
        .fallback(any(doors::elsewhere))
        .with_state(far_end);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(connection(stream, routes.clone()));
    }
}

async fn connection(stream: TcpStream, routes: Router) {
    // Without it small messages wait for an acknowledgement; where it cannot be set they do.
    let _set = stream.set_nodelay(true);
    let answer = service_fn(move |request: Request<Incoming>| {
        let mut routes = routes.clone();
        async move {
            match routes.call(request).await {
                Ok(response) if response.extensions().get::<HangUp>().is_some() => Err(NoAnswer),
                Ok(response) => Ok(response),
                Err(never) => match never {},
            }
        }
    });
    let mut server = http1::Builder::new();
    // The Date header is the far end's own, or there is none: its world decides.
    server.auto_date_header(false);
    // An error here is a client that left, or `NoAnswer`: either way the connection is gone.
    let _ended = server.serve_connection(TokioIo::new(stream), answer).with_upgrades().await;
}

/// In place of an answer, the end of the connection.
pub(crate) fn hang_up() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(HangUp);
    response
}

/// An answer in JSON.
pub(crate) fn json(status: StatusCode, value: &serde_json::Value) -> Response<Body> {
    answer(status, &value.to_string())
}

/// An answer that calls itself JSON.
pub(crate) fn answer(status: StatusCode, body: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    response
}
