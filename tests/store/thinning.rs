//! What is left of old tracks: every position of an assignment, some of the rest, on the day and not before.

use firmware_sim::chance::Chance;
use siaga::packing::{Packer, Pass, SETTLED_MS};
use siaga::store::TrackFix;

use super::positions::{fix, keep, whole_track};
use super::*;

/// The morning's day ends.
const MIDNIGHT: i64 = MORNING + 23 * 3_600_000;
const WHOLE_DAYS: u32 = 2;
/// The first moment at which that day is thinned.
const DUE: i64 = MIDNIGHT + 2 * DAY_MS + SETTLED_MS;

async fn pass_at(place: &Place, ms: i64) -> Pass {
    let mut packer = Packer::new(place.store.clone(), area(), WHOLE_DAYS);
    packer.pass(at(ms)).await.expect("a pass")
}

/// A unit that stands, one position a second, so many seconds from the morning on.
pub fn standing(unit_index: u32, count: i64) -> Vec<TrackFix> {
    let place = fix(unit_index, 0).position;
    let one = |n: i64| TrackFix { position: place, speed_kmh: Some(0.0), ..fix(unit_index, n) };
    (0..count).map(one).collect()
}

fn seconds(track: &[TrackFix]) -> Vec<i64> {
    track.iter().map(|fix| (fix.device_at.ms() - MORNING) / 1_000).collect()
}

/// Gives a unit an assignment from the moment of `offered_s` on, until that of `ended_s` when it has ended.
async fn assigned(place: &Place, number: u32, offered_s: i64, ended_s: Option<i64>) {
    place.store.save_units(&area(), &[roster_unit(number)]).await.expect("a unit");
    let (head, incident, assignment) = (Log::new(), incident(), assignment());
    let mut log = Log { now: MORNING + offered_s * 1_000 - 2_000, ..head };
    let mut entries =
        log.write_all(vec![call(incident), offer(incident, assignment, unit(number))]);
    if let Some(ended_s) = ended_s {
        log.now = MORNING + ended_s * 1_000 - 1_000;
        entries.push(log.write(step(assignment, Step::Cleared)));
    }
    place.store.append(&area(), &entries, &[]).await.expect("written");
}

#[tokio::test]
async fn a_day_is_thinned_when_it_is_old_enough_and_what_was_driven_for_somebody_stays() {
    on_both(async |mut place| {
        keep(&place, &standing(1, 1_000)).await;
        keep(&place, &standing(2, 1_000)).await;
        assigned(&place, 1, 400, Some(450)).await;
        assert_eq!(pass_at(&place, DUE - 1).await, Pass { packed: 2_000, left_out: 0 });
        assert_eq!(whole_track(&place, 2).await, standing(2, 1_000));
        // 4 of unit 2 stay; of unit 1 those from 399, which came in at 400, to 450 and four others.
        let left_out = 2_000 - 5 - 52 - 4;
        let thinned = pass_at(&place, DUE).await;
        assert_eq!(seconds(&whole_track(&place, 2).await), [0, 299, 598, 897, 999]);
        let whole: Vec<i64> = (399..=450).collect();
        let expected = [&[0, 299][..], &whole, &[749, 999]].concat();
        assert_eq!(seconds(&whole_track(&place, 1).await), expected);
        assert_eq!(thinned, Pass { packed: 0, left_out });
        for _ in 0..2 {
            assert_eq!(pass_at(&place, DUE + DAY_MS).await, Pass::default(), "once");
            assert_eq!(seconds(&whole_track(&place, 1).await), expected);
            place.reopen().await;
        }
    })
    .await;
}

#[tokio::test]
async fn an_assignment_that_is_open_still_keeps_every_position() {
    on_both(async |place| {
        keep(&place, &standing(3, 1_000)).await;
        assigned(&place, 3, 900, None).await;
        pass_at(&place, DUE).await;
        let expected = [&[0, 299, 598][..], &(897..1_000).collect::<Vec<i64>>()].concat();
        let kept = seconds(&whole_track(&place, 3).await);
        assert_eq!(
            kept,
            [&expected[..4], &expected[5..]].concat(),
            "from 899, which came in at 900"
        );
    })
    .await;
}

