//! What of the roads and the scenery is drawn on which square of the map, as vector tiles (pure).

use std::collections::BTreeMap;

use prost::Message;

use super::graph::{Graph, index};
use super::kind::RoadKind;
use super::mvt::{Layer, Pen, Shape, Tile};
use super::scenery::{Form, Kind, Points, Thing};
use super::shape;
use super::square::Square;

/// Raised when squares are drawn otherwise than before, so that nobody keeps old ones.
pub const DRAWING: u8 = 2;
/// Closest zoom that is drawn; the map magnifies it for closer looks.
pub const ZOOM_MAX: u8 = 14;
/// A tile's size before it is packed, about. Beyond it the less important is left out: first what lies beside the
/// roads, small before large, then the smaller roads.
pub const TILE_BYTES_MAX: usize = 600_000;
/// Segments of one tile at most, the more important first; more would be a grey patch.
const SEGMENTS_MAX: usize = 20_000;
/// Names along roads are read from here on; further away, roads of one kind are joined whatever their names.
const NAMES_FROM: u8 = 12;
/// An area that is smaller than this many steps is not seen: four pixels.
const AREA_STEPS_MIN: i64 = 32;
const LINE_STEPS_MIN: i64 = 16;

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

/// From which zoom on a thing beside the roads is drawn.
const fn seen_from(kind: Kind) -> u8 {
    match kind {
        Kind::Coast | Kind::Lake => 5,
        Kind::Town => 7,
        Kind::River | Kind::Wood => 8,
        Kind::Built | Kind::Rail => 9,
        Kind::Village => 10,
        Kind::Park => 11,
        Kind::Stream | Kind::Hamlet => 12,
    }
}

/// The layer on which a thing is drawn, and what the map calls it.
const fn place_of(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Coast => ("waterways", "coast"),
        Kind::River => ("waterways", "river"),
        Kind::Stream => ("waterways", "stream"),
        Kind::Lake => ("water", "lake"),
        Kind::Wood => ("land", "wood"),
        Kind::Park => ("land", "park"),
        Kind::Built => ("land", "built"),
        Kind::Rail => ("rails", "rail"),
        Kind::Town => ("places", "town"),
        Kind::Village => ("places", "village"),
        Kind::Hamlet => ("places", "hamlet"),
    }
}

/// The layers of a tile; the roads first, since they have the first claim to its room.
pub const LAYERS: [&str; 6] = ["roads", "waterways", "water", "places", "rails", "land"];

/// A square of the map as an MVT tile, on the layers of [`LAYERS`] that have something: things with `kind` and, where
/// they have one, `name`. Empty where nothing is.
#[must_use]
pub fn tile(graph: &Graph, square: Square) -> Vec<u8> {
    if square.zoom() > ZOOM_MAX {
        return Vec::new();
    }
    let mut left = TILE_BYTES_MAX;
    let mut layers = Vec::new();
    let mut keep = |pen: Pen, name: &str| {
        layers.extend(pen.layer(name));
    };
    let roads = roads(graph, square, left);
    left = left.saturating_sub(roads.bytes());
    keep(roads, "roads");
    let things = things_in(graph, square);
    for name in &LAYERS[1..] {
        let on_layer = things.iter().copied().filter(|thing| place_of(thing.kind).0 == *name);
        let pen = beside(graph, square, &on_layer.collect::<Vec<_>>(), left);
        left = left.saturating_sub(pen.bytes());
        keep(pen, name);
    }
    if layers.is_empty() { Vec::new() } else { encoded(layers) }
}

fn encoded(layers: Vec<Layer>) -> Vec<u8> {
    Tile { layers }.encode_to_vec()
}

