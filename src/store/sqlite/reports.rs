//! What the reports ask of SQLite.

use super::Sqlite;
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::roads::learned::Trip;
use crate::store::failure::failure;
use crate::store::reports::{
    ASSIGNMENTS_MAX, AssignmentRow, DUTY_CHANGES_MAX, DutyRow, IncidentRow, OfferRow, joined,
};
use crate::store::trips::{self, TRIPS_MAX, TripRow};
use crate::store::{DutyChange, Error, ReportIncident, ReportOffer, sql};

impl Sqlite {
    pub async fn report_incidents(
        &self,
        area: &AreaId,
        from: Timestamp,
        to: Timestamp,
        limit: u32,
    ) -> Result<Vec<ReportIncident>, Error> {
        let doing = "reading response times";
        let incidents = sqlx::query_as::<_, IncidentRow>(sql::REPORT_INCIDENTS)
            .bind(area.as_str())
            .bind(from.ms())
            .bind(to.ms())
            .bind(i64::from(limit));
        let incidents = incidents.fetch_all(&self.reader).await.map_err(|e| failure(doing, e))?;
        let assignments = sqlx::query_as::<_, AssignmentRow>(sql::REPORT_ASSIGNMENTS)
            .bind(area.as_str())
            .bind(from.ms())
            .bind(to.ms())
            .bind(ASSIGNMENTS_MAX);
        let assignments = assignments.fetch_all(&self.reader).await;
        joined(incidents, assignments.map_err(|e| failure(doing, e))?)
    }

    pub async fn report_offers(
        &self,
        area: &AreaId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<ReportOffer>, Error> {
        let read = sqlx::query_as::<_, OfferRow>(sql::REPORT_OFFERS)
            .bind(area.as_str())
            .bind(from.ms())
            .bind(to.ms())
            .bind(ASSIGNMENTS_MAX);
        let rows =
            read.fetch_all(&self.reader).await.map_err(|e| failure("reading refusals", e))?;
        rows.into_iter().map(OfferRow::read).collect()
    }

    pub async fn report_duty(
        &self,
        area: &AreaId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<DutyChange>, Error> {
        let read = sqlx::query_as::<_, DutyRow>(sql::REPORT_DUTY)
            .bind(area.as_str())
            .bind(from.ms())
            .bind(to.ms())
            .bind(DUTY_CHANGES_MAX);
        let rows = read.fetch_all(&self.reader).await.map_err(|e| failure("reading duty", e))?;
        rows.into_iter().map(DutyRow::read).collect()
    }

    pub async fn trips(&self, area: &AreaId, since: Timestamp) -> Result<Vec<Trip>, Error> {
        let read = sqlx::query_as::<_, TripRow>(sql::TRIPS)
            .bind(area.as_str())
            .bind(since.ms())
            .bind(TRIPS_MAX);
        let rows = read.fetch_all(&self.reader).await.map_err(|e| failure("reading trips", e))?;
        trips::read(rows)
    }
}
