//! A shift from its opening to its report: every movement in exactly one report, every total the sum of its rows.

use crate::world::{Door, HOUR_MS, HUDA, SARA, SECOND_MS, Shop, ok};
use checkstand_core::ask::{Ask, Deed, Refund};
use checkstand_core::book::Entry;
use checkstand_core::message::Reply;
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Flag, PaymentId, ProviderName, RefundCause, State};
use checkstand_core::shift::{Report, Sums};
use checkstand_core::store::StoreEvent;
use checkstand_core::till::Till;
use std::collections::BTreeMap;

fn sell(shop: &mut Shop, provider: ProviderName, minor: i64) -> PaymentId {
    let sale = shop.fresh_sale(provider, minor);
    let id = sale.id;
    shop.deed(Deed::Ask(Ask::Sell(sale))).unwrap();
    shop.run_for(SECOND_MS);
    id
}

fn paid(shop: &mut Shop, provider: ProviderName, minor: i64) -> PaymentId {
    let id = sell(shop, provider, minor);
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    id
}

fn give_back(shop: &mut Shop, sale: PaymentId, minor: i64) {
    let (id, money) = (shop.click(), Money::new(minor, shop.payment(sale).opening.money.currency));
    let cause = RefundCause::because("item_returned");
    shop.approved(Deed::Ask(Ask::Refund(Refund { id, sale, money, retry_of: None, cause })), HUDA).unwrap();
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
}

fn close(shop: &mut Shop) -> Report {
    shop.approved(Deed::CloseShift, HUDA).unwrap();
    reports(shop).pop().unwrap().1
}

fn reports(shop: &Shop) -> Vec<(u32, Report)> {
    let closed = |event: &StoreEvent| match event {
        StoreEvent::ShiftClosed { number, report } => Some((*number, report.clone())),
        _ => None,
    };
    shop.ledger.iter().filter_map(Entry::of_store).filter_map(closed).collect()
}

fn net(reports: &[(u32, Report)]) -> BTreeMap<Currency, i64> {
    let mut net: BTreeMap<Currency, i64> = BTreeMap::new();
    for row in reports.iter().flat_map(|(_, report)| &report.rows) {
        *net.entry(row.place.currency).or_default() += row.sums.net_minor();
    }
    net
}

/// Sara's shop.
fn shop() -> Shop {
    let mut shop = Shop::staffed();
    shop.sign_in(SARA).unwrap();
    shop
}

