//! Destinations behind one contract. A sink is given an entry until it has decided; it may be given the same
//! entry again after a crash, so what it does must bear repeating.
//!
//! To add a sink: a folder with a type that implements [`Sink`], its options in `config/`, and one line in
//! `lib.rs` where the sinks are listed.

mod body;
pub mod datadog;
pub mod store;

pub use body::{owed_body, plain_body};

use crate::intake::decode;
use crate::journal::{Compression, Entry, Sequence};
use crate::stack;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rum_protocol::Batch;
use rum_protocol::replay::Segment;
use std::collections::VecDeque;
use std::fmt::Display;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

/// Why a sink did not take an entry, which is also what happens next.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Refusal {
    /// It will pass: tried again after the given time, or after a growing pause.
    Retry {
        /// For the log; free of tokens and data.
        reason: String,
        /// What the sink asked for.
        after: Option<Duration>,
    },
    /// It will not pass by itself, and is not the entry's fault: tried slowly, with an alarm.
    Hold {
        /// For the log; free of tokens and data.
        reason: String,
    },
    /// The entry will never be taken: it goes to the dead letters.
    Never {
        /// For the log; free of tokens and data.
        reason: String,
        /// For the dead letter only: the sink's own words, which may quote data.
        detail: String,
    },
}

/// What became of an entry nothing of which is owed any more.
#[derive(Clone, Debug, PartialEq)]
pub enum Taken {
    /// The sink has all of it.
    Whole,
    /// The sink has it but for these parts, which go to the dead letters.
    But(Vec<RefusedPart>),
}

/// Events of an entry that a sink will never take.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedPart {
    /// The entry with these events alone.
    pub entry: Entry,
    /// Index of the first one in the whole entry, which tells its parts apart.
    pub first_event: u32,
    /// How many they are.
    pub events: u64,
    /// As in [`Refusal::Never`].
    pub reason: String,
    /// As in [`Refusal::Never`].
    pub detail: String,
}

/// How a sink wants to be fed.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Requests at once to begin with, and again after an outage.
    pub first_requests: usize,
    /// Most requests at once. Between one and this, delivery follows how well the sink answers.
    pub max_requests: usize,
    /// Most entries in one request.
    pub max_group_entries: usize,
}

/// An entry on its way to a sink.
#[derive(Clone, Debug)]
pub struct Parcel {
    /// Where it stands in the journal.
    pub sequence: Sequence,
    /// What is to be delivered.
    pub entry: Arc<Entry>,
    /// The sink's own note of what earlier attempts achieved.
    pub progress: Progress,
}

/// How far a sink got with an entry it takes in parts. It lives in memory: after a crash the entry is
/// delivered from its beginning.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    /// Runs of events still owed, in order; `None` while the entry is tried in one piece.
    owed: Option<VecDeque<Range<usize>>>,
    /// Runs that will never be taken, with reason and detail.
    refused: Vec<(Range<usize>, String, String)>,
    /// Refusals so far.
    refusals: usize,
}

/// A destination.
pub trait Sink: Send + Sync {
    /// Its name in the journal's cursors and in metrics; never changed once released.
    fn name(&self) -> &'static str;
    /// How much it should be given at once.
    fn pace(&self) -> Pace;
    /// Takes entries, or says why not: one answer for each, in their order. Entries of one session may follow
    /// each other in a group, so a group that is not taken (`Retry`, `Hold`) is not taken as a whole.
    fn deliver<'a>(&'a self, parcels: &'a mut [Parcel]) -> BoxFuture<'a, Vec<Result<Taken, Refusal>>>;
    /// Ends when what made it hold its hand up may have passed, so that nobody waits out the pause.
    fn may_resume(&self) -> BoxFuture<'_, ()> {
        std::future::pending().boxed()
    }
}

/// Reads an accepted batch back. It was checked at the door, so a failure is damage the checksum missed or
/// a collector older than the one that accepted it.
fn read_batch(entry: &Entry) -> Result<Batch, Refusal> {
    let mut batch = match entry.header.compression {
        // Inflated under the cap of a batch.
        Compression::Zlib => decode::batch(&entry.body),
        Compression::None | Compression::Lz4 => decode::batch(&plain_body(entry)?),
    }
    .map_err(unreadable)?;
    stack::normalise(&mut batch);
    Ok(batch)
}

/// Reads an accepted segment back.
fn read_segment(entry: &Entry) -> Result<Segment, Refusal> {
    match entry.header.compression {
        // Inflated under the cap of a segment.
        Compression::Zlib => decode::segment(&entry.body),
        Compression::None | Compression::Lz4 => decode::segment(&plain_body(entry)?),
    }
    .map_err(unreadable)
}

// By value, because that is what `map_err` hands over.
#[allow(clippy::needless_pass_by_value)]
fn unreadable(error: impl Display) -> Refusal {
    Refusal::Never { reason: "an accepted body cannot be read back".into(), detail: error.to_string() }
}
