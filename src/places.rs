//! Where a caller is, from what was said or pasted: villages, districts, landmarks, facilities, roads and earlier
//! places by name; coordinates, links, Plus Codes and kilometres along a road.
//!
//! Pure: it knows what it was given when it was made. Every answer has a circle within which the place really is.

pub mod milestones;
pub mod pasted;
pub mod plus_code;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::gazetteer::question::Question;
use crate::gazetteer::search::{Entry, Index, Match, Sort, VILLAGES_OF_A_PLACE};
use crate::gazetteer::{LandmarkKind, Regency, villages};
use crate::ids::IncidentId;
use crate::place::{Bounds, Position};
use crate::roads::Roads;
use crate::roads::graph::index;
use milestones::{Milestones, Stone};
use pasted::{By, Nowhere, Pasted};
use plus_code::Code;

/// Around a facility, which stands at one address.
const FACILITY_M: u32 = 100;
/// Nobody's place is known better than this, however exact its code.
const CODE_M_MIN: f64 = 20.0;
/// Characters of what a caller said of a place that are searched.
const SAID_CHARS_MAX: usize = 120;
/// Landmarks and roads of one area; a city has some tens of thousands.
const THINGS_MAX: usize = 400_000;

/// What a place is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Village,
    District,
    Landmark(LandmarkKind),
    Facility,
    Road,
    Kilometre,
    Coordinates,
    /// A caller's phone said it.
    Phone,
    PlusCode,
    Incident(IncidentId),
}

impl Kind {
    /// In the protocol.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Village => "village",
            Self::District => "district",
            Self::Landmark(_) => "landmark",
            Self::Facility => "facility",
            Self::Road => "road",
            Self::Kilometre => "kilometre",
            Self::Coordinates => "coordinates",
            Self::Phone => "phone",
            Self::PlusCode => "plus_code",
            Self::Incident(_) => "incident",
        }
    }
}

/// A place that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    pub kind: Kind,
    /// Its own name.
    pub name: String,
    /// Name, village and district: `Masjid Al-Huda (dekat Sempolan, Kec. Silo)`.
    pub label: String,
    /// Kemendagri code of the village itself, or of the one after which the place is named.
    pub village: Option<String>,
    pub position: Position,
    /// Metres around the position within which the place really is.
    pub uncertainty_m: u32,
}

/// What was found, and why what was pasted is no place.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    pub places: Vec<Place>,
    pub nowhere: Option<Nowhere>,
}

/// One of the area's own facilities.
#[derive(Clone, Debug)]
pub struct Known {
    pub name: String,
    pub kind: Option<LandmarkKind>,
    pub position: Position,
}

/// A place of an earlier incident, as its caller put it.
#[derive(Clone, Debug)]
pub struct Said {
    pub incident: IncidentId,
    pub text: String,
    pub position: Position,
    pub uncertainty_m: u32,
}

/// A question.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub q: &'a str,
    /// What is known already: the caller's earlier place, or the middle of the map.
    pub near: Option<Position>,
    pub limit: usize,
    /// Earlier places that whoever asks may see.
    pub said: &'a [Said],
    /// Places elsewhere are refused.
    pub country: Bounds,
}

/// Something that the index lists.
#[derive(Clone, Debug)]
struct Thing {
    place: Place,
    /// Of a road the number of its name in the graph.
    road: Option<u32>,
}

/// Everything of an area that can be found.
#[derive(Clone, Debug)]
pub struct Places {
    regency: Arc<Regency>,
    index: Index,
    things: Vec<Thing>,
    roads: Option<Arc<Roads>>,
    milestones: Option<Milestones>,
}

impl Places {
    /// Prepares the search; landmarks and roads only where there are roads.
    #[must_use]
    pub fn new(regency: Arc<Regency>, facilities: &[Known], roads: Option<Arc<Roads>>) -> Self {
        let mut gathered = Gathered { regency: &regency, entries: Vec::new(), things: Vec::new() };
        gathered.villages();
        gathered.districts();
        gathered.facilities(facilities);
        if let Some(roads) = &roads {
            gathered.landmarks(roads);
            gathered.roads(roads);
        }
        let (index, things) =
            (Index::new(regency.surroundings(), &gathered.entries), gathered.things);
        let milestones = roads.as_ref().and_then(|roads| {
            let town = milestones::town(&regency)?;
            Some(Milestones::new(roads.graph(), town))
        });
        Self { regency, index, things, roads, milestones }
    }

