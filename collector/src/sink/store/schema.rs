//! The tables. Times of day are ms since the epoch, durations whole microseconds.

use super::StoreError;
use rusqlite::Connection;
use std::path::Path;
use std::time::Duration;

/// What brings a store from each version to the next, from none on. A store's version is in SQLite's
/// `user_version`; an entry that was released is never changed.
pub(super) const MIGRATIONS: [&str; 3] = [TABLES, MORE_COUNTS, REPLAY];

/// The version of this program.
const VERSION: u32 = MIGRATIONS.len() as u32;

/// Longest wait for the other connection (the viewer's) inside SQLite.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// `application_id` is part of every key: ids are made up by pages, and one app must not be able to
/// overwrite another's rows. `received_ms` is our clock; order and retention do not trust a page's.
const TABLES: &str = "
    CREATE TABLE view (
        application_id TEXT NOT NULL,
        id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        client TEXT NOT NULL,
        url TEXT NOT NULL,
        name TEXT,
        loading_type TEXT,
        started_ms INTEGER NOT NULL,
        received_ms INTEGER NOT NULL,
        document_version INTEGER NOT NULL,
        is_active INTEGER,
        time_spent_us INTEGER,
        action_count INTEGER,
        error_count INTEGER,
        lcp_us INTEGER,
        fcp_us INTEGER,
        ttfb_us INTEGER,
        cls REAL,
        inp_us INTEGER,
        PRIMARY KEY (application_id, id)
    );
    CREATE TABLE action (
        application_id TEXT NOT NULL,
        id TEXT NOT NULL,
        view_id TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        received_ms INTEGER NOT NULL,
        type TEXT NOT NULL,
        name TEXT NOT NULL,
        PRIMARY KEY (application_id, id)
    );
    CREATE TABLE error (
        application_id TEXT NOT NULL,
        id TEXT NOT NULL,
        view_id TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        received_ms INTEGER NOT NULL,
        type TEXT,
        message TEXT NOT NULL,
        source TEXT NOT NULL,
        stack TEXT,
        PRIMARY KEY (application_id, id)
    );
    CREATE INDEX view_by_time ON view (received_ms, started_ms);
    CREATE INDEX action_by_view ON action (application_id, view_id, at_ms);
    CREATE INDEX action_by_time ON action (received_ms);
    CREATE INDEX error_by_view ON error (application_id, view_id, at_ms);
    CREATE INDEX error_by_time ON error (received_ms);
";

/// What a view counted and how it loaded, what frustrates, what errors are grouped by, and vitals. Rows from
/// before have none of it. `frustrations` is a sum of `rum_protocol::Frustration`.
const MORE_COUNTS: &str = "
    ALTER TABLE view ADD COLUMN loading_time_us INTEGER;
    ALTER TABLE view ADD COLUMN resource_count INTEGER;
    ALTER TABLE view ADD COLUMN long_task_count INTEGER;
    ALTER TABLE view ADD COLUMN frustration_count INTEGER;
    ALTER TABLE action ADD COLUMN selector TEXT;
    ALTER TABLE action ADD COLUMN frustrations INTEGER;
    ALTER TABLE error ADD COLUMN fingerprint TEXT;
    ALTER TABLE error ADD COLUMN repeats INTEGER;
    CREATE TABLE vital (
        application_id TEXT NOT NULL,
        id TEXT NOT NULL,
        view_id TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        received_ms INTEGER NOT NULL,
        type TEXT NOT NULL,
        name TEXT NOT NULL,
        duration_us INTEGER,
        step_type TEXT,
        failure_reason TEXT,
        PRIMARY KEY (application_id, id)
    );
    CREATE INDEX vital_by_view ON vital (application_id, view_id, at_ms);
    CREATE INDEX vital_by_time ON vital (received_ms);
    CREATE INDEX error_by_application ON error (application_id, received_ms);
    CREATE INDEX frustrated_by_time ON action (received_ms) WHERE frustrations > 0;
    CREATE INDEX frustrated_by_application ON action (application_id, received_ms) WHERE frustrations > 0;
";

/// Recordings: segments, and of each session what a list of sessions shows, so that no list reads segments. A segment's
/// `json` is a zlib stream and stands last: what is before it is read without it. `received_ms` of a session is that
/// of its first segment: it goes, whole, when that is past its retention. `replay_size` has one row, kept by triggers.
const REPLAY: &str = "
    CREATE TABLE replay_segment (
        application_id TEXT NOT NULL,
        session_id TEXT NOT NULL,
        view_id TEXT NOT NULL,
        id TEXT NOT NULL,
        index_in_view INTEGER NOT NULL,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        received_ms INTEGER NOT NULL,
        records INTEGER NOT NULL,
        has_full_snapshot INTEGER NOT NULL,
        size_bytes INTEGER NOT NULL,
        json BLOB NOT NULL
    );
    CREATE TABLE replay_session (
        application_id TEXT NOT NULL,
        id TEXT NOT NULL,
        received_ms INTEGER NOT NULL,
        start_ms INTEGER NOT NULL,
        end_ms INTEGER NOT NULL,
        segments INTEGER NOT NULL,
        size_bytes INTEGER NOT NULL,
        PRIMARY KEY (application_id, id)
    );
    CREATE TABLE replay_size (size_bytes INTEGER NOT NULL);
    INSERT INTO replay_size VALUES (0);
    CREATE TRIGGER replay_session_new AFTER INSERT ON replay_session BEGIN
        UPDATE replay_size SET size_bytes = size_bytes + new.size_bytes;
    END;
    CREATE TRIGGER replay_session_grown AFTER UPDATE OF size_bytes ON replay_session BEGIN
        UPDATE replay_size SET size_bytes = size_bytes + new.size_bytes - old.size_bytes;
    END;
    CREATE TRIGGER replay_session_gone AFTER DELETE ON replay_session BEGIN
        UPDATE replay_size SET size_bytes = size_bytes - old.size_bytes;
    END;
    CREATE UNIQUE INDEX replay_segment_by_id ON replay_segment (id, application_id);
    CREATE INDEX replay_segment_by_session ON replay_segment (session_id, application_id, view_id, start_ms);
    CREATE INDEX replay_session_by_time ON replay_session (received_ms);
    CREATE INDEX replay_session_by_application ON replay_session (application_id, received_ms);
";

/// Opens the store for writing, and makes the tables and columns that are not there.
pub(super) fn open(path: &Path) -> Result<Connection, StoreError> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // The journal forgets an entry once it is applied here, so applied must mean synced.
    connection.pragma_update(None, "synchronous", "full")?;
    let transaction = connection.transaction()?;
    let found: u32 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let Some(missing) = MIGRATIONS.get(found as usize..) else {
        return Err(StoreError::TooNew { found, known: VERSION });
    };
    for migration in missing {
        transaction.execute_batch(migration)?;
    }
    if found != VERSION {
        transaction.pragma_update(None, "user_version", VERSION)?;
    }
    transaction.commit()?;
    Ok(connection)
}

/// Opens the store beside its writer, for queries only.
pub(super) fn open_for_reading(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "query_only", true)?;
    Ok(connection)
}
