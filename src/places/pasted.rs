//! What people paste instead of a name: coordinates, links of maps, pins of WhatsApp, Plus Codes, what a phone tells an
//! emergency number (AML).

use std::f64::consts::FRAC_1_SQRT_2;

use super::plus_code::{self, Code, Wrong};
use crate::gazetteer::METRES_PER_DEGREE;
use crate::gazetteer::coordinates::{self, Reading};
use crate::place::{Bounds, Position};

/// Characters that are looked at; the longest links of maps have some hundreds.
pub const CHARS_MAX: usize = 2_000;
/// Links within links that are followed.
const LINKS_DEEP_MAX: u8 = 3;
/// Around a pin.
const PIN_M: u32 = 100;
/// Around the middle of a map that somebody looked at: the place is somewhere on the screen.
const SCREEN_M: u32 = 500;
/// A phone that does not say how well it knows where it is.
const PHONE_M: u32 = 500;
const UNCERTAINTY_M: std::ops::RangeInclusive<f64> = 20.0..=50_000.0;

/// What a text is.
#[derive(Clone, Debug, PartialEq)]
pub enum Pasted {
    /// Words about a place.
    Words(String),
    At {
        position: Position,
        uncertainty_m: u32,
        by: By,
    },
    /// A Plus Code, and the words beside it.
    Code(Code, String),
    /// It carries no place, and why; and the words beside it.
    Nowhere(Nowhere, String),
}

/// Who says where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    Person,
    /// The caller's phone.
    Phone,
}

/// Why something that was pasted is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nowhere {
    /// A link that has to be opened before it says where.
    ShortLink,
    /// A link without coordinates.
    Link,
    /// Numbers that are not certainly one place.
    Numbers,
    Abroad,
    Code(Wrong),
}

/// Reads a text; places outside `country` are refused.
#[must_use]
pub fn read(text: &str, country: Bounds) -> Pasted {
    let text: String = text.chars().take(CHARS_MAX).collect();
    let checked = |place: Option<(Position, u32)>, by: By, rest: &str| match place {
        Some((position, uncertainty_m)) if country.contains(position) => {
            Pasted::At { position, uncertainty_m, by }
        }
        Some(_) => Pasted::Nowhere(Nowhere::Abroad, rest.to_owned()),
        None => Pasted::Nowhere(Nowhere::Numbers, rest.to_owned()),
    };
    if let Some(place) = phone_message(&text) {
        return checked(place, By::Phone, "");
    }
    let links: Vec<&str> = text.split_whitespace().filter(|word| is_link(word)).collect();
    if !links.is_empty() {
        let rest = links.iter().fold(text.clone(), |rest, link| rest.replacen(link, " ", 1));
        let mut said = None;
        for link in &links {
            match link_says(link, LINKS_DEEP_MAX) {
                Some(Says::At(position, m)) => {
                    return checked(Some((position, m)), By::Person, &rest);
                }
                Some(Says::Words(words)) => said = said.or(Some(words)),
                None => {}
            }
        }
        return match said {
            Some(words) => without_link(&words, country),
            None if links.iter().any(|link| is_short(link)) => {
                Pasted::Nowhere(Nowhere::ShortLink, rest)
            }
            None => Pasted::Nowhere(Nowhere::Link, rest),
        };
    }
    without_link(&text, country)
}

fn without_link(text: &str, country: Bounds) -> Pasted {
    match plus_code::find(text) {
        Some((Ok(code), rest)) => return Pasted::Code(code, rest),
        Some((Err(wrong), rest)) => return Pasted::Nowhere(Nowhere::Code(wrong), rest),
        None => {}
    }
    match coordinates::read(text, country) {
        Reading::At { position, uncertainty_m } => {
            Pasted::At { position, uncertainty_m, by: By::Person }
        }
        Reading::Refused => Pasted::Nowhere(Nowhere::Numbers, String::new()),
        Reading::Other => match pair_within(text) {
            Some((position, uncertainty_m)) if country.contains(position) => {
                Pasted::At { position, uncertainty_m, by: By::Person }
            }
            _ => Pasted::Words(text.to_owned()),
        },
    }
}

