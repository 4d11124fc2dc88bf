//! A unit's recorded track as files for other programs: GPX 1.1 and GeoJSON (RFC 7946). Pure.
//!
//! They are made of positions that were believed, and of no others: a jump or 0/0 would be drawn as a way.

use std::fmt::Write;

use serde_json::{Value, json};

use crate::ids::UnitId;
use crate::store::{FixClass, TrackFix};

/// After so long without a position another part of the track begins: nobody knows the way between.
const GAP_MS: i64 = 10 * 60 * 1000;

const GPX_HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
    <gpx version=\"1.1\" creator=\"Siaga\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n";

/// The believed positions without a gap between, by device time.
fn parts(fixes: &[TrackFix], of_one_device: bool) -> Vec<Vec<&TrackFix>> {
    let mut parts: Vec<Vec<&TrackFix>> = Vec::new();
    for fix in fixes.iter().filter(|fix| is_believed(fix.class, of_one_device)) {
        let last = parts.last_mut();
        let near = last.filter(|part| {
            let before = part.last();
            before.is_some_and(|before| fix.device_at.ms_since(before.device_at) <= GAP_MS)
        });
        match near {
            Some(part) => part.push(fix),
            None => parts.push(vec![fix]),
        }
    }
    parts
}

/// Whether a position belongs to a drawn track: that of a unit, which one device shows at a time, or of one device.
const fn is_believed(class: FixClass, of_one_device: bool) -> bool {
    match class {
        FixClass::Live | FixClass::Late => true,
        FixClass::Beside => of_one_device,
        FixClass::Duplicate
        | FixClass::Future
        | FixClass::NullIsland
        | FixClass::OutsideCountry
        | FixClass::PoorAccuracy
        | FixClass::Jump
        | FixClass::WrongClock
        | FixClass::Mocked => false,
    }
}

/// The track as GPX 1.1: one track, a segment for each part. A unit's code has no letter that XML reserves.
#[must_use]
pub fn gpx(unit: &UnitId, fixes: &[TrackFix], of_one_device: bool) -> String {
    let mut text = format!("{GPX_HEAD}<trk><name>{unit}</name>\n");
    for part in parts(fixes, of_one_device) {
        text.push_str("<trkseg>\n");
        for fix in part {
            let (lat, lon, at) = (fix.position.lat(), fix.position.lon(), fix.device_at);
            // Writing into a text cannot fail.
            let _ = writeln!(
                text,
                "<trkpt lat=\"{lat:.7}\" lon=\"{lon:.7}\"><time>{at}</time></trkpt>"
            );
        }
        text.push_str("</trkseg>\n");
    }
    text.push_str("</trk>\n</gpx>\n");
    text
}

/// The track as GeoJSON: a feature for each part, a line or, where there is one position only, a point. `coordTimes`
/// are the device times of the coordinates.
#[must_use]
pub fn geojson(unit: &UnitId, fixes: &[TrackFix], of_one_device: bool) -> Value {
    let parts = parts(fixes, of_one_device);
    let features: Vec<Value> = parts.iter().map(|part| feature(unit, part)).collect();
    json!({"type": "FeatureCollection", "features": features})
}

