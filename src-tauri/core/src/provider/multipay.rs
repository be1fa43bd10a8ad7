//! PayEx MultiPay APM: one socket, one outstanding operation at a time, and no way to ask about the past.
//!
//! Reading order: [`MultiPay`] and the trait (what the till asks) → `pump` (what leaves next) → `multipay/line.rs` (the
//! socket) → `multipay/hearing.rs` (what each message means). The table *MultiPay, step by step* in docs/PROVIDERS.md is
//! this in words.

use crate::agenda::Agenda;
use crate::message::{Act, Now, Signal};
use crate::money::Currency;
use crate::payment::{Doubt, Ending, Event, Payment, PaymentId, State};
use crate::problem::Problem;
use crate::provider::patience::Patience;
use crate::provider::{Given, Line, Out, Provider};
use crate::secret::Secret;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

mod hearing;
mod line;
pub mod messages;
mod sending;
mod times;

use line::{LineState, Stage};
use messages::AmountUnit;
use sending::wants_cancel;
use times::*;

/// Who makes the payment id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// The till: the customer scans a code that the provider sends back.
    Post,
    /// The provider: the customer scans the till's own code first.
    Get,
}

/// What the store got from PayEx, and the settings for what its paper leaves open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// The whole URL.
    pub token_url: String,
    /// ws or wss.
    pub socket_url: String,
    /// `X-Terminal-Id`.
    pub terminal_id: String,
    /// OAuth2 client.
    pub client_id: Secret<String>,
    /// OAuth2 client.
    pub client_secret: Secret<String>,
    /// How amounts are written.
    pub amount_unit: AmountUnit,
    /// Who makes the payment id.
    pub flow: Flow,
    /// Whether a refund may be of less than all.
    pub partial_refunds: bool,
    /// How long customers usually have to approve (ms).
    pub window_ms: i64,
    /// A ping leaves so often (ms); a line that is silent for two and a half times as long is dead.
    pub heartbeat_ms: i64,
}

impl Account {
    /// Whether a line of the one is a line of the other.
    fn shares_line(&self, other: &Account) -> bool {
        (&self.token_url, &self.socket_url, &self.terminal_id, &self.client_id, &self.client_secret)
            == (&other.token_url, &other.socket_url, &other.terminal_id, &other.client_id, &other.client_secret)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Init,
    Cancel,
    Refund,
}

/// The volatile side of one payment.
#[derive(Clone, Debug, Default)]
struct Watch {
    /// How many cancels have left.
    cancels: u32,
    /// So many of them have no answer yet: any of these may still return the money.
    cancels_open: u32,
    /// The messages that have told of a failed one, by a hash of their ids.
    failed_cancels: BTreeSet<Uuid>,
    /// Since when it is in doubt (boot ms).
    doubt_ms: Option<i64>,
    /// The cashier heard "paid" from the customer: wait until then (boot ms).
    says_paid_until_ms: Option<i64>,
    /// In which unit its amount was written: the settings may change while it is under way.
    unit: Option<AmountUnit>,
    /// Since when the customer can act (boot ms).
    waits_since_ms: Option<i64>,
    /// Sent on this connection, so nothing about it can be late from an earlier one.
    sent_on: Option<u64>,
    /// GET-flow: the provider's id for it.
    wire_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    Line,
    Outstanding,
    Scan,
    Opened(PaymentId),
    Cancel(PaymentId),
    CancelOverdue(PaymentId),
    Receipt(PaymentId),
    CancelAnswer(PaymentId),
    TooOld(PaymentId),
    Repaint(PaymentId),
}

/// The protocol machine.
pub struct MultiPay {
    account: Account,
    line: LineState,
    queue: Vec<(Operation, PaymentId)>,
    /// The one that awaits its direct answer.
    outstanding: Option<(Operation, PaymentId)>,
    unanswered_ms: Option<i64>,
    unanswered_since_logon: bool,
    watches: BTreeMap<PaymentId, Watch>,
    agenda: Agenda<Alarm>,
    /// GET-flow: a customer has scanned, and no sale was waiting.
    scanned: Option<String>,
    /// GET-flow: the sale that waits for a customer to scan.
    awaits_scan: Option<PaymentId>,
}

/// What the view should say about a payment in doubt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DoubtView {
    /// For a moment only.
    Listening,
    /// The big word.
    NotKnown,
    /// Time to ask what the customer's phone shows.
    AskCustomer,
    /// Nothing came for long.
    CallManager,
}

