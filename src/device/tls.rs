//! TLS before the front door: keys from files that are read again when they change, and devices' own certificates.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, SystemTime};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// From the connection to the end of the handshake.
const HANDSHAKE_WITHIN: Duration = Duration::from_secs(10);
/// The files are looked at so often.
const LOOK: Duration = Duration::from_secs(30);

/// Where devices are taken in over TLS, and with which keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mqtts {
    /// Address and port of the device door over TLS; 8883 is usual.
    pub address: SocketAddr,
    /// PEM file with the server's certificate and those that vouch for it.
    pub certificate: PathBuf,
    /// PEM file with its private key.
    pub key: PathBuf,
    /// PEM file with who signs devices' certificates; without it every device needs its secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device_ca: Option<PathBuf>,
}

impl Mqtts {
    fn files(&self) -> impl Iterator<Item = &Path> {
        let both = [self.certificate.as_path(), self.key.as_path()];
        both.into_iter().chain(self.device_ca.as_deref())
    }

    /// The keys in the files; a sentence that names the one that cannot be used.
    fn read(&self) -> Result<ServerConfig, String> {
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_file(&self.key).map_err(|e| names(&self.key, e))?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let builder = ServerConfig::builder_with_provider(provider.clone())
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?;
        let builder = match &self.device_ca {
            None => builder.with_no_client_auth(),
            Some(file) => {
                let mut roots = RootCertStore::empty();
                for certificate in certificates(file)? {
                    roots.add(certificate).map_err(|error| names(file, error))?;
                }
                let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider)
                    .allow_unauthenticated()
                    .build();
                builder.with_client_cert_verifier(verifier.map_err(|error| names(file, error))?)
            }
        };
        builder.with_single_cert(chain, key).map_err(|error| {
            let (certificate, key) = (self.certificate.display(), self.key.display());
            format!("{certificate} and {key}: {error}")
        })
    }

    /// When each file was last changed; none for one that cannot be looked at.
    fn changed(&self) -> Vec<Option<SystemTime>> {
        self.files()
            .map(|file| fs::metadata(file).and_then(|about| about.modified()).ok())
            .collect()
    }
}

fn names(file: &Path, why: impl std::fmt::Display) -> String {
    format!("{}: {why}", file.display())
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let read = CertificateDer::pem_file_iter(file).map_err(|error| names(file, error))?;
    let all: Vec<_> = read.collect::<Result<_, _>>().map_err(|error| names(file, error))?;
    if all.is_empty() {
        return Err(names(file, "there is no certificate in it"));
    }
    Ok(all)
}

/// The keys as they are in use. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Keys {
    files: Mqtts,
    inner: Arc<RwLock<Arc<ServerConfig>>>,
}

impl Keys {
    /// Refuses files that cannot be used, in a sentence that names them.
    pub fn read(files: &Mqtts) -> Result<Self, String> {
        let now = Arc::new(files.read()?);
        Ok(Self { files: files.clone(), inner: Arc::new(RwLock::new(now)) })
    }

    /// Takes changed files into use for as long as the server runs; those that cannot be used leave the old in place.
    pub async fn watch(self) {
        let mut seen = self.files.changed();
        loop {
            tokio::time::sleep(LOOK).await;
            let changed = self.files.changed();
            if changed != seen {
                self.read_again();
                seen = changed;
            }
        }
    }

    /// Reads the files again.
    pub fn read_again(&self) {
        match self.files.read() {
            Ok(keys) => {
                *self.inner.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(keys);
                tracing::info!("the device door's certificate was read again");
            }
            Err(why) => {
                tracing::error!(
                    why,
                    "the device door's new certificate cannot be used; the old one stays"
                );
            }
        }
    }

    /// Shakes hands.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let keys = self.inner.read().unwrap_or_else(PoisonError::into_inner).clone();
        let shaken = timeout(HANDSHAKE_WITHIN, TlsAcceptor::from(keys).accept(stream)).await;
        shaken.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}

/// The certificate with which a device came; it was signed by who may.
pub(super) fn own_certificate(stream: &TlsStream<TcpStream>) -> Option<CertificateDer<'static>> {
    let certificates = stream.get_ref().1.peer_certificates();
    certificates.and_then(|all| all.first()).map(|own| own.clone().into_owned())
}

/// Whether a certificate is that of the device with this name.
pub(super) fn is_of(certificate: &CertificateDer<'_>, name: &str) -> bool {
    let Ok(name) = ServerName::try_from(name) else { return false };
    webpki::EndEntityCert::try_from(certificate)
        .is_ok_and(|own| own.verify_is_valid_for_subject_name(&name).is_ok())
}
