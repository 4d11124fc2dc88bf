//! What the rest of the house may rely on in storage: one suite of sentences, each true of both
//! databases.

mod bytes;
mod hostile;
mod links;
mod log;
mod opening;
mod packing;
mod positions;
mod quarantine;
mod reads;
mod report;
mod roster;
mod thinning;
mod trips;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;

use futures_util::FutureExt;
use siaga::chain::{Draft, Entry, GENESIS, Hash, PrivateRef};
use siaga::clock::Timestamp;
use siaga::dispatch::event::{
    Category, Channel, Disposition, Event, IncidentPlace, Need, PlaceBasis, Priority,
    Recommendation, Step, TravelBasis,
};
use siaga::ids::{AreaId, AssignmentId, CallId, Capability, Code, CommandId, IncidentId, UnitId};
use siaga::place::Position;
use siaga::store::{Area, RosterUnit, Store};
use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use uuid::Uuid;

/// 2026-11-23T01:00:00Z.
const MORNING: i64 = 1_795_395_600_000;
const DAY_MS: i64 = 86_400_000;

/// A fresh store, and a way to its database behind its back.
struct Place {
    store: Store,
    url: String,
    directory: Option<PathBuf>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(directory) = &self.directory {
            let _ = std::fs::remove_dir_all(directory);
        }
    }
}

fn fresh_directory() -> PathBuf {
    std::env::temp_dir().join(format!("siaga-store-{}", Uuid::now_v7().simple()))
}

impl Place {
    async fn at(url: String, directory: Option<PathBuf>) -> Self {
        let store = Store::open(&url).await.expect("a store");
        store.save_area(&jember()).await.expect("an area");
        Self { store, url, directory }
    }

    async fn sqlite() -> Self {
        let directory = fresh_directory();
        Self::at(format!("sqlite:{}", directory.display()), Some(directory)).await
    }

    /// Closes the store and opens it again.
    async fn reopen(&mut self) {
        self.store.close().await;
        self.store = Store::open(&self.url).await.expect("a store");
    }

    /// Runs a statement as somebody would who has the database and not the program.
    async fn behind_its_back(&self, statement: &str) -> Result<(), sqlx::Error> {
        let query = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
        if let Some(directory) = &self.directory {
            let file = format!("sqlite:{}", directory.join("siaga.db").display());
            query.execute(&mut SqliteConnection::connect(&file).await?).await.map(drop)
        } else {
            query.execute(&mut PgConnection::connect(&self.url).await?).await.map(drop)
        }
    }

    async fn count(&self, statement: &str) -> i64 {
        let query = sqlx::query_scalar(AssertSqlSafe(statement.to_owned()));
        if let Some(directory) = &self.directory {
            let file = format!("sqlite:{}", directory.join("siaga.db").display());
            let mut connection = SqliteConnection::connect(&file).await.expect("a connection");
            query.fetch_one(&mut connection).await.expect("a number")
        } else {
            let query = sqlx::query_scalar(AssertSqlSafe(statement.to_owned()));
            let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
            query.fetch_one(&mut connection).await.expect("a number")
        }
    }

    /// The file in which the morning's positions are.
    fn day_file(&self) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join("tracks/2026-11-23.db"))
    }

    /// Runs a statement behind its back where the morning's positions are.
    async fn in_day(&self, statement: &str) {
        let query = sqlx::raw_sql(AssertSqlSafe(statement.to_owned()));
        if let Some(file) = self.day_file() {
            let file = format!("sqlite:{}", file.display());
            let mut connection = SqliteConnection::connect(&file).await.expect("a connection");
            query.execute(&mut connection).await.expect("done");
        } else {
            let mut connection = PgConnection::connect(&self.url).await.expect("a connection");
            query.execute(&mut connection).await.expect("done");
        }
    }

    /// A number from where the morning's positions are.
    async fn count_of_day(&self, statement: &str) -> i64 {
        let Some(file) = self.day_file() else { return self.count(statement).await };
        let query = sqlx::query_scalar(AssertSqlSafe(statement.to_owned()));
        let file = format!("sqlite:{}", file.display());
        let mut connection = SqliteConnection::connect(&file).await.expect("a connection");
        query.fetch_one(&mut connection).await.expect("a number")
    }

    /// Refuses blocks of a unit, or takes them again.
    async fn forbid_blocks_of(&self, unit: u32, forbidden: bool) {
        let statement = match (self.directory.is_some(), forbidden) {
            (true, true) => format!(
                "create trigger forbidden before insert on block when new.unit = {unit} \
                begin select raise(abort, 'forbidden'); end"
            ),
            (true, false) => "drop trigger forbidden".to_owned(),
            (false, true) => {
                format!(
                    "alter table block add constraint forbidden check (unit <> {unit}) not valid"
                )
            }
            (false, false) => "alter table block drop constraint forbidden".to_owned(),
        };
        self.in_day(&statement).await;
    }

    /// What recorded positions take on the disk, with indexes and what is free between.
    async fn bytes_of_positions(&self) -> i64 {
        let Some(directory) = &self.directory else {
            let all = "select coalesce(sum(pg_total_relation_size(i.inhrelid)), 0)::bigint \
                from pg_inherits i where i.inhparent in ('batch'::regclass, 'block'::regclass)";
            return self.count(all).await;
        };
        let files = std::fs::read_dir(directory.join("tracks")).expect("files");
        let bytes = files.map(|file| file.expect("a file").metadata().expect("a size").len());
        i64::try_from(bytes.sum::<u64>()).expect("a size")
    }
}

