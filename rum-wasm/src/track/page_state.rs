//! The page's state of the moment (W3C Page Lifecycle), as `_dd.page_states` and `view.in_foreground` tell it.

use crate::signal::PageTime;
use rum_protocol::PageLifeCycle;

/// A state with when it began.
#[derive(Clone, Copy, Debug)]
pub struct PageState {
    /// Number of a `PageLifeCycle`, which is its encoding, too.
    pub state: u8,
    /// Events from before are of an unknown state; infinity while nothing is known.
    pub since: PageTime,
}

impl PageState {
    /// Not known yet; pages are loaded to be seen.
    pub const UNKNOWN: Self = Self { state: PageLifeCycle::Passive as u8, since: PageTime::INFINITY };

    /// Whether the page can be seen.
    pub fn is_visible(self) -> bool {
        self.state <= PageLifeCycle::Passive as u8
    }

    /// Whether the page was visible and focused at `at`, as far as known.
    pub fn in_foreground(self, at: PageTime) -> Option<bool> {
        (at >= self.since).then_some(self.state == PageLifeCycle::Active as u8)
    }
}
