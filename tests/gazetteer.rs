//! Places of Indonesia: counts, search as one types, unit codes of every regency, and land for the
//! map.

use std::collections::BTreeSet;

use geo::{Contains, Coord, LineString, MultiPolygon, Point, Polygon, Validation};
use siaga::gazetteer::{self, Hit, HitKind, Regency, VillageKind};
use siaga::place::{Bounds, Position};

fn jember() -> Regency {
    Regency::load("35.09").expect("Jember is a regency")
}

fn at(lat: f64, lon: f64) -> Position {
    Position::new(lat, lon).expect("a valid position")
}

fn labels(hits: &[Hit]) -> Vec<&str> {
    hits.iter().map(|hit| hit.label.as_str()).collect()
}

/// The first answer to each question.
fn check_first(regency: &Regency, questions: &[(&str, &str)]) {
    for (question, expected) in questions {
        let hits = regency.search(question, 8);
        assert_eq!(labels(&hits).first(), Some(expected), "'{question}': {:?}", labels(&hits));
    }
}

#[test]
fn jember_has_its_districts_and_villages() {
    let jember = jember();
    assert_eq!((jember.code.as_str(), jember.name.as_str()), ("35.09", "Kabupaten Jember"));
    assert_eq!((jember.timezone, jember.zone_label), ("Asia/Jakarta", "WIB"));
    assert_eq!((jember.districts.len(), jember.villages.len()), (31, 248));
    let of_kind = |kind| jember.villages.iter().filter(|village| village.kind == kind).count();
    assert_eq!(of_kind(VillageKind::Desa), 226);
    assert_eq!(of_kind(VillageKind::Kelurahan), 22);
    assert!(jember.population > 2_000_000);
    assert!(jember.area_km2.is_some_and(|area| (3_000.0..3_600.0).contains(&area)));
    let sempolan = jember.village("35.09.30.2001").expect("Sempolan");
    assert_eq!((sempolan.name.as_str(), sempolan.district.as_str()), ("Sempolan", "Silo"));
    assert_eq!(sempolan.district_code, "35.09.30");
    assert!((2_000..2_200).contains(&sempolan.uncertainty_m), "{}", sempolan.uncertainty_m);
}

#[test]
fn every_regency_loads_and_its_unit_codes_are_unique() {
    let regencies = gazetteer::regencies();
    assert_eq!(regencies.len(), 514);
    let provinces: BTreeSet<&str> = regencies.iter().map(|r| r.province.as_str()).collect();
    assert_eq!(provinces.len(), 38);
    assert!(!provinces.contains(""));
    let (mut districts, mut villages, mut own) = (0, 0, 0);
    for name in &regencies {
        let regency = Regency::load(&name.code).expect("every code of the list loads");
        assert_eq!((&regency.code, &regency.name), (&name.code, &name.name));
        districts += regency.districts.len();
        villages += regency.villages.len();
        own += regency.villages.iter().filter(|village| !village.position_of_district).count();
        let units = gazetteer::unit_codes(&regency);
        assert_eq!(units.len(), regency.villages.len(), "{}", name.code);
        let unique: BTreeSet<&str> = units.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(unique.len(), units.len(), "{}", name.code);
        let unique: BTreeSet<&str> = regency
            .villages
            .iter()
            .filter_map(|village| regency.village_label(&village.code))
            .collect();
        assert_eq!(unique.len(), regency.villages.len(), "labels of {}", name.code);
        for village in &regency.villages {
            assert!(Bounds::INDONESIA.contains(village.position), "{}", village.code);
            assert!((100..30_000).contains(&village.uncertainty_m), "{village:?}");
        }
    }
    assert_eq!((districts, villages, own), (7_285, 83_762, 83_379));
}

#[test]
fn zones_follow_the_regency() {
    for (code, zone, label) in [
        ("11.71", "Asia/Jakarta", "WIB"),
        ("51.71", "Asia/Makassar", "WITA"),
        ("91.71", "Asia/Jayapura", "WIT"),
    ] {
        let regency = Regency::load(code).expect(code);
        assert_eq!((regency.timezone, regency.zone_label), (zone, label), "{}", regency.name);
    }
}

#[test]
fn a_village_without_a_coordinate_stands_in_its_district() {
    let regency = Regency::load("13.06").expect("a regency with gaps");
    let stand_in = regency.villages.iter().find(|village| village.position_of_district);
    let stand_in = stand_in.expect("a village without a coordinate");
    let district = regency.districts.iter().find(|d| d.code == stand_in.district_code);
    assert_eq!(district.map(|district| district.position), Some(stand_in.position));
    let located = regency.villages.iter().find(|village| !village.position_of_district);
    assert!(located.is_some_and(|village| village.uncertainty_m < stand_in.uncertainty_m));
}

