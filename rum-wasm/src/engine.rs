//! The pure state machine: a signal in, effects out. It calls no web API, reads no clock and draws no random
//! number by itself, so all of it is tested without a browser (`engine_test.rs`).

mod measures;
mod posts;
mod sessions;

use crate::fields::Fields;
use crate::privacy::UrlRules;
use crate::rate::Rate;
use crate::recorder::{Hook, Mark, Recorder};
use crate::session::Session;
use crate::signal::{PageTime, Signal, SignalKind};
use crate::track::clicks::Clicks;
use crate::track::loading::LoadingTime;
use crate::track::long_task::LongTaskTracker;
use crate::track::view::{Shared, View};
use crate::track::views::Views;
use crate::track::web_vital::VitalTracker;
use crate::track::{action, error, resource};
use crate::upload::Post;
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::keys::error_event;
use rum_protocol::{EventKind, FlushReason, Id, LoadingType};

/// What the engine asks adapters to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Post a batch to the collector.
    Post(Post),
    /// Keep the session for the site's other pages.
    StoreSession(Session),
    /// A view of a session that is recorded began: its `ViewContext`, and the bytes of its URL.
    ViewBegan(Vec<u8>, usize),
    /// Something a recording is to know of happened at that time: an error (0), or a click that frustrated its user
    /// (the sum of the kinds of frustration).
    Moment(PageTime, u32),
    /// From now on, tell of page activity ([`SignalKind::Busy`]), or no longer.
    WatchActivity(bool),
    /// Tell the developer, once.
    Warn(&'static str),
}

/// What the engine knows when it starts. `js-loader/src/options.ts` has put defaults in the place of wrong options,
/// and the adapters have bounded the lengths of texts.
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
    /// What the last page of the site stored.
    pub stored_session: Session,
    /// Names of query parameters that may be kept, with `&` between them (`UrlRules`).
    pub allowed_parameters: String,
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
    long_tasks: LongTaskTracker,
    clicks: Clicks,
    rate: Rate,
    recorder: Recorder,
    /// The session the site's pages stored last.
    stored_session: Session,
    /// The view the application's side knows of.
    told_view: Option<Id>,
    is_watching: bool,
    has_warned_refused: bool,
    /// What is yet to be told of ([`Effect::Moment`]).
    moments: Vec<(PageTime, u32)>,
}

impl Engine {
    /// Begins the session and the view of the document load.
    pub fn new(start: Start) -> Self {
        let session = Session::resume(start.stored_session, start.time_origin_ms + start.now, start.random);
        let urls = UrlRules::new(start.allowed_parameters);
        let url = urls.redact(&start.url);
        let referrer = urls.redact(&start.referrer);
        let mut recorder =
            Recorder::new(start.time_origin_ms, start.random, start.context, session, urls, start.now);
        recorder.hook = start.hook;
        let vitals = VitalTracker::for_load(start.activation_start, start.first_hidden);
        let mut first = View::begin(
            recorder.new_id(),
            url,
            referrer,
            LoadingType::InitialLoad,
            start.activation_start,
            vitals,
        );
        first.loading = LoadingTime::new(start.now, true, true);
        first.loading.hidden(start.first_hidden);
        let rate = start.session_sample_rate;
        let mut engine = Self {
            sample_rate: rate,
            held_sample_rate: rate + (100.0 - rate) * start.on_error_sample_rate / 100.0,
            is_sampled: false,
            views: Views::new(first),
            long_tasks: LongTaskTracker::default(),
            clicks: Clicks::default(),
            rate: Rate::default(),
            recorder,
            stored_session: start.stored_session,
            told_view: None,
            is_watching: false,
            has_warned_refused: false,
            moments: Vec::new(),
        };
        engine.decide_sampling();
        engine
    }

    /// Takes one signal. `now` is page time at the call; `signal.at` when it happened.
    pub fn handle(&mut self, signal: Signal<'_>, now: PageTime) -> Vec<Effect> {
        let mut effects = Vec::new();
        let Signal { at, kind } = signal;
        self.follow_session(&kind, now);
        if self.is_sampled {
            if !self.recorder.session.is_stopped() || posts::is_about_them(&kind) {
                self.take(at, kind, now, &mut effects);
            }
            self.views.look(&mut self.recorder, now);
            self.watch_activity(now, &mut effects);
            if self.recorder.batch.is_full() {
                self.flush(FlushReason::Size, now);
            } else if self.recorder.batch.due().is_some_and(|due| now >= due) {
                self.flush(FlushReason::Time, now);
            }
            if let Some(post) = self.recorder.next_post(now) {
                effects.push(Effect::Post(post));
            }
        }
        self.tell_session(&mut effects);
        effects.extend(self.moments.drain(..).map(|(at, kinds)| Effect::Moment(at, kinds)));
        effects
    }

