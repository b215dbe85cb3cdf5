//! Datadog's RUM events, as far as our SDK fills them. The reference is `rumEvent.types.d.ts` in npm
//! `@datadog/browser-rum-core`; names and nesting are theirs. Durations are whole nanoseconds.

use serde::Serialize;
use serde_json::{Map, Value};

/// `RumViewEvent`, `RumActionEvent` or `RumErrorEvent`.
#[derive(Serialize)]
pub(super) struct RumEvent<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) date: u64,
    pub(super) application: Application<'a>,
    pub(super) session: Session<'a>,
    pub(super) view: View<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<Action<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<Error<'a>>,
    pub(super) source: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) service: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) version: Option<&'a str>,
    pub(super) ddtags: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) display: Option<Display>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) device: Option<Device<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context: Option<Map<String, Value>>,
    #[serde(rename = "_dd")]
    pub(super) internal: Internal<'a>,
}

#[derive(Serialize)]
pub(super) struct Application<'a> {
    pub(super) id: &'a str,
}

#[derive(Serialize)]
pub(super) struct Session<'a> {
    pub(super) id: &'a str,
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
}

#[derive(Serialize)]
pub(super) struct View<'a> {
    pub(super) id: &'a str,
    pub(super) url: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) referrer: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name: Option<&'a str>,
    /// Only in a view event.
    #[serde(flatten)]
    pub(super) state: Option<ViewState>,
}

#[derive(Serialize)]
pub(super) struct ViewState {
    pub(super) is_active: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) loading_type: Option<&'static str>,
    pub(super) time_spent: u64,
    pub(super) action: Count,
    pub(super) error: Count,
    pub(super) resource: Count,
    /// The vitals stand in `view` itself, where Datadog's queries look for them,
    #[serde(flatten)]
    pub(super) vitals: Vitals,
    /// and in `view.performance`, where its newer screens do.
    #[serde(skip_serializing_if = "Performance::is_empty")]
    pub(super) performance: Performance,
}

#[derive(Serialize)]
pub(super) struct Count {
    pub(super) count: u32,
}

#[derive(Serialize)]
pub(super) struct Vitals {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_byte: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) first_contentful_paint: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) largest_contentful_paint: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) interaction_to_next_paint: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cumulative_layout_shift: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct Performance {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fcp: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lcp: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) inp: Option<Duration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cls: Option<Score>,
}

impl Performance {
    fn is_empty(&self) -> bool {
        self.fcp.is_none() && self.lcp.is_none() && self.inp.is_none() && self.cls.is_none()
    }
}

#[derive(Serialize)]
pub(super) struct Timestamp {
    pub(super) timestamp: u64,
}

#[derive(Serialize)]
pub(super) struct Duration {
    pub(super) duration: u64,
}

#[derive(Serialize)]
pub(super) struct Score {
    pub(super) score: f64,
}

#[derive(Serialize)]
pub(super) struct Action<'a> {
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) target: ActionTarget<'a>,
}

#[derive(Serialize)]
pub(super) struct ActionTarget<'a> {
    pub(super) name: &'a str,
}

#[derive(Serialize)]
pub(super) struct Error<'a> {
    pub(super) id: String,
    pub(super) message: &'a str,
    pub(super) source: &'static str,
    pub(super) source_type: &'static str,
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub(super) kind: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) stack: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) handling: Option<&'static str>,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Display {
    pub(super) viewport: Viewport,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Viewport {
    pub(super) width: u32,
    pub(super) height: u32,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Device<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) locale: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) time_zone: Option<&'a str>,
}

/// `_dd`.
#[derive(Serialize)]
pub(super) struct Internal<'a> {
    pub(super) format_version: u8,
    pub(super) sdk_name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) configuration: Option<Configuration>,
    /// Only in a view event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) document_version: Option<u32>,
    /// Only in an action event.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) action: Option<InternalAction<'a>>,
}

#[derive(Clone, Copy, Serialize)]
pub(super) struct Configuration {
    pub(super) session_sample_rate: f64,
}

#[derive(Serialize)]
pub(super) struct InternalAction<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) position: Option<Position>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<InternalTarget<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) name_source: Option<&'static str>,
}

#[derive(Serialize)]
pub(super) struct Position {
    pub(super) x: i32,
    pub(super) y: i32,
}

#[derive(Serialize)]
pub(super) struct InternalTarget<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) selector: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) height: Option<u32>,
}
