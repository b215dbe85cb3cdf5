//! What each step of taking a body of the official SDK costs, per 16 KiB of its events:
//! `cargo bench -p collector --bench steps`.
//!
//! Medians of CPU time are not to be had without a system call per round, so wall time of one thread is
//! measured: each round repeats a step often enough to drown the clock, and the median of the rounds is what
//! a quiet machine would show. The best round stands beside it; far apart, they tell of a busy machine.

use collector::config::{self, Flags};
use collector::intake::decode;
use collector::scrub::{EventShape, Scrubber};
use std::hint::black_box;
use std::time::Instant;

/// Rounds whose median is printed, and repetitions of a step within one.
const ROUNDS: usize = 31;
const REPETITIONS: u32 = 200;

/// What the figures are scaled to (bytes): the official SDK closes a batch there.
const REFERENCE_BYTES: f64 = 16.0 * 1024.0;

const BODY: &str = include_str!("../../tests/fixtures/datadog/rum-16k.ndjson");
const APPLICATION: &str = "3fa85f64-5717-4562-b3fc-2c963f66afa6";

fn main() {
    let scrubber = scrubber();
    let body = BODY.as_bytes();
    let deflated = decode::deflate(body).expect("memory takes everything");
    println!(
        "us per 16 KiB of a body of {} bytes ({} deflated); median of {ROUNDS} rounds, best in brackets",
        body.len(),
        deflated.len()
    );
    measure("inflate", || decode::inflate(&deflated, decode::DATADOG_INFLATED_LIMIT_BYTES));
    measure("check and scrub", || {
        scrubber.scrub_events(EventShape::Rum, Some(APPLICATION), body, &mut scrubber.report())
    });
    measure("deflate, level 1", || decode::deflate(body));
}

fn scrubber() -> Scrubber {
    let none = |_: &str| None;
    let raw = config::read(&Flags::default(), &none).expect("the defaults are readable");
    config::scrubber(&raw).expect("the defaults are right")
}

fn measure<T>(name: &str, step: impl Fn() -> T) {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let started = Instant::now();
            for _ in 0..REPETITIONS {
                black_box(step());
            }
            started.elapsed().as_secs_f64() * 1e6 / f64::from(REPETITIONS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let scaled = |us: f64| us * REFERENCE_BYTES / BODY.len() as f64;
    println!("{name:>24} {:8.1} [{:.1}]", scaled(rounds[ROUNDS / 2]), scaled(rounds[0]));
}
