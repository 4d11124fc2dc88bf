//! Quarantined messages in SQLite.

use super::Sqlite;
use crate::ids::AreaId;
use crate::store::Error;
use crate::store::failure::failure;
use crate::store::quarantine::{ADD, LIST, MAKE_ROOM, QUARANTINED_MAX, Quarantined, Row};

impl Sqlite {
    pub async fn quarantine(&self, area: &AreaId, message: &Quarantined) -> Result<(), Error> {
        let doing = "quarantining a message";
        let mut tx = self.writer.begin().await.map_err(|e| failure(doing, e))?;
        let add = sqlx::query(ADD)
            .bind(area.as_str())
            .bind(message.at.ms())
            .bind(&message.topic)
            .bind(message.size)
            .bind(&message.reason)
            .bind(&message.head);
        add.execute(&mut *tx).await.map_err(|e| failure(doing, e))?;
        let make_room = sqlx::query(MAKE_ROOM).bind(area.as_str()).bind(QUARANTINED_MAX);
        make_room.execute(&mut *tx).await.map_err(|e| failure(doing, e))?;
        tx.commit().await.map_err(|e| failure(doing, e))
    }

    pub async fn quarantined(&self, area: &AreaId) -> Result<Vec<Quarantined>, Error> {
        let read = sqlx::query_as::<_, Row>(LIST).bind(area.as_str()).bind(QUARANTINED_MAX);
        let rows = read.fetch_all(&self.reader).await;
        let rows = rows.map_err(|e| failure("reading quarantined messages", e))?;
        Ok(rows.into_iter().map(Quarantined::read).collect())
    }
}
