//! What devices say and hear, and what stands in the file of settings.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_secretbox::XSalsa20Poly1305;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use firmware_sim::payload::{self, Origin};
use siaga::clock::Timestamp;
use siaga::config::Config;
use siaga::device::door::PACKET_BYTES_MAX;
use siaga::device::payload::native::{self, FIXES_MAX, Judged, Numbered, REFUSED_MAX, Refused};
use siaga::device::payload::{owntracks, sms, traccar};
use siaga::dispatch::unit::Fix;
use siaga::gazetteer::Regency;
use siaga::store::PayloadKey;

use super::on_every_input;
use crate::house::{AREA, TempDir};

/// 2026-11-23T01:03:00Z.
const NOW: Timestamp = Timestamp::from_ms(1_795_395_780_000);
/// Of a phone that encrypts.
const KEY: PayloadKey = PayloadKey(*b"23456789abcdefghjkmnpqrstuvwxyz2");
/// The largest number of a record.
const SEQ_MAX: u64 = 1 << 48;

fn check(fix: &Fix) {
    let (lat, lon) = (fix.position.lat(), fix.position.lon());
    assert!((-90.0..=90.0).contains(&lat) && (-180.0..=180.0).contains(&lon), "{lat}, {lon}");
    assert!((Timestamp::MIN..=Timestamp::MAX).contains(&fix.device_at), "{}", fix.device_at.ms());
    assert_eq!(fix.received_at, NOW);
    assert!(fix.speed_kmh.is_none_or(|speed| (0.0..=500.0).contains(&speed)), "{fix:?}");
    assert!(fix.accuracy_m.is_none_or(|accuracy| (0.0..=1e6).contains(&accuracy)), "{fix:?}");
    assert!(fix.heading_deg.is_none_or(|heading| heading < 360), "{fix:?}");
    assert!(fix.battery_pct.is_none_or(|battery| battery <= 100), "{fix:?}");
}

/// Numbers are in their range, and the acknowledgement of the worst case can be sent and is understood by a device.
fn check_numbers<T>(boot: &str, base: u64, records: &[Judged<T>]) {
    let is_boot = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    assert!((1..=32).contains(&boot.len()) && boot.bytes().all(is_boot), "{boot}");
    assert!(base <= SEQ_MAX, "{base}");
    assert!(records.iter().all(|(seq, _)| (1..=SEQ_MAX).contains(seq)));
    let why = records.iter().find_map(|(seq, judged)| Some((*seq, judged.as_ref().err()?)));
    let Some((seq, why)) = why else { return };
    let refused = vec![Refused::unbelievable(seq, why); REFUSED_MAX];
    let ack = native::encode_ack(boot, SEQ_MAX, &refused);
    // Beside the topic and the packet's head.
    assert!(ack.len() + 200 < PACKET_BYTES_MAX, "an acknowledgement of {} bytes: {why}", ack.len());
    let heard = payload::decode_ack(&ack).expect("a device understands it");
    assert_eq!((heard.boot.as_str(), heard.through), (boot, SEQ_MAX));
    assert!(heard.refused.len() == REFUSED_MAX && heard.refused[0].seq == seq);
}

/// As a device would say it.
fn said(numbered: &Numbered<Vec<Judged<Fix>>>) -> Option<Vec<u8>> {
    let fix = |(seq, judged): &Judged<Fix>| {
        let fix = judged.as_ref().ok()?;
        Some(payload::Fix {
            seq: *seq,
            at_ms: fix.device_at.ms(),
            place: firmware_sim::Place { lat: fix.position.lat(), lon: fix.position.lon() },
            accuracy_m: fix.accuracy_m.unwrap_or(0.0),
            speed_kmh: fix.speed_kmh.unwrap_or(0.0),
            heading_deg: fix.heading_deg.unwrap_or(0),
            battery_pct: fix.battery_pct.unwrap_or(0),
        })
    };
    let fixes = numbered.records.iter().map(fix).collect::<Option<Vec<_>>>()?;
    let origin = Origin { boot: &numbered.boot, base: numbered.base, now_ms: NOW.ms() };
    Some(payload::encode_fixes(origin, &fixes))
}

#[test]
fn any_message_with_positions_is_refused_or_read_within_the_stated_ranges() {
    on_every_input("native-fix", 4_500, |bytes| {
        let Ok(numbered) = native::decode_fixes(bytes, NOW) else { return false };
        assert!((1..=FIXES_MAX).contains(&numbered.records.len()));
        numbered.records.iter().filter_map(|(_, judged)| judged.as_ref().ok()).for_each(check);
        check_numbers(&numbered.boot, numbered.base, &numbered.records);
        if let Some(once) = said(&numbered) {
            let read = native::decode_fixes(&once, NOW).expect("what a device says is understood");
            assert_eq!(said(&read), Some(once), "said again it is the same");
        }
        true
    });
}

