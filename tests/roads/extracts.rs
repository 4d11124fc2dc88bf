//! Two real extracts: every cost is what a plain search over the whole graph says, and what was left out is said.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::path::PathBuf;
use std::sync::LazyLock;

use proptest::prelude::*;
use siaga::roads::graph::{Drive, NOWHERE, index};
use siaga::roads::import::{Dropped, Fault, Summary, import};
use siaga::roads::snap::Spot;

use super::*;

pub fn extract(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/extracts").join(name)
}

fn imported(name: &str) -> (Roads, Summary) {
    let mut last = 0.0;
    let imported = import(&extract(name), |done| {
        assert!((0.0..=1.0).contains(&done) && done >= last, "{last} then {done}");
        last = done;
    });
    let (graph, summary) = imported.expect("imported");
    assert!(last > 0.99);
    (Roads::new(graph, &Speeds::default()), summary)
}

pub static LIECHTENSTEIN: LazyLock<(Roads, Summary)> =
    LazyLock::new(|| imported("liechtenstein-2013-08-03.osm.pbf"));
static HELSINKI: LazyLock<(Roads, Summary)> = LazyLock::new(|| imported("Helsinki.osm.pbf"));

#[test]
fn an_extract_becomes_a_graph_and_says_what_was_left_out() {
    let (roads, summary) = &*LIECHTENSTEIN;
    let about = roads.about();
    assert_eq!(about.source, "liechtenstein-2013-08-03.osm.pbf");
    assert!((600..=800).contains(&about.kilometres), "{about:?}");
    assert!(summary.ways > 1_000 && summary.turns > 0, "{summary:?}");
    assert!(summary.dropped[&Dropped::NotForCars] > 500, "{summary:?}");
    let per_arc = |bytes: usize| bytes / roads.graph().arcs.len();
    let searched = per_arc(roads.graph().bytes_of_search());
    assert!(searched < 40, "{searched} bytes for each arc");
    let whole = per_arc(roads.graph().bytes());
    assert!(whole < 50, "{whole} bytes for each arc with shapes, names and grid");
    let names: Vec<&str> = (0..about.segments).map(|n| roads.graph().name(n)).collect();
    assert!(names.contains(&"Landstrasse"), "names are kept");
    let (helsinki, _) = &*HELSINKI;
    assert!((25..=80).contains(&helsinki.about().kilometres), "{:?}", helsinki.about());
}

#[test]
fn an_extract_brings_its_landmarks() {
    use siaga::gazetteer::LandmarkKind;
    let landmarks = &LIECHTENSTEIN.0.graph().landmarks;
    let counts = siaga::roads::landmarks::counts(landmarks);
    let of = |kind| counts.get(&kind).copied().unwrap_or_default();
    let kinds =
        [LandmarkKind::Church, LandmarkKind::School, LandmarkKind::Fuel, LandmarkKind::Hamlet];
    assert_eq!(kinds.map(of), [18, 27, 16, 5], "{counts:?}");
    assert_eq!(landmarks.len(), 239, "{counts:?}");
    assert!(landmarks.is_sorted_by_key(|landmark| landmark.name.clone()));
    let bounds = LIECHTENSTEIN.0.about().bounds;
    let near = |(lat, lon): (i32, i32)| {
        let [west, south, east, north] = bounds;
        let margin = 2_000_000;
        (south - margin..north + margin).contains(&lat)
            && (west - margin..east + margin).contains(&lon)
    };
    assert!(landmarks.iter().all(|landmark| near(landmark.at)));
}

/// Milliseconds over a part of a segment.
fn part_ms(graph: &Graph, paces: &Paces, segment: u32, part: f64) -> u32 {
    let effort = graph.efforts[index(segment)];
    (f64::from(paces.ms(effort.decimetres(), effort.grade())) * part).round() as u32
}

fn beside_ms(spot: &Spot) -> u32 {
    (spot.off_m * 240.0).round() as u32
}

/// The cost of a way by a search forward over everything, one junction after the other, without any of the product's
/// shortcuts.
fn plain_ms(graph: &Graph, paces: &Paces, from: Position, to: Position) -> Option<u32> {
    let mut best = vec![u32::MAX; graph.junctions()];
    let mut heap = BinaryHeap::new();
    let mut least: Option<u32> = None;
    let goals = graph.spots(to);
    let mut offer = |ms: u32| least = Some(least.map_or(ms, |least| least.min(ms)));
    for spot in graph.spots(from) {
        for backward in [false, true] {
            let head = graph.head(Drive::new(spot.segment, backward));
            if head == NOWHERE {
                continue;
            }
            let left = if backward { spot.along } else { 1.0 - spot.along };
            let ms = part_ms(graph, paces, spot.segment, left) + beside_ms(&spot);
            heap.push(Reverse((ms, head)));
            for goal in goals.iter().filter(|goal| goal.segment == spot.segment) {
                let ahead =
                    if backward { spot.along - goal.along } else { goal.along - spot.along };
                if ahead >= 0.0 {
                    let road_ms = part_ms(graph, paces, spot.segment, ahead);
                    offer(road_ms + beside_ms(&spot) + beside_ms(goal));
                }
            }
        }
    }
    while let Some(Reverse((ms, junction))) = heap.pop() {
        if best[index(junction)] <= ms {
            continue;
        }
        best[index(junction)] = ms;
        for (_, arc) in graph.arcs_from(junction) {
            for goal in goals.iter().filter(|goal| goal.segment == arc.drive.segment()) {
                let along = if arc.drive.is_backward() { 1.0 - goal.along } else { goal.along };
                offer(ms + part_ms(graph, paces, goal.segment, along) + beside_ms(goal));
            }
            let took = paces.ms(arc.effort.decimetres(), arc.effort.grade());
            heap.push(Reverse((ms + took, graph.head(arc.drive))));
        }
    }
    least
}

