//! Who may do what: signing in, PINs, approval, roles and permissions.

use crate::world::{HUDA, MINUTE_MS, SARA, SECOND_MS, Shop};
use checkstand_core::ask::{Approver, Ask, Deed, Input, Refund, Wish};
use checkstand_core::book::Entry;
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Approval, PaymentId, ProviderName, RefundCause, State, Verdict};
use checkstand_core::people::{Access, PIN_TRIES_MAX, Permission, RefundLimit, Role};
use checkstand_core::problem::Problem;
use checkstand_core::secret::Secret;
use checkstand_core::store::{SignOutCause, StoreEvent};

const WRONG: &str = "9753";

fn code<T: std::fmt::Debug>(result: Result<T, Problem>) -> &'static str {
    result.unwrap_err().code
}

fn store_events(shop: &Shop) -> Vec<&StoreEvent> {
    shop.ledger.iter().filter_map(Entry::of_store).collect()
}

/// A paid sale in a staffed shop; Sara, the cashier, is signed in.
fn sold(minor: i64) -> (Shop, PaymentId) {
    let mut shop = Shop::staffed();
    shop.sign_in(SARA).unwrap();
    let sale = shop.sale(ProviderName::Mispay, minor);
    let id = sale.id;
    shop.deed(Deed::Ask(Ask::Sell(sale))).unwrap();
    shop.run_for(SECOND_MS);
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    (shop, id)
}

fn refund(shop: &mut Shop, sale: PaymentId, minor: i64) -> Deed {
    let (id, money) = (shop.click(), Money::new(minor, shop.payment(sale).opening.money.currency));
    let cause = RefundCause::because("item_returned");
    Deed::Ask(Ask::Refund(Refund { id, sale, money, retry_of: None, cause }))
}

#[test]
fn nobody_who_is_not_signed_in_does_anything() {
    let mut shop = Shop::staffed();
    shop.wish(Wish::SignOut(SignOutCause::Asked)).unwrap();
    let sale = shop.sale(ProviderName::Mispay, 1_000);
    assert_eq!(code(shop.deed(Deed::Ask(Ask::Sell(sale)))), "not_signed_in");
    assert_eq!(code(shop.deed(Deed::OpenShift)), "not_signed_in");
    assert_eq!(code(shop.wish(Wish::Practise)), "mode_not_allowed", "a real store is nobody's to practise in");
    shop.sign_in(SARA).unwrap();
    assert_eq!(shop.till.session().unwrap().name, "Sara");
    shop.crash(SECOND_MS);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(shop.till.session(), None, "a restart signs out");
}

#[test]
fn the_first_manager_is_made_once() {
    let mut shop = Shop::calm();
    let first = |name: &str, pin: &str| Wish::FirstManager { name: name.to_owned(), pin: Secret::text(pin) };
    for pin in ["", "123", "123456789", "12a4", "abcd", "１２３４"] {
        assert_eq!(code(shop.wish(first("Huda", pin))), "pin_invalid", "{pin}");
    }
    for pin in ["1111", "1234", "87654", "00000000"] {
        assert_eq!(code(shop.wish(first("Huda", pin))), "pin_too_simple", "{pin}");
    }
    for name in ["", "   ", &"x".repeat(41), "Hu\nda"] {
        assert_eq!(code(shop.wish(first(name, "2580"))), "name_invalid", "{name:?}");
    }
    assert_eq!(code(shop.wish(first("Till", "2580"))), "name_taken", "the till's own name");
    shop.wish(first(" Huda ", "٢٥٨٠")).unwrap();
    assert_eq!(shop.till.session().unwrap().name, "Huda");
    assert_eq!(code(shop.wish(first("Maha", "2580"))), "not_allowed");
    shop.wish(Wish::SignOut(SignOutCause::Asked)).unwrap();
    shop.sign_in(HUDA).unwrap();
}

#[test]
fn r58_wrong_pins_are_counted_before_the_check_and_lock_somebody_out() {
    let mut shop = Shop::staffed();
    shop.wish(Wish::SignOut(SignOutCause::Asked)).unwrap();
    for left in (1..PIN_TRIES_MAX).rev() {
        let problem = shop.sign_in((SARA.0, WRONG)).unwrap_err();
        assert_eq!((problem.code, problem.fields["left"].as_str()), ("pin_wrong", left.to_string().as_str()));
    }
    // The machine is switched off after the try was recorded and before its check: the try is spent all the same.
    let wish = Wish::SignIn { name: SARA.0.to_owned(), pin: Secret::text(WRONG) };
    shop.begin(wish).unwrap().expect("it waits for the check");
    shop.crash(SECOND_MS);
    shop.run_for(2 * SECOND_MS);
    assert_eq!(code(shop.sign_in(SARA)), "pin_locked", "a restart gives nothing back");
    shop.sign_in(HUDA).unwrap();
    assert_eq!(
        store_events(&shop).iter().filter(|e| matches!(e, StoreEvent::PinTried { name, .. } if name == "Sara")).count(),
        5
    );
}

