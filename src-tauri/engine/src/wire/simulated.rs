//! The simulator in process, on tokio's clock: the far end of training, and what `provider-simulator` puts on sockets.

use super::socket::Command;
use super::{News, WRITES_WAITING_MAX};
use crate::clock::utc_ms;
use checkstand_core::message::{Reply, Request, SocketNews};
use checkstand_core::secret::Secret;
use checkstand_simulator::phone::Phone;
use checkstand_simulator::simulator::{Outgoing, Simulator, SocketId};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep, sleep_until};

/// How long a message takes to a far end in training, there and back.
const LATENCY: Duration = Duration::from_millis(150);
/// How many messages may wait for one socket before the far end closes it: its reader is stuck.
const TEXTS_WAITING_MAX: usize = 16 * WRITES_WAITING_MAX;

/// A simulator that several may use, and whose time passes by itself. Clones are the same one.
#[derive(Clone, Debug)]
pub struct SharedSimulator {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: Mutex<State>,
    /// Something may be due earlier than before.
    changed: Notify,
    began: Instant,
    began_utc_ms: i64,
}

#[derive(Debug)]
struct State {
    simulator: Simulator,
    /// Who hears what leaves by a socket. An entry that is dropped is a socket that was closed.
    ears: BTreeMap<SocketId, mpsc::Sender<String>>,
}

/// One connection to a [`SharedSimulator`]. Dropping it disconnects.
#[derive(Debug)]
pub struct SimulatedSocket {
    simulator: SharedSimulator,
    id: SocketId,
    texts: mpsc::Receiver<String>,
}

impl SharedSimulator {
    /// Lets the time of a simulator pass. Called within a tokio runtime; ends with the last clone.
    pub fn start(simulator: Simulator) -> SharedSimulator {
        let inner = Arc::new(Inner {
            state: Mutex::new(State { simulator, ears: BTreeMap::new() }),
            changed: Notify::new(),
            began: Instant::now(),
            began_utc_ms: utc_ms(),
        });
        tokio::spawn(pass_time(Arc::downgrade(&inner)));
        SharedSimulator { inner }
    }

    /// Answers one HTTP request, without delay. [`Reply::Lost`] where it was carried out and is to stay mute.
    pub fn answer(&self, request: &Request) -> Reply {
        self.with(|simulator, now_ms| simulator.answer(request, now_ms))
    }

    /// Opens a socket with the values of its two headers.
    ///
    /// # Errors
    /// The HTTP status of a refused handshake.
    pub fn connect(&self, authorization: &str, terminal_id: &str) -> Result<SimulatedSocket, u16> {
        let now_ms = self.inner.now_ms();
        let mut state = self.inner.lock();
        let id = state.simulator.connect(authorization, terminal_id, now_ms)?;
        let (ear, texts) = mpsc::channel(TEXTS_WAITING_MAX);
        state.ears.insert(id, ear);
        state.deliver(now_ms);
        drop(state);
        self.inner.changed.notify_one();
        Ok(SimulatedSocket { simulator: self.clone(), id, texts })
    }

    /// Every payment that asks its customer, and those decided a short while ago.
    pub fn phones(&self) -> Vec<Phone> {
        self.with(|simulator, _| simulator.phones())
    }

    /// The customer approves. False if there is nothing to approve under this id (orderId, paymentId).
    pub fn approve(&self, id: &str) -> bool {
        self.with(|simulator, now_ms| simulator.approve(id, now_ms))
    }

    /// The customer stops the payment. False if there is none to stop.
    pub fn cancel(&self, id: &str) -> bool {
        self.with(|simulator, now_ms| simulator.cancel(id, now_ms))
    }

    /// The customer puts the phone away. False if nothing is asked.
    pub fn walk_away(&self, id: &str) -> bool {
        self.with(|simulator, now_ms| simulator.walk_away(id, now_ms))
    }

    /// Anything else that a simulator can do, at its present time (UTC milliseconds).
    pub fn with<T>(&self, act: impl FnOnce(&mut Simulator, i64) -> T) -> T {
        let now_ms = self.inner.now_ms();
        let mut state = self.inner.lock();
        let done = act(&mut state.simulator, now_ms);
        state.deliver(now_ms);
        drop(state);
        self.inner.changed.notify_one();
        done
    }

