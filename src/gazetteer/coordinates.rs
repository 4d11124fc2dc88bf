//! Coordinates as people write or read them out: `-8.25, 113.85`, `8.25 S 113.85 E`,
//! `8°15'0"LS 113°51'0"BT`.
//!
//! A decimal comma is never guessed at: `-8,25 113,85` has four numbers and is refused.

use std::f64::consts::SQRT_2;

use super::METRES_PER_DEGREE;
use crate::place::{Bounds, Position};

/// Nobody's coordinates are trusted further than this, however many decimals they have.
pub const UNCERTAINTY_M_MIN: f64 = 100.0;

/// What a text is, read as coordinates.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reading {
    /// Something else, such as a name.
    Other,
    /// Numbers like coordinates, but not certainly one place in Indonesia.
    Refused,
    /// The uncertainty is half of the last digit given, both ways, and at least 100 m.
    At { position: Position, uncertainty_m: u32 },
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Token {
    Number { value: f64, negative: bool, decimals: i32 },
    Degrees,
    Minutes,
    Seconds,
    Side(Side),
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Side {
    North,
    South,
    East,
    West,
}

/// One of the two numbers, as far as it has been read.
#[derive(Clone, Copy, Debug, Default)]
struct Angle {
    degrees: f64,
    negative: bool,
    /// Degrees, then minutes, then seconds.
    parts: u8,
    /// The last digit given, in degrees.
    resolution: f64,
    /// Written so that it cannot be half of a number with a decimal comma.
    is_marked: bool,
    side: Option<Side>,
}

/// Reads a text that is nothing but coordinates, of a place within these bounds.
pub fn read(text: &str, within: Bounds) -> Reading {
    let Some(tokens) = tokens(text) else { return Reading::Other };
    let numbers = tokens.iter().filter(|token| matches!(token, Token::Number { .. })).count();
    if numbers < 2 {
        return Reading::Other;
    }
    match angles(&tokens).as_deref() {
        Some([first, second]) => place(*first, *second, within).unwrap_or(Reading::Refused),
        _ => Reading::Refused,
    }
}

/// None when a word or sign is no part of coordinates.
fn tokens(text: &str) -> Option<Vec<Token>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim().trim_end_matches('.');
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '0'..='9' | '-' | '+' | '−' | '–' => number(rest)?,
            '°' | 'º' => (Some(Token::Degrees), first.len_utf8()),
            '\'' | '’' | '′' if rest.starts_with("''") => (Some(Token::Seconds), 2),
            '\'' | '’' | '′' => (Some(Token::Minutes), first.len_utf8()),
            '"' | '”' | '″' => (Some(Token::Seconds), first.len_utf8()),
            ',' | ';' | ':' | '=' | '(' | ')' => (None, 1),
            _ if first.is_whitespace() => (None, first.len_utf8()),
            _ if first.is_alphabetic() => side(rest)?,
            _ => return None,
        };
        tokens.extend(token);
        rest = rest.get(length..)?;
    }
    Some(tokens)
}

fn number(text: &str) -> Option<(Option<Token>, usize)> {
    let unsigned = text.trim_start_matches(['-', '+', '−', '–']);
    let sign = text.get(..text.len() - unsigned.len())?;
    if sign.chars().count() > 1 {
        return None;
    }
    let end = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
    let digits = unsigned.get(..end)?;
    let fraction = digits.split_once('.').map_or("", |(_, fraction)| fraction);
    if digits.starts_with('.') || digits.ends_with('.') || fraction.contains('.') {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    let decimals = i32::try_from(fraction.len()).ok()?;
    let negative = !sign.is_empty() && sign != "+";
    Some((Some(Token::Number { value, negative, decimals }), sign.len() + end))
}

/// A side of the world, or a word that only says which number is which.
fn side(text: &str) -> Option<(Option<Token>, usize)> {
    let end = text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len());
    let side = match text.get(..end)?.to_lowercase().as_str() {
        "n" | "u" | "lu" | "utara" => Some(Side::North),
        "s" | "ls" | "selatan" => Some(Side::South),
        "e" | "t" | "bt" | "timur" => Some(Side::East),
        "w" | "b" | "bb" | "barat" => Some(Side::West),
        "lat" | "latitude" | "lintang" | "lon" | "lng" | "long" | "longitude" | "bujur" => None,
        _ => return None,
    };
    Some((side.map(Token::Side), end))
}

/// Groups numbers, marks and sides; none when they do not go together.
fn angles(tokens: &[Token]) -> Option<Vec<Angle>> {
    let sides_first = matches!(tokens.first(), Some(Token::Side(_)));
    let mut angles: Vec<Angle> = Vec::new();
    let mut pending_side = None;
    let mut goes_on = false;
    for token in tokens {
        match *token {
            Token::Side(side) if sides_first => pending_side = Some(side),
            Token::Side(side) => {
                let angle = angles.last_mut()?;
                if angle.side.replace(side).is_some() {
                    return None;
                }
                goes_on = false;
            }
            Token::Number { value, negative, decimals } => {
                if !goes_on {
                    angles.push(Angle { side: pending_side.take(), negative, ..Angle::default() });
                }
                add_part(angles.last_mut()?, value, decimals, goes_on && negative)?;
                goes_on = false;
            }
            Token::Degrees | Token::Minutes | Token::Seconds => {
                let angle = angles.last_mut()?;
                let expected = match angle.parts {
                    1 => Token::Degrees,
                    2 => Token::Minutes,
                    _ => Token::Seconds,
                };
                if *token != expected {
                    return None;
                }
                angle.is_marked = true;
                goes_on = angle.parts < 3 && angle.side.is_none_or(|_| sides_first);
            }
        }
    }
    Some(angles)
}

