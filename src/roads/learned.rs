//! What observed trips say of the speed table: a factor for each district and part of the day (pure).
//!
//! The ratio of an observed trip to its estimate by the table is what is learned from, its median in each cell. A cell
//! with few trips says little, so its median is drawn towards 1 by credibility, n / (n + k) of the way from 1 on the
//! scale of ratios (Bühlmann 1967, "Experience rating and credibility", ASTIN Bulletin 4(3)). The estimate that is
//! compared is always the table's own, never one that was corrected already, so nothing feeds on itself.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::place::Position;

/// Hours of one part of the day.
pub const BAND_HOURS: u8 = 4;
/// k: with so many trips half of what they say is believed. Single trips scatter by some 40 % around their median,
/// districts by some 12 % around the table, our own estimate; k is the ratio of the two variances.
const TRIPS_FOR_HALF: f64 = 10.0;
/// However many trips say so, an estimate is never more than doubled or halved: then something else is wrong.
const FACTOR_PERMILLE: std::ops::RangeInclusive<u32> = 500..=2_000;
/// Shorter estimates say more of how quickly a button is pressed than of the road.
const BY_TABLE_S_MIN: u32 = 60;
/// Mean speeds that an ambulance can have had.
const KMH: std::ops::RangeInclusive<f64> = 3.0..=150.0;

/// One trip to a scene, as it was.
#[derive(Clone, Debug, PartialEq)]
pub struct Trip {
    /// Kemendagri code of the incident's district.
    pub district: String,
    /// When the unit was on its way.
    pub at: Timestamp,
    pub observed_s: u32,
    /// As it was estimated from the speed table alone.
    pub by_table_s: u32,
    pub metres: u32,
}

impl Trip {
    /// Whether it can have been so: otherwise a button was pressed too early or too late.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        let kmh = f64::from(self.metres) / f64::from(self.observed_s.max(1)) * 3.6;
        self.by_table_s >= BY_TABLE_S_MIN && KMH.contains(&kmh)
    }
}

/// What the trips of one district in one part of the day say.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Kemendagri code.
    pub district: String,
    /// First hour of the part of the day, on the area's clock.
    pub from_hour: u8,
    pub trips: usize,
    /// Median of observed to estimated.
    pub median: f64,
    /// By what estimates by road are multiplied, in thousandths.
    pub permille: u32,
}

/// What was learned, by district and part of the day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    cells: BTreeMap<(String, u8), Cell>,
    /// Where the villages are, with the code of the district of each.
    villages: Vec<(Position, String)>,
    utc_offset_s: i32,
}

impl Learned {
    /// Learns from trips; those that cannot have been so are passed over.
    #[must_use]
    pub fn of(trips: &[Trip], villages: Vec<(Position, String)>, utc_offset_s: i32) -> Self {
        let mut ratios: BTreeMap<(String, u8), Vec<f64>> = BTreeMap::new();
        for trip in trips.iter().filter(|trip| trip.is_plausible()) {
            let cell = (trip.district.clone(), band(trip.at, utc_offset_s));
            let ratio = f64::from(trip.observed_s) / f64::from(trip.by_table_s);
            ratios.entry(cell).or_default().push(ratio);
        }
        let cells = ratios.into_iter().map(|(of, ratios)| {
            let cell = cell(&of.0, of.1, ratios);
            (of, cell)
        });
        Self { cells: cells.collect(), villages, utc_offset_s }
    }

    /// By district and part of the day.
    pub fn cells(&self) -> impl Iterator<Item = &Cell> {
        self.cells.values()
    }

    /// By what an estimate by road to a place is multiplied at this hour, in thousandths; 1000 where nothing is known.
    #[must_use]
    pub fn permille(&self, place: Position, now: Timestamp) -> u32 {
        if self.cells.is_empty() {
            return 1_000;
        }
        let metres = |village: &&(Position, String)| village.0.metres_to(place);
        let nearest = self.villages.iter().min_by(|a, b| metres(a).total_cmp(&metres(b)));
        let cell = nearest.and_then(|(_, district)| {
            self.cells.get(&(district.clone(), band(now, self.utc_offset_s)))
        });
        cell.map_or(1_000, |cell| cell.permille)
    }
}

