//! What settings must keep to, and the URLs that both papers name.

use super::{AmountLimits, Mode, Settings};
use checkstand_core::limits::Limits;
use checkstand_core::money::{Currency, Money};
use checkstand_core::problem::Problem;
use jiff::tz::TimeZone;
use url::{Host, Url};

/// What the screens can speak.
pub const LANGUAGES: [&str; 1] = ["en"];
/// What MultiPay takes.
pub const MULTIPAY_CURRENCIES: [&str; 4] = ["NOK", "SEK", "EUR", "USD"];

const MISPAY_TEST_URL: &str = "https://api-sandbox.mispay.dev/v1/in-store";
// Assumed: the production address follows the sandbox's.
const MISPAY_LIVE_URL: &str = "https://api.mispay.co/v1/in-store";
const MULTIPAY_TEST_TOKEN_URL: &str = "https://apm.dev.payex.com/authorization/oauth/token";
const MULTIPAY_TEST_SOCKET_URL: &str = "wss://apm.dev.payex.com/ws";
/// Play money only.
const TEST_HOSTS: [&str; 2] = ["api-sandbox.mispay.dev", "apm.dev.payex.com"];
/// Money.
const LIVE_HOSTS: [&str; 1] = ["api.mispay.co"];

const CODE_DIGITS_MIN: u32 = 3;
const CODE_DIGITS_MAX: u32 = 20;
const CODE_LIFE_MIN_MAX: u32 = DAY_MIN;
const DAY_MIN: u32 = 24 * 60;
const LOCK_AFTER_MIN_MAX: u32 = 4 * 60;
const NAME_CHARS_MAX: usize = 64;
const URL_CHARS_MAX: usize = 512;

const WINDOW_MIN_MAX: u32 = 60;
/// A dead line must be noticed within 30 s.
const HEARTBEAT_S: (u32, u32) = (5, 11);

/// The addresses that are known in a mode, by the setting that they may stand in.
pub fn known_hosts(mode: Mode) -> &'static [(&'static str, &'static str)] {
    match mode {
        Mode::Training => &[],
        Mode::Test => &[
            ("mispay.base_url", MISPAY_TEST_URL),
            ("multipay.token_url", MULTIPAY_TEST_TOKEN_URL),
            ("multipay.socket_url", MULTIPAY_TEST_SOCKET_URL),
        ],
        Mode::Live => &[("mispay.base_url", MISPAY_LIVE_URL)],
    }
}

/// What travels over an address.
#[derive(Clone, Copy)]
enum Wire {
    Http,
    WebSocket,
}

impl Settings {
    /// MIS Pay's base URL in this mode, without a slash at its end; empty where none is known.
    pub fn mispay_base_url(&self) -> &str {
        self.or_known(&self.mispay.base_url, MISPAY_TEST_URL)
    }

    /// Where MultiPay's token comes from in this mode; empty where none is known.
    pub fn multipay_token_url(&self) -> &str {
        self.or_known(&self.multipay.token_url, MULTIPAY_TEST_TOKEN_URL)
    }

    /// MultiPay's socket in this mode; empty where none is known.
    pub fn multipay_socket_url(&self) -> &str {
        self.or_known(&self.multipay.socket_url, MULTIPAY_TEST_SOCKET_URL)
    }

    /// Neither paper names all of its live addresses, so those are always the store's to enter.
    fn or_known<'a>(&self, set: &'a str, known_in_test: &'static str) -> &'a str {
        match self.mode {
            Mode::Test if set.is_empty() => known_in_test,
            Mode::Training | Mode::Test | Mode::Live => set,
        }
    }

    /// The store's calendar: the IANA name of its time zone, and the minutes after midnight at which its days begin. `UTC`
    /// where the machine's zone has no name.
    pub fn calendar(&self) -> (String, u32) {
        let own = || TimeZone::system().iana_name().unwrap_or("UTC").to_owned();
        let zone = if self.zone.is_empty() { own() } else { self.zone.clone() };
        (zone, self.day_cutoff_min)
    }

    /// Whether anything about MultiPay has been entered.
    fn has_multipay(&self) -> bool {
        let multipay = &self.multipay;
        [&multipay.token_url, &multipay.socket_url, &multipay.terminal_id].into_iter().any(|text| !text.is_empty())
    }

    /// The same without blanks around texts and slashes behind URLs.
    #[must_use]
    pub fn tidied(mut self) -> Settings {
        for name in [&mut self.store, &mut self.terminal, &mut self.zone, &mut self.multipay.terminal_id] {
            *name = name.trim().to_owned();
        }
        for url in [&mut self.mispay.base_url, &mut self.multipay.token_url, &mut self.multipay.socket_url] {
            // In any mixture, so that what is tidied stays as it is.
            *url = url.trim_start().trim_end_matches(|c: char| c == '/' || c.is_whitespace()).to_owned();
        }
        self
    }

