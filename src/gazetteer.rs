//! The places of Indonesia by their Kemendagri codes: regencies, districts and all 83,762 villages.
//!
//! No clock, no files, no network. The name is never the key: names repeat, codes do not.

pub mod coordinates;
mod files;
mod land;
mod landmark;
mod letters;
mod names;
pub mod question;
pub mod search;
mod unit_codes;
pub mod villages;

use std::f64::consts::PI;
use std::fmt;

use crate::place::Position;
pub use land::land;
pub use landmark::{LANDMARK_KINDS, LandmarkKind};
pub use unit_codes::unit_codes;
pub use villages::{Hit, HitKind};

/// Land and sea shown around a regency's villages.
const MARGIN_M: f64 = 15_000.0;
/// One degree of latitude on the mean Earth radius of 6,371,008.8 m.
pub const METRES_PER_DEGREE: f64 = 111_195.08;
/// Regencies named in the answer to an unknown code.
const CLOSE_MAX: usize = 5;

/// A regency (kabupaten) or city (kota) with everything in it.
#[derive(Clone, Debug)]
pub struct Regency {
    /// Kemendagri code, `35.09`.
    pub code: String,
    /// With its kind: `Kabupaten Jember`, `Kota Malang`.
    pub name: String,
    pub province: String,
    /// IANA zone: `Asia/Jakarta`, `Asia/Makassar` or `Asia/Jayapura`.
    pub timezone: &'static str,
    /// What people call the zone: `WIB`, `WITA` or `WIT`.
    pub zone_label: &'static str,
    pub population: u64,
    /// Square kilometres; none for the six regencies where the source has none.
    pub area_km2: Option<f64>,
    /// By code.
    pub districts: Vec<District>,
    /// By code.
    pub villages: Vec<Village>,
    index: villages::Villages,
}

/// A district (kecamatan).
#[derive(Clone, Debug)]
pub struct District {
    /// Kemendagri code, `35.09.30`.
    pub code: String,
    pub name: String,
    pub position: Position,
}

/// A village: desa, kelurahan or desa adat.
#[derive(Clone, Debug)]
pub struct Village {
    /// Kemendagri code, `35.09.30.2001`.
    pub code: String,
    pub name: String,
    pub district_code: String,
    pub district: String,
    pub kind: VillageKind,
    /// The centre of its area, not its hall; of its district when `position_of_district`.
    pub position: Position,
    /// The village has no coordinate of its own; its district's stands in.
    pub position_of_district: bool,
    /// Radius in metres of a circle as large as the regency's average village, or as its average
    /// district where that stands in.
    pub uncertainty_m: u32,
}

/// What a village is in law: the first digit of its code's last part (Permendagri 58/2021).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VillageKind {
    Kelurahan,
    Desa,
    DesaAdat,
}

impl VillageKind {
    /// `kelurahan`, `desa` or `desa_adat`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Kelurahan => "kelurahan",
            Self::Desa => "desa",
            Self::DesaAdat => "desa_adat",
        }
    }

    fn of_code(code: &str) -> Self {
        match code.as_bytes().get(9) {
            Some(b'1') => Self::Kelurahan,
            Some(b'3') => Self::DesaAdat,
            _ => Self::Desa,
        }
    }
}

/// One line of the list of regencies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RegencyName {
    /// Kemendagri code, `35.09`.
    pub code: String,
    pub name: String,
    pub province: String,
}

/// No regency has this code; names the ones that may have been meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    pub code: String,
    pub close: Vec<RegencyName>,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no regency of Indonesia has the code '{}'", self.code)?;
        if self.close.is_empty() {
            return f.write_str("; a code looks like 35.09 (Kabupaten Jember)");
        }
        f.write_str("; did you mean ")?;
        for (place, regency) in self.close.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(f, "{separator}{} ({})", regency.code, regency.name)?;
        }
        f.write_str("?")
    }
}

impl std::error::Error for Unknown {}

/// All 514 regencies and cities, by code.
#[must_use]
pub fn regencies() -> Vec<RegencyName> {
    let provinces = files::provinces();
    let province_of = |id: &str| {
        let found = provinces.iter().find(|province| province.id == id);
        found.map(|province| province.name.clone()).unwrap_or_default()
    };
    let name = |row: files::RegencyRow| RegencyName {
        code: dotted(&row.id),
        province: province_of(&row.province_id),
        name: row.name,
    };
    files::regencies().into_iter().map(name).collect()
}