#[test]
fn the_first_sale_opens_a_shift_by_itself_and_numbers_have_no_gaps() {
    let mut shop = shop();
    assert!(shop.till.report().is_none());
    assert_eq!(shop.approved(Deed::CloseShift, HUDA).unwrap_err().code, "shift_not_open");
    paid(&mut shop, ProviderName::Mispay, 20_105);
    assert_eq!(shop.till.store().shift.as_ref().unwrap().opened_by, "Sara");
    assert_eq!(shop.deed(Deed::OpenShift).unwrap_err().code, "shift_open");
    close(&mut shop);
    shop.deed(Deed::OpenShift).unwrap();
    close(&mut shop);
    sell(&mut shop, ProviderName::Multipay, 1_000);
    close(&mut shop);
    assert_eq!(reports(&shop).iter().map(|(number, _)| *number).collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn r51_a_report_has_one_row_a_provider_currency_and_operator() {
    let mut shop = shop();
    let first = paid(&mut shop, ProviderName::Mispay, 20_105);
    paid(&mut shop, ProviderName::Mispay, 10_000);
    paid(&mut shop, ProviderName::Multipay, 4_650);
    give_back(&mut shop, first, 8_000);
    shop.sign_in(HUDA).unwrap();
    paid(&mut shop, ProviderName::Mispay, 500);
    let report = shop.till.report().unwrap();
    let rows: Vec<_> = report
        .rows
        .iter()
        .map(|row| (row.place.provider, row.place.currency, row.place.operator.as_str(), row.sums))
        .collect();
    let sums = |paid_count, paid_minor, refunded_count, refunded_minor| Sums {
        paid_count,
        paid_minor,
        refunded_count,
        refunded_minor,
        ..Sums::default()
    };
    assert_eq!(
        rows,
        [
            (ProviderName::Mispay, Currency::Sar, "Huda", sums(1, 500, 0, 0)),
            (ProviderName::Mispay, Currency::Sar, "Sara", sums(2, 30_105, 1, 8_000)),
            (ProviderName::Multipay, Currency::Nok, "Sara", sums(1, 4_650, 0, 0)),
        ]
    );
    assert_eq!(report.running, [Money::new(22_605, Currency::Sar), Money::new(4_650, Currency::Nok)]);
}

#[test]
fn r27_r51_an_unknown_payment_is_named_carried_over_and_counted_when_it_is_known() {
    let mut shop = shop();
    paid(&mut shop, ProviderName::Multipay, 4_650);
    shop.far_obeys_but_answers(Door::Purchase, 300, Reply::Lost);
    let unknown = sell(&mut shop, ProviderName::Mispay, 34_900);
    shop.run_for(60 * SECOND_MS);
    assert!(matches!(shop.state(unknown), State::Unknown(_)), "{:?}", shop.state(unknown));
    let waiting = sell(&mut shop, ProviderName::Multipay, 27_550);
    let report = close(&mut shop);
    let carried: Vec<_> = report.carried.iter().map(|carried| carried.payment).collect();
    assert_eq!(carried, [unknown, waiting]);
    assert_eq!(report.rows.len(), 1);
    // The customer approves while no shift is open: it counts in the next one.
    shop.far.approve(&waiting.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(waiting), State::Paid);
    shop.deed(Deed::OpenShift).unwrap();
    let report = close(&mut shop);
    assert_eq!(report.rows.iter().map(|row| row.sums.paid_minor).collect::<Vec<_>>(), [27_550]);
    assert_eq!(report.carried.iter().map(|carried| carried.payment).collect::<Vec<_>>(), [unknown]);
}

#[test]
fn r51_a_close_without_a_sale_is_a_report_without_rows() {
    let mut shop = shop();
    shop.deed(Deed::OpenShift).unwrap();
    let report = close(&mut shop);
    assert!(report.rows.is_empty() && report.carried.is_empty() && report.running.is_empty());
}

#[test]
fn r50_a_shift_goes_on_across_midnight_and_a_restart() {
    let mut shop = shop();
    paid(&mut shop, ProviderName::Mispay, 1_000);
    shop.run_for(20 * HOUR_MS);
    shop.crash(SECOND_MS);
    shop.run_for(5 * SECOND_MS);
    shop.sign_in(SARA).unwrap();
    paid(&mut shop, ProviderName::Mispay, 2_000);
    let report = close(&mut shop);
    assert_eq!(report.rows[0].sums.paid_minor, 3_000);
    assert_eq!(reports(&shop).len(), 1);
}

#[test]
fn a_provider_that_returns_a_payment_takes_it_out_of_the_net() {
    let mut shop = shop();
    let sale = paid(&mut shop, ProviderName::Multipay, 4_650);
    assert!(shop.far.reverse(&sale.to_string(), shop.now_ms));
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(sale), State::Reversed);
    let sums = close(&mut shop).rows[0].sums;
    assert_eq!((sums.paid_minor, sums.returned_count, sums.returned_minor, sums.net_minor()), (4_650, 1, 4_650, 0));
}

#[test]
fn r51_an_amount_that_the_details_correct_counts_once_and_as_corrected() {
    let mut shop = shop();
    let id = sell(&mut shop, ProviderName::Mispay, 20_105);
    shop.far_answers(
        Door::Details,
        ok(&format!(
            r#"{{"status":"success","result":{{"orderId":"{id}","purchaseAmount":201.00,"purchaseCurrency":"SAR"}}}}"#
        )),
    );
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    assert!(shop.payment(id).flags.contains(&Flag::Mismatch));
    let report = close(&mut shop);
    let sums: Vec<Sums> = report.rows.iter().map(|row| row.sums).collect();
    assert_eq!(sums, [Sums { paid_count: 1, paid_minor: 20_100, ..Sums::default() }]);
    assert_eq!(report.running, [Money::new(20_100, Currency::Sar)]);
}

#[test]
fn r51_reports_add_up_to_the_running_total_and_to_the_payments() {
    let mut shop = shop();
    let mut sales = Vec::new();
    for round in 0..6 {
        for provider in [ProviderName::Mispay, ProviderName::Multipay] {
            sales.push(paid(&mut shop, provider, 10_000 + round * 777));
        }
        let sale = sales[shop.chance.usize(0..sales.len())];
        let left_minor = shop.till.book().refundable_minor(shop.payment(sale));
        if left_minor > 0 {
            give_back(&mut shop, sale, left_minor.min(5_000));
        }
        if round % 2 == 1 {
            close(&mut shop);
        }
    }
    let running: BTreeMap<Currency, i64> =
        shop.till.store().running().into_iter().map(|money| (money.currency, money.minor)).collect();
    assert_eq!(net(&reports(&shop)), running);
    let mut of_payments: BTreeMap<Currency, i64> = BTreeMap::new();
    for payment in shop.till.book().payments() {
        let Some(money) = payment.counted() else { continue };
        let sign = if payment.refund_of().is_some() { -1 } else { 1 };
        *of_payments.entry(money.currency).or_default() += sign * money.minor;
    }
    assert_eq!(of_payments, running);
    let mut replayed = Till::new(shop.setup.clone());
    replayed.apply(&shop.ledger);
    assert_eq!(replayed.store(), shop.till.store(), "the journal alone says all of it");
}
