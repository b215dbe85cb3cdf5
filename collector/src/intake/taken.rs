//! How much of each segment was taken lately. A page that is left sends by itself what it has of a segment, while its
//! recorder may post all of it: of the two, whichever comes second is taken for what it has beyond the first.
//!
//! It is kept in memory only. What a restart forgets is delivered twice rather than not at all.

use super::datadog::digest;
use crate::journal::Digest;
use rum_protocol::Id;
use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a segment is remembered. A recorder repeats a post after 1 s, doubling to 60 s; ten attempts.
const WINDOW: Duration = Duration::from_mins(10);

/// Most segments remembered, the oldest forgotten first: 100 a second for the window, in some 10 MB.
const MAX_SEGMENTS: usize = 1 << 16;

/// Segments by their ids.
#[derive(Debug, Default)]
pub struct TakenSegments(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    /// With the time it was noted.
    by_key: HashMap<Key, (Taken, Instant)>,
    /// In the order they were noted; a segment that is noted again stands here again.
    order: VecDeque<(Key, Instant)>,
}

/// Which segment of which app.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(super) struct Key(Digest);

impl Key {
    pub(super) fn new(application_id: &str, segment: Id) -> Self {
        Self(digest(&[application_id.as_bytes(), &segment.0]))
    }
}

/// What was taken of a segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Taken {
    /// Length of its blocks.
    bytes: usize,
    /// Of its blocks.
    digest: Digest,
    /// By which the journal knows the body that brought them.
    pub(super) entry: Digest,
}

/// What a body has beyond what was taken of its segment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Beyond {
    /// Everything: nothing was taken, or something else.
    All,
    /// Nothing: the journal knows the body that brought it.
    Nothing(Digest),
    /// What follows so many bytes of its blocks.
    After(usize),
}

impl Taken {
    pub(super) fn new(blocks: &[u8], entry: Digest) -> Self {
        Self { bytes: blocks.len(), digest: digest(&[blocks]), entry }
    }
}

impl TakenSegments {
    /// What these blocks have beyond what was taken.
    pub(super) fn beyond(&self, key: Key, blocks: &[u8]) -> Beyond {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).by_key.get(&key).copied();
        let Some((taken, _)) = known else { return Beyond::All };
        match blocks.get(..taken.bytes) {
            // Blocks never change once they are closed, so fewer of them are the first of those.
            None => Beyond::Nothing(taken.entry),
            Some(first) if digest(&[first]) != taken.digest => Beyond::All,
            Some(first) if first.len() == blocks.len() => Beyond::Nothing(taken.entry),
            Some(first) => Beyond::After(first.len()),
        }
    }

    /// Notes what is on the disk by now.
    pub(super) fn note(&self, key: Key, taken: Taken) {
        let now = Instant::now();
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Inner { by_key, order } = &mut *inner;
        while let Some((oldest, at)) = order.front()
            && (order.len() >= MAX_SEGMENTS || now.duration_since(*at) >= WINDOW)
        {
            if by_key.get(oldest).is_some_and(|(_, noted)| noted == at) {
                by_key.remove(oldest);
            }
            order.pop_front();
        }
        // Of two that were under way at once, the longer one.
        if by_key.get(&key).is_none_or(|(known, _)| known.bytes < taken.bytes) {
            by_key.insert(key, (taken, now));
            order.push_back((key, now));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> Key {
        Key::new("app", Id([number; 16]))
    }

    #[test]
    fn of_two_bodies_of_a_segment_the_second_is_taken_for_what_it_has_beyond() {
        let segments = TakenSegments::default();
        assert_eq!(segments.beyond(key(1), b"ab"), Beyond::All);
        segments.note(key(1), Taken::new(b"ab", Digest(1)));
        assert_eq!(segments.beyond(key(1), b"ab"), Beyond::Nothing(Digest(1)));
        assert_eq!(segments.beyond(key(1), b"a"), Beyond::Nothing(Digest(1)));
        assert_eq!(segments.beyond(key(1), b"abc"), Beyond::After(2));
        // Not what it pretends to be.
        assert_eq!(segments.beyond(key(1), b"xbc"), Beyond::All);
        assert_eq!(segments.beyond(key(1), b"xb"), Beyond::All);
        assert_eq!(segments.beyond(Key::new("other", Id([1; 16])), b"ab"), Beyond::All);
        segments.note(key(1), Taken::new(b"abc", Digest(2)));
        segments.note(key(1), Taken::new(b"ab", Digest(1)));
        assert_eq!(segments.beyond(key(1), b"abc"), Beyond::Nothing(Digest(2)));
    }

    #[test]
    fn the_oldest_are_forgotten() {
        let segments = TakenSegments::default();
        for number in 0..=MAX_SEGMENTS as u64 {
            let id = Id(u128::from(number).to_be_bytes());
            segments.note(Key::new("app", id), Taken::new(b"a", Digest(1)));
        }
        let inner = segments.0.lock().unwrap();
        assert_eq!((inner.by_key.len(), inner.order.len()), (MAX_SEGMENTS, MAX_SEGMENTS));
        drop(inner);
        let beyond =
            |number: u64| segments.beyond(Key::new("app", Id(u128::from(number).to_be_bytes())), b"a");
        assert_eq!((beyond(0), beyond(1)), (Beyond::All, Beyond::Nothing(Digest(1))));
    }
}
