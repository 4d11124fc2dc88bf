//! Boundaries: the outlines of an area's villages and districts, and in which village a place lies.
//!
//! Corners are ten-millionths of a degree, longitude first as in GeoJSON, so that who lies where is decided in whole
//! numbers: a place on the line between two villages lies in one of them.

pub mod file;
pub mod geojson;
pub mod import;
pub mod in_use;
pub mod repair;
pub mod topology;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::dispatch::event::VillageBasis;
use crate::gazetteer::{Regency, Village};
use crate::place::Position;

/// Longitude and latitude in ten-millionths of a degree.
pub type Corner = [i32; 2];

/// What boundaries are of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Kemendagri code of the regency.
    pub area: String,
    /// The name of the file that was imported.
    pub source: String,
    /// By code: each district before its villages.
    pub outlines: Vec<Outline>,
}

/// Whose outline it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// Kemendagri code of a village (`35.09.30.2001`) or a district (`35.09.30`).
    pub code: String,
    pub name: String,
}

impl Outline {
    #[must_use]
    pub fn is_village(&self) -> bool {
        self.code.split('.').count() == 4
    }
}

/// The outlines of one area.
///
/// An outline is some polygons, a polygon its outer ring and its holes, a ring its corners without the first one again
/// at the end. Each list says where the things of its owner begin in the next one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Boundaries {
    pub about: About,
    polygons_at: Vec<u32>,
    rings_at: Vec<u32>,
    corners_at: Vec<u32>,
    corners: Vec<Corner>,
    /// Of each outline: the least and the greatest corner.
    boxes: Vec<[Corner; 2]>,
}

impl Boundaries {
    /// Outlines as they come, each with its polygons; put into the order of their codes.
    #[must_use]
    pub fn new(
        area: String,
        source: String,
        mut outlines: Vec<(Outline, Vec<Vec<Vec<Corner>>>)>,
    ) -> Self {
        outlines.sort_by(|a, b| a.0.code.cmp(&b.0.code));
        let mut made = Self {
            about: About { area, source, outlines: Vec::new() },
            polygons_at: vec![0],
            rings_at: vec![0],
            corners_at: vec![0],
            ..Self::default()
        };
        for (outline, polygons) in outlines {
            for rings in polygons {
                for ring in rings {
                    made.corners.extend(ring);
                    made.corners_at.push(number(made.corners.len()));
                }
                made.rings_at.push(number(made.corners_at.len() - 1));
            }
            made.polygons_at.push(number(made.rings_at.len() - 1));
            made.about.outlines.push(outline);
        }
        made.with_boxes()
    }

    fn with_boxes(mut self) -> Self {
        let around = |outline: usize| {
            let nothing = [[i32::MAX; 2], [i32::MIN; 2]];
            let corners = self.polygons(outline).flatten().flatten();
            corners.fold(nothing, |[least, most], [x, y]| {
                [[least[0].min(*x), least[1].min(*y)], [most[0].max(*x), most[1].max(*y)]]
            })
        };
        self.boxes = (0..self.about.outlines.len()).map(around).collect();
        self
    }

    /// The polygons of an outline: of each its rings, the outer one first.
    pub fn polygons(
        &self,
        outline: usize,
    ) -> impl Iterator<Item = impl Iterator<Item = &[Corner]>> {
        let of = |firsts: &[u32], owner: usize| -> Range<usize> {
            let at = |n: usize| firsts.get(n).map_or(0, |first| index(*first));
            at(owner)..at(owner + 1)
        };
        of(&self.polygons_at, outline).map(move |polygon| {
            let rings = of(&self.rings_at, polygon);
            rings.map(move |ring| &self.corners[of(&self.corners_at, ring)])
        })
    }

    /// The village in whose outline a place lies; where outlines overlap, the one with the lower code.
    #[must_use]
    pub fn village_at(&self, position: Position) -> Option<&str> {
        let (lat, lon) = position.e7();
        let place = [lon, lat];
        let surrounds = |[least, most]: &[Corner; 2]| {
            (0..2).all(|axis| (least[axis]..=most[axis]).contains(&place[axis]))
        };
        let mut near = self.boxes.iter().enumerate().filter(|(_, around)| surrounds(around));
        let found = near.find_map(|(outline, _)| {
            let about = &self.about.outlines[outline];
            (about.is_village() && self.contains(outline, place)).then_some(about)
        });
        found.map(|outline| outline.code.as_str())
    }