/// The message that a phone sends by itself after an emergency call (ETSI TS 103 625): `A"ML=1;lt=…;lg=…;rd=…`.
/// None when it is another text, `Some(None)` when it says no place.
fn phone_message(text: &str) -> Option<Option<(Position, u32)>> {
    let (_, body) = text.split_once("ML=").filter(|(before, _)| {
        before.trim_end_matches(['"', '”', '“']).ends_with(['A', 'a']) && before.len() > 1
    })?;
    let value = |key: &str| {
        let fields = body.split(';').filter_map(|field| field.trim().split_once('='));
        fields.filter(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value).next()
    };
    let pin = value("lt").zip(value("lg")).and_then(|(lat, lon)| pin(lat, lon));
    let radius = value("rd").and_then(decimal).filter(|metres| *metres > 0.0);
    Some(pin.map(|(position, _)| (position, radius.map_or(PHONE_M, metres))))
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "within the range"
)]
fn metres(metres: f64) -> u32 {
    metres.clamp(*UNCERTAINTY_M.start(), *UNCERTAINTY_M.end()).round() as u32
}

/// What a link says.
enum Says {
    At(Position, u32),
    Words(String),
}

const HOSTS: [&str; 4] = ["maps.app.goo.gl/", "goo.gl/", "google.com/maps", "maps.google."];

fn is_link(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    ["http://", "https://", "geo:"].iter().any(|scheme| word.starts_with(scheme))
        || HOSTS.iter().any(|host| word.strip_prefix("www.").unwrap_or(&word).starts_with(host))
}

/// Whether its host only stands for another link.
fn is_short(link: &str) -> bool {
    let link = link.to_ascii_lowercase();
    let host = link.split_once("://").map_or(&*link, |(_, rest)| rest);
    let host = host.strip_prefix("www.").unwrap_or(host);
    let short = ["maps.app.goo.gl", "goo.gl", "g.co", "bit.ly", "s.id", "t.co", "tinyurl.com"];
    let other = ["share.google", "maps.apple/p", "waze.com/ul/h", "wa.me", "l.wl.co"];
    short.iter().chain(&other).any(|short| host.starts_with(short))
}

/// Values of a link that hold a place, the likelier first; and those that hold another link.
const PLACES: [&str; 12] = [
    "query",
    "q",
    "destination",
    "daddr",
    "ll",
    "coordinate",
    "latlng",
    "cbll",
    "viewpoint",
    "to",
    "center",
    "sll",
];
const NESTED: [&str; 5] = ["q", "url", "u", "link", "continue"];

fn link_says(link: &str, deep: u8) -> Option<Says> {
    if let Some(place) = link.get(..4).filter(|s| s.eq_ignore_ascii_case("geo:")) {
        return geo_says(link.get(place.len()..)?);
    }
    let (path, query) = link.split_once('?').unwrap_or((link, ""));
    let (query, fragment) = query.split_once('#').unwrap_or((query, ""));
    let values: Vec<(String, String)> = query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (key.to_ascii_lowercase(), decoded(value)))
        .collect();
    let value = |key: &str| values.iter().find(|(known, _)| known == key).map(|(_, v)| v.as_str());
    let nested = NESTED.iter().filter_map(|key| value(key)).find(|value| is_link(value));
    if let Some(nested) = nested.filter(|_| deep > 0) {
        return link_says(nested, deep - 1);
    }
    let marker = value("mlat").zip(value("mlon")).and_then(|(lat, lon)| pin(lat, lon));
    let said = || PLACES.iter().filter_map(|key| value(key)).find_map(pair);
    let of_query = marked(link, "!3d", "!4d").or(marker).or_else(said);
    if let Some((position, reach_m)) = of_query {
        return Some(Says::At(position, reach_m));
    }
    let parts: Vec<String> = path.split('/').skip(3).map(decoded).collect();
    let of_parts = parts.iter().find_map(|part| match coordinates::read(part, EARTH) {
        Reading::At { position, uncertainty_m } => Some((position, uncertainty_m)),
        Reading::Other | Reading::Refused => None,
    });
    let lon_first = || marked(link, "!2d", "!1d").or_else(|| marked(link, "!3d", "!2d"));
    if let Some((position, reach_m)) = of_parts.or_else(lon_first) {
        return Some(Says::At(position, reach_m));
    }
    let screen = parts.iter().find_map(|part| pair(part.strip_prefix('@')?));
    if let Some((position, reach_m)) = screen.or_else(|| map_fragment(fragment, path)) {
        return Some(Says::At(position, reach_m.max(SCREEN_M)));
    }
    let named = parts.iter().skip_while(|part| !matches!(&***part, "place" | "search")).nth(1);
    let words = value("query").or_else(|| value("q")).or(named.map(String::as_str));
    words.filter(|words| !words.trim().is_empty()).map(|words| Says::Words(words.to_owned()))
}

