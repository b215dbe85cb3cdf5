//! The engine's part in sessions: what begins and ends them, and who is told.

use super::{Effect, Engine};
use crate::session::Session;
use crate::signal::{PageTime, SignalKind};
use alloc::vec::Vec;
use rum_protocol::{FlushReason, LoadingType};

impl Engine {
    /// What a signal means for the session, before anything else.
    pub(super) fn follow_session(&mut self, kind: &SignalKind<'_>, now: PageTime) {
        match *kind {
            SignalKind::Click(_) | SignalKind::KeyDown | SignalKind::Activity => self.note_activity(now),
            SignalKind::SessionStored(stored) => {
                let now_ms = self.recorder.epoch_ms(now);
                self.recorder.session.note_stored(stored, now_ms);
                self.stored_session = stored;
            }
            SignalKind::SessionStopped => {
                self.end_session(now);
                self.recorder.session.stop();
            }
            _ => {}
        }
    }

    /// Stores the session when it is time to, and tells the application's side of a new view.
    pub(super) fn tell_session(&mut self, effects: &mut Vec<Effect>) {
        if self.recorder.session.is_to_be_stored() {
            self.stored_session = self.recorder.session;
            effects.push(Effect::StoreSession(self.stored_session));
        }
        let view = &self.views.current;
        if self.is_sampled && self.told_view != Some(view.id()) {
            self.told_view = Some(view.id());
            effects.push(Effect::ViewBegan(view.context().into(), view.url().len()));
        }
    }

    pub(super) fn note_activity(&mut self, now: PageTime) {
        let now_ms = self.recorder.epoch_ms(now);
        if self.recorder.session.is_expired(now_ms) {
            self.end_session(now);
            // Another page may have begun the next one.
            self.recorder.session = Session::resume(self.stored_session, now_ms, self.recorder.random);
            self.decide_sampling();
            let interaction_count = self.views.current.vitals.interactions_so_far();
            let kind = LoadingType::SessionRenewal;
            self.views.begin_same(&mut self.recorder, kind, interaction_count, now);
            self.views.forget_previous();
        }
        self.recorder.session.touch(now_ms);
    }

    /// What is in the batch belongs to the session that ends.
    pub(super) fn end_session(&mut self, now: PageTime) {
        self.views.current.end(now);
        if self.is_sampled {
            self.settle(now, true);
            self.flush(FlushReason::Stop, now);
        }
    }

    pub(super) fn decide_sampling(&mut self) {
        let session = &self.recorder.session;
        let is_kept = session.is_kept || session.is_sampled(self.sample_rate);
        self.is_sampled = is_kept || session.is_sampled(self.held_sample_rate);
        self.recorder.upload.hold(!is_kept);
    }
}
