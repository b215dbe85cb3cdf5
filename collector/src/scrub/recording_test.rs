//! Our segments, scrubbed before and after they become Datadog's JSON.

use super::property_test::{DEFAULT, text};
use super::rule_test::config;
use super::*;
use crate::sink::datadog::replay::{Dialect, segment_json};
use proptest::collection::vec;
use proptest::prelude::*;
use rum_protocol::replay::{Change, Encoder, RecordKind, Segment, SegmentHead, decode_segment};
use serde_json::Value;
use std::sync::LazyLock;

/// The recordings by which the codec is tested.
#[allow(dead_code, reason = "blocks are of no use here")]
#[path = "../../../rum-protocol/tests/replay/script.rs"]
mod script;

/// Reads paths: fields with an action of their own, and a rule for some fields alone.
static WITH_FIELDS: LazyLock<Scrubber> = LazyLock::new(|| {
    let field = |path: &str| Selector::parse(path).unwrap();
    let custom = CustomRule {
        name: "hunter".into(),
        pattern: "hunter[0-9]".into(),
        action: Action::Replace,
        word: "[hunter]".into(),
        fields: vec![field("records.data.adds.**"), field("records.data")],
    };
    let fields = vec![(field("records.data.href"), Action::Mask)];
    Scrubber::new(&ScrubConfig { custom: vec![custom], fields, ..config() }).unwrap()
});

/// A recording of which each text is one of these.
fn recording(bytes: &[u8], texts: &[String]) -> Segment {
    let played = script::play(bytes);
    let mut segment = Segment { head: played.head, records: played.records };
    let mut next = texts.iter().cycle();
    // A column of texts holds no NUL.
    let mut replace =
        |text: &mut String| *text = next.next().map(|text| text.replace('\0', "")).unwrap_or_default();
    for record in &mut segment.records {
        match &mut record.kind {
            RecordKind::Meta { href, .. } => replace(href),
            RecordKind::Rule { inserted: Some(rule), .. } => replace(rule),
            RecordKind::FullSnapshot(changes) | RecordKind::Changes(changes) => {
                for change in changes {
                    if let Change::AddStrings { texts, .. } = change {
                        texts.iter_mut().for_each(&mut replace);
                    }
                }
            }
            _ => {}
        }
    }
    segment
}

/// Scrubbed as our segment, and as Datadog's JSON of it; what each of them found.
fn both_ways(scrubber: &Scrubber, segment: &Segment) -> [(Value, Vec<(usize, u64)>); 2] {
    let mut ours = segment.clone();
    let mut report = scrubber.report();
    scrubber.scrub_recording(&mut ours, &mut report);
    let ours = serde_json::from_slice(&segment_json(&ours, Dialect::Datadog)).unwrap();
    let json = segment_json(segment, Dialect::Datadog);
    let mut theirs = scrubber.report();
    let scrubbed = scrubber.scrub_segment(None, &json, &mut theirs).unwrap().body.unwrap_or(json);
    [
        (ours, report.counts().collect()),
        (serde_json::from_slice(&scrubbed).unwrap(), theirs.counts().collect()),
    ]
}

proptest! {
    #[test]
    fn scrubbing_and_transcoding_may_change_places(bytes in vec(any::<u8>(), 0..600), texts in vec(text(), 1..20)) {
        let segment = recording(&bytes, &texts);
        for scrubber in [&*DEFAULT, &*WITH_FIELDS] {
            let [ours, theirs] = both_ways(scrubber, &segment);
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn a_scrubbed_segment_is_written_and_read_and_scrubbed_again_the_same(
        bytes in vec(any::<u8>(), 0..600), texts in vec(text(), 1..20), start in any::<prop::sample::Index>()
    ) {
        let mut segment = later_part(&recording(&bytes, &texts), start);
        DEFAULT.scrub_recording(&mut segment, &mut DEFAULT.report());
        let written = segment.to_bytes();
        let mut read = decode_segment(&written).unwrap();
        prop_assert_eq!(&read, &segment);
        let mut report = DEFAULT.report();
        DEFAULT.scrub_recording(&mut read, &mut report);
        prop_assert_eq!(report.counts().count(), 0);
        prop_assert_eq!(read, segment);
    }
}

/// What the view's next segment holds, from one of the records on.
fn later_part(whole: &Segment, start: prop::sample::Index) -> Segment {
    let start = start.index(whole.records.len());
    let mut encoder = Encoder::new();
    encoder.begin_segment(whole.head.start_ms, &mut whole.head.clone());
    for record in &whole.records[..start] {
        encoder.push(record.at_ms, &record.kind);
    }
    encoder.take_block();
    let mut head = SegmentHead { index_in_view: 1, ..whole.head.clone() };
    encoder.begin_segment(whole.records[start].at_ms, &mut head);
    Segment { head, records: whole.records[start..].to_vec() }
}
