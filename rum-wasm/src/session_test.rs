//! The engine's sessions: several pages that share one, sampling on error, what the application says, and its
//! hook; against scripted signals.

use crate::batch::Recorded;
use crate::fields::Fields;
use crate::recorder::{Hook, Replaced};
use crate::script_test::{Script, click, error, kinds, route, view};
use crate::session::{MAX_AGE_MS, MAX_IDLE_MS, Session};
use crate::signal::SignalKind;
use rum_protocol::{Batch, EventKind, FlushReason, LoadingType, SharedContext, keys};

fn last_stored(script: &Script) -> Session {
    *script.stored.last().expect("a stored session")
}

fn told_by(other: &Script) -> SignalKind<'static> {
    SignalKind::SessionStored(last_stored(other))
}

fn session_of(batch: &Batch) -> String {
    batch.context.session_id.expect("a session").to_text()
}

fn all_kinds(script: &Script) -> Vec<String> {
    script.batches().iter().map(kinds).collect()
}

#[test]
fn two_pages_share_a_session_and_its_renewal() {
    let mut first = Script::new();
    first.at(200.0, SignalKind::Activity);
    let mut second = Script::started(|start| start.stored_session = last_stored(&first));
    second.at(300.0, SignalKind::Activity);
    assert!(second.stored.is_empty(), "nothing changed");

    // Both idle; the visitor comes back in the first.
    let later = MAX_IDLE_MS + 1_000.0;
    first.at(later, click()).at(later + 1.0, SignalKind::Left);
    second.at(later + 2.0, told_by(&first)).answer(later + 2.5, 202).at(later + 3.0, click());
    second.at(later + 4.0, SignalKind::Left);
    let renewed = session_of(&first.last_batch());
    assert_ne!(renewed, session_of(&first.batches()[0]));
    assert_eq!(session_of(&second.last_batch()), renewed);
    assert_eq!(view(&second.last_batch()).loading_type, Some(LoadingType::SessionRenewal));
}

#[test]
fn a_renewal_elsewhere_begins_nothing_here_until_somebody_acts_here() {
    let mut other = Script::new();
    other.at(200.0, SignalKind::Activity);
    let mut here = Script::started(|start| start.stored_session = last_stored(&other));
    other.at(MAX_IDLE_MS + 1_000.0, SignalKind::Activity);
    here.at(MAX_IDLE_MS + 1_001.0, told_by(&other));
    assert_eq!(here.views_begun.len(), 1);
    here.at(MAX_IDLE_MS + 1_002.0, SignalKind::Activity);
    assert_eq!(here.views_begun.len(), 2);
}

#[test]
fn activity_in_another_page_keeps_the_session_of_this_one() {
    let mut other = Script::new();
    other.at(200.0, SignalKind::Activity);
    let mut here = Script::started(|start| start.stored_session = last_stored(&other));
    other.at(MAX_IDLE_MS - 1.0, SignalKind::Activity);
    here.at(MAX_IDLE_MS, told_by(&other)).at(MAX_IDLE_MS + 500.0, click());
    assert_eq!(here.views_begun.len(), 1);
    here.at(MAX_AGE_MS + 1_000.0, click());
    assert_eq!(here.views_begun.len(), 2, "but not beyond four hours");
}

#[test]
fn a_stopped_session_tells_nothing_more_until_somebody_acts() {
    let mut script = Script::new();
    script.at(200.0, click()).at(300.0, SignalKind::SessionStopped);
    let batch = script.last_batch();
    assert_eq!((kinds(&batch).as_str(), batch.flush_reason), ("av", Some(FlushReason::Stop)));
    assert_eq!(view(&batch).is_active, Some(false));
    script.answer(310.0, 202).at(400.0, error("unseen")).at(410.0, route("https://shop.example/b"));
    script.at(430.0, SignalKind::Hidden);
    assert_eq!((script.posts.len(), script.views_begun.len()), (1, 1));
    script.at(500.0, click()).at(600.0, SignalKind::Left);
    assert_eq!(kinds(&script.last_batch()), "av");
    assert_ne!(session_of(&script.last_batch()), session_of(&batch));

    // Another page that shared it hears of it.
    let mut other = Script::started(|start| start.stored_session = script.stored[0]);
    other
        .at(300.0, SignalKind::SessionStored(script.stored[1]))
        .at(400.0, error("unseen"))
        .at(500.0, SignalKind::Left);
    assert!(all_kinds(&other).is_empty() || !all_kinds(&other).concat().contains('e'));
}

