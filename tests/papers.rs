//! Every sample of the two papers, as it stands in `papers/`, is read by the product; and what the product writes has the
//! samples' fields, no more and no other.

use checkstand_core::message::Reply;
use checkstand_core::money::{Currency, Money};
use checkstand_core::payment::PaymentId;
use checkstand_core::provider::mispay::messages::{Heard, Word, purchase_body, refund_body};
use checkstand_core::provider::mispay::token::{Sealed, derive_key, life_ms};
use checkstand_core::provider::multipay::messages::{self as multipay, AmountUnit, PaymentState, ProblemType};
use checkstand_core::secret::Secret;
use serde_json::{Value, json};
use uuid::Uuid;

fn answer(text: &str) -> Reply {
    Reply::Answer { status: 200, date_ms: None, body: text.as_bytes().to_vec() }
}

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

// ---- MIS Pay ------------------------------------------------------------------------------------------------------------

#[test]
fn the_papers_token_answer_is_read_and_its_placeholder_is_no_token() {
    let reply = answer(include_str!("papers/mispay-token-response.json"));
    let Heard::Success(envelope) = Heard::read(&reply) else { panic!("{reply:?}") };
    let token = envelope.token().unwrap();
    assert!(token.starts_with("An encrypted JWT token object"));
    assert!(Sealed::read(&token).is_none(), "the sample is a sentence, not base64");
}

#[test]
fn the_papers_decrypted_token_is_cut_off_and_is_not_taken_for_one() {
    // The sample ends in the middle of the JWT's claims, without the closing quote: it is no JSON, and the test says so.
    let text = include_str!("papers/mispay-token-decrypted.txt");
    assert!(serde_json::from_str::<Value>(text).is_err());
    let jwt = text.split('"').nth(3).unwrap().split_whitespace().next().unwrap();
    assert_eq!(jwt.split('.').count(), 2, "head and a part of the claims");
    // What is there cannot be read as claims, so a life is assumed and no panic follows.
    assert_eq!(life_ms(&Secret::text(jwt), None), checkstand_core::provider::mispay::token::TOKEN_LIFE_DEFAULT_MS);
    let mended = format!("{}\"\n}}", text.trim_end().trim_end_matches('}').trim_end().trim_end_matches('"'));
    assert_eq!(value(&mended)["token"], jwt, "its one field is the one that the product reads");
}

#[test]
fn the_purchase_request_is_the_papers_field_by_field() {
    let paper = value(include_str!("papers/mispay-purchase-request.json"));
    let ours = value(
        purchase_body(Money::new(20_000, Currency::Sar), paper["orderId"].as_str().unwrap(), &Secret::text("123123"))
            .expose(),
    );
    assert_eq!(keys(&ours), keys(&paper));
    assert_eq!(ours["orderId"], paper["orderId"]);
    assert_eq!(ours["paymentCode"], paper["paymentCode"]);
    assert!(ours["amount"].is_number());
    let money = |amount: &Value| Money::from_decimal(&amount.to_string(), Currency::Sar).unwrap();
    assert_eq!(money(&ours["amount"]), money(&paper["amount"]));
}

