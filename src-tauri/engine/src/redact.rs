//! Takes out of a text what nobody outside this machine may read: secrets by their value, secrets by the name that stands before
//! them, tokens and card numbers by their shape. What it is not sure about it takes out.

use checkstand_core::secret::Secret;
use checkstand_core::till::Setup;
use serde_json::Value;

/// What stands in their place.
const GONE: &str = "***";
/// Words behind which a secret stands, in lower case without `-` and `_`. `code` is a matter of its own: see [`hides`].
const NAMES: [&str; 15] = [
    "accesstoken",
    "appid",
    "appsecret",
    "authorization",
    "bearer",
    "clientid",
    "clientsecret",
    "password",
    "paymentcode",
    "pin",
    "refreshtoken",
    "secret",
    "token",
    "xappid",
    "xappsecret",
];
/// A run of so many signs of base64 is a key, a token or a hash; nobody needs it to understand a log.
const RUN_CHARS_MAX: usize = 80;
/// The longest name that could hide something.
const NAME_BYTES_MAX: usize = 64;
/// The longest body that is understood as JSON: its parts take many times its own size.
const JSON_BYTES_MAX: usize = 64 * 1024;
/// How long card numbers are. A moment in milliseconds has 13 digits, and no scheme issues cards of so few any more.
const CARD_DIGITS: std::ops::RangeInclusive<usize> = 14..=19;

/// Knows what must not be read.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    secrets: Vec<Secret<String>>,
}

impl Redactor {
    /// One that knows these secrets by their values.
    pub fn knowing(secrets: Vec<Secret<String>>) -> Redactor {
        Redactor { secrets }
    }

    /// One that knows these accounts' secrets by their values, too.
    pub fn of(setup: &Setup) -> Redactor {
        let mut redactor = Redactor::default();
        redactor.learn(setup);
        redactor
    }

    /// Knows these accounts' secrets from now on, besides those it knew: an answer to an older one may still be under way.
    pub fn learn(&mut self, setup: &Setup) {
        let mispay = setup.mispay.iter().flat_map(|account| [&account.app_id, &account.app_secret]);
        let multipay = setup.multipay.iter().flat_map(|account| [&account.client_id, &account.client_secret]);
        self.secrets.extend(mispay.chain(multipay).cloned());
    }

    /// A body or a message: JSON is understood, anything else is taken as text, and so is what is longer than the papers know.
    pub fn body(&self, bytes: &[u8]) -> Value {
        if bytes.len() > JSON_BYTES_MAX {
            return Value::String(self.text(&String::from_utf8_lossy(bytes)));
        }
        match serde_json::from_slice::<Value>(bytes) {
            Ok(mut value @ (Value::Object(_) | Value::Array(_))) => {
                self.json(&mut value);
                value
            }
            Ok(_) | Err(_) => Value::String(self.text(&String::from_utf8_lossy(bytes))),
        }
    }

    fn json(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match value {
                        Value::Object(_) | Value::Array(_) => self.json(value),
                        _ if hides(name).takes(value.to_string().trim_start_matches('"')) => {
                            *value = Value::String(GONE.to_owned());
                        }
                        _ => self.json(value),
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.json(value)),
            Value::String(text) => *text = self.text(text),
            Value::Number(number) if is_card(&number.to_string()) => *value = Value::String(GONE.to_owned()),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// A text of any kind: a log, a form, a message that cannot be understood.
    pub fn text(&self, text: &str) -> String {
        let mut known = text.to_owned();
        for secret in &self.secrets {
            let value = secret.expose();
            let coded: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
            for form in [value.as_str(), coded.as_str()].into_iter().filter(|form| !form.is_empty()) {
                known = known.replace(form, GONE);
            }
        }
        words(&known)
    }
}

/// Takes words out by the name before them, and by their shape.
fn words(text: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '/' | '~' | '*' | '%');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(is_word) {
        let (between, behind) = rest.split_at(begin);
        let (word, behind) = behind.split_at(behind.find(|c: char| !is_word(c)).unwrap_or(behind.len()));
        out.push_str(between);
        out.push_str(if has_secret_shape(word) { GONE } else { word });
        rest = behind;
        let hidden = hides(word);
        if hidden == Hides::Nothing {
            continue;
        }
        let Some((separator, value)) = named(behind, hidden) else { continue };
        // Behind "authorization" comes "Bearer", which is itself a name: the token stands behind that.
        if hides(value) == Hides::Nothing {
            out.push_str(separator);
            out.push_str(GONE);
            rest = &behind[separator.len() + value.len()..];
        }
    }
    out.push_str(rest);
    out
}

