//! The way to PostgreSQL: where it is and how safe the way must be, as its URL says.
//!
//! `sslmode=disable` never encrypts, `prefer` (without a word about it) encrypts where
//! the server can, `require` insists, and `verify-full` also checks that the server is
//! who the URL names: against the public authorities, or those in `sslrootcert=FILE`.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

use crate::error::Error;

/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// How long what we sent may stay without an answer of the other machine's network; a
/// server that vanished without a word is noticed by then.
const UNANSWERED: Duration = Duration::from_secs(10);
/// An idle connection is tried this often; after three tries it is lost.
const KEEPALIVE: Duration = Duration::from_secs(10);

/// Where the server is, and what the way there needs.
#[derive(Clone)]
pub(crate) struct Way {
    pub(crate) config: tokio_postgres::Config,
    pub(crate) tls: Tls,
}

impl Way {
    /// Reads `postgres://user:password@host:port/name?sslmode=…&sslrootcert=…`.
    pub(crate) fn read(url: &str) -> Result<Self, Error> {
        let asked = Asked::take_from(url);
        let mut config: tokio_postgres::Config = asked.rest.parse().map_err(Error::from)?;
        config
            .application_name("segue")
            .connect_timeout(CONNECT_WITHIN)
            .tcp_user_timeout(UNANSWERED)
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(KEEPALIVE)
            .keepalives_retries(3);
        let checks = match asked.mode {
            None | Some("prefer" | "disable" | "require") => false,
            Some("verify-full") => true,
            Some(other) => {
                return Err(Error::Unavailable(format!(
                    "sslmode={other} is not one of disable, prefer, require, verify-full"
                )));
            }
        };
        config.ssl_mode(match asked.mode {
            Some("disable") => SslMode::Disable,
            Some("require" | "verify-full") => SslMode::Require,
            _ => SslMode::Prefer,
        });
        let tls = Tls::new(checks, asked.roots)?;
        Ok(Self { config, tls })
    }
}

/// What a URL asks for that the client does not know, and the rest of it.
struct Asked<'a> {
    mode: Option<&'a str>,
    roots: Option<&'a str>,
    rest: String,
}

impl<'a> Asked<'a> {
    fn take_from(url: &'a str) -> Self {
        let (before, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut mode, mut roots, mut rest) = (None, None, Vec::new());
        for part in query.split('&').filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some(("sslmode", value)) => mode = Some(value),
                Some(("sslrootcert", value)) => roots = Some(value),
                _ => rest.push(part),
            }
        }
        let mark = if rest.is_empty() { "" } else { "?" };
        let rest = format!("{before}{mark}{}", rest.join("&"));
        Self { mode, roots, rest }
    }
}

/// Makes connections safe.
#[derive(Clone)]
pub(crate) struct Tls(Arc<ClientConfig>);

impl Tls {
    fn new(checks: bool, roots: Option<&str>) -> Result<Self, Error> {
        let provider = Arc::new(ring::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        let builder = builder(provider)?;
        let config = if checks {
            builder.with_root_certificates(authorities(roots)?)
        } else {
            let verifier = Arc::new(AnyServer(algorithms));
            builder
                .dangerous()
                .with_custom_certificate_verifier(verifier)
        };
        Ok(Self(Arc::new(config.with_no_client_auth())))
    }
}

fn builder(
    provider: Arc<CryptoProvider>,
) -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, Error> {
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Unavailable(format!("could not set up TLS: {error}")))
}

fn authorities(file: Option<&str>) -> Result<RootCertStore, Error> {
    let mut known = RootCertStore::empty();
    let Some(file) = file else {
        known.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        return Ok(known);
    };
    let cannot =
        |error: String| Error::Unavailable(format!("could not read sslrootcert={file}: {error}"));
    let certificates =
        CertificateDer::pem_file_iter(file).map_err(|error| cannot(error.to_string()))?;
    for certificate in certificates {
        let certificate = certificate.map_err(|error| cannot(error.to_string()))?;
        known
            .add(certificate)
            .map_err(|error| cannot(error.to_string()))?;
    }
    if known.is_empty() {
        return Err(cannot("there is no certificate in it".into()));
    }
    Ok(known)
}

/// Takes any certificate, as `require` and `prefer` do everywhere: nobody can listen in
/// passing, but the server may be another. The handshake itself is still checked.
#[derive(Debug)]
struct AnyServer(WebPkiSupportedAlgorithms);

impl ServerCertVerifier for AnyServer {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

impl<S> MakeTlsConnect<S> for Tls
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = SafeStream<S>;
    type TlsConnect = Handshake;
    type Error = io::Error;

    fn make_tls_connect(&mut self, domain: &str) -> io::Result<Handshake> {
        // A socket file has no name; the client never asks for a handshake there.
        let name = ServerName::try_from(domain.to_string()).ok();
        Ok(Handshake {
            config: self.0.clone(),
            name,
        })
    }
}

/// A handshake that is about to be made.
pub(crate) struct Handshake {
    config: Arc<ClientConfig>,
    name: Option<ServerName<'static>>,
}

impl<S> TlsConnect<S> for Handshake
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = SafeStream<S>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<SafeStream<S>>> + Send>>;

    fn connect(self, stream: S) -> Self::Future {
        Box::pin(async move {
            let name = self.name.ok_or_else(|| {
                io::Error::other("the server's name cannot stand in a certificate")
            })?;
            let connector = tokio_rustls::TlsConnector::from(self.config);
            let stream = connector.connect(name, stream).await?;
            Ok(SafeStream(Box::new(stream)))
        })
    }
}

/// An encrypted connection.
pub(crate) struct SafeStream<S>(Box<tokio_rustls::client::TlsStream<S>>);

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for SafeStream<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for SafeStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(ctx, into)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for SafeStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        ctx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(ctx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(ctx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, ctx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(ctx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_how_safe_the_way_must_be() {
        let mode = |url| Way::read(url).map(|way| way.config.get_ssl_mode());
        let modes = [
            ("postgres://segue@db.example/segue", SslMode::Prefer),
            (
                "postgres://segue@db.example/segue?sslmode=disable",
                SslMode::Disable,
            ),
            (
                "postgres://segue@db.example/segue?sslmode=require",
                SslMode::Require,
            ),
            (
                "postgres://segue@db.example/segue?connect_timeout=3&sslmode=verify-full",
                SslMode::Require,
            ),
        ];
        for (url, expected) in modes {
            assert_eq!(mode(url).unwrap(), expected, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_kept_is_refused_in_words() {
        let refusals = [
            (
                "postgres://segue@db.example/segue?sslmode=verify-ca",
                "not one of disable, prefer, require, verify-full",
            ),
            (
                "postgres://segue@db.example/segue?sslmode=verify-full&sslrootcert=/none.pem",
                "could not read sslrootcert=/none.pem",
            ),
        ];
        for (url, words) in refusals {
            let said = Way::read(url).err().unwrap().to_string();
            assert!(said.contains(words), "{said}");
        }
    }
}