    /// How many places there are.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.things.len()
    }

    /// The places that answer a question, the best first.
    #[must_use]
    pub fn find(&self, asked: &Asked<'_>) -> Found {
        match pasted::read(asked.q, asked.country) {
            Pasted::At { position, uncertainty_m, by } => {
                let kind = match by {
                    By::Person => Kind::Coordinates,
                    By::Phone => Kind::Phone,
                };
                found(vec![self.at(kind, position, uncertainty_m)], asked.limit)
            }
            Pasted::Code(code, rest) => self.of_code(&code, &rest, asked),
            Pasted::Words(words) => found(self.in_words(&words, asked), asked.limit),
            Pasted::Nowhere(why, rest) => {
                let places = self.in_words(&rest, asked);
                Found { nowhere: Some(why), ..found(places, asked.limit) }
            }
        }
    }

    /// A point, named after the village that it is near.
    fn at(&self, kind: Kind, position: Position, uncertainty_m: u32) -> Place {
        let name = format!("{:.5}, {:.5}", position.lat(), position.lon());
        Place::near(&self.regency, kind, name, position, uncertainty_m)
    }

    fn of_code(&self, code: &Code, rest: &str, asked: &Asked<'_>) -> Found {
        let named = self.by_name(&Question::read(rest), &Asked { limit: 1, ..*asked });
        let middle = || {
            let [west, south, east, north] = self.regency.bbox();
            Position::new(f64::midpoint(south, north), f64::midpoint(west, east)).ok()
        };
        let near = named.first().map(|place| place.position).or(asked.near).or_else(middle);
        let square = near.and_then(|near| code.square(near));
        match square {
            Some(square) if asked.country.contains(square.middle) => {
                let reach_m = whole(square.reach_m.max(CODE_M_MIN));
                found(vec![self.at(Kind::PlusCode, square.middle, reach_m)], asked.limit)
            }
            _ => Found { nowhere: Some(Nowhere::Abroad), places: Vec::new() },
        }
    }

    fn in_words(&self, words: &str, asked: &Asked<'_>) -> Vec<Place> {
        let mut places = self.kilometre(words);
        places.extend(self.by_name(&Question::read(words), asked));
        places
    }

    /// The places at a number of kilometres on the roads that have the name.
    fn kilometre(&self, words: &str) -> Vec<Place> {
        let (Some(roads), Some(milestones)) = (&self.roads, &self.milestones) else {
            return Vec::new();
        };
        let Some(asked) = milestones::read(words) else { return Vec::new() };
        let mut question = Question::read(&asked.road);
        question.is_street = true;
        let matches = self.index.find(&question, None);
        let mut names: Vec<u32> = matches
            .iter()
            .filter(|one| one.missing() == 0)
            .filter_map(|one| self.things.get(one.entry)?.road)
            .collect();
        names.sort_unstable();
        names.dedup();
        let graph = roads.graph();
        let segments = (0_u32..).zip(&graph.named);
        let segments = segments.filter(|(_, name)| names.binary_search(name).is_ok());
        let stones = milestones.find(graph, asked.km, segments.map(|(segment, _)| segment));
        let place = |stone: &Stone| {
            let name = format!("KM {} {}", asked.km, graph.name(stone.segment));
            Place::near(&self.regency, Kind::Kilometre, name, stone.position, stone.uncertainty_m)
        };
        stones.iter().map(place).collect()
    }

    fn by_name(&self, question: &Question, asked: &Asked<'_>) -> Vec<Place> {
        let said = Gathered::said(&self.regency, asked.said);
        let of_said = Index::new(self.regency.surroundings(), &said.entries);
        let place = |things: &[Thing], one: &Match| {
            let mut place = things.get(one.entry)?.place.clone();
            if !matches!(place.kind, Kind::Village | Kind::District) {
                place.uncertainty_m = place.uncertainty_m.saturating_add(one.beside_m);
            }
            Some(place)
        };
        let mine = self.index.find(question, asked.near).into_iter().map(|one| (false, one));
        let theirs = of_said.find(question, asked.near).into_iter().map(|one| (true, one));
        let mut all: Vec<(bool, Match)> = mine.take(asked.limit).chain(theirs).collect();
        let least = all.iter().map(|(_, one)| one.missing()).min();
        all.retain(|(_, one)| Some(one.missing()) == least);
        all.sort_by(|(a_said, a), (b_said, b)| a.rank(b).then(a_said.cmp(b_said)));
        let best = all.into_iter().take(asked.limit);
        best.filter_map(|(is_said, one)| {
            place(if is_said { &said.things } else { &self.things }, &one)
        })
        .collect()
    }
}

fn found(mut places: Vec<Place>, limit: usize) -> Found {
    places.truncate(limit);
    Found { places, nowhere: None }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "metres on earth"
)]
fn whole(metres: f64) -> u32 {
    metres.round() as u32
}

impl Place {
    /// A place at a point, named after the village that it is near.
    fn near(regency: &Regency, kind: Kind, name: String, position: Position, m: u32) -> Self {
        Self {
            kind,
            label: format!("{name} ({})", regency.whereabouts(position)),
            name,
            village: regency.village_of(position).map(|(village, _)| village.code.clone()),
            position,
            uncertainty_m: m,
        }
    }
}

/// What is to be listed, as it is gathered.
struct Gathered<'a> {
    regency: &'a Regency,
    entries: Vec<Entry>,
    things: Vec<Thing>,
}

impl<'a> Gathered<'a> {
    fn said(regency: &'a Regency, said: &[Said]) -> Self {
        let mut gathered = Self { regency, entries: Vec::new(), things: Vec::new() };
        for one in said {
            let name: String = one.text.chars().take(SAID_CHARS_MAX).collect();
            let kind = Kind::Incident(one.incident);
            let place = Place::near(regency, kind, name.clone(), one.position, one.uncertainty_m);
            gathered.list(name, Sort::Said, place, None);
        }
        gathered
    }

