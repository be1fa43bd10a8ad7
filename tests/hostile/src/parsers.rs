//! Everything that reads what comes from outside, each as a function of bytes. What it must hold besides not to panic is
//! asserted where it is called.

use crate::judge;
use crate::waiting::{http, reply, text};
use aes_gcm::aead::{Aead as _, KeyInit as _};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use checkstand_core::message::BODY_BYTES_MAX;
use checkstand_core::money::{AMOUNT_MINOR_MAX, Currency, Money};
use checkstand_core::provider::mispay::messages::Heard;
use checkstand_core::provider::mispay::normalise_code;
use checkstand_core::provider::mispay::token::{Sealed, derive_key, life_ms};
use checkstand_core::provider::multipay::messages::{self, AmountUnit, TokenAnswer};
use checkstand_core::secret::Secret;
use checkstand_engine::ledger::{Anchor, Row};
use checkstand_engine::redact::Redactor;
use checkstand_engine::{settings, unit_guard, wire};
use std::path::Path;
use std::sync::OnceLock;

/// Every answer of MIS Pay, read as each of the things that it may be.
pub fn mispay_answer(data: &[u8]) {
    let (status, body) = http(data);
    let reply = reply(status, body);
    let heard = Heard::read(&reply);
    let Heard::Success(envelope) = &heard else { return };
    assert!((200..=299).contains(&status), "only 2xx is a success");
    let order = envelope.order();
    let details = envelope.details();
    check_amount(details.and_then(|details| details.money));
    _ = (envelope.token(), envelope.track_id(), order, envelope.refund_done());
}

/// MIS Pay's sealed token. An even first byte: the text as it comes over the wire. An odd one: what is inside, sealed with the
/// right key, for no bytes by chance would ever fit it.
pub fn mispay_token(data: &[u8]) {
    let Some((first, rest)) = data.split_first().filter(|_| data.len() <= BODY_BYTES_MAX) else { return };
    let salt: [u8; 16] = *b"salt of 16 bytes";
    static KEY: OnceLock<Secret<Vec<u8>>> = OnceLock::new();
    let key = KEY.get_or_init(|| derive_key(&Secret::text("dummy-app-secret"), &salt, 1));
    let sealed_text = if first.is_multiple_of(2) {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        let cipher = Aes256Gcm::new_from_slice(key.expose()).expect("32 bytes");
        let nonce = Nonce::from(*b"nonce of 12.");
        let sealed = cipher.encrypt(&nonce, rest).expect("short enough");
        STANDARD.encode([&salt[..], &nonce[..], &sealed[..]].concat())
    };
    let Some(sealed) = Sealed::read(&sealed_text) else { return };
    if let Some(jwt) = sealed.open(key) {
        // It goes into a header.
        assert!(!jwt.expose().is_empty() && jwt.expose().bytes().all(|byte| byte.is_ascii_graphic()));
        check_life(life_ms(&jwt, None));
    }
}

/// How long a JWT lives. An even first byte: the JWT itself. An odd one: its payload.
pub fn jwt_life(data: &[u8]) {
    let Some((first, rest)) = data.split_first().filter(|_| data.len() <= BODY_BYTES_MAX) else { return };
    let jwt = if first.is_multiple_of(2) {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(rest))
    };
    let jwt = Secret::new(jwt);
    for server_date_ms in [None, Some(1_516_239_022_000), Some(i64::MIN), Some(i64::MAX)] {
        check_life(life_ms(&jwt, server_date_ms));
    }
}

fn check_life(life_ms: i64) {
    assert!((1..=24 * 3_600_000).contains(&life_ms), "a token lives longer than a day");
}

/// A message of MultiPay, in both units.
pub fn multipay_message(data: &[u8]) {
    let Some(text) = text(data) else { return };
    for unit in [AmountUnit::Minor, AmountUnit::Decimal] {
        match messages::read(text, unit) {
            messages::Heard::InitResponse { about, .. }
            | messages::Heard::StatusUpdate(about)
            | messages::Heard::Receipt(about) => check_amount(about.money),
            messages::Heard::Logon
            | messages::Heard::CustomerScanned { .. }
            | messages::Heard::Problem { .. }
            | messages::Heard::Nothing => {}
        }
    }
}

/// What MultiPay's token endpoint answers.
pub fn multipay_token(data: &[u8]) {
    let (status, body) = http(data);
    if let TokenAnswer::Token(token, life_ms) = messages::read_token(&reply(status, body)) {
        assert!(!token.expose().is_empty() && token.expose().bytes().all(|byte| byte.is_ascii_graphic()));
        assert!((1..=7 * 86_400_000).contains(&life_ms));
    }
}

