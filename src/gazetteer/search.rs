//! Villages as one types: a few letters of village and district in any order, typing errors
//! tolerated.

use std::collections::BTreeMap;

use super::coordinates::{self, Reading};
use super::letters;
use super::{District, Regency, Village};
use crate::place::Position;

/// Beyond this many characters or words a question only costs time.
const QUERY_CHARS_MAX: usize = 100;
const QUERY_WORDS_MAX: usize = 8;
/// From so many letters on one typing error is forgiven, and two.
const ONE_EDIT_LETTERS: usize = 4;
const TWO_EDITS_LETTERS: usize = 8;
/// From so many letters on a word may match in the middle of another.
const INSIDE_LETTERS: usize = 3;

/// What a hit is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HitKind {
    Village,
    Coordinates,
}

impl HitKind {
    /// `village` or `coordinates`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Village => "village",
            Self::Coordinates => "coordinates",
        }
    }
}

/// One place that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    pub kind: HitKind,
    /// Village and district, or `dekat` the nearest village and the coordinates.
    pub label: String,
    /// Kemendagri code: the village itself, or the nearest one; none for coordinates far from the
    /// regency.
    pub village: Option<String>,
    pub position: Position,
    /// Metres around the position within which the place really is.
    pub uncertainty_m: u32,
}

/// The regency's names, prepared once.
#[derive(Clone, Debug)]
pub(super) struct Index {
    villages: Vec<Names>,
    districts: Vec<Names>,
    /// For each village the place of its district in `districts`.
    district_of: Vec<usize>,
    labels: Vec<String>,
    /// Words of the regency's and province's names: they are said for every place here and tell
    /// none apart.
    surroundings: Vec<String>,
}

#[derive(Clone, Debug)]
struct Names {
    words: Vec<Word>,
    /// All words as one: `tanggul kulon` is written `Tanggulkulon` as often.
    joined: Word,
}

#[derive(Clone, Debug)]
struct Word {
    text: String,
    letters: u64,
}

/// How a typed word agrees with a name, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    Whole,
    WholeWord,
    Start,
    WordStart,
    Inside,
    OneEdit,
    TwoEdits,
}

impl Index {
    pub(super) fn new(
        regency: &str,
        province: &str,
        districts: &[District],
        villages: &[Village],
    ) -> Self {
        let place_of = |village: &Village| {
            let place = districts.binary_search_by(|d| d.code.cmp(&village.district_code));
            place.expect("every village has its district, and districts are by code")
        };
        let mut surroundings = letters::words(regency);
        surroundings.extend(letters::words(province));
        surroundings.extend(["kab", "prov", "provinsi", "kota"].map(str::to_owned));
        Self {
            villages: villages.iter().map(|village| Names::new(&village.name)).collect(),
            districts: districts.iter().map(|district| Names::new(&district.name)).collect(),
            district_of: villages.iter().map(place_of).collect(),
            labels: labels(villages),
            surroundings,
        }
    }

    pub(super) fn label(&self, village: usize) -> &str {
        self.labels.get(village).map_or("", String::as_str)
    }
}

/// Village and district; where two still read alike, their kind or else their code tells them
/// apart.
fn labels(villages: &[Village]) -> Vec<String> {
    let plain = |village: &Village| format!("{}, Kec. {}", village.name, village.district);
    let with_kind = |village: &Village| {
        let kind = village.kind.as_str().replace('_', " ");
        format!("{} ({kind}), Kec. {}", village.name, village.district)
    };
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for village in villages {
        *seen.entry(plain(village).to_lowercase()).or_insert(0) += 1;
        *seen.entry(with_kind(village).to_lowercase()).or_insert(0) += 1;
    }
    let is_alone = |label: &str| seen.get(&label.to_lowercase()) == Some(&1);
    let label = |village: &Village| {
        let choices = [plain(village), with_kind(village)];
        let alone = choices.into_iter().find(|label| is_alone(label));
        alone.unwrap_or_else(|| format!("{} ({})", plain(village), village.code))
    };
    villages.iter().map(label).collect()
}

impl Names {
    fn new(name: &str) -> Self {
        let words = letters::words(name);
        let joined = Word::new(words.concat());
        Self { words: words.into_iter().map(Word::new).collect(), joined }
    }

