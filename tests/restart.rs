//! The worst night: the real program is killed in the middle of its work and goes on from what it said.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use siaga::chain::{Draft, Entry, GENESIS};
use siaga::client::Client;
use siaga::clock::Clock;
use siaga::dispatch::event::Event;
use siaga::ids::{AreaId, CommandId};
use siaga::store::Role;

use crate::house::{AREA, House, SOON, TempDir, eventually, open_store, text};

/// The program itself, killed when the test is over.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // It may have ended already; either way it is ours and is reaped here.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn demo(data: &Path) -> (Program, Value) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_siaga"))
        .args(["demo", "--calls", "0", "--speed", "4", "--units", "12", "--http", "127.0.0.1:0"])
        .args(["--mqtt", "127.0.0.1:0", "--data"])
        .arg(data)
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(data.join("said.txt")).expect("writable"))
        .spawn()
        .expect("the program starts");
    let stdout = child.stdout.take().expect("a pipe");
    let program = Program(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let ready = serde_json::from_str(&line).unwrap_or_else(|_| {
        let said = std::fs::read_to_string(data.join("said.txt")).unwrap_or_default();
        panic!("not ready: {line}, because: {said}")
    });
    (program, ready)
}

async fn operator(ready: &Value) -> Client {
    let server = text(ready, "http");
    let server = server.trim_start_matches("http://").parse().expect("an address");
    let sign_ins = ready["sign_ins"].as_array().expect("sign-ins");
    let ours = sign_ins.iter().find(|s| s["role"] == "operator").expect("an operator");
    let signed_in = Client::sign_in(server, &text(ours, "name"), &text(ours, "password")).await;
    signed_in.expect("signs in")
}

async fn state_of(operator: &Client, incident: &str) -> Value {
    let path = format!("/api/v1/incidents/{incident}");
    operator.get(&path).await.expect("answered").json()
}

