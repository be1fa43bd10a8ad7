//! Every way in which a payment ends, over real sockets.

use crate::shop::{Shop, setup_for, start_far_end};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::payment::{Ending, Kind, PaymentId, ProviderName, RefundCause, State};
use checkstand_core::provider::multipay::Flow;
use serde_json::json;
use uuid::Uuid;

const BOTH: [ProviderName; 2] = [ProviderName::Mispay, ProviderName::Multipay];

#[tokio::test(flavor = "multi_thread")]
async fn an_approved_payment_is_paid_and_booked_once() {
    let shop = Shop::open(&[]).await;
    for provider in BOTH {
        let id = shop.charge(provider, 20_105).await;
        shop.wait_for_state(id, State::Waiting).await;
        shop.far.customer(&id.to_string(), "approve").await;
        let paid = shop.wait_for_state(id, State::Paid).await;
        assert!(paid.flags.is_empty() && paid.receipt_id().is_some(), "{paid:?}");
        assert_eq!(shop.far.captured(&id.to_string()).await, 20_105);
        assert_eq!(shop.far.money_requests(&id.to_string()).await, 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_final_amount_is_read_after_the_proof() {
    let shop = Shop::open(&[]).await;
    let id = shop.charge(ProviderName::Mispay, 35_050).await;
    shop.wait_for_state(id, State::Waiting).await;
    shop.far.customer(&id.to_string(), "approve").await;
    let read = shop.wait_for(id, "details", |payment| payment.facts.details.is_some()).await;
    assert_eq!(read.facts.details.unwrap().money, Some(read.opening.money));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_who_cancels_ends_it_without_money() {
    let shop = Shop::open(&[]).await;
    for provider in BOTH {
        let id = shop.charge(provider, 10_000).await;
        shop.wait_for_state(id, State::Waiting).await;
        shop.far.customer(&id.to_string(), "cancel").await;
        shop.wait_for_state(id, State::Declined(Ending::Canceled)).await;
        assert_eq!(shop.far.captured(&id.to_string()).await, 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_purchase_that_fails_is_declined() {
    let shop = Shop::open(&[]).await;
    let id = shop.charge(ProviderName::Mispay, 10_000).await;
    shop.wait_for_state(id, State::Waiting).await;
    shop.far.customer(&id.to_string(), "fail").await;
    shop.wait_for_state(id, State::Declined(Ending::Failed)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cashiers_cancel_is_believed_when_it_is_confirmed() {
    let shop = Shop::open(&[]).await;
    let id = shop.charge(ProviderName::Multipay, 10_000).await;
    shop.wait_for_state(id, State::Waiting).await;
    shop.handle.ask(Ask::Cancel(id)).await.unwrap();
    shop.wait_for_state(id, State::Declined(Ending::Canceled)).await;
    assert_eq!(shop.far.captured(&id.to_string()).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_lost_on_the_way_back_is_not_known_at_once() {
    let shop = Shop::open(&[]).await;
    let warm = shop.charge(ProviderName::Mispay, 4_000).await;
    shop.wait_for_state(warm, State::Waiting).await;
    shop.far.plant("close-after", json!({ "on": "purchase" })).await;
    let begun = std::time::Instant::now();
    let id = shop.charge(ProviderName::Mispay, 10_000).await;
    shop.wait_for(id, "Unknown", |payment| matches!(payment.state, State::Unknown(_))).await;
    assert!(begun.elapsed() < std::time::Duration::from_secs(5));
    assert_eq!(shop.far.money_requests(&id.to_string()).await, 1, "it is never sent again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_goes_back_once_on_both_providers() {
    let shop = Shop::open(&[]).await;
    for provider in BOTH {
        let sale = shop.charge(provider, 20_000).await;
        shop.wait_for_state(sale, State::Waiting).await;
        shop.far.customer(&sale.to_string(), "approve").await;
        let paid = shop.wait_for_state(sale, State::Paid).await;
        let refund = PaymentId(Uuid::now_v7());
        let ask = Ask::Refund(Refund {
            id: refund,
            sale,
            money: paid.opening.money,
            retry_of: None,
            cause: RefundCause::because("item returned"),
        });
        shop.handle.ask(ask.clone()).await.unwrap();
        shop.handle.ask(ask).await.unwrap();
        let done = shop.wait_for_state(refund, State::Paid).await;
        assert_eq!(done.opening.kind, Kind::Refund { of: sale, retry_of: None });
        let books = shop.far.get("/books").await;
        let capture = books["captures"].as_array().unwrap().iter().find(|row| row["id"] == sale.to_string()).unwrap();
        assert_eq!(capture["net_minor"], 0, "{capture}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_multipay_customers_wait_at_once_and_each_pays_their_own() {
    let shop = Shop::open(&[]).await;
    let first = shop.charge(ProviderName::Multipay, 10_000).await;
    let second = shop.charge(ProviderName::Multipay, 20_000).await;
    shop.wait_for_state(first, State::Waiting).await;
    shop.wait_for_state(second, State::Waiting).await;
    shop.far.customer(&second.to_string(), "approve").await;
    shop.wait_for_state(second, State::Paid).await;
    assert_eq!(shop.payment(first).await.state, State::Waiting);
    shop.far.customer(&first.to_string(), "approve").await;
    shop.wait_for_state(first, State::Paid).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_get_flow_the_providers_id_is_used_and_never_answered_twice() {
    let far = start_far_end(&[]);
    let mut setup = setup_for(&far);
    setup.multipay.as_mut().unwrap().flow = Flow::Get;
    let shop = Shop::open_with(far, setup).await;
    let id = shop.charge(ProviderName::Multipay, 10_000).await;
    shop.wait_for(id, "the line", |_| true).await;
    let wire_id = loop {
        // The scan needs a terminal that is logged on.
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let ready = shop.handle.look(|scene| scene.till.line(ProviderName::Multipay)).await.unwrap();
        if ready == Some(checkstand_core::provider::Line::Ready) {
            break shop.far.post("/scan", json!({})).await["payment_id"].as_str().unwrap().to_owned();
        }
    };
    let waiting = shop.wait_for_state(id, State::Waiting).await;
    assert_eq!(waiting.wire_id(), wire_id);
    shop.far.customer(&wire_id, "approve").await;
    shop.wait_for_state(id, State::Paid).await;
    assert_eq!(shop.far.captured(&wire_id).await, 10_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn r06_the_same_click_twice_is_one_request_at_the_far_ends_socket() {
    let shop = Shop::open(&[]).await;
    for provider in BOTH {
        let sale = shop.sale(provider, 12_300);
        let id = sale.id;
        let (first, second, third) = tokio::join!(shop.sell(sale.clone()), shop.sell(sale.clone()), shop.sell(sale));
        assert_eq!((first, second, third), (Ok(()), Ok(()), Ok(())));
        shop.wait_for_state(id, State::Waiting).await;
        assert_eq!(shop.far.money_requests(&id.to_string()).await, 1);
    }
}
