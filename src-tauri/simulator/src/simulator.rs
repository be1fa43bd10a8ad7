//! The machine: it takes requests and messages, lets time pass, and keeps the books.

use crate::accounts::Accounts;
use crate::agenda::{Agenda, Event};
use crate::books::{Books, Capture};
use crate::chance::Chance;
use crate::customers::{Customers, Deed, Script};
use crate::json::quote;
use crate::mispay::codes::Codes;
use crate::multipay::sockets::Sockets;
use crate::payments::{Payment, PaymentKey, Payments};
use crate::phone::{Phone, Provider, Shows};
use crate::tokens::Tokens;
use crate::world::World;
use checkstand_core::message::{BODY_BYTES_MAX, Method, Reply, Request};

/// One connection of a terminal, as the far end counts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SocketId(pub u64);

/// What leaves the far end by a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outgoing {
    /// A text message.
    Text {
        /// By this socket.
        socket: SocketId,
        /// JSON.
        text: String,
    },
    /// The server closes the socket; the simulator has already forgotten it.
    Close {
        /// This one.
        socket: SocketId,
    },
}

/// The far end of both wires.
#[derive(Clone, Debug)]
pub struct Simulator {
    pub(crate) world: World,
    pub(crate) accounts: Accounts,
    pub(crate) customers: Customers,
    pub(crate) chance: Chance,
    pub(crate) agenda: Agenda,
    pub(crate) payments: Payments,
    pub(crate) books: Books,
    /// MIS Pay's tokens.
    pub(crate) tokens: Tokens,
    pub(crate) codes: Codes,
    /// MultiPay's tokens.
    pub(crate) bearers: Tokens,
    pub(crate) sockets: Sockets,
    pub(crate) outbox: Vec<Outgoing>,
    pub(crate) merchant_configured: bool,
    passed_ms: i64,
}

impl Simulator {
    /// A far end without payments, whose customers wait for a person.
    pub fn new(world: World, seed: u64, accounts: Accounts) -> Self {
        Self {
            world,
            accounts,
            customers: Customers::Manual,
            chance: Chance::new(seed),
            agenda: Agenda::default(),
            payments: Payments::default(),
            books: Books::default(),
            tokens: Tokens::default(),
            codes: Codes::default(),
            bearers: Tokens::default(),
            sockets: Sockets::default(),
            outbox: Vec::new(),
            merchant_configured: true,
            passed_ms: i64::MIN,
        }
    }

    /// The same far end with other customers.
    pub fn with_customers(mut self, customers: Customers) -> Self {
        self.customers = customers;
        self
    }

    /// The provider's credentials change. Tokens that were given out keep their life.
    pub fn reissue(&mut self, change: impl FnOnce(&mut Accounts)) {
        change(&mut self.accounts);
    }

    /// The world it runs in.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Answers one HTTP request of either provider, routed by the end of its path. `Answer`,
    /// whatever came; faults on the wire are the caller's business. The one exception is
    /// [`Reply::Lost`] for a purchase that was booked and is to stay mute.
    pub fn answer(&mut self, request: &Request, now_ms: i64) -> Reply {
        self.pass(now_ms);
        let path = request.url.split(['?', '#']).next().unwrap_or_default();
        let too_long = request.body.as_ref().is_some_and(|body| body.expose().len() > BODY_BYTES_MAX);
        if too_long {
            return self.plain(413, "Payload Too Large", now_ms);
        }
        match request.method {
            Method::Post if path.ends_with("/authorization/oauth/token") => self.multipay_token(request, now_ms),
            Method::Get | Method::Post => self.mispay_answer(request, path, now_ms),
        }
    }

    /// Lets time pass, and hands out everything that leaves by sockets up to now.
    pub fn tick(&mut self, now_ms: i64) -> Vec<Outgoing> {
        self.pass(now_ms);
        std::mem::take(&mut self.outbox)
    }

    /// When `tick` next has something to do, UTC milliseconds. In the past if something already
    /// waits.
    pub fn next_due_ms(&self) -> Option<i64> {
        if self.outbox.is_empty() { self.agenda.next_due_ms() } else { Some(self.passed_ms) }
    }

    /// The truth.
    pub fn books(&self) -> &Books {
        &self.books
    }

    /// Every payment that asks its customer, and those decided a short while ago.
    pub fn phones(&self) -> Vec<Phone> {
        self.payments.shown().map(|key| self.phone(key)).collect()
    }

    /// The customer approves. False if there is nothing to approve under this id.
    pub fn approve(&mut self, id: &str, now_ms: i64) -> bool {
        self.act(id, Deed::Approve, now_ms)
    }