fn feature(unit: &UnitId, part: &[&TrackFix]) -> Value {
    let times: Vec<String> = part.iter().map(|fix| fix.device_at.to_string()).collect();
    let place = |fix: &&TrackFix| [fix.position.lon(), fix.position.lat()];
    let mut places: Vec<[f64; 2]> = part.iter().map(place).collect();
    let geometry = match (places.len(), places.pop()) {
        (1, Some(only)) => json!({"type": "Point", "coordinates": only}),
        (_, last) => {
            places.extend(last);
            json!({"type": "LineString", "coordinates": places})
        }
    };
    json!({"type": "Feature", "geometry": geometry,
        "properties": {"unit": unit.as_str(), "coordTimes": times}})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::Code;
    use crate::place::Position;

    fn fix(second: i64, class: FixClass) -> TrackFix {
        TrackFix {
            unit_index: 0,
            device: 1,
            device_at: Timestamp::from_ms(1_795_395_600_000 + second * 1_000),
            said_at: Timestamp::from_ms(1_795_395_600_000 + second * 1_000),
            received_at: Timestamp::from_ms(1_795_395_600_500 + second * 1_000),
            position: Position::new(-8.25, 113.85).expect("a place"),
            speed_kmh: None,
            heading_deg: None,
            accuracy_m: None,
            battery_pct: None,
            class,
        }
    }

    fn unit() -> UnitId {
        Code::new("AMB-SILO-01").expect("a code")
    }

    #[test]
    fn a_gpx_file_has_a_segment_for_each_part_and_no_position_that_was_not_believed() {
        let gap = GAP_MS / 1_000;
        let fixes = [
            fix(0, FixClass::Live),
            fix(1, FixClass::Jump),
            fix(gap, FixClass::Late),
            fix(2 * gap + 1, FixClass::Live),
        ];
        let expected = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
            <gpx version=\"1.1\" creator=\"Siaga\" xmlns=\"http://www.topografix.com/GPX/1/1\">\n\
            <trk><name>AMB-SILO-01</name>\n<trkseg>\n\
            <trkpt lat=\"-8.2500000\" lon=\"113.8500000\"><time>2026-11-23T01:00:00.000Z</time></trkpt>\n\
            <trkpt lat=\"-8.2500000\" lon=\"113.8500000\"><time>2026-11-23T01:10:00.000Z</time></trkpt>\n\
            </trkseg>\n<trkseg>\n\
            <trkpt lat=\"-8.2500000\" lon=\"113.8500000\"><time>2026-11-23T01:20:01.000Z</time></trkpt>\n\
            </trkseg>\n</trk>\n</gpx>\n";
        assert_eq!(gpx(&unit(), &fixes, false), expected);
    }

    #[test]
    fn a_geojson_file_has_lines_and_points_with_longitude_first_and_their_times() {
        let fixes = [
            fix(0, FixClass::Live),
            fix(1, FixClass::Live),
            fix(2, FixClass::NullIsland),
            fix(4_000, FixClass::Live),
        ];
        let expected = json!({"type": "FeatureCollection", "features": [
            {"type": "Feature",
                "geometry": {"type": "LineString", "coordinates": [[113.85, -8.25], [113.85, -8.25]]},
                "properties": {"unit": "AMB-SILO-01",
                    "coordTimes": ["2026-11-23T01:00:00.000Z", "2026-11-23T01:00:01.000Z"]}},
            {"type": "Feature", "geometry": {"type": "Point", "coordinates": [113.85, -8.25]},
                "properties": {"unit": "AMB-SILO-01", "coordTimes": ["2026-11-23T02:06:40.000Z"]}}]});
        assert_eq!(geojson(&unit(), &fixes, false), expected);
    }

    #[test]
    fn a_device_that_is_not_shown_has_a_track_of_its_own() {
        let beside = [fix(0, FixClass::Beside), fix(1, FixClass::Jump)];
        assert!(!gpx(&unit(), &beside, false).contains("<trkpt"));
        assert_eq!(gpx(&unit(), &beside, true).matches("<trkpt").count(), 1);
        let one = &geojson(&unit(), &beside, true)["features"][0]["geometry"];
        assert_eq!(one["type"], "Point");
    }

    #[test]
    fn a_track_without_positions_is_an_empty_file() {
        let doubtful = [fix(0, FixClass::Jump)];
        assert!(gpx(&unit(), &doubtful, false).contains("<trk><name>AMB-SILO-01</name>\n</trk>"));
        let empty = json!({"type": "FeatureCollection", "features": []});
        assert_eq!(geojson(&unit(), &doubtful, false), empty);
    }
}
