//! The whole server, as the till's own wire meets it.

use crate::server::{FarEnd, serve};
use checkstand_core::message::{Act, CallId, Method, Reply, Request, Signal, SocketNews};
use checkstand_core::payment::ProviderName;
use checkstand_core::provider::mispay::token::{Sealed, derive_key};
use checkstand_core::secret::Secret;
use checkstand_engine::wire::simulated::SharedSimulator;
use checkstand_engine::wire::{Far, LiveSettings, Wire};
use checkstand_simulator::accounts::Accounts;
use checkstand_simulator::simulator::Simulator;
use checkstand_simulator::world::World;
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(20);
const PAYMENT: &str = "22222222-2222-4222-8222-222222222222";

/// A server, and a till's wire to it.
struct Store {
    origin: String,
    wire: Wire,
    heard: UnboundedReceiver<(ProviderName, Signal)>,
    bearer: Option<String>,
    /// A payment code works once.
    last_code: u32,
}

impl Store {
    async fn open() -> Store {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let origin = format!("127.0.0.1:{}", listener.local_addr().expect("bound").port());
        let simulator = SharedSimulator::start(Simulator::new(World::default(), 1, Accounts::default()));
        tokio::spawn(serve(listener, FarEnd::new(simulator)));
        let (tx, heard) = unbounded_channel();
        let wire = Wire::start(Far::Live(LiveSettings::default()), tx).expect("root certificates");
        Store { origin, wire, heard, bearer: None, last_code: 100_000 }
    }

    async fn signal(&mut self) -> Signal {
        timeout(PATIENCE, self.heard.recv()).await.expect("in time").expect("the wire lives").1
    }

    async fn send(&mut self, method: Method, path: &str, content: &str, body: Option<String>) -> Reply {
        let mut headers = vec![
            ("x-app-id", Secret::text("app-1")),
            ("x-app-secret", Secret::text("dummy-app-secret")),
            ("content-type", Secret::text(content)),
        ];
        headers.extend(self.bearer.iter().map(|bearer| ("authorization", Secret::text(bearer))));
        let url = format!("http://{}{path}", self.origin);
        let body = body.map(Secret::new);
        let request = Request { method, url, headers, body, timeout_ms: 10_000, moves_money: true };
        let call = CallId { provider: ProviderName::Mispay, number: 1 };
        self.wire.act(Act::Call { call, request });
        match self.signal().await {
            Signal::Answered { reply, .. } => reply,
            other => panic!("not an answer: {other:?}"),
        }
    }

    async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::Get, path, "application/json", None).await
    }

    async fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.send(Method::Post, path, "application/json", Some(body.to_string())).await
    }

    async fn mispay_token(&mut self) {
        let answer = read(self.get("/mispay/v1/in-store/token").await);
        let sealed = Sealed::read(answer["result"]["token"].as_str().expect("a token")).expect("base64");
        let key = derive_key(&Secret::text("dummy-app-secret"), &sealed.salt, 1);
        let jwt = sealed.open(&key).expect("the secret fits");
        self.bearer = Some(format!("Bearer {}", jwt.expose()));
    }

    async fn purchase(&mut self, order: &str) -> Reply {
        self.last_code += 1;
        let body = json!({ "amount": 201.05, "orderId": order, "paymentCode": self.last_code });
        self.post("/mispay/v1/in-store/purchase", &body).await
    }

    async fn books(&mut self) -> Value {
        read(self.get("/books").await)
    }

    /// How often the purchase of an order came in, and was carried out.
    async fn purchases(&mut self, order: &str) -> (u64, u64) {
        let books = self.books().await;
        let all = books["received"].as_array().expect("a list");
        let of_order = all.iter().find(|one| one["id"] == order && one["kind"] == "purchase");
        let count = |name: &str| of_order.map_or(0, |one| one[name].as_u64().expect("a number"));
        (count("total"), count("executed"))
    }

    async fn plant(&mut self, name: &str, details: Value) {
        let reply = self.post(&format!("/fault/{name}"), &details).await;
        assert!(matches!(reply, Reply::Answer { status: 200, .. }), "{reply:?}");
    }

    async fn connect(&mut self, generation: u64) {
        let form = "grant_type=client_credentials&client_id=client-1&client_secret=dummy-client-secret&scope=terminal";
        let kind = "application/x-www-form-urlencoded";
        let path = "/multipay/authorization/oauth/token";
        let answer = read(self.send(Method::Post, path, kind, Some(form.to_owned())).await);
        let bearer = format!("Bearer {}", answer["access_token"].as_str().expect("a token"));
        let headers = vec![("authorization", Secret::new(bearer)), ("x-terminal-id", Secret::text("terminal-1"))];
        let url = format!("ws://{}/multipay/ws", self.origin);
        self.wire.act(Act::Connect { generation, url, headers });
    }

    async fn news(&mut self) -> SocketNews {
        match self.signal().await {
            Signal::Socket { news, .. } => news,
            other => panic!("not from the socket: {other:?}"),
        }
    }

    async fn message(&mut self) -> Value {
        match self.news().await {
            SocketNews::Text(text) => serde_json::from_str(&text).expect("JSON"),
            other => panic!("not a message: {other:?}"),
        }
    }
}

