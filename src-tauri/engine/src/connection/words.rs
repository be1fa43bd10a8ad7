//! What each step is called, and what is said where it fails: the code, what was found, and the next step.

use crate::finding::Finding;
use crate::setup::Prepared;
use crate::wire::WireError;
use crate::wire::reach::Obstacle;
use checkstand_core::message::Reply;
use checkstand_core::payment::ProviderName;

/// The names of one provider's steps, in their order.
pub(super) struct Checks {
    provider: ProviderName,
    pub(super) settings: &'static str,
    pub(super) dns: &'static str,
    pub(super) connect: &'static str,
    pub(super) tls: &'static str,
    pub(super) clock: &'static str,
    pub(super) token: &'static str,
    /// MultiPay only; MIS Pay has none.
    pub(super) socket: &'static str,
    /// What proves that all is well: the token opened, or the logon.
    pub(super) last: &'static str,
}

const CLOCK_TODO: &str =
    "Set the clock of this computer, best by the network: a wrong one makes certificates look expired.";
const CREDENTIALS_TODO: &str =
    "Enter both credentials once more, exactly as the provider gave them, and see that they are for this mode.";

impl Checks {
    pub(super) fn of(provider: ProviderName) -> Checks {
        match provider {
            ProviderName::Mispay => Checks {
                provider,
                settings: "mispay.settings",
                dns: "mispay.dns",
                connect: "mispay.connect",
                tls: "mispay.tls",
                clock: "mispay.clock",
                token: "mispay.token",
                socket: "",
                last: "mispay.decrypt",
            },
            ProviderName::Multipay => Checks {
                provider,
                settings: "multipay.settings",
                dns: "multipay.dns",
                connect: "multipay.connect",
                tls: "multipay.tls",
                clock: "multipay.clock",
                token: "multipay.token",
                socket: "multipay.socket",
                last: "multipay.logon",
            },
        }
    }