/// All of it; which part is ours is asked later.
const EARTH: Bounds = Bounds { south: -90.0, west: -180.0, north: 90.0, east: 180.0 };

/// `geo:-8.25,113.85;u=35?q=…` (RFC 5870, and what Android makes of it).
fn geo_says(rest: &str) -> Option<Says> {
    let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut parts = place.split(';');
    let here = parts.next().and_then(pair);
    let radius = parts.find_map(|part| part.strip_prefix("u=")).and_then(decimal);
    let asked = query.split('&').find_map(|value| value.strip_prefix("q=")).map(decoded);
    if let Some((position, reach_m)) = asked.as_deref().and_then(pair).or(here) {
        return Some(Says::At(position, radius.map_or(reach_m, metres)));
    }
    asked.filter(|words| !words.trim().is_empty()).map(Says::Words)
}

/// Latitude and longitude after two marks, such as `!3d-8.1!4d113.7`; the last ones are those of the pin.
fn marked(link: &str, of_lat: &str, of_lon: &str) -> Option<Pin> {
    let number = |mark: &str| {
        let (_, after) = link.rsplit_once(mark)?;
        after.split(['!', '?', '&', '#', '/']).next()
    };
    pin(number(of_lat)?, number(of_lon)?)
}

/// `#map=17/-8.17/113.7`.
fn map_fragment(fragment: &str, path: &str) -> Option<Pin> {
    let fragment = if fragment.is_empty() { path.split_once('#')?.1 } else { fragment };
    let mut parts = fragment.strip_prefix("map=")?.split(['/', '&']).skip(1);
    pin(parts.next()?, parts.next()?)
}

/// `-8.25,113.85` at the beginning of a text, latitude first.
fn pair(text: &str) -> Option<Pin> {
    let text = text.trim().trim_start_matches("loc:").trim_start_matches("ll.").trim_start();
    let mut numbers = text.split([',', ';', ' ', '(']).filter(|part| !part.is_empty());
    pin(numbers.next()?, numbers.next()?)
}

/// Words that only say which number is which.
const NUMBERED: [&str; 8] =
    ["lat", "latitude", "lintang", "lon", "lng", "long", "longitude", "bujur"];

/// Two neighbouring numbers with at least three decimals each, somewhere in a text.
fn pair_within(text: &str) -> Option<Pin> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')' | ':' | '=');
    let is_said = |word: &&str| {
        !word.is_empty() && !NUMBERED.iter().any(|known| word.eq_ignore_ascii_case(known))
    };
    let words: Vec<&str> = text.split(is_between).filter(is_said).collect();
    let exact = |word: &str| decimals(word) >= 3;
    let mut pairs = words.windows(2).filter(|two| exact(two[0]) && exact(two[1]));
    pairs.find_map(|two| pin(two[0], two[1]))
}

/// A position, and metres around it: half of the last digit given, and never less than a pin.
type Pin = (Position, u32);

/// None of whole degrees, which say nothing, nor of the place off Africa where nobody is.
fn pin(lat: &str, lon: &str) -> Option<Pin> {
    let position = Position::new(decimal(lat)?, decimal(lon)?).ok()?;
    let given = i32::try_from(decimals(lat).min(decimals(lon))).ok()?;
    let digit_m = METRES_PER_DEGREE * 10_f64.powi(-given);
    let is_said = given > 0 && !position.is_null_island();
    is_said.then(|| (position, metres(digit_m * FRAC_1_SQRT_2).max(PIN_M)))
}

fn decimals(number: &str) -> usize {
    number.trim().split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

/// A plain decimal number: no exponent, no word such as `NaN`.
fn decimal(text: &str) -> Option<f64> {
    const DIGITS_MAX: usize = 24;
    let plain = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+');
    let text = text.trim();
    (text.len() <= DIGITS_MAX && text.bytes().all(plain)).then(|| text.parse().ok()).flatten()
}

/// A part of a link as it reads: `%2C` is a comma, `+` a space.
fn decoded(part: &str) -> String {
    let bytes = part.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = part.get(at + 1..at + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(meant)) => {
                plain.push(meant);
                at += 2;
            }
            (b'+', _) => plain.push(b' '),
            _ => plain.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}
