//! The batch being filled: its limits, and when it is due. Everything is kept as it crosses the network.

use crate::fields::Fields;
use crate::signal::PageTime;
use alloc::vec::Vec;
use rum_protocol::keys::{batch, error_event, event};
use rum_protocol::{
    BATCH_TARGET_BYTES, EventKind, FlushReason, Id, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, PROTOCOL_VERSION,
};

/// A batch leaves at the latest this long after its first event. Short enough to watch one's own clicks
/// arrive, long enough for at most four posts in thirty seconds.
pub const MAX_WAIT_MS: f64 = 10_000.0;

/// Room (bytes) kept for the states of views, which come last.
const VIEW_STATES_BYTES: usize = 16 * 1024;

/// Room (bytes) kept for what a batch says beside its events.
const FRAME_BYTES: usize = 4 * 1024;

/// What an event refers to by index: encoded once however many events share it.
#[derive(Debug, Default)]
struct Table {
    entries: Vec<Vec<u8>>,
    bytes: usize,
}

impl Table {
    fn index_of(&mut self, entry: &[u8]) -> u64 {
        let index = self.entries.iter().position(|known| known == entry).unwrap_or_else(|| {
            self.bytes += entry.len();
            self.entries.push(Vec::from(entry));
            self.entries.len() - 1
        });
        index as u64
    }

    fn write(&self, batch: &mut Fields, key: u32) {
        batch.maps(key, self.entries.iter().map(Vec::as_slice));
    }
}

/// An event with what it refers to, each as encoded fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Recorded<'a> {
    /// When it happened, ms since the epoch.
    pub at_ms: u64,
    /// Number of its kind, a constant of `EventKind`.
    pub kind: u32,
    /// Its own fields.
    pub fields: &'a [u8],
    /// The `ViewContext` it belongs to.
    pub view: &'a [u8],
    /// The `SharedContext` of the moment; empty for none.
    pub shared: &'a [u8],
    /// The action that was going on.
    pub action_id: Option<Id>,
    /// Whether the page was visible and focused.
    pub in_foreground: Option<bool>,
}

/// Events waiting for a flush reason.
#[derive(Debug, Default)]
pub struct BatchBuffer {
    views: Table,
    shared: Table,
    events: Vec<u8>,
    /// Errors that may be heard again, each with the place of the number that counts it.
    repeats: Vec<(Vec<u8>, usize)>,
    count: u32,
    opened_at: Option<PageTime>,
}

/// What a closed batch says beside its events.
#[derive(Debug)]
pub struct Closing<'a> {
    /// The batch's own id.
    pub id: Id,
    /// When it was closed, ms since the epoch.
    pub closed_at_ms: u64,
    /// Why it was closed.
    pub flush_reason: FlushReason,
    /// Fields of the `Context`, without the session's id.
    pub context: &'a [u8],
    /// The session the events happened in.
    pub session_id: Id,
    /// Events given up since the last batch.
    pub lost_events: u32,
}

impl BatchBuffer {
    /// Starts the clock: there is something to send, perhaps only the state of a view.
    pub fn open(&mut self, now: PageTime) {
        self.opened_at.get_or_insert(now);
    }

    /// Adds an event.
    pub fn push(&mut self, recorded: &Recorded<'_>) {
        let mut fields = Fields::default();
        fields.number(event::AT_MS, recorded.at_ms);
        fields.number(event::VIEW, self.views.index_of(recorded.view));
        if !recorded.shared.is_empty() {
            fields.number(event::SHARED, self.shared.index_of(recorded.shared));
        }
        if let Some(id) = recorded.action_id {
            fields.id(event::ACTION_ID, id);
        }
        if let Some(in_foreground) = recorded.in_foreground {
            fields.flag(event::IN_FOREGROUND, in_foreground);
        }
        // The kind comes last and ends with the number, so that the number's place is known (`last_may_repeat`).
        let mut own = Fields::default();
        own.append(recorded.fields);
        if recorded.kind == EventKind::ERROR {
            own.long_number(error_event::REPEATS, 0);
        }
        fields.kind(event::KIND, recorded.kind, own.bytes());
        self.events.extend_from_slice(&fields.into_map());
        self.count += 1;
    }

    /// The last event, an error, counts from now on how often `key` comes again.
    pub fn last_may_repeat(&mut self, key: Vec<u8>) {
        // Behind it are the ends of two maps.
        self.repeats.push((key, self.events.len() - 2));
    }

    /// Counts an event like one that waits here; answers whether there is one.
    pub fn repeat(&mut self, key: &[u8]) -> bool {
        let Some((_, end)) = self.repeats.iter().find(|(known, _)| known == key) else { return false };
        let digits = self.events.get_mut(..*end).and_then(|events| events.last_chunk_mut::<4>());
        if let Some(digits) = digits {
            *digits = u32::from_be_bytes(*digits).saturating_add(1).to_be_bytes();
        }
        true
    }

    /// What comes again from now on belongs to another view.
    pub fn forget_repeats(&mut self) {
        self.repeats.clear();
    }

    /// Whether an event of `bytes` must wait for the next batch.
    pub fn has_no_room_for(&self, bytes: usize) -> bool {
        self.count as usize + 4 >= MAX_BATCH_EVENTS
            || (self.count > 0 && self.weight_bytes() + bytes > MAX_BATCH_BYTES - VIEW_STATES_BYTES)
    }

    /// Whether `bytes` more would make it too large to leave.
    pub fn cannot_hold(&self, bytes: usize) -> bool {
        self.weight_bytes() + bytes > MAX_BATCH_BYTES - FRAME_BYTES
    }

    /// Whether it is worth a post by its size.
    pub fn is_full(&self) -> bool {
        self.weight_bytes() >= BATCH_TARGET_BYTES
    }

    /// When it must leave, if there is anything in it.
    pub fn due(&self) -> Option<PageTime> {
        self.opened_at.map(|opened_at| opened_at + MAX_WAIT_MS)
    }

    /// Whether it holds no event.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Takes the encoded batch and the number of its events, leaving an empty one.
    pub fn close(&mut self, closing: &Closing<'_>) -> (Vec<u8>, u32) {
        let taken = core::mem::take(self);
        let mut context = Fields::default();
        context.append(closing.context);
        context.id(rum_protocol::keys::context::SESSION_ID, closing.session_id);
        let mut fields = Fields::default();
        fields.number(batch::PROTOCOL_VERSION, u64::from(PROTOCOL_VERSION));
        fields.id(batch::ID, closing.id);
        fields.number(batch::CLOSED_AT_MS, closing.closed_at_ms);
        fields.text(batch::SDK_VERSION, env!("CARGO_PKG_VERSION"));
        fields.number(batch::FLUSH_REASON, closing.flush_reason as u64);
        fields.map(batch::CONTEXT, &context);
        taken.views.write(&mut fields, batch::VIEWS);
        fields.array(batch::EVENTS);
        fields.values(&taken.events);
        fields.end();
        if closing.lost_events > 0 {
            fields.number(batch::LOST_EVENTS, u64::from(closing.lost_events));
        }
        if taken.shared.bytes > 0 {
            taken.shared.write(&mut fields, batch::SHARED);
        }
        (fields.into_map(), taken.count)
    }

    fn weight_bytes(&self) -> usize {
        self.events.len() + self.views.bytes + self.shared.bytes
    }
}
