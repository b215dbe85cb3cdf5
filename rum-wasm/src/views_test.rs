//! The life of views, against scripted signals.

use crate::fields::Fields;
use crate::script_test::{Script, click, error, route, view};
use crate::session;
use crate::signal::SignalKind;
use rum_protocol::{
    Batch, EventKind, LoadingType, MAX_BATCH_BYTES, MAX_PAGE_STATES, PageLifeCycle, ScrollDepth, ViewContext,
    ViewEvent, keys,
};

const KEEP_ALIVE_MS: f64 = 300_000.0;

/// The page is in another state, told as the adapter tells it.
fn page_state(state: PageLifeCycle) -> SignalKind<'static> {
    SignalKind::Noted {
        moment: vec![keys::view_event::PAGE_STATES as u8, state as u8].leak(),
        after_ms: None,
    }
}

fn timing(name: &str, after_ms: Option<f64>) -> SignalKind<'_> {
    let mut fields = Fields::default();
    fields.text(keys::view_event::CUSTOM_TIMINGS, name);
    SignalKind::Noted { moment: fields.bytes().to_vec().leak(), after_ms }
}

fn labels(name: &str, service: &str) -> Vec<u8> {
    let mut fields = Fields::default();
    fields.optional_text(keys::view_context::NAME, name);
    fields.optional_text(keys::view_context::SERVICE, service);
    fields.bytes().to_vec()
}

fn describe<'a>(url: &'a str, name: &str, is_new: bool) -> SignalKind<'a> {
    SignalKind::ViewChanged { url, labels: labels(name, "shop").leak(), is_new }
}

const CHANGED: SignalKind<'_> = SignalKind::Busy { duration_ms: 0.0 };

/// Every state of every view that left, oldest first: batches that leave together at exit leave newest first.
fn states(script: &Script) -> Vec<(ViewContext, ViewEvent)> {
    let mut batches = script.batches();
    batches.sort_by_key(|batch| batch.closed_at_ms);
    batches.iter().flat_map(states_of).collect()
}

fn states_of(batch: &Batch) -> Vec<(ViewContext, ViewEvent)> {
    let state = |event: &rum_protocol::Event| match &event.kind {
        EventKind::View(state) | EventKind::ViewUpdate(state) => {
            Some((batch.views[event.view as usize].clone(), state.clone()))
        }
        _ => None,
    };
    batch.events.iter().filter_map(state).collect()
}

fn last_state_of(script: &Script, url: &str) -> ViewEvent {
    states(script).into_iter().rfind(|(context, _)| context.url == url).expect("a state of the view").1
}

const FIRST: &str = "https://shop.example/claims";
const NEXT: &str = "https://shop.example/next";

#[test]
fn a_route_is_loaded_when_the_page_is_quiet_again() {
    let mut script = Script::new();
    script.at(1_000.0, route(NEXT));
    assert!(script.is_watching);
    script.at(1_040.0, CHANGED).at(1_060.0, SignalKind::RequestStarted).at(1_070.0, CHANGED);
    script.at(2_500.0, SignalKind::RequestEnded { duration_ms: 1_440.0 }).at(2_520.0, CHANGED);
    assert_eq!(script.engine.next_wake(), Some(2_620.0));
    script.at(2_620.0, SignalKind::Timer);
    assert!(!script.is_watching);
    script.at(2_700.0, CHANGED).at(3_000.0, SignalKind::Left);
    assert_eq!(last_state_of(&script, NEXT).loading_time_us, Some(1_520_000));
}

#[test]
fn a_route_without_activity_has_no_loading_time_and_one_left_while_loading_neither() {
    let mut script = Script::new();
    script.at(1_000.0, route(NEXT)).at(1_100.0, SignalKind::Timer).at(1_150.0, CHANGED);
    script.at(2_000.0, route("https://shop.example/left")).at(2_050.0, CHANGED);
    script.at(2_060.0, route("https://shop.example/last")).at(3_000.0, SignalKind::Left);
    for url in [NEXT, "https://shop.example/left", "https://shop.example/last"] {
        assert_eq!(last_state_of(&script, url).loading_time_us, None, "{url}");
    }
}

