//! Enrolling a device: its name and secret, a new secret later, and the one-time code by which somebody at the device
//! fetches one. Secrets are shown once; only their hashes are kept.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::config::PublicDoor;
use crate::ids::{AreaId, UnitId};
use crate::secret;
use crate::store::{Device, DeviceKind, PayloadKey};
use crate::wording::Lang;

/// Random letters that end a device's name: names are never used twice, and thousands of them are made.
const NAME_LETTERS: usize = 8;
/// Letters of a secret, of 31: more than 158 bits.
const SECRET_LETTERS: usize = 32;
/// Letters of a one-time code, of 31: short enough to be said on the telephone. Guessing is limited, see `GUESSES_MAX`.
const CODE_LETTERS: usize = 8;
/// A one-time code is good for so long.
pub const CODE_GOOD_MS: i64 = 24 * 60 * 60 * 1000;
/// A secret that was replaced goes on working for so long, unless the new one is used before: long enough for a phone
/// that lies in a drawer over the feast days.
pub const OLD_SECRET_GOOD_MS: i64 = 7 * 24 * 60 * 60 * 1000;
/// One-time codes that the whole server tries at once after a pause, and each second.
pub const GUESSES_MAX: u32 = 20;
pub const GUESSES_PER_SECOND: u32 = 1;
/// Characters of the name that a Traccar server gives a tracker.
const UNIQUE_ID_CHARS_MAX: usize = 64;
/// Digits of a telephone number (E.164).
const NUMBER_DIGITS: std::ops::RangeInclusive<usize> = 8..=15;

/// What shall be enrolled.
#[derive(Clone, Debug)]
pub struct Wish {
    pub unit: UnitId,
    pub kind: DeviceKind,
    /// The device encrypts its payloads; OwnTracks only.
    pub encrypted: bool,
    /// What its gateway calls it; a device behind a gateway only, and then needed.
    pub address: Option<String>,
}

/// Why a wish cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    CannotEncrypt,
    AddressMissing,
    AddressUnwanted,
    NoNumber,
    NoUniqueId,
}

impl Unfit {
    /// The sentence for a person.
    #[must_use]
    pub fn sentence(self, lang: Lang) -> String {
        match self {
            Self::CannotEncrypt => lang.pick(
                "Hanya OwnTracks dapat mengenkripsi isinya.",
                "Only OwnTracks can encrypt its payloads.",
            ),
            Self::AddressMissing => lang.pick(
                "Perangkat di balik gerbang membutuhkan alamat: nomor telepon, atau uniqueId di Traccar.",
                "A device behind a gateway needs its address: the telephone number, or its uniqueId in Traccar.",
            ),
            Self::AddressUnwanted => lang.pick(
                "Hanya perangkat di balik gerbang (sms, forwarded) memiliki alamat.",
                "Only a device behind a gateway (sms, forwarded) has an address.",
            ),
            Self::NoNumber => lang.pick(
                "Tulis nomor telepon lengkap, misalnya 081234567890 atau +6281234567890.",
                "Write the whole telephone number, for example 081234567890 or +6281234567890.",
            ),
            Self::NoUniqueId => lang.pick(
                "uniqueId terdiri dari 1 sampai 64 huruf, angka, '-', '_', '.' atau ':'.",
                "A uniqueId has 1 to 64 letters, digits, '-', '_', '.' or ':'.",
            ),
        }
    }
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence(Lang::En))
    }
}

impl std::error::Error for Unfit {}

impl Wish {
    /// The device and its secret.
    pub fn grant(self, area: AreaId, now: Timestamp) -> Result<(Device, String), Unfit> {
        let address = address_of(self.kind, self.address.as_deref())?;
        if self.encrypted && self.kind != DeviceKind::Owntracks {
            return Err(Unfit::CannotEncrypt);
        }
        let (device, secret) = enrol(area, self.unit, self.kind, now);
        let payload_key = self.encrypted.then(new_key);
        Ok((Device { payload_key, address, ..device }, secret))
    }
}

fn address_of(kind: DeviceKind, address: Option<&str>) -> Result<Option<String>, Unfit> {
    match (kind, address) {
        (DeviceKind::Sms, Some(text)) => number(text).map(Some).ok_or(Unfit::NoNumber),
        (DeviceKind::Forwarded, Some(text)) => unique_id(text).map(Some).ok_or(Unfit::NoUniqueId),
        (DeviceKind::Sms | DeviceKind::Forwarded, None) => Err(Unfit::AddressMissing),
        (DeviceKind::Native | DeviceKind::Owntracks | DeviceKind::Traccar, Some(_)) => {
            Err(Unfit::AddressUnwanted)
        }
        (DeviceKind::Native | DeviceKind::Owntracks | DeviceKind::Traccar, None) => Ok(None),
    }
}

/// A telephone number as `+` and digits. One that begins with 0 is Indonesian.
#[must_use]
pub fn number(text: &str) -> Option<String> {
    let text = text.trim();
    let is_spacing = |c: char| matches!(c, ' ' | '-' | '.' | '(' | ')');
    let plain: String = text.chars().filter(|c| !is_spacing(*c)).collect();
    let digits = match (plain.strip_prefix('+'), plain.strip_prefix('0')) {
        (Some(rest), _) => rest.to_owned(),
        (None, Some(rest)) => format!("62{rest}"),
        (None, None) => plain,
    };
    let is_number = NUMBER_DIGITS.contains(&digits.len())
        && digits.bytes().all(|c| c.is_ascii_digit())
        && !digits.starts_with('0');
    is_number.then(|| format!("+{digits}"))
}

