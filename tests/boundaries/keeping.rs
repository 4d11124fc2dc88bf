//! The file of boundaries: read as it was written, refused when it is anything else.

use siaga::boundaries::file::{read, write};
use siaga::sealed::Fault;

use super::*;
use crate::house::TempDir;

#[test]
fn boundaries_are_read_as_they_were_written() {
    let dir = TempDir::new();
    let file = dir.0.join("boundaries");
    let (town, _) = imported(&town());
    write(&town, &file).expect("written");
    assert_eq!(read(&file).expect("read"), town);
    assert_eq!(std::fs::read_dir(&dir.0).expect("a folder").count(), 1, "nothing half-written");
    std::fs::create_dir(dir.0.join("boundaries.new")).expect("in the way");
    write(&Boundaries::default(), &file).expect_err("no room");
    assert_eq!(read(&file).expect("the old one"), town);
}

#[test]
fn a_file_that_is_cut_short_damaged_or_another_is_refused_and_never_a_panic() {
    let dir = TempDir::new();
    let file = dir.0.join("boundaries");
    let (town, _) = imported(&town());
    write(&town, &file).expect("written");
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
    let other = refused(&town.about.source.into_bytes()).to_string();
    assert!(other.contains("no file of boundaries of this program"), "{other}");
    assert!(matches!(read(&dir.0.join("nowhere")), Err(Fault::Io(_))));
}
