//! A segment of our own recorder: what is taken survives being written and read again, and what is made of it for
//! Datadog and for our viewer is JSON of as many records as it says.

#![no_main]

use collector::sink::datadog::replay::{Dialect, multipart, segment_json};
use libfuzzer_sys::fuzz_target;
use rum_protocol::replay::{Change, RecordKind, Segment, decode_segment};
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
struct Written {
    records: Vec<IgnoredAny>,
    records_count: usize,
}

fuzz_target!(|bytes: &[u8]| {
    let Ok(segment) = decode_segment(bytes) else { return };
    let again = decode_segment(&segment.to_bytes()).expect("a segment that was read can be read again");
    assert_eq!(again, segment);
    for dialect in [Dialect::Datadog, Dialect::Viewer] {
        let json = segment_json(&segment, dialect);
        let Written { records, records_count } = serde_json::from_slice(&json).expect("JSON");
        assert_eq!(records.len(), records_count);
        assert!(dialect == Dialect::Datadog || records_count == segment.records.len() || has_empty(&segment));
    }
    multipart(&segment);
});

/// A record of no changes is left out.
fn has_empty(segment: &Segment) -> bool {
    segment.records.iter().any(|record| match &record.kind {
        RecordKind::Changes(changes) => {
            changes.iter().all(|change| matches!(change, Change::Defined(names) if names.is_empty()))
        }
        _ => false,
    })
}
