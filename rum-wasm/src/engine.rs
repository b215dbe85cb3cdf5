//! The pure state machine: a signal in, effects out. It calls no web API, reads no clock and draws no random
//! number by itself, so all of it is tested without a browser (`engine_test.rs`).

use crate::fields::Fields;
use crate::privacy::redact_url;
use crate::recorder::{Hook, Mark, Recorder};
use crate::session::Session;
use crate::signal::{PageTime, Signal, SignalKind};
use crate::track::activity::PageActivity;
use crate::track::resource::{self, ResourceRate};
use crate::track::view::{Shared, View};
use crate::track::views::Views;
use crate::track::web_vital::VitalTracker;
use crate::track::{action, error};
use crate::upload::{Answer, Post};
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::{EventKind, FlushReason, LoadingType};

/// What the engine asks adapters to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Post a batch to the collector.
    Post(Post),
    /// Keep the session for the site's other pages.
    StoreSession(String),
    /// Another view began: what was said of the last one no longer holds.
    ViewBegan,
    /// What was [`SignalKind::Asked`]: session id, view id, view URL, view name, with U+0000 between them.
    Answer(String),
    /// Tell the developer, once.
    Warn(&'static str),
}

/// What the engine knows when it starts. `js-loader/src/options.ts` has refused wrong options before the core
/// was even fetched, and the adapters have bounded the lengths of texts.
#[derive(Clone, Debug)]
pub struct Start {
    /// Fields of the `Context`, without the session's id.
    pub context: Vec<u8>,
    /// Percentage of sessions kept, 0 to 100.
    pub session_sample_rate: f32,
    /// Percentage, of the sessions that leaves, kept from their first error on, with what led to it.
    pub on_error_sample_rate: f32,
    /// Epoch time of page time 0, ms.
    pub time_origin_ms: f64,
    /// Page time of the start of the SDK.
    pub now: PageTime,
    /// The document's URL, not yet redacted.
    pub url: String,
    /// The document's referrer, not yet redacted.
    pub referrer: String,
    /// When a prerendered page was activated, else 0.
    pub activation_start: PageTime,
    /// When the page was first hidden; infinity if it never was.
    pub first_hidden: PageTime,
    /// What the last page of the site stored; empty for nothing.
    pub stored_session: String,
    /// Id of the session to begin if that one is over: what was traced before the core was there was traced by
    /// it. Empty for any.
    pub new_session_id: String,
    /// 16 random bytes.
    pub random: fn() -> [u8; 16],
    /// Looks at every event before it is recorded.
    pub hook: Option<Hook>,
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    sample_rate: f32,
    /// Rate up to which a session is recorded, to be kept if an error happens; at least `sample_rate`.
    held_sample_rate: f32,
    is_sampled: bool,
    views: Views,
    recorder: Recorder,
    resources: ResourceRate,
    /// The session the site's pages stored last.
    stored_session: String,
    has_warned_refused: bool,
}

impl Engine {
    /// Begins the session and the view of the document load.
    pub fn new(start: Start) -> Self {
        let now_ms = start.time_origin_ms + start.now;
        let mut session = Session::resume(&start.stored_session, now_ms, start.random);
        session.begin_as(&start.new_session_id, now_ms);
        let mut recorder =
            Recorder::new(start.time_origin_ms, start.random, start.context, session, start.now);
        recorder.hook = start.hook;
        let vitals = VitalTracker::for_load(start.activation_start, start.first_hidden);
        let first = View::begin(
            recorder.new_id(),
            redact_url(&start.url),
            redact_url(&start.referrer),
            LoadingType::InitialLoad,
            start.activation_start,
            vitals,
        );
        let rate = start.session_sample_rate;
        let mut engine = Self {
            sample_rate: rate,
            held_sample_rate: rate + (100.0 - rate) * start.on_error_sample_rate / 100.0,
            is_sampled: false,
            views: Views::new(first),
            recorder,
            resources: ResourceRate::default(),
            stored_session: start.stored_session,
            has_warned_refused: false,
        };
        engine.decide_sampling();
        engine
    }

