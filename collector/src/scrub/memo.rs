//! What was found out about the values of one body, so that those that come again need no second look: the
//! official SDK repeats application, session, URL, user and context in each of its events, which is more than
//! half of their bytes.
//!
//! It lives as long as one body is walked and holds positions in it, not copies.

use super::place::{Place, Position};
use super::text::Settled;
use std::ops::Range;

/// Strings that are remembered; a later one takes the place of an earlier one with the same hash. The
/// official SDK sends at most 50 events at once, with some ten strings each that differ.
const SLOTS: usize = 512;

/// What is known of a string.
#[derive(Clone, Copy)]
struct Slot {
    start: usize,
    length: usize,
    place: Place,
    /// One more than the position in `changed`; zero if no rule changes it.
    outcome: usize,
}

/// The memory of one walk.
pub(super) struct Memo {
    slots: Vec<Option<Slot>>,
    changed: Vec<Changed>,
}

/// A string that rules changed.
pub(super) struct Changed {
    pub(super) settled: Settled,
    /// As JSON.
    pub(super) json: String,
}

/// Where a string is remembered.
pub(super) struct Key(usize);

impl Memo {
    pub(super) fn new() -> Self {
        Self { slots: Vec::new(), changed: Vec::new() }
    }

    /// What is known of the string at `range`; the key under which to remember it if nothing is.
    pub(super) fn recall(
        &self,
        body: &[u8],
        range: &Range<usize>,
        place: Place,
    ) -> Result<Option<&Changed>, Key> {
        let text = &body[range.clone()];
        let key = hash(text) % SLOTS;
        match self.slots.get(key).copied().flatten() {
            Some(slot) if slot.place == place && body[slot.start..slot.start + slot.length] == *text => {
                Ok(slot.outcome.checked_sub(1).and_then(|index| self.changed.get(index)))
            }
            _ => Err(Key(key)),
        }
    }

    /// Remembers what became of the string at `range`; gives it back.
    pub(super) fn keep(
        &mut self,
        Key(key): Key,
        range: &Range<usize>,
        place: Place,
        settled: Option<Settled>,
    ) -> Option<&Changed> {
        if self.slots.is_empty() {
            self.slots.resize(SLOTS, None);
        }
        let is_changed = settled.is_some();
        self.changed.extend(settled.map(|settled| Changed { json: json(&settled.text), settled }));
        let outcome = if is_changed { self.changed.len() } else { 0 };
        self.slots[key] = Some(Slot { start: range.start, length: range.len(), place, outcome });
        if is_changed { self.changed.last() } else { None }
    }
}

/// Keys whose last value is remembered; as with strings, a later one takes the place of an earlier one. The
/// official SDK repeats some twenty in each event.
const KEYS: usize = 64;

/// A value that no rule changed.
#[derive(Clone, Copy)]
struct Unchanged {
    position: Position,
    depth: usize,
    start: usize,
    length: usize,
    values: usize,
}

/// Values under the keys of one body in which nothing was wrong and nothing was found: the same bytes in the
/// same place need not even be parsed again.
#[derive(Default)]
pub(super) struct Repeats(Vec<Option<Unchanged>>);

/// What a value was found under.
#[derive(Clone, Copy)]
pub(super) struct Under {
    pub(super) position: Position,
    pub(super) depth: usize,
    slot: usize,
}

impl Under {
    pub(super) fn new(position: Position, depth: usize, key: &str) -> Self {
        Self { position, depth, slot: hash(key.as_bytes()) % KEYS }
    }
}

impl Repeats {
    /// If `rest` begins with the value that stood here before: its bytes, and the values in it.
    pub(super) fn again(&self, under: Under, body: &[u8], rest: &[u8]) -> Option<(usize, usize)> {
        let Unchanged { position, depth, start, length, values } =
            self.0.get(under.slot).copied().flatten()?;
        let is_same = position == under.position
            && depth == under.depth
            && rest.starts_with(&body[start..start + length]);
        is_same.then_some((length, values))
    }

    /// Remembers a value that was walked and not changed. It must tell by itself where it ends, as numbers do
    /// not.
    pub(super) fn keep(&mut self, under: Under, range: Range<usize>, values: usize) {
        if self.0.is_empty() {
            self.0.resize(KEYS, None);
        }
        let Under { position, depth, slot } = under;
        self.0[slot] = Some(Unchanged { position, depth, start: range.start, length: range.len(), values });
    }
}

/// A string as JSON.
pub(super) fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Fast rather than strong: strings that are made to collide cost a second look each.
fn hash(text: &[u8]) -> usize {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let mix = |hash: u64, bytes: u64| (hash.rotate_left(5) ^ bytes).wrapping_mul(FACTOR);
    let mut hash = text.len() as u64;
    let mut rest = text;
    while let Some((eight, more)) = rest.split_first_chunk() {
        hash = mix(hash, u64::from_le_bytes(*eight));
        rest = more;
    }
    for &byte in rest {
        hash = mix(hash, u64::from(byte));
    }
    (hash >> 32) as usize
}
