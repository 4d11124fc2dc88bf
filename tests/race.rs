//! Two operators race for one unit, ten thousand times on each database: exactly one wins, and the loser is told who.

use serde_json::{Value, json};
use siaga::client::{Answer, Line};
use siaga::store::Role;

use crate::house::{House, text};

/// Races run beside each other, each for a unit of its own.
const UNITS: usize = 50;
const ROUNDS: usize = 200;
/// Races for the same two incidents; an incident never sees hundreds of orders.
const ROUNDS_EACH: usize = 10;

/// What one pair of operators needs to race for one unit again and again.
struct Pair {
    unit: String,
    operator: Line,
    supervisor: Line,
    lat: f64,
    incidents: [(String, String); 2],
}

async fn call(line: &mut Line, lat: f64) -> (String, String) {
    let call = json!({"channel": "phone", "place": {"lat": lat, "lon": 113.7}});
    let taken = line.post("/api/v1/calls", &call).await.expect("answered").json();
    (text(&taken, "incident_id"), text(&taken, "case_number"))
}

async fn order(line: &mut Line, incident: &str, unit: &str) -> Answer {
    let path = format!("/api/v1/incidents/{incident}/assignments");
    line.post(&path, &json!({ "unit": unit })).await.expect("answered")
}

impl Pair {
    /// Two new incidents in place of those that were fought over.
    async fn begin(&mut self) {
        for (incident, _) in &self.incidents {
            let path = format!("/api/v1/incidents/{incident}/close");
            let end = json!({"disposition": "solved_by_phone"});
            let ended = self.operator.post(&path, &end).await.expect("answered");
            assert_eq!(ended.status, 200, "{}", ended.json());
        }
        let first = call(&mut self.operator, self.lat).await;
        self.incidents = [first, call(&mut self.operator, self.lat).await];
    }

    async fn race(&mut self) {
        let [(first, first_case), (second, second_case)] = self.incidents.clone();
        let unit = self.unit.clone();
        let (a, b) = tokio::join!(
            order(&mut self.operator, &first, &unit),
            order(&mut self.supervisor, &second, &unit),
        );
        let (winner, loser, won) = match (a.status.as_u16(), b.status.as_u16()) {
            (201, 409) => (a, b, first_case),
            (409, 201) => (b, a, second_case),
            other => panic!("exactly one wins: {other:?} {} {}", a.json(), b.json()),
        };
        let told: Value = loser.json();
        assert_eq!(text(&told, "code"), "unit_busy");
        assert_eq!((text(&told, "unit"), text(&told, "case_number")), (unit, won), "is told who");
        let assignment = text(&winner.json(), "id");
        let path = format!("/api/v1/assignments/{assignment}/status");
        let give_back = json!({"status": "cancelled", "reason": "lomba"});
        let given = self.operator.post(&path, &give_back).await.expect("answered");
        assert_eq!(given.status, 200, "{}", given.json());
    }
}

async fn races(house: House) {
    let operator = house.sign_in(Role::Operator).await;
    let supervisor = house.sign_in(Role::Supervisor).await;
    let mut pairs = Vec::with_capacity(UNITS);
    for index in 0..UNITS {
        let mut line = operator.stay().await.expect("connected");
        // Fifty real incidents at one place would each be like the others; these are far apart.
        let lat = -8.6 + f64::from(u32::try_from(index).expect("few")) * 0.01;
        let incidents = [call(&mut line, lat).await, call(&mut line, lat).await];
        let supervisor = supervisor.stay().await.expect("connected");
        let unit = house.unit(index).to_string();
        pairs.push(Pair { unit, operator: line, supervisor, lat, incidents });
    }
    let running = pairs.into_iter().map(|mut pair| {
        tokio::spawn(async move {
            for round in 0..ROUNDS {
                if round % ROUNDS_EACH == 0 {
                    pair.begin().await;
                }
                pair.race().await;
            }
        })
    });
    for race in running.collect::<Vec<_>>() {
        race.await.expect("no race went wrong");
    }
    let open = house.server.desk.look(|dispatch, _| {
        dispatch.board().assignments().filter(|assignment| assignment.is_open()).count()
    });
    assert_eq!(open.await.expect("answered"), 0);
    let area = &house.server.desk.room.area.id;
    let whole = siaga::cli::verify_log(&house.server.store, area).await.expect("unbroken");
    let orders = u64::try_from(2 * UNITS * ROUNDS).expect("few");
    assert!(whole.is_some_and(|last| last.seq >= orders), "every order and its end is in the log");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_operators_who_order_one_unit_exactly_one_wins_on_sqlite() {
    races(House::with_units(UNITS).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_operators_who_order_one_unit_exactly_one_wins_on_postgres() {
    if let Some(house) = House::on_postgres(UNITS).await {
        races(house).await;
    }
}
