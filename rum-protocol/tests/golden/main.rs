//! Golden batches: what an SDK of each released protocol version sends stays readable.
//!
//! `cargo test -p rum-protocol --test golden -- --ignored` writes the file of the current version anew; that is
//! right only before the version is released.

#![allow(clippy::unwrap_used, reason = "writing to a Vec cannot fail")]

mod everything;
mod rewrite;

use everything::everything;
use rewrite::{Length, Value, rewritten};
use rum_protocol::{
    ActionEvent, ActionType, Batch, Context, ErrorEvent, ErrorHandling, ErrorSource, Event, EventKind,
    FlushReason, Id, LoadingType, NameSource, PROTOCOL_VERSION, Point, Size, ViewContext, ViewEvent,
    WebVitals,
};
use std::path::PathBuf;

fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/wire").join(name)
}

fn id(last: u8) -> Id {
    let mut bytes = [0x11; 16];
    bytes[15] = last;
    Id::from_random(bytes)
}

/// One of everything the first release sent, with every optional field it had.
fn full() -> Batch {
    let view = ViewEvent {
        document_version: 3,
        is_active: Some(true),
        loading_type: Some(LoadingType::InitialLoad),
        time_spent_us: Some(12_345_600),
        action_count: Some(1),
        error_count: Some(1),
        vitals: Some(WebVitals {
            lcp_us: Some(1_234_500),
            fcp_us: Some(456_700),
            ttfb_us: Some(89_100),
            cls: Some(0.0625),
            inp_us: Some(304_000),
            ..WebVitals::default()
        }),
        ..ViewEvent::default()
    };
    let action = ActionEvent {
        id: id(4),
        action_type: Some(ActionType::Click),
        name: "Refill".into(),
        name_source: Some(NameSource::CustomAttribute),
        selector: Some("button#refill".into()),
        position: Some(Point { x: 12, y: -3 }),
        target_size: Some(Size { width: 120, height: 40 }),
        context_json: Some("{\"claims\":2}".into()),
        ..ActionEvent::default()
    };
    let error = ErrorEvent {
        id: id(5),
        message: "Cannot read properties of undefined".into(),
        error_type: Some("TypeError".into()),
        stack: Some("TypeError: …\n  at refill (https://shop.example/app.js:1:2)".into()),
        source: Some(ErrorSource::Source),
        handling: Some(ErrorHandling::Unhandled),
        context_json: None,
        ..ErrorEvent::default()
    };
    Batch {
        protocol_version: PROTOCOL_VERSION,
        id: id(1),
        closed_at_ms: 1_795_000_012_345,
        sdk_version: "0.1.0".into(),
        flush_reason: Some(FlushReason::Time),
        context: full_context(),
        views: vec![ViewContext {
            id: id(3),
            url: "https://shop.example/claims".into(),
            referrer: Some("https://shop.example/".into()),
            name: Some("/claims".into()),
            ..ViewContext::default()
        }],
        events: vec![
            Event::new(1_795_000_004_000, 0, EventKind::Action(action)),
            Event::new(1_795_000_005_000, 0, EventKind::Error(error)),
            Event::new(1_795_000_000_000, 0, EventKind::View(view)),
        ],
        lost_events: Some(2),
        shared: None,
    }
}

fn full_context() -> Context {
    Context {
        application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
        session_id: Some(id(2)),
        service: Some("pharmacy-claims".into()),
        env: Some("prod".into()),
        version: Some("1.2.3".into()),
        session_sample_rate: Some(100.0),
        viewport: Some(Size { width: 1280, height: 800 }),
        locale: Some("de-CH".into()),
        time_zone: Some("Europe/Zurich".into()),
        ..Context::default()
    }
}

/// What a view sends at least: numbers that were demanded before updates of views came.
fn oldest_view() -> ViewEvent {
    ViewEvent {
        is_active: Some(false),
        time_spent_us: Some(0),
        action_count: Some(0),
        error_count: Some(0),
        vitals: Some(WebVitals::default()),
        ..ViewEvent::default()
    }
}

/// The least an SDK may send.
fn minimal() -> Batch {
    Batch {
        protocol_version: PROTOCOL_VERSION,
        id: id(1),
        closed_at_ms: 1_795_000_012_345,
        sdk_version: "0.1.0".into(),
        flush_reason: None,
        context: Context {
            application_id: "3fa85f64-5717-4562-b3fc-2c963f66afa6".into(),
            session_id: Some(id(2)),
            ..Context::default()
        },
        views: vec![ViewContext { id: id(3), url: "https://shop.example/".into(), ..ViewContext::default() }],
        events: vec![Event::new(1_795_000_000_000, 0, EventKind::View(oldest_view()))],
        lost_events: None,
        shared: None,
    }
}

