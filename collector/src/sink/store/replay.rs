//! Recordings: segments of our SDK and of the official one, both as JSON, deflated.
//!
//! A segment that comes again changes nothing, unless it holds more: a page that is left may send what it has of a
//! segment while all of it is under way. Sessions go whole, since what comes after a missing segment cannot be shown.

use crate::intake::decode;
use crate::intake::multipart::Multipart;
use crate::journal::{Content, Entry, Sequence};
use crate::sink::datadog::replay::{self, Dialect};
use crate::sink::{Refusal, plain_body, read_segment, unreadable};
use bytes::Bytes;
use rum_protocol::replay::{Record, RecordKind};
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde::Deserialize;

/// Sessions deleted in one transaction, so that deliveries wait for milliseconds: one may have some thousand segments.
const DELETED_AT_ONCE: u32 = 16;

/// Longest id that is stored (bytes): a UUID has 36.
const MAX_ID_BYTES: usize = 64;

/// A segment as it is stored.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SegmentChange {
    pub(super) application_id: String,
    pub(super) session_id: String,
    pub(super) view_id: String,
    pub(super) id: String,
    pub(super) index_in_view: u32,
    pub(super) start_ms: u64,
    pub(super) end_ms: u64,
    pub(super) received_ms: u64,
    pub(super) records: u64,
    pub(super) has_full_snapshot: bool,
    /// A zlib stream.
    pub(super) json: Bytes,
}

/// How the official SDK describes a segment. Numbers are read as `f64`: JavaScript has no other kind.
#[derive(Deserialize)]
struct Described {
    session: Identified,
    view: Identified,
    start: f64,
    end: f64,
    records_count: f64,
    #[serde(default)]
    has_full_snapshot: bool,
    #[serde(default)]
    index_in_view: f64,
}

#[derive(Deserialize)]
struct Identified {
    id: String,
}

/// The segment of an entry of ours.
pub(super) fn of_ours(entry: &Entry) -> Result<SegmentChange, Refusal> {
    let segment = read_segment(entry)?;
    let json = replay::segment_json(&segment, Dialect::Viewer);
    let (head, records) = (&segment.head, &segment.records);
    let is_snapshot = |record: &Record| matches!(record.kind, RecordKind::FullSnapshot(_));
    Ok(SegmentChange {
        application_id: entry.header.application_id.clone(),
        session_id: head.session_id.to_text(),
        view_id: head.view_id.to_text(),
        id: head.id.to_text(),
        index_in_view: head.index_in_view,
        // The order of records is that in which they were taken, not that of their times.
        start_ms: records.iter().map(|record| record.at_ms).min().unwrap_or(head.start_ms),
        end_ms: records.iter().map(|record| record.at_ms).max().unwrap_or(head.start_ms),
        received_ms: entry.header.received_ms,
        records: records.len() as u64,
        has_full_snapshot: records.iter().any(is_snapshot),
        json: decode::deflate(&json).map_err(unreadable)?.into(),
    })
}

/// The segment in a body of parts; `None` if it is described as none, or badly.
pub(super) fn of_parts(sequence: Sequence, entry: &Entry) -> Result<Option<SegmentChange>, Refusal> {
    let Content::Datadog { content_type: Some(content_type), .. } = &entry.header.content else {
        return Ok(None);
    };
    let multipart = Multipart::read_at_once(content_type, plain_body(entry)?)
        .map_err(|refusal| unreadable(refusal.reason))?;
    let part = |name: &str| multipart.parts.iter().find(|part| part.name == name);
    let (Some(segment), Some(event)) = (part("segment"), part("event")) else { return Ok(None) };
    let Ok(described) = serde_json::from_slice::<Described>(&event.bytes) else { return Ok(None) };
    if [&described.session.id, &described.view.id].iter().any(|id| id.len() > MAX_ID_BYTES) {
        return Ok(None);
    }
    let json = if decode::is_zlib(&segment.bytes) {
        // Not a slice of the whole body, which it would keep in memory.
        Bytes::copy_from_slice(&segment.bytes)
    } else {
        decode::deflate(&segment.bytes).map_err(unreadable)?.into()
    };
    let header = &entry.header;
    // Its bodies have no id of their own; what tells a repeated one does as well.
    let id = header
        .digest
        .map_or_else(|| format!("{sequence}"), |digest| rum_protocol::Id(digest.0.to_be_bytes()).to_text());
    Ok(Some(SegmentChange {
        application_id: header.application_id.clone(),
        session_id: described.session.id,
        view_id: described.view.id,
        id,
        index_in_view: described.index_in_view as u32,
        start_ms: described.start as u64,
        end_ms: described.end as u64,
        received_ms: header.received_ms,
        records: described.records_count as u64,
        has_full_snapshot: described.has_full_snapshot,
        json,
    }))
}

