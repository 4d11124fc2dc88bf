//! What a crew does with an order, from reading it to driving home, and when it is called off.

use super::*;

const SCENE: Place = Place { lat: -8.25, lon: 113.85 };
const FACILITY: Place = Place { lat: -8.15, lon: 113.71 };
const AT_POST: Sight = Sight { moving: false, arrived: true, at_post: true };
const ON_ROAD: Sight = Sight { moving: true, arrived: false, at_post: false };
const ARRIVED: Sight = Sight { moving: false, arrived: true, at_post: false };
const STEADY: Habits = Habits { forgetful: 0.0, refusing: 0.0, scale: 1.0 };
const ASSIGNMENT: Uuid = Uuid::from_u128(1);

fn offer(facility: Option<Place>) -> Offer {
    let case_number = "261123-007".to_owned();
    Offer { case_number, priority: "P1".to_owned(), scene: SCENE, facility }
}

fn crew(seed: u64, habits: Habits) -> Crew {
    Crew::standing_by(Chance::new(seed, "amb-1", "crew"), habits)
}

/// Runs a crew on a job for at most two hours; every drive takes five minutes. Returns the
/// statuses with the second of each, and whether it set out for home.
fn run_job(crew: &mut Crew) -> (Vec<(i64, Status)>, bool) {
    let mut statuses = Vec::new();
    let mut home = false;
    let mut drive_ends_s = None;
    for second in 0..7_200 {
        let sight = match drive_ends_s {
            None => AT_POST,
            Some(end_s) if second < end_s => ON_ROAD,
            Some(_) => ARRIVED,
        };
        for act in crew.act(second * 1_000, sight) {
            match act {
                Act::Report { status, .. } => statuses.push((second, status)),
                Act::Drive { .. } => drive_ends_s = Some(second + 300),
                Act::GoHome => home = true,
            }
        }
    }
    (statuses, home)
}

#[test]
fn the_steps_of_a_job_come_in_order_and_end_cleared() {
    for seed in 0..100 {
        let mut crew = crew(seed, Habits { forgetful: 0.2, ..STEADY });
        assert!(crew.take_offer(0, ASSIGNMENT, offer(Some(FACILITY))).is_empty());
        let (statuses, home) = run_job(&mut crew);
        assert!(statuses.is_sorted_by(|a, b| a.1 < b.1), "{seed}: {statuses:?}");
        assert_eq!(statuses.first().unwrap().1, Status::Acknowledged);
        assert_eq!(statuses.last().unwrap().1, Status::Cleared);
        assert!(home && crew.free());
    }
}

#[test]
fn the_times_of_a_steady_crew_are_those_of_people() {
    for seed in 0..100 {
        let mut crew = crew(seed, STEADY);
        crew.take_offer(0, ASSIGNMENT, offer(Some(FACILITY)));
        let (statuses, _) = run_job(&mut crew);
        let at = |wanted| statuses.iter().find(|(_, status)| *status == wanted).map(|s| s.0);
        let read_s = at(Status::Acknowledged).unwrap();
        assert!((5..=71).contains(&read_s));
        assert!((30..=93).contains(&(at(Status::EnRoute).unwrap() - read_s)));
        let searched_s = at(Status::AtPatient).unwrap() - at(Status::OnScene).unwrap();
        assert!((30..=121).contains(&searched_s));
    }
}

#[test]
fn without_a_facility_a_crew_clears_on_the_scene() {
    let mut crew = crew(1, STEADY);
    crew.take_offer(0, ASSIGNMENT, offer(None));
    let (statuses, _) = run_job(&mut crew);
    let last_two: Vec<Status> = statuses.iter().rev().take(2).map(|s| s.1).collect();
    assert_eq!(last_two, [Status::Cleared, Status::AtPatient]);
}

#[test]
fn a_refusing_crew_gives_a_reason_and_stays() {
    let mut crew = crew(1, Habits { refusing: 1.0, ..STEADY });
    crew.take_offer(0, ASSIGNMENT, offer(None));
    let acts = crew.act(80_000, AT_POST);
    let [Act::Report { status: Status::Rejected, reason: Some(_), .. }] = acts[..] else {
        panic!("a reasoned refusal was expected, not {acts:?}");
    };
    assert!(crew.free());
}

