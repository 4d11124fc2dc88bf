//! Which ambulances to play: read from a CSV file, or made up around a place.

use std::collections::BTreeSet;
use std::io::Read;

use serde::Deserialize;

use crate::fleet::Ambulance;
use crate::place::{Offset, Place};

/// Most ambulances one process plays; the nation has 83,762 villages.
pub const AMBULANCES_MAX: usize = 100_000;
/// Distance between neighbouring made-up posts, in metres; Jember has one village in 13 km².
const SPACING_M: f64 = 3_600.0;
/// A turn of this much between one post and the next spreads them evenly (Vogel, 1979).
const GOLDEN_ANGLE_DEG: f64 = 137.507_764;

/// Why a list of devices cannot be used; each says what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("line {line}: {problem}; each line is unit,device,secret,lat,lon")]
    Row { line: u64, problem: String },
    #[error(
        "line {line}: {text:?} is no name for a device; use 1 to 128 characters other than \
         '/', '+', '#', spaces and control characters"
    )]
    DeviceName { line: u64, text: String },
    #[error("line {line}: {lat}, {lon} is no place; give latitude and longitude in degrees")]
    Place { line: u64, lat: f64, lon: f64 },
    #[error("line {line}: device {device:?} stands in the file twice; remove one of its lines")]
    Twice { line: u64, device: String },
    #[error("there is no device in it; add lines of unit,device,secret,lat,lon under that header")]
    Empty,
    #[error("more than {AMBULANCES_MAX} devices; split the file and start several programs")]
    TooMany,
}

#[derive(Deserialize)]
struct Row {
    unit: String,
    device: String,
    secret: String,
    lat: f64,
    lon: f64,
}

/// Reads ambulances from CSV with the header `unit,device,secret,lat,lon`, in any column order.
pub fn read(source: impl Read) -> Result<Vec<Ambulance>, Error> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(source);
    let mut ambulances = Vec::new();
    let mut devices = BTreeSet::new();
    for row in reader.deserialize::<Row>() {
        let line = ambulances.len() as u64 + 2;
        let row = row.map_err(|error| Error::Row {
            line: error.position().map_or(line, csv::Position::line),
            problem: problem(&error),
        })?;
        let Row { unit, device, secret, lat, lon } = row;
        if !is_device_name(&device) {
            return Err(Error::DeviceName { line, text: device });
        }
        let post = Place::checked(lat, lon).ok_or(Error::Place { line, lat, lon })?;
        if !devices.insert(device.clone()) {
            return Err(Error::Twice { line, device });
        }
        if ambulances.len() == AMBULANCES_MAX {
            return Err(Error::TooMany);
        }
        ambulances.push(Ambulance { unit, device, secret, post });
    }
    if ambulances.is_empty() {
        return Err(Error::Empty);
    }
    Ok(ambulances)
}

/// What is wrong with a line, without the numbers by which the reader counts.
fn problem(error: &csv::Error) -> String {
    if let csv::ErrorKind::UnequalLengths { expected_len, len, .. } = error.kind() {
        return format!("{len} columns instead of {expected_len}");
    }
    if let csv::ErrorKind::Deserialize { err, .. } = error.kind() {
        let column = err.field().map(|field| format!("column {}: ", field + 1));
        return format!("{}{}", column.unwrap_or_default(), err.kind());
    }
    if let csv::ErrorKind::Utf8 { .. } = error.kind() {
        return "not UTF-8 text".to_owned();
    }
    error.to_string()
}

/// What made-up ambulances are called and where they stand.
#[derive(Debug, Clone)]
pub struct MadeUp {
    pub count: usize,
    pub centre: Place,
    /// Device names are this, a hyphen and a number from 0001.
    pub prefix: String,
    /// The same secret for every device.
    pub secret: String,
}

/// Makes ambulances up, their posts spread evenly around a place; at most `AMBULANCES_MAX`.
pub fn make_up(wanted: &MadeUp) -> Vec<Ambulance> {
    let ambulance = |index: usize| {
        let away_m = SPACING_M * (index as f64).sqrt() * 0.6;
        let way = Offset::towards(index as f64 * GOLDEN_ANGLE_DEG, away_m);
        Ambulance {
            unit: format!("SIM-{:04}", index + 1),
            device: format!("{}-{:04}", wanted.prefix, index + 1),
            secret: wanted.secret.clone(),
            post: wanted.centre.offset_by(way),
        }
    };
    (0..wanted.count.min(AMBULANCES_MAX)).map(ambulance).collect()
}

/// Whether a name can stand as one level of a topic.
pub fn is_device_name(name: &str) -> bool {
    let forbidden = |c: char| "/+#".contains(c) || c.is_whitespace() || c.is_control();
    (1..=128).contains(&name.chars().count()) && !name.chars().any(forbidden)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "unit,device,secret,lat,lon\n";

    fn read_rows(rows: &str) -> Result<Vec<Ambulance>, Error> {
        read(format!("{HEADER}{rows}").as_bytes())
    }

    #[test]
    fn a_file_is_read_in_any_column_order() {
        let ambulances = read_rows("AMB-SILO-03, amb-silo-03, s3cret, -8.25, 113.85\n").unwrap();
        assert_eq!(ambulances[0].device, "amb-silo-03");
        assert_eq!(ambulances[0].post, Place { lat: -8.25, lon: 113.85 });
        let other = read("lat,lon,secret,device,unit\n-8.25,113.85,x,d,u\n".as_bytes()).unwrap();
        assert_eq!((other[0].unit.as_str(), other[0].secret.as_str()), ("u", "x"));
    }

    #[test]
    fn wrong_lines_are_named_with_what_to_do() {
        let bad = [
            ("U1,d1,s,-8,113\nU2,d2,s,-8\n", "line 3: 4 columns instead of 5"),
            ("U1,d1,s,south,113\n", "line 2: column 4: invalid float"),
            ("U1,d1,s,113.8,-8.2\n", "is no place"),
            ("U1,d1,s,NaN,113\n", "line 2"),
            ("U1,,s,-8,113\n", "line 2"),
            ("U1,a/b,s,-8,113\n", "no name for a device"),
            ("U1,#,s,-8,113\n", "no name for a device"),
            ("U1,d1,s,-8,113\nU2,d1,s,-8,113\n", "line 3"),
            ("", "no device"),
        ];
        for (rows, expected) in bad {
            let message = read_rows(rows).unwrap_err().to_string();
            assert!(message.contains(expected), "{rows:?}: {message}");
        }
        assert!(read(&b"unit,device\nU,d\n"[..]).is_err());
        assert!(read(&[0xff, 0xfe, 0x0a, 0xff][..]).is_err());
    }

    #[test]
    fn made_up_ambulances_have_names_and_posts_of_their_own() {
        let centre = Place { lat: -8.17, lon: 113.7 };
        let wanted =
            MadeUp { count: 248, centre, prefix: "sim".to_owned(), secret: "x".to_owned() };
        let ambulances = make_up(&wanted);
        let names: BTreeSet<&str> = ambulances.iter().map(|a| a.device.as_str()).collect();
        assert_eq!(names.len(), 248);
        assert!(ambulances.iter().all(|a| is_device_name(&a.device)));
        assert!(ambulances.iter().all(|a| centre.distance_m(a.post) < 45_000.0));
        assert_eq!(ambulances[0].post, centre);
        assert!(make_up(&MadeUp { count: 0, ..wanted }).is_empty());
    }
}
