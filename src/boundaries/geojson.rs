//! Reading GeoJSON (RFC 7946): of each feature its code and its polygons.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::repair::Ring;

/// Properties that carry the Kemendagri code in the files that are about, the surest first. Their case is no matter.
/// Those of the statistics office (`kdbbps`, `iddesa`) carry other codes and are none of them.
const CODE_PROPERTIES: &[&str] = &[
    "kdepum",
    "kode_desa",
    "kodedesa",
    "kd_desa",
    "kode_kemendagri",
    "kode_kd",
    "kemendagri",
    "kode_wilayah",
    "kode",
    "code",
    "kdcpum",
    "kode_kec",
    "kode_kecamatan",
    "kd_kec",
    "id",
];
/// Features of one file: ten times the villages of the largest province.
const FEATURES_MAX: usize = 100_000;
/// Corners of one file: a hundred times a regency drawn to the metre.
const CORNERS_MAX: usize = 5_000_000;
/// Properties that are named when none of them carries a code.
const NAMED_MAX: usize = 20;
const NAME_CHARS_MAX: usize = 40;

/// Why a file is no GeoJSON of outlines.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("the file is empty")]
    Empty,
    #[error("the file is cut short: download or export it again")]
    CutShort,
    #[error("the file is no GeoJSON: {0}")]
    NoJson(String),
    #[error(
        "the file is JSON of the type '{0}': export a FeatureCollection of polygons as GeoJSON"
    )]
    NoCollection(String),
    #[error("the file has no features")]
    NoFeature,
    #[error("the file has {0}: cut it to one regency")]
    TooMuch(&'static str),
    #[error("the file's coordinates are of {0}: export it in degrees (WGS 84, EPSG:4326)")]
    Projected(String),
    #[error(
        "the file's coordinates are latitude first ({0}): GeoJSON has longitude first, export it again"
    )]
    LatitudeFirst(String),
    #[error(
        "no feature carries a Kemendagri code such as 35.09.30.2001; their properties are {0}. Name the right one with \
         --code-property"
    )]
    NoCode(String),
}

/// A feature with its code.
#[derive(Clone, Debug, PartialEq)]
pub struct Feature {
    /// With points: `35.09.30.2001` of a village, `35.09.30` of a district.
    pub code: String,
    pub polygons: Vec<Vec<Ring>>,
}

/// Why a feature is passed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Passed {
    WithoutCode,
    WithoutPolygon,
}

#[derive(Deserialize)]
struct Root {
    #[serde(rename = "type", default)]
    kind: String,
    crs: Option<Value>,
    #[serde(default)]
    features: Vec<RawFeature>,
}

#[derive(Deserialize)]
struct RawFeature {
    properties: Option<BTreeMap<String, Value>>,
    geometry: Option<Geometry>,
}

#[derive(Deserialize)]
struct Geometry {
    #[serde(rename = "type", default)]
    kind: String,
    #[serde(default)]
    coordinates: Value,
}

/// The features with a code and polygons, and how many of the others there were.
pub fn read(
    bytes: &[u8],
    code_property: Option<&str>,
) -> Result<(Vec<Feature>, BTreeMap<Passed, usize>), Fault> {
    let root = root_of(bytes)?;
    let mut corners_left = CORNERS_MAX;
    let mut features = Vec::new();
    let mut passed = BTreeMap::new();
    let mut properties = Vec::new();
    for raw in root.features {
        let own = raw.properties.unwrap_or_default();
        let Some(code) = code_of(&own, code_property) else {
            *passed.entry(Passed::WithoutCode).or_default() += 1;
            if properties.is_empty() {
                properties = own.into_keys().collect();
            }
            continue;
        };
        let polygons = raw.geometry.map(|geometry| polygons_of(&geometry, &mut corners_left));
        match polygons.transpose()?.flatten() {
            Some(polygons) => features.push(Feature { code, polygons }),
            None => *passed.entry(Passed::WithoutPolygon).or_default() += 1,
        }
    }
    let any_code = !features.is_empty() || passed.contains_key(&Passed::WithoutPolygon);
    if any_code { Ok((features, passed)) } else { Err(Fault::NoCode(named(&properties))) }
}

