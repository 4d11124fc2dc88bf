//! The roads as vector tiles, for the map: Mapbox Vector Tile 2.1 in the usual Web Mercator squares (pure).

use prost::Message;

use super::graph::{Graph, index};
use super::kind::RoadKind;
use super::shape;

/// Closest zoom that is drawn; the map magnifies it for closer looks.
pub const ZOOM_MAX: u8 = 14;
/// Steps across a tile.
const EXTENT: i32 = 4_096;
/// Lines go on so far beyond the edge that their ends are not seen.
const BEYOND: i32 = 128;
/// Points that are closer than this are one, unless a line ends there.
const APART_MIN: i32 = 6;
/// Segments of one tile at most, the more important first; more would be a grey patch.
const SEGMENTS_MAX: usize = 20_000;
const MOVE_TO: u32 = 1;
const LINE_TO: u32 = 2;
const LINE: u32 = 2;

#[derive(Clone, PartialEq, Message)]
struct Tile {
    #[prost(message, repeated, tag = "3")]
    layers: Vec<Layer>,
}

#[derive(Clone, PartialEq, Message)]
struct Layer {
    #[prost(string, tag = "1")]
    name: String,
    #[prost(message, repeated, tag = "2")]
    features: Vec<Feature>,
    #[prost(string, repeated, tag = "3")]
    keys: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    values: Vec<Value>,
    #[prost(uint32, tag = "5")]
    extent: u32,
    #[prost(uint32, tag = "15")]
    version: u32,
}

#[derive(Clone, PartialEq, Message)]
struct Feature {
    #[prost(uint32, repeated, tag = "2")]
    tags: Vec<u32>,
    #[prost(uint32, tag = "3")]
    kind: u32,
    #[prost(uint32, repeated, tag = "4")]
    geometry: Vec<u32>,
}

#[derive(Clone, PartialEq, Message)]
struct Value {
    #[prost(string, tag = "1")]
    text: String,
}

/// A square of the map: at zoom `z` there are 2^z across, `x` from the west and `y` from the north.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Square {
    z: u8,
    x: u32,
    y: u32,
}

impl Square {
    /// None of a square that is not on the map, or closer than [`ZOOM_MAX`].
    #[must_use]
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        let across = 1_u32.checked_shl(u32::from(z))?;
        (z <= ZOOM_MAX && x < across && y < across).then_some(Self { z, x, y })
    }

    /// The steps from the square's north-west corner to a place.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "rounded to steps")]
    fn steps(self, (lat, lon): (i32, i32)) -> (i32, i32) {
        let across = f64::from(1_u32 << self.z);
        let lat = (f64::from(lat) / 1e7).clamp(-85.0, 85.0).to_radians();
        let east = (f64::from(lon) / 1e7 + 180.0) / 360.0 * across - f64::from(self.x);
        let south =
            (1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0 * across - f64::from(self.y);
        let extent = f64::from(EXTENT);
        ((east * extent).round() as i32, (south * extent).round() as i32)
    }

    /// West, south, east and north in ten millionths of a degree, with what lies just beyond.
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "within the earth")]
    fn bounds(self) -> [i64; 4] {
        let across = f64::from(1_u32 << self.z);
        let beyond = f64::from(BEYOND) / f64::from(EXTENT);
        let lon = |x: f64| ((x / across * 360.0 - 180.0) * 1e7) as i64;
        let lat = |y: f64| {
            let up = std::f64::consts::PI * (1.0 - 2.0 * y / across);
            (up.sinh().atan().to_degrees() * 1e7) as i64
        };
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        [lon(x - beyond), lat(y + 1.0 + beyond), lon(x + 1.0 + beyond), lat(y - beyond)]
    }
}

/// From which zoom on a kind of road is drawn.
const fn drawn_from(kind: RoadKind) -> u8 {
    match kind {
        RoadKind::Motorway | RoadKind::Trunk | RoadKind::Primary | RoadKind::Ferry => 5,
        RoadKind::Secondary => 8,
        RoadKind::Tertiary | RoadKind::Link => 10,
        RoadKind::Unclassified => 11,
        RoadKind::Residential | RoadKind::LivingStreet => 12,
        RoadKind::Pedestrian | RoadKind::Track => 13,
        RoadKind::Service => 14,
    }
}

