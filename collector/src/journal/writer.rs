//! The one thread that writes: it joins what is waiting into a group, commits the group with one sync, and
//! only then lets the answers go.

use super::file::{self, JournalFile};
use super::recent::{Key, Recent};
use super::shared::{Shared, unavailable};
use super::{Appended, Entry, JournalError, Sequence};
use crate::database_file;
use std::collections::HashSet;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, oneshot};
use tracing::error;

/// Most bytes in one group: what a slow disk (80 MB/s) writes in the time one may wait for an answer, 50 ms.
const MAX_GROUP_BYTES: usize = 4 * 1024 * 1024;

/// Longest time spent on gathering a group. The sync takes about as long, so waiting longer gains nothing.
const MAX_GATHER: Duration = Duration::from_millis(2);

/// How often an idle writer looks whether its file is too old, or whether the disk works again.
const TICK: Duration = Duration::from_millis(500);

/// What the writer is asked to do.
#[allow(clippy::large_enum_variant)] // Nearly all are appends.
pub(super) enum Command {
    /// Write an entry and answer once it is synced.
    Append(Append),
    /// Close the file being written and begin the next, unless it is empty. Answers whether it was done.
    Roll { reply: oneshot::Sender<bool> },
    /// Finish: nothing that arrives later is written.
    Close { reply: oneshot::Sender<()> },
}

/// An entry on its way to the disk.
pub(super) struct Append {
    pub(super) entry: Entry,
    pub(super) reply: oneshot::Sender<Result<Appended, JournalError>>,
    /// Its share of the memory for waiting entries. Held here and not by the request, which may be gone
    /// before its entry is written.
    pub(super) _room: OwnedSemaphorePermit,
}

/// State of the writer thread.
pub(super) struct Writer {
    shared: Arc<Shared>,
    current: Option<Current>,
    /// Number of the next entry. Numbers of a failed write are never used again: it may have left rows.
    next: Sequence,
    /// What was committed lately.
    recent: Recent,
    /// Where those who wait for an answer run, if they do so in a runtime.
    runtime: Option<Handle>,
}

/// An answer and who waits for it.
type Answer = (oneshot::Sender<Result<Appended, JournalError>>, Result<Appended, JournalError>);

/// Entries of one commit.
#[derive(Default)]
struct Group {
    /// Those to be written.
    appends: Vec<Append>,
    /// What each of them is remembered by.
    keys: Vec<Option<Key>>,
    /// Whose first stands among the appends: they share its fate.
    twins: Vec<Append>,
}

