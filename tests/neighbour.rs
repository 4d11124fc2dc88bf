//! Mutual aid between two real servers on loopback.

use std::net::{SocketAddr, TcpListener};

use hyper::Method;
use serde_json::{Value, json};
use siaga::client::Client;
use siaga::config::Config;
use siaga::ids::AreaId;
use siaga::neighbour::{AREA_HEADER, Neighbour};
use siaga::store::Role;
use uuid::Uuid;

use crate::house::{House, any_port, eventually, text};

const SECRET: &str = "satu-rahasia-untuk-dua-wilayah-0123456789";
const OTHER: &str = "35.11";

fn free_port() -> SocketAddr {
    let listener = TcpListener::bind(any_port()).expect("a port");
    listener.local_addr().expect("an address")
}

fn config(area: &str, http: SocketAddr, other: (&str, SocketAddr)) -> Config {
    let neighbour = Neighbour {
        area: AreaId::new(other.0).expect("a code"),
        name: "Tetangga".to_owned(),
        url: format!("http://{}", other.1),
        secret: SECRET.to_owned(),
    };
    let neighbour = vec![neighbour];
    Config { area: area.to_owned(), http, mqtt: any_port(), neighbour, ..Config::default() }
}

/// The settings of two areas that know each other.
fn settings() -> (Config, Config) {
    let (a, b) = (free_port(), free_port());
    (config("35.09", a, (OTHER, b)), config(OTHER, b, ("35.09", a)))
}

async fn post(person: &Client, path: &str, body: Value) -> (u16, Value) {
    let answer = person.post(path, &body).await.expect("answered");
    (answer.status.as_u16(), answer.json())
}

async fn see(person: &Client, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    eventually(async || {
        let answer = person.get(path).await.expect("answered");
        assert_eq!(answer.status, 200, "{}", answer.json());
        Some(answer.json()).filter(|json| is_so(json))
    })
    .await
}

/// Asks the other area for its first unit; answers the path of the incident and the id of the aid.
async fn ask(house: &House, person: &Client, unit: &str) -> (String, String) {
    let incident = house.call_at(person, 0).await;
    let path = format!("/api/v1/incidents/{incident}");
    let id = Uuid::now_v7().to_string();
    let body = json!({"id": id, "area": OTHER, "unit": unit});
    let (status, asked) = post(person, &format!("{path}/aid"), body).await;
    assert_eq!(status, 200, "{asked}");
    assert_eq!((&asked["aid"][0]["state"], &asked["state"]), (&"asked".into(), &"pending".into()));
    (path, id)
}

