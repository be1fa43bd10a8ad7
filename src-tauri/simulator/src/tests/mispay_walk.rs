//! A sale and a refund at MIS Pay, word for word.

use super::*;
use crate::books::{Received, RequestKind};
use crate::phone::{Provider, Shows};

#[test]
fn a_sale_is_tracked_until_the_customer_has_paid() {
    let mut caller = Caller::mispay(World::default());
    let (status, body) = caller.buy("order-1", "201.05", "123123");
    assert_eq!((status, &body["status"], &body["result"]["status"]), (200, &json!("success"), &json!("in-progress")));
    assert_eq!(body["result"]["ivrCallbackId"].as_str().unwrap().len(), 24);
    let track_id = body["result"]["trackId"].as_str().unwrap().to_owned();
    assert!(uuid::Uuid::try_parse(&track_id).is_ok());

    assert_eq!(caller.track(&track_id), json!({"status": "success", "order": {"status": "in-progress"}}));
    caller.now_ms += 5_000;
    assert!(caller.sim.approve("order-1", caller.now_ms));

    let answer = caller.track(&track_id);
    let purchase_id = answer["order"]["purchaseId"].as_str().unwrap().to_owned();
    let order = json!({"status": "success", "purchaseId": purchase_id, "amount": 201.05, "orderId": "order-1"});
    assert_eq!(answer, json!({"status": "success", "purchaseId": purchase_id, "order": order}));

    let (status, details) = caller.get(&format!("/purchase/{purchase_id}"));
    assert_eq!(status, 200);
    let result = json!({
        "merchantId": "64e86620adbe5a41f2d41b75", "orderId": "order-1", "purchaseAmount": 201.05,
        "purchaseCurrency": "SAR", "purchaseDate": "2026-03-01T09:00:00.000Z",
    });
    assert_eq!(details, json!({"status": "success", "result": result}));

    let captures = caller.sim.books().captures_of(Provider::MisPay, "order-1");
    assert_eq!(captures.len(), 1);
    assert_eq!((captures[0].amount_minor, captures[0].currency.as_str()), (20_105, "SAR"));
    assert_eq!((captures[0].reference.as_str(), captures[0].captured_at_ms), (purchase_id.as_str(), START_MS + 5_000));
}

#[test]
fn a_refund_by_get_with_a_body_goes_back_and_is_read_in_the_details() {
    let mut caller = Caller::mispay(World::default());
    let purchase_id = caller.paid();
    let answer = caller.refund(&purchase_id, "order-1", "200.45");
    assert_eq!(answer, (200, json!({"status": "success", "result": {"status": "success"}})));
    assert_eq!(caller.get(&format!("/purchase/{purchase_id}")).1["result"]["purchaseAmount"], json!(0.6));
    assert_eq!(caller.sim.books().net_minor(Provider::MisPay, "SAR"), 60);
    assert_eq!(caller.sim.phones()[0].refunded_minor, 20_045);

    let body = format!(r#"{{"amount":0.6,"purchaseId":"{purchase_id}","orderId":"order-1"}}"#);
    assert_eq!(caller.send(Method::Post, "/refund", &body).0, 200);
    assert_eq!(caller.sim.books().net_minor(Provider::MisPay, "SAR"), 0);
}

#[test]
fn the_status_keeps_the_original_amount_after_a_refund() {
    let mut caller = Caller::mispay(World::default());
    let track_id = caller.bought("order-1", "201.05", "123123");
    caller.sim.approve("order-1", caller.now_ms);
    let purchase_id = caller.track(&track_id)["purchaseId"].as_str().unwrap().to_owned();
    caller.refund(&purchase_id, "order-1", "1");
    assert_eq!(caller.track(&track_id)["order"]["amount"], json!(201.05));
}

#[test]
fn the_final_amount_may_differ_and_stands_in_the_details_only() {
    let mut caller = Caller::mispay(World::default());
    let track_id = caller.bought("order-1", "201.05", "123123");
    assert!(caller.sim.approve_as("order-1", 19_900, caller.now_ms));
    let answer = caller.track(&track_id);
    assert_eq!(answer["order"]["amount"], json!(201.05));
    let purchase_id = answer["purchaseId"].as_str().unwrap();
    assert_eq!(caller.get(&format!("/purchase/{purchase_id}")).1["result"]["purchaseAmount"], json!(199));
}

#[test]
fn a_customer_who_stops_or_fails_is_read_in_the_order_not_in_the_outer_status() {
    let mut caller = Caller::mispay(World::default());
    let canceled = caller.bought("order-1", "201.05", "123123");
    let failed = caller.bought("order-2", "201.05", "123124");
    assert!(caller.sim.cancel("order-1", caller.now_ms));
    assert!(caller.sim.fail("order-2", caller.now_ms));
    assert_eq!(caller.track(&canceled), json!({"status": "success", "order": {"status": "canceled"}}));
    assert_eq!(caller.track(&failed), json!({"status": "success", "order": {"status": "failed"}}));
    assert!(!caller.sim.approve("order-1", caller.now_ms), "what is stopped cannot be approved");
    assert_eq!(caller.sim.books().captures().count(), 0);
}

#[test]
fn the_phones_show_what_asks_and_what_was_decided() {
    let mut caller = Caller::mispay(World::default());
    caller.bought("order-1", "201.05", "123123");
    let phone = caller.sim.phones().remove(0);
    assert_eq!((phone.id.as_str(), phone.provider, phone.shows), ("order-1", Provider::MisPay, Shows::Asking));
    assert_eq!((phone.amount_minor, phone.currency.as_str(), phone.reference), (20_105, "SAR", None));
    caller.sim.approve("order-1", caller.now_ms);
    let phone = caller.sim.phones().remove(0);
    assert_eq!(phone.shows, Shows::Paid);
    assert_eq!(phone.reference.unwrap().len(), 24);
}

#[test]
fn every_request_is_counted_under_its_order_id() {
    let mut caller = Caller::mispay(World::default());
    let jwt = std::mem::replace(&mut caller.jwt, "forged".to_owned());
    caller.buy("order-1", "201.05", "123123");
    caller.jwt = jwt;
    let purchase_id = caller.paid();
    caller.refund(&purchase_id, "order-1", "1");
    caller.refund(&purchase_id, "order-1", "900");
    let books = caller.sim.books();
    assert_eq!(books.received("order-1", RequestKind::Purchase), Received { total: 2, token_refused: 1, executed: 1 });
    assert_eq!(books.received("order-1", RequestKind::Refund), Received { total: 2, token_refused: 0, executed: 1 });
    assert_eq!(books.received_all().count(), 2);
}

#[test]
fn the_token_opens_with_the_secret_and_carries_its_times() {
    let caller = Caller::mispay(World::default());
    let payload = caller.jwt.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload).unwrap();
    let payload: Value = serde_json::from_slice(&payload).unwrap();
    assert_eq!(payload["iat"], json!(START_MS / 1_000));
    assert_eq!(payload["exp"], json!(START_MS / 1_000 + 3_600));
}