/// Adds degrees, minutes or seconds; none where they cannot stand.
fn add_part(angle: &mut Angle, value: f64, decimals: i32, is_signed: bool) -> Option<()> {
    let unit = [1.0, 1.0 / 60.0, 1.0 / 3600.0].get(usize::from(angle.parts))?;
    let is_whole_so_far = angle.parts == 0 || angle.resolution >= unit * 59.0;
    if is_signed || !is_whole_so_far || (angle.parts > 0 && value >= 60.0) {
        return None;
    }
    angle.degrees += value * unit;
    angle.resolution = unit * 10_f64.powi(-decimals);
    angle.parts += 1;
    angle.is_marked |= decimals > 0;
    Some(())
}

fn place(first: Angle, second: Angle, within: Bounds) -> Option<Reading> {
    let is_latitude = |side: Side| matches!(side, Side::North | Side::South);
    let is_marked = [first, second].iter().any(|angle| angle.is_marked || angle.side.is_some());
    if !is_marked {
        return None;
    }
    let latitude_first = match (first.side.map(is_latitude), second.side.map(is_latitude)) {
        (Some(one), Some(other)) if one == other => return None,
        (Some(one), _) => one,
        (None, Some(other)) => !other,
        // No latitude is above 90: longitude was written first, as map files do.
        (None, None) => first.degrees <= 90.0,
    };
    let (lat, lon) = if latitude_first { (first, second) } else { (second, first) };
    let position = Position::new(signed(lat)?, signed(lon)?).ok()?;
    if !within.contains(position) {
        return None;
    }
    let metres = lat.resolution.max(lon.resolution) / 2.0 * SQRT_2 * METRES_PER_DEGREE;
    #[expect(clippy::as_conversions, reason = "at most half a degree in metres")]
    let uncertainty_m = metres.max(UNCERTAINTY_M_MIN).round() as u32;
    Some(Reading::At { position, uncertainty_m })
}

/// Degrees with their sign; none where sign and side contradict each other.
fn signed(angle: Angle) -> Option<f64> {
    match (angle.side, angle.negative) {
        (Some(Side::North | Side::East), true) => None,
        (Some(Side::South | Side::West), _) | (None, true) => Some(-angle.degrees),
        (Some(Side::North | Side::East), false) | (None, false) => Some(angle.degrees),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reading {
        super::read(text, Bounds::INDONESIA)
    }

    #[test]
    fn common_forms_are_read() {
        let forms = [
            "-8.25,113.85",
            "-8.25 113.85",
            " ( -8.25 ; 113.85 ) ",
            "8.25 S 113.85 E",
            "8.25S,113.85E",
            "-8.25 S, 113.85 E",
            "S 8.25 E 113.85",
            "8.25 LS 113.85 BT",
            "lat: -8.25, lon: 113.85",
            "113.85, -8.25",
            "8°15'0.00\"S 113°51'0.00\"E",
            "8°15.000'S 113°51.000'E",
        ];
        for form in forms {
            let Reading::At { position, .. } = read(form) else {
                panic!("{form}: {:?}", read(form))
            };
            assert!((position.lat() + 8.25).abs() < 1e-9, "{form}");
            assert!((position.lon() - 113.85).abs() < 1e-9, "{form}");
        }
    }

    #[test]
    fn fewer_digits_make_a_larger_circle() {
        let cases = [
            ("-8.25,113.85", 786),
            ("-8.2,113.85", 7863),
            ("-8.25123,113.85123", 100),
            ("8°15'S 113°51'E", 1310),
        ];
        for (form, expected) in cases {
            let Reading::At { uncertainty_m, .. } = read(form) else { panic!("{form}") };
            assert_eq!(uncertainty_m, expected, "{form}");
        }
    }

    #[test]
    fn doubtful_numbers_are_refused() {
        let forms = [
            "-8,25 113,85",
            "-8,25,113,85",
            "8,25 S 113,85 E",
            "-8,113",
            "-8,25",
            "8.25 113.85",
            "8.25 S 113.85 S",
            "-8.25 N 113.85 E",
            "51.5 -0.12",
            "-8.25 113.85 7",
            "8°75'0\"S 113°51'0\"E",
            "8.5°15'S 113°51'E",
            "0,0",
            "999999999.9 1.5",
        ];
        for form in forms {
            assert_eq!(read(form), Reading::Refused, "{form}");
        }
    }

    #[test]
    fn other_texts_are_left_alone() {
        for text in ["", "silo", "35.09.30.2001", "12", "-", "--8.2 113", "8..2 113.8", "jl 8.5 9"]
        {
            assert_eq!(read(text), Reading::Other, "{text}");
        }
    }
}