    /// When a [`SignalKind::Timer`] is next wanted.
    pub fn next_wake(&self) -> Option<PageTime> {
        if !self.is_sampled {
            return None;
        }
        let view = &self.views.current;
        let mut wake = view.keep_alive_due(&self.recorder);
        for due in [
            self.recorder.batch.due(),
            self.recorder.upload.next_wake(),
            self.clicks.due(),
            view.loading.due(),
        ] {
            wake = wake.min(due.unwrap_or(wake));
        }
        Some(wake).filter(|&wake| wake < PageTime::INFINITY)
    }

    fn take(&mut self, at: PageTime, kind: SignalKind<'_>, now: PageTime, effects: &mut Vec<Effect>) {
        match kind {
            SignalKind::Click(click) => {
                self.views.current.vitals.input(at);
                self.clicks.add(self.recorder.new_id(), at, click, now);
            }
            SignalKind::Reacted => self.clicks.user_reacted(),
            SignalKind::Activity | SignalKind::SessionStored(_) | SignalKind::SessionStopped => {}
            SignalKind::KeyDown => self.views.current.vitals.input(at),
            SignalKind::CustomAction { name, facts } => {
                self.report(EventKind::ACTION, at, name, facts, now);
            }
            SignalKind::CustomVital { name, facts } => {
                self.report(EventKind::VITAL, at, name, facts, now);
            }
            SignalKind::Error { texts, facts } => {
                self.fail(at, error::fields(texts, facts, &self.recorder.urls), now);
            }
            SignalKind::RequestFailed { texts, status } => {
                self.fail(at, error::failed_request(texts, status, &self.recorder.urls), now);
            }
            SignalKind::Resource { url, discarded, facts } => self.load(at, url, discarded, facts, now),
            SignalKind::LongTaskScript { source_url, invoker, facts } => {
                self.long_tasks.script(source_url, invoker, facts, &self.recorder.urls);
            }
            SignalKind::LongTask { facts } => self.block(at, facts, now),
            SignalKind::Shared { facts, flags, flag_kinds } => {
                self.views.current.shared = Shared { facts: facts.into(), flags: flags.into(), flag_kinds };
            }
            SignalKind::Hidden => self.hide(at, now, effects),
            SignalKind::Left => {
                self.views.current.end(at);
                self.leave(FlushReason::PageExit, now, effects);
            }
            SignalKind::Restored { interaction_count } => {
                let kind = LoadingType::BackForwardCache;
                self.views.begin_same(&mut self.recorder, kind, interaction_count, at);
            }
            SignalKind::Answered { slot, status, retry_after_s } => {
                self.note_answer(slot, status, retry_after_s, now, effects);
            }
            SignalKind::Stopped => {
                self.views.current.end(at);
                self.leave(FlushReason::Stop, now, effects);
            }
            SignalKind::Lost { events } => self.recorder.upload.lose(events),
            SignalKind::Timer => self.settle(now, false),
            SignalKind::Loaded { .. }
            | SignalKind::Unobservable { .. }
            | SignalKind::FirstContentfulPaint
            | SignalKind::LargestContentfulPaint { .. }
            | SignalKind::SoftNavigation { .. }
            | SignalKind::LayoutShift { .. }
            | SignalKind::EventTiming { .. }
            | SignalKind::FirstInput { .. }
            | SignalKind::InteractionCount { .. }
            | SignalKind::RestoredPaint => self.measure(at, &kind, now),
            of_views => {
                if let SignalKind::ViewChanged { is_new: true, .. } = of_views {
                    self.settle(at, true);
                    self.recorder.batch.forget_repeats();
                }
                self.clicks.hear(at, &of_views);
                self.views.take(&mut self.recorder, at, of_views);
            }
        }
    }

    /// Records a long task with the scripts told before it.
    fn block(&mut self, at: PageTime, facts: &[u8], now: PageTime) {
        let fields = self.long_tasks.task(self.recorder.new_id(), facts);
        // What blocked a page before it was shown bothered nobody.
        if at >= self.views.at(at).start {
            self.record(at, EventKind::LONG_TASK, &fields, now);
        }
    }

    /// Records what the application reports.
    fn report(&mut self, kind: u32, at: PageTime, name: &str, facts: &[u8], now: PageTime) {
        let fields = action::reported(kind, self.recorder.new_id(), name, facts);
        self.record(at, kind, &fields, now);
    }

