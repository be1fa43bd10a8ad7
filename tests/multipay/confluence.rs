//! Invariant I14: messages that carry an id, in any order and duplication, end in the same state and flags.
//!
//! Every sequence of up to four of the nine messages below, and samples of five and six, for a sale in each of the
//! conditions in which messages can find it. Two sequences of the same set must end alike. `CHAOS_ORDERS=6` plays every
//! sequence of up to six.

use super::*;
use checkstand_core::ask::{Input, Sale, Size};
use checkstand_core::message::{Now, Signal, SocketNews};
use checkstand_core::payment::{Flags, ProviderName};
use checkstand_core::till::{Step, Till};
use std::collections::BTreeMap;

const MESSAGES: usize = 9;
/// The last of them, a refused input, is left out where the others are proven among themselves.
const WITHOUT_INPUT_ERROR: usize = 8;
/// Without `CHAOS_ORDERS`.
const LENGTH_EXHAUSTIVE: usize = 4;
const SAMPLES: usize = 20_000;

/// In what condition the messages find the sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Condition {
    /// Sent, nobody wants it stopped.
    Sent,
    /// Sent, and a cancel was asked for.
    CancelAsked,
    /// Waiting, and a cancel has left.
    Cancelling,
    /// The connection was lost after it had left, and is back.
    Unknown,
    /// The same, and the cashier heard "not paid".
    Fenced,
}

const CONDITIONS: [Condition; 5] =
    [Condition::Sent, Condition::CancelAsked, Condition::Cancelling, Condition::Unknown, Condition::Fenced];

fn messages(id: PaymentId) -> [String; MESSAGES] {
    [
        init_response(id, Some("PENDING")),
        update(id, "PENDING"),
        update(id, "CANCELED"),
        update(id, "COMPLETE"),
        update(id, "ERROR"),
        receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID),
        reversed(id),
        problem("unexpected-error", Some(id)),
        problem("input-error", Some(id)),
    ]
}

/// A till on a bench: no wire and no time, only decide and apply.
struct Bench {
    till: Till,
    now_ms: i64,
    generation: u64,
}

impl Bench {
    fn take(&mut self, step: Step) {
        assert!(step.problem.is_none(), "{:?}", step.problem);
        self.till.apply(&step.record);
    }

    fn now(&self) -> Now {
        Now { boot_ms: self.now_ms, utc_ms: self.now_ms, dice: 0 }
    }

    fn ask(&mut self, ask: Ask) {
        let now = self.now();
        let step = self.till.decide(Input::Asked { operator: "sara".to_owned(), ask }, now);
        self.take(step);
    }

    fn hear(&mut self, signal: Signal) -> Step {
        let now = self.now();
        self.till.decide(Input::Heard { provider: ProviderName::Multipay, signal }, now)
    }

    fn socket(&mut self, news: SocketNews) {
        let step = self.hear(Signal::Socket { generation: self.generation, news });
        self.take(step);
    }

