//! What frightened people say, and what is found first; and what they paste.

use std::sync::LazyLock;

use super::*;
use crate::gazetteer::LandmarkKind::*;
use crate::roads::graph::{Builder, Graph, Segment};
use crate::roads::kind::{Grade, RoadKind, Speeds};
use crate::roads::landmarks::Landmark;

/// Kind, name, village and district, metres north and east of it.
type Drawn = (LandmarkKind, &'static str, &'static str, &'static str, (i32, i32));

/// Landmarks as an extract of Jember may have them.
const LANDMARKS: [Drawn; 52] = [
    (Mosque, "Masjid Nurul Huda", "Sukorejo", "Bangsalsari", (200, 100)),
    (Mosque, "Masjid Nurul Huda", "Sukorejo", "Sukowono", (150, -100)),
    (Mosque, "Masjid Al-Huda", "Sempolan", "Silo", (300, 200)),
    (Mosque, "Masjid Jami' Al-Baitul Amien", "Jemberkidul", "Kaliwates", (100, 100)),
    (Mosque, "Musholla Al-Muttaqin", "Pace", "Silo", (-300, 200)),
    (Mosque, "", "Garahan", "Silo", (100, -200)),
    (Church, "Gereja Santo Yusup", "Jemberkidul", "Kaliwates", (-200, 100)),
    (Temple, "Pura Agung Amerta Asri", "Patrang", "Patrang", (300, 0)),
    (School, "SDN Sempolan 01", "Sempolan", "Silo", (-100, 100)),
    (School, "SDN Sempolan 02", "Sempolan", "Silo", (-400, 200)),
    (School, "SMP Negeri 1 Silo", "Sempolan", "Silo", (200, -300)),
    (School, "SMP Negeri 2 Silo", "Garahan", "Silo", (200, 300)),
    (School, "SMA Negeri 1 Kalisat", "Kalisat", "Kalisat", (100, 200)),
    (School, "MTs Negeri 2 Jember", "Kaliwates", "Kaliwates", (100, -200)),
    (School, "Pondok Pesantren Nurul Islam", "Antirogo", "Sumbersari", (0, 200)),
    (School, "Universitas Jember", "Sumbersari", "Sumbersari", (200, 400)),
    (School, "TK Dharma Wanita Pace", "Pace", "Silo", (50, 50)),
    (Market, "Pasar Tanjung", "Kepatihan", "Kaliwates", (100, 100)),
    (Market, "Pasar Sempolan", "Sempolan", "Silo", (0, 300)),
    (Market, "Pasar Ambulu", "Ambulu", "Ambulu", (100, 0)),
    (Bridge, "Jembatan Gladak Kembar", "Kebonsari", "Sumbersari", (0, -500)),
    (Bridge, "Jembatan Jompo", "Jemberkidul", "Kaliwates", (300, 300)),
    (Hospital, "RSUD dr. Soebandi", "Patrang", "Patrang", (-200, 200)),
    (Hospital, "RS Bina Sehat", "Mangli", "Kaliwates", (100, 200)),
    (HealthPost, "Puskesmas Silo I", "Sempolan", "Silo", (100, 100)),
    (HealthPost, "Puskesmas Silo II", "Garahan", "Silo", (100, 100)),
    (HealthPost, "Pustu Mulyorejo", "Mulyorejo", "Silo", (0, 100)),
    (Clinic, "Klinik Kimia Sehat", "Sumbersari", "Sumbersari", (-100, 0)),
    (Pharmacy, "Apotek Waras", "Ambulu", "Ambulu", (0, 100)),
    (Office, "Balai Desa Pace", "Pace", "Silo", (10, 20)),
    (Office, "Kantor Kecamatan Silo", "Sempolan", "Silo", (-50, -50)),
    (Police, "Polsek Silo", "Sempolan", "Silo", (-80, -50)),
    (Fuel, "SPBU Garahan", "Garahan", "Silo", (-100, 400)),
    (Fuel, "", "Mangli", "Kaliwates", (0, -300)),
    (Station, "Stasiun Jember", "Jemberlor", "Patrang", (100, -100)),
    (Station, "Stasiun Kalisat", "Ajung", "Kalisat", (100, 100)),
    (Station, "Terminal Tawang Alun", "Mangli", "Kaliwates", (400, -400)),
    (Shop, "Indomaret Mastrip", "Sumbersari", "Sumbersari", (100, 100)),
    (Shop, "Toko Sumber Rejeki", "Kalisat", "Kalisat", (0, 50)),
    (Food, "Warung Bu Lilis", "Garahan", "Silo", (20, 20)),
    (Hotel, "Hotel Bandung Permai", "Kaliwates", "Kaliwates", (300, 0)),
    (Hamlet, "Krajan", "Pace", "Silo", (200, -200)),
    (Hamlet, "Krajan", "Sukorejo", "Bangsalsari", (300, -200)),
    (Hamlet, "Curah Wungkal", "Pace", "Silo", (-900, 500)),
    (Hamlet, "Baban Timur", "Mulyorejo", "Silo", (700, 700)),
    (Hamlet, "Gumitir", "Sidomulyo", "Silo", (500, 900)),
    (Nature, "Pantai Papuma", "Lojejer", "Wuluhan", (-2_000, 500)),
    (Nature, "Gunung Gambir", "Gelang", "Sumberbaru", (900, 0)),
    (Junction, "Simpang Mangli", "Mangli", "Kaliwates", (50, 0)),
    (Ground, "Alun-Alun Jember", "Jemberlor", "Patrang", (-300, 0)),
    (Cemetery, "TPU Kreongan", "Jemberlor", "Patrang", (300, 300)),
    (Works, "Pabrik Gula Semboro", "Semboro", "Semboro", (200, 0)),
];

static JEMBER: LazyLock<Arc<Regency>> =
    LazyLock::new(|| Arc::new(Regency::load("35.09").expect("embedded")));

fn village(name: &str, district: &str) -> Position {
    let named =
        |village: &&crate::gazetteer::Village| village.name == name && village.district == district;
    JEMBER.villages.iter().find(named).unwrap_or_else(|| panic!("{name}, {district}")).position
}

fn moved(at: Position, (north, east): (i32, i32)) -> (i32, i32) {
    let (lat, lon) = at.e7();
    (lat + north * 90, lon + east * 91)
}

/// A road that leads from the town's middle so many kilometres to the east, and one with the same name elsewhere.
fn graph() -> Graph {
    let mut builder = Builder::default();
    let town = milestones::town(&JEMBER).expect("Jember has kelurahan");
    let name = builder.name("Jalan Raya Jember - Banyuwangi");
    let street = builder.name("Jalan Mastrip");
    let gang = builder.name("Gang Melati");
    let road = |builder: &mut Builder, from: u32, at: [(i32, i32); 2], name: u32| {
        let grade = Grade::new(RoadKind::Primary, false, None);
        let ways = [true, true];
        builder.segment(&Segment { from, to: from + 1, points: &at, grade, ways, name });
    };
    for km in 0..20 {
        let along = |km: i32| moved(town, (0, km * 1_000));
        road(&mut builder, u32::try_from(km).expect("few"), [along(km), along(km + 1)], name);
    }
    for (from, (place, district), name) in
        [(30, ("Sumbersari", "Sumbersari"), street), (40, ("Pace", "Silo"), gang)]
    {
        let at = village(place, district);
        road(&mut builder, from, [moved(at, (500, 0)), moved(at, (500, 400))], name);
    }
    builder.finish(50, "drawn".to_owned(), None)
}

static PLACES: LazyLock<Places> = LazyLock::new(|| {
    let landmarks = LANDMARKS.map(|(kind, name, place, district, by)| Landmark {
        kind,
        name: name.to_owned(),
        at: moved(village(place, district), by),
    });
    let graph = Graph { landmarks: landmarks.to_vec(), ..graph() };
    let roads = Arc::new(Roads::new(graph, &Speeds::default()));
    let known = |name: &str, kind, at: Position| Known {
        name: name.to_owned(),
        kind: Some(kind),
        position: at,
    };
    let facilities = [
        known("RSD Balung (demo)", Hospital, village("Balunglor", "Balung")),
        known("Puskesmas Tanggul (demo)", HealthPost, village("Tanggulwetan", "Tanggul")),
    ];
    Places::new(JEMBER.clone(), &facilities, Some(roads))
});

fn ask(q: &str) -> Asked<'_> {
    Asked { q, near: None, limit: 8, said: &[], country: Bounds::INDONESIA }
}

