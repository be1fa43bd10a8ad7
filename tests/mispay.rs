//! The rows of the table *MIS Pay, step by step*, one test each or more.

mod number;
mod purchase;
mod refund;
mod repeat;
mod restart;
mod success;
mod sweep;
mod token;
mod watch;

use crate::world::{Door, SECOND_MS, Shop, answer, ok};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::message::Reply;
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{PaymentId, ProviderName, RefundCause, State};

const AMOUNT_MINOR: i64 = 20_105;

/// The paper's answer to a purchase.
const ACCEPTED: &str =
    r#"{"status":"success","result":{"trackId":"track-1","ivrCallbackId":"6536","status":"in-progress"}}"#;
/// The paper's answer to a refund.
const REFUNDED: &str = r#"{"status":"success","result":{"status":"success"}}"#;

/// A calm shop, and a purchase that gets this answer.
fn purchase_answered(reply: Reply) -> (Shop, PaymentId) {
    let mut shop = Shop::calm();
    shop.far_answers(Door::Purchase, reply);
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    (shop, id)
}

/// A calm shop with a purchase that waits for its customer, whose far end says only what it is told.
fn waiting() -> (Shop, PaymentId) {
    let (shop, id) = purchase_answered(ok(ACCEPTED));
    assert_eq!(shop.state(id), State::Waiting);
    (shop, id)
}

/// What /status says: `order.status` and nothing more.
fn word(word: &str) -> Reply {
    ok(&format!(r#"{{"status":"success","order":{{"status":"{word}"}}}}"#))
}

/// A whole success of /status.
fn success(id: PaymentId, amount: &str, purchase: &str) -> Reply {
    ok(&format!(
        r#"{{"status":"success","purchaseId":"{purchase}","order":{{"status":"success","purchaseId":"{purchase}","amount":{amount},"orderId":"{id}"}}}}"#
    ))
}

/// What `/purchase/<id>` says.
fn details(id: PaymentId, amount: &str, currency: &str) -> Reply {
    ok(&format!(
        r#"{{"status":"success","result":{{"merchantId":"m","orderId":"{id}","purchaseAmount":{amount},"purchaseCurrency":"{currency}","purchaseDate":"2026-11-22T09:00:01.000Z"}}}}"#
    ))
}

/// A paid sale, by the simulator's own customer.
fn paid() -> (Shop, PaymentId) {
    let mut shop = Shop::calm();
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    pay(&mut shop, id);
    (shop, id)
}

/// The customer approves, and the till has time to see it and to read the details.
fn pay(shop: &mut Shop, id: PaymentId) {
    assert!(shop.far.approve(&id.to_string(), shop.now_ms));
    shop.run_for(5 * SECOND_MS);
    assert_eq!(shop.state(id), State::Paid);
    assert!(shop.payment(id).facts.details.is_some());
}

fn give_back(shop: &mut Shop, sale: PaymentId, minor: i64) -> PaymentId {
    let id = shop.click();
    shop.ask(Ask::Refund(Refund {
        id,
        sale,
        money: Money::new(minor, Currency::Sar),
        retry_of: None,
        cause: RefundCause::because("item returned"),
    }))
    .unwrap();
    id
}

/// A purchase whose answer is lost and whose customer pays all the same.
fn unknown() -> (Shop, PaymentId) {
    let mut shop = Shop::calm();
    shop.far_obeys_but_answers(Door::Purchase, 500, Reply::Lost);
    let id = shop.charge(ProviderName::Mispay, AMOUNT_MINOR);
    assert!(matches!(shop.state(id), State::Unknown(_)));
    (shop, id)
}

/// A token of the paper's layout, made by OpenSSL, that is to live so long: the server's `Date` is that much before its end.
fn openssl_token(life_ms: i64) -> Reply {
    let paper: serde_json::Value = serde_json::from_str(include_str!("papers/openssl-token.json")).unwrap();
    let body = format!(r#"{{"status":"success","result":{{"token":{}}}}}"#, paper["token"]);
    let Reply::Answer { status, body, .. } = ok(&body) else { unreachable!() };
    Reply::Answer { status, body, date_ms: Some(1_516_242_622_000 - life_ms) }
}

/// A shop whose token is OpenSSL's and lives so long. The simulator does not know it, so everything else must be scripted.
fn shop_with_token_life(life_ms: i64) -> Shop {
    let mut shop = Shop::calm();
    shop.far_answers(Door::Token, openssl_token(life_ms));
    shop.refit(|setup| {
        let account = setup.mispay.as_mut().unwrap();
        account.app_secret = checkstand_core::secret::Secret::text("dummy-app-secret-for-tests");
        account.rounds = 40_000;
    });
    shop.record();
    shop
}

fn gateway_error() -> Reply {
    answer(503, "<html>busy</html>")
}
