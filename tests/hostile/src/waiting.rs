//! Real tills that wait for one answer, which is hostile. Each is made anew for each message, so that a message alone says
//! what became of it.

use crate::judge::{self, Asked, Unit};
use crate::world::{Door, SECOND_MS, Shop, ok};
use checkstand_core::ask::{Ask, Input, Refund};
use checkstand_core::book::Entry;
use checkstand_core::message::{Act, CallId, Now, Reply, Request, Signal, SocketNews};
use checkstand_core::money::{AMOUNT_MINOR_MAX, Currency, Money};
use checkstand_core::payment::{Flag, Payment, PaymentId, ProviderName, RefundCause, State};
use checkstand_core::provider::mispay::token::derive_key;
use checkstand_core::provider::multipay::messages::{AmountUnit, order_id, sale_id};
use checkstand_core::till::{Setup, Step, Till};
use std::collections::VecDeque;
use std::sync::OnceLock;
use uuid::Uuid;

/// The sale, by the payment id of the papers' samples.
pub const SALE: PaymentId = PaymentId(Uuid::from_u128(0x5f0c_1c62_8a0e_4c3f_9a51_2d7e_9b6a_1001));
/// Its refund.
pub const REFUND: PaymentId = PaymentId(Uuid::from_u128(0x5f0c_1c62_8a0e_4c3f_9a51_2d7e_9b6a_1004));
/// What both are about, in minor units.
pub const MINOR: i64 = 20_105;
/// The receipt of the MultiPay sale that is refunded.
pub const SALE_RECEIPT: &str = "3558174609679520";
/// An accepted purchase, as the paper has it.
pub const ACCEPTED: &str =
    r#"{"status":"success","result":{"trackId":"track-1","ivrCallbackId":"6536","status":"in-progress"}}"#;

/// The HTTP status that the first byte of a message stands for: the digits of 0 to 9 in this order.
const STATUSES: [u16; 10] = [200, 400, 401, 500, 201, 404, 408, 429, 302, 503];

/// The HTTP status and the body of a message.
pub fn http(data: &[u8]) -> (u16, &[u8]) {
    let (first, body) = data.split_first().unwrap_or((&b'0', &[]));
    (STATUSES[usize::from(first.wrapping_sub(b'0')) % STATUSES.len()], body)
}

/// An answer of the wire; one that is too long never comes.
pub fn reply(status: u16, body: &[u8]) -> Reply {
    if body.len() > checkstand_core::message::BODY_BYTES_MAX {
        return Reply::Lost;
    }
    Reply::Answer { status, date_ms: None, body: body.to_vec() }
}

fn asked(id: PaymentId, currency: &'static str) -> Asked {
    Asked { id: id.to_string(), minor: MINOR, currency }
}

/// Where a till is when the hostile answer comes, and what comes before it.
struct Scene {
    setup: Setup,
    ledger: Vec<Entry>,
    /// A whole token answer of the far end.
    token: Reply,
}

impl Scene {
    fn of(mut shop: Shop) -> Scene {
        let account = shop.setup.mispay.as_ref().expect("it is set up");
        let token = shop.far.answer(&account.token_request(), shop.now_ms);
        Scene { setup: shop.setup, ledger: shop.ledger, token }
    }

    fn open(&self) -> Desk<'_> {
        let mut till = Till::new(self.setup.clone());
        till.apply(&self.ledger);
        let now = Now { boot_ms: 50_000_000, utc_ms: crate::world::MORNING_MS + 60_000, dice: 7 };
        let mut desk = Desk { scene: self, till, now, acts: VecDeque::new() };
        let step = desk.till.resume(now);
        desk.take(step);
        desk
    }
}

/// A till at work, until its hostile answer.
struct Desk<'a> {
    scene: &'a Scene,
    till: Till,
    now: Now,
    acts: VecDeque<Act>,
}

