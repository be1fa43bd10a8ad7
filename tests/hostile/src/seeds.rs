//! Where hostile bytes begin: the papers' samples, true answers about the payments that wait, and the oldest tricks.

use crate::waiting::{self, REFUND, SALE, SALE_RECEIPT};
use crate::world::{Day, Shop};
use checkstand_core::book::Fact;
use checkstand_core::payment::ProviderName;
use checkstand_core::provider::multipay::messages::{order_id, sale_id};
use std::collections::BTreeMap;

/// What a parser is used to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A digit for the HTTP status, then a body of MIS Pay's.
    MispayHttp,
    /// A digit for the HTTP status, then a body of MultiPay's token endpoint.
    MultipayHttp,
    /// A message of MultiPay's.
    MultipayText,
    /// A byte for what it is, then a token or what is inside one.
    Token,
    /// An amount, or a code.
    Amount,
    /// The header `Date`.
    Date,
    /// A settings file.
    Settings,
    /// A byte for whose it is, then the body of a line.
    Journal,
    /// An anchor.
    Anchor,
    /// Certificates.
    Pem,
    /// Choices of a short day.
    Day,
}

/// What whole values are replaced by, and what is put anywhere.
pub const TRICKS: [&str; 44] = [
    "null",
    "true",
    "0",
    "-0",
    "-1",
    "1e999999999",
    "1e-999999999",
    "2.0105e2",
    "20105e-2",
    "201.05000000000000000000000000000000001",
    "99999999999999999999999999999999999999",
    "9223372036854775807",
    "-9223372036854775808",
    "\"\"",
    "\"2_01.05\"",
    "\"+201.05\"",
    "\" 201.05\"",
    "\"201,05\"",
    "\"٢٠١.٠٥\"",
    "\"\\ud800\"",
    "\"\\udc00\\ud800\"",
    "\"\\u0000\"",
    "\"\u{feff}\"",
    "\"success\"",
    "\"Success\"",
    "\"success \"",
    "\"succes\\u0073\"",
    "\"MP00\"",
    "\"MP03\"",
    "\"COMPLETE\"",
    "\"complete\"",
    "\"REVERSED\"",
    "\"CANCELED\"",
    "\"SAR\"",
    "\"NOK\"",
    "\"SEK\"",
    "\"error :: 400\"",
    "\"ExceptionType.ME04\"",
    "\"ME\u{662}\u{663}\"",
    "[]",
    "{}",
    "[[[[[[[[",
    "\u{0}",
    "\u{feff}",
];

/// Names that the parsers know, for the dictionary.
const NAMES: &[&str] = &[
    "status",
    "result",
    "order",
    "purchaseId",
    "amount",
    "orderId",
    "trackId",
    "token",
    "purchaseAmount",
    "purchaseCurrency",
    "messageType",
    "payment",
    "paymentDetails",
    "qrCode",
    "problem",
    "paymentId",
    "paymentState",
    "currencyIso",
    "paymentReceiptId",
    "customerOrderId",
    "saleTransactionId",
    "type",
    "PAYMENT_RECEIPT",
    "STATUS_UPDATE",
    "PAYMENT_INIT_RESPONSE",
    "PROBLEM",
    "LOGON_CONFIRMATION",
    "GET_PAYMENT_REQUEST",
    "access_token",
    "expires_in",
    "exp",
    "iat",
    "event",
    "what",
    "state",
    "flags",
    "version",
    "mode",
    "mispay",
    "multipay",
    "limits",
    "amount_unit",
    "amount_unit_confirmed",
    "BEGIN CERTIFICATE",
    "END CERTIFICATE",
    "Sun, 06 Nov 1994 08:49:37 GMT",
];

macro_rules! papers {
    ($($name:literal),* $(,)?) => { [$(($name, include_str!(concat!("../../papers/", $name)))),*] };
}

const PAPERS: [(&str, &str); 19] = papers![
    "mispay-error-me01.json",
    "mispay-error-me02.json",
    "mispay-error-me03.json",
    "mispay-purchase-details-response.json",
    "mispay-purchase-response.json",
    "mispay-refund-response.json",
    "mispay-status-response.txt",
    "mispay-token-decrypted.txt",
    "mispay-token-response.json",
    "multipay-get-payment-request.json",
    "multipay-logon-confirmation.json",
    "multipay-payment-init-request.json",
    "multipay-payment-init-response.json",
    "multipay-payment-receipt.json",
    "multipay-problem.json",
    "multipay-refund.json",
    "multipay-status-update.json",
    "multipay-token-request.txt",
    "openssl-token.json",
];

