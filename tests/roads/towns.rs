//! Towns drawn by hand: what may be driven, and where along a road a place lies.

use super::*;

/// A square block: 0 and 1 south, 2 and 3 north, each side 500 m.
fn block() -> Town {
    Town::new(&[(0.0, 0.0), (5.0, 0.0), (0.0, 5.0), (5.0, 5.0)])
}

#[test]
fn a_one_way_road_is_driven_one_way() {
    let mut town = block();
    town.road(0, 1, [true, false]);
    town.both(1, 3);
    town.both(3, 2);
    town.both(2, 0);
    let roads = town.roads();
    assert_eq!(hundreds(&roads, at(1.0, 0.0), at(4.0, 0.0)), Some(3));
    assert_eq!(hundreds(&roads, at(4.0, 0.0), at(1.0, 0.0)), Some(1 + 5 + 5 + 5 + 1));
    let mut town = block();
    town.road(0, 1, [false, true]);
    assert_eq!(hundreds(&town.roads(), at(4.0, 0.0), at(1.0, 0.0)), Some(3), "as drawn backwards");
}

#[test]
fn a_forbidden_turn_is_gone_round() {
    // 0 in the middle; 1 west, 2 north, 3 east, 4 north-east.
    let places = [(0.0, 0.0), (-5.0, 0.0), (0.0, 5.0), (5.0, 0.0), (5.0, 5.0)];
    let mut town = Town::new(&places);
    let from = town.both(1, 0);
    let left = town.both(0, 2);
    let ahead = town.both(0, 3);
    town.both(3, 4);
    town.both(4, 2);
    let free = town.again().roads();
    let (west, north) = (at(-4.0, 0.0), at(0.0, 4.0));
    assert_eq!(hundreds(&free, west, north), Some(4 + 4));
    town.turn(from, 0, left, false);
    let forbidden = town.again().roads();
    assert_eq!(hundreds(&forbidden, west, north), Some(4 + 5 + 5 + 4), "on to a junction and back");
    assert_eq!(hundreds(&forbidden, at(4.0, 0.0), north), Some(4 + 4), "others may turn");
    assert_eq!(hundreds(&forbidden, north, west), Some(4 + 4), "and back one may");
    let mut town = Town::new(&places);
    let from = town.both(1, 0);
    town.both(0, 2);
    let ahead_only = town.both(0, 3);
    town.both(3, 4);
    town.both(4, 2);
    assert_eq!(ahead, ahead_only);
    town.turn(from, 0, ahead_only, true);
    let only = town.roads();
    assert_eq!(hundreds(&only, west, north), Some(4 + 5 + 5 + 4), "straight on only");
    assert_eq!(hundreds(&only, west, at(4.0, 0.0)), Some(8));
}

#[test]
fn a_place_lies_along_its_road_and_an_ambulance_on_the_same_road_drives_straight_there() {
    let mut town = block();
    town.both(0, 1);
    let roads = town.roads();
    for (from, to, hundreds_m) in [(1.0, 4.0, 3), (4.0, 1.0, 3), (0.0, 5.0, 5), (2.0, 2.0, 0)] {
        assert_eq!(hundreds(&roads, at(from, 0.0), at(to, 0.0)), Some(hundreds_m), "{from} {to}");
    }
    // 25 km/h on the road, 15 km/h beside it.
    let beside = way(&roads, at(1.0, 0.0), at(4.0, 1.0)).expect("a way");
    assert!((beside.ms.abs_diff(43_200 + 24_000)) < 700, "{beside:?}");
    assert_eq!((beside.metres + 50) / 100, 4);
}

#[test]
fn an_ambulance_that_drives_away_has_to_turn_round_first() {
    let mut town = block();
    town.both(0, 1);
    let roads = town.roads();
    let driving = |heading_deg| Start { heading_deg: Some(heading_deg), ..standing(at(2.0, 0.0)) };
    let east = roads.meet(at(4.0, 0.0), &[driving(90)], ALL).ways[0].expect("a way");
    let west = roads.meet(at(4.0, 0.0), &[driving(270)], ALL).ways[0].expect("a way");
    assert_eq!(west.ms - east.ms, 20_000);
    assert_eq!(west.metres, east.metres);
}

#[test]
fn of_two_carriageways_an_ambulance_is_on_the_one_that_runs_its_way() {
    // Two one-way roads 15 m apart; the ambulance is nearer to the one that runs west.
    let mut town = Town::new(&[(0.0, 0.0), (9.0, 0.0), (9.0, 0.15), (0.0, 0.15)]);
    town.road(0, 1, [true, false]);
    town.road(2, 3, [true, false]);
    town.both(1, 2);
    town.both(3, 0);
    let roads = town.roads();
    let start = |heading_deg| Start { heading_deg: Some(heading_deg), ..standing(at(4.0, 0.1)) };
    let metres = |start| roads.meet(at(8.0, 0.0), &[start], ALL).ways[0].expect("a way").metres;
    assert!(metres(start(90)) < 450, "{}", metres(start(90)));
    assert!(metres(start(270)) > 1_100, "{}", metres(start(270)));
}

