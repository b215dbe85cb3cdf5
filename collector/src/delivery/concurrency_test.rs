//! The limit against simulated sinks: so many workers, a queue before them, and a client that always has more
//! to send. Time is simulated, so nothing waits.

use super::concurrency::Concurrency;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;
use tokio::time::Instant;

const MAX_REQUESTS: usize = 64;

/// What a request meets: it waits for a free worker, works, and is answered.
struct Server {
    workers: usize,
    work: Duration,
    /// Share by which the work may be shorter or longer.
    spread: f64,
    /// Requests at once beyond which it answers 429, in a tenth of the work's time.
    refuses_over: usize,
}

struct Run {
    /// Mean limit over the second half.
    limit: f64,
    /// Fifth from below and highest of a hundred.
    lowest: usize,
    highest: usize,
    /// Bodies taken a second over the second half, as a share of what the workers can do.
    use_of_capacity: f64,
    /// Mean answer time over the second half, as a multiple of the work.
    stretch: f64,
    refused: usize,
}

/// Keeps the server as busy as the limit allows, until it has answered `answers` requests.
fn run(server: &Server, answers: usize) -> Run {
    let mut random = fastrand::Rng::with_seed(7);
    let start = Instant::now();
    let mut concurrency = Concurrency::new(4, MAX_REQUESTS);
    let mut now = start;
    let mut workers: BinaryHeap<Reverse<Instant>> = (0..server.workers).map(|_| Reverse(start)).collect();
    // By the time of the answer: when it was sent and whether it was taken.
    let mut in_flight: BinaryHeap<Reverse<(Instant, Instant, bool)>> = BinaryHeap::new();
    let (mut limits, mut took, mut taken, mut half, mut refused) = (Vec::new(), Vec::new(), 0, None, 0);
    for answer in 0..answers {
        while in_flight.len() < concurrency.limit(now) {
            let work = server.work.mul_f64(1.0 + server.spread * (random.f64() * 2.0 - 1.0));
            if in_flight.len() >= server.refuses_over {
                in_flight.push(Reverse((now + server.work / 10, now, false)));
            } else {
                let Reverse(free) = workers.pop().unwrap();
                let done = free.max(now) + work;
                workers.push(Reverse(done));
                in_flight.push(Reverse((done, now, true)));
            }
            concurrency.sent(in_flight.len());
        }
        let Reverse((at, sent, was_taken)) = in_flight.pop().unwrap();
        now = at;
        if was_taken {
            concurrency.answered(now, at - sent);
        } else {
            concurrency.refused(now);
        }
        refused += usize::from(!was_taken);
        if answer >= answers / 2 {
            half.get_or_insert(now);
            limits.push(concurrency.limit(now));
            took.extend(was_taken.then(|| (at - sent).as_secs_f64()));
            taken += usize::from(was_taken);
        }
    }
    limits.sort_unstable();
    let seconds = (now - half.unwrap()).as_secs_f64();
    let capacity = server.workers as f64 / server.work.as_secs_f64();
    Run {
        limit: limits.iter().sum::<usize>() as f64 / limits.len() as f64,
        lowest: limits[limits.len() / 20],
        highest: limits[limits.len() - 1],
        use_of_capacity: taken as f64 / seconds / capacity,
        stretch: took.iter().sum::<f64>() / took.len() as f64 / server.work.as_secs_f64(),
        refused,
    }
}

fn server(workers: usize, spread: f64, refuses_over: usize) -> Server {
    Server { workers, work: Duration::from_millis(100), spread, refuses_over }
}

#[test]
fn it_settles_near_what_a_queueing_sink_can_work_on_at_once() {
    for (workers, spread) in [(2, 0.0), (8, 0.0), (8, 0.3), (24, 0.0), (24, 0.5), (48, 0.2)] {
        let run = run(&server(workers, spread, usize::MAX), 20_000);
        let what = format!(
            "{workers} workers, spread {spread}: limit {:.1} ({} to {}), {:.2} of capacity, {:.2} x work",
            run.limit, run.lowest, run.highest, run.use_of_capacity, run.stretch
        );
        println!("{what}");
        assert!(run.use_of_capacity > 0.85, "too timid: {what}");
        // Two workers cannot be kept busy by fewer than three requests or so.
        assert!(run.stretch < if workers < 8 { 2.0 } else { 1.6 }, "it queues: {what}");
        assert!(run.lowest >= 1 && run.lowest >= workers / 2, "collapsed: {what}");
    }
}

#[test]
fn it_stays_under_a_sink_that_refuses_beyond_its_capacity() {
    for workers in [4, 16, 40] {
        let run = run(&server(workers, 0.2, workers), 20_000);
        let what = format!(
            "{workers} workers: limit {:.1} ({} to {}), {:.2} of capacity, {} of 20000 refused",
            run.limit, run.lowest, run.highest, run.use_of_capacity, run.refused
        );
        println!("{what}");
        assert!(run.use_of_capacity > 0.65, "too timid: {what}");
        assert!(run.refused < 20_000 / 10, "it hammers: {what}");
        assert!(run.lowest * 3 >= workers, "collapsed: {what}");
    }
}

#[test]
fn a_sink_that_never_slows_down_is_given_the_most() {
    let run = run(&server(1_000, 0.4, usize::MAX), 20_000);
    assert!(run.highest == MAX_REQUESTS && run.limit > 48.0, "limit {:.1}", run.limit);
}

#[test]
fn a_sink_that_becomes_slower_for_good_is_not_held_for_a_burdened_one() {
    let start = Instant::now();
    let mut concurrency = Concurrency::new(20, MAX_REQUESTS);
    let mut now = start;
    for (took_ms, seconds) in [(50, 60), (200, 600)] {
        let took = Duration::from_millis(took_ms);
        let end = now + Duration::from_secs(seconds);
        while now < end {
            let limit = concurrency.limit(now);
            concurrency.sent(limit);
            now += took / limit as u32;
            concurrency.answered(now, took);
        }
        // The way has become longer, and no queue is the reason.
        assert!(concurrency.limit(now) > 48, "{} at {took_ms} ms", concurrency.limit(now));
    }
}

#[test]
fn refusals_of_one_round_lower_it_once_and_it_never_falls_below_one() {
    let mut concurrency = Concurrency::new(40, MAX_REQUESTS);
    let now = Instant::now();
    concurrency.answered(now, Duration::from_millis(100));
    // All forty in flight are refused at the same moment.
    for _ in 0..40 {
        concurrency.refused(now + Duration::from_millis(50));
    }
    assert_eq!(concurrency.limit(now), 28);
    for second in 1..100 {
        concurrency.refused(now + Duration::from_secs(second));
    }
    assert_eq!(concurrency.limit(now), 1);
    concurrency.recovered();
    assert_eq!(concurrency.limit(now), 40);
}

#[test]
fn an_idle_sinks_limit_does_not_grow() {
    let mut concurrency = Concurrency::new(4, MAX_REQUESTS);
    let now = Instant::now();
    for second in 0..100 {
        concurrency.sent(1);
        concurrency.answered(now + Duration::from_secs(second), Duration::from_millis(100));
    }
    assert_eq!(concurrency.limit(now), 4);
}
