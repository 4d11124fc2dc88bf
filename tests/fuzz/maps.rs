//! What a map is read from: the scenery in a graph's file, and a file of somebody else's tiles.

use siaga::roads::pmtiles::{Archive, Header, tile_number};
use siaga::roads::scenery::{Form, PARTS_MAX, Scenery};
use siaga::roads::square::Square;

use super::on_every_input;
use crate::house::TempDir;

#[test]
fn any_scenery_is_refused_or_lies_on_the_earth() {
    on_every_input("scenery", 4_000, |bytes| {
        let Some(scenery) = Scenery::decode(bytes.to_vec()) else { return false };
        for thing in scenery.things() {
            let [west, south, east, north] = thing.bounds;
            assert!(west <= east && south <= north, "{thing:?}");
            assert!(west >= -1_800_000_000 && east <= 1_800_000_000, "{thing:?}");
            assert!(south >= -900_000_000 && north <= 900_000_000, "{thing:?}");
            let parts = scenery.parts(thing);
            assert!((1..=PARTS_MAX).contains(&parts.len()));
            let least = if thing.kind.form() == Form::Point { 1 } else { 2 };
            assert!(parts.iter().all(|points| points.len() >= least));
            assert!(scenery.name(thing).len() <= 1_000);
            let square = Square::new(9, 417, 267).expect("on the map");
            parts.iter().for_each(|points| drop((square.line(points), square.ring(points))));
        }
        true
    });
}

#[test]
fn any_file_of_tiles_is_refused_or_gives_tiles_of_its_own() {
    let dir = TempDir::new();
    let file = dir.0.join("map.pmtiles");
    on_every_input("pmtiles", 3_000, |bytes| {
        std::fs::write(&file, bytes).expect("written");
        let Ok(archive) = Archive::open(&file) else { return false };
        assert!(Header::read(bytes).is_ok());
        let (least, most) = archive.zooms();
        assert!(least <= most && most <= 22);
        assert!(archive.layers.len() <= 64 && !archive.attribution.contains(['<', '>', '"', '&']));
        for (z, x, y) in [(0, 0, 0), (1, 1, 0), (3, 5, 2), (14, 13_300, 8_500), (22, 1, 4_000_000)]
        {
            let square = Square::new(z, x, y).expect("on the map");
            assert!(tile_number(square) < 1 << 45);
            if let Ok(Some(tile)) = archive.tile(square) {
                assert!(tile.len() <= bytes.len());
            }
        }
        true
    });
}
