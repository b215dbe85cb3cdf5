//! Our own batches: the same values under the same paths, as typed fields.

use super::Scrubber;
use super::field::Path;
use super::place::Position;
use super::report::Report;
use rum_protocol::{Batch, EventKind};

impl Scrubber {
    /// Scrubs a batch in place. Ids, times, numbers and what the site's developers wrote into their set-up
    /// (service, env, version) stay, as at the other door.
    pub fn scrub_batch(&self, batch: &mut Batch, report: &mut Report) {
        for view in &mut batch.views {
            self.scrub_field(&["view", "url"], Some(&mut view.url), report);
            self.scrub_field(&["view", "referrer"], view.referrer.as_mut(), report);
            self.scrub_field(&["view", "name"], view.name.as_mut(), report);
        }
        for event in &mut batch.events {
            match &mut event.kind {
                EventKind::Action(action) => {
                    self.scrub_field(&["action", "target", "name"], Some(&mut action.name), report);
                    let selector = action.selector.as_mut();
                    self.scrub_field(&["_dd", "action", "target", "selector"], selector, report);
                    self.scrub_context(action.context_json.as_mut(), report);
                }
                EventKind::Error(error) => {
                    self.scrub_field(&["error", "message"], Some(&mut error.message), report);
                    self.scrub_field(&["error", "type"], error.error_type.as_mut(), report);
                    self.scrub_field(&["error", "stack"], error.stack.as_mut(), report);
                    self.scrub_context(error.context_json.as_mut(), report);
                }
                // Numbers only; the fields of an unknown kind were skipped when it was read.
                _ => {}
            }
        }
    }

    fn scrub_field(&self, keys: &[&str], text: Option<&mut String>, report: &mut Report) {
        let Some(text) = text else { return };
        let path = Path::of(keys);
        let place = Position::of_rum(keys).place();
        if let Some(scrubbed) = self.scrub_string(&path, place, text, report) {
            *text = scrubbed;
        }
    }

    fn scrub_context(&self, json: Option<&mut String>, report: &mut Report) {
        let Some(json) = json else { return };
        if let Some(scrubbed) = self.scrub_json_text(&Path::of(&["context"]), json, report) {
            *json = scrubbed;
        }
    }
}
