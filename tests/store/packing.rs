//! Positions in blocks: the same track as before, in a fraction of the room, whatever happens meanwhile.

use std::time::Duration;

use siaga::dispatch::event::FixClass;
use siaga::packing::{PACK_AFTER_MS, Packer, SETTLED_MS};
use siaga::store::{Error, TrackFix};

use super::positions::{exact, fix, keep, whole_track};
use super::thinning::standing;
use super::*;

/// A moment at which the morning's day is over.
const NEXT_NOON: i64 = MORNING + 35 * 3_600_000;

/// Packs what is ready at a moment, by a packer that has just been started.
async fn packed_at(place: &Place, ms: i64) -> u64 {
    Packer::new(place.store.clone(), area(), 0).pass(at(ms)).await.expect("packed").packed
}

/// A unit's morning of every class, with what a device may leave out, driven and standing.
fn morning(unit: u32, count: u32) -> Vec<TrackFix> {
    let classes = [FixClass::Live, FixClass::Late, FixClass::Jump, FixClass::Beside];
    let one = |n: u32| {
        let (half, class) = (n.is_multiple_of(2), classes[usize::try_from(n % 4).expect("small")]);
        TrackFix {
            class,
            speed_kmh: half.then_some(12.5),
            heading_deg: (!n.is_multiple_of(3)).then_some(90),
            accuracy_m: half.then_some(4.5),
            battery_pct: (!n.is_multiple_of(5)).then_some(55),
            ..fix(unit, i64::from(n))
        }
    };
    (0..count).map(one).collect()
}

/// How many positions are in batches, and how many blocks there are.
async fn waiting_and_blocks(place: &Place) -> (i64, i64) {
    let waiting = "select cast(coalesce(sum(fixes), 0) as bigint) from batch";
    (place.count_of_day(waiting).await, place.count_of_day("select count(*) from block").await)
}

#[tokio::test]
async fn a_packed_track_reads_as_it_did_before() {
    on_both(async |mut place| {
        let extremes = [
            TrackFix { position: exact(-90.0, -180.0), speed_kmh: None, ..fix(1, 3_000) },
            TrackFix { position: exact(90.0, 180.0), accuracy_m: Some(9_999.5), ..fix(1, 3_001) },
        ];
        let fixes = [&morning(1, 2_500)[..], &extremes].concat();
        keep(&place, &fixes).await;
        keep(&place, &morning(2, 3)).await;
        assert_eq!(packed_at(&place, NEXT_NOON).await, 2_505);
        assert_eq!(waiting_and_blocks(&place).await, (0, 4));
        for _ in 0..2 {
            assert_eq!(whole_track(&place, 1).await, fixes);
            assert_eq!(whole_track(&place, 2).await, morning(2, 3));
            assert_eq!(whole_track(&place, 3).await, []);
            assert_eq!(packed_at(&place, NEXT_NOON).await, 0, "once");
            place.reopen().await;
        }
        let part = async |from: i64, to: i64, limit: u32| {
            let (from, to) = (at(MORNING + from * 1_000), at(MORNING + to * 1_000));
            place.store.track(&area(), 1, from, to, limit).await.expect("a track")
        };
        assert_eq!(part(10, 20, 100).await, fixes[10..20], "the end is not part of it");
        assert_eq!(part(900, 2_400, 50).await, fixes[900..950]);
        assert_eq!(part(0, 2_400, 0).await, []);
        assert_eq!(part(0, 1_600, 1_600).await, fixes[..1_600]);
    })
    .await;
}

#[tokio::test]
async fn while_a_day_goes_on_what_has_settled_is_packed_when_the_oldest_has_waited_long_enough() {
    on_both(async |place| {
        let minute = |unit: u32, minute: i64| fix(unit, minute * 60);
        // Each came in a second after it was taken.
        let due = MORNING + 1_000 + PACK_AFTER_MS;
        let settled = (PACK_AFTER_MS - SETTLED_MS) / 60_000;
        for n in 0..=settled {
            keep(&place, &[minute(1, n), minute(2, n)]).await;
        }
        assert_eq!(packed_at(&place, due - 1).await, 0);
        let all = u64::try_from(settled).expect("small") * 2;
        assert_eq!(packed_at(&place, due).await, all, "the last ones may still be said again");
        assert_eq!(waiting_and_blocks(&place).await, (2, 2));
        let next = due + PACK_AFTER_MS - SETTLED_MS;
        assert_eq!(packed_at(&place, next - 1).await, 0);
        assert_eq!(packed_at(&place, next).await, 2);
        let midnight = MORNING + 23 * 3_600_000;
        keep(&place, &[fix(1, 23 * 3_600 - 60)]).await;
        assert_eq!(packed_at(&place, midnight + SETTLED_MS - 1).await, 0, "the day may go on");
        assert_eq!(packed_at(&place, midnight + SETTLED_MS).await, 1, "the day is over");
        let track: Vec<TrackFix> = (0..=settled).map(|n| minute(2, n)).collect();
        assert_eq!(whole_track(&place, 2).await, track);
    })
    .await;
}

