//! A body of our own SDK: what is taken for a batch survives being written and read again, scrubbing it twice is
//! scrubbing it once, and what a sink makes of it is JSON.

#![no_main]

use collector::intake::decode;
use collector::journal::{Compression, Content, Entry, Header};
use collector::sink::datadog;
use collector::track::Track;
use fuzz::SCRUBBER;
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;

fuzz_target!(|body: &[u8]| {
    let Ok(mut batch) = decode::batch(body) else { return };
    // Not compared as values: a CLS of NaN equals nothing.
    let write = |batch: &_| minicbor::to_vec(batch).expect("a batch that was read can be written");
    let written = write(&batch);
    let again = decode::batch(&written).expect("a batch that was written can be read");
    assert_eq!(written, write(&again));

    SCRUBBER.scrub_batch(&mut batch, &mut SCRUBBER.report());
    let once = write(&batch);
    SCRUBBER.scrub_batch(&mut batch, &mut SCRUBBER.report());
    assert_eq!(once, write(&batch));

    let events = datadog::events(&entry(once)).expect("a batch has events").expect("one by one");
    for line in events.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        serde_json::from_slice::<IgnoredAny>(line).expect("JSON");
    }
});

fn entry(body: Vec<u8>) -> Entry {
    let header = Header {
        received_ms: 0,
        application_id: String::new(),
        app_name: String::new(),
        track: Track::Rum,
        session_id: None,
        digest: None,
        compression: Compression::None,
        content: Content::Batch,
        client_address: None,
        user_agent: None,
    };
    Entry { header, body: body.into() }
}
