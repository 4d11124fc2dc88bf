//! Landmarks of an extract: what people name when they say where they are. Points, and areas by their middle.
//!
//! They stand in the file of the roads as one section, written and read here.

use std::collections::BTreeMap;

use super::pbf::{Element, Tags};
use crate::gazetteer::LANDMARK_KINDS;
use crate::gazetteer::LandmarkKind::{self, *};
use crate::place::Position;

/// Landmarks of one file: several times those of Java.
const LANDMARKS_MAX: usize = 4_000_000;
/// Nodes of one outline that its middle is taken of.
const OUTLINE_NODES_MAX: usize = 1_000;
/// Bytes of a name; the format of the extract allows as many.
const NAME_BYTES_MAX: usize = 255;
/// Two of one kind and name within this distance are one that was drawn twice.
const SAME_WITHIN_M: f64 = 150.0;

/// One landmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landmark {
    pub kind: LandmarkKind,
    /// As the extract has it; empty where people know it by its kind alone.
    pub name: String,
    /// Ten millionths of a degree, latitude first.
    pub at: (i32, i32),
}

impl Landmark {
    #[must_use]
    pub fn position(&self) -> Option<Position> {
        Position::from_e7(self.at.0, self.at.1).ok()
    }
}

/// Gathers the landmarks while the extract is read twice.
#[derive(Default)]
pub struct Collector {
    found: Vec<Landmark>,
    /// Landmarks with an outline, and how far it reaches: south, west, north, east.
    outlined: Vec<(LandmarkKind, String, Option<[i32; 4]>)>,
    /// The nodes of the outlines, with the outline that each is of.
    corners: Vec<(i64, u32)>,
    is_sorted: bool,
}

impl Collector {
    /// Takes an element of the first reading.
    pub fn take(&mut self, element: &Element<'_>) {
        if self.found.len() + self.outlined.len() >= LANDMARKS_MAX {
            return;
        }
        match element {
            Element::Node { at: Some(at), tags, .. } => {
                if let Some((kind, name)) = landmark(*tags) {
                    self.found.push(Landmark { kind, name, at: *at });
                }
            }
            Element::Way { refs, tags, .. } => {
                if let Some((kind, name)) = landmark(*tags)
                    && let Ok(outline) = u32::try_from(self.outlined.len())
                {
                    self.outlined.push((kind, name, None));
                    let corners = refs.iter().take(OUTLINE_NODES_MAX);
                    self.corners.extend(corners.map(|node| (*node, outline)));
                }
            }
            Element::Node { at: None, .. } | Element::Relation { .. } => {}
        }
    }

    /// Takes an element of the second reading, which tells where the outlines are.
    pub fn place(&mut self, element: &Element<'_>) {
        let Element::Node { id, at: Some((lat, lon)), .. } = element else { return };
        if !self.is_sorted {
            self.corners.sort_unstable();
            self.is_sorted = true;
        }
        let first = self.corners.partition_point(|(node, _)| node < id);
        for (_, outline) in self.corners.iter().skip(first).take_while(|(node, _)| node == id) {
            let outline = usize::try_from(*outline).ok().and_then(|n| self.outlined.get_mut(n));
            if let Some((_, _, reach)) = outline {
                let [south, west, north, east] = reach.unwrap_or([*lat, *lon, *lat, *lon]);
                let wider = [south.min(*lat), west.min(*lon), north.max(*lat), east.max(*lon)];
                *reach = Some(wider);
            }
        }
    }

    /// All of them, each once, by name.
    #[must_use]
    pub fn finish(self) -> Vec<Landmark> {
        let middle = |a: i32, b: i32| a.midpoint(b);
        let outlined = self.outlined.into_iter().filter_map(|(kind, name, reach)| {
            let [south, west, north, east] = reach?;
            Some(Landmark { kind, name, at: (middle(south, north), middle(west, east)) })
        });
        let mut all = self.found;
        all.extend(outlined);
        all.sort_by(|a, b| (&a.name, a.kind, a.at).cmp(&(&b.name, b.kind, b.at)));
        let mut once: Vec<Landmark> = Vec::with_capacity(all.len());
        for one in all {
            let same = |other: &&Landmark| other.kind == one.kind && other.name == one.name;
            let close = |other: &Landmark| match (other.position(), one.position()) {
                (Some(other), Some(one)) => other.metres_to(one) < SAME_WITHIN_M,
                _ => false,
            };
            // Those without a name are told apart by their place alone, and may stand close together.
            let drawn_twice = !one.name.is_empty() && once.iter().rev().take_while(same).any(close);
            if !drawn_twice {
                once.push(one);
            }
        }
        once
    }
}

