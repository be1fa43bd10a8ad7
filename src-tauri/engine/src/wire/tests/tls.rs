//! TLS on both wires, with a root certificate of the test's own.

use super::far_end::{answer, read_request};
use super::{PATIENCE, Till, get, purchase};
use crate::wire::{Far, LiveSettings, Wire, WireError};
use checkstand_core::message::{Reply, SocketNews};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use std::path::PathBuf;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

/// A file with a root certificate, removed at the end.
struct Root {
    path: PathBuf,
    acceptor: TlsAcceptor,
}

impl Root {
    /// A fresh root, and a server that it vouches for as 127.0.0.1.
    fn make(name: &str) -> Root {
        let root_key = KeyPair::generate().expect("a key");
        let mut root = CertificateParams::new(Vec::new()).expect("no names");
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let root_certificate = root.self_signed(&root_key).expect("a root");
        let key = KeyPair::generate().expect("a key");
        let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("an address");
        let certificate = server.signed_by(&key, &Issuer::from_params(&root, &root_key)).expect("a certificate");

        let path = std::env::temp_dir().join(format!("checkstand-root-{}-{name}.pem", std::process::id()));
        std::fs::write(&path, root_certificate.pem()).expect("a temporary file");
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .expect("versions")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .expect("they fit");
        Root { path, acceptor: TlsAcceptor::from(Arc::new(config)) }
    }

    fn trusted(&self) -> Far {
        Far::Live(LiveSettings { extra_root_ca: Some(self.path.clone()), recorder: None })
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        std::fs::remove_file(&self.path).expect("ours to remove");
    }
}

#[tokio::test]
async fn a_technicians_root_is_trusted_on_both_wires_and_only_by_him() {
    let root = Root::make("trusted");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let address = listener.local_addr().expect("bound");
    let acceptor = root.acceptor.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let Some(request) = read_request(&mut stream).await else { continue };
            if request.contains("/ws") {
                stream.write_all(&answer("403 Forbidden", "", "")).await.expect("open");
            } else {
                assert!(request.starts_with("POST /purchase HTTP/1.1"), "{request}");
                stream.write_all(&answer("200 OK", "", "{}")).await.expect("open");
            }
            // The till has what it came for.
            let _rest = stream.read(&mut [0]).await;
        }
    });
    let url = format!("https://{address}/purchase");

    let mut till = Till::at(root.trusted());
    assert!(matches!(till.call(purchase(&url)).await, Reply::Answer { status: 200, .. }));
    till.connect(1, &format!("wss://{address}/ws"));
    assert_eq!(till.news().await, (1, SocketNews::Refused { status: 403 }));

    let mut stranger = Till::live();
    assert_eq!(stranger.call(purchase(&url)).await, Reply::NotSent, "it shook hands with nobody, so nothing left");
    stranger.connect(1, &format!("wss://{address}/ws"));
    assert_eq!(stranger.news().await, (1, SocketNews::Closed));
}

#[tokio::test]
async fn a_tls_handshake_that_fails_is_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("https://{}/purchase", listener.local_addr().expect("bound"));
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            stream.write_all(b"220 smtp ready\r\n").await.expect("open");
        }
    });
    assert_eq!(Till::live().call(purchase(&url)).await, Reply::NotSent);
}

#[tokio::test]
async fn a_far_end_that_closes_after_the_handshake_and_the_request_is_lost() {
    let root = Root::make("closing");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let url = format!("https://{}/status", listener.local_addr().expect("bound"));
    let acceptor = root.acceptor.clone();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a connection");
        let mut stream = acceptor.accept(stream).await.expect("a handshake");
        read_request(&mut stream).await.expect("a request");
    });
    let reply = timeout(PATIENCE, Till::at(root.trusted()).call(get(&url))).await.expect("in time");
    assert_eq!(reply, Reply::Lost);
}

#[tokio::test]
async fn a_root_that_cannot_be_read_stops_the_wire() {
    let empty = std::env::temp_dir().join(format!("checkstand-root-{}-empty.pem", std::process::id()));
    std::fs::write(&empty, "no certificate").expect("a temporary file");
    for path in [empty.clone(), PathBuf::from("/nowhere/root.pem")] {
        let (tx, _heard) = tokio::sync::mpsc::unbounded_channel();
        let started = Wire::start(Far::Live(LiveSettings { extra_root_ca: Some(path), recorder: None }), tx);
        let error = started.expect_err("it cannot start");
        assert!(matches!(error, WireError::ExtraRootCa { .. }), "{error}");
        assert_eq!(error.code(), "root_ca_unreadable");
    }
    std::fs::remove_file(&empty).expect("ours to remove");
}
