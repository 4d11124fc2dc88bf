//! The log, its projections and personal data in PostgreSQL.

use sqlx::PgConnection;
use uuid::Uuid;

use super::Postgres;
use crate::chain::{Entry, Hash};
use crate::clock::Timestamp;
use crate::ids::{AreaId, CommandId, IncidentId};
use crate::store::failure::{failure, not_added, not_assigned, taken};
use crate::store::projection::{Change, change, subjects};
use crate::store::rows::{EarlierCallRow, EntryRow, HeadRow, PrivateRow, word};
use crate::store::{COMMANDS_MAX, ENTRIES_PAGE_MAX, EarlierCall, Error, PrivateRecord, sql};

const WRITING: &str = "writing the log";
const READING: &str = "reading the log";

/// One statement for a batch. An event of an assignment stands under the incident and the unit of
/// that assignment.
const ADD_EVENTS: &str = "insert into event (area, seq, at, device_at, actor, command, kind, \
    incident, assignment, unit, body, private_id, private_digest, prev_hash, hash) \
    select $1, e.seq, e.at, e.device_at, e.actor, e.command, e.kind, \
    coalesce(e.incident, a.incident), e.assignment, coalesce(e.unit, a.unit), \
    e.body, e.private_id, e.private_digest, e.prev_hash, e.hash \
    from unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::uuid[], $7::text[], \
    $8::uuid[], $9::uuid[], $10::text[], $11::text[], $12::uuid[], $13::bytea[], $14::bytea[], \
    $15::bytea[]) as e (seq, at, device_at, actor, command, kind, incident, assignment, unit, \
    body, private_id, private_digest, prev_hash, hash) \
    left join assignment a on a.area = $1 and a.id = e.assignment";

impl Postgres {
    /// Writes entries, personal data and projections in one transaction that is on the disk when
    /// this returns.
    pub async fn append(
        &self,
        area: &AreaId,
        entries: &[Entry],
        records: &[PrivateRecord],
    ) -> Result<(), Error> {
        let tx = self.pool.begin().await;
        let mut tx = tx.map_err(|e| failure(WRITING, e))?;
        // Entries first: a batch that is too late is told so, whatever else is wrong with it.
        add_entries(&mut tx, area, entries).await?;
        for change in entries.iter().filter_map(change) {
            project(&mut tx, area, &change).await?;
        }
        for record in records {
            let add = sqlx::query(sql::ADD_PRIVATE)
                .bind(record.id)
                .bind(area.as_str())
                .bind(record.incident.uuid())
                .bind(record.salt.as_slice())
                .bind(&record.body)
                .bind(record.at.ms())
                .bind(&record.phone);
            add.execute(&mut *tx).await.map_err(|e| failure(WRITING, e))?;
        }
        tx.commit().await.map_err(|e| failure(WRITING, e))
    }

    pub async fn entries(
        &self,
        area: &AreaId,
        after_seq: u64,
        limit: u32,
    ) -> Result<Vec<Entry>, Error> {
        let read = sqlx::query_as::<_, EntryRow>(sql::ENTRIES)
            .bind(area.as_str())
            .bind(i64::try_from(after_seq).unwrap_or(i64::MAX))
            .bind(i64::from(limit.min(ENTRIES_PAGE_MAX)));
        let rows = read.fetch_all(&self.pool).await.map_err(|e| failure(READING, e))?;
        rows.into_iter().map(EntryRow::read).collect()
    }

    pub async fn head(&self, area: &AreaId) -> Result<Option<(u64, Hash)>, Error> {
        let read = sqlx::query_as::<_, HeadRow>(sql::HEAD).bind(area.as_str());
        let row = read.fetch_optional(&self.pool).await.map_err(|e| failure(READING, e))?;
        row.map(HeadRow::read).transpose()
    }

    pub async fn incident_entries(
        &self,
        area: &AreaId,
        incident: IncidentId,
    ) -> Result<Vec<Entry>, Error> {
        self.entries_where(sql::INCIDENT_ENTRIES, area, incident.uuid()).await
    }

    pub async fn command_entries(
        &self,
        area: &AreaId,
        command: CommandId,
    ) -> Result<Vec<Entry>, Error> {
        self.entries_where(sql::COMMAND_ENTRIES, area, command.uuid()).await
    }

