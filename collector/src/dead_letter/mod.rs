//! What will never arrive by itself, kept so that a person can see why and put it back: entries a sink will
//! never take, whole or in part, and a sample of what the intake refused.
//!
//! # Layout
//! `dead_letters.sqlite` in the data folder; WAL, `synchronous=FULL`. One file for all sinks and lanes, apart
//! from the cursors, so that `collector deadletter` works beside a running collector and never touches what
//! the journal relies on.
//! ```text
//! dead_letter(id           INTEGER PRIMARY KEY   never used twice
//!             at_ms        INTEGER               when it was set aside
//!             sink         TEXT                  'intake' for a sample
//!             lane         TEXT
//!             sequence     INTEGER               of the entry in the lane's journal
//!             first_event  INTEGER               tells the parts of one entry apart
//!             app, track, reason, detail TEXT    detail is the sink's own words
//!             header       TEXT                  JSON of `journal::Header`; facts for a sample
//!             body         BLOB                  as the header says; empty for a sample
//!             size_bytes   INTEGER
//!             requested_ms INTEGER)              when somebody asked to put it back, else NULL
//! ```
//! # Promise
//! A letter is synced before the cursor moves past its entry, so a crash between loses nothing: the entry is
//! delivered again and, if it is refused again, its letter is written over. Putting one back is setting
//! `requested_ms`; the delivery of its sink looks for that every two seconds and at its start, and the letter
//! goes when the sink has taken it.

pub mod command;
mod sample;

pub use sample::IntakeSample;

use crate::database_file;
use crate::journal::{Entry, Header, Sequence};
use crate::telemetry::Telemetry;
use crate::track::Lane;
use bytes::Bytes;
use rusqlite::{Connection, OpenFlags, Row, Transaction, params};
use sample::Sampler;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::task::spawn_blocking;
use tracing::{error, warn};

/// Most dead letters of sinks, and most samples of the intake. Enough to see what is objected to: a sink that
/// refuses everything must not fill the disk. The oldest go first.
const MAX_LETTERS: u32 = 1_000;
const MAX_SAMPLES: u32 = 200;

/// Most bytes of all of them.
const MAX_TOTAL_BYTES: u64 = 64 * 1024 * 1024;

/// Longest time they are kept: that of the store's data, for they are about the same people.
const MAX_AGE: Duration = Duration::from_hours(14 * 24);

/// Most letters put back at once; the next ones follow when these are settled.
const MAX_REQUESTED: u32 = 64;

/// Longest wait for the other process inside SQLite.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// `sink` of a sample.
const INTAKE: &str = "intake";

const FILE: &str = "dead_letters.sqlite";

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS dead_letter (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at_ms INTEGER NOT NULL, sink TEXT NOT NULL, lane TEXT NOT NULL,
        sequence INTEGER NOT NULL, first_event INTEGER NOT NULL, app TEXT NOT NULL, track TEXT NOT NULL,
        reason TEXT NOT NULL, detail TEXT NOT NULL, header TEXT NOT NULL, body BLOB NOT NULL,
        size_bytes INTEGER NOT NULL, requested_ms INTEGER
    );
    CREATE UNIQUE INDEX IF NOT EXISTS dead_letter_by_place
        ON dead_letter (sink, lane, sequence, first_event) WHERE sink <> 'intake';
    CREATE INDEX IF NOT EXISTS dead_letter_requested
        ON dead_letter (sink, lane, requested_ms) WHERE requested_ms IS NOT NULL;
    CREATE INDEX IF NOT EXISTS dead_letter_sizes ON dead_letter (sink, id, at_ms, size_bytes);";

