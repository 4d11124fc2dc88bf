//! PostgreSQL: for two nodes, provinces, and a health office that wants to ask with its own tools.

mod blocks;
mod devices;
mod events;
mod links;
mod quarantine;
mod reads;
mod reports;
mod roster;
mod tracks;

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions, Connection, Executor, PgPool};

use super::Error;
use super::failure::{failure, not_migrated};

const CONNECTIONS_MAX: u32 = 16;
/// A request waits so long for a connection.
const ACQUIRE_WITHIN: Duration = Duration::from_secs(5);
/// A statement that takes longer is given up by the server; one that waits for a lock, sooner.
const STATEMENT_TIMEOUT: &str = "10s";
const LOCK_TIMEOUT: &str = "5s";
/// A transaction whose program has gone away lets go of its locks after so long.
const IDLE_TIMEOUT: &str = "10s";
/// Ends a transaction that may be open.
const ENDED: &str = "begin; rollback";
const REACHING: &str = "reaching the database server";

/// The connections of one database.
#[derive(Clone, Debug)]
pub struct Postgres {
    pool: PgPool,
    /// Days whose partition is known to be there.
    days: Arc<Mutex<BTreeSet<i32>>>,
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
            ("lock_timeout", LOCK_TIMEOUT),
            ("idle_in_transaction_session_timeout", IDLE_TIMEOUT),
            ("timezone", "UTC"),
        ]);
        reach(&options).await?;
        // A change of the schema may take as long as it needs.
        let unhurried = pool(options.clone().options([("statement_timeout", "0")]), 1).await?;
        sqlx::migrate!("migrations/postgres").run(&unhurried).await.map_err(not_migrated)?;
        unhurried.close().await;
        Ok(Self { pool: pool(options, CONNECTIONS_MAX).await?, days: Arc::default() })
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }
}

async fn pool(options: PgConnectOptions, connections: u32) -> Result<PgPool, Error> {
    let pool = PgPoolOptions::new().max_connections(connections).acquire_timeout(ACQUIRE_WITHIN);
    // Whoever is dropped in the middle of its BEGIN, such as a request whose client has gone, would leave a transaction
    // open that the library does not know of, and the next one's writes would be part of it.
    let pool = pool.after_release(|connection, _| {
        Box::pin(async move { connection.execute(ENDED).await.map(|_| true) })
    });
    pool.connect_with(options).await.map_err(|e| failure(REACHING, e))
}

/// Tries one connection, so that the reason is known when there is none: a pool only says that it
/// waited.
async fn reach(options: &PgConnectOptions) -> Result<(), Error> {
    let reached = tokio::time::timeout(ACQUIRE_WITHIN, options.connect()).await;
    let reached = reached
        .map_err(|elapsed| Error::Unavailable { doing: REACHING.into(), source: elapsed.into() })?;
    let reached = reached.map_err(|e| failure(REACHING, e))?;
    reached.close().await.map_err(|e| failure(REACHING, e))
}
