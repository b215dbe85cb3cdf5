//! The engine against scripted signals and a scripted clock.

#![allow(clippy::disallowed_macros, reason = "not in the module that pages load")]

use crate::fields::Fields;
use crate::script_test::{
    Script, TIME_ORIGIN_MS, click, error, event_timing, kinds, paint, reported, route, view, vitals_of,
};
use crate::session;
use crate::signal::SignalKind;
use rum_protocol::{BATCH_TARGET_BYTES, EventKind, FlushReason, LoadingType, MAX_BATCH_BYTES, keys};

#[test]
fn a_click_leaves_within_ten_seconds_with_its_own_time_and_its_view() {
    let mut script = Script::new();
    script.at(900.0, click()).at(10_099.0, SignalKind::Timer);
    assert!(script.posts.is_empty());
    assert_eq!(script.engine.next_wake(), Some(10_100.0));
    script.at(10_100.0, SignalKind::Timer);
    let batch = script.last_batch();
    assert_eq!((kinds(&batch).as_str(), batch.flush_reason), ("av", Some(FlushReason::Time)));
    assert_eq!(batch.events[0].at_ms, TIME_ORIGIN_MS as u64 + 900);
    assert_eq!(batch.views[0].url, "https://shop.example/claims");
    assert_eq!((view(&batch).action_count, view(&batch).document_version), (Some(1), 1));
    assert_eq!(view(&batch).time_spent_us, Some(10_100_000));
    assert!(!script.posts[0].at_exit);
}

#[test]
fn early_events_arrive_late_and_keep_their_times() {
    let mut script = Script::new();
    script.now = 3_000.0;
    script.late(40.0, error("early")).late(50.0, click()).at(3_000.0, SignalKind::Hidden);
    let batch = script.last_batch();
    let times: Vec<u64> = batch.events.iter().map(|event| event.at_ms - TIME_ORIGIN_MS as u64).collect();
    assert_eq!((kinds(&batch).as_str(), times), ("eav", vec![40, 50, 0]));
}

#[test]
fn a_quiet_page_sends_its_view_once_and_then_nothing() {
    let mut script = Script::new();
    script.at(10_100.0, SignalKind::Timer).answer(10_150.0, 202).at(60_000.0, SignalKind::Timer);
    assert_eq!(script.posts.len(), 1);
    assert_eq!(script.engine.next_wake(), None);
}

#[test]
fn leaving_sends_everything_at_once_in_whichever_order_the_browser_tells_it() {
    let mut script = Script::new();
    script.at(500.0, click()).at(510.0, SignalKind::Left).at(511.0, SignalKind::Hidden);
    assert_eq!(script.posts.len(), 1);
    let batch = script.last_batch();
    assert_eq!((kinds(&batch).as_str(), batch.flush_reason), ("av", Some(FlushReason::PageExit)));
    assert!(script.posts[0].at_exit && view(&batch).is_active == Some(false));
}

#[test]
fn a_hidden_tab_that_comes_back_goes_on_with_the_same_view() {
    let mut script = Script::new();
    script
        .at(500.0, SignalKind::Hidden)
        .answer(520.0, 202)
        .at(90_000.0, click())
        .at(91_000.0, SignalKind::Hidden);
    let batches = script.batches();
    assert_eq!(batches[0].views[0].id, batches[1].views[0].id);
    assert_eq!((view(&batches[0]).document_version, view(&batches[1]).document_version), (1, 2));
    assert_eq!((view(&batches[0]).is_active, view(&batches[1]).is_active), (Some(true), Some(true)));
}

#[test]
fn a_route_change_ends_one_view_and_begins_the_next() {
    let mut script = Script::new();
    script.at(2_000.0, route("https://shop.example/claims/7?x=1")).at(2_100.0, click());
    script.at(3_000.0, SignalKind::Hidden);
    let batch = script.last_batch();
    assert_eq!(batch.views.len(), 2);
    let states: Vec<_> = batch
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::View(state) => Some((
                batch.views[event.view as usize].url.clone(),
                state.is_active,
                state.loading_type,
                state.time_spent_us,
            )),
            _ => None,
        })
        .collect();
    assert_eq!(
        states,
        [
            (
                "https://shop.example/claims".into(),
                Some(false),
                Some(LoadingType::InitialLoad),
                Some(2_000_000)
            ),
            (
                "https://shop.example/claims/7".into(),
                Some(true),
                Some(LoadingType::RouteChange),
                Some(1_000_000)
            ),
        ]
    );
    assert_eq!(batch.views[1].referrer.as_deref(), None, "the click's view comes first");
    assert_eq!(batch.views[0].referrer.as_deref(), Some("https://shop.example/claims"));
}

