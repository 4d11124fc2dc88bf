//! The graph's file: read as it was written, refused when it is anything else.

use siaga::roads::file::{Fault, read, write};

use super::extracts::LIECHTENSTEIN;
use super::*;
use crate::house::TempDir;

fn small() -> Graph {
    let mut town = Town::new(&[(0.0, 0.0), (5.0, 0.0), (5.0, 5.0)]);
    let (one, other) = (town.both(0, 1), town.road(1, 2, [true, false]));
    town.turn(one, 1, other, false);
    let name = town.builder.name("Jalan Gajah Mada");
    assert_eq!((name, town.builder.name("Jalan Gajah Mada"), town.builder.name("")), (1, 1, 0));
    town.builder.finish(3, "town.osm.pbf".to_owned(), Some(1_700_000_000))
}

#[test]
fn a_graph_is_read_as_it_was_written() {
    let dir = TempDir::new();
    let file = dir.0.join("roads");
    for graph in [&small(), LIECHTENSTEIN.0.graph(), &Graph::default()] {
        write(graph, &file).expect("written");
        match read(&file) {
            Ok(again) => assert_eq!(&again, graph),
            Err(fault) => assert!(graph.segments() == 0, "{fault}"),
        }
        assert_eq!(std::fs::read_dir(&dir.0).expect("a folder").count(), 1, "nothing half-written");
    }
}

#[test]
fn a_file_that_is_cut_short_damaged_or_another_is_refused_and_never_a_panic() {
    let dir = TempDir::new();
    let file = dir.0.join("roads");
    write(&small(), &file).expect("written");
    let good = std::fs::read(&file).expect("read");
    let refused = |bytes: &[u8]| {
        std::fs::write(&file, bytes).expect("written");
        read(&file).expect_err("refused")
    };
    for length in 0..good.len() {
        refused(&good[..length]);
    }
    for bit in 0..good.len() * 8 {
        let mut damaged = good.clone();
        damaged[bit / 8] ^= 1 << (bit % 8);
        refused(&damaged);
    }
    assert!(matches!(refused(&[&good[..], b"x"].concat()), Fault::Damaged(_)));
    assert!(matches!(refused(b"PBF"), Fault::Foreign(_)));
    assert!(matches!(read(&dir.0.join("nowhere")), Err(Fault::Io(_))));
}

#[test]
fn numbers_that_lead_to_nothing_are_refused_although_the_checksum_is_right() {
    let dir = TempDir::new();
    let file = dir.0.join("roads");
    let spoil: [fn(&mut Graph); 9] = [
        |graph| graph.arcs[0].tail = 1_000,
        |graph| graph.out[0] = 1_000,
        |graph| graph.heads[0][0] = 1_000,
        |graph| graph.first_in[1] = 1_000,
        |graph| graph.in_cell[0] = 1_000,
        |graph| graph.named[0] = 1_000,
        |graph| graph.shape_at[1] = 1_000,
        |graph| graph.efforts.clear(),
        |graph| graph.heads.swap(0, 1),
    ];
    for (number, spoil) in spoil.into_iter().enumerate() {
        let mut graph = small();
        spoil(&mut graph);
        write(&graph, &file).expect("written");
        let fault = read(&file).expect_err("refused").to_string();
        assert!(fault.contains("do not fit"), "{number}: {fault}");
    }
}

#[test]
fn a_graph_that_cannot_be_written_leaves_the_old_one() {
    let dir = TempDir::new();
    let file = dir.0.join("roads");
    write(&small(), &file).expect("written");
    std::fs::create_dir(dir.0.join("roads.new")).expect("in the way");
    write(LIECHTENSTEIN.0.graph(), &file).expect_err("no room");
    assert_eq!(read(&file).expect("the old one").about.source, "town.osm.pbf");
}
