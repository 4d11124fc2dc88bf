//! The desk over HTTP, on both databases: what the rules of the core look like from an operator's screen.

use hyper::Method;
use serde_json::{Value, json};
use siaga::client::Client;
use siaga::store::Role;

use crate::house::{House, text};

async fn post(person: &Client, path: &str, body: Value) -> (u16, Value) {
    let answer = person.post(path, &body).await.expect("answered");
    (answer.status.as_u16(), answer.json())
}

async fn get(person: &Client, path: &str) -> Value {
    let answer = person.get(path).await.expect("answered");
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()
}

/// Shows that a story is true of a server on either database.
async fn on_both(units: usize, story: impl AsyncFn(House)) {
    story(House::with_units(units).await).await;
    if let Some(house) = House::on_postgres(units).await {
        story(house).await;
    }
}

fn call_of(phone: &str, lat: f64) -> Value {
    json!({"channel": "phone", "category": "accident", "complaint": "tabrakan",
        "caller": {"name": "Bu Sri", "phone": phone}, "place": {"lat": lat, "lon": 113.7},
        "answers": {"conscious": "yes", "breathing": "yes"}})
}

async fn take(person: &Client, call: Value) -> (String, String) {
    let (status, taken) = post(person, "/api/v1/calls", call).await;
    assert_eq!(status, 201, "{taken}");
    let incident = text(&taken, "incident_id");
    (format!("/api/v1/incidents/{incident}"), incident)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_known_of_a_call_is_corrected_and_nothing_said_before_is_lost() {
    on_both(2, async |house| {
        let operator = house.sign_in(Role::Operator).await;
        let (path, _) = take(&operator, call_of("0812-1111-2222", -8.2)).await;
        let (status, corrected) =
            post(&operator, &format!("{path}/details"), json!({"landmark": "depan masjid"})).await;
        assert_eq!(status, 200, "{corrected}");
        let said = (&corrected["caller"]["name"], &corrected["landmark"], &corrected["complaint"]);
        assert_eq!(said, (&"Bu Sri".into(), &"depan masjid".into(), &"tabrakan".into()));
        let note = json!({"text": "penelepon menunggu di jalan"});
        let (status, noted) = post(&operator, &format!("{path}/notes"), note).await;
        assert_eq!(status, 200, "{noted}");
        assert_eq!(noted["notes"][0]["author"], "operator");
        let (status, empty) = post(&operator, &format!("{path}/notes"), json!({"text": " "})).await;
        assert_eq!((status, empty["code"].as_str()), (400, Some("bad_request")));
        let further = json!({"channel": "whatsapp", "caller": {"phone": "0813"}});
        let (status, called) = post(&operator, &format!("{path}/calls"), further).await;
        assert_eq!((status, &called["calls"]), (200, &2.into()), "{called}");
        assert_eq!(called["further_callers"][0]["phone"], "0813");
        assert_eq!(called["caller"]["name"], "Bu Sri", "the first caller's words stay");

        let priority = format!("{path}/priority");
        let (status, refused) = post(&operator, &priority, json!({"priority": "P4"})).await;
        assert_eq!((status, refused["code"].as_str()), (422, Some("downgrade_unexplained")));
        let lower = json!({"priority": "P4", "reason": "luka ringan"});
        let (status, lowered) = post(&operator, &priority, lower).await;
        assert_eq!((status, &lowered["priority"]), (200, &"P4".into()));
        assert_eq!(lowered["original_priority"], "P2");
        let wrong = json!({"answers": {"no_such_question": "yes"}});
        let (status, wrong) = post(&operator, &format!("{path}/details"), wrong).await;
        assert_eq!((status, wrong["code"].as_str()), (422, Some("unknown_question")));

        let house = house.crash_and_restart().await;
        let operator = house.sign_in(Role::Operator).await;
        let after = get(&operator, &path).await;
        assert_eq!(after["landmark"], "depan masjid");
        assert_eq!(after["notes"][0]["text"], "penelepon menunggu di jalan");
        assert_eq!(after["calls"], 2);
        let official = house.sign_in(Role::Official).await;
        let redacted = get(&official, &path).await;
        for hidden in ["notes", "further_callers", "answers", "caller", "complaint"] {
            assert!(redacted[hidden].is_null(), "an official does not see {hidden}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_number_is_known_again_and_two_reports_become_one_and_two() {
    on_both(2, async |house| {
        let operator = house.sign_in(Role::Operator).await;
        let (prank, _) = take(&operator, call_of("0812 3333 444", -8.6)).await;
        post(&operator, &format!("{prank}/close"), json!({"disposition": "prank"})).await;
        let (first, first_id) = take(&operator, call_of("0812-9999-000", -8.2)).await;
        let (second, second_id) = take(&operator, call_of("+62 812 3333444", -8.2005)).await;
        let similar = get(&operator, &format!("{second}/similar")).await;
        assert_eq!(similar["similar"][0]["incident"], first_id.as_str(), "{similar}");
        assert_eq!(similar["false_calls"], 1, "however the number was typed");
        assert_eq!(similar["earlier"][0]["disposition"], "prank");

        let into = json!({ "into": first_id });
        let (status, leader) = post(&operator, &format!("{second}/merge"), into.clone()).await;
        assert_eq!((status, &leader["calls"]), (200, &2.into()), "{leader}");
        assert_eq!(leader["merged"][0]["id"], second_id.as_str());
        let (status, refused) =
            post(&operator, &format!("{second}/close"), json!({"disposition": "prank"})).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("merged")));
        let supervisor = house.sign_in(Role::Supervisor).await;
        let report = get(&supervisor, "/api/v1/reports/response-times").await;
        assert_eq!(report["incidents"], 2, "a duplicate adds none: {report}");
        let (status, _) = post(&operator, &format!("{second}/split"), json!({})).await;
        assert_eq!(status, 200);
        let (status, again) = post(&operator, &format!("{second}/split"), json!({})).await;
        assert_eq!((status, again["code"].as_str()), (409, Some("not_merged")));
        assert_eq!(get(&operator, &first).await["calls"], 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_response_is_undone_corrected_and_sent_elsewhere() {
    on_both(2, async |house| {
        let operator = house.sign_in(Role::Operator).await;
        let supervisor = house.sign_in(Role::Supervisor).await;
        let incident = house.call_at(&operator, 0).await;
        let assignment = house.order(&operator, &incident, 0).await;
        let path = format!("/api/v1/assignments/{assignment}");
        let status_path = format!("{path}/status");
        post(&operator, &status_path, json!({"status": "on_scene"})).await;
        let (status, undone) = post(&operator, &format!("{path}/undo"), json!({})).await;
        assert_eq!((status, &undone["state"]), (200, &"offered".into()), "{undone}");
        assert!(undone["times"]["on_scene"].is_null());
        let (_, seen) = post(&operator, &status_path, json!({"status": "on_scene"})).await;
        let offered = text(&seen["times"], "offered");
        let correction = json!({"status": "on_scene", "at": offered, "reason": "lupa menekan"});
        let times = format!("{path}/times");
        assert_eq!(post(&operator, &times, correction.clone()).await.0, 403, "a supervisor's work");
        let (status, corrected) = post(&supervisor, &times, correction).await;
        assert_eq!(status, 200, "{corrected}");
        assert_eq!(corrected["times"]["on_scene"], offered.as_str());
        assert_eq!(corrected["corrected"], json!(["on_scene"]));

        let facilities = get(&operator, "/api/v1/facilities").await;
        let facility = text(&facilities["facilities"][0], "id");
        let admission = format!("/api/v1/facilities/{facility}/admission");
        let closed = json!({"admission": "closed", "reason": "listrik padam"});
        assert_eq!(post(&operator, &admission, closed).await.0, 200);
        let to = json!({ "facility": facility });
        let (status, refused) = post(&operator, &format!("{path}/destination"), to.clone()).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("facility_closed")));
        post(&operator, &admission, json!({"admission": "open"})).await;
        let (status, sent) = post(&operator, &format!("{path}/destination"), to).await;
        assert_eq!((status, &sent["facility"]["id"]), (200, &facility.as_str().into()), "{sent}");
        for step in ["transporting", "at_destination", "cleared"] {
            assert_eq!(post(&operator, &status_path, json!({"status": step})).await.0, 200);
        }
        let report = get(&supervisor, "/api/v1/reports/response-times").await;
        assert_eq!(report["rows"][0]["unit_response_s"], 0.0, "by the corrected time: {report}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_unit_is_diverted_for_something_worse_and_the_alarms_have_owners() {
    on_both(1, async |house| {
        let operator = house.sign_in(Role::Operator).await;
        let calm =
            json!({"channel": "phone", "priority": "P3", "place": {"lat": -8.2, "lon": 113.7}});
        let worse =
            json!({"channel": "phone", "priority": "P1", "place": {"lat": -8.3, "lon": 113.7}});
        let (calm_path, calm_id) = take(&operator, calm).await;
        house.order(&operator, &calm_id, 0).await;
        let (worse_path, _) = take(&operator, worse).await;
        let ranking = get(&operator, &format!("{worse_path}/candidates")).await;
        assert_eq!(ranking["excluded"][0]["code"], "divertible", "{ranking}");
        let unit = house.unit(0);
        let order = json!({"unit": unit, "divert": true});
        let (status, diverted) = post(&operator, &format!("{worse_path}/assignments"), order).await;
        assert_eq!(status, 201, "{diverted}");
        let bumped = get(&operator, &calm_path).await;
        assert_eq!((&bumped["bumps"], &bumped["state"]), (&1.into(), &"held".into()), "{bumped}");
        let back = json!({"unit": unit, "divert": true});
        let (status, refused) = post(&operator, &format!("{calm_path}/assignments"), back).await;
        assert_eq!((status, refused["code"].as_str()), (409, Some("not_more_urgent")));

        let talk = format!("/api/v1/units/{unit}/talk");
        let (status, sos) = post(&operator, &talk, json!({"sos": true})).await;
        assert_eq!((status, &sos["talk"]), (200, &"sos".into()));
        let alarms = get(&operator, "/api/v1/alarms").await;
        assert_eq!(alarms["alarms"][0]["kind"], "sos", "danger stands first: {alarms}");
        let key = json!({"key": alarms["alarms"][0]["key"]});
        let (status, taken) = post(&operator, "/api/v1/alarms/take", key.clone()).await;
        assert_eq!((status, &taken["alarms"][0]["owner"]), (200, &"operator".into()));
        post(&operator, &format!("{talk}/answer"), json!({})).await;
        let (status, gone) = post(&operator, "/api/v1/alarms/take", key).await;
        assert_eq!((status, gone["code"].as_str()), (404, Some("unknown_alarm")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_is_worked_like_a_call_and_never_counts() {
    on_both(1, async |house| {
        let operator = house.sign_in(Role::Operator).await;
        let supervisor = house.sign_in(Role::Supervisor).await;
        let mut drill = call_of("0812", -8.2);
        drill["drill"] = true.into();
        let (path, incident) = take(&operator, drill).await;
        let assignment = house.order(&operator, &incident, 0).await;
        let status_path = format!("/api/v1/assignments/{assignment}/status");
        for step in ["on_scene", "cleared"] {
            assert_eq!(post(&operator, &status_path, json!({"status": step})).await.0, 200);
        }
        assert_eq!(get(&operator, &path).await["drill"], true);
        let report = get(&supervisor, "/api/v1/reports/response-times").await;
        assert_eq!((&report["counted"], &report["excluded"]["drill"]), (&0.into(), &1.into()));
        let reopen = json!({"reason": "latihan diulang"});
        assert_eq!(post(&operator, &format!("{path}/reopen"), reopen.clone()).await.0, 403);
        let (status, reopened) = post(&supervisor, &format!("{path}/reopen"), reopen).await;
        assert_eq!((status, &reopened["disposition"]), (200, &Value::Null), "{reopened}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_questions_and_cards_say_that_no_doctor_has_approved_them() {
    let house = House::with_units(1).await;
    let operator = house.sign_in(Role::Operator).await;
    let all = get(&operator, "/api/v1/questions").await;
    assert!(all["questions"]["approved_by"].is_null());
    assert_eq!(all["questions"]["questions"][0]["id"], "conscious");
    assert_eq!(all["guidance"]["cards"][0]["approved"], false);
}

#[tokio::test(flavor = "multi_thread")]
async fn villages_that_no_free_unit_reaches_in_time_are_named() {
    let house = House::with_units(3).await;
    let official = house.sign_in(Role::Official).await;
    let silent = get(&official, "/api/v1/coverage").await;
    assert_eq!((&silent["units"], &silent["covered_share"]), (&0.into(), &0.0.into()));
    assert_eq!(silent["uncovered"].as_array().map(Vec::len), Some(248), "nobody was heard of");
    let credentials = house.enrol(0, siaga::store::DeviceKind::Native).await;
    let mut tracker = crate::house::Tracker::connect(&house.server, &credentials).await;
    let post = house.server.desk.room.units()[0].post;
    let now_ms = house.server.desk.now().ms();
    let fix = json!({"seq": 1, "t": now_ms, "lat": post.lat(), "lon": post.lon(), "acc": 5.0});
    let message = json!({"boot": "b1", "base": 1, "fixes": [fix]});
    tracker.publish("fix", &message).await;
    tracker.message("ack").await;
    let covered = crate::house::eventually(async || {
        let seen = get(&official, "/api/v1/coverage").await;
        (seen["units"] == 1).then_some(seen)
    });
    let covered = covered.await;
    let left = covered["uncovered"].as_array().map(Vec::len).expect("a list");
    assert!(left < 248, "its own village at least: {covered}");
    assert!(covered["uncovered"][0]["district"].is_string());
}

/// Sends with a key of its own, as a screen does that may have to say it again.
async fn post_as(person: &Client, key: &str, path: &str, body: &Value) -> (u16, Value) {
    let headers = [("Idempotency-Key", key)];
    let answer = person.send(Method::POST, path, Some(body), &headers).await.expect("answered");
    (answer.status.as_u16(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_had_nothing_to_change_changes_nothing_when_it_comes_again() {
    on_both(1, async |house| {
        let operator = house.sign_in(Role::Operator).await;
        let path = format!("/api/v1/units/{}/duty", house.unit(0));
        let on_duty = json!({"on_duty": true});
        let key = "018f0000-0000-7000-8000-000000000001";
        assert_eq!(post_as(&operator, key, &path, &on_duty).await.0, 200, "it is on duty already");
        let off_duty = json!({"on_duty": false, "reason": "servis"});
        assert_eq!(post(&operator, &path, off_duty).await.0, 200);
        let (status, unit) = post_as(&operator, key, &path, &on_duty).await;
        assert_eq!((status, unit["duty_reason"].as_str()), (200, Some("servis")), "{unit}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_beside_the_steps_are_shown_with_who_said_them() {
    on_both(1, async |house| {
        let operator = house.sign_in(Role::Operator).await;
        let incident = house.call_at(&operator, 0).await;
        let assignment = house.order(&operator, &incident, 0).await;
        let path = format!("/api/v1/assignments/{assignment}");
        let (status, early) =
            post(&operator, &format!("{path}/mark"), json!({"mark": "staged"})).await;
        assert_eq!((status, early["code"].as_str()), (409, Some("mark_out_of_place")));
        post(&operator, &format!("{path}/status"), json!({"status": "en_route"})).await;
        let (status, staged) =
            post(&operator, &format!("{path}/mark"), json!({"mark": "staged"})).await;
        assert_eq!(status, 200, "{staged}");
        assert!(staged["times"]["staged"].is_string(), "{staged}");
        assert_eq!(staged["sources"]["staged"], "operator");
        assert_eq!(staged["sources"]["offered"], "operator");
        let (status, _) = post(&operator, &format!("{path}/mark"), json!({"mark": "lunch"})).await;
        assert_eq!(status, 422);
    })
    .await;
}
