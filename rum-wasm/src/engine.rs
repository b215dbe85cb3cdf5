//! The pure state machine: a signal in, effects out. It calls no web API, reads no clock and draws no random
//! number by itself, so all of it is tested without a browser (`engine_test.rs`).

use crate::fields::Fields;
use crate::privacy::redact_url;
use crate::recorder::{Mark, Recorder};
use crate::session::Session;
use crate::signal::{PageTime, Signal, SignalKind};
use crate::track::activity::PageActivity;
use crate::track::resource::{self, ResourceRate};
use crate::track::view::View;
use crate::track::views::Views;
use crate::track::web_vital::VitalTracker;
use crate::track::{action, error};
use crate::upload::{Answer, Post};
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::{EventKind, FlushReason, Id, LoadingType};

/// What the engine asks adapters to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Post a batch to the collector.
    Post(Post),
    /// Keep the session for the site's other pages.
    StoreSession(String),
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
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    sample_rate: f32,
    is_sampled: bool,
    views: Views,
    recorder: Recorder,
    resources: ResourceRate,
    has_warned_refused: bool,
}

impl Engine {
    /// Begins the session and the view of the document load.
    pub fn new(start: Start) -> Self {
        let new_id = Id::parse(&start.new_session_id).unwrap_or_else(|| Id::from_random((start.random)()));
        let session = Session::resume(&start.stored_session, start.time_origin_ms + start.now, new_id);
        let is_sampled = session.is_sampled(start.session_sample_rate);
        let recorder = Recorder::new(start.time_origin_ms, start.random, start.context, session, start.now);
        let vitals = VitalTracker::for_load(start.activation_start, start.first_hidden);
        let first = View::begin(
            recorder.new_id(),
            redact_url(&start.url),
            redact_url(&start.referrer),
            LoadingType::InitialLoad,
            start.activation_start,
            vitals,
        );
        Self {
            sample_rate: start.session_sample_rate,
            is_sampled,
            views: Views::new(first),
            recorder,
            resources: ResourceRate::default(),
            has_warned_refused: false,
        }
    }

    /// Takes one signal. `now` is page time at the call; `signal.at` when it happened.
    pub fn handle(&mut self, signal: Signal, now: PageTime) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Signal { at, kind } = signal;
        if matches!(kind, SignalKind::Click(_) | SignalKind::KeyDown | SignalKind::Activity) {
            self.note_activity(now, &mut effects);
        }
        if !self.is_sampled {
            return effects;
        }
        self.take(at, kind, now, &mut effects);
        if self.recorder.batch.is_full() {
            self.flush(FlushReason::Size, now);
        } else if self.recorder.batch.due().is_some_and(|due| now >= due) {
            self.flush(FlushReason::Time, now);
        }
        effects.extend(self.recorder.next_post(now).map(Effect::Post));
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
            SignalKind::Shared { facts } => self.recorder.shared = facts,
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
            SignalKind::Activity | SignalKind::Timer => {}
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
        if discarded {
            self.push(at, EventKind::RESOURCE, &fields, now);
        } else {
            self.record(at, EventKind::RESOURCE, &fields, now);
        }
    }

    /// Records an event and counts it.
    fn record(&mut self, at: PageTime, kind: u32, fields: &Fields, now: PageTime) {
        if self.push(at, kind, fields, now) {
            self.views.at(at).count(kind);
        }
    }

    fn push(&mut self, at: PageTime, kind: u32, fields: &Fields, now: PageTime) -> bool {
        if !self.recorder.admits(now) {
            return false;
        }
        if self.recorder.batch.has_no_room_for(fields.bytes().len()) {
            self.flush(FlushReason::Size, now);
        }
        self.recorder.push(self.views.at(at), Mark { at, kind, action_id: None }, fields, now);
        true
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

    fn note_activity(&mut self, now: PageTime, effects: &mut Vec<Effect>) {
        let now_ms = self.recorder.epoch_ms(now);
        let random = self.recorder.random;
        if self.recorder.session.is_expired(now_ms) {
            self.views.current.end(now);
            if self.is_sampled {
                self.flush(FlushReason::Stop, now);
            }
            self.recorder.session.touch(now_ms, random);
            self.is_sampled = self.recorder.session.is_sampled(self.sample_rate);
            let url = String::from(self.views.current.url());
            let interaction_count = self.views.current.vitals.interactions_so_far();
            self.begin_view(url, LoadingType::SessionRenewal, interaction_count, now);
            self.views.forget_previous();
        } else {
            self.recorder.session.touch(now_ms, random);
        }
        effects.extend(self.recorder.session.to_store(now_ms).map(Effect::StoreSession));
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
