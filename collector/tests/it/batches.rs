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
        is_active: true,
        loading_type: Some(LoadingType::InitialLoad),
        time_spent_us: 1_000_000,
        action_count: 1,
        error_count: 0,
        vitals: WebVitals { lcp_us: Some(1_200_000), cls: Some(0.05), ..WebVitals::default() },
    };
    let action = ActionEvent {
        id: id(number, 3),
        action_type: Some(ActionType::Click),
        name: "button#refill".into(),
        name_source: None,
        selector: None,
        position: None,
        target_size: None,
        context_json: None,
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
            referrer: None,
            name: None,
        }],
        events: events.map(|kind| Event { at_ms: 1_800_000_000_000, view: 0, kind }).into(),
        lost_events: None,
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

/// `ddforward` and all, as the official SDK builds it.
pub(crate) fn datadog_query(key: &str, more: &str) -> String {
    let target = format!(
        "/api/v2/rum?ddsource=browser&dd-api-key={key}&dd-evp-origin-version=7.16.2&dd-evp-origin=browser\
         &dd-request-id=11111111-1111-4111-8111-111111111111{more}&batch_time=1800000000000&_dd.api=fetch"
    );
    url::form_urlencoded::Serializer::new(String::new()).append_pair("ddforward", &target).finish()
}

fn id(number: u64, purpose: u8) -> Id {
    let mut bytes = [purpose; 16];
    bytes[..6].copy_from_slice(&number.to_be_bytes()[2..]);
    Id::from_random(bytes)
}