impl MultiPay {
    /// A machine with nothing in hand, which counts on from the one before it.
    pub fn after(given: Given, account: Account) -> MultiPay {
        MultiPay {
            account,
            line: LineState::after(given),
            queue: Vec::new(),
            outstanding: None,
            unanswered_ms: None,
            unanswered_since_logon: false,
            watches: BTreeMap::new(),
            agenda: Agenda::default(),
            scanned: None,
            awaits_scan: None,
        }
    }

    /// Goes on with another account. A token that is not its own is dropped; a line that is not, or that has trouble, is
    /// opened anew: at once where it does not stand, else as soon as nobody waits on it.
    pub fn exchange(&mut self, account: Account, now: Now, out: &mut Out<'_>) {
        let has_trouble = self.line.stage != Stage::Ready && self.line.errors > 0;
        let keeps_line = self.account.shares_line(&account) && !has_trouble;
        self.account = account;
        for id in self.watches.keys().copied().collect::<Vec<_>>() {
            self.repaint_while_waiting(id, now, out);
        }
        if !keeps_line {
            self.outdate_line(now, out);
        }
    }

    /// Whether a payment hangs on the line that stands: its answer, a customer's decision, or a scan.
    fn is_waited_on(&self, out: &Out<'_>) -> bool {
        let waits = |payment: &Payment| payment.is_under_way() || payment.state == State::Paid;
        self.outstanding.is_some()
            || self.scanned.is_some()
            || self.watches.keys().any(|id| out.payment(*id).is_some_and(waits))
    }

    /// Whether refunds may be of less than all.
    pub fn partial_refunds(&self) -> bool {
        self.account.partial_refunds
    }

    /// GET-flow: a customer has scanned and waits for the cashier's press.
    pub fn customer_scanned(&self) -> bool {
        self.scanned.is_some()
    }

    /// GET-flow: this sale waits for a customer to scan.
    pub fn awaits_scan(&self, id: PaymentId) -> bool {
        self.awaits_scan == Some(id)
    }

    /// The cashier heard "paid" from the customer: the receipt gets another minute.
    pub fn customer_says_paid(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        if let Some(watch) = self.watches.get_mut(&id) {
            watch.says_paid_until_ms = Some(now.boot_ms + SAYS_PAID_MS);
            self.agenda.set(Alarm::Repaint(id), now.boot_ms + SAYS_PAID_MS);
            out.repaint = true;
        }
    }

    /// What to say about a payment in doubt.
    pub fn doubt_view(&self, id: PaymentId, now: Now) -> DoubtView {
        let Some(watch) = self.watches.get(&id) else { return DoubtView::CallManager };
        let doubt_ms = watch.doubt_ms.unwrap_or(now.boot_ms);
        let ready = self.line.stage == Stage::Ready;
        let listening = if ready {
            now.boot_ms - self.line.ready_ms.max(doubt_ms) < BIG_WORD_LOGON_MS
        } else {
            now.boot_ms - doubt_ms < BIG_WORD_OFFLINE_MS
        };
        let waits = watch.says_paid_until_ms.is_some_and(|until| now.boot_ms < until);
        match (now.boot_ms - doubt_ms >= MANAGER_AFTER_MS, listening, ready && !waits) {
            (true, _, _) => DoubtView::CallManager,
            (false, true, _) => DoubtView::Listening,
            (false, false, true) => DoubtView::AskCustomer,
            (false, false, false) => DoubtView::NotKnown,
        }
    }

    /// Comes back when there is something new to say about a customer who has not decided.
    fn repaint_while_waiting(&mut self, id: PaymentId, now: Now, out: &Out<'_>) {
        let waits = out.payment(id).is_some_and(|payment| payment.state == State::Waiting);
        if let Some(age_ms) = self.age_ms(id, now).filter(|_| waits)
            && let Some(next_ms) = Patience::next_ms(age_ms, self.account.window_ms)
        {
            self.agenda.set(Alarm::Repaint(id), now.boot_ms + next_ms - age_ms);
        }
    }

