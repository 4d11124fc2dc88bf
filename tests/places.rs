//! Finding a place on a running server: who is shown what callers said, and what is answered to what is no place.

use serde_json::{Value, json};
use siaga::client::Client;
use siaga::store::Role;

use crate::house::{House, text};

async fn found(person: &Client, query: &str) -> Value {
    let answer = person.get(&format!("/api/v1/places?{query}")).await.expect("answered");
    assert_eq!(answer.status, 200, "{query}: {}", answer.json());
    answer.json()
}

fn kinds(found: &Value) -> Vec<String> {
    let places = found["places"].as_array().expect("places").iter();
    places.map(|place| text(place, "kind")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_caller_said_of_a_place_is_found_by_operators_alone_and_noted_as_shown() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let call = json!({"channel": "phone",
        "place": {"lat": -8.2, "lon": 113.8, "uncertainty_m": 80, "landmark": "rumah joglo pak Wiryo"}});
    let taken = operator.post("/api/v1/calls", &call).await.expect("answered").json();
    let incident = text(&taken, "incident_id");
    let places = found(&operator, "q=joglo%20wiryo").await;
    let first = &places["places"][0];
    assert_eq!(
        (text(first, "kind"), text(first, "incident")),
        ("incident".into(), incident.clone())
    );
    assert_eq!(text(first, "name"), "rumah joglo pak Wiryo");
    assert_eq!((first["lat"].as_f64(), first["uncertainty_m"].as_u64()), (Some(-8.2), Some(80)));
    assert!(first["village"]["district"].is_string(), "{first}");
    for role in [Role::Official, Role::Admin] {
        let other = house.sign_in(role).await;
        let places = found(&other, "q=joglo%20wiryo").await;
        assert!(!kinds(&places).contains(&"incident".to_owned()), "{role:?}: {places}");
        assert!(!places.to_string().contains("Wiryo"), "{role:?}: {places}");
    }
    house.server.reads.written().await;
    let supervisor = house.sign_in(Role::Supervisor).await;
    let reads = supervisor.get(&format!("/api/v1/reads?incident={incident}")).await;
    let reads = reads.expect("answered").json();
    assert_eq!(reads["reads"].as_array().map(Vec::len), Some(1), "{reads}");
    assert_eq!(text(&reads["reads"][0], "way"), "list");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_place_is_answered_with_what_to_do() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    for (query, code) in [
        ("q=https://maps.app.goo.gl/x", "short_link"),
        ("q=https://example.org/", "no_coordinates"),
        ("q=-8%2C25%20113%2C85", "bad_coordinates"),
        ("q=https://maps.google.com/%3Fq=51.5,-0.12", "abroad"),
        ("q=RPA2%2B24", "bad_plus_code"),
        ("q=RPH2%2B2", "bad_plus_code"),
    ] {
        let answer = found(&operator, query).await;
        assert_eq!(text(&answer["note"], "code"), code, "{query}: {answer}");
        assert!(text(&answer["note"], "text").len() > 20, "{answer}");
    }
    let plain = found(&operator, "q=sempolan").await;
    assert_eq!((kinds(&plain)[0].as_str(), &plain["note"]), ("village", &Value::Null));
    let near = |query: &'static str| {
        let operator = &operator;
        async move { text(&found(operator, query).await["places"][0]["village"], "district") }
    };
    assert_eq!(near("q=sukorejo&near=-8.06,113.83").await, "Sukowono");
    assert_eq!(near("q=sukorejo&near=-8.2,113.53").await, "Bangsalsari");
    for bad in ["here", "1", "91,0", "NaN,NaN", "-8.2;113", ""] {
        let answer = operator.get(&format!("/api/v1/places?q=silo&near={bad}")).await;
        let answer = answer.expect("answered");
        assert_eq!(answer.status, 400, "{bad}");
        assert!(text(&answer.json(), "detail").contains("near"), "{bad}: {}", answer.json());
    }
    let huge = format!("q={}&limit=9999", "sempolan%20".repeat(500));
    assert!(kinds(&found(&operator, &huge).await).len() <= 50);
}
