//! The state of a view.

use super::vitals::WebVitals;
use crate::replay::PrivacyLevel;
use alloc::string::String;
use alloc::vec::Vec;
use minicbor::{Decode, Encode};

/// The state of one view, whole ([`super::EventKind::View`]) or only what changed since the state before
/// ([`super::EventKind::ViewUpdate`], where an absent field is unchanged). Counts are those of the whole view so
/// far.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ViewEvent {
    /// Rises by one with each state sent. Datadog `_dd.document_version`.
    #[n(0)]
    pub document_version: u32,
    /// False in the last state. Datadog `view.is_active`.
    #[n(1)]
    pub is_active: Option<bool>,
    /// How the view began. Datadog `view.loading_type`.
    #[cbor(n(2), decode_with = "crate::optional::known")]
    pub loading_type: Option<LoadingType>,
    /// Time since the view began. Datadog `view.time_spent`.
    #[n(3)]
    pub time_spent_us: Option<u64>,
    /// Datadog `view.action.count`.
    #[n(4)]
    pub action_count: Option<u32>,
    /// Datadog `view.error.count`.
    #[n(5)]
    pub error_count: Option<u32>,
    /// The five Core Web Vitals, as far as known.
    #[n(6)]
    pub vitals: Option<WebVitals>,
    /// Datadog `view.resource.count`.
    #[n(7)]
    pub resource_count: Option<u32>,
    /// Datadog `view.long_task.count`.
    #[n(8)]
    pub long_task_count: Option<u32>,
    /// Rage, dead and error clicks. Datadog `view.frustration.count`.
    #[n(9)]
    pub frustration_count: Option<u32>,
    /// Until the page was quiet. Datadog `view.loading_time`.
    #[n(10)]
    pub loading_time_us: Option<u64>,
    /// From the start of a document load. Datadog `view.dom_interactive`.
    #[n(11)]
    pub dom_interactive_us: Option<u64>,
    /// Datadog `view.dom_content_loaded`.
    #[n(12)]
    pub dom_content_loaded_us: Option<u64>,
    /// Datadog `view.dom_complete`.
    #[n(13)]
    pub dom_complete_us: Option<u64>,
    /// Datadog `view.load_event`.
    #[n(14)]
    pub load_event_us: Option<u64>,
    /// The application's own; of equal names the last one counts. Datadog `view.custom_timings`.
    #[n(15)]
    pub custom_timings: Option<Vec<CustomTiming>>,
    /// In order, at most [`crate::MAX_PAGE_STATES`]. Datadog `_dd.page_states`.
    #[n(16)]
    pub page_states: Option<Vec<PageState>>,
    /// Datadog `display.scroll`.
    #[n(17)]
    pub scroll: Option<ScrollDepth>,
    /// Whether its session is one of those to be replayed. Datadog `session.sampled_for_replay`.
    #[n(18)]
    pub sampled_for_replay: Option<bool>,
    /// The level of what says none for itself in its recording. Datadog `privacy.replay_level`.
    #[cbor(n(19), decode_with = "crate::optional::known")]
    pub replay_level: Option<PrivacyLevel>,
    /// Segments of its recording. Datadog `_dd.replay_stats.segments_count`.
    #[n(20)]
    pub replay_segment_count: Option<u32>,
    /// Records in them. Datadog `_dd.replay_stats.records_count`.
    #[n(21)]
    pub replay_record_count: Option<u32>,
    /// Their bytes before compression. Datadog `_dd.replay_stats.segments_total_raw_size`.
    #[n(22)]
    pub replay_raw_bytes: Option<u32>,
}

/// A moment the application named.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct CustomTiming {
    /// Letters, digits, `_`, `-`, `@`, `$` and `.`; anything else was replaced by `_`. Datadog's rule.
    #[n(0)]
    pub name: String,
    /// Since the view began.
    #[n(1)]
    pub after_us: u64,
}

/// A state of the page's life, with when it began.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct PageState {
    /// `None` for a state newer than the reader.
    #[cbor(n(0), decode_with = "crate::optional::known")]
    pub state: Option<PageLifeCycle>,
    /// Since the view began; 0 for the state it began in.
    #[n(1)]
    pub start_us: u64,
}

/// Page Lifecycle states (WICG). Datadog `_dd.page_states.state`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum PageLifeCycle {
    /// Visible and focused.
    #[n(0)]
    Active,
    /// Visible, the focus is elsewhere.
    #[n(1)]
    Passive,
    /// Not visible.
    #[n(2)]
    Hidden,
    /// Suspended by the browser.
    #[n(3)]
    Frozen,
    /// Being left.
    #[n(4)]
    Terminated,
}

/// How far the visitor scrolled. Datadog `display.scroll`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ScrollDepth {
    /// Lowest visible line so far, CSS pixels from the top of the page. Datadog `.max_depth`.
    #[n(0)]
    pub max_depth: u32,
    /// Scroll position at that moment, CSS pixels. Datadog `.max_depth_scroll_top`.
    #[n(1)]
    pub max_depth_scroll_top: u32,
    /// Tallest the page has been, CSS pixels. Datadog `.max_scroll_height`.
    #[n(2)]
    pub max_scroll_height: u32,
    /// When it was first that tall, since the view began. Datadog `.max_scroll_height_time`.
    #[n(3)]
    pub max_scroll_height_after_us: u64,
}

/// How a view began. Datadog `view.loading_type`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum LoadingType {
    /// A document was loaded.
    #[n(0)]
    InitialLoad,
    /// The path changed without a document load.
    #[n(1)]
    RouteChange,
    /// The document came back from the back-forward cache.
    #[n(2)]
    BackForwardCache,
    /// The session ended and a new one began on the same page.
    #[n(3)]
    SessionRenewal,
}
