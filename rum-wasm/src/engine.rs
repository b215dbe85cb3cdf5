//! The pure state machine: a signal in, effects out. It calls no web API, reads no clock and draws no random
//! number by itself, so all of it is tested without a browser (`engine_test.rs`).

use crate::assemble::{self, PageFacts, Parts};
use crate::batch::BatchBuffer;
use crate::config::Config;
use crate::privacy::redact_url;
use crate::session::Session;
use crate::signal::{PageTime, Signal, SignalKind};
use crate::track::view::View;
use crate::track::web_vital::VitalTracker;
use crate::track::{action, error};
use crate::upload::{Answer, Post, Upload};
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::{Context, EventKind, FlushReason, Id, LoadingType, ViewContext};

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

/// What the engine knows when it starts.
#[derive(Clone, Debug)]
pub struct Start {
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
    /// What the last page of the site stored.
    pub stored_session: Option<String>,
    /// Facts about the page that do not change.
    pub facts: PageFacts,
    /// 16 random bytes.
    pub random: fn() -> [u8; 16],
}

/// The engine.
#[derive(Debug)]
pub struct Engine {
    time_origin_ms: f64,
    random: fn() -> [u8; 16],
    sample_rate: f32,
    context: Context,
    session: Session,
    is_sampled: bool,
    view: View,
    /// The view before this one, for entries that come late: the slow click that caused a route change is
    /// reported after it.
    previous_view: Option<View>,
    batch: BatchBuffer,
    upload: Upload,
    has_warned_refused: bool,
}

