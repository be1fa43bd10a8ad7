//! The far end held against the papers' own samples: the same fields, each of the same kind.
//! MultiPay's samples are assumed ones.

use super::*;

/// Every leaf of a JSON value with its kind, such as `/result/trackId text`.
fn shape(value: &Value) -> Vec<String> {
    fn walk(value: &Value, place: &str, leaves: &mut Vec<String>) {
        match value {
            Value::Object(fields) => {
                leaves.push(format!("{place} object"));
                fields.iter().for_each(|(key, value)| walk(value, &format!("{place}/{key}"), leaves));
            }
            Value::Array(_) => leaves.push(format!("{place} array")),
            Value::String(_) => leaves.push(format!("{place} text")),
            Value::Number(_) => leaves.push(format!("{place} number")),
            Value::Bool(_) | Value::Null => leaves.push(format!("{place} other")),
        }
    }
    let mut leaves = Vec::new();
    walk(value, "", &mut leaves);
    leaves.sort();
    leaves
}

macro_rules! paper {
    ($name:literal) => {
        include_str!(concat!("../../../../tests/papers/", $name))
    };
}

fn sample(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn mispay_answers_have_the_papers_fields() {
    let mut caller = Caller::mispay(World::default());
    let (_, token) = caller.call(request(Method::Get, "/token", &[APP_ID, APP_SECRET], None));
    assert_eq!(shape(&token), shape(&sample(paper!("mispay-token-response.json"))));

    let (status, bought) = caller.send(Method::Post, "/purchase", paper!("mispay-purchase-request.json"));
    assert_eq!(status, 200, "the paper's own request is understood");
    assert_eq!(shape(&bought), shape(&sample(paper!("mispay-purchase-response.json"))));

    assert!(caller.sim.approve("unique orderId created by merchant", START_MS));
    let tracked = caller.track(bought["result"]["trackId"].as_str().unwrap());
    let printed = paper!("mispay-status-response.txt");
    let uncommented = printed.replace(r#"// "in-progress" | "canceled" | "failed""#, "");
    assert_ne!(uncommented, printed);
    assert_eq!(shape(&tracked), shape(&sample(&uncommented)));

    let purchase_id = tracked["purchaseId"].as_str().unwrap();
    let (_, details) = caller.get(&format!("/purchase/{purchase_id}"));
    assert_eq!(shape(&details), shape(&sample(paper!("mispay-purchase-details-response.json"))));

    let mut refund = sample(paper!("mispay-refund-request.json"));
    refund["amount"] = json!(100);
    refund["purchaseId"] = json!(purchase_id);
    refund["orderId"] = json!("unique orderId created by merchant");
    let (_, refunded) = caller.send(Method::Get, "/refund", &refund.to_string());
    assert_eq!(refunded, sample(paper!("mispay-refund-response.json")));
}

#[test]
fn mispay_refusals_are_the_papers_word_for_word() {
    let mut caller = Caller::new(World::default());
    let mut token = |headers: &[(&'static str, &str)]| caller.call(request(Method::Get, "/token", headers, None)).1;
    assert_eq!(token(&[APP_SECRET]), sample(paper!("mispay-error-me01.json")));
    assert_eq!(token(&[APP_ID]), sample(paper!("mispay-error-me02.json")));
    assert_eq!(token(&[APP_ID, ("x-app-secret", "other")]), sample(paper!("mispay-error-me03.json")));
}

#[test]
fn multipay_messages_have_the_assumed_fields() {
    let (mut caller, _) = Caller::multipay(World::default());
    let socket = caller.connect().unwrap();
    assert_eq!(shape(&caller.answered()), shape(&sample(paper!("multipay-logon-confirmation.json"))));
    caller.sim.scan_get_flow(caller.now_ms);
    assert_eq!(shape(&caller.answered()), shape(&sample(paper!("multipay-get-payment-request.json"))));

    let started = sample(paper!("multipay-payment-init-request.json"));
    caller.say(socket, &started);
    assert_eq!(shape(&caller.answered()), shape(&sample(paper!("multipay-payment-init-response.json"))));
    let stopped = sample(paper!("multipay-status-update.json"));
    caller.say(socket, &stopped);
    let mut update = caller.answered();
    update["id"] = stopped["id"].clone();
    assert_eq!(update, stopped);

    let receipt = caller.received(socket);
    assert_eq!(shape(&receipt), shape(&sample(paper!("multipay-payment-receipt.json"))));
    let mut refund = sample(paper!("multipay-refund.json"));
    caller.say(socket, &refund);
    assert_eq!(shape(&caller.answered()), shape(&sample(paper!("multipay-problem.json"))));
    refund["payment"]["paymentReceiptId"] = receipt["payment"]["paymentReceiptId"].clone();
    caller.say(socket, &refund);
    assert_eq!(caller.answered()["messageType"], "PAYMENT_RECEIPT");
}

#[test]
fn the_papers_token_call_is_understood() {
    let call = paper!("multipay-token-request.txt");
    let fields = call.lines().filter_map(|line| line.trim().strip_prefix("--data-urlencode \""));
    let form: Vec<&str> = fields.map(|field| &field[..field.find('"').unwrap()]).collect();
    assert_eq!(form.len(), 4);
    let accounts =
        Accounts { client_id: "XXXX".to_owned(), client_secret: Secret::text("XXXX"), ..Accounts::default() };
    let mut caller = Caller::with(Simulator::new(World::default(), 1, accounts));
    let (status, _) = caller.call(request(Method::Post, "/authorization/oauth/token", &[FORM], Some(&form.join("&"))));
    assert_eq!(status, 200);
}

#[test]
fn a_token_made_by_openssl_has_the_layout_of_ours() {
    let made = sample(paper!("openssl-token.json"));
    let text = |key: &str| made[key].as_str().unwrap();
    let rounds = u32::try_from(made["rounds"].as_u64().unwrap()).unwrap();
    assert_eq!(rounds, crate::accounts::TOKEN_ROUNDS_ON_SOCKETS);
    let plain = opened_in(rounds, text("token"), text("secret"));
    assert_eq!(sample(&plain), json!({"token": text("jwt")}));
}
