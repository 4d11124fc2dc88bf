//! Areas, units, facilities, people and sessions in SQLite.

use super::Sqlite;
use crate::chain::Hash;
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::failure::{failure, taken};
use crate::store::rows::{AreaRow, FacilityRow, SessionRow, UnitRow, UserRow, word};
use crate::store::{Area, Error, Facility, RosterUnit, Session, User, sql};

impl Sqlite {
    pub async fn save_area(&self, area: &Area) -> Result<(), Error> {
        let save = sqlx::query(sql::SAVE_AREA)
            .bind(area.id.as_str())
            .bind(&area.name)
            .bind(&area.timezone);
        save.execute(&self.writer).await.map_err(|e| failure("saving an area", e))?;
        Ok(())
    }

    pub async fn areas(&self) -> Result<Vec<Area>, Error> {
        let rows = sqlx::query_as::<_, AreaRow>(sql::AREAS).fetch_all(&self.reader).await;
        let rows = rows.map_err(|e| failure("reading the areas", e))?;
        rows.into_iter().map(AreaRow::read).collect()
    }

    pub async fn save_units(&self, area: &AreaId, units: &[RosterUnit]) -> Result<(), Error> {
        let doing = "saving the roster";
        let mut tx = self.writer.begin().await.map_err(|e| failure(doing, e))?;
        for unit in units {
            let save = sqlx::query(sql::SAVE_UNIT)
                .bind(area.as_str())
                .bind(unit.id.as_str())
                .bind(i64::from(unit.index))
                .bind(&unit.name)
                .bind(&unit.village)
                .bind(unit.post.lat())
                .bind(unit.post.lon())
                .bind(unit.capabilities.join(" "));
            save.execute(&mut *tx).await.map_err(|e| failure(doing, e))?;
        }
        tx.commit().await.map_err(|e| failure(doing, e))
    }

    pub async fn units(&self, area: &AreaId) -> Result<Vec<RosterUnit>, Error> {
        let read = sqlx::query_as::<_, UnitRow>(sql::UNITS).bind(area.as_str());
        let rows = read.fetch_all(&self.reader).await;
        let rows = rows.map_err(|e| failure("reading the roster", e))?;
        rows.into_iter().map(UnitRow::read).collect()
    }

    pub async fn save_facilities(
        &self,
        area: &AreaId,
        facilities: &[Facility],
    ) -> Result<(), Error> {
        let doing = "saving the facilities";
        let mut tx = self.writer.begin().await.map_err(|e| failure(doing, e))?;
        for facility in facilities {
            let save = sqlx::query(sql::SAVE_FACILITY)
                .bind(area.as_str())
                .bind(&facility.id)
                .bind(&facility.name)
                .bind(&facility.kind)
                .bind(facility.position.lat())
                .bind(facility.position.lon())
                .bind(facility.capabilities.join(" "))
                .bind(facility.demo);
            save.execute(&mut *tx).await.map_err(|e| failure(doing, e))?;
        }
        tx.commit().await.map_err(|e| failure(doing, e))
    }

    pub async fn facilities(&self, area: &AreaId) -> Result<Vec<Facility>, Error> {
        let read = sqlx::query_as::<_, FacilityRow>(sql::FACILITIES).bind(area.as_str());
        let rows = read.fetch_all(&self.reader).await;
        let rows = rows.map_err(|e| failure("reading the facilities", e))?;
        rows.into_iter().map(FacilityRow::read).collect()
    }

    pub async fn add_user(&self, user: &User) -> Result<(), Error> {
        let doing = "adding a person";
        let add = sqlx::query(sql::ADD_USER)
            .bind(&user.name)
            .bind(user.area.as_str())
            .bind(word(&user.role))
            .bind(user.unit.as_ref().map(|unit| unit.as_str().to_owned()))
            .bind(&user.password_hash)
            .bind(user.created_at.ms());
        let added = add.execute(&self.writer).await;
        added.map_err(|e| taken(doing, "person", &user.name, e))?;
        Ok(())
    }

    pub async fn user(&self, name: &str) -> Result<Option<User>, Error> {
        let read = sqlx::query_as::<_, UserRow>(sql::USER).bind(name);
        let row = read.fetch_optional(&self.reader).await;
        row.map_err(|e| failure("reading a person", e))?.map(UserRow::read).transpose()
    }

    pub async fn users(&self, area: &AreaId) -> Result<Vec<User>, Error> {
        let read = sqlx::query_as::<_, UserRow>(sql::USERS).bind(area.as_str());
        let rows = read.fetch_all(&self.reader).await;
        let rows = rows.map_err(|e| failure("reading the people", e))?;
        rows.into_iter().map(UserRow::read).collect()
    }

    /// A new password also ends the person's sessions.
    pub async fn set_password(&self, name: &str, hash: &str) -> Result<(), Error> {
        let doing = "setting a password";
        let mut tx = self.writer.begin().await.map_err(|e| failure(doing, e))?;
        let set = sqlx::query(sql::SET_PASSWORD).bind(name).bind(hash);
        set.execute(&mut *tx).await.map_err(|e| failure(doing, e))?;
        let end = sqlx::query(sql::END_SESSIONS_OF).bind(name);
        end.execute(&mut *tx).await.map_err(|e| failure(doing, e))?;
        tx.commit().await.map_err(|e| failure(doing, e))
    }

    pub async fn add_session(&self, session: &Session) -> Result<(), Error> {
        let add = sqlx::query(sql::ADD_SESSION)
            .bind(session.token_hash.as_slice())
            .bind(&session.user)
            .bind(session.created_at.ms())
            .bind(session.expires_at.ms());
        add.execute(&self.writer).await.map_err(|e| failure("signing in", e))?;
        Ok(())
    }

    pub async fn session(
        &self,
        token_hash: &Hash,
        now: Timestamp,
    ) -> Result<Option<(Session, User)>, Error> {
        let read = sqlx::query_as::<_, SessionRow>(sql::SESSION);
        let read = read.bind(token_hash.as_slice()).bind(now.ms());
        let row = read.fetch_optional(&self.reader).await;
        let Some(row) = row.map_err(|e| failure("reading a session", e))? else { return Ok(None) };
        let user = self.user(&row.person).await?;
        user.map(|user| row.read().map(|session| (session, user))).transpose()
    }

    pub async fn end_session(&self, token_hash: &Hash) -> Result<(), Error> {
        let end = sqlx::query(sql::END_SESSION).bind(token_hash.as_slice());
        end.execute(&self.writer).await.map_err(|e| failure("signing out", e))?;
        Ok(())
    }

    pub async fn prune_sessions(&self, now: Timestamp) -> Result<(), Error> {
        let prune = sqlx::query(sql::PRUNE_SESSIONS).bind(now.ms());
        prune.execute(&self.writer).await.map_err(|e| failure("ending old sessions", e))?;
        Ok(())
    }
}
