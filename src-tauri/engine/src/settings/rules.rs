//! What settings must keep to, and the URLs that both papers name.

use super::{Mode, Settings};
use checkstand_core::problem::Problem;
use jiff::tz::TimeZone;
use url::{Host, Url};

const MISPAY_TEST_URL: &str = "https://api-sandbox.mispay.dev/v1/in-store";
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
            *url = url.trim().trim_end_matches('/').to_owned();
        }
        self
    }

    /// Everything that is wrong with these settings; none where they may be used. Codes: `settings_invalid` (`field`, `min`,
    /// `max`), `url_not_allowed` (`field`, `why`), `amount_unit_unconfirmed`.
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
        if self.mode == Mode::Live && self.has_multipay() && !self.multipay.amount_unit_confirmed {
            problems.push(Problem::new("amount_unit_unconfirmed").with("field", "multipay.amount_unit"));
        }
        problems
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
        Mode::Live if TEST_HOSTS.contains(&host) => Err("test_host"),
        Mode::Test if LIVE_HOSTS.contains(&host) => Err("live_host"),
        Mode::Training | Mode::Test | Mode::Live => Ok(()),
    }
}