#[test]
fn r58_a_lock_is_outlasted_or_lifted_by_a_manager_and_no_clock_shortens_it() {
    let mut shop = Shop::staffed();
    for _ in 0..PIN_TRIES_MAX {
        _ = shop.sign_in((SARA.0, WRONG));
    }
    shop.run_for(58 * SECOND_MS - 10 * SECOND_MS);
    assert_eq!(code(shop.sign_in(SARA)), "pin_locked");
    // A restart lets the wait begin anew.
    shop.crash(0);
    shop.run_for(50 * SECOND_MS);
    assert_eq!(code(shop.sign_in(SARA)), "pin_locked");
    shop.run_for(15 * SECOND_MS);
    // One more wrong one, and it is five minutes.
    assert_eq!(code(shop.sign_in((SARA.0, WRONG))), "pin_locked");
    shop.run_for(4 * MINUTE_MS);
    assert_eq!(code(shop.sign_in(SARA)), "pin_locked");
    shop.run_for(2 * MINUTE_MS);
    shop.sign_in(SARA).unwrap();
    for _ in 0..PIN_TRIES_MAX {
        _ = shop.sign_in((SARA.0, WRONG));
    }
    shop.sign_in(HUDA).unwrap();
    shop.deed(Deed::UnlockOperator { name: "sara".to_owned() }).unwrap();
    shop.sign_in(SARA).unwrap();
}

#[test]
fn r58_what_people_did_stands_in_the_journal_with_their_names() {
    let (mut shop, sale) = sold(20_105);
    let wish = refund(&mut shop, sale, 8_000);
    shop.approved(wish, HUDA).unwrap();
    shop.run_for(3 * SECOND_MS);
    let approved = shop.ledger.iter().find(|e| matches!(e.of_store(), Some(StoreEvent::Approved { .. }))).unwrap();
    assert_eq!(approved.operator, "Sara", "she asked");
    assert_eq!(
        approved.of_store().unwrap(),
        &StoreEvent::Approved { by: "Huda".to_owned(), permission: Permission::RefundWithinLimit }
    );
    let last = shop.till.book().refunds_of(sale).next().unwrap();
    let cause = last.opening.refund.as_ref().unwrap();
    assert_eq!((cause.reason.as_str(), cause.approved_by.as_deref()), ("item_returned", Some("Huda")));
    assert_eq!(last.opened_by, "Sara");
    let facts = store_events(&shop).into_iter().map(|e| serde_json::to_string(e).unwrap()).collect::<String>();
    for secret in [HUDA.1, SARA.1] {
        assert!(!facts.contains(&format!("\"{secret}\"")), "a PIN in the journal");
    }
}

#[test]
fn r41_a_cashier_needs_a_managers_pin_and_stays_signed_in() {
    let (mut shop, sale) = sold(20_105);
    let wish = refund(&mut shop, sale, 20_105);
    let entries = shop.ledger.len();
    let problem = shop.deed(wish.clone()).unwrap_err();
    assert_eq!((problem.code, problem.fields["permission"].as_str()), ("approval_required", "refund_within_limit"));
    assert_eq!(code(shop.approved(wish.clone(), SARA)), "approver_invalid", "nobody approves what she asks");
    assert_eq!(code(shop.approved(wish.clone(), ("Nobody", "2580"))), "approver_invalid");
    assert_eq!(shop.ledger.len(), entries);
    assert_eq!(code(shop.approved(wish.clone(), (HUDA.0, WRONG))), "pin_wrong");
    assert_eq!(shop.till.book().refunds_of(sale).count(), 0);
    shop.approved(wish, HUDA).unwrap();
    shop.run_for(3 * SECOND_MS);
    assert_eq!(shop.till.book().refunds_of(sale).map(|refund| refund.state).collect::<Vec<_>>(), [State::Paid]);
    assert_eq!(shop.till.session().unwrap().name, "Sara");
}

