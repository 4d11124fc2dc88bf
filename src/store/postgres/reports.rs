//! What the reports ask of PostgreSQL.

use super::Postgres;
use crate::clock::Timestamp;
use crate::ids::AreaId;
use crate::store::failure::failure;
use crate::store::rows::{AssignmentRow, IncidentRow, report};
use crate::store::{Error, REPORT_ASSIGNMENTS_MAX, ReportIncident, sql};

impl Postgres {
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
        let incidents = incidents.fetch_all(&self.pool).await.map_err(|e| failure(doing, e))?;
        let assignments = sqlx::query_as::<_, AssignmentRow>(sql::REPORT_ASSIGNMENTS)
            .bind(area.as_str())
            .bind(from.ms())
            .bind(to.ms())
            .bind(REPORT_ASSIGNMENTS_MAX);
        let assignments = assignments.fetch_all(&self.pool).await;
        report(incidents, assignments.map_err(|e| failure(doing, e))?)
    }
}
