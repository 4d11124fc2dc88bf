//! The audit of reads, and what retention removes.

use siaga::chain::private_digest;
use siaga::dispatch::aid::{AidEvent, AidRequest};
use siaga::ids::AidId;
use siaga::retention::{Retention, Swept, sweep};
use siaga::store::{PrivateRecord, Read, ReadsAsked, Role, Way};

use super::log::verify;
use super::positions::fix;
use super::*;

const HOUR_MS: i64 = 60 * 60 * 1000;
const DAYS_OLD: i64 = 400;

fn read(incident: IncidentId, person: &str, way: Way, ms: i64) -> Read {
    Read { incident, person: person.into(), role: Role::Operator, way, at: at(ms) }
}

fn everything() -> ReadsAsked {
    ReadsAsked { incident: None, person: None, from: at(0), to: at(i64::MAX) }
}

async fn found(place: &Place, asked: &ReadsAsked, limit: u32) -> Vec<(Read, String)> {
    place.store.reads(&area(), asked, limit).await.expect("reads")
}

#[tokio::test]
async fn of_the_reads_of_an_hour_the_first_is_kept_for_each_person_incident_and_way() {
    on_both(async |place| {
        let (mut log, one, other) = (Log::new(), incident(), incident());
        let entries = log.write_all(vec![call(one)]);
        place.store.append(&area(), &entries, &[]).await.expect("written");
        let hour = 500_000 * HOUR_MS;
        let first = read(one, "budi", Way::Live, hour + 1);
        let kept = [
            first.clone(),
            read(one, "budi", Way::List, hour + 2),
            read(one, "sari", Way::Live, hour + 3),
            read(other, "budi", Way::Live, hour + 4),
            read(one, "budi", Way::Live, hour + HOUR_MS),
        ];
        let again = read(one, "budi", Way::Live, hour + 5);
        let all = [&kept[..], std::slice::from_ref(&again)].concat();
        place.store.add_reads(&area(), &all).await.expect("noted");
        place.store.add_reads(&area(), &[again]).await.expect("noted again");
        place.store.add_reads(&area(), &[]).await.expect("nothing is noted");
        let seen = found(&place, &everything(), 100).await;
        let reads: Vec<Read> = seen.iter().map(|(read, _)| read.clone()).collect();
        let newest_first: Vec<Read> = kept.iter().rev().cloned().collect();
        assert_eq!(reads, newest_first);
        assert_eq!((seen[0].1.as_str(), seen[1].1.as_str()), ("261123-007", ""));
        let asked = [
            (ReadsAsked { incident: Some(other), ..everything() }, 1),
            (ReadsAsked { person: Some("sari".into()), ..everything() }, 1),
            (ReadsAsked { person: Some("' or 1=1".into()), ..everything() }, 0),
            (ReadsAsked { incident: Some(one), person: Some("budi".into()), ..everything() }, 3),
            (ReadsAsked { from: at(hour + 2), to: at(hour + 4), ..everything() }, 2),
        ];
        for (asked, count) in asked {
            assert_eq!(found(&place, &asked, 100).await.len(), count, "{asked:?}");
        }
        assert_eq!(found(&place, &everything(), 2).await.len(), 2);
        let elsewhere = place.store.reads(&code("35.10"), &everything(), 100).await;
        assert_eq!(elsewhere.expect("reads"), []);
        let dropped = async |limit| {
            let dropped = place.store.drop_reads_before(&area(), at(hour + HOUR_MS), limit).await;
            dropped.expect("dropped")
        };
        assert_eq!([dropped(3).await, dropped(3).await, dropped(3).await], [3, 1, 0]);
        assert_eq!(found(&place, &everything(), 100).await.len(), 1);
    })
    .await;
}

/// What an incident says of its caller.
struct Case {
    incident: IncidentId,
    entries: Vec<Entry>,
    record: PrivateRecord,
}

/// Something that came in with what a caller said.
fn said(log: &mut Log, incident: IncidentId, event: Event, then: Vec<Event>) -> Case {
    let id = Uuid::now_v7();
    let body = r#"{"caller_name":"Bu Sri"}"#;
    let digest = private_digest(&[9; 16], body);
    let mut entries = vec![log.write_with(event, Some(PrivateRef { id, digest }))];
    entries.extend(log.write_all(then));
    let (salt, phone) = ([9; 16], Some("628123456789".into()));
    let record = PrivateRecord { id, incident, salt, body: body.into(), phone, at: at(1) };
    Case { incident, entries, record }
}

