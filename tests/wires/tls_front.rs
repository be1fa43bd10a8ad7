//! A server with a certificate of its own in front of a plain far end: what a provider's certificate may be like.

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// What is wrong with the certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    /// Nothing: it is for 127.0.0.1, and lives.
    Good,
    /// Its life has passed.
    Expired,
    /// Its life has not begun.
    NotYetValid,
    /// It is for somebody else.
    OtherName,
}

/// The front; it serves until the test ends.
pub struct Front {
    pub address: SocketAddr,
    /// The root that vouches for it.
    pub root: PathBuf,
}

impl Front {
    /// In front of the far end at this address; the root's file goes into this folder.
    pub async fn start(folder: &Path, certificate: Certificate, behind: SocketAddr) -> Front {
        let root = folder.join(format!("root-{certificate:?}.pem"));
        let acceptor = acceptor(certificate, &root);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    // A client that hangs up at the certificate is what is tried here.
                    let Ok(mut client) = acceptor.accept(stream).await else { return };
                    let mut far = TcpStream::connect(behind).await.unwrap();
                    _ = copy_bidirectional(&mut client, &mut far).await;
                });
            }
        });
        Front { address, root }
    }

    /// The far end's URL, through this front.
    pub fn through(&self, url: &str) -> String {
        let (scheme, rest) = url.split_once("://").unwrap();
        let path = rest.find('/').map_or("", |at| &rest[at..]);
        format!("{scheme}s://{}{path}", self.address)
    }
}

fn acceptor(certificate: Certificate, root_file: &Path) -> TlsAcceptor {
    let root_key = KeyPair::generate().unwrap();
    let mut root = CertificateParams::new(Vec::new()).unwrap();
    root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    std::fs::write(root_file, root.self_signed(&root_key).unwrap().pem()).unwrap();
    let name = if certificate == Certificate::OtherName { "till.example.org" } else { "127.0.0.1" };
    let mut server = CertificateParams::new(vec![name.to_owned()]).unwrap();
    match certificate {
        Certificate::Good | Certificate::OtherName => {}
        Certificate::Expired => {
            (server.not_before, server.not_after) = (date_time_ymd(2020, 1, 1), date_time_ymd(2021, 1, 1));
        }
        Certificate::NotYetValid => {
            (server.not_before, server.not_after) = (date_time_ymd(2090, 1, 1), date_time_ymd(2091, 1, 1));
        }
    }
    let key = KeyPair::generate().unwrap();
    let signed = server.signed_by(&key, &Issuer::from_params(&root, &root_key)).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.der().clone()], key)
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
