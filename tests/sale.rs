//! What a cashier lives through: charging, the refusals before anything leaves, the second attempt, the same customer.

mod limits;
mod secrets;

use crate::world::{Door, MINUTE_MS, SECOND_MS, Shop, violations};
use checkstand_core::ask::{Ask, Input, Sale};
use checkstand_core::message::{Act, Now, Reply};
use checkstand_core::money::{AMOUNT_MINOR_MAX, Currency, Money};
use checkstand_core::payment::{Approval, Kind, PaymentId, ProviderName, RefundCause, State};
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::till::Till;
use checkstand_simulator::books::RequestKind;

const BOTH: [ProviderName; 2] = [ProviderName::Mispay, ProviderName::Multipay];

fn refused(shop: &mut Shop, sale: Sale) -> Problem {
    let entries = shop.ledger.len();
    let payments = shop.till.book().count();
    let problem = shop.ask(Ask::Sell(sale)).unwrap_err();
    assert_eq!((shop.ledger.len(), shop.till.book().count()), (entries, payments), "a refusal records nothing");
    problem
}

fn mona() -> Approval {
    Approval { by: "mona".to_owned(), reason: "customer showed the expired code".to_owned() }
}

fn request_kind(provider: ProviderName) -> RequestKind {
    match provider {
        ProviderName::Mispay => RequestKind::Purchase,
        ProviderName::Multipay => RequestKind::Init,
    }
}

/// A MIS Pay sale whose answer was lost.
fn unknown_sale(shop: &mut Shop, minor: i64) -> PaymentId {
    shop.far_answers(Door::Purchase, Reply::Lost);
    let id = shop.charge(ProviderName::Mispay, minor);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    id
}

#[test]
fn a_sale_is_charged_approved_and_paid_with_both_providers() {
    for provider in BOTH {
        let mut shop = Shop::calm();
        let id = shop.charge(provider, 20_105);
        assert_eq!(shop.state(id), State::Waiting);
        assert!(shop.far.approve(&id.to_string(), shop.now_ms));
        shop.run_for(5 * SECOND_MS);
        let payment = shop.payment(id);
        assert_eq!(payment.state, State::Paid);
        assert!(payment.flags.is_empty() && payment.is_refundable() && !payment.needs_attention());
        assert_eq!(violations(&shop), Vec::<String>::new());
    }
}

#[test]
fn r2_one_sale_is_one_money_request_at_the_far_end() {
    for provider in BOTH {
        let mut shop = Shop::calm();
        let id = shop.charge(provider, 20_105);
        shop.run_for(30 * MINUTE_MS);
        let received = shop.far.books().received(&id.to_string(), request_kind(provider));
        assert_eq!((received.total, received.executed), (1, 1), "{provider:?}");
    }
}

#[test]
fn r6_the_same_click_twice_is_one_payment_and_one_request() {
    for provider in BOTH {
        let mut shop = Shop::calm();
        let sale = shop.sale(provider, 20_105);
        for _ in 0..3 {
            shop.ask(Ask::Sell(sale.clone())).unwrap();
        }
        shop.run_for(SECOND_MS);
        shop.ask(Ask::Sell(sale.clone())).unwrap();
        shop.run_for(SECOND_MS);
        assert_eq!(shop.till.book().count(), 1);
        assert_eq!(shop.far.books().received(&sale.id.to_string(), request_kind(provider)).total, 1);
        assert!(shop.wrongs.is_empty(), "{:?}", shop.wrongs);
    }
}

