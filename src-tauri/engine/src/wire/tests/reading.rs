//! What became of a request that has left: every way of not answering is `Lost`, and it left once.

use super::far_end::{Deed, FarEnd, answer};
use super::{Till, get, purchase};
use checkstand_core::message::{BODY_BYTES_MAX, Reply, Request};
use std::time::{Duration, Instant};

async fn is_lost_once(deed: Deed) {
    let far = FarEnd::start(deed).await;
    for request in [purchase(&far.url("/purchase")), get(&far.url("/status"))] {
        let before = far.requests().len();
        let reply = Till::live().call(Request { timeout_ms: 3_000, ..request }).await;
        assert_eq!(reply, Reply::Lost);
        assert_eq!(far.requests().len(), before + 1, "sent once, never again");
    }
}

#[tokio::test]
async fn a_far_end_that_reads_the_request_and_closes_is_lost() {
    is_lost_once(Deed::Close).await;
}

#[tokio::test]
async fn a_reset_is_lost() {
    is_lost_once(Deed::Reset).await;
}

#[tokio::test]
async fn an_answer_that_is_no_http_is_lost() {
    is_lost_once(Deed::AnswerAndClose(b"+OK hello\r\n\r\n".to_vec())).await;
}

#[tokio::test]
async fn an_answer_that_breaks_off_is_lost() {
    is_lost_once(Deed::AnswerAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"status\"".to_vec())).await;
    is_lost_once(Deed::AnswerAndClose(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n9\r\n{\"sta".to_vec()))
        .await;
}

#[tokio::test]
async fn silence_is_lost_at_the_timeout_and_not_before() {
    let far = FarEnd::start(Deed::Hang).await;
    let began = Instant::now();
    let reply = Till::live().call(Request { timeout_ms: 700, ..purchase(&far.url("/purchase")) }).await;
    assert_eq!(reply, Reply::Lost);
    let took = began.elapsed();
    assert!((Duration::from_millis(650)..Duration::from_secs(10)).contains(&took), "{took:?}");
    assert_eq!(far.requests().len(), 1);
}

#[tokio::test]
async fn a_body_that_stalls_is_lost_at_the_timeout() {
    let far = FarEnd::start(Deed::Answer(b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\n{\"status\"".to_vec())).await;
    let reply = Till::live().call(Request { timeout_ms: 700, ..purchase(&far.url("/purchase")) }).await;
    assert_eq!(reply, Reply::Lost);
}

#[tokio::test]
async fn ten_megabytes_are_lost_whether_announced_or_not() {
    let ten_mb = "x".repeat(10 * 1024 * 1024);
    // Announced: nothing of it is read.
    let far =
        FarEnd::start(Deed::AnswerAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 10485760\r\n\r\n".to_vec())).await;
    assert_eq!(Till::live().call(purchase(&far.url("/purchase"))).await, Reply::Lost);
    // Not announced, and without end: the cap ends it long before the timeout.
    let far = FarEnd::start(Deed::Flood).await;
    let began = Instant::now();
    assert_eq!(Till::live().call(purchase(&far.url("/purchase"))).await, Reply::Lost);
    assert!(began.elapsed() < Duration::from_secs(8));
    // Until the connection closes.
    let bytes = format!("HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{ten_mb}").into_bytes();
    let far = FarEnd::start(Deed::AnswerAndClose(bytes)).await;
    assert_eq!(Till::live().call(get(&far.url("/status"))).await, Reply::Lost);
}

#[tokio::test]
async fn the_longest_body_is_read_and_one_byte_more_is_not() {
    let longest = "x".repeat(BODY_BYTES_MAX);
    let far = FarEnd::start(Deed::Answer(answer("200 OK", "", &longest))).await;
    let reply = Till::live().call(get(&far.url("/status"))).await;
    assert_eq!(reply, Reply::Answer { status: 200, date_ms: None, body: longest.clone().into_bytes() });

    let far = FarEnd::start(Deed::Answer(answer("200 OK", "", &(longest + "x")))).await;
    assert_eq!(Till::live().call(get(&far.url("/status"))).await, Reply::Lost);
}
