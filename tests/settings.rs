//! Settings as they reach a running server, from the file and from the environment.

use std::process::Command;

use serde_json::{Value, json};
use siaga::client::{Client, next_message};
use siaga::clock::Clock;
use siaga::config::Config;
use siaga::ids::AreaId;
use siaga::server::{Ports, Server};
use siaga::setup;
use siaga::store::Role;

use crate::house::{AREA, TempDir, any_port, open_store};

#[tokio::test(flavor = "multi_thread")]
async fn a_server_dispatches_and_reports_by_its_settings() {
    let dir = TempDir::new();
    let store = open_store(&dir.0).await;
    setup::area(&store, AREA, 1).await.expect("an area");
    let mut config =
        Config { area: AREA.to_owned(), http: any_port(), mqtt: any_port(), ..Config::default() };
    config.dispatch.target_p1_minutes = 12;
    config.dispatch.stale_after_seconds = 90;
    let ports = Ports::take(config.http, config.mqtt).await.expect("free ports");
    let server = Server::start(&config, ports, store, Clock::real()).await.expect("a server");
    let area = AreaId::new(AREA).expect("a code");
    let now = server.desk.now();
    let password = setup::person(&server.store, &area, "sari", Role::Supervisor, None, now).await;
    let supervisor = Client::sign_in(server.http, "sari", &password.expect("a person")).await;
    let supervisor = supervisor.expect("signs in");
    let report = supervisor.get("/api/v1/reports/response-times").await.expect("answered").json();
    assert_eq!(report["targets_s"], json!({"P1": 720, "P2": 1800, "P3": 3600, "P4": 7200}));
    let mut screen = supervisor.live("").await.expect("a socket");
    let hello = next_message(&mut screen).await.expect("hello").into_text().expect("text");
    let hello: Value = serde_json::from_str(&hello).expect("JSON");
    assert_eq!((&hello["targets_s"][0], &hello["stale_after_s"]), (&json!(720), &json!(90)));
}

#[test]
fn the_environment_overrides_every_section_and_is_checked_like_the_file() {
    let dir = TempDir::new();
    let siaga = |arguments: &[&str], variable: (&str, &str)| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_siaga"));
        command.args(arguments).current_dir(&dir.0).env(variable.0, variable.1);
        let run = command.output().expect("it runs");
        (run.status.success(), String::from_utf8_lossy(&run.stderr).into_owned())
    };
    assert!(siaga(&["init", "--regency", "35.09"], ("SIAGA_LOG", "warn")).0);
    for good in [
        ("SIAGA_DISPATCH_TRAVEL_KMH", "55"),
        ("SIAGA_RETENTION_READS_DAYS", "0"),
        ("SIAGA_RETENTION_POSITIONS_WHOLE_DAYS", "1"),
    ] {
        let (well, said) = siaga(&["verify"], good);
        assert!(well, "{good:?}: {said}");
    }
    let refused = [
        (("SIAGA_DISPATCH_TRAVEL_KMH", "500"), "'dispatch.travel_kmh' is 500: set 5 to 120 km/h"),
        (("SIAGA_DISPATCH_TRAVEL_KPH", "50"), "travel_kph"),
        (("SIAGA_DISPATCH_PASS_ON_AUTOMATICALLY", "kadang"), "pass_on_automatically"),
        (("SIAGA_RETENTION_POSITIONS_DAYS", "1"), "'retention.positions_days' is 1: set 7 to"),
        (
            ("SIAGA_RETENTION_POSITIONS_WHOLE_DAYS", "36501"),
            "'retention.positions_whole_days' is 36501: set 1 to",
        ),
    ];
    for (variable, named) in refused {
        let (well, said) = siaga(&["verify"], variable);
        let is_named = said.to_lowercase().contains(named);
        assert!(!well && is_named, "{variable:?}: {said}");
    }
}
