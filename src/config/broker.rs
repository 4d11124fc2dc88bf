//! The settings of the way to an MQTT broker that is there already.

use std::fmt;
use std::path::PathBuf;

use rustls::ClientConfig;
use serde::{Deserialize, Serialize};

use crate::trust;

/// The way to an MQTT broker.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Broker {
    pub host: String,
    #[serde(default = "mqtt_port")]
    pub port: u16,
    /// The broker keeps what comes while we are away under this name; `siaga-AREA` when empty.
    #[serde(default)]
    pub client_id: String,
    /// Empty: the broker asks for none.
    #[serde(default)]
    pub user: String,
    #[serde(default)]
    pub password: String,
    /// Over TLS; the broker's port for it is usually 8883.
    #[serde(default)]
    pub tls: bool,
    /// PEM file with the broker's certificate or that of who signed it; the machine's own trust when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub certificate: Option<PathBuf>,
}

const fn mqtt_port() -> u16 {
    1883
}

/// Shows everything but the password.
impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, client_id, user, password: _, tls, certificate: _ } = self;
        write!(f, "Broker {{ {user}@{host}:{port}, client_id {client_id}, tls {tls} }}")
    }
}

impl Broker {
    /// The same with its client id; says in a sentence what cannot be.
    pub(super) fn checked(mut self, area: &str) -> Result<Self, String> {
        if self.host.is_empty() || self.host.contains([':', '/']) {
            return Err(format!("'broker.host' {:?} is not the name of a machine", self.host));
        }
        if self.port == 0 {
            return Err("'broker.port' must not be 0".to_owned());
        }
        self.trust().map_err(|why| format!("'broker.certificate': {why}"))?;
        if self.certificate.is_some() && !self.tls {
            return Err("'broker.certificate' is of use only with 'broker.tls = true'".to_owned());
        }
        if self.client_id.is_empty() {
            self.client_id = format!("siaga-{area}");
        }
        if self.client_id.starts_with(' ') {
            return Err("'broker.client_id' must not begin with a space".to_owned());
        }
        Ok(self)
    }

    /// Whom we believe to be the broker; none without TLS.
    pub fn trust(&self) -> Result<Option<ClientConfig>, String> {
        self.tls.then(|| trust::client(self.certificate.as_deref())).transpose()
    }
}
