//! Plus Codes (Open Location Code): whole ones, and short ones that need a place to be near to.

use crate::gazetteer::METRES_PER_DEGREE;
use crate::place::Position;

/// The letters of a code, in the order of their values: none that are mistaken for others, and no words.
const LETTERS: &[u8] = b"23456789CFGHJMPQRVWX";
/// Letters before the `+` of a whole code.
const BEFORE_PLUS: usize = 8;
/// Letters that come in pairs, latitude first; each one after them divides the square by five and by four.
const PAIRED: usize = 10;
const LETTERS_MAX: usize = 15;

/// A code as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// Values of its letters.
    values: Vec<u8>,
    /// Letters that a short code leaves out in front: 0, 2 or 4.
    left_out: usize,
}

/// Why something like a code is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// This letter is in no code.
    Letter(char),
    /// It ends too early, or no place on earth has it.
    Form,
}

/// The middle of a code's square, and metres from there to its corners.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Square {
    pub middle: Position,
    pub reach_m: f64,
}

/// The first code in a text, and the text without it; none when nothing looks like one.
#[must_use]
pub fn find(text: &str) -> Option<(Result<Code, Wrong>, String)> {
    let is_between = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '(' | ')');
    let word = text.split(is_between).find(|word| looks_like_one(word))?;
    let rest = text.replacen(word, " ", 1);
    Some((read(word), rest))
}

/// Four, six or eight letters, a `+`, and few after it; with a letter among them, so that no sum and no telephone
/// number is one.
fn looks_like_one(word: &str) -> bool {
    let Some((before, after)) = word.split_once('+') else { return false };
    let plain = |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    matches!(before.len(), 4 | 6 | 8)
        && before.len() + after.len() <= LETTERS_MAX
        && plain(before)
        && plain(after)
        && word.bytes().any(|byte| byte.is_ascii_alphabetic())
}

fn read(word: &str) -> Result<Code, Wrong> {
    let (before, after) = word.split_once('+').ok_or(Wrong::Form)?;
    // Zeros fill up a code of a large square.
    let said = before.trim_end_matches('0');
    let filled = before.len() - said.len();
    let fits = match (before.len(), after.len()) {
        (BEFORE_PLUS, 0) => said.len() >= 2 && filled.is_multiple_of(2),
        (_, 0 | 1) => false,
        _ => filled == 0,
    };
    let value = |letter: char| {
        let known = LETTERS.iter().position(|known| char::from(*known) == letter);
        known.and_then(|value| u8::try_from(value).ok()).ok_or(Wrong::Letter(letter))
    };
    let letters = said.chars().chain(after.chars()).map(|letter| letter.to_ascii_uppercase());
    let values = letters.map(value).collect::<Result<Vec<u8>, Wrong>>()?;
    let left_out = BEFORE_PLUS - before.len();
    let on_earth = left_out > 0 || (values.first() < Some(&9) && values.get(1) < Some(&18));
    if fits && on_earth { Ok(Code { values, left_out }) } else { Err(Wrong::Form) }
}

impl Code {
    /// Where it is. A short code is the one of that ending whose square is nearest to `near`.
    #[must_use]
    pub fn square(&self, near: Position) -> Option<Square> {
        let mut step = 20.0;
        for _ in 0..self.left_out / 2 {
            step /= 20.0;
        }
        let block = step * 20.0;
        let (mut lat, mut lon) = (0.0, 0.0);
        let (mut height, mut width) = (step, step);
        let paired = self.values.len().min(PAIRED - self.left_out);
        for two in self.values.get(..paired)?.chunks(2) {
            lat += f64::from(*two.first()?) * step;
            lon += f64::from(*two.get(1)?) * step;
            (height, width) = (step, step);
            step /= 20.0;
        }
        for value in self.values.get(paired..)? {
            (height, width) = (height / 5.0, width / 4.0);
            lat += f64::from(value / 4) * height;
            lon += f64::from(value % 4) * width;
        }
        lat += height / 2.0;
        lon += width / 2.0;
        let (lat, lon) = if self.left_out == 0 {
            (lat - 90.0, lon - 180.0)
        } else {
            (nearest(lat, near.lat() + 90.0, block) - 90.0, {
                nearest(lon, near.lon() + 180.0, block) - 180.0
            })
        };
        let middle = Position::new(lat, lon).ok()?;
        let across = width * lat.to_radians().cos();
        Some(Square { middle, reach_m: height.hypot(across) / 2.0 * METRES_PER_DEGREE })
    }
}