#[test]
fn r5_the_same_id_with_other_content_is_refused() {
    let mut shop = Shop::calm();
    let mut sale = shop.sale(ProviderName::Mispay, 20_105);
    sale.reference = Some("R-1".to_owned());
    shop.ask(Ask::Sell(sale.clone())).unwrap();
    for change in [
        |sale: &mut Sale| sale.money = Money::new(20_106, Currency::Sar),
        |sale: &mut Sale| sale.money = Money::new(20_105, Currency::Nok),
        |sale: &mut Sale| sale.provider = ProviderName::Multipay,
        |sale: &mut Sale| sale.reference = Some("R-2".to_owned()),
    ] {
        let mut other = sale.clone();
        change(&mut other);
        assert_eq!(refused(&mut shop, other).code, "id_reused");
    }
    // A refund's id is no sale's either.
    shop.run_for(SECOND_MS);
    shop.far.approve(&sale.id.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    let refund = checkstand_core::ask::Refund {
        id: sale.id,
        sale: sale.id,
        money: sale.money,
        retry_of: None,
        cause: RefundCause::because("item returned"),
    };
    assert_eq!(shop.ask(Ask::Refund(refund)).unwrap_err().code, "id_reused");
}

#[test]
fn r48_zero_and_too_much_are_refused_and_the_bounds_are_taken() {
    for provider in BOTH {
        for (minor, code) in [
            (0, "amount_zero"),
            (-1, "amount_zero"),
            (i64::MIN, "amount_zero"),
            (AMOUNT_MINOR_MAX + 1, "amount_too_large"),
            (i64::MAX, "amount_too_large"),
        ] {
            let mut shop = Shop::calm();
            let sale = shop.sale(provider, minor);
            assert_eq!(refused(&mut shop, sale).code, code, "{minor}");
        }
        for minor in [1, AMOUNT_MINOR_MAX] {
            let mut shop = Shop::calm();
            let id = shop.charge(provider, minor);
            assert_eq!(shop.state(id), State::Waiting, "{minor}");
        }
    }
}

#[test]
fn a_currency_that_the_provider_does_not_take_is_refused() {
    for (provider, currencies) in [
        (ProviderName::Mispay, &[Currency::Nok, Currency::Sek, Currency::Eur, Currency::Usd][..]),
        (ProviderName::Multipay, &[Currency::Sar][..]),
    ] {
        for currency in currencies {
            let mut shop = Shop::calm();
            let mut sale = shop.sale(provider, 20_105);
            sale.money = Money::new(20_105, *currency);
            let problem = refused(&mut shop, sale);
            assert_eq!(problem.code, "currency_not_supported");
            assert_eq!(problem.fields["currency"], currency.code());
        }
    }
}

#[test]
fn a_provider_that_is_not_set_up_is_refused() {
    for provider in BOTH {
        let mut shop = Shop::calm();
        shop.refit(|setup| match provider {
            ProviderName::Mispay => setup.mispay = None,
            ProviderName::Multipay => setup.multipay = None,
        });
        let sale = shop.sale(provider, 20_105);
        assert_eq!(refused(&mut shop, sale).code, "provider_not_configured");
        let other = BOTH.into_iter().find(|other| *other != provider).unwrap();
        let id = shop.charge(other, 20_105);
        assert_eq!(shop.state(id), State::Waiting, "the other one works on");
    }
}

#[test]
fn a_code_that_is_missing_or_cannot_be_one_is_refused() {
    for (code, expected) in [
        (None, "code_missing"),
        (Some(""), "code_missing"),
        (Some("123"), "code_invalid"),
        (Some("12345678901234567890"), "code_invalid"),
        (Some("1234567890123"), "code_invalid"),
        (Some("12a456"), "code_invalid"),
        (Some("123 456"), "code_invalid"),
        (Some("-12345"), "code_invalid"),
        (Some("1234.5"), "code_invalid"),
        (Some("١٢٣٤٥٦"), "code_invalid"),
        (Some("12\"456"), "code_invalid"),
    ] {
        let mut shop = Shop::calm();
        let mut sale = shop.sale(ProviderName::Mispay, 20_105);
        sale.code = code.map(Secret::text);
        assert_eq!(refused(&mut shop, sale).code, expected, "{code:?}");
    }
    for code in ["1234", "012345", "123456789012"] {
        let mut shop = Shop::calm();
        let mut sale = shop.sale(ProviderName::Mispay, 20_105);
        sale.code = Some(Secret::text(code));
        let id = sale.id;
        shop.ask(Ask::Sell(sale)).unwrap();
        shop.run_for(SECOND_MS);
        assert_eq!(shop.state(id), State::Waiting, "{code}");
    }
}

#[test]
fn r49_a_typed_code_is_brought_to_western_digits_before_it_is_judged() {
    use checkstand_core::provider::mispay::normalise_code;
    for text in ["482177", "482 177", "482-177", "٤٨٢١٧٧", "۴۸۲۱۷۷", " 482\u{a0}177 "] {
        assert_eq!(normalise_code(text).expose(), "482177", "{text}");
    }
    assert_eq!(normalise_code("48x177").expose(), "48x177", "what is no digit stays and is refused");
}

#[test]
fn a_reference_that_is_too_long_or_holds_control_characters_is_refused() {
    for reference in ["x".repeat(65), "a\nb".to_owned(), "a\0".to_owned(), "\u{7f}x".to_owned(), "a\u{85}b".to_owned()]
    {
        let mut shop = Shop::calm();
        let mut sale = shop.sale(ProviderName::Multipay, 20_105);
        sale.reference = Some(reference.clone());
        assert_eq!(refused(&mut shop, sale).code, "reference_invalid", "{reference:?}");
    }
    let mut shop = Shop::calm();
    let mut sale = shop.sale(ProviderName::Multipay, 20_105);
    sale.reference = Some(format!("  {}  ", "ش".repeat(64)));
    let id = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.payment(id).opening.reference, "ش".repeat(64), "64 characters, trimmed");
}