    /// The steps behind this one.
    pub(super) fn after(&self, check: &str) -> impl Iterator<Item = &'static str> {
        let all = [self.settings, self.dns, self.connect, self.tls, self.clock, self.token, self.socket, self.last];
        let at = all.iter().position(|each| *each == check).unwrap_or(all.len());
        all.into_iter().skip(at + 1).filter(|check| !check.is_empty())
    }

    pub(super) fn not_set_up(&self, prepared: &Prepared) -> Finding {
        if let Some(error) = &prepared.vault {
            let todo = "See what is said about the keychain.";
            return Finding::failed(self.settings, error.code(), error.to_string(), todo);
        }
        let lacks = prepared.missing.get(&self.provider).map(|names| names.join(", ")).unwrap_or_default();
        let todo = "Enter it under Settings. A keychain that was never unlocked shows no secrets.";
        Finding::failed(self.settings, "provider_not_configured", format!("missing: {lacks}"), todo)
    }

    pub(super) fn no_wire(&self, error: &WireError) -> Finding {
        let todo = "Name a PEM file with root certificates that this user may read, or none.";
        Finding::failed(self.settings, error.code(), error.to_string(), todo)
    }

    pub(super) fn obstacle(&self, check: &'static str, obstacle: &Obstacle) -> Finding {
        let fail = |code, what: String, todo| Finding::failed(check, code, what, todo);
        match obstacle {
            Obstacle::Address => fail(
                "url_not_allowed",
                "this address may not be called".to_owned(),
                "Correct the address under Settings.",
            ),
            Obstacle::Name(why) => fail(
                "dns_failed",
                format!("the name has no address: {why}"),
                "See that this computer is on the network, and that the address is spelt as the provider gave it.",
            ),
            Obstacle::Connect(why) => fail(
                "connect_failed",
                format!("nobody answers: {why}"),
                "See whether a firewall is in the way, and whether the address and its port are right.",
            ),
            Obstacle::Proxy(proxy) => fail(
                "proxy_failed",
                format!("the proxy {proxy} does not let us through"),
                "Have the provider's host allowed on the proxy, or exempt it (NO_PROXY).",
            ),
            Obstacle::Expired => fail(
                "tls_expired",
                "the server's certificate has expired".to_owned(),
                "Look at this computer's date first. If it is right, the provider must renew the certificate.",
            ),
            Obstacle::NotYetValid => {
                fail("tls_not_yet_valid", "the server's certificate is not valid yet".to_owned(), CLOCK_TODO)
            }
            Obstacle::WrongName => fail(
                "tls_wrong_name",
                "the certificate is for another name".to_owned(),
                "Correct the address, or find out who answers in the provider's place: never go on with this one.",
            ),
            Obstacle::Untrusted => fail(
                "tls_untrusted",
                "nobody whom this computer trusts has signed the certificate".to_owned(),
                "A test host of your own needs extra_root_ca. Else something opens the traffic: exempt the provider.",
            ),
            Obstacle::Tls(why) => fail(
                "tls_failed",
                format!("no encrypted connection: {why}"),
                "See whether this really is the provider's address and port.",
            ),
        }
    }

    /// `off_ms`: how far our clock is ahead of the server's; `None` where it told no time.
    pub(super) fn clock(&self, off_ms: Option<i64>) -> Finding {
        match off_ms {
            None => Finding::skipped(self.clock, "the server tells no time"),
            Some(off_ms) if off_ms.abs() > super::CLOCK_OFF_MS => {
                let side = if off_ms > 0 { "ahead of" } else { "behind" };
                let what = format!("this computer's clock is {} s {side} the provider's", off_ms.abs() / 1_000);
                Finding::warning(self.clock, "clock_off", what, CLOCK_TODO)
            }
            Some(off_ms) => Finding::well(self.clock, format!("it differs by {} s", off_ms.abs() / 1_000)),
        }
    }

    /// MIS Pay's documented refusals.
    pub(super) fn refused(&self, code: u8) -> Finding {
        match code {
            1..=3 => self.credentials_refused(&format!(
                "MIS Pay answered ME{code:02}: it does not know this pair of app id and app secret"
            )),
            _ => Finding::failed(
                self.token,
                "token_refused",
                format!("MIS Pay answered ME{code:02}"),
                "Try again in a minute. If it stays, ask MIS Pay what this code means for this merchant.",
            ),
        }
    }

    pub(super) fn credentials_refused(&self, what: &str) -> Finding {
        Finding::failed(self.token, "credentials_refused", what, CREDENTIALS_TODO)
    }

    pub(super) fn unreadable_token(&self) -> Finding {
        let what = "the token is no base64, or too short: it is not what the paper describes";
        let todo =
            "See whether the address is the one for in-store payments. If it is, send the recorder's file to MIS Pay.";
        Finding::failed(self.token, "token_unreadable", what, todo)
    }

    pub(super) fn wrong_secret(&self) -> Finding {
        let what = "the token does not open with this app secret";
        let todo = "Enter the app secret once more, exactly as MIS Pay gave it; the app id is accepted.";
        Finding::failed(self.last, "secret_wrong", what, todo)
    }

    /// An answer that is neither a token nor a refusal.
    pub(super) fn unclear(&self, reply: &Reply) -> Finding {
        match reply {
            Reply::NotSent | Reply::Lost => Finding::failed(
                self.token,
                "no_answer",
                "the server took the request and gave no answer, or one that is too long",
                "Try again. If it stays, see whether a firewall or proxy cuts connections.",
            ),
            Reply::Answer { status: status @ 500..=599, .. } => Finding::failed(
                self.token,
                "provider_failing",
                format!("the provider answered HTTP {status}"),
                "It has trouble of its own: wait, and look at its status page.",
            ),
            Reply::Answer { status, .. } => Finding::failed(
                self.token,
                "not_the_provider",
                format!("HTTP {status}, and not in the provider's words"),
                "Correct the address: this host answers, but it is not the provider's interface.",
            ),
        }
    }

    pub(super) fn socket_refused(&self, status: u16) -> Finding {
        let todo = "See that the terminal id is the one that PayEx gave, and that it belongs to these credentials.";
        Finding::failed(self.socket, "socket_refused", format!("PayEx answered HTTP {status}"), todo)
    }

    pub(super) fn no_socket(&self, why: &str) -> Finding {
        let todo = "See that the socket's address is right, and that no firewall or proxy stops WebSockets.";
        Finding::failed(self.socket, "socket_failed", why, todo)
    }

    pub(super) fn no_logon(&self) -> Finding {
        let todo =
            "See whether this terminal id is in use on another till. Else ask PayEx whether the terminal is active.";
        Finding::failed(self.last, "logon_missing", "the socket opened, and no logon was confirmed", todo)
    }
}