/// Of the numbers that lie so far above a multiple of `block`, the one that is nearest to `to`.
fn nearest(above: f64, to: f64, block: f64) -> f64 {
    ((to - above) / block).round() * block + above
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, near: (f64, f64)) -> Result<(f64, f64, f64), Wrong> {
        let (code, _) = find(text).expect("looks like a code");
        let near = Position::new(near.0, near.1).expect("a place");
        let square = code?.square(near).expect("on earth");
        Ok((square.middle.lat(), square.middle.lon(), square.reach_m))
    }

    #[test]
    fn a_code_is_the_middle_of_its_square() {
        let nowhere = (0.0, 0.0);
        // Worked out by hand from the definition: pairs of 20°, 1°, 0.05°, 0.0025°, 0.000125°.
        for (text, lat, lon) in [
            ("6P3MRPH2+24", -8.172_437_5, 113.700_312_5),
            ("6p3mrph2+24", -8.172_437_5, 113.700_312_5),
            ("6P3MRPH2+", -8.171_25, 113.701_25),
            ("6P3M0000+", -8.5, 113.5),
            ("6P000000+", 0.0, 110.0),
            ("22222222+2C", -89.999_937_5, -179.998_937_5),
        ] {
            let (found_lat, found_lon, _) = place(text, nowhere).expect(text);
            assert!((found_lat - lat).abs() < 1e-9, "{text}: {found_lat}");
            assert!((found_lon - lon).abs() < 1e-9, "{text}: {found_lon}");
        }
        let (_, _, reach) = place("6P3MRPH2+24", nowhere).expect("read");
        assert!((9.0..10.5).contains(&reach), "{reach}");
        let (lat, lon, finer) = place("6P3MRPH2+24X", nowhere).expect("read");
        assert!(finer < 3.0 && lat > -8.172_437_5 && lon > 113.700_312_5, "{lat} {lon} {finer}");
    }

    #[test]
    fn a_short_code_is_near_the_place_that_is_known() {
        let whole = place("6P3MRPH2+24", (0.0, 0.0)).expect("read");
        for (short, near) in [
            ("RPH2+24", (-8.17, 113.7)),
            ("RPH2+24 Jember", (-8.4, 113.4)),
            ("3MRPH2+24", (-8.17, 113.7)),
            ("RPH2+24", (-7.9, 114.1)),
        ] {
            let found = place(short, near).expect(short);
            assert!(
                (found.0 - whole.0).abs() < 1e-9 && (found.1 - whole.1).abs() < 1e-9,
                "{short}"
            );
        }
        let (_, rest) = find("RPH2+24, Sempolan").expect("a code");
        assert_eq!(rest.trim_matches([' ', ',']), "Sempolan");
    }

    #[test]
    fn what_only_looks_like_a_code_is_refused_and_anything_else_is_left_alone() {
        for (text, wrong) in [
            ("6P3MRPA2+22", Wrong::Letter('A')),
            ("rph1+22", Wrong::Letter('1')),
            ("RPH2+2", Wrong::Form),
            ("RPH2+", Wrong::Form),
            ("XXRPRPH2+24", Wrong::Form),
            ("6P3M0000+22", Wrong::Form),
            ("6P3MR000+", Wrong::Form),
        ] {
            assert_eq!(place(text, (0.0, 0.0)), Err(wrong), "{text}");
        }
        for text in ["", "+", "sempolan", "+6281234567890", "2+2", "1024+25", "a+b", "RPH2 +24"] {
            assert_eq!(find(text), None, "{text}");
        }
        let long = format!("{}+22", "2".repeat(10_000));
        assert_eq!(find(&long), None);
    }
}
