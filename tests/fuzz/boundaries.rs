//! Outlines: foreign GeoJSON, and the file that an import writes.

use flate2::Crc;
use siaga::boundaries::file::{MARK, read_bytes};
use siaga::boundaries::repair::mend;
use siaga::boundaries::{geojson, topology};
use siaga::place::Position;

use super::on_every_input;

#[test]
fn any_bytes_are_no_geojson_or_outlines_within_degrees_that_are_mended_or_hopeless() {
    on_every_input("geojson", 3_000, |bytes| {
        let Ok((features, _)) = geojson::read(bytes, None) else { return false };
        for feature in &features {
            assert!(matches!(feature.code.len(), 8 | 13), "{}", feature.code);
            let corners = feature.polygons.iter().flatten().flatten();
            for [x, y] in corners {
                assert!(x.abs() <= 180.0 && y.abs() <= 90.0, "{x}, {y}");
            }
            if let Ok((whole, _)) = mend(&feature.polygons) {
                assert!(!whole.0.is_empty(), "something is enclosed");
            }
        }
        true
    });
}

#[test]
fn any_bytes_with_the_right_checksum_are_no_boundaries_or_such_that_can_be_asked_and_drawn() {
    on_every_input("boundaries", 4_000, |bytes| {
        let mut file = [&MARK[..], bytes].concat();
        let mut sum = Crc::new();
        sum.update(&file);
        file.extend(sum.sum().to_le_bytes());
        let Ok(read) = read_bytes(&file) else { return false };
        for outline in 0..read.about.outlines.len() {
            for [x, y] in read.polygons(outline).flatten().flatten() {
                let place = Position::from_e7(*y, *x).expect("every corner is a place");
                let _ = read.village_at(place);
            }
        }
        let drawn = topology::draw(&read);
        assert!(serde_json::from_slice::<serde_json::Value>(&drawn.json).is_ok(), "JSON");
        true
    });
}