/// How many there are of each kind.
#[must_use]
pub fn counts(landmarks: &[Landmark]) -> BTreeMap<LandmarkKind, usize> {
    let mut counts = BTreeMap::new();
    for landmark in landmarks {
        *counts.entry(landmark.kind).or_default() += 1;
    }
    counts
}

/// The kind and name of a landmark; none of what is no landmark, or has no name without which it says nothing.
fn landmark(tags: Tags<'_>) -> Option<(LandmarkKind, String)> {
    if tags.is_empty() {
        return None;
    }
    let name = ["name", "name:id", "official_name"].iter().find_map(|key| tags.get(key));
    let mut name = name.unwrap_or_default().trim();
    if let Some(bridge) = tags.get("bridge:name") {
        name = bridge.trim();
    }
    let kind = by_name(name, tags).or_else(|| kind(tags))?;
    if name.is_empty() && kind.unnamed().is_none() {
        return None;
    }
    let end = name.floor_char_boundary(NAME_BYTES_MAX);
    Some((kind, name.get(..end).unwrap_or_default().to_owned()))
}

/// What the name says where the tags say less: village halls and health posts are drawn as any building.
fn by_name(name: &str, tags: Tags<'_>) -> Option<LandmarkKind> {
    let is_place = ["amenity", "building", "office", "healthcare", "man_made", "bridge", "landuse"]
        .iter()
        .any(|key| tags.get(key).is_some_and(|value| value != "no"));
    if !is_place {
        return None;
    }
    let lower = name.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| lower.starts_with(word));
    if tags.get("bridge:name").is_some() || begins(&["jembatan "]) {
        Some(Bridge)
    } else if tags.get("highway").is_some() {
        None
    } else if begins(&["puskesmas", "pustu", "polindes", "poskesdes", "ponkesdes", "posyandu"]) {
        Some(HealthPost)
    } else if begins(&["balai desa", "kantor desa", "kantor kelurahan", "kantor kecamatan"]) {
        Some(Office)
    } else if begins(&["masjid", "mesjid", "musholla", "mushola", "musala", "langgar", "surau"]) {
        Some(Mosque)
    } else {
        None
    }
}

fn kind(tags: Tags<'_>) -> Option<LandmarkKind> {
    let of = |key: &str, kind: fn(&str) -> Option<LandmarkKind>| tags.get(key).and_then(kind);
    if tags.get("amenity") == Some("place_of_worship") {
        return match tags.get("religion") {
            Some("christian") => Some(Church),
            Some("hindu" | "buddhist" | "taoist" | "confucian" | "chinese_folk") => Some(Temple),
            Some("muslim") | None => Some(Mosque),
            Some(_) => None,
        };
    }
    of("amenity", of_amenity)
        .or_else(|| of("healthcare", of_healthcare))
        .or_else(|| of("place", of_place))
        .or_else(|| of("tourism", of_tourism))
        .or_else(|| of("leisure", of_leisure))
        .or_else(|| of("railway", |v| matches!(v, "station" | "halt").then_some(Station)))
        .or_else(|| {
            of("man_made", |v| match v {
                "bridge" => Some(Bridge),
                "works" => Some(Works),
                _ => None,
            })
        })
        .or_else(|| of("landuse", |v| (v == "cemetery").then_some(Cemetery)))
        .or_else(|| of("junction", |v| (v == "yes").then_some(Junction)))
        .or_else(|| {
            of("natural", |v| {
                matches!(v, "beach" | "peak" | "volcano" | "cave_entrance" | "bay")
                    .then_some(Nature)
            })
        })
        .or_else(|| of("waterway", |v| (v == "waterfall").then_some(Nature)))
        .or_else(|| of("shop", |v| (v != "no" && v != "vacant").then_some(Shop)))
        .or_else(|| of("office", |v| (v == "government").then_some(Office)))
}

