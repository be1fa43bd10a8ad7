//! Whom we trust: the system's verifier with its own roots, and those a technician adds. Ring is the only crypto provider.

use super::WireError;
use rustls::ClientConfig;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls_platform_verifier::Verifier;
use std::path::Path;
use std::sync::Arc;

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
    let found = CertificateDer::pem_file_iter(path).map_err(|error| unreadable(error.to_string()))?;
    let found = found.collect::<Result<Vec<_>, _>>().map_err(|error| unreadable(error.to_string()))?;
    if found.is_empty() { Err(unreadable("no certificate in it".to_owned())) } else { Ok(found) }
}
