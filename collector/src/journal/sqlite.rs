//! The journal on SQLite files, and what its writer thread and its readers share.

use super::cursors::Cursors;
use super::reader::SqliteReader;
use super::writer::{Append, Command, Writer};
use super::{Appended, Entry, Journal, JournalError, JournalReader, Sequence, file};
use crate::config::JournalConfig;
use crate::database_file;
use crate::telemetry::Telemetry;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::spawn_blocking;
use tracing::{error, warn};

/// Most entries waiting for the writer. A tenth of a second's work of a slow disk.
const MAX_WAITING_ENTRIES: usize = 4_096;

/// Most bytes waiting for the writer. With the commit group it is the journal's whole memory.
const MAX_WAITING_BYTES: usize = 64 * 1024 * 1024;

/// The journal on SQLite files.
pub struct SqliteJournal {
    shared: Arc<Shared>,
    commands: SyncSender<Command>,
    waiting_bytes: Arc<Semaphore>,
}

/// What the writer and the readers share.
pub(super) struct Shared {
    pub(super) folder: PathBuf,
    pub(super) config: JournalConfig,
    pub(super) telemetry: Telemetry,
    /// Newest synced entry.
    pub(super) tail: watch::Sender<Sequence>,
    sinks: Vec<&'static str>,
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

impl SqliteJournal {
    /// Opens the journal in `folder` for these sinks, mends what a crash left behind and starts the writer.
    pub fn open(
        folder: &Path,
        config: JournalConfig,
        sinks: Vec<&'static str>,
        telemetry: Telemetry,
    ) -> Result<Self, JournalError> {
        fs::create_dir_all(folder).map_err(|error| unavailable(&error))?;
        let lock = lock_folder(folder)?;
        let cursors = open_cursors(&folder.join("cursors.sqlite"))?;
        let mut files = file::list(folder).map_err(|error| unavailable(&error))?;
        let tail = mend_newest_file(folder, &mut files)?.max(cursors.highest());
        let files = files
            .into_iter()
            .map(|first| FileInfo {
                first,
                size_bytes: database_file::size_bytes(&file::path(folder, first)),
            })
            .collect();
        let shared = Arc::new(Shared {
            folder: folder.to_owned(),
            config,
            telemetry,
            tail: watch::Sender::new(tail),
            sinks,
            files: Mutex::new(files),
            cursors: Mutex::new(cursors),
            trouble: Mutex::new(None),
            _lock: lock,
        });
        let mut writer = Writer::new(shared.clone(), tail + 1);
        writer.open_newest().map_err(|error| unavailable(&error))?;
        let (commands, inbox) = sync_channel(MAX_WAITING_ENTRIES);
        thread::Builder::new()
            .name("journal-writer".into())
            .spawn(move || writer.run(&inbox))
            .map_err(|error| unavailable(&error))?;
        shared.report();
        Ok(Self { shared, commands, waiting_bytes: Arc::new(Semaphore::new(MAX_WAITING_BYTES)) })
    }
}

impl Journal for SqliteJournal {
    fn append(&self, entry: Entry) -> BoxFuture<'_, Result<Appended, JournalError>> {
        async move {
            if self.shared.size_bytes() >= self.shared.config.max_total_bytes {
                return Err(JournalError::Full);
            }
            let size_bytes = u32::try_from(entry.size_bytes()).map_err(|_| JournalError::Overloaded)?;
            let room = self
                .waiting_bytes
                .clone()
                .try_acquire_many_owned(size_bytes)
                .map_err(|_| JournalError::Overloaded)?;
            let (reply, answer) = oneshot::channel();
            let append = Command::Append(Append { entry, reply, _room: room });
            self.commands.try_send(append).map_err(|error| match error {
                TrySendError::Full(_) => JournalError::Overloaded,
                TrySendError::Disconnected(_) => JournalError::Closed,
            })?;
            answer.await.map_err(|_| JournalError::Closed)?
        }
        .boxed()
    }

    fn reader(&self, sink: &'static str) -> Result<Box<dyn JournalReader>, JournalError> {
        Ok(Box::new(SqliteReader::new(self.shared.clone(), sink)))
    }

    fn trouble(&self) -> Option<String> {
        lock(&self.shared.trouble).clone()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            let (reply, closed) = oneshot::channel();
            let commands = self.commands.clone();
            // `send` waits for room in the channel, which async code must not do on its own thread.
            let sent = spawn_blocking(move || commands.send(Command::Close { reply }).is_ok()).await;
            if matches!(sent, Ok(true)) {
                closed.await.ok();
            }
        }
        .boxed()
    }
}

