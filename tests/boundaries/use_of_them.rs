//! Boundaries in a running server: a point is in a village or near it, and the maps get the lines.

use siaga::boundaries::file::write;
use siaga::config::{self, Config};
use siaga::store::Role;

use super::*;
use crate::house::{AREA, House, TempDir, any_port, eventually};

fn with(file: &std::path::Path) -> Config {
    let boundaries = config::Boundaries { file: Some(file.to_owned()) };
    let (http, mqtt) = (any_port(), any_port());
    Config { area: AREA.to_owned(), http, mqtt, boundaries, ..Config::default() }
}

async fn call_at(operator: &siaga::client::Client, place: Value) -> Value {
    let call = json!({ "channel": "phone", "place": place });
    let taken = operator.post("/api/v1/calls", &call).await.expect("answered").json();
    let id = taken["incident_id"].as_str().unwrap_or_else(|| panic!("{taken}"));
    let incident = operator.get(&format!("/api/v1/incidents/{id}")).await.expect("answered");
    incident.json()["place"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_point_is_near_a_village_until_boundaries_come_and_then_in_one_without_a_restart() {
    let dir = TempDir::new();
    let file = dir.0.join("boundaries");
    let house = House::by(with(&file), 2).await;
    let operator = house.sign_in(Role::Operator).await;
    let point = json!({ "lat": -8.19, "lon": 113.71 });
    let near = call_at(&operator, point.clone()).await;
    assert_eq!(near["village_basis"], "nearest");
    assert_ne!(
        near["village"]["code"], VILLAGES[0],
        "the drawn villages lie elsewhere than the real"
    );
    assert_eq!(operator.get("/api/v1/boundaries").await.expect("answered").status, 204);

    write(&imported(&town()).0, &file).expect("written");
    let drawn = eventually(async || {
        let answer = operator.get("/api/v1/boundaries").await.expect("answered");
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    assert_eq!(drawn["type"], "Topology");
    assert_eq!(drawn["objects"]["villages"]["geometries"][0]["properties"]["name"], "Padomasan");

    let inside = call_at(&operator, point.clone()).await;
    assert_eq!(inside["village"]["code"], VILLAGES[0]);
    assert_eq!((&inside["basis"], &inside["village_basis"]), (&json!("point"), &json!("inside")));
    let outside = call_at(&operator, json!({ "lat": -8.17, "lon": 113.71 })).await;
    assert_eq!(outside["village_basis"], "nearest");
    let named = call_at(&operator, json!({ "village": VILLAGES[0] })).await;
    assert_eq!((&named["basis"], &named["village_basis"]), (&json!("village"), &json!("inside")));

    for (q, label, basis) in [
        ("-8.19,113.71", "-8.19000, 113.71000 (di Padomasan, Kec. Jombang)", "inside"),
        ("-8.17,113.71", "(dekat ", "nearest"),
    ] {
        let found = operator.get(&format!("/api/v1/places?q={q}")).await.expect("answered").json();
        let hit = &found["places"][0];
        assert!(hit["label"].as_str().is_some_and(|text| text.contains(label)), "{hit}");
        assert_eq!(hit["village_basis"], basis, "{hit}");
    }

    // A server on the same data reads what was stored before and after.
    let house = house.crash_and_restart().await;
    let operator = house.sign_in(Role::Operator).await;
    let list = operator.get("/api/v1/incidents").await.expect("answered").json();
    let list = list["incidents"].as_array().expect("incidents").iter();
    let mut bases: Vec<&str> =
        list.map(|one| one["place"]["village_basis"].as_str().expect("a basis")).collect();
    bases.sort_unstable();
    assert_eq!(bases, ["inside", "inside", "nearest", "nearest"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn boundaries_of_another_area_or_a_damaged_file_leave_the_server_without() {
    let dir = TempDir::new();
    for (name, bytes) in [("foreign", None), ("damaged", Some(b"SIAGABD\x01nonsense"))] {
        let file = dir.0.join(name);
        let other = feature("35.11.01.2001", json!([square(113.7, -8.0, 0.02)]));
        write(&imported(&collection(&[other])).0, &file).expect("written");
        if let Some(bytes) = bytes {
            std::fs::write(&file, bytes).expect("written");
        }
        let house = House::by(with(&file), 1).await;
        let official = house.sign_in(Role::Official).await;
        assert_eq!(
            official.get("/api/v1/boundaries").await.expect("answered").status,
            204,
            "{name}"
        );
    }
}
