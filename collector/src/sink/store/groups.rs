//! What the viewer shows of many views at once: errors by group, and what frustrates.

use super::query::StoreReader;
use rusqlite::{Row, params};
use serde::Serialize;

/// Newest rows that are grouped. A query over them takes 40 ms, over 300,000 nearly 2 s.
const MAX_GROUPED_ROWS: u32 = 10_000;

/// Errors that are one fault: by their fingerprint, or where they have none, by type and message.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorGroup {
    /// Application id.
    pub application_id: String,
    /// What they have in common, if the SDK said so.
    pub fingerprint: Option<String>,
    /// Of the latest.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Of the latest.
    pub message: String,
    /// How often, with those the SDK left out because they repeated one.
    pub count: i64,
    /// In how many views.
    pub view_count: i64,
    /// When the latest was, page clock, ms since the epoch.
    pub last_ms: i64,
}

/// A target of clicks that went wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FrustratingTarget {
    /// Application id.
    pub application_id: String,
    /// Its selector; where there is none, its name.
    pub target: String,
    /// Name of the latest.
    pub name: String,
    /// Clicks that went wrong.
    pub click_count: i64,
    /// Of these, in anger.
    pub rage_click_count: i64,
    /// Of these, on which nothing happened.
    pub dead_click_count: i64,
    /// Of these, on which an error happened.
    pub error_click_count: i64,
    /// In how many views.
    pub view_count: i64,
    /// When the latest was, page clock, ms since the epoch.
    pub last_ms: i64,
}

impl StoreReader {
    /// The groups with the most of the newest errors, of one application or of all.
    pub fn error_groups(
        &self,
        limit: u32,
        application_id: Option<&str>,
    ) -> rusqlite::Result<Vec<ErrorGroup>> {
        // With `max` the bare columns are those of the row it found.
        let sql = "SELECT application_id, fingerprint, type, message, max(at_ms) AS last_ms,
                 count(*) + sum(coalesce(repeats, 0)) AS count, count(DISTINCT view_id) AS view_count
             FROM (SELECT * FROM error WHERE {of_application}
                   ORDER BY received_ms DESC LIMIT ?3)
             GROUP BY application_id, fingerprint,
                 CASE WHEN fingerprint IS NULL THEN type END, CASE WHEN fingerprint IS NULL THEN message END
             ORDER BY count DESC, last_ms DESC LIMIT ?2";
        let group = |row: &Row<'_>| {
            Ok(ErrorGroup {
                application_id: row.get("application_id")?,
                fingerprint: row.get("fingerprint")?,
                kind: row.get("type")?,
                message: row.get("message")?,
                count: row.get("count")?,
                view_count: row.get("view_count")?,
                last_ms: row.get("last_ms")?,
            })
        };
        self.grouped(sql, limit, application_id, group)
    }

    /// The targets with the most of the newest clicks that went wrong, of one application or of all.
    pub fn frustrating_targets(
        &self,
        limit: u32,
        application_id: Option<&str>,
    ) -> rusqlite::Result<Vec<FrustratingTarget>> {
        // The bits are those of `rum_protocol::Frustration`.
        let sql = "SELECT application_id, coalesce(selector, name) AS target, name, max(at_ms) AS last_ms,
                 count(*) AS clicks,
                 sum((frustrations & 1) > 0) AS rage, sum((frustrations & 2) > 0) AS dead,
                 sum((frustrations & 4) > 0) AS error, count(DISTINCT view_id) AS view_count
             FROM (SELECT * FROM action WHERE frustrations > 0 AND {of_application}
                   ORDER BY received_ms DESC LIMIT ?3)
             GROUP BY application_id, target
             ORDER BY clicks DESC, last_ms DESC LIMIT ?2";
        let target = |row: &Row<'_>| {
            Ok(FrustratingTarget {
                application_id: row.get("application_id")?,
                target: row.get("target")?,
                name: row.get("name")?,
                click_count: row.get("clicks")?,
                rage_click_count: row.get("rage")?,
                dead_click_count: row.get("dead")?,
                error_click_count: row.get("error")?,
                view_count: row.get("view_count")?,
                last_ms: row.get("last_ms")?,
            })
        };
        self.grouped(sql, limit, application_id, target)
    }

    fn grouped<T>(
        &self,
        sql: &str,
        limit: u32,
        application_id: Option<&str>,
        of_row: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        // One condition for both would find the rows of an application by looking at those of all.
        let of_application = if application_id.is_some() { "application_id = ?1" } else { "?1 IS NULL" };
        let connection = self.connection();
        let mut statement = connection.prepare_cached(&sql.replace("{of_application}", of_application))?;
        let rows = statement.query_map(params![application_id, limit, MAX_GROUPED_ROWS], of_row)?;
        rows.collect()
    }
}