/// A self-signed certificate that no longer means anything.
const CERTIFICATE: &str = include_str!("certificate.pem");

/// The samples of the papers whose names begin so.
fn papers(begin: &str) -> impl Iterator<Item = String> {
    PAPERS.into_iter().filter(move |(name, _)| name.starts_with(begin)).map(|(_, text)| text.to_owned())
}

fn bytes(texts: impl IntoIterator<Item = String>) -> Vec<Vec<u8>> {
    texts.into_iter().map(String::into_bytes).collect()
}

/// What a parser of a kind begins with.
pub fn of(kind: Kind) -> Vec<Vec<u8>> {
    match kind {
        Kind::MispayHttp => mispay(),
        Kind::MultipayHttp => bytes([
            r#"0{"access_token":"dummy.access.token","token_type":"bearer","expires_in":3599,"scope":"terminal"}"#
                .to_owned(),
            r#"0{"access_token":"dummy","expires_in":"3599"}"#.to_owned(),
            r#"2{"error":"invalid_client"}"#.to_owned(),
        ]),
        Kind::MultipayText => multipay(),
        Kind::Token => tokens(),
        Kind::Amount => bytes(
            [
                "201.05",
                "201,05",
                "1.234.567,50",
                "1 234.5",
                "٢٠١٫٠٥",
                "۲۰۱.۰۵",
                "2.0105e2",
                "0",
                "-1",
                "482 177",
                "sar",
            ]
            .map(str::to_owned),
        ),
        Kind::Date => bytes(
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "6 Nov 94 08:49 -0000 (a (b) c)"]
                .map(str::to_owned),
        ),
        Kind::Settings => settings(),
        Kind::Journal => journal(),
        Kind::Anchor => vec![anchor()],
        Kind::Pem => bytes([CERTIFICATE.to_owned(), CERTIFICATE.repeat(2)]),
        Kind::Day => (0..24_u8)
            .map(|first| (0..200).map(|at: u8| at.wrapping_mul(37) ^ first.wrapping_mul(91)).collect())
            .collect(),
    }
}

/// A file of words for libFuzzer.
pub fn dictionary() -> String {
    let quoted = |word: &str| {
        let escaped: String = word.bytes().map(|byte| format!("\\x{byte:02x}")).collect();
        format!("\"{escaped}\"\n")
    };
    TRICKS.iter().chain(NAMES).map(|word| quoted(word)).collect()
}

fn mispay() -> Vec<Vec<u8>> {
    let status = |word: &str, id: &str, amount: &str| {
        format!(
            r#"{{"status":"success","purchaseId":"6565","order":{{"status":"{word}","purchaseId":"6565","amount":{amount},"orderId":"{id}"}}}}"#
        )
    };
    let sale = SALE.to_string();
    let mut bodies: Vec<String> = papers("mispay-").collect();
    for word in ["success", "MP00", "MP01", "MP03", "canceled", "failed", "in-progress"] {
        bodies.push(status(word, &sale, "201.05"));
    }
    bodies.extend([
        status("success", &REFUND.to_string(), "201.05"),
        status("success", &sale, "201.06"),
        status("success", &sale, "\"201.05\""),
        waiting::ACCEPTED.to_owned(),
        r#"{"status":"success","result":{"status":"success"}}"#.to_owned(),
        r#"{"status":"error :: 400","result":"ExceptionType.ME04"}"#.to_owned(),
        waiting::details(SALE, "201.05"),
        waiting::details(SALE, "0"),
        waiting::details(SALE, "0.00"),
        waiting::details(REFUND, "0"),
        waiting::details(SALE, "0").replace("SAR", "NOK"),
    ]);
    let refusals = bodies.iter().filter(|body| body.contains("error")).map(|body| format!("1{body}"));
    let all: Vec<String> = refusals.chain(bodies.iter().map(|body| format!("0{body}"))).collect();
    bytes(all)
}