fn of_amenity(amenity: &str) -> Option<LandmarkKind> {
    Some(match amenity {
        "school" | "kindergarten" | "college" | "university" => School,
        "marketplace" => Market,
        "hospital" => Hospital,
        "clinic" | "doctors" => Clinic,
        "health_post" => HealthPost,
        "pharmacy" => Pharmacy,
        "townhall" | "community_centre" | "post_office" | "courthouse" => Office,
        "police" | "fire_station" => Police,
        "fuel" => Fuel,
        "bus_station" | "ferry_terminal" => Station,
        "restaurant" | "cafe" | "fast_food" | "food_court" => Food,
        "bank" => Bank,
        "grave_yard" => Cemetery,
        _ => return None,
    })
}

fn of_healthcare(healthcare: &str) -> Option<LandmarkKind> {
    Some(match healthcare {
        "hospital" => Hospital,
        "clinic" | "doctor" | "doctors" | "midwife" => Clinic,
        "centre" | "community_health_centre" => HealthPost,
        "pharmacy" => Pharmacy,
        _ => return None,
    })
}

fn of_place(place: &str) -> Option<LandmarkKind> {
    match place {
        "hamlet" | "neighbourhood" | "quarter" | "suburb" | "isolated_dwelling" | "locality" => {
            Some(Hamlet)
        }
        "square" => Some(Ground),
        _ => None,
    }
}

fn of_tourism(tourism: &str) -> Option<LandmarkKind> {
    match tourism {
        "hotel" | "guest_house" | "motel" | "hostel" | "apartment" => Some(Hotel),
        "attraction" | "viewpoint" | "theme_park" | "museum" => Some(Nature),
        _ => None,
    }
}

fn of_leisure(leisure: &str) -> Option<LandmarkKind> {
    matches!(leisure, "park" | "stadium" | "pitch" | "sports_centre" | "common").then_some(Ground)
}

/// The section of the file: of each landmark its kind, its place, and its name with the length before it.
#[must_use]
pub fn encode(landmarks: &[Landmark]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(landmarks.len() * 32);
    for landmark in landmarks {
        let kind = LANDMARK_KINDS.iter().position(|kind| *kind == landmark.kind);
        let name = landmark.name.as_bytes();
        bytes.push(kind.and_then(|kind| u8::try_from(kind).ok()).unwrap_or(u8::MAX));
        bytes.extend(landmark.at.0.to_le_bytes());
        bytes.extend(landmark.at.1.to_le_bytes());
        bytes.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        bytes.extend(name.iter().take(NAME_BYTES_MAX));
    }
    bytes
}

/// The landmarks of a section; none when it is no such section.
#[must_use]
pub fn decode(mut bytes: &[u8]) -> Option<Vec<Landmark>> {
    let mut landmarks = Vec::new();
    while let Some((head, rest)) = bytes.split_first_chunk::<10>() {
        let [kind, a, b, c, d, e, f, g, h, length] = *head;
        let kind = *LANDMARK_KINDS.get(usize::from(kind))?;
        let at = (i32::from_le_bytes([a, b, c, d]), i32::from_le_bytes([e, f, g, h]));
        let (name, rest) = rest.split_at_checked(usize::from(length))?;
        let name = std::str::from_utf8(name).ok()?.to_owned();
        let landmark = Landmark { kind, name, at };
        landmark.position()?;
        landmarks.push(landmark);
        bytes = rest;
    }
    bytes.is_empty().then_some(landmarks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_section_is_read_as_it_was_written_and_anything_else_is_refused() {
        let landmark = |name: &str| Landmark {
            kind: Market,
            name: name.to_owned(),
            at: (-82_000_000, 1_137_000_000),
        };
        let all = [landmark(""), landmark("Pasar Tanjung"), landmark(&"x".repeat(255))];
        let good = encode(&all);
        assert_eq!(decode(&good).as_deref(), Some(&all[..]));
        assert_eq!(decode(&[]), Some(Vec::new()));
        let ends = [0, 10, 10 + 10 + 13, good.len()];
        for length in (0..good.len()).filter(|length| !ends.contains(length)) {
            assert_eq!(decode(&good[..length]), None, "cut at {length}");
        }
        for (at, byte) in [(0, 200), (4, 0x7f), (9, 255)] {
            let mut damaged = good.clone();
            damaged[at] = byte;
            assert!(decode(&damaged).is_none_or(|read| read != all), "{at}");
        }
        let bad_name = [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff];
        assert_eq!(decode(&bad_name), None);
    }
}