#[test]
fn a_document_is_loaded_with_its_event_or_what_follows_from_it() {
    let mut timings = Fields::default();
    timings.number(keys::view_event::DOM_INTERACTIVE_US, 40_000);
    timings.number(keys::view_event::LOAD_EVENT_US, 80_000);
    let loaded = SignalKind::DocumentLoaded { facts: timings.bytes().to_vec().leak() };
    // The SDK began at 100 ms, after the load event at 80; the page's data came until 160.
    let mut script = Script::new();
    script.late(80.0, loaded).at(180.0, SignalKind::Busy { duration_ms: 100.0 });
    script.at(280.0, SignalKind::Timer).at(3_000.0, SignalKind::Left);
    let state = last_state_of(&script, FIRST);
    assert_eq!((state.loading_time_us, state.load_event_us), (Some(180_000), Some(80_000)));
    assert_eq!(state.dom_interactive_us, Some(40_000));
    // The event comes after everything else.
    let mut script = Script::new();
    script.at(150.0, CHANGED).at(250.0, SignalKind::Timer);
    assert!(!script.is_watching);
    script.at(900.0, loaded).at(3_000.0, SignalKind::Left);
    assert_eq!(last_state_of(&script, FIRST).loading_time_us, Some(900_000));
}

#[test]
fn a_page_hidden_before_it_was_loaded_has_no_loading_time() {
    let mut script = Script::new();
    script.at(1_000.0, route(NEXT)).at(1_020.0, CHANGED).at(1_030.0, SignalKind::Hidden);
    script.at(1_040.0, CHANGED).at(1_200.0, SignalKind::Timer).at(2_000.0, SignalKind::Left);
    assert_eq!(last_state_of(&script, NEXT).loading_time_us, None);
    // So has a view that begins unseen.
    let mut script = Script::new();
    script.at(900.0, page_state(PageLifeCycle::Hidden)).at(1_000.0, route(NEXT)).at(1_020.0, CHANGED);
    script.at(1_200.0, SignalKind::Timer).at(2_000.0, SignalKind::Left);
    assert_eq!(last_state_of(&script, NEXT).loading_time_us, None);
}

#[test]
fn the_application_can_say_when_a_view_is_loaded() {
    let mut script = Script::new();
    script.at(1_000.0, route(NEXT)).at(1_020.0, CHANGED).at(1_500.0, SignalKind::ViewLoaded);
    assert!(!script.is_watching);
    script.at(1_550.0, CHANGED).at(2_000.0, SignalKind::Left);
    assert_eq!(last_state_of(&script, NEXT).loading_time_us, Some(500_000));
}

#[test]
fn only_loads_and_route_changes_have_a_loading_time() {
    let mut script = Script::new();
    script.at(500.0, SignalKind::Left).answer(510.0, 202);
    script.at(9_000.0, SignalKind::Restored { interaction_count: 0 });
    assert!(!script.is_watching);
    script.at(9_010.0, CHANGED).at(9_500.0, SignalKind::Left);
    assert_eq!(last_state_of(&script, FIRST).loading_time_us, None);
}

#[test]
fn entries_come_up_to_five_minutes_late_and_then_to_nobody_elses_view() {
    let mut script = Script::new();
    script.at(1_000.0, route(NEXT)).at(2_000.0, route("https://shop.example/last"));
    script.at(12_100.0, SignalKind::Timer).answer(12_150.0, 202);
    script.at(200_000.0, SignalKind::Timer);
    script.late(500.0, SignalKind::FirstContentfulPaint).late(1_500.0, error("late"));
    script.at(211_000.0, SignalKind::Timer).answer(211_050.0, 202);
    let batch = script.last_batch();
    let [first, next] = &states_of(&batch)[..] else { panic!("states of two views") };
    assert_eq!((first.0.url.as_str(), first.1.is_active), (FIRST, Some(false)));
    assert_eq!((next.0.url.as_str(), next.1.error_count, next.1.document_version), (NEXT, Some(1), 2));
    // A view is let go with the first batch after its time.
    script.at(302_500.0, error("x")).at(313_000.0, SignalKind::Timer).answer(313_050.0, 202);
    script.late(1_500.0, error("too late")).at(330_000.0, SignalKind::Left);
    assert_eq!(last_state_of(&script, NEXT).error_count, Some(1));
}

#[test]
fn a_visitor_in_a_hurry_loses_no_view() {
    let mut script = Script::new();
    for index in 0..30 {
        let at = 1_000.0 + f64::from(index) * 10.0;
        script.at(at, route(&["https://shop.example/", &"x".repeat(index as usize + 1)].concat()));
    }
    script.at(2_000.0, SignalKind::Left);
    let ended = states(&script).iter().filter(|(_, state)| state.is_active == Some(false)).count();
    assert_eq!(ended, 31);
}