fn check_amount(money: Option<Money>) {
    let minor = money.map_or(0, |money| money.minor);
    assert!((0..=AMOUNT_MINOR_MAX).contains(&minor), "an amount that the till cannot handle: {minor}");
}

/// A machine's amount, in each currency: what is read is what stands there, digit by digit.
pub fn amount_decimal(data: &[u8]) {
    let Some(text) = text(data) else { return };
    for currency in Currency::ALL {
        if let Ok(money) = Money::from_decimal(text, currency) {
            check_amount(Some(money));
            let exact = judge::exact(text, i64::from(currency.exponent()));
            assert!(exact == Some(money.minor), "WRONG AMOUNT: {text:?} was read as {money}");
            assert!(Money::from_decimal(&money.decimal(), currency) == Ok(money));
        }
    }
}

/// An amount as a person types it.
pub fn amount_typed(data: &[u8]) {
    let Some(text) = text(data) else { return };
    for currency in Currency::ALL {
        if let Ok(money) = Money::from_typed(text, currency) {
            check_amount(Some(money));
            // What no separator divides is whole; what one divides is never more than its digits.
            let digits = text.chars().filter_map(checkstand_core::money::western_digit).collect::<String>();
            let most = judge::exact(&digits, i64::from(currency.exponent()));
            assert!(most.is_none_or(|most| money.minor <= most), "WRONG AMOUNT: {text:?} was read as {money}");
        }
    }
}

/// A typed or scanned code, and the letters of a currency.
pub fn payment_code(data: &[u8]) {
    let Some(text) = text(data) else { return };
    let code = normalise_code(text);
    assert!(code.expose().chars().count() <= text.chars().count());
    assert!(normalise_code(code.expose()) == code, "once is enough");
    if let Some(currency) = Currency::parse(text) {
        assert!(text.to_ascii_uppercase() == currency.code());
    }
}

/// The header `Date`.
pub fn date_header(data: &[u8]) {
    if let Some(text) = text(data) {
        _ = wire::date_ms(text);
    }
}

/// A settings file: read, judged, compared with others, and written again.
pub fn settings_file(data: &[u8]) {
    let Some(text) = text(data).filter(|text| text.len() <= 64 * 1024) else { return };
    let Ok(read) = settings::read(text, Path::new("settings.toml")) else { return };
    _ = read.validate();
    let old = settings::Settings::default();
    let imported = unit_guard::without_foreign_proof(read.clone(), &old);
    assert!(!imported.multipay.is_unit_confirmed(), "what a phone has shown elsewhere proves nothing here");
    _ = settings::differences(&old, &read);
    let written = settings::text(&read).expect("what was read can be written");
    let again = settings::read(&written, Path::new("settings.toml")).expect("what was written can be read");
    assert!(again == read, "what was written reads differently");
}

/// The longest line that is tried. A longer one, on a disk that somebody has tampered with, takes more than 4 MiB to be read.
const LINE_BYTES_MAX: usize = 128 * 1024;

/// A line of the journal: its body, under the name that it says itself.
pub fn journal_line(data: &[u8]) {
    let Some((first, rest)) = data.split_first() else { return };
    let Some(body) = text(rest).filter(|text| text.len() <= LINE_BYTES_MAX).map(str::to_owned) else { return };
    let what = judge::event_named_in(&body);
    let payment = match first % 3 {
        0 => Some(crate::waiting::SALE.to_string()),
        1 => None,
        _ => Some(body.clone()),
    };
    let row = Row {
        number: 1,
        previous: [0; 32],
        hash: [0; 32],
        at_ms: 0,
        operator: "sara".to_owned(),
        terminal: "till-1".to_owned(),
        mode: "test".to_owned(),
        payment,
        what: what.unwrap_or_default(),
        body,
    };
    _ = (row.entry(), row.hash_now(), row.is_removed());
}

/// An anchor, as keychain and file hold it.
pub fn anchor(data: &[u8]) {
    _ = text(data).map(Anchor::from_text);
}

/// Extra root certificates.
pub fn root_certificates(data: &[u8]) {
    _ = wire::certificates_in(data);
}

/// What the recorder of the wires makes of a body, understood as JSON or taken as text.
pub fn redactor(data: &[u8]) {
    static REDACTOR: OnceLock<Redactor> = OnceLock::new();
    let data = &data[..data.len().min(BODY_BYTES_MAX)];
    let redactor = REDACTOR.get_or_init(|| Redactor::knowing(vec![Secret::text("dummy-app-secret")]));
    _ = redactor.body(data);
}
