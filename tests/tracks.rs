//! Recorded tracks over HTTP: pages, files for other programs, and what is asked wrongly.

use serde_json::Value;
use siaga::client::{Answer, Client};
use siaga::clock::Timestamp;
use siaga::dispatch::event::FixClass;
use siaga::ids::Code;
use siaga::place::Position;
use siaga::store::{DeviceKind, Role, TRACK_BATCH_MAX, TrackFix};

use crate::house::{AREA, House, text};

/// 2026-11-23T01:00:00Z.
const MORNING: i64 = 1_795_395_600_000;
const ALL: &str = "from=2026-11-23T00:00:00Z&to=2026-11-24T12:00:00Z";

fn fix(ms: i64) -> TrackFix {
    TrackFix {
        unit_index: 0,
        device: 1,
        device_at: Timestamp::from_ms(MORNING + ms),
        said_at: Timestamp::from_ms(MORNING + ms),
        received_at: Timestamp::from_ms(MORNING + ms + 300),
        position: Position::new(-8.25, 113.85).expect("a place"),
        speed_kmh: Some(12.5),
        heading_deg: None,
        accuracy_m: None,
        battery_pct: None,
        class: FixClass::Live,
    }
}

async fn keep(house: &House, fixes: &[TrackFix]) {
    let area = Code::new(AREA).expect("a code");
    for batch in fixes.chunks(TRACK_BATCH_MAX) {
        house.server.store.append_tracks(&area, batch).await.expect("written");
    }
}

/// The track of the first unit.
async fn ask(house: &House, person: &Client, query: &str) -> Answer {
    let path = format!("/api/v1/units/{}/track?{query}", house.unit(0));
    person.get(&path).await.expect("answered")
}

async fn read(house: &House, person: &Client, query: &str) -> Value {
    let answer = ask(house, person, query).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.json());
    answer.json()
}

