//! What will happen by itself, in the order of its time. Only what is due is ever looked at.

use crate::customers::Deed;
use crate::payments::PaymentKey;
use crate::simulator::SocketId;
use std::collections::BTreeMap;

/// Something that happens at its time.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// A customer acts as scripted.
    Deed { payment: PaymentKey, deed: Deed },
    /// Nobody acted; the far end gives up on the payment.
    SessionEnd { payment: PaymentKey },
    /// A new socket is confirmed.
    Logon { socket: SocketId },
    /// The token with which a socket was opened has passed its life.
    TokenEnd { socket: SocketId },
    /// A message for a terminal leaves, to whichever sockets it then has.
    Send { terminal_id: String, text: String },
}

/// The place of one event: its time in milliseconds, then the order of arrival.
pub(crate) type Slot = (i64, u64);

#[derive(Clone, Debug, Default)]
pub(crate) struct Agenda {
    events: BTreeMap<Slot, Event>,
    count: u64,
}

impl Agenda {
    pub(crate) fn add(&mut self, due_ms: i64, event: Event) -> Slot {
        self.count += 1;
        let slot = (due_ms, self.count);
        self.events.insert(slot, event);
        slot
    }

    pub(crate) fn strike(&mut self, slot: Slot) {
        self.events.remove(&slot);
    }

    pub(crate) fn next_due_ms(&self) -> Option<i64> {
        self.events.first_key_value().map(|((due_ms, _), _)| *due_ms)
    }

    /// The earliest event, if its time has come.
    pub(crate) fn take_due(&mut self, now_ms: i64) -> Option<(i64, Event)> {
        if self.next_due_ms()? > now_ms {
            return None;
        }
        self.events.pop_first().map(|((due_ms, _), event)| (due_ms, event))
    }
}