fn multipay() -> Vec<Vec<u8>> {
    let mut texts: Vec<String> = papers("multipay-").collect();
    let true_sale = waiting::receipt(SALE, "20105", SALE_RECEIPT);
    texts.extend([
        true_sale.replace("COMPLETE", "REVERSED"),
        true_sale.replace("COMPLETE", "DECLINED"),
        true_sale.replace("\"payment\"", "\"paymentDetails\""),
        true_sale.replace("20105", "20106"),
        true_sale.replace("NOK", "SEK"),
        true_sale.replace("PAYMENT_RECEIPT", "STATUS_UPDATE"),
        waiting::receipt(SALE, "201.05", SALE_RECEIPT),
        waiting::receipt(SALE, "20105", "4711"),
        waiting::receipt(REFUND, "20105", "4711"),
        // Called otherwise: the id of ours in another spelling, and as the number of a stranger's receipt.
        waiting::receipt(SALE, "40210000", SALE_RECEIPT).replacen(&SALE.to_string(), &SALE.0.simple().to_string(), 1),
        waiting::receipt(SALE, "40210000", &SALE.to_string()).replacen("paymentId", "noId", 1),
        true_sale.replace(&order_id(SALE).to_string(), &sale_id(SALE).to_string()),
        format!(
            r#"{{"messageType":"PROBLEM","problem":{{"type":"apm.mtm.payment-already-refunded","paymentId":"{REFUND}"}}}}"#
        ),
        r#"{"messageType":"PROBLEM","problem":{"type":"apm.mtm.input-error"}}"#.to_owned(),
        true_sale,
    ]);
    bytes(texts)
}

fn tokens() -> Vec<Vec<u8>> {
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE1MTYyMzkwMjIsImV4cCI6MTUxNjI0MjYyMn0.c2ln";
    let mut texts = vec![
        format!("0{jwt}"),
        r#"1{"iat":1516239022,"exp":1516242622}"#.to_owned(),
        format!(r#"1{{"token":"{jwt}"}}"#),
        r#"1{"token":"a b"}"#.to_owned(),
    ];
    let whole = papers("openssl-token").next().unwrap_or_default();
    let sealed = serde_json::from_str::<BTreeMap<String, serde_json::Value>>(&whole).ok();
    let sealed = sealed.and_then(|fields| Some(fields.get("token")?.as_str()?.to_owned()));
    texts.push(format!("0{}", sealed.expect("the sample holds a token")));
    bytes(texts)
}

fn settings() -> Vec<Vec<u8>> {
    let whole = checkstand_engine::settings::text(&checkstand_engine::settings::Settings::default())
        .expect("defaults can be written");
    bytes([
        whole,
        "version = 3\n".to_owned(),
        "mode = \"live\"\nstore = \"Shop\"\nzone = \"Asia/Riyadh\"\n[multipay]\namount_unit = \"decimal\"\namount_unit_confirmed = true\n"
            .to_owned(),
        "version = 2\nmode = \"test\"\nextra_root_ca = \"ca.pem\"\nrecord_wire = true\n[limits.SAR]\nmin = \"1.00\"\nmax = \"9e2\"\n[mispay]\nbase_url = \"https://[::1]/v1/\"\n[multipay]\nsocket_url = \"wss://apm.dev.payex.com/ws\"\namount_unit_confirmed = \"minor\"\n"
            .to_owned(),
    ])
}

/// The bodies of a day with everything in it, one of each event.
fn journal() -> Vec<Vec<u8>> {
    let mut shops: Vec<Shop> = (0..6).map(|seed| Day::bad(seed).live()).collect();
    let mut staffed = Shop::staffed();
    staffed.charge(ProviderName::Mispay, waiting::MINOR);
    shops.push(staffed);
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for entry in shops.iter().flat_map(|shop| &shop.ledger) {
        let (first, body) = match &entry.fact {
            Fact::Payment(fact) => {
                ('0', serde_json::json!({"event": fact.event, "state": fact.state, "flags": fact.flags}))
            }
            Fact::Store(event) => ('1', serde_json::json!({"event": event})),
        };
        let what = body["event"]["what"].as_str().unwrap_or_default().to_owned();
        found.entry(what).or_insert_with(|| format!("{first}{body}"));
    }
    bytes(found.into_values())
}

fn anchor() -> Vec<u8> {
    let hash = "0123456789abcdef".repeat(4);
    format!(
        r#"{{"number":7,"hash":"{hash}","checked_number":5,"checked_hash":"{hash}","accepted_number":0,"accepted_hash":"{hash}","at_ms":1795338000000}}"#
    )
    .into_bytes()
}
