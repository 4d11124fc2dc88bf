//! Whom we trust when we connect to somebody over TLS: a certificate that the settings name, or those of the machine.

use std::path::Path;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// TLS that believes a server which this PEM file vouches for (its own certificate, or that of who signed it), or
/// which this machine trusts when there is none. Refuses a file that cannot be used, in a sentence.
pub fn client(certificate: Option<&Path>) -> Result<ClientConfig, String> {
    of_roots(match certificate {
        Some(file) => named_roots(file)?,
        None => system_roots(),
    })
}

/// TLS that believes nobody.
pub fn nobody() -> Result<ClientConfig, String> {
    of_roots(RootCertStore::empty())
}

fn of_roots(roots: RootCertStore) -> Result<ClientConfig, String> {
    let provider = rustls::crypto::ring::default_provider();
    let builder = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn named_roots(file: &Path) -> Result<RootCertStore, String> {
    let name = file.display();
    let mut roots = RootCertStore::empty();
    let read = CertificateDer::pem_file_iter(file).map_err(|error| format!("{name}: {error}"))?;
    for certificate in read {
        let certificate = certificate.map_err(|error| format!("{name}: {error}"))?;
        roots.add(certificate).map_err(|error| format!("{name}: {error}"))?;
    }
    if roots.is_empty() {
        return Err(format!("{name}: there is no certificate in it"));
    }
    Ok(roots)
}

/// The certificates that this machine trusts. What cannot be read of them is left out.
fn system_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let found = rustls_native_certs::load_native_certs();
    for error in found.errors {
        tracing::warn!(%error, "some of the machine's certificates cannot be read");
    }
    roots.add_parsable_certificates(found.certs);
    roots
}
