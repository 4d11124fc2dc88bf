//! PostgreSQL: for two nodes, provinces, and a health office that wants to ask with its own tools.

mod events;
mod reports;
mod roster;
mod tracks;

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};

use super::Error;

const CONNECTIONS_MAX: u32 = 16;
/// A request waits so long for a connection.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(5);
/// A statement that takes longer is given up by the server.
const STATEMENT_TIMEOUT: &str = "10s";
/// The server's code for a disk without room.
const CODE_DISK_FULL: &str = "53100";

/// The connections of one database.
#[derive(Clone, Debug)]
pub struct Postgres {
    pub(super) pool: PgPool,
    /// Days whose partition is known to be there.
    pub(super) days: Arc<Mutex<BTreeSet<i32>>>,
}

impl Postgres {
    /// Connects and brings the schema up to date.
    pub async fn open(url: &str) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url);
        let options = options.map_err(|e| failure("reading the database's address", e))?;
        // Committed means on the disk, whatever the server's default is.
        let options = options.options([
            ("synchronous_commit", "on"),
            ("statement_timeout", STATEMENT_TIMEOUT),
            ("timezone", "UTC"),
        ]);
        let pool = PgPoolOptions::new().max_connections(CONNECTIONS_MAX);
        let pool = pool.acquire_timeout(ACQUIRE_WITHIN).connect_with(options).await;
        let pool = pool.map_err(|e| failure("reaching the database server", e))?;
        sqlx::migrate!("migrations/postgres").run(&pool).await.map_err(|source| {
            Error::Unavailable {
                doing: "bringing the store up to date (is this program older than the data?)"
                    .into(),
                source: source.into(),
            }
        })?;
        Ok(Self { pool, days: Arc::default() })
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// What a database error means.
pub(super) fn failure(doing: &'static str, error: sqlx::Error) -> Error {
    let code = error.as_database_error().and_then(|e| e.code().map(|c| c.into_owned()));
    if code.as_deref() == Some(CODE_DISK_FULL) {
        return Error::Full { doing };
    }
    Error::Unavailable { doing: doing.into(), source: error.into() }
}
