//! The view of the moment and the one before it.

use super::view::View;
use crate::recorder::{Mark, Recorder};
use crate::signal::PageTime;
use alloc::string::String;
use rum_protocol::LoadingType;

/// The views events may still belong to.
#[derive(Debug)]
pub struct Views {
    /// The view of the moment.
    pub current: View,
    /// The view before this one, for entries that come late: the slow click that caused a route change is
    /// reported after it.
    previous: Option<View>,
}

impl Views {
    /// Begins with the view of the document load.
    pub fn new(first: View) -> Self {
        Self { current: first, previous: None }
    }

    /// The view that was there at `at`.
    pub fn at(&mut self, at: PageTime) -> &mut View {
        match &mut self.previous {
            Some(previous) if at < self.current.start => previous,
            _ => &mut self.current,
        }
    }

    /// The view that the paints of an interaction are of (0: of the document load).
    pub fn painted_by(&mut self, interaction_id: u32) -> Option<&mut View> {
        if self.current.vitals.is_painted_by(interaction_id) {
            return Some(&mut self.current);
        }
        self.previous.as_mut().filter(|view| view.vitals.is_painted_by(interaction_id))
    }

    /// Both, the older first.
    pub fn each(&mut self) -> impl Iterator<Item = &mut View> {
        self.previous.iter_mut().chain([&mut self.current])
    }

    /// Ends the current view and begins the next. `interaction_count` is the page's so far.
    pub fn begin(
        &mut self,
        recorder: &mut Recorder,
        url: String,
        loading_type: LoadingType,
        interaction_count: u32,
        at: PageTime,
    ) {
        if let Some(mut leaving) = self.previous.take() {
            push_state(recorder, &mut leaving, at, true);
        }
        let referrer = match loading_type {
            // Within the page, the view before is where the visitor came from.
            LoadingType::RouteChange => self.current.url(),
            _ => self.current.referrer(),
        };
        let vitals = self.current.vitals.for_next_view(loading_type, interaction_count);
        let next = View::begin(recorder.new_id(), url, String::from(referrer), loading_type, at, vitals);
        let mut ended = core::mem::replace(&mut self.current, next);
        ended.end(at);
        self.previous = Some(ended);
        recorder.batch.open(at);
    }

    /// Forgets the view before this one: its last state went out with the session it belongs to.
    pub fn forget_previous(&mut self) {
        self.previous = None;
    }

    /// Adds the states that changed: they come last in a batch, so that their counts include its events.
    pub fn push_states(&mut self, recorder: &mut Recorder, now: PageTime, whole: bool) {
        for view in self.each() {
            push_state(recorder, view, now, whole);
        }
    }
}

fn push_state(recorder: &mut Recorder, view: &mut View, now: PageTime, whole: bool) {
    if let Some((kind, state)) = view.take_state(now, whole) {
        let mark = Mark { at: view.start, kind, action_id: None };
        recorder.push(view, mark, &state, now);
    }
}
