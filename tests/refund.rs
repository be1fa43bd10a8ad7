//! What a manager may refund, and what the core refuses whatever the screen allows.

use crate::world::{Door, SECOND_MS, Shop, violations};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::message::Reply;
use checkstand_core::money::{AMOUNT_MINOR_MAX, Currency, Money};
use checkstand_core::payment::{PaymentId, ProviderName, RefundCause, State};
use checkstand_core::problem::Problem;
use checkstand_simulator::books::RequestKind;

const BOTH: [ProviderName; 2] = [ProviderName::Mispay, ProviderName::Multipay];
const AMOUNT_MINOR: i64 = 20_105;

fn paid(provider: ProviderName) -> (Shop, PaymentId) {
    let mut shop = Shop::calm();
    let id = shop.charge(provider, AMOUNT_MINOR);
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    assert!(shop.payment(id).is_refundable());
    (shop, id)
}

fn wish(shop: &mut Shop, sale: PaymentId, minor: i64) -> Refund {
    let money = Money::new(minor, shop.payment(sale).opening.money.currency);
    Refund { id: shop.click(), sale, money, retry_of: None, cause: RefundCause::because("item returned") }
}

fn refused(shop: &mut Shop, refund: Refund) -> Problem {
    let entries = shop.ledger.len();
    let problem = shop.ask(Ask::Refund(refund)).unwrap_err();
    assert_eq!(shop.ledger.len(), entries, "a refusal records nothing");
    problem
}

fn give_back(shop: &mut Shop, sale: PaymentId, minor: i64) -> PaymentId {
    let refund = wish(shop, sale, minor);
    let id = refund.id;
    shop.ask(Ask::Refund(refund)).unwrap();
    shop.run_for(3 * SECOND_MS);
    id
}

fn left_minor(shop: &Shop, sale: PaymentId) -> i64 {
    shop.till.book().refundable_minor(shop.payment(sale))
}

/// Makes the next refund's outcome unknown, without carrying it out.
fn unknown_refund(shop: &mut Shop, sale: PaymentId, minor: i64) -> PaymentId {
    match shop.payment(sale).opening.provider {
        ProviderName::Mispay => {
            shop.far_answers(Door::Refund, Reply::Lost);
            give_back(shop, sale, minor)
        }
        ProviderName::Multipay => {
            shop.script.multipay_is_deaf = true;
            let id = give_back(shop, sale, minor);
            shop.run_for(30 * SECOND_MS);
            id
        }
    }
}

#[test]
fn a_refund_goes_back_in_full_and_in_parts() {
    for provider in BOTH {
        for parts in [vec![AMOUNT_MINOR], vec![1, 20_103, 1], vec![10_000, 10_105]] {
            let (mut shop, sale) = paid(provider);
            for part in parts {
                let refund = give_back(&mut shop, sale, part);
                assert_eq!(shop.state(refund), State::Paid, "{provider:?} {part}");
                assert_eq!(shop.payment(refund).opening.reference, shop.payment(sale).opening.reference);
            }
            assert_eq!(left_minor(&shop, sale), 0);
            assert_eq!(violations(&shop), Vec::<String>::new());
        }
    }
}

#[test]
fn r34_nothing_less_than_nothing_and_more_than_is_left_are_refused() {
    for provider in BOTH {
        let (mut shop, sale) = paid(provider);
        for (minor, code) in [
            (0, "amount_zero"),
            (-1, "amount_zero"),
            (AMOUNT_MINOR + 1, "refund_exceeds"),
            (AMOUNT_MINOR_MAX + 1, "amount_too_large"),
        ] {
            let refund = wish(&mut shop, sale, minor);
            assert_eq!(refused(&mut shop, refund).code, code, "{minor}");
        }
        _ = give_back(&mut shop, sale, 20_000);
        let refund = wish(&mut shop, sale, 106);
        let problem = refused(&mut shop, refund);
        assert_eq!(problem.code, "refund_exceeds");
        let currency = shop.payment(sale).opening.money.currency;
        assert_eq!(problem.fields["left"], Money::new(105, currency).to_string());
        let last = give_back(&mut shop, sale, 105);
        assert_eq!(shop.state(last), State::Paid);
        let refund = wish(&mut shop, sale, 1);
        assert_eq!(refused(&mut shop, refund).code, "refund_exceeds");
    }
}