#[test]
fn the_slow_click_that_caused_a_route_change_counts_for_the_view_it_left() {
    let mut script = Script::new();
    script.at(1_000.0, click()).at(1_010.0, route("https://shop.example/next"));
    script.at(1_400.0, SignalKind::InteractionCount { count: 1 });
    script.late(995.0, event_timing(7, 304.0));
    script.at(2_000.0, SignalKind::Hidden);
    let batch = script.last_batch();
    let inp: Vec<Option<u64>> = batch
        .events
        .iter()
        .filter_map(|event| {
            if let EventKind::View(state) = &event.kind { Some(vitals_of(state).inp_us) } else { None }
        })
        .collect();
    assert_eq!(inp[0], Some(304_000));
}

#[test]
fn a_page_from_the_back_forward_cache_is_a_new_view_with_its_own_vitals() {
    let mut script = Script::new();
    script.at(200.0, SignalKind::FirstContentfulPaint).at(500.0, SignalKind::Left).answer(510.0, 202);
    script.at(9_000.0, SignalKind::Restored { interaction_count: 3 }).at(9_030.0, SignalKind::RestoredPaint);
    script.at(9_500.0, SignalKind::Hidden);
    let batches = script.batches();
    assert_ne!(batches[0].views[0].id, batches[1].views[0].id);
    let restored = view(&batches[1]);
    assert_eq!(restored.loading_type, Some(LoadingType::BackForwardCache));
    let vitals = vitals_of(restored);
    assert_eq!((vitals.fcp_us, vitals.ttfb_us), (Some(30_000), Some(0)));
    assert_eq!((vitals.cls, vitals.inp_us), (Some(0.0), None));
}

#[test]
fn a_burst_leaves_by_size_and_no_batch_is_larger_than_a_beacon_may_be() {
    let mut script = Script::new();
    for index in 0..60 {
        let stack = "s".repeat(7_000);
        let texts = format!("{index}{}\0\0{stack}", "m".repeat(1_500));
        script.at(200.0 + f64::from(index), SignalKind::Error { texts: &texts, facts: &[] });
        if script.posts.len() > index as usize / 4 {
            script.answer(200.0 + f64::from(index), 202);
        }
    }
    script.at(500.0, SignalKind::Left);
    let batches = script.batches();
    assert_eq!(batches.iter().map(|batch| kinds(batch).matches('e').count()).sum::<usize>(), 60);
    assert!(script.posts.iter().all(|post| post.body.len() <= MAX_BATCH_BYTES));
    assert!(script.posts[0].body.len() >= BATCH_TARGET_BYTES);
    assert_eq!(batches[0].flush_reason, Some(FlushReason::Size));
}

#[test]
fn nothing_is_lost_while_the_collector_is_away() {
    let mut script = Script::new();
    script.at(200.0, error("one")).at(10_100.0, SignalKind::Timer).answer(10_100.0, 0);
    script.at(11_000.0, error("two"));
    while script.now < 90_000.0 {
        let wake = script.engine.next_wake().expect("a retry is due");
        let posts = script.posts.len();
        script.at(wake, SignalKind::Timer);
        if script.posts.len() > posts {
            script.answer(wake, 503);
        }
    }
    let before = script.posts.len();
    let wake = script.engine.next_wake().expect("a retry is due");
    script.at(wake, SignalKind::Timer).answer(wake, 202).answer(wake, 202);
    let delivered: Vec<String> = script.batches()[before..].iter().map(kinds).collect();
    assert_eq!(delivered, ["ev", "eu"]);
    assert_eq!(script.last_batch().lost_events, None);
    assert_eq!(script.engine.next_wake(), None);
}

#[test]
fn what_was_kept_for_a_later_visit_and_given_up_is_counted_in_the_next_batch() {
    let mut script = Script::new();
    script.at(100.0, SignalKind::Lost { events: 7 }).at(200.0, error("one")).at(10_200.0, SignalKind::Timer);
    assert_eq!(script.last_batch().lost_events, Some(7));
    assert_eq!(script.posts[0].events as usize, script.last_batch().events.len());
}