    /// Takes one signal. `now` is page time at the call; `signal.at` when it happened.
    pub fn handle(&mut self, signal: Signal, now: PageTime) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Signal { at, kind } = signal;
        let view = self.views.current.id();
        match kind {
            SignalKind::Click(_) | SignalKind::KeyDown | SignalKind::Activity => self.note_activity(now),
            SignalKind::SessionStored { ref text } => {
                self.recorder.session.note_stored(text, self.recorder.epoch_ms(now));
                self.stored_session.clone_from(text);
            }
            SignalKind::SessionStopped => {
                self.end_session(now);
                self.recorder.session.stop();
            }
            _ => {}
        }
        if self.is_sampled {
            if !self.recorder.session.is_stopped() || is_about_posts(&kind) {
                self.take(at, kind, now, &mut effects);
            }
            if self.recorder.batch.is_full() {
                self.flush(FlushReason::Size, now);
            } else if self.recorder.batch.due().is_some_and(|due| now >= due) {
                self.flush(FlushReason::Time, now);
            }
            effects.extend(self.recorder.next_post(now).map(Effect::Post));
        }
        if let Some(text) = self.recorder.session.to_store() {
            self.stored_session.clone_from(&text);
            effects.push(Effect::StoreSession(text));
        }
        if self.views.current.id() != view {
            effects.push(Effect::ViewBegan);
        }
        effects
    }

    /// When a [`SignalKind::Timer`] is next wanted.
    pub fn next_wake(&self) -> Option<PageTime> {
        if !self.is_sampled {
            return None;
        }
        [self.recorder.batch.due(), self.recorder.upload.next_wake()].into_iter().flatten().reduce(f64::min)
    }

    fn take(&mut self, at: PageTime, kind: SignalKind, now: PageTime, effects: &mut Vec<Effect>) {
        match kind {
            SignalKind::Click(target) => {
                self.views.current.vitals.input(at);
                let fields = action::click(self.recorder.new_id(), &target);
                self.record(at, EventKind::ACTION, &fields, now);
            }
            SignalKind::KeyDown => self.views.current.vitals.input(at),
            SignalKind::CustomAction { name, facts } => {
                let fields = action::custom(self.recorder.new_id(), &name, &facts);
                self.record(at, EventKind::ACTION, &fields, now);
            }
            SignalKind::Error(raw) => {
                let fields = error::error_event(self.recorder.new_id(), raw);
                self.record(at, EventKind::ERROR, &fields, now);
            }
            SignalKind::RouteChanged { url } => self.change_route(&url, at),
            SignalKind::Shared { facts, flags, flag_kinds } => {
                self.views.current.shared = Shared { facts, flags, flag_kinds };
            }
            SignalKind::Asked => effects.extend(self.answer(at)),
            SignalKind::Hidden => self.hide(at, now, effects),
            SignalKind::Left => {
                self.views.current.end(at);
                self.leave(FlushReason::PageExit, now, effects);
            }
            SignalKind::Restored { interaction_count } => {
                let url = String::from(self.views.current.url());
                self.begin_view(url, LoadingType::BackForwardCache, interaction_count, at);
            }
            SignalKind::Answered { slot, status, retry_after_s } => {
                self.note_answer(slot, status, retry_after_s, now, effects);
            }
            SignalKind::Stopped => {
                self.views.current.end(at);
                self.leave(FlushReason::Stop, now, effects);
            }
            SignalKind::Busy { duration_ms } => {
                self.be_busy(|activity| activity.note_span(at - duration_ms, at));
            }
            SignalKind::RequestStarted => self.be_busy(|activity| activity.started(at)),
            SignalKind::RequestEnded { duration_ms } => {
                self.be_busy(|activity| activity.ended(at - duration_ms, at));
            }
            SignalKind::Resource { url, discarded, facts } => self.load(at, &url, discarded, &facts, now),
            SignalKind::Activity
            | SignalKind::SessionStored { .. }
            | SignalKind::SessionStopped
            | SignalKind::Timer => {}
            SignalKind::Loaded { .. }
            | SignalKind::FirstContentfulPaint
            | SignalKind::LargestContentfulPaint
            | SignalKind::LayoutShift { .. }
            | SignalKind::EventTiming { .. }
            | SignalKind::InteractionCount { .. }
            | SignalKind::RestoredPaint => self.measure(at, &kind, now),
        }
    }

    /// Web vitals: entries belong to the view that was there when they happened.
    fn measure(&mut self, at: PageTime, kind: &SignalKind, now: PageTime) {
        let view = self.views.at(at);
        let before = view.vitals.fields(view.start);
        match *kind {
            SignalKind::Loaded { response_start } => view.vitals.loaded(response_start),
            SignalKind::FirstContentfulPaint => view.vitals.first_contentful_paint(at),
            SignalKind::LargestContentfulPaint => view.vitals.largest_contentful_paint(at),
            SignalKind::LayoutShift { value } => view.vitals.layout_shift(at, value),
            SignalKind::EventTiming { interaction_id, duration_ms } => {
                view.vitals.event_timing(interaction_id, duration_ms);
            }
            SignalKind::InteractionCount { count } => view.vitals.interaction_count(count),
            SignalKind::RestoredPaint => view.vitals.restored_paint(at - view.start),
            _ => {}
        }
        if view.vitals.fields(view.start) != before {
            view.mark_changed();
            self.recorder.batch.open(now);
        }
    }

    /// Tells page activity to all that wait for the page to be quiet.
    fn be_busy(&mut self, tell: impl Fn(&mut PageActivity)) {
        for view in self.views.each() {
            tell(&mut view.activity);
        }
    }

    fn load(&mut self, at: PageTime, url: &str, discarded: bool, facts: &[u8], now: PageTime) {
        if !self.resources.admits(now) {
            self.recorder.upload.lose(1);
            return;
        }
        let fields = resource::resource_event(self.recorder.new_id(), url, discarded, facts);
        if !discarded {
            self.record(at, EventKind::RESOURCE, &fields, now);
        } else if self.recorder.admits(now) {
            // It is no resource of the view.
            let mark = Mark { at, kind: EventKind::RESOURCE, action_id: None };
            self.recorder.push(self.views.at(at), mark, &fields, now);
        }
    }

    fn record(&mut self, at: PageTime, kind: u32, fields: &Fields, now: PageTime) {
        if !self.recorder.admits(now) {
            return;
        }
        if self.recorder.batch.has_no_room_for(fields.bytes().len()) {
            self.flush(FlushReason::Size, now);
        }
        let view = self.views.at(at);
        if self.recorder.push(view, Mark { at, kind, action_id: None }, fields, now) {
            view.count(kind);
            if kind == EventKind::ERROR && self.recorder.upload.release() {
                self.recorder.session.keep();
            }
        }
    }

    fn change_route(&mut self, url: &str, at: PageTime) {
        let url = redact_url(url);
        if url != self.views.current.url() {
            let interaction_count = self.views.current.vitals.interactions_so_far();
            self.begin_view(url, LoadingType::RouteChange, interaction_count, at);
        }
    }

    fn begin_view(&mut self, url: String, loading_type: LoadingType, interaction_count: u32, at: PageTime) {
        self.views.begin(&mut self.recorder, url, loading_type, interaction_count, at);
    }

    fn hide(&mut self, at: PageTime, now: PageTime, effects: &mut Vec<Effect>) {
        for view in self.views.each() {
            view.vitals.hidden(at);
        }
        if !self.views.current.is_ended() {
            // The time spent on it is worth knowing if the page never comes back.
            self.views.current.mark_changed();
        }
        self.leave(FlushReason::PageExit, now, effects);
    }

    /// Everything leaves at once: there may be no later. States of views are whole, since they may be the last.
    fn leave(&mut self, flush_reason: FlushReason, now: PageTime, effects: &mut Vec<Effect>) {
        self.views.push_states(&mut self.recorder, now, true);
        self.recorder.close(flush_reason, now);
        effects.extend(self.recorder.upload.all_at_exit(now).into_iter().map(Effect::Post));
    }

    fn note_activity(&mut self, now: PageTime) {
        let now_ms = self.recorder.epoch_ms(now);
        if self.recorder.session.is_expired(now_ms) {
            self.end_session(now);
            // Another page may have begun the next one.
            self.recorder.session = Session::resume(&self.stored_session, now_ms, self.recorder.random);
            self.decide_sampling();
            let url = String::from(self.views.current.url());
            let interaction_count = self.views.current.vitals.interactions_so_far();
            self.begin_view(url, LoadingType::SessionRenewal, interaction_count, now);
            self.views.forget_previous();
        }
        self.recorder.session.touch(now_ms);
    }

    /// What is in the batch belongs to the session that ends.
    fn end_session(&mut self, now: PageTime) {
        self.views.current.end(now);
        if self.is_sampled {
            self.flush(FlushReason::Stop, now);
        }
    }

    fn decide_sampling(&mut self) {
        let session = &self.recorder.session;
        let is_kept = session.is_kept() || session.is_sampled(self.sample_rate);
        self.is_sampled = is_kept || session.is_sampled(self.held_sample_rate);
        self.recorder.upload.hold(!is_kept);
    }

    fn answer(&mut self, at: PageTime) -> Option<Effect> {
        if self.recorder.session.is_stopped() {
            return None;
        }
        let mut text = self.recorder.session.id().to_text();
        text.push('\0');
        self.views.at(at).describe(&mut text);
        Some(Effect::Answer(text))
    }

    fn note_answer(
        &mut self,
        slot: u32,
        status: u16,
        retry_after_s: Option<u32>,
        now: PageTime,
        effects: &mut Vec<Effect>,
    ) {
        match self.recorder.upload.answered(slot, status, retry_after_s, now, self.recorder.random) {
            Answer::TooNew => {
                self.is_sampled = false;
                effects.push(Effect::Warn(
                    "the collector is older than this SDK and takes no data from it: upgrade the collector",
                ));
            }
            Answer::Refused if !self.has_warned_refused => {
                self.has_warned_refused = true;
                effects.push(Effect::Warn(
                    "the collector refused a batch: see the answer's text in the network panel",
                ));
            }
            Answer::Accepted | Answer::WillRetry | Answer::Refused | Answer::Stale => {}
        }
    }

    /// Closes the batch.
    fn flush(&mut self, flush_reason: FlushReason, now: PageTime) {
        self.views.push_states(&mut self.recorder, now, false);
        self.recorder.close(flush_reason, now);
    }
}

/// What is taken even while there is no session: what was recorded has to leave.
fn is_about_posts(kind: &SignalKind) -> bool {
    matches!(kind, SignalKind::Answered { .. } | SignalKind::Hidden | SignalKind::Left | SignalKind::Stopped)
}
