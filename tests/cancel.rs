//! What Cancel does in each state, and what it may not do.

use crate::world::{Door, MINUTE_MS, SECOND_MS, Shop, violations};
use checkstand_core::ask::Ask;
use checkstand_core::message::Reply;
use checkstand_core::payment::{Ending, PaymentId, ProviderName, State};
use checkstand_simulator::books::RequestKind;

fn refused(shop: &mut Shop, id: PaymentId) -> &'static str {
    let entries = shop.ledger.len();
    let problem = shop.ask(Ask::Cancel(id)).unwrap_err();
    assert_eq!(shop.ledger.len(), entries, "a refusal records nothing");
    problem.code
}

#[test]
fn opened_is_called_off_for_certain_with_both_providers() {
    let mut shop = Shop::calm();
    shop.far_answers_after(Door::Token, 9_000, Reply::Lost);
    shop.refit(|_| {});
    let id = shop.charge(ProviderName::Mispay, 20_105);
    shop.ask(Ask::Cancel(id)).unwrap();
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    shop.run_for(2 * MINUTE_MS);
    assert_eq!(shop.far.books().received(&id.to_string(), RequestKind::Purchase).total, 0);

    let mut shop = Shop::calm();
    shop.faults.socket_refused = 1_000;
    shop.far_hangs_up();
    let id = shop.charge(ProviderName::Multipay, 20_105);
    shop.ask(Ask::Cancel(id)).unwrap();
    assert_eq!(shop.state(id), State::Declined(Ending::NeverSent));
    shop.faults.socket_refused = 0;
    shop.run_for(2 * MINUTE_MS);
    assert_eq!(shop.far.books().received(&id.to_string(), RequestKind::Init).total, 0);
}

#[test]
fn r24_mispay_has_no_cancel_once_it_has_left() {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Mispay, 20_105);
    assert_eq!(refused(&mut shop, id), "not_allowed_in_state");
    shop.ask(Ask::Park(id)).unwrap();
    assert_eq!(shop.state(id), State::Waiting, "parked is not stopped");
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
}

#[test]
fn a_waiting_multipay_sale_is_stopped_by_the_providers_word() {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Multipay, 20_105);
    shop.ask(Ask::Cancel(id)).unwrap();
    assert_eq!(shop.state(id), State::Cancelling);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    assert_eq!(shop.far.books().received(&id.to_string(), RequestKind::Cancel).total, 1);
    assert_eq!(violations(&shop), Vec::<String>::new());
}

#[test]
fn cancelling_twice_is_one_wish() {
    let mut shop = Shop::calm();
    shop.script.multipay_is_deaf = true;
    let id = shop.charge(ProviderName::Multipay, 20_105);
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.run_for(20 * SECOND_MS);
    let entries = shop.ledger.len();
    shop.ask(Ask::Cancel(id)).unwrap();
    let cancels = shop.messages("STATUS_UPDATE").len();
    shop.ask(Ask::Cancel(id)).unwrap();
    assert_eq!(shop.messages("STATUS_UPDATE").len(), cancels);
    assert!(shop.ledger.len() <= entries + 1);
}

#[test]
fn r21_a_customer_who_was_faster_has_paid() {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Multipay, 20_105);
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert_eq!(violations(&shop), Vec::<String>::new());
}

#[test]
fn r21_a_cancel_that_reverses_a_capture_ends_in_reversed() {
    let world = checkstand_simulator::world::World {
        cancel_after_completion: checkstand_simulator::world::CancelAfterCompletion::Reverses,
        ..Default::default()
    };
    let mut shop = Shop::open(world, checkstand_simulator::customers::Customers::Manual, 1);
    shop.run_for(SECOND_MS);
    let id = shop.charge(ProviderName::Multipay, 20_105);
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.run_for(MINUTE_MS);
    assert_eq!(shop.state(id), State::Reversed);
    assert_eq!(violations(&shop), Vec::<String>::new());
}

#[test]
fn what_has_ended_cannot_be_cancelled() {
    for provider in [ProviderName::Mispay, ProviderName::Multipay] {
        let mut shop = Shop::calm();
        let id = shop.charge(provider, 20_105);
        shop.far.approve(&id.to_string(), shop.now_ms);
        shop.run_for(5 * SECOND_MS);
        assert_eq!(refused(&mut shop, id), "not_allowed_in_state", "paid");
        let id = shop.charge(provider, 5_000);
        shop.far.cancel(&id.to_string(), shop.now_ms);
        shop.run_for(8 * SECOND_MS);
        assert!(matches!(shop.state(id), State::Declined(_)));
        assert_eq!(refused(&mut shop, id), "not_allowed_in_state", "declined");
    }
}

#[test]
fn a_payment_that_nobody_knows_cannot_be_cancelled_parked_or_checked() {
    let mut shop = Shop::calm();
    let id = shop.click();
    for ask in [Ask::Cancel(id), Ask::Park(id), Ask::CheckNow(id), Ask::Acknowledge(id)] {
        assert_eq!(shop.ask(ask).unwrap_err().code, "payment_not_found");
    }
}

#[test]
fn r19_parking_frees_the_till_in_every_open_state_and_no_other() {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Multipay, 20_105);
    shop.ask(Ask::Park(id)).unwrap();
    let entries = shop.ledger.len();
    shop.ask(Ask::Park(id)).unwrap();
    assert_eq!(shop.ledger.len(), entries, "once");
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert_eq!(shop.ask(Ask::Park(id)).unwrap_err().code, "not_allowed_in_state");
}