async fn confirm(person: &Client, aid: &str, unit: &str) -> (u16, Value) {
    let [assignment, incident, call] = [(); 3].map(|()| Uuid::now_v7().to_string());
    let body = json!({"assignment": assignment, "incident": incident, "call": call, "unit": unit});
    post(person, &format!("/api/v1/aid/{aid}/confirm"), body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_of_a_neighbour_is_proposed_asked_for_confirmed_followed_and_closed() {
    let (a, b) = settings();
    let (a, b) = (House::by(a, 2).await, House::by(b, 2).await);
    let (asking, answering) = (a.sign_in(Role::Operator).await, b.sign_in(Role::Operator).await);
    let unit = b.unit(0).to_string();
    let (path, aid) = ask(&a, &asking, &unit).await;
    let proposed = see(&asking, &format!("{path}/neighbours"), |_| true).await;
    assert_eq!(proposed["neighbours"][0]["reachable"], true, "{proposed}");
    let waiting =
        see(&answering, "/api/v1/aid", |list| list["aid_requests"][0]["id"] == aid.as_str()).await;
    assert_eq!(waiting["aid_requests"][0]["area"], "35.09");
    let (status, taken) = confirm(&answering, &aid, &unit).await;
    assert_eq!(status, 200, "{taken}");
    assert_eq!(
        (&taken["channel"], &taken["asked_by"]["area"]),
        (&"neighbour".into(), &"35.09".into())
    );
    let served = see(&asking, &path, |i| i["aid"][0]["state"] == "confirmed").await;
    assert_eq!(served["state"], "assigned", "{served}");
    let assignment = text(&taken["assignments"][0], "id");
    let status_path = format!("/api/v1/assignments/{assignment}/status");
    for step in ["acknowledged", "en_route", "on_scene"] {
        let (status, said) = post(&answering, &status_path, json!({"status": step})).await;
        assert_eq!(status, 200, "{said}");
    }
    see(&asking, &path, |i| i["state"] == "active").await;
    let withdraw = format!("/api/v1/aid/{aid}/withdraw");
    let (status, late) = post(&asking, &withdraw, json!({"reason": "batal"})).await;
    assert_eq!((status, late["code"].as_str()), (409, Some("aid_arrived")));
    let (status, _) = post(&answering, &status_path, json!({"status": "cleared"})).await;
    assert_eq!(status, 200);
    let closed = see(&asking, &path, |i| i["state"] == "closed").await;
    assert_eq!(
        (&closed["aid"][0]["state"], &closed["disposition"]),
        (&"cleared".into(), &"treated_on_scene".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_that_is_down_is_told_once_it_is_up_and_its_refusal_brings_the_incident_back() {
    let (a, b) = settings();
    let a = House::by(a, 2).await;
    let asking = a.sign_in(Role::Operator).await;
    let (path, aid) = ask(&a, &asking, "AMB-1").await;
    let proposed = see(&asking, &format!("{path}/neighbours"), |_| true).await;
    assert_eq!(proposed["neighbours"][0]["reachable"], false, "{proposed}");
    let a = a.crash_and_restart().await;
    let asking = a.sign_in(Role::Operator).await;
    let b = House::by(b, 2).await;
    let answering = b.sign_in(Role::Operator).await;
    see(&answering, "/api/v1/aid", |list| list["aid_requests"][0]["id"] == aid.as_str()).await;
    see(&asking, &path, |i| !i["aid"][0]["times"]["delivered"].is_null()).await;
    let refuse = format!("/api/v1/aid/{aid}/refuse");
    let (status, no) = post(&answering, &refuse, json!({"reason": " "})).await;
    assert_eq!((status, no["code"].as_str()), (422, Some("reason_missing")));
    let (status, left) = post(&answering, &refuse, json!({"reason": "semua bertugas"})).await;
    assert_eq!((status, &left["aid_requests"]), (200, &json!([])));
    let back = see(&asking, &path, |i| i["aid"][0]["state"] == "refused").await;
    assert_eq!(
        (&back["state"], &back["aid"][0]["reason"]),
        (&"pending".into(), &"semua bertugas".into())
    );
    let (status, over) = confirm(&answering, &aid, b.unit(0).as_str()).await;
    assert_eq!((status, over["code"].as_str()), (409, Some("aid_over")));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_know_the_secret_is_told_nothing_and_unknown_areas_are_not_asked() {
    let (a, _) = settings();
    let a = House::by(a, 1).await;
    let asking = a.sign_in(Role::Operator).await;
    let incident = a.call_at(&asking, 0).await;
    let path = format!("/api/v1/incidents/{incident}/aid");
    let body = json!({"id": Uuid::now_v7(), "area": "35.77", "unit": "AMB-1"});
    let (status, unknown) = post(&asking, &path, body).await;
    assert_eq!((status, unknown["code"].as_str()), (404, Some("unknown_neighbour")));
    let nobody = Client::new(a.server.http);
    let question = json!({"lat": -8.2, "lon": 113.7});
    let right = format!("Bearer {SECRET}");
    for (area, bearer, expected) in [
        (OTHER, right.as_str(), 200),
        (OTHER, "Bearer wrong", 401),
        (OTHER, SECRET, 401),
        ("35.77", right.as_str(), 401),
        ("", "Bearer ", 401),
    ] {
        let headers = [(AREA_HEADER, area), ("authorization", bearer)];
        let path = "/api/v1/neighbour/candidates";
        let answer = nobody.send(Method::POST, path, Some(&question), &headers).await;
        assert_eq!(answer.expect("answered").status, expected, "{area} {bearer}");
    }
}
