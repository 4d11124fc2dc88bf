//! Links for people without a sign-in, and the positions that callers give by them.

use siaga::links;
use siaga::retention::{Retention, sweep};
use siaga::store::{CallerPosition, Link, LinkSubject};

use super::*;

fn made(subject: LinkSubject, incident: IncidentId, ms: i64) -> Link {
    links::make(subject, incident, at(ms)).0
}

fn position_at(ms: i64, accuracy_m: u32) -> CallerPosition {
    CallerPosition {
        position: Position::new(-8.251_234_5, 113.654_321_9).expect("a place"),
        accuracy_m,
        taken_at: at(ms - 1_500),
        received_at: at(ms),
        accepted_at: None,
    }
}

async fn found(place: &Place, link: &Link, ms: i64) -> Option<Link> {
    place.store.link(&area(), &link.token_hash, at(ms)).await.expect("a store")
}

async fn offer(place: &Place, link: &Link, offered: &CallerPosition) -> bool {
    let hash = &link.token_hash;
    let kept = place.store.offer_position(&area(), hash, link.incident, offered, 3).await;
    kept.expect("a store")
}

async fn standing(place: &Place) -> Vec<(IncidentId, CallerPosition)> {
    place.store.caller_positions(&area()).await.expect("positions")
}

#[tokio::test]
async fn a_new_link_takes_the_place_of_the_one_before_and_none_outlives_its_time() {
    on_both(async |place| {
        let (one, other, order) = (incident(), incident(), assignment());
        let first = made(LinkSubject::Caller, one, MORNING);
        let others = [
            made(LinkSubject::Caller, other, MORNING),
            made(LinkSubject::Family(order), one, MORNING),
            made(LinkSubject::Family(assignment()), one, MORNING),
        ];
        for link in others.iter().chain([&first]) {
            place.store.save_link(&area(), link).await.expect("kept");
        }
        assert_eq!(found(&place, &first, MORNING + 1).await, Some(first.clone()));
        let second = made(LinkSubject::Caller, one, MORNING + 1_000);
        place.store.save_link(&area(), &second).await.expect("kept");
        assert_eq!(found(&place, &first, MORNING + 1_001).await, None, "it was replaced");
        for link in others.iter().chain([&second]) {
            assert_eq!(found(&place, link, MORNING + 1_001).await.as_ref(), Some(link));
            assert_eq!(found(&place, link, link.expires_at.ms()).await, None, "it is over");
        }
        place.store.save_area(&banyuwangi()).await.expect("an area");
        let elsewhere = place.store.link(&code("35.10"), &second.token_hash, at(MORNING)).await;
        assert_eq!(elsewhere.expect("a store"), None, "another area knows nothing of it");
        let late = made(LinkSubject::Caller, incident(), MORNING + DAY_MS);
        place.store.save_link(&area(), &late).await.expect("kept");
        assert_eq!(place.count("select count(*) from link").await, 1, "those that are over go");
    })
    .await;
}

#[tokio::test]
async fn a_callers_position_stands_until_it_is_dismissed_and_a_link_takes_so_many_only() {
    on_both(async |place| {
        let link = made(LinkSubject::Caller, incident(), MORNING);
        let family = made(LinkSubject::Family(assignment()), link.incident, MORNING);
        place.store.save_link(&area(), &link).await.expect("kept");
        place.store.save_link(&area(), &family).await.expect("kept");
        let (rough, good) = (position_at(MORNING + 1, 900), position_at(MORNING + 2, 8));
        assert!(offer(&place, &link, &rough).await);
        assert!(offer(&place, &link, &good).await);
        assert_eq!(standing(&place).await, [(link.incident, good)], "the newest stands");
        assert!(!offer(&place, &family, &rough).await, "a family has no place to give");

        let (store, id, now) = (&place.store, link.incident, at(MORNING + 9));
        let stale = store.accept_position(&area(), id, rough.received_at, now).await;
        assert!(!stale.expect("a store"), "nobody accepts what stands no more");
        let accepted = store.accept_position(&area(), id, good.received_at, now).await;
        assert!(accepted.expect("a store"));
        let taken = CallerPosition { accepted_at: Some(now), ..good };
        assert_eq!(standing(&place).await, [(link.incident, taken)]);

        let better = position_at(MORNING + 10, 5);
        assert!(offer(&place, &link, &better).await);
        assert_eq!(standing(&place).await, [(link.incident, better)], "offered anew");
        assert!(!offer(&place, &link, &position_at(MORNING + 11, 4)).await, "that was the last");
        let stale = store.dismiss_position(&area(), id, good.received_at, now).await;
        assert!(!stale.expect("a store"));
        assert!(found(&place, &link, MORNING + 12).await.is_some());
        let now = at(MORNING + 12);
        let dismissed = store.dismiss_position(&area(), id, better.received_at, now).await;
        assert!(dismissed.expect("a store"));
        assert_eq!(standing(&place).await, []);
        assert_eq!(found(&place, &link, MORNING + 13).await, None, "its link ends with it");
        assert!(found(&place, &family, MORNING + 13).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn a_callers_position_is_erased_with_the_incident_also_where_nothing_else_was_said() {
    on_both(async |place| {
        let mut log = Log::new();
        let (over, open) = (incident(), incident());
        let events = vec![call(over), ended(over, Disposition::Transported), call(open)];
        let entries = log.write_all(events);
        place.store.append(&area(), &entries, &[]).await.expect("written");
        for id in [over, open] {
            let link = made(LinkSubject::Caller, id, MORNING);
            place.store.save_link(&area(), &link).await.expect("kept");
            assert!(offer(&place, &link, &position_at(MORNING + 1, 8)).await);
        }
        let now = at(MORNING + 400 * DAY_MS);
        let swept = sweep(&place.store, &area(), Retention::default(), now).await.expect("swept");
        assert_eq!(swept.incidents, 1);
        let left: Vec<IncidentId> = standing(&place).await.into_iter().map(|(id, _)| id).collect();
        assert_eq!(left, [open]);
    })
    .await;
}
