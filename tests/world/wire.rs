//! The wire between the till and the far ends: it delays, loses, doubles and cuts, and keeps the order of a socket.

use super::{SECOND_MS, Shop};
use checkstand_core::ask::Input;
use checkstand_core::message::{Act, CallId, Reply, Request, Signal, SocketNews};
use checkstand_core::payment::ProviderName;
use checkstand_core::provider::mispay::token::derive_key;
use checkstand_simulator::simulator::{Outgoing, SocketId};
use std::borrow::Cow;

/// Something on its way. Kept small, for the list of what is on its way moves its members about.
pub enum Parcel {
    /// A request to the far end. `answered`: whether the answer finds its way back.
    Request {
        life: u64,
        call: CallId,
        request: Box<Request>,
        back: Back,
    },
    /// News for one life of the till.
    News {
        life: u64,
        provider: ProviderName,
        signal: Signal,
    },
    Handshake {
        life: u64,
        generation: u64,
        authorization: String,
        terminal: String,
    },
    Frame {
        generation: u64,
        text: String,
    },
    /// A PIN was checked or hashed.
    Pin {
        life: u64,
        input: Box<Input>,
    },
}

/// What becomes of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Back {
    Comes,
    ComesAfter(i64),
    IsLost,
    IsGarbled,
    IsCut,
}

impl Shop {
    pub(super) fn act(&mut self, act: Act) {
        self.note_act(&act);
        match act {
            Act::Call { call, request } => self.call(call, request),
            Act::Derive { call, secret, salt, rounds } => {
                let key = derive_key(&secret, &salt, rounds);
                self.news(20, call.provider, Signal::Derived { call, key });
            }
            act @ (Act::CheckPin { .. } | Act::HashPin { .. }) => self.pin_act(&act),
            Act::Connect { generation, headers, .. } => {
                for earlier in self.sockets.keys().copied().collect::<Vec<_>>() {
                    self.close(earlier);
                }
                if self.hits(self.faults.socket_refused) {
                    return self.socket_news(50, generation, SocketNews::Closed);
                }
                let header = |name: &str| {
                    headers
                        .iter()
                        .find(|(n, _)| *n == name)
                        .map(|(_, value)| value.expose().clone())
                        .unwrap_or_default()
                };
                let (authorization, terminal) = (header("authorization"), header("x-terminal-id"));
                let (life, delay_ms) = (self.life, self.delay_ms());
                self.post(delay_ms, Parcel::Handshake { life, generation, authorization, terminal });
            }
            Act::Send { generation, text } => {
                if self.cut.contains(&generation) || !self.sockets.contains_key(&generation) {
                    return;
                }
                if self.hits(self.faults.socket_cut) {
                    // Half of the time the message arrives before the connection breaks.
                    if self.chance.bool() {
                        let delay_ms = self.delay_ms();
                        self.post(delay_ms, Parcel::Frame { generation, text });
                    }
                    return self.break_socket(generation);
                }
                if self.hits(self.faults.socket_silent) {
                    self.cut.insert(generation);
                    return;
                }
                let delay_ms = self.socket_delay_ms();
                self.post(delay_ms, Parcel::Frame { generation, text });
            }
            Act::Ping { generation } => {
                if self.sockets.contains_key(&generation) && !self.cut.contains(&generation) {
                    self.socket_news(40, generation, SocketNews::Alive);
                }
            }
            Act::Disconnect { generation } => self.close(generation),
        }
    }

    /// The answer breaks off somewhere; its length was not announced, so nobody notices on the way.
    fn cut_reply(&mut self, reply: Reply) -> Reply {
        match reply {
            Reply::Answer { status, date_ms, mut body } => {
                body.truncate(self.chance.usize(0..=body.len().saturating_sub(1)));
                Reply::Answer { status, date_ms, body }
            }
            Reply::NotSent | Reply::Lost => reply,
        }
    }

    fn call(&mut self, call: CallId, request: Request) {
        if self.hits(self.faults.token_dies) {
            self.far.revoke_tokens();
        }
        if let Some((after_ms, reply)) = self.prompt(&request) {
            return self.news(after_ms, call.provider, Signal::Answered { call, reply });
        }
        if self.hits(self.faults.not_sent) {
            return self.news(30, call.provider, Signal::Answered { call, reply: Reply::NotSent });
        }
        let timeout_ms = i64::try_from(request.timeout_ms).unwrap();
        if self.hits(self.faults.request_lost) {
            let delay_ms = self.chance.i64(100..=timeout_ms);
            return self.news(delay_ms, call.provider, Signal::Answered { call, reply: Reply::Lost });
        }
        let back = if self.hits(self.faults.answer_lost) {
            Back::IsLost
        } else if self.hits(self.faults.answer_late) {
            Back::ComesAfter(self.chance.i64(SECOND_MS..=timeout_ms))
        } else if self.hits(self.faults.answer_garbled) {
            Back::IsGarbled
        } else if self.hits(self.faults.answer_cut) {
            Back::IsCut
        } else {
            Back::Comes
        };
        let (life, delay_ms) = (self.life, self.delay_ms());
        self.post(delay_ms, Parcel::Request { life, call, request: Box::new(request), back });
    }

