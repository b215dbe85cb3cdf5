//! Moments of one view: its custom timings and its page states, lists of `[value, microseconds since it began]`.

use crate::fields::{Fields, micros, push_array, push_number};
use alloc::vec::Vec;
use rum_protocol::MAX_PAGE_STATES;

/// Bytes kept of one list: as many page states as may be, or some 200 timings. They are sent again with every
/// state of the view that has a new one.
const MAX_BYTES: usize = 6_000;

/// One list, as it crosses the network.
#[derive(Debug, Default)]
pub struct Notes {
    list: Vec<u8>,
    count: usize,
}

impl Notes {
    /// Adds a moment whose value is encoded already. Of equal names the last one counts.
    pub fn add(&mut self, value: &[u8], after_ms: f64) {
        if self.count < MAX_PAGE_STATES && self.list.len() + value.len() < MAX_BYTES {
            self.count += 1;
            push_array(&mut self.list, 2);
            self.list.extend_from_slice(value);
            push_number(&mut self.list, micros(after_ms));
        }
    }

    /// Writes the list into the state of a view.
    pub fn write(&self, state: &mut Fields, key: u32) {
        if !self.list.is_empty() {
            state.array(key);
            state.values(&self.list);
            state.end();
        }
    }
}
