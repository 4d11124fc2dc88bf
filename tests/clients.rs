//! The front door as clients see it that others wrote: `mosquitto_pub`, `mosquitto_sub`, and paho-mqtt for Python.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use siaga::store::{DeviceKind, Role, TrackFix};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

use crate::house::{Credentials, House, SOON, eventually, text};

/// With this set to 1 the tests with Mosquitto's programs are left out; without it, a missing program is a failure.
const SKIP_MOSQUITTO: &str = "SIAGA_TEST_SKIP_MOSQUITTO";
/// With this set to 1 the test with paho is left out; without it, a missing paho is a failure.
const SKIP_PAHO: &str = "SIAGA_TEST_SKIP_PAHO";
/// The whole of paho's checks; some of them wait for a keep-alive to run out.
const CHECKED_WITHIN: Duration = Duration::from_secs(120);

fn is_left_out(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value == "1")
}

/// One of Mosquitto's clients as the device of these credentials; each line that it says is on its output at once.
fn mosquitto(program: &str, house: &House, credentials: &Credentials) -> Command {
    let there = Path::new("/usr/bin").join(program).exists();
    assert!(there, "{program} is missing: run ./test once, or set {SKIP_MOSQUITTO}=1");
    let door = house.server.mqtt;
    let mut command = Command::new("stdbuf");
    command.args(["-oL", program, "-V", "mqttv311", "-h"]).arg(door.ip().to_string());
    command.arg("-p").arg(door.port().to_string());
    command.args(["-i", &credentials.name, "-u", &credentials.name, "-P", &credentials.secret]);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn ended(command: &mut Command) -> Output {
    let run = tokio::time::timeout(SOON, command.output()).await;
    run.expect("it ends in time").expect("it runs")
}

/// The lines that it says, up to and with the first that contains a word for the so many-th time.
async fn said_until(child: &mut Child, word: &str, times: usize) -> String {
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let (mut said, mut seen) = (String::new(), 0);
    let listening = async {
        while let Ok(Some(line)) = lines.next_line().await {
            said.push_str(&line);
            said.push('\n');
            seen += usize::from(line.contains(word));
            if seen == times {
                return;
            }
        }
    };
    let heard = tokio::time::timeout(SOON, listening).await;
    assert!(heard.is_ok() && seen == times, "'{word}' was not said {times} times:\n{said}");
    said
}

fn payload(seq: u64, t: i64) -> String {
    json!({"boot": "m1", "base": 1, "fixes": [{"seq": seq, "t": t, "lat": -8.25, "lon": 113.6}]})
        .to_string()
}

async fn track(house: &House, unit: u32) -> Vec<TrackFix> {
    let now = house.server.desk.now();
    let (from, to) = (now.plus_ms(-600_000), now.plus_ms(600_000));
    let area = &house.server.desk.room.area.id;
    house.server.store.track(area, unit, from, to, 1_000).await.expect("a track")
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_pub_is_heard_as_the_device_that_it_is_and_as_no_other() {
    if is_left_out(SKIP_MOSQUITTO) {
        return;
    }
    let house = House::with_units(2).await;
    let one = house.enrol(0, DeviceKind::Native).await;
    let other = house.enrol(1, DeviceKind::Native).await;
    let now = house.server.desk.now().ms();
    let own = format!("siaga/v1/{}/fix", one.name);
    let foreign = format!("siaga/v1/{}/fix", other.name);
    let publish = |as_whom: &Credentials, topic: &str, qos: &str, seq: u64| {
        let mut command = mosquitto("mosquitto_pub", &house, as_whom);
        let t = now - 10_000 + i64::try_from(seq).expect("small") * 1_000;
        command.args(["-d", "-t", topic, "-q", qos, "-m", &payload(seq, t)]);
        command
    };
    let run = ended(&mut publish(&one, &own, "1", 1)).await;
    assert!(run.status.success(), "QoS 1: {run:?}");
    assert!(String::from_utf8_lossy(&run.stdout).contains("received PUBACK"), "{run:?}");
    assert_eq!(track(&house, 0).await.len(), 1, "acknowledged means stored");
    let run = ended(&mut publish(&one, &own, "0", 2)).await;
    assert!(run.status.success(), "QoS 0: {run:?}");
    eventually(|| async { (track(&house, 0).await.len() == 2).then_some(()) }).await;

    let thief = Credentials { name: one.name.clone(), secret: "wrong".to_owned() };
    let run = ended(&mut publish(&thief, &own, "1", 3)).await;
    assert!(!run.status.success(), "a wrong secret");
    let said = String::from_utf8_lossy(&run.stderr).to_lowercase();
    assert!(said.contains("refused") && said.contains("bad user name or password"), "{said}");

    for (what, topic, qos) in [("QoS 2", &own, "2"), ("a foreign topic", &foreign, "1")] {
        let run = ended(&mut publish(&one, topic, qos, 4)).await;
        let said = String::from_utf8_lossy(&run.stdout);
        assert!(said.contains("CONNACK (0)") && said.contains("sending PUBLISH"), "{what}: {said}");
        let answered = ["PUBACK", "PUBREC", "PUBCOMP"].iter().any(|word| said.contains(word));
        assert!(!answered && !run.status.success(), "{what} closes the connection: {run:?}");
    }
    assert_eq!((track(&house, 0).await.len(), track(&house, 1).await.len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn mosquitto_sub_hears_the_orders_of_its_own_unit_and_may_listen_to_nothing_else() {
    if is_left_out(SKIP_MOSQUITTO) {
        return;
    }
    let house = House::with_units(2).await;
    let operator = house.sign_in(Role::Operator).await;
    let one = house.enrol(0, DeviceKind::Native).await;
    let other = house.enrol(1, DeviceKind::Native).await;
    let own = format!("siaga/v1/{}/order", one.name);
    let mut listening = mosquitto("mosquitto_sub", &house, &one);
    listening.args(["-d", "-t", &own, "-q", "1", "-C", "1", "-F", "ORDER %t %p"]);
    let mut child = listening.spawn().expect("it starts");
    let incident = house.call_at(&operator, 0).await;
    let assignment = house.order(&operator, &incident, 0).await;
    let said = said_until(&mut child, "ORDER", 1).await;
    let order = said.lines().find_map(|line| line.strip_prefix("ORDER ")).expect("a line");
    let (topic, order) = order.split_once(' ').expect("topic and payload");
    assert_eq!(topic, own);
    let order: Value = serde_json::from_str(order).expect("JSON");
    assert_eq!((text(&order, "assignment"), text(&order, "state")), (assignment, "offered".into()));
    let ended_well = tokio::time::timeout(SOON, child.wait()).await.expect("in time");
    assert!(ended_well.expect("ended").success());

    let foreign = format!("siaga/v1/{}/order", other.name);
    for filter in [foreign.as_str(), "#", "siaga/v1/+/order"] {
        let mut listening = mosquitto("mosquitto_sub", &house, &one);
        let run = ended(listening.args(["-d", "-t", filter, "-q", "1", "-C", "1"])).await;
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(said.contains("denied"), "{filter}: {run:?}");
    }
}

/// The Python that has paho; how to make it, when it is missing.
fn paho_python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let python = root.join("target/paho-venv/bin/python");
    assert!(
        python.exists(),
        "{} is missing. Run ./test once, which makes it, or make it yourself:\n  \
         python3 -m venv target/paho-venv && target/paho-venv/bin/pip install paho-mqtt==2.1.0\n\
         or set {SKIP_PAHO}=1 to leave this test out.",
        python.display()
    );
    python
}

#[tokio::test(flavor = "multi_thread")]
async fn the_front_door_keeps_what_its_protocol_says_to_paho() {
    if is_left_out(SKIP_PAHO) {
        return;
    }
    let python = paho_python();
    let house = House::with_units(2).await;
    let (one, other) =
        (house.enrol(0, DeviceKind::Native).await, house.enrol(1, DeviceKind::Native).await);
    let door = house.server.mqtt;
    let who = |device: &Credentials| json!({"name": device.name, "secret": device.secret});
    let told = json!({"host": door.ip().to_string(), "port": door.port(), "one": who(&one),
        "other": who(&other)});
    let script =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance/paho_conformance.py");
    let mut command = Command::new(python);
    command.arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().expect("Python starts");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(format!("{told}\n").as_bytes()).await.expect("told");
    let run = tokio::time::timeout(CHECKED_WITHIN, child.wait_with_output()).await;
    let run = run.expect("it ends in time").expect("it runs");
    let said = String::from_utf8_lossy(&run.stdout);
    let why = String::from_utf8_lossy(&run.stderr);
    assert!(run.status.success(), "the last line is the check that failed:\n{said}\n{why}");
    let last = said.lines().last().expect("a line");
    let stored: Value = serde_json::from_str(last).expect("JSON");
    for (device, unit) in [("one", 0), ("other", 1)] {
        let kept = track(&house, unit).await.len();
        assert_eq!(
            Some(kept),
            stored[device].as_u64().map(|n| usize::try_from(n).expect("small")),
            "{device}: each once"
        );
    }
}