/// Shows that a sentence is true of both databases.
async fn on_both(sentence: impl AsyncFn(Place)) {
    check("SQLite", sentence(Place::sqlite().await)).await;
    if let Some(url) = crate::postgres_server::fresh_database().await {
        check("PostgreSQL", sentence(Place::at(url, None).await)).await;
    }
}

/// Says on which database a sentence is not true.
async fn check(database: &str, sentence: impl Future<Output = ()>) {
    let outcome = AssertUnwindSafe(sentence).catch_unwind().await;
    assert!(outcome.is_ok(), "not true of {database}: see the message above");
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_ms(ms)
}

fn code(text: &str) -> Code {
    Code::new(text).expect("a code")
}

fn area() -> AreaId {
    code("35.09")
}

fn jember() -> Area {
    Area { id: area(), name: "Kabupaten Jember".into(), timezone: "Asia/Jakarta".into() }
}

fn banyuwangi() -> Area {
    Area { id: code("35.10"), name: "Banyuwangi".into(), timezone: "Asia/Jakarta".into() }
}

fn unit(number: u32) -> UnitId {
    code(&format!("AMB-SILO-{number:02}"))
}

fn roster_unit(number: u32) -> RosterUnit {
    RosterUnit {
        id: unit(number),
        index: number,
        name: format!("Ambulans Silo {number}"),
        village: "35.09.29.2003".into(),
        post: Position::new(-8.25, 113.85).expect("a place"),
        capabilities: vec!["basic".into(), "maternal".into()],
    }
}

/// A log as the desk writes it: numbered, chained, one entry a second.
struct Log {
    head: (u64, Hash),
    now: i64,
    command: CommandId,
}

impl Log {
    fn new() -> Self {
        Self::after((0, GENESIS))
    }

    fn after(head: (u64, Hash)) -> Self {
        Self { head, now: MORNING, command: CommandId::from_uuid(Uuid::now_v7()) }
    }

    fn write(&mut self, event: Event) -> Entry {
        self.write_with(event, None)
    }

    fn write_with(&mut self, event: Event, private: Option<PrivateRef>) -> Entry {
        self.now += 1_000;
        let draft = Draft {
            at: at(self.now),
            device_at: None,
            actor: "operator:budi".into(),
            command: self.command,
            event,
            private,
        };
        let entry = Entry::seal(draft, self.head.0 + 1, self.head.1);
        self.head = (entry.seq, entry.hash);
        entry
    }

    fn write_all(&mut self, events: Vec<Event>) -> Vec<Entry> {
        events.into_iter().map(|event| self.write(event)).collect()
    }
}

fn incident() -> IncidentId {
    IncidentId::from_uuid(Uuid::now_v7())
}

fn assignment() -> AssignmentId {
    AssignmentId::from_uuid(Uuid::now_v7())
}

fn village_place(village: &str) -> IncidentPlace {
    IncidentPlace {
        position: Position::new(-8.25, 113.85).expect("a place"),
        uncertainty_m: 900,
        basis: PlaceBasis::Village,
        village: Some(village.into()),
        village_basis: Default::default(),
    }
}

/// A call whose phone rang at `received_at`.
fn call_at(incident: IncidentId, received_at: i64) -> Event {
    Event::CallTaken {
        drill: false,
        questions: None,
        care: None,
        call: CallId::from_uuid(Uuid::now_v7()),
        incident,
        case_number: "261123-007".into(),
        channel: Channel::Whatsapp,
        received_at: at(received_at),
        category: Category::Maternal,
        priority: Priority::P1,
        place: Some(village_place("35.09.29.2003")),
    }
}

fn call(incident: IncidentId) -> Event {
    call_at(incident, MORNING)
}

fn offer(incident: IncidentId, assignment: AssignmentId, unit: UnitId) -> Event {
    let recommendation = Recommendation {
        rank: 1,
        eta_s: 300,
        distance_m: 4_000,
        basis: TravelBasis::StraightLine,
        fix_age_s: Some(4),
        by_table: None,
    };
    Event::UnitOffered {
        assignment,
        incident,
        unit,
        recommendation,
        facility: None,
        considered: Vec::new(),
        instead_of: None,
        pick_up: None,
        source: None,
        abilities: None,
    }
}

fn step(assignment: AssignmentId, status: Step) -> Event {
    Event::AssignmentAdvanced { assignment, status, source: None }
}

fn cancelled(assignment: AssignmentId) -> Event {
    Event::AssignmentCancelled { assignment, reason: "unit lain lebih dekat".into() }
}

fn rejected(assignment: AssignmentId) -> Event {
    Event::AssignmentRejected { assignment, reason: "ban kempes".into() }
}

fn ended(incident: IncidentId, disposition: Disposition) -> Event {
    Event::IncidentEnded { incident, disposition, reason: None }
}

fn duty(unit: UnitId, on_duty: bool) -> Event {
    Event::DutyChanged { unit, on_duty, reason: None }
}
