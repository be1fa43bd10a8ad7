//! What crosses between the till and the wire, all of it plain data: nothing here opens a connection or reads a clock.

use crate::payment::ProviderName;
use crate::people::PinDigest;
use crate::secret::Secret;

/// The HTTP verbs that the two papers use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Also with a JSON body: MIS Pay's refund is a GET that carries one.
    Get,
    /// A plain POST.
    Post,
}

/// One HTTP request, ready to leave. Header values and the body may hold secrets, so neither can be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// The whole URL, query included.
    pub url: String,
    /// Lower-case names; values are not for logs.
    pub headers: Vec<(&'static str, Secret<String>)>,
    /// JSON or a form; its `content-type` is among the headers.
    pub body: Option<Secret<String>>,
    /// How long the wire keeps the connection open for the answer, in milliseconds.
    pub timeout_ms: u64,
    /// Whether money may move by this request: it then takes a fresh connection and is never repeated by the wire.
    pub moves_money: bool,
}

/// What became of a request. "Declined needs certainty" hangs on telling these three apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// The far end answered.
    Answer {
        /// The HTTP status.
        status: u16,
        /// The `Date` header in UTC milliseconds, where there was one.
        date_ms: Option<i64>,
        /// At most [`BODY_BYTES_MAX`] bytes; a longer body is [`Reply::Lost`].
        body: Vec<u8>,
    },
    /// Nothing left this machine: no address, no connection, or the request could not be built.
    NotSent,
    /// It may have left. Nobody here knows what the far end did with it.
    Lost,
}

/// The longest answer body or socket message that is read, in bytes.
pub const BODY_BYTES_MAX: usize = 256 * 1024;

/// The moment of a step, and its chance. The engine reads clock and dice; the core never does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds on a clock that never jumps and counts sleep. All waiting is measured on it.
    pub boot_ms: i64,
    /// Wall clock, UTC milliseconds. For records and people only.
    pub utc_ms: i64,
    /// Evenly spread bits, for jitter.
    pub dice: u64,
}

/// Names one request, so that its answer can be told from the answer to an earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallId {
    /// Whose request it was.
    pub provider: ProviderName,
    /// Counts up within one run of the till.
    pub number: u64,
}

/// What reaches a provider machine.
#[derive(Clone, Debug)]
pub enum Signal {
    /// A request was answered, or not.
    Answered {
        /// Which.
        call: CallId,
        /// How.
        reply: Reply,
    },
    /// A key was derived outside the loop.
    Derived {
        /// The call whose answer it will open.
        call: CallId,
        /// 32 bytes.
        key: Secret<Vec<u8>>,
    },
    /// News from the socket.
    Socket {
        /// Which connection; counts up.
        generation: u64,
        /// What.
        news: SocketNews,
    },
    /// An alarm is due.
    Tick,
}

/// What a socket tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SocketNews {
    /// The handshake is done.
    Opened,
    /// The handshake was answered with this HTTP status instead of an upgrade.
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// A text message.
    Text(String),
    /// A sign of life that says nothing: pong, ping, or a binary message, which the papers do not know.
    Alive,
    /// It is over, or never came to be.
    Closed,
}

/// What the engine does for the core, once the entries of the same step are durable.
#[derive(Clone, Debug)]
pub enum Act {
    /// Send a request; answer with [`Signal::Answered`].
    Call {
        /// To answer with.
        call: CallId,
        /// To send.
        request: Request,
    },
    /// Derive a key off the loop (PBKDF2-HMAC-SHA256, 32 bytes); answer with [`Signal::Derived`].
    Derive {
        /// To answer with.
        call: CallId,
        /// The password.
        secret: Secret<String>,
        /// 16 bytes.
        salt: Vec<u8>,
        /// How many; 40 000 on real wires.
        rounds: u32,
    },
    /// Check a PIN off the loop; answer with [`crate::ask::Input::PinChecked`].
    CheckPin {
        /// To answer with.
        job: u64,
        /// Of the hash that it must fit.
        digest: PinDigest,
        /// As typed.
        pin: Secret<String>,
    },
    /// Hash a PIN off the loop and keep the hash; answer with [`crate::ask::Input::PinHashed`].
    HashPin {
        /// To answer with.
        job: u64,
        /// The new one.
        pin: Secret<String>,
    },
    /// Open the socket; any earlier one has been closed.
    Connect {
        /// Name of the new connection.
        generation: u64,
        /// ws or wss.
        url: String,
        /// Lower-case names.
        headers: Vec<(&'static str, Secret<String>)>,
    },
    /// Write a text message to the socket, if that connection is still the one; an error closes it.
    Send {
        /// Which connection.
        generation: u64,
        /// JSON.
        text: String,
    },
    /// Write a ping.
    Ping {
        /// Which connection.
        generation: u64,
    },
    /// Close the socket.
    Disconnect {
        /// Which connection.
        generation: u64,
    },
}
