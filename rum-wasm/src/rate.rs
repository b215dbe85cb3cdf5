//! How many events of a kind may be recorded: a page that reports in a loop must not fill its visitors' networks.

use crate::signal::PageTime;
use rum_protocol::EventKind;

/// Errors, actions and vitals recorded in a minute at most, each. Datadog's SDK stops at 3,000, but repeated errors
/// are counted here and need no room; ten different ones a second tell nobody more.
pub const MAX_PER_MINUTE: u32 = 600;
/// Resources likewise. A page that polls many times a second, or scrolls through thousands of tiles, would else send
/// more of them than of everything else.
pub const MAX_RESOURCES_PER_MINUTE: u32 = 1_000;
const MINUTE_MS: f64 = 60_000.0;

/// Counts events by kind, from minute to minute.
#[derive(Debug, Default)]
pub struct Rate {
    since: PageTime,
    counts: [u32; EventKind::VITAL as usize + 1],
}

impl Rate {
    /// Whether another event of this kind may be recorded.
    pub fn admits(&mut self, kind: u32, now: PageTime) -> bool {
        let max = match kind {
            EventKind::ACTION | EventKind::ERROR | EventKind::VITAL => MAX_PER_MINUTE,
            EventKind::RESOURCE => MAX_RESOURCES_PER_MINUTE,
            _ => return true,
        };
        if now - self.since >= MINUTE_MS {
            *self = Self { since: now, ..Self::default() };
        }
        let Some(count) = self.counts.get_mut(kind as usize) else { return true };
        *count += 1;
        *count <= max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_its_own_count_and_each_minute_begins_anew() {
        let mut rate = Rate::default();
        let admitted = (0..MAX_PER_MINUTE + 5).filter(|_| rate.admits(EventKind::ERROR, 10.0)).count();
        assert_eq!(admitted, MAX_PER_MINUTE as usize);
        assert!(rate.admits(EventKind::ACTION, 20.0));
        assert!(!rate.admits(EventKind::ERROR, MINUTE_MS - 1.0));
        assert!(rate.admits(EventKind::ERROR, MINUTE_MS));
    }

    #[test]
    fn views_and_long_tasks_are_not_limited_here() {
        let mut rate = Rate::default();
        assert!((0..MAX_PER_MINUTE * 2).all(|_| rate.admits(EventKind::LONG_TASK, 10.0)));
    }
}
