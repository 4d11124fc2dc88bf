//! The outline of the land, cut to a rectangle for a map (pure).

use std::io::Read;
use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::{FILE_BYTES_MAX, files};

type Ring = Vec<[f64; 2]>;

#[derive(Deserialize)]
struct MultiPolygon {
    coordinates: Vec<Vec<Ring>>,
}

static LAND: LazyLock<Vec<Vec<Ring>>> = LazyLock::new(|| {
    let mut text = String::new();
    let mut bytes = flate2::read::GzDecoder::new(files::LAND).take(FILE_BYTES_MAX);
    bytes.read_to_string(&mut text).expect("the embedded outline is well formed");
    let land: MultiPolygon =
        serde_json::from_str(&text).expect("the embedded outline is well formed");
    land.coordinates
});

/// The land inside a rectangle (west, south, east, north) as a GeoJSON MultiPolygon for drawing.
///
/// Cut ring by ring after Sutherland and Hodgman (1974): where land is cut in two, a line may run along the edge.
#[must_use]
pub fn land(bbox: [f64; 4]) -> Value {
    let mut polygons: Vec<Vec<Ring>> = Vec::new();
    for polygon in LAND.iter() {
        let mut rings = polygon.iter().map(|ring| cut(ring, bbox));
        let Some(Some(outer)) = rings.next() else { continue };
        polygons.push(std::iter::once(outer).chain(rings.flatten()).collect());
    }
    json!({ "type": "MultiPolygon", "coordinates": polygons })
}

/// One side of the rectangle: the coordinate it bounds, where, and which way is inside.
#[derive(Clone, Copy)]
struct Side {
    axis: usize,
    bound: f64,
    inward: f64,
}

impl Side {
    fn has(self, point: [f64; 2]) -> bool {
        (point[self.axis] - self.bound) * self.inward >= 0.0
    }

    fn crossing(self, a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
        let t = (self.bound - a[self.axis]) / (b[self.axis] - a[self.axis]);
        let mut point = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])];
        point[self.axis] = self.bound;
        point
    }
}

/// The part of a ring inside the rectangle, closed; none when nothing is.
fn cut(ring: &[[f64; 2]], [west, south, east, north]: [f64; 4]) -> Option<Ring> {
    let sides = [
        Side { axis: 0, bound: west, inward: 1.0 },
        Side { axis: 0, bound: east, inward: -1.0 },
        Side { axis: 1, bound: south, inward: 1.0 },
        Side { axis: 1, bound: north, inward: -1.0 },
    ];
    // The last point repeats the first.
    let mut points: Ring = ring.iter().skip(1).copied().collect();
    for side in sides {
        let mut kept = Vec::with_capacity(points.len());
        let mut before = *points.last()?;
        for point in points {
            if side.has(before) != side.has(point) {
                kept.push(side.crossing(before, point));
            }
            if side.has(point) {
                kept.push(point);
            }
            before = point;
        }
        points = kept;
    }
    let first = *points.first()?;
    if points.len() < 3 {
        return None;
    }
    points.push(first);
    Some(points)
}
