//! The events as a golden file: what Datadog's own types make of it is checked once more end to end.

use super::ndjson;
use rum_protocol::{
    ActionEvent, ActionType, Batch, Context, ErrorEvent, ErrorHandling, ErrorSource, Event, EventKind,
    FlushReason, Id, LoadingType, NameSource, PROTOCOL_VERSION, Point, Size, ViewContext, ViewEvent,
    WebVitals,
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

#[test]
fn each_kind_is_written_in_datadogs_words() {
    let vitals = WebVitals {
        lcp_us: Some(2_500_001),
        fcp_us: Some(900_000),
        ttfb_us: Some(120_000),
        cls: Some(0.123_45),
        inp_us: Some(48_000),
        ..WebVitals::default()
    };
    let action = ActionEvent {
        id: id(4),
        action_type: Some(ActionType::Click),
        name: "button#refill".into(),
        name_source: Some(NameSource::MaskPlaceholder),
        selector: Some("#refill".into()),
        position: Some(Point { x: 4, y: -1 }),
        target_size: Some(Size { width: 80, height: 24 }),
        context_json: Some(r#"{"cart":{"items":2}}"#.into()),
        ..ActionEvent::default()
    };
    let error = ErrorEvent {
        id: id(5),
        message: "x is not a function".into(),
        error_type: Some("TypeError".into()),
        stack: Some("TypeError: x is not a function\n  at f (https://claims.example/a.js:1:2)".into()),
        source: Some(ErrorSource::Source),
        handling: Some(ErrorHandling::Unhandled),
        ..ErrorEvent::default()
    };
    let events = written(&batch(vec![view(vitals), EventKind::Action(action), EventKind::Error(error)]));
    let golden = include_str!("../rum_events.golden.json");
    let golden: Vec<Value> = serde_json::from_str(golden).unwrap();
    assert_eq!(events, golden, "written: {}", serde_json::to_string_pretty(&events).unwrap());
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