    fn on_alarm(&mut self, alarm: Alarm, now: Now, out: &mut Out<'_>) {
        match alarm {
            Alarm::Line => self.on_line_alarm(now, out),
            Alarm::Outstanding => self.on_silence(now, out),
            Alarm::Scan => {
                self.scanned = None;
                out.repaint = true;
            }
            Alarm::Opened(id) => {
                let waits = self.line.stage == Stage::Ready && self.queue.iter().any(|(_, queued)| *queued == id);
                if waits {
                    // Behind an outstanding operation: its answer or its silence is seconds away.
                    self.agenda.set(Alarm::Opened(id), now.boot_ms + OPENED_FOR_MS);
                } else if out.payment(id).is_some_and(|payment| payment.state == State::Opened) {
                    self.end(id, Ending::NeverSent, out);
                }
            }
            Alarm::Cancel(id) => {
                if out.payment(id).is_some_and(wants_cancel) {
                    self.cancel_soon(id, now, out);
                }
            }
            Alarm::CancelOverdue(id) => {
                if out.payment(id).is_some_and(|payment| payment.state == State::Cancelling) {
                    out.report(id, Event::Doubted { doubt: Doubt::CancelUnconfirmed });
                    self.begin_doubt(id, now);
                }
            }
            Alarm::Receipt(id) => {
                let missing = out.payment(id).is_some_and(|payment| payment.is_open() && payment.facts.said_complete);
                if missing {
                    out.report(id, Event::Doubted { doubt: Doubt::ReceiptMissing });
                    self.begin_doubt(id, now);
                }
            }
            Alarm::CancelAnswer(id) => self.cancel_unanswered(id, out),
            Alarm::TooOld(id) => self.doubt(id, Doubt::TooOld, now, out),
            Alarm::Repaint(id) => {
                out.repaint = true;
                self.repaint_while_waiting(id, now, out);
                let Some(doubt_ms) = self.watches.get(&id).and_then(|watch| watch.doubt_ms) else { return };
                let next_ms =
                    [doubt_ms + BIG_WORD_LOGON_MS, self.line.ready_ms + BIG_WORD_LOGON_MS, doubt_ms + MANAGER_AFTER_MS];
                if let Some(next_ms) = next_ms.into_iter().filter(|at_ms| *at_ms > now.boot_ms).min() {
                    self.agenda.set(Alarm::Repaint(id), next_ms);
                }
            }
        }
    }
}

