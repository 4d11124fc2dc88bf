//! Villages, districts and regencies of Indonesia, embedded; search as one types (pure).
//!
//! The key is the Kemendagri code, never the name: ten village names occur twice in Jember alone, so every
//! result says its district.

mod files;
mod land;
mod search;

use std::collections::BTreeMap;
use std::io::Read;

use serde::de::DeserializeOwned;

use crate::ids::UnitId;
use crate::place::Position;

pub use land::land;
pub use search::{Hit, HitKind};

/// Margin around a regency on its map, in degrees: about 15 km.
const MARGIN_DEG: f64 = 0.135;
/// Letters of a district's name in a unit's code.
const DISTRICT_LETTERS_MAX: usize = 24;
/// Radius of a village where the regency's area is not known: that of Jember's, about 13 km².
const RADIUS_M_DEFAULT: u32 = 2_100;
/// Most bytes of one embedded file when decompressed.
const FILE_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// There is no such regency.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no regency {code}; {hint}")]
pub struct Unknown {
    code: String,
    hint: String,
}

/// What a village is, from the first digit of its number. Source: Permendagri 58/2021.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VillageKind {
    Kelurahan,
    Desa,
    DesaAdat,
}

/// A village of a regency.
#[derive(Clone, Debug, PartialEq)]
pub struct Village {
    /// `35.09.29.2003`.
    pub code: String,
    pub name: String,
    pub district_code: String,
    pub district: String,
    pub kind: VillageKind,
    /// The middle of its area; of its district where the village's own is not known.
    pub position: Position,
    /// Whether the position is the village's own.
    pub located: bool,
    /// Radius of a circle with the area of a typical village here: √(regency's area / its villages / π).
    pub uncertainty_m: u32,
    /// Name and district as the search compares them.
    key: search::Key,
}

/// A district (kecamatan).
#[derive(Clone, Debug, PartialEq)]
pub struct District {
    /// `35.09.29`.
    pub code: String,
    pub name: String,
    pub position: Position,
}

/// A regency or city with its districts and villages, in the order of their codes.
#[derive(Clone, Debug, PartialEq)]
pub struct Regency {
    /// `35.09`.
    pub code: String,
    pub name: String,
    /// IANA zone.
    pub timezone: &'static str,
    pub zone_label: &'static str,
    /// Not known for a few new ones.
    pub population: Option<u64>,
    pub area_km2: Option<f64>,
    pub position: Position,
    pub districts: Vec<District>,
    pub villages: Vec<Village>,
}

#[derive(serde::Deserialize)]
struct RegencyRow {
    id: String,
    name: String,
    latitude: f64,
    longitude: f64,
    timezone: u8,
    area: Option<f64>,
    population: Option<u64>,
}

#[derive(serde::Deserialize)]
struct DistrictRow {
    id: String,
    regency_id: String,
    name: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

#[derive(serde::Deserialize)]
struct VillageRow {
    id: String,
    district_id: String,
    name: String,
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// Reads an embedded file. These are part of the program and were checked by its tests.
fn read<T: DeserializeOwned>(file: &[u8]) -> Vec<T> {
    let bytes = flate2::read::GzDecoder::new(file).take(FILE_BYTES_MAX);
    let rows = csv::Reader::from_reader(bytes).into_deserialize();
    rows.map(|row| row.expect("the embedded gazetteer is well formed")).collect()
}

/// `3509292003` as `35.09.29.2003`.
fn dotted(id: &str) -> String {
    let cuts = [0, 2, 4, 6, id.len()];
    let parts: Vec<&str> =
        cuts.windows(2).filter_map(|cut| id.get(cut[0]..cut[1].min(id.len()))).collect();
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(".")
}

fn position(lat: Option<f64>, lon: Option<f64>) -> Option<Position> {
    Position::new(lat?, lon?).ok().filter(|position| position.is_in_indonesia())
}

/// Every regency and city: code and name, in the order of their codes.
#[must_use]
pub fn regencies() -> Vec<(String, String)> {
    let rows: Vec<RegencyRow> = read(files::REGENCIES);
    rows.into_iter().map(|row| (dotted(&row.id), row.name)).collect()
}

impl Regency {
    /// Reads a regency by its code, `35.09` or `3509`; an unknown one is refused with the nearest that there are.
    pub fn load(code: &str) -> Result<Self, Unknown> {
        let wanted: String = code.chars().filter(|c| *c != '.').collect();
        let rows: Vec<RegencyRow> = read(files::REGENCIES);
        let Some(row) = rows.iter().find(|row| row.id == wanted) else {
            return Err(unknown(code, &wanted, &rows));
        };
        let middle = Position::new(row.latitude, row.longitude)
            .map_err(|hint| Unknown { code: code.to_owned(), hint })?;
        let (timezone, zone_label) = match row.timezone {
            8 => ("Asia/Makassar", "WITA"),
            9 => ("Asia/Jayapura", "WIT"),
            _ => ("Asia/Jakarta", "WIB"),
        };
        let districts = districts(&wanted, middle);
        let mut regency = Self {
            code: dotted(&row.id),
            name: row.name.clone(),
            timezone,
            zone_label,
            population: row.population,
            area_km2: row.area,
            position: middle,
            villages: Vec::new(),
            districts,
        };
        regency.villages = regency.read_villages(&wanted);
        Ok(regency)
    }

