//! Every way in which MIS Pay says no.

use super::*;

fn token_call(headers: &[(&'static str, &str)]) -> (u16, Value) {
    Caller::new(World::default()).call(request(Method::Get, "/token", headers, None))
}

#[test]
fn the_token_needs_a_known_application_and_its_secret() {
    assert_eq!(token_call(&[APP_SECRET]), (400, refusal("ME01")));
    assert_eq!(token_call(&[("x-app-id", ""), APP_SECRET]), (400, refusal("ME01")));
    assert_eq!(token_call(&[APP_ID]), (400, refusal("ME02")));
    assert_eq!(token_call(&[("x-app-id", "other"), APP_SECRET]), (400, refusal("ME03")));
    assert_eq!(token_call(&[APP_ID, ("x-app-secret", "other")]), (400, refusal("ME03")));
}

#[test]
fn every_other_call_needs_the_application_and_a_living_token() {
    let mut caller = Caller::mispay(World::default());
    let purchase_id = caller.paid();
    let bearer = format!("Bearer {}", caller.jwt);
    let details = format!("/purchase/{purchase_id}");
    let paths = [
        (Method::Post, "/purchase"),
        (Method::Get, "/status?trackId=1"),
        (Method::Get, &details),
        (Method::Get, "/refund"),
    ];
    for (method, path) in paths {
        let none = request(method, path, &[("authorization", &bearer)], Some("{}"));
        assert_eq!(caller.call(none), (400, refusal("ME01")), "{path}");
        let other = request(method, path, &[("x-app-id", "other"), ("authorization", &bearer)], Some("{}"));
        assert_eq!(caller.call(other), (400, refusal("ME03")), "{path}");
        let no_token = request(method, path, &[APP_ID], Some("{}"));
        assert_eq!(caller.call(no_token), (400, refusal("ME10")), "{path}");
        let forged = request(method, path, &[APP_ID, ("authorization", "Bearer forged")], Some("{}"));
        assert_eq!(caller.call(forged), (400, refusal("ME10")), "{path}");
    }
}

#[test]
fn a_token_ends_with_its_life_or_when_it_is_revoked() {
    let mut caller = Caller::mispay(World::default());
    caller.now_ms += 3_599_999;
    assert_eq!(caller.track("none"), refusal("ME05"));
    caller.now_ms += 1;
    assert_eq!(caller.track("none"), refusal("ME11"));
    let mut caller = caller.with_token();
    caller.sim.revoke_tokens();
    assert_eq!(caller.track("none"), refusal("ME10"));
}

#[test]
fn a_number_that_nobody_issued_is_not_found() {
    let mut caller = Caller::mispay(World::default());
    let purchase_id = caller.paid();
    assert_eq!(caller.track("33c97446-3f0d-43c7-bef7-8688cebc708d"), refusal("ME05"));
    assert_eq!(caller.get("/status").1, refusal("ME05"));
    assert_eq!(caller.get("/purchase/6565c3fabf6c06c0273c8ed8").1, refusal("ME05"));
    assert_eq!(caller.refund("6565c3fabf6c06c0273c8ed8", "order-1", "1").1, refusal("ME05"));
    assert_eq!(caller.refund(&purchase_id, "another-order", "1").1, refusal("ME05"));
    assert_eq!(caller.sim.books().captures().map(|capture| capture.refunds.len()).sum::<usize>(), 0);
}

#[test]
fn only_a_code_that_was_issued_and_lives_is_taken() {
    let accounts = Accounts { any_payment_code: false, ..Accounts::default() };
    let mut caller = Caller::with(Simulator::new(World::default(), 3, accounts)).with_token();
    assert_eq!(caller.buy("order-1", "1", "123123").1, refusal("ME04"));

    let code = std::iter::repeat_with(|| caller.sim.issue_code(START_MS)).find(|code| !code.starts_with('0')).unwrap();
    assert_eq!(code.len(), 6);
    assert_eq!(caller.buy("order-2", "1", &code).0, 200);
    assert_eq!(caller.buy("order-3", "1", &code).1, refusal("ME04"), "a code is used once");

    let late = std::iter::repeat_with(|| caller.sim.issue_code(START_MS)).find(|code| !code.starts_with('0')).unwrap();
    caller.now_ms += caller.sim.world().code_life_ms;
    assert_eq!(caller.buy("order-4", "1", &late).1, refusal("ME04"), "its life has passed");
    assert_eq!(caller.sim.phones().len(), 1);
}

#[test]
fn a_code_with_a_leading_zero_works_as_text_only() {
    let accounts = Accounts { any_payment_code: false, ..Accounts::default() };
    let mut caller = Caller::with(Simulator::new(World::default(), 3, accounts)).with_token();
    let code = std::iter::repeat_with(|| caller.sim.issue_code(START_MS)).find(|code| code.starts_with('0')).unwrap();
    let as_number = code.trim_start_matches('0').to_owned();
    assert_eq!(caller.buy("order-1", "1", &as_number).1, refusal("ME04"));
    assert_eq!(caller.buy("order-2", "1", &format!("\"{code}\"")).0, 200);
}

#[test]
fn any_code_of_four_to_twelve_digits_is_taken_where_that_is_set() {
    let mut caller = Caller::mispay(World::default());
    assert_eq!(caller.buy("order-1", "1", "123").1, refusal("ME04"));
    assert_eq!(caller.buy("order-2", "1", "1234").0, 200);
    assert_eq!(caller.buy("order-3", "1", "123456789012").0, 200);
    assert_eq!(caller.buy("order-4", "1", "1234567890123").1, refusal("ME04"));
    assert_eq!(caller.buy("order-5", "1", "1234").1, refusal("ME04"), "and used once");
}

#[test]
fn a_wrong_field_name_or_type_books_nothing() {
    let mut caller = Caller::mispay(World::default());
    let bodies = [
        r#"{"total":1,"orderId":"o","paymentCode":1234}"#,
        r#"{"amount":1,"order_id":"o","paymentCode":1234}"#,
        r#"{"amount":1,"orderId":"o","code":1234}"#,
        r#"{"amount":"1","orderId":"o","paymentCode":1234}"#,
        r#"{"amount":1,"orderId":7,"paymentCode":1234}"#,
        r#"{"amount":1,"orderId":"","paymentCode":1234}"#,
        r#"{"amount":1,"orderId":"o","paymentCode":"1234"}"#,
        r#"{"amount":0,"orderId":"o","paymentCode":1234}"#,
        r#"{"amount":1.005,"orderId":"o","paymentCode":1234}"#,
        r#"{"amount":-1,"orderId":"o","paymentCode":1234}"#,
        r#"["amount"]"#,
        "",
    ];
    for body in bodies {
        assert_eq!(caller.send(Method::Post, "/purchase", body).0, 422, "{body}");
    }
    let bearer = format!("Bearer {}", caller.jwt);
    let good = r#"{"amount":1,"orderId":"o","paymentCode":1234}"#;
    let undeclared = request(Method::Post, "/purchase", &[APP_ID, ("authorization", &bearer)], Some(good));
    assert_eq!(caller.call(undeclared).0, 422, "a body has to be declared as JSON");
    assert!(caller.sim.phones().is_empty());
    assert_eq!(caller.send(Method::Post, "/purchase", good).0, 200);
}

#[test]
fn a_refund_with_wrong_fields_or_beyond_what_is_left_is_refused() {
    let mut caller = Caller::mispay(World::default());
    let purchase_id = caller.paid();
    let wrong = format!(r#"{{"amount":1,"purchase_id":"{purchase_id}","orderId":"order-1"}}"#);
    assert_eq!(caller.send(Method::Get, "/refund", &wrong).0, 422);
    assert_eq!(caller.refund(&purchase_id, "order-1", "201.06").1, refusal("ME05"));
    assert_eq!(caller.refund(&purchase_id, "order-1", "201").0, 200);
    assert_eq!(caller.refund(&purchase_id, "order-1", "0.06").1, refusal("ME05"));
    assert_eq!(caller.refund(&purchase_id, "order-1", "0.05").0, 200);
}

#[test]
fn an_open_purchase_cannot_be_refunded() {
    let mut caller = Caller::mispay(World { readable_before_paid: true, ..World::default() });
    caller.bought("order-1", "201.05", "123123");
    let purchase_id = caller.sim.phones()[0].reference.clone().unwrap();
    assert_eq!(caller.refund(&purchase_id, "order-1", "1").1, refusal("ME05"));
}

#[test]
fn unknown_paths_and_oversize_bodies_are_no_refusals_of_the_paper() {
    let mut caller = Caller::mispay(World::default());
    assert_eq!(caller.get("/nothing").0, 404);
    assert_eq!(caller.send(Method::Post, "/status", "{}").0, 404);
    assert_eq!(caller.send(Method::Post, "/token", "{}").0, 404);
    let long = format!("{{\"x\":\"{}\"}}", "y".repeat(300_000));
    assert_eq!(caller.send(Method::Post, "/purchase", &long).0, 413);
}
