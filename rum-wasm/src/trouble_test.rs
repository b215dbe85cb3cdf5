//! Errors, clicks and frustration against the engine, by scripted signals: what leaves it is decoded as the collector
//! would.

#![allow(clippy::disallowed_macros, reason = "not in the module that pages load")]

use crate::fields::Fields;
use crate::rate::MAX_PER_MINUTE;
use crate::script_test::{Script, click, error, kinds, view};
use crate::signal::{Click, SignalKind};
use crate::track::clicks::{MAX_DURATION_MS, RAGE_MS};
use rum_protocol::{
    ActionEvent, Batch, ErrorEvent, ErrorHandling, ErrorSource, EventKind, Frustration, MAX_BATCH_BYTES,
    MAX_MESSAGE_BYTES, MAX_STACK_BYTES, keys,
};

const RAGE: u32 = Frustration::RageClick as u32;
const DEAD: u32 = Frustration::DeadClick as u32;
const ERROR: u32 = Frustration::ErrorClick as u32;

/// A click at a place; `again` means on the element of the click before.
fn click_at(x: f64, again: bool) -> SignalKind<'static> {
    ignoring(0, x, again)
}

fn ignoring(ignored: u32, x: f64, is_same_target: bool) -> SignalKind<'static> {
    let mut facts = Fields::default();
    facts.text(keys::action_event::NAME, "button#refill");
    SignalKind::Click(Click {
        x,
        y: 0.0,
        ignored,
        is_same_target,
        is_early: false,
        facts: facts.bytes().to_vec().leak(),
    })
}

fn failing(texts: &[&str]) -> SignalKind<'static> {
    SignalKind::Error { texts: texts.join("\0").leak(), facts: &[] }
}

const BUSY: SignalKind<'_> = SignalKind::Busy { duration_ms: 0.0 };

/// Lets the time pass in which nothing more is to be known of a click, then leaves.
fn end(script: &mut Script) -> Batch {
    let now = script.now + MAX_DURATION_MS;
    script.at(now, SignalKind::Timer).at(now + 1.0, SignalKind::Left);
    let mut batches = script.batches();
    let mut last = batches.pop().expect("a batch");
    for batch in batches.into_iter().rev() {
        last.events.splice(0..0, batch.events);
    }
    last
}

fn actions(batch: &Batch) -> Vec<&ActionEvent> {
    batch
        .events
        .iter()
        .filter_map(|event| if let EventKind::Action(one) = &event.kind { Some(one) } else { None })
        .collect()
}

fn errors(batch: &Batch) -> Vec<&ErrorEvent> {
    batch
        .events
        .iter()
        .filter_map(|event| if let EventKind::Error(one) = &event.kind { Some(one) } else { None })
        .collect()
}

fn frustrations(batch: &Batch) -> Vec<u32> {
    actions(batch).iter().map(|action| action.frustrations.unwrap_or_default()).collect()
}

#[test]
fn the_same_error_again_is_counted_and_sent_once() {
    let mut script = Script::new();
    let looped = || {
        failing(&[
            "no claim 7",
            "TypeError",
            "TypeError: no claim 7\n at f (https://a.example/x.js:1:2)\n at g",
        ])
    };
    for at in 0..50 {
        script.at(200.0 + f64::from(at), looped());
    }
    script.at(300.0, failing(&["no claim 8", "TypeError", ""])).at(400.0, SignalKind::Left);
    let batch = script.last_batch();
    let told: Vec<_> =
        errors(&batch).iter().map(|error| (error.message.as_str(), error.repeats.unwrap())).collect();
    assert_eq!(told, [("no claim 7", 49), ("no claim 8", 0)]);
    assert_eq!(view(&batch).error_count, Some(51), "the view counts each");
}

#[test]
fn the_first_frame_tells_errors_of_one_message_apart_and_the_frames_below_it_do_not() {
    let mut script = Script::new();
    for stack in [
        "TypeError: x\n at f (https://a.example/x.js:1:2)\n at once (https://a.example/x.js:9:9)",
        "TypeError: x\n at f (https://a.example/x.js:1:2)\n at again (https://a.example/x.js:7:7)",
        "TypeError: x\n at f (https://a.example/x.js:5:2)",
    ] {
        script.at(200.0, failing(&["x", "TypeError", stack]));
    }
    script.at(300.0, SignalKind::Left);
    let repeats: Vec<_> = errors(&script.last_batch()).iter().map(|error| error.repeats.unwrap()).collect();
    assert_eq!(repeats, [1, 0]);
}

