//! From a GeoJSON file to the boundaries of one regency, with a word about everything that did not fit.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use geo::algorithm::bool_ops::unary_union;
use geo::orient::{Direction, Orient};
use geo::{Area, BooleanOps, BoundingRect, MultiPolygon, Polygon, Rect};

use super::geojson::{self, Passed};
use super::repair::{Hopeless, mend};
use super::{Boundaries, Corner, Outline};
use crate::gazetteer::Regency;

/// Largest file that is read: ten times a province drawn to ten metres.
pub const BYTES_MAX: u64 = 100 * 1024 * 1024;
/// Two outlines may share so much of the smaller one: neighbours drawn by different hands do.
const OVERLAP_SHARE_MAX: f64 = 0.01;
/// A gap between the villages of a district that is narrower than this is where two drawings of one line differ.
const GAP_M: f64 = 100.0;
const METRES_PER_DEGREE: f64 = 111_195.08;

/// Why a file does not become boundaries.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    #[error("it cannot be read: {0}")]
    Io(#[from] std::io::Error),
    #[error("it is larger than {} MB: cut it to one regency", BYTES_MAX / 1024 / 1024)]
    TooLarge,
    #[error(transparent)]
    GeoJson(#[from] geojson::Fault),
    #[error("{0}")]
    UnknownArea(String),
    #[error(
        "none of its codes ({example} is the first) is one of {area}. Codes of the statistics office are others than \
         those of Kemendagri; name the property that carries the latter with --code-property, or the regency with \
         --area"
    )]
    NothingKnown { example: String, area: String },
    #[error("no outline of a village could be used: {0}")]
    NothingUsable(String),
}

/// What an import found beside what it took.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// Of the regency, by the gazetteer.
    pub villages_known: usize,
    /// Features that were passed over.
    pub passed: BTreeMap<Passed, usize>,
    /// Features of other regencies.
    pub elsewhere: usize,
    /// Codes of this regency that the gazetteer does not know.
    pub unknown: Vec<String>,
    pub repaired: Vec<Outline>,
    pub hopeless: Vec<(Outline, Hopeless)>,
    /// Villages that came in several features.
    pub joined: Vec<Outline>,
    /// Villages without an outline.
    pub missing: Vec<Outline>,
    /// Pairs that overlap, with the share of the smaller one.
    pub overlaps: Vec<(Outline, Outline, f64)>,
    /// Villages whose centre in the gazetteer lies outside of their outline.
    pub beside: Vec<Outline>,
    /// Districts whose outline stood in the file; the others are their villages together.
    pub districts_given: usize,
}

/// Reads a GeoJSON file: the outlines of a regency, of the one of most codes unless one is named.
pub fn import(
    path: &Path,
    area: Option<&str>,
    code_property: Option<&str>,
) -> Result<(Boundaries, Summary), Fault> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > BYTES_MAX {
        return Err(Fault::TooLarge);
    }
    let source = path.file_name().map(|name| name.to_string_lossy().into_owned());
    import_bytes(&bytes, source.unwrap_or_default(), area, code_property)
}

/// The same from bytes.
pub fn import_bytes(
    bytes: &[u8],
    source: String,
    area: Option<&str>,
    code_property: Option<&str>,
) -> Result<(Boundaries, Summary), Fault> {
    let (features, passed) = geojson::read(bytes, code_property)?;
    let area = area.map_or_else(|| most_common(&features), str::to_owned);
    let regency =
        Regency::load(&area).map_err(|unknown| Fault::UnknownArea(unknown.to_string()))?;
    let mut summary =
        Summary { passed, villages_known: regency.villages.len(), ..Summary::default() };
    let example = features.first().map(|feature| feature.code.clone()).unwrap_or_default();
    let mut found = sorted(features, &regency, &mut summary);
    if found.is_empty() {
        let area = format!("{} ({})", regency.name, regency.code);
        return Err(Fault::NothingKnown { example, area });
    }
    let mut whole = mended(&mut found, &mut summary);
    if !whole.iter().any(|(outline, _)| outline.is_village()) {
        let why = summary.hopeless.first().map(|(outline, why)| format!("{}: {why}", outline.code));
        return Err(Fault::NothingUsable(
            why.unwrap_or_else(|| "there are only districts".to_owned()),
        ));
    }
    summary.overlaps = overlaps(&whole);
    add_districts(&mut whole, &regency);
    let outlines = whole.into_iter().map(|(outline, shape)| (outline, corners(&shape))).collect();
    let boundaries = Boundaries::new(regency.code.clone(), source, outlines);
    say_of_villages(&boundaries, &regency, &mut summary);
    Ok((boundaries, summary))
}

/// The code of the regency that most features are of.
fn most_common(features: &[geojson::Feature]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for feature in features {
        *counts.entry(feature.code.get(..5).unwrap_or_default()).or_default() += 1;
    }
    let most = counts.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(a.0)));
    most.map(|(code, _)| code.to_owned()).unwrap_or_default()
}

type Found = BTreeMap<String, (Outline, Vec<Vec<super::repair::Ring>>)>;
type Whole = Vec<(Outline, MultiPolygon)>;

