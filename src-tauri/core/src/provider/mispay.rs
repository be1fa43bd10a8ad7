//! MIS Pay In-Store: a token, one money request, then polls until the customer has decided.
//!
//! Reading order: [`MisPay`] and the trait (what the till asks) → `next_errand` (what a payment needs next) → `send` →
//! `mispay/answers.rs` (what each answer means). The table *MIS Pay, step by step* in docs/PROVIDERS.md is this file in words.

use crate::agenda::Agenda;
use crate::message::{Method, Now, Signal};
use crate::money::{Currency, western_digit};
use crate::payment::{Ending, Kind, PaymentId, State};
use crate::problem::Problem;
use crate::provider::{Given, Line, Out, Provider};
use crate::secret::Secret;
use std::collections::BTreeMap;

mod answers;
mod asking;
pub mod messages;
mod times;
pub mod token;
mod watching;

use asking::path_segment;
use times::{OPENED_FOR_MS, TOO_OLD_AFTER_MS};
use token::TokenDesk;

/// What the store got from MIS Pay, and the settings for what its paper leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Without a slash at its end.
    pub base_url: String,
    /// `x-app-id`.
    pub app_id: Secret<String>,
    /// `x-app-secret`; also the password of every token's key.
    pub app_secret: Secret<String>,
    /// 40 000 on real wires, 1 where thousands of days are simulated.
    pub rounds: u32,
    /// GET as in the paper, or POST.
    pub refund_method: Method,
    /// Fewest and most digits of a payment code.
    pub code_digits: (usize, usize),
    /// Details exist only for completed purchases, so that a number that is ours proves payment. Off unless MIS Pay says so.
    pub details_only_when_completed: bool,
    /// How long customers usually have to approve (ms); then a payment is read once a minute.
    pub window_ms: i64,
}

impl Account {
    /// Whether a token of the one is a token of the other.
    fn shares_token(&self, other: &Account) -> bool {
        (&self.base_url, &self.app_id, &self.app_secret, self.rounds)
            == (&other.base_url, &other.app_id, &other.app_secret, other.rounds)
    }
}

/// What a request was for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Errand {
    Token,
    Purchase(PaymentId),
    Status(PaymentId),
    /// Final word on a paid purchase, or proof where /status left something out.
    Details(PaymentId, String),
    /// The purchase amount before a refund.
    Baseline(PaymentId),
    Refund(PaymentId),
    /// The purchase amount after a refund.
    RefundProof(PaymentId),
    CheckNumber(PaymentId, String),
}

struct Call {
    errand: Errand,
    /// Which token it used (its `got_ms`).
    token_ms: i64,
}

/// The volatile side of one payment.
#[derive(Clone, Debug, Default)]
struct Watch {
    /// Until the money request is answered; then it is wiped.
    code: Option<Secret<String>>,
    /// The click (boot ms).
    clicked_ms: i64,
    /// From when the cadence counts (boot ms).
    since_ms: i64,
    /// The call whose answer is awaited.
    busy: Option<u64>,
    errors: u32,
    /// An adverse word and when it was first heard in a row (boot ms).
    adverse: Option<(messages::Word, i64)>,
    /// Reads of a success that left something out.
    incomplete_reads: u8,
    /// A purchase whose details must prove what /status did not.
    prove: Option<String>,
    /// The request was definitely refused for its token; it leaves once more with another.
    repeat: bool,
    wants_token: bool,
    proofs: u8,
}

/// What is known of a purchase number that a person entered, until it is recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberQuestion {
    /// On its way.
    Asking(String),
    /// There is no such purchase.
    NotFound(String),
    /// It could not be asked.
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    Token,
    Payment(PaymentId),
}

/// The protocol machine.
pub struct MisPay {
    account: Account,
    token: TokenDesk,
    calls: BTreeMap<u64, Call>,
    last_call: u64,
    watches: BTreeMap<PaymentId, Watch>,
    agenda: Agenda<Alarm>,
    questions: BTreeMap<PaymentId, NumberQuestion>,
}

