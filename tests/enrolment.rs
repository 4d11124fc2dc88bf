//! Enrolling devices: new secrets beside old ones, one-time codes, and the end of a right, as an administrator and a
//! person at the phone do it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use siaga::client::Client;
use siaga::clock::Timestamp;
use siaga::device::enrolment::{GUESSES_MAX, code_hash};
use siaga::secret::token_hash;
use siaga::store::{DeviceKind, Role};

use crate::house::{Credentials, House, text};

async fn post(client: &Client, path: &str, body: Value) -> (u16, Value) {
    let answer = client.post(path, &body).await.expect("answered");
    (answer.status.as_u16(), if answer.status == 204 { Value::Null } else { answer.json() })
}

async fn of_device(client: &Client, device: &str, what: &str) -> (u16, Value) {
    post(client, &format!("/api/v1/devices/{device}/{what}"), json!({})).await
}

/// Whether a phone gets in with that secret.
async fn gets_in(house: &House, name: &str, secret: &str) -> bool {
    let login = BASE64.encode(format!("{name}:{secret}"));
    let headers = format!("Authorization: Basic {login}\r\n");
    let (status, _) = crate::web::send(house, "POST /owntracks", &headers, "").await;
    assert!(matches!(status, 200 | 401), "{status}");
    status == 200
}