impl Desk<'_> {
    fn take(&mut self, step: Step) {
        self.till.apply(&step.record);
        self.acts.extend(step.act);
    }

    fn hear(&mut self, provider: ProviderName, signal: Signal) {
        let step = self.till.decide(Input::Heard { provider, signal }, self.now);
        self.take(step);
    }

    fn ask(&mut self, ask: Ask) {
        let step = self.till.decide(Input::Asked { operator: "sara".to_owned(), ask }, self.now);
        assert!(step.problem.is_none(), "the scene is set so that it may be asked: {:?}", step.problem);
        self.take(step);
    }

    /// Answers what comes before, and stops at the first request for which there is `None`.
    fn run_to(&mut self, answers: impl Fn(&Request) -> Option<Reply>) -> CallId {
        // A machine that waits is woken.
        for _ in 0..10 {
            while let Some(act) = self.acts.pop_front() {
                match act {
                    Act::Call { call, request } if request.url.ends_with("/in-store/token") => {
                        self.hear(call.provider, Signal::Answered { call, reply: self.scene.token.clone() });
                    }
                    Act::Call { call, .. } if call.provider == ProviderName::Multipay => {}
                    Act::Call { call, request } => match answers(&request) {
                        Some(reply) => self.hear(call.provider, Signal::Answered { call, reply }),
                        None => return call,
                    },
                    Act::Derive { call, secret, salt, rounds } => {
                        let key = derive_key(&secret, &salt, rounds);
                        self.hear(call.provider, Signal::Derived { call, key });
                    }
                    Act::CheckPin { .. }
                    | Act::HashPin { .. }
                    | Act::Connect { .. }
                    | Act::Send { .. }
                    | Act::Ping { .. }
                    | Act::Disconnect { .. } => {}
                }
            }
            let Some((at_ms, provider)) = self.till.wake_at_ms() else { break };
            self.now.boot_ms = self.now.boot_ms.max(at_ms);
            let step = self.till.tick(provider, self.now);
            self.take(step);
        }
        panic!("the till never asked");
    }

    fn payment(&self, id: PaymentId) -> &Payment {
        self.till.book().payment(id).expect("it is in the ledger")
    }

    /// Whether it counts as paid and nobody is asked to look.
    fn is_plainly_paid(&self, id: PaymentId) -> bool {
        let payment = self.payment(id);
        payment.state == State::Paid && !payment.flags.contains(&Flag::Mismatch)
    }

    /// What must hold whatever was heard: no amount from outside can break a sum.
    fn check_amounts(&self) {
        for payment in self.till.book().payments() {
            let counted = payment.counted().map_or(0, |money| money.minor);
            let amounts = [payment.opening.money.minor, counted];
            assert!(
                amounts.iter().all(|minor| (0..=AMOUNT_MINOR_MAX).contains(minor)),
                "an amount that the till cannot handle: {amounts:?}"
            );
        }
    }
}

// ---- how the scenes are set ---------------------------------------------------------------------------------------------

fn sell(shop: &mut Shop, provider: ProviderName) {
    let mut sale = shop.sale(provider, MINOR);
    sale.id = SALE;
    shop.ask(Ask::Sell(sale)).expect("a calm shop sells");
    shop.run_for(SECOND_MS);
}

fn refund(currency: Currency) -> Ask {
    let (money, cause) = (Money::new(MINOR, currency), RefundCause::because("item returned"));
    Ask::Refund(Refund { id: REFUND, sale: SALE, money, retry_of: None, cause })
}

fn mispay_waits() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let mut shop = Shop::calm();
        shop.far_answers(Door::Purchase, ok(ACCEPTED));
        sell(&mut shop, ProviderName::Mispay);
        assert_eq!(shop.state(SALE), State::Waiting);
        Scene::of(shop)
    })
}

fn mispay_paid() -> Shop {
    let mut shop = Shop::calm();
    sell(&mut shop, ProviderName::Mispay);
    assert!(shop.far.approve(&SALE.to_string(), shop.now_ms));
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(SALE), State::Paid);
    assert!(shop.payment(SALE).facts.details.is_some());
    shop
}

fn mispay_sold() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| Scene::of(mispay_paid()))
}

