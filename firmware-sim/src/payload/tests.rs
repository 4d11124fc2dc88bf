//! What the wire format promises: the contract's own examples, and garbage of every kind.

use super::*;

const ORIGIN: Origin<'_> = Origin { boot: "k3v9x1", base: 118, now_ms: 1_763_859_735_000 };
const ASSIGNMENT: &str = "0198c5a4-7c51-7b9e-8f00-000000000001";

fn fix(seq: u64) -> Fix {
    Fix {
        seq,
        at_ms: 1_763_859_723_456,
        place: Place { lat: -8.172_400_9, lon: 113.700_312_2 },
        accuracy_m: 8.46,
        speed_kmh: 42.08,
        heading_deg: 181,
        battery_pct: 87,
    }
}

fn step(reason: Option<String>) -> Step {
    let assignment = ASSIGNMENT.parse().unwrap();
    Step {
        seq: 121,
        at_ms: 1_763_859_730_000,
        assignment,
        status: Status::EnRoute,
        revision: None,
        reason,
    }
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

fn order_with(members: &str) -> String {
    format!(r#"{{"assignment":"{ASSIGNMENT}",{members}}}"#)
}

#[test]
fn fixes_are_written_as_the_contract_shows_them() {
    assert_eq!(
        text(encode_fixes(ORIGIN, &[fix(118)])),
        concat!(
            r#"{"boot":"k3v9x1","base":118,"now":1763859735000,"fixes":[{"seq":118,"t":1763859723456,"#,
            r#""lat":-8.172401,"lon":113.700312,"acc":8.5,"spd":42.1,"hdg":181,"bat":87}]}"#
        )
    );
}

#[test]
fn steps_are_written_as_the_contract_shows_them() {
    assert_eq!(
        text(encode_step(ORIGIN, &step(None))),
        concat!(
            r#"{"boot":"k3v9x1","base":118,"seq":121,"t":1763859730000,"#,
            r#""assignment":"0198c5a4-7c51-7b9e-8f00-000000000001","status":"en_route"}"#
        )
    );
    let long = text(encode_step(ORIGIN, &step(Some("ñ".repeat(500)))));
    assert!(long.contains(&format!(r#""reason":"{}""#, "ñ".repeat(200))));
}

#[test]
fn a_full_message_fits_the_packet_limit() {
    let widest = Fix {
        place: Place { lat: -89.123_456, lon: -179.123_456 },
        accuracy_m: 99_999.9,
        speed_kmh: 199.9,
        heading_deg: 359,
        battery_pct: 100,
        ..fix(u64::MAX)
    };
    let origin =
        Origin { boot: "k3v9x1k3v9x1k3v9x1k3v9x1k3v9x1k3", base: u64::MAX, now_ms: i64::MAX };
    let topic_and_header = 512;
    let bytes = encode_fixes(origin, &[widest; FIXES_PER_MESSAGE_MAX]);
    assert!(bytes.len() + topic_and_header < PACKET_BYTES_MAX, "{}", bytes.len());
}

#[test]
fn an_ack_is_read_with_and_without_refusals() {
    let plain = decode_ack(br#"{"boot":"k3v9x1","through":121}"#).unwrap();
    assert_eq!(plain, Ack { boot: "k3v9x1".into(), through: 121, refused: vec![] });
    let refusing = br#"{"boot":"b","through":3,"later":[1],
        "refused":[{"seq":2,"code":"assignment_ended","detail":"Sudah dibatalkan."}]}"#;
    let refused = decode_ack(refusing).unwrap().refused;
    assert_eq!((refused[0].seq, refused[0].code.as_str()), (2, "assignment_ended"));
}

#[test]
fn an_order_is_read_offered_and_withdrawn() {
    let offered = order_with(
        r#""state":"offered","case_number":"261123-007","priority":"P1","category":"maternal",
        "place":{"lat":-8.2501,"lon":113.8502,"uncertainty_m":2100,"village":"Sempolan"},
        "facility":{"name":"RSD","lat":-8.15,"lon":113.71},"sent_at":"2026-11-23T01:02:03.456Z""#,
    );
    let Demand::Offered(offer) = decode_order(offered.as_bytes()).unwrap().demand else {
        panic!("an offer was expected");
    };
    assert_eq!(offer.scene, Place { lat: -8.2501, lon: 113.8502 });
    assert_eq!(offer.facility, Some(Place { lat: -8.15, lon: 113.71 }));
    assert!(offer.urgent());

    let withdrawn = order_with(r#""state":"withdrawn","reason":"Dibatalkan pusat""#);
    let demand = decode_order(withdrawn.as_bytes()).unwrap().demand;
    assert_eq!(demand, Demand::Withdrawn { reason: "Dibatalkan pusat".into() });
}

#[test]
fn what_may_be_missing_may_be_missing() {
    let sparse = order_with(r#""state":"offered","place":{"lat":1,"lon":2},"facility":null"#);
    let Demand::Offered(offer) = decode_order(sparse.as_bytes()).unwrap().demand else {
        panic!("an offer was expected");
    };
    assert_eq!(offer.facility, None);
    assert!(offer.urgent(), "an unknown priority is treated as urgent");
    assert!(decode_order(order_with(r#""state":"withdrawn""#).as_bytes()).is_ok());
}

#[test]
fn wrong_orders_are_refused() {
    let bad = [
        order_with(r#""state":"offered""#),
        order_with(r#""state":"offered","place":{"lat":91,"lon":2}"#),
        order_with(r#""state":"offered","place":{"lat":"1","lon":2}"#),
        order_with(r#""state":"offered","place":{"lat":1}"#),
        order_with(r#""state":"suggested","place":{"lat":1,"lon":2}"#),
        order_with(r#""place":{"lat":1,"lon":2}"#),
        r#"{"assignment":"0198","state":"withdrawn"}"#.into(),
        r#"{"state":"withdrawn"}"#.into(),
    ];
    for json in bad {
        assert!(decode_order(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn wrong_acks_are_refused() {
    let bad = [
        r#"{"boot":"b"}"#,
        r#"{"through":1}"#,
        r#"{"boot":"b","through":-1}"#,
        r#"{"boot":"b","through":1.5}"#,
        r#"{"boot":"b","through":99999999999999999999999}"#,
        r#"{"boot":1,"through":1}"#,
        r#"{"boot":"b","through":1,"refused":[{"code":"x"}]}"#,
    ];
    for json in bad {
        assert!(decode_ack(json.as_bytes()).is_err(), "{json}");
    }
}

#[test]
fn garbage_never_panics() {
    let mut cases: Vec<Vec<u8>> = vec![
        vec![],
        vec![0xff, 0xfe],
        b"null".to_vec(),
        b"[]".to_vec(),
        vec![b'['; 10_000],
        vec![b' '; PACKET_BYTES_MAX + 1],
        b"{\"boot\":\"\\ud800\",\"through\":1}".to_vec(),
    ];
    let whole = order_with(r#""state":"offered","place":{"lat":1,"lon":2}"#).into_bytes();
    for end in 0..whole.len() {
        cases.push(whole[..end].to_vec());
        let mut flipped = whole.clone();
        flipped[end] ^= 0x80;
        cases.push(flipped);
    }
    for bytes in cases {
        assert!(decode_ack(&bytes).is_err());
        assert!(decode_order(&bytes).is_err(), "{}", String::from_utf8_lossy(&bytes));
    }
}
