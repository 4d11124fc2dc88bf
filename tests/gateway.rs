//! Gateways: what a Traccar server forwards, and text messages of crews, as their documentation has it and as it
//! should never be.

use serde_json::{Value, json};
use siaga::clock::Timestamp;
use siaga::config::{Config, Gateway};
use siaga::device::enrolment::Wish;
use siaga::ids::AreaId;
use siaga::store::{DeviceKind, Role, TrackFix};

use crate::house::{AREA, House, any_port, text};
use crate::web::send;

const TRACCAR: &str = "a-secret-of-the-traccar-server-0001";
const SMS: &str = "a-secret-of-the-sms-gateway-0000002";
const NUMBER: &str = "+6281234567890";

async fn house(units: usize) -> House {
    let gateway = Gateway { traccar: TRACCAR.to_owned(), sms: SMS.to_owned() };
    let config = Config {
        area: AREA.to_owned(),
        http: any_port(),
        mqtt: any_port(),
        gateway,
        ..Config::default()
    };
    House::by(config, units).await
}

async fn enrol(house: &House, unit: usize, kind: DeviceKind, address: &str) -> String {
    let area = AreaId::new(AREA).expect("a code");
    let address = Some(address.to_owned());
    let wish = Wish { unit: house.unit(unit), kind, encrypted: false, address };
    let (device, _) = wish.grant(area, house.server.desk.now()).expect("granted");
    house.server.store.add_devices(std::slice::from_ref(&device)).await.expect("enrolled");
    device.name
}

async fn track(house: &House) -> Vec<TrackFix> {
    let area = AreaId::new(AREA).expect("a code");
    let to = house.server.desk.now().plus_ms(86_400_000);
    house.server.store.track(&area, 0, Timestamp::from_ms(0), to, 1_000).await.expect("a track")
}

async fn live_lat(house: &House) -> Option<f64> {
    crate::door::live_lat(house, 0).await
}

async fn forward(house: &House, secret: &str, body: &str) -> u16 {
    let json = "Content-Type: application/json\r\n";
    send(house, &format!("POST /traccar/{secret}"), json, body).await.0
}

async fn sms(house: &House, text: &str, id: Option<&str>) -> (u16, String) {
    let body = json!({"event": "sms:received", "payload":
        {"phoneNumber": "0812-3456-7890", "message": text, "messageId": id}});
    send(
        house,
        &format!("POST /sms/{SMS}"),
        "Content-Type: application/json\r\n",
        &body.to_string(),
    )
    .await
}

