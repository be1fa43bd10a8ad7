//! Sockets: who is connected, who hears what, and what is kept for those who are not.

use super::messages;
use crate::agenda::Event;
use crate::simulator::{Outgoing, Simulator, SocketId};
use crate::tokens::Known;
use crate::world::TwoSockets;
use std::collections::{BTreeMap, VecDeque};

/// How long the server takes to confirm a new socket, in milliseconds.
const LOGON_DELAY_MS: (i64, i64) = (10, 120);
/// How many messages are kept for one absent terminal; older ones are dropped first.
const KEPT_MAX: usize = 1_000;

#[derive(Clone, Debug)]
struct Socket {
    terminal_id: String,
    logged_on: bool,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Sockets {
    count: u64,
    live: BTreeMap<SocketId, Socket>,
    kept: BTreeMap<String, VecDeque<String>>,
}

impl Sockets {
    pub(crate) fn terminal_of(&self, socket: SocketId) -> Option<String> {
        self.live.get(&socket).map(|socket| socket.terminal_id.clone())
    }

    pub(crate) fn is_logged_on(&self, socket: SocketId) -> bool {
        self.live.get(&socket).is_some_and(|socket| socket.logged_on)
    }

    /// The terminal of the newest socket that is logged on.
    pub(crate) fn newest_terminal(&self) -> Option<String> {
        self.live.values().rfind(|socket| socket.logged_on).map(|socket| socket.terminal_id.clone())
    }

    /// The sockets of a terminal, oldest first. A store has few terminals: this looks at all of
    /// them.
    fn of_terminal(&self, terminal_id: &str) -> Vec<SocketId> {
        let sockets = self.live.iter().filter(|(_, socket)| socket.terminal_id == terminal_id);
        sockets.map(|(id, _)| *id).collect()
    }
}

impl Simulator {
    /// A terminal opens a socket with its two headers. LOGON_CONFIRMATION is then due.
    ///
    /// # Errors
    /// The HTTP status of a refused handshake: 401 for a token that is not or no longer good, 403
    /// for an unknown terminal.
    pub fn connect(&mut self, authorization: &str, terminal_id: &str, now_ms: i64) -> Result<SocketId, u16> {
        self.pass(now_ms);
        let token = authorization.strip_prefix("Bearer ").unwrap_or_default();
        match self.bearers.known(token, now_ms) {
            Known::Alive => {}
            Known::Expired | Known::Never => return Err(401),
        }
        if !self.accounts.terminal_ids.iter().any(|known| known == terminal_id) {
            return Err(403);
        }
        if self.world.two_sockets == TwoSockets::OlderIsClosed {
            for older in self.sockets.of_terminal(terminal_id) {
                self.close_socket(older);
            }
        }
        self.sockets.count += 1;
        let socket = SocketId(self.sockets.count);
        self.sockets.live.insert(socket, Socket { terminal_id: terminal_id.to_owned(), logged_on: false });
        let delay_ms = self.chance.between_ms(LOGON_DELAY_MS.0, LOGON_DELAY_MS.1);
        self.agenda.add(now_ms.saturating_add(delay_ms), Event::Logon { socket });
        if let Some(ends_ms) = self.bearers.ends_ms(token).filter(|_| self.world.token_end_closes_socket) {
            self.agenda.add(ends_ms, Event::TokenEnd { socket });
        }
        Ok(socket)
    }

    /// The terminal's end is gone, and the far end has noticed.
    pub fn disconnect(&mut self, socket: SocketId, now_ms: i64) {
        self.pass(now_ms);
        self.sockets.live.remove(&socket);
    }

    pub(crate) fn multipay_logon(&mut self, socket: SocketId) {
        let Some(live) = self.sockets.live.get_mut(&socket) else {
            return;
        };
        live.logged_on = true;
        let terminal_id = live.terminal_id.clone();
        let confirmation = messages::logon_confirmation(&mut self.chance);
        self.outbox.push(Outgoing::Text { socket, text: confirmation });
        let kept = self.sockets.kept.remove(&terminal_id).unwrap_or_default();
        self.outbox.extend(kept.into_iter().map(|text| Outgoing::Text { socket, text }));
    }

    /// The server closes a socket.
    pub(crate) fn close_socket(&mut self, socket: SocketId) {
        if self.sockets.live.remove(&socket).is_some() {
            self.outbox.push(Outgoing::Close { socket });
        }
    }

    /// A message leaves for a terminal: by every socket that is logged on. With none it is kept, or
    /// lost, as the world has it.
    pub(crate) fn deliver(&mut self, terminal_id: &str, text: String) {
        let mut sockets = self.sockets.of_terminal(terminal_id);
        sockets.retain(|socket| self.sockets.is_logged_on(*socket));
        if sockets.is_empty() && self.world.replay_after_reconnect {
            let kept = self.sockets.kept.entry(terminal_id.to_owned()).or_default();
            kept.push_back(text.clone());
            if kept.len() > KEPT_MAX {
                kept.pop_front();
            }
        }
        self.outbox.extend(sockets.into_iter().map(|socket| Outgoing::Text { socket, text: text.clone() }));
    }

    /// Puts a message for a terminal on the agenda.
    pub(super) fn send(&mut self, terminal_id: &str, text: String, due_ms: i64) {
        self.agenda.add(due_ms, Event::Send { terminal_id: terminal_id.to_owned(), text });
    }
}
