//! PAYMENT_RECEIPT: equal, different, repeated, unasked for, reversed.

use super::*;
use checkstand_core::payment::{Ending, Event, Flag};

fn equal(id: PaymentId) -> String {
    receipt(id, AMOUNT_MINOR, "NOK", RECEIPT_ID)
}

#[test]
fn r11_an_equal_receipt_is_paid_from_every_state() {
    let declined = {
        let (mut shop, id) = waiting();
        shop.far_says(&update(id, "CANCELED"));
        (shop, id)
    };
    let cancelling = {
        let (mut shop, id) = waiting();
        shop.ask(Ask::Cancel(id)).unwrap();
        (shop, id)
    };
    let unknown = {
        let (mut shop, id) = sent();
        shop.run_for(16 * SECOND_MS);
        (shop, id)
    };
    for ((mut shop, id), late) in
        [(sent(), false), (waiting(), false), (cancelling, false), (unknown, false), (declined, true)]
    {
        let before = shop.state(id);
        shop.far_says(&equal(id));
        let payment = shop.payment(id);
        assert_eq!(payment.state, State::Paid, "{before:?}");
        assert_eq!(payment.receipt_id(), Some(RECEIPT_ID));
        assert_eq!(payment.flags.contains(&Flag::Late), late, "{before:?}");
        assert_eq!(payment.flags.len(), usize::from(late), "{before:?}");
        assert!(payment.is_refundable());
    }
}

#[test]
fn r4_a_receipt_stops_every_queued_cancel_at_once() {
    let (mut shop, id) = waiting();
    shop.ask(Ask::Cancel(id)).unwrap();
    shop.far_says(&equal(id));
    shop.record();
    shop.run_for(300 * SECOND_MS);
    assert!(shop.messages("STATUS_UPDATE").is_empty());
    // And one that had not left yet: it waits behind an outstanding sale.
    let (mut shop, first) = waiting();
    let second = shop.charge(ProviderName::Multipay, 5_000);
    shop.ask(Ask::Cancel(first)).unwrap();
    shop.far_says(&equal(first));
    shop.far_says(&init_response(second, Some("PENDING")));
    shop.run_for(300 * SECOND_MS);
    assert!(shop.messages("STATUS_UPDATE").is_empty());
    assert_eq!(shop.state(first), State::Paid);
}

#[test]
fn r44_the_same_receipt_twice_is_a_no_op() {
    let (mut shop, id) = paid();
    let entries = shop.ledger.len();
    shop.far_says(&equal(id));
    shop.far_says(&equal(id).replace(&format!(r#""{RECEIPT_ID}""#), RECEIPT_ID));
    assert_eq!(shop.ledger.len(), entries);
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn a_different_receipt_for_a_paid_payment_contradicts_it() {
    let (mut shop, id) = paid();
    shop.far_says(&receipt(id, AMOUNT_MINOR, "NOK", "9998174609679520"));
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.contains(&Flag::Contradicted));
    assert!(shop.payment(id).needs_attention());
}

#[test]
fn r11_another_amount_or_currency_is_paid_and_needs_review() {
    for (minor, currency) in [(20_104, "NOK"), (2_010_500, "NOK"), (201, "NOK"), (20_105, "SEK"), (20_105, "GBP")] {
        let (mut shop, id) = waiting();
        shop.far_says(&receipt(id, minor, currency, RECEIPT_ID));
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.contains(&Flag::Mismatch), "{minor} {currency}");
        assert!(!shop.payment(id).is_refundable());
    }
}

#[test]
fn r11_a_receipt_of_another_amount_needs_review_before_an_equal_one_and_after_it() {
    for amounts in [[AMOUNT_MINOR, 20_104], [20_104, AMOUNT_MINOR]] {
        let (mut shop, id) = waiting();
        for (minor, receipt_id) in amounts.into_iter().zip(["7001", "7002"]) {
            shop.far_says(&receipt(id, minor, "NOK", receipt_id));
        }
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.is_superset(&[Flag::Mismatch, Flag::Contradicted].into()), "{amounts:?}");
        assert!(!shop.payment(id).is_refundable());
    }
}

#[test]
fn r11_a_receipt_without_amount_or_currency_is_paid_and_needs_review() {
    for gone in [r#","amount":20105"#, r#","currencyIso":"NOK""#] {
        let (mut shop, id) = waiting();
        let text = equal(id).replace(gone, "");
        assert_ne!(text, equal(id));
        shop.far_says(&text);
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.contains(&Flag::Mismatch), "{gone}");
    }
}

