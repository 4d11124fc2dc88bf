//! What a power cut leaves of a journal, at every byte where it can happen.

use uuid::Uuid;

use super::*;
use crate::device::journal::Known;
use crate::device::{Device, Limits};
use crate::payload::{Ack, Demand, Offer, Order, Status};
use crate::place::Place;
use crate::receiver::Reading;

const A: Uuid = Uuid::from_u128(7);
const READING: Reading = Reading {
    place: Place { lat: -8.25, lon: 113.85 },
    accuracy_m: 8.0,
    speed_kmh: 40.0,
    heading_deg: 90,
    battery_pct: 80,
};

/// A folder of one test, gone afterwards.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = std::env::temp_dir().join(format!("firmware-sim-{}", Uuid::now_v7()));
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("amb-silo-03.outbox")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn start(file: &Path, boot: &str) -> (Outbox, Device) {
    let (mut outbox, entries) = Outbox::open(file).unwrap();
    let mut device = Device::restored(entries, boot.to_owned(), Limits::default());
    outbox.append(&device.take_journal(), 0).unwrap();
    (outbox, device)
}

fn order() -> Order {
    let offer = Offer {
        case_number: "261123-007".to_owned(),
        priority: "P1".to_owned(),
        scene: READING.place,
        facility: None,
    };
    Order { assignment: A, revision: 1, demand: Demand::Offered(offer) }
}

/// The numbers and statuses that a device sends after it has started.
fn said(device: &mut Device) -> (Vec<String>, Vec<u64>, Vec<String>) {
    device.link_up(0);
    let (mut boots, mut seqs, mut statuses) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(message) = device.due(0) {
        device.sent(0, message.span());
        let json: serde_json::Value = serde_json::from_slice(&message.payload).unwrap();
        boots.push(json["boot"].as_str().unwrap().to_owned());
        match json["fixes"].as_array() {
            Some(fixes) => seqs.extend(fixes.iter().map(|fix| fix["seq"].as_u64().unwrap())),
            None => {
                seqs.push(json["seq"].as_u64().unwrap());
                statuses.push(json["status"].as_str().unwrap().to_owned());
            }
        }
    }
    boots.dedup();
    seqs.sort_unstable();
    (boots, seqs, statuses)
}

#[test]
fn what_was_kept_before_a_power_cut_is_sent_after_it_under_the_same_name() {
    let folder = Folder::new();
    let (mut outbox, mut device) = start(&folder.file(), "first");
    device.take_order(0, order());
    (0..5).for_each(|second| device.record_fix(second * 1_000, READING));
    assert!(device.record_step(5_000, A, Status::EnRoute, None));
    outbox.append(&device.take_journal(), 5_000).unwrap();
    drop((outbox, device));

    let (mut outbox, mut device) = start(&folder.file(), "second");
    let (boots, seqs, statuses) = said(&mut device);
    assert_eq!((boots, seqs), (vec!["first".to_owned()], (1..=7).collect()));
    assert_eq!(statuses, ["received", "en_route"]);
    assert!(device.record_step(6_000, A, Status::OnScene, None), "the order is still known");
    let ack = Ack { boot: "first".to_owned(), through: 7, refused: vec![] };
    assert_eq!(device.take_ack(6_000, &ack).records, 7);
    outbox.append(&device.take_journal(), 6_000).unwrap();
    drop((outbox, device));

    let (_, mut device) = start(&folder.file(), "third");
    let (_, seqs, statuses) = said(&mut device);
    assert_eq!(statuses, ["on_scene"], "what Siaga has is not sent again");
    assert!(seqs[0] > 1_000, "{seqs:?}: a number that may have gone out is not used again");
}

#[test]
fn a_file_cut_off_or_garbled_anywhere_keeps_everything_before_that() {
    let folder = Folder::new();
    let (mut outbox, mut device) = start(&folder.file(), "first");
    device.take_order(0, order());
    (0..6).for_each(|second| device.record_fix(second * 1_000, READING));
    outbox.append(&device.take_journal(), 5_000).unwrap();
    let whole = fs::read(folder.file()).unwrap();
    let (entries, _) = read(&whole);
    let mut ends = vec![0];
    for count in 1..=entries.len() {
        ends.push(written(&entries[..count]).unwrap().len());
    }
    for cut in 0..=whole.len() {
        let expected = ends.iter().filter(|end| **end <= cut).count() - 1;
        assert_eq!(read(&whole[..cut]).0, entries[..expected], "cut at {cut}");
        if cut < whole.len() {
            let mut garbled = whole.clone();
            garbled[cut] ^= 0x40;
            assert_eq!(read(&garbled).0, entries[..expected], "garbled at {cut}");
        }
    }
    // Through the file: the torn end goes, and what is written next stands whole.
    fs::write(folder.file(), &whole[..whole.len() - 3]).unwrap();
    let (mut outbox, mut device) = start(&folder.file(), "second");
    device.record_fix(9_000, READING);
    outbox.append(&device.take_journal(), 9_000).unwrap();
    let (_, again) = Outbox::open(&folder.file()).unwrap();
    assert!(again.starts_with(&entries[..entries.len() - 1]));
    assert!(matches!(again.last(), Some(Entry::Fix(fix)) if fix.at_ms == 9_000));
}

#[test]
fn a_long_file_is_made_short_and_says_the_same() {
    let folder = Folder::new();
    let (mut outbox, mut device) = start(&folder.file(), "first");
    device.link_up(0);
    device.take_order(0, order());
    let mut shortened = 0;
    for second in 0..20_000 {
        device.record_fix(second * 1_000, READING);
        while let Some(message) = device.due(second * 1_000) {
            device.sent(second * 1_000, message.span());
        }
        if second % 500 == 400 {
            let through = u64::try_from(second).unwrap() - 50;
            let ack = Ack { boot: "first".to_owned(), through, refused: vec![] };
            assert!(device.take_ack(second * 1_000, &ack).records > 0);
        }
        outbox.append(&device.take_journal(), second * 1_000).unwrap();
        if outbox.is_long() {
            outbox.shorten(&device.snapshot()).unwrap();
            shortened += 1;
        }
    }
    assert!(shortened >= 2, "{shortened}");
    assert!(fs::metadata(folder.file()).unwrap().len() < 2 * GROWTH_MAX * BYTES_KEPT_MIN);
    let before = said(&mut device);
    let (_, mut restored) = start(&folder.file(), "second");
    assert_eq!(said(&mut restored), before);
}

#[test]
fn a_file_that_is_none_begins_a_new_one() {
    let folder = Folder::new();
    for content in [&b""[..], b"not a journal", &[0xff; 64], &[0; 64]] {
        fs::write(folder.file(), content).unwrap();
        let (_, device) = start(&folder.file(), "new");
        assert_eq!(device.snapshot()[0], Entry::Boot { boot: "new".to_owned() });
        fs::remove_file(folder.file()).unwrap();
    }
    assert!(Outbox::open(&folder.0.join("no/such/folder")).is_err());
}

#[test]
fn only_positions_may_reach_the_disk_late() {
    let order = Known { assignment: A, newest: Status::Received, withdrawn: false, revision: 1 };
    assert!(Entry::Order(order).is_urgent());
    assert!(Entry::Reserved { through: 9 }.is_urgent());
    assert!(!Entry::Done { through: 9 }.is_urgent());
}
