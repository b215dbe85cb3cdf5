//! The embedded store behind the viewer: views with what they count and measure, actions, errors, vitals and
//! recordings, of both our SDK and the official one, in one SQLite file.
//!
//! An entry becomes `Change`s; those of many entries are applied in one transaction, so that a backlog costs a
//! sync per group and not per entry. Every row is found by its application and id and applying a change twice
//! equals applying it once, so the repetition after a crash shows nowhere. The transaction is synced before
//! the journal's cursor moves. Only RUM events and replay have tables: other tracks are acknowledged unread.
//! Recordings are bounded in size as well as in age: the oldest make room for the newest.

mod batch;
mod change;
mod datadog;
mod groups;
mod query;
mod recordings;
mod replay;
mod schema;
mod view;

pub use groups::{ErrorGroup, FrustratingTarget};
pub use query::{ActionRow, ErrorRow, StoreReader, ViewRow, VitalRow};
pub use recordings::{Marker, Recording, RecordingRow, SegmentRow};

use super::{Pace, Parcel, Refusal, Sink, Taken, plain_body, read_batch};
use crate::config::StoreConfig;
use crate::database_file;
use crate::journal::{Content, Entry, Sequence};
use crate::telemetry::{EventLoss, Telemetry};
use crate::track::Track;
use change::Change;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use replay::Excess;
use rusqlite::Connection;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::spawn_blocking;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

/// How often data past its retention is looked for. An hour is 0.3 % of the default retention.
const RETENTION_INTERVAL: Duration = Duration::from_hours(1);

/// Rows deleted in one transaction, so that deliveries wait for milliseconds, not for a whole day's rows.
const RETENTION_CHUNK_ROWS: u32 = 1_000;

/// Most entries in one transaction: what a sync is shared by, and how long the viewer's readers may see the
/// state before it (some 20 ms).
const MAX_GROUP_ENTRIES: usize = 256;

/// Why the store cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("the store cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// The file was written by a later collector.
    #[error("the store has schema version {found}, this collector knows up to {known}")]
    TooNew {
        /// In the file.
        found: u32,
        /// In this program.
        known: u32,
    },
    /// A damaged file cannot be set aside.
    #[error("the damaged store cannot be set aside: {0}")]
    Quarantine(std::io::Error),
}

/// The sink.
pub struct StoreSink {
    connection: Arc<Mutex<Connection>>,
    /// Whole seconds.
    retention_s: AtomicU64,
    max_replay_bytes: AtomicU64,
    telemetry: Telemetry,
}

impl StoreSink {
    /// Opens or creates the store. A damaged file is set aside: what it held is lost to the viewer, which is
    /// no reason to refuse new data.
    pub fn open(path: &Path, config: StoreConfig, telemetry: Telemetry) -> Result<Self, StoreError> {
        let connection = match schema::open(path) {
            Err(StoreError::Database(error)) if database_file::is_damage(&error) => {
                error!(event = "store_damaged", path = %path.display(), %error, effect = "set aside, begun anew");
                database_file::quarantine(path).map_err(StoreError::Quarantine)?;
                schema::open(path)?
            }
            opened => opened?,
        };
        telemetry.set_stored_replay(replay::size_bytes(&connection)?);
        Ok(Self {
            connection: Arc::new(Mutex::new(connection)),
            retention_s: AtomicU64::new(config.retention.as_secs()),
            max_replay_bytes: AtomicU64::new(config.max_replay_bytes),
            telemetry,
        })
    }

    /// From the next look on, data is kept for so long, and so much of it.
    pub fn set_bounds(&self, config: StoreConfig) {
        self.retention_s.store(config.retention.as_secs(), Ordering::Relaxed);
        self.max_replay_bytes.store(config.max_replay_bytes, Ordering::Relaxed);
    }

    /// Deletes what is past its retention, now and every hour, until stopped.
    pub async fn run_retention(self: Arc<Self>, stop: CancellationToken) {
        loop {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            let retention = Duration::from_secs(self.retention_s.load(Ordering::Relaxed));
            let before_ms = now.saturating_sub(retention).as_millis() as u64;
            let sink = self.clone();
            // A panic in there is logged by the runtime; the next hour tries again.
            match spawn_blocking(move || sink.delete_before(before_ms)).await {
                Ok(Ok(0)) | Err(_) => {}
                Ok(Ok(rows)) => info!(event = "retention", rows),
                Ok(Err(error)) => error!(event = "retention_failed", %error),
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(RETENTION_INTERVAL) => {}
            }
        }
    }

    fn delete_before(&self, before_ms: u64) -> rusqlite::Result<usize> {
        let mut deleted = 0;
        for table in ["action", "error", "vital", "view"] {
            let sql = format!(
                "DELETE FROM {table} WHERE rowid IN
                 (SELECT rowid FROM {table} WHERE received_ms < ?1 LIMIT {RETENTION_CHUNK_ROWS})"
            );
            loop {
                let rows = self.lock().execute(&sql, [before_ms.cast_signed()])?;
                deleted += rows;
                if rows == 0 {
                    break;
                }
            }
        }
        deleted += delete_sessions(&self.connection, Excess::ReceivedBefore(before_ms))?;
        make_room(&self.connection, self.max_replay_bytes.load(Ordering::Relaxed), &self.telemetry)?;
        Ok(deleted)
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        lock(&self.connection)
    }
}