#[test]
fn r3_without_a_reference_the_till_numbers_the_sales_and_repeats_none() {
    let mut shop = Shop::calm();
    let mut taken = shop.sale(ProviderName::Multipay, 100);
    taken.reference = Some("S-000002".to_owned());
    shop.ask(Ask::Sell(taken)).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for (minor, reference) in [(200, None), (300, Some("")), (400, Some("  ")), (500, None)] {
        let mut sale = shop.sale(ProviderName::Multipay, minor);
        sale.reference = reference.map(str::to_owned);
        let id = sale.id;
        shop.ask(Ask::Sell(sale)).unwrap();
        assert!(seen.insert(shop.payment(id).opening.reference.clone()));
    }
    assert!(!seen.contains("S-000002"));
    shop.crash(SECOND_MS);
    shop.run_for(5 * SECOND_MS);
    let id = shop.charge(ProviderName::Multipay, 600);
    assert!(!seen.contains(&shop.payment(id).opening.reference));
}

// ---- the second attempt ---------------------------------------------------------------------------------------------------

fn again(shop: &mut Shop, first: PaymentId) -> Sale {
    let opening = shop.payment(first).opening.clone();
    let mut sale = shop.sale(opening.provider, opening.money.minor);
    sale.reference = Some(opening.reference);
    sale
}

#[test]
fn r4_a_second_attempt_while_one_is_open_is_refused_in_the_core() {
    for provider in BOTH {
        let mut shop = Shop::calm();
        let first = shop.charge(provider, 20_105);
        let sale = again(&mut shop, first);
        let problem = refused(&mut shop, sale);
        assert_eq!(problem.code, "sale_open");
        assert_eq!(problem.fields["payment"], first.to_string());
        assert_eq!(problem.fields["state"], "waiting");
        assert_eq!(problem.fields["minor"], "20105");
    }
}

#[test]
fn r31_a_second_attempt_while_one_is_unknown_is_refused_and_a_manager_may_override() {
    let mut shop = Shop::calm();
    let first = unknown_sale(&mut shop, 20_105);
    let mut sale = again(&mut shop, first);
    assert_eq!(refused(&mut shop, sale.clone()).code, "sale_open");
    sale.override_by = Some(Approval { by: "mona".to_owned(), reason: "  ".to_owned() });
    assert_eq!(refused(&mut shop, sale.clone()).code, "reason_missing");
    sale.override_by = Some(Approval { by: String::new(), reason: "code expired".to_owned() });
    assert_eq!(refused(&mut shop, sale.clone()).code, "reason_missing");
    sale.override_by = Some(mona());
    let second = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.payment(second).opening.override_by, Some(mona()), "recorded");
    assert_eq!(shop.till.book().attempts(&shop.payment(first).opening.reference).count(), 2);
}

#[test]
fn r4_a_parked_attempt_still_refuses_a_second_one() {
    let mut shop = Shop::calm();
    let first = shop.charge(ProviderName::Mispay, 20_105);
    shop.ask(Ask::Park(first)).unwrap();
    let sale = again(&mut shop, first);
    assert_eq!(refused(&mut shop, sale).code, "sale_open");
}

#[test]
fn a_paid_sale_is_not_charged_again_without_an_override() {
    let mut shop = Shop::calm();
    let first = shop.charge(ProviderName::Multipay, 20_105);
    shop.far.approve(&first.to_string(), shop.now_ms);
    shop.run_for(2 * SECOND_MS);
    let mut sale = again(&mut shop, first);
    assert_eq!(refused(&mut shop, sale.clone()).code, "sale_paid");
    sale.override_by = Some(mona());
    let second = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    shop.run_for(SECOND_MS);
    shop.far.approve(&second.to_string(), shop.now_ms);
    shop.run_for(2 * SECOND_MS);
    let twice: Vec<&str> = shop.till.book().paid_twice().collect();
    assert_eq!(twice, [shop.payment(first).opening.reference.as_str()], "two Paid on one sale raise an alarm");
}