/// Stores a segment, and notes it in its session.
pub(super) fn insert(transaction: &Transaction<'_>, segment: &SegmentChange) -> rusqlite::Result<()> {
    let known = transaction
        .prepare_cached(
            "SELECT session_id, records, size_bytes FROM replay_segment WHERE id = ? AND application_id = ?",
        )?
        .query_row(params![segment.id, segment.application_id], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, i64>(2)?))
        })
        .optional()?;
    let size_bytes = i64::try_from(segment.json.len()).unwrap_or(i64::MAX);
    let (more_segments, more_bytes) = match known {
        // Of another session: made up.
        Some((session_id, records, _))
            if records >= segment.records.cast_signed() || session_id != segment.session_id =>
        {
            return Ok(());
        }
        Some((_, _, size)) => {
            transaction
                .prepare_cached(
                    "UPDATE replay_segment SET end_ms = ?, records = ?, has_full_snapshot = ?, size_bytes = ?,
                         json = ? WHERE id = ? AND application_id = ?",
                )?
                .execute(params![
                    segment.end_ms.cast_signed(),
                    segment.records.cast_signed(),
                    segment.has_full_snapshot,
                    size_bytes,
                    &segment.json[..],
                    segment.id,
                    segment.application_id,
                ])?;
            (0, size_bytes - size)
        }
        None => {
            insert_new(transaction, segment, size_bytes)?;
            (1, size_bytes)
        }
    };
    transaction
        .prepare_cached(
            "INSERT INTO replay_session (application_id, id, received_ms, start_ms, end_ms, segments, size_bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (application_id, id) DO UPDATE SET
                 start_ms = min(start_ms, ?4), end_ms = max(end_ms, ?5), segments = segments + ?6,
                 size_bytes = size_bytes + ?7",
        )?
        .execute(params![
            segment.application_id,
            segment.session_id,
            segment.received_ms.cast_signed(),
            segment.start_ms.cast_signed(),
            segment.end_ms.cast_signed(),
            more_segments,
            more_bytes,
        ])
        .map(drop)
}

fn insert_new(
    transaction: &Transaction<'_>,
    segment: &SegmentChange,
    size_bytes: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO replay_segment (application_id, session_id, view_id, id, index_in_view, start_ms,
                 end_ms, received_ms, records, has_full_snapshot, size_bytes, json)
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            segment.application_id,
            segment.session_id,
            segment.view_id,
            segment.id,
            segment.index_in_view,
            segment.start_ms.cast_signed(),
            segment.end_ms.cast_signed(),
            segment.received_ms.cast_signed(),
            segment.records.cast_signed(),
            segment.has_full_snapshot,
            size_bytes,
            &segment.json[..],
        ])
        .map(drop)
}

/// Size of all segments (bytes).
pub(super) fn size_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT size_bytes FROM replay_size")?
        .query_row([], |row| row.get::<_, i64>(0))
        .map(i64::cast_unsigned)
}

/// Which sessions go.
#[derive(Clone, Copy, Debug)]
pub(super) enum Excess {
    /// Those that began to arrive before.
    ReceivedBefore(u64),
    /// The oldest ones, until all are no larger (bytes) than this.
    LargerThan(u64),
}

/// Deletes some of the sessions that go; zero if there are none.
pub(super) fn delete_some(connection: &mut Connection, excess: Excess) -> rusqlite::Result<usize> {
    let transaction = connection.transaction()?;
    let before_ms = match excess {
        Excess::ReceivedBefore(before_ms) => before_ms.cast_signed(),
        Excess::LargerThan(bytes) if size_bytes(&transaction)? > bytes => i64::MAX,
        Excess::LargerThan(_) => return Ok(0),
    };
    let oldest = transaction
        .prepare_cached(
            "SELECT application_id, id FROM replay_session WHERE received_ms < ? ORDER BY received_ms LIMIT ?",
        )?
        .query_map(params![before_ms, DELETED_AT_ONCE], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut deleted = 0;
    for (application_id, session_id) in oldest {
        if let Excess::LargerThan(bytes) = excess
            && size_bytes(&transaction)? <= bytes
        {
            break;
        }
        transaction
            .prepare_cached("DELETE FROM replay_segment WHERE session_id = ? AND application_id = ?")?
            .execute(params![session_id, application_id])?;
        deleted += transaction
            .prepare_cached("DELETE FROM replay_session WHERE id = ? AND application_id = ?")?
            .execute(params![session_id, application_id])?;
    }
    transaction.commit()?;
    Ok(deleted)
}