fn golden_batches() -> [(&'static str, Batch); 3] {
    [("v1-full.cbor", full()), ("v1-minimal.cbor", minimal()), ("v1-everything.cbor", everything())]
}

#[test]
fn version_1_batches_read_and_write_as_they_were_released() {
    for (name, batch) in golden_batches() {
        let bytes = std::fs::read(golden(name)).expect("a golden batch");
        assert_eq!(minicbor::decode::<Batch>(&bytes).expect("readable"), batch, "{name}");
        assert_eq!(minicbor::to_vec(&batch).expect("writable"), bytes, "{name}");
    }
}

/// A batch of an SDK that knows more than this reader: a flush reason, a key and an event kind that do not
/// exist yet.
#[test]
fn a_reader_skips_what_it_does_not_know() {
    let known = minimal();
    let mut bytes = Vec::new();
    let mut e = minicbor::Encoder::new(&mut bytes);
    e.map(8).unwrap();
    e.u8(0).unwrap().u32(PROTOCOL_VERSION).unwrap();
    e.u8(1).unwrap().encode(known.id).unwrap();
    e.u8(2).unwrap().u64(known.closed_at_ms).unwrap();
    e.u8(3).unwrap().str("9.9.9").unwrap();
    e.u8(4).unwrap().u8(250).unwrap(); // a flush reason that does not exist yet
    e.u8(5).unwrap().map(3).unwrap();
    e.u8(0).unwrap().str(&known.context.application_id).unwrap();
    e.u8(1).unwrap().encode(known.context.session_id).unwrap();
    e.u8(99).unwrap().array(1).unwrap().map(1).unwrap().u8(1).unwrap().bool(true).unwrap();
    e.u8(6).unwrap().encode(&known.views).unwrap();
    e.u8(7).unwrap().array(2).unwrap();
    e.map(3).unwrap().u8(0).unwrap().u64(5).unwrap().u8(1).unwrap().u32(0).unwrap();
    e.u8(2).unwrap().array(2).unwrap().u32(77).unwrap().map(1).unwrap().u8(0).unwrap().str("new").unwrap();
    e.encode(&known.events[0]).unwrap();

    let read = minicbor::decode::<Batch>(&bytes).expect("readable");
    assert_eq!(read.flush_reason, None);
    assert_eq!(read.context, known.context);
    assert_eq!(read.events[0].kind, EventKind::Unknown { number: 77 });
    assert_eq!(read.events[1], known.events[0]);
}

/// The SDK writes fields one by one and does not count them first.
#[test]
fn maps_and_arrays_may_be_of_unknown_length_and_hold_more_than_is_known() {
    for (name, batch) in golden_batches() {
        let bytes = minicbor::to_vec(&batch).unwrap();
        for length in [Length::Definite, Length::Indefinite, Length::IndefiniteWithMore] {
            let bytes = rewritten(&bytes, length, &mut |_| Value::Kept);
            assert_eq!(minicbor::decode::<Batch>(&bytes).expect("readable"), batch, "{name}");
        }
    }
}

/// Every optional enum, wherever it stands: a value that does not exist yet is as if it were not there, and what
/// comes after it is read.
#[test]
fn a_value_that_does_not_exist_yet_is_absent() {
    use rum_protocol::keys;
    let enums = [
        (EventKind::VIEW, keys::view_event::LOADING_TYPE),
        (EventKind::VIEW, keys::view_event::REPLAY_LEVEL),
        (EventKind::ACTION, keys::action_event::ACTION_TYPE),
        (EventKind::ACTION, keys::action_event::NAME_SOURCE),
        (EventKind::ERROR, keys::error_event::SOURCE),
        (EventKind::ERROR, keys::error_event::HANDLING),
        (EventKind::ERROR, keys::error_event::CSP_DISPOSITION),
        (EventKind::RESOURCE, keys::resource_event::RESOURCE_TYPE),
        (EventKind::LONG_TASK, keys::long_task_event::ENTRY_TYPE),
        (EventKind::VITAL, keys::vital_event::VITAL_TYPE),
        (EventKind::VITAL, keys::vital_event::STEP_TYPE),
        (EventKind::VITAL, keys::vital_event::FAILURE_REASON),
    ];
    let batch = everything();
    let bytes = minicbor::to_vec(&batch).unwrap();
    for (kind, key) in enums {
        let numbers: Vec<u32> = batch.events.iter().map(|event| event.kind.number()).collect();
        let mut met = 0;
        let mut with = |new: fn() -> Value| {
            let bytes = rewritten(&bytes, Length::Definite, &mut |path| match path {
                // The second item of a kind are its fields.
                [keys::batch::EVENTS, index, keys::event::KIND, 1, field]
                    if numbers[*index as usize] == kind && *field == key =>
                {
                    met += 1;
                    new()
                }
                _ => Value::Kept,
            });
            minicbor::decode::<Batch>(&bytes).expect("readable")
        };
        assert_eq!(with(|| Value::Replaced(250)), with(|| Value::LeftOut), "kind {kind}, field {key}");
        assert!(met > 0, "kind {kind} has no field {key}");
    }
}

/// An enum inside a list of a view, which stays in the list.
#[test]
fn a_page_state_that_does_not_exist_yet_has_none() {
    // [250, 5]
    let state: rum_protocol::PageState = minicbor::decode(&[0x82, 0x18, 250, 5]).expect("readable");
    assert_eq!((state.state, state.start_us), (None, 5));
}

/// Not the two files of the first release: they stay as they are.
#[test]
#[ignore = "writes the golden file and the fuzzer's seeds of the current version"]
fn write() {
    let bytes = minicbor::to_vec(everything()).expect("writable");
    let seeds = golden("../../../fuzz/seeds/batch");
    std::fs::write(golden("v1-everything.cbor"), &bytes).expect("a file");
    std::fs::write(seeds.join("v1-everything.cbor"), &bytes).expect("a file");
    let bytes = rewritten(&bytes, Length::Indefinite, &mut |_| Value::Kept);
    std::fs::write(seeds.join("v1-everything-of-unknown-length.cbor"), &bytes).expect("a file");
}
