//! Our batches as Datadog's RUM events: the shared context is written into every event again, one JSON
//! object per line.
//!
//! Each kind has its file, with Datadog's shape and how ours becomes it; [`envelope`] has what they share. To add
//! a kind: its file, its arm in [`written`], its strings in `scrub/batch.rs`, its events in
//! `rum-protocol/tests/golden`.

pub(crate) mod action;
mod envelope;
pub(crate) mod error;
mod long_task;
mod resource;
mod shape;
mod shared;
pub(crate) mod view;
pub(crate) mod vital;
pub(crate) mod web_vitals;

#[cfg(test)]
pub(in crate::sink::datadog) mod test;

use super::{IntakeRequest, PLAIN_TEXT};
use crate::journal::Entry;
use crate::sink::{Refusal, read_batch};
use crate::track::Track;
use bytes::Bytes;
use envelope::{Display, Envelope, Internal, OwnOrParent, RumEvent};
use reqwest::header::HeaderValue;
use rum_protocol::{Batch, ErrorEvent, Event, EventKind, ViewEvent};
use serde_json::{Map, Value};
use shared::object;
use uuid::Uuid;
use view::Extent;

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
pub(crate) fn ndjson(batch: &Batch) -> serde_json::Result<Vec<u8>> {
    let envelope = Envelope::new(batch);
    let mut body = Vec::new();
    for event in &batch.events {
        let Some(event) = written(&envelope, event) else { continue };
        if !body.is_empty() {
            body.push(b'\n');
        }
        serde_json::to_writer(&mut body, &event)?;
    }
    Ok(body)
}

fn written<'a>(envelope: &'a Envelope<'_>, event: &'a Event) -> Option<RumEvent<'a>> {
    let around =
        |kind, context: Option<&String>| envelope.around(kind, event, context.and_then(|json| object(json)));
    Some(match &event.kind {
        EventKind::View(view) => with_state(envelope, around("view", None)?, view, Extent::Whole),
        EventKind::ViewUpdate(view) => {
            with_state(envelope, envelope.base("view_update", event)?, view, Extent::Changes)
        }
        EventKind::Action(action) => {
            let event = around("action", action.context_json.as_ref())?;
            let internal = Internal { action: action::internal(action), ..event.internal };
            RumEvent { action: Some(OwnOrParent::Own(action::action(action))), internal, ..event }
        }
        EventKind::Error(error) => {
            let event = envelope.around("error", event, error_context(error))?;
            RumEvent { error: Some(error::error(error)), ..event }
        }
        EventKind::Resource(resource) => {
            let event = around("resource", resource.context_json.as_ref())?;
            let internal = Internal { trace: resource::trace(resource), ..event.internal };
            RumEvent { resource: Some(resource::resource(resource)), internal, ..event }
        }
        EventKind::LongTask(task) => {
            RumEvent { long_task: Some(long_task::long_task(task)), ..around("long_task", None)? }
        }
        EventKind::Vital(vital) => {
            let event = around("vital", vital.context_json.as_ref())?;
            RumEvent { vital: Some(vital::vital(vital)?), ..event }
        }
        EventKind::Unknown { .. } => return None,
    })
}

fn with_state<'a>(
    envelope: &Envelope<'_>,
    mut event: RumEvent<'a>,
    view: &'a ViewEvent,
    extent: Extent,
) -> RumEvent<'a> {
    event.view.state = Some(view::state(view, extent));
    if let Some(scroll) = view.scroll.map(view::scroll) {
        let viewport = event.display.and_then(|display| display.viewport);
        event.display = Some(Display { viewport, scroll: Some(scroll) });
    }
    event.session.sampled_for_replay = view.sampled_for_replay;
    event.privacy = view::privacy(view);
    event.internal.replay_stats = view::replay_stats(view);
    event.internal.document_version = Some(view.document_version);
    event.internal.page_states = view::page_states(view, extent);
    let has_cls = view.vitals.as_ref().is_some_and(|vitals| vitals.cls.is_some());
    event.internal.cls = has_cls.then(|| envelope.cls_details()).flatten();
    event
}

/// The error's own facts, and how often it came again. Datadog has no field for that, and what stands in `_dd`
/// cannot be searched: it is `@context.rum.repeats` there.
fn error_context(error: &ErrorEvent) -> Option<Map<String, Value>> {
    let own = error.context_json.as_deref().and_then(object);
    let Some(repeats) = error.repeats.filter(|repeats| *repeats > 0) else { return own };
    let mut context = own.unwrap_or_default();
    let ours = context.entry("rum").or_insert_with(|| Map::new().into());
    // Whatever else the application calls `rum` is its own and stays.
    if let Value::Object(ours) = ours {
        ours.insert("repeats".into(), repeats.into());
    }
    Some(context)
}
