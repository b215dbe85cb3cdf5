//! Moments of one view: its custom timings and its page states, lists of `[value, microseconds since it began]`.

use crate::fields::{Fields, micros, push_array, push_number};
use alloc::vec::Vec;

/// Bytes kept of one list: 500 page states (`MAX_PAGE_STATES`), or some 200 timings. They are sent again with
/// every state of the view that has a new one.
const MAX_BYTES: usize = 4_000;

/// One list, as it crosses the network.
#[derive(Debug, Default)]
pub struct Notes(Vec<u8>);

impl Notes {
    /// Adds a moment whose value is encoded already. Of equal names the last one counts.
    pub fn add(&mut self, value: &[u8], after_ms: f64) {
        if self.0.len() + value.len() < MAX_BYTES {
            push_array(&mut self.0, 2);
            self.0.extend_from_slice(value);
            push_number(&mut self.0, micros(after_ms));
        }
    }

    /// Writes the list into the state of a view.
    pub fn write(&self, state: &mut Fields, key: u32) {
        if !self.0.is_empty() {
            state.array(key);
            state.values(&self.0);
            state.end();
        }
    }
}