#[test]
fn codes_are_taken_with_and_without_points() {
    assert_eq!(Regency::load(" 3509 ").map(|r| r.code), Ok("35.09".to_owned()));
    for bad in ["", "35", "35.9", "35.99", "35.09.30", "jember", "99.99", &"9".repeat(500)] {
        let unknown = Regency::load(bad).expect_err(bad);
        let shown: String = bad.chars().take(40).collect();
        assert!(unknown.to_string().contains(&shown), "{unknown}");
        assert!(unknown.to_string().len() < 400, "{unknown}");
    }
    for near in ["35.9", "jember", "jembr", "Kabupaten Jember", "35.089"] {
        let unknown = Regency::load(near).expect_err(near);
        let names: Vec<&str> = unknown.close.iter().map(|r| r.name.as_str()).collect();
        assert!(names.contains(&"Kabupaten Jember"), "{near}: {names:?}");
        assert!(unknown.to_string().contains("35.09 (Kabupaten Jember)"), "{unknown}");
    }
}

#[test]
fn the_ten_names_that_occur_twice_show_their_districts() {
    let twice = [
        ("Ajung", ["Ajung", "Kalisat"]),
        ("Arjasa", ["Arjasa", "Sukowono"]),
        ("Glagahwero", ["Kalisat", "Panti"]),
        ("Jambearum", ["Puger", "Sumberjambe"]),
        ("Karangrejo", ["Gumukmas", "Sumbersari"]),
        ("Patemon", ["Pakusari", "Tanggul"]),
        ("Sidomulyo", ["Semboro", "Silo"]),
        ("Sukorejo", ["Bangsalsari", "Sukowono"]),
        ("Sukoreno", ["Kalisat", "Umbulsari"]),
        ("Tamansari", ["Mumbulsari", "Wuluhan"]),
    ];
    let jember = jember();
    for (name, districts) in twice {
        let hits = jember.search(&name.to_lowercase(), 2);
        let expected = districts.map(|district| format!("{name}, Kec. {district}"));
        assert_eq!(labels(&hits), expected);
        for (hit, district) in hits.iter().zip(districts) {
            let village = hit.village.as_deref().and_then(|code| jember.village(code));
            assert_eq!(village.map(|v| v.district.as_str()), Some(district));
            let both = jember.search(&format!("{district} {name}"), 1);
            assert_eq!(labels(&both), [hit.label.as_str()]);
        }
    }
}

#[test]
fn names_alike_within_a_district_are_told_apart() {
    let regency = Regency::load("71.02").expect("a regency with such names");
    let alike = regency.villages.iter().filter(|v| v.name == "Tounelet Satu");
    let seen: Vec<&str> = alike.filter_map(|v| regency.village_label(&v.code)).collect();
    assert!(seen.len() > 1);
    assert!(seen.iter().all(|label| label.contains("71.02.")), "{seen:?}");
}

#[test]
fn a_few_letters_find_the_village() {
    check_first(
        &jember(),
        &[
            ("sempol", "Sempolan, Kec. Silo"),
            ("SEMPOLAN", "Sempolan, Kec. Silo"),
            ("sukorejo bangsalsari", "Sukorejo, Kec. Bangsalsari"),
            ("bangs sukor", "Sukorejo, Kec. Bangsalsari"),
            ("suko silo", "Silo, Kec. Silo"),
            ("silo", "Silo, Kec. Silo"),
            ("tanggul kulon", "Tanggulkulon, Kec. Tanggul"),
            ("tegal besar", "Tegalbesar, Kec. Kaliwates"),
            ("karangsemanding", "Karang Semanding, Kec. Balung"),
            ("rejo silo", "Mulyorejo, Kec. Silo"),
            ("pace", "Pace, Kec. Silo"),
        ],
    );
}

#[test]
fn beginnings_come_before_everything_else() {
    let hits = jember().search("suko", 50);
    let starts = labels(&hits).iter().take_while(|label| label.starts_with("Suko")).count();
    let all = hits.iter().filter(|hit| hit.label.starts_with("Suko")).count();
    assert_eq!((starts, all), (11, 11), "{:?}", labels(&hits));
    assert_eq!(hits.first().map(|hit| hit.label.as_str()), Some("Sukogidri, Kec. Ledokombo"));
}

