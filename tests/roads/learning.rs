//! What trips have taught corrects the estimates by road, and only these.

use std::sync::Arc;

use siaga::clock::Timestamp;
use siaga::dispatch::Dispatch;
use siaga::dispatch::event::TravelBasis;
use siaga::dispatch::policy::Policy;
use siaga::dispatch::rank::Candidate;
use siaga::dispatch::unit::UnitCard;
use siaga::ids::UnitId;
use siaga::roads::learned::{Learned, Trip};

use super::*;

const NOW: Timestamp = Timestamp::from_ms(1_795_395_600_000);

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
        by_table_s: 600,
        metres: 6_000,
    };
    let villages = vec![(at(0.0, 0.0), "35.09.01".to_owned())];
    Some(Arc::new(Learned::of(&vec![trip; 10_000], villages, 7 * 3_600)))
}

#[test]
fn an_estimate_by_road_is_corrected_and_the_table_is_kept_beside_it() {
    let mut dispatch = town();
    let before = candidates(&dispatch);
    assert_eq!(before[0].basis, TravelBasis::Road);
    let by_table_s = before[0].by_table_s.expect("by road");
    let mobilisation_s = before[0].eta_s - by_table_s;
    for (percent, permille) in [(150, 1_500), (80, 800)] {
        dispatch.set_learned(lesson(percent));
        let after = candidates(&dispatch);
        assert_eq!(after[0].by_table_s, Some(by_table_s), "what is learned feeds on itself never");
        let travel_s = after[0].eta_s - mobilisation_s;
        assert!((travel_s * 1_000).abs_diff(by_table_s * permille) <= 2_000, "{travel_s}");
        let recommended = dispatch.rank(NOW, at(0.0, 0.0), None);
        let recommended = recommended.recommendation_of(&after[0].unit).expect("ranked");
        assert_eq!(recommended.by_table_s, Some(by_table_s));
    }
    dispatch.set_learned(None);
    assert_eq!(candidates(&dispatch), before, "switched off");
}

#[test]
fn a_straight_line_is_not_corrected_and_never_comes_before_a_known_road() {
    let mut dispatch = town();
    let before = candidates(&dispatch);
    let straight = |all: &[Candidate]| all.iter().find(|c| c.unit.as_str() == "AMB-02").cloned();
    let other = straight(&before).expect("ranked");
    assert_eq!((other.basis, other.by_table_s), (TravelBasis::StraightLine, None));
    dispatch.set_learned(lesson(80));
    assert_eq!(straight(&candidates(&dispatch)).expect("ranked").eta_s, other.eta_s);
    for percent in [50, 80, 100, 150, 200] {
        dispatch.set_learned(lesson(percent));
        let ranked = candidates(&dispatch);
        let known: Vec<u32> = ranked.iter().filter_map(|c| c.by_table_s).collect();
        assert_eq!(known.len(), 1, "{ranked:?}");
    }
}
