//! Devices over HTTP: what OwnTracks and Traccar Client send, as their documentation has it, and what they never
//! should.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use crypto_secretbox::XSalsa20Poly1305;
use crypto_secretbox::aead::{Aead as _, KeyInit as _};
use siaga::clock::Timestamp;
use siaga::device::enrolment::Wish;
use siaga::dispatch::unit::Link;
use siaga::ids::{AreaId, UnitId};
use siaga::store::{Device, DeviceKind, PayloadKey, TrackFix};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::house::{AREA, Credentials, House, eventually};

/// Sends a request as an app does; answers its status and body.
pub async fn send(house: &House, line: &str, headers: &str, body: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(house.server.http).await.expect("connects");
    let length = body.len();
    let request = format!(
        "{line} HTTP/1.1\r\nHost: siaga\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("answered");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned());
    (status.expect("a status"), body.unwrap_or_default())
}

fn basic(name: &str, secret: &str) -> String {
    let login = BASE64.encode(format!("{name}:{secret}"));
    format!(
        "Authorization: Basic {login}\r\nContent-Type: application/json\r\n\
         X-Limit-U: {name}\r\nX-Limit-D: phone\r\n"
    )
}

/// Says something as the app OwnTracks does over HTTP; status and body of the answer.
pub async fn owntracks(house: &House, phone: &Credentials, body: &str) -> (u16, String) {
    send(house, "POST /owntracks", &basic(&phone.name, &phone.secret), body).await
}

async fn live(house: &House) -> Option<(f64, f64)> {
    let unit: UnitId = house.unit(0);
    let look = house.server.desk.look(move |dispatch, _| {
        let live = dispatch.fleet().get(&unit).and_then(|tracked| tracked.live);
        live.map(|fix| (fix.position.lat(), fix.position.lon()))
    });
    look.await.expect("a desk")
}

async fn link(house: &House) -> Link {
    let unit: UnitId = house.unit(0);
    let look = house
        .server
        .desk
        .look(move |dispatch, _| dispatch.fleet().get(&unit).map(|tracked| tracked.link));
    look.await.expect("a desk").expect("a unit")
}

/// What is stored of the first unit.
async fn track(house: &House) -> Vec<TrackFix> {
    let area = AreaId::new(AREA).expect("a code");
    let to = house.server.desk.now().plus_ms(86_400_000);
    let from = Timestamp::from_ms(0);
    house.server.store.track(&area, 0, from, to, 1_000).await.expect("a track")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owntracks_phone_in_http_mode_is_answered_when_its_position_is_stored() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let tst = house.server.desk.now().ms() / 1000 - 3;
    let location = format!(
        r#"{{"_type":"location","acc":12,"alt":83,"batt":77,"bs":1,"cog":271,"conn":"m","created_at":{},
        "lat":-8.2101,"lon":113.6102,"m":2,"t":"u","tid":"am","topic":"owntracks/x/phone","tst":{tst},
        "vac":3,"vel":41}}"#,
        tst + 1
    );
    assert_eq!(owntracks(&house, &phone, &location).await, (200, "[]".to_owned()));
    let stored = track(&house).await;
    assert_eq!(stored.len(), 1, "stored when it is answered");
    let fix = &stored[0];
    assert_eq!(fix.device_at, Timestamp::from_ms(tst * 1000));
    assert_eq!(
        (fix.speed_kmh, fix.heading_deg, fix.battery_pct),
        (Some(41.0), Some(271), Some(77))
    );
    assert_eq!(live(&house).await, Some((-8.2101, 113.6102)));
    assert_eq!(link(&house).await, Link::Online);
    assert_eq!(owntracks(&house, &phone, &location).await.0, 200, "sent again");
    assert_eq!(track(&house).await.len(), 1, "and there once");
    for (what, body) in [
        ("an empty message", String::new()),
        (
            "a status",
            r#"{"_type":"status","android":{"hib":0,"bo":1,"loc":0,"ps":0,"wifi":1}}"#.into(),
        ),
        (
            "a transition",
            format!(r#"{{"_type":"transition","event":"enter","tst":{tst},"wtst":1}}"#),
        ),
        ("a ping", format!(r#"{{"_type":"location","t":"p","lat":-8.9,"lon":113.6,"tst":{tst}}}"#)),
        ("what nobody can read", "{\"_type\":\"loca".to_owned()),
        ("a place that is none", format!(r#"{{"_type":"location","lat":91,"lon":0,"tst":{tst}}}"#)),
    ] {
        let (status, answer) = owntracks(&house, &phone, &body).await;
        assert_eq!((status, answer.as_str()), (200, "[]"), "{what} is not sent for ever");
        assert_eq!(live(&house).await, Some((-8.2101, 113.6102)), "{what} moves nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn traccar_client_is_heard_in_every_form_that_it_has() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Traccar).await;
    let (name, secret) = (&phone.name, &phone.secret);
    let now_s = house.server.desk.now().ms() / 1000;
    let path = format!("/osmand/{secret}");
    let fields = |lat: &str, at: i64| {
        format!(
            "id={name}&timestamp={at}&lat={lat}&lon=113.7&speed=10.80&bearing=90.0&altitude=83.0\
             &accuracy=8.0&batt=64.0&charge=false"
        )
    };
    let form = "Content-Type: application/x-www-form-urlencoded\r\n";
    let json = "Content-Type: application/json\r\n";
    let time = Timestamp::from_ms((now_s - 2) * 1000).to_string();
    let sdk = format!(
        r#"{{"device_id":"{name}","location":{{"timestamp":"{time}","coords":{{"latitude":-8.2013,"longitude":113.7,
        "accuracy":5.4,"speed":10.0,"heading":180.0,"altitude":80.1}},"is_moving":true,"odometer":12,
        "event":"motionchange",
        "battery":{{"level":0.87,"is_charging":false}},"activity":{{"type":"in_vehicle"}},"extras":{{}}}}}}"#
    );
    let array = format!(
        r#"[{{"id":"{name}","timestamp":{},"lat":-8.2014,"lon":113.7,"speed":3.2,"accuracy":4}}]"#,
        now_s - 1
    );
    let get = format!("GET {path}?{}", fields("-8.2011", now_s - 5));
    let post = format!("POST {path}");
    for (what, line, headers, body, lat) in [
        ("a GET", get.as_str(), "", String::new(), -8.2011),
        ("a form", &post, form, fields("-8.2012", now_s - 4), -8.2012),
        ("version 9", &post, json, sdk, -8.2013),
        ("an array", &post, json, array, -8.2014),
    ] {
        let (status, answer) = send(&house, line, headers, &body).await;
        assert_eq!((status, answer.as_str()), (200, ""), "{what}");
        assert_eq!(live(&house).await, Some((lat, 113.7)), "{what}");
    }
    let stored = track(&house).await;
    assert_eq!(stored.len(), 4);
    assert_eq!(stored[0].speed_kmh, Some(20.0), "10.8 knots");
    assert_eq!(stored[2].speed_kmh, Some(36.0), "10 m/s");
    assert_eq!((stored[1].battery_pct, stored[2].battery_pct), (Some(64), Some(87)));
    // A heartbeat has no place, and a place that cannot be is dropped and not sent for ever.
    for body in [format!("id={name}&timestamp={now_s}"), fields("95", now_s)] {
        assert_eq!(send(&house, &post, form, &body).await.0, 200, "{body}");
    }
    assert_eq!(live(&house).await, Some((-8.2014, 113.7)));
    assert_eq!(track(&house).await.len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http_nobody_speaks_for_a_device_but_itself() {
    let house = House::with_units(2).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let client = house.enrol(0, DeviceKind::Traccar).await;
    let tracker = house.enrol(0, DeviceKind::Native).await;
    let tst = house.server.desk.now().ms() / 1000;
    let location = format!(r#"{{"_type":"location","lat":-8.21,"lon":113.6,"tst":{tst}}}"#);
    let logins = [
        basic(&phone.name, "wrong"),
        basic("amb-none", &phone.secret),
        basic(&tracker.name, &tracker.secret),
        basic(&client.name, &client.secret),
        "Authorization: Basic ???\r\n".to_owned(),
        String::new(),
    ];
    for login in logins {
        assert_eq!(send(&house, "POST /owntracks", &login, &location).await.0, 401, "{login}");
    }
    let ask = |secret: &str, name: &str| {
        format!("GET /osmand/{secret}?id={name}&lat=-8.2&lon=113.7&timestamp={tst}")
    };
    for line in [
        ask("wrong", &client.name),
        ask(&client.secret, "amb-none"),
        ask(&client.secret, &phone.name),
        ask(&tracker.secret, &tracker.name),
    ] {
        assert_eq!(send(&house, &line, "", "").await.0, 401, "{line}");
    }
    let nobody = format!("GET /osmand/{}?lat=-8.2&lon=113.7", client.secret);
    let (status, why) = send(&house, &nobody, "", "").await;
    assert_eq!((status, why.as_str()), (400, "id is missing"));
    let large = "x".repeat(70_000);
    assert_eq!(owntracks(&house, &phone, &large).await.0, 413);
    assert_eq!(track(&house).await, []);
    let now = house.server.desk.now();
    house.server.store.revoke_device(&phone.name, now).await.expect("revoked");
    assert_eq!(owntracks(&house, &phone, &location).await.0, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_speaks_both_ways_keeps_its_place_at_the_front_door() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let tst = house.server.desk.now().ms() / 1000;
    let location = format!(r#"{{"_type":"location","lat":-8.21,"lon":113.6,"tst":{tst}}}"#);
    let mut options = rumqttc::MqttOptions::new(
        &phone.name,
        house.server.mqtt.ip().to_string(),
        house.server.mqtt.port(),
    );
    options.set_credentials(&phone.name, &phone.secret);
    let (client, mut events) = rumqttc::AsyncClient::new(options, 4);
    let polling = tokio::spawn(async move { while events.poll().await.is_ok() {} });
    eventually(async || (link(&house).await == Link::Online).then_some(())).await;
    assert_eq!(owntracks(&house, &phone, &location).await.0, 200);
    assert_eq!(house.server.health.connections(), 1, "one place for one device");
    drop(client);
    polling.abort();
    eventually(async || (link(&house).await != Link::Online).then_some(())).await;
    assert_eq!(owntracks(&house, &phone, &location).await.0, 200);
    assert_eq!(link(&house).await, Link::Online, "it is heard again");
}

/// As libsodium seals it (PyNaCl 1.6), with the key below and the nonce 0, 1, … 23: a location of -8.2155, 113.61.
const SEALED: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXNt75ARjLltLKKDjlVVnMu4e9h1nSzmERzq73Xcy/d/Ax91BsfGobHG3PpH\
    9rVZdLKZDmrj/ud8F0vh/r9jPJOsth1WERHzTChaVMZSuRYzK1JhIg74Ig";
const KEY: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyz2";

/// A phone that encrypts.
async fn enrol_encrypting(house: &House) -> Credentials {
    let area = AreaId::new(AREA).expect("a code");
    let wish =
        Wish { unit: house.unit(0), kind: DeviceKind::Owntracks, encrypted: true, address: None };
    let (device, secret) = wish.grant(area, house.server.desk.now()).expect("granted");
    let device = Device { payload_key: Some(PayloadKey(*KEY)), ..device };
    house.server.store.add_devices(std::slice::from_ref(&device)).await.expect("enrolled");
    Credentials { name: device.name, secret }
}

/// What the app sends of a message when it encrypts.
fn encrypted(message: &str, key: &[u8; 32]) -> String {
    let nonce = [9; 24];
    let sealed = XSalsa20Poly1305::new(key.into()).encrypt(&nonce.into(), message.as_bytes());
    let data = [&nonce[..], &sealed.expect("sealed")].concat();
    format!(r#"{{"_type":"encrypted","data":"{}"}}"#, BASE64.encode(data))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_that_encrypts_is_understood_and_nobody_without_its_key() {
    let house = House::with_units(1).await;
    let phone = enrol_encrypting(&house).await;
    let as_libsodium = format!(r#"{{"_type":"encrypted","data":"{SEALED}"}}"#);
    assert_eq!(owntracks(&house, &phone, &as_libsodium).await.0, 200);
    let stored = track(&house).await;
    assert_eq!(stored.len(), 1);
    assert_eq!((stored[0].position.lat(), stored[0].position.lon()), (-8.2155, 113.61));

    let tst = house.server.desk.now().ms() / 1000 - 3;
    let at = |lat: f64| format!(r#"{{"_type":"location","lat":{lat},"lon":113.61,"tst":{tst}}}"#);
    let truncated = format!(r#"{{"_type":"encrypted","data":"{}"}}"#, &SEALED[..20]);
    for (what, body) in [
        ("an open position", at(-8.3)),
        ("another key", encrypted(&at(-8.3), b"another key, of the same length.")),
        ("a truncated message", truncated),
        ("what is not base64", r#"{"_type":"encrypted","data":"%%"}"#.to_owned()),
        ("no data", r#"{"_type":"encrypted"}"#.to_owned()),
        ("garbage inside", encrypted("{", KEY)),
        ("a message in a message", encrypted(&encrypted(&at(-8.3), KEY), KEY)),
    ] {
        assert_eq!(owntracks(&house, &phone, &body).await.0, 200, "{what} is not sent for ever");
        assert_eq!(track(&house).await.len(), 1, "{what} is not taken");
    }
    assert_eq!(owntracks(&house, &phone, &encrypted(&at(-8.22), KEY)).await.0, 200);
    assert_eq!(live(&house).await, Some((-8.22, 113.61)));

    let open = house.enrol(0, DeviceKind::Owntracks).await;
    let before = track(&house).await.len();
    assert_eq!(owntracks(&house, &open, &encrypted(&at(-8.3), KEY)).await.0, 200);
    assert_eq!(track(&house).await.len(), before, "a device without a key has none to guess");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_array_of_an_app_is_taken_but_for_what_nobody_can_read() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let tst = house.server.desk.now().ms() / 1000 - 30;
    let at = |s: i64| {
        let lat = -8.21 - f64::from(u8::try_from(s).expect("small")) * 0.0001;
        format!(r#"{{"_type":"location","lat":{lat},"lon":113.61,"tst":{}}}"#, tst + s)
    };
    let bad = r#"{"_type":"location","lat":99,"lon":0,"tst":1}, 7, {"a":1}"#;
    let body = format!("[{},{bad},{}]", at(1), at(2));
    assert_eq!(owntracks(&house, &phone, &body).await, (200, "[]".to_owned()));
    assert_eq!(track(&house).await.len(), 2);
    let many = vec![at(3); 201].join(",");
    assert_eq!(owntracks(&house, &phone, &format!("[{many}]")).await.0, 200);
    assert_eq!(track(&house).await.len(), 2, "more than are taken");
}
