//! Recorded positions: every one once, in order, quickly found, dropped by the day.

use siaga::dispatch::event::FixClass;
use siaga::store::TrackFix;

use super::*;

/// A position of a unit, so many seconds into the morning, received a second later.
pub fn fix(unit_index: u32, second: i64) -> TrackFix {
    let step = f64::from(u32::try_from(second.rem_euclid(10_000)).expect("small")) * 1e-5;
    TrackFix {
        unit_index,
        device: unit_index + 1,
        device_at: at(MORNING + second * 1_000),
        said_at: at(MORNING + second * 1_000),
        received_at: at(MORNING + second * 1_000 + 1_000),
        position: exact(-8.2 - step, 113.7),
        speed_kmh: Some(42.5),
        heading_deg: Some(359),
        accuracy_m: Some(8.5),
        battery_pct: Some(87),
        class: FixClass::Live,
    }
}

/// A position to the precision with which it is stored.
pub fn exact(lat: f64, lon: f64) -> Position {
    let (lat_e7, lon_e7) = Position::new(lat, lon).expect("a place").e7();
    Position::from_e7(lat_e7, lon_e7).expect("a place")
}

pub async fn whole_track(place: &Place, unit_index: u32) -> Vec<TrackFix> {
    let (from, to) = (at(MORNING - 9 * DAY_MS), at(MORNING + 9 * DAY_MS));
    place.store.track(&area(), unit_index, from, to, 100_000).await.expect("a track")
}

pub async fn keep(place: &Place, fixes: &[TrackFix]) {
    place.store.append_tracks(&area(), fixes).await.expect("written");
}

