//! The outline of the land, clipped to a rectangle: a backdrop that works without any outside
//! server.

use std::io::Read;
use std::sync::LazyLock;

use flate2::read::GzDecoder;
use geo::orient::Direction;
use geo::{BooleanOps, BoundingRect, Contains, Intersects, Orient};
use geo::{Coord, LineString, MultiPolygon, Polygon, Rect};
use serde::Deserialize;
use serde_json::{Value, json};

/// Natural Earth 1:10,000,000 around Indonesia; see `data/LICENCES.md`.
const FILE: &[u8] = include_bytes!("../../data/land/indonesia.geojson.gz");

/// Reading takes longer than clipping, and what is read never changes.
static LAND: LazyLock<Vec<(Rect, Polygon)>> = LazyLock::new(read);

/// Corners of a GeoJSON MultiPolygon: polygons of rings of longitude and latitude.
#[derive(Deserialize)]
struct Geometry {
    coordinates: Vec<Vec<Vec<[f64; 2]>>>,
}

/// The land inside west, south, east, north in degrees as a GeoJSON MultiPolygon geometry.
///
/// Exterior rings run anticlockwise (RFC 7946), coordinates have five decimals. Empty where there
/// is
/// only sea, and for a rectangle that is none.
#[must_use]
pub fn land(bbox: [f64; 4]) -> Value {
    let polygons: Vec<_> = clipped(bbox).iter().map(rings).collect();
    json!({ "type": "MultiPolygon", "coordinates": polygons })
}

fn clipped(bbox: [f64; 4]) -> Vec<Polygon> {
    let [west, south, east, north] = bbox;
    let is_finite = bbox.iter().all(|degrees| degrees.is_finite());
    if !is_finite || west >= east || south >= north {
        return Vec::new();
    }
    let window = Rect::new(Coord { x: west, y: south }, Coord { x: east, y: north });
    let window_polygon = window.to_polygon();
    let mut inside = Vec::new();
    for (bounds, polygon) in LAND.iter().filter(|(bounds, _)| bounds.intersects(&window)) {
        if window.contains(bounds) {
            inside.push(polygon.clone());
        } else {
            inside.extend(polygon.intersection(&window_polygon));
        }
    }
    MultiPolygon(inside).orient(Direction::Default).0
}

fn rings(polygon: &Polygon) -> Vec<Vec<[f64; 2]>> {
    let rounded = |degrees: f64| (degrees * 1e5).round() / 1e5;
    let ring = |line: &LineString| line.coords().map(|at| [rounded(at.x), rounded(at.y)]).collect();
    std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
}

fn read() -> Vec<(Rect, Polygon)> {
    let mut text = String::new();
    GzDecoder::new(FILE).read_to_string(&mut text).expect("the embedded file is tested");
    let geometry: Geometry = serde_json::from_str(&text).expect("the embedded file is tested");
    let polygons = geometry.coordinates.into_iter().filter_map(|rings| {
        let mut lines = rings.into_iter().map(LineString::from);
        let polygon = Polygon::new(lines.next()?, lines.collect());
        Some((polygon.bounding_rect()?, polygon))
    });
    polygons.collect()
}
