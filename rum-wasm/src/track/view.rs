//! One view: a page or route visit, to which all other events belong. Its state is sent whole each time it
//! changed, with a rising version, and replaces what was sent before.

use super::web_vital::{VitalTracker, micros};
use crate::signal::PageTime;
use alloc::string::String;
use rum_protocol::{LoadingType, ViewContext, ViewEvent};

/// A view while it lives, and for a short time after.
#[derive(Debug)]
pub struct View {
    /// What events of this view refer to.
    pub context: ViewContext,
    /// When it began.
    pub start: PageTime,
    /// Vitals measured on it.
    pub vitals: VitalTracker,
    loading_type: LoadingType,
    ended: Option<PageTime>,
    action_count: u32,
    error_count: u32,
    document_version: u32,
    /// Whether there is something to send that has not been sent.
    is_changed: bool,
}

impl View {
    /// Begins a view.
    pub fn begin(
        context: ViewContext,
        loading_type: LoadingType,
        start: PageTime,
        vitals: VitalTracker,
    ) -> Self {
        Self {
            context,
            start,
            vitals,
            loading_type,
            ended: None,
            action_count: 0,
            error_count: 0,
            document_version: 0,
            is_changed: true,
        }
    }

    /// The URL it was begun with.
    pub fn url(&self) -> &str {
        &self.context.url
    }

    /// The document's referrer.
    pub fn referrer(&self) -> Option<&String> {
        self.context.referrer.as_ref()
    }

    /// Notes an action on this view.
    pub fn count_action(&mut self) {
        self.action_count += 1;
        self.is_changed = true;
    }

    /// Notes an error on this view.
    pub fn count_error(&mut self) {
        self.error_count += 1;
        self.is_changed = true;
    }

    /// Says that the vitals, or the time spent, are worth sending again.
    pub fn mark_changed(&mut self) {
        self.is_changed = true;
    }

    /// Ends the view; its vitals may still change by entries that come late.
    pub fn end(&mut self, at: PageTime) {
        if self.ended.is_none() {
            self.ended = Some(at);
            self.is_changed = true;
        }
    }

    /// Whether it is over.
    pub fn is_ended(&self) -> bool {
        self.ended.is_some()
    }

    /// The state to send, if it changed since the last one.
    pub fn take_state(&mut self, now: PageTime) -> Option<ViewEvent> {
        if !self.is_changed {
            return None;
        }
        self.is_changed = false;
        self.document_version += 1;
        Some(ViewEvent {
            document_version: self.document_version,
            is_active: self.ended.is_none(),
            loading_type: Some(self.loading_type),
            time_spent_us: micros((self.ended.unwrap_or(now) - self.start).max(0.0)),
            action_count: self.action_count,
            error_count: self.error_count,
            vitals: self.vitals.vitals(),
        })
    }
}