    /// Everything that is wrong with these settings; none where they may be used. Codes: `settings_invalid` (`field`, `min`,
    /// `max`), `url_not_allowed` (`field`, `why`), `amount_unit_unconfirmed`, `limits_invalid` (`currency`, `limit`),
    /// `not_in_live` (`field`).
    pub fn validate(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let invalid = |field: &'static str| Problem::new("settings_invalid").with("field", field);
        for (field, name) in [("store", &self.store), ("terminal", &self.terminal)] {
            let is_missing = field == "terminal" && name.trim().is_empty();
            if is_missing || name.chars().count() > NAME_CHARS_MAX || name.chars().any(char::is_control) {
                problems.push(invalid(field).with("max", NAME_CHARS_MAX));
            }
        }
        // It travels as an HTTP header.
        let terminal_id = &self.multipay.terminal_id;
        if terminal_id.len() > NAME_CHARS_MAX || !terminal_id.bytes().all(|byte| byte.is_ascii_graphic()) {
            problems.push(invalid("multipay.terminal_id").with("max", NAME_CHARS_MAX));
        }
        let mut check = |field: &'static str, value: u32, min: u32, max: u32| {
            if !(min..=max).contains(&value) {
                problems.push(invalid(field).with("min", min).with("max", max));
            }
        };
        let (digits_min, digits_max) = (self.mispay.code_digits_min, self.mispay.code_digits_max);
        check("mispay.code_digits_min", digits_min, CODE_DIGITS_MIN, CODE_DIGITS_MAX);
        check("mispay.code_digits_max", digits_max, digits_min.max(CODE_DIGITS_MIN), CODE_DIGITS_MAX);
        check("day_cutoff_min", self.day_cutoff_min, 0, DAY_MIN - 1);
        check("lock_after_min", self.lock_after_min, 0, LOCK_AFTER_MIN_MAX);
        check("mispay.code_life_min", self.mispay.code_life_min, 1, CODE_LIFE_MIN_MAX);
        check("mispay.window_min", self.mispay.window_min, 1, WINDOW_MIN_MAX);
        check("multipay.window_min", self.multipay.window_min, 1, WINDOW_MIN_MAX);
        check("multipay.heartbeat_s", self.multipay.heartbeat_s, HEARTBEAT_S.0, HEARTBEAT_S.1);
        if !LANGUAGES.contains(&self.language.as_str()) {
            problems.push(invalid("language"));
        }
        if !MULTIPAY_CURRENCIES.contains(&self.multipay.currency.as_str()) {
            problems.push(invalid("multipay.currency"));
        }
        for (currency, limits) in &self.limits {
            if let Err(field) = limits.read(currency) {
                problems.push(
                    Problem::new("limits_invalid")
                        .with("field", "limits")
                        .with("limit", field)
                        .with("currency", currency),
                );
            }
        }
        if self.mode == Mode::Live {
            let refused = [("extra_root_ca", self.extra_root_ca.is_some()), ("record_wire", self.record_wire)];
            for (field, _) in refused.into_iter().filter(|(_, is_set)| *is_set) {
                problems.push(Problem::new("not_in_live").with("field", field));
            }
        }
        if !self.zone.is_empty() && TimeZone::get(&self.zone).is_err() {
            problems.push(Problem::new("settings_invalid").with("field", "zone"));
        }
        for (field, url, wire) in [
            ("mispay.base_url", &self.mispay.base_url, Wire::Http),
            ("multipay.token_url", &self.multipay.token_url, Wire::Http),
            ("multipay.socket_url", &self.multipay.socket_url, Wire::WebSocket),
        ] {
            if !url.is_empty()
                && let Err(why) = check_url(url, wire, self.mode)
            {
                problems.push(Problem::new("url_not_allowed").with("field", field).with("why", why));
            }
        }
        if self.mode == Mode::Live && self.has_multipay() && !self.multipay.is_unit_confirmed() {
            problems.push(Problem::new("amount_unit_unconfirmed").with("field", "multipay.amount_unit"));
        }
        problems
    }
}

impl AmountLimits {
    /// These limits as money of this currency.
    ///
    /// # Errors
    /// The name of the limit that cannot be read, or lies outside the others; `currency` where that is none of ours.
    pub fn read(&self, currency: &str) -> Result<Limits, &'static str> {
        let currency = Currency::parse(currency).ok_or("currency")?;
        let read = |name: &'static str, text: &str| match text.trim() {
            "" => Ok(None),
            text => match Money::from_decimal(text, currency) {
                Ok(money) if money.minor > 0 => Ok(Some(money)),
                Ok(_) | Err(_) => Err(name),
            },
        };
        let (min, max) = (read("min", &self.min)?, read("max", &self.max)?);
        let confirm_above = read("confirm_above", &self.confirm_above)?;
        if min.zip(max).is_some_and(|(min, max)| min.minor > max.minor) {
            return Err("max");
        }
        Ok(Limits { min, max, confirm_above })
    }
}

/// Why a URL may not be used: a word for the view.
fn check_url(text: &str, wire: Wire, mode: Mode) -> Result<(), &'static str> {
    // The parser would drop or mend what a person, or another parser, reads differently.
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
    if text.len() > URL_CHARS_MAX || text.contains(is_odd) {
        return Err("not_a_url");
    }
    let url = Url::parse(text).map_err(|_| "not_a_url")?;
    let host = url.host().ok_or("not_a_url")?;
    let is_loopback = match &host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    };
    match (wire, url.scheme()) {
        (Wire::Http, "https") | (Wire::WebSocket, "wss") => {}
        (Wire::Http, "http") | (Wire::WebSocket, "ws") if is_loopback => {}
        (Wire::Http, "http") | (Wire::WebSocket, "ws") => return Err("not_encrypted"),
        (Wire::Http | Wire::WebSocket, _) => return Err("wrong_scheme"),
    }
    if text.contains('@') {
        return Err("credentials");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("query");
    }
    let host = host.to_string();
    let host = host.trim_end_matches('.');
    match mode {
        // On this machine lives the simulator, and no provider.
        Mode::Live if is_loopback || TEST_HOSTS.contains(&host) => Err("test_host"),
        Mode::Test if LIVE_HOSTS.contains(&host) => Err("live_host"),
        Mode::Training | Mode::Test | Mode::Live => Ok(()),
    }
}
