//! One of every kind with every field set, then one for each value of each enum. No struct is filled up with
//! its defaults in the first part: a new field does not compile until it stands here too.
//!
//! Long on purpose: one list, which nobody reads but to add to it.

use crate::{full_context, id};
use rum_protocol::replay::PrivacyLevel;
use rum_protocol::{
    ActionEvent, ActionType, Batch, Cause, ClsAttribution, Context, CspDisposition, CustomTiming, ErrorEvent,
    ErrorHandling, ErrorSource, Event, EventKind, FailedResource, FailureReason, FirstInputDelay,
    FlushReason, Frustration, GraphQl, Header, InpAttribution, LcpAttribution, LoadingType, LongTaskEvent,
    LongTaskScript, LongTaskType, NameSource, PROTOCOL_VERSION, PageLifeCycle, PageState, Phase, Point, Rect,
    ResourceEvent, ResourceType, ScrollDepth, SharedContext, Size, StepType, ViewContext, ViewEvent,
    VitalEvent, VitalType, WebVitals,
};

const BEGAN_MS: u64 = 1_795_000_000_000;

pub(crate) fn everything() -> Batch {
    let whole = [
        EventKind::Action(action()),
        EventKind::Error(error()),
        EventKind::Resource(resource()),
        EventKind::LongTask(long_task()),
        EventKind::Vital(duration()),
        EventKind::Vital(operation_step()),
        EventKind::View(view()),
    ];
    let mut events: Vec<Event> = whole
        .into_iter()
        .enumerate()
        .map(|(index, kind)| Event {
            at_ms: BEGAN_MS + 1_000 * index as u64,
            view: 0,
            kind,
            shared: Some(0),
            action_id: Some(id(4)),
            in_foreground: Some(true),
        })
        .collect();
    events.extend(each_value().into_iter().map(|kind| Event::new(BEGAN_MS + 9_000, 1, kind)));
    Batch {
        protocol_version: PROTOCOL_VERSION,
        id: id(1),
        closed_at_ms: BEGAN_MS + 12_345,
        sdk_version: "0.2.0".into(),
        flush_reason: Some(FlushReason::Size),
        context: context(),
        views: views(),
        events,
        lost_events: Some(2),
        shared: Some(vec![SharedContext {
            user_json: Some(r#"{"id":"u-17","name":"Desk 17","role":{"ward":"B"}}"#.into()),
            account_json: Some(r#"{"id":"a-9","name":"Example Clinic"}"#.into()),
            context_json: Some(r#"{"app":{"tier":"gold","lines":2},"build":7}"#.into()),
            feature_flags_json: Some(r#"{"new-refill":true,"price-test":"b"}"#.into()),
        }]),
    }
}

fn context() -> Context {
    Context {
        session_sample_rate: Some(33.3),
        trace_sample_rate: Some(20.5),
        session_replay_sample_rate: Some(50.0),
        replay_starts_manually: Some(true),
        anonymous_id: Some(id(6)),
        tab_id: Some(id(7)),
        effective_type: Some("4g".into()),
        locales: Some(vec!["de-CH".into(), "en".into()]),
        device_pixel_ratio: Some(1.5),
        session_type: Some("ci_test".into()),
        // Younger than the golden batch.
        test_id: None,
        test_result_id: None,
        ..full_context()
    }
}

fn views() -> Vec<ViewContext> {
    vec![
        ViewContext {
            id: id(3),
            url: "https://shop.example/claims".into(),
            referrer: Some("https://shop.example/".into()),
            name: Some("/claims".into()),
            service: Some("claims-frontend".into()),
            version: Some("4.5.6".into()),
            has_replay: Some(true),
        },
        ViewContext { id: id(8), url: "https://shop.example/claims/next".into(), ..ViewContext::default() },
    ]
}

fn view() -> ViewEvent {
    ViewEvent {
        document_version: 3,
        is_active: Some(false),
        loading_type: Some(LoadingType::InitialLoad),
        time_spent_us: Some(12_345_600),
        action_count: Some(1),
        error_count: Some(2),
        vitals: Some(web_vitals()),
        resource_count: Some(3),
        long_task_count: Some(4),
        frustration_count: Some(5),
        loading_time_us: Some(2_345_600),
        dom_interactive_us: Some(300_100),
        dom_content_loaded_us: Some(400_200),
        dom_complete_us: Some(1_500_300),
        load_event_us: Some(1_510_400),
        custom_timings: Some(vec![CustomTiming { name: "claims_shown".into(), after_us: 1_700_500 }]),
        page_states: Some(vec![
            PageState { state: Some(PageLifeCycle::Active), start_us: 0 },
            PageState { state: Some(PageLifeCycle::Hidden), start_us: 9_000_600 },
        ]),
        scroll: Some(ScrollDepth {
            max_depth: 1_900,
            max_depth_scroll_top: 1_100,
            max_scroll_height: 3_000,
            max_scroll_height_after_us: 2_000_700,
        }),
        sampled_for_replay: Some(true),
        replay_level: Some(PrivacyLevel::Mask),
        replay_segment_count: Some(3),
        replay_record_count: Some(120),
        replay_raw_bytes: Some(45_678),
    }
}

fn web_vitals() -> WebVitals {
    let rect = |y| Rect { x: 16, y, width: 640, height: 80 };
    WebVitals {
        lcp_us: Some(1_234_500),
        fcp_us: Some(456_700),
        ttfb_us: Some(89_100),
        cls: Some(0.123_45),
        inp_us: Some(304_000),
        lcp_attribution: Some(LcpAttribution {
            selector: Some("main>img.hero".into()),
            resource_url: Some("https://shop.example/hero.avif".into()),
            load_delay_us: Some(200_000),
            load_time_us: Some(800_000),
            render_delay_us: Some(145_400),
        }),
        cls_attribution: Some(ClsAttribution {
            after_us: Some(3_000_100),
            selector: Some("#claims".into()),
            previous_rect: Some(rect(-40)),
            current_rect: Some(rect(120)),
        }),
        inp_attribution: Some(InpAttribution {
            after_us: Some(4_000_200),
            selector: Some("button#refill".into()),
            event_type: Some("pointerup".into()),
            input_delay_us: Some(4_000),
            processing_us: Some(200_000),
            presentation_delay_us: Some(100_000),
        }),
        fid: Some(FirstInputDelay {
            duration_us: 4_100,
            after_us: 3_900_300,
            selector: Some("button#filter".into()),
        }),
    }
}

fn action() -> ActionEvent {
    ActionEvent {
        id: id(4),
        action_type: Some(ActionType::Click),
        name: "Refill".into(),
        name_source: Some(NameSource::CustomAttribute),
        selector: Some("button#refill".into()),
        position: Some(Point { x: 12, y: -3 }),
        target_size: Some(Size { width: 120, height: 40 }),
        context_json: Some(r#"{"claims":2,"app":{"lines":3}}"#.into()),
        duration_us: Some(345_600),
        frustrations: Some(Frustration::ALL.into_iter().map(|frustration| frustration as u32).sum()),
        error_count: Some(1),
        resource_count: Some(2),
        long_task_count: Some(3),
        composed_path_selector: Some("button#refill.primary;form.claim;main;".into()),
    }
}

fn error() -> ErrorEvent {
    ErrorEvent {
        id: id(5),
        message: "Cannot read properties of undefined".into(),
        error_type: Some("TypeError".into()),
        stack: Some("TypeError: …\n  at refill @ https://shop.example/app.js:1:2".into()),
        source: Some(ErrorSource::Network),
        handling: Some(ErrorHandling::Handled),
        context_json: Some(r#"{"claim":"open"}"#.into()),
        fingerprint: Some("refill-undefined".into()),
        handling_stack: Some("Error\n  at report @ https://shop.example/app.js:9:8".into()),
        component_stack: Some("\n    at Refill\n    at Claims".into()),
        causes: Some(vec![Cause {
            message: "no claim".into(),
            error_type: Some("RangeError".into()),
            stack: Some("RangeError: no claim\n  at find @ https://shop.example/app.js:3:4".into()),
        }]),
        csp_disposition: Some(CspDisposition::Enforce),
        repeats: Some(12),
        resource: Some(FailedResource {
            url: "https://shop.example/api/claims".into(),
            method: "POST".into(),
            status_code: 503,
        }),
    }
}

fn resource() -> ResourceEvent {
    let phase = |start_us, duration_us| Some(Phase { start_us, duration_us });
    let header = |name: &str, value: &str| Some(vec![Header { name: name.into(), value: value.into() }]);
    ResourceEvent {
        id: id(9),
        resource_type: Some(ResourceType::Fetch),
        url: "https://shop.example/api/graphql".into(),
        method: Some("POST".into()),
        status_code: Some(200),
        duration_us: Some(250_000),
        decoded_body_size: Some(4_096),
        encoded_body_size: Some(1_024),
        transfer_size: Some(1_324),
        is_render_blocking: Some(false),
        delivery_type: Some(String::new()),
        protocol: Some("h2".into()),
        redirect: phase(0, 10_000),
        dns: phase(10_000, 5_000),
        connect: phase(15_000, 30_000),
        ssl: phase(20_000, 25_000),
        worker: phase(9_000, 1_000),
        first_byte: phase(45_000, 155_000),
        download: phase(200_000, 50_000),
        trace_id: Some(id(10)),
        span_id: Some([0x7f, 0, 0, 0, 0, 0, 0, 1]),
        trace_sample_share: Some(0.205),
        graphql: Some(GraphQl {
            operation_type: Some("query".into()),
            operation_name: Some("Claims".into()),
            variables_json: Some(r#"{"state":"open","pin":"1234"}"#.into()),
            payload: Some("query Claims($state: String) { claims(state: $state) { id } }".into()),
            error_count: Some(1),
        }),
        request_headers: header("content-type", "application/json"),
        response_headers: header("cache-control", "no-store"),
        context_json: Some(r#"{"attempt":1}"#.into()),
        is_discarded: None,
    }
}

fn long_task() -> LongTaskEvent {
    LongTaskEvent {
        id: id(11),
        entry_type: Some(LongTaskType::LongAnimationFrame),
        duration_us: 180_000,
        blocking_us: Some(120_000),
        start_us: Some(5_000_100),
        render_start_us: Some(5_150_000),
        style_and_layout_start_us: Some(5_160_000),
        first_ui_event_us: Some(5_000_000),
        scripts: Some(vec![LongTaskScript {
            duration_us: 140_000,
            pause_us: Some(1_000),
            forced_style_and_layout_us: Some(20_000),
            start_us: Some(5_001_000),
            execution_start_us: Some(5_002_000),
            source_url: Some("https://shop.example/app.js".into()),
            source_function: Some("refill".into()),
            source_char_position: Some(4_711),
            invoker: Some("BUTTON#refill.onclick".into()),
            invoker_type: Some("event-listener".into()),
            window_attribution: Some("self".into()),
        }]),
    }
}

fn duration() -> VitalEvent {
    VitalEvent {
        id: id(12),
        vital_type: Some(VitalType::Duration),
        name: "claims_loaded".into(),
        duration_us: Some(720_000),
        step_type: None,
        operation_key: None,
        failure_reason: None,
        description: Some("list of claims".into()),
        context_json: Some(r#"{"lines":40}"#.into()),
    }
}

fn operation_step() -> VitalEvent {
    VitalEvent {
        id: id(13),
        vital_type: Some(VitalType::OperationStep),
        name: "refill".into(),
        duration_us: None,
        step_type: Some(StepType::End),
        operation_key: Some("rx-1".into()),
        failure_reason: Some(FailureReason::Abandoned),
        description: Some("refill of a prescription".into()),
        context_json: Some(r#"{"lines":1}"#.into()),
    }
}

/// An update of a view, then an event for each value that the events above do not have.
fn each_value() -> Vec<EventKind> {
    let mut kinds = vec![EventKind::ViewUpdate(ViewEvent {
        document_version: 2,
        time_spent_us: Some(3_000_000),
        vitals: Some(WebVitals { lcp_us: Some(1_500_000), ..WebVitals::default() }),
        page_states: Some(vec![PageState { state: Some(PageLifeCycle::Passive), start_us: 2_000_000 }]),
        ..ViewEvent::default()
    })];
    kinds.extend(each_view());
    kinds.extend(each_action());
    kinds.extend(each_error());
    kinds.extend(each_resource());
    kinds.extend(each_vital());
    kinds.push(EventKind::LongTask(LongTaskEvent {
        entry_type: Some(LongTaskType::LongTask),
        duration_us: 60_000,
        ..LongTaskEvent::default()
    }));
    kinds
}

fn each_view() -> impl Iterator<Item = EventKind> {
    let states = [PageLifeCycle::Passive, PageLifeCycle::Frozen, PageLifeCycle::Terminated];
    let states = states.map(|state| PageState { state: Some(state), start_us: 1 }).to_vec();
    [LoadingType::RouteChange, LoadingType::BackForwardCache, LoadingType::SessionRenewal].into_iter().map(
        move |loading_type| {
            EventKind::View(ViewEvent {
                document_version: 1,
                loading_type: Some(loading_type),
                page_states: Some(states.clone()),
                ..ViewEvent::default()
            })
        },
    )
}

fn each_action() -> impl Iterator<Item = EventKind> {
    use ActionType::{Back, Custom, Scroll, Swipe, Tap};
    use NameSource::{Blank, MaskPlaceholder, StandardAttribute, TextContent};
    let types = [
        (Custom, None),
        (Tap, Some(MaskPlaceholder)),
        (Scroll, Some(StandardAttribute)),
        (Swipe, Some(TextContent)),
        (Back, Some(Blank)),
    ];
    types.into_iter().map(|(action_type, name_source)| {
        EventKind::Action(ActionEvent {
            action_type: Some(action_type),
            name_source,
            name: "next".into(),
            ..ActionEvent::default()
        })
    })
}

fn each_error() -> impl Iterator<Item = EventKind> {
    use ErrorSource::{Console, Custom, Report, Source};
    [Source, Custom, Console, Report].into_iter().map(|source| {
        EventKind::Error(ErrorEvent {
            message: "failed".into(),
            source: Some(source),
            handling: (source == Source).then_some(ErrorHandling::Unhandled),
            csp_disposition: (source == Report).then_some(CspDisposition::Report),
            ..ErrorEvent::default()
        })
    })
}

fn each_resource() -> impl Iterator<Item = EventKind> {
    use ResourceType::{Beacon, Css, Document, Font, Image, Js, Media, Other, Xhr};
    [Document, Xhr, Beacon, Css, Js, Image, Font, Media, Other].into_iter().map(|resource_type| {
        EventKind::Resource(ResourceEvent {
            resource_type: Some(resource_type),
            url: "https://shop.example/file".into(),
            is_render_blocking: (resource_type == Css).then_some(true),
            delivery_type: (resource_type == Image).then(|| "cache".into()),
            ..ResourceEvent::default()
        })
    })
}

fn each_vital() -> impl Iterator<Item = EventKind> {
    let steps = [
        (StepType::Start, None),
        (StepType::End, Some(FailureReason::Error)),
        (StepType::End, Some(FailureReason::Other)),
    ];
    steps.into_iter().map(|(step_type, failure_reason)| {
        EventKind::Vital(VitalEvent {
            vital_type: Some(VitalType::OperationStep),
            name: "refill".into(),
            step_type: Some(step_type),
            failure_reason,
            ..VitalEvent::default()
        })
    })
}
