//! `RumViewEvent` and `RumViewUpdateEvent`.

use super::shape::{Count, ns, shapes};
use super::web_vitals::{Performance, Vitals};
use rum_protocol::replay::PrivacyLevel;
use rum_protocol::{CustomTiming, LoadingType, PageLifeCycle, PageState, ScrollDepth, ViewEvent};
use serde::{Serialize, Serializer};
use std::collections::HashSet;

/// How much of a view an event tells.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// What changed; Datadog joins it with what it has by `_dd.document_version`.
    Changes,
}

shapes! {
    /// What stands in `view` beside its id.
    struct ViewState<'a> {
        is_active: Option<bool>,
        loading_type: Option<&'static str>,
        loading_time: Option<u64>,
        time_spent: Option<u64>,
        action: Option<Count>,
        error: Option<Count>,
        resource: Option<Count>,
        long_task: Option<Count>,
        frustration: Option<Count>,
        dom_interactive: Option<u64>,
        dom_content_loaded: Option<u64>,
        dom_complete: Option<u64>,
        load_event: Option<u64>,
        custom_timings: Option<CustomTimings<'a>>,
        /// The vitals stand in `view` itself, where Datadog's queries look for them,
        #[serde(flatten)]
        vitals: Option<Vitals<'a>>,
        /// and in `view.performance`, where its newer screens do.
        performance: Option<Performance<'a>>,
    }

    /// `display.scroll`.
    struct Scroll {
        max_depth: u32,
        max_depth_scroll_top: u32,
        max_scroll_height: u32,
        max_scroll_height_time: u64,
    }

    /// `privacy`.
    struct Privacy {
        replay_level: &'static str,
    }

    /// `_dd.replay_stats`.
    struct ReplayStats {
        records_count: u32,
        segments_count: u32,
        segments_total_raw_size: u32,
    }

    /// One of `_dd.page_states`.
    struct State {
        state: &'static str,
        start: u64,
    }
}

/// An object with the timings' names as keys.
pub(super) struct CustomTimings<'a>(&'a [CustomTiming]);

impl Serialize for CustomTimings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The SDK adds to the list only: of equal names the last one counts.
        let mut seen = HashSet::new();
        let last = self.0.iter().rev().filter(|timing| seen.insert(&timing.name));
        serializer.collect_map(last.map(|timing| (&timing.name, ns(timing.after_us))))
    }
}

pub(super) fn state(view: &ViewEvent, extent: Extent) -> ViewState<'_> {
    // These four the type demands of a whole state.
    let whole = extent == Extent::Whole;
    let count = |count: Option<u32>| count.or(whole.then_some(0)).map(Count::of);
    let vitals = view.vitals.as_ref();
    ViewState {
        is_active: view.is_active,
        loading_type: view.loading_type.map(loading_type),
        loading_time: view.loading_time_us.map(ns),
        time_spent: view.time_spent_us.or(whole.then_some(0)).map(ns),
        action: count(view.action_count),
        error: count(view.error_count),
        resource: count(view.resource_count),
        long_task: view.long_task_count.map(Count::of),
        frustration: view.frustration_count.map(Count::of),
        dom_interactive: view.dom_interactive_us.map(ns),
        dom_content_loaded: view.dom_content_loaded_us.map(ns),
        dom_complete: view.dom_complete_us.map(ns),
        load_event: view.load_event_us.map(ns),
        custom_timings: view.custom_timings.as_deref().map(CustomTimings),
        vitals: vitals.map(Vitals::of),
        performance: vitals.and_then(|vitals| Performance::of(vitals, extent)),
    }
}

/// Datadog's word for how a view began.
pub(crate) fn loading_type(loading_type: LoadingType) -> &'static str {
    match loading_type {
        LoadingType::InitialLoad => "initial_load",
        LoadingType::RouteChange => "route_change",
        LoadingType::BackForwardCache => "bf_cache",
        LoadingType::SessionRenewal => "session_renewal",
    }
}

pub(super) fn scroll(scroll: ScrollDepth) -> Scroll {
    Scroll {
        max_depth: scroll.max_depth,
        max_depth_scroll_top: scroll.max_depth_scroll_top,
        max_scroll_height: scroll.max_scroll_height,
        max_scroll_height_time: ns(scroll.max_scroll_height_after_us),
    }
}

/// The level its recording is masked at.
pub(super) fn privacy(view: &ViewEvent) -> Option<Privacy> {
    view.replay_level.map(|level| Privacy { replay_level: privacy_level(level) })
}

/// Datadog's word for a level; its type has three, so what has no word there is the strictest of them.
fn privacy_level(level: PrivacyLevel) -> &'static str {
    match level {
        PrivacyLevel::Allow => "allow",
        PrivacyLevel::MaskUserInput => "mask-user-input",
        PrivacyLevel::MaskUnlessAllowlisted | PrivacyLevel::Mask | PrivacyLevel::Hidden => "mask",
    }
}

/// What there is of its recording.
pub(super) fn replay_stats(view: &ViewEvent) -> Option<ReplayStats> {
    Some(ReplayStats {
        records_count: view.replay_record_count?,
        segments_count: view.replay_segment_count?,
        segments_total_raw_size: view.replay_raw_bytes?,
    })
}

/// Not of an update: Datadog adds those of an update to what it has, and ours tell all of them, so they wait for
/// the next whole state. A state newer than this collector is left out.
pub(super) fn page_states(view: &ViewEvent, extent: Extent) -> Option<Vec<State>> {
    let states = view.page_states.as_ref().filter(|_| extent == Extent::Whole)?;
    let state = |page_state: &PageState| {
        Some(State {
            state: match page_state.state? {
                PageLifeCycle::Active => "active",
                PageLifeCycle::Passive => "passive",
                PageLifeCycle::Hidden => "hidden",
                PageLifeCycle::Frozen => "frozen",
                PageLifeCycle::Terminated => "terminated",
            },
            start: ns(page_state.start_us),
        })
    };
    Some(states.iter().filter_map(state).collect())
}
