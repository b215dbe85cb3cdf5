//! A batch of the official Datadog SDK.

use super::datadog_target;

/// Nine events of one view, as many as the SDK puts into 16 KB with the envelope it repeats in each. Ids are marked
/// as in [`super::Mark`].
const EVENTS: &[u8] = include_bytes!("../../../tests/fixtures/bench/rum-16k.ndjson");

/// Before the 13 digits of an event's time, which becomes now: a store may refuse what is years old.
const DATE: &[u8] = b"\"date\":";

pub(super) fn body(now_ms: u64) -> (String, &'static str, Vec<u8>) {
    // The SDK puts a line break between events and none behind the last.
    let mut body = EVENTS.trim_ascii_end().to_vec();
    let now = now_ms.to_string();
    let dates: Vec<usize> = body
        .windows(DATE.len())
        .enumerate()
        .filter(|(_, window)| *window == DATE)
        .map(|(offset, _)| offset + DATE.len())
        .collect();
    for offset in dates {
        body[offset..][..now.len()].copy_from_slice(now.as_bytes());
    }
    (datadog_target("rum", now_ms), "text/plain;charset=UTF-8", body)
}