/// The roads of a square, the important first, each from crossing to crossing as one line.
fn roads(graph: &Graph, square: Square, bytes_max: usize) -> Pen {
    let kind = |segment: u32| graph.efforts.get(index(segment)).map(|e| e.grade().kind());
    let mut segments = graph.segments_in(square.bounds(), |segment| {
        kind(segment).is_some_and(|kind| drawn_from(kind) <= square.zoom())
    });
    segments.sort_by_key(|segment| (kind(*segment), *segment));
    segments.truncate(SEGMENTS_MAX);
    let mut lines: BTreeMap<(RoadKind, u32), Vec<Points>> = BTreeMap::new();
    for segment in segments {
        let Some(kind) = kind(segment) else { continue };
        let named = graph.named.get(index(segment)).copied().unwrap_or_default();
        let named = if square.zoom() >= NAMES_FROM { named } else { 0 };
        lines.entry((kind, named)).or_default().push(graph.shape(segment));
    }
    let mut pen = Pen::default();
    for ((kind, named), lines) in lines {
        for line in joined(lines) {
            let parts = square.line(&line);
            if !parts.is_empty() && pen.bytes() < bytes_max {
                pen.draw(&Shape::Lines(parts), word(kind), graph.name_numbered(named));
            }
        }
    }
    pen
}

/// What of the scenery may be seen on a square, the larger first.
fn things_in(graph: &Graph, square: Square) -> Vec<Thing> {
    let [west, south, east, north] = square.bounds();
    let size = |thing: &Thing| {
        let [w, s, e, n] = thing.bounds.map(i64::from);
        (e - w).max(n - s)
    };
    let seen = |thing: &&Thing| {
        let [w, s, e, n] = thing.bounds.map(i64::from);
        let meets = w <= east && e >= west && s <= north && n >= south;
        let steps = square.steps_across(size(thing));
        let large = match thing.kind.form() {
            Form::Point => true,
            Form::Line => steps >= LINE_STEPS_MIN,
            Form::Area => steps >= AREA_STEPS_MIN,
        };
        meets && large && seen_from(thing.kind) <= square.zoom()
    };
    let mut things: Vec<Thing> = graph.scenery.things().iter().filter(seen).copied().collect();
    things.sort_by_key(|thing| (thing.kind, std::cmp::Reverse(size(thing))));
    things
}

/// Things of one layer, in their order, for as long as there is room.
fn beside(graph: &Graph, square: Square, things: &[Thing], bytes_max: usize) -> Pen {
    let mut pen = Pen::default();
    let mut lines: BTreeMap<(Kind, &str), Vec<Points>> = BTreeMap::new();
    for thing in things {
        if pen.bytes() >= bytes_max {
            break;
        }
        let (_, word) = place_of(thing.kind);
        let mut parts = graph.scenery.parts(thing);
        match thing.kind.form() {
            Form::Line => {
                // Long enough for their names to stand along them.
                let name = graph.scenery.name(thing);
                lines.entry((thing.kind, name)).or_default().append(&mut parts);
            }
            Form::Point => {
                let at = parts.first().and_then(|points| square.point(*points.first()?));
                if let Some(at) = at {
                    pen.draw(&Shape::Point(at), word, graph.scenery.name(thing));
                }
            }
            Form::Area => {
                let mut rings = parts.iter().map(|points| square.ring(points));
                let Some(edge) = rings.next().filter(|edge| !edge.is_empty()) else { continue };
                let holes = rings.filter(|ring| !ring.is_empty());
                let rings: Vec<_> = std::iter::once(edge).chain(holes).collect();
                pen.draw(&Shape::Area(rings), word, graph.scenery.name(thing));
            }
        }
    }
    for ((kind, name), lines) in lines {
        for line in joined(lines) {
            let parts = square.line(&line);
            if !parts.is_empty() && pen.bytes() < bytes_max {
                pen.draw(&Shape::Lines(parts), place_of(kind).1, name);
            }
        }
    }
    pen
}

/// Lines put together where one ends and another begins or ends, so that each is as long as it can be.
fn joined(lines: Vec<Points>) -> Vec<Points> {
    let mut ends: BTreeMap<(i32, i32), Vec<usize>> = BTreeMap::new();
    for (n, line) in lines.iter().enumerate() {
        for end in line.first().into_iter().chain(line.last()) {
            ends.entry(*end).or_default().push(n);
        }
    }
    let mut open: Vec<Option<Points>> = lines.into_iter().map(Some).collect();
    let mut whole = Vec::new();
    for n in 0..open.len() {
        let Some(mut line) = open[n].take() else { continue };
        // Onward from its last point, then from its first.
        for _ in 0..2 {
            while let Some(end) = line.last().copied()
                && let Some(next) =
                    ends.get(&end).into_iter().flatten().find(|n| open[**n].is_some())
                && let Some(mut next) = open[*next].take()
            {
                if next.first() != Some(&end) {
                    next.reverse();
                }
                line.extend(next.into_iter().skip(1));
            }
            line.reverse();
        }
        whole.push(line);
    }
    whole
}

