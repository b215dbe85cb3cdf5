//! Page activity after something began (a view, a click): DOM changes, resources, requests under way. The rule
//! is Datadog's: what does not begin within 100 ms is no consequence, and after 100 ms of quiet it is over.

use crate::signal::{PageTime, SignalKind};

/// How long the first activity may be in coming, and how long the page must be quiet after the last.
pub const QUIET_MS: f64 = 100.0;

/// Activity that follows from one instant. Times come as they happened, not when they were told, so what
/// arrives late changes nothing once the page was quiet.
#[derive(Clone, Copy, Debug)]
pub struct PageActivity {
    start: PageTime,
    /// Since when the page is watched.
    told_from: PageTime,
    end: PageTime,
    has_any: bool,
    pending: u32,
}

impl PageActivity {
    /// Activity that follows from `start`.
    pub fn after(start: PageTime) -> Self {
        Self { start, told_from: start, end: start, has_any: false, pending: 0 }
    }

    /// It follows from something earlier, of which only resources and requests are told.
    pub fn follow_from(&mut self, start: PageTime) {
        if start < self.start {
            self.start = start;
            self.end = start;
        }
    }

    /// Takes a signal that is about page activity; any other changes nothing.
    pub fn hear(&mut self, at: PageTime, kind: &SignalKind<'_>) {
        match *kind {
            SignalKind::Busy { duration_ms } => self.note_span(at - duration_ms, at),
            SignalKind::RequestStarted => self.started(at),
            SignalKind::RequestEnded { duration_ms } => self.ended(at - duration_ms, at),
            _ => {}
        }
    }

    /// The page changed at `at`.
    pub fn note(&mut self, at: PageTime) {
        self.note_span(at, at);
    }

    /// The page was busy from `from` to `at`: a resource was loaded.
    #[inline(never)]
    pub fn note_span(&mut self, from: PageTime, at: PageTime) {
        // Of the time before it was watched changes are not known: a page busy as soon as it is, was so before.
        let busy_until = if at > self.told_from { later(self.end, self.told_from) } else { self.end };
        if at >= self.start && (self.pending > 0 || from < busy_until + QUIET_MS) {
            self.has_any = true;
            self.end = later(self.end, at);
        }
    }

    /// A request began: the page is not quiet before it has ended.
    pub fn started(&mut self, at: PageTime) {
        self.note(at);
        // Counted unless the page had been quiet before it.
        if at >= self.start && at <= self.end {
            self.pending += 1;
        }
    }

    /// A request that began at `started` has ended. One from before is somebody else's: a long poll that was
    /// there already keeps nobody waiting.
    pub fn ended(&mut self, started: PageTime, at: PageTime) {
        if self.pending > 0 && started >= self.start {
            self.note(at);
            self.pending -= 1;
        }
    }

    /// Whether anything followed at all.
    pub fn has_any(&self) -> bool {
        self.has_any
    }

    /// When the last activity was (the start, if nothing followed), once the page has been quiet since.
    pub fn quiet_since(&self, now: PageTime) -> Option<PageTime> {
        self.due().filter(|&due| now >= due).map(|_| self.end)
    }

    /// When the page will have been quiet long enough if nothing more happens; none while requests are under
    /// way.
    pub fn due(&self) -> Option<PageTime> {
        (self.pending == 0).then(|| later(self.end, self.told_from) + QUIET_MS)
    }
}

/// `f64::max` minds numbers that are none, which costs the module more than this file's whole rule.
fn later(one: PageTime, other: PageTime) -> PageTime {
    if one > other { one } else { other }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_within_a_tenth_of_a_second_is_no_activity() {
        let mut activity = PageActivity::after(1_000.0);
        assert_eq!(activity.quiet_since(1_099.0), None);
        activity.note(1_100.0);
        activity.started(1_150.0);
        assert_eq!((activity.quiet_since(1_200.0), activity.has_any()), (Some(1_000.0), false));
    }

    #[test]
    fn each_change_puts_the_end_off_until_the_page_is_quiet() {
        let mut activity = PageActivity::after(0.0);
        for at in [50.0, 140.0, 239.0] {
            activity.note(at);
        }
        assert_eq!((activity.due(), activity.quiet_since(338.0)), (Some(339.0), None));
        activity.note(340.0);
        assert_eq!((activity.quiet_since(339.0), activity.has_any()), (Some(239.0), true));
    }

    #[test]
    fn a_request_under_way_keeps_the_page_busy_and_its_end_counts() {
        let mut activity = PageActivity::after(0.0);
        activity.started(20.0);
        activity.started(30.0);
        activity.ended(20.0, 500.0);
        activity.note(600.0);
        assert_eq!((activity.due(), activity.quiet_since(5_000.0)), (None, None));
        activity.ended(30.0, 2_000.0);
        assert_eq!(activity.quiet_since(2_100.0), Some(2_000.0));
    }

    #[test]
    fn requests_from_before_are_not_waited_for_and_end_nobody_elses() {
        let mut activity = PageActivity::after(1_000.0);
        activity.ended(10.0, 1_005.0);
        assert!(!activity.has_any());
        activity.started(1_010.0);
        activity.ended(10.0, 1_020.0);
        assert_eq!(activity.due(), None);
        activity.ended(1_010.0, 1_030.0);
        assert_eq!(activity.due(), Some(1_130.0));
    }

    #[test]
    fn a_resource_that_began_in_time_counts_to_its_end() {
        let mut activity = PageActivity::after(0.0);
        activity.note_span(99.0, 400.0);
        activity.note_span(-5.0, -1.0);
        activity.note_span(450.0, 480.0);
        activity.note_span(600.0, 700.0);
        assert_eq!(activity.quiet_since(580.0), Some(480.0));
    }

    #[test]
    fn what_is_told_late_or_out_of_order_does_not_move_the_end_back() {
        let mut activity = PageActivity::after(0.0);
        activity.note(90.0);
        activity.note(40.0);
        assert_eq!(activity.quiet_since(190.0), Some(90.0));
    }
}
