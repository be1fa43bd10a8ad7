//! Exact words from the far ends, for stories that need an answer no simulator gives; and a record of what the till did.
//! Without a script and without a record, which is how chaos runs, nothing here changes anything.

use super::{SECOND_MS, Shop};
use checkstand_core::book::Entry;
use checkstand_core::message::{Act, CallId, Method, Reply, Request, Signal, SocketNews};
use checkstand_core::payment::{Event, PaymentId, ProviderName};
use checkstand_core::till::{Hint, Setup};
use std::collections::VecDeque;

/// One kind of HTTP request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// MIS Pay GET /token.
    Token,
    /// MIS Pay POST /purchase: money.
    Purchase,
    /// MIS Pay GET /status.
    Status,
    /// MIS Pay GET `/purchase/<id>`.
    Details,
    /// MIS Pay /refund, either verb: money.
    Refund,
    /// MultiPay's token.
    Oauth,
}

impl Door {
    fn of(request: &Request) -> Door {
        let path = request.url.split('?').next().unwrap_or_default();
        match request.method {
            Method::Post if path.ends_with("/oauth/token") => Door::Oauth,
            _ if path.ends_with("/token") => Door::Token,
            Method::Post if path.ends_with("/purchase") => Door::Purchase,
            _ if path.ends_with("/status") => Door::Status,
            _ if path.ends_with("/refund") => Door::Refund,
            _ => Door::Details,
        }
    }
}

/// What a request is answered with instead of the far end's own answer.
struct Line {
    door: Door,
    reply: Reply,
    after_ms: i64,
    /// Whether the far end carries the request out all the same.
    carried_out: bool,
}

/// The script and the record.
#[derive(Default)]
pub struct Script {
    lines: VecDeque<Line>,
    /// Messages of the till never reach MultiPay.
    pub multipay_is_deaf: bool,
    /// Messages of MultiPay never reach the till.
    pub multipay_is_mute: bool,
    recording: bool,
    /// Every act since the record began, and when.
    pub acts: Vec<(i64, Act)>,
    /// Every answer since then, and when.
    pub answers: Vec<(i64, CallId)>,
}

/// A request that left.
#[derive(Clone)]
pub struct Left {
    pub at_ms: i64,
    pub call: CallId,
    pub request: Request,
}

impl Left {
    /// One of its headers; empty where it has none of this name.
    pub fn header(&self, name: &str) -> String {
        let found = self.request.headers.iter().find(|(header, _)| *header == name);
        found.map(|(_, value)| value.expose().clone()).unwrap_or_default()
    }

    pub fn body(&self) -> serde_json::Value {
        serde_json::from_str(self.request.body.as_ref().unwrap().expose()).unwrap()
    }
}

/// An HTTP answer.
pub fn answer(status: u16, body: &str) -> Reply {
    Reply::Answer { status, date_ms: None, body: body.as_bytes().to_vec() }
}

/// 200 and this body.
pub fn ok(body: &str) -> Reply {
    answer(200, body)
}

