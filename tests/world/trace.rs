//! What is counted and hashed of a run: which event met which state, and everything that was recorded and done, in order.

use checkstand_core::book::{Entry, PaymentFact};
use checkstand_core::message::Act;
use checkstand_core::payment::Event;
use checkstand_core::till::{Step, Till};
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

/// A payment's state before, and the event that met it. The state is `new` where the payment was not there yet.
pub type Pair = (&'static str, &'static str);

/// Off unless somebody wants it: counting costs a tenth of a run, hashing a half.
#[derive(Default)]
pub struct Trace {
    /// How often each pair came.
    pub pairs: Option<BTreeMap<Pair, u64>>,
    /// Of everything so far.
    pub hash: Option<DefaultHasher>,
}

impl Trace {
    /// A step is about to be carried out.
    pub(super) fn step(&mut self, step: &Step, now_ms: i64, till: &Till) {
        if let Some(pairs) = &mut self.pairs {
            // Several facts of one step follow on each other.
            let mut so_far = BTreeMap::new();
            for PaymentFact { payment, event, state, .. } in step.record.iter().filter_map(Entry::of_payment) {
                let in_book = || till.book().payment(*payment).map_or("new", |payment| payment.state.name());
                let before = so_far.insert(*payment, state.name()).unwrap_or_else(in_book);
                *pairs.entry((before, name(event))).or_default() += 1;
            }
        }
        if let Some(hash) = &mut self.hash {
            now_ms.hash(hash);
            format!("{:?}", step.record).hash(hash);
            for act in &step.act {
                hash_act(act, hash);
            }
        }
    }

    /// The hash of the run; the same for the same seed.
    pub fn digest(&self) -> u64 {
        self.hash.as_ref().map_or(0, Hasher::finish)
    }
}

/// Bodies are secrets and print as stars, so they are hashed by their values.
fn hash_act(act: &Act, hash: &mut DefaultHasher) {
    format!("{act:?}").hash(hash);
    if let Act::Call { request, .. } = act {
        request.body.as_ref().map(|body| body.expose()).hash(hash);
        for (name, value) in &request.headers {
            (name, value.expose()).hash(hash);
        }
    }
}

/// Every event's word.
pub const EVENTS: [&str; 22] = [
    "opened",
    "sent",
    "sent_again",
    "refused",
    "accepted",
    "doubted",
    "ended",
    "said_complete",
    "said_error",
    "captured",
    "details_read",
    "details_missing",
    "returned",
    "cancel_asked",
    "cancel_answered",
    "cancel_unanswered",
    "parked",
    "number_checked",
    "strange_amount",
    "settled",
    "acknowledged",
    "drop_seen",
];

/// An event's word in the journal.
pub fn name(event: &Event) -> &'static str {
    match event {
        Event::Opened(_) => "opened",
        Event::Sent { .. } => "sent",
        Event::SentAgain => "sent_again",
        Event::Refused { .. } => "refused",
        Event::Accepted { .. } => "accepted",
        Event::Doubted { .. } => "doubted",
        Event::Ended { .. } => "ended",
        Event::SaidComplete => "said_complete",
        Event::SaidError => "said_error",
        Event::Captured(_) => "captured",
        Event::DetailsRead(_) => "details_read",
        Event::DetailsMissing => "details_missing",
        Event::Returned => "returned",
        Event::CancelAsked => "cancel_asked",
        Event::CancelAnswered => "cancel_answered",
        Event::CancelUnanswered => "cancel_unanswered",
        Event::Parked => "parked",
        Event::NumberChecked(_) => "number_checked",
        Event::StrangeAmount { .. } => "strange_amount",
        Event::Settled { .. } => "settled",
        Event::Acknowledged => "acknowledged",
        Event::DropSeen => "drop_seen",
    }
}