fn mispay_refund_in_doubt() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let mut shop = mispay_paid();
        shop.far_answers(Door::Refund, Reply::Lost);
        shop.ask(refund(Currency::Sar)).expect("a paid sale can be refunded");
        shop.run_for(2 * SECOND_MS);
        assert!(matches!(shop.state(REFUND), State::Unknown(_)));
        Scene::of(shop)
    })
}

fn mispay_open() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| Scene::of(Shop::calm()))
}

fn multipay_waiting(unit: AmountUnit) -> Shop {
    let mut shop = Shop::calm();
    shop.script.multipay_is_deaf = true;
    shop.refit(|setup| setup.multipay.iter_mut().for_each(|account| account.amount_unit = unit));
    shop.run_for(SECOND_MS);
    sell(&mut shop, ProviderName::Multipay);
    shop.far_says(&format!(
        r#"{{"messageType":"PAYMENT_INIT_RESPONSE","payment":{{"paymentId":"{SALE}","paymentState":"PENDING"}}}}"#
    ));
    assert_eq!(shop.state(SALE), State::Waiting);
    shop
}

/// A true receipt.
pub fn receipt(id: PaymentId, amount: &str, receipt_id: &str) -> String {
    format!(
        r#"{{"messageType":"PAYMENT_RECEIPT","payment":{{"paymentId":"{id}","paymentState":"COMPLETE","amount":{amount},"currencyIso":"NOK","paymentReceiptId":"{receipt_id}","customerOrderId":"{}","saleTransactionId":"{}"}}}}"#,
        order_id(id),
        sale_id(id)
    )
}

fn multipay_waits(unit: AmountUnit) -> &'static Scene {
    static SCENES: [OnceLock<Scene>; 2] = [OnceLock::new(), OnceLock::new()];
    SCENES[usize::from(unit == AmountUnit::Decimal)].get_or_init(|| Scene::of(multipay_waiting(unit)))
}

fn multipay_refunds() -> &'static Scene {
    static SCENE: OnceLock<Scene> = OnceLock::new();
    SCENE.get_or_init(|| {
        let mut shop = multipay_waiting(AmountUnit::Minor);
        shop.far_says(&receipt(SALE, "20105", SALE_RECEIPT));
        shop.ask(refund(Currency::Nok)).expect("a paid sale can be refunded");
        assert_eq!(shop.state(REFUND), State::Sent);
        Scene::of(shop)
    })
}

// ---- the hostile answers ------------------------------------------------------------------------------------------------

/// MIS Pay's /status, while a sale waits.
pub fn mispay_status(data: &[u8]) {
    let (status, body) = http(data);
    let mut desk = mispay_waits().open();
    let call = desk.run_to(|_| None);
    desk.hear(ProviderName::Mispay, Signal::Answered { call, reply: reply(status, body) });
    let proven = judge::status_proves(status, body, &asked(SALE, "SAR"));
    assert!(proven || !desk.is_plainly_paid(SALE), "FALSE CAPTURE by /status");
    desk.check_amounts();
}