#[tokio::test]
async fn a_damaged_batch_is_named_and_keeps_no_server_from_starting() {
    on_both(async |mut place| {
        keep(&place, &morning(1, 10)).await;
        keep(&place, &morning(2, 10)).await;
        let cut = if place.directory.is_some() { "x'02ff'" } else { "'\\x02ff'" };
        place.in_day(&format!("update batch set body = {cut} where id = 1")).await;
        place.reopen().await;
        let (from, to) = (at(MORNING), at(MORNING + DAY_MS));
        let refused = place.store.track(&area(), 2, from, to, 10).await.expect_err("damaged");
        let sentence = "stored data is damaged: the batch of positions number 1: it is cut short";
        assert_eq!(refused.to_string(), sentence);
        let last = place.store.last_fixes(&area()).await.expect("positions");
        assert_eq!(last, [morning(2, 9)[8].clone()]);
        let mut packer = Packer::new(place.store.clone(), area(), 0);
        let refused = packer.pass(at(NEXT_NOON)).await.expect_err("damaged");
        assert_eq!(refused.to_string(), sentence);
        assert_eq!(waiting_and_blocks(&place).await, (20, 0), "nothing is thrown away");
    })
    .await;
}

#[tokio::test]
async fn what_comes_in_late_or_twice_after_packing_finds_its_place() {
    on_both(async |place| {
        let fixes = morning(1, 100);
        let (even, odd): (Vec<TrackFix>, Vec<TrackFix>) =
            fixes.iter().cloned().partition(|fix| fix.device_at.ms() % 2_000 == 0);
        keep(&place, &even).await;
        assert_eq!(packed_at(&place, NEXT_NOON).await, 50);
        let twice =
            |fix: &TrackFix| TrackFix { received_at: fix.received_at.plus_ms(9_000), ..*fix };
        let again: Vec<TrackFix> = even.iter().map(twice).collect();
        keep(&place, &odd).await;
        keep(&place, &again).await;
        assert_eq!(whole_track(&place, 1).await, fixes, "batches beside a block");
        assert_eq!(packed_at(&place, NEXT_NOON).await, 100);
        assert_eq!(whole_track(&place, 1).await, fixes, "blocks over each other");
        let (from, to) = (at(MORNING), at(MORNING + DAY_MS));
        let first = place.store.track(&area(), 1, from, to, 7).await.expect("a track");
        assert_eq!(first, fixes[..7], "a limit counts each once");
    })
    .await;
}

#[tokio::test]
async fn a_piece_that_fails_leaves_every_position_where_it_was() {
    on_both(async |place| {
        keep(&place, &morning(1, 10)).await;
        keep(&place, &morning(2, 10)).await;
        // Unit 2's block cannot be written, when unit 1's is already.
        place.forbid_blocks_of(2, true).await;
        let mut packer = Packer::new(place.store.clone(), area(), 0);
        let failed = packer.pass(at(NEXT_NOON)).await;
        assert!(matches!(failed, Err(Error::Unavailable { .. })), "{failed:?}");
        assert_eq!(waiting_and_blocks(&place).await, (20, 0));
        assert_eq!(whole_track(&place, 1).await, morning(1, 10));
        place.forbid_blocks_of(2, false).await;
        assert_eq!(packer.pass(at(NEXT_NOON)).await.expect("packed").packed, 20, "goes on");
        assert_eq!(whole_track(&place, 2).await, morning(2, 10));
    })
    .await;
}

#[tokio::test]
async fn a_day_that_cannot_be_packed_keeps_no_other_from_its_turn() {
    on_both(async |place| {
        let days: Vec<TrackFix> = (-1..=1).map(|day| fix(1, day * 86_400)).collect();
        keep(&place, &days).await;
        keep(&place, &[fix(2, 0)]).await;
        place.forbid_blocks_of(2, true).await;
        let mut packer = Packer::new(place.store.clone(), area(), 0);
        let noon = at(NEXT_NOON + 3 * DAY_MS);
        assert!(packer.pass(noon).await.is_err());
        let (waiting, blocks) = waiting_and_blocks(&place).await;
        // SQLite has a file for each day and is asked about the middle one only.
        let expected = if place.directory.is_some() { (2, 0) } else { (2, 2) };
        assert_eq!((waiting, blocks), expected);
        place.forbid_blocks_of(2, false).await;
        assert_eq!(packer.pass(noon).await.expect("packed").packed, 2, "the others were");
        assert_eq!(whole_track(&place, 1).await, days);
        assert_eq!(whole_track(&place, 2).await, [fix(2, 0)]);
    })
    .await;
}