    /// The commands whose entries were written since, oldest first.
    pub async fn commands_since(
        &self,
        area: &AreaId,
        since: Timestamp,
    ) -> Result<Vec<CommandId>, Error> {
        let read = sqlx::query_scalar::<_, Uuid>(sql::COMMANDS_SINCE)
            .bind(area.as_str())
            .bind(since.ms())
            .bind(COMMANDS_MAX);
        let ids = read.fetch_all(&self.pool).await.map_err(|e| failure(READING, e))?;
        Ok(ids.into_iter().map(CommandId::from_uuid).collect())
    }

    async fn entries_where(
        &self,
        statement: &'static str,
        area: &AreaId,
        id: Uuid,
    ) -> Result<Vec<Entry>, Error> {
        let read = sqlx::query_as::<_, EntryRow>(statement)
            .bind(area.as_str())
            .bind(id)
            .bind(i64::from(ENTRIES_PAGE_MAX));
        let rows = read.fetch_all(&self.pool).await.map_err(|e| failure(READING, e))?;
        rows.into_iter().map(EntryRow::read).collect()
    }

    pub async fn private_of(
        &self,
        area: &AreaId,
        incidents: &[IncidentId],
    ) -> Result<Vec<PrivateRecord>, Error> {
        let mut records = Vec::new();
        for incident in incidents {
            let read = sqlx::query_as::<_, PrivateRow>(sql::PRIVATE_OF);
            let read = read.bind(area.as_str()).bind(incident.uuid());
            let rows = read.fetch_all(&self.pool).await.map_err(|e| failure(READING, e))?;
            for row in rows {
                records.push(row.read()?);
            }
        }
        Ok(records)
    }

    pub async fn earlier_calls(
        &self,
        area: &AreaId,
        phone: &str,
        limit: u32,
    ) -> Result<Vec<EarlierCall>, Error> {
        let read = sqlx::query_as::<_, EarlierCallRow>(sql::EARLIER_CALLS)
            .bind(area.as_str())
            .bind(phone)
            .bind(i64::from(limit));
        let rows = read.fetch_all(&self.pool).await.map_err(|e| failure(READING, e))?;
        rows.into_iter().map(EarlierCallRow::read).collect()
    }

    pub async fn erase_private(&self, area: &AreaId, incident: IncidentId) -> Result<(), Error> {
        let doing = "erasing personal data";
        let mut tx = self.pool.begin().await.map_err(|e| failure(doing, e))?;
        let erase = sqlx::query(sql::ERASE_PRIVATE)
            .bind(area.as_str())
            .bind(incident.uuid())
            .bind([0_u8; 16].as_slice());
        erase.execute(&mut *tx).await.map_err(|e| failure(doing, e))?;
        let erase = sqlx::query(sql::ERASE_POSITION).bind(area.as_str()).bind(incident.uuid());
        erase.execute(&mut *tx).await.map_err(|e| failure(doing, e))?;
        tx.commit().await.map_err(|e| failure(doing, e))
    }
}

async fn add_entries(tx: &mut PgConnection, area: &AreaId, entries: &[Entry]) -> Result<(), Error> {
    fn column<T, U>(items: &[T], value: impl Fn(&T) -> U) -> Vec<U> {
        items.iter().map(value).collect()
    }
    let about = subjects(entries);
    let add = sqlx::query(ADD_EVENTS)
        .bind(area.as_str())
        .bind(column(entries, |entry| i64::try_from(entry.seq).unwrap_or(i64::MAX)))
        .bind(column(entries, |entry| entry.at.ms()))
        .bind(column(entries, |entry| entry.device_at.map(Timestamp::ms)))
        .bind(column(entries, |entry| entry.actor.clone()))
        .bind(column(entries, |entry| entry.command.uuid()))
        .bind(column(entries, |entry| entry.event.kind()))
        .bind(column(&about, |about| about.incident))
        .bind(column(&about, |about| about.assignment))
        .bind(column(&about, |about| about.unit.map(str::to_owned)))
        .bind(column(entries, |entry| entry.body.clone()))
        .bind(column(entries, |entry| entry.private.map(|private| private.id)))
        .bind(column(entries, |entry| entry.private.map(|private| private.digest.to_vec())))
        .bind(column(entries, |entry| entry.prev_hash.to_vec()))
        .bind(column(entries, |entry| entry.hash.to_vec()));
    add.execute(tx).await.map_err(|e| not_added(WRITING, area, entries.first(), e))?;
    Ok(())
}