/// A place beside some road.
fn somewhere(graph: &Graph, segment: u32, off: (i32, i32)) -> Position {
    let shape = graph.shape(segment % graph.about.segments);
    let (lat, lon) = shape[shape.len() / 2];
    Position::from_e7(lat + off.0, lon + off.1).expect("a place")
}

fn anywhere() -> impl Strategy<Value = (u32, (i32, i32))> {
    (any::<u32>(), (-8_000..8_000_i32, -8_000..8_000_i32))
}

fn costs_agree(roads: &Roads, from: (u32, (i32, i32)), to: (u32, (i32, i32))) {
    let graph = roads.graph();
    let paces = Paces::new(&Speeds::default(), Driving::Urgent);
    let (from, to) = (somewhere(graph, from.0, from.1), somewhere(graph, to.0, to.1));
    let found = way(roads, from, to);
    assert_eq!(found.map(|way| way.ms), plain_ms(graph, &paces, from, to), "{from:?} to {to:?}");
    if let Some(found) = found {
        let straight_m = from.metres_to(to);
        assert!(f64::from(found.metres) >= straight_m * 0.99 - 20.0, "{found:?} and {straight_m}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]
    #[test]
    fn every_cost_in_liechtenstein_is_that_of_a_plain_search(from in anywhere(), to in anywhere()) {
        costs_agree(&LIECHTENSTEIN.0, from, to);
    }

    #[test]
    fn every_cost_in_helsinki_is_that_of_a_plain_search(from in anywhere(), to in anywhere()) {
        costs_agree(&HELSINKI.0, from, to);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    #[test]
    fn the_first_ones_of_a_search_that_ends_early_are_the_first_of_all(
        to in anywhere(),
        from in proptest::collection::vec((anywhere(), 0..200_000_u32), 10..60),
    ) {
        let roads = &LIECHTENSTEIN.0;
        let place = somewhere(roads.graph(), to.0, to.1);
        let start = |((segment, off), delay_ms): &((u32, (i32, i32)), u32)| Start {
            delay_ms: *delay_ms,
            ..standing(somewhere(roads.graph(), *segment, *off))
        };
        let starts: Vec<Start> = from.iter().map(start).collect();
        let whole = roads.meet(place, &starts, ALL);
        let early = roads.meet(place, &starts, Enough { met: 5, junctions: usize::MAX });
        let total = |ways: &[Option<Way>], n: usize| ways[n].map(|w| w.ms + starts[n].delay_ms);
        let mut all: Vec<u32> = (0..starts.len()).filter_map(|n| total(&whole.ways, n)).collect();
        all.sort_unstable();
        let mut first: Vec<u32> = (0..starts.len()).filter_map(|n| total(&early.ways, n)).collect();
        first.sort_unstable();
        let count = all.len().min(5);
        prop_assert_eq!(&first[..count], &all[..count]);
        for n in 0..starts.len() {
            match (early.ways[n], early.others_ms) {
                (Some(way), _) => prop_assert_eq!(Some(way), whole.ways[n]),
                (None, Some(others)) => prop_assert!(whole.ways[n].is_none_or(|w| w.ms >= others)),
                (None, None) => prop_assert_eq!(whole.ways[n], None),
            }
        }
    }
}

#[test]
fn a_file_that_is_no_extract_or_damaged_is_refused_with_its_reason() {
    let dir = crate::house::TempDir::new();
    let file = dir.0.join("x.osm.pbf");
    let good = std::fs::read(extract("liechtenstein-2013-08-03.osm.pbf")).expect("readable");
    let refused = |bytes: &[u8]| {
        std::fs::write(&file, bytes).expect("written");
        import(&file, |_| {}).expect_err("refused").to_string()
    };
    let none = "it is no OpenStreetMap extract in PBF form";
    for wrong in [&b""[..], b"<osm version='0.6'>", &[0; 64], &[255; 64], b"\0\0\0\x01\n"] {
        let said = refused(wrong);
        assert!(said == none || said.contains("it ends"), "{wrong:?}: {said}");
    }
    for cut in [good.len() - 1, good.len() / 2, 5_000] {
        assert!(refused(&good[..cut]).contains("fetch it again"), "cut at {cut}");
    }
    for at in (200..good.len()).step_by(good.len() / 40) {
        let mut damaged = good.clone();
        damaged[at] ^= 0x55;
        std::fs::write(&file, &damaged).expect("written");
        match import(&file, |_| {}) {
            Err(Fault::Extract(_) | Fault::NoRoad) => {}
            // Some bytes say nothing of roads, such as who drew them.
            Ok((graph, _)) => assert!(graph.segments() > 0),
            Err(other) => panic!("{other}"),
        }
    }
    let missing = import(&dir.0.join("nowhere"), |_| {}).expect_err("not there");
    assert!(matches!(missing, Fault::Open(_)));
}
