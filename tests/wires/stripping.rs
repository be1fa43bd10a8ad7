//! A proxy that strips the body of every GET, as some do: MIS Pay's refund is one. Nothing is lost by it, and nothing is guessed.

use crate::far_end::FarEnd;
use crate::shop::{Shop, setup_for, start_far_end};
use checkstand_core::ask::{Ask, Refund};
use checkstand_core::message::Method;
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::{Doubt, PaymentId, ProviderName, RefundCause, State};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use uuid::Uuid;

/// Serves until the test ends; one request a connection.
async fn strip_gets(behind: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((client, _)) = listener.accept().await {
            tokio::spawn(pass_on(client, behind));
        }
    });
    address
}

async fn pass_on(mut client: TcpStream, behind: SocketAddr) -> Option<()> {
    let mut bytes = Vec::new();
    let head_end = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if client.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8(bytes[..head_end].to_vec()).ok()?;
    let is_length = |line: &&str| line.to_ascii_lowercase().starts_with("content-length:");
    let length = head.lines().find(is_length).and_then(|line| line.split(':').nth(1)?.trim().parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        client.read_buf(&mut body).await.ok()?;
    }
    let is_get = head.starts_with("GET ");
    let kept: Vec<&str> = head.lines().filter(|line| !(is_get && is_length(line))).collect();
    let mut far = TcpStream::connect(behind).await.ok()?;
    far.write_all(format!("{}\r\nconnection: close\r\n\r\n", kept.join("\r\n")).as_bytes()).await.ok()?;
    if !is_get {
        far.write_all(&body).await.ok()?;
    }
    let mut answer = Vec::new();
    far.read_to_end(&mut answer).await.ok()?;
    client.write_all(&answer).await.ok()
}

async fn refund(shop: &Shop, sale: PaymentId) -> Result<PaymentId, checkstand_core::problem::Problem> {
    let id = PaymentId(Uuid::now_v7());
    let refund = Refund {
        id,
        sale,
        money: Money::new(4_000, Currency::Sar),
        cause: RefundCause { reason: "goods came back".to_owned(), approved_by: None },
        retry_of: None,
    };
    shop.handle.ask(Ask::Refund(refund)).await.map(|()| id)
}

async fn open_behind_the_proxy(far: FarEnd, method: Method) -> Shop {
    let address = strip_gets(far.text("http").trim_start_matches("http://").parse().unwrap()).await;
    let mut setup = setup_for(&far);
    let account = setup.mispay.as_mut().unwrap();
    account.base_url = far.text("mispay").replace(far.text("http").as_str(), &format!("http://{address}"));
    account.refund_method = method;
    Shop::open_with(far, setup).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_whose_body_was_stripped_is_not_known_and_keeps_its_reserve() {
    let shop = open_behind_the_proxy(start_far_end(&[]), Method::Get).await;
    let sale = shop.charge(ProviderName::Mispay, 10_000).await;
    shop.wait_for_state(sale, State::Waiting).await;
    shop.far.customer(&sale.to_string(), "approve").await;
    shop.wait_for_state(sale, State::Paid).await;
    let id = refund(&shop, sale).await.unwrap();
    shop.wait_for_state(id, State::Unknown(Doubt::UnclearAnswer)).await;
    assert_eq!(refund(&shop, sale).await.unwrap_err().code, "refund_in_flight", "it is never sent again by itself");
    let books = shop.far.get("/books").await;
    let capture = books["captures"].as_array().unwrap().iter().find(|row| row["id"] == sale.to_string()).unwrap();
    assert_eq!(capture["net_minor"], 10_000, "and nothing went back");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_the_setting_post_the_same_proxy_is_no_hindrance() {
    let shop = open_behind_the_proxy(start_far_end(&[]), Method::Post).await;
    let sale = shop.charge(ProviderName::Mispay, 10_000).await;
    shop.wait_for_state(sale, State::Waiting).await;
    shop.far.customer(&sale.to_string(), "approve").await;
    shop.wait_for_state(sale, State::Paid).await;
    let id = refund(&shop, sale).await.unwrap();
    shop.wait_for_state(id, State::Paid).await;
}