/// A refusal as the paper writes it: `ME04`.
pub fn refusal(code: &str) -> Reply {
    answer(400, &format!(r#"{{"status":"error :: 400","result":"ExceptionType.{code}"}}"#))
}

impl Shop {
    /// The next request at this door is answered so. The far end never hears of it.
    pub fn far_answers(&mut self, door: Door, reply: Reply) {
        self.far_answers_after(door, 100, reply);
    }

    /// The same, after so many milliseconds.
    pub fn far_answers_after(&mut self, door: Door, after_ms: i64, reply: Reply) {
        self.script.lines.push_back(Line { door, reply, after_ms, carried_out: false });
    }

    /// The next request at this door is carried out, and its answer is replaced by this one.
    pub fn far_obeys_but_answers(&mut self, door: Door, after_ms: i64, reply: Reply) {
        self.script.lines.push_back(Line { door, reply, after_ms, carried_out: true });
    }

    /// No more exact words.
    pub fn far_improvises(&mut self) {
        self.script.lines.clear();
    }

    /// A message arrives on the socket that stands.
    pub fn far_says(&mut self, text: &str) {
        let generation = *self.sockets.keys().next_back().expect("a socket stands");
        self.far_says_on(generation, text);
    }

    /// A message arrives on a socket by its number, standing or not.
    pub fn far_says_on(&mut self, generation: u64, text: &str) {
        let news = SocketNews::Text(text.to_owned());
        self.hear(ProviderName::Multipay, Signal::Socket { generation, news });
    }

    /// The socket seems to stand, but nothing passes any more.
    pub fn sockets_go_dead(&mut self) {
        self.cut.extend(self.sockets.keys().copied());
    }

    /// The server closes whatever socket stands, and the till hears of it at once.
    pub fn far_hangs_up(&mut self) {
        for generation in self.sockets.keys().copied().collect::<Vec<_>>() {
            self.cut.insert(generation);
            self.close(generation);
            self.hear(ProviderName::Multipay, Signal::Socket { generation, news: SocketNews::Closed });
        }
    }

    /// The technician changes the settings; the till starts again with them and has a second to get ready.
    pub fn refit(&mut self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.setup);
        self.crash(0);
        self.run_for(SECOND_MS);
    }

    /// The technician changes the settings while the till runs.
    pub fn exchange(&mut self, change: impl FnOnce(&mut Setup)) {
        change(&mut self.setup);
        let now = self.now();
        let step = self.till.set_up(self.setup.clone(), now);
        assert!(step.record.is_empty(), "nothing durable is decided by it");
        self.carry_out(step, None);
    }

    /// Begins the record anew.
    pub fn record(&mut self) {
        self.script.recording = true;
        self.script.acts.clear();
        self.script.answers.clear();
    }

    /// What left at this door since the record began.
    pub fn requests(&self, door: Door) -> Vec<Left> {
        let calls = self.script.acts.iter().filter_map(|(at_ms, act)| match act {
            Act::Call { call, request } if Door::of(request) == door => {
                Some(Left { at_ms: *at_ms, call: *call, request: request.clone() })
            }
            _ => None,
        });
        calls.collect()
    }

    /// When the answer to a request came back.
    pub fn answered_ms(&self, left: &Left) -> Option<i64> {
        self.script.answers.iter().find(|(_, call)| *call == left.call).map(|(at_ms, _)| *at_ms)
    }

    /// The messages of one type that left by the socket since the record began, and when.
    pub fn messages(&self, message_type: &str) -> Vec<(i64, serde_json::Value)> {
        let sent = self.script.acts.iter().filter_map(|(at_ms, act)| match act {
            Act::Send { text, .. } => Some((*at_ms, serde_json::from_str::<serde_json::Value>(text).unwrap())),
            _ => None,
        });
        sent.filter(|(_, message)| message["messageType"] == message_type).collect()
    }

    /// When handshakes began since the record began.
    pub fn connects(&self) -> Vec<i64> {
        let acts = self.script.acts.iter();
        acts.filter(|(_, act)| matches!(act, Act::Connect { .. })).map(|(at_ms, _)| *at_ms).collect()
    }

    /// The journal's entries about one payment.
    pub fn events(&self, id: PaymentId) -> Vec<&Event> {
        self.ledger
            .iter()
            .filter_map(Entry::of_payment)
            .filter(|fact| fact.payment == id)
            .map(|fact| &fact.event)
            .collect()
    }

    /// What the cashier is told beside the state.
    pub fn hint(&mut self, id: PaymentId) -> Hint {
        let now = self.now();
        self.till.hint(self.payment(id), now)
    }

    /// Whether a till-level notice is up.
    pub fn notices(&self, code: &str) -> bool {
        self.till.notices().any(|notice| notice.code == code)
    }

    pub(super) fn note_act(&mut self, act: &Act) {
        if self.script.recording {
            self.script.acts.push((self.now_ms, act.clone()));
        }
    }

    pub(super) fn note_answer(&mut self, signal: &Signal) {
        if let Signal::Answered { call, .. } = signal
            && self.script.recording
        {
            self.script.answers.push((self.now_ms, *call));
        }
    }

    /// The scripted answer to a request, and after how long it comes.
    pub(super) fn prompt(&mut self, request: &Request) -> Option<(i64, Reply)> {
        let door = Door::of(request);
        let place = self.script.lines.iter().position(|line| line.door == door)?;
        let line = self.script.lines.remove(place).expect("just found");
        if line.carried_out {
            _ = self.far.answer(request, self.now_ms);
        }
        Some((line.after_ms, line.reply))
    }
}
