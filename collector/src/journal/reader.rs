//! Reading from a cursor: over file borders, past damage, and waiting at the end.

use super::file::{self, JournalFile, Stored};
use super::shared::{Shared, now_ms, unavailable};
use super::{Item, JournalError, JournalReader, Sequence};
use crate::database_file;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::watch;
use tokio::task::spawn_blocking;
use tracing::error;

/// Most entries read at once: enough to keep a sink's requests in flight while the next are fetched.
const MAX_READ_ENTRIES: u32 = 64;

/// Most bytes read at once, which bounds a sink's memory.
const MAX_READ_BYTES: usize = 4 * 1024 * 1024;

/// Entries before the position that are read again where a file's order is in doubt: more than fit one page,
/// so that the search for them does not begin on the damaged one.
const OVERLAP_ENTRIES: u64 = 128;

/// One sink's reader.
pub(super) struct SqliteReader {
    shared: Arc<Shared>,
    sink: &'static str,
    tail: watch::Receiver<Sequence>,
    scanner: Arc<Mutex<Scanner>>,
}

impl SqliteReader {
    pub(super) fn new(shared: Arc<Shared>, sink: &'static str) -> Result<Self, JournalError> {
        let cursor = shared.cursor(sink);
        let unknown = || JournalError::Unavailable(format!("opened without the sink {sink}"));
        *shared.lock_position(sink).ok_or_else(unknown)? = cursor;
        let scanner = Scanner { shared: shared.clone(), sink, open: None };
        Ok(Self { tail: shared.tail.subscribe(), scanner: Arc::new(Mutex::new(scanner)), shared, sink })
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

/// The blocking half. Where it stands is in [`Shared`], for the keeper to see.
struct Scanner {
    shared: Arc<Shared>,
    sink: &'static str,
    open: Option<(Sequence, JournalFile)>,
}

impl Scanner {
    /// Items after the position, none if `tail` is reached.
    fn scan(&mut self, tail: Sequence) -> Result<Vec<Item>, JournalError> {
        let shared = self.shared.clone();
        let Some(mut position) = shared.lock_position(self.sink) else { return Ok(Vec::new()) };
        while *position < tail {
            let (first, end) = shared.file_holding(*position + 1).unwrap_or((tail + 1, Some(tail)));
            let last = end.unwrap_or(tail).min(tail);
            let items = match self.read(first, *position, last) {
                Ok(items) => items,
                Err(error) if self.is_lost(first, &error) => {
                    error!(event = "journal_read_damaged", file = first, after = *position, %error);
                    self.salvage(first, *position, last)?
                }
                Err(error) => return Err(unavailable(&error)),
            };
            if let Some(item) = items.last() {
                *position = item.last();
                return Ok(self.sort_out_expired(items));
            }
            // Nothing more in this file.
            let after = *position;
            *position = after.max(last);
            if end.is_none() {
                // What `tail` promised has vanished.
                return Ok(vec![Item::Damaged { first: after + 1, last }]);
            }
        }
        Ok(Vec::new())
    }

    /// Entries from `after` to `last`, by SQLite's order where it can be trusted.
    fn read(&mut self, first: Sequence, after: Sequence, last: Sequence) -> rusqlite::Result<Vec<Item>> {
        let stored = self.file(first)?.read_after(after, after, MAX_READ_ENTRIES, MAX_READ_BYTES)?;
        let consecutive = (after + 1..).zip(&stored).all(|(expected, stored)| {
            matches!(stored, Stored::Intact(sequence, _) if *sequence == expected && expected <= last)
        });
        if consecutive {
            return Ok(stored.into_iter().filter_map(Stored::into_item).collect());
        }
        // Numbers a failed write left out, or damage. A damaged number misleads SQLite's search, so look again
        // from further back, and believe no number but those whose checksum holds.
        let overlap = after.saturating_sub(OVERLAP_ENTRIES);
        let limit = MAX_READ_ENTRIES + OVERLAP_ENTRIES as u32;
        let stored = self.file(first)?.read_after(overlap, after, limit, MAX_READ_BYTES)?;
        let (mut intact, mut damaged) = (BTreeMap::new(), false);
        for stored in stored {
            match stored {
                Stored::Intact(sequence, entry) if (after + 1..=last).contains(&sequence) => {
                    intact.insert(sequence, entry);
                }
                Stored::Intact(..) => {}
                Stored::Damaged => damaged = true,
            }
        }
        if damaged && intact.is_empty() {
            return Err(database_file::damage("nothing intact follows"));
        }
        let mut items = Vec::with_capacity(intact.len());
        let mut position = after;
        for (sequence, entry) in intact {
            if damaged && sequence > position + 1 {
                items.push(Item::Damaged { first: position + 1, last: sequence - 1 });
            }
            items.push(Item::Entry(sequence, entry));
            position = sequence;
        }
        Ok(items)
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

    /// Reads entry by entry what can still be read of a damaged file, up to `last`.
    fn salvage(
        &mut self,
        first: Sequence,
        after: Sequence,
        last: Sequence,
    ) -> Result<Vec<Item>, JournalError> {
        self.open = None;
        let Ok(file) = self.file(first) else {
            return Ok(vec![Item::Damaged { first: after + 1, last }]);
        };
        let mut items = Vec::new();
        let mut bytes = 0;
        for sequence in after + 1..=last {
            match file.read_one(sequence) {
                Ok(Some(Stored::Intact(_, entry))) => {
                    bytes += entry.size_bytes();
                    items.push(Item::Entry(sequence, entry));
                }
                Ok(Some(Stored::Damaged)) => lose(&mut items, sequence),
                Ok(None) => {}
                Err(error) if database_file::is_damage(&error) => lose(&mut items, sequence),
                Err(error) => return Err(unavailable(&error)),
            }
            if items.len() >= MAX_READ_ENTRIES as usize || bytes >= MAX_READ_BYTES {
                return Ok(items);
            }
        }
        if items.is_empty() {
            // There was something, or nobody would salvage.
            items.push(Item::Damaged { first: after + 1, last });
        }
        Ok(items)
    }

    /// Tells entries that are too old from those that are still owed.
    fn sort_out_expired(&self, items: Vec<Item>) -> Vec<Item> {
        let oldest_ms = now_ms().saturating_sub(self.shared.config().max_age.as_millis() as u64);
        let sort_out = |item| match item {
            Item::Entry(sequence, entry) if entry.header.received_ms < oldest_ms => {
                Item::Expired(sequence, entry.header)
            }
            item => item,
        };
        items.into_iter().map(sort_out).collect()
    }
}

/// Adds a lost entry, joined with the one before it.
fn lose(items: &mut Vec<Item>, sequence: Sequence) {
    match items.last_mut() {
        Some(Item::Damaged { last, .. }) if *last + 1 == sequence => *last = sequence,
        _ => items.push(Item::Damaged { first: sequence, last: sequence }),
    }
}
