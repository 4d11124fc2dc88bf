//! What the desk does with roads: cover by one search for all, and the destination that is nearest by road.

use std::sync::Arc;

use proptest::prelude::*;
use siaga::dispatch::policy::Policy;
use siaga::dispatch::unit::UnitCard;
use siaga::dispatch::{Dispatch, FacilityCard};
use siaga::ids::UnitId;

use super::extracts::{LIECHTENSTEIN, anywhere, somewhere};
use super::*;

const HOUR_MS: u32 = 3_600_000;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn the_first_at_each_place_is_the_first_of_a_search_from_that_place(
        to in proptest::collection::vec(anywhere(), 1..6),
        from in proptest::collection::vec((anywhere(), 0..600_000_u32), 1..20),
    ) {
        let roads = &LIECHTENSTEIN.0;
        let place = |(segment, off): &(u32, (i32, i32))| somewhere(roads.graph(), *segment, *off);
        let start =
            |(spot, delay_ms): &_| Start { delay_ms: *delay_ms, ..standing(place(spot)) };
        let starts: Vec<Start> = from.iter().map(start).collect();
        let places: Vec<Position> = to.iter().map(place).collect();
        let first = roads.first_there(&starts, &places, HOUR_MS);
        for (place, first) in places.iter().zip(first) {
            let met = roads.meet(*place, &starts, ALL);
            let there = met.ways.iter().zip(&starts);
            let there = there.filter_map(|(way, start)| Some(way.as_ref()?.ms + start.delay_ms));
            prop_assert_eq!(first, there.min().filter(|ms| *ms <= HOUR_MS));
        }
    }
}

#[test]
fn nobody_is_there_in_time_who_starts_too_late_or_on_an_island() {
    let mut town = Town::new(&[(0.0, 0.0), (10.0, 0.0)]);
    town.both(0, 1);
    let roads = town.roads();
    let start = Start { delay_ms: 60_000, ..standing(at(0.0, 0.0)) };
    let places = [at(0.0, 0.0), at(10.0, 0.0), at(900.0, 0.0)];
    // 1 km at 25 km/h takes 144 s.
    let within = |ms| {
        roads.first_there(&[start], &places, ms).iter().map(Option::is_some).collect::<Vec<_>>()
    };
    assert_eq!(within(59_000), [false, false, false]);
    assert_eq!(within(61_000), [true, false, false]);
    assert_eq!(within(210_000), [true, true, false]);
    assert_eq!(roads.first_there(&[], &places, HOUR_MS), [None, None, None]);
}

#[test]
fn the_destination_is_the_nearest_by_road_and_not_across_a_street_that_leads_the_other_way() {
    // The clinic is 1 km north, behind a one-way street; by the ring it is 9 km. The other one is 2 km south.
    let mut town = Town::new(&[(0.0, 0.0), (0.0, 10.0), (0.0, -20.0), (40.0, 0.0), (40.0, 10.0)]);
    town.road(1, 0, [true, false]);
    town.both(0, 2);
    town.both(0, 3);
    town.both(3, 4);
    town.both(4, 1);
    let roads = Arc::new(town.roads());
    let destination = |roads: Option<Arc<Roads>>| {
        let facility = |id: &str, position| FacilityCard {
            id: id.to_owned(),
            position,
            capabilities: Vec::new(),
        };
        let facilities = vec![facility("north", at(0.0, 10.0)), facility("south", at(0.0, -20.0))];
        let unit = UnitId::new("AMB-01").expect("a code");
        let card =
            UnitCard { id: unit.clone(), index: 0, post: at(0.0, 0.0), capabilities: Vec::new() };
        let mut dispatch = Dispatch::new(Policy::default(), vec![card], facilities);
        dispatch.set_roads(roads);
        let order = order_to_the_crossing(&mut dispatch, &unit);
        dispatch.board().assignment(order).expect("ordered").facility.clone()
    };
    assert_eq!(destination(None).as_deref(), Some("north"), "by the straight line");
    assert_eq!(destination(Some(roads)).as_deref(), Some("south"));
}
