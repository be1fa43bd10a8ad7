//! Whom we trust: the system's verifier with its own roots, and those a technician adds. Ring is the only crypto provider.

use super::WireError;
use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// A file larger than this holds no root certificates that a technician chose.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Makes ring the process's crypto provider. Called first thing in `main`; once more does nothing.
pub fn install_crypto_provider() {
    if CryptoProvider::get_default().is_none() && ring::default_provider().install_default().is_err() {
        tracing::debug!("another thread installed the crypto provider first");
    }
}

/// How we speak TLS on both wires.
pub(super) fn client_config(extra_root_ca: Option<&Path>) -> Result<ClientConfig, WireError> {
    install_crypto_provider();
    let provider = Arc::new(ring::default_provider());
    let unusable = |error: rustls::Error| WireError::Tls(error.to_string());
    let verifier = match extra_root_ca {
        None => Verifier::new(Arc::clone(&provider)),
        Some(path) => Verifier::new_with_extra_roots(certificates(path)?, Arc::clone(&provider)),
    };
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(unusable)?
        .dangerous()
        // The platform's own verifier; `dangerous` is how rustls takes any but its built-in one.
        .with_custom_certificate_verifier(Arc::new(verifier.map_err(unusable)?))
        .with_no_client_auth();
    Ok(config)
}

/// Whether a file of root certificates can be used.
///
/// # Errors
/// [`WireError::ExtraRootCa`].
pub fn check_root_ca(path: &Path) -> Result<(), WireError> {
    client_config(Some(path)).map(drop)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, WireError> {
    let unreadable = |why: String| WireError::ExtraRootCa { path: path.to_owned(), why };
    let mut pem = Vec::new();
    let file = std::fs::File::open(path).map_err(|error| unreadable(error.to_string()))?;
    file.take(FILE_BYTES_MAX + 1).read_to_end(&mut pem).map_err(|error| unreadable(error.to_string()))?;
    if pem.len() as u64 > FILE_BYTES_MAX {
        return Err(unreadable("larger than root certificates are".to_owned()));
    }
    certificates_in(&pem).map_err(unreadable)
}

/// The certificates in the text of a PEM file.
///
/// # Errors
/// Why it cannot be read, or that there is none in it.
pub fn certificates_in(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    let found = found.map_err(|error| error.to_string())?;
    if found.is_empty() { Err("no certificate in it".to_owned()) } else { Ok(found) }
}
