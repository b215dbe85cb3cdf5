//! A batch of ours is scrubbed as its events in Datadog's JSON would be, whatever stands in its fields.

use super::field::Selector;
use super::property_test::{DEFAULT, text};
use super::rule_test::config;
use super::*;
use crate::sink::datadog::rum::ndjson;
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};
use proptest::prelude::*;
use rum_protocol::{Batch, Header};
use serde_json::{Value, json};
use std::sync::LazyLock;

const EVERYTHING: &[u8] = include_bytes!("../../../tests/fixtures/wire/v1-everything.cbor");

/// With rules of the operator's that look at paths.
static BY_PATH: LazyLock<Scrubber> = LazyLock::new(|| {
    let field = |path: &str, action| (Selector::parse(path).unwrap(), action);
    let fields = vec![
        field("resource.graphql.payload", Action::Remove),
        field("error.causes.message", Action::Mask),
        field("usr.note", Action::Allow),
        field("**.target_selector", Action::Mask),
        field("**.interaction_to_next_paint_target_selector", Action::Mask),
        field("**.largest_contentful_paint_target_selector", Action::Mask),
        field("**.cumulative_layout_shift_target_selector", Action::Mask),
        field("**.first_input_target_selector", Action::Mask),
        field("long_task.scripts.*", Action::Mask),
    ];
    Scrubber::new(&ScrubConfig { fields, ..config() }).unwrap()
});

/// The golden batch with other words in all its strings: in turn those of `words`, and in the application's
/// objects two of them.
fn with_words(words: &[String]) -> Batch {
    let mut next = words.iter().cycle().cloned();
    let mut written = Encoder::new(Vec::new());
    replace(&mut Decoder::new(EVERYTHING), &mut written, &mut || next.next().unwrap());
    minicbor::decode(&written.into_writer()).unwrap()
}

fn replace(d: &mut Decoder<'_>, e: &mut Encoder<Vec<u8>>, word: &mut dyn FnMut() -> String) {
    match d.datatype().unwrap() {
        Type::Map => {
            let entries = d.map().unwrap().unwrap();
            e.map(entries).unwrap();
            for _ in 0..entries {
                e.u32(d.u32().unwrap()).unwrap();
                replace(d, e, word);
            }
        }
        Type::Array => {
            let items = d.array().unwrap().unwrap();
            e.array(items).unwrap();
            (0..items).for_each(|_| replace(d, e, word));
        }
        Type::String => {
            let is_object = d.str().unwrap().starts_with('{');
            let word = if is_object { object(word).to_string() } else { word() };
            e.str(&word).unwrap();
        }
        _ => {
            let start = d.position();
            d.skip().unwrap();
            e.writer_mut().extend_from_slice(&d.input()[start..d.position()]);
        }
    }
}

fn object(word: &mut dyn FnMut() -> String) -> Value {
    json!({"id": word(), "note": word(), "password": word(), "deep": {"list": [word(), 17], "pin": 1234}})
}

fn lines(body: &[u8]) -> Vec<Value> {
    body.split(|byte| *byte == b'\n').map(|line| serde_json::from_slice(line).unwrap()).collect()
}

/// The events of a batch that was scrubbed, and the scrubbed events of one that was not.
fn both_ways(scrubber: &Scrubber, batch: &Batch) -> [Vec<Value>; 2] {
    let json = ndjson(batch).unwrap();
    let mut scrubbed = batch.clone();
    scrubber.scrub_batch(&mut scrubbed, &mut scrubber.report());
    let events = scrubber.scrub_events(EventShape::Rum, None, &json, &mut scrubber.report()).unwrap();
    [lines(&ndjson(&scrubbed).unwrap()), lines(events.body.as_deref().unwrap_or(&json))]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn a_batch_is_scrubbed_as_its_events_would_be(words in prop::collection::vec(text(), 1..12)) {
        let batch = with_words(&words);
        for scrubber in [&*DEFAULT, &*BY_PATH] {
            let [as_batch, as_events] = both_ways(scrubber, &batch);
            for (as_batch, as_event) in as_batch.iter().zip(&as_events) {
                prop_assert_eq!(as_batch, as_event);
            }
            prop_assert_eq!(as_batch.len(), as_events.len());
        }
    }

    #[test]
    fn scrubbing_a_batch_twice_is_scrubbing_it_once(words in prop::collection::vec(text(), 1..12)) {
        let mut once = with_words(&words);
        DEFAULT.scrub_batch(&mut once, &mut DEFAULT.report());
        let mut twice = once.clone();
        DEFAULT.scrub_batch(&mut twice, &mut DEFAULT.report());
        prop_assert_eq!(once, twice);
    }
}

/// What the property above could not see if both doors were blind.
#[test]
fn no_string_of_a_batch_is_forgotten() {
    let mut batch = with_words(&["jane@roe.example".into()]);
    DEFAULT.scrub_batch(&mut batch, &mut DEFAULT.report());
    // Keys, and what is said once of the set-up and the device, stay.
    let mut keys = 0;
    let mut take = |key: &mut String| {
        key.clear();
        keys += 1;
    };
    for event in &mut batch.events {
        match &mut event.kind {
            rum_protocol::EventKind::View(view) | rum_protocol::EventKind::ViewUpdate(view) => {
                view.custom_timings.iter_mut().flatten().for_each(|timing| take(&mut timing.name));
            }
            rum_protocol::EventKind::Resource(resource) => {
                let headers = [&mut resource.request_headers, &mut resource.response_headers];
                headers.into_iter().flatten().flatten().for_each(|Header { name, .. }| take(name));
            }
            _ => {}
        }
    }
    assert_eq!(keys, 3);
    batch.context = rum_protocol::Context::default();
    batch.sdk_version.clear();
    for view in &mut batch.views {
        (view.service, view.version) = (None, None);
    }
    let left = minicbor::to_vec(&batch).unwrap();
    let text = String::from_utf8_lossy(&left);
    assert!(!text.contains("jane"), "{text}");
    assert!(text.matches("[email]").count() > 60, "{text}");
}