/// Why the dead letters could not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum DeadLetterError {
    /// SQLite said no.
    #[error("the dead letters cannot be used: {0}")]
    Database(#[from] rusqlite::Error),
    /// A header is not what this collector writes.
    #[error("the header of a dead letter cannot be read: {0}")]
    Header(#[from] serde_json::Error),
    /// A damaged file cannot be set aside.
    #[error("the damaged dead letters cannot be set aside: {0}")]
    Quarantine(std::io::Error),
    /// The thread that worked on them is gone.
    #[error("the work on the dead letters was broken off")]
    BrokenOff,
}

/// Something a sink will never take.
#[derive(Clone, Debug)]
pub struct Burial {
    /// The sink.
    pub sink: &'static str,
    /// Lane of the entry.
    pub lane: Lane,
    /// Where it stands in the lane's journal.
    pub sequence: Sequence,
    /// Where the events begin in that entry.
    pub first_event: u32,
    /// Free of data.
    pub reason: String,
    /// The sink's own words.
    pub detail: String,
    /// With the refused events alone.
    pub entry: Entry,
}

/// A dead letter that is to be delivered again.
#[derive(Clone, Debug)]
pub struct Letter {
    /// Its id.
    pub id: i64,
    /// As in [`Burial`].
    pub sequence: Sequence,
    /// As in [`Burial`].
    pub first_event: u32,
    /// As in [`Burial`].
    pub entry: Entry,
}

/// The dead letters of one collector.
pub struct DeadLetters {
    connection: Mutex<Connection>,
    sampler: Sampler,
    telemetry: Telemetry,
}

impl DeadLetters {
    /// Opens or creates the dead letters of a data folder. A damaged file is set aside: no reason to refuse
    /// new data.
    pub fn open(data_dir: &Path, telemetry: Telemetry) -> Result<Self, DeadLetterError> {
        let path = data_dir.join(FILE);
        let connection = match open(&path, OpenFlags::default()) {
            Err(error) if database_file::is_damage(&error) => {
                error!(event = "dead_letters_damaged", path = %path.display(), %error, effect = "set aside");
                database_file::quarantine(&path).map_err(DeadLetterError::Quarantine)?;
                open(&path, OpenFlags::default())?
            }
            opened => opened?,
        };
        let letters = Self { connection: Mutex::new(connection), sampler: Sampler::default(), telemetry };
        letters.write(|_| Ok(()))?;
        Ok(letters)
    }

    /// Sets refused entries aside, in one synced transaction, in place of the dead letter they were before.
    pub async fn bury(
        self: &Arc<Self>,
        burials: Arc<Vec<Burial>>,
        replaced: Option<i64>,
    ) -> Result<(), DeadLetterError> {
        self.in_background(move |letters| {
            letters.write(|transaction| {
                let mut kept = false;
                for burial in burials.iter() {
                    kept |= Some(insert_burial(transaction, burial)?) == replaced;
                }
                if let Some(id) = replaced.filter(|_| !kept) {
                    transaction.execute("DELETE FROM dead_letter WHERE id = ?", [id])?;
                }
                Ok(())
            })
        })
        .await
    }

    /// What somebody asked to put back for this sink and lane, oldest first.
    pub async fn requested(self: &Arc<Self>, sink: &'static str, lane: Lane) -> Vec<Letter> {
        let read = self.in_background(move |letters| Ok(letters.read_requested(sink, lane)?)).await;
        read.unwrap_or_else(|error| {
            warn!(event = "dead_letters_not_read", %error);
            Vec::new()
        })
    }

    /// Keeps a sample of what the intake refused: at most one of a kind a minute, in the background.
    pub fn sample_intake(self: &Arc<Self>, sample: IntakeSample) {
        if !self.sampler.wants(&sample) {
            return;
        }
        let letters = self.clone();
        spawn_blocking(move || {
            if let Err(error) = letters.write(|transaction| sample::insert(transaction, &sample)) {
                warn!(event = "dead_letter_sample_not_written", %error);
            }
        });
    }

    fn read_requested(&self, sink: &str, lane: Lane) -> rusqlite::Result<Vec<Letter>> {
        let connection = self.lock();
        let mut statement = connection.prepare_cached(
            "SELECT id, sequence, first_event, header, body FROM dead_letter
             WHERE sink = ? AND lane = ? AND requested_ms IS NOT NULL ORDER BY requested_ms, id LIMIT ?",
        )?;
        let rows = statement.query_map(params![sink, lane.label(), MAX_REQUESTED], letter)?;
        // One whose header cannot be read stays where it is; `show` says so.
        Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// Writes, and makes room for what was written.
    fn write(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> Result<(), DeadLetterError>,
    ) -> Result<(), DeadLetterError> {
        let mut connection = self.lock();
        let transaction = connection.transaction()?;
        work(&transaction)?;
        let (by_room, by_age) = make_room(&transaction)?;
        let by_sink = transaction
            .prepare_cached("SELECT sink, count(*) FROM dead_letter GROUP BY sink")?
            .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?
            .collect::<rusqlite::Result<Vec<_>>>()?;
        let bytes = total_bytes(&transaction)?;
        transaction.commit()?;
        self.telemetry.count_dropped_letters("room", by_room);
        self.telemetry.count_dropped_letters("age", by_age);
        self.telemetry.set_dead_letters(&by_sink, bytes);
        Ok(())
    }

    async fn in_background<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&Self) -> Result<T, DeadLetterError> + Send + 'static,
    ) -> Result<T, DeadLetterError> {
        let letters = self.clone();
        spawn_blocking(move || work(&letters)).await.map_err(|_| DeadLetterError::BrokenOff)?
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        // An unfinished transaction of a panicked thread was rolled back when it was dropped.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open(path: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // The cursor moves past what is written here, so written must mean synced.
    connection.pragma_update(None, "synchronous", "full")?;
    connection.execute_batch(TABLES)?;
    Ok(connection)
}

/// The file of a data folder.
fn file(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}

/// Writes a letter, over the one of an earlier attempt if there is one; returns its id.
fn insert_burial(transaction: &Transaction<'_>, burial: &Burial) -> Result<i64, DeadLetterError> {
    let header = &burial.entry.header;
    let id = transaction
        .prepare_cached(
            "INSERT INTO dead_letter (at_ms, sink, lane, sequence, first_event, app, track, reason, detail,
                 header, body, size_bytes)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (sink, lane, sequence, first_event) WHERE sink <> 'intake' DO UPDATE SET
                 at_ms = ?1, app = ?6, track = ?7, reason = ?8, detail = ?9, header = ?10, body = ?11,
                 size_bytes = ?12, requested_ms = NULL
             RETURNING id",
        )?
        .query_row(
            params![
                now_ms().cast_signed(),
                burial.sink,
                burial.lane.label(),
                burial.sequence.cast_signed(),
                burial.first_event,
                header.app_name,
                header.track.label(),
                burial.reason,
                burial.detail,
                serde_json::to_string(header)?,
                burial.entry.body.as_ref(),
                burial.entry.size_bytes().cast_signed() as i64,
            ],
            |row| row.get(0),
        )?;
    Ok(id)
}

