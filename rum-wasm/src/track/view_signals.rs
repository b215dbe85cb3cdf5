//! What signals do to views: begin them, describe them, measure how they load and how far they are scrolled.

use super::page_state::PageState;
use super::views::Views;
use crate::recorder::Recorder;
use crate::signal::{PageTime, SignalKind};
use alloc::string::String;
use rum_protocol::LoadingType;
use rum_protocol::keys::view_event;

impl Views {
    /// Takes a signal that is about views; any other changes nothing.
    pub fn take(&mut self, recorder: &mut Recorder, at: PageTime, kind: SignalKind<'_>) {
        let current = &mut self.current;
        match kind {
            SignalKind::ViewChanged { url, labels, is_new } => {
                let url = recorder.urls.redact(url);
                if is_new {
                    let interaction_count = current.vitals.interactions_so_far();
                    self.begin(recorder, url, labels.into(), LoadingType::RouteChange, interaction_count, at);
                } else {
                    current.describe(url, labels.into());
                }
            }
            SignalKind::Noted { moment, after_ms } => {
                let Some((&key, value)) = moment.split_first() else { return };
                let after_ms = after_ms.unwrap_or(at - current.start);
                if u32::from(key) == view_event::PAGE_STATES {
                    let state = value.first().copied().unwrap_or_default();
                    // The first one holds for what of the view is past.
                    let is_first = recorder.page_state.since == PageTime::INFINITY;
                    recorder.page_state = PageState { state, since: at };
                    if !current.is_ended() {
                        current.page_states.add(value, if is_first { 0.0 } else { after_ms });
                    }
                } else {
                    current.timings.add(value, after_ms);
                    current.mark_changed();
                }
            }
            SignalKind::ViewLoaded => {
                current.loading.set(at);
                current.mark_changed();
            }
            SignalKind::DocumentLoaded { facts } => {
                if let Some(first) = self.each().next() {
                    first.document_loaded(at, facts.into());
                }
            }
            SignalKind::Scrolled { top, viewport_height, height } => {
                let view = self.at(at);
                if view.scroll.measure(top, viewport_height, height, at - view.start) {
                    view.mark_changed();
                }
            }
            SignalKind::Replayed { has_replay, facts } => self.at(at).replayed(has_replay, facts.into()),
            kind => current.loading.activity.hear(at, &kind),
        }
    }

    /// What time alone brings: the page has become quiet, or the view wants to be known alive.
    pub fn look(&mut self, recorder: &mut Recorder, now: PageTime) {
        let view = &mut self.current;
        if view.loading.settle(now) || now >= view.keep_alive_due(recorder) {
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
        let (url, labels) = (String::from(self.current.url()), self.current.labels.clone());
        self.begin(recorder, url, labels, loading_type, interaction_count, at);
    }
}
