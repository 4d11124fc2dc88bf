//! Jember's 248 villages as they are drawn, where the file is at hand: it is not ours to give.

use std::io::Write;
use std::path::PathBuf;
use std::sync::LazyLock;

use flate2::Compression;
use flate2::write::GzEncoder;
use geo::{InteriorPoint, LineString, MultiPolygon, Polygon};
use siaga::boundaries::import::import;
use siaga::boundaries::topology::draw;
use siaga::gazetteer::Regency;

use super::*;

/// What the maps may ask of a line.
const DRAWN_GZIP_MAX: usize = 100_000;

static JEMBER: LazyLock<Option<(Boundaries, Summary)>> = LazyLock::new(|| {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/boundaries/jember_villages.geojson");
    file.exists().then(|| import(&file, None, None).expect("imported"))
});

fn jember() -> Option<&'static (Boundaries, Summary)> {
    if JEMBER.is_none() {
        say("skipped: the outlines of Jember's villages are not at hand");
    }
    JEMBER.as_ref()
}

#[expect(clippy::print_stdout, reason = "what was measured or skipped, for whoever reads the run")]
fn say(text: &str) {
    println!("{text}");
}

#[test]
fn all_villages_of_jember_have_an_outline_and_contain_their_middle() {
    let Some((jember, summary)) = jember() else { return };
    assert_eq!((jember.villages(), summary.villages_known), (248, 248));
    assert_eq!(jember.about.outlines.len(), 248 + 31);
    assert_eq!(summary.repaired.len(), 1, "{:?}", summary.repaired);
    assert_eq!(
        summary.beside.len(),
        3,
        "centres outside of their own outline: {:?}",
        summary.beside
    );
    assert!(summary.hopeless.is_empty() && summary.missing.is_empty(), "{summary:?}");
    for (n, outline) in jember.about.outlines.iter().enumerate() {
        let degrees = |[x, y]: &[i32; 2]| (f64::from(*x) / 1e7, f64::from(*y) / 1e7);
        let line = |ring: &[[i32; 2]]| ring.iter().map(degrees).collect::<LineString>();
        let polygons = jember.polygons(n).map(|rings| {
            let mut rings = rings.map(line);
            Polygon::new(rings.next().expect("an outer ring"), rings.collect())
        });
        let middle = MultiPolygon(polygons.collect()).interior_point().expect("it has a middle");
        let found = jember.village_at(at(middle.y(), middle.x()));
        if outline.is_village() {
            assert_eq!(found, Some(outline.code.as_str()), "{}", outline.name);
        } else {
            assert_eq!(found.and_then(|code| code.get(..8)), Some(outline.code.as_str()));
        }
    }
}

#[test]
fn nearly_every_point_of_jember_lies_in_a_village_and_often_not_in_the_nearest() {
    let Some((jember, _)) = jember() else { return };
    let regency = Regency::load("35.09").expect("Jember");
    let (mut inside, mut nearest_is_right, mut asked) = (0, 0, 0);
    for village in &regency.villages {
        for (north, east) in [(0, 0), (7, 3), (-5, 8), (4, -9)] {
            let (lat, lon) = (village.position.lat(), village.position.lon());
            let place = at(lat + f64::from(north) * 1e-3, lon + f64::from(east) * 1e-3);
            asked += 1;
            if let Some(code) = jember.village_at(place) {
                inside += 1;
                let nearest = regency.nearest_village(place).expect("there are villages");
                nearest_is_right += usize::from(nearest.code == code);
            }
        }
    }
    say(&format!("{inside} of {asked} inside, the nearest right for {nearest_is_right}"));
    assert!(inside * 100 >= asked * 97, "{inside} of {asked}");
    assert!(nearest_is_right < inside, "otherwise outlines would tell nothing new");
}

#[test]
fn the_drawing_of_jember_goes_over_a_thin_line_and_leaves_no_village_out() {
    let Some((jember, _)) = jember() else { return };
    let drawn = draw(jember);
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(&drawn.json).expect("packed");
    let packed = packed.finish().expect("packed").len();
    say(&format!("{} bytes, {packed} packed", drawn.json.len()));
    assert!(packed <= DRAWN_GZIP_MAX, "{packed}");
    let topology: Value = serde_json::from_slice(&drawn.json).expect("JSON");
    let geometries = |kind: &str| topology["objects"][kind]["geometries"].as_array().map(Vec::len);
    assert_eq!((geometries("villages"), geometries("districts")), (Some(248), Some(31)));
}
