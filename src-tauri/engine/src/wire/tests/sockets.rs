//! Sockets: what is told of them, and that each end is told once.

use super::far_end::{answer, read_request};
use super::{PATIENCE, Till};
use crate::wire::{CLOSE_WITHIN, End, Live, WRITES_WAITING_MAX, Wire, http, socket, tls, tunnel};
use checkstand_core::message::{Act, BODY_BYTES_MAX, SocketNews};
use futures_util::{SinkExt, StreamExt};
use hyper_util::client::proxy::matcher::Matcher;
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{WebSocketStream, accept_async};

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("ws://{}/ws", listener.local_addr().expect("bound"));
    (listener, url)
}

async fn accept(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (stream, _) = timeout(PATIENCE, listener.accept()).await.expect("in time").expect("a connection");
    accept_async(stream).await.expect("a handshake")
}

/// A till with an open socket, and the far end of it.
async fn open() -> (Till, WebSocketStream<TcpStream>) {
    let (listener, url) = listen().await;
    let mut till = Till::live();
    till.connect(1, &url);
    let far = accept(&listener).await;
    assert_eq!(till.news().await, (1, SocketNews::Opened));
    (till, far)
}

async fn next(far: &mut WebSocketStream<TcpStream>) -> Message {
    timeout(PATIENCE, far.next()).await.expect("in time").expect("open").expect("no error")
}

#[tokio::test]
async fn the_handshake_carries_the_two_headers() {
    let (listener, url) = listen().await;
    let mut till = Till::live();
    till.connect(4, &url);
    let (mut stream, _) = listener.accept().await.expect("a connection");
    let request = read_request(&mut stream).await.expect("a handshake");
    let lower = request.to_lowercase();
    assert!(request.starts_with("GET /ws HTTP/1.1\r\n"), "{request}");
    for header in ["authorization: bearer dummy\r\n", "x-terminal-id: t-1\r\n", "user-agent: checkstand/"] {
        assert!(lower.contains(header), "{request}");
    }
    drop(stream);
    assert_eq!(till.news().await, (4, SocketNews::Closed));
    till.falls_silent().await;
}

#[tokio::test]
async fn a_refused_handshake_tells_its_status_and_nothing_more() {
    let (listener, url) = listen().await;
    for (status, line) in [(401, "401 Unauthorized"), (503, "503 Busy"), (302, "302 Found"), (200, "200 OK")] {
        let mut till = Till::live();
        till.connect(2, &url);
        let (mut stream, _) = listener.accept().await.expect("a connection");
        read_request(&mut stream).await.expect("a handshake");
        stream.write_all(&answer(line, "", "")).await.expect("the till listens");
        assert_eq!(till.news().await, (2, SocketNews::Refused { status }));
        till.falls_silent().await;
    }
}

#[tokio::test]
async fn texts_go_both_ways_and_everything_else_is_a_sign_of_life() {
    let (mut till, mut far) = open().await;
    far.send(Message::text("{\"a\":\"ø\"}")).await.expect("open");
    assert_eq!(till.news().await, (1, SocketNews::Text("{\"a\":\"ø\"}".to_owned())));
    far.send(Message::binary(vec![0, 255])).await.expect("open");
    assert_eq!(till.news().await, (1, SocketNews::Alive));
    far.send(Message::Ping(Bytes::from_static(b"x"))).await.expect("open");
    assert_eq!(till.news().await, (1, SocketNews::Alive));
    assert_eq!(next(&mut far).await, Message::Pong(Bytes::from_static(b"x")), "a ping is answered");

    till.wire.act(Act::Send { generation: 1, text: "one".to_owned() });
    till.wire.act(Act::Ping { generation: 1 });
    till.wire.act(Act::Send { generation: 1, text: "two".to_owned() });
    assert_eq!(next(&mut far).await, Message::text("one"));
    assert_eq!(next(&mut far).await, Message::Ping(Bytes::new()));
    assert_eq!(next(&mut far).await, Message::text("two"), "in the order of the acts");
    assert_eq!(till.news().await, (1, SocketNews::Alive), "the pong");
}