    fn read_villages(&self, regency: &str) -> Vec<Village> {
        let province = regency.get(..2).unwrap_or_default();
        let file = files::VILLAGES.iter().find(|(code, _)| *code == province);
        let mut rows: Vec<VillageRow> = file.map(|(_, file)| read(file)).unwrap_or_default();
        rows.retain(|row| row.district_id.starts_with(regency));
        rows.sort_by(|a, b| a.id.cmp(&b.id));
        let of_code: BTreeMap<&str, &District> =
            self.districts.iter().map(|district| (district.code.as_str(), district)).collect();
        let size_m = self.typical_radius_m(rows.len());
        let village = |row: VillageRow| {
            let district_code = dotted(&row.district_id);
            let district = of_code.get(district_code.as_str());
            let name = district.map(|district| district.name.clone()).unwrap_or_default();
            let own = position(row.latitude, row.longitude);
            let fallback = district.map_or(self.position, |district| district.position);
            Village {
                code: dotted(&row.id),
                key: search::Key::of(&row.name, &name),
                name: row.name,
                district_code,
                district: name,
                kind: match row.id.as_bytes().get(6) {
                    Some(b'1') => VillageKind::Kelurahan,
                    Some(b'3') => VillageKind::DesaAdat,
                    _ => VillageKind::Desa,
                },
                position: own.unwrap_or(fallback),
                located: own.is_some(),
                // Somewhere in its district: the circle of about eight villages.
                uncertainty_m: if own.is_some() { size_m } else { size_m.saturating_mul(3) },
            }
        };
        rows.into_iter().map(village).collect()
    }

    #[expect(clippy::as_conversions, reason = "a village's radius in metres fits in u32")]
    fn typical_radius_m(&self, villages: usize) -> u32 {
        let Some(area_km2) = self.area_km2 else { return RADIUS_M_DEFAULT };
        let square_m = area_km2 * 1e6 / villages.max(1) as f64;
        (square_m / std::f64::consts::PI).sqrt().round() as u32
    }

    /// The village of that code.
    #[must_use]
    pub fn village(&self, code: &str) -> Option<&Village> {
        let found = self.villages.binary_search_by(|village| village.code.as_str().cmp(code));
        found.ok().and_then(|index| self.villages.get(index))
    }

    /// The village whose middle is nearest: "near" it, not "in" it, which only boundaries could say.
    #[must_use]
    pub fn nearest_village(&self, place: Position) -> Option<&Village> {
        let metres = |village: &&Village| place.metres_to(village.position);
        let located = self.villages.iter().filter(|village| village.located);
        located.min_by(|a, b| metres(a).total_cmp(&metres(b)))
    }

    /// West, south, east and north of the regency with some margin.
    #[must_use]
    pub fn bbox(&self) -> [f64; 4] {
        let places = self.villages.iter().map(|village| village.position);
        let places = places.chain([self.position]);
        let start = [f64::MAX, f64::MAX, f64::MIN, f64::MIN];
        let [west, south, east, north] = places.fold(start, |[w, s, e, n], place| {
            [w.min(place.lon()), s.min(place.lat()), e.max(place.lon()), n.max(place.lat())]
        });
        [west - MARGIN_DEG, south - MARGIN_DEG, east + MARGIN_DEG, north + MARGIN_DEG]
    }
}

fn districts(regency: &str, middle: Position) -> Vec<District> {
    let rows: Vec<DistrictRow> = read(files::DISTRICTS);
    let ours = rows.into_iter().filter(|row| row.regency_id == regency);
    let mut districts: Vec<District> = ours
        .map(|row| District {
            code: dotted(&row.id),
            position: position(row.latitude, row.longitude).unwrap_or(middle),
            name: row.name,
        })
        .collect();
    districts.sort_by(|a, b| a.code.cmp(&b.code));
    districts
}

fn unknown(code: &str, wanted: &str, rows: &[RegencyRow]) -> Unknown {
    let province = wanted.get(..2).unwrap_or_default();
    let near = rows.iter().filter(|row| row.id.starts_with(province)).take(3);
    let near: Vec<String> = near.map(|row| format!("{} {}", dotted(&row.id), row.name)).collect();
    let hint = if near.is_empty() {
        "codes look like 35.09 (Kabupaten Jember)".to_owned()
    } else {
        format!("that province has, among others, {}", near.join(", "))
    };
    Unknown { code: code.chars().take(20).collect(), hint }
}

/// One ambulance for each village: `AMB-<DISTRICT>-<NN>`, numbered in the district by the villages' codes.
///
/// Where two districts of a regency have the same name, the district's number follows the name.
#[must_use]
pub fn unit_codes(regency: &Regency) -> Vec<(UnitId, &Village)> {
    let slugs: Vec<String> = regency.districts.iter().map(|d| slug(&d.name)).collect();
    let mut numbers = BTreeMap::<&str, u32>::new();
    let mut codes = Vec::with_capacity(regency.villages.len());
    for village in &regency.villages {
        let number = numbers.entry(&village.district_code).or_insert(0);
        *number += 1;
        let mut name = slug(&village.district);
        if slugs.iter().filter(|slug| **slug == name).count() > 1 {
            let district = village.district_code.rsplit('.').next().unwrap_or_default();
            name = format!("{name}-{district}");
        }
        let code = format!("AMB-{name}-{number:02}");
        codes.push((UnitId::new(&code).expect("made of letters that a code allows"), village));
    }
    codes
}

/// A name as `A-Z0-9` with hyphens between words.
fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_uppercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(DISTRICT_LETTERS_MAX);
    slug.trim_end_matches('-').to_owned()
}