/// What a name is followed by, as in `code=1`, `"code": 1`, `code = "1"` and `Bearer abc`: the signs before the value, and the
/// value without its quotes. `None` at the end of a sentence, and where the value may be read: its end is not looked for then, or
/// a text of nothing but names would be gone through once for each of them.
fn named(behind: &str, hidden: Hides) -> Option<(&str, &str)> {
    let is_blank = |c: char| matches!(c, ' ' | '\t');
    let quoted = behind.trim_start_matches(['"', '\'', '\\']);
    let sign = quoted.trim_start_matches(is_blank);
    let value = match sign.strip_prefix([':', '=']) {
        Some(after) => after.trim_start_matches(is_blank),
        None if quoted.len() == behind.len() && sign.starts_with(|c: char| c.is_ascii_alphanumeric()) => sign,
        None => return None,
    };
    let opened = value.trim_start_matches('\\');
    let is_escaped = opened.len() < value.len();
    if !hidden.takes(opened.strip_prefix(['"', '\'']).unwrap_or(value)) {
        return None;
    }
    let (value, end) = match opened.strip_prefix(['"', '\'']) {
        Some(inner) => (inner, end_of_quoted(inner, &opened[..1], is_escaped)),
        None => (value, value.find(|c: char| c.is_whitespace() || "&,;\"'}])".contains(c)).unwrap_or(value.len())),
    };
    let separator = &behind[..behind.len() - value.len()];
    (end > 0).then(|| (separator, &value[..end]))
}

/// Where a quoted value ends: at its quote, else at the end of its line. A quote with a backslash is part of the value, unless
/// the one at its beginning has one, too.
fn end_of_quoted(inner: &str, quote: &str, is_escaped: bool) -> usize {
    let mut has_backslash = false;
    for (at, c) in inner.char_indices() {
        match c {
            '\n' => return at,
            '\\' if is_escaped => return at,
            _ if inner[at..].starts_with(quote) && !has_backslash => return at,
            _ => has_backslash = c == '\\' && !has_backslash,
        }
    }
    inner.len()
}

/// What may not be read of a value, by the name before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Hides {
    Nothing,
    /// One that begins with a digit.
    Digits,
    Everything,
}

impl Hides {
    fn takes(self, value: &str) -> bool {
        match self {
            Hides::Nothing => false,
            Hides::Digits => value.starts_with(|c: char| c.is_ascii_digit()),
            Hides::Everything => true,
        }
    }
}

fn hides(name: &str) -> Hides {
    if name.len() > NAME_BYTES_MAX {
        return Hides::Nothing;
    }
    let plain: String = name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect();
    match plain.as_str() {
        // A customer's code is of digits. A problem's is a word, and the first that anybody looks for.
        "code" => Hides::Digits,
        plain if NAMES.contains(&plain) => Hides::Everything,
        _ => Hides::Nothing,
    }
}

fn has_secret_shape(word: &str) -> bool {
    // A JWT begins with the base64 of {"; a path has more slashes than any key.
    let is_jwt = word.starts_with("eyJ") && word.len() > 16;
    let is_run = word.len() > RUN_CHARS_MAX && word.matches('/').count() < word.len() / 12 && !word.contains("..");
    is_jwt || is_run || is_card(word)
}

