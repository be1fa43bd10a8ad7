//! How much a sale may be, by the store's word.

use super::*;
use checkstand_core::ask::{Refund, Size};
use checkstand_core::limits::Limits;

/// From 5.00 to 500.00, and from above 300.00 on only when it is meant.
fn limited() -> Shop {
    let mut shop = Shop::calm();
    shop.exchange(|setup| {
        let money = |minor| Some(Money::new(minor, Currency::Sar));
        let limits = Limits { min: money(500), max: money(50_000), confirm_above: money(30_000) };
        setup.limits.insert(Currency::Sar, limits);
    });
    shop
}

fn sale_of(shop: &mut Shop, minor: i64, size: Size) -> Sale {
    Sale { size, ..shop.fresh_sale(ProviderName::Mispay, minor) }
}

#[test]
fn a_sale_below_the_minimum_or_above_the_maximum_is_refused_with_the_limit() {
    let mut shop = limited();
    for size in [Size::AsTyped, Size::Confirmed] {
        for (minor, code, field, limit) in [
            (1, "amount_below_min", "min", "5.00 SAR"),
            (499, "amount_below_min", "min", "5.00 SAR"),
            (50_001, "amount_above_max", "max", "500.00 SAR"),
            (AMOUNT_MINOR_MAX, "amount_above_max", "max", "500.00 SAR"),
        ] {
            let sale = sale_of(&mut shop, minor, size);
            let problem = refused(&mut shop, sale);
            assert_eq!((problem.code, problem.fields[field].as_str()), (code, limit), "{minor} {size:?}");
        }
    }
}

#[test]
fn the_limits_themselves_are_taken() {
    let mut shop = limited();
    for (minor, size) in [(500, Size::AsTyped), (30_000, Size::AsTyped), (50_000, Size::Confirmed)] {
        let sale = sale_of(&mut shop, minor, size);
        let id = sale.id;
        shop.ask(Ask::Sell(sale)).unwrap();
        shop.run_for(SECOND_MS);
        assert_eq!(shop.state(id), State::Waiting, "{minor}");
    }
}

#[test]
fn a_large_amount_is_asked_about_once_and_then_charged() {
    let mut shop = limited();
    let sale = sale_of(&mut shop, 30_001, Size::AsTyped);
    let problem = refused(&mut shop, sale.clone());
    assert_eq!((problem.code, problem.fields["above"].as_str()), ("amount_unconfirmed", "300.00 SAR"));
    shop.ask(Ask::Sell(Sale { size: Size::Confirmed, ..sale.clone() })).unwrap();
    shop.run_for(SECOND_MS);
    assert_eq!(shop.state(sale.id), State::Waiting);
    // The same click, heard late or twice, is the same sale, whichever answer it bears.
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.till.book().count(), 1);
}

#[test]
fn a_sale_that_is_known_is_not_measured_again() {
    let mut shop = Shop::calm();
    let sale = shop.sale(ProviderName::Mispay, 60_000);
    shop.ask(Ask::Sell(sale.clone())).unwrap();
    shop.run_for(SECOND_MS);
    shop.exchange(|setup| setup.limits = limited().setup.limits);
    shop.ask(Ask::Sell(sale)).unwrap();
    assert_eq!(shop.till.book().count(), 1);
    let other = shop.fresh_sale(ProviderName::Mispay, 60_000);
    assert_eq!(refused(&mut shop, other).code, "amount_above_max");
}

#[test]
fn a_refund_has_no_limit_of_a_sale() {
    let mut shop = limited();
    let id = shop.charge(ProviderName::Mispay, 20_105);
    assert!(shop.far.approve(&id.to_string(), shop.now_ms));
    shop.run_for(5 * SECOND_MS);
    let refund = Refund {
        id: shop.click(),
        sale: id,
        money: Money::new(1, Currency::Sar),
        retry_of: None,
        cause: RefundCause::because("item returned"),
    };
    let refund_id = refund.id;
    shop.ask(Ask::Refund(refund)).unwrap();
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(refund_id), State::Paid);
}

#[test]
fn the_limits_of_one_currency_leave_the_others_alone() {
    let mut shop = limited();
    let id = shop.charge(ProviderName::Multipay, 50_001);
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn limits_hold_after_a_restart_and_go_when_they_are_taken_away() {
    let mut shop = limited();
    shop.refit(|_| {});
    let sale = shop.sale(ProviderName::Mispay, 50_001);
    assert_eq!(refused(&mut shop, sale.clone()).code, "amount_above_max");
    shop.exchange(|setup| setup.limits.clear());
    shop.ask(Ask::Sell(sale)).unwrap();
}
