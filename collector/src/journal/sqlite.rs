//! A lane's journal on SQLite files: how it is opened after whatever happened, and how entries get in.

use super::cursors::Cursors;
use super::keeper::{Chore, Keeper};
use super::reader::SqliteReader;
use super::recent::Recent;
use super::room::Room;
use super::shared::{Shared, unavailable};
use super::writer::{Append, Command, Writer};
use super::{Appended, Entry, Journal, JournalError, JournalReader, Sequence, file};
use crate::database_file;
use crate::track::Lane;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::sync::mpsc::{Sender, SyncSender, TrySendError, channel, sync_channel};
use std::thread;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tracing::error;

/// Most entries of a lane waiting for its writer. A tenth of a second's work of a slow disk.
const MAX_WAITING_ENTRIES: usize = 4_096;

/// Most bytes of a lane waiting for its writer. With the commit group and the digests it is the lane's whole
/// memory: two lanes stay below the 100 MB the collector may take.
const MAX_WAITING_BYTES: usize = 32 * 1024 * 1024;

/// The journal of one lane on SQLite files.
pub struct SqliteJournal {
    shared: Arc<Shared>,
    commands: SyncSender<Command>,
    chores: Sender<Chore>,
    waiting_bytes: Arc<Semaphore>,
}

impl SqliteJournal {
    /// Opens a lane's journal in `folder` for these sinks, mends what a crash left behind and starts the
    /// threads.
    pub fn open(
        folder: &Path,
        lane: Lane,
        sinks: &[&'static str],
        room: Arc<Room>,
    ) -> Result<Self, JournalError> {
        fs::create_dir_all(folder).map_err(|error| unavailable(&error))?;
        let lock = lock_folder(folder)?;
        database_file::remove_orphans(folder).map_err(|error| unavailable(&error))?;
        let cursors = open_cursors(&folder.join("cursors.sqlite"))?;
        let mut files = file::list(folder).map_err(|error| unavailable(&error))?;
        let tail = mend_newest_file(folder, &mut files)?.max(cursors.highest());
        let recent = recent(folder, &files, &room);
        let shared = Shared::new((folder.to_owned(), lock), lane, room, sinks, (files, tail), cursors);
        let shared = Arc::new(shared);
        let mut writer = Writer::new(shared.clone(), tail + 1, recent);
        writer.open_newest().map_err(|error| unavailable(&error))?;
        // What a crash between an acknowledgement and the unlinking left.
        shared.remove_acknowledged();
        let (commands, inbox) = sync_channel(MAX_WAITING_ENTRIES);
        start_thread("journal-writer", move || writer.run(&inbox))?;
        let (chores, chore_inbox) = channel();
        let keeper = Keeper::new(shared.clone(), commands.clone());
        start_thread("journal-keeper", move || keeper.run(&chore_inbox))?;
        shared.report();
        Ok(Self { shared, commands, chores, waiting_bytes: Arc::new(Semaphore::new(MAX_WAITING_BYTES)) })
    }
}

impl Journal for SqliteJournal {
    fn append(&self, entry: Entry) -> BoxFuture<'_, Result<Appended, JournalError>> {
        async move {
            if !self.shared.room.admits(self.shared.lane) {
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
        SqliteReader::new(self.shared.clone(), sink).map(|reader| Box::new(reader) as _)
    }

    fn trouble(&self) -> Option<String> {
        let full = || self.shared.room.is_full().then(|| JournalError::Full.to_string());
        self.shared.trouble().or_else(full)
    }

    fn make_room(&self) -> BoxFuture<'_, ()> {
        async move {
            let (reply, made) = oneshot::channel();
            if self.chores.send(Chore::MakeRoom { reply }).is_ok() {
                made.await.ok();
            }
        }
        .boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        async move {
            let (reply, closed) = oneshot::channel();
            if self.chores.send(Chore::Close { reply }).is_ok() {
                closed.await.ok();
            }
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

fn start_thread(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), JournalError> {
    let thread = thread::Builder::new().name(name.into());
    thread.spawn(work).map(drop).map_err(|error| unavailable(&error))
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
    let opened = file::JournalFile::open_for_append(&path).and_then(|opened| {
        let last = opened.last()?;
        // A crash may have come between a write and its sync. Closing syncs what it left, so that a repeat of
        // it can be answered 202.
        opened.close()?;
        Ok(last)
    });
    let error = match opened {
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

/// The digests of earlier runs.
fn recent(folder: &Path, files: &[Sequence], room: &Room) -> Recent {
    let mut recent = Recent::new(room.config.dedupe_window);
    let open = |first: &Sequence| file::JournalFile::open_for_reading(&file::path(folder, *first)).ok();
    if !room.config.dedupe_window.is_zero() {
        recent.reload(files.iter().rev().filter_map(open));
    }
    recent
}