#[test]
fn typing_errors_are_forgiven() {
    check_first(
        &jember(),
        &[
            ("semplan", "Sempolan, Kec. Silo"),
            ("sepmolan", "Sempolan, Kec. Silo"),
            ("sempolann", "Sempolan, Kec. Silo"),
            ("zempulan", "Sempolan, Kec. Silo"),
            ("garahn", "Garahan, Kec. Silo"),
            ("pcae", "Pace, Kec. Silo"),
            ("sidomulio silo", "Sidomulyo, Kec. Silo"),
            ("sukorejo bangslsari", "Sukorejo, Kec. Bangsalsari"),
            ("glagahwreo panti", "Glagahwero, Kec. Panti"),
        ],
    );
    let three_letters = jember().search("pca", 8);
    assert!(three_letters.is_empty(), "{:?}", labels(&three_letters));
}

#[test]
fn the_words_around_a_name_do_not_matter() {
    check_first(
        &jember(),
        &[
            ("Desa Sempolan", "Sempolan, Kec. Silo"),
            ("ds. sempolan, kec. silo, kab. jember", "Sempolan, Kec. Silo"),
            ("Kel. Patrang", "Patrang, Kec. Patrang"),
            ("kelurahan jember lor", "Jemberlor, Kec. Patrang"),
            ("kecamatan silo", "Silo, Kec. Silo"),
            ("sempolan jember jawa timur", "Sempolan, Kec. Silo"),
            ("jl. Mawar 12, sempolan", "Sempolan, Kec. Silo"),
            ("Jl Mastrip No. 5 desa sumbersari", "Sumbersari, Kec. Sumbersari"),
            ("dusun krajan rt 03 rw 11 desa pace", "Pace, Kec. Silo"),
            ("sempolan dekat masjid al-huda", "Sempolan, Kec. Silo"),
            ("sempolan ke", "Sempolan, Kec. Silo"),
        ],
    );
}

#[test]
fn empty_huge_and_senseless_questions_find_nothing_and_break_nothing() {
    let jember = jember();
    let huge = "sempolan ".repeat(100_000);
    assert_eq!(labels(&jember.search(&huge, 1)), ["Sempolan, Kec. Silo"]);
    let letters = "x".repeat(1_000_000);
    let questions = [
        "",
        " ",
        ".",
        ",,,,",
        "%_'\";--",
        "\0\n\t",
        "zzzzqqqq xxyyzz",
        "漢字 Ω",
        "🚑🚑🚑",
        "zz no zz",
        "12",
        "9 9 9 9",
        &letters,
    ];
    for question in questions {
        let hits = jember.search(question, 8);
        assert!(hits.is_empty(), "{:.20}: {:?}", question, labels(&hits));
    }
    assert!(jember.search("sempolan", 0).is_empty());
    assert!(jember.search("-8.25,113.85", 0).is_empty());
    assert!(jember.search("s", usize::MAX).len() <= 248);
}

#[test]
fn the_same_question_has_the_same_answer() {
    let (one, other) = (jember(), jember());
    for question in ["a", "suko", "karang", "sumber sari", "rejo", "ajng"] {
        assert_eq!(one.search(question, 50), other.search(question, 50), "{question}");
    }
}

#[test]
fn coordinates_name_the_nearest_village() {
    let jember = jember();
    let hits = jember.search("-8.19231, 113.85818", 8);
    let [hit] = hits.as_slice() else { panic!("{hits:?}") };
    assert_eq!(hit.kind, HitKind::Coordinates);
    assert_eq!(hit.label, "-8.19231, 113.85818 (dekat Sempolan, Kec. Silo)");
    assert_eq!(hit.village.as_deref(), Some("35.09.30.2001"));
    assert_eq!((hit.position.lat(), hit.position.lon()), (-8.19231, 113.85818));
    assert_eq!(hit.uncertainty_m, 100);
    for form in ["-8.25,113.85", "-8.25 113.85", "8.25 S 113.85 E", "8.25 LS 113.85 BT"] {
        let hits = jember.search(form, 8);
        assert_eq!(hits.len(), 1, "{form}");
        assert!(hits.iter().all(|hit| hit.label.contains("(dekat ")), "{form}: {hits:?}");
    }
    for refused in ["-8,25 113,85", "-8,25,113,85", "8,25 S 113,85 E", "51.5 -0.12", "0.0 0.0"] {
        assert!(jember.search(refused, 8).is_empty(), "{refused}");
    }
}

#[test]
fn coordinates_elsewhere_are_near_no_village_of_ours() {
    let hits = jember().search("-6.2, 106.8", 8);
    let [hit] = hits.as_slice() else { panic!("{hits:?}") };
    assert_eq!(hit.label, "-6.20000, 106.80000 (di luar Kabupaten Jember)");
    assert_eq!(hit.village, None);
}