    /// A parcel arrives.
    pub(super) fn arrive(&mut self, parcel: Parcel) {
        match parcel {
            Parcel::Request { life, call, request, back } => {
                let reply = self.far.answer(&request, self.now_ms);
                if self.hits(self.faults.request_doubled) {
                    self.deliver_again(&request);
                }
                let delay_ms = self.delay_ms();
                let (delay_ms, reply) = match back {
                    Back::Comes => (delay_ms, reply),
                    Back::ComesAfter(late_ms) => (late_ms, reply),
                    Back::IsLost => (delay_ms, Reply::Lost),
                    Back::IsCut => (delay_ms, self.cut_reply(reply)),
                    Back::IsGarbled => {
                        (delay_ms, Reply::Answer { status: 200, date_ms: None, body: b"<html>gateway</html>".to_vec() })
                    }
                };
                self.post(
                    delay_ms,
                    Parcel::News { life, provider: call.provider, signal: Signal::Answered { call, reply } },
                );
            }
            Parcel::News { life, provider, signal } => {
                if self.now_ms < self.asleep_until_ms {
                    return self.post(self.asleep_until_ms - self.now_ms, Parcel::News { life, provider, signal });
                }
                if life == self.life && self.down_until_ms.is_none() {
                    self.note_answer(&signal);
                    self.hear(provider, signal);
                }
            }
            Parcel::Pin { life, input } => {
                if life == self.life && self.down_until_ms.is_none() && self.unsaved.is_none() {
                    self.hear_pin(*input);
                }
            }
            Parcel::Handshake { life, generation, authorization, terminal } => {
                if life != self.life || self.cut.contains(&generation) {
                    return;
                }
                match self.far.connect(&authorization, &terminal, self.now_ms) {
                    Ok(socket) => {
                        self.sockets.insert(generation, socket);
                        self.socket_news(10, generation, SocketNews::Opened);
                    }
                    Err(status) => self.socket_news(10, generation, SocketNews::Refused { status }),
                }
            }
            Parcel::Frame { generation, text } => {
                if let Some(socket) = self.sockets.get(&generation).filter(|_| !self.script.multipay_is_deaf) {
                    self.far.hear(*socket, &text, self.now_ms);
                }
            }
        }
    }

    /// A proxy sends a request once more; nobody sees the second answer. A money request only where the far end refuses
    /// the second: elsewhere money would move twice by no doing of the till's, and no till could know it. For the same
    /// reason no refund: the paper has nothing by which a second one is told from the first.
    fn deliver_again(&mut self, request: &Request) {
        if request.moves_money {
            let world = self.far.world();
            let is_refused = request.url.ends_with("/purchase") && (world.order_id_unique || world.code_single_use);
            let body = request.body.as_ref().filter(|_| is_refused).map(|body| body.expose());
            let body = body.and_then(|body| serde_json::from_str::<serde_json::Value>(body).ok());
            let Some(order_id) = body.as_ref().and_then(|body| body["orderId"].as_str()) else { return };
            *self.doubled.entry(order_id.to_owned()).or_default() += 1;
        }
        _ = self.far.answer(request, self.now_ms);
    }

    /// What the far end sends by itself.
    pub(super) fn far_ticks(&mut self) {
        for outgoing in self.far.tick(self.now_ms) {
            match outgoing {
                Outgoing::Text { socket, text } => {
                    let Some(generation) = self.generation_of(socket) else { continue };
                    if self.cut.contains(&generation) || self.script.multipay_is_mute {
                        continue;
                    }
                    if self.hits(self.faults.socket_cut) {
                        self.break_socket(generation);
                        continue;
                    }
                    let twice = self.hits(self.faults.doubled);
                    let late_ms = if self.hits(self.faults.frame_late) { self.lateness_ms() } else { 0 };
                    let delay_ms = self.socket_delay_ms() + late_ms;
                    let text = if self.hits(self.faults.frame_cut) { self.cut_text(text) } else { text };
                    self.socket_news(delay_ms, generation, SocketNews::Text(text.clone()));
                    if twice {
                        // The copy comes right behind it, or when nobody thinks of it any more.
                        let behind_ms = if self.chance.bool() { self.lateness_ms() } else { 0 };
                        self.socket_news(delay_ms + behind_ms, generation, SocketNews::Text(text));
                    }
                }
                Outgoing::Close { socket } => {
                    if let Some(generation) = self.generation_of(socket) {
                        self.sockets.remove(&generation);
                        self.socket_news(50, generation, SocketNews::Closed);
                    }
                }
            }
        }
    }

