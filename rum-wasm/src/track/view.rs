//! One view: a page or route visit, to which all other events belong. Its state is sent whole at first and at
//! the end, in between only what changed; each time with a rising version.

use super::activity::PageActivity;
use super::web_vital::VitalTracker;
use crate::fields::Fields;
use crate::signal::PageTime;
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::keys::{view_context, view_event};
use rum_protocol::{EventKind, Id, LoadingType};

/// After so many updates the whole state is sent again, as Datadog's SDK does.
const UPDATES_PER_WHOLE_STATE: u64 = 100;

/// A view while it lives, and for a short time after.
#[derive(Debug)]
pub struct View {
    /// When it began.
    pub start: PageTime,
    /// Vitals measured on it.
    pub vitals: VitalTracker,
    /// What the page did since it began.
    pub activity: PageActivity,
    /// What happened on it.
    pub counts: Counts,
    /// Fields of the state that adapters wrote, such as the timings of the document.
    pub facts: Vec<u8>,
    /// What the application said while it was there.
    pub shared: Shared,
    id: Id,
    loading_type: LoadingType,
    url: String,
    referrer: String,
    context: Vec<u8>,
    ended: Option<PageTime>,
    document_version: u64,
    /// Whether there is something to send that has not been sent.
    is_changed: bool,
    sent: Fields,
}

/// What the application says of its visitor, of itself and of a view.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// Fields of a `SharedContext`: user, account, context.
    pub facts: Vec<u8>,
    /// The field of its feature flags; empty for none.
    pub flags: Vec<u8>,
    /// The kinds of events that carry the flags, a bit for each number of `EventKind`.
    pub flag_kinds: u32,
}

impl Shared {
    /// The fields for an event of a kind.
    pub fn fields(&self, kind: u32) -> Vec<u8> {
        let mut fields = self.facts.clone();
        if self.flag_kinds >> kind & 1 == 1 {
            fields.extend_from_slice(&self.flags);
        }
        fields
    }
}

/// Events of a view.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    /// Datadog `view.action.count`.
    pub actions: u64,
    /// Datadog `view.error.count`.
    pub errors: u64,
    /// Datadog `view.resource.count`.
    pub resources: u64,
    /// Datadog `view.long_task.count`.
    pub long_tasks: u64,
    /// Datadog `view.frustration.count`.
    pub frustrations: u64,
}

impl View {
    /// Begins a view of a redacted URL.
    pub fn begin(
        id: Id,
        url: String,
        referrer: String,
        loading_type: LoadingType,
        start: PageTime,
        vitals: VitalTracker,
    ) -> Self {
        let mut context = Fields::default();
        context.id(view_context::ID, id);
        context.text(view_context::URL, &url);
        context.optional_text(view_context::REFERRER, &referrer);
        Self {
            start,
            vitals,
            activity: PageActivity::after(start),
            counts: Counts::default(),
            facts: Vec::new(),
            shared: Shared::default(),
            id,
            loading_type,
            url,
            referrer,
            context: Vec::from(context.bytes()),
            ended: None,
            document_version: 0,
            is_changed: true,
            sent: Fields::default(),
        }
    }

    /// Its id.
    pub fn id(&self) -> Id {
        self.id
    }

    /// Id and URL for the application, with U+0000 between them.
    pub fn describe(&self, text: &mut String) {
        text.push_str(&self.id.to_text());
        text.push('\0');
        text.push_str(&self.url);
    }

    /// The URL it was begun with, redacted.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where the visitor came from, redacted; empty if unknown.
    pub fn referrer(&self) -> &str {
        &self.referrer
    }

    /// What its events refer to: the fields of a `ViewContext`.
    pub fn context(&self) -> &[u8] {
        &self.context
    }

    /// Counts an event of a kind, a constant of `EventKind`.
    pub fn count(&mut self, kind: u32) {
        let counter = match kind {
            EventKind::ACTION => &mut self.counts.actions,
            EventKind::ERROR => &mut self.counts.errors,
            EventKind::RESOURCE => &mut self.counts.resources,
            EventKind::LONG_TASK => &mut self.counts.long_tasks,
            _ => return,
        };
        *counter += 1;
        self.is_changed = true;
    }

    /// Says that the vitals, or the time spent, are worth sending again.
    pub fn mark_changed(&mut self) {
        self.is_changed = true;
    }

    /// Ends the view; its vitals may still change by entries that come late.
    pub fn end(&mut self, at: PageTime) {
        if self.ended.is_none() {
            self.ended = Some(at);
            self.is_changed = true;
        }
    }

    /// Whether it is over.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The state to send, if it changed since the last one, with the number of its kind. With `whole` it is
    /// not left to the reader to know what was sent before.
    pub fn take_state(&mut self, now: PageTime, whole: bool) -> Option<(u32, Fields)> {
        if !self.is_changed {
            return None;
        }
        self.is_changed = false;
        self.document_version += 1;
        let state = self.state(now);
        let is_whole = whole || self.ended.is_some() || self.document_version % UPDATES_PER_WHOLE_STATE == 1;
        let kind_and_fields = if is_whole {
            (EventKind::VIEW, state.clone())
        } else {
            (EventKind::VIEW_UPDATE, state.changed_since(&self.sent))
        };
        self.sent = state;
        Some(kind_and_fields)
    }

    fn state(&self, now: PageTime) -> Fields {
        let mut state = Fields::default();
        state.number(view_event::DOCUMENT_VERSION, self.document_version);
        state.flag(view_event::IS_ACTIVE, self.ended.is_none());
        state.number(view_event::LOADING_TYPE, self.loading_type as u64);
        state.micros(view_event::TIME_SPENT_US, self.ended.unwrap_or(now) - self.start);
        for (key, count) in [
            (view_event::ACTION_COUNT, self.counts.actions),
            (view_event::ERROR_COUNT, self.counts.errors),
            (view_event::RESOURCE_COUNT, self.counts.resources),
            (view_event::LONG_TASK_COUNT, self.counts.long_tasks),
            (view_event::FRUSTRATION_COUNT, self.counts.frustrations),
        ] {
            state.number(key, count);
        }
        state.map(view_event::VITALS, &self.vitals.fields(self.start));
        state.append(&self.facts);
        state
    }
}