/// What the map calls a kind of road: the steps in which it draws them.
const fn word(kind: RoadKind) -> &'static str {
    match kind {
        RoadKind::Motorway | RoadKind::Trunk => "main",
        RoadKind::Primary => "primary",
        RoadKind::Secondary => "secondary",
        RoadKind::Tertiary | RoadKind::Link => "tertiary",
        RoadKind::Unclassified | RoadKind::Residential | RoadKind::LivingStreet => "street",
        RoadKind::Service | RoadKind::Pedestrian => "lane",
        RoadKind::Track => "track",
        RoadKind::Ferry => "ferry",
    }
}

const WORDS: [&str; 8] =
    ["main", "primary", "secondary", "tertiary", "street", "lane", "track", "ferry"];

/// The roads of a square as an MVT tile with one layer, `roads`, of lines with `kind` and, where they have one, `name`.
/// Empty where there are none.
#[must_use]
pub fn tile(graph: &Graph, square: Square) -> Vec<u8> {
    let mut segments = graph.segments_in(square.bounds());
    let kind = |segment: &u32| graph.efforts.get(index(*segment)).map(|e| e.grade().kind());
    segments.retain(|segment| kind(segment).is_some_and(|kind| drawn_from(kind) <= square.z));
    segments.sort_by_key(|segment| (kind(segment), *segment));
    segments.truncate(SEGMENTS_MAX);
    let mut names: Vec<&str> = Vec::new();
    let mut features = Vec::new();
    for segment in segments {
        let Some(kind) = kind(&segment) else { continue };
        let geometry = line(&graph.shape(segment), square);
        if geometry.is_empty() {
            continue;
        }
        let value = |text: &str| WORDS.iter().position(|word| *word == text);
        let mut tags = vec![0, number(value(word(kind)).unwrap_or(0))];
        let name = graph.name(segment);
        if !name.is_empty() {
            // A tile has few names, and neighbours have the same.
            let known = names.iter().rposition(|known| *known == name).unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            tags.extend([1, number(WORDS.len() + known)]);
        }
        features.push(Feature { tags, kind: LINE, geometry });
    }
    if features.is_empty() {
        return Vec::new();
    }
    let texts = WORDS.iter().copied().chain(names);
    let layer = Layer {
        name: "roads".to_owned(),
        features,
        keys: vec!["kind".to_owned(), "name".to_owned()],
        values: texts.map(|text| Value { text: text.to_owned() }).collect(),
        extent: EXTENT.unsigned_abs(),
        version: 2,
    };
    Tile { layers: vec![layer] }.encode_to_vec()
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// The parts of a line that meet the square, as MVT's commands.
fn line(points: &[(i32, i32)], square: Square) -> Vec<u32> {
    let points: Vec<(i32, i32)> = points.iter().map(|point| square.steps(*point)).collect();
    let room = -BEYOND..=EXTENT + BEYOND;
    let meets = |two: &[(i32, i32)]| {
        let outside = |a: i32, b: i32| a.max(b) < *room.start() || a.min(b) > *room.end();
        !outside(two[0].0, two[1].0) && !outside(two[0].1, two[1].1)
    };
    let mut parts: Vec<Vec<(i32, i32)>> = Vec::new();
    let mut goes_on = false;
    for two in points.windows(2) {
        let inside = meets(two);
        if inside && !goes_on {
            parts.push(vec![two[0]]);
        }
        if let Some(part) = parts.last_mut().filter(|_| inside) {
            part.push(two[1]);
        }
        goes_on = inside;
    }
    let mut commands = Vec::new();
    let mut at = (0, 0);
    for part in parts {
        let Some((first, rest)) = part.split_first() else { continue };
        let mut kept = vec![*first];
        for (n, point) in rest.iter().enumerate() {
            let last = kept.last().copied().unwrap_or(*first);
            let apart = (point.0 - last.0).abs().max((point.1 - last.1).abs());
            let ends = n + 1 == rest.len();
            if apart >= APART_MIN || (ends && apart > 0) {
                kept.push(*point);
            }
        }
        if kept.len() < 2 {
            continue;
        }
        for (n, point) in kept.iter().enumerate() {
            match n {
                0 => commands.push(MOVE_TO | 1 << 3),
                1 => commands.push(LINE_TO | number(kept.len() - 1) << 3),
                _ => {}
            }
            commands.extend([zigzag(point.0 - at.0), zigzag(point.1 - at.1)]);
            at = *point;
        }
    }
    commands
}

const fn zigzag(change: i32) -> u32 {
    (change << 1 ^ change >> 31).cast_unsigned()
}

impl Graph {
    /// The segments that may pass a rectangle, once each, by their numbers.
    fn segments_in(&self, [west, south, east, north]: [i64; 4]) -> Vec<u32> {
        let mut segments: Vec<u32> = Vec::new();
        for row in shape::rows(south, north) {
            let (first, last) = (shape::cell(row, west), shape::cell(row, east));
            let from = self.cells.partition_point(|cell| *cell < first);
            let to = self.cells.partition_point(|cell| *cell <= last);
            let at = |n: usize| self.cell_at.get(n).map_or(0, |at| index(*at));
            segments.extend(self.in_cell.get(at(from)..at(to)).unwrap_or_default());
        }
        segments.sort_unstable();
        segments.dedup();
        segments
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roads::graph::{Builder, Segment};
    use crate::roads::kind::Grade;

    fn graph() -> Graph {
        let mut builder = Builder::default();
        let name = builder.name("Jalan Gajah Mada");
        let road = |from, to, points: &[(i32, i32)], kind, name, builder: &mut Builder| {
            let grade = Grade::new(kind, false, None);
            builder.segment(&Segment { from, to, points, grade, ways: [true, true], name })
        };
        let east = [(-81_700_000, 1_137_000_000), (-81_700_000, 1_138_000_000)];
        road(0, 1, &east, RoadKind::Primary, name, &mut builder);
        let south = [(-81_700_000, 1_137_000_000), (-81_720_000, 1_137_000_000)];
        road(0, 2, &south, RoadKind::Service, 0, &mut builder);
        builder.finish(3, String::new(), None)
    }

    /// The square of a zoom in which the first junction lies.
    fn square(z: u8) -> Square {
        let across = f64::from(1_u32 << z);
        let x = (113.7 + 180.0) / 360.0 * across;
        let y = (1.0 + 8.17_f64.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * across;
        #[expect(clippy::as_conversions, reason = "a test")]
        Square::new(z, x as u32, y as u32).expect("on the map")
    }

    fn read(bytes: &[u8]) -> Layer {
        Tile::decode(bytes).expect("a tile").layers.remove(0)
    }

    #[test]
    fn a_tile_has_the_roads_of_its_square_with_their_kinds_and_names() {
        let layer = read(&tile(&graph(), square(14)));
        assert_eq!((layer.name.as_str(), layer.version, layer.extent), ("roads", 2, 4_096));
        let words = |feature: &Feature| -> Vec<String> {
            let text = |n: u32| layer.values[index(n)].text.clone();
            feature.tags.chunks_exact(2).map(|tag| text(tag[1])).collect()
        };
        assert_eq!(layer.features.len(), 2);
        assert_eq!(words(&layer.features[0]), ["primary", "Jalan Gajah Mada"]);
        assert_eq!(words(&layer.features[1]), ["lane"]);
        for feature in &layer.features {
            assert_eq!((feature.geometry[0], feature.geometry[3], feature.kind), (9, 10, LINE));
        }
    }

    #[test]
    fn small_roads_are_drawn_when_one_looks_closely() {
        assert_eq!(read(&tile(&graph(), square(13))).features.len(), 1);
        assert!(tile(&graph(), square(4)).is_empty());
    }

    #[test]
    fn a_line_that_leaves_the_square_is_drawn_to_just_beyond_its_edge() {
        // 0.1° at zoom 14 is four and a half squares.
        let mut squares = 0;
        for x in 0..8 {
            let first = square(14);
            let next = Square::new(14, first.x + x, first.y).expect("on the map");
            squares += u32::from(!tile(&graph(), next).is_empty());
        }
        assert!((5..=6).contains(&squares), "{squares}");
    }

    #[test]
    fn squares_that_are_not_on_the_map_are_none() {
        for (z, x, y) in [(15, 0, 0), (40, 0, 0), (3, 8, 0), (3, 0, 8), (0, 1, 0)] {
            assert_eq!(Square::new(z, x, y), None);
        }
        assert!(tile(&Graph::default(), Square::new(0, 0, 0).expect("the world")).is_empty());
    }
}
