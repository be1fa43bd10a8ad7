//! The simulator as a far end, on a clock that stands still until everybody waits.

use super::{Till, get};
use crate::wire::Far;
use crate::wire::simulated::SharedSimulator;
use checkstand_core::message::{Act, Method, Reply, Request, SocketNews};
use checkstand_core::secret::Secret;
use checkstand_simulator::accounts::Accounts;
use checkstand_simulator::customers::Customers;
use checkstand_simulator::phone::Shows;
use checkstand_simulator::simulator::Simulator;
use checkstand_simulator::world::World;
use std::time::Duration;
use tokio::time::Instant;

const PAYMENT: &str = "11111111-1111-4111-8111-111111111111";

fn training() -> (Till, SharedSimulator) {
    let simulator = Simulator::new(World::default(), 7, Accounts::default()).with_customers(Customers::Training);
    let shared = SharedSimulator::start(simulator);
    (Till::at(Far::Simulated(shared.clone())), shared)
}

fn token_request(secret: &str) -> Request {
    let form = format!("grant_type=client_credentials&client_id=client-1&client_secret={secret}&scope=terminal");
    Request {
        method: Method::Post,
        headers: vec![("content-type", Secret::text("application/x-www-form-urlencoded"))],
        body: Some(Secret::new(form)),
        ..get("https://simulated/authorization/oauth/token")
    }
}

/// Opens a socket as generation 1 and waits for the logon.
async fn log_on(till: &mut Till) {
    let Reply::Answer { status: 200, body, .. } = till.call(token_request("dummy-client-secret")).await else {
        panic!("no token");
    };
    let body: serde_json::Value = serde_json::from_slice(&body).expect("JSON");
    let bearer = format!("Bearer {}", body["access_token"].as_str().expect("a token"));
    let headers = vec![("authorization", Secret::new(bearer)), ("x-terminal-id", Secret::text("terminal-1"))];
    till.wire.act(Act::Connect { generation: 1, url: "wss://simulated/ws".to_owned(), headers });
    assert_eq!(till.news().await, (1, SocketNews::Opened));
    assert_eq!(message(till).await["messageType"], "LOGON_CONFIRMATION");
}

async fn message(till: &mut Till) -> serde_json::Value {
    match till.news().await {
        (1, SocketNews::Text(text)) => serde_json::from_str(&text).expect("JSON"),
        other => panic!("not a message: {other:?}"),
    }
}

fn init(amount_minor: i64) -> Act {
    let text = serde_json::json!({
        "id": PAYMENT, "messageType": "PAYMENT_INIT_REQUEST",
        "payment": {"paymentId": PAYMENT, "amount": amount_minor, "currencyIso": "NOK",
                    "customerOrderId": PAYMENT, "saleTransactionId": PAYMENT},
    });
    Act::Send { generation: 1, text: text.to_string() }
}

#[tokio::test(start_paused = true)]
async fn requests_are_answered_after_the_delay_of_a_network() {
    let (mut till, _shared) = training();
    let began = Instant::now();
    let reply = till.call(token_request("wrong")).await;
    assert!(matches!(reply, Reply::Answer { status: 401, .. }), "{reply:?}");
    assert!((Duration::from_millis(100)..Duration::from_millis(400)).contains(&began.elapsed()));
}

#[tokio::test(start_paused = true)]
async fn a_sale_is_approved_on_the_phone_and_the_receipt_comes_by_itself() {
    let (mut till, shared) = training();
    log_on(&mut till).await;
    till.wire.act(Act::Ping { generation: 1 });
    assert_eq!(till.news().await, (1, SocketNews::Alive));
    till.wire.act(init(20_105));
    assert_eq!(message(&mut till).await["messageType"], "PAYMENT_INIT_RESPONSE");

    let phones = shared.phones();
    assert_eq!((phones.len(), phones[0].amount_minor, phones[0].shows), (1, 20_105, Shows::Asking));
    assert!(!shared.approve("another"));
    assert!(shared.approve(&phones[0].id));
    let receipt = message(&mut till).await;
    assert_eq!(receipt["messageType"], "PAYMENT_RECEIPT");
    assert_eq!(receipt["payment"]["paymentState"], "COMPLETE");
    assert!(!shared.cancel(PAYMENT), "it is paid");
    assert_eq!(shared.with(|simulator, _| simulator.books().captures().count()), 1);
}

#[tokio::test(start_paused = true)]
async fn customers_of_training_act_in_their_own_time() {
    let (mut till, shared) = training();
    log_on(&mut till).await;
    // 02: the customer cancels by himself.
    till.wire.act(init(20_102));
    assert_eq!(message(&mut till).await["messageType"], "PAYMENT_INIT_RESPONSE");
    let update = message(&mut till).await;
    assert_eq!(update["messageType"], "STATUS_UPDATE");
    assert_eq!(update["payment"]["paymentState"], "CANCELED");
    assert!(!shared.walk_away(PAYMENT), "nothing is asked any more");
}

#[tokio::test(start_paused = true)]
async fn a_wrong_token_is_refused_and_a_closed_socket_is_told() {
    let (mut till, shared) = training();
    till.connect(1, "wss://simulated/ws");
    assert_eq!(till.news().await, (1, SocketNews::Refused { status: 401 }));
    log_on(&mut till).await;
    assert_eq!(shared.drop_sockets(), 1);
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    log_on(&mut till).await;
    till.wire.act(Act::Disconnect { generation: 1 });
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    assert_eq!(shared.drop_sockets(), 0, "the far end knows that it is gone");
}