    /// Cuts every socket without a word to anybody; says how many there were.
    pub fn drop_sockets(&self) -> usize {
        let now_ms = self.inner.now_ms();
        let mut state = self.inner.lock();
        let ears = std::mem::take(&mut state.ears);
        for id in ears.keys() {
            state.simulator.disconnect(*id, now_ms);
        }
        ears.len()
    }
}

impl SimulatedSocket {
    /// The next text of the far end; `None` once it has closed the socket.
    pub async fn next(&mut self) -> Option<String> {
        self.texts.recv().await
    }

    /// The far end hears a text of the terminal.
    pub fn say(&self, text: &str) {
        self.simulator.with(|simulator, now_ms| simulator.hear(self.id, text, now_ms));
    }
}

impl Drop for SimulatedSocket {
    fn drop(&mut self) {
        self.simulator.inner.lock().ears.remove(&self.id);
        self.simulator.with(|simulator, now_ms| simulator.disconnect(self.id, now_ms));
    }
}

impl Inner {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now_ms(&self) -> i64 {
        let passed_ms = i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.began_utc_ms.saturating_add(passed_ms)
    }

    fn instant(&self, at_ms: i64) -> Instant {
        let after_ms = u64::try_from(at_ms.saturating_sub(self.began_utc_ms)).unwrap_or(0);
        self.began + Duration::from_millis(after_ms)
    }
}

impl State {
    fn deliver(&mut self, now_ms: i64) {
        for outgoing in self.simulator.tick(now_ms) {
            match outgoing {
                Outgoing::Text { socket, text } => {
                    let stuck = self.ears.get(&socket).is_some_and(|ear| ear.try_send(text).is_err());
                    if stuck {
                        self.ears.remove(&socket);
                    }
                }
                Outgoing::Close { socket } => {
                    self.ears.remove(&socket);
                }
            }
        }
    }
}

/// Ticks whenever something is due.
async fn pass_time(inner: Weak<Inner>) {
    while let Some(inner) = inner.upgrade() {
        let due = {
            let now_ms = inner.now_ms();
            let mut state = inner.lock();
            state.deliver(now_ms);
            state.simulator.next_due_ms().map(|due_ms| inner.instant(due_ms))
        };
        // Looks up at least this often whether anybody still holds the simulator.
        let look_up = Instant::now() + Duration::from_secs(1);
        tokio::select! {
            () = inner.changed.notified() => {}
            () = sleep_until(due.map_or(look_up, |due| due.min(look_up))) => {}
        }
    }
}

/// One request of the till, with the delay of a network.
pub(super) async fn call(simulator: &SharedSimulator, request: &Request) -> Reply {
    sleep(LATENCY).await;
    simulator.answer(request)
}

/// One socket of the till, from its handshake to its end; returns the last news.
pub(super) async fn talk(
    simulator: &SharedSimulator,
    headers: &[(&'static str, Secret<String>)],
    mut commands: mpsc::Receiver<Command>,
    news: &News,
) -> SocketNews {
    tokio::select! {
        () = sleep(LATENCY) => {}
        _ = commands.recv() => return SocketNews::Closed,
    }
    let header = |name| {
        let found = headers.iter().find(|(key, _)| *key == name);
        found.map_or("", |(_, value)| value.expose().as_str())
    };
    let mut socket = match simulator.connect(header("authorization"), header("x-terminal-id")) {
        Ok(socket) => socket,
        Err(status) => return SocketNews::Refused { status },
    };
    news.tell(SocketNews::Opened);
    loop {
        tokio::select! {
            text = socket.next() => match text {
                Some(text) => news.tell(SocketNews::Text(text)),
                None => return SocketNews::Closed,
            },
            command = commands.recv() => {
                let Some(command) = command else {
                    return SocketNews::Closed;
                };
                sleep(LATENCY).await;
                match command {
                    Command::Text(text) => socket.say(&text),
                    Command::Ping => news.tell(SocketNews::Alive),
                }
            }
        }
    }
}