#[test]
fn r8_one_refund_of_a_sale_at_a_time() {
    for provider in BOTH {
        let (mut shop, sale) = paid(provider);
        let first = wish(&mut shop, sale, 1_000);
        shop.ask(Ask::Refund(first.clone())).unwrap();
        let second = wish(&mut shop, sale, 1_000);
        let problem = refused(&mut shop, second.clone());
        assert_eq!(problem.code, "refund_in_flight");
        assert_eq!(problem.fields["payment"], first.id.to_string());
        shop.run_for(3 * SECOND_MS);
        assert_eq!(shop.state(first.id), State::Paid);
        shop.ask(Ask::Refund(second)).unwrap();
    }
}

#[test]
fn r36_an_unknown_refund_keeps_its_reserve_and_refuses_the_next() {
    for provider in BOTH {
        let (mut shop, sale) = paid(provider);
        let unknown = unknown_refund(&mut shop, sale, 15_000);
        assert!(matches!(shop.state(unknown), State::Unknown(_)), "{provider:?}");
        assert_eq!(left_minor(&shop, sale), 5_105);
        let next = wish(&mut shop, sale, 5_105);
        assert_eq!(refused(&mut shop, next).code, "refund_in_flight");
        shop.crash(SECOND_MS);
        shop.run_for(5 * SECOND_MS);
        assert_eq!(left_minor(&shop, sale), 5_105, "after a restart too");
    }
}

#[test]
fn r6_the_same_click_twice_is_one_refund_and_one_request() {
    for provider in BOTH {
        let (mut shop, sale) = paid(provider);
        let refund = wish(&mut shop, sale, 1_000);
        for _ in 0..3 {
            shop.ask(Ask::Refund(refund.clone())).unwrap();
        }
        shop.run_for(3 * SECOND_MS);
        shop.ask(Ask::Refund(refund.clone())).unwrap();
        shop.run_for(3 * SECOND_MS);
        let counted_under = match provider {
            ProviderName::Mispay => sale.to_string(),
            ProviderName::Multipay => refund.id.to_string(),
        };
        assert_eq!(shop.far.books().received(&counted_under, RequestKind::Refund).total, 1);
        assert_eq!(left_minor(&shop, sale), AMOUNT_MINOR - 1_000);
        let other = Refund { money: Money::new(2_000, refund.money.currency), ..refund };
        assert_eq!(refused(&mut shop, other).code, "id_reused");
    }
}

#[test]
fn r35_another_currency_is_refused() {
    for (provider, currency) in [(ProviderName::Mispay, Currency::Nok), (ProviderName::Multipay, Currency::Eur)] {
        let (mut shop, sale) = paid(provider);
        let mut refund = wish(&mut shop, sale, 1_000);
        refund.money = Money::new(1_000, currency);
        assert_eq!(refused(&mut shop, refund).code, "currency_not_supported");
    }
}

#[test]
fn r33_only_a_paid_sale_can_be_refunded() {
    let mut shop = Shop::calm();
    let nobody = shop.click();
    let refund = Refund {
        id: shop.click(),
        sale: nobody,
        money: Money::new(1, Currency::Sar),
        retry_of: None,
        cause: RefundCause::because("item returned"),
    };
    assert_eq!(refused(&mut shop, refund).code, "payment_not_found");
    for provider in BOTH {
        let mut shop = Shop::calm();
        let waiting = shop.charge(provider, AMOUNT_MINOR);
        let refund = wish(&mut shop, waiting, 1_000);
        let problem = refused(&mut shop, refund);
        assert_eq!((problem.code, problem.fields["state"].as_str()), ("refund_not_possible", "waiting"));
        shop.far.cancel(&waiting.to_string(), shop.now_ms);
        shop.run_for(8 * SECOND_MS);
        let refund = wish(&mut shop, waiting, 1_000);
        assert_eq!(refused(&mut shop, refund).fields["state"], "declined");
        let (mut shop, sale) = paid(provider);
        let done = give_back(&mut shop, sale, 1_000);
        let refund = wish(&mut shop, done, 1_000);
        assert_eq!(refused(&mut shop, refund).code, "refund_not_possible", "a refund of a refund");
    }
}

