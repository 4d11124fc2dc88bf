//! SQLite, the embedded default: one file for everything but positions, one file a day for those.

mod events;
mod reports;
mod roster;
mod tracks;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use tokio::sync::Mutex;

use super::Error;
use tracks::Days;

/// Readers beside the one writer.
const READERS_MAX: u32 = 4;
/// A request waits so long for a connection, and for the file's lock.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(5);
/// SQLite's code for a disk without room.
const CODE_FULL: &str = "13";

/// The connections of one data directory.
#[derive(Clone, Debug)]
pub struct Sqlite {
    /// One connection: SQLite has one writer at a time.
    pub(super) writer: SqlitePool,
    pub(super) reader: SqlitePool,
    pub(super) days: Arc<Mutex<Days>>,
}

impl Sqlite {
    /// Opens or makes the files below a directory.
    pub async fn open(directory: &str) -> Result<Self, Error> {
        let directory = Path::new(directory);
        std::fs::create_dir_all(directory.join("tracks")).map_err(|source| {
            let place = format!("the data directory {} cannot be used", directory.display());
            Error::Unavailable { doing: place.into(), source: source.into() }
        })?;
        let options = options(&directory.join("siaga.db")).create_if_missing(true);
        let writer = pool(options.clone(), 1).await.map_err(|e| failure("opening the store", e))?;
        sqlx::migrate!("migrations/sqlite").run(&writer).await.map_err(|source| {
            Error::Unavailable {
                doing: "bringing the store up to date (is this program older than the data?)"
                    .into(),
                source: source.into(),
            }
        })?;
        let reader = pool(options.read_only(true), READERS_MAX).await;
        let reader = reader.map_err(|e| failure("opening the store", e))?;
        let days = Arc::new(Mutex::new(Days::new(directory.join("tracks"))));
        Ok(Self { writer, reader, days })
    }

    pub async fn close(&self) {
        self.days.lock().await.close().await;
        self.reader.close().await;
        self.writer.close().await;
    }
}

/// A write is on the disk when it returns: synchronous FULL.
pub(super) fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(ACQUIRE_WITHIN)
        .foreign_keys(true)
}

pub(super) async fn pool(
    options: SqliteConnectOptions,
    connections: u32,
) -> Result<SqlitePool, sqlx::Error> {
    let pool = SqlitePoolOptions::new().max_connections(connections);
    pool.acquire_timeout(ACQUIRE_WITHIN).connect_with(options).await
}

/// What a database error means.
pub(super) fn failure(doing: &'static str, error: sqlx::Error) -> Error {
    let code = error.as_database_error().and_then(|e| e.code().map(|c| c.into_owned()));
    if code.as_deref() == Some(CODE_FULL) {
        return Error::Full { doing };
    }
    Error::Unavailable { doing: doing.into(), source: error.into() }
}
