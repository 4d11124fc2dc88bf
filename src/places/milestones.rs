//! "Kilometre 12 on the road to …": how far along the roads everything is from the town, and which place is so far
//! out.
//!
//! It is read as so many kilometres by road from the middle of the town, on a road that has the name. Stones at the
//! roadside may count from elsewhere, so the circle around the place is large.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::gazetteer::{Regency, VillageKind};
use crate::place::Position;
use crate::roads::graph::{Drive, Graph, NOWHERE, index};

/// Further out nobody counts.
pub const KM_MAX: f64 = 200.0;
/// A road that ends so much too early or begins too late may still be meant.
const GAP_DM_MAX: u32 = 20_000;
/// Two places within this distance are one: the two sides of a road.
const SAME_WITHIN_M: f64 = 500.0;
/// Roads that have the name and such a place.
const PLACES_MAX: usize = 3;
/// What is never certain, and what grows with the distance.
const UNCERTAINTY_M: u32 = 1_000;
const UNCERTAINTY_M_EACH_KM: f64 = 100.0;

/// What somebody asks for.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub km: f64,
    /// The words about the road.
    pub road: String,
}

/// A place so many kilometres out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stone {
    pub position: Position,
    pub uncertainty_m: u32,
    pub segment: u32,
}

/// Reads `km 12 …`, `kilometer 12,5 …` and `12 km …`; none when there is no number of kilometres, or nothing beside
/// it.
#[must_use]
pub fn read(text: &str) -> Option<Asked> {
    let lower = text.to_lowercase();
    let is_between = |c: char| c.is_whitespace() || matches!(c, ':' | ';' | '(' | ')');
    let words: Vec<&str> = lower.split(is_between).filter(|word| !word.is_empty()).collect();
    for (place, word) in words.iter().enumerate() {
        let bare = word.trim_matches(['.', ',']);
        let glued = ["kilometer", "km"].iter().find_map(|unit| bare.strip_prefix(unit));
        let next = words.get(place + 1).copied().unwrap_or_default();
        let before = place.checked_sub(1).and_then(|place| words.get(place)).copied();
        let (km, used) = match bare {
            "km" | "kilometer" | "kilometre" | "pal" => {
                match (number(next), before.and_then(number)) {
                    (Some(km), _) => (km, place..place + 2),
                    (None, Some(km)) => (km, place - 1..place + 1),
                    (None, None) => continue,
                }
            }
            _ => match glued.and_then(|rest| number(rest.trim_start_matches('.'))) {
                Some(km) => (km, place..place + 1),
                None => continue,
            },
        };
        let rest = words.iter().enumerate().filter(|(place, _)| !used.contains(place));
        let road: Vec<&str> = rest.map(|(_, word)| *word).collect();
        return (!road.is_empty()).then(|| Asked { km, road: road.join(" ") });
    }
    None
}

fn number(word: &str) -> Option<f64> {
    let word = word.trim_matches(['.', ',']).replace(',', ".");
    let plain = word.len() <= 8 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let km: f64 = plain.then(|| word.parse().ok()).flatten()?;
    (km > 0.0 && km <= KM_MAX).then_some(km)
}

/// The middle of the town of a regency: of its kelurahan, or else of the district that has its name.
#[must_use]
pub fn town(regency: &Regency) -> Option<Position> {
    let is_kelurahan = |village: &&crate::gazetteer::Village| {
        village.kind == VillageKind::Kelurahan && !village.position_of_district
    };
    let urban = regency.villages.iter().filter(is_kelurahan).map(|village| village.position);
    let middle = |of: fn(Position) -> f64| {
        let mut degrees: Vec<f64> = urban.clone().map(of).collect();
        degrees.sort_by(f64::total_cmp);
        degrees.get(degrees.len() / 2).copied()
    };
    let middle = middle(Position::lat).zip(middle(Position::lon));
    let middle = middle.and_then(|(lat, lon)| Position::new(lat, lon).ok());
    let same_name = || {
        let named =
            regency.districts.iter().find(|district| regency.name.ends_with(&district.name));
        named.map(|district| district.position)
    };
    middle.or_else(same_name)
}

/// How far along the roads each junction is from the town.
#[derive(Clone, Debug)]
pub struct Milestones {
    decimetres: Vec<u32>,
}

impl Milestones {
    #[must_use]
    pub fn new(graph: &Graph, town: Position) -> Self {
        let mut decimetres = vec![u32::MAX; graph.junctions()];
        let mut open: BinaryHeap<Reverse<(u32, u32)>> = BinaryHeap::new();
        for spot in graph.spots(town) {
            let length = graph.efforts.get(index(spot.segment)).map_or(0, |e| e.decimetres());
            for (backward, left) in [(false, 1.0 - spot.along), (true, spot.along)] {
                let head = graph.head(Drive::new(spot.segment, backward));
                open.push(Reverse((part(length, left), head)));
            }
        }
        while let Some(Reverse((far, junction))) = open.pop() {
            match decimetres.get_mut(index(junction)) {
                Some(known) if *known > far => *known = far,
                _ => continue,
            }
            for (_, arc) in graph.arcs_from(junction) {
                let next = far.saturating_add(arc.effort.decimetres());
                if f64::from(next) <= KM_MAX * 10_000.0 {
                    open.push(Reverse((next, graph.head(arc.drive))));
                }
            }
        }
        Self { decimetres }
    }

