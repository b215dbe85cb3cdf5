//! What signals do to views: begin them, describe them, measure how they load and how far they are scrolled.

use super::page_state::PageState;
use super::view::Labels;
use super::views::Views;
use crate::privacy::{hash_route_name, route};
use crate::recorder::Recorder;
use crate::signal::{PageTime, SignalKind};
use alloc::string::String;
use rum_protocol::LoadingType;

impl Views {
    /// Takes a signal that is about views; any other changes nothing.
    pub fn take(&mut self, recorder: &mut Recorder, at: PageTime, kind: SignalKind) {
        let current = &mut self.current;
        match kind {
            SignalKind::RouteChanged { url } => {
                let route = route(&url);
                if route != self.route {
                    self.route = route;
                    self.start(recorder, &url, route_labels(&url), at);
                }
            }
            SignalKind::ViewStarted { url, labels, is_first: true } => {
                current.describe(recorder.urls.redact(&url), labels);
            }
            SignalKind::ViewStarted { url, labels, .. } => self.start(recorder, &url, labels, at),
            SignalKind::ViewNamed { name } => {
                let labels = Labels { name, ..current.labels().clone() };
                current.describe(String::from(current.url()), labels);
            }
            SignalKind::Timing { name, after_ms } => {
                current.timings.add(name, after_ms.unwrap_or(at - current.start));
                current.mark_changed();
            }
            SignalKind::ViewLoaded => {
                current.loading.set(at);
                current.mark_changed();
            }
            SignalKind::DocumentLoaded { facts } => {
                if let Some(first) = self.each().next() {
                    first.document_loaded(at, facts);
                }
            }
            SignalKind::PageState { state } => {
                recorder.page_state = PageState { state, since: at };
                if !current.is_ended() {
                    current.page_states.add(state, at - current.start);
                }
            }
            SignalKind::Scrolled { top, viewport_height, height } => {
                let view = self.at(at);
                if view.scroll.measure(top, viewport_height, height, at - view.start) {
                    view.mark_changed();
                }
            }
            _ => {}
        }
    }

    /// What time alone brings: the page has become quiet, or the view wants to be known alive.
    pub fn look(&mut self, recorder: &mut Recorder, now: PageTime) {
        let view = &mut self.current;
        if view.loading.settle(now) || view.keep_alive_due(recorder).is_some_and(|due| now >= due) {
            view.mark_changed();
        }
        if view.is_changed() {
            recorder.batch.open(now);
        }
    }

    /// Begins another view of the same place.
    pub fn begin_same(
        &mut self,
        recorder: &mut Recorder,
        loading_type: LoadingType,
        interaction_count: u32,
        at: PageTime,
    ) {
        let (url, labels) = (String::from(self.current.url()), self.current.labels().clone());
        self.begin(recorder, url, labels, loading_type, interaction_count, at);
    }

    fn start(&mut self, recorder: &mut Recorder, url: &str, labels: Labels, at: PageTime) {
        let interaction_count = self.current.vitals.interactions_so_far();
        let url = recorder.urls.redact(url);
        self.begin(recorder, url, labels, LoadingType::RouteChange, interaction_count, at);
    }
}

/// A hash route has a name of its own: its URL, like all, is sent without the hash.
pub fn route_labels(url: &str) -> Labels {
    Labels { name: hash_route_name(url), ..Labels::default() }
}