    /// The customer approves, and another amount is captured than was asked (a fee, a discount, a
    /// fault of the provider).
    pub fn approve_as(&mut self, id: &str, amount_minor: i64, now_ms: i64) -> bool {
        self.pass(now_ms);
        let asking = self.asking(id);
        asking.is_some_and(|key| self.capture(key, amount_minor, now_ms))
    }

    /// The approval of a payment that was ended before is booked after all, as after a race inside
    /// the provider.
    pub fn approve_late(&mut self, id: &str, now_ms: i64) -> bool {
        self.pass(now_ms);
        let key = self.payments.all_by_id(id).into_iter().next_back();
        key.is_some_and(|key| self.do_deed(key, Deed::ApproveLate, now_ms))
    }

    /// The customer stops the payment.
    pub fn cancel(&mut self, id: &str, now_ms: i64) -> bool {
        self.act(id, Deed::Cancel, now_ms)
    }

    /// The provider cannot do it.
    pub fn fail(&mut self, id: &str, now_ms: i64) -> bool {
        self.act(id, Deed::Fail, now_ms)
    }

    /// The customer puts the phone away: the script goes no further, a person still may.
    pub fn walk_away(&mut self, id: &str, now_ms: i64) -> bool {
        self.act(id, Deed::WalkAway, now_ms)
    }

    /// The provider gives a captured payment back by itself.
    pub fn reverse(&mut self, id: &str, now_ms: i64) -> bool {
        self.pass(now_ms);
        let keys = self.payments.all_by_id(id);
        let paid = keys.into_iter().find(|key| self.payments.get(*key).shows == Shows::Paid);
        paid.is_some_and(|key| self.take_back(key, now_ms))
    }

    /// A MIS Pay payment code that works, as the customer's app shows it.
    pub fn issue_code(&mut self, now_ms: i64) -> String {
        self.pass(now_ms);
        self.codes.issue(self.world.code_digits, &mut self.chance, now_ms)
    }

    /// A customer scans the till's own code: GET_PAYMENT_REQUEST goes to the terminal that logged
    /// on last. Gives the paymentId, or None while no terminal is logged on.
    pub fn scan_get_flow(&mut self, now_ms: i64) -> Option<String> {
        self.pass(now_ms);
        self.multipay_scan(now_ms)
    }

    /// Whether this payment was booked and is kept silent.
    pub fn mute(&self, id: &str) -> bool {
        self.payments.all_by_id(id).into_iter().any(|key| self.payments.get(key).muted)
    }

    /// Makes every token issued so far invalid, at both providers. Open sockets stay.
    pub fn revoke_tokens(&mut self) {
        self.tokens = Tokens::default();
        self.bearers = Tokens::default();
    }

    /// Whether the merchant is set up at MultiPay; if not, money requests get
    /// `merchant-validation-error`.
    pub fn set_merchant_configured(&mut self, configured: bool) {
        self.merchant_configured = configured;
    }

    /// The server's own clock.
    pub(crate) fn server_ms(&self, now_ms: i64) -> i64 {
        now_ms.saturating_add(self.world.clock_ahead_ms)
    }

    /// An HTTP answer of the far end.
    pub(crate) fn respond(&self, status: u16, body: String, now_ms: i64) -> Reply {
        let server_ms = self.server_ms(now_ms);
        let date_ms = self.world.date_header.then_some(server_ms - server_ms.rem_euclid(1_000));
        Reply::Answer { status, date_ms, body: body.into_bytes() }
    }

    /// An answer that is none of the papers': what a gateway or a framework says.
    pub(crate) fn plain(&self, status: u16, text: &str, now_ms: i64) -> Reply {
        self.respond(status, format!("{{\"statusCode\":{status},\"message\":{}}}", quote(text)), now_ms)
    }

    /// Takes a new payment in and starts its customer.
    pub(crate) fn open_payment(&mut self, payment: Payment) -> PaymentKey {
        let started_ms = payment.created_at_ms;
        let key = self.payments.open(payment);
        self.start_session(key, started_ms);
        key
    }

    /// (Re)starts the time after which the far end gives up on a payment.
    pub(crate) fn start_session(&mut self, key: PaymentKey, started_ms: i64) {
        let ends_ms = started_ms.saturating_add(self.world.session_life_ms);
        let slot = self.agenda.add(ends_ms, Event::SessionEnd { payment: key });
        if let Some(old) = self.payments.get_mut(key).session_end.replace(slot) {
            self.agenda.strike(old);
        }
    }

