//! States of the page's life during one view, for Datadog's `_dd.page_states`.

use crate::fields::{Fields, micros, push_array, push_number};
use alloc::vec::Vec;
use rum_protocol::keys::view_event;
use rum_protocol::{MAX_PAGE_STATES, PageLifeCycle};

/// The states so far, as they cross the network.
#[derive(Debug, Default)]
pub struct PageStates {
    list: Vec<u8>,
    count: usize,
}

impl PageStates {
    /// Adds a state that began so long after the view; the first is the one the view began in.
    pub fn add(&mut self, state: u64, after_ms: f64) {
        if self.count < MAX_PAGE_STATES {
            push_array(&mut self.list, 2);
            push_number(&mut self.list, state);
            push_number(&mut self.list, if self.count == 0 { 0 } else { micros(after_ms) });
            self.count += 1;
        }
    }

    /// Writes them into the state of a view.
    pub fn write(&self, state: &mut Fields) {
        if self.count > 0 {
            state.array(view_event::PAGE_STATES);
            state.values(&self.list);
            state.end();
        }
    }
}

/// The page's state of the moment.
#[derive(Clone, Copy, Debug)]
pub struct PageState {
    /// Number of a `PageLifeCycle`.
    pub state: u64,
    /// Page time since when; events from before are of an unknown state.
    pub since: f64,
}

impl PageState {
    /// Not known yet.
    pub const UNKNOWN: Self = Self { state: u64::MAX, since: f64::INFINITY };

    /// Whether it is known.
    pub fn is_known(self) -> bool {
        self.since < f64::INFINITY
    }

    /// Whether the page can be seen.
    pub fn is_visible(self) -> bool {
        self.state <= PageLifeCycle::Passive as u64
    }

    /// Whether the page was visible and focused at `at`, as far as known.
    pub fn in_foreground(self, at: f64) -> Option<bool> {
        (at >= self.since).then_some(self.state == PageLifeCycle::Active as u64)
    }
}