fn labels(found: &Found) -> Vec<&str> {
    found.places.iter().map(|place| place.label.as_str()).collect()
}

/// The first answer to each phrase begins with what is expected, and is of that kind.
fn check_first(phrases: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (phrase, kind, expected) in phrases {
        let found = PLACES.find(&ask(phrase));
        let first = found.places.first();
        let right = first
            .is_some_and(|place| place.kind.as_str() == *kind && place.label.starts_with(expected));
        if !right {
            wrong.push(format!("'{phrase}': {expected} ({kind}), not {:?}", labels(&found)));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

const HUDA_BANGSALSARI: &str = "Masjid Nurul Huda (dekat Sukorejo, Kec. Bangsalsari)";
const HUDA_SUKOWONO: &str = "Masjid Nurul Huda (dekat Sukorejo, Kec. Sukowono)";
const HUDA_SEMPOLAN: &str = "Masjid Al-Huda (dekat Sempolan, Kec. Silo)";

#[test]
fn villages_and_districts_are_found_as_they_are_said_and_written() {
    check_first(&[
        ("sempolan", "village", "Sempolan, Kec. Silo"),
        ("Desa Sempolan", "village", "Sempolan, Kec. Silo"),
        ("ds sempolan kec silo", "village", "Sempolan, Kec. Silo"),
        ("ds. Sempolan, Kec. Silo, Kab. Jember", "village", "Sempolan, Kec. Silo"),
        ("sempollan", "village", "Sempolan, Kec. Silo"),
        ("zempolan", "village", "Sempolan, Kec. Silo"),
        ("rt 03 rw 11 desa pace", "village", "Pace, Kec. Silo"),
        ("rt03/rw11 pace silo", "village", "Pace, Kec. Silo"),
        ("kel. jember lor", "village", "Jemberlor, Kec. Patrang"),
        ("kelurahan jemberlor", "village", "Jemberlor, Kec. Patrang"),
        ("djember lor", "village", "Jemberlor, Kec. Patrang"),
        ("tegal besar", "village", "Tegalbesar, Kec. Kaliwates"),
        ("tegalbesar", "village", "Tegalbesar, Kec. Kaliwates"),
        ("tanggul kulon", "village", "Tanggulkulon, Kec. Tanggul"),
        ("tanggul wetan", "village", "Tanggulwetan, Kec. Tanggul"),
        ("krg semanding balung", "village", "Karang Semanding, Kec. Balung"),
        ("karangsemanding", "village", "Karang Semanding, Kec. Balung"),
        ("sidomulio silo", "village", "Sidomulyo, Kec. Silo"),
        ("sidomulyo semboro", "village", "Sidomulyo, Kec. Semboro"),
        ("glagawero panti", "village", "Glagahwero, Kec. Panti"),
        ("glagahwero kalisat", "village", "Glagahwero, Kec. Kalisat"),
        ("soekorejo soekowono", "village", "Sukorejo, Kec. Sukowono"),
        ("sukorejo bangslsari", "village", "Sukorejo, Kec. Bangsalsari"),
        ("tjoerahlele", "village", "Curahlele, Kec. Balung"),
        ("curah lele", "village", "Curahlele, Kec. Balung"),
        ("moelyorejo", "village", "Mulyorejo, Kec. Silo"),
        ("ambulu", "village", "Ambulu, Kec. Ambulu"),
        ("kec silo", "district", "Kec. Silo"),
        ("kecamatan bangsalsari", "district", "Kec. Bangsalsari"),
        ("kec. sumberbaru", "district", "Kec. Sumberbaru"),
        ("tolong di desa garahan pak", "village", "Garahan, Kec. Silo"),
        ("saya di sempolan", "village", "Sempolan, Kec. Silo"),
        ("rumah saya sempolan jember jawa timur", "village", "Sempolan, Kec. Silo"),
        ("selatan sempolan", "village", "Sempolan, Kec. Silo"),
        ("masjid al-huda yang tidak ada, desa pace", "village", "Pace, Kec. Silo"),
    ]);
}

#[test]
fn landmarks_are_found_by_kind_name_village_and_district() {
    check_first(&[
        ("masjid nurul huda sukorejo bangsalsari", "landmark", HUDA_BANGSALSARI),
        ("masjid nurul huda sukowono", "landmark", HUDA_SUKOWONO),
        ("mesjid nurul huda soekowono", "landmark", HUDA_SUKOWONO),
        ("belakang masjid nurulhuda bangsalsari", "landmark", HUDA_BANGSALSARI),
        ("depan mesjid nurul uda desa sukorejo kec bangsalsari", "landmark", HUDA_BANGSALSARI),
        ("masjid sukorejo sukowono", "landmark", HUDA_SUKOWONO),
        ("sempolan dekat masjid al-huda", "landmark", HUDA_SEMPOLAN),
        ("masjid alhuda sempolan", "landmark", HUDA_SEMPOLAN),
        ("blk masjid al huda", "landmark", HUDA_SEMPOLAN),
        ("masjid silo pace", "landmark", "Musholla Al-Muttaqin (dekat Pace"),
        ("langgar al mutakin", "landmark", "Musholla Al-Muttaqin"),
        ("mushola almuttaqin pace", "landmark", "Musholla Al-Muttaqin"),
        ("masjid di garahan", "landmark", "Masjid (dekat Garahan, Kec. Silo)"),
        ("masjid jamik baitul amin", "landmark", "Masjid Jami' Al-Baitul Amien"),
        ("sebelah utara masjid jami", "landmark", "Masjid Jami' Al-Baitul Amien"),
        ("gereja santo yusuf", "landmark", "Gereja Santo Yusup"),
        ("pura patrang", "landmark", "Pura Agung Amerta Asri"),
        ("sdn 2 sempolan", "landmark", "SDN Sempolan 02"),
        ("SDN Sempolan 1", "landmark", "SDN Sempolan 01"),
        ("sdn2 sempolan", "landmark", "SDN Sempolan 02"),
        ("sd negeri sempolan 02", "landmark", "SDN Sempolan 02"),
        ("depan sd sempolan", "landmark", "SDN Sempolan 0"),
        ("smpn 1 silo", "landmark", "SMP Negeri 1 Silo"),
        ("smp 2 silo", "landmark", "SMP Negeri 2 Silo"),
        ("smpn silo garahan", "landmark", "SMP Negeri 2 Silo"),
        ("sman kalisat", "landmark", "SMA Negeri 1 Kalisat"),
        ("sma 1 kalisat", "landmark", "SMA Negeri 1 Kalisat"),
        ("mtsn 2 jember", "landmark", "MTs Negeri 2 Jember"),
        ("ponpes nurul islam antirogo", "landmark", "Pondok Pesantren Nurul Islam"),
        ("pp nurul islam", "landmark", "Pondok Pesantren Nurul Islam"),
        ("tk dharma wanita pace", "landmark", "TK Dharma Wanita Pace"),
        ("universitas jember", "landmark", "Universitas Jember"),
    ]);
}

#[test]
fn markets_bridges_health_posts_hamlets_and_roads_are_found_by_their_short_forms() {
    check_first(&[
        ("pasar tanjung", "landmark", "Pasar Tanjung"),
        ("ps tanjung", "landmark", "Pasar Tanjung"),
        ("psr ambulu", "landmark", "Pasar Ambulu"),
        ("pasar di sempolan", "landmark", "Pasar Sempolan"),
        ("jembatan gladak kembar", "landmark", "Jembatan Gladak Kembar"),
        ("jmb gladakkembar", "landmark", "Jembatan Gladak Kembar"),
        ("dekat jembatan jompo", "landmark", "Jembatan Jompo"),
        ("rsud soebandi", "landmark", "RSUD dr. Soebandi"),
        ("rs subandi patrang", "landmark", "RSUD dr. Soebandi"),
        ("rumah sakit bina sehat", "landmark", "RS Bina Sehat"),
        ("rs balung", "facility", "RSD Balung (demo)"),
        ("rsud balung", "facility", "RSD Balung (demo)"),
        ("pkm tanggul", "facility", "Puskesmas Tanggul (demo)"),
        ("pkm silo 2", "landmark", "Puskesmas Silo II"),
        ("puskesmas silo 1", "landmark", "Puskesmas Silo I"),
        ("puskesmas garahan", "landmark", "Puskesmas Silo II"),
        ("pustu mulyorejo", "landmark", "Pustu Mulyorejo"),
        ("klinik kimia sehat", "landmark", "Klinik Kimia Sehat"),
        ("apotik waras", "landmark", "Apotek Waras"),
        ("balai desa pace", "landmark", "Balai Desa Pace"),
        ("balaidesa pace", "landmark", "Balai Desa Pace"),
        ("kantor desa pace", "landmark", "Balai Desa Pace"),
        ("kantor kecamatan silo", "landmark", "Kantor Kecamatan Silo"),
        ("polsek silo", "landmark", "Polsek Silo"),
        ("pom bensin garahan", "landmark", "SPBU Garahan"),
        ("spbu mangli", "landmark", "SPBU (dekat Mangli, Kec. Kaliwates)"),
        ("stasiun jember", "landmark", "Stasiun Jember"),
        ("stasiun kalisat", "landmark", "Stasiun Kalisat"),
        ("terminal tawangalun", "landmark", "Terminal Tawang Alun"),
        ("depan indomaret mastrip", "landmark", "Indomaret Mastrip"),
        ("toko sumber rejeki", "landmark", "Toko Sumber Rejeki"),
        ("warung bu lilis garahan", "landmark", "Warung Bu Lilis"),
        ("hotel bandung", "landmark", "Hotel Bandung Permai"),
        ("dusun krajan desa pace", "landmark", "Krajan (dekat Pace, Kec. Silo)"),
        ("dsn krajan sukorejo", "landmark", "Krajan (dekat Sukorejo, Kec. Bangsalsari)"),
        ("curahwungkal", "landmark", "Curah Wungkal"),
        ("dsn curah wungkal rt 2 rw 5", "landmark", "Curah Wungkal"),
        ("baban timur", "landmark", "Baban Timur"),
        ("goemitir", "landmark", "Gumitir"),
        ("pantai papuma", "landmark", "Pantai Papuma"),
        ("gunung gambir", "landmark", "Gunung Gambir"),
        ("simpang tiga mangli", "landmark", "Simpang Mangli"),
        ("pertigaan mangli", "landmark", "Simpang Mangli"),
        ("alun alun jember", "landmark", "Alun-Alun Jember"),
        ("makam kreongan", "landmark", "TPU Kreongan"),
        ("pabrik gula semboro", "landmark", "Pabrik Gula Semboro"),
        ("jl mastrip", "road", "Jalan Mastrip (dekat Sumbersari"),
        ("jalan mastrip sumbersari", "road", "Jalan Mastrip (dekat Sumbersari"),
        ("jln. Mastrip no 12", "road", "Jalan Mastrip (dekat Sumbersari"),
        ("gg melati pace", "road", "Gang Melati (dekat Pace"),
        ("km 12 jalan raya ke banyuwangi", "kilometre", "KM 12 Jalan Raya Jember - Banyuwangi"),
        ("kilometer 3,5 arah banyuwangi", "kilometre", "KM 3.5 Jalan Raya Jember"),
    ]);
}

#[test]
fn what_is_known_already_decides_between_equals() {
    let near = |q: &'static str, place: &str, district: &str| {
        let asked = Asked { near: Some(village(place, district)), ..ask(q) };
        let found = PLACES.find(&asked);
        found.places.first().map(|place| place.label.clone()).unwrap_or_default()
    };
    assert_eq!(near("masjid nurul huda", "Sukowono", "Sukowono"), HUDA_SUKOWONO);
    assert_eq!(near("masjid nurul huda", "Bangsalsari", "Bangsalsari"), HUDA_BANGSALSARI);
    assert_eq!(near("sukorejo", "Sukowono", "Sukowono"), "Sukorejo, Kec. Sukowono");
    assert_eq!(near("sukorejo", "Tugusari", "Bangsalsari"), "Sukorejo, Kec. Bangsalsari");
    assert_eq!(near("masjid", "Sempolan", "Silo"), HUDA_SEMPOLAN);
    assert_eq!(near("krajan", "Pace", "Silo"), "Krajan (dekat Pace, Kec. Silo)");
}

#[test]
fn who_is_behind_a_place_or_somewhere_near_it_is_in_a_larger_circle() {
    let radius = |q: &str| PLACES.find(&ask(q)).places.first().map(|place| place.uncertainty_m);
    let plain = radius("masjid al huda").expect("found");
    assert_eq!(plain, 100);
    assert_eq!(radius("belakang masjid al huda"), Some(250));
    assert_eq!(radius("sekitar masjid al huda"), Some(600));
    assert_eq!(radius("sebelah utara masjid al huda sempolan"), Some(600));
    assert_eq!(radius("baban timur"), Some(500), "a word of the name says nothing of where");
    let village = radius("sempolan");
    assert_eq!(radius("belakang sempolan"), village, "as large as the village already");
    assert!(village.is_some_and(|metres| metres > 1_500));
    assert!(radius("km 12 arah banyuwangi").is_some_and(|metres| metres >= 2_000));
}

#[test]
fn kilometres_are_counted_along_the_road_from_the_middle_of_the_town() {
    let town = milestones::town(&JEMBER).expect("a town");
    for (q, km) in [("km 12 arah banyuwangi", 12.0), ("jl raya banyuwangi km 3.5", 3.5)] {
        let found = PLACES.find(&ask(q));
        let at = found.places.first().expect(q).position;
        assert!((town.metres_to(at) / 1_000.0 - km).abs() < 0.3, "{q}: {}", town.metres_to(at));
    }
    let beyond = PLACES.find(&ask("km 21 arah banyuwangi"));
    assert_eq!(beyond.places.first().map(|place| place.kind), Some(Kind::Kilometre));
    let far = PLACES.find(&ask("km 90 arah banyuwangi"));
    assert!(far.places.iter().all(|place| place.kind != Kind::Kilometre), "{:?}", labels(&far));
}

#[test]
fn earlier_places_are_found_by_what_their_callers_said() {
    let incident = IncidentId::from_uuid(uuid::Uuid::from_u128(7));
    let said = [Said {
        incident,
        text: "rumah pak lurah lama, timur balai pertemuan".to_owned(),
        position: village("Pace", "Silo"),
        uncertainty_m: 300,
    }];
    let found = PLACES.find(&Asked { said: &said, ..ask("pak lurah lama") });
    let first = found.places.first().expect("found");
    assert_eq!(
        (first.kind, first.village.as_deref()),
        (Kind::Incident(incident), Some("35.09.30.2005"))
    );
    let without = PLACES.find(&ask("pak lurah lama"));
    assert!(without.places.iter().all(|place| place.kind != Kind::Incident(incident)));
}

#[test]
fn without_roads_villages_and_facilities_are_found_all_the_same() {
    let places = Places::new(JEMBER.clone(), &[], None);
    assert_eq!(places.count(), 248 + 31);
    let found = places.find(&ask("masjid al huda sempolan"));
    assert_eq!(labels(&found), ["Sempolan, Kec. Silo"]);
    assert_eq!(labels(&places.find(&ask("km 12 arah lumajang"))), [""; 0]);
}

/// Of what is pasted where it is, to about a metre, and the radius.
fn pasted(text: &str) -> Option<(f64, f64, u32)> {
    match pasted::read(text, Bounds::INDONESIA) {
        Pasted::At { position, uncertainty_m, .. } => {
            Some((position.lat(), position.lon(), uncertainty_m))
        }
        Pasted::Words(_) | Pasted::Code(..) | Pasted::Nowhere(..) => None,
    }
}

#[test]
fn links_and_pins_say_where_they_are() {
    let here = "-8.172400,113.700300";
    let forms = [
        "https://www.google.com/maps?q=HERE",
        "https://maps.google.com/?q=HERE",
        "https://maps.google.com/maps?q=-8.172400%2C113.700300&z=17&hl=id",
        "https://maps.google.com/?ll=HERE&z=16",
        "https://www.google.com/maps/search/?api=1&query=HERE",
        "https://www.google.com/maps/dir/?api=1&origin=-7.9,112.6&destination=HERE",
        "https://www.google.com/maps/place/Masjid/@-8.17,113.69,17z/data=!3m5!8m2!3d-8.1724!4d113.7003!16s%2Fg",
        "https://www.google.com/maps/place/8%C2%B010'20.6%22S+113%C2%B042'01.1%22E/@-8.1,113.6,15z",
        "https://www.google.com/maps/search/-8.172400,+113.700300?entry=tts",
        "https://www.google.com/maps/dir//-8.1724,113.7003/@-8.2,113.8,12z",
        "https://www.google.com/maps/dir/a/b/data=!4m2!4m1!1m5!1m1!1s0x0!2m2!1d113.7003!2d-8.1724",
        "https://www.google.com/maps/embed?pb=!1m18!1m12!1m3!1d3949!2d113.7003!3d-8.1724",
        "https://maps.google.com/?q=loc:HERE",
        "https://www.google.com/url?q=https://maps.google.com/?q=HERE",
        "https://waze.com/ul?ll=HERE&navigate=yes",
        "https://www.waze.com/live-map/directions?to=ll.HERE",
        "https://maps.apple.com/?ll=HERE&q=Pin",
        "https://www.openstreetmap.org/?mlat=-8.1724&mlon=113.7003#map=17/-8.1/113.6",
        "geo:HERE",
        "geo:0,0?q=HERE(Rumah)",
        "Lokasi saya: https://maps.google.com/?q=HERE tolong cepat",
        "Lokasi: HERE",
        "posisi lat -8.172400 lon 113.700300 ya",
        "maps.google.com/?q=HERE",
    ];
    for form in forms.map(|form| form.replace("HERE", here)) {
        let (lat, lon, radius) = pasted(&form).unwrap_or_else(|| panic!("{form}"));
        assert!(
            (lat + 8.1724).abs() < 2e-5 && (lon - 113.7003).abs() < 2e-5,
            "{form}: {lat} {lon}"
        );
        assert!((20..=100).contains(&radius), "{form}: {radius}");
    }
    let screens = [
        "https://www.google.com/maps/@-8.1724,113.7003,15z",
        "https://www.openstreetmap.org/#map=17/-8.1724/113.7003",
    ];
    for screen in screens {
        assert_eq!(pasted(screen), Some((-8.1724, 113.7003, 500)), "{screen}");
    }
    assert_eq!(pasted("geo:-8.1724,113.7003;u=35"), Some((-8.1724, 113.7003, 35)));
}

#[test]
fn what_a_phone_tells_by_itself_is_read_with_its_radius() {
    let message = "A\"ML=1;lt=-8.17240;lg=+113.70030;rd=50;top=20261123010300;lc=90;pm=W;si=510";
    assert_eq!(pasted(message), Some((-8.1724, 113.7003, 50)));
    let found = PLACES.find(&ask(message));
    let first = found.places.first().expect("found");
    assert_eq!((first.kind, first.uncertainty_m), (Kind::Phone, 50));
    assert!(first.label.contains("(dekat "), "{}", first.label);
    for (rd, radius) in [("rd=3", 20), ("rd=9e9", 500), ("rd=-4", 500), ("rd=99999999", 50_000)] {
        let message = format!("A\"ML=1;lt=-8.1724;lg=113.7003;{rd}");
        assert_eq!(pasted(&message).map(|(_, _, m)| m), Some(radius), "{rd}");
    }
    for bad in ["A\"ML=1;lt=NaN;lg=113;rd=5", "A\"ML=1", "A\"ML=1;lt=+00.0;lg=+00.0;rd=N"] {
        assert_eq!(PLACES.find(&ask(bad)).nowhere, Some(Nowhere::Numbers), "{bad}");
    }
}

#[test]
fn plus_codes_are_found_whole_and_beside_a_name() {
    for (q, near) in [
        ("6P3MRPH2+24", "Jember"),
        ("RPH2+24 Jember", ""),
        ("RPH2+24, Kabupaten Jember, Jawa Timur", ""),
        ("Patrang RPH2+24", ""),
        ("https://maps.google.com/?q=6P3MRPH2%2B24", ""),
        ("https://www.google.com/maps/place/RPH2%2B24+Patrang", ""),
    ] {
        let found = PLACES.find(&ask(q));
        let first = found.places.first().unwrap_or_else(|| panic!("{q} {near}"));
        assert_eq!(first.kind, Kind::PlusCode, "{q}");
        let place = first.position;
        assert!((place.lat() + 8.172_437_5).abs() < 1e-6, "{q}: {place:?}");
        assert!((place.lon() - 113.700_312_5).abs() < 1e-6, "{q}: {place:?}");
        assert!(first.label.contains("(dekat "), "{}", first.label);
    }
}

#[test]
fn what_carries_no_place_says_why_and_the_words_beside_it_are_searched() {
    for (q, why, first) in [
        ("https://maps.app.goo.gl/AbC123", Nowhere::ShortLink, None),
        ("maps.app.goo.gl/AbC123", Nowhere::ShortLink, None),
        ("Sempolan https://goo.gl/maps/x?g_st=aw", Nowhere::ShortLink, Some("Sempolan, Kec. Silo")),
        ("https://example.org/", Nowhere::Link, None),
        ("javascript://x https://example.org/?q=", Nowhere::Link, None),
        ("https://maps.google.com/?q=51.5,-0.12", Nowhere::Abroad, None),
        ("https://maps.google.com/?ll=NaN,NaN", Nowhere::Link, None),
        ("https://maps.google.com/?ll=91.5,113.7", Nowhere::Link, None),
        ("https://maps.google.com/?ll=1e2,113.7", Nowhere::Link, None),
        ("geo:NaN,inf", Nowhere::Link, None),
        ("-8,25 113,85", Nowhere::Numbers, None),
        ("RPA2+24 Jember", Nowhere::Code(plus_code::Wrong::Letter('A')), None),
        ("RPH2+2", Nowhere::Code(plus_code::Wrong::Form), None),
    ] {
        let found = PLACES.find(&ask(q));
        assert_eq!(found.nowhere, Some(why), "{q}: {:?}", labels(&found));
        if let Some(first) = first {
            assert_eq!(labels(&found).first(), Some(&first), "{q}");
        }
    }
    let named = PLACES.find(&ask("https://maps.google.com/?q=Masjid+Al-Huda+Sempolan"));
    assert_eq!(labels(&named).first(), Some(&HUDA_SEMPOLAN));
}

#[test]
fn huge_and_hostile_texts_break_nothing() {
    let nested = (0..500).fold("x".to_owned(), |link, _| format!("https://a.b/?q={link}"));
    let texts = [
        String::new(),
        "\0\n\t".to_owned(),
        "%".repeat(100_000),
        "https://maps.google.com/?q=%".to_owned(),
        "https://maps.google.com/?q=%F0%9F%9A%91%".to_owned(),
        format!("https://maps.google.com/?q={}", "9".repeat(5_000)),
        format!("https://maps.google.com/@{}", ",".repeat(5_000)),
        format!("{}+22", "2".repeat(5_000)),
        format!("A\"ML={}", ";lt=".repeat(5_000)),
        format!("km {} jalan raya", "9".repeat(5_000)),
        "masjid ".repeat(10_000),
        "🚑".repeat(1_000),
        nested,
    ];
    for text in &texts {
        let found = PLACES.find(&ask(text));
        assert!(found.places.len() <= 8, "{text:.40}");
    }
    let none = Asked { limit: 0, ..ask("-8.25,113.85") };
    assert!(PLACES.find(&none).places.is_empty());
}