#[test]
fn a_refusal_is_told_once_and_counted_in_the_next_batch() {
    let mut script = Script::new();
    script.at(10_100.0, SignalKind::Timer).answer(10_200.0, 403);
    script.at(11_000.0, click()).at(12_000.0, SignalKind::Hidden);
    assert_eq!(script.last_batch().lost_events, Some(1));
    script.answer(12_100.0, 403);
    assert_eq!(script.warnings.len(), 1);
}

#[test]
fn a_collector_that_is_too_old_ends_everything_with_one_warning() {
    let mut script = Script::new();
    script.at(10_100.0, SignalKind::Timer).answer(10_200.0, 426);
    script.at(11_000.0, click()).at(12_000.0, SignalKind::Left);
    assert_eq!((script.posts.len(), script.warnings.len()), (1, 1));
    assert_eq!(script.engine.next_wake(), None);
}

#[test]
fn only_activity_renews_an_expired_session_and_the_old_one_keeps_its_events() {
    let mut script = Script::new();
    let expired = 100.0 + session::MAX_IDLE_MS;
    script.at(100.0, SignalKind::Activity);
    script.at(expired, error("nobody there")).at(expired + 1.0, click()).at(expired + 2.0, SignalKind::Left);
    let batches = script.batches();
    // At exit the newest leaves first.
    let [before, renewed, ended] = &batches[..] else { panic!("{} batches", batches.len()) };
    assert_eq!([before, ended, renewed].map(kinds), ["ev", "v", "av"]);
    assert_eq!(before.context.session_id, ended.context.session_id);
    assert_ne!(before.context.session_id, renewed.context.session_id);
    assert_ne!(before.views[0].id, renewed.views[0].id);
    assert_eq!(view(renewed).loading_type, Some(LoadingType::SessionRenewal));
    assert_eq!((ended.flush_reason, view(ended).is_active), (Some(FlushReason::Stop), Some(false)));
}

#[test]
fn the_next_page_takes_up_the_stored_session() {
    let mut first = Script::new();
    first.at(200.0, SignalKind::Activity).at(300.0, SignalKind::Left);
    let mut second = Script::with(100.0, first.stored.pop());
    second.at(400.0, SignalKind::Left);
    assert_eq!(first.last_batch().context.session_id, second.last_batch().context.session_id);
}

#[test]
fn a_session_that_is_not_sampled_sends_nothing_but_is_kept() {
    let mut script = Script::with(0.0, None);
    script.at(200.0, click()).at(300.0, error("x")).at(400.0, SignalKind::Left);
    assert!(script.posts.is_empty());
    assert_eq!(script.stored.len(), 1);
    assert_eq!(script.engine.next_wake(), None);
}

#[test]
fn stopping_sends_what_there_is() {
    let mut script = Script::new();
    let action = SignalKind::CustomAction { name: "refilled", facts: &[] };
    script.at(200.0, action).at(300.0, SignalKind::Stopped);
    let batch = script.last_batch();
    assert_eq!((kinds(&batch).as_str(), batch.flush_reason), ("av", Some(FlushReason::Stop)));
    assert!(view(&batch).is_active == Some(false));
}

#[test]
fn the_five_vitals_of_a_load_are_in_its_view() {
    let mut script = Script::new();
    script.now = 2_000.0;
    script
        .late(0.0, SignalKind::Loaded { response_start: Some(35.5) })
        .late(120.1, SignalKind::FirstContentfulPaint)
        .late(480.0, paint(0))
        .late(600.0, SignalKind::LayoutShift { value: 0.125, facts: &[] })
        .late(900.0, event_timing(1, 56.0))
        .at(2_000.0, SignalKind::InteractionCount { count: 1 })
        .at(3_000.0, SignalKind::Left);
    let batch = script.last_batch();
    let vitals = vitals_of(view(&batch));
    assert_eq!((vitals.ttfb_us, vitals.fcp_us, vitals.lcp_us), (Some(35_500), Some(120_100), Some(480_000)));
    assert_eq!((vitals.cls, vitals.inp_us), (Some(0.125), Some(56_000)));
}

#[test]
fn what_did_not_change_is_not_sent_again_until_the_end() {
    let mut script = Script::new();
    script.at(200.0, SignalKind::FirstContentfulPaint).at(10_100.0, SignalKind::Timer).answer(10_200.0, 202);
    script.at(11_000.0, error("x")).at(21_000.0, SignalKind::Timer).answer(21_050.0, 202);
    let update = script.last_batch();
    assert_eq!(kinds(&update), "eu");
    let changed = view(&update);
    assert_eq!((changed.error_count, changed.document_version), (Some(1), 2));
    assert_eq!((changed.action_count, changed.loading_type, changed.vitals.as_ref()), (None, None, None));
    script.at(22_000.0, SignalKind::Left);
    let whole = view(&script.last_batch()).clone();
    assert_eq!((whole.error_count, whole.action_count), (Some(1), Some(0)));
    assert_eq!(vitals_of(&whole).fcp_us, Some(200_000));
}

