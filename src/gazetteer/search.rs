//! Finding a village from what somebody types: a few letters, a typing error, a district, or coordinates (pure).

use super::{Regency, Village};
use crate::place::Position;

/// Words that people put before a name; they say nothing of which place it is.
const NOISE: [&str; 14] = [
    "desa",
    "ds",
    "kel",
    "kelurahan",
    "kec",
    "kecamatan",
    "dusun",
    "dsn",
    "kab",
    "kabupaten",
    "jl",
    "jalan",
    "rt",
    "rw",
];
/// Letters and words of a query that count; more is no name.
const QUERY_CHARS_MAX: usize = 100;
const WORDS_MAX: usize = 6;
/// Circle around coordinates that somebody read out.
const COORDINATES_UNCERTAINTY_M: u32 = 50;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitKind {
    Village,
    Coordinates,
}

impl HitKind {
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Village => "village",
            Self::Coordinates => "coordinates",
        }
    }
}

/// A place that may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub kind: HitKind,
    /// Always with the district.
    pub label: String,
    /// Code of the village; with coordinates, of the nearest one.
    pub village: Option<String>,
    pub position: Position,
    pub uncertainty_m: u32,
}

/// A village's names as they are compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    name: String,
    words: Vec<String>,
    district_words: Vec<String>,
}

impl Key {
    pub(super) fn of(name: &str, district: &str) -> Self {
        let words = words(name);
        Self { name: words.concat(), words, district_words: self::words(district) }
    }
}

fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    let parts = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_owned).collect()
}

impl Regency {
    /// Places that may be meant by `q`, the likeliest first; at most `limit`. The same query always gives the
    /// same list.
    #[must_use]
    pub fn search(&self, q: &str, limit: usize) -> Vec<Hit> {
        let q: String = q.chars().take(QUERY_CHARS_MAX).collect();
        if let Some(position) = coordinates(&q) {
            return vec![self.coordinates_hit(position)];
        }
        let mut asked: Vec<String> =
            words(&q).into_iter().filter(|word| !NOISE.contains(&word.as_str())).collect();
        asked.truncate(WORDS_MAX);
        if asked.is_empty() {
            return Vec::new();
        }
        let scored = self.villages.iter().filter_map(|v| Some((score(&asked, &v.key)?, v)));
        let mut scored: Vec<(u32, &Village)> = scored.collect();
        scored.sort_by(|(a, x), (b, y)| (a, &x.name, &x.code).cmp(&(b, &y.name, &y.code)));
        scored.into_iter().take(limit).map(|(_, village)| village_hit(village)).collect()
    }

    fn coordinates_hit(&self, position: Position) -> Hit {
        let near = self.nearest_village(position);
        let place = format!("{:.5}, {:.5}", position.lat(), position.lon());
        let label = near.map_or(place.clone(), |village| {
            format!("{place} (dekat {}, Kec. {})", village.name, village.district)
        });
        Hit {
            kind: HitKind::Coordinates,
            label,
            village: near.map(|village| village.code.clone()),
            position,
            uncertainty_m: COORDINATES_UNCERTAINTY_M,
        }
    }
}

fn village_hit(village: &Village) -> Hit {
    Hit {
        kind: HitKind::Village,
        label: format!("{}, Kec. {}", village.name, village.district),
        village: Some(village.code.clone()),
        position: village.position,
        uncertainty_m: village.uncertainty_m,
    }
}

/// How far a village is from what was asked, 0 is best; none when some word fits nothing.
fn score(asked: &[String], key: &Key) -> Option<u32> {
    // "suko rejo" for Sukorejo: the words together may be the name.
    let together = asked.concat();
    let whole = word_score(&together, &key.name);
    let mut each = 0;
    let mut on_name = false;
    for word in asked {
        let name = key.words.iter().filter_map(|own| word_score(word, own)).min();
        let district = key.district_words.iter().filter_map(|own| word_score(word, own)).min();
        let district = district.map(|score| score + 30);
        on_name |= name.is_some();
        match name.into_iter().chain(district).min() {
            Some(best) => each += best,
            None => return whole,
        }
    }
    // A district alone finds its villages, after those that bear the name themselves.
    let by_words = if on_name { each } else { each + 100 };
    Some(whole.map_or(by_words, |whole| whole.min(by_words)))
}

/// How far a word is from a name: equal, its beginning, inside it, or with typing errors; none when too far.
fn word_score(word: &str, name: &str) -> Option<u32> {
    if word == name {
        return Some(0);
    }
    if name.starts_with(word) {
        return Some(10);
    }
    let errors_max = match word.chars().count() {
        0..4 => return None,
        4..8 => 1,
        _ => 2,
    };
    if name.contains(word) {
        return Some(40);
    }
    let errors = typing_errors(word, name, errors_max)?;
    Some(20 + 10 * errors)
}

/// The fewest letters to add, drop, change or swap so that the word begins the name; none above `errors_max`.
fn typing_errors(word: &str, name: &str, errors_max: u32) -> Option<u32> {
    let word: Vec<char> = word.chars().collect();
    // What follows the typed beginning may be left out.
    let reach = word.len() + usize::try_from(errors_max).unwrap_or(0);
    let name: Vec<char> = name.chars().take(reach).collect();
    let width = name.len() + 1;
    let mut before: Vec<u32> = vec![0; width];
    let mut last: Vec<u32> = (0..).take(width).collect();
    for (i, typed) in word.iter().enumerate() {
        let mut current = vec![last[0] + 1; width];
        for (j, meant) in name.iter().enumerate() {
            let change = last[j] + u32::from(typed != meant);
            let mut best = change.min(last[j + 1] + 1).min(current[j] + 1);
            let swapped = i > 0 && j > 0 && word[i - 1] == *meant && name[j - 1] == *typed;
            if swapped {
                best = best.min(before[j - 1] + 1);
            }
            current[j + 1] = best;
        }
        before = std::mem::replace(&mut last, current);
    }
    // Anywhere in the last row: the rest of the name need not be typed.
    let errors = last.into_iter().min()?;
    (errors <= errors_max).then_some(errors)
}

/// Coordinates in the forms that people paste: `-8.25,113.85`, `-8.25 113.85`, `8.25 S 113.85 E`.
fn coordinates(q: &str) -> Option<Position> {
    let upper = q.trim().to_uppercase();
    let south = upper.contains('S');
    let text: String =
        upper.chars().map(|c| if "SNE,;°()".contains(c) { ' ' } else { c }).collect();
    let numbers: Option<Vec<f64>> =
        text.split_whitespace().map(|part| part.parse::<f64>().ok()).collect();
    let numbers = numbers?;
    let [lat, lon] = numbers.as_slice() else { return None };
    let lat = if south { -lat.abs() } else { *lat };
    Position::new(lat, *lon).ok().filter(|position| position.is_in_indonesia())
}