#[tokio::test]
async fn a_damaged_block_is_named_and_keeps_no_server_from_starting() {
    on_both(async |mut place| {
        keep(&place, &morning(1, 100)).await;
        keep(&place, &morning(2, 100)).await;
        assert_eq!(packed_at(&place, NEXT_NOON).await, 200);
        let zero = if place.directory.is_some() { "x'01ff'" } else { "'\\x01ff'" };
        place.in_day(&format!("update block set body = {zero} where unit = 1")).await;
        place.reopen().await;
        let (from, to) = (at(MORNING), at(MORNING + DAY_MS));
        let refused = place.store.track(&area(), 1, from, to, 10).await.expect_err("damaged");
        assert_eq!(
            refused.to_string(),
            "stored data is damaged: the block of positions of unit number 1 from \
            2026-11-23T01:00:00.000Z: it is cut short"
        );
        assert_eq!(whole_track(&place, 2).await, morning(2, 100));
        let last = place.store.last_fixes(&area()).await.expect("positions");
        assert_eq!(last, [morning(2, 97)[96].clone()]);
    })
    .await;
}

#[tokio::test]
async fn the_last_position_of_a_unit_is_found_in_a_block_too() {
    on_both(async |place| {
        let jump = TrackFix { class: FixClass::Jump, ..fix(1, 5_000) };
        keep(&place, &[fix(1, 5), fix(1, 9), jump, fix(2, 8)]).await;
        assert_eq!(packed_at(&place, NEXT_NOON).await, 4);
        let last = async || place.store.last_fixes(&area()).await.expect("positions");
        assert_eq!(last().await, [fix(1, 9), fix(2, 8)]);
        // Rows after the block, and one that is newer by its own clock only.
        let skewed = TrackFix { received_at: at(MORNING + 1), ..fix(2, 900) };
        keep(&place, &[fix(1, 20), skewed.clone()]).await;
        assert_eq!(last().await, [fix(1, 20), fix(2, 8)]);
        assert_eq!(packed_at(&place, NEXT_NOON).await, 2);
        assert_eq!(last().await, [fix(1, 20), fix(2, 8)], "of two blocks");
        assert_eq!(whole_track(&place, 2).await, [fix(2, 8), skewed]);
    })
    .await;
}

#[tokio::test]
async fn packed_days_go_whole_when_their_time_is_over() {
    on_both(async |mut place| {
        let days: Vec<TrackFix> = (-3..=0).map(|day| fix(1, day * 86_400)).collect();
        keep(&place, &days).await;
        assert_eq!(packed_at(&place, NEXT_NOON).await, 4);
        let before = days[2].received_at.utc_date();
        for _ in 0..2 {
            place.store.drop_tracks_before(before).await.expect("dropped");
            assert_eq!(whole_track(&place, 1).await, days[2..]);
            place.reopen().await;
        }
        assert_eq!(place.store.track_days().await.expect("days").len(), 2);
        keep(&place, &days[..1]).await;
        assert_eq!(
            packed_at(&place, NEXT_NOON).await,
            1,
            "a day that was dropped can be packed again"
        );
        assert_eq!(whole_track(&place, 1).await, [&days[..1], &days[2..]].concat());
    })
    .await;
}

#[tokio::test]
async fn another_areas_positions_are_left_to_its_own_packer() {
    on_both(async |place| {
        let elsewhere = code("35.10");
        place.store.append_tracks(&elsewhere, &morning(1, 10)).await.expect("written");
        keep(&place, &morning(1, 5)).await;
        assert_eq!(packed_at(&place, NEXT_NOON).await, 5);
        assert_eq!(waiting_and_blocks(&place).await, (10, 1));
        let (from, to) = (at(MORNING), at(MORNING + DAY_MS));
        let track = place.store.track(&elsewhere, 1, from, to, 99).await.expect("a track");
        assert_eq!(track, morning(1, 10));
    })
    .await;
}

#[tokio::test]
async fn packing_writing_and_reading_at_the_same_time_lose_nothing() {
    on_both(async |place| {
        let fixes = morning(1, 3_000);
        let write = async {
            for batch in fixes.chunks(100) {
                keep(&place, batch).await;
            }
        };
        let pack = async {
            for _ in 0..15 {
                packed_at(&place, NEXT_NOON).await;
            }
        };
        let read = async {
            let mut before = 0;
            for _ in 0..15 {
                let read = whole_track(&place, 1).await;
                assert_eq!(read, fixes[..read.len()], "none is missing for a moment");
                assert!(read.len() >= before);
                before = read.len();
            }
        };
        Box::pin(futures_util::future::join3(write, pack, read)).await;
        packed_at(&place, NEXT_NOON).await;
        assert_eq!(whole_track(&place, 1).await, fixes);
    })
    .await;
}