#[test]
fn each_batch_and_each_view_tells_a_repeated_error_anew() {
    let mut script = Script::new();
    script.at(200.0, error("x")).at(300.0, error("x")).at(10_100.0, SignalKind::Timer);
    script.at(10_200.0, error("x"));
    script.at(
        10_300.0,
        SignalKind::ViewChanged { url: "https://shop.example/next", labels: &[], is_new: true },
    );
    script
        .at(10_400.0, error("x"))
        .at(10_500.0, error("x"))
        .answer(10_600.0, 202)
        .at(10_700.0, SignalKind::Left);
    let told: Vec<Vec<u32>> = script
        .batches()
        .iter()
        .map(|batch| errors(batch).iter().map(|error| error.repeats.unwrap()).collect())
        .collect();
    assert_eq!(told, [vec![1], vec![0, 1]]);
}

#[test]
fn a_storm_of_different_errors_is_cut_off_and_the_loss_is_counted() {
    let mut script = Script::new();
    for index in 0..MAX_PER_MINUTE + 10 {
        script.at(200.0 + f64::from(index), error(&format!("number {index}")));
    }
    script.at(5_000.0, SignalKind::Left);
    let batches = script.batches();
    let sent: usize = batches.iter().map(|batch| errors(batch).len()).sum();
    let lost: u32 = batches.iter().filter_map(|batch| batch.lost_events).sum();
    assert_eq!((sent, lost), (MAX_PER_MINUTE as usize, 10));
}

#[test]
fn an_oversize_error_with_ten_causes_is_cut_and_still_fits_a_batch() {
    let long = "é".repeat(30_000);
    let mut script = Script::new();
    script.at(200.0, failing(&vec![long.as_str(); 6 + 3 * 10])).at(300.0, SignalKind::Left);
    assert!(script.posts[0].body.len() <= MAX_BATCH_BYTES);
    let batch = script.batches().remove(0);
    let error = errors(&batch)[0];
    assert_eq!(
        (error.message.len(), error.stack.as_ref().unwrap().len()),
        (MAX_MESSAGE_BYTES, MAX_STACK_BYTES)
    );
    assert_eq!(error.causes.as_ref().unwrap().len(), 10);
    assert!(error.handling_stack.is_some() && error.component_stack.is_some() && error.fingerprint.is_some());
}

#[test]
fn causes_keep_their_order_and_no_url_keeps_its_query() {
    let url = "https://a.example/x.js?token=1:10:7";
    let mut script = Script::new();
    script.at(200.0, failing(&["outer", "Error", url, "", url, url, "inner", "TypeError", url, "", "", ""]));
    script.at(300.0, SignalKind::Left);
    let batch = script.last_batch();
    let error = errors(&batch)[0];
    let causes = error.causes.as_ref().unwrap();
    assert_eq!((causes[0].message.as_str(), causes[0].error_type.as_deref()), ("inner", Some("TypeError")));
    for stack in [&error.stack, &error.handling_stack, &error.component_stack, &causes[0].stack] {
        assert_eq!(stack.as_deref(), Some("https://a.example/x.js:10:7"));
    }
    assert_eq!((causes.len(), causes[1].message.as_str(), &error.fingerprint), (2, "", &None));
}

#[test]
fn an_error_thrown_by_an_extension_is_not_the_pages() {
    let mut script = Script::new();
    for scheme in
        ["chrome-extension", "moz-extension", "safari-web-extension", "safari-extension", "webkit-masked-url"]
    {
        let stack = format!(
            "Error: x\n    at f ({scheme}://abc/inject.js:1:2)\n    at https://shop.example/app.js:3:4"
        );
        script.at(200.0, failing(&["x", "Error", &stack]));
    }
    let called =
        "Error: x\n    at f (https://shop.example/app.js:3:4)\n    at chrome-extension://abc/inject.js:1:2";
    script.at(300.0, failing(&["called by an extension", "Error", called])).at(400.0, SignalKind::Left);
    let batch = script.last_batch();
    assert_eq!(
        errors(&batch).iter().map(|error| error.message.as_str()).collect::<Vec<_>>(),
        ["called by an extension"]
    );
    assert_eq!(view(&batch).error_count, Some(1));
}

