//! What the viewer asks the store.

use super::{StoreError, schema};
use crate::sink::datadog::rum;
use rusqlite::{Connection, Row, params};
use serde::Serialize;
use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Most actions and errors shown of one view; its counts tell of more.
const MAX_CHILDREN: u32 = 100;

/// A connection for queries.
pub struct StoreReader(Mutex<Connection>);

/// A view as the viewer's API gives it; times are ms.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ViewRow {
    /// View id.
    pub id: String,
    /// Application id.
    pub application_id: String,
    /// Session id.
    pub session_id: String,
    /// As the SDK sent it.
    pub url: String,
    /// Given by the application.
    pub name: Option<String>,
    /// Datadog's word for how the view began.
    pub loading_type: Option<String>,
    /// Page clock, ms since the epoch.
    pub started_ms: i64,
    /// Whether more is to come; `true` while nothing else is known.
    pub is_active: bool,
    /// Time since the view began.
    pub time_spent_ms: Option<f64>,
    /// As the SDK counted.
    pub action_count: i64,
    /// As the SDK counted.
    pub error_count: i64,
    /// As the SDK counted.
    pub resource_count: i64,
    /// As the SDK counted.
    pub long_task_count: i64,
    /// Rage, dead and error clicks, as the SDK counted.
    pub frustration_count: i64,
    /// Until the page was quiet.
    pub loading_time_ms: Option<f64>,
    /// `rum-wasm` or `datadog`.
    pub client: String,
    /// The five Core Web Vitals.
    pub vitals: Vitals,
    /// In order of time.
    pub actions: Vec<ActionRow>,
    /// In order of time.
    pub errors: Vec<ErrorRow>,
    /// What the application measured, in order of time.
    pub custom_vitals: Vec<VitalRow>,
}

/// The five Core Web Vitals of a view; absent ones were not measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[allow(missing_docs)] // The names are the vitals' own.
pub struct Vitals {
    pub lcp_ms: Option<f64>,
    pub fcp_ms: Option<f64>,
    pub ttfb_ms: Option<f64>,
    pub cls: Option<f64>,
    pub inp_ms: Option<f64>,
}

/// An action of a view.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ActionRow {
    /// Action id.
    pub id: String,
    /// Page clock, ms since the epoch.
    pub at_ms: i64,
    /// `click`, `custom` or a later kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name of the target.
    pub name: String,
    /// Of the target.
    pub selector: Option<String>,
    /// Datadog's words for what went wrong.
    pub frustrations: Vec<&'static str>,
}

/// An error event of a view.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ErrorRow {
    /// Error id.
    pub id: String,
    /// Page clock, ms since the epoch.
    pub at_ms: i64,
    /// Such as `TypeError`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The message.
    pub message: String,
    /// `source`, `custom` or another of Datadog's sources.
    pub source: String,
    /// What the error is grouped by, if the SDK said so.
    pub fingerprint: Option<String>,
    /// How often it came again without being sent.
    pub repeats: i64,
}

/// A vital of a view.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VitalRow {
    /// Vital id.
    pub id: String,
    /// Page clock, ms since the epoch.
    pub at_ms: i64,
    /// `duration`, `operation_step` or a later kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Given by the application.
    pub name: String,
    /// Of a duration.
    pub duration_ms: Option<f64>,
    /// Of a step of an operation.
    pub step_type: Option<String>,
    /// Of a last step that failed.
    pub failure_reason: Option<String>,
}

