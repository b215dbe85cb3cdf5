//! What a lane's writer, keeper and readers share: which files there are, how far each sink is, and whether
//! the disk takes writes.

use super::cursors::Cursors;
use super::room::Room;
use super::{JournalError, Sequence, file};
use crate::config::JournalConfig;
use crate::database_file;
use crate::telemetry::Telemetry;
use crate::track::Lane;
use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::watch;
use tracing::{error, warn};

/// Shared by all threads of one lane.
pub(super) struct Shared {
    pub(super) folder: PathBuf,
    pub(super) lane: Lane,
    pub(super) room: Arc<Room>,
    /// Newest synced entry.
    pub(super) tail: watch::Sender<Sequence>,
    /// How far each sink's reader has handed entries out. Held by a reader while it reads.
    positions: Vec<(&'static str, Mutex<Sequence>)>,
    /// Oldest first; the last one is appended to.
    files: Mutex<Vec<FileInfo>>,
    cursors: Mutex<Cursors>,
    trouble: Mutex<Option<String>>,
    /// Keeps a second collector out while this one lives.
    _lock: File,
}

#[derive(Clone, Copy)]
struct FileInfo {
    first: Sequence,
    size_bytes: u64,
}

/// What a sink and its place in the lane are called.
pub(super) type Position<'a> = (&'static str, MutexGuard<'a, Sequence>);

impl Shared {
    pub(super) fn new(
        (folder, lock): (PathBuf, File),
        lane: Lane,
        room: Arc<Room>,
        sinks: &[&'static str],
        (files, tail): (Vec<Sequence>, Sequence),
        cursors: Cursors,
    ) -> Self {
        let size_bytes = |first| database_file::size_bytes(&file::path(&folder, first));
        let files =
            files.into_iter().map(|first| FileInfo { first, size_bytes: size_bytes(first) }).collect();
        let shared = Self {
            positions: sinks.iter().map(|&sink| (sink, Mutex::new(cursors.of(sink)))).collect(),
            tail: watch::Sender::new(tail),
            files: Mutex::new(files),
            cursors: Mutex::new(cursors),
            trouble: Mutex::new(None),
            folder,
            lane,
            room,
            _lock: lock,
        };
        shared.measure(&lock_mutex(&shared.files));
        shared
    }

    pub(super) fn config(&self) -> &JournalConfig {
        &self.room.config
    }

    pub(super) fn telemetry(&self) -> &Telemetry {
        &self.room.telemetry
    }

    /// The file that holds `sequence`, or the next one after it, with its last possible sequence (`None`
    /// for the newest file).
    pub(super) fn file_holding(&self, sequence: Sequence) -> Option<(Sequence, Option<Sequence>)> {
        let files = lock_mutex(&self.files);
        let index = files.partition_point(|file| file.first <= sequence).saturating_sub(1);
        let file = files.get(index)?;
        Some((file.first, files.get(index + 1).map(|next| next.first - 1)))
    }

    pub(super) fn newest_file(&self) -> Option<Sequence> {
        lock_mutex(&self.files).last().map(|file| file.first)
    }

    /// The oldest file, unless it is being written, with its last possible sequence.
    pub(super) fn oldest_closed_file(&self) -> Option<(Sequence, Sequence)> {
        match lock_mutex(&self.files)[..] {
            [oldest, next, ..] => Some((oldest.first, next.first - 1)),
            _ => None,
        }
    }

    pub(super) fn add_file(&self, first: Sequence) {
        lock_mutex(&self.files).push(FileInfo { first, size_bytes: 0 });
    }

    pub(super) fn set_newest_file_size(&self, size_bytes: u64) {
        let mut files = lock_mutex(&self.files);
        if let Some(file) = files.last_mut() {
            file.size_bytes = size_bytes;
        }
        self.measure(&files);
    }

    /// Where a sink's reader stands, held still while the guard lives. `None` for a sink nobody configured.
    pub(super) fn lock_position(&self, sink: &str) -> Option<MutexGuard<'_, Sequence>> {
        let position = self.positions.iter().find(|(name, _)| *name == sink);
        position.map(|(_, position)| lock_mutex(position))
    }

    /// All sinks' places, held still.
    pub(super) fn lock_positions(&self) -> Vec<Position<'_>> {
        self.positions.iter().map(|(sink, position)| (*sink, lock_mutex(position))).collect()
    }

    pub(super) fn cursor(&self, sink: &str) -> Sequence {
        lock_mutex(&self.cursors).of(sink)
    }

    pub(super) fn acknowledge(&self, sink: &str, sequence: Sequence) -> Result<(), JournalError> {
        lock_mutex(&self.cursors).advance(sink, sequence).map_err(|error| unavailable(&error))?;
        self.remove_acknowledged();
        Ok(())
    }

    /// Moves every sink's cursor past entries that are given up.
    pub(super) fn pass(&self, last: Sequence) -> Result<(), JournalError> {
        let mut cursors = lock_mutex(&self.cursors);
        for (sink, _) in &self.positions {
            cursors.advance(sink, last).map_err(|error| unavailable(&error))?;
        }
        Ok(())
    }

    /// Unlinks closed files that no configured sink needs any more.
    pub(super) fn remove_acknowledged(&self) {
        let lowest = {
            let cursors = lock_mutex(&self.cursors);
            self.positions.iter().map(|(sink, _)| cursors.of(sink)).min().unwrap_or(0)
        };
        let mut files = lock_mutex(&self.files);
        let closed = files.len().saturating_sub(1);
        let acknowledged = (0..closed).take_while(|index| files[index + 1].first - 1 <= lowest).count();
        if acknowledged == 0 {
            return;
        }
        let gone: Vec<_> = files.drain(..acknowledged).collect();
        self.measure(&files);
        // Unlinking a large file takes its time, and the writer wants the list with every commit.
        drop(files);
        for file in gone {
            let path = file::path(&self.folder, file.first);
            if let Err(error) = database_file::remove(&path) {
                warn!(event = "journal_file_not_removed", path = %path.display(), %error);
            }
        }
    }

    /// Why writing does not work, if it does not.
    pub(super) fn trouble(&self) -> Option<String> {
        lock_mutex(&self.trouble).clone()
    }

    /// Notes that writing works or why it does not.
    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        let lane = self.lane.label();
        let mut current = lock_mutex(&self.trouble);
        match (&*current, &trouble) {
            (None, None) => return,
            (None, Some(reason)) => error!(event = "journal_unavailable", lane, reason),
            (Some(_), None) => warn!(event = "journal_recovered", lane),
            (Some(_), Some(_)) => {}
        }
        *current = trouble;
        drop(current);
        self.report();
    }

    pub(super) fn report(&self) {
        let ready = lock_mutex(&self.trouble).is_none();
        self.telemetry().set_journal(self.lane, ready, self.room.used_by(self.lane));
    }

    fn measure(&self, files: &[FileInfo]) {
        self.room.set_used(self.lane, files.iter().map(|file| file.size_bytes).sum());
    }
}

pub(super) fn unavailable(error: &dyn std::error::Error) -> JournalError {
    JournalError::Unavailable(error.to_string())
}

/// The clock of `Header::received_ms`.
pub(super) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64
}

/// A panic while a lock was held leaves plain values behind, all of them usable.
fn lock_mutex<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
