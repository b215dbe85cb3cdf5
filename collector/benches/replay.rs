//! What a segment of our own recorder costs the collector, and how large it is on either side:
//! `cargo bench -p collector --bench replay`.
//!
//! CPU time of this thread, as Linux counts it; the median of the rounds, the best beside it.

mod cpu;
#[path = "../../rum-protocol/tests/replay/page.rs"]
mod page;

use collector::config::{self, Flags};
use collector::intake::decode;
use collector::scrub::Scrubber;
use collector::sink::datadog::replay::{Dialect, multipart, segment_json};
use cpu::cpu_us;
use page::{Page, ROUNDS};
use rum_protocol::replay::{SegmentHead, decode_segment, encode_segment};
use std::hint::black_box;

const START_MS: u64 = 1_795_000_000_000;

/// Rounds whose median is printed.
const TIMED_ROUNDS: usize = 15;

/// How long a round takes at least (us of CPU), to drown the millisecond the count is behind.
const MIN_ROUND_US: f64 = 50_000.0;

fn main() {
    let mut head = SegmentHead { protocol_version: 1, ..SegmentHead::default() };
    let mut page = Page::begin(START_MS, &mut head);
    let snapshot = encode_segment(&head, [page.encoder.take_block()]);
    page.encoder.begin_segment(START_MS + 100, &mut head);
    let block = |round| {
        page.round(round);
        page.encoder.take_block()
    };
    let changes = encode_segment(&head, (0..ROUNDS).map(block));
    let none = |_: &str| None;
    let raw = config::read(&Flags::default(), &none).expect("the defaults are readable");
    let scrubber = config::scrubber(&raw).expect("the defaults are right");
    for (name, bytes) in [("full snapshot", snapshot), ("3 s of changes", changes)] {
        measure_segment(&scrubber, name, &bytes);
    }
}

fn measure_segment(scrubber: &Scrubber, name: &str, bytes: &[u8]) {
    let deflated = decode::deflate(bytes).expect("memory takes everything");
    let segment = decode_segment(bytes).expect("a segment");
    let json = segment_json(&segment, Dialect::Datadog);
    let (_, form) = multipart(&segment).expect("Datadog is told something");
    println!(
        "{name}: {} bytes, {} deflated; Datadog gets {}, {} deflated",
        bytes.len(),
        deflated.len(),
        json.len(),
        form.len()
    );
    measure("inflate", || decode::inflate(&deflated, bytes.len()));
    measure("decode", || decode_segment(bytes));
    measure("decode and scrub", || {
        let mut segment = decode_segment(bytes).expect("a segment");
        scrubber.scrub_recording(&mut segment, &mut scrubber.report());
        segment
    });
    measure("write again", || segment.to_bytes());
    measure("transcode", || segment_json(&segment, Dialect::Datadog));
    measure("transcode, deflate, form", || multipart(&segment));
}

fn measure<T>(name: &str, step: impl Fn() -> T) {
    let round = |repetitions: u32| {
        let started = cpu_us();
        for _ in 0..repetitions {
            black_box(step());
        }
        cpu_us() - started
    };
    // Doubled until it shows: a few repetitions may be over before anything is counted.
    let mut repetitions = 4;
    while round(repetitions) < MIN_ROUND_US {
        repetitions *= 2;
    }
    let one = |_| round(repetitions) / f64::from(repetitions);
    let mut rounds: Vec<f64> = (0..TIMED_ROUNDS).map(one).collect();
    rounds.sort_by(f64::total_cmp);
    println!("{name:>26} {:8.1} us [{:.1}]", rounds[TIMED_ROUNDS / 2], rounds[0]);
}