#[tokio::test]
async fn a_position_is_read_back_as_it_was_written() {
    on_both(async |place| {
        let classes = [
            FixClass::Live,
            FixClass::Late,
            FixClass::Duplicate,
            FixClass::Future,
            FixClass::NullIsland,
            FixClass::OutsideCountry,
            FixClass::PoorAccuracy,
            FixClass::Jump,
        ];
        let mut fixes: Vec<TrackFix> =
            (0..).zip(classes).map(|(n, class)| TrackFix { class, ..fix(5, n) }).collect();
        fixes.push(TrackFix {
            position: exact(-90.0, -180.0),
            speed_kmh: None,
            heading_deg: None,
            accuracy_m: None,
            battery_pct: None,
            ..fix(5, 100)
        });
        fixes.push(TrackFix {
            position: exact(90.0, 180.0),
            speed_kmh: Some(0.0),
            heading_deg: Some(0),
            accuracy_m: Some(9_999.5),
            battery_pct: Some(0),
            ..fix(5, 101)
        });
        keep(&place, &fixes).await;
        assert_eq!(whole_track(&place, 5).await, fixes);
        assert_eq!(whole_track(&place, 6).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_batch_of_thousands_is_written_at_once_and_none_is_lost() {
    on_both(async |mut place| {
        let fixes: Vec<TrackFix> = (0..6_000).map(|n| fix(n % 3, i64::from(n))).collect();
        keep(&place, &fixes).await;
        keep(&place, &[]).await;
        place.reopen().await;
        for unit_index in 0..3 {
            assert_eq!(whole_track(&place, unit_index).await.len(), 2_000);
        }
    })
    .await;
}

#[tokio::test]
async fn the_same_position_again_changes_nothing() {
    on_both(async |place| {
        let again = TrackFix { received_at: at(MORNING + 90_000), ..fix(1, 1) };
        keep(&place, &[fix(1, 1), fix(1, 2), fix(1, 1)]).await;
        keep(&place, &[again.clone(), fix(1, 3)]).await;
        assert_eq!(whole_track(&place, 1).await, [fix(1, 1), fix(1, 2), fix(1, 3)]);
        // Said again the day after, when the first answer was lost at midnight.
        let tomorrow = TrackFix { received_at: again.received_at.plus_ms(DAY_MS), ..again };
        keep(&place, &[tomorrow]).await;
        assert_eq!(whole_track(&place, 1).await, [fix(1, 1), fix(1, 2), fix(1, 3)]);
    })
    .await;
}

#[tokio::test]
async fn two_places_at_the_same_second_are_both_kept() {
    on_both(async |place| {
        let elsewhere = TrackFix { position: exact(-8.3, 113.7), ..fix(1, 1) };
        keep(&place, &[fix(1, 1), elsewhere]).await;
        assert_eq!(whole_track(&place, 1).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a_track_is_in_the_order_in_which_it_was_driven() {
    on_both(async |place| {
        keep(&place, &[fix(1, 30), fix(1, 10)]).await;
        // A backlog that came in a day late stands where it belongs.
        let late =
            TrackFix { received_at: at(MORNING + DAY_MS), class: FixClass::Late, ..fix(1, 20) };
        keep(&place, std::slice::from_ref(&late)).await;
        assert_eq!(whole_track(&place, 1).await, [fix(1, 10), late, fix(1, 30)]);
    })
    .await;
}

#[tokio::test]
async fn a_track_is_cut_to_its_times_and_its_limit() {
    on_both(async |place| {
        let fixes: Vec<TrackFix> = (0..10).map(|n| fix(1, n * 3_600)).collect();
        keep(&place, &fixes).await;
        let track = async |from: i64, to: i64, limit: u32| {
            let (from, to) = (at(MORNING + from * 3_600_000), at(MORNING + to * 3_600_000));
            place.store.track(&area(), 1, from, to, limit).await.expect("a track")
        };
        assert_eq!(track(2, 5, 100).await, fixes[2..5], "the end is not part of it");
        assert_eq!(track(2, 9, 3).await, fixes[2..5]);
        assert_eq!(track(20, 30, 3).await, []);
    })
    .await;
}

#[tokio::test]
async fn a_backlog_of_days_is_found_by_the_time_at_which_it_was_driven() {
    on_both(async |place| {
        let late =
            TrackFix { received_at: at(MORNING + 5 * DAY_MS), class: FixClass::Late, ..fix(1, 0) };
        keep(&place, std::slice::from_ref(&late)).await;
        let (from, to) = (at(MORNING - 1_000), at(MORNING + 1_000));
        let found = place.store.track(&area(), 1, from, to, 10).await.expect("a track");
        assert_eq!(found, [late]);
    })
    .await;
}

#[tokio::test]
async fn the_last_position_of_each_unit_is_the_newest_believable_one() {
    on_both(async |place| {
        let jump = TrackFix { class: FixClass::Jump, ..fix(1, 500) };
        let yesterday = |n: u32| fix(n, -86_400);
        let last_week = |n: u32| fix(n, -7 * 86_400);
        keep(&place, &[last_week(1), last_week(4), yesterday(1), yesterday(2)]).await;
        keep(&place, &[fix(1, 5), fix(1, 9), fix(1, 7), jump, fix(3, 1)]).await;
        let only_a_jump = TrackFix { class: FixClass::Jump, ..fix(6, 500) };
        keep(&place, &[only_a_jump]).await;
        let elsewhere = place.store.append_tracks(&code("35.10"), &[fix(8, 1)]).await;
        elsewhere.expect("written");
        let mut last = place.store.last_fixes(&area()).await.expect("positions");
        last.sort_by_key(|fix| fix.unit_index);
        assert_eq!(last, [fix(1, 9), yesterday(2), fix(3, 1)]);
    })
    .await;
}

#[tokio::test]
async fn the_last_position_is_the_one_that_came_in_last_whatever_the_devices_clock_said() {
    on_both(async |place| {
        // The first tracker's clock ran a minute ahead, then a second one took over whose clock is right.
        let ahead = TrackFix { received_at: at(MORNING + 5_000), ..fix(1, 65) };
        let right = TrackFix { received_at: at(MORNING + 10_000), ..fix(1, 9) };
        keep(&place, &[right.clone(), ahead]).await;
        // Of those that came in together, the newest.
        let together =
            |second: i64| TrackFix { received_at: at(MORNING + 70_000), ..fix(2, second) };
        keep(&place, &[together(3), together(60), together(30)]).await;
        // Across midnight: the day before holds one that is newer by its own clock.
        let yesterday = TrackFix { received_at: at(MORNING - DAY_MS), ..fix(3, 500) };
        keep(&place, &[yesterday, fix(3, 4)]).await;
        let mut last = place.store.last_fixes(&area()).await.expect("positions");
        last.sort_by_key(|fix| fix.unit_index);
        assert_eq!(last, [right, together(60), fix(3, 4)]);
    })
    .await;
}

#[tokio::test]
async fn the_last_positions_of_an_empty_store_are_none() {
    on_both(async |place| {
        assert_eq!(place.store.last_fixes(&area()).await.expect("positions"), []);
    })
    .await;
}

#[tokio::test]
async fn old_days_are_dropped_whole_and_the_rest_stays() {
    on_both(async |mut place| {
        let days: Vec<TrackFix> = (-3..=0).map(|day| fix(1, day * 86_400)).collect();
        keep(&place, &days).await;
        let before = days[2].received_at.utc_date();
        for _ in 0..2 {
            place.store.drop_tracks_before(before).await.expect("dropped");
            assert_eq!(whole_track(&place, 1).await, days[2..]);
        }
        place.reopen().await;
        assert_eq!(whole_track(&place, 1).await, days[2..]);
        // A day that was dropped can be written again.
        keep(&place, &days[..1]).await;
        assert_eq!(whole_track(&place, 1).await, [&days[..1], &days[2..]].concat());
    })
    .await;
}

#[tokio::test]
async fn many_days_are_read_and_written_at_the_same_time() {
    on_both(async |place| {
        let days: Vec<TrackFix> = (-8..=0).map(|day| fix(1, day * 86_400)).collect();
        keep(&place, &days).await;
        let read = async || whole_track(&place, 1).await.len();
        let write = async |n: u32| {
            let fixes: Vec<TrackFix> =
                (-8..=0).map(|day| fix(2, day * 86_400 + i64::from(n))).collect();
            keep(&place, &fixes).await;
        };
        let reads = futures_util::future::join_all((0..6).map(|_| read()));
        let writes = futures_util::future::join_all((0..6).map(write));
        let (read, _) = futures_util::future::join(reads, writes).await;
        assert_eq!(read, [9; 6]);
        assert_eq!(whole_track(&place, 2).await.len(), 54);
    })
    .await;
}

/// The file of a day after 2026-11-22, as a kill left it: empty, or with its write-ahead log on and no table.
async fn unfinished_day(place: &Place, day: &str, logged: bool) {
    let tracks = place.directory.as_ref().expect("SQLite").join("tracks");
    let file = tracks.join(format!("{day}.db"));
    std::fs::write(&file, "").expect("written");
    if logged {
        let url = format!("sqlite:{}", file.display());
        let mut made = SqliteConnection::connect(&url).await.expect("a file");
        let on = sqlx::query_scalar::<_, String>("pragma journal_mode = wal");
        assert_eq!(on.fetch_one(&mut made).await.expect("turned on"), "wal");
        made.close().await.expect("closed");
    }
}

#[tokio::test]
async fn a_day_whose_file_was_begun_and_not_finished_is_a_day_without_positions() {
    let mut place = Place::sqlite().await;
    let (yesterday, today) = (fix(2, -86_400), fix(1, 0));
    keep(&place, &[yesterday.clone(), today.clone()]).await;
    place.store.close().await;
    unfinished_day(&place, "2026-11-24", false).await;
    unfinished_day(&place, "2026-11-25", true).await;
    place.reopen().await;
    let mut last = place.store.last_fixes(&area()).await.expect("positions");
    last.sort_by_key(|fix| fix.unit_index);
    assert_eq!(last, [today.clone(), yesterday], "an unfinished day is not one of the last two");
    assert_eq!(whole_track(&place, 1).await, std::slice::from_ref(&today));
    let later = [fix(1, 86_400), fix(1, 2 * 86_400)];
    keep(&place, &later).await;
    assert_eq!(whole_track(&place, 1).await, [&[today], &later[..]].concat(), "finished when used");
}

#[tokio::test]
async fn several_nodes_may_begin_the_same_day_at_the_same_moment() {
    let Some(url) = crate::postgres_server::fresh_database().await else { return };
    let place = Place::at(url, None).await;
    let mut nodes = Vec::new();
    for _ in 0..6 {
        nodes.push(Store::open(&place.url).await.expect("a store"));
    }
    for day in 0..9 {
        let write = async |unit_index: u32, node: &Store| {
            let fixes = [fix(unit_index, day * 86_400)];
            node.append_tracks(&area(), &fixes).await.expect("written");
        };
        let writes = (0..).zip(&nodes).map(|(unit_index, node)| write(unit_index, node));
        futures_util::future::join_all(writes).await;
    }
    assert_eq!(whole_track(&place, 5).await.len(), 9);
}
