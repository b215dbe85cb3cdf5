//! The engine's part in posts: what an answer means.

use super::{Effect, Engine};
use crate::signal::{PageTime, SignalKind};
use crate::upload::Answer;
use alloc::vec::Vec;

impl Engine {
    pub(super) fn note_answer(
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
}

/// What is taken even while there is no session: what was recorded has to leave.
pub(super) fn is_about_them(kind: &SignalKind<'_>) -> bool {
    matches!(
        kind,
        SignalKind::Answered { .. }
            | SignalKind::Lost { .. }
            | SignalKind::Hidden
            | SignalKind::Left
            | SignalKind::Stopped
    )
}