impl Graph {
    /// The segments that may pass a rectangle and that are wanted, once each, by their numbers.
    fn segments_in(
        &self,
        [west, south, east, north]: [i64; 4],
        wanted: impl Fn(u32) -> bool,
    ) -> Vec<u32> {
        let mut segments: Vec<u32> = Vec::new();
        for row in shape::rows(south, north) {
            let (first, last) = (shape::cell(row, west), shape::cell(row, east));
            let from = self.cells.partition_point(|cell| *cell < first);
            let to = self.cells.partition_point(|cell| *cell <= last);
            let at = |n: usize| self.cell_at.get(n).map_or(0, |at| index(*at));
            let here = self.in_cell.get(at(from)..at(to)).unwrap_or_default();
            segments.extend(here.iter().copied().filter(|segment| wanted(*segment)));
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
    use crate::roads::mvt::Feature;

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

    fn layer(bytes: &[u8], name: &str) -> Option<Layer> {
        let tile = Tile::decode(bytes).expect("a tile");
        tile.layers.into_iter().find(|layer| layer.name == name)
    }

    fn roads_on(bytes: &[u8]) -> usize {
        layer(bytes, "roads").map_or(0, |layer| layer.features.len())
    }

    fn words(layer: &Layer, feature: &Feature) -> Vec<String> {
        let text = |n: u32| layer.values[index(n)].text.clone();
        feature.tags.chunks_exact(2).map(|tag| text(tag[1])).collect()
    }

    #[test]
    fn a_tile_has_the_roads_of_its_square_with_their_kinds_and_names() {
        let layer = layer(&tile(&graph(), square(14)), "roads").expect("roads");
        assert_eq!((layer.version, layer.extent), (2, 4_096));
        assert_eq!(layer.features.len(), 2);
        assert_eq!(words(&layer, &layer.features[0]), ["primary", "Jalan Gajah Mada"]);
        assert_eq!(words(&layer, &layer.features[1]), ["lane"]);
        for feature in &layer.features {
            assert_eq!((feature.geometry[0], feature.geometry[3], feature.kind), (9, 10, 2));
        }
    }

    #[test]
    fn small_roads_are_drawn_when_one_looks_closely() {
        assert_eq!(roads_on(&tile(&graph(), square(13))), 1);
        assert!(tile(&graph(), square(4)).is_empty());
        assert!(tile(&graph(), square(15)).is_empty(), "closer than it is drawn");
    }

    #[test]
    fn a_line_that_leaves_the_square_ends_just_beyond_its_edge_and_goes_on_in_the_next() {
        // 0.1° at zoom 14 is four and a half squares.
        let first = square(14);
        let on = |x: u32| {
            let next = Square::new(14, first.x() + x, first.y()).expect("on the map");
            next.line(&[(-81_700_000, 1_137_000_000), (-81_700_000, 1_138_000_000)])
        };
        let parts: Vec<_> = (0..8).map(on).filter(|parts| !parts.is_empty()).collect();
        assert!((5..=6).contains(&parts.len()), "{}", parts.len());
        for part in parts.iter().flatten().flatten() {
            assert!(
                (-128..=4_224).contains(&part.0) && (-128..=4_224).contains(&part.1),
                "{part:?}"
            );
        }
        assert_eq!(parts[1], [vec![(-128, parts[1][0][0].1), (4_224, parts[1][0][1].1)]]);
        assert_eq!(parts[1][0][0].1, parts[0][0][1].1, "neighbours meet");
    }

    #[test]
    fn roads_of_one_name_are_one_line_however_many_crossings_are_on_them() {
        let line = |from: i32, to: i32| vec![(0, from), (0, to)];
        let whole = joined(vec![line(10, 20), line(0, 10), line(30, 20), line(50, 60)]);
        assert_eq!(whole.len(), 2);
        assert_eq!(whole[0].len(), 4);
        assert_eq!(whole[0].first().map(|p| p.1.min(30)).into_iter().len(), 1);
        let mut ends = [whole[0][0].1, whole[0][3].1];
        ends.sort_unstable();
        assert_eq!(ends, [0, 30]);
        let ring = joined(vec![line(0, 10), line(10, 20), line(20, 0)]);
        assert_eq!((ring.len(), ring[0].len()), (1, 4));
        assert!(joined(Vec::new()).is_empty());
    }

    #[test]
    fn an_area_is_cut_at_the_edge_and_its_hole_runs_the_other_way() {
        let mut graph = graph();
        let square_of = |half: i32| -> Points {
            let (lat, lon) = (-81_700_000, 1_137_000_000);
            let corner = |up: i32, right: i32| (lat + up * half, lon + right * half);
            [(1, -1), (1, 1), (-1, 1), (-1, -1), (1, -1)].map(|(u, r)| corner(u, r)).into()
        };
        let parts = [square_of(5_000_000), square_of(50_000)];
        assert!(graph.scenery.take(Kind::Lake, "Rawa", &parts));
        let water = layer(&tile(&graph, square(14)), "water").expect("water");
        assert_eq!(water.features.len(), 1);
        assert_eq!(words(&water, &water.features[0]), ["lake", "Rawa"]);
        let first = square(14);
        let edge = first.ring(&parts[0]);
        assert_eq!(edge.len(), 4, "the whole square: {edge:?}");
        assert!(
            edge.iter().all(|at| [-128, 4_224].contains(&at.0) && [-128, 4_224].contains(&at.1))
        );
        let hole = first.ring(&parts[1]);
        assert!(!hole.is_empty());
        assert!(first.ring(&square_of(1)).is_empty(), "too small to be seen");
        let far = Square::new(14, first.x() + 100, first.y() + 400).expect("on the map");
        assert!(tile(&graph, far).is_empty());
        assert!(far.ring(&parts[0]).is_empty());
    }

    #[test]
    fn a_tile_stays_small_and_keeps_the_important() {
        let mut builder = Builder::default();
        let mut junction = 0;
        // A mesh of lanes, and one main road through it.
        for n in 0..12_000 {
            let (lat, lon) = (-81_700_000 - (n % 110) * 2_000, 1_136_950_000 + (n / 110) * 2_000);
            let points: Vec<(i32, i32)> =
                (0..12).map(|p| (lat - p * 160, lon + (p % 2) * 150)).collect();
            let grade = Grade::new(RoadKind::Residential, false, None);
            let (from, to) = (junction, junction + 1);
            junction += 2;
            let name = builder.name(&format!("Gang {n}"));
            builder.segment(&Segment {
                from,
                to,
                points: &points,
                grade,
                ways: [true, true],
                name,
            });
        }
        let points = [(-81_700_000, 1_136_900_000), (-81_900_000, 1_137_200_000)];
        let grade = Grade::new(RoadKind::Trunk, false, None);
        let (from, to) = (junction, junction + 1);
        builder.segment(&Segment { from, to, points: &points, grade, ways: [true, true], name: 0 });
        let graph = builder.finish(junction + 2, String::new(), None);
        let bytes = tile(&graph, square(13));
        assert!(bytes.len() <= TILE_BYTES_MAX + 100_000, "{}", bytes.len());
        let roads = layer(&bytes, "roads").expect("roads");
        assert_eq!(words(&roads, &roads.features[0]), ["main"]);
    }

    #[test]
    fn squares_that_are_not_on_the_map_are_none() {
        for (z, x, y) in [(23, 0, 0), (40, 0, 0), (3, 8, 0), (3, 0, 8), (0, 1, 0)] {
            assert_eq!(Square::new(z, x, y), None);
        }
        assert!(tile(&Graph::default(), Square::new(0, 0, 0).expect("the world")).is_empty());
    }
}