impl MisPay {
    /// A machine with nothing in hand, which counts on from the one before it.
    pub fn after(given: Given, account: Account) -> MisPay {
        MisPay {
            account,
            token: TokenDesk::default(),
            calls: BTreeMap::new(),
            last_call: given.calls,
            watches: BTreeMap::new(),
            agenda: Agenda::default(),
            questions: BTreeMap::new(),
        }
    }

    /// Goes on with another account. A token that is not its own is dropped and another one fetched; so it is after
    /// failures, for somebody may just have mended their cause.
    pub fn exchange(&mut self, account: Account, now: Now, out: &mut Out<'_>) {
        let keeps_token = self.account.shares_token(&account) && self.token.errors == 0;
        self.account = account;
        if !keeps_token {
            self.token = TokenDesk::default();
            self.agenda.clear(Alarm::Token);
            self.warm(now, out);
        }
    }

    /// Looks a purchase up by a number that a person has read somewhere.
    pub fn check_number(&mut self, id: PaymentId, number: &str, now: Now, out: &mut Out<'_>) {
        self.questions.insert(id, NumberQuestion::Asking(number.to_owned()));
        out.repaint = true;
        if self.token.usable(now.boot_ms).is_some() {
            self.ask(
                Errand::CheckNumber(id, number.to_owned()),
                self.read(&format!("/purchase/{}", path_segment(number))),
                now,
                out,
            );
        } else {
            self.want_token(out);
        }
    }

    // Questions that a token has been fetched for; without one they have failed.
    fn ask_numbers(&mut self, now: Now, out: &mut Out<'_>) {
        for (id, question) in self.questions.clone() {
            if let NumberQuestion::Asking(number) = question {
                if self.token.usable(now.boot_ms).is_some() {
                    self.check_number(id, &number, now, out);
                } else {
                    self.questions.insert(id, NumberQuestion::Failed(number));
                }
            }
        }
    }

    /// The question about a number that is open or was not answered with a purchase.
    pub fn number_question(&self, id: PaymentId) -> Option<&NumberQuestion> {
        self.questions.get(&id)
    }
}