    fn list(&mut self, searched: String, sort: Sort, place: Place, road: Option<u32>) {
        self.entries.push(Entry {
            name: searched,
            label: place.label.clone(),
            sort,
            at: place.position,
            villages: self.regency.nearest_villages::<VILLAGES_OF_A_PLACE>(place.position),
        });
        self.things.push(Thing { place, road });
    }

    fn villages(&mut self) {
        let regency = self.regency;
        let label = |code: &str| regency.village_label(code).unwrap_or_default();
        let labels: Vec<&str> = regency.villages.iter().map(|v| label(&v.code)).collect();
        self.entries = villages::entries(&regency.villages, &labels);
        for (village, label) in regency.villages.iter().zip(labels) {
            let place = Place {
                kind: Kind::Village,
                name: village.name.clone(),
                label: label.to_owned(),
                village: Some(village.code.clone()),
                position: village.position,
                uncertainty_m: village.uncertainty_m,
            };
            self.things.push(Thing { place, road: None });
        }
    }

    fn districts(&mut self) {
        let regency = self.regency;
        for district in &regency.districts {
            let within = regency.villages.iter().filter(|v| v.district_code == district.code);
            let reach = |v: &crate::gazetteer::Village| {
                district.position.metres_to(v.position) + f64::from(v.uncertainty_m)
            };
            let reach_m = within.map(reach).fold(1_000.0, f64::max);
            let name = format!("Kec. {}", district.name);
            let place = Place {
                kind: Kind::District,
                label: format!("{name}, {}", regency.name),
                name,
                village: None,
                position: district.position,
                uncertainty_m: whole(reach_m),
            };
            self.list(district.name.clone(), Sort::District, place, None);
        }
    }

    fn facilities(&mut self, facilities: &[Known]) {
        for facility in facilities {
            let name = facility.name.clone();
            let place = Place::near(
                self.regency,
                Kind::Facility,
                name.clone(),
                facility.position,
                FACILITY_M,
            );
            self.list(name, Sort::Facility(facility.kind), place, None);
        }
    }

    fn landmarks(&mut self, roads: &Roads) {
        for landmark in &roads.graph().landmarks {
            let Some(position) = landmark.position() else { continue };
            if self.things.len() >= THINGS_MAX || !self.regency.surrounds(position) {
                continue;
            }
            let kind = landmark.kind;
            let name = if landmark.name.is_empty() {
                kind.unnamed().unwrap_or_default().to_owned()
            } else {
                landmark.name.clone()
            };
            let place = Place::near(
                self.regency,
                Kind::Landmark(kind),
                name.clone(),
                position,
                kind.uncertainty_m(),
            );
            self.list(name, Sort::Landmark(kind), place, None);
        }
    }

    /// Each road that has a name, once for each village that it passes.
    fn roads(&mut self, roads: &Roads) {
        let graph = roads.graph();
        let mut passes: BTreeMap<(u32, usize), Vec<Position>> = BTreeMap::new();
        for (segment, name) in (0..).zip(&graph.named).filter(|(_, name)| **name != 0) {
            let shape = graph.shape(segment);
            let middle = shape.get(shape.len() / 2).copied();
            let Some((lat, lon)) = middle else { continue };
            let Ok(position) = Position::from_e7(lat, lon) else { continue };
            if !self.regency.surrounds(position) {
                continue;
            }
            let nearest = self.regency.nearest_villages::<1>(position);
            let village = nearest.first().copied().unwrap_or(usize::MAX);
            passes.entry((*name, village)).or_default().push(position);
        }
        for ((name, _), mut along) in passes {
            if self.things.len() >= THINGS_MAX {
                return;
            }
            along.sort_by(|a, b| (a.lat() + a.lon()).total_cmp(&(b.lat() + b.lon())));
            let Some(middle) = along.get(along.len() / 2).copied() else { continue };
            let reach_m = along.iter().map(|at| at.metres_to(middle)).fold(100.0, f64::max);
            let at = |n: u32| graph.name_at.get(index(n)).map_or(0, |at| index(*at));
            let name_bytes = graph.names.get(at(name)..at(name + 1)).unwrap_or_default();
            let name_text = std::str::from_utf8(name_bytes).unwrap_or_default().to_owned();
            let place =
                Place::near(self.regency, Kind::Road, name_text.clone(), middle, whole(reach_m));
            self.list(without_street(&name_text), Sort::Road, place, Some(name));
        }
    }
}

/// A road's name without the word for a road, which nobody looks for.
fn without_street(name: &str) -> String {
    let (first, rest) = name.split_once([' ', '.']).unwrap_or(("", name));
    let is_street =
        ["jalan", "jl", "jln", "gang", "gg"].iter().any(|w| first.eq_ignore_ascii_case(w));
    if is_street { rest.trim_start_matches(['.', ' ']) } else { name }.to_owned()
}
