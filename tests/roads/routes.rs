//! Ways as lines and turn lists: in towns drawn by hand, and anywhere in Liechtenstein.

use proptest::prelude::*;
use siaga::roads::route::Manoeuvre::{
    Arrive, Depart, Left, Right, Roundabout, SharpLeft, SlightRight, Straight, TurnRound,
};
use siaga::roads::route::{Manoeuvre, Route};

use super::extracts::{LIECHTENSTEIN, anywhere, somewhere};
use super::*;

/// A straight road with a name.
fn named(town: &mut Town, from: u32, to: u32, name: &str) -> u32 {
    let name = town.builder.name(name);
    bent(town, &[from, to], name)
}

/// A road over several places; those between its ends are no junctions.
fn bent(town: &mut Town, over: &[u32], name: u32) -> u32 {
    let place = |n: &u32| {
        let (east, north) = town.places[usize::try_from(*n).expect("small")];
        e7(east, north)
    };
    let points: Vec<(i32, i32)> = over.iter().map(place).collect();
    let grade = Grade::new(RoadKind::Residential, false, None);
    let (from, to) = (over[0], over[over.len() - 1]);
    let segment = Segment { from, to, points: &points, grade, ways: [true, true], name };
    town.builder.segment(&segment)
}

fn route(roads: &Roads, from: Position, to: Position) -> Route {
    roads.route(standing(from), to).expect("a way")
}

fn lines(route: &Route) -> Vec<(Manoeuvre, &str, u32)> {
    route.turns.iter().map(|t| (t.kind, t.road.as_str(), (t.metres + 50) / 100)).collect()
}

/// 0 in the middle; 1 west, 2 north, 3 east, 4 south, 5 north-east.
fn crossing() -> Town {
    let places = [(0.0, 0.0), (-5.0, 0.0), (0.0, 5.0), (5.0, 0.0), (0.0, -5.0), (5.0, 5.0)];
    let mut town = Town::new(&places);
    named(&mut town, 1, 0, "Jalan Gajah Mada");
    named(&mut town, 0, 3, "Jalan Gajah Mada");
    named(&mut town, 0, 2, "Jalan Kenanga");
    named(&mut town, 4, 0, "Jalan Melati");
    named(&mut town, 3, 5, "Gang Buntu");
    town
}

#[test]
fn at_a_crossing_one_turns_or_drives_on() {
    let roads = crossing().roads();
    let west = at(-4.0, 0.0);
    for (to, kind, road) in
        [(at(0.0, 4.0), Left, "Jalan Kenanga"), (at(0.0, -4.0), Right, "Jalan Melati")]
    {
        let route = route(&roads, west, to);
        let expected = [(Depart, "Jalan Gajah Mada", 4), (kind, road, 4), (Arrive, road, 0)];
        assert_eq!(lines(&route), expected);
        assert_eq!((route.way.metres + 50) / 100, 8);
    }
    let ahead = route(&roads, west, at(4.0, 0.0));
    let expected = [(Depart, "Jalan Gajah Mada", 8), (Arrive, "Jalan Gajah Mada", 0)];
    assert_eq!(lines(&ahead), expected, "straight on along the same road is no turn");
    let renamed = route(&roads, at(0.0, -4.0), at(0.0, 4.0));
    let expected =
        [(Depart, "Jalan Melati", 4), (Straight, "Jalan Kenanga", 4), (Arrive, "Jalan Kenanga", 0)];
    assert_eq!(lines(&renamed), expected, "another name at a crossing is said");
    let bend = route(&roads, at(2.0, 0.0), at(5.0, 3.0));
    let expected = [(Depart, "Jalan Gajah Mada", 6), (Arrive, "Gang Buntu", 0)];
    assert_eq!(lines(&bend), expected, "where there is no choice there is nothing to say");
}

#[test]
fn a_line_begins_and_ends_where_the_two_are_on_the_road_and_follows_its_bends() {
    let mut town = Town::new(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0), (9.0, 5.0)]);
    bent(&mut town, &[0, 1, 2, 3], 0);
    let roads = town.roads();
    let line = |from, to| route(&roads, from, to).line;
    for (from, to, expected) in [
        (at(1.0, 0.5), at(8.0, 4.0), vec![at(1.0, 0.0), at(5.0, 0.0), at(5.0, 5.0), at(8.0, 5.0)]),
        (at(8.0, 5.0), at(1.0, 0.0), vec![at(8.0, 5.0), at(5.0, 5.0), at(5.0, 0.0), at(1.0, 0.0)]),
        (at(1.0, 0.0), at(2.0, 0.0), vec![at(1.0, 0.0), at(2.0, 0.0)]),
        (at(2.0, 0.0), at(2.0, 0.0), vec![at(2.0, 0.0), at(2.0, 0.0)]),
    ] {
        let line = line(from, to);
        assert_eq!(line.len(), expected.len(), "{line:?}");
        for (here, there) in line.iter().zip(&expected) {
            assert!(here.metres_to(*there) < 2.0, "{here:?} and {there:?}");
        }
    }
}

#[test]
fn an_angle_has_its_word() {
    // 0 in the middle, 1 south, where one comes from; 2 to the half right, 3 back to the left.
    let mut town = Town::new(&[(0.0, 0.0), (0.0, -5.0), (3.0, 5.0), (-3.0, -4.0)]);
    for to in [1, 2, 3] {
        named(&mut town, 0, to, "");
    }
    let roads = town.roads();
    let kind = |to| route(&roads, at(0.0, -4.0), to).turns[1].kind;
    assert_eq!(kind(at(2.4, 4.0)), SlightRight);
    assert_eq!(kind(at(-2.4, -3.2)), SharpLeft);
}

