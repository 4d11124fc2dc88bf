//! Places by their names as one types: a few letters of a name, its village and its district in any order, typing
//! errors tolerated, closer ones first.

use super::landmark::LandmarkKind;
use super::letters;
use super::names::{Fits, Lexicon, Name, NameFit, ONE_EDIT_LETTERS, Touched, Word};
use super::question::{Level, Question, Wanted};
use super::{District, Village};
use crate::place::Position;

/// Villages after which a place is looked for: the nearest ones, because its own is not always the nearest.
pub const VILLAGES_OF_A_PLACE: usize = 3;
/// From so far on a place is a little less likely than one close by.
const FAR_M: f64 = 15_000.0;

/// What something is that can be found by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    Village,
    District,
    Landmark(LandmarkKind),
    /// One of the area's own facilities, and what it is.
    Facility(Option<LandmarkKind>),
    /// What a caller said of a place.
    Said,
    Road,
}

/// Something that can be found by its name.
#[derive(Clone, Debug)]
pub struct Entry {
    pub name: String,
    /// Decides between equals.
    pub label: String,
    pub sort: Sort,
    pub at: Position,
    /// The villages that it may lie in, the likeliest first, as places in the regency's list.
    pub villages: Vec<usize>,
}

/// Names prepared once.
#[derive(Clone, Debug)]
pub struct Index {
    lexicon: Lexicon,
    villages: Vec<Name>,
    districts: Vec<Name>,
    /// For each village the place of its district in `districts`.
    district_of: Vec<usize>,
    /// Sounds of the words of the regency's and province's names: they are said for every place here and tell none
    /// apart.
    surroundings: Vec<String>,
    listed: Vec<Listed>,
}

#[derive(Clone, Debug)]
struct Listed {
    name: Name,
    sort: Sort,
    at: Position,
    villages: Vec<usize>,
    /// Its place by name and label.
    order: u32,
}

/// How well a place answers a question; the least is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score {
    missing: u32,
    cost: i32,
    extra_missing: usize,
}

/// A place that answers a question.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Match {
    /// Its place among the entries.
    pub entry: usize,
    pub score: Score,
    /// Metres that words such as "behind" may add.
    pub beside_m: u32,
    /// From the place that is known already.
    pub metres: f64,
    order: u32,
}

const fn own_cost(fit: NameFit) -> i32 {
    match fit {
        NameFit::Whole => 0,
        NameFit::WholeWord => 1,
        NameFit::Start => 2,
        NameFit::WordStart => 3,
        NameFit::Inside => 6,
        NameFit::OneEdit => 8,
        NameFit::TwoEdits => 10,
    }
}

const fn around_cost(fit: NameFit) -> i32 {
    match fit {
        NameFit::Whole | NameFit::WholeWord => 4,
        NameFit::Start | NameFit::WordStart => 5,
        NameFit::Inside => 7,
        NameFit::OneEdit => 9,
        NameFit::TwoEdits => 11,
    }
}

/// A word that only names the regency or province.
const SURROUNDING_COST: i32 = 5;
/// A word that stands beside the name of the place and is not part of it.
const BESIDE_COST: i32 = 2;
/// A word that is the name of another village or district here weighs more than any other that is missing.
const ELSEWHERE: u32 = 4;

/// From so many letters on a word with a typing error is enough for a place that lacks other words.
const CLEAR_EDIT_LETTERS: usize = 6;

/// What all of an index is in.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'a> {
    pub regency: &'a str,
    pub province: &'a str,
    pub districts: &'a [District],
    pub villages: &'a [Village],
}

impl Index {
    pub fn new(around: Surroundings<'_>, entries: &[Entry]) -> Self {
        let Surroundings { regency, province, districts, villages } = around;
        let place_of = |village: &Village| {
            let place = districts.binary_search_by(|d| d.code.cmp(&village.district_code));
            place.expect("every village has its district, and districts are by code")
        };
        let mut surroundings = letters::words(regency);
        surroundings.extend(letters::words(province));
        surroundings.extend(["kab", "prov", "provinsi", "kota"].map(str::to_owned));
        let mut lexicon = Lexicon::default();
        let mut by_name: Vec<usize> = (0..entries.len()).collect();
        by_name.sort_by_key(|place| (&entries[*place].name, &entries[*place].label, *place));
        let mut order = vec![0; entries.len()];
        for (rank, place) in (0..).zip(by_name) {
            order[place] = rank;
        }
        let listed = |(entry, order): (&Entry, u32)| Listed {
            name: lexicon.name(&entry.name),
            sort: entry.sort,
            at: entry.at,
            villages: entry.villages.clone(),
            order,
        };
        let listed = entries.iter().zip(order).map(listed).collect();
        Self {
            villages: villages.iter().map(|village| lexicon.name(&village.name)).collect(),
            districts: districts.iter().map(|district| lexicon.name(&district.name)).collect(),
            lexicon,
            district_of: villages.iter().map(place_of).collect(),
            surroundings: surroundings.iter().map(|word| letters::sound(word)).collect(),
            listed,
        }
    }

