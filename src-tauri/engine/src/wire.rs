//! The wire: turns what the core wants done into I/O, and answers with signals. It decides nothing and repeats nothing.
//!
//! In reading order: this file; [`simulated`], the far end in process; `http`, one request; `socket`, one WebSocket;
//! `tunnel`, the TCP connection below it; `tls`, whom we trust; [`reach`], the way there step by step.

mod http;
pub mod reach;
pub mod simulated;
mod socket;
#[cfg(test)]
mod tests;
mod tls;
mod tunnel;

use crate::recorder::Recorder;
use checkstand_core::message::{Act, CallId, Reply, Request, Signal, SocketNews};
use checkstand_core::payment::ProviderName;
use checkstand_core::provider::mispay::token::derive_key;
use checkstand_core::secret::Secret;
use simulated::SharedSimulator;
use socket::Command;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub use http::date_ms;
pub use tls::{certificates_in, check_root_ca, install_crypto_provider};

/// How the till names itself to a provider.
pub(crate) const USER_AGENT: &str = concat!("checkstand/", env!("CARGO_PKG_VERSION"));
/// The longest that opening a connection may take: name, TCP, proxy and TLS; for a socket also its handshake.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// How long a socket that we close is still listened to before it is dropped.
const CLOSE_WITHIN: Duration = Duration::from_secs(1);
/// How many socket messages may wait to be written. One more breaks the line.
const WRITES_WAITING_MAX: usize = 64;

/// The far end of both wires.
#[derive(Debug)]
pub enum Far {
    /// The providers' servers.
    Live(LiveSettings),
    /// The simulator in process, for training.
    Simulated(SharedSimulator),
}

/// What a live wire can be told.
#[derive(Clone, Debug, Default)]
pub struct LiveSettings {
    /// A PEM file with root certificates to trust besides the system's own.
    pub extra_root_ca: Option<PathBuf>,
    /// Writes down what crosses the wires.
    pub recorder: Option<Recorder>,
}

/// Why there is no wire. A technician must mend it; without it no money request can leave.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The file of extra root certificates cannot be read, or holds none.
    #[error("the root certificates in {path} cannot be read: {why}")]
    ExtraRootCa {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The system's root certificates cannot be used.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

impl WireError {
    /// Its text is in the catalogue.
    pub fn code(&self) -> &'static str {
        match self {
            WireError::ExtraRootCa { .. } => "root_ca_unreadable",
            WireError::Tls(_) => "tls_unavailable",
        }
    }
}

/// Both wires. Dropping it closes the socket; requests that are under way run to their end.
#[derive(Debug)]
pub struct Wire {
    end: Arc<End>,
    recorder: Option<Recorder>,
    line: Mutex<Option<Line>>,
    tx: mpsc::UnboundedSender<(ProviderName, Signal)>,
    runtime: Handle,
}

/// Where acts go, once [`Far`] has been looked at.
#[derive(Debug)]
enum End {
    Live(Box<Live>),
    Simulated(SharedSimulator),
}

#[derive(Debug)]
struct Live {
    http: http::Http,
    sockets: socket::Sockets,
}

/// The socket that is, or was, the one.
#[derive(Debug)]
struct Line {
    generation: u64,
    /// `None` once it has been told to close.
    grip: Option<Grip>,
    task: JoinHandle<()>,
}

/// Dropped, it tells a socket to close: what is queued is still written, then time runs out.
#[derive(Debug)]
struct Grip {
    commands: mpsc::Sender<Command>,
    _stop: oneshot::Sender<()>,
}

impl Wire {
    /// Sets both wires up; answers come by `tx`. Called within a tokio runtime, on which everything then runs.
    ///
    /// # Errors
    /// [`WireError`], only for [`Far::Live`].
    pub fn start(far: Far, tx: mpsc::UnboundedSender<(ProviderName, Signal)>) -> Result<Wire, WireError> {
        let mut recorder = None;
        let end = match far {
            Far::Live(settings) => {
                let tls = tls::client_config(settings.extra_root_ca.as_deref())?;
                let http = http::Http::new(&tls)?;
                let sockets = socket::Sockets::new(tls, tunnel::Tunnels::from_system());
                recorder = settings.recorder;
                End::Live(Box::new(Live { http, sockets }))
            }
            Far::Simulated(simulator) => End::Simulated(simulator),
        };
        Ok(Wire::with(end, recorder, tx))
    }

    fn with(end: End, recorder: Option<Recorder>, tx: mpsc::UnboundedSender<(ProviderName, Signal)>) -> Wire {
        Wire { end: Arc::new(end), recorder, line: Mutex::new(None), tx, runtime: Handle::current() }
    }