#[test]
fn an_erased_session_ends_here_too() {
    let mut script = Script::new();
    script
        .at(200.0, SignalKind::Activity)
        .at(300.0, SignalKind::SessionStored(Session::stored(&[], 0.0, 0.0, false)))
        .at(400.0, error("unseen"));
    script.at(500.0, click()).at(600.0, SignalKind::Left);
    let sessions: Vec<String> = script.batches().iter().map(session_of).collect();
    assert_ne!(sessions.first(), sessions.last());
    assert!(!all_kinds(&script).concat().contains('e'));
}

fn action() -> SignalKind<'static> {
    SignalKind::CustomAction { name: "paid", facts: &[] }
}

fn on_error(session_sample_rate: f32, on_error_sample_rate: f32) -> Script {
    Script::started(|start| {
        start.session_sample_rate = session_sample_rate;
        start.on_error_sample_rate = on_error_sample_rate;
    })
}

#[test]
fn a_session_that_fails_is_kept_with_what_led_to_it() {
    let mut script = on_error(0.0, 100.0);
    script.at(200.0, action()).at(11_000.0, SignalKind::Timer).at(12_000.0, action());
    assert!(script.posts.is_empty() && script.engine.next_wake().is_some_and(|at| at > 12_000.0));
    script.at(13_000.0, error("it failed"));
    script.answer(13_100.0, 202).at(30_000.0, SignalKind::Timer).answer(30_100.0, 202);
    assert_eq!(all_kinds(&script), ["av", "aeu"]);
    assert_eq!(script.last_batch().lost_events, None);
    // And from then on, on the next page, too.
    let mut next = Script::started(|start| {
        start.session_sample_rate = 0.0;
        start.stored_session = last_stored(&script);
    });
    next.at(200.0, click()).at(300.0, SignalKind::Left);
    assert_eq!(all_kinds(&next), ["av"]);
}

#[test]
fn a_session_that_does_not_fail_leaves_nothing() {
    let mut script = on_error(0.0, 100.0);
    script.at(200.0, click()).at(300.0, SignalKind::Hidden).at(400.0, SignalKind::Left);
    assert!(script.posts.is_empty());
    // What was held does not leave with the session after it, either.
    let later = MAX_IDLE_MS + 1_000.0;
    script.at(later, click()).at(later + 1.0, error("it failed")).at(later + 2.0, SignalKind::Left);
    assert_eq!(all_kinds(&script), ["eav"]);
}

#[test]
fn what_is_held_is_bounded() {
    let mut script = on_error(0.0, 100.0);
    for second in 1..200 {
        let name = "x".repeat(1_000);
        script.at(f64::from(second) * 1_000.0, SignalKind::CustomAction { name: &name, facts: &[] });
    }
    script.at(200_000.0, error("it failed")).at(200_001.0, SignalKind::Left);
    let bytes: usize = script.posts.iter().map(|post| post.body.len()).sum();
    assert!((48 * 1024..80 * 1024).contains(&bytes), "{bytes}");
}

#[test]
fn rates_are_chained_and_deterministic() {
    let held = |rate, on_error_rate| {
        let mut script = on_error(rate, on_error_rate);
        script.at(200.0, click()).at(300.0, SignalKind::Left);
        script.posts.len()
    };
    assert_eq!((held(100.0, 0.0), held(0.0, 0.0), held(0.0, 100.0)), (1, 0, 0));
}

fn said<'a>(user: &str, flags: &'a str) -> SignalKind<'a> {
    let mut facts = Fields::default();
    facts.text(keys::shared_context::USER_JSON, user);
    SignalKind::Shared {
        facts: facts.bytes().to_vec().leak(),
        flags,
        flag_kinds: 1 << EventKind::VIEW | 1 << EventKind::VIEW_UPDATE | 1 << EventKind::ERROR,
    }
}

