//! What observed trips say of the speed table: a factor for each class of road, and one for each district and part of
//! the day (pure).
//!
//! The factors of the classes are those under which the estimates come nearest to all trips, each held towards 1 as if
//! so many trips had said so (ridge regression, Hoerl and Kennard 1970, Technometrics 12(1)). What is left is learned
//! by district and part of the day from the ratio of an observed trip to its estimate, its median in each cell. A cell
//! with few trips says little, so its median is drawn towards 1 by credibility, n / (n + k) of the way from 1 on the
//! scale of ratios (Bühlmann 1967, "Experience rating and credibility", ASTIN Bulletin 4(3)). What is compared starts
//! from the table's own time on the way that was estimated, never from a corrected one, so nothing feeds on itself.

use std::collections::BTreeMap;

use crate::clock::Timestamp;
use crate::place::Position;
use crate::roads::TableTime;
use crate::roads::kind::{ClassFactors, KINDS, RoadKind};

/// Hours of one part of the day.
pub const BAND_HOURS: u8 = 4;
/// k: with so many trips half of what they say is believed. Single trips scatter by some 40 % around their median,
/// districts by some 12 % around the table, our own estimate; k is the ratio of the two variances.
const TRIPS_FOR_HALF: f64 = 10.0;
/// However many trips say so, an estimate is never more than doubled or halved: then something else is wrong.
const FACTOR_PERMILLE: std::ops::RangeInclusive<u32> = 500..=2_000;
/// A class of road is never taken to be more than so much slower or faster than the table says.
const CLASS_PERMILLE: std::ops::RangeInclusive<u16> = 667..=1_500;
/// What one trip says of the classes is held within this: a single odd one shall not bend them all.
const RATIO: std::ops::RangeInclusive<f64> = 0.25..=4.0;
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
    pub by_table: TableTime,
    pub metres: u32,
}

impl Trip {
    /// Whether it can have been so: otherwise a button was pressed too early or too late.
    #[must_use]
    pub fn is_plausible(&self) -> bool {
        let kmh = f64::from(self.metres) / f64::from(self.observed_s.max(1)) * 3.6;
        self.by_table.by_table_s >= BY_TABLE_S_MIN && KMH.contains(&kmh)
    }

    /// The estimate with each class of road corrected, in seconds.
    fn by_class_s(&self, factors: &ClassFactors) -> f64 {
        let more = |(kind, seconds): (&RoadKind, &u32)| {
            f64::from(*seconds) * (f64::from(factors.permille(*kind)) / 1_000.0 - 1.0)
        };
        let corrected = self.by_table.by_class_s.iter().map(more).sum::<f64>();
        (f64::from(self.by_table.by_table_s) + corrected).max(1.0)
    }
}

/// What the trips say of one class of road.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassCell {
    pub kind: RoadKind,
    /// Trips that drove on it.
    pub trips: usize,
    /// Hours on it by the table, of all trips.
    pub hours: f64,
    /// By what the table's time on it is multiplied, in thousandths.
    pub permille: u16,
}

/// What the trips of one district in one part of the day say.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Kemendagri code.
    pub district: String,
    /// First hour of the part of the day, on the area's clock.
    pub from_hour: u8,
    pub trips: usize,
    /// Median of observed to estimated, the classes of roads corrected.
    pub median: f64,
    /// By what estimates by road are multiplied, in thousandths.
    pub permille: u32,
}

/// What was learned, by district and part of the day.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Learned {
    classes: Vec<ClassCell>,
    class_factors: ClassFactors,
    cells: BTreeMap<(String, u8), Cell>,
    /// Where the villages are, with the code of the district of each.
    villages: Vec<(Position, String)>,
    utc_offset_s: i32,
}

impl Learned {
    /// Learns from trips; those that cannot have been so are passed over.
    #[must_use]
    pub fn of(trips: &[Trip], villages: Vec<(Position, String)>, utc_offset_s: i32) -> Self {
        let trips: Vec<&Trip> = trips.iter().filter(|trip| trip.is_plausible()).collect();
        let class_factors = class_factors(&trips);
        let classes = classes(&trips, &class_factors);
        let mut ratios: BTreeMap<(String, u8), Vec<f64>> = BTreeMap::new();
        for trip in trips {
            let cell = (trip.district.clone(), band(trip.at, utc_offset_s));
            let ratio = f64::from(trip.observed_s) / trip.by_class_s(&class_factors);
            ratios.entry(cell).or_default().push(ratio);
        }
        let cells = ratios.into_iter().map(|(of, ratios)| {
            let cell = cell(&of.0, of.1, ratios);
            (of, cell)
        });
        Self { classes, class_factors, cells: cells.collect(), villages, utc_offset_s }
    }

    /// Of each class on which any trip drove.
    #[must_use]
    pub fn classes(&self) -> &[ClassCell] {
        &self.classes
    }

