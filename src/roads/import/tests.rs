//! Maps drawn by hand: what becomes a road, in which direction, and what does not.

use std::path::PathBuf;

use super::*;
use crate::place::Position;
use crate::roads::Roads;
use crate::roads::kind::Speeds;
use crate::roads::pbf::drawn::Map;
use crate::roads::scenery::Kind;
use crate::roads::search::{Enough, Start, Way};

/// A crossing of four roads of 500 m: 1 in the middle, 2 west, 3 north, 4 east, 5 south.
fn crossing() -> Map {
    let mut map = Map::default();
    for (id, east, north) in [(1, 0, 0), (2, -5, 0), (3, 0, 5), (4, 5, 0), (5, 0, -5)] {
        map.node(id, place(east, north), &[]);
    }
    map
}

/// So many hundred metres east and north of a crossing, in ten millionths of a degree.
fn place(east: i32, north: i32) -> (i32, i32) {
    (-82_000_000 + north * 9_000, 1_137_000_000 + east * 9_090)
}

fn brought_in(map: &Map) -> Result<(Roads, Summary), Fault> {
    let name = format!("siaga-map-{}.osm.pbf", uuid::Uuid::now_v7());
    let file: PathBuf = std::env::temp_dir().join(name);
    std::fs::write(&file, map.bytes()).expect("the temporary directory is writable");
    let imported = import(&file, |_| {});
    std::fs::remove_file(&file).expect("it was just written");
    imported.map(|(graph, summary)| (Roads::new(graph, &Speeds::default()), summary))
}

/// Hundreds of metres of the way between two places, none where nothing leads.
fn hundreds(map: &Map, from: (i32, i32), to: (i32, i32)) -> Option<u32> {
    way(map, from, to).map(|way| (way.metres + 50) / 100)
}

fn way(map: &Map, from: (i32, i32), to: (i32, i32)) -> Option<Way> {
    let (roads, _) = brought_in(map).expect("imported");
    let at = |(east, north)| {
        let (lat, lon) = place(east, north);
        Position::from_e7(lat, lon).expect("a place")
    };
    let start = Start { position: at(from), heading_deg: None, delay_ms: 0 };
    let all = Enough { met: usize::MAX, junctions: usize::MAX };
    roads.meet(at(to), &[start], all).ways[0]
}

const WEST: (i32, i32) = (-4, 0);
const NORTH: (i32, i32) = (0, 4);
const EAST: (i32, i32) = (4, 0);

#[test]
fn ways_that_cross_at_a_node_are_joined_there_and_others_are_not() {
    let mut map = crossing();
    map.way(10, &[2, 1, 4], &[("highway", "primary"), ("name", "Jalan Gajah Mada")]);
    map.way(11, &[5, 1, 3], &[("highway", "residential")]);
    assert_eq!(hundreds(&map, WEST, NORTH), Some(8));
    let (roads, summary) = brought_in(&map).expect("imported");
    assert_eq!((roads.about().segments, summary.ways), (4, 2));
    assert_eq!(roads.graph().name(0), "Jalan Gajah Mada");
    let mut bridge = crossing();
    bridge.way(10, &[2, 1, 4], &[("highway", "primary")]);
    bridge.way(11, &[5, 3], &[("highway", "primary"), ("bridge", "yes")]);
    assert_eq!(hundreds(&bridge, WEST, NORTH), None, "over it, not onto it");
}

#[test]
fn what_may_be_driven_and_in_which_direction_is_what_the_tags_say() {
    let there_and_back = |tags: &[(&str, &str)]| {
        let mut map = crossing();
        map.way(10, &[2, 1], &[("highway", "primary")]);
        let tags: Vec<_> = [&[("highway", "primary")], tags].concat();
        map.way(11, &[1, 3], &tags);
        // A piece of road from which nobody gets away is left on foot, more slowly than by any road of this class.
        let by_road = |from, to| way(&map, from, to).is_some_and(|w| w.ms < w.metres * 100);
        [by_road(WEST, NORTH), by_road(NORTH, WEST)]
    };
    for (tags, expected) in [
        (&[][..], [true, true]),
        (&[("oneway", "yes")], [true, false]),
        (&[("oneway", "-1")], [false, true]),
        (&[("oneway", "no"), ("junction", "roundabout")], [true, true]),
        (&[("junction", "roundabout")], [true, false]),
        (&[("oneway", "yes"), ("oneway:emergency", "no")], [true, true]),
        (&[("access", "private")], [true, true]),
        (&[("access", "no")], [false, false]),
        (&[("access", "no"), ("motor_vehicle", "yes")], [true, true]),
        (&[("motor_vehicle", "no")], [false, false]),
        (&[("motor_vehicle", "no"), ("emergency", "yes")], [true, true]),
        (&[("emergency", "no")], [false, false]),
    ] {
        assert_eq!(there_and_back(tags), expected, "{tags:?}");
    }
}

