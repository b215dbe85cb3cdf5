//! Our batches as Datadog's RUM events: the shared context is written into every event again, one JSON
//! object per line.

use super::event::{
    Action, ActionTarget, Application, Configuration, Count, Device, Display, Duration, Error, Internal,
    InternalAction, InternalTarget, Performance, Position, RumEvent, Score, Session, Timestamp, View,
    ViewState, Viewport, Vitals,
};
use super::{IntakeRequest, PLAIN_TEXT};
use crate::journal::Entry;
use crate::sink::{Refusal, read_batch};
use crate::track::Track;
use bytes::Bytes;
use reqwest::header::HeaderValue;
use rum_protocol::{
    ActionEvent, ActionType, Batch, ErrorEvent, ErrorHandling, ErrorSource, EventKind, LoadingType,
    NameSource, ViewEvent, WebVitals,
};
use serde_json::{Map, Value};
use uuid::Uuid;

/// `_dd.format_version` of every event shape in `event.rs`.
const FORMAT_VERSION: u8 = 2;

/// Datadog keeps this many decimals of a CLS score.
const CLS_DECIMALS: f64 = 10_000.0;

/// The request that brings a batch to the intake; `None` if no event of it has a shape there.
pub(super) fn request(entry: &Entry) -> Result<Option<IntakeRequest>, Refusal> {
    let batch = read_batch(entry)?;
    let body = body(&batch)?;
    if body.is_empty() {
        return Ok(None);
    }
    let parameters = [
        ("ddsource", "browser".to_owned()),
        ("dd-evp-origin-version", batch.sdk_version.clone()),
        ("dd-evp-origin", "browser".to_owned()),
        // Per attempt, as the official SDK has it.
        ("dd-request-id", Uuid::new_v4().to_string()),
        ("batch_time", batch.closed_at_ms.to_string()),
        ("_dd.api", "fetch".to_owned()),
    ];
    Ok(Some(IntakeRequest {
        path: Track::Rum.path(),
        subdomain: None,
        parameters: parameters.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        content_type: HeaderValue::from_static(PLAIN_TEXT),
        body,
    }))
}

/// The body of that request.
pub(super) fn body(batch: &Batch) -> Result<Bytes, Refusal> {
    ndjson(batch).map(Bytes::from).map_err(|error| Refusal::Never {
        reason: "a batch cannot be written as JSON".into(),
        detail: error.to_string(),
    })
}

/// The events of a batch, one per line. Kinds newer than this collector are left out.
pub(super) fn ndjson(batch: &Batch) -> serde_json::Result<Vec<u8>> {
    let shared = Shared::new(batch);
    let mut body = Vec::new();
    for event in &batch.events {
        // The door refused batches with a view index out of range.
        let Some(view) = shared.views.get(event.view as usize) else { continue };
        let Some(mut rum_event) = shared.event(view, &event.kind) else { continue };
        rum_event.date = event.at_ms;
        if !body.is_empty() {
            body.push(b'\n');
        }
        serde_json::to_writer(&mut body, &rum_event)?;
    }
    Ok(body)
}

/// What the events of a batch have in common, in Datadog's words.
struct Shared<'a> {
    batch: &'a Batch,
    session_id: String,
    views: Vec<SharedView<'a>>,
    tags: String,
}

struct SharedView<'a> {
    id: String,
    url: &'a str,
    referrer: Option<&'a str>,
    name: Option<&'a str>,
}

impl<'a> Shared<'a> {
    fn new(batch: &'a Batch) -> Self {
        let views = batch.views.iter().map(|view| SharedView {
            id: view.id.to_text(),
            url: &view.url,
            referrer: view.referrer.as_deref(),
            name: view.name.as_deref(),
        });
        Self {
            batch,
            // The door refused batches without a session.
            session_id: batch.context.session_id.map(rum_protocol::Id::to_text).unwrap_or_default(),
            views: views.collect(),
            tags: tags(batch),
        }
    }

    fn event<'b>(&'b self, view: &'b SharedView<'b>, kind: &'b EventKind) -> Option<RumEvent<'b>> {
        match kind {
            EventKind::View(state) => {
                let mut event = self.envelope("view", view, None);
                event.view.state = Some(view_state(state));
                event.internal.document_version = Some(state.document_version);
                Some(event)
            }
            EventKind::Action(action) => {
                let mut event = self.envelope("action", view, action.context_json.as_deref());
                event.action = Some(action_of(action));
                event.internal.action = internal_action(action);
                Some(event)
            }
            EventKind::Error(error) => {
                let mut event = self.envelope("error", view, error.context_json.as_deref());
                event.error = Some(error_of(error));
                Some(event)
            }
            _ => None,
        }
    }