#[tokio::test]
async fn a_close_by_the_far_end_is_told_once() {
    let (mut till, mut far) = open().await;
    far.send(Message::text("last words")).await.expect("open");
    far.close(None).await.expect("open");
    assert_eq!(till.news().await, (1, SocketNews::Text("last words".to_owned())));
    let farewell = timeout(PATIENCE, far.next()).await.expect("in time");
    assert!(matches!(farewell, Some(Ok(Message::Close(_)))), "{farewell:?}");
    drop(far);
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    till.wire.act(Act::Send { generation: 1, text: "late".to_owned() });
    till.wire.act(Act::Disconnect { generation: 1 });
    till.falls_silent().await;
}

#[tokio::test]
async fn a_connection_that_breaks_is_closed() {
    let (mut till, far) = open().await;
    far.get_ref().set_zero_linger().expect("a TCP socket");
    drop(far);
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    till.falls_silent().await;
}

#[tokio::test]
async fn nobody_there_is_closed() {
    let (listener, url) = listen().await;
    drop(listener);
    let mut till = Till::live();
    till.connect(1, &url);
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    till.connect(2, "not a url");
    assert_eq!(till.news().await, (2, SocketNews::Closed));
    till.connect(3, &url.replace("ws://", "http://"));
    assert_eq!(till.news().await, (3, SocketNews::Closed));
    till.falls_silent().await;
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_socket() {
    let (mut till, mut far) = open().await;
    let longest = "x".repeat(BODY_BYTES_MAX);
    far.send(Message::text(longest.clone())).await.expect("open");
    assert_eq!(till.news().await, (1, SocketNews::Text(longest.clone())));
    far.send(Message::text(longest + "x")).await.expect("open");
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    till.falls_silent().await;
}

#[tokio::test]
async fn fragments_cannot_get_around_the_limit() {
    let (mut till, far) = open().await;
    let mut raw = far.into_inner();
    // Text frames of 65 535 bytes, none of them the last.
    for part in 0_u8..6 {
        let mut frame = vec![u8::from(part == 0), 126, 0xff, 0xff];
        frame.extend(std::iter::repeat_n(b'x', 65_535));
        let _written = raw.write_all(&frame).await;
    }
    assert_eq!(till.news().await, (1, SocketNews::Closed));
}

#[tokio::test]
async fn a_half_open_line_stays_open_until_the_core_lets_go() {
    let (mut till, far) = open().await;
    // The far end neither reads nor writes any more, and TCP does not know.
    till.wire.act(Act::Ping { generation: 1 });
    till.falls_silent().await;
    let began = Instant::now();
    till.wire.act(Act::Disconnect { generation: 1 });
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    assert!(began.elapsed() < 2 * CLOSE_WITHIN, "{:?}", began.elapsed());
    till.falls_silent().await;
    drop(far);
}

#[tokio::test]
async fn a_line_that_is_stuck_in_a_write_is_closed_in_time() {
    let (mut till, far) = open().await;
    // More than the buffers of both ends hold, and less than the queue.
    let text = "x".repeat(BODY_BYTES_MAX);
    for _ in 0..WRITES_WAITING_MAX - 4 {
        till.wire.act(Act::Send { generation: 1, text: text.clone() });
    }
    till.falls_silent().await;
    let began = Instant::now();
    till.wire.act(Act::Disconnect { generation: 1 });
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    assert!(began.elapsed() < 3 * CLOSE_WITHIN, "{:?}", began.elapsed());
    drop(far);
}

#[tokio::test]
async fn disconnect_says_farewell_and_still_hears_what_was_under_way() {
    let (mut till, mut far) = open().await;
    till.wire.act(Act::Send { generation: 1, text: "queued".to_owned() });
    till.wire.act(Act::Disconnect { generation: 1 });
    assert_eq!(next(&mut far).await, Message::text("queued"));
    far.send(Message::text("a late receipt")).await.expect("half open");
    assert!(matches!(next(&mut far).await, Message::Close(_)));
    assert_eq!(till.news().await, (1, SocketNews::Text("a late receipt".to_owned())));
    drop(far);
    assert_eq!(till.news().await, (1, SocketNews::Closed));
}

#[tokio::test]
async fn disconnect_during_the_handshake_ends_it_at_once() {
    let (_listener, url) = listen().await;
    let mut till = Till::live();
    till.connect(1, &url);
    let began = Instant::now();
    till.wire.act(Act::Disconnect { generation: 1 });
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    assert!(began.elapsed() < CLOSE_WITHIN);
}

#[tokio::test]
async fn a_new_socket_opens_only_after_the_old_one_is_closed() {
    let (listener, url) = listen().await;
    let mut till = Till::live();
    till.connect(1, &url);
    let mut first = accept(&listener).await;
    assert_eq!(till.news().await, (1, SocketNews::Opened));

    till.connect(2, &url);
    let early = timeout(Duration::from_millis(200), listener.accept()).await;
    assert!(early.is_err(), "the old socket is still open");
    assert!(matches!(next(&mut first).await, Message::Close(_)));
    drop(first);
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    let mut second = accept(&listener).await;
    assert_eq!(till.news().await, (2, SocketNews::Opened));

    till.wire.act(Act::Send { generation: 1, text: "to the old one".to_owned() });
    till.wire.act(Act::Disconnect { generation: 1 });
    till.wire.act(Act::Send { generation: 2, text: "to the new one".to_owned() });
    assert_eq!(next(&mut second).await, Message::text("to the new one"));
    till.falls_silent().await;
}

#[tokio::test]
async fn an_old_socket_that_will_not_close_cannot_hold_up_the_new_one() {
    let (listener, url) = listen().await;
    let mut till = Till::live();
    till.connect(1, &url);
    let _deaf = accept(&listener).await;
    assert_eq!(till.news().await, (1, SocketNews::Opened));
    let began = Instant::now();
    till.connect(2, &url);
    let _second = accept(&listener).await;
    assert!(began.elapsed() < 2 * CLOSE_WITHIN + Duration::from_millis(500), "{:?}", began.elapsed());
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    assert_eq!(till.news().await, (2, SocketNews::Opened));
}

#[tokio::test]
async fn a_line_that_takes_no_more_writes_breaks_instead_of_dropping_one() {
    let (mut till, far) = open().await;
    // The far end does not read: the buffers of both ends fill, then the queue.
    let text = "x".repeat(BODY_BYTES_MAX);
    let began = Instant::now();
    for _ in 0..WRITES_WAITING_MAX + 64 {
        till.wire.act(Act::Send { generation: 1, text: text.clone() });
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(till.news().await, (1, SocketNews::Closed));
    assert!(began.elapsed() < socket::WRITE_WITHIN, "by the full queue, not by a write that takes too long");
    till.falls_silent().await;
    drop(far);
}

#[tokio::test]
async fn dropping_the_wire_closes_the_socket() {
    let (Till { wire, heard }, mut far) = open().await;
    drop(wire);
    assert!(matches!(next(&mut far).await, Message::Close(_)));
    drop(heard);
}

#[tokio::test]
async fn a_socket_to_the_world_goes_through_the_proxy_and_one_to_this_machine_does_not() {
    let proxy = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let proxy_url = format!("http://dummy-user:dummy-pass@{}", proxy.local_addr().expect("bound"));
    let tunnels = tunnel::Tunnels::with(Matcher::builder().all(proxy_url).build());
    let tls = tls::client_config(None).expect("roots");
    let end = End::Live(Box::new(Live {
        http: http::Http::new(&tls).expect("clients"),
        sockets: socket::Sockets::new(tls, tunnels),
    }));
    let (tx, heard) = tokio::sync::mpsc::unbounded_channel();
    let mut till = Till { wire: Wire::with(end, None, tx), heard };

    till.connect(1, "wss://apm.checkstand-test.invalid/ws");
    let (mut stream, _) = timeout(PATIENCE, proxy.accept()).await.expect("in time").expect("a connection");
    let request = read_request(&mut stream).await.expect("a CONNECT");
    let lower = request.to_lowercase();
    assert!(lower.starts_with("connect apm.checkstand-test.invalid:443 http/1.1\r\n"), "{request}");
    assert!(lower.contains("proxy-authorization: basic"), "{request}");
    assert!(!lower.contains("bearer"), "the token is not for the proxy: {request}");
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.expect("open");
    let mut hello = [0];
    tokio::io::AsyncReadExt::read_exact(&mut stream, &mut hello).await.expect("TLS begins");
    assert_eq!(hello[0], 22, "a TLS handshake record");
    drop(stream);
    assert_eq!(till.news().await, (1, SocketNews::Closed));

    let (listener, url) = listen().await;
    till.connect(2, &url);
    let _far = accept(&listener).await;
    assert_eq!(till.news().await, (2, SocketNews::Opened));
    let unasked = timeout(Duration::from_millis(100), proxy.accept()).await;
    assert!(unasked.is_err(), "loopback never goes through a proxy");
}