#[test]
fn what_is_left_out_is_counted_by_its_reason() {
    let mut map = crossing();
    map.way(10, &[2, 1, 4], &[("highway", "tertiary")]);
    map.way(11, &[1, 3], &[("highway", "footway")]);
    map.way(12, &[1, 3], &[("highway", "steps")]);
    map.way(13, &[1, 3], &[("highway", "proposed")]);
    map.way(14, &[1, 3], &[("highway", "service"), ("access", "no")]);
    map.way(15, &[1, 99], &[("highway", "service")]);
    map.way(16, &[1], &[("highway", "service")]);
    map.way(17, &[1, 3], &[("waterway", "river")]);
    map.far_node(98, &[]);
    map.way(18, &[4, 98], &[("highway", "service")]);
    let (_, summary) = brought_in(&map).expect("imported");
    assert_eq!(summary.ways, 1);
    let expected = [
        (Dropped::NotForCars, 2),
        (Dropped::NotThere, 1),
        (Dropped::Closed, 1),
        (Dropped::WithoutPlace, 3),
        (Dropped::OffTheEarth, 1),
    ];
    assert_eq!(summary.dropped, expected.into_iter().collect());
    let mut nothing = crossing();
    nothing.way(10, &[1, 2], &[("highway", "footway")]);
    assert!(matches!(brought_in(&nothing), Err(Fault::NoRoad)));
    assert!(matches!(brought_in(&crossing()), Err(Fault::NoRoad)));
}

#[test]
fn a_gate_is_opened_for_an_ambulance_and_a_bollard_is_not() {
    let through = |tags: &[(&str, &str)]| {
        let mut map = crossing();
        map.node(1, place(0, 0), tags);
        map.way(10, &[2, 1, 4], &[("highway", "primary")]);
        hundreds(&map, WEST, EAST).is_some()
    };
    assert!(through(&[("barrier", "gate")]));
    assert!(through(&[("highway", "crossing")]));
    assert!(!through(&[("barrier", "bollard")]));
    assert!(through(&[("barrier", "bollard"), ("emergency", "yes")]));
    assert!(through(&[("barrier", "block"), ("motor_vehicle", "yes")]));
}

#[test]
fn forbidden_turns_are_kept_unless_they_do_not_concern_an_ambulance() {
    let from_west_to_north = |roles: &[(&str, Member)], tags: &[(&str, &str)]| {
        let mut map = crossing();
        map.way(10, &[2, 1], &[("highway", "primary")]);
        map.way(11, &[1, 3], &[("highway", "primary")]);
        map.way(12, &[1, 4], &[("highway", "primary")]);
        let tags: Vec<_> = [&[("type", "restriction")], tags].concat();
        map.relation(20, roles, &tags);
        let (_, summary) = brought_in(&map).expect("imported");
        (hundreds(&map, WEST, NORTH), summary.turns, summary.dropped.len())
    };
    let roles = [("from", Member::Way(10)), ("via", Member::Node(1)), ("to", Member::Way(11))];
    let ahead = [("from", Member::Way(10)), ("via", Member::Node(1)), ("to", Member::Way(12))];
    let turned = Some(4 + 5 + 5 + 4);
    for (roles, tags, expected) in [
        (&roles, &[("restriction", "no_left_turn")][..], (turned, 1, 0)),
        (&ahead, &[("restriction", "only_straight_on")], (turned, 1, 0)),
        (&roles, &[("restriction", "no_left_turn"), ("except", "bus;emergency")], (Some(8), 0, 0)),
        (&roles, &[("restriction:hgv", "no_left_turn")], (Some(8), 0, 0)),
        (&roles, &[("restriction:conditional", "no_left_turn @ (06-18)")], (Some(8), 0, 1)),
        (&roles, &[("restriction", "no_left_turn"), ("hour_on", "7")], (Some(8), 0, 1)),
        (&roles, &[("restriction", "give_way")], (Some(8), 0, 1)),
    ] {
        assert_eq!(from_west_to_north(roles, tags), expected, "{tags:?}");
    }
    let over_a_way = [("from", Member::Way(10)), ("via", Member::Way(12)), ("to", Member::Way(11))];
    let lost = [("from", Member::Way(10)), ("via", Member::Node(1)), ("to", Member::Way(77))];
    for roles in [&over_a_way, &lost] {
        let tags = [("restriction", "no_left_turn")];
        assert_eq!(from_west_to_north(roles, &tags), (Some(8), 0, 1), "{roles:?}");
    }
}