    /// Whether a line from the place to the east crosses the outline an odd number of times.
    fn contains(&self, outline: usize, place: Corner) -> bool {
        let rings = self.polygons(outline).flatten();
        rings.filter(|ring| crosses_oddly(ring, place)).count() % 2 == 1
    }

    /// How many outlines of villages there are.
    #[must_use]
    pub fn villages(&self) -> usize {
        self.about.outlines.iter().filter(|outline| outline.is_village()).count()
    }
}

/// Each edge counts with its lower end and without its upper one, so that no corner counts twice.
fn crosses_oddly(ring: &[Corner], [x, y]: Corner) -> bool {
    let Some(last) = ring.last() else { return false };
    let mut odd = false;
    let mut from = last;
    for to in ring {
        let rises = to[1] > y;
        if (from[1] > y) != rises {
            let wide = |a: i32, b: i32| i128::from(a) - i128::from(b);
            let side =
                wide(y, from[1]) * wide(to[0], from[0]) - wide(x, from[0]) * wide(to[1], from[1]);
            odd ^= if rises { side > 0 } else { side < 0 };
        }
        from = to;
    }
    odd
}

/// The village of a place: the one in whose outline it lies, else the one whose centre is nearest.
#[must_use]
pub fn village_of<'a>(
    regency: &'a Regency,
    boundaries: Option<&Boundaries>,
    place: Position,
) -> Option<(&'a Village, VillageBasis)> {
    let inside = boundaries.and_then(|known| regency.village(known.village_at(place)?));
    let inside = inside.map(|village| (village, VillageBasis::Inside));
    inside.or_else(|| Some((regency.nearest_village(place)?, VillageBasis::Nearest)))
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("an import refuses files with so many corners")
}

fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [Corner; 4] = [[0, 0], [10, 0], [10, 10], [0, 10]];

    fn village(number: u32, rings: Vec<Vec<Corner>>) -> (Outline, Vec<Vec<Vec<Corner>>>) {
        let code = format!("35.09.01.{number}");
        (Outline { code, name: "Desa".to_owned() }, vec![rings])
    }

    fn at(boundaries: &Boundaries, x: i32, y: i32) -> Option<&str> {
        boundaries.village_at(Position::from_e7(y, x).expect("a place"))
    }

    fn of(outlines: Vec<(Outline, Vec<Vec<Vec<Corner>>>)>) -> Boundaries {
        Boundaries::new("35.09".to_owned(), "test".to_owned(), outlines)
    }

    #[test]
    fn a_place_on_a_common_line_or_corner_lies_in_exactly_one_village() {
        let square = |dx: i32, dy: i32| vec![SQUARE.map(|[x, y]| [x + dx, y + dy]).to_vec()];
        let mut backwards = square(10, 0);
        backwards[0].reverse();
        let both = of(vec![
            village(2001, square(0, 0)),
            village(2002, backwards),
            village(2003, square(0, 10)),
            village(2004, square(10, 10)),
        ]);
        for (x, y) in [(10, 5), (5, 10), (10, 10), (3, 3), (0, 0)] {
            let holds = |n: &usize| both.contains(*n, [x, y]);
            assert_eq!((0..4).filter(holds).count(), 1, "{x} {y}");
        }
        assert_eq!(at(&both, 5, 5), Some("35.09.01.2001"));
        assert_eq!(at(&both, 15, 5), Some("35.09.01.2002"));
        assert_eq!(at(&both, 25, 5), None);
    }

    #[test]
    fn a_place_in_a_hole_lies_in_the_village_that_fills_it() {
        let hole: Vec<Corner> = vec![[4, 4], [6, 4], [6, 6], [4, 6]];
        let around = village(2001, vec![SQUARE.to_vec(), hole.clone()]);
        let alone = of(vec![around.clone()]);
        assert_eq!((at(&alone, 5, 5), at(&alone, 2, 5)), (None, Some("35.09.01.2001")));
        let filled = of(vec![village(2002, vec![hole]), around]);
        assert_eq!(at(&filled, 5, 5), Some("35.09.01.2002"));
    }

    #[test]
    fn corners_at_the_ends_of_the_earth_are_counted_rightly() {
        let (x, y) = (1_800_000_000, 900_000_000);
        let earth = of(vec![village(2001, vec![vec![[-x, -y], [x, -y], [x, y], [-x, y]]])]);
        assert!(at(&earth, 0, 0).is_some());
        assert!(at(&earth, x - 1, y - 1).is_some());
    }
}