#[test]
fn r11_a_changed_echo_needs_review_and_a_missing_or_shouted_one_does_not() {
    let stranger = "5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1002";
    for of in [order_id as fn(PaymentId) -> uuid::Uuid, sale_id] {
        for changed in [stranger, "", "no uuid"] {
            let (mut shop, id) = waiting();
            shop.far_says(&equal(id).replace(&of(id).to_string(), changed));
            assert_eq!(shop.state(id), State::Paid);
            let mismatch = shop.payment(id).flags.contains(&Flag::Mismatch);
            assert_eq!(mismatch, !changed.is_empty(), "{changed:?}");
        }
        let (mut shop, id) = waiting();
        shop.far_says(&equal(id).replace(&of(id).to_string(), &of(id).to_string().to_uppercase()));
        assert!(shop.payment(id).flags.is_empty());
    }
    let (mut shop, id) = waiting();
    shop.far_says(&receipt_with(id, AMOUNT_MINOR, "NOK", RECEIPT_ID, ""));
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).flags.is_empty());
}

#[test]
fn a_receipt_with_a_state_that_is_missing_or_unknown_is_a_receipt_all_the_same() {
    for text in [r#""paymentState":"DONE""#, r#""note":"x""#] {
        let (mut shop, id) = waiting();
        shop.far_says(&equal(id).replace(r#""paymentState":"COMPLETE""#, text));
        assert_eq!(shop.state(id), State::Paid, "{text}");
    }
}

#[test]
fn a_receipt_that_says_it_is_none_is_read_by_its_word() {
    let (mut shop, id) = waiting();
    shop.far_says(&equal(id).replace("COMPLETE", "CANCELED"));
    assert_eq!(shop.state(id), State::Declined(Ending::Canceled));
    let (mut shop, id) = sent();
    shop.far_says(&equal(id).replace("COMPLETE", "PENDING"));
    assert_eq!(shop.state(id), State::Waiting);
}

#[test]
fn r44_a_receipt_for_a_stranger_is_kept_as_an_orphan() {
    let (mut shop, id) = waiting();
    let stranger = PaymentId(uuid::Uuid::from_u128(7));
    shop.far_says(&equal(stranger));
    assert_eq!(shop.state(id), State::Waiting, "never by the last one");
    let orphan = shop.payment(stranger);
    assert_eq!(orphan.state, State::Paid);
    assert!(orphan.flags.contains(&Flag::Orphan));
    assert!(orphan.needs_attention());
    assert_eq!(orphan.opening.money, Money::new(AMOUNT_MINOR, Currency::Nok));
    assert_eq!(orphan.receipt_id(), Some(RECEIPT_ID));
    let entries = shop.ledger.len();
    shop.far_says(&equal(stranger));
    assert_eq!(shop.ledger.len(), entries, "and only once");
    assert!(shop.wrongs.is_empty(), "{:?}", shop.wrongs);
}

/// Nothing but the payment id as we write it makes a receipt one of ours.
#[test]
fn r44_a_receipt_that_is_called_otherwise_is_a_strangers_and_never_ours() {
    let others = |id: PaymentId| {
        let spelled = [id.0.simple().to_string(), id.0.braced().to_string(), id.0.urn().to_string()];
        let by_payment_id = spelled.map(|name| equal(id).replacen(&id.to_string(), &name, 1));
        let by_receipt_id = receipt(id, AMOUNT_MINOR, "NOK", &id.to_string())
            .replacen(&format!(r#""paymentId":"{id}","#), "", 1)
            .replace("20105", "40210000");
        by_payment_id.into_iter().chain([by_receipt_id])
    };
    let (_, id) = waiting();
    for text in others(id) {
        let (mut shop, same) = waiting();
        assert_eq!(same, id);
        assert_ne!(text, equal(id));
        shop.far_says(&text);
        assert_eq!(shop.state(id), State::Waiting, "{text}");
        let entries = shop.ledger.len();
        shop.far_says(&text);
        assert_eq!(shop.ledger.len(), entries, "only once: {text}");
        let orphans: Vec<_> = shop.till.book().payments().filter(|payment| payment.opening.orphan).collect();
        assert_eq!(orphans.len(), 1, "{text}");
        assert!(orphans[0].needs_attention());
        // Its own receipt is still to come.
        shop.far_says(&equal(id));
        assert_eq!(shop.state(id), State::Paid);
        assert!(shop.payment(id).flags.is_empty(), "{text}");
        assert!(shop.wrongs.is_empty(), "{:?}", shop.wrongs);
    }
}

#[test]
fn i11_every_message_that_parses_as_a_receipt_is_stored() {
    let mut shop = told();
    for (place, text) in [
        r#"{"messageType":"PAYMENT_RECEIPT","payment":{}}"#.to_owned(),
        r#"{"messageType":"PAYMENT_RECEIPT","payment":{"paymentReceiptId":3558174609679520}}"#.to_owned(),
        r#"{"messageType":"PAYMENT_RECEIPT","payment":{"paymentId":"not a uuid","amount":1,"currencyIso":"NOK"}}"#
            .to_owned(),
        r#"{"messageType":"PAYMENT_RECEIPT","payment":{"paymentId":12,"amount":"x","currencyIso":"JPY"}}"#.to_owned(),
        reversed(PaymentId(uuid::Uuid::from_u128(8))),
    ]
    .into_iter()
    .enumerate()
    {
        shop.far_says(&text);
        let orphans = shop.till.book().payments().filter(|payment| payment.opening.orphan).count();
        assert_eq!(orphans, place + 1, "{text}");
    }
    let returned = shop.payment(PaymentId(uuid::Uuid::from_u128(8)));
    assert_eq!(returned.state, State::Reversed);
}

#[test]
fn reversed_wins_from_every_state_by_either_message() {
    for by in [reversed as fn(PaymentId) -> String, |id| update(id, "REVERSED")] {
        let canceled = {
            let (mut shop, id) = waiting();
            shop.far_says(&update(id, "CANCELED"));
            (shop, id)
        };
        for (mut shop, id) in [sent(), waiting(), paid(), canceled] {
            let before = shop.state(id);
            shop.far_says(&by(id));
            assert_eq!(shop.state(id), State::Reversed, "{before:?}");
            shop.far_says(&equal(id));
            shop.far_says(&update(id, "CANCELED"));
            shop.far_says(&update(id, "PENDING"));
            assert_eq!(shop.state(id), State::Reversed, "nothing undoes it");
            assert!(!shop.payment(id).is_refundable());
        }
    }
}

#[test]
fn r39_a_receipt_id_beyond_a_float_is_kept_to_the_last_digit() {
    let (mut shop, id) = waiting();
    let text =
        receipt(id, AMOUNT_MINOR, "NOK", "9007199254740993").replace(r#""9007199254740993""#, "9007199254740993");
    shop.far_says(&text);
    assert_eq!(shop.payment(id).receipt_id(), Some("9007199254740993"));
    let refund = give_back(&mut shop, id, AMOUNT_MINOR);
    assert_eq!(shop.state(refund), State::Sent);
    assert_eq!(shop.messages("REFUND")[0].1["payment"]["paymentReceiptId"], "9007199254740993");
}

#[test]
fn the_payment_id_is_matched_whatever_its_case() {
    let (mut shop, id) = waiting();
    shop.far_says(&equal(id).replace(&id.to_string(), &id.to_string().to_uppercase()));
    assert_eq!(shop.state(id), State::Paid);
    assert!(matches!(shop.events(id).last(), Some(Event::Captured(_))));
    assert_eq!(shop.till.book().count(), 1, "no orphan");
}

#[test]
fn a_receipt_with_a_word_that_nobody_told_us_is_kept_and_looked_at() {
    for word in ["DECLINED", "complete", "COMPLETE ", ""] {
        let (mut shop, id) = waiting();
        shop.far_says(&equal(id).replace("COMPLETE", word));
        assert_eq!(shop.state(id), State::Paid, "it is a receipt all the same");
        assert_eq!(shop.payment(id).flags, [Flag::Mismatch].into(), "{word:?}");
    }
}

#[test]
fn an_amount_that_no_sale_can_have_is_no_amount() {
    for minor in ["9223372036854775807", "10000000000", "\"+20105\"", "-20105", "20105.0"] {
        let (mut shop, id) = waiting();
        shop.far_says(&equal(id).replace("\"amount\":20105", &format!("\"amount\":{minor}")));
        assert_eq!(shop.state(id), State::Paid);
        assert_eq!(shop.payment(id).flags, [Flag::Mismatch].into(), "{minor}");
        assert_eq!(
            shop.payment(id).counted().map(|money| money.minor),
            Some(AMOUNT_MINOR),
            "as asked, until it is known"
        );
        // The same of a payment that this till never asked for: sums stay sums.
        let other = PaymentId(uuid::Uuid::from_u128(4_711));
        shop.far_says(&equal(other).replace("\"amount\":20105", &format!("\"amount\":{minor}")));
        assert_eq!(shop.payment(other).opening.money.minor, 0);
    }
}