#[test]
fn r41_limits_count_each_refund_and_the_whole_shift() {
    let (mut shop, sale) = sold(20_105);
    let limit = RefundLimit { each_minor: 5_000, shift_minor: 8_000 };
    let access = |access| Deed::SetAccess { role: Role::Cashier, permission: Permission::RefundWithinLimit, access };
    let set_limit = Deed::SetLimit { currency: Currency::Sar, limit };
    assert_eq!(code(shop.deed(set_limit.clone())), "not_allowed");
    shop.sign_in(HUDA).unwrap();
    shop.deed(set_limit).unwrap();
    shop.deed(access(Access::Allowed)).unwrap();
    shop.sign_in(SARA).unwrap();
    for (minor, expected) in
        [(5_001, Some("approval_required")), (5_000, None), (3_001, Some("approval_required")), (3_000, None)]
    {
        let wish = refund(&mut shop, sale, minor);
        let result = shop.deed(wish);
        assert_eq!(result.err().map(|problem| problem.code), expected, "{minor}");
        shop.run_for(5 * SECOND_MS);
    }
    shop.sign_in(HUDA).unwrap();
    shop.deed(access(Access::Denied)).unwrap();
    shop.sign_in(SARA).unwrap();
    let limit = RefundLimit { each_minor: 5_000, shift_minor: 80_000 };
    shop.sign_in(HUDA).unwrap();
    shop.deed(Deed::SetLimit { currency: Currency::Sar, limit }).unwrap();
    shop.sign_in(SARA).unwrap();
    let wish = refund(&mut shop, sale, 1);
    assert_eq!(code(shop.approved(wish, HUDA)), "not_allowed", "denied is denied");
}

#[test]
fn r41_four_eyes_want_another_manager() {
    let (mut shop, sale) = sold(20_105);
    shop.sign_in(HUDA).unwrap();
    let access = Access::ApprovalRequired;
    shop.deed(Deed::SetAccess { role: Role::Manager, permission: Permission::RefundWithinLimit, access }).unwrap();
    let fixed = Deed::SetAccess { role: Role::Manager, permission: Permission::Operators, access };
    assert_eq!(code(shop.deed(fixed)), "not_allowed", "or nobody could take it back");
    let wish = refund(&mut shop, sale, 1_000);
    assert_eq!(code(shop.approved(wish.clone(), HUDA)), "approver_invalid");
    let maha = ("Maha", "8642");
    let pin = Secret::text("8246");
    shop.deed(Deed::AddOperator { name: "Maha".to_owned(), role: Role::Manager, pin }).unwrap();
    assert_eq!(code(shop.approved(wish.clone(), maha)), "pin_wrong");
    shop.approved(wish, ("maha", "8246")).unwrap();
}

#[test]
fn r30_a_cashier_settles_only_with_a_managers_pin_and_the_manager_answers_for_it() {
    let mut shop = Shop::staffed();
    shop.sign_in(SARA).unwrap();
    shop.far_obeys_but_answers(crate::world::Door::Purchase, 300, checkstand_core::message::Reply::Lost);
    let sale = shop.sale(ProviderName::Mispay, 20_105);
    let id = sale.id;
    shop.deed(Deed::Ask(Ask::Sell(sale))).unwrap();
    shop.run_for(SECOND_MS);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    let settle = |reason: &str| {
        let approval = Approval { by: "nobody".to_owned(), reason: reason.to_owned() };
        Deed::Ask(Ask::Settle { payment: id, verdict: Verdict::NotCharged, approval })
    };
    assert_eq!(code(shop.deed(settle("panel: nothing"))), "approval_required");
    assert_eq!(code(shop.approved(settle("  "), HUDA)), "reason_missing");
    assert_eq!(code(shop.approved(settle(&"x".repeat(1_001)), HUDA)), "reason_missing");
    shop.approved(settle("panel: nothing"), HUDA).unwrap();
    let Some(checkstand_core::payment::Event::Settled { approval, .. }) = shop.events(id).last() else { panic!() };
    assert_eq!((approval.by.as_str(), approval.reason.as_str()), ("Huda", "panel: nothing"));
}

#[test]
fn r31_a_second_charge_on_an_unknown_sale_needs_approval() {
    let (mut shop, first) = sold(20_105);
    let mut again = shop.fresh_sale(ProviderName::Mispay, 20_105);
    again.reference = Some(shop.payment(first).opening.reference.clone());
    let asked = shop.deed(Deed::Ask(Ask::Sell(again.clone())));
    assert_eq!(code(asked), "sale_paid");
    again.override_by = Some(Approval { by: "Sara".to_owned(), reason: "wants it twice".to_owned() });
    assert_eq!(code(shop.deed(Deed::Ask(Ask::Sell(again.clone())))), "approval_required");
    shop.approved(Deed::Ask(Ask::Sell(again.clone())), HUDA).unwrap();
    assert_eq!(shop.payment(again.id).opening.override_by.as_ref().unwrap().by, "Huda");
}

