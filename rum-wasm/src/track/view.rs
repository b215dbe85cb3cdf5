//! One view: a page or route visit, to which all other events belong. Its state is sent whole at first and at
//! the end, in between only what changed; each time with a rising version.

use super::loading::LoadingTime;
use super::notes::Notes;
use super::scroll::Scroll;
use super::web_vital::VitalTracker;
use crate::fields::Fields;
use crate::recorder::Recorder;
use crate::signal::PageTime;
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::keys::{shared_context, view_context, view_event};
use rum_protocol::{EventKind, Id, LoadingType};

/// A state is sent at least this often while the view can be seen, so that Datadog knows it to be alive.
const KEEP_ALIVE_MS: f64 = 5.0 * 60_000.0;

/// After so many updates the whole state is sent again, as Datadog's SDK does.
const UPDATES_PER_WHOLE_STATE: u64 = 100;

/// A view while it lives, and for a short time after.
#[derive(Debug)]
pub struct View {
    /// When it began.
    pub start: PageTime,
    /// Vitals measured on it.
    pub vitals: VitalTracker,
    /// What is known of them, fields of a `WebVitals`.
    known_vitals: Fields,
    /// How long it took to load.
    pub loading: LoadingTime,
    /// States of the page during it.
    pub page_states: Notes,
    /// How far the visitor scrolled.
    pub scroll: Scroll,
    /// Moments the application named.
    pub timings: Notes,
    /// What the application calls it, fields of a `ViewContext`: name, service, version.
    pub labels: Vec<u8>,
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
    has_replay: bool,
    /// Fields of the state: what there is of its recording.
    replay: Vec<u8>,
    ended: Option<PageTime>,
    document_version: u64,
    /// Whether there is something to send that has not been sent.
    is_changed: bool,
    sent: Fields,
    sent_at: PageTime,
}

/// What the application says of its visitor, of itself and of a view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shared {
    /// Fields of a `SharedContext`: user, account, context.
    pub facts: Vec<u8>,
    /// The JSON of its feature flags; empty for none.
    pub flags: String,
    /// The kinds of events that carry the flags, a bit for each number of `EventKind`.
    pub flag_kinds: u32,
}

impl Shared {
    /// The fields for an event of a kind.
    pub fn fields(&self, kind: u32) -> Fields {
        let mut fields = Fields::default();
        fields.append(&self.facts);
        if self.flag_kinds >> kind & 1 == 1 {
            fields.optional_text(shared_context::FEATURE_FLAGS_JSON, &self.flags);
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

impl Counts {
    /// Counts an event of a kind, a constant of `EventKind`, if it is one that is counted.
    pub fn add(&mut self, kind: u32) -> bool {
        let counter = self.of(kind);
        let is_counted = counter.is_some();
        if let Some(counter) = counter {
            *counter += 1;
        }
        is_counted
    }

    fn of(&mut self, kind: u32) -> Option<&mut u64> {
        Some(match kind {
            EventKind::ACTION => &mut self.actions,
            EventKind::ERROR => &mut self.errors,
            EventKind::RESOURCE => &mut self.resources,
            EventKind::LONG_TASK => &mut self.long_tasks,
            _ => return None,
        })
    }
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
        let mut view = Self {
            start,
            known_vitals: vitals.fields(),
            vitals,
            loading: LoadingTime::new(start, loading_type == LoadingType::RouteChange, false),
            page_states: Notes::default(),
            scroll: Scroll::default(),
            timings: Notes::default(),
            counts: Counts::default(),
            facts: Vec::new(),
            shared: Shared::default(),
            id,
            loading_type,
            url,
            referrer,
            labels: Vec::new(),
            context: Vec::new(),
            has_replay: false,
            replay: Vec::new(),
            ended: None,
            document_version: 0,
            is_changed: true,
            sent: Fields::default(),
            sent_at: start,
        };
        let url = core::mem::take(&mut view.url);
        view.describe(url, Vec::new());
        view
    }

    /// Says where it is and what it is called; the events so far keep what was said before.
    pub fn describe(&mut self, url: String, labels: Vec<u8>) {
        let mut context = Fields::default();
        context.id(view_context::ID, self.id);
        context.text(view_context::URL, &url);
        context.optional_text(view_context::REFERRER, &self.referrer);
        context.append(&labels);
        if self.has_replay {
            context.flag(view_context::HAS_REPLAY, true);
        }
        self.context = Vec::from(context.bytes());
        self.url = url;
        self.labels = labels;
        self.is_changed = true;
    }

    /// Takes note of its recording: what there is of it goes with the next state, and is worth none by itself.
    pub fn replayed(&mut self, has_replay: bool, facts: Vec<u8>) {
        self.replay = facts;
        if has_replay != self.has_replay {
            self.has_replay = has_replay;
            self.describe(self.url.clone(), self.labels.clone());
        }
    }

    /// Its id.
    pub fn id(&self) -> Id {
        self.id
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
        self.is_changed |= self.counts.add(kind);
    }

    /// One that was counted is none.
    pub fn uncount(&mut self, kind: u32) {
        if let Some(counter) = self.counts.of(kind) {
            *counter -= 1;
        }
    }

    /// The document was loaded at `at`; `facts` are its timings.
    pub fn document_loaded(&mut self, at: PageTime, facts: Vec<u8>) {
        if self.loading_type == LoadingType::InitialLoad {
            self.loading.document_loaded(at);
            self.facts = facts;
            self.is_changed = true;
        }
    }

    /// When its state is wanted again though nothing happens: while it can be seen, in a session that lives.
    pub fn keep_alive_due(&self, recorder: &Recorder) -> PageTime {
        let due = self.sent_at + KEEP_ALIVE_MS;
        let is_alive = self.ended.is_none()
            && recorder.page_state.is_visible()
            && due >= recorder.page_state.since
            && !self.is_changed
            && !recorder.session.is_expired(recorder.epoch_ms(due));
        if is_alive { due } else { PageTime::INFINITY }
    }

    /// Takes note of the vitals after something was measured; answers whether they are worth sending again.
    pub fn note_vitals(&mut self) -> bool {
        let fields = self.vitals.fields();
        let is_news = fields != self.known_vitals;
        self.known_vitals = fields;
        self.is_changed |= is_news;
        is_news
    }

    /// Says that the time spent is worth sending again.
    pub fn mark_changed(&mut self) {
        self.is_changed = true;
    }

    /// Ends the view; its vitals may still change by entries that come late.
    pub fn end(&mut self, at: PageTime) {
        if self.ended.is_none() {
            self.ended = Some(at);
            self.loading.give_up();
            self.is_changed = true;
        }
    }

    /// Whether there is something to send.
    pub fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// Whether it is over.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// When it was over; infinity while it is not.
    pub fn ended_at(&self) -> PageTime {
        self.ended.unwrap_or(PageTime::INFINITY)
    }

    /// The state to send, if it changed since the last one, with the number of its kind. With `whole` it is
    /// not left to the reader to know what was sent before.
    pub fn take_state(&mut self, now: PageTime, whole: bool) -> Option<(u32, Fields)> {
        if !self.is_changed {
            return None;
        }
        self.is_changed = false;
        self.document_version += 1;
        self.sent_at = now;
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
        state.map(view_event::VITALS, &self.known_vitals);
        state.optional_micros(view_event::LOADING_TIME_US, self.loading.end().map(|end| end - self.start));
        self.timings.write(&mut state, view_event::CUSTOM_TIMINGS);
        self.page_states.write(&mut state, view_event::PAGE_STATES);
        self.scroll.write(&mut state);
        state.append(&self.facts);
        state.append(&self.replay);
        state
    }
}
