//! The audit of reads on a running server: who is shown personal data is noted, and nobody is blinded by it.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use siaga::client::{Client, next_message};
use siaga::store::Role;
use sqlx::{Connection, SqliteConnection};

use crate::house::{House, eventually, text};

async fn get(person: &Client, path: &str) -> (u16, Value) {
    let answer = person.get(path).await.expect("answered");
    (answer.status.as_u16(), answer.json())
}

async fn taken(house: &House, operator: &Client) -> String {
    let village = house.server.desk.room.units()[0].village.clone();
    let call = json!({"channel": "phone", "caller": {"name": "Bu Sri", "phone": "0812-3456"},
        "place": {"village": village}});
    text(&operator.post("/api/v1/calls", &call).await.expect("answered").json(), "incident_id")
}

/// Who read the incident and which way.
async fn noted(supervisor: &Client, incident: &str) -> BTreeSet<(String, String)> {
    let (status, answer) = get(supervisor, &format!("/api/v1/reads?incident={incident}")).await;
    assert_eq!(status, 200, "{answer}");
    let reads = answer["reads"].as_array().expect("reads").clone();
    reads.iter().map(|read| (text(read, "person"), text(read, "way"))).collect()
}

async fn every_way(house: House) {
    let operator = house.sign_in(Role::Operator).await;
    let supervisor = house.sign_in(Role::Supervisor).await;
    let official = house.sign_in(Role::Official).await;
    let (first, second) = (taken(&house, &operator).await, taken(&house, &operator).await);
    assert_eq!(noted(&supervisor, &first).await, BTreeSet::new(), "taking a call shows nothing");
    let path = format!("/api/v1/incidents/{first}");
    for _ in 0..3 {
        assert_eq!(get(&operator, &path).await.0, 200);
        assert_eq!(get(&official, &path).await.0, 200);
        assert_eq!(get(&official, "/api/v1/incidents").await.0, 200);
    }
    assert_eq!(get(&operator, "/api/v1/incidents").await.0, 200);
    assert_eq!(get(&operator, &format!("/api/v1/incidents/{second}/similar")).await.0, 200);
    let mut screens = Vec::new();
    for person in [&supervisor, &official] {
        let mut screen = person.live("").await.expect("a socket");
        next_message(&mut screen).await.expect("hello");
        screens.push(screen);
    }
    house.server.reads.written().await;
    let ways = |ways: &[(&str, &str)]| -> BTreeSet<(String, String)> {
        ways.iter().map(|(person, way)| ((*person).to_owned(), (*way).to_owned())).collect()
    };
    let eventual = eventually(|| async {
        let seen = noted(&supervisor, &first).await;
        seen.contains(&("supervisor".to_owned(), "live".to_owned())).then_some(seen)
    });
    let expected = [
        ("operator", "incident"),
        ("operator", "list"),
        ("operator", "number"),
        ("supervisor", "live"),
    ];
    assert_eq!(eventual.await, ways(&expected), "officials see no personal data");
    // What comes to an open screen is noted like what it began with.
    let third = taken(&house, &operator).await;
    let live = eventually(|| async {
        let seen = noted(&supervisor, &third).await;
        (!seen.is_empty()).then_some(seen)
    });
    assert_eq!(live.await, ways(&[("supervisor", "live")]));
    let (_, own) = get(&supervisor, "/api/v1/reads?person=operator").await;
    let own = own["reads"].as_array().expect("reads").clone();
    assert!(own.iter().all(|read| read["person"] == "operator" && read["role"] == "operator"));
    assert!(own.iter().all(|read| text(read, "case_number").contains('-')), "{own:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_shown_personal_data_is_noted_once_an_hour_for_each_way_on_sqlite() {
    every_way(House::with_units(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_shown_personal_data_is_noted_once_an_hour_for_each_way_on_postgres() {
    if let Some(house) = House::on_postgres(1).await {
        every_way(house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_reads_that_makes_no_sense_is_refused() {
    let house = House::with_units(1).await;
    let admin = house.sign_in(Role::Admin).await;
    for query in [
        "incident=261123-007",
        "from=kemarin",
        "from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z",
        "from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
    ] {
        let (status, answer) = get(&admin, &format!("/api/v1/reads?{query}")).await;
        assert_eq!((status, &answer["code"]), (400, &json!("bad_request")), "{query}: {answer}");
    }
    let nobody = "incident=0198f7a0-0000-7000-8000-000000000000&person=%27%20or%201%3D1";
    let (status, answer) = get(&admin, &format!("/api/v1/reads?{nobody}")).await;
    assert_eq!((status, answer), (200, json!({"reads": [], "more": false})));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_audit_that_cannot_be_written_blinds_nobody_and_is_written_when_it_can() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let supervisor = house.sign_in(Role::Supervisor).await;
    let incident = taken(&house, &operator).await;
    let file = format!("sqlite:{}", house.dir.0.join("siaga.db").display());
    let mut database = SqliteConnection::connect(&file).await.expect("the file");
    let away = "alter table reads rename to away";
    sqlx::query(away).execute(&mut database).await.expect("renamed");
    let path = format!("/api/v1/incidents/{incident}");
    let (status, shown) = get(&operator, &path).await;
    assert_eq!((status, &shown["caller"]["name"]), (200, &json!("Bu Sri")));
    let trouble = eventually(|| async {
        let (status, health) = get(&operator, "/health").await;
        (status == 503).then(|| text(&health, "trouble"))
    });
    assert!(trouble.await.contains("audit of reads"));
    assert_eq!(get(&operator, &path).await.0, 200, "people go on seeing what they need");
    let back = "alter table away rename to reads";
    sqlx::query(back).execute(&mut database).await.expect("renamed");
    eventually(|| async { (get(&operator, "/health").await.0 == 200).then_some(()) }).await;
    let seen = noted(&supervisor, &incident).await;
    assert_eq!(seen, [("operator".to_owned(), "incident".to_owned())].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_stopped_writes_what_was_noted() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let incident = taken(&house, &operator).await;
    assert_eq!(get(&operator, &format!("/api/v1/incidents/{incident}")).await.0, 200);
    let House { server, dir, .. } = house;
    server.stop().await;
    let file = format!("sqlite:{}", dir.0.join("siaga.db").display());
    let mut database = SqliteConnection::connect(&file).await.expect("the file");
    let count = sqlx::query_scalar::<_, i64>("select count(*) from reads");
    assert_eq!(count.fetch_one(&mut database).await.expect("a number"), 1);
}
