//! The log: what is written stays as it was written, once, in order, and no unit is on two orders.

use futures_util::future::join_all;
use siaga::chain::{Entry, PrivateRef, private_digest};
use siaga::store::{ENTRIES_PAGE_MAX, Error, PrivateRecord};

use super::*;

/// Two open orders for one unit, to two incidents.
fn double_booking(log: &mut Log) -> (Vec<Entry>, Vec<Entry>) {
    let (first, second) = (incident(), incident());
    let good = log.write_all(vec![call(first), offer(first, assignment(), unit(3))]);
    let bad = log.write_all(vec![call(second), offer(second, assignment(), unit(3))]);
    (good, bad)
}

async fn all_entries(place: &Place) -> Vec<Entry> {
    place.store.entries(&area(), 0, ENTRIES_PAGE_MAX).await.expect("entries")
}

pub fn verify(entries: &[Entry]) -> Result<(), String> {
    let mut previous = None;
    for entry in entries {
        entry.verify(previous)?;
        previous = Some(entry);
    }
    Ok(())
}

#[tokio::test]
async fn an_empty_log_has_no_head_and_no_entries() {
    on_both(async |place| {
        assert_eq!(place.store.head(&area()).await.expect("a head"), None);
        assert_eq!(all_entries(&place).await, []);
    })
    .await;
}

#[tokio::test]
async fn what_is_appended_is_read_back_to_the_last_byte() {
    on_both(async |place| {
        let (mut log, one) = (Log::new(), incident());
        let digest = private_digest(&[7; 16], "{}");
        let mut entries =
            vec![log.write_with(call(one), Some(PrivateRef { id: Uuid::now_v7(), digest }))];
        let words = Event::DutyChanged {
            unit: unit(1),
            on_duty: false,
            reason: Some("\"rem\" — 木曜日 \u{1F691} \\ '; drop table event; --".into()),
        };
        let mut from_device = log.write(words);
        from_device.device_at = Some(at(MORNING - 4_000));
        from_device.hash = from_device.computed_hash();
        log.head.1 = from_device.hash;
        entries.push(from_device);
        entries.push(log.write(ended(one, Disposition::SolvedByPhone)));
        place.store.append(&area(), &entries, &[]).await.expect("written");
        assert_eq!(all_entries(&place).await, entries);
        let second_on = place.store.entries(&area(), 1, 1).await.expect("entries");
        assert_eq!(second_on, entries[1..2]);
        assert_eq!(place.store.head(&area()).await.expect("a head"), Some(log.head));
        let elsewhere = place.store.head(&code("35.10")).await.expect("a head");
        assert_eq!(elsewhere, None, "each area has a log of its own");
    })
    .await;
}

#[tokio::test]
async fn a_long_log_is_read_in_pages() {
    on_both(async |place| {
        let mut log = Log::new();
        let count = u64::from(ENTRIES_PAGE_MAX) + 50;
        let entries: Vec<Entry> =
            (0..count).map(|n| log.write(duty(unit(1), n % 2 == 0))).collect();
        place.store.append(&area(), &entries, &[]).await.expect("written");
        let page = place.store.entries(&area(), 0, u32::MAX).await.expect("entries");
        assert_eq!(page.len(), usize::try_from(ENTRIES_PAGE_MAX).expect("fits"));
        let rest = place.store.entries(&area(), page.last().expect("some").seq, u32::MAX).await;
        assert_eq!(rest.expect("entries").len(), 50);
    })
    .await;
}