#[test]
fn r33_a_mismatch_or_a_reversal_cannot_be_refunded() {
    let mut shop = Shop::calm();
    let odd = shop.charge(ProviderName::Multipay, AMOUNT_MINOR);
    shop.far.approve_as(&odd.to_string(), AMOUNT_MINOR + 1, shop.now_ms);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(odd), State::Paid);
    let refund = wish(&mut shop, odd, 1_000);
    assert_eq!(refused(&mut shop, refund).code, "refund_not_possible");
    let (mut shop, sale) = paid(ProviderName::Multipay);
    assert!(shop.far.reverse(&sale.to_string(), shop.now_ms));
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(sale), State::Reversed);
    let refund = wish(&mut shop, sale, 1_000);
    assert_eq!(refused(&mut shop, refund).code, "refund_not_possible");
}

#[test]
fn multipay_refunds_are_of_all_unless_the_setting_allows_parts() {
    let (mut shop, sale) = paid(ProviderName::Multipay);
    shop.refit(|setup| setup.multipay.as_mut().unwrap().partial_refunds = false);
    let refund = wish(&mut shop, sale, 1_000);
    assert_eq!(refused(&mut shop, refund).code, "refund_only_full");
    let all = give_back(&mut shop, sale, AMOUNT_MINOR);
    assert_eq!(shop.state(all), State::Paid);
}

#[test]
fn r36_only_an_unknown_full_multipay_refund_can_be_asked_about_again() {
    let (mut shop, sale) = paid(ProviderName::Multipay);
    let old = unknown_refund(&mut shop, sale, AMOUNT_MINOR);
    let mut other_amount = wish(&mut shop, sale, 1_000);
    other_amount.retry_of = Some(old);
    assert_eq!(refused(&mut shop, other_amount).code, "refund_in_flight");
    let mut stranger = wish(&mut shop, sale, AMOUNT_MINOR);
    stranger.retry_of = Some(sale);
    assert_eq!(refused(&mut shop, stranger).code, "refund_in_flight");
    let mut again = wish(&mut shop, sale, AMOUNT_MINOR);
    again.retry_of = Some(old);
    shop.script.multipay_is_deaf = false;
    shop.ask(Ask::Refund(again.clone())).unwrap();
    assert_eq!(left_minor(&shop, sale), 0, "the reserve counts once");
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.state(again.id), State::Paid);
    assert!(matches!(shop.state(old), State::Declined(_)));
    assert_eq!(shop.far.books().captures().next().unwrap().refunded_minor(), AMOUNT_MINOR);
    // A part is never asked about again, and neither is a MIS Pay refund.
    let (mut shop, sale) = paid(ProviderName::Multipay);
    let part = unknown_refund(&mut shop, sale, 1_000);
    let mut again = wish(&mut shop, sale, 1_000);
    again.retry_of = Some(part);
    assert_eq!(refused(&mut shop, again).code, "refund_only_full");
    let (mut shop, sale) = paid(ProviderName::Mispay);
    let old = unknown_refund(&mut shop, sale, AMOUNT_MINOR);
    let mut again = wish(&mut shop, sale, AMOUNT_MINOR);
    again.retry_of = Some(old);
    assert_eq!(refused(&mut shop, again).code, "refund_in_flight");
}

#[test]
fn r36_a_refund_asked_again_twice_while_one_asks_is_refused() {
    let (mut shop, sale) = paid(ProviderName::Multipay);
    let old = unknown_refund(&mut shop, sale, AMOUNT_MINOR);
    for expected in [None, Some("refund_in_flight")] {
        let mut again = wish(&mut shop, sale, AMOUNT_MINOR);
        again.retry_of = Some(old);
        let result = shop.ask(Ask::Refund(again));
        assert_eq!(result.err().map(|problem| problem.code), expected);
    }
}

#[test]
fn a_provider_that_is_no_longer_set_up_gives_nothing_back() {
    for provider in BOTH {
        let (mut shop, sale) = paid(provider);
        shop.refit(|setup| match provider {
            ProviderName::Mispay => setup.mispay = None,
            ProviderName::Multipay => setup.multipay = None,
        });
        let refund = wish(&mut shop, sale, AMOUNT_MINOR);
        assert_eq!(refused(&mut shop, refund).code, "provider_not_configured");
    }
}