struct Current {
    file: JournalFile,
    first: Sequence,
    size_bytes: u64,
    opened_at: Instant,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, next: Sequence, recent: Recent) -> Self {
        Self { shared, current: None, next, recent, runtime: Handle::try_current().ok() }
    }

    /// Works until told to close or until nobody can send any more.
    pub(super) fn run(mut self, inbox: &Receiver<Command>) {
        let mut next = None;
        loop {
            let command = next.take().map_or_else(|| inbox.recv_timeout(TICK), Ok);
            match command {
                Ok(Command::Append(append)) => {
                    let (appends, then) = gather(append, inbox);
                    let group = self.without_repeated(appends);
                    self.commit(group);
                    next = then;
                }
                Ok(Command::Roll { reply }) => {
                    reply.send(self.roll_on_demand()).ok();
                }
                Ok(Command::Close { reply }) => return self.close(Some(reply)),
                Err(RecvTimeoutError::Timeout) => self.tick(),
                Err(RecvTimeoutError::Disconnected) => return self.close(None),
            }
        }
    }

    /// Opens the newest file, or the next one if it cannot be appended to.
    pub(super) fn open_newest(&mut self) -> rusqlite::Result<()> {
        let Some(first) = self.shared.newest_file() else { return self.open_next() };
        let path = file::path(&self.shared.folder, first);
        match JournalFile::open_for_append(&path).and_then(|file| file.last().map(|last| (file, last))) {
            Ok((file, last)) => {
                let size_bytes = database_file::size_bytes(&path);
                self.next = self.next.max(last + 1).max(first);
                self.current = Some(Current { file, first, size_bytes, opened_at: Instant::now() });
                Ok(())
            }
            Err(error) if database_file::is_damage(&error) => self.open_next(),
            Err(error) => Err(error),
        }
    }

    fn open_next(&mut self) -> rusqlite::Result<()> {
        let first = self.next;
        let path = file::path(&self.shared.folder, first);
        let mut file = JournalFile::open_for_append(&path)?;
        // Before the file counts as the newest: the one before it may be unlinked then.
        if let Some(list) = self.recent.to_list() {
            file.write_digests(&list)?;
        }
        if self.shared.newest_file() != Some(first) {
            self.shared.add_file(first);
        }
        self.current = Some(Current { file, first, size_bytes: 0, opened_at: Instant::now() });
        Ok(())
    }

    /// Answers what is on the disk already and tells first ones from their twins.
    fn without_repeated(&mut self, appends: Vec<Append>) -> Group {
        let mut group = Group::default();
        let mut standing = HashSet::new();
        for append in appends {
            let header = &append.entry.header;
            let key = self.recent.key(header);
            if key.is_some_and(|key| self.recent.holds(&key, header.received_ms)) {
                append.reply.send(Ok(Appended::Repeated)).ok();
            } else if key.is_some_and(|key| !standing.insert(key)) {
                group.twins.push(append);
            } else {
                group.appends.push(append);
                group.keys.push(key);
            }
        }
        group
    }

    fn commit(&mut self, group: Group) {
        if group.appends.is_empty() {
            return;
        }
        let started = Instant::now();
        match self.write(&group.appends) {
            Ok(first) => {
                let lane = self.shared.lane;
                self.shared.telemetry().observe_commit(lane, started.elapsed().as_secs_f64());
                self.shared.set_trouble(None);
                self.shared.tail.send_replace(self.next - 1);
                let mut answers: Vec<Answer> = Vec::with_capacity(group.appends.len() + group.twins.len());
                for (sequence, (append, key)) in (first..).zip(group.appends.into_iter().zip(group.keys)) {
                    if let Some(key) = key {
                        self.recent.remember(key, append.entry.header.received_ms);
                    }
                    answers.push((append.reply, Ok(Appended::New(sequence))));
                }
                answers.extend(group.twins.into_iter().map(|twin| (twin.reply, Ok(Appended::Repeated))));
                self.answer(answers);
            }
            Err(error) => {
                // Their digests are not remembered: the repeats of what failed must be written.
                let refusal = unavailable(&error);
                self.give_up(&error, group.appends.len() as u64);
                for append in group.appends.into_iter().chain(group.twins) {
                    append.reply.send(Err(refusal.clone())).ok();
                }
            }
        }
    }

    /// Lets the answers go. From inside the runtime where there are several: a task woken from another thread
    /// costs a lock and often a system call, and they all wake at once.
    fn answer(&self, answers: Vec<Answer>) {
        let send = |answers: Vec<Answer>| {
            for (reply, answer) in answers {
                // A browser that went away does not need its answer; the entry is kept all the same.
                reply.send(answer).ok();
            }
        };
        match &self.runtime {
            Some(runtime) if answers.len() > 1 => drop(runtime.spawn(async move { send(answers) })),
            _ => send(answers),
        }
    }

    fn write(&mut self, group: &[Append]) -> rusqlite::Result<Sequence> {
        self.roll_if_due()?;
        if self.current.is_none() {
            self.open_newest()?;
        }
        let first = self.next;
        if let Some(current) = &mut self.current {
            current.file.append(first, group.iter().map(|append| &append.entry))?;
            current.size_bytes += group.iter().map(|append| append.entry.size_bytes() as u64).sum::<u64>();
            self.shared.set_newest_file_size(current.size_bytes);
        }
        self.next += group.len() as u64;
        Ok(first)
    }

    /// Closes a file that is large or old enough and begins the next.
    fn roll_if_due(&mut self) -> rusqlite::Result<()> {
        let config = self.shared.config();
        let due = self.current.as_ref().is_some_and(|current| {
            let large = current.size_bytes >= config.max_file_bytes;
            let old = current.opened_at.elapsed() >= config.max_file_age;
            // A file without entries is not worth a new one.
            self.next > current.first && (large || old)
        });
        if due { self.roll() } else { Ok(()) }
    }

    fn roll_on_demand(&mut self) -> bool {
        if self.current.as_ref().is_none_or(|current| self.next <= current.first) {
            return false;
        }
        let rolled = self.roll();
        if let Err(error) = &rolled {
            self.give_up(error, 0);
        }
        rolled.is_ok()
    }

    fn roll(&mut self) -> rusqlite::Result<()> {
        if let Some(current) = self.current.take() {
            current.file.close()?;
            let size_bytes = database_file::size_bytes(&file::path(&self.shared.folder, current.first));
            self.shared.set_newest_file_size(size_bytes);
        }
        self.open_next()?;
        self.shared.remove_acknowledged();
        Ok(())
    }

    fn tick(&mut self) {
        if let Err(error) = self.roll_if_due().and_then(|()| self.recover()) {
            self.give_up(&error, 0);
        }
        self.shared.report();
    }

    /// In trouble, tries whether the disk takes a write again. Without this, a load balancer that heeds
    /// `/readyz` would never send the request that notices.
    fn recover(&mut self) -> rusqlite::Result<()> {
        if self.current.is_none() {
            self.open_newest()?;
            if let Some(current) = &mut self.current {
                current.file.probe()?;
            }
            self.shared.set_trouble(None);
        }
        Ok(())
    }

    fn give_up(&mut self, error: &rusqlite::Error, unused_numbers: u64) {
        // At least one, so that a damaged empty file is not taken for the next one.
        self.next += unused_numbers.max(1);
        self.current = None;
        let mut trouble = Some(error.to_string());
        if database_file::is_damage(error) {
            error!(event = "journal_file_damaged", %error);
            // Begins a new file; the damaged one is left to the readers.
            trouble = self.open_next().err().map(|error| error.to_string());
        }
        self.shared.set_trouble(trouble);
    }

    fn close(mut self, reply: Option<oneshot::Sender<()>>) {
        if let Some(current) = self.current.take()
            && let Err(error) = current.file.close()
        {
            // Nothing is lost: the next start reads the rows from the WAL.
            error!(event = "journal_not_closed", %error);
        }
        // The last of it, so that whoever hears "closed" may open the folder again.
        drop(self);
        if let Some(reply) = reply {
            reply.send(()).ok();
        }
    }
}

/// Joins what is waiting, up to the bounds of a group, and gives back what is to be done after it.
fn gather(first: Append, inbox: &Receiver<Command>) -> (Vec<Append>, Option<Command>) {
    let deadline = Instant::now() + MAX_GATHER;
    let mut bytes = first.entry.size_bytes();
    let mut group = vec![first];
    while bytes < MAX_GROUP_BYTES && Instant::now() < deadline {
        match inbox.try_recv() {
            Ok(Command::Append(append)) => {
                bytes += append.entry.size_bytes();
                group.push(append);
            }
            Ok(command) => return (group, Some(command)),
            Err(_) => break,
        }
    }
    (group, None)
}