fn read(reply: Reply) -> Value {
    match reply {
        Reply::Answer { status: 200, body, .. } => serde_json::from_slice(&body).expect("JSON"),
        other => panic!("not answered: {other:?}"),
    }
}

#[tokio::test]
async fn mispay_sells_and_refunds_by_a_get_with_a_body() {
    let mut store = Store::open().await;
    store.mispay_token().await;
    let sold = read(store.purchase("order-1").await);
    let track = sold["result"]["trackId"].as_str().expect("a reference").to_owned();
    let status = format!("/mispay/v1/in-store/status?trackId={track}");
    let waiting = store.get(&status).await;
    let Reply::Answer { date_ms: Some(_), .. } = waiting else { panic!("a Date header is due: {waiting:?}") };
    assert_eq!(read(waiting)["order"]["status"], "in-progress");

    let phones = read(store.get("/phones").await);
    assert_eq!(
        (&phones[0]["id"], &phones[0]["shows"], &phones[0]["amount_minor"]),
        (&json!("order-1"), &json!("asking"), &json!(20_105))
    );
    assert_eq!(read(store.post("/customer/order-1/approve", &json!({})).await)["done"], true);
    let again = store.post("/customer/order-1/approve", &json!({})).await;
    assert!(matches!(again, Reply::Answer { status: 409, .. }));

    let paid = read(store.get(&status).await);
    assert_eq!(paid["order"]["status"], "success");
    let purchase = paid["order"]["purchaseId"].as_str().expect("a purchase id").to_owned();
    let details = read(store.get(&format!("/mispay/v1/in-store/purchase/{purchase}")).await);
    assert_eq!(details["result"]["orderId"], "order-1");

    let refund = json!({ "amount": 1.05, "purchaseId": purchase, "orderId": "order-1" }).to_string();
    let refunded = store.send(Method::Get, "/mispay/v1/in-store/refund", "application/json", Some(refund)).await;
    assert_eq!(read(refunded)["result"]["status"], "success");
    let books = store.books().await;
    assert_eq!(books["captures"][0]["net_minor"], 20_000);
    assert_eq!(books["requests"]["refund"], 1);
}

#[tokio::test]
async fn a_purchase_that_is_closed_upon_is_lost_and_the_books_know_whether_it_ran() {
    let mut store = Store::open().await;
    store.mispay_token().await;
    store.plant("close-after", json!({ "on": "purchase" })).await;
    assert_eq!(store.purchase("after").await, Reply::Lost);
    assert_eq!(store.purchases("after").await, (1, 1));
    store.plant("close-before", json!({ "on": "purchase" })).await;
    assert_eq!(store.purchase("before").await, Reply::Lost);
    assert_eq!(store.purchases("before").await, (0, 0));
    assert!(matches!(store.purchase("next").await, Reply::Answer { status: 200, .. }), "a fault strikes once");
}