async fn project(tx: &mut PgConnection, area: &AreaId, change: &Change<'_>) -> Result<(), Error> {
    let done = statement(area.as_str(), change).execute(tx).await;
    done.map_err(|error| match *change {
        Change::AddAssignment { unit, assignment, .. } => {
            not_assigned(WRITING, unit, &assignment.to_string(), error)
        }
        Change::AddIncident { incident, .. } => {
            taken(WRITING, "incident", &incident.to_string(), error)
        }
        Change::AttachCall { .. }
        | Change::SetPriority { .. }
        | Change::SetCategory { .. }
        | Change::SetNeeds { .. }
        | Change::Merge { .. }
        | Change::Reopen { .. }
        | Change::PlaceIncident { .. }
        | Change::EndIncident { .. }
        | Change::AddAid { .. }
        | Change::Deliver { .. }
        | Change::TakeStep { .. }
        | Change::UndoStep { .. }
        | Change::CorrectStep { .. }
        | Change::Drop { .. } => failure(WRITING, error),
    })?;
    Ok(())
}

fn statement<'q>(
    area: &'q str,
    change: &Change<'q>,
) -> sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments> {
    match *change {
        Change::AddAid { aid, incident, ref unit, at } => sqlx::query(sql::ADD_AID)
            .bind(area)
            .bind(aid)
            .bind(incident)
            .bind(unit.clone())
            .bind(at),
        Change::AddIncident { .. } => add_incident(area, change),
        Change::AttachCall { incident, received_at } => {
            sqlx::query(sql::ATTACH_CALL).bind(area).bind(incident).bind(received_at)
        }
        Change::SetPriority { incident, priority } => {
            sqlx::query(sql::SET_PRIORITY).bind(area).bind(incident).bind(word(&priority))
        }
        Change::SetCategory { incident, category } => {
            sqlx::query(sql::SET_CATEGORY).bind(area).bind(incident).bind(word(&category))
        }
        Change::SetNeeds { incident, ref needs } => {
            sqlx::query(sql::SET_NEEDS).bind(area).bind(incident).bind(needs.clone())
        }
        Change::Merge { incident, into } => {
            sqlx::query(sql::MERGE_INCIDENT).bind(area).bind(incident).bind(into)
        }
        Change::Reopen { incident } => sqlx::query(sql::REOPEN_INCIDENT).bind(area).bind(incident),
        Change::PlaceIncident { incident, village } => {
            sqlx::query(sql::PLACE_INCIDENT).bind(area).bind(incident).bind(village)
        }
        Change::EndIncident { incident, disposition, at } => {
            let disposition = word(&disposition);
            sqlx::query(sql::END_INCIDENT).bind(area).bind(incident).bind(disposition).bind(at)
        }
        Change::AddAssignment { assignment, incident, unit, at, referral, ref abilities } => {
            let add = sqlx::query(sql::ADD_ASSIGNMENT).bind(area).bind(assignment);
            let add = add.bind(incident).bind(unit).bind(at).bind(i32::from(referral));
            add.bind(abilities.clone())
        }
        Change::Deliver { assignment, at } => {
            sqlx::query(sql::DELIVER_ASSIGNMENT).bind(area).bind(assignment).bind(at)
        }
        Change::TakeStep { assignment, step, at } => {
            sqlx::query(sql::take_step(step)).bind(area).bind(assignment).bind(at)
        }
        Change::UndoStep { assignment, step, state } => {
            sqlx::query(sql::undo_step(step)).bind(area).bind(assignment).bind(state)
        }
        Change::CorrectStep { assignment, step, at } => {
            sqlx::query(sql::correct_step(step)).bind(area).bind(assignment).bind(at)
        }
        Change::Drop { assignment, state, at } => {
            sqlx::query(sql::DROP_ASSIGNMENT).bind(area).bind(assignment).bind(state).bind(at)
        }
    }
}

/// The statement for a new incident; does nothing for any other change.
fn add_incident<'q>(
    area: &'q str,
    change: &Change<'q>,
) -> sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments> {
    let Change::AddIncident {
        incident,
        case_number,
        received_at,
        created_at,
        priority,
        category,
        village,
        drill,
        neighbour,
    } = *change
    else {
        return sqlx::query("select 1");
    };
    sqlx::query(sql::ADD_INCIDENT)
        .bind(area)
        .bind(incident)
        .bind(case_number)
        .bind(received_at)
        .bind(created_at)
        .bind(word(&priority))
        .bind(word(&category))
        .bind(village)
        .bind(i32::from(drill))
        .bind(i32::from(neighbour))
}