#[test]
fn a_failed_request_tells_url_without_query_method_and_status() {
    let mut script = Script::new();
    let texts = "https://api.example/claims?member=42\0POST\0request";
    script.at(200.0, SignalKind::RequestFailed { texts, status: 503 }).at(300.0, SignalKind::Left);
    let batch = script.last_batch();
    let error = errors(&batch)[0];
    assert_eq!(error.message, "request failed: POST https://api.example/claims");
    assert_eq!((error.source, error.handling), (Some(ErrorSource::Network), Some(ErrorHandling::Unhandled)));
    let resource = error.resource.as_ref().unwrap();
    assert_eq!(
        (resource.url.as_str(), resource.method.as_str(), resource.status_code),
        ("https://api.example/claims", "POST", 503)
    );
}

#[test]
fn the_content_of_a_data_url_stays_in_the_page() {
    let mut script = Script::new();
    let texts = "data:image/png;base64,c2VjcmV0\0GET\0img";
    script.at(200.0, SignalKind::RequestFailed { texts, status: 0 }).at(300.0, SignalKind::Left);
    assert_eq!(errors(&script.last_batch())[0].resource.as_ref().unwrap().url, "data:image/png;base64");
}

#[test]
fn a_click_lasts_until_the_page_is_quiet_and_counts_what_happened_meanwhile() {
    let mut script = Script::new();
    script
        .at(1_000.0, click())
        .at(1_050.0, BUSY)
        .at(1_120.0, error("x"))
        .at(1_140.0, BUSY)
        .at(1_900.0, error("later"));
    let batch = end(&mut script);
    let action = actions(&batch)[0];
    assert_eq!(
        (action.duration_us, action.error_count, action.frustrations),
        (Some(140_000), Some(1), Some(ERROR))
    );
    assert_eq!((action.resource_count, action.long_task_count), (Some(0), Some(0)));
    let of_action: Vec<_> = batch
        .events
        .iter()
        .filter_map(|event| {
            if let EventKind::Error(error) = &event.kind {
                Some((error.message.as_str(), event.action_id))
            } else {
                None
            }
        })
        .collect();
    assert_eq!(of_action, [("x", Some(action.id)), ("later", None)]);
    assert_eq!((view(&batch).action_count, view(&batch).frustration_count), (Some(1), Some(1)));
}

#[test]
fn a_click_without_consequence_is_dead() {
    let mut script = Script::new();
    script.at(1_000.0, click()).at(1_101.0, BUSY);
    assert_eq!(script.engine.next_wake(), Some(1_000.0 + RAGE_MS));
    let batch = end(&mut script);
    assert_eq!((frustrations(&batch), actions(&batch)[0].duration_us), (vec![DEAD], None));
}

#[test]
fn what_a_click_causes_begins_when_its_listeners_run() {
    let mut script = Script::new();
    script.now = 1_300.0;
    script.late(1_000.0, click()).at(1_350.0, BUSY);
    let batch = end(&mut script);
    assert_eq!((frustrations(&batch), actions(&batch)[0].duration_us), (vec![0], Some(350_000)));
}

#[test]
fn a_click_is_not_dead_where_it_cannot_be_or_the_user_went_on_or_nobody_looked() {
    let mut script = Script::new();
    script.at(1_000.0, ignoring(DEAD, 0.0, false));
    script.at(3_000.0, click()).at(3_050.0, SignalKind::Reacted);
    script
        .at(5_000.0, click())
        .at(5_050.0, click_at(0.0, true))
        .at(5_060.0, ignoring(RAGE | DEAD, 0.0, true));
    script.now = 8_000.0;
    let SignalKind::Click(early) = click() else { unreachable!("a click") };
    script.late(6_000.0, SignalKind::Click(Click { is_early: true, ..early }));
    assert_eq!(frustrations(&end(&mut script)), [0; 6]);
}

#[test]
fn a_click_that_leaves_the_page_or_its_view_goes_with_it_at_once_and_is_not_dead() {
    let mut script = Script::new();
    let url = "https://shop.example/next";
    script.at(1_000.0, click()).at(1_020.0, SignalKind::ViewChanged { url, labels: &[], is_new: true });
    script.at(2_000.0, click()).at(2_030.0, SignalKind::Left);
    let batch = script.last_batch();
    assert_eq!(frustrations(&batch), [0, 0]);
    let views: Vec<_> = batch
        .events
        .iter()
        .filter(|event| matches!(event.kind, EventKind::Action(_)))
        .map(|event| batch.views[event.view as usize].url.as_str())
        .collect();
    assert_eq!(views, ["https://shop.example/claims", "https://shop.example/next"]);
}