#[test]
fn after_a_decline_the_sale_is_free_for_another_attempt() {
    let mut shop = Shop::calm();
    let first = shop.charge(ProviderName::Multipay, 20_105);
    shop.far.cancel(&first.to_string(), shop.now_ms);
    shop.run_for(2 * SECOND_MS);
    assert!(matches!(shop.state(first), State::Declined(_)));
    let sale = again(&mut shop, first);
    let second = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    shop.run_for(SECOND_MS);
    assert_eq!(shop.state(second), State::Waiting);
}

#[test]
fn r4_another_provider_on_the_same_sale_is_a_second_attempt_too() {
    let mut shop = Shop::calm();
    let first = shop.charge(ProviderName::Multipay, 20_105);
    let mut sale = shop.sale(ProviderName::Mispay, 20_105);
    sale.reference = Some(shop.payment(first).opening.reference.clone());
    assert_eq!(refused(&mut shop, sale).code, "sale_open");
}

// ---- the same customer? ---------------------------------------------------------------------------------------------------

#[test]
fn r7_the_same_amount_while_one_is_unknown_asks_whether_it_is_the_same_customer() {
    let mut shop = Shop::calm();
    let first = unknown_sale(&mut shop, 20_105);
    let mut sale = shop.sale(ProviderName::Mispay, 20_105);
    let problem = refused(&mut shop, sale.clone());
    assert_eq!(problem.code, "same_customer");
    assert_eq!(problem.fields["payment"], first.to_string());
    assert_eq!(problem.fields["at_ms"], shop.payment(first).opened_at_ms.to_string());
    // Yes: it is a second attempt on that sale, and a manager's matter.
    let mut yes = sale.clone();
    yes.reference = Some(shop.payment(first).opening.reference.clone());
    assert_eq!(refused(&mut shop, yes.clone()).code, "sale_open");
    yes.override_by = Some(mona());
    // No: recorded, and on.
    sale.not_same_as = Some(first);
    let second = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.payment(second).opening.not_same_as, Some(first));
    yes.id = shop.click();
    shop.ask(Ask::Sell(yes)).unwrap();
}

#[test]
fn r7_a_parked_sale_asks_the_same_question() {
    let mut shop = Shop::calm();
    let first = shop.charge(ProviderName::Mispay, 20_105);
    let sale = shop.sale(ProviderName::Mispay, 20_105);
    let other = sale.id;
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.payment(other).opening.kind, Kind::Sale, "an open one that nobody parked does not ask");
    shop.ask(Ask::Park(first)).unwrap();
    let sale = shop.sale(ProviderName::Mispay, 20_105);
    assert_eq!(refused(&mut shop, sale).code, "same_customer");
}

#[test]
fn r7_a_no_about_another_payment_does_not_answer_the_question() {
    let mut shop = Shop::calm();
    let first = unknown_sale(&mut shop, 20_105);
    let mut sale = shop.sale(ProviderName::Mispay, 20_105);
    sale.not_same_as = Some(shop.click());
    assert_eq!(refused(&mut shop, sale).fields["payment"], first.to_string());
}

#[test]
fn r7_another_amount_or_half_an_hour_later_nobody_is_asked() {
    let mut shop = Shop::calm();
    let first = unknown_sale(&mut shop, 20_105);
    let other = shop.charge(ProviderName::Mispay, 20_106);
    assert_eq!(shop.state(other), State::Waiting);
    let age_ms = shop.now_ms - shop.payment(first).opened_at_ms;
    shop.run_for(30 * MINUTE_MS - age_ms - SECOND_MS);
    let sale = shop.sale(ProviderName::Mispay, 20_105);
    assert_eq!(refused(&mut shop, sale.clone()).code, "same_customer");
    shop.run_for(2 * SECOND_MS);
    shop.ask(Ask::Sell(sale)).unwrap();
}

#[test]
fn a_sale_that_could_not_be_saved_leaves_nobody_waiting_for_its_token() {
    let mut shop = Shop::calm();
    // A till without a token yet: the sale asks for one, and then its entries cannot be saved.
    let mut till = Till::new(shop.setup.clone());
    let (sale, now) = (shop.sale(ProviderName::Mispay, 10_000), shop.now());
    let id = sale.id;
    let step = till.decide(Input::Asked { operator: "sara".to_owned(), ask: Ask::Sell(sale) }, now);
    assert!(matches!(step.act[..], [Act::Call { .. }]), "{:?}", step.act);
    let follows = till.undo(step, Some(id), now);
    assert!(follows.record.is_empty() && till.book().count() == 0, "it never was");
    let (boot_ms, provider) = till.wake_at_ms().expect("the token is asked for again");
    let again = till.tick(provider, Now { boot_ms, ..now });
    assert!(matches!(again.act[..], [Act::Call { .. }]), "{:?}", again.act);
}
