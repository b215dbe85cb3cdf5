//! What the player asks the store: which sessions were recorded, what one of them consists of, and segments.

use super::query::StoreReader;
use crate::sink::datadog::rum;
use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

/// Most segments told of one session. In the four hours that a session may last come 2,880, one every 5 s, and one more
/// with each view.
const MAX_SEGMENTS: u32 = 10_000;

/// Most views of one session whose markers are told.
const MAX_VIEWS: u32 = 1_000;

/// Most errors and most actions of one view among the markers. More could not be told apart on a bar.
const MAX_MARKERS_OF_VIEW: u32 = 500;

/// A recorded session; times are page clock, ms since the epoch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordingRow {
    /// Session id.
    pub session_id: String,
    /// Application id.
    pub application_id: String,
    /// Of the first record.
    pub start_ms: i64,
    /// Of the last record.
    pub end_ms: i64,
    /// How many were recorded.
    pub views: i64,
    /// How many there are.
    pub segments: i64,
    /// Size of the segments, deflated.
    pub bytes: i64,
}

/// What a recorded session consists of, all in order of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Recording {
    /// Application id.
    pub application_id: String,
    /// Those that were recorded.
    pub views: Vec<RecordedView>,
    /// All of them.
    pub segments: Vec<SegmentRow>,
    /// What happened in these views.
    pub markers: Vec<Marker>,
}

/// A recorded view.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordedView {
    /// View id.
    pub id: String,
    /// As the SDK sent it; empty where nothing of the view but its recording arrived.
    pub url: String,
    /// When it began, or its recording if that is all that is known.
    pub start_ms: i64,
    /// When it was last heard of.
    pub end_ms: i64,
}

/// A segment without its records.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentRow {
    /// By which it is asked for.
    pub id: String,
    /// View id.
    pub view_id: String,
    /// Its number in the view, from 0.
    pub index_in_view: i64,
    /// Of its first record.
    pub start_ms: i64,
    /// Of its last record.
    pub end_ms: i64,
    /// How many.
    pub records: i64,
    /// Whether playing can begin with it.
    pub has_full_snapshot: bool,
    /// Deflated.
    pub bytes: i64,
}

/// Something worth looking at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Marker {
    /// Page clock.
    pub at_ms: i64,
    /// `error`, `action`, `frustration` or `view`.
    pub kind: &'static str,
    /// A message, the name of a target, or a URL.
    pub text: String,
}

impl StoreReader {
    /// The sessions whose recordings began to arrive last, of one application or of all.
    pub fn recordings(
        &self,
        limit: u32,
        application_id: Option<&str>,
    ) -> rusqlite::Result<Vec<RecordingRow>> {
        // One condition for both would find the rows of an application by looking at those of all.
        let of_application = if application_id.is_some() { "application_id = ?1" } else { "?1 IS NULL" };
        let sql = format!(
            "SELECT *, (SELECT count(DISTINCT view_id) FROM replay_segment AS segment
                  WHERE segment.session_id = session.id AND segment.application_id = session.application_id
                 ) AS views
             FROM replay_session AS session WHERE {of_application} ORDER BY received_ms DESC LIMIT ?2"
        );
        let row = |row: &Row<'_>| {
            Ok(RecordingRow {
                session_id: row.get("id")?,
                application_id: row.get("application_id")?,
                start_ms: row.get("start_ms")?,
                end_ms: row.get("end_ms")?,
                views: row.get("views")?,
                segments: row.get("segments")?,
                bytes: row.get("size_bytes")?,
            })
        };
        self.connection().prepare_cached(&sql)?.query_map(params![application_id, limit], row)?.collect()
    }

    /// What this session consists of; `None` if none of it is here. Ids are made up by pages: where two applications
    /// have the same, the application says which.
    pub fn recording(
        &self,
        session_id: &str,
        application_id: Option<&str>,
    ) -> rusqlite::Result<Option<Recording>> {
        let mut connection = self.connection();
        // One transaction, so that all of it is of the same moment.
        let transaction = connection.transaction()?;
        let application_id: Option<String> = transaction
            .prepare_cached(
                "SELECT application_id FROM replay_segment
                 WHERE session_id = ?1 AND (?2 IS NULL OR application_id = ?2) LIMIT 1",
            )?
            .query_row(params![session_id, application_id], |row| row.get(0))
            .optional()?;
        let Some(application_id) = application_id else { return Ok(None) };
        let segments = segments(&transaction, &application_id, session_id)?;
        let mut recording = Recording { application_id, views: Vec::new(), segments, markers: Vec::new() };
        for recorded in recorded_views(&transaction, &recording.application_id, session_id)? {
            let view = known_view(&transaction, &recording.application_id, recorded, &mut recording.markers)?;
            happenings(&transaction, &recording.application_id, &view.id, &mut recording.markers)?;
            recording.views.push(view);
        }
        recording.views.sort_by_key(|view| view.start_ms);
        recording.markers.sort_by_key(|marker| marker.at_ms);
        Ok(Some(recording))
    }

    /// The JSON of a segment, a zlib stream.
    pub fn replay_segment(
        &self,
        id: &str,
        application_id: Option<&str>,
    ) -> rusqlite::Result<Option<Vec<u8>>> {
        self.connection()
            .prepare_cached(
                "SELECT json FROM replay_segment WHERE id = ?1 AND (?2 IS NULL OR application_id = ?2)
                 ORDER BY received_ms LIMIT 1",
            )?
            .query_row(params![id, application_id], |row| row.get(0))
            .optional()
    }
}