#[test]
fn three_clicks_within_a_second_are_one_action_made_in_rage() {
    let mut script = Script::new();
    script.at(1_000.0, click_at(10.0, false)).at(1_010.0, BUSY);
    script.at(1_400.0, click_at(20.0, true)).at(1_450.0, error("x")).at(1_900.0, click_at(30.0, true));
    script.at(2_100.0, click_at(30.0, true)).at(2_900.0, click_at(30.0, true));
    let batch = end(&mut script);
    assert_eq!((kinds(&batch).matches('a').count(), frustrations(&batch)), (1, vec![RAGE | ERROR]));
    let action = actions(&batch)[0];
    let child = batch.events.iter().find(|event| matches!(event.kind, EventKind::Error(_))).unwrap();
    assert_eq!((child.action_id, action.error_count), (Some(action.id), Some(1)));
    assert_eq!((view(&batch).action_count, view(&batch).frustration_count), (Some(1), Some(2)));
}

#[test]
fn clicks_that_are_two_or_slow_or_elsewhere_or_select_text_are_not_made_in_rage() {
    for (name, clicks) in [
        ("two", vec![(0.0, click_at(0.0, false)), (200.0, click_at(0.0, true))]),
        (
            "slow",
            vec![(0.0, click_at(0.0, false)), (600.0, click_at(0.0, true)), (1_200.0, click_at(0.0, true))],
        ),
        (
            "far",
            vec![(0.0, click_at(0.0, false)), (200.0, click_at(0.0, true)), (400.0, click_at(101.0, true))],
        ),
        (
            "other",
            vec![(0.0, click_at(0.0, false)), (200.0, click_at(0.0, true)), (400.0, click_at(0.0, false))],
        ),
        (
            "select",
            vec![
                (0.0, click_at(0.0, false)),
                (200.0, ignoring(RAGE | DEAD, 0.0, true)),
                (400.0, ignoring(RAGE | DEAD, 0.0, true)),
            ],
        ),
        (
            "told not to",
            vec![
                (0.0, ignoring(RAGE, 0.0, false)),
                (200.0, ignoring(RAGE, 0.0, true)),
                (400.0, ignoring(RAGE, 0.0, true)),
            ],
        ),
    ] {
        let mut script = Script::new();
        let count = clicks.iter().filter(|(_, kind)| *kind != SignalKind::Reacted).count();
        for (at, click) in clicks {
            script.at(1_000.0 + at, click).at(1_001.0 + at, BUSY);
        }
        assert_eq!(frustrations(&end(&mut script)), vec![0; count], "{name}");
    }
}

#[test]
fn a_click_that_keeps_the_page_busy_is_over_after_ten_seconds() {
    let mut script = Script::new();
    script
        .at(1_000.0, click())
        .at(1_010.0, SignalKind::RequestStarted)
        .at(1_000.0 + MAX_DURATION_MS, SignalKind::Timer);
    script.at(20_000.0, SignalKind::Left);
    let durations: Vec<_> = script
        .batches()
        .iter()
        .flat_map(|batch| actions(batch).iter().map(|action| action.duration_us).collect::<Vec<_>>())
        .collect();
    assert_eq!(durations, [Some(10_000_000)]);
}

#[test]
fn what_the_application_reports_is_an_action_or_a_vital_of_that_name() {
    let mut facts = Fields::default();
    facts.number(keys::vital_event::DURATION_US, 5);
    let mut script = Script::new();
    script.at(200.0, SignalKind::CustomVital { name: "fill", facts: facts.bytes().to_vec().leak() });
    script.at(250.0, SignalKind::CustomAction { name: "paid", facts: &[] }).at(300.0, SignalKind::Left);
    let batch = script.last_batch();
    assert!(
        matches!(&batch.events[0].kind, EventKind::Vital(vital) if vital.name == "fill" && vital.duration_us == Some(5))
    );
    assert_eq!((actions(&batch)[0].name.as_str(), view(&batch).action_count), ("paid", Some(1)));
}
