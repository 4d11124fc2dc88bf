//! Making a polygon whole again where it can be told what was meant.
//!
//! A line that crosses itself has two readings: what it encloses an odd number of times, and what it encloses at all.
//! Where both say nearly the same area, as they do for a bow-tie or a curl at a corner, the first one is taken. Where
//! they do not, nobody can tell which parts belong to the village, and it is left out.

use std::fmt;

use geo::algorithm::bool_ops::FillRule;
use geo::{Area, BooleanOps, Coord, LineString, MultiPolygon, OpType, Polygon, Validation};

/// Share of the area by which both readings may differ.
const READINGS_DIFFER_MAX: f64 = 0.02;
/// Square degrees: about one square metre. Less is no village.
const AREA_MIN: f64 = 1e-10;

/// A ring as it came, in degrees, longitude first.
pub type Ring = Vec<[f64; 2]>;

/// Why polygons cannot be made whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hopeless {
    /// They enclose nothing.
    NoArea,
    /// Their lines cross in such a way that it cannot be told what they enclose.
    Ambiguous,
}

impl fmt::Display for Hopeless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoArea => "it encloses nothing",
            Self::Ambiguous => "its lines cross each other, and what they enclose cannot be told",
        })
    }
}

/// Polygons that are whole, and whether something had to be repaired. Each is its outer ring and its holes.
///
/// In which direction a ring runs says nothing: too many programs write it the other way round.
pub fn mend(polygons: &[Vec<Ring>]) -> Result<(MultiPolygon, bool), Hopeless> {
    let mut repaired = false;
    let mut kept = Vec::new();
    for rings in polygons {
        let mut tidied = rings.iter().map(|ring| tidy(ring, &mut repaired));
        // Holes of an outer ring that encloses nothing are none.
        let Some(outer) = tidied.next().flatten() else { continue };
        kept.push(Polygon::new(outer, tidied.flatten().collect()));
    }
    let whole = MultiPolygon(kept);
    if whole.is_valid() {
        return if whole.unsigned_area() < AREA_MIN {
            Err(Hopeless::NoArea)
        } else {
            Ok((whole, repaired))
        };
    }
    let read = |rule: FillRule| {
        let parts = whole.iter().flat_map(|polygon| reading(polygon, rule));
        // They may overlap; what is in any of them belongs to it.
        enclosed(&MultiPolygon(parts.collect()), FillRule::NonZero)
    };
    let (odd, any) = (read(FillRule::EvenOdd), read(FillRule::NonZero));
    let (odd_area, any_area) = (odd.unsigned_area(), any.unsigned_area());
    if odd_area.max(any_area) < AREA_MIN {
        return Err(Hopeless::NoArea);
    }
    let agree = (odd_area - any_area).abs() <= READINGS_DIFFER_MAX * any_area;
    if agree && odd.is_valid() { Ok((odd, true)) } else { Err(Hopeless::Ambiguous) }
}

/// A closed ring without corners that repeat; none when it has fewer than three.
fn tidy(ring: &Ring, repaired: &mut bool) -> Option<LineString> {
    let mut corners: Vec<Coord> = ring.iter().map(|[x, y]| Coord { x: *x, y: *y }).collect();
    let is_closed = corners.len() > 1 && corners.first() == corners.last();
    let came = corners.len();
    corners.dedup();
    *repaired |= corners.len() < came || !is_closed;
    let distinct = corners.len() - usize::from(is_closed && corners.len() > 1);
    if distinct < 3 {
        *repaired = true;
        return None;
    }
    let mut ring = LineString(corners);
    ring.close();
    Some(ring)
}

/// What a polygon encloses by one of the readings, its holes taken out.
fn reading(polygon: &Polygon, rule: FillRule) -> MultiPolygon {
    let outer = enclosed(&Polygon::new(polygon.exterior().clone(), Vec::new()), rule);
    let holes = polygon.interiors().iter();
    holes.fold(outer, |left, hole| {
        let hole = enclosed(&Polygon::new(hole.clone(), Vec::new()), rule);
        left.boolean_op(&hole, OpType::Difference)
    })
}