/// A position as `forward.type = json` of a Traccar server says it.
fn forwarded(unique_id: &str, lat: f64, at: Timestamp) -> Value {
    json!({
        "position": {"id": 0, "attributes": {"batteryLevel": 88.0, "distance": 12.4, "motion": true},
            "deviceId": 3, "protocol": "gt06", "serverTime": at.to_string(), "deviceTime": at.to_string(),
            "fixTime": at.to_string(), "outdated": false, "valid": true, "latitude": lat, "longitude": 113.7,
            "altitude": 83.0, "speed": 21.598, "course": 271.0, "address": null, "accuracy": 0.0,
            "network": null, "geofenceIds": null},
        "device": {"id": 3, "attributes": {}, "groupId": 0, "name": "AMB 3", "uniqueId": unique_id,
            "status": "online", "lastUpdate": at.to_string(), "positionId": 0, "phone": null, "disabled": false}
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tracker_behind_a_traccar_server_is_heard_and_stored_once() {
    let house = house(1).await;
    let tracker = enrol(&house, 0, DeviceKind::Forwarded, "867730050816697").await;
    let at = Timestamp::from_ms(house.server.desk.now().ms() / 1000 * 1000 - 4_000);
    let body = forwarded("867730050816697", -8.2011, at).to_string();
    for _ in 0..2 {
        assert_eq!(forward(&house, TRACCAR, &body).await, 200);
        let stored = track(&house).await;
        assert_eq!(stored.len(), 1, "stored when it is answered, and once");
        let fix = &stored[0];
        assert_eq!((fix.device_at, fix.accuracy_m, fix.battery_pct), (at, None, Some(88)));
        let kmh = fix.speed_kmh.expect("a speed");
        assert!((kmh - 40.0).abs() < 0.1, "{kmh}");
    }
    assert_eq!(live_lat(&house).await, Some(-8.2011));
    let in_ms = |value: i64| {
        let mut body = forwarded("867730050816697", -8.2013, at);
        body["position"]["fixTime"] = json!(value);
        body.to_string()
    };
    assert_eq!(forward(&house, TRACCAR, &in_ms(at.ms() + 2_000)).await, 200);
    assert_eq!(live_lat(&house).await, Some(-8.2013));

    let changed = |field: &str, value: Value| {
        let mut body = forwarded("867730050816697", -8.3, at.plus_ms(3_000));
        body["position"][field] = value;
        body.to_string()
    };
    for (what, body) in [
        ("a place that is not valid", changed("valid", json!(false))),
        ("an old place said again", changed("outdated", json!(true))),
        ("no place on Earth", changed("latitude", json!(-98.2))),
        ("a time that is none", changed("fixTime", json!("soon"))),
        (
            "an event without a position",
            json!({"event": {"type": "deviceOnline"},
            "device": {"uniqueId": "867730050816697"}})
            .to_string(),
        ),
        ("a tracker that nobody enrolled", forwarded("1234", -8.3, at).to_string()),
        ("what nobody can read", "{\"position\":".to_owned()),
        ("an empty body", String::new()),
    ] {
        assert_eq!(forward(&house, TRACCAR, &body).await, 200, "{what} is not sent for ever");
        assert_eq!(live_lat(&house).await, Some(-8.2013), "{what} moves nothing");
    }
    let body = forwarded("867730050816697", -8.3, at.plus_ms(3_000)).to_string();
    for secret in ["wrong", SMS, "-"] {
        assert_eq!(forward(&house, secret, &body).await, 401, "{secret}");
    }
    house.server.store.revoke_device(&tracker, house.server.desk.now()).await.expect("revoked");
    assert_eq!(forward(&house, TRACCAR, &body).await, 200);
    assert_eq!(live_lat(&house).await, Some(-8.2013), "it may not speak any more");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_gateway_in_the_settings_nobody_is_one() {
    let house = House::with_units(1).await;
    for path in ["/traccar/x", "/sms/x", "/traccar/", "/sms/"] {
        let (status, _) = send(&house, &format!("POST {path}"), "", "{}").await;
        assert!(matches!(status, 401 | 404), "{path}: {status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crew_with_a_telephone_only_steps_through_its_order_by_text() {
    let house = house(1).await;
    enrol(&house, 0, DeviceKind::Sms, NUMBER).await;
    let operator = house.sign_in(Role::Operator).await;
    let unit = house.unit(0);
    let (status, reply) = sms(&house, "TIBA", None).await;
    assert_eq!(status, 200);
    assert!(reply.contains("tidak ada tugas"), "{reply}");

    let incident = house.call_at(&operator, 0).await;
    house.order(&operator, &incident, 0).await;
    let (_, reply) = sms(&house, "terima", Some("m1")).await;
    assert_eq!(reply, format!("{unit}: TERIMA dicatat."));
    let (_, reply) = sms(&house, &format!("{unit} 2 Sempolan"), Some("m2")).await;
    assert_eq!(reply, format!("{unit}: BERANGKAT dicatat."));
    let village = &house.server.desk.room.regency;
    let village = village.villages.iter().find(|v| v.name.eq_ignore_ascii_case("sempolan"));
    assert_eq!(live_lat(&house).await, Some(village.expect("in Jember").position.lat()));
    for _ in 0..2 {
        let (_, reply) =
            sms(&house, "TIBA https://maps.google.com/?q=-8.2501,113.8502", Some("m3")).await;
        assert_eq!(reply, format!("{unit}: TIBA dicatat."), "said again it is the same");
    }
    assert_eq!(live_lat(&house).await, Some(-8.2501));
    let told = operator.get(&format!("/api/v1/incidents/{incident}")).await.expect("answered");
    let assignment = &told.json()["assignments"][0];
    assert_eq!(assignment["state"], "on_scene", "{assignment}");

    let (_, cancelled) = sms(&house, "tolak ban bocor", Some("m4")).await;
    assert!(!cancelled.contains("TOLAK dicatat."), "too late to refuse: {cancelled}");
    let (_, sos) = sms(&house, "SOS", Some("m5")).await;
    assert_eq!(sos, format!("{unit}: SOS dicatat."));
    let alarms = operator.get("/api/v1/alarms").await.expect("answered").json();
    let alarms = alarms["alarms"].as_array().expect("alarms").clone();
    assert!(alarms.iter().any(|alarm| text(alarm, "kind").contains("sos")), "{alarms:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_that_is_not_understood_changes_nothing_and_is_answered_with_what_would_be() {
    let house = house(2).await;
    enrol(&house, 0, DeviceKind::Sms, NUMBER).await;
    let other = house.unit(1);
    for (said, answered) in [
        ("halo bos", "TERIMA"),
        ("", "TERIMA"),
        ("bantuan", "TERIMA"),
        ("posisi di antah berantah", "tidak dikenal"),
        (&format!("{other} TIBA -8.25, 113.85"), "Nomor ini untuk"),
    ] {
        let (status, reply) = sms(&house, said, None).await;
        assert_eq!(status, 200, "{said}");
        assert!(reply.contains(answered), "{said}: {reply}");
    }
    assert!(track(&house).await.is_empty(), "nothing was stored");

    let path = format!("POST /sms/{SMS}");
    for (what, body, expected) in [
        ("a stranger", r#"{"from":"+62899999999","text":"TIBA -8.25, 113.85"}"#, 200),
        ("no number", r#"{"from":"BANK","text":"Anda menang"}"#, 200),
        ("no text", r#"{"from":"+6281234567890"}"#, 400),
        ("garbage", "{", 400),
        ("a text of a book", &json!({"from": NUMBER, "text": "x".repeat(70_000)}).to_string(), 413),
    ] {
        let (status, reply) = send(&house, &path, "", body).await;
        assert_eq!(status, expected, "{what}");
        assert!(status != 200 || reply.is_empty(), "{what} is not answered: {reply}");
    }
    let (status, _) = send(&house, "POST /sms/wrong", "", r#"{"from":"1","text":"TIBA"}"#).await;
    assert_eq!(status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_never_stops_asking_is_told_to_come_back_and_nobody_else_is() {
    let house = house(2).await;
    let loud = house.enrol(0, DeviceKind::Traccar).await;
    let quiet = house.enrol(1, DeviceKind::Traccar).await;
    let ask = async |phone: &crate::house::Credentials| {
        let line = format!("GET /osmand/{}?id={}", phone.secret, phone.name);
        send(&house, &line, "", "").await.0
    };
    let mut answers = Vec::new();
    for _ in 0..20 {
        let asked = (0..40).map(|_| ask(&loud));
        answers.extend(futures_util::future::join_all(asked).await);
        if answers.contains(&429) {
            break;
        }
    }
    assert!(answers.contains(&429), "{} requests were taken", answers.len());
    assert!(answers.iter().filter(|status| **status == 200).count() >= 200, "a burst is taken");
    assert_eq!(ask(&quiet).await, 200);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(ask(&loud).await, 200, "later it is heard again");
}