/// The features of the regency by code; those of one village together.
fn sorted(features: Vec<geojson::Feature>, regency: &Regency, summary: &mut Summary) -> Found {
    let mut found = Found::new();
    for geojson::Feature { code, polygons } in features {
        let is_of_area = code.starts_with(&format!("{}.", regency.code));
        let name = match regency.village(&code) {
            Some(village) => Some(village.name.clone()),
            None => regency.districts.iter().find(|d| d.code == code).map(|d| d.name.clone()),
        };
        match (name, is_of_area) {
            (None, false) => summary.elsewhere += 1,
            (None, true) => summary.unknown.push(code),
            (Some(name), _) => {
                let outline = Outline { code: code.clone(), name };
                let parts = found.entry(code).or_insert_with(|| (outline, Vec::new()));
                if !parts.1.is_empty() && !summary.joined.contains(&parts.0) {
                    summary.joined.push(parts.0.clone());
                }
                parts.1.extend(polygons);
            }
        }
    }
    found
}

fn mended(found: &mut Found, summary: &mut Summary) -> Whole {
    let mut whole = Whole::new();
    for (outline, polygons) in std::mem::take(found).into_values() {
        match mend(&polygons) {
            Ok((shape, repaired)) => {
                if repaired {
                    summary.repaired.push(outline.clone());
                }
                summary.districts_given += usize::from(!outline.is_village());
                whole.push((outline, shape.orient(Direction::Default)));
            }
            Err(why) => summary.hopeless.push((outline, why)),
        }
    }
    whole
}

/// Pairs of villages that share more than neighbours may.
fn overlaps(whole: &Whole) -> Vec<(Outline, Outline, f64)> {
    let villages = whole.iter().filter(|(outline, _)| outline.is_village());
    let villages: Vec<(&Outline, &MultiPolygon, Option<Rect>, f64)> = villages
        .map(|(outline, shape)| (outline, shape, shape.bounding_rect(), shape.unsigned_area()))
        .collect();
    let apart = |a: &Rect, b: &Rect| {
        a.max().x <= b.min().x
            || b.max().x <= a.min().x
            || a.max().y <= b.min().y
            || b.max().y <= a.min().y
    };
    let mut found = Vec::new();
    for (n, (one, shape, around, area)) in villages.iter().enumerate() {
        for (other, other_shape, other_around, other_area) in &villages[n + 1..] {
            let (Some(a), Some(b)) = (around, other_around) else { continue };
            if apart(a, b) {
                continue;
            }
            let share = shape.intersection(*other_shape).unsigned_area() / area.min(*other_area);
            if share > OVERLAP_SHARE_MAX {
                found.push(((*one).clone(), (*other).clone(), share));
            }
        }
    }
    found
}

/// Districts that the file does not have: their villages together, without the cracks between them.
fn add_districts(whole: &mut Whole, regency: &Regency) {
    let mut made = Whole::new();
    for district in &regency.districts {
        if whole.iter().any(|(outline, _)| outline.code == district.code) {
            continue;
        }
        let within = |outline: &Outline| outline.code.get(..8) == Some(&district.code);
        let villages = whole.iter().filter(|(outline, _)| within(outline)).map(|(_, shape)| shape);
        let shape = MultiPolygon(unary_union(villages).into_iter().map(without_cracks).collect());
        if !shape.0.is_empty() {
            let outline = Outline { code: district.code.clone(), name: district.name.clone() };
            made.push((outline, shape));
        }
    }
    whole.append(&mut made);
}

fn without_cracks(polygon: Polygon) -> Polygon {
    let (outer, holes) = polygon.into_inner();
    let is_wide = |hole: &geo::LineString| {
        let around: f64 = hole.lines().map(|line| line.delta().x.hypot(line.delta().y)).sum();
        // Of a crack this is its mean width.
        let width = 2.0 * Polygon::new(hole.clone(), Vec::new()).unsigned_area() / around;
        width * METRES_PER_DEGREE > GAP_M
    };
    Polygon::new(outer, holes.into_iter().filter(is_wide).collect())
}

fn corners(shape: &MultiPolygon) -> Vec<Vec<Vec<Corner>>> {
    #[expect(clippy::as_conversions, reason = "180 × 10⁷ fits in i32")]
    let e7 = |degrees: f64| (degrees * 1e7).round() as i32;
    let ring = |ring: &geo::LineString| {
        let closed = ring.coords().map(|corner| [e7(corner.x), e7(corner.y)]);
        let mut corners: Vec<Corner> = closed.collect();
        corners.pop();
        corners.dedup();
        corners
    };
    let rings = |polygon: &Polygon| {
        std::iter::once(polygon.exterior()).chain(polygon.interiors()).map(ring).collect()
    };
    shape.iter().map(rings).collect()
}

/// What the outlines say of the gazetteer's villages.
fn say_of_villages(boundaries: &Boundaries, regency: &Regency, summary: &mut Summary) {
    let has_outline = |code: &str| {
        let outlines = &boundaries.about.outlines;
        outlines.binary_search_by(|outline| outline.code.as_str().cmp(code)).is_ok()
    };
    for village in &regency.villages {
        let outline = || Outline { code: village.code.clone(), name: village.name.clone() };
        if !has_outline(&village.code) {
            summary.missing.push(outline());
        } else if boundaries.village_at(village.position) != Some(&village.code)
            && !village.position_of_district
        {
            summary.beside.push(outline());
        }
    }
}