    #[must_use]
    pub const fn class_factors(&self) -> ClassFactors {
        self.class_factors
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

/// The factors under which the estimates come nearest to the trips.
///
/// With y the excess of a trip over its estimate and s the shares of the classes in it, g solves
/// (Σ s sᵀ + k I) g = Σ s y; the factor of a class is 1 + g.
fn class_factors(trips: &[&Trip]) -> ClassFactors {
    const N: usize = KINDS.len();
    let (mut matrix, mut right) = ([[0.0; N]; N], [0.0; N]);
    for (n, row) in matrix.iter_mut().enumerate() {
        row[n] = TRIPS_FOR_HALF;
    }
    for trip in trips {
        let whole = f64::from(trip.by_table.by_table_s);
        let excess = (f64::from(trip.observed_s) / whole).clamp(*RATIO.start(), *RATIO.end()) - 1.0;
        for (kind, seconds) in &trip.by_table.by_class_s {
            let (row, share) = (kind.number(), f64::from(*seconds) / whole);
            right[row] += share * excess;
            for (other, seconds) in &trip.by_table.by_class_s {
                matrix[row][other.number()] += share * f64::from(*seconds) / whole;
            }
        }
    }
    ClassFactors::new(solved(matrix, right).map(|excess| class_permille(1.0 + excess)))
}

#[expect(clippy::as_conversions, reason = "bounded to thousandths below 2000")]
fn class_permille(factor: f64) -> u16 {
    let (least, most) = (*CLASS_PERMILLE.start(), *CLASS_PERMILLE.end());
    (factor * 1_000.0).round().clamp(f64::from(least), f64::from(most)) as u16
}

/// Solves for a matrix that is symmetric and positive definite, as one with a ridge always is: Gauss without pivots.
fn solved<const N: usize>(mut matrix: [[f64; N]; N], mut right: [f64; N]) -> [f64; N] {
    for pivot in 0..N {
        for row in pivot + 1..N {
            let times = matrix[row][pivot] / matrix[pivot][pivot];
            let above = matrix[pivot];
            for (value, above) in matrix[row].iter_mut().zip(above).skip(pivot) {
                *value -= times * above;
            }
            right[row] -= times * right[pivot];
        }
    }
    for row in (0..N).rev() {
        let known: f64 = (row + 1..N).map(|column| matrix[row][column] * right[column]).sum();
        right[row] = (right[row] - known) / matrix[row][row];
    }
    right
}

/// What the trips say of each class on which any of them drove.
fn classes(trips: &[&Trip], factors: &ClassFactors) -> Vec<ClassCell> {
    let of = |kind: &RoadKind| {
        let on_it = || trips.iter().filter_map(|trip| trip.by_table.by_class_s.get(kind));
        let hours = on_it().map(|seconds| f64::from(*seconds)).sum::<f64>() / 3_600.0;
        let (kind, permille) = (*kind, factors.permille(*kind));
        ClassCell { kind, trips: on_it().count(), hours, permille }
    };
    KINDS.iter().map(of).filter(|class| class.trips > 0).collect()
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
        Trip { district, at: MORNING, observed_s, by_table: by_table(600, &[]), metres: 6_000 }
    }

    fn by_table(by_table_s: u32, by_class_s: &[(RoadKind, u32)]) -> TableTime {
        TableTime { by_table_s, by_class_s: by_class_s.iter().copied().collect() }
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
        let next_door = Trip { by_table: by_table(20, &[]), metres: 200, ..trip(40) };
        for odd in [trip(0), walked, flown, next_door] {
            assert!(!odd.is_plausible(), "{odd:?}");
            assert_eq!(learned(&vec![odd; 50]).cells().count(), 0);
        }
    }

    #[test]
    fn a_class_of_road_that_is_slower_than_the_table_says_is_told_from_one_that_is_not() {
        use RoadKind::{Primary, Residential, Track};
        // Residential roads take twice the time; trips are on both kinds, in different shares.
        let mixed = |residential_s: u32| Trip {
            by_table: by_table(
                600,
                &[(Primary, 600 - residential_s), (Residential, residential_s)],
            ),
            ..trip(600 + residential_s)
        };
        let trips: Vec<Trip> = (0..2_000).map(|n| mixed(60 + n % 400)).collect();
        let known = learned(&trips);
        let factors = known.class_factors();
        assert!((980..=1_040).contains(&factors.permille(Primary)), "{factors:?}");
        assert_eq!(factors.permille(Residential), 1_500, "as much as is ever believed");
        assert_eq!(factors.permille(Track), 1_000, "nobody drove there");
        let shown: Vec<_> = known.classes().iter().map(|c| (c.kind, c.trips)).collect();
        assert_eq!(shown, [(Primary, 2_000), (Residential, 2_000)]);
        assert!((known.classes().iter().map(|c| c.hours).sum::<f64>() - 333.3).abs() < 0.1);
    }

    #[test]
    fn what_the_classes_explain_is_not_counted_again_by_district() {
        let tertiary = by_table(600, &[(RoadKind::Tertiary, 600)]);
        let trips = vec![Trip { by_table: tertiary, ..trip(780) }; 5_000];
        let known = learned(&trips);
        let class = f64::from(known.class_factors().permille(RoadKind::Tertiary));
        let cell = f64::from(known.permille(place(-8.2), MORNING));
        assert!((class - 1_300.0).abs() < 3.0, "{class}");
        assert!((class * cell / 1_000.0 - 1_300.0).abs() < 3.0, "{class} and {cell}");
    }

    #[test]
    fn one_trip_changes_a_class_little_however_odd_it_is() {
        let odd = Trip { by_table: by_table(600, &[(RoadKind::Primary, 600)]), ..trip(7_000) };
        let permille = learned(&[odd]).class_factors().permille(RoadKind::Primary);
        assert!((1_001..=1_300).contains(&permille), "{permille}");
    }
}