#[test]
fn roads_of_a_kind_and_surface_have_their_speed() {
    let grade = |tags: &[(&str, &str)]| {
        let mut map = crossing();
        map.way(10, &[2, 1], tags);
        brought_in(&map).expect("imported").0.graph().efforts[0].grade()
    };
    use RoadKind::{Ferry, Link, Primary, Track};
    for (tags, expected) in [
        (&[("highway", "primary")][..], Grade::new(Primary, false, None)),
        (&[("highway", "primary_link")], Grade::new(Link, false, None)),
        (&[("highway", "primary"), ("surface", "gravel")], Grade::new(Primary, true, None)),
        (&[("highway", "primary"), ("maxspeed", "30")], Grade::new(Primary, false, Some(30))),
        (&[("highway", "primary"), ("maxspeed", "25 mph")], Grade::new(Primary, false, Some(40))),
        (&[("highway", "primary"), ("maxspeed", "walk")], Grade::new(Primary, false, None)),
        (&[("highway", "track")], Grade::new(Track, true, None)),
        (&[("highway", "track"), ("tracktype", "grade1")], Grade::new(Track, false, None)),
        (&[("route", "ferry")], Grade::new(Ferry, false, None)),
    ] {
        assert_eq!(grade(tags), expected, "{tags:?}");
    }
}

#[test]
fn what_people_name_when_they_say_where_they_are_is_kept_with_its_place() {
    let mut map = crossing();
    map.way(10, &[2, 1], &[("highway", "primary"), ("name", "Jalan Gajah Mada")]);
    let mosque = [("amenity", "place_of_worship"), ("religion", "muslim")];
    map.node(20, place(1, 1), &[&mosque[..], &[("name", "Masjid Al-Huda")]].concat());
    map.node(21, place(9, 9), &mosque);
    map.node(
        22,
        place(3, 3),
        &[("amenity", "place_of_worship"), ("religion", "jewish"), ("name", "x")],
    );
    map.node(23, place(4, 4), &[("place", "hamlet"), ("name", "Krajan")]);
    map.node(24, place(4, 5), &[("place", "hamlet")]);
    map.node(25, place(5, 5), &[("highway", "bus_stop"), ("name", "Halte")]);
    map.node(26, place(2, 2), &[("building", "yes"), ("name", "Balai Desa Pace")]);
    map.far_node(27, &[("amenity", "fuel")]);
    // An outline counts by its middle, and once although it is drawn as a point too.
    for (id, east, north) in [(30, 6, 6), (31, 8, 6), (32, 8, 8), (33, 6, 8)] {
        map.node(id, place(east, north), &[]);
    }
    let school = [("amenity", "school"), ("name", "SDN Pace 01")];
    map.way(40, &[30, 31, 32, 33, 30], &school);
    map.node(41, place(7, 7), &school);
    map.way(42, &[97, 98, 99], &[("amenity", "school"), ("name", "not in the extract")]);
    map.way(43, &[1, 3], &[("highway", "primary"), ("bridge", "yes"), ("name", "Jembatan Jompo")]);
    let (roads, _) = brought_in(&map).expect("imported");
    let found: Vec<_> =
        roads.graph().landmarks.iter().map(|one| (one.kind, one.name.as_str(), one.at)).collect();
    use crate::gazetteer::LandmarkKind::{Bridge, Hamlet, Mosque, Office, School};
    assert_eq!(
        found,
        [
            (Mosque, "", place(9, 9)),
            (Office, "Balai Desa Pace", place(2, 2)),
            (Bridge, "Jembatan Jompo", (place(0, 0).0.midpoint(place(0, 5).0), place(0, 0).1)),
            (Hamlet, "Krajan", place(4, 4)),
            (Mosque, "Masjid Al-Huda", place(1, 1)),
            (School, "SDN Pace 01", place(7, 7)),
        ]
    );
}

#[test]
fn a_file_that_needs_more_than_we_know_is_refused_by_what_it_needs() {
    let mut map = crossing();
    map.way(10, &[2, 1], &[("highway", "primary")]);
    map.needs("LocationsOnWays");
    let fault = brought_in(&map).expect_err("refused").to_string();
    assert!(fault.contains("LocationsOnWays"), "{fault}");
}

