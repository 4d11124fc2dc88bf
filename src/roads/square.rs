//! A square of the map: from places on the earth to steps within it, cut just beyond its edge (pure).

/// Closest zoom of any map.
const CLOSEST: u8 = 22;
/// Steps across a square.
pub const EXTENT: i32 = 4_096;
/// Lines and areas go on so far beyond the edge that their ends are not seen.
const BEYOND: i32 = 128;
/// Points that are closer than this are one, unless a line ends there: less than a pixel.
const APART_MIN: i32 = 6;

/// East and south of a square's north-west corner.
pub type Step = (i32, i32);

/// At zoom `z` there are 2^z squares across the earth, `x` from the west and `y` from the north (Web Mercator).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Square {
    z: u8,
    x: u32,
    y: u32,
}

impl Square {
    /// None of a square that is not on the map.
    #[must_use]
    pub fn new(z: u8, x: u32, y: u32) -> Option<Self> {
        let across = 1_u32.checked_shl(u32::from(z))?;
        (z <= CLOSEST && x < across && y < across).then_some(Self { z, x, y })
    }

    #[must_use]
    pub const fn zoom(self) -> u8 {
        self.z
    }

    #[must_use]
    pub const fn x(self) -> u32 {
        self.x
    }

    #[must_use]
    pub const fn y(self) -> u32 {
        self.y
    }

    /// The steps from the square's north-west corner to a place in ten millionths of a degree.
    fn steps(self, (lat, lon): (i32, i32)) -> Step {
        let across = f64::from(1_u32 << self.z);
        let lat = (f64::from(lat) / 1e7).clamp(-85.0, 85.0).to_radians();
        let east = (f64::from(lon) / 1e7 + 180.0) / 360.0 * across - f64::from(self.x);
        let south =
            (1.0 - lat.tan().asinh() / std::f64::consts::PI) / 2.0 * across - f64::from(self.y);
        rounded((east * f64::from(EXTENT), south * f64::from(EXTENT)))
    }

    /// West, south, east and north in ten millionths of a degree, with what lies just beyond.
    #[must_use]
    #[expect(clippy::as_conversions, clippy::cast_possible_truncation, reason = "within the earth")]
    pub fn bounds(self) -> [i64; 4] {
        let across = f64::from(1_u32 << self.z);
        let beyond = f64::from(BEYOND) / f64::from(EXTENT);
        let lon = |x: f64| ((x / across * 360.0 - 180.0) * 1e7) as i64;
        let lat = |y: f64| {
            let up = std::f64::consts::PI * (1.0 - 2.0 * y / across);
            (up.sinh().atan().to_degrees() * 1e7) as i64
        };
        let (x, y) = (f64::from(self.x), f64::from(self.y));
        [lon(x - beyond), lat(y + 1.0 + beyond), lon(x + 1.0 + beyond), lat(y - beyond)]
    }

    /// Steps that so many ten millionths of a degree of longitude take.
    #[must_use]
    pub fn steps_across(self, e7: i64) -> i64 {
        (e7 << self.z).saturating_mul(i64::from(EXTENT)) / (360 * 10_000_000)
    }

    /// The parts of a line that meet the square.
    #[must_use]
    pub fn line(self, points: &[(i32, i32)]) -> Vec<Vec<Step>> {
        let steps: Vec<Step> = points.iter().map(|point| self.steps(*point)).collect();
        let mut parts: Vec<Vec<Step>> = Vec::new();
        for two in steps.windows(2) {
            let Some((from, to)) = within(two[0], two[1]) else { continue };
            match parts.last_mut() {
                Some(part) if part.last() == Some(&from) => part.push(to),
                _ => parts.push(vec![from, to]),
            }
        }
        let parts = parts.into_iter().map(|part| thinned(&part));
        parts.filter(|part| part.len() > 1).collect()
    }

