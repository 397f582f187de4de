//! Where a database URL leads, and how much TLS proves on the way: `sslmode` as libpq means it.
//!
//! | `sslmode` | encrypted | certificate | name in it |
//! | --- | --- | --- | --- |
//! | `disable` | no | | |
//! | `allow`, `prefer` (default) | if the server can | not checked | |
//! | `require` | yes | checked only with `sslrootcert` | |
//! | `verify-ca` | yes | checked | |
//! | `verify-full` | yes | checked | checked |
//!
//! Certificates are checked against the file that `sslrootcert` names, or against the system's. The
//! driver knows the first four modes only, so the rest is taken out of the URL here.

use super::error::Fault;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

/// What is wrong with a database URL. Never quotes it: it holds a password.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// The driver does not understand it.
    #[error("the database URL is not valid: {0}")]
    Invalid(String),
    /// Not the address of a server.
    #[error("the database URL must begin with postgres:// and name a host")]
    Form,
    /// Several servers, and nothing that says which of them is the one.
    #[error("several hosts in the database URL need target_session_attrs=read-write behind them")]
    Hosts,
    /// No such mode.
    #[error("sslmode must be disable, allow, prefer, require, verify-ca or verify-full")]
    Mode,
    /// A parameter that is not percent-encoded as it should be.
    #[error("sslmode or sslrootcert in the database URL is not percent-encoded UTF-8")]
    Encoding,
}

impl From<UrlError> for Fault {
    fn from(error: UrlError) -> Fault {
        Fault::Corrupt(error.to_string())
    }
}

/// What a server's certificate must prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Proof {
    Nothing,
    Authority,
    AuthorityAndName,
}

/// A database URL, read.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) config: Config,
    proof: Proof,
    roots: Option<PathBuf>,
}

/// Whether a database URL can be used.
pub fn check_url(url: &str) -> Result<(), UrlError> {
    let config = Address::parse(url)?.config;
    if !["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme)) {
        return Err(UrlError::Form);
    }
    match (config.get_hosts().len(), config.get_target_session_attrs()) {
        (0, _) => Err(UrlError::Form),
        // A standby answers as well, and refuses what is written.
        (2.., attributes) if attributes != TargetSessionAttrs::ReadWrite => Err(UrlError::Hosts),
        _ => Ok(()),
    }
}

impl Address {
    pub(crate) fn parse(url: &str) -> Result<Address, UrlError> {
        let (mut mode, mut roots) = (None, None);
        let rest = match url.split_once('?') {
            None => url.to_owned(),
            Some((place, query)) => {
                let mut others = Vec::new();
                for parameter in query.split('&') {
                    match parameter.split_once('=') {
                        Some(("sslmode", value)) => mode = Some(decode(value)?),
                        Some(("sslrootcert", value)) => roots = Some(decode(value)?),
                        _ => others.push(parameter),
                    }
                }
                format!("{place}?{}", others.join("&"))
            }
        };
        let rest = rest.trim_end_matches('?');
        let mut config: Config =
            rest.parse().map_err(|e: tokio_postgres::Error| UrlError::Invalid(e.to_string()))?;
        let roots = roots.filter(|path| path != "system").map(PathBuf::from);
        let (mode, proof) = match mode.as_deref() {
            Some("disable") => (SslMode::Disable, Proof::Nothing),
            None | Some("allow" | "prefer") => (SslMode::Prefer, Proof::Nothing),
            // As libpq does it: who names an authority wants it asked.
            Some("require") if roots.is_some() => (SslMode::Require, Proof::Authority),
            Some("require") => (SslMode::Require, Proof::Nothing),
            Some("verify-ca") => (SslMode::Require, Proof::Authority),
            Some("verify-full") => (SslMode::Require, Proof::AuthorityAndName),
            Some(_) => return Err(UrlError::Mode),
        };
        // Between two processes of one machine there is nothing to encrypt.
        let is_local = config.get_hosts().iter().all(|host| !matches!(host, Host::Tcp(_)));
        config.ssl_mode(if is_local { SslMode::Disable } else { mode });
        Ok(Address { config, proof, roots })
    }