#[test]
fn any_status_is_refused_or_read_and_can_be_acknowledged() {
    on_every_input("native-status", 3_000, |bytes| {
        let Ok(Numbered { boot, base, records }) = native::decode_status(bytes) else {
            return false;
        };
        if let Ok(status) = &records.1 {
            assert!((Timestamp::MIN..=Timestamp::MAX).contains(&status.device_at));
        }
        check_numbers(&boot, base, &[records]);
        true
    });
}

/// What an app sends of a message when it encrypts.
fn sealed(message: &[u8]) -> String {
    let nonce = [9; 24];
    let sealed = XSalsa20Poly1305::new(&KEY.0.into()).encrypt(&nonce.into(), message);
    let data = [&nonce[..], &sealed.expect("sealed")].concat();
    format!(r#"{{"_type":"encrypted","data":"{}"}}"#, BASE64.encode(data))
}

#[test]
fn any_message_of_an_owntracks_phone_is_refused_or_read_within_the_stated_ranges() {
    let understands = |bytes: &[u8], key: Option<&PayloadKey>| {
        let Ok(messages) = owntracks::decode(bytes, key, NOW) else { return false };
        assert!(messages.len() <= owntracks::MESSAGES_MAX, "{}", messages.len());
        for message in messages.iter().flatten() {
            if let owntracks::Message::Location(fix) = message {
                check(fix);
            }
        }
        messages.iter().any(Result::is_ok)
    };
    on_every_input("owntracks", 2_500, |bytes| {
        understands(bytes, Some(&KEY));
        understands(sealed(bytes).as_bytes(), Some(&KEY));
        understands(bytes, None)
    });
}

/// A query, a line end, a body.
fn request(bytes: &[u8]) -> (String, &[u8]) {
    let line = bytes.iter().position(|byte| *byte == b'\n').unwrap_or(bytes.len());
    let query = String::from_utf8_lossy(&bytes[..line]).into_owned();
    (query, bytes.get(line + 1..).unwrap_or_default())
}

#[test]
fn any_text_message_is_refused_asked_about_or_read_within_the_stated_ranges() {
    let regency = Regency::load(AREA).expect("embedded");
    on_every_input("sms", 1_500, |bytes| {
        let (query, body) = request(bytes);
        let Ok(message) = sms::decode(&query, body) else { return false };
        let Ok(said) = sms::read(&message.text, &regency) else { return true };
        assert!(said.word.is_some() || said.place.is_some());
        if let Some(place) = said.place {
            let (lat, lon) = (place.position.lat(), place.position.lon());
            assert!(lat.abs() <= 90.0 && lon.abs() <= 180.0, "{lat}, {lon}");
        }
        if let Some(sms::Word::Rejected { reason }) = said.word {
            assert!(reason.chars().count() <= payload::REASON_CHARS_MAX, "{reason}");
        }
        true
    });
}

#[test]
fn any_request_of_traccar_client_is_refused_or_read_within_the_stated_ranges() {
    on_every_input("traccar", 4_000, |bytes| {
        let (query, body) = request(bytes);
        let Ok(message) = traccar::decode(&query, body, NOW) else { return false };
        assert!(!message.id.is_empty());
        assert!(message.fixes.len() <= traccar::FIXES_MAX, "{}", message.fixes.len());
        message.fixes.iter().flatten().for_each(check);
        true
    });
}

#[test]
fn any_position_that_a_traccar_server_forwards_is_refused_or_read_within_the_stated_ranges() {
    on_every_input("traccar-forwarded", 1_500, |bytes| {
        let Ok(message) = traccar::decode_forwarded(bytes, NOW) else { return false };
        assert!(message.fixes.len() <= 1);
        message.fixes.iter().flatten().for_each(check);
        true
    });
}

#[test]
fn any_acknowledgement_and_order_is_refused_or_read_by_a_device() {
    on_every_input("device-ack", 1_000, |bytes| payload::decode_ack(bytes).is_ok());
    on_every_input("device-order", 1_000, |bytes| {
        let Ok(order) = payload::decode_order(bytes) else { return false };
        if let payload::Demand::Offered(offer) = order.demand {
            for place in std::iter::once(offer.scene).chain(offer.facility) {
                assert!(place.lat.abs() <= 90.0 && place.lon.abs() <= 180.0, "{place:?}");
            }
        }
        true
    });
}

#[test]
fn any_file_of_settings_is_refused_with_its_name_or_read_and_written_back_the_same() {
    let dir = TempDir::new();
    let (file, copy) = (dir.0.join("siaga.toml"), dir.0.join("copy.toml"));
    on_every_input("config", 800, |bytes| {
        std::fs::write(&file, bytes).expect("written");
        let config = match Config::read(&file) {
            Ok(config) => config,
            Err(why) => {
                assert!(why.contains("siaga.toml"), "{why}");
                return false;
            }
        };
        assert!(!config.area.is_empty());
        let Config { dispatch, retention, .. } = config;
        let set = Config { area: "35.09".to_owned(), dispatch, retention, ..Config::default() };
        std::fs::write(&copy, set.as_file()).expect("written");
        assert_eq!(Config::read(&copy), Ok(set), "what the program writes it reads");
        true
    });
}