fn segments(
    connection: &Connection,
    application_id: &str,
    session_id: &str,
) -> rusqlite::Result<Vec<SegmentRow>> {
    let row = |row: &Row<'_>| {
        Ok(SegmentRow {
            id: row.get("id")?,
            view_id: row.get("view_id")?,
            index_in_view: row.get("index_in_view")?,
            start_ms: row.get("start_ms")?,
            end_ms: row.get("end_ms")?,
            records: row.get("records")?,
            has_full_snapshot: row.get("has_full_snapshot")?,
            bytes: row.get("size_bytes")?,
        })
    };
    connection
        .prepare_cached(
            "SELECT id, view_id, index_in_view, start_ms, end_ms, records, has_full_snapshot, size_bytes
             FROM replay_segment WHERE session_id = ? AND application_id = ?
             ORDER BY start_ms, index_in_view LIMIT ?",
        )?
        .query_map(params![session_id, application_id, MAX_SEGMENTS], row)?
        .collect()
}

/// The recorded views, as their segments tell them.
fn recorded_views(
    connection: &Connection,
    application_id: &str,
    session_id: &str,
) -> rusqlite::Result<Vec<RecordedView>> {
    let row = |row: &Row<'_>| {
        Ok(RecordedView {
            id: row.get("view_id")?,
            url: String::new(),
            start_ms: row.get("start_ms")?,
            end_ms: row.get("end_ms")?,
        })
    };
    connection
        .prepare_cached(
            "SELECT view_id, min(start_ms) AS start_ms, max(end_ms) AS end_ms FROM replay_segment
             WHERE session_id = ? AND application_id = ? GROUP BY view_id ORDER BY 2 LIMIT ?",
        )?
        .query_map(params![session_id, application_id, MAX_VIEWS], row)?
        .collect()
}

/// With what its RUM events tell, and its marker.
fn known_view(
    connection: &Connection,
    application_id: &str,
    recorded: RecordedView,
    markers: &mut Vec<Marker>,
) -> rusqlite::Result<RecordedView> {
    let known = connection
        .prepare_cached(
            "SELECT url, name, started_ms, coalesce(time_spent_us, 0) / 1000 AS time_spent_ms FROM view
             WHERE application_id = ? AND id = ?",
        )?
        .query_row(params![application_id, recorded.id], |row| {
            let started_ms: i64 = row.get("started_ms")?;
            let end_ms = started_ms.saturating_add(row.get("time_spent_ms")?).max(recorded.end_ms);
            let (url, name): (String, Option<String>) = (row.get("url")?, row.get("name")?);
            Ok((RecordedView { id: recorded.id.clone(), url, start_ms: started_ms, end_ms }, name))
        })
        .optional()?;
    let (view, name) = known.unwrap_or((recorded, None));
    let text = name.unwrap_or_else(|| view.url.clone());
    markers.push(Marker { at_ms: view.start_ms, kind: "view", text });
    Ok(view)
}

fn happenings(
    connection: &Connection,
    application_id: &str,
    view_id: &str,
    markers: &mut Vec<Marker>,
) -> rusqlite::Result<()> {
    let of_view = params![application_id, view_id, MAX_MARKERS_OF_VIEW];
    let actions = |row: &Row<'_>| {
        let (name, frustrations): (String, Option<u32>) = (row.get("name")?, row.get("frustrations")?);
        let words = rum::action::frustrations(frustrations.unwrap_or(0));
        let (kind, text) = if words.is_empty() {
            ("action", name)
        } else {
            ("frustration", format!("{}: {name}", words.join(", ")))
        };
        Ok(Marker { at_ms: row.get("at_ms")?, kind, text })
    };
    let errors = |row: &Row<'_>| {
        let (kind, message): (Option<String>, String) = (row.get("type")?, row.get("message")?);
        let text = kind.map_or_else(|| message.clone(), |kind| format!("{kind}: {message}"));
        Ok(Marker { at_ms: row.get("at_ms")?, kind: "error", text })
    };
    let mut statement = connection.prepare_cached(
        "SELECT at_ms, name, frustrations FROM action WHERE application_id = ? AND view_id = ?
         ORDER BY at_ms LIMIT ?",
    )?;
    for marker in statement.query_map(of_view, actions)? {
        markers.push(marker?);
    }
    let mut statement = connection.prepare_cached(
        "SELECT at_ms, type, message FROM error WHERE application_id = ? AND view_id = ?
         ORDER BY at_ms LIMIT ?",
    )?;
    for marker in statement.query_map(of_view, errors)? {
        markers.push(marker?);
    }
    Ok(())
}