fn enclosed(lines: &impl BooleanOps<Scalar = f64>, rule: FillRule) -> MultiPolygon {
    lines.boolean_op_with_fill_rule(&MultiPolygon::<f64>(Vec::new()), OpType::Union, rule)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(polygons: &[Vec<Ring>]) -> Result<(f64, bool), Hopeless> {
        mend(polygons).map(|(whole, repaired)| (whole.unsigned_area(), repaired))
    }

    fn check(polygons: &[Vec<Ring>], expected: Result<(f64, bool), Hopeless>) {
        match (area(polygons), expected) {
            (Ok((is, repaired)), Ok((should, was))) => {
                assert!((is - should).abs() < 1e-6 * should, "{is}, not {should}: {polygons:?}");
                assert_eq!(repaired, was, "{polygons:?}");
            }
            (is, should) => assert_eq!(is, should, "{polygons:?}"),
        }
    }

    fn square(x: f64, size: f64) -> Ring {
        vec![[x, x], [x + size, x], [x + size, x + size], [x, x + size], [x, x]]
    }

    #[test]
    fn what_is_whole_stays_as_it_is_whatever_its_direction() {
        let mut backwards = square(0.0, 4.0);
        backwards.reverse();
        check(&[vec![square(0.0, 4.0)]], Ok((16.0, false)));
        check(&[vec![backwards.clone()]], Ok((16.0, false)));
        check(&[vec![backwards, square(1.0, 1.0)]], Ok((15.0, false)));
        check(&[vec![square(0.0, 1.0)], vec![square(2.0, 1.0)]], Ok((2.0, false)));
    }

    #[test]
    fn what_is_unclosed_doubled_crossed_or_overlapping_is_mended() {
        let mut unclosed = square(0.0, 4.0);
        unclosed.pop();
        check(&[vec![unclosed]], Ok((16.0, true)));
        let mut doubled = square(0.0, 4.0);
        doubled.insert(2, doubled[1]);
        check(&[vec![doubled]], Ok((16.0, true)));
        let bow_tie = vec![[0.0, 0.0], [0.0, 4.0], [4.0, 0.0], [4.0, 4.0], [0.0, 0.0]];
        check(&[vec![bow_tie]], Ok((8.0, true)));
        let spike = vec![[0.0, 0.0], [4.0, 0.0], [6.0, 0.0], [4.0, 0.0], [4.0, 4.0], [0.0, 4.0]];
        check(&[vec![spike]], Ok((16.0, true)));
        check(&[vec![square(0.0, 4.0)], vec![square(2.0, 4.0)]], Ok((28.0, true)));
        check(&[vec![square(0.0, 4.0), square(3.0, 2.0)]], Ok((15.0, true)));
        check(&[vec![square(0.0, 4.0), vec![[1.0, 1.0], [2.0, 2.0]]]], Ok((16.0, true)));
    }

    #[test]
    fn what_encloses_nothing_or_something_that_cannot_be_told_is_hopeless() {
        check(&[], Err(Hopeless::NoArea));
        check(&[vec![]], Err(Hopeless::NoArea));
        check(&[vec![vec![]]], Err(Hopeless::NoArea));
        check(&[vec![vec![[1.0, 1.0], [2.0, 2.0], [1.0, 1.0]]]], Err(Hopeless::NoArea));
        check(&[vec![vec![[1.0, 1.0], [2.0, 2.0], [3.0, 3.0], [1.0, 1.0]]]], Err(Hopeless::NoArea));
        check(&[vec![square(0.0, 4.0), square(0.0, 4.0)]], Err(Hopeless::NoArea));
        // Twice around: enclosed two times, so by one reading nothing at all.
        let mut twice = square(0.0, 4.0);
        twice.extend(square(1.0, 2.0));
        twice.push([0.0, 0.0]);
        check(&[vec![twice]], Err(Hopeless::Ambiguous));
    }
}
