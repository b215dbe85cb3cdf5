//! The events as a golden file, and what it does not show.

use super::ndjson;
use rum_protocol::{
    ActionEvent, Batch, Context, CustomTiming, ErrorEvent, Event, EventKind, FailedResource, FlushReason, Id,
    LoadingType, LongTaskEvent, LongTaskScript, PROTOCOL_VERSION, ResourceEvent, SharedContext, Size,
    ViewContext, ViewEvent, VitalEvent, WebVitals,
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

fn context_of(kind: EventKind) -> Batch {
    let mut batch = batch(vec![kind]);
    batch.context = Context { anonymous_id: Some(id(9)), ..batch.context };
    batch
}

fn named_error(error: ErrorEvent) -> EventKind {
    EventKind::Error(ErrorEvent { message: "boom".into(), ..error })
}

#[test]
fn a_trace_id_keeps_all_its_bits_and_a_short_one_is_written_as_the_official_sdk_does() {
    let traced = |trace_id: u128, span_id: Option<[u8; 8]>| {
        let resource = ResourceEvent {
            trace_id: Some(Id(trace_id.to_be_bytes())),
            span_id,
            url: "https://claims.example/".into(),
            ..ResourceEvent::default()
        };
        written(&batch(vec![EventKind::Resource(resource)])).remove(0)["_dd"].clone()
    };
    let one = Some(1_u64.to_be_bytes());
    assert_eq!(traced(u128::from(u64::MAX), one)["trace_id"], "18446744073709551615");
    assert_eq!(traced(1 << 64, one)["trace_id"], "00000000000000010000000000000000");
    assert_eq!(traced(u128::MAX, one)["span_id"], "1");
    assert!(traced(1, None).get("trace_id").is_none());
}

#[test]
fn an_events_own_facts_win_over_shared_ones_and_repeats_are_told() {
    let error = ErrorEvent {
        context_json: Some(r#"{"a":{"own":1},"b":2}"#.into()),
        repeats: Some(3),
        ..ErrorEvent::default()
    };
    let mut batch = context_of(named_error(error));
    batch.shared = Some(vec![SharedContext {
        context_json: Some(r#"{"a":{"own":0,"shared":1},"b":{"c":1},"d":4}"#.into()),
        ..SharedContext::default()
    }]);
    batch.events[0].shared = Some(0);
    let context = &written(&batch)[0]["context"];
    assert_eq!(context, &json!({"a":{"own":1,"shared":1},"b":2,"d":4,"rum":{"repeats":3}}));
    // What the application calls `rum` is its own.
    let error = ErrorEvent {
        context_json: Some(r#"{"rum":"cask"}"#.into()),
        repeats: Some(3),
        ..ErrorEvent::default()
    };
    assert_eq!(written(&context_of(named_error(error)))[0]["context"], json!({"rum":"cask"}));
    let error = ErrorEvent { repeats: Some(0), ..ErrorEvent::default() };
    assert!(written(&context_of(named_error(error)))[0].get("context").is_none());
}

#[test]
fn a_visitor_is_text_and_an_account_has_an_id() {
    let shared = |user: &str, account: &str| {
        let mut batch = context_of(named_error(ErrorEvent::default()));
        batch.shared = Some(vec![SharedContext {
            user_json: Some(user.into()),
            account_json: Some(account.into()),
            ..SharedContext::default()
        }]);
        batch.events[0].shared = Some(0);
        written(&batch).remove(0)
    };
    let anonymous = id(9).to_text();
    let event = shared(r#"{"id":17,"name":["no name"],"age":4,"anonymous_id":"own"}"#, r#"{"name":"no id"}"#);
    assert_eq!(event["usr"], json!({"id":"17","age":4,"anonymous_id":"own"}));
    assert!(event.get("account").is_none());
    let event = shared("[1]", r#"{"id":9}"#);
    assert_eq!((&event["usr"], &event["account"]), (&json!({"anonymous_id": anonymous}), &json!({"id":"9"})));
    // An event that shares nothing is still of somebody.
    let event = written(&context_of(named_error(ErrorEvent::default()))).remove(0);
    assert_eq!(event["usr"], json!({"anonymous_id": anonymous}));
}

#[test]
fn a_word_that_datadogs_type_does_not_list_is_left_out() {
    let resource = ResourceEvent { method: Some("PROPFIND".into()), ..ResourceEvent::default() };
    let failed =
        FailedResource { method: "PURGE".into(), url: "https://claims.example/".into(), status_code: 1 };
    let error = ErrorEvent { resource: Some(failed), ..ErrorEvent::default() };
    let script = LongTaskScript { invoker_type: Some("later".into()), ..LongTaskScript::default() };
    let task = LongTaskEvent { scripts: Some(vec![script]), ..LongTaskEvent::default() };
    let vital = VitalEvent { name: "later".into(), ..VitalEvent::default() };
    let mut batch = batch(vec![
        EventKind::Resource(resource),
        named_error(error),
        EventKind::LongTask(task),
        EventKind::Vital(vital),
    ]);
    batch.context.effective_type = Some("6g".into());
    batch.context.session_type = Some("robot".into());
    let events = written(&batch);
    assert_eq!(events.len(), 3, "a vital of no known kind has no shape");
    assert!(events[0]["resource"].get("method").is_none());
    assert!(events[1]["error"].get("resource").is_none());
    assert_eq!(events[2]["long_task"]["scripts"], json!([{"duration": 0}]));
    assert!(events[0].get("connectivity").is_none());
    assert_eq!(events[0]["session"]["type"], "user");
}

#[test]
fn the_test_that_drives_a_page_is_named() {
    let mut batch = batch(vec![view(WebVitals::default())]);
    batch.context.session_type = Some("synthetics".into());
    batch.context.test_id = Some("abc-def".into());
    assert!(written(&batch)[0].get("synthetics").is_none(), "the type demands the result's id");
    batch.context.test_result_id = Some("42".into());
    let event = written(&batch).remove(0);
    assert_eq!(event["synthetics"], json!({"test_id": "abc-def", "result_id": "42"}));
    assert!(event.get("ci_test").is_none());
    batch.context.session_type = Some("ci_test".into());
    let event = written(&batch).remove(0);
    assert_eq!(event["ci_test"], json!({"test_execution_id": "abc-def"}));
    assert!(event.get("synthetics").is_none());
}

#[test]
fn what_is_no_number_is_left_out() {
    let mut batch = batch(vec![view(WebVitals { cls: Some(f32::NAN), ..WebVitals::default() })]);
    batch.context.session_sample_rate = Some(f32::INFINITY);
    let event = written(&batch).remove(0);
    assert!(
        event["view"].get("cumulative_layout_shift").is_none() && event["view"].get("performance").is_none()
    );
    assert!(event["_dd"].get("configuration").is_none());
}

#[test]
fn an_update_of_a_view_tells_what_changed_and_by_what_the_view_is_found() {
    let update = ViewEvent { document_version: 4, error_count: Some(2), ..ViewEvent::default() };
    let mut batch = batch(vec![EventKind::ViewUpdate(update)]);
    batch.context.viewport = None;
    let expected = json!({
        "type": "view_update",
        "date": 1_800_000_000_000_u64,
        "application": {"id": "3fa85f64-5717-4562-b3fc-2c963f66afa6"},
        "session": {"id": id(2).to_text(), "type": "user"},
        "view": {"id": id(3).to_text(), "url": "https://claims.example/claims/42", "error": {"count": 2}},
        "_dd": {"format_version": 2, "document_version": 4},
    });
    assert_eq!(written(&batch), [expected]);
}

#[test]
fn of_timings_with_one_name_the_last_one_counts() {
    let timing = |name: &str, after_us| CustomTiming { name: name.into(), after_us };
    let custom_timings = Some(vec![timing("ready", 1), timing("shown", 2), timing("ready", 3)]);
    let batch = batch(vec![EventKind::View(ViewEvent { custom_timings, ..ViewEvent::default() })]);
    let line = ndjson(&batch).unwrap();
    assert_eq!(String::from_utf8_lossy(&line).matches("\"ready\"").count(), 1);
    assert_eq!(written(&batch)[0]["view"]["custom_timings"], json!({ "ready": 3_000, "shown": 2_000 }));
}
