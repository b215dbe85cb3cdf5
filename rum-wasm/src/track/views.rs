//! The view of the moment and the one before it.

use super::view::View;
use super::web_vital::VitalTracker;
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
        let vitals = VitalTracker::for_later_view(loading_type, interaction_count);
        let mut next = View::begin(recorder.new_id(), url, String::from(referrer), loading_type, at, vitals);
        // Until the application's side has been told of the new view, and says what of it still holds.
        next.shared = self.current.shared.clone();
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
    // A hook looks at whole states: what it changes of one would else come back with the next difference.
    let whole = whole || recorder.hook.is_some();
    if let Some((kind, state)) = view.take_state(now, whole) {
        let mark = Mark { at: view.start, kind, action_id: None };
        recorder.push(view, mark, &state, now);
    }
}