async fn stranger(house: &House, code: &str) -> (u16, Value) {
    let body = json!({"code": code}).to_string();
    let headers = "Content-Type: application/json\r\nAccept-Language: en\r\n";
    let (status, body) = crate::web::send(house, "POST /api/v1/enrolment", headers, &body).await;
    (status, serde_json::from_str(&body).expect("JSON"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_secret_is_taken_beside_the_old_one_until_it_has_been_used() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let admin = house.sign_in(Role::Admin).await;
    let (status, first) = of_device(&admin, &phone.name, "secret").await;
    assert_eq!(status, 200, "{first}");
    assert!(text(&first, "link").starts_with("owntracks:///config?inline="));
    let until = Timestamp::parse(&text(&first, "old_until")).expect("a time");
    assert!(until > house.server.desk.now());
    // A second one before the first is used: the phone still has the oldest.
    let (_, second) = of_device(&admin, &phone.name, "secret").await;
    assert!(gets_in(&house, &phone.name, &phone.secret).await);
    assert!(!gets_in(&house, &phone.name, &text(&first, "secret")).await, "it was never used");
    assert!(gets_in(&house, &phone.name, &text(&second, "secret")).await);
    assert!(!gets_in(&house, &phone.name, &phone.secret).await, "the old one has ended");
    assert!(gets_in(&house, &phone.name, &text(&second, "secret")).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_secret_ends_with_its_time_also_when_the_new_one_was_never_used() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let (store, now) = (&house.server.store, house.server.desk.now());
    let hash = token_hash("the new one");
    let changed = store.change_device_secret(&phone.name, &hash, now, now.plus_ms(-1)).await;
    assert!(changed.expect("a store"));
    assert!(!gets_in(&house, &phone.name, &phone.secret).await);
    assert!(gets_in(&house, &phone.name, "the new one").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_at_the_phone_fetches_its_configuration_once_with_a_code() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let admin = house.sign_in(Role::Admin).await;
    let (_, earlier) = of_device(&admin, &phone.name, "code").await;
    let (status, made) = of_device(&admin, &phone.name, "code").await;
    assert_eq!(status, 201, "{made}");
    let code = text(&made, "code");
    assert!(text(&made, "link").ends_with(&format!("/pasang#{code}")));
    assert!(text(&made, "qr").contains("<svg"));
    assert_eq!(stranger(&house, &text(&earlier, "code")).await.0, 404, "a newer one ends it");

    let typed = code.to_lowercase().replace('-', " ");
    let (status, fetched) = stranger(&house, &typed).await;
    assert_eq!(status, 200, "{fetched}");
    assert_eq!(text(&fetched, "username"), phone.name);
    assert_eq!(text(&fetched, "unit"), house.unit(0).as_str());
    assert!(gets_in(&house, &phone.name, &text(&fetched, "secret")).await);

    let (status, refused) = stranger(&house, &code).await;
    assert_eq!((status, text(&refused, "code").as_str()), (404, "unknown_code"));
    assert!(text(&refused, "detail").contains("used"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_ends_with_its_time_and_a_guesser_is_stopped() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let (store, now) = (&house.server.store, house.server.desk.now());
    let hash = code_hash("7KQ2-M9XF").expect("a code");
    assert!(store.set_device_code(&phone.name, &hash, now.plus_ms(-1)).await.expect("a store"));
    assert_eq!(stranger(&house, "7KQ2-M9XF").await.0, 404);
    let mut answers = Vec::new();
    for _ in 0..GUESSES_MAX + 5 {
        answers.push(stranger(&house, "2222-2222").await.0);
    }
    assert!(answers.contains(&429), "{answers:?}");
    assert!(gets_in(&house, &phone.name, &phone.secret).await, "its secret stayed as it was");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_whose_right_was_ended_gets_neither_a_secret_nor_a_code() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    let admin = house.sign_in(Role::Admin).await;
    let (_, made) = of_device(&admin, &phone.name, "code").await;
    for _ in 0..2 {
        assert_eq!(of_device(&admin, &phone.name, "revoke").await.0, 204, "twice is harmless");
    }
    assert!(!gets_in(&house, &phone.name, &phone.secret).await);
    assert_eq!(stranger(&house, &text(&made, "code")).await.0, 404);
    for what in ["secret", "code"] {
        let (status, refused) = of_device(&admin, &phone.name, what).await;
        assert_eq!((status, text(&refused, "code").as_str()), (404, "unknown_device"));
    }
    assert_eq!(of_device(&admin, "nobody", "revoke").await.0, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_changes_devices() {
    let house = House::with_units(1).await;
    let phone = house.enrol(0, DeviceKind::Owntracks).await;
    for role in [Role::Operator, Role::Supervisor, Role::Official, Role::Crew] {
        let person = house.sign_in(role).await;
        for what in ["secret", "code", "revoke"] {
            assert_eq!(of_device(&person, &phone.name, what).await.0, 403, "{role:?} {what}");
        }
    }
    let Credentials { name, secret } = phone;
    assert!(gets_in(&house, &name, &secret).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_behind_a_gateway_has_an_address_that_no_other_has() {
    let house = House::with_units(2).await;
    let admin = house.sign_in(Role::Admin).await;
    let enrol = async |unit: usize, kind: &str, address: Value| {
        let wish = json!({"unit": house.unit(unit), "kind": kind, "address": address});
        post(&admin, "/api/v1/devices", wish).await
    };
    let (status, made) = enrol(0, "sms", json!("0812-3456-7890")).await;
    assert_eq!((status, &made["secret"], &made["qr"]), (201, &Value::Null, &Value::Null), "{made}");
    assert_eq!(enrol(1, "sms", json!("+6281234567890")).await.0, 409, "the same number");
    assert_eq!(of_device(&admin, &text(&made, "username"), "code").await.0, 422);
    assert_eq!(of_device(&admin, &text(&made, "username"), "revoke").await.0, 204);
    assert_eq!(enrol(1, "sms", json!("+6281234567890")).await.0, 201, "it is free again");
    assert_eq!(enrol(1, "forwarded", json!("867730050816697")).await.0, 201);
    let bad = [
        ("sms", Value::Null),
        ("sms", json!("118")),
        ("forwarded", json!("")),
        ("forwarded", json!("with space")),
        ("native", json!("0812345678")),
    ];
    for (kind, address) in bad {
        let (status, refused) = enrol(0, kind, address.clone()).await;
        let code = text(&refused, "code");
        assert_eq!((status, code.as_str()), (422, "unfit_device"), "{kind} {address}");
    }
    let wish = json!({"unit": house.unit(0), "kind": "traccar", "encrypted": true});
    assert_eq!(post(&admin, "/api/v1/devices", wish).await.0, 422);
}
