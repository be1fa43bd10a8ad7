//! The recorder: everything on both wires, as it went over them but without its secrets, in a file that a technician can read
//! and send. For the first day on a provider's test system; refused in Live.
//!
//! One JSON object a line. Header values are never written, bodies and messages go through the redactor.

use crate::redact::Redactor;
use crate::settings::paths::make_dir;
use checkstand_core::message::{Reply, Request, SocketNews};
use checkstand_core::payment::ProviderName;
use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;
use serde_json::{Value, json};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

/// The folder of the recordings, beside the ledger.
pub const RECORDINGS: &str = "recordings";
/// A file of this size records no more.
const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// So many recordings are kept; the oldest go first.
const FILES_MAX: usize = 5;
/// So many lines may wait for the disk; further ones are left out, and the log says so.
const LINES_WAITING_MAX: usize = 1_024;
/// Headers whose values say nothing about anybody.
const PLAIN_HEADERS: [&str; 2] = ["content-type", "cache-control"];

/// Writes down what crosses the wires. Cheap to clone; the file is closed with the last one.
#[derive(Clone, Debug)]
pub struct Recorder {
    redactor: Arc<RwLock<Redactor>>,
    lines: SyncSender<Value>,
    path: Arc<Path>,
}

impl Recorder {
    /// Goes on in the newest file of this folder that has room, else in a new one, named by the moment: a till that is opened
    /// often must not push the first day out.
    ///
    /// # Errors
    /// The disk's.
    pub fn start(folder: &Path, stamp: &str, redactor: Redactor) -> io::Result<Recorder> {
        make_dir(folder)?;
        let newest = recordings(folder)?.pop();
        let has_room = |path: &PathBuf| fs::metadata(path).is_ok_and(|about| about.len() < FILE_BYTES_MAX / 2);
        let path = match newest.filter(has_room) {
            Some(path) => path,
            None => {
                make_room(folder)?;
                folder.join(format!("wire-{stamp}.jsonl"))
            }
        };
        let file = OpenOptions::new().create(true).append(true).open(&path)?;
        let bytes = file.metadata()?.len();
        let (lines, waiting) = sync_channel(LINES_WAITING_MAX);
        std::thread::Builder::new().name("recorder".to_owned()).spawn(move || write(file, bytes, &waiting))?;
        Ok(Recorder { redactor: Arc::new(RwLock::new(redactor)), lines, path: Arc::from(path) })
    }

    /// Where it writes.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Takes out these accounts' secrets, too: others have been stored.
    pub fn learn(&self, setup: &Setup) {
        self.redactor.write().unwrap_or_else(PoisonError::into_inner).learn(setup);
    }

    fn redactor(&self) -> RwLockReadGuard<'_, Redactor> {
        self.redactor.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request is about to leave.
    pub(crate) fn request(&self, call: u64, provider: ProviderName, request: &Request) {
        let header = |(name, value): &(&'static str, Secret<String>)| {
            let shown = if PLAIN_HEADERS.contains(name) { value.expose().clone() } else { "***".to_owned() };
            ((*name).to_owned(), Value::String(shown))
        };
        let headers: serde_json::Map<String, Value> = request.headers.iter().map(header).collect();
        self.line(json!({
            "wire": provider.name(), "event": "request", "call": call,
            "method": format!("{:?}", request.method).to_uppercase(),
            "url": self.redactor().text(&request.url), "headers": headers, "moves_money": request.moves_money,
            "body": request.body.as_ref().map(|body| self.redactor().body(body.expose().as_bytes())),
        }));
    }

    /// What became of it.
    pub(crate) fn reply(&self, call: u64, provider: ProviderName, reply: &Reply) {
        let (wire, event) = (provider.name(), "answer");
        self.line(match reply {
            Reply::Answer { status, date_ms, body } => json!({
                "wire": wire, "event": event, "call": call, "status": status, "date_ms": date_ms,
                "body": self.redactor().body(body),
            }),
            Reply::NotSent => json!({ "wire": wire, "event": "not_sent", "call": call }),
            Reply::Lost => json!({ "wire": wire, "event": "lost", "call": call }),
        });
    }

    /// A message is about to leave by this socket.
    pub(crate) fn sent(&self, generation: u64, text: &str) {
        let frame = self.redactor().body(text.as_bytes());
        self.line(json!({ "wire": "multipay", "event": "frame_out", "socket": generation, "frame": frame }));
    }

    /// What this socket tells.
    pub(crate) fn heard(&self, generation: u64, news: &SocketNews) {
        let (event, told) = match news {
            SocketNews::Opened => ("opened", Value::Null),
            SocketNews::Refused { status } => ("refused", json!(status)),
            SocketNews::Text(text) => ("frame_in", self.redactor().body(text.as_bytes())),
            SocketNews::Alive => return,
            SocketNews::Closed => ("closed", Value::Null),
        };
        self.line(json!({ "wire": "multipay", "event": event, "socket": generation, "frame": told }));
    }

    fn line(&self, mut line: Value) {
        line["at"] = json!(jiff::Timestamp::now().to_string());
        // A recorder that cannot follow leaves lines out, and never holds a payment up.
        match self.lines.try_send(line) {
            // One that has ended has said so.
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => tracing::warn!("the recorder left a line out"),
        }
    }
}

/// Ends with the last recorder, or at the file's limit.
fn write(mut file: File, mut bytes: u64, lines: &Receiver<Value>) {
    for line in lines {
        let text = format!("{line}\n");
        bytes += text.len() as u64;
        let is_full = bytes > FILE_BYTES_MAX;
        let text = if is_full { "{\"event\":\"full\"}\n" } else { &text };
        if let Err(error) = file.write_all(text.as_bytes()) {
            return tracing::warn!(%error, "the recording has ended");
        }
        if is_full {
            return tracing::warn!("the recording is full");
        }
    }
}

/// All recordings of this folder, oldest first: their names are in order of time.
fn recordings(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path())).collect();
    found.retain(|path| path.extension().is_some_and(|ending| ending == "jsonl"));
    found.sort();
    Ok(found)
}

/// Removes the oldest recordings, so that another one finds its place.
fn make_room(folder: &Path) -> io::Result<()> {
    let old = recordings(folder)?;
    for path in old.iter().take((old.len() + 1).saturating_sub(FILES_MAX)) {
        fs::remove_file(path)?;
    }
    Ok(())
}
