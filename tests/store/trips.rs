//! What is learned from: trips by road whose times nobody touched.

use siaga::roads::TableTime;
use siaga::roads::kind::RoadKind;
use siaga::roads::learned::Trip;

use super::*;

fn by_table() -> TableTime {
    TableTime { by_table_s: 240, by_class_s: [(RoadKind::Tertiary, 200)].into() }
}

fn by_road(incident: IncidentId, order: AssignmentId, unit: UnitId) -> Event {
    let Event::UnitOffered { recommendation, .. } = offer(incident, order, unit.clone()) else {
        unreachable!("an offer")
    };
    let recommendation =
        Recommendation { basis: TravelBasis::Road, by_table: Some(by_table()), ..recommendation };
    let mut event = offer(incident, order, unit);
    if let Event::UnitOffered { recommendation: known, .. } = &mut event {
        *known = recommendation;
    }
    event
}

/// Writes one incident with an order by this event, then what happens; the unit needs 300 s.
async fn trip(
    place: &Place,
    log: &mut Log,
    order: impl FnOnce(IncidentId, AssignmentId) -> Event,
    after: impl FnOnce(IncidentId, AssignmentId) -> Vec<Event>,
) -> Timestamp {
    let (one, assignment) = (incident(), assignment());
    let mut entries = log.write_all(vec![call(one), order(one, assignment)]);
    let left = log.write(step(assignment, Step::EnRoute));
    let at = left.at;
    entries.push(left);
    log.now += 299_000;
    entries.push(log.write(step(assignment, Step::OnScene)));
    entries.extend(log.write_all(after(one, assignment)));
    entries.push(log.write(step(assignment, Step::Cleared)));
    place.store.append(&area(), &entries, &[]).await.expect("written");
    at
}

#[tokio::test]
async fn trips_by_road_are_read_with_what_was_estimated_and_the_others_are_not() {
    on_both(async |place| {
        let mut log = Log::new();
        let road = |one, order| by_road(one, order, unit(1));
        let nothing = |_, _| Vec::new();
        let first = trip(&place, &mut log, road, nothing).await;
        // By the straight line, or from before the table's estimate was kept.
        trip(&place, &mut log, |one, order| offer(one, order, unit(1)), nothing).await;
        let corrected = |_, order| {
            let (status, reason) = (Step::OnScene, "salah tekan".to_owned());
            vec![Event::TimeCorrected { assignment: order, status, corrected_at: first, reason }]
        };
        trip(&place, &mut log, road, corrected).await;
        let undone = |_, order| {
            let (status, back_to) = (Step::OnScene, Some(Step::EnRoute));
            vec![
                Event::StepUndone { assignment: order, status, back_to },
                step(order, Step::OnScene),
            ]
        };
        trip(&place, &mut log, road, undone).await;
        let moved = |one, _| {
            let place = village_place("35.09.29.2003");
            vec![Event::IncidentPlaced { incident: one, place }]
        };
        trip(&place, &mut log, road, moved).await;
        let last = trip(&place, &mut log, road, nothing).await;
        let of = |at| Trip {
            district: "35.09.29".to_owned(),
            at,
            observed_s: 300,
            by_table: by_table(),
            metres: 4_000,
        };
        let jember = area();
        let since = |since| place.store.trips(&jember, since);
        assert_eq!(since(at(0)).await.expect("trips"), [of(last), of(first)]);
        assert_eq!(since(last.plus_ms(-60_000)).await.expect("trips"), [of(last)]);
        assert_eq!(since(last.plus_ms(1)).await.expect("trips"), []);
    })
    .await;
}
