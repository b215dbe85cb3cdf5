//! The view of the moment and those before it.

use super::view::View;
use crate::recorder::{Mark, Recorder};
use crate::signal::PageTime;
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::{FlushReason, LoadingType};

/// Entries may come so long after the view they belong to has ended. Datadog's figure.
const LATE_MS: f64 = 5.0 * 60_000.0;

/// Views kept that long: more than visitors go through in five minutes, few enough for one batch.
const MAX_ENDED: usize = 8;

/// The views events may still belong to.
#[derive(Debug)]
pub struct Views {
    /// The view of the moment.
    pub current: View,
    /// Those before it, the oldest first, for entries that come late: the slow click that caused a route change
    /// is reported after it.
    ended: Vec<View>,
}

impl Views {
    /// Begins with the view of the document load.
    pub fn new(first: View) -> Self {
        Self { current: first, ended: Vec::new() }
    }

    /// The view that was there at `at`.
    pub fn at(&mut self, at: PageTime) -> &mut View {
        if at < self.current.start
            && let Some(before) = self.ended.iter_mut().rfind(|view| view.start <= at)
        {
            return before;
        }
        &mut self.current
    }

    /// The view that the paints of an interaction are of (0: of the document load).
    pub fn painted_by(&mut self, interaction_id: u32) -> Option<&mut View> {
        let is_painted = |view: &&mut View| view.vitals.is_painted_by(interaction_id);
        Some(&mut self.current).filter(is_painted).or_else(|| self.ended.iter_mut().rfind(is_painted))
    }

    /// All of them, the oldest first.
    pub fn each(&mut self) -> impl Iterator<Item = &mut View> {
        self.ended.iter_mut().chain([&mut self.current])
    }

    /// Ends the current view and begins the next. `interaction_count` is the page's so far.
    pub fn begin(
        &mut self,
        recorder: &mut Recorder,
        url: String,
        labels: Vec<u8>,
        loading_type: LoadingType,
        interaction_count: u32,
        at: PageTime,
    ) {
        let referrer = match loading_type {
            // Within the page, the view before is where the visitor came from.
            LoadingType::RouteChange => self.current.url(),
            _ => self.current.referrer(),
        };
        let vitals = self.current.vitals.for_next_view(loading_type, interaction_count);
        let mut next =
            View::begin(recorder.new_id(), String::new(), String::from(referrer), loading_type, at, vitals);
        next.describe(url, labels);
        next.page_states.add(&[recorder.page_state.state], 0.0);
        if !recorder.page_state.is_visible() {
            next.loading.hidden(at);
        }
        // Until the application's side has been told of the new view, and says what of it still holds.
        next.shared = self.current.shared.clone();
        let mut ended = core::mem::replace(&mut self.current, next);
        ended.end(at);
        if self.ended.len() == MAX_ENDED {
            let mut oldest = self.ended.remove(0);
            push_state(recorder, &mut oldest, at, true);
        }
        self.ended.push(ended);
        recorder.batch.open(at);
    }

    /// Forgets the views before this one: their last states went out with the session they belong to.
    pub fn forget_previous(&mut self) {
        self.ended.clear();
    }

    /// Adds the states that changed: they come last in a batch, so that their counts include its events.
    pub fn push_states(&mut self, recorder: &mut Recorder, now: PageTime, whole: bool) {
        for view in &mut self.ended {
            push_state(recorder, view, now, whole);
        }
        push_state(recorder, &mut self.current, now, whole);
        while self.ended.first().is_some_and(|view| now >= view.ended_at() + LATE_MS) {
            self.ended.remove(0);
        }
    }
}

fn push_state(recorder: &mut Recorder, view: &mut View, now: PageTime, whole: bool) {
    // A hook looks at whole states: what it changes of one would else come back with the next difference.
    let whole = whole || recorder.hook.is_some();
    if let Some((kind, state)) = view.take_state(now, whole) {
        if recorder.batch.cannot_hold(state.bytes().len()) {
            recorder.close(FlushReason::Size, now);
        }
        let mark = Mark { at: view.start, kind, action_id: None };
        recorder.push(view, mark, &state, now);
    }
}
