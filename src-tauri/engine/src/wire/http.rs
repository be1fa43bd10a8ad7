//! One HTTP request: it leaves at most once, and the three ways it can end are told apart.

use super::tunnel::{Place, place};
use super::{CONNECT_WITHIN, USER_AGENT, WireError};
use checkstand_core::message::{BODY_BYTES_MAX, Method, Reply, Request};
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Response, Url, redirect, retry};
use std::time::{Duration, Instant};

/// The clients. All speak HTTP/1.1 only: MIS Pay's refund is a GET that must not be replayed, and the rest gains nothing.
#[derive(Debug)]
pub(super) struct Http {
    /// To this machine: never through a proxy.
    loopback: Lanes,
    /// To the world: through the system's proxy, where it names one.
    world: Lanes,
}

#[derive(Debug)]
struct Lanes {
    /// Keeps connections for the next poll.
    reads: Client,
    /// Keeps none: a money request on a connection that has just gone stale would be lost for nothing.
    money: Client,
}

impl Http {
    pub(super) fn new(tls: &rustls::ClientConfig) -> Result<Http, WireError> {
        let builder = || {
            Client::builder()
                .tls_backend_preconfigured(tls.clone())
                .http1_only()
                .redirect(redirect::Policy::none())
                .retry(retry::never())
                .referer(false)
                .user_agent(USER_AGENT)
                .connect_timeout(CONNECT_WITHIN)
        };
        let fresh = |builder: reqwest::ClientBuilder| builder.pool_max_idle_per_host(0);
        let build = |builder: reqwest::ClientBuilder| {
            builder.build().map_err(|_| WireError::Tls("the HTTP client cannot be built".to_owned()))
        };
        Ok(Http {
            loopback: Lanes { reads: build(builder().no_proxy())?, money: build(fresh(builder().no_proxy()))? },
            world: Lanes { reads: build(builder())?, money: build(fresh(builder()))? },
        })
    }

    /// Sends it, and waits for the end of the answer. No word of it is logged but the path.
    pub(super) async fn call(&self, request: Request) -> Reply {
        let began = Instant::now();
        let Ok(url) = Url::parse(&request.url) else {
            tracing::debug!("request with an unreadable URL, not sent");
            return Reply::NotSent;
        };
        let path = url.path().to_owned();
        let reply = match self.client(&url, request.moves_money) {
            Some(client) => send(client, url, &request).await,
            None => Reply::NotSent,
        };
        let ended = match &reply {
            Reply::Answer { status, .. } => status.to_string(),
            Reply::NotSent => "not sent".to_owned(),
            Reply::Lost => "lost".to_owned(),
        };
        let took_ms = began.elapsed().as_millis();
        tracing::debug!(method = ?request.method, path, ended, took_ms, "request");
        reply
    }

    /// `None` where the URL may not be called at all.
    fn client(&self, url: &Url, moves_money: bool) -> Option<&Client> {
        let lanes = match (place(url)?, url.scheme()) {
            (Place::Loopback, "http" | "https") => &self.loopback,
            (Place::World, "https") => &self.world,
            (Place::Loopback | Place::World, _) => return None,
        };
        Some(if moves_money { &lanes.money } else { &lanes.reads })
    }
}

async fn send(client: &Client, url: Url, request: &Request) -> Reply {
    let Some(headers) = secret_headers(&request.headers) else {
        return Reply::NotSent;
    };
    let method = match request.method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
    };
    let mut building = client.request(method, url).headers(headers).timeout(Duration::from_millis(request.timeout_ms));
    if let Some(body) = &request.body {
        building = building.body(body.expose().clone());
    }
    let Ok(built) = building.build() else {
        return Reply::NotSent;
    };
    match client.execute(built).await {
        Ok(response) => read(response).await,
        // Connecting ends before the first byte of the request leaves: name, TCP, proxy, TLS. Nothing else is as sure.
        Err(error) if error.is_connect() || error.is_builder() => Reply::NotSent,
        Err(_) => Reply::Lost,
    }
}

/// All of them are marked as secret; `None` if one cannot stand in a request.
pub(super) fn secret_headers(headers: &[(&'static str, checkstand_core::secret::Secret<String>)]) -> Option<HeaderMap> {
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
        let mut value = HeaderValue::from_str(value.expose()).ok()?;
        value.set_sensitive(true);
        map.append(name, value);
    }
    Some(map)
}

async fn read(mut response: Response) -> Reply {
    let status = response.status().as_u16();
    let date_ms = response.headers().get(DATE).and_then(|date| date_ms(date.to_str().ok()?));
    let too_long = |bytes: u64| bytes > BODY_BYTES_MAX as u64;
    if response.content_length().is_some_and(too_long) {
        return Reply::Lost;
    }
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if too_long((body.len() + chunk.len()) as u64) => return Reply::Lost,
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Reply::Answer { status, date_ms, body },
            Err(_) => return Reply::Lost,
        }
    }
}

/// `Sun, 06 Nov 1994 08:49:37 GMT`, RFC 9110 section 5.6.7; the two obsolete forms count as none.
pub fn date_ms(text: &str) -> Option<i64> {
    let parsed = jiff::fmt::rfc2822::parse(text).ok()?;
    Some(parsed.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_header_is_read_to_the_second() {
        assert_eq!(date_ms("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777_000));
        assert_eq!(date_ms("Sunday, 06-Nov-94 08:49:37 GMT"), None);
        assert_eq!(date_ms("yesterday"), None);
    }

    #[test]
    fn headers_are_marked_secret_and_cannot_smuggle_a_line() {
        let text = checkstand_core::secret::Secret::text;
        let headers = secret_headers(&[("authorization", text("Bearer dummy"))]).expect("plain");
        assert!(headers.values().all(HeaderValue::is_sensitive));
        assert_eq!(secret_headers(&[("x-app-id", text("a\r\nx-other: b"))]), None);
    }
}
