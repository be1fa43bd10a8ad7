//! Stories about the far end, told in raw JSON as the papers have it. Nothing here uses the
//! simulator's own reading or writing.

mod amounts;
mod customers;
mod mispay_refusals;
mod mispay_tokens;
mod mispay_walk;
mod mispay_worlds;
mod multipay_problems;
mod multipay_walk;
mod multipay_worlds;
mod papers;
mod seeds;
mod sockets;
mod worlds;

use crate::accounts::Accounts;
use crate::simulator::{Outgoing, Simulator, SocketId};
use crate::world::World;
use base64::Engine;
use checkstand_core::message::{Method, Reply, Request};
use checkstand_core::secret::Secret;
use serde_json::{Value, json};

/// 2026-03-01T09:00:00Z
const START_MS: i64 = 1_772_355_600_000;
const BASE: &str = "https://api.example/v1/in-store";
/// UUIDs of the till's own making.
const SALE: &str = "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e0001";
const SALE_2: &str = "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e0002";
const REFUND: &str = "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e0011";
const REFUND_2: &str = "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e0012";
const ORDER: &str = "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e0021";
const TRANSACTION: &str = "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e0022";

/// A caller at the far end's doors, with a clock of its own.
struct Caller {
    sim: Simulator,
    now_ms: i64,
    jwt: String,
    heard: Vec<Value>,
    closed: Vec<SocketId>,
}

impl Caller {
    fn new(world: World) -> Self {
        Self::with(Simulator::new(world, 1, Accounts::default()))
    }

    fn with(sim: Simulator) -> Self {
        Self { sim, now_ms: START_MS, jwt: String::new(), heard: Vec::new(), closed: Vec::new() }
    }

    /// With a MIS Pay token at hand.
    fn mispay(world: World) -> Self {
        Self::new(world).with_token()
    }

    fn with_token(mut self) -> Self {
        let (status, body) = self.call(request(Method::Get, "/token", &[APP_ID, APP_SECRET], None));
        assert_eq!(status, 200, "{body}");
        let plain = opened(body["result"]["token"].as_str().unwrap(), "dummy-app-secret");
        self.jwt = serde_json::from_str::<Value>(&plain).unwrap()["token"].as_str().unwrap().to_owned();
        self
    }

    /// With a MultiPay socket that is logged on, and nothing heard yet.
    fn multipay(world: World) -> (Self, SocketId) {
        Self::new(world).with_socket()
    }

    fn with_socket(mut self) -> (Self, SocketId) {
        let socket = self.connect().unwrap();
        self.wait_ms(200);
        assert_eq!(self.heard.remove(0)["messageType"], "LOGON_CONFIRMATION");
        (self, socket)
    }

    fn call(&mut self, request: Request) -> (u16, Value) {
        match self.sim.answer(&request, self.now_ms) {
            Reply::Answer { status, body, .. } => (status, serde_json::from_slice(&body).unwrap_or(Value::Null)),
            other => panic!("no answer: {other:?}"),
        }
    }

    fn get(&mut self, path: &str) -> (u16, Value) {
        let bearer = format!("Bearer {}", self.jwt);
        self.call(request(Method::Get, path, &[APP_ID, ("authorization", &bearer)], None))
    }

    fn send(&mut self, method: Method, path: &str, body: &str) -> (u16, Value) {
        let request = self.money_request(method, path, body);
        self.call(request)
    }

    fn money_request(&self, method: Method, path: &str, body: &str) -> Request {
        let bearer = format!("Bearer {}", self.jwt);
        request(method, path, &[APP_ID, ("authorization", &bearer), JSON], Some(body))
    }

