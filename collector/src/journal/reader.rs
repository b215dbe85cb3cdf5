//! Reading from a cursor: over file borders, past damage, and waiting at the end.

use super::file::{self, JournalFile, Stored};
use super::sqlite::{Shared, unavailable};
use super::{Item, JournalError, JournalReader, Sequence};
use crate::database_file;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tracing::error;

/// Most entries read at once: enough to keep a sink's requests in flight while the next are fetched.
const MAX_READ_ENTRIES: u32 = 64;

/// Most bytes read at once, which bounds a sink's memory.
const MAX_READ_BYTES: usize = 4 * 1024 * 1024;

/// One sink's reader.
pub(super) struct SqliteReader {
    shared: Arc<Shared>,
    sink: &'static str,
    tail: watch::Receiver<Sequence>,
    scanner: Arc<Mutex<Scanner>>,
}

impl SqliteReader {
    pub(super) fn new(shared: Arc<Shared>, sink: &'static str) -> Self {
        let position = shared.cursor(sink);
        let scanner = Scanner { shared: shared.clone(), position, open: None };
        Self { tail: shared.tail.subscribe(), scanner: Arc::new(Mutex::new(scanner)), shared, sink }
    }
}

impl JournalReader for SqliteReader {
    fn next(&self) -> BoxFuture<'_, Result<Vec<Item>, JournalError>> {
        let mut newest = self.tail.clone();
        async move {
            loop {
                let tail = *newest.borrow_and_update();
                let scanner = self.scanner.clone();
                let items =
                    in_background(move || scanner.lock().unwrap_or_else(PoisonError::into_inner).scan(tail))
                        .await?;
                if !items.is_empty() {
                    return Ok(items);
                }
                newest.changed().await.map_err(|_| JournalError::Closed)?;
            }
        }
        .boxed()
    }

    fn acknowledge(&self, sequence: Sequence) -> BoxFuture<'_, Result<(), JournalError>> {
        let (shared, sink) = (self.shared.clone(), self.sink);
        in_background(move || shared.acknowledge(sink, sequence)).boxed()
    }

    fn backlog(&self) -> u64 {
        self.tail.borrow().saturating_sub(self.shared.cursor(self.sink))
    }
}

/// SQLite blocks, so it runs on a thread that may.
async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, JournalError> + Send + 'static,
) -> Result<T, JournalError> {
    spawn_blocking(work).await.map_err(|error| unavailable(&error))?
}

/// The blocking half: where this reader stands and the file it has open.
struct Scanner {
    shared: Arc<Shared>,
    position: Sequence,
    open: Option<(Sequence, JournalFile)>,
}

impl Scanner {
    /// Items after the position, none if `tail` is reached.
    fn scan(&mut self, tail: Sequence) -> Result<Vec<Item>, JournalError> {
        while self.position < tail {
            let (first, end) = self.shared.file_holding(self.position + 1).unwrap_or((tail + 1, Some(tail)));
            let items = match self.read_file(first) {
                Ok(stored) => merge(stored),
                Err(error) if self.is_lost(first, &error) => {
                    error!(event = "journal_read_damaged", file = first, after = self.position, %error);
                    self.salvage(first, end.unwrap_or(tail).min(tail))?
                }
                Err(error) => return Err(unavailable(&error)),
            };
            if let Some(last) = items.last() {
                self.position = last.last();
                return Ok(items);
            }
            // Nothing more in this file. Behind the newest file, what `tail` promised has vanished.
            match end {
                Some(end) => self.position = self.position.max(end),
                None => return Ok(vec![self.lose(tail)]),
            }
        }
        Ok(Vec::new())
    }

    fn read_file(&mut self, first: Sequence) -> rusqlite::Result<Vec<Stored>> {
        let position = self.position;
        self.file(first)?.read_after(position, MAX_READ_ENTRIES, MAX_READ_BYTES)
    }

    fn file(&mut self, first: Sequence) -> rusqlite::Result<&JournalFile> {
        let open = match self.open.take() {
            Some(open) if open.0 == first => open,
            _ => (first, JournalFile::open_for_reading(&file::path(&self.shared.folder, first))?),
        };
        Ok(&self.open.insert(open).1)
    }

    fn is_lost(&self, first: Sequence, error: &rusqlite::Error) -> bool {
        database_file::is_damage(error) || !file::path(&self.shared.folder, first).exists()
    }

    /// Reads entry by entry what can still be read of a damaged file, up to `end`.
    fn salvage(&mut self, first: Sequence, end: Sequence) -> Result<Vec<Item>, JournalError> {
        self.open = None;
        let after = self.position;
        let Ok(file) = self.file(first) else { return Ok(vec![self.lose(end)]) };
        let mut found = Vec::new();
        let mut bytes = 0;
        for sequence in after + 1..=end {
            match file.read_one(sequence) {
                Ok(Some(stored)) => {
                    if let Stored::Intact(_, entry) = &stored {
                        bytes += entry.size_bytes();
                    }
                    found.push(stored);
                }
                Ok(None) => {}
                Err(error) if database_file::is_damage(&error) => found.push(Stored::Damaged(sequence)),
                Err(error) => return Err(unavailable(&error)),
            }
            if found.len() >= MAX_READ_ENTRIES as usize || bytes >= MAX_READ_BYTES {
                break;
            }
        }
        Ok(merge(found))
    }

    /// Gives up everything to `last`.
    fn lose(&mut self, last: Sequence) -> Item {
        let first = self.position + 1;
        self.position = last;
        Item::Damaged { first, last }
    }
}

/// Joins neighbouring damaged entries.
fn merge(stored: Vec<Stored>) -> Vec<Item> {
    let mut items = Vec::with_capacity(stored.len());
    for stored in stored {
        match (stored, items.last_mut()) {
            (Stored::Intact(sequence, entry), _) => items.push(Item::Entry(sequence, entry)),
            (Stored::Damaged(sequence), Some(Item::Damaged { last, .. })) if *last + 1 == sequence => {
                *last = sequence;
            }
            (Stored::Damaged(sequence), _) => items.push(Item::Damaged { first: sequence, last: sequence }),
        }
    }
    items
}