impl StoreReader {
    /// Opens the store beside its writer, which must have made the tables.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Ok(Self(Mutex::new(schema::open_for_reading(path)?)))
    }

    /// The newest views, of one application or of all.
    pub fn views(&self, limit: u32, application_id: Option<&str>) -> rusqlite::Result<Vec<ViewRow>> {
        let mut connection = self.connection();
        // One transaction, so that a view and its children are of the same moment.
        let transaction = connection.transaction()?;
        let mut views = transaction
            .prepare_cached(
                "SELECT * FROM view WHERE ?1 IS NULL OR application_id = ?1
                 ORDER BY received_ms DESC, started_ms DESC LIMIT ?2",
            )?
            .query_map(params![application_id, limit], view)?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        for view in &mut views {
            let of_view = params![view.application_id, view.id, MAX_CHILDREN];
            view.actions = transaction
                .prepare_cached(
                    "SELECT * FROM action WHERE application_id = ? AND view_id = ? ORDER BY at_ms LIMIT ?",
                )?
                .query_map(of_view, action)?
                .collect::<rusqlite::Result<_>>()?;
            view.errors = transaction
                .prepare_cached(
                    "SELECT * FROM error WHERE application_id = ? AND view_id = ? ORDER BY at_ms LIMIT ?",
                )?
                .query_map(of_view, error)?
                .collect::<rusqlite::Result<_>>()?;
            view.custom_vitals = transaction
                .prepare_cached(
                    "SELECT * FROM vital WHERE application_id = ? AND view_id = ? ORDER BY at_ms LIMIT ?",
                )?
                .query_map(of_view, vital)?
                .collect::<rusqlite::Result<_>>()?;
        }
        Ok(views)
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn view(row: &Row<'_>) -> rusqlite::Result<ViewRow> {
    let ms =
        |name: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(name)?.map(|us| us as f64 / 1_000.0));
    let count = |name: &str| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(name)?.unwrap_or(0));
    Ok(ViewRow {
        id: row.get("id")?,
        application_id: row.get("application_id")?,
        session_id: row.get("session_id")?,
        url: row.get("url")?,
        name: row.get("name")?,
        loading_type: row.get("loading_type")?,
        started_ms: row.get("started_ms")?,
        is_active: row.get::<_, Option<bool>>("is_active")?.unwrap_or(true),
        time_spent_ms: ms("time_spent_us")?,
        action_count: count("action_count")?,
        error_count: count("error_count")?,
        resource_count: count("resource_count")?,
        long_task_count: count("long_task_count")?,
        frustration_count: count("frustration_count")?,
        loading_time_ms: ms("loading_time_us")?,
        client: row.get("client")?,
        vitals: Vitals {
            lcp_ms: ms("lcp_us")?,
            fcp_ms: ms("fcp_us")?,
            ttfb_ms: ms("ttfb_us")?,
            cls: row.get("cls")?,
            inp_ms: ms("inp_us")?,
        },
        actions: Vec::new(),
        errors: Vec::new(),
        custom_vitals: Vec::new(),
    })
}

fn action(row: &Row<'_>) -> rusqlite::Result<ActionRow> {
    Ok(ActionRow {
        id: row.get("id")?,
        at_ms: row.get("at_ms")?,
        kind: row.get("type")?,
        name: row.get("name")?,
        selector: row.get("selector")?,
        frustrations: rum::action::frustrations(row.get::<_, Option<u32>>("frustrations")?.unwrap_or(0)),
    })
}

fn error(row: &Row<'_>) -> rusqlite::Result<ErrorRow> {
    Ok(ErrorRow {
        id: row.get("id")?,
        at_ms: row.get("at_ms")?,
        kind: row.get("type")?,
        message: row.get("message")?,
        source: row.get("source")?,
        fingerprint: row.get("fingerprint")?,
        repeats: row.get::<_, Option<i64>>("repeats")?.unwrap_or(0),
    })
}

fn vital(row: &Row<'_>) -> rusqlite::Result<VitalRow> {
    Ok(VitalRow {
        id: row.get("id")?,
        at_ms: row.get("at_ms")?,
        kind: row.get("type")?,
        name: row.get("name")?,
        duration_ms: row.get::<_, Option<i64>>("duration_us")?.map(|us| us as f64 / 1_000.0),
        step_type: row.get("step_type")?,
        failure_reason: row.get("failure_reason")?,
    })
}
