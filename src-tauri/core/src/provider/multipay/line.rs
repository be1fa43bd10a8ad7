//! The line to MultiPay: token, socket, logon, heartbeat, and the way back after each of them failed.

use super::messages::{self, TokenAnswer};
use super::{Account, Alarm, MultiPay};
use crate::agenda::back_off_ms;
use crate::message::{Act, CallId, Method, Now, Reply, Request, SocketNews};
use crate::payment::ProviderName;
use crate::provider::{Given, Out};
use crate::secret::Secret;

const TOKEN_TIMEOUT_MS: u64 = 10_000;
const CONNECT_WITHIN_MS: i64 = 10_000;
const LOGON_WITHIN_MS: i64 = 10_000;
const BACK_OFF_FIRST_MS: i64 = 250;
const BACK_OFF_MOST_MS: i64 = 8_000;
/// The back-off starts afresh only after a line has held so long.
const STEADY_AFTER_MS: i64 = 60_000;
/// A token is not used for a new socket in its last half minute.
const TOKEN_SPARE_MS: i64 = 30_000;
/// So many closes by the server soon after logon mean that somebody else logs on with our terminal id.
const EARLY_CLOSES_MAX: u32 = 3;
const EARLY_CLOSE_MS: i64 = 60_000;
const IN_USE_BACK_OFF_MS: i64 = 60_000;
/// From so many failures in a row the line counts as down.
const DOWN_AFTER_ERRORS: u32 = 3;

/// Where the line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing under way; the agenda says when to try.
    Offline,
    /// The token is asked for.
    Token,
    /// The handshake is under way.
    Connecting,
    /// The socket is open; no money message before the logon.
    AwaitLogon,
    /// Logged on.
    Ready,
}

/// The line's volatile state.
#[derive(Debug)]
pub(super) struct LineState {
    /// Where it is.
    pub(super) stage: Stage,
    /// The current connection; counts up.
    pub(super) generation: u64,
    /// When it became ready (boot ms).
    pub(super) ready_ms: i64,
    /// Failures in a row.
    pub(super) errors: u32,
    heard_ms: i64,
    last_call: u64,
    token: Option<(Secret<String>, i64)>,
    token_renewed: bool,
    early_closes: u32,
    /// It stands, but was opened by another account than ours is now.
    outdated: bool,
}

impl LineState {
    /// A line that was never up, and counts on from the one before it.
    pub(super) fn after(given: Given) -> LineState {
        LineState {
            stage: Stage::Offline,
            generation: given.connections,
            ready_ms: 0,
            errors: 0,
            heard_ms: 0,
            last_call: given.calls,
            token: None,
            token_renewed: false,
            early_closes: 0,
            outdated: false,
        }
    }

    /// What it has numbered.
    pub(super) fn given(&self) -> Given {
        Given { calls: self.last_call, connections: self.generation }
    }
}

impl Account {
    /// The request for a token; its answer is for [`messages::read_token`].
    pub fn token_request(&self) -> Request {
        Request {
            method: Method::Post,
            url: self.token_url.clone(),
            headers: vec![("content-type", Secret::text("application/x-www-form-urlencoded"))],
            body: Some(messages::token_form(&self.client_id, &self.client_secret)),
            timeout_ms: TOKEN_TIMEOUT_MS,
            moves_money: false,
        }
    }

    /// What the socket's handshake bears.
    pub fn socket_headers(&self, token: &Secret<String>) -> Vec<(&'static str, Secret<String>)> {
        vec![
            ("authorization", Secret::new(format!("Bearer {}", token.expose()))),
            ("x-terminal-id", Secret::text(&self.terminal_id)),
        ]
    }
}

impl MultiPay {
    pub(super) fn connect(&mut self, now: Now, out: &mut Out<'_>) {
        let line = &mut self.line;
        line.outdated = false;
        match &line.token {
            Some((token, ends_ms)) if *ends_ms - TOKEN_SPARE_MS > now.boot_ms => {
                line.generation += 1;
                line.stage = Stage::Connecting;
                let headers = self.account.socket_headers(token);
                out.act.push(Act::Connect {
                    generation: line.generation,
                    url: self.account.socket_url.clone(),
                    headers,
                });
                self.agenda.set(Alarm::Line, now.boot_ms + CONNECT_WITHIN_MS);
            }
            Some(_) | None => {
                line.stage = Stage::Token;
                line.last_call += 1;
                let request = self.account.token_request();
                self.agenda.clear(Alarm::Line);
                out.act.push(Act::Call {
                    call: CallId { provider: ProviderName::Multipay, number: line.last_call },
                    request,
                });
            }
        }
    }

    pub(super) fn on_token(&mut self, number: u64, reply: &Reply, now: Now, out: &mut Out<'_>) {
        if self.line.stage != Stage::Token || self.line.last_call != number {
            return;
        }
        match messages::read_token(reply) {
            TokenAnswer::Token(token, life_ms) => {
                // At least long enough to open one socket with it.
                self.line.token = Some((token, now.boot_ms + life_ms.max(2 * TOKEN_SPARE_MS)));
                out.lower(ProviderName::Multipay, "configuration_refused");
                self.connect(now, out);
            }
            TokenAnswer::Refused => {
                out.raise(ProviderName::Multipay, "configuration_refused");
                self.setup_refused(out);
                self.fall_back(BACK_OFF_MOST_MS, now, out);
            }
            TokenAnswer::Failed => self.fall_back(BACK_OFF_FIRST_MS, now, out),
        }
    }