    /// POST /purchase; the answer.
    fn buy(&mut self, order_id: &str, amount: &str, code: &str) -> (u16, Value) {
        self.send(
            Method::Post,
            "/purchase",
            &format!(r#"{{"amount":{amount},"orderId":"{order_id}","paymentCode":{code}}}"#),
        )
    }

    /// POST /purchase; the trackId.
    fn bought(&mut self, order_id: &str, amount: &str, code: &str) -> String {
        let (status, body) = self.buy(order_id, amount, code);
        assert_eq!(status, 200, "{body}");
        body["result"]["trackId"].as_str().unwrap().to_owned()
    }

    /// GET /status; the answer.
    fn track(&mut self, track_id: &str) -> Value {
        self.get(&format!("/status?trackId={track_id}")).1
    }

    /// A sale of 201.05 under "order-1", approved; its purchase id.
    fn paid(&mut self) -> String {
        let track_id = self.bought("order-1", "201.05", "123123");
        assert!(self.sim.approve("order-1", self.now_ms));
        self.track(&track_id)["order"]["purchaseId"].as_str().unwrap().to_owned()
    }

    fn refund(&mut self, purchase_id: &str, order_id: &str, amount: &str) -> (u16, Value) {
        let body = format!(r#"{{"amount":{amount},"purchaseId":"{purchase_id}","orderId":"{order_id}"}}"#);
        self.send(Method::Get, "/refund", &body)
    }

    fn bearer(&mut self) -> String {
        let form = "grant_type=client_credentials&client_id=client-1&client_secret=dummy-client-secret&scope=terminal";
        let (status, body) = self.call(request(Method::Post, "/authorization/oauth/token", &[FORM], Some(form)));
        assert_eq!(status, 200, "{body}");
        format!("{} {}", body["token_type"].as_str().unwrap(), body["access_token"].as_str().unwrap())
    }

    fn connect(&mut self) -> Result<SocketId, u16> {
        let bearer = self.bearer();
        self.sim.connect(&bearer, "terminal-1", self.now_ms)
    }

    fn say(&mut self, socket: SocketId, message: &Value) {
        self.sim.hear(socket, &message.to_string(), self.now_ms);
    }

    fn wait_ms(&mut self, ms: i64) {
        self.now_ms += ms;
        for outgoing in self.sim.tick(self.now_ms) {
            match outgoing {
                Outgoing::Text { text, .. } => self.heard.push(serde_json::from_str(&text).unwrap()),
                Outgoing::Close { socket } => self.closed.push(socket),
            }
        }
    }

    /// What was heard in the last second of waiting, and nothing older.
    fn answers(&mut self) -> Vec<Value> {
        self.wait_ms(1_000);
        std::mem::take(&mut self.heard)
    }

    /// The one message heard in a second of waiting.
    fn answered(&mut self) -> Value {
        let mut heard = self.answers();
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.remove(0)
    }

    /// A MultiPay sale of 201.05 NOK, approved; its receipt.
    fn received(&mut self, socket: SocketId) -> Value {
        self.say(socket, &init(SALE, 20_105));
        assert_eq!(self.answered()["messageType"], "PAYMENT_INIT_RESPONSE");
        assert!(self.sim.approve(SALE, self.now_ms));
        self.answered()
    }
}

const APP_ID: (&str, &str) = ("x-app-id", "app-1");
const APP_SECRET: (&str, &str) = ("x-app-secret", "dummy-app-secret");
const JSON: (&str, &str) = ("content-type", "application/json");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

fn request(method: Method, path: &str, headers: &[(&'static str, &str)], body: Option<&str>) -> Request {
    Request {
        method,
        url: format!("{BASE}{path}"),
        headers: headers.iter().map(|(name, value)| (*name, Secret::text(value))).collect(),
        body: body.map(Secret::text),
        timeout_ms: 10_000,
        moves_money: false,
    }
}

/// A token of the simulation, whose key is derived in one round.
fn opened(sealed: &str, secret: &str) -> String {
    opened_in(1, sealed, secret)
}

/// The vendor's token layout, opened: base64( salt[16] | nonce[12] | ciphertext | tag[16] ).
fn opened_in(rounds: u32, sealed: &str, secret: &str) -> String {
    use aes_gcm::aead::{Aead, KeyInit};
    let bytes = base64::engine::general_purpose::STANDARD.decode(sealed).unwrap();
    let mut key = [0_u8; 32];
    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(secret.as_bytes(), &bytes[..16], rounds, &mut key);
    let nonce: [u8; 12] = bytes[16..28].try_into().unwrap();
    let cipher = aes_gcm::Aes256Gcm::new(&key.into());
    String::from_utf8(cipher.decrypt(&nonce.into(), &bytes[28..]).unwrap()).unwrap()
}

fn init(payment_id: &str, amount: i64) -> Value {
    json!({
        "id": "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e00f1", "messageType": "PAYMENT_INIT_REQUEST",
        "payment": {
            "paymentId": payment_id, "amount": amount, "currencyIso": "NOK",
            "customerOrderId": ORDER, "saleTransactionId": TRANSACTION,
        },
        "merchant": {"merchantName": "Shop", "terminalId": "terminal-1"}, "customer": {},
    })
}

fn cancel(payment_id: &str) -> Value {
    json!({
        "id": "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e00f2", "messageType": "STATUS_UPDATE",
        "payment": {"paymentId": payment_id, "paymentState": "CANCELED"},
    })
}

fn refund(refund_id: &str, receipt_id: &Value, amount: i64) -> Value {
    json!({
        "id": "0b5c7a1e-58f4-4c5e-9d0c-6c1f7a1e00f3", "messageType": "REFUND",
        "payment": {"paymentId": refund_id, "paymentReceiptId": receipt_id, "amount": amount, "currencyIso": "NOK"},
    })
}

fn refusal(code: &str) -> Value {
    json!({"status": "error :: 400", "result": format!("ExceptionType.{code}")})
}
