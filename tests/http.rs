//! HTTP: a call from ringing to closing, refusals that name the thing, and requests that are said twice.

use hyper::Method;
use serde_json::{Value, json};
use siaga::client::Client;
use siaga::store::{DeviceKind, Role};

use crate::house::{House, Tracker, text};

async fn post(person: &Client, path: &str, body: Value) -> (u16, Value) {
    let answer = person.post(path, &body).await.expect("answered");
    (answer.status.as_u16(), answer.json())
}

async fn get(person: &Client, path: &str) -> Value {
    let answer = person.get(path).await.expect("answered");
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_taken_ranked_ordered_out_driven_and_closed() {
    let house = House::with_units(5).await;
    let operator = house.sign_in(Role::Operator).await;
    let village = house.server.desk.room.units()[2].village.clone();
    let call = json!({"channel": "whatsapp", "category": "maternal",
        "caller": {"name": "Bu Sri", "phone": "0812-3456"}, "complaint": "ketuban pecah",
        "place": {"village": village, "landmark": "belakang masjid"},
        "answers": {"conscious": "yes", "breathing": "yes"}});
    let (status, taken) = post(&operator, "/api/v1/calls", call).await;
    assert_eq!(status, 201, "{taken}");
    let path = format!("/api/v1/incidents/{}", text(&taken, "incident_id"));
    let incident = get(&operator, &path).await;
    assert_eq!(incident["state"], "pending");
    assert_eq!(incident["priority"], "P2");
    assert_eq!(incident["caller"]["name"], "Bu Sri");
    assert_eq!(incident["place"]["basis"], "village");
    assert!(incident["place"]["village"]["district"].is_string(), "always with its district");

    let ranking = get(&operator, &format!("{path}/candidates?limit=3")).await;
    let best = text(&ranking["candidates"][0], "unit");
    assert_eq!(best, house.unit(2).as_str(), "the village's own ambulance is nearest");
    assert_eq!(ranking["candidates"].as_array().map(Vec::len), Some(3));
    assert!(
        ranking["candidates"][0]["reasons"][0].as_str().is_some_and(|r| r.contains("siaga di pos"))
    );

    let (status, assignment) =
        post(&operator, &format!("{path}/assignments"), json!({"unit": best})).await;
    assert_eq!(status, 201, "{assignment}");
    let status_path = format!("/api/v1/assignments/{}/status", text(&assignment, "id"));
    for step in
        ["acknowledged", "en_route", "on_scene", "transporting", "at_destination", "cleared"]
    {
        let (status, moved) = post(&operator, &status_path, json!({"status": step})).await;
        assert_eq!((status, text(&moved, "state")), (200, step.to_owned()));
    }
    let done = get(&operator, &path).await;
    assert_eq!(
        (done["state"].as_str(), done["disposition"].as_str()),
        (Some("closed"), Some("transported"))
    );
    let kinds: Vec<&str> = done["timeline"]
        .as_array()
        .expect("a timeline")
        .iter()
        .filter_map(|entry| entry["kind"].as_str())
        .collect();
    assert_eq!(kinds.first(), Some(&"call_taken"));
    assert_eq!(kinds.last(), Some(&"incident_ended"));

    let supervisor = house.sign_in(Role::Supervisor).await;
    let report = get(&supervisor, "/api/v1/reports/response-times").await;
    assert_eq!(report["counted"], 1, "{report}");
    let csv = supervisor.get("/api/v1/reports/response-times.csv").await.expect("answered");
    let csv = String::from_utf8_lossy(&csv.body).into_owned();
    assert!(csv.contains(&text(&taken, "case_number")), "{csv}");
}

#[tokio::test(flavor = "multi_thread")]
async fn officials_see_the_room_without_names_numbers_or_complaints() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let call = json!({"channel": "phone", "caller": {"name": "KENARI-NAMA", "phone": "KENARI-TELP"},
        "complaint": "KENARI-KELUHAN", "place": {"lat": -8.25, "lon": 113.6, "landmark": "KENARI-PATOKAN"}});
    let (_, taken) = post(&operator, "/api/v1/calls", call).await;
    let paths = [
        "/api/v1/incidents".to_owned(),
        format!("/api/v1/incidents/{}", text(&taken, "incident_id")),
    ];
    for path in &paths {
        let seen = operator.get(path).await.expect("answered");
        assert_eq!(String::from_utf8_lossy(&seen.body).matches("KENARI").count(), 4, "{path}");
        for role in [Role::Official, Role::Admin] {
            let person = house.sign_in(role).await;
            let seen = person.get(path).await.expect("answered");
            assert!(!String::from_utf8_lossy(&seen.body).contains("KENARI"), "{path} as {role:?}");
        }
    }
    let area = &house.server.desk.room.area.id;
    let entries = house.server.store.entries(area, 0, 100).await.expect("entries");
    assert!(entries.iter().all(|entry| !entry.body.contains("KENARI")), "the log keeps none of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_twice_happens_once() {
    let house = House::with_units(3).await;
    let operator = house.sign_in(Role::Operator).await;
    let call = json!({"channel": "phone", "place": {"lat": -8.25, "lon": 113.6}});
    let key = [("idempotency-key", "panggilan-1")];
    let send = |body: Value| {
        let operator = operator.clone();
        async move {
            let sent = operator.send(Method::POST, "/api/v1/calls", Some(&body), &key).await;
            sent.expect("answered").json()
        }
    };
    let first = send(call.clone()).await;
    assert_eq!(send(call.clone()).await, first, "the same answer");
    let with_id = json!({"id": uuid::Uuid::now_v7(), "channel": "phone"});
    let (_, once) = post(&operator, "/api/v1/calls", with_id.clone()).await;
    let (_, twice) = post(&operator, "/api/v1/calls", with_id).await;
    assert_eq!(once, twice);

    let path = format!("/api/v1/incidents/{}/assignments", text(&first, "incident_id"));
    let order = json!({"unit": house.unit(0), "id": uuid::Uuid::now_v7()});
    let (status, ordered) = post(&operator, &path, order.clone()).await;
    assert_eq!(status, 201);
    assert_eq!(post(&operator, &path, order.clone()).await, (201, ordered.clone()));

    // And after a crash.
    let house = house.crash_and_restart().await;
    let operator = house.sign_in(Role::Operator).await;
    let sent = operator.send(Method::POST, "/api/v1/calls", Some(&call), &key).await;
    assert_eq!(sent.expect("answered").json(), first);
    assert_eq!(post(&operator, &path, order).await, (201, ordered));
    let list = get(&operator, "/api/v1/incidents").await;
    assert_eq!(list["incidents"].as_array().map(Vec::len), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_who_has_the_unit_in_the_language_asked_for() {
    let house = House::with_units(2).await;
    let operator = house.sign_in(Role::Operator).await;
    let first = house.call_at(&operator, 0).await;
    let second = house.call_at(&operator, 0).await;
    house.order(&operator, &first, 0).await;
    let path = format!("/api/v1/incidents/{second}/assignments");
    let order = json!({"unit": house.unit(0)});
    for (language, word) in
        [("id", "sedang bertugas"), ("en-GB,en;q=0.9", "is on"), ("fr", "sedang")]
    {
        let headers = [("accept-language", language)];
        let answer =
            operator.send(Method::POST, &path, Some(&order), &headers).await.expect("answered");
        assert_eq!(answer.status, 409);
        assert_eq!(answer.headers["content-type"], "application/problem+json");
        let problem = answer.json();
        assert_eq!(
            (text(&problem, "code"), text(&problem, "incident")),
            ("unit_busy".to_owned(), first.clone())
        );
        assert_eq!(text(&problem, "unit"), house.unit(0).to_string());
        assert!(text(&problem, "detail").contains(word), "{language}: {problem}");
    }
    let ranking = get(&operator, &format!("/api/v1/incidents/{second}/candidates")).await;
    assert_eq!(ranking["excluded"][0]["code"], "busy");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_requests_are_refused_with_a_sentence_and_change_nothing() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let incident = house.call_at(&operator, 0).await;
    let calls = "/api/v1/calls";
    let place = format!("/api/v1/incidents/{incident}/place");
    let close = format!("/api/v1/incidents/{incident}/close");
    let cases = [
        (calls, json!({}), 422),
        (calls, json!({"channel": "pigeon"}), 422),
        (calls, json!({"channel": "phone", "chanel": 1}), 422),
        (calls, json!({"channel": "phone", "received_at": "yesterday"}), 422),
        (calls, json!({"channel": "phone", "received_at": "2030-01-01T00:00:00Z"}), 422),
        (calls, json!({"channel": "phone", "received_at": "2020-01-01T00:00:00Z"}), 422),
        (calls, json!({"channel": "phone", "place": {"village": "35.09.99.9999"}}), 422),
        (calls, json!({"channel": "phone", "place": {"lat": -8.2}}), 422),
        (calls, json!({"channel": "phone", "place": {"lat": 52.5, "lon": 13.4}}), 422),
        (calls, json!({"channel": "phone", "place": {"lat": -8.2, "lon": 999}}), 400),
        (&place, json!({"village": "x", "lat": 1, "lon": 1}), 422),
        (&close, json!({"disposition": "cancelled"}), 422),
        (&close, json!({"disposition": "vanished"}), 422),
        (
            "/api/v1/incidents/0198f7a0-0000-7000-8000-000000000000/close",
            json!({"disposition": "prank"}),
            404,
        ),
        ("/api/v1/incidents/not-an-id/close", json!({"disposition": "prank"}), 400),
    ];
    for (path, body, expected) in cases {
        let (status, problem) = post(&operator, path, body.clone()).await;
        assert_eq!(status, expected, "{path} {body}: {problem}");
    }
    for path in [calls, "/api/v1/incidents/not-an-id/close", "/api/v1/incidents/x/candidates"] {
        let method = if path.ends_with("candidates") { Method::GET } else { Method::POST };
        let answer = operator.send(method, path, Some(&json!({})), &[]).await.expect("answered");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
        assert_eq!(answer.json()["status"].as_u64(), Some(u64::from(answer.status.as_u16())));
    }
    let huge = json!({"channel": "phone", "complaint": "x".repeat(100_000)});
    assert_eq!(post(&operator, calls, huge).await.0, 413);
    let long_key = "k".repeat(129);
    let headers = [("idempotency-key", long_key.as_str())];
    let call = json!({"channel": "phone"});
    let answer = operator.send(Method::POST, calls, Some(&call), &headers).await.expect("answered");
    assert_eq!(answer.status, 400);
    let list = get(&operator, "/api/v1/incidents").await;
    assert_eq!(list["incidents"].as_array().map(Vec::len), Some(1), "nothing was changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_use_the_operators_session() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let call = json!({"channel": "phone"});
    let own = format!("http://{}", house.server.http);
    for (origin, expected) in [("https://evil.example", 403), ("null", 403), (own.as_str(), 201)] {
        let headers = [("origin", origin)];
        let sent = operator.send(Method::POST, "/api/v1/calls", Some(&call), &headers).await;
        assert_eq!(sent.expect("answered").status.as_u16(), expected, "{origin}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_tells_nothing_and_signing_out_ends_the_session() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    for (name, password) in [("operator", "wrong"), ("nobody", "wrong"), ("", "")] {
        let body = json!({"name": name, "password": password});
        let (status, problem) =
            post(&Client::new(house.server.http), "/api/v1/session", body).await;
        assert_eq!((status, text(&problem, "code")), (401, "wrong_credentials".to_owned()));
    }
    let me = get(&operator, "/api/v1/session").await;
    assert_eq!((text(&me, "role"), &me["areas"]), ("operator".to_owned(), &json!(["35.09"])));
    let out = operator.send(Method::DELETE, "/api/v1/session", None, &[]).await.expect("answered");
    assert_eq!(out.status, 204);
    assert_eq!(operator.get("/api/v1/units").await.expect("answered").status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_found_as_one_types_and_the_map_needs_no_outside_server() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let hits = get(&operator, "/api/v1/places?q=sukorejo").await;
    let hits = hits["places"].as_array().expect("places").clone();
    assert!(hits.len() >= 2, "two villages of that name");
    assert!(hits.iter().all(|hit| hit["village"]["district"].is_string()));
    let point = get(&operator, "/api/v1/places?q=-8.25,%20113.85").await;
    assert_eq!(point["places"][0]["kind"], "coordinates");
    let map = get(&operator, "/api/v1/map").await;
    assert_eq!(map["villages"].as_array().map(Vec::len), Some(248));
    assert_eq!(map["districts"].as_array().map(Vec::len), Some(31));
    assert_eq!(map["land"]["type"], "MultiPolygon");
    assert!(
        map["facilities"].as_array().is_some_and(|list| list.iter().all(|f| f["demo"] == true))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_enrolled_with_a_secret_that_is_shown_once() {
    let house = House::with_units(1).await;
    let admin = house.sign_in(Role::Admin).await;
    for (kind, in_topic) in
        [("native", "username"), ("owntracks", "username"), ("traccar", "secret")]
    {
        let (status, made) =
            post(&admin, "/api/v1/devices", json!({"unit": house.unit(0), "kind": kind})).await;
        assert_eq!(status, 201, "{made}");
        assert!(text(&made, "qr").contains("<svg"));
        assert!(text(&made, "topic").contains(&text(&made, in_topic)));
        let stored = house.server.store.device(&text(&made, "username")).await.expect("a store");
        let hash = stored.expect("enrolled").secret_hash;
        assert_eq!(hash, siaga::secret::token_hash(&text(&made, "secret")));
    }
    let (status, _) =
        post(&admin, "/api/v1/devices", json!({"unit": "AMB-NONE-01", "kind": "native"})).await;
    assert_eq!(status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_device_is_shown_with_how_it_reports() {
    let house = House::with_units(2).await;
    let tracker = house.enrol(0, DeviceKind::Native).await;
    house.enrol(1, DeviceKind::Owntracks).await;
    let admin = house.sign_in(Role::Admin).await;
    let (mut connected, now) =
        (Tracker::connect(&house.server, &tracker).await, house.server.desk.now().ms());
    let fix = |seq: i64, lat: f64| json!({"seq": seq, "t": now + seq, "lat": lat, "lon": 113.7});
    let mocked = json!({"seq": 4, "t": now + 4, "lat": -8.2, "lon": 113.7, "mock": true});
    let fixes = json!({"boot": "t1", "base": 1, "now": now,
        "fixes": [fix(1, -8.2), fix(2, -8.2), fix(3, 0.1), mocked]});
    connected.publish("fix", &fixes).await;
    connected.message("ack").await;
    let listed = get(&admin, "/api/v1/devices").await;
    let devices = listed["devices"].as_array().expect("devices").clone();
    let of = |kind: &str| devices.iter().find(|device| device["kind"] == kind).expect("listed");
    let native = of("native");
    assert_eq!(native["device"], tracker.name.as_str());
    assert_eq!((&native["connected"], &native["shown"]), (&json!(true), &json!(true)), "{native}");
    assert_eq!((&native["connections"], &native["habit"]), (&json!(1), &json!("too_new")));
    let counts = &native["fixes"];
    assert_eq!((&counts["live"], &counts["mocked"]), (&json!(2), &json!(1)), "{counts}");
    assert!(native["clock_behind_s"].is_number(), "{native}");
    let phone = of("owntracks");
    assert_eq!((&phone["connected"], &phone["heard_at"]), (&json!(false), &json!(null)));
    let remedies = &listed["remedies"];
    assert_eq!(remedies["source"], "https://dontkillmyapp.com");
    assert_eq!(remedies["vendors"].as_array().map(Vec::len), Some(6));
    let units = get(&admin, "/api/v1/units").await;
    assert_eq!(units["units"][0]["shown_by"]["device"], tracker.name.as_str(), "{units}");
    assert_eq!(units["units"][1]["shown_by"], json!(null));
    let official = house.sign_in(Role::Official).await;
    let refused = official.get("/api/v1/devices").await.expect("an answer");
    assert_eq!(refused.status, 403);
}