#[test]
fn a_forgetful_crew_still_accepts_and_clears() {
    let mut crew = crew(1, Habits { forgetful: 1.0, ..STEADY });
    crew.take_offer(0, ASSIGNMENT, offer(Some(FACILITY)));
    let statuses: Vec<Status> = run_job(&mut crew).0.iter().map(|s| s.1).collect();
    assert_eq!(statuses, [Status::Acknowledged, Status::Cleared]);
}

#[test]
fn a_withdrawn_order_sends_the_crew_home_without_another_word() {
    let mut crew = crew(1, STEADY);
    crew.take_offer(0, ASSIGNMENT, offer(Some(FACILITY)));
    assert!(crew.stand_down(Uuid::from_u128(2), AT_POST).is_empty());
    assert!(!crew.free(), "another order's withdrawal is not ours");
    crew.act(80_000, AT_POST);
    crew.act(200_000, AT_POST);
    assert_eq!(crew.stand_down(ASSIGNMENT, ON_ROAD), [Act::GoHome]);
    assert!(crew.free());
    assert!(crew.act(900_000, ARRIVED).is_empty());
    assert!(crew.stand_down(ASSIGNMENT, ARRIVED).is_empty(), "twice is harmless");
}

#[test]
fn a_withdrawal_before_setting_out_leaves_the_crew_at_its_post() {
    let mut crew = crew(1, STEADY);
    crew.take_offer(0, ASSIGNMENT, offer(Some(FACILITY)));
    assert!(crew.stand_down(ASSIGNMENT, AT_POST).is_empty());
    assert!(crew.free());
}

/// A crew on the way to the facility, and the time.
fn conveying() -> (Crew, i64) {
    let mut crew = crew(2, STEADY);
    crew.take_offer(0, ASSIGNMENT, offer(Some(FACILITY)));
    let mut now_ms = 0;
    while crew.job.as_ref().unwrap().stage != Stage::Conveying {
        now_ms += 1_000;
        crew.act(now_ms, ARRIVED);
    }
    (crew, now_ms)
}

#[test]
fn a_patient_aboard_is_delivered_even_when_the_order_is_withdrawn() {
    let (mut crew, start_ms) = conveying();
    assert!(crew.stand_down(ASSIGNMENT, ON_ROAD).is_empty());
    let later = (1..2_000).map(|second| start_ms + second * 1_000);
    let acts: Vec<Act> = later.flat_map(|now_ms| crew.act(now_ms, ARRIVED)).collect();
    assert_eq!(acts, [Act::GoHome]);
    assert!(crew.free());
}

#[test]
fn a_crew_with_a_patient_aboard_refuses_another_order() {
    let (mut crew, now_ms) = conveying();
    let second = Uuid::from_u128(2);
    let acts = crew.take_offer(now_ms, second, offer(None));
    let refused =
        Act::Report { assignment: second, status: Status::Rejected, reason: Some(PATIENT_ABOARD) };
    assert_eq!(acts, [refused]);
    assert_eq!(crew.job.as_ref().unwrap().assignment, ASSIGNMENT);
}

#[test]
fn a_corrected_place_turns_a_driving_crew() {
    let mut crew = crew(1, STEADY);
    crew.take_offer(0, ASSIGNMENT, offer(None));
    crew.act(80_000, AT_POST);
    crew.act(200_000, AT_POST);
    assert!(crew.take_amendment(ASSIGNMENT, offer(Some(FACILITY))).is_empty());
    let corrected = Offer { scene: FACILITY, ..offer(None) };
    assert_eq!(
        crew.take_amendment(ASSIGNMENT, corrected),
        [Act::Drive { to: FACILITY, pace: Pace::Urgent }]
    );
    assert!(crew.take_amendment(Uuid::from_u128(9), offer(None)).is_empty());
}

#[test]
fn odd_habits_are_survived() {
    for scale in [0.0, -3.0, f64::NAN, f64::INFINITY, 1e-9] {
        let mut crew = crew(1, Habits { forgetful: f64::NAN, refusing: -1.0, scale });
        crew.take_offer(0, ASSIGNMENT, offer(Some(FACILITY)));
        assert_eq!(run_job(&mut crew).0.last().unwrap().1, Status::Cleared, "{scale}");
    }
}
