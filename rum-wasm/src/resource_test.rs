//! The engine's resources, against scripted signals.

use crate::fields::Fields;
use crate::script_test::{Script, view};
use crate::session::Session;
use crate::signal::SignalKind;
use rum_protocol::keys::resource_event;
use rum_protocol::{Batch, EventKind, ResourceEvent, ResourceType};

const SESSION: &str = "09090909-0909-0909-0909-090909090909";

fn loaded(url: &str, discarded: bool) -> SignalKind<'_> {
    let mut facts = Fields::default();
    facts.number(resource_event::RESOURCE_TYPE, ResourceType::Fetch as u64);
    facts.number(resource_event::STATUS_CODE, 404);
    SignalKind::Resource { url, discarded, facts: facts.bytes().to_vec().leak() }
}

fn resources(batch: &Batch) -> Vec<&ResourceEvent> {
    batch
        .events
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::Resource(resource) => Some(resource),
            _ => None,
        })
        .collect()
}

#[test]
fn a_resource_has_its_facts_a_redacted_url_and_its_place_in_the_view() {
    let mut script = Script::new();
    script.late(50.0, loaded("https://api.example/claims?member=42#x", false)).at(200.0, SignalKind::Hidden);
    let batch = script.last_batch();
    let [resource] = resources(&batch)[..] else { panic!("one resource in {batch:?}") };
    assert_eq!(resource.url, "https://api.example/claims");
    assert_eq!((resource.resource_type, resource.status_code), (Some(ResourceType::Fetch), Some(404)));
    assert_eq!(resource.is_discarded, None);
    assert_eq!(view(&batch).resource_count, Some(1));
    let event = batch.events.iter().find(|event| matches!(event.kind, EventKind::Resource(_))).unwrap();
    assert_eq!(event.at_ms, 1_795_000_000_050);
}

#[test]
fn one_that_is_told_for_its_trace_only_is_not_counted() {
    let mut script = Script::new();
    script.at(150.0, loaded("https://api.example/", true)).at(200.0, SignalKind::Hidden);
    let batch = script.last_batch();
    assert_eq!(resources(&batch)[0].is_discarded, Some(true));
    assert_eq!(view(&batch).resource_count, Some(0));
}

#[test]
fn what_is_more_than_a_minutes_share_is_lost_and_counted_as_lost() {
    let mut script = Script::new();
    for _ in 0..1_010 {
        script.at(150.0, loaded("https://api.example/", false));
        if script.posts.len() as u32 > 0 {
            script.answer(150.0, 202);
        }
    }
    script.at(200.0, SignalKind::Hidden);
    let batches = script.batches();
    let told: usize = batches.iter().map(|batch| resources(batch).len()).sum();
    let lost: u32 = batches.iter().filter_map(|batch| batch.lost_events).sum();
    assert_eq!((told, lost), (1_000, 10));
}

#[test]
fn a_new_session_has_the_id_that_early_requests_were_traced_by() {
    let mut script =
        Script::started(|start| start.stored_session = Session::stored(&[9; 16], 0.0, 0.0, false));
    script.at(200.0, SignalKind::Hidden);
    assert_eq!(script.last_batch().context.session_id.unwrap().to_text(), SESSION);
}