fn cell(district: &str, from_hour: u8, mut ratios: Vec<f64>) -> Cell {
    ratios.sort_by(f64::total_cmp);
    // The nearest rank, as in the reports: a ratio that was measured.
    let median = ratios.get(ratios.len().div_ceil(2) - 1).copied().unwrap_or(1.0);
    let trips = ratios.len();
    Cell {
        district: district.to_owned(),
        from_hour,
        trips,
        median,
        permille: shrunk(trips, median),
    }
}

#[expect(clippy::as_conversions, reason = "bounded to thousandths below 2000")]
fn shrunk(trips: usize, median: f64) -> u32 {
    let trips = trips as f64;
    let believed = trips / (trips + TRIPS_FOR_HALF);
    let permille = (median.ln() * believed).exp() * 1_000.0;
    let (least, most) = (*FACTOR_PERMILLE.start(), *FACTOR_PERMILLE.end());
    permille.round().clamp(f64::from(least), f64::from(most)) as u32
}

/// The first hour of the part of the day on the area's clock.
fn band(at: Timestamp, utc_offset_s: i32) -> u8 {
    let hour = (at.ms() + i64::from(utc_offset_s) * 1_000).div_euclid(3_600_000).rem_euclid(24);
    let hour = u8::try_from(hour).unwrap_or(0);
    hour - hour % BAND_HOURS
}

#[cfg(test)]
mod tests {
    use super::*;

    const WIB_S: i32 = 7 * 3_600;
    /// 2026-11-23T01:00:00Z, eight in the morning in Jember.
    const MORNING: Timestamp = Timestamp::from_ms(1_795_395_600_000);

    fn trip(observed_s: u32) -> Trip {
        let district = "35.09.01".to_owned();
        Trip { district, at: MORNING, observed_s, by_table_s: 600, metres: 6_000 }
    }

    fn place(lat: f64) -> Position {
        Position::new(lat, 113.7).expect("a place")
    }

    fn learned(trips: &[Trip]) -> Learned {
        let villages =
            vec![(place(-8.2), "35.09.01".to_owned()), (place(-8.4), "35.09.02".to_owned())];
        Learned::of(trips, villages, WIB_S)
    }

    #[test]
    fn many_trips_are_believed_and_few_only_in_part() {
        for (trips, permille) in [(0, 1_000), (1, 1_065), (10, 1_414), (90, 1_866), (10_000, 1_999)]
        {
            let all = vec![trip(1_200); trips];
            assert_eq!(learned(&all).permille(place(-8.21), MORNING), permille, "{trips} trips");
        }
        let slow_and_fast = [trip(1_200), trip(300), trip(600)];
        assert_eq!(learned(&slow_and_fast).permille(place(-8.2), MORNING), 1_000, "the median");
    }

    #[test]
    fn a_factor_never_leaves_its_bounds_whatever_the_trips_say() {
        assert_eq!(learned(&vec![trip(7_000); 1_000]).permille(place(-8.2), MORNING), 2_000);
        assert_eq!(learned(&vec![trip(150); 1_000]).permille(place(-8.2), MORNING), 500);
    }

    #[test]
    fn what_was_learned_holds_for_its_district_and_part_of_the_day_only() {
        let known = learned(&vec![trip(900); 20]);
        let [cell] = &known.cells().collect::<Vec<_>>()[..] else { panic!("one cell") };
        assert_eq!((cell.from_hour, cell.trips, cell.median), (8, 20, 1.5));
        assert!(cell.permille > 1_200, "{cell:?}");
        let hours = |hours: i64| MORNING.plus_ms(hours * 3_600_000);
        assert_eq!(known.permille(place(-8.2), hours(3)), cell.permille, "until noon");
        assert_eq!(known.permille(place(-8.2), hours(4)), 1_000, "not after");
        assert_eq!(known.permille(place(-8.2), hours(-1)), 1_000, "nor before");
        assert_eq!(known.permille(place(-8.2), hours(24)), cell.permille, "tomorrow again");
        assert_eq!(known.permille(place(-8.41), MORNING), 1_000, "another district");
    }

    #[test]
    fn trips_that_cannot_have_been_so_teach_nothing() {
        let walked = Trip { observed_s: 20_000, ..trip(0) };
        let flown = Trip { observed_s: 100, ..trip(0) };
        let next_door = Trip { by_table_s: 20, metres: 200, ..trip(40) };
        for odd in [trip(0), walked, flown, next_door] {
            assert!(!odd.is_plausible(), "{odd:?}");
            assert_eq!(learned(&vec![odd; 50]).cells().count(), 0);
        }
    }
}
