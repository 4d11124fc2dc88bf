//! Who may do what: every route for every role, from the table and against the running server.

use std::collections::BTreeSet;

use hyper::Method;
use serde_json::json;
use siaga::client::Client;
use siaga::clock::Clock;
use siaga::http::openapi;
use siaga::http::roles::{Access, TABLE, access};
use siaga::ids::AreaId;
use siaga::sessions::{COOKIE, Sessions};
use siaga::setup;
use siaga::store::Role;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use crate::house::House;

const ROLES: [Role; 5] =
    [Role::Operator, Role::Supervisor, Role::Crew, Role::Official, Role::Admin];

/// Pages and the socket are not part of the described API.
const UNDESCRIBED: [&str; 10] = [
    "/",
    "/laporan",
    "/perangkat",
    "/pasang",
    "/l",
    "/i",
    "/assets/{*path}",
    "/tiles/{version}/{z}/{x}/{y}",
    "/live",
    "/api/openapi.json",
];

fn described() -> BTreeSet<(String, String)> {
    let api = serde_json::to_value(openapi()).expect("JSON");
    let paths = api["paths"].as_object().expect("paths");
    let each = paths.iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().expect("methods").keys();
        methods.map(move |method| (method.to_uppercase(), path.clone()))
    });
    each.collect()
}

#[test]
fn the_table_and_the_described_api_name_the_same_routes() {
    let table: BTreeSet<(String, String)> = TABLE
        .iter()
        .filter(|(_, path, _)| !UNDESCRIBED.contains(path))
        .map(|(method, path, _)| (method.to_string(), (*path).to_owned()))
        .collect();
    assert_eq!(table, described());
    assert_eq!(access(&Method::DELETE, "/api/v1/units"), None, "unknown means closed");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_admits_exactly_the_roles_that_the_table_names() {
    let house = House::with_units(2).await;
    let nobody = Client::new(house.server.http);
    let mut people = Vec::new();
    for role in ROLES {
        people.push((role, house.sign_in(role).await));
    }
    for (method, path, access) in TABLE {
        // Signing out would end the session that the other routes are tried with.
        if *path == "/live" || (*method == Method::DELETE && *path == "/api/v1/session") {
            continue;
        }
        let filled = path
            .replace("{id}", "0198f7a0-0000-7000-8000-000000000000")
            .replace("{unit}", house.unit(0).as_str())
            .replace("{*path}", "none.js");
        let body = json!({});
        let body = (*method == Method::POST).then_some(&body);
        let answer = nobody.send(method.clone(), &filled, body, &[]).await.expect("answered");
        let closed = *access != Access::Anyone;
        assert_eq!(
            answer.status == 401,
            closed,
            "{method} {path} without a sign-in: {}",
            answer.status
        );
        for (role, person) in &people {
            let answer = person.send(method.clone(), &filled, body, &[]).await.expect("answered");
            let forbidden = answer.status == 403;
            assert_eq!(
                forbidden,
                !access.admits(*role),
                "{method} {path} as {role:?}: {}",
                answer.status
            );
            assert_ne!(answer.status, 401, "{method} {path} as {role:?}");
            assert!(answer.status.as_u16() < 500, "{method} {path} as {role:?}: {}", answer.status);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_another_area_is_nobody_here() {
    let house = House::with_units(1).await;
    let store = &house.server.store;
    setup::area(store, "35.10", 1).await.expect("an area");
    let elsewhere = AreaId::new("35.10").expect("a code");
    let now = house.server.desk.now();
    let password = setup::person(store, &elsewhere, "tamu", Role::Operator, None, now).await;
    let password = password.expect("a person");
    // A session that the neighbour's server began in the store that both share.
    let neighbour = Sessions::new(store.clone(), Clock::real(), elsewhere);
    let (_, token) = neighbour.sign_in("tamu", &password).await.expect("signs in there");
    let mut request = format!("ws://{}/live", house.server.http).into_client_request();
    let headers = request.as_mut().expect("a request").headers_mut();
    headers.insert("cookie", format!("{COOKIE}={token}").parse().expect("a header"));
    let refused = tokio_tungstenite::connect_async(request.expect("a request")).await;
    assert!(refused.is_err(), "the live socket shows this area to a person of another");
    let cookie = format!("{COOKIE}={token}");
    let nobody = Client::new(house.server.http);
    let headers = [("cookie", cookie.as_str())];
    let answer = nobody.send(Method::GET, "/api/v1/units", None, &headers).await;
    assert_eq!(answer.expect("answered").status, 401);
    assert!(Client::sign_in(house.server.http, "tamu", &password).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_socket_needs_a_sign_in_and_a_role_with_a_screen() {
    let house = House::with_units(1).await;
    assert!(Client::new(house.server.http).live("").await.is_err());
    for role in ROLES {
        let person = house.sign_in(role).await;
        assert_eq!(person.live("").await.is_ok(), role != Role::Crew, "{role:?}");
    }
}