    /// What of an area's edge lies in the square, without its first point again at the end; empty when nothing does.
    #[must_use]
    pub fn ring(self, points: &[(i32, i32)]) -> Vec<Step> {
        let mut ring: Vec<Step> = points.iter().map(|point| self.steps(*point)).collect();
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        // Each edge of the square takes away what is beyond it (Sutherland and Hodgman).
        let (least, most) = (-BEYOND, EXTENT + BEYOND);
        ring = cut(&ring, |at| at.0 - least);
        ring = cut(&ring, |at| most - at.0);
        ring = cut(&ring, |at| at.1 - least);
        ring = cut(&ring, |at| most - at.1);
        let mut ring = thinned(&ring);
        if ring.len() > 1 && ring.first() == ring.last() {
            ring.pop();
        }
        if ring.len() < 3 || doubled_area(&ring) == 0 { Vec::new() } else { ring }
    }

    /// Where a place lies in the square; none outside, so that it stands in one square only.
    #[must_use]
    pub fn point(self, place: (i32, i32)) -> Option<Step> {
        let at = self.steps(place);
        let on = 0..EXTENT;
        (on.contains(&at.0) && on.contains(&at.1)).then_some(at)
    }
}

/// Twice the area within a ring; positive when it runs clockwise on the screen.
#[must_use]
pub fn doubled_area(ring: &[Step]) -> i64 {
    let next = ring.iter().cycle().skip(1);
    let wide = |n: i32| i64::from(n);
    ring.iter().zip(next).map(|(a, b)| wide(a.0) * wide(b.1) - wide(b.0) * wide(a.1)).sum()
}

/// The part of a straight line that lies in the square and just beyond it (Liang and Barsky).
fn within(from: Step, to: Step) -> Option<(Step, Step)> {
    let (x, y) = (f64::from(from.0), f64::from(from.1));
    let (dx, dy) = (f64::from(to.0) - x, f64::from(to.1) - y);
    let (least, most) = (f64::from(-BEYOND), f64::from(EXTENT + BEYOND));
    let (mut enters, mut leaves) = (0.0_f64, 1.0_f64);
    for (change, room) in [(-dx, x - least), (dx, most - x), (-dy, y - least), (dy, most - y)] {
        if change == 0.0 {
            if room < 0.0 {
                return None;
            }
        } else if change < 0.0 {
            enters = enters.max(room / change);
        } else {
            leaves = leaves.min(room / change);
        }
    }
    if enters > leaves {
        return None;
    }
    let at = |part: f64| rounded((x + dx * part, y + dy * part));
    let start = if enters > 0.0 { at(enters) } else { from };
    Some((start, if leaves < 1.0 { at(leaves) } else { to }))
}

/// A ring without what lies beyond one edge; `room` is negative there.
fn cut(ring: &[Step], room: impl Fn(Step) -> i32) -> Vec<Step> {
    let mut kept = Vec::with_capacity(ring.len());
    let before = ring.iter().cycle().skip(ring.len().saturating_sub(1));
    for (from, to) in before.zip(ring) {
        let (left, right) = (f64::from(room(*from)), f64::from(room(*to)));
        if (left < 0.0) != (right < 0.0) {
            let part = left / (left - right);
            let between = |a: i32, b: i32| f64::from(a) + (f64::from(b) - f64::from(a)) * part;
            kept.push(rounded((between(from.0, to.0), between(from.1, to.1))));
        }
        if right >= 0.0 {
            kept.push(*to);
        }
    }
    kept
}

fn thinned(points: &[Step]) -> Vec<Step> {
    let Some((first, rest)) = points.split_first() else { return Vec::new() };
    let mut kept = vec![*first];
    let mut last = *first;
    for (n, point) in rest.iter().enumerate() {
        let apart = (point.0 - last.0).abs().max((point.1 - last.1).abs());
        let ends = n + 1 == rest.len();
        if apart >= APART_MIN || (ends && apart > 0) {
            kept.push(*point);
            last = *point;
        }
    }
    kept
}

#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    reason = "at the closest zoom the earth is 2^34 steps across: beyond the range of i32 it saturates, far outside"
)]
fn rounded((east, south): (f64, f64)) -> Step {
    // Half the range, so that differences fit too.
    let most = f64::from(i32::MAX / 4);
    (east.round().clamp(-most, most) as i32, south.round().clamp(-most, most) as i32)
}