#[tokio::test]
async fn a_unit_has_at_most_one_open_order() {
    on_both(async |place| {
        let mut log = Log::new();
        let (good, bad) = double_booking(&mut log);
        place.store.append(&area(), &good, &[]).await.expect("written");
        let refused = place.store.append(&area(), &bad, &[]).await.expect_err("taken");
        assert!(
            matches!(&refused, Error::UnitTaken { unit: it } if *it == unit(3).as_str()),
            "{refused}"
        );
        assert_eq!(all_entries(&place).await, good, "nothing of the refused append stays");
        let incidents = place.store.report_incidents(&area(), at(0), at(i64::MAX), 10).await;
        assert_eq!(incidents.expect("incidents").len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_unit_may_be_ordered_again_once_its_order_has_ended() {
    on_both(async |place| {
        let endings = [|a| step(a, Step::Cleared), rejected, cancelled];
        let (mut log, one) = (Log::new(), incident());
        place.store.append(&area(), &[log.write(call(one))], &[]).await.expect("written");
        for ending in endings {
            let order = assignment();
            let offered = [log.write(offer(one, order, unit(3)))];
            place.store.append(&area(), &offered, &[]).await.expect("free");
            place.store.append(&area(), &[log.write(ending(order))], &[]).await.expect("written");
        }
        // And within one batch, as when a unit is moved from one incident to another.
        let (last, next) = (assignment(), assignment());
        let moved =
            [offer(one, last, unit(3)), cancelled(last), offer(one, next, unit(3))].to_vec();
        place.store.append(&area(), &log.write_all(moved), &[]).await.expect("free");
    })
    .await;
}

#[tokio::test]
async fn units_of_the_same_name_in_two_areas_are_two_units() {
    on_both(async |place| {
        place.store.save_area(&banyuwangi()).await.expect("saved");
        for here in [area(), banyuwangi().id] {
            let (good, _) = double_booking(&mut Log::new());
            place.store.append(&here, &good, &[]).await.expect("written");
        }
    })
    .await;
}

/// The index is what protects: without it the same appends make a double booking.
#[tokio::test]
async fn without_the_index_a_unit_would_be_ordered_twice() {
    on_both(async |place| {
        let (good, bad) = double_booking(&mut Log::new());
        place.behind_its_back("drop index one_open_assignment").await.expect("dropped");
        place.store.append(&area(), &good, &[]).await.expect("written");
        place.store.append(&area(), &bad, &[]).await.expect("written, which is the danger");
        let open = "select count(*) from assignment where cleared is null and dropped is null";
        assert_eq!(place.count(open).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_number_of_the_log_is_given_once() {
    on_both(async |place| {
        let mut log = Log::new();
        let first = log.write_all(vec![call(incident()), duty(unit(1), false)]);
        place.store.append(&area(), &first, &[]).await.expect("written");
        let rival = Log::new().write(duty(unit(2), false));
        for late in [vec![rival], first.clone()] {
            let refused = place.store.append(&area(), &late, &[]).await.expect_err("too late");
            let moved_on =
                matches!(&refused, Error::LogMovedOn { area: it, seq: 0 } if it == "35.09");
            assert!(moved_on, "{refused:?}");
        }
        assert_eq!(all_entries(&place).await, first);
    })
    .await;
}

#[tokio::test]
async fn eight_desks_that_order_the_same_unit_leave_exactly_one_order() {
    on_both(async |place| {
        let here = area();
        let desk = async || {
            let one = incident();
            loop {
                let head = place.store.head(&here).await.expect("a head");
                let mut log = Log::after(head.unwrap_or((0, siaga::chain::GENESIS)));
                let events = vec![call(one), offer(one, assignment(), unit(3))];
                match place.store.append(&here, &log.write_all(events), &[]).await {
                    Ok(()) => return true,
                    Err(Error::UnitTaken { .. }) => return false,
                    Err(Error::LogMovedOn { .. }) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
        };
        let won = join_all((0..8).map(|_| desk())).await;
        assert_eq!(won.iter().filter(|won| **won).count(), 1);
        let open = "select count(*) from assignment where cleared is null and dropped is null";
        assert_eq!(place.count(open).await, 1);
        assert_eq!(all_entries(&place).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn eight_desks_that_write_at_once_keep_the_chain_whole() {
    on_both(async |place| {
        let here = area();
        let desk = async |number: u32| {
            loop {
                let head = place.store.head(&here).await.expect("a head");
                let mut log = Log::after(head.unwrap_or((0, siaga::chain::GENESIS)));
                let entry = log.write(duty(unit(number), true));
                match place.store.append(&here, &[entry], &[]).await {
                    Ok(()) => return,
                    Err(Error::LogMovedOn { .. }) => {}
                    Err(other) => panic!("{other:?}"),
                }
            }
        };
        join_all((0..8).map(desk)).await;
        let entries = all_entries(&place).await;
        assert_eq!(entries.len(), 8);
        verify(&entries).expect("a whole chain");
    })
    .await;
}

#[tokio::test]
async fn the_chain_still_holds_after_a_restart_and_tells_on_a_change() {
    on_both(async |mut place| {
        let mut log = Log::new();
        let (good, _) = double_booking(&mut log);
        place.store.append(&area(), &good, &[]).await.expect("written");
        place.reopen().await;
        let entries = all_entries(&place).await;
        assert_eq!(entries, good);
        verify(&entries).expect("a whole chain");
        let unguarded = if place.directory.is_some() {
            "drop trigger event_is_never_changed"
        } else {
            "alter table event disable trigger user"
        };
        place.behind_its_back(unguarded).await.expect("done");
        let change = "update event set body = replace(body, 'AMB-SILO-03', 'AMB-SILO-04')";
        place.behind_its_back(change).await.expect("done");
        let told = verify(&all_entries(&place).await).expect_err("changed");
        assert_eq!(told, "entry 2 was changed after it was written");
    })
    .await;
}

#[tokio::test]
async fn the_log_can_only_be_added_to() {
    on_both(async |place| {
        let (good, _) = double_booking(&mut Log::new());
        place.store.append(&area(), &good, &[]).await.expect("written");
        let mut attempts = vec![
            "update event set actor = 'nobody' where seq = 1",
            "delete from event where seq = 2",
            "delete from event",
        ];
        if place.directory.is_none() {
            attempts.push("truncate event");
        }
        for attempt in attempts {
            let refused = place.behind_its_back(attempt).await.expect_err(attempt);
            assert!(refused.to_string().contains("the log is append-only"), "{attempt}: {refused}");
        }
        assert_eq!(all_entries(&place).await, good);
    })
    .await;
}

#[tokio::test]
async fn a_command_said_again_finds_what_came_of_it() {
    on_both(async |place| {
        let mut log = Log::new();
        let (good, _) = double_booking(&mut log);
        place.store.append(&area(), &good, &[]).await.expect("written");
        let mut other = Log::after((2, good[1].hash));
        other.now = MORNING + 60_000;
        place
            .store
            .append(&area(), &[other.write(duty(unit(9), true))], &[])
            .await
            .expect("written");
        let found = place.store.command_entries(&area(), log.command).await.expect("entries");
        assert_eq!(found, good);
        let unknown = CommandId::from_uuid(Uuid::now_v7());
        assert_eq!(place.store.command_entries(&area(), unknown).await.expect("entries"), []);
        let elsewhere = place.store.command_entries(&code("35.10"), log.command).await;
        assert_eq!(elsewhere.expect("entries"), []);
    })
    .await;
}

#[tokio::test]
async fn the_commands_of_late_are_known_each_once() {
    on_both(async |place| {
        let mut log = Log::new();
        let (good, _) = double_booking(&mut log);
        place.store.append(&area(), &good, &[]).await.expect("written");
        let mut later = Log::after((2, good[1].hash));
        later.now = MORNING + 60_000;
        let entry = later.write(duty(unit(9), true));
        place.store.append(&area(), std::slice::from_ref(&entry), &[]).await.expect("written");
        let since = async |from: Timestamp| {
            place.store.commands_since(&area(), from).await.expect("commands")
        };
        assert_eq!(since(at(MORNING)).await, [log.command, later.command]);
        assert_eq!(since(entry.at).await, [later.command]);
        assert_eq!(since(entry.at.plus_ms(1)).await, []);
    })
    .await;
}

#[tokio::test]
async fn an_incident_is_found_with_everything_that_happened_to_its_orders() {
    on_both(async |place| {
        let (mut log, one, other, order) = (Log::new(), incident(), incident(), assignment());
        let entries = log.write_all(vec![
            call(one),
            call(other),
            offer(one, order, unit(1)),
            Event::OrderDelivered { assignment: order, revision: Some(1) },
            Event::OfferOverdue { assignment: order },
            duty(unit(1), true),
            step(order, Step::Acknowledged),
        ]);
        let (first, second) = entries.split_at(5);
        place.store.append(&area(), first, &[]).await.expect("written");
        place.store.append(&area(), second, &[]).await.expect("written");
        let found = place.store.incident_entries(&area(), one).await.expect("entries");
        let numbers: Vec<u64> = found.iter().map(|entry| entry.seq).collect();
        assert_eq!(numbers, [1, 3, 4, 5, 7]);
        let of_unit = "select count(*) from event where unit = 'AMB-SILO-01'";
        assert_eq!(place.count(of_unit).await, 5, "and a unit with everything that it did");
    })
    .await;
}

#[tokio::test]
async fn personal_data_stands_apart_and_is_erased_without_breaking_the_chain() {
    on_both(async |place| {
        let (mut log, one, other) = (Log::new(), incident(), incident());
        let mut entries = Vec::new();
        let mut records = Vec::new();
        let long = format!(r#"{{"complaint":"{}"}}"#, "KENARI ".repeat(2_000));
        for (incident, body) in [(one, long.as_str()), (other, "{}")] {
            let id = Uuid::now_v7();
            let digest = private_digest(&[9; 16], body);
            entries.push(log.write_with(call(incident), Some(PrivateRef { id, digest })));
            let record = PrivateRecord {
                id,
                incident,
                salt: [9; 16],
                body: body.into(),
                phone: None,
                at: at(1),
            };
            records.push(record);
        }
        place.store.append(&area(), &entries, &records).await.expect("written");
        assert!(all_entries(&place).await.iter().all(|entry| !entry.body.contains("KENARI")));
        let both = place.store.private_of(&area(), &[one, other]).await.expect("records");
        assert_eq!(both, records);
        place.store.erase_private(&area(), one).await.expect("erased");
        let left = place.store.private_of(&area(), &[one, other]).await.expect("records");
        assert_eq!((left[0].body.as_str(), left[0].salt), ("", [0; 16]));
        assert_eq!(left[1], records[1]);
        verify(&all_entries(&place).await).expect("a whole chain");
        place.store.close().await;
        if let Some(directory) = &place.directory {
            let file = std::fs::read(directory.join("siaga.db")).expect("the file");
            let there = file.windows(6).any(|bytes| bytes == b"KENARI");
            assert!(!there, "erased means gone from the file too");
        }
    })
    .await;
}
