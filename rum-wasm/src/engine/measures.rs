//! What the browser measured, to the view whose it is.

use super::Engine;
use crate::signal::{PageTime, SignalKind};

impl Engine {
    /// Web vitals: entries belong to the view that was there when they happened, paints to the one whose they are.
    pub(super) fn measure(&mut self, at: PageTime, kind: &SignalKind<'_>, now: PageTime) {
        let view = match kind {
            SignalKind::LargestContentfulPaint { interaction_id, .. } => {
                self.views.painted_by(*interaction_id)
            }
            _ => Some(self.views.at(at)),
        };
        let Some(view) = view else { return };
        let vitals = &mut view.vitals;
        let after_ms = at - view.start;
        match kind {
            SignalKind::Loaded { response_start } => vitals.loaded(*response_start),
            SignalKind::Unobservable { shifts, largest_paints } => {
                vitals.cannot_observe(*shifts, *largest_paints);
            }
            SignalKind::FirstContentfulPaint => vitals.first_contentful_paint(at),
            SignalKind::LargestContentfulPaint { resource_url, facts, .. } => {
                vitals.largest_contentful_paint(at, resource_url, facts, &self.recorder.urls);
            }
            SignalKind::SoftNavigation { interaction_id, start } => {
                vitals.soft_navigation(at, *interaction_id, *start, view.start);
            }
            SignalKind::LayoutShift { value, facts } => vitals.layout_shift(at, after_ms, *value, facts),
            SignalKind::EventTiming { interaction_id, duration_ms, facts } => {
                vitals.event_timing(*interaction_id, *duration_ms, after_ms, facts);
            }
            SignalKind::FirstInput { facts } => vitals.first_input(at, after_ms, facts),
            SignalKind::InteractionCount { count } => vitals.interaction_count(*count),
            SignalKind::RestoredPaint => vitals.restored_paint(after_ms),
            _ => {}
        }
        if view.note_vitals() {
            self.recorder.batch.open(now);
        }
    }
}
