//! *Test connection*: every harmless step towards a provider, each told as soon as it is done. No money request is among them.
//!
//! The steps are those of a sale's beginning, made by the same requests and read by the same code. A step behind a failed one
//! is skipped. MultiPay allows one socket a terminal: where an open till holds it, its line is looked at instead.

mod words;

use crate::clock::utc_ms;
use crate::engine::Handle;
use crate::finding::{Finding, Findings};
use crate::ledger::{LedgerError, Reader, has_ledger, is_in_use};
use crate::settings::{Mode, Settings};
use crate::setup::Prepared;
use crate::wire::LiveSettings;
use crate::wire::reach::{Reach, Way};
use checkstand_core::message::{Reply, Request, Signal, SocketNews};
use checkstand_core::payment::ProviderName;
use checkstand_core::provider::mispay::messages::Heard;
use checkstand_core::provider::mispay::token::{Sealed, derive_key, life_ms};
use checkstand_core::provider::multipay::messages::{self, TokenAnswer};
use checkstand_core::provider::{Line, mispay, multipay};
use checkstand_core::secret::Secret;
use std::path::Path;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, sleep, timeout_at};
use words::Checks;

/// How long a socket may take to open and to be logged on.
const LOGON_WITHIN: Duration = Duration::from_secs(15);
/// How often an open till's line is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A clock that is further off warns.
const CLOCK_OFF_MS: i64 = 60_000;

/// Whose socket MultiPay's last two steps are about.
pub enum Socket<'h> {
    /// One of our own, closed again.
    Own,
    /// That of the till behind this handle.
    OpenTill(&'h Handle),
    /// An open till's in another process, which cannot be asked.
    Elsewhere,
    /// Nobody's: a receipt may come with the next logon, and only a till can keep it.
    Awaited,
}