fn case(log: &mut Log, then: impl FnOnce(IncidentId) -> Vec<Event>) -> Case {
    let incident = incident();
    said(log, incident, call(incident), then(incident))
}

fn refused_to_a_neighbour(log: &mut Log) -> Case {
    let aid = AidId::from_uuid(Uuid::now_v7());
    let request = AidRequest {
        area: code("35.11"),
        case_number: "261123-001".to_owned(),
        priority: Priority::P2,
        category: Category::Maternal,
        place: IncidentPlace {
            position: Position::new(-8.2, 113.7).expect("a position"),
            uncertainty_m: 100,
            basis: PlaceBasis::Point,
            village: None,
            village_basis: Default::default(),
        },
        care: None,
        drill: false,
        unit: UnitId::new("AMB-1").expect("a code"),
    };
    let received = Event::Aid(AidEvent::Received { aid, request });
    let refused = Event::Aid(AidEvent::Declined { aid, reason: "semua bertugas".to_owned() });
    said(log, aid.as_incident(), received, vec![refused])
}

#[tokio::test]
async fn what_is_older_than_the_area_keeps_is_removed_and_the_chain_stays_valid() {
    on_both(async |place| {
        let mut log = Log::new();
        let over = |one| vec![ended(one, Disposition::Transported)];
        // More than one piece of a sweep.
        let mut cases: Vec<Case> = (0..120).map(|_| case(&mut log, over)).collect();
        let leader = cases[0].incident;
        let part = |one| vec![Event::IncidentMerged { incident: one, into: leader }];
        cases.push(case(&mut log, part));
        cases.push(refused_to_a_neighbour(&mut log));
        let gone: Vec<IncidentId> = cases.iter().map(|case| case.incident).collect();
        let open = case(&mut log, |_| Vec::new());
        let part = |one| vec![Event::IncidentMerged { incident: one, into: open.incident }];
        let of_open = case(&mut log, part);
        log.now += DAYS_OLD * DAY_MS;
        let recent = case(&mut log, over);
        let kept = [open.incident, of_open.incident, recent.incident];
        cases.extend([open, of_open, recent]);
        let entries: Vec<Entry> = cases.iter().flat_map(|case| case.entries.clone()).collect();
        let records: Vec<PrivateRecord> = cases.iter().map(|case| case.record.clone()).collect();
        place.store.append(&area(), &entries, &records).await.expect("written");
        let now = at(MORNING + (DAYS_OLD + 1) * DAY_MS);
        place.store.append_tracks(&area(), &[fix(5, 0)]).await.expect("written");
        let old = read(leader, "budi", Way::List, now.ms() - 731 * DAY_MS);
        let new = read(leader, "budi", Way::List, now.ms() - 729 * DAY_MS);
        place.store.add_reads(&area(), &[old, new.clone()]).await.expect("noted");
        let track = async || {
            let (from, to) = (at(MORNING - DAY_MS), at(MORNING + DAY_MS));
            place.store.track(&area(), 5, from, to, 9).await.expect("a track").len()
        };
        let full = async |of: &[IncidentId]| {
            let records = place.store.private_of(&area(), of).await.expect("records");
            records.iter().filter(|r| !r.body.is_empty() && r.phone.is_some()).count()
        };
        let for_ever = Retention {
            personal_data_days: 0,
            positions_days: 0,
            positions_whole_days: 0,
            reads_days: 0,
        };
        let swept = sweep(&place.store, &area(), for_ever, now).await.expect("swept");
        assert_eq!((swept, track().await), (Swept::default(), 1));
        assert_eq!(full(&gone).await, gone.len());

        let keep = Retention::default();
        let swept = sweep(&place.store, &area(), keep, now).await.expect("swept");
        assert_eq!(swept, Swept { incidents: 122, reads: 1 });
        assert_eq!((full(&gone).await, full(&kept).await, track().await), (0, 3, 0));
        assert_eq!(found(&place, &everything(), 9).await, [(new, "261123-007".to_owned())]);
        let found = place.store.earlier_calls(&area(), "628123456789", 200).await.expect("calls");
        assert_eq!(found.len(), 3, "an erased number is not found again");
        let left = place.store.entries(&area(), 0, 5_000).await.expect("entries");
        assert_eq!(left, entries, "the log is whole");
        verify(&left).expect("a whole chain");
        let swept = sweep(&place.store, &area(), keep, now).await.expect("swept");
        assert_eq!(swept, Swept::default(), "nothing is removed twice");
    })
    .await;
}
