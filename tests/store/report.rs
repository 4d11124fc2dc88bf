//! What the reports see: every incident with the time points of its orders, whatever path they
//! took.

use siaga::store::{ReportAssignment, ReportIncident};

use super::*;

async fn write(place: &Place, log: &mut Log, events: Vec<Event>) -> Vec<Timestamp> {
    let entries = log.write_all(events);
    place.store.append(&area(), &entries, &[]).await.expect("written");
    entries.iter().map(|entry| entry.at).collect()
}

async fn report(place: &Place) -> Vec<ReportIncident> {
    place.store.report_incidents(&area(), at(0), at(i64::MAX), 100).await.expect("incidents")
}

#[tokio::test]
async fn an_order_that_takes_every_step_has_every_time_point() {
    on_both(async |place| {
        let (mut log, one, order) = (Log::new(), incident(), assignment());
        let times = write(
            &place,
            &mut log,
            vec![
                call(one),
                offer(one, order, unit(1)),
                Event::OrderDelivered { assignment: order, revision: Some(1) },
                Event::OfferOverdue { assignment: order },
                step(order, Step::Acknowledged),
                step(order, Step::EnRoute),
                step(order, Step::OnScene),
                step(order, Step::AtPatient),
                step(order, Step::Transporting),
                step(order, Step::AtDestination),
                step(order, Step::HandedOver),
                step(order, Step::Cleared),
                ended(one, Disposition::Transported),
            ],
        )
        .await;
        let expected = ReportIncident {
            drill: false,
            neighbour: false,
            id: one,
            case_number: "261123-007".into(),
            received_at: at(MORNING),
            created_at: times[0],
            priority: Priority::P1,
            category: Category::Maternal,
            village: Some("35.09.29.2003".into()),
            disposition: Some(Disposition::Transported),
            ended_at: Some(times[12]),
            needs: Vec::new(),
            assignments: vec![ReportAssignment {
                referral: false,
                id: Some(order),
                unit: unit(1).to_string(),
                offered: times[1],
                delivered: Some(times[2]),
                acknowledged: Some(times[4]),
                en_route: Some(times[5]),
                on_scene: Some(times[6]),
                at_patient: Some(times[7]),
                transporting: Some(times[8]),
                at_destination: Some(times[9]),
                handed_over: Some(times[10]),
                cleared: Some(times[11]),
                ended_at: None,
                state: "cleared".into(),
                abilities: None,
            }],
        };
        assert_eq!(report(&place).await, [expected]);
    })
    .await;
}

#[tokio::test]
async fn a_step_that_was_skipped_has_no_time_and_an_open_order_says_its_last_step() {
    on_both(async |place| {
        let (mut log, one, order) = (Log::new(), incident(), assignment());
        let times = write(
            &place,
            &mut log,
            vec![
                call(one),
                offer(one, order, unit(1)),
                step(order, Step::EnRoute),
                step(order, Step::Transporting),
            ],
        )
        .await;
        let reported = report(&place).await;
        let expected = ReportAssignment {
            referral: false,
            id: Some(order),
            unit: unit(1).to_string(),
            offered: times[1],
            en_route: Some(times[2]),
            transporting: Some(times[3]),
            state: "transporting".into(),
            ..ReportAssignment::default()
        };
        assert_eq!(reported[0].assignments, [expected]);
        assert_eq!((reported[0].disposition, reported[0].ended_at), (None, None));
    })
    .await;
}

#[tokio::test]
async fn rejected_and_cancelled_orders_stand_beside_the_one_that_went_in_their_order() {
    on_both(async |place| {
        let (mut log, one) = (Log::new(), incident());
        let [no, away, goes] = [assignment(), assignment(), assignment()];
        let times = write(
            &place,
            &mut log,
            vec![
                call(one),
                offer(one, no, unit(1)),
                rejected(no),
                offer(one, away, unit(2)),
                step(away, Step::Acknowledged),
                offer(one, goes, unit(3)),
                cancelled(away),
                Event::WithdrawalDelivered { assignment: away },
            ],
        )
        .await;
        let orders = report(&place).await.remove(0).assignments;
        let seen: Vec<_> = orders
            .iter()
            .map(|order| (order.unit.as_str(), order.state.as_str(), order.ended_at))
            .collect();
        let expected = [
            ("AMB-SILO-01", "rejected", Some(times[2])),
            ("AMB-SILO-02", "cancelled", Some(times[6])),
            ("AMB-SILO-03", "offered", None),
        ];
        assert_eq!(seen, expected);
        assert_eq!(orders[1].acknowledged, Some(times[4]), "what it did before stays");
    })
    .await;
}

