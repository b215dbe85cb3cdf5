//! The batch being filled: its limits, and when it is due.

use crate::signal::PageTime;
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::{BATCH_TARGET_BYTES, Event, EventKind, MAX_BATCH_BYTES, MAX_BATCH_EVENTS, ViewContext};

/// A batch leaves at the latest this long after its first event. Short enough to watch one's own clicks
/// arrive, long enough for at most four posts in thirty seconds.
pub const MAX_WAIT_MS: f64 = 10_000.0;

/// Bytes an event takes beside its texts, rounded up.
const EVENT_OVERHEAD_BYTES: usize = 96;

/// Events waiting for a flush reason.
#[derive(Debug, Default)]
pub struct BatchBuffer {
    views: Vec<ViewContext>,
    events: Vec<Event>,
    weight_bytes: usize,
    opened_at: Option<PageTime>,
}

impl BatchBuffer {
    /// Starts the clock: there is something to send, perhaps only the state of a view.
    pub fn open(&mut self, now: PageTime) {
        self.opened_at.get_or_insert(now);
    }

    /// Adds an event of `view`.
    pub fn push(&mut self, view: &ViewContext, at_ms: u64, kind: EventKind) {
        let index = self.views.iter().position(|known| known.id == view.id).unwrap_or_else(|| {
            self.weight_bytes +=
                EVENT_OVERHEAD_BYTES + view.url.len() + view.referrer.as_ref().map_or(0, String::len);
            self.views.push(view.clone());
            self.views.len() - 1
        });
        self.weight_bytes += weight_bytes(&kind);
        self.events.push(Event { at_ms, view: index as u32, kind });
    }

    /// Whether `kind` must wait for the next batch.
    pub fn has_no_room_for(&self, kind: &EventKind) -> bool {
        self.events.len() + 2 >= MAX_BATCH_EVENTS
            || self.weight_bytes + weight_bytes(kind) > MAX_BATCH_BYTES / 2
    }

    /// Whether it is worth a post by its size.
    pub fn is_full(&self) -> bool {
        self.weight_bytes >= BATCH_TARGET_BYTES
    }

    /// When it must leave, if there is anything in it.
    pub fn due(&self) -> Option<PageTime> {
        self.opened_at.map(|opened_at| opened_at + MAX_WAIT_MS)
    }

    /// Takes what is there, leaving an empty batch.
    pub fn take(&mut self) -> (Vec<ViewContext>, Vec<Event>) {
        let taken = core::mem::take(self);
        (taken.views, taken.events)
    }
}

fn weight_bytes(kind: &EventKind) -> usize {
    let texts: [&Option<String>; 3];
    let text = match kind {
        EventKind::View(_) | EventKind::Unknown { .. } => return EVENT_OVERHEAD_BYTES,
        EventKind::Action(action) => {
            texts = [&action.selector, &action.context_json, &None];
            &action.name
        }
        EventKind::Error(error) => {
            texts = [&error.error_type, &error.stack, &error.context_json];
            &error.message
        }
    };
    EVENT_OVERHEAD_BYTES + text.len() + texts.into_iter().flatten().map(String::len).sum::<usize>()
}