    pub(super) fn on_socket(&mut self, generation: u64, news: SocketNews, now: Now, out: &mut Out<'_>) {
        let current = generation == self.line.generation;
        if current {
            self.line.heard_ms = now.boot_ms;
        }
        match news {
            // Evidence counts from whichever socket it comes.
            SocketNews::Text(text) => self.on_text(&text, current, now, out),
            SocketNews::Opened if current && self.line.stage == Stage::Connecting => {
                self.line.stage = Stage::AwaitLogon;
                self.agenda.set(Alarm::Line, now.boot_ms + LOGON_WITHIN_MS);
            }
            SocketNews::Refused { status } if current && self.line.stage == Stage::Connecting => {
                let first_401 = status == 401 && !self.line.token_renewed;
                if status == 401 {
                    self.line.token = None;
                    self.line.token_renewed = true;
                }
                if first_401 { self.connect(now, out) } else { self.fall_back(BACK_OFF_FIRST_MS, now, out) }
            }
            SocketNews::Closed if current && self.line.stage != Stage::Offline && self.line.stage != Stage::Token => {
                self.line_lost(true, now, out)
            }
            SocketNews::Opened | SocketNews::Refused { .. } | SocketNews::Closed | SocketNews::Alive => {}
        }
    }

    pub(super) fn on_logon(&mut self, now: Now, out: &mut Out<'_>) {
        if self.line.stage != Stage::AwaitLogon {
            return;
        }
        self.line.stage = Stage::Ready;
        self.line.ready_ms = now.boot_ms;
        self.line.token_renewed = false;
        self.unanswered_since_logon = false;
        out.lower(ProviderName::Multipay, "line_down");
        out.repaint = true;
        self.agenda.set(Alarm::Line, now.boot_ms + self.account.heartbeat_ms);
        self.after_logon(now, out);
    }

    pub(super) fn on_line_alarm(&mut self, now: Now, out: &mut Out<'_>) {
        match self.line.stage {
            Stage::Offline => self.connect(now, out),
            Stage::Token => {}
            Stage::Connecting | Stage::AwaitLogon => {
                out.act.push(Act::Disconnect { generation: self.line.generation });
                self.line_lost(false, now, out);
            }
            Stage::Ready => {
                if now.boot_ms - self.line.ready_ms >= STEADY_AFTER_MS {
                    self.line.errors = 0;
                    self.line.early_closes = 0;
                    out.lower(ProviderName::Multipay, "terminal_in_use");
                }
                let silent_ms = now.boot_ms - self.line.heard_ms;
                let (ping_every_ms, dead_after_ms) = (self.account.heartbeat_ms, self.account.heartbeat_ms * 5 / 2);
                if silent_ms >= dead_after_ms {
                    out.act.push(Act::Disconnect { generation: self.line.generation });
                    return self.line_lost(false, now, out);
                }
                out.act.push(Act::Ping { generation: self.line.generation });
                self.agenda.set(Alarm::Line, now.boot_ms + ping_every_ms.min(dead_after_ms - silent_ms));
            }
        }
    }

    /// The account has changed: the next connection is opened by the new one.
    pub(super) fn outdate_line(&mut self, now: Now, out: &mut Out<'_>) {
        self.line.token = None;
        self.line.outdated = true;
        if self.line.stage == Stage::Ready {
            return self.renew_outdated_line(now, out);
        }
        self.open_anew(now, out);
    }

    /// A healthy line is kept for as long as somebody waits on it: MultiPay cannot be asked about what a gap swallows.
    pub(super) fn renew_outdated_line(&mut self, now: Now, out: &mut Out<'_>) {
        if self.line.outdated && self.line.stage == Stage::Ready && !self.is_waited_on(out) {
            self.open_anew(now, out);
        }
    }

    fn open_anew(&mut self, now: Now, out: &mut Out<'_>) {
        self.close_socket(out);
        self.line.errors = 0;
        self.line.early_closes = 0;
        self.line.token_renewed = false;
        out.repaint = true;
        self.connect(now, out);
    }

    /// Closes the socket, where there is one.
    pub(super) fn close_socket(&mut self, out: &mut Out<'_>) {
        match self.line.stage {
            Stage::Connecting | Stage::AwaitLogon | Stage::Ready => {
                out.act.push(Act::Disconnect { generation: self.line.generation });
            }
            Stage::Offline | Stage::Token => {}
        }
        self.line.stage = Stage::Offline;
    }

    fn line_lost(&mut self, by_server: bool, now: Now, out: &mut Out<'_>) {
        let was_ready = self.line.stage == Stage::Ready;
        if was_ready {
            self.in_flight_lost(now, out);
            let held_ms = now.boot_ms - self.line.ready_ms;
            if held_ms >= STEADY_AFTER_MS {
                self.line.errors = 0;
            }
            self.line.early_closes = if by_server && held_ms < EARLY_CLOSE_MS { self.line.early_closes + 1 } else { 0 };
        }
        self.fall_back(BACK_OFF_FIRST_MS, now, out);
        if self.line.early_closes >= EARLY_CLOSES_MAX {
            out.raise(ProviderName::Multipay, "terminal_in_use");
            self.agenda.set(Alarm::Line, now.boot_ms + IN_USE_BACK_OFF_MS);
        }
    }

    fn fall_back(&mut self, first_ms: i64, now: Now, out: &mut Out<'_>) {
        self.line.stage = Stage::Offline;
        self.line.errors += 1;
        if self.line.errors >= DOWN_AFTER_ERRORS {
            out.raise(ProviderName::Multipay, "line_down");
        }
        out.repaint = true;
        self.agenda.set(Alarm::Line, now.boot_ms + back_off_ms(self.line.errors, first_ms, BACK_OFF_MOST_MS, now.dice));
    }
}