fn times(page: &Value) -> Vec<String> {
    let fixes = page["fixes"].as_array().expect("positions");
    fixes.iter().map(|fix| text(fix, "device_at")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_track_is_read_page_by_page_and_every_position_is_on_one() {
    let house = House::with_units(2).await;
    let official = house.sign_in(Role::Official).await;
    let mut fixes: Vec<TrackFix> = (0..25_000).map(|n| fix(n * 1_000)).collect();
    // Two places at one moment, across the end of the first page.
    let elsewhere = Position::new(-8.26, 113.85).expect("a place");
    fixes.push(TrackFix { position: elsewhere, ..fix(9_999_000) });
    fixes.push(TrackFix { position: elsewhere, ..fix(10_000_000) });
    keep(&house, &fixes).await;
    let mut from = "2026-11-23T00:00:00Z".to_owned();
    let mut lengths = Vec::new();
    let mut seen = Vec::new();
    loop {
        let page = read(&house, &official, &format!("from={from}&to=2026-11-24T00:00:00Z")).await;
        lengths.push(times(&page).len());
        seen.extend(times(&page));
        assert_eq!(page["truncated"], !page["next"].is_null());
        let Some(next) = page["next"].as_str() else { break };
        from = next.to_owned();
    }
    assert_eq!(lengths, [9_999, 10_000, 5_003]);
    assert!(seen.is_sorted());
    assert_eq!(seen.len(), 25_002);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_exactly_full_is_the_last_one() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let fixes: Vec<TrackFix> = (0..10_000).map(|n| fix(n * 1_000)).collect();
    keep(&house, &fixes).await;
    let page = read(&house, &operator, ALL).await;
    assert_eq!((times(&page).len(), &page["next"]), (10_000, &Value::Null));
    assert_eq!(page["truncated"], false);
    keep(&house, &[fix(10_000_000)]).await;
    let page = read(&house, &operator, ALL).await;
    assert_eq!(
        (times(&page).len(), text(&page, "next")),
        (10_000, "2026-11-23T03:46:40.000Z".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_stands_still_does_not_hold_the_pages_up() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let place = |n: i32| Position::from_e7(-82_500_000 + n, 1_138_500_000).expect("a place");
    let fixes: Vec<TrackFix> =
        (0..10_005).map(|n| TrackFix { position: place(n), ..fix(0) }).collect();
    keep(&house, &fixes).await;
    keep(&house, &[fix(1), fix(2)]).await;
    let page = read(&house, &operator, ALL).await;
    assert_eq!(
        (times(&page).len(), text(&page, "next")),
        (10_000, "2026-11-23T01:00:00.001Z".into())
    );
    let rest = format!("from={}&to=2026-11-24T00:00:00Z", text(&page, "next"));
    assert_eq!(times(&read(&house, &operator, &rest).await).len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_track_can_be_taken_away_as_gpx_and_geojson() {
    let house = House::with_units(1).await;
    let official = house.sign_in(Role::Official).await;
    let jump = TrackFix { class: FixClass::Jump, ..fix(1_000) };
    keep(&house, &[fix(0), jump, fix(2_000)]).await;
    let header = |answer: &Answer, name: &str| {
        answer.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    for (format, kind) in [("gpx", "application/gpx+xml"), ("geojson", "application/geo+json")] {
        let answer = ask(&house, &official, &format!("{ALL}&format={format}")).await;
        assert_eq!(answer.status, 200);
        assert_eq!(header(&answer, "content-type").as_deref(), Some(kind));
        let name =
            format!("attachment; filename=\"lintasan-{}-2026-11-23.{format}\"", house.unit(0));
        assert_eq!(header(&answer, "content-disposition"), Some(name));
        let body = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(
            body.contains("2026-11-23T01:00:00.000Z") && body.contains("01:00:02.000Z"),
            "{body}"
        );
        assert!(!body.contains("01:00:01.000Z"), "a jump is no way: {body}");
        assert_eq!(body.contains(r#"<gpx version="1.1""#), format == "gpx");
    }
    let page = read(&house, &official, &format!("{ALL}&format=json")).await;
    assert_eq!(times(&page).len(), 3, "the jump is there with its class");
    assert_eq!(page["fixes"][1]["class"], "jump");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_with_two_devices_has_a_track_of_each_with_what_its_own_clock_said() {
    let house = House::with_units(2).await;
    let operator = house.sign_in(Role::Operator).await;
    let mut names = Vec::new();
    let mut fixes = Vec::new();
    for second in 0..2 {
        let phone = house.enrol(0, DeviceKind::Owntracks).await.name;
        let stored = house.server.store.device(&phone).await.expect("read").expect("enrolled");
        let class = if second == 0 { FixClass::Live } else { FixClass::Beside };
        let said_at = Timestamp::from_ms(1_000);
        fixes.push(TrackFix { device: stored.number, said_at, class, ..fix(second * 1_000) });
        names.push(phone);
    }
    keep(&house, &fixes).await;
    let whole = read(&house, &operator, ALL).await;
    for (n, phone) in names.iter().enumerate() {
        let point = &whole["fixes"][n];
        assert_eq!(
            (text(point, "device"), text(point, "class").as_str() == "live"),
            (phone.clone(), n == 0)
        );
        assert_eq!(text(point, "said_at"), "1970-01-01T00:00:01.000Z");
        let own = read(&house, &operator, &format!("{ALL}&device={phone}")).await;
        assert_eq!(times(&own), [format!("2026-11-23T01:00:0{n}.000Z")]);
        let gpx = ask(&house, &operator, &format!("{ALL}&device={phone}&format=gpx")).await;
        let gpx = String::from_utf8_lossy(&gpx.body).into_owned();
        assert_eq!(gpx.matches("<trkpt").count(), 1, "{gpx}");
        assert!(gpx.contains(&format!("01:00:0{n}.000Z")), "{gpx}");
    }
    let elsewhere = house.enrol(1, DeviceKind::Owntracks).await.name;
    for stranger in ["nobody", elsewhere.as_str()] {
        let answer = ask(&house, &operator, &format!("{ALL}&device={stranger}")).await;
        assert_eq!(
            (answer.status.as_u16(), text(&answer.json(), "code")),
            (404, "unknown_device".into())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_wrongly_is_refused_with_a_reason() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    for (query, word) in [
        ("from=2026-11-24T00:00:00Z&to=2026-11-23T00:00:00Z", "31"),
        ("from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00.001Z", "31"),
        ("from=yesterday", "yesterday"),
        ("to=2300-01-01T00:00:00Z", "2100"),
        ("format=kml", "gpx"),
    ] {
        let answer = ask(&house, &operator, query).await;
        assert_eq!(answer.status, 400, "{query}");
        let kind = answer.headers.get("content-type").expect("a kind");
        assert_eq!(kind, "application/problem+json");
        let problem = answer.json();
        assert_eq!(problem["code"], "bad_request", "{problem}");
        assert!(text(&problem, "detail").contains(word), "{problem}");
    }
    let longest = "from=2026-10-01T00:00:00Z&to=2026-11-01T00:00:00Z";
    assert_eq!(read(&house, &operator, longest).await["fixes"].as_array().map(Vec::len), Some(0));
    let nobody = operator.get("/api/v1/units/AMB-NOBODY-01/track").await.expect("answered");
    assert_eq!(
        (nobody.status.as_u16(), text(&nobody.json(), "code")),
        (404, "unknown_unit".into())
    );
    let crew = house.sign_in(Role::Crew).await;
    assert_eq!(ask(&house, &crew, "").await.status, 403);
    assert_eq!(ask(&house, &Client::new(house.server.http), "").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_too_many_positions_is_refused_and_says_until_when_one_goes() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let fixes: Vec<TrackFix> = (0..100_001).map(|n| fix(n * 1_000)).collect();
    keep(&house, &fixes[..100_000]).await;
    let gpx = format!("{ALL}&format=gpx");
    let whole = ask(&house, &operator, &gpx).await;
    assert_eq!(whole.status, 200, "exactly as many as there may be");
    assert_eq!(String::from_utf8_lossy(&whole.body).matches("<trkpt").count(), 100_000);
    keep(&house, &fixes[100_000..]).await;
    let answer = ask(&house, &operator, &gpx).await;
    let problem = answer.json();
    assert_eq!((answer.status.as_u16(), text(&problem, "code")), (422, "track_too_long".into()));
    assert!(text(&problem, "detail").contains("2026-11-24T04:46:40.000Z"), "{problem}");
}