#[tokio::test]
async fn an_order_that_is_delivered_twice_keeps_the_first_time() {
    on_both(async |place| {
        let (mut log, one, order) = (Log::new(), incident(), assignment());
        let delivered = Event::OrderDelivered { assignment: order, revision: Some(1) };
        let events = vec![call(one), offer(one, order, unit(1)), delivered.clone(), delivered];
        let times = write(&place, &mut log, events).await;
        assert_eq!(report(&place).await[0].assignments[0].delivered, Some(times[2]));
    })
    .await;
}

#[tokio::test]
async fn an_incident_that_is_placed_later_is_reported_in_its_village() {
    on_both(async |place| {
        let (mut log, one) = (Log::new(), incident());
        let placed = Event::IncidentPlaced { incident: one, place: village_place("35.09.01.2001") };
        let held = Event::IncidentHeld { incident: one };
        let ready = Event::IncidentReady { incident: one };
        write(&place, &mut log, vec![call(one), placed, held, ready]).await;
        assert_eq!(report(&place).await[0].village.as_deref(), Some("35.09.01.2001"));
    })
    .await;
}

#[tokio::test]
async fn a_period_holds_the_incidents_whose_phone_rang_in_it() {
    on_both(async |place| {
        let mut log = Log::new();
        let incidents: Vec<IncidentId> = (0..4).map(|_| incident()).collect();
        // Entered in another order than the phone rang, as after a time on paper.
        let calls = [3, 0, 2, 1]
            .map(|n: u8| call_at(incidents[usize::from(n)], MORNING + i64::from(n) * 1_000));
        write(&place, &mut log, calls.to_vec()).await;
        let ids = async |from: i64, to: i64, limit: u32| {
            let (from, to) = (at(MORNING + from), at(MORNING + to));
            let found = place.store.report_incidents(&area(), from, to, limit).await;
            found.expect("incidents").iter().map(|incident| incident.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(0, 4_000, 100).await, incidents);
        assert_eq!(ids(1_000, 3_000, 100).await, incidents[1..3], "the end is not part of it");
        assert_eq!(ids(0, 4_000, 2).await, incidents[..2]);
        let elsewhere = place.store.report_incidents(&code("35.10"), at(0), at(i64::MAX), 9).await;
        assert_eq!(elsewhere.expect("incidents"), []);
    })
    .await;
}

#[tokio::test]
async fn needs_and_what_the_unit_could_do_then_stand_beside_the_times() {
    on_both(async |place| {
        let (mut log, one, order) = (Log::new(), incident(), assignment());
        let capability = |word: &str| Capability::new(word).expect("a capability");
        let needs = |words: &[&str]| Event::NeedsChanged {
            incident: one,
            needs: words.iter().map(|w| Need { capability: capability(w), count: 2 }).collect(),
        };
        let mut ordered = offer(one, order, unit(1));
        if let Event::UnitOffered { abilities, .. } = &mut ordered {
            *abilities = Some(vec![capability("transport"), capability("maternal")]);
        }
        let events = vec![call(one), needs(&["als"]), ordered, needs(&["maternal", "neonatal"])];
        write(&place, &mut log, events).await;
        let seen = report(&place).await.remove(0);
        assert_eq!(seen.needs, ["maternal", "neonatal"], "as they were last said");
        let abilities = seen.assignments[0].abilities.as_deref().expect("noted");
        assert_eq!(abilities, ["transport", "maternal"]);
        write(&place, &mut log, vec![needs(&[])]).await;
        assert_eq!(report(&place).await[0].needs, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn every_order_of_a_period_says_how_it_came_to_nothing_and_exercises_are_left_out() {
    on_both(async |place| {
        let (mut log, one, drill) = (Log::new(), incident(), incident());
        let mut exercise = call(drill);
        if let Event::CallTaken { drill, case_number, .. } = &mut exercise {
            (*drill, *case_number) = (true, "261123-008".into());
        }
        let [no, late, away, taken, goes, played] = std::array::from_fn(|_| assignment());
        let times = write(
            &place,
            &mut log,
            vec![
                call(one),
                exercise,
                offer(drill, played, unit(9)),
                rejected(played),
                offer(one, no, unit(1)),
                rejected(no),
                offer(one, late, unit(2)),
                Event::OfferTimedOut { assignment: late },
                offer(one, away, unit(3)),
                step(away, Step::Acknowledged),
                cancelled(away),
                offer(one, taken, unit(4)),
                step(taken, Step::EnRoute),
                Event::AssignmentDiverted { assignment: taken, to: drill },
                offer(one, goes, unit(5)),
                step(goes, Step::OnScene),
            ],
        )
        .await;
        let offers = place.store.report_offers(&area(), at(0), at(i64::MAX)).await;
        let offers = offers.expect("offers");
        let seen: Vec<_> = offers
            .iter()
            .map(|offer| {
                let dropped = offer.dropped.as_ref();
                let end = dropped.map(|d| (d.at, d.outcome.as_str(), d.reason.as_deref()));
                (offer.offered, offer.accepted, offer.rolling, end)
            })
            .collect();
        let expected = [
            (times[4], None, None, Some((times[5], "rejected", Some("ban kempes")))),
            (times[6], None, None, Some((times[7], "timed_out", None))),
            (
                times[8],
                Some(times[9]),
                None,
                Some((times[10], "cancelled", Some("unit lain lebih dekat"))),
            ),
            (times[11], Some(times[12]), Some(times[12]), Some((times[13], "diverted", None))),
            (times[14], Some(times[15]), Some(times[15]), None),
        ];
        assert_eq!(seen, expected);
        assert!(offers.iter().all(|offer| offer.case_number == "261123-007"));
        let by = |offer: &siaga::store::ReportOffer| offer.dropped.as_ref().map(|d| d.by.clone());
        assert_eq!(by(&offers[0]).as_deref(), Some("operator"), "the role and not the name");
        let some = place.store.report_offers(&area(), times[6], times[8]).await.expect("offers");
        assert_eq!(some.len(), 1, "the end of the period is not part of it");
    })
    .await;
}

#[tokio::test]
async fn duty_is_read_with_how_each_unit_stood_before() {
    on_both(async |place| {
        let mut log = Log::new();
        let events = vec![
            duty(unit(1), false),
            duty(unit(1), true),
            duty(unit(2), false),
            duty(unit(1), false),
            duty(unit(1), true),
            duty(unit(3), false),
        ];
        let times = write(&place, &mut log, events).await;
        let changes = place.store.report_duty(&area(), times[3], times[5]).await.expect("duty");
        let seen: Vec<_> =
            changes.iter().map(|c| (c.unit.clone(), c.at, c.on_duty, c.reason.clone())).collect();
        let one = |n: u32, at, on_duty| (unit(n).to_string(), at, on_duty, None);
        let expected = [
            one(1, times[1], true),
            one(2, times[2], false),
            one(1, times[3], false),
            one(1, times[4], true),
        ];
        assert_eq!(seen, expected);
        let elsewhere = place.store.report_duty(&code("35.10"), at(0), at(i64::MAX)).await;
        assert_eq!(elsewhere.expect("duty"), []);
    })
    .await;
}

#[tokio::test]
async fn incidents_that_are_one_are_reported_once_with_the_earliest_call_and_all_their_orders() {
    on_both(async |place| {
        let (mut log, alone) = (Log::new(), incident());
        let [leader, early, late] = [incident(), incident(), incident()];
        let merged = |incident| Event::IncidentMerged { incident, into: leader };
        let (first, second) = (assignment(), assignment());
        write(
            &place,
            &mut log,
            vec![
                call_at(leader, MORNING + 5_000),
                call_at(early, MORNING + 1_000),
                call_at(late, MORNING + 9_000),
                call_at(alone, MORNING + 4_000),
                offer(early, first, unit(1)),
                offer(leader, second, unit(2)),
                merged(early),
                merged(late),
            ],
        )
        .await;
        let of = async |from: i64, to: i64| {
            let (from, to) = (at(MORNING + from), at(MORNING + to));
            let found = place.store.report_incidents(&area(), from, to, 9).await;
            let found = found.expect("incidents").into_iter();
            found.map(|one| (one.id, one.received_at, one.assignments.len())).collect::<Vec<_>>()
        };
        let one = (leader, at(MORNING + 1_000), 2);
        let other = (alone, at(MORNING + 4_000), 0);
        assert_eq!(of(0, 10_000).await, [one, other]);
        assert_eq!(of(0, 3_000).await, [one], "its earliest call is in the period");
        assert_eq!(of(2_000, 10_000).await, [other], "its earliest call is not");
        write(&place, &mut log, vec![Event::IncidentSplit { incident: early }]).await;
        let leader = (leader, at(MORNING + 5_000), 1);
        let early = (early, at(MORNING + 1_000), 1);
        assert_eq!(of(0, 10_000).await, [early, other, leader]);
    })
    .await;
}