    /// The places so many kilometres out on these segments.
    #[must_use]
    pub fn find(&self, graph: &Graph, km: f64, segments: impl Iterator<Item = u32>) -> Vec<Stone> {
        let sought = part(10_000, km);
        let mut found: Vec<(u32, Stone)> = Vec::new();
        for segment in segments {
            let Some((gap, along)) = self.gap(graph, segment, sought) else { continue };
            let Some(position) = point(&graph.shape(segment), along) else { continue };
            let near = UNCERTAINTY_M + gap / 10;
            found.push((
                gap,
                Stone {
                    position,
                    uncertainty_m: near.saturating_add(part(1, km * UNCERTAINTY_M_EACH_KM)),
                    segment,
                },
            ));
        }
        found.sort_by_key(|(gap, stone)| (*gap, stone.segment));
        let mut stones: Vec<Stone> = Vec::new();
        for (gap, stone) in &found {
            let is_apart =
                stones.iter().all(|s| s.position.metres_to(stone.position) > SAME_WITHIN_M);
            // A road that does not reach so far counts only where none does.
            if stones.len() < PLACES_MAX && is_apart && (*gap == 0 || stones.is_empty()) {
                stones.push(*stone);
            }
        }
        stones
    }

    /// By how much a segment misses a distance, and which part of it is nearest to it.
    fn gap(&self, graph: &Graph, segment: u32, sought: u32) -> Option<(u32, f64)> {
        let length = graph.efforts.get(index(segment))?.decimetres();
        let far = |backward: bool| {
            let head = graph.head(Drive::new(segment, backward));
            let known = self.decimetres.get(index(head)).copied();
            known.filter(|far| head != NOWHERE && *far != u32::MAX)
        };
        // Of a road that is driven one way only its end is known.
        let (first, last) = match (far(true), far(false)) {
            (Some(first), Some(last)) => (first, last),
            (None, Some(last)) => (last.saturating_sub(length), last),
            (Some(first), None) => (first, first.saturating_sub(length)),
            (None, None) => return None,
        };
        let (least, most) = (first.min(last), first.max(last));
        let gap = least.saturating_sub(sought).max(sought.saturating_sub(most));
        let spread = (f64::from(last) - f64::from(first)).abs().max(1.0);
        let along = (f64::from(sought.clamp(least, most)) - f64::from(first)).abs() / spread;
        (gap <= GAP_DM_MAX).then_some((gap, along))
    }
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part of a length, or a length that was checked"
)]
fn part(decimetres: u32, part: f64) -> u32 {
    (f64::from(decimetres) * part).round() as u32
}

/// The point at a part of a line's length.
fn point(points: &[(i32, i32)], along: f64) -> Option<Position> {
    let places: Vec<Position> =
        points.iter().filter_map(|(lat, lon)| Position::from_e7(*lat, *lon).ok()).collect();
    let lengths = places.windows(2).map(|two| two[0].metres_to(two[1]));
    let mut left = lengths.clone().sum::<f64>() * along.clamp(0.0, 1.0);
    for (two, length) in places.windows(2).zip(lengths) {
        if left <= length && length > 0.0 {
            let part = left / length;
            let between = |a: f64, b: f64| (b - a).mul_add(part, a);
            let lat = between(two[0].lat(), two[1].lat());
            return Position::new(lat, between(two[0].lon(), two[1].lon())).ok();
        }
        left -= length;
    }
    places.last().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kilometres_are_read_in_the_ways_in_which_they_are_said() {
        for (text, km, road) in [
            ("km 12 jalan raya ke Lumajang", 12.0, "jalan raya ke lumajang"),
            ("Kilometer 12 jalan raya ke lumajang", 12.0, "jalan raya ke lumajang"),
            ("jl raya jember-banyuwangi km. 23,5", 23.5, "jl raya jember-banyuwangi"),
            ("jl. raya ambulu km7", 7.0, "jl. raya ambulu"),
            ("jl. raya ambulu KM.7", 7.0, "jl. raya ambulu"),
            ("12 km arah lumajang", 12.0, "arah lumajang"),
        ] {
            assert_eq!(read(text), Some(Asked { km, road: road.to_owned() }), "{text}");
        }
        for text in [
            "",
            "km",
            "km 12",
            "km nol",
            "km 0 lumajang",
            "km 1e9 x",
            "km -3 x",
            "kmx 3",
            "km 999 x",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
