//! Outlines as maps draw them: simplified, small, and as TopoJSON, in which a line between two villages stands once.
//!
//! Lines are cut where three or more meet, and each piece is simplified by itself (Douglas and Peucker 1973): two
//! villages that share a line share the simplified one too, so no gap opens between them.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Boundaries, Corner};

/// Degrees of one step of the drawing: about a metre.
const STEP: f64 = 1e-5;
/// Ten-millionths of a degree in a step.
const STEP_E7: i32 = 100;
/// Steps by which a simplified line may be beside the true one, at first; doubled until the drawing is small enough.
/// At zoom 12 a pixel is 38 m.
const BESIDE_STEPS: f64 = 12.0;
/// Largest drawing: with the repetition that JSON has, under 100 kB on the line.
pub const BYTES_MAX: usize = 260_000;
/// Coarser than some kilometres it is no drawing any more, however many villages there are.
const DOUBLED_MAX: u32 = 8;

/// What the maps get, and a version that changes with it.
#[derive(Clone, Debug)]
pub struct Drawn {
    pub version: String,
    /// TopoJSON with the objects `villages` and `districts`.
    pub json: Bytes,
}

/// Draws boundaries.
#[must_use]
pub fn draw(boundaries: &Boundaries) -> Drawn {
    let pieces = Pieces::of(boundaries);
    let mut beside = BESIDE_STEPS;
    let mut json = pieces.drawn(boundaries, beside);
    for _ in 0..DOUBLED_MAX {
        if json.len() <= BYTES_MAX {
            break;
        }
        beside *= 2.0;
        json = pieces.drawn(boundaries, beside);
    }
    let mut sum = flate2::Crc::new();
    sum.update(json.as_bytes());
    Drawn { version: format!("{:08x}", sum.sum()), json: json.into() }
}

/// A piece of line and whether it is followed against its direction.
#[derive(Clone, Copy)]
struct Along {
    piece: usize,
    backwards: bool,
}

/// All lines, each once, and of each ring the pieces in their order.
struct Pieces {
    lines: Vec<Vec<Corner>>,
    /// By outline, polygon and ring.
    rings: Vec<Vec<Vec<Vec<Along>>>>,
}

impl Pieces {
    fn of(boundaries: &Boundaries) -> Self {
        let rings = |outline: usize| -> Vec<Vec<Vec<Corner>>> {
            let polygons = boundaries.polygons(outline);
            polygons.map(|rings| rings.filter_map(in_steps).collect()).collect()
        };
        let rings: Vec<_> = (0..boundaries.about.outlines.len()).map(rings).collect();
        let mut next_to: BTreeMap<Corner, Vec<Corner>> = BTreeMap::new();
        for ring in rings.iter().flatten().flatten() {
            for (n, corner) in ring.iter().enumerate() {
                let neighbours = next_to.entry(*corner).or_default();
                for next in [ring[(n + 1) % ring.len()], ring[(n + ring.len() - 1) % ring.len()]] {
                    if !neighbours.contains(&next) {
                        neighbours.push(next);
                    }
                }
            }
        }
        let is_end = |corner: &Corner| next_to.get(corner).is_some_and(|all| all.len() > 2);
        let mut pieces = BTreeMap::new();
        let mut cut = |ring: Vec<Corner>| -> Vec<Along> {
            cut_at(ring, is_end).into_iter().map(|piece| keep(&mut pieces, piece)).collect()
        };
        let rings = rings
            .into_iter()
            .map(|polygons| {
                let polygons = polygons.into_iter();
                polygons.map(|rings| rings.into_iter().map(&mut cut).collect()).collect()
            })
            .collect();
        let mut lines = vec![Vec::new(); pieces.len()];
        for (line, piece) in pieces {
            lines[piece] = line;
        }
        Self { lines, rings }
    }

    /// The TopoJSON text, its lines simplified.
    fn drawn(&self, boundaries: &Boundaries, beside: f64) -> String {
        let north = self.lines.iter().flatten().map(|corner| corner[1]).max().unwrap_or(0);
        // A degree of longitude is shorter than one of latitude.
        let narrow = (f64::from(north) * STEP).to_radians().cos().max(0.1);
        // Pieces that differ by less than the eye sees become one.
        let mut pieces = BTreeMap::new();
        let simple: Vec<Along> = self
            .lines
            .iter()
            .map(|line| keep(&mut pieces, simplified(line, beside, narrow)))
            .collect();
        let mut arcs = vec![Value::Null; pieces.len()];
        let corner = pieces
            .keys()
            .flatten()
            .fold([i32::MAX; 2], |least, [x, y]| [least[0].min(*x), least[1].min(*y)]);
        for (line, piece) in pieces {
            arcs[piece] = differences(&line, corner);
        }
        let arc = |along: &Along| {
            let Along { piece, backwards } = simple[along.piece];
            let number = i64::try_from(piece).unwrap_or(i64::MAX);
            if backwards == along.backwards { number } else { !number }
        };
        let geometries = |villages: bool| -> Vec<Value> {
            let outlines = boundaries.about.outlines.iter().zip(&self.rings);
            let wanted = outlines.filter(|(outline, _)| outline.is_village() == villages);
            wanted
                .map(|(outline, polygons)| {
                    let ring = |ring: &Vec<Along>| ring.iter().map(arc).collect::<Vec<_>>();
                    let polygon =
                        |rings: &Vec<Vec<Along>>| rings.iter().map(ring).collect::<Vec<_>>();
                    json!({
                        "type": "MultiPolygon",
                        "id": outline.code,
                        "properties": { "name": outline.name },
                        "arcs": polygons.iter().map(polygon).collect::<Vec<_>>(),
                    })
                })
                .collect()
        };
        json!({
            "type": "Topology",
            "transform": {
                "scale": [STEP, STEP],
                "translate": corner.map(|steps| (f64::from(steps) * STEP * 1e5).round() / 1e5),
            },
            "objects": {
                "districts": { "type": "GeometryCollection", "geometries": geometries(false) },
                "villages": { "type": "GeometryCollection", "geometries": geometries(true) },
            },
            "arcs": arcs,
        })
        .to_string()
    }
}

