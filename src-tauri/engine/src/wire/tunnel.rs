//! The TCP connection below a socket: direct, or through the CONNECT tunnel of the system's HTTP proxy.

use super::CONNECT_WITHIN;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;
use std::net::{Ipv4Addr, Ipv6Addr};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::Uri;
use tower_service::Service;

/// Where a URL points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// This machine: may be plain, is never proxied.
    Loopback,
    /// Anywhere else: TLS only.
    World,
}

/// Where a URL points; `None` for one without a host, or with a password in it.
pub(super) fn place(url: &Url) -> Option<Place> {
    let host = url.host_str()?;
    if !url.username().is_empty() || url.password().is_some() {
        return None;
    }
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = host == "localhost"
        || address.parse::<Ipv4Addr>().is_ok_and(|ip| ip.is_loopback())
        || address.parse::<Ipv6Addr>().is_ok_and(|ip| ip.is_loopback());
    Some(if loopback { Place::Loopback } else { Place::World })
}

/// The ways out of this machine.
#[derive(Debug)]
pub(super) struct Tunnels {
    proxies: Matcher,
    connector: HttpConnector,
}

impl Tunnels {
    /// By the same settings as the HTTP clients: `HTTPS_PROXY`, `ALL_PROXY`, `NO_PROXY`, and the system's own.
    pub(super) fn from_system() -> Tunnels {
        Tunnels::with(Matcher::from_system())
    }

    pub(super) fn with(proxies: Matcher) -> Tunnels {
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_WITHIN));
        Tunnels { proxies, connector }
    }

    /// A connection to the host of a ws or wss URL; `None` if there is none. Only HTTP proxies are known: one that wants
    /// TLS or SOCKS for itself fails.
    pub(super) async fn open(&self, url: &Url, place: Place) -> Option<TcpStream> {
        let target = target(url)?;
        let proxy = match place {
            Place::Loopback => None,
            Place::World => self.proxies.intercept(&target),
        };
        let mut connector = self.connector.clone();
        let connected = match proxy {
            None => connector.call(target).await.ok()?,
            Some(proxy) => {
                let mut tunnel = Tunnel::new(proxy.uri().clone(), connector);
                if let Some(login) = proxy.basic_auth() {
                    tunnel = tunnel.with_auth(login.clone());
                }
                tunnel.call(target).await.ok()?
            }
        };
        Some(connected.into_inner())
    }

    /// The proxy through which this URL is reached, without its login; `None` where the way is direct.
    pub(super) fn proxy(&self, url: &Url, place: Place) -> Option<String> {
        match place {
            Place::Loopback => None,
            Place::World => self.proxies.intercept(&target(url)?).map(|proxy| {
                let uri = proxy.uri();
                let port = uri.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
                format!("{}{port}", uri.host().unwrap_or_default())
            }),
        }
    }
}

/// Where a URL points, by the names that proxy rules go by: they know http and https only.
fn target(url: &Url) -> Option<Uri> {
    let scheme = if matches!(url.scheme(), "wss" | "https") { "https" } else { "http" };
    let port = url.port_or_known_default()?;
    format!("{scheme}://{}:{port}", url.host_str()?).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_loopback() {
        let place = |url: &str| place(&Url::parse(url).expect("a URL"));
        for url in
            ["http://127.0.0.1:80/", "http://127.8.9.1", "http://[::1]:9/", "ws://localhost/ws", "http://2130706433"]
        {
            assert_eq!(place(url), Some(Place::Loopback), "{url}");
        }
        for url in [
            "http://127.0.0.1.example.org/",
            "http://localhost.example.org",
            "http://10.0.0.1",
            "http://0.0.0.0",
            "http://[::2]",
            "https://api.example.org",
        ] {
            assert_eq!(place(url), Some(Place::World), "{url}");
        }
        assert_eq!(place("http://127.0.0.1@example.org/"), None);
        assert_eq!(place("mailto:a@b"), None);
    }
}