impl<'h> Socket<'h> {
    /// That of a provider's line in the mode of this ledger's folder; `open_till` is this process's till in that mode.
    pub async fn of(provider: ProviderName, folder: &Path, open_till: Option<&'h Handle>) -> Socket<'h> {
        match open_till {
            Some(handle) if is_set_up(handle, provider).await => Socket::OpenTill(handle),
            None if is_in_use(folder).unwrap_or_default() => Socket::Elsewhere,
            // A ledger that cannot be read may hold anything.
            Some(_) | None if has_ledger(folder) && awaits(folder, provider).await.unwrap_or(true) => Socket::Awaited,
            Some(_) | None => Socket::Own,
        }
    }
}

async fn is_set_up(handle: &Handle, provider: ProviderName) -> bool {
    handle.look(move |scene| scene.till.line(provider).is_some()).await.unwrap_or_default()
}

async fn awaits(folder: &Path, provider: ProviderName) -> Result<bool, LedgerError> {
    let folder = folder.to_owned();
    let looking = tokio::task::spawn_blocking(move || Reader::open(&folder)?.awaits(provider));
    looking.await.expect("looking does not panic")
}

/// Walks towards a provider with the saved settings and secrets of `prepared`.
pub async fn walk(
    provider: ProviderName,
    settings: &Settings,
    prepared: &Prepared,
    socket: Socket<'_>,
    findings: &mut Findings<'_>,
) {
    let checks = Checks::of(provider);
    let stopped = match provider {
        ProviderName::Mispay => match &prepared.setup.mispay {
            Some(account) => mispay(account, settings, &checks, findings).await,
            None => Err((checks.settings, checks.not_set_up(prepared))),
        },
        ProviderName::Multipay => match &prepared.setup.multipay {
            Some(account) => multipay(account, settings, &checks, socket, findings).await,
            None => Err((checks.settings, checks.not_set_up(prepared))),
        },
    };
    if let Err((failed_at, finding)) = stopped {
        findings.add(finding);
        for check in checks.after(failed_at) {
            findings.add(Finding::skipped(check, "an earlier step has failed"));
        }
    }
}

/// The step that failed, and how.
type Stopped = (&'static str, Finding);

async fn mispay(
    account: &mispay::Account,
    settings: &Settings,
    checks: &Checks,
    findings: &mut Findings<'_>,
) -> Result<(), Stopped> {
    let reach = begin(settings, checks, findings)?;
    reached(&reach, &account.base_url, checks, findings).await?;
    let reply = asked(&reach, account.token_request(), checks, findings).await?;
    let refused = |finding| (checks.token, finding);
    let sealed = match Heard::read(&reply) {
        Heard::Success(envelope) => envelope.token().as_deref().and_then(Sealed::read),
        Heard::Refused(code) => return Err(refused(checks.refused(code))),
        Heard::BareUnauthorised => return Err(refused(checks.credentials_refused("HTTP 401"))),
        Heard::Unclear | Heard::NotSent | Heard::Lost => return Err(refused(checks.unclear(&reply))),
    };
    let sealed = sealed.ok_or_else(|| refused(checks.unreadable_token()))?;
    findings.add(Finding::well(checks.token, "MIS Pay gave an encrypted token"));
    let (secret, salt, rounds) = (account.app_secret.clone(), sealed.salt.clone(), account.rounds);
    let derived = tokio::task::spawn_blocking(move || derive_key(&secret, &salt, rounds)).await;
    let opened = derived.ok().and_then(|key| sealed.open(&key));
    let jwt = opened.ok_or_else(|| (checks.last, checks.wrong_secret()))?;
    let minutes = life_ms(&jwt, date_of(&reply)) / 60_000;
    findings.add(Finding::well(checks.last, format!("the secret opens it; it lives for {minutes} min")));
    Ok(())
}

async fn multipay(
    account: &multipay::Account,
    settings: &Settings,
    checks: &Checks,
    socket: Socket<'_>,
    findings: &mut Findings<'_>,
) -> Result<(), Stopped> {
    let reach = begin(settings, checks, findings)?;
    reached(&reach, &account.token_url, checks, findings).await?;
    let reply = asked(&reach, account.token_request(), checks, findings).await?;
    let token = match messages::read_token(&reply) {
        TokenAnswer::Token(token, life_ms) => {
            findings.add(Finding::well(checks.token, format!("PayEx gave a token for {} min", life_ms / 60_000)));
            token
        }
        TokenAnswer::Refused => return Err((checks.token, checks.credentials_refused("PayEx refused it"))),
        TokenAnswer::Failed => return Err((checks.token, checks.unclear(&reply))),
    };
    match socket {
        Socket::Own => logged_on(&reach, account, &token, checks, findings).await,
        Socket::OpenTill(handle) => watched(handle, checks, findings).await,
        Socket::Elsewhere => {
            skip_logon(checks, "the open window holds the terminal's one socket: test it there", findings);
            Ok(())
        }
        Socket::Awaited => {
            skip_logon(checks, "a payment is open, and its receipt may come with the logon: open the till", findings);
            Ok(())
        }
    }
}

fn skip_logon(checks: &Checks, why: &str, findings: &mut Findings<'_>) {
    for check in [checks.socket, checks.last] {
        findings.add(Finding::skipped(check, why));
    }
}

/// The settings are in order; a wire can be set up.
fn begin(settings: &Settings, checks: &Checks, findings: &mut Findings<'_>) -> Result<Reach, Stopped> {
    let extra_root_ca = settings.extra_root_ca.clone().filter(|_| settings.mode == Mode::Test);
    let live = LiveSettings { extra_root_ca, recorder: None };
    let reach = Reach::new(&live).map_err(|error| (checks.settings, checks.no_wire(&error)))?;
    findings.add(Finding::well(checks.settings, "address and credentials are there"));
    Ok(reach)
}

/// Name, connection, greeting.
async fn reached(reach: &Reach, url: &str, checks: &Checks, findings: &mut Findings<'_>) -> Result<(), Stopped> {
    let way = reach.find(url).await.map_err(|obstacle| (checks.dns, checks.obstacle(checks.dns, &obstacle)))?;
    findings.add(match &way {
        Way::Direct(addresses) => {
            let list: Vec<String> = addresses.iter().map(ToString::to_string).collect();
            Finding::well(checks.dns, format!("its address is {}", list.join(", ")))
        }
        Way::Proxy(proxy) => Finding::well(checks.dns, format!("left to the proxy {proxy}")),
    });
    let tcp = reach.connect(url, &way).await;
    let tcp = tcp.map_err(|obstacle| (checks.connect, checks.obstacle(checks.connect, &obstacle)))?;
    findings.add(match &way {
        Way::Direct(_) => Finding::well(checks.connect, "it listens"),
        Way::Proxy(proxy) => Finding::well(checks.connect, format!("through the proxy {proxy}")),
    });
    let greeted = reach.greet(url, tcp).await;
    findings.add(match greeted.map_err(|obstacle| (checks.tls, checks.obstacle(checks.tls, &obstacle)))? {
        Some(version) => Finding::well(checks.tls, format!("{version}, and a certificate that we trust")),
        None => Finding::skipped(checks.tls, "this machine itself: not encrypted"),
    });
    Ok(())
}

/// Asks for a token; what the answer's date says about our clock comes first.
async fn asked(
    reach: &Reach,
    request: Request,
    checks: &Checks,
    findings: &mut Findings<'_>,
) -> Result<Reply, Stopped> {
    let reply = reach.call(request).await;
    match &reply {
        Reply::Answer { .. } => findings.add(checks.clock(date_of(&reply).map(|date_ms| utc_ms() - date_ms))),
        Reply::NotSent | Reply::Lost => findings.add(Finding::skipped(checks.clock, "there was no answer")),
    }
    Ok(reply)
}

/// The server's own time (UTC ms), where it told one.
fn date_of(reply: &Reply) -> Option<i64> {
    match reply {
        Reply::Answer { date_ms, .. } => *date_ms,
        Reply::NotSent | Reply::Lost => None,
    }
}

/// A socket of our own, until the logon.
async fn logged_on(
    reach: &Reach,
    account: &multipay::Account,
    token: &Secret<String>,
    checks: &Checks,
    findings: &mut Findings<'_>,
) -> Result<(), Stopped> {
    let at_socket = |finding| (checks.socket, finding);
    // Its host may be another one than the token's.
    let way = reach.find(&account.socket_url).await;
    let way = way.map_err(|obstacle| at_socket(checks.obstacle(checks.socket, &obstacle)))?;
    let tcp = reach.connect(&account.socket_url, &way).await;
    let tcp = tcp.map_err(|obstacle| at_socket(checks.obstacle(checks.socket, &obstacle)))?;
    let greeted = reach.greet(&account.socket_url, tcp).await;
    greeted.map_err(|obstacle| at_socket(checks.obstacle(checks.socket, &obstacle)))?;
    let (tell, mut news) = mpsc::unbounded_channel();
    let headers = account.socket_headers(token);
    let (hang_up, hung_up) = oneshot::channel();
    let listening = reach.listen(&account.socket_url, &headers, tell, hung_up);
    tokio::pin!(listening);
    let until = Instant::now() + LOGON_WITHIN;
    let (mut is_open, mut has_ended) = (false, false);
    loop {
        let heard = tokio::select! {
            heard = timeout_at(until, news.recv()) => heard,
            // What it told before its end is still to be heard.
            () = &mut listening, if !has_ended => {
                has_ended = true;
                continue;
            }
        };
        let socket_news = match heard {
            Ok(Some((_, Signal::Socket { news, .. }))) => news,
            Ok(Some(_)) => continue,
            Ok(None) | Err(_) if is_open => return Err((checks.last, checks.no_logon())),
            Ok(None) | Err(_) => return Err(at_socket(checks.no_socket("no answer"))),
        };
        match socket_news {
            SocketNews::Opened => {
                is_open = true;
                findings.add(Finding::well(checks.socket, "the socket is open"));
            }
            SocketNews::Text(text) if messages::read(&text, account.amount_unit) == messages::Heard::Logon => {
                drop(hang_up);
                if !has_ended {
                    listening.await;
                }
                findings.add(Finding::well(checks.last, "logged on, and closed again"));
                return Ok(());
            }
            SocketNews::Text(_) | SocketNews::Alive => {}
            SocketNews::Refused { status } => return Err(at_socket(checks.socket_refused(status))),
            SocketNews::Closed if is_open => return Err((checks.last, checks.no_logon())),
            SocketNews::Closed => return Err(at_socket(checks.no_socket("the server closed it"))),
        }
    }
}

/// An open till's own line.
async fn watched(handle: &Handle, checks: &Checks, findings: &mut Findings<'_>) -> Result<(), Stopped> {
    let until = Instant::now() + LOGON_WITHIN;
    loop {
        let line = handle.look(|scene| scene.till.line(ProviderName::Multipay)).await.ok().flatten();
        match line {
            Some(Line::Ready) => {
                findings.add(Finding::well(checks.socket, "this till's own socket is open"));
                findings.add(Finding::well(checks.last, "this till is logged on"));
                return Ok(());
            }
            Some(Line::Connecting | Line::Trouble) if Instant::now() < until => sleep(LOOK_EVERY).await,
            Some(Line::Connecting | Line::Trouble) | None => {
                return Err((checks.socket, checks.no_socket("this till's own line is not logged on")));
            }
        }
    }
}
