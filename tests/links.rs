//! Links on a running server: a caller gives a position and an operator decides; a family sees its ambulance come.

use hyper::Method;
use serde_json::{Value, json};
use siaga::client::{Answer, Client, LiveSocket, next_message};
use siaga::clock::Timestamp;
use siaga::ids::{AreaId, IncidentId};
use siaga::links::{self, CALLER_GOOD_MS, Letter, POSITIONS_MAX};
use siaga::store::{DeviceKind, LinkKind, LinkSubject, Role};
use tokio_tungstenite::tungstenite::Message;

use crate::house::{House, Tracker, eventually, text};

const POSITION: &str = "/api/v1/caller-position";
const APPROACH: &str = "/api/v1/approach";

/// Somebody with a link and no sign-in.
struct Visitor<'a> {
    house: &'a House,
    token: String,
}

impl<'a> Visitor<'a> {
    /// Opens a link as it was sent.
    fn opens(house: &'a House, made: &Value) -> Self {
        let url = text(made, "url");
        let (page, token) = url.split_once('#').expect("a token behind the #");
        assert!(page.ends_with("/l") || page.ends_with("/i"), "{page}");
        assert!(text(made, "text").ends_with(&url));
        Self { house, token: token.to_owned() }
    }

    fn with(house: &'a House, token: &str) -> Self {
        Self { house, token: token.to_owned() }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("authorization", bearer.as_str())];
        let nobody = Client::new(self.house.server.http);
        nobody.send(method, path, body, &headers).await.expect("answered")
    }

    async fn offers(&self, body: &Value) -> (u16, Value) {
        let answer = self.ask(Method::POST, POSITION, Some(body)).await;
        (answer.status.as_u16(), answer.json())
    }

    async fn gives(&self, lat: f64, lon: f64, accuracy_m: f64) -> (u16, Value) {
        self.offers(&json!({"lat": lat, "lon": lon, "accuracy_m": accuracy_m, "age_s": 1.5})).await
    }

    async fn looks(&self, path: &str) -> (u16, Value) {
        let answer = self.ask(Method::GET, path, None).await;
        (answer.status.as_u16(), answer.json())
    }
}

async fn post(person: &Client, path: &str, body: Value) -> (u16, Value) {
    let answer = person.post(path, &body).await.expect("answered");
    (answer.status.as_u16(), answer.json())
}

async fn incident_of(person: &Client, id: &str) -> Value {
    person.get(&format!("/api/v1/incidents/{id}")).await.expect("answered").json()
}

async fn caller_link(person: &Client, id: &str) -> Value {
    let (status, made) =
        post(person, &format!("/api/v1/incidents/{id}/caller-link"), json!({})).await;
    assert_eq!(status, 201, "{made}");
    made
}

async fn answer_position(person: &Client, id: &str, how: &str, seen: &Value) -> (u16, Value) {
    let path = format!("/api/v1/incidents/{id}/caller-position/{how}");
    post(person, &path, json!({"received_at": seen["received_at"]})).await
}

async fn screen(person: &Client) -> LiveSocket {
    let mut socket = person.live("").await.expect("a socket");
    next_delta_or(&mut socket, "snapshot").await;
    socket
}

async fn next_delta_or(socket: &mut LiveSocket, kind: &str) -> Value {
    loop {
        if let Message::Text(frame) = next_message(socket).await.expect("a frame") {
            let frame: Value = serde_json::from_str(&frame).expect("JSON");
            if frame["type"] == kind {
                return frame;
            }
        }
    }
}

/// A call with a name and a number, somewhere in a village.
async fn call_in_village(house: &House, operator: &Client) -> String {
    let village = house.server.desk.room.units()[0].village.clone();
    let call = json!({"channel": "phone", "caller": {"name": "Bu Sri", "phone": "0812-3456-7890"},
        "place": {"village": village, "landmark": "belakang masjid"}});
    text(&post(operator, "/api/v1/calls", call).await.1, "incident_id")
}