    /// Everything that happens by itself up to now, in the order of its time.
    pub(crate) fn pass(&mut self, now_ms: i64) {
        while let Some((due_ms, event)) = self.agenda.take_due(now_ms) {
            match event {
                Event::Deed { payment, deed } => {
                    if !self.payments.get(payment).walked_away {
                        self.do_deed(payment, deed, due_ms);
                    }
                }
                Event::SessionEnd { payment } => self.end_session(payment, due_ms),
                Event::Logon { socket } => self.multipay_logon(socket),
                Event::TokenEnd { socket } => self.close_socket(socket),
                Event::Send { terminal_id, text } => self.deliver(&terminal_id, text),
            }
        }
        self.passed_ms = self.passed_ms.max(now_ms);
    }

    fn phone(&self, key: PaymentKey) -> Phone {
        let payment = self.payments.get(key);
        let capture = self.books.of(key);
        let early = payment.provider == Provider::MisPay && self.world.readable_before_paid;
        Phone {
            id: payment.id.clone(),
            provider: payment.provider,
            amount_minor: capture.map_or(payment.amount_minor, |capture| capture.amount_minor),
            refunded_minor: capture.map_or(0, Capture::refunded_minor),
            currency: payment.currency.clone(),
            shows: payment.shows,
            reference: (early || capture.is_some()).then(|| payment.reference.clone()),
            changed_at_ms: payment.changed_at_ms,
        }
    }

    fn asking(&self, id: &str) -> Option<PaymentKey> {
        let keys = self.payments.all_by_id(id);
        keys.into_iter().find(|key| self.payments.get(*key).shows == Shows::Asking)
    }

    fn act(&mut self, id: &str, deed: Deed, now_ms: i64) -> bool {
        self.pass(now_ms);
        let asking = self.asking(id);
        asking.is_some_and(|key| self.do_deed(key, deed, now_ms))
    }

    /// Does a deed if the payment is still there for it.
    fn do_deed(&mut self, key: PaymentKey, deed: Deed, at_ms: i64) -> bool {
        let payment = self.payments.get_mut(key);
        let asking = payment.shows == Shows::Asking;
        let ended = matches!(payment.shows, Shows::Canceled | Shows::TimedOut | Shows::Failed);
        let amount_minor = payment.amount_minor;
        match deed {
            Deed::Approve => asking && self.capture(key, amount_minor, at_ms),
            Deed::ApproveLate => (asking || ended) && !payment.fenced && self.capture(key, amount_minor, at_ms),
            Deed::Cancel => asking && self.end_payment(key, Shows::Canceled, at_ms),
            Deed::Fail => asking && self.end_payment(key, Shows::Failed, at_ms),
            Deed::WalkAway => {
                payment.walked_away |= asking;
                asking
            }
        }
    }

    fn capture(&mut self, key: PaymentKey, amount_minor: i64, at_ms: i64) -> bool {
        assert!(amount_minor > 0, "a capture is money");
        let payment = self.payments.get(key);
        let capture = Capture {
            provider: payment.provider,
            id: payment.id.clone(),
            amount_minor,
            currency: payment.currency.clone(),
            reference: payment.reference.clone(),
            captured_at_ms: at_ms,
            refunds: Vec::new(),
            reversed_at_ms: None,
        };
        self.books.capture(key, capture);
        self.end_payment(key, Shows::Paid, at_ms)
    }

    /// Reverses what is left of a capture.
    pub(crate) fn take_back(&mut self, key: PaymentKey, at_ms: i64) -> bool {
        self.books.reverse(key, at_ms);
        self.end_payment(key, Shows::Reversed, at_ms)
    }

    /// Moves a payment on and tells the till, where the provider tells anything by itself.
    pub(crate) fn end_payment(&mut self, key: PaymentKey, shows: Shows, at_ms: i64) -> bool {
        self.end_payment_untold(key, shows, at_ms);
        match self.payments.get(key).provider {
            Provider::MisPay => {}
            Provider::MultiPay => self.multipay_tell(key, at_ms),
        }
        true
    }

    /// Moves a payment on without a word; the caller has one of its own.
    pub(crate) fn end_payment_untold(&mut self, key: PaymentKey, shows: Shows, at_ms: i64) {
        self.payments.decide(key, shows, at_ms);
        if let Some(slot) = self.payments.get_mut(key).session_end.take() {
            self.agenda.strike(slot);
        }
    }

    fn end_session(&mut self, key: PaymentKey, at_ms: i64) {
        match self.payments.get(key).shows {
            Shows::Scanned | Shows::Asking => {
                self.end_payment(key, Shows::TimedOut, at_ms);
            }
            Shows::Paid | Shows::Canceled | Shows::Failed | Shows::TimedOut | Shows::Reversed => {}
        }
    }

    /// Puts a script's deeds on the agenda.
    pub(crate) fn follow(&mut self, key: PaymentKey, script: Script, from_ms: i64) {
        for (after_ms, deed) in script.deeds() {
            self.agenda.add(from_ms.saturating_add(after_ms), Event::Deed { payment: key, deed });
        }
    }
}
