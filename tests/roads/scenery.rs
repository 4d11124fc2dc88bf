//! What lies beside the roads: kept as it was found, drawn, and refused when it is damaged.

use proptest::prelude::*;
use siaga::roads::file::{read, write};
use siaga::roads::scenery::{Form, KINDS, Kind, Scenery};
use siaga::roads::square::Square;
use siaga::roads::tile::{TILE_BYTES_MAX, ZOOM_MAX, tile};

use super::extracts::LIECHTENSTEIN;
use super::*;
use crate::house::TempDir;

fn some() -> Scenery {
    let mut scenery = Scenery::default();
    let lake = vec![e7(0.0, 0.0), e7(5.0, 0.0), e7(5.0, 5.0), e7(0.0, 0.0)];
    assert!(scenery.take(Kind::Lake, "Rawa Indah", std::slice::from_ref(&lake)));
    assert!(scenery.take(Kind::River, "Kali Jompo", &[vec![e7(1.0, 1.0), e7(9.0, 9.0)]]));
    assert!(scenery.take(Kind::Hamlet, "Krajan", &[vec![e7(2.0, 2.0)]]));
    scenery
}

#[test]
fn things_are_read_as_they_were_taken_and_what_is_no_thing_is_left_out() {
    let mut scenery = some();
    assert!(!scenery.take(Kind::Lake, "", &[]), "without an edge");
    assert!(!scenery.take(Kind::Lake, "", &[vec![e7(0.0, 0.0), e7(1.0, 0.0)]]), "no area");
    assert!(!scenery.take(Kind::Rail, "", &[vec![e7(0.0, 0.0)]]), "no line");
    assert!(!scenery.take(Kind::Town, "", &[vec![(2_000_000_000, 0)]]), "off the earth");
    assert_eq!(scenery, some(), "nothing of them stays");
    let again = Scenery::decode(scenery.encoded().to_vec()).expect("read");
    assert_eq!(again, scenery);
    let names: Vec<&str> = again.things().iter().map(|thing| again.name(thing)).collect();
    assert_eq!(names, ["Rawa Indah", "Kali Jompo", "Krajan"]);
    let parts = again.parts(&again.things()[1]);
    assert_eq!((parts.len(), parts[0].len()), (1, 2));
    assert_eq!(Scenery::decode(Vec::new()), Some(Scenery::default()));
}

#[test]
fn a_damaged_section_is_refused() {
    let good = some().encoded().to_vec();
    for length in 1..good.len() {
        assert_eq!(Scenery::decode(good[..length].to_vec()), None, "cut at {length}");
    }
    assert_eq!(Scenery::decode([&good[..], &[0]].concat()), None);
    let mut other = good.clone();
    other[0] = 99;
    assert_eq!(Scenery::decode(other), None, "another version");
    let mut unknown = good;
    unknown[5] = 200;
    assert_eq!(Scenery::decode(unknown), None, "a kind that is not known");
}

#[test]
fn the_scenery_stands_in_the_graphs_file() {
    let dir = TempDir::new();
    let file = dir.0.join("roads");
    let mut graph = Town::new(&[]).builder.finish(0, String::new(), None);
    graph.scenery = some();
    write(&graph, &file).expect("written");
    assert_eq!(read(&file).expect("read").scenery, graph.scenery);
}

#[test]
fn liechtenstein_has_its_rhine_its_woods_its_railway_and_its_villages() {
    let (roads, summary) = &*LIECHTENSTEIN;
    let scenery = &roads.graph().scenery;
    assert_eq!(u64::try_from(scenery.things().len()), Ok(summary.scenery));
    let has = |kind: Kind, name: &str| {
        scenery.things().iter().any(|thing| thing.kind == kind && scenery.name(thing) == name)
    };
    assert!(has(Kind::River, "Rhein") || has(Kind::River, "Alpenrhein"), "no Rhine");
    assert!(has(Kind::Town, "Vaduz") || has(Kind::Village, "Vaduz"), "no Vaduz");
    let count = |kind| scenery.things().iter().filter(|thing| thing.kind == kind).count();
    for kind in KINDS.into_iter().filter(|kind| *kind != Kind::Coast) {
        assert!(count(kind) > 0, "no {kind:?}");
    }
    assert_eq!(count(Kind::Coast), 0);
    for thing in scenery.things() {
        let points: usize = scenery.parts(thing).iter().map(Vec::len).sum();
        assert!(points > 0 && (thing.kind.form() != Form::Point || points == 1));
    }
}

#[test]
fn every_square_of_liechtenstein_stays_small() {
    let graph = LIECHTENSTEIN.0.graph();
    let (mut most, mut whole) = (0, 0);
    for z in 5..=ZOOM_MAX {
        let across = f64::from(1_u32 << z);
        let x = |lon: f64| ((lon + 180.0) / 360.0 * across) as u32;
        let y = |lat: f64| {
            let north = lat.to_radians().tan().asinh() / std::f64::consts::PI;
            ((1.0 - north) / 2.0 * across) as u32
        };
        let mut drawn = 0;
        for x in x(9.45)..=x(9.65) {
            for y in y(47.28)..=y(47.04) {
                let bytes = tile(graph, Square::new(z, x, y).expect("on the map")).len();
                most = most.max(bytes);
                drawn += usize::from(bytes > 0);
            }
        }
        assert!(drawn > 0, "nothing at zoom {z}");
        whole += drawn;
    }
    assert!(most < TILE_BYTES_MAX / 2, "{most} bytes of {whole} squares");
}

proptest! {
    #[test]
    fn what_is_drawn_on_a_square_stays_on_it_and_nothing_that_lies_on_it_is_lost(
        z in 5..=ZOOM_MAX,
        points in proptest::collection::vec((-60.0..60.0_f64, -60.0..60.0_f64), 2..12),
    ) {
        // Places some kilometres around the middle of Jember, and the square in which that is.
        let points: Vec<(i32, i32)> = points.iter().map(|(east, north)| e7(*east, *north)).collect();
        let across = f64::from(1_u32 << z);
        let middle = at(0.0, 0.0);
        let north = middle.lat().to_radians().tan().asinh() / std::f64::consts::PI;
        let x = ((middle.lon() + 180.0) / 360.0 * across) as u32;
        let square = Square::new(z, x, ((1.0 - north) / 2.0 * across) as u32).expect("on the map");
        let on = -128..=4_224;
        let parts = square.line(&points);
        let ring = square.ring(&points);
        for (east, south) in parts.iter().flatten().chain(&ring) {
            prop_assert!(on.contains(east) && on.contains(south), "{} {}", east, south);
        }
        for part in &parts {
            prop_assert!(part.len() > 1);
        }
        // A place is on the line unless all of the line is one point there.
        for here in points.iter().filter_map(|point| square.point(*point)) {
            let near = |there: &&(i32, i32)| {
                (there.0 - here.0).abs().max((there.1 - here.1).abs()) <= 6
            };
            let lost = parts.iter().flatten().find(near).is_none();
            let same = points.iter().filter_map(|point| square.point(*point));
            prop_assert!(!lost || same.filter(|there| near(&there)).count() > 1, "{:?} is lost", here);
        }
    }
}
