//! The wire against real sockets on loopback, made by hand: what leaves is read byte by byte, and connections are counted.

mod far_end;
mod http;
mod reading;
mod simulated;
mod sockets;
mod tls;

use super::{Far, LiveSettings, Wire};
use checkstand_core::message::{Act, CallId, Method, Reply, Request, Signal, SocketNews};
use checkstand_core::payment::ProviderName;
use checkstand_core::secret::Secret;
use std::time::Duration;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

/// Longer than anything here takes: a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// A wire, and what it says.
struct Till {
    wire: Wire,
    heard: UnboundedReceiver<(ProviderName, Signal)>,
}

impl Till {
    fn live() -> Till {
        Till::at(Far::Live(LiveSettings::default()))
    }

    fn at(far: Far) -> Till {
        let (tx, heard) = unbounded_channel();
        Till { wire: Wire::start(far, tx).expect("the system has root certificates"), heard }
    }

    async fn signal(&mut self) -> Signal {
        let signal = timeout(PATIENCE, self.heard.recv()).await.expect("a signal in time");
        signal.expect("the wire lives").1
    }

    async fn call(&mut self, request: Request) -> Reply {
        let call = CallId { provider: ProviderName::Mispay, number: 7 };
        self.wire.act(Act::Call { call, request });
        match self.signal().await {
            Signal::Answered { call: answered, reply } if answered == call => reply,
            other => panic!("not an answer: {other:?}"),
        }
    }

    fn connect(&self, generation: u64, url: &str) {
        let headers = vec![("authorization", Secret::text("Bearer dummy")), ("x-terminal-id", Secret::text("t-1"))];
        self.wire.act(Act::Connect { generation, url: url.to_owned(), headers });
    }

    async fn news(&mut self) -> (u64, SocketNews) {
        match self.signal().await {
            Signal::Socket { generation, news } => (generation, news),
            other => panic!("not from a socket: {other:?}"),
        }
    }

    /// Nothing more is said for a while.
    async fn falls_silent(&mut self) {
        let more = timeout(Duration::from_millis(300), self.heard.recv()).await;
        assert!(more.is_err(), "unexpected: {more:?}");
    }
}

fn get(url: &str) -> Request {
    Request {
        method: Method::Get,
        url: url.to_owned(),
        headers: vec![("x-app-id", Secret::text("app-1"))],
        body: None,
        timeout_ms: 10_000,
        moves_money: false,
    }
}

/// A money request.
fn purchase(url: &str) -> Request {
    Request {
        method: Method::Post,
        url: url.to_owned(),
        headers: vec![
            ("authorization", Secret::text("Bearer dummy")),
            ("content-type", Secret::text("application/json")),
        ],
        body: Some(Secret::text(r#"{"amount":201.05,"orderId":"o-1","paymentCode":123456}"#)),
        timeout_ms: 10_000,
        moves_money: true,
    }
}