impl Provider for MisPay {
    fn currencies(&self) -> &'static [Currency] {
        &[Currency::Sar]
    }

    fn accepts(&self, code: Option<&Secret<String>>) -> Result<(), Problem> {
        let (min, max) = self.account.code_digits;
        let Some(code) = code.filter(|code| !code.expose().is_empty()) else {
            return Err(Problem::new("code_missing"));
        };
        let digits = code.expose().chars().count();
        if !code.expose().bytes().all(|b| b.is_ascii_digit()) || !(min..=max).contains(&digits) {
            return Err(Problem::new("code_invalid").with("min", min).with("max", max));
        }
        Ok(())
    }

    fn sell(&mut self, id: PaymentId, code: Option<Secret<String>>, now: Now, out: &mut Out<'_>) {
        self.watches.insert(id, Watch { code, clicked_ms: now.boot_ms, since_ms: now.boot_ms, ..Watch::default() });
        self.agenda.set(Alarm::Payment(id), now.boot_ms + OPENED_FOR_MS);
        self.go_on(id, now, out);
    }

    fn refund(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        self.sell(id, None, now, out);
    }

    fn cancel(&mut self, id: PaymentId, _now: Now, out: &mut Out<'_>) {
        // MIS Pay knows no cancel. What has not left can be called off for certain.
        if out.payment(id).is_some_and(|payment| payment.state == State::Opened) {
            self.end(id, Ending::NeverSent, out);
        }
    }

    fn check(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let watchable =
            out.payment(id).is_some_and(|payment| payment.facts.track.is_some() || payment.refund_of().is_some());
        if watchable && !self.watches.contains_key(&id) {
            self.recover(id, now, out);
        }
        // A request on its way keeps its own alarm; everything else is read now.
        if watchable && out.payment(id).is_some_and(|payment| payment.state != State::Sent) {
            self.go_on(id, now, out);
        }
    }

    fn recover(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        // Without a reference there is nobody to ask.
        if payment.opening.kind == Kind::Sale && payment.facts.track.is_none() {
            return;
        }
        // Only a wall clock tells how old it is, and somebody may have set that meanwhile: it must end no watch for good.
        let age_ms = match payment.state {
            State::Waiting | State::Unknown(_) if payment.opening.kind == Kind::Sale => {
                let facts = &payment.facts;
                let begin_ms = facts.accepted_at_ms.or(facts.sent_at_ms).unwrap_or(payment.opened_at_ms);
                (now.utc_ms - begin_ms).clamp(0, TOO_OLD_AFTER_MS)
            }
            State::Paid => (now.utc_ms - payment.changed_at_ms).clamp(0, TOO_OLD_AFTER_MS),
            // Looked for anew from here on, a day long.
            State::Waiting
            | State::Unknown(_)
            | State::Opened
            | State::Sent
            | State::Cancelling
            | State::Declined(_)
            | State::Reversed => 0,
        };
        let watch = Watch { clicked_ms: now.boot_ms - age_ms, since_ms: now.boot_ms - age_ms, ..Watch::default() };
        self.watches.insert(id, watch);
        match payment.state {
            State::Waiting | State::Unknown(_) | State::Paid => self.go_on(id, now, out),
            State::Opened | State::Sent | State::Cancelling | State::Declined(_) | State::Reversed => {
                self.look_again(id, now, out)
            }
        }
        // Nothing left to read: let it go.
        let done = out.payment(id).is_none_or(|payment| self.next_errand(payment, out).is_none());
        if done {
            self.watches.remove(&id);
        }
    }

    fn drop_payment(&mut self, id: PaymentId) {
        self.watches.remove(&id);
        self.agenda.clear(Alarm::Payment(id));
    }

    fn warm(&mut self, now: Now, out: &mut Out<'_>) {
        if self.token.usable(now.boot_ms).is_none() {
            self.want_token(out);
        }
    }

    fn receive(&mut self, signal: Signal, now: Now, out: &mut Out<'_>) {
        match signal {
            Signal::Answered { call, reply } => self.on_answer(call.number, &reply, now, out),
            Signal::Derived { call, key } => self.on_key(call.number, &key, now, out),
            Signal::Socket { .. } => {}
            Signal::Tick => {
                while let Some(alarm) = self.agenda.take_due(now.boot_ms) {
                    match alarm {
                        Alarm::Token => self.want_token(out),
                        Alarm::Payment(id) => self.on_alarm(id, now, out),
                    }
                }
            }
        }
    }

    fn wake_at_ms(&self) -> Option<i64> {
        self.agenda.next_ms()
    }

    fn line(&self) -> Line {
        match (&self.token.ready, self.token.errors) {
            (_, 1..) => Line::Trouble,
            (Some(_), 0) => Line::Ready,
            (None, 0) => Line::Connecting,
        }
    }

    fn age_ms(&self, id: PaymentId, now: Now) -> Option<i64> {
        self.watches.get(&id).map(|watch| now.boot_ms - watch.since_ms)
    }

    fn window_ms(&self) -> i64 {
        self.account.window_ms
    }

    fn hang_up(&mut self, _out: &mut Out<'_>) {}

    fn given(&self) -> Given {
        Given { calls: self.last_call, connections: 0 }
    }
}

/// Digits of a typed or scanned code in any digit set, separators dropped; anything else stays and is refused later.
pub fn normalise_code(text: &str) -> Secret<String> {
    Secret::new(
        text.chars().filter(|c| !matches!(c, ' ' | '-' | '\u{a0}')).map(|c| western_digit(c).unwrap_or(c)).collect(),
    )
}