fn root_of(bytes: &[u8]) -> Result<Root, Fault> {
    // Some programs of one vendor put this in front.
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.trim_ascii().is_empty() {
        return Err(Fault::Empty);
    }
    let root: Root = serde_json::from_slice(bytes).map_err(|error| {
        if error.is_eof() { Fault::CutShort } else { Fault::NoJson(error.to_string()) }
    })?;
    if root.kind != "FeatureCollection" {
        return Err(Fault::NoCollection(short(&root.kind)));
    }
    if let Some(name) = root.crs.as_ref().and_then(|crs| crs.pointer("/properties/name")) {
        let name = name.as_str().unwrap_or_default();
        // As written before RFC 7946 took the choice away.
        if !["CRS84", "4326"].iter().any(|known| name.ends_with(known)) {
            return Err(Fault::Projected(short(name)));
        }
    }
    match root.features.len() {
        0 => Err(Fault::NoFeature),
        1..=FEATURES_MAX => Ok(root),
        _ => Err(Fault::TooMuch("more than 100,000 features")),
    }
}

fn code_of(properties: &BTreeMap<String, Value>, asked: Option<&str>) -> Option<String> {
    let of = |name: &str| {
        let mut all = properties.iter();
        let (_, value) = all.find(|(property, _)| property.eq_ignore_ascii_case(name))?;
        match value {
            Value::String(text) => dotted(text),
            Value::Number(number) => dotted(&number.to_string()),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    };
    match asked {
        Some(name) => of(name),
        None => CODE_PROPERTIES.iter().find_map(|name| of(name)),
    }
}

/// A code with its points, whether it was written with them or without; none of what is no code.
fn dotted(text: &str) -> Option<String> {
    let text = text.trim();
    let text = text.strip_suffix(".0").unwrap_or(text);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let mut code = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if matches!(place, 2 | 4 | 6) {
            code.push('.');
        }
        code.push(digit);
    }
    let is_code = matches!(digits.len(), 6 | 10) && (text == digits || text == code);
    is_code.then_some(code)
}

/// The polygons of a geometry; none when it has no such.
fn polygons_of(
    geometry: &Geometry,
    corners_left: &mut usize,
) -> Result<Option<Vec<Vec<Ring>>>, Fault> {
    let one = [&geometry.coordinates];
    let polygons: Vec<&Value> = match (geometry.kind.as_str(), geometry.coordinates.as_array()) {
        ("Polygon", _) => one.to_vec(),
        ("MultiPolygon", Some(polygons)) => polygons.iter().collect(),
        _ => return Ok(None),
    };
    let mut read = Vec::new();
    for polygon in polygons {
        let Some(rings) = polygon.as_array() else { return Ok(None) };
        let mut polygon = Vec::new();
        for ring in rings {
            let Some(corners) = ring.as_array() else { return Ok(None) };
            *corners_left = corners_left
                .checked_sub(corners.len())
                .ok_or(Fault::TooMuch("more than 5 million corners"))?;
            let corners: Option<Ring> = corners.iter().map(corner).collect();
            let Some(corners) = corners else { return Ok(None) };
            corners.iter().try_for_each(check)?;
            polygon.push(corners);
        }
        read.push(polygon);
    }
    Ok(Some(read))
}

/// Longitude and latitude; a height behind them says nothing here.
fn corner(value: &Value) -> Option<[f64; 2]> {
    let numbers = value.as_array()?;
    Some([numbers.first()?.as_f64()?, numbers.get(1)?.as_f64()?])
}

fn check([x, y]: &[f64; 2]) -> Result<(), Fault> {
    if x.abs() <= 180.0 && y.abs() <= 90.0 {
        return Ok(());
    }
    let pair = format!("{x}, {y}");
    if x.abs() <= 90.0 && y.abs() <= 180.0 {
        Err(Fault::LatitudeFirst(pair))
    } else {
        Err(Fault::Projected(format!("another system ({pair})")))
    }
}

fn named(properties: &[String]) -> String {
    let shown = properties.iter().take(NAMED_MAX).map(|name| short(name));
    let shown: Vec<String> = shown.collect();
    if shown.is_empty() { "none".to_owned() } else { shown.join(", ") }
}

fn short(text: &str) -> String {
    text.chars().take(NAME_CHARS_MAX).collect()
}

impl fmt::Display for Passed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WithoutCode => "without a code of a village or district",
            Self::WithoutPolygon => "that are no Polygon or MultiPolygon of numbers",
        })
    }
}
