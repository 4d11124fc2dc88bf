//! What trips have taught corrects the estimates by road, and only these.

use std::sync::Arc;

use siaga::dispatch::event::{Recommendation, TravelBasis};
use siaga::dispatch::policy::Policy;
use siaga::dispatch::rank::Candidate;
use siaga::dispatch::unit::UnitCard;
use siaga::ids::UnitId;
use siaga::roads::TableTime;
use siaga::roads::learned::{Learned, Trip};

use super::*;

/// A unit on the road 1 km from the place, and one on an island of it.
fn town() -> Dispatch {
    let mut town = Town::new(&[(0.0, 0.0), (10.0, 0.0), (20.0, 5.0), (20.0, 6.0)]);
    town.both(0, 1);
    town.both(2, 3);
    let unit = |index: u32, post: Position| UnitCard {
        id: UnitId::new(&format!("AMB-{index:02}")).expect("a code"),
        index,
        post,
        capabilities: Vec::new(),
    };
    let units = vec![unit(1, at(10.0, 0.0)), unit(2, at(20.0, 5.5))];
    let mut dispatch = Dispatch::new(Policy::default(), units, Vec::new());
    dispatch.set_roads(Some(Arc::new(town.roads())));
    dispatch
}

fn candidates(dispatch: &Dispatch) -> Vec<Candidate> {
    dispatch.rank(NOW, at(0.0, 0.0), None).candidates
}

/// So many trips that took so many percent of their estimate.
fn lesson(percent: u32) -> Option<Arc<Learned>> {
    let trip = Trip {
        district: "35.09.01".to_owned(),
        at: NOW,
        observed_s: 6 * percent,
        by_table: TableTime { by_table_s: 600, ..TableTime::default() },
        metres: 6_000,
    };
    let villages = vec![(at(0.0, 0.0), "35.09.01".to_owned())];
    Some(Arc::new(Learned::of(&vec![trip; 10_000], villages, 7 * 3_600)))
}

/// What was noted when the first unit was ordered.
fn noted(mut dispatch: Dispatch) -> Recommendation {
    let order = order_to_the_crossing(&mut dispatch, &UnitId::new("AMB-01").expect("a code"));
    dispatch.board().assignment(order).expect("ordered").recommendation.clone()
}

#[test]
fn an_estimate_by_road_is_corrected_and_the_table_is_kept_beside_it() {
    let mut dispatch = town();
    let before = candidates(&dispatch);
    let by_table = noted(dispatch.clone()).by_table.expect("by road");
    // 1 km of residential road at 25 km/h.
    assert_eq!(by_table.by_table_s, 145);
    assert_eq!(by_table.by_class_s, [(RoadKind::Residential, 144)].into());
    let mobilisation_s = before[0].eta_s - by_table.by_table_s;
    for (percent, permille) in [(150, 1_500), (80, 800)] {
        dispatch.set_learned(lesson(percent));
        let after = candidates(&dispatch);
        let travel_s = after[0].eta_s - mobilisation_s;
        assert!((travel_s * 1_000).abs_diff(by_table.by_table_s * permille) <= 2_000, "{travel_s}");
        let noted = noted(dispatch.clone());
        assert_eq!(noted.eta_s, after[0].eta_s);
        assert_eq!(
            noted.by_table.as_ref(),
            Some(&by_table),
            "what is learned never feeds on itself"
        );
    }
    dispatch.set_learned(None);
    assert_eq!(candidates(&dispatch), before, "switched off");
}

#[test]
fn a_class_of_road_that_was_found_slow_is_driven_round_and_the_table_is_still_noted() {
    // 1 km by a residential road, or 1.6 km by a primary one.
    let mut town = Town::new(&[(0.0, 0.0), (10.0, 0.0), (0.0, -3.0), (10.0, -3.0)]);
    town.of_class(RoadKind::Residential, 0, 1, [true, true]);
    for (from, to) in [(0, 2), (2, 3), (3, 1)] {
        town.of_class(RoadKind::Primary, from, to, [true, true]);
    }
    let unit = UnitId::new("AMB-01").expect("a code");
    let card = UnitCard { id: unit, index: 1, post: at(10.0, 0.0), capabilities: Vec::new() };
    let mut dispatch = Dispatch::new(Policy::default(), vec![card], Vec::new());
    dispatch.set_roads(Some(Arc::new(town.roads())));
    let on = |dispatch: &Dispatch| {
        let by_table = noted(dispatch.clone()).by_table.expect("by road");
        by_table.by_class_s
    };
    assert_eq!(on(&dispatch), [(RoadKind::Primary, 115)].into(), "at 50 km/h");
    let trip = Trip {
        district: "35.09.99".to_owned(),
        at: NOW,
        observed_s: 1_200,
        by_table: TableTime { by_table_s: 600, by_class_s: [(RoadKind::Primary, 600)].into() },
        metres: 8_000,
    };
    let learned = Learned::of(&vec![trip; 1_000], Vec::new(), 0);
    dispatch.set_learned(Some(Arc::new(learned)));
    // 115 s become 173 s, more than the 144 s of the short way.
    assert_eq!(on(&dispatch), [(RoadKind::Residential, 144)].into());
}

#[test]
fn a_straight_line_is_not_corrected_and_never_comes_before_a_known_road() {
    let mut dispatch = town();
    let before = candidates(&dispatch);
    let straight = |all: &[Candidate]| all.iter().find(|c| c.unit.as_str() == "AMB-02").cloned();
    let other = straight(&before).expect("ranked");
    assert_eq!(other.basis, TravelBasis::StraightLine);
    dispatch.set_learned(lesson(80));
    assert_eq!(straight(&candidates(&dispatch)).expect("ranked").eta_s, other.eta_s);
    for percent in [50, 80, 100, 150, 200] {
        dispatch.set_learned(lesson(percent));
        let ranked = candidates(&dispatch);
        let known = ranked.iter().filter(|c| c.basis == TravelBasis::Road).count();
        assert_eq!(known, 1, "{ranked:?}");
    }
}