/// 14 to 19 digits whose check digit is right (ISO/IEC 7812-1, the Luhn formula).
fn is_card(word: &str) -> bool {
    if !CARD_DIGITS.contains(&word.len()) || !word.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    let sum: u32 = word
        .bytes()
        .rev()
        .map(|b| u32::from(b - b'0'))
        .enumerate()
        .map(|(at, digit)| match (at % 2, digit * 2) {
            (0, _) => digit,
            (_, double) if double > 9 => double - 9,
            (_, double) => double,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use checkstand_core::message::Method;
    use checkstand_core::provider::mispay;
    use serde_json::json;

    fn redactor() -> Redactor {
        Redactor { secrets: vec![Secret::text("canary & secret"), Secret::text("client-canary")] }
    }

    #[test]
    fn a_known_secret_is_taken_out_wherever_it_stands_and_however_it_is_written() {
        let text = "sent canary & secret, and canary+%26+secret, for client-canary.";
        assert_eq!(redactor().text(text), "sent ***, and ***, for ***.");
        let account = account("app-canary", "other");
        let redactor = Redactor::of(&Setup { mispay: Some(account), ..Setup::default() });
        assert_eq!(redactor.text("an app-canary, an other"), "an ***, an ***");
    }

    #[test]
    fn what_a_name_announces_is_taken_out_of_json_forms_headers_and_broken_text() {
        let redactor = Redactor::default();
        let deep = json!([{ "access_token": "abc", "state": "PENDING" }]);
        let body = json!({ "paymentCode": 739154, "amount": 200, "deep": deep });
        let told = redactor.body(body.to_string().as_bytes());
        let deep = json!([{ "access_token": "***", "state": "PENDING" }]);
        assert_eq!(told, json!({ "paymentCode": "***", "amount": 200, "deep": deep }));
        assert_eq!(
            redactor.text("grant_type=client_credentials&client_secret=abc&scope=terminal"),
            "grant_type=client_credentials&client_secret=***&scope=terminal"
        );
        assert_eq!(redactor.text("authorization: Bearer abc.def"), "authorization: Bearer ***");
        assert_eq!(redactor.text(r#"{"paymentCode": 739154, "am"#), r#"{"paymentCode": ***, "am"#);
        assert_eq!(redactor.text("the token was refused"), "the token *** refused", "it rather takes too much");
        let harmless = "HTTP 401, no token.\nThe next line stays";
        assert_eq!(redactor.text(harmless), harmless);
    }

    #[test]
    fn a_value_goes_as_a_whole_however_odd_its_signs_are() {
        let redactor = Redactor::default();
        for (text, told) in [
            ("app_secret = \"ab$cd ef\"\nstore = \"Corner\"", "app_secret = \"***\"\nstore = \"Corner\""),
            ("app_secret='ab$cd'", "app_secret='***'"),
            ("client_secret=a!b$c&scope=terminal", "client_secret=***&scope=terminal"),
            ("x-app-secret: $$ab!cd, next", "x-app-secret: ***, next"),
            (r#"{"app_secret":"a\"b$c","mode":"test"}"#, r#"{"app_secret":"***","mode":"test"}"#),
            (r#"{\"app_secret\": \"a$b\", \"mode\": 1}"#, r#"{\"app_secret\": \"***\", \"mode\": 1}"#),
            ("password = \"never closed\nstore = 1", "password = \"***\nstore = 1"),
            ("secret=", "secret="),
            ("token\nstore", "token\nstore"),
        ] {
            assert_eq!(redactor.text(text), told, "{text}");
        }
    }

    #[test]
    fn the_code_of_a_customer_is_taken_out_and_that_of_a_problem_is_not() {
        let redactor = Redactor::default();
        assert_eq!(redactor.text(r#"code=739154 or "code": "739154""#), r#"code=*** or "code": "***""#);
        assert_eq!(redactor.body(br#"{"code":"739154"}"#), json!({ "code": "***" }));
        let problem = r#"{"code":"secret_wrong"}"#;
        assert_eq!(redactor.text(problem), problem);
        assert_eq!(redactor.body(problem.as_bytes()), json!({ "code": "secret_wrong" }));
    }

    #[test]
    fn tokens_and_card_numbers_are_known_by_their_shape() {
        let redactor = Redactor::default();
        assert_eq!(redactor.text("got eyJhbGciOiJIUzI1NiJ9.e30.c2ln here"), "got *** here");
        assert_eq!(redactor.text("paid with 4111111111111111"), "paid with ***");
        assert_eq!(redactor.text("receipt 3558174609679521"), "receipt 3558174609679521", "no card has this number");
        assert_eq!(redactor.body(br#"{"receipt": 4111111111111111}"#), json!({ "receipt": "***" }));
        let run = "QUJD".repeat(30);
        assert_eq!(redactor.text(&format!("body {run}")), "body ***");
    }

    fn account(app_id: &str, app_secret: &str) -> mispay::Account {
        mispay::Account {
            base_url: String::new(),
            app_id: Secret::text(app_id),
            app_secret: Secret::text(app_secret),
            rounds: 1,
            refund_method: Method::Get,
            code_digits: (4, 12),
            details_only_when_completed: false,
            window_ms: 0,
        }
    }

    /// How long it takes is measured by tests/hostile.
    #[test]
    fn a_body_that_is_too_long_to_be_understood_loses_its_secrets_as_a_text() {
        let padding = "a word ".repeat(JSON_BYTES_MAX / 7 + 1);
        let body = format!(
            r#"{{"message":"{padding}","access_token":"opaque-77","code": "482177","app_secret":"geheim \"mit\" 9","code_word":"kept"}}"#
        );
        assert!(body.len() > JSON_BYTES_MAX);
        let told = Redactor::default().body(body.as_bytes());
        let told = told.as_str().expect("a text");
        for secret in ["opaque-77", "482177", "geheim", "mit"] {
            assert!(!told.contains(secret), "{secret}");
        }
        assert!(told.contains("a word a word") && told.contains("kept"));
    }
}
