//! The settings of gateways: who speaks for several devices, with which secret.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Fewest characters of a gateway's secret.
const SECRET_CHARS_MIN: usize = 32;
/// Most characters of a gateway's secret.
const SECRET_CHARS_MAX: usize = 128;

/// The secrets that stand in the addresses which gateways are given; empty: there is no such gateway.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Gateway {
    /// Of a Traccar server that forwards positions to `/traccar/SECRET`.
    pub traccar: String,
    /// Of a gateway that hands text messages on to `/sms/SECRET`.
    pub sms: String,
}

/// Shows which there are and no secret.
impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { traccar, sms } = self;
        write!(f, "Gateway {{ traccar: {}, sms: {} }}", !traccar.is_empty(), !sms.is_empty())
    }
}

impl Gateway {
    /// Says in a sentence which secret cannot be one.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { traccar, sms } = self;
        for (name, secret) in [("traccar", traccar), ("sms", sms)] {
            let good = |c: u8| c.is_ascii_alphanumeric() || b"-_.~".contains(&c);
            let fits = (SECRET_CHARS_MIN..=SECRET_CHARS_MAX).contains(&secret.len());
            let is_good = secret.is_empty() || fits && secret.bytes().all(good);
            if !is_good {
                return Err(format!(
                    "'gateway.{name}' stands in an address: set {SECRET_CHARS_MIN} to {SECRET_CHARS_MAX} \
                     letters, digits, '-', '_', '.' or '~'"
                ));
            }
        }
        if !traccar.is_empty() && traccar == sms {
            return Err("'gateway.traccar' and 'gateway.sms' must differ".to_owned());
        }
        Ok(())
    }

    /// The section as it stands in the file of `siaga init`.
    pub(super) const fn as_section() -> &'static str {
        "# Gateways that speak for several devices: docs/devices.md. A secret has at least 32 characters.\n\
         # [gateway]\n# traccar = \"\"   # a Traccar server forwards to https://YOUR-ADDRESS/traccar/SECRET\n\
         # sms = \"\"       # text messages are handed on to https://YOUR-ADDRESS/sms/SECRET\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_long_fits_into_an_address_and_is_not_shown() {
        let secret = "a-secret-of-the-gateway-000000001";
        let gateway =
            |traccar: &str, sms: &str| Gateway { traccar: traccar.to_owned(), sms: sms.to_owned() };
        assert_eq!(gateway("", secret).check(), Ok(()));
        assert!(!format!("{:?}", gateway("", secret)).contains(secret));
        let slashes = "a/secret/with/slashes/of/32/letters";
        for (wrong, named) in [
            (gateway("short", ""), "gateway.traccar"),
            (gateway("", slashes), "gateway.sms"),
            (gateway("", &"x".repeat(129)), "gateway.sms"),
            (gateway(secret, secret), "must differ"),
        ] {
            let refusal = wrong.check().expect_err(named);
            assert!(refusal.contains(named), "{refusal}");
        }
    }
}