impl Shared {
    /// The file that holds `sequence`, or the next one after it, with its last possible sequence (`None`
    /// for the newest file).
    pub(super) fn file_holding(&self, sequence: Sequence) -> Option<(Sequence, Option<Sequence>)> {
        let files = lock(&self.files);
        let index = files.partition_point(|file| file.first <= sequence).saturating_sub(1);
        let file = files.get(index)?;
        Some((file.first, files.get(index + 1).map(|next| next.first - 1)))
    }

    pub(super) fn newest_file(&self) -> Option<Sequence> {
        lock(&self.files).last().map(|file| file.first)
    }

    pub(super) fn add_file(&self, first: Sequence) {
        lock(&self.files).push(FileInfo { first, size_bytes: 0 });
    }

    pub(super) fn set_newest_file_size(&self, size_bytes: u64) {
        if let Some(file) = lock(&self.files).last_mut() {
            file.size_bytes = size_bytes;
        }
    }

    pub(super) fn size_bytes(&self) -> u64 {
        lock(&self.files).iter().map(|file| file.size_bytes).sum()
    }

    pub(super) fn cursor(&self, sink: &str) -> Sequence {
        lock(&self.cursors).of(sink)
    }

    pub(super) fn acknowledge(&self, sink: &str, sequence: Sequence) -> Result<(), JournalError> {
        lock(&self.cursors).advance(sink, sequence).map_err(|error| unavailable(&error))?;
        self.remove_acknowledged();
        Ok(())
    }

    /// Unlinks closed files that no configured sink needs any more.
    pub(super) fn remove_acknowledged(&self) {
        let lowest = {
            let cursors = lock(&self.cursors);
            self.sinks.iter().map(|sink| cursors.of(sink)).min().unwrap_or(0)
        };
        let mut files = lock(&self.files);
        while let [oldest, next, ..] = files[..]
            && next.first - 1 <= lowest
        {
            let path = file::path(&self.folder, oldest.first);
            if let Err(error) = database_file::remove(&path) {
                warn!(event = "journal_file_not_removed", path = %path.display(), %error);
            }
            files.remove(0);
        }
    }

    /// Notes that writing works or why it does not.
    pub(super) fn set_trouble(&self, trouble: Option<String>) {
        let mut current = lock(&self.trouble);
        match (&*current, &trouble) {
            (None, Some(reason)) => error!(event = "journal_unavailable", reason),
            (Some(_), None) => warn!(event = "journal_recovered"),
            _ => {}
        }
        *current = trouble;
        drop(current);
        self.report();
    }

    pub(super) fn report(&self) {
        self.telemetry.set_journal(lock(&self.trouble).is_none(), self.size_bytes());
    }
}

pub(super) fn unavailable(error: &dyn std::error::Error) -> JournalError {
    JournalError::Unavailable(error.to_string())
}

/// A panic while a lock was held leaves plain values behind, all of them usable.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lock_folder(folder: &Path) -> Result<File, JournalError> {
    let file = File::create(folder.join("lock")).map_err(|error| unavailable(&error))?;
    file.try_lock().map_err(|_| {
        JournalError::Unavailable(format!("another collector is running on {}", folder.display()))
    })?;
    Ok(file)
}

fn open_cursors(path: &Path) -> Result<Cursors, JournalError> {
    match Cursors::open(path) {
        Err(error) if database_file::is_damage(&error) => {
            error!(event = "cursors_damaged", %error, effect = "every sink starts at the oldest entry kept");
            database_file::quarantine(path).map_err(|error| unavailable(&error))?;
            Cursors::open(path)
        }
        opened => opened,
    }
    .map_err(|error| unavailable(&error))
}

/// Finds the last entry of the newest file. A file whose end is damaged is closed by numbering on behind it;
/// one in which nothing can be found is set aside.
fn mend_newest_file(folder: &Path, files: &mut Vec<Sequence>) -> Result<Sequence, JournalError> {
    let Some(&first) = files.last() else { return Ok(0) };
    let path = file::path(folder, first);
    let error = match file::JournalFile::open_for_append(&path).and_then(|opened| opened.last()) {
        Ok(last) => return Ok(last.max(first - 1)),
        Err(error) if database_file::is_damage(&error) => error,
        Err(error) => return Err(unavailable(&error)),
    };
    let last = file::JournalFile::open_for_reading(&path).map_or(0, |opened| opened.last_by_probing(first));
    error!(event = "journal_file_damaged", path = %path.display(), %error, readable_to = last);
    if last == 0 {
        database_file::quarantine(&path).map_err(|error| unavailable(&error))?;
        files.pop();
    }
    Ok(last.max(first) + file::PROBE_GAP)
}
