//! Whom outgoing connections trust: what the system trusts, so that an operator's own
//! authority counts; on a bare machine without any, what browsers trust.

use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, RootCertStore};

/// Says which of the providers of cryptography is used.
pub fn install() {
    // lettre brings the same provider; installed once, and a second time changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
}

/// Builds a client from `settings`, which are asked for again if the system trusts nobody.
pub fn client(settings: impl Fn() -> ClientBuilder) -> Result<Client, reqwest::Error> {
    install();
    let bundled = || {
        let mut roots = RootCertStore::empty();
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        settings().tls_backend_preconfigured(config).build()
    };
    settings().build().or_else(|_| bundled())
}
