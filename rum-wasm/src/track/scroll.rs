//! How far the visitor scrolled during one view, for Datadog's `display.scroll`.

use crate::fields::Fields;
use rum_protocol::keys::view_event;

/// The fields of a `ScrollDepth` in the order of their numbers: depth, scroll position then, height of the page
/// (CSS pixels), and when it was first that tall (microseconds since the view began).
#[derive(Debug, Default)]
pub struct Scroll([f64; 4]);

impl Scroll {
    /// Takes a measurement made so long after the view began; true if anything is deeper than before.
    pub fn measure(&mut self, top: f64, viewport_height: f64, height: f64, after_ms: f64) -> bool {
        let [depth, top_then, tallest, tallest_after] = &mut self.0;
        let is_deeper = top + viewport_height > *depth;
        if is_deeper {
            *depth = top + viewport_height;
            *top_then = top;
        }
        let is_taller = height > *tallest;
        if is_taller {
            *tallest = height;
            *tallest_after = after_ms * 1_000.0;
        }
        is_deeper || is_taller
    }

    /// Writes them into the state of a view, if there was a measurement.
    pub fn write(&self, state: &mut Fields) {
        if self.0[0] > 0.0 {
            let mut scroll = Fields::default();
            for (key, &value) in self.0.iter().enumerate() {
                scroll.number(key as u32, value as u64);
            }
            state.map(view_event::SCROLL, &scroll);
        }
    }
}