/// MIS Pay's details, after a success of /status that left the amount out.
pub fn mispay_details(data: &[u8]) {
    let (status, body) = http(data);
    let mut desk = mispay_waits().open();
    let incomplete =
        format!(r#"{{"status":"success","order":{{"status":"success","purchaseId":"6565","orderId":"{SALE}"}}}}"#);
    let call = desk.run_to(|request| request.url.contains("/status").then(|| ok(&incomplete)));
    desk.hear(ProviderName::Mispay, Signal::Answered { call, reply: reply(status, body) });
    let proven = judge::details_show(status, body, &asked(SALE, "SAR"));
    assert!(proven || !desk.is_plainly_paid(SALE), "FALSE CAPTURE by details");
    desk.check_amounts();
}

/// MIS Pay's answer to a purchase: it may accept or refuse, and never pays.
pub fn mispay_purchase(data: &[u8]) {
    let (status, body) = http(data);
    let mut desk = mispay_open().open();
    desk.ask(sale_of(SALE));
    let call = desk.run_to(|_| None);
    desk.hear(ProviderName::Mispay, Signal::Answered { call, reply: reply(status, body) });
    let state = desk.payment(SALE).state;
    assert!(state != State::Paid, "FALSE CAPTURE by a purchase");
    let refused = judge::purchase_refused(status, body);
    assert!(refused || !matches!(state, State::Declined(_)), "declined without a certain refusal");
}

fn sale_of(id: PaymentId) -> Ask {
    Ask::Sell(checkstand_core::ask::Sale {
        id,
        provider: ProviderName::Mispay,
        money: Money::new(MINOR, Currency::Sar),
        size: checkstand_core::ask::Size::AsTyped,
        reference: None,
        code: Some(checkstand_core::secret::Secret::text("482177")),
        override_by: None,
        not_same_as: None,
    })
}

/// MIS Pay's answer to a refund.
pub fn mispay_refund(data: &[u8]) {
    let (status, body) = http(data);
    let mut desk = mispay_sold().open();
    desk.ask(refund(Currency::Sar));
    let before = ok(&details(SALE, "201.05"));
    let call = desk.run_to(|request| (!request.moves_money).then(|| before.clone()));
    desk.hear(ProviderName::Mispay, Signal::Answered { call, reply: reply(status, body) });
    assert!(judge::refund_done(status, body) || !desk.is_plainly_paid(REFUND), "FALSE CAPTURE by a refund");
    assert!(desk.is_plainly_paid(SALE));
}

/// MIS Pay's details, while a refund is not known: only the fall by exactly the refund is proof.
pub fn mispay_refund_proof(data: &[u8]) {
    let (status, body) = http(data);
    let mut desk = mispay_refund_in_doubt().open();
    let call = desk.run_to(|_| None);
    desk.hear(ProviderName::Mispay, Signal::Answered { call, reply: reply(status, body) });
    let left = Asked { minor: 0, ..asked(SALE, "SAR") };
    let proven = judge::details_show(status, body, &left);
    assert!(proven || !desk.is_plainly_paid(REFUND), "FALSE CAPTURE by a refund's proof");
    desk.check_amounts();
}

/// The true details of a purchase.
pub fn details(id: PaymentId, amount: &str) -> String {
    format!(
        r#"{{"status":"success","result":{{"merchantId":"m","orderId":"{id}","purchaseAmount":{amount},"purchaseCurrency":"SAR","purchaseDate":"2026-11-22T09:00:01.000Z"}}}}"#
    )
}

/// A message of MultiPay, while a sale waits; amounts are minor units.
pub fn multipay_sale_minor(data: &[u8]) {
    multipay_sale(data, AmountUnit::Minor, Unit::Minor);
}

/// The same with decimal amounts.
pub fn multipay_sale_decimal(data: &[u8]) {
    multipay_sale(data, AmountUnit::Decimal, Unit::Decimal);
}

fn multipay_sale(data: &[u8], unit: AmountUnit, judged: Unit) {
    let Some(text) = text(data) else { return };
    let mut desk = multipay_waits(unit).open();
    says(&mut desk, text);
    let echoes = [("customerOrderId", order_id(SALE)), ("saleTransactionId", sale_id(SALE))];
    let proven = judge::receipt_proves(text, judged, &asked(SALE, "NOK"), &echoes);
    assert!(proven || !desk.is_plainly_paid(SALE), "FALSE CAPTURE by a message");
    desk.check_amounts();
}

/// A message of MultiPay, while a refund has left.
pub fn multipay_refund(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let mut desk = multipay_refunds().open();
    says(&mut desk, text);
    let proven =
        judge::refund_receipt_proves(text, Unit::Minor, &asked(REFUND, "NOK"), &SALE.to_string(), SALE_RECEIPT);
    assert!(proven || !desk.is_plainly_paid(REFUND), "FALSE CAPTURE by a message about a refund");
    desk.check_amounts();
}

fn says(desk: &mut Desk<'_>, text: &str) {
    let news = SocketNews::Text(text.to_owned());
    desk.hear(ProviderName::Multipay, Signal::Socket { generation: 1, news });
}

/// The socket's text; other bytes end the connection before anybody reads them.
pub fn text(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok().filter(|text| text.len() <= checkstand_core::message::BODY_BYTES_MAX)
}
