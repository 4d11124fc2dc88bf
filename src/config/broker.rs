//! The settings of the way to an MQTT broker that is there already.

use std::fmt;

use serde::{Deserialize, Serialize};

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
    /// Not spoken yet: refused when true.
    #[serde(default)]
    pub tls: bool,
}

const fn mqtt_port() -> u16 {
    1883
}

/// Shows everything but the password.
impl fmt::Debug for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { host, port, client_id, user, password: _, tls } = self;
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
        if self.tls {
            return Err(
                "'broker.tls': TLS to a broker is not spoken yet; leave it out and reach the \
                broker on this machine, over a tunnel or in a network of your own"
                    .to_owned(),
            );
        }
        if self.client_id.is_empty() {
            self.client_id = format!("siaga-{area}");
        }
        if self.client_id.starts_with(' ') {
            return Err("'broker.client_id' must not begin with a space".to_owned());
        }
        Ok(self)
    }
}