#[tokio::test]
async fn what_comes_in_after_a_day_was_thinned_is_thinned_with_it_by_the_next_packer() {
    on_both(async |place| {
        keep(&place, &standing(1, 400)).await;
        pass_at(&place, DUE).await;
        // Written late, because the disk was full meanwhile.
        keep(&place, &standing(1, 500)).await;
        let pass = pass_at(&place, DUE).await;
        assert_eq!((pass.packed, seconds(&whole_track(&place, 1).await)), (500, vec![0, 299, 499]));
    })
    .await;
}

#[tokio::test]
async fn nothing_is_thinned_where_everything_is_kept() {
    on_both(async |place| {
        keep(&place, &standing(1, 400)).await;
        let mut packer = Packer::new(place.store.clone(), area(), 0);
        let pass = packer.pass(at(DUE + 400 * DAY_MS)).await.expect("a pass");
        assert_eq!(pass, Pass { packed: 400, left_out: 0 });
        assert_eq!(whole_track(&place, 1).await, standing(1, 400));
    })
    .await;
}

#[tokio::test]
async fn a_damaged_block_stays_as_it_is_and_the_other_units_are_thinned() {
    on_both(async |place| {
        keep(&place, &standing(1, 400)).await;
        keep(&place, &standing(2, 400)).await;
        pass_at(&place, DUE - 1).await;
        let damage = if place.directory.is_some() { "x'0102'" } else { "'\\x0102'" };
        place.in_day(&format!("update block set body = {damage} where unit = 1")).await;
        assert_eq!(pass_at(&place, DUE).await.left_out, 397);
        assert_eq!(pass_at(&place, DUE).await, Pass::default(), "not again and again");
        assert_eq!(seconds(&whole_track(&place, 2).await), [0, 299, 399]);
        let left = "select count(*) from block where unit = 1 and fixes = 400";
        assert_eq!(place.count_of_day(left).await, 1, "for somebody who can mend it");
    })
    .await;
}

#[tokio::test]
async fn a_thinning_that_fails_leaves_every_position_and_is_done_again() {
    on_both(async |place| {
        keep(&place, &standing(1, 400)).await;
        pass_at(&place, DUE - 1).await;
        // PostgreSQL would look at what is there already; this one only at what comes.
        place.forbid_blocks_of(1, true).await;
        let mut packer = Packer::new(place.store.clone(), area(), WHOLE_DAYS);
        assert!(packer.pass(at(DUE)).await.is_err());
        assert_eq!(whole_track(&place, 1).await, standing(1, 400));
        place.forbid_blocks_of(1, false).await;
        assert_eq!(packer.pass(at(DUE)).await.expect("a pass").left_out, 397);
    })
    .await;
}

#[tokio::test]
async fn the_room_of_what_was_left_out_is_given_back() {
    on_both(async |place| {
        for unit in 0..10 {
            // A receiver that drifts by some metres, which deflates badly.
            let mut chance = Chance::new(5, &unit.to_string(), "drift");
            let drifting = |fix: TrackFix| {
                let (lat, lon) = fix.position.e7();
                let drift = chance.between(0.0..3_000.0) as i32;
                TrackFix { position: Position::from_e7(lat + drift, lon).expect("near"), ..fix }
            };
            let fixes: Vec<TrackFix> = standing(unit, 15_000).into_iter().map(drifting).collect();
            keep(&place, &fixes).await;
        }
        pass_at(&place, DUE - 1).await;
        let whole = place.bytes_of_positions().await;
        let pass = pass_at(&place, DUE).await;
        assert!(pass.left_out > 149_000, "{pass:?}");
        let thinned = place.bytes_of_positions().await;
        assert!(thinned * 2 < whole, "{thinned} bytes where there were {whole}");
    })
    .await;
}
