//! Parts of an entry, for bodies the intake does not take in one piece. A part is an entry of its own with
//! some of the events, so it is sent and set aside as any other.

use crate::intake::decode::{DecodeError, lines};
use crate::journal::{Compression, Content, Entry};
use crate::sink::body::compressed;
use crate::sink::{Parcel, Progress, Refusal, RefusedPart, Taken, plain_body, read_batch, unreadable};
use bytes::Bytes;
use rum_protocol::Batch;
use std::collections::VecDeque;
use std::ops::Range;

/// Most refusals of one entry's parts that are answered by halving; what is refused beyond goes to the dead
/// letters undivided. 64 single events among any number are found within it.
const MAX_REFUSALS: usize = 512;

/// The events of an entry.
#[allow(clippy::large_enum_variant)] // Short-lived, and never in a collection.
pub(super) enum Events {
    Batch(Batch),
    Lines { plain: Bytes, lines: Vec<Range<usize>> },
}

impl Events {
    /// `None` if the body is of one piece: a multipart one, a segment of replay, or a single event.
    pub(super) fn of(entry: &Entry) -> Result<Option<Self>, Refusal> {
        let events = match &entry.header.content {
            Content::Batch => Self::Batch(read_batch(entry)?),
            Content::Segment => return Ok(None),
            Content::Datadog { content_type: Some(kind), .. } if !kind.starts_with("text/plain") => {
                return Ok(None);
            }
            Content::Datadog { .. } => {
                let plain = plain_body(entry)?;
                let start = plain.as_ptr() as usize;
                let lines = lines(&plain)
                    .map(|(_, line)| {
                        let first = line.as_ptr() as usize - start;
                        first..first + line.len()
                    })
                    .collect();
                Self::Lines { plain, lines }
            }
        };
        Ok(Some(events).filter(|events| events.len() > 1))
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Batch(batch) => batch.events.len(),
            Self::Lines { lines, .. } => lines.len(),
        }
    }

    /// The entry with a run of its events alone.
    pub(super) fn part(&self, entry: &Entry, run: Range<usize>) -> Result<Entry, Refusal> {
        let plain = match self {
            Self::Batch(batch) => {
                let part = Batch { events: batch.events[run].to_vec(), ..batch.clone() };
                minicbor::to_vec(&part).map_err(|error| unreadable(DecodeError::Batch(error.to_string())))?
            }
            Self::Lines { plain, lines } => {
                let part: Vec<_> = lines[run].iter().map(|line| &plain[line.clone()]).collect();
                part.join(&b'\n')
            }
        };
        let mut header = entry.header.clone();
        header.compression = Compression::Zlib;
        // It is not the body the digest was taken of.
        header.digest = None;
        Ok(Entry { header, body: compressed(&plain)? })
    }
}

impl Progress {
    /// Whether the entry is taken in parts from now on.
    pub(crate) fn is_divided(&self) -> bool {
        self.owed.is_some()
    }

    /// Begins to take the entry in halves, because it was refused in one piece.
    pub(super) fn divide(&mut self, events: usize) {
        self.refusals += 1;
        self.owed = Some(VecDeque::from(halves(0..events)));
    }

    /// The next run of events to send.
    pub(super) fn next(&self) -> Option<Range<usize>> {
        self.owed.as_ref().and_then(|owed| owed.front().cloned())
    }

    /// The next run was taken.
    pub(super) fn taken(&mut self) {
        self.owed.as_mut().and_then(VecDeque::pop_front);
    }

    /// The next run was refused: halved, or given up if it is one event.
    pub(super) fn refused(&mut self, reason: String, detail: String, divisible: bool) {
        let Some(run) = self.owed.as_mut().and_then(VecDeque::pop_front) else { return };
        self.refusals += 1;
        if divisible && run.len() > 1 && self.refusals < MAX_REFUSALS {
            for half in halves(run).into_iter().rev() {
                self.owed.get_or_insert_default().push_front(half);
            }
            return;
        }
        match self.refused.last_mut() {
            // Neighbours that are refused alike are one dead letter.
            Some((last, known, _)) if last.end == run.start && *known == reason => last.end = run.end,
            _ => self.refused.push((run, reason, detail)),
        }
    }

    /// What became of the entry, once nothing is owed any more.
    pub(super) fn finish(&self, entry: &Entry, events: &Events) -> Result<Taken, Refusal> {
        let refused: usize = self.refused.iter().map(|(run, ..)| run.len()).sum();
        let Some((_, reason, detail)) = self.refused.first() else { return Ok(Taken::Whole) };
        if refused == events.len() {
            return Err(Refusal::Never { reason: reason.clone(), detail: detail.clone() });
        }
        let parts = self.refused.iter().map(|(run, reason, detail)| {
            Ok(RefusedPart {
                entry: events.part(entry, run.clone())?,
                first_event: run.start as u32,
                events: run.len() as u64,
                reason: reason.clone(),
                detail: detail.clone(),
            })
        });
        Ok(Taken::But(parts.collect::<Result<_, Refusal>>()?))
    }
}

fn halves(run: Range<usize>) -> [Range<usize>; 2] {
    let middle = run.start + run.len() / 2;
    [run.start..middle, middle..run.end]
}

/// The run a parcel's next request should carry, as an entry; `None` if nothing is owed any more.
pub(super) fn next_part(parcel: &Parcel, events: &Events) -> Result<Option<Entry>, Refusal> {
    parcel.progress.next().map(|run| events.part(&parcel.entry, run)).transpose()
}
