//! The live socket: a snapshot, numbered changes without a gap, positions, and coming back after a drop.

use serde_json::{Value, json};
use siaga::client::{LiveSocket, next_message};
use siaga::store::{DeviceKind, Role};
use tokio_tungstenite::tungstenite::Message;

use crate::house::{House, Tracker, text};

/// The next text frame of a type; greetings, heartbeats and position frames are passed over.
async fn next_of(socket: &mut LiveSocket, kind: &str) -> Value {
    loop {
        if let Message::Text(frame) = next_message(socket).await.expect("a frame") {
            let frame: Value = serde_json::from_str(&frame).expect("JSON");
            if frame["type"] == kind {
                return frame;
            }
            let passed_over = ["heartbeat", "hello"].map(Some).contains(&frame["type"].as_str());
            assert!(passed_over, "unexpected: {frame}");
        }
    }
}

/// The next position record of a unit: latitude and longitude in 10⁻⁷ degrees.
async fn next_position(socket: &mut LiveSocket, index: u32) -> (i32, i32) {
    loop {
        let Message::Binary(frame) = next_message(socket).await.expect("a frame") else { continue };
        for record in frame[16..].chunks_exact(16) {
            let number = |at: usize| <[u8; 4]>::try_from(&record[at..at + 4]).expect("4 bytes");
            if u32::from_le_bytes(number(0)) == index {
                return (i32::from_le_bytes(number(8)), i32::from_le_bytes(number(4)));
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_gets_a_snapshot_and_then_every_change_with_its_number() {
    let house = House::with_units(3).await;
    let operator = house.sign_in(Role::Operator).await;
    let mut screen = operator.live("").await.expect("a socket");
    let hello = next_of(&mut screen, "hello").await;
    assert_eq!((hello["protocol"].as_u64(), &hello["resumed"]), (Some(1), &json!(false)));
    assert_eq!(hello["area"]["zone_label"], "WIB");
    let snapshot = next_of(&mut screen, "snapshot").await;
    assert_eq!(snapshot["units"].as_array().map(Vec::len), Some(3));
    let mut seq = snapshot["seq"].as_u64().expect("a number");

    let incident = house.call_at(&operator, 0).await;
    let assignment = house.order(&operator, &incident, 0).await;
    for expected in ["call_taken", "unit_offered"] {
        let delta = next_of(&mut screen, "delta").await;
        seq += 1;
        assert_eq!(delta["seq"].as_u64(), Some(seq), "no gap");
        assert_eq!(delta["entries"][0]["kind"], expected);
        assert_eq!(text(&delta["incidents"][0], "id"), incident);
        if expected == "unit_offered" {
            assert_eq!(delta["units"][0]["state"], "offered");
            assert_eq!(text(&delta["incidents"][0]["assignments"][0], "id"), assignment);
        }
    }
    let heartbeat = next_of(&mut screen, "heartbeat").await;
    assert_eq!(heartbeat["seq"].as_u64(), Some(seq));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_that_comes_in_goes_out_to_the_screens() {
    let house = House::with_units(2).await;
    let operator = house.sign_in(Role::Operator).await;
    let credentials = house.enrol(1, DeviceKind::Native).await;
    let mut screen = operator.live("").await.expect("a socket");
    next_of(&mut screen, "snapshot").await;
    let mut device = Tracker::connect(&house.server, &credentials).await;
    let now = house.server.desk.now().ms();
    let fix = json!({"boot": "t", "base": 1, "fixes": [{"seq": 1, "t": now, "lat": -8.2512345, "lon": 113.6543219}]});
    device.publish("fix", &fix).await;
    device.message("ack").await;
    assert_eq!(next_position(&mut screen, 1).await, (-82_512_345, 1_136_543_219));
    // Who comes later sees it at once.
    let mut late = operator.live("").await.expect("a socket");
    assert_eq!(next_position(&mut late, 1).await, (-82_512_345, 1_136_543_219));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_that_was_away_gets_what_it_missed_and_nothing_twice() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let mut screen = operator.live("").await.expect("a socket");
    let hello = next_of(&mut screen, "hello").await;
    let seq = next_of(&mut screen, "snapshot").await["seq"].as_u64().expect("a number");
    drop(screen);
    for _ in 0..3 {
        house.call_at(&operator, 0).await;
    }
    let query = format!("?epoch={}&since={seq}", text(&hello, "epoch"));
    let mut back = operator.live(&query).await.expect("a socket");
    assert_eq!(next_of(&mut back, "hello").await["resumed"], json!(true));
    for expected in seq + 1..=seq + 3 {
        assert_eq!(next_of(&mut back, "delta").await["seq"].as_u64(), Some(expected));
    }
    for stale in ["?epoch=0198f7a0-0000-7000-8000-000000000000&since=1", "?since=1"] {
        let mut other = operator.live(stale).await.expect("a socket");
        assert_eq!(next_of(&mut other, "hello").await["resumed"], json!(false), "{stale}");
        let snapshot = next_of(&mut other, "snapshot").await;
        assert_eq!(snapshot["incidents"].as_array().map(Vec::len), Some(3));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn officials_screens_carry_no_personal_data() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let official = house.sign_in(Role::Official).await;
    let mut full = operator.live("").await.expect("a socket");
    let mut redacted = official.live("").await.expect("a socket");
    next_of(&mut full, "snapshot").await;
    next_of(&mut redacted, "snapshot").await;
    let call = json!({"channel": "phone", "caller": {"name": "KENARI"}, "complaint": "KENARI"});
    operator.post("/api/v1/calls", &call).await.expect("answered");
    assert!(next_of(&mut full, "delta").await.to_string().contains("KENARI"));
    assert!(!next_of(&mut redacted, "delta").await.to_string().contains("KENARI"));
    let mut late = official.live("").await.expect("a socket");
    assert!(!next_of(&mut late, "snapshot").await.to_string().contains("KENARI"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_of_some_units_hears_of_those_alone_and_of_every_incident() {
    let house = House::with_units(2).await;
    let operator = house.sign_in(Role::Operator).await;
    let units = operator.get("/api/v1/units").await.expect("answered").json();
    let villages = [0, 1].map(|unit| text(&units["units"][unit]["village"], "code"));
    assert_ne!(villages[0], villages[1]);
    let mut screen = operator.live(&format!("?within={}", villages[1])).await.expect("a socket");
    assert_eq!(next_of(&mut screen, "snapshot").await["units"].as_array().map(Vec::len), Some(1));
    let [other, own] = [0, 1].map(|unit| house.enrol(unit, DeviceKind::Native));
    let _other = Tracker::connect(&house.server, &other.await).await;
    let incident = house.call_at(&operator, 0).await;
    let delta = next_of(&mut screen, "delta").await;
    assert_eq!(text(&delta["incidents"][0], "id"), incident, "not of the unit that came on line");
    let _own = Tracker::connect(&house.server, &own.await).await;
    let delta = next_of(&mut screen, "delta").await;
    assert_eq!(delta["units"].as_array().map(Vec::len), Some(1));
    assert_eq!(delta["units"][0]["index"], 1);
    let ordered = house.order(&operator, &incident, 0).await;
    let delta = next_of(&mut screen, "delta").await;
    assert_eq!(delta["units"], json!([]));
    assert_eq!(text(&delta["incidents"][0]["assignments"][0], "id"), ordered);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_closes_the_live_screen() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let mut screen = operator.live("").await.expect("a socket");
    next_of(&mut screen, "snapshot").await;
    operator.send(hyper::Method::DELETE, "/api/v1/session", None, &[]).await.expect("answered");
    loop {
        match next_message(&mut screen).await {
            Ok(Message::Close(_)) | Err(_) => return,
            Ok(_) => {}
        }
    }
}