/// Waits until the crew has taken a step.
async fn until_step(operator: &Client, incident: &str, step: &str) -> Value {
    let taken = async {
        loop {
            let seen = state_of(operator, incident).await;
            if seen["assignments"][0]["times"][step].is_string() {
                return seen;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), taken).await.expect("the crew answers in time")
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_in_the_middle_of_a_call_the_program_goes_on_with_it() {
    let dir = TempDir::new();
    let (mut program, ready) = demo(&dir.0);
    let person = operator(&ready).await;
    let units = person.get("/api/v1/units").await.expect("answered").json();
    let post = units["units"][0]["post"].clone();
    let place = json!({"lat": post["lat"], "lon": post["lon"]});
    let call = json!({"channel": "phone", "caller": {"name": "Bu Sri"}, "place": place});
    let taken = person.post("/api/v1/calls", &call).await.expect("answered").json();
    let incident = text(&taken, "incident_id");
    let ranking = person.get(&format!("/api/v1/incidents/{incident}/candidates")).await;
    let best = text(&ranking.expect("answered").json()["candidates"][0], "unit");
    let order = json!({"unit": best});
    let path = format!("/api/v1/incidents/{incident}/assignments");
    assert_eq!(person.post(&path, &order).await.expect("answered").status, 201);
    let before = until_step(&person, &incident, "delivered").await;

    program.0.kill().expect("killed");
    program.0.wait().expect("reaped");

    let (_second, again) = demo(&dir.0);
    assert_eq!(again["sign_ins"], ready["sign_ins"], "whoever was signed in still is");
    let person = operator(&again).await;
    let after = state_of(&person, &incident).await;
    assert_eq!(after["case_number"], before["case_number"]);
    assert_eq!(after["received_at"], before["received_at"]);
    assert_eq!(after["caller"]["name"], "Bu Sri");
    assert_eq!(
        after["assignments"][0]["times"]["offered"],
        before["assignments"][0]["times"]["offered"]
    );
    // The crew's device has lost its memory, is told again, and the call goes on.
    let going_on = until_step(&person, &incident, "acknowledged").await;
    assert_eq!(going_on["assignments"].as_array().map(Vec::len), Some(1), "ordered out once");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_that_was_answered_is_there_after_every_crash() {
    let mut house = House::with_units(6).await;
    let mut known: Vec<(String, String)> = Vec::new();
    for round in 0..5 {
        let operator = house.sign_in(Role::Operator).await;
        let incident = house.call_at(&operator, round).await;
        let assignment = house.order(&operator, &incident, round).await;
        known.push((incident, assignment));
        house = house.crash_and_restart().await;
        let operator = house.sign_in(Role::Operator).await;
        for (incident, assignment) in &known {
            let seen = state_of(&operator, incident).await;
            assert_eq!(&text(&seen["assignments"][0], "id"), assignment, "round {round}");
        }
    }
    let area = &house.server.desk.room.area.id;
    let whole = siaga::cli::verify_log(&house.server.store, area).await.expect("unbroken");
    assert!(whole.is_some_and(|last| last.seq >= 10));
}

/// A program that speaks for four ambulances, on ports of its own or on those that are given.
fn small_demo(data: &Path, http: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_siaga"));
    command.args(["demo", "--calls", "0", "--units", "4", "--http", http]);
    command.args(["--mqtt", "127.0.0.1:0", "--data"]).arg(data);
    command
}

/// The line that says that the program is ready; what it said instead when it ended.
fn ready_line(mut command: Command, said: &Path) -> (Program, Result<Value, String>) {
    let log = std::fs::File::create(said).expect("writable");
    let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("the program starts");
    let stdout = child.stdout.take().expect("a pipe");
    let program = Program(child);
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).expect("a line");
    let ready = serde_json::from_str(&line);
    (program, ready.map_err(|_| std::fs::read_to_string(said).unwrap_or_default()))
}

/// Waits until a day's file is there.
async fn until_a_day_has_a_file(tracks: &Path) {
    let there = async {
        loop {
            let entries = std::fs::read_dir(tracks).into_iter().flatten().flatten();
            if entries.into_iter().any(|entry| entry.path().extension().is_some_and(|e| e == "db"))
            {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(SOON, there).await.expect("positions are stored in time");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_any_moment_the_program_starts_again() {
    let dir = TempDir::new();
    let (data, said) = (dir.0.join("data"), dir.0.join("said.txt"));
    let tracks = data.join("tracks");
    // So many milliseconds after its start, or after it has made the file of a new day.
    let moments = [Err(0), Ok(200), Err(1), Ok(900), Err(3), Err(8), Ok(1_800), Err(25)];
    for (round, moment) in moments.into_iter().enumerate() {
        let mut command = small_demo(&data, "127.0.0.1:0");
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let program = Program(child.expect("the program starts"));
        let after_ms = match moment {
            Ok(after_start_ms) => after_start_ms,
            Err(after_file_ms) => {
                until_a_day_has_a_file(&tracks).await;
                after_file_ms
            }
        };
        tokio::time::sleep(Duration::from_millis(after_ms)).await;
        drop(program);
        let (_again, ready) = ready_line(small_demo(&data, "127.0.0.1:0"), &said);
        if let Err(said) = ready {
            panic!("round {round}, killed at {moment:?}: {said}");
        }
        drop(_again);
        // The next round begins a new day.
        std::fs::remove_dir_all(&tracks).expect("removed");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_demo_that_cannot_start_leaves_the_one_that_runs_alone() {
    let dir = TempDir::new();
    let (data, said) = (dir.0.join("data"), dir.0.join("said.txt"));
    let (_first, ready) = ready_line(small_demo(&data, "127.0.0.1:0"), &said);
    let ready = ready.expect("ready");
    let person = operator(&ready).await;
    let taken = text(&ready, "http").replace("http://", "");
    let (_second, refused) = ready_line(small_demo(&data, &taken), &dir.0.join("second.txt"));
    let refused = refused.expect_err("the port is taken");
    assert!(refused.contains("--http"), "{refused}");
    assert_eq!(person.get("/api/v1/session").await.expect("answered").status, 200);
    operator(&ready).await;
    let metrics = person.get("/metrics").await.expect("answered");
    let metrics = String::from_utf8_lossy(&metrics.body).into_owned();
    assert!(metrics.contains("siaga_device_refused_total 0"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_desk_has_died_says_so_and_one_that_is_well_does_not() {
    let mut house = House::with_units(1).await;
    let well = tokio::time::timeout(Duration::from_millis(300), house.server.fault()).await;
    assert!(well.is_err(), "{well:?}");
    let fault = house.server.desk.look(|_, _| panic!("a fault in the program, made by a test"));
    assert!(fault.await.is_err());
    let part = tokio::time::timeout(SOON, house.server.fault()).await.expect("in time");
    // What the desk feeds ends with it, and any of them may be noticed first.
    let ended = ["the desk", "the writer of positions", "the orders to devices"];
    assert!(ended.contains(&part), "{part}");
}

#[test]
fn a_port_in_use_an_unknown_regency_and_bad_options_are_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = taken.local_addr().expect("an address").to_string();
    let cases: [(&[&str], &str); 5] = [
        (&["demo", "--units", "2", "--mqtt", "127.0.0.1:0", "--http", &taken], "--http"),
        (&["demo", "--units", "2", "--http", "127.0.0.1:0", "--mqtt", &taken], "--mqtt"),
        (&["demo", "--regency", "99.99"], "99.99"),
        (&["demo", "--speed=-1"], "--speed"),
        (&["serve", "--config", "/nowhere/siaga.toml"], "/nowhere/siaga.toml"),
    ];
    for (arguments, named) in cases {
        let run = Command::new(env!("CARGO_BIN_EXE_siaga")).args(arguments).output();
        let run = run.expect("it runs");
        assert!(!run.status.success(), "{arguments:?}");
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(said.contains(named), "{arguments:?} said: {said}");
        assert!(!said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_regency_is_set_up_for_real_use_with_the_commands_that_the_readme_names() {
    let dir = TempDir::new();
    let run = |arguments: &[&str]| {
        let run =
            Command::new(env!("CARGO_BIN_EXE_siaga")).args(arguments).current_dir(&dir.0).output();
        let run = run.expect("it runs");
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.success(), "{arguments:?}: {said}");
        (String::from_utf8_lossy(&run.stdout).into_owned(), said)
    };
    let (_, said) = run(&["init", "--regency", "73.71"]);
    assert!(said.contains("Makassar") && said.contains("password"), "{said}");
    let (password, _) = run(&["user", "add", "--name", "budi", "--role", "operator"]);
    assert!(password.trim().len() >= 10);
    let refusal = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_siaga"));
        let run = command.args(arguments).current_dir(&dir.0).output().expect("it runs");
        assert!(!run.status.success(), "{arguments:?}");
        String::from_utf8_lossy(&run.stderr).into_owned()
    };
    let said = refusal(&["user", "add", "--name", "budi", "--role", "admin"]);
    assert!(said.contains("budi") && said.contains("operator") && said.contains("admin"), "{said}");
    let (another, _) = run(&["user", "add", "--name", "budi", "--role", "operator"]);
    assert_ne!(another, password, "the same person again: a new password");
    let (csv, _) = run(&["device", "add", "--all"]);
    assert!(csv.lines().count() > 100, "one for each village");
    let (_, said) = run(&["verify"]);
    assert!(said.contains("empty"), "{said}");
    let again = Command::new(env!("CARGO_BIN_EXE_siaga"))
        .args(["init", "--regency", "73.71"])
        .current_dir(&dir.0)
        .output()
        .expect("it runs");
    assert!(!again.status.success(), "an existing set-up is never overwritten");
}

/// Waits until `siaga serve` has said where its console is.
async fn served_at(said: &Path) -> SocketAddr {
    let found = eventually(|| async {
        let said = std::fs::read_to_string(said).unwrap_or_default();
        let (_, after) = said.split_once("console http://")?;
        after.split(',').next()?.parse().ok()
    });
    found.await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_whose_clock_was_set_back_writes_nothing_before_what_it_wrote() {
    let dir = TempDir::new();
    let siaga = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_siaga"));
        command
            .current_dir(&dir.0)
            .env("SIAGA_HTTP", "127.0.0.1:0")
            .env("SIAGA_MQTT", "127.0.0.1:0");
        command
    };
    let made = siaga().args(["init", "--regency", "35.09"]).output().expect("it runs");
    assert!(made.status.success());
    let user = ["user", "add", "--name", "budi", "--role", "operator"];
    let made = siaga().args(user).output().expect("it runs");
    let password = String::from_utf8_lossy(&made.stdout).trim().to_owned();

    let store = open_store(&dir.0.join("data")).await;
    let area = AreaId::new(AREA).expect("a code");
    let unit = store.units(&area).await.expect("units")[0].id.clone();
    let an_hour_ahead = Draft {
        at: Clock::real().now().plus_ms(3_600_000),
        device_at: None,
        actor: "operator:budi".into(),
        command: CommandId::from_uuid(uuid::Uuid::now_v7()),
        event: Event::DutyChanged { unit, on_duty: false, reason: None },
        private: None,
    };
    let written = Entry::seal(an_hour_ahead, 1, GENESIS);
    store.append(&area, std::slice::from_ref(&written), &[]).await.expect("written");
    store.close().await;

    let said = dir.0.join("said.txt");
    let log = std::fs::File::create(&said).expect("writable");
    let _serving = Program(siaga().arg("serve").stderr(log).spawn().expect("it starts"));
    let person = Client::sign_in(served_at(&said).await, "budi", &password).await;
    let call = json!({"channel": "phone"});
    let taken = person.expect("signs in").post("/api/v1/calls", &call).await.expect("answered");
    assert_eq!(taken.status, 201, "{}", taken.json());
    let store = open_store(&dir.0.join("data")).await;
    let next = store.entries(&area, 1, 1).await.expect("entries");
    assert!(next[0].at >= written.at, "{} was written before {}", next[0].at, written.at);
    assert!(
        std::fs::read_to_string(&said).expect("said").contains("the machine's clock is behind")
    );
}

/// Needs strace to stand in for the disk, so `./test` runs it and plain `cargo test` does not.
#[test]
#[ignore = "needs strace; ./test runs it"]
fn a_disk_that_stalls_makes_a_start_late_and_never_impossible() {
    let dir = TempDir::new();
    // Each wait for the disk takes 3 s; opening the files takes several, more than a request may wait.
    let run = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"])
        .args(["-e", "inject=fsync,fdatasync:delay_enter=3000000"])
        .arg(env!("CARGO_BIN_EXE_siaga"))
        .args(["init", "--regency", "35.09"])
        .current_dir(&dir.0)
        .output()
        .expect("strace is installed");
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "{said}");
    assert!(said.contains("Jember"), "{said}");
}

/// Needs strace to stand in for the disk, so `./test` runs it and plain `cargo test` does not.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs strace; ./test runs it"]
async fn a_disk_that_stalls_while_a_day_begins_and_a_kill_then_do_not_stop_the_next_start() {
    let dir = TempDir::new();
    let (data, said) = (dir.0.join("data"), dir.0.join("said.txt"));
    let tracks = data.join("tracks");
    drop(ready_line(small_demo(&data, "127.0.0.1:0"), &said).1.expect("ready"));
    std::fs::remove_dir_all(&tracks).expect("removed");
    let plain = small_demo(&data, "127.0.0.1:0");
    // Once ready, the program waits for the disk only to store positions; each wait takes a second.
    let mut stalling = Command::new("strace");
    stalling.args(["-f", "-qq", "-o", "/dev/null", "-e", "trace=fsync,fdatasync"]);
    stalling.args(["-e", "inject=fsync,fdatasync:delay_enter=1000000"]);
    stalling.arg(plain.get_program()).args(plain.get_args());
    let (program, ready) = ready_line(stalling, &said);
    ready.expect("ready");
    until_a_day_has_a_file(&tracks).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    // strace leaves what it started behind.
    let strace = program.0.id();
    let started = std::fs::read_to_string(format!("/proc/{strace}/task/{strace}/children"));
    for started in started.expect("strace runs").split_whitespace() {
        assert!(Command::new("kill").args(["-9", started]).status().expect("kill").success());
    }
    drop(program);
    let (_again, ready) = ready_line(small_demo(&data, "127.0.0.1:0"), &said);
    ready.expect("ready");
}