    /// What answers a question, the best first; of equals the closest to `near`.
    pub fn find(&self, question: &Question, near: Option<Position>) -> Vec<Match> {
        if question.wanted.is_empty() {
            return Vec::new();
        }
        let heard = Heard::new(self, question);
        let mut found: Vec<Match> = Vec::new();
        let listed = self.listed.iter().enumerate();
        for (entry, listed) in listed.filter(|(_, listed)| heard.may_speak_for(listed)) {
            if let Some((mut score, beside_m)) = heard.score(listed) {
                let metres = near.map_or(0.0, |near| near.metres_to(listed.at));
                score.cost += i32::from(metres > FAR_M);
                found.push(Match { entry, score, beside_m, metres, order: listed.order });
            }
        }
        // Who has every word leaves out those who have not; otherwise the fewest missing words count.
        let missing_least = found.iter().map(|one| one.score.missing).min().unwrap_or(0);
        found.retain(|one| one.score.missing == missing_least);
        found.sort_by(|a, b| a.rank(b));
        found
    }
}

impl Match {
    /// Which of two comes first, those of different indexes of one regency too.
    pub fn rank(&self, other: &Self) -> std::cmp::Ordering {
        let by_score = self.score.cmp(&other.score);
        by_score
            .then_with(|| self.metres.total_cmp(&other.metres))
            .then_with(|| self.order.cmp(&other.order))
    }

    /// Whether some word was not found.
    pub const fn missing(&self) -> u32 {
        self.score.missing
    }
}

/// A question as an index hears it.
struct Heard<'a> {
    index: &'a Index,
    question: &'a Question,
    wanted: Vec<Token<'a>>,
    street: Vec<Fits>,
    extra: Vec<Fits>,
    /// Several wanted words as one, and which ones.
    joins: Vec<(std::ops::Range<usize>, Fits)>,
    touched: Touched,
}

struct Token<'a> {
    wanted: &'a Wanted,
    fits: Fits,
    villages: Vec<Option<NameFit>>,
    districts: Vec<Option<NameFit>>,
    is_surrounding: bool,
    missing: u32,
}

/// What speaks for a place.
#[derive(Default)]
struct Speaks {
    own: bool,
    kind: bool,
    /// A word of its name that is more than a few letters inside another.
    clearly: bool,
}