/// Deletes what is too much or too old; returns how many for either reason.
fn make_room(transaction: &Transaction<'_>) -> rusqlite::Result<(u64, u64)> {
    let before_ms = now_ms().saturating_sub(MAX_AGE.as_millis() as u64);
    let by_age = transaction
        .prepare_cached("DELETE FROM dead_letter WHERE at_ms < ?")?
        .execute([before_ms.cast_signed()])?;
    let mut by_room = 0;
    for (of_intake, most) in [(false, MAX_LETTERS), (true, MAX_SAMPLES)] {
        by_room += transaction
            .prepare_cached(
                "DELETE FROM dead_letter WHERE id IN (SELECT id FROM dead_letter
                     WHERE (sink = 'intake') = ? ORDER BY id DESC LIMIT -1 OFFSET ?)",
            )?
            .execute(params![of_intake, most])?;
    }
    while total_bytes(transaction)? > MAX_TOTAL_BYTES {
        by_room += transaction
            .prepare_cached("DELETE FROM dead_letter WHERE id = (SELECT min(id) FROM dead_letter)")?
            .execute([])?;
    }
    Ok((by_room as u64, by_age as u64))
}

fn total_bytes(transaction: &Transaction<'_>) -> rusqlite::Result<u64> {
    transaction
        .prepare_cached("SELECT coalesce(sum(size_bytes), 0) FROM dead_letter")?
        .query_row([], |row| row.get(0).map(i64::cast_unsigned))
}

/// `None` for a header this collector does not understand.
fn letter(row: &Row<'_>) -> rusqlite::Result<Option<Letter>> {
    let header: String = row.get("header")?;
    let Ok(header) = serde_json::from_str::<Header>(&header) else { return Ok(None) };
    Ok(Some(Letter {
        id: row.get("id")?,
        sequence: row.get::<_, i64>("sequence")?.cast_unsigned(),
        first_event: row.get("first_event")?,
        entry: Entry { header, body: Bytes::from(row.get::<_, Vec<u8>>("body")?) },
    }))
}

fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

#[cfg(test)]
mod tests;