/// A ring's corners in steps, without those that fall together; none when fewer than three are left.
fn in_steps(ring: &[Corner]) -> Option<Vec<Corner>> {
    let step = |e7: i32| (e7 + e7.signum() * (STEP_E7 / 2)) / STEP_E7;
    let mut corners: Vec<Corner> = ring.iter().map(|[x, y]| [step(*x), step(*y)]).collect();
    corners.dedup();
    while corners.len() > 1 && corners.first() == corners.last() {
        corners.pop();
    }
    (corners.len() > 2).then_some(corners)
}

/// A ring in pieces from one end to the next; one piece, closed, where it has none.
fn cut_at(mut ring: Vec<Corner>, is_end: impl Fn(&Corner) -> bool) -> Vec<Vec<Corner>> {
    // A ring without ends begins at its least corner, so that the same ring is always the same piece.
    let least = || ring.iter().enumerate().min_by_key(|(_, corner)| **corner);
    let start = ring.iter().position(&is_end).or_else(|| Some(least()?.0));
    ring.rotate_left(start.unwrap_or(0));
    ring.extend(ring.first().copied());
    let mut pieces = Vec::new();
    let mut piece = Vec::new();
    let last = ring.len() - 1;
    for (n, corner) in ring.into_iter().enumerate() {
        piece.push(corner);
        if n > 0 && (n == last || is_end(&corner)) {
            pieces.push(std::mem::replace(&mut piece, vec![corner]));
        }
    }
    pieces
}

/// The number of a piece, whichever way round it comes.
fn keep(pieces: &mut BTreeMap<Vec<Corner>, usize>, mut piece: Vec<Corner>) -> Along {
    let backwards = piece.iter().rev().lt(piece.iter());
    if backwards {
        piece.reverse();
    }
    let next = pieces.len();
    Along { piece: *pieces.entry(piece).or_insert(next), backwards }
}

/// A line with the fewest corners found by which it is nowhere further off; a closed one keeps at least three.
fn simplified(line: &[Corner], beside: f64, narrow: f64) -> Vec<Corner> {
    let last = line.len() - 1;
    let mut kept = vec![false; line.len()];
    (kept[0], kept[last]) = (true, true);
    let mut open = vec![(0, last)];
    let is_closed = line[0] == line[last];
    if is_closed && let Some((far, _)) = farthest(line, 0, last, narrow) {
        kept[far] = true;
        open = vec![(0, far), (far, last)];
        // One more, so that it encloses something.
        let sides = open.iter().filter_map(|(from, to)| farthest(line, *from, *to, narrow));
        if let Some((wide, _)) = sides.max_by(|a, b| a.1.total_cmp(&b.1)) {
            kept[wide] = true;
        }
    }
    while let Some((from, to)) = open.pop() {
        if let Some((far, off)) = farthest(line, from, to, narrow)
            && off > beside
        {
            kept[far] = true;
            open.extend([(from, far), (far, to)]);
        }
    }
    line.iter().zip(kept).filter(|(_, kept)| *kept).map(|(corner, _)| *corner).collect()
}

/// The corner between two others that is farthest from the line between them, and how far, in steps of latitude.
fn farthest(line: &[Corner], from: usize, to: usize, narrow: f64) -> Option<(usize, f64)> {
    let flat = |corner: Corner| [f64::from(corner[0]) * narrow, f64::from(corner[1])];
    let (a, b) = (flat(line[from]), flat(line[to]));
    let (along, length) = ([b[0] - a[0], b[1] - a[1]], (b[0] - a[0]).hypot(b[1] - a[1]));
    let off = |n: usize| {
        let p = flat(line[n]);
        let to = [p[0] - a[0], p[1] - a[1]];
        let part = (to[0] * along[0] + to[1] * along[1]) / (length * length);
        let part = if length > 0.0 { part.clamp(0.0, 1.0) } else { 0.0 };
        (to[0] - part * along[0]).hypot(to[1] - part * along[1])
    };
    (from + 1..to).map(|n| (n, off(n))).max_by(|a, b| a.1.total_cmp(&b.1))
}

/// The first corner from a place, each other one from the one before.
fn differences(line: &[Corner], from: Corner) -> Value {
    let mut before = from;
    let step = |corner: &Corner| {
        let step = [corner[0] - before[0], corner[1] - before[1]];
        before = *corner;
        step
    };
    json!(line.iter().map(step).collect::<Vec<_>>())
}
