//! Events of the official SDK: what is taken is JSON for every parser, and scrubbing it twice is scrubbing it once.

#![no_main]

use collector::scrub::EventShape;
use fuzz::SCRUBBER;
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|body: &[u8]| {
    for shape in [EventShape::Rum, EventShape::Logs] {
        let Ok(first) = SCRUBBER.scrub_events(shape, None, body, &mut SCRUBBER.report()) else { continue };
        let scrubbed = first.body.as_deref().unwrap_or(body);
        let lines = scrubbed.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
        let count = lines.map(|line| serde_json::from_slice::<IgnoredAny>(line).expect("JSON")).count();
        assert_eq!(count as u64, first.events);
        let again = SCRUBBER.scrub_events(shape, None, scrubbed, &mut SCRUBBER.report());
        assert_eq!(again.expect("what was scrubbed is taken").body, None);
    }
});
