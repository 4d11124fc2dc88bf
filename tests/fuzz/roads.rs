//! Extracts of OpenStreetMap and the files that become of them.

use std::path::Path;

use flate2::Crc;
use siaga::place::Position;
use siaga::roads::graph::Graph;
use siaga::roads::import::import;
use siaga::roads::kind::Speeds;
use siaga::roads::search::{Enough, Start};
use siaga::roads::{Roads, file};

use super::on_every_input;
use crate::house::TempDir;

/// Writes a file anew: to cut an old one short first makes some disks flush each time.
fn put(file: &Path, bytes: &[u8]) {
    let _ = std::fs::remove_file(file);
    std::fs::write(file, bytes).expect("written");
}

/// Asks a graph everything that a server asks, from the places that it knows.
fn search(graph: Graph) {
    let segments = u32::try_from(graph.segments().min(8)).expect("few");
    let points = (0..segments).flat_map(|segment| graph.shape(segment));
    let places: Vec<Position> =
        points.filter_map(|(lat, lon)| Position::from_e7(lat, lon).ok()).take(12).collect();
    for segment in 0..segments {
        let _ = graph.name(segment);
    }
    let headings = [None, Some(90)].into_iter().cycle();
    let starts: Vec<Start> = places
        .iter()
        .zip(headings)
        .map(|(position, heading_deg)| Start { position: *position, heading_deg, delay_ms: 0 })
        .collect();
    let roads = Roads::new(graph, &Speeds::default());
    for place in &places {
        let met = roads.meet(*place, &starts, Enough { met: usize::MAX, junctions: 10_000 });
        assert_eq!(met.ways.len(), starts.len());
    }
}

#[test]
fn any_extract_is_refused_with_a_reason_or_becomes_a_graph_that_can_be_searched_and_kept() {
    let dir = TempDir::new();
    let (extract, kept) = (dir.0.join("x.osm.pbf"), dir.0.join("roads"));
    on_every_input("extract", 1_000, |bytes| {
        put(&extract, bytes);
        let graph = match import(&extract, |_| {}) {
            Ok((graph, _)) => graph,
            Err(why) => {
                assert!(!why.to_string().is_empty());
                return false;
            }
        };
        file::write(&graph, &kept).expect("written");
        assert_eq!(file::read(&kept).expect("read"), graph);
        search(graph);
        true
    });
}

#[test]
fn any_file_of_a_graph_is_refused_with_a_reason_or_can_be_searched() {
    let dir = TempDir::new();
    let kept = dir.0.join("roads");
    on_every_input("road-graph", 4_000, |bytes| {
        let mut sum = Crc::new();
        sum.update(bytes);
        let whole = [bytes, &sum.sum().to_le_bytes()].concat();
        put(&kept, &whole);
        match file::read(&kept) {
            Ok(graph) => search(graph),
            Err(why) => {
                assert!(!why.to_string().is_empty());
                return false;
            }
        }
        true
    });
}