#[test]
fn a_place_at_a_junction_is_on_every_road_that_meets_there() {
    // A one-way street to a junction, and roads on from it; drawn before the others, it is the first that is found.
    let mut town = Town::new(&[(0.0, 0.0), (5.0, 0.0), (10.0, 0.0), (5.0, 5.0)]);
    town.road(0, 1, [true, false]);
    town.both(1, 2);
    town.both(1, 3);
    town.both(3, 0);
    let roads = town.roads();
    let junction = at(4.98, -0.02);
    assert_eq!(
        hundreds(&roads, at(8.0, 0.0), junction),
        Some(3),
        "not by way of the street's start"
    );
    assert_eq!(hundreds(&roads, junction, at(8.0, 0.0)), Some(3));
    assert_eq!(hundreds(&roads, at(2.0, 0.0), junction), Some(3));
    assert_eq!(hundreds(&roads, at(0.01, -0.01), at(1.0, 1.0)), Some(1), "not along the street");
    let beyond = hundreds(&roads, at(4.0, 4.0), at(4.5, 0.0));
    assert_eq!(beyond, Some(6 + 4), "50 m before the junction is not at it");
}

#[test]
fn whoever_no_road_leads_to_is_not_met_and_nobody_says_how_long_they_need() {
    // An island of 40 junctions in a row beside the town.
    let mut places = vec![(0.0, 0.0), (5.0, 0.0)];
    places.extend((0..40).map(|n| (100.0 + f64::from(n), 0.0)));
    let mut town = Town::new(&places);
    town.both(0, 1);
    for n in 2..41 {
        town.both(n, n + 1);
    }
    let roads = town.roads();
    let starts = [standing(at(110.0, 0.0)), standing(at(1.0, 0.0)), standing(at(300.0, 0.0))];
    let met = roads.meet(at(4.0, 0.0), &starts, ALL);
    assert_eq!(met.ways.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(met.others_ms, None);
    assert_eq!(
        hundreds(&roads, at(102.0, 0.0), at(120.0, 0.0)),
        Some(18),
        "it has roads of its own"
    );
}

#[test]
fn a_place_beside_a_scrap_of_road_is_reached_from_the_road_that_is_joined() {
    let mut places: Vec<(f64, f64)> = (0..40).map(|n| (f64::from(n), 0.0)).collect();
    places.extend([(20.0, 1.0), (21.0, 1.0)]);
    let mut town = Town::new(&places);
    for n in 0..39 {
        town.both(n, n + 1);
    }
    let scrap = town.both(40, 41);
    let roads = town.roads();
    assert_eq!(roads.graph().cut_off.iter().map(|c| u32::from(*c)).sum::<u32>(), 1);
    assert_eq!(roads.graph().cut_off[usize::try_from(scrap).expect("small")], 1);
    assert_eq!(hundreds(&roads, at(10.0, 0.0), at(20.5, 0.9)), Some(11), "10.5 along, 0.9 beside");
}

#[test]
fn roads_without_length_and_in_a_ring_hold_no_search_up() {
    let mut town = Town::new(&[(0.0, 0.0), (0.0, 0.0), (5.0, 0.0), (5.0, 0.0)]);
    town.both(0, 1);
    town.both(1, 0);
    town.both(1, 2);
    town.both(2, 3);
    town.both(3, 3);
    let roads = town.roads();
    assert_eq!(hundreds(&roads, at(0.0, 0.0), at(5.0, 0.0)), Some(5));
    assert_eq!(hundreds(&roads, at(5.0, 0.0), at(0.0, 0.0)), Some(5));
    let nowhere = Town::new(&[]).roads();
    assert_eq!(way(&nowhere, at(0.0, 0.0), at(1.0, 0.0)), None, "without any road");
    assert_eq!(way(&roads, at(0.0, 0.0), at(900.0, 0.0)), None, "no road for kilometres");
}

#[test]
fn a_search_ends_when_nobody_else_can_be_among_the_first_and_says_how_long_the_others_need() {
    let places: Vec<(f64, f64)> = (0..100).map(|n| (f64::from(n), 0.0)).collect();
    let mut town = Town::new(&places);
    for n in 0..99 {
        town.both(n, n + 1);
    }
    let roads = town.roads();
    let mut starts: Vec<Start> = (0..10).map(|n| standing(at(f64::from(n) * 10.0, 0.0))).collect();
    let met = roads.meet(at(0.0, 0.0), &starts, Enough { met: 3, junctions: usize::MAX });
    let ways: Vec<bool> = met.ways.iter().map(Option::is_some).collect();
    assert_eq!(ways[..3], [true, true, true]);
    assert!(ways[4..].iter().all(|met| !met) && met.junctions < 40, "{met:?}");
    let others_ms = met.others_ms.expect("there are more");
    assert!(met.ways[2].is_some_and(|way| way.ms <= others_ms));
    // The nearest needs half an hour before it rolls: the next ones count first.
    starts[0].delay_ms = 1_800_000;
    let met = roads.meet(at(0.0, 0.0), &starts, Enough { met: 3, junctions: usize::MAX });
    assert!(met.ways[..4].iter().all(Option::is_some), "{met:?}");
    let few = roads.meet(at(0.0, 0.0), &starts, Enough { met: 10, junctions: 5 });
    assert_eq!((few.junctions, few.ways[9]), (5, None));
}