    fn fit(&self, typed: &Word) -> Option<Fit> {
        let text = typed.text.as_str();
        if self.joined.text == text {
            return Some(Fit::Whole);
        }
        if self.words.iter().any(|word| word.text == text) {
            return Some(Fit::WholeWord);
        }
        if self.joined.text.starts_with(text) {
            return Some(Fit::Start);
        }
        if self.words.iter().any(|word| word.text.starts_with(text)) {
            return Some(Fit::WordStart);
        }
        if text.len() >= INSIDE_LETTERS && self.joined.text.contains(text) {
            return Some(Fit::Inside);
        }
        let edits_max = edits_max(text);
        let words = self.words.iter().chain([&self.joined]);
        match words.filter_map(|word| word.edits(typed, edits_max)).min()? {
            0 | 1 => Some(Fit::OneEdit),
            _ => Some(Fit::TwoEdits),
        }
    }
}

fn edits_max(text: &str) -> usize {
    usize::from(text.len() >= ONE_EDIT_LETTERS) + usize::from(text.len() >= TWO_EDITS_LETTERS)
}

impl Word {
    fn new(text: String) -> Self {
        Self { letters: letters::letters(&text), text }
    }

    fn edits(&self, typed: &Word, max: usize) -> Option<usize> {
        // Each letter that the name does not have at all costs an edit of its own.
        let foreign = usize::try_from((typed.letters & !self.letters).count_ones()).ok()?;
        if max == 0 || foreign > max {
            return None;
        }
        letters::edits_to_start(&typed.text, &self.text, max)
    }
}

/// The words of a question by what they are good for.
#[derive(Debug, Default)]
struct Query {
    /// A place that has them all comes before any that has not.
    wanted: Vec<Word>,
    /// Street names and numbers: they help, and are not missed.
    extra: Vec<Word>,
    /// All wanted words as one.
    joined: Option<Word>,
}

impl Query {
    fn read(q: &str) -> Self {
        let q: String = q.chars().take(QUERY_CHARS_MAX).collect();
        let (mut wanted, mut extra) = (Vec::new(), Vec::new());
        for piece in q.split([',', ';']) {
            let mut in_street = false;
            for word in letters::words(piece) {
                match word.as_str() {
                    "jl" | "jln" | "jalan" | "gang" | "gg" => in_street = true,
                    "desa" | "ds" | "kel" | "kelurahan" | "kec" | "kecamatan" | "distrik"
                    | "dusun" | "dsn" | "kab" | "kabupaten" => in_street = false,
                    "rt" | "rw" | "no" | "km" => {}
                    _ if in_street || word.starts_with(|c: char| c.is_ascii_digit()) => {
                        extra.push(word);
                    }
                    _ => wanted.push(word),
                }
            }
        }
        if wanted.is_empty() {
            wanted = std::mem::take(&mut extra);
        }
        if wanted.is_empty() {
            // Only words like "desa": letters of a name after all, perhaps not typed to its end.
            wanted = letters::words(&q);
        }
        wanted.truncate(QUERY_WORDS_MAX);
        extra.truncate(QUERY_WORDS_MAX);
        let joined = (wanted.len() > 1).then(|| Word::new(wanted.concat()));
        let prepared = |words: Vec<String>| words.into_iter().map(Word::new).collect();
        Self { wanted: prepared(wanted), extra: prepared(extra), joined }
    }
}

/// How well a village answers a question; the least is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    missing: usize,
    cost: u32,
    extra_missing: usize,
}

const fn village_cost(fit: Fit) -> u32 {
    match fit {
        Fit::Whole => 0,
        Fit::WholeWord => 1,
        Fit::Start => 2,
        Fit::WordStart => 3,
        Fit::Inside => 6,
        Fit::OneEdit => 8,
        Fit::TwoEdits => 10,
    }
}

const fn district_cost(fit: Fit) -> u32 {
    match fit {
        Fit::Whole | Fit::WholeWord => 4,
        Fit::Start | Fit::WordStart => 5,
        Fit::Inside => 7,
        Fit::OneEdit => 9,
        Fit::TwoEdits => 11,
    }
}

/// A word that only names the regency or province.
const SURROUNDING_COST: u32 = 5;

