//! A till that holds a part of its book decides as one that holds all of it.

use super::*;
use crate::ledger::fill::{Invention, fill};
use crate::ledger::{Identity, Ledger, Persist};
use crate::settings::Mode;
use crate::tills::setup_for;
use checkstand_core::ask::{Ask, Refund, Sale, Size};
use checkstand_core::book::Book;
use checkstand_core::message::{Now, Signal, SocketNews};
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Event, Kind, Payment, PaymentId, ProviderName, RefundCause, State};
use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;
use checkstand_simulator::accounts::Accounts;

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const NUMBER: &str = "3558174609679520";
const INVENTION: Invention = Invention { payments: 900, days: Some(12), seed: 11, first_day_ms: 1_767_225_600_000 };

fn setup() -> Setup {
    setup_for(&Accounts::default())
}

fn now() -> Now {
    Now { boot_ms: 1_000_000, utc_ms: INVENTION.first_day_ms + 20 * DAY_MS, dice: 7 }
}

fn new_id(n: u64) -> PaymentId {
    PaymentId(uuid::Uuid::from_u64_pair(0x01FF_0000_0000_7000, 0x8000_0000_0000_0000 | n))
}

/// Both tills over one ledger, and what the partial one looks into.
struct Pair {
    whole: Till,
    partial: Till,
    residency: Residency,
    held: usize,
    _ledger: Ledger,
    _dir: tempfile::TempDir,
}

fn identity() -> Identity {
    Identity { mode: Mode::Training, terminal: "till-1".to_owned() }
}

fn filled() -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    fill(dir.path(), &identity(), INVENTION, |_| {}).expect("filled");
    dir
}

fn pair() -> Pair {
    pair_over(filled())
}

fn pair_over(dir: tempfile::TempDir) -> Pair {
    let (ledger, opened) = Ledger::open(dir.path(), identity()).expect("opened");
    let rows = Reader::open(dir.path()).expect("a reader").rows().expect("rows");
    let journal: Vec<Entry> = rows.iter().map(|row| row.entry().expect("an entry")).collect();
    let mut whole = Till::new(setup());
    whole.apply(&journal);
    let mut partial = Till::new(setup());
    take_over(&mut partial, opened);
    let held = partial.book().payments().count();
    assert_eq!(whole.resume(now()).record, partial.resume(now()).record);
    let residency = Residency::open(dir.path()).expect("a reader");
    Pair { whole, partial, residency, held, _ledger: ledger, _dir: dir }
}

impl Pair {
    /// Both decide; answers what they agree on.
    fn decide(&mut self, input: &Input) -> (Vec<Entry>, Option<String>) {
        self.residency.recall(&mut self.partial, input).expect("readable");
        let one = self.whole.decide(input.clone(), now());
        let other = self.partial.decide(input.clone(), now());
        assert_eq!(one.record, other.record, "{input:?}");
        assert_eq!(one.problem, other.problem, "{input:?}");
        (one.record, one.problem.map(|problem| problem.code.to_string()))
    }

    fn ask(&mut self, ask: Ask) -> (Vec<Entry>, Option<String>) {
        self.decide(&Input::Asked { operator: "Sara".to_owned(), ask })
    }

    /// Old payments, oldest first, that the partial till does not hold.
    fn old(&self, takes: impl Fn(&Book, &Payment) -> bool) -> Vec<Payment> {
        let book = self.whole.book();
        let is_away = |payment: &&Payment| self.partial.book().payment(payment.id).is_none();
        book.payments().filter(is_away).filter(|payment| takes(book, payment)).cloned().collect()
    }
}

fn paid_sale(provider: ProviderName) -> impl Fn(&Book, &Payment) -> bool {
    move |book, payment| {
        payment.opening.provider == provider && payment.is_refundable() && book.refunds_of(payment.id).count() == 0
    }
}

fn sale(id: PaymentId, reference: Option<&str>) -> Ask {
    Ask::Sell(Sale {
        id,
        provider: ProviderName::Mispay,
        money: Money::new(20_105, Currency::Sar),
        size: Size::AsTyped,
        reference: reference.map(str::to_owned),
        code: Some(Secret::new("123456".to_owned())),
        override_by: None,
        not_same_as: None,
    })
}

#[test]
fn a_till_over_a_part_of_its_book_says_the_same_of_all_of_it() {
    let pair = pair();
    assert!(pair.held < 400, "{} of 900 are held", pair.held);
    let (whole, partial) = (&pair.whole, &pair.partial);
    assert_eq!(whole.book().count(), partial.book().count());
    assert_eq!(whole.book().attention(), partial.book().attention());
    assert_eq!(whole.book().drop_seen(), partial.book().drop_seen());
    assert!(whole.book().open().eq(partial.book().open()));
    assert!(whole.book().paid_twice().eq(partial.book().paid_twice()));
    assert_eq!(whole.store(), partial.store());
}