impl Regency {
    /// Reads a regency by its code, with or without the point: `35.09` or `3509`.
    pub fn load(code: &str) -> Result<Self, Unknown> {
        let id = code.trim().replace('.', "");
        let found = files::regencies().into_iter().find(|row| row.id == id);
        let Some(row) = found else { return Err(unknown(code)) };
        let (village_rows, villages_in_province) = files::villages(&row.id);
        let province = files::provinces().into_iter().find(|other| other.id == row.province_id);
        let province = province.expect("every regency of the embedded data has its province");
        let village_km2 = match (row.area, province.area) {
            (Some(area), _) => area / village_rows.len().max(1) as f64,
            (None, Some(area)) => area / villages_in_province.max(1) as f64,
            (None, None) => unreachable!("every regency has its own area or its province's"),
        };
        let districts = districts(&row.id);
        let villages_per_district = village_rows.len() as f64 / districts.len().max(1) as f64;
        let radius = Radius {
            village_m: radius_m(village_km2),
            district_m: radius_m(village_km2 * villages_per_district),
        };
        let rows = village_rows.into_iter();
        let villages: Vec<Village> =
            rows.map(|village| village_of(village, &districts, radius)).collect();
        let (timezone, zone_label) = zone(row.timezone);
        let index = villages::Villages::new(search::Surroundings {
            regency: &row.name,
            province: &province.name,
            districts: &districts,
            villages: &villages,
        });
        Ok(Self {
            code: dotted(&row.id),
            name: row.name,
            province: province.name,
            timezone,
            zone_label,
            population: row.population,
            area_km2: row.area,
            districts,
            villages,
            index,
        })
    }

    /// Puts the villages, in their order, and with them their districts somewhere else.
    pub fn move_villages(&mut self, places: &[Position]) {
        for (village, place) in self.villages.iter_mut().zip(places) {
            village.position = *place;
        }
        for district in &mut self.districts {
            let within = |village: &&Village| village.code.starts_with(&district.code);
            let mut places: Vec<Position> =
                self.villages.iter().filter(within).map(|village| village.position).collect();
            // The middle one lies among them, whatever their shape.
            let middle = places.len() / 2;
            places.sort_by(|a, b| (a.lat() + a.lon()).total_cmp(&(b.lat() + b.lon())));
            district.position = places.get(middle).copied().unwrap_or(district.position);
        }
    }

    /// A village of this regency by its code, `35.09.30.2001`.
    #[must_use]
    pub fn village(&self, code: &str) -> Option<&Village> {
        self.villages.get(self.place_of(code)?)
    }

    /// A village and its district, so that no two of the regency read alike: `Sempolan, Kec. Silo`.
    #[must_use]
    pub fn village_label(&self, code: &str) -> Option<&str> {
        Some(self.index.label(self.place_of(code)?))
    }

    fn place_of(&self, code: &str) -> Option<usize> {
        self.villages.binary_search_by(|village| village.code.as_str().cmp(code)).ok()
    }

    /// The village whose centre is nearest. Say "near" it: one time in three the point lies in
    /// another.
    ///
    /// Villages without a coordinate of their own are passed over while there are others.
    #[must_use]
    pub fn nearest_village(&self, position: Position) -> Option<&Village> {
        self.villages.get(*self.nearest_villages::<1>(position).first()?)
    }

    /// The villages whose centres are nearest, the nearest first, as places in `villages`.
    #[must_use]
    pub fn nearest_villages<const COUNT: usize>(&self, position: Position) -> Vec<usize> {
        // Over a regency the earth is flat.
        let east = position.lat().to_radians().cos();
        let apart = |village: &Village| {
            let at = village.position;
            (at.lat() - position.lat()).powi(2) + ((at.lon() - position.lon()) * east).powi(2)
        };
        let mut nearest: Vec<(bool, f64, usize)> = Vec::with_capacity(COUNT + 1);
        for (place, village) in self.villages.iter().enumerate() {
            let this = (village.position_of_district, apart(village), place);
            let is_before = |a: &(bool, f64, usize)| a.0.cmp(&this.0).then(a.1.total_cmp(&this.1));
            let after = nearest.partition_point(|other| is_before(other).is_le());
            if after < COUNT {
                nearest.insert(after, this);
                nearest.truncate(COUNT);
            }
        }
        nearest.into_iter().map(|(_, _, place)| place).collect()
    }

    /// The village after which a point is named, and the word for how: none far from the regency. The only place
    /// where this is decided.
    #[must_use]
    pub fn village_of(&self, position: Position) -> Option<(&Village, &'static str)> {
        let near = self.surrounds(position).then(|| self.nearest_village(position)).flatten();
        near.map(|village| (village, "dekat"))
    }

    /// Where a point is, in words: `dekat Sempolan, Kec. Silo`.
    #[must_use]
    pub fn whereabouts(&self, position: Position) -> String {
        let named = self.village_of(position);
        let label =
            named.and_then(|(village, how)| Some((self.village_label(&village.code)?, how)));
        match label {
            Some((label, how)) => format!("{how} {label}"),
            None => format!("di luar {}", self.name),
        }
    }

