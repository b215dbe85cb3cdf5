use crate::{Event, Id, Size};
use alloc::string::String;
use alloc::vec::Vec;
use minicbor::{Decode, Encode};

/// The events one SDK post carries, with what they share.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Batch {
    /// Layout of everything below; see [`crate::PROTOCOL_VERSION`].
    #[n(0)]
    pub protocol_version: u32,
    /// Random per batch and kept over retries, so that a batch which arrives twice can be told.
    #[n(1)]
    pub id: Id,
    /// Page clock when the batch was closed, ms since the epoch.
    #[n(2)]
    pub closed_at_ms: u64,
    /// Version of the `rum-wasm` package, such as `0.1.0`.
    #[n(3)]
    pub sdk_version: String,
    /// Why the batch was closed; `None` for a reason newer than the reader.
    #[cbor(n(4), decode_with = "crate::optional::known")]
    pub flush_reason: Option<FlushReason>,
    /// Facts true for every event of the batch.
    #[n(5)]
    pub context: Context,
    /// The views the events belong to; [`Event::view`] is an index into this list.
    #[n(6)]
    pub views: Vec<ViewContext>,
    /// In the order they happened, except that a view's own state comes last.
    #[n(7)]
    pub events: Vec<Event>,
    /// Events the SDK had to give up since the last batch that arrived (memory bound reached while the
    /// collector was away), so that a loss in the page is visible on the server.
    #[n(8)]
    pub lost_events: Option<u32>,
    /// What the application says of its visitor and itself; [`Event::shared`] is an index into this list.
    #[n(9)]
    pub shared: Option<Vec<SharedContext>>,
}

/// Facts shared by all events of a batch.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Context {
    /// Datadog `application.id`.
    #[n(0)]
    pub application_id: String,
    /// Datadog `session.id`. The collector refuses a batch without one.
    #[n(1)]
    pub session_id: Option<Id>,
    /// Datadog `service`.
    #[n(2)]
    pub service: Option<String>,
    /// Deployment environment, Datadog tag `env`.
    #[n(3)]
    pub env: Option<String>,
    /// Version of the host application, Datadog `version`.
    #[n(4)]
    pub version: Option<String>,
    /// Percentage of sessions kept, 0 to 100; Datadog `_dd.configuration.session_sample_rate`.
    #[n(5)]
    pub session_sample_rate: Option<f32>,
    /// CSS pixels; Datadog `display.viewport`.
    #[n(6)]
    pub viewport: Option<Size>,
    /// `navigator.language`; Datadog `device.locale`.
    #[n(7)]
    pub locale: Option<String>,
    /// IANA name; Datadog `device.time_zone`.
    #[n(8)]
    pub time_zone: Option<String>,
    /// Percentage of requests traced, 0 to 100; Datadog `_dd.configuration.trace_sample_rate`.
    #[n(9)]
    pub trace_sample_rate: Option<f32>,
    /// Percentage of sessions replayed, 0 to 100; Datadog `_dd.configuration.session_replay_sample_rate`.
    #[n(10)]
    pub session_replay_sample_rate: Option<f32>,
    /// A visitor without a name, where the application asked to tell them apart. Datadog `usr.anonymous_id`.
    #[n(11)]
    pub anonymous_id: Option<Id>,
    /// Datadog `tab.id`.
    #[n(12)]
    pub tab_id: Option<Id>,
    /// `slow-2g`, `2g`, `3g` or `4g`; Datadog `connectivity.effective_type`.
    #[n(13)]
    pub effective_type: Option<String>,
    /// `navigator.languages`; Datadog `device.locales`.
    #[n(14)]
    pub locales: Option<Vec<String>>,
    /// Datadog `_dd.cls.device_pixel_ratio`.
    #[n(15)]
    pub device_pixel_ratio: Option<f32>,
    /// Whether the page is driven by a test (`synthetics` or `ci_test`). Datadog `session.type`.
    #[n(16)]
    pub session_type: Option<String>,
    /// That test: Datadog `synthetics.test_id`, or `ci_test.test_execution_id`.
    #[n(17)]
    pub test_id: Option<String>,
    /// Datadog `synthetics.result_id`.
    #[n(18)]
    pub test_result_id: Option<String>,
    /// Whether replay waits for the application to start it. Datadog
    /// `_dd.configuration.start_session_replay_recording_manually`.
    #[n(19)]
    pub replay_starts_manually: Option<bool>,
}

/// What the application says of its visitor and itself, each the text of one JSON object.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct SharedContext {
    /// Datadog `usr`.
    #[n(0)]
    pub user_json: Option<String>,
    /// Datadog `account`.
    #[n(1)]
    pub account_json: Option<String>,
    /// Global and view context, merged. Datadog `context`; an event's own facts win over it.
    #[n(2)]
    pub context_json: Option<String>,
    /// Datadog `feature_flags`, on views and errors, and where the application asks for it.
    #[n(3)]
    pub feature_flags_json: Option<String>,
}

/// One view the events of a batch refer to.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ViewContext {
    /// Datadog `view.id`.
    #[n(0)]
    pub id: Id,
    /// Origin and path; query string and hash are dropped in the page. Datadog `view.url`.
    #[n(1)]
    pub url: String,
    /// Redacted like `url`. Datadog `view.referrer`.
    #[n(2)]
    pub referrer: Option<String>,
    /// A name the application gave. Datadog `view.name`.
    #[n(3)]
    pub name: Option<String>,
    /// The part of the application it belongs to, in place of the batch's. Datadog `service`.
    #[n(4)]
    pub service: Option<String>,
    /// In place of the batch's. Datadog `version`.
    #[n(5)]
    pub version: Option<String>,
    /// Whether it is recorded for replay. Datadog `session.has_replay`.
    #[n(6)]
    pub has_replay: Option<bool>,
}

/// Why the SDK closed a batch.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Encode, Decode)]
#[cbor(index_only)]
pub enum FlushReason {
    /// [`crate::BATCH_TARGET_BYTES`] or [`crate::MAX_BATCH_EVENTS`] reached.
    #[n(0)]
    Size,
    /// The oldest event waited its full time.
    #[n(1)]
    Time,
    /// The page was hidden, frozen or left.
    #[n(2)]
    PageExit,
    /// The application shut the SDK down or the session ended.
    #[n(3)]
    Stop,
}
