//! Loading time of one view: from its beginning until the document is loaded and the page is quiet, whichever
//! comes last.

use super::activity::PageActivity;
use crate::signal::PageTime;

/// Waits for the page to be done with a view.
#[derive(Debug)]
pub struct LoadingTime {
    /// What the page does since the view began.
    pub activity: PageActivity,
    awaits_quiet: bool,
    awaits_load_event: bool,
    end: Option<PageTime>,
    /// A page that is not seen is slowed down by the browser: an end after this is no measure.
    first_hidden: PageTime,
}

impl LoadingTime {
    /// Of a view from `start` on: whether it waits for the page to be quiet, and for the load event.
    pub fn new(start: PageTime, awaits_quiet: bool, awaits_load_event: bool) -> Self {
        Self {
            activity: PageActivity::after(start),
            awaits_quiet,
            awaits_load_event,
            end: None,
            first_hidden: PageTime::INFINITY,
        }
    }

    /// The load event ended at `at`. Activity from then on belongs to it even where the SDK began later.
    pub fn document_loaded(&mut self, at: PageTime) {
        if self.awaits_load_event {
            self.awaits_load_event = false;
            self.activity.follow_from(at);
            self.reach(at);
        }
    }

    /// The application says it is done: nothing else counts.
    pub fn set(&mut self, at: PageTime) {
        self.end = Some(at);
        self.awaits_quiet = false;
        self.awaits_load_event = false;
        self.first_hidden = PageTime::INFINITY;
    }

    /// The page was hidden.
    pub fn hidden(&mut self, at: PageTime) {
        if at < self.first_hidden {
            self.first_hidden = at;
        }
    }

    /// The view is over before it was loaded, or after.
    pub fn give_up(&mut self) {
        self.end = self.end();
        self.awaits_quiet = false;
        self.awaits_load_event = false;
    }

    /// Looks whether the page is quiet by now; true when that decided how long loading took.
    pub fn settle(&mut self, now: PageTime) -> bool {
        let Some(quiet_since) = self.activity.quiet_since(now).filter(|_| self.awaits_quiet) else {
            return false;
        };
        self.awaits_quiet = false;
        if self.activity.has_any() {
            self.reach(quiet_since);
        }
        self.end().is_some()
    }

    /// Whether it waits for the page to be quiet, and so has to be told of activity.
    pub fn awaits_quiet(&self) -> bool {
        self.awaits_quiet
    }

    /// When it wants to look again.
    pub fn due(&self) -> Option<PageTime> {
        self.activity.due().filter(|_| self.awaits_quiet)
    }

    /// When loading was over, once that is known.
    pub fn end(&self) -> Option<PageTime> {
        self.end.filter(|&end| !self.awaits_quiet && !self.awaits_load_event && end < self.first_hidden)
    }

    fn reach(&mut self, at: PageTime) {
        if self.end.is_none_or(|end| at > end) {
            self.end = Some(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(now: PageTime) -> LoadingTime {
        LoadingTime::new(now, true, true)
    }

    #[test]
    fn a_document_is_loaded_when_the_event_has_come_and_the_page_is_quiet() {
        let mut loading = document(50.0);
        loading.activity.note(120.0);
        assert!(!loading.settle(220.0), "the load event has not come");
        assert!(!loading.awaits_quiet());
        loading.document_loaded(900.0);
        assert_eq!((loading.end(), loading.due(), loading.settle(1_000.0)), (Some(900.0), None, false));
    }

    #[test]
    fn what_follows_the_load_event_counts_where_the_sdk_began_later() {
        let mut loading = document(1_000.0);
        loading.document_loaded(600.0);
        assert!(!loading.settle(1_000.0), "what happened before is told within the next task");
        loading.activity.note_span(580.0, 750.0);
        loading.activity.note_span(900.0, 950.0);
        let mut busy = document(1_000.0);
        busy.document_loaded(600.0);
        busy.activity.note(1_050.0);
        assert!(loading.settle(1_100.0));
        assert_eq!(loading.end(), Some(750.0));
        assert!(busy.settle(1_150.0));
        assert_eq!(busy.end(), Some(1_050.0), "it was busy when the SDK began");
    }

    #[test]
    fn a_route_change_without_activity_has_no_loading_time() {
        let mut loading = LoadingTime::new(2_000.0, true, false);
        assert_eq!(loading.due(), Some(2_100.0));
        assert!(!loading.settle(2_100.0));
        assert_eq!((loading.end(), loading.awaits_quiet()), (None, false));
    }

    #[test]
    fn a_page_that_was_hidden_meanwhile_has_no_loading_time() {
        let mut loading = LoadingTime::new(2_000.0, true, false);
        loading.hidden(2_050.0);
        loading.activity.note(2_060.0);
        loading.settle(2_160.0);
        assert_eq!(loading.end(), None);
    }

    #[test]
    fn what_the_application_says_wins() {
        let mut loading = document(50.0);
        loading.hidden(60.0);
        loading.set(400.0);
        loading.activity.note(450.0);
        loading.document_loaded(900.0);
        assert_eq!((loading.settle(1_000.0), loading.end()), (false, Some(400.0)));
    }
}
