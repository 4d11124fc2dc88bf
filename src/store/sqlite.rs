//! SQLite, the embedded default: one file for everything but positions, one file a day for those.

mod blocks;
mod devices;
mod events;
mod links;
mod quarantine;
mod reads;
mod reports;
mod roster;
mod tracks;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection, SqlitePool};

use super::Error;
use super::failure::{failure, not_migrated};
use tracks::Tracks;

/// Readers beside the one writer.
const READERS_MAX: u32 = 4;
/// A request waits so long for a connection, and for the file's lock. Opening is not bound by it: a disk that
/// stalls is a reason to start late, never a reason not to start.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(10);

/// The connections of one data directory.
#[derive(Clone, Debug)]
pub struct Sqlite {
    /// One connection: SQLite has one writer at a time.
    writer: SqlitePool,
    reader: SqlitePool,
    tracks: Arc<Tracks>,
}

impl Sqlite {
    /// Opens or makes the files below a directory.
    pub async fn open(directory: &str) -> Result<Self, Error> {
        let tracks = Path::new(directory).join("tracks");
        std::fs::create_dir_all(&tracks).map_err(|source| Error::Unavailable {
            doing: format!("making the data directory {}", tracks.display()).into(),
            source: source.into(),
        })?;
        let file = Path::new(directory).join("siaga.db");
        let not_opened = |error| failure(format!("opening {}", file.display()), error);
        let first = connected(&options(&file)).await.map_err(not_opened)?;
        let writer = pool(options(&file), 1).await.map_err(not_opened)?;
        sqlx::migrate!("migrations/sqlite").run(&writer).await.map_err(not_migrated)?;
        // Without figures about its tables it reads the whole log to find the entries of one incident. The work is
        // bounded by SQLite itself: some thousand rows of each index.
        sqlx::query("pragma optimize = 0x10002").execute(&writer).await.map_err(not_opened)?;
        let reader = pool(options(&file).read_only(true), READERS_MAX).await.map_err(not_opened)?;
        first.close().await.map_err(not_opened)?;
        Ok(Self { writer, reader, tracks: Arc::new(Tracks::new(tracks)) })
    }

    pub async fn close(&self) {
        self.tracks.close().await;
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// A write is on the disk when it returns (synchronous FULL), and what is erased is overwritten.
fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(ACQUIRE_WITHIN)
        .foreign_keys(true)
        .pragma("secure_delete", "on")
}

/// Makes the file when it is missing and turns its write-ahead log on: several waits for the disk, without a limit.
/// A pool's limit would bind their sum, so every file is opened so before its pool.
async fn connected(options: &SqliteConnectOptions) -> Result<SqliteConnection, sqlx::Error> {
    options.clone().create_if_missing(true).connect().await
}

/// Connections to a local file do not age, so they are kept.
async fn pool(options: SqliteConnectOptions, connections: u32) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePoolOptions::new().max_connections(connections);
    // When the disk fails in the middle of a transaction, SQLite ends it by itself; the connection still counts it as
    // open and would refuse every other one for ever. Another takes its place.
    let pool = pool.before_acquire(|connection, _| {
        let is_whole = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_whole) })
    });
    let pool = pool.idle_timeout(None).max_lifetime(None).acquire_timeout(ACQUIRE_WITHIN);
    pool.connect_with(options).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;
    use crate::ids::Code;
    use crate::place::Position;
    use crate::store::{Area, FixClass, RosterUnit, TrackFix};

    fn area(name: String) -> Area {
        Area { id: Code::new("35.09").expect("a code"), name, timezone: "Asia/Jakarta".into() }
    }

    #[tokio::test]
    async fn a_full_disk_is_said_loses_nothing_and_is_over_when_there_is_room() {
        let directory = std::env::temp_dir().join(format!("siaga-{}", uuid::Uuid::now_v7()));
        let store = Sqlite::open(&directory.display().to_string()).await.expect("a store");
        store.save_area(&area("Jember".into())).await.expect("saved");
        // The writer is one connection, so this stands for a disk that has no page left.
        let limit = "pragma max_page_count = 1";
        sqlx::query(limit).execute(&store.writer).await.expect("limited");
        let unit = |index: u32| RosterUnit {
            id: Code::new(&format!("AMB-{index}")).expect("a code"),
            index,
            name: "x".repeat(4_000),
            village: "35.09.30.2001".into(),
            post: Position::new(-8.2, 113.8).expect("a place"),
            capabilities: Vec::new(),
        };
        let units: Vec<RosterUnit> = (0..20).map(unit).collect();
        let home = area(String::new()).id;
        let refused = store.save_units(&home, &units).await.expect_err("full");
        assert!(matches!(refused, Error::Full { .. }), "{refused:?}");
        assert!(
            refused.to_string().starts_with("no room left on the disk while saving the roster")
        );
        assert_eq!(store.units(&home).await.expect("read"), []);
        assert_eq!(store.areas().await.expect("read"), [area("Jember".into())]);
        let fix = TrackFix {
            unit_index: 0,
            device: 1,
            device_at: Timestamp::from_ms(1),
            said_at: Timestamp::from_ms(1),
            received_at: Timestamp::from_ms(2),
            position: Position::new(-8.2, 113.8).expect("a place"),
            speed_kmh: None,
            heading_deg: None,
            accuracy_m: None,
            battery_pct: None,
            class: FixClass::Live,
        };
        store.append_tracks(&home, &[fix]).await.expect("positions have a file of their own");
        let room = "pragma max_page_count = 1000000";
        sqlx::query(room).execute(&store.writer).await.expect("room");
        store.save_units(&home, &units).await.expect("saved");
        assert_eq!(store.units(&home).await.expect("read"), units);
        store.close().await;
        std::fs::remove_dir_all(&directory).expect("removed");
    }
}