impl Sink for StoreSink {
    fn name(&self) -> &'static str {
        "store"
    }

    fn pace(&self) -> Pace {
        // SQLite has one writer. While it syncs one group, the next one gathers in the window.
        Pace { first_requests: 1, max_requests: 1, max_group_entries: MAX_GROUP_ENTRIES }
    }

    fn deliver<'a>(&'a self, parcels: &'a mut [Parcel]) -> BoxFuture<'a, Vec<Result<Taken, Refusal>>> {
        let entries: Vec<_> = parcels.iter().map(|parcel| (parcel.sequence, parcel.entry.clone())).collect();
        async move {
            let (connection, telemetry) = (self.connection.clone(), self.telemetry.clone());
            let max_replay_bytes = self.max_replay_bytes.load(Ordering::Relaxed);
            let applied = spawn_blocking(move || {
                let applied = apply(&connection, &entries)?;
                if entries.iter().any(|(_, entry)| entry.header.track == Track::Replay) {
                    make_room(&connection, max_replay_bytes, &telemetry)?;
                }
                Ok(applied)
            });
            let applied: Result<rusqlite::Result<_>, _> = applied.await;
            match applied {
                Ok(Ok(read)) => {
                    let count = |(parcel, unreadable): (&Parcel, Result<u64, Refusal>)| {
                        let app = &parcel.entry.header.app_name;
                        let unreadable = unreadable?;
                        self.telemetry.count_lost_events(app, EventLoss::NotStorable, unreadable);
                        Ok(Taken::Whole)
                    };
                    parcels.iter().zip(read).map(count).collect()
                }
                Ok(Err(error)) if database_file::is_damage(&error) => {
                    vec![Err(Refusal::Hold { reason: error.to_string() }); parcels.len()]
                }
                Ok(Err(error)) => {
                    vec![Err(Refusal::Retry { reason: error.to_string(), after: None }); parcels.len()]
                }
                Err(error) => {
                    vec![Err(Refusal::Retry { reason: error.to_string(), after: None }); parcels.len()]
                }
            }
        }
        .boxed()
    }
}

/// Applies a group of entries; says of each how many of its events could not be understood, or that it cannot
/// be read at all.
fn apply(
    connection: &Mutex<Connection>,
    entries: &[(Sequence, Arc<Entry>)],
) -> rusqlite::Result<Vec<Result<u64, Refusal>>> {
    // Read before the lock is taken: the viewer's deletions and the next group need not wait for it.
    let mut all = Vec::new();
    let mut read = Vec::with_capacity(entries.len());
    for (sequence, entry) in entries {
        read.push(changes(*sequence, entry).map(|(changes, unreadable)| {
            all.extend(changes);
            unreadable
        }));
    }
    change::apply(&mut lock(connection), all)?;
    Ok(read)
}

/// Deletes the oldest sessions beyond the size that recordings may have.
fn make_room(connection: &Mutex<Connection>, most_bytes: u64, telemetry: &Telemetry) -> rusqlite::Result<()> {
    let deleted = delete_sessions(connection, Excess::LargerThan(most_bytes))?;
    telemetry.count_dropped_recordings(deleted as u64);
    telemetry.set_stored_replay(replay::size_bytes(&lock(connection))?);
    Ok(())
}

fn delete_sessions(connection: &Mutex<Connection>, excess: Excess) -> rusqlite::Result<usize> {
    let mut deleted = 0;
    loop {
        // Some at a time, so that deliveries get in between.
        match replay::delete_some(&mut lock(connection), excess)? {
            0 => return Ok(deleted),
            sessions => deleted += sessions,
        }
    }
}

fn lock(connection: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    // An unfinished transaction of a panicked thread was rolled back when it was dropped.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What an entry changes, and how many of its events could not be understood.
fn changes(sequence: Sequence, entry: &Entry) -> Result<(Vec<Change>, u64), Refusal> {
    match (&entry.header.content, entry.header.track) {
        (Content::Batch, _) => Ok((batch::changes(&entry.header, &read_batch(entry)?), 0)),
        (Content::Segment, _) => Ok((vec![Change::Segment(replay::of_ours(entry)?)], 0)),
        (Content::Datadog { .. }, Track::Rum) => {
            Ok(datadog::changes(&entry.header, sequence, &plain_body(entry)?))
        }
        (Content::Datadog { .. }, Track::Replay) => Ok(match replay::of_parts(sequence, entry)? {
            Some(segment) => (vec![Change::Segment(segment)], 0),
            None => (Vec::new(), 1),
        }),
        // The viewer shows no others.
        (Content::Datadog { .. }, _) => Ok((Vec::new(), 0)),
    }
}

#[cfg(test)]
mod batch_test;
#[cfg(test)]
mod replay_test;
#[cfg(test)]
mod tests;
