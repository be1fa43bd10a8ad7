//! One WebSocket, from its handshake to its end. Whatever goes wrong ends it, and its end is told once.

use super::http::secret_headers;
use super::tunnel::{Place, Tunnels, place};
use super::{CLOSE_WITHIN, CONNECT_WITHIN, News, USER_AGENT};
use checkstand_core::message::{BODY_BYTES_MAX, SocketNews};
use checkstand_core::secret::Secret;
use futures_util::stream::{SplitSink, SplitStream};
use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::client::Request;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::USER_AGENT as USER_AGENT_HEADER;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, client_async_tls_with_config};

/// The longest that one message may take to leave. A line that is stuck longer is broken.
pub(super) const WRITE_WITHIN: Duration = Duration::from_secs(10);
/// Messages are small: a big read buffer would only be memory.
const READ_BUFFER_BYTES: usize = 16 * 1024;

/// What is written to a socket.
#[derive(Debug)]
pub(super) enum Command {
    /// A message.
    Text(String),
    /// A ping without content.
    Ping,
}

type Stream = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How sockets are opened.
#[derive(Debug)]
pub(super) struct Sockets {
    tls: Arc<rustls::ClientConfig>,
    tunnels: Tunnels,
}

impl Sockets {
    pub(super) fn new(tls: rustls::ClientConfig, tunnels: Tunnels) -> Sockets {
        Sockets { tls: Arc::new(tls), tunnels }
    }

    /// Opens a socket and serves it to its end; returns the last news. The end of `commands` closes it.
    pub(super) async fn talk(
        &self,
        url: &str,
        headers: &[(&'static str, Secret<String>)],
        mut commands: mpsc::Receiver<Command>,
        news: &News,
    ) -> SocketNews {
        let opened = tokio::select! {
            opened = timeout(CONNECT_WITHIN, self.open(url, headers)) => opened.unwrap_or(Err(SocketNews::Closed)),
            // Told to close; or told to write to a socket that is not open, which must not get lost unnoticed.
            _ = commands.recv() => Err(SocketNews::Closed),
        };
        let stream = match opened {
            Ok(stream) => stream,
            Err(last) => {
                tracing::debug!(generation = news.generation, ?last, "no socket");
                return last;
            }
        };
        news.tell(SocketNews::Opened);
        serve(stream, commands, news).await;
        tracing::debug!(generation = news.generation, "socket closed");
        SocketNews::Closed
    }

    async fn open(&self, url: &str, headers: &[(&'static str, Secret<String>)]) -> Result<Stream, SocketNews> {
        let (request, url) = request(url, headers).ok_or(SocketNews::Closed)?;
        let (place, connector) = match (place(&url), url.scheme()) {
            (Some(place), "wss") => (place, Connector::Rustls(Arc::clone(&self.tls))),
            (Some(Place::Loopback), "ws") => (Place::Loopback, Connector::Plain),
            _ => return Err(SocketNews::Closed),
        };
        let tcp = self.tunnels.open(&url, place).await.ok_or(SocketNews::Closed)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(READ_BUFFER_BYTES)
            .write_buffer_size(0)
            .max_write_buffer_size(2 * BODY_BYTES_MAX)
            .max_message_size(Some(BODY_BYTES_MAX))
            .max_frame_size(Some(BODY_BYTES_MAX));
        match client_async_tls_with_config(request, tcp, Some(config), Some(connector)).await {
            Ok((stream, _response)) => Ok(stream),
            Err(Error::Http(response)) => Err(SocketNews::Refused { status: response.status().as_u16() }),
            Err(_) => Err(SocketNews::Closed),
        }
    }
}

fn request(url: &str, headers: &[(&'static str, Secret<String>)]) -> Option<(Request, Url)> {
    let parsed = Url::parse(url).ok()?;
    let mut request = parsed.as_str().into_client_request().ok()?;
    request.headers_mut().insert(USER_AGENT_HEADER, HeaderValue::from_static(USER_AGENT));
    request.headers_mut().extend(secret_headers(headers)?);
    Some((request, parsed))
}

/// Reads and writes at once, so that a receipt is heard even while a write is stuck.
async fn serve(stream: Stream, commands: mpsc::Receiver<Command>, news: &News) {
    let (sink, stream) = stream.split();
    let reading = hear(stream, news);
    tokio::pin!(reading);
    tokio::select! {
        () = &mut reading => {}
        () = write(sink, commands) => {
            // We closed it, or could not write any more. What the far end has sent by now still counts.
            let _ended = timeout(CLOSE_WITHIN, reading).await;
        }
    }
}

/// Ends with the socket.
async fn hear(mut stream: SplitStream<Stream>, news: &News) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Text(text) => news.tell(SocketNews::Text(text.as_str().to_owned())),
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {
                news.tell(SocketNews::Alive);
            }
            Message::Close(_) => {
                // Reading on writes our own farewell; the far end may never close the connection below.
                let _ended = timeout(CLOSE_WITHIN, stream.next()).await;
                return;
            }
        }
    }
}

/// Ends at the first error, or with a farewell once `commands` has ended.
async fn write(mut sink: SplitSink<Stream, Message>, mut commands: mpsc::Receiver<Command>) {
    while let Some(command) = commands.recv().await {
        let message = match command {
            Command::Text(text) => Message::text(text),
            Command::Ping => Message::Ping(Bytes::new()),
        };
        match timeout(WRITE_WITHIN, sink.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _said = timeout(CLOSE_WITHIN, sink.close()).await;
}