fn unique_id(text: &str) -> Option<String> {
    let good = |c: u8| c.is_ascii_alphanumeric() || b"-_.:".contains(&c);
    let fits = (1..=UNIQUE_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(good);
    fits.then(|| text.to_owned())
}

/// A device to be enrolled and its secret.
#[must_use]
pub fn enrol(area: AreaId, unit: UnitId, kind: DeviceKind, now: Timestamp) -> (Device, String) {
    let made = new_secret();
    let name = format!(
        "{}-{}",
        unit.as_str().to_ascii_lowercase().replace('.', "-"),
        secret::random_text(NAME_LETTERS)
    );
    let device = Device {
        name,
        number: 0,
        area,
        unit,
        kind,
        secret_hash: secret::token_hash(&made),
        old_secret: None,
        payload_key: None,
        address: None,
        enrolled_at: now,
        revoked_at: None,
    };
    (device, made)
}

/// A secret for a device.
#[must_use]
pub fn new_secret() -> String {
    secret::random_text(SECRET_LETTERS)
}

fn new_key() -> PayloadKey {
    let text = secret::random_text(SECRET_LETTERS);
    let mut key = [0; SECRET_LETTERS];
    key.copy_from_slice(text.as_bytes());
    PayloadKey(key)
}

/// A new one-time code as it is said, `7KQ2-M9XF`.
#[must_use]
pub fn new_code() -> String {
    let letters = secret::random_text(CODE_LETTERS).to_ascii_uppercase();
    let (first, second) = letters.split_at(CODE_LETTERS / 2);
    format!("{first}-{second}")
}

/// The hash of a code as somebody typed it, with or without the hyphen, in any case; none when it cannot be one.
#[must_use]
pub fn code_hash(typed: &str) -> Option<Hash> {
    let letters: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    (letters.len() == CODE_LETTERS).then(|| secret::token_hash(&letters.to_ascii_lowercase()))
}

/// Where a device publishes: a topic, or the path of a request.
#[must_use]
pub fn topic(device: &Device, secret: &str) -> String {
    match device.kind {
        DeviceKind::Native => format!("siaga/v1/{}/fix", device.name),
        DeviceKind::Owntracks => format!("owntracks/{}/phone", device.name),
        DeviceKind::Traccar => format!("/osmand/{secret}"),
        DeviceKind::Forwarded => "/traccar/…".to_owned(),
        DeviceKind::Sms => "/sms/…".to_owned(),
    }
}

/// What the QR code says: for OwnTracks and Traccar Client their own configuration links, for firmware of ours address
/// and credentials in one line. None for what a gateway speaks for.
#[must_use]
pub fn link(device: &Device, secret: &str, door: &PublicDoor) -> Option<String> {
    let PublicDoor { host, port, tls, web } = door;
    match device.kind {
        DeviceKind::Owntracks => {
            let mut configuration = serde_json::json!({
                "_type": "configuration", "mode": 0, "host": host,
                "port": port, "auth": true, "tls": tls,
                "username": device.name, "password": secret, "deviceId": "phone",
                "clientId": device.name, "tid": "am", "monitoring": 2, "locatorInterval": 10, "keepalive": 30,
                "pubQos": 1, "pubRetain": false, "cmd": false, "mqttProtocolLevel": 4,
            });
            if let Some(key) = key_text(device) {
                configuration["encryptionKey"] = key.into();
            }
            let inline = BASE64.encode(configuration.to_string());
            Some(format!("owntracks:///config?inline={inline}"))
        }
        // Its defaults, a position in five minutes and 75 m, are too coarse.
        DeviceKind::Traccar => Some(format!(
            "{web}/osmand/{secret}?id={}&accuracy=highest&buffer=true&wakelock=true",
            device.name
        )),
        DeviceKind::Native => {
            let scheme = if *tls { "siagas" } else { "siaga" };
            Some(format!("{scheme}://{}:{secret}@{host}:{port}", device.name))
        }
        DeviceKind::Forwarded | DeviceKind::Sms => None,
    }
}

/// The key that the device encrypts with, as it is typed into the app.
#[must_use]
pub fn key_text(device: &Device) -> Option<String> {
    device.payload_key.as_ref().map(|key| String::from_utf8_lossy(&key.0).into_owned())
}

/// Whether a gateway speaks for devices of that kind: such a device has no secret of its own.
#[must_use]
pub const fn is_behind_gateway(kind: DeviceKind) -> bool {
    matches!(kind, DeviceKind::Forwarded | DeviceKind::Sms)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_telephone_number_is_one_number_however_it_is_written() {
        for text in ["081234567890", "+62 812-3456-7890", "6281234567890", " (0812) 3456.7890 "] {
            assert_eq!(number(text).as_deref(), Some("+6281234567890"), "{text}");
        }
        for text in ["", "118", "+0812345678", "0812345678x", "0812345678901234", "++62812345678"] {
            assert_eq!(number(text), None, "{text}");
        }
    }

    #[test]
    fn a_code_is_the_same_code_however_it_is_typed() {
        let code = new_code();
        assert_eq!(code.len(), CODE_LETTERS + 1, "{code}");
        let typed = [code.clone(), code.to_lowercase(), code.replace('-', ""), format!(" {code} ")];
        assert!(typed.iter().all(|text| code_hash(text) == code_hash(&code)));
        assert_eq!(code_hash(&code[1..]), None);
        assert_eq!(code_hash(""), None);
    }
}
