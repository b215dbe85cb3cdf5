//! What the engine knows of a recording, against scripted signals.

use crate::fields::Fields;
use crate::script_test::{Script, click, error, route};
use crate::signal::SignalKind;
use rum_protocol::{EventKind, Frustration, keys};

fn replayed(has_replay: bool, records: u64) -> SignalKind<'static> {
    let mut facts = Fields::default();
    facts.flag(keys::view_event::SAMPLED_FOR_REPLAY, has_replay);
    facts.number(keys::view_event::REPLAY_RECORD_COUNT, records);
    SignalKind::Replayed { has_replay, facts: facts.bytes().to_vec().leak() }
}

#[test]
fn events_say_that_their_view_is_recorded_from_then_on() {
    let mut script = Script::new();
    script.at(200.0, error("before")).at(300.0, replayed(true, 0)).at(400.0, error("after"));
    script.at(500.0, SignalKind::Stopped);
    let batch = script.last_batch();
    let recorded = batch.events.iter().filter(|event| matches!(event.kind, EventKind::Error(_)));
    let recorded: Vec<_> = recorded.map(|event| batch.views[event.view as usize].has_replay).collect();
    assert_eq!(recorded, [None, Some(true)]);
}

#[test]
fn what_is_told_late_of_a_recording_goes_to_the_view_it_is_about() {
    let mut script = Script::new();
    script.at(200.0, replayed(true, 7)).at(1_000.0, route("/next"));
    script.now = 1_100.0;
    script.late(200.0, replayed(true, 9));
    script.at(1_200.0, SignalKind::Stopped);
    let batch = script.last_batch();
    let counts: Vec<_> = batch
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::View(view) => {
                Some((batch.views[event.view as usize].has_replay, view.replay_record_count))
            }
            _ => None,
        })
        .collect();
    assert_eq!(counts, [(Some(true), Some(9)), (None, None)]);
}

#[test]
fn counts_alone_are_no_reason_to_send() {
    let mut script = Script::new();
    script.at(200.0, replayed(true, 1)).at(40_000.0, SignalKind::Timer);
    let posts = script.posts.len();
    script.answer(40_100.0, 202);
    script.at(41_000.0, replayed(true, 2)).at(90_000.0, SignalKind::Timer);
    assert_eq!(script.posts.len(), posts);
}

#[test]
fn a_recording_hears_of_errors_and_of_clicks_that_frustrated() {
    let mut script = Script::new();
    script.at(200.0, error("broken")).at(1_000.0, click()).at(20_000.0, SignalKind::Timer);
    assert_eq!(script.moments, [(200.0, 0), (1_000.0, Frustration::DeadClick as u32)]);
}
