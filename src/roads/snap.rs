//! Where a place lies along the roads.

use super::graph::{Graph, index};
use super::shape;
use crate::place::Position;

/// Nothing on the roads is looked for further away than this.
pub const OFF_ROAD_M_MAX: f64 = 5_000.0;
/// Roads that are hardly further than the nearest cannot be told from it: no map is more accurate.
const SAME_M: f64 = 3.0;
/// Roads that are further from a moving ambulance than the nearest by more than this are not the one it is on.
const BESIDE_M: f64 = 20.0;
/// An ambulance drives along the road on which it is, not across it.
const ALONG_DEG: f64 = 45.0;

/// A place along a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Spot {
    pub segment: u32,
    /// Part of the segment's length from its first point, 0 to 1.
    pub along: f64,
    /// From the road in a straight line.
    pub off_m: f64,
    /// Into which direction the road is driven, where that is known.
    pub backward: Option<bool>,
}

/// Everything within a cell's reach, nearest first.
struct Near {
    spots: Vec<(Spot, f64)>,
}

impl Graph {
    /// Where a place lies along the roads: on the nearest, and where that is cut off, also on the nearest that is not.
    /// At a junction it is on all that meet there: otherwise the end of a one-way street would be reached through it
    /// only. Nothing when there is no road within [`OFF_ROAD_M_MAX`].
    #[must_use]
    pub fn spots(&self, place: Position) -> Vec<Spot> {
        let spots: Vec<Spot> = self.near(place).spots.into_iter().map(|(spot, _)| spot).collect();
        let is_joined = |spot: &&Spot| self.cut_off.get(index(spot.segment)) == Some(&0);
        let reach_m = spots.iter().find(is_joined).map_or(0.0, |spot| spot.off_m + SAME_M);
        let joined = spots.iter().skip(1).take_while(|spot| spot.off_m <= reach_m);
        spots.first().into_iter().chain(joined.filter(is_joined)).copied().collect()
    }

    /// The same of an ambulance that drives into a direction, in degrees clockwise from north: of the roads that it may
    /// be on the one that runs so.
    #[must_use]
    pub fn spots_driving(&self, place: Position, heading_deg: u16) -> Vec<Spot> {
        let near = self.near(place);
        let Some(least_m) = near.spots.first().map(|(spot, _)| spot.off_m) else {
            return Vec::new();
        };
        let beside = near.spots.iter().take_while(|(spot, _)| spot.off_m <= least_m + BESIDE_M);
        for (spot, bearing_deg) in beside {
            for backward in [false, true] {
                let bearing_deg = if backward { bearing_deg + 180.0 } else { *bearing_deg };
                let turn = (f64::from(heading_deg) - bearing_deg).rem_euclid(360.0);
                let open = self.heads.get(index(spot.segment));
                let open = open.is_some_and(|h| h[usize::from(backward)] != super::graph::NOWHERE);
                if open && turn.min(360.0 - turn) <= ALONG_DEG {
                    return vec![Spot { backward: Some(backward), ..*spot }];
                }
            }
        }
        self.spots(place)
    }

    /// The roads around a place, nearest first, each with the direction in which it runs there.
    fn near(&self, place: Position) -> Near {
        let (lat, lon) = place.e7();
        let scale = Scale::at(place);
        let mut spots: Vec<(Spot, f64)> = Vec::new();
        let mut seen: Vec<u32> = Vec::new();
        // What is further than this concerns nobody: roads beside the nearest do.
        let mut wanted_m = OFF_ROAD_M_MAX;
        for reach in 0.. {
            // All that is nearer than this lies in the cells that were looked at.
            if scale.sure_m(lat, lon, reach - 1) > wanted_m {
                break;
            }
            for (cell, up, right) in shape::ring(lat, lon, reach) {
                if (small(up) * scale.up).hypot(small(right) * scale.across) > wanted_m {
                    continue;
                }
                let Ok(cell) = self.cells.binary_search(&cell) else { continue };
                let at = |n: usize| self.cell_at.get(n).map_or(0, |at| index(*at));
                for segment in self.in_cell.get(at(cell)..at(cell + 1)).unwrap_or_default() {
                    if reach > 0 && seen.contains(segment) {
                        continue;
                    }
                    seen.push(*segment);
                    let Some(spot) = scale.spot_on(*segment, self.points(*segment), lat, lon)
                    else {
                        continue;
                    };
                    if self.cut_off.get(index(*segment)) == Some(&0) {
                        wanted_m = wanted_m.min(spot.0.off_m + BESIDE_M);
                    }
                    spots.push(spot);
                }
            }
        }
        spots.retain(|(spot, _)| spot.off_m <= OFF_ROAD_M_MAX);
        spots.sort_by(|(a, _), (b, _)| a.off_m.total_cmp(&b.off_m).then(a.segment.cmp(&b.segment)));
        Near { spots }
    }
}

/// Metres of ten millionths of a degree around a place: good to a part in a thousand over some kilometres.
struct Scale {
    up: f64,
    across: f64,
}

impl Scale {
    fn at(place: Position) -> Self {
        let up = 6_371_008.8 * std::f64::consts::PI / 180.0 / 1e7;
        Self { up, across: up * place.lat().to_radians().cos().max(0.01) }
    }

    /// From a place to the edge of the square of cells around its own, so many to each side.
    fn sure_m(&self, lat: i32, lon: i32, reach: i64) -> f64 {
        if reach < 0 {
            return -1.0;
        }
        let room = |e7: i32| {
            let within = i64::from(e7).rem_euclid(shape::CELL_E7);
            small(within.min(shape::CELL_E7 - within) + reach * shape::CELL_E7)
        };
        (room(lat) * self.up).min(room(lon) * self.across)
    }

    /// The point of a shape that is nearest to a place, and the direction of the road there.
    fn spot_on(
        &self,
        segment: u32,
        points: impl Iterator<Item = (i32, i32)>,
        lat: i32,
        lon: i32,
    ) -> Option<(Spot, f64)> {
        let apart = |a: i32, b: i32| small(i64::from(a) - i64::from(b));
        let mut flat =
            points.map(|point| (apart(point.1, lon) * self.across, apart(point.0, lat) * self.up));
        let (mut x, mut y) = flat.next()?;
        let mut passed = 0.0;
        // Of the nearest point: the square of its distance, how far along the road, and the road's direction.
        let mut best: Option<(f64, f64, (f64, f64))> = None;
        for (to_x, to_y) in flat {
            let (dx, dy) = (to_x - x, to_y - y);
            let length = (dx * dx + dy * dy).sqrt();
            let part = if length > 0.0 {
                (-(x * dx + y * dy) / (length * length)).clamp(0.0, 1.0)
            } else {
                0.0
            };
            let (off_x, off_y) = (x + part * dx, y + part * dy);
            let off = off_x * off_x + off_y * off_y;
            if best.is_none_or(|(least, ..)| off < least) {
                best = Some((off, passed + part * length, (dx, dy)));
            }
            passed += length;
            (x, y) = (to_x, to_y);
        }
        let (off, at, (dx, dy)) = best?;
        let along = if passed > 0.0 { at / passed } else { 0.0 };
        let bearing = dx.atan2(dy).to_degrees().rem_euclid(360.0);
        Some((Spot { segment, along, off_m: off.sqrt(), backward: None }, bearing))
    }
}

#[expect(clippy::as_conversions, reason = "ten millionths of a degree are exact in f64")]
fn small(e7: i64) -> f64 {
    e7 as f64
}
