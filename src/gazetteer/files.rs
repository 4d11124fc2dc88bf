//! The embedded gazetteer files: compressed tables into rows, a province's villages when asked for.

use std::io::Read;

use flate2::read::GzDecoder;
use serde::Deserialize;
use serde::de::DeserializeOwned;

#[derive(Debug, Deserialize)]
pub struct ProvinceRow {
    pub id: String,
    pub name: String,
    /// Square kilometres.
    pub area: Option<f64>,
}

#[derive(Debug, Deserialize)]
pub struct RegencyRow {
    pub id: String,
    pub province_id: String,
    pub name: String,
    /// Hours ahead of UTC.
    pub timezone: u8,
    /// Square kilometres.
    pub area: Option<f64>,
    pub population: u64,
}

#[derive(Debug, Deserialize)]
pub struct DistrictRow {
    pub id: String,
    pub name: String,
    pub latitude: f64,
    pub longitude: f64,
}

#[derive(Debug, Deserialize)]
pub struct VillageRow {
    pub id: String,
    pub district_id: String,
    pub name: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}

pub fn provinces() -> Vec<ProvinceRow> {
    rows(include_bytes!("../../data/gazetteer/provinces.csv.gz"), "").0
}

/// By code.
pub fn regencies() -> Vec<RegencyRow> {
    rows(include_bytes!("../../data/gazetteer/regencies.csv.gz"), "").0
}

/// Those of one regency, by code.
pub fn districts(regency_id: &str) -> Vec<DistrictRow> {
    rows(include_bytes!("../../data/gazetteer/districts.csv.gz"), regency_id).0
}

/// Those of one regency, by code, and how many the whole province has.
pub fn villages(regency_id: &str) -> (Vec<VillageRow>, usize) {
    let province = regency_id.get(..2).unwrap_or_default();
    let file = VILLAGES.iter().find(|(id, _)| *id == province);
    file.map_or_else(Default::default, |(_, file)| rows(file, regency_id))
}

/// The rows whose id begins with `id`, in the file's order, and how many rows there are in all.
fn rows<T: DeserializeOwned>(compressed: &[u8], id: &str) -> (Vec<T>, usize) {
    let mut text = String::new();
    GzDecoder::new(compressed).read_to_string(&mut text).expect("embedded files are tested");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headers = reader.headers().expect("embedded files have a header").clone();
    let mut record = csv::StringRecord::new();
    let (mut found, mut all) = (Vec::new(), 0);
    while reader.read_record(&mut record).expect("embedded files are tested") {
        all += 1;
        if record.get(0).is_some_and(|own| own.starts_with(id)) {
            found.push(record.deserialize(Some(&headers)).expect("embedded files are tested"));
        }
    }
    (found, all)
}

/// Each province's villages, compressed.
const VILLAGES: &[(&str, &[u8])] = &[
    ("11", include_bytes!("../../data/gazetteer/villages/villages_11.csv.gz")),
    ("12", include_bytes!("../../data/gazetteer/villages/villages_12.csv.gz")),
    ("13", include_bytes!("../../data/gazetteer/villages/villages_13.csv.gz")),
    ("14", include_bytes!("../../data/gazetteer/villages/villages_14.csv.gz")),
    ("15", include_bytes!("../../data/gazetteer/villages/villages_15.csv.gz")),
    ("16", include_bytes!("../../data/gazetteer/villages/villages_16.csv.gz")),
    ("17", include_bytes!("../../data/gazetteer/villages/villages_17.csv.gz")),
    ("18", include_bytes!("../../data/gazetteer/villages/villages_18.csv.gz")),
    ("19", include_bytes!("../../data/gazetteer/villages/villages_19.csv.gz")),
    ("21", include_bytes!("../../data/gazetteer/villages/villages_21.csv.gz")),
    ("31", include_bytes!("../../data/gazetteer/villages/villages_31.csv.gz")),
    ("32", include_bytes!("../../data/gazetteer/villages/villages_32.csv.gz")),
    ("33", include_bytes!("../../data/gazetteer/villages/villages_33.csv.gz")),
    ("34", include_bytes!("../../data/gazetteer/villages/villages_34.csv.gz")),
    ("35", include_bytes!("../../data/gazetteer/villages/villages_35.csv.gz")),
    ("36", include_bytes!("../../data/gazetteer/villages/villages_36.csv.gz")),
    ("51", include_bytes!("../../data/gazetteer/villages/villages_51.csv.gz")),
    ("52", include_bytes!("../../data/gazetteer/villages/villages_52.csv.gz")),
    ("53", include_bytes!("../../data/gazetteer/villages/villages_53.csv.gz")),
    ("61", include_bytes!("../../data/gazetteer/villages/villages_61.csv.gz")),
    ("62", include_bytes!("../../data/gazetteer/villages/villages_62.csv.gz")),
    ("63", include_bytes!("../../data/gazetteer/villages/villages_63.csv.gz")),
    ("64", include_bytes!("../../data/gazetteer/villages/villages_64.csv.gz")),
    ("65", include_bytes!("../../data/gazetteer/villages/villages_65.csv.gz")),
    ("71", include_bytes!("../../data/gazetteer/villages/villages_71.csv.gz")),
    ("72", include_bytes!("../../data/gazetteer/villages/villages_72.csv.gz")),
    ("73", include_bytes!("../../data/gazetteer/villages/villages_73.csv.gz")),
    ("74", include_bytes!("../../data/gazetteer/villages/villages_74.csv.gz")),
    ("75", include_bytes!("../../data/gazetteer/villages/villages_75.csv.gz")),
    ("76", include_bytes!("../../data/gazetteer/villages/villages_76.csv.gz")),
    ("81", include_bytes!("../../data/gazetteer/villages/villages_81.csv.gz")),
    ("82", include_bytes!("../../data/gazetteer/villages/villages_82.csv.gz")),
    ("91", include_bytes!("../../data/gazetteer/villages/villages_91.csv.gz")),
    ("92", include_bytes!("../../data/gazetteer/villages/villages_92.csv.gz")),
    ("93", include_bytes!("../../data/gazetteer/villages/villages_93.csv.gz")),
    ("94", include_bytes!("../../data/gazetteer/villages/villages_94.csv.gz")),
    ("95", include_bytes!("../../data/gazetteer/villages/villages_95.csv.gz")),
    ("96", include_bytes!("../../data/gazetteer/villages/villages_96.csv.gz")),
];