async fn given_seen_and_accepted(house: House) {
    let operator = house.sign_in(Role::Operator).await;
    let (colleague, official) =
        (house.sign_in(Role::Supervisor).await, house.sign_in(Role::Official).await);
    let id = call_in_village(&house, &operator).await;
    let (mut theirs, mut redacted) = (screen(&colleague).await, screen(&official).await);
    let made = caller_link(&operator, &id).await;
    assert!(text(&made, "whatsapp").starts_with("https://wa.me/6281234567890?text="), "{made}");
    assert!(text(&made, "sms").starts_with("sms:+6281234567890?body="), "{made}");
    let caller = Visitor::opens(&house, &made);
    let (status, told) = caller.looks(POSITION).await;
    assert_eq!((status, &told["given"], &told["accepted"]), (200, &json!(false), &json!(false)));
    assert!(text(&told, "centre").contains("Jember"));

    let before = incident_of(&operator, &id).await["place"].clone();
    assert_eq!(caller.gives(-8.2512345, 113.6543219, 900.0).await.0, 200);
    let (status, told) = caller.gives(-8.2512345, 113.6543219, 12.4).await;
    assert_eq!((status, &told["given"], &told["accepted"]), (200, &json!(true), &json!(false)));
    let mut offered = Value::Null;
    while offered["accuracy_m"] != 13 {
        let delta = next_delta_or(&mut theirs, "delta").await;
        offered = delta["incidents"][0]["caller_position"].clone();
        let seen = next_delta_or(&mut redacted, "delta").await;
        assert_eq!(text(&seen["incidents"][0], "id"), id);
        assert!(!seen.to_string().contains("8.2512"), "officials see no caller's place: {seen}");
    }
    assert!(offered["away_m"].as_u64().is_some_and(|metres| metres > 0), "{offered}");
    let waiting = incident_of(&operator, &id).await;
    assert_eq!(waiting["place"], before, "it never overwrites by itself");

    let (status, placed) = answer_position(&colleague, &id, "accept", &offered).await;
    assert_eq!(status, 200, "{placed}");
    let place = &placed["place"];
    assert_eq!((&place["lat"], &place["lon"]), (&json!(-8.2512345), &json!(113.6543219)));
    assert_eq!((&place["basis"], &place["uncertainty_m"]), (&json!("point"), &json!(13)));
    assert_eq!(placed["landmark"], "belakang masjid", "what else is known stays");
    let timeline = incident_of(&operator, &id).await["timeline"].clone();
    let last = timeline.as_array().and_then(|list| list.last().cloned()).expect("a line");
    assert_eq!(
        (text(&last, "kind"), text(&last, "source")),
        ("incident_placed".into(), "caller_link".into())
    );
    assert_eq!(text(&last, "actor"), "caller_link:supervisor");
    let told = eventually(|| async {
        let (_, told) = caller.looks(POSITION).await;
        (told["accepted"] == json!(true)).then_some(told)
    });
    assert_eq!(told.await["given"], true);
    let again = answer_position(&colleague, &id, "accept", &offered).await;
    assert_eq!(again.0, 200, "said twice it is harmless");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_gives_a_position_and_only_an_operator_makes_it_the_place_on_sqlite() {
    given_seen_and_accepted(House::with_units(2).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_gives_a_position_and_only_an_operator_makes_it_the_place_on_postgres() {
    let Some(house) = House::on_postgres(2).await else { return };
    given_seen_and_accepted(house).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_is_offered_still_after_a_crash_and_stands_outside_the_log() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let id = house.call_at(&operator, 0).await;
    let made = caller_link(&operator, &id).await;
    let token = Visitor::opens(&house, &made).token;
    assert_eq!(Visitor::with(&house, &token).gives(-8.2512345, 113.6543219, 9.0).await.0, 200);
    let entries = house.server.store.entries(&house.server.desk.room.area.id, 0, 100).await;
    let log = format!("{:?}", entries.expect("a log"));
    assert!(!log.contains("8.2512345") && !log.contains(&token), "{log}");
    let house = house
        .crash_and_repair(|directory| {
            for file in std::fs::read_dir(directory).expect("files").flatten() {
                let Ok(bytes) = std::fs::read(file.path()) else { continue };
                let found = bytes.windows(token.len()).any(|window| window == token.as_bytes());
                assert!(!found, "the token is kept in {}", file.path().display());
            }
        })
        .await;
    let supervisor = house.sign_in(Role::Supervisor).await;
    let offered = incident_of(&supervisor, &id).await["caller_position"].clone();
    assert_eq!((&offered["accuracy_m"], &offered["accepted"]), (&json!(9), &json!(false)));
    let official = house.sign_in(Role::Official).await;
    assert_eq!(incident_of(&official, &id).await["caller_position"], Value::Null);
    house.server.reads.written().await;
    let reads = supervisor.get(&format!("/api/v1/reads?incident={id}")).await.expect("answered");
    assert_eq!(reads.json()["reads"][0]["person"], "supervisor", "it is personal data");
    assert_eq!(Visitor::with(&house, &token).gives(-8.25, 113.65, 5.0).await.0, 200);
}

/// A link as the server makes one, made at another time or for another area.
async fn link_behind_its_back(house: &House, area: &str, id: &str, made_at: Timestamp) -> String {
    let incident: IncidentId = id.parse().expect("an id");
    let (link, token) = links::make(LinkSubject::Caller, incident, made_at);
    let area = AreaId::new(area).expect("a code");
    house.server.store.save_link(&area, &link).await.expect("kept");
    let letter = Letter::write(LinkKind::Caller, &token, "", "", None);
    letter.url.split('#').nth(1).expect("a token").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn links_that_are_wrong_replaced_over_or_of_another_area_all_look_alike() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let now = house.server.desk.now();
    let mut dead = vec!["", "x", "abcdefghjkmnpqrstuvwxyz2345", "' or 1=1 -- ' or 1=1 -- ' o"]
        .into_iter()
        .map(str::to_owned)
        .collect::<Vec<_>>();
    let id = house.call_at(&operator, 0).await;
    let first = Visitor::opens(&house, &caller_link(&operator, &id).await).token;
    let second = Visitor::opens(&house, &caller_link(&operator, &id).await).token;
    dead.push(first);
    let (expired, elsewhere, ended) = (
        house.call_at(&operator, 0).await,
        house.call_at(&operator, 0).await,
        house.call_at(&operator, 0).await,
    );
    let long_ago = now.plus_ms(-CALLER_GOOD_MS - 1);
    dead.push(link_behind_its_back(&house, "35.09", &expired, long_ago).await);
    siaga::setup::area(&house.server.store, "35.10", 1).await.expect("an area");
    dead.push(link_behind_its_back(&house, "35.10", &elsewhere, now).await);
    dead.push(Visitor::opens(&house, &caller_link(&operator, &ended).await).token);
    let close = format!("/api/v1/incidents/{ended}/close");
    assert_eq!(post(&operator, &close, json!({"disposition": "prank"})).await.0, 200);
    let assignment = house.order(&operator, &id, 0).await;
    let family = format!("/api/v1/assignments/{assignment}/family-link");
    let (_, family) = post(&operator, &family, json!({})).await;
    dead.push(Visitor::opens(&house, &family).token);
    let (_, expected) = Visitor::with(&house, &dead[0]).looks(POSITION).await;
    assert_eq!(text(&expected, "code"), "unknown_link");
    assert!(text(&expected, "detail").contains("119"), "it says what to do: {expected}");
    for token in &dead {
        let visitor = Visitor::with(&house, token);
        assert_eq!(visitor.looks(POSITION).await, (404, expected.clone()), "{token}");
        assert_eq!(visitor.gives(-8.25, 113.65, 5.0).await, (404, expected.clone()), "{token}");
    }
    let nobody = Client::new(house.server.http);
    for path in [POSITION, APPROACH] {
        assert_eq!(nobody.get(path).await.expect("answered").json(), expected);
    }
    assert_eq!(Visitor::with(&house, &second).looks(APPROACH).await, (404, expected));
    assert_eq!(Visitor::with(&house, &second).gives(-8.25, 113.65, 5.0).await.0, 200);
    for (path, status) in [
        (format!("/api/v1/incidents/{ended}/caller-link"), 409),
        ("/api/v1/incidents/0198f7a0-0000-7000-8000-000000000000/caller-link".to_owned(), 404),
        ("/api/v1/assignments/0198f7a0-0000-7000-8000-000000000000/family-link".to_owned(), 404),
    ] {
        assert_eq!(post(&operator, &path, json!({})).await.0, status, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_that_cannot_be_true_are_refused_with_a_sentence_and_change_nothing() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let id = house.call_at(&operator, 0).await;
    let caller = Visitor::opens(&house, &caller_link(&operator, &id).await);
    let long = "x".repeat(2_000);
    let cases = [
        (json!({"lat": 91, "lon": 113.6, "accuracy_m": 5}), 422),
        (json!({"lat": -8.2, "lon": 999, "accuracy_m": 5}), 422),
        (json!({"lat": 0, "lon": 0, "accuracy_m": 5}), 422),
        (json!({"lat": -8.2, "lon": 113.6, "accuracy_m": -1}), 422),
        (json!({"lat": -8.2, "lon": 113.6, "accuracy_m": 1e300}), 422),
        (json!({"lat": -8.2, "lon": 113.6, "accuracy_m": 5, "age_s": -3}), 422),
        (json!({"lat": -8.2, "lon": 113.6, "accuracy_m": 5, "age_s": 9999}), 422),
        (json!({"lat": "NaN", "lon": 113.6, "accuracy_m": 5}), 422),
        (json!({"lat": null, "lon": 113.6, "accuracy_m": 5}), 422),
        (json!({"lat": -8.2, "lon": 113.6}), 422),
        (json!({"lat": -8.2, "lon": 113.6, "accuracy_m": 5, "incident": id}), 422),
        (json!({"lat": -8.2, "lon": 113.6, "accuracy_m": 5, "x": long}), 413),
        (json!([]), 422),
    ];
    for (body, expected) in &cases {
        let (status, problem) = caller.offers(body).await;
        assert_eq!(status, *expected, "{body}: {problem}");
        assert!(problem["detail"].as_str().is_some_and(|detail| detail.len() > 10), "{problem}");
    }
    let seen = incident_of(&operator, &id).await;
    assert_eq!((&seen["caller_position"], &seen["version"]), (&Value::Null, &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flood_of_positions_is_turned_away_and_a_flood_of_guesses_too() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let id = house.call_at(&operator, 0).await;
    let caller = Visitor::opens(&house, &caller_link(&operator, &id).await);
    let mut statuses = Vec::new();
    for n in 0..40_u32 {
        statuses.push(caller.gives(-8.25, 113.65, f64::from(n)).await.0);
    }
    assert!(statuses[..15].iter().all(|status| *status == 200), "{statuses:?}");
    assert!(statuses[30..].contains(&429), "{statuses:?}");
    assert!(statuses.len() < usize::try_from(POSITIONS_MAX).expect("small"));

    let guess = async |from: &str| {
        let headers =
            [("authorization", "Bearer abcdefghjkmnpqrstuvwxyz2345"), ("x-forwarded-for", from)];
        let nobody = Client::new(house.server.http);
        nobody.send(Method::GET, APPROACH, None, &headers).await.expect("answered").status.as_u16()
    };
    let mut refused = 0;
    for _ in 0..200 {
        refused += u32::from(guess("36.68.1.2").await == 429);
    }
    assert!(refused > 20, "{refused} of 200");
    let sees = operator.get("/api/v1/units").await.expect("answered");
    assert_eq!(sees.status, 200, "operators are not held up");
    assert!([404, 429].contains(&guess("36.68.9.9").await));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dismissed_position_is_gone_its_link_ends_and_what_was_not_seen_is_not_accepted() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let id = house.call_at(&operator, 0).await;
    let before = incident_of(&operator, &id).await["place"].clone();
    let caller = Visitor::opens(&house, &caller_link(&operator, &id).await);
    let nothing = json!({"received_at": "2026-11-23T01:02:03.456Z"});
    assert_eq!(answer_position(&operator, &id, "accept", &nothing).await.0, 409);
    assert_eq!(caller.gives(-8.30, 113.70, 700.0).await.0, 200);
    let rough = incident_of(&operator, &id).await["caller_position"].clone();
    assert_eq!(caller.gives(-8.31, 113.71, 7.0).await.0, 200);
    for how in ["accept", "dismiss"] {
        let (status, problem) = answer_position(&operator, &id, how, &rough).await;
        assert_eq!((status, text(&problem, "code")), (409, "position_changed".to_owned()));
    }
    let path = format!("/api/v1/incidents/{id}/caller-position/accept");
    assert_eq!(post(&operator, &path, json!({"received_at": "tadi"})).await.0, 422);
    let newest = incident_of(&operator, &id).await["caller_position"].clone();
    let (status, left) = answer_position(&operator, &id, "dismiss", &newest).await;
    assert_eq!((status, &left["caller_position"]), (200, &Value::Null), "{left}");
    assert_eq!(left["place"], before);
    assert_eq!(caller.gives(-8.31, 113.71, 5.0).await.0, 404);
    assert_eq!(answer_position(&operator, &id, "accept", &newest).await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_sees_its_ambulance_come_and_from_the_arrival_on_nothing_more() {
    let house = House::with_units(2).await;
    let operator = house.sign_in(Role::Operator).await;
    let id = house.call_at(&operator, 0).await;
    let assignment = house.order(&operator, &id, 1).await;
    let make = format!("/api/v1/assignments/{assignment}/family-link");
    let (status, made) = post(&operator, &make, json!({})).await;
    assert_eq!(status, 201, "{made}");
    let family = Visitor::opens(&house, &made);
    let (status, seen) = family.looks(APPROACH).await;
    assert_eq!((status, &seen["status"], &seen["at"]), (200, &json!("assigned"), &Value::Null));

    let credentials = house.enrol(1, DeviceKind::Native).await;
    let mut device = Tracker::connect(&house.server, &credentials).await;
    let post_of = house.server.desk.room.units()[0].post;
    let now = house.server.desk.now().ms();
    let fix = json!({"seq": 1, "t": now, "lat": post_of.lat() - 0.09, "lon": post_of.lon() + 0.01});
    device.publish("fix", &json!({"boot": "t1", "base": 1, "fixes": [fix]})).await;
    device.message("ack").await;
    device.say(2, &assignment, "en_route", now).await;
    device.message("ack").await;
    let seen = eventually(|| async {
        let (_, seen) = family.looks(APPROACH).await;
        (seen["status"] == "en_route" && !seen["at"].is_null()).then_some(seen)
    })
    .await;
    let at = &seen["at"];
    let number = |field: &str| at[field].as_f64().expect("a number");
    assert!((number("north_m") + 10_000.0).abs() < 50.0, "south of the place: {at}");
    assert!((1_050.0..1_150.0).contains(&number("east_m")), "{at}");
    assert!(number("distance_m") > 10_000.0 && seen["eta_s"].as_u64().is_some_and(|s| s > 300));
    assert!(number("age_s") < 20.0);
    let told = seen.to_string();
    for hidden in ["lat", "lon", "AMB", "unit", "incident", "case"] {
        assert!(!told.contains(hidden), "{hidden} in {told}");
    }

    device.say(3, &assignment, "on_scene", now).await;
    device.message("ack").await;
    let arrived = json!({"status": "arrived", "eta_s": null, "basis": null, "at": null});
    eventually(|| async { (family.looks(APPROACH).await.1 == arrived).then_some(()) }).await;
    assert_eq!(post(&operator, &make, json!({})).await.0, 409, "there is nothing to wait for");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_whose_ambulance_is_withdrawn_is_asked_to_call() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let id = house.call_at(&operator, 0).await;
    let assignment = house.order(&operator, &id, 0).await;
    let make = format!("/api/v1/assignments/{assignment}/family-link");
    let family = Visitor::opens(&house, &post(&operator, &make, json!({})).await.1);
    let newer = Visitor::opens(&house, &post(&operator, &make, json!({})).await.1);
    assert_eq!(family.looks(APPROACH).await.0, 404, "the newer link ended it");
    let status = format!("/api/v1/assignments/{assignment}/status");
    let cancel = json!({"status": "cancelled", "reason": "unit lain lebih dekat"});
    assert_eq!(post(&operator, &status, cancel).await.0, 200);
    let called = json!({"status": "call_centre", "eta_s": null, "basis": null, "at": null});
    assert_eq!(newer.looks(APPROACH).await, (200, called));
    assert_eq!(post(&operator, &make, json!({})).await.0, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_a_link_is_kept_by_nobody_and_passes_nothing_on() {
    let house = House::with_units(1).await;
    let nobody = Client::new(house.server.http);
    for path in ["/l", "/i"] {
        let answer = nobody.get(path).await.expect("answered");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer", "{path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
    }
    let answer = nobody.get(APPROACH).await.expect("answered");
    assert_eq!(answer.headers["cache-control"], "no-store");
}