#[test]
fn a_visible_view_is_told_of_every_five_minutes_while_the_session_lives() {
    let mut script = Script::new();
    script
        .at(110.0, page_state(PageLifeCycle::Passive))
        .at(10_100.0, SignalKind::Timer)
        .answer(10_150.0, 202);
    let mut wakes = Vec::new();
    while let Some(wake) = script.engine.next_wake() {
        let posts = script.posts.len();
        script.at(wake, SignalKind::Timer);
        if script.posts.len() > posts {
            wakes.push(wake);
            script.answer(wake, 202);
        }
    }
    // Each leaves with its batch, 10 s later; the third would be beyond the session's 15 minutes.
    assert_eq!(wakes, [10_100.0 + KEEP_ALIVE_MS + 10_000.0, 10_100.0 + 2.0 * (KEEP_ALIVE_MS + 10_000.0)]);
    assert!(wakes[1] + KEEP_ALIVE_MS > 100.0 + session::MAX_IDLE_MS);
    let update = view(&script.last_batch()).clone();
    assert_eq!((update.document_version, update.is_active), (3, None));
}

#[test]
fn a_hidden_view_is_left_in_peace() {
    let mut script = Script::new();
    script.at(110.0, page_state(PageLifeCycle::Hidden)).at(120.0, SignalKind::Hidden).answer(150.0, 202);
    script.at(200.0, SignalKind::Timer);
    assert_eq!(script.engine.next_wake(), None);
}

#[test]
fn page_states_begin_with_that_of_the_view_and_end_with_it() {
    let mut script = Script::new();
    script.at(150.0, page_state(PageLifeCycle::Active)).at(400.0, page_state(PageLifeCycle::Passive));
    script.at(1_000.0, route(NEXT)).at(1_250.0, page_state(PageLifeCycle::Hidden));
    script.at(1_300.0, page_state(PageLifeCycle::Terminated)).at(1_300.0, SignalKind::Left);
    script.late(1_301.0, page_state(PageLifeCycle::Hidden)).at(1_301.0, SignalKind::Hidden);
    let listed = |url| {
        let states = last_state_of(&script, url).page_states.expect("page states");
        states.iter().map(|state| (state.state.expect("known"), state.start_us)).collect::<Vec<_>>()
    };
    assert_eq!(listed(FIRST), [(PageLifeCycle::Active, 0), (PageLifeCycle::Passive, 400_000)]);
    assert_eq!(
        listed(NEXT),
        [(PageLifeCycle::Passive, 0), (PageLifeCycle::Hidden, 250_000), (PageLifeCycle::Terminated, 300_000)]
    );
}

#[test]
fn page_states_alone_are_no_reason_to_send_and_are_bounded() {
    let mut script = Script::new();
    script.at(10_100.0, SignalKind::Timer).answer(10_150.0, 202);
    for index in 0..2_000_u32 {
        let state = if index % 2 == 0 { PageLifeCycle::Active } else { PageLifeCycle::Passive };
        script.at(20_000.0 + f64::from(index), page_state(state));
    }
    assert_eq!(script.posts.len(), 1);
    script.at(30_000.0, SignalKind::Left);
    let kept = last_state_of(&script, FIRST).page_states.expect("page states").len();
    assert_eq!(kept, MAX_PAGE_STATES);
}

#[test]
fn events_say_whether_the_page_was_in_the_foreground_where_that_is_known() {
    let mut script = Script::new();
    script.at(150.0, page_state(PageLifeCycle::Active)).at(200.0, error("y"));
    script.at(300.0, page_state(PageLifeCycle::Passive)).at(400.0, error("x")).late(250.0, error("late"));
    script.at(500.0, SignalKind::Left);
    let told: Vec<Option<bool>> =
        script.last_batch().events.iter().map(|event| event.in_foreground).collect();
    assert_eq!(told, [Some(true), Some(false), None, None], "errors, view");
}

#[test]
fn the_deepest_scroll_and_the_tallest_page_count() {
    let measure = |top, height| SignalKind::Scrolled { top, viewport_height: 800.0, height };
    let mut script = Script::new();
    script
        .at(200.0, measure(0.0, 2_000.0))
        .at(900.0, measure(450.0, 3_000.0))
        .at(950.0, measure(20.0, 1_000.0));
    script.at(1_000.0, route(NEXT)).at(1_200.0, measure(5.0, 900.0)).at(2_000.0, SignalKind::Left);
    let scrolled = ScrollDepth {
        max_depth: 1_250,
        max_depth_scroll_top: 450,
        max_scroll_height: 3_000,
        max_scroll_height_after_us: 900_000,
    };
    assert_eq!(last_state_of(&script, FIRST).scroll, Some(scrolled));
    assert_eq!(last_state_of(&script, NEXT).scroll.map(|scroll| scroll.max_depth), Some(805));
}

