//! What PostGIS takes to find the nearest units in a straight line: a yardstick for the bench, in a table of its own
//! that goes with the connection.

use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

use super::Error;
use super::failure::failure;
use crate::place::Position;

const ASKING: &str = "asking PostGIS";

#[derive(Debug)]
pub struct Yardstick(PgConnection);

impl Yardstick {
    pub async fn connect(url: &str) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url);
        let options = options.map_err(|e| failure("reading the database's address", e))?;
        let connected = options.connect().await;
        let mut this = Self(connected.map_err(|e| failure("reaching the database server", e))?);
        for statement in [
            "create extension if not exists postgis",
            "create temporary table unit_place (n integer not null, place geography(point) not null)",
            "create index on unit_place using gist (place)",
        ] {
            let done = sqlx::query(statement).execute(&mut this.0).await;
            done.map_err(|e| failure(ASKING, e))?;
        }
        Ok(this)
    }

    /// These units and no others, by their numbers.
    pub async fn set(&mut self, units: &[Position]) -> Result<(), Error> {
        let (lats, lons): (Vec<f64>, Vec<f64>) = units.iter().map(|u| (u.lat(), u.lon())).unzip();
        let fill = "insert into unit_place select n, st_makepoint(lon, lat)::geography
             from unnest($1::float8[], $2::float8[]) with ordinality as unit (lat, lon, n)";
        let emptied = sqlx::query("truncate unit_place").execute(&mut self.0).await;
        emptied.map_err(|e| failure(ASKING, e))?;
        let filled = sqlx::query(fill).bind(lats).bind(lons).execute(&mut self.0).await;
        filled.map_err(|e| failure(ASKING, e))?;
        let counted = sqlx::query("analyze unit_place").execute(&mut self.0).await;
        counted.map_err(|e| failure(ASKING, e)).map(drop)
    }

    /// The nearest units to a place, nearest first.
    pub async fn nearest(&mut self, place: Position, count: u32) -> Result<Vec<i32>, Error> {
        let ask = "select n from unit_place
             order by place <-> st_makepoint($1, $2)::geography limit $3";
        let asked = sqlx::query_scalar(ask).bind(place.lon()).bind(place.lat());
        let found = asked.bind(i64::from(count)).fetch_all(&mut self.0).await;
        found.map_err(|e| failure(ASKING, e))
    }

    pub async fn close(self) -> Result<(), Error> {
        self.0.close().await.map_err(|e| failure(ASKING, e))
    }
}