impl Provider for MultiPay {
    fn currencies(&self) -> &'static [Currency] {
        &[Currency::Nok, Currency::Sek, Currency::Eur, Currency::Usd]
    }

    fn accepts(&self, _code: Option<&Secret<String>>) -> Result<(), Problem> {
        match self.awaits_scan {
            Some(other) => Err(Problem::new("waiting_for_scan").with("payment", other)),
            None => Ok(()),
        }
    }

    fn sell(&mut self, id: PaymentId, _code: Option<Secret<String>>, now: Now, out: &mut Out<'_>) {
        let mut watch = Watch::default();
        if self.account.flow == Flow::Get {
            match self.scanned.take() {
                Some(wire_id) => {
                    self.agenda.clear(Alarm::Scan);
                    watch.wire_id = Some(wire_id);
                }
                None => {
                    self.watches.insert(id, watch);
                    self.awaits_scan = Some(id);
                    return;
                }
            }
        }
        self.watches.insert(id, watch);
        self.agenda.set(Alarm::Opened(id), now.boot_ms + OPENED_FOR_MS);
        self.enqueue(Operation::Init, id, now, out);
    }

    fn refund(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        self.watches.insert(id, Watch::default());
        self.agenda.set(Alarm::Opened(id), now.boot_ms + OPENED_FOR_MS);
        self.enqueue(Operation::Refund, id, now, out);
    }

    fn cancel(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id) else { return };
        match payment.state {
            State::Opened => self.end(id, Ending::NeverSent, out),
            State::Cancelling | State::Unknown(_) => {
                self.agenda.set(Alarm::CancelOverdue(id), now.boot_ms + CANCEL_OVERDUE_MS);
                self.cancel_soon(id, now, out);
            }
            // The wish is kept and leaves with the next answer, or with the doubt.
            State::Sent | State::Waiting | State::Declined(_) | State::Paid | State::Reversed => {}
        }
    }

    fn check(&mut self, _id: PaymentId, now: Now, out: &mut Out<'_>) {
        // There is no question to ask. What can be done at once is to make sure that somebody listens.
        match self.line.stage {
            Stage::Offline => self.connect(now, out),
            // One ping a step is enough for all of them.
            Stage::Ready if !out.act.iter().any(|act| matches!(act, Act::Ping { .. })) => {
                out.act.push(Act::Ping { generation: self.line.generation });
            }
            Stage::Ready => {}
            Stage::Token | Stage::Connecting | Stage::AwaitLogon => {}
        }
    }

    fn recover(&mut self, id: PaymentId, now: Now, out: &mut Out<'_>) {
        let Some(payment) = out.payment(id).filter(|payment| payment.is_open()) else { return };
        let (wants_cancel, said_complete) = (wants_cancel(payment), payment.facts.said_complete);
        // How many left in an earlier life, and which were answered, is not recorded: only a word about its end answers them.
        let cancels_open = if payment.facts.cancel_asked_at_ms.is_some() { u32::MAX } else { 0 };
        let waits_since_ms = payment.facts.accepted_at_ms.map(|at_ms| now.boot_ms - (now.utc_ms - at_ms).max(0));
        let watch = Watch { doubt_ms: Some(now.boot_ms), cancels_open, waits_since_ms, ..Watch::default() };
        self.watches.insert(id, watch);
        self.agenda.set(Alarm::Repaint(id), now.boot_ms + BIG_WORD_OFFLINE_MS);
        if said_complete {
            self.agenda.set(Alarm::Receipt(id), now.boot_ms + RECEIPT_DUE_MS);
        }
        if wants_cancel {
            self.agenda.set(Alarm::CancelOverdue(id), now.boot_ms + CANCEL_OVERDUE_MS);
        }
    }

    fn drop_payment(&mut self, id: PaymentId) {
        self.let_go(id);
        if self.outstanding.is_some_and(|(_, outstanding)| outstanding == id) {
            self.outstanding = None;
            self.agenda.clear(Alarm::Outstanding);
        }
    }

    fn warm(&mut self, now: Now, out: &mut Out<'_>) {
        if self.line.stage == Stage::Offline && !self.agenda.holds(Alarm::Line) {
            self.connect(now, out);
        }
    }

    fn receive(&mut self, signal: Signal, now: Now, out: &mut Out<'_>) {
        match signal {
            Signal::Answered { call, reply } => self.on_token(call.number, &reply, now, out),
            Signal::Derived { .. } => {}
            Signal::Socket { generation, news } => self.on_socket(generation, news, now, out),
            Signal::Tick => {
                while let Some(alarm) = self.agenda.take_due(now.boot_ms) {
                    self.on_alarm(alarm, now, out);
                }
            }
        }
        self.renew_outdated_line(now, out);
    }

    fn wake_at_ms(&self) -> Option<i64> {
        self.agenda.next_ms()
    }

    fn line(&self) -> Line {
        match self.line.stage {
            Stage::Ready => Line::Ready,
            _ if self.line.errors >= 3 => Line::Trouble,
            Stage::Offline | Stage::Token | Stage::Connecting | Stage::AwaitLogon => Line::Connecting,
        }
    }

    fn age_ms(&self, id: PaymentId, now: Now) -> Option<i64> {
        self.watches.get(&id).and_then(|watch| watch.waits_since_ms).map(|since_ms| now.boot_ms - since_ms)
    }

    fn window_ms(&self) -> i64 {
        self.account.window_ms
    }

    fn hang_up(&mut self, out: &mut Out<'_>) {
        self.close_socket(out);
    }

    fn given(&self) -> Given {
        self.line.given()
    }
}
