//! Boundaries: GeoJSON of every kind becomes outlines or a clear sentence, and a place is in a village or near it.

mod keeping;
mod real;
mod use_of_them;

use serde_json::{Value, json};
use siaga::boundaries::geojson::Passed;
use siaga::boundaries::import::{Summary, import_bytes};
use siaga::boundaries::repair::Hopeless;
use siaga::boundaries::{Boundaries, Outline};
use siaga::place::Position;

/// Three villages of one district of Jember.
pub const VILLAGES: [&str; 3] = ["35.09.01.2001", "35.09.01.2002", "35.09.01.2003"];

/// A square of so many degrees.
pub fn square(lon: f64, lat: f64, size: f64) -> Value {
    json!([[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]])
}

pub fn feature(code: impl Into<Value>, rings: Value) -> Value {
    json!({
        "type": "Feature",
        "properties": { "code": code.into() },
        "geometry": { "type": "Polygon", "coordinates": rings },
    })
}

pub fn collection(features: &[Value]) -> Vec<u8> {
    json!({ "type": "FeatureCollection", "features": features }).to_string().into_bytes()
}

pub fn at(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).expect("a place")
}

fn imported(bytes: &[u8]) -> (Boundaries, Summary) {
    import_bytes(bytes, "desa.geojson".to_owned(), None, None).expect("imported")
}

fn refused(bytes: &[u8]) -> String {
    let imported = import_bytes(bytes, "desa.geojson".to_owned(), None, None);
    imported.expect_err("refused").to_string()
}

fn codes(outlines: &[Outline]) -> Vec<&str> {
    outlines.iter().map(|outline| outline.code.as_str()).collect()
}

/// Two villages side by side, the second with a hole that is the third.
pub fn town() -> Vec<u8> {
    let hole = square(113.725, -8.195, 0.005);
    collection(&[
        feature(VILLAGES[0], json!([square(113.7, -8.2, 0.02)])),
        feature(VILLAGES[1], json!([square(113.72, -8.2, 0.02), hole.clone()])),
        feature(VILLAGES[2], json!([hole])),
    ])
}

#[test]
fn polygons_with_codes_become_outlines_and_districts_are_their_villages_together() {
    let (town, summary) = imported(&town());
    assert_eq!(codes(&town.about.outlines), ["35.09.01", VILLAGES[0], VILLAGES[1], VILLAGES[2]]);
    assert_eq!((town.about.area.as_str(), town.villages()), ("35.09", 3));
    assert_eq!(town.about.outlines[1].name, "Padomasan");
    assert_eq!((summary.villages_known, summary.missing.len()), (248, 245));
    assert_eq!((&summary.repaired[..], &summary.overlaps[..]), (&[][..], &[][..]));
    for (lat, lon, village) in [
        (-8.19, 113.71, Some(VILLAGES[0])),
        (-8.19, 113.735, Some(VILLAGES[1])),
        (-8.1925, 113.7275, Some(VILLAGES[2])),
        (-8.19, 113.69, None),
    ] {
        assert_eq!(town.village_at(at(lat, lon)), village, "{lat} {lon}");
    }
    let district: Vec<Vec<usize>> =
        town.polygons(0).map(|rings| rings.map(<[_]>::len).collect()).collect();
    assert_eq!(district.len(), 1, "one piece without the lines between its villages");
    assert_eq!(district[0].len(), 1, "and without holes");
}

#[test]
fn the_code_is_found_under_its_usual_names_with_points_or_without_and_by_name_elsewhere() {
    let of = |name: &str, code: Value| {
        let mut feature = feature("", json!([square(113.7, -8.2, 0.02)]));
        feature["properties"] = json!({ "NAMOBJ": "Padomasan", "kdbbps": "3509010001" });
        feature["properties"][name] = code;
        collection(&[feature])
    };
    for name in ["kode", "KODE", "code", "KODE_DESA", "kdepum", "KDEPUM", "id"] {
        for code in [json!("35.09.01.2001"), json!("3509012001"), json!(3_509_012_001_u64)] {
            let (one, _) = imported(&of(name, code.clone()));
            assert_eq!(one.about.outlines[1].code, VILLAGES[0], "{name} {code}");
        }
    }
    let odd = of("nomor", json!(3_509_012_001_f64));
    assert!(
        refused(&odd).contains("NAMOBJ, kdbbps, nomor. Name the right one with --code-property")
    );
    let asked = import_bytes(&odd, String::new(), None, Some("Nomor")).expect("imported");
    assert_eq!(asked.0.about.outlines[1].code, VILLAGES[0]);
}

#[test]
fn a_district_of_the_file_is_taken_as_it_is() {
    let given = feature("35.09.01", json!([square(113.6, -8.3, 0.5)]));
    let village = feature(VILLAGES[0], json!([square(113.7, -8.2, 0.02)]));
    let (both, summary) = imported(&collection(&[given.clone(), village]));
    assert_eq!((both.about.outlines.len(), summary.districts_given), (2, 1));
    let corners: Vec<_> = both.polygons(0).flatten().flatten().collect();
    assert!(corners.contains(&&[1_136_000_000, -83_000_000]), "{corners:?}");
    assert_eq!(both.village_at(at(-8.25, 113.65)), None, "a district is no village");
    assert!(refused(&collection(&[given])).contains("there are only districts"));
}