    /// West, south, east, north in degrees around all villages, with 15 km on each side.
    #[must_use]
    pub fn bbox(&self) -> [f64; 4] {
        let nowhere = [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY];
        let positions = self.villages.iter().map(|village| village.position);
        let [west, south, east, north] = positions.fold(nowhere, |[w, s, e, n], at| {
            [w.min(at.lon()), s.min(at.lat()), e.max(at.lon()), n.max(at.lat())]
        });
        let north_margin = MARGIN_M / METRES_PER_DEGREE;
        let east_margin = north_margin / f64::midpoint(south, north).to_radians().cos();
        let around =
            [west - east_margin, south - north_margin, east + east_margin, north + north_margin];
        around.map(|degrees| (degrees * 1e5).round() / 1e5)
    }

    /// Whether a position is in the regency's rectangle, margin included.
    #[must_use]
    pub fn surrounds(&self, position: Position) -> bool {
        let [west, south, east, north] = self.bbox();
        (west..=east).contains(&position.lon()) && (south..=north).contains(&position.lat())
    }

    /// Places as one types: letters of a village or district in any order, typing errors tolerated,
    /// or `lat, lon`.
    ///
    /// At most `limit` of them, the best first; the same question always has the same answer.
    #[must_use]
    pub fn search(&self, q: &str, limit: usize) -> Vec<Hit> {
        villages::search(self, q, limit)
    }

    /// What names of this regency are searched in.
    #[must_use]
    pub fn surroundings(&self) -> search::Surroundings<'_> {
        search::Surroundings {
            regency: &self.name,
            province: &self.province,
            districts: &self.districts,
            villages: &self.villages,
        }
    }
}

#[derive(Clone, Copy)]
struct Radius {
    village_m: u32,
    district_m: u32,
}

/// The radius in metres of a circle of this area.
#[expect(clippy::as_conversions, reason = "at most some tens of kilometres")]
fn radius_m(area_km2: f64) -> u32 {
    ((area_km2 / PI).sqrt() * 1000.0).round() as u32
}

fn districts(regency_id: &str) -> Vec<District> {
    let district = |row: files::DistrictRow| District {
        code: dotted(&row.id),
        name: row.name,
        position: Position::new(row.latitude, row.longitude).expect("embedded data is tested"),
    };
    files::districts(regency_id).into_iter().map(district).collect()
}

fn village_of(row: files::VillageRow, districts: &[District], radius: Radius) -> Village {
    let code = dotted(&row.id);
    let district_code = dotted(&row.district_id);
    let district = districts.iter().find(|district| district.code == district_code);
    let district = district.expect("every village of the embedded data has its district");
    let own = row.latitude.zip(row.longitude);
    let own = own.map(|(lat, lon)| Position::new(lat, lon).expect("embedded data is tested"));
    Village {
        kind: VillageKind::of_code(&code),
        code,
        name: row.name,
        district: district.name.clone(),
        district_code,
        position: own.unwrap_or(district.position),
        position_of_district: own.is_none(),
        uncertainty_m: if own.is_some() { radius.village_m } else { radius.district_m },
    }
}

/// The zone for an offset from UTC in hours; Indonesia has three and no daylight saving.
fn zone(offset_h: u8) -> (&'static str, &'static str) {
    match offset_h {
        8 => ("Asia/Makassar", "WITA"),
        9 => ("Asia/Jayapura", "WIT"),
        _ => ("Asia/Jakarta", "WIB"),
    }
}

/// `3509302001` as `35.09.30.2001`.
fn dotted(id: &str) -> String {
    let mut code = String::with_capacity(id.len() + 3);
    for (place, digit) in id.chars().enumerate() {
        if matches!(place, 2 | 4 | 6) {
            code.push('.');
        }
        code.push(digit);
    }
    code
}

/// The answer to a code that no regency has, with those whose code or name is close.
fn unknown(code: &str) -> Unknown {
    const SHOWN_CHARS: usize = 40;
    let asked: String = code.trim().chars().take(SHOWN_CHARS).collect();
    let is_kind = |word: &String| matches!(word.as_str(), "kabupaten" | "kab" | "kota");
    let typed: String = letters::words(&asked).into_iter().filter(|word| !is_kind(word)).collect();
    let mut close: Vec<(usize, RegencyName)> = Vec::new();
    for regency in regencies() {
        let digits = regency.code.replace('.', "");
        let name: String =
            letters::words(&regency.name).into_iter().filter(|word| !is_kind(word)).collect();
        let of_code = letters::edits(&typed, &digits, 1);
        let of_name =
            if typed.len() < 4 { None } else { letters::edits_to_start(&typed, &name, 1) };
        if let Some(edits) = of_code.or(of_name) {
            close.push((edits, regency));
        }
    }
    close.sort_by(|a, b| (a.0, &a.1.code).cmp(&(b.0, &b.1.code)));
    close.truncate(CLOSE_MAX);
    Unknown { code: asked, close: close.into_iter().map(|(_, regency)| regency).collect() }
}
