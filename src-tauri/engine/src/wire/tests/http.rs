//! What leaves, and how often.

use super::far_end::{Deed, FarEnd, answer};
use super::{Till, get, purchase};
use checkstand_core::message::{Act, CallId, Method, Reply, Request, Signal, SocketNews};
use checkstand_core::payment::ProviderName;
use checkstand_core::provider::mispay::token::derive_key;
use checkstand_core::secret::Secret;
use std::io::ErrorKind;
use std::net::TcpListener;
use std::time::{Duration, Instant};

#[tokio::test]
async fn an_answer_comes_with_status_date_and_body() {
    let date = "date: Sun, 06 Nov 1994 08:49:37 GMT\r\nset-cookie: a=b\r\n";
    let far = FarEnd::start(Deed::Answer(answer("400 Bad Request", date, r#"{"status":"error :: 400"}"#))).await;
    let mut till = Till::live();
    let reply = till.call(get(&far.url("/v1/status?trackId=9"))).await;
    let body = br#"{"status":"error :: 400"}"#.to_vec();
    assert_eq!(reply, Reply::Answer { status: 400, date_ms: Some(784_111_777_000), body });

    till.call(get(&far.url("/v1/status?trackId=9"))).await;
    let (_, request) = &far.requests()[1];
    assert!(request.starts_with("GET /v1/status?trackId=9 HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(concat!("user-agent: checkstand/", env!("CARGO_PKG_VERSION"), "\r\n")), "{request}");
    assert!(request.contains("x-app-id: app-1\r\n"), "{request}");
    assert!(!request.contains("cookie") && !request.contains("referer"), "{request}");
}

#[tokio::test]
async fn a_get_with_a_body_arrives_whole() {
    let far = FarEnd::start(Deed::Answer(answer("200 OK", "", "{}"))).await;
    let refund = Request {
        method: Method::Get,
        body: Some(Secret::text(r#"{"amount":1,"purchaseId":"p","orderId":"o"}"#)),
        ..purchase(&far.url("/refund"))
    };
    let reply = Till::live().call(refund).await;
    assert_eq!(reply, Reply::Answer { status: 200, date_ms: None, body: b"{}".to_vec() });
    let (_, request) = &far.requests()[0];
    assert!(request.starts_with("GET /refund HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-length: 43\r\n"), "{request}");
    assert!(request.ends_with("\r\n\r\n{\"amount\":1,\"purchaseId\":\"p\",\"orderId\":\"o\"}"), "{request}");
}

#[tokio::test]
async fn each_money_request_takes_a_fresh_connection_and_polls_share_one() {
    let far = FarEnd::start(Deed::Answer(answer("200 OK", "", "{}"))).await;
    let mut till = Till::live();
    for _ in 0..3 {
        till.call(purchase(&far.url("/purchase"))).await;
    }
    assert_eq!(far.requests().iter().map(|(connection, _)| *connection).collect::<Vec<_>>(), [1, 2, 3]);

    for _ in 0..3 {
        till.call(get(&far.url("/status"))).await;
        // The answer is there a moment before its connection is back in the pool.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    till.call(purchase(&far.url("/purchase"))).await;
    let connections: Vec<usize> = far.requests().iter().map(|(connection, _)| *connection).collect();
    assert_eq!(connections, [1, 2, 3, 4, 4, 4, 5]);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let elsewhere = FarEnd::start(Deed::Answer(answer("200 OK", "", "{}"))).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}\r\n", elsewhere.url("/purchase"));
        let far = FarEnd::start(Deed::Answer(answer(&format!("{status} Moved"), &location, ""))).await;
        let reply = Till::live().call(purchase(&far.url("/purchase"))).await;
        assert_eq!(reply, Reply::Answer { status, date_ms: None, body: Vec::new() });
        assert_eq!(far.requests().len(), 1);
    }
    assert_eq!(elsewhere.connections(), 0);
}

#[tokio::test]
async fn r8_an_error_of_the_server_is_an_answer_for_the_request_has_arrived() {
    for status in [400, 401, 408, 429, 500, 502, 503, 504] {
        let far = FarEnd::start(Deed::Answer(answer(&format!("{status} Sorry"), "", "busy"))).await;
        let reply = Till::live().call(purchase(&far.url("/purchase"))).await;
        assert_eq!(reply, Reply::Answer { status, date_ms: None, body: b"busy".to_vec() });
        assert_eq!(far.requests().len(), 1, "and it is not sent again: {status}");
    }
}

#[tokio::test]
async fn a_refused_port_and_an_unknown_host_are_not_sent() {
    let port = {
        let closed = TcpListener::bind("127.0.0.1:0").expect("loopback");
        closed.local_addr().expect("bound").port()
    };
    let mut till = Till::live();
    assert_eq!(till.call(purchase(&format!("http://127.0.0.1:{port}/purchase"))).await, Reply::NotSent);
    // RFC 2606: `.invalid` never resolves.
    assert_eq!(till.call(purchase("https://checkstand-test.invalid/purchase")).await, Reply::NotSent);
}

#[tokio::test]
async fn what_cannot_be_built_is_not_sent() {
    let far = FarEnd::start(Deed::Answer(answer("200 OK", "", "{}"))).await;
    let mut till = Till::live();
    let mut smuggled = purchase(&far.url("/purchase"));
    smuggled.headers.push(("x-app-id", Secret::text("a\r\nb: c")));
    for request in [smuggled, get("not a url"), get("ftp://127.0.0.1/"), get("http://"), get("data:text/plain,a")] {
        assert_eq!(till.call(request).await, Reply::NotSent);
    }
    assert_eq!(till.call(get(&far.url("/").replace("//", "//user:dummy@"))).await, Reply::NotSent);
    assert_eq!(far.connections(), 0);
}

#[tokio::test]
async fn plain_http_to_another_machine_is_not_sent_and_does_not_even_connect() {
    // Not a loopback address, and yet it leads to this machine: a connection would arrive here.
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback");
    listener.set_nonblocking(true).expect("a TCP socket");
    let port = listener.local_addr().expect("bound").port();
    if cfg!(unix) {
        assert!(std::net::TcpStream::connect(("0.0.0.0", port)).is_ok(), "the trap works");
        listener.accept().expect("it came");
    }
    let mut till = Till::live();
    assert_eq!(till.call(purchase(&format!("http://0.0.0.0:{port}/purchase"))).await, Reply::NotSent);
    till.connect(1, &format!("ws://0.0.0.0:{port}/ws"));
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    assert_eq!(listener.accept().map(|_| ()).map_err(|error| error.kind()), Err(ErrorKind::WouldBlock));
}

#[tokio::test]
async fn calls_run_side_by_side_and_each_answer_names_its_call() {
    let hanging = FarEnd::start(Deed::Hang).await;
    let quick = FarEnd::start(Deed::Answer(answer("200 OK", "", "{}"))).await;
    let mut till = Till::live();
    let slow_call = CallId { provider: ProviderName::Mispay, number: 1 };
    let request = Request { timeout_ms: 1_500, ..purchase(&hanging.url("/purchase")) };
    let began = Instant::now();
    till.wire.act(Act::Call { call: slow_call, request });
    assert!(began.elapsed() < Duration::from_millis(200), "act never blocks");
    assert!(matches!(till.call(get(&quick.url("/status"))).await, Reply::Answer { status: 200, .. }));
    match till.signal().await {
        Signal::Answered { call, reply } => assert_eq!((call, reply), (slow_call, Reply::Lost)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_key_is_derived_off_the_loop() {
    let mut till = Till::live();
    let call = CallId { provider: ProviderName::Mispay, number: 3 };
    let secret = Secret::text("dummy-app-secret");
    till.wire.act(Act::Derive { call, secret: secret.clone(), salt: vec![7; 16], rounds: 40_000 });
    match till.signal().await {
        Signal::Derived { call: answered, key } => {
            assert_eq!(answered, call);
            assert_eq!(key, derive_key(&secret, &[7; 16], 40_000));
        }
        other => panic!("{other:?}"),
    }
}