#[test]
fn a_roundabout_is_left_by_its_numbered_exit() {
    // A ring 0 south, 1 east, 2 north, 3 west, driven against the clock, with an arm at each.
    let ring = [(0.0, -0.3), (0.3, 0.0), (0.0, 0.3), (-0.3, 0.0)];
    let arms = [(0.0, -5.0), (5.0, 0.0), (0.0, 5.0), (-5.0, 0.0)];
    let mut town = Town::new(&[ring, arms].concat());
    for n in 0..4 {
        let part = town.road(n, (n + 1) % 4, [true, false]);
        town.builder.round(part);
    }
    for (n, name) in (0..4).zip(["Selatan", "Timur", "Utara", "Barat"]) {
        named(&mut town, n, n + 4, name);
    }
    let roads = town.roads();
    for (to, exit, road) in
        [(at(4.0, 0.0), 1, "Timur"), (at(0.0, 4.0), 2, "Utara"), (at(-4.0, 0.0), 3, "Barat")]
    {
        let route = route(&roads, at(0.0, -4.0), to);
        let kinds: Vec<Manoeuvre> = route.turns.iter().map(|turn| turn.kind).collect();
        assert_eq!(kinds, [Depart, Roundabout, Arrive]);
        assert_eq!((route.turns[1].exit, route.turns[1].road.as_str()), (Some(exit), road));
    }
}

#[test]
fn who_drives_away_turns_round_first_and_forbidden_turns_are_gone_round() {
    let roads = crossing().roads();
    let away = Start { heading_deg: Some(270), ..standing(at(-3.0, 0.0)) };
    let route_of = |start, to| roads.route(start, to).expect("a way");
    assert_eq!(route_of(away, at(0.0, 4.0)).turns[0].kind, TurnRound);
    assert_eq!(route_of(away, at(-1.0, 0.0)).turns[0].kind, TurnRound, "on its own road too");
    let towards = Start { heading_deg: Some(90), ..away };
    assert_eq!(route_of(towards, at(0.0, 4.0)).turns[0].kind, Depart);
    let mut town = crossing();
    town.turn(0, 0, 2, false);
    let round = route(&town.roads(), at(-4.0, 0.0), at(0.0, 4.0));
    assert!(round.turns.iter().any(|turn| turn.kind == TurnRound), "{:?}", round.turns);
    assert!(round.way.metres > 1_500, "{:?}", round.way);
}

#[test]
fn where_no_road_leads_there_is_no_route() {
    let roads = crossing().roads();
    assert_eq!(roads.route(standing(at(900.0, 0.0)), at(0.0, 0.0)), None);
    assert_eq!(roads.route(standing(at(0.0, 0.0)), at(0.0, 900.0)), None);
    let nowhere = Town::new(&[]).roads();
    assert_eq!(nowhere.route(standing(at(0.0, 0.0)), at(1.0, 0.0)), None);
}

/// How far from a place the road is on which a line begins or ends.
fn off_m(roads: &Roads, place: Position, end: Position) -> f64 {
    let spots = roads.graph().spots(place);
    let apart = place.metres_to(end);
    let best = spots
        .iter()
        .map(|spot| spot.off_m)
        .min_by(|a, b| (a - apart).abs().total_cmp(&(b - apart).abs()));
    let off_m = best.expect("on a road");
    assert!((off_m - apart).abs() < 2.0 + apart / 500.0, "{off_m} and {apart}");
    off_m
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn every_route_in_liechtenstein_is_as_long_as_the_search_says_and_hangs_together(
        from in anywhere(), to in anywhere(),
    ) {
        let roads = &LIECHTENSTEIN.0;
        let graph = roads.graph();
        let (from, to) = (somewhere(graph, from.0, from.1), somewhere(graph, to.0, to.1));
        let found = way(roads, from, to);
        let route = roads.route(standing(from), to);
        prop_assert_eq!(route.as_ref().map(|route| route.way), found);
        let Some(route) = route else { return Ok(()) };
        let line = &route.line;
        let ends = off_m(roads, from, line[0]) + off_m(roads, to, line[line.len() - 1]);
        let driven: f64 = line.windows(2).map(|two| two[0].metres_to(two[1])).sum();
        let said = f64::from(route.way.metres);
        prop_assert!((driven + ends - said).abs() < 5.0 + said / 100.0, "{} and {}", driven + ends, said);
        // Straight pieces of road are short there: a longer step would be a gap.
        let gap = line.windows(2).map(|two| two[0].metres_to(two[1])).fold(0.0, f64::max);
        prop_assert!(gap < 2_500.0, "{gap}");
        let listed: u32 = route.turns.iter().map(|turn| turn.metres).sum();
        prop_assert!((f64::from(listed) - driven).abs() < 10.0 + said / 100.0, "{} {}", listed, driven);
        let kinds: Vec<Manoeuvre> = route.turns.iter().map(|turn| turn.kind).collect();
        prop_assert_eq!((kinds[0], kinds[kinds.len() - 1]), (Depart, Arrive));
        for turn in &route.turns {
            prop_assert_eq!(turn.exit.is_some(), turn.kind == Roundabout);
            prop_assert!(turn.exit != Some(0) || to_on_roundabout(roads, to));
            let on_it = line.iter().any(|point| point.metres_to(turn.at) < 1.0);
            prop_assert!(on_it, "{:?} is not on the line", turn);
        }
    }
}

/// A way that ends on a roundabout leaves it by no exit.
fn to_on_roundabout(roads: &Roads, to: Position) -> bool {
    roads.graph().spots(to).iter().any(|spot| roads.graph().is_round(spot.segment))
}