#[test]
fn what_is_repaired_left_out_joined_unknown_or_overlapping_is_named() {
    let bow_tie = json!([[[113.7, -8.2], [113.72, -8.18], [113.72, -8.2], [113.7, -8.18]]]);
    let point = json!({ "type": "Point", "coordinates": [113.7, -8.2] });
    let mut beside = feature("35.09.01.2006", json!([]));
    beside["geometry"] = point;
    let mut unplaced = feature("35.09.01.2006", json!([]));
    unplaced["geometry"] = Value::Null;
    let (some, summary) = imported(&collection(&[
        feature(VILLAGES[0], bow_tie),
        feature(VILLAGES[1], json!([square(113.72, -8.2, 0.02)])),
        feature(VILLAGES[1], json!([square(113.8, -8.2, 0.02)])),
        feature(VILLAGES[2], json!([square(113.81, -8.2, 0.02)])),
        feature("35.09.01.2004", json!([[[113.7, -8.2], [113.7, -8.2]]])),
        feature("35.09.01.2999", json!([square(113.9, -8.2, 0.02)])),
        feature("35.11.01.2001", json!([square(113.9, -8.2, 0.02)])),
        feature("Desa tanpa kode", json!([square(113.9, -8.2, 0.02)])),
        beside,
        unplaced,
    ]));
    assert_eq!(codes(&summary.repaired), [VILLAGES[0]]);
    assert_eq!(codes(&summary.joined), [VILLAGES[1]]);
    assert_eq!(some.village_at(at(-8.19, 113.73)), Some(VILLAGES[1]));
    assert_eq!(some.village_at(at(-8.19, 113.805)), Some(VILLAGES[1]));
    assert_eq!(some.village_at(at(-8.199, 113.71)), None, "between the wings of the bow-tie");
    assert_eq!(summary.unknown, ["35.09.01.2999"]);
    assert_eq!(summary.elsewhere, 1);
    let passed: Vec<(Passed, usize)> = summary.passed.clone().into_iter().collect();
    assert_eq!(passed, [(Passed::WithoutCode, 1), (Passed::WithoutPolygon, 2)]);
    let [(hopeless, Hopeless::NoArea)] = &summary.hopeless[..] else { panic!("{summary:?}") };
    assert_eq!(hopeless.code, "35.09.01.2004");
    let [(one, other, share)] = &summary.overlaps[..] else { panic!("{:?}", summary.overlaps) };
    assert_eq!((one.code.as_str(), other.code.as_str()), (VILLAGES[1], VILLAGES[2]));
    assert!((share - 0.5).abs() < 0.01, "{share}");
    assert!(codes(&summary.missing).contains(&"35.09.01.2004"));
    assert_eq!(codes(&summary.beside).len(), 3, "none of these lies where the village is");
}

#[test]
fn of_a_file_with_several_regencies_the_one_of_most_codes_or_the_named_one_is_taken() {
    let file = collection(&[
        feature(VILLAGES[0], json!([square(113.7, -8.2, 0.02)])),
        feature(VILLAGES[1], json!([square(113.8, -8.2, 0.02)])),
        feature("35.11.01.2001", json!([square(113.9, -8.0, 0.02)])),
    ]);
    assert_eq!(imported(&file).0.about.area, "35.09");
    let area = |area: &str| import_bytes(&file, String::new(), Some(area), None);
    assert_eq!(area("35.11").expect("imported").0.about.area, "35.11");
    assert_eq!(area("3511").expect("imported").0.villages(), 1);
    let unknown = area("99.99").expect_err("no such regency").to_string();
    assert!(unknown.contains("no regency of Indonesia has the code '99.99'"), "{unknown}");
    let other = area("35.10").expect_err("nothing of it").to_string();
    assert!(other.contains("none of its codes (35.09.01.2001"), "{other}");
}

#[test]
fn what_is_no_geojson_in_degrees_is_refused_with_what_to_do() {
    let whole = town();
    let village = |ring: Value| collection(&[feature(VILLAGES[0], json!([ring]))]);
    let utm = json!([[797_000, 9_093_000], [798_000, 9_093_000], [798_000, 9_094_000]]);
    let latitude_first = json!([[-8.2, 113.7], [-8.2, 113.72], [-8.18, 113.72]]);
    let mut mercator: Value = serde_json::from_slice(&whole).expect("JSON");
    mercator["crs"] = json!({ "properties": { "name": "urn:ogc:def:crs:EPSG::3857" } });
    let deep = format!("{{\"features\":[{{\"geometry\":{{\"coordinates\":{}", "[".repeat(100_000));
    let bps = collection(&[feature("3509010001", json!([square(113.7, -8.2, 0.02)]))]);
    for (bytes, expected) in [
        (&b""[..], "the file is empty"),
        (b" \n\t", "the file is empty"),
        (&whole[..whole.len() - 20], "cut short"),
        (b"PK\x03\x04", "no GeoJSON"),
        (b"\xff\xfe{", "no GeoJSON"),
        (b"[]", "no GeoJSON"),
        (b"{}", "JSON of the type ''"),
        (b"{\"type\":\"Topology\"}", "JSON of the type 'Topology'"),
        (&collection(&[]), "has no features"),
        (&village(utm), "export it in degrees (WGS 84, EPSG:4326)"),
        (&village(latitude_first), "latitude first (-8.2, 113.7)"),
        (mercator.to_string().as_bytes(), "EPSG::3857"),
        (deep.as_bytes(), "no GeoJSON: recursion limit"),
        (&village(json!([[1e308, 1e308], [0, 0], [1, 1]])), "another system"),
        (&village(json!([[113.7, -8.2], [113.7, -8.2]])), "no outline of a village could be used"),
        (&bps, "statistics office"),
        (&collection(&[feature("Padomasan", json!([]))]), "no feature carries a Kemendagri code"),
    ] {
        let said = refused(bytes);
        assert!(said.contains(expected), "{expected}: {said}");
    }
}