impl Engine {
    /// Begins the session and the view of the document load.
    pub fn new(config: Config, start: Start) -> Self {
        let config = config.bounded();
        let session =
            Session::resume(start.stored_session.as_deref(), start.time_origin_ms + start.now, start.random);
        let referrer = redact_url(&start.referrer);
        let view_context = ViewContext {
            id: Id::from_random((start.random)()),
            url: redact_url(&start.url),
            referrer: Some(referrer).filter(|referrer| !referrer.is_empty()),
            name: None,
        };
        let vitals = VitalTracker::for_load(start.activation_start, start.first_hidden);
        let mut batch = BatchBuffer::default();
        batch.open(start.now);
        Self {
            time_origin_ms: start.time_origin_ms,
            random: start.random,
            sample_rate: config.session_sample_rate,
            is_sampled: session.is_sampled(config.session_sample_rate),
            context: assemble::context(&config, start.facts),
            session,
            view: View::begin(view_context, LoadingType::InitialLoad, start.activation_start, vitals),
            previous_view: None,
            batch,
            upload: Upload::default(),
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
        if self.batch.is_full() {
            self.flush(FlushReason::Size, now);
        } else if self.batch.due().is_some_and(|due| now >= due) {
            self.flush(FlushReason::Time, now);
        }
        effects.extend(self.upload.next(now, self.random).map(Effect::Post));
        effects
    }

    /// When a [`SignalKind::Timer`] is next wanted.
    pub fn next_wake(&self) -> Option<PageTime> {
        if !self.is_sampled {
            return None;
        }
        [self.batch.due(), self.upload.next_wake()].into_iter().flatten().reduce(f64::min)
    }

    fn take(&mut self, at: PageTime, kind: SignalKind, now: PageTime, effects: &mut Vec<Effect>) {
        match kind {
            SignalKind::Click(target) => {
                self.view.vitals.input(at);
                let id = self.new_id();
                self.record(at, EventKind::Action(action::click(id, &target)), now);
            }
            SignalKind::KeyDown => self.view.vitals.input(at),
            SignalKind::CustomAction { name, context_json } => {
                let id = self.new_id();
                self.record(at, EventKind::Action(action::custom(id, name, context_json)), now);
            }
            SignalKind::Error(raw) => {
                let id = self.new_id();
                self.record(at, EventKind::Error(error::error_event(id, raw)), now);
            }
            SignalKind::RouteChanged { url } => self.change_route(&url, at),
            SignalKind::Hidden => self.hide(at, now, effects),
            SignalKind::Left => {
                self.view.end(at);
                self.leave(now, effects);
            }
            SignalKind::Restored { interaction_count } => {
                let url = String::from(self.view.url());
                self.begin_view(url, LoadingType::BackForwardCache, interaction_count, at);
            }
            SignalKind::Answered { slot, status, retry_after_s } => {
                self.note_answer(slot, status, retry_after_s, now, effects);
            }
            SignalKind::Stopped => {
                self.view.end(at);
                self.flush(FlushReason::Stop, now);
                effects.extend(self.upload.all_at_exit(now).into_iter().map(Effect::Post));
            }
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
        let view = view_at(at, &mut self.previous_view, &mut self.view);
        let before = view.vitals.vitals();
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
        if view.vitals.vitals() != before {
            view.mark_changed();
            self.batch.open(now);
        }
    }

    fn record(&mut self, at: PageTime, kind: EventKind, now: PageTime) {
        if self.session.is_over_age(self.epoch_ms(now)) {
            // Nobody acted for hours, so no new session began; Datadog's intake ignores events this late.
            self.upload.lose(1);
            return;
        }
        if self.batch.has_no_room_for(&kind) {
            self.flush(FlushReason::Size, now);
        }
        let at_ms = self.epoch_ms(at) as u64;
        let view = view_at(at, &mut self.previous_view, &mut self.view);
        match kind {
            EventKind::Action(_) => view.count_action(),
            EventKind::Error(_) => view.count_error(),
            EventKind::View(_) | EventKind::Unknown { .. } => {}
        }
        self.batch.push(&view.context, at_ms, kind);
        self.batch.open(now);
    }

    fn change_route(&mut self, url: &str, at: PageTime) {
        let url = redact_url(url);
        if url != self.view.url() {
            let interaction_count = self.view.vitals.interactions_so_far();
            self.begin_view(url, LoadingType::RouteChange, interaction_count, at);
        }
    }

    fn begin_view(&mut self, url: String, loading_type: LoadingType, interaction_count: u32, at: PageTime) {
        if let Some(mut leaving) = self.previous_view.take() {
            push_state(&mut self.batch, &mut leaving, self.time_origin_ms, at);
        }
        let id = self.new_id();
        let referrer = match loading_type {
            // Within the page, the view before is where the visitor came from.
            LoadingType::RouteChange => Some(String::from(self.view.url())),
            _ => self.view.referrer().cloned(),
        };
        let context = ViewContext { id, url, referrer, name: None };
        let vitals = VitalTracker::for_later_view(loading_type, interaction_count);
        let mut ended = core::mem::replace(&mut self.view, View::begin(context, loading_type, at, vitals));
        ended.end(at);
        self.previous_view = Some(ended);
        self.batch.open(at);
    }

    fn hide(&mut self, at: PageTime, now: PageTime, effects: &mut Vec<Effect>) {
        for view in self.previous_view.iter_mut().chain([&mut self.view]) {
            view.vitals.hidden(at);
        }
        if !self.view.is_ended() {
            // The time spent on it is worth knowing if the page never comes back.
            self.view.mark_changed();
        }
        self.leave(now, effects);
    }

    fn leave(&mut self, now: PageTime, effects: &mut Vec<Effect>) {
        self.flush(FlushReason::PageExit, now);
        effects.extend(self.upload.all_at_exit(now).into_iter().map(Effect::Post));
    }

    fn note_activity(&mut self, now: PageTime, effects: &mut Vec<Effect>) {
        let now_ms = self.epoch_ms(now);
        if self.session.is_expired(now_ms) {
            self.view.end(now);
            if self.is_sampled {
                self.flush(FlushReason::Stop, now);
            }
            self.session.touch(now_ms, self.random);
            self.is_sampled = self.session.is_sampled(self.sample_rate);
            let url = String::from(self.view.url());
            let interaction_count = self.view.vitals.interactions_so_far();
            self.begin_view(url, LoadingType::SessionRenewal, interaction_count, now);
            // Its last state went out with the session it belongs to.
            self.previous_view = None;
        } else {
            self.session.touch(now_ms, self.random);
        }
        effects.extend(self.session.to_store(now_ms).map(Effect::StoreSession));
    }

    fn note_answer(
        &mut self,
        slot: u32,
        status: u16,
        retry_after_s: Option<u32>,
        now: PageTime,
        effects: &mut Vec<Effect>,
    ) {
        match self.upload.answered(slot, status, retry_after_s, now, self.random) {
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

    /// Closes the batch: the states of the views come last, so that their counts include its events.
    fn flush(&mut self, flush_reason: FlushReason, now: PageTime) {
        for view in self.previous_view.iter_mut().chain([&mut self.view]) {
            push_state(&mut self.batch, view, self.time_origin_ms, now);
        }
        let (views, events) = self.batch.take();
        if events.is_empty() {
            return;
        }
        let count = events.len() as u32;
        let body = assemble::encode(Parts {
            id: self.new_id(),
            closed_at_ms: self.epoch_ms(now) as u64,
            flush_reason,
            context: &self.context,
            session_id: self.session.id(),
            views,
            events,
            lost_events: self.upload.take_lost_events(),
        });
        self.upload.enqueue(body, count);
    }

    fn new_id(&self) -> Id {
        Id::from_random((self.random)())
    }

    fn epoch_ms(&self, at: PageTime) -> f64 {
        self.time_origin_ms + at
    }
}

/// The view that was there at `at`.
fn view_at<'a>(at: PageTime, previous: &'a mut Option<View>, current: &'a mut View) -> &'a mut View {
    match previous {
        Some(previous) if at < current.start => previous,
        _ => current,
    }
}

/// Adds the state of a view, if it changed since the last one.
fn push_state(batch: &mut BatchBuffer, view: &mut View, time_origin_ms: f64, now: PageTime) {
    if let Some(state) = view.take_state(now) {
        let at_ms = (time_origin_ms + view.start) as u64;
        batch.push(&view.context, at_ms, EventKind::View(state));
    }
}
