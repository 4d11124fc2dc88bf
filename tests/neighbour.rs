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
        certificate: None,
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
async fn a_unit_of_a_neighbour_is_proposed_asked_for_confirmed_followed_and_closed_on_sqlite() {
    let (a, b) = settings();
    helped(House::by(a, 2).await, House::by(b, 2).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_of_a_neighbour_is_proposed_asked_for_confirmed_followed_and_closed_on_postgres() {
    let (a, b) = settings();
    let Some(a) = House::by_on_postgres(a, 2).await else { return };
    let Some(b) = House::by_on_postgres(b, 2).await else { return };
    helped(a, b).await;
}

async fn helped(a: House, b: House) {
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
    let counted = report(&a).await;
    assert_eq!((&counted["counted"], &counted["excluded"]["neighbour"]), (&1.into(), &0.into()));
    assert_eq!(counted["rows"][0]["unit"], format!("{OTHER} {unit}"), "{}", counted["rows"][0]);
    let lent = report(&b).await;
    assert_eq!((&lent["counted"], &lent["excluded"]["neighbour"]), (&0.into(), &1.into()));
}

/// The response times of these days.
async fn report(house: &House) -> Value {
    let official = house.sign_in(Role::Official).await;
    let now = house.server.desk.now();
    let (from, to) = (now.plus_ms(-60 * 60 * 1000), now.plus_ms(60 * 60 * 1000));
    let path = format!("/api/v1/reports/response-times?from={from}&to={to}");
    let answer = official.get(&path).await.expect("answered");
    assert_eq!(answer.status, 200, "{}", answer.json());
    answer.json()
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

#[tokio::test(flavor = "multi_thread")]
async fn what_both_confirmed_while_the_other_was_down_is_known_after_both_have_crashed() {
    let (a, b) = settings();
    let (a, b) = (House::by(a, 2).await, House::by(b, 2).await);
    let (asking, answering) = (a.sign_in(Role::Operator).await, b.sign_in(Role::Operator).await);
    let unit = b.unit(1).to_string();
    let (path, aid) = ask(&a, &asking, &unit).await;
    see(&answering, "/api/v1/aid", |list| list["aid_requests"][0]["id"] == aid.as_str()).await;
    let a = a.crash().await;
    let (status, taken) = confirm(&answering, &aid, &unit).await;
    assert_eq!(status, 200, "{taken}");
    let b = b.crash_and_restart().await;
    let a = a.restart().await;
    let asking = a.sign_in(Role::Operator).await;
    let served = see(&asking, &path, |i| i["aid"][0]["state"] == "confirmed").await;
    assert_eq!((&served["state"], &served["aid"][0]["unit"]), (&"assigned".into(), &unit.into()));
    drop(b);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exercise_stays_one_at_the_neighbour_and_a_busy_unit_is_not_promised() {
    let (a, b) = settings();
    let (a, b) = (House::by(a, 2).await, House::by(b, 2).await);
    let (asking, answering) = (a.sign_in(Role::Operator).await, b.sign_in(Role::Operator).await);
    let busy = b.call_at(&answering, 0).await;
    b.order(&answering, &busy, 0).await;
    let near = a.server.desk.room.units()[0].post;
    let call = json!({"channel": "phone", "drill": true, "caller": {"phone": "081234567890"},
        "complaint": "latihan gabungan", "place": {"lat": near.lat(), "lon": near.lon()}});
    let (status, taken) = post(&asking, "/api/v1/calls", call).await;
    assert_eq!(status, 201, "{taken}");
    let path = format!("/api/v1/incidents/{}", text(&taken, "incident_id"));
    let aid = Uuid::now_v7().to_string();
    let body = json!({"id": aid, "area": OTHER, "unit": b.unit(0)});
    assert_eq!(post(&asking, &format!("{path}/aid"), body.clone()).await.0, 200);
    assert_eq!(post(&asking, &format!("{path}/aid"), body).await.0, 200, "said twice, it is one");
    let waiting =
        see(&answering, "/api/v1/aid", |list| list["aid_requests"][0]["id"] == aid.as_str()).await;
    let request = &waiting["aid_requests"][0];
    assert_eq!((&request["drill"], &request["phone"]), (&true.into(), &"081234567890".into()));
    assert_eq!(waiting["aid_requests"].as_array().map(Vec::len), Some(1));
    let (status, busy) = confirm(&answering, &aid, b.unit(0).as_str()).await;
    assert_eq!((status, busy["code"].as_str()), (409, Some("unit_busy")));
    let (status, taken) = confirm(&answering, &aid, b.unit(1).as_str()).await;
    assert_eq!((status, &taken["drill"]), (200, &true.into()), "{taken}");
    assert_eq!(taken["complaint"], "latihan gabungan");
    b.server.reads.written().await;
    let reads = b.sign_in(Role::Supervisor).await.get("/api/v1/reads").await.expect("answered");
    let seen = reads.json()["reads"].as_array().cloned().unwrap_or_default();
    let listed = seen.iter().any(|read| read["incident"] == aid.as_str() && read["way"] == "list");
    assert!(listed, "who was shown what a neighbour's caller said is noted: {seen:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_the_neighbour_will_never_take_is_refused_and_nothing_waits_behind_it() {
    let (a, b) = settings();
    let (a, b) = (House::by(a, 2).await, House::by(b, 2).await);
    let (asking, answering) = (a.sign_in(Role::Operator).await, b.sign_in(Role::Operator).await);
    // The neighbour uses this id already, for an aid that it asked for itself.
    let theirs = b.call_at(&answering, 0).await;
    let id = Uuid::now_v7().to_string();
    let body = json!({"id": id, "area": "35.09", "unit": "AMB-1"});
    let (a_down, asking_path) = (a.crash().await, format!("/api/v1/incidents/{theirs}/aid"));
    assert_eq!(post(&answering, &asking_path, body).await.0, 200);
    let b = b.crash().await;
    let a = a_down.restart().await;
    let asking_again = a.sign_in(Role::Operator).await;
    drop(asking);
    let first = a.call_at(&asking_again, 0).await;
    let body = json!({"id": id, "area": OTHER, "unit": "AMB-1"});
    let path = format!("/api/v1/incidents/{first}");
    assert_eq!(post(&asking_again, &format!("{path}/aid"), body).await.0, 200);
    let (second, good) = ask(&a, &asking_again, "AMB-2").await;
    let b = b.restart().await;
    let refused = see(&asking_again, &path, |i| i["aid"][0]["state"] == "refused").await;
    let reason = refused["aid"][0]["reason"].as_str().unwrap_or_default();
    assert!(reason.starts_with("server tetangga menolak: 409"), "{reason}");
    see(&asking_again, &second, |i| !i["aid"][0]["times"]["delivered"].is_null()).await;
    let answering = b.sign_in(Role::Supervisor).await;
    let list = see(&answering, "/api/v1/aid", |_| true).await;
    assert_eq!(list["aid_requests"][0]["id"], good.as_str());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_neighbour_would_say_is_refused_with_its_name() {
    let (a, _) = settings();
    let a = House::by(a, 1).await;
    let server = Client::new(a.server.http);
    let bearer = format!("Bearer {SECRET}");
    let headers = [(AREA_HEADER, OTHER), ("authorization", bearer.as_str())];
    let id = Uuid::now_v7();
    let answer = json!({"number": 1, "state": "confirmed", "unit": "AMB-1"});
    let place =
        json!({"position": {"lat": -8.2, "lon": 113.7}, "uncertainty_m": 100, "basis": "point"});
    let request = json!({"area": OTHER, "case_number": "B-1", "priority": "P1", "category": "maternal",
        "place": place, "care": null, "unit": "AMB-1"});
    let with = |field: &str, value: Value| {
        let mut changed = request.clone();
        changed[field] = value;
        json!({"id": id, "request": changed})
    };
    for (path, body, expected) in [
        ("candidates", json!({"lat": 91, "lon": 113.7}), 400),
        ("candidates", json!({"lat": -8.2}), 422),
        ("candidates", json!({"lat": -8.2, "lon": 113.7, "radius": 5}), 422),
        ("answers", json!({"id": id, "answer": answer}), 404),
        ("answers", json!({"id": "x", "answer": answer}), 422),
        ("answers", json!({"id": id, "answer": {"number": -1, "state": "confirmed"}}), 422),
        ("answers", json!({"id": id, "answer": {"number": 1, "state": "on_its_way"}}), 422),
        ("aid", json!({"id": id}), 422),
        ("aid", with("priority", "P0".into()), 422),
        ("aid", with("place", json!({"position": {"lat": 200, "lon": 0}})), 422),
        ("aid", with("case_number", "x".repeat(70_000).into()), 413),
        ("aid", with("case_number", "x".repeat(1_000).into()), 400),
        ("aid", with("unit", "".into()), 422),
    ] {
        let path = format!("/api/v1/neighbour/{path}");
        let said = server.send(Method::POST, &path, Some(&body), &headers).await.expect("answered");
        let shown = body.to_string();
        assert_eq!(said.status, expected, "{}: {}", &shown[..shown.len().min(300)], said.json());
    }
    let operator = a.sign_in(Role::Operator).await;
    let list = see(&operator, "/api/v1/aid", |_| true).await;
    assert_eq!(list["aid_requests"], json!([]), "nothing of it is kept");
}

/// A TLS proxy before a server, as real ones stand behind one; answers its port and its certificate.
async fn behind_tls(server: SocketAddr) -> (u16, String) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).expect("a key");
    let pem = made.cert.pem();
    let key = rustls::pki_types::PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let provider = rustls::crypto::ring::default_provider();
    let settings = rustls::ServerConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.into()], key)
        .expect("a certificate with its key");
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(settings));
    let listener = tokio::net::TcpListener::bind(any_port()).await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let Ok(mut secure) = acceptor.accept(stream).await else { return };
                let Ok(mut plain) = tokio::net::TcpStream::connect(server).await else { return };
                // Whoever hangs up first ends it.
                let _ = tokio::io::copy_bidirectional(&mut secure, &mut plain).await;
            });
        }
    });
    (port, pem)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_neighbour_is_asked_over_tls_and_only_when_its_certificate_is_trusted() {
    let (mut a, b) = settings();
    let b = House::by(b, 2).await;
    let (port, pem) = behind_tls(b.server.http).await;
    let dir = crate::house::TempDir::new();
    let certificate = dir.0.join("bondowoso.pem");
    std::fs::write(&certificate, pem).expect("the directory is writable");
    a.neighbour[0].url = format!("https://localhost:{port}");
    let stranger = House::by(a.clone(), 2).await;
    let asking = stranger.sign_in(Role::Operator).await;
    let incident = stranger.call_at(&asking, 0).await;
    let path = format!("/api/v1/incidents/{incident}/neighbours");
    let proposed = see(&asking, &path, |_| true).await;
    let problem = proposed["neighbours"][0]["problem"].as_str().unwrap_or_default();
    assert!(problem.contains("certificate"), "an unknown certificate is named: {problem}");
    drop(stranger);
    a.neighbour[0].certificate = Some(certificate);
    let a = House::by(a, 2).await;
    let asking = a.sign_in(Role::Operator).await;
    let (path, aid) = ask(&a, &asking, b.unit(0).as_str()).await;
    let proposed = see(&asking, &format!("{path}/neighbours"), |_| true).await;
    assert_eq!(proposed["neighbours"][0]["reachable"], true, "{proposed}");
    assert_eq!(proposed["neighbours"][0]["candidates"].as_array().map(Vec::len), Some(2));
    let answering = b.sign_in(Role::Operator).await;
    see(&answering, "/api/v1/aid", |list| list["aid_requests"][0]["id"] == aid.as_str()).await;
}