    /// From "a connection is being opened" to "logged on".
    fn log_on(&mut self, generation: u64) {
        self.generation = generation;
        self.socket(SocketNews::Opened);
        self.socket(SocketNews::Text(r#"{"id":"1","messageType":"LOGON_CONFIRMATION"}"#.to_owned()));
    }
}

fn bench(id: PaymentId, condition: Condition, setup: &checkstand_core::till::Setup) -> Bench {
    let mut bench = Bench { till: Till::new(setup.clone()), now_ms: 1_000_000, generation: 0 };
    let now = bench.now();
    let step = bench.till.resume(now);
    let call = step.act.iter().find_map(|act| match act {
        checkstand_core::message::Act::Call { call, .. } if call.provider == ProviderName::Multipay => Some(*call),
        _ => None,
    });
    bench.take(step);
    let reply = crate::world::ok(r#"{"access_token":"t","expires_in":3600}"#);
    let step = bench.hear(Signal::Answered { call: call.unwrap(), reply });
    bench.take(step);
    bench.log_on(1);
    let money = Money::new(AMOUNT_MINOR, Currency::Nok);
    bench.ask(Ask::Sell(Sale {
        id,
        provider: ProviderName::Multipay,
        money,
        size: Size::AsTyped,
        reference: None,
        code: None,
        override_by: None,
        not_same_as: None,
    }));
    let lose_the_line = |bench: &mut Bench| {
        bench.socket(SocketNews::Closed);
        bench.now_ms += 1_000;
        let step = bench.hear(Signal::Tick);
        bench.take(step);
        bench.log_on(2);
    };
    match condition {
        Condition::Sent => {}
        Condition::CancelAsked => bench.ask(Ask::Cancel(id)),
        Condition::Cancelling => {
            bench.socket(SocketNews::Text(init_response(id, Some("PENDING"))));
            bench.ask(Ask::Cancel(id));
        }
        Condition::Unknown => lose_the_line(&mut bench),
        Condition::Fenced => {
            lose_the_line(&mut bench);
            bench.ask(Ask::CustomerSays { payment: id, paid: false });
        }
    }
    bench
}

type End = (State, Flags);

fn end_of(condition: Condition, sequence: &[usize], setup: &checkstand_core::till::Setup) -> End {
    let id = PaymentId(uuid::Uuid::from_u128(0x1234_5678));
    let mut bench = bench(id, condition, setup);
    let texts = messages(id);
    for place in sequence {
        bench.socket(SocketNews::Text(texts[*place].clone()));
    }
    let payment = bench.till.book().payment(id).unwrap();
    (payment.state, payment.flags.clone())
}

/// Remembers the first end of each set of messages, and what contradicts it.
#[derive(Default)]
struct Ends {
    by_set: BTreeMap<u32, (Vec<usize>, End)>,
    wrongs: Vec<String>,
}

impl Ends {
    fn check(&mut self, condition: Condition, sequence: &[usize], setup: &checkstand_core::till::Setup) {
        let set = sequence.iter().fold(0, |set, place| set | 1 << place);
        let end = end_of(condition, sequence, setup);
        match self.by_set.get(&set) {
            None => _ = self.by_set.insert(set, (sequence.to_vec(), end)),
            Some((first, other)) if *other != end => {
                self.wrongs.push(format!("{condition:?}: {first:?} ends in {other:?}, {sequence:?} in {end:?}"))
            }
            Some(_) => {}
        }
    }
}

fn setup() -> checkstand_core::till::Setup {
    let mut setup = Shop::calm().setup;
    setup.mispay = None;
    setup
}

fn none_disagree(ends: &Ends) {
    let wrongs = &ends.wrongs;
    let shown = wrongs.iter().take(12).cloned().collect::<Vec<_>>().join("\n");
    assert!(
        wrongs.is_empty(),
        "{} disagree. 0 init PENDING, 1 PENDING, 2 CANCELED, 3 COMPLETE, 4 ERROR, 5 receipt, 6 REVERSED, 7 unexpected-error, 8 input-error\n{shown}",
        wrongs.len()
    );
}

fn exhaustive(condition: Condition, messages: usize) {
    let setup = setup();
    let mut ends = Ends::default();
    let length_max = crate::chaos::from_environment("CHAOS_ORDERS").map_or(LENGTH_EXHAUSTIVE, |length| length as usize);
    for length in 1..=length_max {
        let mut sequence = vec![0; length];
        loop {
            ends.check(condition, &sequence, &setup);
            let Some(place) = sequence.iter().rposition(|digit| *digit + 1 < messages) else { break };
            sequence[place] += 1;
            sequence[place + 1..].fill(0);
        }
    }
    assert!(ends.by_set.len() > 160, "{} sets", ends.by_set.len());
    none_disagree(&ends);
}

#[test]
fn i14_every_order_of_up_to_four_messages_ends_alike_in_sent() {
    exhaustive(Condition::Sent, WITHOUT_INPUT_ERROR);
}

#[test]
fn i14_every_order_of_up_to_four_messages_ends_alike_with_a_cancel_asked_before() {
    exhaustive(Condition::CancelAsked, WITHOUT_INPUT_ERROR);
}

#[test]
fn i14_every_order_of_up_to_four_messages_ends_alike_while_cancelling() {
    exhaustive(Condition::Cancelling, WITHOUT_INPUT_ERROR);
}

#[test]
fn i14_every_order_of_up_to_four_messages_ends_alike_after_a_lost_connection() {
    exhaustive(Condition::Unknown, WITHOUT_INPUT_ERROR);
}

#[test]
fn i14_every_order_of_up_to_four_messages_ends_alike_behind_a_fence() {
    exhaustive(Condition::Fenced, WITHOUT_INPUT_ERROR);
}

#[test]
fn i14_samples_of_five_and_six_messages_end_alike() {
    samples(WITHOUT_INPUT_ERROR);
}

#[test]
fn i14_a_refused_input_among_the_others_ends_alike_in_every_order() {
    for condition in CONDITIONS {
        exhaustive(condition, MESSAGES);
    }
    samples(MESSAGES);
}

fn samples(messages: usize) {
    let setup = setup();
    let mut chance = fastrand::Rng::with_seed(14);
    for condition in CONDITIONS {
        let mut ends = Ends::default();
        for _ in 0..SAMPLES / CONDITIONS.len() {
            let length = chance.usize(5..=6);
            let sequence: Vec<usize> = (0..length).map(|_| chance.usize(0..messages)).collect();
            ends.check(condition, &sequence, &setup);
            let mut shuffled = sequence.clone();
            chance.shuffle(&mut shuffled);
            ends.check(condition, &shuffled, &setup);
        }
        none_disagree(&ends);
    }
}