/// A ring around a place, its nodes numbered from `first` on.
fn ring(map: &mut Map, first: i64, (east, north): (i32, i32), half: i32) -> Vec<i64> {
    let corners = [(-1, -1), (1, -1), (1, 1), (-1, 1)];
    for (id, (right, up)) in (first..).zip(corners) {
        map.node(id, place(east + right * half, north + up * half), &[]);
    }
    vec![first, first + 1, first + 2, first + 3, first]
}

#[test]
fn what_lies_beside_the_roads_is_gathered_with_its_kind_and_name() {
    let mut map = crossing();
    map.way(10, &[2, 1, 4], &[("highway", "primary")]);
    map.way(11, &[5, 3], &[("waterway", "river"), ("name", "Kali Jompo")]);
    map.way(12, &[5, 3], &[("waterway", "stream"), ("tunnel", "culvert")]);
    map.way(13, &[2, 3, 4], &[("railway", "rail")]);
    map.way(14, &[2, 3, 4], &[("railway", "abandoned")]);
    let lake = ring(&mut map, 100, (8, 8), 2);
    map.way(15, &lake, &[("natural", "water"), ("name", "Rawa")]);
    map.way(16, &lake[..3], &[("landuse", "forest")]);
    map.node(200, place(1, 1), &[("place", "hamlet"), ("name", "Krajan")]);
    map.node(201, place(1, 2), &[("place", "hamlet")]);
    map.node(202, place(1, 3), &[("place", "country"), ("name", "Indonesia")]);
    let (roads, summary) = brought_in(&map).expect("imported");
    let scenery = &roads.graph().scenery;
    let found: Vec<(Kind, &str)> =
        scenery.things().iter().map(|thing| (thing.kind, scenery.name(thing))).collect();
    let expected = [
        (Kind::Hamlet, "Krajan"),
        (Kind::River, "Kali Jompo"),
        (Kind::Rail, ""),
        (Kind::Lake, "Rawa"),
    ];
    assert_eq!(found, expected, "buried, abandoned, open and nameless things are none");
    assert_eq!(summary.scenery, 4);
}

#[test]
fn an_area_of_several_ways_is_put_together_and_has_its_holes() {
    let mut map = crossing();
    map.way(10, &[2, 1, 4], &[("highway", "primary")]);
    let (outer, inner) = (ring(&mut map, 100, (20, 20), 9), ring(&mut map, 200, (20, 20), 3));
    let other = ring(&mut map, 300, (50, 50), 4);
    map.way(21, &outer[..3], &[]);
    // Drawn the other way round.
    map.way(22, &[outer[0], outer[3], outer[2]], &[]);
    map.way(23, &inner, &[("note", "an island")]);
    map.way(24, &other, &[]);
    let open = ring(&mut map, 400, (80, 80), 4);
    map.way(25, &open[..4], &[]);
    let way = |role, id| (role, Member::Way(id));
    let members =
        [way("outer", 21), way("outer", 22), way("inner", 23), way("outer", 24), way("outer", 25)];
    let tags = [("type", "multipolygon"), ("natural", "wood"), ("name", "Hutan")];
    map.relation(30, &members, &tags);
    map.relation(31, &members, &[("type", "boundary"), ("natural", "wood")]);
    map.relation(32, &[way("outer", 99)], &tags);
    let (roads, _) = brought_in(&map).expect("imported");
    let scenery = &roads.graph().scenery;
    let mut parts: Vec<usize> =
        scenery.things().iter().map(|thing| scenery.parts(thing).len()).collect();
    parts.sort_unstable();
    assert_eq!(
        parts,
        [1, 2],
        "one with a hole, one without; the open one and the lost one are none"
    );
    assert!(scenery.things().iter().all(|thing| thing.kind == Kind::Wood));
}

#[test]
fn a_roundabout_is_known_as_one() {
    let mut map = crossing();
    map.way(10, &[2, 1], &[("highway", "primary")]);
    map.way(11, &[1, 3, 4, 1], &[("highway", "primary"), ("junction", "roundabout")]);
    let (roads, _) = brought_in(&map).expect("imported");
    let round: Vec<bool> = (0..roads.about().segments).map(|n| roads.graph().is_round(n)).collect();
    assert!(!round[0] && round[1..].iter().all(|round| *round) && round.len() > 1, "{round:?}");
}
