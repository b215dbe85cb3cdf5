//! The events as a golden file: what Datadog's own types make of it is checked once more end to end.

use super::ndjson;
use rum_protocol::{
    ActionEvent, Batch, Context, Event, EventKind, FlushReason, Id, LoadingType, PROTOCOL_VERSION, Size,
    ViewContext, ViewEvent, WebVitals,
};
use serde_json::{Value, json};

fn id(byte: u8) -> Id {
    Id::from_random([byte; 16])
}

pub(in crate::sink::datadog) fn view(vitals: WebVitals) -> EventKind {
    EventKind::View(ViewEvent {
        document_version: 3,
        is_active: Some(true),
        loading_type: Some(LoadingType::InitialLoad),
        time_spent_us: Some(1_500_000),
        action_count: Some(1),
        error_count: Some(1),
        vitals: Some(vitals),
        ..ViewEvent::default()
    })
}

pub(in crate::sink::datadog) fn batch(events: Vec<EventKind>) -> Batch {
    Batch {
        protocol_version: PROTOCOL_VERSION,
        id: id(1),
        closed_at_ms: 1_800_000_010_000,
        sdk_version: "0.1.0".into(),
        flush_reason: Some(FlushReason::Time),
        context: Context {
            application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
            session_id: Some(id(2)),
            service: Some("pharmacy-claims".into()),
            env: Some("test,two".into()),
            version: Some("1.2.3".into()),
            session_sample_rate: Some(33.3),
            viewport: Some(Size { width: 1280, height: 800 }),
            locale: Some("en-GB".into()),
            time_zone: Some("Europe/Paris".into()),
            ..Context::default()
        },
        views: vec![ViewContext {
            id: id(3),
            url: "https://claims.example/claims/42".into(),
            referrer: Some("https://claims.example/".into()),
            ..ViewContext::default()
        }],
        events: events.into_iter().map(|kind| Event::new(1_800_000_000_000, 0, kind)).collect(),
        lost_events: None,
        shared: None,
    }
}

fn written(batch: &Batch) -> Vec<Value> {
    let body = ndjson(batch).unwrap();
    body.split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

const GOLDEN: &str = "../tests/fixtures/datadog/rum-of-v1-everything.json";

fn everything() -> Batch {
    minicbor::decode(include_bytes!("../../../../../tests/fixtures/wire/v1-everything.cbor")).unwrap()
}

/// That this is what Datadog's published types say is checked in `tests/e2e/harness`.
#[test]
fn every_kind_is_written_in_datadogs_words() {
    let golden: Vec<Value> = serde_json::from_slice(&std::fs::read(GOLDEN).unwrap()).unwrap();
    let events = written(&everything());
    assert_eq!(events.len(), golden.len());
    for (event, golden) in events.iter().zip(&golden) {
        assert_eq!(event, golden, "written: {event:#}");
    }
}

/// `cargo test -p collector --lib -- --ignored golden_of_everything`, then read what changed.
#[test]
#[ignore = "writes the golden file"]
fn write_the_golden_of_everything() {
    let mut text = serde_json::to_string_pretty(&written(&everything())).unwrap();
    text.push('\n');
    std::fs::write(GOLDEN, text).unwrap();
}

#[test]
fn what_was_not_measured_is_absent_and_unknown_kinds_are_left_out() {
    let batch = batch(vec![EventKind::Unknown { number: 9 }, view(WebVitals::default())]);
    let events = written(&batch);
    assert_eq!(events.len(), 1);
    let view = events[0]["view"].as_object().unwrap();
    for name in ["largest_contentful_paint", "cumulative_layout_shift", "first_byte", "performance", "name"] {
        assert!(!view.contains_key(name), "{name}");
    }
    assert_eq!(view["resource"], json!({"count": 0}));
}

#[test]
fn an_application_context_that_is_no_object_is_left_out() {
    for context in ["[1]", "\"text\"", "{broken", ""] {
        let action = ActionEvent {
            id: id(4),
            name: "checkout".into(),
            context_json: Some(context.into()),
            ..ActionEvent::default()
        };
        let events = written(&batch(vec![EventKind::Action(action)]));
        assert!(events[0].get("context").is_none(), "{context}");
        assert_eq!(events[0]["action"]["type"], "custom");
        assert!(events[0]["_dd"].get("action").is_none());
    }
}

#[test]
fn a_batch_without_writable_events_is_nothing_to_send() {
    assert!(ndjson(&batch(vec![EventKind::Unknown { number: 9 }])).unwrap().is_empty());
}