    fn envelope<'b>(
        &'b self,
        kind: &'static str,
        view: &'b SharedView<'b>,
        context_json: Option<&str>,
    ) -> RumEvent<'b> {
        let context = &self.batch.context;
        let (locale, time_zone) = (context.locale.as_deref(), context.time_zone.as_deref());
        RumEvent {
            kind,
            date: 0,
            application: Application { id: &context.application_id },
            session: Session { id: &self.session_id, kind: "user" },
            view: View { id: &view.id, url: view.url, referrer: view.referrer, name: view.name, state: None },
            action: None,
            error: None,
            source: "browser",
            service: context.service.as_deref(),
            version: context.version.as_deref(),
            ddtags: &self.tags,
            display: context
                .viewport
                .map(|size| Display { viewport: Viewport { width: size.width, height: size.height } }),
            device: (locale.is_some() || time_zone.is_some()).then_some(Device { locale, time_zone }),
            context: context_json.and_then(object),
            internal: Internal {
                format_version: FORMAT_VERSION,
                sdk_name: "rum-wasm",
                configuration: context
                    .session_sample_rate
                    .map(|rate| Configuration { session_sample_rate: round(f64::from(rate), 1_000.0) }),
                document_version: None,
                action: None,
            },
        }
    }
}

/// In the order of the official SDK. A comma would begin the next tag.
fn tags(batch: &Batch) -> String {
    let context = &batch.context;
    let tags = [
        ("sdk_version", Some(&batch.sdk_version)),
        ("env", context.env.as_ref()),
        ("service", context.service.as_ref()),
        ("version", context.version.as_ref()),
    ];
    let tags = tags.into_iter().filter_map(|(name, value)| {
        value.filter(|value| !value.is_empty()).map(|value| format!("{name}:{}", value.replace(',', "_")))
    });
    tags.collect::<Vec<_>>().join(",")
}

fn view_state(state: &ViewEvent) -> ViewState {
    let WebVitals { lcp_us, fcp_us, ttfb_us, cls, inp_us, .. } = state.vitals.clone().unwrap_or_default();
    let cls = cls.map(|cls| round(f64::from(cls), CLS_DECIMALS));
    ViewState {
        is_active: state.is_active.unwrap_or_default(),
        loading_type: state.loading_type.map(|loading_type| match loading_type {
            LoadingType::InitialLoad => "initial_load",
            LoadingType::RouteChange => "route_change",
            LoadingType::BackForwardCache => "bf_cache",
            LoadingType::SessionRenewal => "session_renewal",
        }),
        time_spent: ns(state.time_spent_us.unwrap_or_default()),
        action: Count { count: state.action_count.unwrap_or_default() },
        error: Count { count: state.error_count.unwrap_or_default() },
        // Demanded by the type. Our SDK does not watch resources yet.
        resource: Count { count: 0 },
        vitals: Vitals {
            first_byte: ttfb_us.map(ns),
            first_contentful_paint: fcp_us.map(ns),
            largest_contentful_paint: lcp_us.map(ns),
            interaction_to_next_paint: inp_us.map(ns),
            cumulative_layout_shift: cls,
        },
        performance: Performance {
            fcp: fcp_us.map(|time| Timestamp { timestamp: ns(time) }),
            lcp: lcp_us.map(|time| Timestamp { timestamp: ns(time) }),
            inp: inp_us.map(|time| Duration { duration: ns(time) }),
            cls: cls.map(|score| Score { score }),
        },
    }
}

fn action_of(action: &ActionEvent) -> Action<'_> {
    Action {
        kind: match action.action_type {
            Some(ActionType::Click) => "click",
            // A type newer than this collector claims nothing as "custom".
            _ => "custom",
        },
        id: action.id.to_text(),
        target: ActionTarget { name: &action.name },
    }
}

fn internal_action(action: &ActionEvent) -> Option<InternalAction<'_>> {
    let (width, height) =
        (action.target_size.map(|size| size.width), action.target_size.map(|size| size.height));
    let selector = action.selector.as_deref();
    let internal = InternalAction {
        position: action.position.map(|point| Position { x: point.x, y: point.y }),
        target: (selector.is_some() || width.is_some()).then_some(InternalTarget { selector, width, height }),
        name_source: action.name_source.map(|source| match source {
            NameSource::CustomAttribute => "custom_attribute",
            _ => "mask_placeholder",
        }),
    };
    let empty = internal.position.is_none() && internal.target.is_none() && internal.name_source.is_none();
    (!empty).then_some(internal)
}

fn error_of(error: &ErrorEvent) -> Error<'_> {
    Error {
        id: error.id.to_text(),
        message: &error.message,
        source: match error.source {
            Some(ErrorSource::Source) => "source",
            _ => "custom",
        },
        source_type: "browser",
        kind: error.error_type.as_deref(),
        stack: error.stack.as_deref(),
        handling: error.handling.map(|handling| match handling {
            ErrorHandling::Unhandled => "unhandled",
            ErrorHandling::Handled => "handled",
        }),
    }
}

/// The application's own facts. Whatever is not a JSON object has no place in Datadog's `context`.
fn object(json: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(json).ok()
}

/// Microseconds as nanoseconds; a page that claims five centuries gets the longest time there is.
fn ns(us: u64) -> u64 {
    us.saturating_mul(1_000)
}

fn round(value: f64, scale: f64) -> f64 {
    (value * scale).round() / scale
}