pub(super) fn search(regency: &Regency, q: &str, limit: usize) -> Vec<Hit> {
    match coordinates::read(q) {
        Reading::Other => villages(regency, q, limit),
        Reading::Refused => Vec::new(),
        Reading::At { position, uncertainty_m } => {
            let hit = coordinates_hit(regency, position, uncertainty_m);
            std::iter::once(hit).take(limit).collect()
        }
    }
}

fn coordinates_hit(regency: &Regency, position: Position, uncertainty_m: u32) -> Hit {
    let numbers = format!("{:.5}, {:.5}", position.lat(), position.lon());
    let near = regency.surrounds(position).then(|| regency.nearest_village(position)).flatten();
    let label = match near.and_then(|village| regency.village_label(&village.code)) {
        Some(village) => format!("{numbers} (dekat {village})"),
        None => format!("{numbers} (di luar {})", regency.name),
    };
    Hit {
        kind: HitKind::Coordinates,
        label,
        village: near.map(|village| village.code.clone()),
        position,
        uncertainty_m,
    }
}

fn villages(regency: &Regency, q: &str, limit: usize) -> Vec<Hit> {
    let query = Query::read(q);
    if query.wanted.is_empty() {
        return Vec::new();
    }
    let index = &regency.index;
    let district_fits: Vec<Vec<Option<Fit>>> = index
        .districts
        .iter()
        .map(|names| query.wanted.iter().map(|word| names.fit(word)).collect())
        .collect();
    let mut found: Vec<(Score, usize)> = Vec::new();
    for (place, (names, district)) in index.villages.iter().zip(&index.district_of).enumerate() {
        let fits = district_fits.get(*district).map_or(&[][..], Vec::as_slice);
        if let Some(score) = score(&query, names, fits, &index.surroundings) {
            found.push((score, place));
        }
    }
    // Who has every word leaves out those who have not; otherwise the fewest missing words count.
    let missing_least = found.iter().map(|(score, _)| score.missing).min().unwrap_or(0);
    found.retain(|(score, _)| score.missing == missing_least);
    found.sort_by(|a, b| {
        let name =
            |place: usize| regency.villages.get(place).map(|v| (&v.name, &v.district, &v.code));
        a.0.cmp(&b.0).then_with(|| name(a.1).cmp(&name(b.1)))
    });
    let best = found.into_iter().take(limit);
    best.filter_map(|(_, place)| village_hit(regency, place)).collect()
}

fn village_hit(regency: &Regency, place: usize) -> Option<Hit> {
    let village = regency.villages.get(place)?;
    Some(Hit {
        kind: HitKind::Village,
        label: regency.index.label(place).to_owned(),
        village: Some(village.code.clone()),
        position: village.position,
        uncertainty_m: village.uncertainty_m,
    })
}

/// None when nothing of the question speaks for this village.
fn score(
    query: &Query,
    names: &Names,
    district_fits: &[Option<Fit>],
    surroundings: &[String],
) -> Option<Score> {
    let mut score = Score { missing: 0, cost: 0, extra_missing: 0 };
    let (mut speaks_for, mut speaks_clearly) = (false, false);
    for (word, district_fit) in query.wanted.iter().zip(district_fits) {
        let own = names.fit(word);
        let costs = [own.map(village_cost), district_fit.map(district_cost)];
        match costs.into_iter().flatten().min() {
            Some(cost) => {
                let is_inside_only = own.is_none_or(|fit| fit == Fit::Inside)
                    && district_fit.is_none_or(|fit| fit == Fit::Inside);
                speaks_for = true;
                speaks_clearly |= word.text.len() >= ONE_EDIT_LETTERS && !is_inside_only;
                score.cost += cost;
            }
            None if surroundings.contains(&word.text) => score.cost += SURROUNDING_COST,
            None => score.missing += 1,
        }
    }
    let joined = query.joined.as_ref().and_then(|word| names.fit(word));
    if let Some(fit) = joined.filter(|fit| *fit != Fit::Inside) {
        let cost = village_cost(fit);
        if score.missing > 0 || cost < score.cost {
            score = Score { missing: 0, cost, ..score };
        }
        speaks_for = true;
    }
    score.extra_missing = query.extra.iter().filter(|word| names.fit(word).is_none()).count();
    let speaks = if score.missing == 0 { speaks_for } else { speaks_clearly };
    speaks.then_some(score)
}