#[test]
fn timings_count_from_the_view_and_the_last_of_a_name_counts() {
    let mut script = Script::new();
    script
        .at(1_000.0, route(NEXT))
        .at(1_500.0, timing("ready", None))
        .at(1_600.0, timing("given", Some(40.5)));
    script.late(1_250.0, timing("ready", None)).at(2_000.0, SignalKind::Left);
    let timings = last_state_of(&script, NEXT).custom_timings.expect("timings");
    let listed: Vec<_> = timings.iter().map(|timing| (timing.name.as_str(), timing.after_us)).collect();
    assert_eq!(listed, [("ready", 500_000), ("given", 40_500), ("ready", 250_000)]);
    assert_eq!(last_state_of(&script, FIRST).custom_timings, None);
}

#[test]
fn a_page_that_notes_without_end_fills_no_batch() {
    let mut script = Script::new();
    for index in 0..1_000_u32 {
        script.at(200.0 + f64::from(index), timing(&"t".repeat(300 + index as usize), None));
    }
    script.at(5_000.0, SignalKind::Left);
    assert!(script.posts.iter().all(|post| post.body.len() < MAX_BATCH_BYTES / 4));
    assert!(last_state_of(&script, FIRST).custom_timings.expect("timings").len() > 10);
}

#[test]
fn a_view_is_called_what_the_application_says_from_then_on() {
    let mut script = Script::new();
    script.at(200.0, error("y")).at(300.0, describe(FIRST, "claims", false)).at(400.0, error("x"));
    script.at(1_000.0, describe("https://shop.example/claims/7?member=42", "claim", true));
    script.at(2_000.0, SignalKind::Left);
    let batch = script.last_batch();
    let view_of = |index: usize| batch.views[batch.events[index].view as usize].clone();
    assert_eq!((view_of(0).name, view_of(1).name), (None, Some("claims".into())));
    assert_eq!(view_of(0).id, view_of(1).id);
    let (context, state) = states(&script).pop().expect("a state");
    assert_eq!((context.name.as_deref(), context.service.as_deref()), (Some("claim"), Some("shop")));
    assert_eq!(context.url, "https://shop.example/claims/7");
    assert_eq!((state.loading_type, state.is_active), (Some(LoadingType::RouteChange), Some(false)));
}

#[test]
fn a_renewed_or_restored_view_keeps_its_name() {
    let mut script = Script::new();
    script.at(200.0, SignalKind::Activity).at(300.0, describe(FIRST, "claims", false));
    script.at(300.0 + session::MAX_IDLE_MS, click()).at(301.0 + session::MAX_IDLE_MS, SignalKind::Left);
    script.answer(302.0 + session::MAX_IDLE_MS, 202);
    script.at(400.0 + session::MAX_IDLE_MS, SignalKind::Restored { interaction_count: 0 });
    script.at(500.0 + session::MAX_IDLE_MS, SignalKind::Left);
    let mut kinds: Vec<(LoadingType, Option<String>)> = states(&script)
        .into_iter()
        .filter_map(|(context, state)| Some((state.loading_type?, context.name)))
        .collect();
    kinds.dedup();
    let named = |kind| (kind, Some("claims".into()));
    assert_eq!(
        kinds,
        [
            named(LoadingType::InitialLoad),
            named(LoadingType::SessionRenewal),
            named(LoadingType::BackForwardCache)
        ]
    );
}

#[test]
fn query_parameters_that_are_allowed_stay_in_the_urls_of_views_and_errors() {
    let mut script = Script::allowing("page");
    script.at(200.0, route("https://shop.example/list?page=2&member=42"));
    script.at(300.0, error("at https://shop.example/x.js?page=1&t=2:10:7")).at(400.0, SignalKind::Left);
    let batch = script.last_batch();
    assert!(batch.views.iter().any(|view| view.url == "https://shop.example/list?page=2"));
    let EventKind::Error(error) = &batch.events[0].kind else { panic!("an error") };
    assert_eq!(error.message, "at https://shop.example/x.js?page=1:10:7");
}