    /// What makes its connections secure. Reads the authorities' certificates.
    pub(crate) fn tls(&self) -> Result<MakeRustlsConnect, Fault> {
        let provider = Arc::new(ring::default_provider());
        let unusable = |e: &dyn std::fmt::Display| Fault::Corrupt(format!("TLS cannot be used: {e}"));
        let builder = ClientConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|e| unusable(&e))?;
        let verifier: Arc<dyn ServerCertVerifier> = match self.proof {
            Proof::Nothing => Arc::new(AnyCertificate(provider)),
            proof => {
                let roots = match &self.roots {
                    Some(path) => roots_of_file(path)?,
                    None => roots_of_system()?,
                };
                let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
                    .build()
                    .map_err(|e| unusable(&e))?;
                match proof {
                    Proof::Authority => Arc::new(AnyName(strict)),
                    _ => strict,
                }
            }
        };
        let mut config = builder.dangerous().with_custom_certificate_verifier(verifier).with_no_client_auth();
        // Asked for by servers from version 17 on where TLS begins at once
        // (`sslnegotiation=direct`).
        config.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(MakeRustlsConnect::new(config))
    }
}

/// Takes percent-encoding off a value.
fn decode(value: &str) -> Result<String, UrlError> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|b| char::from(b).to_digit(16)).ok_or(UrlError::Encoding);
        bytes.push((digit()? * 16 + digit()?) as u8);
    }
    String::from_utf8(bytes).map_err(|_| UrlError::Encoding)
}

fn roots_of_file(path: &Path) -> Result<RootCertStore, Fault> {
    let shown = path.display();
    let cannot = |e: &dyn std::fmt::Display| Fault::Corrupt(format!("sslrootcert {shown}: {e}"));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| cannot(&e))? {
        roots.add(certificate.map_err(|e| cannot(&e))?).map_err(|e| cannot(&e))?;
    }
    if roots.is_empty() {
        return Err(cannot(&"no certificate is in it"));
    }
    Ok(roots)
}

fn roots_of_system() -> Result<RootCertStore, Fault> {
    let mut roots = RootCertStore::empty();
    // Some of a system's certificates are always of kinds that nobody uses any more.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let text = "this system has no certificates of authorities; name a file with sslrootcert";
        return Err(Fault::Corrupt(text.into()));
    }
    Ok(roots)
}

/// Takes every certificate, as `require` does: encrypted, from whomever.
#[derive(Debug)]
pub(crate) struct AnyCertificate(pub(crate) Arc<CryptoProvider>);

impl ServerCertVerifier for AnyCertificate {
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
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Takes every name in a certificate that an authority vouches for, as `verify-ca` does.
#[derive(Debug)]
struct AnyName(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for AnyName {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        // The name is the last thing that is looked at: who fails there has passed everything else.
        match self.0.verify_server_cert(end_entity, intermediates, server_name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.0.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<(SslMode, Proof, Option<PathBuf>), UrlError> {
        let a = Address::parse(&format!("postgres://u:p%3F@host:1,other:2/db{query}"))?;
        assert_eq!(a.config.get_password(), Some(&b"p?"[..]));
        assert_eq!(a.config.get_hosts().len(), 2);
        Ok((a.config.get_ssl_mode(), a.proof, a.roots))
    }

    #[test]
    fn modes_are_as_libpq_means_them() {
        use Proof::{Authority, AuthorityAndName, Nothing};
        use SslMode::{Disable, Prefer, Require};
        let file = || Some(PathBuf::from("/a b/c.pem"));
        assert_eq!(read(""), Ok((Prefer, Nothing, None)));
        assert_eq!(read("?"), Ok((Prefer, Nothing, None)));
        assert_eq!(read("?sslmode=disable"), Ok((Disable, Nothing, None)));
        assert_eq!(read("?sslmode=prefer&application_name=x"), Ok((Prefer, Nothing, None)));
        assert_eq!(read("?sslmode=require"), Ok((Require, Nothing, None)));
        assert_eq!(read("?sslrootcert=%2Fa%20b/c.pem&sslmode=require"), Ok((Require, Authority, file())));
        assert_eq!(read("?connect_timeout=3&sslmode=verify-ca"), Ok((Require, Authority, None)));
        assert_eq!(read("?sslmode=verify-full&sslrootcert=system"), Ok((Require, AuthorityAndName, None)));
        assert_eq!(read("?sslmode=verify-fool"), Err(UrlError::Mode));
        assert_eq!(read("?sslmode=%zz"), Err(UrlError::Encoding));
        assert!(matches!(read("?no_such_thing=1"), Err(UrlError::Invalid(_))));
    }

    #[test]
    fn sockets_of_this_machine_are_plain() {
        let a = Address::parse("postgresql:///db?host=/run/x&sslmode=require").unwrap();
        assert_eq!(a.config.get_ssl_mode(), SslMode::Disable);
    }
}