#[test]
fn the_nearest_village_is_the_one_whose_centre_is_nearest() {
    let jember = jember();
    for village in &jember.villages {
        let nearest = jember.nearest_village(village.position);
        assert_eq!(nearest.map(|v| v.code.as_str()), Some(village.code.as_str()));
    }
}

#[test]
fn unit_codes_name_the_district() {
    let jember = jember();
    let codes = gazetteer::unit_codes(&jember);
    let of_village = |code: &str| {
        let found = codes.iter().find(|(_, village)| village.code == code);
        found.map(|(unit, _)| unit.as_str())
    };
    assert_eq!(of_village("35.09.30.2001"), Some("AMB-SILO-01"));
    assert_eq!(of_village("35.09.30.2009"), Some("AMB-SILO-09"));
    assert_eq!(of_village("35.09.28.2010"), Some("AMB-LEDOKOMBO-10"));
    let papua = Regency::load("95.06").expect("a district with more than a hundred villages");
    let long = gazetteer::unit_codes(&papua);
    assert!(long.iter().any(|(unit, _)| unit.as_str().ends_with("-108")));
}

/// A GeoJSON MultiPolygon as geo knows it.
fn read_land(bbox: [f64; 4]) -> MultiPolygon {
    let geometry = gazetteer::land(bbox);
    assert_eq!(geometry["type"], "MultiPolygon");
    let coordinates: Vec<Vec<Vec<[f64; 2]>>> =
        serde_json::from_value(geometry["coordinates"].clone()).expect("GeoJSON coordinates");
    let polygon = |rings: Vec<Vec<[f64; 2]>>| {
        let mut lines = rings.into_iter().map(LineString::from);
        Polygon::new(lines.next().expect("an exterior"), lines.collect())
    };
    MultiPolygon(coordinates.into_iter().map(polygon).collect())
}

#[test]
fn the_land_around_jember_has_the_town_and_not_the_sea() {
    let jember = jember();
    let bbox = jember.bbox();
    let [west, south, east, north] = bbox;
    assert!(jember.villages.iter().all(|village| jember.surrounds(village.position)));
    assert!(!jember.surrounds(at(-8.17, 115.2)));
    let land = read_land(bbox);
    let contains = |place: Position| land.contains(&Point::new(place.lon(), place.lat()));
    assert!(contains(at(-8.1724, 113.7003)), "the town of Jember");
    assert!(!contains(at(-8.58, 113.60)), "the ocean south of it");
    let inside = |at: &Coord| (west..=east).contains(&at.x) && (south..=north).contains(&at.y);
    for polygon in &land {
        assert!(polygon.exterior().is_closed());
        assert!(polygon.exterior().coords().all(inside), "clipped to the rectangle");
    }
}

#[test]
fn land_is_valid_for_drawing_around_every_regency() {
    for name in gazetteer::regencies().iter().step_by(20) {
        let regency = Regency::load(&name.code).expect("loads");
        let land = read_land(regency.bbox());
        assert!(!land.0.is_empty(), "{}", name.name);
        for polygon in &land {
            assert!(polygon.is_valid(), "{}: {:?}", name.name, polygon.validation_errors());
        }
    }
}

#[test]
fn rectangles_without_land_are_empty() {
    let rectangles = [
        [104.0, -12.9, 104.5, -12.5],
        [114.0, -8.0, 113.0, -9.0],
        [f64::NAN, -9.0, 114.0, -8.0],
        [0.0, 0.0, 1.0, 1.0],
    ];
    for rectangle in rectangles {
        assert!(read_land(rectangle).0.is_empty(), "{rectangle:?}");
    }
}

#[test]
fn demonstration_facilities_say_so_and_stand_in_jember() {
    let jember = jember();
    let text = include_str!("../data/facilities_demo.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().expect("a header").iter().collect::<Vec<_>>().join(",");
    assert_eq!(header, "id,name,kind,lat,lon,capabilities");
    let districts = ["Patrang", "Balung", "Kalisat", "Silo", "Tanggul", "Ambulu", "Sukowono"];
    let rows: Vec<csv::StringRecord> = reader.records().map(|row| row.expect("a row")).collect();
    assert_eq!(rows.len(), districts.len());
    for (row, district) in rows.iter().zip(districts) {
        assert!(row[1].ends_with(" (demo)"), "{row:?}");
        assert!(["hospital", "puskesmas"].contains(&&row[2]), "{row:?}");
        let place = at(row[3].parse().expect("lat"), row[4].parse().expect("lon"));
        let near = jember.nearest_village(place).expect("a village");
        assert_eq!(near.district, district, "{row:?}");
    }
}
