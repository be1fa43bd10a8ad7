//! Far ends made by hand: a TCP listener that counts, remembers, and does one thing.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the far end does once it has read a whole request.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    /// Writes these bytes and waits for the next request.
    Answer(Vec<u8>),
    /// Writes these bytes and closes.
    AnswerAndClose(Vec<u8>),
    /// Closes without a word.
    Close,
    /// Resets the connection.
    Reset,
    /// Keeps it open, silent.
    Hang,
    /// Starts a body that never ends.
    Flood,
}

/// A listener on loopback.
pub(super) struct FarEnd {
    pub(super) address: SocketAddr,
    seen: Arc<Mutex<Vec<(usize, String)>>>,
    connections: Arc<Mutex<usize>>,
}

impl FarEnd {
    pub(super) async fn start(deed: Deed) -> FarEnd {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
        let address = listener.local_addr().expect("bound");
        let (seen, connections) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
        let (requests, count) = (Arc::clone(&seen), Arc::clone(&connections));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let number = {
                    let mut count = count.lock().expect("no panic");
                    *count += 1;
                    *count
                };
                tokio::spawn(serve(stream, number, deed.clone(), Arc::clone(&requests)));
            }
        });
        FarEnd { address, seen, connections }
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Every request so far: on which connection, and all of its bytes.
    pub(super) fn requests(&self) -> Vec<(usize, String)> {
        self.seen.lock().expect("no panic").clone()
    }

    pub(super) fn connections(&self) -> usize {
        *self.connections.lock().expect("no panic")
    }
}

async fn serve(mut stream: TcpStream, number: usize, deed: Deed, seen: Arc<Mutex<Vec<(usize, String)>>>) {
    while let Some(request) = read_request(&mut stream).await {
        seen.lock().expect("no panic").push((number, request));
        match &deed {
            Deed::Answer(bytes) => stream.write_all(bytes).await.expect("the till listens"),
            Deed::AnswerAndClose(bytes) => {
                // The till may have heard enough and left.
                let _written = stream.write_all(bytes).await;
                return;
            }
            Deed::Close => return,
            Deed::Reset => {
                stream.set_zero_linger().expect("a TCP socket");
                return;
            }
            Deed::Hang => tokio::time::sleep(Duration::from_secs(3_600)).await,
            Deed::Flood => {
                let mut written = stream.write_all(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").await;
                while written.is_ok() {
                    written = stream.write_all(format!("1000\r\n{}\r\n", "x".repeat(0x1000)).as_bytes()).await;
                }
                return;
            }
        }
    }
}

/// Head and body of one request; `None` at the end of the connection.
pub(super) async fn read_request(stream: &mut (impl AsyncRead + Unpin)) -> Option<String> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).await.ok()?;
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).expect("ASCII");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().expect("a number"))];
    stream.read_exact(&mut body).await.ok()?;
    Some(head + &String::from_utf8(body).expect("UTF-8"))
}

/// A whole HTTP answer.
pub(super) fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n{headers}\r\n{body}", body.len()).into_bytes()
}