#[tokio::test]
async fn answers_can_be_spoilt_while_the_purchase_runs() {
    let mut store = Store::open().await;
    store.mispay_token().await;
    store.plant("garbage", json!({})).await;
    let Reply::Answer { status: 200, body, .. } = store.purchase("garbage").await else { panic!("answered") };
    assert!(serde_json::from_slice::<Value>(&body).is_err());
    store.plant("big-body", json!({})).await;
    assert_eq!(store.purchase("big").await, Reply::Lost);
    store.plant("answer", json!({ "status": 503, "body": "busy" })).await;
    let busy = Reply::Answer { status: 503, date_ms: None, body: b"busy".to_vec() };
    assert_eq!(store.purchase("busy").await, busy, "and no Date but the far end's own");
    store.plant("hold", json!({ "ms": 400 })).await;
    let began = Instant::now();
    assert!(matches!(store.purchase("held").await, Reply::Answer { status: 200, .. }));
    assert!(began.elapsed() >= Duration::from_millis(400));
    for order in ["garbage", "big", "busy", "held"] {
        assert_eq!(store.purchases(order).await, (1, 1), "{order}");
    }
}

#[tokio::test]
async fn a_redirect_and_a_refused_token_move_nothing() {
    let mut store = Store::open().await;
    store.mispay_token().await;
    store.plant("redirect", json!({ "on": "purchase" })).await;
    assert!(matches!(store.purchase("redirected").await, Reply::Answer { status: 307, .. }));
    assert_eq!(store.purchases("redirected").await, (0, 0));
    assert_eq!(store.books().await["requests"]["elsewhere"], Value::Null, "nobody followed it");
    assert!(matches!(store.get("/elsewhere").await, Reply::Answer { status: 404, .. }));
    assert_eq!(store.books().await["requests"]["elsewhere"], 1, "and it would have been seen");

    store.plant("refuse-token", json!({ "on": "purchase" })).await;
    let Reply::Answer { status: 400, body, .. } = store.purchase("refused").await else { panic!("refused") };
    assert!(String::from_utf8_lossy(&body).contains("ME10"));
    assert_eq!(store.purchases("refused").await, (1, 0));
    store.plant("expire-tokens", json!({})).await;
    assert!(matches!(store.purchase("revoked").await, Reply::Answer { status: 400, .. }));
}

#[tokio::test]
async fn multipay_logs_on_sells_and_loses_its_line() {
    let mut store = Store::open().await;
    store.plant("answer", json!({ "on": "socket", "status": 401 })).await;
    store.connect(1).await;
    assert_eq!(store.news().await, SocketNews::Refused { status: 401 });
    store.connect(2).await;
    assert_eq!(store.news().await, SocketNews::Opened);
    assert_eq!(store.message().await["messageType"], "LOGON_CONFIRMATION");
    store.wire.act(Act::Ping { generation: 2 });
    assert_eq!(store.news().await, SocketNews::Alive);

    let init = json!({
        "id": PAYMENT, "messageType": "PAYMENT_INIT_REQUEST",
        "payment": { "paymentId": PAYMENT, "amount": 20_105, "currencyIso": "NOK",
                     "customerOrderId": PAYMENT, "saleTransactionId": PAYMENT },
    });
    store.wire.act(Act::Send { generation: 2, text: init.to_string() });
    assert_eq!(store.message().await["messageType"], "PAYMENT_INIT_RESPONSE");
    let posted = format!("http://{}/customer/{PAYMENT}/approve", store.origin);
    let approved = reqwest::Client::builder().no_proxy().build().expect("a client").post(posted).send().await;
    assert_eq!(approved.expect("an answer").status(), 200);
    assert_eq!(store.message().await["messageType"], "PAYMENT_RECEIPT");

    let cut = format!("http://{}/fault/drop-sockets", store.origin);
    let cut = reqwest::Client::builder().no_proxy().build().expect("a client").post(cut).send().await;
    assert_eq!(cut.expect("an answer").status(), 200);
    assert_eq!(store.news().await, SocketNews::Closed);
    let scanned = store.post("/scan", &json!({})).await;
    assert!(matches!(scanned, Reply::Answer { status: 409, .. }), "nobody is logged on: {scanned:?}");
}

#[tokio::test]
async fn a_fault_that_makes_no_sense_is_refused() {
    let mut store = Store::open().await;
    for (name, details) in [
        ("no-such", json!({})),
        ("garbage", json!({ "on": "socket" })),
        ("garbage", json!({ "on": "elsewhere" })),
        ("answer", json!({ "status": 99 })),
        ("hold", json!({ "milliseconds": 5 })),
    ] {
        let reply = store.post(&format!("/fault/{name}"), &details).await;
        assert!(matches!(reply, Reply::Answer { status: 400, .. }), "{name}: {reply:?}");
    }
    assert_eq!(store.books().await["faults_waiting"], 0);
}
