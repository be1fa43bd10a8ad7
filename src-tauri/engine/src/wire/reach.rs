//! The way to a provider's server, one step at a time, for whoever must know where it ends: name, TCP or proxy, TLS. The wire
//! itself walks the same way in one go.

use super::tunnel::{Place, Tunnels, place};
use super::{CONNECT_WITHIN, LiveSettings, News, WireError, http, socket, tls};
use checkstand_core::message::{Reply, Request, Signal};
use checkstand_core::payment::ProviderName;
use checkstand_core::secret::Secret;
use reqwest::Url;
use rustls::CertificateError;
use rustls::pki_types::ServerName;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpStream, lookup_host};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

/// The longest that looking a name up may take.
const LOOKUP_WITHIN: Duration = Duration::from_secs(5);

/// Where the way ends, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// It is no URL that may be called.
    Address,
    /// The name has no address.
    Name(String),
    /// Nobody listens there, or nobody answers.
    Connect(String),
    /// The proxy of this name does not let us through.
    Proxy(String),
    /// The certificate's life has passed.
    Expired,
    /// The certificate's life has not begun.
    NotYetValid,
    /// The certificate is somebody else's.
    WrongName,
    /// Nobody whom we trust has signed the certificate.
    Untrusted,
    /// The server speaks no TLS that we speak.
    Tls(String),
}

/// How a server is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// Straight to one of these addresses.
    Direct(Vec<IpAddr>),
    /// Through this proxy, which looks the name up itself.
    Proxy(String),
}

/// Walks the way. It has clients of its own, set up as those of the wire.
pub struct Reach {
    tls: Arc<rustls::ClientConfig>,
    tunnels: Tunnels,
    http: http::Http,
    sockets: socket::Sockets,
}

impl Reach {
    /// Ready to go.
    ///
    /// # Errors
    /// [`WireError`], for the same reasons as the wire's.
    pub fn new(settings: &LiveSettings) -> Result<Reach, WireError> {
        let tls = tls::client_config(settings.extra_root_ca.as_deref())?;
        let http = http::Http::new(&tls)?;
        let sockets = socket::Sockets::new(tls.clone(), Tunnels::from_system());
        Ok(Reach { tls: Arc::new(tls), tunnels: Tunnels::from_system(), http, sockets })
    }

    /// How the host of this URL is reached.
    ///
    /// # Errors
    /// [`Obstacle::Address`] or [`Obstacle::Name`].
    pub async fn find(&self, url: &str) -> Result<Way, Obstacle> {
        let (url, place) = parse(url)?;
        if let Some(proxy) = self.tunnels.proxy(&url, place) {
            return Ok(Way::Proxy(proxy));
        }
        let host = url.host_str().ok_or(Obstacle::Address)?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let port = url.port_or_known_default().ok_or(Obstacle::Address)?;
        let found = match timeout(LOOKUP_WITHIN, lookup_host((host.as_str(), port))).await {
            Ok(Ok(found)) => found.map(|address| address.ip()).collect::<Vec<_>>(),
            Ok(Err(error)) => return Err(Obstacle::Name(error.to_string())),
            Err(_) => return Err(Obstacle::Name(format!("no answer within {} s", LOOKUP_WITHIN.as_secs()))),
        };
        if found.is_empty() { Err(Obstacle::Name("no address".to_owned())) } else { Ok(Way::Direct(found)) }
    }

    /// Connects, through the proxy where there is one.
    ///
    /// # Errors
    /// [`Obstacle::Connect`] or [`Obstacle::Proxy`].
    pub async fn connect(&self, url: &str, way: &Way) -> Result<TcpStream, Obstacle> {
        let (url, place) = parse(url)?;
        let port = url.port_or_known_default().ok_or(Obstacle::Address)?;
        let too_long = || format!("no answer within {} s", CONNECT_WITHIN.as_secs());
        match way {
            Way::Proxy(proxy) => match timeout(CONNECT_WITHIN, self.tunnels.open(&url, place)).await {
                Ok(Some(tcp)) => Ok(tcp),
                Ok(None) | Err(_) => Err(Obstacle::Proxy(proxy.clone())),
            },
            Way::Direct(addresses) => {
                let mut last = too_long();
                for address in addresses {
                    match timeout(CONNECT_WITHIN, TcpStream::connect((*address, port))).await {
                        Ok(Ok(tcp)) => return Ok(tcp),
                        Ok(Err(error)) => last = format!("{address}: {error}"),
                        Err(_) => last = format!("{address}: {}", too_long()),
                    }
                }
                Err(Obstacle::Connect(last))
            }
        }
    }

    /// Greets the server as its clients do; says which TLS both speak. `None` where the URL is plain: this machine's own.
    ///
    /// # Errors
    /// One of the obstacles about certificates, or [`Obstacle::Tls`].
    pub async fn greet(&self, url: &str, tcp: TcpStream) -> Result<Option<String>, Obstacle> {
        let (url, _) = parse(url)?;
        if matches!(url.scheme(), "http" | "ws") {
            return Ok(None);
        }
        let host = url.host_str().ok_or(Obstacle::Address)?.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|_| Obstacle::Address)?;
        match timeout(CONNECT_WITHIN, TlsConnector::from(Arc::clone(&self.tls)).connect(name, tcp)).await {
            Ok(Ok(stream)) => {
                let version = stream.get_ref().1.protocol_version();
                Ok(Some(version.and_then(|version| version.as_str().map(str::to_owned)).unwrap_or_default()))
            }
            Ok(Err(error)) => Err(obstacle(&error)),
            Err(_) => Err(Obstacle::Tls(format!("no answer within {} s", CONNECT_WITHIN.as_secs()))),
        }
    }

    /// One request, as the wire sends it.
    pub async fn call(&self, request: Request) -> Reply {
        self.http.call(request).await
    }

    /// Opens a socket and tells what it says, to its end; says farewell once the other end of `hung_up` is gone. Dropped
    /// earlier, it drops the connection.
    pub async fn listen(
        &self,
        url: &str,
        headers: &[(&'static str, Secret<String>)],
        news: mpsc::UnboundedSender<(ProviderName, Signal)>,
        hung_up: oneshot::Receiver<()>,
    ) {
        let news = News { generation: 1, tx: news, recorder: None };
        let (grip, commands) = mpsc::channel(1);
        let talking = self.sockets.talk(url, headers, commands, &news);
        tokio::pin!(talking);
        let last = tokio::select! {
            last = &mut talking => last,
            _ = hung_up => {
                drop(grip);
                talking.await
            }
        };
        news.tell(last);
    }
}

fn parse(url: &str) -> Result<(Url, Place), Obstacle> {
    let url = Url::parse(url).map_err(|_| Obstacle::Address)?;
    let place = place(&url).ok_or(Obstacle::Address)?;
    Ok((url, place))
}

/// Whose fault a failed greeting was.
fn obstacle(error: &std::io::Error) -> Obstacle {
    let Some(tls) = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) else {
        return Obstacle::Tls(error.to_string());
    };
    match tls {
        rustls::Error::InvalidCertificate(why) => match why {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Obstacle::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Obstacle::NotYetValid,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Obstacle::WrongName,
            CertificateError::UnknownIssuer => Obstacle::Untrusted,
            other => Obstacle::Tls(format!("{other:?}")),
        },
        other => Obstacle::Tls(other.to_string()),
    }
}