#[test]
fn the_last_manager_stays() {
    let mut shop = Shop::staffed();
    let huda = || HUDA.0.to_owned();
    assert_eq!(code(shop.deed(Deed::RemoveOperator { name: huda() })), "last_manager");
    assert_eq!(code(shop.deed(Deed::SetRole { name: huda(), role: Role::Cashier })), "last_manager");
    shop.deed(Deed::SetRole { name: SARA.0.to_owned(), role: Role::Manager }).unwrap();
    shop.deed(Deed::RemoveOperator { name: huda() }).unwrap();
    assert_eq!(shop.till.session(), None, "whoever is removed is signed out");
    assert_eq!(code(shop.sign_in(HUDA)), "operator_unknown");
    shop.sign_in(SARA).unwrap();
    let (role, pin) = (Role::Cashier, Secret::text("2580"));
    assert_eq!(code(shop.deed(Deed::AddOperator { name: "HUDA".to_owned(), role, pin })), "name_taken");
}

#[test]
fn an_approval_that_comes_after_the_cashier_left_does_nothing() {
    let (mut shop, sale) = sold(20_105);
    let deed = refund(&mut shop, sale, 1_000);
    let approver = Some(Approver { name: HUDA.0.to_owned(), pin: Secret::text(HUDA.1) });
    shop.begin(Wish::Do { deed, approver }).unwrap().expect("it waits");
    shop.begin(Wish::SignOut(SignOutCause::Idle)).unwrap();
    shop.run_for(SECOND_MS);
    assert_eq!(shop.till.book().refunds_of(sale).count(), 0);
}

#[test]
fn an_administrators_word_gives_a_manager_a_new_pin_once() {
    let mut shop = Shop::staffed();
    shop.wish(Wish::SignOut(SignOutCause::Asked)).unwrap();
    let recover = |name: &str, token: &str| Wish::Recover {
        name: name.to_owned(),
        token: token.to_owned(),
        pin: Secret::text("5927"),
    };
    assert_eq!(code(shop.wish(recover("Sara", "k1"))), "not_allowed", "managers only");
    assert_eq!(code(shop.wish(recover("Huda", ""))), "not_allowed");
    shop.wish(recover("Huda", "k1")).unwrap();
    assert_eq!(shop.till.session().unwrap().name, "Huda");
    assert!(store_events(&shop).iter().any(|e| matches!(e, StoreEvent::ManagerRecovered { .. })));
    assert_eq!(code(shop.wish(recover("Huda", "k1"))), "not_allowed", "a token works once");
    assert_eq!(code(shop.sign_in(HUDA)), "pin_wrong");
    shop.sign_in(("Huda", "5927")).unwrap();
}

#[test]
fn a_sign_in_that_cannot_be_saved_signs_nobody_in() {
    let mut shop = Shop::staffed();
    shop.wish(Wish::SignOut(SignOutCause::Asked)).unwrap();
    shop.faults.disk_refuses = 1_000;
    assert_eq!(code(shop.sign_in(SARA)), "storage_failed");
    shop.faults.disk_refuses = 0;
    assert_eq!(shop.till.session(), None);
    for _ in 0..40 {
        shop.sign_in(SARA).unwrap();
    }
}

#[test]
fn r53_a_broken_journal_takes_no_new_money_until_it_is_restored() {
    let (mut shop, sold) = sold(20_105);
    let waiting = shop.fresh_sale(ProviderName::Multipay, 4_650);
    let id = waiting.id;
    shop.deed(Deed::Ask(Ask::Sell(waiting))).unwrap();
    shop.run_for(SECOND_MS);
    let note = |shop: &mut Shop, event| {
        let now = shop.now();
        let step = shop.till.decide(Input::Noted { operator: "till".to_owned(), event }, now);
        shop.till.apply(&step.record);
        shop.ledger.extend(step.record);
    };
    shop.till.refuse_new_money(7, "it was changed");
    note(&mut shop, StoreEvent::JournalBroken { number: 7, detail: "it was changed".to_owned() });
    for restart in [false, true] {
        if restart {
            shop.crash(SECOND_MS);
            shop.run_for(2 * SECOND_MS);
            shop.sign_in(HUDA).unwrap();
        }
        let sale = shop.fresh_sale(ProviderName::Mispay, 1_000);
        let problem = shop.deed(Deed::Ask(Ask::Sell(sale))).unwrap_err();
        assert_eq!((problem.code, problem.fields["number"].as_str()), ("chain_broken", "7"), "restart {restart}");
        let wish = refund(&mut shop, sold, 1_000);
        assert_eq!(code(shop.approved(wish, HUDA)), "chain_broken");
    }
    shop.far.approve(&id.to_string(), shop.now_ms);
    shop.run_for(20 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid, "what is under way is still written down");
    let event = StoreEvent::Restored { from: "copy.db".to_owned(), number: 6, reason: "edited by hand".to_owned() };
    note(&mut shop, event);
    shop.crash(SECOND_MS);
    shop.run_for(2 * SECOND_MS);
    shop.sign_in(SARA).unwrap();
    let sale = shop.fresh_sale(ProviderName::Mispay, 1_000);
    shop.deed(Deed::Ask(Ask::Sell(sale))).unwrap();
}
