//! How far the visitor scrolled during one view, for Datadog's `display.scroll`.

use crate::fields::Fields;
use rum_protocol::keys::{scroll_depth, view_event};

/// Depths in CSS pixels from the top of the page.
#[derive(Debug, Default)]
pub struct Scroll {
    depth: f64,
    top_at_depth: f64,
    height: f64,
    height_after_ms: f64,
}

impl Scroll {
    /// Takes a measurement made so long after the view began; true if anything is deeper than before.
    pub fn measure(&mut self, top: f64, viewport_height: f64, height: f64, after_ms: f64) -> bool {
        let depth = top + viewport_height;
        let is_deeper = depth > self.depth;
        if is_deeper {
            self.depth = depth;
            self.top_at_depth = top;
        }
        let is_taller = height > self.height;
        if is_taller {
            self.height = height;
            self.height_after_ms = after_ms;
        }
        is_deeper || is_taller
    }

    /// Writes them into the state of a view, if there was a measurement.
    pub fn write(&self, state: &mut Fields) {
        if self.depth > 0.0 {
            let mut scroll = Fields::default();
            for (key, pixels) in [
                (scroll_depth::MAX_DEPTH, self.depth),
                (scroll_depth::MAX_DEPTH_SCROLL_TOP, self.top_at_depth),
                (scroll_depth::MAX_SCROLL_HEIGHT, self.height),
            ] {
                scroll.number(key, pixels as u64);
            }
            scroll.micros(scroll_depth::MAX_SCROLL_HEIGHT_AFTER_US, self.height_after_ms);
            state.map(view_event::SCROLL, &scroll);
        }
    }
}