#[test]
fn r48_the_amount_is_written_from_the_integer_with_the_currencys_decimals() {
    for (minor, text) in [(1, "0.01"), (20_105, "201.05"), (20_000, "200.00"), (9_999_999_999, "99999999.99")] {
        let body = purchase_body(Money::new(minor, Currency::Sar), "o", &Secret::text("123123"));
        assert!(body.expose().contains(&format!(r#""amount":{text},"#)), "{}", body.expose());
    }
}

#[test]
fn a_code_with_a_leading_zero_is_sent_as_text_and_keeps_it() {
    let body = value(purchase_body(Money::new(100, Currency::Sar), "o", &Secret::text("012345")).expose());
    assert_eq!(body["paymentCode"], "012345");
    let body = value(purchase_body(Money::new(100, Currency::Sar), "o", &Secret::text("512345")).expose());
    assert_eq!(body["paymentCode"], 512_345);
}

#[test]
fn the_papers_purchase_answer_gives_the_track_id() {
    let reply = answer(include_str!("papers/mispay-purchase-response.json"));
    let Heard::Success(envelope) = Heard::read(&reply) else { panic!("{reply:?}") };
    assert_eq!(envelope.track_id().as_deref(), Some("33c97446-3f0d-43c7-bef7-8688cebc708d"));
    assert!(envelope.order().is_none(), "result.status is not order.status");
    assert!(!envelope.refund_done());
}

#[test]
fn the_papers_status_answer_is_read_once_its_comment_is_taken_out() {
    let text = include_str!("papers/mispay-status-response.txt");
    let comment = r#" // "in-progress" | "canceled" | "failed""#;
    assert_eq!(text.matches(comment).count(), 1);
    assert!(serde_json::from_str::<Value>(text).is_err(), "with its comment it is no JSON");
    let reply = answer(&text.replace(comment, ""));
    let Heard::Success(envelope) = Heard::read(&reply) else { panic!("{reply:?}") };
    let order = envelope.order().unwrap();
    assert_eq!(order.word, Word::Success);
    assert_eq!(order.purchase_id.as_deref(), Some("6565c3fabf6c06c0273c8ed8"), "the inner one");
    assert_eq!(order.amount.as_deref(), Some("201.05"));
    assert_eq!(order.order_id.as_deref(), Some("<ORDER_ID>"));
}

#[test]
fn the_words_of_the_papers_comment_are_known() {
    for (word, meaning) in [
        ("success", Word::Success),
        ("in-progress", Word::Open),
        ("canceled", Word::Canceled),
        ("failed", Word::Failed),
    ] {
        let reply = answer(&format!(r#"{{"status":"success","order":{{"status":"{word}"}}}}"#));
        let Heard::Success(envelope) = Heard::read(&reply) else { panic!("{word}") };
        assert_eq!(envelope.order().unwrap().word, meaning);
    }
}

#[test]
fn the_papers_purchase_details_are_read() {
    let reply = answer(include_str!("papers/mispay-purchase-details-response.json"));
    let Heard::Success(envelope) = Heard::read(&reply) else { panic!("{reply:?}") };
    let details = envelope.details().unwrap();
    assert_eq!(details.order_id, "<ORDER_ID>");
    assert_eq!(details.money, Some(Money::new(20_105, Currency::Sar)));
}

#[test]
fn the_refund_request_is_the_papers_field_by_field() {
    let paper = value(include_str!("papers/mispay-refund-request.json"));
    let body = refund_body(
        Money::new(20_045, Currency::Sar),
        paper["orderId"].as_str().unwrap(),
        paper["purchaseId"].as_str().unwrap(),
    );
    assert_eq!(value(body.expose()), paper);
}

#[test]
fn the_papers_refund_answer_says_that_it_is_done() {
    let reply = answer(include_str!("papers/mispay-refund-response.json"));
    let Heard::Success(envelope) = Heard::read(&reply) else { panic!("{reply:?}") };
    assert!(envelope.refund_done());
}

#[test]
fn the_papers_sample_errors_are_refusals() {
    for (text, code) in [
        (include_str!("papers/mispay-error-me01.json"), 1),
        (include_str!("papers/mispay-error-me02.json"), 2),
        (include_str!("papers/mispay-error-me03.json"), 3),
    ] {
        for status in [200, 400] {
            let reply = Reply::Answer { status, date_ms: None, body: text.as_bytes().to_vec() };
            assert!(matches!(Heard::read(&reply), Heard::Refused(heard) if heard == code), "{text}");
        }
    }
}

// ---- the token made by OpenSSL ------------------------------------------------------------------------------------------

struct Openssl {
    secret: Secret<String>,
    rounds: u32,
    token: String,
    jwt: String,
}

fn openssl() -> Openssl {
    let paper = value(include_str!("papers/openssl-token.json"));
    let text = |name: &str| paper[name].as_str().unwrap().to_owned();
    Openssl {
        secret: Secret::new(text("secret")),
        rounds: u32::try_from(paper["rounds"].as_u64().unwrap()).unwrap(),
        token: text("token"),
        jwt: text("jwt"),
    }
}

#[test]
fn a_token_made_by_openssl_opens_with_the_secret() {
    let made = openssl();
    assert_eq!(made.rounds, 40_000);
    let sealed = Sealed::read(&made.token).unwrap();
    assert_eq!(sealed.salt.len(), 16);
    let key = derive_key(&made.secret, &sealed.salt, made.rounds);
    assert_eq!(sealed.open(&key).unwrap().expose(), &made.jwt);
}

#[test]
fn the_openssl_tokens_life_is_its_end_less_the_servers_clock() {
    let jwt = Secret::new(openssl().jwt);
    assert_eq!(life_ms(&jwt, None), 3_600_000, "exp - iat");
    assert_eq!(life_ms(&jwt, Some(1_516_242_622_000 - 90_000)), 90_000, "exp - Date");
    let default = checkstand_core::provider::mispay::token::TOKEN_LIFE_DEFAULT_MS;
    assert_eq!(life_ms(&jwt, Some(1_516_242_622_000)), default, "a life that is over is not believed");
}

#[test]
fn a_wrong_secret_wrong_rounds_or_any_flipped_bit_open_nothing() {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    let made = openssl();
    let sealed = Sealed::read(&made.token).unwrap();
    let key = derive_key(&made.secret, &sealed.salt, made.rounds);
    let other = derive_key(&Secret::text("dummy-app-secret-for-testz"), &sealed.salt, made.rounds);
    assert!(sealed.open(&other).is_none());
    assert!(sealed.open(&derive_key(&made.secret, &sealed.salt, made.rounds - 1)).is_none());
    assert!(sealed.open(&Secret::new(vec![0; 31])).is_none(), "a key of the wrong length");
    let bytes = STANDARD.decode(&made.token).unwrap();
    // Nonce, the first and last byte of the ciphertext, and every byte of the tag.
    let tag = bytes.len() - 16;
    for place in [16, 27, 28, tag - 1].into_iter().chain(tag..bytes.len()) {
        let mut flipped = bytes.clone();
        flipped[place] ^= 1;
        let sealed = Sealed::read(&STANDARD.encode(&flipped)).unwrap();
        assert!(sealed.open(&key).is_none(), "byte {place}");
    }
}

#[test]
fn a_token_text_that_is_short_no_base64_or_a_megabyte_long_is_refused_without_harm() {
    for text in [
        "",
        " ",
        "AAAA",
        "not base64 !",
        "====",
        "An encrypted JWT token object",
        "AAECAwQFBgcICQoLDA0OD6ChoqOkpaanqKmqqw==",
    ] {
        assert!(Sealed::read(text).is_none(), "{text:?}");
    }
    let shortest_refused = base64_zeros(16 + 12 + 16);
    assert!(Sealed::read(&shortest_refused).is_none(), "nothing between nonce and tag");
    let long = "!".repeat(1_000_000);
    assert!(Sealed::read(&long).is_none());
    // A megabyte of valid base64 is a token by its shape; it opens with no key.
    let long = base64_zeros(750_000);
    assert_eq!(long.len(), 1_000_000);
    let opened = Sealed::read(&long).and_then(|sealed| sealed.open(&Secret::new(vec![7; 32])));
    assert!(opened.is_none());
}

fn base64_zeros(bytes: usize) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(vec![0_u8; bytes])
}

// ---- MultiPay -----------------------------------------------------------------------------------------------------------

const PAYMENT: &str = "5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1001";

fn heard(text: &str) -> multipay::Heard {
    multipay::read(text, AmountUnit::Minor)
}

#[test]
fn the_logon_confirmation_and_the_scan_are_read() {
    assert_eq!(heard(include_str!("papers/multipay-logon-confirmation.json")), multipay::Heard::Logon);
    let scan = heard(include_str!("papers/multipay-get-payment-request.json"));
    assert_eq!(scan, multipay::Heard::CustomerScanned { payment_id: PAYMENT.to_owned() });
}

#[test]
fn the_init_response_is_read_with_what_the_customer_scans() {
    let multipay::Heard::InitResponse { about, qr } = heard(include_str!("papers/multipay-payment-init-response.json"))
    else {
        panic!()
    };
    assert_eq!(about.payment_id.as_deref(), Some(PAYMENT));
    assert_eq!(about.state, Some(PaymentState::Pending));
    assert_eq!(qr, Some(format!("https://pay.example/{PAYMENT}")));
}

#[test]
fn r39_the_receipt_is_read_and_its_sixteen_digits_stay_text() {
    let paper = include_str!("papers/multipay-payment-receipt.json");
    let as_number = paper.replace(r#""3558174609679520""#, "3558174609679520");
    assert_ne!(paper, as_number);
    for text in [paper, &as_number] {
        let multipay::Heard::Receipt(about) = heard(text) else { panic!("{text}") };
        assert_eq!(about.payment_id.as_deref(), Some(PAYMENT));
        assert_eq!(about.state, Some(PaymentState::Complete));
        assert_eq!(about.money, Some(Money::new(20_105, Currency::Nok)));
        assert_eq!(about.receipt_id.as_deref(), Some("3558174609679520"));
        assert_eq!(about.order_id.as_deref(), Some("5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1002"));
        assert_eq!(about.sale_id.as_deref(), Some("5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1003"));
    }
}

#[test]
fn the_same_payment_is_read_under_either_name_and_with_either_unit() {
    let paper = include_str!("papers/multipay-payment-receipt.json");
    assert_eq!(heard(paper), heard(&paper.replace(r#""payment":"#, r#""paymentDetails":"#)));
    assert_eq!(heard(paper), heard(&paper.replace("20105,", r#""20105","#)));
    let decimal = multipay::read(&paper.replace("20105,", "201.05,"), AmountUnit::Decimal);
    assert_eq!(heard(paper), decimal);
}

#[test]
fn the_status_update_is_read() {
    let multipay::Heard::StatusUpdate(about) = heard(include_str!("papers/multipay-status-update.json")) else {
        panic!()
    };
    assert_eq!((about.payment_id.as_deref(), about.state), (Some(PAYMENT), Some(PaymentState::Canceled)));
}

#[test]
fn the_problem_is_read_and_each_of_the_papers_types_is_known() {
    let paper = include_str!("papers/multipay-problem.json");
    let id = "5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a1004".to_owned();
    let message_id = Some("5f0c1c62-8a0e-4c3f-9a51-2d7e9b6a0008".to_owned());
    for (word, kind) in [
        ("apm.mtm.input-error", ProblemType::Input),
        ("apm.mtm.merchant-validation-error", ProblemType::Merchant),
        ("apm.mtm.payment-not-found", ProblemType::NotFound),
        ("apm.mtm.payment-already-refunded", ProblemType::AlreadyRefunded),
        ("apm.mtm.unexpected-error", ProblemType::Unexpected),
        ("apm.mtm.something-new", ProblemType::Unexpected),
    ] {
        let text = paper.replace("apm.mtm.payment-not-found", word);
        let problem = multipay::Heard::Problem { message_id: message_id.clone(), kind, payment_id: Some(id.clone()) };
        assert_eq!(heard(&text), problem, "{word}");
    }
}

#[test]
fn our_own_messages_are_no_news_to_us() {
    for text in [include_str!("papers/multipay-payment-init-request.json"), include_str!("papers/multipay-refund.json")]
    {
        assert_eq!(heard(text), multipay::Heard::Nothing);
    }
}

#[test]
fn the_init_request_has_the_papers_fields_without_the_optional_ones() {
    let paper = value(include_str!("papers/multipay-payment-init-request.json"));
    let id = PaymentId(Uuid::parse_str(PAYMENT).unwrap());
    let ours = value(&multipay::init(id, PAYMENT, Money::new(20_105, Currency::Nok), AmountUnit::Minor));
    assert_eq!(keys(&ours), ["id", "messageType", "payment"]);
    assert_eq!(ours["messageType"], paper["messageType"]);
    let mut fields = keys(&paper["payment"]);
    fields.retain(|name| name != "products");
    assert_eq!(keys(&ours["payment"]), fields);
    for name in ["paymentId", "amount", "currencyIso"] {
        assert_eq!(ours["payment"][name], paper["payment"][name], "{name}");
    }
    let ids =
        [&ours["id"], &ours["payment"]["customerOrderId"], &ours["payment"]["saleTransactionId"], &json!(PAYMENT)];
    for (place, one) in ids.iter().enumerate() {
        assert!(Uuid::parse_str(one.as_str().unwrap()).is_ok());
        assert!(ids[place + 1..].iter().all(|other| other != one), "fresh: {ids:?}");
    }
}

#[test]
fn the_cancel_and_the_refund_are_the_papers_field_by_field() {
    let paper = value(include_str!("papers/multipay-status-update.json"));
    let id = PaymentId(Uuid::parse_str(PAYMENT).unwrap());
    let ours = value(&multipay::cancel(id, PAYMENT, 1));
    assert_eq!(keys(&ours), keys(&paper));
    assert_eq!((&ours["messageType"], &ours["payment"]), (&paper["messageType"], &paper["payment"]));
    assert_ne!(ours["id"], value(&multipay::cancel(id, PAYMENT, 2))["id"], "each repeat is a message of its own");
    let paper = value(include_str!("papers/multipay-refund.json"));
    let refund = PaymentId(Uuid::parse_str(paper["payment"]["paymentId"].as_str().unwrap()).unwrap());
    let ours =
        value(&multipay::refund(refund, "3558174609679520", Money::new(20_105, Currency::Nok), AmountUnit::Minor));
    assert_eq!(keys(&ours), keys(&paper));
    assert_eq!((&ours["messageType"], &ours["payment"]), (&paper["messageType"], &paper["payment"]));
}

#[test]
fn the_token_form_is_what_the_papers_curl_sends() {
    let curl = include_str!("papers/multipay-token-request.txt");
    let parts = curl.split("--data-urlencode").skip(1);
    let paper: Vec<&str> = parts.map(|part| part.split('"').nth(1).unwrap()).collect();
    let form = multipay::token_form(&Secret::text("XXXX"), &Secret::text("XXXX"));
    assert_eq!(form.expose().split('&').collect::<Vec<_>>(), paper);
    let form = multipay::token_form(&Secret::text("a b&c"), &Secret::text("p+q=ü%"));
    assert_eq!(
        form.expose(),
        "grant_type=client_credentials&client_id=a%20b%26c&client_secret=p%2Bq%3D%C3%BC%25&scope=terminal"
    );
}

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}