    /// Records what the page loaded. What is told for its trace only is no resource of the view.
    fn load(&mut self, at: PageTime, url: &str, discarded: bool, facts: &[u8], now: PageTime) {
        let fields = resource::fields(self.recorder.new_id(), url, discarded, facts, &self.recorder.urls);
        if discarded {
            self.push(Mark { at, kind: EventKind::RESOURCE, action_id: None }, &fields, now);
        } else {
            self.record(at, EventKind::RESOURCE, &fields, now);
        }
    }

    /// Counts an error, and records it unless the batch has it already.
    fn fail(&mut self, at: PageTime, error: Option<(Vec<u8>, Fields)>, now: PageTime) {
        let Some((key, mut fields)) = error else { return };
        let action_id = self.count(at, EventKind::ERROR);
        if self.recorder.batch.repeat(&key) {
            return;
        }
        fields.id(error_event::ID, self.recorder.new_id());
        if self.push(Mark { at, kind: EventKind::ERROR, action_id }, &fields, now) {
            self.recorder.batch.last_may_repeat(key);
        }
    }

    /// Records the clicks whose consequences are known; with `all`, because the page or its view is being left,
    /// every one.
    fn settle(&mut self, now: PageTime, all: bool) {
        while let Some(click) = self.clicks.take_known(if all { PageTime::INFINITY } else { now }) {
            let at = click.at;
            let (fields, frustrations) = click.into_fields(now, all);
            self.views.at(at).counts.frustrations += u64::from(frustrations.count_ones());
            if frustrations > 0 {
                self.moments.push((at, frustrations));
            }
            self.record(at, EventKind::ACTION, &fields, now);
        }
    }

    fn record(&mut self, at: PageTime, kind: u32, fields: &Fields, now: PageTime) {
        let action_id = self.count(at, kind);
        self.push(Mark { at, kind, action_id }, fields, now);
    }

    /// Counts an event to its view and to the click it follows from, whose id it answers.
    fn count(&mut self, at: PageTime, kind: u32) -> Option<Id> {
        self.views.at(at).count(kind);
        self.clicks.count(kind, at)
    }

    /// Whether it went into the batch.
    fn push(&mut self, mark: Mark, fields: &Fields, now: PageTime) -> bool {
        if !self.recorder.admits(now) {
            return false;
        }
        if !self.rate.admits(mark.kind, now) {
            self.recorder.upload.lose(1);
            return false;
        }
        if self.recorder.batch.has_no_room_for(fields.bytes().len()) {
            self.flush(FlushReason::Size, now);
        }
        let view = self.views.at(mark.at);
        if !self.recorder.push(view, mark, fields, now) {
            // The application's hook dropped it.
            view.uncount(mark.kind);
            return false;
        }
        if mark.kind == EventKind::ERROR {
            self.moments.push((mark.at, 0));
            if self.recorder.upload.release() {
                self.recorder.session.keep();
            }
        }
        true
    }

    /// Asks for page activity while somebody waits for the page to be quiet.
    fn watch_activity(&mut self, now: PageTime, effects: &mut Vec<Effect>) {
        let is_wanted = self.views.current.loading.awaits_quiet() || self.clicks.await_quiet(now);
        if is_wanted != self.is_watching {
            self.is_watching = is_wanted;
            effects.push(Effect::WatchActivity(is_wanted));
        }
    }

    fn hide(&mut self, at: PageTime, now: PageTime, effects: &mut Vec<Effect>) {
        for view in self.views.each() {
            view.vitals.hidden(at);
            view.loading.hidden(at);
        }
        if !self.views.current.is_ended() {
            // The time spent on it is worth knowing if the page never comes back.
            self.views.current.mark_changed();
        }
        self.leave(FlushReason::PageExit, now, effects);
    }

    /// Everything leaves at once: there may be no later. States of views are whole, since they may be the last.
    fn leave(&mut self, flush_reason: FlushReason, now: PageTime, effects: &mut Vec<Effect>) {
        self.settle(now, true);
        self.views.push_states(&mut self.recorder, now, true);
        self.recorder.close(flush_reason, now);
        for post in self.recorder.upload.all_at_exit(now) {
            effects.push(Effect::Post(post));
        }
    }

    /// Closes the batch.
    fn flush(&mut self, flush_reason: FlushReason, now: PageTime) {
        self.views.push_states(&mut self.recorder, now, false);
        self.recorder.close(flush_reason, now);
    }
}
