//! The officials' reports beside response times, over HTTP: refusals, cancellations and duty, without personal data.

use serde_json::{Value, json};
use siaga::client::Client;
use siaga::store::Role;

use crate::house::{House, text};

async fn get(person: &Client, path: &str) -> (u16, String) {
    let answer = person.get(path).await.expect("answered");
    (answer.status.as_u16(), String::from_utf8_lossy(&answer.body).into_owned())
}

async fn read(person: &Client, path: &str) -> Value {
    let (status, body) = get(person, path).await;
    assert_eq!(status, 200, "{path}: {body}");
    serde_json::from_str(&body).expect("JSON")
}

async fn post(person: &Client, path: &str, body: Value) {
    let answer = person.post(path, &body).await.expect("answered");
    assert!(answer.status.is_success(), "{path}: {}", answer.json());
}

async fn refusals_and_duty(house: House) {
    let operator = house.sign_in(Role::Operator).await;
    let official = house.sign_in(Role::Official).await;
    let village = house.server.desk.room.units()[0].village.clone();
    let call = json!({"channel": "phone", "caller": {"name": "Bu Sri", "phone": "0812-3456"},
        "complaint": "ketuban pecah", "place": {"village": village}});
    let taken = operator.post("/api/v1/calls", &call).await.expect("answered").json();
    let incident = text(&taken, "incident_id");
    let refused = house.order(&operator, &incident, 0).await;
    let status = format!("/api/v1/assignments/{refused}/status");
    post(&operator, &status, json!({"status": "rejected", "reason": "ban kempes"})).await;
    let away = house.order(&operator, &incident, 1).await;
    let status = format!("/api/v1/assignments/{away}/status");
    post(&operator, &status, json!({"status": "acknowledged"})).await;
    post(&operator, &status, json!({"status": "cancelled", "reason": "unit lain"})).await;
    let duty = format!("/api/v1/units/{}/duty", house.unit(2));
    post(&operator, &duty, json!({"on_duty": false, "reason": "servis"})).await;

    let report = read(&official, "/api/v1/reports/refusals").await;
    let seen: Vec<[&str; 4]> = report["refusals"]
        .as_array()
        .expect("refusals")
        .iter()
        .map(|r| ["outcome", "stage", "reason", "by"].map(|key| r[key].as_str().expect(key)))
        .collect();
    let expected = [
        ["rejected", "before_answer", "ban kempes", "operator"],
        ["cancelled", "before_rolling", "unit lain", "operator"],
    ];
    assert_eq!(seen, expected);
    assert_eq!(report["refusals"][0]["case_number"], taken["case_number"]);
    assert_eq!(report["units"].as_array().map(Vec::len), Some(2));
    let absences = read(&official, "/api/v1/reports/duty").await;
    assert_eq!(absences["absences"][0]["unit"], house.unit(2).as_str());
    assert_eq!(
        (&absences["absences"][0]["reason"], &absences["absences"][0]["to"]),
        (&json!("servis"), &Value::Null)
    );
    for (kind, rows) in [("refusals", 3), ("duty", 2)] {
        let (status, csv) = get(&official, &format!("/api/v1/reports/{kind}.csv")).await;
        assert_eq!((status, csv.lines().count()), (200, rows), "{csv}");
        for personal in ["Sri", "0812", "3456", "ketuban", "operator:"] {
            assert!(!csv.contains(personal), "{personal} in {csv}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn officials_read_refusals_cancellations_and_duty_without_personal_data_on_sqlite() {
    refusals_and_duty(House::with_units(3).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn officials_read_refusals_cancellations_and_duty_without_personal_data_on_postgres() {
    if let Some(house) = House::on_postgres(3).await {
        refusals_and_duty(house).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_period_that_is_none_is_refused_in_both_languages() {
    let house = House::with_units(1).await;
    let official = house.sign_in(Role::Official).await;
    let wrong = [
        "from=2026-11-02T00:00:00Z&to=2026-11-01T00:00:00Z",
        "from=2026-11-01T00:00:00Z&to=2026-11-01T00:00:00Z",
        "from=2024-01-01T00:00:00Z&to=2026-01-01T00:00:00Z",
        "from=kemarin",
        "to=",
    ];
    for kind in ["refusals", "refusals.csv", "duty", "duty.csv", "response-times"] {
        for query in wrong {
            let (status, body) = get(&official, &format!("/api/v1/reports/{kind}?{query}")).await;
            assert_eq!(status, 400, "{kind}?{query}: {body}");
        }
    }
    let path = format!("/api/v1/reports/duty?{}", wrong[0]);
    for (language, words) in [("id", "paling lama 400 hari"), ("en", "at most 400 days")] {
        let headers = [("accept-language", language)];
        let answer = official.send(hyper::Method::GET, &path, None, &headers).await;
        let detail = text(&answer.expect("answered").json(), "detail");
        assert!(detail.contains(words), "{detail}");
    }
    let empty = read(&official, "/api/v1/reports/refusals").await;
    assert_eq!((&empty["refusals"], &empty["units"]), (&json!([]), &json!([])));
}
