//! Bodies to post: batches of our SDK and events of the official one.

use rum_protocol::{
    ActionEvent, ActionType, Batch, Context, Event, EventKind, FlushReason, Id, LoadingType,
    PROTOCOL_VERSION, ViewContext, ViewEvent, WebVitals,
};
use serde_json::{Value, json};

pub(crate) const APPLICATION_ID: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

/// A batch with one view and one action; `number` makes its ids.
pub(crate) fn batch(number: u64) -> Batch {
    let view = ViewEvent {
        document_version: 1,
        is_active: Some(true),
        loading_type: Some(LoadingType::InitialLoad),
        time_spent_us: Some(1_000_000),
        action_count: Some(1),
        error_count: Some(0),
        vitals: Some(WebVitals { lcp_us: Some(1_200_000), cls: Some(0.05), ..WebVitals::default() }),
        ..ViewEvent::default()
    };
    let action = ActionEvent {
        id: id(number, 3),
        action_type: Some(ActionType::Click),
        name: "button#refill".into(),
        ..ActionEvent::default()
    };
    let events = [EventKind::View(view), EventKind::Action(action)];
    Batch {
        protocol_version: PROTOCOL_VERSION,
        id: id(number, 1),
        closed_at_ms: 1_800_000_001_000,
        sdk_version: "0.1.0".into(),
        flush_reason: Some(FlushReason::Time),
        context: Context {
            application_id: APPLICATION_ID.into(),
            session_id: Some(id(0, 9)),
            ..Context::default()
        },
        views: vec![ViewContext {
            id: id(number, 2),
            url: "http://127.0.0.1:5173/claims".into(),
            ..ViewContext::default()
        }],
        events: events.map(|kind| Event::new(1_800_000_000_000, 0, kind)).into(),
        lost_events: None,
        shared: None,
    }
}

pub(crate) fn encoded(batch: &Batch) -> Vec<u8> {
    minicbor::to_vec(batch).unwrap()
}

/// Id of the action in batch `number`, as text.
pub(crate) fn action_id(number: u64) -> String {
    id(number, 3).to_text()
}

/// One action of the official SDK; `number` makes its id.
pub(crate) fn datadog_action(number: u64) -> Value {
    json!({
        "type": "action",
        "date": 1_800_000_000_000_u64,
        "application": {"id": APPLICATION_ID},
        "session": {"id": id(0, 9).to_text(), "type": "user"},
        "view": {"id": id(number, 2).to_text(), "url": "http://127.0.0.1:5173/claims"},
        "action": {"type": "click", "id": action_id(number), "target": {"name": "Refill"}},
        "_dd": {"format_version": 2},
    })
}

/// `ddforward` and all, as the official SDK builds it for RUM events.
pub(crate) fn datadog_query(key: &str, more: &str) -> String {
    forward(&format!("/api/v2/rum?{}&batch_time=1800000000000&_dd.api=fetch", datadog_parameters(key, more)))
}

/// The parameters every request of the official SDK has.
pub(crate) fn datadog_parameters(key: &str, more: &str) -> String {
    format!(
        "ddsource=browser&dd-api-key={key}&dd-evp-origin-version=7.16.2&dd-evp-origin=browser\
         &dd-request-id=11111111-1111-4111-8111-111111111111{more}"
    )
}

/// The query of a `proxy` given as a string.
pub(crate) fn forward(target: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new()).append_pair("ddforward", target).finish()
}

/// Content type and body of a replay segment of `application_id`, as a browser writes it.
pub(crate) fn segment(application_id: &str, segment: &[u8], raw_bytes: usize) -> (String, Vec<u8>) {
    let event = json!({
        "raw_segment_size": raw_bytes, "compressed_segment_size": segment.len(), "source": "browser",
        "start": 1_800_000_000_000_u64, "end": 1_800_000_005_000_u64, "creation_reason": "init",
        "records_count": 1, "has_full_snapshot": true, "index_in_view": 0,
        "application": {"id": application_id}, "session": {"id": id(0, 9).to_text()},
        "view": {"id": id(1, 2).to_text()},
    });
    let event = event.to_string();
    let boundary = "----WebKitFormBoundaryQxE2tJm";
    let mut body = Vec::new();
    for (name, file, kind, bytes) in [
        ("segment", "session-1800000000000", "application/octet-stream", segment),
        ("event", "blob", "application/json", event.as_bytes()),
    ] {
        body.extend_from_slice(
            format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\
                 Content-Type: {kind}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    (format!("multipart/form-data; boundary={boundary}"), body)
}

fn id(number: u64, purpose: u8) -> Id {
    let mut bytes = [purpose; 16];
    bytes[..6].copy_from_slice(&number.to_be_bytes()[2..]);
    Id::from_random(bytes)
}