#[test]
fn what_the_application_says_of_its_visitor_crosses_once_per_batch() {
    let shared = |name: &str| {
        let mut fields = Fields::default();
        fields.text(keys::shared_context::USER_JSON, name);
        SignalKind::Shared { facts: fields.bytes().to_vec().leak(), flags: "", flag_kinds: 0 }
    };
    let mut script = Script::new();
    script.at(200.0, reported()).at(210.0, shared("a")).at(220.0, reported()).at(230.0, reported());
    script.at(240.0, shared("b")).at(250.0, error("x")).at(300.0, SignalKind::Left);
    let batch = script.last_batch();
    let indexes: Vec<Option<u32>> = batch.events.iter().map(|event| event.shared).collect();
    assert_eq!(indexes, [None, Some(0), Some(0), Some(1), Some(1)]);
    let users: Vec<_> = batch.shared.unwrap().into_iter().map(|shared| shared.user_json.unwrap()).collect();
    assert_eq!(users, ["a", "b"]);
}

#[test]
fn long_tasks_leave_with_their_scripts_and_count_for_the_view_they_blocked() {
    let mut script = Script::new();
    let mut facts = Fields::default();
    facts.micros(keys::long_task_event::DURATION_US, 80.0);
    let task = || SignalKind::LongTask { facts: facts.bytes().to_vec().leak() };
    let mut called = Fields::default();
    called.micros(keys::long_task_script::DURATION_US, 70.0);
    script.at(
        300.0,
        SignalKind::LongTaskScript {
            source_url: "https://shop.example/app.js?token=1",
            invoker: "BUTTON#refill.onclick",
            facts: called.bytes().to_vec().leak(),
        },
    );
    script.late(200.0, task()).at(400.0, route("https://shop.example/next"));
    script.at(500.0, task()).at(600.0, SignalKind::Left);
    let batch = script.last_batch();
    let tasks: Vec<_> = batch
        .events
        .iter()
        .filter_map(|event| if let EventKind::LongTask(task) = &event.kind { Some(task) } else { None })
        .collect();
    assert_eq!((tasks[0].duration_us, tasks[1].duration_us), (80_000, 80_000));
    assert_eq!(
        tasks[0].scripts.as_ref().unwrap()[0].source_url.as_deref(),
        Some("https://shop.example/app.js")
    );
    assert_eq!((kinds(&batch).as_str(), &tasks[1].scripts), ("llvv", &None));
    let counts: Vec<_> = batch
        .events
        .iter()
        .filter_map(|event| if let EventKind::View(view) = &event.kind { view.long_task_count } else { None })
        .collect();
    assert_eq!(counts, [1, 1]);
}

#[test]
fn what_blocked_a_prerendered_page_before_it_was_shown_is_not_told() {
    let mut script = Script::prerendered(1_000.0);
    script.late(900.0, SignalKind::LongTask { facts: &[] }).at(1_100.0, SignalKind::Left);
    assert_eq!(kinds(&script.last_batch()), "v");
}

#[test]
fn paints_after_a_soft_navigation_are_of_the_view_it_began() {
    let route = |path: &str| route((String::from("https://shop.example/") + path).leak());
    let mut script = Script::new();
    script.at(500.0, paint(0)).at(1_000.0, click()).at(1_100.0, route("a"));
    script.at(1_150.0, SignalKind::SoftNavigation { interaction_id: 7, start: 995.0 }).at(1_150.0, paint(7));
    script.at(1_200.0, route("b")).late(1_190.0, paint(7)).late(1_195.0, paint(8)).at(1_300.0, paint(0));
    script.at(2_000.0, SignalKind::Left);
    let lcp: Vec<_> =
        script.batches().iter().flat_map(|batch| &batch.events).fold(Vec::new(), |mut all, event| {
            if let EventKind::View(state) = &event.kind {
                all.push(vitals_of(state).lcp_us);
            }
            all
        });
    // The document's view has left the engine by then; its LCP ended with the click.
    assert_eq!(lcp, [Some(500_000), Some(195_000), None]);
}
