//! Destinations behind one contract. A sink is told an entry until it has decided; it may be told the same
//! entry again after a crash, so what it does must bear repeating.
//!
//! To add a sink: a folder with a type that implements [`Sink`], its options in `config/`, and one line in
//! `lib.rs` where the sinks are listed.

pub mod datadog;
pub mod store;

use crate::intake::decode::{self, DecodeError};
use crate::journal::{Entry, Sequence};
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use rum_protocol::Batch;
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

/// A destination.
pub trait Sink: Send + Sync {
    /// Its name in the journal's cursors and in metrics; never changed once released.
    fn name(&self) -> &'static str;
    /// Most entries it should be working on at once.
    fn max_in_flight(&self) -> usize;
    /// Takes an entry, or says why not.
    fn deliver<'a>(&'a self, sequence: Sequence, entry: &'a Entry) -> BoxFuture<'a, Result<(), Refusal>>;
    /// Ends when what made it hold its hand up may have passed, so that nobody waits out the pause.
    fn may_resume(&self) -> BoxFuture<'_, ()> {
        std::future::pending().boxed()
    }
}

/// Reads an accepted batch back. It was checked at the door, so a failure is damage the checksum missed or
/// a collector older than the one that accepted it.
fn read_batch(entry: &Entry) -> Result<Batch, Refusal> {
    decode::batch(&entry.body).map_err(unreadable)
}

/// Inflates an accepted body of the Datadog door.
fn read_datadog_events(entry: &Entry) -> Result<Vec<u8>, Refusal> {
    decode::inflate(&entry.body, decode::DATADOG_INFLATED_LIMIT_BYTES).map_err(unreadable)
}

// By value, because that is what `map_err` hands over.
#[allow(clippy::needless_pass_by_value)]
fn unreadable(error: DecodeError) -> Refusal {
    Refusal::Never { reason: "an accepted body cannot be read back".into(), detail: error.to_string() }
}