#[test]
fn what_the_application_says_goes_with_the_events_of_its_time_and_flags_with_their_kinds() {
    let mut script = Script::new();
    script.at(200.0, action()).at(300.0, said(r#"{"id":"a"}"#, r#"{"new":true}"#));
    script.at(400.0, action()).at(500.0, error("it failed")).at(600.0, SignalKind::Left);
    let batch = script.last_batch();
    assert_eq!(kinds(&batch), "aaev");
    let shared = batch.shared.as_deref().unwrap_or_default();
    let of = |index: usize| batch.events[index].shared.map(|index| shared[index as usize].clone());
    let with = |flags: Option<&str>| {
        let feature_flags_json = flags.map(String::from);
        SharedContext {
            user_json: Some(r#"{"id":"a"}"#.into()),
            feature_flags_json,
            ..SharedContext::default()
        }
    };
    assert_eq!(of(0), None);
    assert_eq!(of(1), Some(with(None)));
    assert_eq!((of(2), of(3)), (Some(with(Some(r#"{"new":true}"#))), of(2)));
}

#[test]
fn the_last_state_of_a_view_keeps_what_was_said_of_it() {
    let mut script = Script::new();
    script.at(300.0, said(r#"{"id":"a"}"#, r#"{"new":true}"#));
    script.at(400.0, route("https://shop.example/b"));
    assert_eq!(script.views_begun.len(), 2);
    script.at(410.0, said(r#"{"id":"b"}"#, "{}")).at(600.0, SignalKind::Left);
    let batch = script.last_batch();
    let users: Vec<_> = batch
        .events
        .iter()
        .map(|event| {
            batch.shared.as_ref().unwrap()[event.shared.unwrap() as usize].user_json.clone().unwrap()
        })
        .collect();
    assert_eq!(users, [r#"{"id":"a"}"#, r#"{"id":"b"}"#]);
}

#[test]
fn the_page_is_told_of_each_view_of_a_session_that_is_recorded() {
    let mut script = Script::new();
    script.at(200.0, SignalKind::Activity);
    script.at(400.0, route("https://shop.example/b?c"));
    script.at(500.0, click()).at(600.0, SignalKind::Left);
    let batch = script.last_batch();
    assert_eq!(script.views_begun.len(), 2);
    assert!(script.views_begun.iter().all(|view| batch.views.contains(view)));
    let mut unsampled = on_error(0.0, 0.0);
    unsampled.at(200.0, SignalKind::Activity);
    assert_eq!((unsampled.views_begun.len(), unsampled.stored.len()), (0, 1));
}

/// Drops actions, and takes the service and everything shared from the rest.
fn look(instance: i32, event: &Recorded<'_>) -> Option<Replaced> {
    assert_eq!(instance, 7);
    let mut view = event.view.to_vec();
    let mut service = Fields::default();
    service.text(keys::view_context::SERVICE, "edited");
    view.extend_from_slice(service.bytes());
    (event.kind != EventKind::ACTION).then(|| Replaced {
        fields: event.fields.to_vec(),
        view,
        shared: Vec::new(),
    })
}

#[test]
fn a_hook_drops_and_replaces_and_nothing_of_the_original_leaves() {
    let mut script = Script::started(|start| start.hook = Some(Hook { instance: 7, look }));
    script.at(150.0, said(r#"{"id":"a"}"#, "{}"));
    script.at(200.0, click()).at(300.0, error("it failed")).at(20_000.0, SignalKind::Timer);
    script.answer(20_001.0, 202).at(21_000.0, error("again")).at(40_000.0, SignalKind::Timer);
    // States are always whole: what was edited out must not come back by a difference.
    assert_eq!(all_kinds(&script), ["ev", "ev"]);
    for batch in script.batches() {
        assert_eq!((batch.views.len(), batch.shared.as_ref()), (1, None));
        assert_eq!(batch.views[0].service.as_deref(), Some("edited"));
    }
    assert_eq!(view(&script.last_batch()).action_count, Some(0), "what was dropped does not count");
}