impl<'a> Heard<'a> {
    fn new(index: &'a Index, question: &'a Question) -> Self {
        let token = |wanted: &'a Wanted| {
            let fits = index.lexicon.fits(&wanted.word);
            let villages: Vec<_> = index.villages.iter().map(|name| fits.name(name)).collect();
            let districts: Vec<_> = index.districts.iter().map(|name| fits.name(name)).collect();
            let is_place =
                villages.iter().chain(&districts).any(|fit| *fit == Some(NameFit::Whole));
            Token {
                wanted,
                villages,
                districts,
                is_surrounding: index.surroundings.contains(&wanted.word.text),
                missing: if is_place { ELSEWHERE } else { 1 },
                fits,
            }
        };
        let fits = |word: &Word| index.lexicon.fits(word);
        let wanted: Vec<Token<'a>> = question.wanted.iter().map(token).collect();
        let street: Vec<Fits> = question.street.iter().map(fits).collect();
        let joins = question.joins().into_iter().map(|(of, word)| (of, fits(&word)));
        let joins: Vec<(std::ops::Range<usize>, Fits)> = joins.collect();
        let of_wanted = wanted.iter().map(|token| &token.fits);
        let of_joins = joins.iter().map(|(_, fits)| fits);
        let touched = index.lexicon.touched(of_wanted.chain(&street).chain(of_joins));
        let extra = question.extra.iter().map(fits).collect();
        Self { index, question, wanted, street, extra, joins, touched }
    }

    /// Whether anything but its village and district can speak for a place.
    fn may_speak_for(&self, listed: &Listed) -> bool {
        let of_kind =
            |kind: &LandmarkKind| self.wanted.iter().any(|token| token.wanted.kinds.contains(kind));
        match &listed.sort {
            Sort::Village => true,
            Sort::Landmark(kind) | Sort::Facility(Some(kind)) if of_kind(kind) => true,
            Sort::Landmark(_) | Sort::Facility(_) | Sort::District | Sort::Said | Sort::Road => {
                self.touched.name(&listed.name)
            }
        }
    }

    /// None when nothing of the question speaks for this place.
    fn score(&self, listed: &Listed) -> Option<(Score, u32)> {
        let mut speaks = Speaks::default();
        let mut costs: Vec<Result<i32, u32>> =
            self.wanted.iter().map(|token| self.cost(token, listed, &mut speaks)).collect();
        for (of, fits) in &self.joins {
            let Some(fit) = fits.name(&listed.name).filter(|fit| *fit != NameFit::Inside) else {
                continue;
            };
            let cost = own_cost(fit);
            let apart: Option<i32> = costs[of.clone()].iter().map(|cost| cost.ok()).sum();
            if apart.is_none_or(|apart| cost < apart) {
                costs[of.clone()].fill(Ok(0));
                costs[of.start] = Ok(cost);
                (speaks.own, speaks.clearly) = (true, true);
            }
        }
        let mut score =
            Score { missing: 0, cost: self.base(listed.sort, &speaks), extra_missing: 0 };
        let mut beside_m = 0;
        for (cost, token) in costs.into_iter().zip(&self.wanted) {
            match (cost, token.wanted.beside_m) {
                (Ok(cost), _) => score.cost += cost,
                (Err(_), Some(metres)) => {
                    score.cost += BESIDE_COST;
                    beside_m = beside_m.max(metres);
                }
                (Err(missing), None) => score.missing += missing,
            }
        }
        self.hear_the_rest(listed, &mut score, &mut speaks);
        let is_village = listed.sort == Sort::Village;
        let found = match score.missing {
            0 => speaks.own || speaks.kind,
            _ if is_village => speaks.clearly,
            _ => speaks.own && speaks.clearly,
        };
        found.then_some((score, beside_m))
    }

    /// The street and the numbers.
    fn hear_the_rest(&self, listed: &Listed, score: &mut Score, speaks: &mut Speaks) {
        let fit = |fits: &Fits| fits.name(&listed.name);
        for fits in &self.street {
            match fit(fits) {
                Some(fit) if listed.sort == Sort::Road => {
                    score.cost += own_cost(fit) - SURROUNDING_COST;
                    (speaks.own, speaks.clearly) = (true, true);
                }
                None if listed.sort == Sort::Road => score.missing += 1,
                fit => score.extra_missing += usize::from(fit.is_none()),
            }
        }
        let whole = |fit: NameFit| matches!(fit, NameFit::Whole | NameFit::WholeWord);
        score.extra_missing +=
            self.extra.iter().filter(|fits| !fit(fits).is_some_and(whole)).count();
    }

    /// What a word costs that was found, or what it weighs that it is missing.
    fn cost(&self, token: &Token<'_>, listed: &Listed, speaks: &mut Speaks) -> Result<i32, u32> {
        let own = token.fits.name(&listed.name);
        let optional = token.wanted.beside_m.is_some();
        let exact = |fit: &NameFit| !optional || *fit < NameFit::Inside;
        let own = own.filter(exact);
        let around = self.around(token, listed).filter(|(fit, _)| exact(fit));
        let kind = match listed.sort {
            Sort::Landmark(kind) | Sort::Facility(Some(kind)) => token.wanted.kinds.contains(&kind),
            Sort::Village | Sort::District | Sort::Facility(None) | Sort::Said | Sort::Road => {
                false
            }
        };
        let is_name = !optional && token.wanted.kinds.is_empty();
        let is_clear = |fit: NameFit| {
            let letters = token.wanted.word.text.len();
            let is_exact = fit < NameFit::Inside && letters >= ONE_EDIT_LETTERS;
            is_exact || fit > NameFit::Inside && letters >= CLEAR_EDIT_LETTERS
        };
        let of_village = listed.sort == Sort::Village;
        speaks.kind |= kind;
        speaks.own |= own.is_some() && !optional || (of_village && around.is_some());
        speaks.clearly |= own.is_some_and(is_clear) && (is_name || of_village)
            || (of_village && around.is_some_and(|(fit, _)| is_clear(fit)));
        let costs = [own.map(own_cost), around.map(|(_, cost)| cost), kind.then_some(0)];
        match costs.into_iter().flatten().min() {
            Some(cost) => Ok(cost),
            None if token.is_surrounding => Ok(SURROUNDING_COST),
            None => Err(token.missing),
        }
    }

    /// How a word agrees with the villages and districts that a place may lie in.
    fn around(&self, token: &Token<'_>, listed: &Listed) -> Option<(NameFit, i32)> {
        let mut best: Option<(NameFit, i32)> = None;
        for (nearness, village) in (0..).zip(&listed.villages) {
            let district = self.index.district_of.get(*village);
            let district = district.and_then(|district| token.districts.get(*district));
            let of_village = token.villages.get(*village).filter(|_| listed.sort != Sort::Village);
            for fit in [of_village, district].into_iter().flatten().flatten() {
                let cost = around_cost(*fit) + nearness;
                if best.is_none_or(|(_, least)| cost < least) {
                    best = Some((*fit, cost));
                }
            }
        }
        best
    }

    /// What is asked for comes before what only has the same letters.
    fn base(&self, sort: Sort, speaks: &Speaks) -> i32 {
        match sort {
            Sort::Village | Sort::Facility(_) => 0,
            Sort::District if self.question.level == Some(Level::District) => -1,
            Sort::Landmark(LandmarkKind::Hamlet) if self.question.level == Some(Level::Hamlet) => {
                -1
            }
            Sort::Landmark(_) if speaks.kind => 0,
            Sort::District | Sort::Landmark(_) => 1,
            Sort::Said => 2,
            Sort::Road if self.question.is_street => 0,
            Sort::Road => 3,
        }
    }
}