#[test]
fn an_old_sale_is_refunded_and_its_id_and_reference_are_not_taken_again() {
    let mut pair = pair();
    for provider in [ProviderName::Mispay, ProviderName::Multipay] {
        let old = pair.old(paid_sale(provider)).remove(0);
        let refund = Ask::Refund(Refund {
            id: new_id(1),
            sale: old.id,
            money: old.opening.money,
            retry_of: None,
            cause: RefundCause::because("returned_goods"),
        });
        let (record, problem) = pair.ask(refund);
        assert_eq!(problem, None);
        let opened = record.first().and_then(Entry::of_payment).expect("a refund");
        let Event::Opened(opening) = &opened.event else { panic!("{opened:?}") };
        assert_eq!(opening.kind, Kind::Refund { of: old.id, retry_of: None });
        // Only its reference is held now: look for another one.
        let old = pair.old(paid_sale(provider)).remove(0);
        let (record, problem) = pair.ask(sale(new_id(2), Some(&old.opening.reference)));
        assert!(record.is_empty() && problem.is_some(), "a paid reference is refused: {record:?}");
        let old = pair.old(paid_sale(provider)).remove(0);
        let (record, _) = pair.ask(sale(old.id, Some("another")));
        assert!(record.is_empty(), "the same click twice is one wish: {record:?}");
    }
}

#[test]
fn the_tills_own_number_is_one_that_no_old_sale_has() {
    let mut pair = pair();
    let (record, problem) = pair.ask(sale(new_id(3), None));
    assert_eq!(problem, None);
    let fact = record.first().and_then(Entry::of_payment).expect("a sale");
    let Event::Opened(opening) = &fact.event else { panic!("{fact:?}") };
    assert!(pair.whole.book().payments().all(|payment| payment.opening.reference != opening.reference));
}

#[test]
fn a_late_receipt_for_an_old_payment_is_its_own_and_no_orphan() {
    let mut pair = pair();
    let declined = |_: &Book, payment: &Payment| {
        payment.opening.provider == ProviderName::Multipay && matches!(payment.state, State::Declined(_))
    };
    let old = pair.old(declined).remove(0);
    let text = format!(
        r#"{{"id":"{}","messageType":"PAYMENT_RECEIPT","payment":{{"paymentId":"{}","paymentState":"COMPLETE",
           "amount":{},"currencyIso":"{}","paymentReceiptId":"3558174609679520"}},"receiptText":""}}"#,
        new_id(9),
        old.id,
        old.opening.money.minor,
        old.opening.money.currency.code()
    );
    let input = says(&text);
    let wanted = pair.partial.wants(&input);
    assert!(!wanted.is_empty());
    let (record, _) = pair.decide(&input);
    assert_eq!(pair.partial.book().payment(old.id), Some(&old));
    let about: Vec<PaymentId> = record.iter().filter_map(Entry::of_payment).map(|fact| fact.payment).collect();
    assert!(!about.is_empty() && about.iter().all(|id| *id == old.id), "{record:?}");
    let opens = record.iter().filter_map(Entry::of_payment).any(|fact| matches!(fact.event, Event::Opened(_)));
    assert!(!opens, "no orphan: {record:?}");
}

fn says(text: &str) -> Input {
    let news = SocketNews::Text(text.to_owned());
    Input::Heard { provider: ProviderName::Multipay, signal: Signal::Socket { generation: 0, news } }
}

/// An orphan that has been looked at, so long ago that a till does not hold it.
async fn with_an_old_orphan(receipt: &str) -> tempfile::TempDir {
    let dir = filled();
    let (ledger, _) = Ledger::open(dir.path(), identity()).expect("opened");
    let mut till = Till::new(setup());
    let then = Now { utc_ms: INVENTION.first_day_ms, ..now() };
    let orphan = till.decide(says(receipt), then).record;
    till.apply(&orphan);
    let id = orphan.first().and_then(Entry::of_payment).expect("an orphan").payment;
    let look = Input::Asked { operator: "Sara".to_owned(), ask: Ask::Acknowledge(id) };
    let looked_at = till.decide(look, then).record;
    assert!(!looked_at.is_empty());
    // What was written last says what is long ago.
    let another = till.decide(says(&receipt.replace(NUMBER, "9998174609679520")), now()).record;
    for entries in [orphan, looked_at, another] {
        assert!(matches!(ledger.append(entries).await, Persist::Ok { .. }));
    }
    ledger.close().await;
    dir
}

#[tokio::test]
async fn an_old_orphan_whose_receipt_comes_again_is_not_opened_again() {
    for name in [r#""paymentId":"order 3558174609679520","#, ""] {
        let receipt = format!(
            r#"{{"messageType":"PAYMENT_RECEIPT","payment":{{{name}"paymentState":"COMPLETE",
               "amount":20105,"currencyIso":"NOK","paymentReceiptId":"{NUMBER}"}}}}"#
        );
        let mut pair = pair_over(with_an_old_orphan(&receipt).await);
        let orphan = pair.old(|_, payment| payment.opening.orphan).remove(0);
        let (record, _) = pair.decide(&says(&receipt));
        assert_eq!(record, [], "it is known");
        assert_eq!(pair.partial.book().payment(orphan.id), Some(&orphan));
    }
}

#[test]
fn a_problem_that_names_an_old_payment_is_written_down_with_it() {
    let mut pair = pair();
    let old = pair.old(paid_sale(ProviderName::Multipay)).remove(0);
    let text = format!(
        r#"{{"messageType":"PROBLEM","problem":{{"type":"apm.mtm.merchant-validation-error","paymentId":"{}"}}}}"#,
        old.id
    );
    let input = says(&text);
    let (record, _) = pair.decide(&input);
    let about: Vec<PaymentId> = record.iter().filter_map(Entry::of_payment).map(|fact| fact.payment).collect();
    assert_eq!(about, [old.id]);
}