    /// Begins an act and returns at once. Its entries must be durable by now.
    pub fn act(&self, act: Act) {
        match act {
            Act::Call { call, request } => self.call(call, request),
            Act::Derive { call, secret, salt, rounds } => self.derive(call, secret, salt, rounds),
            Act::Connect { generation, url, headers } => self.connect(generation, url, headers),
            Act::Send { generation, text } => self.write(generation, Command::Text(text)),
            Act::Ping { generation } => self.write(generation, Command::Ping),
            Act::Disconnect { generation } => self.disconnect(generation),
            // Not for the wire: the loop has taken them out.
            Act::CheckPin { .. } | Act::HashPin { .. } => {}
        }
    }

    fn call(&self, call: CallId, request: Request) {
        let (end, tx, recorder) = (Arc::clone(&self.end), self.tx.clone(), self.recorder.clone());
        self.runtime.spawn(async move {
            if let Some(recorder) = &recorder {
                recorder.request(call.number, call.provider, &request);
            }
            let reply = end.answer(request).await;
            if let Some(recorder) = &recorder {
                recorder.reply(call.number, call.provider, &reply);
            }
            tell(&tx, call.provider, Signal::Answered { call, reply });
        });
    }

    fn derive(&self, call: CallId, secret: Secret<String>, salt: Vec<u8>, rounds: u32) {
        let tx = self.tx.clone();
        self.runtime.spawn_blocking(move || {
            let key = derive_key(&secret, &salt, rounds);
            tell(&tx, call.provider, Signal::Derived { call, key });
        });
    }

    fn connect(&self, generation: u64, url: String, headers: Vec<(&'static str, Secret<String>)>) {
        let (commands, waiting) = mpsc::channel(WRITES_WAITING_MAX);
        let (stop, stopped) = oneshot::channel();
        let news = News { generation, tx: self.tx.clone(), recorder: self.recorder.clone() };
        let end = Arc::clone(&self.end);
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = line.take().map(|Line { generation: _, grip, task }| {
            drop(grip);
            task
        });
        let task = self.runtime.spawn(async move {
            if let Some(earlier) = earlier {
                // It ends by itself within CLOSE_WITHIN. A panic in it leaves no socket behind either.
                let _ended = earlier.await;
            }
            let last = tokio::select! {
                last = end.talk(&url, &headers, waiting, &news) => last,
                () = overtime(stopped) => SocketNews::Closed,
            };
            news.tell(last);
        });
        *line = Some(Line { generation, grip: Some(Grip { commands, _stop: stop }), task });
    }

    fn write(&self, generation: u64, command: Command) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(line) = line.as_mut().filter(|line| line.generation == generation) else {
            return tracing::debug!(generation, "write to another socket than the live one, dropped");
        };
        let Some(grip) = &line.grip else {
            return tracing::debug!(generation, "write to a closed socket, dropped");
        };
        if let (Some(recorder), Command::Text(text)) = (&self.recorder, &command) {
            recorder.sent(generation, text);
        }
        if grip.commands.try_send(command).is_err() {
            // Full, or over already. Nothing may be left out silently: the line breaks, and the core hears `Closed`.
            line.grip = None;
            tracing::debug!(generation, "socket takes no more writes, closing it");
        }
    }

    fn disconnect(&self, generation: u64) {
        let mut line = self.line.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(line) = line.as_mut().filter(|line| line.generation == generation) {
            line.grip = None;
        }
    }
}

impl End {
    async fn answer(&self, request: Request) -> Reply {
        match self {
            End::Live(live) => live.http.call(request).await,
            End::Simulated(simulator) => simulated::call(simulator, &request).await,
        }
    }

    /// One socket, from its handshake to its end. Returns the last news of it: `Refused` or `Closed`.
    async fn talk(
        &self,
        url: &str,
        headers: &[(&'static str, Secret<String>)],
        commands: mpsc::Receiver<Command>,
        news: &News,
    ) -> SocketNews {
        match self {
            End::Live(live) => live.sockets.talk(url, headers, commands, news).await,
            End::Simulated(simulator) => simulated::talk(simulator, headers, commands, news).await,
        }
    }
}

/// Where the news of one socket goes.
#[derive(Debug)]
struct News {
    generation: u64,
    tx: mpsc::UnboundedSender<(ProviderName, Signal)>,
    recorder: Option<Recorder>,
}

impl News {
    fn tell(&self, news: SocketNews) {
        if let Some(recorder) = &self.recorder {
            recorder.heard(self.generation, &news);
        }
        // Only MultiPay has a socket.
        tell(&self.tx, ProviderName::Multipay, Signal::Socket { generation: self.generation, news });
    }
}

fn tell(tx: &mpsc::UnboundedSender<(ProviderName, Signal)>, provider: ProviderName, signal: Signal) {
    if tx.send((provider, signal)).is_err() {
        tracing::debug!("the till is gone, nobody hears the wire");
    }
}

/// Ends [`CLOSE_WITHIN`] after the socket was told to close.
async fn overtime(stopped: oneshot::Receiver<()>) {
    // The sender never sends: this ends when it is dropped.
    let _dropped = stopped.await;
    tokio::time::sleep(CLOSE_WITHIN).await;
}