#[tokio::test]
async fn a_packer_that_is_stopped_at_any_moment_loses_nothing() {
    on_both(async |place| {
        let fixes = morning(1, 4_000);
        let old = |fix: &TrackFix| TrackFix {
            device_at: fix.device_at.plus_ms(-4 * DAY_MS),
            received_at: fix.received_at.plus_ms(-4 * DAY_MS),
            ..*fix
        };
        let old: Vec<TrackFix> = standing(2, 2_000).iter().map(old).collect();
        keep(&place, &fixes).await;
        keep(&place, &old).await;
        let mut stopped = 0;
        for attempt in 0..200 {
            let wait = Duration::from_micros(attempt * 400);
            let mut packer = Packer::new(place.store.clone(), area(), 2);
            let pass = packer.pass(at(NEXT_NOON));
            if tokio::time::timeout(wait, pass).await.is_ok() {
                break;
            }
            stopped += 1;
            if attempt % 10 == 0 {
                assert_eq!(whole_track(&place, 1).await, fixes);
                let left = whole_track(&place, 2).await.len();
                assert!(left == old.len() || left == 8, "{left}: whole or thinned");
            }
        }
        assert!(stopped > 1, "it was never stopped");
        packed_at(&place, NEXT_NOON).await;
        assert_eq!(whole_track(&place, 1).await, fixes);
    })
    .await;
}

#[tokio::test]
async fn the_room_of_packed_batches_is_given_back() {
    on_both(async |place| {
        for unit in 0..5 {
            keep(&place, &morning(unit, 5_000)).await;
        }
        let before = place.bytes_of_positions().await;
        assert_eq!(packed_at(&place, NEXT_NOON).await, 25_000);
        let blocks = place.bytes_of_positions().await;
        assert!(blocks * 3 < before, "{blocks} bytes where there were {before}");
    })
    .await;
}

#[tokio::test]
async fn several_nodes_may_pack_the_same_day_at_the_same_moment() {
    let Some(url) = crate::postgres_server::fresh_database().await else { return };
    let place = Place::at(url, None).await;
    for unit in 0..10 {
        keep(&place, &morning(unit, 400)).await;
    }
    let mut packers = Vec::new();
    for _ in 0..4 {
        packers.push(Packer::new(Store::open(&place.url).await.expect("a store"), area(), 0));
    }
    let passes = packers.iter_mut().map(|packer| packer.pass(at(NEXT_NOON)));
    let packed = futures_util::future::join_all(passes).await;
    let packed: u64 = packed.into_iter().map(|pass| pass.expect("packed").packed).sum();
    assert_eq!(packed, 4_000, "each once");
    for unit in 0..10 {
        assert_eq!(whole_track(&place, unit).await, morning(unit, 400));
    }
}

#[tokio::test]
async fn a_day_whose_table_of_blocks_was_not_made_yet_is_packed_like_any_other() {
    let mut place = Place::sqlite().await;
    keep(&place, &morning(1, 10)).await;
    place.in_day("drop table block").await;
    place.reopen().await;
    assert_eq!(whole_track(&place, 1).await, morning(1, 10));
    assert_eq!(place.store.last_fixes(&area()).await.expect("positions").len(), 1);
    assert_eq!(packed_at(&place, NEXT_NOON).await, 10);
    assert_eq!(whole_track(&place, 1).await, morning(1, 10));
}

#[tokio::test]
async fn what_two_devices_say_in_the_same_words_is_kept_of_both() {
    on_both(async |place| {
        let other = TrackFix { device: 9, class: FixClass::Beside, ..fix(1, 1) };
        keep(&place, &[fix(1, 1), other.clone()]).await;
        packed_at(&place, NEXT_NOON).await;
        assert_eq!(whole_track(&place, 1).await, [fix(1, 1), other]);
    })
    .await;
}

#[tokio::test]
async fn what_a_device_says_again_is_one_position_also_when_its_clock_is_understood_otherwise_now()
{
    on_both(async |place| {
        let said_at = at(MORNING - 19 * 365 * DAY_MS);
        let first = TrackFix { said_at, ..fix(1, 1) };
        let device_at = first.device_at.plus_ms(250);
        let again = TrackFix { device_at, received_at: at(MORNING + 90_000), ..first.clone() };
        keep(&place, &[first.clone(), again]).await;
        assert_eq!(whole_track(&place, 1).await, std::slice::from_ref(&first));
        packed_at(&place, NEXT_NOON).await;
        assert_eq!(whole_track(&place, 1).await, [first], "with what its own clock said");
    })
    .await;
}