    /// A moment, a minute, or long after.
    fn lateness_ms(&mut self) -> i64 {
        let most_ms = [3, 60, 600, 600][self.chance.usize(0..4)] * SECOND_MS;
        self.chance.i64(0..=most_ms)
    }

    fn cut_text(&mut self, mut text: String) -> String {
        let mut end = self.chance.usize(0..text.len().max(1));
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }

    /// The far ends restart.
    pub fn servers_restart(&mut self) {
        self.far.revoke_tokens();
        self.break_sockets();
    }

    /// The connection breaks; both ends notice.
    pub fn break_socket(&mut self, generation: u64) {
        self.cut.insert(generation);
        self.close(generation);
        self.socket_news(200, generation, SocketNews::Closed);
    }

    /// Breaks whatever socket stands.
    pub fn break_sockets(&mut self) {
        for generation in self.sockets.keys().copied().collect::<Vec<_>>() {
            self.break_socket(generation);
        }
    }

    pub(super) fn close(&mut self, generation: u64) {
        if let Some(socket) = self.sockets.remove(&generation) {
            self.far.disconnect(socket, self.now_ms);
        }
    }

    pub(super) fn close_all(&mut self) {
        for generation in self.sockets.keys().copied().collect::<Vec<_>>() {
            self.close(generation);
        }
    }

    fn generation_of(&self, socket: SocketId) -> Option<u64> {
        self.sockets.iter().find(|(_, known)| **known == socket).map(|(generation, _)| *generation)
    }

    fn socket_news(&mut self, delay_ms: i64, generation: u64, news: SocketNews) {
        self.news(delay_ms, ProviderName::Multipay, Signal::Socket { generation, news });
    }

    fn news(&mut self, delay_ms: i64, provider: ProviderName, signal: Signal) {
        let life = self.life;
        self.post(delay_ms, Parcel::News { life, provider, signal });
    }

    pub(super) fn post(&mut self, delay_ms: i64, parcel: Parcel) {
        self.last_parcel += 1;
        self.parcels.insert((self.now_ms + delay_ms, self.last_parcel), parcel);
    }

    fn delay_ms(&mut self) -> i64 {
        self.chance.i64(5..=400)
    }

    /// One delay for all messages of a socket keeps their order.
    fn socket_delay_ms(&self) -> i64 {
        60
    }

    pub(super) fn hits(&mut self, in_a_thousand: u32) -> bool {
        in_a_thousand > 0 && self.chance.u32(0..1000) < in_a_thousand
    }
}

/// A receipt or a final word, by payment id; a reversal by receipt, by the receipt's.
pub(super) type Delivery = (String, &'static str);

/// What of it a message brings, where it can be read.
pub(super) fn delivery(signal: &Signal) -> Option<Delivery> {
    let Signal::Socket { news: SocketNews::Text(text), .. } = signal else { return None };
    let message: Message<'_> = serde_json::from_str(text).ok()?;
    let about = message.payment.or(message.details)?;
    let word = match (message.kind.as_deref(), about.state.as_deref()) {
        // The receipt of a refund may say so too, under the sale's id: only its own number tells them apart.
        (Some("PAYMENT_RECEIPT"), Some("REVERSED")) => return Some((about.receipt?.into_owned(), "reversed")),
        (_, Some("REVERSED")) => "reversed",
        (Some("PAYMENT_RECEIPT"), _) => "receipt",
        (_, Some("CANCELED")) => "canceled",
        (_, Some("COMPLETE")) => "complete",
        _ => return None,
    };
    Some((about.id?.into_owned(), word))
}

/// As much of a message of MultiPay's as says what it brings.
#[derive(serde::Deserialize)]
struct Message<'a> {
    #[serde(rename = "messageType", borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    payment: Option<About<'a>>,
    #[serde(rename = "paymentDetails", borrow)]
    details: Option<About<'a>>,
}

#[derive(serde::Deserialize)]
struct About<'a> {
    #[serde(rename = "paymentId", borrow)]
    id: Option<Cow<'a, str>>,
    #[serde(rename = "paymentReceiptId", borrow)]
    receipt: Option<Cow<'a, str>>,
    #[serde(rename = "paymentState", borrow)]
    state: Option<Cow<'a, str>>,
}
