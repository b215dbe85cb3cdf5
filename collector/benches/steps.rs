//! What each step of taking a body of the official SDK costs, per 16 KiB of its events:
//! `cargo bench -p collector --bench steps`.
//!
//! CPU time of this thread, as Linux counts it, so that what else the machine does weighs less. A round repeats
//! a step long enough to drown the millisecond the count is behind; the median of the rounds is printed, and
//! the best beside it: far apart, they tell of a machine too busy to measure on.

mod cpu;

use bytes::Bytes;
use collector::config::{self, Flags};
use collector::intake::decode;
use collector::journal;
use collector::scrub::{EventShape, Scrubber};
use cpu::cpu_us;
use std::hint::black_box;

/// Rounds whose median is printed, and repetitions of a step within one.
const ROUNDS: usize = 15;
const REPETITIONS: u32 = 1_500;

/// What the figures are scaled to (bytes): the official SDK closes a batch there.
const REFERENCE_BYTES: f64 = 16.0 * 1024.0;

const BODY: &str = include_str!("../../tests/fixtures/datadog/rum-16k.ndjson");
const APPLICATION: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

fn main() {
    let scrubber = scrubber();
    let body = BODY.as_bytes();
    let deflated = decode::deflate(body).expect("memory takes everything");
    println!(
        "us of CPU per 16 KiB of a body of {} bytes ({} deflated); median of {ROUNDS} rounds, best in brackets",
        body.len(),
        deflated.len()
    );
    measure("inflate", || decode::inflate(&deflated, decode::DATADOG_INFLATED_LIMIT_BYTES));
    measure("check and scrub", || {
        scrubber.scrub_events(EventShape::Rum, Some(APPLICATION), body, &mut scrubber.report())
    });
    measure("deflate, level 1", || decode::deflate(body));
    let plain = Bytes::from_static(body);
    let (_, packed) = journal::pack(plain.clone());
    println!("packed for the journal: {} bytes", packed.len());
    measure("pack for the journal", || journal::pack(plain.clone()));
    measure("unpack for a sink", || journal::unpack(&packed, decode::DATADOG_INFLATED_LIMIT_BYTES));
}

fn scrubber() -> Scrubber {
    let none = |_: &str| None;
    let raw = config::read(&Flags::default(), &none).expect("the defaults are readable");
    config::scrubber(&raw).expect("the defaults are right")
}

fn measure<T>(name: &str, step: impl Fn() -> T) {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = cpu_us();
            for _ in 0..REPETITIONS {
                black_box(step());
            }
            (cpu_us() - started) / f64::from(REPETITIONS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let scaled = |us: f64| us * REFERENCE_BYTES / BODY.len() as f64;
    println!("{name:>24} {:8.1} [{:.1}]", scaled(rounds[ROUNDS / 2]), scaled(rounds[0]));
}
