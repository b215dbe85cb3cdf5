//! Where every event passes on its way out: it gets its session and what is shared, waits in the batch, and
//! leaves by the queue of posts.

use crate::batch::{BatchBuffer, Closing, Recorded};
use crate::fields::Fields;
use crate::privacy::UrlRules;
use crate::session::Session;
use crate::signal::PageTime;
use crate::track::page_state::PageState;
use crate::track::view::View;
use crate::upload::{Post, Upload};
use alloc::vec::Vec;
use rum_protocol::{EventKind, FlushReason, Id};

/// The way out.
#[derive(Debug)]
pub struct Recorder {
    /// Epoch time of page time 0, ms.
    time_origin_ms: f64,
    /// Draws 16 random bytes.
    pub random: fn() -> [u8; 16],
    /// Fields of the `Context`, without the session's id.
    context: Vec<u8>,
    /// The session all that is in the batch belongs to.
    pub session: Session,
    /// The page's state of the moment.
    pub page_state: PageState,
    /// What may be kept of URLs.
    pub urls: UrlRules,
    /// The batch being filled.
    pub batch: BatchBuffer,
    /// The posts on their way.
    pub upload: Upload,
    /// Looks at every event first.
    pub hook: Option<Hook>,
}

/// The application's last word on an event, `beforeSend` in the page: takes it, and answers what is to be
/// recorded in its place; nothing for an event to be dropped.
#[derive(Clone, Copy, Debug)]
pub struct Hook {
    /// Whose hook it is, for `look`.
    pub instance: i32,
    /// Effect-free but for what the application's own code does.
    pub look: fn(i32, &Recorded<'_>) -> Option<Replaced>,
}

/// Fields to be recorded in place of an event's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Replaced {
    /// The event's own.
    pub fields: Vec<u8>,
    /// The `ViewContext`.
    pub view: Vec<u8>,
    /// The `SharedContext`; empty for none.
    pub shared: Vec<u8>,
}

/// What an event is beside its fields.
#[derive(Clone, Copy, Debug)]
pub struct Mark {
    /// When it happened.
    pub at: PageTime,
    /// Number of its kind, a constant of `EventKind`.
    pub kind: u32,
    /// The action that was going on.
    pub action_id: Option<Id>,
}

impl Recorder {
    /// A recorder without events.
    pub fn new(
        time_origin_ms: f64,
        random: fn() -> [u8; 16],
        context: Vec<u8>,
        session: Session,
        urls: UrlRules,
        now: PageTime,
    ) -> Self {
        let mut batch = BatchBuffer::default();
        batch.open(now);
        Self {
            time_origin_ms,
            random,
            context,
            session,
            page_state: PageState::UNKNOWN,
            urls,
            batch,
            upload: Upload::default(),
            hook: None,
        }
    }

    /// A new random id.
    pub fn new_id(&self) -> Id {
        Id::from_random((self.random)())
    }

    /// Page time as ms since the epoch.
    pub fn epoch_ms(&self, at: PageTime) -> f64 {
        self.time_origin_ms + at
    }

    /// Whether an event may be recorded now; one that may not is counted as lost.
    pub fn admits(&mut self, now: PageTime) -> bool {
        // Nobody acted for hours, so no new session began; Datadog's intake ignores events this late.
        let is_too_late = self.session.is_over_age(self.epoch_ms(now));
        if is_too_late {
            self.upload.lose(1);
        }
        !is_too_late
    }

    /// Adds an event of `view` to the batch; answers false if the hook dropped it.
    pub fn push(&mut self, view: &View, mark: Mark, fields: &Fields, now: PageTime) -> bool {
        let shared = view.shared.fields(mark.kind);
        let is_seen = matches!(mark.kind, EventKind::ACTION | EventKind::ERROR | EventKind::RESOURCE);
        let mut recorded = Recorded {
            at_ms: self.epoch_ms(mark.at) as u64,
            kind: mark.kind,
            fields: fields.bytes(),
            view: view.context(),
            shared: shared.bytes(),
            action_id: mark.action_id,
            in_foreground: self.page_state.in_foreground(mark.at).filter(|_| is_seen),
        };
        let replaced;
        if let Some(hook) = self.hook {
            let Some(answer) = (hook.look)(hook.instance, &recorded) else { return false };
            replaced = answer;
            recorded.fields = &replaced.fields;
            recorded.view = &replaced.view;
            recorded.shared = &replaced.shared;
        }
        self.batch.push(&recorded);
        self.batch.open(now);
        true
    }

    /// Closes the batch, if anything is in it, and queues it.
    pub fn close(&mut self, flush_reason: FlushReason, now: PageTime) {
        if self.batch.is_empty() {
            // The clock stops until there is something to send.
            self.batch = BatchBuffer::default();
            return;
        }
        let closing = Closing {
            id: self.new_id(),
            closed_at_ms: self.epoch_ms(now) as u64,
            flush_reason,
            context: &self.context,
            session_id: self.session.id,
            lost_events: self.upload.take_lost_events(),
        };
        let (body, events) = self.batch.close(&closing);
        self.upload.enqueue(body, events);
    }

    /// The next post, if it is time for one.
    pub fn next_post(&mut self, now: PageTime) -> Option<Post> {
        self.upload.next(now, self.random)
    }
}
