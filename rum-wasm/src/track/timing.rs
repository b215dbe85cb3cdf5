//! Moments of one view that the application named.

use crate::fields::{Fields, micros, push_array, push_number, push_text};
use alloc::string::String;
use alloc::vec::Vec;
use rum_protocol::keys::view_event;

/// Bytes of names kept for one view: they are sent again with every whole state.
const MAX_NAMES_BYTES: usize = 2_000;

/// The timings so far.
#[derive(Debug, Default)]
pub struct Timings {
    /// (name, ms since the view began)
    list: Vec<(String, f64)>,
    names_bytes: usize,
}

impl Timings {
    /// Adds one, or gives one of that name a new time.
    pub fn add(&mut self, name: String, after_ms: f64) {
        if let Some(known) = self.list.iter_mut().find(|known| known.0 == name) {
            known.1 = after_ms;
        } else if self.names_bytes + name.len() <= MAX_NAMES_BYTES {
            self.names_bytes += name.len();
            self.list.push((name, after_ms));
        }
    }

    /// Writes them into the state of a view.
    pub fn write(&self, state: &mut Fields) {
        if !self.list.is_empty() {
            let mut values = Vec::new();
            for (name, after_ms) in &self.list {
                push_array(&mut values, 2);
                push_text(&mut values, name);
                push_number(&mut values, micros(*after_ms));
            }
            state.array(view_event::CUSTOM_TIMINGS);
            state.values(&values);
            state.end();
        }
    }
}
