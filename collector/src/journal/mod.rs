//! The durable log between the answer to the browser and delivery.
//!
//! # Promise
//! [`Journals::append`] returns only after the entry is synced to disk, and the intake answers 202 only after
//! that. Every sink reads all entries of a lane in order from its own cursor, at least once: a crash between a
//! delivery and its acknowledgement repeats that delivery. What is given up instead (age, or replay that has to
//! give way) is counted once for each sink it was still owed to.
//!
//! # Lanes
//! Events and replay have a journal each: folder, writer, memory, numbers, cursors. They share the disk, so one
//! limit holds for both: `journal.max_total_bytes` ([`Room`]).
//!
//! # Layout
//! ```text
//! data/journal/, data/replay-journal/   one per lane
//! journal/lock                          held while a collector runs on this folder
//! journal/00000000000000000001.sqlite   entries from sequence 1; SQLite, WAL, synchronous=FULL
//! journal/00000000000000004711.sqlite   entries from sequence 4711; the newest file is appended to
//! journal/cursors.sqlite                last acknowledged sequence per sink
//!
//! entry(sequence INTEGER PRIMARY KEY,   rises by one, over all files
//!       header   BLOB,                  CBOR map of `entry::Header`
//!       body     BLOB,                  as the header's `compression` says
//!       checksum INTEGER)               CRC-32 of sequence (8 bytes, little-endian), header, body
//! digests(list, checksum)               what was to be recognised when the file was begun; CBOR, CRC-32
//! ```
//! Rows are never deleted: a file is closed when it is large or old enough and unlinked once every sink has
//! acknowledged all of it, so there is no vacuum and the disk is given back at once. Cursors are written
//! before a file is unlinked, and the file goes before its companions: after a crash at any point the next
//! start finishes the work.
//!
//! # Repeats
//! An entry with the digest, application and track of one that was committed less than
//! `journal.dedupe_window_s` before (by the collector's clock at receipt), or that stands before it in the same
//! commit, is answered [`Appended::Repeated`] once that first one is synced, and not written. The window holds
//! across restarts and crashes. It is shorter where more than `MAX_DIGESTS` bodies of a lane come within it,
//! and what damage took is forgotten. Nothing is remembered of a write that failed. So a repeat may be kept
//! twice, but never is one answered in place of a body that is not on the disk.
//!
//! # Bounds
//! Age: an entry received more than `journal.max_age_s` ago is given up when a reader meets it
//! ([`Item::Expired`]), and a closed file of nothing else is unlinked unread. Size: at `journal.max_total_bytes`
//! both lanes are refused; under `drop_replay`, replay is refused from 95 % on, and events that find no room have
//! the oldest replay files unlinked first; the one being written is closed for it if it is the last.
//!
//! # Damage
//! An entry whose checksum or page does not hold is reported as [`Item::Damaged`] and skipped; its neighbours
//! are read, by number where SQLite's order is in doubt. A torn write-ahead log costs what lies behind the
//! tear. Damaged cursors start again at the oldest entry kept: data twice rather than never. A write that
//! fails makes the journal not ready; it tries again by itself and never ends the process.

mod cursors;
mod entry;
mod file;
mod keeper;
mod lanes;
mod packing;
mod reader;
mod recent;
mod room;
mod shared;
mod sqlite;
mod writer;

#[cfg(test)]
mod bounds_test;
#[cfg(test)]
mod damage_test;
#[cfg(test)]
mod dedupe_test;
#[cfg(test)]
mod model_test;
#[cfg(test)]
mod scene;

pub use entry::{Compression, Content, Digest, Entry, Header};
pub use lanes::Journals;
pub use packing::{UnpackError, pack, unpack};
pub use room::Room;
pub use sqlite::SqliteJournal;

use futures_util::future::BoxFuture;

/// Position of an entry; the first is 1.
pub type Sequence = u64;

/// What became of an append that succeeded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Appended {
    /// Synced as a new entry.
    New(Sequence),
    /// An entry with the same digest was synced before; nothing was written.
    Repeated,
}

/// Why the journal could not do what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk refused; it is tried again in the background.
    #[error("the journal cannot be used: {0}")]
    Unavailable(String),
    /// `journal.max_total_bytes` is reached; room is made as sinks acknowledge.
    #[error("the journal is full")]
    Full,
    /// Too much is waiting to be written.
    #[error("more is waiting for the journal than memory should hold")]
    Overloaded,
    /// The collector is stopping.
    #[error("the journal is closed")]
    Closed,
}

/// What a sink reads.
#[allow(clippy::large_enum_variant)] // Nearly all are entries.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// An intact entry.
    Entry(Sequence, Entry),
    /// An entry older than `journal.max_age_s`.
    Expired(Sequence, Header),
    /// Entries `first` to `last` cannot be read any more.
    Damaged {
        /// First lost entry.
        first: Sequence,
        /// Last lost entry.
        last: Sequence,
    },
}

impl Item {
    /// The position after which reading goes on.
    pub fn last(&self) -> Sequence {
        match self {
            Self::Entry(sequence, _) | Self::Expired(sequence, _) => *sequence,
            Self::Damaged { last, .. } => *last,
        }
    }
}

/// A lane's durable log with a cursor per sink. A trait, so that a replicated log can stand in SQLite's place.
pub trait Journal: Send + Sync {
    /// Adds an entry; returns once it is synced.
    fn append(&self, entry: Entry) -> BoxFuture<'_, Result<Appended, JournalError>>;
    /// The reader of one sink, standing at its cursor. One at a time per sink.
    fn reader(&self, sink: &'static str) -> Result<Box<dyn JournalReader>, JournalError>;
    /// Why entries are not taken at the moment; `None` when they are.
    fn trouble(&self) -> Option<String>;
    /// Gives up the oldest entries where the configuration says that they have to give way.
    fn make_room(&self) -> BoxFuture<'_, ()>;
    /// Writes what is waiting and releases the files. Later appends are refused.
    fn close(&self) -> BoxFuture<'_, ()>;
}

/// A sink's side of the journal.
pub trait JournalReader: Send + Sync {
    /// The next items, at least one, waiting for it if need be. Each item is given once per reader, so a call
    /// is not broken off unless the reader is given up.
    fn next(&self) -> BoxFuture<'_, Result<Vec<Item>, JournalError>>;
    /// Moves the sink's cursor: everything up to `sequence` is never needed again.
    fn acknowledge(&self, sequence: Sequence) -> BoxFuture<'_, Result<(), JournalError>>;
    /// Entries between the cursor and the newest entry.
    fn backlog(&self) -> u64;
}
